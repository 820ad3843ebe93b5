//! The chain of events: whole after a whole deal, and the broken link is named.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::store::events::{Audit, verify};
use sqlx::{AssertSqlSafe, raw_sql};

async fn audit(w: &World) -> Audit {
    let mut conn = w.app.db.read().await.expect("a connection");
    verify(&mut conn).await.expect("readable")
}

/// What only somebody can do who owns the tables and turns the walls off.
async fn tamper(w: &World, sql: &str) {
    let mut owner = w.database.owner_connection().await;
    let whole =
        format!("BEGIN; ALTER TABLE event DISABLE TRIGGER USER; {sql}; ALTER TABLE event ENABLE TRIGGER USER; COMMIT");
    raw_sql(AssertSqlSafe(whole)).execute(&mut owner).await.expect("the owner may do anything");
}

#[tokio::test]
async fn the_chain_of_a_whole_deal_is_whole() {
    let w = World::new().await;
    w.deal_at(Stage::Completed, &Plan::default()).await;
    assert!(w.app.seal_events().await.expect("sealed"));
    assert!(!w.app.seal_events().await.expect("nothing new, and not a day later"));
    match audit(&w).await {
        Audit::Whole { events, streams, seals } => {
            assert!(events > 25, "{events}");
            // The deal, its customer, and the price list.
            assert_eq!((streams, seals), (3, 1));
        }
        broken => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn every_kind_of_tampering_is_named() {
    for (change, seq) in [
        ("UPDATE event SET payload = payload || '{\"title\":\"x\"}' WHERE stream_kind = 'deal' AND seq = 1", 1),
        ("UPDATE event SET at = at - interval '1 hour' WHERE stream_kind = 'deal' AND seq = 3", 3),
        ("UPDATE event SET actor_id = NULL WHERE stream_kind = 'deal' AND seq = 2", 2),
        ("UPDATE event SET kind = 'quote_sent' WHERE stream_kind = 'deal' AND seq = 2", 2),
        ("DELETE FROM event WHERE stream_kind = 'deal' AND seq = 2", 3),
        ("UPDATE event SET hash = sha256('x') WHERE stream_kind = 'deal' AND seq = 4", 4),
    ] {
        let w = World::new().await;
        let deal = w.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
        let id = w.case(&deal).await.deal.expect("a deal").id;
        assert!(matches!(audit(&w).await, Audit::Whole { .. }));
        tamper(&w, change).await;
        assert_eq!(audit(&w).await, Audit::Broken { stream: format!("deal {id}"), seq }, "{change}");
    }
}

#[tokio::test]
async fn a_seal_shows_that_the_end_of_a_history_was_cut_off() {
    let w = World::new().await;
    w.deal_at(Stage::RequirementConfirmed, &Plan::default()).await;
    assert!(w.app.seal_events().await.expect("sealed"));
    let sealed_at = w.now();
    tamper(&w, "DELETE FROM event e WHERE stream_kind = 'deal' AND seq = (SELECT max(seq) FROM event WHERE stream_kind = 'deal')").await;
    assert_eq!(audit(&w).await, Audit::SealBroken { sealed_at });
}
