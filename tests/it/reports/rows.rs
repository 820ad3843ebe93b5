//! What figures are made of: money that came late, nodes that rose, promises that the customer put off,
//! and pages of rows that are followed and never steered.

use super::{company, figure, figure_of};
use crate::delivery::{goods, order_of, sign};
use crate::goods_after_changes::fewer;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, day, moment};
use axum::http::StatusCode;
use kuaidan::app::{Asked, ForCustomer};
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::credit::CreditChange;
use kuaidan::domain::delivery::{DelayCause, ToldBy};
use kuaidan::domain::money::format_money;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::report::Kpi;
use kuaidan::domain::workflow::Command;
use kuaidan::jobs;
use rust_decimal::dec;

#[tokio::test]
async fn a_payment_is_overdue_from_the_end_of_its_day_until_the_money_is_there() {
    let (w, mine, _) = company().await;
    let amount = w.case(&mine).await.order.expect("an order").milestones[0].amount;
    let owed = async |w: &World| {
        w.app.make_all_facts().await.expect("facts are made");
        figure_of(w, Kpi::OverdueAmount, ("2000-01", "2026-09")).await.value
    };
    w.at("09-17 23:59");
    assert_eq!(owed(&w).await, None, "due today");
    w.at("09-18 00:00");
    assert_eq!(owed(&w).await, Some(amount));
    assert_eq!(figure(&w, Kpi::PaidInTime, "2026-09").await.value, Some(dec!(0.0)));
    let received = |amount| Command::RecordReceipt {
        position: 1,
        amount,
        received_at: moment("09-18 09:00"),
        reference: "回单".to_owned(),
    };
    w.at("09-18 10:00");
    w.must("wufang", &mine, &[], received(dec!(1000))).await;
    assert_eq!(owed(&w).await, Some(amount - dec!(1000)));
    w.must("wufang", &mine, &[], received(amount - dec!(1000))).await;
    assert_eq!(owed(&w).await, None);
    assert_eq!(figure(&w, Kpi::PaidInTime, "2026-09").await.value, Some(dec!(0.0)), "late for ever");
    // The figure of this moment opens its rows and can be taken along.
    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    b.open("/reports/paid_in_time?month=2026-09").await;
    assert!(b.sees(&mine) && b.sees("0 / 1"), "{}", b.text());
    b.open("/reports/complete_archives").await;
    assert!(b.sees("2 / 2") && b.sees("KH2026"), "{}", b.text());
    b.choose("/reports/complete_archives/export", "format", "csv").await;
    assert_eq!(String::from_utf8_lossy(&b.body).lines().count(), 3, "the heading and two customers");
}

#[tokio::test]
async fn a_changed_order_counts_with_what_it_is_now() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-65", dec!(4), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        discount_reason: Some("年度合作客户"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    let Asked::Quote(mut typed) = w.quote(&plan) else { panic!("a quote is typed") };
    typed.terms.whole_discount = dec!(1600);
    w.must("wangmin", &deal, &[], Asked::Quote(typed)).await;
    for stage in [Stage::QuoteSubmitted, Stage::QuoteApproved, Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed]
    {
        w.bring_to(stage, &deal, &plan).await;
    }
    let figures = async || {
        w.app.make_all_facts().await.expect("facts are made");
        let discount = figure(&w, Kpi::Discount, "2026-09").await.sums;
        (discount.numerator, discount.denominator, figure(&w, Kpi::BelowFloor, "2026-09").await.value)
    };
    let list = order_of(&w, &deal).await.lines[0].unit_price;
    assert_eq!(figures().await, (dec!(1600), list * dec!(4), Some(dec!(0.0))));
    // Twice as many at the price of their own tier: the discount of the whole stays what was agreed.
    fewer(&w, &deal, dec!(8), None).await;
    let order = order_of(&w, &deal).await;
    let list = order.lines[0].unit_price;
    assert_eq!((order.lines[0].quantity, order.lines[0].amounts.gross), (dec!(8), list * dec!(8) - dec!(1600)));
    assert_eq!(figures().await, (dec!(1600), list * dec!(8), Some(dec!(0.0))));
}

#[tokio::test]
async fn a_price_above_policy_makes_the_average_discount_smaller() {
    let w = World::new().await;
    let dear = Plan { lines: vec![("QM-65", dec!(10), Some(dec!(8399)))], ..Plan::default() };
    w.deal_at(Stage::OrderConfirmed, &dear).await;
    w.app.make_all_facts().await.expect("facts are made");
    let discount = figure(&w, Kpi::Discount, "2026-09").await.sums;
    assert_eq!((discount.numerator, discount.denominator), (dec!(-1000), dec!(82990)));
    let mut b = Browser::at(&w).await;
    b.sign_in("chenjing").await;
    assert_eq!(b.open("/reports/discount?month=2026-09").await, StatusCode::OK);
    assert!(b.sees("-1.2") || b.sees("−1.2"), "{}", b.text());
}

#[tokio::test]
async fn the_list_of_what_is_owed_and_the_figure_agree_to_the_cent() {
    let (w, mine, _) = company().await;
    let no = w.archived_customer().await;
    let before = CreditChange::Receivable {
        id: w.app.ids.next(),
        no: "YS-2026-08".to_owned(),
        amount: dec!(118500.07),
        due_on: day("2026-08-31"),
        note: None,
    };
    w.must_on_customer("wufang", &no, &[], Command::ChangeCredit(Box::new(before))).await;
    w.at("09-18 09:00");
    w.app.make_all_facts().await.expect("facts are made");
    let overdue = figure_of(&w, Kpi::OverdueAmount, ("2000-01", "2026-09")).await.value.expect("an amount");
    let milestone = w.case(&mine).await.order.expect("an order").milestones[0].amount;
    assert_eq!(overdue, milestone + dec!(118500.07));
    let credit = format!("/customers/{no}/credit");
    let browser = Browser::at(&w).await;
    for login in ["chenjing", "wufang", "liqiang", "wangmin"] {
        let mut b = browser.another();
        b.sign_in(login).await;
        for page in ["/receivables", "/receivables?overdue=yes"] {
            assert_eq!(b.open(page).await, StatusCode::OK, "{login}");
            assert!(b.sees(&format_money(overdue)) && b.sees("期初欠款"), "{login}: {}", b.text());
            assert!(b.hrefs("td a").contains(&credit), "{login}");
        }
        b.choose("/receivables/export", "format", "csv").await;
        let text = String::from_utf8_lossy(&b.body).into_owned();
        assert!(text.contains("期初欠款") && text.contains("YS-2026-08"), "{login}: {text}");
        assert_eq!(b.open(&credit).await, StatusCode::OK, "{login} may follow the link");
    }
    let mut other = browser.another();
    other.sign_in("zhaoliu").await;
    other.open("/receivables").await;
    assert!(!other.sees("YS-2026-08"), "{}", other.text());
}

#[tokio::test]
async fn a_node_that_rose_to_the_superior_counts_as_escalated() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let due = w.case(&deal).await.round.expect("a round").nodes[0].due_at.expect("due");
    assert_eq!(due, moment("09-17 15:20"));
    for at in ["09-17 15:21", "09-18 10:30"] {
        w.at(at);
        jobs::sweep(&w.app).await.expect("a look");
    }
    assert!(w.case(&deal).await.round.expect("a round").nodes[0].escalated_to.is_some(), "four working hours later");
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    w.app.make_all_facts().await.expect("facts are made");
    for kpi in [Kpi::EscalationRate, Kpi::OverdueRate] {
        let sums = figure(&w, kpi, "2026-09").await.sums;
        assert_eq!((sums.numerator, sums.denominator), (dec!(1), dec!(1)), "{kpi}");
    }
}

#[tokio::test]
async fn a_promise_that_the_customer_put_off_is_late_once_and_not_by_our_doing() {
    let w = World::new().await;
    let plan = Plan::default();
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    w.at("09-21 10:00");
    let slip = Command::SlipPromise {
        line: goods(&order_of(&w, &deal).await),
        batch_no: 1,
        to: moment("09-28 18:00"),
        cause: DelayCause::Customer,
        reason: "客户机房装修未完工".to_owned(),
        told: "交期改到 9 月 28 日，客户同意".to_owned(),
        channel: ToldBy::Phone,
    };
    w.must("wangmin", &deal, &[], slip).await;
    w.at("09-28 10:00");
    for stage in [Stage::Paid, Stage::Picked, Stage::Packed, Stage::Shipped] {
        w.bring_to(stage, &deal, &plan).await;
    }
    w.at("09-28 16:00");
    sign(&w, &deal, 1, |_| ()).await;
    w.app.make_all_facts().await.expect("facts are made");
    assert_eq!(figure(&w, Kpi::OnTime, "2026-09").await.value, Some(dec!(0.0)), "by the first promise");
    assert_eq!(figure(&w, Kpi::OnTimeOurs, "2026-09").await.value, Some(dec!(100.0)));
}

#[tokio::test]
async fn pages_of_rows_follow_one_another_and_only_with_their_own_token() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    for _ in 0..60 {
        w.open(
            "wangmin",
            ForCustomer::Known { no: no.clone() },
            Some(kuaidan::domain::calendar::NaturalHours(1)),
            None,
        )
        .await;
    }
    w.at("09-18 09:00");
    w.app.make_all_facts().await.expect("facts are made");
    let mut b = Browser::at(&w).await;
    b.sign_in("chenjing").await;
    b.open("/reports/promise_rate").await;
    let first = b.words_of("section[aria-labelledby=rows] td a");
    assert_eq!(first.len(), 50);
    let older = b.hrefs("a[rel=next]").into_iter().find(|h| h.contains("after=")).expect("a next page");
    b.open(&older).await;
    let second = b.words_of("section[aria-labelledby=rows] td a");
    assert_eq!(second.len(), 10, "60 deals with a promise of an hour; that of the archive still has time");
    assert!(second.iter().all(|no| !first.contains(no)));
    for odd in
        [older.replace("promise_rate", "step_time"), older.replacen("after=1", "after=2", 1), format!("{older}0")]
    {
        assert_eq!(b.open(&odd).await, StatusCode::OK);
        assert!(b.sees("已回到第一页"), "{odd}: {}", b.text());
    }
}
