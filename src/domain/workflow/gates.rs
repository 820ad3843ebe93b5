//! The six gates (DOMAIN 0.2): a step is open once the gates of all steps before it are.

use super::blocker::Blocker;
use super::case::Case;
use crate::domain::customer::CustomerStatus;
use crate::domain::deal::Step;
use crate::domain::order::OrderStatus;
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::RequirementStatus;

/// What still keeps the gate behind `step` closed; `None` when it is open.
pub fn gate(step: Step, case: &Case) -> Option<Blocker> {
    match step {
        Step::Registration => {
            // An archive that was reopened stops the next gate, not the order that is already running.
            let archived = case.customer.status == CustomerStatus::Archived
                || case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some());
            (!archived).then_some(Blocker::CustomerNotArchived { status: case.customer.status })
        }
        Step::Requirement => {
            let confirmed = case.requirement.as_ref().is_some_and(|r| r.status == RequirementStatus::Confirmed);
            (!confirmed).then_some(Blocker::RequirementNotConfirmed)
        }
        Step::Quote => {
            let live = case.quote.as_ref().is_some_and(|q| {
                matches!(
                    q.status,
                    QuoteStatus::Submitted | QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted
                ) && case.requirement.as_ref().is_some_and(|r| r.id == q.requirement)
            });
            (!live).then_some(Blocker::QuoteNotSubmitted)
        }
        Step::Approval => {
            let approved = case
                .quote
                .as_ref()
                .is_some_and(|q| matches!(q.status, QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted));
            (!approved).then_some(Blocker::NotApproved)
        }
        Step::Order => {
            let confirmed = case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some());
            (!confirmed).then_some(Blocker::OrderNotConfirmed)
        }
        Step::Delivery => {
            let done = case.order.as_ref().is_some_and(|o| o.status == OrderStatus::Completed);
            (!done).then_some(Blocker::NotAllSigned)
        }
    }
}

/// The first step whose gate is still closed.
pub fn step_of(case: &Case) -> Step {
    Step::ALL.iter().copied().find(|step| gate(*step, case).is_some()).unwrap_or(Step::Delivery)
}

/// The closed gates before `step`; empty when the step is open.
pub fn closed_before(step: Step, case: &Case) -> Vec<Blocker> {
    Step::ALL.iter().copied().take_while(|s| *s < step).filter_map(|s| gate(s, case)).collect()
}
