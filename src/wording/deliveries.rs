//! Delivery in words: stages, exceptions, what happened, what is in the way, what somebody is told.
//!
//! The one rule: every match is exhaustive over what it is given, and no sentence of the timeline
//! holds a price.

use super::Lang;
use crate::domain::delivery::{
    Appearance, Arrangement, DelayCause, Disposition, ExceptionKind, ExceptionStatus, Inspection, ReturnFreight,
    ReturnOutcome, Severity, StageState, ToldAbout, ToldBy,
};
use crate::domain::money::format_quantity;
use crate::domain::workflow::{Blocker, Event};

macro_rules! words {
    ($($name:ident($kind:ident) { $($variant:ident => $key:ident,)+ })+) => {
        impl Lang {
            $(pub fn $name(self, value: $kind) -> &'static str { match value { $($kind::$variant => self.$key(),)+ } })+
        }
    };
}

words! {
    stage_state(StageState) {
        Waiting => deliveries_state_waiting, Running => deliveries_state_running, Done => deliveries_state_done,
        Late => deliveries_state_late, Trouble => deliveries_state_trouble,
    }
    delay_cause(DelayCause) {
        Production => deliveries_cause_production, Material => deliveries_cause_material,
        Logistics => deliveries_cause_logistics, Customer => deliveries_cause_customer,
        ForceMajeure => deliveries_cause_force_majeure,
    }
    exception_kind(ExceptionKind) {
        Shortage => deliveries_kind_shortage, Delay => deliveries_kind_delay, QcFail => deliveries_kind_qc_fail,
        Damage => deliveries_kind_damage, ShortOrWrong => deliveries_kind_short_or_wrong,
        Refused => deliveries_kind_refused, Return => deliveries_kind_return, Replace => deliveries_kind_replace,
        Unreachable => deliveries_kind_unreachable,
    }
    exception_status(ExceptionStatus) {
        Open => deliveries_exception_open, Planned => deliveries_exception_planned,
        Closed => deliveries_exception_closed,
    }
    exception_severity(Severity) { Normal => deliveries_severity_normal, Severe => deliveries_severity_severe, }
    disposition(Disposition) {
        Rework => deliveries_disposition_rework, Scrap => deliveries_disposition_scrap,
        SplitBatch => deliveries_disposition_split_batch, Substitute => deliveries_disposition_substitute,
        Expedite => deliveries_disposition_expedite, Replace => deliveries_disposition_replace,
        Credit => deliveries_disposition_credit, Resend => deliveries_disposition_resend,
        TakeBack => deliveries_disposition_take_back, Redeliver => deliveries_disposition_redeliver,
    }
    inspection(Inspection) {
        Good => deliveries_inspection_good, Damaged => deliveries_inspection_damaged, Lost => deliveries_inspection_lost,
    }
    return_outcome(ReturnOutcome) { Replace => deliveries_outcome_replace, Credit => deliveries_outcome_credit, }
    return_freight(ReturnFreight) {
        Seller => deliveries_freight_seller, Buyer => deliveries_freight_buyer, Carrier => deliveries_freight_carrier,
    }
    appearance(Appearance) { Fine => deliveries_appearance_fine, Damaged => deliveries_appearance_damaged, }
    told_about(ToldAbout) {
        ShipOut => deliveries_about_ship_out, Delay => deliveries_about_delay, SignOff => deliveries_about_sign_off,
        Progress => deliveries_about_progress,
    }
    told_by(ToldBy) {
        Copied => deliveries_by_copied, Mail => deliveries_by_mail, Phone => deliveries_by_phone,
        Wechat => deliveries_by_wechat,
    }
}

impl Lang {
    /// Carrier and waybill, or who fetches the goods.
    pub fn shipped_with(self, way: &Arrangement) -> String {
        match &way.pick_up {
            Some(pick_up) => {
                format!("{} {}", self.delivery_mode(crate::domain::requirement::DeliveryMode::PickUp), pick_up.name)
            }
            None => [&way.carrier, &way.waybill_no].into_iter().flatten().cloned().collect::<Vec<_>>().join(" "),
        }
    }

    /// The sentence of a delivery's event; other events have their own.
    pub(super) fn delivery_event(self, event: &Event) -> String {
        match event {
            Event::Produced { quantity, scrap, .. } if !scrap.is_zero() => {
                self.deliveries_event_produced_scrap(format_quantity(*quantity), format_quantity(*scrap))
            }
            Event::Produced { quantity, .. } => self.sentence_event_produced(format_quantity(*quantity)),
            Event::QcRecorded { passed, cause: Some(cause), failed, .. } => {
                self.deliveries_event_qc_failed(cause, format_quantity(*failed), format_quantity(*passed))
            }
            Event::QcRecorded { passed, .. } => self.deliveries_event_qc(format_quantity(*passed)),
            Event::FailureSettled { quantity, disposition, .. } => {
                self.deliveries_event_failure_settled(format_quantity(*quantity), self.disposition(*disposition))
            }
            Event::Picked { quantity, .. } => self.sentence_event_picked(format_quantity(*quantity)),
            Event::PickingChecked { quantity, .. } => self.deliveries_event_picking_checked(format_quantity(*quantity)),
            Event::Packed { quantity, .. } => self.sentence_event_packed(format_quantity(*quantity)),
            Event::ShipmentArranged { no, way, .. } => self.deliveries_event_arranged(no, self.shipped_with(way)),
            Event::ShipmentDropped { no, reason, .. } => self.deliveries_event_dropped(no, reason),
            Event::Shipped { batch_no, packages, carrier, .. } if carrier.is_empty() => {
                self.deliveries_event_shipped_pick_up(batch_no, packages)
            }
            Event::Shipped { batch_no, carrier, waybill_no, packages, eta: None, .. } => {
                self.sentence_event_shipped(batch_no, carrier, packages, waybill_no)
            }
            Event::Shipped { batch_no, carrier, waybill_no, packages, eta: Some(eta), .. } => {
                self.sentence_event_shipped_eta(batch_no, carrier, self.date(*eta), packages, waybill_no)
            }
            Event::HandedOver { no, .. } => self.deliveries_event_handed_over(no),
            Event::TransitNoted { no, text, arrived_at: None, .. } => self.deliveries_event_transit(no, text),
            Event::TransitNoted { no, text, arrived_at: Some(at), .. } => {
                self.deliveries_event_arrived(self.moment(*at), no, text)
            }
            Event::SignedOff { signed_by, signed_at, .. } => {
                self.sentence_event_signed_off(self.moment(*signed_at), signed_by)
            }
            Event::ExceptionOpened { no, facts, .. } => {
                self.deliveries_event_exception_opened(self.exception_kind(facts.kind), no, &facts.text)
            }
            Event::ExceptionAnswered { no, text, .. } => self.deliveries_event_exception_answered(no, text),
            Event::ExceptionPlanned { no, plan, .. } => {
                self.deliveries_event_exception_planned(no, &plan.text, self.disposition(plan.disposition))
            }
            Event::ExceptionClosed { no, outcome, .. } => self.deliveries_event_exception_closed(no, outcome),
            Event::GoodsReturned { quantity, inspection, outcome, .. } => self.deliveries_event_returned(
                self.inspection(*inspection),
                self.return_outcome(*outcome),
                format_quantity(*quantity),
            ),
            Event::CreditNoteRecorded { no, .. } => self.deliveries_event_credit_note(no),
            Event::BatchesPlanned { batches, .. } => {
                let told: Vec<String> = batches
                    .iter()
                    .map(|b| format!("{} {}", format_quantity(b.quantity), self.moment(b.promised_at)))
                    .collect();
                self.deliveries_event_batches(told.join(self.sentence_joint()), batches.len())
            }
            Event::PromiseSlipped { batch_no, from, to, cause, reason, .. } => self.deliveries_event_slipped(
                batch_no,
                self.delay_cause(*cause),
                self.moment(*from),
                reason,
                self.moment(*to),
            ),
            Event::StageKept { stage, forecast_at: Some(at), .. } => {
                self.deliveries_event_stage_forecast(self.moment(*at), self.delivery_stage(*stage))
            }
            Event::StageKept { stage, .. } => self.deliveries_event_stage_kept(self.delivery_stage(*stage)),
            Event::CustomerTold { about, channel, .. } => {
                self.deliveries_event_told(self.told_about(*about), self.told_by(*channel))
            }
            _ => String::new(),
        }
    }

    /// What is in the way of a delivery's act; other blockers have their own sentences.
    pub(super) fn delivery_blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::ReceivedMoreThanShipped { line, shipped } => {
                self.deliveries_blocked_received_more(line, format_quantity(*shipped))
            }
            Blocker::PickingUnchecked => self.deliveries_blocked_unchecked().to_owned(),
            Blocker::PickingUnknown => self.deliveries_blocked_picking_unknown().to_owned(),
            Blocker::QcCauseMissing => self.deliveries_blocked_qc_cause().to_owned(),
            Blocker::DeviationMissing { wish } => self.deliveries_blocked_deviation(wish),
            Blocker::ExceptionOpen { no } => self.deliveries_blocked_exception_open(no),
            Blocker::FactMissing { field } => self.deliveries_blocked_fact(self.field(field)),
            Blocker::ExceptionUnknown => self.deliveries_blocked_exception_unknown().to_owned(),
            Blocker::ExceptionAnswered => self.deliveries_blocked_exception_answered().to_owned(),
            Blocker::ExceptionNotPlanned => self.deliveries_blocked_exception_not_planned().to_owned(),
            Blocker::FailureUndecided => self.deliveries_blocked_failure().to_owned(),
            Blocker::CreditNoteMissing => self.deliveries_blocked_credit_note().to_owned(),
            Blocker::NoCreditNoteOwed => self.deliveries_blocked_no_credit_note().to_owned(),
            Blocker::DifferenceOpen { no } => self.deliveries_blocked_difference(no),
            Blocker::BatchesDiffer { quantity } => self.deliveries_blocked_batches_differ(format_quantity(*quantity)),
            Blocker::BatchesPlanned => self.deliveries_blocked_batches_planned().to_owned(),
            Blocker::BatchTooLate { promised_at } => self.deliveries_blocked_batch_late(self.moment(*promised_at)),
            Blocker::BatchUnknown => self.deliveries_blocked_batch_unknown().to_owned(),
            Blocker::PromisePast => self.deliveries_blocked_promise_past().to_owned(),
            Blocker::DelayCauseMissing { promised_at } => {
                self.deliveries_blocked_delay_cause(self.moment(*promised_at))
            }
            Blocker::StageFinished => self.deliveries_blocked_stage_finished().to_owned(),
            _ => String::new(),
        }
    }

    /// The notice of a delivery's kind, if it is one.
    pub(super) fn delivery_notice(self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "goods_shipped" => self.deliveries_notice_goods_shipped(),
            "goods_signed" => self.deliveries_notice_goods_signed(),
            "goods_arrived" => self.deliveries_notice_goods_arrived(),
            "goods_returned" => self.deliveries_notice_goods_returned(),
            "exception_opened" => self.deliveries_notice_exception_opened(),
            "exception_planned" => self.deliveries_notice_exception_planned(),
            "exception_closed" => self.deliveries_notice_exception_closed(),
            "exception_overdue" => self.deliveries_notice_exception_overdue(),
            "promise_moved" => self.deliveries_notice_promise_moved(),
            "delay_expected" => self.deliveries_notice_delay_expected(),
            "delay_owed" => self.deliveries_notice_delay_owed(),
            "stage_stale" => self.deliveries_notice_stage_stale(),
            _ => return None,
        })
    }
}
