//! Receipts, invoices and due dates of an order in words.

use super::Lang;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::quote::PaymentTrigger;
use crate::domain::receivable::MilestoneStanding;
use crate::domain::workflow::{Blocker, Event};

impl Lang {
    pub fn milestone_standing(self, value: MilestoneStanding) -> &'static str {
        match value {
            MilestoneStanding::NotDue => self.money_standing_not_due(),
            MilestoneStanding::Due => self.money_standing_due(),
            MilestoneStanding::Partial => self.money_standing_partial(),
            MilestoneStanding::Received => self.money_standing_received(),
            MilestoneStanding::Overdue => self.money_standing_overdue(),
            MilestoneStanding::GivenUp => self.money_standing_given_up(),
        }
    }

    /// Amounts are not told: departments without prices read the same timeline.
    pub(super) fn money_event(self, event: &Event) -> String {
        match event {
            Event::ReceiptCorrected { position, reason, .. } => self.money_event_corrected(position, reason),
            Event::InvoiceRecorded { invoice, .. } if invoice.red_of.is_some() => self.money_event_red(&invoice.number),
            Event::InvoiceRecorded { invoice, .. } => {
                self.money_event_invoice(self.invoice_kind(invoice.kind), &invoice.number)
            }
            Event::MilestoneDue { position, due_on, .. } => self.money_event_due(self.date(*due_on), position),
            _ => String::new(),
        }
    }

    /// Both moments, and who agreed how.
    pub(super) fn promise_event(self, event: &Event) -> String {
        let Event::PromiseAgreed { from, to, contact, method, note, .. } = event else { return String::new() };
        let how = self.requirement_confirm_method(*method);
        let (from, to) = (self.moment(*from), self.moment(*to));
        match note {
            Some(note) => self.promise_event_agreed_note(self.person(contact), from, how, note, to),
            None => self.promise_event_agreed(self.person(contact), from, how, to),
        }
    }

    /// Payment terms as a change stores them: percent, trigger and days of each.
    pub(super) fn total_terms_told(self, stored: &str) -> String {
        let one = |term: &str| -> Option<String> {
            let mut parts = term.split(' ');
            let percent = parts.next()?;
            let trigger = self.payment_trigger(PaymentTrigger::parse(parts.next()?)?);
            Some(match parts.next() {
                Some("0") | None => format!("{percent}% {trigger}"),
                Some(days) => format!("{percent}% {}", self.order_page_term(days, trigger)),
            })
        };
        stored.split(';').filter_map(one).collect::<Vec<_>>().join(self.sentence_joint())
    }

    /// Amounts are not told here either.
    pub(super) fn total_event(self, event: &Event) -> String {
        match event {
            Event::ChangeApprovalOpened { role, due_at, .. } => {
                self.total_event_asked(self.moment(*due_at), self.role(*role))
            }
            Event::ChangeApproved { comment: Some(comment), .. } => self.total_event_approved_comment(comment),
            Event::ChangeApproved { comment: None, .. } => self.total_event_approved().to_owned(),
            Event::DealMadeUrgent { urgency } => {
                self.total_event_urgent(self.moment(urgency.needed_at), self.urgent_reason(urgency.reason))
            }
            Event::OrderReduced { refund, .. } if !refund.is_zero() => self.total_event_reduced_refund().to_owned(),
            Event::OrderReduced { .. } => self.total_event_reduced().to_owned(),
            _ => self.total_event_retotalled().to_owned(),
        }
    }

    pub(super) fn total_blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::SupplementaryOrder => self.total_blocked_lines().to_owned(),
            Blocker::BelowShipped { line, shipped } => self.total_blocked_shipped(line, format_quantity(*shipped)),
            Blocker::RefundFirst { amount } => self.total_blocked_refund(format_money(*amount)),
            Blocker::RedLetterFirst { amount } => self.total_blocked_red(format_money(*amount)),
            Blocker::NewTotalMissing => self.total_blocked_missing().to_owned(),
            Blocker::DelayUnexplained => self.total_blocked_delay().to_owned(),
            Blocker::UrgencyMissing => self.total_blocked_urgency().to_owned(),
            Blocker::AlreadyUrgent => self.total_blocked_urgent().to_owned(),
            Blocker::WasteNotBorne => self.total_blocked_waste().to_owned(),
            _ => self.total_blocked_none().to_owned(),
        }
    }

    pub(super) fn money_blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::InvoiceTooLarge { open } => self.money_blocked_invoice(format_money(*open)),
            Blocker::RedLetterTooLarge { open } => self.money_blocked_red(format_money(*open)),
            Blocker::InvoiceNumberTaken { number } => self.money_blocked_number(number),
            _ => self.money_blocked_receipt().to_owned(),
        }
    }
}
