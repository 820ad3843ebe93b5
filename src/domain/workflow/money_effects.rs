//! Receipts, invoices, and the due dates that are fixed when the trigger of a milestone fires
//! (DOMAIN 7.9).

use super::action::Command;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use crate::domain::calendar::local_date;
use crate::domain::ids::InvoiceId;
use crate::domain::receivable::{Invoice, Reached, due_now, reached_by};

pub(super) fn of(case: &Case, command: &Command, supply: &Supply) -> Vec<Event> {
    let Some(order) = &case.order else { return Vec::new() };
    match command {
        Command::CorrectReceipt { receipt, reason } => order
            .standing_receipt(*receipt)
            .map(|r| Event::ReceiptCorrected {
                order: order.id,
                receipt: r.id,
                position: r.position,
                amount: -r.amount,
                reference: r.reference.clone(),
                received_at: r.received_at,
                reason: reason.clone(),
            })
            .into_iter()
            .collect(),
        Command::RecordInvoice(invoice) => {
            let invoice = Invoice { id: InvoiceId((supply.ids)()), ..invoice.as_ref().clone() };
            vec![Event::InvoiceRecorded { order: order.id, invoice: Box::new(invoice) }]
        }
        _ => Vec::new(),
    }
}

/// The same events, followed by the due dates that they fix.
pub(super) fn with_due_dates(case: &Case, supply: &Supply, mut events: Vec<Event>) -> Vec<Event> {
    let Some(order) = &case.order else { return events };
    let today = local_date(supply.now);
    let mut due = Vec::new();
    for event in &events {
        let (reached, on) = match event {
            Event::OrderConfirmed { .. } => (Reached::Confirmed, local_date(order.acceptance.accepted_at)),
            Event::Packed { .. } => (Reached::Packed, today),
            Event::OrderMoved { to, .. } => match reached_by(*to) {
                Some(Reached::Delivered) => {
                    let signed = events.iter().find_map(|e| match e {
                        Event::SignedOff { signed_at, .. } => Some(local_date(*signed_at)),
                        _ => None,
                    });
                    (Reached::Delivered, signed.unwrap_or(today))
                }
                Some(reached) => (reached, today),
                None => continue,
            },
            _ => continue,
        };
        for (position, due_on) in due_now(order, reached, on) {
            if !due.iter().any(|(p, _)| *p == position) {
                due.push((position, due_on));
            }
        }
    }
    let order = order.id;
    events.extend(due.into_iter().map(|(position, due_on)| Event::MilestoneDue { order, position, due_on }));
    events
}
