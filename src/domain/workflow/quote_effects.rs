//! What follows from saving a quote and from the customer's acceptance of one.

use super::alternatives;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use super::event_parts::DraftedLine;
use crate::domain::calendar::local_date;
use crate::domain::ids::{OrderId, OrderLineId, QuoteId};
use crate::domain::order::Acceptance;
use crate::domain::quote::{Priced, QuoteStatus, QuoteTerms};
use crate::domain::requirement::RequirementStatus;

/// Rewrites the draft, or begins the next version and ends the one that was approved or sent.
pub(super) fn save_quote(case: &Case, supply: &Supply, terms: &QuoteTerms, priced: &Priced) -> Vec<Event> {
    let Some(requirement) = case.requirement.as_ref().filter(|r| r.status == RequirementStatus::Confirmed) else {
        return Vec::new();
    };
    let draft = case.quote.as_ref().filter(|q| q.status == QuoteStatus::Draft);
    let mut events: Vec<Event> = case
        .quote
        .iter()
        .filter(|q| matches!(q.status, QuoteStatus::Approved | QuoteStatus::Sent))
        .map(|q| Event::QuoteSuperseded { id: q.id })
        .collect();
    events.push(Event::QuoteSaved {
        id: draft.map_or_else(|| QuoteId((supply.ids)()), |q| q.id),
        requirement: requirement.id,
        no: case.quote.as_ref().map_or_else(|| supply.number.clone().unwrap_or_default(), |q| q.no.clone()),
        version_no: draft.map_or(case.alternatives.last_version + 1, |q| q.version_no),
        alternative: case.alternative(),
        quote_date: local_date(supply.now),
        terms: Box::new(terms.clone()),
        priced: Box::new(priced.clone()),
    });
    events
}

/// The order follows from the accepted quote; the other alternatives end first.
pub(super) fn accept(case: &Case, supply: &Supply, acceptance: Acceptance) -> Vec<Event> {
    let Some(quote) = &case.quote else { return Vec::new() };
    let hash = quote.content_hash.as_ref().map(hex::encode).unwrap_or_default();
    let mut events: Vec<Event> = alternatives::ended(case).collect();
    events.extend([
        Event::QuoteAccepted { id: quote.id, content_hash: hash, acceptance },
        Event::OrderDrafted {
            id: OrderId((supply.ids)()),
            quote: quote.id,
            no: supply.number.clone().unwrap_or_default(),
            lines: quote
                .priced
                .lines
                .iter()
                .map(|l| DraftedLine { id: OrderLineId((supply.ids)()), quote_line: l.id })
                .collect(),
            promised_at: quote.terms.deliver_at,
        },
    ]);
    events
}
