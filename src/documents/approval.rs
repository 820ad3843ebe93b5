//! The internal approval form 内部审批流程表, one for each round (DOMAIN 1.4): every node with its time
//! limit and reasons, and the quote as the round froze it.

use super::forms::{Content, Fact, Head, Letterhead, Mark, Shown, Sign, Words, fact, head, own_sign, wide};
use super::quote::{Line, Sums, lines, price_words, sums};
use crate::domain::approval::{Node, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::Calendar;
use crate::domain::quote::Quote;
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labelled {
    pub label: &'static str,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeRow {
    pub name: &'static str,
    pub status: &'static str,
    pub reasons: Vec<String>,
    pub times: Vec<Labelled>,
    pub decided: Option<String>,
    pub comment: Option<String>,
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalForm {
    pub head: Head,
    pub words: Words,
    /// The quote in one line, as the note of its heading.
    pub quote: Option<String>,
    pub facts: Vec<Fact>,
    pub nodes: Vec<NodeRow>,
    pub lines: Vec<Line>,
    pub totals: Option<Sums>,
    pub signs: Vec<Sign>,
}

/// Whether amounts are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prices {
    Shown,
    Hidden,
}

/// The moment and the calendar by which running nodes are measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    pub calendar: &'a Calendar,
    pub now: DateTime<Utc>,
}

fn words(t: Lang) -> Words {
    let mut words = price_words(t);
    words.extend([
        ("nodes", t.approval_nodes()),
        ("node", t.approval_node()),
        ("reasons", t.approval_reasons()),
        ("times", t.approval_limit()),
        ("decision", t.approval_comment()),
        ("lines", t.approval_lines()),
    ]);
    words
}

fn node(t: Lang, by: Measured<'_>, round: &Round, n: &Node) -> NodeRow {
    let end = n.decided.as_ref().map(|d| d.at).or(round.ended_at).unwrap_or(by.now);
    // A void node keeps its elapsed time but is never late (DOMAIN 3.3).
    let late = n.due_at.filter(|due| *due < end && n.status != NodeStatus::Voided);
    let used = n.arrived_at.map(|at| t.working(by.calendar.working_minutes_between(at, end)));
    let mut times = vec![Labelled { label: t.approval_limit(), value: t.working(n.limit) }];
    let rows = [
        (t.approval_arrived(), n.arrived_at.map(|at| t.moment(at))),
        (t.approval_due(), n.due_at.map(|at| t.moment(at))),
        (t.approval_used(), used),
    ];
    times.extend(rows.into_iter().filter_map(|(label, value)| Some(Labelled { label, value: value? })));
    let late = late.map(|due| t.overdue_working(by.calendar.working_minutes_between(due, end)));
    NodeRow {
        name: t.node_kind(n.kind),
        status: t.node_status(n.status),
        reasons: n.reasons.iter().map(|r| t.route_reason(r)).collect(),
        times,
        decided: n
            .decided
            .as_ref()
            .map(|d| format!("{} {}", t.person(&d.by_name), t.moment(d.at)))
            .or_else(|| t.taken_over(round, n)),
        comment: n.decided.as_ref().and_then(|d| d.comment.clone()),
        remarks: [n.condition_acknowledged_at.map(|at| t.approval_acknowledged(t.moment(at))), late]
            .into_iter()
            .flatten()
            .collect(),
    }
}

/// Everything the form is about.
pub struct About<'a> {
    pub case: &'a Case,
    pub round: &'a Round,
    pub quote: Option<&'a Quote>,
    pub requester: String,
    pub prices: Prices,
}

pub fn form(t: Lang, company: &Letterhead, about: &About<'_>, by: Measured<'_>) -> ApprovalForm {
    let (round, case) = (about.round, about.case);
    let mut head = head(t, company, t.document_approval_title(), &round.no, None, Shown::Whole);
    head.version = Some(format!("R{}", round.round_no));
    let deal = case.deal.as_ref();
    let has_prices = about.prices == Prices::Shown;
    let all: Vec<Line> = about.quote.map(|q| lines(t, case, q)).unwrap_or_default();
    ApprovalForm {
        head,
        words: words(t),
        quote: about.quote.map(|q| t.order_page_quote_version(&q.no, q.version_no)),
        facts: vec![
            wide(t.field("customer"), &case.customer.profile.legal_name),
            fact(t.document_deal(), deal.map(|d| d.no.clone()).unwrap_or_default()),
            fact(t.requirement_state(), t.round_status(round.status)),
            fact(t.approval_requester(), &about.requester),
            fact(t.approval_submitted(), t.moment_full(round.submitted_at)),
            fact(t.approval_route(), t.approval_path(round.path)),
            fact(t.approval_level_label(), t.approval_level(round.level)),
            fact(t.approval_ended(), round.ended_at.map(|at| t.moment_full(at)).unwrap_or_default()),
            fact(t.document_urgent(), urgent(t, case)),
        ]
        .into_iter()
        .chain(round.skipped.iter().map(|n| {
            wide(&t.routing_skipped(t.node_kind(n.kind)), t.why_left_out(&n.reasons).join(t.sentence_joint()))
        }))
        .chain(Some(kept(t, case, round)).filter(|k| !k.is_empty()).map(|k| wide(t.routing_kept_title(), k)))
        .collect(),
        nodes: round.in_order().into_iter().map(|n| node(t, by, round, n)).collect(),
        lines: if has_prices { all } else { all.into_iter().map(without_prices).collect() },
        totals: about.quote.filter(|_| has_prices).map(|q| sums(&q.priced.totals, q.terms.whole_discount)),
        signs: signs(t, about),
    }
}

/// The requester, and everybody whose decision the round still asks for: who decided stands in the table of nodes.
fn signs(t: Lang, about: &About<'_>) -> Vec<Sign> {
    let asked = about.round.nodes.iter().filter(|n| matches!(n.status, NodeStatus::Waiting | NodeStatus::Open));
    let requester = Sign { name: Some(about.requester.clone()), ..own_sign(t, t.approval_requester()) };
    std::iter::once(requester).chain(asked.map(|n| own_sign(t, t.node_kind(n.kind)))).collect()
}

/// Approvals of an earlier round that this one keeps.
fn kept(t: Lang, case: &Case, round: &Round) -> String {
    if case.round.as_ref().is_none_or(|newest| newest.id != round.id) {
        return String::new();
    }
    let each = case.route_facts.former.kept.iter();
    each.map(|k| {
        format!("{} {}", t.node_kind(k.kind), t.routing_kept(t.person(&k.by_name), t.moment_full(k.at), k.round_no))
    })
    .collect::<Vec<_>>()
    .join(t.sentence_joint())
}

fn urgent(t: Lang, case: &Case) -> String {
    let urgency = case.deal.as_ref().and_then(|d| d.urgency.as_ref());
    urgency.map_or_else(|| t.requirement_no_word().to_owned(), |u| t.urgent_reason(u.reason).to_owned())
}

/// The line without any amount, for those who see quantities only.
pub fn without_prices(line: Line) -> Line {
    Line {
        discount: None,
        unit_price: String::new(),
        rate: String::new(),
        net: String::new(),
        tax: String::new(),
        gross: String::new(),
        ..line
    }
}

pub fn content(
    t: Lang,
    company: &Letterhead,
    about: &About<'_>,
    by: Measured<'_>,
) -> Result<Content, serde_json::Error> {
    let dated = about.round.ended_at.unwrap_or(about.round.submitted_at);
    Content::of(Layout::Approval, &form(t, company, about, by), dated)
}

pub fn mark(round: &Round) -> Mark {
    match round.status {
        RoundStatus::Open => Mark::Draft,
        RoundStatus::Approved => Mark::None,
        RoundStatus::Returned | RoundStatus::Rejected | RoundStatus::Withdrawn => Mark::Void,
    }
}
