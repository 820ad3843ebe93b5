//! History: events are added at the end, by the person who acts, and stay as they are.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use uuid::Uuid;

fn event(stream: Uuid, seq: &str, prev: &str, actor: Option<Uuid>) -> String {
    let actor = actor.map_or_else(|| "NULL".to_owned(), |a| format!("'{a}'"));
    format!(
        "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
         SELECT 'deal', '{stream}', {seq}, 'deal_completed', '{{}}', {actor}, '2026-09-17', gen_random_uuid(), {prev}, sha256('mine')
         FROM (SELECT max(seq) AS last, (array_agg(hash ORDER BY seq DESC))[1] AS head FROM event WHERE stream_id = '{stream}') e"
    )
}

#[tokio::test]
async fn events_continue_the_chain_in_the_name_of_who_acts() {
    let w = World::new().await;
    let deal = w.deal_with_confirmed_requirement().await;
    let stream = Names::of(&w.case(&deal).await).deal;
    let me = w.id("wangmin");
    for mut attacker in [Attacker::app(&w).await.acting(me), Attacker::owner(&w).await.acting(me)] {
        attacker.succeeds("SELECT 1", &event(stream, "last + 1", "head", Some(me.0))).await;
        attacker
            .refused(&event(stream, "last + 1", "sha256('wrong')", Some(me.0)), "P0001", "continues the chain")
            .await;
        attacker.refused(&event(stream, "last + 2", "head", Some(me.0)), "P0001", "continues the chain").await;
        attacker.refused(&event(stream, "last", "head", Some(me.0)), "P0001", "continues the chain").await;
        attacker.refused(&event(stream, "1", "sha256('')", Some(me.0)), "P0001", "continues the chain").await;
        attacker.refused(&event(Uuid::nil(), "2", "sha256('')", Some(me.0)), "P0001", "continues the chain").await;
        attacker
            .refused(&event(stream, "last + 1", "head", Some(w.id("liqiang").0)), "42501", "names the acting person")
            .await;
        attacker.refused(&event(stream, "last + 1", "head", None), "42501", "names the acting person").await;
    }
    for mut nobody in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        nobody.refused(&event(stream, "last + 1", "head", Some(me.0)), "28000", "without an acting person").await;
        nobody.refused(&event(stream, "last + 1", "head", None), "28000", "without an acting person").await;
    }
}

#[tokio::test]
async fn history_is_neither_edited_nor_removed() {
    let w = World::new().await;
    w.deal_at(Stage::Signed, &Plan::default()).await;
    assert!(w.app.seal_events().await.expect("sealed"));
    let histories = [
        ("event", "kind = 'x'"),
        ("event_seal", "up_to = 0"),
        ("acceptance", "po_no = 'x'"),
        ("stock_movement", "quantity = 1"),
    ];
    for (table, change) in histories {
        let (edit, remove) = (format!("UPDATE {table} SET {change}"), format!("DELETE FROM {table}"));
        let mut owner = Attacker::owner(&w).await;
        owner.refused(&edit, "P0001", "are history").await;
        owner.refused(&remove, "P0001", "are history").await;
        let mut app = Attacker::app(&w).await;
        app.refused(&edit, "42501", table).await;
        app.refused(&remove, "42501", table).await;
    }
    Attacker::owner(&w).await.refused("TRUNCATE event", "P0001", "are history").await;
}
