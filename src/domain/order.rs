//! The order and its delivery (DOMAIN 1.5, 1.6, 7): frozen lines, quantities that follow each
//! other, payment milestones, shipments. Statuses are derived from quantities, never typed.

use super::codes::codes;
use super::deal::DealKind;
use super::ids::{AttachmentId, OrderId, OrderLineId, PersonId, ProductId, QuoteId, QuoteLineId, ShipmentId};
use super::quote::{PaymentTrigger, QuoteLineKind};
use super::staff::Department;
use super::tax::LineAmounts;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

codes!(OrderStatus {
    Draft = "draft", Confirmed = "confirmed", InFulfilment = "in_fulfilment", PartiallyShipped = "partially_shipped",
    Shipped = "shipped", Signed = "signed", Completed = "completed", OnHold = "on_hold",
    Cancelled = "cancelled", ShortClosed = "short_closed",
});
codes!(AcceptanceKind {
    SignedQuote = "signed_quote", CustomerPo = "customer_po", StampedContract = "stamped_contract", Email = "email",
});
codes!(DeliveryStage {
    Prepare = "prepare", Production = "production", Packing = "packing", Shipping = "shipping", SignOff = "sign_off",
});
codes!(ShipmentStatus { Shipped = "shipped", Signed = "signed", PartlySigned = "partly_signed" });
codes!(MilestoneState { NotDue = "not_due", Due = "due", Partial = "partial", Received = "received" });

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub no: String,
    pub quote: QuoteId,
    pub status: OrderStatus,
    pub kind: DealKind,
    pub acceptance: Acceptance,
    pub ship_address: String,
    pub ship_receiver: String,
    pub ship_phone: String,
    pub partial_allowed: bool,
    pub promised_at: DateTime<Utc>,
    pub net: Decimal,
    pub tax: Decimal,
    pub gross: Decimal,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub signed_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub lines: Vec<OrderLine>,
    pub specials: Vec<OrderSpecial>,
    pub milestones: Vec<Milestone>,
    pub shipments: Vec<Shipment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    pub kind: AcceptanceKind,
    pub accepted_at: DateTime<Utc>,
    pub file: AttachmentId,
    pub po_no: Option<String>,
    pub recorded_by: PersonId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub id: OrderLineId,
    pub quote_line: QuoteLineId,
    pub product: Option<ProductId>,
    pub kind: QuoteLineKind,
    pub name: String,
    pub spec: String,
    pub packaging: Option<String>,
    pub quantity: Decimal,
    pub unit: String,
    pub unit_price: Decimal,
    pub tax_rate: Decimal,
    pub amounts: LineAmounts,
    pub promised_at: DateTime<Utc>,
    pub is_goods: bool,
    pub reserved: Decimal,
    pub produced: Decimal,
    pub picked: Decimal,
    pub packed: Decimal,
    pub shipped: Decimal,
    pub signed: Decimal,
}

impl OrderLine {
    /// Ordered, but neither on the shelf for this order nor produced yet.
    pub fn shortage(&self) -> Decimal {
        if self.is_goods { self.quantity - self.reserved - self.produced } else { Decimal::ZERO }
    }

    /// Progress of the line in per cent, weighted over its quantities (DOMAIN 7.4): confirmed 5,
    /// on the shelf or in production 15, picked or produced 60, packed 75, shipped 90, signed 100.
    fn progress(&self) -> Decimal {
        let at = |percent: i64, quantity: Decimal| Decimal::from(percent) * quantity;
        let waiting = self.reserved + self.produced - self.picked;
        // Stock is picked before what was made for the order.
        let produced_waiting = self.produced.min(waiting);
        let unmade = if self.produced.is_zero() { 5 } else { 15 };
        let sum = at(100, self.signed)
            + at(90, self.shipped - self.signed)
            + at(75, self.packed - self.shipped)
            + at(60, self.picked - self.packed)
            + at(60, produced_waiting)
            + at(15, waiting - produced_waiting)
            + at(unmade, self.quantity - self.reserved - self.produced);
        sum / self.quantity
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSpecial {
    pub position: i32,
    pub text: String,
    pub department: Department,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub acknowledged_by_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    pub position: i32,
    pub percent: Decimal,
    pub trigger: PaymentTrigger,
    pub days: i32,
    pub amount: Decimal,
    pub received: Decimal,
    pub received_at: Option<DateTime<Utc>>,
    pub reference: Option<String>,
}

impl Milestone {
    pub fn open(&self) -> Decimal {
        self.amount - self.received
    }

    /// Must be paid before goods may leave.
    pub fn blocks_shipment(&self) -> bool {
        matches!(self.trigger, PaymentTrigger::OnSigning | PaymentTrigger::BeforeShipment) && !self.open().is_zero()
    }

    pub fn state(&self, order: OrderStatus) -> MilestoneState {
        if self.open().is_zero() {
            MilestoneState::Received
        } else if !self.received.is_zero() {
            MilestoneState::Partial
        } else {
            let reached = match self.trigger {
                PaymentTrigger::OnSigning | PaymentTrigger::BeforeShipment => order != OrderStatus::Draft,
                PaymentTrigger::AfterSignOff | PaymentTrigger::OnAcceptance => {
                    matches!(order, OrderStatus::Signed | OrderStatus::Completed)
                }
                PaymentTrigger::AfterWarranty => false,
            };
            if reached { MilestoneState::Due } else { MilestoneState::NotDue }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub no: String,
    pub batch_no: i32,
    pub status: ShipmentStatus,
    pub carrier: String,
    pub waybill_no: String,
    pub packages: i32,
    pub shipped_at: DateTime<Utc>,
    pub eta: Option<NaiveDate>,
    pub signed_by: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    pub sign_file: Option<AttachmentId>,
    pub lines: Vec<ShipmentLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentLine {
    pub order_line: OrderLineId,
    pub quantity: Decimal,
    pub received: Option<Decimal>,
}

impl Order {
    pub fn goods(&self) -> impl Iterator<Item = &OrderLine> {
        self.lines.iter().filter(|l| l.is_goods)
    }

    /// Whole-order progress: goods lines weighted by amount, rounded down; 100 only when
    /// everything is signed (DOMAIN 7.4).
    pub fn progress(&self) -> i32 {
        let weight: Decimal = self.goods().map(|l| l.amounts.gross).sum();
        if weight.is_zero() {
            return if self.completed_at.is_some() { 100 } else { 5 };
        }
        let sum: Decimal = self.goods().map(|l| l.progress() * l.amounts.gross).sum();
        let whole = (sum / weight).floor().to_i32().unwrap_or(0);
        if self.goods().all(|l| l.signed == l.quantity) { 100 } else { whole.min(99) }
    }

    /// The status that the quantities say (DOMAIN 7.1); states that people set stay.
    pub fn derived_status(&self) -> OrderStatus {
        match self.status {
            OrderStatus::Draft
            | OrderStatus::Completed
            | OrderStatus::OnHold
            | OrderStatus::Cancelled
            | OrderStatus::ShortClosed => self.status,
            OrderStatus::Confirmed
            | OrderStatus::InFulfilment
            | OrderStatus::PartiallyShipped
            | OrderStatus::Shipped
            | OrderStatus::Signed => {
                if self.goods().all(|l| l.signed == l.quantity) {
                    OrderStatus::Signed
                } else if self.goods().all(|l| l.shipped == l.quantity) {
                    OrderStatus::Shipped
                } else if self.goods().any(|l| !l.shipped.is_zero()) {
                    OrderStatus::PartiallyShipped
                } else if self.goods().any(|l| !l.picked.is_zero() || !l.produced.is_zero()) {
                    OrderStatus::InFulfilment
                } else {
                    OrderStatus::Confirmed
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AttachmentId, PersonId};
    use uuid::Uuid;

    fn line(quantity: i64, moved: [i64; 6]) -> OrderLine {
        let [reserved, produced, picked, packed, shipped, signed] = moved.map(Decimal::from);
        OrderLine {
            id: OrderLineId(Uuid::nil()),
            quote_line: QuoteLineId(Uuid::nil()),
            product: None,
            kind: QuoteLineKind::Standard,
            name: "x".into(),
            spec: "x".into(),
            packaging: None,
            quantity: Decimal::from(quantity),
            unit: "个".into(),
            unit_price: Decimal::ONE,
            tax_rate: Decimal::ZERO,
            amounts: LineAmounts { net: Decimal::from(quantity), tax: Decimal::ZERO, gross: Decimal::from(quantity) },
            promised_at: DateTime::UNIX_EPOCH,
            is_goods: true,
            reserved,
            produced,
            picked,
            packed,
            shipped,
            signed,
        }
    }

    fn order(lines: Vec<OrderLine>) -> Order {
        Order {
            id: OrderId(Uuid::nil()),
            no: String::new(),
            quote: QuoteId(Uuid::nil()),
            status: OrderStatus::Confirmed,
            kind: DealKind::New,
            acceptance: Acceptance {
                kind: AcceptanceKind::Email,
                accepted_at: DateTime::UNIX_EPOCH,
                file: AttachmentId(Uuid::nil()),
                po_no: None,
                recorded_by: PersonId(Uuid::nil()),
            },
            ship_address: String::new(),
            ship_receiver: String::new(),
            ship_phone: String::new(),
            partial_allowed: true,
            promised_at: DateTime::UNIX_EPOCH,
            net: Decimal::ZERO,
            tax: Decimal::ZERO,
            gross: Decimal::ZERO,
            confirmed_at: None,
            signed_at: None,
            completed_at: None,
            lines,
            specials: vec![],
            milestones: vec![],
            shipments: vec![],
        }
    }

    #[test]
    fn progress_follows_the_vectors() {
        assert_eq!(order(vec![line(500, [320, 72, 320, 320, 320, 0])]).progress(), 69);
        assert_eq!(order(vec![line(500, [320, 180, 500, 500, 500, 320])]).progress(), 96);
        assert_eq!(order(vec![line(20, [14, 6, 14, 14, 14, 14])]).progress(), 88);
        assert_eq!(order(vec![line(10, [10, 0, 0, 0, 0, 0])]).progress(), 15);
        assert_eq!(order(vec![line(10, [0, 0, 0, 0, 0, 0])]).progress(), 5);
        assert_eq!(order(vec![line(3, [3, 0, 3, 3, 3, 3])]).progress(), 100);
    }

    #[test]
    fn a_hundred_only_when_everything_is_signed() {
        let almost = order(vec![line(1_000_000, [1_000_000, 0, 1_000_000, 1_000_000, 1_000_000, 999_999])]);
        assert_eq!(almost.progress(), 99);
    }

    #[test]
    fn the_status_is_what_the_quantities_say() {
        let status = |moved| order(vec![line(10, moved)]).derived_status();
        assert_eq!(status([10, 0, 0, 0, 0, 0]), OrderStatus::Confirmed);
        assert_eq!(status([10, 0, 1, 0, 0, 0]), OrderStatus::InFulfilment);
        assert_eq!(status([10, 0, 10, 10, 4, 0]), OrderStatus::PartiallyShipped);
        assert_eq!(status([10, 0, 10, 10, 10, 4]), OrderStatus::Shipped);
        assert_eq!(status([10, 0, 10, 10, 10, 10]), OrderStatus::Signed);
    }
}
