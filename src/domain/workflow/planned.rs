//! The way a case's quote would go now: asked by the preview, the guards and the round alike.

use super::case::Case;
use crate::domain::routing::{Route, RouteFacts, route};
use crate::domain::rules::Reapproval;
use crate::domain::watched::{self, Watched};
use chrono::{DateTime, Utc};

/// The way the case's quote goes when it is submitted now; the preview and the round ask this. Where the
/// company keeps approvals whose watched fields did not change, those departments do not look again.
pub fn planned_route(case: &Case, now: DateTime<Utc>) -> Option<Route> {
    let quote = case.quote.as_ref()?;
    let rules = case.rules.at(now);
    let facts = facts_of(case);
    let mut planned = route(quote, &facts, rules, now);
    let round = case.round.as_ref().filter(|r| r.quote != quote.id);
    if let (Reapproval::Watched, Some(round), Some(watched)) = (rules.reapproval(), round, watched_now(case)) {
        watched::keep(&mut planned, &facts.former, round, &watched);
    }
    Some(planned)
}

/// What the departments watch, as it stands now.
pub fn watched_now(case: &Case) -> Option<Watched> {
    let (quote, requirement) = (case.quote.as_ref()?, case.requirement.as_ref()?);
    Some(Watched::of(quote, requirement, &facts_of(case)))
}

/// Everything that the route of this case hangs on, apart from its quote and the rules.
pub fn facts_of(case: &Case) -> RouteFacts {
    RouteFacts {
        urgency: case.deal.as_ref().and_then(|d| d.urgency.clone()),
        is_held: case.customer.is_credit_hold,
        ..case.route_facts.clone()
    }
}
