//! The customer's yes and the order that follows from it: once, whoever asks how often and at the
//! same instant; and the order of the project story with its deposit.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Failure, FormUse};
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::purchase_order::PoCheck;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::workflow::{Action, Blocker, Command, blockers};
use kuaidan::store::StoreError;
use rust_decimal::{Decimal, dec};
use std::sync::Arc;
use tokio::task::JoinSet;

async fn count(w: &World, table: &str) -> i64 {
    let mut conn = w.database.app_connection().await;
    let sql = match table {
        "acceptance" => "SELECT count(*) FROM acceptance",
        "order" => "SELECT count(*) FROM sales_order",
        "confirmed" => "SELECT count(*) FROM event WHERE kind = 'order_confirmed'",
        _ => "SELECT count(*) FROM stock_movement WHERE kind = 'reserve'",
    };
    sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("a number")
}

/// Whether the act was done; a busy server did nothing and is asked again.
async fn tries(w: &World, version: i64, deal: &str, command: &Command, uploads: &[kuaidan::app::Upload]) -> bool {
    loop {
        match w.act_at(version, "wangmin", deal, uploads, command.clone()).await {
            Ok(_) => return true,
            Err(Failure::Store(StoreError::Busy(_))) => {}
            Err(Failure::Stale { .. } | Failure::Blocked { .. } | Failure::Store(StoreError::Refused { .. })) => {
                return false;
            }
            Err(other) => panic!("{}", told(&other)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_16_acceptances_at_once_one_counts_every_time() {
    let w = Arc::new(World::new().await);
    let customer = w.archived_customer().await;
    let rounds = 8;
    for round in 0..rounds {
        let plan = Plan { customer: Some(customer.clone()), lines: vec![("QM-65", dec!(1), None)], ..Plan::default() };
        let deal = w.deal_at(Stage::QuoteSent, &plan).await;
        let version = w.version(&deal).await;
        let mut all = JoinSet::new();
        for number in 0..16 {
            let (w, deal) = (Arc::clone(&w), deal.clone());
            all.spawn(async move {
                let file = w.pdf(&format!("回签 {number}")).await;
                let accept = Command::RecordAcceptance {
                    kind: AcceptanceKind::SignedQuote,
                    accepted_at: w.now(),
                    file: file.id,
                    po_no: None,
                    po_check: None,
                };
                tries(&w, version, &deal, &accept, &[file]).await
            });
        }
        let done = all.join_all().await;
        assert_eq!(done.iter().filter(|d| **d).count(), 1, "round {round}");
        assert_eq!((count(&w, "acceptance").await, count(&w, "order").await), (round + 1, round + 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_confirmations_at_once_one_reserves() {
    let w = Arc::new(World::new().await);
    let deal = w.deal_at(Stage::Accepted, &Plan::default()).await;
    let version = w.version(&deal).await;
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (w, deal) = (Arc::clone(&w), deal.clone());
        all.spawn(async move { tries(&w, version, &deal, &Command::ConfirmOrder, &[]).await });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|d| *d).count(), 1);
    assert_eq!((count(&w, "confirmed").await, count(&w, "reserve").await), (1, 1));
    assert_eq!(w.case(&deal).await.order.expect("an order").lines[0].reserved, dec!(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_of_acceptance_sent_16_times_leads_to_one_place() {
    let w = Arc::new(World::new().await);
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let version = w.version(&deal).await;
    let key = w.app.ids.next();
    let mut all = JoinSet::new();
    for _ in 0..16 {
        let (w, deal) = (Arc::clone(&w), deal.clone());
        all.spawn(async move {
            let file = w.pdf("盖章合同").await;
            let accept = Command::RecordAcceptance {
                kind: AcceptanceKind::StampedContract,
                accepted_at: w.now(),
                file: file.id,
                po_no: None,
                po_check: None,
            };
            let form = FormUse { key, route: "/order/acceptance".to_owned(), sha256: [7; 32], then: "/x".to_owned() };
            let actor = w.actor("wangmin");
            loop {
                let by = w.by(&actor, std::slice::from_ref(&file), Some(form.clone()));
                match w.app.act_on_deal(&by, &deal, version, accept.clone()).await {
                    Ok(done) => return done.then().to_owned(),
                    Err(Failure::Store(StoreError::Busy(_))) => {}
                    Err(other) => panic!("{}", told(&other)),
                }
            }
        });
    }
    assert!(all.join_all().await.iter().all(|then| then == "/x"));
    assert_eq!((count(&w, "acceptance").await, count(&w, "order").await), (1, 1));
}

#[tokio::test]
async fn an_acceptance_is_bound_to_one_version_and_one_purchase_order() {
    let w = World::new().await;
    let customer = w.archived_customer().await;
    let plan = Plan { customer: Some(customer), ..Plan::default() };
    let accept = async |deal: &str, po_no: &str| {
        let file = w.pdf("采购订单").await;
        let command = Command::RecordAcceptance {
            kind: AcceptanceKind::CustomerPo,
            accepted_at: w.now(),
            file: file.id,
            po_no: Some(po_no.to_owned()),
            po_check: Some(PoCheck::default()),
        };
        w.act("wangmin", deal, &[file], command).await
    };
    let first = w.deal_at(Stage::QuoteSent, &plan).await;
    accept(&first, "PO-7").await.unwrap_or_else(|f| panic!("{}", told(&f)));
    let second = w.deal_at(Stage::QuoteSent, &plan).await;
    assert!(matches!(accept(&second, "PO-7").await, Err(Failure::Store(StoreError::Refused { .. }))));
    accept(&second, "PO-8").await.unwrap_or_else(|f| panic!("{}", told(&f)));
    // What was accepted is what was approved, by its fingerprint.
    let mut conn = w.database.app_connection().await;
    let same: bool = sqlx::query_scalar(
        "SELECT bool_and(a.content_hash = q.content_hash AND q.status = 'accepted') FROM acceptance a JOIN quote q ON q.id = a.quote_id",
    )
    .fetch_one(&mut conn)
    .await
    .expect("two acceptances");
    assert!(same);
    // A quote that ran out before the customer said yes is not accepted.
    let third = w.deal_at(Stage::QuoteSent, &plan).await;
    w.at("10-09 09:00");
    let late = accept(&third, "PO-9").await;
    assert!(matches!(late, Err(Failure::Blocked { .. })), "{:?}", late.map_err(|f| told(&f)));
}

#[tokio::test]
async fn story_4_production_is_locked_until_the_deposit_is_recorded() {
    let w = World::new().await;
    w.at("10-12 10:30");
    // 1,464,000.00 in thirty, sixty and ten.
    let plan = Plan {
        lines: vec![("RM-PA66", dec!(60000), Some(dec!(24.40)))],
        terms: vec![
            (dec!(30), PaymentTrigger::OnSigning, 0),
            (dec!(60), PaymentTrigger::BeforeShipment, 0),
            (dec!(10), PaymentTrigger::AfterWarranty, 365),
        ],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.gross, dec!(1464000.00));
    let amounts: Vec<Decimal> = order.milestones.iter().map(|m| m.amount).collect();
    assert_eq!(amounts, [dec!(439200.00), dec!(878400.00), dec!(146400.00)]);
    let found = blockers(&w.case(&deal).await, Action::RecordProduction, None, w.now());
    assert!(found.contains(&Blocker::PaymentOpen { position: 1, amount: dec!(439200.00) }), "{found:?}");
    let deposit = Command::RecordReceipt {
        position: 1,
        amount: dec!(439200.00),
        received_at: moment("10-12 10:30"),
        reference: "HD-439200".to_owned(),
    };
    w.must("wufang", &deal, &[], deposit).await;
    let found = blockers(&w.case(&deal).await, Action::RecordProduction, None, w.now());
    assert!(!found.iter().any(|b| matches!(b, Blocker::PaymentOpen { .. })), "{found:?}");
}

/// The quote went out; the customer answers with an order of their own.
async fn with_po(w: &World, deal: &str) -> Browser {
    let mut rep = Browser::at(w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/order")).await;
    rep.set("acceptance_kind", "customer_po").set("po_no", "PO-2026-88").attach("file", "po.pdf", b"%PDF-1.7 po");
    rep
}

#[tokio::test]
async fn a_purchase_order_counts_after_it_was_laid_beside_the_quote() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let mut rep = with_po(&w, &deal).await;
    assert_eq!(rep.submit("/acceptance").await, StatusCode::UNPROCESSABLE_ENTITY, "nobody compared it");
    assert!(w.case(&deal).await.order.is_none());
    rep.set("po_difference", "PO 写 9 月 23 日交货，报价是 24 日").attach("file", "po.pdf", b"%PDF-1.7 po");
    assert_eq!(rep.submit("/acceptance").await, StatusCode::OK, "{}", rep.text());
    let order = w.case(&deal).await.order.expect("an order");
    let noted = Some("PO 写 9 月 23 日交货，报价是 24 日".to_owned());
    assert_eq!(order.acceptance.po_check, Some(PoCheck { difference: noted }));
    assert_eq!(order.promised_at, moment("09-24 18:00"), "the order follows the quote");
    assert!(rep.sees("客户 PO 与报价不一致") && rep.sees("9 月 23 日交货"), "{}", rep.text());
    // What differs may be a price: who sees none does not read it.
    let mut production = rep.another();
    production.sign_in("zhengwei").await;
    production.open(&format!("/deals/{deal}/order")).await;
    assert!(!production.text().contains("9 月 23 日交货"), "{}", production.text());
    // The database knows the rule too.
    let attack = "INSERT INTO acceptance (quote_id, content_hash, kind, accepted_at, file_id, po_no, customer_id, recorded_by, recorded_at)
        SELECT gen_random_uuid(), content_hash, 'customer_po', accepted_at, file_id, 'PO-9', customer_id, recorded_by, recorded_at FROM acceptance";
    let refused = sqlx::query(attack).execute(&mut w.database.owner_connection().await).await.expect_err("refused");
    assert!(refused.to_string().contains("purchase_order_compared"), "{refused}");
}

#[tokio::test]
async fn the_order_shows_who_accepted_what_and_keeps_the_invoice_data() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/order")).await;
    let sent: Vec<String> = sqlx::query_scalar("SELECT left(encode(content_hash, 'hex'), 16) FROM sent_document")
        .fetch_all(&mut w.database.owner_connection().await)
        .await
        .expect("two languages");
    assert_eq!(sent.len(), 2);
    for code in sent {
        assert!(rep.sees(&code), "{code}: {}", rep.text());
    }
    let block = w.case(&deal).await.order.expect("an order").invoice_block;
    assert_eq!(block.title.as_deref(), Some("苏州星辰云启科技有限公司"));
    assert!(rep.sees("登记人") && rep.sees("王敏") && rep.sees("专票"), "{}", rep.text());
    // The archive moves on; the order keeps what the customer agreed to.
    let no = w.case(&deal).await.customer.no;
    let mut profile = w.customer(&no).await.customer.profile;
    profile.invoice_title = Some("苏州星辰云启科技有限公司（新）".to_owned());
    let save = Command::SaveCustomerBecause { profile: Box::new(profile), reason: "客户更名中".to_owned() };
    w.must_on_customer("wangmin", &no, &[], save).await;
    assert_eq!(w.case(&deal).await.order.expect("an order").invoice_block, block);
    // The warehouse packs, it does not invoice.
    let mut warehouse = rep.another();
    warehouse.sign_in("sunli").await;
    warehouse.open(&format!("/deals/{deal}/order")).await;
    assert!(!warehouse.text().contains("开票信息"), "{}", warehouse.text());
}
