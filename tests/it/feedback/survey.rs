//! The survey: once for each completed order, three working days later, by a rep or by the customer.

use super::with_completed_order;
use crate::harness::browser::Browser;
use crate::harness::world::{World, day, told};
use crate::public::link;
use axum::http::StatusCode;
use kuaidan::app::{Failure, SurveyBy};
use kuaidan::domain::feedback::{FeedbackChannel, FeedbackStatus, Scores, SurveyAnswer};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::policy::VisibleTo;
use kuaidan::domain::workflow::Blocker;
use kuaidan::store::{events, feedback_list};

fn answer(scores: [i16; 5]) -> SurveyAnswer {
    SurveyAnswer {
        scores: Scores::of(scores),
        contact: Some("李娜".to_owned()),
        channel: FeedbackChannel::CustomerPage,
        comment: None,
    }
}

async fn due(w: &World) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let found = feedback_list::surveys_due(&mut conn, VisibleTo::Everything, None, &w.app.calendar, w.now(), 50).await;
    found.expect("readable").into_iter().map(|row| row.order_no).collect()
}

async fn on_customer_page(w: &World, order: &str, scores: [i16; 5]) -> Result<(), Failure> {
    let by = SurveyBy::CustomerPage { request: w.app.ids.next() };
    w.app.answer_survey(by, order, answer(scores)).await.map(|_| ())
}

#[tokio::test]
async fn it_is_due_on_the_third_working_day_and_asked_once() {
    // Completed on Thursday 09-17; Sunday 09-20 is worked.
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-20 18:00");
    assert!(due(&w).await.is_empty());
    match on_customer_page(&w, &order, [5, 5, 5, 5, 5]).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::SurveyTooEarly { on: day("2026-09-21") }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    w.at("09-21 08:00");
    assert_eq!(due(&w).await, std::slice::from_ref(&order));
    on_customer_page(&w, &order, [5, 4, 3, 5, 4]).await.expect("asked");
    assert!(due(&w).await.is_empty());
    match on_customer_page(&w, &order, [1, 1, 1, 1, 1]).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::SurveyAsked { no: "TS-20260921-001".to_owned() }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    // Nobody of us said it.
    let mut conn = w.app.db.read().await.expect("a connection");
    let id = w.app.feedback(&w.actor("liqiang"), "TS-20260921-001").await.expect("there").customer.id;
    let past = events::timeline(&mut conn, None, id, 1).await.expect("readable");
    assert_eq!(past[0].actor, None);
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), events::Audit::Whole { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_answers_at_once_are_one() {
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-22 09:00");
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (app, order) = (w.app.clone(), order.clone());
        let by = SurveyBy::CustomerPage { request: w.app.ids.next() };
        all.spawn(async move { app.answer_survey(by, &order, answer([5, 5, 1, 5, 5])).await });
    }
    let mut taken = 0;
    for done in all.join_all().await {
        match done {
            Ok(_) => taken += 1,
            Err(Failure::Blocked { blockers, .. }) => assert!(matches!(blockers[0], Blocker::SurveyAsked { .. })),
            Err(other) => panic!("{}", told(&other)),
        }
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn a_low_score_opens_a_draft_that_is_taken_up_or_dismissed() {
    let (w, _, order, customer) = with_completed_order().await;
    w.at("09-22 09:00");
    on_customer_page(&w, &order, [5, 5, 2, 4, 4]).await.expect("asked");
    let draft = w.app.feedback(&w.actor("liqiang"), "TS-20260922-002").await.expect("there").feedback.expect("one");
    assert_eq!(draft.status, FeedbackStatus::Draft);
    assert_eq!(draft.survey.as_deref(), Some("TS-20260922-001"));
    // Nobody has looked at it yet, so it warns nobody.
    assert!(w.customer(&customer).await.lessons.is_empty());

    let first = Browser::at(&w).await;
    let (mut rep, mut boss) = (first.another(), first.another());
    rep.sign_in("wangmin").await;
    assert!(rep.sees("待核实回访低分"), "{}", rep.text());
    rep.open("/feedback/TS-20260922-002").await;
    assert!(rep.sees("来自回访") && !rep.html.contains("/dismiss\""), "{}", rep.text());
    assert_eq!(rep.faults(), Vec::<String>::new());
    boss.sign_in("liqiang").await;
    boss.open("/feedback/TS-20260922-002").await;
    boss.set("dismiss_reason", "客户打错了分，电话里说很满意");
    rep.set("content", "护角没有贴，两箱压坏").set("severity", "general");
    assert_eq!(rep.submit("/record").await, StatusCode::OK, "{}", rep.text());
    assert!(rep.sees("待答复"), "{}", rep.text());
    assert_eq!(w.customer(&customer).await.lessons.len(), 1);
    // The manager was slower.
    assert_eq!(boss.submit("/dismiss").await, StatusCode::CONFLICT, "{}", boss.text());
}

#[tokio::test]
async fn the_rep_records_a_call_from_my_work() {
    let (w, _, order, _) = with_completed_order().await;
    w.at("09-22 09:00");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert!(b.sees("待满意度回访") && b.links().contains(&format!("/surveys/{order}")), "{}", b.text());
    b.open(&format!("/surveys/{order}")).await;
    b.set("quality", "5").set("on_time", "6");
    assert_eq!(b.submit(&format!("/surveys/{order}")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("交付及时") && b.sees("包装完好"), "{}", b.text());
    for item in ["on_time", "packaging", "service", "overall"] {
        b.set(item, "4");
    }
    b.set("comment", "送货师傅很客气");
    assert_eq!(b.submit(&format!("/surveys/{order}")).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("送货师傅很客气") && b.sees("5 分"), "{}", b.text());
    b.open(&format!("/surveys/{order}")).await;
    assert!(b.sees("TS-20260922-001") && !b.html.contains("name=\"quality\""), "{}", b.text());
    b.open("/work").await;
    assert!(!b.sees("待满意度回访"));
}

#[tokio::test]
async fn a_call_that_was_written_down_does_not_silence_the_customer() {
    let (w, deal, order, _) = with_completed_order().await;
    w.at("09-22 09:00");
    let rep = w.actor("wangmin");
    let called = SurveyAnswer { channel: FeedbackChannel::Phone, ..answer([4, 4, 4, 4, 4]) };
    let by = w.by(&rep, &[], None);
    w.app.answer_survey(SurveyBy::Person(&by), &order, called).await.expect("written down");
    let page = link(&w, &deal, LinkPurpose::Survey).await;
    let rated = async |b: &mut Browser, score: &str, note: &str| {
        for item in ["quality", "on_time", "packaging", "service", "overall"] {
            b.set(item, score);
        }
        b.set("name", "李娜").set("note", note);
        assert_eq!(b.submit("/survey?lang=zh").await, StatusCode::OK, "{}", b.text());
    };
    let (mut late, mut b) = (Browser::at(&w).await, Browser::at(&w).await);
    late.open(&page).await;
    b.open(&page).await;
    assert!(b.sees("已于") && b.sees("电话 · 李娜") && b.html.contains("name=\"quality\""), "{}", b.text());
    rated(&mut b, "1", "非常失望，货都坏了").await;
    assert!(b.sees("谢谢您的评价"), "{}", b.text());

    // The rep and the manager hear of it, the words stay with the link, and a complaint waits.
    for login in ["wangmin", "liqiang"] {
        let mut us = b.another();
        us.sign_in(login).await;
        us.open("/notices").await;
        assert!(us.sees("客户自己又评价了"), "{login}: {}", us.text());
        us.open(&format!("/deals/{deal}/links")).await;
        assert!(us.sees("非常失望，货都坏了") && us.sees("产品质量"), "{login}: {}", us.text());
    }
    let draft = w.app.feedback(&w.actor("liqiang"), "TS-20260922-002").await.expect("there").feedback.expect("one");
    let said = draft.said.content.expect("what the customer said");
    assert_eq!((draft.status, draft.said.channel), (FeedbackStatus::Draft, FeedbackChannel::CustomerPage));
    assert!(said.contains("产品质量 1") && said.contains("非常失望，货都坏了"), "{said}");

    // The same once more is one answer, another one is not taken, and nobody is told that it was.
    b.open(&page).await;
    assert!(b.sees("谢谢您的评价"), "{}", b.text());
    rated(&mut late, "5", "其实还不错").await;
    assert!(late.sees("已经评价过了") && !late.sees("谢谢"), "{}", late.text());
    let (_, links) = w.app.links(&rep, &deal).await.expect("listed");
    assert_eq!(links[0].answers.len(), 1);
    let mut conn = w.app.db.read().await.expect("a connection");
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), events::Audit::Whole { .. }));
}
