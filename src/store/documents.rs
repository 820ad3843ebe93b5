//! The letterhead, contract clauses in versions, and what was sent to customers.

use super::{StoreError, Tx};
use crate::domain::contract::Clause;
use crate::domain::ids::{OrderId, PersonId, QuoteId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The selling company as the installation knows it.
#[derive(Debug, Clone, Default)]
pub struct Seller {
    pub name: String,
    pub name_en: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub tax_no: Option<String>,
    pub bank: Option<String>,
    pub account: Option<String>,
}

pub async fn seller(conn: &mut PgConnection) -> Result<Seller, StoreError> {
    let row = sqlx::query!(
        "SELECT company_name, company_name_en, company_phone, company_address, company_tax_no, company_bank, company_account FROM installation"
    )
        .fetch_optional(conn)
        .await?;
    Ok(row.map_or_else(Seller::default, |r| Seller {
        name: r.company_name,
        name_en: r.company_name_en,
        phone: r.company_phone,
        address: r.company_address,
        tax_no: r.company_tax_no,
        bank: r.company_bank,
        account: r.company_account,
    }))
}

/// The head of a version of the clauses.
#[derive(Debug, Clone)]
pub struct ClauseHead {
    pub version_no: i32,
    /// Moves with every change of the draft.
    pub revision: i64,
    pub drafted_by: Option<PersonId>,
    pub drafter: Option<String>,
    pub drafted_at: DateTime<Utc>,
    pub publisher: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

/// Every version, newest first.
pub async fn clause_heads(conn: &mut PgConnection) -> Result<Vec<ClauseHead>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT s.version_no, s.revision, s.drafted_by, d.name AS "drafter?", s.drafted_at, p.name AS "publisher?", s.published_at
           FROM contract_clause_set s LEFT JOIN person d ON d.id = s.drafted_by LEFT JOIN person p ON p.id = s.published_by
           ORDER BY s.version_no DESC"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| ClauseHead {
        version_no: r.version_no,
        revision: r.revision,
        drafted_by: r.drafted_by.map(PersonId),
        drafter: r.drafter,
        drafted_at: r.drafted_at,
        publisher: r.publisher,
        published_at: r.published_at,
    })
    .collect())
}

pub async fn clauses(conn: &mut PgConnection, version_no: i32, language: &str) -> Result<Vec<Clause>, StoreError> {
    Ok(sqlx::query!(
        "SELECT title, body FROM contract_clause WHERE version_no = $1 AND language = $2 ORDER BY position",
        version_no,
        language
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Clause { title: r.title, text: r.body })
    .collect())
}

/// The version an order keeps; before it is confirmed, the newest published one.
pub async fn clause_version(conn: &mut PgConnection, order: OrderId) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT COALESCE((SELECT clause_version FROM sales_order WHERE id = $1),
                           (SELECT max(version_no) FROM contract_clause_set WHERE published_at IS NOT NULL)) AS "version!""#,
        order.0
    )
    .fetch_one(conn)
    .await?)
}

/// Makes the draft or writes it anew; whoever wrote last is its author.
pub async fn save_clauses(
    tx: &mut Tx,
    version_no: i32,
    texts: &[(&str, &[Clause])],
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO contract_clause_set (version_no, revision, drafted_by, drafted_at) VALUES ($1, 1, $2, $3)
         ON CONFLICT (version_no) DO UPDATE SET revision = contract_clause_set.revision + 1, drafted_by = $2, drafted_at = $3",
        version_no,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM contract_clause WHERE version_no = $1", version_no).execute(tx.conn()).await?;
    for (language, clauses) in texts {
        for (position, clause) in (1_i32..).zip(*clauses) {
            sqlx::query!(
                "INSERT INTO contract_clause (version_no, language, position, title, body) VALUES ($1, $2, $3, $4, $5)",
                version_no,
                language,
                position,
                clause.title,
                clause.text
            )
            .execute(tx.conn())
            .await?;
        }
    }
    Ok(())
}

pub async fn publish_clauses(tx: &mut Tx, version_no: i32, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE contract_clause_set SET published_by = $2, published_at = $3, revision = revision + 1 WHERE version_no = $1",
        version_no,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The one lock of everything that belongs to the company as a whole.
pub async fn lock_company(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("SELECT only_row FROM installation FOR UPDATE").fetch_optional(tx.conn()).await?;
    Ok(())
}

/// The contract of an order as it was printed in one language.
#[derive(Debug, Clone)]
pub struct KeptContract {
    pub version_no: i32,
    pub content_hash: Vec<u8>,
    pub content: String,
}

/// The version asked for, or the newest.
pub async fn contract(
    conn: &mut PgConnection,
    order: OrderId,
    language: &str,
    version_no: Option<i32>,
) -> Result<Option<KeptContract>, StoreError> {
    Ok(sqlx::query_as!(
        KeptContract,
        "SELECT version_no, content_hash, content FROM contract_document
         WHERE order_id = $1 AND language = $2 AND ($3::int IS NULL OR version_no = $3) ORDER BY version_no DESC LIMIT 1",
        order.0,
        language,
        version_no
    )
    .fetch_optional(conn)
    .await?)
}

/// Number and moment of every contract text of an order, newest first.
pub async fn contract_versions(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<Vec<(i32, DateTime<Utc>)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT version_no, kept_at FROM contract_document WHERE order_id = $1 AND language = 'zh' ORDER BY version_no DESC",
        order.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.version_no, r.kept_at)).collect())
}

/// Keeps a text under its number; who comes second with the same number changes nothing.
pub async fn keep_contract(
    tx: &mut Tx,
    (order, version_no): (OrderId, i32),
    language: &str,
    (hash, content): (&[u8], &str),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO contract_document (order_id, version_no, language, content_hash, content, kept_by, kept_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        order.0,
        version_no,
        language,
        hash,
        content,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A quote as it was sent in one language.
#[derive(Debug, Clone)]
pub struct Sent {
    pub language: String,
    pub content_hash: Vec<u8>,
    pub content: String,
    pub sent_at: DateTime<Utc>,
}

pub async fn keep_sent(
    tx: &mut Tx,
    quote: QuoteId,
    language: &str,
    (hash, content): (&[u8], &str),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO sent_document (quote_id, language, content_hash, content, sent_by, sent_at) VALUES ($1, $2, $3, $4, $5, $6)",
        quote.0,
        language,
        hash,
        content,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The hash of what was sent in one language.
#[derive(Debug, Clone)]
pub struct SentHash {
    pub language: String,
    pub content_hash: Vec<u8>,
}

impl SentHash {
    /// As it stands in the foot of the paper.
    pub fn shown(&self) -> String {
        hex::encode(&self.content_hash).chars().take(16).collect()
    }
}

/// The hashes alone, Chinese first; nothing for what was not sent.
pub async fn sent_hashes(conn: &mut PgConnection, quote: QuoteId) -> Result<Vec<SentHash>, StoreError> {
    Ok(sqlx::query_as!(
        SentHash,
        "SELECT language, content_hash FROM sent_document WHERE quote_id = $1 ORDER BY language DESC",
        quote.0
    )
    .fetch_all(conn)
    .await?)
}

pub async fn sent(conn: &mut PgConnection, quote: QuoteId) -> Result<Vec<Sent>, StoreError> {
    Ok(sqlx::query_as!(
        Sent,
        "SELECT language, content_hash, content, sent_at FROM sent_document WHERE quote_id = $1 ORDER BY language DESC",
        quote.0
    )
    .fetch_all(conn)
    .await?)
}
