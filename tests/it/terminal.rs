//! The program as the administrator uses it: commands in a terminal, beside a running server or
//! without one.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, raw_sql};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A data folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kuaidan-terminal-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kuaidan"));
    command.args(words).env("KUAIDAN_DATA_DIR", folder).env("KUAIDAN_LISTEN", "127.0.0.1:0").env_remove("DATABASE_URL");
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    program(folder, words).stdin(Stdio::null()).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server that ends with the test.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = program(folder, &["serve"]).stdout(Stdio::piped()).spawn().expect("the program runs");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let first = lines.lines().next().expect("a line").expect("readable");
        assert!(first.contains("http://127.0.0.1:"), "{first}");
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.0.wait();
    }
}

const NEW: [&str; 11] = [
    "user",
    "add",
    "zhangwei",
    "--name",
    "张伟",
    "--name-en",
    "Zhang Wei",
    "--department",
    "sales",
    "--role",
    "sales_rep",
];

#[test]
fn people_are_added_beside_the_running_server_and_without_it() {
    let folder = Folder::new("people");
    let server = Server::start(&folder.0);
    let added = run(&folder.0, &NEW);
    assert!(added.status.success(), "{}", said(&added));
    let again = run(&folder.0, &NEW);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("is taken"), "{}", said(&again));
    drop(server);
    let listed = run(&folder.0, &["user", "list"]);
    assert!(listed.status.success() && said(&listed).contains("张伟"), "{}", said(&listed));
}

#[test]
fn the_audit_ends_with_1_when_a_link_is_broken() {
    let folder = Folder::new("audit");
    let _server = Server::start(&folder.0);
    let whole = run(&folder.0, &["audit", "verify"]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    // What only somebody can do who owns the tables and turns the walls off.
    let owner =
        PgConnectOptions::new().socket(folder.0.join("postgres/sock")).username("kuaidan_owner").database("kuaidan");
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
        let mut owner = owner.connect().await.expect("the owner connects");
        raw_sql(
            "ALTER TABLE event DISABLE TRIGGER USER;
             INSERT INTO event (stream_kind, stream_id, seq, kind, payload, at, request_id, prev_hash, hash)
             VALUES ('company', gen_random_uuid(), 1, 'deal_completed', '{\"kind\": \"deal_completed\"}', now(), gen_random_uuid(), sha256(''), sha256('x'));",
        )
        .execute(&mut owner)
        .await
        .expect("the owner may do anything");
    });
    let broken = run(&folder.0, &["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1), "{}", said(&broken));
    assert!(said(&broken).contains("first at event 1 of company"), "{}", said(&broken));
}

#[test]
fn an_address_where_nothing_answers_gives_one_sentence() {
    let folder = Folder::new("silent");
    let refused = program(&folder.0, &["serve"])
        .env("DATABASE_URL", "postgres://somebody:a-secret@127.0.0.1:9/nothing")
        .output()
        .expect("the program runs");
    assert_eq!(refused.status.code(), Some(1));
    let said = said(&refused);
    assert!(said.contains("no PostgreSQL answers at the address of DATABASE_URL"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert!(!said.contains("a-secret"), "{said}");
}

/// Small volumes through the whole way: every chain, every sum and every refusal hold for copies too.
#[test]
fn a_company_to_measure_with_holds_what_the_product_promises() {
    let folder = Folder::new("volumes");
    let sizes = "bench-data --customers 300 --products 200 --orders 60 --open-orders 11 --waiting 14 --deals 12 --ready 4 --history 30";
    let words: Vec<&str> = sizes.split(' ').collect();
    let made = run(&folder.0, &words);
    assert!(made.status.success(), "{}", said(&made));
    for check in [&["audit", "verify"], &["reports", "check"]] {
        let checked = run(&folder.0, check);
        assert!(checked.status.success(), "{check:?}: {}", said(&checked));
    }
    let again = run(&folder.0, &words);
    assert!(!again.status.success() && said(&again).contains("an empty one only"), "{}", said(&again));
}
