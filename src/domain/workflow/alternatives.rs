//! Several quotes beside each other (DOMAIN 1.3): a further alternative, turning to another one, and
//! what ends with the requirement or with the customer's choice.
//!
//! The one rule: one quote of a deal is in approval at a time, so nobody turns away from it.

use super::action::Command;
use super::blocker::Blocker;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use super::guards::{Ask, when};
use crate::domain::alternative::{Alternative, OtherQuote};
use crate::domain::calendar::local_date;
use crate::domain::ids::{QuoteId, QuoteLineId};
use crate::domain::quote::QuoteStatus;

pub fn room_left(ask: &Ask) -> Vec<Blocker> {
    let full = ask.case.alternatives.next(ask.case.alternative()).is_none();
    when(full, Blocker::AlternativesFull)
}

pub fn known(ask: &Ask) -> Vec<Blocker> {
    let others = &ask.case.alternatives;
    let unknown = match ask.command {
        Some(Command::ChooseAlternative { alternative }) => others.other(*alternative).is_none(),
        _ => others.others.is_empty(),
    };
    when(unknown, Blocker::AlternativeUnknown)
}

/// Where a quote was left rejected no other one goes on before the manager has re-opened it (DOMAIN 3.4).
pub fn nothing_rejected(ask: &Ask) -> Vec<Blocker> {
    let wanted = match ask.command {
        Some(Command::ChooseAlternative { alternative }) => Some(*alternative),
        _ => None,
    };
    let others = &ask.case.alternatives.others;
    let rejected = others.iter().find(|o| o.status == QuoteStatus::Rejected && Some(o.alternative) != wanted);
    rejected.map(|o| Blocker::AlternativeRejected { alternative: o.alternative }).into_iter().collect()
}

/// The next letter, as a draft that says what the present quote says.
pub(super) fn add(case: &Case, supply: &Supply) -> Vec<Event> {
    let (Some(quote), Some(alternative)) = (&case.quote, case.alternatives.next(case.alternative())) else {
        return Vec::new();
    };
    let mut terms = quote.terms.clone();
    if terms.valid_until <= local_date(supply.now) {
        terms.valid_until = case.usual_validity(supply.now);
    }
    let mut priced = quote.priced.clone();
    for line in &mut priced.lines {
        line.id = QuoteLineId((supply.ids)());
    }
    vec![
        Event::AlternativeChosen { alternative },
        Event::QuoteSaved {
            id: QuoteId((supply.ids)()),
            requirement: quote.requirement,
            no: quote.no.clone(),
            version_no: case.alternatives.last_version + 1,
            alternative,
            quote_date: local_date(supply.now),
            terms: Box::new(terms),
            priced: Box::new(priced),
        },
    ]
}

pub(super) fn choose(case: &Case, alternative: Alternative) -> Vec<Event> {
    case.alternatives
        .other(alternative)
        .map(|o| Event::AlternativeChosen { alternative: o.alternative })
        .into_iter()
        .collect()
}

fn live_others(case: &Case) -> impl Iterator<Item = &OtherQuote> {
    case.alternatives.others.iter().filter(|o| o.is_live())
}

/// A new requirement leaves no quote of the old one alive, of whatever alternative.
pub(super) fn superseded(case: &Case) -> Vec<Event> {
    let current = case
        .quote
        .iter()
        .filter(|q| matches!(q.status, QuoteStatus::Draft | QuoteStatus::Approved | QuoteStatus::Sent))
        .map(|q| q.id);
    current.chain(live_others(case).map(|o| o.id)).map(|id| Event::QuoteSuperseded { id }).collect()
}

/// What the customer did not take.
pub(super) fn ended(case: &Case) -> impl Iterator<Item = Event> + '_ {
    live_others(case).map(|o| Event::AlternativeEnded {
        id: o.id,
        alternative: o.alternative,
        version_no: o.version_no,
    })
}
