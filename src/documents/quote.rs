//! The quote 报价单 (DOMAIN 1.3): lines, sums per rate, capitals, payment terms, conditions.

use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Words, both_sign, called, fact, head, phone, wide,
};
use crate::domain::calendar::ZONE;
use crate::domain::capital::to_capital;
use crate::domain::money::{format_money, format_quantity, milestones, round_money};
use crate::domain::quote::{LineRemarks, PaymentTerm, Quote, QuoteLineKind, QuoteStatus};
use crate::domain::tax::{Totals, format_rate};
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use kuaidan_documents::Layout;
use rust_decimal::Decimal;
use serde::Serialize;

/// A priced line; the same struct prints quotes, approvals and orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub number: usize,
    pub name: String,
    pub spec: Option<String>,
    pub packaging: Option<String>,
    /// The line's part of the whole-quote discount, as a sentence.
    pub discount: Option<String>,
    /// Its own lead time and its note; left out of the content where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    pub quantity: String,
    pub unit_price: String,
    pub rate: String,
    pub net: String,
    pub tax: String,
    pub gross: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateSum {
    pub rate: String,
    pub net: String,
    pub tax: String,
    pub gross: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sums {
    pub net: String,
    pub tax: String,
    pub gross: String,
    pub capital: Option<String>,
    pub discount: Option<String>,
    pub by_rate: Vec<RateSum>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    pub number: usize,
    pub trigger: &'static str,
    pub percent: String,
    pub days: String,
    pub amount: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuoteForm {
    pub head: Head,
    pub words: Words,
    pub facts: Vec<Fact>,
    pub lines: Vec<Line>,
    pub totals: Sums,
    pub terms: Vec<Term>,
    pub conditions: Vec<Fact>,
    pub notes: Vec<String>,
    pub signs: Vec<Sign>,
}

/// A unit price: two decimals, more only where it has more.
pub fn unit_price(value: Decimal) -> String {
    if value == round_money(value) { format_money(value) } else { format_quantity(value) }
}

/// The words of tables with prices.
pub fn price_words(t: Lang) -> Words {
    Words::from([
        ("number", "#"),
        ("product", t.field("product")),
        ("quantity", t.field("quantity")),
        ("unit_price", t.field("unit_price")),
        ("rate", t.document_rate()),
        ("net", t.quote_net()),
        ("tax", t.quote_tax()),
        ("gross", t.quote_gross()),
        ("total", t.quote_total()),
        ("by_rate", t.quote_by_rate()),
        ("capital", t.document_capital()),
        ("included", t.document_discount_included()),
        ("lines", t.quote_lines()),
        ("terms", t.quote_terms()),
        ("trigger", t.field("trigger")),
        ("percent", t.field("percent")),
        ("days", t.field("days")),
        ("amount", t.field("amount")),
        ("conditions", t.quote_head()),
    ])
}

/// What a line says beyond its price, as one sentence.
pub fn remarks(t: Lang, said: &LineRemarks) -> Option<String> {
    let parts = [said.lead_days.map(|days| t.quote_line_lead(days)), said.note.clone()];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")).filter(|words| !words.is_empty())
}

pub fn lines(t: Lang, case: &Case, quote: &Quote) -> Vec<Line> {
    quote
        .priced
        .lines
        .iter()
        .enumerate()
        .map(|(i, l)| Line {
            number: i + 1,
            name: called(t, case, l.product, &l.name),
            // A fee is called by its name alone.
            spec: Some(l.spec.clone()).filter(|_| l.kind != QuoteLineKind::Surcharge),
            packaging: l.packaging.clone(),
            discount: (!l.discount_share.is_zero()).then(|| t.quote_share(format_money(l.discount_share))),
            remarks: remarks(t, &l.remarks),
            quantity: t.quantity(l.quantity, &l.unit),
            unit_price: unit_price(l.unit_price),
            rate: format_rate(l.tax_rate),
            net: format_money(l.amounts.net),
            tax: format_money(l.amounts.tax),
            gross: format_money(l.amounts.gross),
        })
        .collect()
}

pub fn sums(totals: &Totals, whole_discount: Decimal) -> Sums {
    Sums {
        net: format_money(totals.net),
        tax: format_money(totals.tax),
        gross: format_money(totals.gross),
        capital: to_capital(totals.gross).map(|words| format!("人民币{words}")),
        discount: (!whole_discount.is_zero()).then(|| format_money(whole_discount)),
        by_rate: totals
            .by_rate
            .iter()
            .map(|s| RateSum {
                rate: format_rate(s.rate),
                net: format_money(s.net),
                tax: format_money(s.tax),
                gross: format_money(s.gross),
            })
            .collect(),
    }
}

pub fn terms(t: Lang, gross: Decimal, terms: &[PaymentTerm]) -> Vec<Term> {
    let percents: Vec<Decimal> = terms.iter().map(|term| term.percent).collect();
    terms
        .iter()
        .zip(milestones(gross, &percents))
        .enumerate()
        .map(|(i, (term, amount))| Term {
            number: i + 1,
            trigger: t.payment_trigger(term.trigger),
            percent: format!("{}%", format_quantity(term.percent)),
            days: if term.days == 0 { String::new() } else { t.quote_days(term.days) },
            amount: format_money(amount),
        })
        .collect()
}

pub fn form(t: Lang, company: &Letterhead, case: &Case, quote: &Quote, shown: Shown) -> QuoteForm {
    let head = head(t, company, t.quote_title(), &quote.no, Some(quote.version_no), shown);
    let terms_of = &quote.terms;
    let contact = case
        .requirement
        .as_ref()
        .and_then(|r| case.customer.profile.contacts.iter().find(|c| Some(c.id) == r.content.contact));
    let number = contact.and_then(|c| c.mobile.as_deref().or(c.landline.as_deref()));
    let called = contact.map(|c| format!("{} {}", c.name, c.title)).unwrap_or_default();
    QuoteForm {
        words: price_words(t),
        facts: vec![
            wide(t.field("customer"), &case.customer.profile.legal_name),
            fact(t.field("contact"), called),
            fact(t.customer_phone(), number.map(|n| phone(shown, n)).unwrap_or_default()),
            fact(t.quote_date(), t.date(quote.quote_date)),
            fact(t.field("valid_until"), t.date(terms_of.valid_until)),
        ]
        .into_iter()
        .chain(letter(t, case, quote))
        .collect(),
        lines: lines(t, case, quote),
        totals: sums(&quote.priced.totals, terms_of.whole_discount),
        terms: terms(t, quote.priced.totals.gross, &terms_of.payment_terms),
        conditions: vec![
            fact(t.field("tax_basis"), t.tax_basis(terms_of.tax_basis)),
            fact(t.field("deliver_at"), t.moment_full(terms_of.deliver_at)),
            fact(t.field("delivery_mode"), t.delivery_mode(terms_of.delivery_mode)),
            fact(t.field("freight_payer"), t.freight_payer(terms_of.freight_payer)),
            wide(t.field("place"), &terms_of.place),
            wide(t.field("warranty"), &terms_of.warranty),
        ],
        notes: vec![t.document_quote_currency().to_owned(), t.document_quote_validity(t.date(terms_of.valid_until))],
        signs: both_sign(t, &head, case),
        head,
    }
}

/// Which of several offers this is, where there are several: their version numbers alone would read as
/// if one replaced the other.
fn letter(t: Lang, case: &Case, quote: &Quote) -> Option<Fact> {
    let is_one_of_many = !quote.alternative.is_first() || !case.alternatives.others.is_empty();
    is_one_of_many.then(|| wide(t.alternative_title(), t.alternative_name(quote.alternative.code())))
}

/// The form ready for the press, dated by the quote itself.
pub fn content(
    t: Lang,
    company: &Letterhead,
    case: &Case,
    quote: &Quote,
    shown: Shown,
) -> Result<Content, serde_json::Error> {
    Content::of(Layout::Quote, &form(t, company, case, quote, shown), midnight(quote.quote_date))
}

/// A quote that nobody approved yet is a draft; one that was replaced or refused is void.
pub fn mark(quote: &Quote) -> Mark {
    match quote.status {
        QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted => Mark::None,
        QuoteStatus::Draft | QuoteStatus::Submitted | QuoteStatus::Returned | QuoteStatus::Withdrawn => Mark::Draft,
        QuoteStatus::Superseded => Mark::Superseded,
        QuoteStatus::NotChosen => Mark::NotChosen,
        QuoteStatus::Declined | QuoteStatus::Expired | QuoteStatus::Rejected => Mark::Void,
    }
}

/// The first instant of a day in company time.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let at = day.and_time(NaiveTime::MIN);
    at.and_local_timezone(ZONE).single().map_or_else(|| at.and_utc(), |at| at.to_utc())
}
