//! Quarterly re-checks: the record of each, the list of what is due, and whom to remind.

use super::{StoreError, Tx};
use crate::domain::customer::{RegistryStatus, Verification};
use crate::domain::ids::{CustomerId, PersonId};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

pub(super) struct NewReview<'a> {
    pub id: Uuid,
    pub registry_status: RegistryStatus,
    pub findings: &'a str,
    pub next_review_on: NaiveDate,
}

/// Keeps the re-check and sets the date of the next one.
pub(super) async fn add(tx: &mut Tx, id: CustomerId, v: &Verification, new: &NewReview<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO customer_review (id, customer_id, reviewed_by, reviewed_at, channel, registry_status, findings, next_review_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id, id.0, v.by.0, v.at, v.channel.code(), new.registry_status.code(), new.findings, new.next_review_on
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE customer SET next_review_on = $2 WHERE id = $1", id.0, new.next_review_on)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A re-check of the past. Codes are stored codes.
#[derive(Debug, Clone)]
pub struct PastReview {
    pub by: String,
    pub by_en: String,
    pub at: DateTime<Utc>,
    pub channel: String,
    pub registry_status: String,
    pub findings: String,
}

/// The re-checks of an archive, newest first.
pub async fn past(conn: &mut PgConnection, customer: CustomerId) -> Result<Vec<PastReview>, StoreError> {
    Ok(sqlx::query_as!(
        PastReview,
        r#"SELECT p.name AS by, p.name_en AS by_en, r.reviewed_at AS at, r.channel, r.registry_status, r.findings
           FROM customer_review r JOIN person p ON p.id = r.reviewed_by WHERE r.customer_id = $1 ORDER BY r.reviewed_at DESC LIMIT 40"#,
        customer.0
    )
    .fetch_all(conn)
    .await?)
}

/// An archive whose re-check has a date.
#[derive(Debug, Clone, FromRow)]
pub struct DueRow {
    pub id: Uuid,
    pub customer_no: String,
    pub legal_name: String,
    pub grade: String,
    pub owner_id: Uuid,
    pub owner_manager: Option<Uuid>,
    pub owner_name: String,
    pub owner_name_en: String,
    pub next_review_on: NaiveDate,
    pub last_verified_on: Option<NaiveDate>,
}

/// Filters of the list of due re-checks as they stand in the address; both days count.
#[derive(Debug, Clone, Default)]
pub struct DueFilter {
    pub text: Option<String>,
    pub owner: Option<PersonId>,
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// Keyset: rows after this one.
    pub after: Option<(NaiveDate, Uuid)>,
}

fn visible(q: &mut QueryBuilder<Postgres>, to: VisibleTo) {
    match to {
        VisibleTo::Everything => {}
        VisibleTo::Own { person } => {
            q.push(" AND c.owner_id = ").push_bind(person.0);
        }
        VisibleTo::Team { person, manager } => {
            q.push(" AND (c.owner_id = ")
                .push_bind(person.0)
                .push(" OR w.manager_id = ")
                .push_bind(manager.0)
                .push(")");
        }
        VisibleTo::Reached { .. } | VisibleTo::Nothing => {
            q.push(" AND false");
        }
    }
}

const FROM: &str = " FROM customer c JOIN person w ON w.id = c.owner_id
    WHERE c.status = 'archived' AND NOT c.is_inactive AND c.next_review_on IS NOT NULL";

/// What is due first, at most `limit`.
pub async fn due(conn: &mut PgConnection, to: VisibleTo, f: &DueFilter, limit: i64) -> Result<Vec<DueRow>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT c.id, c.customer_no, c.legal_name, c.grade, c.owner_id, w.manager_id AS owner_manager, w.name AS owner_name, w.name_en AS owner_name_en,
            c.next_review_on, c.last_verified_on",
    );
    q.push(FROM);
    visible(&mut q, to);
    if let Some(text) = &f.text {
        let pattern = super::lists::like(text);
        q.push(" AND (c.legal_name ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.customer_no ILIKE ").push_bind(pattern).push(")");
    }
    if let Some(owner) = f.owner {
        q.push(" AND c.owner_id = ").push_bind(owner.0);
    }
    if let Some(from) = f.from {
        q.push(" AND c.next_review_on >= ").push_bind(from);
    }
    if let Some(until) = f.until {
        q.push(" AND c.next_review_on <= ").push_bind(until);
    }
    if let Some((on, id)) = f.after {
        q.push(" AND (c.next_review_on, c.id) > (").push_bind(on).push(", ").push_bind(id).push(")");
    }
    q.push(" ORDER BY c.next_review_on, c.id LIMIT ").push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// An owner with how many of their archives are due until a day.
#[derive(Debug, Clone, FromRow)]
pub struct OwnerDue {
    pub owner_id: Uuid,
    pub name: String,
    pub name_en: String,
    pub archives: i64,
}

/// The owners with something due until that day, most first.
pub async fn owners_due(conn: &mut PgConnection, to: VisibleTo, until: NaiveDate) -> Result<Vec<OwnerDue>, StoreError> {
    let mut q = QueryBuilder::new("SELECT c.owner_id, w.name, w.name_en, count(*) AS archives");
    q.push(FROM);
    visible(&mut q, to);
    q.push(" AND c.next_review_on <= ").push_bind(until);
    q.push(" GROUP BY c.owner_id, w.name, w.name_en ORDER BY count(*) DESC, w.name LIMIT 200");
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// An archive whose owner has not been reminded of this due date yet.
#[derive(Debug, Clone)]
pub struct ToRemind {
    pub customer: CustomerId,
    pub owner: PersonId,
    pub next_review_on: NaiveDate,
    pub key: String,
}

/// Archives due until `soon` whose owner lacks the notice of today's kind, in a fixed order.
pub async fn unreminded(
    conn: &mut PgConnection,
    today: NaiveDate,
    soon: NaiveDate,
    limit: i64,
) -> Result<Vec<ToRemind>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT c.id, c.owner_id, c.next_review_on AS "next_review_on!", k.key AS "key!"
           FROM customer c CROSS JOIN LATERAL (SELECT 'review:' || c.id || ':' || c.next_review_on || ':'
                || CASE WHEN c.next_review_on <= $1 THEN 'overdue' ELSE 'soon' END AS key) k
           WHERE c.status = 'archived' AND NOT c.is_inactive AND c.next_review_on <= $2
             AND NOT EXISTS (SELECT FROM outbox o WHERE o.dedupe_key = k.key || ':' || c.owner_id)
           ORDER BY c.next_review_on, c.id LIMIT $3"#,
        today,
        soon,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| ToRemind {
        customer: CustomerId(r.id),
        owner: PersonId(r.owner_id),
        next_review_on: r.next_review_on,
        key: r.key,
    })
    .collect())
}

/// When the archive was last verified.
pub async fn last_verified_on(conn: &mut PgConnection, id: CustomerId) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT last_verified_on FROM customer WHERE id = $1", id.0)
        .fetch_optional(conn)
        .await?
        .flatten())
}
