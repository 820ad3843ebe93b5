//! Approvals: the inbox over all past nodes, decisions, and the sweep of 100,000 open ones.
//!
//! `cargo bench --bench approvals` looks at the past nodes of 100,000 orders; `-- --company=large` at those
//! of a million, which are more than a million.

mod load;

use load::browser::Form;
use load::desk::Desk;
use load::measure::{bare, cost};
use load::server::{argument, company, copy_of};
use load::{Browser, Server, Table, timed};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::Instant;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_stack_size(16 << 20)
        .enable_all()
        .build()
        .expect("a runtime");
    let (name, sizes) = match argument("company").as_deref() {
        Some("large") => ("large", load::LARGE),
        _ => ("middle", load::MIDDLE),
    };
    inbox(&runtime, &Server::start(&company(name, sizes)));
    sweep(&runtime, &Server::start(&company("waiting", load::WAITING)));
    let server = Server::start(&copy_of(&company("middle", load::MIDDLE), "middle-decisions"));
    decide(&runtime, &server);
}

async fn count(conn: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(conn).await.expect("a count")
}

fn inbox(runtime: &tokio::runtime::Runtime, server: &Server) {
    let (past, open) = runtime.block_on(async {
        let conn = &mut server.database().await;
        (
            count(conn, "SELECT count(*) FROM approval_node WHERE decided_at IS NOT NULL").await,
            count(conn, "SELECT count(*) FROM approval_node WHERE status = 'open'").await,
        )
    });
    let table = Table::begin(&format!("Approvals inbox: {past} past nodes, {open} open (to hold: p95 30 ms)"));
    for (what, login, path) in [
        ("to decide, finance", "wufang", "/approvals"),
        ("to decide, a sales manager", "m3x", "/approvals"),
        ("to decide, director", "chenjing", "/approvals"),
        ("to decide, a rep", "r7x", "/approvals"),
        ("decided, finance", "wufang", "/approvals?tab=decided"),
        ("asked for, a rep", "r7x", "/approvals?tab=mine"),
        ("overdue, general manager", "liujianguo", "/approvals?tab=overdue"),
        ("reviews afterwards, finance", "wufang", "/approvals?tab=reviews"),
    ] {
        let mut browser = Browser::of(server.port, login);
        for _ in 0..5 {
            browser.page(path);
        }
        let cost = timed(server, 200, |_| {
            browser.page(path);
        });
        table.row(what, &cost, None, "p95 30 ms");
    }
}

/// One look over every open node while nothing is due, and one that has reminders to give.
fn sweep(runtime: &tokio::runtime::Runtime, server: &Server) {
    let table = Table::begin("Sweep of the open nodes (to hold: 1 s)");
    runtime.block_on(async {
        let desk = Desk::at(server).await;
        let open =
            count(&mut server.database().await, "SELECT count(*) FROM approval_node WHERE status = 'open'").await;
        // What came due since the company was made is told first.
        desk.app.sweep_limits().await.expect("a sweep");
        let (before, mut clocks) = (server.cpu(), Vec::new());
        for _ in 0..20 {
            let start = Instant::now();
            desk.app.sweep_limits().await.expect("a sweep");
            clocks.push(start.elapsed());
        }
        table.row(&format!("{open} open nodes, one look"), &cost(server, &before, clocks), None, "1 s");
    });
}

/// The database's part of a decision by bare SQL: who, lock, node, round, ledger, next node, deal, event.
async fn floor(server: &Server, deals: &[String]) -> u64 {
    let conn = &mut server.database().await;
    bare(server, deals.len(), async |n| {
        let no = &deals[n];
        let mut tx = conn.begin().await.expect("a transaction");
        let (deal, round, node, who): (uuid::Uuid, uuid::Uuid, uuid::Uuid, String) = sqlx::query_as(
            "SELECT d.id, r.id, n.id, (SELECT id::text FROM person WHERE login = 'wufang') FROM deal d JOIN approval_round r ON r.deal_id = d.id JOIN approval_node n ON n.round_id = r.id
             WHERE d.no = $1 AND n.status = 'open' AND n.kind = 'finance' FOR UPDATE OF d",
        )
        .bind(no)
        .fetch_one(&mut *tx)
        .await
        .expect("a node");
        sqlx::query("SELECT set_config('kuaidan.actor', $1, true)").bind(&who).execute(&mut *tx).await.expect("who");
        sqlx::query("SELECT q.*, l.* FROM quote q JOIN approval_round r ON r.quote_id = q.id JOIN quote_line l ON l.quote_id = q.id WHERE r.id = $1")
            .bind(round)
            .fetch_all(&mut *tx)
            .await
            .expect("quote");
        sqlx::query("SELECT * FROM approval_node WHERE round_id = $1").bind(round).fetch_all(&mut *tx).await.expect("nodes");
        sqlx::query("UPDATE approval_node SET status = 'approved', decided_by = $2::uuid, decided_at = now() WHERE id = $1")
            .bind(node)
            .bind(&who)
            .execute(&mut *tx)
            .await
            .expect("decided");
        sqlx::query("UPDATE node_hold SET until_at = now() WHERE node_id = $1 AND until_at IS NULL").bind(node).execute(&mut *tx).await.expect("ledger");
        sqlx::query("UPDATE deal SET version = version + 1, updated_at = now() WHERE id = $1").bind(deal).execute(&mut *tx).await.expect("deal");
        sqlx::query(
            "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
             SELECT e.stream_kind, e.stream_id, e.seq + 1, 'node_decided', e.payload, $2::uuid, now(), e.request_id, e.hash, sha256(e.hash)
             FROM event e WHERE e.stream_kind = 'deal' AND e.stream_id = $1 ORDER BY e.seq DESC LIMIT 1",
        )
        .bind(deal)
        .bind(&who)
        .execute(&mut *tx)
        .await
        .expect("event");
        tx.rollback().await.expect("undone");
    })
    .await
}

fn decide(runtime: &tokio::runtime::Runtime, server: &Server) {
    let deals: Vec<String> = runtime.block_on(async {
        sqlx::query_scalar(
            "SELECT d.no FROM deal d JOIN approval_round r ON r.deal_id = d.id JOIN approval_node n ON n.round_id = r.id
             WHERE n.status = 'open' AND n.kind = 'finance' AND n.claimed_by IS NULL AND d.no ~ '-[0-9]{6,}$' ORDER BY n.id LIMIT 260",
        )
        .fetch_all(&mut server.database().await)
        .await
        .expect("deals that wait for finance")
    });
    let floor = runtime.block_on(floor(server, &deals));
    let mut finance = Browser::of(server.port, "wufang");
    let mut forms: Vec<(Form, String)> = Vec::new();
    for no in &deals {
        let path = format!("/deals/{no}/approval");
        let html = finance.page(&path);
        let Some(mut form) = Form::find(&html, "/approval") else { continue };
        form.answer_all(&html, "/approval");
        form.set("decision", "approve");
        // Neither a condition nor a return goes with a plain yes.
        form.fields.retain(|(name, _)| !matches!(name.as_str(), "condition_kind" | "return_to"));
        forms.push((form, path));
    }
    assert!(forms.len() > 100, "{} deals can be decided", forms.len());
    let page = timed(server, 200, |n| {
        finance.page(&forms[n % forms.len()].1);
    });
    let half = forms.len() / 2;
    let alone = timed(server, half, |n| {
        let answer = finance.post(&forms[n].0);
        assert_eq!(answer.status, 303, "{}", answer.body);
    });
    let with_page = timed(server, forms.len() - half, |n| {
        let (form, path) = &forms[half + n];
        let answer = finance.post(form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        finance.page(answer.location.as_deref().unwrap_or(path));
    });
    let table = Table::begin("Decisions");
    table.row("decision page", &page, None, "");
    table.row("a decision", &alone, Some(floor), "2.5 ms CPU, 4 ×");
    table.row("a decision with the page that follows", &with_page, None, "");
}
