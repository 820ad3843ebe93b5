//! Value-added tax of lines and documents.
//!
//! Every line is rounded by itself and net + tax = gross holds on it to the cent; totals are sums
//! of such lines and are never computed again from other totals (DOMAIN.md 5.3, 5.4). Rates are
//! fractions (`0.13`). Which product bears which rate is data and is not decided here.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::codes::codes;
use crate::domain::input::{self, Flaw};
use crate::domain::money::{format_quantity, round_money, round_places};

/// The rates in force, as fractions, highest first (DOMAIN.md 5.3): 13, 9, 6, 3, 1 and 0 %.
pub const RATES: [Decimal; 6] = [
    Decimal::from_parts(13, 0, 0, false, 2),
    Decimal::from_parts(9, 0, 0, false, 2),
    Decimal::from_parts(6, 0, 0, false, 2),
    Decimal::from_parts(3, 0, 0, false, 2),
    Decimal::from_parts(1, 0, 0, false, 2),
    Decimal::ZERO,
];

/// The last day of a rate that the law limits in time: the 1 % of small sellers (DOMAIN.md 5.3).
const LIMITED: (Decimal, NaiveDate) =
    (Decimal::from_parts(1, 0, 0, false, 2), NaiveDate::from_ymd_opt(2027, 12, 31).expect("a day of the calendar"));

/// Decimals of the unit net price that is printed for information.
const UNIT_NET_PLACES: u32 = 6;

/// Decimals of a unit price.
const UNIT_PRICE_PLACES: u32 = 6;

codes! {
    /// Whether unit prices contain the tax (含税) or not (不含税).
    TaxBasis { Inclusive = "inclusive", Exclusive = "exclusive" }
}

/// Rounded amounts of one line in yuan: `net + tax = gross`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAmounts {
    /// Without tax (不含税金额).
    pub net: Decimal,
    /// The tax (税额).
    pub tax: Decimal,
    /// With tax (价税合计).
    pub gross: Decimal,
}

/// Sums in yuan of the lines that bear one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateSubtotal {
    pub rate: Decimal,
    pub net: Decimal,
    pub tax: Decimal,
    pub gross: Decimal,
}

/// Sums in yuan of a whole document, with one subtotal for each rate, highest rate first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub net: Decimal,
    pub tax: Decimal,
    pub gross: Decimal,
    pub by_rate: Vec<RateSubtotal>,
}

/// Amounts of a line: `quantity` (≤ 3 decimals) at `unit_price` yuan (≤ 6 decimals, with or
/// without tax according to `basis`) and `rate` (DOMAIN.md 5.4).
pub fn line_amounts(quantity: Decimal, unit_price: Decimal, rate: Decimal, basis: TaxBasis) -> LineAmounts {
    let amount = round_money(quantity * unit_price);
    match basis {
        TaxBasis::Inclusive => from_gross(amount, rate),
        TaxBasis::Exclusive => {
            let tax = round_money(amount * rate);
            LineAmounts { net: amount, tax, gross: amount + tax }
        }
    }
}

/// A unit price in another basis at this rate, six decimals.
pub fn in_basis(price: Decimal, from: TaxBasis, to: TaxBasis, rate: Decimal) -> Decimal {
    match (from, to) {
        (TaxBasis::Inclusive, TaxBasis::Exclusive) => round_places(price / (Decimal::ONE + rate), UNIT_PRICE_PLACES),
        (TaxBasis::Exclusive, TaxBasis::Inclusive) => round_places(price * (Decimal::ONE + rate), UNIT_PRICE_PLACES),
        _ => price,
    }
}

/// The same for a price that somebody typed: as few decimals as lead back to it, so that it comes back as it was.
pub fn typed_in_basis(price: Decimal, from: TaxBasis, to: TaxBasis, rate: Decimal) -> Decimal {
    let exact = in_basis(price, from, to, rate);
    (2..UNIT_PRICE_PLACES)
        .map(|places| round_places(exact, places))
        .find(|short| in_basis(*short, to, from, rate) == price)
        .unwrap_or(exact)
}

/// Amounts of a line after its `share` (yuan) of a whole-quote discount was taken off its `gross`
/// (DOMAIN.md 5.5).
pub fn discounted(gross: Decimal, share: Decimal, rate: Decimal) -> LineAmounts {
    from_gross(round_money(gross - share), rate)
}

/// Sums the lines, each given with its rate (DOMAIN.md 5.4).
pub fn totals(lines: &[(Decimal, LineAmounts)]) -> Totals {
    let mut sums = Totals::default();
    for (rate, line) in lines {
        sums.net += line.net;
        sums.tax += line.tax;
        sums.gross += line.gross;
        match sums.by_rate.iter_mut().find(|sub| sub.rate == *rate) {
            Some(sub) => {
                sub.net += line.net;
                sub.tax += line.tax;
                sub.gross += line.gross;
            }
            None => sums.by_rate.push(RateSubtotal { rate: *rate, net: line.net, tax: line.tax, gross: line.gross }),
        }
    }
    sums.by_rate.sort_by_key(|sub| std::cmp::Reverse(sub.rate));
    sums
}

/// Unit price without tax to six decimals, for information only; none for a quantity of zero.
pub fn unit_net(line: &LineAmounts, quantity: Decimal) -> Option<Decimal> {
    line.net.checked_div(quantity).map(|price| round_places(price, UNIT_NET_PLACES))
}

/// Reads a rate written as `13`, `13%` or `0.13` and gives the fraction. The readings cannot
/// collide, because no rate of the set lies strictly between 0 and 1 %. [`Flaw::Required`] when
/// empty, [`Flaw::UnknownChoice`] when it is no rate of [`RATES`].
pub fn parse_rate(raw: &str) -> Result<Decimal, Flaw> {
    let text = input::normalise(raw);
    let (digits, marked) = match text.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (text.as_str(), false),
    };
    let value = match input::decimal(digits, 6, Decimal::ZERO, Decimal::ONE_HUNDRED) {
        Ok(value) => value,
        Err(Flaw::Required) if !marked => return Err(Flaw::Required),
        Err(_) => return Err(Flaw::UnknownChoice),
    };
    RATES
        .into_iter()
        .find(|rate| rate * Decimal::ONE_HUNDRED == value || (!marked && *rate == value))
        .ok_or(Flaw::UnknownChoice)
}

/// Whether a rate is in force on a day.
pub fn is_in_force(rate: Decimal, on: NaiveDate) -> bool {
    rate != LIMITED.0 || on <= LIMITED.1
}

/// The rates in force on a day, highest first.
pub fn rates_on(on: NaiveDate) -> impl Iterator<Item = Decimal> {
    RATES.into_iter().filter(move |rate| is_in_force(*rate, on))
}

/// Reads a rate that is in force on a day. [`Flaw::RateOver`] when it no longer is, otherwise as [`parse_rate`].
pub fn parse_rate_on(raw: &str, on: NaiveDate) -> Result<Decimal, Flaw> {
    let rate = parse_rate(raw)?;
    if is_in_force(rate, on) { Ok(rate) } else { Err(Flaw::RateOver { until: LIMITED.1.to_string() }) }
}

/// A rate for people: `13%`.
pub fn format_rate(rate: Decimal) -> String {
    format!("{}%", format_quantity(rate * Decimal::ONE_HUNDRED))
}

fn from_gross(gross: Decimal, rate: Decimal) -> LineAmounts {
    let net = round_money(gross / (Decimal::ONE + rate));
    LineAmounts { net, tax: gross - net, gross }
}

#[cfg(test)]
mod tests {
    use super::TaxBasis::{Exclusive, Inclusive};
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::dec;

    #[test]
    fn the_rate_of_small_sellers_ends() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(parse_rate_on("1", day("2027-12-31")), Ok(dec!(0.01)));
        assert_eq!(parse_rate_on("1", day("2028-01-01")), Err(Flaw::RateOver { until: "2027-12-31".into() }));
        assert_eq!(parse_rate_on("3", day("2028-01-01")), Ok(dec!(0.03)));
        assert_eq!((rates_on(day("2026-09-17")).count(), rates_on(day("2028-01-01")).count()), (6, 5));
    }

    type Row = (TaxBasis, Decimal, Decimal, Decimal, [Decimal; 3]);

    /// The table of DOMAIN.md 5.4: basis, quantity, unit price, rate, gross / net / tax.
    const TABLE: [Row; 15] = [
        (Inclusive, dec!(1), dec!(100.00), dec!(0.13), [dec!(100.00), dec!(88.50), dec!(11.50)]),
        (Inclusive, dec!(3), dec!(33.33), dec!(0.13), [dec!(99.99), dec!(88.49), dec!(11.50)]),
        (Inclusive, dec!(7), dec!(15.30), dec!(0.13), [dec!(107.10), dec!(94.78), dec!(12.32)]),
        (Inclusive, dec!(10), dec!(8.99), dec!(0.13), [dec!(89.90), dec!(79.56), dec!(10.34)]),
        (Inclusive, dec!(1), dec!(0.01), dec!(0.13), [dec!(0.01), dec!(0.01), dec!(0.00)]),
        (Inclusive, dec!(3), dec!(0.05), dec!(0.06), [dec!(0.15), dec!(0.14), dec!(0.01)]),
        (Inclusive, dec!(12.5), dec!(48.80), dec!(0.09), [dec!(610.00), dec!(559.63), dec!(50.37)]),
        (Inclusive, dec!(1), dec!(1000.00), dec!(0.03), [dec!(1000.00), dec!(970.87), dec!(29.13)]),
        (Inclusive, dec!(1), dec!(1010.00), dec!(0.01), [dec!(1010.00), dec!(1000.00), dec!(10.00)]),
        (Inclusive, dec!(5), dec!(200.00), dec!(0), [dec!(1000.00), dec!(1000.00), dec!(0.00)]),
        (Exclusive, dec!(3), dec!(33.33), dec!(0.13), [dec!(112.99), dec!(99.99), dec!(13.00)]),
        (Exclusive, dec!(7), dec!(13.54), dec!(0.13), [dec!(107.10), dec!(94.78), dec!(12.32)]),
        (Exclusive, dec!(1), dec!(0.04), dec!(0.13), [dec!(0.05), dec!(0.04), dec!(0.01)]),
        (Exclusive, dec!(2.5), dec!(19.99), dec!(0.06), [dec!(52.98), dec!(49.98), dec!(3.00)]),
        (Exclusive, dec!(1000), dec!(0.123456), dec!(0.13), [dec!(139.51), dec!(123.46), dec!(16.05)]),
    ];

    fn amounts(row: &Row) -> LineAmounts {
        line_amounts(row.1, row.2, row.3, row.0)
    }

    #[test]
    fn lines_follow_the_table() {
        for row in &TABLE {
            let line = amounts(row);
            assert_eq!([line.gross, line.net, line.tax], row.4, "{row:?}");
        }
    }

    #[test]
    fn totals_are_sums_of_the_ten_inclusive_lines() {
        let lines: Vec<_> = TABLE[..10].iter().map(|row| (row.3, amounts(row))).collect();
        let sums = totals(&lines);
        assert_eq!([sums.gross, sums.net, sums.tax], [dec!(4017.15), dec!(3881.98), dec!(135.17)]);
        let rates: Vec<Decimal> = sums.by_rate.iter().map(|sub| sub.rate).collect();
        assert_eq!(rates, RATES);
        let standard = sums.by_rate[0];
        assert_eq!([standard.gross, standard.net, standard.tax], [dec!(397.00), dec!(351.34), dec!(45.66)]);
        assert_eq!(sums.by_rate.iter().map(|sub| sub.gross).sum::<Decimal>(), sums.gross);
        assert_eq!(totals(&[]), Totals::default());
    }

    #[test]
    fn a_discount_is_taken_off_gross_before_tax_is_split() {
        let line = discounted(dec!(80500.30), dec!(690.01), dec!(0.13));
        assert_eq!([line.gross, line.net, line.tax], [dec!(79810.29), dec!(70628.58), dec!(9181.71)]);
    }

    #[test]
    fn a_price_goes_to_the_other_basis_and_comes_back() {
        let there = |price, rate| typed_in_basis(price, Inclusive, Exclusive, rate);
        assert_eq!(there(dec!(18299), dec!(0.13)), dec!(16193.80531));
        assert_eq!(there(dec!(1200), dec!(0.06)), dec!(1132.075472));
        assert_eq!(there(dec!(113), dec!(0.13)), dec!(100));
        assert_eq!(there(dec!(99.99), dec!(0)), dec!(99.99));
        assert_eq!(typed_in_basis(dec!(100), Exclusive, Inclusive, dec!(0.13)), dec!(113));
        for cents in (1..2_000_000_i64).step_by(997) {
            let price = Decimal::new(cents, 2);
            for rate in RATES {
                assert_eq!(typed_in_basis(there(price, rate), Exclusive, Inclusive, rate), price, "{price} at {rate}");
            }
        }
    }

    #[test]
    fn unit_net_price_has_six_places() {
        let line = line_amounts(dec!(3), dec!(33.33), dec!(0.13), Inclusive);
        assert_eq!(unit_net(&line, dec!(3)), Some(dec!(29.496667)));
        assert_eq!(unit_net(&line, dec!(0)), None);
    }

    #[test]
    fn rates_are_a_closed_set() {
        for (raw, rate) in [
            ("13", dec!(0.13)),
            (" 13 % ", dec!(0.13)),
            ("0.13", dec!(0.13)),
            ("13.00", dec!(0.13)),
            ("９％", dec!(0.09)),
            ("1", dec!(0.01)),
            ("0.01", dec!(0.01)),
            ("0", dec!(0)),
            ("0%", dec!(0)),
        ] {
            assert_eq!(parse_rate(raw), Ok(rate), "{raw}");
        }
        for raw in ["17", "0.13%", "13%%", "%", "-13", "abc", "1e1"] {
            assert_eq!(parse_rate(raw), Err(Flaw::UnknownChoice), "{raw}");
        }
        assert_eq!(parse_rate(" "), Err(Flaw::Required));
        assert_eq!(RATES.map(format_rate), ["13%", "9%", "6%", "3%", "1%", "0%"]);
    }

    proptest! {
        #[test]
        fn every_line_balances_within_the_invoice_tolerance(
            quantity in 1_i64..10_000_000,
            price in 0_i64..100_000_000_000,
            rate in prop::sample::select(RATES.to_vec()),
            basis in prop::sample::select(TaxBasis::ALL.to_vec()),
        ) {
            let line = line_amounts(Decimal::new(quantity, 3), Decimal::new(price, 6), rate, basis);
            prop_assert_eq!(line.net + line.tax, line.gross);
            prop_assert!((line.net * rate - line.tax).abs() <= dec!(0.006));
            for amount in [line.net, line.tax, line.gross] {
                prop_assert!(amount >= Decimal::ZERO && amount == round_money(amount));
            }
        }
    }
}
