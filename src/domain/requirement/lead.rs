//! What stock does not cover (DOMAIN 3.1, 7.2): how much is missing, and what is wanted before it could
//! be made.
//!
//! The one rule: routing, the fast path and the requirement's page ask here, line by line. Goods that are
//! not kept in stock are made to order: nothing of them is available.

use super::{LineKind, RequirementContent, RequirementLine};
use crate::domain::calendar::local_date;
use crate::domain::ids::ProductId;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A wanted moment against a standard lead time, in calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub wanted_at: DateTime<Utc>,
    pub days: i32,
}

impl Lead {
    /// Wanted on a day before the one on which it could be ready, when it is begun at `now`.
    pub fn is_short(self, now: DateTime<Utc>) -> bool {
        let days = Days::new(u64::try_from(self.days).unwrap_or(0));
        local_date(now).checked_add_days(days).is_some_and(|ready| local_date(self.wanted_at) < ready)
    }

    /// The day on which it has to be begun.
    fn begins(self) -> Option<NaiveDate> {
        local_date(self.wanted_at).checked_sub_days(Days::new(u64::try_from(self.days).unwrap_or(0)))
    }
}

/// A product of the requirement: how long it takes to make, and how much of it an order could reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnHand {
    pub product: ProductId,
    pub lead_days: i32,
    pub available: Decimal,
}

impl RequirementContent {
    /// How much of each product its standard lines ask for beyond what is available.
    pub fn missing(&self, stock: &[OnHand]) -> Vec<(ProductId, Decimal)> {
        let wanted = |of: ProductId| -> Decimal {
            let standard = self.lines.iter().filter(|l| l.kind == LineKind::Standard && l.product == Some(of));
            standard.map(|l| l.quantity).sum()
        };
        let short = stock.iter().map(|s| (s.product, wanted(s.product) - s.available));
        short.filter(|(_, missing)| *missing > Decimal::ZERO).collect()
    }

    /// The lines, counted from 1, that have to be made, each with its own date and lead time. Standard
    /// lines take what is available one after the other; a custom line takes as long as its base product.
    pub fn leads(&self, stock: &[OnHand]) -> Vec<(usize, Lead)> {
        let mut left: BTreeMap<ProductId, Decimal> = stock.iter().map(|s| (s.product, s.available)).collect();
        let mut is_covered = |of: ProductId, quantity: Decimal| {
            let left = left.entry(of).or_default();
            let is_covered = *left >= quantity;
            *left -= quantity.min(*left);
            is_covered
        };
        let mut leads = Vec::new();
        for (i, line) in self.lines.iter().enumerate() {
            let Some(stock) = stock.iter().find(|s| Some(s.product) == line.product) else { continue };
            let is_made = match line.kind {
                LineKind::Service => false,
                LineKind::Custom => true,
                LineKind::Standard => !is_covered(stock.product, line.quantity),
            };
            if is_made {
                leads.push((i + 1, Lead { wanted_at: self.line_wanted_at(line), days: stock.lead_days }));
            }
        }
        leads
    }

    /// On the line's own day where it has one, at the hour of the whole.
    fn line_wanted_at(&self, line: &RequirementLine) -> DateTime<Utc> {
        let days = line.wanted_on.map_or(TimeDelta::zero(), |on| on - local_date(self.wanted_at));
        self.wanted_at.checked_add_signed(days).unwrap_or(self.wanted_at)
    }

    /// Of several, the one that has to be begun first.
    pub fn tightest(leads: &[(usize, Lead)]) -> Option<Lead> {
        leads.iter().map(|(_, lead)| *lead).min_by_key(|lead| lead.begins())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::RequirementLineId;
    use rust_decimal::dec;
    use serde_json::json;
    use uuid::Uuid;

    fn product(n: u128) -> ProductId {
        ProductId(Uuid::from_u128(n))
    }

    fn line(kind: LineKind, of: Option<u128>, quantity: Decimal, on: Option<&str>) -> RequirementLine {
        serde_json::from_value(json!({
            "id": RequirementLineId(Uuid::from_u128(9)), "kind": kind, "product": of.map(product), "product_code": "", "product_name": "A",
            "spec": "B", "quantity": quantity, "unit": "台", "standard": null, "packaging": null, "match_kind": "exact", "note": null,
            "wanted_on": on
        }))
        .unwrap()
    }

    fn wanted(lines: Vec<RequirementLine>) -> RequirementContent {
        let mut content: RequirementContent = serde_json::from_value(json!({
            "contact": null, "channel": "phone", "purpose": "", "budget_from": null, "budget_to": null, "wanted_at": "2026-09-24T10:00:00Z",
            "ship_address": "", "ship_receiver": "", "ship_phone": "", "delivery_mode": "to_door", "partial_allowed": true,
            "payment_wish": "prepaid", "invoice_need": "none", "warranty": null, "acceptance": "", "lines": [], "specials": []
        }))
        .unwrap();
        content.lines = lines;
        content
    }

    fn on_hand(n: u128, lead_days: i32, available: Decimal) -> OnHand {
        OnHand { product: product(n), lead_days, available }
    }

    #[test]
    fn lines_of_one_product_share_what_is_available() {
        use LineKind::{Custom, Service, Standard};
        let content = wanted(vec![
            line(Standard, Some(1), dec!(6), None),
            line(Standard, Some(1), dec!(6), None),
            line(Custom, Some(1), dec!(1), Some("2026-10-08")),
            line(Custom, None, dec!(1), None),
            line(Service, Some(2), dec!(1), None),
        ]);
        let stock = [on_hand(1, 15, dec!(10)), on_hand(2, 3, dec!(0))];
        assert_eq!(content.missing(&stock), [(product(1), dec!(2))]);
        let leads = content.leads(&stock);
        assert_eq!(leads.iter().map(|(n, lead)| (*n, lead.days)).collect::<Vec<_>>(), [(2, 15), (3, 15)]);
        assert_eq!(local_date(leads[1].1.wanted_at).to_string(), "2026-10-08", "its own day");
        assert_eq!(RequirementContent::tightest(&leads), Some(leads[0].1), "the earlier day");
        // Nothing is missing, but the custom line still has to be made.
        let plenty = [on_hand(1, 15, dec!(12))];
        assert!(content.missing(&plenty).is_empty());
        assert_eq!(content.leads(&plenty).iter().map(|(n, _)| *n).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn days_are_compared_and_not_hours() {
        let lead = Lead { wanted_at: "2026-09-24T01:00:00Z".parse().unwrap(), days: 7 };
        assert!(!lead.is_short("2026-09-17T10:00:00Z".parse().unwrap()), "ready in the course of that day");
        // After midnight in company time it is another day.
        assert!(lead.is_short("2026-09-17T16:00:00Z".parse().unwrap()));
    }
}
