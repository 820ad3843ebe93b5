//! Reads the requirement form (DOMAIN 1.2) into its content, and fills the form the other way round.
//!
//! The one rule: what the archive and the deal already say is not typed again.

use super::lines::{self, NEW_LINE};
use crate::domain::calendar::local_date;
use crate::domain::customer::{ContactRank, Customer, InvoiceKind};
use crate::domain::ids::ContactId;
use crate::domain::input::{self, Flaw};
use crate::domain::phone::Phone;
use crate::domain::requirement::{
    Channel, DeliveryMode, PaymentWish, RequirementContent, RequirementFile, RequirementLine, Special,
};
use crate::domain::staff::Department;
use crate::domain::workflow::{Case, known_specials};
use crate::store::catalog::Product;
use crate::web::check::{Checker, FieldErrors, Row};
use crate::web::deals::grid::{self, MAX_MONEY, flag, local_minute, plain};
use crate::web::form::{FormView, Submitted};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

pub const SPECIAL: [&str; 3] = ["special_text", "special_department", "special_applies"];
pub const NEW_SPECIAL: [(&str, &str); 3] =
    [("special_text", ""), ("special_department", "warehouse"), ("special_applies", "")];
/// Departments that can be told of a special requirement.
pub const DEPARTMENTS: [Department; 6] = [
    Department::Sales,
    Department::Technical,
    Department::Finance,
    Department::Production,
    Department::Warehouse,
    Department::Logistics,
];

const MAX_SPECIALS: usize = 50;
/// Files that one version may have.
pub const MAX_FILES: usize = 20;

/// What the form is read against.
pub struct About<'a> {
    pub customer: &'a Customer,
    pub products: &'a [Product],
    /// Lines of the draft that is edited; a line keeps its identifier.
    pub lines: &'a [RequirementLine],
    /// Files of that draft.
    pub files: &'a [RequirementFile],
    pub next_id: &'a dyn Fn() -> Uuid,
    pub now: DateTime<Utc>,
}

/// The content, or every flaw under its field.
pub fn read(form: &Submitted, about: &About) -> Result<RequirementContent, FieldErrors> {
    let mut check = Checker::new(form);
    let contact = check.required("contact_id", |raw| contact_of(about.customer, raw));
    let channel = check.choice("channel", Channel::parse);
    let purpose = check.long_text("purpose", 10, 500);
    let budget_from = check.optional_decimal("budget_from", 2, Decimal::ZERO, MAX_MONEY);
    let budget_to = check.optional_decimal("budget_to", 2, budget_from.unwrap_or_default(), MAX_MONEY);
    let wanted_at = check.date_time("wanted_at");
    if wanted_at.is_some_and(|at| local_date(at) < local_date(about.now)) {
        check.fail("wanted_at", Flaw::InThePast);
    }
    let ship_address = check.text("ship_address", 5, 200);
    let ship_receiver = check.required("ship_receiver", input::person_name);
    let ship_phone = check.required("ship_phone", Phone::parse);
    let delivery_mode = check.choice("delivery_mode", DeliveryMode::parse);
    let partial_allowed = check.choice("partial_allowed", flag);
    let payment_wish = check.choice("payment_wish", PaymentWish::parse);
    let invoice_need = check.choice("invoice_need", InvoiceKind::parse);
    let warranty = check.optional_long_text("warranty", 1, 300);
    let lines::Lines { lines, has_custom } = lines::read(&mut check, about);
    let least = if has_custom { 30 } else { 10 };
    let acceptance = check.long_text("acceptance", least, 1000);
    let specials = specials(&mut check);
    let is_confidential = check.ticked("is_confidential");
    let removed = form.values("remove_file");
    let files = about.files.iter().filter(|f| !removed.contains(&f.id.to_string().as_str())).cloned().collect();
    let errors = check.finish();
    let (Some(channel), Some(purpose), Some(wanted_at), Some(ship_address), Some(ship_receiver), Some(ship_phone)) =
        (channel, purpose, wanted_at, ship_address, ship_receiver, ship_phone)
    else {
        return Err(errors.err().unwrap_or_default());
    };
    let (Some(delivery_mode), Some(partial_allowed), Some(payment_wish), Some(invoice_need), Some(acceptance)) =
        (delivery_mode, partial_allowed, payment_wish, invoice_need, acceptance)
    else {
        return Err(errors.err().unwrap_or_default());
    };
    errors?;
    Ok(RequirementContent {
        contact,
        channel,
        purpose,
        budget_from,
        budget_to,
        wanted_at,
        ship_address,
        ship_receiver,
        ship_phone: ship_phone.as_str().to_owned(),
        delivery_mode,
        partial_allowed,
        payment_wish,
        invoice_need,
        warranty,
        acceptance,
        lines,
        specials,
        is_confidential,
        files,
    })
}

fn contact_of(customer: &Customer, raw: &str) -> Result<ContactId, Flaw> {
    let found = customer.profile.active_contacts().find(|c| c.id.0.to_string() == raw.trim());
    found.map(|c| c.id).ok_or(Flaw::UnknownChoice)
}

fn specials(check: &mut Checker) -> Vec<Special> {
    let rows: Vec<Row> = check
        .rows(&SPECIAL)
        .into_iter()
        .filter(|row| !row.value("special_text").trim().is_empty() || !row.value("special_applies").is_empty())
        .collect();
    if rows.len() > MAX_SPECIALS {
        check.fail("special_text-1", Flaw::TooManyRows { max: MAX_SPECIALS });
        return Vec::new();
    }
    rows.iter()
        .filter_map(|row| {
            let text = check.cell(row, "special_text", |raw| input::text(raw, 2, 200));
            let department = check.cell(row, "special_department", |raw| {
                Department::parse(raw).filter(|d| DEPARTMENTS.contains(d)).ok_or(Flaw::UnknownChoice)
            });
            let applies = check.optional_cell(row, "special_applies", |raw| flag(raw).ok_or(Flaw::UnknownChoice));
            Some(Special { text: text?, department: department?, applies })
        })
        .collect()
}

fn push_row(form: &mut FormView, row: &[(&str, &str)]) {
    for (name, value) in row {
        form.push(name, *value);
    }
}

/// A new form: what the archive and the deal already say is not typed again.
pub fn fresh(case: &Case) -> FormView {
    let mut form = FormView::default();
    let profile = &case.customer.profile;
    let primary = profile.active_contacts().find(|c| c.rank == ContactRank::Primary);
    let address = profile.address().unwrap_or_default();
    form.put("contact_id", primary.map(|c| c.id.to_string()));
    form.push("ship_address", address.chars().take(200).collect::<String>());
    form.put("ship_receiver", primary.map(|c| c.name.clone()));
    form.put("ship_phone", primary.and_then(|c| c.mobile.clone().or_else(|| c.landline.clone())));
    form.put("invoice_need", profile.invoice_need.or(profile.invoice_kind).map(InvoiceKind::code));
    form.push("partial_allowed", "no");
    form.put("wanted_at", case.deal.as_ref().and_then(|d| d.urgency.as_ref()).map(|u| local_minute(u.needed_at)));
    for _ in 0..3 {
        push_row(&mut form, &NEW_LINE);
    }
    if profile.is_confidential {
        form.push("is_confidential", "yes");
    }
    with_known(case, form)
}

/// The form of a deal that repeats an earlier one: everything but what belongs to its own time. Files,
/// ticks, the date and the way the customer spoke this time are asked anew.
pub fn carried(case: &Case, earlier: &RequirementContent) -> FormView {
    let is_here = |id: &ContactId| case.customer.profile.active_contacts().any(|c| c.id == *id);
    let content = RequirementContent {
        contact: earlier.contact.filter(is_here),
        specials: earlier.specials.iter().map(|s| Special { applies: None, ..s.clone() }).collect(),
        is_confidential: earlier.is_confidential || case.customer.profile.is_confidential,
        lines: earlier.lines.iter().map(|l| RequirementLine { wanted_on: None, first: None, ..l.clone() }).collect(),
        files: Vec::new(),
        ..earlier.clone()
    };
    let mut asked_anew = vec!["channel", "wanted_at", "line_id"];
    if content.contact.is_none() {
        asked_anew.push("contact_id");
    }
    let mut form = FormView::default();
    for (name, values) in stored(&content).all() {
        for value in values {
            form.push(name, if asked_anew.contains(&name.as_str()) { "" } else { value.as_str() });
        }
    }
    let urgent = case.deal.as_ref().and_then(|d| d.urgency.as_ref());
    if let Some(urgency) = urgent {
        form.put("wanted_at", Some(local_minute(urgency.needed_at)));
    }
    with_known(case, form)
}

/// The form with a row for each special requirement that is known and not in it yet, to be ticked.
pub fn with_known(case: &Case, mut form: FormView) -> FormView {
    for known in known_specials(case) {
        if !form.values("special_text").contains(&known.text) {
            push_row(
                &mut form,
                &[
                    ("special_text", known.text.as_str()),
                    ("special_department", known.department.code()),
                    ("special_applies", ""),
                ],
            );
        }
    }
    form
}

/// The form of a draft that was saved.
pub fn stored(c: &RequirementContent) -> FormView {
    let mut form = FormView::default();
    form.put("contact_id", c.contact.map(|id| id.to_string()));
    form.push("channel", c.channel.code());
    form.push("purpose", c.purpose.as_str());
    form.put("budget_from", c.budget_from.map(grid::plain));
    form.put("budget_to", c.budget_to.map(grid::plain));
    form.push("wanted_at", local_minute(c.wanted_at));
    form.push("ship_address", c.ship_address.as_str());
    form.push("ship_receiver", c.ship_receiver.as_str());
    form.push("ship_phone", c.ship_phone.as_str());
    form.push("delivery_mode", c.delivery_mode.code());
    form.push("partial_allowed", if c.partial_allowed { "yes" } else { "no" });
    form.push("payment_wish", c.payment_wish.code());
    form.push("invoice_need", c.invoice_need.code());
    form.put("warranty", c.warranty.as_deref());
    form.push("acceptance", c.acceptance.as_str());
    if c.is_confidential {
        form.push("is_confidential", "yes");
    }
    for line in &c.lines {
        // The code says which product; a custom item without one says its name.
        let product = if line.product.is_some() { line.product_code.as_str() } else { "" };
        push_row(
            &mut form,
            &[
                ("product", product),
                ("spec", &line.spec),
                ("quantity", &plain(line.quantity)),
                ("unit", &line.unit),
                ("packaging", line.packaging.as_deref().unwrap_or_default()),
                ("note", line.note.as_deref().unwrap_or_default()),
                ("match_kind", line.match_kind.code()),
                ("kind", line.kind.code()),
                ("custom_name", line.custom_name.as_deref().unwrap_or_default()),
                ("standard", line.standard.as_deref().unwrap_or_default()),
                ("line_date", &line.wanted_on.map(|on| on.to_string()).unwrap_or_default()),
                ("line_id", &line.id.to_string()),
                ("pasted", ""),
            ],
        );
    }
    for special in &c.specials {
        let applies = special.applies.map_or("", |applies| if applies { "yes" } else { "no" });
        push_row(
            &mut form,
            &[
                ("special_text", &special.text),
                ("special_department", special.department.code()),
                ("special_applies", applies),
            ],
        );
    }
    form
}
