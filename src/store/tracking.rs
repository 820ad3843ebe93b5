//! What a delivery consists of beside its quantities: promises with their slips, stages, pickings,
//! production runs, exceptions, and what the customer was told. The read model of a delivery is
//! `domain::delivery::track` over what is loaded here.

use super::error::known;
use super::record::Recorded;
use super::{StoreError, Tx, exceptions};
use crate::domain::delivery::{Batch, DelayCause, Picking, Run, Slip, StageRow, Told, ToldAbout, ToldBy, Tracking};
use crate::domain::ids::{OrderId, OrderLineId, PersonId};
use crate::domain::order::DeliveryStage;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) async fn load(conn: &mut PgConnection, order: Uuid) -> Result<Tracking, StoreError> {
    // Most orders have few of these; one look says which are worth asking for.
    let there = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM order_line l JOIN picking k ON k.order_line_id = l.id WHERE l.order_id = $1) AS "pickings!",
            EXISTS (SELECT FROM order_line l JOIN production_run r ON r.order_line_id = l.id WHERE l.order_id = $1) AS "runs!",
            EXISTS (SELECT FROM order_line l JOIN promise_slip s ON s.order_line_id = l.id WHERE l.order_id = $1) AS "slips!",
            EXISTS (SELECT FROM delivery_exception e WHERE e.order_id = $1) AS "exceptions!",
            EXISTS (SELECT FROM customer_told t WHERE t.order_id = $1) AS "told!""#,
        order
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(Tracking {
        batches: batches(conn, order, there.slips).await?,
        stages: stages(conn, order).await?,
        pickings: if there.pickings { pickings(conn, order).await? } else { Vec::new() },
        runs: if there.runs { runs(conn, order).await? } else { Vec::new() },
        exceptions: if there.exceptions { exceptions::of_order(conn, order).await? } else { Vec::new() },
        returns: if there.exceptions { exceptions::returns_of(conn, order).await? } else { Vec::new() },
        told: if there.told { told(conn, order).await? } else { Vec::new() },
    })
}

async fn batches(conn: &mut PgConnection, order: Uuid, has_slips: bool) -> Result<Vec<Batch>, StoreError> {
    let slips = if has_slips { slips(conn, order).await? } else { Vec::new() };
    sqlx::query!(
        "SELECT b.* FROM promise_batch b JOIN order_line l ON l.id = b.order_line_id WHERE l.order_id = $1 ORDER BY l.line_no, b.batch_no",
        order
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|b| {
        let of_this = slips.iter().filter(|(line, no, _)| *line == b.order_line_id && *no == b.batch_no);
        Ok(Batch {
            line: b.order_line_id.into(),
            no: b.batch_no,
            quantity: b.quantity,
            original_at: b.original_at,
            promised_at: b.promised_at,
            slips: of_this.map(|(_, _, slip)| slip.clone()).collect(),
        })
    })
    .collect()
}

/// Every slip with its line and batch, in their order.
async fn slips(conn: &mut PgConnection, order: Uuid) -> Result<Vec<(Uuid, i32, Slip)>, StoreError> {
    sqlx::query!(
        "SELECT s.* FROM promise_slip s JOIN order_line l ON l.id = s.order_line_id WHERE l.order_id = $1 ORDER BY s.at, s.id",
        order
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|s| {
        let slip = Slip {
            from: s.from_at,
            to: s.to_at,
            cause: known("promise_slip", "cause", &s.cause, DelayCause::parse)?,
            reason: s.reason,
            told: s.told,
            at: s.at,
        };
        Ok((s.order_line_id, s.batch_no, slip))
    })
    .collect()
}

async fn stages(conn: &mut PgConnection, order: Uuid) -> Result<Vec<StageRow>, StoreError> {
    sqlx::query!(
        r#"SELECT s.*, p.name AS "updated_name?", o.name AS "owner_name?" FROM delivery_stage s JOIN order_line l ON l.id = s.order_line_id
           LEFT JOIN person p ON p.id = s.updated_by LEFT JOIN person o ON o.id = s.owner_id
           WHERE l.order_id = $1 ORDER BY l.line_no, s.batch_no, s.planned_end"#,
        order
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|s| {
        Ok(StageRow {
            line: s.order_line_id.into(),
            batch_no: s.batch_no,
            stage: known("delivery_stage", "stage", &s.stage, DeliveryStage::parse)?,
            planned_start: s.planned_start,
            planned_end: s.planned_end,
            started_at: s.started_at,
            ended_at: s.ended_at,
            forecast_at: s.forecast_at,
            owner: s.owner_id.map(Into::into),
            owner_name: s.owner_name,
            done: s.done,
            updated_by: s.updated_name,
            updated_at: s.updated_at,
        })
    })
    .collect()
}

async fn pickings(conn: &mut PgConnection, order: Uuid) -> Result<Vec<Picking>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT k.*, p.name AS picked_name, c.name AS "checked_name?" FROM picking k JOIN order_line l ON l.id = k.order_line_id
           JOIN person p ON p.id = k.picked_by LEFT JOIN person c ON c.id = k.checked_by WHERE l.order_id = $1 ORDER BY k.picked_at, k.id"#,
        order
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|k| Picking {
        id: k.id.into(),
        line: k.order_line_id.into(),
        quantity: k.quantity,
        location: k.location,
        picked_by: k.picked_by.into(),
        picked_by_name: k.picked_name,
        picked_at: k.picked_at,
        checked_by_name: k.checked_name,
        checked_at: k.checked_at,
    })
    .collect())
}

async fn runs(conn: &mut PgConnection, order: Uuid) -> Result<Vec<Run>, StoreError> {
    Ok(sqlx::query!(
        "SELECT r.*, p.name FROM production_run r JOIN order_line l ON l.id = r.order_line_id JOIN person p ON p.id = r.by_id
         WHERE l.order_id = $1 ORDER BY r.at, r.id",
        order
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Run {
        line: r.order_line_id.into(),
        work_order: r.work_order,
        good: r.good,
        scrap: r.scrap,
        by_name: r.name,
        at: r.at,
    })
    .collect())
}

async fn told(conn: &mut PgConnection, order: Uuid) -> Result<Vec<Told>, StoreError> {
    sqlx::query!(
        "SELECT t.*, p.name FROM customer_told t JOIN person p ON p.id = t.by_id WHERE t.order_id = $1 ORDER BY t.told_at, t.id",
        order
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|t| {
        Ok(Told {
            about: known("customer_told", "about", &t.about, ToldAbout::parse)?,
            channel: known("customer_told", "channel", &t.channel, ToldBy::parse)?,
            text: t.text,
            told_at: t.told_at,
            by_name: t.name,
        })
    })
    .collect()
}

/// A stage as it has to be stored.
pub struct KeptStage {
    pub line: OrderLineId,
    pub batch_no: i32,
    pub stage: DeliveryStage,
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub done: Decimal,
}

/// Adds stages or brings them to what quantities and plan say. Who touched a stage first owns it,
/// unless somebody was named.
pub async fn keep_stages(tx: &mut Tx, rows: &[KeptStage], by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let lines: Vec<Uuid> = rows.iter().map(|r| r.line.0).collect();
    let batches: Vec<i32> = rows.iter().map(|r| r.batch_no).collect();
    let stages: Vec<String> = rows.iter().map(|r| r.stage.code().to_owned()).collect();
    let starts: Vec<DateTime<Utc>> = rows.iter().map(|r| r.planned_start).collect();
    let ends: Vec<DateTime<Utc>> = rows.iter().map(|r| r.planned_end).collect();
    let started: Vec<Option<DateTime<Utc>>> = rows.iter().map(|r| r.started_at).collect();
    let ended: Vec<Option<DateTime<Utc>>> = rows.iter().map(|r| r.ended_at).collect();
    let done: Vec<Decimal> = rows.iter().map(|r| r.done).collect();
    sqlx::query!(
        "INSERT INTO delivery_stage AS s (order_line_id, batch_no, stage, planned_start, planned_end, started_at, ended_at, done, owner_id, updated_by, updated_at)
         SELECT u.line, u.batch, u.stage, u.planned_start, u.planned_end, u.started_at, u.ended_at, u.done,
            CASE WHEN u.done > 0 THEN $9::uuid END, CASE WHEN u.done > 0 THEN $9::uuid END, CASE WHEN u.done > 0 THEN $10::timestamptz END
         FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::numeric[])
            AS u (line, batch, stage, planned_start, planned_end, started_at, ended_at, done)
         ON CONFLICT (order_line_id, batch_no, stage) DO UPDATE SET
            planned_start = EXCLUDED.planned_start, planned_end = EXCLUDED.planned_end, started_at = EXCLUDED.started_at, ended_at = EXCLUDED.ended_at,
            done = EXCLUDED.done,
            owner_id = CASE WHEN EXCLUDED.done <> s.done THEN COALESCE(s.owner_id, $9) ELSE s.owner_id END,
            updated_by = CASE WHEN EXCLUDED.done <> s.done THEN $9 ELSE s.updated_by END,
            updated_at = CASE WHEN EXCLUDED.done <> s.done THEN $10 ELSE s.updated_at END",
        &lines, &batches, &stages, &starts, &ends, &started as &[Option<DateTime<Utc>>], &ended as &[Option<DateTime<Utc>>], &done, by.0, now
    )
    .execute(tx.conn())
    .await?;
    if rows.iter().any(|r| r.stage == DeliveryStage::SignOff) {
        sqlx::query!(
            "UPDATE promise_batch b SET signed_at = s.ended_at FROM delivery_stage s WHERE b.order_line_id = ANY ($1) AND s.order_line_id = b.order_line_id
                AND s.batch_no = b.batch_no AND s.stage = 'sign_off' AND b.signed_at IS DISTINCT FROM s.ended_at",
            &lines
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// The one promise that each goods line begins with.
pub async fn begin_batches(tx: &mut Tx, order: OrderId) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO promise_batch (order_line_id, batch_no, quantity, original_at, promised_at)
         SELECT l.id, 1, l.quantity, COALESCE(l.first_promised_at, l.promised_at), l.promised_at FROM order_line l WHERE l.order_id = $1 AND l.is_goods
         ON CONFLICT DO NOTHING",
        order.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A change moved the promise of a line; its open batches follow, with the change as the reason.
pub async fn follow_change(
    tx: &mut Tx,
    batch: &Batch,
    to: DateTime<Utc>,
    reason: &str,
    how: (PersonId, DateTime<Utc>, Uuid),
) -> Result<(), StoreError> {
    let (by, now, id) = how;
    slip(tx, id, batch.line, batch.no, (batch.promised_at, to), (DelayCause::Customer, reason, reason), by, now).await
}

#[allow(clippy::too_many_arguments, reason = "one row, named at the two places that write it")]
async fn slip(
    tx: &mut Tx,
    id: Uuid,
    line: OrderLineId,
    batch_no: i32,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    (cause, reason, told): (DelayCause, &str, &str),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO promise_slip (id, order_line_id, batch_no, from_at, to_at, cause, reason, told, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id, line.0, batch_no, from, to, cause.code(), reason, told, by.0, now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE promise_batch SET promised_at = $3 WHERE order_line_id = $1 AND batch_no = $2",
        line.0,
        batch_no,
        to
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Line and order are promised for when their last batch is.
async fn promise_whole(tx: &mut Tx, order: OrderId, line: OrderLineId) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE order_line l SET promised_at = b.last FROM (SELECT max(promised_at) AS last FROM promise_batch WHERE order_line_id = $1) b
         WHERE l.id = $1 AND l.promised_at <> b.last",
        line.0
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE sales_order o SET promised_at = b.last FROM (SELECT max(promised_at) AS last FROM order_line WHERE order_id = $1 AND is_goods) b
         WHERE o.id = $1 AND o.promised_at <> b.last",
        order.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn apply(tx: &mut Tx, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let (by, now) = (how.actor, how.now);
    match event {
        Event::BatchesPlanned { order, line, batches } => {
            for batch in batches {
                sqlx::query!(
                    "INSERT INTO promise_batch (order_line_id, batch_no, quantity, original_at, promised_at) VALUES ($1, $2, $3, $4, $4)
                     ON CONFLICT (order_line_id, batch_no) DO UPDATE SET quantity = $3, original_at = $4, promised_at = $4",
                    line.0,
                    batch.no,
                    batch.quantity,
                    batch.promised_at
                )
                .execute(tx.conn())
                .await?;
            }
            promise_whole(tx, *order, *line).await
        }
        Event::PromiseSlipped { order, line, batch_no, from, to, cause, reason, told, channel } => {
            slip(tx, (how.ids)(), *line, *batch_no, (*from, *to), (*cause, reason, told), by, now).await?;
            // The customer was told with it.
            tell(tx, (how.ids)(), *order, (ToldAbout::Delay, *channel, told), now, by, now).await?;
            promise_whole(tx, *order, *line).await
        }
        Event::StageKept { line, batch_no, stage, owner, forecast_at, .. } => {
            sqlx::query!(
                "UPDATE delivery_stage SET owner_id = COALESCE($4, owner_id), forecast_at = $5, updated_by = $6, updated_at = $7
                 WHERE order_line_id = $1 AND batch_no = $2 AND stage = $3",
                line.0, batch_no, stage.code(), owner.map(|p| p.0), *forecast_at, by.0, now
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        Event::CustomerTold { order, about, channel, text, told_at } => {
            tell(tx, (how.ids)(), *order, (*about, *channel, text), *told_at, by, now).await
        }
        _ => Ok(()),
    }
}

async fn tell(
    tx: &mut Tx,
    id: Uuid,
    order: OrderId,
    (about, channel, text): (ToldAbout, ToldBy, &str),
    told_at: DateTime<Utc>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO customer_told (id, order_id, about, channel, text, told_at, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id, order.0, about.code(), channel.code(), text, told_at, by.0, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
