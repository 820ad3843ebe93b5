//! A complaint from the call to its closing, on the pages and through the application.

use super::{act, blockers, complaint, must, record, solution, with_completed_order};
use crate::harness::browser::Browser;
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Failure, FeedbackAbout};
use kuaidan::domain::feedback::{FeedbackCommand, FeedbackKind, FeedbackStatus, Owed, Severity};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::workflow::{Blocker, Event};
use kuaidan::store::{events, notices};

async fn state(w: &World, no: &str) -> kuaidan::domain::feedback::Feedback {
    *w.app.feedback(&w.actor("liujianguo"), no).await.expect("there").feedback.expect("feedback")
}

fn why(result: Result<(), Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
}

async fn notes(w: &World, login: &str) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    all.into_iter().map(|n| n.kind).filter(|k| k.contains("feedback")).collect()
}

#[tokio::test]
async fn a_complaint_is_answered_solved_and_closed_by_the_manager() {
    let (w, _, order, customer) = with_completed_order().await;
    w.at("09-28 09:00");
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::Major)).await;
    assert_eq!(no, "TS-20260928-001");
    let f = state(&w, &no).await;
    assert_eq!(f.status, FeedbackStatus::Open);
    // 12 natural hours to answer, two working days to report, five to solve.
    let limits = f.limits.clone().expect("limits");
    assert_eq!(limits.answer_by, moment("09-28 21:00"));
    assert_eq!(limits.report_by, Some(moment("09-29 18:00")));
    assert_eq!(f.owed(), Some((Owed::Answer, moment("09-28 21:00"))));
    assert_eq!(notes(&w, "liqiang").await, ["answer_feedback"]);

    w.at("09-28 10:30");
    must(&w, "wangmin", &no, FeedbackCommand::Answer { text: "今天查清，明天答复处理办法".to_owned() }).await;
    assert_eq!(state(&w, &no).await.owed(), Some((Owed::Report, moment("09-29 18:00"))));
    must(&w, "zhaoxue", &no, FeedbackCommand::Report { text: "补发的两袋今天发出".to_owned() }).await;
    assert!(matches!(state(&w, &no).await.owed(), Some((Owed::Solution, _))));
    must(&w, "wangmin", &no, solution(Some("防潮托盘+护角"))).await;
    assert_eq!(notes(&w, "liqiang").await[0], "close_feedback");

    // Neither the owner nor, by word of the matrix, anybody but the manager closes it.
    let close = || FeedbackCommand::Close { satisfied: true, note: None };
    assert_eq!(why(act(&w, "wangmin", &no, close()).await), DeniedWhy::OwnComplaint);
    assert_eq!(why(act(&w, "zhaoxue", &no, close()).await), DeniedWhy::Role);
    assert_eq!(why(act(&w, "chenjing", &no, close()).await), DeniedWhy::Role);
    must(&w, "liqiang", &no, FeedbackCommand::Return { reason: "原因写得不够".to_owned() }).await;
    assert_eq!(state(&w, &no).await.status, FeedbackStatus::Answered);
    must(&w, "wangmin", &no, solution(Some("防潮托盘+护角"))).await;
    must(&w, "liqiang", &no, close()).await;
    let f = state(&w, &no).await;
    assert_eq!((f.status, f.closing.and_then(|c| c.satisfied)), (FeedbackStatus::Closed, Some(true)));
    assert!(blockers(act(&w, "wangmin", &no, solution(None)).await).contains(&Blocker::WrongState));
    assert!(notes(&w, "wangmin").await.contains(&"feedback_closed".to_owned()));

    // Everything stands in the customer's history, and the chain is whole.
    let mut conn = w.app.db.read().await.expect("a connection");
    let id = w.customer(&customer).await.customer.id;
    let past = events::timeline(&mut conn, None, id, 50).await.expect("readable");
    assert_eq!(past.iter().filter(|t| matches!(t.event, Event::Feedback { .. })).count(), 7);
    assert!(matches!(events::verify(&mut conn).await.expect("readable"), events::Audit::Whole { .. }));
}

#[tokio::test]
async fn a_manager_who_sold_it_or_is_complained_about_leaves_it_to_the_director() {
    let (w, _, order, _) = with_completed_order().await;
    let mut said = complaint(&w, Severity::General);
    said.about = Some(w.id("liqiang"));
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, said).await;
    must(&w, "wangmin", &no, solution(None)).await;
    let close = || FeedbackCommand::Close { satisfied: false, note: Some("客户仍不满意".to_owned()) };
    assert_eq!(why(act(&w, "liqiang", &no, close()).await), DeniedWhy::OwnComplaint);
    must(&w, "chenjing", &no, close()).await;
    assert_eq!(state(&w, &no).await.closing.expect("closed").by_name, "陈静");
}

#[tokio::test]
async fn two_people_with_one_complaint_open_do_not_overwrite_each_other() {
    let (w, _, order, _) = with_completed_order().await;
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::Urgent)).await;
    let seen = state(&w, &no).await.version;
    must(&w, "wangmin", &no, FeedbackCommand::Answer { text: "两小时内给您办法".to_owned() }).await;
    let helper = w.actor("zhaoxue");
    let late = w
        .app
        .act_on_feedback(&w.by(&helper, &[], None), &no, seen, FeedbackCommand::Answer { text: "请稍等".to_owned() })
        .await;
    assert!(matches!(late, Err(Failure::Stale { .. })), "{:?}", late.map_err(|f| told(&f)));
}

#[tokio::test]
async fn praise_needs_nothing_more_and_strangers_see_none_of_it() {
    let (w, _, order, customer) = with_completed_order().await;
    let mut said = complaint(&w, Severity::General);
    said.kind = FeedbackKind::Praise;
    said.severity = None;
    let no = record(&w, "wangmin", FeedbackAbout::Customer { no: &customer }, said).await;
    assert_eq!(state(&w, &no).await.status, FeedbackStatus::Closed);
    let order_bound =
        record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::General)).await;
    for (login, of_customer, of_order) in [
        ("zhaoliu", false, false),
        ("sunli", false, true),
        ("zhengwei", false, true),
        ("wufang", true, true),
        ("chenjing", true, true),
        ("admin", false, false),
    ] {
        let sees = |no: String| {
            let (w, actor) = (&w, w.actor(login));
            async move { w.app.feedback(&actor, &no).await.is_ok() }
        };
        assert_eq!((sees(no.clone()).await, sees(order_bound.clone()).await), (of_customer, of_order), "{login}");
        let actor = w.actor(login);
        let refused = w
            .app
            .record_feedback(
                &w.by(&actor, &[], None),
                FeedbackAbout::Order { no: &order },
                complaint(&w, Severity::General),
            )
            .await;
        assert!(matches!(refused, Err(Failure::NotFound | Failure::Denied(_))), "{login}");
    }
}

#[tokio::test]
async fn the_pages_lead_from_the_call_to_the_closing() {
    let (w, deal, order, customer) = with_completed_order().await;
    w.at("09-28 09:00");
    let first = Browser::at(&w).await;
    let (mut rep, mut boss) = (first.another(), first.another());
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/delivery")).await;
    assert!(rep.links().contains(&format!("/feedback/new?order={order}")), "{:?}", rep.links());
    rep.open(&format!("/feedback/new?order={order}")).await;
    assert!(rep.sees(&order), "{}", rep.text());
    rep.set("kind", "complaint").set("content", "破");
    assert_eq!(rep.submit("/feedback/new").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rep.sees("类别") && rep.sees("严重程度") && rep.html.contains("破</textarea>"), "{}", rep.text());
    assert_eq!(rep.faults(), Vec::<String>::new());
    rep.set("category", "packaging").set("severity", "general").set("channel", "phone").set("contact", "李娜");
    rep.set("content", "外箱压扁，两袋破损");
    assert_eq!(rep.submit("/feedback/new").await, StatusCode::OK, "{}", rep.text());
    assert!(rep.path.starts_with("/feedback/TS-20260928-001") && rep.sees("待答复"), "{}", rep.text());
    let page = rep.path.clone();
    rep.set("answer", "今天查清后答复您");
    assert_eq!(rep.submit("/answer").await, StatusCode::OK, "{}", rep.text());
    assert!(rep.sees("按时"), "{}", rep.text());
    rep.set("cause", "没有护角").set("remedy", "补发两袋").set("lesson", "防潮托盘+护角");
    assert_eq!(rep.submit("/solve").await, StatusCode::OK, "{}", rep.text());
    assert!(rep.sees("由主管关闭") && !rep.html.contains("/close\""), "{}", rep.text());
    assert_eq!(rep.faults(), Vec::<String>::new());

    boss.sign_in("liqiang").await;
    assert!(boss.sees("待主管关闭投诉"), "{}", boss.text());
    boss.open("/feedback?state=open").await;
    assert!(boss.sees("TS-20260928-001") && boss.sees("待关闭"), "{}", boss.text());
    boss.open(&page).await;
    assert_eq!(boss.submit("/close").await, StatusCode::UNPROCESSABLE_ENTITY);
    boss.set("satisfied", "yes");
    assert_eq!(boss.submit("/close").await, StatusCode::OK, "{}", boss.text());
    assert!(boss.sees("已关闭") && boss.sees("作为提醒显示中"), "{}", boss.text());
    boss.set("lesson_note", "已写入包装作业指导书");
    assert_eq!(boss.submit("/lesson").await, StatusCode::OK, "{}", boss.text());
    assert!(boss.sees("已转为标准做法"), "{}", boss.text());
    for address in ["/feedback", "/feedback?kind=complaint&category=packaging", "/feedback?state=overdue&q=x"] {
        assert_eq!(boss.open(address).await, StatusCode::OK, "{address}");
        assert_eq!(boss.faults(), Vec::<String>::new(), "{address}");
    }
    assert!(!boss.sees("TS-20260928-001"));
    boss.open(&format!("/customers/{customer}")).await;
    assert!(boss.sees("TS-20260928-001") && boss.sees("投诉 1 次，未了结 0 次"), "{}", boss.text());
}
