//! The one event table: append with the hash chain, read as timeline, verify. What a transaction appends is
//! written together, before its commit.

use super::{StoreError, Tx};
use crate::domain::delegation::DelegationEvent;
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::library::LibraryEvent;
use crate::domain::message::ServiceEvent;
use crate::domain::settings::SettingsEvent;
use crate::domain::workflow::Event;
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Whose history an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Deal(DealId),
    Customer(CustomerId),
    /// A product or a price list of the company.
    Company(Uuid),
}

impl Stream {
    fn key(self) -> (&'static str, Uuid) {
        match self {
            Self::Deal(id) => ("deal", id.0),
            Self::Customer(id) => ("customer", id.0),
            Self::Company(id) => ("company", id),
        }
    }
}

/// What a transaction has to say: it is numbered and chained at once, and written in one go before the commit.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    /// The last sequence number and hash of each chain: nobody else writes to them meanwhile.
    heads: HashMap<(&'static str, Uuid), (i32, Vec<u8>)>,
    rows: Rows,
}

/// Events as columns.
#[derive(Debug, Default)]
struct Rows {
    stream_kinds: Vec<String>,
    streams: Vec<Uuid>,
    seqs: Vec<i32>,
    kinds: Vec<String>,
    payloads: Vec<serde_json::Value>,
    actors: Vec<Option<Uuid>>,
    moments: Vec<DateTime<Utc>>,
    requests: Vec<Uuid>,
    before: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
}

struct Canonical<'a> {
    stream_kind: &'a str,
    stream_id: Uuid,
    seq: i32,
    payload: &'a serde_json::Value,
    actor: Option<Uuid>,
    at: DateTime<Utc>,
    request: Uuid,
    prev: &'a [u8],
}

/// SHA-256 over the former hash and every stored field, in a fixed order.
fn hash(c: &Canonical<'_>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(c.prev);
    let text = format!(
        "{}|{}|{}|{}|{}|{}|{}",
        c.stream_kind,
        c.stream_id,
        c.seq,
        c.actor.map(|a| a.to_string()).unwrap_or_default(),
        c.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        c.request,
        c.payload
    );
    hasher.update(text);
    hasher.finalize().to_vec()
}

/// Appends to the stream's chain; the caller holds the lock of the stream's row.
pub async fn append(
    tx: &mut Tx,
    stream: Stream,
    event: &Event,
    actor: Option<PersonId>,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    append_json(tx, stream, &event.kind(), serde_json::to_value(event)?, actor, at, request).await
}

/// Appends what happened in the price library; the caller holds the lock of the list's or product's row.
pub async fn append_library(
    tx: &mut Tx,
    about: Uuid,
    event: &LibraryEvent,
    actor: PersonId,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    let payload = serde_json::to_value(event)?;
    append_json(tx, Stream::Company(about), event.kind(), payload, Some(actor), at, request).await
}

/// Appends what happened to a delegation; the caller holds the lock of its row.
pub async fn append_delegation(
    tx: &mut Tx,
    about: Uuid,
    event: &DelegationEvent,
    actor: PersonId,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    let payload = serde_json::to_value(event)?;
    append_json(tx, Stream::Company(about), event.kind(), payload, Some(actor), at, request).await
}

/// The stream of the company's settings.
const SETTINGS: Uuid = Uuid::from_u128(1);

/// Appends what happened to the company's settings; the caller holds the lock of the company.
pub async fn append_settings(
    tx: &mut Tx,
    event: &SettingsEvent,
    actor: PersonId,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    let payload = serde_json::to_value(event)?;
    append_json(tx, Stream::Company(SETTINGS), event.kind(), payload, Some(actor), at, request).await
}

/// Appends what happened to the program's own settings; the caller holds the lock of the row.
pub async fn append_service(
    tx: &mut Tx,
    about: Uuid,
    event: &ServiceEvent,
    actor: PersonId,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    let payload = serde_json::to_value(event)?;
    append_json(tx, Stream::Company(about), event.kind(), payload, Some(actor), at, request).await
}

async fn append_json(
    tx: &mut Tx,
    stream: Stream,
    kind: &str,
    payload: serde_json::Value,
    actor: Option<PersonId>,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    let (stream_kind, stream_id) = stream.key();
    let (seq, prev) = match tx.unwritten.heads.remove(&stream.key()) {
        Some((seq, hash)) => (seq + 1, hash),
        None => sqlx::query!(
            "SELECT seq, hash FROM event WHERE stream_kind = $1 AND stream_id = $2 ORDER BY seq DESC LIMIT 1",
            stream_kind,
            stream_id
        )
        .fetch_optional(tx.conn())
        .await?
        .map_or_else(|| (1, Sha256::digest(b"").to_vec()), |h| (h.seq + 1, h.hash)),
    };
    // The database keeps microseconds; hash what it keeps.
    let at = DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at);
    let actor = actor.map(|a| a.0);
    let canonical = Canonical { stream_kind, stream_id, seq, payload: &payload, actor, at, request, prev: &prev };
    let new = hash(&canonical);
    tx.unwritten.heads.insert(stream.key(), (seq, new.clone()));
    let rows = &mut tx.unwritten.rows;
    rows.stream_kinds.push(stream_kind.to_owned());
    rows.streams.push(stream_id);
    rows.seqs.push(seq);
    rows.kinds.push(kind.to_owned());
    rows.payloads.push(payload);
    rows.actors.push(actor);
    rows.moments.push(at);
    rows.requests.push(request);
    rows.before.push(prev);
    rows.hashes.push(new);
    Ok(())
}

/// Writes what was appended so far, in its order.
pub(super) async fn write(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.unwritten.rows.seqs.is_empty() {
        return Ok(());
    }
    let rows = std::mem::take(&mut tx.unwritten.rows);
    sqlx::query!(
        "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
         SELECT u.stream_kind, u.stream_id, u.seq, u.kind, u.payload, u.actor_id, u.at, u.request_id, u.prev_hash, u.hash
         FROM UNNEST($1::text[], $2::uuid[], $3::int[], $4::text[], $5::jsonb[], $6::uuid[], $7::timestamptz[], $8::uuid[], $9::bytea[], $10::bytea[])
            WITH ORDINALITY AS u (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash, place) ORDER BY u.place",
        &rows.stream_kinds,
        &rows.streams,
        &rows.seqs,
        &rows.kinds,
        &rows.payloads,
        &rows.actors as &[Option<Uuid>],
        &rows.moments,
        &rows.requests,
        &rows.before,
        &rows.hashes
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Appends many events of many customers at once, in the given order; the caller holds the lock of
/// every stream's row.
pub async fn append_to_customers(
    tx: &mut Tx,
    events: &[(CustomerId, Event)],
    actor: Option<PersonId>,
    at: DateTime<Utc>,
    request: Uuid,
) -> Result<(), StoreError> {
    write(tx).await?;
    tx.unwritten.heads.clear();
    let ids: Vec<Uuid> = events.iter().map(|(id, _)| id.0).collect();
    let mut heads: HashMap<Uuid, (i32, Vec<u8>)> = sqlx::query!(
        "SELECT DISTINCT ON (stream_id) stream_id, seq, hash FROM event WHERE stream_kind = 'customer' AND stream_id = ANY ($1) ORDER BY stream_id, seq DESC",
        &ids
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|r| (r.stream_id, (r.seq, r.hash)))
    .collect();
    let at = DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at);
    let empty = Sha256::digest(b"").to_vec();
    for chunk in events.chunks(1_000) {
        let (mut streams, mut seqs, mut kinds, mut payloads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut before, mut hashes) = (Vec::new(), Vec::new());
        for (id, event) in chunk {
            let (seq, prev) =
                heads.get(&id.0).map_or_else(|| (1, empty.clone()), |(seq, hash)| (seq + 1, hash.clone()));
            let payload = serde_json::to_value(event)?;
            let actor = actor.map(|a| a.0);
            let (stream_kind, stream_id) = Stream::Customer(*id).key();
            let canonical =
                Canonical { stream_kind, stream_id, seq, payload: &payload, actor, at, request, prev: &prev };
            let new = hash(&canonical);
            heads.insert(id.0, (seq, new.clone()));
            streams.push(id.0);
            seqs.push(seq);
            kinds.push(event.kind());
            payloads.push(payload);
            before.push(prev);
            hashes.push(new);
        }
        sqlx::query!(
            "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
             SELECT 'customer', u.stream_id, u.seq, u.kind, u.payload, $7, $8, $9, u.prev, u.hash
             FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::bytea[], $6::bytea[]) WITH ORDINALITY
                AS u (stream_id, seq, kind, payload, prev, hash, place) ORDER BY u.place",
            &streams,
            &seqs,
            &kinds,
            &payloads,
            &before,
            &hashes,
            actor.map(|a| a.0),
            at,
            request
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// One line of a timeline.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: Event,
    pub actor: Option<String>,
    pub actor_en: Option<String>,
    pub at: DateTime<Utc>,
}

/// A deal's history with that of its customer, newest first.
pub async fn timeline(
    conn: &mut PgConnection,
    deal: Option<DealId>,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<Told>, StoreError> {
    let page = timeline_before(conn, deal, customer, None, limit).await?;
    Ok(page.into_iter().map(|(_, told)| told).collect())
}

/// The same from before a position, each line with its own.
pub async fn timeline_before(
    conn: &mut PgConnection,
    deal: Option<DealId>,
    customer: CustomerId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, Told)>, StoreError> {
    // Within a stream positions rise with the sequence: each is read backwards from its end. No sentence tells the
    // lines of a form, which are most of what an event holds.
    sqlx::query!(
        r#"SELECT e.position AS "position!", e.at AS "at!", p.name AS "actor?", p.name_en AS "actor_en?",
            CASE e.kind WHEN 'quote_saved' THEN jsonb_set(e.payload, '{priced,lines}', '[]') WHEN 'requirement_saved' THEN jsonb_set(e.payload, '{content,lines}', '[]')
                ELSE e.payload END AS "payload!: Json<Event>"
           FROM (
            (SELECT position, kind, payload, at, actor_id FROM event WHERE stream_kind = 'deal' AND stream_id = $1 AND ($3::bigint IS NULL OR position < $3) ORDER BY seq DESC LIMIT $4)
            UNION ALL
            (SELECT position, kind, payload, at, actor_id FROM event WHERE stream_kind = 'customer' AND stream_id = $2 AND ($3::bigint IS NULL OR position < $3) ORDER BY seq DESC LIMIT $4)) e
           LEFT JOIN person p ON p.id = e.actor_id ORDER BY e.position DESC LIMIT $4"#,
        deal.map(|d| d.0),
        customer.0,
        before,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Ok((r.position, Told { event: r.payload.0, actor: r.actor, actor_en: r.actor_en, at: r.at })))
    .collect()
}

/// What changed since a version the reader saw, newest first.
pub async fn latest(conn: &mut PgConnection, stream: Stream, limit: i64) -> Result<Vec<Told>, StoreError> {
    let (kind, id) = stream.key();
    sqlx::query!(
        r#"SELECT e.payload, e.at, p.name AS "actor?", p.name_en AS "actor_en?" FROM event e LEFT JOIN person p ON p.id = e.actor_id
           WHERE e.stream_kind = $1 AND e.stream_id = $2 AND e.kind <> 'contact_shown' ORDER BY e.seq DESC LIMIT $3"#,
        kind,
        id,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Ok(Told { event: serde_json::from_value(r.payload)?, actor: r.actor, actor_en: r.actor_en, at: r.at }))
    .collect()
}

/// The outcome of checking the chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audit {
    Whole { events: u64, streams: u64, seals: u64 },
    Broken { stream: String, seq: i32 },
    SealBroken { sealed_at: DateTime<Utc> },
}

/// Walks every chain and every seal; names the first broken link.
pub async fn verify(conn: &mut PgConnection) -> Result<Audit, StoreError> {
    let (mut events, mut streams) = (0_u64, 0_u64);
    let mut after: Option<(String, Uuid)> = None;
    let empty = Sha256::digest(b"").to_vec();
    loop {
        let (kind, id) = after.clone().unwrap_or_default();
        let next = sqlx::query!(
            "SELECT stream_kind, stream_id FROM event WHERE (stream_kind, stream_id) > ($1, $2) ORDER BY stream_kind, stream_id LIMIT 1",
            kind, id
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(stream) = next else { break };
        streams += 1;
        let rows = sqlx::query!(
            "SELECT seq, payload, actor_id, at, request_id, prev_hash, hash, kind FROM event WHERE stream_kind = $1 AND stream_id = $2 ORDER BY seq",
            stream.stream_kind, stream.stream_id
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut prev = empty.clone();
        for (expected, row) in (1_i32..).zip(rows) {
            let computed = hash(&Canonical {
                stream_kind: &stream.stream_kind,
                stream_id: stream.stream_id,
                seq: row.seq,
                payload: &row.payload,
                actor: row.actor_id,
                at: row.at,
                request: row.request_id,
                prev: &prev,
            });
            let named = row.payload.get("kind").and_then(|k| k.as_str()) == Some(row.kind.as_str());
            if row.seq != expected || row.prev_hash != prev || row.hash != computed || !named {
                return Ok(Audit::Broken {
                    stream: format!("{} {}", stream.stream_kind, stream.stream_id),
                    seq: row.seq,
                });
            }
            prev = row.hash;
            events += 1;
        }
        after = Some((stream.stream_kind, stream.stream_id));
    }
    let mut seals = 0;
    for seal in sqlx::query!("SELECT sealed_at, up_to, heads_hash FROM event_seal ORDER BY sealed_at")
        .fetch_all(&mut *conn)
        .await?
    {
        if heads(conn, seal.up_to).await?.1 != seal.heads_hash {
            return Ok(Audit::SealBroken { sealed_at: seal.sealed_at });
        }
        seals += 1;
    }
    Ok(Audit::Whole { events, streams, seals })
}

/// The heads of all streams as they were at a position: how many, and one hash over them.
async fn heads(conn: &mut PgConnection, up_to: i64) -> Result<(i64, Vec<u8>), StoreError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (stream_kind, stream_id) stream_kind, stream_id, seq, hash FROM event WHERE position <= $1 ORDER BY stream_kind, stream_id, seq DESC",
        up_to
    )
    .fetch_all(conn)
    .await?;
    let mut hasher = Sha256::new();
    for row in &rows {
        hasher.update(format!("{}|{}|{}|", row.stream_kind, row.stream_id, row.seq));
        hasher.update(&row.hash);
    }
    Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), hasher.finalize().to_vec()))
}

/// Seals what happened so far, when anything happened since the last seal.
pub async fn seal(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let newest = sqlx::query_scalar!("SELECT max(position) FROM event").fetch_one(tx.conn()).await?.unwrap_or(0);
    let last = sqlx::query_scalar!("SELECT max(up_to) FROM event_seal").fetch_one(tx.conn()).await?.unwrap_or(0);
    if newest == last {
        return Ok(false);
    }
    let (count, digest) = heads(tx.conn(), newest).await?;
    sqlx::query!(
        "INSERT INTO event_seal (sealed_at, up_to, stream_count, heads_hash) VALUES ($1, $2, $3, $4)",
        now,
        newest,
        count,
        digest
    )
    .execute(tx.conn())
    .await?;
    Ok(true)
}

pub async fn last_seal(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT max(sealed_at) FROM event_seal").fetch_one(conn).await?)
}
