//! What routing has to know beyond the quote: stock, catalogue, and who else could decide.

use super::holds::{self, HoldRow};
use super::{StoreError, catalog, post_reviews};
use crate::domain::approval::ApprovalPath;
use crate::domain::calendar::local_date;
use crate::domain::deal::Deal;
use crate::domain::ids::{ProductId, RequirementLineId};
use crate::domain::money::round_money;
use crate::domain::pricing::policy_price;
use crate::domain::requirement::{
    LineKind, MatchKind, Requirement, RequirementContent, RequirementFileKind, RequirementStatus,
};
use crate::domain::staff::Role;
use crate::domain::stock::Shelf;
use crate::domain::workflow::{Case, Named};
use chrono::{DateTime, Days, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// What stock, catalogue and calendar say about the requirement's lines now.
pub(super) async fn add(conn: &mut PgConnection, case: &mut Case, as_of: DateTime<Utc>) -> Result<(), StoreError> {
    let mut facts = std::mem::take(&mut case.route_facts);
    if let Some(deal) = &case.deal {
        facts.sole_roles = sole_roles(conn, deal, &facts.requester_roles).await?;
    }
    let fast_round = case.round.as_ref().filter(|r| r.path == ApprovalPath::Fast);
    let urgent_owner = case.deal.as_ref().filter(|d| d.urgency.is_some()).map(|d| d.owner);
    if let Some(requester) = urgent_owner.or(fast_round.map(|r| r.requested_by)) {
        let days_before = |at: DateTime<Utc>, days| at.checked_sub_days(Days::new(days)).unwrap_or(at);
        let since = days_before(as_of, 62).min(fast_round.map_or(as_of, |r| days_before(r.submitted_at, 31)));
        let year = days_before(as_of, 365);
        let used = post_reviews::fast_path_use(conn, requester, since, year).await?;
        (facts.fast_rounds, facts.fast_objections) = (used.rounds, used.objections);
    }
    if let Some(requirement) = &case.requirement {
        let products = sqlx::query!(
            r#"SELECT p.id, p.code, p.name, p.name_en, p.lead_days, p.tax_rate, p.is_stocked, p.first_sold_on, COALESCE(s.on_hand - s.reserved, 0) AS "available!",
                ARRAY(SELECT ROW (h.product_id, h.id, h.deal_id, d.no, w.name, h.wanted, h.taken_at, h.until)
                    FROM stock_hold h JOIN deal d ON d.id = h.deal_id JOIN person w ON w.id = h.taken_by
                    WHERE h.product_id = p.id AND h.ended_at IS NULL ORDER BY h.taken_at, h.id) AS "holds!: Vec<HoldRow>"
               FROM product p LEFT JOIN stock s ON s.product_id = p.id
               WHERE p.id IN (SELECT l.product_id FROM requirement_line l WHERE l.requirement_id = $1
                    UNION ALL SELECT k.product_id FROM stock_hold k WHERE k.deal_id = $2 AND k.ended_at IS NULL) ORDER BY p.id"#,
            requirement.id.0,
            case.deal.as_ref().map(|d| d.id.0)
        )
        .fetch_all(&mut *conn)
        .await?;
        let deal = case.deal.as_ref().map(|d| d.id);
        for product in products {
            let id = ProductId(product.id);
            let shelf = Shelf {
                product: id,
                available: product.available,
                holds: product.holds.into_iter().map(holds::hold).filter(|hold| hold.until > as_of).collect(),
            };
            let of_product = || requirement.content.lines.iter().filter(|l| l.product == Some(id));
            facts.product_rates.push((id, product.tax_rate));
            if product.first_sold_on.is_none() && of_product().any(|l| l.kind != LineKind::Service) {
                facts.first_sales.push(product.name.clone());
            }
            if product.is_stocked {
                case.available.push((id, shelf.free_for(deal, as_of)));
            }
            // What the deal holds stays its own to release, also once its requirement asks for something else.
            let holds = shelf.holds.iter().any(|hold| Some(hold.deal) == deal);
            if product.is_stocked && (holds || of_product().any(|l| l.kind == LineKind::Standard)) {
                case.shelves.push(shelf);
            }
            case.named.push(Named {
                product: id,
                code: product.code,
                name: product.name,
                name_en: product.name_en,
                lead_days: product.lead_days,
            });
        }
        let on_hand = case.on_hand();
        let name_of = |id: ProductId| case.named.iter().find(|n| n.product == id).map(|n| n.name.clone());
        let missing = requirement.content.missing(&on_hand).into_iter();
        facts.shortages = missing.filter_map(|(id, missing)| Some((name_of(id)?, missing))).collect();
        facts.lead = RequirementContent::tightest(&requirement.content.leads(&on_hand));
        let is_custom = requirement.content.lines.iter().any(|l| l.kind == LineKind::Custom);
        if case.deal.as_ref().is_some_and(|d| d.urgency.is_some()) {
            facts.wanted_at = Some(requirement.content.wanted_at);
            if is_custom {
                facts.made_before = made_before(conn, requirement).await?;
            }
        }
        if requirement.status == RequirementStatus::Sent && requirement.content.budget_to.is_none() {
            let ids: Vec<uuid::Uuid> =
                requirement.content.lines.iter().filter_map(|l| l.product).map(|p| p.0).collect();
            facts.policy_total = policy_total(conn, case, requirement, &ids, as_of).await?;
        }
        facts.has_proposal = requirement.content.files.iter().any(|f| f.kind == RequirementFileKind::Specification);
        facts.has_substitute = requirement.content.lines.iter().any(|l| l.match_kind == MatchKind::Substitute);
    }
    case.route_facts = facts;
    Ok(())
}

/// The custom lines whose like stands in an order that was confirmed, with the same name and the same
/// specification; only the spaces may differ.
async fn made_before(conn: &mut PgConnection, requirement: &Requirement) -> Result<Vec<RequirementLineId>, StoreError> {
    let made = sqlx::query_scalar!(
        r"SELECT l.id FROM requirement_line l LEFT JOIN product p ON p.id = l.product_id
          WHERE l.requirement_id = $1 AND l.kind = 'custom' AND EXISTS (
            SELECT FROM order_line m JOIN sales_order o ON o.id = m.order_id
            WHERE m.kind = 'custom' AND o.confirmed_at IS NOT NULL AND o.status <> 'cancelled'
              AND m.product_id IS NOT DISTINCT FROM l.product_id
              AND regexp_replace(m.name, '\s+', ' ', 'g') = regexp_replace(COALESCE(l.custom_name, p.name), '\s+', ' ', 'g')
              AND regexp_replace(m.spec, '\s+', ' ', 'g') = regexp_replace(l.spec, '\s+', ' ', 'g'))",
        requirement.id.0
    )
    .fetch_all(conn)
    .await?;
    Ok(made.into_iter().map(RequirementLineId).collect())
}

/// Of the roles that the deal's owner holds, those that nobody else could decide for: a sales manager's
/// place may be taken by another manager of the same team, the other roles by any holder.
async fn sole_roles(conn: &mut PgConnection, deal: &Deal, held: &[Role]) -> Result<Vec<Role>, StoreError> {
    let decide: Vec<Role> = held.iter().copied().filter(|role| *role != Role::SalesRep).collect();
    if decide.is_empty() {
        return Ok(Vec::new());
    }
    let codes: Vec<String> = decide.iter().map(|role| role.code().to_owned()).collect();
    let others = sqlx::query_scalar!(
        r#"SELECT DISTINCT role AS "role!" FROM person p, unnest(p.roles) role
           WHERE p.is_active AND p.id <> $1 AND role = ANY ($2)
             AND (role <> 'sales_manager' OR p.id = $3 OR (p.manager_id IS NOT NULL AND p.manager_id = $3))"#,
        deal.owner.0,
        &codes,
        deal.owner_manager.map(|m| m.0)
    )
    .fetch_all(conn)
    .await?;
    Ok(decide.into_iter().filter(|role| !others.iter().any(|other| other == role.code())).collect())
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
