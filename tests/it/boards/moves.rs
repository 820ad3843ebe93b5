//! Moving a card: what is offered, what is explained, and what a forgotten page can do no more.

use super::busy;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::workflow::Command;

#[tokio::test]
async fn a_card_offers_its_moves_and_explains_the_others() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let browser = Browser::at(&world).await;
    let mut b = browser.another();
    b.sign_in("wangmin").await;
    b.open(&format!("/deals?view=board&panel={deal}")).await;
    assert!(b.sees("移到…") && b.words_of("#panel button").iter().any(|w| w.contains("待客户确认")), "{}", b.text());
    assert!(!b.words_of("#panel .readiness__item").is_empty(), "the steps ahead are explained");
    b.choose("/move", "action", "send_requirement").await;
    assert_eq!((b.status, b.path.as_str()), (StatusCode::OK, format!("/deals?view=board&panel={deal}").as_str()));
    assert!(world.case(&deal).await.requirement.is_some_and(|r| r.status.code() == "sent"));
    // Alone, the same card.
    b.open(&format!("/deals/{deal}/card")).await;
    assert_eq!(b.status, StatusCode::OK);
    // Who may not move it is told who may.
    let mut other = browser.another();
    other.sign_in("chenjing").await;
    other.open(&format!("/deals/{deal}/card")).await;
    assert!(other.words_of("#panel button").is_empty() && other.sees("业务员"), "{}", other.text());
    // A stranger's card is not there.
    let mut stranger = browser.another();
    stranger.sign_in("zhaoliu").await;
    assert_eq!(stranger.open(&format!("/deals/{deal}/card")).await, StatusCode::NOT_FOUND);
    for odd in ["%00", "CD-1%00", "..%2F..", "%F0%9F%92%A9"] {
        for page in ["card", "clock", "quote"] {
            assert_eq!(stranger.open(&format!("/deals/{odd}/{page}")).await, StatusCode::NOT_FOUND, "{odd} {page}");
        }
    }
    stranger.open(&format!("/deals?panel={deal}")).await;
    assert!(!stranger.html.contains("id=\"panel\"") && !stranger.sees("星辰"));
}

#[tokio::test]
async fn a_forgotten_pages_move_says_who_was_faster_and_changes_nothing() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals?panel={deal}")).await;
    world.at("09-17 11:02");
    world.must("wangmin", &deal, &[], Command::SendQuote).await;
    let version = world.version(&deal).await;
    b.choose("/move", "action", "send_quote").await;
    assert_eq!(b.status, StatusCode::CONFLICT);
    assert!(b.sees("11:02") && b.sees("王敏 已经先动过") && b.sees("什么都没有改"), "{}", b.text());
    assert_eq!(world.version(&deal).await, version);
    assert_eq!(b.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_move_names_the_state_the_card_was_seen_in() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    for (field, value, status) in [
        ("from", "delivery", StatusCode::CONFLICT),
        ("version", "0", StatusCode::CONFLICT),
        ("version", "x", StatusCode::CONFLICT),
        ("version", "999", StatusCode::CONFLICT),
        ("return_to", "https://evil.example/", StatusCode::OK),
    ] {
        b.open(&format!("/deals/{deal}/card")).await;
        b.set(field, value);
        let before = world.version(&deal).await;
        assert_eq!(b.choose("/move", "action", "send_requirement").await, status, "{field}={value}: {}", b.text());
        assert_eq!(world.version(&deal).await == before, status == StatusCode::CONFLICT, "{field}={value}");
        assert!(b.path.starts_with('/'), "{}", b.path);
    }
}

#[tokio::test]
async fn moves_that_are_none_do_nothing() {
    let (world, deals) = busy().await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    let before = world.version(&deals[2]).await;
    for odd in ["complete_order", "decide_node", "nonsense", ""] {
        b.open(&format!("/deals/{}/card", deals[2])).await;
        let key = b.html.split("name=\"form_key\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let body = format!("form_key={}&version={before}&from=requirement&action={odd}", key.expect("a form key"));
        let request = axum::http::Request::post(format!("/deals/{}/move", deals[2]))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(body))
            .expect("a request");
        b.send(request).await;
        assert_eq!(
            (b.status, b.path.as_str()),
            (StatusCode::OK, format!("/deals/{}/card", deals[2]).as_str()),
            "{odd}"
        );
        assert_eq!(world.version(&deals[2]).await, before, "{odd}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_says_what_to_do_about_it() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::QuoteSubmitted, &Plan::default()).await;
    let mut b = Browser::at(&world).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals?panel={deal}")).await;
    let told = b.words_of("#panel").join(" ");
    assert!(told.contains("报价正在审批中，请先撤回报价。") && !told.contains("刷新页面"), "{told}");
}
