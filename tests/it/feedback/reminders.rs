//! What time does to a complaint and to a survey: the people concerned are told, each once.

use super::{complaint, must, record, solution, with_completed_order};
use crate::harness::browser::Browser;
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::app::FeedbackAbout;
use kuaidan::domain::feedback::{FeedbackCommand, FeedbackStatus, Severity, Statement};
use kuaidan::jobs::{Did, remind_feedback};
use kuaidan::store::notices;

/// What this person was told of limits of complaints, the newest first, with whether each is urgent.
async fn told(w: &World, login: &str) -> Vec<(String, bool)> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    let kinds = ["feedback_reminder", "feedback_overdue"];
    all.into_iter().filter(|n| kinds.contains(&n.kind.as_str())).map(|n| (n.kind, n.is_urgent)).collect()
}

async fn surveys_told(w: &World, login: &str) -> usize {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    all.iter().filter(|n| n.kind == "answer_survey").count()
}

async fn look(w: &World) -> Did {
    remind_feedback(&w.app).await.expect("looked")
}

#[tokio::test]
async fn a_complaint_near_its_limit_is_reminded_of_and_past_it_the_manager_hears() {
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-19 09:00");
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::Major)).await;
    // Twelve hours to answer, by the wall clock; three quarters are gone at six.
    w.at("09-19 17:59");
    assert_eq!(look(&w).await, Did::Idle);
    w.at("09-19 18:00");
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(look(&w).await, Did::Idle, "told once");
    assert_eq!(told(&w, "wangmin").await, [("feedback_reminder".to_owned(), false)]);
    assert!(told(&w, "liqiang").await.is_empty(), "the manager is not troubled before the limit");
    w.at("09-19 21:00");
    let (one, other) = tokio::join!(w.app.remind_feedback(), w.app.remind_feedback());
    assert_eq!(one.expect("looked") + other.expect("looked"), 2, "two who look at once tell each person once");
    assert_eq!(told(&w, "wangmin").await[0].0, "feedback_overdue");
    assert_eq!(told(&w, "liqiang").await, [("feedback_overdue".to_owned(), false)]);
    // Time alone changes nothing about the complaint.
    let seen = w.app.feedback(&w.actor("liqiang"), &no).await.expect("there").feedback.expect("feedback");
    assert_eq!(seen.status, FeedbackStatus::Open);

    // A late answer ends the first limit; the report has a limit of its own, and so has the solution.
    must(&w, "wangmin", &no, FeedbackCommand::Answer { text: "今天查清，明天答复处理办法".to_owned() }).await;
    assert_eq!(look(&w).await, Did::Idle);
    w.at("09-30 10:00");
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(told(&w, "wangmin").await.len(), 3, "the report is overdue");
    // Whoever takes over late hears it as well.
    let to = FeedbackCommand::Assign { to: w.id("zhaoxue"), name: "赵雪".to_owned() };
    must(&w, "liqiang", &no, to).await;
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(told(&w, "zhaoxue").await, [("feedback_overdue".to_owned(), false)]);
    must(&w, "zhaoxue", &no, solution(None)).await;
    w.at("10-15 10:00");
    let before = told(&w, "zhaoxue").await.len();
    look(&w).await;
    assert_eq!(told(&w, "zhaoxue").await.len(), before, "what is solved has no limit");
}

#[tokio::test]
async fn an_urgent_complaint_waits_for_no_morning_and_its_notice_leads_to_it() {
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-19 22:00");
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::Urgent)).await;
    w.at("09-20 00:00");
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(told(&w, "wangmin").await, [("feedback_overdue".to_owned(), true)]);
    let mut manager = Browser::at(&w).await;
    manager.sign_in("liqiang").await;
    manager.open("/notices?topic=deadline").await;
    assert!(manager.sees("客户投诉已超过时限") && manager.sees(&no), "{}", manager.text());
    assert!(manager.links().contains(&format!("/feedback/{no}")), "{:?}", manager.links());
    // Whoever may not see the complaint is not led to it.
    let mut other = manager.another();
    other.sign_in("zhaoliu").await;
    assert_eq!(other.open(&format!("/feedback/{no}")).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_department_that_handles_a_complaint_is_led_to_it() {
    let (w, _, order, _) = with_completed_order().await;
    let said = Statement { handler: w.id("sunli"), ..complaint(&w, Severity::General) };
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, said).await;
    let mut warehouse = Browser::at(&w).await;
    warehouse.sign_in("sunli").await;
    warehouse.open("/notices").await;
    assert!(warehouse.links().contains(&format!("/feedback/{no}")), "{:?}", warehouse.links());
    assert_eq!(warehouse.open(&format!("/feedback/{no}")).await, StatusCode::OK);
}

#[tokio::test]
async fn the_owner_hears_once_that_a_survey_is_to_be_asked() {
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-20 18:00");
    look(&w).await;
    assert_eq!(surveys_told(&w, "wangmin").await, 0, "three working days are not over");
    w.at("09-21 08:00");
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(look(&w).await, Did::Idle);
    assert_eq!(surveys_told(&w, "wangmin").await, 1);
    assert_eq!(surveys_told(&w, "zhaoliu").await, 0, "nobody else's");
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open("/notices?topic=turn").await;
    assert!(rep.sees("有订单到了满意度回访的日子"), "{}", rep.text());
    assert!(rep.links().contains(&format!("/surveys/{order}")), "{:?}", rep.links());
    assert_eq!(rep.open(&format!("/surveys/{order}")).await, StatusCode::OK);
}
