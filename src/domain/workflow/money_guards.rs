//! Guards of receipts and invoices (DOMAIN 7.9): a counter entry takes back a receipt that stands,
//! no more is invoiced than the order is worth, and nothing is invoiced while it stands still.

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, customer_not_on_hold, when};
use crate::domain::calendar::local_date;
use crate::domain::order::OrderStatus;

pub fn correction_fits(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::CorrectReceipt { receipt, .. }), Some(order)) = (ask.command, &ask.case.order) else {
        return Vec::new();
    };
    when(order.standing_receipt(*receipt).is_none(), Blocker::ReceiptNotStanding)
}

pub fn invoice_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = &ask.case.order else { return Vec::new() };
    let Some(Command::RecordInvoice(invoice)) = ask.command else { return Vec::new() };
    let mut out = when(invoice.on > local_date(ask.now), Blocker::InTheFuture);
    out.extend(when(
        order.invoices.iter().any(|i| i.number == invoice.number),
        Blocker::InvoiceNumberTaken { number: invoice.number.clone() },
    ));
    if let Some(of) = invoice.red_of {
        let open = order.open_to_red_letter(of);
        out.extend(when(invoice.gross().abs() > open, Blocker::RedLetterTooLarge { open }));
    } else {
        out.extend(when(order.status == OrderStatus::Cancelled, Blocker::WrongState));
        let open = order.open_to_invoice();
        out.extend(when(invoice.gross() > open, Blocker::InvoiceTooLarge { open }));
    }
    out
}

/// A hold on the customer's credit stops invoices, but not what corrects them.
pub fn invoicing_not_on_hold(ask: &Ask) -> Vec<Blocker> {
    match ask.command {
        Some(Command::RecordInvoice(invoice)) if invoice.red_of.is_some() => Vec::new(),
        Some(_) => customer_not_on_hold(ask),
        None => Vec::new(),
    }
}
