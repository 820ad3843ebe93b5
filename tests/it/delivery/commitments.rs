//! The word of warehouse and logistics for a confirmed order, within four working hours (DOMAIN 3.1).

use super::{blockers, order_of};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::Failure;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};

async fn kinds(w: &World, login: &str) -> Vec<String> {
    sqlx::query_scalar("SELECT kind FROM outbox WHERE recipient_id = $1 ORDER BY created_at")
        .bind(w.id(login).0)
        .fetch_all(&mut w.schema.app_connection().await)
        .await
        .expect("readable")
}

fn word(department: Department) -> Command {
    Command::CommitToOrder { department, note: None }
}

#[tokio::test]
async fn both_are_asked_with_the_order_and_reminded_when_they_are_late() {
    let w = World::new().await;
    w.at("09-17 16:00");
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    assert!(order_of(&w, &deal).await.commitments.is_empty(), "nobody is asked before the order stands");
    w.bring_to(Stage::OrderConfirmed, &deal, &Plan::default()).await;
    let asked = order_of(&w, &deal).await.commitments;
    let due: Vec<_> = asked.iter().map(|c| (c.department, c.due_at)).collect();
    let limit = moment("09-18 11:00");
    assert_eq!(due, [(Department::Warehouse, limit), (Department::Logistics, limit)], "16:00 + 4 working hours");
    for login in ["sunli", "hejun"] {
        assert!(kinds(&w, login).await.contains(&"commit_to_order".to_owned()), "{login}");
    }
    // Each speaks for itself.
    for (who, department) in
        [("sunli", Department::Logistics), ("hejun", Department::Warehouse), ("wangmin", Department::Warehouse)]
    {
        match w.act(who, &deal, &[], word(department)).await {
            Err(Failure::Denied(_)) => {}
            Err(other) => panic!("{who}: {}", told(&other)),
            Ok(_) => panic!("{who} speaks for {department}"),
        }
    }
    w.must("sunli", &deal, &[], word(Department::Warehouse)).await;
    assert_eq!(blockers(w.act("sunli", &deal, &[], word(Department::Warehouse)).await), [Blocker::NothingToCommit]);

    w.at("09-18 11:01");
    for _ in 0..2 {
        kuaidan::jobs::remind_deliveries(&w.app).await.expect("reminded");
    }
    let late = |kinds: Vec<String>| kinds.into_iter().filter(|k| k == "commitment_overdue").count();
    assert_eq!(late(kinds(&w, "hejun").await), 1, "once");
    assert_eq!((late(kinds(&w, "sunli").await), late(kinds(&w, "wangmin").await)), (0, 1));
}

#[tokio::test]
async fn logistics_gives_its_word_on_the_delivery_page_and_everybody_reads_it() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let page = format!("/deals/{deal}/delivery");
    let mut logistics = Browser::at(&w).await;
    logistics.sign_in("hejun").await;
    logistics.open(&page).await;
    assert!(logistics.sees("仓储与物流确认") && logistics.sees("待确认"), "{}", logistics.text());
    // Another department's button is refused also by hand.
    let (address, version) = (format!("{page}/commit"), w.version(&deal).await.to_string());
    for (department, expected) in [
        ("warehouse", StatusCode::FORBIDDEN),
        ("nobody", StatusCode::UNPROCESSABLE_ENTITY),
        ("", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        logistics.open(&page).await;
        let status = logistics.post_raw(&address, &[("version", &version), ("department", department)]).await;
        assert_eq!(status, expected, "{department}");
    }
    logistics.open(&page).await;
    logistics.set("commit_note", "周一 9 点提货 <b>");
    assert_eq!(logistics.choose("/commit", "department", "logistics").await, StatusCode::OK, "{}", logistics.text());
    assert!(!logistics.html.contains("提货 <b>"));
    let mut rep = logistics.another();
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/order")).await;
    assert!(rep.sees("周一 9 点提货") && rep.sees("何军"), "{}", rep.text());
    assert!(!rep.html.contains("/delivery/commit"), "the rep only reads");
}
