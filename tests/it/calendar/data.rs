//! The calendar as data: a year's list comes in as a draft, another puts it in force, stored due moments stay
//! and are moved only when asked; departments keep hours of their own.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use axum::http::StatusCode;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::workflow::Command;

const PAGE: &str = "/settings/calendar";
const LIST: &str = "日期,类别,名称,文号\n2026-09-18,休,公司年会,启明达〔2026〕3号\n";

async fn due_of(w: &World, deal: &str) -> chrono::DateTime<chrono::Utc> {
    w.case(deal).await.round.expect("a round").nodes[0].due_at.expect("it runs")
}

#[tokio::test]
async fn a_new_list_is_drafted_reviewed_and_moves_nothing_by_itself() {
    let w = World::new().await;
    w.at("09-17 16:00");
    let deal = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    // Four working hours from 16:00: two today, two tomorrow.
    assert_eq!(due_of(&w, &deal).await, moment("09-18 11:00"));

    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    assert_eq!(admin.open("/settings/calendar?year=2026").await, StatusCode::OK, "{}", admin.text());
    assert!(admin.sees("248 个工作日") && admin.html.contains("国庆节"));
    admin.attach("list", "2026.csv", "日期,类别,名称,文号\n2026-02-30,休,x,\n".as_bytes());
    assert_eq!(admin.submit("/calendar/list").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.sees("第 2 行"), "{}", admin.text());

    // A whole year's list replaces the year's; here the day of the company's feast is added as a day's hours.
    admin.open(PAGE).await;
    admin.set("day_whose", "everybody").set("day_date", "2026-09-18").set("day_hours", "").set("day_name", "公司年会");
    assert_eq!(admin.submit("/calendar/day").await, StatusCode::OK, "{}", admin.text());
    assert!(admin.sees("有 1 个进行中的审批截止时间会不同") && admin.sees(&deal), "{}", admin.text());
    assert!(!admin.html.contains("calendar/publish"), "the administrator drafts only");

    let mut director = admin.another();
    director.sign_in("chenjing").await;
    director.open(PAGE).await;
    assert_eq!(director.submit("/calendar/publish").await, StatusCode::OK, "{}", director.text());
    assert_eq!(due_of(&w, &deal).await, moment("09-18 11:00"), "stored due moments stay");
    let next = w
        .deal_at(Stage::QuoteSubmitted, &Plan { customer: Some(w.case(&deal).await.customer.no), ..Plan::default() })
        .await;
    assert_eq!(due_of(&w, &next).await, moment("09-20 11:00"), "new ones follow the new calendar: Friday is off");
    assert!(director.sees("重新计算进行中的节点"));
    assert_eq!(director.submit("/calendar/recompute").await, StatusCode::OK, "{}", director.text());
    assert_eq!(due_of(&w, &deal).await, moment("09-20 11:00"));
    assert!(!director.html.contains("calendar/recompute"), "nothing is left to move: {}", director.text());
    // And the page of the deal tells how, with the version it was computed with.
    let mut manager = admin.another();
    manager.sign_in("liqiang").await;
    assert_eq!(manager.open(&format!("/deals/{deal}/due")).await, StatusCode::OK);
    assert!(manager.sees("共 240 工作分钟") && manager.sees("按日历计算（第 2 版）"), "{}", manager.text());
}

#[tokio::test]
async fn a_list_of_a_year_takes_its_provisional_mark_away() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    admin.open("/settings/calendar?year=2027").await;
    assert!(admin.sees("暂定"), "{}", admin.text());
    let list = LIST.replace("2026-09-18", "2027-02-05").replace("公司年会", "春节");
    admin.attach("list", "2027.csv", list.as_bytes());
    assert_eq!(admin.submit("/calendar/list").await, StatusCode::OK, "{}", admin.text());
    let mut director = admin.another();
    director.sign_in("liujianguo").await;
    director.open(PAGE).await;
    assert_eq!(director.submit("/calendar/publish").await, StatusCode::OK, "{}", director.text());
    director.open("/settings/calendar?year=2027").await;
    assert!(!director.sees("2027 年的放假安排还没有录入"), "{}", director.text());
}

#[tokio::test]
async fn a_department_with_hours_of_its_own_is_measured_by_them() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    admin.open(PAGE).await;
    admin.set("hours_whose", "department-finance").set("hours_hours", "12:00-9:00");
    assert_eq!(admin.submit("/calendar/hours").await, StatusCode::UNPROCESSABLE_ENTITY);
    admin.open(PAGE).await;
    admin.set("hours_whose", "department-finance").set("hours_hours", "9:00-12:00");
    assert_eq!(admin.submit("/calendar/hours").await, StatusCode::OK, "{}", admin.text());
    let mut director = admin.another();
    director.sign_in("chenjing").await;
    director.open(PAGE).await;
    director.submit("/calendar/publish").await;
    let plan = Plan { terms: vec![(rust_decimal::dec!(100), PaymentTrigger::AfterSignOff, 30)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.at("09-17 11:00");
    let approve = crate::harness::stages::decide(
        kuaidan::domain::approval::NodeKind::SalesManager,
        kuaidan::domain::approval::Decision::Approve,
        None,
    );
    w.must("liqiang", &deal, &[], approve).await;
    let round = w.case(&deal).await.round.expect("a round");
    let finance = round.node(kuaidan::domain::approval::NodeKind::Finance).expect("finance");
    // Eight hours at three a morning: 1 + 3 + 3 (the make-up Sunday) + 1.
    assert_eq!(finance.due_at, Some(moment("09-21 10:00")));
    // And everywhere the eight hours are left that the department has, not those of everybody's office.
    let mut wufang = admin.another();
    wufang.sign_in("wufang").await;
    for path in [
        "/approvals".to_owned(),
        format!("/deals/{deal}/quote"),
        format!("/deals/{deal}/card"),
        format!("/deals?q={deal}"),
    ] {
        wufang.open(&path).await;
        assert!(wufang.sees("8 小时（工作时间）"), "{path}: {}", wufang.text());
    }
}

/// Everybody works on Friday afternoon only, in force from now on.
async fn half_a_friday(w: &World) -> Browser {
    let mut admin = Browser::at(w).await;
    admin.sign_in("admin").await;
    admin.open(PAGE).await;
    admin.set("day_whose", "everybody").set("day_date", "2026-09-18").set("day_hours", "13:00-18:00");
    admin.set("day_name", "盘点");
    assert_eq!(admin.submit("/calendar/day").await, StatusCode::OK, "{}", admin.text());
    let mut director = admin.another();
    director.sign_in("chenjing").await;
    director.open(PAGE).await;
    assert_eq!(director.submit("/calendar/publish").await, StatusCode::OK, "{}", director.text());
    director
}

#[tokio::test]
async fn a_node_that_comes_up_under_a_newer_calendar_keeps_that_one() {
    let w = World::new().await;
    let plan = Plan { terms: vec![(rust_decimal::dec!(100), PaymentTrigger::AfterSignOff, 30)], ..Plan::default() };
    let later = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let paused = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let manager = NodeKind::SalesManager;
    let ask = Command::AskRep { node: manager, comment: "安装高度是多少？".to_owned() };
    w.must("liqiang", &paused, &[], ask).await;
    let mut director = half_a_friday(&w).await;
    w.at("09-17 11:20");
    w.must("liqiang", &later, &[], decide(manager, Decision::Approve, None)).await;
    let answer = Command::AnswerCall { node: manager, result: None, comment: "2.1 米".to_owned() };
    w.must("wangmin", &paused, &[], answer).await;
    let due = w.case(&later).await.round.and_then(|r| r.node(NodeKind::Finance)?.due_at);
    // Forty minutes and five hours today, and what is left of eight hours from one o'clock tomorrow.
    assert_eq!(due, Some(moment("09-18 15:20")));
    let mut reader = director.another();
    reader.sign_in("chenjing").await;
    for (deal, minutes) in [(&later, 480), (&paused, 240)] {
        reader.open(&format!("/deals/{deal}/due")).await;
        assert!(reader.sees("第 2 版") && !reader.sees("随系统提供"), "{}", reader.text());
        assert!(reader.sees(&format!("共 {minutes} 工作分钟")), "{}", reader.text());
    }
    director.open(PAGE).await;
    assert!(!director.html.contains("calendar/recompute"), "nothing is to be moved: {}", director.text());
}

#[tokio::test]
async fn reviews_and_steps_tell_the_calendar_they_were_computed_with_and_their_limit() {
    let w = World::new().await;
    let plan = Plan {
        terms: vec![(rust_decimal::dec!(100), PaymentTrigger::AfterSignOff, 7)],
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..Plan::default()
    };
    let before = w.deal_at(Stage::QuoteApproved, &plan).await;
    let after = w.deal_at(Stage::RequirementSent, &Plan::default()).await;
    let mut reader = half_a_friday(&w).await.another();
    w.bring_to(Stage::RequirementConfirmed, &after, &Plan::default()).await;
    reader.sign_in("chenjing").await;
    reader.open(&format!("/deals/{before}/due")).await;
    assert!(reader.sees("随系统提供") && !reader.sees("第 2 版"), "{}", reader.text());
    assert!(reader.sees("事后补审") && reader.sees("时限 480 分钟"), "eight hours for a review: {}", reader.text());
    assert!(reader.sees("时限 240 分钟"), "four hours for the step: {}", reader.text());
    reader.open(&format!("/deals/{after}/due")).await;
    assert!(reader.sees("第 2 版") && !reader.sees("随系统提供"), "the step began under it: {}", reader.text());
}

#[tokio::test]
async fn a_day_at_the_turn_of_the_year_may_stand_in_both_notices() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    let list = |rows: &str| format!("日期,类别,名称,文号\n{rows}");
    for (rows, status, said) in [
        ("2027-01-01,休,元旦,国办\n2026-12-31,休,元旦,国办\n", StatusCode::OK, ""),
        ("2026-10-01,休,国庆节,国办\n2026-12-31,休,元旦,国办\n", StatusCode::OK, ""),
        ("2027-01-01,休,元旦,国办\n2026-12-31,班,元旦,国办\n", StatusCode::UNPROCESSABLE_ENTITY, "第 3 行与 2026 年"),
    ] {
        admin.open(PAGE).await;
        admin.attach("list", "days.csv", list(rows).as_bytes());
        assert_eq!(admin.submit("/calendar/list").await, status, "{rows}: {}", admin.text());
        assert!(admin.sees(said), "{rows}: {}", admin.text());
    }
}
