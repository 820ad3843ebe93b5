//! What a notice is about and how pressing it is, and when a message with it may leave
//! (DOMAIN 3.5; quiet hours and bundling are the person's own).
//!
//! A kind is the code of the act that is asked for, or a word of its own. The one rule: a kind
//! that nobody listed here is told like any other news; nothing is lost for want of a row.

use super::calendar::ZONE;
use super::codes::codes;
use super::staff::Role;
use super::workflow::Action;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

codes!(
    /// The lists of the notices page.
    Topic { Turn = "turn", Deadline = "deadline", Told = "told", System = "system" }
);

codes!(
    /// What a row of the digest is about.
    DigestOf { Approval = "approval", Review = "review", Change = "change", Pledge = "pledge" }
);

/// One overdue thing of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestRow {
    /// Number of the deal.
    pub no: String,
    pub what: DigestOf,
    /// Whose turn it is, and who holds it.
    pub role: Role,
    pub people: String,
    pub due_at: DateTime<Utc>,
}

/// Urgent messages wait for nothing, not even for the morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    Normal,
    Urgent,
}

/// Kinds that speak of a time limit: near, passed, handed to a superior, or listed in a digest.
const DEADLINE: &[&str] = &["review_overdue", "overdue_digest"];
/// Kinds that make something the reader's turn without being an act of their own.
const TURN: &[&str] = &["node_handed_over"];
const DEADLINE_PARTS: &[&str] = &["overdue", "remind", "escalat", "due_soon"];
/// Kinds about the program itself, for those who look after it.
const SYSTEM: &[&str] = &["delivery_failed"];

/// Which list a kind of notice belongs to.
pub fn topic(kind: &str) -> Topic {
    if SYSTEM.contains(&kind) {
        Topic::System
    } else if DEADLINE.contains(&kind) || DEADLINE_PARTS.iter().any(|part| kind.contains(part)) {
        Topic::Deadline
    } else if TURN.contains(&kind) || Action::parse(kind).is_some() {
        Topic::Turn
    } else {
        Topic::Told
    }
}

/// How pressing a kind is by itself; what asks for an act on an urgent deal is urgent as well.
pub fn urgency(kind: &str) -> Urgency {
    let pressing = ["informed_fast_path", "urgent_overdue", "urgent_escalated"].contains(&kind)
        || Action::parse(kind) == Some(Action::ResolveObjection);
    if pressing { Urgency::Urgent } else { Urgency::Normal }
}

/// Hours of the day, company time, in which somebody wants no messages; they may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    pub from: NaiveTime,
    pub to: NaiveTime,
}

impl QuietHours {
    pub fn holds(self, at: DateTime<Utc>) -> bool {
        let time = at.with_timezone(&ZONE).time();
        if self.from <= self.to { (self.from..self.to).contains(&time) } else { time >= self.from || time < self.to }
    }

    /// The first moment from `at` on that is not quiet.
    fn after(self, at: DateTime<Utc>) -> DateTime<Utc> {
        if !self.holds(at) {
            return at;
        }
        let local = at.with_timezone(&ZONE);
        let day = if local.time() < self.to { local.date_naive() } else { local.date_naive() + TimeDelta::days(1) };
        // The company's zone knows no summer time: every local moment exists once.
        day.and_time(self.to).and_local_timezone(ZONE).single().map_or(at, |moment| moment.to_utc())
    }
}

/// When a message with a notice given at `at` leaves: notices of one `window` go together, and
/// nothing but the urgent disturbs quiet hours.
pub fn leaves_at(at: DateTime<Utc>, urgency: Urgency, window: TimeDelta, quiet: Option<QuietHours>) -> DateTime<Utc> {
    match (urgency, quiet) {
        (Urgency::Urgent, _) => at,
        (Urgency::Normal, None) => at + window,
        (Urgency::Normal, Some(quiet)) => quiet.after(at + window),
    }
}

/// How long to wait after so many failed tries, in seconds: 1, 4, 16, 64 minutes, then 4 hours.
/// `chance` (0–255) spreads messages that failed together over half of it more.
pub fn pause_after(failures: i32, chance: u8) -> TimeDelta {
    let base = match failures {
        ..=1 => 60,
        2 => 240,
        3 => 960,
        4 => 3_840,
        _ => 14_400,
    };
    TimeDelta::seconds(base + base * i64::from(chance) / 512)
}

/// Tries before a message is given up: about a day and a half.
pub const MOST_TRIES: i32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-09-17T{text}:00+08:00").parse().expect("a moment")
    }

    fn quiet(from: &str, to: &str) -> QuietHours {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
        QuietHours { from: time(from), to: time(to) }
    }

    #[test]
    fn a_kind_is_listed_by_what_it_asks() {
        assert_eq!(topic("decide_node"), Topic::Turn);
        assert_eq!(topic("node_overdue"), Topic::Deadline);
        assert_eq!(topic("node_handed_over"), Topic::Turn);
        assert_eq!(topic("delivery_failed"), Topic::System);
        assert_eq!(topic("change_filed"), Topic::Told);
        assert_eq!(topic("a word of next year"), Topic::Told);
    }

    #[test]
    fn messages_wait_for_the_window_and_for_the_morning() {
        let window = TimeDelta::minutes(5);
        let night = Some(quiet("21:00", "07:30"));
        assert_eq!(leaves_at(at("10:00"), Urgency::Normal, window, night), at("10:05"));
        assert_eq!(leaves_at(at("20:58"), Urgency::Normal, window, night), at("07:30") + TimeDelta::days(1));
        assert_eq!(leaves_at(at("03:00"), Urgency::Normal, window, night), at("07:30"));
        assert_eq!(leaves_at(at("03:00"), Urgency::Urgent, window, night), at("03:00"));
        assert_eq!(leaves_at(at("12:30"), Urgency::Normal, window, Some(quiet("12:00", "13:00"))), at("13:00"));
        assert_eq!(leaves_at(at("07:25"), Urgency::Normal, window, night), at("07:30"), "the end is not quiet");
    }

    #[test]
    fn pauses_grow_and_differ() {
        let pauses: Vec<i64> = (1..=6).map(|n| pause_after(n, 0).num_seconds()).collect();
        assert_eq!(pauses, [60, 240, 960, 3_840, 14_400, 14_400]);
        assert!(pause_after(1, 255) > pause_after(1, 0) && pause_after(1, 255) < TimeDelta::seconds(90));
    }
}
