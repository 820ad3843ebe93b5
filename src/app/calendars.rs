//! The working calendar in force, shared by everything that computes time, and its next versions: the
//! administrator drafts, director or general manager puts in force, due moments move only when asked.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::calendar::{Calendar, CalendarData};
use crate::domain::ids::{DealId, NodeId};
use crate::domain::policy::{self, Act};
use crate::domain::settings::SettingsEvent;
use crate::domain::workflow::Event;
use crate::store::calendars::{self, OpenDue};
use crate::store::{PgConnection, StoreError, Tx, cases, documents, events};
use chrono::{DateTime, Utc};
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

const PAGE: &str = "/settings/calendar";
/// Nodes that one recomputation looks at.
const NODES: i64 = 1000;

/// The calendar in force, read without waiting for anybody. A version that comes in force stays in memory
/// until the program ends: a few kilobytes, a few times a year.
#[derive(Clone)]
pub struct LiveCalendar(Arc<RwLock<&'static Calendar>>);

impl LiveCalendar {
    /// What the product ships with, until the database is asked.
    pub fn shipped() -> Self {
        Self(Arc::new(RwLock::new(Box::leak(Box::new(Calendar::standard())))))
    }

    fn replace(&self, calendar: Calendar) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Box::leak(Box::new(calendar));
    }
}

impl Deref for LiveCalendar {
    type Target = Calendar;
    fn deref(&self) -> &Calendar {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of the drafted calendar.
#[derive(Debug, Clone)]
pub struct CalendarDraft {
    pub data: CalendarData,
    pub note: String,
}

/// An open node that would be due at another moment.
#[derive(Debug, Clone)]
pub struct Moved {
    pub of: OpenDue,
    pub to: DateTime<Utc>,
}

fn refused(label: &str, flaw: impl std::fmt::Debug) -> Failure {
    let value = format!("{label}: {flaw:?}");
    Failure::Store(StoreError::Inconsistent { table: "calendar_version", column: "content", value })
}

/// A version of the calendar as it was; the shipped one for labels from before calendars were data.
pub async fn calendar_of(conn: &mut PgConnection, label: &str) -> Result<Calendar, Failure> {
    let data = calendars::by_label(conn, label).await?.unwrap_or_default();
    Calendar::of_company(label, &data).map_err(|flaw| refused(label, flaw))
}

impl App {
    /// Keeps the shipped data as version 1 and takes up what is in force.
    pub(super) async fn keep_shipped_calendar(&self) -> Result<(), Failure> {
        let (label, data) = Calendar::shipped_with_product();
        let mut tx = Tx::begin(&self.db, None).await?;
        calendars::ship(&mut tx, label, &data, self.clock.now()).await?;
        tx.commit().await?;
        self.take_up_calendar().await.map(|_| ())
    }

    /// Takes up a version that came in force meanwhile, perhaps through another process; true when it did.
    pub async fn take_up_calendar(&self) -> Result<bool, Failure> {
        let mut conn = self.db.read().await?;
        let label = calendars::label_in_force(&mut conn).await?;
        if label.is_none_or(|label| label == self.calendar.version()) {
            return Ok(false);
        }
        let Some((label, data)) = calendars::in_force(&mut conn).await? else { return Ok(false) };
        self.calendar.replace(Calendar::of_company(&label, &data).map_err(|flaw| refused(&label, flaw))?);
        Ok(true)
    }

    /// Makes a draft of the next version or rewrites it; `expected` is the revision it was made from, 0 where
    /// there was no draft.
    pub async fn draft_calendar(&self, by: &By<'_>, expected: i64, draft: &CalendarDraft) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may_in_library(by.actor, Act::DraftRules).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        let label = format!("calendar-{version_no}");
        Calendar::of_company(&label, &draft.data).map_err(|flaw| refused(&label, flaw))?;
        calendars::save_draft(&mut tx, (version_no, &label), &draft.data, &draft.note, by.actor.id, now).await?;
        let event = SettingsEvent::CalendarDrafted { version_no, note: draft.note.clone() };
        events::append_settings(&mut tx, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, PAGE.to_owned()).await
    }

    /// Throws the draft away.
    pub async fn discard_calendar(&self, by: &By<'_>, expected: i64) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may_in_library(by.actor, Act::DraftRules).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        calendars::discard(&mut tx, version_no).await?;
        events::append_settings(
            &mut tx,
            &SettingsEvent::CalendarDiscarded { version_no },
            by.actor.id,
            now,
            by.request,
        )
        .await?;
        finish(tx, by, PAGE.to_owned()).await
    }

    /// Puts the draft in force for everything computed from now on; stored due moments stay where they are.
    pub async fn publish_calendar(&self, by: &By<'_>, expected: i64) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may_in_library(by.actor, Act::PublishRules).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        let versions = calendars::versions(tx.conn()).await?;
        let draft = versions.iter().find(|v| v.is_draft()).ok_or(Failure::NotFound)?;
        policy::may_put_in_force(by.actor, Act::PublishRules, draft.drafted_by).map_err(Failure::Denied)?;
        calendars::publish(&mut tx, version_no, by.actor.id, now).await?;
        let event = SettingsEvent::CalendarPublished { version_no, label: draft.label.clone() };
        events::append_settings(&mut tx, &event, by.actor.id, now, by.request).await?;
        let done = finish(tx, by, PAGE.to_owned()).await?;
        self.take_up_calendar().await?;
        Ok(done)
    }

    /// Open nodes that `calendar` would have due at another moment than is stored: what is left of each by the
    /// version it was computed with, counted from now by this one.
    pub async fn moved_by(&self, calendar: &Calendar) -> Result<Vec<Moved>, Failure> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        let open = calendars::open_nodes(&mut conn, now, NODES).await?;
        let mut known: Vec<Calendar> = Vec::new();
        let mut out = Vec::new();
        for of in open.into_iter().filter(|of| of.label != calendar.version()) {
            if !known.iter().any(|c| c.version() == of.label) {
                known.push(calendar_of(&mut conn, &of.label).await?);
            }
            let Some(former) = known.iter().find(|c| c.version() == of.label) else { continue };
            let department = of.kind.department();
            let left = former.of_department(department).working_minutes_between(now, of.due_at);
            let to = calendar.of_department(department).add_working_minutes(now, left);
            if to != of.due_at {
                out.push(Moved { of, to });
            }
        }
        Ok(out)
    }

    /// Moves the due moments of open nodes to where the calendar in force has them; how many moved.
    pub async fn recompute_open_nodes(&self, by: &By<'_>) -> Result<usize, Failure> {
        policy::may_in_library(by.actor, Act::PublishRules).map_err(Failure::Denied)?;
        let moved = self.moved_by(&self.calendar).await?;
        let mut deals: Vec<DealId> = moved.iter().map(|m| m.of.deal).collect();
        deals.sort_unstable();
        deals.dedup();
        let mut count = 0;
        for deal in deals {
            let of_deal: Vec<(NodeId, DateTime<Utc>)> =
                moved.iter().filter(|m| m.of.deal == deal).map(|m| (m.of.node, m.to)).collect();
            count += self.move_nodes(by, deal, &of_deal).await?;
        }
        Ok(count)
    }

    async fn move_nodes(&self, by: &By<'_>, deal: DealId, moves: &[(NodeId, DateTime<Utc>)]) -> Result<usize, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        cases::lock_deal(&mut tx, deal).await?;
        let case = cases::of_deal(tx.conn(), deal, now).await?.ok_or(Failure::NotFound)?;
        let open = case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.decided.is_none());
        let events: Vec<Event> = open
            .filter_map(|n| {
                let (_, due_at) = moves.iter().find(|(id, _)| *id == n.id)?;
                let calendar = self.calendar.version().to_owned();
                Some(Event::NodeDueMoved { id: n.id, node: n.kind, due_at: *due_at, calendar })
            })
            .collect();
        self.store_events(&mut tx, &case, &events, by.actor.id, by.request, now).await?;
        self.settle(&mut tx, deal, by.actor.id, by.request, now).await?;
        tx.commit().await?;
        Ok(events.len())
    }
}

/// The number of the draft that the form was made from, or of the next version.
async fn expected_draft(conn: &mut PgConnection, expected: i64) -> Result<i32, Failure> {
    let versions = calendars::versions(conn).await?;
    let newest = versions.first().map_or(0, |v| v.version_no);
    let draft = versions.iter().find(|v| v.is_draft());
    let revision = draft.map_or(0, |v| v.revision);
    if revision != expected {
        return Err(Failure::Stale { changes: Vec::new(), version: revision });
    }
    Ok(draft.map_or(newest + 1, |v| v.version_no))
}
