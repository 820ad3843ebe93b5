//! What happened to the company itself: prices, stock, rules, delegations, accounts, settings, lists taken out.

use super::StoreError;
use crate::domain::delegation::DelegationEvent;
use crate::domain::library::LibraryEvent;
use crate::domain::message::ServiceEvent;
use crate::domain::settings::SettingsEvent;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

/// An event of any kind that the company's own streams hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Happened {
    Library(LibraryEvent),
    Delegation(DelegationEvent),
    Settings(SettingsEvent),
    Service(ServiceEvent),
    Other(Box<Event>),
}

/// One line of the company's history.
#[derive(Debug, Clone)]
pub struct CompanyLine {
    pub position: i64,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub actor_en: Option<String>,
    /// The person whose account it was about.
    pub person: Option<String>,
    pub person_en: Option<String>,
    /// The price list that it was about.
    pub list: Option<String>,
    pub happened: Happened,
}

/// The newest lines before a position.
pub async fn newest(conn: &mut PgConnection, before: Option<i64>, limit: i64) -> Result<Vec<CompanyLine>, StoreError> {
    sqlx::query!(
        r#"SELECT e.position AS "position!", e.at, e.payload, a.name AS "actor?", a.name_en AS "actor_en?", p.name AS "person?", p.name_en AS "person_en?",
            l.code AS "list?"
           FROM event e LEFT JOIN person a ON a.id = e.actor_id LEFT JOIN person p ON p.id = e.stream_id LEFT JOIN price_list l ON l.id = e.stream_id
           WHERE e.stream_kind = 'company' AND ($1::bigint IS NULL OR e.position < $1) ORDER BY e.position DESC LIMIT $2"#,
        before,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(CompanyLine {
            position: r.position,
            at: r.at,
            actor: r.actor,
            actor_en: r.actor_en,
            person: r.person,
            person_en: r.person_en,
            list: r.list,
            happened: serde_json::from_value(r.payload)?,
        })
    })
    .collect()
}
