//! The delivery pages as people see them: forms for each department, refusals that keep what was
//! typed, and hostile posts.

use super::{goods, order_of, sell, sign, some};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use axum::http::StatusCode;
use kuaidan::domain::order::ShipmentStatus;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;

const OK: StatusCode = StatusCode::OK;
const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn at(w: &World, login: &str, path: &str) -> Browser {
    let mut browser = Browser::at(w).await;
    browser.sign_in(login).await;
    assert_eq!(browser.open(path).await, OK, "{login} {path}: {}", browser.text());
    assert_eq!(browser.faults(), Vec::<String>::new(), "{login} {path}");
    browser
}

#[tokio::test]
async fn each_department_records_its_own_stage_on_the_page() {
    let mut w = World::new().await;
    sell(&mut w, "GP-3", "礼盒", dec!(6), dec!(40)).await;
    let plan = Plan {
        lines: vec![("GP-3", dec!(10), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let page = format!("/deals/{deal}/delivery");

    let mut production = at(&w, "zhengwei", &page).await;
    production.set("work_order", "SC-0917").set("scrap", "1");
    assert_eq!(production.submit("/production").await, OK, "{}", production.text());
    assert!(production.sees("报废 1"), "{}", production.text());
    production.set("quantity", "3").set("failed", "1");
    assert_eq!(production.submit("/qc").await, WRONG, "which line, and why");
    let line = goods(&order_of(&w, &deal).await).to_string();
    production.set("failed_line", &line).set("qc_cause", "压痕");
    assert_eq!(production.submit("/qc").await, OK, "{}", production.text());
    assert!(production.sees("YC-20260917-001") && production.sees("质检不合格"), "{}", production.text());

    let mut warehouse = at(&w, "sunli", &page).await;
    warehouse.set("location", "A-03-2");
    assert_eq!(warehouse.submit("/picking").await, OK, "{}", warehouse.text());
    assert!(!warehouse.html.contains("/delivery/check"), "never one's own picking");
    let mut logistics = at(&w, "hejun", &page).await;
    assert!(logistics.sees("A-03-2"), "{}", logistics.text());
    assert_eq!(logistics.submit("/check").await, WRONG, "nothing is ticked");
    let picking = order_of(&w, &deal).await.tracking.pickings[0].id.to_string();
    logistics.set("picking", &picking);
    assert_eq!(logistics.submit("/check").await, OK, "{}", logistics.text());
    warehouse.open(&page).await;
    assert_eq!(warehouse.submit("/packing").await, OK, "{}", warehouse.text());

    // Nine of ten are packed: a part needs the customer's consent, and it says so.
    logistics.open(&page).await;
    logistics.set("carrier", "德邦").set("waybill_no", "DPK2026091701").set("packages", "2");
    assert_eq!(logistics.submit("/arrange").await, WRONG, "{}", logistics.text());
    assert!(logistics.html.contains("DPK2026091701"), "what was typed stays");
    assert_eq!(logistics.words_of("#f-consent-error").len(), 1, "{}", logistics.text());
    logistics.set("consent", "李娜 9 月 17 日微信同意先发 9 套").set("weight", "36.5").set("freight", "120.00");
    assert_eq!(logistics.submit("/arrange").await, OK, "{}", logistics.text());
    warehouse.open(&page).await;
    assert!(!warehouse.sees("120.00"), "freight is an amount");
    assert_eq!(warehouse.submit("/ship").await, OK, "{}", warehouse.text());
    logistics.open(&page).await;
    assert_eq!(logistics.submit("/hand-over").await, OK, "{}", logistics.text());
    let sent = order_of(&w, &deal).await.shipments[0].id.to_string();
    logistics.set("shipment", &sent).set("heard", "已到苏州分拨中心").set("new_eta", "2026-09-18");
    assert_eq!(logistics.submit("/transit").await, OK, "{}", logistics.text());
    assert!(logistics.sees("已到苏州分拨中心"), "{}", logistics.text());
    let order = order_of(&w, &deal).await;
    assert_eq!((order.shipments[0].status, order.lines[0].shipped), (ShipmentStatus::InTransit, dec!(9)));
    // The list by promise and the list of exceptions, for whoever may see the deal.
    for login in ["wangmin", "liqiang", "sunli", "liujianguo"] {
        let mut list = at(&w, login, "/deliveries").await;
        assert!(list.sees(&order.no), "{login}: {}", list.text());
        list.open("/deliveries?stage=sign_off&today=yes&trouble=yes&q=无此单").await;
        assert!(!list.sees(&order.no));
        let list = at(&w, login, "/exceptions").await;
        assert!(list.sees("YC-20260917-001"), "{login}: {}", list.text());
    }
    let other = at(&w, "zhaoliu", "/deliveries").await;
    assert!(!other.sees(&order.no), "another rep's delivery");
    assert!(!at(&w, "zhaoliu", "/exceptions").await.sees("YC-20260917-001"));
}

#[tokio::test]
async fn the_rep_plans_slips_and_tells_on_the_page() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Paid, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    let mut rep = at(&w, "wangmin", &format!("/deals/{deal}/delivery/plan")).await;
    rep.set("batch", &format!("{line}.1")).set("slip_to", "2026-09-28T18:00").set("slip_cause", "material");
    rep.set("slip_reason", "短").set("told", "改到 9 月 28 日").set("told_by", "phone");
    assert_eq!(rep.submit("/slip").await, WRONG, "the reason is too short");
    assert!(rep.html.contains("2026-09-28T18:00"), "what was typed stays");
    rep.set("slip_reason", "面板到货推迟");
    assert_eq!(rep.submit("/slip").await, OK, "{}", rep.text());
    assert!(rep.sees("原承诺") && rep.sees("面板到货推迟"), "{}", rep.text());
    rep.open(&format!("/deals/{deal}/delivery")).await;
    rep.set("about", "delay")
        .set("told_by", "wechat")
        .set("text", "交期改到 9 月 28 日")
        .set("told_at", "2026-09-17T10:20");
    assert_eq!(rep.submit("/told").await, OK, "{}", rep.text());
    assert!(rep.sees("告知记录"), "{}", rep.text());

    let mut warehouse = at(&w, "sunli", &format!("/deals/{deal}/delivery/plan")).await;
    assert!(!warehouse.html.contains("/delivery/slip"), "promises are the rep's");
    warehouse.set("stage", &format!("{line}.1.packing")).set("forecast_at", "2026-09-30T10:00");
    assert_eq!(warehouse.submit("/stage").await, WRONG, "a forecast beyond the promise has a cause");
    assert_eq!(warehouse.words_of("#f-delay_cause-error").len(), 1, "{}", warehouse.text());
    assert!(warehouse.html.contains("2026-09-30T10:00"), "what was typed stays");
    warehouse.set("delay_cause", "material");
    warehouse.set("stage_owner", &w.id("sunli").to_string());
    assert_eq!(warehouse.submit("/stage").await, OK, "{}", warehouse.text());
    assert!(warehouse.sees("预计延误") && warehouse.sees("孙丽"), "{}", warehouse.text());
}

#[tokio::test]
async fn an_exception_is_opened_with_what_it_must_contain() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let order = order_of(&w, &deal).await;
    let page = format!("/deals/{deal}/exceptions");
    let mut logistics = at(&w, "hejun", &page).await;
    logistics
        .set("kind", "damage")
        .set("severity", "severe")
        .set("department", "logistics")
        .set("what", "外箱压坏两件");
    assert_eq!(logistics.submit("/exceptions").await, WRONG);
    assert!(logistics.html.contains("f-photo") && logistics.sees("外箱压坏两件"), "{}", logistics.text());
    logistics.set("exception_shipment", &order.shipments[0].id.to_string()).set("quantity", "2");
    logistics.attach("photo", "damage.pdf", b"%PDF-1.7 photo");
    assert_eq!(logistics.submit("/exceptions").await, StatusCode::CONFLICT);
    assert!(logistics.sees("承运商理赔单号"), "the carrier is asked to pay: {}", logistics.text());
    logistics.open(&page).await;
    logistics
        .set("kind", "damage")
        .set("severity", "severe")
        .set("department", "logistics")
        .set("what", "外箱压坏两件")
        .set("exception_shipment", &order.shipments[0].id.to_string())
        .set("quantity", "2")
        .set("claim_no", "DBLP-0917-2");
    logistics.attach("photo", "damage.pdf", b"%PDF-1.7 photo");
    assert_eq!(logistics.submit("/exceptions").await, OK, "{}", logistics.text());
    assert!(logistics.sees("YC-20260917-001") && logistics.sees("严重"), "{}", logistics.text());
    logistics.set("answer", "已拍照并联系承运商");
    assert_eq!(logistics.submit("/answer").await, OK, "{}", logistics.text());
    logistics
        .set("disposition", "replace")
        .set("plan", "换货两台")
        .set("plan_due", "2026-09-20T18:00")
        .set("cost", "300");
    assert_eq!(logistics.submit("/plan").await, OK, "{}", logistics.text());
    assert!(!logistics.html.contains("/exceptions/close"), "severe: management closes");
    let mut manager = at(&w, "liqiang", &page).await;
    assert!(manager.sees("300.00"), "{}", manager.text());
    manager.set("outcome", "客户接受换货");
    assert_eq!(manager.submit("/close").await, OK, "{}", manager.text());
    assert!(manager.sees("已关闭"));
}

#[tokio::test]
async fn hostile_posts_are_refused_and_change_nothing() {
    let mut w = World::new().await;
    sell(&mut w, "GP-4", "礼盒", dec!(10), dec!(40)).await;
    let plan = Plan {
        lines: vec![("GP-4", dec!(10), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let page = format!("/deals/{deal}/delivery");
    let before = order_of(&w, &deal).await.lines;
    let mut warehouse = at(&w, "sunli", &page).await;
    for quantity in [
        "-1",
        "NaN",
        "1e9",
        "９９９９９９９９９９",
        "10.0001",
        "'; DROP TABLE stock; --",
        "<script>alert(1)</script>",
        "\u{202e}1",
    ] {
        warehouse.open(&page).await;
        warehouse.set("quantity", quantity);
        assert_eq!(warehouse.submit("/picking").await, WRONG, "{quantity}");
        assert!(!warehouse.html.contains("<script>alert"), "{quantity}");
    }
    warehouse.open(&page).await;
    warehouse.set("line", "00000000-0000-0000-0000-000000000000");
    assert_eq!(warehouse.submit("/picking").await, StatusCode::CONFLICT, "a line of nobody");
    warehouse.open(&page).await;
    warehouse.set("quantity", "11").set("location", "A-03-2");
    assert_eq!(warehouse.submit("/picking").await, WRONG, "more than there is");
    assert_eq!(warehouse.words_of("#f-picking-1-quantity-error").len(), 1, "{}", warehouse.text());
    assert!(warehouse.html.contains("value=\"11\"") && warehouse.html.contains("A-03-2"), "what was typed stays");
    assert_eq!(order_of(&w, &deal).await.lines, before);

    // The rep neither arranges nor posts, also by the address of a page that shows no such form.
    w.bring_to(Stage::Picked, &deal, &plan).await;
    w.bring_to(Stage::Packed, &deal, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    let way = crate::harness::sample::carried("德邦", "DPK2026091799");
    for who in ["wangmin", "zhaoxue", "liqiang", "chenjing", "wufang", "zhengwei", "sunli", "liujianguo", "admin"] {
        let arrange = Command::ArrangeShipment { quantities: some(line, dec!(10)), way: way.clone() };
        assert!(w.act(who, &deal, &[], arrange).await.is_err(), "{who} arranges");
    }
    w.must("hejun", &deal, &[], Command::ArrangeShipment { quantities: some(line, dec!(10)), way: way.clone() }).await;
    let shipment = order_of(&w, &deal).await.shipments[0].id;
    for who in ["wangmin", "zhaoxue", "liqiang", "chenjing", "wufang", "zhengwei", "hejun", "liujianguo", "admin"] {
        assert!(w.act(who, &deal, &[], Command::Ship { shipment }).await.is_err(), "{who} posts");
    }
    // Sign-off before ship-out.
    let file = w.pdf("签收单").await;
    let early = crate::harness::sample::signature(&order_of(&w, &deal).await.shipments[0], file.id, w.now());
    assert!(w.act("wangmin", &deal, &[file], Command::SignOff(Box::new(early))).await.is_err(), "nothing has left");
    w.must("sunli", &deal, &[], Command::Ship { shipment }).await;
    // The same waybill for another deal of the same carrier.
    let second = w.deal_at(Stage::Packed, &Plan::default()).await;
    let mut logistics = at(&w, "hejun", &format!("/deals/{second}/delivery")).await;
    for (carrier, waybill) in [
        ("德邦", "DPK2026091799"),
        ("德邦", "dpk2026091799"),
        ("德邦", "DPK-2026 0917-99"),
        ("德邦物流", "dpk-2026091799"),
    ] {
        logistics.set("carrier", carrier).set("waybill_no", waybill).set("packages", "1");
        assert_eq!(logistics.submit("/arrange").await, WRONG, "{carrier} {waybill}: {}", logistics.text());
        assert_eq!(logistics.words_of("#f-waybill_no-error").len(), 1, "{carrier} {waybill}: {}", logistics.text());
    }
    assert!(order_of(&w, &second).await.shipments.is_empty());
    // More signed for than shipped, and a shipment of another deal.
    let mut rep = at(&w, "wangmin", &page).await;
    rep.set("quantity", "10.001").set("signed_at", "2026-09-17T09:00").set("signed_as", "仓库主管");
    rep.attach("file", "pod.pdf", b"%PDF-1.7 pod");
    assert_eq!(rep.submit("/sign-off").await, WRONG, "{}", rep.text());
    assert!(rep.html.contains("10.001") && rep.html.contains("仓库主管"), "what was typed stays");
    for field in ["sign-off-1-quantity", "signed_at", "file"] {
        assert_eq!(rep.words_of(&format!("#f-{field}-error")).len(), 1, "{field}: {}", rep.text());
    }
    assert!(rep.sees("请重新选择文件") && !rep.sees("产能情况"), "{}", rep.text());
    assert_eq!(order_of(&w, &deal).await.lines[0].signed, dec!(0));
    w.at("09-18 10:00");
    sign(&w, &deal, 1, |_| ()).await;
    assert_eq!(order_of(&w, &deal).await.shipments[0].signed_at, Some(moment("09-18 10:00")));
}
