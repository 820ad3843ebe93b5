//! Receipts, invoices, and the due dates that are fixed when the trigger of a milestone fires
//! (DOMAIN 7.9).

use super::action::Command;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use crate::domain::calendar::local_date;
use crate::domain::change::after as retotalled;
use crate::domain::ids::InvoiceId;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::order_stop::{StopAnswer, StopKind, StopStatus};
use crate::domain::receivable::{Invoice, Reached, due_now};
use chrono::NaiveDate;

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

/// The same events, followed by what the order comes to, where what was delivered says otherwise than its milestones.
pub(super) fn with_worth(case: &Case, mut events: Vec<Event>) -> Vec<Event> {
    let (Some(order), Some(quote)) = (&case.order, &case.quote) else { return events };
    let then = after(order, &events);
    if let Some(worth) = then.worth(quote.terms.tax_basis).filter(|_| !events.is_empty()) {
        events.push(Event::OrderReduced {
            order: order.id,
            came_to: order.comes_to(),
            comes_to: worth.comes_to,
            refund: worth.refund,
            lines: worth.lines,
            milestones: worth.milestones,
        });
    }
    events
}

/// The order after these events, as far as its money hangs on them.
fn after(order: &Order, events: &[Event]) -> Order {
    let mut then = order.clone();
    for event in events {
        match event {
            Event::StopDecided { id, stop: StopKind::ShortClose, answer: StopAnswer::Granted, .. } => {
                then.stops.iter_mut().filter(|s| s.id == *id).for_each(|s| s.status = StopStatus::InForce);
            }
            Event::OrderMoved { to, .. } => then.status = *to,
            Event::SignedOff { lines, .. } => {
                for signed in lines {
                    then.lines.iter_mut().filter(|l| l.id == signed.line).for_each(|l| l.signed += signed.quantity);
                }
            }
            Event::GoodsReturned { shipment, line, quantity, outcome, .. } => {
                then.come_back(*shipment, *line, *quantity, *outcome);
            }
            Event::ReceiptRecorded { position, amount, .. } | Event::ReceiptCorrected { position, amount, .. } => {
                then.milestones.iter_mut().filter(|m| m.position == *position).for_each(|m| m.received += *amount);
            }
            Event::OrderRetotalled { totals, lines, milestones, .. } => {
                then = retotalled(&then, lines);
                then.gross = totals.gross;
                then.milestones = milestones.iter().map(|m| m.milestone(order)).collect();
            }
            _ => {}
        }
    }
    then
}

/// The same events, followed by the due dates that they fix.
pub(super) fn with_due_dates(case: &Case, supply: &Supply, mut events: Vec<Event>) -> Vec<Event> {
    let Some(order) = &case.order else { return events };
    let mut due: Vec<(i32, NaiveDate)> = Vec::new();
    for (reached, on) in reached(order, &events, local_date(supply.now)) {
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

/// What these events bring about, each with the day from which payment counts.
fn reached(order: &Order, events: &[Event], today: NaiveDate) -> Vec<(Reached, NaiveDate)> {
    // A signature counts from its own day, whenever it is recorded.
    let signed_on = events.iter().find_map(|e| match e {
        Event::SignedOff { signed_at, .. } => Some(local_date(*signed_at)),
        _ => None,
    });
    let delivered = (Reached::Delivered, signed_on.unwrap_or(today));
    let mut out = Vec::new();
    for event in events {
        match event {
            Event::OrderConfirmed { .. } => {
                let accepted_on = local_date(order.acceptance.accepted_at);
                out.push((Reached::Confirmed, accepted_on));
                // Services wait for nothing to be packed.
                out.extend(order.is_services_only().then_some((Reached::Packed, accepted_on)));
            }
            Event::Packed { .. } => out.push((Reached::Packed, today)),
            Event::OrderMoved { to: OrderStatus::Signed, .. } => out.push(delivered),
            Event::OrderMoved { to: OrderStatus::Completed, .. } => out.push((Reached::Ended, today)),
            _ => {}
        }
    }
    out.extend(is_rest_over(order, events).then_some(delivered));
    out
}

/// The rest was given up, and with these events everything that did leave is signed for or came back.
fn is_rest_over(order: &Order, events: &[Event]) -> bool {
    let given_up = |e: &Event| matches!(e, Event::OrderMoved { to: OrderStatus::ShortClosed, .. });
    if order.status != OrderStatus::ShortClosed && !events.iter().any(given_up) {
        return false;
    }
    let then = after(order, events);
    then.status == OrderStatus::ShortClosed && then.is_all_signed()
}
