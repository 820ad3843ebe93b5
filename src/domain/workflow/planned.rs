//! The way a case's quote would go now: asked by the preview, the guards and the round alike.

use super::case::Case;
use crate::domain::routing::{Route, RouteFacts, route};
use chrono::{DateTime, Utc};

/// The way the case's quote goes when it is submitted now; the preview and the round ask this.
pub fn planned_route(case: &Case, now: DateTime<Utc>) -> Option<Route> {
    case.quote.as_ref().map(|quote| route(quote, &facts_of(case), case.rules.at(now), now))
}

/// Everything that the route of this case hangs on, apart from its quote and the rules.
pub fn facts_of(case: &Case) -> RouteFacts {
    RouteFacts {
        urgency: case.deal.as_ref().and_then(|d| d.urgency.clone()),
        is_held: case.customer.is_credit_hold,
        ..case.route_facts.clone()
    }
}
