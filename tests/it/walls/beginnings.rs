//! Forms begin at the beginning: inserting a row that is already far along is no way around a guard.

use super::{Attacker, Names};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

/// A copy of the rows of a table with some columns replaced.
fn copied(table: &str, columns: &[(&str, &str)], replaced: &[(&str, &str)]) -> String {
    let names: Vec<&str> = columns.iter().chain(replaced).map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().chain(replaced).map(|(_, value)| *value).collect();
    format!("INSERT INTO {table} ({}) SELECT {} FROM {table} LIMIT 1", names.join(", "), values.join(", "))
}

#[tokio::test]
async fn no_form_is_born_approved() {
    let w = World::new().await;
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let same = |names: &[&'static str]| names.iter().map(|n| (*n, *n)).collect::<Vec<_>>();
    let id = ("id", "gen_random_uuid()");
    let customer = same(&[
        "version",
        "is_credit_hold",
        "is_blacklisted",
        "is_inactive",
        "owner_id",
        "legal_name",
        "grade",
        "credit_limit",
        "credit_days",
        "opening_order_count",
        "opening_total",
        "created_at",
        "updated_at",
    ]);
    let quote = same(&[
        "deal_id",
        "requirement_id",
        "no",
        "quote_date",
        "valid_until",
        "tax_basis",
        "deliver_at",
        "place",
        "delivery_mode",
        "freight_payer",
        "warranty",
        "whole_discount",
        "net",
        "tax",
        "gross",
        "max_discount",
        "is_below_floor",
        "content_hash",
        "requested_by",
        "sent_at",
        "created_at",
    ]);
    let round = same(&[
        "deal_id",
        "quote_id",
        "requested_by",
        "content_hash",
        "no",
        "path",
        "level",
        "submitted_at",
        "calendar_version",
    ]);
    let node =
        same(&["round_id", "requested_by", "stage", "reasons", "limit_minutes", "arrived_at", "due_at", "decided_at"]);
    let decider = format!("'{}'", w.id("zhoukai"));
    let attacks = [
        copied("customer", &customer, &[id, ("customer_no", "'KH202699999'"), ("status", "'pending_confirmation'")]),
        copied("quote", &quote, &[id, ("version_no", "9"), ("status", "'accepted'")]),
        copied("quote", &quote, &[id, ("version_no", "9"), ("status", "'approved'")]),
        copied(
            "approval_round",
            &round,
            &[id, ("round_no", "9"), ("status", "'approved'"), ("ended_at", "submitted_at")],
        ),
        copied(
            "approval_node",
            &node,
            &[id, ("kind", "'technical'"), ("status", "'approved'"), ("decided_by", &decider)],
        ),
        copied(
            "price_list",
            &same(&["tax_basis", "drafted_by", "published_by", "published_at"]),
            &[id, ("code", "'NEW-1'"), ("name", "'x'"), ("status", "'published'")],
        ),
    ];
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        for attack in &attacks {
            attacker.refused(attack, "P0001", "begins as").await;
        }
    }
}

#[tokio::test]
async fn an_order_gains_no_parts_once_it_is_confirmed() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let names = Names::of(&w.case(&deal).await);
    let milestone = |received: &str| {
        format!(
            "INSERT INTO milestone (order_id, position, percent, trigger, days, amount, received) VALUES ('{}', 9, 1, 'on_signing', 0, 5, {received})",
            names.order
        )
    };
    let special = format!(
        "INSERT INTO order_special (order_id, position, text, department) VALUES ('{}', 9, 'x', 'sales')",
        names.order
    );
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&milestone("5"), "42501", "by finance only").await;
        attacker.succeeds("SELECT 1", &milestone("0")).await;
    }
    w.bring_to(Stage::OrderConfirmed, &deal, &Plan::default()).await;
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&milestone("0"), "P0001", "come with the draft of their order").await;
        attacker.refused(&special, "P0001", "come with the draft of their order").await;
    }
}
