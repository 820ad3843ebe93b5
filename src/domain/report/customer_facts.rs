//! The facts of one customer archive: made in time, looked at again in time (DOMAIN 10, 1.1).

use super::fact::Facts;
use super::kpi::Kpi;
use super::life::CustomerLife;
use super::period::{Month, end_of};
use crate::domain::calendar::{Calendar, WorkingMinutes};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// What an archive may take from its first line to `archived` (DOMAIN 0.2, step 1).
pub const ARCHIVE_LIMIT: WorkingMinutes = WorkingMinutes::hours(8);

/// Months that a customer's return is looked for in.
const YEAR: u32 = 12;

pub fn customer_facts(life: &CustomerLife, calendar: &Calendar, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts::default();
    if let Some(at) = life.archived_at {
        let spent = calendar.working_minutes_between(life.created_at, at);
        facts.rate(Kpi::ArchivedInTime, at, None, (spent <= ARCHIVE_LIMIT).into());
    }
    if let Some(standing) = life.standing {
        let review_due = standing.next_review_on.map(end_of);
        let is_valid = review_due.is_some_and(|due| now <= due);
        let at = life.archived_at.unwrap_or(life.created_at);
        facts.rate(Kpi::CompleteArchives, at, None, (standing.active_contacts >= 2 && is_valid).into());
        if let Some(due) = review_due.filter(|_| is_valid) {
            facts.until(due);
        }
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
    for (due_on, open) in &life.owed {
        facts.owed(end_of(*due_on), *open, now);
    }
    coming_back(&mut facts, &life.orders, now);
    facts
}

/// In each month: whether the customer ordered twice or more in the twelve months up to its end.
fn coming_back(facts: &mut Facts, orders: &[DateTime<Utc>], now: DateTime<Utc>) {
    let (Some(first), Some(last)) = (orders.first(), orders.last()) else { return };
    let this = Month::of(now);
    let mut month = Month::of(*first);
    while month <= this && month <= Month::of(*last).ahead(YEAR - 1) {
        let from = month.back(YEAR - 1).begins();
        let within = orders.iter().filter(|at| (from..month.ends()).contains(at));
        let at = orders.iter().copied().rfind(|at| Month::of(*at) == month).unwrap_or(month.begins());
        facts.rate(Kpi::RepeatCustomers, at, None, (within.count() >= 2).into());
        month = month.next();
    }
    if Month::of(*last).ahead(YEAR - 1) > this {
        facts.until(this.ends());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::life::Standing;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(crate::domain::calendar::ZONE).unwrap().to_utc()
    }

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    fn new_customer() -> CustomerLife {
        CustomerLife {
            created_at: at("2026-09-17 10:20"),
            archived_at: None,
            standing: None,
            rechecks: Vec::new(),
            complaints: Vec::new(),
            orders: Vec::new(),
            owed: Vec::new(),
        }
    }

    fn of(life: &CustomerLife, kpi: Kpi, now: &str) -> Vec<(String, Decimal)> {
        let facts = customer_facts(life, &Calendar::standard(), at(now)).facts;
        facts.iter().filter(|f| f.kpi == kpi).map(|f| (Month::of(f.at).to_string(), f.numerator)).collect()
    }

    #[test]
    fn who_orders_twice_within_twelve_months_came_back_until_the_first_order_is_too_old() {
        let orders = vec![at("2026-01-31 23:59"), at("2026-11-05 10:00")];
        let life = CustomerLife { orders, ..new_customer() };
        let months = of(&life, Kpi::RepeatCustomers, "2028-01-15 00:00");
        let hits: Vec<&str> = months.iter().filter(|(_, hit)| *hit == Decimal::ONE).map(|(m, _)| m.as_str()).collect();
        assert_eq!(hits, ["2026-11", "2026-12"], "January is within the year up to December");
        assert_eq!((months.len(), months[0].0.as_str(), months[21].0.as_str()), (22, "2026-01", "2027-10"));
        assert_eq!(of(&life, Kpi::RepeatCustomers, "2026-11-05 10:01").len(), 11, "no month before it has begun");
        let again = |now: &str| customer_facts(&life, &Calendar::standard(), at(now)).look_again_at;
        assert_eq!(again("2027-09-30 12:00"), Some(at("2027-10-01 00:00")));
        assert_eq!(again("2027-10-01 12:00"), None, "October is the last month that counts the order");
    }

    #[test]
    fn an_archive_is_complete_with_two_contacts_while_its_recheck_is_valid() {
        let with = |active_contacts| CustomerLife {
            archived_at: Some(at("2026-09-17 11:30")),
            standing: Some(Standing { active_contacts, next_review_on: Some(day("2026-12-17")) }),
            ..new_customer()
        };
        let hit = |life: &CustomerLife, now: &str| of(life, Kpi::CompleteArchives, now)[0].1;
        assert_eq!(hit(&with(2), "2026-12-17 23:59"), Decimal::ONE);
        assert_eq!(hit(&with(2), "2026-12-18 00:00"), Decimal::ZERO);
        assert_eq!(hit(&with(1), "2026-10-01 00:00"), Decimal::ZERO);
        assert!(of(&new_customer(), Kpi::CompleteArchives, "2026-10-01 00:00").is_empty());
    }

    #[test]
    fn what_is_owed_from_before_is_overdue_once_its_day_is_over() {
        let life = CustomerLife { owed: vec![(day("2026-10-31"), Decimal::from(118_500))], ..new_customer() };
        assert!(of(&life, Kpi::OverdueAmount, "2026-10-31 23:59").is_empty());
        let late = [("2026-10".to_owned(), Decimal::from(118_500))];
        assert_eq!(of(&life, Kpi::OverdueAmount, "2026-11-01 00:00"), late);
    }

    #[test]
    fn eight_working_hours_are_the_limit_and_a_missed_recheck_counts_once_its_day_is_over() {
        let calendar = Calendar::standard();
        let life = CustomerLife {
            created_at: at("2026-09-17 10:20"),
            archived_at: Some(at("2026-09-18 10:20")),
            rechecks: vec![(day("2026-12-17"), Some(day("2026-12-17"))), (day("2027-03-17"), None)],
            ..new_customer()
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
