//! The form of a change: a copy of what holds now, edited, and read back against it.
//!
//! The one rule: a value that was left as it stood is exactly the value that stood there, so that
//! nothing counts as changed by being shown.

use super::lines::{self, LINE, NEW_LINE};
use super::{choice, correction, delay};
use crate::domain::calendar::truncated;
use crate::domain::change::{
    ChangeDraft, ChangeKind, ChangeReason, ChangeStatus, Impact, Request, current_content, standing_terms,
};
use crate::domain::customer::InvoiceKind;
use crate::domain::deal::{Urgency, UrgentReason};
use crate::domain::ids::LinkAnswerId;
use crate::domain::input::{self, Flaw};
use crate::domain::phone::Phone;
use crate::domain::quote::{PaymentTerm, PaymentTrigger};
use crate::domain::requirement::{Channel, PaymentWish, RequirementContent};
use crate::domain::workflow::Case;
use crate::store::catalog::Product;
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::catalogue::{self, Catalogue, MAX_LINES};
use crate::web::deals::grid::{self, Cell, local_minute, plain};
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

const TERM: [&str; 3] = ["percent", "trigger", "days"];
/// The shortest explanation of an urgency (DOMAIN 3.7).
const SHORTEST_REASON: usize = 20;
const INTERNAL: &str = "internal";

pub struct LineRow {
    pub number: usize,
    pub line_id: String,
    pub product: Cell,
    /// The product that the typed words name.
    pub named: Option<String>,
    pub spec: Cell,
    pub quantity: Cell,
    pub packaging: Cell,
    pub unit_price: Cell,
}

pub struct TermRow {
    pub number: usize,
    pub percent: Cell,
    pub trigger: Cell,
    pub days: Cell,
}

/// What was read: the change, the prices by line, and the terms where they were shown.
pub struct Typed {
    pub draft: ChangeDraft,
    pub prices: Vec<(usize, Decimal)>,
    pub terms: Option<Vec<PaymentTerm>>,
}

pub struct Edit {
    /// Prices and terms, once there is an order.
    pub has_prices: bool,
    pub terms: Vec<TermRow>,
    pub triggers: Vec<Choice>,
    pub urgent_reasons: Vec<Choice>,
    pub lines: Vec<LineRow>,
    pub products: Vec<Choice>,
    pub payment_wishes: Vec<Choice>,
    pub invoice_needs: Vec<Choice>,
    pub wishes: Vec<Choice>,
    pub contacts: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub reasons: Vec<Choice>,
    pub delay_causes: Vec<Choice>,
    /// Whom the invoice is made out to, once there is an order.
    pub has_invoice: bool,
}

/// What the form is read against.
pub struct About<'a> {
    pub case: &'a Case,
    /// What the words in the product cells can mean.
    pub products: &'a [Product],
    pub now: &'a RequirementContent,
    /// The customer's correction that this comes from.
    pub correction: Option<LinkAnswerId>,
    pub next_id: &'a dyn Fn() -> Uuid,
}

/// The form with what it offers; `meant` is what the words in its product cells can mean, `offered` what it offers
/// before anybody types.
pub fn edit(t: Lang, case: &Case, meant: &[Product], offered: &[Product], form: &FormView) -> Edit {
    let known = Catalogue::of(meant);
    let lines = || case.requirement.iter().flat_map(|r| &r.content.lines);
    let named = |typed: &str| {
        if lines().any(|l| l.product.is_none() && l.product_name == typed) {
            return Some(t.change_own_custom().to_owned());
        }
        let found = meant.iter().find(|p| p.code == typed).or_else(|| known.find(typed).ok());
        found.map(|p| catalogue::words(t, p))
    };
    let contacts = case.customer.profile.active_contacts();
    Edit {
        has_prices: has_order(case),
        has_invoice: case.order.is_some(),
        terms: (0..grid::row_count(form, &TERM, 0))
            .map(|i| TermRow {
                number: i + 1,
                percent: grid::cell(form, "percent", i),
                trigger: grid::cell(form, "trigger", i),
                days: grid::cell(form, "days", i),
            })
            .collect(),
        triggers: grid::choices(PaymentTrigger::ALL, PaymentTrigger::code, |v| t.payment_trigger(v)),
        urgent_reasons: grid::choices(UrgentReason::ALL, UrgentReason::code, |v| t.urgent_reason(v)),
        lines: (0..grid::row_count(form, &LINE[1..5], 1))
            .map(|i| LineRow {
                number: i + 1,
                line_id: form.row("line_id", i).to_owned(),
                product: grid::cell(form, "product", i),
                named: Some(form.row("product", i)).filter(|typed| !typed.is_empty()).and_then(named),
                spec: grid::cell(form, "spec", i),
                quantity: grid::cell(form, "quantity", i),
                packaging: grid::cell(form, "packaging", i),
                unit_price: grid::cell(form, "unit_price", i),
            })
            .collect(),
        products: catalogue::choices(t, offered),
        payment_wishes: grid::choices(PaymentWish::ALL, PaymentWish::code, |v| t.payment_wish(v)),
        invoice_needs: grid::choices(InvoiceKind::ALL, InvoiceKind::code, |v| t.invoice_kind(v)),
        wishes: [ChangeKind::Urgent, ChangeKind::Cancel].map(|k| choice(k.code(), t.change_kind(k))).to_vec(),
        contacts: contacts
            .map(|c| Choice::new(c.name.clone(), format!("{} · {}", c.name, c.title)))
            .chain([Choice::new(INTERNAL, t.change_internal())])
            .collect(),
        channels: grid::choices(Channel::ALL, Channel::code, |v| t.channel(v)),
        reasons: grid::choices(ChangeReason::ALL, ChangeReason::code, |v| t.change_reason_of(v)),
        delay_causes: delay::causes(t),
    }
}

/// The draft as it was written, or what holds now.
pub fn stored(case: &Case, now: DateTime<Utc>) -> FormView {
    let mut form = FormView::default();
    let draft = case.change.as_deref().filter(|c| c.status == ChangeStatus::Draft);
    let Some(content) = draft.map(|c| c.content.clone()).or_else(|| current_content(case)) else { return form };
    for line in &content.lines {
        form.push("line_id", line.id.to_string());
        form.push("product", line.product.map_or(line.product_name.as_str(), |_| line.product_code.as_str()));
        form.push("spec", line.spec.as_str());
        form.push("quantity", plain(line.quantity));
        form.push("packaging", line.packaging.clone().unwrap_or_default());
        if let Some(ordered) = case.order_line_of(line.id).filter(|_| has_order(case)) {
            let offered = draft.and_then(|c| c.offer.as_deref()).and_then(|o| o.line(ordered.quote_line));
            form.push("unit_price", plain(offered.map_or(ordered.unit_price, |l| l.unit_price)));
        }
    }
    if let Some(order) = case.order.as_ref().filter(|_| has_order(case)) {
        let offered = draft.and_then(|c| c.offer.as_deref()).map(|o| o.terms.clone());
        for term in offered.unwrap_or_else(|| standing_terms(order)) {
            form.push("percent", plain(term.percent));
            form.push("trigger", term.trigger.code());
            form.push("days", term.days.to_string());
        }
        form.push("percent", "");
        form.push("trigger", PaymentTrigger::AfterSignOff.code());
        form.push("days", "");
    }
    if let Some(urgency) = draft.and_then(|c| c.urgency.as_ref()) {
        form.push("urgent_reason", urgency.reason.code());
        form.push("urgent_text", urgency.text.as_str());
        form.push("urgent_needed_at", local_minute(urgency.needed_at));
    }
    form.push("wanted_at", local_minute(content.wanted_at));
    form.push("ship_address", content.ship_address.as_str());
    form.push("ship_receiver", content.ship_receiver.as_str());
    form.push("ship_phone", content.ship_phone.as_str());
    form.push("payment_wish", content.payment_wish.code());
    form.push("invoice_need", content.invoice_need.code());
    correction::stored_invoice(&mut form, case);
    form.push("change_received_at", local_minute(draft.map_or(now, |c| c.request.received_at)));
    if let Some(c) = draft {
        delay::stored(&mut form, c);
        form.put(correction::FIELD, c.request.correction.map(|id| id.to_string()));
        form.put("wish", c.wish.map(ChangeKind::code));
        form.push("requested_by", c.request.contact.as_deref().unwrap_or(INTERNAL));
        form.push("channel", c.request.channel.code());
        form.push("change_reason", c.request.reason.code());
        form.put("change_note", c.request.note.as_deref());
        form.put("impact_price", c.impact.price.as_deref());
        form.put("impact_cost", c.impact.cost.as_deref());
        form.put("impact_lead_time", c.impact.lead_time.as_deref());
        form.put("impact_stock", c.impact.stock.as_deref());
        form.put("impact_production", c.impact.production.as_deref());
    }
    form
}

/// The form with a row more or less, when one of the buttons of the grid was used.
pub fn changed_rows(form: &Submitted) -> Option<Submitted> {
    if form.has("add_row") {
        let full = grid::row_count(&FormView::typed(form, Vec::new()), &LINE, 0) >= MAX_LINES;
        return Some(grid::with_row(form, if full { &[] } else { &NEW_LINE }));
    }
    form.value("remove_row").parse::<usize>().ok().map(|number| grid::without_row(form, &LINE, number))
}

/// The draft, or every flaw under its field.
pub fn read(form: &Submitted, about: &About, now: DateTime<Utc>) -> Result<Typed, FieldErrors> {
    let mut check = Checker::new(form);
    let lines = lines::read(&mut check, about);
    let was = about.now;
    let wanted_at = check.date_time("wanted_at").map(|at| kept_moment(was.wanted_at, at));
    if wanted_at.is_some_and(|at| at != was.wanted_at && at < now) {
        check.fail("wanted_at", Flaw::InThePast);
    }
    let ship_address = kept(&mut check, "ship_address", &was.ship_address, |raw| input::text(raw, 5, 200));
    let ship_receiver = kept(&mut check, "ship_receiver", &was.ship_receiver, input::person_name);
    let ship_phone =
        kept(&mut check, "ship_phone", &was.ship_phone, |raw| Phone::parse(raw).map(|p| p.as_str().to_owned()));
    let payment_wish = check.choice("payment_wish", PaymentWish::parse);
    let invoice_need = check.choice("invoice_need", InvoiceKind::parse);
    let invoice = correction::read_invoice(&mut check, about.case, invoice_need);
    let wish = check.optional_choice("wish", |raw| {
        ChangeKind::parse(raw).filter(|k| matches!(k, ChangeKind::Urgent | ChangeKind::Cancel))
    });
    let request = request(&mut check, about, wanted_at, now);
    let urgency = if wish == Some(ChangeKind::Urgent) { urgency(&mut check, now) } else { None };
    let prices = if has_order(about.case) { prices(&mut check) } else { Vec::new() };
    let terms = form.has("percent").then(|| crate::web::deals::quote::read_terms(&mut check));
    let mut said = |field| check.optional_text(field, 1, 300);
    let impact = Impact {
        price: said("impact_price"),
        cost: said("impact_cost"),
        lead_time: said("impact_lead_time"),
        stock: said("impact_stock"),
        production: said("impact_production"),
    };
    let errors = check.finish();
    let (Some(wanted_at), Some(ship_address), Some(ship_receiver), Some(ship_phone), Some(request)) =
        (wanted_at, ship_address, ship_receiver, ship_phone, request)
    else {
        return Err(errors.err().unwrap_or_default());
    };
    let (Some(payment_wish), Some(invoice_need)) = (payment_wish, invoice_need) else {
        return Err(errors.err().unwrap_or_default());
    };
    errors?;
    let content = RequirementContent {
        wanted_at,
        ship_address,
        ship_receiver,
        ship_phone,
        payment_wish,
        invoice_need,
        lines,
        ..was.clone()
    };
    Ok(Typed { draft: ChangeDraft { content, wish, request, impact, offer: None, urgency, invoice }, prices, terms })
}

/// Whether prices and terms are those of an order that is in force.
fn has_order(case: &Case) -> bool {
    case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some())
}

fn urgency(check: &mut Checker, now: DateTime<Utc>) -> Option<Urgency> {
    let reason = check.choice("urgent_reason", UrgentReason::parse);
    let text = check.long_text("urgent_text", SHORTEST_REASON, 500);
    let needed_at = check.date_time("urgent_needed_at");
    if needed_at.is_some_and(|at| at < now) {
        check.fail("urgent_needed_at", Flaw::InThePast);
    }
    Some(Urgency { reason: reason?, text: text?, needed_at: needed_at? })
}

/// The unit prices by line; a blank one is left to the library.
fn prices(check: &mut Checker) -> Vec<(usize, Decimal)> {
    let rows = check.rows(&LINE);
    rows.iter()
        .enumerate()
        .filter(|(_, row)| !row.value("unit_price").trim().is_empty())
        .filter_map(|(i, row)| {
            check
                .cell(row, "unit_price", |raw| input::decimal(raw, 6, Decimal::ZERO, grid::MAX_MONEY))
                .map(|price| (i + 1, price))
        })
        .collect()
}

fn request(
    check: &mut Checker,
    about: &About,
    wanted_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Request> {
    let contact = check.required("requested_by", |raw| match raw.trim() {
        INTERNAL => Ok(None),
        name => about
            .case
            .customer
            .profile
            .active_contacts()
            .find(|c| c.name == name)
            .map(|c| Some(c.name.clone()))
            .ok_or(Flaw::UnknownChoice),
    });
    let received_at = check.date_time("change_received_at");
    if received_at.is_some_and(|at| at > now) {
        check.fail("change_received_at", Flaw::InTheFuture);
    }
    let channel = check.choice("channel", Channel::parse);
    let reason = check.choice("change_reason", ChangeReason::parse);
    let note = check.optional_long_text("change_note", 2, 1000);
    let delay = delay::read(check, about, wanted_at, reason);
    Some(Request {
        contact: contact?,
        received_at: received_at?,
        channel: channel?,
        reason: reason?,
        note,
        correction: about.correction,
        delay,
    })
}

/// What the control shows has no seconds; left alone it is the same moment.
fn kept_moment(was: DateTime<Utc>, typed: DateTime<Utc>) -> DateTime<Utc> {
    if local_minute(truncated(was)) == local_minute(typed) { was } else { typed }
}

fn kept(check: &mut Checker, field: &str, was: &str, parse: impl Fn(&str) -> Result<String, Flaw>) -> Option<String> {
    check.required(field, |raw| if raw.trim() == was.trim() { Ok(was.to_owned()) } else { parse(raw) })
}

/// The errors as the summary lists them, each leading to its control.
pub fn summary(t: Lang, found: &FieldErrors) -> Vec<ErrorItem> {
    found
        .iter()
        .flat_map(|(field, flaw)| {
            if field.contains('-') {
                return grid::summary(t, &vec![(field.clone(), flaw.clone())]);
            }
            vec![ErrorItem { field: field.clone(), text: t.change_field_error(label(t, field), t.flaw(flaw)) }]
        })
        .collect()
}

fn label(t: Lang, field: &str) -> &'static str {
    match field {
        "wish" => t.change_wish(),
        "requested_by" => t.change_requested_by(),
        "change_received_at" => t.change_received_at(),
        "change_reason" => t.change_reason(),
        "delay_told" => t.change_delay_told(),
        "change_note" | "change_comment" => t.change_comment(),
        "impact_price" => t.change_impact_price(),
        "impact_cost" => t.change_impact_cost(),
        "impact_lead_time" => t.change_impact_lead_time(),
        "impact_stock" => t.change_impact_stock(),
        "impact_production" => t.change_impact_production(),
        "call_back_contact" => t.change_call_back_contact(),
        "call_back_at" => t.change_call_back_at(),
        "answer" => t.change_answer(),
        "department" => t.change_duty_department(),
        "loss_amount" => t.change_loss_amount(),
        "borne_by" => t.change_borne_by(),
        "refuse_comment" | "withdraw_comment" => t.change_decision(),
        other => t.field(other),
    }
}
