//! The same rows on the days on which their promises are due, a month at a time.

use super::asked::{Asked, midnights, neighbours};
use super::columns::capped;
use super::line::DealLine;
use crate::domain::calendar::local_date;
use crate::domain::policy;
use crate::store::PgConnection;
use crate::store::boards::{self, MOST};
use crate::store::lists::DealFilter;
use crate::web::{Problem, SignedIn, Web};
use chrono::{Datelike, Days, NaiveDate};

/// Promises that a day names; the rest is a link.
const PER_DAY: i64 = 4;

pub struct Day {
    pub iso: String,
    pub number: u32,
    pub weekday: &'static str,
    pub is_today: bool,
    pub is_workday: bool,
    pub count: String,
    pub lines: Vec<DealLine>,
    /// All of the day, as a table.
    pub more: Option<String>,
}

pub struct Month {
    pub title: String,
    pub former: String,
    pub next: String,
    /// Days of other months before the first, for weeks that begin on Monday.
    pub lead: u32,
    pub weekdays: Vec<&'static str>,
    pub days: Vec<Day>,
}

/// The month that was asked for, and how many promises it holds.
pub async fn of(
    conn: &mut PgConnection,
    web: &Web,
    who: &SignedIn,
    asked: &Asked,
    filter: &DealFilter,
) -> Result<(Month, String), Problem> {
    let t = who.t();
    let today = local_date(web.app().clock.now());
    let first = asked.month(today);
    let length = u64::from(first.num_days_in_month());
    let begins = midnights(first, length);
    let visible = policy::visible_deals(&who.actor);
    let heads = boards::day_heads(conn, visible, filter, &begins).await?;
    let cards = boards::day_cards(conn, visible, filter, &begins, PER_DAY).await?;
    let (former, next) = neighbours(first);
    let day = |(place, head): (i64, &boards::DayHead)| -> Option<Day> {
        let date = first.checked_add_days(Days::new(u64::try_from(place - 1).ok()?))?;
        let iso = date.to_string();
        Some(Day {
            number: date.day(),
            weekday: t.weekday(date.weekday()),
            is_today: date == today,
            is_workday: web.app().calendar.is_workday(date),
            count: capped(head.count, MOST),
            lines: cards.iter().filter(|c| c.place == place).map(|c| DealLine::of(web, who, &c.row)).collect(),
            more: (head.count > PER_DAY).then(|| asked.at(&[("view", ""), ("on", &iso), ("panel", "")])),
            iso,
        })
    };
    let total: i64 = heads.iter().map(|h| h.count.min(MOST)).sum();
    let month = Month {
        title: t.board_month(t.month(first.month()), first.year()),
        former: asked.at(&[("month", &former), ("panel", "")]),
        next: asked.at(&[("month", &next), ("panel", "")]),
        lead: first.weekday().num_days_from_monday(),
        weekdays: (0..7)
            .filter_map(|n| NaiveDate::from_ymd_opt(2026, 6, 1 + n))
            .map(|d| t.weekday(d.weekday()))
            .collect(),
        days: (1_i64..).zip(&heads).filter_map(day).collect(),
    };
    Ok((month, total.to_string()))
}
