//! Notices to people, kept in the outbox: given once, read once, and put into messages later.

use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::notice::{self, Topic, Urgency};
use crate::domain::staff::Role;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection, QueryBuilder};
use uuid::Uuid;

pub struct NewNotice<'a> {
    pub id: Uuid,
    pub dedupe_key: String,
    pub recipient: PersonId,
    pub deal: Option<DealId>,
    pub customer: Option<CustomerId>,
    pub kind: &'a str,
}

/// What only some notices have.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// Left out: what the kind says.
    pub urgency: Option<Urgency>,
    /// Facts that the sentence needs besides the number of its deal or customer; an object.
    pub facts: Option<Value>,
}

/// Adds a notice once; the same key again changes nothing. How many rows came: one or none.
pub async fn add(tx: &mut Tx, n: &NewNotice<'_>, now: DateTime<Utc>) -> Result<u64, StoreError> {
    add_with(tx, n, &More::default(), now).await
}

/// The same with an urgency or facts of its own. An act or a limit of an urgent deal is urgent.
pub async fn add_with(tx: &mut Tx, n: &NewNotice<'_>, more: &More, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let topic = notice::topic(n.kind);
    let is_urgent = more.urgency.unwrap_or_else(|| notice::urgency(n.kind)) == Urgency::Urgent;
    let facts = more.facts.clone().unwrap_or_else(|| json!({}));
    let added = sqlx::query!(
        "INSERT INTO outbox (id, dedupe_key, recipient_id, deal_id, customer_id, kind, payload, created_at, topic, is_urgent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10 OR ($9 IN ('turn', 'deadline') AND EXISTS (SELECT FROM deal d WHERE d.id = $4 AND d.is_urgent)))
         ON CONFLICT (dedupe_key) DO NOTHING",
        n.id, n.dedupe_key, n.recipient.0, n.deal.map(|d| d.0), n.customer.map(|c| c.0), n.kind, facts, now, topic.code(), is_urgent
    )
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected())
}

/// What a transaction has to tell, as columns; it is written in one go before the commit.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    ids: Vec<Uuid>,
    keys: Vec<String>,
    recipients: Vec<Uuid>,
    deals: Vec<Option<Uuid>>,
    customers: Vec<Option<Uuid>>,
    kinds: Vec<String>,
    facts: Vec<serde_json::Value>,
    moments: Vec<DateTime<Utc>>,
    topics: Vec<String>,
    urgent: Vec<bool>,
}

/// Tells with the commit what `add` tells at once.
pub fn tell(tx: &mut Tx, n: &NewNotice<'_>, now: DateTime<Utc>) {
    tell_with(tx, n, &More::default(), now);
}

/// The same with an urgency or facts of its own.
pub fn tell_with(tx: &mut Tx, n: &NewNotice<'_>, more: &More, now: DateTime<Utc>) {
    let unsent = &mut tx.notices;
    unsent.ids.push(n.id);
    unsent.keys.push(n.dedupe_key.clone());
    unsent.recipients.push(n.recipient.0);
    unsent.deals.push(n.deal.map(|d| d.0));
    unsent.customers.push(n.customer.map(|c| c.0));
    unsent.kinds.push(n.kind.to_owned());
    unsent.facts.push(more.facts.clone().unwrap_or_else(|| json!({})));
    unsent.moments.push(now);
    unsent.topics.push(notice::topic(n.kind).code().to_owned());
    unsent.urgent.push(more.urgency.unwrap_or_else(|| notice::urgency(n.kind)) == Urgency::Urgent);
}

/// Writes what was told so far.
pub(super) async fn write(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.notices.ids.is_empty() {
        return Ok(());
    }
    let n = std::mem::take(&mut tx.notices);
    sqlx::query!(
        "INSERT INTO outbox (id, dedupe_key, recipient_id, deal_id, customer_id, kind, payload, created_at, topic, is_urgent)
         SELECT u.id, u.dedupe_key, u.recipient_id, u.deal_id, u.customer_id, u.kind, u.payload, u.created_at, u.topic,
            u.is_urgent OR (u.topic IN ('turn', 'deadline') AND EXISTS (SELECT FROM deal d WHERE d.id = u.deal_id AND d.is_urgent))
         FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::jsonb[], $8::timestamptz[], $9::text[], $10::bool[])
            WITH ORDINALITY AS u (id, dedupe_key, recipient_id, deal_id, customer_id, kind, payload, created_at, topic, is_urgent, place)
         ORDER BY u.place
         ON CONFLICT (dedupe_key) DO NOTHING",
        &n.ids,
        &n.keys,
        &n.recipients,
        &n.deals as &[Option<Uuid>],
        &n.customers as &[Option<Uuid>],
        &n.kinds,
        &n.facts,
        &n.moments,
        &n.topics,
        &n.urgent
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An active person with the roles by which others are told.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    id: PersonId,
    roles: Vec<String>,
    manager: Option<PersonId>,
}

/// The active people who hold a role; a sales manager only for the own team and the teams beside it, as far as
/// the policy's team reaches. Asked once in a transaction.
pub async fn holders(tx: &mut Tx, role: Role, team_of: Option<PersonId>) -> Result<Vec<PersonId>, StoreError> {
    if tx.staff.is_none() {
        let rows = sqlx::query!("SELECT id, roles, manager_id FROM person WHERE is_active ORDER BY id")
            .fetch_all(tx.conn())
            .await?;
        let holder = rows.into_iter().map(|r| Holder {
            id: PersonId(r.id),
            roles: r.roles,
            manager: r.manager_id.map(PersonId),
        });
        tx.staff = Some(holder.collect());
    }
    let is_one = |holder: &&Holder| {
        holder.roles.iter().any(|code| code == role.code())
            && (role != Role::SalesManager
                || team_of.is_none_or(|manager| manager == holder.id || Some(manager) == holder.manager))
    };
    Ok(tx.staff.iter().flatten().filter(is_one).map(|holder| holder.id).collect())
}

pub async fn unread(conn: &mut PgConnection, person: PersonId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM outbox WHERE recipient_id = $1 AND read_at IS NULL"#,
        person.0
    )
    .fetch_one(conn)
    .await?)
}

/// Unread ones of each topic that has any; they add up to `unread`.
pub async fn unread_by_topic(conn: &mut PgConnection, person: PersonId) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT topic, count(*) AS "n!" FROM outbox WHERE recipient_id = $1 AND read_at IS NULL GROUP BY topic"#,
        person.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (r.topic, r.n))
    .collect())
}

#[derive(Debug, Clone, FromRow)]
pub struct Notice {
    pub id: Uuid,
    pub kind: String,
    pub topic: String,
    pub is_urgent: bool,
    pub payload: Value,
    pub deal_id: Option<Uuid>,
    pub deal_no: Option<String>,
    pub customer_id: Option<Uuid>,
    pub customer_no: Option<String>,
    pub customer_name: String,
    pub created_at: DateTime<Utc>,
    pub is_read: bool,
}

/// Which notices of a person are listed.
#[derive(Debug, Clone, Default)]
pub struct NoticeFilter {
    pub topic: Option<Topic>,
    /// Only what was not read yet.
    pub unread: Option<()>,
    /// Only this one.
    pub only: Option<Uuid>,
    /// Keyset: rows before this one.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

pub async fn newest(conn: &mut PgConnection, person: PersonId, limit: i64) -> Result<Vec<Notice>, StoreError> {
    page(conn, person, &NoticeFilter::default(), limit).await
}

/// One page, newest first. The customer is the notice's own or its deal's.
pub async fn page(
    conn: &mut PgConnection,
    person: PersonId,
    filter: &NoticeFilter,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT o.id, o.kind, o.topic, o.is_urgent, o.payload, o.deal_id, d.no AS deal_no, c.id AS customer_id, c.customer_no,
                COALESCE(c.legal_name, '') AS customer_name, o.created_at, o.read_at IS NOT NULL AS is_read
         FROM outbox o LEFT JOIN deal d ON d.id = o.deal_id LEFT JOIN customer c ON c.id = COALESCE(o.customer_id, d.customer_id)
         WHERE o.recipient_id = ",
    );
    q.push_bind(person.0);
    if let Some(topic) = filter.topic {
        q.push(" AND o.topic = ").push_bind(topic.code());
    }
    if filter.unread.is_some() {
        q.push(" AND o.read_at IS NULL");
    }
    if let Some(id) = filter.only {
        q.push(" AND o.id = ").push_bind(id);
    }
    if let Some((at, id)) = filter.before {
        q.push(" AND (o.created_at, o.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    q.push(" ORDER BY o.created_at DESC, o.id DESC LIMIT ").push(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// Marks one as read; none when it is somebody else's or was read before.
pub async fn mark_one_read(tx: &mut Tx, person: PersonId, id: Uuid, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let marked = sqlx::query!(
        "UPDATE outbox SET read_at = $3 WHERE recipient_id = $1 AND id = $2 AND read_at IS NULL",
        person.0,
        id,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(marked.rows_affected())
}

/// Marks all of a topic (or of every topic) as read that were given up to `seen`, so that what
/// came after the page was opened stays unread.
pub async fn mark_read(
    tx: &mut Tx,
    person: PersonId,
    topic: Option<Topic>,
    seen: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let marked = sqlx::query!(
        "UPDATE outbox SET read_at = $3 WHERE recipient_id = $1 AND read_at IS NULL AND created_at <= $4 AND ($2::text IS NULL OR topic = $2)",
        person.0, topic.map(Topic::code), now, seen
    )
    .execute(tx.conn())
    .await?;
    Ok(marked.rows_affected())
}
