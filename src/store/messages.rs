//! Messages: packed from notices, claimed by one worker, settled once; and what administrators
//! see of them. The status in the row is the whole truth: no worker keeps anything in memory.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::deal::DealStatus;
use crate::domain::ids::PersonId;
use crate::domain::message::{Purpose, Trouble};
use crate::domain::order::OrderStatus;
use crate::domain::promise::{self, Promise};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A notice that was not put into messages yet.
#[derive(Debug, Clone)]
pub struct Unbundled {
    pub id: Uuid,
    pub recipient: PersonId,
    pub is_urgent: bool,
    pub is_read: bool,
    pub created_at: DateTime<Utc>,
    pub is_active: bool,
}

/// Oldest first; those that another worker has in hand are left out.
pub async fn unbundled(tx: &mut Tx, limit: i64) -> Result<Vec<Unbundled>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT o.id, o.recipient_id, o.is_urgent, o.read_at IS NOT NULL AS "is_read!", o.created_at, p.is_active
           FROM outbox o JOIN person p ON p.id = o.recipient_id
           WHERE o.bundled_at IS NULL ORDER BY o.created_at, o.id LIMIT $1 FOR UPDATE OF o SKIP LOCKED"#,
        limit
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|r| Unbundled {
        id: r.id,
        recipient: PersonId(r.recipient_id),
        is_urgent: r.is_urgent,
        is_read: r.is_read,
        created_at: r.created_at,
        is_active: r.is_active,
    })
    .collect())
}

pub async fn mark_bundled(tx: &mut Tx, notices: &[Uuid], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE outbox SET bundled_at = $2 WHERE id = ANY ($1)", notices, now).execute(tx.conn()).await?;
    Ok(())
}

/// The message to this person over this channel that nobody tried yet, locked.
pub async fn open_message(
    tx: &mut Tx,
    recipient: PersonId,
    channel: Uuid,
) -> Result<Option<(Uuid, DateTime<Utc>)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT id, due_at FROM message WHERE recipient_id = $1 AND channel_id = $2 AND settled_at IS NULL AND purpose = 'notices'
           AND tries = 0 AND claimed_until IS NULL ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        recipient.0, channel
    )
    .fetch_optional(tx.conn())
    .await?
    .map(|r| (r.id, r.due_at)))
}

pub async fn add(
    tx: &mut Tx,
    id: Uuid,
    (recipient, channel, purpose): (PersonId, Uuid, Purpose),
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO message (id, channel_id, recipient_id, purpose, created_at, due_at, tries) VALUES ($1, $2, $3, $4, $5, $6, 0)",
        id, channel, recipient.0, purpose.code(), now, due_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts notices into a message, each once a channel, and lets it leave no later than `due_at`.
pub async fn fill(
    tx: &mut Tx,
    message: Uuid,
    channel: Uuid,
    notices: &[Uuid],
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO message_notice (message_id, notice_id, channel_id) SELECT $1, n, $2 FROM unnest($3::uuid[]) n ON CONFLICT DO NOTHING",
        message, channel, notices
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE message SET due_at = $2 WHERE id = $1 AND due_at > $2", message, due_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How many of a channel's messages were tried since a moment.
pub async fn tried_since(tx: &mut Tx, channel: Uuid, since: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM message WHERE channel_id = $1 AND tried_at > $2"#,
        channel,
        since
    )
    .fetch_one(tx.conn())
    .await?)
}

#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: Uuid,
    pub recipient: PersonId,
    pub purpose: Purpose,
    pub tries: i32,
}

/// Takes what is due; a claim that ended without a settlement is taken again.
pub async fn claim(
    tx: &mut Tx,
    channel: Uuid,
    limit: i64,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Claimed>, StoreError> {
    sqlx::query!(
        "UPDATE message m SET claimed_until = $3, tried_at = $4, tries = m.tries + 1
         WHERE m.id IN (SELECT id FROM message WHERE channel_id = $1 AND settled_at IS NULL AND due_at <= $4
             AND (claimed_until IS NULL OR claimed_until <= $4) ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING m.id, m.recipient_id, m.purpose, m.tries",
        channel,
        limit,
        until,
        now
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|r| {
        Ok(Claimed {
            id: r.id,
            recipient: PersonId(r.recipient_id),
            purpose: known("message", "purpose", &r.purpose, Purpose::parse)?,
            tries: r.tries,
        })
    })
    .collect()
}

/// A notice as a message tells it.
#[derive(Debug, Clone)]
pub struct InMessage {
    pub message: Uuid,
    pub notice: Uuid,
    pub kind: String,
    pub payload: Value,
    pub deal: Option<Uuid>,
    pub no: Option<String>,
    pub customer: Option<Uuid>,
    pub customer_name: Option<String>,
    pub is_confidential: bool,
    pub created_at: DateTime<Utc>,
    pub is_urgent: bool,
    /// What the customer of its deal was promised and still waits for.
    pub promise: Option<Promise>,
}

/// What is still unread of these messages, oldest first.
pub async fn unread_of(conn: &mut PgConnection, messages: &[Uuid]) -> Result<Vec<InMessage>, StoreError> {
    sqlx::query!(
        r#"SELECT m.message_id, o.id, o.kind, o.payload, o.deal_id, COALESCE(d.no, c.customer_no) AS no, c.id AS "customer_id?",
                  c.legal_name AS "customer_name?", COALESCE(c.is_confidential, false) AS "is_confidential!", o.created_at, o.is_urgent,
                  d.status AS "deal_status?", d.promise_due_at, d.order_status, d.order_promised_at
           FROM message_notice m JOIN outbox o ON o.id = m.notice_id
           LEFT JOIN deal d ON d.id = o.deal_id LEFT JOIN customer c ON c.id = COALESCE(o.customer_id, d.customer_id)
           WHERE m.message_id = ANY ($1) AND o.read_at IS NULL ORDER BY o.is_urgent DESC, o.created_at, o.id"#,
        messages
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let deal = r.deal_status.as_deref().map(|s| known("deal", "status", s, DealStatus::parse)).transpose()?;
        let order = r.order_status.as_deref().map(|s| known("deal", "order_status", s, OrderStatus::parse)).transpose()?;
        Ok(InMessage {
            message: r.message_id,
            notice: r.id,
            kind: r.kind,
            payload: r.payload,
            deal: r.deal_id,
            no: r.no,
            customer: r.customer_id,
            customer_name: r.customer_name,
            is_confidential: r.is_confidential,
            created_at: r.created_at,
            is_urgent: r.is_urgent,
            promise: deal.and_then(|d| promise::of(d, r.promise_due_at, order.zip(r.order_promised_at))),
        })
    })
    .collect()
}

/// How a claimed message ended.
#[derive(Debug, Clone)]
pub enum End {
    Sent,
    /// All of it was read in the meantime.
    Read,
    Again {
        at: DateTime<Utc>,
        trouble: Trouble,
    },
    GivenUp {
        trouble: Trouble,
    },
}

/// Settles or puts back a message, once.
pub async fn settle(tx: &mut Tx, message: Uuid, end: &End, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let (outcome, settled, due, trouble) = match end {
        End::Sent => (Some("sent"), Some(now), None, None),
        End::Read => (Some("read"), Some(now), None, None),
        End::Again { at, trouble } => (None, None, Some(*at), Some(trouble)),
        End::GivenUp { trouble } => (Some("given_up"), Some(now), None, Some(trouble)),
    };
    let done = sqlx::query!(
        "UPDATE message SET outcome = $2, settled_at = $3, due_at = COALESCE($4, due_at), claimed_until = NULL, trouble = $5, detail = $6
         WHERE id = $1 AND settled_at IS NULL",
        message, outcome, settled, due, trouble.map(|t| t.kind.code()), trouble.map(|t| t.detail.as_str())
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a message that was given up back among those that wait.
pub async fn reopen(tx: &mut Tx, message: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE message SET outcome = NULL, settled_at = NULL, due_at = $2, tries = 0 WHERE id = $1 AND outcome = 'given_up'",
        message,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One line of the record.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub id: Uuid,
    pub channel: String,
    pub recipient: String,
    pub recipient_en: String,
    pub purpose: String,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub tries: i32,
    pub settled_at: Option<DateTime<Utc>>,
    pub outcome: Option<String>,
    pub trouble: Option<String>,
    pub detail: Option<String>,
    pub notices: i64,
}

/// Newest first; only those in trouble when asked: given up, or tried and not settled.
pub async fn newest(
    conn: &mut PgConnection,
    only_trouble: Option<()>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<MessageRow>, StoreError> {
    Ok(sqlx::query_as!(
        MessageRow,
        r#"SELECT m.id, c.name AS channel, p.name AS recipient, p.name_en AS recipient_en, m.purpose, m.created_at, m.due_at, m.tries, m.settled_at,
                  m.outcome, m.trouble, m.detail, (SELECT count(*) FROM message_notice x WHERE x.message_id = m.id) AS "notices!"
           FROM message m JOIN channel c ON c.id = m.channel_id JOIN person p ON p.id = m.recipient_id
           WHERE (NOT $1 OR m.outcome = 'given_up' OR (m.settled_at IS NULL AND m.trouble IS NOT NULL))
             AND ($2::timestamptz IS NULL OR (m.created_at, m.id) < ($2, $3))
           ORDER BY m.created_at DESC, m.id DESC LIMIT $4"#,
        only_trouble.is_some(), before.map(|b| b.0), before.map(|b| b.1), limit
    )
    .fetch_all(conn)
    .await?)
}

/// Figures of a channel.
#[derive(Debug, Clone)]
pub struct Traffic {
    pub channel: Uuid,
    pub waiting: i64,
    pub oldest_due_at: Option<DateTime<Utc>>,
    pub given_up: i64,
    pub last_sent_at: Option<DateTime<Utc>>,
}

pub async fn traffic(conn: &mut PgConnection) -> Result<Vec<Traffic>, StoreError> {
    Ok(sqlx::query_as!(
        Traffic,
        r#"SELECT c.id AS channel,
                  (SELECT count(*) FROM message m WHERE m.channel_id = c.id AND m.settled_at IS NULL) AS "waiting!",
                  (SELECT min(m.due_at) FROM message m WHERE m.channel_id = c.id AND m.settled_at IS NULL) AS oldest_due_at,
                  (SELECT count(*) FROM message m WHERE m.channel_id = c.id AND m.outcome = 'given_up') AS "given_up!",
                  (SELECT max(m.settled_at) FROM message m WHERE m.channel_id = c.id AND m.outcome = 'sent') AS last_sent_at
           FROM channel c"#
    )
    .fetch_all(conn)
    .await?)
}

/// Notices that were not put into messages yet.
pub async fn unbundled_count(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM outbox WHERE bundled_at IS NULL"#).fetch_one(conn).await?)
}
