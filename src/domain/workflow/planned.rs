//! The way a case's quote would go now: asked by the preview, the guards and the round alike.

use super::case::Case;
use crate::domain::fast_path::route_now;
use crate::domain::routing::Route;
use chrono::{DateTime, Utc};

/// The way the case's quote goes when it is submitted now; the preview and the round ask this.
pub fn planned_route(case: &Case, now: DateTime<Utc>) -> Option<Route> {
    let urgency = case.deal.as_ref().and_then(|d| d.urgency.as_ref());
    case.quote.as_ref().map(|quote| route_now(quote, &case.route_facts, &case.customer, urgency, now))
}
