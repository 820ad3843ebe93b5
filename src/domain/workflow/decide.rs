//! `decide` turns a command into events or names everything in the way; `offers` asks the same
//! table what could be done now. Neither touches anything.

use super::action::{Action, Command};
use super::blocker::Blocker;
use super::case::{Case, Document};
use super::effects;
use super::event::Event;
use super::gates::closed_before;
use super::guards::Ask;
use super::table::rows_of;
use crate::domain::calendar::Calendar;
use crate::domain::deal::DealStatus;
use crate::domain::order::Order;
use crate::domain::policy::{self, Act};
use crate::domain::round::Colleague;
use crate::domain::staff::Actor;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a decision needs from outside: identifiers, document numbers, the calendar.
pub struct Supply<'a> {
    pub now: DateTime<Utc>,
    pub actor: &'a Actor,
    pub ids: &'a (dyn Fn() -> Uuid + Sync),
    /// The number of the document this command creates, when it creates one.
    pub number: Option<String>,
    /// A sign-off of goods that are both short and damaged opens two exceptions.
    pub second_number: Option<String>,
    pub calendar: &'a Calendar,
    /// Everybody who works here, where it matters who else could decide.
    pub company: &'a [Colleague],
}

/// One thing the person could do, with everything that is still in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub action: Action,
    pub blockers: Vec<Blocker>,
}

impl Offer {
    pub fn is_ready(&self) -> bool {
        self.blockers.is_empty()
    }
}

/// Everything that keeps `action` from happening; `command` is what was typed, if anything was.
pub fn blockers(case: &Case, action: Action, command: Option<&Command>, now: DateTime<Utc>) -> Vec<Blocker> {
    if case.deal.as_ref().is_some_and(|d| d.status != DealStatus::Open)
        && !is_about_customer(action)
        && !acts_after_the_end(action)
    {
        return vec![Blocker::DealClosed];
    }
    let Some(row) = rows_of(action).find(|row| row.from.iter().any(|from| case.state(from.document()) == *from)) else {
        // A closed gate says more than "not in this state".
        let step = rows_of(action).map(|r| r.step).next();
        let closed = step.map(|s| closed_before(s, case)).unwrap_or_default();
        let ask = Ask { case, now, command };
        let from_guards: Vec<Blocker> =
            if action == Action::DecideNode { super::round_guards::node_open(&ask) } else { Vec::new() };
        // Who was faster is told first, also when that decision has closed a gate.
        let faster: Vec<Blocker> =
            from_guards.iter().filter(|b| matches!(b, Blocker::AlreadyDecided { .. })).cloned().collect();
        let on_hold: Vec<Blocker> = case
            .order
            .as_ref()
            .filter(|_| rows_of(action).any(|r| r.from.iter().any(|f| f.document() == Document::Order)))
            .and_then(|o| o.hold())
            .map(|h| Blocker::OrderOnHold {
                reason: h.reason,
                since: h.decided.as_ref().map_or(h.requested_at, |d| d.at),
            })
            .into_iter()
            .collect();
        return [faster, closed, from_guards, on_hold, vec![Blocker::WrongState]]
            .into_iter()
            .find(|b| !b.is_empty())
            .unwrap_or_default();
    };
    let mut out = if case.deal.is_some() { closed_before(row.step, case) } else { Vec::new() };
    let ask = Ask { case, now, command };
    for guard in row.guards {
        out.extend(guard(&ask));
    }
    out
}

/// After a deal has ended money still comes in, invoices are still written, and goods still come back
/// and are replaced (DOMAIN 7.1).
pub fn acts_after_the_end(action: Action) -> bool {
    matches!(
        action,
        Action::RecordReceipt
            | Action::CorrectReceipt
            | Action::RecordInvoice
            | Action::OpenException
            | Action::AnswerException
            | Action::PlanException
            | Action::SettleReturn
            | Action::RecordCreditNote
            | Action::CloseException
            | Action::RecordProduction
            | Action::RecordQc
            | Action::RecordPicking
            | Action::CheckPicking
            | Action::RecordPacking
            | Action::ArrangeShipment
            | Action::DropShipment
            | Action::Ship
            | Action::HandOver
            | Action::NoteTransit
            | Action::SignOff
            | Action::TellCustomer
    )
}

/// Whether the act is about the customer and not about one deal.
pub fn is_about_customer(action: Action) -> bool {
    matches!(
        action,
        Action::SaveCustomer
            | Action::AttachLicense
            | Action::RequestVerification
            | Action::VerifyLicense
            | Action::AskCorrection
            | Action::ConfirmWithCustomer
            | Action::Archive
            | Action::OverrideCode
            | Action::NoteRegistry
            | Action::Blacklist
            | Action::LiftBlacklist
            | Action::HoldCredit
            | Action::ReleaseCredit
            | Action::DeactivateCustomer
            | Action::ReactivateCustomer
            | Action::ChangeOwner
            | Action::SetGrade
            | Action::ChangeCredit
            | Action::ReviewCustomer
    ) || is_about_feedback(action)
}

/// Whether the act is about a piece of feedback, which outlives its deal.
pub fn is_about_feedback(action: Action) -> bool {
    matches!(
        action,
        Action::RecordFeedback
            | Action::AnswerFeedback
            | Action::ReportFeedback
            | Action::AssignFeedback
            | Action::SolveFeedback
            | Action::ReturnFeedback
            | Action::CloseFeedback
            | Action::DismissFeedback
            | Action::CloseLesson
            | Action::AnswerSurvey
    )
}

/// The events of a command, or all its blockers.
pub fn decide(case: &Case, command: &Command, supply: &Supply) -> Result<Vec<Event>, Vec<Blocker>> {
    let blockers = blockers(case, command.action(), Some(command), supply.now);
    if blockers.is_empty() { Ok(effects::of(case, command, supply)) } else { Err(blockers) }
}

/// What this person could do with the case now, permitted things only, ready or not.
pub fn offers(case: &Case, actor: &Actor, now: DateTime<Utc>) -> Vec<Offer> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| rows_of(*action).any(|row| row.from.iter().any(|from| case.state(from.document()) == *from)))
        // Feedback has a page of its own.
        .filter(|action| case.feedback.is_some() || !is_about_feedback(*action))
        // Goods have a long way to go before their order ends.
        .filter(|action| *action != Action::CompleteOrder || case.order.as_ref().is_none_or(Order::may_end))
        .filter(|action| {
            policy::may_on(actor, Act::Do(*action), case).is_ok()
                && policy::may_separately(actor, Act::Do(*action), case).is_ok()
        })
        .filter(|action| {
            case.deal.as_ref().is_none_or(|d| d.status == DealStatus::Open)
                || is_about_customer(*action)
                || acts_after_the_end(*action)
        })
        .map(|action| Offer { action, blockers: blockers(case, action, None, now) })
        .collect()
}
