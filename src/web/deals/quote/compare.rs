//! Two versions of a quote beside each other: only what differs.

use crate::domain::deal::Step;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::policy::{self, Act};
use crate::domain::quote::{FreightPayer, PaymentTerm, PriceRequest, Quote, QuoteTerms};
use crate::domain::quote_diff::{Change, differences};
use crate::domain::requirement::DeliveryMode;
use crate::domain::staff::Actor;
use crate::domain::tax::format_rate;
use crate::domain::workflow::Case;
use crate::store::cases;
use crate::web::deals::frame::{self, DealFrame};
use crate::web::deals::grid;
use crate::web::page::{self, Chrome};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use rust_decimal::Decimal;

/// One difference as a row.
pub struct ChangeLine {
    pub what: String,
    pub old: String,
    pub new: String,
}

#[derive(Template)]
#[template(path = "deals/quote_compare.html")]
struct ComparePage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    former: i32,
    newer: i32,
    /// How each of the two stands, in words.
    states: [String; 2],
    changes: Vec<ChangeLine>,
}

/// Payment terms in one line.
pub fn terms_text(t: Lang, terms: &QuoteTerms) -> String {
    listed(t, &terms.payment_terms)
}

fn listed(t: Lang, terms: &[PaymentTerm]) -> String {
    let each = terms.iter().map(|p| term_text(t, p));
    each.collect::<Vec<_>>().join(t.quote_term_joint())
}

/// Share and trigger of one payment; the days only where there are some.
fn term_text(t: Lang, p: &PaymentTerm) -> String {
    let (percent, trigger) = (format_quantity(p.percent), t.payment_trigger(p.trigger));
    if p.days == 0 {
        format!("{percent}% {trigger}")
    } else {
        t.quote_term_line(t.quote_days(p.days), percent, trigger)
    }
}

fn row(what: String, old: impl Into<String>, new: impl Into<String>) -> ChangeLine {
    ChangeLine { what, old: old.into(), new: new.into() }
}

fn coded(t: Lang, field: &str, value: &str) -> String {
    let word = match field {
        "delivery_mode" => DeliveryMode::parse(value).map(|v| t.delivery_mode(v)),
        "freight_payer" => FreightPayer::parse(value).map(|v| t.freight_payer(v)),
        _ => None,
    };
    word.map_or_else(|| value.to_owned(), str::to_owned)
}

pub fn line(t: Lang, change: &Change) -> ChangeLine {
    let about = |name: &str, what: &str| format!("{name} · {what}");
    let policy = |p: Option<Decimal>| p.map_or_else(|| t.quote_no_price().to_owned(), page::unit_price);
    let sold =
        |quantity: Decimal, price: Decimal| format!("{} × {}", format_quantity(quantity), page::unit_price(price));
    let days = |days: Option<i32>| days.map(|days| days.to_string()).unwrap_or_default();
    let asks = |request: PriceRequest| if request.is_policy() { t.requirement_no_word() } else { t.requirement_yes() };
    match change {
        Change::LineAdded { line, quantity, unit_price } => {
            row(about(line, t.quote_diff_added()), "", sold(*quantity, *unit_price))
        }
        Change::LineRemoved { line, quantity, unit_price } => {
            row(about(line, t.quote_diff_removed()), sold(*quantity, *unit_price), "")
        }
        Change::Quantity { line, old, new } => {
            row(about(line, t.field("quantity")), format_quantity(*old), format_quantity(*new))
        }
        Change::UnitPrice { line, old, new } => {
            row(about(line, t.field("unit_price")), page::unit_price(*old), page::unit_price(*new))
        }
        Change::PolicyPrice { line, old, new } => row(about(line, t.quote_diff_policy()), policy(*old), policy(*new)),
        Change::PolicyToday { line, old, new } => row(about(line, t.quote_diff_today()), policy(*old), policy(*new)),
        Change::TaxRate { line, old, new } => {
            row(about(line, t.field("tax_rate")), format_rate(*old), format_rate(*new))
        }
        Change::Spec { line, old, new } => row(about(line, t.prices_spec()), old.as_str(), new.as_str()),
        Change::LeadDays { line, old, new } => row(about(line, t.field("line_lead")), days(*old), days(*new)),
        Change::Note { line, old, new } => row(about(line, t.field("line_note")), old.as_str(), new.as_str()),
        Change::DiscountReason { line, old, new } => {
            row(about(line, t.field("discount_reason")), old.as_str(), new.as_str())
        }
        Change::Request { line, old, new } => row(about(line, t.quote_special_asked()), asks(*old), asks(*new)),
        Change::WholeDiscount { old, new } => {
            row(t.field("whole_discount").to_owned(), format_money(*old), format_money(*new))
        }
        Change::Total { old, new } => row(t.quote_gross().to_owned(), format_money(*old), format_money(*new)),
        Change::ValidUntil { old, new } => row(t.field("valid_until").to_owned(), t.date(*old), t.date(*new)),
        Change::DeliverAt { old, new } => {
            row(t.field("deliver_at").to_owned(), t.moment_full(*old), t.moment_full(*new))
        }
        Change::TaxBasis { old, new } => row(t.field("tax_basis").to_owned(), t.tax_basis(*old), t.tax_basis(*new)),
        Change::PaymentTerms { old, new } => row(t.quote_diff_terms().to_owned(), listed(t, old), listed(t, new)),
        Change::Text { field, old, new } => row(t.field(field).to_owned(), coded(t, field, old), coded(t, field, new)),
    }
}

/// The differences that this person may read; the internal note stays with those who see prices.
pub fn lines(t: Lang, actor: &Actor, case: &Case, changes: &[Change]) -> Vec<ChangeLine> {
    if policy::may_on(actor, Act::SeePrices, case).is_err() {
        return Vec::new();
    }
    changes.iter().map(|change| line(t, change)).collect()
}

fn state_of(t: Lang, case: &Case, quote: &Quote) -> String {
    let version = t.requirement_version(quote.version_no);
    let name = if case.alternatives.others.is_empty() {
        version
    } else {
        t.alternative_version_of(quote.alternative.code(), version)
    };
    t.alternative_compare_status(t.quote_status(quote.status), name)
}

pub async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::quoted(&web, &who, &no).await?;
    policy::may_on(&who.actor, Act::SeePrices, &case)?;
    let (Some(deal), Some(quote)) = (&case.deal, &case.quote) else { return Err(Problem::Missing) };
    let number = |name: &str| grid::query(&who.here.path, name).and_then(|raw| raw.parse::<i32>().ok());
    let newer = number("to").unwrap_or(quote.version_no);
    let (old, new) = {
        let mut conn = web.app().db.read().await?;
        let new = cases::quote_version(&mut conn, deal.id, newer).await?.ok_or(Problem::Missing)?;
        let old = match number("from") {
            Some(former) => cases::quote_version(&mut conn, deal.id, former).await?,
            None => cases::former_quote(&mut conn, deal.id, &new).await?,
        };
        (old.ok_or(Problem::Missing)?, new)
    };
    let t = who.t();
    page::page(&ComparePage {
        chrome: frame::chrome(&web, &who).await?,
        t,
        former: old.version_no,
        newer,
        states: [&old, &new].map(|q| state_of(t, &case, q)),
        changes: lines(t, &who.actor, &case, &differences(&old, &new)),
        frame: frame::of(&web, &who, &case, Step::Quote).await?,
    })
}
