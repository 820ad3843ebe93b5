//! Who hears of a change: the people whose turn it is now. Notices are rows of the outbox,
//! written in the transaction of the change itself.

use super::{App, Failure};
use crate::domain::approval::NodeKind;
use crate::domain::customer::CustomerStatus;
use crate::domain::fast_path::ReviewResult;
use crate::domain::feedback::{FeedbackEvent, FeedbackKind, FeedbackStatus};
use crate::domain::ids::PersonId;
use crate::domain::staff::Role;
use crate::domain::workflow::change_guards::plan_of;
use crate::domain::workflow::{Action, Case, Event, Standing};
use crate::store::notices::{self, More, NewNotice};
use crate::store::{Tx, cases, ladder};
use chrono::{DateTime, Utc};
use serde_json::json;

pub(super) async fn about_deal(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    standing: &Standing,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let (Some(deal), Some((action, role))) = (&case.deal, standing.next) else { return Ok(()) };
    // Verification is told once, with the customer; a node when it arrives, to its own pool.
    if standing.step == crate::domain::deal::Step::Registration || action == Action::DecideNode {
        return Ok(());
    }
    let recipients =
        if role == Role::SalesRep { vec![deal.owner] } else { notices::holders(tx, role, deal.owner_manager).await? };
    for recipient in recipients.into_iter().filter(|r| *r != actor) {
        let notice = NewNotice {
            id: app.ids.next(),
            dedupe_key: format!("deal:{}:{}:{}:{recipient}", deal.id, deal.version, action.code()),
            recipient,
            deal: Some(deal.id),
            customer: None,
            kind: action.code(),
        };
        notices::tell(tx, &notice, now);
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
        let mut recipients = notices::holders(tx, role, manager).await?;
        let of_review = NodeKind::parse(role.code()).filter(|_| kind == Action::ReviewAfterwards.code());
        if let Some(node) = of_review {
            recipients.extend(ladder::delegates(tx.conn(), &recipients, node, now).await?);
        }
        for recipient in recipients.into_iter().filter(|r| *r != actor) {
            let notice = NewNotice {
                id: app.ids.next(),
                dedupe_key: format!("deal:{}:{}:{kind}:{role}:{recipient}", deal.id, deal.version),
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

pub(super) async fn about_customer(
    app: &App,
    tx: &mut Tx,
    before: &Case,
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let id = before.customer.id;
    let Some(case) = cases::of_customer(tx.conn(), id).await? else { return Ok(()) };
    let (was, is) = (&before.customer, &case.customer);
    let is_open = is.status == CustomerStatus::PendingConfirmation;
    let to_verify = match is.status {
        CustomerStatus::PendingVerification => was.status != is.status,
        // What was verified has changed, or the new scan is there.
        CustomerStatus::PendingConfirmation => {
            is.verification.is_none() && (was.verification.is_some() || was.license != is.license)
        }
        CustomerStatus::Draft | CustomerStatus::Archived => false,
    };
    let to_confirm = is_open
        && is.confirmation.is_none()
        && (was.status != is.status || (was.verification.is_none() && is.verification.is_some()));
    let mut notices_of: Vec<(&'static str, PersonId)> = Vec::new();
    if to_verify {
        let assistants = notices::holders(tx, Role::SalesAssistant, None).await?;
        notices_of.extend(assistants.into_iter().filter(|r| *r != is.owner).map(|r| ("verify_license", r)));
    }
    if to_confirm {
        notices_of.push(("confirm_with_customer", is.owner));
    }
    for (kind, recipient) in notices_of.into_iter().filter(|(_, r)| *r != actor) {
        let notice = NewNotice {
            id: app.ids.next(),
            dedupe_key: format!("customer:{id}:{}:{kind}:{recipient}", is.version),
            recipient,
            deal: None,
            customer: Some(id),
            kind,
        };
        notices::tell(tx, &notice, now);
    }
    Ok(())
}

/// Who hears of a change record: departments that must look again, those that are told, and the owner.
pub(super) async fn about_change(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(deal) = &case.deal else { return Ok(()) };
    // Nobody is told twice of one act: the first notice says the most.
    let mut told: Vec<PersonId> = vec![actor];
    for (kind, roles) in change_notices(case, events) {
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
                dedupe_key: format!("change:{}:{}:{kind}:{recipient}", deal.id, deal.version),
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

/// The kind of each notice with the roles that get it; the owner stands for the rep.
fn change_notices(case: &Case, events: &[Event]) -> Vec<(&'static str, Vec<Role>)> {
    let Some(plan) = plan_of(case) else { return Vec::new() };
    let asked = || case.change.iter().flat_map(|c| &c.duties).map(|d| d.department.role());
    let mut out = Vec::new();
    for event in events {
        match event {
            Event::ChangeDutyOpened { department, .. } => {
                out.push((Action::AcknowledgeChange.code(), vec![department.role()]));
            }
            Event::ChangeFiled { .. } => {
                let mut roles = plan.told();
                if plan.withdraws_round() {
                    let reached = case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.arrived_at.is_some());
                    roles.extend(reached.map(|n| n.kind.role()));
                }
                roles.push(Role::SalesRep);
                out.push(("change_filed", roles));
            }
            Event::ChangeApprovalOpened { role, .. } => out.push((Action::ApproveChange.code(), vec![*role])),
            Event::ChangeAwaitsCustomer { .. } => out.push((Action::ConfirmChange.code(), vec![Role::SalesRep])),
            Event::ChangeEffective { .. } => {
                out.push(("change_effective", asked().chain(plan.told()).chain([Role::SalesRep]).collect()));
            }
            Event::ChangeRefused { .. } => {
                out.push(("change_refused", [Role::SalesRep].into_iter().chain(asked()).chain(plan.told()).collect()));
            }
            Event::ChangeWithdrawn { .. } if case.open_change().is_some() => {
                out.push(("change_withdrawn", asked().chain(plan.told()).chain([Role::SalesRep]).collect()));
            }
            _ => {}
        }
    }
    // Whoever has to act hears that first.
    out.sort_by_key(|(kind, _)| *kind != Action::AcknowledgeChange.code() && *kind != Action::ApproveChange.code());
    out
}

/// A complaint goes to who takes care of it and to the manager, a solution to the manager, a draft to
/// the owner; closing it is told to who took care of it.
pub(super) fn about_feedback(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    events: &[Event],
    actor: Option<PersonId>,
    now: DateTime<Utc>,
) {
    let manager = case.deal.as_ref().map_or(case.customer.owner_manager, |d| d.owner_manager);
    let handler = case.feedback.as_ref().map(|f| f.said.handler);
    for event in events {
        let Event::Feedback { id, no, told } = event else { continue };
        let (kind, recipients) = match told.as_ref() {
            FeedbackEvent::Recorded { status: FeedbackStatus::Draft, said, .. } => {
                (Action::RecordFeedback.code(), vec![Some(said.handler), manager])
            }
            FeedbackEvent::Recorded { said, .. } if said.kind == FeedbackKind::Complaint => {
                (Action::AnswerFeedback.code(), vec![Some(said.handler), manager, said.about])
            }
            FeedbackEvent::Assigned { to, .. } => (Action::AssignFeedback.code(), vec![Some(*to)]),
            FeedbackEvent::Solved { .. } => (Action::CloseFeedback.code(), vec![manager]),
            FeedbackEvent::Returned { .. } => (Action::SolveFeedback.code(), vec![handler]),
            FeedbackEvent::Closed { .. } => ("feedback_closed", vec![handler, Some(case.customer.owner)]),
            _ => continue,
        };
        let version = case.feedback.as_ref().map_or(0, |f| f.version);
        for recipient in recipients.into_iter().flatten().filter(|r| Some(*r) != actor) {
            let notice = NewNotice {
                id: app.ids.next(),
                dedupe_key: format!("feedback:{id}:{no}:{version}:{kind}:{recipient}"),
                recipient,
                deal: None,
                customer: Some(case.customer.id),
                kind,
            };
            let more = More { facts: Some(json!({ "feedback": no })), ..More::default() };
            notices::tell_with(tx, &notice, &more, now);
        }
    }
}
