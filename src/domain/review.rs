//! The quarterly re-check of an archive (DOMAIN 1.1): how it stands on a day.
//!
//! The one rule: everything follows from the due date and the day of asking; no flag is ever set by night.

use chrono::NaiveDate;

/// Calendar days before the due date on which the reminder goes out.
pub const REMIND_DAYS: i64 = 14;

/// The grace of those who only ask whether it is late.
pub const HOWEVER_LATE: i64 = i64::MAX;

/// How a re-check stands, in calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    NotDue {
        left: i64,
    },
    /// The reminder is out; at most 14 days are left.
    DueSoon {
        left: i64,
    },
    /// From the due date on; no day has passed on the date itself.
    Overdue {
        days: i64,
    },
    /// Overdue for longer than the rules allow: no new order is confirmed until somebody re-verifies.
    Blocking {
        days: i64,
    },
}

/// How the re-check that is due on `next_review_on` stands on `today`, both in company time; beyond `grace`
/// calendar days late it blocks new orders.
pub fn review_state(next_review_on: NaiveDate, today: NaiveDate, grace: i64) -> ReviewState {
    let days = today.signed_duration_since(next_review_on).num_days();
    if days > grace {
        ReviewState::Blocking { days }
    } else if days >= 0 {
        ReviewState::Overdue { days }
    } else if -days <= REMIND_DAYS {
        ReviewState::DueSoon { left: -days }
    } else {
        ReviewState::NotDue { left: -days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deadline::next_review_on;
    use chrono::TimeDelta;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The vectors of DOMAIN 1.1, and what stands on the edges around each due date.
    #[test]
    fn three_months_after_verification_it_is_due_and_the_edges_hold() {
        for (verified, due) in [
            ("2026-06-30", "2026-09-30"),
            ("2025-11-30", "2026-02-28"),
            ("2026-01-31", "2026-04-30"),
            ("2026-10-12", "2027-01-12"),
        ] {
            let due = day(due);
            assert_eq!(next_review_on(day(verified)), due, "{verified}");
            let on = |days: i64| review_state(due, due + TimeDelta::days(days), 30);
            assert_eq!(on(-15), ReviewState::NotDue { left: 15 });
            assert_eq!(on(-14), ReviewState::DueSoon { left: 14 });
            assert_eq!(on(-1), ReviewState::DueSoon { left: 1 });
            assert_eq!(on(0), ReviewState::Overdue { days: 0 });
            assert_eq!(on(30), ReviewState::Overdue { days: 30 });
            assert_eq!(on(31), ReviewState::Blocking { days: 31 });
            assert!(matches!(review_state(due, day(verified), 30), ReviewState::NotDue { .. }));
        }
    }
}
