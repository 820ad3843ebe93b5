//! Reviews after a fast approval: rows to `PostReview` and back.

use super::error::{known, known_opt};
use super::rounds::named;
use super::{StoreError, Tx};
use crate::domain::approval::NodeKind;
use crate::domain::fast_path::{ObjectionOutcome, PostReview, PostReviewStatus, ReviewResult, Reviewed};
use crate::domain::ids::{DealId, PersonId, PostReviewId, RoundId};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

const TABLE: &str = "post_review";

/// A row of `post_review`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ReviewRow {
    id: Uuid,
    kind: String,
    status: String,
    round_no: i32,
    granted_by: Uuid,
    deciders: Vec<Uuid>,
    escalated_to: Option<Uuid>,
    superior: Option<String>,
    opened_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    reviewed_by: Option<Uuid>,
    reviewer: Option<String>,
    reviewed_at: Option<DateTime<Utc>>,
    comment: Option<String>,
    on_behalf_of: Option<Uuid>,
    principal: Option<String>,
    resolution: Option<String>,
    outcome: Option<String>,
}

pub(super) fn review(r: ReviewRow) -> Result<PostReview, StoreError> {
    Ok(PostReview {
        id: r.id.into(),
        kind: known(TABLE, "kind", &r.kind, NodeKind::parse)?,
        status: known(TABLE, "status", &r.status, PostReviewStatus::parse)?,
        round_no: r.round_no,
        granted_by: r.granted_by.into(),
        deciders: r.deciders.into_iter().map(PersonId).collect(),
        escalated_to: named(r.escalated_to, r.superior),
        opened_at: r.opened_at,
        due_at: r.due_at,
        reviewed: match (r.reviewed_by, r.reviewed_at) {
            (Some(by), Some(at)) => Some(Reviewed {
                by: by.into(),
                by_name: r.reviewer.unwrap_or_default(),
                at,
                comment: r.comment,
                on_behalf: named(r.on_behalf_of, r.principal),
            }),
            _ => None,
        },
        resolution: r.resolution,
        outcome: known_opt(TABLE, "outcome", r.outcome.as_deref(), ObjectionOutcome::parse)?,
    })
}

/// How a rep used the fast path so far.
#[derive(Debug, Clone)]
pub struct FastPathUse {
    /// When the rounds were opened.
    pub rounds: Vec<DateTime<Utc>>,
    /// How often departments objected afterwards.
    pub objections: i64,
}

/// The rounds opened after `since`, and the objections to reviews opened after `year`.
pub async fn fast_path_use(
    conn: &mut PgConnection,
    owner: PersonId,
    since: DateTime<Utc>,
    year: DateTime<Utc>,
) -> Result<FastPathUse, StoreError> {
    Ok(sqlx::query_as!(
        FastPathUse,
        r#"SELECT ARRAY(SELECT submitted_at FROM approval_round WHERE requested_by = $1 AND path = 'fast' AND status <> 'withdrawn' AND submitted_at > $2
                ORDER BY submitted_at) AS "rounds!",
            (SELECT count(*) FROM post_review p JOIN approval_round r ON r.id = p.round_id
                WHERE r.requested_by = $1 AND p.status IN ('objection','resolved') AND p.opened_at > $3) AS "objections!""#,
        owner.0,
        since,
        year
    )
    .fetch_one(conn)
    .await?)
}

/// How often each person asked for the fast path between two moments.
pub async fn fast_uses(
    conn: &mut PgConnection,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT requested_by, count(*) AS "uses!" FROM approval_round
           WHERE path = 'fast' AND status <> 'withdrawn' AND submitted_at >= $1 AND submitted_at < $2 GROUP BY requested_by"#,
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (PersonId(r.requested_by), r.uses)).collect())
}

/// A review to open.
pub struct NewReview<'a> {
    pub id: PostReviewId,
    pub deal: DealId,
    pub round: RoundId,
    pub kind: NodeKind,
    pub granted_by: PersonId,
    pub due_at: DateTime<Utc>,
    pub calendar_version: &'a str,
}

pub async fn open(tx: &mut Tx, new: &NewReview<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO post_review (id, deal_id, round_id, kind, status, granted_by, opened_at, due_at, calendar_version) VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8)",
        new.id.0, new.deal.0, new.round.0, new.kind.code(), new.granted_by.0, now, new.due_at, new.calendar_version
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn give(
    tx: &mut Tx,
    id: PostReviewId,
    (result, comment): (ReviewResult, Option<&str>),
    (by, on_behalf): (PersonId, Option<PersonId>),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE post_review SET status = $2, comment = $3, reviewed_by = $4, on_behalf_of = $5, reviewed_at = $6 WHERE id = $1",
        id.0,
        result.code(),
        comment,
        by.0,
        on_behalf.map(|p| p.0),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The superior may give it too from now on.
pub async fn escalate(tx: &mut Tx, id: PostReviewId, to: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE post_review SET escalated_to = $2, escalated_at = $3 WHERE id = $1", id.0, to.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn resolve(
    tx: &mut Tx,
    id: PostReviewId,
    (outcome, resolution): (ObjectionOutcome, &str),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE post_review SET status = 'resolved', resolution = $2, resolved_by = $3, resolved_at = $4, outcome = $5 WHERE id = $1",
        id.0,
        resolution,
        by.0,
        now,
        outcome.code()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
