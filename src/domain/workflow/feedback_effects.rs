//! What follows from an act on feedback (DOMAIN 7.8): one event each, with the limits of a complaint.

use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use crate::domain::feedback::{
    FeedbackCommand as C, FeedbackEvent as E, FeedbackKind, FeedbackStatus, Statement, limits,
};
use crate::domain::ids::FeedbackId;

pub(super) fn of(case: &Case, command: &C, supply: &Supply) -> Vec<Event> {
    let known = case.feedback.as_deref();
    let told = match command {
        C::Record(said) => recorded(case, said, supply),
        C::Answer { text } => E::Answered { text: text.clone() },
        C::Report { text } => E::Reported { text: text.clone() },
        C::Assign { to, name } => E::Assigned { to: *to, name: name.clone() },
        C::Solve(solution) => E::Solved { solution: solution.as_ref().clone() },
        C::Return { reason } => E::Returned { reason: reason.clone() },
        C::Close { satisfied, note } => E::Closed { satisfied: *satisfied, note: note.clone() },
        C::Dismiss { reason } => E::Dismissed { reason: reason.clone() },
        C::CloseLesson { note } => E::LessonClosed { note: note.clone() },
        C::Survey(answer) => {
            let Some(order) = &case.order else { return Vec::new() };
            let handler = case.deal.as_ref().map_or(case.customer.owner, |d| d.owner);
            E::Surveyed { order: order.id, answer: answer.as_ref().clone(), handler }
        }
    };
    vec![Event::Feedback {
        id: known.map_or_else(|| FeedbackId((supply.ids)()), |f| f.id),
        no: known.map_or_else(|| supply.number.clone().unwrap_or_default(), |f| f.no.clone()),
        told: Box::new(told),
    }]
}

fn recorded(case: &Case, said: &Statement, supply: &Supply) -> E {
    let status = match said.kind {
        FeedbackKind::Praise | FeedbackKind::Survey => FeedbackStatus::Closed,
        FeedbackKind::Complaint | FeedbackKind::Suggestion => FeedbackStatus::Open,
    };
    let complaint = said.severity.filter(|_| said.kind == FeedbackKind::Complaint);
    E::Recorded {
        order: case.feedback.as_ref().map_or_else(|| case.order.as_ref().map(|o| o.id), |f| f.order),
        status,
        said: said.clone(),
        limits: complaint.map(|severity| limits(severity, said.received_at, supply.calendar)),
        survey: None,
    }
}

/// The complaint that a low score of a survey opens; its limits run once somebody takes it up.
pub fn draft_of(survey: FeedbackId, case: &Case, said: Statement, id: FeedbackId, no: String) -> Event {
    let told = E::Recorded {
        order: case.order.as_ref().map(|o| o.id),
        status: FeedbackStatus::Draft,
        said,
        limits: None,
        survey: Some(survey),
    };
    Event::Feedback { id, no, told: Box::new(told) }
}
