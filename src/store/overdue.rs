//! What is long overdue, for the daily list, and who has not had that list yet (DOMAIN 3.5).

use super::StoreError;
use super::error::known;
use crate::domain::approval::NodeKind;
use crate::domain::calendar::Profile;
use crate::domain::ids::PersonId;
use crate::domain::notice::DigestOf;
use crate::domain::staff::{Department, Role};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

/// Something that should have been done, and who could do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub no: String,
    pub what: DigestOf,
    pub role: Role,
    pub department: Department,
    pub profile: Profile,
    pub due_at: DateTime<Utc>,
    /// When its clock was stopped, if it stands still.
    pub stands_since: Option<DateTime<Utc>>,
    pub claimed_by: Option<PersonId>,
    pub escalated_to: Option<PersonId>,
    pub owner: PersonId,
    pub owner_manager: Option<PersonId>,
}

/// Open nodes, reviews, acknowledgments and pledges that were due by `by`, the oldest of each first.
pub async fn by(conn: &mut PgConnection, by: DateTime<Utc>, limit: i64) -> Result<Vec<Late>, StoreError> {
    let mut out = nodes(conn, by, limit).await?;
    out.extend(reviews(conn, by, limit).await?);
    out.extend(duties(conn, by, limit).await?);
    out.extend(pledges(conn, by, limit).await?);
    out.sort_by(|a, b| (a.due_at, &a.no).cmp(&(b.due_at, &b.no)));
    Ok(out)
}

/// What was asked in time keeps a node from being overdue until it is answered.
async fn nodes(conn: &mut PgConnection, by: DateTime<Utc>, limit: i64) -> Result<Vec<Late>, StoreError> {
    sqlx::query!(
        r#"SELECT d.no, n.kind, n.profile, n.due_at AS "due_at!", c.asked_at AS "asked_at?", n.claimed_by, n.escalated_to, d.owner_id, w.manager_id
           FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN person w ON w.id = d.owner_id
           LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL
           WHERE n.status = 'open' AND n.due_at <= $1 AND (c.asked_at IS NULL OR c.asked_at > n.due_at) ORDER BY n.due_at, n.id LIMIT $2"#,
        by,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let kind = known("approval_node", "kind", &r.kind, NodeKind::parse)?;
        Ok(Late {
            no: r.no,
            what: DigestOf::Approval,
            role: kind.role(),
            department: kind.department(),
            profile: known("approval_node", "profile", &r.profile, Profile::parse)?,
            due_at: r.due_at,
            stands_since: r.asked_at,
            claimed_by: r.claimed_by.map(PersonId),
            escalated_to: r.escalated_to.map(PersonId),
            owner: PersonId(r.owner_id),
            owner_manager: r.manager_id.map(PersonId),
        })
    })
    .collect()
}

async fn reviews(conn: &mut PgConnection, by: DateTime<Utc>, limit: i64) -> Result<Vec<Late>, StoreError> {
    sqlx::query!(
        "SELECT d.no, v.kind, v.due_at, v.escalated_to, d.owner_id, w.manager_id FROM post_review v JOIN deal d ON d.id = v.deal_id JOIN person w ON w.id = d.owner_id
         WHERE v.status = 'open' AND d.status = 'open' AND v.due_at <= $1 ORDER BY v.due_at, v.id LIMIT $2",
        by,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let kind = known("post_review", "kind", &r.kind, NodeKind::parse)?;
        let who = (PersonId(r.owner_id), r.manager_id.map(PersonId));
        let late = owed(r.no, DigestOf::Review, kind.role(), kind.department(), r.due_at, who);
        Ok(Late { escalated_to: r.escalated_to.map(PersonId), ..late })
    })
    .collect()
}

async fn duties(conn: &mut PgConnection, by: DateTime<Utc>, limit: i64) -> Result<Vec<Late>, StoreError> {
    sqlx::query!(
        "SELECT d.no, u.department, u.due_at, d.owner_id, w.manager_id FROM change_duty u JOIN change_request c ON c.id = u.change_id
         JOIN deal d ON d.id = c.deal_id JOIN person w ON w.id = d.owner_id
         WHERE c.status = 'assessing' AND u.due_at <= $1
           AND NOT EXISTS (SELECT FROM change_acknowledgment a WHERE a.change_id = u.change_id AND a.department = u.department)
         ORDER BY u.due_at, u.change_id LIMIT $2",
        by,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let department = known("change_duty", "department", &r.department, Department::parse)?;
        let who = (PersonId(r.owner_id), r.manager_id.map(PersonId));
        Ok(owed(r.no, DigestOf::Change, department.role(), department, r.due_at, who))
    })
    .collect()
}

async fn pledges(conn: &mut PgConnection, by: DateTime<Utc>, limit: i64) -> Result<Vec<Late>, StoreError> {
    sqlx::query!(
        "SELECT d.no, g.department, g.due_at, d.owner_id, w.manager_id FROM order_pledge g JOIN sales_order o ON o.id = g.order_id
         JOIN deal d ON d.id = o.deal_id JOIN person w ON w.id = d.owner_id
         WHERE g.given_at IS NULL AND o.status IN ('confirmed','in_fulfilment','partially_shipped') AND g.due_at <= $1
         ORDER BY g.due_at, g.order_id LIMIT $2",
        by,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let department = known("order_pledge", "department", &r.department, Department::parse)?;
        let who = (PersonId(r.owner_id), r.manager_id.map(PersonId));
        Ok(owed(r.no, DigestOf::Pledge, department.role(), department, r.due_at, who))
    })
    .collect()
}

/// What a department owes outside of a round.
fn owed(
    no: String,
    what: DigestOf,
    role: Role,
    department: Department,
    due_at: DateTime<Utc>,
    (owner, owner_manager): (PersonId, Option<PersonId>),
) -> Late {
    Late {
        no,
        what,
        role,
        department,
        profile: Profile::Standard,
        due_at,
        stands_since: None,
        claimed_by: None,
        escalated_to: None,
        owner,
        owner_manager,
    }
}

/// The key of a reader's list of a day.
pub fn key(day: NaiveDate, reader: PersonId) -> String {
    format!("overdue_digest:{day}:{reader}")
}

/// General managers who were not given the list of this day, with the language they read.
pub async fn readers(conn: &mut PgConnection, day: NaiveDate) -> Result<Vec<(PersonId, String)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT p.id, p.language FROM person p WHERE p.is_active AND 'general_manager' = ANY (p.roles)
           AND NOT EXISTS (SELECT FROM outbox o WHERE o.dedupe_key = 'overdue_digest:' || $1::text || ':' || p.id::text) ORDER BY p.id",
        day.to_string()
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (PersonId(r.id), r.language))
    .collect())
}
