//! The first lines of the decision page: margin, stock, credit and complaints of the version at hand, each
//! with a word whether it needs a look; the whole quote stands below.
//!
//! The one rule: a line is shown only to those who may see what it says.

use super::paper::StockView;
use crate::domain::credit::{self, Exposure};
use crate::domain::money::{format_money, round_rate4};
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::Case;
use crate::web::SignedIn;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub struct Line {
    pub label: &'static str,
    pub value: String,
    /// `ok`, `warn` or `bad`, as a badge; nothing where there is nothing to judge.
    pub kind: &'static str,
}

pub fn lines(
    t: Lang,
    who: &SignedIn,
    (case, quote): (&Case, &Quote),
    stock: &[StockView],
    lessons: usize,
    now: DateTime<Utc>,
) -> Vec<Line> {
    let sees = |act| policy::may_on(&who.actor, act, case).is_ok();
    let mut out = Vec::new();
    if sees(Act::SeePrices) {
        let value = t.glance_amount(format_money(quote.priced.totals.gross), t.discount(quote.priced.max_discount));
        out.push(Line { label: t.approval_gross(), value, kind: "" });
    }
    if sees(Act::SeeFloor) {
        out.extend(margin(t, quote));
    }
    if !stock.is_empty() {
        let short = stock.iter().filter(|s| s.missing.is_some()).count();
        let is_kept = stock.iter().any(|s| s.available.is_some());
        let (value, kind) = match short {
            0 if is_kept => (t.approval_enough().to_owned(), "ok"),
            0 => (t.stock_to_order().to_owned(), ""),
            short => (t.glance_short(short), "warn"),
        };
        out.push(Line { label: t.approval_stock(), value, kind });
    }
    if sees(Act::SeePrices) {
        out.push(credit_line(t, case, quote, now));
    }
    let (value, kind) = match case.lessons.len() {
        0 => (t.glance_no_complaints().to_owned(), "ok"),
        complaints => (t.glance_complaints(complaints), "warn"),
    };
    out.push(Line { label: t.glance_complaints_title(), value, kind });
    let (value, kind) =
        if lessons == 0 { (t.glance_no_lessons().to_owned(), "ok") } else { (t.glance_lessons(lessons), "warn") };
    out.push(Line { label: t.round_lessons(), value, kind });
    out
}

/// How far the line that is nearest to its floor lies above it, or how many lie below.
fn margin(t: Lang, quote: &Quote) -> Option<Line> {
    let over: Vec<Decimal> = quote
        .priced
        .lines
        .iter()
        .filter_map(|line| {
            let floor = line.policy.as_ref().map(|p| p.floor_price).filter(|floor| !floor.is_zero())?;
            let amount = match quote.terms.tax_basis {
                TaxBasis::Inclusive => line.amounts.gross,
                TaxBasis::Exclusive => line.amounts.net,
            };
            let price = if line.discount_share.is_zero() { line.unit_price } else { amount / line.quantity };
            Some((price - floor) / floor)
        })
        .collect();
    let below = over.iter().filter(|share| share.is_sign_negative() && !share.is_zero()).count();
    let least = over.iter().min()?;
    let (value, kind) = match below {
        0 => (t.glance_margin(t.percent(round_rate4(*least))), "ok"),
        lines => (t.glance_below(lines), "bad"),
    };
    Some(Line { label: t.approval_margin(), value, kind })
}

/// What the customer would owe with this quote, against the limit.
fn credit_line(t: Lang, case: &Case, quote: &Quote, now: DateTime<Utc>) -> Line {
    let facts = &case.route_facts.credit;
    let part = credit::credit_part(quote);
    let late = facts.overdue_days(now);
    let over = |exposure: Decimal, limit: Decimal| {
        if limit.is_zero() { Decimal::ONE } else { round_rate4((exposure - limit) / limit) }
    };
    let (value, kind) = match facts.check(part, case.rules.of_round()) {
        _ if late > 0 => (t.glance_overdue(late), "bad"),
        Exposure::Within if part.is_zero() => (t.glance_prepaid().to_owned(), "ok"),
        Exposure::Within => {
            let limit = facts.limit.unwrap_or_default();
            (t.glance_credit(format_money(limit), format_money(facts.exposure(part))), "ok")
        }
        Exposure::NoLimit => (t.glance_no_limit().to_owned(), "warn"),
        Exposure::Over { exposure, limit } => (t.glance_over(t.percent(over(exposure, limit))), "warn"),
        Exposure::FarOver { exposure, limit } => (t.glance_over(t.percent(over(exposure, limit))), "bad"),
    };
    Line { label: t.frame_deal_credit(), value, kind }
}
