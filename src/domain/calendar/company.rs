//! The calendars of a company as one set of data: the years, the usual hours, and the hours and days that a
//! department or a person has for itself.
//!
//! The one rule: data is only ever replaced by a new version; whatever was computed keeps the version it was
//! computed with.

use super::{Calendar, CalendarFlaw, CalendarYear, DayKind, DayOverride, Hours, Profile, Standing};
use crate::domain::calendar_data::{BUILT_IN_VERSION, built_in};
use crate::domain::ids::PersonId;
use crate::domain::staff::Department;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whose hours they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Everybody,
    Department(Department),
    Person(PersonId),
}

impl Whose {
    const fn department(self) -> Option<Department> {
        match self {
            Self::Department(department) => Some(department),
            Self::Everybody | Self::Person(_) => None,
        }
    }
}

/// The usual hours of a workday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualHours {
    pub whose: Whose,
    pub hours: Hours,
}

/// One date with hours of its own: a half day, or leave where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDay {
    pub whose: Whose,
    pub date: NaiveDate,
    pub hours: Hours,
    pub name: String,
}

/// One version of everything that working time hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarData {
    pub years: Vec<CalendarYear>,
    #[serde(default)]
    pub hours: Vec<UsualHours>,
    #[serde(default)]
    pub days: Vec<OwnDay>,
}

/// What is wrong with a list of days that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListFlaw {
    Empty,
    /// A row of another year than most, counted from 1.
    OtherYear {
        row: usize,
        year: i32,
    },
    /// The date of this row stood in the list before.
    Twice {
        row: usize,
    },
    /// The list of the neighbouring year has the date of this row as the other kind.
    OtherList {
        row: usize,
        year: i32,
    },
}

impl Default for CalendarData {
    /// What the product ships with.
    fn default() -> Self {
        Self { years: built_in(), hours: Vec::new(), days: Vec::new() }
    }
}

impl CalendarData {
    /// The same with one year's list taken from a notice; the former list of that year goes. A notice names
    /// one year, and days of the December before at most.
    pub fn with_list(&self, rows: &[DayOverride]) -> Result<Self, Vec<ListFlaw>> {
        let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(row.date.year()).or_default() += 1;
        }
        let Some((year, _)) = counts.iter().max_by_key(|(year, n)| (**n, **year)) else {
            return Err(vec![ListFlaw::Empty]);
        };
        let year = *year;
        let mut flaws = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let december_before = row.date.month() == 12 && row.date.year() == year - 1;
            if row.date.year() != year && !december_before {
                flaws.push(ListFlaw::OtherYear { row: at + 1, year: row.date.year() });
            }
            if rows[..at].iter().any(|before| before.date == row.date) {
                flaws.push(ListFlaw::Twice { row: at + 1 });
            }
            let others = self.years.iter().filter(|y| y.year != year);
            let differs = |y: &&CalendarYear| y.days.iter().any(|d| d.date == row.date && d.kind != row.kind);
            flaws.extend(others.filter(differs).map(|y| ListFlaw::OtherList { row: at + 1, year: y.year }));
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let mut days = rows.to_vec();
        days.sort_by_key(|day| day.date);
        let mut years: Vec<CalendarYear> = self.years.iter().filter(|y| y.year != year).cloned().collect();
        // A day at the turn of the year that both notices name stands in the one that was read last.
        for other in &mut years {
            other.days.retain(|d| days.iter().all(|listed| listed.date != d.date));
        }
        years.push(CalendarYear { year, standing: Standing::Published, days });
        years.sort_by_key(|y| y.year);
        Ok(Self { years, ..self.clone() })
    }

    /// What differs in the listed days of the years: the date, what it was and what it is.
    pub fn differences_from(&self, former: &Self) -> Vec<(NaiveDate, Option<DayKind>, Option<DayKind>)> {
        let listed = |data: &Self| -> BTreeMap<NaiveDate, DayKind> {
            data.years.iter().flat_map(|y| &y.days).map(|d| (d.date, d.kind)).collect()
        };
        let (old, new) = (listed(former), listed(self));
        let mut dates: Vec<NaiveDate> = old.keys().chain(new.keys()).copied().collect();
        dates.sort_unstable();
        dates.dedup();
        dates
            .into_iter()
            .map(|date| (date, old.get(&date).copied(), new.get(&date).copied()))
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    fn usual(&self, whose: Whose) -> Option<&Hours> {
        self.hours.iter().rev().find(|h| h.whose == whose).map(|h| &h.hours)
    }

    fn own(&self, whose: Whose) -> impl Iterator<Item = (NaiveDate, Hours)> {
        self.days.iter().filter(move |d| d.whose == whose).map(|d| (d.date, d.hours.clone()))
    }
}

impl Calendar {
    /// The standard calendar of the company, with those of its departments and people inside.
    pub fn of_company(version: &str, data: &CalendarData) -> Result<Self, CalendarFlaw> {
        let usual = data.usual(Whose::Everybody).cloned().unwrap_or_else(|| Hours::usual(Profile::Standard));
        let everybody: BTreeMap<NaiveDate, Hours> = data.own(Whose::Everybody).collect();
        let mut company = Self::with_hours(Profile::Standard, version, &usual, &data.years, &everybody)?;
        let mut owners: Vec<Whose> =
            data.hours.iter().map(|h| h.whose).chain(data.days.iter().map(|d| d.whose)).collect();
        owners.sort_unstable();
        owners.dedup();
        let departments: Vec<Department> = owners.iter().filter_map(|whose| whose.department()).collect();
        for whose in owners.into_iter().filter(|whose| *whose != Whose::Everybody) {
            // A person keeps the department's hours and days but for the own ones.
            let among = departments.iter().filter(|_| matches!(whose, Whose::Person(_))).map(|d| Some(*d));
            for department in std::iter::once(None).chain(among) {
                let of_department = department.map(Whose::Department);
                let shared = of_department.and_then(|d| data.usual(d)).unwrap_or(&usual);
                let mut days = everybody.clone();
                days.extend(of_department.into_iter().flat_map(|d| data.own(d)));
                days.extend(data.own(whose));
                let hours = data.usual(whose).unwrap_or(shared);
                let own = Self::with_hours(Profile::Standard, version, hours, &data.years, &days)?;
                company.variants.push(((whose, department), own));
            }
        }
        Ok(company)
    }

    /// The calendar that comes with the product.
    pub fn shipped_with_product() -> (&'static str, CalendarData) {
        (BUILT_IN_VERSION, CalendarData::default())
    }

    fn variant(&self, whose: Whose, within: Option<Department>) -> Option<&Self> {
        self.variants.iter().find(|(of, _)| *of == (whose, within)).map(|(_, calendar)| calendar)
    }

    /// The department's own calendar; the company's where it has none.
    pub fn of_department(&self, department: Department) -> &Self {
        self.variant(Whose::Department(department), None).unwrap_or(self)
    }

    /// The person's own hours and days within those of the department, else the department's calendar, else the
    /// company's.
    pub fn of_person(&self, person: PersonId, department: Option<Department>) -> &Self {
        self.variant(Whose::Person(person), department)
            .or_else(|| self.variant(Whose::Person(person), None))
            .unwrap_or_else(|| department.map_or(self, |d| self.of_department(d)))
    }

    /// Whose calendars stand beside the company's.
    pub fn owners(&self) -> impl Iterator<Item = Whose> {
        self.variants.iter().filter(|((_, within), _)| within.is_none()).map(|((whose, _), _)| *whose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{WorkingMinutes, ZONE};
    use chrono::{DateTime, Utc};

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        local.and_local_timezone(ZONE).unwrap().to_utc()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn off(date: &str) -> DayOverride {
        DayOverride {
            date: day(date),
            kind: DayKind::Off,
            name: "春节".to_owned(),
            source: Some("国办发明电".to_owned()),
        }
    }

    #[test]
    fn the_data_that_ships_gives_the_calendar_that_ships() {
        let (version, data) = Calendar::shipped_with_product();
        assert_eq!(Calendar::of_company(version, &data), Ok(Calendar::standard()));
        let stored = serde_json::to_string(&data).unwrap();
        assert_eq!(serde_json::from_str::<CalendarData>(&stored).unwrap(), data);
    }

    #[test]
    fn a_department_and_a_person_have_hours_and_days_of_their_own() {
        let person: PersonId = uuid::Uuid::from_u128(7).into();
        let early = Hours::new(vec![(480, 660), (720, 1020)]).unwrap();
        let data = CalendarData {
            hours: vec![UsualHours { whose: Whose::Department(Department::Production), hours: early }],
            days: vec![
                OwnDay {
                    whose: Whose::Everybody,
                    date: day("2026-09-18"),
                    hours: Hours::new(vec![(540, 720)]).unwrap(),
                    name: "半天".to_owned(),
                },
                OwnDay {
                    whose: Whose::Person(person),
                    date: day("2026-09-17"),
                    hours: Hours::default(),
                    name: "年假".to_owned(),
                },
            ],
            ..CalendarData::default()
        };
        let company = Calendar::of_company("v", &data).unwrap();
        let due = |calendar: &Calendar, minutes| {
            calendar.add_working_minutes(at("2026-09-17 08:00"), WorkingMinutes::new(minutes))
        };
        assert_eq!(due(&company, 480), at("2026-09-17 18:00"));
        assert_eq!(due(company.of_department(Department::Production), 480), at("2026-09-17 17:00"));
        assert_eq!(due(company.of_department(Department::Finance), 480), at("2026-09-17 18:00"));
        assert_eq!(due(company.of_person(person, None), 180), at("2026-09-18 12:00"), "leave, then half a day");
        assert_eq!(due(company.of_person(person, None), 181), at("2026-09-20 09:01"));
        let other: PersonId = uuid::Uuid::from_u128(8).into();
        assert_eq!(due(company.of_person(other, Some(Department::Production)), 480), at("2026-09-17 17:00"));
        let within = company.of_person(person, Some(Department::Production));
        assert_eq!(due(within, 60), at("2026-09-18 10:00"), "after the leave the company's half day");
        assert_eq!(due(within, 181), at("2026-09-20 08:01"), "and then the department's hours");
        assert_eq!(company.owners().count(), 2);
    }

    #[test]
    fn a_list_replaces_its_year_and_contradictions_are_named() {
        let data = CalendarData::default();
        let listed = data.with_list(&[off("2027-02-05"), off("2027-02-06"), off("2026-12-31")]).unwrap();
        let year = listed.years.iter().find(|y| y.year == 2027).unwrap();
        assert_eq!((year.standing, year.days.len()), (Standing::Published, 3));
        let calendar = Calendar::of_company("v", &listed).unwrap();
        assert!(!calendar.is_provisional(day("2027-06-01")) && calendar.is_workday(day("2027-06-09")));
        assert!(!calendar.is_workday(day("2026-12-31")), "the December before");
        let changes = listed.differences_from(&data);
        assert!(changes.contains(&(day("2027-06-09"), Some(DayKind::Off), None)));
        assert!(changes.contains(&(day("2026-12-31"), None, Some(DayKind::Off))));
        assert_eq!(data.with_list(&[]), Err(vec![ListFlaw::Empty]));
        assert_eq!(
            data.with_list(&[off("2027-02-05"), off("2027-02-05"), off("2028-02-05"), off("2027-03-01")]),
            Err(vec![ListFlaw::Twice { row: 2 }, ListFlaw::OtherYear { row: 3, year: 2028 }])
        );
    }

    #[test]
    fn a_day_that_two_notices_name_stands_once() {
        let both = CalendarData::default().with_list(&[off("2027-02-05"), off("2026-12-31")]).unwrap();
        let listed: Vec<DayOverride> = both
            .years
            .iter()
            .filter(|y| y.year == 2026)
            .flat_map(|y| y.days.clone())
            .chain([off("2026-12-31")])
            .collect();
        let again = both.with_list(&listed).unwrap();
        let years: Vec<i32> =
            again.years.iter().filter(|y| y.days.iter().any(|d| d.date == day("2026-12-31"))).map(|y| y.year).collect();
        assert_eq!(years, [2026]);
        assert!(Calendar::of_company("v", &again).is_ok());
        let other = DayOverride { kind: DayKind::Work, ..off("2026-12-31") };
        let flaw = ListFlaw::OtherList { row: 2, year: 2027 };
        assert_eq!(both.with_list(&[off("2026-10-01"), other]), Err(vec![flaw]));
    }
}
