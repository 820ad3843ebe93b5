//! Personal data that left its page: the rows of an export, who looked at or took out what, and
//! the profile a version of an archive had.

use super::customer_list::{self, CustomerSearch};
use super::{StoreError, Tx};
use crate::domain::customer::CustomerProfile;
use crate::domain::ids::{CustomerId, PersonId};
use crate::domain::workflow::Event;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// One row of an exported list, with the primary contact. Codes are stored codes.
#[derive(Debug, Clone)]
pub struct ExportRow {
    pub customer_no: String,
    pub legal_name: String,
    pub short_name: Option<String>,
    pub uscc: Option<String>,
    pub status: String,
    pub grade: String,
    pub province: Option<String>,
    pub city: Option<String>,
    pub owner_id: Uuid,
    pub owner_manager: Option<Uuid>,
    pub owner_name: String,
    pub owner_name_en: String,
    pub next_review_on: Option<NaiveDate>,
    pub contact: Option<String>,
    pub mobile: Option<String>,
    pub landline: Option<String>,
    pub email: Option<String>,
}

/// The archives of the list of customers, by number, with their primary contacts.
pub async fn export(conn: &mut PgConnection, search: &CustomerSearch<'_>) -> Result<Vec<ExportRow>, StoreError> {
    let ids = customer_list::ids(conn, search).await?;
    Ok(sqlx::query_as!(
        ExportRow,
        r#"SELECT c.customer_no, c.legal_name, c.short_name, c.uscc, c.status, c.grade, c.province, c.city, c.owner_id, w.manager_id AS owner_manager,
            w.name AS owner_name, w.name_en AS owner_name_en, c.next_review_on, p.name AS "contact?", p.mobile AS "mobile?", p.landline AS "landline?",
            p.email AS "email?"
         FROM customer c JOIN person w ON w.id = c.owner_id LEFT JOIN contact p ON p.customer_id = c.id AND p.rank = 'primary' AND p.is_active
         WHERE c.id = ANY ($1) ORDER BY c.customer_no"#,
        &ids
    )
    .fetch_all(conn)
    .await?)
}

/// Serialises the writers of the company's own stream.
pub async fn lock_company(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("SELECT only_row FROM installation FOR UPDATE").fetch_optional(tx.conn()).await?;
    Ok(())
}

/// Serialises the writers of one customer's stream.
pub async fn lock_customer(tx: &mut Tx, id: CustomerId) -> Result<(), StoreError> {
    sqlx::query!("SELECT id FROM customer WHERE id = $1 FOR UPDATE", id.0).fetch_optional(tx.conn()).await?;
    Ok(())
}

/// Who looked at or took out what.
#[derive(Debug, Clone)]
pub struct Access {
    pub position: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_en: String,
    pub customer_no: Option<String>,
    pub customer_name: Option<String>,
    pub event: Event,
}

/// The newest accesses before a position, by one person where one is named.
pub async fn log(
    conn: &mut PgConnection,
    person: Option<PersonId>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Access>, StoreError> {
    sqlx::query!(
        r#"SELECT e.position AS "position!", e.at, e.payload, p.name AS actor, p.name_en AS actor_en, c.customer_no AS "customer_no?", c.legal_name AS "customer_name?"
           FROM event e JOIN person p ON p.id = e.actor_id LEFT JOIN customer c ON e.stream_kind = 'customer' AND c.id = e.stream_id
           WHERE e.kind IN ('contact_shown', 'customers_exported', 'list_exported') AND ($1::uuid IS NULL OR e.actor_id = $1) AND ($2::bigint IS NULL OR e.position < $2)
           ORDER BY e.position DESC LIMIT $3"#,
        person.map(|p| p.0),
        before,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Access {
            position: r.position,
            at: r.at,
            actor: r.actor,
            actor_en: r.actor_en,
            customer_no: r.customer_no,
            customer_name: r.customer_name,
            event: serde_json::from_value(r.payload)?,
        })
    })
    .collect()
}

/// The profile as a version of the archive had it; none for versions from before they were kept.
pub async fn profile_at(
    conn: &mut PgConnection,
    customer: CustomerId,
    version: i64,
) -> Result<Option<CustomerProfile>, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT e.payload -> 'profile' AS "profile!" FROM customer_version v
           JOIN event e ON e.stream_kind = 'customer' AND e.stream_id = v.customer_id AND e.seq <= v.event_seq
           WHERE v.customer_id = $1 AND v.version = $2 AND e.payload -> 'profile' IS NOT NULL ORDER BY e.seq DESC LIMIT 1"#,
        customer.0,
        version
    )
    .fetch_optional(conn)
    .await?
    .map(|profile| Ok(serde_json::from_value(profile)?))
    .transpose()
}
