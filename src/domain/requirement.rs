//! The requirement confirmation (DOMAIN 1.2): what the customer wants, version by version.

use super::codes::codes;
use super::customer::InvoiceKind;
use super::ids::{AttachmentId, ContactId, PersonId, ProductId, RequirementId, RequirementLineId};
use super::staff::Department;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(RequirementStatus {
    Draft = "draft", Sent = "sent", Confirmed = "confirmed", Superseded = "superseded", Cancelled = "cancelled",
});
codes!(Channel { Meeting = "meeting", Phone = "phone", Email = "email", Wechat = "wechat", Tender = "tender", Po = "po" });
codes!(DeliveryMode { ToDoor = "to_door", Express = "express", Freight = "freight", PickUp = "pick_up" });
codes!(PaymentWish {
    Prepaid = "prepaid", Deposit = "deposit", OnDelivery = "on_delivery", Monthly = "monthly", Milestones = "milestones",
});
codes!(LineKind { Standard = "standard", Custom = "custom", Service = "service" });
codes!(MatchKind { Exact = "exact", Substitute = "substitute", NeedsCustom = "needs_custom", Cannot = "cannot" });
codes!(RequirementConfirmMethod { Signed = "signed", Email = "email", Wechat = "wechat", Phone = "phone" });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementContent {
    pub contact: Option<ContactId>,
    pub channel: Channel,
    pub purpose: String,
    pub budget_from: Option<Decimal>,
    pub budget_to: Option<Decimal>,
    pub wanted_at: DateTime<Utc>,
    pub ship_address: String,
    pub ship_receiver: String,
    pub ship_phone: String,
    pub delivery_mode: DeliveryMode,
    pub partial_allowed: bool,
    pub payment_wish: PaymentWish,
    pub invoice_need: InvoiceKind,
    pub warranty: Option<String>,
    pub acceptance: String,
    pub lines: Vec<RequirementLine>,
    pub specials: Vec<Special>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementLine {
    pub id: RequirementLineId,
    pub kind: LineKind,
    pub product: ProductId,
    pub product_code: String,
    pub product_name: String,
    pub spec: String,
    pub quantity: Decimal,
    pub unit: String,
    pub standard: Option<String>,
    pub packaging: Option<String>,
    pub match_kind: MatchKind,
    pub note: Option<String>,
}

/// A special requirement; `applies` is unknown until somebody ticks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Special {
    pub text: String,
    pub department: Department,
    pub applies: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementConfirmation {
    pub method: RequirementConfirmMethod,
    pub contact: String,
    /// Required except for the phone.
    pub file: Option<AttachmentId>,
    pub at: DateTime<Utc>,
    pub by: PersonId,
    /// By when the file must follow a confirmation by phone.
    pub file_owed_by: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub id: RequirementId,
    pub no: String,
    pub version_no: i32,
    pub status: RequirementStatus,
    pub content: RequirementContent,
    pub sent_at: Option<DateTime<Utc>>,
    pub confirmation: Option<RequirementConfirmation>,
}
