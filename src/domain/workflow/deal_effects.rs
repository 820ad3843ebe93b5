//! What follows when a deal as a whole changes its course: it is closed, or it is urgent no more.

use super::case::Case;
use super::change_effects;
use super::event::Event;
use super::round_effects::end_round;
use crate::domain::alternative::OtherQuote;
use crate::domain::approval::ApprovalPath;
use crate::domain::deal::LostReason;
use crate::domain::quote::QuoteStatus;

/// What ends when the mark of an urgent deal comes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndsWithMark {
    /// No quote was submitted since it was last written.
    Nothing,
    /// A running round of the fast path.
    Round,
    /// What the fast path approved, sent or not.
    Approval,
    /// The quote went the standard way anyhow and goes on there.
    StandardGoesOn,
}

pub fn ends_with_mark(case: &Case) -> EndsWithMark {
    if fast_offers_beside(case).next().is_some() {
        return EndsWithMark::Approval;
    }
    match (current_path(case), case.quote.as_ref().map(|q| q.status)) {
        (Some(ApprovalPath::Fast), Some(QuoteStatus::Submitted)) => EndsWithMark::Round,
        (Some(ApprovalPath::Fast), Some(QuoteStatus::Approved | QuoteStatus::Sent)) => EndsWithMark::Approval,
        (Some(ApprovalPath::Standard), Some(QuoteStatus::Submitted | QuoteStatus::Approved | QuoteStatus::Sent)) => {
            EndsWithMark::StandardGoesOn
        }
        _ => EndsWithMark::Nothing,
    }
}

/// The path of the round that this very version of the quote is in or went through.
fn current_path(case: &Case) -> Option<ApprovalPath> {
    let quote = case.quote.as_ref()?;
    case.round.as_ref().filter(|r| r.quote == quote.id).map(|r| r.path)
}

/// Other alternatives that may go to the customer because the fast path approved them.
fn fast_offers_beside(case: &Case) -> impl Iterator<Item = &OtherQuote> {
    let is_offer = |o: &&OtherQuote| matches!(o.status, QuoteStatus::Approved | QuoteStatus::Sent);
    case.alternatives.others.iter().filter(is_offer).filter(|o| o.path == Some(ApprovalPath::Fast))
}

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

/// Without the mark nothing stands that only the fast path approved: the quote is submitted again and goes the
/// standard way. What went that way already goes on. The reviews of an approval that was given stay owed
/// (DOMAIN 3.7).
pub(super) fn drop_urgency(case: &Case, reason: &str) -> Vec<Event> {
    let mut events = Vec::new();
    if let (Some(quote), Some(ApprovalPath::Fast)) = (&case.quote, current_path(case)) {
        match quote.status {
            QuoteStatus::Submitted => events.extend(withdrawn_round(case)),
            QuoteStatus::Approved | QuoteStatus::Sent => events.push(Event::QuoteSuperseded { id: quote.id }),
            _ => {}
        }
    }
    events.extend(fast_offers_beside(case).map(|o| Event::QuoteSuperseded { id: o.id }));
    events.push(Event::UrgencyDropped { reason: reason.to_owned() });
    events
}
