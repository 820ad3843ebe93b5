//! When each recurring step last ran, did something, or failed.

use super::{StoreError, Tx};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

#[derive(Debug, Clone)]
pub struct JobRun {
    pub step: String,
    pub ran_at: DateTime<Utc>,
    pub worked_at: Option<DateTime<Utc>>,
    pub failed_at: Option<DateTime<Utc>>,
    pub failure: Option<String>,
    pub failures: i64,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<'a> {
    Worked,
    Idle,
    Failed(&'a str),
}

pub async fn note(tx: &mut Tx, step: &str, ended: Ended<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (worked, failed, failure) = match ended {
        Ended::Worked => (Some(now), None, None),
        Ended::Idle => (None, None, None),
        Ended::Failed(why) => (None, Some(now), Some(why)),
    };
    sqlx::query!(
        "INSERT INTO job_run AS j (step, ran_at, worked_at, failed_at, failure, failures) VALUES ($1, $2, $3, $4, $5, CASE WHEN $5::text IS NULL THEN 0 ELSE 1 END)
         ON CONFLICT (step) DO UPDATE SET ran_at = $2, worked_at = COALESCE($3, j.worked_at), failed_at = COALESCE($4, j.failed_at),
             failure = COALESCE($5, j.failure), failures = CASE WHEN $5::text IS NULL THEN 0 ELSE j.failures + 1 END",
        step, now, worked, failed, failure
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn all(conn: &mut PgConnection) -> Result<Vec<JobRun>, StoreError> {
    Ok(sqlx::query_as!(
        JobRun,
        "SELECT step, ran_at, worked_at, failed_at, failure, failures FROM job_run ORDER BY step"
    )
    .fetch_all(conn)
    .await?)
}
