//! A change record that a customer's correction of their own data asks for: the form of a change, filled in
//! with what the customer said, for the rep to look through.

use crate::domain::calendar::truncated;
use crate::domain::change::{ChangeReason, ChangeStatus, corrected};
use crate::domain::customer::InvoiceKind;
use crate::domain::input;
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::link::LinkAnswer;
use crate::domain::workflow::Case;
use crate::web::check::Checker;
use crate::web::deals::customer_form::{bank_account, invoice_delivery};
use crate::web::deals::grid::local_minute;
use crate::web::deals::links::corrected_field;
use crate::web::form::FormView;
use crate::wording::Lang;

/// The hidden field that keeps which correction the record comes from.
pub const FIELD: &str = "correction";
/// Whom the order's invoice is made out to: shown once there is an order.
const INVOICE: [&str; 5] = ["invoice_title", "invoice_tax_no", "bank_name", "bank_account", "invoice_delivery"];
/// What an order that has it may not lose.
const KEPT: [&str; 3] = ["invoice_title", "invoice_tax_no", "invoice_delivery"];

fn values(block: &InvoiceBlock) -> [&Option<String>; 5] {
    [&block.title, &block.tax_no, &block.bank, &block.account, &block.delivery]
}

/// The order's invoice data, or those of the draft.
pub fn stored_invoice(form: &mut FormView, case: &Case) {
    let Some(order) = &case.order else { return };
    let draft = case.change.as_deref().filter(|c| c.status == ChangeStatus::Draft);
    let block = draft.and_then(|c| c.invoice.as_deref()).unwrap_or(&order.invoice_block);
    for (field, value) in INVOICE.into_iter().zip(values(block)) {
        form.put(field, value.as_deref());
    }
}

/// Nothing where the order's data stay as they are; a value left alone is exactly the value that stood there.
pub fn read_invoice(check: &mut Checker, case: &Case, need: Option<InvoiceKind>) -> Option<Box<InvoiceBlock>> {
    let was = &case.order.as_ref()?.invoice_block;
    let mut read = values(was).into_iter().zip(INVOICE).map(|(was, field)| {
        let before = was.as_deref().unwrap_or_default();
        let raw = check.raw(field);
        if raw.trim() == before.trim() {
            return was.clone();
        }
        if raw.trim().is_empty() && KEPT.contains(&field) && need != Some(InvoiceKind::None) {
            check.fail(field, input::Flaw::Required);
            return None;
        }
        match field {
            "invoice_tax_no" => check.optional(field, |raw| input::text(&input::normalise(raw).to_uppercase(), 15, 20)),
            "bank_account" => check.optional(field, bank_account),
            "invoice_delivery" => check.optional(field, invoice_delivery),
            _ => check.optional_text(field, 2, 100),
        }
    });
    let mut next = || read.next().flatten();
    let then =
        InvoiceBlock { kind: was.kind, title: next(), tax_no: next(), bank: next(), account: next(), delivery: next() };
    (then != *was).then(|| Box::new(then))
}

/// Puts what the customer said over what the form shows.
pub fn fill(t: Lang, form: &mut FormView, case: &Case, answer: &LinkAnswer) {
    form.replace(FIELD, answer.id.to_string());
    if let Some(then) = corrected(case, &answer.corrections) {
        form.replace("ship_address", then.content.ship_address.as_str());
        form.replace("ship_receiver", then.content.ship_receiver.as_str());
        form.replace("ship_phone", then.content.ship_phone.as_str());
        form.replace("invoice_need", then.content.invoice_need.code());
        for (field, value) in then.invoice.iter().flat_map(|block| INVOICE.into_iter().zip(values(block))) {
            form.replace(field, value.as_deref().unwrap_or_default());
        }
    }
    if case.customer.profile.active_contacts().any(|c| c.name == answer.by_name) {
        form.replace("requested_by", answer.by_name.as_str());
    }
    form.replace("change_received_at", local_minute(truncated(answer.at)));
    form.replace("change_reason", ChangeReason::Customer.code());
    let said = answer.corrections.iter().map(|c| t.links_correction(corrected_field(t, &c.field), &c.said, &c.shown));
    let note: String = said.collect::<Vec<_>>().join("\n");
    form.replace("change_note", note.chars().take(1000).collect::<String>());
}
