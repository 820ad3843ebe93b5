//! The words of a running approval round: checklists, department fields, who holds a node, and what
//! happened to it.

use super::Lang;
use crate::domain::approval::{Decision, Node, Round};
use crate::domain::fast_path::ObjectionOutcome;
use crate::domain::round::ladder::Alarm;
use crate::domain::round::{
    CallKind, Capacity, CheckAnswer, CheckItem, ConditionKind, Feasibility, HoldKind, ReturnTo, SheetFlaw, SignResult,
    TermsView,
};
use crate::domain::workflow::{Blocker, Event};

impl Lang {
    pub fn check_item(self, item: CheckItem) -> &'static str {
        match item {
            CheckItem::Completeness => self.round_check_completeness(),
            CheckItem::Price => self.round_check_price(),
            CheckItem::Terms => self.round_check_terms(),
            CheckItem::WantedDate => self.round_check_wanted_date(),
            CheckItem::CustomerState => self.round_check_customer_state(),
            CheckItem::Feasibility => self.round_check_feasibility(),
            CheckItem::Risk => self.round_check_risk(),
            CheckItem::Specification => self.round_check_specification(),
            CheckItem::LeadTime => self.round_check_lead_time(),
            CheckItem::PaymentTerms => self.round_check_payment_terms(),
            CheckItem::Credit => self.round_check_credit(),
            CheckItem::Margin => self.round_check_margin(),
            CheckItem::Invoice => self.round_check_invoice(),
            CheckItem::Capacity => self.round_check_capacity(),
            CheckItem::Material => self.round_check_material(),
            CheckItem::CommittedDate => self.round_check_committed_date(),
            CheckItem::Overall => self.round_check_overall(),
            CheckItem::Urgency => self.round_check_urgency(),
        }
    }

    pub fn check_answer(self, answer: CheckAnswer) -> &'static str {
        match answer {
            CheckAnswer::Met => self.round_answer_met(),
            CheckAnswer::NotMet => self.round_answer_not_met(),
            CheckAnswer::NotApplicable => self.round_answer_not_applicable(),
        }
    }

    pub fn feasibility(self, feasibility: Feasibility) -> &'static str {
        match feasibility {
            Feasibility::Feasible => self.round_feasible(),
            Feasibility::WithChanges => self.round_feasible_with_changes(),
            Feasibility::NotFeasible => self.round_not_feasible(),
        }
    }

    pub fn terms_view(self, terms: TermsView) -> &'static str {
        match terms {
            TermsView::Acceptable => self.round_terms_acceptable(),
            TermsView::NotAcceptable => self.round_terms_not_acceptable(),
        }
    }

    pub fn capacity(self, capacity: Capacity) -> &'static str {
        match capacity {
            Capacity::Enough => self.round_capacity_enough(),
            Capacity::Overtime => self.round_capacity_overtime(),
            Capacity::Outsourced => self.round_capacity_outsourced(),
        }
    }

    pub fn return_to(self, to: ReturnTo) -> &'static str {
        match to {
            ReturnTo::Requirement => self.round_return_requirement(),
            ReturnTo::Quote => self.round_return_quote(),
        }
    }

    pub fn condition_kind(self, kind: ConditionKind) -> &'static str {
        match kind {
            ConditionKind::Note => self.round_condition_note(),
            ConditionKind::Blocking => self.round_condition_blocking(),
        }
    }

    pub fn objection_outcome(self, outcome: ObjectionOutcome) -> &'static str {
        match outcome {
            ObjectionOutcome::Continue => self.fast_outcome_continue(),
            ObjectionOutcome::Hold => self.fast_outcome_hold(),
            ObjectionOutcome::Cancel => self.fast_outcome_cancel(),
        }
    }

    pub fn hold_kind(self, kind: HoldKind) -> &'static str {
        match kind {
            HoldKind::Running => self.round_hold_running(),
            HoldKind::Question => self.round_hold_question(),
            HoldKind::ExtraSign => self.round_hold_extra_sign(),
        }
    }

    pub fn sign_result(self, result: SignResult) -> &'static str {
        match result {
            SignResult::Agree => self.round_sign_agree(),
            SignResult::Object => self.round_sign_object(),
        }
    }

    /// 何敏 代 刘建国.
    pub fn on_behalf(self, by: &str, of: Option<&str>) -> String {
        of.map_or_else(|| by.to_owned(), |of| self.round_on_behalf(by, of))
    }

    fn sheet_flaw(self, flaw: SheetFlaw) -> String {
        match flaw {
            SheetFlaw::Unanswered(item) => self.round_flaw_unanswered(self.check_item(item)),
            SheetFlaw::Unexplained(item) => self.round_flaw_unexplained(self.check_item(item)),
            SheetFlaw::FieldsMissing => self.round_flaw_fields().to_owned(),
            SheetFlaw::NotFeasible => self.round_flaw_not_feasible().to_owned(),
            SheetFlaw::CommittedDay => self.round_flaw_committed().to_owned(),
        }
    }

    pub(super) fn round_blocker(self, blocker: &Blocker) -> String {
        match blocker {
            Blocker::VersionMoved => self.round_blocked_moved().to_owned(),
            Blocker::ClockStands { reason: CallKind::Question, .. } => self.round_blocked_question().to_owned(),
            Blocker::ClockStands { reason: CallKind::ExtraSign, of } => self.round_blocked_sign(of),
            Blocker::SheetIncomplete { flaw } => self.sheet_flaw(*flaw),
            Blocker::ClaimedBy { by } => self.round_blocked_claimed(self.person(by)),
            Blocker::NotClaimed => self.round_blocked_not_claimed().to_owned(),
            Blocker::ReceiverUnfit { name } => self.round_blocked_receiver(self.person(name)),
            Blocker::SignerUnfit { name } => self.round_blocked_signer(self.person(name)),
            Blocker::SomebodySigned { name } => self.round_blocked_signed(self.person(name)),
            Blocker::NothingAsked => self.round_blocked_nothing_asked().to_owned(),
            Blocker::ResultMissing => self.round_blocked_result().to_owned(),
            Blocker::NoEvidenceOwed => self.round_blocked_no_evidence().to_owned(),
            Blocker::EvidenceOwed { node } => self.round_blocked_evidence(self.node_kind(*node)),
            Blocker::PromiseTooEarly { committed_on } => self.round_blocked_promise(self.date(*committed_on)),
            Blocker::PromisePassed { promised_on } => self.promise_blocked_passed(self.date(*promised_on)),
            Blocker::PromiseNotLater { promised_at } => self.promise_blocked_not_later(self.moment(*promised_at)),
            other => format!("{other:?}"),
        }
    }

    /// Whose decision of which other node is this one's too.
    pub fn taken_over(self, round: &Round, node: &Node) -> Option<String> {
        let with = round.node(node.taken_over_with?)?;
        let decided = with.decided.as_ref()?;
        let person = self.on_behalf(
            &self.person(&decided.by_name),
            decided.on_behalf.as_ref().map(|p| self.person(&p.name)).as_deref(),
        );
        Some(self.round_taken_over(person, self.node_kind(with.kind)))
    }

    /// What happened to a node, for the timeline.
    pub(super) fn node_event(self, event: &Event) -> String {
        match event {
            Event::NodeDecided { node, decision, comment, on_behalf, return_to, .. } => {
                let department = match on_behalf {
                    Some(of) => self.round_event_for(self.node_kind(*node), self.person(&of.name)),
                    None => self.node_kind(*node).to_owned(),
                };
                let said = match (decision, return_to) {
                    (Decision::Return, Some(to)) => {
                        self.round_event_return(self.decision(*decision), self.return_to(*to))
                    }
                    _ => self.decision(*decision).to_owned(),
                };
                match comment {
                    None => self.sentence_event_node_decided(said, department),
                    Some(comment) => self.sentence_event_node_decided_comment(comment, said, department),
                }
            }
            Event::NodeClaimed { node, .. } => self.round_event_claimed(self.node_kind(*node)),
            Event::NodeGivenBack { node, .. } => self.round_event_given_back(self.node_kind(*node)),
            Event::NodeHandedOver { node, to, comment, .. } => {
                self.round_event_handed_over(comment, self.node_kind(*node), self.person(&to.name))
            }
            Event::NodePaused { node, reason: CallKind::Question, text, .. } => {
                self.round_event_asked(self.node_kind(*node), text)
            }
            Event::NodePaused { node, name, text, .. } => {
                self.round_event_signer(self.person(name.as_deref().unwrap_or_default()), self.node_kind(*node), text)
            }
            Event::NodeResumed { node, answer: None, .. } => self.round_event_recalled(self.node_kind(*node)),
            Event::NodeResumed { node, result, answer: Some(answer), .. } => match result {
                Some(result) => self.round_event_signed(answer, self.node_kind(*node), self.sign_result(*result)),
                None => self.round_event_answered(answer, self.node_kind(*node)),
            },
            Event::NodeEscalated { node, to, .. } => {
                self.round_event_escalated(self.node_kind(*node), self.person(&to.name))
            }
            Event::NodeTakenOver { node, with, by, .. } => {
                self.round_event_taken_over(self.node_kind(*node), self.person(&by.name), self.node_kind(*with))
            }
            Event::NodeAlarmed { node, alarm: Alarm::Reminder, .. } => self.round_event_reminded(self.node_kind(*node)),
            Event::NodeAlarmed { node, .. } => self.round_event_overdue(self.node_kind(*node)),
            Event::EvidenceAttached { node, .. } => self.round_event_evidence(self.node_kind(*node)),
            other => other.kind(),
        }
    }

    pub(super) fn round_notice(self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "node_reminder" => self.round_notice_reminder(),
            "node_overdue" => self.round_notice_overdue(),
            "node_escalated" => self.round_notice_escalated(),
            "node_recalled" => self.round_notice_recall(),
            "goods_ahead" => self.round_notice_goods_ahead(),
            "node_answered" => self.round_notice_answered(),
            "node_handed_over" => self.round_notice_handed_over(),
            "post_review_reminder" => self.round_notice_review_reminder(),
            "post_review_overdue" => self.round_notice_review_overdue(),
            "post_review_escalated" => self.round_notice_review_escalated(),
            "change_duty_reminder" => self.round_notice_duty_reminder(),
            "change_duty_overdue" => self.round_notice_duty_overdue(),
            "change_duty_escalated" => self.round_notice_duty_escalated(),
            "pledge_reminder" => self.pledge_notice_reminder(),
            "pledge_overdue" => self.pledge_notice_overdue(),
            "pledge_escalated" => self.pledge_notice_escalated(),
            "delegation_set" => self.delegation_notice_set(),
            "delegation_ended" => self.delegation_notice_ended(),
            _ => return None,
        })
    }
}
