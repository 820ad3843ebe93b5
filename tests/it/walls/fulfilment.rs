//! Quantities follow each other, money comes in through finance, nothing ships unpaid.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::workflow::LineQuantity;
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
            "picked = 5, checked = 5, packed = 5, shipped = 5, signed = 5.001",
            "picked = 5, checked = 5, packed = 5, shipped = 5.001",
            "picked = 5, checked = 5, packed = 5.001",
            "picked = 5, checked = 5.001",
            "picked = 5, checked = 4, packed = 5",
            "passed = 0.001",
            "failed = 0.001",
            "credited = 0.001",
        ] {
            attacker.refused(&set(wrong), "23514", "quantities_follow").await;
        }
        attacker.succeeds("SELECT 1", &set("picked = 10, checked = 10, packed = 10")).await;
        attacker.refused(&set("quantity = 100"), "P0001", "order lines are frozen").await;
        attacker.refused(&set("unit_price = 1"), "P0001", "order lines are frozen").await;
        attacker.refused(&set("off_quantity = 1, off_net = 1, off_gross = 1"), "P0001", "order lines are frozen").await;
        attacker.refused("UPDATE order_line SET reserved = 1 WHERE NOT is_goods", "23514", "order_line_check").await;
    }
}

fn arrange(names: &Names, by: kuaidan::domain::ids::PersonId, batch: i32, waybill: &str) -> String {
    format!(
        "INSERT INTO shipment (id, no, order_id, batch_no, status, carrier, waybill_no, packages, arranged_at, arranged_by, ship_address, ship_receiver, ship_phone)
         VALUES ('00000000-0000-0000-0000-00000000009{batch}', 'FH-20260917-90{batch}', '{}', {batch}, 'pending', '德邦', '{waybill}', 1, '2026-09-22', '{by}', '星湖街 328 号', '方晓', '13800138001')",
        names.order
    )
}

fn post(batch: i32, by: kuaidan::domain::ids::PersonId) -> String {
    format!(
        "UPDATE shipment SET status = 'shipped', shipped_at = '2026-09-22', shipped_by = '{by}' WHERE id = '00000000-0000-0000-0000-00000000009{batch}'"
    )
}

#[tokio::test]
async fn logistics_arranges_the_warehouse_posts_and_nothing_leaves_unpaid() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    w.bring_to(Stage::Picked, &deal, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let (hejun, sunli, wangmin) = (w.id("hejun"), w.id("sunli"), w.id("wangmin"));
    let arranged = arrange(&names, hejun, 1, "DPK2026092201");
    for owner in [false, true] {
        let acting = async |who| if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await }.acting(who);
        for (who, named) in [(sunli, sunli), (wangmin, wangmin), (sunli, hejun)] {
            let wrong = arrange(&names, named, 1, "DPK2026092201");
            acting(who).await.refused(&wrong, "42501", "arranged by logistics").await;
        }
        // Straight into another state, and posted by the wrong person or unpaid.
        let posted = arranged.replace("'pending'", "'shipped'");
        acting(hejun).await.refused(&posted, "P0001", "begins as pending").await;
        acting(hejun).await.refused_after(&arranged, &post(1, hejun), "42501", "posted by the warehouse").await;
        let by_warehouse = format!("{arranged}; SELECT set_config('kuaidan.actor', '{sunli}', true)");
        acting(hejun).await.refused_after(&by_warehouse, &post(1, sunli), "P0001", "nothing ships before").await;
    }
}

#[tokio::test]
async fn a_waybill_number_is_used_once_by_its_carrier() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    w.ship(&deal, vec![LineQuantity { line, quantity: dec!(4) }], "DPK2026092201").await;
    let names = Names::of(&w.case(&deal).await);
    let by = w.id("hejun");
    for owner in [false, true] {
        let attacker = async || if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await }.acting(by);
        let again = arrange(&names, by, 2, "DPK2026092201");
        attacker().await.refused(&again, "23505", "shipment_waybill").await;
        // Nor in another writing, or under a longer name of the carrier.
        for other in ["dpk2026092201", "DPK-2026-092201"] {
            let again = arrange(&names, by, 2, other).replace("'德邦'", "'德邦物流'");
            attacker().await.refused(&again, "23505", "shipment_waybill").await;
        }
        let same_batch = arrange(&names, by, 1, "DPK2026092202");
        attacker().await.refused(&same_batch, "23505", "shipment_order_id_batch_no_key").await;
        attacker().await.succeeds("SELECT 1", &arrange(&names, by, 2, "DPK2026092202")).await;
    }
}

#[tokio::test]
async fn whoever_picks_does_not_check_and_nothing_is_packed_unticked() {
    use kuaidan::domain::requirement::Special;
    use kuaidan::domain::staff::Department;
    let w = World::new().await;
    let special = Special { text: "木箱包装".to_owned(), department: Department::Warehouse, applies: Some(true) };
    let deal = w.deal_at(Stage::Picked, &Plan { specials: vec![special], ..Plan::default() }).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    let (sunli, hejun) = (w.id("sunli"), w.id("hejun"));
    let pick = format!(
        "INSERT INTO picking (id, order_line_id, quantity, picked_by, picked_at) VALUES ('00000000-0000-0000-0000-000000000077', '{line}', 1, '{sunli}', '2026-09-21')"
    );
    let check = |by| {
        format!(
            "UPDATE picking SET checked_by = '{by}', checked_at = '2026-09-22' WHERE id = '00000000-0000-0000-0000-000000000077'"
        )
    };
    for owner in [false, true] {
        let acting = async |who| if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await }.acting(who);
        acting(hejun).await.refused(&pick, "42501", "the picker picks").await;
        acting(sunli).await.refused_after(&pick, &check(sunli), "23514", "checked_by_another").await;
        acting(sunli).await.refused_after(&pick, &check(hejun), "42501", "by the acting person").await;
        let void = format!("{pick}; UPDATE picking SET voided_at = '2026-09-22' WHERE checked_at IS NULL");
        acting(sunli).await.refused_after(&void, &check(sunli), "42501", "is void once").await;
        let counted = "UPDATE picking SET voided_at = '2026-09-30' WHERE checked_at IS NOT NULL";
        acting(sunli).await.refused(counted, "42501", "that nobody checked").await;
        acting(sunli)
            .await
            .refused("UPDATE order_line SET packed = 1 WHERE is_goods", "P0001", "every packing requirement")
            .await;
    }
}

#[tokio::test]
async fn a_promise_moves_with_its_reason_and_the_first_one_stays() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker
            .refused(
                "UPDATE promise_batch SET promised_at = promised_at + interval '1 day'",
                "P0001",
                "with its reason only",
            )
            .await;
        attacker
            .refused("UPDATE promise_batch SET original_at = '2026-12-01'", "P0001", "the first promise stays")
            .await;
        attacker.refused("UPDATE promise_batch SET quantity = 11", "P0001", "the first promise stays").await;
        attacker.refused("UPDATE order_line SET promised_at = promised_at + interval '1 day'", "P0001", "frozen").await;
    }
}

#[tokio::test]
async fn signed_and_shipped_are_what_the_shipments_say_and_history_stays() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Signed, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let now = "SET CONSTRAINTS ALL IMMEDIATE";
        for wrong in ["signed = 9", "shipped = 9, signed = 9"] {
            let lie = format!("{now}; UPDATE order_line SET {wrong} WHERE is_goods");
            attacker.refused(&lie, "23514", "sums of its shipments").await;
        }
        attacker.refused("UPDATE shipment_line SET returned = 11", "23514", "returned_of_shipped").await;
        attacker.refused("UPDATE shipment SET status = 'shipped'", "P0001", "cannot become").await;
    }
    // A severe exception is closed by another, and an order waits for every exception.
    let opener = w.id("sunli");
    let open = format!(
        "INSERT INTO delivery_exception (id, no, order_id, kind, severity, department, text, is_automatic, found_at, opened_by, opened_at, response_due_at,
            plan_due_at, status)
         VALUES (gen_random_uuid(), 'YC-20260923-009', '{}', 'refused', 'severe', 'logistics', '拒收', false, '2026-09-23', '{opener}', '2026-09-23', '2026-09-23',
            '2026-09-23', 'open')",
        names.order
    );
    let plan = format!(
        "UPDATE delivery_exception SET status = 'planned', disposition = 'take_back', plan = '取回', due_at = '2026-09-25', planned_by = '{opener}',
            planned_at = '2026-09-24'"
    );
    let close = |by| {
        format!(
            "UPDATE delivery_exception SET status = 'closed', outcome = '已取回', closed_by = '{by}', closed_at = '2026-09-25'"
        )
    };
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused_after(&open, &close(w.id("liqiang")), "P0001", "cannot become").await;
        attacker.refused_after(&format!("{open}; {plan}"), &close(opener), "23514", "severe_closed_by_another").await;
        attacker.refused_after(&open, "UPDATE delivery_exception SET text = '没事'", "P0001", "is history").await;
        attacker
            .refused_after(&open, "UPDATE sales_order SET status = 'completed'", "P0001", "without open exceptions")
            .await;
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
        attacker.refused("UPDATE sales_order SET net = net + 1", "P0001", "what the customer accepted").await;
    }
}

#[tokio::test]
async fn a_completed_order_ships_only_what_came_back() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let hejun = w.id("hejun");
    let again = arrange(&names, hejun, 2, "DPK2026102001");
    for mut attacker in [Attacker::app(&w).await.acting(hejun), Attacker::owner(&w).await.acting(hejun)] {
        attacker.refused(&again, "P0001", "only a live order ships").await;
    }
}

#[tokio::test]
async fn what_has_left_went_where_it_was_sent() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    assert!(w.case(&deal).await.order.is_some());
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker
            .refused("UPDATE shipment SET ship_address = '无锡市新吴区长江路 9 号'", "P0001", "went where it was sent")
            .await;
    }
}

#[tokio::test]
async fn goods_are_never_completed_from_the_confirmation() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let complete = "UPDATE sales_order SET status = 'completed', completed_at = '2026-09-17 12:00'";
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(complete, "P0001", "signed for before their order").await;
    }
}

#[tokio::test]
async fn a_line_is_promised_with_its_draft_and_by_nobody_later() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let alone = "UPDATE order_line SET promised_at = '2026-10-12'";
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(alone, "P0001", "order lines are frozen").await;
        attacker.succeeds("UPDATE sales_order SET promised_at = '2026-10-12'", alone).await;
    }
    w.bring_to(Stage::OrderConfirmed, &deal, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(alone, "P0001", "order lines are frozen").await;
    }
}
