//! The approver's inbox: one query for each tab, with its keyset, and counts that are capped.
//!
//! What a person may decide is the policy's word; the conditions here say the same for a list, so
//! that a row that is shown can be decided.

use super::StoreError;
use crate::domain::ids::PersonId;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// Counts stop here.
pub const MOST: i64 = 1000;
/// Counts of the frame stop here.
const FRAME: i64 = 100;

/// A node, or what stands for one, with the deal it belongs to. Codes are stored codes.
#[derive(Debug, Clone, FromRow)]
pub struct NodeRow {
    pub id: Uuid,
    pub deal_no: String,
    pub title: String,
    pub customer_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub requested_by: Uuid,
    pub owner_id: Uuid,
    pub owner_manager: Option<Uuid>,
    pub amount: Decimal,
    pub is_urgent: bool,
    pub urgent_text: Option<String>,
    pub node: String,
    pub status: String,
    pub arrived_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    /// What the list is sorted by.
    pub sort_at: DateTime<Utc>,
    pub round_no: i32,
    pub approval_no: String,
    /// Whose node it is when the reader would act as a delegate.
    pub on_behalf: Option<String>,
    /// The clock that the limit runs on.
    pub profile: String,
    /// What the clock waits for, of whom, since when, and when the answer is due.
    pub stands: Option<String>,
    pub asked_of: Option<Uuid>,
    pub asked_at: Option<DateTime<Utc>>,
    pub answer_due_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    ToDecide,
    Reviews,
    Decided,
    Mine,
    Copied,
    /// Everything overdue, for those who answer for all.
    Overdue,
}

/// Whose inbox, when.
#[derive(Debug, Clone)]
pub struct Reader {
    pub person: PersonId,
    pub manager: Option<PersonId>,
    /// Stored codes of the roles.
    pub roles: Vec<String>,
    pub now: DateTime<Utc>,
    /// Somebody entrusts decisions to the person now.
    pub has_mandates: bool,
}

/// Rows after this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    pub is_urgent: bool,
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

const HEAD: &str = "SELECT n.profile, ask.kind AS stands, ask.asked_of, ask.asked_at, ask.due_at AS answer_due_at, n.id, d.no AS deal_no, d.title, COALESCE(c.short_name, c.legal_name) AS customer_name, w.name AS owner_name, w.name_en AS owner_name_en,
    r.requested_by, d.owner_id, w.manager_id AS owner_manager, q.gross AS amount, d.is_urgent, d.urgent_text, n.kind AS node, n.status, n.arrived_at, n.due_at, n.decided_at,
    r.round_no, r.no AS approval_no, ";
const FROM: &str = " FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN customer c ON c.id = d.customer_id
    JOIN person w ON w.id = d.owner_id JOIN quote q ON q.id = r.quote_id LEFT JOIN node_call ask ON ask.node_id = n.id AND ask.ended_at IS NULL WHERE ";
/// A review and a copy have no clock that could stand still.
const RUNS: &str = "'standard' AS profile, NULL::text AS stands, NULL::uuid AS asked_of, NULL::timestamptz AS asked_at, NULL::timestamptz AS answer_due_at, ";
const REVIEW_HEAD: &str = "v.id, d.no AS deal_no, d.title, COALESCE(c.short_name, c.legal_name) AS customer_name, w.name AS owner_name, w.name_en AS owner_name_en,
    r.requested_by, d.owner_id, w.manager_id AS owner_manager, q.gross AS amount, d.is_urgent, d.urgent_text, v.kind AS node, v.status, v.opened_at AS arrived_at, v.due_at,
    v.reviewed_at AS decided_at, r.round_no, r.no AS approval_no, v.due_at AS sort_at, NULL::text AS on_behalf";
const REVIEW_FROM: &str = " FROM post_review v JOIN approval_round r ON r.id = v.round_id JOIN deal d ON d.id = v.deal_id JOIN customer c ON c.id = d.customer_id
    JOIN person w ON w.id = d.owner_id JOIN quote q ON q.id = r.quote_id WHERE ";
const COPIED_HEAD: &str = "r.id, d.no AS deal_no, d.title, COALESCE(c.short_name, c.legal_name) AS customer_name, w.name AS owner_name, w.name_en AS owner_name_en,
    r.requested_by, d.owner_id, w.manager_id AS owner_manager, q.gross AS amount, d.is_urgent, d.urgent_text, k.kind AS node,
    CASE r.status WHEN 'withdrawn' THEN 'voided' ELSE r.status END AS status, r.submitted_at AS arrived_at, NULL::timestamptz AS due_at, r.ended_at AS decided_at,
    r.round_no, r.no AS approval_no, r.submitted_at AS sort_at, NULL::text AS on_behalf";
const COPIED_FROM: &str =
    " FROM approval_round r JOIN deal d ON d.id = r.deal_id JOIN customer c ON c.id = d.customer_id
    JOIN person w ON w.id = d.owner_id JOIN quote q ON q.id = r.quote_id
    JOIN LATERAL (SELECT e ->> 'kind' AS kind FROM jsonb_array_elements(r.skipped) e) k ON true WHERE ";

/// What waits for somebody: its alias, and the columns of its kind and of the role that decides it.
struct Waits {
    kind: &'static str,
    role: &'static str,
}

const NODE: Waits = Waits { kind: "n.kind", role: "n.role" };
const REVIEW: Waits = Waits { kind: "v.kind", role: "v.kind" };

/// The delegation by which the reader could decide it, the delegator being `o`.
fn mandate(q: &mut QueryBuilder<Postgres>, who: &Reader, of: &Waits) {
    let Waits { kind, role } = of;
    q.push("SELECT o.name FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id WHERE s.kind = ")
        .push(kind)
        .push(" AND s.delegate_id = ")
        .push_bind(who.person.0)
        .push(" AND s.during @> CAST(")
        .push_bind(who.now)
        .push(" AS timestamptz) AND (g.amount_cap IS NULL OR q.gross <= g.amount_cap) AND d.owner_id <> o.id AND ")
        .push(role)
        .push(" = ANY (o.roles) AND (")
        .push(kind)
        .push(" <> 'sales_manager' OR w.manager_id IN (o.id, o.manager_id))");
}

/// The same for a node: neither the requester's, nor kept by somebody else's claim.
fn node_mandate(q: &mut QueryBuilder<Postgres>, who: &Reader) {
    mandate(q, who, &NODE);
    q.push(" AND r.requested_by <> o.id AND (n.claimed_by IS NULL OR n.claimed_by IN (o.id, ").push_bind(who.person.0);
    q.push(") OR NOT claim_stands(n.id, ").push_bind(who.now).push("))");
}

/// The owner is of the reader's team, as far as the policy's team reaches.
fn is_of_team(q: &mut QueryBuilder<Postgres>, who: &Reader) {
    q.push("w.manager_id = ANY (").push_bind(who.team()).push(")");
}

impl Reader {
    /// Whose people the reader answers for: the own ones, and those of the same superior.
    fn team(&self) -> Vec<Uuid> {
        std::iter::once(self.person).chain(self.manager).map(|p| p.0).collect()
    }
}

/// Why a node waits for the reader. Each way has its own index, and each is cut before they are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// By a role; where the order counts, urgent deals apart from the rest, so that each is in the order of an index.
    Role {
        code: String,
        is_urgent: Option<bool>,
    },
    Escalated,
    Asked,
    Mandate,
    /// For a superior to whom the node went.
    Lent,
}

/// The roles that nodes are decided by.
const DECIDING: [&str; 6] =
    ["sales_manager", "technical", "finance", "production", "sales_director", "general_manager"];

fn ways(who: &Reader, urgencies: &[Option<bool>]) -> Vec<Way> {
    let roles = who.roles.iter().filter(|code| DECIDING.contains(&code.as_str()));
    let mut ways: Vec<Way> = roles
        .flat_map(|code| urgencies.iter().map(|is_urgent| Way::Role { code: code.clone(), is_urgent: *is_urgent }))
        .collect();
    ways.extend([Way::Escalated, Way::Asked]);
    if who.has_mandates {
        ways.extend([Way::Mandate, Way::Lent]);
    }
    ways
}

fn on_way(q: &mut QueryBuilder<Postgres>, who: &Reader, way: &Way) {
    let me = who.person.0;
    q.push("n.status = 'open' AND d.status = 'open'");
    if *way == Way::Asked {
        q.push(" AND n.id = ANY (ARRAY(SELECT x.node_id FROM node_call x WHERE x.ended_at IS NULL AND x.asked_of = ");
        q.push_bind(me).push("))");
        return;
    }
    q.push(" AND d.owner_id <> ").push_bind(me).push(" AND r.requested_by <> ").push_bind(me);
    q.push(" AND NOT EXISTS (SELECT FROM approval_node o WHERE o.round_id = n.round_id AND o.id <> n.id AND (o.decided_by = ");
    q.push_bind(me).push(" OR o.on_behalf_of = ").push_bind(me).push("))");
    match way {
        Way::Role { code, is_urgent } => {
            q.push(" AND n.role = ").push_bind(code.clone());
            if code == "sales_manager" {
                q.push(" AND ");
                is_of_team(q, who);
            }
            // Neither the own delegate's claim keeps the reader out nor one whose holder may not decide any more.
            q.push(" AND (n.claimed_by IS NULL OR n.claimed_by = ").push_bind(me);
            q.push(" OR EXISTS (SELECT FROM delegation_scope s WHERE s.delegator_id = ").push_bind(me);
            q.push(" AND s.delegate_id = n.claimed_by AND s.kind = n.kind AND s.during @> CAST(").push_bind(who.now);
            q.push(" AS timestamptz)) OR NOT claim_stands(n.id, ").push_bind(who.now).push("))");
            q.push(match is_urgent {
                Some(true) => " AND d.is_urgent",
                Some(false) => " AND NOT d.is_urgent",
                None => "",
            });
        }
        Way::Escalated => {
            q.push(" AND n.escalated_to = ").push_bind(me);
        }
        Way::Mandate => {
            q.push(" AND n.kind = ANY (ARRAY(SELECT s.kind FROM delegation_scope s WHERE s.delegate_id = ")
                .push_bind(me);
            q.push(" AND s.during @> CAST(").push_bind(who.now).push(" AS timestamptz))) AND EXISTS (");
            node_mandate(q, who);
            q.push(")");
        }
        Way::Lent => {
            q.push(
                " AND n.escalated_to = ANY (ARRAY(SELECT s.delegator_id FROM delegation_scope s WHERE s.delegate_id = ",
            )
            .push_bind(me);
            q.push(" AND s.during @> CAST(").push_bind(who.now).push(" AS timestamptz))) AND ");
            lending_superior(q, who);
            q.push(" IS NOT NULL");
        }
        Way::Asked => {}
    }
}

/// For which superior the reader could decide a node that rose; the database asks the same of a decision.
fn lending_superior(q: &mut QueryBuilder<Postgres>, who: &Reader) {
    q.push("lending_superior(n.id, ").push_bind(who.person.0).push(", CAST(").push_bind(who.now);
    q.push(" AS timestamptz))");
}

fn conditions(q: &mut QueryBuilder<Postgres>, who: &Reader, tab: Tab) {
    let me = who.person.0;
    match tab {
        // In its own ways.
        Tab::ToDecide => {}
        Tab::Decided => {
            q.push("n.decided_by = ").push_bind(me);
        }
        Tab::Mine => {
            q.push("r.requested_by = ").push_bind(me).push(" AND n.status <> 'waiting'");
        }
        Tab::Overdue => {
            q.push("n.status = 'open' AND n.due_at < ").push_bind(who.now);
            // What was asked in time keeps a node from being overdue until it is answered.
            q.push(" AND (ask.asked_at IS NULL OR ask.asked_at > n.due_at)");
        }
        Tab::Reviews => {
            q.push("v.status = 'open' AND d.status = 'open' AND d.owner_id <> ").push_bind(me);
            q.push(" AND v.granted_by <> ").push_bind(me);
            if !who.has_mandates {
                // Said once more of the review alone, so that those of others go before anything is joined.
                q.push(" AND (v.escalated_to = ").push_bind(me).push(" OR v.kind = ANY (");
                q.push_bind(who.roles.clone()).push("))");
            }
            q.push(" AND NOT EXISTS (SELECT FROM approval_node o WHERE o.round_id = v.round_id AND (o.decided_by = ");
            q.push_bind(me).push(" OR o.on_behalf_of = ").push_bind(me).push("))");
            q.push(" AND (v.escalated_to = ").push_bind(me);
            q.push(" OR (v.kind = ANY (").push_bind(who.roles.clone()).push(") AND (v.kind <> 'sales_manager' OR ");
            is_of_team(q, who);
            q.push("))");
            if who.has_mandates {
                q.push(" OR EXISTS (");
                mandate(q, who, &REVIEW);
                q.push(" AND v.granted_by <> o.id AND NOT EXISTS (SELECT FROM approval_node x WHERE x.round_id = v.round_id AND o.id IN (x.decided_by, x.on_behalf_of)))");
            }
            q.push(")");
        }
        Tab::Copied => {
            q.push("r.path = 'fast' AND k.kind = ANY (").push_bind(who.roles.clone());
            q.push(") AND d.owner_id <> ").push_bind(me);
            q.push(" AND (k.kind <> 'sales_manager' OR ");
            is_of_team(q, who);
            q.push(")");
        }
    }
}

/// The rows of a tab, in its order, as SQL.
pub fn query(who: &Reader, tab: Tab, after: Option<After>, limit: i64) -> QueryBuilder<Postgres> {
    if tab == Tab::ToDecide {
        return to_decide_query(who, after, limit);
    }
    let mut q = QueryBuilder::new("");
    match tab {
        Tab::Reviews => q.push("SELECT ").push(RUNS).push(REVIEW_HEAD),
        Tab::Copied => q.push("SELECT ").push(RUNS).push(COPIED_HEAD),
        Tab::ToDecide | Tab::Decided | Tab::Mine | Tab::Overdue => q.push(HEAD),
    };
    q.push(match tab {
        Tab::ToDecide | Tab::Overdue => "n.due_at AS sort_at, NULL::text AS on_behalf",
        Tab::Decided => {
            "n.decided_at AS sort_at, (SELECT o.name FROM person o WHERE o.id = n.on_behalf_of) AS on_behalf"
        }
        Tab::Mine => "r.submitted_at AS sort_at, NULL::text AS on_behalf",
        Tab::Reviews | Tab::Copied => "",
    });
    q.push(match tab {
        Tab::Reviews => REVIEW_FROM,
        Tab::Copied => COPIED_FROM,
        Tab::ToDecide | Tab::Decided | Tab::Mine | Tab::Overdue => FROM,
    });
    conditions(&mut q, who, tab);
    order(&mut q, tab, after);
    q.push(" LIMIT ").push(limit);
    q
}

fn to_decide_query(who: &Reader, after: Option<After>, limit: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT * FROM (");
    for (place, way) in ways(who, &[Some(true), Some(false)]).iter().enumerate() {
        q.push(if place == 0 { "(" } else { ") UNION (" }).push(HEAD).push("n.due_at AS sort_at, (");
        if *way == Way::Lent {
            q.push("SELECT o.name FROM person o WHERE o.id = ");
            lending_superior(&mut q, who);
        } else if who.has_mandates {
            node_mandate(&mut q, who);
            q.push(" ORDER BY o.name LIMIT 1");
        } else {
            q.push("NULL::text");
        }
        q.push(") AS on_behalf").push(FROM);
        on_way(&mut q, who, way);
        if let Way::Role { is_urgent: Some(is_urgent), .. } = way {
            // All of them are alike in their urgency: what is left of the order is an index.
            if let Some(after) = after {
                match (after.is_urgent, *is_urgent) {
                    (true, false) => {}
                    (false, true) => {
                        q.push(" AND false");
                    }
                    _ => {
                        q.push(" AND (n.due_at, n.id) > (")
                            .push_bind(after.at)
                            .push(", ")
                            .push_bind(after.id)
                            .push(")");
                    }
                }
            }
            q.push(" ORDER BY n.due_at, n.id");
        } else {
            order(&mut q, Tab::ToDecide, after);
        }
        q.push(" LIMIT ").push(limit);
    }
    q.push(")) x ORDER BY (NOT is_urgent), sort_at, id LIMIT ").push(limit);
    q
}

/// What costs time first comes first; what is past, newest first.
fn order(q: &mut QueryBuilder<Postgres>, tab: Tab, after: Option<After>) {
    let (columns, direction) = match tab {
        Tab::ToDecide | Tab::Overdue => ("(NOT d.is_urgent), n.due_at, n.id", ""),
        Tab::Reviews => ("v.due_at, v.id", ""),
        Tab::Decided => ("n.decided_at, n.id", " DESC"),
        Tab::Mine => ("r.submitted_at, n.id", " DESC"),
        Tab::Copied => ("r.submitted_at, r.id", " DESC"),
    };
    if let Some(after) = after {
        q.push(" AND (").push(columns).push(if direction.is_empty() { ") > (" } else { ") < (" });
        if matches!(tab, Tab::ToDecide | Tab::Overdue) {
            q.push_bind(!after.is_urgent).push(", ");
        }
        q.push_bind(after.at).push(", ").push_bind(after.id).push(")");
    }
    let sorted: Vec<String> = columns.split(", ").map(|c| format!("{c}{direction}")).collect();
    q.push(" ORDER BY ").push(sorted.join(", "));
}

pub async fn page(
    conn: &mut PgConnection,
    who: &Reader,
    tab: Tab,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<NodeRow>, StoreError> {
    Ok(query(who, tab, after, limit).build_query_as().fetch_all(conn).await?)
}

/// How many rows the tab has, `MOST` at most.
pub async fn count(conn: &mut PgConnection, who: &Reader, tab: Tab) -> Result<i64, StoreError> {
    count_up_to(conn, who, tab, MOST).await
}

async fn count_up_to(conn: &mut PgConnection, who: &Reader, tab: Tab, most: i64) -> Result<i64, StoreError> {
    let mut q = QueryBuilder::new("");
    counted(&mut q, who, tab, most);
    Ok(q.build_query_scalar().fetch_one(conn).await?)
}

/// What the frame of every page counts for its reader, each at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct FrameCounts {
    pub notices: i64,
    pub late: i64,
    pub to_decide: i64,
}

#[derive(FromRow)]
struct FrameRow {
    #[sqlx(flatten)]
    counts: FrameCounts,
    next_late_at: Option<DateTime<Utc>>,
}

/// One round trip for the frame: the counts, and when the next own deal becomes late.
pub async fn frame_counts(
    conn: &mut PgConnection,
    who: &Reader,
) -> Result<(FrameCounts, Option<DateTime<Utc>>), StoreError> {
    let mut q = QueryBuilder::new("SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE recipient_id = ");
    q.push_bind(who.person.0).push(" AND read_at IS NULL LIMIT ").push(FRAME);
    q.push(") n) AS notices, (SELECT count(*) FROM (SELECT FROM deal d WHERE d.owner_id = ").push_bind(who.person.0);
    q.push(" AND d.status = 'open' AND d.late_at < ").push_bind(who.now).push(" LIMIT ").push(FRAME);
    q.push(") l) AS late, (SELECT min(d.late_at) FROM deal d WHERE d.owner_id = ").push_bind(who.person.0);
    q.push(" AND d.status = 'open' AND d.late_at >= ").push_bind(who.now);
    q.push(") AS next_late_at, (");
    counted(&mut q, who, Tab::ToDecide, FRAME);
    q.push(") AS to_decide");
    let row: FrameRow = q.build_query_as().fetch_one(conn).await?;
    Ok((row.counts, row.next_late_at))
}

/// Only the tables that can leave a row out are joined.
fn counted(q: &mut QueryBuilder<Postgres>, who: &Reader, tab: Tab, most: i64) {
    q.push("SELECT LEAST(count(*), ").push_bind(most).push(") FROM (");
    if tab == Tab::ToDecide {
        for (place, way) in ways(who, &[None]).iter().enumerate() {
            q.push(if place == 0 { "(" } else { ") UNION (" });
            q.push("SELECT n.id FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id");
            let asks_whose =
                matches!(way, Way::Mandate) || matches!(way, Way::Role { code, .. } if code == "sales_manager");
            q.push(if asks_whose { " JOIN person w ON w.id = d.owner_id" } else { "" });
            q.push(if *way == Way::Mandate { " JOIN quote q ON q.id = r.quote_id WHERE " } else { " WHERE " });
            on_way(q, who, way);
            q.push(" LIMIT ").push(most);
        }
        q.push(")");
    } else {
        q.push("SELECT 1").push(match tab {
            Tab::Reviews => REVIEW_FROM,
            Tab::Copied => COPIED_FROM,
            Tab::Mine => " FROM approval_node n JOIN approval_round r ON r.id = n.round_id WHERE ",
            Tab::Overdue => {
                " FROM approval_node n LEFT JOIN node_call ask ON ask.node_id = n.id AND ask.ended_at IS NULL WHERE "
            }
            Tab::ToDecide | Tab::Decided => " FROM approval_node n WHERE ",
        });
        conditions(q, who, tab);
        q.push(" LIMIT ").push(most);
    }
    q.push(") x");
}
