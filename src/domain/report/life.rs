//! What happened to one deal or one customer, as far as figures need it. Plain values with the
//! stored moments; the store fills them in.

use crate::domain::approval::{ApprovalPath, NodeKind, NodeStatus, RoundStatus};
use crate::domain::calendar::Profile;
use crate::domain::deal::{LostReason, Step};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// One deal from the first contact to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DealLife {
    pub opened_at: DateTime<Utc>,
    pub promise_due_at: Option<DateTime<Utc>>,
    /// Completed or lost.
    pub ended_at: Option<DateTime<Utc>>,
    pub is_urgent: bool,
    /// Each time a step was entered, in order.
    pub steps: Vec<(Step, DateTime<Utc>)>,
    pub rounds: Vec<RoundLife>,
    /// The latest version that was sent.
    pub sent: Option<SentQuote>,
    pub order: Option<OrderLife>,
    pub reviews: Vec<ReviewLife>,
    /// Changes filed, with the code of their reason.
    pub changes: Vec<(DateTime<Utc>, &'static str)>,
    pub exceptions: Vec<ExceptionLife>,
    pub complaints: Vec<ComplaintLife>,
    /// The overall score of each survey, 1 to 5.
    pub surveys: Vec<(DateTime<Utc>, Decimal)>,
    pub milestones: Vec<MilestoneLife>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundLife {
    pub round_no: i32,
    pub path: ApprovalPath,
    pub status: RoundStatus,
    pub submitted_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub nodes: Vec<NodeLife>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLife {
    pub kind: NodeKind,
    pub status: NodeStatus,
    pub profile: Profile,
    pub arrived_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub is_escalated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentQuote {
    pub sent_at: DateTime<Utc>,
    pub gross: Decimal,
    pub is_accepted: bool,
    pub declined: Option<(DateTime<Utc>, LostReason)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderLife {
    pub confirmed_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub is_cancelled: bool,
    /// Parts were given up.
    pub is_short_closed: bool,
    pub lines: Vec<LineLife>,
    pub shipped_at: Vec<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineLife {
    pub is_goods: bool,
    pub quantity: Decimal,
    /// Price per unit by policy; `None` where the library has none.
    pub policy_price: Option<Decimal>,
    pub floor_price: Option<Decimal>,
    /// What a unit really cost, whole-quote discount counted in.
    pub price: Decimal,
    /// Quantities with the first promise made for each, earliest first.
    pub promised: Vec<(Decimal, DateTime<Utc>)>,
    /// Quantities received, in the order of signing.
    pub signed: Vec<(Decimal, DateTime<Utc>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLife {
    pub kind: NodeKind,
    pub due_at: DateTime<Utc>,
    pub reviewed_at: Option<DateTime<Utc>>,
    pub is_objection: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionLife {
    pub kind: &'static str,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Goods came to harm, or the papers were wrong.
    pub spoils_order: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintLife {
    pub at: DateTime<Utc>,
    /// About the goods, their packing or the papers.
    pub spoils_order: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneLife {
    pub due_on: NaiveDate,
    /// The day on which the whole amount was there.
    pub paid_on: Option<NaiveDate>,
}

/// One customer archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerLife {
    pub created_at: DateTime<Utc>,
    /// First archived.
    pub archived_at: Option<DateTime<Utc>>,
    /// Each re-check that fell due: the day, and the day on which it was done.
    pub rechecks: Vec<(NaiveDate, Option<NaiveDate>)>,
    /// Complaints about no order in particular.
    pub complaints: Vec<DateTime<Utc>>,
}
