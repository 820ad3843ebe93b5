//! Unsaved input of long forms: one draft for each person and form address.

use super::{StoreError, Tx};
use crate::domain::ids::{PersonId, SessionId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Names and values in the order in which the form sent them.
pub type Fields = Vec<(String, String)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub fields: Fields,
    pub saved_at: DateTime<Utc>,
}

pub async fn keep(
    tx: &mut Tx,
    person: PersonId,
    address: &str,
    fields: &Fields,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO form_draft (person_id, address, fields, saved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id, address) DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at",
        person.0,
        address,
        serde_json::to_value(fields)?,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn load(conn: &mut PgConnection, person: PersonId, address: &str) -> Result<Option<Draft>, StoreError> {
    sqlx::query!("SELECT fields, saved_at FROM form_draft WHERE person_id = $1 AND address = $2", person.0, address)
        .fetch_optional(conn)
        .await?
        .map(|r| Ok(Draft { fields: serde_json::from_value(r.fields)?, saved_at: r.saved_at }))
        .transpose()
}

pub async fn discard(tx: &mut Tx, person: PersonId, address: &str) -> Result<u64, StoreError> {
    Ok(sqlx::query!("DELETE FROM form_draft WHERE person_id = $1 AND address = $2", person.0, address)
        .execute(tx.conn())
        .await?
        .rows_affected())
}

/// Removes what nobody came back for; how many.
pub async fn tidy(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("DELETE FROM form_draft WHERE saved_at <= $1", before).execute(tx.conn()).await?.rows_affected())
}

/// When the archive with this number, or of the deal with it, was last changed.
pub async fn customer_changed_at(conn: &mut PgConnection, no: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT c.updated_at FROM customer c WHERE c.customer_no = $1 OR c.id = (SELECT d.customer_id FROM deal d WHERE d.no = $1)",
        no
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn deal_changed_at(conn: &mut PgConnection, no: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT updated_at FROM deal WHERE no = $1", no).fetch_optional(conn).await?)
}

/// Whose session a cookie was, over or not, as long as its row is there and the person is active.
pub async fn whose_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<(SessionId, PersonId)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT s.id, s.person_id FROM session s JOIN person p ON p.id = s.person_id WHERE s.token_hash = $1 AND p.is_active",
        token_hash
    )
    .fetch_optional(conn)
    .await?
    .map(|r| (SessionId(r.id), PersonId(r.person_id))))
}
