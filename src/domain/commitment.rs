//! What warehouse and logistics say to a confirmed order (DOMAIN 3.1): they approve nothing, but within
//! four working hours one stands for the stock and the other for the transport.

use super::calendar::{Calendar, WorkingMinutes};
use super::staff::Department;
use chrono::{DateTime, Utc};

/// Who is asked, in this order.
pub const ASKED: [Department; 2] = [Department::Warehouse, Department::Logistics];
const COMMIT_WITHIN: WorkingMinutes = WorkingMinutes::hours(4);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    pub department: Department,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub given: Option<Given>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub note: Option<String>,
}

impl Commitment {
    /// What came later than the limit stays late.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.given.as_ref().map_or(now, |g| g.at) > self.due_at
    }
}

/// When both have to have answered.
pub fn due(calendar: &Calendar, confirmed_at: DateTime<Utc>) -> DateTime<Utc> {
    calendar.add_working_minutes(confirmed_at, COMMIT_WITHIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00+08:00").parse().expect("a moment")
    }

    #[test]
    fn four_working_hours_end_on_the_next_working_day() {
        let calendar = Calendar::standard();
        assert_eq!(due(&calendar, at("2026-09-18T09:15")), at("2026-09-18T14:15"), "around the noon break");
        assert_eq!(due(&calendar, at("2026-09-30T16:00")), at("2026-10-08T11:00"), "over the holidays");
    }

    #[test]
    fn an_answer_is_late_by_its_own_moment() {
        let asked = Commitment {
            department: Department::Warehouse,
            asked_at: at("2026-09-18T09:15"),
            due_at: at("2026-09-18T14:15"),
            given: None,
        };
        assert!(!asked.is_late(at("2026-09-18T14:15")) && asked.is_late(at("2026-09-18T14:16")));
        let given = Given { by_name: "孙丽".to_owned(), at: at("2026-09-18T14:00"), note: None };
        assert!(!Commitment { given: Some(given), ..asked }.is_late(at("2026-09-20T09:00")));
    }
}
