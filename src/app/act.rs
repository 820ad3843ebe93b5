//! The one write path: begin, take the form key, lock, load, may this person, version as
//! expected, decide, store, tell, commit.

use super::asked::{Asked, QuoteInput, ReadQuote};
use super::new_totals::new_total;
use super::pricing::Library;
use super::{App, Failure, archive, tell, tell_delivery, tell_orders, tell_rounds, tracking};
use crate::domain::alternative::Alternative;
use crate::domain::calendar::local_date;
use crate::domain::change::{ChangeDraft, ChangeStatus};
use crate::domain::ids::{DealId, PersonId};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::domain::workflow::{self, Action, Blocker, Case, Command, Event, Supply, exceptions_opened, replay};
use crate::store::events::{self, Stream};
use crate::store::links::NewAnswer;
use crate::store::numbers::{self, Series};
use crate::store::people::{self, KeyUse, form_led_to, use_form_key};
use crate::store::{Recorded, StoreError, Tx, attachments, cases, delegations, merges};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// How often an act is tried that others kept waiting; each wait has the database's own end.
const TRIES: usize = 3;

/// The one-time key of the form that was sent, and a fingerprint of what it said.
#[derive(Debug, Clone)]
pub struct FormUse {
    pub key: Uuid,
    pub route: String,
    pub sha256: [u8; 32],
    /// Where the browser goes afterwards, and again when the same form is sent twice.
    pub then: String,
}

/// Who asks, in which request, with which form and files.
#[derive(Debug, Clone)]
pub struct By<'a> {
    pub actor: &'a Actor,
    pub request: Uuid,
    pub form: Option<FormUse>,
    pub uploads: Vec<super::Upload>,
}

/// What a customer said on a page without an account, and of which alternative of the quote.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub answer: &'a NewAnswer,
    pub of: Option<Alternative>,
}

/// Where to go now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Now {
        then: String,
    },
    /// The same form was sent before; its effect happened once.
    Before {
        then: String,
    },
}

impl Done {
    pub fn then(&self) -> &str {
        match self {
            Self::Now { then } | Self::Before { then } => then,
        }
    }
}

pub(super) enum FormState {
    New,
    Before(String),
}

/// Takes the one-time key, and the draft away: what is saved needs none any more. The second sender of the same
/// form waits here for the first.
pub(super) async fn take_key(tx: &mut Tx, by: &By<'_>, now: DateTime<Utc>) -> Result<FormState, Failure> {
    let Some(form) = &by.form else { return Ok(FormState::New) };
    match use_form_key(tx, form.key, by.actor.id, &form.route, &form.sha256, &form.then, now).await? {
        KeyUse::First => Ok(FormState::New),
        KeyUse::SameAgain { location } => Ok(FormState::Before(location)),
        KeyUse::OtherContent => Err(Failure::KeyReused),
    }
}

pub(super) async fn finish(mut tx: Tx, by: &By<'_>, then: String) -> Result<Done, Failure> {
    if let Some(form) = by.form.as_ref().filter(|form| form.then != then) {
        form_led_to(&mut tx, form.key, &then).await?;
    }
    tx.commit().await?;
    Ok(Done::Now { then })
}

/// Acts until others no longer keep it from its end; of what was tried before nothing is left. After the last try
/// the system is busy.
async fn until_settled<F>(mut act: impl FnMut() -> F) -> Result<Done, Failure>
where
    F: Future<Output = Result<Done, Failure>>,
{
    for _ in 1..TRIES {
        match act().await {
            Err(Failure::Store(StoreError::Contended(_))) => {}
            done => return done,
        }
    }
    match act().await {
        Err(Failure::Store(StoreError::Contended(why))) => Err(StoreError::Busy(why).into()),
        done => done,
    }
}

impl App {
    /// One command on a deal.
    pub async fn act_on_deal(
        &self,
        by: &By<'_>,
        no: &str,
        expected_version: i64,
        asked: impl Into<Asked<'_>>,
    ) -> Result<Done, Failure> {
        self.act_on_deal_saying(by, no, expected_version, asked.into(), None).await
    }

    /// The same, with what the customer said on a page without an account. Who waited too long for a crowd
    /// at the same deal tries again; of what was tried before nothing is left. Boxed, so that its future is compiled
    /// once and not for every form.
    pub(super) fn act_on_deal_saying<'a>(
        &'a self,
        by: &'a By<'a>,
        no: &'a str,
        expected_version: i64,
        asked: Asked<'a>,
        said: Option<Said<'a>>,
    ) -> BoxFuture<'a, Result<Done, Failure>> {
        Box::pin(until_settled(move || self.act_once(by, no, expected_version, asked.clone(), said)))
    }

    async fn act_once(
        &self,
        by: &By<'_>,
        no: &str,
        expected_version: i64,
        asked: Asked<'_>,
        said: Option<Said<'_>>,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let locked = cases::lock_deal_no(&mut tx, no, by.actor.id).await?.ok_or(Failure::NotFound)?;
        let id = locked.id;
        if locked.is_urgent && matches!(asked, Asked::Command(Command::SubmitQuote)) {
            cases::lock_fast_path(&mut tx, locked.owner).await?;
        }
        let mut case = cases::of_deal(tx.conn(), id, now).await?.ok_or(Failure::NotFound)?;
        let mandates =
            if locked.has_mandates { delegations::mandates(tx.conn(), by.actor.id, now).await? } else { Vec::new() };
        let actor = by.actor.clone().acting_for(mandates);
        let by = &By { actor: &actor, ..by.clone() };
        if !policy::sees_deal(by.actor, &case) {
            return Err(Failure::NotFound);
        }
        for upload in &by.uploads {
            attachments::add(&mut tx, &upload.row(by.actor.id, None, Some(id)), now).await?;
        }
        let command = self.command(&mut tx, &actor, &case, asked, now).await?;
        policy::may_command(by.actor, &command, &case).map_err(Failure::Denied)?;
        let version = case.deal.as_ref().map_or(0, |d| d.version);
        // A decision is bound to the content it was made on, so that departments side by side do not
        // stand in each other's way.
        let is_bound = matches!(&command, Command::DecideNode(verdict) if verdict.seen.is_some());
        if version != expected_version && !is_bound {
            // A decision that somebody else took is told as such, not as a mere change.
            let blockers = workflow::blockers(&case, command.action(), Some(&command), now);
            if command.action() == Action::DecideNode && !blockers.is_empty() {
                return Err(Failure::Blocked { blockers, case: Box::new(case) });
            }
            let changes =
                events::latest(tx.conn(), Stream::Deal(id), version.saturating_sub(expected_version).clamp(1, 20))
                    .await?;
            return Err(Failure::Stale { changes, version });
        }
        // A customer may answer each offer that is out; the deal goes on with the one that was answered.
        if let Some(alternative) = said.and_then(|s| s.of).filter(|of| *of != case.alternative()) {
            let turn = Command::ChooseAlternative { alternative };
            self.decide_and_store(&mut tx, by, &case, &turn, now).await?;
            case = cases::of_deal(tx.conn(), id, now).await?.ok_or(Failure::NotFound)?;
        }
        let events = self.decide_and_store(&mut tx, by, &case, &command, now).await?;
        match replay::after(&case, &events, now, by.actor) {
            Some(after) => self.settle_case(&mut tx, after, by.actor.id, by.request, now).await?,
            None => self.settle(&mut tx, id, by.actor.id, by.request, now).await?,
        }
        tell::about_change(self, &mut tx, &case, &events, by.actor.id, now).await?;
        tell_delivery::about_delivery(self, &mut tx, &case, &events, by.actor.id, now).await?;
        tell_orders::about_order(self, &mut tx, &case, &events, by.actor.id, now).await?;
        tell_rounds::about_round(self, &mut tx, &case, &events, by.actor.id, now).await?;
        if let Some(said) = said {
            self.keep_answer(&mut tx, &case, said.answer, (Some(by.actor.id), by.request), now).await?;
        }
        let then = by.form.as_ref().map_or_else(|| format!("/deals/{no}"), |f| f.then.clone());
        finish(tx, by, then).await
    }

    /// One command on a customer archive; every open deal of the customer follows.
    pub async fn act_on_customer(
        &self,
        by: &By<'_>,
        no: &str,
        expected_version: i64,
        command: Command,
    ) -> Result<Done, Failure> {
        self.act_on_customer_saying(by, no, expected_version, command, None).await
    }

    /// The same, with what the customer said on a page without an account.
    pub(super) fn act_on_customer_saying<'a>(
        &'a self,
        by: &'a By<'a>,
        no: &'a str,
        expected_version: i64,
        command: Command,
        said: Option<&'a NewAnswer>,
    ) -> BoxFuture<'a, Result<Done, Failure>> {
        Box::pin(until_settled(move || self.act_on_customer_once(by, no, expected_version, command.clone(), said)))
    }

    async fn act_on_customer_once(
        &self,
        by: &By<'_>,
        no: &str,
        expected_version: i64,
        command: Command,
        said: Option<&NewAnswer>,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let id = cases::customer_id(tx.conn(), no).await?.ok_or(Failure::NotFound)?;
        let deals = cases::lock_customer(&mut tx, id).await?;
        let case = cases::of_customer(tx.conn(), id).await?.ok_or(Failure::NotFound)?;
        // What is not the reader's to see does not exist; only then does the permission matter.
        if !policy::sees_customer(by.actor, &case) {
            return Err(Failure::NotFound);
        }
        policy::may_command(by.actor, &command, &case).map_err(Failure::Denied)?;
        living(&mut tx, &case).await?;
        if case.customer.version != expected_version {
            let changes = events::latest(
                tx.conn(),
                Stream::Customer(id),
                (case.customer.version - expected_version).clamp(1, 20),
            )
            .await?;
            return Err(Failure::Stale { changes, version: case.customer.version });
        }
        if let Some(code) = archive::code_of(&command) {
            archive::must_be_free(&mut tx, by.actor, code, id).await?;
        }
        let handed_over = archive::deals_to_hand_over(&mut tx, &case, &command, &deals, now).await?;
        for upload in &by.uploads {
            attachments::add(&mut tx, &upload.row(by.actor.id, Some(id), None), now).await?;
        }
        self.decide_and_store(&mut tx, by, &case, &command, now).await?;
        for (deal, event) in handed_over {
            self.store_events(&mut tx, &deal, &[event], by.actor.id, by.request, now).await?;
        }
        cases::touch_customer(&mut tx, id, now).await?;
        for deal in deals {
            self.settle(&mut tx, deal, by.actor.id, by.request, now).await?;
        }
        tell::about_customer(self, &mut tx, &case, by.actor.id, now).await?;
        archive::tell(self, &mut tx, &case, &command, by.actor.id, now).await?;
        if let Some(said) = said {
            self.keep_answer(&mut tx, &case, said, (Some(by.actor.id), by.request), now).await?;
        }
        let then = by.form.as_ref().map_or_else(|| format!("/customers/{no}"), |f| f.then.clone());
        finish(tx, by, then).await
    }

    async fn decide_and_store(
        &self,
        tx: &mut Tx,
        by: &By<'_>,
        case: &Case,
        command: &Command,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, Failure> {
        let number = match series(command, case) {
            Some(series) => Some(numbers::next(tx, series, local_date(now)).await?),
            None => None,
        };
        let second_number = match exceptions_opened(case, command) {
            0 | 1 => None,
            _ => Some(numbers::next(tx, Series::Exception, local_date(now)).await?),
        };
        let ids = || self.ids.next();
        let company = match command {
            Command::DecideNode(_) if workflow::has_more_to_open(case) => people::colleagues(tx.conn()).await?,
            _ => Vec::new(),
        };
        let (actor, calendar, company) = (by.actor, &self.calendar, &company);
        let supply = Supply { now, actor, ids: &ids, number, second_number, calendar, company };
        let events = workflow::decide(case, command, &supply)
            .map_err(|blockers| Failure::Blocked { blockers, case: Box::new(case.clone()) })?;
        self.store_events(tx, case, &events, by.actor.id, by.request, now).await?;
        if events.iter().any(|e| matches!(e, Event::QuoteSent { .. })) {
            self.keep_sent(tx, case, by.actor.id, now).await?;
        }
        Ok(events)
    }

    pub(super) async fn store_events(
        &self,
        tx: &mut Tx,
        case: &Case,
        events: &[Event],
        actor: PersonId,
        request: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let ids = || self.ids.next();
        let how = Recorded { actor, now, ids: &ids, calendar_version: self.calendar.version() };
        for event in events {
            crate::store::apply(tx, case, event, &how).await?;
            let stream = match &case.deal {
                Some(deal) if !event.is_about_customer() => Stream::Deal(deal.id),
                _ => Stream::Customer(case.customer.id),
            };
            events::append(tx, stream, event, Some(actor), now, request).await?;
        }
        tell::about_fast_path(self, tx, case, events, actor, now).await
    }

    /// After every change: which step the deal is in now, whose turn it is, and who must hear of it.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx,
        id: DealId,
        actor: PersonId,
        request: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let case = cases::of_deal(tx.conn(), id, now).await?.ok_or(Failure::NotFound)?;
        self.settle_case(tx, case, actor, request, now).await
    }

    /// The same for a case that is known as it is after the change.
    fn settle_case<'a>(
        &'a self,
        tx: &'a mut Tx,
        mut case: Case,
        actor: PersonId,
        request: Uuid,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let step = workflow::step_of(&case);
            let before = case.deal.as_ref().map(|d| d.step);
            if before.is_some_and(|b| b != step) {
                let due_at = workflow::step_due(step, &case, &self.calendar, now);
                self.store_events(tx, &case, &[Event::StepEntered { step, due_at }], actor, request, now).await?;
                if let Some(deal) = &mut case.deal {
                    deal.step = step;
                    deal.step_due_at = due_at;
                    deal.step_entered_at = now;
                }
            }
            tracking::keep(self, tx, &mut case, actor, now).await?;
            let standing = workflow::standing(&case);
            cases::keep_standing(tx, &case, &standing, now).await?;
            tell::about_deal(self, tx, &case, &standing, actor, now).await
        })
    }

    /// Prices a typed quote from the library as it is inside this transaction.
    async fn command(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        case: &Case,
        asked: Asked<'_>,
        now: DateTime<Utc>,
    ) -> Result<Command, Failure> {
        let read = match asked {
            Asked::Command(command) => return Ok(command),
            Asked::Change(input) => {
                let offer = new_total(tx.conn(), case, &input, local_date(now)).await?;
                return Ok(Command::DraftChange(Box::new(ChangeDraft { offer: offer.map(Box::new), ..input.draft })));
            }
            Asked::Quote(input) => Read::Before(input),
            Asked::QuoteForm(read) => {
                // Who may not do it hears that before what is wrong with the form.
                policy::may_on(actor, Act::Do(Action::SaveQuote), case).map_err(Failure::Denied)?;
                policy::may_on(actor, Act::SeePrices, case).map_err(Failure::Denied)?;
                Read::Here(read)
            }
        };
        let library = Library::load(tx.conn(), case).await?;
        let input = match read {
            Read::Before(input) => *input,
            Read::Here(read) => read(case, &library).ok_or(Failure::Unreadable)?,
        };
        let ids = || self.ids.next();
        let priced = library.price(case, &input, local_date(now), &ids);
        Ok(Command::SaveQuote { terms: Box::new(input.terms), priced: Box::new(priced) })
    }
}

/// Where the input of a quote comes from.
enum Read<'a> {
    Before(Box<QuoteInput>),
    Here(&'a ReadQuote<'a>),
}

/// An archive that was merged into another takes nothing new.
pub(super) async fn living(tx: &mut Tx, case: &Case) -> Result<(), Failure> {
    match merges::successor(tx.conn(), case.customer.id).await? {
        Some((no, owner)) => {
            let blockers = vec![Blocker::MergedInto { no, owner }];
            Err(Failure::Blocked { blockers, case: Box::new(case.clone()) })
        }
        None => Ok(()),
    }
}

/// The number a command needs, when it creates a numbered document.
fn series(command: &Command, case: &Case) -> Option<Series> {
    match command {
        Command::SaveRequirement(_) if case.requirement.is_none() => Some(Series::Requirement),
        Command::SaveQuote { .. } if case.quote.is_none() => Some(Series::Quote),
        Command::SubmitQuote => Some(Series::Approval),
        Command::RecordAcceptance { .. } => Some(Series::Order),
        Command::ArrangeShipment { .. } => Some(Series::Shipment),
        other if exceptions_opened(case, other) > 0 => Some(Series::Exception),
        Command::DraftChange(_) if case.change.as_ref().is_none_or(|c| c.status != ChangeStatus::Draft) => {
            Some(Series::Change)
        }
        _ => None,
    }
}
