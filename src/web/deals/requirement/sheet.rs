//! The requirement as a document to read: its facts, lines and special requirements, and what
//! differs from the version before.
//!
//! The one rule: telephone numbers and the budget appear only to those who may see them.

use super::form::DEPARTMENTS;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::policy::{self, Act};
use crate::domain::requirement::{Requirement, RequirementStatus};
use crate::domain::staff::Actor;
use crate::domain::workflow::Case;
use crate::web::page;
use crate::wording::Lang;

pub struct SheetLine {
    pub number: usize,
    pub code: String,
    pub name: String,
    pub kind: &'static str,
    pub spec: String,
    pub quantity: String,
    pub packaging: String,
    pub match_kind: &'static str,
    pub note: String,
}

pub struct SheetSpecial {
    pub text: String,
    pub department: &'static str,
    pub applies: &'static str,
}

pub struct SheetConfirmation {
    pub text: String,
    pub file: Option<String>,
    pub owed: Option<String>,
}

/// One field that differs between two versions.
pub struct Change {
    pub label: String,
    pub before: String,
    pub after: String,
}

pub struct Sheet {
    pub no: String,
    pub version_no: i32,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub mark: Option<&'static str>,
    pub facts: Vec<(String, String)>,
    pub lines: Vec<SheetLine>,
    pub specials: Vec<SheetSpecial>,
    pub confirmation: Option<SheetConfirmation>,
}

pub fn status_kind(status: RequirementStatus) -> &'static str {
    match status {
        RequirementStatus::Draft => "plain",
        RequirementStatus::Sent => "info",
        RequirementStatus::Confirmed => "ok",
        RequirementStatus::Superseded | RequirementStatus::Cancelled => "bad",
    }
}

pub fn of(t: Lang, actor: &Actor, case: &Case, r: &Requirement) -> Sheet {
    let lines = r
        .content
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| SheetLine {
            number: i + 1,
            code: l.product_code.clone(),
            name: l.product_name.clone(),
            kind: t.line_kind(l.kind),
            spec: l.spec.clone(),
            quantity: format!("{} {}", format_quantity(l.quantity), t.unit(&l.unit)),
            packaging: l.packaging.clone().unwrap_or_default(),
            match_kind: t.match_kind(l.match_kind),
            note: l.note.clone().unwrap_or_default(),
        })
        .collect();
    let specials = r
        .content
        .specials
        .iter()
        .map(|s| SheetSpecial {
            text: s.text.clone(),
            department: t.department(s.department),
            applies: applies(t, s.applies),
        })
        .collect();
    let confirmation = r.confirmation.as_ref().map(|c| SheetConfirmation {
        text: t.requirement_confirmed_by(t.moment_full(c.at), &c.contact, t.requirement_confirm_method(c.method)),
        file: c.file.map(|f| format!("/files/{f}")),
        owed: c.file_owed_by.filter(|_| c.file.is_none()).map(|by| t.requirement_file_owed(t.moment(by))),
    });
    Sheet {
        no: r.no.clone(),
        version_no: r.version_no,
        status: t.requirement_status(r.status),
        status_kind: status_kind(r.status),
        mark: (r.status != RequirementStatus::Confirmed).then(|| t.requirement_status(r.status)),
        facts: facts(t, actor, case, r),
        lines,
        specials,
        confirmation,
    }
}

fn applies(t: Lang, applies: Option<bool>) -> &'static str {
    match applies {
        Some(true) => t.requirement_applies(),
        Some(false) => t.requirement_applies_not(),
        None => t.requirement_applies_open(),
    }
}

fn facts(t: Lang, actor: &Actor, case: &Case, r: &Requirement) -> Vec<(String, String)> {
    let c = &r.content;
    let contact = case.customer.profile.contacts.iter().find(|x| Some(x.id) == c.contact);
    let phone = page::ship_phone(actor, case, &c.ship_phone);
    let mut out = vec![
        ("contact", contact.map_or_else(String::new, |x| format!("{} {}", x.name, x.title))),
        ("channel", t.channel(c.channel).to_owned()),
        ("purpose", c.purpose.clone()),
        ("wanted_at", t.moment_full(c.wanted_at)),
        ("ship_address", c.ship_address.clone()),
        ("ship_receiver", format!("{} {phone}", c.ship_receiver)),
        ("delivery_mode", t.delivery_mode(c.delivery_mode).to_owned()),
        ("partial_allowed", if c.partial_allowed { t.requirement_yes() } else { t.requirement_no_word() }.to_owned()),
        ("payment_wish", t.payment_wish(c.payment_wish).to_owned()),
        ("invoice_need", t.invoice_kind(c.invoice_need).to_owned()),
        ("warranty", c.warranty.clone().unwrap_or_default()),
        ("acceptance", c.acceptance.clone()),
    ];
    if policy::may_on(actor, Act::SeePrices, case).is_ok() {
        let money = |amount: Option<rust_decimal::Decimal>| amount.map(format_money).unwrap_or_default();
        out.push(("budget_from", money(c.budget_from)));
        out.push(("budget_to", money(c.budget_to)));
    }
    out.into_iter()
        .map(|(code, value)| (t.field(code).to_owned(), value))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect()
}

/// Field by field and line by line, what the newer version says differently.
pub fn changes(t: Lang, before: &Sheet, after: &Sheet) -> Vec<Change> {
    let named = |sheet: &Sheet| -> Vec<(String, String)> {
        let lines = sheet.lines.iter().map(|l| {
            (
                t.requirement_line_number(l.number),
                [&l.name, &l.spec, &l.quantity, &l.packaging, &l.match_kind.to_owned(), &l.note]
                    .map(String::as_str)
                    .join(" · "),
            )
        });
        let specials = sheet.specials.iter().enumerate().map(|(i, s)| {
            (format!("{} {}", t.field("specials"), i + 1), format!("{} · {} · {}", s.text, s.department, s.applies))
        });
        sheet.facts.iter().cloned().chain(lines).chain(specials).collect()
    };
    let (old, new) = (named(before), named(after));
    let value = |all: &[(String, String)], label: &str| {
        all.iter().find(|(l, _)| l == label).map(|(_, v)| v.clone()).unwrap_or_default()
    };
    let mut labels: Vec<String> = new.iter().map(|(l, _)| l.clone()).collect();
    labels.extend(old.iter().filter(|(l, _)| !labels.contains(l)).map(|(l, _)| l.clone()).collect::<Vec<_>>());
    labels
        .into_iter()
        .map(|label| Change { before: value(&old, &label), after: value(&new, &label), label })
        .filter(|change| change.before != change.after)
        .collect()
}

/// The departments a special requirement can be given to.
pub fn departments(t: Lang) -> Vec<crate::web::form::Choice> {
    DEPARTMENTS.iter().map(|d| crate::web::form::Choice::new(d.code(), t.department(*d))).collect()
}
