//! The requirement as a document to read: its facts, lines, special requirements and files.
//!
//! The one rule: telephone numbers and the budget appear only to those who may see them.

use super::form::DEPARTMENTS;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::difference::FIELDS;
use crate::domain::requirement::{Requirement, RequirementContent, RequirementFile, RequirementStatus};
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
    pub standard: String,
    pub packaging: String,
    pub wanted_on: String,
    /// Wanted later than the requirement as a whole.
    pub is_after: bool,
    pub match_kind: &'static str,
    pub note: String,
}

pub struct SheetFile {
    pub name: String,
    pub kind: &'static str,
    pub href: String,
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

pub struct Sheet {
    pub no: String,
    pub version_no: i32,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub mark: Option<&'static str>,
    pub facts: Vec<(String, String)>,
    pub lines: Vec<SheetLine>,
    pub specials: Vec<SheetSpecial>,
    /// Those that this reader may open.
    pub files: Vec<SheetFile>,
    pub hidden_files: usize,
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
            quantity: t.quantity(l.quantity, &l.unit),
            standard: l.standard.clone().unwrap_or_default(),
            packaging: l.packaging.clone().unwrap_or_default(),
            wanted_on: l.wanted_on.map(|on| t.date(on)).unwrap_or_default(),
            is_after: l.is_after(r.content.wanted_at),
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
    let may_open = !r.content.is_confidential || policy::is_on_deal(actor, case);
    let confirmation = r.confirmation.as_ref().map(|c| SheetConfirmation {
        text: t.requirement_confirmed_by(t.moment_full(c.at), &c.contact, t.requirement_confirm_method(c.method)),
        file: c.file.filter(|_| may_open).map(|f| format!("/files/{f}")),
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
        files: if may_open { files(t, &r.content.files) } else { Vec::new() },
        hidden_files: if may_open { 0 } else { r.content.files.len() },
        confirmation,
    }
}

pub fn files(t: Lang, files: &[RequirementFile]) -> Vec<SheetFile> {
    files
        .iter()
        .map(|f| SheetFile {
            name: f.name.clone(),
            kind: t.requirement_file_kind(f.kind),
            href: format!("/files/{}", f.id),
        })
        .collect()
}

pub fn applies(t: Lang, applies: Option<bool>) -> &'static str {
    match applies {
        Some(true) => t.requirement_applies(),
        Some(false) => t.requirement_applies_not(),
        None => t.requirement_applies_open(),
    }
}

/// What a field of the head says, as this reader may see it; none where they may not see it at all.
pub fn shown(t: Lang, actor: &Actor, case: &Case, c: &RequirementContent, field: &str) -> Option<String> {
    let yes_no = |yes| if yes { t.requirement_yes() } else { t.requirement_no_word() }.to_owned();
    let money = |amount: Option<rust_decimal::Decimal>| {
        policy::may_on(actor, Act::SeePrices, case).ok().map(|()| amount.map(format_money).unwrap_or_default())
    };
    Some(match field {
        "contact" => {
            let contact = case.customer.profile.contacts.iter().find(|x| Some(x.id) == c.contact);
            contact.map_or_else(String::new, |x| format!("{} {}", x.name, x.title))
        }
        "channel" => t.channel(c.channel).to_owned(),
        "purpose" => c.purpose.clone(),
        "budget_from" => money(c.budget_from)?,
        "budget_to" => money(c.budget_to)?,
        "wanted_at" => t.moment_full(c.wanted_at),
        "ship_address" => c.ship_address.clone(),
        "ship_receiver" => c.ship_receiver.clone(),
        "ship_phone" => page::ship_phone(actor, case, &c.ship_phone),
        "delivery_mode" => t.delivery_mode(c.delivery_mode).to_owned(),
        "partial_allowed" => yes_no(c.partial_allowed),
        "payment_wish" => t.payment_wish(c.payment_wish).to_owned(),
        "invoice_need" => t.invoice_kind(c.invoice_need).to_owned(),
        "warranty" => c.warranty.clone().unwrap_or_default(),
        "acceptance" => c.acceptance.clone(),
        "is_confidential" => yes_no(c.is_confidential),
        _ => return None,
    })
}

fn facts(t: Lang, actor: &Actor, case: &Case, r: &Requirement) -> Vec<(String, String)> {
    let urgency = case.deal.as_ref().and_then(|d| d.urgency.as_ref());
    let urgent = urgency.map(|u| (t.ui_urgent().to_owned(), format!("{} · {}", t.urgent_reason(u.reason), u.text)));
    FIELDS
        .iter()
        .filter_map(|field| Some((t.field(field).to_owned(), shown(t, actor, case, &r.content, field)?)))
        .chain(urgent)
        .filter(|(_, value)| !value.trim().is_empty())
        .collect()
}

/// The departments a special requirement can be given to.
pub fn departments(t: Lang) -> Vec<crate::web::form::Choice> {
    DEPARTMENTS.iter().map(|d| crate::web::form::Choice::new(d.code(), t.department(*d))).collect()
}
