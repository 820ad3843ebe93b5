//! What was done to accounts, for the page of people.

use super::StoreError;
use crate::domain::message::ServiceEvent;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// One act of an administrator, or an attempt.
#[derive(Debug, Clone)]
pub struct Kept {
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_en: String,
    pub person: String,
    pub person_en: String,
    pub event: ServiceEvent,
}

/// The newest first, at most thirty.
pub async fn newest(conn: &mut PgConnection) -> Result<Vec<Kept>, StoreError> {
    sqlx::query!(
        r#"SELECT e.payload, e.at, a.name AS actor, a.name_en AS actor_en, p.name AS person, p.name_en AS person_en
           FROM event e JOIN person a ON a.id = e.actor_id JOIN person p ON p.id = e.stream_id
           WHERE e.kind IN ('person_added', 'person_changed', 'own_rights_refused', 'reset_link_made', 'sessions_ended')
           ORDER BY e.position DESC LIMIT 30"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Kept {
            at: r.at,
            actor: r.actor,
            actor_en: r.actor_en,
            person: r.person,
            person_en: r.person_en,
            event: serde_json::from_value(r.payload)?,
        })
    })
    .collect()
}
