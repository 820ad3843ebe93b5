//! The daily list of what is long overdue: what stood at nine, for each general manager once, however many
//! processes look and wherever one is killed.

use super::acts::at_technical;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment};
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::workflow::Command;
use kuaidan::jobs::{Did, sweep};
use serde_json::Value;

/// Day, reader and lines of every list that was given.
async fn lists(w: &World) -> Vec<(String, String, Value)> {
    sqlx::query_as(
        "SELECT to_char(o.created_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD'), p.login, o.payload FROM outbox o
         JOIN person p ON p.id = o.recipient_id WHERE o.kind = 'overdue_digest' ORDER BY 1, 2",
    )
    .fetch_all(&mut w.database.app_connection().await)
    .await
    .expect("readable")
}

fn readers(lists: &[(String, String, Value)]) -> Vec<(&str, &str)> {
    lists.iter().map(|(day, login, _)| (day.as_str(), login.as_str())).collect()
}

fn numbers(payload: &Value) -> Vec<&str> {
    payload["rows"].as_array().expect("rows").iter().filter_map(|row| row["no"].as_str()).collect()
}

async fn look(w: &World, at: &str) -> u64 {
    w.at(at);
    w.app.send_digest().await.expect("an answer")
}

#[tokio::test]
async fn the_list_of_nine_names_what_is_late_and_who_has_it() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    let asked = at_technical(&w).await;
    let question = Command::AskRep { node: NodeKind::Technical, comment: "安装高度是多少？".to_owned() };
    w.must("zhoukai", &asked, &[], question).await;
    // Due Friday 10:20; eight working hours later it is Sunday, a make-up day, 11:20.
    assert_eq!(look(&w, "09-20 11:30").await, 0, "it was not so late at nine");
    assert_eq!(look(&w, "09-21 08:59").await, 0);
    assert_eq!(look(&w, "09-21 09:00").await, 2);
    assert_eq!(look(&w, "09-21 09:01").await, 0);
    let found = lists(&w).await;
    assert_eq!(readers(&found), [("09-21", "hemin"), ("09-21", "liujianguo")]);
    for (_, _, payload) in &found {
        assert_eq!(numbers(payload), [deal.as_str()], "the clock of the other one stands still");
        assert_eq!((payload["rows"][0]["people"].as_str(), payload["more"].as_u64()), (Some("周凯"), Some(0)));
    }
    let mut boss = Browser::at(&w).await;
    boss.sign_in("liujianguo").await;
    boss.open("/notices").await;
    assert!(boss.sees("今日逾期汇总"), "{}", boss.text());
    let link = boss.links().into_iter().find(|l| l.starts_with("/deadlines")).expect("the list leads on");
    assert_eq!(link, "/deadlines");
    // A process that was down in the morning makes up for it; on days off nobody is bothered.
    assert_eq!(look(&w, "09-22 15:00").await, 2);
    assert_eq!(look(&w, "09-25 09:00").await, 0, "mid-autumn");
    w.at("09-28 09:00");
    w.must("zhoukai", &deal, &[], decide(NodeKind::Technical, Decision::Approve, None)).await;
    assert_eq!(look(&w, "09-28 09:00").await, 0, "an empty list is no news");
}

#[tokio::test]
async fn a_review_that_is_owed_stands_on_the_list_too() {
    let w = World::new().await;
    let plan = Plan {
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector, Decision::Approve, None)).await;
    assert_eq!(look(&w, "09-21 09:00").await, 2);
    let found = lists(&w).await;
    let rows = found[0].2["rows"].as_array().expect("rows");
    assert!(
        !rows.is_empty() && rows.iter().all(|row| row["what"] == "review" && row["no"] == deal.as_str()),
        "{rows:?}"
    );
    let manager = rows.iter().find(|row| row["role"] == "sales_manager").expect("the manager's review");
    assert_eq!(manager["people"], "李强");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_or_looked_at_by_many_everybody_gets_it_once() {
    let w = World::new().await;
    let deal = at_technical(&w).await;
    w.at("09-21 10:00");
    let (gate, app) = w.gated().await;
    let mut questions = 0;
    while gate.stop_after(questions, app.send_digest()).await.is_none() {
        questions += 1;
        assert!(questions < 400, "it never ends");
    }
    assert!(questions > 5, "it was stopped in the middle, {questions} times");
    let given = lists(&w).await;
    assert_eq!(readers(&given), [("09-21", "hemin"), ("09-21", "liujianguo")]);
    assert!(given.iter().all(|(_, _, payload)| numbers(payload) == [deal.as_str()]), "{given:?}");

    w.at("09-22 09:00");
    let looks = tokio::join!(w.app.send_digest(), w.app.send_digest(), w.app.send_digest());
    let told = looks.0.expect("an answer") + looks.1.expect("an answer") + looks.2.expect("an answer");
    assert_eq!(told, 2);
    assert_eq!(lists(&w).await.len(), 4);
    assert_eq!(sweep(&w.app).await.expect("a look"), Did::Worked, "the alarms are told by the same step");
    assert_eq!(sweep(&w.app).await.expect("a look"), Did::Idle);
    assert_eq!(lists(&w).await.len(), 4);
}
