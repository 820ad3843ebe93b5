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
    /// Stored code of the kind of deal.
    pub kind: &'static str,
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
    /// When its clock was stopped, while it stands still.
    pub stands_since: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub is_escalated: bool,
}

impl NodeLife {
    /// The due moment that counts now, as `Node::runs_to` has it.
    pub fn runs_to(&self) -> Option<DateTime<Utc>> {
        self.due_at.filter(|due| self.stands_since.is_none_or(|asked| asked > *due))
    }
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
    /// Earliest first.
    pub promised: Vec<Promised>,
    /// Quantities received, in the order of signing.
    pub signed: Vec<(Decimal, DateTime<Utc>)>,
}

/// A part of a line with its promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub quantity: Decimal,
    /// The first promise made for it.
    pub at: DateTime<Utc>,
    /// The first promise, later by what the customer put it off.
    pub put_off_to: DateTime<Utc>,
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

/// A payment that has a due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneLife {
    pub due_on: NaiveDate,
    /// The day on which the whole amount was there.
    pub paid_on: Option<NaiveDate>,
    pub open: Decimal,
}

impl MilestoneLife {
    /// From its receipts in the order in which the money came; counter entries are negative.
    pub fn of(due_on: NaiveDate, amount: Decimal, receipts: &[(NaiveDate, Decimal)]) -> Self {
        let mut open = amount;
        let mut paid_on = open.is_zero().then_some(due_on);
        for (on, part) in receipts {
            open -= *part;
            paid_on = match paid_on {
                _ if open > Decimal::ZERO => None,
                None => Some(*on),
                known => known,
            };
        }
        Self { due_on, paid_on, open: open.max(Decimal::ZERO) }
    }
}

/// One customer archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerLife {
    pub created_at: DateTime<Utc>,
    /// First archived.
    pub archived_at: Option<DateTime<Utc>>,
    /// Archived now, and not given up.
    pub standing: Option<Standing>,
    /// Each re-check that fell due: the day, and the day on which it was done.
    pub rechecks: Vec<(NaiveDate, Option<NaiveDate>)>,
    /// Complaints about no order in particular.
    pub complaints: Vec<DateTime<Utc>>,
    /// When each order was confirmed, in that order; cancelled ones left out.
    pub orders: Vec<DateTime<Utc>>,
    /// What is still owed from before the system, with its due date.
    pub owed: Vec<(NaiveDate, Decimal)>,
}

/// How complete an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub active_contacts: i64,
    pub next_review_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn money_is_there_on_the_day_that_completes_it_and_a_counter_entry_takes_it_away() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let of = |receipts: &[(&str, Decimal)]| {
            let receipts: Vec<(NaiveDate, Decimal)> = receipts.iter().map(|(on, part)| (day(on), *part)).collect();
            let life = MilestoneLife::of(day("2026-10-01"), dec!(100), &receipts);
            (life.paid_on.map(|d| d.to_string()), life.open)
        };
        assert_eq!(of(&[]), (None, dec!(100)));
        assert_eq!(of(&[("2026-09-28", dec!(40))]), (None, dec!(60)));
        let both = [("2026-09-28", dec!(40)), ("2026-10-02", dec!(60))];
        assert_eq!(of(&both), (Some("2026-10-02".to_owned()), dec!(0)));
        assert_eq!(of(&[both[0], both[1], ("2026-10-03", dec!(-60))]), (None, dec!(60)));
        assert_eq!(MilestoneLife::of(day("2026-10-01"), dec!(0), &[]).paid_on, Some(day("2026-10-01")));
    }
}
