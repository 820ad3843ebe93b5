//! The quote as the approver reads it: lines with margin against the floor, totals, terms, stock.
//!
//! The one rule: prices and floors only for who may see them.

use crate::documents::quote::remarks;
use crate::domain::capital::to_capital;
use crate::domain::money::{format_money, format_quantity, milestones};
use crate::domain::policy::{self, Act};
use crate::domain::quote::{Quote, QuoteLine, QuoteLineKind};
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::Case;
use crate::web::deals::quote::paper::kept;
use crate::web::{SignedIn, page};
use crate::wording::Lang;
use rust_decimal::Decimal;

pub struct QuoteView {
    pub no: String,
    pub version_no: i32,
    pub has_prices: bool,
    pub has_floor: bool,
    pub is_below_floor: bool,
    pub max_discount: String,
    pub lines: Vec<LineView>,
    pub net: String,
    pub tax: String,
    pub gross: String,
    pub capital: String,
    pub facts: Vec<(String, String)>,
    pub terms: Vec<TermView>,
}

pub struct LineView {
    pub number: usize,
    pub name: String,
    pub detail: String,
    /// What the customer reads beside the line.
    pub remarks: Option<String>,
    pub kind: String,
    pub quantity: String,
    pub price: String,
    pub discount: String,
    pub reason: Option<String>,
    pub asks_special: bool,
    /// That the policy price is not the one of the day.
    pub kept: Option<String>,
    pub gross: String,
    pub floor: String,
    pub margin: String,
    pub is_below: bool,
}

pub struct TermView {
    pub percent: String,
    pub trigger: String,
    pub amount: String,
}

pub struct StockView {
    pub name: String,
    pub wanted: String,
    /// None of what is made to order.
    pub available: Option<String>,
    pub missing: Option<String>,
}

fn line_view(t: Lang, case: &Case, number: usize, line: &QuoteLine, basis: TaxBasis) -> LineView {
    let amount = match basis {
        TaxBasis::Inclusive => line.amounts.gross,
        TaxBasis::Exclusive => line.amounts.net,
    };
    let effective = if line.discount_share.is_zero() { line.unit_price } else { amount / line.quantity };
    let floor = line.policy.as_ref().map(|p| p.floor_price);
    LineView {
        number,
        name: t.item(case, line.product, &line.name).to_owned(),
        detail: [Some(line.spec.as_str()), line.packaging.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
        remarks: remarks(t, &line.remarks),
        kind: t.quote_line_kind(line.kind).to_owned(),
        quantity: t.quantity(line.quantity, &line.unit),
        price: page::unit_price(line.unit_price),
        discount: t.discount(line.discount_rate),
        reason: line.discount_reason.clone(),
        asks_special: !line.request.is_policy(),
        kept: kept(t, line),
        gross: format_money(line.amounts.gross),
        floor: floor.map(page::unit_price).unwrap_or_default(),
        margin: floor.map(|floor| format_money(effective - floor)).unwrap_or_default(),
        is_below: floor.is_some_and(|floor| effective < floor),
    }
}

pub fn quote_view(t: Lang, who: &SignedIn, case: &Case, quote: &Quote) -> QuoteView {
    let has_prices = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let has_floor = policy::may_on(&who.actor, Act::SeeFloor, case).is_ok();
    let (terms, totals) = (&quote.terms, &quote.priced.totals);
    let mut facts = vec![
        (t.field("valid_until").to_owned(), t.date(terms.valid_until)),
        (t.field("deliver_at").to_owned(), t.moment_full(terms.deliver_at)),
        (t.field("place").to_owned(), terms.place.clone()),
        (t.field("delivery_mode").to_owned(), t.delivery_mode(terms.delivery_mode).to_owned()),
        (t.field("freight_payer").to_owned(), t.freight_payer(terms.freight_payer).to_owned()),
        (t.field("warranty").to_owned(), terms.warranty.clone()),
    ];
    if has_prices {
        facts.push((t.field("tax_basis").to_owned(), t.tax_basis(terms.tax_basis).to_owned()));
        if !terms.whole_discount.is_zero() {
            facts.push((t.field("whole_discount").to_owned(), format_money(terms.whole_discount)));
        }
        if let Some(note) = &terms.internal_note {
            facts.push((t.field("internal_note").to_owned(), note.clone()));
        }
    }
    let percents: Vec<Decimal> = terms.payment_terms.iter().map(|p| p.percent).collect();
    let amounts = milestones(totals.gross, &percents);
    QuoteView {
        no: quote.no.clone(),
        version_no: quote.version_no,
        has_prices,
        has_floor,
        is_below_floor: quote.priced.is_below_floor,
        max_discount: t.discount(quote.priced.max_discount),
        lines: quote
            .priced
            .lines
            .iter()
            .enumerate()
            .map(|(i, l)| line_view(t, case, i + 1, l, terms.tax_basis))
            .collect(),
        net: format_money(totals.net),
        tax: format_money(totals.tax),
        gross: format_money(totals.gross),
        capital: to_capital(totals.gross).unwrap_or_default(),
        facts,
        terms: terms
            .payment_terms
            .iter()
            .zip(amounts)
            .map(|(term, amount)| TermView {
                percent: format!("{}%", format_quantity(term.percent)),
                trigger: match term.days {
                    0 => t.payment_trigger(term.trigger).to_owned(),
                    days => t.approval_term(days, t.payment_trigger(term.trigger)),
                },
                amount: format_money(amount),
            })
            .collect(),
    }
}

pub fn stock_views(t: Lang, case: &Case, quote: &Quote) -> Vec<StockView> {
    quote
        .priced
        .lines
        .iter()
        .filter(|l| matches!(l.kind, QuoteLineKind::Standard | QuoteLineKind::Custom))
        .map(|line| {
            let kept = line.product.filter(|_| line.kind == QuoteLineKind::Standard);
            let available = kept.and_then(|product| case.available_of(product));
            let missing = available.map(|n| line.quantity - n).filter(|missing| *missing > Decimal::ZERO);
            let with_unit = |quantity: Decimal| t.quantity(quantity, &line.unit);
            StockView {
                name: t.item(case, line.product, &line.name).to_owned(),
                wanted: with_unit(line.quantity),
                available: available.map(with_unit),
                missing: missing.map(with_unit),
            }
        })
        .collect()
}
