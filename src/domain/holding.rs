//! Who held a deal how long: the life of a case cut into stretches, each with the one whose turn it was
//! (DOMAIN 7.10, 10).
//!
//! The one rule: the stretches have no gaps and no overlaps, so the shares add up to the whole life.

use super::calendar::{Calendar, WorkingMinutes};
use chrono::{DateTime, Utc};

/// From then on it was this one's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<H> {
    pub holder: H,
    pub since: DateTime<Utc>,
}

/// All stretches of one holder together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<H> {
    pub holder: H,
    pub working: WorkingMinutes,
    /// Minutes by the wall clock.
    pub natural: i64,
    /// Tenths of a percent of the life by the wall clock; all together exactly 1000.
    pub permille: i64,
}

/// Sums the turns of a life that ended, or has come to, `until`; the longest first. Turns are in the
/// order in which they began.
pub fn held<H: Clone + PartialEq>(turns: &[Turn<H>], until: DateTime<Utc>, calendar: &Calendar) -> Vec<Held<H>> {
    let mut out: Vec<Held<H>> = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        let end = turns.get(at + 1).map_or(until, |next| next.since).min(until);
        let natural = (end - turn.since).num_minutes().max(0);
        let working = calendar.working_minutes_between(turn.since, end);
        match out.iter_mut().find(|h| h.holder == turn.holder) {
            Some(sum) => {
                sum.natural += natural;
                sum.working = sum.working + working;
            }
            None => out.push(Held { holder: turn.holder.clone(), working, natural, permille: 0 }),
        }
    }
    share(&mut out);
    out.sort_by_key(|h| std::cmp::Reverse(h.natural));
    out
}

/// Shares that add up: each rounded down, and what is missing goes to the largest remainders.
fn share<H>(parts: &mut [Held<H>]) {
    let whole: i64 = parts.iter().map(|p| p.natural).sum();
    if whole == 0 {
        // A life of no length is held by whoever begins it.
        if let Some(first) = parts.first_mut() {
            first.permille = 1000;
        }
        return;
    }
    let mut missing = 1000;
    for part in parts.iter_mut() {
        part.permille = part.natural * 1000 / whole;
        missing -= part.permille;
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(parts[*i].natural * 1000 % whole));
    for index in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        parts[index].permille += 1;
    }
}

/// The middle and the ninth tenth of a set of spans, by the nearest rank; nothing of nothing.
pub fn median_and_p90(mut spans: Vec<WorkingMinutes>) -> Option<(WorkingMinutes, WorkingMinutes)> {
    spans.sort_unstable();
    let rank = |part: usize| spans.get((spans.len() * part).div_ceil(10).checked_sub(1)?).copied();
    Some((rank(5)?, rank(9)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_789_600_000 + minutes * 60, 0).unwrap()
    }

    #[test]
    fn stretches_of_one_holder_are_added() {
        let turns = [("sales", 0), ("finance", 60), ("sales", 90), ("customer", 120)]
            .map(|(holder, since)| Turn { holder, since: at(since) });
        let held = held(&turns, at(360), &Calendar::standard());
        let told: Vec<_> = held.iter().map(|h| (h.holder, h.natural, h.permille)).collect();
        assert_eq!(told, [("customer", 240, 667), ("sales", 90, 250), ("finance", 30, 83)]);
    }

    #[test]
    fn the_middle_and_the_ninth_tenth() {
        let spans = |n: i64| (1..=n).map(WorkingMinutes::new).collect::<Vec<_>>();
        assert_eq!(median_and_p90(Vec::new()), None);
        let of = |n| median_and_p90(spans(n)).map(|(a, b)| (a.get(), b.get()));
        assert_eq!((of(1), of(2), of(10), of(11)), (Some((1, 1)), Some((1, 2)), Some((5, 9)), Some((6, 10))));
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_whole_life(steps in proptest::collection::vec((0_u8..5, 0_i64..10_000), 1..30), rest in 0_i64..10_000) {
            let mut since = 0;
            let turns: Vec<Turn<u8>> = steps.iter().map(|(holder, step)| { since += step; Turn { holder: *holder, since: at(since) } }).collect();
            let held = held(&turns, at(since + rest), &Calendar::standard());
            prop_assert_eq!(held.iter().map(|h| h.permille).sum::<i64>(), 1000);
            let life = (at(since + rest) - turns[0].since).num_minutes();
            prop_assert_eq!(held.iter().map(|h| h.natural).sum::<i64>(), life);
        }
    }
}
