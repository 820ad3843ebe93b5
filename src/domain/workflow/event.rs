//! What happened. Events are stored for ever as JSON; a variant may gain optional fields and
//! new variants may come, but nothing here is renamed or removed.

use crate::domain::approval::{ApprovalPath, Decision, NodeKind, RouteReason};
use crate::domain::contract::Clause;
use crate::domain::customer::{CustomerConfirmMethod, CustomerProfile, Grade, Source, VerifyChannel};
use crate::domain::deal::{DealKind, LostReason, Step, Urgency};
use crate::domain::ids::{
    AttachmentId, CustomerId, NodeId, OrderId, OrderLineId, PersonId, QuoteId, QuoteLineId, RequirementId, RoundId,
    ShipmentId,
};
use crate::domain::order::{Acceptance, OrderStatus};
use crate::domain::quote::{Priced, QuoteTerms};
use crate::domain::requirement::{RequirementConfirmation, RequirementContent};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    CustomerDrafted {
        no: String,
        owner: PersonId,
        grade: Grade,
        profile: Box<CustomerProfile>,
    },
    CustomerSaved {
        profile: Box<CustomerProfile>,
    },
    LicenseAttached {
        file: AttachmentId,
    },
    VerificationRequested,
    LicenseVerified {
        channel: VerifyChannel,
    },
    CorrectionAsked {
        comment: String,
    },
    CustomerConfirmed {
        method: CustomerConfirmMethod,
        contact: String,
        note: Option<String>,
    },
    CustomerArchived {
        next_review_on: NaiveDate,
    },
    ArchiveReopened {
        fields: Vec<String>,
    },

    DealOpened {
        no: String,
        customer: CustomerId,
        owner: PersonId,
        deal_kind: DealKind,
        source: Source,
        title: String,
        promise_due_at: Option<DateTime<Utc>>,
        urgency: Option<Urgency>,
    },
    StepEntered {
        step: Step,
        due_at: Option<DateTime<Utc>>,
    },
    RequirementSaved {
        id: RequirementId,
        no: String,
        version_no: i32,
        content: Box<RequirementContent>,
    },
    RequirementSent {
        id: RequirementId,
    },
    RequirementRecalled {
        id: RequirementId,
    },
    RequirementConfirmed {
        id: RequirementId,
        confirmation: RequirementConfirmation,
    },
    RequirementSuperseded {
        id: RequirementId,
    },
    QuoteSaved {
        id: QuoteId,
        requirement: RequirementId,
        no: String,
        version_no: i32,
        quote_date: NaiveDate,
        terms: Box<QuoteTerms>,
        priced: Box<Priced>,
    },
    QuoteSubmitted {
        id: QuoteId,
        content_hash: String,
    },
    QuoteSuperseded {
        id: QuoteId,
    },
    RoundOpened {
        id: RoundId,
        quote: QuoteId,
        no: String,
        round_no: i32,
        level: i32,
        path: ApprovalPath,
        content_hash: String,
        nodes: Vec<RoundNode>,
    },
    NodeOpened {
        id: NodeId,
        node: NodeKind,
        due_at: DateTime<Utc>,
    },
    NodeDecided {
        id: NodeId,
        node: NodeKind,
        decision: Decision,
        comment: Option<String>,
    },
    NodeVoided {
        id: NodeId,
        node: NodeKind,
    },
    RoundApproved {
        id: RoundId,
        quote: QuoteId,
    },
    RoundReturned {
        id: RoundId,
        quote: QuoteId,
    },
    RoundRejected {
        id: RoundId,
        quote: QuoteId,
    },
    RoundWithdrawn {
        id: RoundId,
        quote: QuoteId,
    },
    QuotingReopened {
        quote: QuoteId,
    },
    ConditionAcknowledged {
        id: NodeId,
        node: NodeKind,
    },
    QuoteSent {
        id: QuoteId,
        follow_up_at: DateTime<Utc>,
    },
    QuoteDeclined {
        id: QuoteId,
        reason: LostReason,
    },
    QuoteAccepted {
        id: QuoteId,
        content_hash: String,
        acceptance: Acceptance,
    },
    OrderDrafted {
        id: OrderId,
        quote: QuoteId,
        no: String,
        lines: Vec<DraftedLine>,
        promised_at: DateTime<Utc>,
    },
    OrderConfirmed {
        id: OrderId,
    },
    SpecialAcknowledged {
        order: OrderId,
        position: i32,
        text: String,
    },
    ReceiptRecorded {
        order: OrderId,
        position: i32,
        amount: Decimal,
        received_at: DateTime<Utc>,
        reference: String,
    },
    Produced {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
    },
    Picked {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
    },
    Packed {
        order: OrderId,
        line: OrderLineId,
        quantity: Decimal,
    },
    Shipped {
        order: OrderId,
        shipment: ShipmentId,
        no: String,
        batch_no: i32,
        carrier: String,
        waybill_no: String,
        packages: i32,
        eta: Option<NaiveDate>,
        lines: Vec<ShippedLine>,
    },
    SignedOff {
        order: OrderId,
        shipment: ShipmentId,
        signed_by: String,
        signed_at: DateTime<Utc>,
        file: AttachmentId,
        lines: Vec<ShippedLine>,
    },
    OrderMoved {
        order: OrderId,
        from: OrderStatus,
        to: OrderStatus,
    },
    DealCompleted,
    DealLost {
        reason: LostReason,
    },

    ClausesDrafted {
        version_no: i32,
        zh: Vec<Clause>,
        en: Vec<Clause>,
    },
    ClausesPublished {
        version_no: i32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundNode {
    pub id: NodeId,
    pub kind: NodeKind,
    pub reasons: Vec<RouteReason>,
    pub limit_minutes: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftedLine {
    pub id: OrderLineId,
    pub quote_line: QuoteLineId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    pub line: OrderLineId,
    pub quantity: Decimal,
}

impl Event {
    /// The stored name of the variant.
    pub fn kind(&self) -> String {
        match serde_json::to_value(self) {
            Ok(value) => value.get("kind").and_then(|k| k.as_str()).unwrap_or_default().to_owned(),
            Err(_) => String::new(),
        }
    }

    /// Whether the event belongs to the customer's history and not to one deal.
    pub fn is_about_customer(&self) -> bool {
        matches!(
            self,
            Self::CustomerDrafted { .. }
                | Self::CustomerSaved { .. }
                | Self::LicenseAttached { .. }
                | Self::VerificationRequested
                | Self::LicenseVerified { .. }
                | Self::CorrectionAsked { .. }
                | Self::CustomerConfirmed { .. }
                | Self::CustomerArchived { .. }
                | Self::ArchiveReopened { .. }
        )
    }
}
