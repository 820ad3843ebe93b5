//! The order as it would be after a change (DOMAIN 8): the tier is read again at the new quantity,
//! the agreed discount goes with it, typed prices win, and everything is computed like a quote.
//!
//! The one rule: a price that was agreed stays to the last decimal as long as its policy price does.

use super::asked::ChangeInput;
use super::pricing::Library;
use crate::domain::change::{
    Change, ChangeKind, ChangeStatus, NewTotal, Phase, current_content, items_of, kinds_of, phase_of, standing_terms,
};
use crate::domain::money::round_places;
use crate::domain::order::OrderLine;
use crate::domain::pricing::PolicyPrice;
use crate::domain::quote::{LineRemarks, LineToPrice, PriceRequest, Quote, QuoteLineKind, price};
use crate::domain::requirement::RequirementLine;
use crate::domain::workflow::Case;
use crate::store::{PgConnection, StoreError};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// The new total, when the change gives the order one.
pub(super) async fn new_total(
    conn: &mut PgConnection,
    case: &Case,
    input: &ChangeInput,
    on: NaiveDate,
) -> Result<Option<NewTotal>, StoreError> {
    let (Some(order), Some(quote), Some(now)) = (&case.order, &case.quote, current_content(case)) else {
        return Ok(None);
    };
    if !matches!(phase_of(case), Phase::NotStarted | Phase::InProduction) || order.confirmed_at.is_none() {
        return Ok(None);
    }
    let content = &input.draft.content;
    let kinds = kinds_of(&items_of(&now, content));
    let retotals = |k: &ChangeKind| {
        matches!(k, ChangeKind::QuantityUp | ChangeKind::QuantityDown | ChangeKind::Product | ChangeKind::Price)
    };
    let typed = |number: usize| input.prices.iter().find(|(n, _)| *n == number).map(|(_, p)| *p);
    let repriced = content.lines.iter().enumerate().any(|(i, l)| {
        case.order_line_of(l.id).zip(typed(i + 1)).is_some_and(|(ordered, price)| ordered.unit_price != price)
    });
    let terms = input.terms.clone().unwrap_or_else(|| standing_terms(order));
    if !kinds.iter().any(retotals) && !repriced && terms == standing_terms(order) {
        return Ok(None);
    }
    let mut then = case.clone();
    if let Some(requirement) = &mut then.requirement {
        requirement.content = content.clone();
    }
    let library = Library::load(conn, &then).await?;
    let draft = case.change.as_deref().filter(|c| c.status == ChangeStatus::Draft);
    let about = About { case, quote, draft, library: &library, on };
    let mut lines: Vec<LineToPrice> =
        content.lines.iter().enumerate().filter_map(|(i, line)| about.line(line, typed(i + 1))).collect();
    lines.extend(order.lines.iter().filter(|l| l.kind == QuoteLineKind::Surcharge).map(surcharge));
    // In the order's own sequence, so that lines and amounts stand side by side.
    lines.sort_by_key(|l| order.lines.iter().position(|o| o.quote_line == l.id));
    Ok(Some(NewTotal { priced: price(lines, quote.terms.tax_basis, quote.terms.whole_discount), terms }))
}

struct About<'a> {
    case: &'a Case,
    quote: &'a Quote,
    /// The record as it was written before; its prices are what the form showed.
    draft: Option<&'a Change>,
    library: &'a Library,
    on: NaiveDate,
}

impl About<'_> {
    fn line(&self, line: &RequirementLine, typed: Option<Decimal>) -> Option<LineToPrice> {
        let was = self.case.order_line_of(line.id)?;
        let quoted = self.quote.priced.lines.iter().find(|q| q.id == was.quote_line)?;
        let basis = self.quote.terms.tax_basis;
        let same_product = line.product == was.product;
        let rate = if same_product { was.tax_rate } else { self.library.rate(line) };
        let same = same_product && line.quantity == was.quantity;
        let policy = if same && was.quantity == quoted.quantity {
            quoted.policy.clone()
        } else {
            self.library.explain(line, basis, rate, self.on).price
        };
        let agreed = || {
            // What the price stood against: the policy of the quote, or of today once a change has moved it.
            let stood_against = match &quoted.policy {
                Some(old) if was.unit_price == quoted.unit_price => Some(old.unit_price),
                _ => {
                    let before = RequirementLine { quantity: was.quantity, ..line.clone() };
                    self.library.explain(&before, basis, rate, self.on).price.map(|p| p.unit_price)
                }
            };
            carried(was.unit_price, stood_against, policy.as_ref())
        };
        let unit_price = match self.typed(line, was, typed) {
            Some(typed) => typed,
            None if same => was.unit_price,
            None if same_product => agreed(),
            None => policy.as_ref().map_or(was.unit_price, |p| p.unit_price),
        };
        let is_priced = policy.is_some();
        Some(LineToPrice {
            id: was.quote_line,
            requirement_line: Some(line.id),
            kind: line.kind.into(),
            product: line.product,
            name: line.product_name.clone(),
            spec: line.spec.clone(),
            packaging: line.packaging.clone(),
            quantity: line.quantity,
            unit: line.unit.clone(),
            policy,
            kept: None,
            unit_price,
            discount_reason: quoted.discount_reason.clone(),
            tax_rate: rate,
            request: if is_priced { PriceRequest::Policy } else { PriceRequest::Special },
            remarks: quoted.remarks.clone(),
        })
    }

    /// The price that somebody typed: another one than the form showed, or the one of the draft while the line is
    /// still what it was in the draft.
    fn typed(&self, line: &RequirementLine, was: &OrderLine, typed: Option<Decimal>) -> Option<Decimal> {
        let offered = self.draft.and_then(|d| d.offer.as_deref()).and_then(|o| o.line(was.quote_line));
        let shown = offered.map_or(was.unit_price, |l| l.unit_price);
        if let Some(typed) = typed.filter(|p| *p != shown) {
            return Some(typed);
        }
        let drafted = self.draft?.content.lines.iter().find(|l| l.id == line.id)?;
        let is_unmoved = drafted.product == line.product && drafted.quantity == line.quantity;
        offered.filter(|_| is_unmoved).map(|l| l.unit_price)
    }
}

/// An agreed price at a policy price that may have moved: as far from it as it was, in the decimals it had.
fn carried(agreed: Decimal, stood_against: Option<Decimal>, policy: Option<&PolicyPrice>) -> Decimal {
    let (Some(old), Some(new)) = (stood_against, policy.map(|p| p.unit_price)) else { return agreed };
    if old == new || old.is_zero() {
        return agreed;
    }
    round_places(agreed * new / old, agreed.normalize().scale().max(2))
}

fn surcharge(line: &OrderLine) -> LineToPrice {
    LineToPrice {
        id: line.quote_line,
        requirement_line: None,
        kind: line.kind,
        product: None,
        name: line.name.clone(),
        spec: line.spec.clone(),
        packaging: line.packaging.clone(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        policy: None,
        kept: None,
        unit_price: line.unit_price,
        discount_reason: None,
        tax_rate: line.tax_rate,
        request: PriceRequest::Policy,
        remarks: LineRemarks::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pricing::PriceSource;
    use rust_decimal::dec;

    fn policy(unit_price: Decimal) -> PolicyPrice {
        PolicyPrice {
            unit_price,
            floor_price: Decimal::ZERO,
            source: PriceSource::StandardList,
            list_code: "STD".into(),
            from_quantity: Decimal::ONE,
            basis: None,
        }
    }

    #[test]
    fn an_agreed_price_stays_while_its_policy_does() {
        let stays = |agreed, list| carried(agreed, Some(list), Some(&policy(list)));
        assert_eq!(stays(dec!(168000), dec!(185000)), dec!(168000));
        assert_eq!(stays(dec!(8000), dec!(8299)), dec!(8000));
        assert_eq!(stays(dec!(0.123456), dec!(0.13)), dec!(0.123456));
        // Above policy as well.
        assert_eq!(stays(dec!(8500), dec!(8299)), dec!(8500));
    }

    #[test]
    fn the_agreed_discount_goes_with_the_tier() {
        let moved = |agreed, old, new| carried(agreed, Some(old), Some(&policy(new)));
        assert_eq!(moved(dec!(8050.03), dec!(8299), dec!(8999)), dec!(8729.03));
        assert_eq!(moved(dec!(8299), dec!(8299), dec!(8999)), dec!(8999));
        assert_eq!(moved(dec!(0.123456), dec!(0.13), dec!(0.12)), dec!(0.113959));
        assert_eq!(moved(dec!(8000), dec!(8299), dec!(8999)), dec!(8674.78));
        assert_eq!(carried(dec!(100), None, Some(&policy(dec!(90)))), dec!(100), "nothing to stand against");
        assert_eq!(carried(dec!(100), Some(dec!(120)), None), dec!(100), "nothing in the library any more");
    }
}
