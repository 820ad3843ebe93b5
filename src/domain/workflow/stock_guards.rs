//! Guards of the soft hold of stock while a quote is on its way (DOMAIN 7.2).

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::ids::ProductId;
use crate::domain::requirement::LineKind;
use crate::domain::stock::Hold;
use rust_decimal::Decimal;

/// What the deal needs of a product that is kept in stock.
pub fn needed(case: &super::Case, product: ProductId) -> Decimal {
    let lines = case.requirement.iter().flat_map(|r| &r.content.lines);
    lines.filter(|l| l.kind == LineKind::Standard && l.product == Some(product)).map(|l| l.quantity).sum()
}

/// The hold of this deal that has not ended, if it has one.
pub fn own_hold(case: &super::Case, product: ProductId) -> Option<&Hold> {
    let deal = case.deal.as_ref()?.id;
    case.shelves.iter().find(|s| s.product == product)?.holds.iter().find(|h| h.deal == deal)
}

pub fn hold_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::HoldStock { product, quantity }) = ask.command else {
        let stocked = ask.case.shelves.iter().any(|s| !needed(ask.case, s.product).is_zero());
        return when(!stocked, Blocker::NothingStocked);
    };
    let max = needed(ask.case, *product);
    // A shelf may be there only because of a hold from before the requirement changed.
    if max.is_zero() || !ask.case.shelves.iter().any(|s| s.product == *product) {
        return vec![Blocker::NothingStocked];
    }
    when(*quantity <= Decimal::ZERO || *quantity > max, Blocker::HoldTooMuch { max })
}

/// Once the order is confirmed its reservation stands in place of the hold.
pub fn order_not_confirmed(ask: &Ask) -> Vec<Blocker> {
    when(ask.case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some()), Blocker::OrderExists)
}

pub fn something_held(ask: &Ask) -> Vec<Blocker> {
    let held = match ask.command {
        Some(Command::ReleaseHold { product }) => own_hold(ask.case, *product).is_some(),
        _ => ask.case.shelves.iter().any(|s| own_hold(ask.case, s.product).is_some()),
    };
    when(!held, Blocker::NothingHeld)
}
