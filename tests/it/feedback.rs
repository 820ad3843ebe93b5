//! What customers say after delivery: complaints, surveys, lessons, and ordering again.

#[path = "feedback/complaint.rs"]
mod complaint;
#[path = "feedback/lessons.rs"]
mod lessons;
#[path = "feedback/reminders.rs"]
mod reminders;
#[path = "feedback/repeat.rs"]
mod repeat;
#[path = "feedback/survey.rs"]
mod survey;

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use kuaidan::app::{Failure, FeedbackAbout};
use kuaidan::domain::feedback::{
    FeedbackCategory, FeedbackChannel, FeedbackCommand, FeedbackKind, Severity, Solution, Statement,
};
use kuaidan::domain::workflow::Blocker;

/// A company with one completed order of 王敏: the world, the deal, the order and the customer.
pub async fn with_completed_order() -> (World, String, String, String) {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Completed, &Plan::default()).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order").no;
    (w, deal, order, case.customer.no)
}

pub fn complaint(w: &World, severity: Severity) -> Statement {
    Statement {
        kind: FeedbackKind::Complaint,
        category: FeedbackCategory::Packaging,
        severity: Some(severity),
        contact: Some("李娜".to_owned()),
        channel: FeedbackChannel::Phone,
        content: Some("外箱压扁，两袋破损".to_owned()),
        received_at: w.now(),
        handler: w.id("wangmin"),
        about: None,
    }
}

pub fn solution(lesson: Option<&str>) -> FeedbackCommand {
    FeedbackCommand::Solve(Box::new(Solution {
        cause: "只缠了膜，没有护角".to_owned(),
        remedy: "补发两袋，道歉".to_owned(),
        lesson: lesson.map(str::to_owned),
    }))
}

/// Records it and gives its number.
pub async fn record(w: &World, who: &str, about: FeedbackAbout<'_>, said: Statement) -> String {
    let actor = w.actor(who);
    match w.app.record_feedback(&w.by(&actor, &[], None), about, said).await {
        Ok(done) => done.then().trim_start_matches("/feedback/").to_owned(),
        Err(failure) => panic!("{who} cannot record feedback: {}", told(&failure)),
    }
}

/// One act at its present version.
pub async fn act(w: &World, who: &str, no: &str, command: FeedbackCommand) -> Result<(), Failure> {
    let actor = w.actor(who);
    let seen = w.app.feedback(&w.actor("liujianguo"), no).await.expect("there");
    let version = seen.feedback.expect("feedback").version;
    w.app.act_on_feedback(&w.by(&actor, &[], None), no, version, command).await.map(|_| ())
}

pub async fn must(w: &World, who: &str, no: &str, command: FeedbackCommand) {
    let shown = format!("{command:?}");
    if let Err(failure) = act(w, who, no, command).await {
        panic!("{who} on {no}: {shown}\nfailed: {}", told(&failure));
    }
}

pub fn blockers(result: Result<(), Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
}
