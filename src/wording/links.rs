//! Words around the customer's links: purposes, states, answers, events and notices.

use super::Lang;
use crate::domain::link::{AnswerKind, LinkPurpose, LinkState, NoLink, last_day};
use crate::domain::workflow::Event;

impl Lang {
    pub fn link_purpose(self, value: LinkPurpose) -> &'static str {
        match value {
            LinkPurpose::Data => self.link_purpose_data(),
            LinkPurpose::Quote => self.link_purpose_quote(),
            LinkPurpose::Track => self.link_purpose_track(),
            LinkPurpose::Survey => self.link_purpose_survey(),
        }
    }

    pub fn link_purpose_text(self, value: LinkPurpose) -> &'static str {
        match value {
            LinkPurpose::Data => self.link_purpose_data_text(),
            LinkPurpose::Quote => self.link_purpose_quote_text(),
            LinkPurpose::Track => self.link_purpose_track_text(),
            LinkPurpose::Survey => self.link_purpose_survey_text(),
        }
    }

    pub fn link_state(self, value: LinkState) -> &'static str {
        match value {
            LinkState::Live => self.link_state_live(),
            LinkState::Expired => self.link_state_expired(),
            LinkState::Revoked => self.link_state_revoked(),
        }
    }

    pub fn no_link(self, value: NoLink) -> String {
        match value {
            NoLink::QuoteNotSent => self.no_link_quote_not_sent().to_owned(),
            NoLink::QuoteOver => self.no_link_quote_over().to_owned(),
            NoLink::DealEnded => self.no_link_deal_ended().to_owned(),
            NoLink::NoOrder => self.no_link_no_order().to_owned(),
            NoLink::NotCompleted => self.no_link_not_completed().to_owned(),
            NoLink::SurveyTooEarly { on } => self.no_link_survey_too_early(self.date(on)),
            NoLink::NotVerified => self.no_link_not_verified().to_owned(),
        }
    }

    pub fn answer_kind(self, value: AnswerKind) -> &'static str {
        match value {
            AnswerKind::Confirmed => self.answer_kind_confirmed(),
            AnswerKind::Corrected => self.answer_kind_corrected(),
            AnswerKind::Accepted => self.answer_kind_accepted(),
            AnswerKind::ChangeAsked => self.answer_kind_change_asked(),
            AnswerKind::Declined => self.answer_kind_declined(),
            AnswerKind::Surveyed => self.answer_kind_surveyed(),
        }
    }

    /// The timeline's sentence for an event around links; empty for any other.
    pub(super) fn link_event(self, event: &Event) -> String {
        match event {
            Event::LinkMade { purpose, expires_at, .. } => {
                self.link_event_made(self.link_purpose(*purpose), self.date(last_day(*expires_at)))
            }
            Event::LinkRevoked { purpose, .. } => self.link_event_revoked(self.link_purpose(*purpose)),
            Event::CustomerAnswered { answer, note: Some(note), .. } => {
                self.link_event_note(note, self.answered_online(*answer))
            }
            Event::CustomerAnswered { answer, .. } => self.answered_online(*answer).to_owned(),
            Event::AnswerSettled { answer, settlement, .. } => {
                self.link_event_settled(self.answer_kind(*answer), settlement)
            }
            _ => String::new(),
        }
    }

    /// What the customer's person did, after their name.
    fn answered_online(self, value: AnswerKind) -> &'static str {
        match value {
            AnswerKind::Confirmed => self.link_event_confirmed(),
            AnswerKind::Corrected => self.link_event_corrected(),
            AnswerKind::Accepted => self.link_event_accepted(),
            AnswerKind::ChangeAsked => self.link_event_change_asked(),
            AnswerKind::Declined => self.link_event_declined(),
            AnswerKind::Surveyed => self.link_event_surveyed(),
        }
    }

    pub(super) fn link_notice(self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "customer_confirmed_online" => self.link_notice_confirmed(),
            "customer_corrected" => self.link_notice_corrected(),
            "customer_accepted" => self.link_notice_accepted(),
            "customer_asked_change" => self.link_notice_change(),
            "customer_declined" => self.link_notice_declined(),
            "customer_surveyed_besides" => self.link_notice_surveyed_besides(),
            "customer_surveyed" => self.link_notice_surveyed(),
            _ => return None,
        })
    }
}
