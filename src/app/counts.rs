//! The counts in the frame of every page: counted once, and again as soon as anything was written or a limit
//! has passed.
//!
//! The one rule: a count is never older than the last write. This process knows of its own writes, and hears of
//! those of others; while it does not hear the database, it counts for every page.

use super::{App, Failure};
use crate::domain::ids::PersonId;
use crate::store::inbox::{self, FrameCounts, Reader};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What somebody changes beside the program is seen after this time.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// What the counts hang on beside the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    /// Writes of this process.
    here: u64,
    /// Notices of the database.
    heard: u64,
}

#[derive(Debug, Clone)]
struct Counted {
    written: Written,
    roles: Vec<String>,
    /// From when to when they hold.
    during: (DateTime<Utc>, DateTime<Utc>),
    counts: FrameCounts,
}

/// The counts as they were last read, one entry for each person.
#[derive(Debug, Default)]
pub struct Counts(Mutex<HashMap<PersonId, Counted>>);

impl Counts {
    fn known(&self, who: &Reader, written: &Written) -> Option<FrameCounts> {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = counted.get(&who.person)?;
        let (from, to) = found.during;
        let holds = found.written == *written && found.roles == who.roles && from <= who.now && who.now < to;
        holds.then_some(found.counts)
    }
}

impl App {
    pub async fn frame_counts(&self, who: &Reader) -> Result<FrameCounts, Failure> {
        // A mandate begins and ends by the clock.
        let written = self.live.heard().filter(|_| !who.has_mandates);
        let written = written.map(|heard| Written { here: self.db.writes(), heard });
        if let Some(known) = written.as_ref().and_then(|written| self.counts.known(who, written)) {
            return Ok(known);
        }
        let (counts, next_late_at) = {
            let mut conn = self.db.read().await?;
            inbox::frame_counts(&mut conn, who).await?
        };
        if let Some(written) = written {
            let soon = who.now + FRESH;
            let during = (who.now, next_late_at.map_or(soon, |at| at.min(soon)));
            let counted = Counted { written, roles: who.roles.clone(), during, counts };
            self.counts.0.lock().unwrap_or_else(PoisonError::into_inner).insert(who.person, counted);
        }
        Ok(counts)
    }
}
