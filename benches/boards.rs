//! Lists, boards, search, reports and live pages of small, middling and large companies (DESIGN 4).
//!
//! `cargo bench --bench boards`; `-- --only=middle` leaves out the growth from 10,000 to 1,000,000
//! orders, `-- --orders=100000` shrinks the large company.

mod load;

use load::browser::Form;
use load::measure::{Cost, ms};
use load::server::{argument, company, copy_of};
use load::{Browser, Server, Table, bare, timed};
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 400;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let middle = company("middle", load::MIDDLE);
    pages(&runtime, &middle);
    live(&runtime, &copy_of(&middle, "middle-live"));
    memory(&middle);
    if argument("only").as_deref() != Some("middle") {
        growth(&runtime);
    }
}

/// `path` so many times as this person.
fn get(server: &Server, browser: &mut Browser, path: &str, times: usize) -> Cost {
    for _ in 0..20 {
        browser.page(path);
    }
    timed(server, times, |_| {
        browser.page(path);
    })
}

/// The address of a later page of a list.
fn page_of(browser: &mut Browser, path: &str, number: usize) -> String {
    let mut at = path.to_owned();
    for _ in 1..number {
        let html = browser.page(&at);
        let older = html
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|href| href.contains("before="))
            .unwrap_or_else(|| panic!("{at} has no older page"));
        at = older.replace("&amp;", "&").replace("&#38;", "&");
    }
    at
}

const LIST: &str = "SELECT d.id, d.no, d.title, c.customer_no, c.short_name, w.name, w.name_en, d.kind, d.status, d.step, d.is_urgent, d.opened_at, d.late_at,
    d.promise_due_at, d.next_action, d.turn_role, d.turn_due_at, d.turn_profile, d.turn_department, d.amount, d.progress, d.order_no, d.order_status, d.order_promised_at, d.change_no
    FROM deal d JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id";

async fn scalar(conn: &mut PgConnection, sql: &str) -> String {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(conn).await.expect(sql)
}

async fn floor(server: &Server, conn: &mut PgConnection, statements: &[String]) -> u64 {
    bare(server, ROUNDS, async |_| {
        for sql in statements {
            sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(&mut *conn).await.expect("bare SQL");
        }
    })
    .await
}

fn pages(runtime: &tokio::runtime::Runtime, folder: &std::path::Path) {
    let server = Server::start(folder);
    let mut conn = runtime.block_on(server.database());
    let mut floor = |sql: &[String]| runtime.block_on(floor(&server, &mut conn, sql));
    let list = floor(&[format!("{LIST} WHERE d.order_no IS NOT NULL ORDER BY d.opened_at DESC, d.id DESC LIMIT 51")]);
    let board = floor(&["confirmed", "in_fulfilment", "partially_shipped", "shipped", "signed"].map(|s| {
        format!(
            "{LIST} WHERE d.order_no IS NOT NULL AND d.order_status = '{s}' ORDER BY d.order_promised_at, d.id LIMIT 20"
        )
    }));
    let own = floor(&[format!(
        "{LIST} WHERE d.owner_id = (SELECT id FROM person WHERE login = 'r7x') AND d.status = 'open' ORDER BY d.opened_at DESC, d.id DESC LIMIT 51"
    )]);
    let (no, brand) = runtime.block_on(async {
        let conn = &mut server.database().await;
        (
            scalar(conn, "SELECT no FROM deal WHERE order_status = 'in_fulfilment' AND no ~ '-[0-9]{6,}$' ORDER BY opened_at DESC LIMIT 1").await,
            scalar(conn, "SELECT short_name FROM customer WHERE char_length(short_name) = 3 ORDER BY id LIMIT 1").await,
        )
    });
    let mut conn = runtime.block_on(server.database());
    let mut floor = |sql: &[String]| runtime.block_on(self::floor(&server, &mut conn, sql));
    let order = floor(&order_floor(&no));
    let search = floor(&[format!(
        "SELECT c.customer_no, c.legal_name, c.short_name, c.status, c.grade, w.name, w.name_en, c.updated_at, c.id FROM customer c JOIN person w ON w.id = c.owner_id
         WHERE c.search_grams @> '{{{},{}}}' ORDER BY c.updated_at DESC, c.id DESC LIMIT 51",
        brand.chars().take(2).collect::<String>(),
        brand.chars().skip(1).collect::<String>()
    )]);
    let mut director = Browser::of(server.port, "chenjing");
    let far = page_of(&mut director, "/orders?status=all", 200);
    let word = form_urlencoded::byte_serialize(brand.as_bytes()).collect::<String>();
    let table = Table::begin("Lists, boards, pages, search: 100,000 orders");
    for (what, path, login, floor, to_hold) in [
        ("sign-in page", "/login".to_owned(), "", None, "0.1 ms CPU"),
        ("orders, first page", "/orders?status=all".to_owned(), "chenjing", Some(list), "1.0 ms CPU, 3 ×"),
        ("orders, 200th page", far, "chenjing", Some(list), "1.0 ms CPU, 3 ×"),
        ("orders by state, board", "/orders?view=board".to_owned(), "chenjing", Some(board), "1.0 ms CPU, 3 ×"),
        ("deals, first page", "/deals".to_owned(), "chenjing", Some(list), "1.0 ms CPU, 3 ×"),
        ("deals by step, board", "/deals?view=board".to_owned(), "chenjing", Some(board), "1.0 ms CPU, 3 ×"),
        ("own deals of a rep", "/deals".to_owned(), "r7x", Some(own), "1.0 ms CPU, 3 ×"),
        ("deadline board", "/deadlines".to_owned(), "liujianguo", None, ""),
        ("order page", format!("/deals/{no}/order"), "chenjing", Some(order), "1.0 ms CPU, 2.5 ×"),
        ("delivery page", format!("/deals/{no}/delivery"), "chenjing", Some(order), "1.0 ms CPU, 2.5 ×"),
        ("customers by name substring", format!("/customers?q={word}"), "chenjing", Some(search), "0.6 ms CPU, 3 ×"),
        ("search box, three characters", format!("/search?q={word}"), "chenjing", Some(search), ""),
        ("search box, number of an order", format!("/search?q={no}"), "chenjing", None, ""),
        ("month report", "/reports".to_owned(), "chenjing", None, "p95 300 ms"),
        ("my work", "/work".to_owned(), "r7x", None, ""),
    ] {
        let mut browser = if login.is_empty() { Browser::new(server.port) } else { Browser::of(server.port, login) };
        let cost = get(&server, &mut browser, &path, ROUNDS);
        table.row(what, &cost, floor, to_hold);
    }
    println!();
    for (what, path) in
        [("orders of 50 rows", "/orders?status=all".to_owned()), ("order page", format!("/deals/{no}/order"))]
    {
        println!("{what}: {} bytes of HTML", director.page(&path).len());
    }
}

/// The rows of an order page, one statement for each table.
fn order_floor(no: &str) -> Vec<String> {
    let order = format!("(SELECT o.id FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE d.no = '{no}')");
    vec![
        format!(
            "SELECT d.*, c.*, w.name, o.* FROM deal d JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id JOIN sales_order o ON o.deal_id = d.id WHERE d.no = '{no}'"
        ),
        format!("SELECT * FROM order_line WHERE order_id = {order} ORDER BY line_no"),
        format!("SELECT * FROM milestone WHERE order_id = {order} ORDER BY position"),
        format!(
            "SELECT s.* FROM delivery_stage s JOIN order_line l ON l.id = s.order_line_id WHERE l.order_id = {order}"
        ),
        format!("SELECT * FROM shipment WHERE order_id = {order}"),
        format!(
            "SELECT e.payload, e.at, p.name FROM event e LEFT JOIN person p ON p.id = e.actor_id WHERE e.stream_kind = 'deal' AND e.stream_id = (SELECT id FROM deal WHERE no = '{no}') ORDER BY e.seq DESC LIMIT 30"
        ),
    ]
}

fn growth(runtime: &tokio::runtime::Runtime) {
    let orders = argument("orders");
    let mut large: Vec<&str> = load::LARGE.to_vec();
    if let Some(orders) = &orders {
        large[5] = orders;
    }
    let mut found: Vec<Vec<(String, Cost)>> = Vec::new();
    for (name, sizes) in [("small", load::SMALL), ("large", large.as_slice())] {
        let server = Server::start(&company(name, sizes));
        let brand = runtime.block_on(async {
            scalar(
                &mut server.database().await,
                "SELECT short_name FROM customer WHERE char_length(short_name) = 3 ORDER BY id LIMIT 1",
            )
            .await
        });
        let word = form_urlencoded::byte_serialize(brand.as_bytes()).collect::<String>();
        let mut director = Browser::of(server.port, "chenjing");
        let far = page_of(&mut director, "/orders?status=all", 190);
        let mut costs = Vec::new();
        for (what, path) in [
            ("orders, first page", "/orders?status=all".to_owned()),
            ("orders, 190th page", far),
            ("orders by state, board", "/orders?view=board".to_owned()),
            ("deals, first page", "/deals".to_owned()),
            ("deals by step, board", "/deals?view=board".to_owned()),
            ("customers by name substring", format!("/customers?q={word}")),
            ("search box", format!("/search?q={word}")),
            ("month report", "/reports".to_owned()),
            ("deadline board", "/deadlines".to_owned()),
        ] {
            costs.push((what.to_owned(), get(&server, &mut director, &path, ROUNDS)));
        }
        found.push(costs);
    }
    println!("\n### Growth from 10,000 to {} orders (to hold: 1.5 ×)\n", orders.as_deref().unwrap_or("1,000,000"));
    println!("| Action | CPU ms small | CPU ms large | growth | p95 ms large |\n|---|---|---|---|---|");
    for ((what, small), (_, large)) in found[0].iter().zip(&found[1]) {
        let growth = large.cpu() * 100 / small.cpu().max(1);
        println!(
            "| {what} | {} | {} | {}.{:02} | {} |",
            ms(small.cpu()),
            ms(large.cpu()),
            growth / 100,
            growth % 100,
            ms(u64::try_from(large.p95.as_micros()).unwrap_or(0))
        );
    }
}

/// Two hundred open pages hear of claims; how long each took to hear, and what silence costs.
fn live(runtime: &tokio::runtime::Runtime, folder: &std::path::Path) {
    const STREAMS: usize = 200;
    const CHANGES: usize = 40;
    let server = Server::start(folder);
    let deals: Vec<String> = runtime.block_on(async {
        // Five streams a person: forty who see everything.
        sqlx::raw_sql(
            "INSERT INTO person (id, login, name, name_en, department, roles, language, theme, password_hash, is_active, created_at)
             SELECT gen_random_uuid(), 'f' || n || 'x', '财务' || n, 'Finance ' || n, 'finance', '{finance}', 'zh', 'auto', p.password_hash, true, p.created_at
             FROM person p, generate_series(1, 40) n WHERE p.login = 'wufang'",
        )
        .execute(&mut server.database().await)
        .await
        .expect("forty people");
        sqlx::query_scalar(
            "SELECT d.no FROM deal d JOIN approval_round r ON r.deal_id = d.id JOIN approval_node n ON n.round_id = r.id
             WHERE n.status = 'open' AND n.kind = 'finance' AND n.claimed_by IS NULL AND d.no ~ '-[0-9]{6,}$' ORDER BY n.id LIMIT 60",
        )
        .fetch_all(&mut server.database().await)
        .await
        .expect("deals that wait for finance")
    });
    let (heard, hears) = mpsc::channel::<(String, Instant)>();
    let (ready, readies) = mpsc::channel::<()>();
    for n in 0..STREAMS {
        let (heard, ready, port) = (heard.clone(), ready.clone(), server.port);
        std::thread::spawn(move || {
            let mut browser = Browser::of(port, &format!("f{}x", n % 40 + 1));
            browser.listen("/live", |line| {
                if line.contains("hello") {
                    let _ = ready.send(());
                }
                match line.strip_prefix("data: ").and_then(|d| d.split("\"no\":\"").nth(1)) {
                    Some(rest) => {
                        heard.send((rest.split('"').next().unwrap_or_default().to_owned(), Instant::now())).is_ok()
                    }
                    None => true,
                }
            });
        });
    }
    for _ in 0..STREAMS {
        readies.recv_timeout(Duration::from_mins(2)).expect("every stream opens");
    }
    // Nothing happens: only the jobs of the program cost anything.
    let quiet = |seconds: u64| {
        let transactions = || {
            runtime.block_on(async {
                let sql = "SELECT (xact_commit + xact_rollback)::text FROM pg_stat_database WHERE datname = 'kuaidan'";
                scalar(&mut server.database().await, sql).await.parse::<u64>().unwrap_or(0)
            })
        };
        let (before, at) = (server.cpu(), transactions());
        std::thread::sleep(Duration::from_secs(seconds));
        let after = server.cpu();
        (after.server - before.server, after.database - before.database, transactions() - at)
    };
    let (program, database, transactions) = quiet(20);
    println!("\n### Live: {STREAMS} open boards\n");
    println!(
        "20 s in which nothing happens: {transactions} transactions of the jobs, {program}0 ms of the program, {database}0 ms of the database"
    );
    let (memory, most) = server.memory();
    println!("memory of the program with {STREAMS} open boards: {memory} KiB now, {most} KiB at most");
    let mut finance = Browser::of(server.port, "wufang");
    let mut waits = Vec::new();
    let mut changes = 0;
    for no in &deals {
        if changes == CHANGES {
            break;
        }
        let page = finance.page(&format!("/deals/{no}/approval"));
        let Some(form) = Form::find(&page, "/approval/claim") else { continue };
        let start = Instant::now();
        let answer = finance.post(&form);
        if answer.status != 303 {
            continue;
        }
        changes += 1;
        for _ in 0..STREAMS {
            let (told, at) = hears.recv_timeout(Duration::from_secs(10)).expect("every stream hears");
            assert_eq!(&told, no, "a stream heard of another deal");
            waits.push(at.duration_since(start));
        }
    }
    assert!(changes > 0, "nothing could be claimed");
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100 - usize::from(percent == 100)];
    println!(
        "{changes} changes on {STREAMS} boards: p50 {:.1?}, p99 {:.1?}, slowest {:.1?} from the press of the button (to hold: p99 500 ms)",
        at(50),
        at(99),
        at(100)
    );
}

/// Thirty-two people read for a while beside two hundred open boards.
fn memory(folder: &std::path::Path) {
    let server = Server::start(folder);
    let (ready, readies) = mpsc::channel::<()>();
    for n in 0..200 {
        let (ready, port) = (ready.clone(), server.port);
        std::thread::spawn(move || {
            let mut browser = Browser::of(port, &format!("r{}x", n % 40 + 1));
            browser.listen("/live", |line| {
                if line.contains("hello") {
                    let _ = ready.send(());
                }
                true
            });
        });
    }
    for _ in 0..200 {
        readies.recv_timeout(Duration::from_mins(2)).expect("every stream opens");
    }
    // Everybody has signed in before anybody reads: a password costs as much as a hundred pages.
    let signed_in: Vec<Browser> = (0..32).map(|n| Browser::of(server.port, &format!("r{}x", n % 40 + 1))).collect();
    let before = server.cpu();
    let people: Vec<_> = signed_in
        .into_iter()
        .enumerate()
        .map(|(n, browser)| {
            std::thread::spawn(move || {
                let mut browser = browser.again();
                let paths =
                    ["/work", "/deals", "/orders", "/orders?view=board", "/customers", "/search?q=%E8%8B%8F%E5%B7%9E"];
                let mut clocks = Vec::new();
                for round in 0..60 {
                    let start = Instant::now();
                    browser.page(paths[(round + n) % paths.len()]);
                    clocks.push(start.elapsed());
                }
                clocks
            })
        })
        .collect();
    let clocks: Vec<Duration> = people.into_iter().flat_map(|p| p.join().expect("a person")).collect();
    let cost = load::measure::cost(&server, &before, clocks);
    let table = Table::begin("32 people who read, beside 200 open boards");
    table.row("pages of reps, mixed", &cost, None, "p95 100 ms, p99 250 ms");
    let (now, most) = server.memory();
    println!("\nmemory of the program: {now} KiB now, {most} KiB at most (to hold: 51,200 KiB)");
}
