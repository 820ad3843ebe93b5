//! Customers, prices and amounts: archives are verified by another, prices are published by
//! another and then stand, and no number is a not-a-number.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use sqlx::Row;

#[tokio::test]
async fn no_archive_without_verification_by_another() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::VerificationAsked, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let on = |change: &str| format!("UPDATE customer SET {change} WHERE id = '{}'", names.customer);
    let confirmed =
        format!("confirmed_by = '{}', confirmed_at = '2026-09-17', next_review_on = '2026-12-17'", w.id("wangmin"));
    let verified = format!("verified_by = '{}', verified_at = '2026-09-17'", w.id("zhaoxue"));
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&on("status = 'archived'"), "P0001", "cannot become").await;
        let pending = on("status = 'pending_confirmation'");
        attacker
            .refused_after(&pending, &on(&format!("status = 'archived', {confirmed}")), "23514", "archived_is_complete")
            .await;
        attacker
            .refused_after(&pending, &on(&format!("status = 'archived', {verified}")), "23514", "archived_is_complete")
            .await;
        attacker.succeeds(&pending, &on(&format!("status = 'archived', {verified}, {confirmed}"))).await;
        let by_owner = on(&format!("verified_by = '{}', verified_at = '2026-09-17'", w.id("wangmin")));
        attacker.refused(&by_owner, "23514", "verified_by_another").await;
        // Nor by making the verifier the owner afterwards.
        let handed_over = on(&format!("owner_id = '{}'", w.id("zhaoxue")));
        attacker.refused_after(&on(&verified), &handed_over, "23514", "verified_by_another").await;
        attacker.refused(&on("uscc = '91320505PDY0000IXN'"), "23514", "uscc").await;
    }
}

#[tokio::test]
async fn published_prices_stand() {
    let w = World::new().await;
    let item = "WHERE from_quantity = 10";
    let add = |from: &str, quantity: &str| {
        format!(
            "INSERT INTO price_item (id, list_id, product_id, from_quantity, unit_price, floor_price, valid_from)
             SELECT gen_random_uuid(), l.id, '{}', {quantity}, 8000, 7000, '{from}' FROM price_list l",
            w.product("QM-65").id
        )
    };
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker
            .refused(&format!("UPDATE price_item SET unit_price = 1, floor_price = 1 {item}"), "P0001", "never edited")
            .await;
        attacker.refused(&format!("UPDATE price_item SET floor_price = 1 {item}"), "P0001", "never edited").await;
        attacker.refused(&add("2026-06-01", "10"), "23P01", "price_validity_overlaps").await;
        let end = format!("UPDATE price_item SET valid_to = '2026-09-30' {item}");
        attacker.refused_after(&end, &add("2026-09-30", "10"), "23P01", "price_validity_overlaps").await;
        attacker.succeeds(&end, &add("2026-10-01", "10")).await;
        attacker
            .refused_after(&end, &format!("UPDATE price_item SET valid_to = NULL {item}"), "P0001", "never edited")
            .await;
        attacker.refused(&add("2026-06-01", "-1"), "23514", "from_quantity").await;
    }
    Attacker::owner(&w).await.refused(&format!("DELETE FROM price_item {item}"), "P0001", "never edited").await;
    Attacker::app(&w).await.refused(&format!("DELETE FROM price_item {item}"), "42501", "price_item").await;
}

#[tokio::test]
async fn nobody_publishes_their_own_prices() {
    let w = World::new().await;
    let finance = w.id("wufang");
    let draft = format!(
        "INSERT INTO price_list VALUES (gen_random_uuid(), 'NEW-1', 'x', NULL, 'inclusive', 'draft', '{finance}')"
    );
    let publish = |by| {
        format!(
            "UPDATE price_list SET status = 'published', published_by = '{by}', published_at = '2026-09-17' WHERE code = 'NEW-1'"
        )
    };
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused_after(&draft, &publish(finance), "23514", "published_by_another").await;
        attacker.succeeds(&draft, &publish(w.id("chenjing"))).await;
        let unnamed = "UPDATE price_list SET status = 'published' WHERE code = 'NEW-1'";
        attacker.refused_after(&draft, unnamed, "23514", "price_list_check").await;
    }
}

/// Every numeric column that has a row after a whole deal: not a number, and without end.
#[tokio::test]
async fn no_amount_is_not_a_number_or_infinite() {
    let w = World::new().await;
    w.deal_at(Stage::Completed, &Plan::default()).await;
    let mut owner = Attacker::owner(&w).await;
    let columns = sqlx::query(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'numeric' AND is_generated = 'NEVER' ORDER BY 1, 2",
    )
    .fetch_all(&mut owner.connection)
    .await
    .expect("readable");
    let mut walls = 0;
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let filled: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT EXISTS (SELECT FROM {table})")))
            .fetch_one(&mut owner.connection)
            .await
            .expect("readable");
        if !filled {
            continue;
        }
        for value in ["NaN", "Infinity", "-Infinity"] {
            // Frozen rows would refuse any change; here the checks alone have to.
            let free = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
            let attack = format!("UPDATE {table} SET {column} = '{value}'");
            let (code, says) = owner.tries(&free, &attack).await.unwrap_or_else(|| panic!("nothing refused: {attack}"));
            let expected = if value == "NaN" { "23514" } else { "22003" };
            assert_eq!(code, expected, "{attack}: {says}");
            walls += 1;
        }
    }
    assert!(walls > 100, "{walls}");
}
