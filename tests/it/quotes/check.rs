//! Before a quote is submitted: what is checked on the page, who will decide, and whose prices these are.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use crate::story_3::{gift_boxes, quoted};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::deal::Urgency;
use kuaidan::domain::routing::RouteReason;
use kuaidan::domain::workflow::{Action, Blocker, Command, blockers};
use kuaidan::wording::Lang;
use rust_decimal::dec;

#[tokio::test]
async fn the_page_before_submitting_shows_every_line_with_its_price_and_discount() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/quote/submit")).await, StatusCode::OK, "{}", b.text());
    for said in ["QM-65 65 英寸会议平板", "8,299.00", "8,050.03", "优惠 3%", "80,500.30", "AZ-01", "1,200.00"] {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert_eq!(b.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn an_urgent_deal_shows_who_is_left_out_and_looks_afterwards() {
    let (w, plan) = gift_boxes().await;
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    w.at("09-20 10:35");
    w.must("wangmin", &deal, &[], quoted(&w, &plan)).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/quote/submit")).await, StatusCode::OK, "{}", b.text());
    let shown = b.text();
    assert!(shown.contains("紧急通道略过的部门") && shown.contains("补审"), "{shown}");
    assert_eq!(b.submit("/quote/submit").await, StatusCode::OK, "{}", b.text());
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.skipped.len(), 3);
    for node in &round.skipped {
        assert!(shown.contains(Lang::Zh.node_kind(node.kind)), "{:?}: {shown}", node.kind);
        assert!(!node.reasons.is_empty(), "{:?}", node.kind);
        for reason in &node.reasons {
            // Who is asked of every quote is left out because the path has another to decide.
            let why = match reason {
                RouteReason::Always => Lang::Zh.fast_reason_urgent().to_owned(),
                other => Lang::Zh.route_reason(other),
            };
            assert!(shown.contains(&why), "{reason:?}: {shown}");
        }
    }
}

#[tokio::test]
async fn an_urgent_deal_that_goes_the_standard_way_says_why() {
    let (w, plan) = gift_boxes().await;
    let later = plan.urgency.clone().map(|u| Urgency { needed_at: moment("10-20 10:00"), ..u });
    let plan = Plan { urgency: later, lines: vec![("GP-500", dec!(100), None)], ..plan };
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(b.sees("未走紧急通道，按常规审批：要求交付时间距今超过 72 小时"), "{}", b.text());
    assert!(!b.sees("紧急通道略过的部门"), "{}", b.text());
}

#[tokio::test]
async fn a_changed_price_names_who_offered_it() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote");
    b.open(&quote).await;
    assert!(b.sees("报出单价（王敏）8,299.00 → 8,050.03"), "{}", b.text());
    // The reader of the submitted quote sees the same way from the list to the price.
    w.bring_to(Stage::QuoteSubmitted, &deal, &Plan::default()).await;
    let mut manager = b.another();
    manager.sign_in("liqiang").await;
    manager.open(&quote).await;
    for step in ["价目表首档8,999.00", "8,999.00 → 8,299.00", "报出单价（王敏）8,299.00 → 8,050.03"] {
        assert!(manager.sees(step), "{step}: {}", manager.text());
    }
}

#[tokio::test]
async fn the_bar_names_the_total_and_who_would_decide_in_their_order() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-98", dec!(6), Some(dec!(25000)))],
        discount_reason: Some("大客户首单"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert_eq!(b.words_of("#live-bar-gross"), ["¥150,000.00"]);
    assert_eq!(b.words_of("#live-bar-who"), ["销售主管 → 技术部 + 财务部 + 生产部 → 销售总监 → 总经理"]);
}

#[tokio::test]
async fn a_gap_leads_to_the_field_that_closes_it() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("AZ-01", dec!(1), None), ("QM-65", dec!(10), Some(dec!(7500)))], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(b.sees("第 2 行优惠超过 5%") && !b.html.contains("/quote/submit\" novalidate"), "{}", b.text());
    let gap = format!("/deals/{deal}/quote#f-line-2-discount_reason");
    assert!(b.hrefs("main a").contains(&gap), "{:?}", b.hrefs("main a"));
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.html.contains("id=\"f-line-2-discount_reason\""), "the field is there");
}

#[tokio::test]
async fn a_quote_of_an_earlier_day_is_looked_at_again_before_it_is_submitted() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let refused = async || match w.act("wangmin", &deal, &[], Command::SubmitQuote).await {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("{}", told(&other)),
        Ok(_) => panic!("submitted"),
    };
    // The next day the list has another price.
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql(
        "ALTER TABLE price_item DISABLE TRIGGER USER; UPDATE price_item SET unit_price = 8199 WHERE unit_price = 8299;
         ALTER TABLE price_item ENABLE TRIGGER USER",
    )
    .execute(&mut owner)
    .await
    .expect("a new price");
    w.at("09-18 09:00");
    assert_eq!(refused().await, [Blocker::PolicyPriceMoved { line: 1 }]);
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(b.sees("报价第 1 行的政策价在编制报价后已变化"), "{}", b.text());
    // Whoever saves it anew has seen both prices.
    w.must("wangmin", &deal, &[], w.quote(&Plan::default())).await;
    assert_eq!(blockers(&w.case(&deal).await, Action::SubmitQuote, None, w.now()), []);
    // After its last day it is no offer any more.
    let until = w.case(&deal).await.quote.expect("a quote").terms.valid_until;
    w.clock.set(moment("11-20 09:00"));
    assert!(refused().await.contains(&Blocker::QuoteExpired { until }));
}
