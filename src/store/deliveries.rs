//! What moves in production and the warehouse: quantities of the order lines, stock with its
//! ledger, goods that come back.

use super::record::Recorded;
use super::stock::{Movement, move_stock};
use super::{StoreError, Tx, exceptions, holds, shipments, tracking};
use crate::domain::delivery::{Disposition, Inspection, ReturnOutcome};
use crate::domain::ids::{DealId, ProductId};
use crate::domain::order::{Order, OrderLine};
use crate::domain::workflow::{Case, Event};
use rust_decimal::Decimal;

pub(super) async fn apply(tx: &mut Tx, case: &Case, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Some(order) = &case.order else { return Ok(()) };
    match event {
        Event::Produced { line, quantity, work_order, scrap, .. } => {
            sqlx::query!(
                "INSERT INTO production_run (id, order_line_id, work_order, good, scrap, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                (how.ids)(), line.0, work_order.as_deref(), quantity, scrap, how.actor.0, how.now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!(
                "UPDATE order_line SET produced = produced + $2, scrapped = scrapped + $3 WHERE id = $1",
                line.0,
                quantity,
                scrap
            )
            .execute(tx.conn())
            .await?;
        }
        Event::QcRecorded { .. } => check_quality(tx, order, event, how).await?,
        Event::FailureSettled { line, quantity, disposition, .. } => {
            let scrapped = if *disposition == Disposition::Scrap { *quantity } else { Decimal::ZERO };
            sqlx::query!(
                "UPDATE order_line SET failed = failed - $2, produced = produced - $3, scrapped = scrapped + $3 WHERE id = $1",
                line.0, quantity, scrapped
            )
            .execute(tx.conn())
            .await?;
        }
        Event::Picked { line, quantity, picking, location, .. } => {
            let id = picking.map_or_else(|| (how.ids)(), |p| p.0);
            sqlx::query!(
                "INSERT INTO picking (id, order_line_id, quantity, location, picked_by, picked_at) VALUES ($1, $2, $3, $4, $5, $6)",
                id, line.0, quantity, location.as_deref(), how.actor.0, how.now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!("UPDATE order_line SET picked = picked + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
        }
        Event::PickingChecked { line, picking, quantity, .. } => {
            sqlx::query!(
                "UPDATE picking SET checked_by = $2, checked_at = $3 WHERE id = $1",
                picking.0,
                how.actor.0,
                how.now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!("UPDATE order_line SET checked = checked + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
        }
        Event::Packed { line, quantity, ticked, .. } => {
            sqlx::query!(
                "UPDATE order_special SET ticked_by = $3, ticked_at = $4 WHERE order_id = $1 AND position = ANY ($2)",
                order.id.0,
                ticked,
                how.actor.0,
                how.now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!("UPDATE order_line SET packed = packed + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
        }
        Event::GoodsReturned { .. } => take_back(tx, case, order, event, how).await?,
        Event::ShipmentArranged { .. }
        | Event::ShipmentDropped { .. }
        | Event::Shipped { .. }
        | Event::HandedOver { .. }
        | Event::TransitNoted { .. }
        | Event::SignedOff { .. } => shipments::apply(tx, order, event, how).await?,
        Event::ExceptionOpened { .. }
        | Event::ExceptionAnswered { .. }
        | Event::ExceptionPlanned { .. }
        | Event::CreditNoteRecorded { .. }
        | Event::ExceptionClosed { .. } => exceptions::apply(tx, event, how).await?,
        other => tracking::apply(tx, other, how).await?,
    }
    Ok(())
}

/// What passed lies on the shelf for this order; what failed waits for a decision.
async fn check_quality(tx: &mut Tx, order: &Order, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Event::QcRecorded { line, passed, failed, cause, .. } = event else { return Ok(()) };
    sqlx::query!(
        "INSERT INTO quality_check (id, order_line_id, passed, failed, cause, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (how.ids)(), line.0, passed, failed, cause.as_deref(), how.actor.0, how.now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE order_line SET passed = passed + $2, failed = failed + $3 WHERE id = $1",
        line.0,
        passed,
        failed
    )
    .execute(tx.conn())
    .await?;
    let product = order.lines.iter().find(|l| l.id == *line).and_then(OrderLine::shelf);
    if let Some(product) = product.filter(|_| !passed.is_zero()) {
        sqlx::query!(
            "INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
            product.0
        )
        .execute(tx.conn())
        .await?;
        let made =
            Movement { product, line: Some(*line), kind: "produce", on_hand: *passed, reserved: *passed, reason: None };
        move_stock(tx, &made, how.actor, how.now, (how.ids)()).await?;
    }
    Ok(())
}

/// Goods that came back whole go into stock; what is replaced is reserved anew as far as stock goes.
async fn take_back(
    tx: &mut Tx,
    case: &Case,
    order: &Order,
    event: &Event,
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let Event::GoodsReturned { id, exception, shipment, line, quantity, inspection, outcome, freight, .. } = event
    else {
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO goods_return (id, exception_id, shipment_id, order_line_id, quantity, inspection, outcome, freight_payer, by_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0, exception.0, shipment.0, line.0, quantity, inspection.code(), outcome.code(), freight.code(), how.actor.0, how.now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE shipment_line SET returned = returned + $3 WHERE shipment_id = $1 AND order_line_id = $2",
        shipment.0,
        line.0,
        quantity
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE shipment SET status = 'returned' WHERE id = $1 AND status <> 'returned'
            AND NOT EXISTS (SELECT FROM shipment_line WHERE shipment_id = $1 AND returned < quantity)",
        shipment.0
    )
    .execute(tx.conn())
    .await?;
    let mut after = order.clone();
    after.come_back(*shipment, *line, *quantity, *outcome);
    let Some(now) = after.lines.iter().find(|l| l.id == *line) else { return Ok(()) };
    sqlx::query!(
        "UPDATE order_line SET reserved = $2, produced = $3, passed = $4, picked = $5, checked = $6, packed = $7, shipped = $8, signed = $9,
            returned = $10, credited = $11 WHERE id = $1",
        line.0, now.reserved, now.produced, now.passed, now.picked, now.checked, now.packed, now.shipped, now.signed, now.returned, now.credited
    )
    .execute(tx.conn())
    .await?;
    let Some(product) = now.shelf() else { return Ok(()) };
    let known = sqlx::query_scalar!("SELECT product_id FROM stock WHERE product_id = $1 FOR UPDATE", product.0)
        .fetch_optional(tx.conn())
        .await?;
    if known.is_none() {
        return Ok(());
    }
    if *inspection == Inspection::Good {
        let back = Movement {
            product,
            line: Some(*line),
            kind: "return",
            on_hand: *quantity,
            reserved: Decimal::ZERO,
            reason: None,
        };
        move_stock(tx, &back, how.actor, how.now, (how.ids)()).await?;
    }
    if let (ReturnOutcome::Replace, Some(deal)) = (*outcome, &case.deal) {
        reserve_again(tx, deal.id, (now, product), *quantity, how).await?;
    }
    Ok(())
}

async fn reserve_again(
    tx: &mut Tx,
    deal: DealId,
    (line, product): (&OrderLine, ProductId),
    wanted: Decimal,
    how: &Recorded<'_>,
) -> Result<(), StoreError> {
    let shelf = holds::locked_shelf(tx, product, how.now).await?;
    let free = shelf.map_or(Decimal::ZERO, |s| s.free_for(Some(deal), how.now));
    let take = wanted.min(line.shortage()).min(free);
    if take <= Decimal::ZERO {
        return Ok(());
    }
    let reserved = Movement {
        product,
        line: Some(line.id),
        kind: "reserve",
        on_hand: Decimal::ZERO,
        reserved: take,
        reason: None,
    };
    move_stock(tx, &reserved, how.actor, how.now, (how.ids)()).await?;
    sqlx::query!("UPDATE order_line SET reserved = reserved + $2 WHERE id = $1", line.id.0, take)
        .execute(tx.conn())
        .await?;
    Ok(())
}
