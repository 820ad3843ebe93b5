//! What a delivery consists of beside its quantities: promises with their slips, stages, pickings,
//! production runs, exceptions, and what the customer was told. The read model of a delivery is
//! `domain::delivery::track` over what is loaded here.

use super::error::known;
use super::exceptions::{self, ExceptionRow, ReturnRow};
use super::record::Recorded;
use super::shipments::{self, NoteRow, ShipmentRow, ShippedLineRow};
use super::{StoreError, Tx};
use crate::domain::delivery::{Batch, DelayCause, Picking, Run, Slip, StageRow, Told, ToldAbout, ToldBy, Tracking};
use crate::domain::ids::{OrderId, OrderLineId, PersonId};
use crate::domain::order::{DeliveryStage, Shipment};
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `promise_batch`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct BatchRow {
    line: Uuid,
    batch_no: i32,
    quantity: Decimal,
    original_at: DateTime<Utc>,
    promised_at: DateTime<Utc>,
}

/// A row of `promise_slip`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct SlipRow {
    line: Uuid,
    batch_no: i32,
    from_at: DateTime<Utc>,
    to_at: DateTime<Utc>,
    cause: String,
    reason: String,
    told: String,
    at: DateTime<Utc>,
}

/// A row of `delivery_stage`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct StoredStage {
    line: Uuid,
    batch_no: i32,
    stage: String,
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    forecast_at: Option<DateTime<Utc>>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    done: Decimal,
    updated_name: Option<String>,
    updated_at: Option<DateTime<Utc>>,
}

/// A row of `picking`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct PickingRow {
    id: Uuid,
    line: Uuid,
    quantity: Decimal,
    location: Option<String>,
    picked_by: Uuid,
    picked_name: String,
    picked_at: DateTime<Utc>,
    checked_name: Option<String>,
    checked_at: Option<DateTime<Utc>>,
    voided_at: Option<DateTime<Utc>>,
}

/// A row of `production_run`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct RunRow {
    line: Uuid,
    work_order: Option<String>,
    good: Decimal,
    scrap: Decimal,
    name: String,
    at: DateTime<Utc>,
}

/// A row of `customer_told`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct ToldRow {
    about: String,
    channel: String,
    text: String,
    told_at: DateTime<Utc>,
    name: String,
}

/// Shipments and the rest of a delivery.
pub(super) async fn load(conn: &mut PgConnection, order: Uuid) -> Result<(Vec<Shipment>, Tracking), StoreError> {
    let r = sqlx::query!(
        r#"SELECT
            ARRAY(SELECT ROW (b.order_line_id, b.batch_no, b.quantity, b.original_at, b.promised_at)
                FROM promise_batch b JOIN order_line l ON l.id = b.order_line_id WHERE l.order_id = $1 ORDER BY l.line_no, b.batch_no) AS "batches!: Vec<BatchRow>",
            ARRAY(SELECT ROW (s.order_line_id, s.batch_no, s.from_at, s.to_at, s.cause, s.reason, s.told, s.at)
                FROM promise_slip s JOIN order_line l ON l.id = s.order_line_id WHERE l.order_id = $1 ORDER BY s.at, s.id) AS "slips!: Vec<SlipRow>",
            ARRAY(SELECT ROW (s.order_line_id, s.batch_no, s.stage, s.planned_start, s.planned_end, s.started_at, s.ended_at, s.forecast_at, s.owner_id, o.name, s.done,
                    p.name, s.updated_at)
                FROM delivery_stage s JOIN order_line l ON l.id = s.order_line_id LEFT JOIN person p ON p.id = s.updated_by LEFT JOIN person o ON o.id = s.owner_id
                WHERE l.order_id = $1 ORDER BY l.line_no, s.batch_no, s.planned_end) AS "stages!: Vec<StoredStage>",
            ARRAY(SELECT ROW (k.id, k.order_line_id, k.quantity, k.location, k.picked_by, p.name, k.picked_at, c.name, k.checked_at, k.voided_at)
                FROM picking k JOIN order_line l ON l.id = k.order_line_id JOIN person p ON p.id = k.picked_by LEFT JOIN person c ON c.id = k.checked_by
                WHERE l.order_id = $1 ORDER BY k.picked_at, k.id) AS "pickings!: Vec<PickingRow>",
            ARRAY(SELECT ROW (r.order_line_id, r.work_order, r.good, r.scrap, p.name, r.at)
                FROM production_run r JOIN order_line l ON l.id = r.order_line_id JOIN person p ON p.id = r.by_id
                WHERE l.order_id = $1 ORDER BY r.at, r.id) AS "runs!: Vec<RunRow>",
            ARRAY(SELECT ROW (t.about, t.channel, t.text, t.told_at, p.name)
                FROM customer_told t JOIN person p ON p.id = t.by_id WHERE t.order_id = $1 ORDER BY t.told_at, t.id) AS "told!: Vec<ToldRow>",
            ARRAY(SELECT ROW (e.id, e.no, e.kind, e.severity, e.department, e.order_line_id, e.shipment_id, e.quantity, e.text, e.cause, e.new_date, e.attempts,
                    e.freight_payer, e.claim_no, e.file_id, e.found_at, e.is_automatic, e.status, e.opened_by, o.name, e.opened_at, e.response_due_at, e.plan_due_at,
                    e.response, e.responded_by, r.name, e.responded_at, e.disposition, e.plan, e.planned_by, p.name, e.planned_at, e.due_at, e.cost, e.outcome,
                    e.closed_by, c.name, e.closed_at)
                FROM delivery_exception e JOIN person o ON o.id = e.opened_by LEFT JOIN person r ON r.id = e.responded_by LEFT JOIN person p ON p.id = e.planned_by
                LEFT JOIN person c ON c.id = e.closed_by WHERE e.order_id = $1 ORDER BY e.opened_at, e.no) AS "exceptions!: Vec<ExceptionRow>",
            ARRAY(SELECT ROW (r.id, r.exception_id, r.shipment_id, r.order_line_id, r.quantity, r.inspection, r.outcome, r.freight_payer, n.no, r.at)
                FROM goods_return r JOIN delivery_exception e ON e.id = r.exception_id LEFT JOIN credit_note n ON n.return_id = r.id
                WHERE e.order_id = $1 ORDER BY r.at, r.id) AS "returns!: Vec<ReturnRow>",
            ARRAY(SELECT ROW (s.id, s.no, s.batch_no, s.status, s.carrier, s.waybill_no, s.pick_up_by, s.pick_up_id, s.packages, s.weight_kg, s.freight, s.driver_phone,
                    s.eta, s.consent, s.deviation, s.arranged_at, a.name, s.shipped_at, p.name, s.handed_over_at, h.name, s.arrived_at, s.signed_by, s.signed_capacity,
                    s.signed_at, s.appearance, s.sign_note, s.sign_file_id, s.ship_address, s.ship_receiver, s.ship_phone)
                FROM shipment s JOIN person a ON a.id = s.arranged_by LEFT JOIN person p ON p.id = s.shipped_by LEFT JOIN person h ON h.id = s.handed_over_by
                WHERE s.order_id = $1 ORDER BY s.batch_no) AS "shipments!: Vec<ShipmentRow>",
            ARRAY(SELECT ROW (sl.shipment_id, sl.order_line_id, sl.quantity, sl.received, sl.returned)
                FROM shipment s JOIN shipment_line sl ON sl.shipment_id = s.id JOIN order_line l ON l.id = sl.order_line_id
                WHERE s.order_id = $1 ORDER BY l.line_no) AS "shipped!: Vec<ShippedLineRow>",
            ARRAY(SELECT ROW (n.shipment_id, n.at, n.text, n.eta)
                FROM transit_note n JOIN shipment s ON s.id = n.shipment_id WHERE s.order_id = $1 ORDER BY n.at, n.id) AS "notes!: Vec<NoteRow>""#,
        order
    )
    .fetch_one(conn)
    .await?;
    let tracking = Tracking {
        batches: batches(r.batches, r.slips)?,
        stages: r.stages.into_iter().map(stage).collect::<Result<_, _>>()?,
        pickings: r.pickings.into_iter().map(picking).collect(),
        runs: r.runs.into_iter().map(run).collect(),
        exceptions: r.exceptions.into_iter().map(exceptions::exception).collect::<Result<_, _>>()?,
        returns: r.returns.into_iter().map(exceptions::goods_return).collect::<Result<_, _>>()?,
        told: r.told.into_iter().map(told).collect::<Result<_, _>>()?,
    };
    Ok((shipments::shipments(r.shipments, &r.shipped, &r.notes)?, tracking))
}

fn batches(rows: Vec<BatchRow>, slips: Vec<SlipRow>) -> Result<Vec<Batch>, StoreError> {
    let slips = slips.into_iter().map(slip_of).collect::<Result<Vec<_>, _>>()?;
    Ok(rows
        .into_iter()
        .map(|b| {
            let of_this = slips.iter().filter(|(line, no, _)| *line == b.line && *no == b.batch_no);
            Batch {
                line: b.line.into(),
                no: b.batch_no,
                quantity: b.quantity,
                original_at: b.original_at,
                promised_at: b.promised_at,
                slips: of_this.map(|(_, _, slip)| slip.clone()).collect(),
            }
        })
        .collect())
}

/// A slip with its line and batch.
fn slip_of(s: SlipRow) -> Result<(Uuid, i32, Slip), StoreError> {
    let slip = Slip {
        from: s.from_at,
        to: s.to_at,
        cause: known("promise_slip", "cause", &s.cause, DelayCause::parse)?,
        reason: s.reason,
        told: s.told,
        at: s.at,
    };
    Ok((s.line, s.batch_no, slip))
}

fn stage(s: StoredStage) -> Result<StageRow, StoreError> {
    Ok(StageRow {
        line: s.line.into(),
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
}

fn picking(k: PickingRow) -> Picking {
    Picking {
        id: k.id.into(),
        line: k.line.into(),
        quantity: k.quantity,
        location: k.location,
        picked_by: k.picked_by.into(),
        picked_by_name: k.picked_name,
        picked_at: k.picked_at,
        checked_by_name: k.checked_name,
        checked_at: k.checked_at,
        voided_at: k.voided_at,
    }
}

fn run(r: RunRow) -> Run {
    Run { line: r.line.into(), work_order: r.work_order, good: r.good, scrap: r.scrap, by_name: r.name, at: r.at }
}

fn told(t: ToldRow) -> Result<Told, StoreError> {
    Ok(Told {
        about: known("customer_told", "about", &t.about, ToldAbout::parse)?,
        channel: known("customer_told", "channel", &t.channel, ToldBy::parse)?,
        text: t.text,
        told_at: t.told_at,
        by_name: t.name,
    })
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

/// A change moved the promise of a line; a batch follows, with the change as the reason.
pub async fn follow_change(
    tx: &mut Tx,
    batch: &Batch,
    to: DateTime<Utc>,
    why: (DelayCause, &str, &str),
    how: (PersonId, DateTime<Utc>, Uuid),
) -> Result<(), StoreError> {
    let (by, now, id) = how;
    slip(tx, id, batch.line, batch.no, (batch.promised_at, to), why, by, now).await
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
