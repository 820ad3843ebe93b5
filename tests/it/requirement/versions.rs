//! Versions: what the second says differently, the old one readable, and only the difference shown.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::workflow::Command;

/// A deal whose second version has one line changed, one gone and one new.
async fn revised(world: &World) -> (Browser, String) {
    let deal = world.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let mut b = Browser::at(world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert_eq!(b.submit("/revise").await, StatusCode::OK, "{}", b.text());
    b.set("purpose", "新办公室的会议室和展厅").set("wanted_at", "2026-10-24T18:00").set("budget_to", "120000");
    b.set("acceptance", "开箱验收，逐台核对序列号");
    b.set("quantity#1", "12").set("packaging#1", "木箱");
    b.choose("/requirement", "remove_row", "2").await;
    b.choose("/requirement", "add_row", "1").await;
    b.set("product#2", "QM-86").set("quantity#2", "1");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    (b, deal)
}

#[tokio::test]
async fn the_second_version_says_what_changed_before_it_is_sent() {
    let world = World::new().await;
    let (mut b, deal) = revised(&world).await;
    assert!(b.sees("明细新增 1 行、删除 1 行、改动 1 行；字段改动 4 处"), "{}", b.text());
    for value in [
        "<del class=\"diff__old\">10</del>",
        "<ins class=\"diff__new\">12</ins>",
        "<ins class=\"diff__new\">木箱</ins>",
    ] {
        assert!(b.html.contains(value), "{value}");
    }
    assert_eq!(b.submit("/send").await, StatusCode::OK, "{}", b.text());
    world.bring_to(Stage::RequirementConfirmed, &deal, &Plan::default()).await;

    b.open(&format!("/deals/{deal}/requirement/compare?from=1&to=2")).await;
    for told in ["V1 与 V2 对比", "有改动", "新增", "删除", "第 1 行", "安装服务", "86 英寸会议平板"]
    {
        assert!(b.sees(told), "{told}: {}", b.text());
    }
    assert_eq!(b.faults(), Vec::<String>::new());
    // Backwards, and with itself.
    b.open(&format!("/deals/{deal}/requirement/compare?from=2&to=1")).await;
    assert!(b.html.contains("<del class=\"diff__old\">12</del>"), "{}", b.text());
    b.open(&format!("/deals/{deal}/requirement/compare?from=2&to=2")).await;
    assert!(b.sees("没有差异"), "{}", b.text());
    // The old version stays readable.
    b.open(&format!("/deals/{deal}/requirement?version=1")).await;
    assert!(b.sees("这是旧版本") && b.sees("新办公室的会议室"), "{}", b.text());
    for bad in ["from=1&to=9", "from=x&to=2", "from=0&to=1"] {
        assert_eq!(b.open(&format!("/deals/{deal}/requirement/compare?{bad}")).await, StatusCode::NOT_FOUND, "{bad}");
    }
}

#[tokio::test]
async fn who_sees_no_prices_and_contacts_sees_none_in_a_difference() {
    let world = World::new().await;
    let (mut b, deal) = revised(&world).await;
    b.set("ship_phone", "13900139000");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    for stage in Stage::ALL.into_iter().filter(|s| (Stage::RequirementSent..=Stage::Accepted).contains(s)) {
        if stage == Stage::QuoteDrafted {
            let plan = Plan {
                lines: vec![("QM-65", rust_decimal::dec!(12), None), ("QM-86", rust_decimal::dec!(1), None)],
                ..Plan::default()
            };
            world.must("wangmin", &deal, &[], world.quote(&plan)).await;
        } else {
            world.bring_to(stage, &deal, &Plan::default()).await;
        }
    }
    let mut warehouse = b.another();
    warehouse.sign_in("sunli").await;
    warehouse.open(&format!("/deals/{deal}/requirement/compare?from=1&to=2")).await;
    assert_eq!(warehouse.status, StatusCode::OK, "{}", warehouse.text());
    assert!(warehouse.sees("有改动") && !warehouse.sees("120,000"), "{}", warehouse.text());
    assert!(warehouse.sees("13900139000"), "whom to deliver to: {}", warehouse.text());
    let mut stranger = b.another();
    stranger.sign_in("zhaoliu").await;
    assert_eq!(stranger.open(&format!("/deals/{deal}/requirement/compare?from=1&to=2")).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_line_keeps_its_identity_over_three_versions() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    let first = world.case(&deal).await.requirement.unwrap().content.lines[0].id;
    for _ in 0..2 {
        world.must("wangmin", &deal, &[], Command::ReviseRequirement).await;
        for stage in [Stage::RequirementSent, Stage::RequirementConfirmed] {
            world.bring_to(stage, &deal, &Plan::default()).await;
        }
    }
    let third = world.case(&deal).await.requirement.unwrap();
    assert_eq!(third.version_no, 3);
    assert_eq!((third.content.lines[0].identity(), third.content.lines[0].id == first), (first, false));
}
