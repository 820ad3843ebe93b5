//! Who held a node how long (DOMAIN 3.3, 3.5): the holds of its life as lines of working minutes.
//!
//! The one rule: the lines add up to the life, without gap or overlap. Each line is the difference
//! of two counts from the arrival, so that no minute is lost to rounding.

use super::{HoldKind, Named, Node, Round};
use crate::domain::approval::NodeKind;
use crate::domain::calendar::{Calendar, Counted, Profile, WorkingMinutes, truncated};
use chrono::{DateTime, Utc};

/// One line of a node's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kind: HoldKind,
    pub holder: Option<Named>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub minutes: WorkingMinutes,
}

/// One line of a round's ledger: the nodes that were open during it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundLine {
    pub waiting_for: Vec<NodeKind>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub minutes: WorkingMinutes,
}

/// The node's life up to `now` or to its end.
pub fn of_node(node: &Node, calendar: &Calendar, now: DateTime<Utc>) -> Vec<Line> {
    let Some(start) = node.arrived_at else { return Vec::new() };
    let count = |at: DateTime<Utc>| calendar.working_minutes_between(start, at.max(start));
    node.holds
        .iter()
        .map(|hold| {
            let until = hold.until.unwrap_or(now).max(hold.from);
            let minutes = count(until).less(count(hold.from));
            Line { kind: hold.kind, holder: hold.holder.clone(), from: hold.from, until, minutes }
        })
        .collect()
}

/// Working minutes that the clock stood still.
pub fn paused(lines: &[Line]) -> WorkingMinutes {
    lines.iter().filter(|l| l.kind != HoldKind::Running).map(|l| l.minutes).sum()
}

/// Working minutes of the whole life.
pub fn total(lines: &[Line]) -> WorkingMinutes {
    lines.iter().map(|l| l.minutes).sum()
}

/// The round's life, cut wherever a node arrives or ends.
pub fn of_round(round: &Round, calendar: &Calendar, now: DateTime<Utc>) -> Vec<RoundLine> {
    let start = round.submitted_at;
    let end = round.ended_at.unwrap_or(now).max(start);
    let end_of = |node: &Node| node.holds.last().and_then(|h| h.until).unwrap_or(end).clamp(start, end);
    let mut cuts = vec![start, end];
    for node in &round.nodes {
        let Some(arrived) = node.arrived_at else { continue };
        cuts.extend([arrived.clamp(start, end), end_of(node)]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    let count = |at| calendar.working_minutes_between(start, at);
    cuts.windows(2)
        .map(|pair| {
            let (from, until) = (pair[0], pair[1]);
            let open = |n: &&Node| n.arrived_at.is_some_and(|at| at <= from) && end_of(n) >= until;
            let waiting_for = round.nodes.iter().filter(open).map(|n| n.kind).collect();
            RoundLine { waiting_for, from, until, minutes: count(until).less(count(from)) }
        })
        .collect()
}

/// A stretch of how a node's time was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub minutes: WorkingMinutes,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The clock ran, by the calendar.
    Ran(Counted),
    /// The clock stood still.
    Stood(HoldKind),
}

/// How the time of a node was counted from its arrival to `until`, without gap or overlap: by the calendar while
/// its clock ran, not at all while it stood still.
pub fn explain(node: &Node, calendar: &Calendar, until: DateTime<Utc>) -> Vec<Part> {
    let Some(start) = node.arrived_at else { return Vec::new() };
    let (mut from, until) = (truncated(start), truncated(until));
    let mut told: Vec<Part> = Vec::new();
    let ran = |told: &mut Vec<Part>, from, to| {
        told.extend(calendar.explain(from, to).into_iter().map(|i| Part {
            from: i.from,
            until: i.to,
            minutes: i.minutes,
            why: Why::Ran(i.counted),
        }));
    };
    for hold in node.holds.iter().filter(|h| h.kind != HoldKind::Running) {
        let stood = truncated(hold.from).max(from).min(until);
        let on = hold.until.map_or(until, truncated).max(stood).min(until);
        if on == stood {
            continue;
        }
        ran(&mut told, from, stood);
        told.push(Part { from: stood, until: on, minutes: WorkingMinutes::ZERO, why: Why::Stood(hold.kind) });
        from = on;
    }
    if from < until {
        ran(&mut told, from, until);
    }
    told
}

/// Where the due moment goes when a pause from `from` to `until` ends.
pub fn due_after_pause(
    due_at: DateTime<Utc>,
    profile: Profile,
    standard: &Calendar,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> DateTime<Utc> {
    let move_on =
        |calendar: &Calendar| calendar.add_working_minutes(due_at, calendar.working_minutes_between(from, until));
    match profile {
        Profile::Standard => move_on(standard),
        Profile::OnCall => move_on(&Calendar::on_call()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hold, Sheet};
    use super::*;
    use crate::domain::approval::{ApprovalPath, NodeStatus, RoundStatus};
    use crate::domain::ids::{NodeId, PersonId, QuoteId, RoundId};
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn node(kind: NodeKind, start: DateTime<Utc>, cuts: &[(HoldKind, i64)], is_open: Option<()>) -> Node {
        let mut from = start;
        let mut holds: Vec<Hold> = cuts
            .iter()
            .map(|(kind, seconds)| {
                let until = from + TimeDelta::seconds(*seconds);
                let hold = Hold { kind: *kind, holder: None, from, until: Some(until) };
                from = until;
                hold
            })
            .collect();
        if is_open.is_some() {
            holds.push(Hold { kind: HoldKind::Running, holder: None, from, until: None });
        }
        Node {
            id: NodeId(Uuid::nil()),
            kind,
            status: NodeStatus::Open,
            reasons: Vec::new(),
            limit: WorkingMinutes::hours(8),
            profile: Profile::Standard,
            arrived_at: Some(start),
            due_at: None,
            decided: None,
            condition_acknowledged_at: None,
            condition: None,
            claimed_by: None,
            claimed_for: Vec::new(),
            escalated_to: None,
            taken_over_with: None,
            sheet: Sheet::default(),
            holds,
            calls: Vec::new(),
        }
    }

    fn kinds() -> impl Strategy<Value = HoldKind> {
        prop_oneof![Just(HoldKind::Running), Just(HoldKind::Question), Just(HoldKind::ExtraSign)]
    }

    proptest! {
        #[test]
        fn the_lines_of_a_node_add_up_to_its_life(
            second in 1_788_000_000_i64..1_792_000_000,
            cuts in prop::collection::vec((kinds(), 0_i64..400_000), 0..12),
            after in 0_i64..400_000,
        ) {
            let calendar = Calendar::standard();
            let start = DateTime::from_timestamp(second, 0).unwrap();
            let node = node(NodeKind::Finance, start, &cuts, Some(()));
            let now = node.holds.last().unwrap().from + TimeDelta::seconds(after);
            let lines = of_node(&node, &calendar, now);
            prop_assert_eq!(total(&lines), calendar.working_minutes_between(start, now));
            prop_assert_eq!(lines[0].from, start);
            prop_assert_eq!(lines.last().unwrap().until, now);
            prop_assert!(lines.windows(2).all(|pair| pair[0].until == pair[1].from), "gap or overlap");
            prop_assert!(lines.iter().all(|l| l.minutes >= WorkingMinutes::ZERO));
        }

        #[test]
        fn the_lines_of_a_round_add_up_to_its_life(
            second in 1_788_000_000_i64..1_792_000_000,
            first in 1_i64..200_000,
            lives in prop::collection::vec(1_i64..400_000, 1..4),
        ) {
            let calendar = Calendar::standard();
            let start = DateTime::from_timestamp(second, 0).unwrap();
            let then = start + TimeDelta::seconds(first);
            let mut nodes = vec![node(NodeKind::SalesManager, start, &[(HoldKind::Running, first)], None)];
            for (kind, life) in [NodeKind::Technical, NodeKind::Finance, NodeKind::Production].into_iter().zip(&lives) {
                nodes.push(node(kind, then, &[(HoldKind::Running, *life)], None));
            }
            let end = then + TimeDelta::seconds(*lives.iter().max().unwrap());
            let round = Round {
                id: RoundId(Uuid::nil()), quote: QuoteId(Uuid::nil()), no: String::new(), round_no: 1, level: 1,
                path: ApprovalPath::Standard, status: RoundStatus::Approved, requested_by: PersonId(Uuid::nil()),
                content_hash: Vec::new(), submitted_at: start, ended_at: Some(end), nodes, skipped: Vec::new(),
                fast_refused: Vec::new(),
            };
            let lines = of_round(&round, &calendar, end);
            let sum: i64 = lines.iter().map(|l| l.minutes.get()).sum();
            prop_assert_eq!(sum, calendar.working_minutes_between(start, end).get());
            prop_assert!(lines.windows(2).all(|pair| pair[0].until == pair[1].from));
            prop_assert!(lines.iter().all(|l| !l.waiting_for.is_empty()), "somebody was always waited for");
        }

        #[test]
        fn a_pause_moves_the_due_moment_by_its_working_time(
            second in 1_788_000_000_i64..1_792_000_000, until_pause in 0_i64..200_000, pause in 0_i64..900_000,
        ) {
            let calendar = Calendar::standard();
            let start = DateTime::from_timestamp(second, 0).unwrap();
            let limit = WorkingMinutes::hours(8);
            let due = calendar.add_working_minutes(start, limit);
            let from = start + TimeDelta::seconds(until_pause);
            let until = from + TimeDelta::seconds(pause);
            let moved = due_after_pause(due, Profile::Standard, &calendar, from, until);
            let stood = calendar.working_minutes_between(from, until);
            prop_assert_eq!(calendar.working_minutes_between(due, moved), stood);
            prop_assert_eq!(calendar.working_minutes_between(start, moved).get(), limit.get() + stood.get());
        }

        #[test]
        fn what_ran_adds_up_to_the_limit_however_often_the_clock_stood_still(
            second in 1_788_000_000_i64..1_792_000_000, pauses in prop::collection::vec((0_i64..30_000, 0_i64..400_000), 0..6),
        ) {
            let calendar = Calendar::standard();
            let start = DateTime::from_timestamp(second, 0).unwrap();
            let limit = WorkingMinutes::hours(8);
            let mut due = calendar.add_working_minutes(start, limit);
            let (mut cuts, mut at) = (Vec::new(), start);
            for (run, stand) in pauses {
                let from = at + TimeDelta::seconds(run);
                if from > due { break; }
                at = from + TimeDelta::seconds(stand);
                due = due_after_pause(due, Profile::Standard, &calendar, from, at);
                cuts.extend([(HoldKind::Running, run), (HoldKind::Question, stand)]);
            }
            let told = explain(&node(NodeKind::Finance, start, &cuts, Some(())), &calendar, due);
            prop_assert_eq!(told.iter().map(|p| p.minutes.get()).sum::<i64>(), limit.get());
            prop_assert_eq!((told[0].from, told.last().unwrap().until), (truncated(start), due));
            prop_assert!(told.windows(2).all(|pair| pair[0].until == pair[1].from), "gap or overlap");
        }
    }
}
