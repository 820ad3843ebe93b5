//! Notices to people, kept in the outbox.

use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::staff::Role;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct NewNotice<'a> {
    pub id: Uuid,
    pub dedupe_key: String,
    pub recipient: PersonId,
    pub deal: Option<DealId>,
    pub customer: Option<CustomerId>,
    pub kind: &'a str,
}

/// Adds a notice once; the same key again changes nothing. How many rows came: one or none.
pub async fn add(tx: &mut Tx, n: &NewNotice<'_>, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let added = sqlx::query!(
        "INSERT INTO outbox (id, dedupe_key, recipient_id, deal_id, customer_id, kind, payload, created_at) VALUES ($1, $2, $3, $4, $5, $6, '{}', $7)
         ON CONFLICT (dedupe_key) DO NOTHING",
        n.id, n.dedupe_key, n.recipient.0, n.deal.map(|d| d.0), n.customer.map(|c| c.0), n.kind, now
    )
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected())
}

/// The active people who hold a role; a sales manager only for the own team.
pub async fn holders(
    conn: &mut PgConnection,
    role: Role,
    team_of: Option<PersonId>,
) -> Result<Vec<PersonId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT id FROM person WHERE is_active AND $1 = ANY (roles) AND ($1 <> 'sales_manager' OR $2::uuid IS NULL OR id = $2) ORDER BY id",
        role.code(), team_of.map(|p| p.0)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PersonId)
    .collect())
}

pub async fn unread(conn: &mut PgConnection, person: PersonId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM outbox WHERE recipient_id = $1 AND read_at IS NULL"#,
        person.0
    )
    .fetch_one(conn)
    .await?)
}

#[derive(Debug, Clone)]
pub struct Notice {
    pub kind: String,
    pub deal_no: Option<String>,
    pub customer_no: Option<String>,
    pub customer_name: String,
    pub created_at: DateTime<Utc>,
    pub is_read: bool,
}

pub async fn newest(conn: &mut PgConnection, person: PersonId, limit: i64) -> Result<Vec<Notice>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT o.kind, o.created_at, o.read_at, d.no AS "deal_no?", c.customer_no AS "customer_no?", c.legal_name AS "customer_name?"
           FROM outbox o LEFT JOIN deal d ON d.id = o.deal_id LEFT JOIN customer c ON c.id = COALESCE(o.customer_id, d.customer_id)
           WHERE o.recipient_id = $1 ORDER BY o.created_at DESC, o.id DESC LIMIT $2"#,
        person.0, limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Notice {
        kind: r.kind, deal_no: r.deal_no, customer_no: r.customer_no, customer_name: r.customer_name.unwrap_or_default(), created_at: r.created_at,
        is_read: r.read_at.is_some(),
    })
    .collect())
}

pub async fn mark_read(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE outbox SET read_at = $2 WHERE recipient_id = $1 AND read_at IS NULL", person.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}
