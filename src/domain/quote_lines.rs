//! Which line of a quote a line of the requirement continues (DOMAIN 5.7).
//!
//! The one rule: no two lines continue the same one, so that two lines of one product each keep their own price,
//! and no line continues another product, whatever row it stands in.

use super::ids::RequirementLineId;
use super::quote::{QuoteLine, QuoteLineKind};
use super::requirement::{LineKind, RequirementLine};
use std::collections::HashMap;

/// For each line of the requirement the place in `quoted` of the line that priced it. A line that went from
/// version to version is known by its identity; otherwise the first one left that says the same, then the first
/// one left of the same product and name.
pub fn continued(lines: &[RequirementLine], quoted: &[QuoteLine]) -> HashMap<RequirementLineId, usize> {
    type Same = fn(&RequirementLine, &QuoteLine) -> bool;
    const SAME: [Same; 4] = [
        |line, quoted| quoted.requirement_line == Some(line.id) && sells_the_same(line, quoted),
        |line, quoted| quoted.requirement_line == Some(line.identity()) && sells_the_same(line, quoted),
        |line, quoted| is_same_item(line, quoted) && line.spec == quoted.spec && line.packaging == quoted.packaging,
        is_same_item,
    ];
    let mut left: Vec<(usize, &QuoteLine)> =
        quoted.iter().enumerate().filter(|(_, q)| q.kind != QuoteLineKind::Surcharge).collect();
    let mut found = HashMap::with_capacity(lines.len());
    for same in SAME {
        for line in lines {
            if found.contains_key(&line.id) {
                continue;
            }
            if let Some(at) = left.iter().position(|(_, q)| same(line, q)) {
                found.insert(line.id, left.remove(at).0);
            }
        }
    }
    found
}

/// What is made for a customer is known by its name; a product of the catalogue stays itself under a new one.
fn sells_the_same(line: &RequirementLine, quoted: &QuoteLine) -> bool {
    quoted.product == line.product
        && quoted.kind == line.kind.into()
        && (line.kind != LineKind::Custom || quoted.name == line.product_name)
}

fn is_same_item(line: &RequirementLine, quoted: &QuoteLine) -> bool {
    sells_the_same(line, quoted) && quoted.name == line.product_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ProductId, QuoteLineId};
    use crate::domain::quote::{LineRemarks, PriceRequest};
    use crate::domain::requirement::MatchKind;
    use crate::domain::tax::LineAmounts;
    use rust_decimal::{Decimal, dec};
    use uuid::Uuid;

    fn line(id: u128, first: Option<u128>, packaging: Option<&str>) -> RequirementLine {
        RequirementLine {
            id: RequirementLineId(Uuid::from_u128(id)),
            kind: LineKind::Standard,
            product: Some(ProductId(Uuid::from_u128(65))),
            product_code: "QM-65".into(),
            product_name: "会议平板".into(),
            spec: "65 寸".into(),
            quantity: dec!(10),
            unit: "台".into(),
            standard: None,
            packaging: packaging.map(str::to_owned),
            match_kind: MatchKind::Exact,
            note: None,
            custom_name: None,
            wanted_on: None,
            first: first.map(|id| RequirementLineId(Uuid::from_u128(id))),
        }
    }

    fn quoted(of: u128, packaging: Option<&str>) -> QuoteLine {
        let zero = Decimal::ZERO;
        QuoteLine {
            id: QuoteLineId(Uuid::from_u128(of + 1000)),
            requirement_line: Some(RequirementLineId(Uuid::from_u128(of))),
            kind: QuoteLineKind::Standard,
            product: Some(ProductId(Uuid::from_u128(65))),
            name: "会议平板".into(),
            spec: "65 寸".into(),
            packaging: packaging.map(str::to_owned),
            quantity: dec!(10),
            unit: "台".into(),
            policy: None,
            unit_price: dec!(8299),
            discount_rate: zero,
            discount_reason: None,
            tax_rate: dec!(0.13),
            discount_share: zero,
            amounts: LineAmounts { net: zero, tax: zero, gross: zero },
            request: PriceRequest::Policy,
            remarks: LineRemarks::default(),
            kept: None,
        }
    }

    fn places(lines: &[RequirementLine], quoted: &[QuoteLine]) -> Vec<Option<usize>> {
        let found = continued(lines, quoted);
        lines.iter().map(|l| found.get(&l.id).copied()).collect()
    }

    #[test]
    fn two_lines_of_one_product_keep_their_own_prices_in_a_new_version() {
        let before = [quoted(1, None), quoted(2, Some("木箱"))];
        assert_eq!(places(&[line(1, None, None), line(2, None, Some("木箱"))], &before), [Some(0), Some(1)]);
        // The second version, and the third, whose quote still names the lines of the second.
        assert_eq!(places(&[line(11, Some(1), None), line(12, Some(2), Some("木箱"))], &before), [Some(0), Some(1)]);
        assert_eq!(places(&[line(21, Some(91), None), line(22, Some(92), Some("木箱"))], &before), [Some(0), Some(1)]);
        // In another order.
        assert_eq!(places(&[line(22, Some(92), Some("木箱")), line(21, Some(91), None)], &before), [Some(1), Some(0)]);
    }

    #[test]
    fn a_line_that_is_new_continues_none() {
        let before = [quoted(1, None)];
        assert_eq!(places(&[line(30, None, None), line(11, Some(1), None)], &before), [None, Some(0)]);
    }

    #[test]
    fn a_row_with_another_product_continues_nothing() {
        let before = [quoted(1, None)];
        let other = RequirementLine { product: Some(ProductId(Uuid::from_u128(86))), ..line(11, Some(1), None) };
        assert_eq!(places(&[other], &before), [None]);
        // The same panel made to measure is no longer the one of the list.
        let measured = RequirementLine { kind: LineKind::Custom, ..line(11, Some(1), None) };
        assert_eq!(places(&[measured], &before), [None]);
        // A product that the catalogue calls otherwise by now is still the same one.
        let renamed = RequirementLine { product_name: "会议平板（新款）".into(), ..line(11, Some(1), None) };
        assert_eq!(places(&[renamed], &before), [Some(0)]);
        // Two rows that change places take their prices along.
        let (small, large) =
            (quoted(1, None), QuoteLine { product: Some(ProductId(Uuid::from_u128(86))), ..quoted(2, None) });
        let swapped = [RequirementLine { product: large.product, ..line(11, Some(1), None) }, line(12, Some(2), None)];
        assert_eq!(places(&swapped, &[small, large]), [Some(1), Some(0)]);
    }

    #[test]
    fn what_is_made_for_a_customer_is_known_by_its_name() {
        let made = |name: &str| RequirementLine {
            kind: LineKind::Custom,
            product: None,
            product_name: name.into(),
            ..line(11, Some(1), None)
        };
        let table =
            QuoteLine { kind: QuoteLineKind::Custom, product: None, name: "异形桌".into(), ..quoted(1, None) };
        assert_eq!(places(&[made("异形桌")], std::slice::from_ref(&table)), [Some(0)]);
        assert_eq!(places(&[made("讲台")], &[table]), [None]);
    }
}
