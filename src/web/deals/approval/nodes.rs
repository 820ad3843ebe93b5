//! A round as its form shows it: every node with its reason, its clock, who held it how long, what
//! was asked and answered, and what was filled in beside the decision.

use crate::domain::approval::{Node, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::{Calendar, Profile};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::round::ledger;
use crate::domain::round::{CallKind, CheckAnswer, Sheet};
use crate::store::{PgConnection, people};
use crate::web::deals::frame::Chip;
use crate::web::{Problem, Web, page};
use crate::wording::Lang;

pub struct RoundView {
    pub no: String,
    pub round_no: i32,
    pub path: String,
    pub level: String,
    pub status: String,
    pub status_kind: &'static str,
    pub requester: String,
    pub submitted: String,
    pub ended: Option<String>,
    /// Working time of the whole round.
    pub life: String,
    pub nodes: Vec<NodeView>,
    pub lines: Vec<RoundLineView>,
}

pub struct RoundLineView {
    pub waiting_for: String,
    pub from: String,
    pub until: String,
    pub minutes: String,
}

pub struct NodeView {
    pub name: String,
    pub status: String,
    pub status_kind: &'static str,
    pub row: &'static str,
    pub reasons: Vec<String>,
    pub limit: String,
    pub arrived: String,
    pub due: String,
    pub chip: Option<Chip>,
    pub decided_by: String,
    pub decided_at: String,
    /// Who has it now, when somebody took it.
    pub held_by: Option<String>,
    pub escalated_to: Option<String>,
    pub used: String,
    pub overdue: Option<String>,
    pub comment: Option<String>,
    pub condition: Option<String>,
    pub acknowledged: Option<String>,
    /// Lines of the ledger when there is more than one.
    pub ledger: Vec<LedgerLine>,
    pub calls: Vec<CallView>,
    pub sheet: Vec<(String, String)>,
}

pub struct LedgerLine {
    pub what: String,
    pub holder: String,
    pub from: String,
    pub until: String,
    pub minutes: String,
}

pub struct CallView {
    pub kind: String,
    pub asked: String,
    pub text: String,
    pub answer: String,
}

pub fn status_kind(status: NodeStatus) -> &'static str {
    match status {
        NodeStatus::Waiting | NodeStatus::Voided => "plain",
        NodeStatus::Open => "info",
        NodeStatus::Approved | NodeStatus::TakenOver => "ok",
        NodeStatus::ApprovedCond | NodeStatus::Returned => "warn",
        NodeStatus::Rejected => "bad",
    }
}

/// Checklist and department fields in words; amounts only for who sees prices.
fn sheet_words(t: Lang, sheet: &Sheet, prices: page::Prices) -> Vec<(String, String)> {
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
        if let Some(exposure) = view.exposure.filter(|_| prices == page::Prices::Shown) {
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

fn node_view(web: &Web, t: Lang, round: &Round, node: &Node, prices: page::Prices) -> NodeView {
    let on_call;
    let calendar: &Calendar = match node.profile {
        Profile::Standard => web.app().calendar.of_department(node.kind.department()),
        Profile::OnCall => {
            on_call = Calendar::on_call();
            &on_call
        }
    };
    let now = web.app().clock.now();
    let is_open = node.status == NodeStatus::Open;
    let end = node.decided.as_ref().map(|d| d.at).or(round.ended_at).unwrap_or(now);
    // A void node keeps its elapsed time but is never late (DOMAIN 3.3).
    let stood_at = node.open_call().map_or(end, |call| call.asked_at.min(end));
    let late = node.due_at.filter(|due| *due < stood_at && node.status != NodeStatus::Voided);
    let lines = ledger::of_node(node, calendar, now);
    let name_of = |holder: &Option<crate::domain::round::Named>| {
        holder.as_ref().map_or_else(|| t.round_pool().to_owned(), |h| t.person(&h.name))
    };
    let stands = node.open_call().is_some();
    let decided = node.decided.as_ref();
    NodeView {
        name: t.node_kind(node.kind).to_owned(),
        status: t.node_status(node.status).to_owned(),
        status_kind: status_kind(node.status),
        row: match (is_open, late.is_some()) {
            (true, true) => "is-late",
            (true, false) => "is-current",
            _ => "",
        },
        reasons: node.reasons.iter().map(|r| t.route_reason(r)).collect(),
        limit: t.on_clock(node.profile, node.limit),
        arrived: node.arrived_at.map(|at| t.moment(at)).unwrap_or_default(),
        due: node.due_at.map(|at| t.moment(at)).unwrap_or_default(),
        chip: node.due_at.filter(|_| is_open && !stands).map(|due| Chip::on(calendar, t, now, due)),
        decided_by: decided
            .map(|d| t.on_behalf(&t.person(&d.by_name), d.on_behalf.as_ref().map(|p| t.person(&p.name)).as_deref()))
            .or_else(|| t.taken_over(round, node))
            .unwrap_or_default(),
        decided_at: decided.map(|d| t.moment(d.at)).unwrap_or_default(),
        held_by: node.claimed_by.as_ref().filter(|_| is_open).map(|by| t.round_taken_by(t.person(&by.name))),
        escalated_to: node.escalated_to.as_ref().map(|to| t.round_escalated_to(t.person(&to.name))),
        used: if lines.is_empty() { String::new() } else { t.on_clock(node.profile, ledger::total(&lines)) },
        overdue: late.map(|due| t.overdue_on_clock(node.profile, calendar.working_minutes_between(due, stood_at))),
        comment: decided.and_then(|d| d.comment.clone()),
        condition: node.condition.as_ref().map(|c| t.condition_kind(c.kind).to_owned()),
        acknowledged: node.condition_acknowledged_at.map(|at| t.moment(at)),
        ledger: if lines.len() > 1 {
            lines
                .iter()
                .map(|l| LedgerLine {
                    what: t.hold_kind(l.kind).to_owned(),
                    holder: name_of(&l.holder),
                    from: t.moment(l.from),
                    until: t.moment(l.until),
                    minutes: t.on_clock(node.profile, l.minutes),
                })
                .collect()
        } else {
            Vec::new()
        },
        calls: node
            .calls
            .iter()
            .map(|c| {
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
                CallView { kind, asked, text: c.text.clone(), answer }
            })
            .collect(),
        sheet: sheet_words(t, &node.sheet, prices),
    }
}

pub async fn round_view(
    web: &Web,
    t: Lang,
    conn: &mut PgConnection,
    round: &Round,
    prices: page::Prices,
) -> Result<RoundView, Problem> {
    let requester = people::by_id(conn, round.requested_by).await?;
    let now = web.app().clock.now();
    let lines = ledger::of_round(round, &web.app().calendar, now);
    Ok(RoundView {
        no: round.no.clone(),
        round_no: round.round_no,
        path: t.approval_path(round.path).to_owned(),
        level: t.approval_level(round.level),
        status: t.round_status(round.status).to_owned(),
        status_kind: match round.status {
            RoundStatus::Open => "info",
            RoundStatus::Approved => "ok",
            RoundStatus::Returned => "warn",
            RoundStatus::Rejected => "bad",
            RoundStatus::Withdrawn => "plain",
        },
        requester: requester.map(|p| page::name_in(t, &p.name, &p.name_en)).unwrap_or_default(),
        submitted: t.moment_full(round.submitted_at),
        ended: round.ended_at.map(|at| t.moment_full(at)),
        life: t.working(lines.iter().map(|l| l.minutes).sum()),
        nodes: round.in_order().into_iter().map(|n| node_view(web, t, round, n, prices)).collect(),
        lines: lines
            .iter()
            .map(|l| RoundLineView {
                waiting_for: t.list(l.waiting_for.iter().map(|k| t.node_kind(*k))),
                from: t.moment(l.from),
                until: t.moment(l.until),
                minutes: t.working(l.minutes),
            })
            .collect(),
    })
}
