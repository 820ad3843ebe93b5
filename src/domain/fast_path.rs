//! The urgent fast path (DOMAIN 3.7): one director decides on the on-call clock, the departments
//! that are left out look afterwards.
//!
//! The one rule: the path is given by facts and never chosen. What is not eligible goes the
//! standard way and says why.

use super::approval::{ApprovalPath, NodeKind};
use super::calendar::{Profile, WorkingMinutes, ZONE};
use super::codes::codes;
use super::customer::Customer;
use super::deal::Urgency;
use super::ids::{PersonId, PostReviewId};
use super::quote::{Quote, QuoteLineKind};
use super::routing::{PlannedNode, Route, RouteFacts, RouteReason, route};
use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// Every node of the fast path, in on-call minutes.
pub const FAST_LIMIT: WorkingMinutes = WorkingMinutes::hours(2);
/// What each left-out department has for its review, in working minutes of the standard clock.
pub const REVIEW_LIMIT: WorkingMinutes = WorkingMinutes::hours(8);
/// Delivery wanted within this time is urgent by itself.
const SOON: TimeDelta = TimeDelta::hours(72);
/// Uses a calendar month that a rep has without the general manager.
pub const FREE_USES: usize = 2;

codes!(/// Why an urgent deal goes the standard way.
FastRefusal {
    CreditHold = "credit_hold", NotSoon = "not_soon",
});
codes!(PostReviewStatus {
    Open = "open", Confirmed = "confirmed", Objection = "objection", Resolved = "resolved",
});
codes!(ReviewResult { Confirmed = "confirmed", Objection = "objection" });

/// A review that a left-out department owes or gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostReview {
    pub id: PostReviewId,
    pub kind: NodeKind,
    pub status: PostReviewStatus,
    pub granted_by: PersonId,
    pub opened_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub reviewed: Option<Reviewed>,
    pub resolution: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
}

/// How often the fast path was used in the calendar month of `now`, company time.
pub fn uses_this_month(rounds: &[DateTime<Utc>], now: DateTime<Utc>) -> usize {
    let month = |at: &DateTime<Utc>| {
        let local = at.with_timezone(&ZONE);
        (local.year(), local.month())
    };
    rounds.iter().filter(|at| month(at) == month(&now)).count()
}

/// The way a quote goes now: fast when the deal is urgent and eligible, standard otherwise.
pub fn route_now(
    quote: &Quote,
    facts: &RouteFacts,
    customer: &Customer,
    urgency: Option<&Urgency>,
    now: DateTime<Utc>,
) -> Route {
    let standard = route(quote, facts);
    let Some(urgency) = urgency else { return standard };
    let refused = refusals(facts, customer, urgency, now);
    if !refused.is_empty() {
        return Route { fast_refused: refused, ..standard };
    }
    fast(quote, facts, standard, now)
}

fn refusals(facts: &RouteFacts, customer: &Customer, urgency: &Urgency, now: DateTime<Utc>) -> Vec<FastRefusal> {
    let soon = urgency.needed_at - now <= SOON || facts.wanted_before_lead_time;
    [(customer.is_credit_hold, FastRefusal::CreditHold), (!soon, FastRefusal::NotSoon)]
        .into_iter()
        .filter_map(|(is, refusal)| is.then_some(refusal))
        .collect()
}

fn fast(quote: &Quote, facts: &RouteFacts, standard: Route, now: DateTime<Utc>) -> Route {
    let mut nodes = Vec::new();
    // A custom line counts as known once its product was sold before.
    let is_new_custom = quote
        .priced
        .lines
        .iter()
        .any(|l| l.kind == QuoteLineKind::Custom && (l.product.is_none() || facts.first_sales.contains(&l.name)));
    if is_new_custom {
        nodes.push(PlannedNode { kind: NodeKind::Technical, reasons: vec![RouteReason::CustomLine] });
    }
    let is_director = facts.requester_is(NodeKind::UrgentDirector);
    if !is_director {
        nodes.push(PlannedNode { kind: NodeKind::UrgentDirector, reasons: vec![RouteReason::Urgent] });
    }
    let mut general = Vec::new();
    if is_director {
        general.push(RouteReason::RequesterIsApprover);
    }
    if standard.level >= 3 {
        let above = standard.nodes.iter().find(|n| n.kind == NodeKind::GeneralManager);
        general.extend(above.map_or_else(|| vec![RouteReason::BelowFloor], |n| n.reasons.clone()));
    }
    let used = uses_this_month(&facts.fast_rounds, now);
    if used >= FREE_USES {
        general.push(RouteReason::QuotaUsed { used });
    }
    if !general.is_empty() {
        nodes.push(PlannedNode { kind: NodeKind::GeneralManager, reasons: general });
    }
    let skipped = standard
        .nodes
        .into_iter()
        .filter(|n| !matches!(n.kind, NodeKind::SalesDirector | NodeKind::GeneralManager))
        .filter(|n| !nodes.iter().any(|kept| kept.kind == n.kind))
        .collect();
    Route { level: standard.level, path: ApprovalPath::Fast, nodes, skipped, fast_refused: Vec::new() }
}

/// The clock and the limit of a node on this path.
pub fn clock_of(path: ApprovalPath, kind: NodeKind) -> (Profile, WorkingMinutes) {
    match path {
        ApprovalPath::Standard => (Profile::Standard, kind.limit()),
        ApprovalPath::Fast => (Profile::OnCall, FAST_LIMIT),
    }
}
