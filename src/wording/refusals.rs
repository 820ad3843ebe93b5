//! Every kind of no as a sentence: what is wrong with one value, what is in the way, who may instead.
//!
//! The one rule: a sentence names what is missing and what to do about it. Nothing here decides; the flaws,
//! blockers and denials come from the domain as data, and each match is exhaustive.

use super::Lang;
use crate::app::FileFlaw;
use crate::domain::credit_code::CodeFlaw;
use crate::domain::input::Flaw;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::policy::{Denied, DeniedWhy};
use crate::domain::requirement::ProductFlaw;
use crate::domain::workflow::Blocker;

/// The largest file that is taken, in MiB (DOMAIN.md 1.1).
const MAX_FILE_MIB: u32 = 10;

impl Lang {
    /// What to do about one typed value.
    pub fn flaw(self, flaw: &Flaw) -> String {
        match flaw {
            Flaw::Required => self.refusal_flaw_required().to_owned(),
            Flaw::SendAgain => self.refusal_flaw_send_again().to_owned(),
            Flaw::TooShort { min } => self.refusal_flaw_too_short(min),
            Flaw::TooLong { max } => self.refusal_flaw_too_long(max),
            Flaw::ControlCharacter => self.refusal_flaw_control_character().to_owned(),
            Flaw::NotANumber => self.refusal_flaw_not_a_number().to_owned(),
            Flaw::NotWhole => self.refusal_flaw_not_whole().to_owned(),
            Flaw::TooManyDecimals { max: 0 } => self.refusal_flaw_no_decimals().to_owned(),
            Flaw::TooManyDecimals { max } => self.refusal_flaw_too_many_decimals(max),
            Flaw::TooSmall { min } => self.refusal_flaw_too_small(min),
            Flaw::TooLarge { max } => self.refusal_flaw_too_large(max),
            Flaw::NotADate => self.refusal_flaw_not_a_date().to_owned(),
            Flaw::NotATime => self.refusal_flaw_not_a_time().to_owned(),
            Flaw::UnknownChoice => self.refusal_flaw_unknown_choice().to_owned(),
            Flaw::InThePast => self.refusal_flaw_in_the_past().to_owned(),
            Flaw::InTheFuture => self.refusal_flaw_in_the_future().to_owned(),
            Flaw::NeedsChinese => self.refusal_flaw_needs_chinese().to_owned(),
            Flaw::NotAName => self.refusal_flaw_not_a_name().to_owned(),
            Flaw::Code(code) => self.code_flaw(*code),
            Flaw::Mobile => self.refusal_flaw_mobile().to_owned(),
            Flaw::Landline => self.refusal_flaw_landline().to_owned(),
            Flaw::Phone => self.refusal_flaw_phone().to_owned(),
            Flaw::Email => self.refusal_flaw_email().to_owned(),
            Flaw::PostalCode => self.refusal_flaw_postal_code().to_owned(),
            Flaw::Waybill => self.refusal_flaw_waybill().to_owned(),
            Flaw::SamePerson => self.refusal_flaw_same_person().to_owned(),
            Flaw::FileMissing => self.refusal_flaw_file_missing().to_owned(),
            Flaw::FileKind => self.refusal_flaw_file_kind().to_owned(),
            Flaw::FileTooLarge { max_mib } => self.refusal_flaw_file_too_large(max_mib),
            Flaw::FileEmpty => self.refusal_flaw_file_empty().to_owned(),
            Flaw::NotUnique => self.refusal_flaw_not_unique().to_owned(),
            Flaw::TooManyRows { max } => self.refusal_flaw_too_many_rows(max),
            Flaw::RateOver { until } => self.refusal_flaw_rate_over(until),
            Flaw::SumNotHundred => self.refusal_flaw_sum_not_hundred().to_owned(),
            Flaw::TooManyFields => self.refusal_flaw_too_many_fields().to_owned(),
            Flaw::Product(flaw) => self.product_flaw(flaw),
            Flaw::NeedsMeasure => self.refusal_flaw_needs_measure().to_owned(),
            Flaw::ChooseFilesAgain => self.refusal_flaw_choose_files_again().to_owned(),
            Flaw::InvoiceNumber => self.money_flaw_number().to_owned(),
        }
    }

    fn code_flaw(self, flaw: CodeFlaw) -> String {
        match flaw {
            CodeFlaw::Length { found: 0 } => self.refusal_flaw_required().to_owned(),
            CodeFlaw::Length { found } => self.refusal_flaw_code_length(found),
            CodeFlaw::Letter { found, position } => self.refusal_flaw_code_letter(found, position),
            CodeFlaw::Region => self.refusal_flaw_code_region().to_owned(),
            CodeFlaw::Check { expected } => self.refusal_flaw_code_check(expected),
        }
    }

    fn product_flaw(self, flaw: &ProductFlaw) -> String {
        match flaw {
            ProductFlaw::Unknown => self.refusal_flaw_product_unknown().to_owned(),
            ProductFlaw::Several { codes } => self.refusal_flaw_product_several(codes),
            ProductFlaw::NotOnSale => self.refusal_flaw_product_not_on_sale().to_owned(),
            ProductFlaw::OtherKind => self.refusal_flaw_product_other_kind().to_owned(),
            ProductFlaw::OtherUnit { unit } => self.refusal_flaw_product_other_unit(self.unit(unit)),
        }
    }

    /// What is wrong with an uploaded file.
    pub fn file_flaw(self, flaw: FileFlaw) -> String {
        match flaw {
            FileFlaw::Empty => self.flaw(&Flaw::FileEmpty),
            FileFlaw::TooLarge => self.refusal_flaw_file_too_large(MAX_FILE_MIB),
            FileFlaw::Kind => self.flaw(&Flaw::FileKind),
        }
    }

    /// What is in the way and how to clear it.
    pub fn blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::WrongState => self.refusal_blocked_wrong_state().to_owned(),
            Blocker::QuoteInApproval => self.refusal_blocked_quote_in_approval().to_owned(),
            Blocker::DealClosed => self.refusal_blocked_deal_closed().to_owned(),
            Blocker::StepNotReached { step } => self.refusal_blocked_step_not_reached(step.number(), self.step(*step)),
            Blocker::CustomerNotArchived { status } => {
                self.refusal_blocked_customer_not_archived(self.customer_status(*status))
            }
            // Either of two fields is enough.
            Blocker::FieldMissing { field: "employee_count" } => self.refusal_blocked_employee_count().to_owned(),
            Blocker::FieldMissing { field } => self.refusal_blocked_field_missing(self.field(field)),
            Blocker::PrimaryContactMissing => self.refusal_blocked_primary_contact().to_owned(),
            Blocker::BackupContactMissing => self.refusal_blocked_backup_contact().to_owned(),
            Blocker::DecisionMakerMissing => self.refusal_blocked_decision_maker().to_owned(),
            Blocker::LicenseMissing => self.refusal_blocked_license_missing().to_owned(),
            Blocker::LicenseNotVerified => self.refusal_blocked_license_not_verified().to_owned(),
            Blocker::RegistryBlocks { status } => self.refusal_blocked_registry(self.registry_status(*status)),
            Blocker::CustomerNotConfirmed => self.refusal_blocked_customer_not_confirmed().to_owned(),
            Blocker::CreditHold => self.refusal_blocked_credit_hold().to_owned(),
            Blocker::Blacklisted => self.refusal_blocked_blacklisted().to_owned(),
            Blocker::Inactive => self.refusal_blocked_inactive().to_owned(),
            Blocker::ReviewOverdue { since } => self.refusal_blocked_review_overdue(self.date(*since)),
            Blocker::RequirementMissing => self.refusal_blocked_requirement_missing().to_owned(),
            Blocker::RequirementNotConfirmed => self.refusal_blocked_requirement_not_confirmed().to_owned(),
            Blocker::ContactMissing => self.refusal_blocked_contact_missing().to_owned(),
            Blocker::LineCannotBeMet { line } => self.refusal_blocked_line_cannot(line),
            Blocker::SpecialUnticked { text } => self.refusal_blocked_special_unticked(text),
            Blocker::PhoneNotAllowed { budget_limit } => self.refusal_blocked_phone(format_quantity(*budget_limit)),
            Blocker::EvidenceMissing => self.refusal_blocked_evidence().to_owned(),
            Blocker::InTheFuture => self.refusal_blocked_in_the_future().to_owned(),
            Blocker::QuoteMissing => self.refusal_blocked_quote_missing().to_owned(),
            Blocker::QuoteNotSubmitted => self.refusal_blocked_quote_not_submitted().to_owned(),
            Blocker::LineNotQuoted { line } => self.refusal_blocked_line_not_quoted(line),
            Blocker::PolicyPriceMissing { line } => self.refusal_blocked_policy_price(line),
            Blocker::DiscountReasonMissing { line, free } => {
                self.refusal_blocked_discount_reason(self.percent(*free), line)
            }
            Blocker::PolicyPriceMoved { line } => self.refusal_blocked_price_moved(line),
            Blocker::TaxReasonMissing { line, usual } => self.refusal_blocked_tax_reason(line, self.percent(*usual)),
            Blocker::TermsNotHundred { sum } => self.refusal_blocked_terms(format_quantity(*sum)),
            Blocker::NothingStocked => self.hold_nothing_stocked().to_owned(),
            Blocker::HoldTooMuch { max } => self.hold_too_much(format_quantity(*max)),
            Blocker::NothingHeld => self.hold_nothing_held().to_owned(),
            Blocker::NotUrgent => self.take_over_not_urgent().to_owned(),
            Blocker::TakeOverTooMuch { max } => self.take_over_too_much(format_quantity(*max)),
            Blocker::AlternativesFull => self.alternative_full().to_owned(),
            Blocker::AlternativeUnknown => self.alternative_unknown().to_owned(),
            Blocker::AlternativeRejected { alternative } => self.alternative_rejected(alternative.code()),
            Blocker::QuoteOutdated => self.refusal_blocked_quote_outdated().to_owned(),
            Blocker::NoApproverLeft => self.refusal_blocked_no_approver().to_owned(),
            Blocker::NotApproved => self.refusal_blocked_not_approved().to_owned(),
            Blocker::QuoteExpired { until } => self.refusal_blocked_quote_expired(self.date(*until)),
            Blocker::QuoteNotSent => self.refusal_blocked_quote_not_sent().to_owned(),
            Blocker::NodeNotOnRoute => self.refusal_blocked_node_not_on_route().to_owned(),
            Blocker::NodeNotOpen => self.refusal_blocked_node_not_open().to_owned(),
            Blocker::AlreadyDecided { by, at } => {
                self.refusal_blocked_already_decided(self.moment(*at), self.person(by))
            }
            Blocker::CommentMissing => self.refusal_blocked_comment().to_owned(),
            Blocker::VersionMoved
            | Blocker::ClockStands { .. }
            | Blocker::SheetIncomplete { .. }
            | Blocker::ClaimedBy { .. }
            | Blocker::NotClaimed
            | Blocker::ReceiverUnfit { .. }
            | Blocker::SignerUnfit { .. }
            | Blocker::SomebodySigned { .. }
            | Blocker::NothingAsked
            | Blocker::ResultMissing
            | Blocker::NoEvidenceOwed
            | Blocker::EvidenceOwed { .. }
            | Blocker::PromiseTooEarly { .. }
            | Blocker::PromisePassed { .. }
            | Blocker::PromiseNotLater { .. } => self.round_blocker(blocker),
            Blocker::SomebodyDecided => self.refusal_blocked_somebody_decided().to_owned(),
            Blocker::NotAccepted => self.refusal_blocked_not_accepted().to_owned(),
            Blocker::ConfirmedBeforeSent => self.refusal_blocked_confirmed_before_sent().to_owned(),
            Blocker::AcceptedBeforeSent => self.refusal_blocked_accepted_before_sent().to_owned(),
            Blocker::ReopeningUnexplained => self.refusal_blocked_reopening().to_owned(),
            Blocker::RegistryNoteMissing => self.refusal_blocked_registry_note().to_owned(),
            Blocker::RegistryNotAbnormal => self.refusal_blocked_registry_not_abnormal().to_owned(),
            Blocker::CodeFits => self.refusal_blocked_code_fits().to_owned(),
            Blocker::AlreadyMarked { mark } => self.refusal_blocked_already_marked(self.mark(*mark)),
            Blocker::NotMarked { mark } => self.refusal_blocked_not_marked(self.mark(*mark)),
            Blocker::OwnerUnchanged => self.refusal_blocked_owner_unchanged().to_owned(),
            Blocker::OwnerUnfit => self.refusal_blocked_owner_unfit().to_owned(),
            Blocker::OwnerVerified => self.refusal_blocked_owner_verified().to_owned(),
            Blocker::GradeUnchanged => self.refusal_blocked_grade_unchanged().to_owned(),
            Blocker::DealInApproval { no } => self.refusal_blocked_deal_in_approval(no),
            Blocker::PoNumberMissing => self.refusal_blocked_po_number().to_owned(),
            Blocker::PoNotCompared => self.refusal_blocked_po_compared().to_owned(),
            Blocker::NothingToReplace => self.deliveries_blocked_nothing_to_replace().to_owned(),
            Blocker::NotReplacedAnyMore => self.deliveries_blocked_not_replaced().to_owned(),
            Blocker::ConditionOpen => self.refusal_blocked_condition().to_owned(),
            Blocker::OrderNotConfirmed => self.refusal_blocked_order_not_confirmed().to_owned(),
            Blocker::PaymentOpen { position, amount } => self.refusal_blocked_payment(format_money(*amount), position),
            Blocker::ReceiptTooLarge { open } => self.refusal_blocked_receipt(format_money(*open)),
            Blocker::SpecialNotAcknowledged { text } => self.refusal_blocked_special_not_acknowledged(text),
            Blocker::SpecialNotTicked { text } => self.refusal_blocked_special_not_ticked(text),
            Blocker::NothingEntered => self.refusal_blocked_nothing_entered().to_owned(),
            Blocker::MoreThanReady { line: 0, .. } => self.refusal_blocked_not_a_line().to_owned(),
            Blocker::MoreThanReady { line, ready } => {
                self.refusal_blocked_more_than_ready(line, format_quantity(*ready))
            }
            Blocker::NotWhole { line } => self.refusal_blocked_not_whole(line),
            Blocker::NoReviewOwed => self.fast_blocked_no_review().to_owned(),
            Blocker::NoPledgeOwed => self.pledge_blocked_none().to_owned(),
            Blocker::NoObjection => self.fast_blocked_no_objection().to_owned(),
            Blocker::ReviewOpen { node } => self.fast_blocked_review_open(self.node_kind(*node)),
            Blocker::ObjectionOpen { node } => self.fast_blocked_objection_open(self.node_kind(*node)),
            Blocker::PartialNotAllowed => self.refusal_blocked_partial().to_owned(),
            Blocker::ShipmentUnknown => self.refusal_blocked_shipment_unknown().to_owned(),
            Blocker::ReceivedMoreThanShipped { .. }
            | Blocker::PickingUnchecked
            | Blocker::PickingUnknown
            | Blocker::QcCauseMissing
            | Blocker::DeviationMissing { .. }
            | Blocker::ExceptionOpen { .. }
            | Blocker::ExceptionUnknown
            | Blocker::FactMissing { .. }
            | Blocker::ExceptionAnswered
            | Blocker::ExceptionNotPlanned
            | Blocker::FailureUndecided
            | Blocker::CreditNoteMissing
            | Blocker::NoCreditNoteOwed
            | Blocker::DifferenceOpen { .. }
            | Blocker::BatchesDiffer { .. }
            | Blocker::BatchesPlanned
            | Blocker::BatchTooLate { .. }
            | Blocker::BatchUnknown
            | Blocker::PromisePast
            | Blocker::DelayCauseMissing { .. }
            | Blocker::StageFinished => self.delivery_blocker(blocker),
            Blocker::SignedBeforeShipped => self.refusal_blocked_signed_before_shipped().to_owned(),
            Blocker::NotAllSigned => self.refusal_blocked_not_all_signed().to_owned(),
            Blocker::InspectionRunning { until } => self.refusal_blocked_inspection(self.date(*until)),
            Blocker::OrderExists => self.refusal_blocked_order_exists().to_owned(),
            Blocker::OrderOnHold { .. }
            | Blocker::StopAsked { .. }
            | Blocker::NoStopAsked
            | Blocker::StopUnfit { .. }
            | Blocker::CostStatementMissing => self.stop_blocker(blocker),
            Blocker::SupplementaryOrder
            | Blocker::BelowShipped { .. }
            | Blocker::RefundFirst { .. }
            | Blocker::RedLetterFirst { .. }
            | Blocker::NewTotalMissing
            | Blocker::UrgencyMissing
            | Blocker::DelayUnexplained
            | Blocker::AlreadyUrgent
            | Blocker::NoApprovalAsked
            | Blocker::WasteNotBorne => self.total_blocker(blocker),
            Blocker::ReceiptNotStanding
            | Blocker::InvoiceTooLarge { .. }
            | Blocker::RedLetterTooLarge { .. }
            | Blocker::InvoiceNumberTaken { .. } => self.money_blocker(blocker),
            Blocker::DrawingMissing { line } => self.refusal_blocked_drawing_missing(line),
            Blocker::ConfirmContactUnknown => self.refusal_blocked_confirm_contact().to_owned(),
            Blocker::NoFileOwed => self.refusal_blocked_no_file_owed().to_owned(),
            Blocker::ChangeOpen { no } => self.refusal_blocked_change_open(no),
            Blocker::LineChanging { line, no } => self.refusal_blocked_line_changing(line, no),
            Blocker::NothingChanged => self.refusal_blocked_nothing_changed().to_owned(),
            Blocker::ChangeOutdated => self.refusal_blocked_change_outdated().to_owned(),
            Blocker::ChangeElsewhere { kind, way } => {
                self.refusal_blocked_change_elsewhere(self.change_kind(*kind), self.change_way(*way))
            }
            Blocker::CallBackMissing => self.refusal_blocked_call_back_missing().to_owned(),
            Blocker::CallBackUnknown => self.refusal_blocked_call_back_unknown().to_owned(),
            Blocker::DutyClosed => self.refusal_blocked_duty_closed().to_owned(),
            Blocker::LossMissing => self.refusal_blocked_loss_missing().to_owned(),
            Blocker::ConfirmOnRequirement => self.refusal_blocked_confirm_on_requirement().to_owned(),
            Blocker::ContactsAlike { name } => self.refusal_blocked_contacts_alike(name),
            Blocker::SameArchive => self.refusal_blocked_same_archive().to_owned(),
            Blocker::TooManyContacts { max } => self.refusal_blocked_too_many_contacts(*max),
            Blocker::MergedInto { no, owner } => self.refusal_blocked_merged_into(no, owner),
            Blocker::NoOpenLesson => self.feedback_blocked_no_lesson().to_owned(),
            Blocker::OrderNotCompleted => self.feedback_blocked_not_completed().to_owned(),
            Blocker::SurveyAsked { no } => self.feedback_blocked_asked(no),
            Blocker::SurveyTooEarly { on } => self.feedback_blocked_early(self.date(*on)),
            Blocker::SeverityMissing => self.feedback_blocked_severity().to_owned(),
            Blocker::StatementMissing => self.feedback_blocked_statement().to_owned(),
            Blocker::HandlerUnchanged => self.feedback_blocked_handler().to_owned(),
            Blocker::PackagingMissing { line, no } => self.feedback_blocked_packaging(line, no),
        }
    }

    /// Why this person may not, and who may.
    pub fn denied(self, denied: &Denied) -> String {
        let roles = self.list(denied.who_may.iter().map(|role| self.role(*role)));
        match denied.why {
            DeniedWhy::Role => self.refusal_denied_role(roles),
            DeniedWhy::OwnCustomer => self.refusal_denied_own_customer(roles),
            DeniedWhy::OwnDeal => self.refusal_denied_own_deal(roles),
            DeniedWhy::OwnSale => self.refusal_denied_own_sale(roles),
            DeniedWhy::DecidedBefore => self.refusal_denied_decided_before(roles),
            DeniedWhy::OwnPicking => self.deliveries_denied_own_picking(roles),
            DeniedWhy::SevereException => self.deliveries_denied_severe(roles),
            DeniedWhy::OwnDraft => self.refusal_denied_own_draft(roles),
            DeniedWhy::OwnComplaint => self.feedback_denied_own(roles),
            DeniedWhy::ClaimedByAnother => self.round_denied_claimed().to_owned(),
            DeniedWhy::NotAsked => self.round_denied_not_asked().to_owned(),
            DeniedWhy::OtherDepartment => self.refusal_denied_other_department().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customer::{CustomerProfile, CustomerStatus};
    use crate::domain::deal::Step;
    use crate::domain::input::is_chinese;
    use crate::domain::staff::Role;
    use rust_decimal::dec;

    fn both(blocker: &Blocker) -> (String, String) {
        (Lang::Zh.blocker(blocker), Lang::En.blocker(blocker))
    }

    #[test]
    fn key_refusals_say_what_is_missing_and_what_to_do() {
        let code = Flaw::Code(CodeFlaw::Check { expected: 'N' });
        assert_eq!(Lang::Zh.flaw(&code), "校验位应为 N，请核对营业执照。");
        assert_eq!(Lang::En.flaw(&code), "The check character should be N. Please check the licence.");
        let (zh, en) = both(&Blocker::BackupContactMissing);
        assert_eq!(zh, "缺少备用联系人，请至少再添加一位联系人。");
        assert_eq!(en, "A backup contact is missing. Add at least one more person.");
        let (zh, en) = both(&Blocker::LicenseNotVerified);
        assert_eq!(zh, "营业执照尚未核验，请提交核验；核验人不能是归属业务员。");
        assert_eq!(en, "The licence is not verified. Send it for verification by someone other than the owner.");
    }

    #[test]
    fn blockers_carry_their_values() {
        let at = "2026-09-18T01:15:00Z".parse().unwrap();
        let (zh, en) = both(&Blocker::AlreadyDecided { by: "Zhao".to_owned(), at });
        assert_eq!(
            (zh.as_str(), en.as_str()),
            ("已由 Zhao 于 9月18日 周五 09:15 处理。", "Already decided by Zhao on Fri 18 Sep 09:15.")
        );
        let (zh, _) = both(&Blocker::PaymentOpen { position: 2, amount: dec!(57190.21) });
        assert_eq!(zh, "第 2 期款项还有 57,190.21 元未到账，请财务登记回款后再办理。");
        let (_, en) = both(&Blocker::DiscountReasonMissing { line: 3, free: dec!(0.05) });
        assert_eq!(en, "Quote line 3 has more than 5% off. Give the reason for the discount.");
        let (_, en) = both(&Blocker::CustomerNotArchived { status: CustomerStatus::Draft });
        assert_eq!(en, "The customer is not archived yet (Draft). Complete the registration first.");
        let (zh, _) = both(&Blocker::StepNotReached { step: Step::Quote });
        assert_eq!(zh, "还没到第 3 步“报价”，请先完成前面的步骤。");
    }

    #[test]
    fn every_field_an_archive_may_lack_has_its_own_sentence() {
        for lang in Lang::ALL {
            let missing = CustomerProfile::named("Test".to_owned()).missing();
            let mut said: Vec<_> = missing.iter().map(|field| lang.blocker(&Blocker::FieldMissing { field })).collect();
            assert!(!said.contains(&lang.refusal_blocked_field_missing(lang.field("no_such_field"))));
            assert!(lang == Lang::Zh || !said.iter().any(|text| text.chars().any(is_chinese)));
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), missing.len());
        }
    }

    #[test]
    fn a_denial_names_who_may() {
        let denied = |why| Denied { who_may: vec![Role::SalesAssistant, Role::Finance], why };
        assert_eq!(
            Lang::Zh.denied(&denied(DeniedWhy::OwnCustomer)),
            "不能核验自己名下客户的执照，可以找：销售助理、财务。"
        );
        assert_eq!(
            Lang::En.denied(&denied(DeniedWhy::OwnDeal)),
            "Nobody approves their own deal. Ask: Sales assistant, Finance."
        );
        assert_eq!(
            Lang::En.denied(&denied(DeniedWhy::Role)),
            "You may not do this. Ask: Sales assistant, Finance (each for their own area)."
        );
    }

    #[test]
    fn a_file_flaw_names_the_limit() {
        assert_eq!(Lang::En.file_flaw(FileFlaw::TooLarge), "The file must not be larger than 10 MB.");
        assert_eq!(Lang::Zh.file_flaw(FileFlaw::Kind), "只接受 PDF、JPG 或 PNG 文件。");
    }

    /// The keys of all sentences are checked together: the English files hold no Chinese.
    #[test]
    fn no_english_file_holds_chinese() {
        for text in [
            include_str!("../../wording/terms.en.toml"),
            include_str!("../../wording/refusals.en.toml"),
            include_str!("../../wording/sentences.en.toml"),
        ] {
            assert!(text.lines().all(|line| !line.chars().any(is_chinese)));
        }
    }
}
