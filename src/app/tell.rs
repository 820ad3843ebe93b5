//! Who hears of a change: the people whose turn it is now. Notices are rows of the outbox,
//! written in the transaction of the change itself.

use super::{App, Failure};
use crate::domain::customer::CustomerStatus;
use crate::domain::ids::PersonId;
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Standing};
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
