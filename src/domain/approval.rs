//! Internal approval (DOMAIN 3): a round, its nodes in their order with their time limits, and what was
//! decided. Which nodes a round has is `routing`.

use super::calendar::{Profile, WorkingMinutes};
use super::codes::codes;
use super::fast_path::FastRefusal;
use super::ids::{NodeId, PersonId, QuoteId, RoundId};
use super::routing::{PlannedNode, RouteReason};
use super::staff::{Department, Role};
use chrono::{DateTime, Utc};

codes!(NodeKind {
    SalesManager = "sales_manager", Technical = "technical", Finance = "finance", Production = "production",
    SalesDirector = "sales_director", GeneralManager = "general_manager", UrgentDirector = "urgent_director",
});
codes!(NodeStatus {
    Waiting = "waiting", Open = "open", Approved = "approved", ApprovedCond = "approved_cond",
    Returned = "returned", Rejected = "rejected", Voided = "voided",
});
codes!(RoundStatus { Open = "open", Approved = "approved", Returned = "returned", Rejected = "rejected", Withdrawn = "withdrawn" });
codes!(ApprovalPath { Standard = "standard", Fast = "fast" });
codes!(Decision { Approve = "approve", ApproveCond = "approve_cond", Return = "return", Reject = "reject" });

impl NodeKind {
    pub fn role(self) -> Role {
        match self {
            Self::SalesManager => Role::SalesManager,
            Self::Technical => Role::Technical,
            Self::Finance => Role::Finance,
            Self::Production => Role::Production,
            Self::SalesDirector | Self::UrgentDirector => Role::SalesDirector,
            Self::GeneralManager => Role::GeneralManager,
        }
    }

    /// Whose working time the limit runs on.
    pub fn department(self) -> Department {
        match self {
            Self::SalesManager | Self::SalesDirector | Self::UrgentDirector => Department::Sales,
            Self::Technical => Department::Technical,
            Self::Finance => Department::Finance,
            Self::Production => Department::Production,
            Self::GeneralManager => Department::Management,
        }
    }

    /// Manager first, the departments side by side, then director, then general manager.
    pub fn stage(self) -> i32 {
        match self {
            Self::SalesManager => 1,
            Self::Technical | Self::Finance | Self::Production => 2,
            Self::SalesDirector | Self::UrgentDirector => 3,
            Self::GeneralManager => 4,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub id: RoundId,
    pub quote: QuoteId,
    pub no: String,
    pub round_no: i32,
    pub path: ApprovalPath,
    pub level: i32,
    pub status: RoundStatus,
    pub requested_by: PersonId,
    pub content_hash: Vec<u8>,
    pub submitted_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub nodes: Vec<Node>,
    pub skipped: Vec<PlannedNode>,
    pub fast_refused: Vec<FastRefusal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    pub kind: NodeKind,
    pub status: NodeStatus,
    pub reasons: Vec<RouteReason>,
    pub limit: WorkingMinutes,
    /// The clock that the limit runs on.
    pub profile: Profile,
    pub arrived_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub decided: Option<Decided>,
    pub condition_acknowledged_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
}

impl Round {
    pub fn node(&self, kind: NodeKind) -> Option<&Node> {
        self.nodes.iter().find(|n| n.kind == kind)
    }

    /// The nodes that open once all nodes of earlier stages have approved.
    pub fn next_to_open(&self) -> Vec<NodeKind> {
        let open_stage = self
            .nodes
            .iter()
            .filter(|n| !matches!(n.status, NodeStatus::Approved | NodeStatus::ApprovedCond))
            .map(|n| n.kind.stage())
            .min();
        self.nodes
            .iter()
            .filter(|n| n.status == NodeStatus::Waiting && Some(n.kind.stage()) == open_stage)
            .map(|n| n.kind)
            .collect()
    }

    pub fn is_decided_by_anyone(&self) -> bool {
        self.nodes.iter().any(|n| n.decided.is_some())
    }

    pub fn has_unacknowledged_condition(&self) -> bool {
        self.nodes.iter().any(|n| n.status == NodeStatus::ApprovedCond && n.condition_acknowledged_at.is_none())
    }
}
