//! Who hears of a delivery: the rep of what the customer has to know, a department of an exception
//! that is its own, the departments of a promise that moved.

use super::{App, Failure};
use crate::domain::delivery::ExceptionFacts;
use crate::domain::ids::PersonId;
use crate::domain::order::DeliveryStage;
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Event};
use crate::store::Tx;
use crate::store::notices::{self, NewNotice};
use chrono::{DateTime, Utc};

pub(super) async fn about_delivery(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(deal) = &case.deal else { return Ok(()) };
    let mut told: Vec<PersonId> = vec![actor];
    for (kind, roles) in events.iter().filter_map(|event| notice_of(case, event)) {
        let mut recipients = Vec::new();
        for role in roles {
            match role {
                Role::SalesRep => recipients.push(deal.owner),
                other => recipients.extend(notices::holders(tx, other, deal.owner_manager).await?),
            }
        }
        for recipient in recipients {
            if told.contains(&recipient) {
                continue;
            }
            told.push(recipient);
            let notice = NewNotice {
                id: app.ids.next(),
                dedupe_key: format!("delivery:{}:{}:{kind}:{recipient}", deal.id, deal.version),
                recipient,
                deal: Some(deal.id),
                customer: None,
                kind,
            };
            notices::tell(tx, &notice, now);
        }
    }
    Ok(())
}

/// The kind of a notice with the roles that get it; the owner stands for the rep.
fn notice_of(case: &Case, event: &Event) -> Option<(&'static str, Vec<Role>)> {
    Some(match event {
        Event::Shipped { .. } => ("goods_shipped", vec![Role::SalesRep]),
        Event::SignedOff { .. } => ("goods_signed", vec![Role::SalesRep]),
        Event::ExceptionOpened { facts, .. } => ("exception_opened", concerned(facts)),
        Event::ExceptionPlanned { .. } => ("exception_planned", vec![Role::SalesRep]),
        Event::ExceptionClosed { .. } => ("exception_closed", vec![Role::SalesRep]),
        Event::GoodsReturned { .. } => ("goods_returned", vec![Role::SalesRep, Role::Finance]),
        Event::PromiseSlipped { .. } | Event::BatchesPlanned { .. } => {
            ("promise_moved", vec![Role::Production, Role::Warehouse, Role::Logistics])
        }
        Event::StageKept { line, batch_no, forecast_at: Some(at), .. } => {
            let batches = case.order.iter().flat_map(|o| &o.tracking.batches);
            let late = batches.filter(|b| b.line == *line && b.no == *batch_no).any(|b| *at > b.promised_at);
            if !late {
                return None;
            }
            ("delay_expected", vec![Role::SalesRep])
        }
        Event::TransitNoted { arrived_at: Some(_), .. } => ("goods_arrived", vec![Role::SalesRep]),
        _ => return None,
    })
}

/// The department that must act, the rep who speaks with the customer, and for something severe the manager.
fn concerned(facts: &ExceptionFacts) -> Vec<Role> {
    let mut roles = vec![facts.department.role(), Role::SalesRep];
    if facts.severity == crate::domain::delivery::Severity::Severe {
        roles.push(Role::SalesManager);
    }
    roles
}

/// The role that keeps a stage.
pub(super) fn keeper(stage: DeliveryStage) -> Role {
    crate::domain::delivery::department_of(stage).role()
}
