//! Guards of hold, cancel and short-close (DOMAIN 7.1, 8): one request at a time, only where it
//! fits, and what was made already has its cost stated.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::order_stop::{StopAnswer, StopKind};

fn order<'a>(ask: &'a Ask) -> Option<&'a Order> {
    ask.case.order.as_ref()
}

pub fn no_stop_asked(ask: &Ask) -> Vec<Blocker> {
    order(ask)
        .and_then(Order::asked_stop)
        .map(|s| Blocker::StopAsked { kind: s.kind, by: s.requested_by_name.clone(), at: s.requested_at })
        .into_iter()
        .collect()
}

pub fn stop_asked(ask: &Ask) -> Vec<Blocker> {
    when(order(ask).is_some_and(|o| o.asked_stop().is_none()), Blocker::NoStopAsked)
}

/// A hold of what runs, a cancellation while nothing has left, a short-close of what has left in part.
fn fits(order: &Order, kind: StopKind) -> bool {
    let behind = order.state_behind_hold();
    match kind {
        StopKind::Hold => {
            matches!(order.status, OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped)
        }
        StopKind::Cancel => {
            !order.has_shipped()
                && matches!(behind, OrderStatus::Draft | OrderStatus::Confirmed | OrderStatus::InFulfilment)
        }
        StopKind::ShortClose => behind == OrderStatus::PartiallyShipped,
    }
}

pub fn stop_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = order(ask) else { return Vec::new() };
    let kind = match ask.command {
        Some(Command::RequestStop { kind, .. }) => Some(*kind),
        Some(Command::DecideStop { answer: StopAnswer::Granted, .. }) => order.asked_stop().map(|s| s.kind),
        _ => None,
    };
    kind.map(|kind| unfit(order, kind)).unwrap_or_default()
}

pub(super) fn unfit(order: &Order, kind: StopKind) -> Vec<Blocker> {
    when(!fits(order, kind), Blocker::StopUnfit { kind })
}

pub fn decision_explained(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::DecideStop { answer, comment, cost }) = ask.command else { return Vec::new() };
    let long_enough = comment.as_ref().is_some_and(|c| c.chars().count() >= 5);
    let mut out = when(*answer == StopAnswer::Refused && !long_enough, Blocker::CommentMissing);
    let costs =
        order(ask).is_some_and(|o| o.has_started() && o.asked_stop().is_some_and(|s| s.kind == StopKind::Cancel));
    out.extend(when(*answer == StopAnswer::Granted && costs && cost.is_none(), Blocker::CostStatementMissing));
    out
}

/// The kinds of stop that could be asked for now.
pub fn kinds_possible(order: &Order) -> Vec<StopKind> {
    StopKind::ALL.iter().copied().filter(|k| fits(order, *k)).collect()
}
