//! Working time: which minutes count, how to add them and how to measure them (DOMAIN.md 4.2).
//!
//! The one rule: natural time and working time never mix. Each span is a type of its own, an instant is UTC, and
//! everything is computed in company time on whole minutes and half-open intervals [start, end).
//! Only the years 1970 to 9999 hold working time: a sum that would leave them stops at their end.
//! Dates are data (`calendar_data`), time limits are `deadline`; neither belongs here.

mod company;

pub use company::{CalendarData, ListFlaw, OwnDay, UsualHours, Whose};

use crate::domain::calendar_data::{BUILT_IN_VERSION, built_in, fixed_statutory};
pub use crate::domain::calendar_data::{
    CalendarFlaw, CalendarYear, DayKind, DayOverride, Hours, MINUTES_PER_DAY, Profile, Standing,
};
use crate::domain::staff::Department;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

/// Company time, Asia/Shanghai: UTC+8 without daylight saving.
pub const ZONE: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours lie within a day");

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("the first day of 1970 exists");
/// Number of the day after the last one that holds working time, 10000-01-01, counted from 1970-01-01.
const END_DAY: i64 = 2_932_897;

/// A span of working time in whole minutes, never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct WorkingMinutes(i64);

impl WorkingMinutes {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `minutes` working minutes; a negative number is taken as none.
    pub const fn new(minutes: i64) -> Self {
        Self(if minutes < 0 { 0 } else { minutes })
    }

    /// `hours` working hours of 60 minutes; a negative number is taken as none.
    pub const fn hours(hours: i64) -> Self {
        Self::new(hours.saturating_mul(60))
    }

    /// The number of minutes.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// What is left after taking `other` away, at least zero.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self::new(self.0.saturating_sub(other.0))
    }
}

impl Add for WorkingMinutes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for WorkingMinutes {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl TryFrom<i64> for WorkingMinutes {
    type Error = CalendarFlaw;
    fn try_from(minutes: i64) -> Result<Self, CalendarFlaw> {
        if minutes < 0 { Err(CalendarFlaw::NegativeSpan { minutes }) } else { Ok(Self(minutes)) }
    }
}

impl From<WorkingMinutes> for i64 {
    fn from(span: WorkingMinutes) -> i64 {
        span.0
    }
}

/// A limit in working days, as rules state it. One is 8 working hours (DOMAIN.md 0.5), not a date step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkingDays(pub i64);

impl WorkingDays {
    /// The same limit in minutes of working time.
    pub const fn in_minutes(self) -> WorkingMinutes {
        WorkingMinutes::hours(self.0.saturating_mul(8))
    }
}

/// A promise to a customer in hours by the wall clock (DOMAIN.md 0.3). No conversion to working time exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NaturalHours(pub i64);

/// Why a stretch of time was counted or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Counted: inside working hours.
    Working,
    /// Left out: lunch, evening or early morning of a workday.
    OutsideHours,
    /// Left out: a weekend or a day without hours.
    RestDay,
    /// Left out: a listed day off, with the name it is listed under.
    Holiday(String),
}

/// One stretch `[from, to)` of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedInterval {
    /// Start, on a whole minute.
    pub from: DateTime<Utc>,
    /// End, not included.
    pub to: DateTime<Utc>,
    /// Working minutes in it: its length when counted, otherwise zero.
    pub minutes: WorkingMinutes,
    /// Counted, or why not.
    pub counted: Counted,
}

/// The working time of one profile. Building one walks all listed days, so it is made once and shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    profile: Profile,
    version: String,
    usual: Hours,
    /// Hours of the dates that do not follow the weekday rule.
    special: BTreeMap<NaiveDate, Hours>,
    /// Names of the listed days off.
    names: BTreeMap<NaiveDate, String>,
    years: BTreeMap<i32, Standing>,
    /// Calendars of departments and people, and of people within their departments, in the company's own.
    variants: Vec<((Whose, Option<Department>), Calendar)>,
}

impl Calendar {
    /// A calendar from entered years, and dates with hours of their own (half days), which win over the years.
    /// The on-call profile counts every day and takes only the latter. `version` names exactly this data.
    pub fn build(
        profile: Profile,
        version: impl Into<String>,
        years: &[CalendarYear],
        own_hours: &BTreeMap<NaiveDate, Hours>,
    ) -> Result<Self, CalendarFlaw> {
        Self::with_hours(profile, version, &Hours::usual(profile), years, own_hours)
    }

    fn with_hours(
        profile: Profile,
        version: impl Into<String>,
        usual: &Hours,
        years: &[CalendarYear],
        own_hours: &BTreeMap<NaiveDate, Hours>,
    ) -> Result<Self, CalendarFlaw> {
        let mut calendar = Self {
            profile,
            version: version.into(),
            usual: usual.clone(),
            special: BTreeMap::new(),
            names: BTreeMap::new(),
            years: BTreeMap::new(),
            variants: Vec::new(),
        };
        for year in years {
            if calendar.years.insert(year.year, year.standing).is_some() {
                return Err(CalendarFlaw::YearTwice { year: year.year });
            }
            calendar.list(year)?;
        }
        if profile == Profile::OnCall {
            calendar.special.clear();
            calendar.names.clear();
        }
        for (date, hours) in own_hours {
            calendar.special.insert(*date, hours.clone());
        }
        Ok(calendar)
    }

    fn list(&mut self, year: &CalendarYear) -> Result<(), CalendarFlaw> {
        for day in &year.days {
            let date = day.date;
            let december_before = date.month() == 12 && i64::from(date.year()) == i64::from(year.year) - 1;
            if date.year() != year.year && !december_before {
                return Err(CalendarFlaw::DayOutsideYear { date, year: year.year });
            }
            let hours = match day.kind {
                DayKind::Work => self.usual.clone(),
                DayKind::Off => Hours::default(),
            };
            if self.special.insert(date, hours).is_some() {
                return Err(CalendarFlaw::DayTwice { date });
            }
            if day.kind == DayKind::Off {
                self.names.insert(date, day.name.clone());
            }
        }
        Ok(())
    }

    /// Profile `standard` on the shipped years.
    pub fn standard() -> Self {
        Self::shipped(Profile::Standard)
    }

    /// Profile `on_call` on the shipped years.
    pub fn on_call() -> Self {
        Self::shipped(Profile::OnCall)
    }

    fn shipped(profile: Profile) -> Self {
        Self::build(profile, BUILT_IN_VERSION, &built_in(), &BTreeMap::new())
            .expect("the shipped years list each date once; the tests build them")
    }

    /// The clock this calendar keeps.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The version of its data, to be stored with every due instant computed from it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Does `date` (company time) hold working time?
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        !self.hours_on(date).is_empty()
    }

    /// The hours of `date`, in order; none on a rest day.
    pub fn hours_of(&self, date: NaiveDate) -> &[(u16, u16)] {
        self.hours_on(date)
    }

    /// The name under which `date` is listed as a day off, or by which the law names it.
    pub fn day_off_name(&self, date: NaiveDate) -> Option<&str> {
        if self.is_workday(date) {
            return None;
        }
        self.names.get(&date).map(String::as_str).or_else(|| fixed_statutory(date))
    }

    /// Could `date` still change because its year's notice is not entered (暂定)? Never so on call.
    pub fn is_provisional(&self, date: NaiveDate) -> bool {
        self.profile == Profile::Standard && self.years.get(&date.year()) != Some(&Standing::Published)
    }

    /// The earliest instant at which `n` working minutes have elapsed since `from`, whose seconds are cut off.
    /// For `n` = 0 that is `from` itself. A budget ending at closing time is due then, not next morning.
    pub fn add_working_minutes(&self, from: DateTime<Utc>, n: WorkingMinutes) -> DateTime<Utc> {
        let start = minute_of(from);
        if n == WorkingMinutes::ZERO || start >= END_DAY * MINUTES_PER_DAY {
            return truncated(from);
        }
        let mut missing = n.get();
        for day in start.max(0) / MINUTES_PER_DAY..END_DAY {
            for (opens, closes) in self.intervals(day) {
                let opens = opens.max(start);
                let open_for = (closes - opens).max(0);
                if missing <= open_for {
                    return instant_of(opens + missing);
                }
                missing -= open_for;
            }
        }
        instant_of(END_DAY * MINUTES_PER_DAY)
    }

    /// The latest instant from which `n` working minutes are left until `until`, whose seconds are cut off; the
    /// mirror image of [`Self::add_working_minutes`]. For `n` = 0 that is `until` itself.
    pub fn sub_working_minutes(&self, until: DateTime<Utc>, n: WorkingMinutes) -> DateTime<Utc> {
        let end = minute_of(until).clamp(0, END_DAY * MINUTES_PER_DAY);
        if n == WorkingMinutes::ZERO {
            return truncated(until);
        }
        let mut missing = n.get();
        for day in (0..=(end / MINUTES_PER_DAY).min(END_DAY - 1)).rev() {
            let intervals: Vec<(i64, i64)> = self.intervals(day).collect();
            for (opens, closes) in intervals.into_iter().rev() {
                let closes = closes.min(end);
                let open_for = (closes - opens).max(0);
                if missing <= open_for {
                    return instant_of(closes - missing);
                }
                missing -= open_for;
            }
        }
        instant_of(0)
    }

    /// Length of `[a, b)` inside working intervals, both cut to the minute; zero when `b` is not after `a`.
    pub fn working_minutes_between(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> WorkingMinutes {
        let (start, end) = span(a, b);
        let overlap = |(opens, closes): (i64, i64)| (closes.min(end) - opens.max(start)).max(0);
        WorkingMinutes(days_of(start, end).flat_map(|day| self.intervals(day)).map(overlap).sum())
    }

    /// What of `[a, b)` was counted and what was left out and why, in order and without gaps; neighbours of one
    /// kind are joined. The minutes add up to `working_minutes_between(a, b)`.
    pub fn explain(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> Vec<CountedInterval> {
        let (start, end) = span(a, b);
        let mut told = Vec::new();
        for day in days_of(start, end) {
            let left_out = self.why_left_out(date_of(day));
            let mut cursor = start.max(day * MINUTES_PER_DAY);
            for (opens, closes) in self.intervals(day) {
                tell(&mut told, cursor, opens.min(end), &left_out);
                tell(&mut told, opens.max(start), closes.min(end), &Counted::Working);
                cursor = cursor.max(closes);
            }
            tell(&mut told, cursor, end.min((day + 1) * MINUTES_PER_DAY), &left_out);
        }
        told
    }

    fn why_left_out(&self, date: NaiveDate) -> Counted {
        if self.is_workday(date) {
            return Counted::OutsideHours;
        }
        let name = self.names.get(&date).map(String::as_str);
        name.or_else(|| fixed_statutory(date)).map_or(Counted::RestDay, |name| Counted::Holiday(name.to_owned()))
    }

    /// Working intervals of a date: its own, else by weekday; a year that is not published also keeps the
    /// statutory dates that are certain (DOMAIN.md 4.1).
    fn hours_on(&self, date: NaiveDate) -> &[(u16, u16)] {
        if let Some(hours) = self.special.get(&date) {
            return hours.intervals();
        }
        let rests = self.profile == Profile::Standard
            && (date.weekday().num_days_from_monday() >= 5
                || (self.is_provisional(date) && fixed_statutory(date).is_some()));
        if rests { &[] } else { self.usual.intervals() }
    }

    /// Working intervals of a day in local minutes since 1970.
    fn intervals(&self, day: i64) -> impl Iterator<Item = (i64, i64)> {
        let midnight = day * MINUTES_PER_DAY;
        let hours = self.hours_on(date_of(day)).iter();
        hours.map(move |(opens, closes)| (midnight + i64::from(*opens), midnight + i64::from(*closes)))
    }
}

/// The date in company time at an instant; instants outside 1970–9999 fall on the nearest date inside.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    date_of(minute_of(at).clamp(0, END_DAY * MINUTES_PER_DAY - 1) / MINUTES_PER_DAY)
}

/// The instant without its seconds (DOMAIN.md 4.2: minutes are whole).
pub fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp().div_euclid(60) * 60, 0).unwrap_or(at)
}

/// Minutes of company time since local midnight of 1970-01-01.
fn minute_of(at: DateTime<Utc>) -> i64 {
    (at.timestamp() + i64::from(ZONE.local_minus_utc())).div_euclid(60)
}

/// Inverse of [`minute_of`] for minutes within 1970–9999.
fn instant_of(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60 - i64::from(ZONE.local_minus_utc()), 0)
        .expect("minutes are kept within the years 1970 to 9999")
}

fn date_of(day: i64) -> NaiveDate {
    EPOCH + TimeDelta::days(day)
}

/// Both ends in local minutes, kept within 1970–9999 and in order.
fn span(a: DateTime<Utc>, b: DateTime<Utc>) -> (i64, i64) {
    let [start, end] = [a, b].map(|at| minute_of(at).clamp(0, END_DAY * MINUTES_PER_DAY));
    (start, end.max(start))
}

/// The days that `[start, end)` touches.
fn days_of(start: i64, end: i64) -> std::ops::Range<i64> {
    start / MINUTES_PER_DAY..(end + MINUTES_PER_DAY - 1) / MINUTES_PER_DAY
}

/// Appends `[from, to)` unless empty, joined to the last stretch when that is of the same kind.
fn tell(told: &mut Vec<CountedInterval>, from: i64, to: i64, counted: &Counted) {
    if to <= from {
        return;
    }
    let minutes = if *counted == Counted::Working { WorkingMinutes(to - from) } else { WorkingMinutes::ZERO };
    match told.last_mut() {
        Some(last) if last.counted == *counted => {
            last.to = instant_of(to);
            last.minutes = last.minutes + minutes;
        }
        _ => {
            told.push(CountedInterval {
                from: instant_of(from),
                to: instant_of(to),
                minutes,
                counted: counted.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn local(at: DateTime<Utc>) -> String {
        at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string()
    }

    fn check(calendar: &Calendar, start: &str, minutes: i64, due: &str) {
        let n = WorkingMinutes::new(minutes);
        let found = calendar.add_working_minutes(at(start), n);
        assert_eq!(local(found), due, "{start} + {minutes}");
        assert_eq!(calendar.working_minutes_between(at(start), found), n, "{start} + {minutes}");
    }

    #[test]
    fn counting_back_skips_nights_lunch_and_days_off() {
        let calendar = Calendar::standard();
        for (until, minutes, from) in [
            ("2026-09-24 18:00", 480, "2026-09-24 09:00"),
            ("2026-09-24 09:00", 240, "2026-09-23 14:00"),
            ("2026-09-24 13:30", 60, "2026-09-24 11:30"),
            ("2026-10-08 10:00", 120, "2026-09-30 17:00"),
            ("2026-09-21 10:00", 0, "2026-09-21 10:00"),
        ] {
            let found = calendar.sub_working_minutes(at(until), WorkingMinutes::new(minutes));
            assert_eq!(local(found), from, "{until} - {minutes}");
            assert_eq!(calendar.working_minutes_between(found, at(until)).get(), minutes);
        }
    }

    #[test]
    fn due_instants_of_the_standard_profile() {
        let calendar = Calendar::standard();
        for (start, minutes, due) in [
            ("2026-09-17 09:00", 480, "2026-09-17 18:00"),
            ("2026-09-17 10:30", 480, "2026-09-18 10:30"),
            ("2026-09-17 12:30", 60, "2026-09-17 14:00"),
            ("2026-09-17 11:59", 1, "2026-09-17 12:00"),
            ("2026-09-17 12:00", 1, "2026-09-17 13:01"),
            ("2026-09-17 07:15", 1, "2026-09-17 09:01"),
            ("2026-09-17 18:00", 60, "2026-09-18 10:00"),
            ("2026-09-18 17:00", 240, "2026-09-20 12:00"),
            ("2026-09-19 10:00", 240, "2026-09-20 14:00"),
            ("2026-09-20 10:00", 480, "2026-09-21 10:00"),
            ("2026-09-24 16:00", 480, "2026-09-28 16:00"),
            ("2026-09-30 15:00", 480, "2026-10-08 15:00"),
            ("2026-09-30 17:59", 2, "2026-10-08 09:01"),
            ("2026-10-09 17:00", 480, "2026-10-10 17:00"),
            ("2026-10-10 17:00", 120, "2026-10-12 10:00"),
            ("2026-02-13 16:00", 480, "2026-02-14 16:00"),
            ("2026-02-14 16:00", 480, "2026-02-24 16:00"),
            ("2025-12-31 17:00", 240, "2026-01-04 12:00"),
            ("2025-01-27 15:00", 960, "2025-02-06 15:00"),
            ("2025-09-30 14:00", 480, "2025-10-09 14:00"),
            ("2026-05-08 17:30", 90, "2026-05-09 10:00"),
            ("2026-06-18 13:00", 360, "2026-06-22 10:00"),
        ] {
            check(&calendar, start, minutes, due);
        }
    }

    #[test]
    fn due_instants_of_the_on_call_profile() {
        let calendar = Calendar::on_call();
        for (start, minutes, due) in [
            ("2026-09-20 21:00", 120, "2026-09-21 09:00"),
            ("2026-10-03 23:30", 120, "2026-10-04 10:00"),
            ("2026-10-01 07:00", 120, "2026-10-01 10:00"),
        ] {
            check(&calendar, start, minutes, due);
        }
    }

    #[test]
    fn elapsed_working_time() {
        let calendar = Calendar::standard();
        for (a, b, minutes) in [
            ("2026-09-18 17:00", "2026-09-21 10:00", 600),
            ("2026-09-30 15:00", "2026-10-08 11:00", 300),
            ("2026-10-03 10:00", "2026-10-04 10:00", 0),
            ("2026-09-17 11:00", "2026-09-17 14:00", 120),
            ("2026-09-17 14:00", "2026-09-17 11:00", 0),
            ("2026-09-17 10:00", "2026-09-17 10:00", 0),
            ("2026-01-01 00:00", "2027-01-01 00:00", 248 * 480),
        ] {
            assert_eq!(calendar.working_minutes_between(at(a), at(b)).get(), minutes, "{a} to {b}");
        }
    }

    #[test]
    fn seconds_of_the_arrival_are_cut_off() {
        let calendar = Calendar::standard();
        let late = at("2026-09-17 10:30") + TimeDelta::milliseconds(59_999);
        assert_eq!(calendar.add_working_minutes(late, WorkingMinutes::ZERO), at("2026-09-17 10:30"));
        assert_eq!(calendar.add_working_minutes(late, WorkingMinutes::new(1)), at("2026-09-17 10:31"));
        assert_eq!(calendar.working_minutes_between(late, at("2026-09-17 10:31")).get(), 1);
    }

    #[test]
    fn an_explanation_names_the_holiday_and_joins_its_days() {
        let told = Calendar::standard().explain(at("2026-09-30 15:00"), at("2026-10-08 11:00"));
        let told: Vec<_> = told.iter().map(|i| (local(i.from), i.minutes.get(), &i.counted)).collect();
        let national_day = Counted::Holiday("国庆节".to_owned());
        assert_eq!(
            told,
            [
                ("2026-09-30 15:00".to_owned(), 180, &Counted::Working),
                ("2026-09-30 18:00".to_owned(), 0, &Counted::OutsideHours),
                ("2026-10-01 00:00".to_owned(), 0, &national_day),
                ("2026-10-08 00:00".to_owned(), 0, &Counted::OutsideHours),
                ("2026-10-08 09:00".to_owned(), 120, &Counted::Working),
            ]
        );
        let weekend = Calendar::standard().explain(at("2026-09-12 09:00"), at("2026-09-14 00:00"));
        assert_eq!(weekend.len(), 1);
        assert_eq!(weekend[0].counted, Counted::RestDay);
    }

    #[test]
    fn years_without_a_notice_are_provisional_and_keep_the_certain_dates() {
        let calendar = Calendar::standard();
        assert!(!calendar.is_provisional(date("2026-12-31")));
        assert!(calendar.is_provisional(date("2027-01-01")));
        assert!(calendar.is_provisional(date("2031-03-03")));
        assert!(!Calendar::on_call().is_provisional(date("2031-03-03")));
        for off in ["2027-02-08", "2027-06-09", "2028-10-02", "2029-05-01"] {
            assert!(!calendar.is_workday(date(off)), "{off}");
            assert!(Calendar::on_call().is_workday(date(off)), "{off}");
        }
        for work in ["2027-02-09", "2027-05-03", "2028-10-04"] {
            assert!(calendar.is_workday(date(work)), "{work}");
        }
    }

    #[test]
    fn a_half_day_counts_its_own_hours() {
        let half = BTreeMap::from([(date("2026-02-14"), Hours::new(vec![(540, 720)]).unwrap())]);
        let calendar = Calendar::build(Profile::Standard, "half", &built_in(), &half).unwrap();
        check(&calendar, "2026-02-13 16:00", 300, "2026-02-14 12:00");
        check(&calendar, "2026-02-13 16:00", 301, "2026-02-24 09:01");
        assert_eq!(calendar.version(), "half");
    }

    #[test]
    fn contradicting_data_is_refused() {
        let build = |years: &[CalendarYear]| Calendar::build(Profile::OnCall, "v", years, &BTreeMap::new());
        let mut years = built_in();
        let new_year = years[1].days[0].clone();
        years[1].days.push(new_year);
        assert_eq!(build(&years), Err(CalendarFlaw::DayTwice { date: date("2026-01-01") }));
        years[1].days.pop();
        years[1].days[0].date = date("2025-12-30");
        assert!(build(&years).is_ok(), "a notice may reach into the December before");
        years[1].days[0].date = date("2025-11-30");
        assert_eq!(build(&years), Err(CalendarFlaw::DayOutsideYear { date: date("2025-11-30"), year: 2026 }));
        years[1] = years[0].clone();
        assert_eq!(build(&years), Err(CalendarFlaw::YearTwice { year: 2025 }));
        for (index, bad) in [(0, vec![(600, 600)]), (1, vec![(0, 720), (719, 800)]), (0, vec![(1000, 1441)])] {
            assert_eq!(Hours::new(bad), Err(CalendarFlaw::BadInterval { index }));
        }
        assert!(serde_json::from_str::<Hours>("[[720,540]]").is_err());
        assert!(serde_json::from_str::<WorkingMinutes>("-1").is_err());
        assert_eq!(serde_json::from_str::<WorkingMinutes>("90").unwrap(), WorkingMinutes::new(90));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let end = at("9999-12-31 23:59") + TimeDelta::minutes(1);
        for calendar in [Calendar::standard(), Calendar::on_call()] {
            assert_eq!(calendar.add_working_minutes(last, WorkingMinutes::hours(i64::MAX)), truncated(last));
            assert_eq!(calendar.add_working_minutes(at("9999-01-01 00:00"), WorkingMinutes::hours(i64::MAX)), end);
            assert_eq!(calendar.working_minutes_between(last, first), WorkingMinutes::ZERO);
            assert_eq!(calendar.working_minutes_between(end, last), WorkingMinutes::ZERO);
            assert!(calendar.add_working_minutes(first, WorkingMinutes::new(1)) > at("1970-01-01 00:00"));
            assert!(calendar.working_minutes_between(first, last) > WorkingMinutes::hours(8 * 248 * 8000));
        }
        assert_eq!((local_date(first), local_date(last)), (EPOCH, date("9999-12-31")));
        assert_eq!(local_date(at("2026-09-18 00:00")), date("2026-09-18"));
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        prop_oneof![Just(Calendar::standard()), Just(Calendar::on_call())]
    }

    /// Any second of the years 2024 to 2028.
    fn instants() -> impl Strategy<Value = DateTime<Utc>> {
        (1_704_067_200_i64..1_861_920_000).prop_map(|second| DateTime::from_timestamp(second, 0).unwrap())
    }

    fn minutes() -> impl Strategy<Value = WorkingMinutes> {
        prop_oneof![0_i64..=1000, (0_i64..=40).prop_map(|n| n * 240), 0_i64..=50_000].prop_map(WorkingMinutes::new)
    }

    proptest! {
        #[test]
        fn measuring_undoes_adding(c in calendars(), t in instants(), n in minutes()) {
            let due = c.add_working_minutes(t, n);
            prop_assert_eq!(c.working_minutes_between(t, due), n);
            if n > WorkingMinutes::ZERO {
                let before = due - TimeDelta::minutes(1);
                prop_assert!(c.working_minutes_between(t, before) < n, "not the earliest instant");
            }
        }

        #[test]
        fn spans_and_budgets_are_additive(c in calendars(), t in [instants(), instants(), instants()], m in minutes(), n in minutes()) {
            let mut t = t;
            t.sort();
            let between = |i: usize, k: usize| c.working_minutes_between(t[i], t[k]);
            prop_assert_eq!(between(0, 1) + between(1, 2), between(0, 2));
            let step_by_step = c.add_working_minutes(c.add_working_minutes(t[0], m), n);
            prop_assert_eq!(step_by_step, c.add_working_minutes(t[0], m + n));
        }

        #[test]
        fn later_or_longer_is_never_due_earlier(c in calendars(), t in [instants(), instants()], n in minutes(), more in minutes()) {
            let mut t = t;
            t.sort();
            prop_assert!(c.add_working_minutes(t[0], n) <= c.add_working_minutes(t[1], n));
            prop_assert!(c.add_working_minutes(t[0], n) <= c.add_working_minutes(t[0], n + more));
        }

        #[test]
        fn an_explanation_adds_up_and_leaves_no_gap(c in calendars(), a in instants(), days in 0_i64..40, seconds in 0_i64..86_400) {
            let b = a + TimeDelta::seconds(days * 86_400 + seconds);
            let told = c.explain(a, b);
            prop_assert_eq!(told.iter().map(|i| i.minutes).sum::<WorkingMinutes>(), c.working_minutes_between(a, b));
            let mut reached = truncated(a);
            for stretch in &told {
                prop_assert_eq!(stretch.from, reached);
                prop_assert!(stretch.to > stretch.from);
                let counted = stretch.counted == Counted::Working;
                prop_assert_eq!(stretch.minutes.get(), if counted { (stretch.to - stretch.from).num_minutes() } else { 0 });
                reached = stretch.to;
            }
            prop_assert_eq!(reached, truncated(b));
        }
    }
}
