//! What follows from holding, cancelling and short-closing an order (DOMAIN 7.1).
//!
//! The one rule: an order on hold first goes back to where it was, then ends; no state is skipped.

use super::action::Command;
use super::case::Case;
use super::change_effects;
use super::decide::Supply;
use super::delivery_effects::{dropped, status_moves};
use super::event::Event;
use crate::domain::change::Loss;
use crate::domain::deal::LostReason;
use crate::domain::ids::StopId;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::order_stop::{OrderStop, StopAnswer, StopKind};

pub(super) fn of(case: &Case, command: &Command, supply: &Supply) -> Vec<Event> {
    let Some(order) = &case.order else { return Vec::new() };
    match command {
        Command::RequestStop { kind, reason, text } => vec![Event::StopRequested {
            id: StopId((supply.ids)()),
            order: order.id,
            stop: *kind,
            reason: *reason,
            text: text.clone(),
        }],
        Command::DecideStop { answer, comment, cost } => order
            .asked_stop()
            .map(|s| decided(case, order, s, *answer, comment.clone(), cost.clone()))
            .unwrap_or_default(),
        Command::WithdrawStop => order
            .asked_stop()
            .map(|s| Event::StopWithdrawn { id: s.id, order: order.id, stop: s.kind })
            .into_iter()
            .collect(),
        Command::HoldOrder { reason, text } => vec![
            Event::OrderHeld { id: StopId((supply.ids)()), order: order.id, reason: *reason, text: text.clone() },
            Event::OrderMoved { order: order.id, from: order.status, to: OrderStatus::OnHold },
        ],
        Command::ResumeOrder { comment } => {
            // What was signed for or came back meanwhile counts from now on.
            let behind = Order { status: order.state_behind_hold(), ..order.clone() };
            let mut events = resumed(order, comment);
            events.extend(status_moves(&behind, &behind));
            events
        }
        _ => Vec::new(),
    }
}

fn resumed(order: &Order, comment: &str) -> Vec<Event> {
    let Some(hold) = order.hold() else { return Vec::new() };
    vec![
        Event::OrderResumed { id: hold.id, order: order.id, comment: comment.to_owned() },
        Event::OrderMoved { order: order.id, from: OrderStatus::OnHold, to: order.state_behind_hold() },
    ]
}

fn decided(
    case: &Case,
    order: &Order,
    stop: &OrderStop,
    answer: StopAnswer,
    comment: Option<String>,
    cost: Option<Loss>,
) -> Vec<Event> {
    let said = comment.clone().unwrap_or_else(|| stop.text.clone());
    let decision = Event::StopDecided {
        id: stop.id,
        order: order.id,
        stop: stop.kind,
        answer,
        comment,
        cost: cost.filter(|_| answer == StopAnswer::Granted),
    };
    if answer == StopAnswer::Refused {
        let record = Some(stop.kind).filter(|k| *k == StopKind::Cancel);
        let record = record.and_then(|_| change_effects::cancel_decided(case, answer, &said));
        return [Some(decision), record].into_iter().flatten().collect();
    }
    let moved = |from, to| Event::OrderMoved { order: order.id, from, to };
    if stop.kind == StopKind::Hold {
        return vec![decision, moved(order.status, OrderStatus::OnHold)];
    }
    let behind = order.state_behind_hold();
    let mut events = if order.status == OrderStatus::OnHold { resumed(order, &said) } else { Vec::new() };
    events.push(decision);
    events.extend(order.waiting_shipments().map(|s| dropped(order, s, &said)));
    let lines = order.to_release();
    if !lines.is_empty() {
        events.push(Event::StockReleased { order: order.id, lines });
    }
    if stop.kind == StopKind::ShortClose {
        events.push(moved(behind, OrderStatus::ShortClosed));
        return events;
    }
    events.push(moved(behind, OrderStatus::Cancelled));
    events
        .extend(change_effects::cancel_decided(case, answer, &said).or_else(|| change_effects::closed_with_deal(case)));
    events.push(Event::DealLost { reason: LostReason::Other });
    events
}
