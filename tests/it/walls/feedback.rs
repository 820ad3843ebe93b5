//! Feedback by direct SQL: what was said stays, and nobody closes a complaint about themselves.

use super::Attacker;
use crate::feedback::{complaint, must, record, solution, with_completed_order};
use crate::harness::stages::{Plan, Stage};
use kuaidan::app::FeedbackAbout;
use kuaidan::domain::feedback::Severity;

#[tokio::test]
async fn what_was_said_stays_and_the_closing_has_its_rules() {
    let (w, _, order, _) = with_completed_order().await;
    let mut said = complaint(&w, Severity::General);
    said.about = Some(w.id("zhaoxue"));
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, said).await;
    must(&w, "wangmin", &no, solution(Some("防潮托盘+护角"))).await;
    let close = |by: &str| {
        format!(
            "UPDATE feedback SET status = 'closed', closed_by = '{}', closed_at = now(), satisfied = true",
            w.id(by)
        )
    };
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut rep = attacker.acting(w.id("wangmin"));
        rep.refused("UPDATE feedback SET content = '没有的事'", "P0001", "does not change").await;
        rep.refused("UPDATE feedback SET severity = 'urgent'", "P0001", "does not change").await;
        rep.refused("UPDATE feedback SET order_id = NULL", "P0001", "does not change").await;
        rep.refused("UPDATE feedback SET answer = '早就答复了'", "P0001", "history").await;
        rep.refused("UPDATE feedback SET status = 'open'", "P0001", "cannot become open").await;
        rep.refused("UPDATE feedback SET status = 'closed'", "42501", "by the manager").await;
        rep.refused(&close("wangmin"), "42501", "closed by another").await;
        rep.refused(&close("liqiang"), "42501", "acting person").await;
    }
    let mut about = Attacker::app(&w).await.acting(w.id("zhaoxue"));
    about.refused(&close("zhaoxue"), "42501", "closed by another").await;
    let mut finance = Attacker::app(&w).await.acting(w.id("wufang"));
    finance.refused(&close("wufang"), "42501", "by the manager").await;
    finance.refused("DELETE FROM feedback", "42501", "permission denied").await;
    let mut manager = Attacker::app(&w).await.acting(w.id("liqiang"));
    manager.succeeds("SELECT 1", &close("liqiang")).await;
    let lesson = format!(
        "UPDATE feedback SET lesson_closed_by = '{}', lesson_closed_at = now(), lesson_note = '写入指导书'",
        w.id("wangmin")
    );
    let mut rep = Attacker::app(&w).await.acting(w.id("wangmin"));
    rep.refused(&lesson, "42501", "closed by another").await;
}

#[tokio::test]
async fn feedback_begins_at_its_beginning_and_is_about_its_own_order() {
    let (w, _, order, customer) = with_completed_order().await;
    let other = w.deal_at(Stage::Archived, &Plan { owner: "zhaoliu", ..Plan::default() }).await;
    let other = w.case(&other).await.customer.no;
    let new = |customer: &str, kind: &str, status: &str, more: (&str, &str)| {
        format!(
            "INSERT INTO feedback (id, no, version, customer_id, order_id, kind, status, category, channel, content, received_at, recorded_by, recorded_at,
                handler_id, calendar_version{}) SELECT gen_random_uuid(), 'TS-20260917-099', 1, c.id, o.id, '{kind}', '{status}', 'quality', 'phone', '划痕',
                o.created_at, '{by}', o.created_at, '{by}', 'x'{} FROM customer c, sales_order o WHERE c.customer_no = '{customer}' AND o.no = '{order}'",
            more.0, more.1, by = w.id("wangmin")
        )
    };
    let limits = (", severity, answer_by, solve_by", ", 'general', o.created_at, o.created_at");
    let none = ("", "");
    for attacker in [Attacker::app(&w).await, Attacker::owner(&w).await] {
        let mut a = attacker.acting(w.id("wangmin"));
        a.refused(&new(&customer, "complaint", "closed", limits), "P0001", "does not begin as").await;
        a.refused(&new(&customer, "complaint", "open", none), "23514", "a_complaint_has_limits").await;
        a.refused(&new(&customer, "praise", "open", none), "P0001", "does not begin as").await;
        a.refused(&new(&customer, "praise", "closed", limits), "23514", "only_complaints_have_limits").await;
        a.refused(&new(&other, "praise", "closed", none), "P0001", "order of its customer").await;
        let scores = (", scores", ", '{5,5,5,5,6}'");
        a.refused(&new(&customer, "survey", "closed", scores), "23514", "feedback_scores_check").await;
        let scores = (", scores", ", '{5,5,5,5}'");
        a.refused(&new(&customer, "survey", "closed", scores), "23514", "feedback_scores_check").await;
        let survey = new(&customer, "survey", "closed", none);
        a.refused_after(&survey, &survey.replace("099", "098"), "23505", "feedback_one_survey").await;
        a.succeeds("SELECT 1", &new(&customer, "complaint", "open", limits)).await;
    }
}

#[tokio::test]
async fn a_deal_repeats_only_an_order_of_its_own_customer() {
    let (w, deal, order, _) = with_completed_order().await;
    let plan = Plan { owner: "zhaoliu", ..Plan::default() };
    let other = w.deal_at(Stage::Archived, &plan).await;
    let repeat = |deal: &str| {
        format!("UPDATE deal SET repeats_id = (SELECT id FROM sales_order WHERE no = '{order}') WHERE no = '{deal}'")
    };
    let mut a = Attacker::app(&w).await.acting(w.id("zhaoliu"));
    a.refused(&repeat(&other), "P0001", "its own customer").await;
    a.refused(&repeat(&deal), "P0001", "its own customer").await;
}
