//! What happens to a limit that runs out (DOMAIN 3.5): a reminder, the overdue notice, the superior
//! as co-actor, the daily digest. Nothing here decides a node.

use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::codes::codes;
use chrono::{DateTime, TimeDelta, Utc};

codes!(Alarm { Reminder = "reminder", Overdue = "overdue", Escalation = "escalation" });

/// Working time from the due moment to the superior, on the standard clock.
const TO_SUPERIOR: WorkingMinutes = WorkingMinutes::hours(4);
/// Working time from the due moment to the general manager's digest.
pub const TO_DIGEST: WorkingMinutes = WorkingMinutes::hours(8);

/// A limit as stored, with the working time its clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    pub started_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub limit: WorkingMinutes,
    pub paused: WorkingMinutes,
    pub profile: Profile,
}

impl Running {
    /// When this alarm is due; `calendar` keeps the clock of the limit.
    pub fn moment(&self, alarm: Alarm, calendar: &Calendar) -> DateTime<Utc> {
        match (alarm, self.profile) {
            (Alarm::Reminder, profile) => {
                // Three quarters of the limit; on call a half (60 of 120 minutes).
                let left = match profile {
                    Profile::Standard => self.limit.get() / 4,
                    Profile::OnCall => self.limit.get() / 2,
                };
                let elapsed = self.limit.less(WorkingMinutes::new(left)) + self.paused;
                calendar.add_working_minutes(self.started_at, elapsed).min(self.due_at)
            }
            (Alarm::Overdue, _) | (Alarm::Escalation, Profile::OnCall) => self.due_at,
            (Alarm::Escalation, Profile::Standard) => calendar.add_working_minutes(self.due_at, TO_SUPERIOR),
        }
    }

    /// The alarms to give now, the most pressing last. Nobody is woken outside working time, and
    /// nobody is reminded of what is overdue already.
    pub fn due(&self, given: &[Alarm], calendar: &Calendar, now: DateTime<Utc>) -> Vec<Alarm> {
        if !is_working(calendar, now) {
            return Vec::new();
        }
        let is_due = |alarm: &&Alarm| self.moment(**alarm, calendar) <= now && !given.contains(alarm);
        let is_late = self.due_at <= now || given.contains(&Alarm::Overdue);
        Alarm::ALL.iter().filter(is_due).copied().filter(|a| *a != Alarm::Reminder || !is_late).collect()
    }

    /// When to look again; none once everything was given.
    pub fn next(&self, given: &[Alarm], calendar: &Calendar, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_late = self.due_at <= now || given.contains(&Alarm::Overdue);
        Alarm::ALL
            .iter()
            .filter(|a| !given.contains(a) && (**a != Alarm::Reminder || !is_late))
            .map(|a| opening(calendar, self.moment(*a, calendar).max(now)))
            .min()
    }
}

/// Whether `now` lies in working time of this calendar.
pub fn is_working(calendar: &Calendar, now: DateTime<Utc>) -> bool {
    calendar.working_minutes_between(now, now + TimeDelta::minutes(1)) > WorkingMinutes::ZERO
}

/// `at` when that is working time, the next opening otherwise.
fn opening(calendar: &Calendar, at: DateTime<Utc>) -> DateTime<Utc> {
    if is_working(calendar, at) {
        return at;
    }
    calendar.add_working_minutes(at, WorkingMinutes::new(1)) - TimeDelta::minutes(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::ZONE;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    fn production() -> Running {
        Running {
            started_at: at("10-08 11:30"),
            due_at: at("10-09 11:30"),
            limit: WorkingMinutes::hours(8),
            paused: WorkingMinutes::ZERO,
            profile: Profile::Standard,
        }
    }

    #[test]
    fn the_ladder_of_the_production_node_of_story_4() {
        let (c, p) = (Calendar::standard(), production());
        assert_eq!(p.moment(Alarm::Reminder, &c), at("10-09 09:30"));
        assert_eq!(p.moment(Alarm::Overdue, &c), at("10-09 11:30"));
        assert_eq!(p.moment(Alarm::Escalation, &c), at("10-09 16:30"));
        assert_eq!(p.due(&[], &c, at("10-09 09:29")), []);
        assert_eq!(p.due(&[], &c, at("10-09 09:30")), [Alarm::Reminder]);
        assert_eq!(p.due(&[Alarm::Reminder], &c, at("10-09 11:29")), []);
        assert_eq!(p.due(&[Alarm::Reminder], &c, at("10-09 11:30")), [Alarm::Overdue]);
        assert_eq!(p.due(&[], &c, at("10-09 16:30")), [Alarm::Overdue, Alarm::Escalation], "no late reminder");
        assert_eq!(p.next(&[], &c, at("10-08 11:30")), Some(at("10-09 09:30")));
        assert_eq!(p.next(&[Alarm::Reminder, Alarm::Overdue], &c, at("10-09 11:30")), Some(at("10-09 16:30")));
        assert_eq!(p.next(Alarm::ALL, &c, at("10-09 16:30")), None);
    }

    #[test]
    fn nobody_is_woken_in_the_seven_days_off() {
        let (c, p) = (
            Calendar::standard(),
            Running {
                started_at: at("09-30 14:00"),
                due_at: at("09-30 18:00"),
                limit: WorkingMinutes::hours(4),
                ..production()
            },
        );
        for day in 1..=7 {
            for hour in [9, 12, 15] {
                let now = at(&format!("10-0{day} {hour:02}:00"));
                assert!(p.due(&[], &c, now).is_empty(), "{now}");
            }
        }
        let morning = p.next(&[Alarm::Reminder], &c, at("09-30 18:00")).unwrap();
        assert!(is_working(&c, morning) && morning > at("10-08 00:00") && morning < at("10-08 12:00"), "{morning}");
        assert_eq!(p.due(&[Alarm::Reminder], &c, morning), [Alarm::Overdue]);
    }

    #[test]
    fn the_fast_path_reminds_after_an_hour_and_escalates_at_two() {
        let c = Calendar::on_call();
        let p = Running {
            started_at: at("09-20 10:40"),
            due_at: at("09-20 12:40"),
            limit: WorkingMinutes::hours(2),
            profile: Profile::OnCall,
            ..production()
        };
        assert_eq!(p.due(&[], &c, at("09-20 11:40")), [Alarm::Reminder]);
        assert_eq!(p.due(&[Alarm::Reminder], &c, at("09-20 12:40")), [Alarm::Overdue, Alarm::Escalation]);
    }

    #[test]
    fn a_pause_moves_the_reminder_too() {
        let p = Running { due_at: at("10-09 13:30"), paused: WorkingMinutes::new(60), ..production() };
        assert_eq!(p.moment(Alarm::Reminder, &Calendar::standard()), at("10-09 10:30"));
    }
}
