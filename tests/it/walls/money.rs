//! Receipts and invoices by direct SQL: finance only, rows that stay, sums that hold.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::ids::PersonId;
use uuid::Uuid;

fn receipt(order: Uuid, amount: &str, by: PersonId, more: (&str, &str)) -> String {
    format!(
        "INSERT INTO receipt (id, order_id, position, amount, received_at, reference, recorded_by, recorded_at{})
         VALUES (gen_random_uuid(), '{order}', 1, {amount}, '2026-09-18', 'HD-1', '{by}', '2026-09-18'{})",
        more.0, more.1
    )
}

#[tokio::test]
async fn receipts_are_recorded_by_finance_only() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let order = Names::of(&w.case(&deal).await).order;
    let plain = |amount: &str, by: &str| receipt(order, amount, w.id(by), ("", ""));
    for owner in [false, true] {
        let attacker = async |login: &str| {
            let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
            attacker.acting(w.id(login))
        };
        for login in w.logins().filter(|l| *l != "wufang") {
            attacker(login).await.refused(&plain("1", login), "42501", "by finance only").await;
            attacker(login).await.refused(&plain("1", "wufang"), "42501", "by finance only").await;
        }
        let mut finance = attacker("wufang").await;
        finance.succeeds("SELECT 1", &plain("24510.09", "wufang")).await;
        finance.refused(&plain("24510.10", "wufang"), "23514", "milestone_check").await;
        finance.refused_after(&plain("24510.09", "wufang"), &plain("0.01", "wufang"), "23514", "milestone_check").await;
        finance.refused(&plain("0", "wufang"), "23514", "receipt_amount_check").await;
        finance.refused(&plain("-1", "wufang"), "23514", "receipt_check").await;
        finance.refused("UPDATE milestone SET received = 1 WHERE position = 1", "42501", "finance only").await;
        finance.refused("UPDATE milestone SET amount = 1", "P0001", "only gains receipts").await;
        finance
            .refused("UPDATE milestone SET due_on = '2030-01-01' WHERE position = 1", "P0001", "due date is fixed")
            .await;
        // A counter entry takes back one receipt, once, and whole.
        let back = |amount: &str| {
            receipt(
                order,
                amount,
                w.id("wufang"),
                (", corrects_id, reason", ", (SELECT id FROM receipt WHERE amount > 0), '记错了'"),
            )
        };
        let whole = back("-24510.09");
        finance.refused_after(&plain("24510.09", "wufang"), &back("-1"), "P0001", "whole").await;
        finance.succeeds(&plain("24510.09", "wufang"), &whole).await;
        let twice = format!("{whole}; {whole}");
        finance.refused_after(&plain("24510.09", "wufang"), &twice, "23505", "receipt_corrects_id_key").await;
        for attack in ["UPDATE receipt SET amount = 2", "DELETE FROM receipt"] {
            let wall = if owner { ("P0001", "history") } else { ("42501", "receipt") };
            finance.refused_after(&plain("24510.09", "wufang"), attack, wall.0, wall.1).await;
        }
    }
    Attacker::app(&w).await.refused(&plain("1", "wufang"), "28000", "without an acting person").await;
}

fn invoice(order: Uuid, number: &str, gross: &str, by: PersonId, red_of: &str) -> String {
    format!(
        "INSERT INTO invoice (id, order_id, kind, number, invoiced_on, net, tax, gross, covers, red_of, recorded_by, recorded_at)
         VALUES (gen_random_uuid(), '{order}', 'special', '{number}', '2026-09-18', {gross}, 0, {gross}, '全部', {red_of}, '{by}', '2026-09-18')"
    )
}

#[tokio::test]
async fn invoices_stay_within_the_order_and_red_letters_within_the_invoice() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let draft = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let (order, draft) = (Names::of(&w.case(&deal).await).order, Names::of(&w.case(&draft).await).order);
    let finance = w.id("wufang");
    let blue = |number: &str, gross: &str| invoice(order, number, gross, finance, "NULL");
    let red = |number: &str, gross: &str| {
        invoice(order, number, gross, finance, "(SELECT id FROM invoice WHERE number = '12345678')")
    };
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(finance);
        a.succeeds("SELECT 1", &blue("12345678", "81700.30")).await;
        a.refused(&blue("12345678", "81700.31"), "23514", "worth").await;
        a.refused_after(&blue("12345678", "81700.30"), &blue("12345679", "0.01"), "23514", "worth").await;
        a.refused_after(&blue("12345678", "1"), &blue("12345678", "1"), "23505", "invoice_number_key").await;
        for number in ["1234567", "123456789", "1234567a", "2431200000001234567"] {
            a.refused(&blue(number, "1"), "23514", "invoice_number_check").await;
        }
        a.refused(&invoice(draft, "12345678", "1", finance, "NULL"), "P0001", "only a live order").await;
        a.refused(&blue("12345678", "-1"), "23514", "invoice_check").await;
        a.succeeds(&blue("12345678", "100"), &red("12345679", "-100")).await;
        a.refused_after(&blue("12345678", "100"), &red("12345679", "-100.01"), "23514", "takes back at most").await;
        let more = format!("{}; {}", red("12345679", "-60"), red("12345670", "-60"));
        a.refused_after(&blue("12345678", "100"), &more, "23514", "takes back at most").await;
        // What was taken back may be invoiced again.
        let again = format!("{}; {}", red("12345679", "-81700.30"), blue("12345670", "81700.30"));
        a.succeeds(&blue("12345678", "81700.30"), &again).await;
    }
    let mut rep = Attacker::app(&w).await.acting(w.id("wangmin"));
    rep.refused(&blue("12345678", "1"), "42501", "by finance only").await;
    rep.refused(&invoice(order, "12345678", "1", w.id("wangmin"), "NULL"), "42501", "by finance only").await;
}

#[tokio::test]
async fn an_order_comes_to_what_was_delivered() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let order = Names::of(&w.case(&deal).await).order;
    let reduced = |comes_to: &str| {
        format!(
            "INSERT INTO order_reduction (order_id, reduction_no, came_to, comes_to, refund, made_at)
             VALUES ('{order}', 1, 81700.30, {comes_to}, 0, '2026-09-18')"
        )
    };
    let off = "UPDATE order_line SET off_quantity = 1, off_net = 7123.92, off_tax = 926.11, off_gross = 8050.03 WHERE is_goods";
    let split = "UPDATE milestone SET amount = amount - 8050.03 WHERE position = 2";
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(w.id("wufang"));
        // Nothing was given up or came back.
        let all = format!("{}; {off}; {split}", reduced("73650.27"));
        a.refused(&all, "23514", "comes to what was delivered").await;
        a.refused(&format!("{}; {split}", reduced("73650.27")), "23514", "sums of its lines and of its milestones")
            .await;
    }
}
