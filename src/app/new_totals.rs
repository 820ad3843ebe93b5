//! The order as it would be after a change (DOMAIN 8): the tier is read again at the new quantity,
//! the discount of the quote is kept, typed prices win, and everything is computed like a quote.

use super::asked::ChangeInput;
use super::pricing::Library;
use crate::domain::change::{
    ChangeKind, NewTotal, Phase, current_content, items_of, kinds_of, phase_of, standing_terms,
};
use crate::domain::money::round_money;
use crate::domain::order::OrderLine;
use crate::domain::quote::{LineToPrice, PriceRequest, Quote, QuoteLine, QuoteLineKind, price};
use crate::domain::requirement::{LineKind, RequirementLine};
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
    let typed = |line: &OrderLine, number| input.prices.iter().any(|(n, p)| *n == number && *p != line.unit_price);
    let repriced =
        content.lines.iter().enumerate().any(|(i, l)| case.order_line_of(l.id).is_some_and(|o| typed(o, i + 1)));
    let terms = input.terms.clone().unwrap_or_else(|| standing_terms(order));
    if !kinds.iter().any(retotals) && !repriced && terms == standing_terms(order) {
        return Ok(None);
    }
    let mut then = case.clone();
    if let Some(requirement) = &mut then.requirement {
        requirement.content = content.clone();
    }
    let library = Library::load(conn, &then).await?;
    let about = About { case, quote, library: &library, on };
    let mut lines: Vec<LineToPrice> = Vec::new();
    for (i, line) in content.lines.iter().enumerate() {
        let typed = input.prices.iter().find(|(n, _)| *n == i + 1).map(|(_, p)| *p);
        lines.extend(about.line(line, typed));
    }
    lines.extend(order.lines.iter().filter(|l| l.kind == QuoteLineKind::Surcharge).map(surcharge));
    // In the order's own sequence, so that lines and amounts stand side by side.
    lines.sort_by_key(|l| order.lines.iter().position(|o| o.quote_line == l.id));
    Ok(Some(NewTotal { priced: price(lines, quote.terms.tax_basis, quote.terms.whole_discount), terms }))
}

struct About<'a> {
    case: &'a Case,
    quote: &'a Quote,
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
        let kept = |q: &QuoteLine| same_product && was.unit_price == q.unit_price;
        let unit_price = match (&policy, typed.filter(|p| *p != was.unit_price)) {
            (_, Some(typed)) => typed,
            _ if same => was.unit_price,
            // The discount that was agreed goes with the tier.
            (Some(p), None) if kept(quoted) && quoted.policy.is_some() => {
                let discounted = quoted.policy.as_ref().is_some_and(|old| old.unit_price != was.unit_price);
                if discounted {
                    round_money(p.unit_price * (Decimal::ONE - quoted.discount_rate))
                } else {
                    p.unit_price
                }
            }
            (Some(p), None) => p.unit_price,
            (None, None) => was.unit_price,
        };
        Some(LineToPrice {
            id: was.quote_line,
            requirement_line: Some(line.id),
            kind: match line.kind {
                LineKind::Standard => QuoteLineKind::Standard,
                LineKind::Custom => QuoteLineKind::Custom,
                LineKind::Service => QuoteLineKind::Service,
            },
            product: line.product,
            name: line.product_name.clone(),
            spec: line.spec.clone(),
            packaging: line.packaging.clone(),
            quantity: line.quantity,
            unit: line.unit.clone(),
            policy,
            unit_price,
            discount_reason: quoted.discount_reason.clone(),
            tax_rate: rate,
            request: PriceRequest::Policy,
        })
    }
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
        unit_price: line.unit_price,
        discount_reason: None,
        tax_rate: line.tax_rate,
        request: PriceRequest::Policy,
    }
}
