//! What moves in the warehouse and on the road: stock with its ledger, stages, shipments, sign-off.

use super::stock::{Movement, move_stock};
use super::{StoreError, Tx};
use crate::domain::ids::{OrderLineId, PersonId, ProductId};
use crate::domain::order::{DeliveryStage, Order, ShipmentStatus};
use crate::domain::workflow::{Event, ShippedLine};
use chrono::{DateTime, Utc};

/// Quantities that moved one stage on.
pub async fn progress(
    tx: &mut Tx,
    order: &Order,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> uuid::Uuid + Sync),
) -> Result<(), StoreError> {
    let (line, stage) = match event {
        Event::Produced { line, quantity, .. } => {
            sqlx::query!("UPDATE order_line SET produced = produced + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
            // What was made for this order lies on the shelf for this order.
            if let Some(product) = order.lines.iter().find(|l| l.id == *line).and_then(|l| l.product) {
                sqlx::query!(
                    "INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
                    product.0
                )
                .execute(tx.conn())
                .await?;
                move_stock(
                    tx,
                    &Movement {
                        product,
                        line: Some(*line),
                        kind: "produce",
                        on_hand: *quantity,
                        reserved: *quantity,
                        reason: None,
                    },
                    by,
                    now,
                    ids(),
                )
                .await?;
            }
            (*line, DeliveryStage::Production)
        }
        Event::Picked { line, quantity, .. } => {
            sqlx::query!("UPDATE order_line SET picked = picked + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
            (*line, DeliveryStage::Prepare)
        }
        Event::Packed { line, quantity, .. } => {
            sqlx::query!("UPDATE order_line SET packed = packed + $2 WHERE id = $1", line.0, quantity)
                .execute(tx.conn())
                .await?;
            (*line, DeliveryStage::Packing)
        }
        _ => return Ok(()),
    };
    touch_stage(tx, line, stage, by, now).await
}

/// Notes start and end of a stage; it ends when the whole line has passed it.
async fn touch_stage(
    tx: &mut Tx,
    line: OrderLineId,
    stage: DeliveryStage,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE delivery_stage s SET started_at = COALESCE(s.started_at, $3), updated_by = $4, updated_at = $3,
            ended_at = CASE WHEN (CASE s.stage WHEN 'prepare' THEN l.picked WHEN 'production' THEN l.reserved + l.produced WHEN 'packing' THEN l.packed
                WHEN 'shipping' THEN l.shipped ELSE l.signed END) = l.quantity THEN $3 ELSE NULL END
         FROM order_line l WHERE l.id = s.order_line_id AND s.order_line_id = $1 AND s.stage = $2",
        line.0, stage.code(), now, by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn ship(
    tx: &mut Tx,
    order: &Order,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> uuid::Uuid + Sync),
) -> Result<(), StoreError> {
    let Event::Shipped { shipment, no, batch_no, carrier, waybill_no, packages, eta, lines, .. } = event else {
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO shipment (id, no, order_id, batch_no, status, carrier, waybill_no, packages, shipped_at, shipped_by, eta)
         VALUES ($1, $2, $3, $4, 'shipped', $5, $6, $7, $8, $9, $10)",
        shipment.0, no, order.id.0, batch_no, carrier, waybill_no, packages, now, by.0, *eta
    )
    .execute(tx.conn())
    .await?;
    let mut moved: Vec<(&ShippedLine, Option<ProductId>)> =
        lines.iter().map(|s| (s, order.lines.iter().find(|l| l.id == s.line).and_then(|l| l.product))).collect();
    moved.sort_by_key(|(_, product)| *product);
    for (shipped, product) in moved {
        sqlx::query!(
            "INSERT INTO shipment_line (shipment_id, order_line_id, quantity) VALUES ($1, $2, $3)",
            shipment.0,
            shipped.line.0,
            shipped.quantity
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!("UPDATE order_line SET shipped = shipped + $2 WHERE id = $1", shipped.line.0, shipped.quantity)
            .execute(tx.conn())
            .await?;
        if let Some(product) = product {
            move_stock(
                tx,
                &Movement {
                    product,
                    line: Some(shipped.line),
                    kind: "ship",
                    on_hand: -shipped.quantity,
                    reserved: -shipped.quantity,
                    reason: None,
                },
                by,
                now,
                ids(),
            )
            .await?;
        }
        touch_stage(tx, shipped.line, DeliveryStage::Shipping, by, now).await?;
    }
    Ok(())
}

pub async fn sign_off(
    tx: &mut Tx,
    order: &Order,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Event::SignedOff { shipment, signed_by, signed_at, file, lines, .. } = event else { return Ok(()) };
    let whole = order.shipments.iter().find(|s| s.id == *shipment).is_some_and(|s| {
        s.lines.iter().all(|l| lines.iter().any(|r| r.line == l.order_line && r.quantity == l.quantity))
    });
    let status = if whole { ShipmentStatus::Signed } else { ShipmentStatus::PartlySigned };
    sqlx::query!(
        "UPDATE shipment SET status = $2, signed_by = $3, signed_at = $4, sign_file_id = $5, sign_recorded_by = $6 WHERE id = $1",
        shipment.0, status.code(), signed_by, signed_at, file.0, by.0
    )
    .execute(tx.conn())
    .await?;
    for line in lines {
        sqlx::query!(
            "UPDATE shipment_line SET received = $3 WHERE shipment_id = $1 AND order_line_id = $2",
            shipment.0,
            line.line.0,
            line.quantity
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!("UPDATE order_line SET signed = signed + $2 WHERE id = $1", line.line.0, line.quantity)
            .execute(tx.conn())
            .await?;
        touch_stage(tx, line.line, DeliveryStage::SignOff, by, now).await?;
    }
    Ok(())
}
