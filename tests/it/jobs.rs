//! Work that nobody asks for, step by step; two processes that do it at once do no harm.

use crate::harness::world::{PASSWORD, World};
use chrono::TimeDelta;
use kuaidan::app::people::SignIn;
use kuaidan::jobs::{Did, remove_loose_files, seal, tidy};

#[tokio::test]
async fn ended_sessions_and_old_failures_are_removed_and_living_ones_stay() {
    let w = World::new().await;
    let sign_in = async |hours| match w
        .app
        .sign_in("wangmin", PASSWORD, "192.0.2.1", TimeDelta::hours(hours))
        .await
        .expect("an answer")
    {
        SignIn::Open { token, .. } => token,
        other => panic!("{other:?}"),
    };
    let (short, long) = (sign_in(1).await, sign_in(100).await);
    let wrong = w.app.sign_in("wangmin", "wrong", "192.0.2.1", TimeDelta::hours(1)).await.expect("an answer");
    assert!(matches!(wrong, SignIn::Wrong));
    assert_eq!(tidy(&w.app).await.expect("done"), Did::Idle, "nothing is old yet");
    w.clock.advance(TimeDelta::hours(2));
    assert_eq!(tidy(&w.app).await.expect("done"), Did::Worked, "the short session");
    assert_eq!(tidy(&w.app).await.expect("done"), Did::Idle);
    w.clock.advance(TimeDelta::hours(23));
    assert_eq!(tidy(&w.app).await.expect("done"), Did::Worked, "the failure of yesterday");
    assert_eq!(tidy(&w.app).await.expect("done"), Did::Idle);
    let idle = TimeDelta::hours(200);
    assert!(w.app.session(&short, idle).await.expect("an answer").is_none());
    assert!(w.app.session(&long, idle).await.expect("an answer").is_some());
}

#[tokio::test]
async fn two_tidiers_at_once_remove_each_row_once() {
    let w = World::new().await;
    for _ in 0..20 {
        w.app.sign_in("wangmin", PASSWORD, "192.0.2.1", TimeDelta::hours(1)).await.expect("an answer");
    }
    w.clock.advance(TimeDelta::hours(2));
    let (one, other) = tokio::join!(w.app.tidy(), w.app.tidy());
    assert_eq!(one.expect("done") + other.expect("done"), 20);
}

#[tokio::test]
async fn the_history_is_sealed_once_a_day_and_only_when_something_happened() {
    let w = World::new().await;
    assert_eq!(seal(&w.app).await.expect("done"), Did::Worked, "the founding");
    w.clock.advance(TimeDelta::hours(25));
    assert_eq!(seal(&w.app).await.expect("done"), Did::Idle, "nothing happened since");
    w.deal_at(crate::harness::stages::Stage::RequirementConfirmed, &crate::harness::stages::Plan::default()).await;
    assert_eq!(seal(&w.app).await.expect("done"), Did::Worked);
    assert_eq!(seal(&w.app).await.expect("done"), Did::Idle);
    w.clock.advance(TimeDelta::hours(25));
    assert_eq!(seal(&w.app).await.expect("done"), Did::Idle, "nothing happened since");
}

#[tokio::test]
async fn a_file_whose_form_was_refused_goes_after_a_day_and_a_named_one_stays() {
    let w = World::new().await;
    let deal =
        w.deal_at(crate::harness::stages::Stage::RequirementConfirmed, &crate::harness::stages::Plan::default()).await;
    let named: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sha256 FROM attachment")
        .fetch_all(&mut w.database.app_connection().await)
        .await
        .expect("readable");
    assert!(!named.is_empty(), "{deal:?} has evidence");
    let path = |sha256: &[u8]| {
        let name = hex::encode(sha256);
        w.files().join(&name[..2]).join(name)
    };
    let refused = w.app.keep_file("refused.pdf", b"%PDF-1.7 refused".to_vec()).await.expect("stored").expect("a pdf");
    assert!(path(&refused.sha256).exists());
    assert_eq!(remove_loose_files(&w.app).await.expect("done"), Did::Idle, "a form may still name it");
    w.clock.advance(TimeDelta::hours(25));
    assert_eq!(remove_loose_files(&w.app).await.expect("done"), Did::Worked);
    assert!(!path(&refused.sha256).exists());
    assert!(named.iter().all(|sha256| path(sha256).exists()));
    assert_eq!(remove_loose_files(&w.app).await.expect("done"), Did::Idle, "what is named is not looked at again");
}
