//! Lists of feedback: what the reader sees, what is owed to customers, which surveys are due, and the
//! counts of a customer's co-operation card.

use super::StoreError;
use crate::domain::calendar::Calendar;
use crate::domain::feedback::{FeedbackCategory, FeedbackKind, FeedbackStatus, survey_due};
use crate::domain::ids::{CustomerId, OrderId, PersonId};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Days, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// One line of a list. Codes are stored codes.
#[derive(Debug, Clone, FromRow)]
pub struct FeedbackRow {
    pub id: Uuid,
    pub no: String,
    pub kind: String,
    pub status: String,
    pub category: String,
    pub severity: Option<String>,
    pub customer_name: String,
    pub order_no: Option<String>,
    pub content: Option<String>,
    pub received_at: DateTime<Utc>,
    pub handler_name: String,
    pub handler_name_en: String,
    /// What is owed next: answer, report or solution.
    pub owed: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    pub has_open_lesson: bool,
    /// Of a survey: the score of the whole.
    pub overall: Option<i16>,
    pub handler_id: Uuid,
    pub customer_id: Uuid,
    pub deal_id: Option<Uuid>,
    /// Who is responsible: of the order's deal, or of the customer where there is no order.
    pub owner_id: Uuid,
    pub manager_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Open,
    Overdue,
    Lesson,
    Closed,
}

/// Filters as they stand in the address.
#[derive(Debug, Clone, Default)]
pub struct FeedbackFilter {
    pub text: Option<String>,
    pub kind: Option<FeedbackKind>,
    pub category: Option<FeedbackCategory>,
    pub situation: Option<Situation>,
    pub customer: Option<CustomerId>,
    pub order: Option<OrderId>,
    /// What waits for this person to act on.
    pub handler: Option<PersonId>,
    pub statuses: Vec<FeedbackStatus>,
    /// Keyset: rows before this one.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    pub most_urgent_first: Option<()>,
}

const DUE: &str = "CASE f.status WHEN 'open' THEN f.answer_by
    WHEN 'answered' THEN CASE WHEN f.report IS NULL AND f.report_by IS NOT NULL THEN f.report_by ELSE f.solve_by END END";

const OWED: &str = "CASE f.status WHEN 'open' THEN 'answer'
    WHEN 'answered' THEN CASE WHEN f.report IS NULL AND f.report_by IS NOT NULL THEN 'report' ELSE 'solution' END END";

const ROWS: &str = "SELECT f.id, f.no, f.kind, f.status, f.category, f.severity, COALESCE(c.short_name, c.legal_name) AS customer_name,
        o.no AS order_no, f.content, f.received_at, h.name AS handler_name, h.name_en AS handler_name_en,
        f.lesson IS NOT NULL AND f.lesson_closed_at IS NULL AS has_open_lesson, f.scores[5] AS overall, f.handler_id, c.id AS customer_id, d.id AS deal_id, COALESCE(d.owner_id, c.owner_id) AS owner_id,
        CASE WHEN d.id IS NULL THEN w.manager_id ELSE dw.manager_id END AS manager_id, ";

const FROM: &str = " AS due_at FROM feedback f JOIN customer c ON c.id = f.customer_id JOIN person w ON w.id = c.owner_id JOIN person h ON h.id = f.handler_id
    LEFT JOIN sales_order o ON o.id = f.order_id LEFT JOIN deal d ON d.id = o.deal_id LEFT JOIN person dw ON dw.id = d.owner_id WHERE true";

fn begin() -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new(ROWS);
    q.push(OWED).push(" AS owed, ").push(DUE).push(FROM);
    q
}

/// The reader's own customers and deals, those of the team, or what reached the department.
fn visible(q: &mut QueryBuilder<Postgres>, to: VisibleTo) {
    match to {
        VisibleTo::Everything => {}
        VisibleTo::Own { person } => {
            q.push(" AND (c.owner_id = ").push_bind(person.0).push(" OR d.owner_id = ").push_bind(person.0).push(")");
        }
        VisibleTo::Team { person, manager } => {
            q.push(" AND (c.owner_id = ").push_bind(person.0).push(" OR c.owner_id = ").push_bind(manager.0);
            q.push(" OR w.manager_id = ").push_bind(manager.0).push(" OR d.owner_id = ").push_bind(person.0);
            q.push(" OR dw.manager_id = ").push_bind(manager.0).push(")");
        }
        VisibleTo::Reached { .. } => {
            q.push(" AND o.id IS NOT NULL");
        }
        VisibleTo::Nothing => {
            q.push(" AND false");
        }
    }
}

pub async fn rows(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &FeedbackFilter,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<FeedbackRow>, StoreError> {
    let mut q = begin();
    visible(&mut q, to);
    if let Some(text) = &f.text {
        let pattern = super::lists::like(text);
        q.push(" AND (f.no ILIKE ").push_bind(pattern.clone()).push(" OR o.no ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.legal_name ILIKE ").push_bind(pattern.clone());
        q.push(" OR c.short_name ILIKE ").push_bind(pattern).push(")");
    }
    if let Some(kind) = f.kind {
        q.push(" AND f.kind = ").push_bind(kind.code());
    }
    if let Some(category) = f.category {
        q.push(" AND f.category = ").push_bind(category.code());
    }
    match f.situation {
        None => {}
        Some(Situation::Open) => {
            q.push(" AND f.status IN ('draft','open','answered','solved')");
        }
        Some(Situation::Closed) => {
            q.push(" AND f.status IN ('closed','dismissed')");
        }
        Some(Situation::Lesson) => {
            q.push(" AND f.lesson IS NOT NULL AND f.lesson_closed_at IS NULL");
        }
        Some(Situation::Overdue) => {
            q.push(" AND f.status IN ('open','answered') AND (").push(DUE).push(") < ").push_bind(now);
        }
    }
    if let Some(customer) = f.customer {
        q.push(" AND f.customer_id = ").push_bind(customer.0);
    }
    if let Some(order) = f.order {
        q.push(" AND f.order_id = ").push_bind(order.0);
    }
    if let Some(handler) = f.handler {
        q.push(" AND f.handler_id = ").push_bind(handler.0);
    }
    if !f.statuses.is_empty() {
        let codes: Vec<String> = f.statuses.iter().map(|s| s.code().to_owned()).collect();
        q.push(" AND f.status = ANY (").push_bind(codes).push(")");
    }
    if let Some((at, id)) = f.before {
        q.push(" AND (f.received_at, f.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    q.push(if f.most_urgent_first.is_some() {
        " ORDER BY due_at NULLS LAST, f.received_at, f.id LIMIT "
    } else {
        " ORDER BY f.received_at DESC, f.id DESC LIMIT "
    });
    q.push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// A complaint with a solution that this person may close as the manager of its deal or customer.
pub async fn to_close(conn: &mut PgConnection, manager: PersonId, limit: i64) -> Result<Vec<FeedbackRow>, StoreError> {
    let mut q = begin();
    q.push(" AND f.status = 'solved' AND COALESCE(dw.manager_id, w.manager_id) = ");
    q.push_bind(manager.0).push(" ORDER BY f.solved_at, f.id LIMIT ").push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// Complaints that owe the customer something, the first due first; without those whose handler knows that
/// the limit has passed.
pub async fn owing(conn: &mut PgConnection, limit: i64) -> Result<Vec<FeedbackRow>, StoreError> {
    let mut q = begin();
    q.push(" AND f.kind = 'complaint' AND f.status IN ('open','answered') AND NOT EXISTS (SELECT FROM outbox x WHERE x.dedupe_key = 'feedback:' || f.id || ':' || ");
    q.push(OWED).push(" || ':overdue:' || f.handler_id) ORDER BY due_at, f.id LIMIT ").push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// Those of these numbers that are in reach.
pub async fn among(conn: &mut PgConnection, to: VisibleTo, nos: &[String]) -> Result<Vec<String>, StoreError> {
    if nos.is_empty() {
        return Ok(Vec::new());
    }
    let mut q = begin();
    visible(&mut q, to);
    q.push(" AND f.no = ANY (").push_bind(nos.to_vec()).push(")");
    let found: Vec<FeedbackRow> = q.build_query_as().fetch_all(conn).await?;
    Ok(found.into_iter().map(|row| row.no).collect())
}

/// A completed order whose customer is to be asked.
#[derive(Debug, Clone, FromRow)]
pub struct SurveyRow {
    pub order_id: Uuid,
    pub deal_id: Uuid,
    pub order_no: String,
    pub deal_no: String,
    pub customer_name: String,
    pub owner_id: Uuid,
    pub owner_name: String,
    pub owner_name_en: String,
    pub completed_at: DateTime<Utc>,
    #[sqlx(default)]
    pub due_at: DateTime<Utc>,
}

/// Days after which nobody is asked any more.
const FORGOTTEN: u64 = 90;

/// Surveys that are due now and were not asked, the oldest first; the owner's only, when one is named.
pub async fn surveys_due(
    conn: &mut PgConnection,
    to: VisibleTo,
    owner: Option<PersonId>,
    calendar: &Calendar,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SurveyRow>, StoreError> {
    let mut q = surveys(now);
    visible(&mut q, to);
    if let Some(owner) = owner {
        q.push(" AND d.owner_id = ").push_bind(owner.0);
    }
    due_now(conn, q, calendar, now, limit).await
}

/// The same over everybody's, without those whose owner was told.
pub async fn surveys_untold(
    conn: &mut PgConnection,
    calendar: &Calendar,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SurveyRow>, StoreError> {
    let mut q = surveys(now);
    q.push(" AND NOT EXISTS (SELECT FROM outbox x WHERE x.dedupe_key = 'survey:' || o.id || ':' || d.owner_id)");
    due_now(conn, q, calendar, now, limit).await
}

fn surveys(now: DateTime<Utc>) -> QueryBuilder<Postgres> {
    let since = now.checked_sub_days(Days::new(FORGOTTEN)).unwrap_or(now);
    let mut q = QueryBuilder::new(
        "SELECT o.id AS order_id, d.id AS deal_id, o.no AS order_no, d.no AS deal_no, COALESCE(c.short_name, c.legal_name) AS customer_name, d.owner_id, dw.name AS owner_name,
            dw.name_en AS owner_name_en, o.completed_at
         FROM sales_order o JOIN deal d ON d.id = o.deal_id JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = c.owner_id
         JOIN person dw ON dw.id = d.owner_id
         WHERE o.status = 'completed' AND NOT EXISTS (SELECT FROM feedback f WHERE f.order_id = o.id AND f.kind = 'survey') AND o.completed_at > ",
    );
    // Three working days take at least three days.
    q.push_bind(since).push(" AND o.completed_at < ").push_bind(now.checked_sub_days(Days::new(2)).unwrap_or(now));
    q
}

async fn due_now(
    conn: &mut PgConnection,
    mut q: QueryBuilder<Postgres>,
    calendar: &Calendar,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SurveyRow>, StoreError> {
    q.push(" ORDER BY o.completed_at, o.id LIMIT ").push_bind(limit);
    let found: Vec<SurveyRow> = q.build_query_as().fetch_all(conn).await?;
    let due = |row: SurveyRow| SurveyRow { due_at: survey_due(row.completed_at, calendar), ..row };
    let today = crate::domain::calendar::local_date(now);
    Ok(found.into_iter().map(due).filter(|row| crate::domain::calendar::local_date(row.due_at) <= today).collect())
}
