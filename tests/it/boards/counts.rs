//! The counts in the frame: kept in memory, and never older than the last write, whoever wrote.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use kuaidan::app::App;
use kuaidan::app::live::Hearing;
use kuaidan::app::people::Strength;
use kuaidan::clock::Ids;
use kuaidan::store::inbox::{FrameCounts, Reader};
use std::future::pending;
use std::time::Duration;

async fn listening(app: &App) {
    tokio::spawn(app.clone().listen(pending()));
    while app.live.hearing() != Hearing::Listening {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn counts(world: &World, app: &App, login: &str, roles: &[&str]) -> FrameCounts {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let who = Reader { person: world.id(login), manager: None, roles, now: world.now(), has_mandates: false };
    app.frame_counts(&who).await.expect("counts")
}

/// What a process counts once it has heard of a write elsewhere.
async fn soon(mut counts: impl AsyncFnMut() -> i64, expected: i64) {
    for _ in 0..50 {
        if counts().await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("after half a second it is {} instead of {expected}", counts().await);
}

#[tokio::test]
async fn counts_follow_what_is_written_here_and_elsewhere() {
    let world = World::new().await;
    let other =
        App::new(world.database.app().await, world.clock.clone(), Ids::counted(77), world.files(), Strength::Least);
    listening(&world.app).await;
    listening(&other).await;
    let to_decide = async |app: &App| counts(&world, app, "liqiang", &["sales_manager"]).await.to_decide;
    assert_eq!((to_decide(&world.app).await, to_decide(&other).await), (0, 0));
    let deal = world.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    assert_eq!(to_decide(&world.app).await, 1, "at once where it was written");
    soon(async || to_decide(&other).await, 1).await;
    world.approve_all(&deal).await;
    assert_eq!(to_decide(&world.app).await, 0);
    soon(async || to_decide(&other).await, 0).await;
    let unread = async |app: &App| counts(&world, app, "wangmin", &[]).await.notices;
    assert!(unread(&world.app).await > 0, "the rep heard of the approval");
    other.read_notices(world.id("wangmin")).await.expect("read elsewhere");
    soon(async || unread(&world.app).await, 0).await;
}

#[tokio::test]
async fn nothing_is_asked_until_something_is_written_or_becomes_late() {
    let world = World::new().await;
    listening(&world.app).await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let due_at = world.case(&deal).await.deal.and_then(|d| d.step_due_at).expect("a limit");
    let before = counts(&world, &world.app, "wangmin", &[]).await;
    assert_eq!(before.late, 0);
    let who = |now| Reader { person: world.id("wangmin"), manager: None, roles: Vec::new(), now, has_mandates: false };
    let near = due_at - chrono::TimeDelta::seconds(30);
    assert_eq!(world.app.frame_counts(&who(near)).await.expect("counts").late, 0);
    // What is still told of these writes arrives, and is counted once more.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.app.frame_counts(&who(near)).await.expect("counts").late, 0);
    // Without a pool whoever asks the database fails.
    world.app.db.close().await;
    let almost = due_at - chrono::TimeDelta::seconds(1);
    assert_eq!(world.app.frame_counts(&who(almost)).await.expect("from memory"), before);
    let late = due_at + chrono::TimeDelta::seconds(1);
    assert!(world.app.frame_counts(&who(late)).await.is_err(), "it is late now, and counted anew");
    let entrusted = Reader { has_mandates: true, ..who(almost) };
    assert!(world.app.frame_counts(&entrusted).await.is_err(), "mandates run by the clock");
}
