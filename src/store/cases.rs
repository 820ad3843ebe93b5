//! Loads a case whole, locked or not, and keeps the deal row that lists read.

use super::error::{known, known_opt};
use super::post_reviews::{self, ReviewRow};
use super::quotes::{self, HeadRow};
use super::{StoreError, Tx, changes, customers, moved_prices, orders, requirements, rounds, route_facts, rules};
use crate::domain::alternative::{Alternative, Alternatives, OtherQuote};
use crate::domain::customer::Source;
use crate::domain::deal::{Deal, DealKind, DealStatus, LostReason, Step, Urgency, UrgentReason};
use crate::domain::ids::{CustomerId, DealId, PersonId, QuoteId, RequirementId};
use crate::domain::routing::RouteFacts;
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Standing};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

/// No number holds it, and the database compares with nothing that does.
fn is_no_number(no: &str) -> bool {
    no.contains('\0')
}

pub async fn deal_id(conn: &mut PgConnection, no: &str) -> Result<Option<DealId>, StoreError> {
    if is_no_number(no) {
        return Ok(None);
    }
    Ok(sqlx::query_scalar!("SELECT id FROM deal WHERE no = $1", no).fetch_optional(conn).await?.map(DealId))
}

pub async fn deal_no(conn: &mut PgConnection, id: DealId) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT no FROM deal WHERE id = $1", id.0).fetch_optional(conn).await?)
}

pub async fn customer_id(conn: &mut PgConnection, no: &str) -> Result<Option<CustomerId>, StoreError> {
    if is_no_number(no) {
        return Ok(None);
    }
    Ok(sqlx::query_scalar!("SELECT id FROM customer WHERE customer_no = $1", no)
        .fetch_optional(conn)
        .await?
        .map(CustomerId))
}

/// Locks the deal first and its customer after it: the one order of locks.
pub async fn lock_deal(tx: &mut Tx, id: DealId) -> Result<(), StoreError> {
    sqlx::query!("SELECT id FROM deal WHERE id = $1 FOR UPDATE", id.0).fetch_optional(tx.conn()).await?;
    Ok(())
}

/// A deal that is locked for somebody.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    pub id: DealId,
    pub owner: PersonId,
    pub is_urgent: bool,
    /// Somebody entrusted decisions to the person, now or at another time.
    pub has_mandates: bool,
}

/// Locks the deal of this number for a person; none when there is no such deal.
pub async fn lock_deal_no(tx: &mut Tx, no: &str, person: PersonId) -> Result<Option<Locked>, StoreError> {
    if is_no_number(no) {
        return Ok(None);
    }
    let locked = sqlx::query!(
        r#"SELECT d.id, d.owner_id, d.is_urgent, EXISTS (SELECT FROM delegation g WHERE g.delegate_id = $2) AS "has_mandates!" FROM deal d WHERE d.no = $1 FOR UPDATE"#,
        no,
        person.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(locked.map(|r| Locked {
        id: DealId(r.id),
        owner: PersonId(r.owner_id),
        is_urgent: r.is_urgent,
        has_mandates: r.has_mandates,
    }))
}

/// Urgent quotes of one rep are submitted one after the other, so that each counts those before it. Always after
/// the deal's own lock.
pub async fn lock_fast_path(tx: &mut Tx, rep: PersonId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"SELECT 1 AS "locked!" FROM pg_advisory_xact_lock(hashtextextended($1, 0))"#,
        format!("fast path {}", rep.0)
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

/// Locks a customer's open deals and then the customer, in the same order as everybody else.
pub async fn lock_customer(tx: &mut Tx, id: CustomerId) -> Result<Vec<DealId>, StoreError> {
    let deals = sqlx::query_scalar!(
        "SELECT id FROM deal WHERE customer_id = $1 AND status = 'open' ORDER BY id FOR UPDATE",
        id.0
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!("SELECT id FROM customer WHERE id = $1 FOR UPDATE", id.0).fetch_optional(tx.conn()).await?;
    Ok(deals.into_iter().map(DealId).collect())
}

/// The running deals of a customer.
pub async fn open_deals(conn: &mut PgConnection, id: CustomerId) -> Result<Vec<DealId>, StoreError> {
    let deals = sqlx::query_scalar!("SELECT id FROM deal WHERE customer_id = $1 AND status = 'open' ORDER BY id", id.0)
        .fetch_all(conn)
        .await?;
    Ok(deals.into_iter().map(DealId).collect())
}

pub async fn of_customer(conn: &mut PgConnection, id: CustomerId) -> Result<Option<Case>, StoreError> {
    let Some(customers::Known { customer, lessons, credit }) = customers::load(conn, id).await? else {
        return Ok(None);
    };
    let route_facts = RouteFacts { credit, ..RouteFacts::default() };
    let (rules, _) = rules::book(conn, None, None).await?;
    Ok(Some(Case {
        customer,
        deal: None,
        requirement: None,
        quote: None,
        round: None,
        post_reviews: Vec::new(),
        order: None,
        route_facts,
        rules,
        available: Vec::new(),
        shelves: Vec::new(),
        named: Vec::new(),
        change: None,
        feedback: None,
        lessons,
        alternatives: Alternatives::default(),
    }))
}

/// The deal whole, with stock and holds as they stand at `now`. Boxed like the writing of events, and for its reason.
pub fn of_deal(
    conn: &mut PgConnection,
    id: DealId,
    now: DateTime<Utc>,
) -> BoxFuture<'_, Result<Option<Case>, StoreError>> {
    Box::pin(load(conn, Some(id), None, now))
}

/// The deal of this number whole.
pub fn of_deal_no<'a>(
    conn: &'a mut PgConnection,
    no: &'a str,
    now: DateTime<Utc>,
) -> BoxFuture<'a, Result<Option<Case>, StoreError>> {
    Box::pin(load(conn, None, Some(no), now))
}

async fn load(
    conn: &mut PgConnection,
    id: Option<DealId>,
    no: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Case>, StoreError> {
    if no.is_some_and(is_no_number) {
        return Ok(None);
    }
    let Some(r) = sqlx::query!(
        r#"SELECT d.*, p.name AS owner_name, p.name_en AS owner_name_en, p.manager_id AS "owner_manager?", p.roles AS owner_roles,
            EXISTS (SELECT FROM requirement r WHERE r.deal_id = d.id) AS "has_requirement!",
            EXISTS (SELECT FROM approval_round r WHERE r.deal_id = d.id) AS "has_rounds!",
            EXISTS (SELECT FROM sales_order o WHERE o.deal_id = d.id) AS "has_order!",
            EXISTS (SELECT FROM change_request c WHERE c.deal_id = d.id) AS "has_change!",
            ARRAY(SELECT ROW (q.id, q.alternative, q.version_no, q.status, q.gross, q.valid_until, q.sent_at)
                FROM quote q WHERE q.deal_id = d.id ORDER BY q.version_no) AS "heads!: Vec<HeadRow>",
            ARRAY(SELECT ROW (r.id, r.kind, r.status, a.round_no, r.granted_by,
                    ARRAY(SELECT x.who FROM approval_node n CROSS JOIN LATERAL (VALUES (n.decided_by), (n.on_behalf_of)) x (who)
                        WHERE n.round_id = r.round_id AND x.who IS NOT NULL),
                    r.escalated_to, e.name, r.opened_at, r.due_at, r.reviewed_by, p.name, r.reviewed_at, r.comment, r.on_behalf_of, b.name, r.resolution, r.outcome)
                FROM post_review r JOIN approval_round a ON a.id = r.round_id LEFT JOIN person p ON p.id = r.reviewed_by
                LEFT JOIN person b ON b.id = r.on_behalf_of LEFT JOIN person e ON e.id = r.escalated_to
                WHERE r.deal_id = d.id ORDER BY r.opened_at, r.kind) AS "reviews!: Vec<ReviewRow>"
           FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = COALESCE($1, (SELECT x.id FROM deal x WHERE x.no = $2))"#,
        id.map(|id| id.0),
        no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let (id, customer_id) = (DealId(r.id), CustomerId(r.customer_id));
    let Some(known_customer) = customers::load(conn, customer_id).await? else { return Ok(None) };
    let customers::Known { customer, lessons, credit } = known_customer;
    let reason = known_opt("deal", "urgent_reason", r.urgent_reason.as_deref(), UrgentReason::parse)?;
    let urgency = match (reason, r.urgent_text, r.urgent_needed_at) {
        (Some(reason), Some(text), Some(needed_at)) if r.is_urgent => Some(Urgency { reason, text, needed_at }),
        _ => None,
    };
    let deal = Deal {
        id,
        no: r.no,
        version: r.version,
        customer: customer_id,
        owner: PersonId(r.owner_id),
        owner_name: r.owner_name,
        owner_name_en: r.owner_name_en,
        owner_manager: r.owner_manager.map(PersonId),
        kind: known("deal", "kind", &r.kind, DealKind::parse)?,
        source: known("deal", "source", &r.source, Source::parse)?,
        title: r.title,
        status: known("deal", "status", &r.status, DealStatus::parse)?,
        step: known("deal", "step", &r.step, Step::parse)?,
        opened_at: r.opened_at,
        promise_due_at: r.promise_due_at,
        urgency,
        step_entered_at: r.step_entered_at,
        step_due_at: r.step_due_at,
        reached: r.reached,
    };
    let requester_roles =
        r.owner_roles.iter().map(|role| known("person", "roles", role, Role::parse)).collect::<Result<Vec<_>, _>>()?;
    // What is not there is not asked for.
    let requirement = if r.has_requirement { requirements::load(conn, id, None).await? } else { None };
    let mut heads = r.heads.iter().map(quotes::head).collect::<Result<Vec<_>, _>>()?;
    let quote = if heads.is_empty() { None } else { quotes::load(conn, id, None).await? };
    if quote.is_none() {
        heads.clear();
    }
    let alternative = quote.as_ref().map(|q| q.alternative);
    let rounds = if r.has_rounds { rounds::all(conn, id, now).await? } else { Vec::new() };
    for head in &mut heads {
        head.path = rounds.iter().rfind(|r| r.quote == head.id).map(|r| r.path);
    }
    let last_round = rounds.last().map_or(0, |r| r.round_no);
    let of_alternative = |quote: QuoteId| heads.iter().any(|h| h.id == quote && Some(h.alternative) == alternative);
    let round = rounds.into_iter().rfind(|r| of_alternative(r.quote));
    let post_reviews = r.reviews.into_iter().map(post_reviews::review).collect::<Result<_, _>>()?;
    let order = if r.has_order { orders::load(conn, id).await? } else { None };
    let change = if r.has_change { changes::load(conn, id, None).await?.map(Box::new) } else { None };
    let (rules, former) = rules::book(conn, Some(r.updated_at), round.as_ref().map(|r| r.id)).await?;
    let mut case = Case {
        customer,
        deal: Some(deal),
        requirement,
        quote,
        round,
        post_reviews,
        order,
        route_facts: RouteFacts { requester_roles, credit, former, ..RouteFacts::default() },
        rules,
        available: Vec::new(),
        shelves: Vec::new(),
        named: Vec::new(),
        change,
        feedback: None,
        lessons,
        alternatives: beside(&heads, alternative, last_round),
    };
    route_facts::add(conn, &mut case, now).await?;
    case.route_facts.moved_prices = moved_prices::of(conn, &case, now).await?;
    Ok(Some(case))
}

/// The newest version of each alternative that is not worked on.
fn beside(heads: &[OtherQuote], current: Option<Alternative>, last_round: i32) -> Alternatives {
    let others = Alternative::ALL
        .iter()
        .filter(|a| Some(**a) != current)
        .filter_map(|a| heads.iter().rfind(|h| h.alternative == *a).cloned());
    Alternatives {
        others: others.collect(),
        last_version: heads.iter().map(|h| h.version_no).max().unwrap_or(0),
        last_round,
    }
}

pub async fn open_deal(tx: &mut Tx, d: &Deal, calendar_version: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let u = d.urgency.as_ref();
    sqlx::query!(
        "INSERT INTO deal (id, no, version, customer_id, owner_id, kind, source, title, status, step, opened_at, promise_due_at, is_urgent, urgent_reason,
            urgent_text, urgent_needed_at, step_entered_at, step_due_at, calendar_version, progress, updated_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, $13, $14, $9, $15, $16, 0, $17)",
        d.id.0, d.no, d.customer.0, d.owner.0, d.kind.code(), d.source.code(), d.title, d.step.code(), d.opened_at, d.promise_due_at, u.is_some(),
        u.map(|u| u.reason.code()), u.map(|u| u.text.as_str()), u.map(|u| u.needed_at), d.step_due_at, calendar_version, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The deal goes on with another alternative of its quote.
pub async fn turn_to(tx: &mut Tx, id: DealId, alternative: Alternative) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET alternative = $2 WHERE id = $1", id.0, alternative.code()).execute(tx.conn()).await?;
    Ok(())
}

pub async fn enter_step(
    tx: &mut Tx,
    id: DealId,
    step: Step,
    due_at: Option<DateTime<Utc>>,
    (now, calendar_version): (DateTime<Utc>, &str),
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE deal SET step = $2, step_entered_at = $3, step_due_at = $4, calendar_version = $5 WHERE id = $1",
        id.0,
        step.code(),
        now,
        due_at,
        calendar_version
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The mark comes off; its reason stays on record.
pub async fn drop_urgency(tx: &mut Tx, id: DealId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET is_urgent = false WHERE id = $1", id.0).execute(tx.conn()).await?;
    Ok(())
}

/// A promise moved, and the step's limit with it.
pub async fn move_step_due(tx: &mut Tx, id: DealId, due_at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET step_due_at = $2 WHERE id = $1", id.0, due_at).execute(tx.conn()).await?;
    Ok(())
}

pub async fn complete(tx: &mut Tx, id: DealId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET status = 'completed', updated_at = $2 WHERE id = $1", id.0, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn lose(tx: &mut Tx, id: DealId, reason: LostReason, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE deal SET status = 'lost', lost_reason = $2, updated_at = $3 WHERE id = $1",
        id.0,
        reason.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps the columns that lists and boards read; the version moves with every change.
pub async fn keep_standing(tx: &mut Tx, case: &Case, s: &Standing, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(deal) = &case.deal else { return Ok(()) };
    let amount = case.order.as_ref().map(|o| o.gross).or_else(|| case.quote.as_ref().map(|q| q.priced.totals.gross));
    let progress =
        case.order.as_ref().filter(|o| o.confirmed_at.is_some()).map_or(0, crate::domain::order::Order::progress);
    let order = case.order.as_ref();
    sqlx::query!(
        "UPDATE deal SET version = version + 1, next_action = $2, turn_role = $3, turn_due_at = $4, amount = $5, progress = $6, updated_at = $7,
            order_no = $8, order_status = $9, order_promised_at = $10, turn_profile = $12, turn_department = $13,
            reached = CASE WHEN reached @> $11 THEN reached ELSE (SELECT array_agg(DISTINCT r ORDER BY r) FROM unnest(reached || $11) r) END
         WHERE id = $1",
        deal.id.0, s.next.map(|(a, _)| a.code()), s.next.map(|(_, r)| r.code()), s.due_at, amount, progress, now,
        order.map(|o| o.no.as_str()), order.map(|o| o.status.code()), order.map(|o| o.promised_at), &case.reached(),
        s.clock.map(|c| c.profile.code()), s.clock.map(|c| c.department.code())
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The customer's version moves with every change of the archive; the database keeps beside it how far the
/// history went.
pub async fn touch_customer(tx: &mut Tx, id: CustomerId, now: DateTime<Utc>) -> Result<(), StoreError> {
    super::events::write(tx).await?;
    customers::touch(tx, id, now).await
}

/// An earlier version of a requirement or quote, and all rounds, for reading.
pub async fn requirement_version(
    conn: &mut PgConnection,
    deal: DealId,
    version_no: i32,
) -> Result<Option<crate::domain::requirement::Requirement>, StoreError> {
    requirements::load(conn, deal, Some(version_no)).await
}

/// The requirement version with this id.
pub async fn requirement_of(
    conn: &mut PgConnection,
    id: RequirementId,
) -> Result<Option<crate::domain::requirement::Requirement>, StoreError> {
    match requirements::place(conn, id).await? {
        Some((deal, version_no)) => requirements::load(conn, deal, Some(version_no)).await,
        None => Ok(None),
    }
}

pub async fn quote_version(
    conn: &mut PgConnection,
    deal: DealId,
    version_no: i32,
) -> Result<Option<crate::domain::quote::Quote>, StoreError> {
    quotes::load(conn, deal, Some(version_no)).await
}

/// The version before this one: of the same alternative, or of the one that it was copied from.
pub async fn former_quote(
    conn: &mut PgConnection,
    deal: DealId,
    quote: &crate::domain::quote::Quote,
) -> Result<Option<crate::domain::quote::Quote>, StoreError> {
    let earlier: Vec<OtherQuote> =
        quotes::heads(conn, deal).await?.into_iter().filter(|h| h.version_no < quote.version_no).collect();
    let same = earlier.iter().rfind(|h| h.alternative == quote.alternative);
    match same.or(earlier.last()) {
        Some(head) => quotes::load(conn, deal, Some(head.version_no)).await,
        None => Ok(None),
    }
}

pub async fn rounds_of(
    conn: &mut PgConnection,
    deal: DealId,
    now: DateTime<Utc>,
) -> Result<Vec<crate::domain::approval::Round>, StoreError> {
    rounds::all(conn, deal, now).await
}
