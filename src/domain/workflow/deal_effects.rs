//! What follows when a deal as a whole changes its course: it is closed, or it is urgent no more.

use super::case::Case;
use super::change_effects;
use super::event::Event;
use super::round_effects::end_round;
use crate::domain::deal::LostReason;
use crate::domain::quote::QuoteStatus;

/// A running round ends with it; nobody has to decide what is over.
fn withdrawn_round(case: &Case) -> Vec<Event> {
    match &case.quote {
        Some(q) if q.status == QuoteStatus::Submitted => {
            end_round(case, |round| Event::RoundWithdrawn { id: round.id, quote: round.quote })
        }
        _ => Vec::new(),
    }
}

pub(super) fn close(case: &Case, reason: LostReason) -> Vec<Event> {
    let mut events = withdrawn_round(case);
    events.extend(change_effects::closed_with_deal(case));
    events.push(Event::DealLost { reason });
    events
}

pub(super) fn drop_urgency(case: &Case, reason: &str) -> Vec<Event> {
    let mut events = withdrawn_round(case);
    events.push(Event::UrgencyDropped { reason: reason.to_owned() });
    events
}
