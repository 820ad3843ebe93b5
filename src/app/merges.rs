//! Merging two archives of one company: by the sales manager for the team, by the director for all.
//! Both versions are checked, both histories get their event, and one of two merges at once wins.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::archive_merge::{self, Merged};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Blocker, Case, Event};
use crate::store::events::{self, Stream};
use crate::store::{Tx, cases, merges};

/// One of the two archives with the version the page showed.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub no: &'a str,
    pub version: i64,
}

impl App {
    /// Where the number of a merged archive leads, for those who may see the merged one.
    pub async fn merged_into(&self, actor: &crate::domain::staff::Actor, no: &str) -> Result<Option<Blocker>, Failure> {
        let case = self.customer(actor, no).await?;
        let mut conn = self.db.read().await?;
        let successor = merges::successor(&mut conn, case.customer.id).await?;
        Ok(successor.map(|(no, owner)| Blocker::MergedInto { no, owner }))
    }

    /// Merges `goes` into `stays`.
    pub async fn merge_customers(&self, by: &By<'_>, stays: Side<'_>, goes: Side<'_>) -> Result<Done, Failure> {
        let now = self.clock.now();
        let (keep, end) = (self.customer(by.actor, stays.no).await?, self.customer(by.actor, goes.no).await?);
        let (keep_id, end_id) = (keep.customer.id, end.customer.id);
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let open_deals = merges::lock(&mut tx, keep_id, end_id).await?;
        let keep = cases::of_customer(tx.conn(), keep_id).await?.ok_or(Failure::NotFound)?;
        let end = cases::of_customer(tx.conn(), end_id).await?.ok_or(Failure::NotFound)?;
        for case in [&keep, &end] {
            policy::may_on(by.actor, Act::MergeCustomers, case).map_err(Failure::Denied)?;
        }
        for case in [&keep, &end] {
            if let Some((no, owner)) = merges::successor(tx.conn(), case.customer.id).await? {
                return Err(blocked(vec![Blocker::MergedInto { no, owner }], case));
            }
        }
        for (case, seen) in [(&keep, stays.version), (&end, goes.version)] {
            let version = case.customer.version;
            if version != seen {
                let stream = Stream::Customer(case.customer.id);
                let changes = events::latest(tx.conn(), stream, (version - seen).clamp(1, 20)).await?;
                return Err(Failure::Stale { changes, version });
            }
        }
        let blockers = archive_merge::blockers(&keep.customer, &end.customer);
        if !blockers.is_empty() {
            return Err(blocked(blockers, &keep));
        }
        let Merged { profile, folded } = archive_merge::merged(&keep.customer.profile, &end.customer.profile);
        let moved = merges::merge(&mut tx, keep_id, end_id, &folded).await?;
        // The code is free once the other archive has ended.
        let into = [Event::MergedInto { into: keep_id, no: keep.customer.no.clone() }];
        self.store_events(&mut tx, &end, &into, by.actor.id, by.request, now).await?;
        merges::close(&mut tx, keep_id, end_id, now).await?;
        let mut told = workflow::saved_profile(&keep.customer, &profile, None);
        told.push(Event::CustomersMerged {
            from: end_id,
            no: end.customer.no.clone(),
            deals: moved.deals,
            contacts: moved.contacts,
            files: moved.files,
            prices: moved.prices,
        });
        self.store_events(&mut tx, &keep, &told, by.actor.id, by.request, now).await?;
        merges::inherit_override(&mut tx, keep_id, end_id).await?;
        cases::touch_customer(&mut tx, keep_id, now).await?;
        for deal in open_deals {
            self.settle(&mut tx, deal, by.actor.id, by.request, now).await?;
        }
        finish(tx, by, format!("/customers/{}", keep.customer.no)).await
    }
}

fn blocked(blockers: Vec<Blocker>, case: &Case) -> Failure {
    Failure::Blocked { blockers, case: Box::new(case.clone()) }
}
