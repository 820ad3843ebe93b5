//! What warehouse and logistics say when an order is confirmed: asked at once, within four working hours,
//! told once for each rung, answered once by the department that was asked.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use crate::walls::Attacker;
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::order_stop::StopReason;
use kuaidan::domain::pledge::{Pledge, PledgeAnswer};
use kuaidan::domain::requirement::DeliveryMode;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::jobs::{Did, sweep};

async fn ordered(w: &World) -> String {
    w.deal_at(Stage::OrderConfirmed, &Plan::default()).await
}

async fn pledges(w: &World, deal: &str) -> Vec<Pledge> {
    w.case(deal).await.order.expect("an order").pledges
}

fn give(department: Department, answer: PledgeAnswer, note: Option<&str>) -> Command {
    Command::GivePledge { department, answer, note: note.map(str::to_owned) }
}

async fn notices(w: &World, like: &str) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT p.login, o.kind FROM outbox o JOIN person p ON p.id = o.recipient_id WHERE o.kind LIKE $1 ORDER BY o.kind, p.login",
    )
    .bind(like)
    .fetch_all(&mut w.database.app_connection().await)
    .await
    .expect("readable")
}

fn pairs(found: &[(String, String)]) -> Vec<(&str, &str)> {
    found.iter().map(|(who, kind)| (who.as_str(), kind.as_str())).collect()
}

#[tokio::test]
async fn both_are_asked_at_once_and_answer_within_four_working_hours() {
    let w = World::new().await;
    let deal = ordered(&w).await;
    // Thursday 10:20; the lunch hour does not count.
    let asked = pledges(&w, &deal).await;
    let of: Vec<(Department, bool)> = asked.iter().map(|p| (p.department, p.due_at == moment("09-17 15:20"))).collect();
    assert_eq!(of, [(Department::Warehouse, true), (Department::Logistics, true)]);
    assert_eq!(pairs(&notices(&w, "give_pledge").await), [("hejun", "give_pledge"), ("sunli", "give_pledge")]);

    let mut store = Browser::at(&w).await;
    store.sign_in("sunli").await;
    assert!(store.sees("待确认备货或运力"), "{}", store.text());
    assert_eq!(store.open(&format!("/deals/{deal}/delivery")).await, StatusCode::OK);
    assert!(store.sees("订单所需的货能按期备齐吗？") && !store.sees("车辆、线路"), "{}", store.text());
    assert_eq!(store.choose("/pledge", "answer", "short").await, StatusCode::UNPROCESSABLE_ENTITY, "without a reason");
    assert!(store.sees("说明"), "{}", store.text());
    assert_eq!(store.choose("/pledge", "answer", "ready").await, StatusCode::OK);
    assert!(store.sees("备货没有问题"), "{}", store.text());
    let again = w.act("sunli", &deal, &[], give(Department::Warehouse, PledgeAnswer::Ready, None)).await;
    assert!(
        matches!(&again, Err(Failure::Blocked { blockers, .. }) if *blockers == [Blocker::NoPledgeOwed]),
        "{:?}",
        again.map_err(|f| told(&f))
    );
    let foreign = w.act("sunli", &deal, &[], give(Department::Logistics, PledgeAnswer::Ready, None)).await;
    assert!(matches!(foreign, Err(Failure::Denied(_))), "another department's word");
    let own = w.act("wangmin", &deal, &[], give(Department::Logistics, PledgeAnswer::Ready, None)).await;
    assert!(matches!(own, Err(Failure::Denied(_))), "not the rep's");
    w.must("hejun", &deal, &[], give(Department::Logistics, PledgeAnswer::Short, Some("周三以前没有车"))).await;
    assert_eq!(pairs(&notices(&w, "pledge%").await), [("wangmin", "pledge_short")], "the rep hears at once");
}

#[tokio::test]
async fn silence_is_told_rung_by_rung_and_stops_nothing() {
    let w = World::new().await;
    let deal = ordered(&w).await;
    w.must("sunli", &deal, &[], give(Department::Warehouse, PledgeAnswer::Ready, None)).await;
    let look = async |at: &str| {
        w.at(at);
        sweep(&w.app).await.expect("a look")
    };
    assert_eq!(look("09-17 14:19").await, Did::Idle);
    look("09-17 14:20").await;
    assert_eq!(pairs(&notices(&w, "pledge%").await), [("hejun", "pledge_reminder")]);
    assert_eq!(look("09-17 14:21").await, Did::Idle);
    look("09-17 15:20").await;
    let late = notices(&w, "pledge_overdue").await;
    assert_eq!(pairs(&late), [("hejun", "pledge_overdue"), ("wangmin", "pledge_overdue")]);
    look("09-18 10:20").await;
    assert_eq!(notices(&w, "pledge_escalated").await.len(), 1);
    assert_eq!(look("09-18 11:00").await, Did::Idle);
    // Nine hours late on Monday at nine: it stands on the daily list.
    look("09-21 09:00").await;
    let on_list: bool = sqlx::query_scalar(
        "SELECT payload -> 'rows' @> '[{\"what\": \"pledge\"}]' FROM outbox WHERE kind = 'overdue_digest' LIMIT 1",
    )
    .fetch_one(&mut w.database.app_connection().await)
    .await
    .expect("readable");
    assert!(on_list);
    w.bring_to(Stage::Paid, &deal, &Plan::default()).await;
    w.bring_to(Stage::Picked, &deal, &Plan::default()).await;

    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    assert_eq!(rep.open(&format!("/deals/{deal}/delivery")).await, StatusCode::OK);
    assert!(rep.sees("等待物流部确认") && !rep.sees("未答复"), "{}", rep.text());
    w.bring_to(Stage::Packed, &deal, &Plan::default()).await;
    w.bring_to(Stage::Shipped, &deal, &Plan::default()).await;
    assert_eq!(rep.open(&format!("/deals/{deal}/delivery")).await, StatusCode::OK);
    assert!(rep.sees("未答复") && !rep.sees("等待物流部确认"), "over when everything has left: {}", rep.text());
}

#[tokio::test]
async fn a_held_order_waits_without_a_clock() {
    let w = World::new().await;
    let deal = ordered(&w).await;
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    let mut section = async || {
        assert_eq!(rep.open(&format!("/deals/{deal}/delivery")).await, StatusCode::OK);
        let text = rep.text();
        let (_, rest) = text.split_once("备货与运力确认").expect("the section");
        rest.split_once("交付数量").expect("the next one").0.to_owned()
    };
    let before = section().await;
    assert!(before.contains("等待仓储部确认") && before.contains("15:20"), "{before}");
    w.must("chenjing", &deal, &[], Command::HoldOrder { reason: StopReason::Supply, text: "面板停产".to_owned() })
        .await;
    let held = section().await;
    assert!(held.contains("等待仓储部确认") && !held.contains("15:20"), "{held}");
}

#[tokio::test]
async fn who_collects_needs_no_vehicle() {
    let w = World::new().await;
    let deal = ordered(&w).await;
    let case = w.case(&deal).await;
    let order = case.order.as_ref().expect("an order");
    let asked = |mode| kuaidan::domain::pledge::asked(order, mode);
    assert_eq!(asked(DeliveryMode::PickUp), [Department::Warehouse]);
    assert_eq!(asked(DeliveryMode::Freight), [Department::Warehouse, Department::Logistics]);
}

#[tokio::test]
async fn the_database_takes_one_answer_from_the_department_alone() {
    let w = World::new().await;
    let deal = ordered(&w).await;
    let order = w.case(&deal).await.order.expect("an order").id;
    let sql = |by: &str, department: &str, answer: &str, note: &str| {
        format!(
            "UPDATE order_pledge SET given_by = '{}', given_at = '2026-09-17 08:00+00', answer = '{answer}', note = {note} WHERE order_id = '{order}' AND department = '{department}'",
            w.id(by)
        )
    };
    for (by, department) in
        [("wangmin", "warehouse"), ("hejun", "warehouse"), ("sunli", "logistics"), ("admin", "warehouse")]
    {
        let mut attacker = Attacker::app(&w).await.acting(w.id(by));
        attacker.refused(&sql(by, department, "ready", "NULL"), "42501", "department that was asked").await;
    }
    let mut store = Attacker::app(&w).await.acting(w.id("sunli"));
    store.refused(&sql("hejun", "warehouse", "ready", "NULL"), "42501", "department that was asked").await;
    store.refused(&sql("sunli", "warehouse", "short", "'缺'"), "23514", "order_pledge").await;
    let answered = sql("sunli", "warehouse", "ready", "NULL");
    store.succeeds("SELECT 1", &answered).await;
    store.refused_after(&answered, &sql("sunli", "warehouse", "short", "'其实没有货'"), "P0001", "final").await;
    store.refused(&format!("DELETE FROM order_pledge WHERE order_id = '{order}'"), "42501", "order_pledge").await;
}
