//! What the role that serves may not do at all, whatever the rows say.

use super::Attacker;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;

#[tokio::test]
async fn the_serving_role_changes_no_table_and_no_history() {
    let w = World::new().await;
    w.deal_at(Stage::Shipped, &Plan::default()).await;
    let mut app = Attacker::app(&w).await;
    for (attack, wall) in [
        ("TRUNCATE event", "event"),
        ("TRUNCATE number_counter", "number_counter"),
        ("CREATE TABLE mine (id integer)", "schema"),
        ("CREATE TABLE public.mine (id integer)", "schema public"),
        ("CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "schema"),
        ("CREATE SCHEMA mine", "database"),
        ("CREATE ROLE mine", "create role"),
        ("ALTER TABLE quote ADD COLUMN mine integer", "owner of table quote"),
        ("ALTER TABLE quote DISABLE TRIGGER frozen", "owner of table quote"),
        ("ALTER TABLE event DISABLE TRIGGER ALL", "owner of table event"),
        ("ALTER TABLE customer DROP CONSTRAINT archived_is_complete", "owner of table customer"),
        ("DROP TABLE event", "owner of table event"),
        ("DROP TRIGGER guard ON approval_node", "owner of relation approval_node"),
        ("CREATE OR REPLACE FUNCTION acting_person() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'", "schema"),
        ("SET session_replication_role = replica", "session_replication_role"),
        ("UPDATE event SET kind = 'x'", "event"),
        ("DELETE FROM event", "event"),
        ("DELETE FROM event_seal", "event_seal"),
        ("UPDATE acceptance SET po_no = 'x'", "acceptance"),
        ("UPDATE stock_movement SET quantity = 1", "stock_movement"),
        ("UPDATE attachment SET file_name = 'x'", "attachment"),
        ("INSERT INTO status_edge VALUES ('quote', 'draft', 'accepted')", "status_edge"),
        ("UPDATE status_edge SET to_status = 'accepted'", "status_edge"),
        ("DELETE FROM deal", "deal"),
        ("DELETE FROM customer", "customer"),
        ("DELETE FROM quote", "quote"),
        ("DELETE FROM approval_round", "approval_round"),
        ("DELETE FROM approval_node", "approval_node"),
        ("DELETE FROM sales_order", "sales_order"),
        ("DELETE FROM milestone", "milestone"),
        ("DELETE FROM shipment", "shipment"),
        ("DELETE FROM stock", "stock"),
        ("DELETE FROM person", "person"),
    ] {
        app.refused(attack, "42501", wall).await;
    }
}

#[tokio::test]
async fn the_administrator_holds_no_other_role() {
    let w = World::new().await;
    let attack = format!("UPDATE person SET roles = roles || 'sales_manager'::text WHERE id = '{}'", w.id("admin"));
    for mut attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        attacker.refused(&attack, "23514", "person_roles_check1").await;
        attacker.refused("UPDATE person SET roles = ARRAY['emperor']", "23514", "person_roles_check").await;
    }
}
