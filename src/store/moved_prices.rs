//! Lines of a draft whose policy price is another one by now: whoever submits a quote has looked at the prices of
//! today first (DOMAIN 5.1, 5.7).
//!
//! The one rule: who saw the price of today and kept the former one has answered, until the library says another.

use super::{StoreError, catalog};
use crate::domain::calendar::local_date;
use crate::domain::pricing::{of_product, policy_price};
use crate::domain::quote::QuoteStatus;
use crate::domain::workflow::Case;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Numbers, from 1, of the lines of a draft that the library prices otherwise, on the day of `now`, than its seller
/// saw.
pub(super) async fn of(conn: &mut PgConnection, case: &Case, now: DateTime<Utc>) -> Result<Vec<usize>, StoreError> {
    let today = local_date(now);
    let Some(quote) = case.quote.as_ref().filter(|q| q.status == QuoteStatus::Draft) else {
        return Ok(Vec::new());
    };
    let products: Vec<uuid::Uuid> = quote.priced.lines.iter().filter_map(|l| l.product).map(|p| p.0).collect();
    let mut candidates = catalog::candidates(conn, case.customer.id, case.customer.grade, &products).await?;
    if let Some(deal) = &case.deal {
        candidates.extend(catalog::special_prices(conn, deal.id).await?);
    }
    let basis = quote.terms.tax_basis;
    let moved = quote.priced.lines.iter().enumerate().filter(|(_, line)| {
        let own = of_product(&candidates, line.product, basis, line.tax_rate);
        let now = policy_price(&own, line.quantity, today).map(|p| p.unit_price);
        line.product.is_some() && now != line.policy_seen()
    });
    Ok(moved.map(|(i, _)| i + 1).collect())
}
