//! Living sessions, as their owners and the administrator see them; never their tokens.

use super::{StoreError, Tx};
use crate::domain::ids::{PersonId, SessionId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Living {
    pub id: SessionId,
    pub person: PersonId,
    pub login: String,
    pub name: String,
    pub name_en: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Those of one person, or of everybody: last seen first, five hundred at most.
pub async fn living(
    conn: &mut PgConnection,
    person: Option<PersonId>,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Vec<Living>, StoreError> {
    Ok(sqlx::query!(
        "SELECT s.id, s.person_id, p.login, p.name, p.name_en, s.created_at, s.seen_at, s.expires_at
         FROM session s JOIN person p ON p.id = s.person_id
         WHERE s.expires_at > $2 AND s.seen_at > $3 AND p.is_active AND ($1::uuid IS NULL OR s.person_id = $1)
         ORDER BY s.seen_at DESC, s.id LIMIT 500",
        person.map(|p| p.0),
        now,
        idle_since
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Living {
        id: SessionId(r.id),
        person: PersonId(r.person_id),
        login: r.login,
        name: r.name,
        name_en: r.name_en,
        created_at: r.created_at,
        seen_at: r.seen_at,
        expires_at: r.expires_at,
    })
    .collect())
}

/// Ends all sessions of a person but one; how many ended.
pub async fn end_all(tx: &mut Tx, person: PersonId, but: Option<SessionId>) -> Result<u64, StoreError> {
    let ended = sqlx::query!(
        "DELETE FROM session WHERE person_id = $1 AND ($2::uuid IS NULL OR id <> $2)",
        person.0,
        but.map(|id| id.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(ended.rows_affected())
}
