//! Hold, cancel and short-close in words.
//!
//! The one rule: every match is exhaustive, so that a new code without words does not compile.

use super::Lang;
use crate::domain::order_stop::{StopAnswer, StopKind, StopReason, StopStatus};
use crate::domain::workflow::{Blocker, Event};

impl Lang {
    pub fn stop_kind(self, value: StopKind) -> &'static str {
        match value {
            StopKind::Hold => self.stop_kind_hold(),
            StopKind::Cancel => self.stop_kind_cancel(),
            StopKind::ShortClose => self.stop_kind_short_close(),
        }
    }

    pub fn stop_reason(self, value: StopReason) -> &'static str {
        match value {
            StopReason::Customer => self.stop_reason_customer(),
            StopReason::Credit => self.stop_reason_credit(),
            StopReason::Quality => self.stop_reason_quality(),
            StopReason::Objection => self.stop_reason_objection(),
            StopReason::Supply => self.stop_reason_supply(),
            StopReason::Other => self.stop_reason_other(),
        }
    }

    pub fn stop_status(self, value: StopStatus) -> &'static str {
        match value {
            StopStatus::Requested => self.stop_status_requested(),
            StopStatus::InForce => self.stop_status_in_force(),
            StopStatus::Refused => self.stop_status_refused(),
            StopStatus::Withdrawn => self.stop_status_withdrawn(),
            StopStatus::Ended => self.stop_status_ended(),
        }
    }

    pub fn stop_answer(self, value: StopAnswer) -> &'static str {
        match value {
            StopAnswer::Granted => self.stop_answer_granted(),
            StopAnswer::Refused => self.stop_answer_refused(),
        }
    }

    pub(super) fn stop_event(self, event: &Event) -> String {
        match event {
            Event::StopRequested { stop, reason, text, .. } => {
                self.stop_event_requested(self.stop_kind(*stop), self.stop_reason(*reason), text)
            }
            Event::StopDecided { stop, answer, comment: None, .. } => {
                self.stop_event_decided(self.stop_answer(*answer), self.stop_kind(*stop))
            }
            Event::StopDecided { stop, answer, comment: Some(comment), .. } => {
                self.stop_event_decided_comment(self.stop_answer(*answer), comment, self.stop_kind(*stop))
            }
            Event::StopWithdrawn { stop, .. } => self.stop_event_withdrawn(self.stop_kind(*stop)),
            Event::OrderHeld { reason, text, .. } => self.stop_event_held(self.stop_reason(*reason), text),
            Event::OrderResumed { comment, .. } => self.stop_event_resumed(comment),
            _ => self.stop_event_released().to_owned(),
        }
    }

    pub(super) fn stop_blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::OrderOnHold { reason, since } => {
                self.stop_blocked_on_hold(self.stop_reason(*reason), self.moment(*since))
            }
            Blocker::StopAsked { kind, by, at } => {
                self.stop_blocked_asked(self.moment(*at), self.person(by), self.stop_kind(*kind))
            }
            Blocker::StopUnfit { kind: StopKind::Hold } => self.stop_blocked_hold().to_owned(),
            Blocker::StopUnfit { kind: StopKind::Cancel } => self.stop_blocked_cancel().to_owned(),
            Blocker::StopUnfit { kind: StopKind::ShortClose } => self.stop_blocked_short_close().to_owned(),
            Blocker::CostStatementMissing => self.stop_blocked_cost().to_owned(),
            _ => self.stop_blocked_none().to_owned(),
        }
    }

    /// What a notice about a stop says to those who only hear of it.
    pub(super) fn stop_notice(self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "stop_granted" => self.stop_notice_granted(),
            "stop_refused" => self.stop_notice_refused(),
            "order_on_hold" => self.stop_notice_on_hold(),
            "order_resumed" => self.stop_notice_resumed(),
            "order_cancelled" => self.stop_notice_cancelled(),
            "order_short_closed" => self.stop_notice_short_closed(),
            _ => return None,
        })
    }
}
