//! What becomes of an order after a department objected to its fast approval (DOMAIN 3.7): it goes on, stands
//! still, or is to be cancelled, as director or general manager say; never as the owner says.

use super::story_3::{decide, gift_boxes, resolved_as, review, submitted};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use crate::walls::Attacker;
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::deal::DealStatus;
use kuaidan::domain::fast_path::{ObjectionOutcome, PostReview, PostReviewStatus, ReviewResult};
use kuaidan::domain::order::{Order, OrderStatus};
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::workflow::{Blocker, Command};

/// The story up to production's objection, with the deal brought to `stage` before it.
async fn objected(w: &World, plan: &Plan, stage: Option<Stage>) -> String {
    let deal = submitted(w, plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    for step in [Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed] {
        if stage.is_some_and(|s| step <= s) {
            w.bring_to(step, &deal, plan).await;
        }
    }
    let said = Some("产线周一才有人，180 套来不及");
    w.must("zhengwei", &deal, &[], review(w, &deal, NodeKind::Production, ReviewResult::Objection, said).await).await;
    deal
}

async fn order(w: &World, deal: &str) -> Order {
    w.case(deal).await.order.expect("an order")
}

async fn objection(w: &World, deal: &str) -> PostReview {
    w.review_of(deal, NodeKind::Production).await
}

#[tokio::test]
async fn the_director_lets_an_order_stand_still() {
    let (w, plan) = gift_boxes().await;
    let deal = objected(&w, &plan, Some(Stage::OrderConfirmed)).await;
    w.must("chenjing", &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Hold).await).await;
    let held = order(&w, &deal).await;
    assert_eq!(held.status, OrderStatus::OnHold);
    assert_eq!(held.hold().map(|h| (h.reason, h.requested_by)), Some((StopReason::Objection, w.id("chenjing"))));
    let again = w.act("chenjing", &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Hold).await).await;
    assert!(matches!(again, Err(Failure::Blocked { .. })), "it was resolved");
    w.must("chenjing", &deal, &[], Command::ResumeOrder { comment: "夜班已安排".to_owned() }).await;
    assert_eq!(order(&w, &deal).await.status, OrderStatus::Confirmed, "and goes on where it was");
}

#[tokio::test]
async fn what_is_to_be_cancelled_stands_still_until_another_decides() {
    let (w, plan) = gift_boxes().await;
    let deal = objected(&w, &plan, Some(Stage::OrderConfirmed)).await;
    w.must("chenjing", &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Cancel).await).await;
    let stopped = order(&w, &deal).await;
    assert_eq!(stopped.status, OrderStatus::OnHold);
    assert_eq!(stopped.asked_stop().map(|s| (s.kind, s.reason)), Some((StopKind::Cancel, StopReason::Objection)));
    let grant = || Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None };
    assert!(matches!(w.act("chenjing", &deal, &[], grant()).await, Err(Failure::Denied(_))), "not who asked");
    w.must("liujianguo", &deal, &[], grant()).await;
    assert_eq!(order(&w, &deal).await.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn before_there_is_an_order_nothing_stands_still_but_the_deal_can_end() {
    let (w, plan) = gift_boxes().await;
    let deal = objected(&w, &plan, None).await;
    let refused = w.act("chenjing", &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Hold).await).await;
    let unfit = Blocker::StopUnfit { kind: StopKind::Hold };
    assert!(
        matches!(&refused, Err(Failure::Blocked { blockers, .. }) if *blockers == [unfit]),
        "{:?}",
        refused.map_err(|f| told(&f))
    );
    // On the page only what is possible has a button, and a made-up outcome changes nothing.
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    director.open(&format!("/deals/{deal}/approval")).await;
    assert!(director.sees("终止这笔业务") && !director.sees("暂停订单"), "{}", director.text());
    let id = objection(&w, &deal).await.id.to_string();
    let made_up = [("review", id.as_str()), ("outcome", "explode"), ("resolution", "改由夜班补足")];
    let status = director.post_raw(&format!("/deals/{deal}/approval/resolve"), &made_up).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(objection(&w, &deal).await.status, PostReviewStatus::Objection);
    w.must("liujianguo", &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Cancel).await).await;
    assert_eq!(w.case(&deal).await.deal.map(|d| d.status), Some(DealStatus::Lost));
    let resolved = objection(&w, &deal).await;
    assert_eq!((resolved.status, resolved.outcome), (PostReviewStatus::Resolved, Some(ObjectionOutcome::Cancel)));
}

#[tokio::test]
async fn an_objection_is_resolved_by_the_director_or_above_and_never_by_the_owner() {
    let (w, plan) = gift_boxes().await;
    let deal = objected(&w, &plan, None).await;
    let id = objection(&w, &deal).await.id;
    let sql = |by: &str, outcome: &str| {
        format!(
            "UPDATE post_review SET status = 'resolved', resolution = '改由夜班补足', resolved_by = '{}', resolved_at = '2026-09-20 08:00+00', outcome = {outcome} WHERE id = '{id}'",
            w.id(by)
        )
    };
    for login in ["liqiang", "wangmin", "zhengwei", "wufang", "admin"] {
        let refused = w.act(login, &deal, &[], resolved_as(&w, &deal, ObjectionOutcome::Continue).await).await;
        assert!(matches!(refused, Err(Failure::Denied(_) | Failure::NotFound)), "{login}");
        let mut attacker = Attacker::app(&w).await.acting(w.id(login));
        attacker.refused(&sql(login, "'continue'"), "42501", "resolved by director").await;
    }
    let mut director = Attacker::app(&w).await.acting(w.id("chenjing"));
    director.refused(&sql("liujianguo", "'continue'"), "42501", "resolved by director").await;
    director.refused(&sql("chenjing", "NULL"), "42501", "resolved by director").await;
    director.succeeds("SELECT 1", &sql("chenjing", "'continue'")).await;
}
