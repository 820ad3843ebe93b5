//! Approval rounds and their nodes: rows to `Round` and back.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::approval::{ApprovalPath, Decided, Decision, Node, NodeKind, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::{Profile, WorkingMinutes};
use crate::domain::fast_path::FastRefusal;
use crate::domain::ids::{AttachmentId, DealId, NodeId, PersonId, QuoteId, RoundId};
use crate::domain::round::{
    Call, CallEnded, CallKind, Condition, ConditionKind, Hold, HoldKind, Named, ReturnTo, SignResult,
};
use crate::domain::routing::PlannedNode;
use crate::domain::workflow::{Event, RoundNode};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `approval_node`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct NodeRow {
    id: Uuid,
    kind: String,
    status: String,
    reasons: serde_json::Value,
    limit_minutes: i32,
    profile: String,
    arrived_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    decided_by: Option<Uuid>,
    decider: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    comment: Option<String>,
    on_behalf_of: Option<Uuid>,
    principal: Option<String>,
    condition_acknowledged_at: Option<DateTime<Utc>>,
    condition_kind: Option<String>,
    condition_file: Option<Uuid>,
    claimed_by: Option<Uuid>,
    claimer: Option<String>,
    claimed_for: Vec<Uuid>,
    escalated_to: Option<Uuid>,
    superior: Option<String>,
    taken_over_with: Option<String>,
    sheet: serde_json::Value,
}

/// A row of `node_hold`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct HoldRow {
    node_id: Uuid,
    kind: String,
    holder_id: Option<Uuid>,
    holder: Option<String>,
    from_at: DateTime<Utc>,
    until_at: Option<DateTime<Utc>>,
}

/// A row of `node_call`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct CallRow {
    node_id: Uuid,
    id: Uuid,
    kind: String,
    asked_by: Uuid,
    asker: String,
    asked_of: Uuid,
    asked: String,
    text: String,
    asked_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<Uuid>,
    ender: Option<String>,
    result: Option<String>,
    answer: Option<String>,
}

/// Every round of the deal, oldest first. A claim whose holder may not decide at `now` is none.
pub async fn all(conn: &mut PgConnection, deal: DealId, now: DateTime<Utc>) -> Result<Vec<Round>, StoreError> {
    sqlx::query!(
        r#"SELECT r.id, r.quote_id, r.no, r.round_no, r.path, r.level, r.status, r.requested_by, r.content_hash, r.submitted_at, r.ended_at, r.skipped, r.fast_refused,
            ARRAY(SELECT ROW (n.id, n.kind, n.status, n.reasons, n.limit_minutes, n.profile, n.arrived_at, n.due_at, n.decided_by, p.name, n.decided_at, n.comment,
                    n.on_behalf_of, b.name, n.condition_acknowledged_at, n.condition_kind, n.condition_file,
                    CASE WHEN n.status <> 'open' OR claim_stands(n.id, $2) THEN n.claimed_by END, c.name,
                    ARRAY(SELECT s.delegator_id FROM delegation_scope s
                        WHERE n.status = 'open' AND s.delegate_id = n.claimed_by AND s.kind = n.kind AND s.during @> $2::timestamptz),
                    n.escalated_to, e.name,
                    (SELECT x.kind FROM approval_node x WHERE x.id = n.taken_over_with), n.sheet)
                FROM approval_node n LEFT JOIN person p ON p.id = n.decided_by LEFT JOIN person b ON b.id = n.on_behalf_of
                LEFT JOIN person c ON c.id = n.claimed_by LEFT JOIN person e ON e.id = n.escalated_to
                WHERE n.round_id = r.id ORDER BY n.stage, n.kind) AS "nodes!: Vec<NodeRow>",
            ARRAY(SELECT ROW (h.node_id, h.kind, h.holder_id, p.name, h.from_at, h.until_at)
                FROM node_hold h JOIN approval_node n ON n.id = h.node_id LEFT JOIN person p ON p.id = h.holder_id
                WHERE n.round_id = r.id ORDER BY h.node_id, h.seq) AS "holds!: Vec<HoldRow>",
            ARRAY(SELECT ROW (c.node_id, c.id, c.kind, c.asked_by, a.name, c.asked_of, o.name, c.text, c.asked_at, c.due_at, c.ended_at, c.ended_by, e.name, c.result, c.answer)
                FROM node_call c JOIN approval_node n ON n.id = c.node_id JOIN person a ON a.id = c.asked_by JOIN person o ON o.id = c.asked_of
                LEFT JOIN person e ON e.id = c.ended_by WHERE n.round_id = r.id ORDER BY c.asked_at, c.id) AS "calls!: Vec<CallRow>"
           FROM approval_round r WHERE r.deal_id = $1 ORDER BY r.round_no"#,
        deal.0,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Round {
            nodes: nodes(r.nodes, r.holds, r.calls)?,
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
            skipped: serde_json::from_value(r.skipped)?,
            fast_refused: serde_json::from_value(r.fast_refused)?,
        })
    })
    .collect()
}

fn nodes(rows: Vec<NodeRow>, holds: Vec<HoldRow>, calls: Vec<CallRow>) -> Result<Vec<Node>, StoreError> {
    let mut holds = holds.into_iter().map(hold).collect::<Result<Vec<_>, _>>()?;
    let mut calls = calls.into_iter().map(call).collect::<Result<Vec<_>, _>>()?;
    rows.into_iter()
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
                    (Some(by), Some(at)) => Some(Decided {
                        by: by.into(),
                        by_name: n.decider.unwrap_or_default(),
                        at,
                        comment: n.comment,
                        on_behalf: named(n.on_behalf_of, n.principal),
                    }),
                    _ => None,
                },
                condition_acknowledged_at: n.condition_acknowledged_at,
                condition: known_opt(
                    "approval_node",
                    "condition_kind",
                    n.condition_kind.as_deref(),
                    ConditionKind::parse,
                )?
                .map(|kind| Condition { kind, file: n.condition_file.map(AttachmentId) }),
                claimed_by: named(n.claimed_by, n.claimer),
                claimed_for: n.claimed_for.into_iter().map(PersonId).collect(),
                escalated_to: named(n.escalated_to, n.superior),
                taken_over_with: known_opt(
                    "approval_node",
                    "taken_over_with",
                    n.taken_over_with.as_deref(),
                    NodeKind::parse,
                )?,
                sheet: serde_json::from_value(n.sheet)?,
                holds: take(&mut holds, n.id),
                calls: take(&mut calls, n.id),
            })
        })
        .collect()
}

pub(super) fn named(id: Option<Uuid>, name: Option<String>) -> Option<Named> {
    id.map(|id| Named { id: id.into(), name: name.unwrap_or_default() })
}

/// The parts of one node, in their order.
fn take<T>(all: &mut Vec<(Uuid, T)>, node: Uuid) -> Vec<T> {
    all.extract_if(.., |(of, _)| *of == node).map(|(_, part)| part).collect()
}

fn hold(h: HoldRow) -> Result<(Uuid, Hold), StoreError> {
    let kind = known("node_hold", "kind", &h.kind, HoldKind::parse)?;
    Ok((h.node_id, Hold { kind, holder: named(h.holder_id, h.holder), from: h.from_at, until: h.until_at }))
}

fn call(c: CallRow) -> Result<(Uuid, Call), StoreError> {
    let result = known_opt("node_call", "result", c.result.as_deref(), SignResult::parse)?;
    let ended = c.ended_at.map(|at| CallEnded { at, by: named(c.ended_by, c.ender), result, answer: c.answer });
    Ok((
        c.node_id,
        Call {
            id: c.id.into(),
            kind: known("node_call", "kind", &c.kind, CallKind::parse)?,
            asked_by: Named { id: c.asked_by.into(), name: c.asker },
            of: Named { id: c.asked_of.into(), name: c.asked },
            text: c.text,
            asked_at: c.asked_at,
            due_at: c.due_at,
            ended,
        },
    ))
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

/// What an event means for the rows of its node.
pub async fn apply_to_node(
    tx: &mut Tx,
    event: &Event,
    by: Option<PersonId>,
    calendar_version: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match event {
        Event::NodeOpened { id, due_at, .. } => open_node(tx, *id, (now, *due_at), calendar_version).await,
        Event::NodeVoided { id, .. } => void_node(tx, *id, by, now).await,
        Event::NodeDecided { id, .. } => {
            decide_node(tx, event, by, now).await?;
            turn(tx, *id, None, now).await
        }
        Event::NodeClaimed { id, .. } => claim(tx, *id, by, now).await,
        Event::NodeGivenBack { id, .. } => claim(tx, *id, None, now).await,
        Event::NodeHandedOver { id, to, .. } => claim(tx, *id, Some(to.id), now).await,
        Event::NodePaused { id, call, reason, of, text, due_at, .. } => {
            sqlx::query!(
                "INSERT INTO node_call (id, node_id, kind, asked_by, asked_of, text, asked_at, due_at, calendar_version, signer_department)
                 SELECT $1, $2, $3, $4, p.id, $6, $7, $8, v.version, CASE WHEN v.version IS NOT NULL THEN p.department END
                 FROM person p, (SELECT $9::text AS version) v WHERE p.id = $5",
                call.0, id.0, reason.code(), by.map(|p| p.0), of.0, text, now, *due_at,
                Some(calendar_version).filter(|_| *reason == CallKind::ExtraSign)
            )
            .execute(tx.conn())
            .await?;
            turn(tx, *id, Some((reason.hold(), Some(*of))), now).await
        }
        Event::NodeResumed { id, call, result, answer, due_at, .. } => {
            sqlx::query!(
                "UPDATE node_call SET ended_at = $2, ended_by = $3, result = $4, answer = $5 WHERE id = $1",
                call.0,
                now,
                by.map(|p| p.0),
                result.map(SignResult::code),
                answer.as_deref()
            )
            .execute(tx.conn())
            .await?;
            let holder = sqlx::query_scalar!(
                "UPDATE approval_node SET due_at = $2, next_alarm_at = NULL,
                    calendar_version = CASE WHEN due_at = $2 THEN calendar_version ELSE $3 END
                 WHERE id = $1 RETURNING claimed_by",
                id.0,
                due_at,
                calendar_version
            )
            .fetch_one(tx.conn())
            .await?;
            turn(tx, *id, Some((HoldKind::Running, holder.map(PersonId))), now).await
        }
        Event::NodeEscalated { id, to, .. } => {
            sqlx::query!(
                "UPDATE approval_node SET escalated_to = $2, escalated_at = $3 WHERE id = $1",
                id.0,
                to.id.0,
                now
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        Event::NodeTakenOver { id, with, .. } => {
            sqlx::query!(
                "UPDATE approval_node n SET status = 'taken_over', taken_over_with = x.id FROM approval_node x
                 WHERE n.id = $1 AND x.round_id = n.round_id AND x.kind = $2",
                id.0,
                with.code()
            )
            .execute(tx.conn())
            .await?;
            Ok(())
        }
        Event::EvidenceAttached { id, file, .. } => {
            sqlx::query!("UPDATE approval_node SET condition_file = $2 WHERE id = $1", id.0, file.0)
                .execute(tx.conn())
                .await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn open_node(
    tx: &mut Tx,
    id: NodeId,
    (now, due_at): (DateTime<Utc>, DateTime<Utc>),
    calendar_version: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE approval_node SET status = 'open', arrived_at = $2, due_at = $3, calendar_version = $4 WHERE id = $1",
        id.0,
        now,
        due_at,
        calendar_version
    )
    .execute(tx.conn())
    .await?;
    turn(tx, id, Some((HoldKind::Running, None)), now).await
}

async fn void_node(tx: &mut Tx, id: NodeId, by: Option<PersonId>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE approval_node SET status = 'voided' WHERE id = $1", id.0).execute(tx.conn()).await?;
    sqlx::query!(
        "UPDATE node_call SET ended_at = $2, ended_by = $3 WHERE node_id = $1 AND ended_at IS NULL",
        id.0,
        now,
        by.map(|p| p.0)
    )
    .execute(tx.conn())
    .await?;
    turn(tx, id, None, now).await
}

/// From now on somebody else holds the node, or nobody does any more.
async fn turn(
    tx: &mut Tx,
    id: NodeId,
    to: Option<(HoldKind, Option<PersonId>)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("UPDATE node_hold SET until_at = $2 WHERE node_id = $1 AND until_at IS NULL", id.0, now)
        .execute(tx.conn())
        .await?;
    let Some((kind, holder)) = to else { return Ok(()) };
    sqlx::query!(
        "INSERT INTO node_hold (node_id, seq, kind, holder_id, from_at) SELECT $1, COALESCE(max(seq), 0) + 1, $2, $3, $4 FROM node_hold WHERE node_id = $1",
        id.0, kind.code(), holder.map(|p| p.0), now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A claim changes the line of the ledger only while the clock runs.
async fn claim(tx: &mut Tx, id: NodeId, by: Option<PersonId>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE approval_node SET claimed_by = $2 WHERE id = $1", id.0, by.map(|p| p.0))
        .execute(tx.conn())
        .await?;
    let runs = sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (SELECT FROM node_call WHERE node_id = $1 AND ended_at IS NULL) AS "runs!""#,
        id.0
    )
    .fetch_one(tx.conn())
    .await?;
    if runs { turn(tx, id, Some((HoldKind::Running, by)), now).await } else { Ok(()) }
}

async fn decide_node(tx: &mut Tx, event: &Event, by: Option<PersonId>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Event::NodeDecided { id, decision, comment, on_behalf, return_to, condition, sheet, .. } = event else {
        return Ok(());
    };
    let status = match decision {
        Decision::Approve => NodeStatus::Approved,
        Decision::ApproveCond => NodeStatus::ApprovedCond,
        Decision::Return => NodeStatus::Returned,
        Decision::Reject => NodeStatus::Rejected,
    };
    sqlx::query!(
        "UPDATE approval_node SET status = $2, decided_by = $3, decided_at = $4, comment = $5, on_behalf_of = $6, return_to = $7, condition_kind = $8, sheet = $9
         WHERE id = $1",
        id.0, status.code(), by.map(|p| p.0), now, comment.as_deref(), on_behalf.as_ref().map(|p| p.id.0), return_to.map(ReturnTo::code),
        condition.map(ConditionKind::code), serde_json::to_value(sheet)?
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
