//! From notices to messages and out of the program: packing, claiming, settling.
//!
//! A message is sent at least once: the claim is kept before anything leaves, the settlement
//! after it, and a claim without a settlement ends by itself. Nothing slow happens in between.

use super::{App, Failure};
use crate::domain::calendar::local_date;
use crate::domain::ids::PersonId;
use crate::domain::message::{ChannelKind, ChannelSecret, Purpose, Reach, Trouble, TroubleKind};
use crate::domain::notice::{self, Urgency};
use crate::domain::policy;
use crate::domain::staff::Role;
use crate::notify::{Bundle, Route, Told};
use crate::store::channels::{self, Channel};
use crate::store::job_runs::{self, Ended};
use crate::store::messages::{self, Claimed, End, InMessage, Unbundled};
use crate::store::notices::{self, NewNotice};
use crate::store::{PgConnection, Tx, customer_list, delegations, documents, people};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Notices packed in one transaction.
const PACK: i64 = 500;
/// Messages of one channel that a worker takes at a time.
const TAKE: i64 = 10;
/// How long a claim holds: longer than ten tries may take.
const CLAIM: TimeDelta = TimeDelta::minutes(5);

/// A claimed message with all that is needed to send it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub channel: Uuid,
    pub kind: ChannelKind,
    /// None when the stored secret cannot be opened.
    pub route: Option<Route>,
    pub bundle: Bundle,
    pub tries: i32,
}

/// The channels over which a person wants to hear.
fn ways(reach: &Reach, channels: &[Channel]) -> Vec<Uuid> {
    let active = |c: &&Channel| c.is_active;
    let mail = channels.iter().filter(active).find(|c| c.kind == ChannelKind::Mail);
    let mail = mail.filter(|_| reach.by_mail && reach.email.is_some());
    let robot = channels.iter().filter(active).find(|c| Some(c.id) == reach.robot);
    mail.into_iter().chain(robot).map(|c| c.id).collect()
}

impl App {
    /// Puts new notices into messages; how many notices were looked at.
    pub async fn bundle_notices(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin_sweep(&self.db).await?;
        let found = messages::unbundled(&mut tx, PACK).await?;
        if found.is_empty() {
            return Ok(0);
        }
        let channels = channels::all(tx.conn()).await?;
        let mut by_person: BTreeMap<PersonId, Vec<&Unbundled>> = BTreeMap::new();
        for one in found.iter().filter(|n| !n.is_read && n.is_active) {
            by_person.entry(one.recipient).or_default().push(one);
        }
        for (person, told) in by_person {
            let reach = channels::reach(tx.conn(), person).await?;
            let window = TimeDelta::minutes(i64::from(reach.window_minutes));
            let leaves = told.iter().map(|n| {
                let urgency = if n.is_urgent { Urgency::Urgent } else { Urgency::Normal };
                // What lay about while nothing ran leaves now, but not into somebody's night.
                notice::leaves_at(n.created_at.max(now - window), urgency, window, reach.quiet)
            });
            let due_at = leaves.min().unwrap_or(now);
            let ids: Vec<Uuid> = told.iter().map(|n| n.id).collect();
            for channel in ways(&reach, &channels) {
                let open = messages::open_message(&mut tx, person, channel).await?;
                let message = if let Some((id, _)) = open {
                    id
                } else {
                    let id = self.ids.next();
                    messages::add(&mut tx, id, (person, channel, Purpose::Notices), due_at, now).await?;
                    id
                };
                messages::fill(&mut tx, message, channel, &ids, due_at).await?;
            }
        }
        let all: Vec<Uuid> = found.iter().map(|n| n.id).collect();
        messages::mark_bundled(&mut tx, &all, now).await?;
        tx.commit().await?;
        Ok(all.len())
    }

    /// Takes messages that are due, within each channel's limit a minute. What was read in the
    /// meantime is left out; a message of which nothing is left is settled at once.
    pub async fn claim_messages(&self, public_url: Option<&str>) -> Result<Vec<Delivery>, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin_sweep(&self.db).await?;
        let mut taken: Vec<(Channel, Vec<Claimed>)> = Vec::new();
        for channel in channels::lock_active(&mut tx).await? {
            let tried = messages::tried_since(&mut tx, channel.id, now - TimeDelta::minutes(1)).await?;
            let room = (i64::from(channel.per_minute) - tried).clamp(0, TAKE);
            if room > 0 {
                let claimed = messages::claim(&mut tx, channel.id, room, now + CLAIM, now).await?;
                taken.push((channel, claimed));
            }
        }
        tx.commit().await?;
        let mut out = Vec::new();
        let mut read = Vec::new();
        for (channel, claimed) in taken.into_iter().filter(|(_, claimed)| !claimed.is_empty()) {
            let route = self.route(&channel).await?;
            let mut conn = self.db.search().await?;
            let company = documents::seller(&mut conn).await?;
            let ids: Vec<Uuid> = claimed.iter().map(|c| c.id).collect();
            let unread = messages::unread_of(&mut conn, &ids).await?;
            for one in claimed {
                let told: Vec<InMessage> = unread.iter().filter(|n| n.message == one.id).cloned().collect();
                if one.purpose == Purpose::Notices && told.is_empty() {
                    read.push(one.id);
                    continue;
                }
                let mut bundle = bundle(self, &mut conn, &one, told).await?;
                bundle.public_url = public_url.map(str::to_owned);
                bundle.company = [company.name.clone(), company.name_en.clone()];
                out.push(Delivery {
                    channel: channel.id,
                    kind: channel.kind,
                    route: route.clone(),
                    bundle,
                    tries: one.tries,
                });
            }
        }
        for message in read {
            self.end_message(message, &End::Read).await?;
        }
        Ok(out)
    }

    /// The channel with its secret open; None when the key does not open it.
    pub(super) async fn route(&self, channel: &Channel) -> Result<Option<Route>, Failure> {
        let plain = self.secret_key.unseal(channel.id, &channel.secret, self.ids.secret()).await?;
        let secret = plain.and_then(|plain| serde_json::from_slice::<ChannelSecret>(&plain).ok());
        Ok(secret.map(|secret| Route { kind: channel.kind, settings: channel.settings.clone(), secret }))
    }

    /// Keeps how a try ended: sent, again later with growing pauses, or given up, which is told
    /// to those who look after the program.
    pub async fn settle_message(&self, delivery: &Delivery, outcome: Result<(), Trouble>) -> Result<(), Failure> {
        let now = self.clock.now();
        let end = match outcome {
            Ok(()) => End::Sent,
            Err(trouble) if trouble.kind.is_final() || delivery.tries >= notice::MOST_TRIES => End::GivenUp { trouble },
            Err(trouble) => {
                let pause = notice::pause_after(delivery.tries, self.ids.secret()[0]);
                End::Again { at: now + trouble.wait.unwrap_or(pause).max(TimeDelta::seconds(1)), trouble }
            }
        };
        self.end_message(delivery.bundle.id, &end).await?;
        if matches!(end, End::GivenUp { .. }) {
            self.tell_of_failure(delivery.channel).await?;
        }
        Ok(())
    }

    async fn end_message(&self, message: Uuid, end: &End) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        messages::settle(&mut tx, message, end, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Once a day and channel.
    async fn tell_of_failure(&self, channel: Uuid) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, None).await?;
        for recipient in notices::holders(&mut tx, Role::Admin, None).await? {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("delivery_failed:{channel}:{}:{recipient}", local_date(now)),
                recipient,
                deal: None,
                customer: None,
                kind: "delivery_failed",
            };
            notices::tell(&mut tx, &notice, now);
        }
        Ok(tx.commit().await?)
    }

    /// Keeps when a recurring step ran and how it ended.
    pub async fn note_job(&self, step: &str, ended: Ended<'_>) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        job_runs::note(&mut tx, step, ended, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

async fn bundle(app: &App, conn: &mut PgConnection, one: &Claimed, told: Vec<InMessage>) -> Result<Bundle, Failure> {
    let person = people::by_id(conn, one.recipient).await?.ok_or(Failure::NotFound)?;
    let reach = channels::reach(conn, one.recipient).await?;
    let now = app.clock.now();
    let actor = person.actor().acting_for(delegations::mandates(conn, one.recipient, now).await?);
    let deals: Vec<Uuid> = told.iter().filter_map(|n| n.deal).collect();
    let deals = app.deals_open_to(conn, &actor, &deals).await?;
    let archives: Vec<Uuid> = told.iter().filter(|n| n.deal.is_none()).filter_map(|n| n.customer).collect();
    let archives = customer_list::among(conn, policy::visible_customers(&actor), &archives).await?;
    let told = told
        .into_iter()
        .map(|n| {
            let is_seen = n
                .deal
                .map_or_else(|| n.customer.is_some_and(|id| archives.contains(&id)), |deal| deals.contains(&deal));
            Told {
                notice: n.notice,
                kind: n.kind,
                facts: n.payload,
                no: n.no,
                customer: n.customer_name.filter(|_| is_seen && !n.is_confidential),
                at: n.created_at,
                is_urgent: n.is_urgent,
                promised_at: n.promise.filter(|_| is_seen).map(|p| p.due_at),
            }
        })
        .collect();
    Ok(Bundle {
        id: one.id,
        purpose: one.purpose,
        language: person.language,
        name: [person.name, person.name_en],
        email: reach.email,
        phone: person.phone,
        told,
        public_url: None,
        company: [String::new(), String::new()],
    })
}

impl Delivery {
    /// What is told when the stored secret cannot be opened.
    pub fn no_key() -> Trouble {
        Trouble::new(TroubleKind::NoKey, "")
    }
}
