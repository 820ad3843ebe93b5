//! What a complaint taught comes back on the next deal until it is the standard.

use super::{act, complaint, must, record, solution, with_completed_order};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::StatusCode;
use kuaidan::app::{Failure, FeedbackAbout};
use kuaidan::domain::feedback::{FeedbackCommand, Severity};
use kuaidan::domain::requirement::{RequirementConfirmMethod, Special};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command};

const LESSON: &str = "防潮托盘+护角";

/// A customer with a closed packaging complaint whose lesson is open, and a next deal of it.
async fn taught() -> (World, String, String) {
    let (w, _, order, customer) = with_completed_order().await;
    let no = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::General)).await;
    must(&w, "wangmin", &no, solution(Some(LESSON))).await;
    must(&w, "liqiang", &no, FeedbackCommand::Close { satisfied: true, note: None }).await;
    (w, customer, no)
}

async fn next_deal(w: &World, customer: &str, stage: Stage, specials: Vec<Special>) -> String {
    let plan = Plan { customer: Some(customer.to_owned()), specials, ..Plan::default() };
    let deal = w.deal_at(Stage::Archived, &plan).await;
    // Packaging is said on every line, as the open complaint asks.
    let customer = w.customer(customer).await.customer;
    let mut content = crate::harness::sample::requirement(w, &customer, &plan);
    content.lines.iter_mut().for_each(|l| l.packaging = Some("原厂包装".to_owned()));
    w.must("wangmin", &deal, &[], Command::SaveRequirement(Box::new(content))).await;
    for step in Stage::ALL.into_iter().filter(|s| *s > Stage::RequirementDrafted && *s <= stage) {
        w.bring_to(step, &deal, &plan).await;
    }
    deal
}

fn ticked() -> Vec<Special> {
    vec![Special { text: LESSON.to_owned(), department: Department::Warehouse, applies: Some(true) }]
}

#[tokio::test]
async fn the_lesson_stands_on_requirement_quote_order_and_delivery_until_it_is_standard() {
    let (w, customer, complaint) = taught().await;
    let deal = next_deal(&w, &customer, Stage::Paid, ticked()).await;
    let first = Browser::at(&w).await;
    let (mut rep, mut store) = (first.another(), first.another());
    rep.sign_in("wangmin").await;
    store.sign_in("sunli").await;
    for step in ["requirement", "quote", "order", "delivery"] {
        rep.open(&format!("/deals/{deal}/{step}")).await;
        assert!(rep.html.contains("class=\"note note--warn lessons\"") && rep.sees(LESSON), "{step}: {}", rep.text());
        assert_eq!(rep.faults(), Vec::<String>::new(), "{step}");
    }
    // Who decides is told that there is one, and not that there is nothing to know.
    let mut manager = first.another();
    manager.sign_in("liqiang").await;
    manager.open(&format!("/deals/{deal}/approval")).await;
    assert!(manager.sees("未了结的投诉1 条，见页首"), "{}", manager.text());
    assert_eq!(manager.faults(), Vec::<String>::new());
    store.open(&format!("/deals/{deal}/delivery")).await;
    assert!(store.html.contains("lessons") && store.sees(LESSON), "{}", store.text());
    assert!(matches!(
        act(&w, "wangmin", &complaint, FeedbackCommand::CloseLesson { note: "写入作业指导书".to_owned() }).await,
        Err(Failure::Denied(_))
    ));
    must(&w, "liqiang", &complaint, FeedbackCommand::CloseLesson { note: "写入作业指导书".to_owned() }).await;
    rep.open(&format!("/deals/{deal}/delivery")).await;
    assert!(!rep.html.contains("class=\"note note--warn lessons\""), "{}", rep.text());
}

#[tokio::test]
async fn a_requirement_that_leaves_the_lesson_out_is_not_confirmed() {
    let (w, customer, _) = taught().await;
    let deal = next_deal(&w, &customer, Stage::RequirementSent, Vec::new()).await;
    let file = w.pdf("确认单").await;
    let confirm = Command::ConfirmRequirement {
        method: RequirementConfirmMethod::Signed,
        contact: "李娜".to_owned(),
        file: Some(file.id),
        at: w.now(),
    };
    match w.act("wangmin", &deal, &[file], confirm).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::SpecialUnticked { text: LESSON.to_owned() }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    // Ticked behind what was sent, it is confirmed and goes into the order.
    let tick = Command::TickSpecials { answers: vec![(LESSON.to_owned(), true)] };
    w.must("wangmin", &deal, &[], tick).await;
    let ticked = w.case(&deal).await.requirement.expect("a requirement").content.specials;
    assert!(ticked.iter().any(|s| s.text == LESSON && s.applies == Some(true)), "{ticked:?}");
}

#[tokio::test]
async fn the_form_offers_the_lesson_to_tick_and_asks_for_packaging() {
    let (w, customer, complaint) = taught().await;
    let plan = Plan { customer: Some(customer), ..Plan::default() };
    let deal = w.deal_at(Stage::Archived, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.html.contains(&format!("value=\"{LESSON}\"")), "{}", b.text());
    assert!(b.sees(&format!("来自投诉 {complaint} 的教训")), "{}", b.text());
    w.bring_to(Stage::RequirementDrafted, &deal, &plan).await;
    match w.act("wangmin", &deal, &[], Command::SendRequirement).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers, [Blocker::PackagingMissing { line: 1, no: complaint.clone() }]);
        }
        other => panic!("{:?}", other.map_err(|f| told(&f))),
    }
    // A draft from before the lesson gets its row, too.
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.html.contains(&format!("value=\"{LESSON}\"")), "{}", b.text());
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    let specials = w.case(&deal).await.requirement.expect("a draft").content.specials;
    assert_eq!(specials.iter().map(|s| (s.text.as_str(), s.applies)).collect::<Vec<_>>(), [(LESSON, None)]);
}

#[tokio::test]
async fn what_is_confidential_at_the_customer_is_confidential_on_the_deal() {
    let w = World::new().await;
    let no = w.archived_customer().await;
    let mut profile = w.customer(&no).await.customer.profile;
    profile.is_confidential = true;
    w.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(profile))).await;
    let plan = Plan { customer: Some(no), ..Plan::default() };
    let deal =
        w.open("wangmin", kuaidan::app::ForCustomer::Known { no: plan.customer.clone().expect("one") }, None, None);
    let deal = deal.await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.html.contains("name=\"is_confidential\" value=\"yes\" checked"), "{}", b.html);
}

#[tokio::test]
async fn lessons_and_the_proof_of_acceptance_are_links_for_whoever_may_open_them() {
    let (w, deal, order, customer) = with_completed_order().await;
    let on_order = record(&w, "wangmin", FeedbackAbout::Order { no: &order }, complaint(&w, Severity::General)).await;
    let about = FeedbackAbout::Customer { no: &customer };
    let on_customer = record(&w, "wangmin", about, complaint(&w, Severity::General)).await;
    let proof = format!("/files/{}", w.case(&deal).await.order.expect("an order").acceptance.file);
    let first = Browser::at(&w).await;
    for (login, is_sales) in [
        ("wangmin", true),
        ("liqiang", true),
        ("zhoukai", false),
        ("zhengwei", false),
        ("sunli", false),
        ("hejun", false),
    ] {
        let mut b = first.another();
        b.sign_in(login).await;
        assert_eq!(b.open(&format!("/deals/{deal}/order")).await, StatusCode::OK, "{login}: {}", b.text());
        assert!(b.sees(&on_order) && b.sees(&on_customer), "{login} reads both: {}", b.text());
        let links = b.links();
        // What was said of an order is everybody's who delivers it, what was said beside orders is not.
        for (path, is_offered) in [
            (format!("/feedback/{on_order}"), true),
            (format!("/feedback/{on_customer}"), is_sales),
            (proof.clone(), is_sales),
        ] {
            assert_eq!(links.contains(&path), is_offered, "{login}: {path} in {links:?}");
            let expected = if is_offered { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(b.open(&path).await, expected, "{login} at {path}");
        }
    }
}
