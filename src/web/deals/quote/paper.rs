//! The quote to read: the document for the customer, the figures behind it, and who would have to
//! approve it with which time limit.
//!
//! The one rule: prices reach only those who may see prices, floor prices only those who may see floors.

use super::edit::{short, step_lines};
use crate::documents::forms::called;
use crate::documents::quote as paper_of;
use crate::domain::approval::{ApprovalPath, NodeKind, NodeStatus};
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::capital::to_capital;
use crate::domain::fast_path::clock_of;
use crate::domain::money::{format_money, format_quantity, milestones};
use crate::domain::price_reason::steps;
use crate::domain::quote::{Quote, QuoteLine, QuoteLineKind, QuoteStatus};
use crate::domain::routing::PlannedNode;
use crate::domain::rules::{Rule, Rules};
use crate::domain::tax::{self, TaxBasis, format_rate};
use crate::domain::watched::Kept;
use crate::domain::workflow::{Case, planned_route};
use crate::web::page;
use crate::wording::Lang;
use chrono::{DateTime, Utc};

pub struct PaperLine {
    pub number: usize,
    pub name: String,
    pub spec: String,
    pub packaging: String,
    pub remarks: Option<String>,
    pub quantity: String,
    pub unit_price: String,
    pub tax_rate: String,
    pub net: String,
    pub tax: String,
    pub gross: String,
    pub share: Option<String>,
    pub policy: Option<String>,
    /// That the policy price is not the one of the day.
    pub kept: Option<String>,
    pub why: String,
    /// From the list's first tier to what is paid, each with its words.
    pub steps: Vec<(String, String)>,
    pub discount: String,
    pub asks_special: bool,
    pub reason: String,
    pub floor: String,
    pub is_surcharge: bool,
}

pub struct PaperTerm {
    pub number: usize,
    pub percent: String,
    pub trigger: &'static str,
    pub days: String,
    pub amount: String,
}

/// The document of one version.
pub struct Paper {
    pub no: String,
    pub version_no: i32,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub mark: Option<&'static str>,
    pub date: String,
    pub valid_until: String,
    pub is_expired: bool,
    pub facts: Vec<(String, String)>,
    pub lines: Vec<PaperLine>,
    pub terms: Vec<PaperTerm>,
    pub internal_note: Option<String>,
}

/// The sums of a quote.
pub struct Money {
    pub net: String,
    pub tax: String,
    pub gross: String,
    pub capital: Option<String>,
    pub whole_discount: Option<String>,
    pub by_rate: Vec<(String, String, String, String)>,
    pub max_discount: String,
    pub authority: String,
    pub is_beyond: bool,
}

pub struct RouteNode {
    pub node: &'static str,
    pub stage: i32,
    pub reasons: Vec<String>,
    pub due: String,
    /// When it is due if every node before it takes all its time.
    pub latest: Option<String>,
}

/// Who would have to approve, in order, and what the submit button says about it.
pub struct Preview {
    pub nodes: Vec<RouteNode>,
    pub then: String,
    /// Departments whose approval of the round before still stands, and whose it is.
    pub kept: Vec<(&'static str, String)>,
    /// On the urgent path: departments that would look afterwards, and why they would have looked.
    pub skipped: Vec<(&'static str, Vec<String>)>,
    /// Why an urgent deal would go the standard way all the same.
    pub refused: Option<String>,
}

impl Preview {
    /// The nodes in their order, those side by side joined.
    pub fn who(&self) -> String {
        let mut out = String::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let sign = match i.checked_sub(1).map(|before| self.nodes[before].stage == node.stage) {
                None => "",
                Some(true) => " + ",
                Some(false) => " → ",
            };
            out.push_str(sign);
            out.push_str(node.node);
        }
        out
    }
}

pub fn status_kind(status: QuoteStatus) -> &'static str {
    match status {
        QuoteStatus::Draft | QuoteStatus::Withdrawn | QuoteStatus::NotChosen => "plain",
        QuoteStatus::Submitted | QuoteStatus::Sent => "info",
        QuoteStatus::Approved | QuoteStatus::Accepted => "ok",
        QuoteStatus::Returned | QuoteStatus::Expired | QuoteStatus::Declined => "warn",
        QuoteStatus::Rejected | QuoteStatus::Superseded => "bad",
    }
}

pub fn of(t: Lang, case: &Case, quote: &Quote, by: &str, now: DateTime<Utc>) -> Paper {
    let is_released = matches!(quote.status, QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted);
    let terms = &quote.terms;
    let contact = case
        .requirement
        .as_ref()
        .and_then(|r| case.customer.profile.contacts.iter().find(|c| Some(c.id) == r.content.contact));
    let facts = [
        ("customer", case.customer.profile.legal_name.clone()),
        ("contact", contact.map(|c| c.name.clone()).unwrap_or_default()),
        ("tax_basis", t.tax_basis(terms.tax_basis).to_owned()),
        ("deliver_at", t.moment_full(terms.deliver_at)),
        ("place", terms.place.clone()),
        ("delivery_mode", t.delivery_mode(terms.delivery_mode).to_owned()),
        ("freight_payer", t.freight_payer(terms.freight_payer).to_owned()),
        ("warranty", terms.warranty.clone()),
    ];
    let percents: Vec<_> = terms.payment_terms.iter().map(|term| term.percent).collect();
    let amounts = milestones(quote.priced.totals.gross, &percents);
    Paper {
        no: quote.no.clone(),
        version_no: quote.version_no,
        status: t.quote_status(quote.status),
        status_kind: status_kind(quote.status),
        mark: (!is_released).then(|| t.quote_status(quote.status)),
        date: t.date(quote.quote_date),
        valid_until: t.date(terms.valid_until),
        is_expired: matches!(quote.status, QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Submitted)
            && quote.is_expired(now),
        facts: facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(code, value)| (t.field(code).to_owned(), value))
            .collect(),
        lines: lines(t, case, quote, by),
        terms: terms
            .payment_terms
            .iter()
            .zip(amounts)
            .enumerate()
            .map(|(i, (term, amount))| PaperTerm {
                number: i + 1,
                percent: format!("{}%", format_quantity(term.percent)),
                trigger: t.payment_trigger(term.trigger),
                days: if term.days == 0 { String::new() } else { t.quote_days(term.days) },
                amount: format_money(amount),
            })
            .collect(),
        internal_note: terms.internal_note.clone(),
    }
}

/// The unit price without tax, for information, where prices contain it.
pub fn unit_net(t: Lang, line: &QuoteLine, basis: TaxBasis) -> Option<(String, String)> {
    let price = tax::unit_net(&line.amounts, line.quantity).filter(|_| basis == TaxBasis::Inclusive)?;
    Some((t.quote_unit_net().to_owned(), page::unit_price(price)))
}

/// The policy price that was kept beside the one of the day.
pub fn kept(t: Lang, line: &QuoteLine) -> Option<String> {
    let (seen, policy) = (line.kept?, line.policy.as_ref()?);
    let today = seen.today.map_or_else(|| t.quote_no_price().to_owned(), page::unit_price);
    Some(t.quote_kept(page::unit_price(policy.unit_price), today))
}

/// Every line; `by` saved this version.
pub fn lines(t: Lang, case: &Case, quote: &Quote, by: &str) -> Vec<PaperLine> {
    quote
        .priced
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let is_surcharge = l.kind == QuoteLineKind::Surcharge;
            PaperLine {
                number: i + 1,
                name: called(t, case, l.product, &l.name),
                spec: if is_surcharge { String::new() } else { l.spec.clone() },
                packaging: l.packaging.clone().unwrap_or_default(),
                remarks: paper_of::remarks(t, &l.remarks),
                quantity: t.quantity(l.quantity, &l.unit),
                unit_price: crate::web::page::unit_price(l.unit_price),
                tax_rate: format_rate(l.tax_rate),
                net: format_money(l.amounts.net),
                tax: format_money(l.amounts.tax),
                gross: format_money(l.amounts.gross),
                share: (!l.discount_share.is_zero()).then(|| format_money(l.discount_share)),
                kept: kept(t, l),
                policy: l.policy.as_ref().map(|p| crate::web::page::unit_price(p.unit_price)),
                steps: if is_surcharge {
                    Vec::new()
                } else {
                    let basis = quote.terms.tax_basis;
                    let steps = steps(l.policy.as_ref(), l.unit_price, l.effective_price(basis));
                    step_lines(t, &steps, by).into_iter().chain(unit_net(t, l, basis)).collect()
                },
                why: if is_surcharge { String::new() } else { short(t, l.policy.as_ref()) },
                discount: if is_surcharge { String::new() } else { t.discount(l.discount_rate) },
                asks_special: !l.request.is_policy(),
                reason: l.discount_reason.clone().unwrap_or_default(),
                floor: l.policy.as_ref().map(|p| crate::web::page::unit_price(p.floor_price)).unwrap_or_default(),
                is_surcharge,
            }
        })
        .collect()
}

pub fn money(t: Lang, quote: &Quote, rules: &Rules) -> Money {
    let [manager, director] = [Rule::ManagerDiscount, Rule::DirectorDiscount].map(|rule| rules.share(rule));
    let totals = &quote.priced.totals;
    let by_rate = totals
        .by_rate
        .iter()
        .map(|s| (format_rate(s.rate), format_money(s.net), format_money(s.tax), format_money(s.gross)))
        .collect();
    Money {
        net: format_money(totals.net),
        tax: format_money(totals.tax),
        gross: format_money(totals.gross),
        capital: to_capital(totals.gross).map(|words| format!("人民币{words}")),
        whole_discount: (!quote.terms.whole_discount.is_zero()).then(|| format_money(quote.terms.whole_discount)),
        by_rate,
        max_discount: t.discount(quote.priced.max_discount),
        authority: t.quote_authority(t.discount(director), t.discount(manager)),
        is_beyond: quote.priced.max_discount > manager,
    }
}

/// The same function plans the real round; only its first stage has a time limit that runs at once.
pub fn preview(t: Lang, case: &Case, quote: &Quote, calendar: &Calendar, now: DateTime<Utc>) -> Preview {
    // The case with this quote, which may not be stored yet.
    let with = Case { quote: Some(quote.clone()), ..case.clone() };
    let route = planned_route(&with, now);
    let (path, planned) = route.as_ref().map_or((ApprovalPath::Standard, &[][..]), |r| (r.path, r.nodes.as_slice()));
    let rules = case.rules.at(now);
    let due_of = |kind: NodeKind, from: DateTime<Utc>| match clock_of(rules, path, kind) {
        (Profile::Standard, limit) => {
            (calendar.of_department(kind.department()).add_working_minutes(from, limit), limit)
        }
        (Profile::OnCall, limit) => (Calendar::on_call().add_working_minutes(from, limit), limit),
    };
    let first = planned.iter().map(|n| n.kind.stage()).min();
    let latest = latest(planned, &due_of, now);
    let nodes: Vec<RouteNode> = planned
        .iter()
        .map(|n| RouteNode {
            node: t.node_kind(n.kind),
            stage: n.kind.stage(),
            reasons: n.reasons.iter().map(|r| t.route_reason(r)).collect(),
            due: if Some(n.kind.stage()) == first {
                t.quote_due(t.moment(due_of(n.kind, now).0))
            } else {
                t.quote_after_former(t.working(due_of(n.kind, now).1))
            },
            latest: latest
                .iter()
                .find(|(stage, _)| *stage == n.kind.stage() && Some(*stage) != first)
                .map(|(_, at)| t.quote_latest(t.moment(*at))),
        })
        .collect();
    let then = nodes.first().map(|n| t.quote_then(&n.due, n.node)).unwrap_or_default();
    let because = |n: &PlannedNode| (t.node_kind(n.kind), t.why_left_out(&n.reasons));
    Preview {
        nodes,
        then,
        kept: route.iter().flat_map(|r| &r.kept).map(|k| kept_words(t, k)).collect(),
        skipped: route.iter().flat_map(|r| &r.skipped).map(because).collect(),
        refused: route.as_ref().and_then(|r| t.why_not_fast(&r.fast_refused)),
    }
}

/// A kept approval: the department, and who gave it when.
pub fn kept_words(t: Lang, kept: &Kept) -> (&'static str, String) {
    (t.node_kind(kept.kind), t.routing_kept(t.person(&kept.by_name), t.moment_full(kept.at), kept.round_no))
}

/// The end of every stage when each node takes all its time.
fn latest(
    planned: &[PlannedNode],
    due_of: &impl Fn(NodeKind, DateTime<Utc>) -> (DateTime<Utc>, WorkingMinutes),
    now: DateTime<Utc>,
) -> Vec<(i32, DateTime<Utc>)> {
    let mut at = now;
    let mut out = Vec::new();
    for stage in 1..=4 {
        let ends = planned.iter().filter(|n| n.kind.stage() == stage).map(|n| due_of(n.kind, at).0);
        if let Some(end) = ends.max() {
            at = end;
            out.push((stage, end));
        }
    }
    out
}

/// What the approvers who stopped the last round wrote.
pub fn remarks(t: Lang, case: &Case, quote: &Quote) -> Vec<String> {
    let Some(round) = case.round.as_ref().filter(|r| r.quote == quote.id) else { return Vec::new() };
    round
        .nodes
        .iter()
        .filter(|n| matches!(n.status, NodeStatus::Returned | NodeStatus::Rejected))
        .filter_map(|n| {
            let decided = n.decided.as_ref()?;
            let said = decided.comment.clone().unwrap_or_default();
            Some(t.quote_remark(said, t.node_kind(n.kind), t.node_status(n.status), t.person(&decided.by_name)))
        })
        .collect()
}
