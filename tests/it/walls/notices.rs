//! A notice is given once and read once; nobody rewrites what somebody was told.

use super::Attacker;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

#[tokio::test]
async fn a_notice_cannot_be_rewritten_or_taken_back() {
    let w = World::new().await;
    w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let mut app = Attacker::app(&w).await.acting(w.id("wangmin"));
    for column in ["kind = 'ship'", "recipient_id = recipient_id", "dedupe_key = 'x'", "is_urgent = true"] {
        app.refused(&format!("UPDATE outbox SET {column}"), "42501", "outbox").await;
    }
    app.refused("DELETE FROM outbox", "42501", "outbox").await;
    app.succeeds("SELECT 1", "UPDATE outbox SET read_at = created_at").await;
    app.refused_after(
        "UPDATE outbox SET read_at = created_at",
        "UPDATE outbox SET read_at = NULL",
        "P0001",
        "read once",
    )
    .await;
    let mut owner = Attacker::owner(&w).await.acting(w.id("wangmin"));
    owner.refused("UPDATE outbox SET kind = 'ship'", "P0001", "does not change").await;
    owner.refused("UPDATE outbox SET topic = 'news'", "P0001", "does not change").await;
    let insert = |topic: &str, payload: &str| {
        format!(
            "INSERT INTO outbox (id, dedupe_key, recipient_id, kind, payload, created_at, topic) SELECT gen_random_uuid(), 'k', id, 'ship', '{payload}', created_at, '{topic}' FROM person LIMIT 1"
        )
    };
    app.refused(&insert("news", "{}"), "23514", "topic").await;
    app.refused(&insert("told", "[]"), "23514", "payload").await;
    app.succeeds("SELECT 1", &insert("told", "{}")).await;
}

#[tokio::test]
async fn a_message_keeps_its_way_and_is_settled_once() {
    let w = World::new().await;
    let mut app = Attacker::app(&w).await.acting(w.id("admin"));
    let (admin, rep) = (w.id("admin"), w.id("wangmin"));
    let channel = "00000000-0000-0000-0000-00000000000a";
    let make = |kind: &str, by: kuaidan::domain::ids::PersonId, limit: i32| {
        format!(
            "INSERT INTO channel VALUES ('{channel}', '{kind}', '邮件', '{{}}', decode(repeat('00', 40), 'hex'), {limit}, true, 1, '{by}', '2026-09-17 02:20Z')"
        )
    };
    app.succeeds("SELECT 1", &make("mail", admin, 120)).await;
    app.refused(&make("mail", rep, 120), "42501", "who changed it").await;
    app.refused(&make("fax", admin, 20), "23514", "kind").await;
    app.refused(&make("wecom", admin, 120), "23514", "channel").await;
    let second = make("mail", admin, 120).replace("0a'", "0b'").replace("'邮件'", "'另一个'");
    app.refused_after(&make("mail", admin, 120), &second, "23505", "channel_one_mail").await;

    let message = format!(
        "{}; INSERT INTO message (id, channel_id, recipient_id, purpose, created_at, due_at, tries)
         VALUES ('{channel}', '{channel}', '{rep}', 'notices', '2026-09-17 02:20Z', '2026-09-17 02:25Z', 1)",
        make("mail", admin, 120)
    );
    let sent = format!("{message}; UPDATE message SET outcome = 'sent', settled_at = due_at");
    app.succeeds(&message, "UPDATE message SET outcome = 'sent', settled_at = due_at").await;
    app.refused_after(&sent, "UPDATE message SET outcome = NULL, settled_at = NULL", "P0001", "settled").await;
    app.refused_after(&message, "UPDATE message SET outcome = 'sent'", "23514", "message").await;
    app.refused_after(
        &message,
        "UPDATE message SET tries = 0, outcome = 'sent', settled_at = due_at",
        "23514",
        "message",
    )
    .await;
    app.refused_after(&message, &format!("UPDATE message SET recipient_id = '{admin}'"), "P0001", "recipient").await;
    app.refused_after(&message, "DELETE FROM message", "42501", "message").await;

    let reach = |email: &str, from: &str| {
        format!("INSERT INTO reach VALUES ('{rep}', {email}, true, NULL, 5, {from}, NULL, 1)")
    };
    app.refused(&reach("NULL", "NULL"), "23514", "reach").await;
    app.refused(&reach("'a@b.example'", "'21:00'"), "23514", "reach").await;
    app.succeeds("SELECT 1", &reach("'a@b.example'", "NULL")).await;
    app.refused("UPDATE installation SET server_key = decode(repeat('00', 32), 'hex')", "P0001", "keeps its key").await;
}
