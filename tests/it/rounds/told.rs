//! Who hears of a round: everybody whose turn it is when it is their turn, whoever is asked, and nobody
//! twice.

use super::acts::{act_as, at_technical, hire};
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use kuaidan::app::NewDelegation;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::round::{Colleague, SignResult};
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;
use sqlx::Row as _;

/// Who was told of this kind on the deal, by login; as often as they were told.
async fn told(w: &World, deal: &str, kind: &str) -> Vec<String> {
    sqlx::query(
        "SELECT p.login FROM outbox o JOIN person p ON p.id = o.recipient_id JOIN deal d ON d.id = o.deal_id
         WHERE d.no = $1 AND o.kind = $2 ORDER BY p.login",
    )
    .bind(deal)
    .bind(kind)
    .fetch_all(&mut w.database.app_connection().await)
    .await
    .expect("readable")
    .iter()
    .map(|row| row.get(0))
    .collect()
}

async fn approve(w: &World, who: &str, deal: &str, node: NodeKind) {
    w.must(who, deal, &[], decide(node, Decision::Approve, None)).await;
}

#[tokio::test]
async fn every_department_hears_when_its_node_arrives_and_nobody_hears_twice() {
    let w = World::new().await;
    hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    // Never sold before, more than there is, on credit: all three departments look at the same time.
    let plan = Plan {
        lines: vec![("QM-98", dec!(8), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    assert_eq!(told(&w, &deal, "decide_node").await, ["liqiang"], "the manager alone");
    w.must("liqiang", &deal, &[], Command::ClaimNode { node: NodeKind::SalesManager }).await;
    w.must("liqiang", &deal, &[], Command::GiveBackNode { node: NodeKind::SalesManager }).await;
    assert_eq!(told(&w, &deal, "decide_node").await, ["liqiang"], "what happens to the node is no new arrival");
    approve(&w, "liqiang", &deal, NodeKind::SalesManager).await;
    let side_by_side = ["liqiang", "sunhao", "wufang", "zhengwei", "zhoukai"];
    assert_eq!(told(&w, &deal, "decide_node").await, side_by_side);
    approve(&w, "zhoukai", &deal, NodeKind::Technical).await;
    assert_eq!(told(&w, &deal, "decide_node").await, side_by_side, "the others know already");
    assert!(told(&w, &deal, "goods_ahead").await.is_empty());
    approve(&w, "wufang", &deal, NodeKind::Finance).await;
    approve(&w, "zhengwei", &deal, NodeKind::Production).await;
    approve(&w, "chenjing", &deal, NodeKind::SalesDirector).await;
    assert_eq!(told(&w, &deal, "goods_ahead").await, ["hejun", "sunli"], "warehouse and logistics at approval");
    assert_eq!(told(&w, &deal, "send_quote").await, ["wangmin"]);
}

#[tokio::test]
async fn a_delegate_hears_of_what_arrives_in_the_period() {
    let w = World::new().await;
    let boss = w.actor("liqiang");
    let leave = NewDelegation {
        delegator: w.id("liqiang"),
        delegate: w.id("chenjing"),
        kinds: vec![NodeKind::SalesManager],
        cap: None,
        starts_at: moment("09-17 09:00"),
        ends_at: moment("09-18 18:00"),
        reason: "出差".to_owned(),
    };
    w.app.delegate(&w.by(&boss, &[], None), leave).await.expect("an answer").expect("nothing is wrong with it");
    let deal = w.submitted_quote().await;
    assert_eq!(told(&w, &deal, "decide_node").await, ["chenjing", "liqiang"]);
    w.at("09-18 18:00");
    let later = w.submitted_quote().await;
    assert_eq!(told(&w, &later, "decide_node").await, ["liqiang"], "the period is over");
}

#[tokio::test]
async fn whoever_is_asked_or_handed_something_hears_of_it_and_so_does_who_asked() {
    let w = World::new().await;
    let colleague = hire(&w, "sunhao", "孙浩", Department::Technical, Role::Technical).await;
    let deal = at_technical(&w).await;
    let node = NodeKind::Technical;
    let ask = || Command::AskRep { node, comment: "安装高度是多少？".to_owned() };
    w.must("zhoukai", &deal, &[], ask()).await;
    assert_eq!(told(&w, &deal, "ask_rep").await, ["wangmin"]);
    w.must("zhoukai", &deal, &[], Command::RecallCall { node }).await;
    assert_eq!(told(&w, &deal, "node_recalled").await, ["wangmin"], "there is nothing to answer any more");
    w.must("zhoukai", &deal, &[], ask()).await;
    assert_eq!(told(&w, &deal, "ask_rep").await, ["wangmin", "wangmin"]);
    w.must("wangmin", &deal, &[], Command::AnswerCall { node, result: None, comment: "2.1 米".to_owned() }).await;
    assert_eq!(told(&w, &deal, "node_answered").await, ["zhoukai"]);
    let signer = Box::new(w.colleague("zhengwei"));
    w.must("zhoukai", &deal, &[], Command::AddSigner { node, signer, comment: "请先看产能".to_owned() }).await;
    assert_eq!(told(&w, &deal, "add_signer").await, ["zhengwei"]);
    let agree = Command::AnswerCall { node, result: Some(SignResult::Agree), comment: "没有问题".to_owned() };
    w.must("zhengwei", &deal, &[], agree).await;
    assert_eq!(told(&w, &deal, "node_answered").await, ["zhoukai", "zhoukai"]);
    let hand_over =
        |to: Colleague| Command::HandOverNode { node, to: Box::new(to), comment: "我明天出差".to_owned() };
    let back = w.colleague("zhoukai");
    let receiver = Colleague { actor: colleague.clone(), department: Department::Technical, is_active: true };
    w.must("zhoukai", &deal, &[], hand_over(receiver)).await;
    assert_eq!(told(&w, &deal, "node_handed_over").await, ["sunhao"]);
    act_as(&w, &colleague, &deal, hand_over(back)).await.expect("and back");
    assert_eq!(told(&w, &deal, "node_handed_over").await, ["sunhao", "zhoukai"]);
    assert_eq!(told(&w, &deal, "decide_node").await, ["liqiang", "sunhao", "zhoukai"], "each arrival once");
}
