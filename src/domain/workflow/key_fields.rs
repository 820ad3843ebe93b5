//! The fields of an archive on which others rely (DOMAIN 1.1, going back): what their change asks for, and
//! what it undoes.

use super::event::Event;
use crate::domain::customer::{Customer, CustomerProfile, CustomerStatus};

/// What the licence shows and somebody else has compared with the register (DOMAIN 2.3, rule 4).
const IDENTITY: [&str; 4] = ["legal_name", "uscc", "legal_rep", "registry_status"];

/// Fields whose change reopens an archive (DOMAIN 1.1, going back).
fn changed_key_fields(before: &CustomerProfile, after: &CustomerProfile) -> Vec<String> {
    [
        ("legal_name", before.legal_name != after.legal_name),
        ("uscc", before.uscc != after.uscc),
        ("legal_rep", before.legal_rep != after.legal_rep),
        (
            "address_detail",
            (&before.province, &before.city, &before.district, &before.address_detail)
                != (&after.province, &after.city, &after.district, &after.address_detail),
        ),
        ("invoice_kind", (before.taxpayer_kind, before.invoice_kind) != (after.taxpayer_kind, after.invoice_kind)),
        (
            "invoice_title",
            (&before.invoice_title, &before.invoice_tax_no) != (&after.invoice_title, &after.invoice_tax_no),
        ),
        ("bank_account", (&before.bank_name, &before.bank_account) != (&after.bank_name, &after.bank_account)),
        ("registry_status", before.registry_status != after.registry_status),
    ]
    .into_iter()
    .filter(|(_, changed)| *changed)
    .map(|(field, _)| field.to_owned())
    .collect()
}

fn of_identity(fields: &[String]) -> Vec<String> {
    fields.iter().filter(|field| IDENTITY.contains(&field.as_str())).cloned().collect()
}

/// The changed fields for which a reason is asked: all key fields of what was archived once, and who the
/// company is as soon as somebody has verified that.
pub fn fields_to_explain(customer: &Customer, after: &CustomerProfile) -> Vec<String> {
    let fields = changed_key_fields(&customer.profile, after);
    match customer.status {
        CustomerStatus::Draft | CustomerStatus::PendingVerification => Vec::new(),
        CustomerStatus::PendingConfirmation if customer.next_review_on.is_none() => of_identity(&fields),
        CustomerStatus::PendingConfirmation | CustomerStatus::Archived => fields,
    }
}

/// The events of a saved profile. What it undoes comes first, because what is saved may no longer be fit
/// for an archive.
pub fn saved(customer: &Customer, after: &CustomerProfile, reason: Option<String>) -> Vec<Event> {
    let mut events = Vec::new();
    let fields = fields_to_explain(customer, after);
    if !fields.is_empty() {
        let identity = of_identity(&fields);
        events.push(Event::ArchiveReopened { fields, reason });
        if customer.verification.is_some() && !identity.is_empty() {
            events.push(Event::VerificationLapsed { fields: identity });
        }
    }
    events.push(Event::CustomerSaved { profile: Box::new(after.clone()) });
    events
}
