//! What is known of each uploaded file; the content itself lies in the data folder.

use super::{StoreError, Tx};
use crate::domain::ids::{AttachmentId, CustomerId, DealId, PersonId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

#[derive(Debug, Clone)]
pub struct Attachment {
    pub id: AttachmentId,
    pub sha256: Vec<u8>,
    pub media_type: String,
    pub byte_count: i64,
    pub file_name: String,
    pub uploaded_by: PersonId,
    pub customer: Option<CustomerId>,
    pub deal: Option<DealId>,
}

pub async fn add(tx: &mut Tx, a: &Attachment, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO attachment (id, sha256, media_type, byte_count, file_name, uploaded_by, uploaded_at, customer_id, deal_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        a.id.0, a.sha256, a.media_type, a.byte_count, a.file_name, a.uploaded_by.0, now, a.customer.map(|c| c.0), a.deal.map(|d| d.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
    Ok(sqlx::query!("SELECT * FROM attachment WHERE id = $1", id.0).fetch_optional(conn).await?.map(|r| Attachment {
        id: r.id.into(),
        sha256: r.sha256,
        media_type: r.media_type,
        byte_count: r.byte_count,
        file_name: r.file_name,
        uploaded_by: r.uploaded_by.into(),
        customer: r.customer_id.map(Into::into),
        deal: r.deal_id.map(Into::into),
    }))
}

/// A file that was stored some time ago, and whether anything names it: an attachment, or the run of an import.
#[derive(Debug, Clone)]
pub struct Stored {
    pub sha256: Vec<u8>,
    pub is_named: bool,
}

/// A file is about to be stored; asked before it is, so that nobody removes it meanwhile.
pub async fn note_stored(tx: &mut Tx, sha256: &[u8], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO stored_file (sha256, stored_at) VALUES ($1, $2) ON CONFLICT (sha256) DO UPDATE SET stored_at = EXCLUDED.stored_at",
        sha256,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes the oldest notes of files stored before a moment.
pub async fn take_stored(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<Vec<Stored>, StoreError> {
    Ok(sqlx::query_as!(
        Stored,
        r#"DELETE FROM stored_file f WHERE f.sha256 IN (
               SELECT o.sha256 FROM stored_file o WHERE o.stored_at < $1 ORDER BY o.stored_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING f.sha256, EXISTS (SELECT FROM attachment a WHERE a.sha256 = f.sha256)
               OR EXISTS (SELECT FROM import_run i WHERE i.file_sha256 = f.sha256) AS "is_named!""#,
        before,
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}
