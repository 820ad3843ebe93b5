//! An approval round in words (DOMAIN 1.4, 3.3–3.8): every node with its clock, who decided and for whom,
//! the checklist, what was asked, and who held it how long.
//!
//! The one rule: the page and the paper say the same, so both are written from here. A node is measured on
//! its own clock: of its department, or of those on call.

use super::approval::Prices;
use crate::domain::approval::{ApprovalPath, Node, NodeStatus, Round};
use crate::domain::calendar::{Calendar, Profile};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::round::{Call, CallKind, CheckAnswer, Named, Sheet, ledger};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use std::borrow::Cow;

/// The moment and the company's calendar by which rounds are measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    pub calendar: &'a Calendar,
    pub now: DateTime<Utc>,
}

impl<'a> Measured<'a> {
    /// The calendar on which a node is counted.
    pub fn of_node(self, node: &Node) -> Cow<'a, Calendar> {
        match node.profile {
            Profile::Standard => Cow::Borrowed(self.calendar.of_department(node.kind.department())),
            Profile::OnCall => Cow::Owned(Calendar::on_call()),
        }
    }

    /// The calendar on which the life of a round is counted.
    fn of_round(self, round: &Round) -> Cow<'a, Calendar> {
        match round.path {
            ApprovalPath::Standard => Cow::Borrowed(self.calendar),
            ApprovalPath::Fast => Cow::Owned(Calendar::on_call()),
        }
    }
}

pub struct NodeWords {
    pub name: &'static str,
    pub status: &'static str,
    pub reasons: Vec<String>,
    pub limit: String,
    pub arrived: String,
    /// Marked while the days off of its year are not published.
    pub due: String,
    /// "何敏 代 刘建国" where it was decided for somebody.
    pub decided_by: String,
    pub decided_at: String,
    /// Who has it now, when somebody took it.
    pub held_by: Option<String>,
    pub escalated_to: Option<String>,
    pub used: String,
    pub overdue: Option<String>,
    pub comment: Option<String>,
    pub condition: Option<&'static str>,
    pub acknowledged: Option<String>,
    /// Lines of the ledger when there is more than one.
    pub ledger: Vec<LedgerLine>,
    pub calls: Vec<CallWords>,
    /// The checklist and the fields of the department.
    pub sheet: Vec<(String, String)>,
}

pub struct LedgerLine {
    pub what: &'static str,
    pub holder: String,
    pub from: String,
    pub until: String,
    pub minutes: String,
}

pub struct CallWords {
    pub kind: String,
    pub asked: String,
    pub text: String,
    pub answer: String,
}

/// The life of a round, cut wherever a node arrives or ends.
pub struct Life {
    pub total: String,
    pub lines: Vec<LifeLine>,
}

pub struct LifeLine {
    pub waiting_for: String,
    pub from: String,
    pub until: String,
    pub minutes: String,
}

/// Checklist and department fields; amounts only for who sees prices.
fn sheet(t: Lang, sheet: &Sheet, prices: Prices) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = sheet
        .checks
        .iter()
        .map(|c| {
            let answer = t.check_answer(c.answer);
            let said = c.comment.as_ref().map_or_else(|| answer.to_owned(), |comment| format!("{answer} · {comment}"));
            (t.check_item(c.item).to_owned(), said)
        })
        .collect();
    // Everything met is one line, not a list.
    if !out.is_empty() && sheet.checks.iter().all(|c| c.answer == CheckAnswer::Met && c.comment.is_none()) {
        let items: Vec<&str> = sheet.checks.iter().map(|c| t.check_item(c.item)).collect();
        out = vec![(t.round_all_met().to_owned(), items.join(t.sentence_joint()))];
    }
    if let Some(view) = &sheet.technical {
        out.push((t.round_feasibility().to_owned(), t.feasibility(view.feasibility).to_owned()));
        out.push((t.round_lead_days().to_owned(), t.round_days(view.lead_days)));
        out.extend(view.risks.clone().map(|risks| (t.round_risks().to_owned(), risks)));
    }
    if let Some(view) = &sheet.finance {
        out.push((t.round_finance_terms().to_owned(), t.terms_view(view.terms).to_owned()));
        if let Some(exposure) = view.exposure.filter(|_| prices == Prices::Shown) {
            out.push((t.round_exposure().to_owned(), format_money(exposure)));
        }
        out.extend(view.condition.clone().map(|c| (t.round_finance_condition().to_owned(), c)));
    }
    if let Some(view) = &sheet.production {
        out.push((t.round_capacity().to_owned(), t.capacity(view.capacity).to_owned()));
        out.push((t.round_committed_on().to_owned(), t.date(view.committed_on)));
        for batch in &view.batches {
            out.push((t.round_batch(t.date(batch.on)), format_quantity(batch.quantity)));
        }
    }
    out
}

fn call(t: Lang, c: &Call) -> CallWords {
    let answer = c.ended.as_ref().map_or_else(
        || t.round_unanswered(t.person(&c.of.name)),
        |e| match (&e.answer, e.result) {
            (Some(answer), Some(result)) => format!("{} · {answer}", t.sign_result(result)),
            (Some(answer), None) => answer.clone(),
            (None, _) => t.round_taken_back().to_owned(),
        },
    );
    let kind = match c.kind {
        CallKind::Question => t.round_question().to_owned(),
        CallKind::ExtraSign => t.round_extra_sign_of(t.person(&c.of.name)),
    };
    let asked = format!("{} · {}", t.person(&c.asked_by.name), t.moment(c.asked_at));
    CallWords { kind, asked, text: c.text.clone(), answer }
}

/// How long past its limit the node stands or stood, on its clock; a void node keeps its elapsed time but is
/// never late (DOMAIN 3.3).
fn overdue(t: Lang, round: &Round, n: &Node, calendar: &Calendar, now: DateTime<Utc>) -> Option<String> {
    let end = n.decided.as_ref().map(|d| d.at).or(round.ended_at).unwrap_or(now);
    let stood_at = n.open_call().map_or(end, |call| call.asked_at.min(end));
    let due = n.due_at.filter(|due| *due < stood_at && n.status != NodeStatus::Voided)?;
    Some(t.overdue_on_clock(n.profile, calendar.working_minutes_between(due, stood_at)))
}

pub fn node(t: Lang, by: Measured<'_>, round: &Round, n: &Node, prices: Prices) -> NodeWords {
    let calendar = by.of_node(n);
    let lines = ledger::of_node(n, &calendar, by.now);
    let holder =
        |holder: &Option<Named>| holder.as_ref().map_or_else(|| t.round_pool().to_owned(), |h| t.person(&h.name));
    let decided = n.decided.as_ref();
    let is_open = n.status == NodeStatus::Open;
    NodeWords {
        name: t.node_kind(n.kind),
        status: t.node_status(n.status),
        reasons: n.reasons.iter().map(|r| t.route_reason(r)).collect(),
        limit: t.on_clock(n.profile, n.limit),
        arrived: n.arrived_at.map(|at| t.moment(at)).unwrap_or_default(),
        due: n.due_at.map(|at| t.due_moment(&calendar, at)).unwrap_or_default(),
        decided_by: decided
            .map(|d| t.on_behalf(&t.person(&d.by_name), d.on_behalf.as_ref().map(|p| t.person(&p.name)).as_deref()))
            .or_else(|| t.taken_over(round, n))
            .unwrap_or_default(),
        decided_at: decided.map(|d| t.moment(d.at)).unwrap_or_default(),
        held_by: n.claimed_by.as_ref().filter(|_| is_open).map(|by| t.round_taken_by(t.person(&by.name))),
        escalated_to: n.escalated_to.as_ref().map(|to| t.round_escalated_to(t.person(&to.name))),
        used: if lines.is_empty() { String::new() } else { t.on_clock(n.profile, ledger::total(&lines)) },
        overdue: overdue(t, round, n, &calendar, by.now),
        comment: decided.and_then(|d| d.comment.clone()),
        condition: n.condition.as_ref().map(|c| t.condition_kind(c.kind)),
        acknowledged: n.condition_acknowledged_at.map(|at| t.approval_acknowledged(t.moment(at))),
        ledger: lines
            .iter()
            .filter(|_| lines.len() > 1)
            .map(|l| LedgerLine {
                what: t.hold_kind(l.kind),
                holder: holder(&l.holder),
                from: t.moment(l.from),
                until: t.moment(l.until),
                minutes: t.on_clock(n.profile, l.minutes),
            })
            .collect(),
        calls: n.calls.iter().map(|c| call(t, c)).collect(),
        sheet: sheet(t, &n.sheet, prices),
    }
}

/// The working time of the whole round: of those on call where it went the fast way.
pub fn life(t: Lang, by: Measured<'_>, round: &Round) -> Life {
    let calendar = by.of_round(round);
    let profile = calendar.profile();
    let lines = ledger::of_round(round, &calendar, by.now);
    Life {
        total: t.on_clock(profile, lines.iter().map(|l| l.minutes).sum()),
        lines: lines
            .iter()
            .map(|l| LifeLine {
                waiting_for: t.list(l.waiting_for.iter().map(|k| t.node_kind(*k))),
                from: t.moment(l.from),
                until: t.moment(l.until),
                minutes: t.on_clock(profile, l.minutes),
            })
            .collect(),
    }
}
