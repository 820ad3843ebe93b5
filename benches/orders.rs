//! Confirming orders: what one costs, 10,000 by 32 people, the last ten pieces wanted by a hundred, and
//! the customer's tracking page.
//!
//! `cargo bench --bench orders`

mod load;

use load::browser::Form;
use load::measure::{bare, cost, ms};
use load::server::{company, copy_of};
use load::{Browser, Server, Table, timed};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Server::start(&copy_of(&company("middle", load::MIDDLE), "middle-orders"));
    let mut ready = runtime.block_on(ready(&server));
    println!("{} deals wait for their confirmation", ready.len());
    let table = Table::begin("Confirming an order");
    let few = ready.split_off(ready.len() - 600);
    one(&runtime, &server, &table, &few);
    track(&runtime, &server, &table);
    last_pieces(&runtime, &server, &ready.split_off(ready.len() - 100));
    ready.truncate(10_000);
    many(&runtime, &server, ready);
}

/// Number and owner's login of each deal that can be confirmed.
async fn ready(server: &Server) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT d.no, p.login FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.order_status = 'draft' AND d.next_action = 'confirm_order' AND p.login ~ '^r[0-9]+x$' ORDER BY d.id",
    )
    .fetch_all(&mut server.database().await)
    .await
    .expect("deals")
}

async fn number(conn: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(conn).await.expect(sql)
}

/// Every form is sent by its own person over that person's own session.
fn with_sessions(server: &Server, deals: &[(String, String)]) -> (BTreeMap<String, Browser>, Vec<(String, Form)>) {
    let mut people: BTreeMap<String, Browser> = BTreeMap::new();
    let mut forms = Vec::new();
    for (no, login) in deals {
        let browser = people.entry(login.clone()).or_insert_with(|| Browser::of(server.port, login));
        let html = browser.page(&format!("/deals/{no}/order"));
        forms.push((login.clone(), Form::of(&html, "/order/confirm")));
    }
    (people, forms)
}

fn one(runtime: &tokio::runtime::Runtime, server: &Server, table: &Table, deals: &[(String, String)]) {
    let floor = runtime.block_on(floor(server, deals));
    let (mut people, forms) = with_sessions(server, deals);
    let half = forms.len() / 2;
    let alone = timed(server, half, |n| {
        let (login, form) = &forms[n];
        let answer = people.get_mut(login).expect("signed in").post(form);
        assert_eq!(answer.status, 303, "{}", answer.body);
    });
    table.row("a confirmation", &alone, Some(floor), "2.5 ms CPU, 4 ×");
    let with_page = timed(server, forms.len() - half, |n| {
        let (login, form) = &forms[half + n];
        let browser = people.get_mut(login).expect("signed in");
        let answer = browser.post(form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser.page(answer.location.as_deref().expect("a page"));
    });
    table.row("a confirmation with the page that follows", &with_page, None, "");
}

/// The database's part by bare SQL: lock, order, lines with their stock, milestones, stages, deal, event.
async fn floor(server: &Server, deals: &[(String, String)]) -> u64 {
    let conn = &mut server.database().await;
    bare(server, deals.len(), async |n| {
        let mut tx = conn.begin().await.expect("a transaction");
        let (deal, order, who): (uuid::Uuid, uuid::Uuid, String) = sqlx::query_as(
            "SELECT d.id, o.id, d.owner_id::text FROM deal d JOIN sales_order o ON o.deal_id = d.id WHERE d.no = $1 FOR UPDATE OF d",
        )
        .bind(&deals[n].0)
        .fetch_one(&mut *tx)
        .await
        .expect("an order");
        sqlx::query("SELECT set_config('kuaidan.actor', $1, true)").bind(&who).execute(&mut *tx).await.expect("who");
        let lines: Vec<(uuid::Uuid, uuid::Uuid, rust_decimal::Decimal)> =
            sqlx::query_as("SELECT id, product_id, quantity FROM order_line WHERE order_id = $1 AND is_goods AND product_id IS NOT NULL ORDER BY product_id")
                .bind(order)
                .fetch_all(&mut *tx)
                .await
                .expect("lines");
        for (line, product, quantity) in lines {
            sqlx::query("UPDATE stock SET reserved = reserved + $2 WHERE product_id = $1").bind(product).bind(quantity).execute(&mut *tx).await.expect("stock");
            sqlx::query(
                "INSERT INTO stock_movement (id, product_id, order_line_id, kind, quantity, on_hand_after, reserved_after, actor_id, at)
                 SELECT gen_random_uuid(), product_id, $3, 'reserve', $2, on_hand, reserved, $4::uuid, now() FROM stock WHERE product_id = $1",
            )
            .bind(product)
            .bind(quantity)
            .bind(line)
            .bind(&who)
            .execute(&mut *tx)
            .await
            .expect("ledger");
            sqlx::query("UPDATE order_line SET reserved = $2 WHERE id = $1").bind(line).bind(quantity).execute(&mut *tx).await.expect("line");
            sqlx::query("INSERT INTO promise_batch (order_line_id, batch_no, quantity, original_at, promised_at) VALUES ($1, 1, $2, now(), now())")
                .bind(line)
                .bind(quantity)
                .execute(&mut *tx)
                .await
                .expect("batch");
            sqlx::query("INSERT INTO delivery_stage (order_line_id, stage, planned_start, planned_end) SELECT $1, s, now(), now() + interval '3 days' FROM unnest(ARRAY['prepare','packing','shipping','sign_off']) s ON CONFLICT DO NOTHING")
                .bind(line)
                .execute(&mut *tx)
                .await
                .expect("stages");
        }
        sqlx::query("SELECT * FROM milestone WHERE order_id = $1").bind(order).fetch_all(&mut *tx).await.expect("milestones");
        sqlx::query("UPDATE sales_order SET status = 'confirmed', confirmed_at = now(), confirmed_by = $2::uuid WHERE id = $1")
            .bind(order)
            .bind(&who)
            .execute(&mut *tx)
            .await
            .expect("order");
        sqlx::query("UPDATE deal SET version = version + 1, order_status = 'confirmed', updated_at = now() WHERE id = $1").bind(deal).execute(&mut *tx).await.expect("deal");
        sqlx::query(
            "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
             SELECT e.stream_kind, e.stream_id, e.seq + 1, 'order_confirmed', e.payload, $2::uuid, now(), e.request_id, e.hash, sha256(e.hash)
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

fn track(runtime: &tokio::runtime::Runtime, server: &Server, table: &Table) {
    let (no, login): (String, String) = runtime.block_on(async {
        sqlx::query_as(
            "SELECT d.no, p.login FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.order_status = 'shipped' AND p.login ~ '^r[0-9]+x$' ORDER BY d.id LIMIT 1",
        )
        .fetch_one(&mut server.database().await)
        .await
        .expect("a shipped order")
    });
    let mut rep = Browser::of(server.port, &login);
    let html = rep.page(&format!("/deals/{no}/links"));
    let mut form = Form::of(&html, "/links");
    form.set("purpose", "track");
    let answer = rep.post(&form);
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = rep.page(answer.location.as_deref().unwrap_or(&format!("/deals/{no}/links")));
    let token = page.split("/p/").nth(1).and_then(|rest| rest.get(..64)).expect("a link").to_owned();
    let mut customer = Browser::new(server.port);
    let path = format!("/p/{token}");
    for _ in 0..5 {
        customer.page(&path);
    }
    let cost = timed(server, 300, |_| {
        customer.page(&path);
    });
    table.row("tracking page of a customer", &cost, None, "20 ms");
}

/// Ten pieces are left; a hundred orders want them at the same moment.
fn last_pieces(runtime: &tokio::runtime::Runtime, server: &Server, deals: &[(String, String)]) {
    const WANTED: &str = "SELECT l.product_id FROM order_line l JOIN sales_order o ON o.id = l.order_id JOIN deal d ON d.id = o.deal_id WHERE d.order_status = 'draft' AND l.is_goods AND l.product_id IN (SELECT product_id FROM stock) LIMIT 1";
    let reserved = || {
        runtime.block_on(async {
            number(
                &mut server.database().await,
                "SELECT reserved::bigint FROM stock WHERE product_id = (SELECT id FROM product WHERE name = 'last pieces')",
            )
            .await
        })
    };
    runtime.block_on(async {
        let conn = &mut server.database().await;
        // The same product under a name that stays findable; its stock is counted down to ten free pieces.
        sqlx::raw_sql(AssertSqlSafe(format!(
            "SET kuaidan.actor = 'system';
             UPDATE product SET name = 'last pieces' WHERE id = ({WANTED});
             BEGIN;
             UPDATE stock SET on_hand = reserved + 10 WHERE product_id = (SELECT id FROM product WHERE name = 'last pieces');
             INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at, reason)
             SELECT gen_random_uuid(), s.product_id, 'adjust', s.on_hand - m.on_hand_after, s.on_hand, s.reserved, now(), 'count' FROM stock s,
                LATERAL (SELECT on_hand_after FROM stock_movement m WHERE m.product_id = s.product_id ORDER BY seq DESC LIMIT 1) m
             WHERE s.product_id = (SELECT id FROM product WHERE name = 'last pieces');
             COMMIT;"
        )))
        .execute(conn)
        .await
        .expect("ten are left");
    });
    let before = reserved();
    let forms = forms_with_browsers(server, deals);
    let barrier = Arc::new(Barrier::new(forms.len()));
    let threads: Vec<_> = forms
        .into_iter()
        .map(|(mut browser, form)| {
            let barrier = barrier.clone();
            std::thread::spawn(move || {
                barrier.wait();
                browser.post(&form).status
            })
        })
        .collect();
    let answers: Vec<u16> = threads.into_iter().map(|t| t.join().expect("a person")).collect();
    let confirmed = answers.iter().filter(|s| **s == 303).count();
    println!(
        "\n{} confirmations at once for the last 10 pieces: {confirmed} confirmed, {} pieces reserved (to hold: exactly 10)",
        answers.len(),
        reserved() - before
    );
    runtime.block_on(async {
        sqlx::raw_sql(
            "SET kuaidan.actor = 'system'; BEGIN;
             UPDATE stock SET on_hand = on_hand + 10000000 WHERE product_id = (SELECT id FROM product WHERE name = 'last pieces');
             INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at, reason)
             SELECT gen_random_uuid(), s.product_id, 'adjust', 10000000, s.on_hand, s.reserved, now(), 'delivery' FROM stock s
             WHERE s.product_id = (SELECT id FROM product WHERE name = 'last pieces'); COMMIT;",
        )
        .execute(&mut server.database().await)
        .await
        .expect("there is enough again");
    });
}

/// A form of each deal, each with a connection of its own in the session of its owner.
fn forms_with_browsers(server: &Server, deals: &[(String, String)]) -> Vec<(Browser, Form)> {
    let (people, forms) = with_sessions(server, deals);
    forms.into_iter().map(|(login, form)| (people[&login].again(), form)).collect()
}

/// Thirty-two people confirm what lies on their desks.
fn many(runtime: &tokio::runtime::Runtime, server: &Server, deals: Vec<(String, String)>) {
    let total = deals.len();
    let confirmed = "SELECT count(*) FROM sales_order WHERE status <> 'draft'";
    let before = runtime.block_on(async { number(&mut server.database().await, confirmed).await });
    let mut desks: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for (no, login) in deals {
        let place: usize = login.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a rep");
        desks.entry(place % 32).or_default().push((no, login));
    }
    let port = server.port;
    let cpu = server.cpu();
    let start = Instant::now();
    let threads: Vec<_> = desks
        .into_values()
        .map(|deals| {
            std::thread::spawn(move || {
                let mut people: BTreeMap<String, Browser> = BTreeMap::new();
                let (mut clocks, mut failed) = (Vec::new(), Vec::new());
                for (no, login) in deals {
                    let browser = people.entry(login.clone()).or_insert_with(|| Browser::of(port, &login));
                    let form = Form::of(&browser.page(&format!("/deals/{no}/order")), "/order/confirm");
                    let at = Instant::now();
                    let answer = browser.post(&form);
                    clocks.push(at.elapsed());
                    if answer.status != 303 {
                        failed.push((no, answer.status));
                    }
                }
                (clocks, failed)
            })
        })
        .collect();
    let (mut clocks, mut failed): (Vec<Duration>, Vec<(String, u16)>) = (Vec::new(), Vec::new());
    for thread in threads {
        let (c, f) = thread.join().expect("a person");
        clocks.extend(c);
        failed.extend(f);
    }
    let took = start.elapsed();
    let cost = cost(server, &cpu, clocks);
    let (after, twice, events) = runtime.block_on(async {
        let conn = &mut server.database().await;
        (
            number(conn, confirmed).await,
            number(conn, "SELECT count(*) FROM (SELECT no FROM sales_order GROUP BY no HAVING count(*) > 1) x").await,
            number(conn, "SELECT count(*) FROM (SELECT stream_id FROM event WHERE kind = 'order_confirmed' GROUP BY stream_id HAVING count(*) > 1) x").await,
        )
    });
    println!(
        "\n{total} confirmations by 32 people in {took:.0?}: {} failed, {} became orders, {twice} numbers twice, {events} confirmed twice; {} ms CPU each with the page before, p50 {:.1?}, p95 {:.1?}, p99 {:.1?}, slowest {:.1?}",
        failed.len(),
        after - before,
        ms(cost.cpu()),
        cost.p50,
        cost.p95,
        cost.p99,
        cost.worst
    );
    for (no, status) in failed.iter().take(5) {
        println!("failed: {no} {status}");
    }
}
