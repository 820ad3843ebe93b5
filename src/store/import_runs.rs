//! Uploaded spreadsheets: who brought which file when, what its check said, what became of it.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::codes::codes;
use crate::domain::ids::{ImportRunId, PersonId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

codes!(
    /// What a sheet is about.
    SheetKind { Customers = "customers", Prices = "prices", StockCount = "stock_count", Products = "products" }
);

/// Rows by what becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCounts {
    pub added: i32,
    pub updated: i32,
    pub unchanged: i32,
    pub failing: i32,
}

#[derive(Debug, Clone)]
pub struct ImportRun {
    pub id: ImportRunId,
    pub kind: SheetKind,
    /// The price list that a sheet is for.
    pub subject: Option<String>,
    pub file_name: String,
    pub file_sha256: Vec<u8>,
    pub byte_count: i64,
    pub uploaded_by: PersonId,
    pub uploader: String,
    pub uploader_en: String,
    pub uploader_manager: Option<PersonId>,
    pub uploaded_at: DateTime<Utc>,
    pub counts: ImportCounts,
    pub applied_at: Option<DateTime<Utc>>,
    pub result: Option<Value>,
}

pub async fn add(tx: &mut Tx, run: &ImportRun) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO import_run (id, kind, file_name, file_sha256, byte_count, uploaded_by, uploaded_at, added, updated, unchanged, failing, subject)
         VALUES ($1, $11, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12)",
        run.id.0,
        run.file_name,
        run.file_sha256,
        run.byte_count,
        run.uploaded_by.0,
        run.uploaded_at,
        run.counts.added,
        run.counts.updated,
        run.counts.unchanged,
        run.counts.failing,
        run.kind.code(),
        run.subject
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

macro_rules! run {
    ($r:expr) => {{
        let r = $r;
        ImportRun {
            id: ImportRunId(r.id),
            kind: known("import_run", "kind", &r.kind, SheetKind::parse)?,
            subject: r.subject,
            file_name: r.file_name,
            file_sha256: r.file_sha256,
            byte_count: r.byte_count,
            uploaded_by: PersonId(r.uploaded_by),
            uploader: r.name,
            uploader_en: r.name_en,
            uploader_manager: r.manager_id.map(PersonId),
            uploaded_at: r.uploaded_at,
            counts: ImportCounts { added: r.added, updated: r.updated, unchanged: r.unchanged, failing: r.failing },
            applied_at: r.applied_at,
            result: r.result,
        }
    }};
}

pub async fn find(conn: &mut PgConnection, id: ImportRunId) -> Result<Option<ImportRun>, StoreError> {
    let found = sqlx::query!(
        "SELECT i.*, p.name, p.name_en, p.manager_id FROM import_run i JOIN person p ON p.id = i.uploaded_by WHERE i.id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    match found {
        Some(r) => Ok(Some(run!(r))),
        None => Ok(None),
    }
}

/// The newest customer files, of everybody; whose a person may see is the caller's to say.
pub async fn newest(conn: &mut PgConnection, limit: i64) -> Result<Vec<ImportRun>, StoreError> {
    sqlx::query!(
        "SELECT i.*, p.name, p.name_en, p.manager_id FROM import_run i JOIN person p ON p.id = i.uploaded_by WHERE i.kind = 'customers' ORDER BY i.uploaded_at DESC, i.id DESC LIMIT $1",
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Ok(run!(r)))
    .collect()
}

/// Locks the run; says when it was imported already.
pub async fn lock(tx: &mut Tx, id: ImportRunId) -> Result<Option<Option<DateTime<Utc>>>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT applied_at FROM import_run WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(tx.conn())
        .await?)
}

/// The run is imported; from now on its row does not change any more.
pub async fn set_applied(
    tx: &mut Tx,
    id: ImportRunId,
    by: PersonId,
    counts: ImportCounts,
    result: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE import_run SET applied_by = $2, applied_at = $3, result = $4, added = $5, updated = $6, unchanged = $7, failing = $8 WHERE id = $1",
        id.0, by.0, now, result, counts.added, counts.updated, counts.unchanged, counts.failing
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The company's own history goes on one event at a time.
pub async fn lock_company(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("SELECT only_row FROM installation FOR UPDATE").fetch_optional(tx.conn()).await?;
    Ok(())
}
