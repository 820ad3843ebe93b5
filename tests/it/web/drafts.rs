//! A long form whose session ended while somebody typed: nothing is lost, and no script is needed.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{PASSWORD, World};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use kuaidan::jobs::{self, Did};
use kuaidan::store::drafts;

async fn with_archive() -> (World, String, String) {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Archived, &Plan::default()).await;
    let no = w.case(&deal).await.customer.no;
    (w, deal, format!("/customers/{no}"))
}

async fn has_draft(w: &World, login: &str, address: &str) -> bool {
    let mut conn = w.app.db.read().await.expect("a connection");
    drafts::load(&mut conn, w.id(login), address).await.expect("readable").is_some()
}

#[tokio::test]
async fn input_survives_the_end_of_the_session() {
    let (w, _, page) = with_archive().await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&page).await;
    b.set("main_business", "会议软件研发").set("carrier_wish", "德邦");
    w.clock.set(w.now() + TimeDelta::days(2));
    assert_eq!(b.submit(&page).await, StatusCode::FORBIDDEN);
    assert!(b.sees("已保存为草稿") && !b.html.contains("会议软件研发"), "{}", b.text());
    b.set("login", "wangmin").set("password", PASSWORD);
    assert_eq!(b.submit("/login").await, StatusCode::OK);
    assert_eq!(b.path, page, "back to the form");
    assert!(b.sees("未保存的内容"), "{}", b.text());
    b.press("接着填").await;
    assert!(b.html.contains("会议软件研发") && b.html.contains("value=\"德邦\""), "{}", b.text());
    let no = page.trim_start_matches("/customers/");
    assert_ne!(w.customer(no).await.customer.profile.carrier_wish.as_deref(), Some("德邦"), "nothing is saved yet");
    assert_eq!(b.press("保存").await, StatusCode::OK, "{}", b.text());
    assert_eq!(w.customer(no).await.customer.profile.carrier_wish.as_deref(), Some("德邦"));
    assert!(!has_draft(&w, "wangmin", &page).await, "saving ends the draft");
    b.open(&page).await;
    assert!(!b.sees("未保存的内容"));
}

#[tokio::test]
async fn input_of_a_forgotten_session_goes_along_with_the_sign_in() {
    let (w, deal, _) = with_archive().await;
    let page = format!("/deals/{deal}/requirement");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&page).await;
    b.set("purpose", "新办公区十间会议室使用");
    w.clock.set(w.now() + TimeDelta::days(2));
    assert_eq!(jobs::tidy(&w.app).await.expect("runs"), Did::Worked);
    assert_eq!(b.submit("/requirement").await, StatusCode::FORBIDDEN);
    assert!(b.html.contains("新办公区十间会议室使用"), "{}", b.text());
    b.set("login", "wangmin").set("password", "wrong");
    assert_eq!(b.submit("/login").await, StatusCode::UNAUTHORIZED);
    w.clock.set(w.now() + TimeDelta::minutes(1));
    b.set("login", "wangmin").set("password", PASSWORD);
    assert_eq!(b.submit("/login").await, StatusCode::OK, "{}", b.text());
    assert_eq!(b.path, page);
    b.press("接着填").await;
    assert!(b.html.contains("新办公区十间会议室使用"), "{}", b.text());
}

#[tokio::test]
async fn drafts_belong_to_one_person_and_end() {
    let (w, deal, page) = with_archive().await;
    let first = Browser::at(&w).await;
    let (mut b, mut other) = (first.another(), first.another());
    b.sign_in("wangmin").await;
    other.sign_in("zhaoxue").await;
    w.clock.set(w.now() + TimeDelta::minutes(5));
    let send = |site: &str, address: &str| {
        Request::post("/drafts")
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("draft_address={address}&version=1&short_name=x&form_key=k")))
            .expect("request")
    };
    b.send(send("cross-site", &page)).await;
    assert_eq!(b.status, StatusCode::FORBIDDEN);
    assert!(!has_draft(&w, "wangmin", &page).await);
    b.send(send("same-origin", "/settings")).await;
    assert_eq!(b.status, StatusCode::NOT_FOUND);
    b.send(send("same-origin", &page)).await;
    assert_eq!(b.status, StatusCode::NO_CONTENT);
    other.open(&page).await;
    assert!(!other.sees("未保存的内容"), "another's draft is nobody's business");
    b.open(&page).await;
    assert!(b.sees("未保存的内容") && b.sees("10:25"), "{}", b.text());
    b.press("不要了").await;
    assert!(!has_draft(&w, "wangmin", &page).await);

    // What was saved after the draft wins; what nobody came back for goes after 30 days.
    let quote = format!("/deals/{deal}/customer");
    b.send(send("same-origin", &quote)).await;
    w.clock.set(w.now() + TimeDelta::minutes(1));
    other.open(&page).await;
    other.set("carrier_wish", "顺丰");
    assert_eq!(other.submit(&page).await, StatusCode::OK);
    b.open(&quote).await;
    assert!(!b.sees("未保存的内容"), "{}", b.text());
    w.clock.set(w.now() + TimeDelta::days(29));
    jobs::tidy(&w.app).await.expect("runs");
    assert!(has_draft(&w, "wangmin", &quote).await);
    w.clock.set(w.now() + TimeDelta::days(2));
    jobs::tidy(&w.app).await.expect("runs");
    assert!(!has_draft(&w, "wangmin", &quote).await);
}
