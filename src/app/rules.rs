//! The company's numbers: the administrator drafts the next version, director or general manager puts it
//! in force from a day on.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::policy::{self, Act};
use crate::domain::rules::Rules;
use crate::domain::settings::SettingsEvent;
use crate::store::{PgConnection, Tx, documents, events, rules};
use chrono::NaiveDate;

/// Where both forms lead.
const PAGE: &str = "/settings/limits";

impl App {
    /// Makes a draft of the next version or rewrites it; `expected` is the revision the form was made from,
    /// 0 where there was no draft.
    pub async fn draft_rules(
        &self,
        by: &By<'_>,
        expected: i64,
        drafted: &Rules,
        reason: &str,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may_in_library(by.actor, Act::DraftRules).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        rules::save_draft(&mut tx, version_no, drafted.values(), reason, by.actor.id, now).await?;
        let event =
            SettingsEvent::RulesDrafted { version_no, values: drafted.values().clone(), reason: reason.to_owned() };
        events::append_settings(&mut tx, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, PAGE.to_owned()).await
    }

    /// Puts the draft in force from the start of a day, today at the earliest; rounds that run keep theirs.
    pub async fn publish_rules(&self, by: &By<'_>, expected: i64, from: NaiveDate) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        policy::may_in_library(by.actor, Act::PublishRules).map_err(Failure::Denied)?;
        documents::lock_company(&mut tx).await?;
        let version_no = expected_draft(tx.conn(), expected).await?;
        let versions = rules::versions(tx.conn()).await?;
        let draft = versions.iter().find(|v| v.is_draft()).ok_or(Failure::NotFound)?;
        policy::may_put_in_force(by.actor, Act::PublishRules, draft.drafted_by).map_err(Failure::Denied)?;
        rules::publish(&mut tx, version_no, from, by.actor.id, now).await?;
        let event = SettingsEvent::RulesPublished { version_no, from };
        events::append_settings(&mut tx, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, PAGE.to_owned()).await
    }
}

/// The number of the draft that the form was made from, or of the next version.
async fn expected_draft(conn: &mut PgConnection, expected: i64) -> Result<i32, Failure> {
    let versions = rules::versions(conn).await?;
    let newest = versions.first().map_or(0, |v| v.version_no);
    let draft = versions.iter().find(|v| v.is_draft());
    let revision = draft.map_or(0, |v| v.revision);
    if revision != expected {
        return Err(Failure::Stale { changes: Vec::new(), version: revision });
    }
    Ok(draft.map_or(newest + 1, |v| v.version_no))
}
