//! Hold, cancel and short-close of an order (DOMAIN 7.1, 2.2): somebody asks, somebody with the
//! authority decides, and the order stands still, ends, or ends on what was delivered.
//!
//! The one rule: nobody types these states; they follow from a decision that is on record.

use super::change::Loss;
use super::codes::codes;
use super::ids::{OrderLineId, PersonId, StopId};
use super::order::{Order, OrderLine, OrderStatus};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(StopKind { Hold = "hold", Cancel = "cancel", ShortClose = "short_close" });
codes!(StopReason {
    Customer = "customer", Credit = "credit", Quality = "quality", Objection = "objection", Supply = "supply",
    Other = "other",
});
codes!(StopStatus {
    Requested = "requested", InForce = "in_force", Refused = "refused", Withdrawn = "withdrawn", Ended = "ended",
});
codes!(StopAnswer { Granted = "granted", Refused = "refused" });

/// How an order ended before everything was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedEarly {
    Cancelled,
    ShortClosed,
}

/// What somebody asked for and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStop {
    pub id: StopId,
    pub kind: StopKind,
    pub reason: StopReason,
    pub text: String,
    pub status: StopStatus,
    pub requested_by: PersonId,
    pub requested_by_name: String,
    pub requested_at: DateTime<Utc>,
    /// The state of the order when the stop took effect; a hold goes back there.
    pub from: Option<OrderStatus>,
    pub decided: Option<StopDecided>,
    /// What was made for nothing, and who bears it.
    pub cost: Option<Loss>,
    /// How a hold ended.
    pub end_note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopDecided {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
}

/// What a line keeps when the order is cancelled or short-closed; the rest of the stock is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    pub line: OrderLineId,
    /// Goods on the shelf that were for this order and are for anybody now.
    pub quantity: Decimal,
}

impl Order {
    /// Its rest was given up; what was given up is not delivered any more.
    pub fn was_short_closed(&self) -> bool {
        self.stops.iter().any(|s| s.kind == StopKind::ShortClose && s.status == StopStatus::InForce)
    }

    /// Goods came back after the end and their replacement is not signed for yet.
    pub fn owes_replacement(&self) -> bool {
        !self.was_short_closed() && self.goods().any(|l| l.signed < l.due())
    }

    /// The request that waits for a decision.
    pub fn asked_stop(&self) -> Option<&OrderStop> {
        self.stops.iter().find(|s| s.status == StopStatus::Requested)
    }

    /// The hold that is in force.
    pub fn hold(&self) -> Option<&OrderStop> {
        self.stops.iter().find(|s| s.kind == StopKind::Hold && s.status == StopStatus::InForce)
    }

    /// Something was made or taken off the shelf for it: stopping it now costs.
    pub fn has_started(&self) -> bool {
        self.goods().any(|l| !l.produced.is_zero() || !l.picked.is_zero())
    }

    pub fn has_shipped(&self) -> bool {
        self.goods().any(|l| !l.shipped.is_zero())
    }

    /// The state behind a hold, the order's own otherwise.
    pub fn state_behind_hold(&self) -> OrderStatus {
        match self.status {
            OrderStatus::OnHold => self.hold().and_then(|h| h.from).unwrap_or(OrderStatus::Confirmed),
            own => own,
        }
    }

    /// What each line gives back to the stock when nothing more leaves.
    pub fn to_release(&self) -> Vec<Released> {
        self.goods()
            .map(|l| Released { line: l.id, quantity: l.reserved + l.passed - l.shipped })
            .filter(|r| !r.quantity.is_zero())
            .collect()
    }

    /// When the last of what was delivered was signed for.
    pub fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.signed_at.or_else(|| self.shipments.iter().filter_map(|s| s.signed_at).max())
    }

    /// What has to reach the customer of a line: all that is due, or what left before the rest was given up.
    pub fn due_of(&self, line: &OrderLine) -> Decimal {
        if self.was_short_closed() { line.shipped } else { line.due() }
    }

    /// Whether everything that leaves has arrived: all of it, or what a short-closed order delivered.
    pub fn is_all_signed(&self) -> bool {
        self.goods().all(|l| l.signed == self.due_of(l))
    }

    /// That it was cancelled, or its rest given up.
    pub fn ended_early(&self) -> Option<EndedEarly> {
        match self.status {
            OrderStatus::Cancelled => Some(EndedEarly::Cancelled),
            _ if self.was_short_closed() => Some(EndedEarly::ShortClosed),
            _ => None,
        }
    }
}
