//! Versions of the working calendar, and the due moments that hang on them.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::approval::NodeKind;
use crate::domain::calendar::{CalendarData, Profile};
use crate::domain::ids::{CallId, ChangeId, DealId, NodeId, PersonId, PostReviewId};
use crate::domain::staff::Department;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A version with who made it.
#[derive(Debug, Clone)]
pub struct CalendarVersion {
    pub version_no: i32,
    pub label: String,
    /// Moves with every change of the draft.
    pub revision: i64,
    pub data: CalendarData,
    pub note: Option<String>,
    pub drafted_by: Option<PersonId>,
    pub drafter: Option<(String, String)>,
    pub drafted_at: DateTime<Utc>,
    pub publisher: Option<(String, String)>,
    pub published_at: Option<DateTime<Utc>>,
}

impl CalendarVersion {
    pub fn is_draft(&self) -> bool {
        self.published_at.is_none()
    }
}

/// Every version, newest first.
pub async fn versions(conn: &mut PgConnection) -> Result<Vec<CalendarVersion>, StoreError> {
    sqlx::query!(
        r#"SELECT s.*, d.name AS "drafter?", d.name_en AS "drafter_en?", p.name AS "publisher?", p.name_en AS "publisher_en?"
           FROM calendar_version s LEFT JOIN person d ON d.id = s.drafted_by LEFT JOIN person p ON p.id = s.published_by
           ORDER BY s.version_no DESC"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(CalendarVersion {
            version_no: r.version_no,
            label: r.label,
            revision: r.revision,
            data: serde_json::from_value(r.content)?,
            note: r.note,
            drafted_by: r.drafted_by.map(PersonId),
            drafter: r.drafter.zip(r.drafter_en),
            drafted_at: r.drafted_at,
            publisher: r.publisher.zip(r.publisher_en),
            published_at: r.published_at,
        })
    })
    .collect()
}

/// The label and data in force; nothing before the shipped data came in.
pub async fn in_force(conn: &mut PgConnection) -> Result<Option<(String, CalendarData)>, StoreError> {
    let row = sqlx::query!(
        "SELECT label, content FROM calendar_version WHERE published_at IS NOT NULL ORDER BY version_no DESC LIMIT 1"
    )
    .fetch_optional(conn)
    .await?;
    row.map(|r| Ok((r.label, serde_json::from_value(r.content)?))).transpose()
}

/// The label alone, to see whether a newer version came in force.
pub async fn label_in_force(conn: &mut PgConnection) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT label FROM calendar_version WHERE published_at IS NOT NULL ORDER BY version_no DESC LIMIT 1"
    )
    .fetch_optional(conn)
    .await?)
}

/// The data of a version by its label.
pub async fn by_label(conn: &mut PgConnection, label: &str) -> Result<Option<CalendarData>, StoreError> {
    let row = sqlx::query_scalar!("SELECT content FROM calendar_version WHERE label = $1", label)
        .fetch_optional(conn)
        .await?;
    row.map(|content| Ok(serde_json::from_value(content)?)).transpose()
}

/// Version 1, as shipped.
pub async fn ship(tx: &mut Tx, label: &str, data: &CalendarData, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO calendar_version (version_no, label, revision, content, drafted_at, published_at) VALUES (1, $1, 1, $2, $3, $3)
         ON CONFLICT DO NOTHING",
        label,
        serde_json::to_value(data)?,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes the draft or writes it anew; whoever wrote last is its author.
pub async fn save_draft(
    tx: &mut Tx,
    (version_no, label): (i32, &str),
    data: &CalendarData,
    note: &str,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO calendar_version (version_no, label, revision, content, note, drafted_by, drafted_at) VALUES ($1, $2, 1, $3, $4, $5, $6)
         ON CONFLICT (version_no) DO UPDATE SET revision = calendar_version.revision + 1, content = $3, note = $4, drafted_by = $5, drafted_at = $6",
        version_no,
        label,
        serde_json::to_value(data)?,
        note,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn discard(tx: &mut Tx, version_no: i32) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM calendar_version WHERE version_no = $1", version_no).execute(tx.conn()).await?;
    Ok(())
}

pub async fn publish(tx: &mut Tx, version_no: i32, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE calendar_version SET published_by = $2, published_at = $3, revision = revision + 1 WHERE version_no = $1",
        version_no,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A node whose time runs.
#[derive(Debug, Clone)]
pub struct OpenDue {
    pub node: NodeId,
    pub deal: DealId,
    pub deal_no: String,
    pub kind: NodeKind,
    pub due_at: DateTime<Utc>,
    /// The version it was computed with.
    pub label: String,
}

/// Open nodes on the standard clock that are due later than `now`, first due first.
pub async fn open_nodes(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<Vec<OpenDue>, StoreError> {
    sqlx::query!(
        r#"SELECT n.id, r.deal_id, d.no, n.kind, n.due_at AS "due_at!", COALESCE(n.calendar_version, r.calendar_version) AS "label!"
           FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id
           WHERE n.status = 'open' AND n.due_at > $1 AND n.profile = $2 ORDER BY n.due_at, n.id LIMIT $3"#,
        now,
        Profile::Standard.code(),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(OpenDue {
            node: r.id.into(),
            deal: r.deal_id.into(),
            deal_no: r.no,
            kind: known("approval_node", "kind", &r.kind, NodeKind::parse)?,
            due_at: r.due_at,
            label: r.label,
        })
    })
    .collect()
}

/// A due moment computed anew with another version.
pub async fn move_due(tx: &mut Tx, node: NodeId, due_at: DateTime<Utc>, label: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE approval_node SET due_at = $2, calendar_version = $3, next_alarm_at = NULL WHERE id = $1",
        node.0,
        due_at,
        label
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the due moment of a signature was computed with: the version and the signer's department of then.
#[derive(Debug, Clone)]
pub struct CallClock {
    pub call: CallId,
    pub label: String,
    pub department: Department,
}

/// Of every call of a deal that has a due moment of the signer's own.
pub async fn call_clocks(conn: &mut PgConnection, deal: DealId) -> Result<Vec<CallClock>, StoreError> {
    sqlx::query!(
        r#"SELECT c.id, c.calendar_version AS "label!", c.signer_department AS "department!"
           FROM node_call c JOIN approval_node n ON n.id = c.node_id JOIN approval_round r ON r.id = n.round_id
           WHERE r.deal_id = $1 AND c.calendar_version IS NOT NULL"#,
        deal.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let department = known("node_call", "signer_department", &r.department, Department::parse)?;
        Ok(CallClock { call: CallId(r.id), label: r.label, department })
    })
    .collect()
}

/// The version each node of a deal was computed with.
pub async fn labels_of(conn: &mut PgConnection, deal: DealId) -> Result<Vec<(NodeId, String)>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT n.id, COALESCE(n.calendar_version, r.calendar_version) AS "label!"
           FROM approval_node n JOIN approval_round r ON r.id = n.round_id WHERE r.deal_id = $1"#,
        deal.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (r.id.into(), r.label))
    .collect())
}

/// The versions that the limit of the step, the reviews and the duties of a change were computed with.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    pub step: Option<String>,
    pub reviews: Vec<(PostReviewId, String)>,
    pub duties: Vec<(ChangeId, Department, String)>,
}

pub async fn labels_beside(conn: &mut PgConnection, deal: DealId) -> Result<Labels, StoreError> {
    let step = sqlx::query_scalar!("SELECT calendar_version FROM deal WHERE id = $1", deal.0)
        .fetch_optional(&mut *conn)
        .await?;
    let reviews = sqlx::query!(
        r#"SELECT id, calendar_version AS "label!" FROM post_review WHERE deal_id = $1 AND calendar_version IS NOT NULL"#,
        deal.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let duties = sqlx::query!(
        "SELECT u.change_id, u.department, u.calendar_version FROM change_duty u JOIN change_request c ON c.id = u.change_id WHERE c.deal_id = $1",
        deal.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        let department = known("change_duty", "department", &r.department, Department::parse)?;
        Ok((ChangeId(r.change_id), department, r.calendar_version))
    });
    Ok(Labels {
        step,
        reviews: reviews.into_iter().map(|r| (r.id.into(), r.label)).collect(),
        duties: duties.collect::<Result<_, StoreError>>()?,
    })
}
