//! What warehouse and logistics are asked about an order and say to it: asked once, answered once.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::ids::{DealId, OrderId, PersonId};
use crate::domain::pledge::{Given, Pledge, PledgeAnswer};
use crate::domain::round::ladder::Alarm;
use crate::domain::staff::Department;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

const TABLE: &str = "order_pledge";

/// A row of `order_pledge`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct GivenRow {
    department: String,
    asked_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    given_at: Option<DateTime<Utc>>,
    answer: Option<String>,
    note: Option<String>,
    by_name: Option<String>,
}

pub(super) fn pledge(r: GivenRow) -> Result<Pledge, StoreError> {
    let answer = known_opt(TABLE, "answer", r.answer.as_deref(), PledgeAnswer::parse)?;
    let given = answer.zip(r.given_at).map(|(answer, at)| Given {
        by_name: r.by_name.unwrap_or_default(),
        at,
        answer,
        note: r.note,
    });
    Ok(Pledge {
        department: known(TABLE, "department", &r.department, Department::parse)?,
        asked_at: r.asked_at,
        due_at: r.due_at,
        given,
    })
}

pub async fn apply(tx: &mut Tx, event: &Event, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    match event {
        Event::PledgeAsked { order, department, due_at } => {
            sqlx::query!(
                "INSERT INTO order_pledge (order_id, department, asked_at, due_at) VALUES ($1, $2, $3, $4)",
                order.0,
                department.code(),
                now,
                due_at
            )
            .execute(tx.conn())
            .await?;
        }
        Event::PledgeGiven { order, department, answer, note } => {
            sqlx::query!(
                "UPDATE order_pledge SET given_by = $3, given_at = $4, answer = $5, note = $6 WHERE order_id = $1 AND department = $2",
                order.0,
                department.code(),
                by.0,
                now,
                answer.code(),
                note.as_deref()
            )
            .execute(tx.conn())
            .await?;
        }
        _ => {}
    }
    Ok(())
}

/// A pledge that is owed, with what was told of its limit.
pub struct Owed {
    pub order: OrderId,
    pub deal: DealId,
    pub department: Department,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub given: Vec<Alarm>,
}

/// Pledges after this one that are owed and of whose limit the last was not told.
pub async fn owed(
    conn: &mut PgConnection,
    after: Option<(DateTime<Utc>, OrderId, Department)>,
    limit: i64,
) -> Result<Vec<Owed>, StoreError> {
    let (after_due, after_order, after_department) =
        after.map_or((DateTime::UNIX_EPOCH, Uuid::nil(), ""), |(due, order, of)| (due, order.0, of.code()));
    sqlx::query!(
        r#"SELECT g.order_id, o.deal_id, g.department, g.asked_at, g.due_at,
                  ARRAY(SELECT a.kind FROM alarm a WHERE a.subject = 'pledge:' || g.order_id::text || ':' || g.department) AS "given!"
           FROM order_pledge g JOIN sales_order o ON o.id = g.order_id
           WHERE g.given_at IS NULL AND o.status IN ('confirmed','in_fulfilment','partially_shipped') AND (g.due_at, g.order_id, g.department) > ($1, $2, $3)
             AND NOT EXISTS (SELECT FROM alarm a WHERE a.subject = 'pledge:' || g.order_id::text || ':' || g.department AND a.kind = 'escalation')
           ORDER BY g.due_at, g.order_id, g.department LIMIT $4"#,
        after_due,
        after_order,
        after_department,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Owed {
            order: r.order_id.into(),
            deal: r.deal_id.into(),
            department: known(TABLE, "department", &r.department, Department::parse)?,
            asked_at: r.asked_at,
            due_at: r.due_at,
            given: super::ladder::alarms(&r.given)?,
        })
    })
    .collect()
}

/// What waits for these departments, as their list shows it.
#[derive(Debug, Clone)]
pub struct PledgeRow {
    pub deal_no: String,
    pub customer_name: String,
    pub order_no: String,
    pub department: String,
    pub is_urgent: bool,
    pub due_at: DateTime<Utc>,
    pub title: String,
}

pub async fn waiting(
    conn: &mut PgConnection,
    departments: &[String],
    limit: i64,
) -> Result<Vec<PledgeRow>, StoreError> {
    Ok(sqlx::query_as!(
        PledgeRow,
        r#"SELECT d.no AS deal_no, COALESCE(k.short_name, k.legal_name) AS "customer_name!", o.no AS order_no, g.department, d.is_urgent, g.due_at, d.title
           FROM order_pledge g JOIN sales_order o ON o.id = g.order_id JOIN deal d ON d.id = o.deal_id JOIN customer k ON k.id = d.customer_id
           WHERE g.given_at IS NULL AND g.department = ANY ($1) AND o.status IN ('confirmed','in_fulfilment','partially_shipped')
           ORDER BY g.due_at, g.order_id LIMIT $2"#,
        departments,
        limit
    )
    .fetch_all(conn)
    .await?)
}
