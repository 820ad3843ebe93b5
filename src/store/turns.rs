//! Whose turn it was and how long: the stretches of one deal, and the figures of each department.

use super::StoreError;
use super::lists::visible;
use crate::domain::ids::DealId;
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// A stretch of a deal's life.
#[derive(Debug, Clone)]
pub struct TurnRow {
    pub step: String,
    pub role: Option<String>,
    pub next_action: Option<String>,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// A deal's life in order.
pub async fn of_deal(conn: &mut PgConnection, deal: DealId) -> Result<Vec<TurnRow>, StoreError> {
    Ok(sqlx::query_as!(
        TurnRow,
        "SELECT step, role, next_action, since, until FROM deal_turn WHERE deal_id = $1 ORDER BY position",
        deal.0
    )
    .fetch_all(conn)
    .await?)
}

/// What waits for one role now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Waiting {
    pub role: String,
    /// Whose clock runs.
    pub waiting: i64,
    /// Whose clock stands still until somebody else has answered.
    pub paused: i64,
    /// Due before the day ends.
    pub today: i64,
    pub overdue: i64,
}

/// Open deals by the role that holds them; a deal in approval counts for every role that has to decide. What was
/// asked in time keeps a node from being due until it is answered; what was late before stays late.
pub async fn waiting(
    conn: &mut PgConnection,
    to: VisibleTo,
    now: DateTime<Utc>,
    day_ends: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT h.role, count(*) FILTER (WHERE NOT h.stands) AS waiting, count(*) FILTER (WHERE h.stands) AS paused,
            count(*) FILTER (WHERE h.due_at >= ",
    );
    q.push_bind(now).push(" AND h.due_at < ").push_bind(day_ends);
    q.push(") AS today, count(*) FILTER (WHERE h.due_at < ").push_bind(now);
    q.push(
        ") AS overdue FROM (
            SELECT d.turn_role AS role, d.turn_due_at AS due_at, false AS stands FROM deal d WHERE d.status = 'open' AND d.step <> 'approval' AND d.turn_role IS NOT NULL",
    );
    visible(&mut q, to);
    q.push(
        " UNION ALL SELECT n.role, min(n.due_at) FILTER (WHERE c.asked_at IS NULL OR c.asked_at > n.due_at), bool_and(c.asked_at IS NOT NULL)
            FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id
            LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL
            WHERE n.status = 'open' AND d.status = 'open' AND d.step = 'approval'",
    );
    visible(&mut q, to);
    q.push(" GROUP BY n.role, d.id) h GROUP BY h.role");
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// What is measured of a stretch that ended.
#[derive(Debug, Clone, FromRow)]
pub struct Stretch {
    pub role: String,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Of a decision: which node it was, and the clock of its limit.
    pub node: Option<String>,
    pub profile: Option<String>,
    /// When that clock stood still, and when it went on.
    pub asked: Vec<DateTime<Utc>>,
    pub answered: Vec<DateTime<Utc>>,
}

/// A stretch that ended: who held which deal, from when to when.
#[derive(Debug, Clone, FromRow)]
pub struct Span {
    #[sqlx(flatten)]
    pub stretch: Stretch,
    pub deal_no: String,
    pub customer_name: String,
    /// Who decided, where it was a decision.
    pub person: Option<String>,
    pub person_en: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    /// Tells stretches apart that ended at the same moment.
    pub id: Uuid,
}

/// Which stretches: those that ended after a moment, and before a place in the list.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub after: DateTime<Utc>,
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

/// What is nobody's: it waits for the customer.
const NOT_THE_CUSTOMERS: &str =
    " AND t.next_action IS DISTINCT FROM 'confirm_requirement' AND t.next_action IS DISTINCT FROM 'record_acceptance'";

/// The statement of [`measured`], for the test that looks at its plan.
pub fn measured_query(to: VisibleTo, roles: &[&str], after: DateTime<Utc>, per: i64) -> QueryBuilder<Postgres> {
    // Who sees everything need not be told of which deal each was: the indexes of what ended hold all the rest.
    let narrowed = to != VisibleTo::Everything;
    let mut q =
        QueryBuilder::new("SELECT s.role, f.since, f.until, f.node, f.profile, f.asked, f.answered FROM unnest(");
    q.push_bind(roles.iter().map(|r| (*r).to_owned()).collect::<Vec<String>>());
    q.push(
        "::text[]) s(role) CROSS JOIN LATERAL (
            (SELECT t.since, t.until, NULL::text AS node, NULL::text AS profile, '{}'::timestamptz[] AS asked, '{}'::timestamptz[] AS answered FROM deal_turn t",
    );
    if narrowed {
        q.push(" JOIN deal d ON d.id = t.deal_id");
    }
    q.push(" WHERE t.role = s.role AND t.step <> 'approval'").push(NOT_THE_CUSTOMERS);
    q.push(" AND t.until > ").push_bind(after);
    visible(&mut q, to);
    q.push(" ORDER BY t.until DESC LIMIT ").push(per);
    q.push(
        ") UNION ALL (SELECT n.arrived_at, n.decided_at, n.kind, n.profile, stood.asked, stood.answered
            FROM (SELECT n.id, n.arrived_at, n.decided_at, n.kind, n.profile FROM approval_node n",
    );
    if narrowed {
        q.push(" JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id");
    }
    q.push(" WHERE n.role = s.role AND n.decided_at > ").push_bind(after);
    visible(&mut q, to);
    q.push(" ORDER BY n.decided_at DESC LIMIT ").push(per);
    q.push(
        ") n CROSS JOIN LATERAL (SELECT COALESCE(array_agg(c.asked_at ORDER BY c.asked_at), '{}') AS asked,
                COALESCE(array_agg(c.ended_at ORDER BY c.asked_at), '{}') AS answered
            FROM node_call c WHERE c.node_id = n.id AND c.ended_at IS NOT NULL) stood)
            ORDER BY 2 DESC LIMIT ",
    )
    .push(per)
    .push(") f");
    q
}

/// The newest stretches of each of these roles that ended after a moment, at most `per` each, in no order:
/// only what is measured of them.
pub async fn measured(
    conn: &mut PgConnection,
    to: VisibleTo,
    roles: &[&str],
    after: DateTime<Utc>,
    per: i64,
) -> Result<Vec<Stretch>, StoreError> {
    Ok(measured_query(to, roles, after, per).build_query_as().fetch_all(conn).await?)
}

/// The newest stretches of each of these roles, at most `per` each: decisions
/// from arrival to decision, everything else from turn to turn. What waits for the customer is nobody's.
pub async fn spans(
    conn: &mut PgConnection,
    to: VisibleTo,
    roles: &[&str],
    ended: Ended,
    per: i64,
) -> Result<Vec<Span>, StoreError> {
    let before = |q: &mut QueryBuilder<Postgres>, until: &str, id: &str| {
        if let Some((at, last)) = ended.before {
            q.push(" AND (")
                .push(until)
                .push(", ")
                .push(id)
                .push(") < (")
                .push_bind(at)
                .push(", ")
                .push_bind(last)
                .push(")");
        }
        q.push(" ORDER BY ").push(until).push(" DESC, ").push(id).push(" DESC LIMIT ").push(per);
    };
    let mut q = QueryBuilder::new(
        "SELECT s.role, f.deal_no, f.customer_name, f.person, f.person_en, f.since, f.until, f.due_at, f.node, f.profile, stood.asked, stood.answered, f.id FROM unnest(",
    );
    q.push_bind(roles.iter().map(|r| (*r).to_owned()).collect::<Vec<String>>());
    q.push(
        "::text[]) WITH ORDINALITY s(role, place) CROSS JOIN LATERAL (SELECT * FROM (
            (SELECT d.no AS deal_no, COALESCE(c.short_name, c.legal_name) AS customer_name, NULL::text AS person, NULL::text AS person_en, t.since, t.until, NULL::timestamptz AS due_at, NULL::text AS node, NULL::text AS profile, md5(t.deal_id::text || t.position)::uuid AS id
             FROM deal_turn t JOIN deal d ON d.id = t.deal_id JOIN customer c ON c.id = d.customer_id
             WHERE t.role = s.role AND t.step <> 'approval'",
    );
    q.push(NOT_THE_CUSTOMERS).push(" AND t.until > ").push_bind(ended.after);
    visible(&mut q, to);
    before(&mut q, "t.until", "md5(t.deal_id::text || t.position)::uuid");
    q.push(
        ") UNION ALL (SELECT d.no, COALESCE(c.short_name, c.legal_name), p.name, p.name_en, n.arrived_at, n.decided_at, n.due_at, n.kind, n.profile, n.id
             FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN customer c ON c.id = d.customer_id
             JOIN person p ON p.id = n.decided_by WHERE n.role = s.role AND n.decided_at > ",
    );
    q.push_bind(ended.after);
    visible(&mut q, to);
    before(&mut q, "n.decided_at", "n.id");
    q.push(")) u ORDER BY u.until DESC, u.id DESC LIMIT ").push(per);
    q.push(
        ") f CROSS JOIN LATERAL (SELECT COALESCE(array_agg(c.asked_at ORDER BY c.asked_at), '{}') AS asked,
                COALESCE(array_agg(c.ended_at ORDER BY c.asked_at), '{}') AS answered
            FROM node_call c WHERE f.node IS NOT NULL AND c.node_id = f.id AND c.ended_at IS NOT NULL) stood ORDER BY s.place, f.until DESC, f.id DESC");
    Ok(q.build_query_as().fetch_all(conn).await?)
}
