//! Change records by direct SQL: what was filed stays, and nothing takes effect without its yeses.

use super::Attacker;
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::domain::workflow::Command;

/// An order whose packaging is to change; production and warehouse are asked.
async fn filed(w: &World) -> String {
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let crated = sample::change(w, &deal, |content| content.lines[0].packaging = Some("木箱".to_owned())).await;
    w.must("wangmin", &deal, &[], crated).await;
    w.must("wangmin", &deal, &[], Command::FileChange { call_back: None }).await;
    deal
}

#[tokio::test]
async fn a_filed_change_is_frozen_and_its_acknowledgments_are_history() {
    let w = World::new().await;
    filed(&w).await;
    let answer = |person: &str| {
        format!(
            "INSERT INTO change_acknowledgment (change_id, department, answer, person_id, at)
             SELECT id, 'warehouse', 'possible', '{person}', filed_at FROM change_request"
        )
    };
    let own = answer(&w.id("sunli").to_string());
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(w.id("sunli"));
        a.refused("DELETE FROM change_item", "P0001", "frozen").await;
        a.refused("INSERT INTO change_item SELECT id, 9, 'spec', 1, 'a', 'b' FROM change_request", "P0001", "frozen")
            .await;
        a.refused("UPDATE change_request SET content = '{}'", "P0001", "not edited").await;
        a.refused("UPDATE change_request SET status = 'draft'", "P0001", "cannot become draft").await;
        let skip = "UPDATE change_request SET status = 'effective', effective_at = filed_at";
        a.refused(skip, "P0001", "every department").await;
        a.refused_after(&own, skip, "P0001", "every department").await;
        a.refused("UPDATE change_request SET status = 'awaiting_customer'", "P0001", "every department").await;
        a.refused(&answer(&w.id("zhengwei").to_string()), "42501", "acting person").await;
        a.refused_after(&own, &own, "23505", "change_acknowledgment").await;
        // Somebody whose department was not asked.
        let uninvited = own.replace("'warehouse'", "'finance'");
        a.refused(&uninvited, "23503", "change_acknowledgment").await;
        a.refused("UPDATE order_line SET packaging = '木箱'", "P0001", "frozen").await;
        a.refused("UPDATE order_line SET promised_at = promised_at + interval '1 day'", "P0001", "frozen").await;
        a.succeeds("SELECT 1", &own).await;
    }
    let mut owner = Attacker::owner(&w).await.acting(w.id("sunli"));
    owner.refused("UPDATE change_item SET after_value = '铁箱'", "P0001", "frozen").await;
    for attack in ["UPDATE change_acknowledgment SET answer = 'not_possible'", "DELETE FROM change_acknowledgment"] {
        owner.refused_after(&own, attack, "P0001", "history").await;
    }
    for attack in ["UPDATE change_duty SET due_at = due_at + interval '1 day'", "DELETE FROM change_duty"] {
        owner.refused(attack, "P0001", "history").await;
    }
    let mut app = Attacker::app(&w).await.acting(w.id("sunli"));
    for (attack, table) in [
        ("DELETE FROM change_request", "change_request"),
        ("UPDATE change_item SET after_value = '铁箱'", "change_item"),
        ("UPDATE change_duty SET due_at = due_at", "change_duty"),
        ("UPDATE change_acknowledgment SET answer = 'possible'", "change_acknowledgment"),
    ] {
        app.refused(attack, "42501", table).await;
    }
}

#[tokio::test]
async fn a_change_begins_as_a_draft_and_a_finished_one_is_history() {
    let w = World::new().await;
    let deal = filed(&w).await;
    let mut owner = Attacker::owner(&w).await.acting(w.id("wangmin"));
    let copy = "INSERT INTO change_request (id, deal_id, no, status, phase, base_id, content, received_at, channel, reason, created_by, created_at)
        SELECT gen_random_uuid(), deal_id, 'BG-20260917-009', 'STATUS', phase, base_id, content, received_at, channel, reason, created_by, created_at
        FROM change_request";
    owner.refused(&copy.replace("STATUS", "effective"), "P0001", "begins as draft").await;
    // One at a time.
    owner.refused(&copy.replace("STATUS", "draft"), "23505", "change_one_live").await;
    w.must("wangmin", &deal, &[], Command::WithdrawChange { comment: "客户不改了".to_owned() }).await;
    owner.refused("UPDATE change_request SET decision = '别的'", "P0001", "history").await;
    owner.succeeds("SELECT 1", &copy.replace("STATUS", "draft")).await;
}
