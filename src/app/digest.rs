//! The daily list of what is long overdue, for the general manager (DOMAIN 3.5).
//!
//! The one rule: a reader gets it once a day, with everything that stood at nine; whoever looks again,
//! at the same time or after being stopped in the middle, adds nothing and loses nothing.

use super::{App, Failure};
use crate::domain::calendar::{Calendar, Profile, ZONE, local_date};
use crate::domain::ids::PersonId;
use crate::domain::notice::DigestRow;
use crate::domain::round::ladder::{TO_DIGEST, is_working};
use crate::domain::staff::Role;
use crate::store::notices::{self, More, NewNotice};
use crate::store::overdue::{self, Late};
use crate::store::people::{self, Person};
use crate::store::{PgConnection, Tx};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::json;

/// The hour from which the list goes out, company time.
const NINE: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("nine is an hour");
/// Rows that a list names; how many more there are is said below.
const NAMED: usize = 20;
/// People whom a row names.
const PEOPLE: usize = 4;
/// What is read at most of each kind.
const AT_MOST: i64 = 500;

impl App {
    /// Gives everybody who answers for all the list of this working day; how many got one.
    pub async fn send_digest(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let day = local_date(now);
        let nine = day.and_time(NINE).and_local_timezone(ZONE).single().map_or(now, |at| at.to_utc());
        if now < nine || !is_working(&self.calendar, now) {
            return Ok(0);
        }
        let mut conn = self.db.search().await?;
        let readers = overdue::readers(&mut conn, day).await?;
        if readers.is_empty() {
            return Ok(0);
        }
        let late = self.long_overdue(&mut conn, nine).await?;
        if late.is_empty() {
            return Ok(0);
        }
        let company = people::all(&mut conn).await?;
        drop(conn);
        let mut told = 0;
        for (reader, language) in readers {
            let rows: Vec<DigestRow> = late.iter().take(NAMED).map(|l| row(l, &company, &language)).collect();
            told += u64::from(self.tell_digest(reader, day, &rows, late.len() - rows.len()).await?);
        }
        Ok(told)
    }

    /// What was due eight working hours or more before `at`, by the clock of each.
    async fn long_overdue(&self, conn: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Late>, Failure> {
        let on_call = Calendar::on_call();
        let mut late = overdue::by(conn, at - TimeDelta::minutes(TO_DIGEST.get()), AT_MOST).await?;
        late.retain(|l| {
            let clock = match l.profile {
                Profile::OnCall => &on_call,
                Profile::Standard => self.calendar.of_department(l.department),
            };
            clock.working_minutes_between(l.due_at, l.stands_since.map_or(at, |since| since.min(at))) >= TO_DIGEST
        });
        Ok(late)
    }

    /// One list of a day. The same day again changes nothing; a day without rows tells nothing. True when
    /// it was told.
    pub async fn tell_digest(
        &self,
        recipient: PersonId,
        day: NaiveDate,
        rows: &[DigestRow],
        more: usize,
    ) -> Result<bool, Failure> {
        if rows.is_empty() {
            return Ok(false);
        }
        let mut tx = Tx::begin(&self.db, None).await?;
        let notice = NewNotice {
            id: self.ids.next(),
            dedupe_key: overdue::key(day, recipient),
            recipient,
            deal: None,
            customer: None,
            kind: "overdue_digest",
        };
        let facts = More { urgency: None, facts: Some(json!({ "rows": rows, "more": more })) };
        let added = notices::add_with(&mut tx, &notice, &facts, self.clock.now()).await?;
        tx.commit().await?;
        Ok(added == 1)
    }
}

fn row(late: &Late, company: &[Person], language: &str) -> DigestRow {
    let could_act = |p: &&Person| {
        if let Some(by) = late.claimed_by {
            return p.id == by;
        }
        let leads = late.role != Role::SalesManager
            || late.owner_manager.is_some_and(|manager| manager == p.id || Some(manager) == p.manager);
        p.is_active && p.roles.contains(&late.role) && p.id != late.owner && leads
    };
    let superior = company.iter().filter(|p| Some(p.id) == late.escalated_to);
    let is_english = language == "en";
    let mut names: Vec<&str> = Vec::new();
    for person in company.iter().filter(could_act).chain(superior) {
        let name = if is_english { &person.name_en } else { &person.name };
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let is_cut = names.len() > PEOPLE;
    names.truncate(PEOPLE);
    let mut people = names.join(if is_english { ", " } else { "、" });
    if is_cut {
        people.push('…');
    }
    DigestRow { no: late.no.clone(), what: late.what, role: late.role, people, due_at: late.due_at }
}
