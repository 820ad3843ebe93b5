//! Deliveries by promise and exceptions by age: the lists, filtered by what the reader may see.

use super::lists::{like, visible};
use super::{PgConnection, StoreError};
use crate::domain::ids::{DealId, PersonId};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

/// One promised batch that is not signed for.
#[derive(Debug, Clone, FromRow)]
pub struct BatchRow {
    pub deal_no: String,
    pub order_no: String,
    pub order_status: String,
    pub customer_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub is_urgent: bool,
    pub progress: i32,
    pub line_id: Uuid,
    pub line_name: String,
    /// The catalogue's, unless somebody named the line otherwise.
    pub line_name_en: String,
    pub unit: String,
    pub batch_no: i32,
    pub quantity: Decimal,
    pub original_at: DateTime<Utc>,
    pub promised_at: DateTime<Utc>,
    /// The first stage that is not done.
    pub stage: Option<String>,
    pub stage_planned_end: Option<DateTime<Utc>>,
    pub stage_updated_at: Option<DateTime<Utc>>,
    pub has_exception: bool,
}

/// Filters as they stand in the address.
#[derive(Debug, Clone, Default)]
pub struct BatchFilter {
    pub text: Option<String>,
    pub stage: Option<String>,
    /// Only promises before this moment.
    pub promised_before: Option<DateTime<Utc>>,
    pub with_exception: Option<()>,
    /// Keyset: rows after this one.
    pub after: Option<(DateTime<Utc>, Uuid, i32)>,
}

const IN_ORDER: &str =
    "array_position(ARRAY['confirmed','prepare','production','qc','packing','shipping','transit','sign_off'], s.stage)";

/// Open batches, the nearest promise first.
pub async fn open_batches(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &BatchFilter,
    limit: i64,
) -> Result<Vec<BatchRow>, StoreError> {
    Ok(open_batches_query(to, f, limit).build_query_as().fetch_all(conn).await?)
}

/// The statement of [`open_batches`], for the test that looks at its plan.
pub fn open_batches_query(to: VisibleTo, f: &BatchFilter, limit: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new(
        "SELECT x.deal_no, x.order_no, x.order_status, x.customer_name, x.owner_name, x.owner_name_en, x.is_urgent, x.progress, x.line_id, x.line_name,
            COALESCE(g.name_en, x.line_name) AS line_name_en, x.unit, b.batch_no, b.quantity, b.original_at, b.promised_at, now_at.stage,
            now_at.planned_end AS stage_planned_end, now_at.updated_at AS stage_updated_at, x.has_exception
         FROM (SELECT b.* FROM promise_batch b WHERE b.signed_at IS NULL",
    );
    if let Some(before) = f.promised_before {
        q.push(" AND b.promised_at < ").push_bind(before);
    }
    if let Some((at, line, batch)) = f.after {
        q.push(" AND (b.promised_at, b.order_line_id, b.batch_no) > (").push_bind(at);
        q.push(", ").push_bind(line).push(", ").push_bind(batch).push(")");
    }
    // Whoever sees all takes them in the order of the index and stops after a page; the few of one's own, of a
    // search or with an exception are found otherwise and sorted.
    let sees_most = matches!(to, VisibleTo::Everything | VisibleTo::Reached { .. });
    let fence = if sees_most && f.text.is_none() && f.with_exception.is_none() { " OFFSET 0" } else { "" };
    if !fence.is_empty() {
        q.push(" ORDER BY b.promised_at, b.order_line_id, b.batch_no").push(fence);
    }
    q.push(
        ") b CROSS JOIN LATERAL (SELECT d.no AS deal_no, o.no AS order_no, o.status AS order_status, COALESCE(c.short_name, c.legal_name) AS customer_name,
            w.name AS owner_name, w.name_en AS owner_name_en, d.is_urgent, d.progress, l.id AS line_id, l.name AS line_name, l.product_id, l.unit,
            EXISTS (SELECT FROM delivery_exception e WHERE e.order_id = o.id AND e.status <> 'closed') AS has_exception
            FROM order_line l JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id JOIN customer c ON c.id = d.customer_id
            JOIN person w ON w.id = d.owner_id
            WHERE l.id = b.order_line_id AND d.status = 'open' AND o.status NOT IN ('draft','completed','cancelled','short_closed')",
    );
    visible(&mut q, to);
    if let Some(text) = &f.text {
        let pattern = like(text);
        q.push(" AND (d.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR o.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR l.name ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.legal_name ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.short_name ILIKE ").push_bind(pattern).push(")");
    }
    if f.with_exception.is_some() {
        q.push(" AND EXISTS (SELECT FROM delivery_exception e WHERE e.order_id = o.id AND e.status <> 'closed')");
    }
    q.push(fence);
    q.push(
        ") x LEFT JOIN LATERAL (SELECT s.stage, s.planned_end, s.updated_at FROM delivery_stage s WHERE s.order_line_id = b.order_line_id
            AND s.batch_no = b.batch_no AND s.ended_at IS NULL ORDER BY ",
    );
    q.push(IN_ORDER).push(
        " LIMIT 1) now_at ON true LEFT JOIN product g ON g.id = x.product_id AND g.name = x.line_name WHERE true",
    );
    if let Some(stage) = &f.stage {
        q.push(" AND now_at.stage = ").push_bind(stage.clone());
    }
    q.push(" ORDER BY b.promised_at, b.order_line_id, b.batch_no LIMIT ").push(limit);
    q
}

/// One exception with the deal it belongs to.
#[derive(Debug, Clone, FromRow)]
pub struct ExceptionRow {
    pub id: Uuid,
    pub no: String,
    pub kind: String,
    pub severity: String,
    pub department: String,
    pub status: String,
    pub text: String,
    pub opened_at: DateTime<Utc>,
    /// The limit that runs: answer, plan, or what was planned.
    pub due_at: Option<DateTime<Utc>>,
    pub deal_no: String,
    pub order_no: String,
    pub customer_name: String,
    pub opened_by: String,
}

#[derive(Debug, Clone, Default)]
pub struct ExceptionFilter {
    pub text: Option<String>,
    pub kind: Option<String>,
    pub department: Option<String>,
    /// Closed ones too.
    pub with_closed: Option<()>,
    /// Only those whose limit passed before this moment.
    pub overdue_at: Option<DateTime<Utc>>,
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

const DUE: &str = "CASE WHEN e.status = 'open' AND e.responded_at IS NULL THEN e.response_due_at WHEN e.status = 'open' THEN e.plan_due_at
    WHEN e.status = 'planned' THEN e.due_at END";

/// Exceptions, the newest first.
pub async fn exceptions(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &ExceptionFilter,
    limit: i64,
) -> Result<Vec<ExceptionRow>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT e.id, e.no, e.kind, e.severity, e.department, e.status, e.text, e.opened_at, d.no AS deal_no, o.no AS order_no,
            COALESCE(c.short_name, c.legal_name) AS customer_name, p.name AS opened_by, ",
    );
    q.push(DUE).push(
        " AS due_at FROM delivery_exception e JOIN sales_order o ON o.id = e.order_id JOIN deal d ON d.id = o.deal_id
          JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id JOIN person p ON p.id = e.opened_by WHERE true",
    );
    visible(&mut q, to);
    if f.with_closed.is_none() {
        q.push(" AND e.status <> 'closed'");
    }
    if let Some(text) = &f.text {
        let pattern = like(text);
        q.push(" AND (e.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR o.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR d.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR e.text ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.legal_name ILIKE ").push_bind(pattern).push(")");
    }
    if let Some(kind) = &f.kind {
        q.push(" AND e.kind = ").push_bind(kind.clone());
    }
    if let Some(department) = &f.department {
        q.push(" AND e.department = ").push_bind(department.clone());
    }
    if let Some(at) = f.overdue_at {
        q.push(" AND (").push(DUE).push(") < ").push_bind(at);
    }
    if let Some((at, id)) = f.before {
        q.push(" AND (e.opened_at, e.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    q.push(" ORDER BY e.opened_at DESC, e.id DESC LIMIT ").push(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// An exception whose limit has passed.
#[derive(Debug, Clone)]
pub struct LateException {
    pub id: Uuid,
    pub deal: DealId,
    pub owner: PersonId,
    pub department: String,
    pub due_at: DateTime<Utc>,
}

pub async fn overdue_exceptions(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<LateException>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT late.id, late.department, late.due_at AS "due_at!", d.id AS deal_id, d.owner_id FROM (
            SELECT e.id, e.order_id, e.department, CASE WHEN e.status = 'open' AND e.responded_at IS NULL THEN e.response_due_at
                WHEN e.status = 'open' THEN e.plan_due_at ELSE e.due_at END AS due_at FROM delivery_exception e WHERE e.status <> 'closed') late
           JOIN sales_order o ON o.id = late.order_id JOIN deal d ON d.id = o.deal_id WHERE late.due_at < $1 AND d.status IN ('open','completed')
           ORDER BY late.due_at DESC LIMIT $2"#,
        now,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| LateException {
        id: r.id,
        deal: DealId(r.deal_id),
        owner: PersonId(r.owner_id),
        department: r.department,
        due_at: r.due_at,
    })
    .collect())
}

/// A stage that began and that nobody touched since.
#[derive(Debug, Clone)]
pub struct StaleStage {
    pub deal: DealId,
    pub line: Uuid,
    pub batch_no: i32,
    pub stage: String,
    pub owner: Option<PersonId>,
    pub since: DateTime<Utc>,
}

pub async fn stale_stages(
    conn: &mut PgConnection,
    untouched_since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<StaleStage>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT o.deal_id, s.order_line_id, s.batch_no, s.stage, s.owner_id, s.updated_at AS "since!" FROM promise_batch b
           JOIN delivery_stage s ON s.order_line_id = b.order_line_id AND s.batch_no = b.batch_no JOIN order_line l ON l.id = s.order_line_id
           JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id
           WHERE b.signed_at IS NULL AND s.started_at IS NOT NULL AND s.ended_at IS NULL AND s.updated_at < $1 AND d.status = 'open'
             AND o.status IN ('confirmed','in_fulfilment','partially_shipped','shipped')
           ORDER BY s.updated_at DESC LIMIT $2"#,
        untouched_since,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| StaleStage {
        deal: DealId(r.deal_id),
        line: r.order_line_id,
        batch_no: r.batch_no,
        stage: r.stage,
        owner: r.owner_id.map(PersonId),
        since: r.since,
    })
    .collect())
}

/// Deals with a batch that is promised before this moment and not signed for.
pub async fn near_promises(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DealId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT d.id FROM promise_batch b JOIN order_line l ON l.id = b.order_line_id JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id
         WHERE b.signed_at IS NULL AND b.promised_at < $1 AND d.status = 'open' AND o.status IN ('confirmed','in_fulfilment','partially_shipped','shipped')
         GROUP BY d.id ORDER BY max(b.promised_at) DESC LIMIT $2",
        before,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(DealId)
    .collect())
}
