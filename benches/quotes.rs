//! Saving quotes, printing them, and finding products among 600,000.
//!
//! `cargo bench --bench quotes`

mod load;

use load::browser::Form;
use load::desk::Desk;
use load::measure::bare;
use load::server::{company, copy_of};
use load::{Browser, Server, Table, timed};
use sqlx::{AssertSqlSafe, Connection};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_stack_size(16 << 20)
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = copy_of(&company("middle", load::MIDDLE), "middle-quotes");
    let server = Server::start(&folder);
    find(&runtime, &server);
    save(&runtime, &server);
}

fn save(runtime: &tokio::runtime::Runtime, server: &Server) {
    let (ten, two_hundred, five_hundred) = runtime.block_on(async {
        let desk = Box::pin(Desk::at(server)).await;
        (
            Box::pin(desk.quoted("r12x", 10)).await,
            Box::pin(desk.quoted("r12x", 200)).await,
            Box::pin(desk.quoted("r12x", 500)).await,
        )
    });
    let floor = |no: &str, times: usize| runtime.block_on(floor(server, no, times));
    let bare_ten = floor(&ten, 300);
    let bare_500 = floor(&five_hundred, 5);
    let mut rep = Browser::of(server.port, "r12x");
    let table = Table::begin("Quotes: saved with the prices looked up by the server, with the page that follows");
    // A whole-quote discount falls on every line; a note on one.
    let all: fn(&mut Form, usize) =
        |form, n| form.set("whole_discount", if n.is_multiple_of(2) { "10.00" } else { "20.00" });
    let one: fn(&mut Form, usize) =
        |form, n| form.set("line_note", if n.is_multiple_of(2) { "单独包装" } else { "合并包装" });
    for (what, no, times, floor, change, to_hold) in [
        ("save of 10 lines, all changed, and its page", &ten, 300, Some(bare_ten), all, "2.5 ms CPU, 2 ×"),
        ("save of 10 lines, one changed, and its page", &ten, 300, None, one, ""),
        ("save of 500 lines, all changed, and its page", &five_hundred, 15, Some(bare_500), all, "p95 300 ms"),
        ("save of 500 lines, one changed, and its page", &five_hundred, 15, None, one, ""),
    ] {
        let path = format!("/deals/{no}/quote");
        let mut html = rep.page(&path);
        let mut once = |rep: &mut Browser, n: usize| {
            let mut form = Form::of(&html, "/quote");
            change(&mut form, n);
            let answer = rep.post(&form);
            assert_eq!(answer.status, 303, "{}", answer.body.chars().take(3000).collect::<String>());
            html = rep.page(answer.location.as_deref().unwrap_or(&path));
        };
        (0..24).for_each(|n| once(&mut rep, n));
        // The form is read from the page by this process: its time is not the program's.
        let cost = timed(server, times, |n| once(&mut rep, n));
        table.row(what, &cost, floor, to_hold);
    }
    let path = format!("/deals/{five_hundred}/quote");
    let mut clocks = Vec::new();
    let before = server.cpu();
    let mut html = rep.page(&path);
    for n in 0..10 {
        let mut form = Form::of(&html, "/quote");
        all(&mut form, n);
        let start = std::time::Instant::now();
        let answer = rep.post(&form);
        clocks.push(start.elapsed());
        assert_eq!(answer.status, 303);
        html = rep.page(&path);
    }
    table.row("500 lines, the save alone (clock)", &load::measure::cost(server, &before, clocks), None, "p95 300 ms");
    for (what, no, to_hold) in [
        ("PDF of 10 lines", &ten, "100 ms"),
        ("PDF of 200 lines", &two_hundred, "1 s"),
        ("PDF of 500 lines", &five_hundred, ""),
    ] {
        let path = format!("/deals/{no}/quote.pdf");
        rep.page(&path);
        let cost = timed(server, 20, |_| {
            let answer = rep.get(&path);
            assert!(answer.status == 200 && answer.body.starts_with("%PDF"), "{path}: {}", answer.status);
        });
        table.row(what, &cost, None, to_hold);
    }
    let (now, most) = server.memory();
    println!("\nmemory of the program after documents: {now} KiB now, {most} KiB at most (to hold: 153,600 KiB)");
}

/// The bare work of a save: read the deal and the prices, write head, lines, terms, event, deal.
async fn floor(server: &Server, no: &str, times: usize) -> u64 {
    let conn = &mut server.database().await;
    let deal: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM deal WHERE no = $1").bind(no).fetch_one(&mut *conn).await.expect("a deal");
    let quote: uuid::Uuid = sqlx::query_scalar("SELECT id FROM quote WHERE deal_id = $1 AND status = 'draft'")
        .bind(deal)
        .fetch_one(&mut *conn)
        .await
        .expect("a quote");
    sqlx::query("CREATE TEMP TABLE kept AS SELECT * FROM quote_line WHERE quote_id = $1")
        .bind(quote)
        .execute(&mut *conn)
        .await
        .expect("kept");
    sqlx::query("CREATE TEMP TABLE kept_event AS SELECT * FROM event WHERE stream_id = $1 ORDER BY seq DESC LIMIT 1")
        .bind(deal)
        .execute(&mut *conn)
        .await
        .expect("kept");
    let columns: String = sqlx::query_scalar(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'quote_line'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
    )
    .fetch_one(&mut *conn)
    .await
    .expect("columns");
    let lines = format!("INSERT INTO quote_line ({columns}) SELECT {columns} FROM kept");
    bare(server, times, async |_| {
        let mut tx = conn.begin().await.expect("a transaction");
        sqlx::query("SELECT set_config('kuaidan.actor', (SELECT owner_id FROM deal WHERE id = $1)::text, true)").bind(deal).execute(&mut *tx).await.expect("who");
        sqlx::query("SELECT * FROM deal d JOIN customer c ON c.id = d.customer_id WHERE d.id = $1 FOR UPDATE OF d").bind(deal).fetch_all(&mut *tx).await.expect("deal");
        sqlx::query("SELECT l.* FROM requirement_line l JOIN quote q ON q.requirement_id = l.requirement_id WHERE q.id = $1").bind(quote).fetch_all(&mut *tx).await.expect("lines");
        sqlx::query("SELECT i.* FROM price_item i JOIN requirement_line l ON l.product_id = i.product_id JOIN quote q ON q.requirement_id = l.requirement_id WHERE q.id = $1")
            .bind(quote)
            .fetch_all(&mut *tx)
            .await
            .expect("prices");
        sqlx::query("UPDATE quote SET warranty = warranty WHERE id = $1").bind(quote).execute(&mut *tx).await.expect("head");
        sqlx::query("DELETE FROM quote_line WHERE quote_id = $1").bind(quote).execute(&mut *tx).await.expect("lines go");
        sqlx::query(AssertSqlSafe(lines.clone())).execute(&mut *tx).await.expect("lines come");
        sqlx::query("DELETE FROM payment_term WHERE quote_id = $1").bind(quote).execute(&mut *tx).await.expect("terms go");
        sqlx::query("INSERT INTO payment_term VALUES ($1, 1, 100, 'before_shipment', 0)").bind(quote).execute(&mut *tx).await.expect("terms come");
        sqlx::query("UPDATE deal SET version = version + 1, updated_at = now() WHERE id = $1").bind(deal).execute(&mut *tx).await.expect("deal");
        sqlx::query(
            "INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
             SELECT k.stream_kind, k.stream_id, last.seq + 1, k.kind, k.payload, acting_person(), now(), k.request_id, last.hash, sha256(last.hash)
             FROM kept_event k, LATERAL (SELECT e.seq, e.hash FROM event e WHERE e.stream_kind = k.stream_kind AND e.stream_id = k.stream_id ORDER BY e.seq DESC LIMIT 1) last",
        )
        .execute(&mut *tx)
        .await
        .expect("event");
        // Thrown away: the chain would be broken for the program.
        tx.rollback().await.expect("undone");
    })
    .await
}

fn find(runtime: &tokio::runtime::Runtime, server: &Server) {
    let mut conn = runtime.block_on(server.database());
    let mut of = |expression: &str| {
        let sql = format!(
            "SELECT {expression} FROM product TABLESAMPLE SYSTEM (1) REPEATABLE (3) WHERE id::text LIKE 'b%' ORDER BY id LIMIT 200"
        );
        let found: Vec<String> =
            runtime.block_on(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn)).expect("values");
        found
    };
    let questions = [
        ("whole code", of("code")),
        ("part of a code", of("right(code, 5)")),
        ("part of a name", of("substr(name, 1, 5)")),
        ("two characters of a name", of("substr(name, 1, 2)")),
        ("name with its type", of("name")),
        ("pinyin initials", of("substr(initials, 1, 5)")),
        ("first two initials", of("substr(initials, 1, 2)")),
        ("what no product has", vec!["鑫焱熙".to_owned(), "zzqqx".to_owned()]),
    ];
    let mut rep = Browser::of(server.port, "r12x");
    let table = Table::begin("Products, found among 600,000 (to hold: p95 50 ms)");
    for (what, typed) in questions {
        let path = |n: usize| {
            let word: String = form_urlencoded::byte_serialize(typed[n % typed.len()].as_bytes()).collect();
            format!("/prices/products?q={word}")
        };
        for n in 0..10 {
            rep.page(&path(n));
        }
        let cost = timed(server, 200, |n| {
            rep.page(&path(n));
        });
        table.row(what, &cost, None, "p95 50 ms");
    }
}
