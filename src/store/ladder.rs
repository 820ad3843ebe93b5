//! Limits that run out: which to look at, and what was told of each already (DOMAIN 3.5).

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::approval::NodeKind;
use crate::domain::ids::{ChangeId, DealId, NodeId, PersonId, PostReviewId};
use crate::domain::round::ladder::Alarm;
use crate::domain::staff::Department;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Open nodes but these whose next alarm is due or not known yet, the longest waiting first.
pub async fn nodes_to_look_at(
    conn: &mut PgConnection,
    but: &[NodeId],
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(NodeId, DealId)>, StoreError> {
    let but: Vec<Uuid> = but.iter().map(|n| n.0).collect();
    let rows = sqlx::query!(
        "SELECT n.id, r.deal_id FROM approval_node n JOIN approval_round r ON r.id = n.round_id
         WHERE n.status = 'open' AND (n.next_alarm_at IS NULL OR n.next_alarm_at <= $1) AND n.id <> ALL ($3)
         ORDER BY n.next_alarm_at NULLS FIRST, n.id LIMIT $2",
        now,
        limit,
        &but
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id.into(), r.deal_id.into())).collect())
}

/// The last day of 9999 stands for never; its infinity is no `DateTime`, and whoever reads the row would fail at it.
fn never() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(2_932_896)
}

/// When to look at the node again; never while its clock stands still.
pub async fn look_again(tx: &mut Tx, node: NodeId, at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE approval_node SET next_alarm_at = $2 WHERE id = $1 AND decided_by IS NULL",
        node.0,
        at.unwrap_or_else(never)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was told of a limit already.
pub async fn given(conn: &mut PgConnection, subject: &str) -> Result<Vec<Alarm>, StoreError> {
    alarms(&sqlx::query_scalar!("SELECT kind FROM alarm WHERE subject = $1", subject).fetch_all(conn).await?)
}

/// Notes an alarm; false when it was given before.
pub async fn give(tx: &mut Tx, subject: &str, alarm: Alarm, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let added = sqlx::query!(
        "INSERT INTO alarm (subject, kind, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        subject,
        alarm.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// A review that is owed.
pub struct OwedReview {
    pub id: PostReviewId,
    pub deal: DealId,
    pub kind: NodeKind,
    pub opened_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub given: Vec<Alarm>,
}

pub(super) fn alarms(codes: &[String]) -> Result<Vec<Alarm>, StoreError> {
    codes.iter().map(|code| known("alarm", "kind", code, Alarm::parse)).collect()
}

/// Reviews after this one that are owed and of which the last was not told, with what was.
pub async fn reviews_owed(
    conn: &mut PgConnection,
    after: Option<(DateTime<Utc>, PostReviewId)>,
    limit: i64,
) -> Result<Vec<OwedReview>, StoreError> {
    let (after_due, after_id) = after.map_or((DateTime::UNIX_EPOCH, Uuid::nil()), |(due, id)| (due, id.0));
    sqlx::query!(
        r#"SELECT v.id, v.deal_id, v.kind, v.opened_at, v.due_at,
                  ARRAY(SELECT a.kind FROM alarm a WHERE a.subject = 'post_review:' || v.id::text) AS "given!"
           FROM post_review v JOIN deal d ON d.id = v.deal_id WHERE v.status = 'open' AND d.status = 'open' AND (v.due_at, v.id) > ($1, $2)
             AND NOT EXISTS (SELECT FROM alarm a WHERE a.subject = 'post_review:' || v.id::text AND a.kind = 'escalation')
           ORDER BY v.due_at, v.id LIMIT $3"#,
        after_due,
        after_id,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(OwedReview {
            id: r.id.into(),
            deal: r.deal_id.into(),
            kind: known("post_review", "kind", &r.kind, NodeKind::parse)?,
            opened_at: r.opened_at,
            due_at: r.due_at,
            given: alarms(&r.given)?,
        })
    })
    .collect()
}

/// An acknowledgment of a change that is owed.
pub struct OwedDuty {
    pub change: ChangeId,
    pub deal: DealId,
    pub department: Department,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub given: Vec<Alarm>,
}

/// Acknowledgments after this one that are owed and of which the last was not told, with what was.
pub async fn duties_owed(
    conn: &mut PgConnection,
    after: Option<(DateTime<Utc>, ChangeId, Department)>,
    limit: i64,
) -> Result<Vec<OwedDuty>, StoreError> {
    let (after_due, after_change, after_department) =
        after.map_or((DateTime::UNIX_EPOCH, Uuid::nil(), ""), |(due, change, of)| (due, change.0, of.code()));
    sqlx::query!(
        r#"SELECT d.change_id, c.deal_id, d.department, d.asked_at, d.due_at,
                  ARRAY(SELECT a.kind FROM alarm a WHERE a.subject = 'change_duty:' || d.change_id::text || ':' || d.department) AS "given!"
           FROM change_duty d JOIN change_request c ON c.id = d.change_id
           WHERE c.status = 'assessing' AND (d.due_at, d.change_id, d.department) > ($1, $2, $3)
             AND NOT EXISTS (SELECT FROM change_acknowledgment a WHERE a.change_id = d.change_id AND a.department = d.department)
             AND NOT EXISTS (SELECT FROM alarm a WHERE a.subject = 'change_duty:' || d.change_id::text || ':' || d.department AND a.kind = 'escalation')
           ORDER BY d.due_at, d.change_id, d.department LIMIT $4"#,
        after_due,
        after_change,
        after_department,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(OwedDuty {
            change: r.change_id.into(),
            deal: r.deal_id.into(),
            department: known("change_duty", "department", &r.department, Department::parse)?,
            asked_at: r.asked_at,
            due_at: r.due_at,
            given: alarms(&r.given)?,
        })
    })
    .collect()
}

/// Who stands in for these people on this kind of node at `now`.
pub async fn delegates(
    conn: &mut PgConnection,
    of: &[PersonId],
    kind: NodeKind,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, StoreError> {
    let ids: Vec<Uuid> = of.iter().map(|p| p.0).collect();
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT delegate_id FROM delegation_scope WHERE delegator_id = ANY ($1) AND kind = $2 AND during @> $3::timestamptz ORDER BY delegate_id",
        &ids,
        kind.code(),
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PersonId)
    .collect())
}
