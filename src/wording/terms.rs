//! The names of things: every code of the domain as a person reads it.
//!
//! The one rule: a match over an enum is exhaustive, so that a new code without words does not compile.
//! The words stand in `wording/terms.*.toml`, their source is DOMAIN.md 1 to 7 and 11. Sentences belong to
//! the neighbouring modules.

use super::Lang;
use crate::domain::approval::{ApprovalPath, Decision, NodeKind, NodeStatus, RoundStatus};
use crate::domain::contract::Gap;
use crate::domain::customer::{
    ContactRank, ContactRole, CustomerConfirmMethod, CustomerStatus, CustomerType, Grade, Industry, InvoiceKind, Mark,
    PreferredChannel, RegistryStatus, SizeBand, Source, TaxpayerKind, VerifyChannel,
};
use crate::domain::deal::{DealKind, DealStatus, LostReason, Step, UrgentReason};
use crate::domain::order::{AcceptanceKind, DeliveryStage, OrderStatus, ShipmentStatus};
use crate::domain::pricing::PriceSource;
use crate::domain::quote::{FreightPayer, PaymentTrigger, QuoteLineKind, QuoteStatus};
use crate::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, RequirementConfirmMethod, RequirementFileKind,
    RequirementStatus,
};
use crate::domain::special_need::NeedCategory;
use crate::domain::staff::{Department, Role};
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::Action;

/// One method on `Lang` for each enum: variant to key, exhaustively.
macro_rules! terms {
    ($($(#[$meta:meta])* $name:ident($kind:ident) { $($variant:ident => $key:ident,)+ })+) => {
        impl Lang {
            $($(#[$meta])* pub fn $name(self, value: $kind) -> &'static str {
                match value { $($kind::$variant => self.$key(),)+ }
            })+

            /// Every term with its stored code.
            #[cfg(test)]
            fn every_term(self) -> Vec<(&'static str, &'static str)> {
                let mut all = Vec::new();
                $(all.extend($kind::ALL.iter().map(|value| (value.code(), self.$name(*value))));)+
                all
            }
        }
    };
}

terms! {
    step(Step) {
        Registration => term_step_registration, Requirement => term_step_requirement, Quote => term_step_quote,
        Approval => term_step_approval, Order => term_step_order, Delivery => term_step_delivery,
    }
    customer_status(CustomerStatus) {
        Draft => term_customer_status_draft, PendingVerification => term_customer_status_pending_verification,
        PendingConfirmation => term_customer_status_pending_confirmation, Archived => term_customer_status_archived,
    }
    customer_type(CustomerType) {
        StateOwned => term_customer_type_state_owned, Private => term_customer_type_private,
        Foreign => term_customer_type_foreign, JointVenture => term_customer_type_joint_venture,
        PublicInstitution => term_customer_type_public_institution, SoleTrader => term_customer_type_sole_trader,
        Other => term_customer_type_other,
    }
    size_band(SizeBand) {
        Micro => term_size_band_micro, Small => term_size_band_small, Medium => term_size_band_medium,
        Large => term_size_band_large,
    }
    industry(Industry) {
        A => term_industry_a, B => term_industry_b, C => term_industry_c, D => term_industry_d, E => term_industry_e,
        F => term_industry_f, G => term_industry_g, H => term_industry_h, I => term_industry_i, J => term_industry_j,
        K => term_industry_k, L => term_industry_l, M => term_industry_m, N => term_industry_n, O => term_industry_o,
        P => term_industry_p, Q => term_industry_q, R => term_industry_r, S => term_industry_s, T => term_industry_t,
    }
    registry_status(RegistryStatus) {
        Active => term_registry_status_active, InOperation => term_registry_status_in_operation,
        Open => term_registry_status_open, MovedOut => term_registry_status_moved_out,
        Abnormal => term_registry_status_abnormal, Revoked => term_registry_status_revoked,
        Deregistered => term_registry_status_deregistered, Closed => term_registry_status_closed,
        Liquidation => term_registry_status_liquidation,
    }
    source(Source) {
        Exhibition => term_source_exhibition, Referral => term_source_referral, Online => term_source_online,
        ColdCall => term_source_cold_call, Existing => term_source_existing, Tender => term_source_tender,
        Other => term_source_other,
    }
    grade(Grade) {
        A => term_grade_a, B => term_grade_b, C => term_grade_c, D => term_grade_d,
    }
    taxpayer_kind(TaxpayerKind) {
        General => term_taxpayer_kind_general, SmallScale => term_taxpayer_kind_small_scale,
        NaturalPerson => term_taxpayer_kind_natural_person, Other => term_taxpayer_kind_other,
    }
    invoice_kind(InvoiceKind) {
        Special => term_invoice_kind_special, Ordinary => term_invoice_kind_ordinary, None => term_invoice_kind_none,
    }
    verify_channel(VerifyChannel) {
        Gsxt => term_verify_channel_gsxt, Tianyancha => term_verify_channel_tianyancha,
        Qichacha => term_verify_channel_qichacha, CreditChina => term_verify_channel_credit_china,
        OnSite => term_verify_channel_on_site, Other => term_verify_channel_other,
    }
    customer_confirm_method(CustomerConfirmMethod) {
        Phone => term_customer_confirm_method_phone, Email => term_customer_confirm_method_email,
        File => term_customer_confirm_method_file, Online => term_customer_confirm_method_online,
    }
    need_category(NeedCategory) {
        Packaging => term_need_category_packaging, Quality => term_need_category_quality,
        DeliveryTime => term_need_category_delivery_time, Documents => term_need_category_documents,
        Other => term_need_category_other,
    }
    mark(Mark) {
        CreditHold => term_mark_credit_hold, Blacklisted => term_mark_blacklisted, Inactive => term_mark_inactive,
    }
    contact_rank(ContactRank) {
        Primary => term_contact_rank_primary, Backup => term_contact_rank_backup,
    }
    contact_role(ContactRole) {
        DecisionMaker => term_contact_role_decision_maker, Influencer => term_contact_role_influencer,
        EndUser => term_contact_role_end_user,
    }
    preferred_channel(PreferredChannel) {
        Phone => term_preferred_channel_phone, Email => term_preferred_channel_email,
        Wechat => term_preferred_channel_wechat, Meeting => term_preferred_channel_meeting,
    }
    deal_kind(DealKind) {
        New => term_deal_kind_new, Repeat => term_deal_kind_repeat, Urgent => term_deal_kind_urgent,
        Project => term_deal_kind_project, Sample => term_deal_kind_sample,
    }
    deal_status(DealStatus) {
        Open => term_deal_status_open, Completed => term_deal_status_completed, Lost => term_deal_status_lost,
    }
    urgent_reason(UrgentReason) {
        Promotion => term_urgent_reason_promotion, LineDown => term_urgent_reason_line_down,
        Replacement => term_urgent_reason_replacement, Government => term_urgent_reason_government,
        Other => term_urgent_reason_other,
    }
    lost_reason(LostReason) {
        Price => term_lost_reason_price, LeadTime => term_lost_reason_lead_time, Spec => term_lost_reason_spec,
        Competitor => term_lost_reason_competitor, Budget => term_lost_reason_budget,
        Other => term_lost_reason_other,
    }
    requirement_status(RequirementStatus) {
        Draft => term_requirement_status_draft, Sent => term_requirement_status_sent,
        Confirmed => term_requirement_status_confirmed, Superseded => term_requirement_status_superseded,
        Cancelled => term_requirement_status_cancelled,
    }
    channel(Channel) {
        Meeting => term_channel_meeting, Phone => term_channel_phone, Email => term_channel_email,
        Wechat => term_channel_wechat, Tender => term_channel_tender, Po => term_channel_po,
    }
    delivery_mode(DeliveryMode) {
        ToDoor => term_delivery_mode_to_door, Express => term_delivery_mode_express,
        Freight => term_delivery_mode_freight, PickUp => term_delivery_mode_pick_up,
    }
    payment_wish(PaymentWish) {
        Prepaid => term_payment_wish_prepaid, Deposit => term_payment_wish_deposit,
        OnDelivery => term_payment_wish_on_delivery, Monthly => term_payment_wish_monthly,
        Milestones => term_payment_wish_milestones,
    }
    line_kind(LineKind) {
        Standard => term_line_kind_standard, Custom => term_line_kind_custom, Service => term_line_kind_service,
    }
    match_kind(MatchKind) {
        Exact => term_match_kind_exact, Substitute => term_match_kind_substitute,
        NeedsCustom => term_match_kind_needs_custom, Cannot => term_match_kind_cannot,
    }
    requirement_confirm_method(RequirementConfirmMethod) {
        Signed => term_requirement_confirm_method_signed, Email => term_requirement_confirm_method_email,
        Wechat => term_requirement_confirm_method_wechat, Phone => term_requirement_confirm_method_phone,
    }
    requirement_file_kind(RequirementFileKind) {
        Drawing => term_requirement_file_kind_drawing, Specification => term_requirement_file_kind_specification,
        Other => term_requirement_file_kind_other,
    }
    quote_status(QuoteStatus) {
        Draft => term_quote_status_draft, Submitted => term_quote_status_submitted,
        Approved => term_quote_status_approved, Sent => term_quote_status_sent,
        Accepted => term_quote_status_accepted, Declined => term_quote_status_declined,
        Expired => term_quote_status_expired, Returned => term_quote_status_returned,
        Rejected => term_quote_status_rejected, Withdrawn => term_quote_status_withdrawn,
        Superseded => term_quote_status_superseded, NotChosen => term_quote_status_not_chosen,
    }
    quote_line_kind(QuoteLineKind) {
        Standard => term_quote_line_kind_standard, Custom => term_quote_line_kind_custom,
        Service => term_quote_line_kind_service, Surcharge => term_quote_line_kind_surcharge,
    }
    freight_payer(FreightPayer) {
        Seller => term_freight_payer_seller, Buyer => term_freight_payer_buyer,
    }
    payment_trigger(PaymentTrigger) {
        OnSigning => term_payment_trigger_on_signing, BeforeShipment => term_payment_trigger_before_shipment,
        AfterSignOff => term_payment_trigger_after_sign_off, OnAcceptance => term_payment_trigger_on_acceptance,
        AfterWarranty => term_payment_trigger_after_warranty,
    }
    contract_gap(Gap) {
        Seller => contract_gap_seller, Buyer => contract_gap_buyer, OrderNo => contract_gap_order_no,
        QuoteNo => contract_gap_quote_no, DeliveryDate => contract_gap_delivery_date, Place => contract_gap_place,
        DeliveryMode => contract_gap_delivery_mode, FreightPayer => contract_gap_freight_payer,
        Warranty => contract_gap_warranty, InspectionDays => contract_gap_inspection_days,
        Total => contract_gap_total, Capital => contract_gap_capital,
    }
    price_source(PriceSource) {
        Agreement => term_price_source_agreement, SpecialPrice => term_price_source_special_price,
        GradeList => term_price_source_grade_list, StandardList => term_price_source_standard_list,
    }
    tax_basis(TaxBasis) {
        Inclusive => term_tax_basis_inclusive, Exclusive => term_tax_basis_exclusive,
    }
    node_kind(NodeKind) {
        SalesManager => term_node_kind_sales_manager, Technical => term_node_kind_technical,
        Finance => term_node_kind_finance, Production => term_node_kind_production,
        SalesDirector => term_node_kind_sales_director, GeneralManager => term_node_kind_general_manager,
        UrgentDirector => fast_node_urgent_director,
    }
    node_status(NodeStatus) {
        Waiting => term_node_status_waiting, Open => term_node_status_open, Approved => term_node_status_approved,
        ApprovedCond => term_node_status_approved_cond, Returned => term_node_status_returned,
        Rejected => term_node_status_rejected, Voided => term_node_status_voided,
        TakenOver => term_node_status_taken_over,
    }
    round_status(RoundStatus) {
        Open => term_round_status_open, Approved => term_round_status_approved,
        Returned => term_round_status_returned, Rejected => term_round_status_rejected,
        Withdrawn => term_round_status_withdrawn,
    }
    approval_path(ApprovalPath) {
        Standard => term_approval_path_standard, Fast => term_approval_path_fast,
    }
    decision(Decision) {
        Approve => term_decision_approve, ApproveCond => term_decision_approve_cond, Return => term_decision_return,
        Reject => term_decision_reject,
    }
    order_status(OrderStatus) {
        Draft => term_order_status_draft, Confirmed => term_order_status_confirmed,
        InFulfilment => term_order_status_in_fulfilment, PartiallyShipped => term_order_status_partially_shipped,
        Shipped => term_order_status_shipped, Signed => term_order_status_signed,
        Completed => term_order_status_completed, OnHold => term_order_status_on_hold,
        Cancelled => term_order_status_cancelled, ShortClosed => term_order_status_short_closed,
    }
    acceptance_kind(AcceptanceKind) {
        SignedQuote => term_acceptance_kind_signed_quote, CustomerPo => term_acceptance_kind_customer_po,
        StampedContract => term_acceptance_kind_stamped_contract, Email => term_acceptance_kind_email,
        Online => term_acceptance_kind_online,
    }
    delivery_stage(DeliveryStage) {
        Confirmed => term_delivery_stage_confirmed, Qc => term_delivery_stage_qc,
        Transit => term_delivery_stage_transit, Prepare => term_delivery_stage_prepare, Production => term_delivery_stage_production,
        Packing => term_delivery_stage_packing, Shipping => term_delivery_stage_shipping,
        SignOff => term_delivery_stage_sign_off,
    }
    shipment_status(ShipmentStatus) {
        Pending => term_shipment_status_pending, InTransit => term_shipment_status_in_transit,
        Refused => term_shipment_status_refused, Returned => term_shipment_status_returned,
        Void => term_shipment_status_void, Shipped => term_shipment_status_shipped, Signed => term_shipment_status_signed,
        PartlySigned => term_shipment_status_partly_signed,
    }
    department(Department) {
        Sales => term_department_sales, Technical => term_department_technical, Finance => term_department_finance,
        Production => term_department_production, Warehouse => term_department_warehouse,
        Logistics => term_department_logistics, Management => term_department_management, It => term_department_it,
    }
    role(Role) {
        SalesRep => term_role_sales_rep, SalesAssistant => term_role_sales_assistant,
        SalesManager => term_role_sales_manager, SalesDirector => term_role_sales_director,
        Technical => term_role_technical, Finance => term_role_finance, Production => term_role_production,
        Warehouse => term_role_warehouse, Logistics => term_role_logistics,
        GeneralManager => term_role_general_manager, Admin => term_role_admin,
    }
    /// The words on the button.
    action(Action) {
        SaveCustomer => term_act_save_customer, AttachLicense => term_act_attach_license,
        RequestVerification => term_act_request_verification, VerifyLicense => term_act_verify_license,
        AskCorrection => term_act_ask_correction, ConfirmWithCustomer => term_act_confirm_with_customer,
        Archive => term_act_archive, SaveRequirement => term_act_save_requirement,
        SendRequirement => term_act_send_requirement, RecallRequirement => term_act_recall_requirement,
        TickSpecials => term_act_tick_specials,
        ConfirmRequirement => term_act_confirm_requirement, ReviseRequirement => term_act_revise_requirement,
        AddConfirmationFile => term_act_add_confirmation_file,
        SaveQuote => term_act_save_quote, SubmitQuote => term_act_submit_quote,
        WithdrawQuote => term_act_withdraw_quote, ReopenQuoting => term_act_reopen_quoting,
        AddAlternative => alternative_add, ChooseAlternative => alternative_choose,
        HoldStock => hold_take, ReleaseHold => hold_release,
        DecideNode => term_act_decide_node,
        ClaimNode => round_act_claim,
        GiveBackNode => round_act_give_back,
        HandOverNode => round_act_hand_over,
        AddSigner => round_act_add_signer,
        AskRep => round_act_ask,
        AnswerCall => round_act_answer,
        RecallCall => round_act_recall,
        AttachEvidence => round_act_evidence,
        AcknowledgeCondition => term_act_acknowledge_condition,
        SendQuote => term_act_send_quote, DeclineQuote => term_act_decline_quote,
        RecordAcceptance => term_act_record_acceptance, ConfirmOrder => term_act_confirm_order,
        AgreePromise => promise_act,
        GivePledge => pledge_act, AcknowledgeSpecial => term_act_acknowledge_special, RecordReceipt => term_act_record_receipt,
        RecordQc => term_action_record_qc,
        CheckPicking => term_action_check_picking,
        ArrangeShipment => term_action_arrange_shipment,
        DropShipment => term_action_drop_shipment,
        HandOver => term_action_hand_over,
        NoteTransit => term_action_note_transit,
        OpenException => term_action_open_exception,
        AnswerException => term_action_answer_exception,
        PlanException => term_action_plan_exception,
        SettleReturn => term_action_settle_return,
        RecordCreditNote => term_action_record_credit_note,
        CloseException => term_action_close_exception,
        PlanBatches => term_action_plan_batches,
        SlipPromise => term_action_slip_promise,
        KeepStage => term_action_keep_stage,
        TellCustomer => term_action_tell_customer,
        RecordProduction => term_act_record_production, RecordPicking => term_act_record_picking,
        RecordPacking => term_act_record_packing, Ship => term_act_ship, SignOff => term_act_sign_off,
        CompleteOrder => term_act_complete_order, CloseDeal => term_act_close_deal,
        DropUrgency => routing_drop,
        ReviewAfterwards => fast_act_review, ResolveObjection => fast_act_resolve,
        OverrideCode => term_act_override_code,
        NoteRegistry => term_act_note_registry,
        Blacklist => term_act_blacklist,
        LiftBlacklist => term_act_lift_blacklist,
        HoldCredit => term_act_hold_credit,
        ReleaseCredit => term_act_release_credit,
        DeactivateCustomer => term_act_deactivate_customer,
        ReactivateCustomer => term_act_reactivate_customer,
        ChangeOwner => term_act_change_owner,
        SetGrade => term_act_set_grade,
        ChangeCredit => credit_act,
        DraftChange => term_act_draft_change, FileChange => term_act_file_change,
        AcknowledgeChange => term_act_acknowledge_change, ConfirmChange => term_act_confirm_change,
        RefuseChange => term_act_refuse_change, WithdrawChange => term_act_withdraw_change,
        ReviewCustomer => term_act_review_customer,
        RecordFeedback => term_act_record_feedback,
        AnswerFeedback => term_act_answer_feedback,
        ReportFeedback => term_act_report_feedback,
        AssignFeedback => term_act_assign_feedback,
        SolveFeedback => term_act_solve_feedback,
        ReturnFeedback => term_act_return_feedback,
        CloseFeedback => term_act_close_feedback,
        DismissFeedback => term_act_dismiss_feedback,
        CloseLesson => term_act_close_lesson,
        AnswerSurvey => term_act_answer_survey,
        RequestStop => stop_act_request, DecideStop => stop_act_decide, WithdrawStop => stop_act_withdraw,
        HoldOrder => stop_act_hold, ResumeOrder => stop_act_resume,
        ApproveChange => total_act_approve, CorrectReceipt => money_act_correct, RecordInvoice => money_act_invoice,
    }
    /// What lists say is next.
    next_act(Action) {
        SaveCustomer => term_next_save_customer, AttachLicense => term_next_attach_license,
        RequestVerification => term_next_request_verification, VerifyLicense => term_next_verify_license,
        AskCorrection => term_next_ask_correction, ConfirmWithCustomer => term_next_confirm_with_customer,
        Archive => term_next_archive, SaveRequirement => term_next_save_requirement,
        SendRequirement => term_next_send_requirement, RecallRequirement => term_next_recall_requirement,
        TickSpecials => term_next_tick_specials,
        ConfirmRequirement => term_next_confirm_requirement, ReviseRequirement => term_next_revise_requirement,
        AddConfirmationFile => term_next_add_confirmation_file,
        SaveQuote => term_next_save_quote, SubmitQuote => term_next_submit_quote,
        WithdrawQuote => term_next_withdraw_quote, ReopenQuoting => term_next_reopen_quoting,
        AddAlternative => alternative_add, ChooseAlternative => alternative_choose,
        HoldStock => hold_take, ReleaseHold => hold_release,
        DecideNode => term_next_decide_node,
        ClaimNode => round_next_claim,
        GiveBackNode => round_next_give_back,
        HandOverNode => round_next_hand_over,
        AddSigner => round_next_add_signer,
        AskRep => round_next_ask,
        AnswerCall => round_next_answer,
        RecallCall => round_next_recall,
        AttachEvidence => round_next_evidence,
        AcknowledgeCondition => term_next_acknowledge_condition,
        SendQuote => term_next_send_quote, DeclineQuote => term_next_decline_quote,
        RecordAcceptance => term_next_record_acceptance, ConfirmOrder => term_next_confirm_order,
        AgreePromise => promise_act,
        GivePledge => pledge_next, AcknowledgeSpecial => term_next_acknowledge_special, RecordReceipt => term_next_record_receipt,
        RecordQc => term_action_record_qc,
        CheckPicking => term_action_check_picking,
        ArrangeShipment => term_action_arrange_shipment,
        DropShipment => term_action_drop_shipment,
        HandOver => term_action_hand_over,
        NoteTransit => term_action_note_transit,
        OpenException => term_action_open_exception,
        AnswerException => term_action_answer_exception,
        PlanException => term_action_plan_exception,
        SettleReturn => term_action_settle_return,
        RecordCreditNote => term_action_record_credit_note,
        CloseException => term_action_close_exception,
        PlanBatches => term_action_plan_batches,
        SlipPromise => term_action_slip_promise,
        KeepStage => term_action_keep_stage,
        TellCustomer => term_action_tell_customer,
        RecordProduction => term_next_record_production, RecordPicking => term_next_record_picking,
        RecordPacking => term_next_record_packing, Ship => term_next_ship, SignOff => term_next_sign_off,
        CompleteOrder => term_next_complete_order, CloseDeal => term_next_close_deal,
        DropUrgency => routing_drop,
        ReviewAfterwards => fast_next_review, ResolveObjection => fast_next_resolve,
        OverrideCode => term_next_override_code,
        NoteRegistry => term_next_note_registry,
        Blacklist => term_next_blacklist,
        LiftBlacklist => term_next_lift_blacklist,
        HoldCredit => term_next_hold_credit,
        ReleaseCredit => term_next_release_credit,
        DeactivateCustomer => term_next_deactivate_customer,
        ReactivateCustomer => term_next_reactivate_customer,
        ChangeOwner => term_next_change_owner,
        SetGrade => term_next_set_grade,
        ChangeCredit => credit_next,
        DraftChange => term_next_draft_change, FileChange => term_next_file_change,
        AcknowledgeChange => term_next_acknowledge_change, ConfirmChange => term_next_confirm_change,
        RefuseChange => term_next_refuse_change, WithdrawChange => term_next_withdraw_change,
        ReviewCustomer => term_next_review_customer,
        RecordFeedback => term_next_record_feedback,
        AnswerFeedback => term_next_answer_feedback,
        ReportFeedback => term_next_report_feedback,
        AssignFeedback => term_next_assign_feedback,
        SolveFeedback => term_next_solve_feedback,
        ReturnFeedback => term_next_return_feedback,
        CloseFeedback => term_next_close_feedback,
        DismissFeedback => term_next_dismiss_feedback,
        CloseLesson => term_next_close_lesson,
        AnswerSurvey => term_next_answer_survey,
        RequestStop => stop_next_request, DecideStop => stop_next_decide, WithdrawStop => stop_next_withdraw,
        HoldOrder => stop_next_hold, ResumeOrder => stop_next_resume,
        ApproveChange => total_next_approve, CorrectReceipt => money_next_correct, RecordInvoice => money_next_invoice,
    }
}

#[cfg(test)]
mod tests;
