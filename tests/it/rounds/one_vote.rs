//! One person, one vote, in a house with one general manager: a superior takes a node over and keeps no later
//! one from its end (DOMAIN 2.3 rule 2, 3.5, 3.7).

use super::acts::node;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use crate::walls::Attacker;
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus, RoundStatus};
use kuaidan::domain::calendar::WorkingMinutes;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::workflow::Command;
use kuaidan::jobs::sweep;
use rust_decimal::dec;

use NodeKind::{Finance, GeneralManager, SalesDirector, SalesManager, UrgentDirector};

/// Somebody has left the company.
pub async fn leaves(w: &World, login: &str) {
    let mut owner = w.database.owner_connection().await;
    let sql = format!("SET kuaidan.actor = 'system'; UPDATE person SET is_active = false WHERE login = '{login}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut owner).await.expect("an account is closed");
}

async fn with_one_general_manager() -> World {
    let w = World::new().await;
    leaves(&w, "hemin").await;
    w
}

/// Below the floor: finance, the director and the general manager look.
fn dear() -> Plan {
    Plan {
        lines: vec![("QM-65", dec!(10), Some(dec!(6900)))],
        discount_reason: Some("清理库存的样机"),
        ..Plan::default()
    }
}

/// Nobody has touched the node until its superior is asked.
async fn nobody_comes(w: &World, deal: &str, kind: NodeKind) {
    let due = node(w, deal, kind).await.due_at.expect("due");
    w.clock.set(w.app.calendar.add_working_minutes(due, WorkingMinutes::hours(4)));
    sweep(&w.app).await.expect("a look");
}

async fn approves(w: &World, deal: &str, who: &str, kind: NodeKind) {
    w.must(who, deal, &[], decide(kind, Decision::Approve, None)).await;
}

async fn states(w: &World, deal: &str) -> Vec<(NodeKind, NodeStatus)> {
    w.case(deal).await.round.expect("a round").in_order().iter().map(|n| (n.kind, n.status)).collect()
}

#[tokio::test]
async fn the_only_general_manager_takes_the_silent_directors_node_over_and_it_is_one_vote() {
    let w = with_one_general_manager().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &dear()).await;
    approves(&w, &deal, "liqiang", SalesManager).await;
    approves(&w, &deal, "wufang", Finance).await;
    nobody_comes(&w, &deal, SalesDirector).await;
    assert_eq!(node(&w, &deal, SalesDirector).await.escalated_to.map(|p| p.name), Some("刘建国".to_owned()));
    approves(&w, &deal, "liujianguo", SalesDirector).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.status, RoundStatus::Approved);
    let own = round.node(GeneralManager).expect("on the route");
    assert_eq!((own.status, own.taken_over_with), (NodeStatus::TakenOver, Some(SalesDirector)));
    assert!(own.decided.is_none() && own.holds.is_empty(), "it never opened and nobody voted twice");
    assert_eq!(w.case(&deal).await.quote.map(|q| q.status), Some(QuoteStatus::Approved));
    // The page and the history say so.
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees("由刘建国在销售总监节点一并决定"), "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SendQuote).await;
}

#[tokio::test]
async fn a_director_who_stands_in_for_the_manager_has_said_yes_as_director_too() {
    let w = with_one_general_manager().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &dear()).await;
    nobody_comes(&w, &deal, SalesManager).await;
    approves(&w, &deal, "chenjing", SalesManager).await;
    approves(&w, &deal, "wufang", Finance).await;
    let expected = [
        (SalesManager, NodeStatus::Approved),
        (Finance, NodeStatus::Approved),
        (SalesDirector, NodeStatus::TakenOver),
        (GeneralManager, NodeStatus::Open),
    ];
    assert_eq!(states(&w, &deal).await, expected);
    approves(&w, &deal, "liujianguo", GeneralManager).await;
    assert_eq!(w.case(&deal).await.round.map(|r| r.status), Some(RoundStatus::Approved));
}

#[tokio::test]
async fn on_the_fast_path_the_general_manager_answers_once_for_both() {
    let w = with_one_general_manager().await;
    let plan = Plan {
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..dear()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    assert_eq!(states(&w, &deal).await.iter().map(|(k, _)| *k).collect::<Vec<_>>(), [UrgentDirector, GeneralManager]);
    w.at("09-17 12:20");
    sweep(&w.app).await.expect("a look");
    approves(&w, &deal, "liujianguo", UrgentDirector).await;
    let case = w.case(&deal).await;
    assert_eq!(case.round.map(|r| r.status), Some(RoundStatus::Approved));
    assert!(case.post_reviews.iter().all(|p| p.deciders == [w.id("liujianguo")]), "{:?}", case.post_reviews);
}

#[tokio::test]
async fn while_somebody_else_could_decide_it_no_node_is_taken_over() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &dear()).await;
    approves(&w, &deal, "liqiang", SalesManager).await;
    approves(&w, &deal, "wufang", Finance).await;
    nobody_comes(&w, &deal, SalesDirector).await;
    approves(&w, &deal, "liujianguo", SalesDirector).await;
    assert_eq!(node(&w, &deal, GeneralManager).await.status, NodeStatus::Open, "何敏 is there");
    approves(&w, &deal, "hemin", GeneralManager).await;
    // The database agrees, whoever asks.
    let other = w.deal_at(Stage::QuoteSubmitted, &Plan { owner: "zhaoliu", ..dear() }).await;
    approves(&w, &other, "liqiang", SalesManager).await;
    let sql = |kind: NodeKind, with: NodeKind| {
        format!(
            "UPDATE approval_node n SET status = 'taken_over', taken_over_with = x.id FROM approval_node x, approval_round r, deal d
             WHERE d.no = '{other}' AND r.deal_id = d.id AND n.round_id = r.id AND x.round_id = r.id AND n.kind = '{kind}' AND x.kind = '{with}'"
        )
    };
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&sql(GeneralManager, SalesManager), "42501", "who decides such nodes").await;
    }
    approves(&w, &other, "wufang", Finance).await;
    approves(&w, &other, "chenjing", SalesDirector).await;
    assert_eq!(node(&w, &other, GeneralManager).await.status, NodeStatus::Open);
}
