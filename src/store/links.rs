//! Links of customers and what was said with them: rows to `Link` and back.

use super::error::known;
use super::lists::visible;
use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, DealId, LinkAnswerId, LinkId, PersonId};
use crate::domain::link::{AnswerKind, Correction, Link, LinkAnswer, LinkPurpose};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, QueryBuilder};
use uuid::Uuid;

const TABLE: &str = "public_link";

#[derive(FromRow)]
struct LinkRow {
    id: Uuid,
    purpose: String,
    customer_id: Uuid,
    deal_id: Option<Uuid>,
    quote_id: Option<Uuid>,
    created_by: Uuid,
    created_by_name: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    first_opened_at: Option<DateTime<Utc>>,
    last_opened_at: Option<DateTime<Utc>>,
    opened: i32,
}

const SELECT: &str =
    "SELECT l.id, l.purpose, l.customer_id, l.deal_id, l.quote_id, l.created_by, p.name AS created_by_name,
    l.created_at, l.expires_at, l.revoked_at, l.first_opened_at, l.last_opened_at, l.opened
    FROM public_link l JOIN person p ON p.id = l.created_by WHERE ";

fn link(r: LinkRow) -> Result<Link, StoreError> {
    Ok(Link {
        id: r.id.into(),
        purpose: known(TABLE, "purpose", &r.purpose, LinkPurpose::parse)?,
        customer: CustomerId(r.customer_id),
        deal: r.deal_id.map(DealId),
        quote: r.quote_id.map(Into::into),
        created_by: PersonId(r.created_by),
        created_by_name: r.created_by_name,
        created_at: r.created_at,
        expires_at: r.expires_at,
        revoked_at: r.revoked_at,
        first_opened_at: r.first_opened_at,
        last_opened_at: r.last_opened_at,
        opened: r.opened,
        answers: Vec::new(),
    })
}

async fn with_answers(conn: &mut PgConnection, rows: Vec<LinkRow>) -> Result<Vec<Link>, StoreError> {
    let mut links = rows.into_iter().map(link).collect::<Result<Vec<Link>, _>>()?;
    let ids: Vec<Uuid> = links.iter().map(|l| l.id.0).collect();
    let answers = sqlx::query!(
        r#"SELECT a.id, a.link_id, a.kind, a.by_name, a.by_title, a.note, a.corrections, a.at, p.name AS "settled_by?", a.settled_at, a.settlement
           FROM link_answer a LEFT JOIN person p ON p.id = a.settled_by WHERE a.link_id = ANY ($1) ORDER BY a.at"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    for a in answers {
        let corrections: Vec<Correction> = serde_json::from_value(a.corrections)?;
        let answer = LinkAnswer {
            id: a.id.into(),
            kind: known("link_answer", "kind", &a.kind, AnswerKind::parse)?,
            by_name: a.by_name,
            by_title: a.by_title,
            note: a.note,
            corrections,
            at: a.at,
            settled: match (a.settled_by, a.settled_at, a.settlement) {
                (Some(by), Some(at), Some(how)) => Some((by, at, how)),
                _ => None,
            },
        };
        for of in links.iter_mut().filter(|l| l.id.0 == a.link_id) {
            of.answers.push(answer.clone());
        }
    }
    Ok(links)
}

/// The link of a token, by its hash.
pub async fn by_hash(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Link>, StoreError> {
    let sql = format!("{SELECT} l.token_hash = $1");
    let rows: Vec<LinkRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(hash).fetch_all(&mut *conn).await?;
    Ok(with_answers(conn, rows).await?.pop())
}

/// The links of a deal and of its customer's data, newest first.
pub async fn of_deal(conn: &mut PgConnection, deal: DealId, customer: CustomerId) -> Result<Vec<Link>, StoreError> {
    let sql = format!(
        "{SELECT} (l.deal_id = $1 OR (l.customer_id = $2 AND l.purpose = 'data')) ORDER BY l.created_at DESC LIMIT 100"
    );
    let rows: Vec<LinkRow> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(deal.0).bind(customer.0).fetch_all(&mut *conn).await?;
    with_answers(conn, rows).await
}

/// The newest live tracking link of a deal.
pub async fn live_tracking(
    conn: &mut PgConnection,
    deal: DealId,
    now: DateTime<Utc>,
) -> Result<Option<LinkId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT id FROM public_link WHERE deal_id = $1 AND purpose = 'track' AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC LIMIT 1",
        deal.0,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(LinkId))
}

/// A link that opens something now, without what it says: whose deal, who made it, how often it was opened.
#[derive(Debug, Clone, FromRow)]
pub struct LiveLink {
    pub id: Uuid,
    pub purpose: String,
    pub deal_no: String,
    pub owner_id: Uuid,
    pub owner_manager: Option<Uuid>,
    pub maker: String,
    pub maker_en: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_opened_at: Option<DateTime<Utc>>,
    pub opened: i32,
}

/// Links that are open now, of deals in reach, the newest first.
pub async fn live(
    conn: &mut PgConnection,
    to: VisibleTo,
    now: DateTime<Utc>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<LiveLink>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT l.id, l.purpose, d.no AS deal_no, d.owner_id, w.manager_id AS owner_manager, p.name AS maker, p.name_en AS maker_en, l.created_at,
            l.expires_at, l.last_opened_at, l.opened
         FROM public_link l JOIN deal d ON d.id = l.deal_id JOIN person w ON w.id = d.owner_id JOIN person p ON p.id = l.created_by
         WHERE l.revoked_at IS NULL AND l.expires_at > ",
    );
    q.push_bind(now);
    visible(&mut q, to);
    if let Some((at, id)) = before {
        q.push(" AND (l.created_at, l.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    q.push(" ORDER BY l.created_at DESC, l.id DESC LIMIT ").push(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

pub async fn add(tx: &mut Tx, l: &Link, token_hash: &[u8]) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO public_link (id, token_hash, purpose, customer_id, deal_id, quote_id, created_by, created_at, expires_at, opened)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
        l.id.0,
        token_hash,
        l.purpose.code(),
        l.customer.0,
        l.deal.map(|d| d.0),
        l.quote.map(|q| q.0),
        l.created_by.0,
        l.created_at,
        l.expires_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn revoke(tx: &mut Tx, id: LinkId, by: PersonId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE public_link SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL",
        id.0,
        now,
        by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps when the page was shown, so that the rep knows.
pub async fn opened(tx: &mut Tx, id: LinkId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE public_link SET opened = opened + 1, first_opened_at = COALESCE(first_opened_at, $2), last_opened_at = greatest(last_opened_at, $2) WHERE id = $1",
        id.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Something the customer said.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    pub id: LinkAnswerId,
    pub link: LinkId,
    pub kind: AnswerKind,
    pub by_name: String,
    pub by_title: Option<String>,
    pub note: Option<String>,
    pub corrections: Vec<Correction>,
}

/// What waits for the rep already.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The same was said before.
    pub same: bool,
    pub count: i64,
}

pub async fn open_answers(conn: &mut PgConnection, a: &NewAnswer) -> Result<Waiting, StoreError> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) AS "count!", COALESCE(bool_or(by_name = $3 AND note IS NOT DISTINCT FROM $4 AND corrections = $5), false) AS "same!"
           FROM link_answer WHERE link_id = $1 AND kind = $2 AND settled_at IS NULL"#,
        a.link.0,
        a.kind.code(),
        a.by_name,
        a.note,
        serde_json::to_value(&a.corrections)?
    )
    .fetch_one(conn)
    .await?)
}

pub async fn answer(tx: &mut Tx, a: &NewAnswer, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO link_answer (id, link_id, kind, by_name, by_title, note, corrections, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        a.id.0,
        a.link.0,
        a.kind.code(),
        a.by_name,
        a.by_title,
        a.note,
        serde_json::to_value(&a.corrections)?,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn settle(
    tx: &mut Tx,
    id: LinkAnswerId,
    by: PersonId,
    how: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE link_answer SET settled_by = $2, settled_at = $3, settlement = $4 WHERE id = $1 AND settled_at IS NULL",
        id.0,
        by.0,
        now,
        how
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Misses of an address since a moment.
pub async fn misses(conn: &mut PgConnection, address: &str, since: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM (SELECT FROM link_miss WHERE address = $1 AND at > $2 LIMIT 100) x"#,
        address,
        since
    )
    .fetch_one(conn)
    .await?)
}

pub async fn missed(tx: &mut Tx, address: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("INSERT INTO link_miss (address, at) VALUES ($1, $2)", address, now).execute(tx.conn()).await?;
    Ok(())
}

/// Removes misses older than a moment.
pub async fn forget_misses(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("DELETE FROM link_miss WHERE at < $1", before).execute(tx.conn()).await?.rows_affected())
}

/// Links of the owner's deals with something that waits for a settlement: deal or customer number, and when it was said.
#[derive(Debug, Clone)]
pub struct OpenAnswer {
    pub deal_no: Option<String>,
    pub customer_no: String,
    pub customer_name: String,
    pub kind: String,
    pub at: DateTime<Utc>,
}

pub async fn to_settle(conn: &mut PgConnection, owner: PersonId, limit: i64) -> Result<Vec<OpenAnswer>, StoreError> {
    Ok(sqlx::query_as!(
        OpenAnswer,
        r#"SELECT d.no AS "deal_no?", c.customer_no, COALESCE(c.short_name, c.legal_name) AS "customer_name!", a.kind, a.at
           FROM link_answer a JOIN public_link l ON l.id = a.link_id JOIN customer c ON c.id = l.customer_id LEFT JOIN deal d ON d.id = l.deal_id
           WHERE a.settled_at IS NULL AND a.kind IN ('corrected','change_asked') AND COALESCE(d.owner_id, c.owner_id) = $1
           ORDER BY a.at LIMIT $2"#,
        owner.0,
        limit
    )
    .fetch_all(conn)
    .await?)
}
