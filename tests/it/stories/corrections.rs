//! A customer corrects their own data on a link page (DOMAIN 1.1, 8): what a running deal holds becomes a
//! change record with the departments that follow; what only the archive holds stays a matter of the archive.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use crate::public::link;
use axum::http::StatusCode;
use kuaidan::domain::change::{Answer, ChangeStatus};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Case, Command};

/// The customer says what is wrong with these fields; the rest is right.
async fn correct(w: &World, page: &str, said: &[(&str, &str)]) {
    let mut b = Browser::at(w).await;
    b.open(page).await;
    let fields: Vec<String> = scraper::Html::parse_document(&b.html)
        .select(&scraper::Selector::parse("input[type=radio][value=yes]").expect("a selector"))
        .filter_map(|i| i.attr("name").map(str::to_owned))
        .collect();
    for name in &fields {
        let wrong = said.iter().find(|(field, _)| name.strip_prefix("is_right_") == Some(field));
        b.set(name, if wrong.is_some() { "no" } else { "yes" });
    }
    for (field, value) in said {
        b.set(&format!("said_{field}"), value);
    }
    b.set("name", "李娜");
    assert_eq!(b.submit("/data?lang=zh").await, StatusCode::OK, "{}", b.text());
}

async fn rep(w: &World, deal: &str) -> Browser {
    let mut b = Browser::at(w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/links")).await;
    b
}

async fn settle(b: &mut Browser, deal: &str, how: &str) -> StatusCode {
    b.open(&format!("/deals/{deal}/links")).await;
    b.set("settlement", how);
    b.submit("/links/settle").await
}

async fn hears(w: &World, login: &str, words: &str) -> bool {
    let mut b = Browser::at(w).await;
    b.sign_in(login).await;
    b.open("/notices").await;
    b.sees(words)
}

fn change(case: &Case) -> (String, ChangeStatus) {
    let change = case.change.as_ref().expect("a change record");
    (change.no.clone(), change.status)
}

/// Opens the form that the correction leads to, and saves it as it is filled in.
async fn write_record(b: &mut Browser, deal: &str) {
    b.open(&format!("/deals/{deal}/links")).await;
    let to = b.hrefs(&format!("a[href*=\"/deals/{deal}/changes/new?correction=\"]"));
    assert_eq!(to.len(), 1, "{}", b.text());
    assert_eq!(b.open(&to[0]).await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("客户在链接上填写的更正"), "{}", b.text());
    b.set("channel", "email");
    assert_eq!(b.submit("/changes/new").await, StatusCode::OK, "{}", b.text());
}

#[tokio::test]
async fn what_the_order_holds_becomes_a_change_record_before_the_correction_is_settled() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    let title = "苏州星辰云启科技股份有限公司";
    correct(&w, &page, &[("invoice_title", title), ("contact_1_mobile", "139 0013 9000"), ("legal_rep", "陈新")]).await;

    // Not settled while no record of it was filed; what was typed stays.
    let mut b = rep(&w, &deal).await;
    assert!(b.sees("先立变更单") && b.sees(&deal), "{}", b.text());
    b.set("settlement", "已电话核对");
    assert_eq!(b.submit("/links/settle").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.html.contains("value=\"已电话核对\""), "{}", b.html);
    assert!(b.words_of("[id$=-error]").join(" ").contains(&deal), "{}", b.text());
    assert!(b.faults().is_empty(), "{:?}", b.faults());

    // Written down from what the customer said; a draft does not count.
    write_record(&mut b, &deal).await;
    let (no, status) = change(&w.case(&deal).await);
    assert_eq!(status, ChangeStatus::Draft);
    assert!(b.sees(title) && b.sees("13900139000"), "{}", b.text());
    assert_eq!(settle(&mut b, &deal, "已立变更单").await, StatusCode::UNPROCESSABLE_ENTITY);
    let before = w.case(&deal).await.order.expect("an order");
    assert_ne!(before.invoice_block.title.as_deref(), Some(title), "nothing moves before it is filed");

    // Filed: the new number is checked by calling the one that was known; finance and logistics are told.
    b.open(&format!("/deals/{deal}/changes")).await;
    b.set("call_back_contact", "李娜 13800138000");
    assert_eq!(b.submit("/changes/file").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    assert_eq!(change(&case), (no.clone(), ChangeStatus::Effective));
    let order = case.order.as_ref().expect("an order");
    assert_eq!((order.invoice_block.title.as_deref(), order.ship_phone.as_str()), (Some(title), "13900139000"));
    assert_eq!(order.invoice_block.tax_no, before.invoice_block.tax_no, "the rest stays");
    for department in ["wufang", "hejun"] {
        assert!(hears(&w, department, "变更").await, "{department} is told");
    }
    assert_eq!(settle(&mut b, &deal, "已立变更单").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("王敏 已处理：已立变更单"), "{}", b.text());
    // The record of the order is not the archive: that has its own page and its own version.
    assert_ne!(case.customer.profile.invoice_title.as_deref(), Some(title));
    // A settled correction writes no second record, and nobody else's correction is written down here.
    let answer = w.app.links(&w.actor("wangmin"), &deal).await.expect("listed").1[0].answers[0].id;
    for id in [answer.to_string(), uuid::Uuid::from_u128(7).to_string(), "x".to_owned()] {
        let form = format!("/deals/{deal}/changes/new?correction={id}");
        assert_eq!(b.open(&form).await, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn once_the_goods_have_left_logistics_answers_for_the_new_number() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::Shipped, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    correct(&w, &page, &[("contact_1_mobile", "13900139000")]).await;
    let mut b = rep(&w, &deal).await;
    write_record(&mut b, &deal).await;
    b.open(&format!("/deals/{deal}/changes")).await;
    b.set("call_back_contact", "李娜 13800138000");
    assert_eq!(b.submit("/changes/file").await, StatusCode::OK, "{}", b.text());
    let case = w.case(&deal).await;
    let record = case.change.as_ref().expect("a record");
    assert_eq!(record.status, ChangeStatus::Assessing);
    assert!(record.duty(Department::Logistics).is_some_and(|d| d.said.is_none()));
    let yes = Command::AcknowledgeChange {
        department: Department::Logistics,
        answer: Answer::Possible,
        comment: None,
        loss: None,
    };
    w.must("hejun", &deal, &[], yes).await;
    let case = w.case(&deal).await;
    assert_eq!(change(&case).1, ChangeStatus::Effective);
    assert_eq!(case.order.expect("an order").ship_phone, "13900139000");
    assert_eq!(settle(&mut b, &deal, "物流已确认").await, StatusCode::OK, "{}", b.text());
}

#[tokio::test]
async fn without_a_running_deal_that_holds_it_a_correction_is_a_matter_of_the_archive() {
    let w = World::new().await;
    // A deal that has only the archive so far.
    let deal = w.deal_at(Stage::Archived, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    correct(&w, &page, &[("invoice_title", "苏州星辰云启科技股份有限公司")]).await;
    let mut b = rep(&w, &deal).await;
    assert!(!b.sees("先立变更单"), "{}", b.text());
    assert_eq!(settle(&mut b, &deal, "已改档案").await, StatusCode::OK, "{}", b.text());
    assert!(w.case(&deal).await.change.is_none());

    // A running order that holds nothing of it: the legal representative stands in no order.
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    correct(&w, &page, &[("legal_rep", "陈新")]).await;
    assert_eq!(settle(&mut b, &deal, "已改档案").await, StatusCode::OK, "{}", b.text());
    assert!(w.case(&deal).await.change.is_none());
    // The archive takes it as a version of its own, with its reason.
    let customer = format!("/customers/{}", w.case(&deal).await.customer.no);
    b.open(&customer).await;
    b.set("legal_rep", "陈新").set("change_reason", "客户在链接上更正");
    assert_eq!(b.submit(&customer).await, StatusCode::OK, "{}", b.text());
    assert_eq!(w.case(&deal).await.customer.profile.legal_rep.as_deref(), Some("陈新"));
}

#[tokio::test]
async fn a_customer_who_stays_with_what_we_have_needs_no_record_and_nonsense_reaches_no_order() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let page = link(&w, &deal, LinkPurpose::Data).await;
    correct(&w, &page, &[("invoice_tax_no", "<b>不知道</b>")]).await;
    let mut b = rep(&w, &deal).await;
    let to = b.hrefs("a[href*=\"changes/new?correction=\"]");
    b.open(&to[0]).await;
    b.set("channel", "phone");
    assert_eq!(b.submit("/changes/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(!b.html.contains("<b>不知道"), "what a customer typed is text");
    assert!(!b.words_of("#f-invoice_tax_no-error").join("").is_empty(), "{}", b.text());
    assert!(w.case(&deal).await.change.is_none());
    // What an order has it does not lose.
    b.set("invoice_tax_no", "");
    assert_eq!(b.submit("/changes/new").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    b.open(&format!("/deals/{deal}/links")).await;
    b.set("settlement", "与财务核对，税号无误").set("nothing_changes", "yes");
    assert_eq!(b.submit("/links/settle").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("核对后不更改：与财务核对，税号无误"), "{}", b.text());
    assert!(w.case(&deal).await.change.is_none());
}
