//! A customer's correction of their own data, and the running deals that hold what was corrected: each of
//! them gets a change record (DOMAIN 1.1, 8) before the correction counts as dealt with.
//!
//! The archive itself is corrected on its own page, as a version; nothing here touches it.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::change::{ChangeStatus, corrected};
use crate::domain::deal::DealStatus;
use crate::domain::ids::{DealId, LinkAnswerId};
use crate::domain::link::{AnswerKind, Link, LinkAnswer};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::domain::workflow::{Action, Case, Event};
use crate::store::events::{self, Stream};
use crate::store::{PgConnection, Tx, cases, corrections, links, people};
use chrono::{DateTime, Utc};

/// What came of a correction or a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upshot {
    TakenOver,
    /// Asked again, the customer stays with what we have.
    NothingChanges,
}

/// A running deal that holds what a correction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    pub answer: LinkAnswerId,
    pub deal: String,
    pub owner: (String, String),
    /// The newest record that came of the correction.
    pub change: Option<(String, ChangeStatus)>,
    /// Whether any record of it was filed.
    pub is_filed: bool,
    pub may_write: bool,
}

impl App {
    /// The running deals that the corrections among these answers touch.
    pub async fn touched(&self, actor: &Actor, case: &Case, found: &[Link]) -> Result<Vec<Touched>, Failure> {
        let mut conn = self.db.read().await?;
        let deals = cases::open_deals(&mut conn, case.customer.id).await?;
        touched(&mut conn, actor, &deals, found, self.clock.now()).await
    }

    /// A correction of this deal's customer that still waits.
    pub async fn open_correction(&self, case: &Case, id: LinkAnswerId) -> Result<LinkAnswer, Failure> {
        let Some(deal) = &case.deal else { return Err(Failure::NotFound) };
        let mut conn = self.db.read().await?;
        let known = links::of_deal(&mut conn, deal.id, case.customer.id).await?;
        let is_it = |a: &LinkAnswer| a.id == id && a.kind == AnswerKind::Corrected && a.is_open();
        known.into_iter().flat_map(|l| l.answers).find(is_it).ok_or(Failure::NotFound)
    }

    /// Says how a correction or a wish was dealt with. `Err` inside names the running deals in which a
    /// correction has no filed change record yet.
    pub async fn settle_answer(
        &self,
        by: &By<'_>,
        no: &str,
        id: LinkAnswerId,
        (how, upshot): (&str, Upshot),
    ) -> Result<Result<Done, Vec<String>>, Failure> {
        let now = self.clock.now();
        let (case, known) = self.links(by.actor, no).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Ok(Done::Before { then }));
        }
        let found = known.iter().find(|l| l.answers.iter().any(|a| a.id == id)).ok_or(Failure::NotFound)?;
        let answer = found.answers.iter().find(|a| a.id == id).ok_or(Failure::NotFound)?;
        let deal = case.deal.as_ref().ok_or(Failure::NotFound)?;
        if deal.status != DealStatus::Open {
            cases::lock_deal(&mut tx, deal.id).await?;
        }
        let running = cases::lock_customer(&mut tx, case.customer.id).await?;
        if answer.is_open() && upshot == Upshot::TakenOver {
            let touched = touched(tx.conn(), by.actor, &running, std::slice::from_ref(found), now).await?;
            let missing: Vec<String> =
                touched.into_iter().filter(|t| t.answer == id && !t.is_filed).map(|t| t.deal).collect();
            if !missing.is_empty() {
                return Ok(Err(missing));
            }
        }
        if answer.is_open() && links::settle(&mut tx, id, by.actor.id, how, now).await? {
            let event = Event::AnswerSettled { link: found.id, answer: answer.kind, settlement: how.to_owned() };
            events::append(&mut tx, Stream::Deal(deal.id), &event, Some(by.actor.id), now, by.request).await?;
        }
        finish(tx, by, format!("/deals/{no}/links")).await.map(Ok)
    }
}

async fn touched(
    conn: &mut PgConnection,
    actor: &Actor,
    deals: &[DealId],
    found: &[Link],
    now: DateTime<Utc>,
) -> Result<Vec<Touched>, Failure> {
    let waiting = |a: &&LinkAnswer| a.kind == AnswerKind::Corrected && a.is_open();
    let answers: Vec<&LinkAnswer> = found.iter().flat_map(|l| &l.answers).filter(waiting).collect();
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<LinkAnswerId> = answers.iter().map(|a| a.id).collect();
    let records = corrections::records(conn, &ids).await?;
    let mut out = Vec::new();
    for id in deals {
        let Some(case) = cases::of_deal(conn, *id, now).await? else { continue };
        let Some(deal) = &case.deal else { continue };
        let owner = people::by_id(conn, deal.owner).await?.map(|p| (p.name, p.name_en)).unwrap_or_default();
        let may_write =
            policy::sees_deal(actor, &case) && policy::may_on(actor, Act::Do(Action::DraftChange), &case).is_ok();
        for answer in &answers {
            let of_it = || records.iter().filter(|r| r.answer == answer.id && r.deal == *id);
            let change = of_it().next().map(|r| (r.no.clone(), r.status));
            if change.is_none() && corrected(&case, &answer.corrections).is_none() {
                continue;
            }
            out.push(Touched {
                answer: answer.id,
                deal: deal.no.clone(),
                owner: owner.clone(),
                change,
                is_filed: of_it().any(|r| r.is_filed),
                may_write,
            });
        }
    }
    Ok(out)
}
