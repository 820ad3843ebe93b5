//! DOMAIN 9.1 to 9.3, their deliveries with the stated figures.

use super::{blockers, goods, order_of, ordered, pass, produce, quote_for, sell, send, shipment, sign, some};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use chrono::TimeDelta;
use kuaidan::app::SurchargeInput;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::delivery::track;
use kuaidan::domain::order::{DeliveryStage, OrderStatus};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::requirement::Special;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command, Waiver};
use rust_decimal::dec;

#[tokio::test]
async fn story_1_ships_only_when_paid_and_arrives_in_time() {
    let w = World::new().await;
    let plan = Plan::default();
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    w.at("09-18 16:00");
    let deposit = Command::RecordReceipt {
        position: 1,
        amount: dec!(24510.09),
        received_at: w.now(),
        reference: "回单一".to_owned(),
    };
    w.must("wufang", &deal, &[], deposit).await;
    w.at("09-21 10:00");
    w.bring_to(Stage::Picked, &deal, &plan).await;
    w.bring_to(Stage::Packed, &deal, &plan).await;
    w.at("09-22 10:00");
    let line = goods(&order_of(&w, &deal).await);
    let way = crate::harness::sample::carried("德邦", "DPK2026092201");
    w.must("hejun", &deal, &[], Command::ArrangeShipment { quantities: some(line, dec!(10)), way }).await;
    let post = Command::Ship { shipment: order_of(&w, &deal).await.shipments[0].id };
    let open = Blocker::PaymentOpen { position: 2, amount: dec!(57190.21) };
    assert_eq!(blockers(w.act("sunli", &deal, &[], post.clone()).await), [open], "70 % has not come");
    w.at("09-22 11:00");
    let rest = Command::RecordReceipt {
        position: 2,
        amount: dec!(57190.21),
        received_at: w.now(),
        reference: "回单二".to_owned(),
    };
    w.must("wufang", &deal, &[], rest).await;
    w.at("09-22 14:00");
    w.must("sunli", &deal, &[], post).await;
    w.must("hejun", &deal, &[], Command::HandOver { shipment: order_of(&w, &deal).await.shipments[0].id }).await;
    w.at("09-23 15:00");
    sign(&w, &deal, 1, |_| ()).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.progress(), order.status), (100, OrderStatus::Signed));
    let batch = &track(&order, &w.app.calendar, w.now()).lines[0].batches[0];
    assert_eq!((batch.on_time, batch.signed_at), (Some(true), Some(moment("09-23 15:00"))));
    assert_eq!(batch.promised_at, moment("09-24 18:00"));
    assert_eq!(shipment(&order, 1).shipped_at, Some(moment("09-22 14:00")));
}

#[tokio::test]
async fn story_2_delivers_in_two_promised_batches() {
    let mut w = World::new().await;
    sell(&mut w, "RM-20", "PA66 改性料", dec!(14), dec!(4650)).await;
    let packing =
        Special {
            text: "防潮托盘+护角+缠绕膜".to_owned(), department: Department::Warehouse, applies: Some(true)
        };
    let plan = Plan {
        customer: Some(w.archived_customer().await),
        lines: vec![("RM-20", dec!(20), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        specials: vec![packing],
        partial_allowed: true,
        ..Plan::default()
    };
    w.at("10-12 09:10");
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    w.at("10-12 11:15");
    w.must("wangmin", &deal, &[], quote_for(&w, &plan, moment("10-21 18:00"), Vec::new())).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.approve_all(&deal).await;
    w.at("10-13 15:40");
    ordered(&w, &deal, &plan).await;
    let order = order_of(&w, &deal).await;
    let line = goods(&order);
    assert_eq!((order.lines[0].reserved, order.lines[0].shortage()), (dec!(14), dec!(6)));
    let batches = vec![(dec!(14), moment("10-16 18:00")), (dec!(6), moment("10-21 18:00"))];
    w.must("wangmin", &deal, &[], Command::PlanBatches { line, batches }).await;

    // Nothing is packed before the packing is acknowledged and ticked.
    w.at("10-14 09:00");
    let pick = Command::RecordPicking { quantities: some(line, dec!(14)), location: Some("A-03".to_owned()) };
    w.must("sunli", &deal, &[], pick).await;
    let pack = |ticked| Command::RecordPacking { quantities: some(line, dec!(14)), ticked };
    let stops = blockers(w.act("sunli", &deal, &[], pack(vec![1])).await);
    assert!(stops.contains(&Blocker::PickingUnchecked), "{stops:?}");
    w.check_pickings(&deal).await;
    w.must("sunli", &deal, &[], Command::AcknowledgeSpecial { position: 1 }).await;
    let text = "防潮托盘+护角+缠绕膜".to_owned();
    let stops = blockers(w.act("sunli", &deal, &[], pack(Vec::new())).await);
    assert_eq!(stops, [Blocker::SpecialNotTicked { text }]);
    w.must("sunli", &deal, &[], pack(vec![1])).await;
    w.ship(&deal, some(line, dec!(14)), "SF2026101401").await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::PartiallyShipped);
    w.at("10-16 10:20");
    sign(&w, &deal, 1, |_| ()).await;
    w.at("10-19 16:00");
    produce(&w, &deal, dec!(6)).await;
    assert_eq!(order_of(&w, &deal).await.progress(), 88, "14 signed, 6 produced and not checked");
    w.at("10-20 10:00");
    pass(&w, &deal, dec!(6)).await;
    send(&w, &deal, dec!(6), "SF2026102001").await;
    w.at("10-21 15:40");
    sign(&w, &deal, 2, |_| ()).await;

    let order = order_of(&w, &deal).await;
    assert_eq!((order.progress(), order.status), (100, OrderStatus::Signed));
    let seen = track(&order, &w.app.calendar, w.now());
    let told: Vec<_> = seen.lines[0].batches.iter().map(|b| (b.no, b.quantity, b.on_time, b.signed_at)).collect();
    assert_eq!(
        told,
        [(1, dec!(14), Some(true), Some(moment("10-16 10:20"))), (2, dec!(6), Some(true), Some(moment("10-21 15:40"))),]
    );
    // The first batch came off the shelf: nothing of it was produced or checked.
    let stages = |batch: usize| seen.lines[0].batches[batch].stages.iter().map(|s| s.stage).collect::<Vec<_>>();
    assert!(!stages(0).contains(&DeliveryStage::Production) && stages(1).contains(&DeliveryStage::Qc));
    w.at("10-29 09:00");
    w.must("wangmin", &deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Kept }).await;
}

#[tokio::test]
async fn story_3_is_delivered_in_47_hours_and_10_minutes() {
    let mut w = World::new().await;
    sell(&mut w, "GP-500", "礼盒套装", dec!(320), dec!(35.90)).await;
    let plan = Plan {
        customer: Some(w.archived_customer().await),
        lines: vec![("GP-500", dec!(500), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        partial_allowed: true,
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的礼盒，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-22 10:00"),
        }),
        ..Plan::default()
    };
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    w.at("09-20 10:35");
    let fee = SurchargeInput { name: "加急费".to_owned(), amount: dec!(1436.00), tax_rate: dec!(0.13) };
    w.must("wangmin", &deal, &[], quote_for(&w, &plan, moment("09-22 10:00"), vec![fee])).await;
    w.at("09-20 10:40");
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.at("09-20 10:58");
    w.approve_all(&deal).await;
    w.at("09-20 11:15");
    ordered(&w, &deal, &plan).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.lines[0].reserved, order.lines[0].shortage()), (dec!(320), dec!(180)));
    // Back-planned within the two days, in working time.
    let seen = track(&order, &w.app.calendar, w.now());
    for stage in &seen.lines[0].batches[0].stages {
        assert!(
            moment("09-20 11:15") <= stage.planned_start && stage.planned_end <= moment("09-22 10:00"),
            "{stage:?}"
        );
    }

    w.at("09-20 14:00");
    produce(&w, &deal, dec!(72)).await;
    w.at("09-20 16:30");
    send(&w, &deal, dec!(320), "SF1234567890123").await;
    assert_eq!(order_of(&w, &deal).await.progress(), 69, "320 shipped, 180 to 40 % produced");
    // The message is offered in both languages, with what has left and nothing internal.
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("/deals/{deal}/delivery")).await;
    for part in ["69%", "320/500", "SF1234567890123", "中文", "English"] {
        assert!(wangmin.sees(part), "{part}: {}", wangmin.text());
    }

    w.at("09-21 09:30");
    produce(&w, &deal, dec!(108)).await;
    pass(&w, &deal, dec!(180)).await;
    w.at("09-21 11:20");
    sign(&w, &deal, 1, |_| ()).await;
    w.at("09-21 14:00");
    send(&w, &deal, dec!(180), "SF1234567890124").await;
    assert_eq!(order_of(&w, &deal).await.progress(), 96, "320 signed, 180 shipped");
    w.at("09-22 09:10");
    sign(&w, &deal, 2, |_| ()).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    assert_eq!(order.progress(), 100);
    let seen = track(&order, &w.app.calendar, w.now());
    let batch = &seen.lines[0].batches[0];
    assert_eq!((batch.on_time, batch.promised_at), (Some(true), moment("09-22 10:00")));
    let took = batch.signed_at.expect("signed") - case.deal.expect("a deal").opened_at;
    assert_eq!(took, TimeDelta::minutes(47 * 60 + 10));
}
