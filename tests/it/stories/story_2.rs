//! Story 2 (DOMAIN 9.2): a regular customer orders again and wants more, minute by minute from the
//! repeated order with its overdue re-check and its old complaint to the last delivery.

use crate::feedback::{complaint, must, record, solution};
use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, approve_on};
use crate::harness::world::{World, day, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{
    Asked, Failure, FeedbackAbout, ForCustomer, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput,
};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::change::ChangeStatus;
use kuaidan::domain::credit::{CreditChange, Exposure};
use kuaidan::domain::customer::{CustomerConfirmMethod, Grade, RegistryStatus, VerifyChannel};
use kuaidan::domain::deal::{DealKind, LostReason};
use kuaidan::domain::feedback::{FeedbackCommand, Severity};
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{LineRemarks, PaymentTrigger, PriceRequest, QuoteStatus, QuoteTerms};
use kuaidan::domain::requirement::{LineKind, RequirementConfirmMethod, RequirementStatus, Special};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::store::catalog::Product;
use rust_decimal::{Decimal, dec};

const NAME: &str = "无锡宏泰精工制造有限公司";
const LESSON: &str = "防潮托盘+护角";
/// The set of the story; the company of the tests already sells granules as RM-PA66.
const SET: &str = "RM-PA66-T";

/// The granule set at its list price, in sets.
fn set_of(w: &World) -> Product {
    Product {
        id: kuaidan::domain::ids::ProductId(w.app.ids.next()),
        code: SET.to_owned(),
        name: "PA66 精密组件".to_owned(),
        name_en: "PA66 precision assembly".to_owned(),
        kind: LineKind::Standard,
        spec: "含 30 % 玻纤，公差 0.02 毫米".to_owned(),
        unit: "套".to_owned(),
        tax_rate: dec!(0.13),
        lead_days: 8,
        is_stocked: true,
        is_on_sale: true,
        first_sold_on: Some(day("2025-03-01")),
        on_hand: dec!(30),
        reserved: Decimal::ZERO,
    }
}

fn plan(customer: &str) -> Plan {
    let special = Special { text: LESSON.to_owned(), department: Department::Warehouse, applies: Some(true) };
    Plan {
        customer: Some(customer.to_owned()),
        lines: vec![(SET, dec!(16), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        specials: vec![special],
        partial_allowed: true,
        ..Plan::default()
    }
}

/// The customer as on 2026-10-12: grade A, 200,000 on 30 days, an agreement, six orders of 486,000.00 with
/// the last of them in the system, a packaging complaint, and the last re-check of 06-30.
async fn regular_customer() -> (World, String, String) {
    let mut w = World::new().await;
    w.at("03-02 09:00");
    let set = set_of(&w);
    let (product, tier) = (set.id, |unit_price| Tier { from_quantity: dec!(1), unit_price, floor_price: dec!(4200) });
    w.sell(set, &[tier(dec!(5000))]).await;
    let first = w.open("wangmin", ForCustomer::New { legal_name: NAME.to_owned() }, None, None).await;
    let customer = w.case(&first).await.customer.no;
    let profile = sample::profile(&w, NAME, "91320281PDY0000289");
    w.must_on_customer("wangmin", &customer, &[], Command::SaveCustomer(Box::new(profile))).await;
    let licence = w.pdf("营业执照").await;
    let attach = Command::AttachLicense { file: licence.id };
    w.must_on_customer("wangmin", &customer, &[licence], attach).await;
    w.must_on_customer("wangmin", &customer, &[], Command::RequestVerification).await;
    w.must_on_customer("zhaoxue", &customer, &[], Command::VerifyLicense { channel: VerifyChannel::Gsxt }).await;
    let confirm = Command::ConfirmWithCustomer {
        method: CustomerConfirmMethod::Phone,
        contact: "李娜".to_owned(),
        note: Some("电话核对".to_owned()),
        file: None,
    };
    w.must_on_customer("wangmin", &customer, &[], confirm).await;
    w.must("wangmin", &first, &[], Command::CloseDeal { reason: LostReason::Budget }).await;
    let (finance, director) = (w.id("wufang"), w.id("chenjing"));
    w.app
        .set_opening_terms(finance, &customer, Grade::A, dec!(200000), 30, 5, dec!(411600.00))
        .await
        .expect("finance sets the terms");
    let id = w.customer(&customer).await.customer.id;
    w.app
        .add_agreement((finance, director), id, product, "XY-HT-01", &tier(dec!(4650)), day("2026-01-01"))
        .await
        .expect("an agreement");

    w.at("04-20 09:00");
    let earlier = w.deal_at(Stage::Signed, &plan(&customer)).await;
    let order = w.case(&earlier).await.order.expect("an order");
    assert_eq!(order.gross, dec!(74400.00));
    let paid = Command::RecordReceipt {
        position: 1,
        amount: order.gross,
        received_at: w.now(),
        reference: "银行回单".to_owned(),
    };
    w.must("wufang", &earlier, &[], paid).await;
    w.bring_to(Stage::Completed, &earlier, &plan(&customer)).await;

    w.at("05-12 10:00");
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order.no }, complaint(&w, Severity::General)).await;
    must(&w, "wangmin", &no, solution(Some(LESSON))).await;
    must(&w, "liqiang", &no, FeedbackCommand::Close { satisfied: true, note: None }).await;
    w.at("06-30 10:00");
    w.must_on_customer("zhaoxue", &customer, &[], re_check()).await;
    assert_eq!(w.customer(&customer).await.customer.next_review_on, Some(day("2026-09-30")));
    let owed = CreditChange::Receivable {
        id: w.app.ids.next(),
        no: "YS-2026-09".to_owned(),
        amount: dec!(118500.00),
        due_on: day("2026-10-31"),
        note: None,
    };
    w.must_on_customer("wufang", &customer, &[], Command::ChangeCredit(Box::new(owed))).await;
    (w, customer, order.no)
}

fn re_check() -> Command {
    Command::ReviewCustomer {
        channel: VerifyChannel::Gsxt,
        registry_status: RegistryStatus::Active,
        findings: "执照有效，联系人在职".to_owned(),
    }
}

fn quote_of(w: &World, plan: &Plan, packing: bool) -> Asked<'static> {
    let Asked::Quote(input) = w.quote(plan) else { panic!("a quote") };
    let line = QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no: 1,
        unit_price: None,
        tax_rate: None,
        discount_reason: None,
        request: PriceRequest::Policy,
        policy: PolicyChoice::Keep,
    };
    let packed =
        SurchargeInput { name: "特殊包装 20 套 × 35.00".to_owned(), amount: dec!(700.00), tax_rate: dec!(0.13) };
    Asked::Quote(Box::new(QuoteInput {
        lines: vec![line],
        surcharges: if packing { vec![packed] } else { Vec::new() },
        terms: QuoteTerms { deliver_at: moment("10-21 18:00"), ..input.terms },
    }))
}

async fn nodes(w: &World, deal: &str) -> Vec<NodeKind> {
    w.case(deal).await.round.expect("a round").nodes.iter().map(|n| n.kind).collect()
}

#[tokio::test]
async fn story_2_a_regular_customer_orders_again_and_wants_more() {
    let (w, customer, earlier) = regular_customer().await;
    let first = Browser::at(&w).await;
    let mut b = first.another();

    // 09:10: everything is shown without typing.
    w.at("10-12 09:10");
    b.sign_in("wangmin").await;
    b.open(&format!("/customers/{customer}")).await;
    for words in ["486,000.00", "4,650.00", "投诉 1 次，未了结 0 次", LESSON, "16 套"] {
        assert!(b.sees(words), "{words}: {}", b.text());
    }
    assert!(b.html.contains("<dd class=\"num\">6</dd>"), "six orders: {}", b.text());
    b.open(&format!("/deals/new?repeat={earlier}")).await;
    for words in ["逾期 12 天", LESSON, "PA66 精密组件 × 16 套"] {
        assert!(b.sees(words), "{words}: {}", b.text());
    }
    b.set("promise_hours", "none");
    assert_eq!(b.submit("/deals/new").await, StatusCode::OK, "{}", b.text());
    let deal = b.path.trim_start_matches("/deals/").split('/').next().expect("a number").to_owned();
    assert_eq!(deal, "CD-20261012-001");
    assert_eq!(w.case(&deal).await.deal.map(|d| d.kind), Some(DealKind::Repeat));
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.sees("逾期 12 天") && b.html.contains("value=\"16\""), "{}", b.text());

    // 09:20: somebody else looks at the licence again.
    w.at("10-12 09:20");
    w.must_on_customer("zhaoxue", &customer, &[], re_check()).await;
    assert_eq!(w.customer(&customer).await.customer.next_review_on, Some(day("2027-01-12")));

    // 09:30: sixteen sets in standard packing; the lesson is not ticked yet.
    w.at("10-12 09:30");
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(!b.sees("逾期 12 天"), "{}", b.text());
    b.set("channel", "phone").set("wanted_at", "2026-10-21T18:00").set("partial_allowed", "yes");
    b.set("packaging#1", "标准包装");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SendRequirement).await;
    let file = w.pdf("需求确认单").await;
    let confirm = |file, at| Command::ConfirmRequirement {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file: Some(file),
        at,
    };
    match w.act("wangmin", &deal, std::slice::from_ref(&file), confirm(file.id, w.now())).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::SpecialUnticked { text: LESSON.to_owned() }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    // What is in the way leads to where it is cleared, without going back to the customer.
    b.open(&format!("/deals/{deal}/requirement")).await;
    let way = format!("/deals/{deal}/requirement#specials");
    assert!(b.links().contains(&way) && b.html.contains("id=\"specials\""), "{:?}", b.links());
    let lines = w.case(&deal).await.requirement.expect("a requirement").content.lines;
    b.set("special_applies", "yes");
    assert_eq!(b.submit("/requirement/specials").await, StatusCode::OK, "{}", b.text());
    let sent = w.case(&deal).await.requirement.expect("a requirement");
    assert_eq!((sent.status, sent.version_no), (RequirementStatus::Sent, 1));
    assert_eq!(sent.content.specials[0].applies, Some(true));
    assert_eq!(sent.content.lines, lines, "what the customer was sent stays as it is");
    assert!(!b.links().contains(&way), "{:?}", b.links());
    w.at("10-12 10:00");
    let file = w.pdf("需求确认单 V1").await;
    w.must("wangmin", &deal, std::slice::from_ref(&file), confirm(file.id, w.now())).await;

    // 10:20: the agreement is the policy, so there is no discount.
    w.at("10-12 10:20");
    let plan = plan(&customer);
    w.must("wangmin", &deal, &[], quote_of(&w, &plan, false)).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!(quote.priced.totals.gross, dec!(74400.00));
    assert_eq!(quote.priced.lines[0].discount_rate, Decimal::ZERO);

    // 10:40: four sets more and special packing.
    w.at("10-12 10:40");
    // More than an hour without a click: the session is over.
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/changes/new")).await;
    b.set("quantity", "20").set("packaging", "防潮托盘+护角+缠绕膜");
    b.set("requested_by", "李娜").set("channel", "phone").set("change_reason", "customer");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
    b.press("提交变更").await;
    let case = w.case(&deal).await;
    let change = case.change.as_ref().expect("a change");
    assert_eq!((change.no.as_str(), change.status), ("BG-20261012-001", ChangeStatus::AwaitingCustomer));
    let items: Vec<(&str, &str)> = change.items.iter().map(|i| (i.before.as_str(), i.after.as_str())).collect();
    assert_eq!(items, [("16", "20"), ("标准包装", "防潮托盘+护角+缠绕膜")]);
    assert_eq!(case.quote.as_ref().map(|q| (q.version_no, q.status)), Some((1, QuoteStatus::Superseded)));
    assert_eq!(case.requirement.as_ref().map(|r| (r.version_no, r.status)), Some((2, RequirementStatus::Sent)));

    // 11:00 and 11:15: confirmed again, quoted again.
    w.at("10-12 11:00");
    let file = w.pdf("需求确认单 V2").await;
    w.must("wangmin", &deal, std::slice::from_ref(&file), confirm(file.id, w.now())).await;
    w.at("10-12 11:15");
    w.must("wangmin", &deal, &[], quote_of(&w, &plan, true)).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    let totals = &quote.priced.totals;
    assert_eq!(quote.version_no, 2);
    assert_eq!((totals.gross, totals.net, totals.tax), (dec!(93700.00), dec!(82920.35), dec!(10779.65)));
    assert_eq!(to_capital(totals.gross).expect("capitals"), "玖万叁仟柒佰元整");

    // 11:20: the manager first, then finance and production side by side; nobody technical, no director.
    w.at("10-12 11:20");
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let mut route = nodes(&w, &deal).await;
    route.sort();
    let mut expected = vec![NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production];
    expected.sort();
    assert_eq!(route, expected);
    // 118,500.00 owed and 93,700.00 more: 212,200.00 is 6.1 % over the limit, for finance alone to bear.
    let case = w.case(&deal).await;
    let over = case.route_facts.credit.check(dec!(93700.00), &kuaidan::domain::rules::Rules::default());
    assert_eq!(over, Exposure::Over { exposure: dec!(212200.00), limit: dec!(200000.00) });
    let due = |case: &kuaidan::domain::workflow::Case, kind| case.round.as_ref().and_then(|r| r.node(kind)?.due_at);
    assert_eq!(due(&w.case(&deal).await, NodeKind::SalesManager), Some(moment("10-12 16:20")));
    let approve = |node| approve_on(node, day("2026-10-12"));
    w.at("10-12 11:50");
    w.must("liqiang", &deal, &[], approve(NodeKind::SalesManager)).await;
    for kind in [NodeKind::Finance, NodeKind::Production] {
        assert_eq!(due(&w.case(&deal).await, kind), Some(moment("10-13 11:50")), "{kind}");
    }
    w.at("10-12 14:20");
    w.must("wufang", &deal, &[], approve(NodeKind::Finance)).await;
    w.at("10-12 15:05");
    w.must("zhengwei", &deal, &[], approve(NodeKind::Production)).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!(quote.status, QuoteStatus::Approved);
    let spent = w.app.calendar.working_minutes_between(moment("10-12 11:20"), w.now());
    assert_eq!(spent.get(), 165, "working minutes of the round");

    // The order: fourteen from the shelf, six to be made; its packing stands where it is packed.
    w.at("10-12 15:40");
    for stage in [Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed] {
        w.bring_to(stage, &deal, &plan).await;
    }
    let order = w.case(&deal).await.order.expect("an order");
    let set = order.goods().next().expect("the set");
    assert_eq!((set.reserved, set.shortage()), (dec!(14), dec!(6)));
    for login in ["sunli", "zhengwei"] {
        let mut store = first.another();
        store.sign_in(login).await;
        store.open(&format!("/deals/{deal}/delivery")).await;
        assert!(store.sees("防潮托盘+护角+缠绕膜") && store.sees(LESSON), "{login}: {}", store.text());
    }

    // Until everything is signed and inspected; then the history has grown by this order.
    w.at("10-21 15:40");
    for stage in [Stage::Paid, Stage::Picked, Stage::Packed, Stage::Shipped, Stage::Signed] {
        w.bring_to(stage, &deal, &plan).await;
    }
    w.at("10-29 09:00");
    w.bring_to(Stage::Completed, &deal, &plan).await;
    // The session of two weeks ago is over.
    b.sign_in("wangmin").await;
    b.open(&format!("/customers/{customer}")).await;
    assert!(b.sees("579,700.00") && b.html.contains("<dd class=\"num\">7</dd>"), "{}", b.text());
    // Three working days later the customer is asked how it was.
    w.at("11-03 09:00");
    b.sign_in("wangmin").await;
    b.open("/work").await;
    let order = w.case(&deal).await.order.expect("an order").no;
    assert!(b.links().contains(&format!("/surveys/{order}")), "{}", b.text());
}
