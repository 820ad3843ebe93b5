//! Merging two archives: what moves, in one transaction, and where a number leads afterwards.
//!
//! Both customers and all their deals are locked by the caller through `lock`; the database refuses
//! everything that would leave a merged archive alive.

use super::{StoreError, Tx};
use crate::domain::archive_merge::Folded;
use crate::domain::ids::{CustomerId, DealId};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// Locks the deals of both by id, then both customers by id: the one order of locks. The open deals.
pub async fn lock(tx: &mut Tx, one: CustomerId, other: CustomerId) -> Result<Vec<DealId>, StoreError> {
    let both: Vec<Uuid> = vec![one.0, other.0];
    let deals = sqlx::query!("SELECT id, status FROM deal WHERE customer_id = ANY ($1) ORDER BY id FOR UPDATE", &both)
        .fetch_all(tx.conn())
        .await?;
    sqlx::query!("SELECT id FROM customer WHERE id = ANY ($1) ORDER BY id FOR UPDATE", &both)
        .fetch_all(tx.conn())
        .await?;
    Ok(deals.into_iter().filter(|d| d.status == "open").map(|d| DealId(d.id)).collect())
}

/// The archive this one was merged into, at the end of the chain: number and name of its owner.
pub async fn successor(conn: &mut PgConnection, id: CustomerId) -> Result<Option<(String, String)>, StoreError> {
    Ok(sqlx::query!(
        r#"WITH RECURSIVE chain (id, next, depth) AS (
               SELECT c.id, c.merged_into_id, 0 FROM customer c WHERE c.id = $1
               UNION ALL SELECT c.id, c.merged_into_id, chain.depth + 1 FROM customer c JOIN chain ON c.id = chain.next WHERE chain.depth < 100)
           SELECT c.customer_no AS "no!", w.name AS "owner!" FROM chain JOIN customer c ON c.id = chain.id JOIN person w ON w.id = c.owner_id
           WHERE chain.next IS NULL AND chain.depth > 0"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(|r| (r.no, r.owner)))
}

/// The numbers that were merged into this archive, through any chain.
pub async fn former_numbers(conn: &mut PgConnection, id: CustomerId) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"WITH RECURSIVE chain (id, depth) AS (
               SELECT c.id, 0 FROM customer c WHERE c.merged_into_id = $1
               UNION ALL SELECT c.id, chain.depth + 1 FROM customer c JOIN chain ON c.merged_into_id = chain.id WHERE chain.depth < 100)
           SELECT c.customer_no AS "no!" FROM chain JOIN customer c ON c.id = chain.id ORDER BY c.customer_no"#,
        id.0
    )
    .fetch_all(conn)
    .await?)
}

/// What hangs on an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belongings {
    pub deals: i64,
    pub open_deals: i64,
    pub contacts: i64,
    pub files: i64,
    pub prices: i64,
    pub orders: i64,
    pub total: Decimal,
}

pub async fn belongings(conn: &mut PgConnection, id: CustomerId) -> Result<Belongings, StoreError> {
    Ok(sqlx::query_as!(
        Belongings,
        r#"SELECT (SELECT count(*) FROM deal WHERE customer_id = $1) AS "deals!", (SELECT count(*) FROM deal WHERE customer_id = $1 AND status = 'open') AS "open_deals!",
            (SELECT count(*) FROM contact WHERE customer_id = $1) AS "contacts!", (SELECT count(*) FROM attachment WHERE customer_id = $1) AS "files!",
            (SELECT count(*) FROM price_list WHERE customer_id = $1) AS "prices!",
            (SELECT count(*) FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE d.customer_id = $1 AND o.status = 'completed') AS "orders!",
            (SELECT COALESCE(sum(o.gross - COALESCE((SELECT sum(l.off_gross) FROM order_line l WHERE l.order_id = o.id), 0)), 0) FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE d.customer_id = $1 AND o.status = 'completed') AS "total!""#,
        id.0
    )
    .fetch_one(conn)
    .await?)
}

/// How many rows moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub deals: i64,
    pub contacts: i64,
    pub files: i64,
    pub prices: i64,
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Whom both archives have stays once; what names the one who goes names the one who stays.
async fn fold(tx: &mut Tx, folded: &[Folded]) -> Result<(), StoreError> {
    let (gone, kept): (Vec<Uuid>, Vec<Uuid>) = folded.iter().map(|f| (f.gone.0, f.kept.0)).unzip();
    sqlx::query!(
        "UPDATE requirement r SET contact_id = f.kept FROM UNNEST($1::uuid[], $2::uuid[]) AS f (gone, kept) WHERE r.contact_id = f.gone",
        &gone,
        &kept
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM contact WHERE id = ANY ($1)", &gone).execute(tx.conn()).await?;
    Ok(())
}

/// Moves everything of `goes` to `stays`. Agreed prices that would overlap those
/// of the archive that stays remain where they are; the acceptance of a quote is evidence and
/// keeps the name it was given under.
pub async fn merge(tx: &mut Tx, stays: CustomerId, goes: CustomerId, folded: &[Folded]) -> Result<Moved, StoreError> {
    fold(tx, folded).await?;
    let deals = sqlx::query!("UPDATE deal SET customer_id = $1 WHERE customer_id = $2", stays.0, goes.0)
        .execute(tx.conn())
        .await?
        .rows_affected();
    let contacts = sqlx::query!(
        "UPDATE contact c SET customer_id = $1, rank = 'backup', position = n.position FROM (
             SELECT o.id, (SELECT COALESCE(max(s.position), 0) FROM contact s WHERE s.customer_id = $1) + row_number() OVER (ORDER BY o.position) AS position
             FROM contact o WHERE o.customer_id = $2) n WHERE c.id = n.id",
        stays.0,
        goes.0
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    let files = sqlx::query!("UPDATE attachment SET customer_id = $1 WHERE customer_id = $2", stays.0, goes.0)
        .execute(tx.conn())
        .await?
        .rows_affected();
    sqlx::query!("UPDATE feedback SET customer_id = $1 WHERE customer_id = $2", stays.0, goes.0)
        .execute(tx.conn())
        .await?;
    // One customer has one list of agreed prices; a second one stays with the archive that ends.
    let prices = sqlx::query!(
        "UPDATE price_list SET customer_id = $1 WHERE customer_id = $2 AND NOT EXISTS (SELECT FROM price_list s WHERE s.customer_id = $1)",
        stays.0,
        goes.0
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    sqlx::query!(
        "UPDATE customer s SET opening_order_count = s.opening_order_count + g.opening_order_count, opening_total = s.opening_total + g.opening_total
         FROM customer g WHERE s.id = $1 AND g.id = $2",
        stays.0,
        goes.0
    )
    .execute(tx.conn())
    .await?;
    Ok(Moved { deals: count(deals), contacts: count(contacts), files: count(files), prices: count(prices) })
}

/// The last change of an archive: it ends, its credit code is kept beside.
pub async fn close(tx: &mut Tx, stays: CustomerId, goes: CustomerId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET merged_into_id = $1, merged_at = $3, merged_uscc = uscc, uscc = NULL, is_inactive = true, opening_order_count = 0, opening_total = 0,
            version = version + 1, updated_at = $3 WHERE id = $2",
        stays.0,
        goes.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The manager's word on a code goes with the code.
pub async fn inherit_override(tx: &mut Tx, stays: CustomerId, goes: CustomerId) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer s SET code_override = g.code_override, code_override_by = g.code_override_by, code_override_at = g.code_override_at
         FROM customer g WHERE s.id = $1 AND g.id = $2 AND s.uscc = g.merged_uscc",
        stays.0,
        goes.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
