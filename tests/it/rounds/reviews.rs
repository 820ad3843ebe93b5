//! Reviews after a fast approval (DOMAIN 2.3 rule 11, 3.7, 3.8): each is given by its own department, by who
//! stands in for it, or once it is late by the superior; of several approvals each is looked at.

use crate::harness::browser::Browser;
use crate::harness::stages::Stage;
use crate::story_3::{decide, gift_boxes, quoted, review, submitted};
use crate::walls::Attacker;
use kuaidan::app::{Failure, NewDelegation};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::calendar::WorkingMinutes;
use kuaidan::domain::deal::LostReason;
use kuaidan::domain::fast_path::{PostReviewStatus, ReviewResult};
use kuaidan::domain::policy::{self, DeniedWhy};
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::{Command, Waiver};
use kuaidan::jobs::sweep;

use NodeKind::{Finance, Production, SalesManager, UrgentDirector};

const LEFT_OUT: [(&str, NodeKind); 3] = [("wufang", Finance), ("liqiang", SalesManager), ("zhengwei", Production)];

#[tokio::test]
async fn of_two_fast_approvals_each_is_reviewed_and_the_order_ends() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    w.bring_to(Stage::QuoteSent, &deal, &plan).await;
    w.must("wangmin", &deal, &[], Command::DeclineQuote { reason: LostReason::Price }).await;
    w.must("wangmin", &deal, &[], quoted(&w, &plan)).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    assert_eq!(w.case(&deal).await.post_reviews.len(), 6);
    // Both stand on the page, told apart by their rounds.
    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees("财务部 R1") && b.sees("财务部 R2"), "{}", b.text());
    for stage in [
        Stage::QuoteSent,
        Stage::Accepted,
        Stage::OrderConfirmed,
        Stage::Picked,
        Stage::Packed,
        Stage::Shipped,
        Stage::Signed,
    ] {
        w.bring_to(stage, &deal, &plan).await;
    }
    for (who, kind) in LEFT_OUT {
        let case = w.case(&deal).await;
        let owed = case.post_reviews.iter().filter(|p| p.kind == kind).map(|p| p.id);
        for id in owed {
            let given = Command::ReviewAfterwards { review: id, result: ReviewResult::Confirmed, comment: None };
            w.must(who, &deal, &[], given).await;
        }
    }
    w.must("wangmin", &deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Waived }).await;
}

#[tokio::test]
async fn a_late_review_rises_to_a_superior_who_may_give_it() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    let early = w.act("liujianguo", &deal, &[], review(&w, &deal, Finance, ReviewResult::Confirmed, None).await).await;
    assert!(matches!(early, Err(Failure::Denied(_))), "not yet");
    let due = w.review_of(&deal, Finance).await.due_at;
    w.clock.set(w.app.calendar.add_working_minutes(due, WorkingMinutes::hours(4)));
    sweep(&w.app).await.expect("a look");
    let risen = w.review_of(&deal, Finance).await.escalated_to.map(|p| p.name);
    assert_eq!(risen, Some("刘建国".to_owned()), "the director granted it herself");
    let mut b = Browser::at(&w).await;
    b.sign_in("liujianguo").await;
    b.open("/approvals?tab=reviews").await;
    assert!(b.sees(&deal), "{}", b.text());
    b.open(&format!("/deals/{deal}/approval")).await;
    assert!(b.sees("已升级给 刘建国"), "{}", b.text());
    w.must("liujianguo", &deal, &[], review(&w, &deal, Finance, ReviewResult::Confirmed, None).await).await;
    assert_eq!(w.review_of(&deal, Finance).await.status, PostReviewStatus::Confirmed);
    assert!(w.review_of(&deal, Finance).await.reviewed.is_some_and(|r| r.by_name == "刘建国"));
}

#[tokio::test]
async fn the_head_hears_of_a_late_review_and_a_lost_deals_is_nobodys_any_more() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    let due = w.review_of(&deal, SalesManager).await.due_at;
    let told = async |login: &str| -> i64 {
        let mut conn = w.database.app_connection().await;
        sqlx::query_scalar(
            "SELECT count(*) FROM outbox o JOIN person p ON p.id = o.recipient_id WHERE p.login = $1 AND o.kind LIKE 'post\\_review\\_%'",
        )
        .bind(login)
        .fetch_one(&mut conn)
        .await
        .expect("readable")
    };
    w.clock.set(due);
    sweep(&w.app).await.expect("a look");
    assert!(told("chenjing").await > 0, "the manager's head");
    let before = told("liujianguo").await;
    w.must("wangmin", &deal, &[], Command::CloseDeal { reason: LostReason::Budget }).await;
    w.clock.set(w.app.calendar.add_working_minutes(due, WorkingMinutes::hours(9)));
    sweep(&w.app).await.expect("a look");
    assert_eq!(told("liujianguo").await, before, "nothing rises of a deal that is lost");
}

#[tokio::test]
async fn a_delegate_reviews_in_the_delegators_name() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    w.reports_to("wufang", "liujianguo").await;
    let new = NewDelegation {
        delegator: w.id("wufang"),
        delegate: w.id("liujianguo"),
        kinds: vec![Finance],
        cap: None,
        starts_at: w.now(),
        ends_at: w.now() + chrono::TimeDelta::days(3),
        reason: "出差".to_owned(),
    };
    let set = w.app.delegate(&w.by(&w.actor("wufang"), &[], None), new).await;
    set.unwrap_or_else(|f| panic!("{}", crate::harness::world::told(&f))).expect("no flaw");
    let mut b = Browser::at(&w).await;
    b.sign_in("liujianguo").await;
    b.open("/approvals?tab=reviews").await;
    assert!(b.sees(&deal), "{}", b.text());
    w.must("liujianguo", &deal, &[], review(&w, &deal, Finance, ReviewResult::Confirmed, None).await).await;
    let given = w.review_of(&deal, Finance).await.reviewed.expect("given");
    assert_eq!((given.by_name.as_str(), given.on_behalf.map(|p| p.name)), ("刘建国", Some("吴芳".to_owned())));
}

/// The general manager grants the third use of the month after the director: neither looks at it again.
#[tokio::test]
async fn nobody_who_decided_in_the_round_reviews_it() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(UrgentDirector)).await;
    let mut case = w.case(&deal).await;
    let owed = &mut case.post_reviews[0];
    owed.granted_by = w.id("hemin");
    let owed = owed.clone();
    let mut director = w.actor("chenjing");
    director.roles.push(owed.kind.role());
    assert_eq!(
        policy::review_capacity(&director, &owed, &case).map_err(|d| d.why),
        Err(DeniedWhy::DecidedBefore),
        "granted last by another"
    );
    // In the database too: with another's name in `granted_by` the round still knows its deciders.
    let mut owner = w.database.owner_connection().await;
    let both = format!(
        "SET kuaidan.actor = 'system'; ALTER TABLE post_review DISABLE TRIGGER guard; UPDATE post_review SET granted_by = '{}';
         ALTER TABLE post_review ENABLE TRIGGER guard; UPDATE person SET roles = ARRAY['{}','finance'] WHERE id = '{}'",
        w.id("hemin"),
        Role::SalesDirector.code(),
        w.id("chenjing")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(both)).execute(&mut owner).await.expect("set up");
    let sql = format!(
        "UPDATE post_review SET status = 'confirmed', reviewed_by = '{}', reviewed_at = '2026-09-21 08:00+00' WHERE kind = 'finance'",
        w.id("chenjing")
    );
    Attacker::app(&w).await.acting(w.id("chenjing")).refused(&sql, "42501", "does not review it").await;
}
