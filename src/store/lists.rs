//! Read models: the lists and boards, each one query with its filter, newest or most urgent first.
//!
//! What a person may see is part of every query: `VisibleTo` becomes a condition here.

use super::StoreError;
use super::customer_list::{self, CustomerSearch};
use crate::domain::customer::Kept;
use crate::domain::deal::DealStatus;
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// One deal as lists show it. Codes are stored codes.
#[derive(Debug, Clone, FromRow)]
pub struct DealRow {
    pub id: Uuid,
    pub no: String,
    pub title: String,
    pub customer_no: String,
    pub customer_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub kind: String,
    pub status: String,
    pub step: String,
    pub is_urgent: bool,
    pub opened_at: DateTime<Utc>,
    /// The next moment that costs a promise; at the end of time when there is none.
    pub late_at: DateTime<Utc>,
    pub promise_due_at: Option<DateTime<Utc>>,
    pub next_action: Option<String>,
    pub turn_role: Option<String>,
    pub turn_due_at: Option<DateTime<Utc>>,
    /// Of the decision that is due then: its clock and its department.
    pub turn_profile: Option<String>,
    pub turn_department: Option<String>,
    pub amount: Option<Decimal>,
    pub progress: i32,
    pub order_no: Option<String>,
    pub order_status: Option<String>,
    pub order_promised_at: Option<DateTime<Utc>>,
    /// The open change of the deal.
    pub change_no: Option<String>,
}

/// Whose turn it is, as a person sees it.
#[derive(Debug, Clone)]
pub enum Turn {
    /// The person's own move, as owner or by role.
    Mine { person: PersonId, roles: Vec<String> },
    /// Own deals that others have to move on.
    Others { person: PersonId, roles: Vec<String> },
    /// Own deals that wait for the customer's answer.
    Customer { person: PersonId },
}

/// How the limit of a deal stands for the role that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldDue {
    /// Its clock runs.
    Running,
    /// Its clock stands still until somebody else has answered.
    Paused,
    /// Due from the first moment on, before the second.
    Between(Option<DateTime<Utc>>, DateTime<Utc>),
}

/// Filters as they stand in the address.
#[derive(Debug, Clone, Default)]
pub struct DealFilter {
    /// Only these, as a search found them.
    pub ids: Option<Vec<Uuid>>,
    pub step: Option<String>,
    pub status: Option<String>,
    /// Only completed ones whose goods came back and wait for somebody again.
    pub after_sales: Option<()>,
    /// Only what waits for anybody: open ones, and completed ones whose goods came back.
    pub waiting: Option<()>,
    pub owner: Option<PersonId>,
    /// The team that this person leads.
    pub team: Option<PersonId>,
    pub customer: Option<CustomerId>,
    pub order_status: Option<String>,
    /// Only deals with an order.
    pub with_order: Option<()>,
    /// Only urgent ones.
    pub urgent: Option<()>,
    /// Only open ones that were late at this moment.
    pub late_at: Option<DateTime<Utc>>,
    /// Opened from the first moment on, before the second.
    pub opened: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Promised from the first moment on, before the second.
    pub promised: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub turn: Option<Turn>,
    /// Only those whose next act, or one of whose decisions, belongs to one of these roles.
    pub turn_roles: Vec<String>,
    /// Without those that wait for decisions.
    pub but_decisions: Option<()>,
    /// Only those that this role holds, and whose limit for it stands so.
    pub held_by: Option<String>,
    pub held_due: Option<HeldDue>,
    /// Keyset: rows after this one in the order of the list.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    /// The most urgent first, instead of the newest.
    pub due_first: Option<()>,
}

pub(super) fn visible(q: &mut QueryBuilder<Postgres>, to: VisibleTo) {
    match to {
        VisibleTo::Everything => {}
        VisibleTo::Own { person } => {
            q.push(" AND d.owner_id = ").push_bind(person.0);
        }
        VisibleTo::Team { person, manager } => {
            q.push(" AND d.owner_id IN (SELECT p.id FROM person p WHERE p.id = ").push_bind(person.0);
            q.push(" OR p.id = ").push_bind(manager.0).push(" OR p.manager_id = ").push_bind(manager.0).push(")");
        }
        VisibleTo::Reached { node } => {
            q.push(" AND (d.order_no IS NOT NULL");
            if let Some(node) = node {
                q.push(" OR d.reached @> ARRAY[").push_bind(node.code()).push("]");
            }
            q.push(")");
        }
        VisibleTo::Nothing => {
            q.push(" AND false");
        }
    }
}

/// `%` and `_` typed by a person mean themselves.
pub(super) fn like(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// The columns of a `DealRow`, of `d` with its customer `c` and its owner `w`.
pub(super) const DEAL_COLUMNS: &str = "d.id, d.no, d.title, c.customer_no, COALESCE(c.short_name, c.legal_name) AS customer_name, w.name AS owner_name, w.name_en AS owner_name_en,
    d.kind, d.status, d.step, d.is_urgent, d.opened_at, d.late_at, d.promise_due_at, d.next_action, d.turn_role, d.turn_due_at, d.turn_profile, d.turn_department, d.amount, d.progress,
    d.order_no, d.order_status, d.order_promised_at, d.change_no";
pub(super) const DEAL_FROM: &str =
    " FROM deal d JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id WHERE true";

/// Those of the deals that are in reach.
pub async fn deals_among(conn: &mut PgConnection, to: VisibleTo, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut q = QueryBuilder::new("SELECT d.id");
    q.push(DEAL_FROM).push(" AND d.id = ANY (").push_bind(ids.to_vec()).push(")");
    visible(&mut q, to);
    Ok(q.build_query_scalar().fetch_all(conn).await?)
}

/// Nodes of the approval of `d` that wait for one of these roles; several may at once, of which the deal names one.
fn open_nodes(q: &mut QueryBuilder<Postgres>, roles: &[String]) {
    q.push(
        "SELECT FROM approval_round r JOIN approval_node n ON n.round_id = r.id LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL
        WHERE r.deal_id = d.id AND n.status = 'open' AND n.role = ANY (",
    )
    .push_bind(roles.to_vec())
    .push(")");
}

/// Next acts that are the customer's.
const SILENT: &str = "d.next_action IN ('confirm_requirement', 'record_acceptance')";

fn turn(q: &mut QueryBuilder<Postgres>, turn: &Turn) {
    match turn {
        Turn::Customer { person } => {
            q.push(" AND d.owner_id = ").push_bind(person.0).push(" AND ").push(SILENT);
        }
        Turn::Others { person, roles } => {
            q.push(" AND d.owner_id = ").push_bind(person.0).push(" AND NOT COALESCE(").push(SILENT);
            q.push(", false) AND d.turn_role <> 'sales_rep' AND NOT d.turn_role = ANY (")
                .push_bind(roles.clone())
                .push(")");
        }
        Turn::Mine { person, roles } => {
            q.push(" AND ((d.owner_id = ").push_bind(person.0).push(" AND NOT COALESCE(").push(SILENT);
            q.push(", false) AND (d.turn_role IS NULL OR d.turn_role = 'sales_rep')) OR d.turn_role = ANY (");
            // Whoever owns a deal decides nothing about it.
            q.push_bind(roles.clone()).push(") OR (d.step = 'approval' AND d.owner_id <> ").push_bind(person.0);
            q.push(" AND EXISTS (");
            open_nodes(q, roles);
            q.push(")))");
        }
    }
}

/// Held by a role: its turn, or in approval its decision, which several roles may owe at once. What was asked in
/// time keeps a node from being due until it is answered.
fn held(q: &mut QueryBuilder<Postgres>, role: &str, due: Option<HeldDue>) {
    let limits = |q: &mut QueryBuilder<Postgres>, column: &'static str| {
        if let Some(HeldDue::Between(from, to)) = due {
            if let Some(from) = from {
                q.push(" AND ").push(column).push(" >= ").push_bind(from);
            }
            q.push(" AND ").push(column).push(" < ").push_bind(to);
        }
    };
    q.push(" AND ((d.step <> 'approval' AND d.turn_role = ").push_bind(role.to_owned());
    if due == Some(HeldDue::Paused) {
        q.push(" AND false");
    }
    limits(q, "d.turn_due_at");
    q.push(") OR (d.step = 'approval' AND ");
    // Whoever owes two decisions on a deal is held up only when both stand still.
    q.push(if due == Some(HeldDue::Paused) { "NOT EXISTS (" } else { "EXISTS (" });
    let roles = [role.to_owned()];
    open_nodes(q, &roles);
    match due {
        Some(HeldDue::Running | HeldDue::Paused) => {
            q.push(" AND c.asked_at IS NULL");
        }
        Some(HeldDue::Between(..)) => {
            q.push(" AND (c.asked_at IS NULL OR c.asked_at > n.due_at)");
        }
        None => {}
    }
    limits(q, "n.due_at");
    q.push(")");
    if due == Some(HeldDue::Paused) {
        q.push(" AND EXISTS (");
        open_nodes(q, &roles);
        q.push(")");
    }
    q.push("))");
}

/// Conditions on `d` alone, so that a count needs no other table.
pub(super) fn filtered(q: &mut QueryBuilder<Postgres>, to: VisibleTo, f: &DealFilter) {
    visible(q, to);
    if let Some(ids) = &f.ids {
        q.push(" AND d.id = ANY (").push_bind(ids.clone()).push(")");
    }
    if let Some(step) = &f.step {
        q.push(" AND d.step = ").push_bind(step.clone());
    }
    if let Some(status) = &f.status {
        // Said as a word, so that the indexes of open and of closed deals fit.
        match DealStatus::parse(status) {
            Some(status) => q.push(" AND d.status = '").push(status.code()).push("'"),
            None => q.push(" AND false"),
        };
    }
    if f.after_sales.is_some() {
        q.push(" AND d.status = 'completed' AND d.next_action IS NOT NULL");
    }
    if f.waiting.is_some() {
        q.push(" AND (d.status = 'open' OR (d.status = 'completed' AND d.next_action IS NOT NULL))");
    }
    if let Some(owner) = f.owner {
        q.push(" AND d.owner_id = ").push_bind(owner.0);
    }
    if let Some(team) = f.team {
        q.push(" AND d.owner_id IN (SELECT p.id FROM person p WHERE p.id = ").push_bind(team.0);
        q.push(" OR p.manager_id = ").push_bind(team.0).push(")");
    }
    if let Some(customer) = f.customer {
        q.push(" AND d.customer_id = ").push_bind(customer.0);
    }
    if let Some(status) = &f.order_status {
        q.push(" AND d.order_status = ").push_bind(status.clone());
    }
    if f.with_order.is_some() {
        q.push(" AND d.order_no IS NOT NULL");
    }
    if f.urgent.is_some() {
        q.push(" AND d.is_urgent");
    }
    if let Some(now) = f.late_at {
        q.push(" AND d.status = 'open' AND d.late_at < ").push_bind(now);
    }
    if let Some(from) = f.opened.0 {
        q.push(" AND d.opened_at >= ").push_bind(from);
    }
    if let Some(to) = f.opened.1 {
        q.push(" AND d.opened_at < ").push_bind(to);
    }
    if let Some((from, to)) = f.promised {
        q.push(" AND d.promised_at >= ").push_bind(from).push(" AND d.promised_at < ").push_bind(to);
    }
    if let Some(of) = &f.turn {
        turn(q, of);
    }
    if let Some(role) = &f.held_by {
        held(q, role, f.held_due);
    }
    if !f.turn_roles.is_empty() {
        q.push(" AND (d.turn_role = ANY (").push_bind(f.turn_roles.clone()).push(")");
        if f.but_decisions.is_none() {
            q.push(" OR (d.step = 'approval' AND EXISTS (");
            open_nodes(q, &f.turn_roles);
            q.push("))");
        }
        q.push(")");
    }
    if f.but_decisions.is_some() {
        q.push(" AND d.next_action IS DISTINCT FROM 'decide_node'");
    }
}

/// The page and the order of a list.
pub(super) fn placed(q: &mut QueryBuilder<Postgres>, f: &DealFilter, limit: i64) {
    if f.due_first.is_some() {
        if let Some((at, id)) = f.before {
            q.push(" AND (d.late_at, d.id) > (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        q.push(" ORDER BY d.late_at, d.id");
    } else {
        if let Some((at, id)) = f.before {
            q.push(" AND (d.opened_at, d.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        q.push(" ORDER BY d.opened_at DESC, d.id DESC");
    }
    q.push(" LIMIT ").push(limit);
}

/// Deals by filter, at most `limit`.
pub async fn deals(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &DealFilter,
    limit: i64,
) -> Result<Vec<DealRow>, StoreError> {
    Ok(super::boards::page_query(to, f, limit).build_query_as().fetch_all(conn).await?)
}

/// One customer as lists show it.
#[derive(Debug, Clone, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one column of the list for each mark")]
pub struct CustomerRow {
    pub customer_no: String,
    pub legal_name: String,
    pub short_name: Option<String>,
    pub status: String,
    pub grade: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub next_review_on: Option<chrono::NaiveDate>,
    pub is_credit_hold: bool,
    pub is_blacklisted: bool,
    pub is_inactive: bool,
    pub is_contact_short: bool,
    pub updated_at: DateTime<Utc>,
    pub id: Uuid,
}

/// Archives by name, number or code, newest first.
pub async fn customers(
    conn: &mut PgConnection,
    to: VisibleTo,
    text: Option<&str>,
    status: Option<Kept>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<CustomerRow>, StoreError> {
    let search = CustomerSearch { visible: to, contacts: VisibleTo::Nothing, text, status, before, limit };
    customer_list::page(conn, &search).await
}

/// Archives that wait for verification, for the first time or again, and that this person does not own.
pub async fn to_verify(conn: &mut PgConnection, person: PersonId, limit: i64) -> Result<Vec<CustomerRow>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT c.customer_no, c.legal_name, c.short_name, c.status, c.grade, w.name AS owner_name, w.name_en AS owner_name_en, c.next_review_on, c.is_credit_hold,
            c.is_blacklisted, c.is_inactive, c.status = 'archived' AND (SELECT count(*) FROM contact k WHERE k.customer_id = c.id AND k.is_active) < 2 AS is_contact_short,
            c.updated_at, c.id FROM customer c JOIN person w ON w.id = c.owner_id WHERE c.id IN (",
    );
    for (which, before) in [
        ("status = 'pending_verification'", ""),
        ("status = 'pending_confirmation' AND verified_by IS NULL", " UNION ALL "),
    ] {
        q.push(before)
            .push("(SELECT id FROM customer WHERE ")
            .push(which)
            .push(" AND owner_id <> ")
            .push_bind(person.0);
        q.push(" ORDER BY updated_at LIMIT ").push(limit).push(")");
    }
    q.push(") ORDER BY c.updated_at LIMIT ").push(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// Versions of a deal's forms: number, version, status.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Of a quote: which of several offers.
    pub alternative: Option<String>,
    pub version_no: i32,
    pub status: String,
    pub created_at: DateTime<Utc>,
}

pub async fn requirement_versions(conn: &mut PgConnection, deal: DealId) -> Result<Vec<VersionRow>, StoreError> {
    Ok(sqlx::query_as!(
        VersionRow,
        r#"SELECT version_no, status, created_at, NULL::text AS "alternative?" FROM requirement WHERE deal_id = $1 ORDER BY version_no DESC"#,
        deal.0
    )
    .fetch_all(conn)
    .await?)
}

pub async fn quote_versions(conn: &mut PgConnection, deal: DealId) -> Result<Vec<VersionRow>, StoreError> {
    Ok(sqlx::query_as!(
        VersionRow,
        r#"SELECT version_no, status, created_at, alternative AS "alternative?" FROM quote WHERE deal_id = $1 ORDER BY version_no DESC"#,
        deal.0
    )
    .fetch_all(conn)
    .await?)
}
