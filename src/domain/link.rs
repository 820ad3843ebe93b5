//! Links for customers without an account: what each is for, how long it lives, and how it stands.
//!
//! The one rule: the token is the whole authority, so a link is bound to one purpose and one
//! version, ends by itself, and can be taken back. The token itself is nowhere kept.

use super::calendar::{ZONE, local_date};
use super::codes::codes;
use super::customer::CustomerStatus;
use super::deal::DealStatus;
use super::feedback::survey_opens_on;
use super::ids::{CustomerId, DealId, LinkAnswerId, LinkId, PersonId, QuoteId};
use super::quote::{Quote, QuoteStatus};
use super::workflow::{self, Action, Blocker, Case, Command};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

codes!(/// What the customer can do with a link.
LinkPurpose { Data = "data", Quote = "quote", Track = "track", Survey = "survey" });
codes!(/// What a customer said with a link.
AnswerKind {
    Confirmed = "confirmed", Corrected = "corrected", Accepted = "accepted", ChangeAsked = "change_asked",
    Declined = "declined", Surveyed = "surveyed",
});
codes!(/// How a link stands.
LinkState { Live = "live", Expired = "expired", Revoked = "revoked" });

/// Why a link cannot be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLink {
    QuoteNotSent,
    QuoteOver,
    DealEnded,
    NoOrder,
    NotCompleted,
    /// The survey is asked some days after the end.
    SurveyTooEarly {
        on: NaiveDate,
    },
    NotVerified,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub purpose: LinkPurpose,
    pub customer: CustomerId,
    pub deal: Option<DealId>,
    pub quote: Option<QuoteId>,
    pub created_by: PersonId,
    pub created_by_name: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub first_opened_at: Option<DateTime<Utc>>,
    pub last_opened_at: Option<DateTime<Utc>>,
    pub opened: i32,
    pub answers: Vec<LinkAnswer>,
}

impl Link {
    pub fn state(&self, now: DateTime<Utc>) -> LinkState {
        if self.revoked_at.is_some() {
            LinkState::Revoked
        } else if self.expires_at <= now {
            LinkState::Expired
        } else {
            LinkState::Live
        }
    }

    pub fn answer(&self, kind: AnswerKind) -> Option<&LinkAnswer> {
        self.answers.iter().find(|a| a.kind == kind)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAnswer {
    pub id: LinkAnswerId,
    pub kind: AnswerKind,
    pub by_name: String,
    pub by_title: Option<String>,
    pub note: Option<String>,
    pub corrections: Vec<Correction>,
    pub at: DateTime<Utc>,
    /// Who dealt with it, and how.
    pub settled: Option<(String, DateTime<Utc>, String)>,
}

impl LinkAnswer {
    /// Somebody of ours still has to do something about it.
    pub fn is_open(&self) -> bool {
        matches!(self.kind, AnswerKind::Corrected | AnswerKind::ChangeAsked) && self.settled.is_none()
    }
}

/// A field that the customer says is wrong. `field` is the code of DOMAIN 1.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    pub field: String,
    pub shown: String,
    pub said: String,
}

/// How long a link of this purpose lives; a quote's never longer than the quote.
pub fn life(purpose: LinkPurpose) -> TimeDelta {
    match purpose {
        LinkPurpose::Data => TimeDelta::days(14),
        LinkPurpose::Quote => TimeDelta::days(90),
        LinkPurpose::Track => TimeDelta::days(180),
        LinkPurpose::Survey => TimeDelta::days(30),
    }
}

/// When a link made now ends: with the end of a day, as people are told.
pub fn expires_at(purpose: LinkPurpose, quote: Option<&Quote>, now: DateTime<Utc>) -> DateTime<Utc> {
    let end = day_after(local_date(now + life(purpose)));
    match quote.filter(|_| purpose == LinkPurpose::Quote) {
        Some(quote) => end.min(day_after(quote.terms.valid_until)),
        None => end,
    }
}

/// The day whose end is the end of a link.
pub fn last_day(expires_at: DateTime<Utc>) -> NaiveDate {
    local_date(expires_at - TimeDelta::seconds(1))
}

/// The first moment after a day in company time: a quote is valid to the day's last second.
fn day_after(day: NaiveDate) -> DateTime<Utc> {
    let next = day.succ_opt().and_then(|d| d.and_time(NaiveTime::MIN).and_local_timezone(ZONE).single());
    next.map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
}

/// What is in the way of a link for this purpose.
pub fn no_link(purpose: LinkPurpose, case: &Case, now: DateTime<Utc>) -> Vec<NoLink> {
    match purpose {
        LinkPurpose::Data => match case.customer.status {
            CustomerStatus::PendingConfirmation | CustomerStatus::Archived => Vec::new(),
            CustomerStatus::Draft | CustomerStatus::PendingVerification => vec![NoLink::NotVerified],
        },
        LinkPurpose::Quote => match case.quote.as_ref() {
            Some(quote) if quote.status == QuoteStatus::Sent && has_ended(case) => vec![NoLink::DealEnded],
            Some(quote) if quote.status == QuoteStatus::Sent && !quote.is_expired(now) => Vec::new(),
            Some(quote) if quote.status == QuoteStatus::Sent => vec![NoLink::QuoteOver],
            _ => vec![NoLink::QuoteNotSent],
        },
        LinkPurpose::Track => match case.order.as_ref().and_then(|o| o.confirmed_at) {
            Some(_) => Vec::new(),
            None => vec![NoLink::NoOrder],
        },
        LinkPurpose::Survey => match case.order.as_ref().and_then(|o| o.completed_at).map(survey_opens_on) {
            Some(on) if local_date(now) < on => vec![NoLink::SurveyTooEarly { on }],
            Some(_) => Vec::new(),
            None => vec![NoLink::NotCompleted],
        },
    }
}

/// How the quote of a link stands for the customer who opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It can be answered.
    Open,
    Accepted,
    Declined,
    /// Another version came after it.
    Replaced,
    /// The customer took another alternative.
    NotChosen,
    /// Another alternative is being decided on inside; it can be answered afterwards.
    Paused,
    /// A change is being worked on; what comes of it is answered afterwards.
    Changing,
    /// Something else has to be settled inside first.
    Held,
    Over,
    /// The deal was closed without an order.
    Ended,
}

fn has_ended(case: &Case) -> bool {
    case.deal.as_ref().is_some_and(|d| d.status != DealStatus::Open)
}

/// How a quote stands on its deal: nothing is open to an answer that the acceptance would refuse.
pub fn offered(quote: &Quote, case: &Case, now: DateTime<Utc>) -> Offered {
    match of_itself(quote, now) {
        Offered::Open => {}
        settled => return settled,
    }
    if has_ended(case) {
        return Offered::Ended;
    }
    // One quote of a deal is in approval at a time, and nobody turns away from it.
    if case.quote.as_ref().is_some_and(|q| q.status == QuoteStatus::Submitted) {
        return Offered::Paused;
    }
    let stops = if quote.alternative == case.alternative() {
        workflow::blockers(case, Action::RecordAcceptance, None, now)
    } else {
        // The deal turns to the alternative that was answered, and then takes the answer.
        let turn = Command::ChooseAlternative { alternative: quote.alternative };
        let turned = Case { quote: Some(quote.clone()), ..case.clone() };
        let mut stops = workflow::blockers(case, Action::ChooseAlternative, Some(&turn), now);
        stops.extend(workflow::blockers(&turned, Action::RecordAcceptance, None, now));
        stops
    };
    if stops.is_empty() {
        Offered::Open
    } else if stops.iter().any(|b| matches!(b, Blocker::ChangeOpen { .. })) {
        Offered::Changing
    } else {
        Offered::Held
    }
}

fn of_itself(quote: &Quote, now: DateTime<Utc>) -> Offered {
    match quote.status {
        QuoteStatus::Sent if quote.is_expired(now) => Offered::Over,
        QuoteStatus::Sent => Offered::Open,
        QuoteStatus::Accepted => Offered::Accepted,
        QuoteStatus::Declined => Offered::Declined,
        QuoteStatus::Expired => Offered::Over,
        QuoteStatus::NotChosen => Offered::NotChosen,
        _ => Offered::Replaced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(revoked: Option<&str>) -> Link {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        Link {
            id: LinkId(uuid::Uuid::nil()),
            purpose: LinkPurpose::Track,
            customer: CustomerId(uuid::Uuid::nil()),
            deal: None,
            quote: None,
            created_by: PersonId(uuid::Uuid::nil()),
            created_by_name: String::new(),
            created_at: at("2026-09-18T01:00:00Z"),
            expires_at: at("2026-09-28T01:00:00Z"),
            revoked_at: revoked.map(at),
            first_opened_at: None,
            last_opened_at: None,
            opened: 0,
            answers: Vec::new(),
        }
    }

    #[test]
    fn a_link_lives_to_the_end_of_its_last_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let ends = expires_at(LinkPurpose::Data, None, at("2026-09-18T01:00:00Z"));
        assert_eq!(ends.with_timezone(&ZONE).time(), NaiveTime::MIN);
        assert_eq!(last_day(ends), local_date(at("2026-09-18T01:00:00Z") + life(LinkPurpose::Data)));
    }

    #[test]
    fn a_link_ends_at_its_moment_or_when_it_is_taken_back() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(link(None).state(at("2026-09-28T00:59:59Z")), LinkState::Live);
        assert_eq!(link(None).state(at("2026-09-28T01:00:00Z")), LinkState::Expired);
        assert_eq!(link(Some("2026-09-20T00:00:00Z")).state(at("2026-09-21T00:00:00Z")), LinkState::Revoked);
    }
}
