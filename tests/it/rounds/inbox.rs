//! The inbox among many past nodes: every tab reads an index, and its pages neither skip nor repeat.

use crate::harness::browser::Browser;
use crate::harness::plans::kept;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::store::inbox::{self, After, Reader, Tab};
use std::collections::BTreeSet;

fn reader(w: &World, login: &str, role: &str) -> Reader {
    Reader { person: w.id(login), manager: None, roles: vec![role.to_owned()], now: w.now(), has_mandates: true }
}

/// Thirty thousand decided nodes of rounds long past.
async fn a_long_past(w: &World) {
    let mut owner = w.database.owner_connection().await;
    // Without their deals and quotes: the keys are put back unproved, the plans are made with them.
    let untie = "DO $$
        DECLARE k record;
        BEGIN
            CREATE TEMP TABLE tie (sql text);
            FOR k IN SELECT conrelid::regclass AS of, conname, pg_get_constraintdef(oid) AS key FROM pg_constraint
                WHERE contype = 'f' AND conrelid IN ('approval_round'::regclass, 'approval_node'::regclass) LOOP
                INSERT INTO tie VALUES (format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', k.of, k.conname, k.key));
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.of, k.conname);
            END LOOP;
        END $$;
        ALTER TABLE approval_round DISABLE TRIGGER USER; ALTER TABLE approval_node DISABLE TRIGGER USER";
    let fill = format!(
        "INSERT INTO approval_round (id, deal_id, quote_id, requested_by, content_hash, no, round_no, path, level, status, submitted_at, ended_at, calendar_version)
           SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{rep}', '\\x00', 'SP-20250101-' || (1000 + n), 1, 'standard', 1, 'approved',
             timestamptz '2025-01-01' + n * interval '10 minutes', timestamptz '2025-01-01' + n * interval '10 minutes', '1' FROM generate_series(1, 30000) n;
         INSERT INTO approval_node (id, round_id, requested_by, kind, stage, status, reasons, limit_minutes, arrived_at, due_at, decided_at, decided_by)
           SELECT gen_random_uuid(), r.id, r.requested_by, 'sales_manager', 1, 'approved', '[]', 240, r.submitted_at, r.submitted_at + interval '4 hours', r.submitted_at,
             CASE WHEN random() < 0.5 THEN '{manager}'::uuid ELSE '{other}'::uuid END FROM approval_round r WHERE r.level = 1 AND r.ended_at IS NOT NULL",
        rep = w.id("zhaoliu"),
        manager = w.id("liqiang"),
        other = w.id("chenjing"),
    );
    let tie = "ALTER TABLE approval_round ENABLE TRIGGER USER; ALTER TABLE approval_node ENABLE TRIGGER USER;
        DO $$
        DECLARE k record;
        BEGIN
            FOR k IN SELECT sql FROM tie LOOP EXECUTE k.sql; END LOOP;
        END $$";
    for batch in [untie, fill.as_str(), tie, "VACUUM ANALYZE approval_round", "VACUUM ANALYZE approval_node"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(batch.to_owned())).execute(&mut owner).await.expect("a long past");
    }
}

#[tokio::test]
async fn no_tab_reads_all_nodes_that_ever_were() {
    let w = World::new().await;
    a_long_past(&w).await;
    let mut owner = w.database.owner_connection().await;
    let after = After { is_urgent: false, at: w.now(), id: uuid::Uuid::nil() };
    for tab in [Tab::ToDecide, Tab::Reviews, Tab::Decided, Tab::Mine, Tab::Copied, Tab::Overdue] {
        for place in [None, Some(after)] {
            let q = inbox::query(&reader(&w, "liqiang", "sales_manager"), tab, place, 51);
            let plan = kept(q.sql().as_str(), &mut owner).await;
            for table in ["approval_node", "approval_round"] {
                assert!(!plan.contains(&format!("Seq Scan on {table}")), "{tab:?} {place:?}:\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_and_the_urgent_come_first() {
    let w = World::new().await;
    let customer = w.archived_customer().await;
    let plan = Plan { customer: Some(customer), ..Plan::default() };
    let mut deals = BTreeSet::new();
    for _ in 0..7 {
        deals.insert(w.deal_at(Stage::QuoteSubmitted, &plan).await);
        w.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let who = reader(&w, "liqiang", "sales_manager");
    let mut conn = w.app.db.read().await.expect("a connection");
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let rows = inbox::page(&mut conn, &who, Tab::ToDecide, after, 3).await.expect("readable");
        let Some(last) = rows.last() else { break };
        after = Some(After { is_urgent: last.is_urgent, at: last.sort_at, id: last.id });
        seen.extend(rows.into_iter().map(|r| r.deal_no));
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
    assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), deals);
    assert_eq!(inbox::count(&mut conn, &who, Tab::ToDecide).await.expect("a count"), 7);
    drop(conn);
    for deal in &deals {
        w.must("liqiang", deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    }
    let mut conn = w.app.db.read().await.expect("a connection");
    assert_eq!(inbox::count(&mut conn, &who, Tab::ToDecide).await.expect("a count"), 0);
    assert_eq!(inbox::count(&mut conn, &who, Tab::Decided).await.expect("a count"), 7);
    assert_eq!(inbox::count(&mut conn, &reader(&w, "wangmin", "x"), Tab::Mine).await.expect("a count"), 7);
    drop(conn);
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open("/approvals?tab=overdue").await, StatusCode::FORBIDDEN);
    assert_eq!(b.open("/approvals?tab=mine&after=1.2.3").await, StatusCode::OK, "a broken place is the beginning");
}
