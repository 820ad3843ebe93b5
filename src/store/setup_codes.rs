//! Codes for the first administrator: kept as hashes, used once, good for nothing once somebody is there.

use super::{StoreError, Tx};
use crate::domain::ids::PersonId;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Whether anybody has an account.
pub async fn has_people(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM person) AS "has!""#).fetch_one(conn).await?)
}

/// Adds a code; those that are over go.
pub async fn add(tx: &mut Tx, hash: &[u8], now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM setup_code WHERE expires_at <= $1 AND used_at IS NULL", now).execute(tx.conn()).await?;
    sqlx::query!("INSERT INTO setup_code (code_hash, made_at, expires_at) VALUES ($1, $2, $3)", hash, now, expires_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether the code can be used now.
pub async fn is_good(conn: &mut PgConnection, hash: &[u8], now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM setup_code WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2) AS "good!""#,
        hash,
        now
    )
    .fetch_one(conn)
    .await?)
}

/// Uses the code for this person; whether it was this call that did.
pub async fn take(tx: &mut Tx, hash: &[u8], person: PersonId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "UPDATE setup_code SET used_at = $2, used_by = $3 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2",
        hash,
        now,
        person.0
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}
