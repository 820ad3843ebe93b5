//! An order of services alone: nothing is made, sent or signed for, and its rep says when it is done.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day};
use axum::http::StatusCode;
use kuaidan::domain::deal::DealStatus;
use kuaidan::domain::order::{Order, OrderStatus};
use kuaidan::domain::order_stop::StopReason;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::{Action, Command, offers, standing};
use rust_decimal::dec;

fn dates(order: &Order) -> Vec<Option<chrono::NaiveDate>> {
    order.milestones.iter().map(|m| m.due_on).collect()
}

#[tokio::test]
async fn an_order_of_services_alone_comes_to_its_end() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("AZ-01", dec!(2), None)],
        terms: vec![
            (dec!(30), PaymentTrigger::OnSigning, 0),
            (dec!(40), PaymentTrigger::BeforeShipment, 0),
            (dec!(20), PaymentTrigger::AfterSignOff, 30),
            (dec!(10), PaymentTrigger::OnAcceptance, 0),
        ],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let signing = Some(day("2026-09-17"));
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!((order.status, order.progress()), (OrderStatus::Confirmed, 5));
    assert_eq!(dates(&order), [signing, signing, None, None], "there is nothing to pack first");
    w.bring_to(Stage::Paid, &deal, &plan).await;
    assert_eq!(standing(&w.case(&deal).await).next, Some((Action::CompleteOrder, Role::SalesRep)));

    // It is held and goes on like any other.
    w.must("liqiang", &deal, &[], Command::HoldOrder { reason: StopReason::Customer, text: "场地没准备好".to_owned() })
        .await;
    w.must("liqiang", &deal, &[], Command::ResumeOrder { comment: "场地好了".to_owned() }).await;
    assert_eq!(w.case(&deal).await.order.map(|o| o.status), Some(OrderStatus::Confirmed));

    w.at("09-24 16:00");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/delivery")).await, StatusCode::OK);
    assert!(b.sees("这张订单只有服务"), "{}", b.text());
    assert_eq!(b.submit("/delivery/complete").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    assert_eq!((order.status, order.progress()), (OrderStatus::Completed, 100));
    assert_eq!(case.deal.as_ref().map(|d| d.status), Some(DealStatus::Completed));
    assert_eq!(dates(order), [signing, signing, Some(day("2026-10-24")), Some(day("2026-09-24"))]);
}

#[tokio::test]
async fn goods_are_signed_for_before_anybody_is_offered_the_end() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let case = w.case(&deal).await;
    assert!(offers(&case, &w.actor("wangmin"), w.now()).iter().all(|o| o.action != Action::CompleteOrder));
}
