//! What was published or sent stays as it was, whoever asks.

use super::Attacker;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

#[tokio::test]
async fn published_clauses_and_sent_quotes_cannot_be_changed() {
    let world = World::new().await;
    world.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let mut app = Attacker::app(&world).await;
    for (attack, state, wall) in [
        ("UPDATE contract_clause_set SET revision = 9 WHERE version_no = 1", "P0001", "published clauses"),
        ("DELETE FROM contract_clause WHERE version_no = 1", "P0001", "published clauses"),
        ("INSERT INTO contract_clause VALUES (1, 'zh', 99, 'x', 'y')", "P0001", "published clauses"),
        ("UPDATE sent_document SET content = 'x'", "42501", "sent_document"),
        ("DELETE FROM sent_document", "42501", "sent_document"),
        ("UPDATE contract_document SET content = 'x'", "42501", "contract_document"),
        ("DELETE FROM contract_document", "42501", "contract_document"),
    ] {
        app.refused(attack, state, wall).await;
    }
}
