//! Guards of a quote: what is missing before it may be submitted, and whether it still holds.

use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::quote::{PriceRequest, QuoteLine, QuoteLineKind};
use crate::domain::rules::Rule;
use rust_decimal::Decimal;

pub fn every_line_quoted(ask: &Ask) -> Vec<Blocker> {
    let (Some(quote), Some(requirement)) = (&ask.case.quote, &ask.case.requirement) else {
        return vec![Blocker::QuoteMissing];
    };
    requirement
        .content
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| quote.priced.lines.iter().filter(|q| q.requirement_line == Some(line.id)).count() != 1)
        .map(|(i, _)| Blocker::LineNotQuoted { line: i + 1 })
        .collect()
}

/// Custom lines may be priced freely; standard ones need a policy price or a reason.
pub fn prices_known(ask: &Ask) -> Vec<Blocker> {
    ask.case
        .quote
        .iter()
        .flat_map(|q| q.priced.lines.iter().enumerate())
        .filter(|(_, l)| l.kind != QuoteLineKind::Surcharge && l.discount_reason.is_none())
        .filter(|(_, l)| l.policy.is_none() || l.request == PriceRequest::Special)
        .map(|(i, _)| Blocker::PolicyPriceMissing { line: i + 1 })
        .collect()
}

pub fn discounts_explained(ask: &Ask) -> Vec<Blocker> {
    let free = ask.case.rules.at(ask.now).share(Rule::RepDiscount);
    ask.case
        .quote
        .iter()
        .flat_map(|q| q.priced.lines.iter().enumerate())
        .filter(|(_, l)| l.discount_rate > free && l.discount_reason.is_none())
        .map(|(i, _)| Blocker::DiscountReasonMissing { line: i + 1, free })
        .collect()
}

/// A line may bear another rate than its product, with a reason (DOMAIN 5.3).
pub fn tax_rates_explained(ask: &Ask) -> Vec<Blocker> {
    let rates = &ask.case.route_facts.product_rates;
    let usual = |line: &QuoteLine| rates.iter().find(|(p, _)| Some(*p) == line.product).map(|(_, rate)| *rate);
    ask.case
        .quote
        .iter()
        .flat_map(|q| q.priced.lines.iter().enumerate())
        .filter(|(_, l)| l.discount_reason.is_none())
        .filter_map(|(i, l)| Some((i, usual(l).filter(|rate| *rate != l.tax_rate)?)))
        .map(|(i, usual)| Blocker::TaxReasonMissing { line: i + 1, usual })
        .collect()
}

pub fn prices_of_today(ask: &Ask) -> Vec<Blocker> {
    ask.case.route_facts.moved_prices.iter().map(|line| Blocker::PolicyPriceMoved { line: *line }).collect()
}

pub fn terms_sum(ask: &Ask) -> Vec<Blocker> {
    let sum: Decimal = ask.case.quote.iter().flat_map(|q| &q.terms.payment_terms).map(|t| t.percent).sum();
    when(sum != Decimal::ONE_HUNDRED, Blocker::TermsNotHundred { sum })
}

pub fn quote_still_valid(ask: &Ask) -> Vec<Blocker> {
    ask.case
        .quote
        .iter()
        .filter(|q| q.is_expired(ask.now))
        .map(|q| Blocker::QuoteExpired { until: q.terms.valid_until })
        .collect()
}
