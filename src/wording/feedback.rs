//! Feedback in words: kinds, states, limits, and the sentences of its history.
//!
//! The one rule: every match is exhaustive, so that a new code without words does not compile.

use super::Lang;
use crate::domain::feedback::{
    FeedbackCategory, FeedbackChannel, FeedbackEvent, FeedbackKind, FeedbackStatus, Owed, Severity, SurveyItem,
};

impl Lang {
    pub fn feedback_kind_of(self, value: FeedbackKind) -> &'static str {
        match value {
            FeedbackKind::Complaint => self.feedback_kind_complaint(),
            FeedbackKind::Praise => self.feedback_kind_praise(),
            FeedbackKind::Suggestion => self.feedback_kind_suggestion(),
            FeedbackKind::Survey => self.feedback_kind_survey(),
        }
    }

    pub fn feedback_status_of(self, value: FeedbackStatus) -> &'static str {
        match value {
            FeedbackStatus::Draft => self.feedback_status_draft(),
            FeedbackStatus::Open => self.feedback_status_open(),
            FeedbackStatus::Answered => self.feedback_status_answered(),
            FeedbackStatus::Solved => self.feedback_status_solved(),
            FeedbackStatus::Closed => self.feedback_status_closed(),
            FeedbackStatus::Dismissed => self.feedback_status_dismissed(),
        }
    }

    pub fn feedback_category_of(self, value: FeedbackCategory) -> &'static str {
        match value {
            FeedbackCategory::Quality => self.feedback_category_quality(),
            FeedbackCategory::Packaging => self.feedback_category_packaging(),
            FeedbackCategory::Delivery => self.feedback_category_delivery(),
            FeedbackCategory::Service => self.feedback_category_service(),
            FeedbackCategory::Price => self.feedback_category_price(),
            FeedbackCategory::Documents => self.feedback_category_documents(),
            FeedbackCategory::Other => self.feedback_category_other(),
        }
    }

    pub fn severity(self, value: Severity) -> &'static str {
        match value {
            Severity::General => self.feedback_severity_general(),
            Severity::Major => self.feedback_severity_major(),
            Severity::Urgent => self.feedback_severity_urgent(),
        }
    }

    pub fn feedback_channel_of(self, value: FeedbackChannel) -> &'static str {
        match value {
            FeedbackChannel::Phone => self.feedback_channel_phone(),
            FeedbackChannel::Email => self.feedback_channel_email(),
            FeedbackChannel::Wechat => self.feedback_channel_wechat(),
            FeedbackChannel::Visit => self.feedback_channel_visit(),
            FeedbackChannel::CustomerPage => self.feedback_channel_customer_page(),
        }
    }

    pub fn survey_item(self, value: SurveyItem) -> &'static str {
        match value {
            SurveyItem::Quality => self.feedback_item_quality(),
            SurveyItem::OnTime => self.feedback_item_on_time(),
            SurveyItem::Packaging => self.feedback_item_packaging(),
            SurveyItem::Service => self.feedback_item_service(),
            SurveyItem::Overall => self.feedback_item_overall(),
        }
    }

    pub fn owed(self, value: Owed) -> &'static str {
        match value {
            Owed::Answer => self.feedback_owed_answer(),
            Owed::Report => self.feedback_owed_report(),
            Owed::Solution => self.feedback_owed_solution(),
        }
    }

    /// A sentence for the timeline.
    pub(super) fn feedback_event(self, no: &str, told: &FeedbackEvent) -> String {
        match told {
            FeedbackEvent::Recorded { status: FeedbackStatus::Draft, said, .. } => {
                self.feedback_event_draft(self.feedback_category_of(said.category), no)
            }
            FeedbackEvent::Recorded { said, .. } => {
                let category = self.feedback_category_of(said.category);
                match said.severity {
                    Some(severity) => self.feedback_event_complaint(category, no, self.severity(severity)),
                    None => self.feedback_event_recorded(category, self.feedback_kind_of(said.kind), no),
                }
            }
            FeedbackEvent::Answered { .. } => self.feedback_event_answered(no),
            FeedbackEvent::Reported { .. } => self.feedback_event_reported(no),
            FeedbackEvent::Assigned { name, .. } => self.feedback_event_assigned(self.person(name), no),
            FeedbackEvent::Solved { solution } => match &solution.lesson {
                Some(lesson) => self.feedback_event_solved_lesson(lesson, no),
                None => self.feedback_event_solved(no),
            },
            FeedbackEvent::Returned { reason } => self.feedback_event_returned(no, reason),
            FeedbackEvent::Closed { satisfied: true, .. } => self.feedback_event_closed_yes(no),
            FeedbackEvent::Closed { .. } => self.feedback_event_closed_no(no),
            FeedbackEvent::Dismissed { reason } => self.feedback_event_dismissed(no, reason),
            FeedbackEvent::LessonClosed { .. } => self.feedback_event_lesson(no),
            FeedbackEvent::Surveyed { answer, .. } => match answer.scores.and_then(|s| s.each().last()) {
                Some((_, overall)) => self.feedback_event_surveyed(no, overall),
                None => self.feedback_event_no_answer(no),
            },
        }
    }
}
