//! Calendar months in company time: the periods of reports.

use crate::domain::calendar::{ZONE, local_date};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};

/// One month; its days are counted in company time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    pub fn of(at: DateTime<Utc>) -> Self {
        Self::with(local_date(at))
    }

    pub fn with(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// `2026-09`, as it stands in addresses; years 2000 to 2199.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
        (2000..2200).contains(&first.year()).then_some(Self { first })
    }

    /// Before anything that is counted.
    pub fn earliest() -> Self {
        Self::with(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default())
    }

    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The month `count` months earlier.
    #[must_use]
    pub fn back(self, count: u32) -> Self {
        Self { first: self.first.checked_sub_months(Months::new(count)).unwrap_or(self.first) }
    }

    /// The month `count` months later.
    #[must_use]
    pub fn ahead(self, count: u32) -> Self {
        Self { first: self.first.checked_add_months(Months::new(count)).unwrap_or(self.first) }
    }

    #[must_use]
    pub fn next(self) -> Self {
        self.ahead(1)
    }

    /// The instant at which it begins.
    pub fn begins(self) -> DateTime<Utc> {
        let midnight = self.first.and_time(NaiveTime::MIN).and_local_timezone(ZONE).single();
        midnight.map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
    }

    /// The instant at which the next one begins.
    pub fn ends(self) -> DateTime<Utc> {
        self.next().begins()
    }

    /// This month and the ones before it, oldest first, `count` in all.
    pub fn run_up(self, count: u32) -> Vec<Self> {
        (0..count).rev().map(|back| self.back(back)).collect()
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// The last second of a day in company time.
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN);
    day.and_time(last).and_local_timezone(ZONE).single().map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_company_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(Month::of(at("2026-09-30T15:59:59Z")).to_string(), "2026-09");
        assert_eq!(Month::of(at("2026-09-30T16:00:00Z")).to_string(), "2026-10");
        let month = Month::parse("2026-12").unwrap();
        assert_eq!((month.begins(), month.ends()), (at("2026-11-30T16:00:00Z"), at("2026-12-31T16:00:00Z")));
        let run: Vec<String> = Month::parse("2026-02").unwrap().run_up(3).iter().map(Month::to_string).collect();
        assert_eq!(run, ["2025-12", "2026-01", "2026-02"]);
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in
            ["", "2026", "2026-13", "2026-00", "1999-12", "2200-01", "2026-9", "-026-09", "２０２６-09", "2026-09-01"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
