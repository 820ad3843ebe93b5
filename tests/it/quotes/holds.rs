//! Stock held while quoting: the queue, its end by itself, and what an order may take beside it.

use super::swapped::swapped;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::deal::LostReason;
use kuaidan::domain::workflow::{Blocker, Command};
use rust_decimal::{Decimal, dec};
use sqlx::Row as _;
use std::sync::Arc;
use tokio::task::JoinSet;

fn panels(quantity: Decimal) -> Plan {
    Plan { lines: vec![("QM-86", quantity, None)], ..Plan::default() }
}

async fn hold(w: &World, deal: &str, quantity: Decimal) -> Result<(), Failure> {
    let product = w.product("QM-86").id;
    w.act("wangmin", deal, &[], Command::HoldStock { product, quantity }).await.map(|_| ())
}

/// What the deal holds and waits for now.
async fn held(w: &World, deal: &str) -> Option<(Decimal, Decimal)> {
    let case = w.case(deal).await;
    let id = case.deal.as_ref()?.id;
    let shelf = case.shelves.iter().find(|s| s.product == w.product("QM-86").id)?;
    shelf.queue(w.now()).iter().find(|q| q.hold.deal == id).map(|q| (q.held, q.waiting()))
}

async fn reserved(w: &World, deal: &str) -> Decimal {
    w.case(deal).await.order.iter().flat_map(|o| o.lines.clone()).map(|l| l.reserved).sum()
}

#[tokio::test]
async fn a_hold_is_honoured_against_others_until_it_ends_by_itself() {
    let w = World::new().await;
    // Ten lie on the shelf.
    let first = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    let second = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    let third = w.deal_at(Stage::Accepted, &panels(dec!(8))).await;
    hold(&w, &first, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    hold(&w, &second, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    assert_eq!(held(&w, &first).await, Some((dec!(6), dec!(0))));
    assert_eq!(held(&w, &second).await, Some((dec!(4), dec!(2))));
    // Somebody else's order takes nothing of what is held.
    w.bring_to(Stage::OrderConfirmed, &third, &panels(dec!(8))).await;
    assert_eq!(reserved(&w, &third).await, dec!(0));
    // 09-17 10:20 and sixteen working hours: Monday the 21st is two working days on, 20th being a make-up workday.
    w.at("09-20 10:19");
    assert_eq!(held(&w, &first).await, Some((dec!(6), dec!(0))));
    w.at("09-20 10:20");
    assert_eq!(held(&w, &first).await, None);
    let fourth = w.deal_at(Stage::OrderConfirmed, &panels(dec!(8))).await;
    assert_eq!(reserved(&w, &fourth).await, dec!(8));
}

#[tokio::test]
async fn the_holder_s_order_turns_its_hold_into_the_reservation() {
    let w = World::new().await;
    let holder = w.deal_at(Stage::QuoteDrafted, &panels(dec!(7))).await;
    let other = w.deal_at(Stage::QuoteDrafted, &panels(dec!(9))).await;
    hold(&w, &holder, dec!(7)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    hold(&w, &other, dec!(9)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    for stage in [Stage::QuoteSubmitted, Stage::QuoteApproved, Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed]
    {
        w.bring_to(stage, &holder, &panels(dec!(7))).await;
    }
    assert_eq!(reserved(&w, &holder).await, dec!(7));
    assert_eq!(held(&w, &holder).await, None, "the hold ended with the order");
    assert_eq!(held(&w, &other).await, Some((dec!(3), dec!(6))), "nobody lost a piece to it");
    // A hold goes with its deal.
    w.must("wangmin", &other, &[], Command::CloseDeal { reason: LostReason::Price }).await;
    let mut owner = w.database.owner_connection().await;
    let reasons: Vec<String> = sqlx::query_scalar("SELECT end_reason FROM stock_hold ORDER BY taken_at, id")
        .fetch_all(&mut owner)
        .await
        .expect("both ended");
    assert_eq!(reasons, ["ordered", "closed"]);
}

#[tokio::test]
async fn a_hold_fits_the_quote_is_the_owner_s_and_asking_again_goes_to_the_end() {
    let w = World::new().await;
    let first = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    let second = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    for wrong in [dec!(0), dec!(-1), dec!(6.001)] {
        let refused = hold(&w, &first, wrong).await;
        assert!(
            matches!(refused, Err(Failure::Blocked { ref blockers, .. }) if *blockers == [Blocker::HoldTooMuch { max: dec!(6) }])
        );
    }
    let product = w.product("QM-86").id;
    let stranger = w.act("zhaoliu", &first, &[], Command::HoldStock { product, quantity: dec!(1) }).await;
    assert!(matches!(stranger, Err(Failure::NotFound | Failure::Denied(_))));
    hold(&w, &first, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    w.at("09-17 10:30");
    hold(&w, &second, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    w.at("09-17 10:40");
    hold(&w, &first, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    assert_eq!((held(&w, &second).await, held(&w, &first).await), (Some((dec!(6), dec!(0))), Some((dec!(4), dec!(2)))));
    w.must("wangmin", &second, &[], Command::ReleaseHold { product }).await;
    assert_eq!(held(&w, &first).await, Some((dec!(6), dec!(0))));
    let again = w.act("wangmin", &second, &[], Command::ReleaseHold { product }).await;
    assert!(matches!(again, Err(Failure::Blocked { blockers, .. }) if blockers == [Blocker::NothingHeld]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_holds_and_confirmations_of_the_last_pieces_never_oversell() {
    let w = Arc::new(World::new().await);
    let (mut buyers, mut holders) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        buyers.push(w.deal_at(Stage::Accepted, &panels(dec!(3))).await);
        holders.push(w.deal_at(Stage::QuoteDrafted, &panels(dec!(3))).await);
    }
    let mut acting = JoinSet::new();
    for (buyer, holder) in buyers.clone().into_iter().zip(holders.clone()) {
        let (one, other) = (Arc::clone(&w), Arc::clone(&w));
        acting.spawn(async move { one.must("wangmin", &buyer, &[], Command::ConfirmOrder).await });
        acting.spawn(async move { hold(&other, &holder, dec!(3)).await.unwrap_or_else(|f| panic!("{}", told(&f))) });
    }
    acting.join_all().await;
    let mut given = Decimal::ZERO;
    for deal in &buyers {
        given += reserved(&w, deal).await;
    }
    let mut kept = Decimal::ZERO;
    for deal in &holders {
        kept += held(&w, deal).await.map_or(Decimal::ZERO, |(held, _)| held);
    }
    assert_eq!(given + kept, dec!(10), "{given} reserved, {kept} held");
    let mut owner = w.database.owner_connection().await;
    let row = sqlx::query("SELECT on_hand, reserved FROM stock WHERE product_id = $1")
        .bind(w.product("QM-86").id.0)
        .fetch_one(&mut owner)
        .await
        .expect("a balance");
    assert_eq!((row.get::<Decimal, _>(0), row.get::<Decimal, _>(1)), (dec!(10), given));
}

#[tokio::test]
async fn the_queue_is_seen_by_everybody_and_other_deals_stay_unnamed() {
    let w = World::new().await;
    let mine = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{mine}/quote")).await;
    assert!(b.text().contains("库存预占"), "{}", b.text());
    b.set("hold_quantity", "5");
    assert_eq!(b.submit("/quote/hold").await, StatusCode::OK);
    assert!(b.text().contains("已占 5"), "{}", b.text());
    // Nonsense is refused with what would fit, and nothing is held anew.
    b.set("hold_quantity", "10^30");
    assert_eq!(b.submit("/quote/hold").await, StatusCode::CONFLICT);
    assert!(b.text().contains("不超过本单需要的 6"), "{}", b.text());
    let mut s = Browser::at(&w).await;
    s.sign_in("zhaoliu").await;
    assert_eq!(s.open("/stock/QM-86").await, StatusCode::OK);
    let text = s.text();
    assert!(text.contains("王敏 · 其他业务单 · 占 5") && !text.contains(&mine), "{text}");
    b.open("/stock/QM-86").await;
    assert!(b.text().contains(&format!("王敏 · {mine} · 占 5")), "{}", b.text());
}

#[tokio::test]
async fn what_the_requirement_no_longer_asks_for_is_still_shown_and_released() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels(dec!(6))).await;
    hold(&w, &deal, dec!(6)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    swapped(&w, &deal, "QM-65").await;
    assert_eq!(held(&w, &deal).await, Some((dec!(6), dec!(0))));
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    for said in ["QM-86 86 英寸会议平板", "需求已不含此产品", "已占 6，至", "QM-65 65 英寸会议平板"]
    {
        assert!(b.sees(said), "{said}: {}", b.text());
    }
    assert_eq!(b.faults(), Vec::<String>::new());
    // Nothing more of it is held for this deal.
    w.must("wangmin", &deal, &[], w.quote(&Plan { lines: vec![("QM-65", dec!(6), None)], ..Plan::default() })).await;
    let more = hold(&w, &deal, dec!(1)).await;
    assert!(matches!(more, Err(Failure::Blocked { blockers, .. }) if blockers == [Blocker::NothingStocked]));
    b.open(&format!("/deals/{deal}/quote")).await;
    assert_eq!(b.submit("/quote/release").await, StatusCode::OK, "{}", b.text());
    assert!(!b.sees("需求已不含此产品"), "{}", b.text());
    assert_eq!(held(&w, &deal).await, None);
    let other = w.deal_at(Stage::OrderConfirmed, &panels(dec!(10))).await;
    assert_eq!(reserved(&w, &other).await, dec!(10), "everything is free again");
}

#[tokio::test]
async fn holds_are_told_in_the_language_of_the_reader() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels(dec!(40))).await;
    hold(&w, &deal, dec!(40)).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.choose("/preferences/language", "language", "en").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    let panel = b.words_of("section[aria-labelledby=holds]").join(" ");
    assert!(panel.contains("QM-86 86-inch meeting panel") && panel.contains("; waiting for 30 more"), "{panel}");
    assert!(!panel.contains("；") && !panel.contains("英寸"), "{panel}");
}
