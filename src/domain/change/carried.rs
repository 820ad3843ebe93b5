//! What becomes of the goods of an ordered line when a change makes it another (DOMAIN 8, 7.2).
//!
//! The one rule: what is there serves the new line as far as it can, the rest goes back to the shelf
//! or is scrapped; nothing that was made or picked vanishes.

use super::Relined;
use crate::domain::ids::{PickingId, ProductId};
use crate::domain::order::{Order, OrderLine, Shipment, ShipmentStatus};
use rust_decimal::Decimal;

/// A line after the change, with what moves on the shelf for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub line: OrderLine,
    /// Back on the shelf of the former product, for anybody.
    pub freed: Decimal,
    /// Off that shelf: made to a specification that nobody wants any more.
    pub wasted: Decimal,
    /// What the line would take of its shelf now.
    pub wanted: Decimal,
    /// Entries that nobody has checked and that no longer fit; the warehouse picks anew.
    pub void: Vec<PickingId>,
}

/// What was made or left the shelf for a line; shipped goods left the shelf first.
pub fn executed(line: &OrderLine) -> Decimal {
    line.produced + line.shipped.min(line.reserved)
}

/// The smallest quantity that costs nobody anything: executed, or delivered once and credited.
pub fn least(line: &OrderLine) -> Decimal {
    executed(line) + line.credited
}

/// Another product, or another specification of goods that were made: what is there does not serve.
pub fn is_remade(was: &OrderLine, product: Option<ProductId>, spec: &str) -> bool {
    product != was.product || spec != was.spec && !was.produced.is_zero()
}

pub fn carried(order: &Order, was: &OrderLine, is: &Relined) -> Carried {
    let mut line = OrderLine {
        product: is.product,
        name: is.name.clone(),
        spec: is.spec.clone(),
        quantity: is.quantity,
        unit_price: is.unit_price,
        tax_rate: is.tax_rate,
        amounts: is.amounts,
        ..was.clone()
    };
    let zero = Decimal::ZERO;
    if !was.is_goods {
        return Carried { line, freed: zero, wasted: zero, wanted: zero, void: Vec::new() };
    }
    let is_remade = is_remade(was, is.product, &is.spec);
    let (freed, wasted) = if is_remade { made_anew(was, &mut line) } else { fewer(was, &mut line) };
    let ready = if is_remade { zero } else { line.reserved + line.passed };
    let void = fit_picked(order, &mut line, ready);
    let (freed, wasted) = if was.shelf().is_some() { (freed, wasted) } else { (zero, zero) };
    let short = line.shortage().max(zero);
    let grown = if is.product == was.product { (is.quantity - was.quantity).max(zero) } else { short };
    let wanted = if line.shelf().is_some() { grown.min(short) } else { zero };
    Carried { line, freed, wasted, wanted, void }
}

/// Freed and wasted. Another product frees the shelf of what it had; goods made to another
/// specification are scrapped, those off the shelf stay.
fn made_anew(was: &OrderLine, line: &mut OrderLine) -> (Decimal, Decimal) {
    let is_same = line.product == was.product;
    let kept = if is_same { was.reserved.min(line.due()).max(Decimal::ZERO) } else { Decimal::ZERO };
    let sound = if is_same || was.shelf().is_none() { Decimal::ZERO } else { was.passed };
    line.scrapped += was.produced - sound;
    line.reserved = kept;
    (line.produced, line.passed, line.failed) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    (was.reserved - kept + sound, if is_same { was.passed } else { Decimal::ZERO })
}

/// Freed and wasted. What lies on the shelf goes first, for it costs nothing; then what is not
/// checked yet, then what is ready.
fn fewer(was: &OrderLine, line: &mut OrderLine) -> (Decimal, Decimal) {
    let over = (was.reserved + was.produced - line.due()).max(Decimal::ZERO);
    let shelf = over.min(was.reserved - was.shipped.min(was.reserved));
    let unchecked = (over - shelf).min(was.produced - was.passed);
    let ready = over - shelf - unchecked;
    line.reserved -= shelf;
    line.passed -= ready;
    line.produced -= unchecked + ready;
    line.failed = line.failed.min(line.produced - line.passed);
    // Goods of their own kind have no shelf to go back to.
    line.scrapped += unchecked + if was.shelf().is_some() { Decimal::ZERO } else { ready };
    (shelf + ready, Decimal::ZERO)
}

/// Picked, checked and packed follow what is ready; the newest entries that nobody checked yet go.
fn fit_picked(order: &Order, line: &mut OrderLine, ready: Decimal) -> Vec<PickingId> {
    line.checked = line.checked.min(ready);
    line.packed = line.packed.min(line.checked);
    let mut open: Vec<_> = order.tracking.pickings.iter().filter(|p| p.line == line.id && p.waits()).collect();
    open.sort_by_key(|p| p.picked_at);
    let mut picked: Decimal = line.checked + open.iter().map(|p| p.quantity).sum::<Decimal>();
    let mut void = Vec::new();
    while picked > ready {
        let Some(newest) = open.pop() else { break };
        picked -= newest.quantity;
        void.push(newest.id);
    }
    line.picked = picked;
    void
}

/// Shipments that wait and hold more than is packed now, the newest first.
pub fn overfull(order: &Order) -> Vec<Shipment> {
    let mut then = order.clone();
    let mut out = Vec::new();
    loop {
        let short = then.goods().find(|l| then.to_ship(l) < Decimal::ZERO).map(|l| l.id);
        let holds =
            |s: &Shipment| s.status == ShipmentStatus::Pending && s.lines.iter().any(|l| Some(l.order_line) == short);
        let Some(at) = then.shipments.iter().rposition(holds) else { break };
        out.push(then.shipments.remove(at));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::Picking;
    use crate::domain::ids::PersonId;
    use crate::domain::order::tests::{line, order};
    use crate::domain::quote::QuoteLineKind;
    use chrono::{DateTime, TimeDelta};
    use rust_decimal::dec;
    use uuid::Uuid;

    const SETS: Option<ProductId> = Some(ProductId(Uuid::from_u128(1)));
    const OTHERS: Option<ProductId> = Some(ProductId(Uuid::from_u128(2)));

    /// Reserved, produced, picked, packed, shipped, signed; what was produced has passed.
    fn goods(quantity: i64, moved: [i64; 6]) -> OrderLine {
        OrderLine { product: SETS, ..line(quantity, moved) }
    }

    fn wanted(was: &OrderLine, quantity: i64) -> Relined {
        Relined {
            line: was.id,
            product: was.product,
            name: was.name.clone(),
            spec: was.spec.clone(),
            quantity: Decimal::from(quantity),
            unit_price: was.unit_price,
            tax_rate: was.tax_rate,
            amounts: was.amounts,
        }
    }

    fn entry(no: u128, quantity: i64) -> Picking {
        Picking {
            id: PickingId(Uuid::from_u128(no)),
            line: line(0, [0; 6]).id,
            quantity: Decimal::from(quantity),
            location: None,
            picked_by: PersonId(Uuid::nil()),
            picked_by_name: String::new(),
            picked_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(no).unwrap_or(0)),
            checked_by_name: None,
            checked_at: None,
            voided_at: None,
        }
    }

    fn after(was: &OrderLine, is: &Relined) -> Carried {
        carried(&order(vec![was.clone()]), was, is)
    }

    #[test]
    fn fewer_give_the_shelf_back_before_anything_made_is_lost() {
        // 14 off the shelf and 6 made, none has left: 16 leave what was made untouched.
        let was = OrderLine { passed: dec!(0), ..goods(20, [14, 6, 0, 0, 0, 0]) };
        let now = after(&was, &wanted(&was, 16));
        assert_eq!((now.line.reserved, now.line.produced, now.line.scrapped), (dec!(10), dec!(6), dec!(0)));
        assert_eq!((now.freed, now.wasted, now.wanted), (dec!(4), dec!(0), dec!(0)));
    }

    #[test]
    fn what_was_made_beside_what_left_the_shelf_is_executed() {
        // Story 2: the 14 have left, the 6 are made and not checked yet.
        let was = OrderLine { passed: dec!(0), ..goods(20, [14, 6, 14, 14, 14, 14]) };
        assert_eq!((executed(&was), least(&was)), (dec!(20), dec!(20)));
        let now = after(&was, &wanted(&was, 16));
        assert_eq!((now.line.produced, now.line.scrapped, now.freed), (dec!(2), dec!(4), dec!(0)), "nothing vanishes");
        // Checked, they lie on the shelf and stay there for anybody.
        let was = goods(20, [14, 6, 14, 14, 14, 14]);
        let now = after(&was, &wanted(&was, 16));
        assert_eq!((now.line.reserved + now.line.passed, now.freed, now.line.scrapped), (dec!(16), dec!(4), dec!(0)));
        // Two came back for a credit: the bound counts them.
        let was = OrderLine { credited: dec!(2), ..goods(20, [12, 6, 12, 12, 12, 12]) };
        assert_eq!((executed(&was), least(&was)), (dec!(18), dec!(20)));
    }

    #[test]
    fn another_specification_scraps_what_was_made_and_another_product_what_nobody_checked() {
        let was = OrderLine { passed: dec!(4), failed: dec!(1), ..goods(20, [10, 6, 12, 5, 0, 0]) };
        let other_spec = Relined { spec: "防护等级 IP54".into(), ..wanted(&was, 20) };
        let now = after(&was, &other_spec);
        let l = &now.line;
        assert_eq!(
            (l.reserved, l.produced, l.passed, l.failed, l.scrapped),
            (dec!(10), dec!(0), dec!(0), dec!(0), dec!(6))
        );
        assert_eq!((l.picked, l.checked, l.packed), (dec!(0), dec!(0), dec!(0)));
        assert_eq!((now.freed, now.wasted, now.wanted), (dec!(0), dec!(4), dec!(0)));

        let other = Relined { product: OTHERS, ..wanted(&was, 20) };
        let now = after(&was, &other);
        assert_eq!((now.line.reserved, now.line.produced, now.line.scrapped), (dec!(0), dec!(0), dec!(2)));
        assert_eq!(
            (now.freed, now.wasted, now.wanted),
            (dec!(14), dec!(0), dec!(20)),
            "the good ones are sold to others"
        );
    }

    #[test]
    fn a_specification_that_moves_before_anything_was_made_keeps_the_goods() {
        let was = goods(10, [10, 0, 10, 0, 0, 0]);
        let now = after(&was, &Relined { spec: "另附清单".into(), ..wanted(&was, 10) });
        assert_eq!((now.line.reserved, now.line.checked, now.freed), (dec!(10), dec!(10), dec!(0)));
    }

    #[test]
    fn custom_pieces_touch_no_shelf() {
        let was = OrderLine { kind: QuoteLineKind::Custom, ..goods(5, [0, 5, 0, 0, 0, 0]) };
        assert_eq!(was.shelf(), None);
        let now = after(&was, &wanted(&was, 3));
        assert_eq!((now.line.passed, now.line.scrapped, now.freed, now.wanted), (dec!(3), dec!(2), dec!(0), dec!(0)));
        let now = after(&was, &Relined { product: OTHERS, ..wanted(&was, 5) });
        assert_eq!((now.line.produced, now.line.scrapped, now.freed, now.wanted), (dec!(0), dec!(5), dec!(0), dec!(0)));
    }

    #[test]
    fn an_entry_that_no_longer_fits_is_void_and_the_newest_goes_first() {
        let was = OrderLine { checked: dec!(0), ..goods(10, [10, 0, 10, 0, 0, 0]) };
        let mut order = order(vec![was.clone()]);
        order.tracking.pickings = vec![entry(1, 6), entry(2, 4)];
        let now = carried(&order, &was, &wanted(&was, 6));
        assert_eq!((now.line.picked, now.void), (dec!(6), vec![PickingId(Uuid::from_u128(2))]));
        order.tracking.pickings = vec![entry(1, 10)];
        let now = carried(&order, &was, &wanted(&was, 6));
        assert_eq!((now.line.picked, now.void.len()), (dec!(0), 1), "one entry of ten: the six are picked anew");
    }
}
