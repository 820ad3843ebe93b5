//! Goods on the road of an order that is held or whose rest was given up: they are followed and signed for,
//! and payment counts from the last signature.

use super::{blockers, goods, order_of, sign, some};
use crate::harness::browser::Browser;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, moment};
use axum::http::StatusCode;
use kuaidan::domain::delivery::{Disposition, ExceptionPlan, Inspection, ReturnFreight, ReturnOutcome};
use kuaidan::domain::order::{Order, OrderStatus, ShipmentStatus};
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command, Waiver};
use rust_decimal::dec;

/// Four of ten have left; three tenths of the price are due thirty days after the sign-off.
async fn partly_shipped(w: &World) -> String {
    let plan = Plan {
        partial_allowed: true,
        terms: vec![(dec!(70), PaymentTrigger::OnSigning, 0), (dec!(30), PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let line = goods(&order_of(w, &deal).await);
    w.ship(&deal, some(line, dec!(4)), "DPK2026092201").await;
    deal
}

fn hold() -> Command {
    Command::HoldOrder { reason: StopReason::Customer, text: "客户工地停工".to_owned() }
}

async fn give_up(w: &World, deal: &str) {
    let ask = Command::RequestStop {
        kind: StopKind::ShortClose,
        reason: StopReason::Customer,
        text: "其余不要了".to_owned(),
    };
    w.must("wangmin", deal, &[], ask).await;
    let grant = Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None };
    w.must("liqiang", deal, &[], grant).await;
}

/// The row of a payment that hangs on this.
fn row(b: &Browser, trigger: &str) -> String {
    b.words_of("tr").into_iter().find(|row| row.contains(trigger)).unwrap_or_else(|| panic!("{}", b.text()))
}

fn after_sign_off(order: &Order) -> Option<chrono::NaiveDate> {
    order.milestones.iter().find(|m| m.trigger == PaymentTrigger::AfterSignOff).and_then(|m| m.due_on)
}

#[tokio::test]
async fn what_is_on_the_road_is_signed_for_while_the_order_is_held() {
    let w = World::new().await;
    let deal = partly_shipped(&w).await;
    w.must("liqiang", &deal, &[], hold()).await;
    let order = order_of(&w, &deal).await;
    let (line, shipment) = (goods(&order), order.shipments[0].id);
    w.must("hejun", &deal, &[], Command::HandOver { shipment }).await;
    let heard = Command::NoteTransit { shipment, text: "已到无锡分拨".to_owned(), eta: None, arrived_at: None };
    w.must("hejun", &deal, &[], heard).await;
    w.at("09-18 10:00");
    // The page has the form.
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/delivery")).await;
    assert!(b.html.contains("/delivery/sign-off"), "{}", b.text());
    // One is missing: the difference is planned and settled on hold, too.
    sign(&w, &deal, 1, |s| s.received = some(line, dec!(3))).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, order.shipments[0].status), (OrderStatus::OnHold, ShipmentStatus::PartlySigned));
    // Nothing leaves.
    let way = sample::carried("德邦", "DPK2026092202");
    let more = Command::ArrangeShipment { quantities: some(line, dec!(6)), way };
    let found = blockers(w.act("hejun", &deal, &[], more).await);
    assert!(matches!(found[..], [Blocker::OrderOnHold { .. }]), "{found:?}");
    let exception = order.tracking.exceptions[0].id;
    let plan = ExceptionPlan {
        disposition: Disposition::Credit,
        text: "退款".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(2),
        department: Department::Logistics,
        cost: None,
    };
    w.must("hejun", &deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    let settle = Command::SettleReturn {
        exception,
        shipment,
        quantities: some(line, dec!(1)),
        inspection: Inspection::Lost,
        outcome: ReturnOutcome::Credit,
        freight: ReturnFreight::Carrier,
    };
    w.must("sunli", &deal, &[], settle).await;
    let resume = Command::ResumeOrder { comment: "客户复工".to_owned() };
    w.must("liqiang", &deal, &[], resume).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::PartiallyShipped);
    w.ship(&deal, some(line, dec!(6)), "DPK2026092202").await;
    sign(&w, &deal, 2, |_| ()).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::Signed);
}

#[tokio::test]
async fn taken_up_again_an_order_stands_where_its_quantities_say() {
    let w = World::new().await;
    let deal = partly_shipped(&w).await;
    w.must("liqiang", &deal, &[], hold()).await;
    let order = order_of(&w, &deal).await;
    let (line, shipment) = (goods(&order), order.shipments[0].id);
    w.at("09-18 10:00");
    sign(&w, &deal, 1, |s| s.received = some(line, dec!(0))).await;
    let exception = order_of(&w, &deal).await.tracking.exceptions[0].id;
    let plan = ExceptionPlan {
        disposition: Disposition::TakeBack,
        text: "拉回仓库".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(2),
        department: Department::Logistics,
        cost: None,
    };
    w.must("hejun", &deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    let settle = Command::SettleReturn {
        exception,
        shipment,
        quantities: some(line, dec!(4)),
        inspection: Inspection::Good,
        outcome: ReturnOutcome::Replace,
        freight: ReturnFreight::Seller,
    };
    w.must("sunli", &deal, &[], settle).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::OnHold);
    w.must("liqiang", &deal, &[], Command::ResumeOrder { comment: "客户复工".to_owned() }).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::InFulfilment, "nothing is out any more");
}

#[tokio::test]
async fn what_is_on_the_road_arrives_where_the_rest_was_given_up() {
    let w = World::new().await;
    let deal = partly_shipped(&w).await;
    let line = goods(&order_of(&w, &deal).await);
    // A second shipment was arranged and never left.
    let way = sample::carried("德邦", "DPK2026092202");
    w.must("hejun", &deal, &[], Command::ArrangeShipment { quantities: some(line, dec!(2)), way }).await;
    give_up(&w, &deal).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, after_sign_off(&order)), (OrderStatus::ShortClosed, None));
    let first = order.shipments[0].id;
    assert_eq!(order.shipments[1].status, ShipmentStatus::Void, "what was arranged and never left ends with the rest");
    w.must("hejun", &deal, &[], Command::HandOver { shipment: first }).await;
    let heard = Command::NoteTransit {
        shipment: first,
        text: "已到苏州".to_owned(),
        eta: Some(day("2026-09-19")),
        arrived_at: None,
    };
    w.must("hejun", &deal, &[], heard).await;

    // Signed on the 19th and recorded on the 21st: payment counts from the 19th.
    w.at("09-21 09:00");
    sign(&w, &deal, 1, |s| s.signed_at = moment("09-19 15:00")).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, after_sign_off(&order)), (OrderStatus::ShortClosed, Some(day("2026-10-19"))));
    w.at("10-10 09:00");
    w.must("wangmin", &deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Kept }).await;
    assert_eq!(after_sign_off(&order_of(&w, &deal).await), Some(day("2026-10-19")), "completing moves nothing");
}

#[tokio::test]
async fn giving_up_the_rest_after_the_signature_makes_the_payment_due() {
    let w = World::new().await;
    let deal = partly_shipped(&w).await;
    w.at("09-18 10:00");
    sign(&w, &deal, 1, |_| ()).await;
    assert_eq!(after_sign_off(&order_of(&w, &deal).await), None, "six are still to come");
    w.at("09-21 10:00");
    give_up(&w, &deal).await;
    assert_eq!(after_sign_off(&order_of(&w, &deal).await), Some(day("2026-10-21")));
}

#[tokio::test]
async fn every_page_says_the_same_of_a_late_payment() {
    let w = World::new().await;
    let plan = Plan {
        terms: vec![(dec!(70), PaymentTrigger::OnSigning, 0), (dec!(30), PaymentTrigger::OnAcceptance, 0)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::Shipped, &plan).await;
    w.at("09-18 10:00");
    let line = goods(&order_of(&w, &deal).await);
    sign(&w, &deal, 1, |s| s.received = some(line, dec!(9))).await;
    // Nobody calls it due before the end, and the credit of the customer does not either.
    w.at("11-20 10:00");
    let customer = w.case(&deal).await.customer.no;
    assert_eq!(w.customer(&customer).await.route_facts.credit.oldest_due, None);
    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    for page in ["order", "delivery"] {
        assert_eq!(b.open(&format!("/deals/{deal}/{page}")).await, StatusCode::OK);
        assert!(row(&b, "验收").contains("未到期"), "{page}: {}", b.text());
    }

    // An unpaid deposit is overdue on both.
    let other = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    w.at("11-25 10:00");
    b.sign_in("wufang").await;
    for page in ["order", "delivery"] {
        b.open(&format!("/deals/{other}/{page}")).await;
        assert!(row(&b, "合同签订后").contains("逾期"), "{page}: {}", b.text());
    }
}
