//! What time does to a limit (DOMAIN 3.5): one look over what runs tells what is due, each thing once.
//!
//! Every subject has a transaction of its own, and the row that says "told" is written in it, so that
//! two who look at once, or one who is stopped anywhere, tell nothing twice and lose nothing. The
//! system acts; it reminds and widens, and never decides.

use super::{App, Failure};
use crate::domain::approval::{ApprovalPath, Node, NodeKind, NodeStatus, Round};
use crate::domain::calendar::{Calendar, Profile, ZONE, local_date};
use crate::domain::fast_path::PostReviewStatus;
use crate::domain::ids::{DealId, NodeId, PersonId};
use crate::domain::policy;
use crate::domain::round::ladder::{Alarm, Running, is_working};
use crate::domain::round::{Colleague, Named, ledger};
use crate::domain::staff::Role;
use crate::domain::workflow::{Case, Event};
use crate::store::events::{self, Stream};
use crate::store::ladder::{self, OwedDuty, OwedReview};
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, people, rounds};
use chrono::{DateTime, TimeDelta, Timelike, Utc};

/// Subjects that one look takes at a time.
const AT_A_TIME: i64 = 200;
/// The hour of the general manager's digest, company time (DOMAIN 3.5).
const DIGEST_HOUR: u32 = 9;

impl App {
    /// One look over everything that runs; how many things were told.
    pub async fn sweep_limits(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut told = 0;
        loop {
            let found = ladder::nodes_to_look_at(&mut *self.db.read().await?, now, AT_A_TIME).await?;
            if found.is_empty() {
                break;
            }
            for (node, deal) in found {
                told += self.look_at_node(node, deal, now).await?;
            }
        }
        let reviews = ladder::reviews_owed(&mut *self.db.read().await?, AT_A_TIME).await?;
        for review in reviews {
            told += self.look_at_review(&review, now).await?;
        }
        let duties = ladder::duties_owed(&mut *self.db.read().await?, AT_A_TIME).await?;
        for duty in duties {
            told += self.look_at_duty(&duty, now).await?;
        }
        Ok(told + self.digest(now).await?)
    }

    async fn look_at_node(&self, id: NodeId, deal: DealId, now: DateTime<Utc>) -> Result<u64, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        cases::lock_deal(&mut tx, deal).await?;
        let Some(case) = cases::of_deal(tx.conn(), deal, now).await? else { return Ok(0) };
        let found = case.round.as_ref().and_then(|r| Some((r, r.nodes.iter().find(|n| n.id == id)?)));
        let Some((round, node)) = found.filter(|(_, n)| n.status == NodeStatus::Open) else {
            ladder::look_again(&mut tx, id, None).await?;
            tx.commit().await?;
            return Ok(0);
        };
        if let Some(call) = node.open_call() {
            ladder::look_again(&mut tx, id, call.due_at.map(|due| due.max(now + TimeDelta::minutes(1)))).await?;
            let told = self.look_at_signer(&mut tx, &case, node, now).await?;
            tx.commit().await?;
            return Ok(told);
        }
        let on_call = Calendar::on_call();
        let calendar: &Calendar = match node.profile {
            Profile::OnCall => &on_call,
            Profile::Standard => self.calendar.of_department(node.kind.department()),
        };
        let (Some(started_at), Some(due_at)) = (node.arrived_at, node.due_at) else { return Ok(0) };
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
        let people: Vec<Colleague> = people::all(tx.conn()).await?.iter().map(people::Person::colleague).collect();
        let mut recipients: Vec<PersonId> = match &node.claimed_by {
            Some(by) => vec![by.id],
            None => policy::pool(node.kind, case, &people).iter().map(|c| c.actor.id).collect(),
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
        rounds::apply_to_node(tx, event, None, now).await?;
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
        if due_at > now || !is_working(&self.calendar, now) || !ladder::give(tx, &subject, Alarm::Overdue, now).await? {
            return Ok(0);
        }
        self.notify(tx, case, &subject, "node_overdue", vec![call.of.id, call.asked_by.id], now).await?;
        Ok(1)
    }

    async fn look_at_review(&self, review: &OwedReview, now: DateTime<Utc>) -> Result<u64, Failure> {
        let running = Running {
            started_at: review.opened_at,
            due_at: review.due_at,
            limit: self
                .calendar
                .of_department(review.kind.department())
                .working_minutes_between(review.opened_at, review.due_at),
            paused: crate::domain::calendar::WorkingMinutes::ZERO,
            profile: Profile::Standard,
        };
        let about =
            Owed { subject: format!("post_review:{}", review.id), kind: "post_review", role: review.kind.role() };
        self.look_at(&about, review.deal, review.kind, &running, now, |case| {
            case.post_reviews.iter().any(|p| p.id == review.id && p.status == PostReviewStatus::Open)
        })
        .await
    }

    async fn look_at_duty(&self, duty: &OwedDuty, now: DateTime<Utc>) -> Result<u64, Failure> {
        let running = Running {
            started_at: duty.asked_at,
            due_at: duty.due_at,
            limit: self.calendar.working_minutes_between(duty.asked_at, duty.due_at),
            paused: crate::domain::calendar::WorkingMinutes::ZERO,
            profile: Profile::Standard,
        };
        let subject = format!("change_duty:{}:{}", duty.change, duty.department);
        let about = Owed { subject, kind: "change_duty", role: super::tell::role_of(duty.department) };
        self.look_at(&about, duty.deal, NodeKind::SalesManager, &running, now, |case| {
            let change = case.open_change().filter(|c| c.id == duty.change);
            change.is_some_and(|c| c.duties.iter().any(|d| d.department == duty.department && d.said.is_none()))
        })
        .await
    }

    /// Something a department owes outside the round.
    async fn look_at(
        &self,
        about: &Owed,
        deal: DealId,
        node: NodeKind,
        running: &Running,
        now: DateTime<Utc>,
        still_owed: impl Fn(&Case) -> bool,
    ) -> Result<u64, Failure> {
        if running.due(&[], &self.calendar, now).is_empty() {
            return Ok(0);
        }
        let mut tx = Tx::begin(&self.db, None).await?;
        cases::lock_deal(&mut tx, deal).await?;
        let Some(case) = cases::of_deal(tx.conn(), deal, now).await?.filter(still_owed) else { return Ok(0) };
        let given = ladder::given(tx.conn(), &about.subject).await?;
        let mut told = 0;
        for alarm in running.due(&given, &self.calendar, now) {
            if !ladder::give(&mut tx, &about.subject, alarm, now).await? {
                continue;
            }
            told += 1;
            let manager = case.deal.as_ref().and_then(|d| d.owner_manager).filter(|_| about.role == Role::SalesManager);
            let recipients = match alarm {
                Alarm::Reminder => notices::holders(tx.conn(), about.role, manager).await?,
                Alarm::Overdue => {
                    let mut all = notices::holders(tx.conn(), about.role, manager).await?;
                    all.extend(case.deal.as_ref().map(|d| d.owner));
                    all
                }
                Alarm::Escalation => {
                    let people: Vec<Colleague> =
                        people::all(tx.conn()).await?.iter().map(people::Person::colleague).collect();
                    let to = policy::superior(node, ApprovalPath::Standard, &case, &people);
                    to.map(|c| c.actor.id).into_iter().collect()
                }
            };
            let kind =
                format!("{}_{}", about.kind, if alarm == Alarm::Escalation { "escalated" } else { alarm.code() });
            self.notify(&mut tx, &case, &format!("{}:{alarm}", about.subject), &kind, recipients, now).await?;
        }
        tx.commit().await?;
        Ok(told)
    }

    /// From nine on every working day the general manager is told once that something is long overdue.
    async fn digest(&self, now: DateTime<Utc>) -> Result<u64, Failure> {
        let local = now.with_timezone(&ZONE);
        if local.hour() < DIGEST_HOUR || !is_working(&self.calendar, now) {
            return Ok(0);
        }
        let on_call = Calendar::on_call();
        let overdue = ladder::long_overdue(&mut *self.db.read().await?, now - TimeDelta::hours(8), AT_A_TIME).await?;
        let stands = overdue.iter().any(|(due_at, profile)| {
            let calendar = if *profile == Profile::OnCall { &on_call } else { &*self.calendar };
            calendar.working_minutes_between(*due_at, now) >= crate::domain::round::ladder::TO_DIGEST
        });
        if !stands {
            return Ok(0);
        }
        let mut tx = Tx::begin(&self.db, None).await?;
        let mut told = 0;
        for recipient in notices::holders(tx.conn(), Role::GeneralManager, None).await? {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("digest:{}:{recipient}", local_date(now)),
                recipient,
                deal: None,
                customer: None,
                kind: "overdue_digest",
            };
            told += notices::add(&mut tx, &notice, now).await?;
        }
        tx.commit().await?;
        Ok(told)
    }
}

/// What is owed, for the key and the words of its notices, and to whom it belongs.
struct Owed {
    subject: String,
    kind: &'static str,
    role: Role,
}

/// A node on the on-call clock rises as the fast path does.
fn path_of(round: &Round, node: &Node) -> ApprovalPath {
    if node.profile == Profile::OnCall { ApprovalPath::Fast } else { round.path }
}
