//! How a due moment comes about, stretch by stretch: what was counted and what was left out, and why.

use crate::domain::approval::Node;
use crate::domain::calendar::{Calendar, Counted, WorkingMinutes};
use crate::domain::round::ledger::{self, Part, Why};
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
    let told = calendar.explain(from, to).into_iter();
    let parts = told.map(|i| Part { from: i.from, until: i.to, minutes: i.minutes, why: Why::Ran(i.counted) });
    of_parts(t, calendar, parts.collect(), to)
}

/// The time of a node from its arrival on: its limit, and between the stretches that were counted those in which
/// its clock stood still.
pub fn explain_node(t: Lang, calendar: &Calendar, node: &Node, to: DateTime<Utc>) -> Explained {
    of_parts(t, calendar, ledger::explain(node, calendar, to), to)
}

fn of_parts(t: Lang, calendar: &Calendar, parts: Vec<Part>, to: DateTime<Utc>) -> Explained {
    let mut sum = WorkingMinutes::ZERO;
    let stretches: Vec<Stretch> = parts
        .into_iter()
        .map(|part| {
            sum = sum + part.minutes;
            Stretch {
                from: t.moment_full(part.from),
                to: t.moment_full(part.until),
                why: match &part.why {
                    Why::Ran(Counted::Working) => t.calendar_counted().to_owned(),
                    Why::Ran(Counted::OutsideHours) => t.calendar_outside_hours().to_owned(),
                    Why::Ran(Counted::RestDay) => t.calendar_rest_day().to_owned(),
                    Why::Ran(Counted::Holiday(name)) => t.calendar_holiday(name),
                    Why::Stood(hold) => t.calendar_stood(t.hold_kind(*hold)),
                },
                minutes: part.minutes.get(),
                is_counted: part.why == Why::Ran(Counted::Working),
                sum: sum.get(),
            }
        })
        .collect();
    let is_provisional = calendar.is_provisional(crate::domain::calendar::local_date(to));
    Explained { stretches, total: sum.get(), is_provisional }
}
