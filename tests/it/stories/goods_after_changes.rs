//! Goods of an order that becomes another or ends (DOMAIN 7.2, 7.5, 7.7, 8): what was made to the former
//! specification, entries of the warehouse and shipments that no longer fit, and dates that move.

use crate::delivery::{goods, order_of, pass, produce, send, some};
use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use chrono::{DateTime, Utc};
use kuaidan::app::{Asked, ChangeInput, Done, Failure};
use kuaidan::domain::change::{
    Answer, Bearer, ChangeDraft, ChangeReason, ChangeStatus, Delay, Impact, Loss, Request, current_content,
};
use kuaidan::domain::delivery::{DelayCause, ToldBy};
use kuaidan::domain::order::{OrderStatus, ShipmentStatus};
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::requirement::{Channel, RequirementConfirmMethod};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};
use rust_decimal::{Decimal, dec};

const FILE: Command = Command::FileChange { call_back: None };

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

/// Paid after the delivery, so that no money stands in the way of fewer.
fn later_paid(quantity: Decimal) -> Plan {
    Plan {
        lines: vec![("QM-65", quantity, None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        partial_allowed: true,
        ..Plan::default()
    }
}

async fn written(w: &World, deal: &str, with: impl FnOnce(&mut ChangeDraft)) {
    let content = current_content(&w.case(deal).await).expect("a requirement");
    let request = Request {
        contact: Some("李娜".to_owned()),
        received_at: w.now(),
        channel: Channel::Phone,
        reason: ChangeReason::Customer,
        note: None,
        correction: None,
        delay: None,
    };
    let impact = Impact::default();
    let mut draft = ChangeDraft { content, wish: None, request, impact, offer: None, urgency: None, invoice: None };
    with(&mut draft);
    let input = ChangeInput { draft, prices: Vec::new(), terms: None };
    w.must("wangmin", deal, &[], Asked::Change(Box::new(input))).await;
}

async fn answered(w: &World, deal: &str) {
    let duties = w.case(deal).await.change.expect("a change").duties;
    for duty in duties {
        let login = match duty.department {
            Department::Technical => "zhoukai",
            Department::Production => "zhengwei",
            Department::Finance => "wufang",
            Department::Warehouse => "sunli",
            Department::Logistics => "hejun",
            _ => "liqiang",
        };
        let loss = (duty.department == Department::Sales).then(no_loss);
        let answer = Answer::Possible;
        let says = Command::AcknowledgeChange { department: duty.department, answer, comment: None, loss };
        w.must(login, deal, &[], says).await;
    }
}

fn no_loss() -> Loss {
    Loss { amount: Decimal::ZERO, borne_by: Bearer::NoLoss }
}

fn approve(borne_by: Option<Bearer>) -> Command {
    let loss = borne_by.map(|borne_by| Loss { amount: dec!(3000), borne_by });
    Command::ApproveChange { comment: Some("同意".to_owned()), loss }
}

async fn confirmed(w: &World, deal: &str) {
    let file = w.pdf("变更确认").await;
    let command = Command::ConfirmChange {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file: Some(file.id),
        at: w.now(),
    };
    w.must("wangmin", deal, &[file], command).await;
    assert_eq!(w.case(deal).await.change.expect("a change").status, ChangeStatus::Effective);
}

/// On hand and reserved.
async fn stock(w: &World) -> (Decimal, Decimal) {
    let mut conn = w.database.app_connection().await;
    sqlx::query_as("SELECT on_hand, reserved FROM stock WHERE product_id = $1")
        .bind(w.product("QM-65").id.0)
        .fetch_one(&mut conn)
        .await
        .expect("a stock row")
}

#[tokio::test]
async fn another_specification_in_production_stops_the_machine_and_scraps_what_was_made() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &later_paid(dec!(45))).await;
    produce(&w, &deal, dec!(3)).await;
    pass(&w, &deal, dec!(2)).await;
    assert_eq!(stock(&w).await, (dec!(42), dec!(42)));
    written(&w, &deal, |d| d.content.lines[0].spec = "65 寸，防护等级 IP54".to_owned()).await;
    w.must("wangmin", &deal, &[], FILE).await;
    let line = goods(&order_of(&w, &deal).await);
    let more = || Command::RecordProduction { work_order: None, quantities: some(line, dec!(1)), scrap: Vec::new() };
    let found = blockers(w.act("zhengwei", &deal, &[], more()).await);
    assert_eq!(found, [Blocker::LineChanging { line: 1, no: "BG-20260917-001".to_owned() }]);
    answered(&w, &deal).await;
    assert_eq!(blockers(w.act("chenjing", &deal, &[], approve(None)).await), [Blocker::LossMissing]);
    w.must("chenjing", &deal, &[], approve(Some(Bearer::Us))).await;
    confirmed(&w, &deal).await;
    let l = order_of(&w, &deal).await.lines.remove(0);
    assert_eq!(l.spec, "65 寸，防护等级 IP54");
    assert_eq!((l.produced, l.passed, l.scrapped, l.reserved), (dec!(0), dec!(0), dec!(3), dec!(40)));
    assert_eq!(stock(&w).await, (dec!(40), dec!(40)), "the two that had passed left the shelf");
    w.must("zhengwei", &deal, &[], more()).await;
}

#[tokio::test]
async fn ten_picked_and_not_counted_do_not_hold_six_up() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &later_paid(dec!(10))).await;
    let line = goods(&order_of(&w, &deal).await);
    let pick = |quantity| Command::RecordPicking { quantities: some(line, quantity), location: None };
    w.must("sunli", &deal, &[], pick(dec!(10))).await;
    fewer(&w, &deal, dec!(6), None).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.lines[0].picked, order.lines[0].reserved), (dec!(0), dec!(6)));
    assert!(order.tracking.pickings.iter().all(|p| !p.waits()), "the entry of ten is void");
    w.must("sunli", &deal, &[], pick(dec!(6))).await;
    w.check_pickings(&deal).await;
    assert_eq!(order_of(&w, &deal).await.lines[0].checked, dec!(6));
}

/// Another quantity of the first line, through every answer to the customer's yes.
pub async fn fewer(w: &World, deal: &str, quantity: Decimal, borne_by: Option<Bearer>) {
    written(w, deal, |d| d.content.lines[0].quantity = quantity).await;
    w.must("wangmin", deal, &[], FILE).await;
    answered(w, deal).await;
    w.must("chenjing", deal, &[], approve(borne_by)).await;
    confirmed(w, deal).await;
}

#[tokio::test]
async fn a_shipment_that_holds_more_than_is_wanted_is_dropped_and_frees_its_waybill() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Packed, &later_paid(dec!(10))).await;
    let line = goods(&order_of(&w, &deal).await);
    let arrange = |quantity| Command::ArrangeShipment {
        quantities: some(line, quantity),
        way: sample::carried("德邦", "DPK2026092201"),
    };
    w.must("hejun", &deal, &[], arrange(dec!(10))).await;
    fewer(&w, &deal, dec!(6), None).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.shipments[0].status, order.lines[0].packed), (ShipmentStatus::Void, dec!(6)));
    w.must("hejun", &deal, &[], arrange(dec!(6))).await;
    w.post_shipment(&deal).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::Shipped);
}

#[tokio::test]
async fn nothing_waits_to_leave_once_an_order_is_cancelled_or_its_rest_given_up() {
    for kind in [StopKind::Cancel, StopKind::ShortClose] {
        let w = World::new().await;
        let deal = w.deal_at(Stage::OrderConfirmed, &later_paid(dec!(10))).await;
        let line = goods(&order_of(&w, &deal).await);
        let mut left = 0;
        if kind == StopKind::ShortClose {
            send(&w, &deal, dec!(4), "DPK2026092201").await;
            left = 1;
        }
        let pick = |quantity| Command::RecordPicking { quantities: some(line, quantity), location: None };
        w.must("sunli", &deal, &[], pick(dec!(5))).await;
        w.check_pickings(&deal).await;
        let pack = Command::RecordPacking { quantities: some(line, dec!(5)), ticked: Vec::new() };
        w.must("sunli", &deal, &[], pack).await;
        let way = sample::carried("德邦", "DPK2026092202");
        w.must("hejun", &deal, &[], Command::ArrangeShipment { quantities: some(line, dec!(5)), way }).await;
        w.must("sunli", &deal, &[], pick(dec!(1))).await;
        let ask = Command::RequestStop { kind, reason: StopReason::Customer, text: "客户项目取消".to_owned() };
        w.must("wangmin", &deal, &[], ask).await;
        let comment = Some("按合同办理，已告知客户".to_owned());
        let decide = Command::DecideStop { answer: StopAnswer::Granted, comment, cost: Some(no_loss()) };
        let decider = if kind == StopKind::Cancel { "chenjing" } else { "liqiang" };
        w.must(decider, &deal, &[], decide).await;
        let order = order_of(&w, &deal).await;
        assert_eq!(order.shipments[left].status, ShipmentStatus::Void, "{kind:?}");
        assert!(order.waiting_shipments().next().is_none() && order.tracking.pickings.iter().all(|p| !p.waits()));
    }
}

#[tokio::test]
async fn six_made_beside_forty_from_the_shelf_are_part_of_the_lower_bound() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &later_paid(dec!(46))).await;
    produce(&w, &deal, dec!(6)).await;
    send(&w, &deal, dec!(40), "DPK2026092201").await;
    written(&w, &deal, |d| d.content.lines[0].quantity = dec!(42)).await;
    w.must("wangmin", &deal, &[], FILE).await;
    answered(&w, &deal).await;
    assert_eq!(blockers(w.act("chenjing", &deal, &[], approve(None)).await), [Blocker::LossMissing]);
    let ours = approve(Some(Bearer::Us));
    assert_eq!(blockers(w.act("chenjing", &deal, &[], ours).await), [Blocker::WasteNotBorne]);
    w.must("chenjing", &deal, &[], approve(Some(Bearer::Customer))).await;
    confirmed(&w, &deal).await;
    let l = order_of(&w, &deal).await.lines.remove(0);
    assert_eq!((l.quantity, l.produced, l.scrapped, l.shipped), (dec!(42), dec!(2), dec!(4), dec!(40)));
}

/// The two batches: the first promise, the one that holds, and what its last move is put down to.
async fn promises(w: &World, deal: &str) -> Vec<(DateTime<Utc>, DateTime<Utc>, Option<DelayCause>)> {
    let batches = order_of(w, deal).await.tracking.batches;
    batches.iter().map(|b| (b.original_at, b.promised_at, b.slips.last().map(|s| s.cause))).collect()
}

#[tokio::test]
async fn a_date_that_moves_takes_along_only_the_batches_it_is_about() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &later_paid(dec!(10))).await;
    let line = goods(&order_of(&w, &deal).await);
    let (first, last) = (moment("09-21 18:00"), moment("09-24 18:00"));
    let batches = vec![(dec!(4), first), (dec!(6), last)];
    w.must("wangmin", &deal, &[], Command::PlanBatches { line, batches }).await;

    // The customer wants all of it earlier: the first batch was promised before that anyway.
    let sooner = moment("09-23 18:00");
    written(&w, &deal, |d| d.content.wanted_at = sooner).await;
    w.must("wangmin", &deal, &[], FILE).await;
    answered(&w, &deal).await;
    confirmed(&w, &deal).await;
    assert_eq!(
        promises(&w, &deal).await,
        [(first, first, None), (last, sooner, Some(DelayCause::Customer))],
        "no promise slips by a wish for an earlier date"
    );

    // We are late ourselves: said why, and what the customer was told.
    let late = moment("09-28 18:00");
    let ours = |d: &mut ChangeDraft| {
        d.content.wanted_at = late;
        d.request.contact = None;
        d.request.reason = ChangeReason::Ours;
    };
    written(&w, &deal, ours).await;
    assert!(blockers(w.act("wangmin", &deal, &[], FILE).await).contains(&Blocker::DelayUnexplained));
    let said = "面板缺料，余下六台 9 月 28 日送到".to_owned();
    written(&w, &deal, |d| {
        ours(d);
        d.request.delay = Some(Delay { cause: DelayCause::Material, told: said.clone() });
    })
    .await;
    w.must("wangmin", &deal, &[], FILE).await;
    answered(&w, &deal).await;
    assert_eq!(
        promises(&w, &deal).await,
        [(first, first, None), (last, late, Some(DelayCause::Material))],
        "only what carried the last promise is put off"
    );
    let order = order_of(&w, &deal).await;
    assert_eq!(order.promised_at, late);
    assert_eq!(order.tracking.batches[1].slips.last().map(|s| s.told.clone()), Some(said));
}

#[tokio::test]
async fn a_line_that_was_promised_before_the_new_date_keeps_its_own() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("QM-65", dec!(5), None), ("QM-86", dec!(2), None)], ..later_paid(dec!(5)) };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let (first, second, wished) = (moment("09-24 18:00"), moment("09-28 18:00"), moment("09-26 18:00"));
    let slip = Command::SlipPromise {
        line: order_of(&w, &deal).await.lines[1].id,
        batch_no: 1,
        to: second,
        cause: DelayCause::Material,
        reason: "面板到货推迟".to_owned(),
        told: "QM-86 改到 9 月 28 日".to_owned(),
        channel: ToldBy::Phone,
    };
    w.must("wangmin", &deal, &[], slip).await;
    written(&w, &deal, |d| d.content.wanted_at = wished).await;
    w.must("wangmin", &deal, &[], FILE).await;
    answered(&w, &deal).await;
    confirmed(&w, &deal).await;
    let order = order_of(&w, &deal).await;
    assert_eq!(order.lines.iter().map(|l| l.promised_at).collect::<Vec<_>>(), [first, wished]);
    assert_eq!(order.promised_at, wished);
    let held: Vec<_> = order.tracking.batches.iter().map(|b| (b.promised_at, b.slips.len())).collect();
    assert_eq!(held, [(first, 0), (wished, 2)]);
}
