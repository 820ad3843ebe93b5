//! What an approver fills in beside the decision (DOMAIN 1.4): the checklist of the node and the
//! fields of the department.
//!
//! The one rule: an approval answers every item, and what is not met is explained.

use crate::domain::approval::{Decision, NodeKind};
use crate::domain::codes::codes;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(CheckAnswer { Met = "met", NotMet = "not_met", NotApplicable = "not_applicable" });
codes!(/// One point that a department looks at (DOMAIN 3.1).
CheckItem {
    Completeness = "completeness", Price = "price", Terms = "terms", WantedDate = "wanted_date",
    CustomerState = "customer_state", Feasibility = "feasibility", Risk = "risk", Specification = "specification",
    LeadTime = "lead_time", PaymentTerms = "payment_terms", Credit = "credit", Margin = "margin", Invoice = "invoice",
    Capacity = "capacity", Material = "material", CommittedDate = "committed_date", Overall = "overall",
    Urgency = "urgency",
});
codes!(Feasibility { Feasible = "feasible", WithChanges = "with_changes", NotFeasible = "not_feasible" });
codes!(TermsView { Acceptable = "acceptable", NotAcceptable = "not_acceptable" });
codes!(Capacity { Enough = "enough", Overtime = "overtime", Outsourced = "outsourced" });

/// Fewest characters of an explanation.
const SHORTEST: usize = 2;

impl NodeKind {
    /// The points this node looks at.
    pub fn checklist(self) -> &'static [CheckItem] {
        use CheckItem as I;
        match self {
            Self::SalesManager => &[I::Completeness, I::Price, I::Terms, I::WantedDate, I::CustomerState],
            Self::Technical => &[I::Feasibility, I::Risk, I::Specification, I::LeadTime],
            Self::Finance => &[I::PaymentTerms, I::Credit, I::Margin, I::Invoice],
            Self::Production => &[I::Capacity, I::Material, I::CommittedDate],
            Self::SalesDirector | Self::GeneralManager => &[I::Overall],
            Self::UrgentDirector => &[I::Overall, I::Urgency],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub item: CheckItem,
    pub answer: CheckAnswer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicalView {
    pub feasibility: Feasibility,
    pub risks: Option<String>,
    /// Calendar days from the order to the finished goods.
    pub lead_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinanceView {
    pub terms: TermsView,
    /// What the customer would owe with this order, in yuan.
    pub exposure: Option<Decimal>,
    pub condition: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductionView {
    pub capacity: Capacity,
    pub committed_on: NaiveDate,
    #[serde(default)]
    pub batches: Vec<Batch>,
}

/// So many finished by that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub on: NaiveDate,
    pub quantity: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sheet {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical: Option<TechnicalView>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finance: Option<FinanceView>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production: Option<ProductionView>,
}

/// What keeps a sheet from carrying its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetFlaw {
    Unanswered(CheckItem),
    Unexplained(CheckItem),
    /// The department's own fields are empty.
    FieldsMissing,
    /// A technical "not feasible" is no approval.
    NotFeasible,
    /// The committed day lies before today, or a batch after it.
    CommittedDay,
}

impl Sheet {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn answer(&self, item: CheckItem) -> Option<&Check> {
        self.checks.iter().find(|c| c.item == item)
    }

    /// Everything that is missing for this decision on this node.
    pub fn flaws(&self, node: NodeKind, decision: Decision, today: NaiveDate) -> Vec<SheetFlaw> {
        let mut out = Vec::new();
        let approves = matches!(decision, Decision::Approve | Decision::ApproveCond);
        for item in node.checklist() {
            match self.answer(*item) {
                None if approves => out.push(SheetFlaw::Unanswered(*item)),
                Some(c) if c.answer == CheckAnswer::NotMet && !explained(c.comment.as_deref()) => {
                    out.push(SheetFlaw::Unexplained(*item));
                }
                _ => {}
            }
        }
        if !approves {
            return out;
        }
        let missing = match node {
            NodeKind::Technical => self.technical.is_none(),
            NodeKind::Finance => self.finance.is_none(),
            NodeKind::Production => self.production.is_none(),
            NodeKind::SalesManager | NodeKind::SalesDirector | NodeKind::GeneralManager | NodeKind::UrgentDirector => {
                false
            }
        };
        if missing {
            out.push(SheetFlaw::FieldsMissing);
        }
        if self.technical.as_ref().is_some_and(|t| t.feasibility == Feasibility::NotFeasible) {
            out.push(SheetFlaw::NotFeasible);
        }
        if self
            .production
            .as_ref()
            .is_some_and(|p| p.committed_on < today || p.batches.iter().any(|b| b.on > p.committed_on))
        {
            out.push(SheetFlaw::CommittedDay);
        }
        out
    }
}

fn explained(comment: Option<&str>) -> bool {
    comment.is_some_and(|c| c.chars().count() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(node: NodeKind) -> Sheet {
        let checks = node.checklist().iter().map(|item| Check { item: *item, answer: CheckAnswer::Met, comment: None });
        Sheet { checks: checks.collect(), ..Sheet::default() }
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, 9).unwrap()
    }

    #[test]
    fn an_approval_answers_every_item() {
        for node in NodeKind::ALL {
            let unanswered = Sheet::default().flaws(*node, Decision::Approve, today());
            assert!(node.checklist().iter().all(|i| unanswered.contains(&SheetFlaw::Unanswered(*i))), "{node}");
            assert!(full(*node).flaws(*node, Decision::Return, today()).is_empty(), "{node}");
            assert!(Sheet::default().flaws(*node, Decision::Reject, today()).is_empty(), "{node}");
            let rest = full(*node).flaws(*node, Decision::ApproveCond, today());
            let own = [NodeKind::Technical, NodeKind::Finance, NodeKind::Production].contains(node);
            assert_eq!(rest, if own { vec![SheetFlaw::FieldsMissing] } else { vec![] }, "{node}");
        }
    }

    #[test]
    fn what_is_not_met_is_explained() {
        let mut sheet = full(NodeKind::SalesManager);
        sheet.checks[1].answer = CheckAnswer::NotMet;
        let flaws = |s: &Sheet, d| s.flaws(NodeKind::SalesManager, d, today());
        assert_eq!(flaws(&sheet, Decision::Approve), [SheetFlaw::Unexplained(CheckItem::Price)]);
        assert_eq!(flaws(&sheet, Decision::Return), [SheetFlaw::Unexplained(CheckItem::Price)]);
        sheet.checks[1].comment = Some("按年框价".to_owned());
        assert!(flaws(&sheet, Decision::Approve).is_empty());
    }

    #[test]
    fn production_commits_itself_to_a_day_that_is_still_to_come() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        let sheet = |committed_on, last| Sheet {
            production: Some(ProductionView {
                capacity: Capacity::Enough,
                committed_on,
                batches: vec![Batch { on: last, quantity: Decimal::ONE }],
            }),
            ..full(NodeKind::Production)
        };
        let flaws = |s: Sheet| s.flaws(NodeKind::Production, Decision::Approve, today());
        assert!(flaws(sheet(day(20), day(20))).is_empty());
        assert_eq!(flaws(sheet(day(20), day(21))), [SheetFlaw::CommittedDay]);
        let past = NaiveDate::from_ymd_opt(2026, 10, 8).unwrap();
        assert_eq!(flaws(sheet(past, past)), [SheetFlaw::CommittedDay]);
    }
}
