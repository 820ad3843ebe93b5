//! Twelve months of one year; every special day carries a word, so that the print and the colour-blind
//! lose nothing.

use crate::domain::calendar::{Calendar, Hours, Profile};
use crate::wording::Lang;
use chrono::{Datelike, NaiveDate};

pub struct DayView {
    pub number: u32,
    /// `off`, `make-up`, `short`, `rest` or nothing.
    pub kind: &'static str,
    /// The one character that stands beside the number.
    pub mark: &'static str,
    /// The whole story, for the reader who asks.
    pub title: String,
    pub is_today: bool,
}

pub struct MonthView {
    pub name: &'static str,
    pub weeks: Vec<Vec<Option<DayView>>>,
    pub workdays: usize,
}

pub struct YearView {
    pub year: i32,
    pub before: i32,
    pub after: i32,
    pub weekdays: Vec<&'static str>,
    pub months: Vec<MonthView>,
    pub workdays: usize,
}

fn day(t: Lang, calendar: &Calendar, date: NaiveDate, today: NaiveDate) -> DayView {
    let is_weekend = date.weekday().num_days_from_monday() >= 5;
    let hours = calendar.hours_of(date);
    let (kind, mark, word) = match calendar.day_off_name(date) {
        Some(name) => ("off", t.calendar_mark_off(), name.to_owned()),
        None if !calendar.is_workday(date) => ("rest", "", t.calendar_rest_day().to_owned()),
        None if is_weekend => ("make-up", t.calendar_mark_make_up(), t.calendar_make_up().to_owned()),
        None if minutes(hours) < minutes(Hours::usual(Profile::Standard).intervals()) => {
            ("short", t.calendar_mark_short(), super::hours_text(t, hours))
        }
        None => ("", "", super::hours_text(t, hours)),
    };
    DayView { number: date.day(), kind, mark, title: format!("{} {word}", t.date(date)), is_today: date == today }
}

fn minutes(hours: &[(u16, u16)]) -> u32 {
    hours.iter().map(|(from, to)| u32::from(to - from)).sum()
}

fn month(t: Lang, calendar: &Calendar, first: NaiveDate, today: NaiveDate) -> MonthView {
    let days: Vec<NaiveDate> = first.iter_days().take_while(|d| d.month() == first.month()).collect();
    let mut weeks: Vec<Vec<Option<DayView>>> = Vec::new();
    for date in &days {
        let column = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        if weeks.is_empty() || column == 0 {
            weeks.push((0..7).map(|_| None).collect());
        }
        if let Some(cell) = weeks.last_mut().and_then(|week| week.get_mut(column)) {
            *cell = Some(day(t, calendar, *date, today));
        }
    }
    MonthView {
        name: t.month(first.month()),
        weeks,
        workdays: days.iter().filter(|d| calendar.is_workday(**d)).count(),
    }
}

pub fn of(t: Lang, calendar: &Calendar, year: i32, today: NaiveDate) -> YearView {
    let months: Vec<MonthView> = (1..=12)
        .filter_map(|m| NaiveDate::from_ymd_opt(year, m, 1))
        .map(|first| month(t, calendar, first, today))
        .collect();
    YearView {
        year,
        before: year - 1,
        after: year + 1,
        weekdays: t.calendar_weekdays().split(' ').collect(),
        workdays: months.iter().map(|m| m.workdays).sum(),
        months,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_of_2026_has_its_workdays_month_by_month() {
        let today = NaiveDate::from_ymd_opt(2026, 9, 17).unwrap();
        let view = of(Lang::Zh, &Calendar::standard(), 2026, today);
        let by_month: Vec<usize> = view.months.iter().map(|m| m.workdays).collect();
        assert_eq!(by_month, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
        assert_eq!(view.workdays, 248);
        let september: Vec<&DayView> = view.months[8].weeks.iter().flatten().flatten().collect();
        assert_eq!(september.len(), 30);
        assert_eq!((september[19].kind, september[19].number), ("make-up", 20));
        assert_eq!(september[24].kind, "off");
        assert!(september[24].title.contains("中秋节"));
        assert_eq!(september.iter().filter(|d| d.is_today).count(), 1);
    }
}
