//! A promise that is over before the order is confirmed: the contract never promises a day that has passed,
//! and the rep agrees a later one with the customer.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Done, Failure};
use kuaidan::domain::requirement::RequirementConfirmMethod;
use kuaidan::domain::workflow::{Blocker, Command};

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

fn agree(to: &str, contact: &str) -> Command {
    Command::AgreePromise {
        to: moment(to),
        contact: contact.to_owned(),
        method: RequirementConfirmMethod::Email,
        note: Some("合同盖章晚了".to_owned()),
    }
}

#[tokio::test]
async fn a_late_acceptance_is_confirmed_with_a_day_that_the_customer_agreed_to() {
    let w = World::new().await;
    // Quoted for 09-24, valid to 10-02, accepted on 09-28.
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    w.at("09-28 09:00");
    w.bring_to(Stage::Accepted, &deal, &Plan::default()).await;
    let passed = Blocker::PromisePassed { promised_on: day("2026-09-24") };
    assert_eq!(blockers(w.act("wangmin", &deal, &[], Command::ConfirmOrder).await), [passed]);

    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(b.sees("已过，请先与客户改定交期"), "{}", b.text());
    b.set("agreed_to", "2026-10-12T18:00");
    assert_eq!(b.submit("/order/promise").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.set("agreed_with", "李娜").set("agreed_how", "email").set("agreed_note", "合同盖章晚了");
    assert_eq!(b.submit("/order/promise").await, StatusCode::OK, "{}", b.text());
    // Both moments are readable, on the page and in the history.
    assert!(b.sees("报价的交期") && b.sees("与客户改定交期") && b.sees("李娜"), "{}", b.text());
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.promised_at, moment("10-12 18:00"));
    assert!(order.lines.iter().all(|l| l.promised_at == moment("10-12 18:00")));

    w.must("wangmin", &deal, &[], Command::ConfirmOrder).await;
    let order = w.case(&deal).await.order.expect("an order");
    // What the order was confirmed with is what it is measured by.
    assert!(order.tracking.batches.iter().all(|b| b.original_at == moment("10-12 18:00")));
    // From now on it is a slip, with its reason.
    assert_eq!(blockers(w.act("wangmin", &deal, &[], agree("10-20 18:00", "李娜")).await), [Blocker::WrongState]);
}

#[tokio::test]
async fn an_agreed_promise_is_later_ahead_and_somebodys_word() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let promised_at = moment("09-24 18:00");
    let found = blockers(w.act("wangmin", &deal, &[], agree("09-24 17:00", "李娜")).await);
    assert_eq!(found, [Blocker::PromiseNotLater { promised_at }]);
    let found = blockers(w.act("wangmin", &deal, &[], agree("09-25 18:00", "外人")).await);
    assert_eq!(found, [Blocker::ConfirmContactUnknown]);
    for login in ["zhaoliu", "sunli", "wufang"] {
        match w.act(login, &deal, &[], agree("09-25 18:00", "李娜")).await {
            Err(Failure::Denied(_) | Failure::NotFound) => {}
            Err(other) => panic!("{login}: {}", told(&other)),
            Ok(_) => panic!("{login} may not"),
        }
    }
    w.at("09-28 09:00");
    let found = blockers(w.act("wangmin", &deal, &[], agree("09-26 18:00", "李娜")).await);
    assert_eq!(found, [Blocker::PromisePassed { promised_on: day("2026-09-26") }]);
    w.must("wangmin", &deal, &[], agree("09-30 18:00", "李娜")).await;
    w.must("wangmin", &deal, &[], Command::ConfirmOrder).await;
}
