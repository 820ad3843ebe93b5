//! By when a complaint is answered, reported on and solved, and when the survey is asked (DOMAIN 7.8).
//!
//! Hours run on the wall clock, days are working days of eight working hours.

use super::Severity;
use crate::domain::calendar::{Calendar, NaturalHours, WorkingMinutes, local_date};
use crate::domain::deadline::natural_deadline;
use crate::domain::round::ladder::Alarm;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Working hours of one working day.
const DAY: i64 = 8;
/// Working time between the completion of an order and its survey.
pub const SURVEY_AFTER: WorkingMinutes = WorkingMinutes::hours(3 * DAY);

/// The moments by which the customer hears from us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub answer_by: DateTime<Utc>,
    /// A word in between, which a major complaint is owed.
    pub report_by: Option<DateTime<Utc>>,
    pub solve_by: DateTime<Utc>,
}

/// The limits of a complaint, from the moment the customer spoke.
pub fn limits(severity: Severity, received_at: DateTime<Utc>, calendar: &Calendar) -> Limits {
    let hours = |n| natural_deadline(received_at, NaturalHours(n));
    let days = |n: i64| calendar.add_working_minutes(received_at, WorkingMinutes::hours(n * DAY));
    match severity {
        Severity::General => Limits { answer_by: hours(24), report_by: None, solve_by: days(3) },
        Severity::Major => Limits { answer_by: hours(12), report_by: Some(days(2)), solve_by: days(5) },
        Severity::Urgent => Limits { answer_by: hours(2), report_by: None, solve_by: hours(24) },
    }
}

/// What is told of a limit at `now`: a reminder when three quarters of its time are gone, then that it has passed.
pub fn alarm(since: DateTime<Utc>, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Alarm> {
    if due_at <= now {
        Some(Alarm::Overdue)
    } else if due_at - (due_at - since) / 4 <= now {
        Some(Alarm::Reminder)
    } else {
        None
    }
}

/// When the survey of an order completed at `completed_at` is to be asked.
pub fn survey_due(completed_at: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
    calendar.add_working_minutes(completed_at, SURVEY_AFTER)
}

/// The first day on which it can be answered.
pub fn survey_opens_on(completed_at: DateTime<Utc>) -> NaiveDate {
    local_date(survey_due(completed_at, &Calendar::standard()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::ZONE;
    use chrono::NaiveDateTime;

    fn at(text: &str) -> DateTime<Utc> {
        let local = NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    #[test]
    fn hours_are_natural_and_days_are_working_days() {
        let calendar = Calendar::standard();
        // Wednesday afternoon before the National Day holiday of 2026 (1 to 7 October; work again on the 8th).
        let wednesday = at("09-30 14:00");
        assert_eq!(
            limits(Severity::General, wednesday, &calendar),
            Limits { answer_by: at("10-01 14:00"), report_by: None, solve_by: at("10-10 14:00") }
        );
        assert_eq!(
            limits(Severity::Major, wednesday, &calendar),
            Limits { answer_by: at("10-01 02:00"), report_by: Some(at("10-09 14:00")), solve_by: at("10-13 14:00") }
        );
        assert_eq!(
            limits(Severity::Urgent, wednesday, &calendar),
            Limits { answer_by: at("09-30 16:00"), report_by: None, solve_by: at("10-01 14:00") }
        );
    }

    #[test]
    fn a_limit_is_reminded_of_at_three_quarters_and_passes_at_its_end() {
        let (since, due) = (at("09-30 14:00"), at("10-01 14:00"));
        assert_eq!(alarm(since, due, at("10-01 07:59")), None);
        assert_eq!(alarm(since, due, at("10-01 08:00")), Some(Alarm::Reminder));
        assert_eq!(alarm(since, due, at("10-01 13:59")), Some(Alarm::Reminder));
        assert_eq!(alarm(since, due, at("10-01 14:00")), Some(Alarm::Overdue));
    }

    #[test]
    fn the_survey_is_asked_three_working_days_after_completion() {
        let calendar = Calendar::standard();
        assert_eq!(survey_due(at("10-13 10:00"), &calendar), at("10-16 10:00"));
        // Over a weekend.
        assert_eq!(survey_due(at("10-15 10:00"), &calendar), at("10-20 10:00"));
    }
}
