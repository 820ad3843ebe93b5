//! Why this price (DOMAIN 5.2): which sources were asked and what each said, and the steps from the
//! first tier of the list to what the customer pays.
//!
//! The one rule: the reason is made from the same candidates by the same function as the price.

use super::pricing::{Candidate, PolicyPrice, PriceSource, policy_price};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What one source of prices said about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Its price is the policy price.
    Applies,
    /// An earlier source has a price, so this one is not asked.
    NotAsked,
    /// It has no price for the product.
    Nothing,
    /// It has prices, none of them valid on the day; the nearest one.
    NotValid { list_code: String, valid_from: NaiveDate, valid_to: Option<NaiveDate> },
    /// Its smallest tier begins above the quantity.
    FromMore { list_code: String, from_quantity: Decimal },
}

/// A policy price, or none, with what every source said, in the order of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub price: Option<PolicyPrice>,
    pub asked: Vec<(PriceSource, Said)>,
}

/// The policy price of [`policy_price`] with its reason.
pub fn explain(candidates: &[Candidate], quantity: Decimal, quote_date: NaiveDate) -> Explanation {
    let price = policy_price(candidates, quantity, quote_date);
    let winner = price.as_ref().map(|p| p.source);
    let asked = PriceSource::ALL
        .iter()
        .map(|source| {
            let said = match winner {
                Some(w) if w == *source => Said::Applies,
                Some(w) if w < *source => Said::NotAsked,
                _ => missing(candidates, *source, quote_date),
            };
            (*source, said)
        })
        .collect();
    Explanation { price, asked }
}

fn missing(candidates: &[Candidate], source: PriceSource, on: NaiveDate) -> Said {
    let own = || candidates.iter().filter(|c| c.source == source);
    if let Some(c) = own().filter(|c| c.is_valid_on(on)).min_by_key(|c| c.tier.from_quantity) {
        return Said::FromMore { list_code: c.list_code.clone(), from_quantity: c.tier.from_quantity };
    }
    let distance = |c: &&Candidate| {
        if c.valid_from > on { c.valid_from - on } else { c.valid_to.map_or(chrono::TimeDelta::zero(), |to| on - to) }
    };
    own().min_by_key(distance).map_or(Said::Nothing, |c| Said::NotValid {
        list_code: c.list_code.clone(),
        valid_from: c.valid_from,
        valid_to: c.valid_to,
    })
}

/// What made the price move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// The first tier of the list.
    Entry,
    /// The tier of the line's quantity.
    Tier,
    /// What the rep typed.
    Offered,
    /// The line's part of the whole-quote discount.
    WholeDiscount,
}

/// One step: the price before and after it, yuan a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceStep {
    pub kind: StepKind,
    pub from: Decimal,
    pub to: Decimal,
}

/// The steps from the list to what the customer pays. Each begins where the one before it ended, so
/// that their ratios multiply out to the last price exactly.
pub fn steps(policy: Option<&PolicyPrice>, unit_price: Decimal, effective: Decimal) -> Vec<PriceStep> {
    let mut out = Vec::new();
    let mut at = unit_price;
    if let Some(policy) = policy {
        let entry = policy.basis.as_ref().map_or(policy.unit_price, |b| b.entry_price);
        out.push(PriceStep { kind: StepKind::Entry, from: entry, to: entry });
        at = entry;
        for (kind, to) in [(StepKind::Tier, policy.unit_price), (StepKind::Offered, unit_price)] {
            if at != to {
                out.push(PriceStep { kind, from: at, to });
                at = to;
            }
        }
    } else {
        out.push(PriceStep { kind: StepKind::Offered, from: unit_price, to: unit_price });
    }
    if effective != at {
        out.push(PriceStep { kind: StepKind::WholeDiscount, from: at, to: effective });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pricing::Tier;
    use rust_decimal::dec;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("the date exists")
    }

    fn candidate(source: PriceSource, from: Decimal, price: Decimal, valid: (&str, Option<&str>)) -> Candidate {
        Candidate {
            source,
            list_code: source.code().to_owned(),
            valid_from: day(valid.0),
            valid_to: valid.1.map(day),
            tier: Tier { from_quantity: from, unit_price: price, floor_price: dec!(1) },
            list_version: Some(2),
            tax_basis: crate::domain::tax::TaxBasis::Inclusive,
        }
    }

    #[test]
    fn every_source_says_why_it_was_passed_over() {
        let candidates = [
            candidate(PriceSource::Agreement, dec!(1), dec!(70), ("2026-09-18", None)),
            candidate(PriceSource::GradeList, dec!(20), dec!(80), ("2026-01-01", None)),
            candidate(PriceSource::StandardList, dec!(1), dec!(100), ("2026-01-01", None)),
            candidate(PriceSource::StandardList, dec!(10), dec!(90), ("2026-01-01", None)),
        ];
        let why = explain(&candidates, dec!(10), day("2026-09-17"));
        assert_eq!(why.price.as_ref().map(|p| p.unit_price), Some(dec!(90)));
        assert_eq!(why.price, policy_price(&candidates, dec!(10), day("2026-09-17")));
        let said: Vec<Said> = why.asked.into_iter().map(|(_, said)| said).collect();
        assert_eq!(
            said,
            [
                Said::NotValid { list_code: "agreement".into(), valid_from: day("2026-09-18"), valid_to: None },
                Said::Nothing,
                Said::FromMore { list_code: "grade_list".into(), from_quantity: dec!(20) },
                Said::Applies,
            ]
        );
        // The agreement that starts tomorrow applies tomorrow.
        let tomorrow = explain(&candidates, dec!(10), day("2026-09-18"));
        assert_eq!(tomorrow.price.map(|p| p.source), Some(PriceSource::Agreement));
        assert_eq!(tomorrow.asked[3].1, Said::NotAsked);
    }

    #[test]
    fn an_expired_list_says_when_it_ended() {
        let old = [candidate(PriceSource::StandardList, dec!(1), dec!(5), ("2026-01-01", Some("2026-08-31")))];
        let why = explain(&old, dec!(1), day("2026-09-01"));
        assert_eq!(why.price, None);
        assert!(matches!(&why.asked[3].1, Said::NotValid { valid_to: Some(to), .. } if *to == day("2026-08-31")));
        assert!(explain(&old, dec!(1), day("2026-08-31")).price.is_some());
    }

    #[test]
    fn the_steps_multiply_out_to_the_price_exactly() {
        let candidates = [
            candidate(PriceSource::StandardList, dec!(1), dec!(8999), ("2026-01-01", None)),
            candidate(PriceSource::StandardList, dec!(10), dec!(8299), ("2026-01-01", None)),
        ];
        let policy = policy_price(&candidates, dec!(10), day("2026-09-17"));
        let steps = steps(policy.as_ref(), dec!(8050.03), dec!(8000));
        let kinds: Vec<StepKind> = steps.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [StepKind::Entry, StepKind::Tier, StepKind::Offered, StepKind::WholeDiscount]);
        // As fractions: every numerator but the last is the next denominator, so the product is last/first.
        assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!((steps[0].from, steps[3].to), (dec!(8999), dec!(8000)));
        assert_eq!(super::steps(None, dec!(5), dec!(5)).len(), 1);
    }
}
