//! What is apart from selling, and what something is and of what, by direct SQL.

use super::{Attacker, Names, given_roles};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

#[tokio::test]
async fn two_roles_in_one_person_do_not_join_selling_and_collecting() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let receipt = |by: &str| {
        format!(
            "INSERT INTO receipt (id, order_id, position, amount, received_at, reference, recorded_by, recorded_at)
             VALUES (gen_random_uuid(), '{}', 1, 1, '2026-09-18', 'HD-1', '{}', '2026-09-18')",
            names.order,
            w.id(by).0
        )
    };
    let credit = |by: &str| {
        format!(
            "INSERT INTO credit_terms (customer_id, no, credit_limit, credit_days, reason, set_by, set_at)
             VALUES ('{}', 9, 9999999, 180, 'because', '{}', '2026-09-18')",
            names.customer,
            w.id(by).0
        )
    };
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut owner = attacker.acting(w.id("wangmin"));
        let both = given_roles(w.id("wangmin"), &["sales_rep", "finance"]);
        owner.refused_after(&both, &receipt("wangmin"), "42501", "apart from selling").await;
        owner.refused_after(&both, &credit("wangmin"), "42501", "apart from selling").await;
    }
    let mut other = Attacker::app(&w).await.acting(w.id("zhaoliu"));
    let both = given_roles(w.id("zhaoliu"), &["sales_rep", "finance"]);
    other.succeeds(&both, &receipt("zhaoliu")).await;
    other.succeeds(&both, &credit("zhaoliu")).await;
}

#[tokio::test]
async fn what_a_node_is_and_what_a_round_is_about_never_changes() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let names = Names::of(&w.case(&deal).await);
    let mut program = Attacker::app(&w).await.acting(w.id("wufang"));
    for (table, change) in [
        ("approval_node", "kind = 'finance'".to_owned()),
        ("approval_node", format!("round_id = '{}'", names.round)),
        ("approval_node", "requested_by = decided_by".to_owned()),
        ("approval_node", "stage = 9".to_owned()),
        ("approval_round", format!("quote_id = '{}'", names.quote)),
        ("approval_round", "content_hash = sha256('other')".to_owned()),
        ("approval_round", "level = 1".to_owned()),
        ("approval_round", "path = 'urgent'".to_owned()),
        ("post_review", format!("granted_by = '{}'", w.id("wufang").0)),
        ("post_review", "kind = 'finance'".to_owned()),
    ] {
        program.refused(&format!("UPDATE {table} SET {change}"), "42501", table).await;
    }
}

#[tokio::test]
async fn what_was_sent_and_what_was_confirmed_stays_as_it_was() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(w.id("wangmin"));
        for change in ["ship_address = 'elsewhere'", "wanted_at = wanted_at + interval '1 day'", "warranty = 'none'"] {
            let attack = format!("UPDATE requirement SET {change} WHERE id = '{}'", names.requirement);
            a.refused(&attack, "P0001", "make a new version").await;
        }
        let attack =
            format!("UPDATE sales_order SET confirmed_by = '{}' WHERE id = '{}'", w.id("zhaoliu").0, names.order);
        a.refused(&attack, "P0001", "confirmed once").await;
        let movement = format!(
            "INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, actor_id, at, reason)
             SELECT gen_random_uuid(), product_id, 'adjust', 1, on_hand + 1, reserved, '{}', '2026-09-18', 'found' FROM stock LIMIT 1",
            w.id("sunli").0
        );
        a.refused(&movement, "42501", "in the name of another").await;
    }
}
