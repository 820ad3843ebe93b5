//! The quote and the library: why this price, what changes ask, special prices, and the check
//! before submitting.

use super::library::{draft, publish};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::app::{Asked, Failure, PolicyChoice, QuoteInput, QuoteLineInput};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::pricing::PriceSource;
use kuaidan::domain::quote::{LineRemarks, PriceRequest, QuoteLine};
use kuaidan::domain::routing::RouteReason;
use kuaidan::domain::workflow::{Blocker, Command};
use rust_decimal::{Decimal, dec};

fn one_line() -> Plan {
    Plan { lines: vec![("QM-65", dec!(10), None)], ..Plan::default() }
}

fn typed(w: &World, unit_price: Option<Decimal>, request: PriceRequest, policy: PolicyChoice) -> Asked<'static> {
    let reason = (request == PriceRequest::Special).then(|| "竞争对手报价更低".to_owned());
    Asked::Quote(Box::new(QuoteInput {
        terms: quote_terms(w, &one_line()),
        lines: vec![QuoteLineInput {
            remarks: LineRemarks::default(),
            line_no: 1,
            unit_price,
            tax_rate: None,
            discount_reason: reason,
            request,
            policy,
        }],
        surcharges: Vec::new(),
    }))
}

async fn line(w: &World, deal: &str) -> QuoteLine {
    w.case(deal).await.quote.and_then(|q| q.priced.lines.first().cloned()).expect("a priced line")
}

fn policy(line: &QuoteLine) -> Decimal {
    line.policy.as_ref().expect("a policy price").unit_price
}

#[tokio::test]
async fn a_new_price_is_shown_and_asked_and_never_taken_silently() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &one_line()).await;
    assert_eq!(policy(&line(&w, &deal).await), dec!(8299));
    w.at("09-17 11:00");
    draft(&w, dec!(8199), "2026-09-18").await;
    publish(&w).await;
    w.at("09-18 09:30");

    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("/deals/{deal}/quote")).await;
    assert!(wangmin.sees("保存时的政策价 8,299.00，今日 8,199.00"), "{}", wangmin.text());
    assert!(wangmin.sees("价格由来") && wangmin.sees("价目表首档8,999.00"), "{}", wangmin.text());

    // Saving keeps the price that was kept.
    w.must("wangmin", &deal, &[], typed(&w, Some(dec!(8299)), PriceRequest::Policy, PolicyChoice::Keep)).await;
    let kept = line(&w, &deal).await;
    assert_eq!((policy(&kept), kept.unit_price), (dec!(8299), dec!(8299)));
    // Taking the new one moves an undiscounted line with it, and a discounted one stays as typed.
    w.must("wangmin", &deal, &[], typed(&w, Some(dec!(8299)), PriceRequest::Policy, PolicyChoice::Take)).await;
    let taken = line(&w, &deal).await;
    assert_eq!((policy(&taken), taken.unit_price), (dec!(8199), dec!(8199)));
    let basis = taken.policy.as_ref().and_then(|p| p.basis.clone()).expect("its place in the library");
    assert_eq!((basis.list_version, basis.entry_price), (Some(2), dec!(8999)));
}

#[tokio::test]
async fn a_special_price_goes_to_the_director_and_is_granted_for_this_deal() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::RequirementConfirmed, &one_line()).await;
    w.must("wangmin", &deal, &[], typed(&w, Some(dec!(8200)), PriceRequest::Special, PolicyChoice::Keep)).await;
    w.bring_to(Stage::QuoteSubmitted, &deal, &one_line()).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.level, 2);
    let director = round.node(NodeKind::SalesDirector).expect("the director decides");
    assert!(director.reasons.contains(&RouteReason::SpecialPrice), "{:?}", director.reasons);
    w.bring_to(Stage::QuoteApproved, &deal, &one_line()).await;

    // A new version takes the grant: the same price is policy now, and the manager alone decides.
    w.must("wangmin", &deal, &[], typed(&w, Some(dec!(8200)), PriceRequest::Policy, PolicyChoice::Take)).await;
    let again = line(&w, &deal).await;
    let policy = again.policy.clone().expect("a policy price");
    assert_eq!((policy.source, policy.unit_price), (PriceSource::SpecialPrice, dec!(8200)));
    assert_eq!((again.discount_rate, again.request), (Decimal::ZERO, PriceRequest::Policy));
    w.bring_to(Stage::QuoteSubmitted, &deal, &one_line()).await;
    assert_eq!(w.case(&deal).await.round.expect("a round").level, 1);

    // Another deal of the same customer knows nothing of it.
    let plan = Plan { customer: Some(w.case(&deal).await.customer.no), ..one_line() };
    let other = w.deal_at(Stage::QuoteDrafted, &plan).await;
    assert_eq!(line(&w, &other).await.policy.expect("a policy price").source, PriceSource::StandardList);
}

#[tokio::test]
async fn the_path_shown_before_submitting_is_the_round_that_opens() {
    let w = World::new().await;
    let plan = Plan {
        lines: vec![("QM-98", dec!(6), Some(dec!(25000)))],
        discount_reason: Some("大客户首单"),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
    w.at("09-17 15:00");
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    assert_eq!(wangmin.open(&format!("/deals/{deal}/quote/submit")).await, StatusCode::OK, "{}", wangmin.text());
    let shown = wangmin.text();
    assert_eq!(wangmin.submit("/quote/submit").await, StatusCode::OK, "{}", wangmin.text());
    let round = w.case(&deal).await.round.expect("a round");
    assert!(round.nodes.len() >= 4, "first sale, shortage, below floor: {:?}", round.nodes);
    let t = kuaidan::wording::Lang::Zh;
    let mut at = 0;
    for node in &round.nodes {
        let name = t.node_kind(node.kind);
        assert!(shown.contains(name), "{name} is not shown: {shown}");
        for reason in &node.reasons {
            assert!(shown.contains(&t.route_reason(reason)), "{name}: {reason:?} is not shown");
        }
        if let Some(due) = node.due_at {
            assert!(shown.contains(&t.moment(due)), "{name} is due {due}: {shown}");
            at += 1;
        }
    }
    assert_eq!(at, 1, "one node is open at first");
}

#[tokio::test]
async fn typing_is_computed_by_the_server_and_saves_nothing() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &one_line()).await;
    let version = w.version(&deal).await;
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    let quote = format!("/deals/{deal}/quote");
    wangmin.open(&quote).await;
    wangmin.set("unit_price", "7000");
    assert_eq!(wangmin.choose("/quote", "recalculate", "1").await, StatusCode::OK);
    assert!(wangmin.sees("70,000.00") && wangmin.sees("须销售总监审批"), "{}", wangmin.text());
    assert_eq!(w.version(&deal).await, version, "nothing is saved");
    assert_eq!(wangmin.faults(), Vec::<String>::new());
    // The fragment for the script gives the same figures.
    let key = wangmin
        .html
        .split("name=\"form_key\" value=\"")
        .nth(1)
        .and_then(|s| s.split('"').next())
        .expect("a key")
        .to_owned();
    let body = |price: &str| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("form_key", key.as_str()),
                ("unit_price", price),
                ("tax_rate", "13"),
                ("discount_reason", "竞标"),
                ("valid_until", "2026-10-02"),
                ("tax_basis", "inclusive"),
                ("deliver_at", "2026-09-24T18:00"),
                ("place", "苏州"),
                ("delivery_mode", "to_door"),
                ("freight_payer", "seller"),
                ("warranty", "一年"),
                ("percent", "100"),
                ("trigger", "on_signing"),
                ("days", "3"),
            ])
            .finish()
    };
    let mut ask = async |price: &str| {
        let request = axum::http::Request::post(format!("{quote}/preview"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(body(price)))
            .expect("a request");
        wangmin.send(request).await;
        (wangmin.status, wangmin.html.clone())
    };
    let (status, html) = ask("7000").await;
    assert_eq!(status, StatusCode::OK, "{html}");
    assert!(html.contains("70,000.00") && html.contains("data-live-for=\"live-1-discount\""), "{html}");
    for hostile in ["-1", "1e30", "0.0000001", "10000000000000000000000000000000", "NaN"] {
        let (status, html) = ask(hostile).await;
        assert_eq!(status, StatusCode::OK, "{hostile}");
        assert!(!html.contains("live-1-gross"), "{hostile} computes nothing: {html}");
    }
    // 99.99 % off is computed, and nobody but the general manager can let it pass.
    let (_, html) = ask("0.8299").await;
    assert!(html.contains("须总经理审批"), "{html}");
    assert_eq!(w.version(&deal).await, version, "nothing is saved");
}

#[tokio::test]
async fn two_versions_are_compared() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteApproved, &one_line()).await;
    w.must("wangmin", &deal, &[], typed(&w, Some(dec!(8100)), PriceRequest::Policy, PolicyChoice::Keep)).await;
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    assert_eq!(wangmin.open(&format!("/deals/{deal}/quote/compare?from=1&to=2")).await, StatusCode::OK);
    assert!(wangmin.sees("8,299.00") && wangmin.sees("8,100.00") && wangmin.sees("81,000.00"), "{}", wangmin.text());
    assert_eq!(wangmin.open(&format!("/deals/{deal}/quote/compare?from=0&to=9")).await, StatusCode::NOT_FOUND);
    wangmin.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(wangmin.sees("与 V1 相比的变化") && wangmin.sees("8,100.00"), "{}", wangmin.text());
    wangmin.open(&format!("/deals/{deal}/quote?version=1")).await;
    assert!(wangmin.sees("这是旧版本"), "{}", wangmin.text());
}

#[tokio::test]
async fn an_accepted_quote_is_in_time_to_the_last_second_of_its_day() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &one_line()).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    let end = quote
        .terms
        .valid_until
        .and_hms_opt(23, 59, 59)
        .and_then(|t| t.and_local_timezone(kuaidan::domain::calendar::ZONE).single())
        .expect("a moment")
        .to_utc();
    assert!(!quote.is_expired(end));
    assert!(quote.is_expired(end + chrono::TimeDelta::seconds(1)));
}

async fn refused(w: &World, deal: &str) -> Vec<Blocker> {
    match w.act("wangmin", deal, &[], Command::SubmitQuote).await {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("{}", crate::harness::world::told(&other)),
        Ok(_) => panic!("submitted"),
    }
}

#[tokio::test]
async fn a_price_that_begins_today_is_asked_before_today_s_draft_is_submitted() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &one_line()).await;
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("/deals/{deal}/quote")).await;
    let mut early = wangmin.another();
    early.sign_in("wangmin").await;
    early.open(&format!("/deals/{deal}/quote")).await;
    w.at("09-17 11:00");
    draft(&w, dec!(8799), "2026-09-17").await;
    publish(&w).await;
    let moved = [Blocker::PolicyPriceMoved { line: 1 }];
    assert_eq!(refused(&w, &deal).await, moved);
    wangmin.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(wangmin.sees("报价第 1 行的政策价在编制报价后已变化"), "{}", wangmin.text());

    // A form from before the new price asked nothing, so saving it answers nothing.
    assert_eq!(early.submit("/quote").await, StatusCode::OK, "{}", early.text());
    assert_eq!(refused(&w, &deal).await, moved);

    // Who sees both and keeps the former has answered; the page to submit and the approver are told.
    wangmin.open(&format!("/deals/{deal}/quote")).await;
    assert!(wangmin.sees("保存时的政策价 8,299.00，今日 8,799.00"), "{}", wangmin.text());
    assert_eq!(wangmin.submit("/quote").await, StatusCode::OK, "{}", wangmin.text());
    let kept = line(&w, &deal).await;
    assert_eq!((policy(&kept), kept.unit_price, kept.policy_seen()), (dec!(8299), dec!(8299), Some(dec!(8799))));
    let told = "沿用政策价 8,299.00，今日为 8,799.00";
    wangmin.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(wangmin.sees(told) && !wangmin.sees("还不能提交"), "{}", wangmin.text());

    // Another price after that is another question, also on another day.
    let mut owner = w.database.owner_connection().await;
    sqlx::raw_sql(
        "ALTER TABLE price_item DISABLE TRIGGER USER; UPDATE price_item SET unit_price = 8899 WHERE unit_price = 8799;
         ALTER TABLE price_item ENABLE TRIGGER USER",
    )
    .execute(&mut owner)
    .await
    .expect("a new price");
    assert_eq!(refused(&w, &deal).await, moved);
    wangmin.open(&format!("/deals/{deal}/quote")).await;
    assert_eq!(wangmin.submit("/quote").await, StatusCode::OK, "{}", wangmin.text());
    w.at("09-18 09:00");
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let mut liqiang = wangmin.another();
    liqiang.sign_in("liqiang").await;
    liqiang.open(&format!("/deals/{deal}/approval")).await;
    assert!(liqiang.sees("沿用政策价 8,299.00，今日为 8,899.00"), "{}", liqiang.text());
    assert_eq!(liqiang.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn who_takes_the_price_of_today_is_asked_nothing_more() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &one_line()).await;
    w.at("09-17 11:00");
    draft(&w, dec!(8799), "2026-09-17").await;
    publish(&w).await;
    let mut wangmin = Browser::at(&w).await;
    wangmin.sign_in("wangmin").await;
    wangmin.open(&format!("/deals/{deal}/quote")).await;
    wangmin.set("take_policy", "1");
    assert_eq!(wangmin.submit("/quote").await, StatusCode::OK, "{}", wangmin.text());
    let taken = line(&w, &deal).await;
    assert_eq!((policy(&taken), taken.unit_price, taken.kept), (dec!(8799), dec!(8799), None));
    wangmin.open(&format!("/deals/{deal}/quote/submit")).await;
    assert!(!wangmin.sees("沿用政策价"), "{}", wangmin.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
}
