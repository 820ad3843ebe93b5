//! What time does to a limit (DOMAIN 3.5): one look over what runs tells what is due, each thing once.
//!
//! Every subject has a transaction of its own, and the row that says "told" is written in it, so that
//! two who look at once, or one who is stopped anywhere, tell nothing twice and lose nothing. The
//! system acts; it reminds and widens, and never decides.

use super::{App, Failure};
use crate::domain::approval::{ApprovalPath, Node, NodeKind, NodeStatus, Round};
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::fast_path::{PostReview, PostReviewStatus};
use crate::domain::ids::{DealId, NodeId, PersonId, PostReviewId};
use crate::domain::policy;
use crate::domain::round::ladder::{Alarm, Running, is_working};
use crate::domain::round::{Named, ledger};
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Event};
use crate::store::events::{self, Stream};
use crate::store::ladder::{self, OwedDuty, OwedReview};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, people, pledges, post_reviews, rounds};
use chrono::{DateTime, TimeDelta, Utc};

/// Subjects that one look takes at a time.
const AT_A_TIME: i64 = 200;

impl App {
    /// One look over everything that runs; how many things were told.
    pub async fn sweep_limits(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut told = 0;
        // What cannot be looked at does not keep the others waiting; it is tried again the next time.
        let (mut broken, mut first_failure) = (Vec::new(), None);
        loop {
            let found = ladder::nodes_to_look_at(&mut *self.db.search().await?, &broken, now, AT_A_TIME).await?;
            if found.is_empty() {
                break;
            }
            for (node, deal) in found {
                match self.look_at_node(node, deal, now).await {
                    Ok(more) => told += more,
                    Err(failure) => {
                        broken.push(node);
                        first_failure.get_or_insert(failure);
                    }
                }
            }
        }
        let mut after = None;
        loop {
            let owed = ladder::reviews_owed(&mut *self.db.search().await?, after, AT_A_TIME).await?;
            let Some(last) = owed.last() else { break };
            after = Some((last.due_at, last.id));
            for review in owed {
                told += self.look_at_review(&review, now).await?;
            }
        }
        let mut after = None;
        loop {
            let owed = ladder::duties_owed(&mut *self.db.search().await?, after, AT_A_TIME).await?;
            let Some(last) = owed.last() else { break };
            after = Some((last.due_at, last.change, last.department));
            for duty in owed {
                told += self.look_at_duty(&duty, now).await?;
            }
        }
        let mut after = None;
        loop {
            let owed = pledges::owed(&mut *self.db.search().await?, after, AT_A_TIME).await?;
            let Some(last) = owed.last() else { break };
            after = Some((last.due_at, last.order, last.department));
            for pledge in owed {
                told += self.look_at_pledge(&pledge, now).await?;
            }
        }
        first_failure.map_or(Ok(told), Err)
    }

    async fn look_at_node(&self, id: NodeId, deal: DealId, now: DateTime<Utc>) -> Result<u64, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        cases::lock_deal(&mut tx, deal).await?;
        let case = cases::of_deal(tx.conn(), deal, now).await?.ok_or(Failure::NotFound)?;
        let found = case.round.as_ref().and_then(|r| Some((r, r.nodes.iter().find(|n| n.id == id)?)));
        let Some((round, node)) = found.filter(|(_, n)| n.status == NodeStatus::Open) else {
            ladder::look_again(&mut tx, id, None).await?;
            tx.commit().await?;
            return Ok(0);
        };
        if let Some(call) = node.open_call() {
            let told = self.look_at_signer(&mut tx, &case, node, now).await?;
            let is_told = !ladder::given(tx.conn(), &format!("call:{}", call.id)).await?.is_empty();
            let next = call.due_at.filter(|_| !is_told).map(|due| due.max(now + TimeDelta::minutes(1)));
            ladder::look_again(&mut tx, id, next).await?;
            tx.commit().await?;
            return Ok(told);
        }
        let on_call = Calendar::on_call();
        let calendar: &Calendar = match node.profile {
            Profile::OnCall => &on_call,
            Profile::Standard => self.calendar.of_department(node.kind.department()),
        };
        let (Some(started_at), Some(due_at)) = (node.arrived_at, node.due_at) else {
            return Err(Failure::NotFound);
        };
        let running = Running {
            started_at,
            due_at,
            limit: node.limit,
            paused: ledger::paused(&ledger::of_node(node, calendar, now)),
            profile: node.profile,
        };
        let subject = format!("node:{id}");
        let mut given = ladder::given(tx.conn(), &subject).await?;
        let mut told = 0;
        for alarm in running.due(&given, calendar, now) {
            if ladder::give(&mut tx, &subject, alarm, now).await? {
                self.tell_of_node(&mut tx, &case, round, node, alarm, now).await?;
                told += 1;
            }
            given.push(alarm);
        }
        let next = running.next(&given, calendar, now).map(|at| at.max(now + TimeDelta::minutes(1)));
        ladder::look_again(&mut tx, id, next).await?;
        tx.commit().await?;
        Ok(told)
    }

    async fn tell_of_node(
        &self,
        tx: &mut Tx,
        case: &Case,
        round: &Round,
        node: &Node,
        alarm: Alarm,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let people = people::colleagues(tx.conn()).await?;
        let pool = || policy::pool(node.kind, case, &people).into_iter().map(|c| c.actor.id);
        // What is overdue is everybody's again.
        let mut recipients: Vec<PersonId> = match &node.claimed_by {
            Some(by) if alarm == Alarm::Reminder => vec![by.id],
            by => by.iter().map(|by| by.id).chain(pool()).collect(),
        };
        recipients.extend(ladder::delegates(tx.conn(), &recipients, node.kind, now).await?);
        let (kind, event) = match alarm {
            Alarm::Reminder => ("node_reminder", Event::NodeAlarmed { id: node.id, node: node.kind, alarm }),
            Alarm::Overdue => {
                recipients.extend(policy::heads(node.kind, case, &people).iter().map(|c| c.actor.id));
                recipients.extend(case.deal.as_ref().map(|d| d.owner));
                ("node_overdue", Event::NodeAlarmed { id: node.id, node: node.kind, alarm })
            }
            Alarm::Escalation => {
                let Some(to) = policy::superior(node.kind, path_of(round, node), case, &people) else { return Ok(()) };
                recipients = vec![to.actor.id];
                for kind in policy::lends_as_superior(&to.actor) {
                    recipients.extend(ladder::delegates(tx.conn(), &[to.actor.id], kind, now).await?);
                }
                let to = Named { id: to.actor.id, name: to.actor.name.clone() };
                ("node_escalated", Event::NodeEscalated { id: node.id, node: node.kind, to })
            }
        };
        self.record(tx, case, &event, now).await?;
        // Who took a node and let its time pass keeps it no longer from the others.
        if alarm == Alarm::Overdue && node.claimed_by.is_some() {
            self.record(tx, case, &Event::NodeGivenBack { id: node.id, node: node.kind }, now).await?;
        }
        self.notify(tx, case, &format!("node:{}:{alarm}", node.id), kind, recipients, now).await
    }

    /// What the system did, in the deal's history and in its rows.
    async fn record(&self, tx: &mut Tx, case: &Case, event: &Event, now: DateTime<Utc>) -> Result<(), Failure> {
        let Some(deal) = &case.deal else { return Ok(()) };
        match event {
            Event::PostReviewEscalated { id, to, .. } => post_reviews::escalate(tx, *id, to.id, now).await?,
            _ => rounds::apply_to_node(tx, event, None, self.calendar.version(), now).await?,
        }
        Ok(events::append(tx, Stream::Deal(deal.id), event, None, now, self.ids.next()).await?)
    }

    async fn notify(
        &self,
        tx: &mut Tx,
        case: &Case,
        key: &str,
        kind: &str,
        mut recipients: Vec<PersonId>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        recipients.sort_unstable();
        recipients.dedup();
        for recipient in recipients {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("{key}:{recipient}"),
                recipient,
                deal: case.deal.as_ref().map(|d| d.id),
                customer: None,
                kind,
            };
            notices::add(tx, &notice, now).await?;
        }
        Ok(())
    }

    /// A signer who keeps a node waiting is told, and so is who asked.
    async fn look_at_signer(&self, tx: &mut Tx, case: &Case, node: &Node, now: DateTime<Utc>) -> Result<u64, Failure> {
        let Some((call, due_at)) = node.open_call().and_then(|c| Some((c, c.due_at?))) else { return Ok(0) };
        let subject = format!("call:{}", call.id);
        let signer = people::by_id(tx.conn(), call.of.id).await?;
        let on_call = Calendar::on_call();
        // Nobody is told outside of their own working time.
        let own = match node.profile {
            Profile::OnCall => &on_call,
            Profile::Standard => self.calendar.of_person(call.of.id, signer.map(|p| p.department)),
        };
        if due_at > now || !is_working(own, now) || !ladder::give(tx, &subject, Alarm::Overdue, now).await? {
            return Ok(0);
        }
        self.notify(tx, case, &subject, "node_overdue", vec![call.of.id, call.asked_by.id], now).await?;
        Ok(1)
    }

    async fn look_at_review(&self, review: &OwedReview, now: DateTime<Utc>) -> Result<u64, Failure> {
        let about = Owed {
            subject: format!("post_review:{}", review.id),
            kind: "post_review",
            role: review.kind.role(),
            review: Some(review.id),
            deal: review.deal,
            node: review.kind,
            given: &review.given,
            calendar: self.calendar.of_department(review.kind.department()),
        };
        self.look_at(&about, about.running(review.opened_at, review.due_at), now, |case| {
            case.post_reviews.iter().any(|p| p.id == review.id && p.status == PostReviewStatus::Open)
        })
        .await
    }

    async fn look_at_duty(&self, duty: &OwedDuty, now: DateTime<Utc>) -> Result<u64, Failure> {
        let about = Owed {
            subject: format!("change_duty:{}:{}", duty.change, duty.department),
            kind: "change_duty",
            role: duty.department.role(),
            review: None,
            deal: duty.deal,
            node: NodeKind::SalesManager,
            given: &duty.given,
            calendar: self.calendar.of_department(duty.department),
        };
        self.look_at(&about, about.running(duty.asked_at, duty.due_at), now, |case| {
            let change = case.open_change().filter(|c| c.id == duty.change);
            change.is_some_and(|c| c.duties.iter().any(|d| d.department == duty.department && d.said.is_none()))
        })
        .await
    }

    async fn look_at_pledge(&self, owed: &pledges::Owed, now: DateTime<Utc>) -> Result<u64, Failure> {
        let about = Owed {
            subject: format!("pledge:{}:{}", owed.order, owed.department),
            kind: "pledge",
            role: owed.department.role(),
            review: None,
            deal: owed.deal,
            node: NodeKind::SalesManager,
            given: &owed.given,
            calendar: self.calendar.of_department(owed.department),
        };
        self.look_at(&about, about.running(owed.asked_at, owed.due_at), now, |case| {
            case.order.as_ref().is_some_and(|o| o.open_pledge(owed.department).is_some())
        })
        .await
    }

    /// Something a department owes outside the round.
    async fn look_at(
        &self,
        about: &Owed<'_>,
        running: Running,
        now: DateTime<Utc>,
        still_owed: impl Fn(&Case) -> bool,
    ) -> Result<u64, Failure> {
        if running.due(about.given, about.calendar, now).is_empty() {
            return Ok(0);
        }
        let mut tx = Tx::begin(&self.db, None).await?;
        cases::lock_deal(&mut tx, about.deal).await?;
        let Some(case) = cases::of_deal(tx.conn(), about.deal, now).await?.filter(still_owed) else { return Ok(0) };
        let given = ladder::given(tx.conn(), &about.subject).await?;
        let mut told = 0;
        for alarm in running.due(&given, about.calendar, now) {
            if !ladder::give(&mut tx, &about.subject, alarm, now).await? {
                continue;
            }
            told += 1;
            let review = about.review.and_then(|id| case.post_review(id));
            let recipients = match review {
                Some(review) => self.whom_a_review_reaches(&mut tx, &case, review, alarm, now).await?,
                None => whom_a_duty_reaches(&mut tx, &case, about, alarm).await?,
            };
            let kind =
                format!("{}_{}", about.kind, if alarm == Alarm::Escalation { "escalated" } else { alarm.code() });
            self.notify(&mut tx, &case, &format!("{}:{alarm}", about.subject), &kind, recipients, now).await?;
        }
        tx.commit().await?;
        Ok(told)
    }

    /// The department and who stands in for it, its head and the deal's owner once it is late, and in the end the
    /// superior, who may give the review from then on (DOMAIN 3.7).
    async fn whom_a_review_reaches(
        &self,
        tx: &mut Tx,
        case: &Case,
        review: &PostReview,
        alarm: Alarm,
        now: DateTime<Utc>,
    ) -> Result<Vec<PersonId>, Failure> {
        let people = people::colleagues(tx.conn()).await?;
        if alarm == Alarm::Escalation {
            let Some(to) = policy::review_superior(review, case, &people) else { return Ok(Vec::new()) };
            let to = Named { id: to.actor.id, name: to.actor.name.clone() };
            let recipients = vec![to.id];
            let event = Event::PostReviewEscalated { id: review.id, node: review.kind, to };
            self.record(tx, case, &event, now).await?;
            return Ok(recipients);
        }
        let mut recipients: Vec<PersonId> =
            policy::reviewers(review, case, &people).into_iter().map(|c| c.actor.id).collect();
        recipients.extend(ladder::delegates(tx.conn(), &recipients, review.kind, now).await?);
        if alarm == Alarm::Overdue {
            recipients.extend(policy::heads(review.kind, case, &people).iter().map(|c| c.actor.id));
            recipients.extend(case.deal.as_ref().map(|d| d.owner));
        }
        Ok(recipients)
    }
}

/// The department, the deal's owner once it is late, and in the end the superior.
async fn whom_a_duty_reaches(
    tx: &mut Tx,
    case: &Case,
    about: &Owed<'_>,
    alarm: Alarm,
) -> Result<Vec<PersonId>, Failure> {
    if alarm == Alarm::Escalation {
        let people = people::colleagues(tx.conn()).await?;
        let to = policy::superior(about.node, ApprovalPath::Standard, case, &people);
        return Ok(to.map(|c| c.actor.id).into_iter().collect());
    }
    let manager = case.deal.as_ref().and_then(|d| d.owner_manager).filter(|_| about.role == Role::SalesManager);
    let mut recipients = notices::holders(tx, about.role, manager).await?;
    if alarm == Alarm::Overdue {
        recipients.extend(case.deal.as_ref().map(|d| d.owner));
    }
    Ok(recipients)
}

/// What is owed, for the key and the words of its notices, to whom it belongs, and what was told of it.
struct Owed<'a> {
    subject: String,
    kind: &'static str,
    role: Role,
    /// A review rises to somebody who may then give it.
    review: Option<PostReviewId>,
    deal: DealId,
    /// Whose superior hears of it in the end.
    node: NodeKind,
    given: &'a [Alarm],
    calendar: &'a Calendar,
}

impl Owed<'_> {
    fn running(&self, started_at: DateTime<Utc>, due_at: DateTime<Utc>) -> Running {
        let limit = self.calendar.working_minutes_between(started_at, due_at);
        Running { started_at, due_at, limit, paused: WorkingMinutes::ZERO, profile: Profile::Standard }
    }
}

/// A node on the on-call clock rises as the fast path does.
fn path_of(round: &Round, node: &Node) -> ApprovalPath {
    if node.profile == Profile::OnCall { ApprovalPath::Fast } else { round.path }
}
