//! What still happens once an order is completed or its rest given up: goods come back, are replaced or
//! credited, and the completed order stays completed (DOMAIN 7.1, 7.7).

use super::{blockers, goods, order_of, send, sign, some};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::deal::DealStatus;
use kuaidan::domain::delivery::{
    Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, Inspection, ReturnFreight, ReturnOutcome, Severity,
    track,
};
use kuaidan::domain::ids::{ExceptionId, OrderLineId, ShipmentId};
use kuaidan::domain::order::OrderStatus;
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Action, Blocker, Command};
use rust_decimal::{Decimal, dec};

pub(super) fn defect(w: &World, line: OrderLineId, shipment: ShipmentId, quantity: Decimal) -> ExceptionFacts {
    ExceptionFacts {
        kind: ExceptionKind::Replace,
        severity: Severity::Normal,
        department: Department::Warehouse,
        line: Some(line),
        shipment: Some(shipment),
        quantity: Some(quantity),
        text: "用了一个月后屏幕不亮".to_owned(),
        cause: None,
        new_date: None,
        attempts: None,
        freight_payer: Some(ReturnFreight::Seller),
        claim_no: None,
        file: None,
        found_at: w.now(),
    }
}

async fn planned(w: &World, deal: &str, facts: ExceptionFacts, disposition: Disposition) -> ExceptionId {
    w.must("wangmin", deal, &[], Command::OpenException(Box::new(facts))).await;
    let exception = order_of(w, deal).await.tracking.exceptions.last().expect("opened").id;
    let plan = ExceptionPlan {
        disposition,
        text: "收回检测后处理".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(3),
        department: Department::Warehouse,
        cost: None,
    };
    w.must("hejun", deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    exception
}

fn back(exception: ExceptionId, shipment: ShipmentId, line: OrderLineId, outcome: ReturnOutcome) -> Command {
    Command::SettleReturn {
        exception,
        shipment,
        quantities: some(line, dec!(2)),
        inspection: Inspection::Damaged,
        outcome,
        freight: ReturnFreight::Seller,
    }
}

#[tokio::test]
async fn two_panels_are_replaced_a_month_after_the_order_was_completed() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    w.at("10-19 09:30");
    let order = order_of(&w, &deal).await;
    let (line, sent) = (goods(&order), order.shipments[0].id);
    // Nothing moves for a completed order as long as nothing came back.
    let pick = || Command::RecordPicking { quantities: some(line, dec!(2)), location: None };
    assert!(blockers(w.act("sunli", &deal, &[], pick()).await).contains(&Blocker::NothingToReplace));

    let exception = planned(&w, &deal, defect(&w, line, sent, dec!(2)), Disposition::Replace).await;
    w.must("sunli", &deal, &[], back(exception, sent, line, ReturnOutcome::Replace)).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.status, order.lines[0].signed), (OrderStatus::Completed, dec!(8)), "what is done stays done");
    assert!(order.progress() < 100 && order.owes_replacement());
    let seen = track(&order, &w.app.calendar, w.now());
    assert_eq!(seen.lines[0].batches[0].on_time, Some(true), "the promise was kept");
    assert!(!seen.has_stale() && seen.lines[0].batches[0].notice_due_at.is_none());

    send(&w, &deal, dec!(2), "DPK2026101901").await;
    w.at("10-20 15:00");
    sign(&w, &deal, 2, |_| ()).await;
    let close = Command::CloseException { exception, outcome: "已换新".to_owned(), cost: Some(dec!(120)) };
    w.must("liqiang", &deal, &[], close).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    assert_eq!((order.status, order.progress(), order.owes_replacement()), (OrderStatus::Completed, 100, false));
    assert_eq!(case.deal.expect("a deal").status, DealStatus::Completed);
    assert!(blockers(w.act("sunli", &deal, &[], pick()).await).contains(&Blocker::NothingToReplace));
    // One order, not two, in the customer's history.
    let mut app = w.database.app_connection().await;
    let completed: i64 = sqlx::query_scalar("SELECT count(*) FROM event WHERE kind = 'deal_completed'")
        .fetch_one(&mut app)
        .await
        .expect("a number");
    assert_eq!(completed, 1);
}

#[tokio::test]
async fn the_rep_records_it_on_the_page_of_the_completed_deal() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    w.at("10-19 09:30");
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/delivery")).await;
    assert!(rep.sees("交付异常"), "{}", rep.text());
    assert_eq!(rep.open(&format!("/deals/{deal}/exceptions")).await, StatusCode::OK);
    assert!(rep.sees("登记异常"), "{}", rep.text());
    // Late answers are told of although the deal is closed.
    let order = order_of(&w, &deal).await;
    let facts = defect(&w, goods(&order), order.shipments[0].id, dec!(1));
    w.must("wangmin", &deal, &[], Command::OpenException(Box::new(facts))).await;
    w.at("10-19 14:31");
    kuaidan::jobs::remind_deliveries(&w.app).await.expect("reminded");
    let mut warehouse = rep.another();
    warehouse.sign_in("sunli").await;
    warehouse.open("/notices").await;
    assert!(warehouse.sees("交付异常超过时限"), "{}", warehouse.text());
}

#[tokio::test]
async fn where_the_rest_was_given_up_what_comes_back_is_credited() {
    let w = World::new().await;
    let plan = Plan { partial_allowed: true, ..Plan::default() };
    let deal = w.deal_at(Stage::Paid, &plan).await;
    let line = goods(&order_of(&w, &deal).await);
    send(&w, &deal, dec!(6), "DPK2026091801").await;
    let ask = Command::RequestStop {
        kind: StopKind::ShortClose,
        reason: StopReason::Customer,
        text: "客户装修改期，余下四台不要了".to_owned(),
    };
    w.must("wangmin", &deal, &[], ask).await;
    let grant = Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None };
    w.must("liqiang", &deal, &[], grant).await;
    assert_eq!(order_of(&w, &deal).await.status, OrderStatus::ShortClosed);

    // One of six is missing when they sign: the exception opens by itself, and it can be worked off.
    w.at("09-18 15:00");
    sign(&w, &deal, 1, |s| s.received = some(line, dec!(4))).await;
    let order = order_of(&w, &deal).await;
    let (exception, sent) = (order.tracking.exceptions[0].id, order.shipments[0].id);
    let plan = ExceptionPlan {
        disposition: Disposition::Credit,
        text: "少的两台退款".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(3),
        department: Department::Logistics,
        cost: None,
    };
    w.must("hejun", &deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    let again = back(exception, sent, line, ReturnOutcome::Replace);
    assert_eq!(blockers(w.act("sunli", &deal, &[], again).await), [Blocker::NotReplacedAnyMore]);
    w.must("sunli", &deal, &[], back(exception, sent, line, ReturnOutcome::Credit)).await;
    let owed = order_of(&w, &deal).await.tracking.returns[0].id;
    let note = Command::RecordCreditNote { goods_return: owed, no: "31234567890123456789".to_owned() };
    w.must("wufang", &deal, &[], note).await;
    let close = Command::CloseException { exception, outcome: "已退款".to_owned(), cost: None };
    w.must("liqiang", &deal, &[], close).await;
    let order = order_of(&w, &deal).await;
    assert_eq!(
        (order.status, order.lines[0].signed, order.lines[0].credited),
        (OrderStatus::ShortClosed, dec!(4), dec!(2))
    );
}

/// The rows of a person's own list that name the deal.
async fn told(w: &World, login: &str, deal: &str) -> Vec<String> {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b.open("/work").await;
    let told: Vec<String> =
        b.words_of("[aria-labelledby=group-mine] tbody tr").into_iter().filter(|row| row.contains(deal)).collect();
    // The list that the count leads to holds the same.
    b.open("/deals?turn=mine&sort=due").await;
    assert_eq!(b.deals().iter().any(|no| no == deal), !told.is_empty(), "{login}: {told:?} in {}", b.text());
    told
}

#[tokio::test]
async fn a_replacement_of_a_completed_order_is_in_the_list_of_whoever_must_act() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    w.at("10-19 09:30");
    let people = ["wangmin", "sunli", "hejun", "liqiang", "zhengwei", "wufang"];
    for login in people {
        assert!(told(&w, login, &deal).await.is_empty(), "{login}: a completed deal waits for nobody");
    }
    // Whose list it is in, and in nobody else's.
    let only = async |whose: &str, what: &str| {
        for login in people {
            let rows = told(&w, login, &deal).await;
            assert_eq!(rows.len(), usize::from(login == whose), "{what}: {login} {rows:?}");
            assert!(rows.iter().all(|row| row.contains(what)), "{what}: {rows:?}");
        }
    };
    let order = order_of(&w, &deal).await;
    let (line, sent) = (goods(&order), order.shipments[0].id);
    let open = Command::OpenException(Box::new(defect(&w, line, sent, dec!(2))));
    w.must("wangmin", &deal, &[], open).await;
    only("sunli", "制定").await;
    let exception = order_of(&w, &deal).await.tracking.exceptions[0].id;
    let plan = ExceptionPlan {
        disposition: Disposition::Replace,
        text: "收回检测后换新".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(3),
        department: Department::Warehouse,
        cost: None,
    };
    w.must("sunli", &deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    only("sunli", "退").await;
    w.must("sunli", &deal, &[], back(exception, sent, line, ReturnOutcome::Replace)).await;
    let waiting = w.case(&deal).await;
    let (action, _) = kuaidan::domain::workflow::standing(&waiting).next.expect("somebody picks or makes");
    assert!(matches!(action, Action::RecordPicking | Action::RecordProduction), "{action:?}");
    send(&w, &deal, dec!(2), "DPK2026101901").await;
    only("hejun", "交").await;
    let shipment = order_of(&w, &deal).await.shipments.last().expect("sent again").id;
    w.must("hejun", &deal, &[], Command::HandOver { shipment }).await;
    only("wangmin", "签收").await;
    w.at("10-20 15:00");
    sign(&w, &deal, 2, |_| ()).await;
    only("liqiang", "关闭").await;
    let close = Command::CloseException { exception, outcome: "已换新".to_owned(), cost: Some(dec!(120)) };
    w.must("liqiang", &deal, &[], close).await;
    for login in people {
        assert!(told(&w, login, &deal).await.is_empty(), "{login}: all is done");
    }
}
