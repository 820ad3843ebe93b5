//! Feedback and surveys: recorded about a customer or one of its orders, kept in the customer's history.
//!
//! The survey is answered by a rep after a call, or by the customer on a page without an account; both
//! come through `answer_survey`, and a low score opens a draft of a complaint in the same transaction.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure, tell};
use crate::domain::calendar::local_date;
use crate::domain::feedback::{FeedbackCommand, FeedbackKind, Statement, SurveyAnswer};
use crate::domain::ids::{CustomerId, DealId, FeedbackId, PersonId};
use crate::domain::policy;
use crate::domain::staff::Actor;
use crate::domain::workflow::{self, Blocker, Case, Command, Event, Supply};
use crate::store::events::{self, Stream};
use crate::store::numbers::{self, Series};
use crate::store::{PgConnection, Recorded, Tx, cases, feedback};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a piece of feedback is about.
#[derive(Debug, Clone, Copy)]
pub enum FeedbackAbout<'a> {
    Customer { no: &'a str },
    Order { no: &'a str },
}

/// Who brings the answer of a survey.
#[derive(Debug, Clone, Copy)]
pub enum SurveyBy<'a> {
    /// One of us, after asking the customer.
    Person(&'a By<'a>),
    /// The customer, on a page that was opened with a link for this very order.
    CustomerPage { request: Uuid },
}

/// The customer or deal with everything on it, and the piece of feedback.
async fn load(
    conn: &mut PgConnection,
    (customer, deal): (CustomerId, Option<DealId>),
    id: Option<FeedbackId>,
    now: DateTime<Utc>,
) -> Result<Case, Failure> {
    let case = match deal {
        Some(deal) => cases::of_deal(conn, deal, now).await?,
        None => cases::of_customer(conn, customer).await?,
    };
    let mut case = case.ok_or(Failure::NotFound)?;
    if let Some(id) = id {
        case.feedback = Some(Box::new(feedback::load(conn, id).await?.ok_or(Failure::NotFound)?));
    }
    Ok(case)
}

async fn about(conn: &mut PgConnection, about: FeedbackAbout<'_>, now: DateTime<Utc>) -> Result<Case, Failure> {
    match about {
        FeedbackAbout::Customer { no } => {
            let id = cases::customer_id(conn, no).await?.ok_or(Failure::NotFound)?;
            load(conn, (id, None), None, now).await
        }
        FeedbackAbout::Order { no } => {
            let deal = feedback::deal_of_order(conn, no).await?.ok_or(Failure::NotFound)?;
            cases::of_deal(conn, deal, now).await?.ok_or(Failure::NotFound)
        }
    }
}

fn blocked(blockers: Vec<Blocker>, case: &Case) -> Failure {
    Failure::Blocked { blockers, case: Box::new(case.clone()) }
}

impl App {
    /// A piece of feedback with its customer and deal, if this person may see it.
    pub async fn feedback(&self, actor: &Actor, no: &str) -> Result<Case, Failure> {
        let mut conn = self.db.read().await?;
        let at = feedback::place(&mut conn, no).await?.ok_or(Failure::NotFound)?;
        let case = load(&mut conn, (at.customer, at.deal), Some(at.id), self.clock.now()).await?;
        if policy::sees_feedback(actor, &case) { Ok(case) } else { Err(Failure::NotFound) }
    }

    /// What a new piece of feedback would be about, if this person may see it.
    pub async fn to_feed_back(&self, actor: &Actor, what: FeedbackAbout<'_>) -> Result<Case, Failure> {
        let mut conn = self.db.read().await?;
        let case = about(&mut conn, what, self.clock.now()).await?;
        if policy::sees_feedback(actor, &case) { Ok(case) } else { Err(Failure::NotFound) }
    }

    /// Writes down what a customer said.
    pub async fn record_feedback(
        &self,
        by: &By<'_>,
        what: FeedbackAbout<'_>,
        said: Statement,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let customer = about(tx.conn(), what, now).await?.customer.id;
        feedback::lock(&mut tx, customer).await?;
        let case = about(tx.conn(), what, now).await?;
        if !policy::sees_feedback(by.actor, &case) {
            return Err(Failure::NotFound);
        }
        super::act::living(&mut tx, &case).await?;
        let command = Command::Feedback(FeedbackCommand::Record(Box::new(said)));
        policy::may_command(by.actor, &command, &case).map_err(Failure::Denied)?;
        let events = self.decide_feedback(&mut tx, &case, &command, by.actor, now).await?;
        self.keep_feedback(&mut tx, &case, &events, (Some(by.actor.id), by.request), now).await?;
        tell::about_feedback(self, &mut tx, &case, &events, Some(by.actor.id), now);
        let then = number(&events).map_or_else(|| "/feedback".to_owned(), |no| format!("/feedback/{no}"));
        finish(tx, by, then).await
    }

    /// One act on a piece of feedback as it was when the page was opened.
    pub async fn act_on_feedback(
        &self,
        by: &By<'_>,
        no: &str,
        expected_version: i64,
        command: FeedbackCommand,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let at = feedback::place(tx.conn(), no).await?.ok_or(Failure::NotFound)?;
        feedback::lock(&mut tx, at.customer).await?;
        let case = load(tx.conn(), (at.customer, at.deal), Some(at.id), now).await?;
        if !policy::sees_feedback(by.actor, &case) {
            return Err(Failure::NotFound);
        }
        let command = Command::Feedback(command);
        policy::may_command(by.actor, &command, &case).map_err(Failure::Denied)?;
        let version = case.feedback.as_ref().map_or(0, |f| f.version);
        if version != expected_version {
            let limit = (version - expected_version).clamp(1, 20);
            let changes = events::latest(tx.conn(), Stream::Customer(at.customer), limit).await?;
            return Err(Failure::Stale { changes, version });
        }
        let events = self.decide_feedback(&mut tx, &case, &command, by.actor, now).await?;
        self.keep_feedback(&mut tx, &case, &events, (Some(by.actor.id), by.request), now).await?;
        tell::about_feedback(self, &mut tx, &case, &events, Some(by.actor.id), now);
        finish(tx, by, format!("/feedback/{no}")).await
    }

    /// The customer's answer to the survey of a completed order, once; a low score opens the draft of a
    /// complaint. On the customer's own page nobody of us acts, and the link is what allows it.
    pub async fn answer_survey(&self, by: SurveyBy<'_>, order_no: &str, answer: SurveyAnswer) -> Result<Done, Failure> {
        let now = self.clock.now();
        let (person, request) = match by {
            SurveyBy::Person(by) => (Some(by.actor.id), by.request),
            SurveyBy::CustomerPage { request } => (None, request),
        };
        let mut tx = Tx::begin(&self.db, person).await?;
        if let SurveyBy::Person(by) = by
            && let FormState::Before(then) = take_key(&mut tx, by, now).await?
        {
            return Ok(Done::Before { then });
        }
        let what = FeedbackAbout::Order { no: order_no };
        let customer = about(tx.conn(), what, now).await?.customer.id;
        feedback::lock(&mut tx, customer).await?;
        let case = about(tx.conn(), what, now).await?;
        let command = Command::Feedback(FeedbackCommand::Survey(Box::new(answer.clone())));
        let decider = match by {
            SurveyBy::Person(by) => {
                if !policy::sees_feedback(by.actor, &case) {
                    return Err(Failure::NotFound);
                }
                policy::may_command(by.actor, &command, &case).map_err(Failure::Denied)?;
                by.actor.clone()
            }
            SurveyBy::CustomerPage { .. } => owner_of(&case),
        };
        if let Some(order) = &case.order
            && let Some(asked) = feedback::survey_of(tx.conn(), order.id).await?
        {
            return Err(blocked(vec![Blocker::SurveyAsked { no: asked.no }], &case));
        }
        let mut events = self.decide_feedback(&mut tx, &case, &command, &decider, now).await?;
        let survey = events.iter().find_map(|e| match e {
            Event::Feedback { id, .. } => Some(*id),
            _ => None,
        });
        if let Some(survey) = survey
            && let Some(draft) = self.complaint(&mut tx, &case, survey, &answer, now).await?
        {
            events.push(draft);
        }
        self.keep_feedback(&mut tx, &case, &events, (person, request), now).await?;
        tell::about_feedback(self, &mut tx, &case, &events, person, now);
        let then = number(&events).map_or_else(|| "/feedback".to_owned(), |no| format!("/feedback/{no}"));
        match by {
            SurveyBy::Person(by) => finish(tx, by, then).await,
            SurveyBy::CustomerPage { .. } => {
                tx.commit().await?;
                Ok(Done::Now { then })
            }
        }
    }

    /// The draft that a low score opens.
    pub(super) async fn complaint(
        &self,
        tx: &mut Tx,
        case: &Case,
        survey: FeedbackId,
        answer: &SurveyAnswer,
        now: DateTime<Utc>,
    ) -> Result<Option<Event>, Failure> {
        let Some(worst) = answer.scores.and_then(crate::domain::feedback::Scores::complaint) else { return Ok(None) };
        let said = Statement {
            kind: FeedbackKind::Complaint,
            category: worst.category(),
            severity: None,
            contact: answer.contact.clone(),
            channel: answer.channel,
            content: answer.comment.clone(),
            received_at: now,
            handler: owner_of(case).id,
            about: None,
        };
        let no = numbers::next(tx, Series::Feedback, local_date(now)).await?;
        Ok(Some(workflow::complaint_draft(survey, case, said, FeedbackId(self.ids.next()), no)))
    }

    async fn decide_feedback(
        &self,
        tx: &mut Tx,
        case: &Case,
        command: &Command,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, Failure> {
        let number = match case.feedback {
            None => Some(numbers::next(tx, Series::Feedback, local_date(now)).await?),
            Some(_) => None,
        };
        let ids = || self.ids.next();
        let supply =
            Supply { now, actor, ids: &ids, number, second_number: None, calendar: &self.calendar, company: &[] };
        workflow::decide(case, command, &supply).map_err(|blockers| blocked(blockers, case))
    }

    pub(super) async fn keep_feedback(
        &self,
        tx: &mut Tx,
        case: &Case,
        events: &[Event],
        (person, request): (Option<PersonId>, Uuid),
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let ids = || self.ids.next();
        let actor = person.unwrap_or(case.customer.owner);
        let how = Recorded { actor, now, ids: &ids, calendar_version: self.calendar.version() };
        for event in events {
            crate::store::apply(tx, case, event, &how).await?;
            events::append(tx, Stream::Customer(case.customer.id), event, person, now, request).await?;
        }
        Ok(())
    }
}

/// Who is responsible for the order, as somebody in whose name nothing is done.
fn owner_of(case: &Case) -> Actor {
    let (id, manager) =
        case.deal.as_ref().map_or((case.customer.owner, case.customer.owner_manager), |d| (d.owner, d.owner_manager));
    Actor { id, name: String::new(), roles: Vec::new(), manager, mandates: Vec::new() }
}

/// The number of what was recorded first.
fn number(events: &[Event]) -> Option<&str> {
    events.iter().find_map(|e| match e {
        Event::Feedback { no, .. } => Some(no.as_str()),
        _ => None,
    })
}
