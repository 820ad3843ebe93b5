//! Stock (DOMAIN 7.2): soft holds while a quote is on its way, and what an order may take beside them.
//!
//! The one rule: holds are asked for in a queue, and how much each holds follows from the stock of
//! the moment. A hold ends at its stored moment; nothing marks it, and the next in the queue moves up.

use super::calendar::WorkingMinutes;
use super::ids::{DealId, HoldId, ProductId};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Two working days.
pub const HOLD_LIMIT: WorkingMinutes = WorkingMinutes::hours(16);

/// What one deal asked to be kept for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    pub deal: DealId,
    pub deal_no: String,
    /// Who asked, by name.
    pub by: String,
    pub wanted: Decimal,
    pub taken_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// A hold with what it gets now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    pub hold: Hold,
    pub held: Decimal,
}

impl Queued {
    /// What it still waits for.
    pub fn waiting(&self) -> Decimal {
        self.hold.wanted - self.held
    }
}

/// One product's shelf as a deal sees it: free of orders, and who asked for how much of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub product: ProductId,
    /// On hand less reserved.
    pub available: Decimal,
    /// Not ended, in the order of asking; past ones among them count for nothing.
    pub holds: Vec<Hold>,
}

impl Shelf {
    /// Who holds how much at this moment, first come first served.
    pub fn queue(&self, now: DateTime<Utc>) -> Vec<Queued> {
        let mut left = self.available.max(Decimal::ZERO);
        self.holds
            .iter()
            .filter(|h| h.until > now)
            .map(|hold| {
                let held = hold.wanted.min(left);
                left -= held;
                Queued { hold: hold.clone(), held }
            })
            .collect()
    }

    /// Held for everybody together.
    pub fn held(&self, now: DateTime<Utc>) -> Decimal {
        self.queue(now).iter().map(|q| q.held).sum()
    }

    /// What an order of this deal may take: everything but what others hold.
    pub fn free_for(&self, deal: Option<DealId>, now: DateTime<Utc>) -> Decimal {
        let others: Decimal = self.queue(now).iter().filter(|q| Some(q.hold.deal) != deal).map(|q| q.held).sum();
        self.available.max(Decimal::ZERO) - others
    }

    /// What somebody new could still hold.
    pub fn free_to_hold(&self, now: DateTime<Utc>) -> Decimal {
        self.available.max(Decimal::ZERO) - self.held(now)
    }
}

/// How much of a line's reservation another order can have: what is picked stays covered by the rest
/// and by what was made and passed.
pub fn transferable(reserved: Decimal, passed: Decimal, picked: Decimal) -> Decimal {
    reserved.min(reserved + passed - picked).max(Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use rust_decimal::dec;
    use uuid::Uuid;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).expect("a moment")
    }

    fn hold(deal: u128, wanted: i64, hours_left: i64) -> Hold {
        Hold {
            id: HoldId(Uuid::from_u128(deal)),
            deal: DealId(Uuid::from_u128(deal)),
            deal_no: format!("CD-{deal}"),
            by: "王敏".to_owned(),
            wanted: Decimal::from(wanted),
            taken_at: now() - TimeDelta::hours(1),
            until: now() + TimeDelta::hours(hours_left),
        }
    }

    fn shelf(available: i64, holds: Vec<Hold>) -> Shelf {
        Shelf { product: ProductId(Uuid::nil()), available: Decimal::from(available), holds }
    }

    #[test]
    fn first_come_first_served_and_the_rest_waits() {
        let shelf = shelf(10, vec![hold(1, 6, 5), hold(2, 6, 5), hold(3, 1, 5)]);
        let held: Vec<_> = shelf.queue(now()).iter().map(|q| (q.held, q.waiting())).collect();
        assert_eq!(held, [(dec!(6), dec!(0)), (dec!(4), dec!(2)), (dec!(0), dec!(1))]);
        assert_eq!(shelf.free_to_hold(now()), dec!(0));
        assert_eq!(shelf.free_for(Some(DealId(Uuid::from_u128(2))), now()), dec!(4));
        assert_eq!(shelf.free_for(Some(DealId(Uuid::from_u128(9))), now()), dec!(0));
    }

    #[test]
    fn a_hold_ends_at_its_moment_and_the_next_moves_up() {
        let shelf = shelf(10, vec![hold(1, 10, 0), hold(2, 6, 5)]);
        let held: Vec<_> = shelf.queue(now()).iter().map(|q| (q.hold.deal_no.clone(), q.held)).collect();
        assert_eq!(held, [("CD-2".to_owned(), dec!(6))]);
        let before = now() - TimeDelta::seconds(1);
        assert_eq!(shelf.queue(before).first().map(|q| q.held), Some(dec!(10)));
    }

    #[test]
    fn what_is_picked_stays_where_it_is() {
        assert_eq!(transferable(dec!(10), dec!(0), dec!(4)), dec!(6));
        assert_eq!(transferable(dec!(10), dec!(5), dec!(4)), dec!(10));
        assert_eq!(transferable(dec!(3), dec!(0), dec!(3)), dec!(0));
    }

    proptest! {
        #[test]
        fn no_more_is_held_than_there_is_and_an_order_takes_nothing_from_the_others(
            available in 0_i64..50,
            wanted in prop::collection::vec((1_i64..20, -3_i64..4), 0..8),
            ordered in 0_i64..60,
        ) {
            let holds = wanted.iter().zip(1_u128..).map(|((w, left), deal)| hold(deal, *w, *left)).collect();
            let before = shelf(available, holds);
            prop_assert!(before.held(now()) <= before.available);
            prop_assert_eq!(before.held(now()) + before.free_to_hold(now()), before.available);
            for q in before.queue(now()) {
                prop_assert!(before.free_for(Some(q.hold.deal), now()) >= q.held);
            }
            // Any deal confirms an order: nobody else holds less than before.
            for buyer in 0..9_u128 {
                let buyer = DealId(Uuid::from_u128(buyer));
                let take = Decimal::from(ordered).min(before.free_for(Some(buyer), now()));
                let after = Shelf {
                    available: before.available - take,
                    holds: before.holds.iter().filter(|h| h.deal != buyer).cloned().collect(),
                    ..before.clone()
                };
                let now_held = after.queue(now());
                for q in before.queue(now()).into_iter().filter(|q| q.hold.deal != buyer) {
                    let kept = now_held.iter().find(|n| n.hold.deal == q.hold.deal).map(|n| n.held);
                    prop_assert!(kept.is_some_and(|k| k >= q.held), "{:?} {:?}", kept, q.held);
                }
            }
        }
    }
}
