//! The urgent fast path (DOMAIN 3.7): one director decides on the on-call clock, the departments
//! that are left out look afterwards.
//!
//! The one rule: the path is given by facts and never chosen. What is not eligible goes the
//! standard way and says why.

use super::approval::{ApprovalPath, NodeKind};
use super::calendar::{Profile, WorkingMinutes, ZONE};
use super::codes::codes;
use super::deal::Urgency;
use super::ids::{PersonId, PostReviewId};
use super::quote::{Quote, QuoteLine, QuoteLineKind};
use super::round::Named;
use super::routing::{PlannedNode, Route, RouteFacts, RouteReason, waives_surcharge};
use super::rules::Rules;
use chrono::{DateTime, Datelike, TimeDelta, Utc};

codes!(/// Why an urgent deal goes the standard way.
FastRefusal {
    CreditHold = "credit_hold", NotSoon = "not_soon", DeliveryLater = "delivery_later",
});
codes!(PostReviewStatus {
    Open = "open", Confirmed = "confirmed", Objection = "objection", Resolved = "resolved",
});
codes!(/// What becomes of the order after an objection.
ObjectionOutcome { Continue = "continue", Hold = "hold", Cancel = "cancel" });
codes!(ReviewResult { Confirmed = "confirmed", Objection = "objection" });

/// A review that a left-out department owes or gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostReview {
    pub id: PostReviewId,
    pub kind: NodeKind,
    pub status: PostReviewStatus,
    /// The round whose approval it follows, counted in the deal.
    pub round_no: i32,
    pub granted_by: PersonId,
    /// Everybody whose decision that round has: they look at no part of it again (DOMAIN 2.3, rule 11).
    pub deciders: Vec<PersonId>,
    /// The superior who may review too since it is long overdue (DOMAIN 3.5).
    pub escalated_to: Option<Named>,
    pub opened_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub reviewed: Option<Reviewed>,
    pub resolution: Option<String>,
    /// None before objections had outcomes.
    pub outcome: Option<ObjectionOutcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
    /// Whose review a delegate gave (DOMAIN 3.8).
    pub on_behalf: Option<Named>,
}

/// How often the fast path was used in the calendar month of `now`, company time.
pub fn uses_this_month(rounds: &[DateTime<Utc>], now: DateTime<Utc>) -> usize {
    let month = |at: &DateTime<Utc>| {
        let local = at.with_timezone(&ZONE);
        (local.year(), local.month())
    };
    rounds.iter().filter(|at| month(at) == month(&now)).count()
}

/// Which use of its month a round submitted at `at` was; those after it do not count.
pub fn use_of_month(rounds: &[DateTime<Utc>], at: DateTime<Utc>) -> usize {
    let until: Vec<DateTime<Utc>> = rounds.iter().copied().filter(|other| *other <= at).collect();
    uses_this_month(&until, at)
}

/// What keeps an urgent deal from the fast path (DOMAIN 3.7, a and b; c is refused when the mark is set). What is
/// wanted or offered for a later day than the mark says is no more urgent than that day.
pub(super) fn refusals(
    quote: &Quote,
    facts: &RouteFacts,
    urgency: &Urgency,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Vec<FastRefusal> {
    let within = TimeDelta::try_hours(rules.fast_within().0).unwrap_or(TimeDelta::MAX);
    let is_early = facts.is_wanted_early(now);
    let is_soon = |at: DateTime<Utc>| at - now <= within || is_early;
    let is_marked_soon = is_soon(urgency.needed_at);
    let is_delivered_soon = facts.wanted_at.into_iter().chain([quote.terms.deliver_at]).all(is_soon);
    // What finance lets pass for a while is not on hold, and still too late for the short way.
    let is_late = facts.is_on_hold(rules, now) || facts.credit.overdue_days(now) > rules.credit_hold_days();
    [
        (is_late, FastRefusal::CreditHold),
        (!is_marked_soon, FastRefusal::NotSoon),
        (is_marked_soon && !is_delivered_soon, FastRefusal::DeliveryLater),
    ]
    .into_iter()
    .filter_map(|(is, refusal)| is.then_some(refusal))
    .collect()
}

/// One director in place of the manager and the departments; the technical department stays for a custom
/// line that was never made, the general manager joins above level 2 and beyond the month's free uses
/// (DOMAIN 3.7, d to f).
pub(super) fn fast(quote: &Quote, facts: &RouteFacts, standard: Route, rules: &Rules, now: DateTime<Utc>) -> Route {
    let mut nodes = Vec::new();
    let was_made = |line: &QuoteLine| line.requirement_line.is_some_and(|id| facts.made_before.contains(&id));
    if quote.priced.lines.iter().any(|l| l.kind == QuoteLineKind::Custom && !was_made(l)) {
        nodes.push(PlannedNode { kind: NodeKind::Technical, reasons: vec![RouteReason::CustomLine] });
    }
    let is_director = facts.requester_is(NodeKind::UrgentDirector);
    let waived = waives_surcharge(quote, facts).then_some(RouteReason::NoSurcharge);
    if !is_director {
        let reasons = [RouteReason::Urgent].into_iter().chain(waived.clone()).collect();
        nodes.push(PlannedNode { kind: NodeKind::UrgentDirector, reasons });
    }
    let mut general = Vec::new();
    if is_director {
        general.push(RouteReason::RequesterIsApprover);
        general.extend(waived);
    }
    if standard.level >= 3 {
        let above = standard.node(NodeKind::GeneralManager);
        general.extend(above.map_or_else(|| vec![RouteReason::BelowFloor], |n| n.reasons.clone()));
    }
    let used = uses_this_month(&facts.fast_rounds, now);
    if used >= rules.fast_uses() {
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
    Route {
        level: standard.level,
        path: ApprovalPath::Fast,
        nodes,
        skipped,
        fast_refused: Vec::new(),
        kept: Vec::new(),
    }
}

/// The clock and the limit of a node on this path.
pub fn clock_of(rules: &Rules, path: ApprovalPath, kind: NodeKind) -> (Profile, WorkingMinutes) {
    match path {
        ApprovalPath::Standard => (Profile::Standard, rules.node_limit(kind)),
        ApprovalPath::Fast => (Profile::OnCall, rules.fast_limit()),
    }
}
