//! A new password by a link: made by the administrator, used once, by whoever it was handed to.

use crate::harness::browser::Browser;
use crate::harness::world::{PASSWORD, World};
use axum::http::StatusCode;
use chrono::TimeDelta;
use kuaidan::app::people::SignIn;

/// The link on the page that was just answered.
fn link(b: &Browser) -> String {
    let at = b.html.find("/reset/").expect("a link");
    b.html[at..].chars().take("/reset/".len() + 64).collect()
}

async fn made(admin: &mut Browser, w: &World, login: &str) -> String {
    admin.open("/settings/sessions").await;
    admin.set("person", &w.id(login).to_string());
    admin.submit("/settings/sessions/reset").await;
    assert_eq!(admin.status, StatusCode::OK, "{}", admin.text());
    link(admin)
}

#[tokio::test]
async fn a_link_gives_a_new_password_once_and_ends_what_was_open() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    let mut old = admin.another();
    old.sign_in("wangmin").await;
    let path = made(&mut admin, &w, "wangmin").await;
    assert!(admin.sees(&format!("https://kuaidan.test{path}")), "{}", admin.text());

    let mut b = admin.another();
    for _ in 0..3 {
        assert_eq!(b.open(&path).await, StatusCode::OK, "looking uses nothing up");
    }
    assert_eq!(b.headers["referrer-policy"], "no-referrer");
    assert_eq!(b.headers["x-robots-tag"], "noindex");
    assert_eq!(b.faults(), Vec::<String>::new());
    b.set("new_password", "password1234");
    b.submit(&path).await;
    assert_eq!(b.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("太常见"), "{}", b.text());
    b.set("new_password", "骑车去公司要二十分钟整哦");
    b.submit(&path).await;
    assert!(b.path.starts_with("/login"), "{} {}", b.path, b.text());
    old.open("/work").await;
    assert!(old.path.starts_with("/login"), "the old session is over");
    assert_eq!(b.open(&path).await, StatusCode::NOT_FOUND, "once");
    let day = TimeDelta::hours(12);
    let wrong = w.app.sign_in("wangmin", PASSWORD, "192.0.2.9", day).await.expect("an answer");
    assert!(matches!(wrong, SignIn::Wrong));
    let right = w.app.sign_in("wangmin", "骑车去公司要二十分钟整哦", "192.0.2.9", day).await.expect("an answer");
    assert!(matches!(right, SignIn::Open { .. }));
}

#[tokio::test]
async fn a_link_ends_with_the_day_or_with_a_newer_one_and_is_nobodys_to_guess() {
    let w = World::new().await;
    let mut admin = Browser::at(&w).await;
    admin.sign_in("admin").await;
    let first = made(&mut admin, &w, "sunli").await;
    w.clock.advance(TimeDelta::minutes(1));
    let second = made(&mut admin, &w, "sunli").await;
    let mut b = admin.another();
    assert_eq!(b.open(&first).await, StatusCode::NOT_FOUND, "a newer one was made");
    assert_eq!(b.open(&second).await, StatusCode::OK);
    w.clock.advance(TimeDelta::hours(24));
    assert_eq!(b.open(&second).await, StatusCode::NOT_FOUND);
    for path in ["/reset/x", &format!("/reset/{}", "0".repeat(64)), &format!("/reset/{}", "%C3%A9".repeat(32))] {
        assert_eq!(b.open(path).await, StatusCode::NOT_FOUND, "{path}");
    }
    let stored: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT token_hash FROM reset_link")
        .fetch_all(&mut w.database.owner_connection().await)
        .await
        .expect("readable");
    assert!(stored.iter().all(|(hash,)| !first.contains(&hex::encode(hash)) && !second.contains(&hex::encode(hash))));
    // The administrator's own account needs somebody else.
    admin.sign_in("admin").await;
    admin.open("/settings/sessions").await;
    admin.set("person", &w.id("admin").to_string());
    admin.submit("/settings/sessions/reset").await;
    assert_eq!(admin.status, StatusCode::NOT_FOUND);
}
