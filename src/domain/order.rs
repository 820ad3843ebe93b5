//! The order and its delivery (DOMAIN 1.5, 1.6, 7): frozen lines, quantities that follow each
//! other, payment milestones, shipments. Statuses are derived from quantities, never typed.

use super::codes::codes;
use super::deal::DealKind;
use super::delivery::{Appearance, Arrangement, Quantities, ReturnOutcome, Tracking, order_progress};
use super::ids::{AttachmentId, OrderId, OrderLineId, PersonId, ProductId, QuoteId, QuoteLineId, ShipmentId};
use super::invoice_block::InvoiceBlock;
use super::order_stop::OrderStop;
use super::order_worth::Off;
use super::pledge::Pledge;
use super::purchase_order::PoCheck;
use super::quote::{PaymentTrigger, QuoteLineKind};
use super::receivable::{Invoice, Receipt};
use super::staff::Department;
use super::tax::LineAmounts;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(OrderStatus {
    Draft = "draft", Confirmed = "confirmed", InFulfilment = "in_fulfilment", PartiallyShipped = "partially_shipped",
    Shipped = "shipped", Signed = "signed", Completed = "completed", OnHold = "on_hold",
    Cancelled = "cancelled", ShortClosed = "short_closed",
});
codes!(AcceptanceKind {
    SignedQuote = "signed_quote", CustomerPo = "customer_po", StampedContract = "stamped_contract", Email = "email",
    Online = "online",
});
impl AcceptanceKind {
    /// A kind that a person may record; the customer's own page records the other.
    pub fn parse_recorded(code: &str) -> Option<Self> {
        Self::parse(code).filter(|kind| *kind != Self::Online)
    }
}
codes!(DeliveryStage {
    Confirmed = "confirmed", Prepare = "prepare", Production = "production", Qc = "qc", Packing = "packing",
    Shipping = "shipping", Transit = "transit", SignOff = "sign_off",
});
codes!(ShipmentStatus {
    Pending = "pending", Shipped = "shipped", InTransit = "in_transit", Signed = "signed",
    PartlySigned = "partly_signed", Refused = "refused", Returned = "returned", Void = "void",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub no: String,
    pub quote: QuoteId,
    pub status: OrderStatus,
    pub kind: DealKind,
    pub acceptance: Acceptance,
    /// Who recorded the acceptance; for a link its owner.
    pub recorded_by_name: String,
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
    pub invoice_block: InvoiceBlock,
    pub milestones: Vec<Milestone>,
    pub shipments: Vec<Shipment>,
    pub tracking: Tracking,
    /// What warehouse and logistics were asked and said.
    pub pledges: Vec<Pledge>,
    /// What was asked and decided about stopping it, oldest first.
    pub stops: Vec<OrderStop>,
    pub receipts: Vec<Receipt>,
    pub invoices: Vec<Invoice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    pub kind: AcceptanceKind,
    pub accepted_at: DateTime<Utc>,
    pub file: AttachmentId,
    pub po_no: Option<String>,
    /// The customer's purchase order was compared with the quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_check: Option<PoCheck>,
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
    /// Good pieces that production reported.
    pub produced: Decimal,
    /// Of those, passed by quality control.
    pub passed: Decimal,
    /// Of those, failed and not decided: rework or scrap.
    pub failed: Decimal,
    pub scrapped: Decimal,
    pub picked: Decimal,
    /// Picked, and checked by a second person.
    pub checked: Decimal,
    pub packed: Decimal,
    pub shipped: Decimal,
    pub signed: Decimal,
    /// Came back or was lost, all told.
    pub returned: Decimal,
    /// Came back and is not replaced.
    pub credited: Decimal,
    /// Given up or credited, and not owed for.
    pub off: Off,
}

impl OrderLine {
    /// The product whose stock the line moves. What is made to the customer's wish, or is no product, is
    /// counted on the line alone: nobody else could take it from the shelf.
    pub fn shelf(&self) -> Option<ProductId> {
        self.product.filter(|_| self.kind == QuoteLineKind::Standard)
    }

    /// What has to reach the customer: ordered, less what came back for a credit.
    pub fn due(&self) -> Decimal {
        self.quantity - self.credited
    }

    /// Ordered, but neither on the shelf for this order nor produced yet.
    pub fn shortage(&self) -> Decimal {
        if self.is_goods { self.due() - self.reserved - self.produced } else { Decimal::ZERO }
    }

    /// Produced, and waiting for quality control.
    pub fn to_check(&self) -> Decimal {
        self.produced - self.passed - self.failed
    }

    /// Ready on the shelf, and not picked.
    pub fn to_pick(&self) -> Decimal {
        self.reserved + self.passed - self.picked
    }

    pub fn quantities(&self) -> Quantities {
        Quantities {
            due: self.due(),
            reserved: self.reserved,
            produced: self.produced,
            passed: self.passed,
            picked: self.picked,
            packed: self.packed,
            shipped: self.shipped,
            signed: self.signed,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSpecial {
    pub position: i32,
    pub text: String,
    pub department: Department,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub acknowledged_by_name: Option<String>,
    /// Ticked at packing.
    pub ticked_at: Option<DateTime<Utc>>,
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
    /// Fixed when the trigger fires.
    pub due_on: Option<NaiveDate>,
}

impl Milestone {
    pub fn open(&self) -> Decimal {
        self.amount - self.received
    }

    /// Must be paid before goods may leave.
    pub fn blocks_shipment(&self) -> bool {
        matches!(self.trigger, PaymentTrigger::OnSigning | PaymentTrigger::BeforeShipment) && !self.open().is_zero()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub no: String,
    pub batch_no: i32,
    pub status: ShipmentStatus,
    /// Where it goes: the order's place as long as it waits, its own once it has left.
    pub ship_address: String,
    pub ship_receiver: String,
    pub ship_phone: String,
    pub way: Arrangement,
    pub arranged_at: DateTime<Utc>,
    pub arranged_by_name: String,
    /// Posted by the warehouse.
    pub shipped_at: Option<DateTime<Utc>>,
    pub shipped_by_name: Option<String>,
    pub handed_over_at: Option<DateTime<Utc>>,
    pub handed_over_by_name: Option<String>,
    /// As logistics last heard; the arrangement keeps the first word.
    pub eta: Option<NaiveDate>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub notes: Vec<TransitNote>,
    pub signed_by: Option<String>,
    pub signed_capacity: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    pub appearance: Option<Appearance>,
    pub sign_note: Option<String>,
    pub sign_file: Option<AttachmentId>,
    pub lines: Vec<ShipmentLine>,
}

impl Shipment {
    /// Left the house.
    pub fn is_posted(&self) -> bool {
        self.shipped_at.is_some()
    }

    /// Waits for the customer's signature.
    pub fn is_on_its_way(&self) -> bool {
        matches!(self.status, ShipmentStatus::Shipped | ShipmentStatus::InTransit)
    }

    /// Less was received than shipped, and it is not settled.
    pub fn open_difference(&self) -> Decimal {
        self.lines.iter().map(ShipmentLine::open_difference).sum()
    }
}

/// What logistics heard on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitNote {
    pub at: DateTime<Utc>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentLine {
    pub order_line: OrderLineId,
    pub quantity: Decimal,
    pub received: Option<Decimal>,
    /// Came back or was lost; what never was received comes first.
    #[serde(default)]
    pub returned: Decimal,
}

impl ShipmentLine {
    /// Signed for and still with the customer, had `returned` come back.
    fn kept(&self, returned: Decimal) -> Decimal {
        let received = self.received.unwrap_or(Decimal::ZERO);
        received - (returned - (self.quantity - received)).max(Decimal::ZERO)
    }

    /// How much less counts as signed when `quantity` more comes back.
    pub fn unsigned_by(&self, quantity: Decimal) -> Decimal {
        self.kept(self.returned) - self.kept(self.returned + quantity)
    }

    /// Not received and neither returned nor written off.
    pub fn open_difference(&self) -> Decimal {
        self.received.map_or(Decimal::ZERO, |r| (self.quantity - r - self.returned).max(Decimal::ZERO))
    }
}

impl Order {
    pub fn goods(&self) -> impl Iterator<Item = &OrderLine> {
        self.lines.iter().filter(|l| l.is_goods)
    }

    /// Services and fees alone: nothing is made, sent or signed for.
    pub fn is_services_only(&self) -> bool {
        self.goods().next().is_none()
    }

    /// Its end is the next thing to look at: everything is signed for, given up, or nothing has to be.
    pub fn may_end(&self) -> bool {
        self.is_services_only() || matches!(self.status, OrderStatus::Signed | OrderStatus::ShortClosed)
    }

    /// Whole-order progress in per cent (DOMAIN 7.4).
    pub fn progress(&self) -> i32 {
        let quantities = |l: &OrderLine| Quantities { due: self.due_of(l), ..l.quantities() };
        let lines: Vec<(Quantities, Decimal)> = self.goods().map(|l| (quantities(l), l.amounts.gross)).collect();
        if lines.is_empty() && self.completed_at.is_some() { 100 } else { order_progress(&lines) }
    }

    /// Packed of a line, neither shipped nor on a shipment that waits.
    pub fn to_ship(&self, line: &OrderLine) -> Decimal {
        let waiting: Decimal = self
            .waiting_shipments()
            .flat_map(|s| &s.lines)
            .filter(|l| l.order_line == line.id)
            .map(|l| l.quantity)
            .sum();
        line.packed - line.shipped - waiting
    }

    /// Shipments that are arranged and have not left.
    pub fn waiting_shipments(&self) -> impl Iterator<Item = &Shipment> {
        self.shipments.iter().filter(|s| s.status == ShipmentStatus::Pending)
    }

    /// Goods of a shipment came back or were lost: what lay on the shelf before goes first, then what was
    /// made for the line. Credited goods are not delivered any more.
    pub fn come_back(&mut self, shipment: ShipmentId, line: OrderLineId, quantity: Decimal, outcome: ReturnOutcome) {
        let mut unsigned = Decimal::ZERO;
        let sent = self.shipments.iter_mut().filter(|s| s.id == shipment).flat_map(|s| &mut s.lines);
        for sent in sent.filter(|l| l.order_line == line) {
            unsigned = sent.unsigned_by(quantity);
            sent.returned += quantity;
        }
        for line in self.lines.iter_mut().filter(|l| l.id == line) {
            let shelf = line.reserved.min(quantity);
            line.reserved -= shelf;
            line.produced -= quantity - shelf;
            line.passed -= quantity - shelf;
            line.picked -= quantity;
            line.checked -= quantity;
            line.packed -= quantity;
            line.shipped -= quantity;
            line.signed -= unsigned;
            line.returned += quantity;
            if outcome == ReturnOutcome::Credit {
                line.credited += quantity;
            }
        }
    }

    /// The status that the quantities say (DOMAIN 7.1); states that people set stay.
    pub fn derived_status(&self) -> OrderStatus {
        if self.is_services_only() {
            return self.status;
        }
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
                if self.goods().all(|l| l.signed >= l.due()) {
                    OrderStatus::Signed
                } else if self.goods().all(|l| l.shipped >= l.due()) {
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
pub(crate) mod tests;
