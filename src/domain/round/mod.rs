//! An approval round while it runs (DOMAIN 1.4, 3.3, 3.4): its nodes, who holds each of them, the
//! questions and extra signatures that stop a node's clock, and how it was decided.
//!
//! The one rule: a round is about one frozen quote version; nothing here knows how the route was
//! found or what time it is.

pub mod ladder;
pub mod ledger;
mod sheet;

pub use sheet::{
    Batch, Capacity, Check, CheckAnswer, CheckItem, Feasibility, FinanceView, ProductionView, Sheet, SheetFlaw,
    TechnicalView, TermsView,
};

use super::approval::{ApprovalPath, Decision, NodeKind, NodeStatus, RoundStatus};
use super::calendar::{Profile, WorkingMinutes};
use super::codes::codes;
use super::fast_path::FastRefusal;
use super::ids::{AttachmentId, CallId, NodeId, PersonId, QuoteId, RoundId};
use super::routing::{PlannedNode, RouteReason};
use super::staff::{Actor, Department};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

codes!(/// Why a node's clock stands still.
CallKind { Question = "question", ExtraSign = "extra_sign" });
codes!(SignResult { Agree = "agree", Object = "object" });
codes!(/// Where a returned deal goes back to.
ReturnTo { Requirement = "requirement", Quote = "quote" });
codes!(/// Whether a condition needs evidence before the order may be confirmed.
ConditionKind { Note = "note", Blocking = "blocking" });
codes!(HoldKind { Running = "running", Question = "question", ExtraSign = "extra_sign" });

impl CallKind {
    pub fn hold(self) -> HoldKind {
        match self {
            Self::Question => HoldKind::Question,
            Self::ExtraSign => HoldKind::ExtraSign,
        }
    }
}

/// A person by name, as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: PersonId,
    pub name: String,
}

/// Somebody a node is passed to or who is asked to sign, as the company knows them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub actor: Actor,
    pub department: Department,
    pub is_active: bool,
}

/// What an approver decides, with everything that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub node: NodeKind,
    pub decision: Decision,
    pub comment: Option<String>,
    /// For a return; the quote when left out.
    pub return_to: Option<ReturnTo>,
    /// For a condition; acknowledgment alone when left out.
    pub condition: Option<ConditionKind>,
    pub sheet: Sheet,
    /// Fingerprint of the quote version that the decider saw; none when the round itself was looked at.
    pub seen: Option<Vec<u8>>,
}

impl Verdict {
    /// A decision without anything beside it.
    pub fn new(node: NodeKind, decision: Decision, comment: Option<String>) -> Self {
        Self { node, decision, comment, return_to: None, condition: None, sheet: Sheet::default(), seen: None }
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
    /// Moves by the working time of every pause.
    pub due_at: Option<DateTime<Utc>>,
    pub decided: Option<Decided>,
    pub condition_acknowledged_at: Option<DateTime<Utc>>,
    pub condition: Option<Condition>,
    /// Who of the pool took it; nobody else of the pool decides until it is given back.
    pub claimed_by: Option<Named>,
    /// Whose delegate took it: either may act (DOMAIN 3.8).
    pub claimed_for: Vec<PersonId>,
    /// The superior who may decide too since the node is long overdue (DOMAIN 3.5).
    pub escalated_to: Option<Named>,
    /// The node whose decision was this one's too, because nobody else was left for it (DOMAIN 2.3, rule 2).
    pub taken_over_with: Option<NodeKind>,
    pub sheet: Sheet,
    /// Who held it, from arrival on, without gap or overlap.
    pub holds: Vec<Hold>,
    pub calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
    /// Whose decision a delegate made (DOMAIN 3.8).
    pub on_behalf: Option<Named>,
}

/// What a conditional approval asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub kind: ConditionKind,
    pub file: Option<AttachmentId>,
}

/// One stretch of a node's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub kind: HoldKind,
    /// Nobody in particular: the pool.
    pub holder: Option<Named>,
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// A question to the rep or a request to sign first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub id: CallId,
    pub kind: CallKind,
    pub asked_by: Named,
    pub of: Named,
    pub text: String,
    pub asked_at: DateTime<Utc>,
    /// The signer has the same limit as the node; a question has none.
    pub due_at: Option<DateTime<Utc>>,
    pub ended: Option<CallEnded>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEnded {
    pub at: DateTime<Utc>,
    pub by: Option<Named>,
    /// Both are missing when the call was taken back.
    pub result: Option<SignResult>,
    pub answer: Option<String>,
}

impl Round {
    /// The nodes as they come up, and side by side in the order of the departments.
    pub fn in_order(&self) -> Vec<&Node> {
        let mut nodes: Vec<&Node> = self.nodes.iter().collect();
        nodes.sort_by_key(|n| n.kind.place());
        nodes
    }

    pub fn node(&self, kind: NodeKind) -> Option<&Node> {
        self.nodes.iter().find(|n| n.kind == kind)
    }

    /// The nodes that open once all nodes of earlier stages have approved.
    pub fn next_to_open(&self) -> Vec<NodeKind> {
        let open_stage = self.nodes.iter().filter(|n| !n.status.is_agreed()).map(|n| n.kind.stage()).min();
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

    /// Nodes whose condition still owes its evidence.
    pub fn evidence_owed(&self) -> impl Iterator<Item = &Node> {
        self.nodes
            .iter()
            .filter(|n| n.condition.as_ref().is_some_and(|c| c.kind == ConditionKind::Blocking && c.file.is_none()))
    }

    /// The day that production committed itself to.
    pub fn committed_on(&self) -> Option<NaiveDate> {
        self.nodes.iter().filter(|n| n.decided.is_some()).find_map(|n| Some(n.sheet.production.as_ref()?.committed_on))
    }

    /// Whether this person decided a node, or had it decided on their behalf (DOMAIN 2.3, rule 2).
    pub fn has_decided(&self, person: PersonId, other_than: NodeKind) -> bool {
        self.nodes
            .iter()
            .filter(|n| n.kind != other_than)
            .filter_map(|n| n.decided.as_ref())
            .any(|d| d.by == person || d.on_behalf.as_ref().is_some_and(|p| p.id == person))
    }
}

impl Node {
    /// What the clock waits for, when it stands still.
    pub fn open_call(&self) -> Option<&Call> {
        self.calls.iter().find(|c| c.ended.is_none())
    }

    /// Whether nobody's claim keeps this person from the node.
    pub fn is_free_for(&self, person: PersonId) -> bool {
        self.claimed_by.as_ref().is_none_or(|by| by.id == person || self.claimed_for.contains(&person))
    }

    /// The due moment that counts now: none while the clock stands still, unless it was late before.
    pub fn runs_to(&self) -> Option<DateTime<Utc>> {
        self.due_at.filter(|due| self.open_call().is_none_or(|call| call.asked_at > *due))
    }
}
