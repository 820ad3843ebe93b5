//! Requests to hold, cancel or short-close an order, their decisions, and the stock that becomes free.

use super::error::{known, known_opt};
use super::stock::{Movement, move_stock};
use super::{StoreError, Tx};
use crate::domain::change::{Bearer, Loss};
use crate::domain::ids::{OrderId, PersonId};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::order_stop::{OrderStop, StopAnswer, StopDecided, StopKind, StopReason, StopStatus};
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

const TABLE: &str = "order_stop";

/// A row of `order_stop`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct StopRow {
    id: Uuid,
    kind: String,
    reason: String,
    text: String,
    status: String,
    requested_by: Uuid,
    requested_by_name: String,
    requested_at: DateTime<Utc>,
    from_status: Option<String>,
    decided_by: Option<Uuid>,
    decided_by_name: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    decision: Option<String>,
    cost_amount: Option<Decimal>,
    borne_by: Option<String>,
    end_note: Option<String>,
}

pub(super) fn stop(s: StopRow) -> Result<OrderStop, StoreError> {
    let bearer = known_opt(TABLE, "borne_by", s.borne_by.as_deref(), Bearer::parse)?;
    Ok(OrderStop {
        id: s.id.into(),
        kind: known(TABLE, "kind", &s.kind, StopKind::parse)?,
        reason: known(TABLE, "reason", &s.reason, StopReason::parse)?,
        text: s.text,
        status: known(TABLE, "status", &s.status, StopStatus::parse)?,
        requested_by: s.requested_by.into(),
        requested_by_name: s.requested_by_name,
        requested_at: s.requested_at,
        from: known_opt(TABLE, "from_status", s.from_status.as_deref(), OrderStatus::parse)?,
        decided: s.decided_by.zip(s.decided_at).map(|(by, at)| StopDecided {
            by: by.into(),
            by_name: s.decided_by_name.unwrap_or_default(),
            at,
            comment: s.decision,
        }),
        cost: s.cost_amount.zip(bearer).map(|(amount, borne_by)| Loss { amount, borne_by }),
        end_note: s.end_note,
    })
}

pub async fn apply(
    tx: &mut Tx,
    order: &Order,
    event: &Event,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> Uuid + Sync),
) -> Result<(), StoreError> {
    match event {
        Event::StopRequested { id, stop, reason, text, .. } => {
            sqlx::query!(
                "INSERT INTO order_stop (id, order_id, kind, reason, text, status, requested_by, requested_at)
                 VALUES ($1, $2, $3, $4, $5, 'requested', $6, $7)",
                id.0,
                order.id.0,
                stop.code(),
                reason.code(),
                text,
                by.0,
                now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::OrderHeld { id, reason, text, .. } => {
            sqlx::query!(
                "INSERT INTO order_stop (id, order_id, kind, reason, text, status, requested_by, requested_at)
                 VALUES ($1, $2, 'hold', $3, $4, 'requested', $5, $6)",
                id.0,
                order.id.0,
                reason.code(),
                text,
                by.0,
                now
            )
            .execute(tx.conn())
            .await?;
            take_effect(tx, *id, order.id, None, None, by, now).await?;
        }
        Event::StopDecided { id, answer: StopAnswer::Granted, comment, cost, .. } => {
            take_effect(tx, *id, order.id, comment.as_deref(), cost.as_ref(), by, now).await?;
        }
        Event::StopDecided { id, comment, .. } => {
            sqlx::query!(
                "UPDATE order_stop SET status = 'refused', decided_by = $2, decided_at = $3, decision = $4 WHERE id = $1",
                id.0,
                by.0,
                now,
                comment.as_deref()
            )
            .execute(tx.conn())
            .await?;
        }
        Event::StopWithdrawn { id, .. } => {
            sqlx::query!("UPDATE order_stop SET status = 'withdrawn' WHERE id = $1", id.0).execute(tx.conn()).await?;
        }
        Event::OrderResumed { id, comment, .. } => {
            sqlx::query!(
                "UPDATE order_stop SET status = 'ended', ended_by = $2, ended_at = $3, end_note = $4 WHERE id = $1",
                id.0,
                by.0,
                now,
                comment
            )
            .execute(tx.conn())
            .await?;
        }
        Event::StockReleased { .. } => release(tx, order, by, now, ids).await?,
        _ => {}
    }
    Ok(())
}

/// The state that the stop found is the order's own at this moment of the transaction.
async fn take_effect(
    tx: &mut Tx,
    id: crate::domain::ids::StopId,
    order: OrderId,
    comment: Option<&str>,
    cost: Option<&Loss>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE order_stop SET status = 'in_force', decided_by = $2, decided_at = $3, decision = $4, cost_amount = $5, borne_by = $6,
            from_status = (SELECT status FROM sales_order WHERE id = $7) WHERE id = $1",
        id.0,
        by.0,
        now,
        comment,
        cost.map(|c| c.amount),
        cost.map(|c| c.borne_by.code()),
        order.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Everything that has not left goes back to the shelf for anybody, under the stock row's lock, in
/// the order of product ids (DOMAIN 7.2).
async fn release(
    tx: &mut Tx,
    order: &Order,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> Uuid + Sync),
) -> Result<(), StoreError> {
    let mut lines: Vec<_> = order.goods().collect();
    lines.sort_by_key(|l| l.shelf());
    for line in lines {
        let free = line.reserved + line.passed - line.shipped;
        if let Some(product) = line.shelf().filter(|_| !free.is_zero()) {
            let movement = Movement {
                product,
                line: Some(line.id),
                kind: "release",
                on_hand: Decimal::ZERO,
                reserved: -free,
                reason: None,
            };
            move_stock(tx, &movement, by, now, ids()).await?;
        }
        // What was reserved goes back first, what was made for the order after it.
        let reserved = (line.reserved - free).max(Decimal::ZERO);
        let passed = line.shipped - reserved;
        sqlx::query!(
            "UPDATE order_line SET picked = shipped, checked = shipped, packed = shipped, reserved = $2, passed = $3, produced = $3, failed = 0
             WHERE id = $1",
            line.id.0,
            reserved,
            passed
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!(
            "UPDATE picking SET voided_at = $2 WHERE order_line_id = $1 AND checked_at IS NULL AND voided_at IS NULL",
            line.id.0,
            now
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
