//! How fast customers are found among a million, beside the same work as bare SQL.
//!
//! `cargo bench --bench customers` fills a throw-away `PostgreSQL` in memory through the schema's own
//! constraints, asks each kind of question many times and prints milliseconds and ratios.
//! `-- --rows=100000` makes it smaller. docs/performance.md shows the last result.

mod crowd;

use crowd::Crowd;
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::policy::VisibleTo;
use kuaidan::postgres::Postgres;
use kuaidan::store::customer_list::{self, CustomerSearch};
use kuaidan::store::{Acting, Db, PgConnection, options, schema};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use std::time::{Duration, Instant};
use uuid::Uuid;

const ROUNDS: usize = 200;
const COLUMNS: &str = "c.customer_no, c.legal_name, c.short_name, c.status, c.grade, w.name, w.name_en, c.next_review_on, c.is_credit_hold, c.is_blacklisted, c.updated_at, c.id";
const NEWEST: &str = "ORDER BY c.updated_at DESC, c.id DESC LIMIT 51";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(bench());
}

/// One kind of question: what is typed, by whom, and the bare condition that answers it.
struct Question {
    what: &'static str,
    typed: Vec<Option<String>>,
    visible: VisibleTo,
    before: Option<(chrono::DateTime<chrono::Utc>, Uuid)>,
    bare: fn(&str) -> String,
}

async fn bench() {
    let rows: i64 =
        std::env::args().find_map(|a| a.strip_prefix("--rows=").and_then(|n| n.parse().ok())).unwrap_or(1_000_000);
    let server = tokio::task::spawn_blocking(|| Postgres::throwaway().expect("a server starts")).await.expect("joined");
    let to = server.connect_options_owner();
    let base = PgConnectOptions::new().socket(&to.socket_dir).username(to.user).database(&to.database);
    schema::migrate(&options(base.clone(), Acting::Owner)).await.expect("the schema is there");
    let mut owner = base.clone().connect().await.expect("the owner connects");
    let start = Instant::now();
    let crowd = Crowd::fill(&mut owner, rows).await;
    println!("{rows} customers with two contacts each in {:.0?}", start.elapsed());
    let db = Db::connect(options(base, Acting::App), 1).await.expect("the serving role connects");
    let mut conn = db.read().await.expect("a connection");
    println!("| question | p50 ms | p95 ms | bare p50 | bare p95 | ratio p50 |\n|---|---|---|---|---|---|");
    let mut slowest = Duration::ZERO;
    for question in questions(&mut owner, &crowd).await {
        let (p50, p95) = asked(&mut conn, &question).await;
        let (bare50, bare95) = bare(&mut conn, &question).await;
        slowest = slowest.max(p95);
        let ms = |d: Duration| format!("{}.{:02}", d.as_micros() / 1000, d.as_micros() % 1000 / 10);
        let ratio = p50.as_nanos() * 10 / bare50.as_nanos().max(1);
        println!(
            "| {} | {} | {} | {} | {} | {}.{} |",
            question.what,
            ms(p50),
            ms(p95),
            ms(bare50),
            ms(bare95),
            ratio / 10,
            ratio % 10
        );
    }
    println!("slowest p95: {slowest:.1?} (limit 50 ms)");
    drop(conn);
    db.close().await;
    drop(owner);
    let _ = tokio::task::spawn_blocking(move || server.stop()).await;
}

async fn questions(owner: &mut PgConnection, crowd: &Crowd) -> Vec<Question> {
    let everything = VisibleTo::Everything;
    let rep = VisibleTo::Own { person: PersonId(crowd.rep) };
    let team = VisibleTo::Team { person: PersonId(crowd.manager), manager: PersonId(crowd.manager) };
    let some = |words: Vec<String>| words.into_iter().map(Some).collect::<Vec<_>>();
    let brands = some(crowd.sample(owner, "substr(short_name, 1, 2)").await);
    let names = some(crowd.sample(owner, "substr(legal_name, 1, 5)").await);
    let far = owner_place(owner, 200 * 50).await;
    let by_name = |typed: &str| {
        let letters: Vec<char> = typed.chars().collect();
        let grams: Vec<String> = letters.windows(2).map(|w| w.iter().collect()).collect();
        format!("c.search_grams @> '{{{}}}'", grams.join(","))
    };
    let list =
        |what, visible, before| Question { what, typed: vec![None], visible, before, bare: |_| "true".to_owned() };
    let find = |what, typed, visible, bare| Question { what, typed, visible, before: None, bare };
    vec![
        list("first page, all", everything, None),
        list("page 200, all", everything, Some(far)),
        list("first page, own", rep, None),
        list("first page, team", team, None),
        find("two characters of a name", brands.clone(), everything, by_name),
        find("two characters, own", brands.clone(), rep, by_name),
        find("two characters, team", brands, team, by_name),
        find("five characters of a name", names, everything, by_name),
        find(
            "a word of every name",
            some(vec!["有限公司".to_owned(), "科技".to_owned(), "苏州".to_owned()]),
            everything,
            by_name,
        ),
        find("a word that no name has", some(vec!["鑫焱".to_owned(), "乾隆御".to_owned()]), everything, by_name),
        find("one character", some(crowd.sample(owner, "substr(short_name, 1, 1)").await), everything, |typed| {
            format!("c.search_grams @> '{{{typed}}}'")
        }),
        find("whole number", some(crowd.sample(owner, "customer_no").await), everything, |typed| {
            format!("c.customer_no = '{typed}'")
        }),
        find(
            "first digits of a number",
            some(crowd.sample(owner, "substr(customer_no, 1, 8)").await),
            everything,
            |typed| format!("c.customer_no LIKE '{typed}%'"),
        ),
        find("code, 8 letters", some(crowd.sample(owner, "substr(uscc, 1, 8)").await), everything, |typed| {
            format!("c.uscc LIKE '{typed}%'")
        }),
        find("code, 4 letters", some(crowd.sample(owner, "substr(uscc, 1, 4)").await), everything, |typed| {
            format!("c.uscc LIKE '{typed}%'")
        }),
        find("mobile, whole", some(crowd.phones(owner, 11).await), everything, by_phone),
        find("mobile, last four", some(crowd.phones(owner, 4).await), everything, by_phone),
        find("mobile, last four, team", some(crowd.phones(owner, 4).await), team, by_phone),
    ]
}

fn by_phone(typed: &str) -> String {
    if typed.len() == 4 {
        return format!(
            "c.id IN (SELECT customer_id FROM contact WHERE right(mobile, 4) = '{typed}' OR right(landline, 4) = '{typed}')"
        );
    }
    format!("c.id IN (SELECT customer_id FROM contact WHERE phone_digits LIKE '%{typed}%')")
}

async fn owner_place(owner: &mut PgConnection, rows: i64) -> (chrono::DateTime<chrono::Utc>, Uuid) {
    let row = sqlx::query("SELECT updated_at, id FROM customer ORDER BY updated_at DESC, id DESC OFFSET $1 LIMIT 1")
        .bind(rows)
        .fetch_one(owner)
        .await
        .expect("a row");
    (row.get(0), row.get(1))
}

async fn asked(conn: &mut PgConnection, question: &Question) -> (Duration, Duration) {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let text = question.typed[round % question.typed.len()].as_deref();
        let search = CustomerSearch {
            visible: question.visible,
            contacts: question.visible,
            text,
            status: None,
            before: question.before,
            limit: 51,
        };
        let start = Instant::now();
        customer_list::page(conn, &search).await.expect("a page");
        times.push(start.elapsed());
    }
    middle_and_high(times)
}

/// The floor: one condition, no union, and no more rights than an owner list.
async fn bare(conn: &mut PgConnection, question: &Question) -> (Duration, Duration) {
    let scope = match question.visible {
        VisibleTo::Own { person } => format!("c.owner_id = '{person}'"),
        VisibleTo::Team { manager, .. } => format!("w.manager_id = '{manager}'"),
        _ => "true".to_owned(),
    };
    let place = question.before.map_or_else(
        || "true".to_owned(),
        |(at, id)| format!("(c.updated_at, c.id) < ('{}', '{id}')", at.to_rfc3339()),
    );
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let condition = (question.bare)(question.typed[round % question.typed.len()].as_deref().unwrap_or_default());
        let sql = format!(
            "SELECT {COLUMNS} FROM customer c JOIN person w ON w.id = c.owner_id WHERE {condition} AND {scope} AND {place} {NEWEST}"
        );
        let start = Instant::now();
        sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut *conn).await.expect("rows");
        times.push(start.elapsed());
    }
    middle_and_high(times)
}

fn middle_and_high(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 95 / 100])
}
