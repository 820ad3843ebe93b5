//! Times, dates, spans and rates as people read them, always in the company's time zone.
//!
//! The one rule: working time is never shown without saying so, and natural time never looks like it
//! (DOMAIN.md 0.3). Nothing here computes what is due; amounts are formatted by `domain::money`.

use super::Lang;
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes, ZONE, local_date};
use crate::domain::money::{format_quantity, round_places};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc, Weekday};
use rust_decimal::Decimal;

impl Lang {
    /// Day, weekday and minute: `9月18日 周五 09:15`, `Fri 18 Sep 09:15`.
    pub fn moment(self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&ZONE);
        let day = self.sentence_moment_day(local.day(), self.month(local.month()));
        self.day_and_time(&day, local.weekday(), (local.hour(), local.minute()))
    }

    /// When something is due; marked in a year whose days off are not published, where it may still move.
    pub fn due_moment(self, calendar: &Calendar, due_at: DateTime<Utc>) -> String {
        let moment = self.moment(due_at);
        let is_provisional = calendar.is_provisional(local_date(due_at));
        if is_provisional { format!("{moment} ({})", self.calendar_provisional_chip()) } else { moment }
    }

    /// As [`Lang::moment`], with the year.
    pub fn moment_full(self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&ZONE);
        let day = self.date(local.date_naive());
        self.day_and_time(&day, local.weekday(), (local.hour(), local.minute()))
    }

    /// A date with its year: `2026年9月18日`, `18 Sep 2026`.
    pub fn date(self, date: NaiveDate) -> String {
        self.sentence_date(date.day(), self.month(date.month()), date.year())
    }

    /// A span of working time.
    pub fn working(self, span: WorkingMinutes) -> String {
        self.sentence_working(self.hours_and_minutes(span.get()))
    }

    /// The same on a page that has said that its times are working time.
    pub fn of_working(self, span: WorkingMinutes) -> String {
        self.hours_and_minutes(span.get())
    }

    /// The same, named after the clock it was counted on.
    pub fn on_clock(self, profile: Profile, span: WorkingMinutes) -> String {
        match profile {
            Profile::Standard => self.working(span),
            Profile::OnCall => self.sentence_on_call(self.hours_and_minutes(span.get())),
        }
    }

    /// How long past the limit on that clock.
    pub fn overdue_on_clock(self, profile: Profile, span: WorkingMinutes) -> String {
        match profile {
            Profile::Standard => self.overdue_working(span),
            Profile::OnCall => self.sentence_overdue_on_call(self.hours_and_minutes(span.get())),
        }
    }

    /// Working time that is left.
    pub fn left_working(self, span: WorkingMinutes) -> String {
        self.sentence_left_working(self.hours_and_minutes(span.get()))
    }

    /// Working time past the limit.
    pub fn overdue_working(self, span: WorkingMinutes) -> String {
        self.sentence_overdue_working(self.hours_and_minutes(span.get()))
    }

    /// A span by the wall clock, whole minutes, without its sign; from 48 hours on in days and hours.
    pub fn natural(self, span: TimeDelta) -> String {
        let minutes = span.num_minutes().saturating_abs();
        match (minutes / (24 * 60), minutes / 60 % 24) {
            (0 | 1, _) => self.hours_and_minutes(minutes),
            (days, 0) => self.sentence_days(days),
            (days, hours) => self.sentence_days_hours(days, hours),
        }
    }

    /// Time on the wall clock that is still left.
    pub fn left_natural(self, span: TimeDelta) -> String {
        self.sentence_left_natural(self.natural(span))
    }

    /// Time on the wall clock that was missed.
    pub fn overdue_natural(self, span: TimeDelta) -> String {
        self.sentence_overdue_natural(self.natural(span))
    }

    /// A rate given as a fraction: 0.0919 is `9.19%`. At most two decimals.
    pub fn percent(self, rate: Decimal) -> String {
        format!("{}%", two_places(rate * Decimal::ONE_HUNDRED))
    }

    /// A discount given as a fraction, in Chinese both ways because 9 折 means paying 90 % (DOMAIN.md 3.2).
    pub fn discount(self, rate: Decimal) -> String {
        if rate.is_zero() {
            return self.sentence_discount_none().to_owned();
        }
        match self {
            Self::Zh => {
                format!("优惠 {}（{} 折）", self.percent(rate), two_places((Decimal::ONE - rate) * Decimal::TEN))
            }
            Self::En => format!("{} off", self.percent(rate)),
        }
    }

    fn day_and_time(self, day: &str, weekday: Weekday, (hour, minute): (u32, u32)) -> String {
        self.sentence_moment(day, format!("{hour:02}:{minute:02}"), self.weekday(weekday))
    }

    fn hours_and_minutes(self, minutes: i64) -> String {
        match (minutes / 60, minutes % 60) {
            (0, minutes) => self.sentence_minutes(minutes),
            (hours, 0) => self.sentence_hours(hours),
            (hours, minutes) => self.sentence_hours_minutes(hours, minutes),
        }
    }

    /// The short name of a weekday: `周五`, `Fri`.
    pub fn weekday(self, day: Weekday) -> &'static str {
        match day {
            Weekday::Mon => self.term_weekday_1(),
            Weekday::Tue => self.term_weekday_2(),
            Weekday::Wed => self.term_weekday_3(),
            Weekday::Thu => self.term_weekday_4(),
            Weekday::Fri => self.term_weekday_5(),
            Weekday::Sat => self.term_weekday_6(),
            Weekday::Sun => self.term_weekday_7(),
        }
    }

    /// The short name of a month, counted from 1: `9月`, `Sep`.
    pub fn month(self, number: u32) -> &'static str {
        match number {
            1 => self.term_month_1(),
            2 => self.term_month_2(),
            3 => self.term_month_3(),
            4 => self.term_month_4(),
            5 => self.term_month_5(),
            6 => self.term_month_6(),
            7 => self.term_month_7(),
            8 => self.term_month_8(),
            9 => self.term_month_9(),
            10 => self.term_month_10(),
            11 => self.term_month_11(),
            _ => self.term_month_12(),
        }
    }
}

fn two_places(value: Decimal) -> String {
    format_quantity(round_places(value, 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_told_in_company_time() {
        let moment = at("2026-09-18T01:15:59Z");
        assert_eq!(Lang::Zh.moment(moment), "9月18日 周五 09:15");
        assert_eq!(Lang::En.moment(moment), "Fri 18 Sep 09:15");
        assert_eq!(Lang::Zh.moment_full(moment), "2026年9月18日 周五 09:15");
        assert_eq!(Lang::En.moment_full(moment), "Fri 18 Sep 2026 09:15");
        assert_eq!(Lang::En.moment_full(at("2026-12-31T16:00:00Z")), "Fri 1 Jan 2027 00:00");
    }

    #[test]
    fn a_date_has_its_year() {
        let date = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
        assert_eq!((Lang::Zh.date(date), Lang::En.date(date)), ("2026年12月24日".to_owned(), "24 Dec 2026".to_owned()));
    }

    #[test]
    fn working_time_says_so() {
        let span = WorkingMinutes::new(190);
        assert_eq!(Lang::Zh.working(span), "3 小时 10 分（工作时间）");
        assert_eq!(Lang::En.working(span), "3 h 10 min working time");
        assert_eq!(Lang::Zh.left_working(WorkingMinutes::hours(4)), "还剩 4 小时（工作时间）");
        assert_eq!(Lang::En.overdue_working(WorkingMinutes::new(110)), "1 h 50 min working time overdue");
        assert_eq!(Lang::Zh.overdue_working(WorkingMinutes::ZERO), "逾期 0 分（工作时间）");
    }

    #[test]
    fn natural_time_goes_over_to_days() {
        assert_eq!(Lang::Zh.natural(TimeDelta::minutes(1375)), "22 小时 55 分");
        assert_eq!(Lang::En.natural(TimeDelta::minutes(-1375)), "22 h 55 min");
        assert_eq!(Lang::En.natural(TimeDelta::minutes(47 * 60 + 59)), "47 h 59 min");
        assert_eq!(Lang::Zh.natural(TimeDelta::hours(48)), "2 天");
        assert_eq!(Lang::En.natural(TimeDelta::minutes(50 * 60 + 30)), "2 d 2 h");
    }

    #[test]
    fn rates_keep_two_decimals_and_discounts_are_shown_both_ways() {
        assert_eq!(Lang::Zh.percent(dec!(0.03)), "3%");
        assert_eq!(Lang::En.percent(dec!(0.0919)), "9.19%");
        assert_eq!(Lang::Zh.percent(dec!(0.1000)), "10%");
        assert_eq!(Lang::Zh.discount(dec!(0.03)), "优惠 3%（9.7 折）");
        assert_eq!(Lang::Zh.discount(dec!(0.1)), "优惠 10%（9 折）");
        assert_eq!(Lang::En.discount(dec!(0.03)), "3% off");
        assert_eq!(
            (Lang::Zh.discount(dec!(0)), Lang::En.discount(dec!(0.0000))),
            ("无优惠".to_owned(), "No discount".to_owned())
        );
    }
}
