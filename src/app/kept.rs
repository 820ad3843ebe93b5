//! What every page shows and stays in memory: the counts of its frame, and who sells. Read once, and again as soon
//! as anything was written or a limit has passed.
//!
//! The one rule: nothing here is older than the last write that this process made or was told of. While it does not
//! hear the database, it reads for every page. What nobody tells, as a person whom another process adds, is seen
//! within the minute.

use super::{App, Failure};
use crate::domain::ids::PersonId;
use crate::store::PgConnection;
use crate::store::inbox::{self, FrameCounts, Reader};
use crate::store::people::{self, Seller};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// What somebody changes beside the program is seen after this time.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// What was read hangs on this beside the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    /// Writes of this process.
    here: u64,
    /// Notices of the database.
    heard: u64,
}

#[derive(Debug)]
struct Entry<V> {
    written: Written,
    /// From when to when it holds.
    during: (DateTime<Utc>, DateTime<Utc>),
    value: V,
}

#[derive(Debug)]
struct Held<K, V>(Mutex<HashMap<K, Entry<V>>>);

impl<K, V> Default for Held<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Held<K, V> {
    fn known(&self, key: &K, written: Option<&Written>, now: DateTime<Utc>) -> Option<V> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key)?;
        let (from, to) = entry.during;
        (Some(&entry.written) == written && from <= now && now < to).then(|| entry.value.clone())
    }

    fn keep(&self, key: K, entry: Entry<V>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
    }
}

/// What is kept: counts of a person with these roles, and who sells in a team or in all.
#[derive(Debug, Default)]
pub struct Kept {
    counts: Held<PersonId, (Vec<String>, FrameCounts)>,
    sellers: Held<Option<PersonId>, Arc<[Seller]>>,
}

impl App {
    fn written(&self) -> Option<Written> {
        self.live.heard().map(|heard| Written { here: self.db.writes(), heard })
    }

    pub async fn frame_counts(&self, who: &Reader) -> Result<FrameCounts, Failure> {
        // A mandate begins and ends by the clock.
        let written = self.written().filter(|_| !who.has_mandates);
        let known = self.kept.counts.known(&who.person, written.as_ref(), who.now);
        if let Some((_, counts)) = known.filter(|(roles, _)| *roles == who.roles) {
            return Ok(counts);
        }
        let (counts, next_late_at) = {
            let mut conn = self.db.read().await?;
            inbox::frame_counts(&mut conn, who).await?
        };
        if let Some(written) = written {
            let soon = who.now + FRESH;
            let during = (who.now, next_late_at.map_or(soon, |at| at.min(soon)));
            self.kept.counts.keep(who.person, Entry { written, during, value: (who.roles.clone(), counts) });
        }
        Ok(counts)
    }

    /// Who sells, in one team or in all.
    pub async fn sellers(&self, conn: &mut PgConnection, team: Option<PersonId>) -> Result<Arc<[Seller]>, Failure> {
        let (written, now) = (self.written(), self.clock.now());
        if let Some(known) = self.kept.sellers.known(&team, written.as_ref(), now) {
            return Ok(known);
        }
        let value: Arc<[Seller]> = people::sellers(conn, team).await?.into();
        if let Some(written) = written {
            self.kept.sellers.keep(team, Entry { written, during: (now, now + FRESH), value: value.clone() });
        }
        Ok(value)
    }
}
