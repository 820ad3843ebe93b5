//! A new password by a link that works once (SAFETY P10): whoever makes the link never knows the
//! password, and the link is worth nothing after a day, after its use, or once a newer one exists.

use super::act::{FormState, take_key};
use super::people::digest;
use super::{App, By, Failure};
use crate::domain::ids::PersonId;
use crate::domain::message::ServiceEvent;
use crate::domain::policy::{self, Act};
use crate::store::people::{self, Person, form_led_to};
use crate::store::{Tx, events, reset_links};
use chrono::TimeDelta;

/// How long a link can be used.
pub const LINK_HOLDS: TimeDelta = TimeDelta::hours(24);

impl App {
    /// The token of a fresh link for this person; None when the same form was sent before. It is
    /// told once and stored as a hash.
    pub async fn make_reset_link(&self, by: &By<'_>, person: PersonId) -> Result<Option<String>, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(_) = take_key(&mut tx, by, now).await? {
            return Ok(None);
        }
        let found = people::by_id(tx.conn(), person).await?.filter(|p| p.is_active && p.id != by.actor.id);
        found.ok_or(Failure::NotFound)?;
        people::lock(&mut tx, &[person]).await?;
        let token = hex::encode(self.ids.secret());
        reset_links::add(&mut tx, &digest(&token), (person, by.actor.id), now, now + LINK_HOLDS).await?;
        let event = ServiceEvent::ResetLinkMade { person: person.0 };
        events::append_service(&mut tx, person.0, &event, by.actor.id, now, by.request).await?;
        if let Some(form) = &by.form {
            form_led_to(&mut tx, form.key, "/settings/sessions").await?;
        }
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Whose password the link is for, while it can be used.
    pub async fn reset_link(&self, token: &str) -> Result<Option<Person>, Failure> {
        let mut conn = self.db.read().await?;
        match reset_links::person(&mut conn, &digest(token), self.clock.now()).await? {
            Some(id) => Ok(people::by_id(&mut conn, id).await?),
            None => Ok(None),
        }
    }

    /// Sets the password and ends every session of the person; false when the link is not good any more.
    pub async fn use_reset_link(&self, token: &str, password: &str) -> Result<bool, Failure> {
        let hash = self.hash_password(password).await?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, None).await?;
        let Some(person) = reset_links::person(tx.conn(), &digest(token), now).await? else { return Ok(false) };
        if !reset_links::take(&mut tx, &digest(token), now).await? {
            return Ok(false);
        }
        people::set_password(&mut tx, person, &hash, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}
