//! A person's own notices: reading one, reading all of a list.

use super::{App, Failure};
use crate::domain::ids::PersonId;
use crate::domain::notice::Topic;
use crate::store::{Tx, notices};
use chrono::{DateTime, Utc};
use uuid::Uuid;

impl App {
    /// Everything up to now.
    pub async fn read_notices(&self, person: PersonId) -> Result<(), Failure> {
        self.read_notices_of(person, None, self.clock.now()).await
    }

    /// A list as it was seen: what was given after `seen` stays unread.
    pub async fn read_notices_of(
        &self,
        person: PersonId,
        topic: Option<Topic>,
        seen: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        notices::mark_read(&mut tx, person, topic, seen, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// One of the person's own; somebody else's is not changed.
    pub async fn read_notice(&self, person: PersonId, id: Uuid) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        notices::mark_one_read(&mut tx, person, id, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
