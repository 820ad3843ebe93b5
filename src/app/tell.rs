//! Who hears of a change: the people whose turn it is now. Notices are rows of the outbox,
//! written in the transaction of the change itself.

use super::{App, Failure};
use crate::domain::customer::CustomerStatus;
use crate::domain::fast_path::ReviewResult;
use crate::domain::ids::{CustomerId, PersonId};
use crate::domain::staff::Role;
use crate::domain::workflow::{Action, Case, Event, Standing};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases};
use chrono::{DateTime, Utc};

pub(super) async fn about_deal(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    standing: &Standing,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let (Some(deal), Some((action, role))) = (&case.deal, standing.next) else { return Ok(()) };
    // Verification is told once, with the customer.
    if standing.step == crate::domain::deal::Step::Registration {
        return Ok(());
    }
    let recipients = if role == Role::SalesRep {
        vec![deal.owner]
    } else {
        notices::holders(tx.conn(), role, deal.owner_manager).await?
    };
    for recipient in recipients.into_iter().filter(|r| *r != actor) {
        let notice = NewNotice {
            id: app.ids.next(),
            dedupe_key: format!("deal:{}:{}:{}:{recipient}", deal.id, deal.version, action.code()),
            recipient,
            deal: Some(deal.id),
            customer: None,
            kind: action.code(),
        };
        notices::add(tx, &notice, now).await?;
    }
    Ok(())
}

/// The departments that a fast path leaves out hear of it at once, and again when their review is
/// due; an objection goes to the director, its resolution to the general manager (DOMAIN 3.7).
pub(super) async fn about_fast_path(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(deal) = &case.deal else { return Ok(()) };
    let mut told: Vec<(Role, &'static str)> = Vec::new();
    for event in events {
        match event {
            Event::RoundOpened { skipped, .. } => {
                told.extend(skipped.iter().map(|n| (n.kind.role(), "informed_fast_path")));
            }
            Event::PostReviewOpened { node, .. } => told.push((node.role(), Action::ReviewAfterwards.code())),
            Event::PostReviewGiven { result: ReviewResult::Objection, .. } => {
                told.push((Role::SalesDirector, Action::ResolveObjection.code()));
                told.push((Role::GeneralManager, Action::ResolveObjection.code()));
            }
            Event::ObjectionResolved { .. } => told.push((Role::GeneralManager, "objection_resolved")),
            _ => {}
        }
    }
    for (role, kind) in told {
        let manager = deal.owner_manager.filter(|_| role == Role::SalesManager);
        for recipient in notices::holders(tx.conn(), role, manager).await?.into_iter().filter(|r| *r != actor) {
            let notice = NewNotice {
                id: app.ids.next(),
                dedupe_key: format!("deal:{}:{}:{kind}:{role}:{recipient}", deal.id, deal.version),
                recipient,
                deal: Some(deal.id),
                customer: None,
                kind,
            };
            notices::add(tx, &notice, now).await?;
        }
    }
    Ok(())
}

pub(super) async fn about_customer(
    app: &App,
    tx: &mut Tx,
    before: &Case,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let id = before.customer.id;
    let Some(case) = cases::of_customer(tx.conn(), id).await? else { return Ok(()) };
    if case.customer.status == before.customer.status {
        return Ok(());
    }
    let (kind, recipients) = match case.customer.status {
        CustomerStatus::PendingVerification => {
            ("verify_license", notices::holders(tx.conn(), Role::SalesAssistant, None).await?)
        }
        CustomerStatus::PendingConfirmation => ("confirm_with_customer", vec![case.customer.owner]),
        CustomerStatus::Draft | CustomerStatus::Archived => return Ok(()),
    };
    for recipient in
        recipients.into_iter().filter(|r| *r != actor && (kind != "verify_license" || *r != case.customer.owner))
    {
        let notice = NewNotice {
            id: app.ids.next(),
            dedupe_key: format!("customer:{id}:{}:{kind}:{recipient}", case.customer.version),
            recipient,
            deal: None,
            customer: Some(id),
            kind,
        };
        notices::add(tx, &notice, now).await?;
    }
    Ok(())
}
