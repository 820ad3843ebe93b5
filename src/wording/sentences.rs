//! What happened and whose turn it is, as sentences: the timeline and the notices.
//!
//! The one rule: everybody at work reads the timeline, so a sentence holds no price, no amount and no id
//! (DOMAIN.md 2.2). Who did it and when stands beside the sentence, not in it.

use super::Lang;
use crate::domain::fast_path::ReviewResult;
use crate::domain::money::format_quantity;
use crate::domain::report::Kpi;
use crate::domain::workflow::{Action, Event, RoundNode};

impl Lang {
    /// A sentence for the timeline.
    pub fn event(self, event: &Event) -> String {
        match event {
            Event::CustomerDrafted { no, profile, .. } => self.sentence_event_customer_drafted(&profile.legal_name, no),
            Event::CustomerImported { no, .. } => self.sentence_event_customer_imported(no),
            Event::CustomersImported { file_name, added, updated, unchanged, .. } => {
                self.sentence_event_customers_imported(added, file_name, unchanged, updated)
            }
            Event::CustomerSaved { .. } => self.sentence_event_customer_saved().to_owned(),
            Event::LicenseAttached { .. } => self.sentence_event_license_attached().to_owned(),
            Event::VerificationRequested => self.sentence_event_verification_requested().to_owned(),
            Event::LicenseVerified { channel } => self.sentence_event_license_verified(self.verify_channel(*channel)),
            Event::CorrectionAsked { comment } => self.sentence_event_correction_asked(comment),
            Event::CustomerConfirmed { method, contact, note: None, .. } => {
                self.sentence_event_customer_confirmed(contact, self.customer_confirm_method(*method))
            }
            Event::CustomerConfirmed { method, contact, note: Some(note), .. } => {
                self.sentence_event_customer_confirmed_note(contact, self.customer_confirm_method(*method), note)
            }
            Event::CustomerArchived { next_review_on } => {
                self.sentence_event_customer_archived(self.date(*next_review_on))
            }
            Event::ArchiveReopened { fields, reason: Some(reason) } => self
                .sentence_event_archive_reopened_because(self.list(fields.iter().map(|code| self.field(code))), reason),
            Event::CodeOverridden { reason, .. } => self.sentence_event_code_overridden(reason),
            Event::RegistryNoted { note } => self.sentence_event_registry_noted(note),
            Event::CustomerMarked { mark, reason } => self.sentence_event_marked(self.mark(*mark), reason),
            Event::CustomerUnmarked { mark, reason } => self.sentence_event_unmarked(self.mark(*mark), reason),
            Event::OwnerChanged { name, reason, .. } => self.sentence_event_owner_changed(self.person(name), reason),
            Event::GradeSet { from, to, reason } => {
                self.sentence_event_grade_set(self.grade(*from), reason, self.grade(*to))
            }
            Event::UrgencyDropped { reason } => self.routing_dropped(reason),
            Event::CreditChanged { change } => self.credit_changed(change),
            Event::DealHandedOver { name, reason, .. } => {
                self.sentence_event_deal_handed_over(self.person(name), reason)
            }
            Event::ArchiveReopened { fields, reason: None } => {
                self.sentence_event_archive_reopened(self.list(fields.iter().map(|code| self.field(code))))
            }
            Event::VerificationLapsed { fields } => {
                self.sentence_event_verification_lapsed(self.list(fields.iter().map(|code| self.field(code))))
            }
            Event::DealOpened { no, deal_kind, title, promise_due_at: None, .. } => {
                self.sentence_event_deal_opened(self.deal_kind(*deal_kind), no, title)
            }
            Event::DealOpened { no, deal_kind, title, promise_due_at: Some(due), .. } => {
                self.sentence_event_deal_promised(self.moment(*due), self.deal_kind(*deal_kind), no, title)
            }
            Event::StepEntered { step, due_at: None } => {
                self.sentence_event_step_entered(step.number(), self.step(*step))
            }
            Event::StepEntered { step, due_at: Some(due) } => {
                self.sentence_event_step_entered_due(self.moment(*due), step.number(), self.step(*step))
            }
            Event::RequirementSaved { no, version_no, .. } => self.sentence_event_requirement_saved(no, version_no),
            Event::RequirementSent { .. } => self.sentence_event_requirement_sent().to_owned(),
            Event::SpecialsTicked { specials, .. } => {
                let of = |applies| specials.iter().filter(|s| s.applies == Some(applies)).count();
                self.sentence_event_specials_ticked(of(true), of(false))
            }
            Event::RequirementRecalled { .. } => self.sentence_event_requirement_recalled().to_owned(),
            Event::RequirementConfirmed { confirmation, .. } => {
                let method = self.requirement_confirm_method(confirmation.method);
                match confirmation.file_owed_by {
                    Some(due) => {
                        self.sentence_event_requirement_confirmed_owed(&confirmation.contact, self.moment(due), method)
                    }
                    None => self.sentence_event_requirement_confirmed(&confirmation.contact, method),
                }
            }
            Event::ConfirmationFileAdded { .. } => self.sentence_event_confirmation_file_added().to_owned(),
            Event::RequirementSuperseded { .. } => self.sentence_event_requirement_superseded().to_owned(),
            Event::QuoteSaved { no, version_no, .. } => self.sentence_event_quote_saved(no, version_no),
            Event::QuoteSubmitted { .. } => self.sentence_event_quote_submitted().to_owned(),
            Event::SpecialPriceGranted { name, .. } => self.sentence_event_special_price_granted(name),
            Event::StockHeld { name, quantity, until, .. } => {
                self.sentence_event_stock_held(name, format_quantity(*quantity), self.moment(*until))
            }
            Event::HoldReleased { name, .. } => self.sentence_event_hold_released(name),
            Event::StockTakenOver { name, quantity, from, reason, .. } => {
                self.sentence_event_stock_taken_over(from, name, format_quantity(*quantity), reason)
            }
            Event::StockGivenUp { name, quantity, to, reason, .. } => {
                self.sentence_event_stock_given_up(name, format_quantity(*quantity), reason, to)
            }
            Event::AlternativeChosen { alternative } => self.sentence_event_alternative_chosen(alternative.code()),
            Event::AlternativeEnded { alternative, version_no, .. } => {
                self.sentence_event_alternative_ended(alternative.code(), version_no)
            }
            Event::QuoteSuperseded { .. } => self.sentence_event_quote_superseded().to_owned(),
            Event::RoundOpened { no, round_no, path, nodes, .. } => {
                self.sentence_event_round_opened(no, self.route(nodes), self.approval_path(*path), round_no)
            }
            Event::NodeOpened { node, due_at, .. } => {
                self.sentence_event_node_opened(self.moment(*due_at), self.node_kind(*node))
            }
            Event::NodeDueMoved { node, due_at, .. } => {
                self.calendar_due_moved(self.moment(*due_at), self.node_kind(*node))
            }
            Event::NodeDecided { .. }
            | Event::NodeClaimed { .. }
            | Event::NodeGivenBack { .. }
            | Event::NodeHandedOver { .. }
            | Event::NodePaused { .. }
            | Event::NodeResumed { .. }
            | Event::NodeEscalated { .. }
            | Event::NodeTakenOver { .. }
            | Event::NodeAlarmed { .. }
            | Event::EvidenceAttached { .. } => self.node_event(event),
            Event::NodeVoided { node, .. } => self.sentence_event_node_voided(self.node_kind(*node)),
            Event::RoundApproved { .. } => self.sentence_event_round_approved().to_owned(),
            Event::RoundReturned { .. } => self.sentence_event_round_returned().to_owned(),
            Event::RoundRejected { .. } => self.sentence_event_round_rejected().to_owned(),
            Event::RoundWithdrawn { .. } => self.sentence_event_round_withdrawn().to_owned(),
            Event::QuotingReopened { .. } => self.sentence_event_quoting_reopened().to_owned(),
            Event::ConditionAcknowledged { node, .. } => {
                self.sentence_event_condition_acknowledged(self.node_kind(*node))
            }
            Event::QuoteSent { follow_up_at, .. } => self.sentence_event_quote_sent(self.moment(*follow_up_at)),
            Event::QuoteDeclined { reason, .. } => self.sentence_event_quote_declined(self.lost_reason(*reason)),
            Event::QuoteAccepted { acceptance, .. } => {
                let (at, kind) = (self.moment(acceptance.accepted_at), self.acceptance_kind(acceptance.kind));
                match &acceptance.po_no {
                    Some(po) => self.sentence_event_quote_accepted_po(at, kind, po),
                    None => self.sentence_event_quote_accepted(at, kind),
                }
            }
            Event::OrderDrafted { no, promised_at, .. } => {
                self.sentence_event_order_drafted(self.moment(*promised_at), no)
            }
            Event::PromiseAgreed { .. } => self.promise_event(event),
            Event::OrderConfirmed { .. } => self.sentence_event_order_confirmed().to_owned(),
            Event::PledgeAsked { department, due_at, .. } => {
                self.pledge_event_asked(self.department(*department), self.moment(*due_at))
            }
            Event::PledgeGiven { department, answer, note, .. } => {
                self.pledge_given(*department, *answer, note.as_deref())
            }
            Event::SpecialAcknowledged { text, .. } => self.sentence_event_special_acknowledged(text),
            Event::ReceiptRecorded { position, received_at, .. } => {
                self.sentence_event_receipt_recorded(self.moment(*received_at), position)
            }
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
            | Event::CustomerTold { .. } => self.delivery_event(event),
            Event::OrderMoved { from, to, .. } => {
                self.sentence_event_order_moved(self.order_status(*from), self.order_status(*to))
            }
            Event::PostReviewOpened { node, due_at, .. } => {
                self.fast_event_review_opened(self.node_kind(*node), self.moment(*due_at))
            }
            Event::PostReviewEscalated { node, to, .. } => {
                self.fast_event_review_escalated(self.node_kind(*node), self.person(&to.name))
            }
            Event::PostReviewGiven { node, result, comment, on_behalf, .. } => {
                let department = &match on_behalf {
                    Some(of) => self.round_event_for(self.node_kind(*node), self.person(&of.name)),
                    None => self.node_kind(*node).to_owned(),
                };
                match (result, comment) {
                    (ReviewResult::Objection, comment) => {
                        self.fast_event_review_objection(comment.as_deref().unwrap_or_default(), department)
                    }
                    (ReviewResult::Confirmed, None) => self.fast_event_review_confirmed(department),
                    (ReviewResult::Confirmed, Some(comment)) => {
                        self.fast_event_review_confirmed_comment(comment, department)
                    }
                }
            }
            Event::ObjectionResolved { node, resolution, outcome, .. } => {
                self.fast_event_objection_resolved(self.node_kind(*node), self.objection_outcome(*outcome), resolution)
            }
            Event::DealCompleted => self.sentence_event_deal_completed().to_owned(),
            Event::CustomerReviewed { channel, registry_status, findings, next_review_on } => self
                .sentence_event_customer_reviewed(
                    self.verify_channel(*channel),
                    findings,
                    self.date(*next_review_on),
                    self.registry_status(*registry_status),
                ),
            Event::CustomersMerged { no, deals, contacts, files, prices, .. } => {
                self.sentence_event_customers_merged(contacts, deals, files, no, prices)
            }
            Event::MergedInto { no, .. } => self.sentence_event_merged_into(no),
            Event::ContactShown { name, .. } => self.sentence_event_contact_shown(name),
            Event::CustomersExported { rows, contacts_shown, filter } if filter.is_empty() => {
                self.sentence_event_customers_exported(contacts_shown, rows)
            }
            Event::CustomersExported { rows, contacts_shown, filter } => {
                self.sentence_event_customers_exported_filtered(contacts_shown, filter, rows)
            }
            Event::ListExported { list, rows, filter } => {
                let name = match list.as_str() {
                    "orders" => self.frame_orders(),
                    "stock" => self.frame_stock(),
                    "approvals" => self.frame_approvals(),
                    "deliveries" => self.deliveries_list_title(),
                    "exceptions" => self.exceptions_title(),
                    "receivables" => self.money_receivables(),
                    "feedback" => self.feedback_title(),
                    "reports" => self.frame_reports(),
                    "deadlines" => self.deadline_title(),
                    code => Kpi::parse(code).map_or_else(|| self.frame_deals(), |kpi| self.kpi(kpi)),
                };
                self.export_event(filter, name, rows)
            }
            Event::DealLost { reason } => self.sentence_event_deal_lost(self.lost_reason(*reason)),
            Event::ChangeDrafted { .. }
            | Event::ChangeFiled { .. }
            | Event::ChangeDutyOpened { .. }
            | Event::ChangeAcknowledged { .. }
            | Event::ChangeAwaitsCustomer { .. }
            | Event::ChangeEffective { .. }
            | Event::ChangeRefused { .. }
            | Event::ChangeWithdrawn { .. }
            | Event::RequirementCancelled { .. }
            | Event::RequirementAmended { .. }
            | Event::OrderAmended { .. } => self.change_event(event),
            Event::Feedback { no, told, .. } => self.feedback_event(no, told),
            Event::LinkMade { .. }
            | Event::LinkRevoked { .. }
            | Event::CustomerAnswered { .. }
            | Event::AnswerSettled { .. } => self.link_event(event),
            Event::ClausesDrafted { version_no, .. } => self.sentence_event_clauses_drafted(version_no),
            Event::ClausesPublished { version_no } => self.sentence_event_clauses_published(version_no),
            Event::StopRequested { .. }
            | Event::StopDecided { .. }
            | Event::StopWithdrawn { .. }
            | Event::OrderHeld { .. }
            | Event::OrderResumed { .. }
            | Event::StockReleased { .. } => self.stop_event(event),
            Event::ChangeApprovalOpened { .. }
            | Event::ChangeApproved { .. }
            | Event::OrderRetotalled { .. }
            | Event::OrderReduced { .. }
            | Event::DealMadeUrgent { .. } => self.total_event(event),
            Event::ReceiptCorrected { .. } | Event::InvoiceRecorded { .. } | Event::MilestoneDue { .. } => {
                self.money_event(event)
            }
        }
    }

    /// What a notice says; its kind is the code of the action that is expected. An unknown kind gives a general
    /// sentence.
    pub fn notice(self, kind: &str) -> &'static str {
        let Some(action) = Action::parse(kind) else {
            return match kind {
                "informed_fast_path" => self.fast_notice_informed(),
                "objection_resolved" => self.fast_notice_resolved(),
                "review_overdue" => self.sentence_notice_review_overdue(),
                "feedback_closed" => self.feedback_notice_closed(),
                "pledge_short" => self.pledge_notice_short(),
                "feedback_reminder" => self.feedback_notice_reminder(),
                "feedback_overdue" => self.feedback_notice_overdue(),
                "stock_given_up" => self.sentence_notice_stock_given_up(),
                "stock_taken_over" => self.sentence_notice_stock_taken_over(),
                "archive_reopened" => self.sentence_notice_archive_reopened(),
                _ => self
                    .change_notice(kind)
                    .or_else(|| self.message_notice(kind))
                    .or_else(|| self.delivery_notice(kind))
                    .or_else(|| self.round_notice(kind))
                    .or_else(|| self.stop_notice(kind))
                    .or_else(|| self.link_notice(kind))
                    .unwrap_or_else(|| self.sentence_notice_any()),
            };
        };
        match action {
            Action::SaveCustomer => self.sentence_notice_save_customer(),
            Action::AttachLicense => self.sentence_notice_attach_license(),
            Action::RequestVerification => self.sentence_notice_request_verification(),
            Action::VerifyLicense => self.sentence_notice_verify_license(),
            Action::AskCorrection => self.sentence_notice_ask_correction(),
            Action::ConfirmWithCustomer => self.sentence_notice_confirm_with_customer(),
            Action::Archive => self.sentence_notice_archive(),
            Action::SaveRequirement => self.sentence_notice_save_requirement(),
            Action::SendRequirement => self.sentence_notice_send_requirement(),
            Action::TickSpecials => self.sentence_notice_tick_specials(),
            Action::RecallRequirement => self.sentence_notice_recall_requirement(),
            Action::ConfirmRequirement => self.sentence_notice_confirm_requirement(),
            Action::ReviseRequirement => self.sentence_notice_revise_requirement(),
            Action::AddConfirmationFile => self.sentence_notice_add_confirmation_file(),
            Action::SaveQuote => self.sentence_notice_save_quote(),
            Action::SubmitQuote => self.sentence_notice_submit_quote(),
            Action::WithdrawQuote => self.sentence_notice_withdraw_quote(),
            Action::ReopenQuoting => self.sentence_notice_reopen_quoting(),
            Action::AddAlternative => self.sentence_notice_add_alternative(),
            Action::ChooseAlternative => self.sentence_notice_choose_alternative(),
            Action::HoldStock => self.sentence_notice_hold_stock(),
            Action::ReleaseHold => self.sentence_notice_release_hold(),
            Action::DecideNode => self.sentence_notice_decide_node(),
            Action::ClaimNode => self.round_notice_claim(),
            Action::GiveBackNode => self.round_notice_give_back(),
            Action::HandOverNode => self.round_notice_hand_over(),
            Action::AddSigner => self.round_notice_add_signer(),
            Action::AskRep => self.round_notice_ask(),
            Action::AnswerCall => self.round_notice_answer(),
            Action::RecallCall => self.round_notice_recall(),
            Action::AttachEvidence => self.round_notice_evidence(),
            Action::AcknowledgeCondition => self.sentence_notice_acknowledge_condition(),
            Action::SendQuote => self.sentence_notice_send_quote(),
            Action::DeclineQuote => self.sentence_notice_decline_quote(),
            Action::RecordAcceptance => self.sentence_notice_record_acceptance(),
            Action::AgreePromise => self.promise_notice(),
            Action::ConfirmOrder => self.sentence_notice_confirm_order(),
            Action::GivePledge => self.pledge_notice(),
            Action::AcknowledgeSpecial => self.sentence_notice_acknowledge_special(),
            Action::RecordReceipt => self.sentence_notice_record_receipt(),
            Action::RecordProduction => self.sentence_notice_record_production(),
            Action::RecordPicking => self.sentence_notice_record_picking(),
            Action::RecordPacking => self.sentence_notice_record_packing(),
            Action::Ship => self.sentence_notice_ship(),
            Action::SignOff => self.sentence_notice_sign_off(),
            Action::RecordQc => self.deliveries_notice_record_qc(),
            Action::CheckPicking => self.deliveries_notice_check_picking(),
            Action::ArrangeShipment => self.deliveries_notice_arrange_shipment(),
            Action::DropShipment => self.deliveries_notice_drop_shipment(),
            Action::HandOver => self.deliveries_notice_hand_over(),
            Action::NoteTransit => self.deliveries_notice_note_transit(),
            Action::OpenException => self.deliveries_notice_open_exception(),
            Action::AnswerException => self.deliveries_notice_answer_exception(),
            Action::PlanException => self.deliveries_notice_plan_exception(),
            Action::SettleReturn => self.deliveries_notice_settle_return(),
            Action::RecordCreditNote => self.deliveries_notice_record_credit_note(),
            Action::CloseException => self.deliveries_notice_close_exception(),
            Action::PlanBatches => self.deliveries_notice_plan_batches(),
            Action::SlipPromise => self.deliveries_notice_slip_promise(),
            Action::KeepStage => self.deliveries_notice_keep_stage(),
            Action::TellCustomer => self.deliveries_notice_tell_customer(),
            Action::CompleteOrder => self.sentence_notice_complete_order(),
            Action::CloseDeal => self.sentence_notice_close_deal(),
            Action::DropUrgency => self.routing_drop_notice(),
            Action::ReviewAfterwards => self.fast_notice_review(),
            Action::ResolveObjection => self.fast_notice_resolve(),
            Action::OverrideCode => self.sentence_notice_override_code(),
            Action::NoteRegistry => self.sentence_notice_note_registry(),
            Action::Blacklist => self.sentence_notice_blacklist(),
            Action::LiftBlacklist => self.sentence_notice_lift_blacklist(),
            Action::HoldCredit => self.sentence_notice_hold_credit(),
            Action::ReleaseCredit => self.sentence_notice_release_credit(),
            Action::DeactivateCustomer => self.sentence_notice_deactivate_customer(),
            Action::ReactivateCustomer => self.sentence_notice_reactivate_customer(),
            Action::ChangeOwner => self.sentence_notice_change_owner(),
            Action::SetGrade => self.sentence_notice_set_grade(),
            Action::ChangeCredit => self.credit_notice(),
            Action::DraftChange => self.sentence_notice_draft_change(),
            Action::FileChange => self.sentence_notice_file_change(),
            Action::AcknowledgeChange => self.sentence_notice_acknowledge_change(),
            Action::ConfirmChange => self.sentence_notice_confirm_change(),
            Action::RefuseChange => self.sentence_notice_refuse_change(),
            Action::WithdrawChange => self.sentence_notice_withdraw_change(),
            Action::ReviewCustomer => self.sentence_notice_review_customer(),
            Action::RecordFeedback => self.feedback_notice_record(),
            Action::AnswerFeedback => self.feedback_notice_answer(),
            Action::ReportFeedback => self.feedback_notice_report(),
            Action::AssignFeedback => self.feedback_notice_assign(),
            Action::SolveFeedback => self.feedback_notice_solve(),
            Action::ReturnFeedback => self.feedback_notice_return(),
            Action::CloseFeedback => self.feedback_notice_close(),
            Action::DismissFeedback => self.feedback_notice_dismiss(),
            Action::CloseLesson => self.feedback_notice_lesson(),
            Action::AnswerSurvey => self.feedback_notice_survey(),
            Action::RequestStop => self.stop_notice_request(),
            Action::DecideStop => self.stop_notice_decide(),
            Action::WithdrawStop => self.stop_notice_withdraw(),
            Action::HoldOrder => self.stop_notice_hold(),
            Action::ResumeOrder => self.stop_notice_resume(),
            Action::ApproveChange => self.total_notice_approve(),
            Action::CorrectReceipt => self.money_notice_correct(),
            Action::RecordInvoice => self.money_notice_invoice(),
        }
    }

    /// Several words in one sentence.
    pub fn list(self, words: impl Iterator<Item = &'static str>) -> String {
        words.collect::<Vec<_>>().join(self.sentence_joint())
    }

    fn route(self, nodes: &[RoundNode]) -> String {
        self.list(nodes.iter().map(|node| self.node_kind(node.kind)))
    }
}

#[cfg(test)]
mod tests;
