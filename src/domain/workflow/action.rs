//! What people can ask for. `Action` names it, `Command` carries what was typed.

use crate::domain::approval::{Decision, NodeKind};
use crate::domain::codes::codes;
use crate::domain::customer::{CustomerConfirmMethod, CustomerProfile, RegistryStatus, VerifyChannel};
use crate::domain::deal::LostReason;
use crate::domain::ids::{AttachmentId, OrderLineId, ShipmentId};
use crate::domain::order::AcceptanceKind;
use crate::domain::quote::{Priced, QuoteTerms};
use crate::domain::requirement::{RequirementConfirmMethod, RequirementContent};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

codes!(Action {
    SaveCustomer = "save_customer",
    AttachLicense = "attach_license",
    RequestVerification = "request_verification",
    VerifyLicense = "verify_license",
    AskCorrection = "ask_correction",
    ConfirmWithCustomer = "confirm_with_customer",
    Archive = "archive",
    SaveRequirement = "save_requirement",
    SendRequirement = "send_requirement",
    RecallRequirement = "recall_requirement",
    ConfirmRequirement = "confirm_requirement",
    ReviseRequirement = "revise_requirement",
    SaveQuote = "save_quote",
    SubmitQuote = "submit_quote",
    WithdrawQuote = "withdraw_quote",
    ReopenQuoting = "reopen_quoting",
    DecideNode = "decide_node",
    AcknowledgeCondition = "acknowledge_condition",
    SendQuote = "send_quote",
    DeclineQuote = "decline_quote",
    RecordAcceptance = "record_acceptance",
    ConfirmOrder = "confirm_order",
    AcknowledgeSpecial = "acknowledge_special",
    RecordReceipt = "record_receipt",
    RecordProduction = "record_production",
    RecordPicking = "record_picking",
    RecordPacking = "record_packing",
    Ship = "ship",
    SignOff = "sign_off",
    CompleteOrder = "complete_order",
    CloseDeal = "close_deal",
    ReviewCustomer = "review_customer",
});

/// A quantity for one order line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineQuantity {
    pub line: OrderLineId,
    pub quantity: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    SaveCustomer(Box<CustomerProfile>),
    AttachLicense {
        file: AttachmentId,
    },
    RequestVerification,
    VerifyLicense {
        channel: VerifyChannel,
    },
    AskCorrection {
        comment: String,
    },
    ConfirmWithCustomer {
        method: CustomerConfirmMethod,
        contact: String,
        note: Option<String>,
    },
    Archive,
    SaveRequirement(Box<RequirementContent>),
    SendRequirement,
    RecallRequirement,
    ConfirmRequirement {
        method: RequirementConfirmMethod,
        contact: String,
        file: Option<AttachmentId>,
        at: DateTime<Utc>,
    },
    ReviseRequirement,
    SaveQuote {
        terms: Box<QuoteTerms>,
        priced: Box<Priced>,
    },
    SubmitQuote,
    WithdrawQuote,
    ReopenQuoting,
    DecideNode {
        node: NodeKind,
        decision: Decision,
        comment: Option<String>,
    },
    AcknowledgeCondition {
        node: NodeKind,
    },
    SendQuote,
    DeclineQuote {
        reason: LostReason,
    },
    RecordAcceptance {
        kind: AcceptanceKind,
        accepted_at: DateTime<Utc>,
        file: AttachmentId,
        po_no: Option<String>,
    },
    ConfirmOrder,
    AcknowledgeSpecial {
        position: i32,
    },
    RecordReceipt {
        position: i32,
        amount: Decimal,
        received_at: DateTime<Utc>,
        reference: String,
    },
    RecordProduction {
        quantities: Vec<LineQuantity>,
    },
    RecordPicking {
        quantities: Vec<LineQuantity>,
    },
    RecordPacking {
        quantities: Vec<LineQuantity>,
        ticked: Vec<i32>,
    },
    Ship {
        quantities: Vec<LineQuantity>,
        carrier: String,
        waybill_no: String,
        packages: i32,
        eta: Option<NaiveDate>,
    },
    SignOff {
        shipment: ShipmentId,
        signed_by: String,
        signed_at: DateTime<Utc>,
        file: AttachmentId,
        received: Vec<LineQuantity>,
    },
    CompleteOrder {
        waive_inspection: Waiver,
    },
    CloseDeal {
        reason: LostReason,
    },
    /// The quarterly re-check: the licence was looked at again and the contacts are still right.
    ReviewCustomer {
        channel: VerifyChannel,
        registry_status: RegistryStatus,
        findings: String,
    },
}

/// Whether the customer waived the rest of the inspection period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiver {
    Kept,
    Waived,
}

impl Command {
    pub fn action(&self) -> Action {
        match self {
            Self::SaveCustomer(_) => Action::SaveCustomer,
            Self::AttachLicense { .. } => Action::AttachLicense,
            Self::RequestVerification => Action::RequestVerification,
            Self::VerifyLicense { .. } => Action::VerifyLicense,
            Self::AskCorrection { .. } => Action::AskCorrection,
            Self::ConfirmWithCustomer { .. } => Action::ConfirmWithCustomer,
            Self::Archive => Action::Archive,
            Self::SaveRequirement(_) => Action::SaveRequirement,
            Self::SendRequirement => Action::SendRequirement,
            Self::RecallRequirement => Action::RecallRequirement,
            Self::ConfirmRequirement { .. } => Action::ConfirmRequirement,
            Self::ReviseRequirement => Action::ReviseRequirement,
            Self::SaveQuote { .. } => Action::SaveQuote,
            Self::SubmitQuote => Action::SubmitQuote,
            Self::WithdrawQuote => Action::WithdrawQuote,
            Self::ReopenQuoting => Action::ReopenQuoting,
            Self::DecideNode { .. } => Action::DecideNode,
            Self::AcknowledgeCondition { .. } => Action::AcknowledgeCondition,
            Self::SendQuote => Action::SendQuote,
            Self::DeclineQuote { .. } => Action::DeclineQuote,
            Self::RecordAcceptance { .. } => Action::RecordAcceptance,
            Self::ConfirmOrder => Action::ConfirmOrder,
            Self::AcknowledgeSpecial { .. } => Action::AcknowledgeSpecial,
            Self::RecordReceipt { .. } => Action::RecordReceipt,
            Self::RecordProduction { .. } => Action::RecordProduction,
            Self::RecordPicking { .. } => Action::RecordPicking,
            Self::RecordPacking { .. } => Action::RecordPacking,
            Self::Ship { .. } => Action::Ship,
            Self::SignOff { .. } => Action::SignOff,
            Self::CompleteOrder { .. } => Action::CompleteOrder,
            Self::CloseDeal { .. } => Action::CloseDeal,
            Self::ReviewCustomer { .. } => Action::ReviewCustomer,
        }
    }
}
