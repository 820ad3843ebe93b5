//! What a line says beside its price: whoever approves reads what the customer will read, and every difference
//! between two versions is told.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;

const NOTE: &str = "另赠送同型号样机 2 台，不另计价";

fn panels() -> Plan {
    Plan { lines: vec![("QM-65", dec!(10), Some(dec!(8200)))], ..Plan::default() }
}

/// The manager returned the quote; 王敏 has its form open.
async fn returned(w: &World, plan: &Plan) -> (Browser, String) {
    let deal = w.deal_at(Stage::QuoteSubmitted, plan).await;
    let why = Some("请补充说明");
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Return, why)).await;
    let mut b = Browser::at(w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    (b, deal)
}

#[tokio::test]
async fn the_approver_reads_what_a_line_promises_the_customer() {
    let w = World::new().await;
    let (mut b, deal) = returned(&w, &panels()).await;
    b.set("line_note#1", NOTE).set("line_lead#1", "3");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    for said in ["交期 3 天", "65 英寸会议平板 · 本行备注", "本行交期（天）", "65 英寸会议平板，标准配置"]
    {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert_eq!(b.text().matches(NOTE).count(), 2, "in its line and among the changes: {}", b.text());
    b.open(&format!("/deals/{deal}/quote/compare?from=1&to=2")).await;
    assert!(b.sees(NOTE), "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let mut manager = b.another();
    manager.sign_in("liqiang").await;
    assert_eq!(manager.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK);
    assert!(manager.sees("与您上次审批") && manager.text().matches(NOTE).count() == 2, "{}", manager.text());
    assert!(manager.sees(&format!("本行备注：交期 3 天 · {NOTE}")), "{}", manager.text());
    assert_eq!(manager.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn another_reason_or_a_request_for_a_special_price_is_a_difference() {
    let w = World::new().await;
    let plan = Plan { discount_reason: Some("竞争对手报价更低"), ..panels() };
    let (mut b, deal) = returned(&w, &plan).await;
    b.set("discount_reason#1", "老客户年度返利");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(!b.sees("与 V1 相比没有变化"), "{}", b.text());
    assert!(b.sees("竞争对手报价更低") && b.sees("老客户年度返利"), "{}", b.text());
    b.open(&format!("/deals/{deal}/quote")).await;
    b.set("special", "1");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(b.sees("65 英寸会议平板 · 特价申请"), "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let mut manager = b.another();
    manager.sign_in("liqiang").await;
    manager.open(&format!("/deals/{deal}/approval")).await;
    assert!(
        manager.sees("65 英寸会议平板 · 特价申请") && manager.sees("调整原因：老客户年度返利"),
        "{}",
        manager.text()
    );
}

#[tokio::test]
async fn who_sees_no_prices_reads_the_note_and_not_the_reason() {
    let w = World::new().await;
    // More than lie on the shelf, so that production looks.
    let plan = Plan {
        lines: vec![("QM-65", dec!(50), Some(dec!(8200)))],
        discount_reason: Some("竞争对手报价更低"),
        ..Plan::default()
    };
    let (mut b, deal) = returned(&w, &plan).await;
    b.set("line_note#1", NOTE).set("discount_reason#1", "老客户年度返利");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    let mut production = b.another();
    production.sign_in("zhengwei").await;
    production.open(&format!("/deals/{deal}/approval")).await;
    assert_eq!(production.text().matches(NOTE).count(), 2, "{}", production.text());
    assert!(!production.sees("老客户年度返利") && !production.sees("8,200"), "{}", production.text());
}
