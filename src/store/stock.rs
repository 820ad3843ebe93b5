//! The stock ledger: every change of on hand or reserved with its balance, and what stands behind it.

use super::{StoreError, Tx};
use crate::domain::ids::{DealId, OrderLineId, PersonId, ProductId};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// One movement; at most one of the two changes is zero.
pub(super) struct Movement<'a> {
    pub(super) product: ProductId,
    pub(super) line: Option<OrderLineId>,
    pub(super) kind: &'static str,
    pub(super) on_hand: Decimal,
    pub(super) reserved: Decimal,
    /// Why, where it does not follow from an order.
    pub(super) reason: Option<&'a str>,
}

/// Changes stock and writes the ledger row; the row of `stock` is locked by the update.
pub(super) async fn move_stock(
    tx: &mut Tx,
    m: &Movement<'_>,
    by: PersonId,
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<(), StoreError> {
    let after = sqlx::query!(
        "UPDATE stock SET on_hand = on_hand + $2, reserved = reserved + $3 WHERE product_id = $1 RETURNING on_hand, reserved",
        m.product.0, m.on_hand, m.reserved
    )
    .fetch_one(tx.conn())
    .await?;
    let quantity = if m.on_hand.is_zero() { m.reserved } else { m.on_hand };
    sqlx::query!(
        "INSERT INTO stock_movement (id, product_id, order_line_id, kind, quantity, on_hand_after, reserved_after, actor_id, at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id, m.product.0, m.line.map(|l| l.0), m.kind, quantity, after.on_hand, after.reserved, by.0, now, m.reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Reserves so much of each locked balance for these lines, in this order: three statements, however
/// many lines.
pub(super) async fn reserve(
    tx: &mut Tx,
    mut balances: Vec<Balance>,
    taken: &[(OrderLineId, ProductId, Decimal)],
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> Uuid + Sync),
) -> Result<(), StoreError> {
    let (mut on_hand, mut reserved) = (Vec::new(), Vec::new());
    for (_, product, quantity) in taken {
        let Some(balance) = balances.iter_mut().find(|b| b.product == *product) else { continue };
        balance.reserved += quantity;
        on_hand.push(balance.on_hand);
        reserved.push(balance.reserved);
    }
    let lines: Vec<Uuid> = taken.iter().map(|(line, ..)| line.0).collect();
    let products: Vec<Uuid> = taken.iter().map(|(_, product, _)| product.0).collect();
    let quantities: Vec<Decimal> = taken.iter().map(|(.., quantity)| *quantity).collect();
    let keys: Vec<Uuid> = taken.iter().map(|_| ids()).collect();
    sqlx::query!(
        "UPDATE stock s SET reserved = s.reserved + t.quantity
         FROM (SELECT u.product, sum(u.quantity) AS quantity FROM unnest($1::uuid[], $2::numeric[]) AS u (product, quantity) GROUP BY u.product) t
         WHERE s.product_id = t.product",
        &products,
        &quantities
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "INSERT INTO stock_movement (id, product_id, order_line_id, kind, quantity, on_hand_after, reserved_after, actor_id, at)
         SELECT u.id, u.product, u.line, 'reserve', u.quantity, u.on_hand, u.reserved, $7, $8
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[]) WITH ORDINALITY
            AS u (id, product, line, quantity, on_hand, reserved, place) ORDER BY u.place",
        &keys,
        &products,
        &lines,
        &quantities,
        &on_hand,
        &reserved,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "UPDATE order_line l SET reserved = u.quantity FROM unnest($1::uuid[], $2::numeric[]) AS u (line, quantity) WHERE l.id = u.line",
        &lines,
        &quantities
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A product's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub product: ProductId,
    pub on_hand: Decimal,
    pub reserved: Decimal,
}

/// The balances of these products, locked in the order of their ids.
pub async fn lock(tx: &mut Tx, codes: &[String]) -> Result<Vec<(String, Balance)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT p.code, s.product_id, s.on_hand, s.reserved FROM stock s JOIN product p ON p.id = s.product_id
         WHERE p.code = ANY ($1) ORDER BY s.product_id FOR UPDATE OF s",
        codes
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|r| (r.code, Balance { product: ProductId(r.product_id), on_hand: r.on_hand, reserved: r.reserved }))
    .collect())
}

/// The same without a lock, for reading.
pub async fn balances(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<(String, String, Balance)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT p.code, p.name, s.product_id, s.on_hand, s.reserved FROM stock s JOIN product p ON p.id = s.product_id WHERE p.code = ANY ($1)",
        codes
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        (r.code, r.name, Balance { product: ProductId(r.product_id), on_hand: r.on_hand, reserved: r.reserved })
    })
    .collect())
}

/// A correction of what is on hand; the caller holds the lock.
pub async fn adjust(
    tx: &mut Tx,
    product: ProductId,
    change: Decimal,
    reason: &str,
    by: PersonId,
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<(), StoreError> {
    let movement = Movement {
        product,
        line: None,
        kind: "adjust",
        on_hand: change,
        reserved: Decimal::ZERO,
        reason: Some(reason),
    };
    move_stock(tx, &movement, by, now, id).await
}

/// Reserved stock that goes from one order line to another; the balance stays.
pub struct Handover<'a> {
    pub product: ProductId,
    pub from: OrderLineId,
    pub to: OrderLineId,
    pub quantity: Decimal,
    pub reason: &'a str,
}

pub async fn hand_over(
    tx: &mut Tx,
    h: &Handover<'_>,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> Uuid + Sync),
) -> Result<(), StoreError> {
    release(tx, h.product, h.from, h.quantity, h.reason, by, now, ids()).await?;
    sqlx::query!("UPDATE order_line SET reserved = reserved + $2 WHERE id = $1", h.to.0, h.quantity)
        .execute(tx.conn())
        .await?;
    let taken = Movement {
        product: h.product,
        line: Some(h.to),
        kind: "reserve",
        on_hand: Decimal::ZERO,
        reserved: h.quantity,
        reason: Some(h.reason),
    };
    move_stock(tx, &taken, by, now, ids()).await
}

/// Gives a part of a line's reservation back to the shelf.
pub async fn release(
    tx: &mut Tx,
    product: ProductId,
    line: OrderLineId,
    quantity: Decimal,
    reason: &str,
    by: PersonId,
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<(), StoreError> {
    sqlx::query!("UPDATE order_line SET reserved = reserved - $2 WHERE id = $1", line.0, quantity)
        .execute(tx.conn())
        .await?;
    let given = Movement {
        product,
        line: Some(line),
        kind: "release",
        on_hand: Decimal::ZERO,
        reserved: -quantity,
        reason: Some(reason),
    };
    move_stock(tx, &given, by, now, id).await
}

/// The deal behind a line of a live order.
pub async fn deal_of_line(conn: &mut PgConnection, line: OrderLineId) -> Result<Option<(DealId, String)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT d.id, d.no FROM order_line l JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id WHERE l.id = $1",
        line.0
    )
    .fetch_optional(conn)
    .await?
    .map(|r| (DealId(r.id), r.no)))
}

/// A row of the ledger as it is read.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub seq: i64,
    pub kind: String,
    pub quantity: Decimal,
    pub on_hand_after: Decimal,
    pub reserved_after: Decimal,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
    pub actor: Option<String>,
    pub deal_no: Option<String>,
    pub order_no: Option<String>,
    pub owner: Option<Uuid>,
    pub owner_manager: Option<Uuid>,
}

/// The ledger of a product, newest first, from before a row on.
pub async fn ledger(
    conn: &mut PgConnection,
    product: ProductId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<LedgerRow>, StoreError> {
    Ok(sqlx::query_as!(
        LedgerRow,
        r#"SELECT m.seq, m.kind, m.quantity, m.on_hand_after, m.reserved_after, m.at, m.reason, a.name AS "actor?",
            d.no AS "deal_no?", o.no AS "order_no?", d.owner_id AS "owner?", w.manager_id AS owner_manager
           FROM stock_movement m LEFT JOIN person a ON a.id = m.actor_id LEFT JOIN order_line l ON l.id = m.order_line_id
           LEFT JOIN sales_order o ON o.id = l.order_id LEFT JOIN deal d ON d.id = o.deal_id LEFT JOIN person w ON w.id = d.owner_id
           WHERE m.product_id = $1 AND ($2::bigint IS NULL OR m.seq < $2) ORDER BY m.seq DESC LIMIT $3"#,
        product.0,
        before,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// A line of a live order that has, or lacks, stock of a product; custom pieces are on no shelf.
#[derive(Debug, Clone)]
pub struct ReservedLine {
    pub line: Uuid,
    pub deal_no: String,
    pub deal_version: i64,
    pub order_no: String,
    pub is_urgent: bool,
    pub quantity: Decimal,
    pub credited: Decimal,
    pub reserved: Decimal,
    pub produced: Decimal,
    pub passed: Decimal,
    pub picked: Decimal,
    pub shipped: Decimal,
    pub promised_at: DateTime<Utc>,
    pub owner: Uuid,
    pub owner_name: String,
    pub owner_manager: Option<Uuid>,
}

pub async fn reserved_lines(conn: &mut PgConnection, product: ProductId) -> Result<Vec<ReservedLine>, StoreError> {
    Ok(sqlx::query_as!(
        ReservedLine,
        r#"SELECT l.id AS line, d.no AS deal_no, d.version AS deal_version, o.no AS order_no, o.is_urgent, l.quantity, l.credited, l.reserved, l.produced,
            l.passed, l.picked, l.shipped, l.promised_at, d.owner_id AS owner, w.name AS owner_name, w.manager_id AS owner_manager
           FROM order_line l JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id JOIN person w ON w.id = d.owner_id
           WHERE l.product_id = $1 AND o.status IN ('confirmed','in_fulfilment','partially_shipped','on_hold') AND l.kind = 'standard' AND l.shipped < l.quantity - l.credited
           ORDER BY l.promised_at, o.no, l.line_no LIMIT 200"#,
        product.0
    )
    .fetch_all(conn)
    .await?)
}
