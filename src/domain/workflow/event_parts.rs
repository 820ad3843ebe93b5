//! The parts that events are made of, stored with them for ever, and what is read off an event.

use super::event::Event;
use crate::domain::approval::NodeKind;
use crate::domain::calendar::Profile;
use crate::domain::ids::{NodeId, OrderLineId, QuoteLineId};
use crate::domain::routing::{RouteFacts, RouteReason};
use crate::domain::watched::{Kept, Watched};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundNode {
    pub id: NodeId,
    pub kind: NodeKind,
    pub reasons: Vec<RouteReason>,
    pub limit_minutes: i64,
    #[serde(default = "standard_clock")]
    pub profile: Profile,
}

/// What a round was routed by: the version of the company's numbers, and the facts of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundBasis {
    pub rules: i32,
    pub facts: RouteFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched: Option<Watched>,
    /// Approvals of the round before that still stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// Rounds of before the fast path ran on the standard clock.
fn standard_clock() -> Profile {
    Profile::Standard
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedBatch {
    pub no: i32,
    pub quantity: Decimal,
    pub promised_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repacked {
    pub line: OrderLineId,
    pub packaging: Option<String>,
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
                | Self::VerificationLapsed { .. }
                | Self::CodeOverridden { .. }
                | Self::RegistryNoted { .. }
                | Self::CustomerMarked { .. }
                | Self::CustomerUnmarked { .. }
                | Self::OwnerChanged { .. }
                | Self::GradeSet { .. }
                | Self::CreditChanged { .. }
                | Self::CustomerImported { .. }
                | Self::CustomerReviewed { .. }
                | Self::ContactShown { .. }
                | Self::CustomersMerged { .. }
                | Self::MergedInto { .. }
                | Self::Feedback { .. }
        )
    }
}
