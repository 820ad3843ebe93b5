//! Contract clauses: one person drafts, another publishes, an order keeps its version.

use super::printed;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;

const PAGE: &str = "/settings/contract";
const NEW: &str =
    "验收\r\n需方应在 {inspection_days} 日内验收，逾期视为合格。\r\n\r\n管辖\r\n由{seller}所在地法院管辖。";

#[tokio::test]
async fn clauses_are_drafted_by_one_and_published_by_another() {
    let world = World::new().await;
    let before = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut liqiang = Browser::at(&world).await;
    liqiang.sign_in("liqiang").await;
    let old = printed(&mut liqiang, &format!("/deals/{before}/order.pdf")).await;
    for word in ["购销合同", "条款版本1", "7日内", "争议解决", "24,510.09", "57,190.21", "捌万壹仟柒佰元零叁角"]
    {
        assert!(old.contains(word), "{word}: {old}");
    }
    assert!(!old.contains('{') && !old.contains('}'), "every gap is filled: {old}");

    assert_eq!(liqiang.open(PAGE).await, StatusCode::OK, "{}", liqiang.text());
    liqiang.set("clauses_zh", "验收\r\n{inspection_day} 日内").set("clauses_en", "");
    assert_eq!(liqiang.submit(PAGE).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(liqiang.sees("{inspection_day}") && liqiang.sees("至少写一条"), "{}", liqiang.text());
    liqiang.set("clauses_zh", NEW).set("clauses_en", "Inspection\r\nWithin {inspection_days} days.");
    assert_eq!(liqiang.submit(PAGE).await, StatusCode::OK, "{}", liqiang.text());
    assert!(!liqiang.html.contains("/publish\""), "the author is not offered to publish");

    let mut chenjing = liqiang.another();
    chenjing.sign_in("chenjing").await;
    assert_eq!(chenjing.open(PAGE).await, StatusCode::OK);
    assert!(chenjing.sees("第 2 版，李强 起草于 2026年"), "{}", chenjing.text());
    assert_eq!(chenjing.submit("/publish").await, StatusCode::OK, "{}", chenjing.text());

    let after = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let new = printed(&mut liqiang, &format!("/deals/{after}/order.pdf")).await;
    assert!(new.contains("条款版本2") && new.contains("启明达智能设备有限公司所在地法院"), "{new}");
    let kept = printed(&mut liqiang, &format!("/deals/{before}/order.pdf")).await;
    assert_eq!(kept, old, "the confirmed order keeps its clauses");

    for login in ["wangmin", "sunli"] {
        let mut b = liqiang.another();
        b.sign_in(login).await;
        assert_eq!(b.open(PAGE).await, StatusCode::FORBIDDEN, "{login}");
    }
}

#[tokio::test]
async fn what_a_contract_said_is_kept_and_a_changed_order_gets_the_next_number() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let address = format!("/deals/{deal}/order.pdf");
    let first = printed(&mut b, &address).await;
    assert!(first.contains("V1"), "{first}");
    assert_eq!(printed(&mut b, &address).await, first, "printed again it is the same paper");

    let mut owner = world.database.owner_connection().await;
    sqlx::raw_sql(
        "ALTER TABLE sales_order DISABLE TRIGGER USER; UPDATE sales_order SET ship_address = '江苏省无锡市新吴区长江路 1 号';
         ALTER TABLE sales_order ENABLE TRIGGER USER",
    )
    .execute(&mut owner)
    .await
    .expect("another place");
    let second = printed(&mut b, &address).await;
    assert!(second.contains("V2") && second.contains("长江路"), "{second}");
    assert_eq!(printed(&mut b, &format!("{address}?version=1")).await, first);
    assert_eq!(b.open(&format!("{address}?version=3")).await, StatusCode::NOT_FOUND);
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM contract_document").fetch_one(&mut owner).await.expect("rows");
    assert_eq!(kept, 4, "two texts in two languages");
}
