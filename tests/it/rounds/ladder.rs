//! What time does to a limit: each thing once, however often and by how many it is looked at, and
//! wherever a look is stopped. Nothing is ever decided by time.

use super::acts::{at_technical, blockers, node};
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use crate::walls::Attacker;
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::jobs::{Did, sweep};
use rust_decimal::dec;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// How many notices of each kind there are, for each person.
async fn told(w: &World) -> BTreeMap<(String, String), i64> {
    let mut conn = w.database.app_connection().await;
    sqlx::query(
        "SELECT p.login, o.kind, count(*) AS n FROM outbox o JOIN person p ON p.id = o.recipient_id
         WHERE o.kind LIKE 'node\\_%' OR o.kind LIKE 'post\\_review\\_%' OR o.kind LIKE 'change\\_duty\\_%' OR o.kind = 'overdue_digest' GROUP BY p.login, o.kind",
    )
    .fetch_all(&mut conn)
    .await
    .expect("readable")
    .iter()
    .map(|r| ((r.get(0), r.get(1)), r.get(2)))
    .collect()
}

fn of(pairs: &[(&str, &str)]) -> BTreeMap<(String, String), i64> {
    pairs.iter().map(|(who, kind)| (((*who).to_owned(), (*kind).to_owned()), 1)).collect()
}

async fn look(w: &World, at: &str) -> Did {
    w.at(at);
    sweep(&w.app).await.expect("a look")
}

#[tokio::test]
async fn each_rung_is_climbed_once() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    // Thursday 10:20 and one working day: reminder 17:20, due Friday 10:20, the superior 15:20.
    assert_eq!(look(&w, "09-17 17:19").await, Did::Idle);
    assert_eq!(look(&w, "09-17 17:20").await, Did::Worked);
    assert_eq!(look(&w, "09-17 17:20").await, Did::Idle);
    let mut expected = of(&[("zhoukai", "node_reminder")]);
    assert_eq!(told(&w).await, expected);
    look(&w, "09-18 10:19").await;
    assert_eq!(told(&w).await, expected);
    assert_eq!(look(&w, "09-18 10:20").await, Did::Worked);
    expected.extend(of(&[("zhoukai", "node_overdue"), ("wangmin", "node_overdue")]));
    assert_eq!(told(&w).await, expected);
    let escalate_at =
        w.app.calendar.add_working_minutes(moment("09-18 10:20"), kuaidan::domain::calendar::WorkingMinutes::hours(4));
    w.clock.set(escalate_at);
    sweep(&w.app).await.expect("a look");
    expected.extend(of(&[("chenjing", "node_escalated")]));
    assert_eq!(told(&w).await, expected);
    let technical = node(&w, &deal, NodeKind::Technical).await;
    assert_eq!(technical.status, NodeStatus::Open, "time decides nothing");
    assert_eq!(technical.escalated_to.map(|p| p.name), Some("陈静".to_owned()));
    // The digest: from eight working hours after the due moment on, daily at nine.
    look(&w, "09-20 08:59").await;
    assert_eq!(told(&w).await, expected, "before nine on the make-up Sunday");
    look(&w, "09-21 09:00").await;
    expected.extend(of(&[("liujianguo", "overdue_digest"), ("hemin", "overdue_digest")]));
    let digest = told(&w).await;
    assert_eq!(digest.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    let before = digest[&("hemin".to_owned(), "overdue_digest".to_owned())];
    look(&w, "09-21 15:00").await;
    assert_eq!(told(&w).await, digest, "once a day");
    look(&w, "09-22 09:00").await;
    assert_eq!(told(&w).await[&("hemin".to_owned(), "overdue_digest".to_owned())], before + 1);
    // The superior may decide now, and so may the department; whoever comes second is told.
    w.must("chenjing", &deal, &[], decide(NodeKind::Technical, Decision::Approve, None)).await;
    let second = w.act("zhoukai", &deal, &[], decide(NodeKind::Technical, Decision::Approve, None)).await;
    assert!(matches!(blockers(second).as_slice(), [Blocker::AlreadyDecided { by, .. }] if by == "陈静"));
}

#[tokio::test]
async fn a_claim_lapses_when_its_time_is_over() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    w.must("zhoukai", &deal, &[], Command::ClaimNode { node: NodeKind::Technical }).await;
    look(&w, "09-18 10:20").await;
    assert_eq!(node(&w, &deal, NodeKind::Technical).await.claimed_by, None);
}

#[tokio::test]
async fn a_clock_that_stands_still_reminds_nobody() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    w.must(
        "zhoukai",
        &deal,
        &[],
        Command::AskRep { node: NodeKind::Technical, comment: "安装高度是多少？".to_owned() },
    )
    .await;
    for at in ["09-17 17:20", "09-18 10:20", "09-18 17:00"] {
        look(&w, at).await;
    }
    assert!(told(&w).await.is_empty(), "{:?}", told(&w).await);
    let answer = Command::AnswerCall { node: NodeKind::Technical, result: None, comment: "2.1 米".to_owned() };
    w.must("wangmin", &deal, &[], answer).await;
    let due = node(&w, &deal, NodeKind::Technical).await.due_at.expect("due");
    assert!(due > w.now());
    w.clock.set(due);
    sweep(&w.app).await.expect("a look");
    assert!(told(&w).await.contains_key(&("zhoukai".to_owned(), "node_overdue".to_owned())));
}

fn urgent() -> Plan {
    Plan {
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..Plan::default()
    }
}

#[tokio::test]
async fn the_fast_path_goes_to_the_general_manager_at_once_and_its_reviews_are_chased() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &urgent()).await;
    look(&w, "09-17 11:20").await;
    assert_eq!(told(&w).await, of(&[("chenjing", "node_reminder")]));
    look(&w, "09-17 12:20").await;
    let escalated = node(&w, &deal, NodeKind::UrgentDirector).await.escalated_to.map(|p| p.name);
    assert_eq!(escalated, Some("刘建国".to_owned()), "at once");
    w.must("liujianguo", &deal, &[], decide(NodeKind::UrgentDirector, Decision::Approve, None)).await;
    let due = w.case(&deal).await.post_reviews[0].due_at;
    // Due at noon; nobody is told in the lunch hour.
    w.clock.set(due + chrono::TimeDelta::minutes(70));
    sweep(&w.app).await.expect("a look");
    let found = told(&w).await;
    for login in ["wufang", "liqiang"] {
        assert!(found.contains_key(&(login.to_owned(), "post_review_overdue".to_owned())), "{login}: {found:?}");
    }
    w.clock.set(w.app.calendar.add_working_minutes(due, kuaidan::domain::calendar::WorkingMinutes::hours(4)));
    sweep(&w.app).await.expect("a look");
    let found = told(&w).await;
    assert!(found.keys().any(|(_, kind)| kind == "post_review_escalated"), "{found:?}");
    sweep(&w.app).await.expect("a look");
    assert_eq!(told(&w).await, found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_is_stopped_anywhere_or_made_by_two_tells_everything_once() {
    let w = World::new().await;
    // A look commits node by node: the more nodes, the more places it is stopped at.
    for _ in 0..16 {
        at_technical(&w).await;
    }
    w.at("09-18 16:00");
    let (gate, app) = w.gated().await;
    let mut questions = 0;
    while Box::pin(gate.stop_after(questions, app.sweep_limits())).await.is_none() {
        questions += 1;
        assert!(questions < 400, "it never ends");
    }
    assert!(questions > 20, "it was stopped in the middle, {questions} times");
    let (one, other) = tokio::join!(w.app.sweep_limits(), w.app.sweep_limits());
    assert_eq!((one.expect("a look"), other.expect("a look")), (0, 0));
    let found = told(&w).await;
    assert_eq!(found[&("zhoukai".to_owned(), "node_overdue".to_owned())], 16, "{found:?}");
    assert_eq!(found[&("chenjing".to_owned(), "node_escalated".to_owned())], 16, "{found:?}");

    for _ in 0..3 {
        at_technical(&w).await;
    }
    w.at("09-22 16:00");
    let (one, other) = tokio::join!(w.app.sweep_limits(), w.app.sweep_limits());
    assert!(one.expect("a look") + other.expect("a look") >= 6);
    let found = told(&w).await;
    assert_eq!(found[&("zhoukai".to_owned(), "node_overdue".to_owned())], 19, "{found:?}");
    assert_eq!(found[&("chenjing".to_owned(), "node_escalated".to_owned())], 19, "{found:?}");
}

#[tokio::test]
async fn the_database_lets_only_an_overdue_node_rise_once_to_a_superior() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let id = node(&w, &deal, NodeKind::Technical).await.id;
    let rise = |to: &str, at: &str| {
        format!("UPDATE approval_node SET escalated_to = '{}', escalated_at = '{at}' WHERE id = '{id}'", w.id(to))
    };
    let (early, late) = ("2026-09-18 02:19+00", "2026-09-18 07:20+00");
    let system = "SELECT set_config('kuaidan.actor', 'system', true)";
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for (to, at) in [("chenjing", early), ("zhaoliu", late), ("wangmin", late), ("admin", late)] {
            attacker.refused_after(system, &rise(to, at), "42501", "rises").await;
        }
        attacker.succeeds(system, &rise("chenjing", late)).await;
        let twice = format!("{system}; {}", rise("chenjing", late));
        attacker.refused_after(&twice, &rise("liujianguo", late), "42501", "rises").await;
    }
    for login in ["liujianguo", "chenjing", "zhoukai"] {
        let attacker = Attacker::app(&w).await.acting(w.id(login));
        let mut attacker = attacker;
        attacker.refused(&rise("chenjing", late), "42501", "rises").await;
    }
}
