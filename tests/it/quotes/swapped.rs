//! A row whose product is swapped after the quote was made: the new product brings its own price, floor and rate,
//! and nothing of the old one goes along, up to who has to approve.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::quote::QuoteLine;
use kuaidan::domain::requirement::{LineKind, RequirementContent, RequirementFile, RequirementFileKind};
use kuaidan::domain::workflow::Command;
use rust_decimal::{Decimal, dec};

fn panels(code: &'static str, unit_price: Option<Decimal>) -> Plan {
    Plan { lines: vec![(code, dec!(4), unit_price)], discount_reason: Some("老客户试用"), ..Plan::default() }
}

/// The next version of the requirement as `change` makes it, confirmed by the customer.
pub async fn revised(w: &World, deal: &str, change: impl Fn(&mut RequirementContent)) {
    w.must("wangmin", deal, &[], Command::ReviseRequirement).await;
    let mut content = w.case(deal).await.requirement.expect("a requirement").content;
    change(&mut content);
    w.must("wangmin", deal, &[], Command::SaveRequirement(Box::new(content))).await;
    for stage in [Stage::RequirementSent, Stage::RequirementConfirmed] {
        w.bring_to(stage, deal, &Plan::default()).await;
    }
}

/// The first row asks for this product now.
pub async fn swapped(w: &World, deal: &str, code: &str) {
    let product = w.product(code).clone();
    revised(w, deal, |content| {
        let line = &mut content.lines[0];
        assert!(line.first.is_some(), "the row keeps its identity");
        (line.kind, line.product) = (product.kind, Some(product.id));
        (line.product_code, line.product_name) = (product.code.clone(), product.name.clone());
        (line.spec, line.unit) = (product.spec.clone(), product.unit.clone());
    })
    .await;
}

async fn line(w: &World, deal: &str) -> QuoteLine {
    w.case(deal).await.quote.and_then(|q| q.priced.lines.first().cloned()).expect("a priced line")
}

fn prices(line: &QuoteLine) -> (Decimal, Decimal, Decimal) {
    let policy = line.policy.as_ref().expect("a policy price");
    (policy.unit_price, policy.floor_price, line.unit_price)
}

#[tokio::test]
async fn a_dearer_product_brings_its_own_price_and_floor_to_the_approval() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels("QM-65", None)).await;
    assert_eq!(prices(&line(&w, &deal).await), (dec!(8999), dec!(7000), dec!(8999)));
    swapped(&w, &deal, "QM-98").await;

    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.sees("29,999.00") && !b.sees("8,999.00"), "{}", b.text());
    assert!(!b.sees("政策价有变化") && !b.html.contains("老客户试用"), "{}", b.text());
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    assert_eq!(prices(&line(&w, &deal).await), (dec!(29999), dec!(26000), dec!(29999)));
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.level, 2, "119,996.00 is the director's");
    assert!(round.node(NodeKind::SalesDirector).is_some());
}

#[tokio::test]
async fn the_old_price_for_the_dearer_product_is_a_discount_below_its_floor() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels("QM-65", None)).await;
    swapped(&w, &deal, "QM-98").await;
    w.must("wangmin", &deal, &[], w.quote(&panels("QM-98", Some(dec!(8999))))).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert!(quote.priced.is_below_floor && quote.priced.max_discount == dec!(0.7000), "{:?}", quote.priced);
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.level, 3);
    assert!(round.node(NodeKind::GeneralManager).is_some() && round.node(NodeKind::Finance).is_some());
}

#[tokio::test]
async fn a_cheaper_product_does_not_keep_the_price_of_the_dearer_one() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &panels("QM-98", Some(dec!(28000)))).await;
    swapped(&w, &deal, "QM-65").await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.sees("8,999.00") && !b.sees("28,000"), "{}", b.text());
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let line = line(&w, &deal).await;
    assert_eq!(prices(&line), (dec!(8999), dec!(7000), dec!(8999)));
    assert_eq!((line.discount_reason.as_deref(), line.discount_rate), (None, Decimal::ZERO));
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.level, 1, "35,996.00 at its own price");
    assert!(round.node(NodeKind::SalesDirector).is_none());
}

#[tokio::test]
async fn a_row_whose_product_stays_keeps_its_price_and_its_reason() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels("QM-65", Some(dec!(8500)))).await;
    revised(&w, &deal, |content| content.lines[0].packaging = Some("木箱".to_owned())).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let line = line(&w, &deal).await;
    assert_eq!(prices(&line), (dec!(8999), dec!(7000), dec!(8500)));
    assert_eq!(line.discount_reason.as_deref(), Some("老客户试用"));
}

#[tokio::test]
async fn the_same_panel_made_to_measure_is_priced_anew() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &panels("QM-65", Some(dec!(8500)))).await;
    let drawing = w.pdf("图纸").await;
    w.must("wangmin", &deal, &[], Command::ReviseRequirement).await;
    let mut content = w.case(&deal).await.requirement.expect("a requirement").content;
    content.files =
        vec![RequirementFile { id: drawing.id, kind: RequirementFileKind::Drawing, name: "图纸.pdf".to_owned() }];
    let line = &mut content.lines[0];
    (line.kind, line.custom_name) = (LineKind::Custom, Some("QM-65 加固型".to_owned()));
    "QM-65 加固型".clone_into(&mut line.product_name);
    "65 寸，防护等级 IP54，耐 45 ℃".clone_into(&mut line.spec);
    w.must("wangmin", &deal, &[drawing], Command::SaveRequirement(Box::new(content))).await;
    for stage in [Stage::RequirementSent, Stage::RequirementConfirmed] {
        w.bring_to(stage, &deal, &Plan::default()).await;
    }
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(!b.html.contains("value=\"8500\"") && !b.html.contains("老客户试用"), "{}", b.text());
}
