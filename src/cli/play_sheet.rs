//! What the departments of the demonstration fill in beside a decision.

use crate::domain::approval::NodeKind;
use crate::domain::calendar::local_date;
use crate::domain::round::{
    Batch, Capacity, Check, CheckAnswer, Feasibility, FinanceView, ProductionView, Sheet, TechnicalView, TermsView,
};
use crate::domain::workflow::Case;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Every point met; production commits itself to the day that the quote names.
pub fn of(node: NodeKind, case: &Case, now: DateTime<Utc>) -> Sheet {
    let checks = node.checklist().iter().map(|item| Check { item: *item, answer: CheckAnswer::Met, comment: None });
    let today = local_date(now);
    let committed_on = case.quote.as_ref().map_or(today, |q| local_date(q.terms.deliver_at)).max(today);
    let pieces: Decimal = case.quote.iter().flat_map(|q| &q.priced.lines).map(|l| l.quantity).sum();
    Sheet {
        checks: checks.collect(),
        technical: (node == NodeKind::Technical).then(|| TechnicalView {
            feasibility: Feasibility::Feasible,
            risks: Some("伺服选型须在投产前复核".to_owned()),
            lead_days: 30,
        }),
        finance: (node == NodeKind::Finance).then(|| FinanceView {
            terms: TermsView::Acceptable,
            exposure: case.quote.as_ref().map(|q| q.priced.totals.gross),
            condition: None,
        }),
        production: (node == NodeKind::Production).then(|| ProductionView {
            capacity: Capacity::Enough,
            committed_on,
            batches: vec![Batch { on: committed_on, quantity: pieces }],
        }),
    }
}
