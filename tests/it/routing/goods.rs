//! What goods say about the way of a quote: sold before or not, kept in stock or made to order, wanted
//! earlier than they can be made, made before with the same specification.

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, moment};
use kuaidan::domain::approval::{ApprovalPath, NodeKind};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::requirement::{LineKind, RequirementFile, RequirementFileKind};
use kuaidan::domain::routing::{Route, RouteReason};
use kuaidan::domain::workflow::{Command, planned_route};
use kuaidan::store::catalog::Product;
use kuaidan::store::products;
use rust_decimal::{Decimal, dec};

/// A frame that is made when somebody orders it.
async fn world_with_frames() -> World {
    let mut w = World::new().await;
    let frame = Product {
        id: ProductId(w.app.ids.next()),
        code: "ZJ-20".to_owned(),
        name: "落地支架".to_owned(),
        name_en: "Floor frame".to_owned(),
        kind: LineKind::Standard,
        spec: "落地支架，标准配置".to_owned(),
        unit: "套".to_owned(),
        tax_rate: dec!(0.13),
        lead_days: 5,
        is_stocked: false,
        is_on_sale: true,
        first_sold_on: Some(day("2025-03-01")),
        on_hand: Decimal::ZERO,
        reserved: Decimal::ZERO,
    };
    w.sell(frame, &[Tier { from_quantity: dec!(1), unit_price: dec!(300), floor_price: dec!(200) }]).await;
    w
}

async fn planned(w: &World, deal: &str) -> Route {
    planned_route(&w.case(deal).await, w.now()).expect("a quote")
}

#[tokio::test]
async fn a_product_is_sold_for_the_first_time_once() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::Accepted, &plan).await;
    let first_sold = async || {
        let mut conn = w.app.db.read().await.expect("a connection");
        products::by_code(&mut conn, "QM-98").await.expect("readable").expect("a product").0.first_sold_on
    };
    assert_eq!(first_sold().await, None, "an accepted quote is no sale yet");
    w.bring_to(Stage::OrderConfirmed, &deal, &plan).await;
    assert_eq!(first_sold().await, Some(day("2026-09-17")));
    let again = Plan { customer: Some(w.archived_customer().await), ..plan };
    let next = w.deal_at(Stage::QuoteDrafted, &again).await;
    assert!(planned(&w, &next).await.node(NodeKind::Technical).is_none(), "the second sale is no first one");
}

#[tokio::test]
async fn goods_that_are_not_kept_in_stock_have_to_be_made() {
    let w = world_with_frames().await;
    let plan = Plan { lines: vec![("ZJ-20", dec!(100), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    let route = planned(&w, &deal).await;
    let short = RouteReason::Shortage { product: "落地支架".to_owned(), missing: dec!(100) };
    // Wanted in seven days, made in five.
    assert_eq!(route.node(NodeKind::Production).expect("production").reasons, [short]);
    for stage in [Stage::QuoteSubmitted, Stage::QuoteApproved, Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed]
    {
        w.bring_to(stage, &deal, &plan).await;
    }
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.lines[0].shortage(), dec!(100));
}

#[tokio::test]
async fn a_line_with_an_earlier_day_of_its_own_decides_what_is_early() {
    let w = world_with_frames().await;
    let plan = Plan { lines: vec![("ZJ-20", dec!(2), None), ("QM-65", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::RequirementDrafted, &plan).await;
    let mut content = w.case(&deal).await.requirement.expect("a requirement").content;
    let is_early = async || w.case(&deal).await.route_facts.is_wanted_early(w.now());
    assert!(!is_early().await);
    // The panels are on the shelf, whatever their day.
    content.lines[1].wanted_on = Some(day("2026-09-18"));
    w.must("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content.clone()))).await;
    assert!(!is_early().await);
    content.lines[0].wanted_on = Some(day("2026-09-22"));
    w.must("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content.clone()))).await;
    assert!(!is_early().await, "on the day it can be ready");
    content.lines[0].wanted_on = Some(day("2026-09-21"));
    w.must("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content))).await;
    assert!(is_early().await);
}

/// A deal for one custom cabinet, its requirement confirmed.
async fn cabinet(w: &World, plan: &Plan, name: Option<&str>, spec: &str) -> String {
    let deal = w.deal_at(Stage::Archived, plan).await;
    let mut content = sample::requirement(w, &w.case(&deal).await.customer, plan);
    content.lines[0].custom_name = name.map(str::to_owned);
    if let Some(name) = name {
        name.clone_into(&mut content.lines[0].product_name);
    }
    spec.clone_into(&mut content.lines[0].spec);
    let drawing = w.pdf("图纸").await;
    content.files =
        vec![RequirementFile { id: drawing.id, kind: RequirementFileKind::Drawing, name: "图纸.pdf".to_owned() }];
    w.must("wangmin", &deal, &[drawing], Command::SaveRequirement(Box::new(content))).await;
    w.bring_to(Stage::RequirementSent, &deal, plan).await;
    w.bring_to(Stage::RequirementConfirmed, &deal, plan).await;
    w.bring_to(Stage::QuoteDrafted, &deal, plan).await;
    deal
}

#[tokio::test]
async fn an_urgent_custom_line_is_known_only_when_the_same_was_made_before() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("DZ-01", dec!(1), None)], ..Plan::default() };
    let spec = "高 2000 mm，宽 800 mm";
    let first = cabinet(&w, &plan, Some("会议室机柜"), spec).await;
    for stage in [Stage::QuoteSubmitted, Stage::QuoteApproved, Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed]
    {
        w.bring_to(stage, &first, &plan).await;
    }
    // Wanted in five days although it takes twenty-five: that is soon enough for the fast path.
    let urgent = Plan {
        customer: Some(w.case(&first).await.customer.no),
        urgency: Some(Urgency {
            reason: UrgentReason::LineDown,
            text: "客户机房停机，等着换上新的机柜恢复生产，不能再拖".to_owned(),
            needed_at: moment("09-22 10:20"),
        }),
        ..plan
    };
    let ways = [
        (Some("会议室机柜"), "高  2000 mm，宽 800 mm", vec![NodeKind::UrgentDirector]),
        (Some("会议室机柜"), "高 2200 mm，宽 800 mm", vec![NodeKind::Technical, NodeKind::UrgentDirector]),
        (Some("档案室机柜"), spec, vec![NodeKind::Technical, NodeKind::UrgentDirector]),
        (None, spec, vec![NodeKind::Technical, NodeKind::UrgentDirector]),
    ];
    for (name, spec, expected) in ways {
        let deal = cabinet(&w, &urgent, name, spec).await;
        let route = planned(&w, &deal).await;
        assert_eq!((route.path, route.fast_refused.as_slice()), (ApprovalPath::Fast, [].as_slice()), "{name:?} {spec}");
        assert_eq!(route.kinds(), expected, "{name:?} {spec}");
    }
}
