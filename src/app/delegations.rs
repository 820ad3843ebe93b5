//! Setting and ending delegations (DOMAIN 3.8).

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::approval::NodeKind;
use crate::domain::delegation::{self, DelegationEvent, DelegationFlaw, Wanted};
use crate::domain::ids::{DelegationId, PersonId};
use crate::domain::policy;
use crate::domain::round::{Colleague, Named};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, delegations, events, people};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// A delegation as typed.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    pub delegator: PersonId,
    pub delegate: PersonId,
    pub kinds: Vec<NodeKind>,
    pub cap: Option<Decimal>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub reason: String,
}

/// Set, or everything that is wrong with it.
pub type Set = Result<Done, Vec<DelegationFlaw>>;

fn named(colleague: &Colleague) -> Named {
    Named { id: colleague.actor.id, name: colleague.actor.name.clone() }
}

impl App {
    pub async fn delegate(&self, by: &By<'_>, new: NewDelegation) -> Result<Set, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Ok(Done::Before { then }));
        }
        people::lock(&mut tx, &[new.delegator, new.delegate]).await?;
        let delegator = people::by_id(tx.conn(), new.delegator).await?.ok_or(Failure::NotFound)?.colleague();
        let delegate = people::by_id(tx.conn(), new.delegate).await?.ok_or(Failure::NotFound)?.colleague();
        let set_by = policy::may_delegate(by.actor, &delegator).map_err(Failure::Denied)?;
        let mut wanted = Wanted {
            delegator,
            delegate,
            kinds: new.kinds,
            cap: new.cap,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            reason: new.reason,
        };
        let around = delegations::around(tx.conn(), &[new.delegator, new.delegate], now).await?;
        let flaws = delegation::flaws(&wanted, &around, set_by, now);
        if !flaws.is_empty() {
            return Ok(Err(flaws));
        }
        // Nothing is lent for the past, where one that was ended may lie.
        wanted.starts_at = wanted.starts_at.max(now);
        let id = DelegationId(self.ids.next());
        delegations::add(&mut tx, id, &wanted, by.actor.id, now).await?;
        let event = DelegationEvent::DelegationSet {
            delegator: named(&wanted.delegator),
            delegate: named(&wanted.delegate),
            kinds: wanted.kinds.clone(),
            cap: wanted.cap,
            starts_at: wanted.starts_at,
            ends_at: wanted.ends_at,
            reason: wanted.reason.clone(),
        };
        events::append_delegation(&mut tx, id.0, &event, by.actor.id, now, by.request).await?;
        self.tell_delegation(&mut tx, id, [new.delegator, new.delegate], by.actor.id, "delegation_set", now);
        let then = by.form.as_ref().map_or_else(|| "/delegations".to_owned(), |f| f.then.clone());
        Ok(Ok(finish(tx, by, then).await?))
    }

    /// Ends a delegation now; the tasks are with the delegator alone again.
    pub async fn end_delegation(&self, by: &By<'_>, id: DelegationId) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let (from, to) = delegations::people_of(&mut tx, id).await?.ok_or(Failure::NotFound)?;
        let delegator = people::by_id(tx.conn(), from).await?.ok_or(Failure::NotFound)?.colleague();
        let delegate = people::by_id(tx.conn(), to).await?.ok_or(Failure::NotFound)?.colleague();
        policy::may_delegate(by.actor, &delegator).map_err(Failure::Denied)?;
        if delegations::end(&mut tx, id, by.actor.id, now).await? {
            let event = DelegationEvent::DelegationEnded { delegator: named(&delegator), delegate: named(&delegate) };
            events::append_delegation(&mut tx, id.0, &event, by.actor.id, now, by.request).await?;
            self.tell_delegation(&mut tx, id, [from, to], by.actor.id, "delegation_ended", now);
        }
        let then = by.form.as_ref().map_or_else(|| "/delegations".to_owned(), |f| f.then.clone());
        finish(tx, by, then).await
    }

    fn tell_delegation(
        &self,
        tx: &mut Tx,
        id: DelegationId,
        people: [PersonId; 2],
        actor: PersonId,
        kind: &str,
        now: DateTime<Utc>,
    ) {
        for recipient in people.into_iter().filter(|p| *p != actor) {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("{kind}:{id}:{recipient}"),
                recipient,
                deal: None,
                customer: None,
                kind,
            };
            notices::tell(tx, &notice, now);
        }
    }
}
