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
    // Ten in a minute, fifty in ten minutes.
    for number in 0..50 {
        if number > 0 && number % 10 == 0 {
            assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { .. }), "{number}");
            w.clock.advance(TimeDelta::minutes(1));
        }
        assert!(matches!(try_in(&w, &format!("name{number}"), "wrong", HERE).await, SignIn::Wrong), "{number}");
    }
    w.clock.advance(TimeDelta::minutes(1));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { .. }));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, "192.0.2.2").await, SignIn::Open { .. }));
    w.clock.advance(TimeDelta::minutes(10));
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Open { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_moment_see_each_other() {
    let w = World::new().await;
    let guesses = |login: &str, count: usize| {
        let mut all = tokio::task::JoinSet::new();
        for number in 0..count {
            let (app, login) = (w.app.clone(), login.to_owned());
            all.spawn(async move {
                let address = format!("198.51.100.{number}");
                app.sign_in(&login, "wrong", &address, absolute()).await.expect("the database answers")
            });
        }
        all.join_all()
    };
    // Three are free, whatever their addresses; the others wait, be it for the account or for the queue.
    for login in ["wangmin", "nobody"] {
        let told = guesses(login, 60).await;
        let wrong = told.iter().filter(|s| matches!(s, SignIn::Wrong)).count();
        let waits = told.iter().filter(|s| matches!(s, SignIn::Wait { .. })).count();
        assert_eq!((wrong, waits), (3, 57), "{login}");
    }
    // One address at the same moment with many names.
    let mut all = tokio::task::JoinSet::new();
    for number in 0..60 {
        let app = w.app.clone();
        all.spawn(async move {
            app.sign_in(&format!("name{number}"), "wrong", HERE, absolute()).await.expect("the database answers")
        });
    }
    let wrong = all.join_all().await.iter().filter(|s| matches!(s, SignIn::Wrong)).count();
    assert!((1..=10).contains(&wrong), "{wrong}");
}

#[tokio::test]
async fn whoever_goes_away_while_the_password_is_looked_at_has_guessed_too() {
    let w = World::new().await;
    let mut conn = w.database.app_connection().await;
    for _ in 0..3 {
        let mut guess = Box::pin(w.app.sign_in("wangmin", "wrong", HERE, absolute()));
        let mut counted = 0_i64;
        let before: i64 =
            sqlx::query_scalar("SELECT count(*) FROM sign_in_failure").fetch_one(&mut conn).await.expect("countable");
        while counted <= before {
            // Until the attempt is written down; then the connection is gone.
            let done = tokio::time::timeout(std::time::Duration::from_millis(2), &mut guess).await.is_ok();
            counted = sqlx::query_scalar("SELECT count(*) FROM sign_in_failure")
                .fetch_one(&mut conn)
                .await
                .expect("countable");
            if done {
                break;
            }
        }
    }
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { .. }));
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

/// Waits until somebody waits for a row in this database.
async fn somebody_waits(w: &World) {
    let mut conn = w.database.app_connection().await;
    for _ in 0..400 {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_locks l WHERE NOT l.granted AND l.locktype IN ('transactionid','tuple'))",
        )
        .fetch_one(&mut conn)
        .await
        .expect("readable");
        if waits {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits");
}

#[tokio::test]
async fn an_old_password_opens_nothing_that_a_new_one_has_closed() {
    use sqlx::Connection as _;
    let w = World::new().await;
    let mut admin = w.database.app_connection().await;
    let mut change = admin.begin().await.expect("a transaction");
    // The new password is being set: not yet seen by others.
    sqlx::query("UPDATE person SET password_hash = password_hash || ' ' WHERE login = 'wangmin'")
        .execute(&mut *change)
        .await
        .expect("changed");
    let meanwhile = async {
        somebody_waits(&w).await;
        change.commit().await.expect("committed");
    };
    let (late, ()) = tokio::join!(try_in(&w, "wangmin", PASSWORD, HERE), meanwhile);
    assert!(matches!(late, SignIn::Wait { .. }), "{late:?}");
    let sessions: i64 =
        sqlx::query_scalar("SELECT count(*) FROM session").fetch_one(&mut admin).await.expect("a count");
    assert_eq!(sessions, 0);
}

#[tokio::test]
async fn a_new_password_ends_the_links_to_another_one() {
    let w = World::new().await;
    let admin = w.actor("admin");
    let token = w.app.make_reset_link(&w.by(&admin, &[], None), w.id("wangmin")).await.expect("made").expect("a token");
    assert!(w.app.reset_link(&token).await.expect("readable").is_some());
    w.app.set_password("wangmin", "another horse 9").await.expect("a new password");
    assert!(w.app.reset_link(&token).await.expect("readable").is_none());
    assert!(!w.app.use_reset_link(&token, "a third horse 9").await.expect("an answer"));
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

async fn from(w: &World, device: &str, password: &str) -> SignIn {
    let there = "192.0.2.9";
    w.app.sign_in_from(Some(device), "wangmin", password, there, absolute()).await.expect("the database answers")
}

#[tokio::test]
async fn strangers_do_not_keep_somebody_out_of_an_own_device() {
    let w = World::new().await;
    let SignIn::Open { device, .. } = try_in(&w, "wangmin", PASSWORD, HERE).await else { panic!("a right password") };
    // Somebody guesses all day; the account waits for everybody else until tomorrow.
    for _ in 0..100 {
        assert!(matches!(try_in(&w, "wangmin", "wrong", "192.0.2.66").await, SignIn::Wrong));
        w.clock.advance(TimeDelta::minutes(2));
    }
    assert!(
        matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Wait { until } if until > w.now() + TimeDelta::hours(20))
    );
    for made_up in ["", "1.2", "99999999999.00", &device.replace('.', ".0"), &format!("9{device}")] {
        assert!(matches!(from(&w, made_up, PASSWORD).await, SignIn::Wait { .. }), "{made_up}");
    }
    // The own mistakes count there too.
    for _ in 0..3 {
        assert!(matches!(from(&w, &device, "wrong").await, SignIn::Wrong));
    }
    assert!(
        matches!(from(&w, &device, PASSWORD).await, SignIn::Wait { until } if until <= w.now() + TimeDelta::seconds(1))
    );
    w.clock.advance(TimeDelta::seconds(1));
    let SignIn::Open { device: newer, .. } = from(&w, &device, PASSWORD).await else { panic!("a known device") };
    // The note is of one person, of one password, and gets old.
    for _ in 0..4 {
        try_in(&w, "zhaoliu", "wrong", "192.0.2.66").await;
        w.clock.advance(TimeDelta::seconds(2));
    }
    let other = w.app.sign_in_from(Some(&newer), "zhaoliu", PASSWORD, HERE, absolute()).await.expect("an answer");
    assert!(matches!(other, SignIn::Wait { .. }), "{other:?}");
    w.app.set_password("wangmin", "another horse 9").await.expect("a new password");
    for _ in 0..4 {
        try_in(&w, "wangmin", "wrong", "192.0.2.66").await;
        w.clock.advance(TimeDelta::seconds(2));
    }
    assert!(matches!(from(&w, &newer, "another horse 9").await, SignIn::Wait { .. }), "a new password forgets devices");
}

#[tokio::test]
async fn a_hash_from_before_there_was_a_key_is_renewed_at_the_next_sign_in() {
    let w = World::new().await;
    let stored = async || -> String {
        sqlx::query_scalar("SELECT password_hash FROM person WHERE login = 'wangmin'")
            .fetch_one(&mut w.database.app_connection().await)
            .await
            .expect("readable")
    };
    assert!(stored().await.starts_with("keyed1:$argon2id$"), "{}", stored().await);
    let open = try_in(&w, "wangmin", PASSWORD, HERE).await;
    let SignIn::Open { token, .. } = open else { panic!("{open:?}") };
    // argon2id of "correct horse 9" with 16 KiB and one pass, as it was stored before.
    let before = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        argon2::Params::new(16, 1, 1, None).expect("parameters"),
    );
    let before =
        argon2::password_hash::PasswordHasher::hash_password(&before, PASSWORD.as_bytes()).expect("a hash").to_string();
    sqlx::query("UPDATE person SET password_hash = $1 WHERE login = 'wangmin'")
        .bind(&before)
        .execute(&mut w.database.owner_connection().await)
        .await
        .expect("stored");
    assert!(matches!(try_in(&w, "wangmin", "wrong", HERE).await, SignIn::Wrong));
    assert_eq!(stored().await, before, "a wrong password renews nothing");
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Open { .. }));
    assert!(stored().await.starts_with("keyed1:$argon2id$"), "{}", stored().await);
    assert!(matches!(try_in(&w, "wangmin", PASSWORD, HERE).await, SignIn::Open { .. }), "and it still opens");
    let idle = TimeDelta::minutes(30);
    assert!(w.app.session(&token, idle).await.expect("readable").is_some(), "open sessions stay");
}
