//! Approval rounds and their nodes: rows to `Round` and back.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::approval::{ApprovalPath, Decided, Node, NodeKind, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::{Profile, WorkingMinutes};
use crate::domain::fast_path::FastRefusal;
use crate::domain::ids::{DealId, NodeId, PersonId, QuoteId, RoundId};
use crate::domain::routing::PlannedNode;
use crate::domain::workflow::RoundNode;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Every round of the deal, oldest first.
pub async fn all(conn: &mut PgConnection, deal: DealId) -> Result<Vec<Round>, StoreError> {
    let rounds = sqlx::query!("SELECT * FROM approval_round WHERE deal_id = $1 ORDER BY round_no", deal.0)
        .fetch_all(&mut *conn)
        .await?;
    let mut out = Vec::with_capacity(rounds.len());
    for r in rounds {
        let nodes = sqlx::query!(
            r#"SELECT n.*, p.name AS "decider?" FROM approval_node n LEFT JOIN person p ON p.id = n.decided_by WHERE n.round_id = $1 ORDER BY n.stage, n.kind"#,
            r.id
        )
        .fetch_all(&mut *conn)
        .await?
        .into_iter()
        .map(|n| {
            Ok(Node {
                id: n.id.into(),
                kind: known("approval_node", "kind", &n.kind, NodeKind::parse)?,
                status: known("approval_node", "status", &n.status, NodeStatus::parse)?,
                reasons: serde_json::from_value(n.reasons)?,
                limit: WorkingMinutes::new(i64::from(n.limit_minutes)),
                profile: known("approval_node", "profile", &n.profile, Profile::parse)?,
                arrived_at: n.arrived_at,
                due_at: n.due_at,
                decided: match (n.decided_by, n.decided_at) {
                    (Some(by), Some(at)) => Some(Decided { by: by.into(), by_name: n.decider.unwrap_or_default(), at, comment: n.comment }),
                    _ => None,
                },
                condition_acknowledged_at: n.condition_acknowledged_at,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
        out.push(Round {
            id: r.id.into(),
            quote: r.quote_id.into(),
            no: r.no,
            round_no: r.round_no,
            path: known("approval_round", "path", &r.path, ApprovalPath::parse)?,
            level: r.level,
            status: known("approval_round", "status", &r.status, RoundStatus::parse)?,
            requested_by: r.requested_by.into(),
            content_hash: r.content_hash,
            submitted_at: r.submitted_at,
            ended_at: r.ended_at,
            nodes,
            skipped: serde_json::from_value(r.skipped)?,
            fast_refused: serde_json::from_value(r.fast_refused)?,
        });
    }
    Ok(out)
}

/// A round to open.
pub struct NewRound<'a> {
    pub id: RoundId,
    pub deal: DealId,
    pub quote: QuoteId,
    pub requested_by: PersonId,
    pub content_hash: &'a [u8],
    pub no: &'a str,
    pub round_no: i32,
    pub path: ApprovalPath,
    pub level: i32,
    pub calendar_version: &'a str,
    pub skipped: &'a [PlannedNode],
    pub fast_refused: &'a [FastRefusal],
}

pub async fn open(tx: &mut Tx, new: &NewRound<'_>, nodes: &[RoundNode], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO approval_round (id, deal_id, quote_id, requested_by, content_hash, no, round_no, path, level, status, submitted_at, calendar_version, skipped, fast_refused)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13)",
        new.id.0, new.deal.0, new.quote.0, new.requested_by.0, new.content_hash, new.no, new.round_no, new.path.code(), new.level, now, new.calendar_version,
        serde_json::to_value(new.skipped)?, serde_json::to_value(new.fast_refused)?
    )
    .execute(tx.conn())
    .await?;
    for node in nodes {
        sqlx::query!(
            "INSERT INTO approval_node (id, round_id, requested_by, kind, stage, status, reasons, limit_minutes, profile) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8)",
            node.id.0, new.id.0, new.requested_by.0, node.kind.code(), node.kind.stage(), serde_json::to_value(&node.reasons)?,
            i32::try_from(node.limit_minutes).unwrap_or(i32::MAX), node.profile.code()
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn open_node(tx: &mut Tx, id: NodeId, now: DateTime<Utc>, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE approval_node SET status = 'open', arrived_at = $2, due_at = $3 WHERE id = $1",
        id.0,
        now,
        due_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn void_node(tx: &mut Tx, id: NodeId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE approval_node SET status = 'voided' WHERE id = $1", id.0).execute(tx.conn()).await?;
    Ok(())
}

pub async fn decide_node(
    tx: &mut Tx,
    id: NodeId,
    status: NodeStatus,
    by: PersonId,
    comment: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE approval_node SET status = $2, decided_by = $3, decided_at = $4, comment = $5 WHERE id = $1",
        id.0,
        status.code(),
        by.0,
        now,
        comment
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn acknowledge_condition(tx: &mut Tx, id: NodeId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE approval_node SET condition_acknowledged_at = $2 WHERE id = $1", id.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn end(tx: &mut Tx, id: RoundId, status: RoundStatus, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE approval_round SET status = $2, ended_at = $3 WHERE id = $1", id.0, status.code(), now)
        .execute(tx.conn())
        .await?;
    Ok(())
}
