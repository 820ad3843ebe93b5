//! Time limits of a change (DOMAIN 8, 3.5): each department that has to answer is reminded, its
//! lateness is told, the superior hears of it, each once; what was answered is left in peace.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use kuaidan::domain::change::{Answer, ChangeDraft, ChangeReason, ChangeStatus, Impact, Request, current_content};
use kuaidan::domain::requirement::Channel;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::Command;
use kuaidan::jobs::Did;
use kuaidan::store::notices;

/// The packaging of a paid order changes: production and warehouse have eight working hours.
async fn filed_change() -> (World, String) {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Paid, &Plan::default()).await;
    w.at("09-17 16:00");
    let mut content = current_content(&w.case(&deal).await).expect("a requirement");
    content.lines[0].packaging = Some("防潮托盘+护角".to_owned());
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
    let draft = ChangeDraft { content, wish: None, request, impact, offer: None, urgency: None, invoice: None };
    w.must("wangmin", &deal, &[], Command::DraftChange(Box::new(draft))).await;
    w.must("wangmin", &deal, &[], Command::FileChange { call_back: None }).await;
    (w, deal)
}

/// How often this person was told so.
async fn times(w: &World, login: &str, kind: &str) -> usize {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    all.iter().filter(|n| n.kind == kind).count()
}

/// A look at limits alone; the digest has its own hour.
async fn look(w: &World) -> Did {
    if w.app.sweep_limits().await.expect("looked") > 0 { Did::Worked } else { Did::Idle }
}

#[tokio::test]
async fn a_department_is_reminded_then_late_then_its_superior_hears() {
    let (w, deal) = filed_change().await;
    let due: Vec<_> = w.case(&deal).await.change.expect("a change").duties.iter().map(|d| d.due_at).collect();
    assert_eq!(due, [moment("09-18 16:00"), moment("09-18 16:00")]);
    w.at("09-18 13:59");
    look(&w).await;
    assert_eq!(times(&w, "zhengwei", "change_duty_reminder").await, 0);
    // Three quarters of the limit.
    w.at("09-18 14:00");
    assert_eq!(look(&w).await, Did::Worked);
    assert_eq!(times(&w, "zhengwei", "change_duty_reminder").await, 1);
    assert_eq!(times(&w, "sunli", "change_duty_reminder").await, 1);
    assert_eq!(look(&w).await, Did::Idle, "told once");
    // The warehouse answers in time and hears no more.
    let answer = Command::AcknowledgeChange {
        department: Department::Warehouse,
        answer: Answer::Possible,
        comment: Some("护角有库存".to_owned()),
        loss: None,
    };
    w.must("sunli", &deal, &[], answer).await;
    w.at("09-18 16:00");
    let (one, other) = tokio::join!(w.app.sweep_limits(), w.app.sweep_limits());
    assert_eq!(one.expect("looked") + other.expect("looked"), 1, "two who look at once tell it once");
    assert_eq!(times(&w, "zhengwei", "change_duty_overdue").await, 1);
    assert_eq!(times(&w, "wangmin", "change_duty_overdue").await, 1, "the owner of the deal as well");
    assert_eq!(times(&w, "sunli", "change_duty_overdue").await, 0);
    // Four working hours later; the Sunday is worked.
    w.at("09-20 10:59");
    assert_eq!(look(&w).await, Did::Idle);
    w.at("09-20 11:00");
    assert_eq!(look(&w).await, Did::Worked);
    let mut heard = Vec::new();
    for login in w.logins() {
        if times(&w, login, "change_duty_escalated").await == 1 {
            heard.push(login);
        }
    }
    assert_eq!(heard, ["chenjing"]);
    // Nothing is decided by time.
    assert_eq!(w.case(&deal).await.change.expect("a change").status, ChangeStatus::Assessing);
    w.at("09-21 17:00");
    assert_eq!(look(&w).await, Did::Idle);
}

#[tokio::test]
async fn nobody_is_reminded_at_night_or_of_a_change_that_is_over() {
    let (w, deal) = filed_change().await;
    w.at("09-18 22:00");
    look(&w).await;
    assert_eq!(times(&w, "zhengwei", "change_duty_overdue").await, 0, "not at night");
    w.must("wangmin", &deal, &[], Command::WithdrawChange { comment: "客户不改了".to_owned() }).await;
    w.at("09-20 10:00");
    look(&w).await;
    for kind in ["change_duty_reminder", "change_duty_overdue", "change_duty_escalated"] {
        assert_eq!(times(&w, "zhengwei", kind).await, 0, "{kind}");
    }
}
