//! Requirement changes in words: kinds, phases, ways, notes, and the values of changed fields.
//!
//! The one rule: every match is exhaustive, so that a new code without words does not compile.

use super::Lang;
use crate::domain::change::{
    Answer, Approval, Bearer, ChangeField, ChangeKind, ChangeReason, ChangeStatus, Form, Item, Note, Phase, Way,
    kinds_of,
};
use crate::domain::customer::InvoiceKind;
use crate::domain::requirement::PaymentWish;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};

impl Lang {
    pub fn change_status(self, value: ChangeStatus) -> &'static str {
        match value {
            ChangeStatus::Draft => self.change_status_draft(),
            ChangeStatus::Assessing => self.change_status_assessing(),
            ChangeStatus::AwaitingCustomer => self.change_status_awaiting_customer(),
            ChangeStatus::Effective => self.change_status_effective(),
            ChangeStatus::Refused => self.change_status_refused(),
            ChangeStatus::Withdrawn => self.change_status_withdrawn(),
        }
    }

    pub fn change_kind(self, value: ChangeKind) -> &'static str {
        match value {
            ChangeKind::QuantityUp => self.change_kind_quantity_up(),
            ChangeKind::QuantityDown => self.change_kind_quantity_down(),
            ChangeKind::Product => self.change_kind_product(),
            ChangeKind::Packaging => self.change_kind_packaging(),
            ChangeKind::Earlier => self.change_kind_earlier(),
            ChangeKind::Later => self.change_kind_later(),
            ChangeKind::Address => self.change_kind_address(),
            ChangeKind::Price => self.change_kind_price(),
            ChangeKind::Invoice => self.change_kind_invoice(),
            ChangeKind::Urgent => self.change_kind_urgent(),
            ChangeKind::Cancel => self.change_kind_cancel(),
        }
    }

    pub fn change_phase_of(self, value: Phase) -> &'static str {
        match value {
            Phase::BeforeSubmit => self.change_phase_before_submit(),
            Phase::InApproval => self.change_phase_in_approval(),
            Phase::Approved => self.change_phase_approved(),
            Phase::NotStarted => self.change_phase_not_started(),
            Phase::InProduction => self.change_phase_in_production(),
            Phase::Shipped => self.change_phase_shipped(),
        }
    }

    pub fn change_reason_of(self, value: ChangeReason) -> &'static str {
        match value {
            ChangeReason::Customer => self.change_reason_customer(),
            ChangeReason::Ours => self.change_reason_ours(),
            ChangeReason::Technical => self.change_reason_technical(),
            ChangeReason::Regulation => self.change_reason_regulation(),
            ChangeReason::Other => self.change_reason_other(),
        }
    }

    pub fn change_answer_of(self, value: Answer) -> &'static str {
        match value {
            Answer::Possible => self.change_answer_possible(),
            Answer::NotPossible => self.change_answer_not_possible(),
        }
    }

    pub fn change_bearer(self, value: Bearer) -> &'static str {
        match value {
            Bearer::Customer => self.change_bearer_customer(),
            Bearer::Us => self.change_bearer_us(),
            Bearer::Shared => self.change_bearer_shared(),
            Bearer::NoLoss => self.change_bearer_no_loss(),
        }
    }

    pub fn change_way(self, value: Way) -> &'static str {
        match value {
            Way::NewVersion => self.change_way_new_version(),
            Way::Edit => self.change_way_edit(),
            Way::Amend => self.change_way_amend(),
            Way::ChangeOrder => self.change_way_change_order(),
            Way::Supplementary => self.change_way_supplementary(),
            Way::Return => self.change_way_return(),
            Way::Replacement => self.change_way_replacement(),
            Way::CarrierOnly => self.change_way_carrier_only(),
            Way::CreditNote => self.change_way_credit_note(),
            Way::RedLetter => self.change_way_red_letter(),
            Way::UrgentFlag => self.change_way_urgent_flag(),
            Way::Reprioritise => self.change_way_reprioritise(),
            Way::CloseDeal => self.change_way_close_deal(),
            Way::CancelOrder => self.change_way_cancel_order(),
            Way::NotPossible => self.change_way_not_possible(),
            Way::Pointless => self.change_way_pointless(),
        }
    }

    pub fn change_form(self, value: Form) -> &'static str {
        match value {
            Form::Requirement => self.change_form_requirement(),
            Form::Quote => self.change_form_quote(),
            Form::OrderTotal => self.change_form_order_total(),
        }
    }

    /// Who has to approve, when anybody has.
    pub fn change_approval(self, value: Approval) -> Option<&'static str> {
        Some(match value {
            Approval::None => return None,
            Approval::NewRound => self.change_approval_new_round(),
            Approval::NewRoundIfProduction => self.change_approval_if_production(),
            Approval::NewTotal => self.change_approval_new_total(),
            Approval::ManagerIfPriceSame => self.change_approval_manager_same_price(),
            Approval::Production => self.change_approval_production(),
            Approval::Manager => self.change_approval_manager(),
            Approval::Director => self.change_approval_director(),
            Approval::FastPath => self.change_approval_fast_path(),
        })
    }

    pub fn change_note(self, value: Note) -> &'static str {
        match value {
            Note::TierReread => self.change_note_tier_reread(),
            Note::CreditChecked => self.change_note_credit_checked(),
            Note::AddedPartOnly => self.change_note_added_part_only(),
            Note::OrSupplementary => self.change_note_or_supplementary(),
            Note::StockReleased => self.change_note_stock_released(),
            Note::LowerBound => self.change_note_lower_bound(),
            Note::CustomerBearsLoss => self.change_note_customer_bears_loss(),
            Note::ScrapRecorded => self.change_note_scrap_recorded(),
            Note::NoRequoteIfPriceSame => self.change_note_no_requote(),
            Note::RepackingCost => self.change_note_repacking_cost(),
            Note::Recommit => self.change_note_recommit(),
            Note::StorageCost => self.change_note_storage_cost(),
            Note::Logged => self.change_note_logged(),
            Note::Intercept => self.change_note_intercept(),
            Note::Recheck => self.change_note_recheck(),
            Note::NewDates => self.change_note_new_dates(),
            Note::DepositPerContract => self.change_note_deposit(),
            Note::CostStatement => self.change_note_cost_statement(),
        }
    }

    /// The field of an item, with its line.
    pub fn change_item(self, item: &Item) -> String {
        let field = match item.field {
            ChangeField::Line => self.change_whole_line(),
            ChangeField::PaymentTerms => self.total_terms(),
            field => self.field(field.code()),
        };
        match item.line {
            Some(line) => self.change_line(field, line),
            None => field.to_owned(),
        }
    }

    /// A stored value of an item as a person reads it.
    pub fn change_value(self, field: ChangeField, value: &str) -> String {
        let word = match field {
            ChangeField::WantedAt => value.parse::<DateTime<Utc>>().ok().map(|at| self.moment(at)),
            ChangeField::PaymentWish => PaymentWish::parse(value).map(|w| self.payment_wish(w).to_owned()),
            ChangeField::PaymentTerms => Some(self.total_terms_told(value)),
            ChangeField::UnitPrice => value.parse().ok().map(crate::domain::money::format_quantity),
            ChangeField::InvoiceNeed => InvoiceKind::parse(value).map(|k| self.invoice_kind(k).to_owned()),
            _ => None,
        };
        match word {
            Some(word) => word,
            None if value.is_empty() => self.change_nothing().to_owned(),
            None => value.to_owned(),
        }
    }

    pub fn change_kinds(self, kinds: &[ChangeKind]) -> String {
        self.list(kinds.iter().map(|kind| self.change_kind(*kind)))
    }

    pub(super) fn change_event(self, event: &Event) -> String {
        match event {
            Event::ChangeDrafted { no, items, wish, .. } => {
                let mut kinds = kinds_of(items);
                kinds.extend(wish);
                self.sentence_event_change_drafted(self.change_kinds(&kinds), no)
            }
            Event::ChangeFiled { no, phase, kinds, call_back: None, .. } => {
                self.sentence_event_change_filed(self.change_kinds(kinds), no, self.change_phase_of(*phase))
            }
            Event::ChangeFiled { no, phase, kinds, call_back: Some(call), .. } => self
                .sentence_event_change_filed_called(
                    &call.contact,
                    self.change_kinds(kinds),
                    no,
                    self.change_phase_of(*phase),
                ),
            Event::ChangeDutyOpened { department, due_at, .. } => {
                self.sentence_event_change_duty(self.department(*department), self.moment(*due_at))
            }
            Event::ChangeAcknowledged { department, answer, comment: None, .. } => {
                self.sentence_event_change_acknowledged(self.change_answer_of(*answer), self.department(*department))
            }
            Event::ChangeAcknowledged { department, answer, comment: Some(comment), .. } => self
                .sentence_event_change_acknowledged_comment(
                    self.change_answer_of(*answer),
                    comment,
                    self.department(*department),
                ),
            Event::ChangeAwaitsCustomer { .. } => self.sentence_event_change_awaits().to_owned(),
            Event::ChangeEffective { no, .. } => self.sentence_event_change_effective(no),
            Event::ChangeRefused { no, comment, .. } if comment.is_empty() => self.sentence_event_change_refused(no),
            Event::ChangeRefused { no, comment, .. } => self.sentence_event_change_refused_reason(comment, no),
            Event::ChangeWithdrawn { no, comment, .. } if comment.is_empty() => {
                self.sentence_event_change_withdrawn(no)
            }
            Event::ChangeWithdrawn { no, comment, .. } => self.sentence_event_change_withdrawn_reason(comment, no),
            Event::RequirementCancelled { .. } => self.sentence_event_requirement_cancelled().to_owned(),
            Event::RequirementAmended { .. } => self.sentence_event_requirement_amended().to_owned(),
            Event::OrderAmended { promised: Some((from, to)), .. } => {
                self.sentence_event_order_promised(self.moment(*from), self.moment(*to))
            }
            _ => self.sentence_event_order_amended().to_owned(),
        }
    }

    /// Notices that ask for nothing but to be read.
    pub(super) fn change_notice(self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "change_filed" => self.sentence_notice_change_filed(),
            "change_effective" => self.sentence_notice_change_effective(),
            "change_refused" => self.sentence_notice_change_refused(),
            "change_withdrawn" => self.sentence_notice_change_withdrawn(),
            _ => return None,
        })
    }
}
