//! What else stands on paper: the seller's own data, which of several offers it is, what is not in force
//! in the spreadsheet too, who signs, and the catalogue's names in the language of the form.

use super::printed;
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, told};
use axum::http::StatusCode;
use calamine::{Reader, Xlsx, open_workbook_from_rs};
use kuaidan::app::LogoChange;
use kuaidan::domain::company::Company;
use kuaidan::domain::workflow::Command;
use rust_decimal::dec;
use std::io::Cursor;

/// Everything a spreadsheet shows, without white space.
fn words_of(file: &[u8]) -> String {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.to_vec())).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    range.rows().flatten().map(ToString::to_string).collect::<String>().split_whitespace().collect()
}

#[tokio::test]
async fn the_contract_names_the_seller_s_code_bank_and_account() {
    let w = World::new().await;
    let (known, revision) = w.app.company().await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let new = Company {
        tax_no: Some("91320594PDY000992B".to_owned()),
        bank: Some("某某银行苏州分行".to_owned()),
        account: Some("1102 0204 0900 0123 456".to_owned()),
        ..known
    };
    let admin = w.actor("admin");
    let saved = w.app.save_company(&w.by(&admin, &[], None), revision, &new, LogoChange::Keep).await;
    saved.unwrap_or_else(|f| panic!("{}", told(&f)));
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let paper = printed(&mut b, &format!("/deals/{deal}/order.pdf?lang=zh")).await;
    let parties = paper.split("双方信息").nth(1).expect("the parties");
    for what in ["91320594PDY000992B", "某某银行苏州分行", "1102020409000123456", "91320505PDY00001XN"] {
        assert!(parties.contains(what), "{what}: {parties}");
    }
}

#[tokio::test]
async fn a_spreadsheet_says_too_that_a_quote_is_not_in_force() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let sheet = format!("/deals/{deal}/quote.xlsx");
    assert_eq!(b.open(&sheet).await, StatusCode::OK);
    assert!(words_of(&b.body).contains("草稿·未生效"), "{}", words_of(&b.body));
    assert_eq!(b.open(&format!("{sheet}?lang=en")).await, StatusCode::OK);
    assert!(words_of(&b.body).contains("QM-6565-inchmeetingpanel"), "{}", words_of(&b.body));
    w.bring_to(Stage::QuoteSubmitted, &deal, &Plan::default()).await;
    b.open(&sheet).await;
    assert!(words_of(&b.body).contains("草稿·未生效"), "not before everybody has approved");
    w.bring_to(Stage::QuoteApproved, &deal, &Plan::default()).await;
    b.open(&sheet).await;
    assert!(!words_of(&b.body).contains("草稿"), "{}", words_of(&b.body));
    w.must("wangmin", &deal, &[], w.quote(&Plan::default())).await;
    b.open(&format!("{sheet}?version=1")).await;
    assert!(words_of(&b.body).contains("已被新版本取代"), "{}", words_of(&b.body));
}

#[tokio::test]
async fn of_several_offers_each_says_which_it_is() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote.pdf");
    assert!(!printed(&mut b, &quote).await.contains("方案"), "one offer needs no letter");
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    let second = printed(&mut b, &quote).await;
    assert!(second.contains("备选方案方案B") && second.contains("V2"), "{second}");
    let first = printed(&mut b, &format!("{quote}?version=1")).await;
    assert!(first.contains("备选方案方案A") && first.contains("V1"), "{first}");
    let english = printed(&mut b, &format!("{quote}?lang=en")).await;
    assert!(english.contains("AlternativesAlternativeB"), "{english}");
}

#[tokio::test]
async fn everybody_asked_has_a_place_to_sign_on_the_approval_form() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-98", dec!(6), Some(dec!(25000)))],
        discount_reason: Some("大客户首单"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert!(round.nodes.len() >= 5, "{:?}", round.nodes);
    let mut b = Browser::at(&w).await;
    b.sign_in("liqiang").await;
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf")).await;
    assert_eq!(paper.matches("签字").count(), round.nodes.len() + 1, "{paper}");
    assert!(paper.contains("申请人王敏签字"), "{paper}");
    w.bring_to(Stage::QuoteApproved, &deal, &plan).await;
    let paper = printed(&mut b, &format!("/deals/{deal}/approval.pdf")).await;
    assert!(paper.contains("总经理刘建国签字") && paper.contains("技术部周凯签字"), "{paper}");
}
