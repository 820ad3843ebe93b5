//! The prices of the quote form in the other basis (DOMAIN 5.4): who turns from 含税 to 不含税 asks for the same
//! money, written otherwise.
//!
//! The one rule: what was converted is looked at before it is saved.

use super::form::{Basis, MAX_PRICE};
use crate::app::PolicyChoice;
use crate::domain::input;
use crate::domain::money::round_money;
use crate::domain::tax::{self, TaxBasis, parse_rate};
use crate::web::deals::grid::plain;
use crate::web::form::Submitted;
use rust_decimal::Decimal;

/// The basis that the prices stand in, and the one that was chosen, where it is another.
fn turned(form: &Submitted) -> Option<(TaxBasis, TaxBasis)> {
    let from = TaxBasis::parse(form.value("priced_basis"))?;
    TaxBasis::parse(form.value("tax_basis")).filter(|to| *to != from).map(|to| (from, to))
}

pub fn is_turned(form: &Submitted) -> bool {
    turned(form).is_some()
}

/// The form with every price in the basis that was chosen; nothing when they stand in it already.
pub fn of(form: &Submitted, basis: &Basis) -> Option<Submitted> {
    let (from, to) = turned(form)?;
    let taken = form.values("take_policy");
    let rates = form.values("tax_rate");
    let price = |(i, raw): (usize, &str)| {
        let line = basis.lines().get(i)?;
        let price = input::decimal(raw, 6, Decimal::ZERO, MAX_PRICE).ok()?;
        let rate = rates.get(i).and_then(|raw| parse_rate(raw).ok()).unwrap_or_else(|| basis.library.rate(line));
        let is_taken = taken.iter().any(|number| *number == (i + 1).to_string());
        let choice = if is_taken { PolicyChoice::Take } else { PolicyChoice::Keep };
        let policy = |of| basis.policy(line, choice, of, rate).map(|p| p.unit_price);
        let followed = policy(from).filter(|p| *p == price).and_then(|_| policy(to));
        Some(plain(followed.unwrap_or_else(|| tax::typed_in_basis(price, from, to, rate))))
    };
    let fees = form.values("surcharge_tax_rate");
    let fee = |(i, raw): (usize, &str)| {
        let amount = input::decimal(raw, 2, Decimal::ZERO, MAX_PRICE).ok()?;
        let rate = fees.get(i).and_then(|raw| parse_rate(raw).ok())?;
        Some(plain(round_money(tax::in_basis(amount, from, to, rate))))
    };
    let prices = form.values("unit_price").into_iter().enumerate().map(price).collect();
    let amounts = form.values("surcharge_amount").into_iter().enumerate().map(fee).collect();
    let mut out = form.clone();
    put(&mut out, "unit_price", prices);
    put(&mut out, "surcharge_amount", amounts);
    put(&mut out, "priced_basis", vec![Some(to.code().to_owned())]);
    Some(out)
}

/// Puts these values in the rows of a column; what could not be converted stays as it was typed.
fn put(form: &mut Submitted, name: &str, values: Vec<Option<String>>) {
    let column = form.values.iter_mut().filter(|(n, _)| n == name);
    for ((_, old), new) in column.zip(values) {
        if let Some(new) = new {
            *old = new;
        }
    }
}
