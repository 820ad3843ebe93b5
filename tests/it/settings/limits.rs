//! The company's numbers through the pages: refused input, a draft, another person who puts it in force,
//! and rounds that keep what they were opened with.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::approval::NodeKind;

const PAGE: &str = "/settings/limits";

async fn drafted(w: &World) -> Browser {
    let mut admin = Browser::at(w).await;
    admin.sign_in("admin").await;
    assert_eq!(admin.open(PAGE).await, StatusCode::OK, "{}", admin.text());
    admin.set("manager_amount", "80000").set("sales_manager_limit", "120").set("rules_reason", "按季度调整");
    assert_eq!(admin.press("保存草稿").await, StatusCode::OK, "{}", admin.text());
    admin
}

#[tokio::test]
async fn hostile_numbers_are_refused_one_by_one_and_keep_what_was_typed() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    for (rule, value, says) in [
        ("manager_amount", "1000000", "应大于"),
        ("director_amount", "-5", "销售总监审批上限"),
        ("rep_discount", "NaN", "业务员免说明折扣"),
        ("rep_discount", "10", "应大于"),
        ("finance_limit", "1e9", "财务部时限"),
        ("finance_limit", "0", "财务部时限"),
        ("fast_uses", "2.5", "每人每月"),
        ("reapproval", "7", "退回后重新提交时"),
        ("credit_tolerance", "100.001", "超额度"),
        ("surcharge_rate", "", "加急费"),
    ] {
        admin.open(PAGE).await;
        admin.set(rule, value).set("rules_reason", "按季度调整");
        assert_eq!(admin.press("保存草稿").await, StatusCode::UNPROCESSABLE_ENTITY, "{rule} {value}");
        assert!(admin.sees(says), "{rule} {value}: {}", admin.text());
        assert!(
            value.is_empty() || rule == "reapproval" || admin.html.contains(&format!("value=\"{value}\"")),
            "{rule}"
        );
    }
    admin.open(PAGE).await;
    assert!(!admin.sees("待生效的草稿"), "nothing was kept");
}

#[tokio::test]
async fn what_one_person_drafts_another_puts_in_force_from_a_day_and_running_rounds_keep_theirs() {
    let w = World::new().await;
    let before = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let mut admin = drafted(&w).await;
    assert!(admin.sees("第 2 版由 管理员"), "{}", admin.text());
    assert!(!admin.html.contains("limits/publish"), "the administrator puts nothing in force");
    let mut manager = admin.another();
    manager.sign_in("liqiang").await;
    assert_eq!(manager.open(PAGE).await, StatusCode::OK);
    assert!(!manager.html.contains("limits/publish"));
    let mut rep = admin.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open(PAGE).await, StatusCode::FORBIDDEN);

    let mut director = admin.another();
    director.sign_in("chenjing").await;
    director.open(PAGE).await;
    director.set("rules_from", "2026-09-16");
    assert_eq!(director.press("确认生效").await, StatusCode::UNPROCESSABLE_ENTITY, "never backwards");
    director.set("rules_from", "2026-09-18");
    assert_eq!(director.press("确认生效").await, StatusCode::OK, "{}", director.text());
    assert!(director.sees("待到生效日") && director.sees("80,000.00"), "{}", director.text());

    // The day before, nothing has changed; 81,700.30 is the manager's.
    let customer = w.case(&before).await.customer.no;
    let plan = Plan { customer: Some(customer), ..Plan::default() };
    let kinds = |case: kuaidan::domain::workflow::Case| {
        case.round.expect("a round").nodes.iter().map(|n| (n.kind, n.limit.get())).collect::<Vec<_>>()
    };
    let same_day = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    assert_eq!(kinds(w.case(&same_day).await), [(NodeKind::SalesManager, 240)]);
    w.at("09-18 09:00");
    let next_day = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    assert_eq!(kinds(w.case(&next_day).await), [(NodeKind::SalesManager, 120), (NodeKind::SalesDirector, 240)]);
    assert_eq!(kinds(w.case(&before).await), [(NodeKind::SalesManager, 240)], "it keeps what it was opened with");
    assert_eq!(w.case(&before).await.rules.of_round().version(), 1);
    assert_eq!(w.case(&next_day).await.rules.of_round().version(), 2);

    // Trying the version out on what was submitted.
    director.sign_in("chenjing").await;
    director.open("/settings/limits/try?version=2").await;
    assert!(director.sees("3 次审批中有 2 次走法不同"), "{}", director.text());
    assert!(director.sees(&before) && !director.sees(&next_day), "only what would differ");
    admin.sign_in("admin").await;
    admin.open("/settings/limits/try?version=2&rows=all").await;
    assert!(!admin.sees(&before), "the administrator sees counts, not deals: {}", admin.text());
}

#[tokio::test]
async fn a_draft_that_moved_is_not_put_in_force_unseen() {
    let w = World::new().await;
    let mut admin = drafted(&w).await;
    let mut director = admin.another();
    director.sign_in("chenjing").await;
    director.open(PAGE).await;
    admin.open(PAGE).await;
    admin.set("manager_amount", "70000").set("rules_reason", "再次调整上限");
    admin.press("保存草稿").await;
    assert_eq!(director.press("确认生效").await, StatusCode::CONFLICT);
}
