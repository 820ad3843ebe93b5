//! The acts in the rail of a deal page: what was typed wrongly comes back with what is wrong.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use axum::http::StatusCode;
use kuaidan::domain::deal::{DealStatus, Urgency, UrgentReason};

fn urgent() -> Plan {
    Plan {
        urgency: Some(Urgency {
            reason: UrgentReason::LineDown,
            text: "产线停工，备件缺货，请尽快安排生产和发货".to_owned(),
            needed_at: moment("09-20 10:00"),
        }),
        ..Plan::default()
    }
}

async fn at(world: &World, login: &str, deal: &str) -> Browser {
    let mut b = Browser::at(world).await;
    b.sign_in(login).await;
    b.open(&format!("/deals/{deal}")).await;
    b
}

#[tokio::test]
async fn closing_a_deal_without_a_reason_shows_the_form_again() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::Archived, &Plan::default()).await;
    let mut b = at(&world, "wangmin", &deal).await;
    for typed in ["", "nonsense"] {
        b.set("lost_reason", typed);
        assert_eq!(b.submit("/close").await, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {}", b.text());
        assert!(b.faults().is_empty(), "{:?}", b.faults());
        let wrong = b.words_of("#f-lost_reason-error").join(" ");
        assert!(!wrong.is_empty(), "the error stands beside the field: {}", b.text());
        assert_eq!(b.html.matches("id=\"f-lost_reason\"").count(), 1, "one form only");
    }
    assert_eq!(world.case(&deal).await.deal.expect("a deal").status, DealStatus::Open);
    // The page that came back closes the deal.
    b.set("lost_reason", "price");
    assert_eq!(b.submit("/close").await, StatusCode::OK, "{}", b.text());
    assert_eq!(world.case(&deal).await.deal.expect("a deal").status, DealStatus::Lost);
    // Nobody who may not close learns more by typing badly, and what is closed is not closed again.
    let mut other = at(&world, "liqiang", &deal).await;
    other.open("/account").await;
    assert_eq!(
        other.post_raw(&format!("/deals/{deal}/close"), &[("lost_reason", "")]).await,
        StatusCode::CONFLICT,
        "{}",
        other.text()
    );
    let mut stranger = at(&world, "zhaoliu", &deal).await;
    stranger.open("/account").await;
    assert_eq!(stranger.post_raw(&format!("/deals/{deal}/close"), &[("lost_reason", "")]).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn taking_the_urgent_mark_off_keeps_what_was_typed() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteDrafted, &urgent()).await;
    let mut b = at(&world, "wangmin", &deal).await;
    b.set("drop_reason", "<b>缓");
    assert_eq!(b.submit("/drop-urgency").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.faults().is_empty(), "{:?}", b.faults());
    assert_eq!(b.words_of("textarea[name=drop_reason]"), ["<b>缓"], "what was typed is there");
    let wrong = b.words_of("#f-drop_reason-error").join(" ");
    assert!(wrong.contains('5'), "at least five characters: {wrong}");
    assert!(world.case(&deal).await.deal.expect("a deal").urgency.is_some());
    b.set("drop_reason", "客户改期，不再紧急");
    assert_eq!(b.submit("/drop-urgency").await, StatusCode::OK, "{}", b.text());
    assert!(world.case(&deal).await.deal.expect("a deal").urgency.is_none());
    // A reader without the right is refused as such.
    let deal = world.deal_at(Stage::QuoteDrafted, &urgent()).await;
    let mut general = at(&world, "liujianguo", &deal).await;
    general.open("/account").await;
    let status = general.post_raw(&format!("/deals/{deal}/drop-urgency"), &[("drop_reason", "")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{}", general.text());
}
