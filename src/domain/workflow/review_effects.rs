//! What follows when a department looks at a fast approval afterwards, and when the director resolves what
//! it objected to (DOMAIN 3.7).
//!
//! The one rule: an objection by itself undoes nothing; the order stands still or ends only because it was
//! resolved so. What is to be cancelled stands still until somebody with the authority has decided it.

use super::action::Command;
use super::case::Case;
use super::deal_effects;
use super::decide::Supply;
use super::event::Event;
use crate::domain::deal::LostReason;
use crate::domain::fast_path::ObjectionOutcome;
use crate::domain::ids::{PostReviewId, StopId};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::order_stop::{StopKind, StopReason};
use crate::domain::policy::{self, Capacity};

pub(super) fn of(case: &Case, supply: &Supply, command: &Command) -> Vec<Event> {
    match command {
        Command::ReviewAfterwards { review, result, comment } => case
            .post_review(*review)
            .iter()
            .map(|p| Event::PostReviewGiven {
                id: p.id,
                node: p.kind,
                result: *result,
                comment: comment.clone(),
                on_behalf: match policy::review_capacity(supply.actor, p, case) {
                    Ok(Capacity::For(of)) => Some(of),
                    _ => None,
                },
            })
            .collect(),
        Command::ResolveObjection { review, outcome, resolution } => {
            resolved(case, supply, *review, *outcome, resolution)
        }
        _ => Vec::new(),
    }
}

fn resolved(
    case: &Case,
    supply: &Supply,
    review: PostReviewId,
    outcome: ObjectionOutcome,
    resolution: &str,
) -> Vec<Event> {
    let Some(review) = case.post_review(review) else { return Vec::new() };
    let resolution = resolution.to_owned();
    let (id, node) = (review.id, review.kind);
    let mut events = vec![Event::ObjectionResolved { id, node, resolution: resolution.clone(), outcome }];
    match (outcome, &case.order) {
        (ObjectionOutcome::Continue, _) | (ObjectionOutcome::Hold, None) => {}
        (ObjectionOutcome::Hold, Some(order)) => events.extend(held(order, supply, &resolution)),
        // Nothing was promised to the customer yet that would have to be cancelled.
        (ObjectionOutcome::Cancel, None) => events.extend(deal_effects::close(case, LostReason::Other)),
        (ObjectionOutcome::Cancel, Some(order)) => {
            if can_be_held(order) {
                events.extend(held(order, supply, &resolution));
            }
            events.push(Event::StopRequested {
                id: StopId((supply.ids)()),
                order: order.id,
                stop: StopKind::Cancel,
                reason: StopReason::Objection,
                text: resolution,
            });
        }
    }
    events
}

fn can_be_held(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped)
}

fn held(order: &Order, supply: &Supply, text: &str) -> [Event; 2] {
    [
        Event::OrderHeld {
            id: StopId((supply.ids)()),
            order: order.id,
            reason: StopReason::Objection,
            text: text.to_owned(),
        },
        Event::OrderMoved { order: order.id, from: order.status, to: OrderStatus::OnHold },
    ]
}
