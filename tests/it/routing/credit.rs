//! Credit as finance keeps it: terms with their history, what was owed before, and what follows for
//! approval, order and hold; nobody else touches it.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, told};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::credit::CreditChange;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::workflow::{Action, Blocker, Command, blockers};
use rust_decimal::dec;

fn terms(limit: rust_decimal::Decimal) -> Command {
    let reason = "年度信用评审".to_owned();
    Command::ChangeCredit(Box::new(CreditChange::Terms { limit, days: 30, tolerated_until: None, reason }))
}

fn owed(w: &World, amount: rust_decimal::Decimal, due: &str) -> (uuid::Uuid, Command) {
    let id = w.app.ids.next();
    let change = CreditChange::Receivable { id, no: format!("YS-{due}"), amount, due_on: day(due), note: None };
    (id, Command::ChangeCredit(Box::new(change)))
}

#[tokio::test]
async fn finance_alone_sets_credit_and_each_version_stays() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    for who in ["wangmin", "liqiang", "chenjing"] {
        let refused = w.act_on_customer(who, &no, &[], terms(dec!(200000))).await;
        assert!(matches!(refused, Err(Failure::Denied(_))), "{who}");
    }
    let mut finance = Browser::at(&w).await;
    finance.sign_in("wufang").await;
    assert_eq!(finance.open(&format!("/customers/{no}/credit")).await, StatusCode::OK, "{}", finance.text());
    finance.fill("信用额度", "-1").fill("账期", "30天").fill("原因", "短");
    assert_eq!(finance.press("保存信用条件").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(finance.sees("信用额度："), "each error names its field: {}", finance.text());
    finance.fill("信用额度", "200000").fill("账期", "30").fill("原因", "年度信用评审");
    assert_eq!(finance.press("保存信用条件").await, StatusCode::OK, "{}", finance.text());
    assert!(finance.sees("¥200,000.00") && finance.sees("年度信用评审"));
    w.must_on_customer("wufang", &no, &[], terms(dec!(150000))).await;
    finance.open(&format!("/customers/{no}/credit")).await;
    assert!(finance.sees("¥200,000.00") && finance.sees("¥150,000.00"), "the history stays: {}", finance.text());
    // The rep reads it and finds no form.
    let mut rep = finance.another();
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open(&format!("/customers/{no}/credit")).await, StatusCode::OK);
    assert!(!rep.html.contains("credit/terms"), "a rep changes nothing");
    let mut warehouse = finance.another();
    warehouse.sign_in("sunli").await;
    assert_ne!(warehouse.open(&format!("/customers/{no}/credit")).await, StatusCode::OK);
}

#[tokio::test]
async fn a_repeat_order_on_credit_goes_to_finance_with_what_it_exceeds() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    w.must_on_customer("wufang", &no, &[], terms(dec!(200000))).await;
    w.must_on_customer("wufang", &no, &[], owed(&w, dec!(118500), "2026-10-31").1).await;
    let plan = Plan {
        customer: Some(no.clone()),
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let round = w.case(&deal).await.round.expect("a round");
    let kinds: Vec<NodeKind> = round.nodes.iter().map(|n| n.kind).collect();
    // 118,500.00 + 81,700.30 = 200,200.30, over by 200.30.
    assert_eq!(kinds, [NodeKind::SalesManager, NodeKind::Finance]);
    let told = w.case(&deal).await.route_facts.credit;
    assert_eq!((told.receivable, told.unshipped), (dec!(118500), dec!(0)));
    // A confirmed order counts from then on, and stays when it has shipped.
    w.approve_all(&deal).await;
    for stage in [Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed] {
        w.bring_to(stage, &deal, &plan).await;
    }
    assert_eq!(w.case(&deal).await.route_facts.credit.unshipped, dec!(81700.30));
    for stage in [Stage::Picked, Stage::Packed, Stage::Shipped] {
        w.bring_to(stage, &deal, &plan).await;
    }
    let shipped = w.case(&deal).await.route_facts.credit;
    assert_eq!((shipped.receivable, shipped.unshipped), (dec!(200200.30), dec!(0)));
    assert_eq!(shipped.oldest_due, Some(day("2026-10-31")));
}

#[tokio::test]
async fn the_decision_page_says_what_is_used_of_which_limit() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    w.must_on_customer("wufang", &no, &[], terms(dec!(300000))).await;
    w.must_on_customer("wufang", &no, &[], owed(&w, dec!(118500), "2026-10-31").1).await;
    let plan =
        Plan { customer: Some(no), terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let mut manager = Browser::at(&w).await;
    manager.sign_in("liqiang").await;
    assert_eq!(manager.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK, "{}", manager.text());
    assert!(manager.sees("占用 200,200.30 / 额度 300,000.00"), "{}", manager.text());
}

#[tokio::test]
async fn a_receivable_thirty_one_days_late_stops_everything_until_it_is_paid_or_let_pass() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    let (id, record) = owed(&w, dec!(500), "2026-08-17");
    w.must_on_customer("wufang", &no, &[], record).await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan { customer: Some(no.clone()), ..Plan::default() }).await;
    let held = |action: Action| {
        let (w, deal) = (&w, deal.clone());
        async move { blockers(&w.case(&deal).await, action, None, w.now()).contains(&Blocker::CreditHold) }
    };
    // On 17 September it is 31 days late.
    assert!(held(Action::SubmitQuote).await);
    let refused = w.act("wangmin", &deal, &[], Command::SubmitQuote).await;
    assert!(matches!(refused, Err(Failure::Blocked { .. })));
    let until = CreditChange::Terms {
        limit: dec!(0),
        days: 0,
        tolerated_until: Some(day("2026-09-17")),
        reason: "客户已书面承诺月底付清".to_owned(),
    };
    w.must_on_customer("wufang", &no, &[], Command::ChangeCredit(Box::new(until))).await;
    assert!(!held(Action::SubmitQuote).await, "finance let it pass for the day");
    w.at("09-18 09:00");
    assert!(held(Action::SubmitQuote).await);
    let settle = CreditChange::Settled {
        id,
        no: "YS-2026-08-17".to_owned(),
        settled_on: day("2026-09-18"),
        reference: "银行回单 0918".to_owned(),
    };
    w.must_on_customer("wufang", &no, &[], Command::ChangeCredit(Box::new(settle.clone()))).await;
    assert!(!held(Action::SubmitQuote).await, "paid");
    let again = w.act_on_customer("wufang", &no, &[], Command::ChangeCredit(Box::new(settle))).await;
    assert!(again.is_err(), "paid once: {}", told(&again.expect_err("refused")));
}
