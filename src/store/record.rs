//! Turns each event into the rows it means. The match is exhaustive: an event that nothing
//! stores does not compile.

use super::rounds::NewRound;
use super::{
    StoreError, Tx, archive, changes, credit, customer_imports, customers, deliveries, feedback, holds, order_stops,
    orders, pledges, post_reviews, quotes, receivables, requirements, retotals, reviews, rounds, rules,
};
use crate::domain::approval::RoundStatus;
use crate::domain::calendar::local_date;
use crate::domain::change::ChangeStatus;
use crate::domain::customer::{CustomerConfirmation, CustomerStatus, Verification};
use crate::domain::ids::{DealId, PersonId};
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::RequirementStatus;
use crate::domain::workflow::{Case, Event};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// Who, when, and where new rows take their identifiers from.
pub struct Recorded<'a> {
    pub actor: PersonId,
    pub now: DateTime<Utc>,
    pub ids: &'a (dyn Fn() -> Uuid + Sync),
    pub calendar_version: &'a str,
}

/// Boxed, so that its future is compiled once and not in every part of the program that awaits it.
pub fn apply<'a>(
    tx: &'a mut Tx,
    case: &'a Case,
    event: &'a Event,
    how: &'a Recorded<'a>,
) -> BoxFuture<'a, Result<(), StoreError>> {
    Box::pin(apply_to_any(tx, case, event, how))
}

async fn apply_to_any(tx: &mut Tx, case: &Case, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let customer = case.customer.id;
    let now = how.now;
    match event {
        Event::CustomerDrafted { no, owner, grade, profile } => {
            customers::draft(tx, customer, no, *owner, *grade, profile, now).await
        }
        Event::CustomerSaved { profile } => customers::save(tx, customer, profile).await,
        Event::LicenseAttached { file } => customers::set_license(tx, customer, *file).await,
        Event::VerificationRequested => customers::set_status(tx, customer, CustomerStatus::PendingVerification).await,
        Event::CorrectionAsked { .. } => customers::set_status(tx, customer, CustomerStatus::Draft).await,
        Event::LicenseVerified { channel } => {
            let verification = Verification { by: how.actor, at: now, channel: *channel };
            customers::set_verified(tx, customer, &verification, local_date(now)).await?;
            customers::set_status(tx, customer, CustomerStatus::PendingConfirmation).await
        }
        Event::CustomerConfirmed { method, contact, note, file } => {
            let confirmation = CustomerConfirmation {
                method: *method,
                contact: contact.clone(),
                note: note.clone(),
                file: *file,
                by: how.actor,
                at: now,
            };
            customers::set_confirmed(tx, customer, &confirmation).await
        }
        Event::CustomerArchived { next_review_on } => customers::set_archived(tx, customer, *next_review_on).await,
        Event::ArchiveReopened { .. } => customers::reopen(tx, customer).await,
        Event::VerificationLapsed { .. } => customers::lapse(tx, customer).await,
        Event::CodeOverridden { code, reason } => {
            archive::override_code(tx, customer, code, reason, how.actor, now).await
        }
        Event::RegistryNoted { note } => archive::note_registry(tx, customer, note, how.actor, now).await,
        Event::CustomerMarked { mark, reason } => archive::set_mark(tx, customer, *mark, Some(reason)).await,
        Event::CustomerUnmarked { mark, .. } => archive::set_mark(tx, customer, *mark, None).await,
        Event::OwnerChanged { to, .. } => archive::set_owner(tx, customer, *to).await,
        Event::GradeSet { to, .. } => archive::set_grade(tx, customer, *to).await,
        Event::CreditChanged { change } => credit::change(tx, customer, change, how.actor, now).await,
        Event::CustomerImported { no, owner, grade, opening_order_count, opening_total, profile, .. } => {
            let imported = customer_imports::Imported {
                id: customer,
                no,
                owner: *owner,
                grade: *grade,
                opening_order_count: *opening_order_count,
                opening_total: *opening_total,
                profile,
            };
            customer_imports::store(tx, &[imported], now).await
        }
        // Only told; the run's own row is written with it.
        Event::CustomersImported { .. } => Ok(()),
        Event::CustomerReviewed { channel, registry_status, findings, next_review_on } => {
            let verification = Verification { by: how.actor, at: now, channel: *channel };
            customers::set_verified(tx, customer, &verification, local_date(now)).await?;
            let review = reviews::NewReview {
                id: (how.ids)(),
                registry_status: *registry_status,
                findings,
                next_review_on: *next_review_on,
            };
            reviews::add(tx, customer, &verification, &review).await
        }
        Event::Feedback { id, no, told } => feedback::apply(tx, customer, (*id, no), told, how).await,
        // What was looked at or taken out is told by the event alone.
        Event::ContactShown { .. } | Event::CustomersExported { .. } | Event::ListExported { .. } => Ok(()),
        // Two archives at once: `store::merges` moves the rows before these events are appended.
        Event::CustomersMerged { .. } | Event::MergedInto { .. } => Ok(()),
        other => apply_to_deal(tx, case, other, how).await,
    }
}

async fn apply_to_deal(tx: &mut Tx, case: &Case, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Some(deal) = case.deal.as_ref() else {
        return Err(StoreError::Inconsistent { table: "event", column: "kind", value: event.kind() });
    };
    let (id, now, by) = (deal.id, how.now, how.actor);
    match event {
        Event::CustomerDrafted { .. }
        | Event::CustomerSaved { .. }
        | Event::LicenseAttached { .. }
        | Event::VerificationRequested
        | Event::LicenseVerified { .. }
        | Event::CorrectionAsked { .. }
        | Event::CustomerConfirmed { .. }
        | Event::CustomerArchived { .. }
        | Event::ArchiveReopened { .. }
        | Event::VerificationLapsed { .. }
        | Event::CodeOverridden { .. }
        | Event::RegistryNoted { .. }
        | Event::CustomerMarked { .. }
        | Event::CustomerUnmarked { .. }
        | Event::OwnerChanged { .. }
        | Event::GradeSet { .. }
        | Event::CreditChanged { .. } => Ok(()),
        Event::DealHandedOver { to, .. } => archive::set_deal_owner(tx, id, *to).await,
        Event::CustomerImported { .. } | Event::CustomersImported { .. } => Ok(()),
        Event::CustomerReviewed { .. }
        | Event::ContactShown { .. }
        | Event::CustomersExported { .. }
        | Event::ListExported { .. }
        | Event::CustomersMerged { .. }
        | Event::MergedInto { .. }
        | Event::Feedback { .. } => Ok(()),
        Event::ClausesDrafted { .. } | Event::ClausesPublished { .. } => Ok(()),
        // The rows of links are written beside their events.
        Event::LinkMade { .. }
        | Event::LinkRevoked { .. }
        | Event::CustomerAnswered { .. }
        | Event::AnswerSettled { .. } => Ok(()),
        Event::DealOpened { repeats, .. } => {
            super::cases::open_deal(tx, deal, how.calendar_version, now).await?;
            match repeats {
                Some(order) => super::history::set_repeats(tx, id, *order).await,
                None => Ok(()),
            }
        }
        Event::StepEntered { step, due_at } => {
            super::cases::enter_step(tx, id, *step, *due_at, (now, how.calendar_version)).await
        }
        Event::RequirementSaved { id: requirement, no, version_no, content } => {
            requirements::save(tx, id, *requirement, no, *version_no, content, now).await
        }
        Event::RequirementSent { id } => requirements::set_status(tx, *id, RequirementStatus::Sent, now).await,
        Event::SpecialsTicked { id, specials } => requirements::tick_specials(tx, *id, specials).await,
        Event::RequirementRecalled { id } => requirements::set_status(tx, *id, RequirementStatus::Draft, now).await,
        Event::RequirementConfirmed { id, confirmation } => requirements::set_confirmed(tx, *id, confirmation).await,
        Event::RequirementSuperseded { id } => {
            requirements::set_status(tx, *id, RequirementStatus::Superseded, now).await
        }
        Event::ConfirmationFileAdded { id, file } => requirements::add_confirmation_file(tx, *id, *file).await,
        Event::QuoteSaved { id: quote, requirement, no, version_no, alternative, quote_date, terms, priced } => {
            let head = quotes::QuoteHead {
                id: *quote,
                requirement: *requirement,
                no,
                version_no: *version_no,
                alternative: *alternative,
                quote_date: *quote_date,
            };
            let before = case.quote.as_ref().filter(|q| q.id == *quote);
            quotes::save(tx, id, &head, before, (terms, priced), by, now).await
        }
        Event::QuoteSubmitted { id, content_hash } => quotes::set_submitted(tx, *id, &unhex(content_hash)?, now).await,
        Event::AlternativeChosen { alternative } => super::cases::turn_to(tx, id, *alternative).await,
        Event::AlternativeEnded { id, .. } => quotes::set_status(tx, *id, QuoteStatus::NotChosen, now).await,
        Event::StockHeld { id: hold, product, quantity, until, .. } => {
            let new = holds::NewHold {
                id: *hold,
                deal: id,
                product: *product,
                wanted: *quantity,
                by,
                until: *until,
                calendar_version: how.calendar_version,
            };
            holds::take(tx, &new, now).await
        }
        Event::HoldReleased { id: hold, .. } => holds::release(tx, *hold, by, now).await,
        // Both orders at once: `store::stock` moves the rows before these events are appended.
        Event::StockTakenOver { .. } | Event::StockGivenUp { .. } => Ok(()),
        Event::QuoteSuperseded { id } => quotes::set_status(tx, *id, QuoteStatus::Superseded, now).await,
        Event::RoundOpened {
            id: round,
            quote,
            no,
            round_no,
            level,
            path,
            content_hash,
            nodes,
            skipped,
            fast_refused,
            basis,
        } => {
            let hash = unhex(content_hash)?;
            let new = NewRound {
                id: *round,
                deal: id,
                quote: *quote,
                requested_by: by,
                content_hash: &hash,
                no,
                round_no: *round_no,
                path: *path,
                level: *level,
                calendar_version: how.calendar_version,
                skipped,
                fast_refused,
            };
            rounds::open(tx, &new, nodes, now).await?;
            match basis {
                Some(basis) => rules::keep_basis(tx, *round, basis).await,
                None => Ok(()),
            }
        }
        Event::NodeOpened { .. }
        | Event::NodeDecided { .. }
        | Event::NodeVoided { .. }
        | Event::NodeClaimed { .. }
        | Event::NodeGivenBack { .. }
        | Event::NodeHandedOver { .. }
        | Event::NodePaused { .. }
        | Event::NodeResumed { .. }
        | Event::NodeEscalated { .. }
        | Event::NodeTakenOver { .. }
        | Event::EvidenceAttached { .. } => rounds::apply_to_node(tx, event, Some(by), how.calendar_version, now).await,
        // Only told: the row that keeps it from being told again is written with it.
        Event::NodeAlarmed { .. } => Ok(()),
        Event::NodeDueMoved { id, due_at, calendar, .. } => {
            super::calendars::move_due(tx, *id, *due_at, calendar).await
        }
        Event::RoundApproved { id, quote } => {
            rounds::end(tx, *id, RoundStatus::Approved, now).await?;
            quotes::set_status(tx, *quote, QuoteStatus::Approved, now).await
        }
        Event::RoundReturned { id, quote } => {
            rounds::end(tx, *id, RoundStatus::Returned, now).await?;
            quotes::set_status(tx, *quote, QuoteStatus::Returned, now).await
        }
        Event::RoundRejected { id, quote } => {
            rounds::end(tx, *id, RoundStatus::Rejected, now).await?;
            quotes::set_status(tx, *quote, QuoteStatus::Rejected, now).await
        }
        Event::RoundWithdrawn { id, quote } => {
            rounds::end(tx, *id, RoundStatus::Withdrawn, now).await?;
            quotes::set_status(tx, *quote, QuoteStatus::Withdrawn, now).await
        }
        Event::QuotingReopened { quote } => quotes::set_status(tx, *quote, QuoteStatus::Returned, now).await,
        Event::ConditionAcknowledged { id, .. } => rounds::acknowledge_condition(tx, *id, now).await,
        Event::QuoteSent { id, .. } => quotes::set_status(tx, *id, QuoteStatus::Sent, now).await,
        Event::QuoteDeclined { id, reason } => quotes::set_declined(tx, *id, *reason).await,
        Event::QuoteAccepted { .. } | Event::OrderDrafted { .. } => accept(tx, case, id, event, how).await,
        Event::PostReviewOpened { id: review, round, node, due_at } => {
            let new = post_reviews::NewReview {
                id: *review,
                deal: id,
                round: *round,
                kind: *node,
                granted_by: by,
                due_at: *due_at,
                calendar_version: how.calendar_version,
            };
            post_reviews::open(tx, &new, now).await
        }
        Event::PostReviewGiven { id, result, comment, on_behalf, .. } => {
            let on_behalf = on_behalf.as_ref().map(|p| p.id);
            post_reviews::give(tx, *id, (*result, comment.as_deref()), (by, on_behalf), now).await
        }
        Event::PostReviewEscalated { id, to, .. } => post_reviews::escalate(tx, *id, to.id, now).await,
        Event::ObjectionResolved { id, resolution, outcome, .. } => {
            post_reviews::resolve(tx, *id, (*outcome, resolution), by, now).await
        }
        Event::SpecialPriceGranted { .. } => quotes::grant_special(tx, id, event, now).await,
        Event::UrgencyDropped { .. } => super::cases::drop_urgency(tx, id).await,
        Event::DealCompleted => super::cases::complete(tx, id, now).await,
        Event::DealLost { reason } => {
            holds::end_all(tx, id, holds::Ending::Closed, by, now).await?;
            super::cases::lose(tx, id, *reason, now).await
        }
        Event::RequirementCancelled { id } => {
            requirements::set_status(tx, *id, RequirementStatus::Cancelled, now).await
        }
        Event::ChangeDrafted { .. }
        | Event::ChangeFiled { .. }
        | Event::ChangeDutyOpened { .. }
        | Event::ChangeAcknowledged { .. }
        | Event::ChangeAwaitsCustomer { .. }
        | Event::ChangeEffective { .. }
        | Event::ChangeRefused { .. }
        | Event::ChangeWithdrawn { .. }
        | Event::ChangeApprovalOpened { .. }
        | Event::ChangeApproved { .. }
        | Event::RequirementAmended { .. }
        | Event::OrderAmended { .. } => apply_to_change(tx, id, event, how).await,
        Event::OrderRetotalled { .. } => retotals::apply(tx, case, event, how).await,
        Event::OrderReduced { .. } => receivables::reduce(tx, event, how.now).await,
        Event::DealMadeUrgent { urgency } => retotals::make_urgent(tx, id, urgency).await,
        Event::OrderConfirmed { .. }
        | Event::PromiseAgreed { .. }
        | Event::PledgeAsked { .. }
        | Event::PledgeGiven { .. }
        | Event::SpecialAcknowledged { .. }
        | Event::ReceiptRecorded { .. }
        | Event::OrderMoved { .. }
        | Event::StopRequested { .. }
        | Event::StopDecided { .. }
        | Event::StopWithdrawn { .. }
        | Event::OrderHeld { .. }
        | Event::OrderResumed { .. }
        | Event::StockReleased { .. }
        | Event::ReceiptCorrected { .. }
        | Event::InvoiceRecorded { .. }
        | Event::MilestoneDue { .. } => apply_to_order(tx, case, event, how).await,
        Event::Produced { .. }
        | Event::QcRecorded { .. }
        | Event::FailureSettled { .. }
        | Event::Picked { .. }
        | Event::PickingChecked { .. }
        | Event::Packed { .. }
        | Event::ShipmentArranged { .. }
        | Event::ShipmentDropped { .. }
        | Event::Shipped { .. }
        | Event::HandedOver { .. }
        | Event::TransitNoted { .. }
        | Event::SignedOff { .. }
        | Event::ExceptionOpened { .. }
        | Event::ExceptionAnswered { .. }
        | Event::ExceptionPlanned { .. }
        | Event::GoodsReturned { .. }
        | Event::CreditNoteRecorded { .. }
        | Event::ExceptionClosed { .. }
        | Event::BatchesPlanned { .. }
        | Event::PromiseSlipped { .. }
        | Event::StageKept { .. }
        | Event::CustomerTold { .. } => deliveries::apply(tx, case, event, how).await,
    }
}

async fn accept(tx: &mut Tx, case: &Case, deal: DealId, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let (Some(quote), Some(requirement), Some(of)) = (&case.quote, &case.requirement, &case.deal) else {
        return Ok(());
    };
    match event {
        Event::QuoteAccepted { id, content_hash, acceptance } => {
            quotes::set_status(tx, *id, QuoteStatus::Accepted, how.now).await?;
            orders::accept(tx, quote, case.customer.id, &unhex(content_hash)?, acceptance, how.now).await
        }
        Event::OrderDrafted { id, no, lines, promised_at, .. } => {
            let draft = orders::Draft {
                id: *id,
                deal,
                no,
                kind: of.kind,
                is_urgent: of.urgency.is_some(),
                quote,
                requirement,
                lines,
                promised_at: *promised_at,
                invoice: InvoiceBlock::copied(&case.customer.profile, requirement.content.invoice_need),
            };
            orders::draft(tx, &draft, how.now).await
        }
        _ => Ok(()),
    }
}

async fn apply_to_change(tx: &mut Tx, deal: DealId, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let (by, now) = (how.actor, how.now);
    match event {
        Event::ChangeDrafted { .. } => changes::draft(tx, deal, event, by, now).await,
        Event::ChangeFiled { .. } => changes::file(tx, deal, event, by, now).await,
        Event::ChangeDutyOpened { id, department, due_at } => {
            changes::open_duty(tx, *id, *department, now, *due_at, how.calendar_version).await
        }
        Event::ChangeAcknowledged { .. } => changes::acknowledge(tx, event, by, now).await,
        Event::ChangeAwaitsCustomer { id } => changes::await_customer(tx, *id).await,
        Event::ChangeEffective { .. } => changes::make_effective(tx, deal, event, now).await,
        Event::ChangeRefused { id, comment, .. } => changes::end(tx, deal, *id, ChangeStatus::Refused, comment).await,
        Event::ChangeWithdrawn { id, comment, .. } => {
            changes::end(tx, deal, *id, ChangeStatus::Withdrawn, comment).await
        }
        Event::ChangeApprovalOpened { .. } | Event::ChangeApproved { .. } => {
            changes::approval(tx, event, by, now).await
        }
        Event::RequirementAmended { .. } => changes::amend_requirement(tx, event).await,
        _ => changes::amend_order(tx, event).await,
    }
}

async fn apply_to_order(tx: &mut Tx, case: &Case, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let Some(order) = &case.order else { return Ok(()) };
    let (by, now) = (how.actor, how.now);
    match event {
        Event::OrderConfirmed { .. } => {
            let Some(deal) = &case.deal else { return Ok(()) };
            orders::confirm(tx, order, deal.id, by, now, how.ids).await?;
            // Routing knows of them; most orders have none.
            if !case.route_facts.first_sales.is_empty() {
                orders::mark_first_sales(tx, order.id, now).await?;
            }
            holds::end_all(tx, deal.id, holds::Ending::Ordered, by, now).await
        }
        Event::PromiseAgreed { order, to, .. } => orders::set_promise(tx, *order, *to).await,
        Event::SpecialAcknowledged { order, position, .. } => {
            orders::acknowledge_special(tx, *order, *position, by, now).await
        }
        Event::PledgeAsked { .. } | Event::PledgeGiven { .. } => pledges::apply(tx, event, by, now).await,
        Event::ReceiptRecorded { .. }
        | Event::ReceiptCorrected { .. }
        | Event::InvoiceRecorded { .. }
        | Event::MilestoneDue { .. } => receivables::apply(tx, event, (how.ids)(), by, now).await,
        Event::OrderMoved { order, to, .. } => orders::set_status(tx, *order, *to, now).await,
        Event::StopRequested { .. }
        | Event::StopDecided { .. }
        | Event::StopWithdrawn { .. }
        | Event::OrderHeld { .. }
        | Event::OrderResumed { .. }
        | Event::StockReleased { .. } => order_stops::apply(tx, order, event, by, now, how.ids).await,
        _ => Ok(()),
    }
}

fn unhex(hash: &str) -> Result<Vec<u8>, StoreError> {
    hex::decode(hash).map_err(|_| StoreError::Inconsistent {
        table: "quote",
        column: "content_hash",
        value: hash.to_owned(),
    })
}
