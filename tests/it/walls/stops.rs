//! Side states of an order by direct SQL: they are entered and left by a decision only, and the
//! decision belongs to somebody with the authority.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::workflow::{Command, LineQuantity};
use rust_decimal::dec;

fn request(kind: StopKind) -> Command {
    Command::RequestStop { kind, reason: StopReason::Customer, text: "客户项目暂停".to_owned() }
}

fn decide(by: PersonId, more: &str) -> String {
    format!(
        "UPDATE order_stop SET status = 'in_force', decided_by = '{by}', decided_at = requested_at,
            from_status = (SELECT o.status FROM sales_order o WHERE o.id = order_id) {more}"
    )
}

#[tokio::test]
async fn an_order_is_stopped_by_a_decision_only() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Picked, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let to = |status: &str| format!("UPDATE sales_order SET status = '{status}' WHERE id = '{}'", names.order);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&to("on_hold"), "P0001", "stopped by a decision only").await;
        attacker.refused(&to("cancelled"), "P0001", "stopped by a decision only").await;
        attacker.refused(&to("short_closed"), "P0001", "cannot become short_closed").await;
    }
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    let cost = ", cost_amount = 100, borne_by = 'us'";
    for owner in [false, true] {
        let attacker = async |login: &str| {
            let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
            attacker.acting(w.id(login))
        };
        // Its own rep, departments, and the manager once something was picked.
        for login in ["wangmin", "zhaoliu", "sunli", "wufang", "liqiang", "admin"] {
            attacker(login).await.refused(&decide(w.id(login), cost), "42501", "").await;
        }
        let mut director = attacker("chenjing").await;
        director.refused(&decide(w.id("liujianguo"), cost), "42501", "in the name of another").await;
        director.refused(&decide(w.id("chenjing"), ""), "23514", "cost statement").await;
        director.refused(&decide(w.id("chenjing"), &format!("{cost}, text = '别的'")), "P0001", "final").await;
        let odd = decide(w.id("chenjing"), cost)
            .replace("(SELECT o.status FROM sales_order o WHERE o.id = order_id)", "'confirmed'");
        director.refused(&odd, "P0001", "the state that it found").await;
        director
            .refused_after(&decide(w.id("chenjing"), cost), "UPDATE order_stop SET cost_amount = 0", "P0001", "final")
            .await;
        director.succeeds(&decide(w.id("chenjing"), cost), &to("cancelled")).await;
        director
            .refused_after(&decide(w.id("chenjing"), cost), &to("on_hold"), "P0001", "stopped by a decision only")
            .await;
        let new = format!(
            "INSERT INTO order_stop (id, order_id, kind, reason, text, status, requested_by, requested_at, decided_by, decided_at, from_status)
             VALUES (gen_random_uuid(), '{}', 'hold', 'other', '无', 'in_force', '{}', '2026-09-17', '{}', '2026-09-17', 'confirmed')",
            names.order,
            w.id("wangmin"),
            w.id("chenjing")
        );
        director.refused(&new, "P0001", "begins as requested").await;
    }
    let mut app = Attacker::app(&w).await.acting(w.id("chenjing"));
    app.refused("DELETE FROM order_stop", "42501", "order_stop").await;
}

#[tokio::test]
async fn nothing_moves_on_hold_and_an_order_goes_back_to_where_it_was() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let hold = Command::HoldOrder { reason: StopReason::Quality, text: "批次抽检不合格".to_owned() };
    w.must("chenjing", &deal, &[], hold).await;
    let names = Names::of(&w.case(&deal).await);
    let ship = format!(
        "INSERT INTO shipment (id, no, order_id, batch_no, status, carrier, waybill_no, packages, arranged_at, arranged_by)
         VALUES (gen_random_uuid(), 'FH-20260917-901', '{}', 1, 'pending', '德邦', 'DPK2026092299', 1, '2026-09-22', '{}')",
        names.order,
        w.id("hejun")
    );
    let back = |status: &str| format!("UPDATE sales_order SET status = '{status}' WHERE id = '{}'", names.order);
    let ended = format!(
        "UPDATE order_stop SET status = 'ended', ended_by = '{}', ended_at = decided_at, end_note = '复检合格'",
        w.id("chenjing")
    );
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.acting(w.id("hejun")).refused(&ship, "P0001", "only a live order ships").await;
    }
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(w.id("chenjing"));
        a.refused("UPDATE order_line SET shipped = 1 WHERE is_goods", "P0001", "nothing moves").await;
        a.refused("UPDATE order_line SET signed = 1 WHERE is_goods", "23514", "quantities_follow").await;
        a.refused(&back("in_fulfilment"), "P0001", "back to where it was").await;
        a.refused_after(&ended, &back("confirmed"), "P0001", "back to where it was").await;
        a.succeeds(&ended, &back("in_fulfilment")).await;
        a.refused(&back("cancelled"), "P0001", "cannot become cancelled").await;
    }
}

#[tokio::test]
async fn what_has_left_is_not_cancelled() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    w.must("wangmin", &deal, &[], request(StopKind::Cancel)).await;
    let line = w.case(&deal).await.order.expect("an order").goods().next().expect("goods").id;
    w.ship(&deal, vec![LineQuantity { line, quantity: dec!(4) }], "DPK2026092201").await;
    let refused = w
        .act("chenjing", &deal, &[], Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None })
        .await;
    assert!(refused.is_err(), "a cancellation is decided after four have left");
    let names = Names::of(&w.case(&deal).await);
    let cancel = format!("UPDATE sales_order SET status = 'cancelled' WHERE id = '{}'", names.order);
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.acting(w.id("chenjing")).refused(&cancel, "P0001", "cannot become cancelled").await;
    }
}
