//! The settings of channels, test messages and second tries, as the administrator keeps them;
//! and how each person wants to be reached.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::message::{ChannelKind, ChannelSecret, ChannelSettings, Purpose, Reach, ServiceEvent};
use crate::domain::policy::{self, Act};
use crate::store::channels::{self, Channel};
use crate::store::{StoreError, Tx, events, messages};
use uuid::Uuid;

/// A channel as typed. What of the secret is left out stays as it was.
#[derive(Debug, Clone)]
pub struct ChannelInput {
    pub kind: ChannelKind,
    pub name: String,
    pub settings: ChannelSettings,
    pub secret: ChannelSecret,
    pub per_minute: i32,
    pub is_active: bool,
}

impl App {
    /// Adds a channel, or changes the one with this id when nobody did since `expected`.
    pub async fn save_channel(
        &self,
        by: &By<'_>,
        id: Option<Uuid>,
        expected: i64,
        input: ChannelInput,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let former = match id {
            Some(id) => Some(channels::lock(&mut tx, id).await?.ok_or(Failure::NotFound)?),
            None => None,
        };
        let revision = former.as_ref().map_or(0, |c| c.revision);
        if revision != expected {
            return Err(Failure::Stale { changes: Vec::new(), version: revision });
        }
        let kind = former.as_ref().map_or(input.kind, |c| c.kind);
        let secret_changed = input.secret.url.is_some() || input.secret.word.is_some();
        let old = match &former {
            Some(channel) => self.route(channel).await?.map(|route| route.secret).unwrap_or_default(),
            None => ChannelSecret::default(),
        };
        // A password goes to no server that it was not typed for; a robot's word never leaves the program.
        let is_kept =
            kind != ChannelKind::Mail || former.as_ref().is_some_and(|c| c.settings.is_same_place(&input.settings));
        let secret = ChannelSecret {
            url: input.secret.url.or(old.url),
            word: input.secret.word.or(old.word.filter(|_| is_kept)),
        };
        let id = former.map_or_else(|| self.ids.next(), |c| c.id);
        let plain = serde_json::to_vec(&secret).map_err(StoreError::from)?;
        let sealed = self.secret_key.seal(id, &plain, [self.ids.secret(), self.ids.secret()]).await?;
        let event = ServiceEvent::ChannelSaved {
            name: input.name.clone(),
            channel: kind,
            host: input.settings.host.clone(),
            is_active: input.is_active,
            secret_changed,
        };
        let channel = Channel {
            id,
            kind,
            name: input.name,
            settings: input.settings,
            secret: sealed,
            per_minute: input.per_minute,
            is_active: input.is_active,
            revision: revision + 1,
            changed_at: now,
        };
        channels::save(&mut tx, &channel, by.actor.id).await?;
        events::append_service(&mut tx, id, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, format!("/settings/channels/{id}")).await
    }

    /// A message to the person who asks, over this channel and through the same worker as all.
    pub async fn send_test(&self, by: &By<'_>, channel: Uuid) -> Result<Done, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        channels::find(tx.conn(), channel).await?.ok_or(Failure::NotFound)?;
        messages::add(&mut tx, self.ids.next(), (by.actor.id, channel, Purpose::Test), now, now).await?;
        finish(tx, by, "/settings/service".to_owned()).await
    }

    /// Puts a message that was given up back into the queue, with all its tries before it.
    pub async fn send_again(&self, by: &By<'_>, message: Uuid) -> Result<Done, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        if !messages::reopen(&mut tx, message, now).await? {
            return Err(Failure::NotFound);
        }
        let event = ServiceEvent::MessageAskedAgain { message };
        events::append_service(&mut tx, message, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, "/settings/service".to_owned()).await
    }

    /// The person's own choice.
    pub async fn choose_reach(&self, by: &By<'_>, reach: &Reach) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        if !channels::save_reach(&mut tx, by.actor.id, reach).await? {
            let version = channels::reach(tx.conn(), by.actor.id).await?.revision;
            return Err(Failure::Stale { changes: Vec::new(), version });
        }
        finish(tx, by, "/account/messages".to_owned()).await
    }
}
