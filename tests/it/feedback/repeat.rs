//! Ordering again: an earlier order brings its lines, ship-to, terms and specials along, not its prices.

use super::{complaint, must, record, solution, with_completed_order};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::app::FeedbackAbout;
use kuaidan::domain::deal::DealKind;
use kuaidan::domain::feedback::Severity;
use kuaidan::domain::quote::PaymentTrigger;
use rust_decimal::dec;

#[tokio::test]
async fn everything_but_time_and_prices_is_carried_over() {
    let (w, earlier, order, customer) = with_completed_order().await;
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::General)).await;
    must(&w, "wangmin", &no, solution(Some("防潮托盘+护角"))).await;
    w.at("12-29 09:10");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/customers/{customer}")).await;
    assert!(b.links().contains(&format!("/deals/new?repeat={order}")), "{:?}", b.links());
    b.open(&format!("/deals/new?repeat={order}")).await;
    assert!(b.sees("逾期 12 天") && b.sees("防潮托盘+护角") && b.sees("65 英寸会议平板"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
    b.set("promise_hours", "none");
    assert_eq!(b.submit("/deals/new").await, StatusCode::OK, "{}", b.text());
    let deal = b.path.trim_start_matches("/deals/").split('/').next().expect("a number").to_owned();
    assert_eq!(w.case(&deal).await.deal.expect("a deal").kind, DealKind::Repeat);
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.sees("沿用原业务单") && b.links().contains(&format!("/deals/{earlier}")), "{}", b.text());
    b.set("channel", "phone").set("wanted_at", "2027-01-15T18:00").set("packaging#1", "防潮托盘");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let (old, new) = (w.case(&earlier).await, w.case(&deal).await);
    let (old, new) = (old.requirement.expect("one").content, new.requirement.expect("one").content);
    assert_eq!(new.ship_address, old.ship_address);
    assert_eq!((new.payment_wish, new.invoice_need), (old.payment_wish, old.invoice_need));
    assert_eq!((&new.purpose, &new.acceptance), (&old.purpose, &old.acceptance));
    let told = |c: &kuaidan::domain::requirement::RequirementContent| {
        c.lines.iter().map(|l| (l.product, l.quantity)).collect::<Vec<_>>()
    };
    assert_eq!(told(&new), told(&old));
    assert!(new.lines.iter().all(|n| old.lines.iter().all(|o| o.id != n.id)), "its lines are its own");
    assert!(new.specials.iter().any(|s| s.text == "防潮托盘+护角" && s.applies.is_none()));
}

#[tokio::test]
async fn the_quote_takes_the_terms_along_and_reads_the_price_anew() {
    let w = World::new().await;
    let terms = vec![(dec!(45), PaymentTrigger::OnSigning, 2), (dec!(55), PaymentTrigger::BeforeShipment, 0)];
    let earlier = w.deal_at(Stage::Completed, &Plan { terms, ..Plan::default() }).await;
    let case = w.case(&earlier).await;
    let (order, customer) = (case.order.expect("an order").no, case.customer.no);
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/new?repeat={order}")).await;
    b.set("promise_hours", "none");
    assert_eq!(b.submit("/deals/new").await, StatusCode::OK, "{}", b.text());
    let deal = b.path.trim_start_matches("/deals/").split('/').next().expect("a number").to_owned();
    let plan = Plan { customer: Some(customer), ..Plan::default() };
    for stage in [Stage::RequirementDrafted, Stage::RequirementSent, Stage::RequirementConfirmed] {
        w.bring_to(stage, &deal, &plan).await;
    }
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.html.contains("value=\"45\"") && b.html.contains("value=\"55\""), "{}", b.html);
    assert!(b.html.contains("整机三年"), "{}", b.text());
    // 8,299.00 is the policy price of ten; the earlier order was sold at 8,050.03.
    assert!(b.html.contains("value=\"8299\"") && !b.html.contains("value=\"8050.03\""), "{}", b.html);
}

#[tokio::test]
async fn a_foreign_or_unknown_order_is_not_repeated() {
    let (w, _, order, _) = with_completed_order().await;
    let first = Browser::at(&w).await;
    let mut other = first.another();
    other.sign_in("zhaoliu").await;
    assert_eq!(other.open(&format!("/deals/new?repeat={order}")).await, StatusCode::NOT_FOUND);
    assert_eq!(other.open("/deals/new?repeat=DD-20990101-001").await, StatusCode::NOT_FOUND);
    // A form that names it all the same.
    other.open("/deals/new").await;
    let mut mine = first.another();
    mine.sign_in("wangmin").await;
    assert_eq!(mine.open("/deals/new?repeat=%27%20OR%201=1").await, StatusCode::NOT_FOUND);
}
