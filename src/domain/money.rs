//! Money: the one place where an amount is rounded, split or written in digits.
//!
//! Amounts are yuan with two decimals. Rounding takes midpoints away from zero, and whatever is
//! split adds up to what was there before, to the cent (DOMAIN.md 5.4, 5.5). Nothing outside this
//! file may round a decimal. Tax rules and wording do not belong here.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals of an amount of money.
const MONEY_PLACES: u32 = 2;
/// Decimals of a discount rate (DOMAIN.md 5.2).
const RATE_PLACES: u32 = 4;
/// Decimals of a weight in [`split_by_weight`]; finer than any price or quantity.
const WEIGHT_PLACES: u32 = 6;

/// `value` with at most `places` decimals, midpoints away from zero (DOMAIN.md 5.4).
pub fn round_places(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// `value` rounded to cents (DOMAIN.md 5.4).
pub fn round_money(value: Decimal) -> Decimal {
    round_places(value, MONEY_PLACES)
}

/// A rate as a fraction rounded to four decimals: `0.1` is ten per cent (DOMAIN.md 5.2).
pub fn round_rate4(value: Decimal) -> Decimal {
    round_places(value, RATE_PLACES)
}

/// `percent` hundredths of `amount`, rounded to cents.
pub fn percent_of(amount: Decimal, percent: Decimal) -> Decimal {
    round_money(amount * percent / Decimal::ONE_HUNDRED)
}

/// Shares `total` (yuan) out in proportion to `weights`: each share is cut to cents, the cents left
/// over go to the largest cut-off parts, the earlier line first among equals (DOMAIN.md 5.5).
///
/// The shares always add up to `total` rounded to cents; no weights, no shares. Weights count to
/// six decimals, those below zero count as zero, and when none is above zero all count alike.
/// A total below zero is shared like its opposite.
pub fn split_by_weight(total: Decimal, weights: &[Decimal]) -> Vec<Decimal> {
    let cents = scaled(total, MONEY_PLACES);
    let shares = split_cents(cents.abs(), weights);
    shares.into_iter().map(|share| from_cents(share * cents.signum())).collect()
}

/// Amounts of payment milestones: each but the last is its percentage of `total` rounded to cents,
/// the last takes the rest (DOMAIN.md 5.5). None exceeds what the former ones left over, so that
/// rounding up many tiny instalments cannot make the last one negative.
///
/// The amounts add up to `total` whatever the percentages are; that these make one hundred is for
/// the caller to check.
pub fn milestones(total: Decimal, percents: &[Decimal]) -> Vec<Decimal> {
    let mut rest = total;
    let last = percents.len().saturating_sub(1);
    percents
        .iter()
        .enumerate()
        .map(|(index, percent)| {
            let wanted = percent_of(total, *percent);
            let amount = match index {
                _ if index == last => rest,
                _ if wanted.abs() > rest.abs() => rest,
                _ => wanted,
            };
            rest -= amount;
            amount
        })
        .collect()
}

/// An amount in digits: thousands separators, always two decimals, `-` in front below zero.
pub fn format_money(amount: Decimal) -> String {
    let rounded = round_money(amount);
    grouped(&format!("{rounded:.2}"))
}

/// A quantity, unit price or plain number in digits: thousands separators, no trailing zeros.
pub fn format_quantity(quantity: Decimal) -> String {
    grouped(&quantity.normalize().to_string())
}

fn split_cents(total: i128, weights: &[Decimal]) -> Vec<i128> {
    let Some((weights, sum)) = whole_weights(total, weights) else {
        return Vec::new();
    };
    let mut shares: Vec<i128> = weights.iter().map(|w| total * w / sum).collect();
    let left: i128 = total - shares.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // A stable sort keeps the earlier line first among equal cut-off parts.
    order.sort_by_key(|&line| std::cmp::Reverse(total * weights[line] % sum));
    for (_, line) in (0..left).zip(order) {
        shares[line] += 1;
    }
    shares
}

/// Weights as whole numbers with their sum, cut down evenly until `total × sum` can be computed.
fn whole_weights(total: i128, weights: &[Decimal]) -> Option<(Vec<i128>, i128)> {
    if weights.is_empty() {
        return None;
    }
    let mut whole: Vec<i128> = weights.iter().map(|w| scaled(*w, WEIGHT_PLACES).max(0)).collect();
    loop {
        let sum = whole.iter().try_fold(0_i128, |sum, w| sum.checked_add(*w));
        match sum {
            Some(0) => whole.fill(1),
            Some(sum) if total.checked_mul(sum).is_some() => return Some((whole, sum)),
            _ => whole.iter_mut().for_each(|w| *w /= 10),
        }
    }
}

/// `value` in units of its last wanted decimal; a decimal of 29 digits times a million still fits.
fn scaled(value: Decimal, places: u32) -> i128 {
    let rounded = round_places(value, places);
    rounded.mantissa() * 10_i128.pow(places.saturating_sub(rounded.scale()))
}

fn from_cents(cents: i128) -> Decimal {
    Decimal::try_from_i128_with_scale(cents, MONEY_PLACES).unwrap_or_else(|_| Decimal::from(cents / 100))
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) if rest.contains(|c: char| c.is_ascii_digit() && c != '0') => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", digits),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::dec;

    #[test]
    fn midpoints_go_away_from_zero() {
        for (value, expected) in [
            (dec!(0.125), dec!(0.13)),
            (dec!(1.005), dec!(1.01)),
            (dec!(2.665), dec!(2.67)),
            (dec!(-0.125), dec!(-0.13)),
            (dec!(0.124999), dec!(0.12)),
        ] {
            assert_eq!(round_money(value), expected, "{value}");
        }
        assert_eq!(round_rate4(dec!(0.00005)), dec!(0.0001));
        assert_eq!(round_places(dec!(1.0000005), 6), dec!(1.000001));
        assert_eq!(percent_of(dec!(0.25), dec!(50)), dec!(0.13));
    }

    #[test]
    fn discounts_are_shared_to_the_cent() {
        assert_eq!(
            split_by_weight(dec!(10.00), &[dec!(33.33), dec!(33.33), dec!(33.34)]),
            [dec!(3.33), dec!(3.33), dec!(3.34)]
        );
        assert_eq!(split_by_weight(dec!(700.30), &[dec!(80500.30), dec!(1200.00)]), [dec!(690.01), dec!(10.29)]);
    }

    #[test]
    fn left_over_cents_go_to_the_earlier_line_among_equals() {
        let equal = [dec!(1), dec!(1), dec!(1)];
        assert_eq!(split_by_weight(dec!(0.02), &equal), [dec!(0.01), dec!(0.01), dec!(0)]);
        assert_eq!(split_by_weight(dec!(-0.02), &equal), [dec!(-0.01), dec!(-0.01), dec!(0)]);
        assert_eq!(split_by_weight(dec!(0.03), &[dec!(0), dec!(-5)]), [dec!(0.02), dec!(0.01)]);
        assert_eq!(split_by_weight(dec!(1), &[]), Vec::<Decimal>::new());
    }

    #[test]
    fn absurdly_large_splits_still_add_up() {
        let total = dec!(99999999999999999999999999.99);
        let weights = [Decimal::MAX, Decimal::MAX, dec!(1)];
        let shares = split_by_weight(total, &weights);
        assert_eq!(shares.iter().sum::<Decimal>(), total);
    }

    #[test]
    fn milestones_follow_the_vectors() {
        let check = |total, percents: &[Decimal], expected: &[Decimal]| {
            assert_eq!(milestones(total, percents), expected);
        };
        check(dec!(81700.30), &[dec!(30), dec!(70)], &[dec!(24510.09), dec!(57190.21)]);
        check(dec!(100.00), &[dec!(33.3), dec!(33.3), dec!(33.4)], &[dec!(33.30), dec!(33.30), dec!(33.40)]);
        check(dec!(1464000.00), &[dec!(30), dec!(60), dec!(10)], &[dec!(439200.00), dec!(878400.00), dec!(146400.00)]);
        check(dec!(0.02), &[dec!(25); 4], &[dec!(0.01), dec!(0.01), dec!(0), dec!(0)]);
        check(dec!(5), &[], &[]);
    }

    #[test]
    fn digits_are_grouped() {
        for (amount, expected) in [
            (dec!(0), "0.00"),
            (dec!(-0.001), "0.00"),
            (dec!(999.9), "999.90"),
            (dec!(1000), "1,000.00"),
            (dec!(-81700.305), "-81,700.31"),
            (dec!(999999999999.99), "999,999,999,999.99"),
        ] {
            assert_eq!(format_money(amount), expected);
        }
        for (quantity, expected) in [
            (dec!(12.500), "12.5"),
            (dec!(1000.000), "1,000"),
            (dec!(1234567.891), "1,234,567.891"),
            (dec!(-0.0), "0"),
            (dec!(-0.5), "-0.5"),
        ] {
            assert_eq!(format_quantity(quantity), expected);
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stray_less_than_a_cent(
            cents in -10_000_000_000_i64..10_000_000_000,
            weights in prop::collection::vec(1_i64..10_000_000_000, 1..40),
        ) {
            let total = Decimal::new(cents, 2);
            let weights: Vec<Decimal> = weights.into_iter().map(|w| Decimal::new(w, 2)).collect();
            let sum: Decimal = weights.iter().sum();
            let shares = split_by_weight(total, &weights);
            prop_assert_eq!(shares.iter().sum::<Decimal>(), total);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((share - total * weight / sum).abs() < dec!(0.0100000001));
            }
        }

        #[test]
        fn milestones_add_up_and_keep_the_sign(
            cents in -1_000_000_000_i64..1_000_000_000,
            parts in prop::collection::vec(1_u32..1000, 1..12),
        ) {
            let total = Decimal::new(cents, 2);
            let sum = Decimal::from(parts.iter().sum::<u32>());
            let percents: Vec<Decimal> = parts
                .iter()
                .map(|part| round_money(Decimal::from(*part) * dec!(100) / sum))
                .collect();
            let amounts = milestones(total, &percents);
            prop_assert_eq!(amounts.iter().sum::<Decimal>(), total);
            prop_assert!(amounts.iter().all(|amount| amount * total >= Decimal::ZERO));
        }
    }
}
