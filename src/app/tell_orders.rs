//! Who hears when an order is held, taken up again, cancelled or short-closed: everybody who works
//! on it, and the owner of the deal; who is asked whether it can be done, and who hears that it cannot.

use super::{App, Failure};
use crate::domain::ids::PersonId;
use crate::domain::order::OrderStatus;
use crate::domain::order_stop::StopAnswer;
use crate::domain::pledge::PledgeAnswer;
use crate::domain::staff::Role;
use crate::domain::workflow::{Action, Case, Event};
use crate::store::Tx;
use crate::store::notices::{self, NewNotice};
use chrono::{DateTime, Utc};

const WORKING: [Role; 4] = [Role::Production, Role::Warehouse, Role::Logistics, Role::Finance];

/// The kind of each notice and who gets it; the rep stands for the deal's owner.
fn told(events: &[Event]) -> Vec<(&'static str, Vec<Role>)> {
    let everybody = || [Role::SalesRep].into_iter().chain(WORKING).collect();
    let mut out = Vec::new();
    for event in events {
        match event {
            Event::StopDecided { answer: StopAnswer::Granted, .. } => out.push(("stop_granted", vec![Role::SalesRep])),
            Event::StopDecided { answer: StopAnswer::Refused, .. } => out.push(("stop_refused", vec![Role::SalesRep])),
            Event::OrderMoved { to: OrderStatus::OnHold, .. } => out.push(("order_on_hold", everybody())),
            Event::OrderMoved { to: OrderStatus::Cancelled, .. } => out.push(("order_cancelled", everybody())),
            Event::OrderMoved { to: OrderStatus::ShortClosed, .. } => out.push(("order_short_closed", everybody())),
            Event::PledgeAsked { department, .. } => out.push((Action::GivePledge.code(), vec![department.role()])),
            Event::PledgeGiven { answer: PledgeAnswer::Short, .. } => out.push(("pledge_short", vec![Role::SalesRep])),
            Event::OrderResumed { .. } => out.push(("order_resumed", everybody())),
            _ => {}
        }
    }
    // The end of a hold that only leads to another end is not news.
    if out.iter().any(|(kind, _)| matches!(*kind, "order_cancelled" | "order_short_closed")) {
        out.retain(|(kind, _)| *kind != "order_resumed");
    }
    out
}

pub(super) async fn about_order(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(deal) = &case.deal else { return Ok(()) };
    for (kind, roles) in told(events) {
        for role in roles {
            let recipients = match role {
                Role::SalesRep => vec![deal.owner],
                other => notices::holders(tx, other, None).await?,
            };
            for recipient in recipients.into_iter().filter(|r| *r != actor) {
                let notice = NewNotice {
                    id: app.ids.next(),
                    dedupe_key: format!("order:{}:{}:{kind}:{recipient}", deal.id, deal.version),
                    recipient,
                    deal: Some(deal.id),
                    customer: None,
                    kind,
                };
                notices::tell(tx, &notice, now);
            }
        }
    }
    Ok(())
}
