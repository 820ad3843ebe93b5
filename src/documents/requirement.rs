//! The requirement confirmation 需求确认单 (DOMAIN 1.2).

use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Special, Words, both_sign, called, fact, head, or_blank, phone,
    wide,
};
use crate::domain::money::format_money;
use crate::domain::requirement::{Requirement, RequirementLine, RequirementStatus};
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub number: usize,
    pub name: String,
    pub spec: String,
    pub standard: Option<String>,
    pub packaging: Option<String>,
    pub note: Option<String>,
    /// The line's own day, where it has one.
    pub wanted: Option<String>,
    pub kind: &'static str,
    pub quantity: String,
    pub match_kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementForm {
    pub head: Head,
    pub words: Words,
    pub facts: Vec<Fact>,
    pub lines: Vec<Line>,
    pub specials: Vec<Special>,
    pub delivery: Vec<Fact>,
    pub confirmation: Vec<Fact>,
    pub signs: Vec<Sign>,
}

/// What the form may show: the budget goes to those who see prices, numbers whole or masked.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub shown: Shown,
    pub budget: Budget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    Shown,
    Hidden,
}

fn words(t: Lang) -> Words {
    Words::from([
        ("number", "#"),
        ("product", t.field("product")),
        ("kind", t.field("kind")),
        ("quantity", t.field("quantity")),
        ("match", t.field("match_kind")),
        ("lines", t.requirement_lines()),
        ("specials", t.field("specials")),
        ("special", t.requirement_special_text()),
        ("department", t.requirement_special_department()),
        ("applies", t.requirement_special_applies()),
        ("delivery", t.requirement_delivery()),
        ("confirmation", t.document_confirmation()),
    ])
}

/// The catalogue's number and name, or what was typed for a thing that is not in it.
pub fn line_name(t: Lang, case: &Case, l: &RequirementLine) -> String {
    let name = called(t, case, l.product, &l.product_name);
    if name == l.product_name { format!("{} {name}", l.product_code).trim().to_owned() } else { name }
}

fn lines(t: Lang, case: &Case, r: &Requirement) -> Vec<Line> {
    let line = |(i, l): (usize, &RequirementLine)| Line {
        number: i + 1,
        name: line_name(t, case, l),
        spec: l.spec.clone(),
        standard: l.standard.clone(),
        packaging: l.packaging.clone(),
        note: l.note.clone(),
        wanted: l.wanted_on.map(|on| format!("{} {}", t.field("line_date"), t.date(on))),
        kind: t.line_kind(l.kind),
        quantity: t.quantity(l.quantity, &l.unit),
        match_kind: t.match_kind(l.match_kind),
    };
    r.content.lines.iter().enumerate().map(line).collect()
}

fn applies(t: Lang, applies: Option<bool>) -> &'static str {
    match applies {
        Some(true) => t.requirement_applies(),
        Some(false) => t.requirement_applies_not(),
        None => t.requirement_applies_open(),
    }
}

pub fn form(t: Lang, company: &Letterhead, case: &Case, r: &Requirement, view: View) -> RequirementForm {
    let c = &r.content;
    let head = head(t, company, t.requirement_title(), &r.no, Some(r.version_no), view.shown);
    let contact = case.customer.profile.contacts.iter().find(|x| Some(x.id) == c.contact);
    let mut facts = vec![
        wide(t.field("customer"), &case.customer.profile.legal_name),
        fact(t.field("contact"), contact.map(|x| format!("{} {}", x.name, x.title)).unwrap_or_default()),
        fact(t.field("channel"), t.channel(c.channel)),
        wide(t.field("purpose"), &c.purpose),
        wide(t.field("acceptance"), &c.acceptance),
    ];
    if view.budget == Budget::Shown && (c.budget_from.is_some() || c.budget_to.is_some()) {
        facts.push(fact(t.field("budget_from"), or_blank(c.budget_from.map(format_money))));
        facts.push(fact(t.field("budget_to"), or_blank(c.budget_to.map(format_money))));
    }
    if let Some(urgency) = case.deal.as_ref().and_then(|d| d.urgency.as_ref()) {
        facts.push(wide(t.ui_urgent(), format!("{} · {}", t.urgent_reason(urgency.reason), urgency.text)));
    }
    let partial = if c.partial_allowed { t.requirement_yes() } else { t.requirement_no_word() };
    RequirementForm {
        words: words(t),
        facts,
        lines: lines(t, case, r),
        specials: c
            .specials
            .iter()
            .map(|s| Special {
                text: s.text.clone(),
                department: t.department(s.department),
                applies: applies(t, s.applies).to_owned(),
            })
            .collect(),
        delivery: vec![
            fact(t.field("wanted_at"), t.moment_full(c.wanted_at)),
            fact(t.field("delivery_mode"), t.delivery_mode(c.delivery_mode)),
            wide(t.field("ship_address"), &c.ship_address),
            fact(t.field("ship_receiver"), &c.ship_receiver),
            fact(t.field("ship_phone"), phone(view.shown, &c.ship_phone)),
            fact(t.field("partial_allowed"), partial),
            fact(t.field("payment_wish"), t.payment_wish(c.payment_wish)),
            fact(t.field("invoice_need"), t.invoice_kind(c.invoice_need)),
            fact(t.field("warranty"), or_blank(c.warranty.as_deref())),
            fact(
                t.field("is_confidential"),
                if c.is_confidential { t.requirement_yes() } else { t.requirement_no_word() },
            ),
        ],
        confirmation: r.confirmation.iter().flat_map(|k| confirmation(t, k)).collect(),
        signs: both_sign(t, &head, case),
        head,
    }
}

fn confirmation(t: Lang, k: &crate::domain::requirement::RequirementConfirmation) -> Vec<Fact> {
    vec![
        fact(t.field("confirm_method"), t.requirement_confirm_method(k.method)),
        fact(t.field("confirm_contact"), &k.contact),
        wide(t.field("confirmed_at"), t.moment_full(k.at)),
    ]
}

/// Dated by its confirmation, before that by its sending, before that by the deal.
pub fn content(
    t: Lang,
    company: &Letterhead,
    case: &Case,
    r: &Requirement,
    view: View,
) -> Result<Content, serde_json::Error> {
    let opened = case.deal.as_ref().map_or(DateTime::<Utc>::UNIX_EPOCH, |d| d.opened_at);
    let dated = r.confirmation.as_ref().map(|k| k.at).or(r.sent_at).unwrap_or(opened);
    Content::of(Layout::Requirement, &form(t, company, case, r, view), dated)
}

pub fn mark(r: &Requirement) -> Mark {
    match r.status {
        RequirementStatus::Draft | RequirementStatus::Sent => Mark::Draft,
        RequirementStatus::Confirmed => Mark::None,
        RequirementStatus::Superseded => Mark::Superseded,
        RequirementStatus::Cancelled => Mark::Void,
    }
}
