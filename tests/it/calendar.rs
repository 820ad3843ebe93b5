//! Working time against a table that was counted minute after minute elsewhere, and the calendar as the
//! company changes it: due moments stay until somebody moves them.

#[path = "calendar/data.rs"]
mod data;

use chrono::{DateTime, NaiveDateTime, Utc};
use kuaidan::domain::calendar::{Calendar, Counted, WorkingMinutes, ZONE};

fn at(day: &str, time: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(&format!("{day} {time}"), "%Y-%m-%d %H:%M").expect("a moment");
    local.and_local_timezone(ZONE).single().expect("no daylight saving").to_utc()
}

#[test]
fn two_hundred_due_moments_agree_with_a_table_counted_elsewhere() {
    let (standard, on_call) = (Calendar::standard(), Calendar::on_call());
    let mut rows = 0;
    for line in include_str!("calendar/cases.txt").lines().filter(|l| !l.starts_with('#')) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let calendar = if cells[0] == "on_call" { &on_call } else { &standard };
        let (start, due) = (at(cells[1], cells[2]), at(cells[4], cells[5]));
        let minutes = WorkingMinutes::new(cells[3].parse().expect("minutes"));
        assert_eq!(calendar.add_working_minutes(start, minutes), due, "{line}");
        assert_eq!(calendar.working_minutes_between(start, due), minutes, "{line}");
        // What is told stretch by stretch adds up to the same.
        let told = calendar.explain(start, due);
        assert_eq!(told.iter().map(|s| s.minutes).sum::<WorkingMinutes>(), minutes, "{line}");
        assert!(told.iter().all(|s| (s.counted == Counted::Working) == (s.minutes > WorkingMinutes::ZERO)), "{line}");
        rows += 1;
    }
    assert_eq!(rows, 200);
}
