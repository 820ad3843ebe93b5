//! Soft holds of stock: who asked for how much until when.

use super::stock::Balance;
use super::{StoreError, Tx};
use crate::domain::ids::{DealId, HoldId, PersonId, ProductId};
use crate::domain::stock::{Hold, Shelf};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A row of `stock_hold`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct HoldRow {
    product_id: Uuid,
    id: Uuid,
    deal_id: Uuid,
    deal_no: String,
    by: String,
    wanted: Decimal,
    taken_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

pub(super) fn hold(r: HoldRow) -> Hold {
    Hold {
        id: HoldId(r.id),
        deal: DealId(r.deal_id),
        deal_no: r.deal_no,
        by: r.by,
        wanted: r.wanted,
        taken_at: r.taken_at,
        until: r.until,
    }
}

/// The queues of these products as they stand at `now`, in the order of asking.
pub async fn queues(
    conn: &mut PgConnection,
    products: &[Uuid],
    now: DateTime<Utc>,
) -> Result<BTreeMap<ProductId, Vec<Hold>>, StoreError> {
    let rows = sqlx::query_as!(
        HoldRow,
        "SELECT h.product_id, h.id, h.deal_id, d.no AS deal_no, p.name AS by, h.wanted, h.taken_at, h.until FROM stock_hold h
         JOIN deal d ON d.id = h.deal_id JOIN person p ON p.id = h.taken_by
         WHERE h.product_id = ANY ($1) AND h.ended_at IS NULL AND h.until > $2 ORDER BY h.product_id, h.taken_at, h.id",
        products,
        now
    )
    .fetch_all(conn)
    .await?;
    let mut out: BTreeMap<ProductId, Vec<Hold>> = BTreeMap::new();
    for r in rows {
        out.entry(ProductId(r.product_id)).or_default().push(hold(r));
    }
    Ok(out)
}

/// Who owns the deal behind a hold, and that person's manager.
pub async fn owner(conn: &mut PgConnection, deal: DealId) -> Result<(Uuid, Option<Uuid>), StoreError> {
    let r = sqlx::query!(
        "SELECT d.owner_id, p.manager_id FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = $1",
        deal.0
    )
    .fetch_one(conn)
    .await?;
    Ok((r.owner_id, r.manager_id))
}

/// A product's shelf with its stock row locked: nothing moves until the transaction ends.
pub async fn locked_shelf(tx: &mut Tx, product: ProductId, now: DateTime<Utc>) -> Result<Option<Shelf>, StoreError> {
    let stock = sqlx::query!("SELECT on_hand, reserved FROM stock WHERE product_id = $1 FOR UPDATE", product.0)
        .fetch_optional(tx.conn())
        .await?;
    let Some(stock) = stock else { return Ok(None) };
    let holds = queues(tx.conn(), &[product.0], now).await?.remove(&product).unwrap_or_default();
    Ok(Some(Shelf { product, available: stock.on_hand - stock.reserved, holds }))
}

/// The shelves of these products with their balances, their stock rows locked in the order of their ids.
pub(super) async fn locked_shelves(
    tx: &mut Tx,
    products: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<(Balance, Shelf)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT product_id, on_hand, reserved FROM stock WHERE product_id = ANY ($1) ORDER BY product_id FOR UPDATE",
        products
    )
    .fetch_all(tx.conn())
    .await?;
    let mut queues = queues(tx.conn(), products, now).await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let product = ProductId(r.product_id);
            let holds = queues.remove(&product).unwrap_or_default();
            let balance = Balance { product, on_hand: r.on_hand, reserved: r.reserved };
            (balance, Shelf { product, available: r.on_hand - r.reserved, holds })
        })
        .collect())
}

/// A hold to take; one that the deal has already ends with it and loses its place.
pub struct NewHold<'a> {
    pub id: HoldId,
    pub deal: DealId,
    pub product: ProductId,
    pub wanted: Decimal,
    pub by: PersonId,
    pub until: DateTime<Utc>,
    pub calendar_version: &'a str,
}

pub async fn take(tx: &mut Tx, new: &NewHold<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("SELECT product_id FROM stock WHERE product_id = $1 FOR UPDATE", new.product.0)
        .fetch_optional(tx.conn())
        .await?;
    sqlx::query!(
        "UPDATE stock_hold SET ended_at = $3, ended_by = $4, end_reason = 'renewed' WHERE deal_id = $1 AND product_id = $2 AND ended_at IS NULL",
        new.deal.0, new.product.0, now, new.by.0
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "INSERT INTO stock_hold (id, deal_id, product_id, wanted, taken_by, taken_at, until, calendar_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.0, new.deal.0, new.product.0, new.wanted, new.by.0, now, new.until, new.calendar_version
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn release(tx: &mut Tx, id: HoldId, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE stock_hold SET ended_at = $2, ended_by = $3, end_reason = 'released' WHERE id = $1 AND ended_at IS NULL",
        id.0,
        now,
        by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Why every hold of a deal ends at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Ordered,
    Closed,
}

pub async fn end_all(
    tx: &mut Tx,
    deal: DealId,
    ending: Ending,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let reason = match ending {
        Ending::Ordered => "ordered",
        Ending::Closed => "closed",
    };
    sqlx::query!(
        "UPDATE stock_hold SET ended_at = $2, ended_by = $3, end_reason = $4 WHERE deal_id = $1 AND ended_at IS NULL",
        deal.0,
        now,
        by.0,
        reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
