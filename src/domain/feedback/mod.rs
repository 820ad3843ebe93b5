//! What customers say after delivery (DOMAIN 7.8): complaints with their limits, praise, suggestions,
//! and the survey that is asked once.
//!
//! The one rule: every limit follows from the severity and the moment the customer spoke; "overdue" is
//! a comparison with now.

mod limits;

pub use limits::{Limits, SURVEY_AFTER, alarm, limits, survey_due, survey_opens_on};

use super::codes::codes;
use super::ids::{CustomerId, FeedbackId, OrderId, PersonId};
use super::staff::Department;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes!(FeedbackKind { Complaint = "complaint", Praise = "praise", Suggestion = "suggestion", Survey = "survey" });
codes!(/// A draft comes from a survey with a low score; praise and surveys are closed as soon as they are recorded.
FeedbackStatus {
    Draft = "draft", Open = "open", Answered = "answered", Solved = "solved", Closed = "closed", Dismissed = "dismissed",
});
codes!(FeedbackCategory {
    Quality = "quality", Packaging = "packaging", Delivery = "delivery", Service = "service", Price = "price",
    Documents = "documents", Other = "other",
});
codes!(Severity { General = "general", Major = "major", Urgent = "urgent" });
codes!(FeedbackChannel {
    Phone = "phone", Email = "email", Wechat = "wechat", Visit = "visit", CustomerPage = "customer_page",
});
codes!(/// What a survey asks, each from 1 to 5.
SurveyItem {
    Quality = "quality", OnTime = "on_time", Packaging = "packaging", Service = "service", Overall = "overall",
});

/// The lowest score, and the highest that still opens a complaint.
pub const WORST: i16 = 1;
pub const LOW: i16 = 2;
pub const BEST: i16 = 5;

impl FeedbackCategory {
    /// The department that acts on a lesson of this kind.
    pub fn department(self) -> Department {
        match self {
            Self::Packaging => Department::Warehouse,
            Self::Quality => Department::Production,
            Self::Delivery => Department::Logistics,
            Self::Price | Self::Documents => Department::Finance,
            Self::Service | Self::Other => Department::Sales,
        }
    }
}

impl SurveyItem {
    /// Where a complaint about it belongs.
    pub fn category(self) -> FeedbackCategory {
        match self {
            Self::Quality => FeedbackCategory::Quality,
            Self::OnTime => FeedbackCategory::Delivery,
            Self::Packaging => FeedbackCategory::Packaging,
            Self::Service => FeedbackCategory::Service,
            Self::Overall => FeedbackCategory::Other,
        }
    }
}

/// One score for each [`SurveyItem`], in its order; each from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[i16; 5]", into = "[i16; 5]")]
pub struct Scores([i16; 5]);

impl Scores {
    pub fn of(given: [i16; 5]) -> Option<Self> {
        given.iter().all(|s| (WORST..=BEST).contains(s)).then_some(Self(given))
    }

    pub fn each(self) -> impl Iterator<Item = (SurveyItem, i16)> {
        SurveyItem::ALL.iter().copied().zip(self.0)
    }

    /// What the customer is least content with, when it is bad enough for a complaint.
    pub fn complaint(self) -> Option<SurveyItem> {
        self.each().filter(|(_, score)| *score <= LOW).min_by_key(|(_, score)| *score).map(|(item, _)| item)
    }
}

impl TryFrom<[i16; 5]> for Scores {
    type Error = String;

    fn try_from(given: [i16; 5]) -> Result<Self, Self::Error> {
        Self::of(given).ok_or_else(|| format!("scores are from {WORST} to {BEST}: {given:?}"))
    }
}

impl From<Scores> for [i16; 5] {
    fn from(scores: Scores) -> Self {
        scores.0
    }
}

/// What the customer said, as it is written down; never edited afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub kind: FeedbackKind,
    pub category: FeedbackCategory,
    /// Of complaints.
    pub severity: Option<Severity>,
    /// Who said it, at the customer.
    pub contact: Option<String>,
    pub channel: FeedbackChannel,
    /// 4 to 1000 characters; a draft from a survey may say nothing.
    pub content: Option<String>,
    pub received_at: DateTime<Utc>,
    /// Who takes care of it.
    pub handler: PersonId,
    /// Of us, the person the customer complains about.
    pub about: Option<PersonId>,
}

/// The outcome of asking the survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    /// None: the customer was asked and gave no answer.
    pub scores: Option<Scores>,
    pub contact: Option<String>,
    pub channel: FeedbackChannel,
    pub comment: Option<String>,
}

/// A text with the person and the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub text: String,
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
}

/// Cause, remedy, and what is done differently next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    pub cause: String,
    pub remedy: String,
    /// The lesson for the next order: a banner until a manager closes it as standard.
    pub lesson: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub satisfied: Option<bool>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub id: FeedbackId,
    pub no: String,
    pub version: i64,
    pub customer: CustomerId,
    pub order: Option<OrderId>,
    pub status: FeedbackStatus,
    pub said: Statement,
    pub handler_name: String,
    pub about_name: Option<String>,
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
    pub limits: Option<Limits>,
    pub answer: Option<Entry>,
    pub report: Option<Entry>,
    pub solution: Option<Solution>,
    pub solved: Option<(String, DateTime<Utc>)>,
    pub closing: Option<Closing>,
    /// How the lesson became the standard.
    pub lesson_closed: Option<Entry>,
    pub scores: Option<Scores>,
    /// The survey whose low score opened this draft.
    pub survey: Option<String>,
}

/// What is owed to the customer next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    Answer,
    Report,
    Solution,
}

impl Feedback {
    pub fn has_open_lesson(&self) -> bool {
        self.lesson_closed.is_none() && self.solution.as_ref().is_some_and(|s| s.lesson.is_some())
    }

    /// What is owed next and until when; nothing of what has no limits.
    pub fn owed(&self) -> Option<(Owed, DateTime<Utc>)> {
        let limits = self.limits.as_ref()?;
        match self.status {
            FeedbackStatus::Open => Some((Owed::Answer, limits.answer_by)),
            FeedbackStatus::Answered => match limits.report_by.filter(|_| self.report.is_none()) {
                Some(report_by) => Some((Owed::Report, report_by)),
                None => Some((Owed::Solution, limits.solve_by)),
            },
            FeedbackStatus::Draft | FeedbackStatus::Solved | FeedbackStatus::Closed | FeedbackStatus::Dismissed => None,
        }
    }
}

/// A complaint that is not closed, or whose lesson is not standard yet: what everybody on the
/// customer's next deals has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    pub no: String,
    pub category: FeedbackCategory,
    /// The lesson, or what was complained about while there is none.
    pub text: String,
    pub is_lesson: bool,
    pub received_at: DateTime<Utc>,
    pub is_open: bool,
    /// Who owns the deal whose order it was said about, and their manager.
    pub deal_owner: Option<(PersonId, Option<PersonId>)>,
}

/// What is asked for a piece of feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedbackCommand {
    Record(Box<Statement>),
    Answer {
        text: String,
    },
    Report {
        text: String,
    },
    Assign {
        to: PersonId,
        name: String,
    },
    Solve(Box<Solution>),
    /// The manager sends a solution back.
    Return {
        reason: String,
    },
    Close {
        satisfied: bool,
        note: Option<String>,
    },
    /// A draft that is no complaint after all.
    Dismiss {
        reason: String,
    },
    CloseLesson {
        note: String,
    },
    Survey(Box<SurveyAnswer>),
}

/// What happened to it; stored for ever inside `Event::Feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum FeedbackEvent {
    Recorded {
        order: Option<OrderId>,
        status: FeedbackStatus,
        said: Statement,
        limits: Option<Limits>,
        survey: Option<FeedbackId>,
    },
    Answered {
        text: String,
    },
    Reported {
        text: String,
    },
    Assigned {
        to: PersonId,
        name: String,
    },
    Solved {
        solution: Solution,
    },
    Returned {
        reason: String,
    },
    Closed {
        satisfied: bool,
        note: Option<String>,
    },
    Dismissed {
        reason: String,
    },
    LessonClosed {
        note: String,
    },
    Surveyed {
        order: OrderId,
        answer: SurveyAnswer,
        handler: PersonId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_of_two_in_any_item_is_a_complaint_about_the_worst() {
        let of = |given| Scores::of(given).and_then(Scores::complaint);
        assert_eq!(of([5, 5, 5, 5, 5]), None);
        assert_eq!(of([3, 3, 3, 3, 3]), None);
        assert_eq!(of([5, 5, 2, 5, 5]), Some(SurveyItem::Packaging));
        assert_eq!(of([2, 1, 5, 5, 2]), Some(SurveyItem::OnTime));
        for (i, item) in SurveyItem::ALL.iter().enumerate() {
            let mut given = [5; 5];
            given[i] = LOW;
            assert_eq!(of(given), Some(*item));
        }
    }

    #[test]
    fn scores_are_from_one_to_five() {
        for wrong in [0, 6, -1, i16::MAX] {
            assert_eq!(Scores::of([5, 5, wrong, 5, 5]), None);
            assert!(serde_json::from_value::<Scores>(serde_json::json!([5, 5, wrong, 5, 5])).is_err());
        }
    }
}
