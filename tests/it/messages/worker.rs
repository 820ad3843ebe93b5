//! The worker: cut off anywhere, run twice at once, facing servers that are down.

use super::servers::{AUTHORITY, MailServer};
use super::{PUBLIC, by_mail, channel, choose, mail_input, mime, record, tell, work};
use crate::harness::world::World;
use chrono::TimeDelta;
use kuaidan::jobs::outbox;
use kuaidan::store::notices;
use std::collections::BTreeMap;
use std::time::Duration;

/// What was cut off holds its rows until the database hears of it: no transaction of this test is open any more.
async fn until_the_cut_is_noticed(w: &World) {
    let mut owner = w.database.owner_connection().await;
    for _ in 0..1_000 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE a.datname = current_database() AND l.locktype = 'virtualxid' AND a.pid <> pg_backend_pid()",
        )
        .fetch_one(&mut owner)
        .await
        .expect("counted");
        if open == 0 {
            return;
        }
    }
    panic!("a transaction stays open");
}

#[tokio::test]
async fn a_worker_cut_off_fifty_times_loses_nothing_and_names_what_it_sends_twice() {
    let w = World::new().await;
    let server = MailServer::start().await;
    let mut input = mail_input(server.port, Some(AUTHORITY));
    input.per_minute = 600;
    channel(&w, input).await;
    let people = ["sunli", "hejun", "zhengwei", "zhoukai", "wufang"];
    for login in people {
        choose(&w, login, &by_mail(login)).await;
    }
    let mut told = Vec::new();
    for round in 0_u64..50 {
        for login in people {
            told.push(tell(&w, login, "record_picking", None).await);
        }
        w.clock.advance(TimeDelta::minutes(6));
        // The process ends somewhere: between any two answers of the database or the server.
        let patience = Duration::from_micros(300 + round * 700);
        let _ = tokio::time::timeout(patience, async {
            outbox::bundle(&w.app).await.expect("packed");
            outbox::deliver(&w.app, PUBLIC).await.expect("delivered");
        })
        .await;
    }
    until_the_cut_is_noticed(&w).await;
    for _ in 0..4 {
        w.clock.advance(TimeDelta::minutes(6));
        work(&w).await;
    }
    let mails = server.mails();
    let texts: Vec<String> = mails.iter().map(|m| mime::parts(&m.source)[0].1.clone()).collect();
    for id in &told {
        assert!(texts.iter().any(|text| text.contains(&id.to_string())), "{id} was told to nobody");
    }
    // The same notice comes again only in the same message.
    let mut by_notice: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (mail, text) in mails.iter().zip(&texts) {
        for id in &told {
            if text.contains(&id.to_string()) {
                by_notice.entry(id.to_string()).or_default().push(mime::header(&mail.source, "Message-ID"));
            }
        }
    }
    for (id, mut messages) in by_notice {
        messages.dedup();
        assert_eq!(messages.len(), 1, "{id} in {messages:?}");
    }
    let record = record(&w).await;
    let unsent: Vec<_> = record.iter().filter(|m| m.outcome.as_deref() != Some("sent")).collect();
    assert!(unsent.is_empty(), "{unsent:#?}");
}

#[tokio::test]
async fn a_backlog_of_ten_thousand_is_drained_by_two_workers_without_a_double() {
    let w = World::new().await;
    let server = MailServer::start().await;
    let mut input = mail_input(server.port, Some(AUTHORITY));
    input.per_minute = 600;
    channel(&w, input).await;
    choose(&w, "sunli", &by_mail("sunli")).await;
    choose(&w, "hejun", &by_mail("hejun")).await;
    sqlx::query(
        "INSERT INTO outbox (id, dedupe_key, recipient_id, kind, payload, created_at, topic)
         SELECT gen_random_uuid(), 'backlog:' || n, CASE WHEN n % 2 = 0 THEN $1 ELSE $2 END, 'record_picking', '{}', $3, 'turn' FROM generate_series(1, 10000) n",
    )
    .bind(w.id("sunli").0)
    .bind(w.id("hejun").0)
    .bind(w.now())
    .execute(&mut w.database.owner_connection().await)
    .await
    .expect("filled");
    w.clock.advance(TimeDelta::hours(3));
    tokio::join!(work(&w), work(&w));
    work(&w).await;
    let count: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM outbox WHERE bundled_at IS NULL), (SELECT count(DISTINCT notice_id) FROM message_notice),
                (SELECT count(*) FROM message WHERE outcome IS DISTINCT FROM 'sent')",
    )
    .fetch_one(&mut w.database.owner_connection().await)
    .await
    .expect("counted");
    assert_eq!(count, (0, 10_000, 0));
    let mut ids: Vec<String> = server.mails().iter().map(|m| mime::header(&m.source, "Message-ID")).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "nobody sent the same message twice");
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again_and_given_up_where_everybody_sees_it() {
    let w = World::new().await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = gone.local_addr().expect("an address").port();
    drop(gone);
    channel(&w, mail_input(port, Some(AUTHORITY))).await;
    choose(&w, "sunli", &by_mail("sunli")).await;
    tell(&w, "sunli", "record_picking", None).await;
    let mut pauses = Vec::new();
    w.clock.advance(TimeDelta::minutes(6));
    for _ in 0..20 {
        work(&w).await;
        let row = record(&w).await.remove(0);
        if row.settled_at.is_some() {
            break;
        }
        assert_eq!(row.trouble.as_deref(), Some("unreachable"));
        pauses.push((row.due_at - w.now()).num_seconds());
        w.clock.set(row.due_at);
    }
    assert_eq!(record(&w).await[0].outcome.as_deref(), Some("given_up"));
    assert_eq!(pauses.len(), 11, "{pauses:?}");
    assert!(pauses[0] < 91 && pauses[0] < pauses[1] && pauses[1] < pauses[2] && pauses[2] < pauses[3], "{pauses:?}");
    let mut conn = w.app.db.read().await.expect("a connection");
    let told = notices::newest(&mut conn, w.id("admin"), 5).await.expect("readable");
    assert_eq!(told.iter().filter(|n| n.kind == "delivery_failed").count(), 1);
}

#[tokio::test]
async fn an_address_that_the_server_refuses_is_given_up_at_once() {
    let w = World::new().await;
    let server = MailServer::start().await;
    channel(&w, mail_input(server.port, Some(AUTHORITY))).await;
    choose(&w, "sunli", &by_mail("sunli")).await;
    tell(&w, "sunli", "record_picking", None).await;
    w.clock.advance(TimeDelta::minutes(6));
    server.answers.lock().expect("unharmed").push_back("451 later please");
    work(&w).await;
    assert_eq!(record(&w).await[0].trouble.as_deref(), Some("limited"), "a passing trouble passes");
    w.clock.advance(TimeDelta::minutes(5));
    server.answers.lock().expect("unharmed").push_back("550 no such person");
    work(&w).await;
    let row = record(&w).await.remove(0);
    assert_eq!((row.outcome.as_deref(), row.trouble.as_deref()), (Some("given_up"), Some("address")), "{row:?}");
}
