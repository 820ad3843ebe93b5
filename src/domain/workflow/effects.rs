//! What follows from a command once nothing stands in its way. Every effect is an event.

use super::action::Command;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use super::guards::{ARCHIVE_GATE, Ask};
use super::money_effects;
use super::node_effects;
use super::quote_effects::{accept, save_quote};
use super::requirement_guards::specials_to_tick;
use super::round_effects::{decide_node, end_round, submit_quote};
use super::stock_guards::own_hold;
use super::{alternatives, change_effects, deal_effects, delivery_effects, key_fields};
use super::{pledge_rules, review_effects, stop_effects};
use crate::domain::approval::NodeStatus;
use crate::domain::calendar::{WorkingDays, WorkingMinutes, local_date};
use crate::domain::customer::{
    CustomerConfirmation, CustomerProfile, CustomerStatus, RegistryStatus, Verification, VerifyChannel,
};
use crate::domain::deadline::next_review_on;
use crate::domain::ids::{AttachmentId, HoldId, ProductId, RequirementId, RequirementLineId};
use crate::domain::order::{Acceptance, OrderStatus};
use crate::domain::requirement::{Requirement, RequirementConfirmMethod, RequirementConfirmation};
use crate::domain::stock::HOLD_LIMIT;
use chrono::{DateTime, Utc};

/// The events of a command, what the order comes to with them, and the due dates of payments that they fix.
pub fn of(case: &Case, command: &Command, supply: &Supply) -> Vec<Event> {
    let events = money_effects::with_worth(case, own(case, command, supply));
    money_effects::with_due_dates(case, supply, events)
}

fn own(case: &Case, command: &Command, supply: &Supply) -> Vec<Event> {
    match command {
        Command::SaveCustomer(profile) => key_fields::saved(&case.customer, profile, None),
        Command::SaveCustomerBecause { profile, reason } => {
            key_fields::saved(&case.customer, profile, Some(reason.clone()))
        }
        Command::AttachLicense { file } => attach_license(case, *file),
        Command::RequestVerification => vec![Event::VerificationRequested],
        Command::VerifyLicense { channel } => verify_license(case, supply, *channel),
        Command::AskCorrection { comment } => vec![Event::CorrectionAsked { comment: comment.clone() }],
        Command::ConfirmWithCustomer { method, contact, note, file } => confirm_with_customer(
            case,
            supply,
            &CustomerConfirmation {
                method: *method,
                contact: contact.clone(),
                note: note.clone(),
                file: *file,
                by: supply.actor.id,
                at: supply.now,
            },
        ),
        Command::OverrideCode { code, reason } => {
            vec![Event::CodeOverridden { code: code.clone(), reason: reason.clone() }]
        }
        Command::NoteRegistry { note } => vec![Event::RegistryNoted { note: note.clone() }],
        Command::Mark { mark, reason } => vec![Event::CustomerMarked { mark: *mark, reason: reason.clone() }],
        Command::Unmark { mark, reason } => vec![Event::CustomerUnmarked { mark: *mark, reason: reason.clone() }],
        Command::ChangeOwner { to, name, reason, .. } => {
            vec![Event::OwnerChanged { from: case.customer.owner, to: *to, name: name.clone(), reason: reason.clone() }]
        }
        Command::ChangeCredit(change) => vec![Event::CreditChanged { change: change.clone() }],
        Command::SetGrade { grade, reason } => {
            vec![Event::GradeSet { from: case.customer.grade, to: *grade, reason: reason.clone() }]
        }
        Command::ReviewCustomer { channel, registry_status, findings } => {
            review(case, supply, *channel, *registry_status, findings)
        }
        Command::Feedback(command) => super::feedback_effects::of(case, command, supply),
        Command::Archive => vec![archived(case, supply)],
        Command::SaveRequirement(content) => {
            let current = case.requirement.as_ref();
            vec![Event::RequirementSaved {
                id: current.map_or_else(|| RequirementId((supply.ids)()), |r| r.id),
                no: current.map_or_else(|| supply.number.clone().unwrap_or_default(), |r| r.no.clone()),
                version_no: current.map_or(1, |r| r.version_no),
                content: content.clone(),
            }]
        }
        Command::SendRequirement => case.requirement.iter().map(|r| Event::RequirementSent { id: r.id }).collect(),
        Command::TickSpecials { answers } => tick_specials(case, answers),
        Command::RecallRequirement => {
            case.requirement.iter().map(|r| Event::RequirementRecalled { id: r.id }).collect()
        }
        Command::ConfirmRequirement { method, contact, file, at } => {
            let said = confirmation(supply, *method, contact, *file, *at);
            let confirmed = |r: &Requirement| Event::RequirementConfirmed { id: r.id, confirmation: said.clone() };
            let mut events: Vec<Event> = case.requirement.iter().map(confirmed).collect();
            events.extend(change_effects::confirmed_with_requirement(case, &said));
            events
        }
        Command::ReviseRequirement => revise_requirement(case, supply),
        Command::AddConfirmationFile { file } => {
            case.requirement.iter().map(|r| Event::ConfirmationFileAdded { id: r.id, file: *file }).collect()
        }
        Command::SaveQuote { terms, priced } => save_quote(case, supply, terms, priced),
        Command::SubmitQuote => submit_quote(case, supply),
        Command::WithdrawQuote => end_round(case, |round| Event::RoundWithdrawn { id: round.id, quote: round.quote }),
        Command::ReopenQuoting => case.quote.iter().map(|q| Event::QuotingReopened { quote: q.id }).collect(),
        Command::AddAlternative => alternatives::add(case, supply),
        Command::ChooseAlternative { alternative } => alternatives::choose(case, *alternative),
        Command::HoldStock { product, quantity } => vec![Event::StockHeld {
            id: HoldId((supply.ids)()),
            product: *product,
            name: product_name(case, *product),
            quantity: *quantity,
            until: supply.calendar.add_working_minutes(supply.now, HOLD_LIMIT),
        }],
        Command::ReleaseHold { product } => own_hold(case, *product)
            .map(|h| Event::HoldReleased { id: h.id, product: *product, name: product_name(case, *product) })
            .into_iter()
            .collect(),
        Command::DecideNode(verdict) => decide_node(case, supply, verdict),
        Command::ClaimNode { .. }
        | Command::GiveBackNode { .. }
        | Command::HandOverNode { .. }
        | Command::AddSigner { .. }
        | Command::AskRep { .. }
        | Command::AnswerCall { .. }
        | Command::RecallCall { .. }
        | Command::AttachEvidence { .. } => node_effects::of(case, supply, command),
        Command::AcknowledgeCondition { node } => case
            .round
            .iter()
            .filter_map(|r| r.node(*node))
            .filter(|n| n.status == NodeStatus::ApprovedCond && n.condition_acknowledged_at.is_none())
            .map(|n| Event::ConditionAcknowledged { id: n.id, node: n.kind })
            .collect(),
        Command::SendQuote => case
            .quote
            .iter()
            .map(|q| Event::QuoteSent {
                id: q.id,
                follow_up_at: supply.calendar.add_working_minutes(supply.now, WorkingMinutes::hours(8)),
            })
            .collect(),
        Command::DeclineQuote { reason } => {
            case.quote.iter().map(|q| Event::QuoteDeclined { id: q.id, reason: *reason }).collect()
        }
        Command::RecordAcceptance { kind, accepted_at, file, po_no, po_check } => accept(
            case,
            supply,
            Acceptance {
                kind: *kind,
                accepted_at: *accepted_at,
                file: *file,
                po_no: po_no.clone(),
                po_check: po_check.clone(),
                recorded_by: supply.actor.id,
            },
        ),
        Command::AgreePromise { to, contact, method, note } => case
            .order
            .iter()
            .map(|o| Event::PromiseAgreed {
                order: o.id,
                from: o.promised_at,
                to: *to,
                contact: contact.clone(),
                method: *method,
                note: note.clone(),
            })
            .collect(),
        Command::ConfirmOrder => {
            let confirmed = case.order.iter().map(|o| Event::OrderConfirmed { id: o.id });
            confirmed.chain(pledge_rules::asked(case, supply)).collect()
        }
        Command::GivePledge { .. } => pledge_rules::given(case, command),
        Command::AcknowledgeSpecial { position } => case
            .order
            .iter()
            .flat_map(|o| o.specials.iter().map(move |s| (o.id, s)))
            .filter(|(_, s)| s.position == *position && s.acknowledged_at.is_none())
            .map(|(order, s)| Event::SpecialAcknowledged { order, position: s.position, text: s.text.clone() })
            .collect(),
        Command::RecordReceipt { position, amount, received_at, reference } => case
            .order
            .iter()
            .map(|o| Event::ReceiptRecorded {
                order: o.id,
                position: *position,
                amount: *amount,
                received_at: *received_at,
                reference: reference.clone(),
            })
            .collect(),
        Command::RecordProduction { .. }
        | Command::RecordQc { .. }
        | Command::RecordPicking { .. }
        | Command::CheckPicking { .. }
        | Command::RecordPacking { .. }
        | Command::ArrangeShipment { .. }
        | Command::DropShipment { .. }
        | Command::Ship { .. }
        | Command::HandOver { .. }
        | Command::NoteTransit { .. }
        | Command::SignOff(_)
        | Command::OpenException(_)
        | Command::AnswerException { .. }
        | Command::PlanException { .. }
        | Command::SettleReturn { .. }
        | Command::RecordCreditNote { .. }
        | Command::CloseException { .. }
        | Command::PlanBatches { .. }
        | Command::SlipPromise { .. }
        | Command::KeepStage { .. }
        | Command::TellCustomer { .. } => delivery_effects::of(case, command, supply),
        Command::CompleteOrder { .. } => case
            .order
            .iter()
            .flat_map(|o| {
                [Event::OrderMoved { order: o.id, from: o.status, to: OrderStatus::Completed }, Event::DealCompleted]
            })
            .collect(),
        Command::DropUrgency { reason } => deal_effects::drop_urgency(case, reason),
        Command::CloseDeal { reason } => deal_effects::close(case, *reason),
        Command::ReviewAfterwards { .. } | Command::ResolveObjection { .. } => {
            review_effects::of(case, supply, command)
        }
        Command::DraftChange(draft) => change_effects::draft(case, supply, draft),
        Command::FileChange { call_back } => change_effects::file(case, supply, call_back.as_ref()),
        Command::AcknowledgeChange { department, answer, comment, loss } => change_effects::acknowledge(
            case,
            supply,
            change_effects::Answered {
                department: *department,
                answer: *answer,
                comment: comment.clone(),
                loss: loss.clone(),
            },
        ),
        Command::ConfirmChange { method, contact, file, at } => {
            change_effects::confirm(case, supply, &confirmation(supply, *method, contact, *file, *at))
        }
        Command::RefuseChange { comment } => change_effects::refuse(case, supply, comment),
        Command::WithdrawChange { comment } => change_effects::withdraw(case, supply, comment),
        Command::RequestStop { .. }
        | Command::DecideStop { .. }
        | Command::WithdrawStop
        | Command::HoldOrder { .. }
        | Command::ResumeOrder { .. } => stop_effects::of(case, command, supply),
        Command::ApproveChange { comment, loss } => {
            change_effects::approve(case, supply, comment.clone(), loss.clone())
        }
        Command::CorrectReceipt { .. } | Command::RecordInvoice(_) => money_effects::of(case, command, supply),
    }
}

/// A customer's confirmation; by phone alone the file is owed within two working days (DOMAIN 1.2).
fn confirmation(
    supply: &Supply,
    method: RequirementConfirmMethod,
    contact: &str,
    file: Option<AttachmentId>,
    at: DateTime<Utc>,
) -> RequirementConfirmation {
    RequirementConfirmation {
        method,
        contact: contact.to_owned(),
        file,
        at,
        by: supply.actor.id,
        file_owed_by: (method == RequirementConfirmMethod::Phone && file.is_none())
            .then(|| supply.calendar.add_working_minutes(supply.now, WorkingDays(2).in_minutes())),
    }
}

/// The quarter runs from the day of the verification; confirming later does not prolong it.
fn archived(case: &Case, supply: &Supply) -> Event {
    let verified_at = case.customer.verification.as_ref().map_or(supply.now, |v| v.at);
    Event::CustomerArchived { next_review_on: next_review_on(local_date(verified_at)) }
}

/// The registry's word is the verifier's to correct; it needs no confirmation by the customer.
fn review(case: &Case, supply: &Supply, channel: VerifyChannel, status: RegistryStatus, findings: &str) -> Vec<Event> {
    let mut events = Vec::new();
    if case.customer.profile.registry_status != Some(status) {
        let profile = CustomerProfile { registry_status: Some(status), ..case.customer.profile.clone() };
        events.push(Event::CustomerSaved { profile: Box::new(profile) });
    }
    events.push(Event::CustomerReviewed {
        channel,
        registry_status: status,
        findings: findings.to_owned(),
        next_review_on: next_review_on(local_date(supply.now)),
    });
    events
}

/// What is not answered stays as it was; what is known and was left out comes in with its answer.
fn tick_specials(case: &Case, answers: &[(String, bool)]) -> Vec<Event> {
    let Some(requirement) = &case.requirement else { return Vec::new() };
    let sent = requirement.content.specials.len();
    let mut specials = specials_to_tick(case);
    for special in &mut specials {
        let answer = answers.iter().find(|(text, _)| *text == special.text);
        special.applies = answer.map(|(_, applies)| *applies).or(special.applies);
    }
    let mut place = 0;
    specials.retain(|special| {
        place += 1;
        place <= sent || special.applies.is_some()
    });
    vec![Event::SpecialsTicked { id: requirement.id, specials }]
}

/// A new scan is verified again; until then the archive stands open.
fn attach_license(case: &Case, file: AttachmentId) -> Vec<Event> {
    let lapsed = case.customer.verification.as_ref().filter(|_| case.customer.status != CustomerStatus::Draft);
    let lapsed = lapsed.map(|_| Event::VerificationLapsed { fields: vec!["license_file".to_owned()] });
    lapsed.into_iter().chain([Event::LicenseAttached { file }]).collect()
}

/// What the customer has confirmed already is archived by the verification.
fn verify_license(case: &Case, supply: &Supply, channel: VerifyChannel) -> Vec<Event> {
    let mut then = case.clone();
    then.customer.verification = Some(Verification { by: supply.actor.id, at: supply.now, channel });
    [Event::LicenseVerified { channel }].into_iter().chain(archived_if_ready(&then, supply)).collect()
}

/// A recorded confirmation archives at once when nothing else is missing.
fn confirm_with_customer(case: &Case, supply: &Supply, confirmation: &CustomerConfirmation) -> Vec<Event> {
    let confirmed = Event::CustomerConfirmed {
        method: confirmation.method,
        contact: confirmation.contact.clone(),
        note: confirmation.note.clone(),
        file: confirmation.file,
    };
    let mut then = case.clone();
    then.customer.confirmation = Some(confirmation.clone());
    [confirmed].into_iter().chain(archived_if_ready(&then, supply)).collect()
}

fn archived_if_ready(then: &Case, supply: &Supply) -> Option<Event> {
    let ask = Ask { case: then, now: supply.now, command: None };
    ARCHIVE_GATE.iter().all(|guard| guard(&ask).is_empty()).then(|| archived(then, supply))
}

fn product_name(case: &Case, product: ProductId) -> String {
    let mut lines = case.requirement.iter().flat_map(|r| &r.content.lines);
    lines.find(|l| l.product == Some(product)).map(|l| l.product_name.clone()).unwrap_or_default()
}

pub(super) fn revise_requirement(case: &Case, supply: &Supply) -> Vec<Event> {
    let Some(current) = &case.requirement else { return Vec::new() };
    let mut content = current.content.clone();
    for line in &mut content.lines {
        line.first = Some(line.identity());
        line.id = RequirementLineId((supply.ids)());
    }
    let mut events = vec![Event::RequirementSuperseded { id: current.id }];
    events.extend(alternatives::superseded(case));
    events.push(Event::RequirementSaved {
        id: RequirementId((supply.ids)()),
        no: current.no.clone(),
        version_no: current.version_no + 1,
        content: Box::new(content),
    });
    events
}
