//! Days as people write them into spreadsheets, and as Excel counts them.

use crate::domain::input::normalise;
use chrono::{Days, NaiveDate};

/// The day that Excel's count of days starts before 1900-03-01, which is the first day it counts right.
const EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// Counts of days from 1927-05-18 to 2149-06-06; smaller numbers are more likely no days at all.
const SERIALS: std::ops::RangeInclusive<u64> = 10_000..=91_103;

/// Reads `2018-04-16`, `2018/4/16`, `2018.4.16`, `2018年4月16日`, `20180416` and a count of days.
pub fn date(raw: &str) -> Option<NaiveDate> {
    let text = normalise(raw);
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text);
    }
    let chinese = text.strip_suffix('日').unwrap_or(text).replace(['年', '月'], "-");
    let parts: Vec<&str> = chinese.split(['-', '/', '.']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn digits(text: &str) -> Option<NaiveDate> {
    match text.len() {
        8 => NaiveDate::from_ymd_opt(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?),
        5 => {
            let days: u64 = text.parse().ok().filter(|days| SERIALS.contains(days))?;
            EPOCH?.checked_add_days(Days::new(days))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_writing_is_the_same_day() {
        for raw in [
            "2018-04-16",
            "2018/4/16",
            "2018.4.16",
            "2018年4月16日",
            "２０１８年４月１６日",
            "20180416",
            "43206",
            "2018-04-16 00:00:00",
            " 2018/04/16 ",
        ] {
            assert_eq!(date(raw), NaiveDate::from_ymd_opt(2018, 4, 16), "{raw}");
        }
    }

    #[test]
    fn what_could_be_two_days_or_none_is_refused() {
        for raw in
            ["", "4/16/2018", "18-4-16", "2018-13-01", "2018年", "4月16日", "2018-02-30", "12", "９９９９９", "abc"]
        {
            assert_eq!(date(raw), None, "{raw}");
        }
    }
}
