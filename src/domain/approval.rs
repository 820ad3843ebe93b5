//! Internal approval (DOMAIN 3): a round, its nodes in their order with their time limits, and what was
//! decided. Which nodes a round has is `routing`.

use super::codes::codes;
use super::staff::{Department, Role};

pub use super::round::{Decided, Node, Round};

codes!(NodeKind {
    SalesManager = "sales_manager", Technical = "technical", Finance = "finance", Production = "production",
    SalesDirector = "sales_director", GeneralManager = "general_manager", UrgentDirector = "urgent_director",
});
codes!(NodeStatus {
    Waiting = "waiting", Open = "open", Approved = "approved", ApprovedCond = "approved_cond",
    Returned = "returned", Rejected = "rejected", Voided = "voided", TakenOver = "taken_over",
});
codes!(RoundStatus { Open = "open", Approved = "approved", Returned = "returned", Rejected = "rejected", Withdrawn = "withdrawn" });
codes!(ApprovalPath { Standard = "standard", Fast = "fast" });
codes!(Decision { Approve = "approve", ApproveCond = "approve_cond", Return = "return", Reject = "reject" });

impl NodeStatus {
    /// Nothing stands in the way of the next stage any more.
    pub fn is_agreed(self) -> bool {
        matches!(self, Self::Approved | Self::ApprovedCond | Self::TakenOver)
    }
}

impl NodeKind {
    /// Looks at the whole and not at one department's part.
    pub fn is_overall(self) -> bool {
        matches!(self, Self::SalesDirector | Self::UrgentDirector | Self::GeneralManager)
    }

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

    /// Where it stands in a list of nodes.
    pub fn place(self) -> (i32, Self) {
        (self.stage(), self)
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
