//! An order's new total: the former one kept as a revision, lines and milestones as they are now,
//! stock reserved or released for the difference under the stock row's lock (DOMAIN 8, 7.2).

use super::record::Recorded;
use super::stock::{Movement, move_stock};
use super::{StoreError, Tx, holds, orders};
use crate::domain::change::{Carried, FormerLine, Relined, Revision, Totals3, carried};
use crate::domain::deal::Urgency;
use crate::domain::ids::{DealId, OrderId, OrderLineId, PickingId, ProductId};
use crate::domain::order::{Order, OrderLine};
use crate::domain::workflow::{Case, Event};
use rust_decimal::Decimal;
use sqlx::PgConnection;

pub async fn apply(tx: &mut Tx, case: &Case, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let (Event::OrderRetotalled { change, before, totals, lines, milestones, .. }, Some(order)) = (event, &case.order)
    else {
        return Ok(());
    };
    let former: Vec<FormerLine> = order
        .lines
        .iter()
        .map(|l| FormerLine {
            name: l.name.clone(),
            spec: l.spec.clone(),
            quantity: l.quantity,
            unit: l.unit.clone(),
            unit_price: l.unit_price,
            gross: l.amounts.gross,
        })
        .collect();
    sqlx::query!(
        "INSERT INTO order_revision (order_id, revision_no, change_id, net, tax, gross, new_gross, lines, made_at)
         VALUES ($1, (SELECT count(*) FROM order_revision r WHERE r.order_id = $1)::integer + 1, $2, $3, $4, $5, $6, $7, $8)",
        order.id.0,
        change.0,
        before.net,
        before.tax,
        before.gross,
        totals.gross,
        serde_json::to_value(&former)?,
        how.now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE sales_order SET net = $2, tax = $3, gross = $4 WHERE id = $1",
        order.id.0,
        totals.net,
        totals.tax,
        totals.gross
    )
    .execute(tx.conn())
    .await?;
    move_lines(tx, case.deal.as_ref().map(|d| d.id), order, lines, how).await?;
    if order.confirmed_at.is_some() {
        orders::mark_first_sales(tx, order.id, how.now).await?;
    }
    for m in milestones {
        sqlx::query!(
            "INSERT INTO milestone (order_id, position, percent, trigger, days, amount, received, due_on) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
             ON CONFLICT (order_id, position) DO UPDATE SET percent = $3, trigger = $4, days = $5, amount = $6, due_on = $7",
            order.id.0,
            m.position,
            m.percent,
            m.trigger.code(),
            m.days,
            m.amount,
            m.due_on
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn move_lines(
    tx: &mut Tx,
    deal: Option<DealId>,
    order: &Order,
    lines: &[Relined],
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let mut pairs: Vec<(&OrderLine, &Relined)> =
        lines.iter().filter_map(|is| order.lines.iter().find(|l| l.id == is.line).map(|was| (was, is))).collect();
    // Stock rows are locked in the order of product ids, whichever line they belong to.
    let mut products: Vec<ProductId> = pairs.iter().flat_map(|(was, is)| [was.product, is.product]).flatten().collect();
    products.sort();
    products.dedup();
    let ids: Vec<uuid::Uuid> = products.iter().map(|p| p.0).collect();
    sqlx::query!("SELECT product_id FROM stock WHERE product_id = ANY ($1) ORDER BY product_id FOR UPDATE", &ids)
        .fetch_all(tx.conn())
        .await?;
    // What is given back first may be taken by another line.
    pairs.sort_by_key(|(was, is)| is.quantity > was.quantity);
    for (was, is) in pairs {
        let now = carried(order, was, is);
        let reserved = now.line.reserved + move_shelves(tx, deal, was, &now, how).await?;
        let l = &now.line;
        sqlx::query!(
            "UPDATE order_line SET product_id = $2, name = $3, spec = $4, quantity = $5, unit_price = $6, tax_rate = $7, net = $8, tax = $9,
                gross = $10, reserved = $11, produced = $12, passed = $13, failed = $14, scrapped = $15, picked = $16, checked = $17, packed = $18
             WHERE id = $1",
            is.line.0,
            l.product.map(|p| p.0),
            l.name,
            l.spec,
            l.quantity,
            l.unit_price,
            l.tax_rate,
            l.amounts.net,
            l.amounts.tax,
            l.amounts.gross,
            reserved,
            l.produced,
            l.passed,
            l.failed,
            l.scrapped,
            l.picked,
            l.checked,
            l.packed
        )
        .execute(tx.conn())
        .await?;
        void_pickings(tx, &now.void, how).await?;
        if was.is_goods && was.quantity != is.quantity {
            rebatch(tx, was, is).await?;
        }
    }
    Ok(())
}

/// What the line gives back to its former shelf, and takes from its own; how much it took.
async fn move_shelves(
    tx: &mut Tx,
    deal: Option<DealId>,
    was: &OrderLine,
    now: &Carried,
    how: &Recorded<'_>,
) -> Result<Decimal, StoreError> {
    let zero = Decimal::ZERO;
    if let Some(product) = was.shelf() {
        let given_back = now.freed + now.wasted;
        book(tx, (product, was.id), ("release", zero, -given_back), how).await?;
        book(tx, (product, was.id), ("scrap", -now.wasted, zero), how).await?;
    }
    let Some(product) = now.line.shelf().filter(|_| !now.wanted.is_zero()) else { return Ok(zero) };
    // What other deals hold stays theirs (DOMAIN 7.2).
    let shelf = holds::locked_shelf(tx, product, how.now).await?;
    let available = shelf.map_or(zero, |s| s.free_for(deal, how.now));
    let take = now.wanted.min(available).max(zero);
    book(tx, (product, was.id), ("reserve", zero, take), how).await?;
    Ok(take)
}

async fn book(
    tx: &mut Tx,
    (product, line): (ProductId, OrderLineId),
    (kind, on_hand, reserved): (&'static str, Decimal, Decimal),
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    if on_hand.is_zero() && reserved.is_zero() {
        return Ok(());
    }
    let movement = Movement { product, line: Some(line), kind, on_hand, reserved, reason: None };
    move_stock(tx, &movement, how.actor, how.now, (how.ids)()).await
}

async fn void_pickings(tx: &mut Tx, pickings: &[PickingId], how: &Recorded<'_>) -> Result<(), StoreError> {
    let ids: Vec<uuid::Uuid> = pickings.iter().map(|p| p.0).collect();
    sqlx::query!("UPDATE picking SET voided_at = $2 WHERE id = ANY ($1)", &ids, how.now).execute(tx.conn()).await?;
    Ok(())
}

/// The batches of a line are the whole line: more is promised with the last one, fewer take from it.
async fn rebatch(tx: &mut Tx, was: &OrderLine, is: &Relined) -> Result<(), StoreError> {
    let batches = sqlx::query!(
        "SELECT batch_no, quantity FROM promise_batch WHERE order_line_id = $1 ORDER BY batch_no DESC",
        was.id.0
    )
    .fetch_all(tx.conn())
    .await?;
    let mut change = is.quantity - was.quantity;
    for batch in batches {
        let quantity = (batch.quantity + change).max(Decimal::ZERO);
        change -= quantity - batch.quantity;
        if quantity.is_zero() {
            sqlx::query!(
                "DELETE FROM delivery_stage WHERE order_line_id = $1 AND batch_no = $2",
                was.id.0,
                batch.batch_no
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!(
                "DELETE FROM promise_batch WHERE order_line_id = $1 AND batch_no = $2",
                was.id.0,
                batch.batch_no
            )
            .execute(tx.conn())
            .await?;
        } else {
            sqlx::query!(
                "UPDATE promise_batch SET quantity = $3 WHERE order_line_id = $1 AND batch_no = $2",
                was.id.0,
                batch.batch_no,
                quantity
            )
            .execute(tx.conn())
            .await?;
        }
        if change.is_zero() {
            break;
        }
    }
    Ok(())
}

/// Revisions of an order, newest first.
pub async fn revisions(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Revision>, StoreError> {
    sqlx::query!(
        "SELECT r.*, c.no AS change_no FROM order_revision r JOIN change_request c ON c.id = r.change_id WHERE r.order_id = $1 ORDER BY r.revision_no DESC",
        order.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Revision {
            revision_no: r.revision_no,
            change_no: r.change_no,
            before: Totals3 { net: r.net, tax: r.tax, gross: r.gross },
            after: r.new_gross,
            lines: serde_json::from_value(r.lines)?,
            at: r.made_at,
        })
    })
    .collect()
}

/// The deal is urgent from now on, and so is its order.
pub async fn make_urgent(tx: &mut Tx, deal: DealId, urgency: &Urgency) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE deal SET is_urgent = true, urgent_reason = $2, urgent_text = $3, urgent_needed_at = $4 WHERE id = $1",
        deal.0,
        urgency.reason.code(),
        urgency.text,
        urgency.needed_at
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE sales_order SET is_urgent = true WHERE deal_id = $1 AND status <> 'cancelled'", deal.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}
