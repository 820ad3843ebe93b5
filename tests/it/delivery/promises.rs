//! Promises: planned back, kept in view, moved with a reason, and the customer told in time.

use super::{blockers, goods, order_of, send, some};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use kuaidan::app::Failure;
use kuaidan::domain::delivery::{BatchTrack, DelayCause, ExceptionKind, StageState, ToldAbout, ToldBy, track};
use kuaidan::domain::order::{DeliveryStage, Order};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::store::notices;
use rust_decimal::dec;

fn batch(w: &World, order: &Order) -> BatchTrack {
    track(order, &w.app.calendar, w.now()).lines[0].batches[0].clone()
}

fn state(batch: &BatchTrack, stage: DeliveryStage) -> StageState {
    batch.stages.iter().find(|s| s.stage == stage).unwrap_or_else(|| panic!("no {stage}")).state
}

async fn kinds(w: &World, login: &str) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    notices::newest(&mut conn, w.id(login), 50).await.expect("readable").into_iter().map(|n| n.kind).collect()
}

#[tokio::test]
async fn stages_begin_end_and_go_stale_by_themselves() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Paid, &Plan::default()).await;
    let seen = batch(&w, &order_of(&w, &deal).await);
    assert_eq!(seen.promised_at, moment("09-24 18:00"));
    // One day on the road, half a day for packing.
    let packing = seen.stages.iter().find(|s| s.stage == DeliveryStage::Packing).expect("packing");
    assert_eq!((packing.planned_start, packing.planned_end), (moment("09-23 14:00"), moment("09-24 09:00")));
    assert_eq!(state(&seen, DeliveryStage::Confirmed), StageState::Done);
    assert_eq!(state(&seen, DeliveryStage::Prepare), StageState::Waiting);

    w.at("09-18 09:00");
    w.bring_to(Stage::Picked, &deal, &Plan::default()).await;
    let seen = batch(&w, &order_of(&w, &deal).await);
    assert_eq!(state(&seen, DeliveryStage::Prepare), StageState::Done);
    let prepare = seen.stages.iter().find(|s| s.stage == DeliveryStage::Prepare).expect("prepare");
    assert_eq!(prepare.ended_at, Some(moment("09-18 09:00")));
    assert_eq!(prepare.owner.as_deref(), Some("何军"), "who touched it first keeps it");
    let stale = |seen: &BatchTrack| seen.stages.iter().filter(|s| s.is_stale).map(|s| s.stage).collect::<Vec<_>>();
    w.at("09-18 18:00");
    assert_eq!(stale(&batch(&w, &order_of(&w, &deal).await)), [], "eight hours are not more than eight");
    w.at("09-20 09:01");
    assert_eq!(stale(&batch(&w, &order_of(&w, &deal).await)), [DeliveryStage::Packing]);
    w.at("09-24 09:01");
    let seen = batch(&w, &order_of(&w, &deal).await);
    assert_eq!(state(&seen, DeliveryStage::Packing), StageState::Late);
    assert!(seen.is_late, "what is left takes longer than there is time");
}

#[tokio::test]
async fn a_late_forecast_opens_a_delay_and_a_slip_keeps_the_first_promise() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Paid, &Plan::default()).await;
    let line = goods(&order_of(&w, &deal).await);
    let keep = |at: &str, cause| Command::KeepStage {
        line,
        batch_no: 1,
        stage: DeliveryStage::Packing,
        owner: None,
        forecast_at: Some(moment(at)),
        cause,
    };
    let promised_at = moment("09-24 18:00");
    w.at("09-21 10:00");
    assert_eq!(
        blockers(w.act("sunli", &deal, &[], keep("09-25 10:00", None)).await),
        [Blocker::DelayCauseMissing { promised_at }]
    );
    match w.act("hejun", &deal, &[], keep("09-23 18:00", None)).await {
        Err(Failure::Denied(denied)) => assert_eq!(denied.why, DeniedWhy::OtherDepartment),
        Err(other) => panic!("{}", told(&other)),
        Ok(_) => panic!("packing is the warehouse's"),
    }
    w.must("sunli", &deal, &[], keep("09-25 10:00", Some(DelayCause::Material))).await;
    let order = order_of(&w, &deal).await;
    let delay = order.tracking.open_exceptions().next().expect("a delay");
    assert_eq!((delay.facts.kind, delay.is_automatic), (ExceptionKind::Delay, true));
    assert_eq!(delay.facts.new_date, Some(moment("09-25 10:00")));
    let seen = batch(&w, &order);
    assert!(seen.is_late && seen.forecast_at > promised_at);
    assert_eq!(seen.notice_due_at, Some(moment("09-23 09:00")), "two working days ahead");
    assert!(kinds(&w, "wangmin").await.contains(&"delay_expected".to_owned()));

    // The rep tells the customer: nothing is owed any more, the delay stays in view.
    let tell = Command::TellCustomer {
        about: ToldAbout::Delay,
        channel: ToldBy::Phone,
        text: "面板到货推迟，预计 9 月 25 日送达".to_owned(),
        told_at: w.now(),
    };
    w.must("wangmin", &deal, &[], tell).await;
    let seen = batch(&w, &order_of(&w, &deal).await);
    assert_eq!((seen.notice_due_at, seen.is_late), (None, true));

    let slip = |to: &str, reason: &str| Command::SlipPromise {
        line,
        batch_no: 1,
        to: moment(to),
        cause: DelayCause::Material,
        reason: reason.to_owned(),
        told: "交期改到 9 月 28 日，客户同意".to_owned(),
        channel: ToldBy::Phone,
    };
    // Earlier, or the same, is a change: production looks at it first.
    for to in ["09-23 18:00", "09-24 18:00"] {
        let found = blockers(w.act("wangmin", &deal, &[], slip(to, "客户催货，提前送达")).await);
        assert_eq!(found, [Blocker::PromiseNotLater { promised_at }], "{to}");
    }
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/delivery/plan")).await;
    assert!(rep.html.contains("value=\"2026-09-28T18:00\""), "a working day later: {}", rep.html);
    for (to, reason) in [("09-28 18:00", "面板到货推迟两天"), ("09-29 18:00", "物流再晚一天")] {
        w.must("wangmin", &deal, &[], slip(to, reason)).await;
    }
    assert!(matches!(w.act("sunli", &deal, &[], slip("09-30 18:00", "仓库说要改")).await, Err(Failure::Denied(_))));
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    let seen = batch(&w, &order);
    assert_eq!((seen.original_at, seen.promised_at), (promised_at, moment("09-29 18:00")));
    assert_eq!(seen.slips.iter().map(|s| s.reason.as_str()).collect::<Vec<_>>(), ["面板到货推迟两天", "物流再晚一天"]);
    assert_eq!((order.promised_at, order.lines[0].promised_at), (moment("09-29 18:00"), moment("09-29 18:00")));
    assert_eq!(case.deal.expect("a deal").step_due_at, Some(moment("09-29 18:00")));
    let signing = seen.stages.last().expect("stages");
    assert_eq!(signing.planned_end, moment("09-29 18:00"), "planned anew");
    assert!(kinds(&w, "sunli").await.contains(&"promise_moved".to_owned()));
}

#[tokio::test]
async fn batches_add_up_and_never_hide_a_delay() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Paid, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    let promised_at = moment("09-24 18:00");
    let divide = |first, second, last| Command::PlanBatches {
        line,
        batches: vec![(first, moment("09-22 18:00")), (second, moment(last))],
    };
    let whole = Blocker::BatchesDiffer { quantity: dec!(10) };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], divide(dec!(4), dec!(5), "09-24 18:00")).await), [whole]);
    let late = Blocker::BatchTooLate { promised_at };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], divide(dec!(4), dec!(6), "09-25 18:00")).await), [late]);
    w.must("wangmin", &deal, &[], divide(dec!(4), dec!(6), "09-24 18:00")).await;
    let again = blockers(w.act("wangmin", &deal, &[], divide(dec!(5), dec!(5), "09-24 18:00")).await);
    assert!(again.contains(&Blocker::BatchesPlanned), "{again:?}");
    w.at("09-21 10:00");
    let first = order_of(&w, &deal).await;
    let seen = track(&first, &w.app.calendar, w.now());
    assert_eq!(seen.lines[0].batches.iter().map(|b| b.quantity).collect::<Vec<_>>(), [dec!(4), dec!(6)]);
    send(&w, &deal, dec!(4), "DPK2026092101").await;
    let order = order_of(&w, &deal).await;
    let seen = track(&order, &w.app.calendar, w.now());
    let shipped = |i: usize| {
        seen.lines[0].batches[i].stages.iter().find(|s| s.stage == DeliveryStage::Shipping).map(|s| (s.done, s.of))
    };
    assert_eq!((shipped(0), shipped(1)), (Some((dec!(4), dec!(4))), Some((dec!(0), dec!(6)))));
    // Over-shipment is refused, whatever is typed.
    let way = || crate::harness::sample::carried("德邦", "DPK2026092199");
    let too_much = Command::ArrangeShipment { quantities: some(line, dec!(1)), way: way() };
    assert_eq!(
        blockers(w.act("hejun", &deal, &[], too_much).await),
        [Blocker::MoreThanReady { line: 1, ready: dec!(0) }]
    );
}

#[tokio::test]
async fn the_job_reminds_of_what_lies_and_of_what_is_owed_once() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Paid, &Plan::default()).await;
    let line = goods(&order_of(&w, &deal).await);
    w.at("09-18 09:00");
    let half = Command::RecordPicking { quantities: some(line, dec!(5)), location: None };
    w.must("sunli", &deal, &[], half).await;
    w.check_pickings(&deal).await;
    let keep = Command::KeepStage {
        line,
        batch_no: 1,
        stage: DeliveryStage::Packing,
        owner: None,
        forecast_at: Some(moment("09-28 10:00")),
        cause: Some(DelayCause::Material),
    };
    w.must("sunli", &deal, &[], keep).await;
    assert!(kuaidan::jobs::remind_deliveries(&w.app).await.is_ok());
    assert!(!kinds(&w, "hejun").await.contains(&"stage_stale".to_owned()), "a working day has not passed");
    w.at("09-23 09:01");
    kuaidan::jobs::remind_deliveries(&w.app).await.expect("reminded");
    let count = |kinds: Vec<String>, kind: &str| kinds.into_iter().filter(|k| k == kind).count();
    assert_eq!(count(kinds(&w, "hejun").await, "stage_stale"), 1, "who counted keeps making ready");
    assert_eq!(count(kinds(&w, "sunli").await, "exception_overdue"), 1, "nobody answered the delay");
    assert_eq!(count(kinds(&w, "wangmin").await, "delay_owed"), 1, "two working days before the promise");
    kuaidan::jobs::remind_deliveries(&w.app).await.expect("reminded");
    assert_eq!(count(kinds(&w, "wangmin").await, "delay_owed"), 1, "once");
}

/// The delivery page as the owner reads it now.
async fn page(w: &World, deal: &str) -> String {
    let mut b = Browser::at(w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/delivery")).await;
    b.text()
}

#[tokio::test]
async fn a_customer_who_should_have_heard_of_a_delay_is_told_at_once() {
    let w = World::new().await;
    let plan = Plan::default();
    let deal = w.deal_at(Stage::Paid, &plan).await;
    let late = w.deal_at(Stage::Accepted, &plan).await;
    let stage = Command::KeepStage {
        line: goods(&order_of(&w, &deal).await),
        batch_no: 1,
        stage: DeliveryStage::Packing,
        owner: None,
        forecast_at: Some(moment("09-25 10:00")),
        cause: Some(DelayCause::Material),
    };
    w.at("09-21 10:00");
    w.must("sunli", &deal, &[], stage).await;
    let before = page(&w, &deal).await;
    assert!(before.contains("前告知客户延误") && !before.contains("应立即"), "{before}");
    w.at("09-23 11:00");
    let after = page(&w, &deal).await;
    assert!(after.contains("应立即告知客户延误（原应在") && !after.contains("须在"), "{after}");
    // An order of the day before its promise: two working days ahead it was not there yet.
    w.bring_to(Stage::OrderConfirmed, &late, &plan).await;
    w.at("09-24 10:00");
    let order = order_of(&w, &late).await;
    assert_eq!(batch(&w, &order).notice_due_at, Some(moment("09-23 09:00")));
    let told = page(&w, &late).await;
    assert!(told.contains("应立即告知客户延误") && !told.contains("原应在"), "{told}");
}

#[tokio::test]
async fn goods_arrive_when_they_arrived_and_not_when_somebody_typed_it() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Packed, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    w.bring_to(Stage::Paid, &deal, &plan).await;
    w.ship(&deal, some(line, dec!(10)), "DPK2026091801").await;
    let shipment = order_of(&w, &deal).await.shipments[0].id;
    w.must("hejun", &deal, &[], Command::HandOver { shipment }).await;
    w.at("09-18 19:43");
    let heard = Command::NoteTransit {
        shipment,
        text: "已到苏州网点".to_owned(),
        eta: Some(kuaidan::domain::calendar::local_date(moment("09-19 09:00"))),
        arrived_at: Some(moment("09-18 08:30")),
    };
    w.must("hejun", &deal, &[], heard).await;
    let ended = |order: &Order| {
        let seen = batch(&w, order);
        seen.stages.iter().find(|s| s.stage == DeliveryStage::Transit).and_then(|s| s.ended_at)
    };
    assert_eq!(ended(&order_of(&w, &deal).await), Some(moment("09-18 08:30")));
    let page = crate::public::link(&w, &deal, kuaidan::domain::link::LinkPurpose::Track).await;
    let mut b = Browser::at(&w).await;
    b.open(&page).await;
    assert!(b.sees("9月18日 周五 08:30 到达") && !b.sees("预计到达") && !b.sees("19:43"), "{}", b.text());
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/delivery")).await;
    assert!(b.sees("9月18日 周五 08:30 到达") && b.sees("货物已于 9月18日 周五 08:30 到达。"), "{}", b.text());
}

#[tokio::test]
async fn without_a_note_of_the_arrival_the_signature_tells_when_goods_were_there() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    w.at("09-18 19:41");
    super::sign(&w, &deal, 1, |s| s.signed_at = moment("09-18 10:00")).await;
    let seen = batch(&w, &order_of(&w, &deal).await);
    let ended = |stage| seen.stages.iter().find(|s| s.stage == stage).and_then(|s| s.ended_at);
    assert_eq!(ended(DeliveryStage::Transit), Some(moment("09-18 10:00")));
    assert_eq!(ended(DeliveryStage::SignOff), Some(moment("09-18 10:00")));
}
