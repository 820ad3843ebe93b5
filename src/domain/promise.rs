//! What a customer was promised and still waits for: an offer and contract within so many hours, and
//! after the order is confirmed the delivery (DOMAIN 0.3, 9.1).
//!
//! The one rule: every list, board, page, mail and public page asks this module, so that they all show
//! the same minute.

use super::deal::DealStatus;
use super::order::OrderStatus;
use super::workflow::Case;
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseKind {
    /// Quote and contract, counted by the wall clock from the opening of the deal.
    Offer,
    /// The goods at the customer's.
    Delivery,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    pub kind: PromiseKind,
    pub due_at: DateTime<Utc>,
}

/// How urgent a promise is, always told with a word beside the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    Green,
    /// Less is left than the kind of promise needs for anything to be done about it.
    Yellow,
    Red,
}

/// The promise that still counts; none for a deal that is closed or an order that was signed for.
pub fn of(
    status: DealStatus,
    offer_due_at: Option<DateTime<Utc>>,
    order: Option<(OrderStatus, DateTime<Utc>)>,
) -> Option<Promise> {
    if status != DealStatus::Open {
        return None;
    }
    match order {
        None | Some((OrderStatus::Draft | OrderStatus::Cancelled, _)) => {
            offer_due_at.map(|due_at| Promise { kind: PromiseKind::Offer, due_at })
        }
        Some((status, due_at)) if is_running(status) => Some(Promise { kind: PromiseKind::Delivery, due_at }),
        Some(_) => None,
    }
}

/// The promise of a whole case.
pub fn of_case(case: &Case) -> Option<Promise> {
    let deal = case.deal.as_ref()?;
    of(deal.status, deal.promise_due_at, case.order.as_ref().map(|o| (o.status, o.promised_at)))
}

/// Nothing runs any more once everything is signed for, or the order has ended another way.
pub fn is_running(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Draft
        | OrderStatus::Confirmed
        | OrderStatus::InFulfilment
        | OrderStatus::PartiallyShipped
        | OrderStatus::Shipped
        | OrderStatus::OnHold => true,
        OrderStatus::Signed | OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::ShortClosed => false,
    }
}

impl Promise {
    /// What is left by the wall clock; negative once it is broken.
    pub fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.due_at - now
    }

    /// Red once broken; yellow with less than two hours left of an offer, a day of a delivery.
    pub fn light(&self, now: DateTime<Utc>) -> Light {
        let soon = match self.kind {
            PromiseKind::Offer => TimeDelta::hours(2),
            PromiseKind::Delivery => TimeDelta::hours(24),
        };
        match self.left(now) {
            left if left < TimeDelta::zero() => Light::Red,
            left if left < soon => Light::Yellow,
            _ => Light::Green,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_order_takes_over_the_promise_when_it_is_confirmed() {
        let (offer, goods) = (at("2026-09-18T02:20:00Z"), at("2026-09-24T10:00:00Z"));
        let kind = |order| of(DealStatus::Open, Some(offer), order).map(|p| (p.kind, p.due_at));
        assert_eq!(kind(None), Some((PromiseKind::Offer, offer)));
        assert_eq!(kind(Some((OrderStatus::Draft, goods))), Some((PromiseKind::Offer, offer)));
        assert_eq!(kind(Some((OrderStatus::Confirmed, goods))), Some((PromiseKind::Delivery, goods)));
        assert_eq!(kind(Some((OrderStatus::OnHold, goods))), Some((PromiseKind::Delivery, goods)));
        assert_eq!(kind(Some((OrderStatus::Signed, goods))), None);
        assert_eq!(of(DealStatus::Lost, Some(offer), None), None);
        assert_eq!(of(DealStatus::Open, None, None), None);
    }

    #[test]
    fn a_promise_turns_yellow_and_red() {
        let due_at = at("2026-09-18T02:20:00Z");
        let light = |kind, text: &str| Promise { kind, due_at }.light(at(text));
        assert_eq!(light(PromiseKind::Offer, "2026-09-18T00:20:00Z"), Light::Green);
        assert_eq!(light(PromiseKind::Offer, "2026-09-18T00:20:01Z"), Light::Yellow);
        assert_eq!(light(PromiseKind::Offer, "2026-09-18T02:20:00Z"), Light::Yellow);
        assert_eq!(light(PromiseKind::Offer, "2026-09-18T02:20:01Z"), Light::Red);
        assert_eq!(light(PromiseKind::Delivery, "2026-09-17T02:20:01Z"), Light::Yellow);
    }
}
