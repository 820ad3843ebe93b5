//! The first administrator: made with a code from the console, once, and then the page is gone.

use crate::harness::browser::Browser;
use crate::harness::postgres::Database;
use crate::harness::world::{World, moment};
use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use kuaidan::app::App;
use kuaidan::app::first_admin::{FirstAdmin, Founded};
use kuaidan::app::people::Strength;
use kuaidan::app::setup::Purpose;
use kuaidan::clock::{Clock, Ids};
use kuaidan::domain::staff::Role;
use uuid::Uuid;

const PASSWORD: &str = "一句好记又够长的话就可以了";

/// An installation that nobody works in yet.
struct Empty {
    app: App,
    clock: Clock,
    database: Database,
}

impl Empty {
    async fn new() -> Self {
        Self::of(Purpose::Work).await
    }

    async fn of(purpose: Purpose) -> Self {
        let database = Database::make().await;
        let clock = Clock::fixed(moment("09-17 10:20"));
        let files = std::env::temp_dir().join(format!("kuaidan-setup-{}-{}", std::process::id(), database.name()));
        let app = App::new(database.app().await, clock.clone(), Ids::counted(1), files, Strength::Least);
        app.installation(purpose).await.expect("the installation row is made");
        Self { app, clock, database }
    }

    async fn code(&self) -> String {
        self.app.setup_code().await.expect("made").expect("nobody is here")
    }

    async fn people(&self) -> i64 {
        let mut conn = self.database.app_connection().await;
        sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(&mut conn).await.expect("countable")
    }
}

fn admin(login: &str) -> FirstAdmin {
    FirstAdmin {
        login: login.to_owned(),
        name: "郑管".to_owned(),
        name_en: "Zheng Guan".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

async fn found(app: &App, code: &str, login: &str) -> Founded {
    let company = ("苏州启程科技有限公司", "Suzhou Qicheng");
    app.found(code, &admin(login), company, ("10.0.0.7", Uuid::from_u128(7))).await.expect("an answer")
}

fn fill(b: &mut Browser, code: &str) {
    b.set("setup_code", code)
        .set("company_name", "苏州启程科技有限公司")
        .set("company_name_en", "Suzhou Qicheng")
        .set("name", "郑管")
        .set("name_en", "Zheng Guan")
        .set("login", "zhengguan")
        .set("new_password", PASSWORD);
}

#[tokio::test]
async fn the_code_of_the_console_makes_the_first_account_and_the_page_is_gone() {
    let e = Empty::new().await;
    let mut b = Browser::of(&e.app).await;
    b.open("/login").await;
    assert_eq!((b.path.as_str(), b.status), ("/setup", StatusCode::OK), "nobody could sign in");
    assert!(b.faults().is_empty(), "{:?}", b.faults());
    let code = e.code().await;
    // What is missing is told at once, and what was typed is kept, but for the password.
    b.set("setup_code", &code).set("company_name", "苏州启程科技有限公司").set("new_password", "123456789012");
    assert_eq!(b.submit("/setup").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.html.contains("苏州启程科技有限公司") && b.html.contains(&code) && !b.html.contains("123456789012"));
    assert!(b.sees("这个密码太常见"), "{}", b.text());
    assert_eq!(e.people().await, 0);
    // Typed by hand: small letters, without hyphens.
    fill(&mut b, &code.to_lowercase().replace('-', ""));
    assert_eq!(b.submit("/setup").await, StatusCode::OK, "{}", b.text());
    assert_eq!(b.path, "/login");
    assert!(b.sees("系统已设好"), "{}", b.text());
    for address in ["/setup", "/setup?x=1"] {
        assert_eq!(b.open(address).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(b.post_raw("/setup", &[("setup_code", &code)]).await, StatusCode::NOT_FOUND);
    b.open("/login").await;
    b.set("login", "zhengguan").set("password", PASSWORD);
    assert_eq!(b.submit("/login").await, StatusCode::OK, "{}", b.text());
    assert_eq!(b.open("/settings/people").await, StatusCode::OK, "an administrator");
    let person = e.app.person("zhengguan").await.expect("readable").expect("there");
    assert_eq!(person.roles, [Role::Admin]);
    assert_eq!(e.app.company().await.expect("readable").0.name, "苏州启程科技有限公司");
    assert_eq!(e.app.setup_code().await.expect("an answer"), None, "no further codes");
    // Another process of the same database knows it too.
    let other =
        App::new(e.database.app().await, e.clock.clone(), Ids::counted(900), std::env::temp_dir(), Strength::Least);
    assert_eq!(found(&other, &code, "zhangsan").await, Founded::Gone);
    assert_eq!(e.people().await, 1);
}

#[tokio::test]
async fn wrong_used_and_expired_codes_are_alike_and_worth_nothing() {
    let e = Empty::new().await;
    let code = e.code().await;
    let mut owner = e.database.owner_connection().await;
    let stored: Vec<u8> =
        sqlx::query_scalar("SELECT code_hash FROM setup_code").fetch_one(&mut owner).await.expect("stored");
    assert!(stored.len() == 32 && !String::from_utf8_lossy(&stored).contains(&code[..4]), "never the code itself");
    for wrong in ["", "0000-0000-0000-0000", &code[..18], "' OR 1=1 --", "\0"] {
        assert_eq!(found(&e.app, wrong, "zhengguan").await, Founded::WrongCode, "{wrong:?}");
    }
    let began = e.clock.now();
    e.clock.set(began + TimeDelta::minutes(15));
    assert_eq!(found(&e.app, &code, "zhengguan").await, Founded::WrongCode, "over to the second");
    let mut b = Browser::of(&e.app).await;
    b.open("/setup").await;
    fill(&mut b, &code);
    assert_eq!(b.submit("/setup").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        b.sees("已用过或已过期") && b.html.contains("Suzhou Qicheng") && !b.html.contains(PASSWORD),
        "{}",
        b.text()
    );
    assert_eq!(e.people().await, 0);
    let another = e.code().await;
    assert_ne!(another, code);
    e.clock.set(began + TimeDelta::minutes(29) + TimeDelta::seconds(59));
    assert_eq!(found(&e.app, &another, "zhengguan").await, Founded::Yes, "the last second");
    // Nor does the database let a used code, or a code for a company with people, through.
    for attack in [
        "UPDATE setup_code SET used_at = NULL, used_by = NULL",
        "UPDATE setup_code SET expires_at = expires_at + interval '1 minute'",
        "INSERT INTO setup_code VALUES (sha256('x'), now(), now() + interval '15 minutes')",
    ] {
        let mut conn = e.database.app_connection().await;
        assert!(sqlx::raw_sql(attack).execute(&mut conn).await.is_err(), "{attack}");
    }
    let fresh = Empty::new().await;
    let mut conn = fresh.database.app_connection().await;
    let long = "INSERT INTO setup_code VALUES (sha256('x'), now(), now() + interval '16 minutes')";
    assert!(sqlx::raw_sql(long).execute(&mut conn).await.is_err(), "fifteen minutes at most");
}

#[tokio::test]
async fn who_guesses_waits_and_the_console_still_gets_through() {
    let e = Empty::new().await;
    let code = e.code().await;
    for _ in 0..10 {
        assert_eq!(found(&e.app, "0000-0000-0000-0000", "zhengguan").await, Founded::WrongCode);
    }
    assert!(matches!(found(&e.app, &code, "zhengguan").await, Founded::Wait { .. }), "even with the right one");
    let who = admin("zhengguan");
    let elsewhere = e.app.found(&code, &who, ("启程科技", "Qicheng"), ("10.0.0.8", Uuid::nil()));
    assert_eq!(elsewhere.await.expect("an answer"), Founded::Yes, "whoever is elsewhere does not wait");
    let e = Empty::new().await;
    let mut b = Browser::of(&e.app).await;
    b.open("/setup").await;
    for _ in 0..10 {
        fill(&mut b, "0000-0000-0000-0000");
        assert_eq!(b.submit("/setup").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    fill(&mut b, "0000-0000-0000-0000");
    assert_eq!(b.submit("/setup").await, StatusCode::TOO_MANY_REQUESTS);
    assert!(b.headers.contains_key(header::RETRY_AFTER) && b.sees("一分钟后再试"), "{}", b.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_founds_the_installation() {
    let e = Empty::new().await;
    let codes = [e.code().await, e.code().await, e.code().await];
    let mut set = tokio::task::JoinSet::new();
    for at in 0..12 {
        let (app, code) = (e.app.clone(), codes[at % codes.len()].clone());
        set.spawn(async move { found(&app, &code, &format!("admin{at}")).await });
    }
    let ends = set.join_all().await;
    assert_eq!(ends.iter().filter(|f| **f == Founded::Yes).count(), 1, "{ends:?}");
    assert!(ends.iter().all(|f| matches!(f, Founded::Yes | Founded::Gone | Founded::WrongCode)), "{ends:?}");
    assert_eq!(e.people().await, 1);
}

#[tokio::test]
async fn where_people_work_there_is_no_such_page() {
    let w = World::new().await;
    let mut b = Browser::at(&w).await;
    assert_eq!(b.open("/setup").await, StatusCode::NOT_FOUND);
    assert_eq!(b.post_raw("/setup", &[("setup_code", "x")]).await, StatusCode::NOT_FOUND);
    assert_eq!(w.app.setup_code().await.expect("an answer"), None);
    // Made on the console, as before: the code is worth nothing then.
    let e = Empty::new().await;
    let code = e.code().await;
    let account = kuaidan::domain::account::Account {
        name: "管理员".to_owned(),
        name_en: "Administrator".to_owned(),
        department: kuaidan::domain::staff::Department::It,
        roles: vec![Role::Admin],
        manager: None,
        phone: None,
        is_active: true,
    };
    e.app.add_person("admin", &account, PASSWORD).await.expect("added");
    assert_eq!(found(&e.app, &code, "zhengguan").await, Founded::Gone);
    let demo = Empty::of(Purpose::Demo).await;
    assert_eq!(demo.app.setup_code().await.expect("an answer"), None, "a demo founds itself");
}
