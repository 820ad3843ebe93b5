//! Custom lines: free text, base products, drawings, and the way to the order.

use super::{PDF, at_the_form, fill_head};
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::app::{Asked, QuoteInput, QuoteLineInput};
use kuaidan::domain::ids::OrderLineId;
use kuaidan::domain::quote::LineRemarks;
use kuaidan::domain::requirement::LineKind;
use kuaidan::domain::requirement::difference::{Change, difference};
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;

#[tokio::test]
async fn a_free_text_custom_line_goes_from_the_form_to_the_order() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("kind#1", "custom")
        .set("product#1", "会议室异形桌")
        .set("quantity#1", "3")
        .set("spec#1", "按客户样子做，颜色一致，材料照旧");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("第 1 行 规格") && b.sees("带单位的数值"), "{}", b.text());
    assert!(b.sees("第 1 行 单位"), "a line without a product needs its unit: {}", b.text());
    b.set("spec#1", "3600×1600 mm 胡桃木").set("unit#1", "套");
    // The second one is made from a product that is sold.
    b.set("kind#2", "custom")
        .set("product#2", "QM-65")
        .set("custom_name#2", "QM-65 加固型")
        .set("quantity#2", "2")
        .set("spec#2", "65寸，防护等级 IP54，耐 45 ℃");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("请先上传图纸或技术规格书"), "the readiness list says so: {}", b.text());

    b.set("file_kind", "drawing").attach("file", "异形桌.pdf", PDF);
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let lines = world.case(&deal).await.requirement.unwrap().content.lines;
    assert_eq!(
        (lines[0].kind, lines[0].product, lines[0].product_name.as_str()),
        (LineKind::Custom, None, "会议室异形桌")
    );
    assert_eq!((lines[1].kind, lines[1].product), (LineKind::Custom, Some(world.product("QM-65").id)));
    assert_eq!(lines[1].product_name, "QM-65 加固型");
    assert_eq!(b.submit("/send").await, StatusCode::OK, "{}", b.text());
    b.set("confirm_method", "email").set("confirm_contact", "李娜").attach("file", "mail.pdf", PDF);
    assert_eq!(b.submit("/confirm").await, StatusCode::OK, "{}", b.text());

    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.sees("会议室异形桌") && b.sees("QM-65 加固型"), "{}", b.text());
    let plan = Plan::default();
    let line = |line_no, price| QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no,
        unit_price: Some(price),
        tax_rate: None,
        discount_reason: Some("定制件，按工时报价".to_owned()),
        request: kuaidan::domain::quote::PriceRequest::default(),
        policy: kuaidan::app::PolicyChoice::default(),
    };
    let quote = QuoteInput {
        terms: quote_terms(&world, &plan),
        lines: vec![line(1, dec!(5200)), line(2, dec!(9800))],
        surcharges: Vec::new(),
    };
    world.must("wangmin", &deal, &[], Asked::Quote(Box::new(quote))).await;
    let priced = world.case(&deal).await.quote.unwrap().priced;
    assert_eq!(
        (priced.lines[0].product, priced.lines[0].tax_rate),
        (None, dec!(0.13)),
        "goods without a product: 13 %"
    );
    assert_eq!(priced.lines[1].tax_rate, dec!(0.13));
    world.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    for stage in
        [Stage::QuoteApproved, Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed, Stage::Paid, Stage::Picked]
    {
        world.bring_to(stage, &deal, &plan).await;
    }
    let order = world.case(&deal).await.order.unwrap();
    assert_eq!(
        (order.lines[0].name.as_str(), order.lines[0].product, order.lines[0].unit.as_str()),
        ("会议室异形桌", None, "套")
    );
    assert!(order.lines[0].is_goods && order.lines[0].picked == dec!(3), "it is made, picked and shipped like goods");
    assert_eq!(order.lines[1].reserved, dec!(0), "stock of the base product is not taken for it");
    for stage in [Stage::Packed, Stage::Shipped, Stage::Signed] {
        world.bring_to(stage, &deal, &plan).await;
    }
    // What was made to the customer's wish never lay among the stock of the product it is made from.
    assert_eq!(booked(&world, order.lines[1].id).await, 0);
    for page in ["quote", "order", "delivery", "requirement"] {
        assert_eq!(b.open(&format!("/deals/{deal}/{page}")).await, StatusCode::OK, "{page}");
        assert!(b.sees("会议室异形桌"), "{page}: {}", b.text());
    }
}

/// Rows of the stock ledger that a line wrote.
async fn booked(world: &World, line: OrderLineId) -> i64 {
    let mut conn = world.database.app_connection().await;
    sqlx::query_scalar("SELECT count(*) FROM stock_movement WHERE order_line_id = $1")
        .bind(line.0)
        .fetch_one(&mut conn)
        .await
        .expect("a count")
}

#[tokio::test]
async fn a_change_record_leaves_a_custom_line_custom_and_the_same_line() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("kind#1", "custom")
        .set("product#1", "QM-65")
        .set("custom_name#1", "QM-65 加固型")
        .set("quantity#1", "2")
        .set("unit#1", "套")
        .set("spec#1", "65寸，防护等级 IP54，耐 45 ℃");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    b.set("file_kind", "drawing").attach("file", "加固.pdf", PDF);
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let first = world.case(&deal).await.requirement.unwrap();
    assert_eq!(b.submit("/send").await, StatusCode::OK, "{}", b.text());
    b.set("confirm_method", "email").set("confirm_contact", "李娜").attach("file", "mail.pdf", PDF);
    assert_eq!(b.submit("/confirm").await, StatusCode::OK, "{}", b.text());

    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("quantity", "4").set("packaging", "木箱");
    b.set("requested_by", "李娜").set("channel", "phone").set("change_reason", "customer");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    b.press("提交变更").await;
    let second = world.case(&deal).await.requirement.unwrap();
    let (was, is) = (&first.content.lines[0], &second.content.lines[0]);
    assert_eq!((second.version_no, is.kind, is.unit.as_str()), (2, LineKind::Custom, was.unit.as_str()));
    assert_eq!((is.product_name.as_str(), is.quantity), ("QM-65 加固型", dec!(4)));
    assert_eq!(is.identity(), was.identity());
    let cells = vec!["quantity", "packaging"];
    let found = difference(&first.content, &second.content);
    assert_eq!(
        found.lines,
        [Change::Changed { before: 0, after: 0, cells }],
        "one line that changed, none that came or went"
    );
}

#[tokio::test]
async fn acceptance_is_longer_for_custom_lines_and_a_custom_name_needs_the_kind() {
    let world = World::new().await;
    let (mut b, _) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("acceptance", "开机正常，清单一致，无坏点");
    b.set("product#1", "QM-65").set("kind#1", "standard").set("custom_name#1", "加固型").set("quantity#1", "1");
    b.set("product#2", "DZ-01").set("quantity#2", "1").set("spec#2", "高 2000 mm");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["第 1 行 产品：本行类别与产品不符", "第 2 行 规格", "验收标准："] {
        assert!(b.sees(told), "{told}: {}", b.text());
    }
}
