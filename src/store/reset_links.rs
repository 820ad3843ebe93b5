//! One-time links to a new password: kept as hashes, used once.

use super::{StoreError, Tx};
use crate::domain::ids::PersonId;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub async fn add(
    tx: &mut Tx,
    hash: &[u8],
    (person, made_by): (PersonId, PersonId),
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO reset_link (token_hash, person_id, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        hash,
        person.0,
        made_by.0,
        now,
        expires_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose link it is, while it can be used: not over, not used, and no newer one was made.
pub async fn person(conn: &mut PgConnection, hash: &[u8], now: DateTime<Utc>) -> Result<Option<PersonId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT l.person_id FROM reset_link l JOIN person p ON p.id = l.person_id
         WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND p.is_active
           AND NOT EXISTS (SELECT FROM reset_link n WHERE n.person_id = l.person_id AND n.made_at > l.made_at)",
        hash,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(PersonId))
}

/// Links of a person whose account was closed or has other roles open nothing any more.
pub async fn forget(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE reset_link SET used_at = $2 WHERE person_id = $1 AND used_at IS NULL", person.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Uses the link; whether it was this call that did.
pub async fn take(tx: &mut Tx, hash: &[u8], now: DateTime<Utc>) -> Result<bool, StoreError> {
    let taken = sqlx::query!("UPDATE reset_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL", hash, now)
        .execute(tx.conn())
        .await?;
    Ok(taken.rows_affected() == 1)
}
