//! The facts of one customer archive: made in time, looked at again in time (DOMAIN 10, 1.1).

use super::fact::Facts;
use super::kpi::Kpi;
use super::life::CustomerLife;
use super::period::end_of;
use crate::domain::calendar::{Calendar, WorkingMinutes};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// What an archive may take from its first line to `archived` (DOMAIN 0.2, step 1).
pub const ARCHIVE_LIMIT: WorkingMinutes = WorkingMinutes::hours(8);

pub fn customer_facts(life: &CustomerLife, calendar: &Calendar, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts::default();
    if let Some(at) = life.archived_at {
        let spent = calendar.working_minutes_between(life.created_at, at);
        facts.rate(Kpi::ArchivedInTime, at, None, (spent <= ARCHIVE_LIMIT).into());
    }
    for at in &life.complaints {
        facts.share(Kpi::ComplaintRate, *at, Decimal::ONE, Decimal::ZERO);
    }
    for (due_on, done_on) in &life.rechecks {
        let due = end_of(*due_on);
        if done_on.is_some() || due < now {
            facts.rate(Kpi::RecheckedInTime, due, None, done_on.is_some_and(|done| done <= *due_on).into());
        } else {
            facts.until(due);
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(crate::domain::calendar::ZONE).unwrap().to_utc()
    }

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn eight_working_hours_are_the_limit_and_a_missed_recheck_counts_once_its_day_is_over() {
        let calendar = Calendar::standard();
        let life = CustomerLife {
            created_at: at("2026-09-17 10:20"),
            archived_at: Some(at("2026-09-18 10:20")),
            rechecks: vec![(day("2026-12-17"), Some(day("2026-12-17"))), (day("2027-03-17"), None)],
            complaints: Vec::new(),
        };
        let hits = |now: &str| -> Vec<(Kpi, Decimal)> {
            let facts = customer_facts(&life, &calendar, at(now));
            facts.facts.iter().map(|f| (f.kpi, f.numerator)).collect()
        };
        let early = [(Kpi::ArchivedInTime, Decimal::ONE), (Kpi::RecheckedInTime, Decimal::ONE)];
        assert_eq!(hits("2027-03-17 23:59"), early);
        assert_eq!(hits("2027-03-18 00:00"), [early[0], early[1], (Kpi::RecheckedInTime, Decimal::ZERO)]);
        let open = customer_facts(&life, &calendar, at("2027-01-01 00:00"));
        assert_eq!(open.look_again_at, Some(end_of(day("2027-03-17"))));
        let slow = CustomerLife { archived_at: Some(at("2026-09-18 10:21")), rechecks: Vec::new(), ..life };
        assert_eq!(customer_facts(&slow, &calendar, at("2026-10-01 00:00")).facts[0].numerator, Decimal::ZERO);
    }
}
