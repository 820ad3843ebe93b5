//! Which price applies, and how far an offer stays below it.
//!
//! The first source that has a price wins and nothing is stacked on it; validity is tested against
//! the quote's date, both ends inclusive (DOMAIN.md 5.1, 5.2). A deviation from the price is
//! computed here and judged in routing.

use std::cmp::Reverse;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::codes::codes;
use crate::domain::ids::ProductId;
use crate::domain::money::round_rate4;
use crate::domain::tax::{self, TaxBasis};

codes! {
    /// Where a price comes from; an earlier source goes before a later one (DOMAIN.md 5.2).
    PriceSource {
        /// Customer agreement (客户协议价).
        Agreement = "agreement",
        /// Special price approved for this deal (特价批复).
        SpecialPrice = "special_price",
        /// Price list of the customer's grade.
        GradeList = "grade_list",
        StandardList = "standard_list",
    }
}

/// One step of a tiered price (阶梯价). Prices are yuan a unit, six decimals, in the list's basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Smallest quantity that gets this price.
    pub from_quantity: Decimal,
    pub unit_price: Decimal,
    /// Price below which only the general manager may go (底价).
    pub floor_price: Decimal,
}

/// A price of the library that may apply to a line: one tier with its source and validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub source: PriceSource,
    /// Code of the list, agreement or special price.
    pub list_code: String,
    pub valid_from: NaiveDate,
    /// Last day of validity; none when open-ended.
    pub valid_to: Option<NaiveDate>,
    pub tier: Tier,
    /// The published version of the list that brought this price; none for a special price.
    pub list_version: Option<i32>,
    /// Whether the prices of the tier contain the tax.
    pub tax_basis: TaxBasis,
}

/// The price that company policy sets for a line, kept with the quote version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPrice {
    pub unit_price: Decimal,
    pub floor_price: Decimal,
    pub source: PriceSource,
    pub list_code: String,
    pub from_quantity: Decimal,
    /// Where exactly in the library it stood; none in quotes from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<PriceBasis>,
}

/// Version and validity of a policy price, and the price of the first tier beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBasis {
    pub list_version: Option<i32>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    /// Yuan a unit for the smallest quantity of the same list on the same day.
    pub entry_price: Decimal,
}

impl PolicyPrice {
    /// The same price in another basis at this tax rate, six decimals.
    #[must_use]
    pub fn in_basis(&self, from: TaxBasis, to: TaxBasis, rate: Decimal) -> Self {
        let convert = |price| tax::in_basis(price, from, to, rate);
        Self {
            unit_price: convert(self.unit_price),
            floor_price: convert(self.floor_price),
            basis: self.basis.clone().map(|b| PriceBasis { entry_price: convert(b.entry_price), ..b }),
            ..self.clone()
        }
    }
}

/// Whether every line of a quote stays at or above its floor price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    Kept,
    Broken,
}

impl Floor {
    /// A price exactly at the floor keeps it.
    pub fn of(unit_price: Decimal, floor_price: Decimal) -> Self {
        if unit_price < floor_price { Self::Broken } else { Self::Kept }
    }
}

impl Candidate {
    pub fn is_valid_on(&self, on: NaiveDate) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }

    /// The same price in another basis at this tax rate, six decimals.
    #[must_use]
    pub fn in_basis(&self, basis: TaxBasis, rate: Decimal) -> Self {
        let convert = |price| tax::in_basis(price, self.tax_basis, basis, rate);
        let tier = Tier {
            unit_price: convert(self.tier.unit_price),
            floor_price: convert(self.tier.floor_price),
            ..self.tier
        };
        Self { tier, tax_basis: basis, ..self.clone() }
    }

    fn applies(&self, quantity: Decimal, on: NaiveDate) -> bool {
        self.is_valid_on(on) && self.tier.from_quantity <= quantity
    }
}

/// The prices of one product, of those of many, in `basis` at the tax rate of its line.
pub fn of_product(
    candidates: &[(ProductId, Candidate)],
    product: Option<ProductId>,
    basis: TaxBasis,
    rate: Decimal,
) -> Vec<Candidate> {
    candidates.iter().filter(|(of, _)| Some(*of) == product).map(|(_, c)| c.in_basis(basis, rate)).collect()
}

/// The tier of a line's own quantity: the highest that starts at or below it (DOMAIN.md 5.2). The
/// whole quantity gets its price. None below the first tier.
pub fn tier_for(tiers: &[Tier], quantity: Decimal) -> Option<&Tier> {
    tiers.iter().filter(|tier| tier.from_quantity <= quantity).max_by_key(|tier| tier.from_quantity)
}

/// The price that applies to `quantity` on the quote's date, whatever order the candidates come in:
/// the first source of [`PriceSource`] that has one, in it the highest tier (DOMAIN.md 5.2). Should
/// two prices of one source still be equal in rank, the later begun goes first, then the smaller
/// list code. None calls for a special price request, which is routed at level 2 or above.
pub fn policy_price(candidates: &[Candidate], quantity: Decimal, quote_date: NaiveDate) -> Option<PolicyPrice> {
    candidates
        .iter()
        .filter(|candidate| candidate.applies(quantity, quote_date))
        .min_by_key(|candidate| {
            let rank = (candidate.source, Reverse(candidate.tier.from_quantity));
            (rank, Reverse(candidate.valid_from), &candidate.list_code)
        })
        .map(|candidate| PolicyPrice {
            unit_price: candidate.tier.unit_price,
            floor_price: candidate.tier.floor_price,
            source: candidate.source,
            list_code: candidate.list_code.clone(),
            from_quantity: candidate.tier.from_quantity,
            basis: Some(PriceBasis {
                list_version: candidate.list_version,
                valid_from: candidate.valid_from,
                valid_to: candidate.valid_to,
                entry_price: entry_price(candidates, candidate, quote_date),
            }),
        })
}

/// The price of the smallest quantity in the list of `of`, on the same day.
fn entry_price(candidates: &[Candidate], of: &Candidate, on: NaiveDate) -> Decimal {
    candidates
        .iter()
        .filter(|c| c.source == of.source && c.list_code == of.list_code && c.is_valid_on(on))
        .min_by_key(|c| (c.tier.from_quantity, Reverse(c.valid_from)))
        .map_or(of.tier.unit_price, |c| c.tier.unit_price)
}

/// `(policy − unit) / policy` as a fraction of four decimals, midpoints up; a mark-up counts as
/// zero, and so does any price where policy sets none above zero (DOMAIN.md 5.2).
pub fn discount_rate(policy: Decimal, unit: Decimal) -> Decimal {
    if policy <= Decimal::ZERO || unit >= policy {
        return Decimal::ZERO;
    }
    round_rate4((policy - unit) / policy)
}

#[cfg(test)]
mod tests {
    use super::PriceSource::{Agreement, GradeList, SpecialPrice, StandardList};
    use super::*;
    use rust_decimal::dec;

    fn tier(from_quantity: Decimal, unit_price: Decimal) -> Tier {
        let floor_price = unit_price - dec!(100);
        Tier { from_quantity, unit_price, floor_price }
    }

    fn tiers() -> [Tier; 3] {
        [tier(dec!(5), dec!(8599.00)), tier(dec!(1), dec!(8999.00)), tier(dec!(10), dec!(8299.00))]
    }

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, day).expect("the date exists")
    }

    fn candidate(source: PriceSource, list_code: &str, tier: Tier) -> Candidate {
        Candidate {
            source,
            list_code: list_code.into(),
            valid_from: day(1, 1),
            valid_to: Some(day(9, 30)),
            tier,
            list_version: Some(1),
            tax_basis: TaxBasis::Inclusive,
        }
    }

    fn found(candidates: &[Candidate], quantity: Decimal, on: NaiveDate) -> Option<(String, Decimal)> {
        policy_price(candidates, quantity, on).map(|price| (price.list_code, price.unit_price))
    }

    #[test]
    fn the_quantity_chooses_the_tier() {
        for (quantity, price) in [
            (dec!(4), dec!(8999)),
            (dec!(5), dec!(8599)),
            (dec!(9.999), dec!(8599)),
            (dec!(10), dec!(8299)),
            (dec!(1), dec!(8999)),
            (dec!(1000000), dec!(8299)),
        ] {
            let tiers = tiers();
            assert_eq!(tier_for(&tiers, quantity).map(|t| t.unit_price), Some(price));
            let list: Vec<_> = tiers.map(|t| candidate(StandardList, "S", t)).into();
            assert_eq!(found(&list, quantity, day(9, 17)), Some(("S".into(), price)));
        }
        assert_eq!(tier_for(&tiers(), dec!(0.999)), None);
        assert_eq!(tier_for(&[], dec!(1)), None);
    }

    #[test]
    fn the_first_source_wins_even_when_a_later_one_is_cheaper() {
        let mut candidates = vec![
            candidate(StandardList, "S", tier(dec!(1), dec!(100))),
            candidate(GradeList, "G", tier(dec!(1), dec!(200))),
            candidate(SpecialPrice, "T", tier(dec!(0), dec!(300))),
            candidate(Agreement, "A", tier(dec!(1), dec!(400))),
        ];
        for (code, price) in [("A", dec!(400)), ("T", dec!(300)), ("G", dec!(200)), ("S", dec!(100))] {
            assert_eq!(found(&candidates, dec!(2), day(9, 17)), Some((code.into(), price)));
            candidates.pop();
        }
        assert_eq!(found(&candidates, dec!(2), day(9, 17)), None);
    }

    #[test]
    fn a_source_without_a_tier_for_the_quantity_is_passed_over() {
        let candidates = [
            candidate(Agreement, "A", tier(dec!(10), dec!(4650))),
            candidate(StandardList, "S", tier(dec!(1), dec!(5000))),
        ];
        assert_eq!(found(&candidates, dec!(9), day(9, 17)), Some(("S".into(), dec!(5000))));
        let price = policy_price(&candidates, dec!(16), day(9, 17));
        let expected = PolicyPrice {
            unit_price: dec!(4650),
            floor_price: dec!(4550),
            source: Agreement,
            list_code: "A".into(),
            from_quantity: dec!(10),
            basis: Some(PriceBasis {
                list_version: Some(1),
                valid_from: day(1, 1),
                valid_to: Some(day(9, 30)),
                entry_price: dec!(4650),
            }),
        };
        assert_eq!(price, Some(expected));
    }

    #[test]
    fn validity_includes_its_first_and_last_day() {
        let mut candidates = [candidate(StandardList, "S", tier(dec!(1), dec!(5)))];
        let applies = |candidates: &[Candidate], on| policy_price(candidates, dec!(1), on).is_some();
        let day_before = day(1, 1).pred_opt().expect("the date exists");
        assert!(!applies(&candidates, day_before));
        assert!(applies(&candidates, day(1, 1)));
        assert!(applies(&candidates, day(9, 30)));
        assert!(!applies(&candidates, day(10, 1)));
        candidates[0].valid_to = None;
        assert!(applies(&candidates, day(12, 31)));
    }

    #[test]
    fn the_order_of_candidates_does_not_matter() {
        let mut later = candidate(Agreement, "B", tier(dec!(1), dec!(7)));
        later.valid_from = day(2, 1);
        let same = Candidate { list_code: "C".into(), ..later.clone() };
        let mut candidates = [candidate(Agreement, "A", tier(dec!(1), dec!(8))), same, later];
        for _ in 0..3 {
            candidates.rotate_left(1);
            assert_eq!(found(&candidates, dec!(1), day(9, 17)), Some(("B".into(), dec!(7))));
        }
    }

    #[test]
    fn a_price_is_compared_in_the_basis_of_the_quote() {
        let incl = candidate(StandardList, "S", tier(dec!(1), dec!(8299)));
        let excl = incl.in_basis(TaxBasis::Exclusive, dec!(0.13));
        assert_eq!(excl.tier.unit_price, dec!(7344.247788));
        assert_eq!(excl.in_basis(TaxBasis::Inclusive, dec!(0.13)).tier.unit_price, dec!(8299.000000));
        assert_eq!(incl.in_basis(TaxBasis::Inclusive, dec!(0.13)), incl);
    }

    #[test]
    fn discounts_have_four_decimals() {
        for (policy, unit, rate) in [
            (dec!(100), dec!(90), dec!(0.1)),
            (dec!(8999), dec!(8500), dec!(0.0555)),
            (dec!(100), dec!(99.995), dec!(0.0001)),
            (dec!(100), dec!(99.9951), dec!(0)),
            (dec!(100), dec!(110), dec!(0)),
            (dec!(100), dec!(100), dec!(0)),
            (dec!(100), dec!(0), dec!(1)),
            (dec!(0), dec!(5), dec!(0)),
            (dec!(0), dec!(0), dec!(0)),
        ] {
            assert_eq!(discount_rate(policy, unit), rate, "{policy} {unit}");
        }
    }

    #[test]
    fn a_price_at_the_floor_keeps_it() {
        assert_eq!(Floor::of(dec!(5), dec!(5)), Floor::Kept);
        assert_eq!(Floor::of(dec!(4.999999), dec!(5)), Floor::Broken);
    }
}
