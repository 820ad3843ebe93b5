//! Customers, prices and amounts: archives are verified by another, prices are published by
//! another and then stand, and no number is a not-a-number.

use super::{Attacker, Names, given_roles};
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
        // Only a natural person does without the code, and a sole trader is none.
        for (who, is_let) in [
            ("uscc = NULL", false),
            (
                "uscc = NULL, invoice_kind = 'ordinary', taxpayer_kind = 'natural_person', customer_type = 'sole_trader'",
                false,
            ),
            ("uscc = NULL, invoice_kind = 'ordinary', taxpayer_kind = 'natural_person', customer_type = 'other'", true),
        ] {
            let archived = on(&format!("status = 'archived', {verified}, {confirmed}, {who}"));
            if is_let {
                attacker.succeeds(&pending, &archived).await;
            } else {
                attacker.refused_after(&pending, &archived, "23514", "archived_company_has_code").await;
            }
        }
        let by_owner = on(&format!("verified_by = '{}', verified_at = '2026-09-17'", w.id("wangmin")));
        attacker.refused(&by_owner, "23514", "verified_by_another").await;
        // Nor by making the verifier the owner afterwards.
        let handed_over = on(&format!("owner_id = '{}'", w.id("zhaoxue")));
        attacker.refused_after(&on(&verified), &handed_over, "23514", "verified_by_another").await;
        attacker.refused(&on("uscc = '91320505PDY0000IXN'"), "23514", "uscc").await;
    }
}

/// A drafted second version of the standard list, one row for the tier from 10 as of October.
fn drafted(w: &World, by: &str) -> String {
    let (drafter, product) = (w.id(by), w.product("QM-65").id);
    format!(
        "SELECT set_config('kuaidan.actor', '{drafter}', true);
         INSERT INTO price_version (id, list_id, version_no, status, drafted_by, drafted_at)
         SELECT '00000000-0000-4000-8000-000000000002', l.id, 2, 'draft', '{drafter}', '2026-09-17' FROM price_list l;
         INSERT INTO price_draft (id, version_id, position, product_id, from_quantity, unit_price, floor_price, valid_from)
         VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', 1, '{product}', 10, 8000, 7000, '2026-10-01')"
    )
}

fn published(w: &World, drafter: &str, publisher: &str) -> String {
    let by = w.id(publisher);
    format!("{}; SELECT set_config('kuaidan.actor', '{by}', true); {}", drafted(w, drafter), publish(w, publisher))
}

fn publish(w: &World, by: &str) -> String {
    format!(
        "UPDATE price_version SET status = 'published', published_by = '{}', published_at = '2026-09-17' WHERE version_no = 2",
        w.id(by)
    )
}

#[tokio::test]
async fn published_prices_stand() {
    let w = World::new().await;
    let item = "WHERE from_quantity = 10";
    let put_in = |from: &str| {
        format!(
            "INSERT INTO price_item (id, list_id, version_id, product_id, from_quantity, unit_price, floor_price, valid_from)
             SELECT '00000000-0000-4000-8000-000000000003', l.id, '00000000-0000-4000-8000-000000000002', '{}', 10, 8000, 7000, '{from}' FROM price_list l",
            w.product("QM-65").id
        )
    };
    let end = |day: &str| {
        format!(
            "UPDATE price_item SET valid_to = '{day}', ended_version_id = '00000000-0000-4000-8000-000000000002' {item}"
        )
    };
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut attacker = attacker.acting(w.id("chenjing"));
        let edit = format!("UPDATE price_item SET unit_price = 1, floor_price = 1 {item}");
        attacker.refused(&edit, "P0001", "never edited").await;
        let floor = format!("UPDATE price_item SET floor_price = 1 {item}");
        attacker.refused(&floor, "P0001", "never edited").await;
        // Neither begun nor ended by hand: only what a published version says.
        let by_hand = format!("UPDATE price_item SET valid_to = '2026-09-30' {item}");
        attacker.refused(&by_hand, "P0001", "never edited").await;
        attacker.refused_after(&drafted(&w, "wufang"), &put_in("2026-10-01"), "P0001", "never put in by hand").await;
        let out = published(&w, "wufang", "chenjing");
        attacker.refused_after(&out, &put_in("2026-10-01"), "23P01", "price_validity_overlaps").await;
        attacker.refused_after(&out, &put_in("2026-11-01"), "P0001", "never put in by hand").await;
        attacker.refused_after(&out, &end("2026-10-15"), "P0001", "never edited").await;
        attacker.succeeds(&format!("{out}; {}", end("2026-09-30")), &put_in("2026-10-01")).await;
        let ended = format!("{out}; {}", end("2026-09-30"));
        let reopened = format!("UPDATE price_item SET valid_to = NULL {item}");
        attacker.refused_after(&ended, &reopened, "P0001", "never edited").await;
        attacker
            .refused_after(&out, "UPDATE price_draft SET unit_price = 7500 WHERE from_quantity = 10 AND position = 1 AND valid_from = '2026-10-01'", "P0001", "stands")
            .await;
        attacker
            .refused_after(
                &out,
                "UPDATE price_version SET status = 'discarded' WHERE version_no = 2",
                "P0001",
                "stands",
            )
            .await;
    }
    Attacker::owner(&w).await.refused(&format!("DELETE FROM price_item {item}"), "P0001", "never edited").await;
    Attacker::app(&w).await.refused(&format!("DELETE FROM price_item {item}"), "42501", "price_item").await;
}

#[tokio::test]
async fn nobody_publishes_their_own_prices() {
    let w = World::new().await;
    let both = given_roles(w.id("wufang"), &["finance", "sales_director"]);
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut attacker = attacker.acting(w.id("wufang"));
        let draft = drafted(&w, "wufang");
        attacker.refused_after(&draft, &publish(&w, "wufang"), "42501", "published by a sales director").await;
        // Nor with both roles at once.
        let prepared = format!("{both}; {draft}");
        attacker.refused_after(&prepared, &publish(&w, "wufang"), "23514", "version_published_by_another").await;
        // Nor in the name of another.
        attacker.refused_after(&draft, &publish(&w, "chenjing"), "42501", "published by a sales director").await;
        let unnamed = "UPDATE price_version SET status = 'published' WHERE version_no = 2";
        attacker.refused_after(&draft, unnamed, "42501", "published by a sales director").await;
        let by_a_rep = drafted(&w, "wangmin");
        attacker.refused(&by_a_rep, "42501", "drafted by finance").await;
        let acting = format!("{draft}; SELECT set_config('kuaidan.actor', '{}', true)", w.id("chenjing"));
        attacker.succeeds(&acting, &publish(&w, "chenjing")).await;
        let list = "UPDATE price_list SET grade = 'A'";
        attacker.refused(list, "P0001", "whom it is for").await;
    }
}

#[tokio::test]
async fn a_special_price_is_granted_by_an_approved_round_only() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let case = w.case(&deal).await;
    let (names, line) =
        (Names::of(&case), case.quote.as_ref().and_then(|q| q.priced.lines.first()).expect("a line").clone());
    let grant = format!(
        "INSERT INTO special_price (id, deal_id, round_id, quote_line_id, product_id, from_quantity, unit_price, floor_price, tax_basis, valid_from, granted_at)
         VALUES (gen_random_uuid(), '{}', '{}', '{}', '{}', {}, 1, 1, 'inclusive', '2026-09-17', '2026-09-17')",
        names.deal, names.round, line.id, w.product("QM-65").id, line.quantity
    );
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&grant, "P0001", "by an approved round only").await;
    }
    w.bring_to(Stage::QuoteApproved, &deal, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        // The round is approved, but the line did not ask.
        attacker.refused(&grant, "P0001", "by an approved round only").await;
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
