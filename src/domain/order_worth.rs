//! What an order comes to (DOMAIN 7.1, 7.7, 7.9): what was ordered, less the rest that was given up with a short-close
//! and what came back for a credit.
//!
//! The one rule: what the customer accepted stays as it is; what is owed, invoiced and counted follows the delivery.

use super::ids::OrderLineId;
use super::money::round_money;
use super::order::{Order, OrderLine, OrderStatus};
use super::receivable::split_again;
use super::tax::{LineAmounts, TaxBasis, discounted, line_amounts};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How much of a line is neither delivered nor owed for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    pub quantity: Decimal,
    pub amounts: LineAmounts,
}

/// A line of which something is taken off, all told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduced {
    pub line: OrderLineId,
    pub off: Off,
}

/// A milestone's part of what the order comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub position: i32,
    pub amount: Decimal,
}

/// What an order has to come to by what was delivered, where it does not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    pub lines: Vec<Reduced>,
    pub comes_to: Decimal,
    pub milestones: Vec<Part>,
    /// More has come in than that.
    pub refund: Decimal,
}

impl Order {
    /// What the customer owes for it, all told.
    pub fn comes_to(&self) -> Decimal {
        self.gross - self.taken_off()
    }

    /// What was given up or credited.
    pub fn taken_off(&self) -> Decimal {
        self.lines.iter().map(|l| l.off.amounts.gross).sum()
    }

    pub fn received(&self) -> Decimal {
        self.milestones.iter().map(|m| m.received).sum()
    }

    /// What has come in beyond what it comes to.
    pub fn to_refund(&self) -> Decimal {
        (self.received() - self.comes_to()).max(Decimal::ZERO)
    }

    /// What is invoiced beyond what it comes to.
    pub fn to_red_letter(&self) -> Decimal {
        (self.invoiced() - self.comes_to()).max(Decimal::ZERO)
    }

    fn not_delivered(&self, line: &OrderLine) -> Decimal {
        match (line.is_goods, self.was_short_closed()) {
            (false, _) => Decimal::ZERO,
            (true, true) => line.quantity - line.shipped,
            (true, false) => line.credited,
        }
    }

    /// What it comes to now, where its lines or milestones say otherwise.
    pub fn worth(&self, basis: TaxBasis) -> Option<Worth> {
        if self.confirmed_at.is_none() || self.status == OrderStatus::Cancelled {
            return None;
        }
        let offs: Vec<(&OrderLine, Off)> =
            self.lines.iter().map(|l| (l, off(l, self.not_delivered(l), basis))).collect();
        let is_whole = |off: &Off| off.quantity.is_zero();
        if offs.iter().all(|(line, off)| is_whole(off) && is_whole(&line.off)) {
            return None;
        }
        let comes_to = self.gross - offs.iter().map(|(_, off)| off.amounts.gross).sum::<Decimal>();
        let received = self.received();
        let is_moved = offs.iter().any(|(line, off)| line.off != *off);
        let milestones = self.milestones.iter().map(|m| m.amount).sum::<Decimal>();
        if !is_moved && milestones == comes_to.max(received) {
            return None;
        }
        Some(Worth {
            lines: offs
                .iter()
                .filter(|(line, off)| !is_whole(off) || !is_whole(&line.off))
                .map(|(line, off)| Reduced { line: line.id, off: *off })
                .collect(),
            comes_to,
            milestones: self.parts(comes_to),
            refund: (received - comes_to).max(Decimal::ZERO),
        })
    }

    /// Milestones share what it comes to; none falls below what has come in for it.
    fn parts(&self, comes_to: Decimal) -> Vec<Part> {
        let live: Vec<(Decimal, Decimal)> =
            self.milestones.iter().filter(|m| !m.percent.is_zero()).map(|m| (m.percent, m.received)).collect();
        // A term that is no more keeps what has come in for it.
        let kept: Decimal = self.milestones.iter().filter(|m| m.percent.is_zero()).map(|m| m.received).sum();
        let fits = self.received() <= comes_to;
        let mut amounts = fits.then(|| split_again(comes_to - kept, &live)).flatten().unwrap_or_default().into_iter();
        self.milestones
            .iter()
            .map(|m| {
                let amount = if m.percent.is_zero() { None } else { amounts.next() };
                Part { position: m.position, amount: amount.unwrap_or(m.received) }
            })
            .collect()
    }
}

/// The amounts of so much of a line: the agreed price and its part of the whole discount for what is kept, the rest
/// of the line's own amounts for what is taken off.
fn off(line: &OrderLine, quantity: Decimal, basis: TaxBasis) -> Off {
    let all = line.amounts;
    if quantity.is_zero() || quantity >= line.quantity {
        let is_all = !quantity.is_zero();
        return Off { quantity, amounts: if is_all { all } else { LineAmounts::default() } };
    }
    let amounts = |quantity| line_amounts(quantity, line.unit_price, line.tax_rate, basis);
    let (whole, left) = (amounts(line.quantity), amounts(line.quantity - quantity));
    let discount = whole.gross - all.gross;
    let kept = if discount.is_zero() {
        left
    } else {
        let share = round_money(discount * (line.quantity - quantity) / line.quantity);
        discounted(left.gross.min(all.gross + share), share, line.tax_rate)
    };
    Off {
        quantity,
        amounts: LineAmounts { net: all.net - kept.net, tax: all.tax - kept.tax, gross: all.gross - kept.gross },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::Milestone;
    use crate::domain::order::tests::{line, order};
    use crate::domain::order_stop::{OrderStop, StopKind, StopReason, StopStatus};
    use crate::domain::quote::PaymentTrigger;
    use chrono::DateTime;
    use proptest::prelude::*;
    use rust_decimal::dec;

    /// So many panels at 12,499.00 with tax, of which so many have left.
    fn panels(quantity: i64, shipped: i64) -> OrderLine {
        let unit_price = dec!(12499.00);
        OrderLine {
            unit_price,
            tax_rate: dec!(0.13),
            amounts: line_amounts(Decimal::from(quantity), unit_price, dec!(0.13), TaxBasis::Inclusive),
            ..line(quantity, [shipped, 0, shipped, shipped, shipped, shipped])
        }
    }

    fn milestone(position: i32, percent: Decimal, amount: Decimal, received: Decimal) -> Milestone {
        Milestone {
            position,
            percent,
            trigger: PaymentTrigger::AfterSignOff,
            days: 30,
            amount,
            received,
            received_at: None,
            reference: None,
            due_on: None,
        }
    }

    fn given_up(lines: Vec<OrderLine>, milestones: Vec<Milestone>) -> Order {
        let gross = lines.iter().map(|l| l.amounts.gross).sum();
        let stop = OrderStop {
            id: crate::domain::ids::StopId(uuid::Uuid::nil()),
            kind: StopKind::ShortClose,
            reason: StopReason::Customer,
            text: String::new(),
            status: StopStatus::InForce,
            requested_by: crate::domain::ids::PersonId(uuid::Uuid::nil()),
            requested_by_name: String::new(),
            requested_at: DateTime::UNIX_EPOCH,
            from: None,
            decided: None,
            cost: None,
            end_note: None,
        };
        Order {
            confirmed_at: Some(DateTime::UNIX_EPOCH),
            status: OrderStatus::ShortClosed,
            stops: vec![stop],
            gross,
            milestones,
            ..order(lines)
        }
    }

    #[test]
    fn what_was_given_up_is_not_owed_for() {
        let order = given_up(vec![panels(3, 2)], vec![milestone(1, dec!(100), dec!(37497.00), dec!(0))]);
        let worth = order.worth(TaxBasis::Inclusive).expect("less than ordered");
        assert_eq!((worth.comes_to, worth.refund), (dec!(24998.00), dec!(0)));
        assert_eq!(worth.milestones, [Part { position: 1, amount: dec!(24998.00) }]);
        assert_eq!(worth.lines[0].off.quantity, dec!(1));
        assert_eq!(worth.lines[0].off.amounts.gross, dec!(12499.00));
    }

    #[test]
    fn no_milestone_falls_below_what_has_come_in() {
        // 70/30 of 37,497.00 with the first part paid; one of three is delivered.
        let paid = dec!(26247.90);
        let order = given_up(
            vec![panels(3, 1)],
            vec![milestone(1, dec!(70), paid, paid), milestone(2, dec!(30), dec!(11249.10), dec!(0))],
        );
        let worth = order.worth(TaxBasis::Inclusive).expect("less than ordered");
        assert_eq!((worth.comes_to, worth.refund), (dec!(12499.00), dec!(13748.90)));
        let amounts: Vec<Decimal> = worth.milestones.iter().map(|p| p.amount).collect();
        assert_eq!(amounts, [paid, dec!(0)]);
    }

    #[test]
    fn the_whole_discount_goes_with_the_goods() {
        // 10.00 off a line of 3 × 33.33: two of three keep 6.67 of it.
        let goods = OrderLine {
            unit_price: dec!(33.33),
            tax_rate: dec!(0.13),
            amounts: discounted(dec!(99.99), dec!(10.00), dec!(0.13)),
            ..line(3, [2, 0, 2, 2, 2, 2])
        };
        let off = off(&goods, Decimal::ONE, TaxBasis::Inclusive);
        assert_eq!(off.amounts.gross, dec!(89.99) - dec!(59.99));
    }

    proptest! {
        #[test]
        fn what_is_kept_and_what_is_taken_off_are_the_line(
            quantity in 1_i64..400, left in 0_i64..400, price in 1_i64..10_000_000, discount in 0_i64..100, rate in 0_i64..3,
            exclusive in any::<bool>(),
        ) {
            let basis = if exclusive { TaxBasis::Exclusive } else { TaxBasis::Inclusive };
            let rate = [dec!(0.13), dec!(0.06), dec!(0.01)][usize::try_from(rate).unwrap_or(0)];
            let unit_price = Decimal::new(price, 4);
            let whole = line_amounts(Decimal::from(quantity), unit_price, rate, basis);
            let share = round_money(whole.gross * Decimal::new(discount, 2) / Decimal::TWO);
            let amounts = if share.is_zero() { whole } else { discounted(whole.gross, share, rate) };
            let goods = OrderLine { unit_price, tax_rate: rate, amounts, ..line(quantity, [0; 6]) };
            let off = off(&goods, Decimal::from(left.min(quantity)), basis);
            let a = off.amounts;
            prop_assert_eq!(a.net + a.tax, a.gross);
            prop_assert!(a.net >= Decimal::ZERO && a.tax >= Decimal::ZERO && a.gross <= amounts.gross, "{a:?} of {amounts:?}");
        }
    }
}
