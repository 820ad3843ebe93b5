//! Whose node it is: a manager's own deal is every manager's of the same director (DOMAIN 3.3, 3.5), and a claim
//! counts as long as who took it may decide (DOMAIN 3.8).

use super::acts::{act_as, at_technical, hire, node, why};
use super::one_vote::leaves;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{PASSWORD, World, moment};
use axum::http::StatusCode;
use kuaidan::app::NewDelegation;
use kuaidan::domain::account::Account;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::Command;
use kuaidan::jobs::sweep;

use NodeKind::{SalesManager, Technical};

async fn in_the_inbox(w: &World, login: &str, deal: &str) -> bool {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b.open("/approvals").await;
    b.sees(deal)
}

async fn heard(w: &World, login: &str, kind: &str) -> i64 {
    let mut conn = w.database.app_connection().await;
    sqlx::query_scalar(
        "SELECT count(*) FROM outbox o JOIN person p ON p.id = o.recipient_id WHERE p.login = $1 AND o.kind = $2",
    )
    .bind(login)
    .bind(kind)
    .fetch_one(&mut conn)
    .await
    .expect("readable")
}

#[tokio::test]
async fn a_managers_own_deal_is_seen_heard_of_and_decided_by_a_peer() {
    let w = World::new().await;
    let account = Account {
        name: "马丽".to_owned(),
        name_en: "Ma Li".to_owned(),
        department: Department::Sales,
        roles: vec![Role::SalesManager],
        manager: Some(w.id("chenjing")),
        phone: None,
        is_active: true,
    };
    let peer = w.app.add_person("mali", &account, PASSWORD).await.expect("a person is added").actor();
    let deal = w.deal_at(Stage::QuoteSubmitted, &Plan { owner: "liqiang", ..Plan::default() }).await;
    assert!(in_the_inbox(&w, "mali", &deal).await, "an unclaimed node is visible to all who may decide it");
    assert!(!in_the_inbox(&w, "liqiang", &deal).await, "the own deal is not");
    assert_eq!(heard(&w, "mali", "decide_node").await, 1);
    let due = node(&w, &deal, SalesManager).await.due_at.expect("due");
    w.clock.set(due);
    sweep(&w.app).await.expect("a look");
    assert_eq!(heard(&w, "mali", "node_overdue").await, 1);
    let mut b = Browser::at(&w).await;
    b.sign_in("mali").await;
    assert_eq!(b.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK);
    assert!(b.sees("我的审批：销售主管"), "{}", b.text());
    act_as(&w, &peer, &deal, decide(SalesManager, Decision::Approve, None)).await.expect("decided");
    // A rep's deal of the other team stays with its own manager.
    let other = w.deal_at(Stage::QuoteSubmitted, &Plan { owner: "zhaoliu", ..Plan::default() }).await;
    assert!(!in_the_inbox(&w, "mali", &other).await && in_the_inbox(&w, "liqiang", &other).await);
}

/// Lends to the own superior, as anybody may.
async fn lends(w: &World, from: &str, to: &str) {
    w.reports_to(from, to).await;
    let actor = w.actor(from);
    let new = NewDelegation {
        delegator: w.id(from),
        delegate: w.id(to),
        kinds: vec![Technical],
        cap: None,
        starts_at: moment("09-17 09:00"),
        ends_at: moment("09-17 12:00"),
        reason: "出差".to_owned(),
    };
    let set = w.app.delegate(&w.by(&actor, &[], None), new).await;
    set.unwrap_or_else(|f| panic!("{}", crate::harness::world::told(&f))).expect("no flaw");
}

#[tokio::test]
async fn a_delegates_claim_keeps_out_neither_the_delegator_nor_after_its_time_anybody() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let third = hire(&w, "tangwei", "唐伟", Department::Technical, Role::Technical).await;
    lends(&w, "zhoukai", "chenjing").await;
    w.must("chenjing", &deal, &[], Command::ClaimNode { node: Technical }).await;
    // Either may act; the third of the pool waits.
    assert!(in_the_inbox(&w, "zhoukai", &deal).await);
    assert!(!in_the_inbox(&w, "tangwei", &deal).await);
    let approve = || decide(Technical, Decision::Approve, None);
    assert_eq!(why(act_as(&w, &third, &deal, approve()).await), DeniedWhy::ClaimedByAnother);
    // At noon the delegation is over, and the claim with it.
    w.at("09-17 13:30");
    assert_eq!(node(&w, &deal, Technical).await.claimed_by, None);
    assert!(in_the_inbox(&w, "zhoukai", &deal).await && in_the_inbox(&w, "tangwei", &deal).await);
    assert!(!in_the_inbox(&w, "chenjing", &deal).await);
    act_as(&w, &third, &deal, Command::ClaimNode { node: Technical }).await.expect("it is free");
    act_as(&w, &third, &deal, approve()).await.expect("decided");
}

#[tokio::test]
async fn the_delegator_decides_what_the_delegate_took() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    lends(&w, "zhoukai", "chenjing").await;
    w.must("chenjing", &deal, &[], Command::ClaimNode { node: Technical }).await;
    w.must("zhoukai", &deal, &[], decide(Technical, Decision::Approve, None)).await;
    assert_eq!(node(&w, &deal, Technical).await.decided.map(|d| d.by_name), Some("周凯".to_owned()));
}

#[tokio::test]
async fn a_claim_of_somebody_who_has_left_is_none() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let other = hire(&w, "tangwei", "唐伟", Department::Technical, Role::Technical).await;
    act_as(&w, &other, &deal, Command::ClaimNode { node: Technical }).await.expect("taken");
    let approve = || decide(Technical, Decision::Approve, None);
    assert_eq!(why(w.act("zhoukai", &deal, &[], approve()).await), DeniedWhy::ClaimedByAnother);
    assert!(!in_the_inbox(&w, "zhoukai", &deal).await);
    leaves(&w, "tangwei").await;
    assert!(in_the_inbox(&w, "zhoukai", &deal).await);
    w.must("zhoukai", &deal, &[], approve()).await;
}
