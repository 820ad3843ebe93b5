//! Shipments: arranged, posted with their stock, handed over, heard of, signed for.

use super::error::{known, known_opt};
use super::record::Recorded;
use super::stock::{Movement, move_stock};
use super::{StoreError, Tx};
use crate::domain::delivery::{Appearance, Arrangement, PickUp};
use crate::domain::ids::ProductId;
use crate::domain::order::{Order, OrderLine, Shipment, ShipmentLine, ShipmentStatus, TransitNote};
use crate::domain::workflow::{Event, ShippedLine};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `shipment`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ShipmentRow {
    id: Uuid,
    no: String,
    batch_no: i32,
    status: String,
    carrier: Option<String>,
    waybill_no: Option<String>,
    pick_up_by: Option<String>,
    pick_up_id: Option<String>,
    packages: i32,
    weight_kg: Option<Decimal>,
    freight: Option<Decimal>,
    driver_phone: Option<String>,
    eta: Option<NaiveDate>,
    consent: Option<String>,
    deviation: Option<String>,
    arranged_at: DateTime<Utc>,
    arranged_name: String,
    shipped_at: Option<DateTime<Utc>>,
    shipped_name: Option<String>,
    handed_over_at: Option<DateTime<Utc>>,
    handed_over_name: Option<String>,
    arrived_at: Option<DateTime<Utc>>,
    signed_by: Option<String>,
    signed_capacity: Option<String>,
    signed_at: Option<DateTime<Utc>>,
    appearance: Option<String>,
    sign_note: Option<String>,
    sign_file_id: Option<Uuid>,
    ship_address: String,
    ship_receiver: String,
    ship_phone: String,
}

/// A row of `shipment_line`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ShippedLineRow {
    shipment_id: Uuid,
    order_line_id: Uuid,
    quantity: Decimal,
    received: Option<Decimal>,
    returned: Decimal,
}

/// A row of `transit_note`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct NoteRow {
    shipment_id: Uuid,
    at: DateTime<Utc>,
    text: String,
    eta: Option<NaiveDate>,
}

/// Shipments with their lines and what was heard of them.
pub(super) fn shipments(
    rows: Vec<ShipmentRow>,
    lines: &[ShippedLineRow],
    notes: &[NoteRow],
) -> Result<Vec<Shipment>, StoreError> {
    rows.into_iter()
        .map(|s| {
            let of_this = lines.iter().filter(|l| l.shipment_id == s.id);
            let heard = || notes.iter().filter(|n| n.shipment_id == s.id);
            Ok(Shipment {
                id: s.id.into(),
                no: s.no,
                batch_no: s.batch_no,
                status: known("shipment", "status", &s.status, ShipmentStatus::parse)?,
                ship_address: s.ship_address,
                ship_receiver: s.ship_receiver,
                ship_phone: s.ship_phone,
                way: Arrangement {
                    carrier: s.carrier,
                    waybill_no: s.waybill_no,
                    pick_up: s.pick_up_by.zip(s.pick_up_id).map(|(name, id_note)| PickUp { name, id_note }),
                    packages: s.packages,
                    weight: s.weight_kg,
                    freight: s.freight,
                    driver_phone: s.driver_phone,
                    eta: s.eta,
                    consent: s.consent,
                    deviation: s.deviation,
                },
                arranged_at: s.arranged_at,
                arranged_by_name: s.arranged_name,
                shipped_at: s.shipped_at,
                shipped_by_name: s.shipped_name,
                handed_over_at: s.handed_over_at,
                handed_over_by_name: s.handed_over_name,
                eta: heard().filter_map(|n| n.eta).next_back().or(s.eta),
                arrived_at: s.arrived_at,
                notes: heard().map(|n| TransitNote { at: n.at, text: n.text.clone() }).collect(),
                signed_by: s.signed_by,
                signed_capacity: s.signed_capacity,
                signed_at: s.signed_at,
                appearance: known_opt("shipment", "appearance", s.appearance.as_deref(), Appearance::parse)?,
                sign_note: s.sign_note,
                sign_file: s.sign_file_id.map(Into::into),
                lines: of_this
                    .map(|l| ShipmentLine {
                        order_line: l.order_line_id.into(),
                        quantity: l.quantity,
                        received: l.received,
                        returned: l.returned,
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Whether a carrier's waybill is taken by a shipment that was not dropped. Carriers are compared as the wish of a
/// customer is, and numbers of former times may still have hyphens and small letters.
pub async fn waybill_is_taken(conn: &mut PgConnection, carrier: &str, waybill_no: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM shipment WHERE upper(replace(waybill_no, '-', '')) = $2
              AND (strpos(carrier, $1) > 0 OR strpos($1, carrier) > 0) AND status <> 'void') AS "taken!""#,
        carrier,
        waybill_no
    )
    .fetch_one(conn)
    .await?)
}

pub(super) async fn apply(tx: &mut Tx, order: &Order, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    match event {
        Event::ShipmentArranged { .. } => arrange(tx, order, event, how).await,
        Event::ShipmentDropped { shipment, .. } => {
            sqlx::query!("UPDATE shipment SET status = 'void' WHERE id = $1", shipment.0).execute(tx.conn()).await?;
            Ok(())
        }
        Event::Shipped { .. } => post(tx, order, event, how).await,
        Event::HandedOver { shipment, .. } => {
            sqlx::query!(
                "UPDATE shipment SET status = 'in_transit', handed_over_by = $2, handed_over_at = $3 WHERE id = $1",
                shipment.0,
                how.actor.0,
                how.now
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        Event::TransitNoted { shipment, text, eta, arrived_at, .. } => {
            sqlx::query!(
                "INSERT INTO transit_note (id, shipment_id, text, eta, by_id, at) VALUES ($1, $2, $3, $4, $5, $6)",
                (how.ids)(),
                shipment.0,
                text,
                *eta,
                how.actor.0,
                how.now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!(
                "UPDATE shipment SET arrived_at = COALESCE($2, arrived_at) WHERE id = $1",
                shipment.0,
                *arrived_at
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        _ => sign_off(tx, order, event, how).await,
    }
}

async fn arrange(tx: &mut Tx, order: &Order, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Event::ShipmentArranged { shipment, no, batch_no, way, lines, .. } = event else { return Ok(()) };
    let (pick_up_by, pick_up_id) = way.pick_up.as_ref().map(|p| (p.name.as_str(), p.id_note.as_str())).unzip();
    sqlx::query!(
        "INSERT INTO shipment (id, no, order_id, batch_no, status, carrier, waybill_no, packages, eta, weight_kg, freight, driver_phone, pick_up_by,
            pick_up_id, consent, deviation, arranged_by, arranged_at, ship_address, ship_receiver, ship_phone)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        shipment.0, no, order.id.0, batch_no, way.carrier.as_deref(), way.waybill_no.as_deref(), way.packages, way.eta, way.weight, way.freight,
        way.driver_phone.as_deref(), pick_up_by, pick_up_id, way.consent.as_deref(), way.deviation.as_deref(), how.actor.0, how.now,
        order.ship_address, order.ship_receiver, order.ship_phone
    )
    .execute(tx.conn())
    .await?;
    for line in lines {
        sqlx::query!(
            "INSERT INTO shipment_line (shipment_id, order_line_id, quantity) VALUES ($1, $2, $3)",
            shipment.0,
            line.line.0,
            line.quantity
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// The goods leave: stock and its reservation go down together (DOMAIN 7.2).
async fn post(tx: &mut Tx, order: &Order, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Event::Shipped { shipment, lines, .. } = event else { return Ok(()) };
    sqlx::query!(
        "UPDATE shipment SET status = 'shipped', shipped_at = $2, shipped_by = $3 WHERE id = $1",
        shipment.0,
        how.now,
        how.actor.0
    )
    .execute(tx.conn())
    .await?;
    let mut moved: Vec<(&ShippedLine, Option<ProductId>)> =
        lines.iter().map(|s| (s, order.lines.iter().find(|l| l.id == s.line).and_then(OrderLine::shelf))).collect();
    moved.sort_by_key(|(_, product)| *product);
    for (shipped, product) in moved {
        sqlx::query!("UPDATE order_line SET shipped = shipped + $2 WHERE id = $1", shipped.line.0, shipped.quantity)
            .execute(tx.conn())
            .await?;
        if let Some(product) = product {
            let out = Movement {
                product,
                line: Some(shipped.line),
                kind: "ship",
                on_hand: -shipped.quantity,
                reserved: -shipped.quantity,
                reason: None,
            };
            move_stock(tx, &out, how.actor, how.now, (how.ids)()).await?;
        }
    }
    Ok(())
}

async fn sign_off(tx: &mut Tx, order: &Order, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Event::SignedOff { shipment, signed_by, signed_at, file, lines, capacity, appearance, note, .. } = event else {
        return Ok(());
    };
    let received = |line| lines.iter().find(|r| r.line == line).map_or(Decimal::ZERO, |r| r.quantity);
    let sent = order.shipments.iter().find(|s| s.id == *shipment);
    let status = match sent {
        Some(s) if s.lines.iter().all(|l| received(l.order_line) == l.quantity) => ShipmentStatus::Signed,
        Some(s) if s.lines.iter().all(|l| received(l.order_line).is_zero()) => ShipmentStatus::Refused,
        _ => ShipmentStatus::PartlySigned,
    };
    sqlx::query!(
        "UPDATE shipment SET status = $2, signed_by = $3, signed_at = $4, sign_file_id = $5, sign_recorded_by = $6, signed_capacity = $7, appearance = $8,
            sign_note = $9 WHERE id = $1",
        shipment.0, status.code(), signed_by, signed_at, file.0, how.actor.0, capacity.as_deref(), appearance.map(Appearance::code), note.as_deref()
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
    }
    Ok(())
}
