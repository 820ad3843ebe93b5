//! Loads a case whole, locked or not, and keeps the deal row that lists read.

use super::error::{known, known_opt};
use super::{
    StoreError, Tx, catalog, changes, customers, feedback, orders, post_reviews, quotes, requirements, rounds,
};
use crate::domain::calendar::local_date;
use crate::domain::customer::Source;
use crate::domain::deal::{Deal, DealKind, DealStatus, LostReason, Step, Urgency, UrgentReason};
use crate::domain::ids::{CustomerId, DealId, PersonId, ProductId};
use crate::domain::money::round_money;
use crate::domain::pricing::policy_price;
use crate::domain::requirement::{LineKind, MatchKind, Requirement, RequirementStatus};
use crate::domain::routing::RouteFacts;
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Standing};
use chrono::{DateTime, Days, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

pub async fn deal_id(conn: &mut PgConnection, no: &str) -> Result<Option<DealId>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT id FROM deal WHERE no = $1", no).fetch_optional(conn).await?.map(DealId))
}

pub async fn deal_no(conn: &mut PgConnection, id: DealId) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT no FROM deal WHERE id = $1", id.0).fetch_optional(conn).await?)
}

pub async fn customer_id(conn: &mut PgConnection, no: &str) -> Result<Option<CustomerId>, StoreError> {
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

pub async fn of_customer(conn: &mut PgConnection, id: CustomerId) -> Result<Option<Case>, StoreError> {
    let lessons = feedback::lessons(conn, id).await?;
    Ok(customers::load(conn, id).await?.map(|customer| Case {
        customer,
        deal: None,
        requirement: None,
        quote: None,
        round: None,
        post_reviews: Vec::new(),
        order: None,
        route_facts: RouteFacts::default(),
        available: Vec::new(),
        change: None,
        feedback: None,
        lessons,
    }))
}

pub async fn of_deal(conn: &mut PgConnection, id: DealId) -> Result<Option<Case>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT d.*, p.manager_id AS "owner_manager?", p.roles AS owner_roles FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = $1"#,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let customer_id = CustomerId(r.customer_id);
    let Some(customer) = customers::load(conn, customer_id).await? else { return Ok(None) };
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
    };
    let requester_roles =
        r.owner_roles.iter().map(|role| known("person", "roles", role, Role::parse)).collect::<Result<Vec<_>, _>>()?;
    let requirement = requirements::load(conn, id, None).await?;
    let quote = quotes::load(conn, id, None).await?;
    let round = rounds::load(conn, id).await?;
    let post_reviews = post_reviews::of_deal(conn, id).await?;
    let order = orders::load(conn, id).await?;
    let change = changes::load(conn, id, None).await?.map(Box::new);
    let lessons = feedback::lessons(conn, customer_id).await?;
    let mut case = Case {
        customer,
        deal: Some(deal),
        requirement,
        quote,
        round,
        post_reviews,
        order,
        route_facts: RouteFacts::default(),
        available: Vec::new(),
        change,
        feedback: None,
        lessons,
    };
    add_route_facts(conn, &mut case, requester_roles, r.updated_at).await?;
    Ok(Some(case))
}

/// What stock, catalogue and calendar say about the requirement's lines now.
async fn add_route_facts(
    conn: &mut PgConnection,
    case: &mut Case,
    requester_roles: Vec<Role>,
    as_of: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut facts = RouteFacts { requester_roles, ..RouteFacts::default() };
    if let Some(deal) = case.deal.as_ref().filter(|d| d.urgency.is_some()) {
        let since = as_of.checked_sub_days(Days::new(62)).unwrap_or(as_of);
        facts.fast_rounds = post_reviews::fast_rounds(conn, deal.owner, since).await?;
    }
    if let Some(requirement) = &case.requirement {
        let ids: Vec<uuid::Uuid> = requirement.content.lines.iter().filter_map(|l| l.product).map(|p| p.0).collect();
        let products = sqlx::query!(
            r#"SELECT p.id, p.name, p.lead_days, p.is_stocked, p.first_sold_on, COALESCE(s.on_hand - s.reserved, 0) AS "available!"
               FROM product p LEFT JOIN stock s ON s.product_id = p.id WHERE p.id = ANY ($1) ORDER BY p.id"#,
            &ids
        )
        .fetch_all(&mut *conn)
        .await?;
        for product in products {
            let lines = || {
                let lines = requirement.content.lines.iter();
                lines.filter(|l| l.product == Some(ProductId(product.id)) && l.kind != LineKind::Service)
            };
            let wanted: Decimal = lines().filter(|l| l.kind == LineKind::Standard).map(|l| l.quantity).sum();
            let missing = (wanted - product.available).max(Decimal::ZERO);
            if product.is_stocked && !missing.is_zero() {
                facts.shortages.push((product.name.clone(), missing));
                let ready =
                    as_of.checked_add_days(Days::new(u64::try_from(product.lead_days).unwrap_or(0))).unwrap_or(as_of);
                facts.wanted_before_lead_time |= requirement.content.wanted_at < ready;
            }
            if product.first_sold_on.is_none() && lines().next().is_some() {
                facts.first_sales.push(product.name);
            }
            case.available.push((ProductId(product.id), product.available));
        }
        if requirement.status == RequirementStatus::Sent && requirement.content.budget_to.is_none() {
            facts.policy_total = policy_total(conn, case, requirement, &ids, as_of).await?;
        }
        facts.has_substitute = requirement.content.lines.iter().any(|l| l.match_kind == MatchKind::Substitute);
    }
    case.route_facts = facts;
    Ok(())
}

/// The lines at the prices of the library; none as soon as one has no price there.
async fn policy_total(
    conn: &mut PgConnection,
    case: &Case,
    requirement: &Requirement,
    products: &[uuid::Uuid],
    as_of: DateTime<Utc>,
) -> Result<Option<Decimal>, StoreError> {
    let candidates = catalog::candidates(conn, case.customer.id, case.customer.grade, products).await?;
    Ok(requirement
        .content
        .lines
        .iter()
        .map(|line| {
            let of_product: Vec<_> =
                candidates.iter().filter(|(p, _)| Some(*p) == line.product).map(|(_, c)| c.clone()).collect();
            policy_price(&of_product, line.quantity, local_date(as_of))
                .map(|p| round_money(p.unit_price * line.quantity))
        })
        .sum())
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

pub async fn enter_step(
    tx: &mut Tx,
    id: DealId,
    step: Step,
    due_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE deal SET step = $2, step_entered_at = $3, step_due_at = $4 WHERE id = $1",
        id.0,
        step.code(),
        now,
        due_at
    )
    .execute(tx.conn())
    .await?;
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
    sqlx::query!(
        "UPDATE deal SET version = version + 1, next_action = $2, turn_role = $3, turn_due_at = $4, amount = $5, progress = $6, updated_at = $7 WHERE id = $1",
        deal.id.0, s.next.map(|(a, _)| a.code()), s.next.map(|(_, r)| r.code()), s.due_at, amount, progress, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The customer's version moves with every change of the archive.
pub async fn touch_customer(tx: &mut Tx, id: CustomerId, now: DateTime<Utc>) -> Result<(), StoreError> {
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

pub async fn quote_version(
    conn: &mut PgConnection,
    deal: DealId,
    version_no: i32,
) -> Result<Option<crate::domain::quote::Quote>, StoreError> {
    quotes::load(conn, deal, Some(version_no)).await
}

pub async fn rounds_of(
    conn: &mut PgConnection,
    deal: DealId,
) -> Result<Vec<crate::domain::approval::Round>, StoreError> {
    rounds::all(conn, deal).await
}
