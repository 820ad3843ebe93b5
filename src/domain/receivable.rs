//! Money, lightly (DOMAIN 7.9): receipts and invoices of an order as records, what is open, and
//! since when it is overdue.
//!
//! The one rule: nothing is booked or edited here; a wrong receipt has a counter entry, a wrong
//! invoice a red-letter one, and every state follows from dates and sums.

use super::codes::codes;
use super::customer::InvoiceKind;
use super::ids::{InvoiceId, ReceiptId};
use super::order::{Milestone, Order, OrderStatus};
use super::quote::PaymentTrigger;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Money that came in for a milestone; a counter entry is negative and names what it takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: ReceiptId,
    pub position: i32,
    pub amount: Decimal,
    pub received_at: DateTime<Utc>,
    pub reference: String,
    pub corrects: Option<ReceiptId>,
    pub reason: Option<String>,
    pub by_name: String,
}

/// An invoice; a red-letter one is negative and names the invoice that it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    /// 8 or 20 digits, once in the whole company.
    pub number: String,
    pub on: NaiveDate,
    pub net: Decimal,
    pub tax: Decimal,
    /// Which lines or which share it covers.
    pub covers: String,
    pub red_of: Option<InvoiceId>,
}

impl Invoice {
    pub fn gross(&self) -> Decimal {
        self.net + self.tax
    }
}

/// The number of an invoice as typed: 8 or 20 digits, spaces and hyphens left out.
pub fn invoice_number(raw: &str) -> Option<String> {
    let digits: String = super::input::normalise(raw).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    (matches!(digits.len(), 8 | 20) && digits.chars().all(|c| c.is_ascii_digit())).then_some(digits)
}

impl Order {
    /// What has been invoiced, red-letter invoices taken off.
    pub fn invoiced(&self) -> Decimal {
        self.invoices.iter().map(Invoice::gross).sum()
    }

    /// What may still be invoiced.
    pub fn open_to_invoice(&self) -> Decimal {
        (self.comes_to() - self.invoiced()).max(Decimal::ZERO)
    }

    /// What a red-letter invoice may still take back of this one.
    pub fn open_to_red_letter(&self, id: InvoiceId) -> Decimal {
        let Some(blue) = self.invoices.iter().find(|i| i.id == id && i.red_of.is_none()) else { return Decimal::ZERO };
        blue.gross() + self.invoices.iter().filter(|i| i.red_of == Some(id)).map(Invoice::gross).sum::<Decimal>()
    }

    /// A receipt that was not taken back.
    pub fn standing_receipt(&self, id: ReceiptId) -> Option<&Receipt> {
        let taken_back = self.receipts.iter().any(|r| r.corrects == Some(id));
        self.receipts.iter().find(|r| r.id == id && r.corrects.is_none() && !taken_back)
    }

    /// Where a milestone of this order stands; nobody waits for the money of a cancelled one.
    pub fn standing_of(&self, milestone: &Milestone, today: NaiveDate) -> MilestoneStanding {
        let is_open = !milestone.open().is_zero();
        if is_open && self.status == OrderStatus::Cancelled {
            return MilestoneStanding::GivenUp;
        }
        milestone.standing(today)
    }

    /// The longest time that any milestone is overdue, in days; zero when none is.
    pub fn overdue_days(&self, today: NaiveDate) -> i64 {
        self.milestones.iter().map(|m| m.overdue_days(today)).max().unwrap_or(0)
    }
}

codes!(/// Where a milestone stands (DOMAIN 7.9): not due, to be received, in part, received, overdue; given up with a
/// cancelled order.
MilestoneStanding {
    NotDue = "not_due", Due = "due", Partial = "partial", Received = "received", Overdue = "overdue", GivenUp = "given_up",
});

impl Milestone {
    pub fn standing(&self, today: NaiveDate) -> MilestoneStanding {
        if self.open().is_zero() {
            MilestoneStanding::Received
        } else if self.overdue_days(today) > 0 {
            MilestoneStanding::Overdue
        } else if !self.received.is_zero() {
            MilestoneStanding::Partial
        } else if self.due_on.is_some() {
            MilestoneStanding::Due
        } else {
            MilestoneStanding::NotDue
        }
    }

    /// Days since the due date while something is open; zero before and on the day.
    pub fn overdue_days(&self, today: NaiveDate) -> i64 {
        match self.due_on {
            Some(due) if !self.open().is_zero() => (today - due).num_days().max(0),
            _ => 0,
        }
    }
}

/// What has just happened to an order, as far as payment hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Confirmed,
    Packed,
    Delivered,
    Ended,
}

fn fires(trigger: PaymentTrigger, reached: Reached) -> bool {
    match trigger {
        PaymentTrigger::OnSigning => reached == Reached::Confirmed,
        PaymentTrigger::BeforeShipment => reached == Reached::Packed,
        PaymentTrigger::AfterSignOff | PaymentTrigger::AfterWarranty => {
            matches!(reached, Reached::Delivered | Reached::Ended)
        }
        PaymentTrigger::OnAcceptance => reached == Reached::Ended,
    }
}

/// The milestones whose trigger fires now for the first time, with their due dates.
pub fn due_now(order: &Order, reached: Reached, on: NaiveDate) -> Vec<(i32, NaiveDate)> {
    order
        .milestones
        .iter()
        .filter(|m| m.due_on.is_none() && fires(m.trigger, reached))
        .map(|m| {
            let days = Days::new(u64::try_from(m.days).unwrap_or(0));
            (m.position, on.checked_add_days(days).unwrap_or(on))
        })
        .collect()
}

/// Amounts of milestones when an order gets a new total (DOMAIN 8, 5.5): each its share of the new
/// total, none below what it has received, the rest on the last ones that can carry it. `None` when
/// more has come in than the new total is worth.
pub fn split_again(total: Decimal, milestones: &[(Decimal, Decimal)]) -> Option<Vec<Decimal>> {
    let percents: Vec<Decimal> = milestones.iter().map(|(percent, _)| *percent).collect();
    let mut amounts = super::money::milestones(total, &percents);
    for (amount, (_, received)) in amounts.iter_mut().zip(milestones) {
        *amount = (*amount).max(*received);
    }
    let mut over = amounts.iter().sum::<Decimal>() - total;
    for (amount, (_, received)) in amounts.iter_mut().zip(milestones).rev() {
        let less = over.min(*amount - *received).max(Decimal::ZERO);
        *amount -= less;
        over -= less;
    }
    over.is_zero().then_some(amounts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::dec;

    #[test]
    fn an_invoice_number_has_8_or_20_digits() {
        assert_eq!(invoice_number("１２３４ 5678").as_deref(), Some("12345678"));
        assert_eq!(invoice_number("2431-2000-0000-1234-5678").as_deref(), Some("24312000000012345678"));
        for wrong in ["", "1234567", "123456789", "1234567a", "2431200000001234567"] {
            assert_eq!(invoice_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_total_is_split_again_and_keeps_what_has_come_in() {
        // 30/70 of 81,700.30 with the deposit paid, then two panels more.
        let paid = [(dec!(30), dec!(24510.09)), (dec!(70), dec!(0))];
        assert_eq!(split_again(dec!(97800.36), &paid), Some(vec![dec!(29340.11), dec!(68460.25)]));
        // Fewer panels: the deposit that came in stays, the rest is smaller.
        assert_eq!(split_again(dec!(49500.18), &paid), Some(vec![dec!(24510.09), dec!(24990.09)]));
        assert_eq!(split_again(dec!(24510.09), &paid), Some(vec![dec!(24510.09), dec!(0)]));
        assert_eq!(split_again(dec!(24510.08), &paid), None);
    }

    proptest! {
        #[test]
        fn amounts_add_up_and_none_is_below_its_receipts(
            total in 0_i64..100_000_000, parts in proptest::collection::vec((1_i64..100, 0_i64..1_000_000), 1..7)
        ) {
            let cents = |n: i64| Decimal::new(n, 2);
            let whole: i64 = parts.iter().map(|(w, _)| w).sum();
            let milestones: Vec<(Decimal, Decimal)> = parts
                .iter()
                .map(|(w, r)| (Decimal::from(w * 100) / Decimal::from(whole), cents(*r)))
                .collect();
            let received: Decimal = milestones.iter().map(|(_, r)| *r).sum();
            match split_again(cents(total), &milestones) {
                Some(amounts) => {
                    prop_assert_eq!(amounts.iter().sum::<Decimal>(), cents(total));
                    prop_assert!(amounts.iter().zip(&milestones).all(|(a, (_, r))| a >= r));
                }
                None => prop_assert!(received > cents(total)),
            }
        }
    }
}
