//! A requirement change (需求变更, DOMAIN 8): what the customer or we want otherwise than confirmed,
//! and what follows from it.
//!
//! The one rule: *what changed × where are we → consequence* is read from one constant table; a
//! change that goes another way (new total, return, closing) is never carried out here.

mod carried;
mod correction;
mod delay;
mod difference;
mod new_total;
mod plan;
mod table;
#[cfg(test)]
mod table_tests;

pub use carried::{Carried, carried, overfull};
pub use correction::{Corrected, corrected};
pub use delay::{Delay, follows};
pub use difference::{ChangeField, Item, affected_lines, current_content, invoice_items, items_of, kinds_of};
pub use new_total::{
    ChangeApproval, FormerLine, NewTotal, Relined, Resplit, Revision, Totals3, Unfit, after, falls_short, relined,
    resplit, standing_terms, unfit, wastes,
};
pub use plan::{CustomerWord, Plan};
pub use table::{Again, Approval, CallBackNeed, Consequence, Form, Note, RoundFate, Way, consequence};

use super::codes::codes;
use super::deal::Urgency;
use super::ids::{ChangeId, LinkAnswerId, PersonId, RequirementId};
use super::invoice_block::InvoiceBlock;
use super::order::Order;
use super::quote::QuoteStatus;
use super::requirement::{Channel, Requirement, RequirementConfirmation, RequirementContent};
use super::staff::Department;
use super::workflow::Case;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(ChangeStatus {
    Draft = "draft", Assessing = "assessing", AwaitingCustomer = "awaiting_customer",
    Effective = "effective", Refused = "refused", Withdrawn = "withdrawn",
});
codes!(/// What changed.
ChangeKind {
    QuantityUp = "quantity_up", QuantityDown = "quantity_down", Product = "product", Packaging = "packaging",
    Earlier = "earlier", Later = "later", Address = "address", Price = "price", Invoice = "invoice",
    Urgent = "urgent", Cancel = "cancel",
});
codes!(/// Where the deal is.
Phase {
    BeforeSubmit = "before_submit", InApproval = "in_approval", Approved = "approved",
    NotStarted = "not_started", InProduction = "in_production", Shipped = "shipped",
});
codes!(ChangeReason {
    Customer = "customer", Ours = "ours", Technical = "technical", Regulation = "regulation", Other = "other",
});
codes!(/// A department's answer to whether the change is possible.
Answer { Possible = "possible", NotPossible = "not_possible" });
codes!(/// Who bears a loss.
Bearer { Customer = "customer", Us = "us", Shared = "shared", NoLoss = "no_loss" });

impl ChangeStatus {
    /// Filed and not finished: the deal carries the flag `change_pending`.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Assessing | Self::AwaitingCustomer)
    }
}

impl ChangeKind {
    /// Material changes need the customer's word; others are logged only (DOMAIN 8).
    pub fn is_material(self) -> bool {
        match self {
            Self::QuantityUp | Self::QuantityDown | Self::Product | Self::Packaging | Self::Earlier | Self::Price => {
                true
            }
            Self::Later | Self::Address | Self::Invoice | Self::Urgent | Self::Cancel => false,
        }
    }
}

/// Who asked for the change, when and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// A customer contact by name, or nothing when we ask ourselves.
    pub contact: Option<String>,
    pub received_at: DateTime<Utc>,
    pub channel: Channel,
    pub reason: ChangeReason,
    pub note: Option<String>,
    /// The customer's correction on a link page that the change comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<LinkAnswerId>,
    /// Said when we put the promise of an order off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
}

/// What the change does to price, cost and goods, in the words of whoever files it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    pub price: Option<String>,
    pub cost: Option<String>,
    pub lead_time: Option<String>,
    pub stock: Option<String>,
    pub production: Option<String>,
}

/// Scrap or loss in yuan and who bears it; the sales manager's duty (DOMAIN 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    pub amount: Decimal,
    pub borne_by: Bearer,
}

/// The fraud check of a new address: a contact known before was called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    pub contact: String,
    pub phone: String,
    pub at: DateTime<Utc>,
}

/// A change as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDraft {
    pub content: RequirementContent,
    /// Becoming urgent or cancelling stands in no field of the requirement.
    pub wish: Option<ChangeKind>,
    pub request: Request,
    pub impact: Impact,
    /// The order as it would be, when the change gives it a new total.
    pub offer: Option<Box<NewTotal>>,
    /// Why and by when, when the deal becomes urgent.
    pub urgency: Option<Urgency>,
    /// Whom the order's invoice is made out to from then on.
    pub invoice: Option<Box<InvoiceBlock>>,
}

/// A department that must look again, by when, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    pub department: Department,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub said: Option<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub answer: Answer,
    pub comment: Option<String>,
    pub loss: Option<Loss>,
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
}

/// A change record `BG-YYYYMMDD-nnn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: ChangeId,
    pub no: String,
    pub status: ChangeStatus,
    /// The phase of the draft when it was written, then the phase at filing for ever.
    pub phase: Phase,
    /// The requirement version that was in force.
    pub base: Requirement,
    pub content: RequirementContent,
    pub wish: Option<ChangeKind>,
    pub items: Vec<Item>,
    pub request: Request,
    pub impact: Impact,
    pub offer: Option<Box<NewTotal>>,
    pub urgency: Option<Urgency>,
    pub invoice: Option<Box<InvoiceBlock>>,
    pub call_back: Option<CallBack>,
    pub duties: Vec<Duty>,
    /// Asked once every department has said yes.
    pub approval: Option<ChangeApproval>,
    pub created_at: DateTime<Utc>,
    pub filed_at: Option<DateTime<Utc>>,
    pub confirmation: Option<RequirementConfirmation>,
    /// Why it was refused or withdrawn.
    pub decision: Option<String>,
    pub effective_at: Option<DateTime<Utc>>,
    /// The requirement version that came of it.
    pub result: Option<i32>,
}

impl Change {
    pub fn kinds(&self) -> Vec<ChangeKind> {
        let mut kinds = kinds_of(&self.items);
        kinds.extend(self.wish);
        kinds
    }

    /// Whether the paper on which the customer agreed to it says prices or terms.
    pub fn shows_prices(&self) -> bool {
        self.offer.is_some() || self.items.iter().any(|i| i.field.is_for_prices())
    }

    /// The approval that is asked for and not given yet.
    pub fn open_approval(&self) -> Option<&ChangeApproval> {
        self.approval.as_ref().filter(|a| a.said.is_none() && self.status == ChangeStatus::Assessing)
    }

    pub fn duty(&self, department: Department) -> Option<&Duty> {
        self.duties.iter().find(|d| d.department == department)
    }

    pub fn base_id(&self) -> RequirementId {
        self.base.id
    }

    /// Whether the line of this number (from 1) is about to become another.
    pub fn changes_line(&self, line: usize) -> bool {
        self.status.is_open() && self.items.iter().any(|i| i.line.and_then(|n| usize::try_from(n).ok()) == Some(line))
    }

    /// Whether it must not be got ready to leave while the change is open: nothing leaves for an
    /// address that is about to change either.
    pub fn freezes_line(&self, line: usize) -> bool {
        let moves_address = |i: &Item| i.line.is_none() && i.field.kind_of_header() == Some(ChangeKind::Address);
        self.changes_line(line) || self.status.is_open() && self.items.iter().any(moves_address)
    }
}

/// Where the deal is, as the table of DOMAIN 8 counts.
pub fn phase_of(case: &Case) -> Phase {
    match (&case.order, case.quote.as_ref().map(|q| q.status)) {
        (Some(order), _) => phase_of_order(order),
        (None, Some(QuoteStatus::Submitted)) => Phase::InApproval,
        (None, Some(QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted)) => Phase::Approved,
        (None, _) => Phase::BeforeSubmit,
    }
}

/// Goods that are still here keep the order in production, also when a part has left.
fn phase_of_order(order: &Order) -> Phase {
    let has_goods = order.goods().next().is_some();
    if has_goods && order.goods().all(|l| l.shipped >= l.due()) {
        Phase::Shipped
    } else if order.goods().any(|l| !l.produced.is_zero() || !l.picked.is_zero()) {
        Phase::InProduction
    } else {
        Phase::NotStarted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::OrderLine;
    use crate::domain::order::tests::{line, order};
    use rust_decimal::dec;

    #[test]
    fn a_delivered_order_stays_delivered_when_goods_come_back_for_a_credit() {
        let back = OrderLine { credited: dec!(2), ..line(10, [8, 0, 8, 8, 8, 8]) };
        assert_eq!(phase_of_order(&order(vec![back])), Phase::Shipped);
        assert_eq!(phase_of_order(&order(vec![line(10, [10, 0, 8, 8, 8, 8])])), Phase::InProduction);
    }
}
