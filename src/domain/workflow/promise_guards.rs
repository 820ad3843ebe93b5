//! Guards of the promised day (DOMAIN 1.5): not before the day of the order, not before the day to which
//! production committed itself, and moved only with the customer's agreement.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::calendar::local_date;
use chrono::{DateTime, NaiveDate, Utc};

/// The day of production's approval, also of one that an earlier round gave and that is kept.
fn committed_on(ask: &Ask) -> Option<NaiveDate> {
    let kept = || ask.case.route_facts.former.committed_on();
    ask.case.round.as_ref().and_then(|r| r.committed_on().or_else(kept))
}

/// What is promised now: by the order, before there is one by the quote.
fn promised_at(ask: &Ask) -> Option<DateTime<Utc>> {
    let quoted = || ask.case.quote.as_ref().map(|q| q.terms.deliver_at);
    ask.case.order.as_ref().map(|o| o.promised_at).or_else(quoted)
}

fn before_commitment(ask: &Ask, promised: DateTime<Utc>) -> Vec<Blocker> {
    let committed_on = committed_on(ask).filter(|on| local_date(promised) < *on);
    committed_on.map(|committed_on| Blocker::PromiseTooEarly { committed_on }).into_iter().collect()
}

fn in_the_past(ask: &Ask, promised: DateTime<Utc>) -> Vec<Blocker> {
    let promised_on = local_date(promised);
    when(promised_on < local_date(ask.now), Blocker::PromisePassed { promised_on })
}

pub fn promise_as_committed(ask: &Ask) -> Vec<Blocker> {
    promised_at(ask).map(|promised| before_commitment(ask, promised)).unwrap_or_default()
}

pub fn promise_ahead(ask: &Ask) -> Vec<Blocker> {
    promised_at(ask).map(|promised| in_the_past(ask, promised)).unwrap_or_default()
}

/// Later only: earlier is a change, which production has to look at.
pub fn agreed_promise_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::AgreePromise { to, contact, .. }), Some(order)) = (ask.command, &ask.case.order) else {
        return Vec::new();
    };
    let known = ask.case.customer.profile.active_contacts().any(|c| c.name == *contact);
    let mut out = when(!known, Blocker::ConfirmContactUnknown);
    out.extend(when(*to <= order.promised_at, Blocker::PromiseNotLater { promised_at: order.promised_at }));
    out.extend(in_the_past(ask, *to));
    out.extend(before_commitment(ask, *to));
    out
}
