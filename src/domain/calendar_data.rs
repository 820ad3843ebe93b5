//! The days off and make-up workdays of China as data (DOMAIN.md 4.1): the shape in which an administrator
//! enters a year and the hours of a day, and the years this program ships with.
//!
//! The one rule: a date stands here only when a published notice or the holiday law itself names it. A year
//! whose notice is not known is `Provisional`; its spans and make-up days are never guessed.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Version of the shipped years; stored with every due instant computed from them. Changes whenever they do.
pub const BUILT_IN_VERSION: &str = "built-in-2025-2026.1";

/// First year in which the statutory dates of [`fixed_statutory`] hold (DOMAIN.md 4.1, source F32).
const STATUTORY_SINCE: i32 = 2025;

/// Minutes of a calendar day; the zone has no daylight saving.
pub const MINUTES_PER_DAY: i64 = 24 * 60;

/// Which clock a limit runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Workdays 09:00–12:00 and 13:00–18:00.
    Standard,
    /// Every calendar day 08:00–22:00.
    OnCall,
}

impl Profile {
    /// The code as stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::OnCall => "on_call",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        [Self::Standard, Self::OnCall].into_iter().find(|p| p.code() == code)
    }
}

/// Working intervals of one day in minutes after local midnight: in order, apart, none empty, possibly none at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u16, u16)>", into = "Vec<(u16, u16)>")]
pub struct Hours(Vec<(u16, u16)>);

impl Hours {
    /// Checks intervals `[start, end)`; an end of 1440 is midnight. Nothing runs past midnight.
    pub fn new(intervals: Vec<(u16, u16)>) -> Result<Self, CalendarFlaw> {
        let mut free_from = 0;
        for (index, (start, end)) in intervals.iter().copied().enumerate() {
            if start < free_from || end <= start || i64::from(end) > MINUTES_PER_DAY {
                return Err(CalendarFlaw::BadInterval { index });
            }
            free_from = end;
        }
        Ok(Self(intervals))
    }

    /// The intervals, in order.
    pub fn intervals(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// The daily hours of a profile (DOMAIN.md 4.2).
    pub fn usual(profile: Profile) -> Self {
        Self(match profile {
            Profile::Standard => vec![(9 * 60, 12 * 60), (13 * 60, 18 * 60)],
            Profile::OnCall => vec![(8 * 60, 22 * 60)],
        })
    }
}

impl TryFrom<Vec<(u16, u16)>> for Hours {
    type Error = CalendarFlaw;
    fn try_from(intervals: Vec<(u16, u16)>) -> Result<Self, CalendarFlaw> {
        Self::new(intervals)
    }
}

impl From<Hours> for Vec<(u16, u16)> {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

/// Why calendar data, entered or stored, was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarFlaw {
    /// The interval at this place is empty, leaves the day, or starts before the former one has ended.
    BadInterval { index: usize },
    /// A year was given twice.
    YearTwice { year: i32 },
    /// A date was listed twice.
    DayTwice { date: NaiveDate },
    /// A span of working time below zero.
    NegativeSpan { minutes: i64 },
    /// A date lies neither in the year it was listed under nor in the December before.
    DayOutsideYear { date: NaiveDate, year: i32 },
}

impl std::fmt::Display for CalendarFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "calendar data refused: {self:?}")
    }
}

impl std::error::Error for CalendarFlaw {}

/// What a listed date is, whatever its weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A day off (放假).
    Off,
    /// A make-up workday (调休上班).
    Work,
}

/// One listed date, as an administrator enters or imports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOverride {
    /// Date in company time.
    pub date: NaiveDate,
    /// Off or work.
    pub kind: DayKind,
    /// Name of the holiday it belongs to, as the notice writes it.
    pub name: String,
    /// Number of the notice; `None` when only the holiday law names the date.
    pub source: Option<String>,
}

/// How far a year's list can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Taken from the year's published notice; complete.
    Published,
    /// The notice is not known; only certain statutory dates are listed (暂定).
    Provisional,
}

/// All listed dates of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarYear {
    /// Gregorian year the notice is for.
    pub year: i32,
    /// Complete or provisional.
    pub standing: Standing,
    /// The listed dates, each once, in any order. A notice may also name days of the December before.
    pub days: Vec<DayOverride>,
}

/// The statutory holiday that falls on the same Gregorian date every year, by name. Used for a year nobody
/// has entered yet; holidays that follow the lunar calendar or the sun's longitude are not among them.
pub fn fixed_statutory(date: NaiveDate) -> Option<&'static str> {
    if date.year() < STATUTORY_SINCE {
        return None;
    }
    match (date.month(), date.day()) {
        (1, 1) => Some("元旦"),
        (5, 1 | 2) => Some("劳动节"),
        (10, 1..=3) => Some("国庆节"),
        _ => None,
    }
}

/// The years this program ships with: 2025 and 2026 published, 2027 provisional.
pub fn built_in() -> Vec<CalendarYear> {
    NOTICES.iter().map(Notice::to_year).collect()
}

struct Notice {
    year: i32,
    /// The notice's number; a year without one is provisional.
    number: Option<&'static str>,
    holidays: &'static [Holiday],
}

struct Holiday {
    name: &'static str,
    /// First and last day off as (month, day), both included.
    off: [(u32, u32); 2],
    make_up: &'static [(u32, u32)],
}

const fn holiday(name: &'static str, off: [(u32, u32); 2], make_up: &'static [(u32, u32)]) -> Holiday {
    Holiday { name, off, make_up }
}

const NOTICES: [Notice; 3] = [
    Notice {
        year: 2025,
        number: Some("国办发明电〔2024〕12号"),
        holidays: &[
            holiday("元旦", [(1, 1), (1, 1)], &[]),
            holiday("春节", [(1, 28), (2, 4)], &[(1, 26), (2, 8)]),
            holiday("清明节", [(4, 4), (4, 6)], &[]),
            holiday("劳动节", [(5, 1), (5, 5)], &[(4, 27)]),
            holiday("端午节", [(5, 31), (6, 2)], &[]),
            holiday("国庆节、中秋节", [(10, 1), (10, 8)], &[(9, 28), (10, 11)]),
        ],
    },
    Notice {
        year: 2026,
        number: Some("国办发明电〔2025〕7号"),
        holidays: &[
            holiday("元旦", [(1, 1), (1, 3)], &[(1, 4)]),
            holiday("春节", [(2, 15), (2, 23)], &[(2, 14), (2, 28)]),
            holiday("清明节", [(4, 4), (4, 6)], &[]),
            holiday("劳动节", [(5, 1), (5, 5)], &[(5, 9)]),
            holiday("端午节", [(6, 19), (6, 21)], &[]),
            holiday("中秋节", [(9, 25), (9, 27)], &[]),
            holiday("国庆节", [(10, 1), (10, 7)], &[(9, 20), (10, 10)]),
        ],
    },
    Notice {
        year: 2027,
        number: None,
        holidays: &[
            holiday("元旦", [(1, 1), (1, 1)], &[]),
            holiday("春节", [(2, 5), (2, 8)], &[]),
            holiday("清明节", [(4, 5), (4, 5)], &[]),
            holiday("劳动节", [(5, 1), (5, 2)], &[]),
            holiday("端午节", [(6, 9), (6, 9)], &[]),
            holiday("中秋节", [(9, 15), (9, 15)], &[]),
            holiday("国庆节", [(10, 1), (10, 3)], &[]),
        ],
    },
];

impl Notice {
    fn to_year(&self) -> CalendarYear {
        let mut days = Vec::new();
        for holiday in self.holidays {
            let [first, last] = holiday.off.map(|day| self.date(day));
            for date in first.iter_days().take_while(|date| *date <= last) {
                days.push(self.listed(date, DayKind::Off, holiday.name));
            }
            for day in holiday.make_up {
                days.push(self.listed(self.date(*day), DayKind::Work, holiday.name));
            }
        }
        let standing = if self.number.is_some() { Standing::Published } else { Standing::Provisional };
        CalendarYear { year: self.year, standing, days }
    }

    fn listed(&self, date: NaiveDate, kind: DayKind, name: &str) -> DayOverride {
        DayOverride { date, kind, name: name.to_owned(), source: self.number.map(str::to_owned) }
    }

    fn date(&self, (month, day): (u32, u32)) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, month, day).expect("the table holds real dates; a test builds them all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::Calendar;
    use chrono::Weekday;

    fn workdays_by_month(year: i32) -> Vec<usize> {
        let calendar = Calendar::standard();
        let month_of = |month: u32| {
            let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
            first.iter_days().take_while(|d| d.month() == month).filter(|d| calendar.is_workday(*d)).count()
        };
        (1..=12).map(month_of).collect()
    }

    #[test]
    fn workdays_of_2025_and_2026_match_the_checksums() {
        assert_eq!(workdays_by_month(2025), [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]);
        assert_eq!(workdays_by_month(2026), [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
        assert_eq!(workdays_by_month(2025).iter().sum::<usize>(), 248);
        assert_eq!(workdays_by_month(2026).iter().sum::<usize>(), 248);
    }

    #[test]
    fn every_make_up_day_is_a_weekend_day_and_names_its_notice() {
        for day in built_in().iter().flat_map(|y| &y.days).filter(|d| d.kind == DayKind::Work) {
            assert!(matches!(day.date.weekday(), Weekday::Sat | Weekday::Sun), "{}", day.date);
            assert!(day.source.as_deref().unwrap().starts_with("国办发明电"), "{}", day.date);
        }
    }

    #[test]
    fn the_provisional_year_lists_the_thirteen_statutory_dates_and_no_make_up_day() {
        let [_, _, last] = <[CalendarYear; 3]>::try_from(built_in()).unwrap();
        assert_eq!((last.year, last.standing), (2027, Standing::Provisional));
        assert_eq!(last.days.len(), 13);
        assert!(last.days.iter().all(|d| d.kind == DayKind::Off && d.source.is_none()));
        // The weekdays that DOMAIN.md 4.1 writes beside the dates.
        for (month, day, weekday) in
            [(1, 1, Weekday::Fri), (2, 5, Weekday::Fri), (4, 5, Weekday::Mon), (5, 1, Weekday::Sat)]
                .into_iter()
                .chain([(6, 9, Weekday::Wed), (9, 15, Weekday::Wed), (10, 1, Weekday::Fri)])
        {
            let date = NaiveDate::from_ymd_opt(2027, month, day).unwrap();
            assert_eq!(date.weekday(), weekday);
            assert!(last.days.iter().any(|d| d.date == date), "{date}");
        }
    }

    #[test]
    fn fixed_dates_hold_from_2025_on() {
        let on = |y, m, d| fixed_statutory(NaiveDate::from_ymd_opt(y, m, d).unwrap());
        assert_eq!(on(2028, 5, 2), Some("劳动节"));
        assert_eq!(on(2028, 10, 3), Some("国庆节"));
        assert_eq!(on(2028, 10, 4), None);
        assert_eq!(on(2024, 1, 1), None);
    }

    #[test]
    fn a_year_survives_storage() {
        for year in built_in() {
            let text = serde_json::to_string(&year).unwrap();
            assert_eq!(serde_json::from_str::<CalendarYear>(&text).unwrap(), year);
        }
    }
}
