//! Lists kept by name: each person's own; no event tells of them.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::store::{Tx, saved_views};
use uuid::Uuid;

impl App {
    /// Keeps a list, by the part of its address behind the question mark.
    pub async fn keep_view(&self, by: &By<'_>, list: &str, name: &str, query: &str) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        saved_views::keep(&mut tx, self.ids.next(), by.actor.id, list, name, query, now).await?;
        let then = by.form.as_ref().map_or_else(|| format!("/{list}"), |f| f.then.clone());
        finish(tx, by, then).await
    }

    /// Forgets one of the person's own.
    pub async fn forget_view(&self, by: &By<'_>, id: Uuid) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        saved_views::forget(&mut tx, id, by.actor.id).await?;
        let then = by.form.as_ref().map_or_else(|| "/deals".to_owned(), |f| f.then.clone());
        finish(tx, by, then).await
    }
}
