//! Guards of changes that give the order a new total, make the deal urgent or cancel the order
//! (DOMAIN 8): goods that have left, money that has come in, and the level that has to say yes.

use super::action::Command;
use super::blocker::Blocker;
use super::change_guards::plan_of;
use super::guards::{Ask, when};
use crate::domain::change::{Bearer, ChangeKind, Unfit, Way, falls_short, unfit, wastes};
use crate::domain::order_stop::StopKind;

pub fn new_total_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(change) =
        ask.case.change.as_deref().filter(|_| plan_of(ask.case).is_some_and(|p| p.has(Way::ChangeOrder)))
    else {
        return Vec::new();
    };
    let Some(total) = &change.offer else { return vec![Blocker::NewTotalMissing] };
    unfit(ask.case, &change.content, total)
        .into_iter()
        .map(|reason| match reason {
            Unfit::OtherLines => Blocker::SupplementaryOrder,
            Unfit::BelowShipped { line, shipped } => Blocker::BelowShipped { line, shipped },
            Unfit::RefundFirst { amount } => Blocker::RefundFirst { amount },
            Unfit::RedLetterFirst { amount } => Blocker::RedLetterFirst { amount },
        })
        .collect()
}

/// What becomes urgent says why and by when, once.
pub fn urgency_named(ask: &Ask) -> Vec<Blocker> {
    let Some(change) = ask.case.change.as_deref().filter(|c| c.wish == Some(ChangeKind::Urgent)) else {
        return Vec::new();
    };
    let flags = plan_of(ask.case).is_some_and(|p| p.has(Way::UrgentFlag) || p.has(Way::Reprioritise));
    let mut out = when(flags && change.urgency.is_none(), Blocker::UrgencyMissing);
    let is_urgent = ask.case.deal.as_ref().is_some_and(|d| d.urgency.is_some());
    out.extend(when(flags && is_urgent, Blocker::AlreadyUrgent));
    out
}

/// One request about the order at a time, and nothing has left.
pub fn cancel_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = ask.case.order.as_ref().filter(|_| plan_of(ask.case).is_some_and(|p| p.has(Way::CancelOrder)))
    else {
        return Vec::new();
    };
    let mut out = super::stop_guards::no_stop_asked(ask);
    out.extend(when(order.has_shipped(), Blocker::StopUnfit { kind: StopKind::Cancel }));
    out
}

pub fn approval_open(ask: &Ask) -> Vec<Blocker> {
    let open = ask.case.change.as_deref().is_some_and(|c| c.open_approval().is_some());
    when(!open, Blocker::NoApprovalAsked)
}

/// What was made for nothing is stated; fewer than were made only when the customer bears it.
pub fn waste_borne(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ApproveChange { loss, .. }) = ask.command else { return Vec::new() };
    let (Some(order), Some(change)) = (&ask.case.order, ask.case.change.as_deref()) else { return Vec::new() };
    let Some(total) = change.offer.as_deref().filter(|t| wastes(order, t)) else { return Vec::new() };
    match loss {
        None => vec![Blocker::LossMissing],
        Some(loss) => when(falls_short(order, total) && loss.borne_by != Bearer::Customer, Blocker::WasteNotBorne),
    }
}

/// Whether the approver has to state a loss.
pub fn states_loss(case: &super::Case) -> bool {
    match (&case.order, case.change.as_deref().and_then(|c| c.offer.as_deref())) {
        (Some(order), Some(total)) => wastes(order, total),
        _ => false,
    }
}
