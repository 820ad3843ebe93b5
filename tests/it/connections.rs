//! Few people keep few connections busy; a crowd gets them all.

use crate::harness::postgres::{Database, POOL};
use kuaidan::store::{Db, Tx};
use std::collections::HashSet;

async fn process_behind(db: &Db) -> i32 {
    let mut conn = db.read().await.expect("a connection");
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *conn).await.expect("a process")
}

#[tokio::test]
async fn one_reader_after_another_is_served_by_the_same_few() {
    let database = Database::make().await;
    let db = database.app().await;
    let mut busy = HashSet::new();
    for _ in 0..100 {
        busy.insert(process_behind(&db).await);
    }
    assert!(busy.len() <= POOL as usize / 6, "{} of {POOL} connections were kept busy", busy.len());
}

#[tokio::test]
async fn a_crowd_gets_every_connection_and_gives_them_back() {
    let database = Database::make().await;
    let db = database.app().await;
    for _ in 0..3 {
        let mut lent = Vec::new();
        for _ in 0..POOL {
            lent.push(db.read().await.expect("one for everybody"));
        }
    }
}

#[tokio::test]
async fn long_transactions_on_the_warm_ones_keep_nobody_waiting() {
    let database = Database::make().await;
    let db = database.app().await;
    let mut held = Vec::new();
    for _ in 0..POOL / 6 {
        held.push(Tx::begin(&db, None).await.expect("a transaction"));
    }
    let mut busy = HashSet::new();
    for tx in &mut held {
        busy.insert(sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(tx.conn()).await.expect("a process"));
    }
    assert_eq!(busy.len(), held.len());
    assert!(!busy.contains(&process_behind(&db).await));
    // What ends without a commit comes back as well.
    drop(held);
    let mut again = HashSet::new();
    for _ in 0..20 {
        again.insert(process_behind(&db).await);
    }
    assert!(again.is_subset(&busy), "{again:?} of {busy:?}");
}
