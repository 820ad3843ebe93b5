//! Story 1 (DOMAIN 9.1): a new customer, quote and contract within 24 hours, told minute by
//! minute through the pages, with every refusal where the story has it.

use crate::harness::browser::Browser;
use crate::harness::world::World;
use axum::http::StatusCode;

const PDF: &[u8] = b"%PDF-1.4 stamped and signed";
/// The manager's points, all met.
const MET: [&str; 5] =
    ["check_completeness", "check_price", "check_terms", "check_wanted_date", "check_customer_state"];
const D: &str = "/deals/CD-20260917-001";

fn fill_company(b: &mut Browser, code: &str) {
    b.set("legal_name", "苏州星辰云启科技有限公司")
        .set("short_name", "星辰云启")
        .set("uscc", code)
        .set("customer_type", "private");
    b.set("industry", "I")
        .set("employee_count", "１８０")
        .set("annual_revenue_wan", "6,500.00")
        .set("size_band", "medium")
        .set("founded_on", "2018-04-16");
    b.set("main_business", "视频会议软件研发")
        .set("legal_rep", "沈若安")
        .set("registered_capital_wan", "1000.00")
        .set("registry_status", "active");
    b.set("province", "江苏省")
        .set("city", "苏州市")
        .set("district", "虎丘区")
        .set("address_detail", "科技路1号")
        .set("source", "exhibition");
    b.set("taxpayer_kind", "general").set("invoice_kind", "special").set("invoice_delivery", "ap@example.com");
    b.set("name#1", "李娜")
        .set("title#1", "采购总监")
        .set("rank#1", "primary")
        .set("roles#1", "decision_maker")
        .set("mobile#1", "13800138000")
        .set("email#1", "li.na@example.com");
}

fn fill_second_contact(b: &mut Browser) {
    b.set("name#2", "方晓")
        .set("title#2", "行政主管")
        .set("rank#2", "backup")
        .set("roles#2", "end_user")
        .set("mobile#2", "138 0013 8001");
}

#[tokio::test]
async fn story_1_new_customer_in_24_hours() {
    let world = World::new().await;
    let mut wangmin = Browser::at(&world).await;
    let mut zhaoxue = wangmin.another();
    let mut liqiang = wangmin.another();
    let mut wufang = wangmin.another();
    let mut sunli = wangmin.another();
    let mut hejun = wangmin.another();

    world.at("09-17 10:20");
    wangmin.sign_in("wangmin").await;
    wangmin.open("/deals/new").await;
    wangmin
        .set("legal_name", "苏州星辰云启科技有限公司")
        .set("kind", "new")
        .set("source", "exhibition")
        .set("title", "会议室设备")
        .set("promise_hours", "24");
    wangmin.submit("/deals/new").await;
    assert_eq!(wangmin.path, format!("{D}/customer"), "{}", wangmin.text());
    assert!(wangmin.sees("CD-20260917-001"));
    assert!(wangmin.sees("9月18日 周五 10:20"), "the promise runs on the wall clock");

    world.at("09-17 10:45");
    fill_company(&mut wangmin, "91320505PDY00001XM");
    assert_eq!(wangmin.submit("/customer").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wangmin.sees("校验位应为 N") || wangmin.sees("应为 N"), "{}", wangmin.text());
    assert!(wangmin.html.contains("沈若安"), "what was typed is kept");

    world.at("09-17 10:50");
    fill_company(&mut wangmin, "91320505PDY00001XN");
    assert_eq!(wangmin.submit("/customer").await, StatusCode::OK, "{}", wangmin.text());
    assert!(!wangmin.html.contains("/archive\""), "an archive with gaps shows what is missing, not a button");
    for missing in ["备用联系人", "核验", "确认"] {
        assert!(wangmin.sees(missing), "{missing}: {}", wangmin.text());
    }

    world.at("09-17 10:55");
    assert_eq!(wangmin.open(&format!("{D}/requirement")).await, StatusCode::CONFLICT);
    assert!(wangmin.sees("备用联系人"));

    wangmin.open(&format!("{D}/customer")).await;
    fill_company(&mut wangmin, "91320505PDY00001XN");
    fill_second_contact(&mut wangmin);
    assert_eq!(wangmin.submit("/customer").await, StatusCode::OK, "{}", wangmin.text());
    wangmin.attach("license_file", "licence.pdf", PDF);
    assert_eq!(wangmin.submit("/license").await, StatusCode::OK, "{}", wangmin.text());
    assert_eq!(wangmin.submit("/request-verification").await, StatusCode::OK, "{}", wangmin.text());
    assert!(!wangmin.html.contains("/verify\""), "the owner is not offered to verify");

    world.at("09-17 11:05");
    zhaoxue.sign_in("zhaoxue").await;
    assert!(zhaoxue.sees("星辰云启"), "the archive waits on the assistant's page");
    zhaoxue.open("/customers/KH202600001").await;
    zhaoxue.set("verify_channel", "gsxt");
    assert_eq!(zhaoxue.submit("/verify").await, StatusCode::OK, "{}", zhaoxue.text());

    world.at("09-17 11:30");
    wangmin.open(&format!("{D}/customer")).await;
    wangmin.set("confirm_method", "phone").set("confirm_contact", "李娜");
    assert_eq!(wangmin.submit("/confirm").await, StatusCode::OK, "{}", wangmin.text());
    assert!(wangmin.sees("已建档"));
    assert!(wangmin.sees("2026年12月17日") || wangmin.sees("2026-12-17"), "next review: {}", wangmin.text());

    world.at("09-17 11:40");
    let panel = world.product("QM-65").id.to_string();
    let install = world.product("AZ-01").id.to_string();
    assert_eq!(wangmin.open(&format!("{D}/requirement")).await, StatusCode::OK, "{}", wangmin.text());
    wangmin
        .set("channel", "meeting")
        .set("purpose", "新办公区 10 间会议室使用")
        .set("wanted_at", "2026-09-24T18:00")
        .set("delivery_mode", "freight");
    wangmin
        .set("partial_allowed", "yes")
        .set("payment_wish", "deposit")
        .set("invoice_need", "special")
        .set("acceptance", "开机画面正常、无坏点、清单一致");
    wangmin.set("product#1", &panel).set("quantity#1", "１０").set("match_kind#1", "exact");
    wangmin.set("product#2", &install).set("quantity#2", "1").set("match_kind#2", "exact");
    assert_eq!(wangmin.submit("/requirement").await, StatusCode::OK, "{}", wangmin.text());
    assert_eq!(wangmin.submit("/send").await, StatusCode::OK, "{}", wangmin.text());

    world.at("09-17 14:10");
    // An hour without a click ends the sign-in.
    assert_eq!(wangmin.open("/work").await, StatusCode::OK);
    assert!(wangmin.path.starts_with("/login"));
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("{D}/requirement")).await;
    wangmin
        .set("confirm_method", "email")
        .set("confirm_contact", "李娜")
        .set("confirmed_at", "2026-09-17T14:10")
        .attach("file", "mail.pdf", PDF);
    assert_eq!(wangmin.submit("/confirm").await, StatusCode::OK, "{}", wangmin.text());
    assert!(wangmin.sees("9月18日 周五 09:10"), "the quote is due on the next morning: {}", wangmin.text());

    world.at("09-17 14:30");
    assert_eq!(wangmin.open(&format!("{D}/quote")).await, StatusCode::OK);
    assert!(wangmin.sees("8,299.00"), "the tier from ten pieces is policy: {}", wangmin.text());
    wangmin
        .set("unit_price#1", "8050.03")
        .set("unit_price#2", "1200.00")
        .set("deliver_at", "2026-09-24T18:00")
        .set("freight_payer", "seller");
    wangmin
        .set("percent#1", "30")
        .set("trigger#1", "on_signing")
        .set("days#1", "3")
        .set("percent#2", "70")
        .set("trigger#2", "before_shipment")
        .set("days#2", "0");
    assert_eq!(wangmin.submit("/quote").await, StatusCode::OK, "{}", wangmin.text());
    for figure in ["80,500.30", "81,700.30", "72,371.28", "9,329.02", "捌万壹仟柒佰元零叁角"] {
        assert!(wangmin.sees(figure), "{figure}: {}", wangmin.text());
    }

    world.at("09-17 14:35");
    assert_eq!(wangmin.open(&format!("{D}/order")).await, StatusCode::CONFLICT, "an unapproved quote is not sent");

    world.at("09-17 14:40");
    wangmin.open(&format!("{D}/quote/submit")).await;
    assert!(wangmin.sees("销售主管") || wangmin.sees("销售经理"), "who will approve: {}", wangmin.text());
    assert_eq!(wangmin.submit("/submit").await, StatusCode::OK, "{}", wangmin.text());
    wangmin.open(&format!("{D}/approval")).await;
    assert!(wangmin.sees("9月18日 周五 09:40"), "the manager's due time: {}", wangmin.text());

    world.at("09-17 15:25");
    liqiang.sign_in("liqiang").await;
    liqiang.open("/approvals").await;
    assert!(liqiang.sees("CD-20260917-001"));
    liqiang.open(&format!("{D}/approval")).await;
    for point in MET {
        liqiang.set(point, "met");
    }
    assert_eq!(liqiang.choose("/approval", "decision", "approve").await, StatusCode::OK, "{}", liqiang.text());
    let case = world.case("CD-20260917-001").await;
    let node = &case.round.as_ref().expect("a round").nodes[0];
    let used = world
        .app
        .calendar
        .working_minutes_between(node.arrived_at.expect("arrived"), node.decided.as_ref().expect("decided").at);
    assert_eq!(used.get(), 45);

    world.at("09-17 15:30");
    wangmin.open(&format!("{D}/order")).await;
    assert_eq!(wangmin.submit("/send").await, StatusCode::OK, "{}", wangmin.text());

    world.at("09-18 09:05");
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("{D}/order")).await;
    wangmin.set("acceptance_kind", "stamped_contract").set("accepted_at", "2026-09-18T09:05").attach(
        "file",
        "contract.pdf",
        PDF,
    );
    assert_eq!(wangmin.submit("/acceptance").await, StatusCode::OK, "{}", wangmin.text());

    world.at("09-18 09:15");
    assert_eq!(wangmin.submit("/confirm").await, StatusCode::OK, "{}", wangmin.text());
    wangmin.open(&format!("{D}/order")).await;
    for figure in ["DD-20260918-001", "24,510.09", "57,190.21", "捌万壹仟柒佰元零叁角"] {
        assert!(wangmin.sees(figure), "{figure}: {}", wangmin.text());
    }

    world.at("09-18 10:00");
    wufang.sign_in("wufang").await;
    wufang.open(&format!("{D}/delivery")).await;
    wufang.set("amount", "24510.09").set("received_at", "2026-09-18T10:00").set("reference", "回单 0918");
    assert_eq!(wufang.submit("/receipt").await, StatusCode::OK, "{}", wufang.text());

    world.at("09-21 10:00");
    sunli.sign_in("sunli").await;
    sunli.open(&format!("{D}/delivery")).await;
    assert!(!sunli.sees("81,700.30") && !sunli.sees("8,050.03"), "the warehouse sees no prices");
    assert_eq!(sunli.submit("/picking").await, StatusCode::OK, "{}", sunli.text());
    hejun.sign_in("hejun").await;
    hejun.open(&format!("{D}/delivery")).await;
    let pickings = world.case("CD-20260917-001").await.order.expect("an order").tracking.pickings;
    hejun.set("picking", &pickings[0].id.to_string());
    assert_eq!(hejun.submit("/check").await, StatusCode::OK, "{}", hejun.text());
    sunli.open(&format!("{D}/delivery")).await;
    assert_eq!(sunli.submit("/packing").await, StatusCode::OK, "{}", sunli.text());

    world.at("09-22 10:00");
    hejun.sign_in("hejun").await;
    hejun.open(&format!("{D}/delivery")).await;
    hejun.set("carrier", "德邦").set("waybill_no", "DPK2026092201").set("packages", "10");
    assert_eq!(hejun.submit("/arrange").await, StatusCode::OK, "{}", hejun.text());
    sunli.sign_in("sunli").await;
    sunli.open(&format!("{D}/delivery")).await;
    assert!(sunli.sees("发货") && sunli.sees("DPK2026092201"), "{}", sunli.text());
    assert!(!sunli.html.contains("/ship\""), "with 70 % unpaid there is no ship form, only the reason");

    world.at("09-22 11:00");
    wufang.sign_in("wufang").await;
    wufang.open(&format!("{D}/delivery")).await;
    wufang.set("amount", "57190.21").set("received_at", "2026-09-22T11:00").set("reference", "回单 0922");
    assert_eq!(wufang.submit("/receipt").await, StatusCode::OK, "{}", wufang.text());

    world.at("09-22 14:00");
    sunli.sign_in("sunli").await;
    sunli.open(&format!("{D}/delivery")).await;
    assert_eq!(sunli.submit("/ship").await, StatusCode::OK, "{}", sunli.text());

    world.at("09-23 15:00");
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("{D}/delivery")).await;
    wangmin.set("signed_by", "方晓").set("signed_at", "2026-09-23T15:00").attach("file", "pod.pdf", PDF);
    assert_eq!(wangmin.submit("/sign-off").await, StatusCode::OK, "{}", wangmin.text());
    let case = world.case("CD-20260917-001").await;
    let order = case.order.expect("an order");
    assert_eq!(order.progress(), 100);
    assert!(order.signed_at.expect("signed") <= order.promised_at, "on time");
    assert_eq!(
        order.milestones.iter().map(kuaidan::domain::order::Milestone::open).sum::<rust_decimal::Decimal>(),
        rust_decimal::Decimal::ZERO
    );
}
