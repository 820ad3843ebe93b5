//! A database that gives up on what it was asked: the act is done again and happens once, or a page says that
//! nothing was saved, keeps what was typed, and sends it once more. Never half a change, never a fault without words.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::{StatusCode, header};
use kuaidan::app::Failure;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::workflow::Command;
use kuaidan::store::StoreError;

/// Serialization failure, deadlock, lock not to be had in time.
const IN_THE_WAY: [&str; 3] = ["40001", "40P01", "55P03"];

/// Lets the next `times` writes of a table fail, at once or only when they are committed.
async fn fail(w: &World, table: &str, code: &str, times: u32, when: &str) {
    let commit = if when == "commit" {
        format!(
            "CREATE CONSTRAINT TRIGGER injected AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION injected()"
        )
    } else {
        format!(
            "CREATE TRIGGER aa_injected BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION injected()"
        )
    };
    // A sequence counts on when what used it is rolled back.
    let sql = format!(
        "DROP FUNCTION IF EXISTS injected() CASCADE; DROP SEQUENCE IF EXISTS injections; CREATE SEQUENCE injections;
         CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
         BEGIN
             IF nextval('injections') <= {times} THEN RAISE EXCEPTION 'injected' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$; {commit}"
    );
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut owner).await.expect("the fault is set");
}

async fn heal(w: &World) {
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql("DROP FUNCTION IF EXISTS injected() CASCADE").execute(&mut owner).await.expect("healed");
}

/// Every row of everything that an act may write, counted, and the deal itself.
async fn everything(w: &World, deal: &str) -> (Vec<i64>, String) {
    let mut conn = w.database.app_connection().await;
    let mut counts = Vec::new();
    for table in [
        "event",
        "outbox",
        "form_submission",
        "deal",
        "quote",
        "approval_round",
        "approval_node",
        "node_hold",
        "deal_turn",
        "customer",
        "number_counter",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("countable");
        counts.push(count);
    }
    let case = w.case(deal).await;
    (counts, format!("{:?}{:?}{:?}", case.deal, case.quote, case.round))
}

#[tokio::test]
async fn an_act_that_others_got_in_the_way_of_is_done_again_and_happens_once() {
    let w = World::new().await;
    for code in IN_THE_WAY {
        for (table, when) in [
            ("event", "at once"),
            ("approval_node", "at once"),
            ("outbox", "at once"),
            ("quote", "commit"),
            ("event", "commit"),
        ] {
            let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
            let version = w.version(&deal).await;
            fail(&w, table, code, 2, when).await;
            if let Err(failure) = w.act("wangmin", &deal, &[], Command::SubmitQuote).await {
                panic!("{code} {when} in {table}: {}", told(&failure));
            }
            heal(&w).await;
            assert_eq!(w.version(&deal).await, version + 1, "{code} {when} in {table}");
            let case = w.case(&deal).await;
            assert_eq!(case.quote.map(|q| q.status), Some(QuoteStatus::Submitted));
            let rounds: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM approval_round r JOIN deal d ON d.id = r.deal_id WHERE d.no = $1",
            )
            .bind(&deal)
            .fetch_one(&mut w.database.app_connection().await)
            .await
            .expect("countable");
            assert_eq!(rounds, 1);
        }
    }
}

#[tokio::test]
async fn an_act_that_never_gets_through_leaves_nothing_and_says_busy() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let before = everything(&w, &deal).await;
    for code in IN_THE_WAY {
        for (table, when) in [("event", "at once"), ("approval_node", "at once"), ("quote", "commit")] {
            fail(&w, table, code, 1000, when).await;
            let refused = w.act("wangmin", &deal, &[], Command::SubmitQuote).await;
            assert!(matches!(refused, Err(Failure::Store(StoreError::Busy(_)))), "{code} {when} in {table}");
            heal(&w).await;
            assert_eq!(everything(&w, &deal).await, before, "{code} {when} in {table}");
        }
    }
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
}

#[tokio::test]
async fn a_page_that_never_gets_through_keeps_the_input_and_sends_it_once_more() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let page = format!("/deals/{deal}/requirement");
    let before = everything(&w, &deal).await;
    for code in IN_THE_WAY {
        fail(&w, "event", code, 1000, "at once").await;
        b.open(&page).await;
        b.set("purpose", "新办公区十间会议室，每间一台");
        assert_eq!(b.submit("/requirement").await, StatusCode::SERVICE_UNAVAILABLE, "{code}: {}", b.text());
        assert!(b.headers.contains_key(header::RETRY_AFTER));
        assert!(b.sees("系统忙") && b.sees("什么都没有保存"), "{}", b.text());
        assert!(b.words_of(".kept-value").iter().any(|v| v == "新办公区十间会议室，每间一台"), "{}", b.text());
        assert!(b.faults().is_empty(), "{:?}", b.faults());
        assert_eq!(everything(&w, &deal).await, before, "{code}");
    }
    // Still in the way: the same page again, and nothing is lost on the way.
    assert_eq!(b.press("再提交一次").await, StatusCode::SERVICE_UNAVAILABLE);
    heal(&w).await;
    assert_eq!(b.press("再提交一次").await, StatusCode::OK, "{}", b.text());
    let saved = w.case(&deal).await.requirement.map(|r| r.content.purpose);
    assert_eq!(saved.as_deref(), Some("新办公区十间会议室，每间一台"));
}

#[tokio::test]
async fn every_form_is_done_again_not_only_those_of_a_deal() {
    let w = World::new().await;
    let archive = w.archived_customer().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let deals = async || -> i64 {
        let mut conn = w.database.app_connection().await;
        sqlx::query_scalar("SELECT count(*) FROM deal").fetch_one(&mut conn).await.expect("countable")
    };
    let before = deals().await;
    for (table, code) in [("deal", "40001"), ("event", "40P01")] {
        b.open(&format!("/deals/new?customer_no={archive}")).await;
        b.set("title", "年度框架采购").set("source", "existing").set("kind", "repeat");
        fail(&w, table, code, 2, "at once").await;
        assert_eq!(b.submit("/deals/new").await, StatusCode::OK, "{code}: {}", b.text());
        heal(&w).await;
    }
    assert_eq!(deals().await, before + 2, "each once");
    // And when it never ends, it ends with words.
    b.open(&format!("/deals/new?customer_no={archive}")).await;
    b.set("title", "年度框架采购二期").set("source", "existing").set("kind", "repeat");
    fail(&w, "event", "40001", 1000, "commit").await;
    assert_eq!(b.submit("/deals/new").await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(b.words_of(".kept-value").iter().any(|v| v == "年度框架采购二期"), "{}", b.text());
    heal(&w).await;
    assert_eq!(deals().await, before + 2, "nothing is left of it");
    assert_eq!(b.press("再提交一次").await, StatusCode::OK, "{}", b.text());
    assert_eq!(deals().await, before + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_free_connection_a_page_says_busy_and_loses_nothing() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    let before = everything(&w, &deal).await;
    let mut held = Vec::new();
    while held.len() < crate::harness::postgres::POOL as usize {
        held.push(w.app.db.read().await.expect("a connection"));
    }
    // Not even who is asking can be looked up.
    b.set("purpose", "新办公区十间会议室，每间一台");
    assert_eq!(b.submit("/requirement").await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(b.sees("系统忙") && b.sees("什么都没有保存"), "{}", b.text());
    assert!(b.words_of(".kept-value").iter().any(|v| v == "新办公区十间会议室，每间一台"), "{}", b.text());
    let mut reader = b.another();
    assert_eq!(reader.open("/login").await, StatusCode::OK, "a page that needs no database");
    assert_eq!(b.another().open("/work").await, StatusCode::OK, "a stranger is asked to sign in");
    held.clear();
    assert_eq!(everything(&w, &deal).await, before);
    assert_eq!(b.press("再提交一次").await, StatusCode::OK, "{}", b.text());
    let saved = w.case(&deal).await.requirement.map(|r| r.content.purpose);
    assert_eq!(saved.as_deref(), Some("新办公区十间会议室，每间一台"));
}

#[tokio::test]
async fn no_password_comes_back_on_a_page() {
    let w = World::new().await;
    let mut b = Browser::at(&w).await;
    b.open("/login").await;
    fail(&w, "session", "40001", 1000, "at once").await;
    b.set("login", "wangmin").set("password", crate::harness::world::PASSWORD);
    assert_eq!(b.submit("/login").await, StatusCode::SERVICE_UNAVAILABLE, "{}", b.text());
    assert!(!b.html.contains(crate::harness::world::PASSWORD) && !b.sees("再提交一次"), "{}", b.text());
    heal(&w).await;
}
