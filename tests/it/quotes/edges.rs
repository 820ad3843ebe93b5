//! The edges of a quote: what is typed wrong, the last second, the tier's edge, prices that begin
//! tomorrow or ended yesterday, and five hundred lines.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day};
use axum::http::StatusCode;
use chrono::TimeDelta;
use kuaidan::app::Failure;
use kuaidan::app::prices::ListToOpen;
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::calendar::ZONE;
use kuaidan::domain::library::{DraftRow, ListFor, TierPrice};
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::pricing::PriceSource;
use kuaidan::domain::tax::TaxBasis;
use kuaidan::domain::workflow::{Blocker, Command};
use rust_decimal::{Decimal, dec};
use std::time::{Duration, Instant};

fn panels(quantity: Decimal, unit_price: Option<Decimal>) -> Plan {
    Plan { lines: vec![("QM-65", quantity, unit_price)], ..Plan::default() }
}

#[tokio::test]
async fn what_cannot_be_a_price_a_share_or_a_discount_is_refused_with_everything_kept() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementConfirmed, &panels(dec!(10), None)).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote");
    for (field, value, said) in [
        ("unit_price#1", "-0.01", "不能小于"),
        ("unit_price#1", "10^30", "数字"),
        ("unit_price#1", "1000000000000000000000000000000", "不能大于"),
        ("unit_price#1", "1e3", "数字"),
        ("unit_price#1", "0.0000001", "6 位小数"),
        ("percent#1", "29.99", "100"),
        ("percent#1", "0", "不能小于"),
        ("percent#1", "130", "不能大于"),
        ("whole_discount", "82990", "不能大于"),
        ("whole_discount", "-1", "不能小于"),
        ("valid_until", "2026-09-17", "早于"),
        ("valid_until", "2026-12-17", "不能大于"),
    ] {
        b.open(&quote).await;
        b.set("warranty", "整机三年质保").set(field, value);
        assert_eq!(b.submit("/quote").await, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}: {}", b.text());
        assert!(b.sees(said), "{field}={value} says {said}: {}", b.text());
        assert!(
            b.html.contains("整机三年质保") && b.html.contains(&format!("value=\"{value}\"")),
            "{field}={value} is kept"
        );
    }
    assert!(w.case(&deal).await.quote.is_none(), "nothing is saved");
    // All the way down is a discount of 100 %: allowed to be typed, and the general manager's to allow.
    b.open(&quote).await;
    b.set("unit_price#1", "0").set("discount_reason#1", "首台样机赠送客户试用");
    assert_eq!(b.submit("/quote").await, StatusCode::OK, "{}", b.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert!(round.node(NodeKind::GeneralManager).is_some() && round.node(NodeKind::Finance).is_some());
}

#[tokio::test]
async fn a_quote_is_accepted_in_its_last_second_and_not_one_later() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let until = w.case(&deal).await.quote.expect("a quote").terms.valid_until;
    let end =
        until.and_hms_opt(23, 59, 59).and_then(|at| at.and_local_timezone(ZONE).single()).expect("a moment").to_utc();
    w.clock.set(end + TimeDelta::hours(9));
    let file = w.pdf("盖章合同").await;
    let accepted_at = |at| Command::RecordAcceptance {
        kind: AcceptanceKind::StampedContract,
        accepted_at: at,
        file: file.id,
        po_no: None,
        po_check: None,
    };
    let late = w.act("wangmin", &deal, std::slice::from_ref(&file), accepted_at(end + TimeDelta::seconds(1))).await;
    assert!(matches!(late, Err(Failure::Blocked { blockers, .. }) if blockers == [Blocker::QuoteExpired { until }]));
    // The proof came the next morning, and says the last second.
    w.must("wangmin", &deal, std::slice::from_ref(&file), accepted_at(end)).await;
    // Sending what has expired is refused too.
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &Plan::default()).await;
    w.clock.set(end + TimeDelta::seconds(1));
    let sent = w.act("wangmin", &deal, &[], Command::SendQuote).await;
    assert!(matches!(sent, Err(Failure::Blocked { blockers, .. }) if blockers == [Blocker::QuoteExpired { until }]));
}

#[tokio::test]
async fn the_tier_is_chosen_at_its_edge_and_the_floor_by_a_millionth() {
    let w = World::new().await;
    for (quantity, price) in
        [(dec!(4), dec!(8999)), (dec!(5), dec!(8599)), (dec!(9.999), dec!(8599)), (dec!(10), dec!(8299))]
    {
        let deal = w.deal_at(Stage::QuoteDrafted, &panels(quantity, None)).await;
        let quote = w.case(&deal).await.quote.expect("a quote");
        assert_eq!(quote.priced.lines[0].unit_price, price, "{quantity}");
    }
    for (unit, below) in [(dec!(7000), false), (dec!(6999.999999), true)] {
        let plan = Plan { discount_reason: Some("清库存"), ..panels(dec!(10), Some(unit)) };
        let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
        let quote = w.case(&deal).await.quote.expect("a quote");
        assert_eq!(quote.priced.is_below_floor, below, "{unit}");
    }
}

#[tokio::test]
async fn an_agreement_of_tomorrow_and_a_price_of_yesterday_do_not_apply_today() {
    let w = World::new().await;
    let customer = w.archived_customer().await;
    let id = w.customer(&customer).await.customer.id;
    let (finance, director) = (w.actor("wufang"), w.actor("chenjing"));
    let open = ListToOpen {
        code: "XY-TEST".to_owned(),
        name: "客户协议价".to_owned(),
        list_for: ListFor::Customer(id),
        tax_basis: TaxBasis::Inclusive,
    };
    w.app.open_price_list(&w.by(&finance, &[], None), &open).await.unwrap_or_else(|e| panic!("{e:?}"));
    let row = |code: &str, from: &str, to: Option<&str>, unit_price| DraftRow {
        id: w.app.ids.next(),
        product: w.product(code).id,
        from_quantity: dec!(1),
        price: Some(TierPrice { unit_price, floor_price: dec!(5) }),
        valid_from: day(from),
        valid_to: to.map(day),
    };
    let rows =
        vec![row("QM-65", "2026-09-18", None, dec!(7777)), row("QM-86", "2026-01-01", Some("2026-09-16"), dec!(14000))];
    w.app
        .save_price_draft(&w.by(&finance, &[], None), "XY-TEST", 1, rows, None)
        .await
        .unwrap_or_else(|e| panic!("{e:?}"));
    w.app.publish_prices(&w.by(&director, &[], None), "XY-TEST", 2).await.unwrap_or_else(|e| panic!("{e:?}"));
    let plan = Plan {
        customer: Some(customer),
        lines: vec![("QM-65", dec!(1), None), ("QM-86", dec!(1), None)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    let sources = |case: kuaidan::domain::workflow::Case| -> Vec<(PriceSource, Decimal)> {
        let quote = case.quote.expect("a quote");
        quote.priced.lines.iter().filter_map(|l| l.policy.as_ref().map(|p| (p.source, p.unit_price))).collect()
    };
    assert_eq!(
        sources(w.case(&deal).await),
        [(PriceSource::StandardList, dec!(8999)), (PriceSource::StandardList, dec!(15999))]
    );
    // Why is said on the page, with the days.
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    b.open(&format!("/deals/{deal}/quote")).await;
    assert!(b.sees("XY-TEST 当天无效（2026年9月18日 起）"), "{}", b.text());
    w.at("09-18 09:30");
    let next = w.deal_at(Stage::QuoteDrafted, &plan).await;
    assert_eq!(
        sources(w.case(&next).await),
        [(PriceSource::Agreement, dec!(7777)), (PriceSource::StandardList, dec!(15999))]
    );
}

#[tokio::test]
async fn five_hundred_lines_are_quoted_and_approved() {
    let w = World::new().await;
    let plan = Plan { lines: vec![("QM-65", dec!(1), None); 500], ..Plan::default() };
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    let started = Instant::now();
    w.bring_to(Stage::QuoteDrafted, &deal, &plan).await;
    let taken = started.elapsed();
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!((quote.priced.lines.len(), quote.priced.totals.gross), (500, dec!(4499500.00)));
    // In a debug build, and loading the case twice.
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    w.bring_to(Stage::QuoteSubmitted, &deal, &plan).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/quote")).await, StatusCode::OK);
    assert!(b.sees("4,499,500.00") && b.sees("肆佰肆拾玖万玖仟伍佰元整"), "the totals are on the page");
}

#[tokio::test]
async fn what_was_quoted_can_be_read_while_a_new_requirement_is_written() {
    let w = World::new().await;
    let plan = panels(dec!(10), None);
    let deal = w.deal_at(Stage::QuoteSent, &plan).await;
    w.must("wangmin", &deal, &[], w.quote(&plan)).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote");
    b.open(&quote).await;
    assert!(!b.sees("目前只能查看"), "{}", b.text());
    let mut before = b.another();
    before.sign_in("wangmin").await;
    before.open(&format!("{quote}?revise=1")).await;

    w.must("wangmin", &deal, &[], Command::ReviseRequirement).await;
    for page in [
        "",
        "?version=1",
        ".pdf",
        ".pdf?version=1&lang=en",
        ".xlsx",
        ".json",
        "/compare",
        "/compare?from=1&to=2",
        "/alternatives",
    ] {
        assert_eq!(b.open(&format!("{quote}{page}")).await, StatusCode::OK, "{page}: {}", b.text());
    }
    b.open(&quote).await;
    assert!(b.sees("目前只能查看") && b.sees("客户尚未确认需求") && b.sees("已被新版本取代"), "{}", b.text());
    assert_eq!(b.faults(), Vec::<String>::new());
    for act in ["name=\"unit_price\"", "/quote/submit", "revise=1"] {
        assert!(!b.html.contains(act), "{act} is offered");
    }
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.links().contains(&quote), "the strip leads there: {:?}", b.links());
    // What would move it is refused as before.
    assert_eq!(before.submit("/quote").await, StatusCode::CONFLICT, "{}", before.text());
    assert_eq!(b.open(&format!("{quote}/submit")).await, StatusCode::CONFLICT);
    // Nobody has quoted anything: the step is not reached.
    let fresh = w.deal_at(Stage::RequirementSent, &plan).await;
    for page in ["", ".pdf", "/compare"] {
        assert_eq!(b.open(&format!("/deals/{fresh}/quote{page}")).await, StatusCode::CONFLICT, "{page}");
    }
}
