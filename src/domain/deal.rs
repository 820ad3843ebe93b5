//! The deal (出单): one customer, one need, six gated steps (DOMAIN 0.2).

use super::codes::codes;
use super::customer::Source;
use super::ids::{CustomerId, DealId, PersonId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes!(/// The six steps in their order.
Step {
    Registration = "registration", Requirement = "requirement", Quote = "quote",
    Approval = "approval", Order = "order", Delivery = "delivery",
});
codes!(DealKind { New = "new", Repeat = "repeat", Urgent = "urgent", Project = "project", Sample = "sample" });
codes!(DealStatus { Open = "open", Completed = "completed", Lost = "lost" });
codes!(UrgentReason {
    Promotion = "promotion", LineDown = "line_down", Replacement = "replacement",
    Government = "government", Other = "other",
});
codes!(LostReason {
    Price = "price", LeadTime = "lead_time", Spec = "spec", Competitor = "competitor", Budget = "budget", Other = "other",
});

impl Step {
    /// 1 to 6, as people count them.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|s| *s == self).map_or(1, |i| i + 1)
    }
}

/// Why a deal is urgent; without all three parts it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urgency {
    pub reason: UrgentReason,
    /// At least 20 characters.
    pub text: String,
    pub needed_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    pub id: DealId,
    pub no: String,
    pub version: i64,
    pub customer: CustomerId,
    pub owner: PersonId,
    pub owner_name: String,
    pub owner_name_en: String,
    pub owner_manager: Option<PersonId>,
    pub kind: DealKind,
    pub source: Source,
    pub title: String,
    pub status: DealStatus,
    pub step: Step,
    pub opened_at: DateTime<Utc>,
    /// What the customer was promised, on the wall clock.
    pub promise_due_at: Option<DateTime<Utc>>,
    pub urgency: Option<Urgency>,
    pub step_entered_at: DateTime<Utc>,
    pub step_due_at: Option<DateTime<Utc>>,
    /// Stored codes of the departments that the deal was ever sent to, in any round.
    pub reached: Vec<String>,
}
