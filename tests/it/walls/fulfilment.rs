//! Quantities follow each other, money comes in through finance, nothing ships unpaid.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::workflow::{Command, LineQuantity};
use rust_decimal::dec;

#[tokio::test]
async fn stock_is_never_negative_and_never_oversold() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let panels = format!("WHERE product_id = '{}'", w.product("QM-65").id);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&format!("UPDATE stock SET on_hand = -1 {panels}"), "23514", "stock").await;
        attacker.refused(&format!("UPDATE stock SET reserved = -1 {panels}"), "23514", "stock_reserved_check").await;
        attacker.refused(&format!("UPDATE stock SET reserved = 40.001 {panels}"), "23514", "never_oversold").await;
        attacker.refused(&format!("UPDATE stock SET on_hand = 9.999 {panels}"), "23514", "never_oversold").await;
        attacker.refused(&format!("UPDATE stock SET reserved = 40 {panels}"), "23514", "with its ledger only").await;
        let row = "INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at)
            SELECT gen_random_uuid(), product_id, 'reserve', 30, on_hand, reserved, timestamptz '2026-09-17 03:00:00+00' FROM stock";
        attacker.succeeds(&format!("UPDATE stock SET reserved = 40 {panels}"), &format!("{row} {panels}")).await;
    }
}

#[tokio::test]
async fn quantities_follow_each_other() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let set = |what: &str| format!("UPDATE order_line SET {what} WHERE is_goods");
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for wrong in [
            "signed = 1",
            "shipped = 1",
            "packed = 1",
            "picked = 10.001",
            "produced = 0.001",
            "reserved = 11",
            "picked = 5, packed = 5, shipped = 5, signed = 5.001",
            "picked = 5, packed = 5, shipped = 5.001",
            "picked = 5, packed = 5.001",
        ] {
            attacker.refused(&set(wrong), "23514", "quantities_follow").await;
        }
        attacker.succeeds("SELECT 1", &set("picked = 10, packed = 10, shipped = 10, signed = 10")).await;
        attacker.refused(&set("quantity = 100"), "P0001", "order lines are frozen").await;
        attacker.refused(&set("unit_price = 1"), "P0001", "order lines are frozen").await;
        attacker.refused("UPDATE order_line SET reserved = 1 WHERE NOT is_goods", "23514", "order_line_check").await;
    }
}

#[tokio::test]
async fn receipts_are_recorded_by_finance_only() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let receive = |amount: &str, by: &str| {
        format!("UPDATE milestone SET received = {amount}, recorded_by = '{}' WHERE position = 1", w.id(by))
    };
    for owner in [false, true] {
        let attacker = async |login: &str| {
            let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
            attacker.acting(w.id(login))
        };
        for login in w.logins().filter(|l| *l != "wufang") {
            attacker(login).await.refused(&receive("1", login), "42501", "by finance only").await;
            attacker(login).await.refused(&receive("1", "wufang"), "42501", "by finance only").await;
        }
        let mut finance = attacker("wufang").await;
        finance.succeeds("SELECT 1", &receive("24510.09", "wufang")).await;
        finance.refused(&receive("24510.10", "wufang"), "23514", "milestone_check").await;
        finance
            .refused_after(&receive("100", "wufang"), &receive("99", "wufang"), "P0001", "only gains receipts")
            .await;
        finance.refused("UPDATE milestone SET amount = 1", "P0001", "only gains receipts").await;
    }
    Attacker::app(&w).await.refused(&receive("1", "wufang"), "28000", "without an acting person").await;
}

fn ship(names: &Names, by: kuaidan::domain::ids::PersonId, batch: i32, waybill: &str) -> String {
    format!(
        "INSERT INTO shipment (id, no, order_id, batch_no, status, carrier, waybill_no, packages, shipped_at, shipped_by)
         VALUES (gen_random_uuid(), 'FH-20260917-90{batch}', '{}', {batch}, 'shipped', '德邦', '{waybill}', 1, '2026-09-22', '{by}')",
        names.order
    )
}

#[tokio::test]
async fn nothing_ships_before_it_is_paid() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    w.bring_to(Stage::Picked, &deal, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&ship(&names, w.id("sunli"), 1, "DPK2026092201"), "P0001", "nothing ships before").await;
    }
    w.bring_to(Stage::Paid, &deal, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.succeeds("SELECT 1", &ship(&names, w.id("sunli"), 1, "DPK2026092201")).await;
    }
    w.bring_to(Stage::Packed, &deal, &Plan::default()).await;
    w.bring_to(Stage::Shipped, &deal, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&ship(&names, w.id("sunli"), 2, "DPK2026092202"), "P0001", "only a live order ships").await;
    }
}

#[tokio::test]
async fn a_waybill_number_is_used_once_by_its_carrier() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    let part = Command::Ship {
        quantities: vec![LineQuantity { line, quantity: dec!(4) }],
        carrier: "德邦".to_owned(),
        waybill_no: "DPK2026092201".to_owned(),
        packages: 4,
        eta: None,
    };
    w.must("hejun", &deal, &[], part).await;
    let names = Names::of(&w.case(&deal).await);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker
            .refused(&ship(&names, w.id("sunli"), 2, "DPK2026092201"), "23505", "shipment_carrier_waybill_no_key")
            .await;
        attacker
            .refused(&ship(&names, w.id("sunli"), 1, "DPK2026092202"), "23505", "shipment_order_id_batch_no_key")
            .await;
        attacker.succeeds("SELECT 1", &ship(&names, w.id("sunli"), 2, "DPK2026092202")).await;
    }
}

#[tokio::test]
async fn states_of_an_order_are_not_skipped() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for to in ["in_fulfilment", "shipped", "signed", "completed"] {
            attacker
                .refused(
                    &format!("UPDATE sales_order SET status = '{to}' WHERE id = '{}'", names.order),
                    "P0001",
                    "cannot become",
                )
                .await;
        }
        attacker.refused("UPDATE sales_order SET status = 'confirmed'", "23514", "sales_order_check").await;
        attacker.refused("UPDATE sales_order SET net = net + 1", "23514", "sales_order_check").await;
    }
}
