//! How a due moment comes about, stretch by stretch: what was counted and what was left out, and why.

use crate::domain::calendar::{Calendar, Counted, WorkingMinutes};
use crate::wording::Lang;
use chrono::{DateTime, Utc};

pub struct Stretch {
    pub from: String,
    pub to: String,
    pub why: String,
    pub minutes: i64,
    pub is_counted: bool,
    /// What has been counted up to its end.
    pub sum: i64,
}

pub struct Explained {
    pub stretches: Vec<Stretch>,
    /// All counted minutes together.
    pub total: i64,
    /// A part of it lies in a year whose list is not published yet.
    pub is_provisional: bool,
}

/// Everything between two moments on a calendar; the minutes add up to the working time between them.
pub fn explain(t: Lang, calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> Explained {
    let mut sum = WorkingMinutes::ZERO;
    let stretches: Vec<Stretch> = calendar
        .explain(from, to)
        .into_iter()
        .map(|stretch| {
            sum = sum + stretch.minutes;
            Stretch {
                from: t.moment_full(stretch.from),
                to: t.moment_full(stretch.to),
                why: match &stretch.counted {
                    Counted::Working => t.calendar_counted().to_owned(),
                    Counted::OutsideHours => t.calendar_outside_hours().to_owned(),
                    Counted::RestDay => t.calendar_rest_day().to_owned(),
                    Counted::Holiday(name) => t.calendar_holiday(name),
                },
                minutes: stretch.minutes.get(),
                is_counted: stretch.counted == Counted::Working,
                sum: sum.get(),
            }
        })
        .collect();
    let is_provisional = calendar.is_provisional(crate::domain::calendar::local_date(to));
    Explained { stretches, total: sum.get(), is_provisional }
}
