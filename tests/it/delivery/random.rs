//! Random deliveries: whatever people record in whatever order, what must hold holds after each act,
//! and what is refused changes nothing.

use super::{goods, order_of, sell, some};
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::delivery::{
    Disposition, ExceptionKind, ExceptionPlan, ExceptionStatus, Inspection, ReturnFreight, ReturnOutcome,
};
use kuaidan::domain::order::{Order, OrderStatus, ShipmentStatus};
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Command, LineQuantity, Waiver};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use sqlx::Row as _;

/// One try: what, how much, and a coin.
type Try = (u8, i64, bool);

/// What a try says and who says it; nothing where there is nothing to say it of.
async fn command(w: &World, order: &Order, (what, much, coin): Try, serial: usize) -> Option<(&'static str, Command)> {
    let line = goods(order);
    let q = some(line, Decimal::from(much));
    let waiting = order.shipments.iter().find(|s| s.status == ShipmentStatus::Pending);
    let on_its_way = order.shipments.iter().find(|s| s.is_on_its_way());
    Some(match what {
        0 => ("zhengwei", Command::RecordProduction { work_order: None, quantities: q, scrap: Vec::new() }),
        1 if coin => {
            let failed = Some(LineQuantity { line, quantity: Decimal::from(much.min(2)) });
            ("zhengwei", Command::RecordQc { passed: Vec::new(), failed, cause: Some("划伤".to_owned()) })
        }
        1 => ("zhengwei", Command::RecordQc { passed: q, failed: None, cause: None }),
        2 => ("sunli", Command::RecordPicking { quantities: q, location: None }),
        3 => {
            let open = order.tracking.pickings.iter().filter(|p| p.checked_at.is_none());
            ("hejun", Command::CheckPicking { pickings: open.map(|p| p.id).collect() })
        }
        4 => ("sunli", Command::RecordPacking { quantities: q, ticked: Vec::new() }),
        5 => {
            let way = sample::carried("德邦", &format!("DPK{serial:08}"));
            ("hejun", Command::ArrangeShipment { quantities: q, way })
        }
        6 if coin => ("hejun", Command::DropShipment { shipment: waiting?.id, reason: "车没来".to_owned() }),
        6 => ("sunli", Command::Ship { shipment: waiting?.id }),
        7 => {
            let sent = on_its_way?;
            let file = w.pdf("签收单").await;
            let mut signature = sample::signature(sent, file.id, w.now());
            if coin {
                signature.received = some(line, Decimal::from(much));
            }
            ("wangmin", Command::SignOff(Box::new(signature)))
        }
        8 => {
            let open = order.tracking.exceptions.iter().find(|e| e.status == ExceptionStatus::Open)?;
            let of_pieces = open.facts.kind == ExceptionKind::QcFail;
            let disposition = match (of_pieces, coin) {
                (true, true) => Disposition::Scrap,
                (true, false) => Disposition::Rework,
                (false, _) => Disposition::TakeBack,
            };
            let plan = ExceptionPlan {
                disposition,
                text: "按约定处理".to_owned(),
                due_at: w.now(),
                department: Department::Logistics,
                cost: None,
            };
            ("hejun", Command::PlanException { exception: open.id, plan: Box::new(plan) })
        }
        9 if coin && much > 6 => ("wangmin", Command::CompleteOrder { waive_inspection: Waiver::Waived }),
        9 if much > 6 => {
            let reason = StopReason::Customer;
            ("wangmin", Command::RequestStop { kind: StopKind::ShortClose, reason, text: "其余不要了".to_owned() })
        }
        _ => {
            let planned = order.tracking.exceptions.iter().find(|e| e.status == ExceptionStatus::Planned)?;
            let signed = order.shipments.iter().find(|s| s.signed_at.is_some())?;
            let back = Command::SettleReturn {
                exception: planned.id,
                shipment: signed.id,
                quantities: q,
                inspection: if coin { Inspection::Good } else { Inspection::Lost },
                outcome: if much % 3 == 0 { ReturnOutcome::Credit } else { ReturnOutcome::Replace },
                freight: ReturnFreight::Carrier,
            };
            ("sunli", back)
        }
    })
}

/// What must hold of the line, the stock and the ledger.
async fn holds(w: &World, order: &Order) -> Result<(), TestCaseError> {
    let l = order.goods().next().expect("goods");
    prop_assert!(
        l.signed <= l.shipped && l.shipped <= l.packed && l.packed <= l.checked && l.checked <= l.picked,
        "{l:?}"
    );
    prop_assert!(l.picked <= l.reserved + l.passed && l.passed + l.failed <= l.produced, "{l:?}");
    prop_assert!(l.reserved + l.produced + l.credited <= l.quantity, "{l:?}");
    // Nothing has come in: the order comes to the goods that are delivered or still to be, at 40.00.
    let owed = if order.was_short_closed() { l.shipped } else { l.due() };
    prop_assert_eq!(order.comes_to(), owed * Decimal::from(40));
    prop_assert_eq!(order.milestones.iter().map(|m| m.amount).sum::<Decimal>(), order.comes_to());
    let sent: Decimal =
        order.shipments.iter().filter(|s| s.is_posted()).flat_map(|s| &s.lines).map(|s| s.quantity - s.returned).sum();
    prop_assert_eq!(sent, l.shipped, "shipped is what the shipments say");
    let mut owner = w.database.owner_connection().await;
    let stock = sqlx::query(
        "SELECT s.on_hand, s.reserved,
            (SELECT COALESCE(sum(m.quantity) FILTER (WHERE m.kind IN ('opening','produce','ship','adjust','return')), 0) FROM stock_movement m
             WHERE m.product_id = s.product_id) AS moved,
            (SELECT count(*) FROM stock_movement m WHERE m.product_id = s.product_id AND m.reserved_after > m.on_hand_after) AS oversold
         FROM stock s WHERE s.product_id = $1",
    )
    .bind(l.product.expect("a product").0)
    .fetch_one(&mut owner)
    .await
    .expect("a stock row");
    let (on_hand, reserved): (Decimal, Decimal) = (stock.get("on_hand"), stock.get("reserved"));
    prop_assert!(Decimal::ZERO <= reserved && reserved <= on_hand, "{reserved} of {on_hand}");
    prop_assert_eq!(stock.get::<Decimal, _>("moved"), on_hand, "the ledger sums to the balance");
    prop_assert_eq!(stock.get::<i64, _>("oversold"), 0);
    // What lies on the shelf for this order is what is made ready and has not left.
    prop_assert_eq!(reserved, l.reserved + l.passed - l.shipped, "{:?}", l);
    Ok(())
}

async fn walk(tries: Vec<Try>) -> Result<(), TestCaseError> {
    let mut w = World::new().await;
    sell(&mut w, "GP-7", "礼盒", Decimal::from(12), Decimal::from(40)).await;
    let plan = Plan {
        lines: vec![("GP-7", Decimal::from(20), None)],
        terms: vec![(Decimal::from(100), PaymentTrigger::AfterSignOff, 7)],
        partial_allowed: true,
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let mut order = order_of(&w, &deal).await;
    holds(&w, &order).await?;
    let mut done = 0;
    for (serial, one) in tries.into_iter().enumerate() {
        let Some((who, command)) = command(&w, &order, one, serial).await else { continue };
        let goes_back = matches!(command, Command::SettleReturn { .. } | Command::PlanException { .. });
        let uploads = match &command {
            Command::SignOff(_) => vec![w.pdf("签收单").await],
            _ => Vec::new(),
        };
        let command = match (command, uploads.first()) {
            (Command::SignOff(mut s), Some(file)) => {
                s.file = file.id;
                Command::SignOff(s)
            }
            (other, _) => other,
        };
        let gives_up = matches!(command, Command::RequestStop { .. });
        let mut result = w.act(who, &deal, &uploads, command).await;
        if gives_up && result.is_ok() {
            let grant = Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None };
            result = w.act("liqiang", &deal, &[], grant).await;
            prop_assert!(result.is_ok(), "what could be asked for is granted");
        }
        let after = order_of(&w, &deal).await;
        if result.is_ok() {
            done += 1;
            prop_assert!(
                goes_back || after.progress() >= order.progress(),
                "{} -> {}",
                order.progress(),
                after.progress()
            );
            let l = after.goods().next().expect("goods");
            prop_assert_eq!(after.progress() == 100, l.signed >= after.due_of(l));
            let is_over = matches!(after.status, OrderStatus::Completed) && !after.owes_replacement();
            prop_assert!(!is_over || after.progress() == 100, "what is completed is whole");
        } else {
            prop_assert_eq!(&after.lines, &order.lines, "what is refused changes nothing");
        }
        holds(&w, &after).await?;
        order = after;
    }
    prop_assert!(done > 0, "nothing was possible at all");
    Ok(())
}

#[test]
fn random_deliveries_never_break_what_must_hold() {
    let tries = prop::collection::vec((0_u8..10, 1_i64..9, any::<bool>()), 40..60);
    let mut runner = TestRunner::new(Config { cases: 6, max_shrink_iters: 0, ..Config::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let result = runner.run(&tries, |tries| runtime.block_on(walk(tries)));
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
