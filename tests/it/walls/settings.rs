//! Numbers, calendars and credit at the database console: drafted by one, put in force by another, never
//! edited afterwards; credit is finance's.

use super::Attacker;
use crate::harness::world::World;

fn acting(w: &World, who: &str) -> String {
    format!("SELECT set_config('kuaidan.actor', '{}', true)", w.id(who))
}

fn rules(w: &World, drafter: &str) -> String {
    format!(
        "{}; INSERT INTO rule_set (version_no, revision, content, reason, drafted_by, drafted_at) VALUES (2, 1, '{{}}', '季度调整', '{}', '2026-09-17')",
        acting(w, drafter),
        w.id(drafter)
    )
}

fn in_force(w: &World, publisher: &str) -> String {
    format!(
        "{}; UPDATE rule_set SET valid_from = '2026-10-01', published_by = '{}', published_at = '2026-09-17', revision = 2 WHERE version_no = 2",
        acting(w, publisher),
        w.id(publisher)
    )
}

#[tokio::test]
async fn numbers_are_drafted_and_put_in_force_by_two_people_and_then_stand() {
    let w = World::new().await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&rules(&w, "chenjing"), "42501", "drafted by the administrator").await;
        attacker.refused(&rules(&w, "wangmin"), "42501", "drafted by the administrator").await;
        attacker.refused_after(&rules(&w, "admin"), &in_force(&w, "admin"), "42501", "put in force by").await;
        attacker.refused_after(&rules(&w, "admin"), &in_force(&w, "liqiang"), "42501", "put in force by").await;
        let swapped =
            in_force(&w, "chenjing").replace("SET valid_from", "SET content = '{\"fast_uses\": \"9\"}', valid_from");
        attacker.refused_after(&rules(&w, "admin"), &swapped, "P0001", "keep what was drafted").await;
        attacker.succeeds(&rules(&w, "admin"), &in_force(&w, "chenjing")).await;
        attacker
            .refused(
                "UPDATE rule_set SET content = '{\"fast_uses\": \"9\"}' WHERE version_no = 1",
                "P0001",
                "never edited",
            )
            .await;
    }
}

#[tokio::test]
async fn a_calendar_in_force_stays() {
    let w = World::new().await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused("UPDATE calendar_version SET content = '{\"years\": []}'", "P0001", "never edited").await;
        attacker.refused("DELETE FROM calendar_version", "P0001", "stays").await;
    }
}

#[tokio::test]
async fn credit_is_set_by_finance_only() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    let id = w.customer(&no).await.customer.id;
    let set = |who: &str| format!("{}; UPDATE customer SET credit_limit = 100 WHERE id = '{id}'", acting(&w, who));
    let owed = |who: &str| {
        format!(
            "{}; INSERT INTO opening_receivable (id, customer_id, no, amount, due_on, recorded_by, recorded_at) VALUES ('00000000-0000-4000-8000-000000000009', '{id}', 'YS-1', 100, '2026-10-01', '{}', '2026-09-17')",
            acting(&w, who),
            w.id(who)
        )
    };
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for who in ["wangmin", "liqiang", "chenjing", "liujianguo", "admin"] {
            attacker.refused(&set(who), "42501", "finance only").await;
            attacker.refused(&owed(who), "42501", "finance").await;
        }
        attacker.succeeds(&acting(&w, "wufang"), &set("wufang")).await;
        attacker
            .refused_after(&owed("wufang"), "UPDATE opening_receivable SET amount = 1", "P0001", "only ever settled")
            .await;
    }
}
