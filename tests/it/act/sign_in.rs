//! Signing in: wrong passwords are slowed down, sessions end by themselves.

use crate::harness::world::{PASSWORD, World};
use chrono::TimeDelta;
use kuaidan::app::people::SignIn;

const HERE: &str = "192.0.2.1";

fn absolute() -> TimeDelta {
    TimeDelta::hours(12)
}

async fn try_in(w: &World, login: &str, password: &str, address: &str) -> SignIn {
    w.app.sign_in(login, password, address, absolute()).await.expect("the database answers")
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_a_right_one_clears_them() {
    let w = World::new().await;
    for _ in 0..3 {
        assert!(matches!(try_in(&w, "wangmin", "wrong", HERE).await, SignIn::Wrong));
    }
    // After the third one even the right password waits, and the waiting is not counted.
    let until = w.now() + TimeDelta::seconds(1);
    for _ in 0..5 {
        assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { until: u } if u == until));
    }
    // Nobody else waits.
    assert!(matches!(try_in(&w, "zhaoliu", PASSWORD, HERE).await, SignIn::Open { .. }));
    w.clock.advance(TimeDelta::seconds(1));
    assert!(matches!(try_in(&w, "wangmin", "wrong", HERE).await, SignIn::Wrong));
    let until = w.now() + TimeDelta::seconds(3);
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { until: u } if u == until));
    w.clock.advance(TimeDelta::seconds(3));
    assert!(matches!(try_in(&w, " WangMin ", PASSWORD, HERE).await, SignIn::Open { .. }));
    assert!(matches!(try_in(&w, "wangmin", "wrong", HERE).await, SignIn::Wrong));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Open { .. }));
}

#[tokio::test]
async fn an_unknown_name_is_slowed_down_like_a_known_one() {
    let w = World::new().await;
    for _ in 0..3 {
        assert!(matches!(try_in(&w, "nobody", "wrong", HERE).await, SignIn::Wrong));
    }
    assert!(matches!(try_in(&w, "nobody", "wrong", HERE).await, SignIn::Wait { .. }));
}

#[tokio::test]
async fn an_address_that_tries_many_names_waits_for_all_of_them() {
    let w = World::new().await;
    for number in 0..50 {
        assert!(matches!(try_in(&w, &format!("name{number}"), "wrong", HERE).await, SignIn::Wrong), "{number}");
    }
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { .. }));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, "192.0.2.2").await, SignIn::Open { .. }));
    w.clock.advance(TimeDelta::minutes(10));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Open { .. }));
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_with_a_new_password() {
    let w = World::new().await;
    let idle = TimeDelta::minutes(30);
    let open = async || match try_in(&w, "wangmin", PASSWORD, HERE).await {
        SignIn::Open { token, .. } => token,
        other => panic!("{other:?}"),
    };
    let lives = async |token: &str| w.app.session(token, idle).await.expect("the database answers").is_some();

    let token = open().await;
    assert!(lives(&token).await);
    assert!(!lives("another").await);
    w.clock.advance(TimeDelta::minutes(29));
    assert!(lives(&token).await, "used within the idle time");
    w.clock.advance(TimeDelta::minutes(29));
    assert!(lives(&token).await, "each use starts the idle time anew");
    w.clock.advance(TimeDelta::minutes(30));
    assert!(!lives(&token).await, "idle for half an hour");

    let token = open().await;
    for _ in 0..35 {
        w.clock.advance(TimeDelta::minutes(20));
        assert!(lives(&token).await);
    }
    w.clock.advance(TimeDelta::minutes(20));
    assert!(!lives(&token).await, "twelve hours are over, however busy");

    let token = open().await;
    w.app.set_password("wangmin", "another horse 9").await.expect("a new password");
    assert!(!lives(&token).await);
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wrong));
}

#[tokio::test]
async fn signing_out_ends_this_session_only() {
    let w = World::new().await;
    let idle = TimeDelta::minutes(30);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        match try_in(&w, "wangmin", PASSWORD, HERE).await {
            SignIn::Open { token, .. } => tokens.push(token),
            other => panic!("{other:?}"),
        }
    }
    let session = w.app.session(&tokens[0], idle).await.expect("readable").expect("open");
    assert_eq!(session.person.login, "wangmin");
    w.app.sign_out(&session).await.expect("signed out");
    assert!(w.app.session(&tokens[0], idle).await.expect("readable").is_none());
    assert!(w.app.session(&tokens[1], idle).await.expect("readable").is_some());
}
