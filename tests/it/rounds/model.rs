//! The laws of the approval, tried by people who do whatever they like: a hundred thousand commands
//! on the pure core, and some hundred walks through the database.
//!
//! The laws: nothing is sent or accepted without the consent of every node of its route; the fast path only
//! with the director (or, for the director's own, the general manager) and while the deal is urgent; nobody decides
//! their own, or two nodes; what is refused changes nothing; the events replayed are the state.

use crate::harness::stages::{Plan, Stage, sheet};
use crate::harness::world::{World, moment};
use chrono::{DateTime, TimeDelta, Utc};
use kuaidan::app::Failure;
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind, NodeStatus, Round, RoundStatus};
use kuaidan::domain::calendar::Calendar;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::delegation::Mandate;
use kuaidan::domain::ids::{AttachmentId, DelegationId, PersonId};
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::policy;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::requirement::{RequirementConfirmMethod, RequirementStatus};
use kuaidan::domain::round::{Colleague, ConditionKind, Named, ReturnTo, Sheet, SignResult, Verdict, ledger};
use kuaidan::domain::staff::{Actor, Role};
use kuaidan::domain::workflow::{Case, Command, Event, Supply, decide, replay};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::dec;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Walks on the pure core, and commands in each.
const WALKS: u32 = 500;
const STEPS: usize = 200;
/// Walks through the database, and commands in each, unless `KUAIDAN_WALKS=10000x40` or the like asks for more.
const STORED: (u64, u64) = (300, 8);

fn stored_walks() -> (u64, u64) {
    let Some(asked) = std::env::var_os("KUAIDAN_WALKS").and_then(|asked| asked.into_string().ok()) else {
        return STORED;
    };
    let parts = asked.split_once('x').and_then(|(walks, steps)| Some((walks.parse().ok()?, steps.parse().ok()?)));
    parts.unwrap_or_else(|| panic!("KUAIDAN_WALKS is walks x steps, such as 10000x40, and not {asked:?}"))
}

/// One throw of the dice: what, who, which node, how.
type Throw = (u8, u8, u8, u8);

/// Who plays, and from where.
#[derive(Clone)]
struct Board {
    start: Case,
    people: Vec<Colleague>,
    delegate: Actor,
}

impl Board {
    /// A route with every department: a product never sold that stock does not cover, on credit.
    async fn make(w: &World, urgency: Option<Urgency>) -> Self {
        let plan = Plan {
            lines: vec![("QM-98", dec!(8), None)],
            terms: vec![(dec!(100), kuaidan::domain::quote::PaymentTrigger::AfterSignOff, 30)],
            urgency,
            ..Plan::default()
        };
        let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
        let mut people: Vec<Colleague> = w.logins().map(|login| w.colleague(login)).collect();
        people.sort_by_key(|c| c.actor.id);
        let mandate = |number, of, kind| Mandate {
            delegation: DelegationId(Uuid::from_u128(number)),
            of: w.actor(of),
            kinds: vec![kind],
            cap: None,
            until: moment("12-31 00:00"),
        };
        let delegate = w.actor("zhaoliu").acting_for(vec![
            mandate(1, "liqiang", NodeKind::SalesManager),
            mandate(2, "liujianguo", NodeKind::GeneralManager),
        ]);
        Self { start: w.case(&deal).await, people, delegate }
    }

    /// The same without somebody.
    fn without(mut self, person: PersonId) -> Self {
        self.people.retain(|c| c.actor.id != person);
        self
    }

    fn actor(&self, who: u8, case: &Case) -> Actor {
        let count = self.people.len();
        // More often than not somebody whose turn it is, else the dice would mostly be refused.
        if !who.is_multiple_of(3) {
            return self.whose_turn(case).unwrap_or_else(|| self.owner());
        }
        match usize::from(who / 3) % (count + 3) {
            place if place < count => self.people[place].actor.clone(),
            place if place == count => self.delegate.clone(),
            _ => self.owner(),
        }
    }

    /// Who was asked, took or may decide an open node, or reopens what was rejected; otherwise it is the owner's turn.
    fn whose_turn(&self, case: &Case) -> Option<Actor> {
        let by_id = |id: PersonId| self.people.iter().find(|c| c.actor.id == id);
        let open = case.round.iter().flat_map(|r| &r.nodes).find(|n| n.status == NodeStatus::Open);
        let found = match open {
            Some(node) => match (node.open_call(), &node.claimed_by) {
                (Some(call), _) => by_id(call.of.id),
                (None, Some(by)) => by_id(by.id),
                (None, None) => self.people.iter().find(|c| policy::may_decide(&c.actor, node.kind, case).is_ok()),
            },
            None if is_rejected(case) => self.people.iter().find(|c| c.actor.has(Role::SalesDirector)),
            None => None,
        };
        found.map(|c| c.actor.clone())
    }

    fn owner(&self) -> Actor {
        let owner = self.start.deal.as_ref().map(|d| d.owner).expect("a deal");
        self.people.iter().find(|c| c.actor.id == owner).map(|c| c.actor.clone()).expect("the owner works here")
    }
}

fn is_rejected(case: &Case) -> bool {
    case.quote.as_ref().is_some_and(|q| q.status == QuoteStatus::Rejected)
}

fn kind(case: &Case, node: u8) -> NodeKind {
    let nodes: Vec<NodeKind> = case.round.iter().flat_map(|r| &r.nodes).map(|n| n.kind).collect();
    let open: Vec<NodeKind> =
        case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.status == NodeStatus::Open).map(|n| n.kind).collect();
    let of = |all: &[NodeKind]| all[usize::from(node) % all.len()];
    if !node.is_multiple_of(4) && !open.is_empty() {
        of(&open)
    } else if nodes.is_empty() {
        of(NodeKind::ALL)
    } else {
        of(&nodes)
    }
}

fn verdict(case: &Case, node: NodeKind, how: u8) -> Verdict {
    let decision = match how % 8 {
        0..=4 => Decision::Approve,
        5 => Decision::ApproveCond,
        6 => Decision::Return,
        _ => Decision::Reject,
    };
    let hash = case.round.as_ref().map(|r| r.content_hash.clone());
    Verdict {
        comment: (!how.is_multiple_of(11)).then(|| "意见写在这里".to_owned()),
        return_to: match how % 5 {
            0 => Some(ReturnTo::Requirement),
            1 => Some(ReturnTo::Quote),
            _ => None,
        },
        condition: how.is_multiple_of(3).then_some(ConditionKind::Blocking),
        sheet: if how.is_multiple_of(13) { Sheet::default() } else { sheet(node) },
        seen: match how % 9 {
            0 => Some(vec![0; 32]),
            1..=4 => hash,
            _ => None,
        },
        ..Verdict::new(node, decision, None)
    }
}

/// The command of a throw; what cannot be said at all is nothing.
fn command(board: &Board, case: &Case, (what, who, node, how): Throw, now: DateTime<Utc>) -> Option<Command> {
    let is_idle = !case.round.iter().flat_map(|r| &r.nodes).any(|n| n.status == NodeStatus::Open);
    let node = kind(case, node);
    let comment = || "请先确认物料".to_owned();
    let colleague = || Box::new(board.people[usize::from(who ^ how) % board.people.len()].clone());
    Some(match what % 24 {
        // What was rejected goes on only once it is reopened.
        0 | 1 if is_rejected(case) => Command::ReopenQuoting,
        0 | 1 => Command::SubmitQuote,
        2 => Command::WithdrawQuote,
        // Nobody is asked anything: what is thrown for the nodes takes the deal a step on instead.
        3..=11 if is_idle => onwards(board, case, now)?,
        3..=11 => Command::DecideNode(Box::new(verdict(case, node, how))),
        12 => Command::ClaimNode { node },
        13 => Command::GiveBackNode { node },
        14 => Command::HandOverNode { node, to: colleague(), comment: comment() },
        15 => Command::AddSigner { node, signer: colleague(), comment: comment() },
        16 => Command::AskRep { node, comment: comment() },
        17 | 18 => {
            Command::AnswerCall { node, result: (how % 2 == 0).then_some(SignResult::Agree), comment: comment() }
        }
        19 => match how % 5 {
            0 => Command::RecallCall { node },
            1 => Command::AcknowledgeCondition { node },
            2 => Command::AttachEvidence { node, file: AttachmentId(Uuid::from_u128(u128::from(how))) },
            3 => Command::DropUrgency { reason: "客户改期，不再紧急".to_owned() },
            _ => Command::ReopenQuoting,
        },
        20 => settle_requirement(case, now),
        21 => save_quote(board, case)?,
        22 => Command::SendQuote,
        _ => match how % 3 {
            0 => Command::ReviseRequirement,
            _ => accept(now),
        },
    })
}

/// What the owner, or for a rejected quote the director, does next to bring the deal forward.
fn onwards(board: &Board, case: &Case, now: DateTime<Utc>) -> Option<Command> {
    if case.requirement.as_ref().is_some_and(|r| r.status != RequirementStatus::Confirmed) {
        return Some(settle_requirement(case, now));
    }
    match case.quote.as_ref().map(|q| q.status) {
        Some(QuoteStatus::Rejected) => Some(Command::ReopenQuoting),
        Some(QuoteStatus::Draft) => Some(Command::SubmitQuote),
        Some(QuoteStatus::Approved) => Some(Command::SendQuote),
        Some(QuoteStatus::Sent) => Some(accept(now)),
        _ => save_quote(board, case),
    }
}

fn settle_requirement(case: &Case, now: DateTime<Utc>) -> Command {
    match case.requirement.as_ref().map(|r| r.status) {
        Some(RequirementStatus::Draft) => Command::SendRequirement,
        _ => Command::ConfirmRequirement {
            method: RequirementConfirmMethod::Email,
            contact: "李娜".to_owned(),
            file: Some(AttachmentId(Uuid::from_u128(7))),
            at: now,
        },
    }
}

fn save_quote(board: &Board, case: &Case) -> Option<Command> {
    let quote = board.start.quote.as_ref()?;
    let mut priced = quote.priced.clone();
    // A newer requirement has lines of its own.
    for (line, wanted) in priced.lines.iter_mut().zip(&case.requirement.as_ref()?.content.lines) {
        line.requirement_line = Some(wanted.id);
    }
    Some(Command::SaveQuote { terms: Box::new(quote.terms.clone()), priced: Box::new(priced) })
}

fn accept(now: DateTime<Utc>) -> Command {
    Command::RecordAcceptance {
        kind: AcceptanceKind::Email,
        accepted_at: now,
        file: AttachmentId(Uuid::from_u128(9)),
        po_no: None,
        po_check: None,
    }
}

/// Everything that has to be true of a case, whatever was done to it.
fn laws(case: &Case, board: &Board, calendar: &Calendar, now: DateTime<Utc>) {
    let owner = case.deal.as_ref().expect("a deal").owner;
    let Some(quote) = &case.quote else { return };
    let lives = matches!(quote.status, QuoteStatus::Approved | QuoteStatus::Sent | QuoteStatus::Accepted);
    let Some(round) = &case.round else {
        assert!(!lives, "approved without a round");
        return;
    };
    if lives {
        assert_eq!((round.quote, round.status), (quote.id, RoundStatus::Approved));
        assert_eq!(Some(&round.content_hash), quote.content_hash.as_ref(), "what was approved is what is sent");
        assert_eq!(quote.fingerprint(), round.content_hash);
    }
    let is_urgent = case.deal.as_ref().is_some_and(|d| d.urgency.is_some());
    if lives && quote.status != QuoteStatus::Accepted || round.status == RoundStatus::Open {
        assert!(is_urgent || round.path == ApprovalPath::Standard, "without the mark nothing goes the fast way");
    }
    consents(round, board, owner);
    for node in &round.nodes {
        let is_over = !matches!(node.status, NodeStatus::Open | NodeStatus::Waiting);
        assert_eq!(node.holds.last().is_some_and(|h| h.until.is_none()), node.status == NodeStatus::Open);
        assert!(node.holds.windows(2).all(|pair| pair[0].until == Some(pair[1].from)), "{:?}", node.holds);
        assert_eq!(node.holds.first().map(|h| h.from), node.arrived_at);
        if is_over || round.status != RoundStatus::Open {
            assert!(node.open_call().is_none() && node.status != NodeStatus::Open, "{node:?}");
        }
        let (Some(arrived), Some(due)) = (node.arrived_at, node.due_at) else { continue };
        let lines = ledger::of_node(node, calendar, now);
        let end = node.holds.last().and_then(|h| h.until).unwrap_or(now);
        assert_eq!(ledger::total(&lines), calendar.working_minutes_between(arrived, end));
        if node.open_call().is_none() && !is_over && node.profile == kuaidan::domain::calendar::Profile::Standard {
            let allowed = node.limit + ledger::paused(&lines);
            assert_eq!(calendar.working_minutes_between(arrived, due), allowed, "the limit and its pauses");
        }
    }
    let stages: Vec<i32> =
        round.nodes.iter().filter(|n| n.status == NodeStatus::Open).map(|n| n.kind.stage()).collect();
    assert!(stages.windows(2).all(|pair| pair[0] == pair[1]), "one stage at a time");
    for node in round.nodes.iter().filter(|n| n.status == NodeStatus::Open && n.open_call().is_none()) {
        let somebody = board.people.iter().any(|c| policy::may_decide(&c.actor, node.kind, case).is_ok());
        let later = || policy::superior(node.kind, round.path, case, &board.people).is_some();
        assert!(somebody || later(), "nobody can ever end {:?} of {:?}", node.kind, round.nodes);
    }
}

fn consents(round: &Round, board: &Board, owner: PersonId) {
    let mut deciders = Vec::new();
    for node in &round.nodes {
        let Some(decided) = &node.decided else { continue };
        assert!(decided.by != owner && decided.by != round.requested_by, "nobody decides their own");
        let principal = decided.on_behalf.as_ref().map_or(decided.by, |p| p.id);
        assert!(principal != owner && principal != round.requested_by);
        let has_role =
            board.people.iter().find(|c| c.actor.id == principal).is_some_and(|c| c.actor.has(node.kind.role()));
        let is_superior = node.escalated_to.as_ref().is_some_and(|p| p.id == principal);
        assert!(has_role || is_superior, "{:?} by {decided:?}", node.kind);
        deciders.extend([Some(decided.by), decided.on_behalf.as_ref().map(|p| p.id)].into_iter().flatten());
    }
    let all = deciders.len();
    deciders.sort_unstable();
    deciders.dedup();
    assert_eq!(deciders.len(), all, "one person decides one node");
    if round.status == RoundStatus::Approved {
        assert!(!round.nodes.is_empty());
        assert!(round.nodes.iter().all(|n| n.status.is_agreed()), "every node consents");
        let at_the_top = [NodeKind::UrgentDirector, NodeKind::GeneralManager];
        if round.path == ApprovalPath::Fast {
            assert!(round.nodes.iter().any(|n| at_the_top.contains(&n.kind) && n.decided.is_some()));
        }
    }
}

/// Plays the throws, one deal after the other; gives back how many commands were let through.
fn play(board: &Board, calendar: &Calendar, throws: &[Throw]) -> u32 {
    let (mut done, mut left) = (0, throws);
    while !left.is_empty() {
        let (let_through, played) = play_deal(board, calendar, left);
        done += let_through;
        left = &left[played..];
    }
    done
}

/// Plays throws until the customer has accepted; how many were let through, and how many were played.
fn play_deal(board: &Board, calendar: &Calendar, throws: &[Throw]) -> (u32, usize) {
    let mut case = board.start.clone();
    let mut now = moment("09-17 11:00");
    let count = Cell::new(1_000_000_u128);
    let ids = AtomicU64::new(1_000_000);
    let next_id = || Uuid::from_u128(u128::from(ids.fetch_add(1, Ordering::Relaxed)));
    let mut history: Vec<(Event, DateTime<Utc>, Option<Actor>)> = Vec::new();
    let (mut done, mut played) = (0, 0);
    let mut apply = |case: &mut Case, event: Event, at: DateTime<Utc>, by: Option<&Actor>| {
        replay::apply(case, &event, at, by);
        history.push((event, at, by.cloned()));
    };
    for throw in throws {
        played += 1;
        now += TimeDelta::minutes(i64::from(throw.3 % 7) * 13);
        escalate(board, &mut case, now, &mut apply);
        let actor = board.actor(throw.1, &case);
        let Some(command) = command(board, &case, *throw, now) else { continue };
        if policy::may_command(&actor, &command, &case).is_err() {
            continue;
        }
        let number = count.get();
        count.set(number + 1);
        let supply = Supply {
            now,
            actor: &actor,
            ids: &next_id,
            number: Some(format!("SP-20260917-{number}")),
            second_number: None,
            calendar,
            company: &board.people,
        };
        let before = case.clone();
        match decide(&case, &command, &supply) {
            Err(blockers) => {
                assert!(!blockers.is_empty(), "a refusal says why");
                assert_eq!(case, before, "refused, unchanged");
            }
            Ok(events) => {
                done += 1;
                for event in events {
                    apply(&mut case, event, now, Some(&actor));
                }
            }
        }
        laws(&case, board, calendar, now);
        if case.quote.as_ref().is_some_and(|q| q.status == QuoteStatus::Accepted) {
            break;
        }
    }
    // Stored as JSON and replayed from the start, the events are the state.
    let mut again = board.start.clone();
    for (event, at, by) in &history {
        let stored = serde_json::to_string(event).expect("an event is JSON");
        replay::apply(&mut again, &serde_json::from_str(&stored).expect("and back"), *at, by.as_ref());
    }
    assert_eq!(again, case);
    (done, played)
}

/// What the look at the limits does: an overdue node rises.
fn escalate(
    board: &Board,
    case: &mut Case,
    now: DateTime<Utc>,
    apply: &mut impl FnMut(&mut Case, Event, DateTime<Utc>, Option<&Actor>),
) {
    let Some(round) = &case.round else { return };
    let late = round.nodes.iter().find(|n| {
        n.status == NodeStatus::Open
            && n.escalated_to.is_none()
            && n.open_call().is_none()
            && n.due_at.is_some_and(|due| due + TimeDelta::hours(4) < now)
    });
    let Some(node) = late else { return };
    let Some(to) = policy::superior(node.kind, round.path, case, &board.people) else { return };
    let to = Named { id: to.actor.id, name: to.actor.name.clone() };
    let event = Event::NodeEscalated { id: node.id, node: node.kind, to };
    apply(case, event, now, None);
}

fn urgent() -> Urgency {
    Urgency {
        reason: UrgentReason::Promotion,
        text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
        needed_at: moment("09-19 10:00"),
    }
}

#[tokio::test]
async fn a_hundred_thousand_commands_break_no_law() {
    let w = World::new().await;
    let two = [Board::make(&w, None).await, Board::make(&w, Some(urgent())).await];
    // And a house with one general manager, where a superior's vote is the last one there is.
    let boards = [two.clone(), two.map(|b| b.without(w.id("hemin")))].concat();
    let calendar = Calendar::standard();
    let done = Cell::new(0_u32);
    let mut runner = TestRunner::new(Config { cases: WALKS, failure_persistence: None, ..Config::default() });
    let throws = prop::collection::vec(any::<Throw>(), STEPS);
    let outcome = runner.run(&(0..boards.len(), throws), |(board, throws)| {
        done.set(done.get() + play(&boards[board], &calendar, &throws));
        Ok(())
    });
    if let Err(broken) = outcome {
        panic!("{broken}");
    }
    // The checks of a round refuse most of what is thrown at random.
    assert!(done.get() > 8_000, "of {} commands only {} were let through", WALKS * 200, done.get());
}

/// The same dice for every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0.to_be_bytes()[2]
    }
}

/// The deal's stored events from the first round on, replayed on the case of before.
async fn replayed(w: &World, deal: &str, start: &Case, from_seq: i32) -> Case {
    use sqlx::Row as _;
    let mut conn = w.database.app_connection().await;
    let rows = sqlx::query(
        "SELECT e.payload, e.at, e.actor_id, p.name FROM event e JOIN deal d ON d.id = e.stream_id LEFT JOIN person p ON p.id = e.actor_id
         WHERE e.stream_kind = 'deal' AND d.no = $1 AND e.seq > $2 ORDER BY e.seq",
    )
    .bind(deal)
    .bind(from_seq)
    .fetch_all(&mut conn)
    .await
    .expect("readable");
    let mut case = start.clone();
    for row in rows {
        let event: Event = serde_json::from_value(row.get("payload")).expect("an event");
        let actor = row.get::<Option<Uuid>, _>("actor_id").map(|id| Actor {
            id: PersonId(id),
            name: row.get("name"),
            roles: Vec::new(),
            manager: None,
            mandates: Vec::new(),
        });
        replay::apply(&mut case, &event, row.get("at"), actor.as_ref());
    }
    case
}

/// A question names its rep by id only.
fn without_names(round: Option<Round>) -> Option<Round> {
    round.map(|mut r| {
        for node in &mut r.nodes {
            node.holds.iter_mut().filter_map(|h| h.holder.as_mut()).for_each(|p| p.name.clear());
            node.calls.iter_mut().for_each(|c| c.of.name.clear());
        }
        r
    })
}

/// What a person's lists hold opens, and what opens their lists hold, except for those whom the round called in.
async fn lists_and_pages_agree(w: &World, case: &Case, board: &Board) {
    let deal = case.deal.as_ref().expect("a deal");
    let mut conn = w.app.db.read().await.expect("a connection");
    let marked = kuaidan::store::live::marked(&mut conn, &[deal.id.0], &[]).await.expect("readable");
    for colleague in &board.people {
        let actor = &colleague.actor;
        let is_listed = policy::hears_of(policy::visible_deals(actor), &marked[0].facts);
        let opens = policy::sees_deal(actor, case);
        assert_eq!(opens, is_listed || policy::is_called_in(actor, case), "{}: {:?}", actor.name, marked[0].facts);
    }
}

async fn walk(w: &World, board: &Board, plan: &Plan, steps: u64, mut dice: Dice) {
    let deal = w.deal_at(Stage::QuoteSubmitted, plan).await;
    let start = w.case(&deal).await;
    let mut conn = w.database.app_connection().await;
    let from_seq: i32 = sqlx::query_scalar(
        "SELECT max(e.seq) FROM event e JOIN deal d ON d.id = e.stream_id WHERE e.stream_kind = 'deal' AND d.no = $1",
    )
    .bind(&deal)
    .fetch_one(&mut conn)
    .await
    .expect("readable");
    drop(conn);
    for _ in 0..steps {
        let throw = (dice.throw(), dice.throw(), dice.throw(), dice.throw());
        let case = w.case(&deal).await;
        // Mandates are what the database says, not what the board deals out.
        let actor = Actor { mandates: Vec::new(), ..board.actor(throw.1, &case) };
        // Only acts on the round: files and prices have tests of their own.
        let what = 2 + throw.0 % 18;
        let Some(command) = command(board, &case, (what, throw.1, throw.2, throw.3), w.now()) else { continue };
        if matches!(
            command,
            Command::AttachEvidence { .. }
                | Command::ReopenQuoting
                | Command::SaveQuote { .. }
                | Command::ConfirmRequirement { .. }
                | Command::RecordAcceptance { .. }
        ) {
            continue;
        }
        let version = case.deal.as_ref().map_or(0, |d| d.version);
        match w.app.act_on_deal(&w.by(&actor, &[], None), &deal, version, command).await {
            Ok(_) => w.standing_is_kept(&deal).await,
            Err(Failure::Blocked { .. } | Failure::Denied(_) | Failure::NotFound | Failure::Stale { .. }) => {
                let after = w.case(&deal).await;
                assert_eq!((after.round, after.quote), (case.round, case.quote), "refused, unchanged");
            }
            Err(other) => panic!("{}", crate::harness::world::told(&other)),
        }
        let stored = w.case(&deal).await;
        laws(&stored, board, &w.app.calendar, w.now());
        lists_and_pages_agree(w, &stored, board).await;
        let told = replayed(w, &deal, &start, from_seq).await;
        assert_eq!(without_names(told.round), without_names(stored.round.clone()), "the events are the state");
        let status =
            |c: &Case| (c.quote.as_ref().map(|q| q.status), c.requirement.as_ref().map(|r| (r.version_no, r.status)));
        assert_eq!(status(&replayed(w, &deal, &start, from_seq).await), status(&stored));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn some_hundred_walks_through_the_database_break_no_law() {
    let w = Arc::new(World::new().await);
    let board = Arc::new(Board::make(&w, None).await);
    let plan = Plan {
        customer: Some(w.archived_customer().await),
        lines: vec![("QM-98", dec!(8), None)],
        terms: vec![(dec!(100), kuaidan::domain::quote::PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let (walks, steps) = stored_walks();
    let mut walkers = JoinSet::new();
    for walker in 0..3_u64 {
        let (w, board, plan) = (Arc::clone(&w), Arc::clone(&board), plan.clone());
        walkers.spawn(async move {
            for number in 0..walks / 3 {
                // The seed is the number: what broke is walked again by it.
                Box::pin(walk(&w, &board, &plan, steps, Dice(walker * 1_000_000 + number + 1))).await;
            }
        });
    }
    walkers.join_all().await;
}
