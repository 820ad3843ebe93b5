//! Lists that people keep by name; nobody's business but their own.

use super::{StoreError, Tx};
use crate::domain::ids::PersonId;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Views that one person keeps of one list; the oldest go first.
const MOST: i64 = 12;

#[derive(Debug, Clone)]
pub struct Kept {
    pub id: Uuid,
    pub name: String,
    pub query: String,
}

pub async fn of(conn: &mut PgConnection, person: PersonId, list: &str) -> Result<Vec<Kept>, StoreError> {
    Ok(sqlx::query_as!(
        Kept,
        "SELECT id, name, query FROM saved_view WHERE person_id = $1 AND list = $2 ORDER BY saved_at, id LIMIT $3",
        person.0,
        list,
        MOST
    )
    .fetch_all(conn)
    .await?)
}

/// Keeps a list under a name; the same name again takes the place of the former.
pub async fn keep(
    tx: &mut Tx,
    id: Uuid,
    person: PersonId,
    list: &str,
    name: &str,
    query: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO saved_view (id, person_id, list, name, query, saved_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (person_id, list, name) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at",
        id,
        person.0,
        list,
        name,
        query,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "DELETE FROM saved_view WHERE person_id = $1 AND list = $2 AND id NOT IN
            (SELECT id FROM saved_view WHERE person_id = $1 AND list = $2 ORDER BY saved_at DESC, id DESC LIMIT $3)",
        person.0,
        list,
        MOST
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, id: Uuid, person: PersonId) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM saved_view WHERE id = $1 AND person_id = $2", id, person.0).execute(tx.conn()).await?;
    Ok(())
}
