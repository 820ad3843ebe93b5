//! Exceptions: opened by a difference or a failure by themselves, planned, goods taken back, closed.

use super::{blockers, goods, order_of, pass, produce, sell, send, shipment, sign, some};
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use kuaidan::app::{Done, Failure};
use kuaidan::domain::delivery::{
    Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, ExceptionStatus, Inspection, ReturnFreight,
    ReturnOutcome, Severity,
};
use kuaidan::domain::ids::{ExceptionId, OrderLineId, ShipmentId};
use kuaidan::domain::order::{OrderStatus, ShipmentStatus};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command, LineQuantity, Waiver};
use rust_decimal::{Decimal, dec};

fn why(result: Result<Done, Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        Err(other) => panic!("not denied but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

/// Ten panels signed for, or as many as `received`.
async fn delivered(w: &World, received: Decimal) -> String {
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let line = goods(&order_of(w, &deal).await);
    w.at("09-18 10:00");
    sign(w, &deal, 1, |s| s.received = some(line, received)).await;
    deal
}

async fn plan_it(w: &World, deal: &str, exception: ExceptionId, disposition: Disposition) {
    let plan = ExceptionPlan {
        disposition,
        text: "按约定处理".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(2),
        department: Department::Logistics,
        cost: Some(dec!(80.00)),
    };
    w.must("hejun", deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
}

fn back(
    line: OrderLineId,
    exception: ExceptionId,
    shipment: ShipmentId,
    quantity: Decimal,
    inspection: Inspection,
    outcome: ReturnOutcome,
) -> Command {
    Command::SettleReturn {
        exception,
        shipment,
        quantities: vec![LineQuantity { line, quantity }],
        inspection,
        outcome,
        freight: ReturnFreight::Carrier,
    }
}

async fn stock(w: &World) -> (Decimal, Decimal) {
    let mut owner = w.database.owner_connection().await;
    sqlx::query_as("SELECT on_hand, reserved FROM stock WHERE product_id = $1")
        .bind(w.product("QM-65").id.0)
        .fetch_one(&mut owner)
        .await
        .expect("a stock row")
}

#[tokio::test]
async fn a_difference_opens_an_exception_and_holds_the_order_until_it_is_settled() {
    let w = World::new().await;
    let deal = delivered(&w, dec!(8)).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, order.shipments[0].status), (OrderStatus::Shipped, ShipmentStatus::PartlySigned));
    let found = order.tracking.exceptions[0].clone();
    assert_eq!(
        (found.facts.kind, found.facts.quantity, found.is_automatic),
        (ExceptionKind::ShortOrWrong, Some(dec!(2)), true)
    );
    assert_eq!(found.no, "YC-20260918-001");
    assert_eq!((found.response_due_at, found.plan_due_at), (moment("09-18 12:00"), moment("09-20 10:00")));
    let (line, sent) = (goods(&order), order.shipments[0].id);
    let (on_hand, _) = stock(&w).await;
    assert_eq!(on_hand, dec!(30));

    let answer = Command::AnswerException { exception: found.id, text: "承运商确认丢失两台".to_owned() };
    w.must("hejun", &deal, &[], answer.clone()).await;
    assert_eq!(blockers(w.act("hejun", &deal, &[], answer).await), [Blocker::ExceptionAnswered]);
    let lost = |quantity| back(line, found.id, sent, quantity, Inspection::Lost, ReturnOutcome::Replace);
    assert_eq!(blockers(w.act("sunli", &deal, &[], lost(dec!(2))).await), [Blocker::ExceptionNotPlanned]);
    plan_it(&w, &deal, found.id, Disposition::Resend).await;
    let close =
        || Command::CloseException {
            exception: found.id, outcome: "已补发两台".to_owned(), cost: Some(dec!(120))
        };
    let no = order.shipments[0].no.clone();
    assert_eq!(blockers(w.act("hejun", &deal, &[], close()).await), [Blocker::DifferenceOpen { no }]);
    // What the customer signed for is not lost.
    let found = blockers(w.act("sunli", &deal, &[], lost(dec!(3))).await);
    assert_eq!(found, [Blocker::MoreThanReady { line: 1, ready: dec!(2) }]);
    w.must("sunli", &deal, &[], lost(dec!(2))).await;
    let found = blockers(w.act("sunli", &deal, &[], lost(dec!(1))).await);
    assert_eq!(found, [Blocker::MoreThanReady { line: 1, ready: dec!(0) }]);
    let order = order_of(&w, &deal).await;
    // Two are reserved again from the shelf, and nothing came into stock.
    assert_eq!((order.lines[0].reserved, order.lines[0].shipped, order.lines[0].signed), (dec!(10), dec!(8), dec!(8)));
    assert_eq!((order.status, stock(&w).await), (OrderStatus::PartiallyShipped, (dec!(30), dec!(2))));
    w.must("hejun", &deal, &[], close()).await;
    send(&w, &deal, dec!(2), "DPK2026091802").await;
    sign(&w, &deal, 2, |_| ()).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, order.progress()), (OrderStatus::Signed, 100));
    assert_eq!(order.tracking.exceptions[0].status, ExceptionStatus::Closed);
    assert_eq!(order.tracking.exceptions[0].cost, Some(dec!(120)));
    w.must("wangmin", &deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Waived }).await;
}

#[tokio::test]
async fn refused_goods_come_back_into_stock_and_a_credit_waits_for_its_note() {
    let w = World::new().await;
    let deal = delivered(&w, dec!(0)).await;
    let order = order_of(&w, &deal).await;
    let refused = order.tracking.exceptions[0].clone();
    assert_eq!((refused.facts.kind, refused.facts.severity), (ExceptionKind::Refused, Severity::Severe));
    assert_eq!(order.shipments[0].status, ShipmentStatus::Refused);
    let (line, sent) = (goods(&order), order.shipments[0].id);
    plan_it(&w, &deal, refused.id, Disposition::TakeBack).await;
    let before = order.progress();
    w.must("sunli", &deal, &[], back(line, refused.id, sent, dec!(10), Inspection::Good, ReturnOutcome::Credit)).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.shipments[0].status, order.lines[0].credited), (ShipmentStatus::Returned, dec!(10)));
    assert_eq!((order.lines[0].due(), stock(&w).await), (dec!(0), (dec!(40), dec!(0))));
    assert!(before < 100);
    // Closed by management only, not by the person who recorded the refusal, and not without the red-letter invoice.
    let close =
        || Command::CloseException { exception: refused.id, outcome: "已退货并退款".to_owned(), cost: None };
    assert_eq!(why(w.act("hejun", &deal, &[], close()).await), DeniedWhy::SevereException);
    assert_eq!(why(w.act("wangmin", &deal, &[], close()).await), DeniedWhy::SevereException);
    assert_eq!(blockers(w.act("liqiang", &deal, &[], close()).await), [Blocker::CreditNoteMissing]);
    let note =
        Command::RecordCreditNote { goods_return: order.tracking.returns[0].id, no: "24442000000012345678".to_owned() };
    assert_eq!(why(w.act("wangmin", &deal, &[], note.clone()).await), DeniedWhy::Role);
    w.must("wufang", &deal, &[], note.clone()).await;
    assert_eq!(blockers(w.act("wufang", &deal, &[], note).await), [Blocker::NoCreditNoteOwed]);
    w.must("liqiang", &deal, &[], close()).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.progress(), order.status), (100, OrderStatus::Signed), "nothing is left to deliver");
}

#[tokio::test]
async fn goods_returned_after_the_signature_reopen_the_line() {
    let w = World::new().await;
    let deal = delivered(&w, dec!(10)).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, order.tracking.exceptions.len()), (OrderStatus::Signed, 0));
    let (line, sent) = (goods(&order), order.shipments[0].id);
    let facts = ExceptionFacts {
        kind: ExceptionKind::Replace,
        severity: Severity::Normal,
        department: Department::Warehouse,
        line: Some(line),
        shipment: Some(sent),
        quantity: Some(dec!(3)),
        text: "三台屏幕有坏点".to_owned(),
        cause: None,
        new_date: None,
        attempts: None,
        freight_payer: Some(ReturnFreight::Seller),
        claim_no: None,
        file: None,
        found_at: w.now(),
    };
    let too_many = ExceptionFacts { quantity: Some(dec!(11)), ..facts.clone() };
    let open = |facts| Command::OpenException(Box::new(facts));
    assert_eq!(
        blockers(w.act("wangmin", &deal, &[], open(too_many)).await),
        [Blocker::MoreThanReady { line: 1, ready: dec!(10) }]
    );
    w.must("wangmin", &deal, &[], open(facts)).await;
    let exception = order_of(&w, &deal).await.tracking.exceptions[0].id;
    let complete = || Command::CompleteOrder { waive_inspection: Waiver::Waived };
    let open = Blocker::ExceptionOpen { no: "YC-20260918-001".to_owned() };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], complete()).await), [open]);
    plan_it(&w, &deal, exception, Disposition::Replace).await;
    w.must("sunli", &deal, &[], back(line, exception, sent, dec!(3), Inspection::Damaged, ReturnOutcome::Replace))
        .await;
    let order = order_of(&w, &deal).await;
    assert_eq!(
        (order.status, order.lines[0].signed, order.lines[0].returned),
        (OrderStatus::PartiallyShipped, dec!(7), dec!(3))
    );
    assert!(order.progress() < 100, "the line is open again");
    // Damaged goods are not stock.
    assert_eq!(stock(&w).await, (dec!(30), dec!(3)));
    assert_eq!(
        blockers(
            w.act("sunli", &deal, &[], back(line, exception, sent, dec!(8), Inspection::Good, ReturnOutcome::Credit))
                .await
        ),
        [Blocker::MoreThanReady { line: 1, ready: dec!(7) }]
    );
    w.at("09-21 10:00");
    send(&w, &deal, dec!(3), "DPK2026092101").await;
    sign(&w, &deal, 2, |_| ()).await;
    let close = Command::CloseException { exception, outcome: "已换货".to_owned(), cost: None };
    w.must("liqiang", &deal, &[], close).await;
    w.must("wangmin", &deal, &[], complete()).await;
}

#[tokio::test]
async fn what_fails_in_quality_control_is_reworked_or_scrapped() {
    let mut w = World::new().await;
    sell(&mut w, "GP-9", "礼盒", dec!(0), dec!(40)).await;
    let plan = Plan {
        lines: vec![("GP-9", dec!(10), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    produce(&w, &deal, dec!(10)).await;
    let fail = |quantity, cause: Option<&str>| Command::RecordQc {
        passed: Vec::new(),
        failed: Some(LineQuantity { line, quantity }),
        cause: cause.map(str::to_owned),
    };
    assert_eq!(blockers(w.act("zhengwei", &deal, &[], fail(dec!(2), None)).await), [Blocker::QcCauseMissing]);
    w.must("zhengwei", &deal, &[], fail(dec!(2), Some("印刷偏色"))).await;
    w.must("zhengwei", &deal, &[], fail(dec!(1), Some("压痕"))).await;
    assert_eq!(
        blockers(w.act("zhengwei", &deal, &[], fail(dec!(8), Some("偏色"))).await),
        [Blocker::MoreThanReady { line: 1, ready: dec!(7) }]
    );
    let order = order_of(&w, &deal).await;
    let (first, second) = (order.tracking.exceptions[0].id, order.tracking.exceptions[1].id);
    assert_eq!(order.lines[0].failed, dec!(3));
    let decide = |exception, disposition| Command::PlanException {
        exception,
        plan: Box::new(ExceptionPlan {
            disposition,
            text: "按质检意见".to_owned(),
            due_at: w.now() + chrono::TimeDelta::days(1),
            department: Department::Production,
            cost: None,
        }),
    };
    assert_eq!(
        blockers(w.act("zhengwei", &deal, &[], decide(first, Disposition::Resend)).await),
        [Blocker::FailureUndecided]
    );
    w.must("zhengwei", &deal, &[], decide(first, Disposition::Rework)).await;
    w.must("zhengwei", &deal, &[], decide(second, Disposition::Scrap)).await;
    let order = order_of(&w, &deal).await;
    let l = &order.lines[0];
    assert_eq!(
        (l.failed, l.scrapped, l.produced, l.to_check(), l.shortage()),
        (dec!(0), dec!(1), dec!(9), dec!(9), dec!(1))
    );
    pass(&w, &deal, dec!(9)).await;
    produce(&w, &deal, dec!(1)).await;
    pass(&w, &deal, dec!(1)).await;
    // Whoever made them may close, as it is not severe.
    for exception in [first, second] {
        let close = Command::CloseException { exception, outcome: "已处理".to_owned(), cost: None };
        w.must("zhengwei", &deal, &[], close).await;
    }
    send(&w, &deal, dec!(10), "DPK2026091701").await;
    assert_eq!(shipment(&order_of(&w, &deal).await, 1).lines[0].quantity, dec!(10));
}

#[tokio::test]
async fn counted_goods_move_in_whole_pieces() {
    let w = World::new().await;
    let deal = delivered(&w, dec!(8)).await;
    let order = order_of(&w, &deal).await;
    let (line, sent) = (goods(&order), order.shipments[0].id);
    let exception = order.tracking.exceptions[0].id;
    plan_it(&w, &deal, exception, Disposition::TakeBack).await;
    let back = back(line, exception, sent, dec!(0.5), Inspection::Good, ReturnOutcome::Credit);
    assert_eq!(blockers(w.act("sunli", &deal, &[], back).await), [Blocker::NotWhole { line: 1 }]);
    let facts = ExceptionFacts {
        shipment: Some(sent),
        line: Some(line),
        quantity: Some(dec!(1.5)),
        ..order.tracking.exceptions[0].facts.clone()
    };
    let open = Command::OpenException(Box::new(facts));
    assert_eq!(blockers(w.act("wangmin", &deal, &[], open).await), [Blocker::NotWhole { line: 1 }]);

    let deal = w.deal_at(Stage::Packed, &Plan { partial_allowed: true, ..Plan::default() }).await;
    let line = goods(&order_of(&w, &deal).await);
    let way = crate::harness::sample::carried("德邦", "DPK2026091803");
    let arrange = Command::ArrangeShipment { quantities: some(line, dec!(0.75)), way };
    assert_eq!(blockers(w.act("hejun", &deal, &[], arrange).await), [Blocker::NotWhole { line: 1 }]);
    w.ship(&deal, some(line, dec!(4)), "DPK2026091803").await;
    let file = w.pdf("签收单").await;
    let mut signature = crate::harness::sample::signature(shipment(&order_of(&w, &deal).await, 1), file.id, w.now());
    signature.received = some(line, dec!(3.5));
    let signed = w.act("wangmin", &deal, &[file], Command::SignOff(Box::new(signature))).await;
    assert_eq!(blockers(signed), [Blocker::NotWhole { line: 1 }]);
}

#[tokio::test]
async fn short_and_damaged_goods_are_two_exceptions() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let line = goods(&order_of(&w, &deal).await);
    w.at("09-18 10:00");
    sign(&w, &deal, 1, |s| {
        s.received = some(line, dec!(8));
        s.appearance = kuaidan::domain::delivery::Appearance::Damaged;
        s.note = Some("两台外箱破损".to_owned());
    })
    .await;
    let opened = order_of(&w, &deal).await.tracking.exceptions;
    let told: Vec<_> = opened.iter().map(|e| (e.no.as_str(), e.facts.kind, e.facts.quantity)).collect();
    assert_eq!(
        told,
        [
            ("YC-20260918-001", ExceptionKind::ShortOrWrong, Some(dec!(2))),
            ("YC-20260918-002", ExceptionKind::Damage, None)
        ]
    );
    assert_eq!(opened[1].facts.text, "两台外箱破损");
}
