//! Nothing is sold that was not approved and accepted, and nobody approves their own.

use super::{Attacker, Names, given_roles};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use rust_decimal::dec;

const DECIDED: &str = "decided_at = '2026-09-17 08:00+00'";

fn order_for(names: &Names) -> String {
    format!(
        "INSERT INTO sales_order (id, deal_id, no, quote_id, status, kind, is_urgent, ship_address, ship_receiver, ship_phone, partial_allowed,
            promised_at, net, tax, gross, created_at)
         VALUES (gen_random_uuid(), '{}', 'DD-20260917-900', '{}', 'draft', 'new', false, 'a', 'b', 'c', false, '2026-09-24', 1, 0, 1, '2026-09-17')",
        names.deal, names.quote
    )
}

fn acceptance_of(names: &Names, hash: &str) -> String {
    format!(
        "INSERT INTO acceptance (quote_id, content_hash, kind, accepted_at, file_id, customer_id, recorded_by, recorded_at)
         SELECT '{}', {hash}, 'email', '2026-09-17', a.id, c.id, c.owner_id, '2026-09-17' FROM attachment a, customer c LIMIT 1",
        names.quote
    )
}

#[tokio::test]
async fn no_order_without_an_accepted_quote() {
    let w = World::new().await;
    for stage in [Stage::QuoteSubmitted, Stage::QuoteSent] {
        let deal = w.deal_at(stage, &Plan::default()).await;
        let names = Names::of(&w.case(&deal).await);
        let hash = format!("(SELECT content_hash FROM quote WHERE id = '{}')", names.quote);
        for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
            attacker.refused(&order_for(&names), "23503", "sales_order_quote_id_fkey").await;
            // An acceptance of a quote that is not accepted does not outlive the transaction.
            attacker.refused(&acceptance_of(&names, &hash), "23503", "acceptance_quote_id").await;
            let both = format!("{}; {}", acceptance_of(&names, &hash), order_for(&names));
            attacker.refused(&both, "23503", "quote_id").await;
            // Nor one of other content than was approved.
            attacker.refused(&acceptance_of(&names, "sha256('other')"), "23503", "content_hash").await;
        }
    }
}

#[tokio::test]
async fn no_quote_is_approved_without_its_round() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let names = Names::of(&w.case(&deal).await);
    let approve_quote = format!("UPDATE quote SET status = 'approved' WHERE id = '{}'", names.quote);
    let approve_round = format!(
        "UPDATE approval_round SET status = 'approved', ended_at = '2026-09-17 09:00+00' WHERE id = '{}'",
        names.round
    );
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&approve_quote, "P0001", "only by an approved round").await;
        attacker.refused(&approve_round, "P0001", "only when every node has approved").await;
        attacker
            .refused(
                &format!("UPDATE quote SET status = 'accepted' WHERE id = '{}'", names.quote),
                "P0001",
                "cannot become",
            )
            .await;
    }
    let mut owner = Attacker::owner(&w).await;
    let without_nodes = "ALTER TABLE node_hold DISABLE TRIGGER guard; DELETE FROM node_hold; DELETE FROM node_call; DELETE FROM approval_node";
    owner.refused_after(without_nodes, &approve_round, "P0001", "without nodes").await;
}

#[tokio::test]
async fn only_the_right_person_decides() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let names = Names::of(&w.case(&deal).await);
    let decide = |who: &str| {
        format!(
            "UPDATE approval_node SET status = 'approved', decided_by = '{}', {DECIDED} WHERE round_id = '{}'",
            w.id(who),
            names.round
        )
    };
    for owner in [false, true] {
        let attacker = async |login: &str| {
            let attacker = if owner { Attacker::owner(&w).await } else { Attacker::app(&w).await };
            attacker.acting(w.id(login))
        };
        attacker("wangmin").await.refused(&decide("wangmin"), "42501", "a deal they own").await;
        for other in
            ["zhaoliu", "zhaoxue", "zhoukai", "wufang", "zhengwei", "sunli", "hejun", "chenjing", "liujianguo", "admin"]
        {
            attacker(other).await.refused(&decide(other), "42501", "another role").await;
            attacker(other).await.refused(&decide("liqiang"), "42501", "in the name of another").await;
        }
        attacker("wangmin").await.refused(&decide("liqiang"), "42501", "in the name of another").await;
        // The requester, even when the deal changed hands and the role fits.
        let handed_over = format!(
            "UPDATE deal SET owner_id = '{}'; {}",
            w.id("zhaoliu"),
            given_roles(w.id("wangmin"), &["sales_manager"])
        );
        attacker("wangmin")
            .await
            .refused_after(&handed_over, &decide("wangmin"), "23514", "nobody_decides_their_own")
            .await;
        // A manager who has left.
        let left = format!("UPDATE person SET is_active = false WHERE id = '{}'", w.id("liqiang"));
        attacker("liqiang").await.refused_after(&left, &decide("liqiang"), "42501", "another role").await;
        attacker("liqiang").await.succeeds("SELECT 1", &decide("liqiang")).await;
    }
    // Without saying who acts nobody decides at all.
    Attacker::app(&w).await.refused(&decide("liqiang"), "28000", "without an acting person").await;
}

#[tokio::test]
async fn a_node_is_decided_once_and_a_person_decides_one() {
    let w = World::new().await;
    // Never sold before, so that the technical department looks at it too.
    let plan = Plan { lines: vec![("QM-98", dec!(1), None)], ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let names = Names::of(&w.case(&deal).await);
    let manager = w.id("liqiang");
    let decide = |kind: &str| {
        format!(
            "UPDATE approval_node SET status = 'approved', decided_by = '{manager}', arrived_at = '2026-09-17', due_at = '2026-09-18', {DECIDED}
             WHERE round_id = '{}' AND kind = '{kind}'",
            names.round
        )
    };
    let both_roles = format!(
        "{}; {}; UPDATE approval_node SET status = 'open', arrived_at = '2026-09-17', due_at = '2026-09-18' WHERE kind = 'technical'",
        given_roles(manager, &["sales_manager", "technical"]),
        decide("sales_manager")
    );
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut attacker = attacker.acting(manager);
        let again = "UPDATE approval_node SET status = 'rejected', comment = '不同意这个' WHERE kind = 'sales_manager'";
        attacker.refused_after(&decide("sales_manager"), again, "P0001", "cannot become").await;
        let reword = "UPDATE approval_node SET comment = '改了意见' WHERE kind = 'sales_manager'";
        attacker.refused_after(&decide("sales_manager"), reword, "P0001", "decisions are final").await;
        let other_time = "UPDATE approval_node SET decided_at = '2026-09-17 07:00+00' WHERE kind = 'sales_manager'";
        attacker.refused_after(&decide("sales_manager"), other_time, "P0001", "decisions are final").await;
        attacker
            .refused_after(&both_roles, &decide("technical"), "23505", "approval_node_round_id_decided_by_key")
            .await;
        let second = format!(
            "INSERT INTO approval_node (id, round_id, requested_by, kind, stage, status, reasons, limit_minutes)
             VALUES (gen_random_uuid(), '{}', '{}', 'sales_manager', 1, 'waiting', '[]', 240)",
            names.round,
            w.id("wangmin")
        );
        attacker.refused(&second, "23505", "approval_node_round_id_kind_key").await;
        let silent = "UPDATE approval_node SET status = 'returned', comment = '不', ".to_owned()
            + &format!("decided_by = '{manager}', {DECIDED} WHERE kind = 'sales_manager'");
        attacker.refused(&silent, "23514", "check").await;
    }
}

#[tokio::test]
async fn a_submitted_quote_is_never_edited() {
    let w = World::new().await;
    for stage in [Stage::QuoteSubmitted, Stage::QuoteSent] {
        let deal = w.deal_at(stage, &Plan::default()).await;
        let Names { quote, deal, requirement, .. } = Names::of(&w.case(&deal).await);
        let changes = [
            format!("UPDATE quote SET net = net + 1, gross = gross + 1 WHERE id = '{quote}'"),
            format!("UPDATE quote SET valid_until = valid_until + 1 WHERE id = '{quote}'"),
            format!("UPDATE quote SET content_hash = sha256('x') WHERE id = '{quote}'"),
            format!("UPDATE quote SET requested_by = '{}' WHERE id = '{quote}'", w.id("zhaoliu")),
            format!("UPDATE quote_line SET unit_price = 1 WHERE quote_id = '{quote}'"),
            format!("DELETE FROM quote_line WHERE quote_id = '{quote}'"),
            format!(
                "INSERT INTO quote_line (id, quote_id, line_no, kind, name, spec, quantity, unit, unit_price, discount_rate, tax_rate, discount_share, net, tax, gross)
                 VALUES (gen_random_uuid(), '{quote}', 9, 'surcharge', 'x', 'x', 1, '项', 1, 0, 0, 0, 1, 0, 1)"
            ),
            format!("UPDATE payment_term SET percent = 50 WHERE quote_id = '{quote}'"),
            format!("DELETE FROM payment_term WHERE quote_id = '{quote}'"),
            format!("INSERT INTO payment_term VALUES ('{quote}', 9, 10, 'on_signing', 0)"),
        ];
        let version = format!(
            "INSERT INTO quote (id, deal_id, requirement_id, no, version_no, status, quote_date, valid_until, tax_basis, deliver_at, place, delivery_mode,
                freight_payer, warranty, whole_discount, net, tax, gross, max_discount, is_below_floor, requested_by, created_at)
             SELECT gen_random_uuid(), '{deal}', '{requirement}', no, 2, 'draft', quote_date, valid_until, tax_basis, deliver_at, place, delivery_mode,
                freight_payer, warranty, 0, 0, 0, 0, 0, false, requested_by, created_at FROM quote WHERE id = '{quote}'"
        );
        for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
            for change in &changes {
                attacker.refused(change, "P0001", "a submitted quote is immutable").await;
            }
            attacker.refused(&version, "23505", "quote_one_live").await;
        }
    }
}

#[tokio::test]
async fn a_draft_is_submitted_whole_or_not_at_all() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let submit = format!(
        "UPDATE quote SET status = 'submitted', content_hash = sha256('x'), submitted_at = '2026-09-17' WHERE id = '{}'",
        names.quote
    );
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.succeeds("SELECT 1", &submit).await;
        attacker
            .refused_after("UPDATE payment_term SET percent = 60 WHERE position = 2", &submit, "23514", "sum to 100")
            .await;
        attacker
            .refused_after("UPDATE quote SET net = net + 1, gross = gross + 1", &submit, "23514", "sums of its lines")
            .await;
        attacker
            .refused_after("UPDATE requirement SET status = 'superseded'", &submit, "P0001", "a confirmed requirement")
            .await;
        attacker.refused("UPDATE quote SET net = net + 1", "23514", "quote_check").await;
    }
}

#[tokio::test]
async fn a_sent_requirement_is_never_edited() {
    let w = World::new().await;
    let deal = w.deal_with_confirmed_requirement().await;
    let names = Names::of(&w.case(&deal).await);
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for change in ["UPDATE requirement_line SET quantity = 1", "DELETE FROM requirement_line"] {
            attacker.refused(change, "P0001", "a requirement that was sent is not edited").await;
        }
        let special =
            format!("INSERT INTO requirement_special VALUES ('{}', 1, 'x', 'sales', true)", names.requirement);
        attacker.refused(&special, "P0001", "a requirement that was sent is not edited").await;
        attacker
            .refused("UPDATE requirement SET confirm_file_id = NULL", "P0001", "a confirmation is not changed")
            .await;
        attacker.refused("UPDATE requirement SET status = 'draft'", "P0001", "cannot become").await;
    }
}
