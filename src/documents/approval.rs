//! The internal approval form 内部审批流程表, one for each round (DOMAIN 1.4): every node with its time
//! limit, reasons, decision and checklist, and the quote as the round froze it.

use super::forms::{Content, Fact, Head, Letterhead, Mark, Shown, Sign, Words, fact, head, own_sign, wide};
use super::quote::{Line, Sums, lines, price_words, sums};
use super::rounds::{self, Measured, NodeWords};
use crate::domain::approval::{NodeStatus, Round, RoundStatus};
use crate::domain::quote::Quote;
use crate::domain::workflow::Case;
use crate::wording::Lang;
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

/// What stands behind a node's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    pub name: &'static str,
    pub facts: Vec<Fact>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalForm {
    pub head: Head,
    pub words: Words,
    /// The quote in one line, as the note of its heading.
    pub quote: Option<String>,
    pub facts: Vec<Fact>,
    pub nodes: Vec<NodeRow>,
    pub details: Vec<Detail>,
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

fn words(t: Lang) -> Words {
    let mut words = price_words(t);
    words.extend([
        ("nodes", t.approval_nodes()),
        ("node", t.approval_node()),
        ("reasons", t.approval_reasons()),
        ("times", t.approval_limit()),
        ("decision", t.approval_comment()),
        ("lines", t.approval_lines()),
        ("details", t.approval_details()),
    ]);
    words
}

/// The node's row, and below the table what was filled in, asked and answered, and who held it.
fn node(t: Lang, n: NodeWords) -> (NodeRow, Option<Detail>) {
    let times = [
        (t.approval_limit(), n.limit),
        (t.approval_arrived(), n.arrived),
        (t.approval_due(), n.due),
        (t.approval_used(), n.used),
    ];
    let condition = n.condition.map(|condition| format!("{}{}{condition}", t.round_condition_label(), t.ui_colon()));
    let mut facts: Vec<Fact> = n.sheet.iter().map(|(label, value)| wide(label, value)).collect();
    for call in &n.calls {
        facts.push(wide(&format!("{} {}", call.kind, call.asked), &call.text));
        facts.push(wide(t.round_answer(), &call.answer));
    }
    facts.extend(
        n.ledger
            .iter()
            .map(|l| wide(&format!("{} {}", l.what, l.holder), format!("{} – {} · {}", l.from, l.until, l.minutes))),
    );
    let row = NodeRow {
        name: n.name,
        status: n.status,
        reasons: n.reasons,
        times: times
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| Labelled { label, value })
            .collect(),
        decided: (!n.decided_by.is_empty()).then(|| format!("{} {}", n.decided_by, n.decided_at)),
        comment: n.comment,
        remarks: [condition, n.acknowledged, n.held_by, n.escalated_to, n.overdue].into_iter().flatten().collect(),
    };
    (row, (!facts.is_empty()).then_some(Detail { name: n.name, facts }))
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
    let told = round.in_order().into_iter().map(|n| node(t, rounds::node(t, by, round, n, about.prices)));
    let (nodes, details): (Vec<NodeRow>, Vec<Option<Detail>>) = told.unzip();
    let basis = about.quote.filter(|_| has_prices).map(|q| fact(t.field("tax_basis"), t.tax_basis(q.terms.tax_basis)));
    let life = rounds::life(t, by, round).total;
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
            fact(t.approval_life(), life),
        ]
        .into_iter()
        .chain(basis)
        .chain(round.skipped.iter().map(|n| {
            wide(&t.routing_skipped(t.node_kind(n.kind)), t.why_left_out(&n.reasons).join(t.sentence_joint()))
        }))
        .chain(Some(kept(t, case, round)).filter(|k| !k.is_empty()).map(|k| wide(t.routing_kept_title(), k)))
        .collect(),
        nodes,
        details: details.into_iter().flatten().collect(),
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
