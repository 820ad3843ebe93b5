//! A quote turned from 含税 to 不含税 and back: the money stays, the prices are written otherwise, and whoever turns
//! it looks at them before they are saved.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::quote::Quote;
use kuaidan::domain::tax::TaxBasis;
use rust_decimal::{Decimal, dec};

fn offer() -> Plan {
    Plan {
        lines: vec![("QM-65", dec!(10), None), ("QM-86", dec!(1), Some(dec!(15000.50))), ("AZ-01", dec!(1), None)],
        discount_reason: Some("老客户"),
        ..Plan::default()
    }
}

async fn quote(w: &World, deal: &str) -> Quote {
    w.case(deal).await.quote.expect("a quote")
}

fn prices(quote: &Quote) -> Vec<Decimal> {
    quote.priced.lines.iter().map(|l| l.unit_price).collect()
}

#[tokio::test]
async fn turning_the_basis_changes_no_money_and_asks_before_saving() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &offer()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let page = format!("/deals/{deal}/quote");
    b.open(&page).await;
    b.choose("/quote", "add_surcharge", "1").await;
    b.set("surcharge_name#1", "运输").set("surcharge_amount#1", "200").set("surcharge_tax_rate#1", "6");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let before = quote(&w, &deal).await;
    assert_eq!(before.priced.totals.gross, dec!(99390.50));

    // Only the basis is chosen: nothing is saved, and the prices stand there without their tax.
    let version = w.version(&deal).await;
    b.open(&page).await;
    b.set("tax_basis", "exclusive");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    assert_eq!(w.version(&deal).await, version, "nothing is saved");
    assert!(b.sees("计价方式改为不含税") && b.sees("尚未保存"), "{}", b.text());
    for price in ["7344.247788", "13274.778761", "1132.075472", "188.68"] {
        assert!(b.html.contains(&format!("value=\"{price}\"")), "{price}: {}", b.text());
    }
    assert_eq!(b.words_of("#live-bar-gross"), ["¥99,390.50"]);
    assert!(!b.sees("高于政策价") && !b.sees("政策价有变化"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());

    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let net = quote(&w, &deal).await;
    assert_eq!((net.terms.tax_basis, net.priced.totals.gross), (TaxBasis::Exclusive, dec!(99390.50)));
    let policy = net.priced.lines[0].policy.as_ref().expect("a policy price");
    assert_eq!((net.priced.lines[0].unit_price, policy.unit_price), (dec!(7344.247788), dec!(7344.247788)));
    assert_eq!((net.priced.lines[0].discount_rate, net.priced.lines[0].kept), (Decimal::ZERO, None));
    assert_eq!(net.priced.lines[1].discount_rate, before.priced.lines[1].discount_rate);

    // And back to the last cent.
    b.open(&page).await;
    b.set("tax_basis", "inclusive");
    b.choose("/quote", "recalculate", "1").await;
    assert!(b.sees("计价方式改为含税"), "{}", b.text());
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let again = quote(&w, &deal).await;
    assert_eq!((prices(&again), again.priced.totals), (prices(&before), before.priced.totals));
}

#[tokio::test]
async fn a_kept_policy_price_is_not_repriced_by_the_basis() {
    let w = World::new().await;
    let deal =
        w.deal_at(Stage::QuoteDrafted, &Plan { lines: vec![("QM-65", dec!(10), None)], ..Plan::default() }).await;
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql(
        "ALTER TABLE price_item DISABLE TRIGGER USER; UPDATE price_item SET unit_price = 8499 WHERE unit_price = 8299;
         ALTER TABLE price_item ENABLE TRIGGER USER",
    )
    .execute(&mut owner)
    .await
    .expect("a new price");
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    b.set("tax_basis", "exclusive");
    b.submit("/quote").await;
    assert!(b.sees("保存时的政策价 7,344.247788，今日 7,521.238938"), "{}", b.text());
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    let line = quote(&w, &deal).await.priced.lines[0].clone();
    assert_eq!(line.policy.as_ref().map(|p| p.unit_price), Some(dec!(7344.247788)));
    assert_eq!((line.unit_price, line.amounts.gross), (dec!(7344.247788), dec!(82990.00)));
    assert_eq!(line.policy_seen(), Some(dec!(7521.238938)));
}
