//! Time limits: when something is due, how it stands now, and the dates that follow from calendar months
//! (DOMAIN.md 3.5, 0.3, 1.1).
//!
//! The one rule: a due instant is computed once, at arrival, and stored with the version of the calendar that
//! gave it; newer calendar data never moves it. Nothing here decides anything when time has run out.

use crate::domain::calendar::{Calendar, NaturalHours, Profile, WorkingMinutes, truncated};
use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// One quarter between two verifications of a customer, in calendar months (DOMAIN.md 0.5).
const REVIEW_EVERY_MONTHS: u32 = 3;

/// A limit that runs, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The instant at which the limit is used up, on a whole minute.
    pub due_at: DateTime<Utc>,
    /// The whole limit.
    pub limit: WorkingMinutes,
    /// The clock it runs on.
    pub profile: Profile,
    /// Version of the calendar that gave `due_at`.
    pub calendar_version: String,
}

/// How a deadline stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DeadlineState {
    /// Time is left and no reminder is due yet.
    Running { left: WorkingMinutes },
    /// The reminder is due.
    DueSoon { left: WorkingMinutes },
    /// The due instant has passed, by this much working time (zero in the night after closing time).
    Overdue { by: WorkingMinutes },
}

impl Deadline {
    /// Starts `limit` at `now` on the clock of `calendar`.
    pub fn start(calendar: &Calendar, now: DateTime<Utc>, limit: WorkingMinutes) -> Self {
        Self {
            due_at: calendar.add_working_minutes(now, limit),
            limit,
            profile: calendar.profile(),
            calendar_version: calendar.version().to_owned(),
        }
    }

    /// How it stands at `now`, or at the instant of the decision. Overdue means `due_at < now`, so a decision on
    /// the due instant is in time. `calendar` must keep the deadline's clock; its data may be newer.
    pub fn state(&self, calendar: &Calendar, now: DateTime<Utc>) -> DeadlineState {
        debug_assert_eq!(calendar.profile(), self.profile, "a deadline is read on the clock it was started on");
        if self.due_at < now {
            return DeadlineState::Overdue { by: calendar.working_minutes_between(self.due_at, now) };
        }
        let left = calendar.working_minutes_between(now, self.due_at);
        if left <= self.unreminded() { DeadlineState::DueSoon { left } } else { DeadlineState::Running { left } }
    }

    /// The instant from which the reminder is due, for a limit started at `started_at` (DOMAIN.md 3.5).
    pub fn remind_at(&self, calendar: &Calendar, started_at: DateTime<Utc>) -> DateTime<Utc> {
        calendar.add_working_minutes(started_at, self.limit.less(self.unreminded()))
    }

    /// Working time left when the reminder is due, in whole minutes: a quarter of the limit, as three quarters
    /// have elapsed; on call a half, since the urgent path reminds after 60 of its 120 minutes (DOMAIN.md 3.5).
    fn unreminded(&self) -> WorkingMinutes {
        WorkingMinutes::new(match self.profile {
            Profile::Standard => self.limit.get() / 4,
            Profile::OnCall => self.limit.get() / 2,
        })
    }
}

/// The instant `hours` wall-clock hours after `from`, whose seconds are cut off (DOMAIN.md 0.3); the last
/// instant there is when that lies beyond it.
pub fn natural_deadline(from: DateTime<Utc>, hours: NaturalHours) -> DateTime<Utc> {
    let span = TimeDelta::try_hours(hours.0);
    span.and_then(|span| truncated(from).checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The same day of the month `months` later, or that month's last day when it is shorter.
pub fn add_months_clamped(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The day on which a customer verified on `last_verified_on` has to be looked at again (DOMAIN.md 1.1).
pub fn next_review_on(last_verified_on: NaiveDate) -> NaiveDate {
    add_months_clamped(last_verified_on, REVIEW_EVERY_MONTHS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{WorkingDays, ZONE};
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    fn left(minutes: i64) -> WorkingMinutes {
        WorkingMinutes::new(minutes)
    }

    #[test]
    fn a_working_day_across_two_dates_runs_reminds_and_goes_overdue() {
        let calendar = Calendar::standard();
        let started = at("2026-10-08 11:30");
        let deadline = Deadline::start(&calendar, started, WorkingDays(1).in_minutes());
        assert_eq!(deadline.due_at, at("2026-10-09 11:30"));
        assert_eq!(deadline.calendar_version, calendar.version());
        assert_eq!(deadline.remind_at(&calendar, started), at("2026-10-09 09:30"));
        for (now, state) in [
            ("2026-10-08 11:30", DeadlineState::Running { left: left(480) }),
            ("2026-10-09 09:29", DeadlineState::Running { left: left(121) }),
            ("2026-10-09 09:30", DeadlineState::DueSoon { left: left(120) }),
            ("2026-10-09 11:30", DeadlineState::DueSoon { left: left(0) }),
            ("2026-10-09 11:31", DeadlineState::Overdue { by: left(1) }),
            ("2026-10-09 14:20", DeadlineState::Overdue { by: left(110) }),
        ] {
            assert_eq!(deadline.state(&calendar, at(now)), state, "{now}");
        }
    }

    #[test]
    fn a_limit_due_at_closing_time_is_overdue_by_nothing_until_morning() {
        let calendar = Calendar::standard();
        let deadline = Deadline::start(&calendar, at("2026-09-30 14:00"), WorkingMinutes::hours(4));
        assert_eq!(deadline.due_at, at("2026-09-30 18:00"));
        let by_nothing = DeadlineState::Overdue { by: WorkingMinutes::ZERO };
        assert_eq!(deadline.state(&calendar, at("2026-10-04 12:00")), by_nothing);
        assert_eq!(deadline.state(&calendar, deadline.due_at + TimeDelta::seconds(1)), by_nothing);
    }

    #[test]
    fn the_urgent_path_reminds_after_an_hour_and_ends_after_two() {
        let calendar = Calendar::on_call();
        let started = at("2026-09-20 10:40");
        let deadline = Deadline::start(&calendar, started, WorkingMinutes::hours(2));
        assert_eq!(deadline.due_at, at("2026-09-20 12:40"));
        assert_eq!(deadline.remind_at(&calendar, started), at("2026-09-20 11:40"));
        assert_eq!(deadline.state(&calendar, at("2026-09-20 11:39")), DeadlineState::Running { left: left(61) });
        assert_eq!(deadline.state(&calendar, at("2026-09-20 11:40")), DeadlineState::DueSoon { left: left(60) });
    }

    #[test]
    fn a_post_review_of_three_working_days_counts_the_make_up_sunday() {
        let limit = WorkingDays(3).in_minutes();
        let deadline = Deadline::start(&Calendar::standard(), at("2026-09-20 10:58"), limit);
        assert_eq!(deadline.due_at, at("2026-09-23 10:58"));
    }

    #[test]
    fn promises_to_customers_run_on_the_wall_clock() {
        let hours = |from, n| natural_deadline(at(from), NaturalHours(n));
        assert_eq!(hours("2026-09-17 10:20", 24), at("2026-09-18 10:20"));
        assert_eq!(hours("2026-09-20 10:00", 48), at("2026-09-22 10:00"));
        assert_eq!(
            natural_deadline(at("2026-09-17 10:20") + TimeDelta::seconds(59), NaturalHours(1)),
            at("2026-09-17 11:20")
        );
        assert_eq!(hours("2026-09-17 10:20", i64::MAX), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn the_quarterly_review_is_clamped_to_the_end_of_the_month() {
        for (verified, review) in [
            ("2026-06-30", "2026-09-30"),
            ("2025-11-30", "2026-02-28"),
            ("2026-01-31", "2026-04-30"),
            ("2026-10-12", "2027-01-12"),
            ("2027-11-30", "2028-02-29"),
        ] {
            assert_eq!(next_review_on(verified.parse().unwrap()).to_string(), review, "{verified}");
        }
        assert_eq!(add_months_clamped(NaiveDate::MAX, 1), NaiveDate::MAX);
    }

    #[test]
    fn a_deadline_survives_storage() {
        let deadline = Deadline::start(&Calendar::on_call(), at("2026-09-20 10:40"), WorkingMinutes::hours(2));
        let text = serde_json::to_string(&deadline).unwrap();
        assert!(text.contains(r#""profile":"on_call""#), "{text}");
        assert_eq!(serde_json::from_str::<Deadline>(&text).unwrap(), deadline);
    }

    proptest! {
        #[test]
        fn the_reminder_falls_between_start_and_due_and_agrees_with_the_state(
            second in 1_767_196_800_i64..1_798_732_800, minutes in 1_i64..5000,
        ) {
            let calendar = Calendar::standard();
            let started = DateTime::from_timestamp(second, 0).unwrap();
            let deadline = Deadline::start(&calendar, started, WorkingMinutes::new(minutes));
            let remind_at = deadline.remind_at(&calendar, started);
            prop_assert!(truncated(started) < remind_at && remind_at <= deadline.due_at);
            let reminded = matches!(deadline.state(&calendar, remind_at), DeadlineState::DueSoon { .. });
            prop_assert!(reminded);
            let before = deadline.state(&calendar, remind_at - TimeDelta::minutes(1));
            let running = matches!(before, DeadlineState::Running { .. });
            prop_assert!(running);
        }
    }
}
