//! Progress in per cent (DOMAIN 7.4): a pure function of the quantities that people recorded.
//!
//! The one rule: no act that brings goods nearer to the customer ever lowers it; only goods that
//! come back and pieces that are scrapped do. 100 means that everything is signed for.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// How much of one order line got how far. Each is at most the one before it, as the database holds it:
/// signed ≤ shipped ≤ packed ≤ picked ≤ reserved + passed, passed ≤ produced, reserved + produced ≤ due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantities {
    /// Ordered and still to be delivered: what was credited after a return is not among it.
    pub due: Decimal,
    pub reserved: Decimal,
    pub produced: Decimal,
    pub passed: Decimal,
    pub picked: Decimal,
    pub packed: Decimal,
    pub shipped: Decimal,
    pub signed: Decimal,
}

/// Per cent of one line, not rounded, weighted over its quantities: confirmed 5, on the shelf or in
/// production 15, produced or picked 60, passed 65, packed 75, shipped 90, signed 100. What lies on
/// the shelf is picked before what was made for the order.
pub fn line_progress(q: &Quantities) -> Decimal {
    if q.due <= Decimal::ZERO {
        return Decimal::ONE_HUNDRED;
    }
    let at = |percent: i64, quantity: Decimal| Decimal::from(percent) * quantity;
    let shelf_picked = q.picked.min(q.reserved);
    let shelf_packed = q.packed.min(q.reserved);
    let made_packed = q.packed - shelf_packed;
    let unmade = if q.produced.is_zero() { 5 } else { 15 };
    let sum = at(100, q.signed)
        + at(90, q.shipped - q.signed)
        + at(75, q.packed - q.shipped)
        + at(60, (shelf_picked - shelf_packed).max(Decimal::ZERO))
        + at(15, q.reserved - shelf_picked)
        + at(65, (q.passed - made_packed).max(Decimal::ZERO))
        + at(60, q.produced - q.passed)
        + at(unmade, (q.due - q.reserved - q.produced).max(Decimal::ZERO));
    sum / q.due
}

/// Whole per cent of an order: its goods lines weighted by their tax-inclusive amount, rounded down;
/// 100 only when everything is signed. Without goods 5, until the order is done.
pub fn order_progress(lines: &[(Quantities, Decimal)]) -> i32 {
    if !lines.is_empty() && lines.iter().all(|(q, _)| q.signed >= q.due) {
        return 100;
    }
    // Lines that cost nothing weigh by their number, or an order of samples would have no progress.
    let free = lines.iter().all(|(_, gross)| gross.is_zero());
    let weigh = |gross: Decimal| if free { Decimal::ONE } else { gross };
    let weight: Decimal = lines.iter().map(|(_, gross)| weigh(*gross)).sum();
    if weight.is_zero() {
        return 5;
    }
    let sum: Decimal = lines.iter().map(|(q, gross)| line_progress(q) * weigh(*gross)).sum();
    (sum / weight).floor().to_i32().unwrap_or(0).clamp(0, 99)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(due: i64, [reserved, produced, passed, picked, packed, shipped, signed]: [i64; 7]) -> Quantities {
        let [due, reserved, produced, passed, picked, packed, shipped, signed] =
            [due, reserved, produced, passed, picked, packed, shipped, signed].map(Decimal::from);
        Quantities { due, reserved, produced, passed, picked, packed, shipped, signed }
    }

    fn percent(due: i64, moved: [i64; 7]) -> i32 {
        order_progress(&[(of(due, moved), Decimal::ONE)])
    }

    #[test]
    fn progress_follows_the_vectors() {
        assert_eq!(percent(500, [320, 72, 0, 320, 320, 320, 0]), 69);
        assert_eq!(percent(500, [320, 180, 180, 500, 500, 500, 320]), 96);
        assert_eq!(percent(20, [14, 6, 0, 14, 14, 14, 14]), 88);
        let exact = line_progress(&of(500, [320, 72, 0, 320, 320, 320, 0]));
        assert_eq!(exact, Decimal::new(6948, 2), "69.48");
    }

    #[test]
    fn each_stage_has_its_value() {
        for (moved, expected) in [
            ([0, 0, 0, 0, 0, 0, 0], 5),
            ([10, 0, 0, 0, 0, 0, 0], 15),
            ([10, 0, 0, 10, 0, 0, 0], 60),
            ([0, 1, 0, 0, 0, 0, 0], 19),
            ([0, 10, 0, 0, 0, 0, 0], 60),
            ([0, 10, 10, 0, 0, 0, 0], 65),
            ([0, 10, 10, 10, 0, 0, 0], 65),
            ([10, 0, 0, 10, 10, 0, 0], 75),
            ([10, 0, 0, 10, 10, 10, 0], 90),
            ([10, 0, 0, 10, 10, 10, 10], 100),
        ] {
            assert_eq!(percent(10, moved), expected, "{moved:?}");
        }
    }

    #[test]
    fn a_hundred_only_when_everything_is_signed() {
        assert_eq!(percent(1_000_000, [1_000_000, 0, 0, 1_000_000, 1_000_000, 1_000_000, 999_999]), 99);
        assert_eq!(percent(0, [0; 7]), 100, "all of it was credited");
        assert_eq!(order_progress(&[]), 5, "services only");
    }

    #[test]
    fn lines_weigh_by_their_amount() {
        let done = of(1, [1, 0, 0, 1, 1, 1, 1]);
        let untouched = of(1, [0; 7]);
        assert_eq!(order_progress(&[(done, Decimal::from(900)), (untouched, Decimal::from(100))]), 90);
        assert_eq!(order_progress(&[(done, Decimal::from(100)), (untouched, Decimal::from(900))]), 14);
        assert_eq!(order_progress(&[(done, Decimal::ZERO), (untouched, Decimal::ZERO)]), 52, "samples for nothing");
    }

    /// One forward act on a line, as far as its quantities allow.
    fn act(q: &mut Quantities, what: u8, much: i64) {
        let much = Decimal::from(much);
        let left = |limit: Decimal| much.min(limit.max(Decimal::ZERO));
        match what {
            0 => q.reserved += left(q.due - q.reserved - q.produced),
            1 => q.produced += left(q.due - q.reserved - q.produced),
            2 => q.passed += left(q.produced - q.passed),
            3 => q.picked += left(q.reserved + q.passed - q.picked),
            4 => q.packed += left(q.picked - q.packed),
            5 => q.shipped += left(q.packed - q.shipped),
            _ => q.signed += left(q.shipped - q.signed),
        }
    }

    proptest! {
        #[test]
        fn whatever_moves_forward_never_lowers_it(
            due in 1_i64..600, acts in prop::collection::vec((1_u8..7, 1_i64..400), 1..60), start in 0_i64..600,
        ) {
            let mut q = of(due, [start.min(due), 0, 0, 0, 0, 0, 0]);
            let mut before = order_progress(&[(q, Decimal::TEN)]);
            for (what, much) in acts {
                act(&mut q, what, much);
                let now = order_progress(&[(q, Decimal::TEN)]);
                prop_assert!(now >= before, "{before} -> {now} with {q:?}");
                prop_assert_eq!(now == 100, q.signed == q.due);
                before = now;
            }
        }

        #[test]
        fn what_comes_back_never_raises_it(due in 1_i64..600, signed in 0_i64..600, back in 1_i64..600) {
            let signed = signed.min(due);
            let whole = of(due, [due, 0, 0, due, due, due, signed]);
            let back = back.min(due);
            let after = of(due, [due - back, 0, 0, due - back, due - back, due - back, (signed - back).max(0)]);
            let value = |q| order_progress(&[(q, Decimal::ONE)]);
            prop_assert!(value(after) <= value(whole));
        }
    }
}
