//! Ending sessions: a person's own others, or all of somebody's by the administrator.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::message::ServiceEvent;
use crate::domain::policy::{self, Act};
use crate::store::{Tx, events, sessions};

impl App {
    /// Signs the person out everywhere else.
    pub async fn end_other_sessions(&self, by: &By<'_>, but: SessionId) -> Result<Done, Failure> {
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, self.clock.now()).await? {
            return Ok(Done::Before { then });
        }
        sessions::end_all(&mut tx, by.actor.id, Some(but)).await?;
        finish(tx, by, "/account".to_owned()).await
    }

    /// Ends every session of somebody; it is part of the history.
    pub async fn end_sessions_of(&self, by: &By<'_>, person: PersonId) -> Result<Done, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let count = sessions::end_all(&mut tx, person, None).await?;
        if count > 0 {
            // Two administrators write to the same person's chain one after the other.
            crate::store::people::lock(&mut tx, &[person]).await?;
            let event = ServiceEvent::SessionsEnded { person: person.0, count };
            events::append_service(&mut tx, person.0, &event, by.actor.id, now, by.request).await?;
        }
        finish(tx, by, "/settings/sessions".to_owned()).await
    }
}
