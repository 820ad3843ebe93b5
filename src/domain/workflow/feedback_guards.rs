//! Guards of feedback and of the survey (DOMAIN 7.8).
//!
//! As in `guards`: each looks at one thing, and what was typed is judged only once it was typed.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::calendar::local_date;
use crate::domain::feedback::{FeedbackCommand, FeedbackKind, survey_opens_on};
use crate::domain::order::OrderStatus;

pub fn said_before_now(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::Feedback(FeedbackCommand::Record(said))) = ask.command else { return Vec::new() };
    when(said.received_at > ask.now, Blocker::InTheFuture)
}

/// A complaint says how severe it is; only a draft from a survey may leave out what was said.
pub fn complaint_whole(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::Feedback(FeedbackCommand::Record(said))) = ask.command else { return Vec::new() };
    let is_complaint = said.kind == FeedbackKind::Complaint;
    let mut out = when(is_complaint && said.severity.is_none(), Blocker::SeverityMissing);
    out.extend(when(said.content.is_none(), Blocker::StatementMissing));
    out
}

pub fn handler_changes(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::Feedback(FeedbackCommand::Assign { to, .. })) = ask.command else { return Vec::new() };
    when(ask.case.feedback.as_ref().is_some_and(|f| f.said.handler == *to), Blocker::HandlerUnchanged)
}

pub fn lesson_open(ask: &Ask) -> Vec<Blocker> {
    let open = ask.case.feedback.as_ref().is_some_and(|f| f.has_open_lesson());
    when(!open, Blocker::NoOpenLesson)
}

pub fn order_completed(ask: &Ask) -> Vec<Blocker> {
    let done = ask.case.order.as_ref().is_some_and(|o| o.status == OrderStatus::Completed);
    when(!done, Blocker::OrderNotCompleted)
}

pub fn survey_due(ask: &Ask) -> Vec<Blocker> {
    let opens = ask.case.order.as_ref().and_then(|o| o.completed_at).map(survey_opens_on);
    opens.filter(|on| local_date(ask.now) < *on).map(|on| Blocker::SurveyTooEarly { on }).into_iter().collect()
}
