//! Two offers of one requirement: both approved, both sent, one taken.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, told};
use crate::public::link;
use axum::http::StatusCode;
use kuaidan::app::{Asked, Failure};
use kuaidan::domain::alternative::Alternative;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::link::LinkPurpose;
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::{Action, Blocker, Command};
use rust_decimal::dec;
use sqlx::Row as _;

fn cheaper() -> Plan {
    Plan {
        lines: vec![("QM-65", dec!(10), Some(dec!(7999))), ("AZ-01", dec!(1), Some(dec!(1000)))],
        discount_reason: Some("客户要两个方案"),
        ..Plan::default()
    }
}

/// A is sent; B, cheaper, is sent too and is the one worked on.
async fn two_sent(w: &World) -> String {
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    w.must("wangmin", &deal, &[], w.quote(&cheaper())).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.approve_all(&deal).await;
    w.must("wangmin", &deal, &[], Command::SendQuote).await;
    deal
}

async fn accept(w: &World, deal: &str) -> Result<(), Failure> {
    let file = w.pdf("盖章合同").await;
    let command = Command::RecordAcceptance {
        kind: AcceptanceKind::StampedContract,
        accepted_at: w.now(),
        file: file.id,
        po_no: None,
        po_check: None,
    };
    w.act("wangmin", deal, &[file], command).await.map(|_| ())
}

async fn states(w: &World, deal: &str) -> Vec<(String, i32, String)> {
    let mut owner = w.database.owner_connection().await;
    sqlx::query("SELECT q.alternative, q.version_no, q.status FROM quote q JOIN deal d ON d.id = q.deal_id WHERE d.no = $1 ORDER BY q.version_no")
        .bind(deal)
        .fetch_all(&mut owner)
        .await
        .expect("readable")
        .iter()
        .map(|r| (r.get(0), r.get(1), r.get(2)))
        .collect()
}

fn state(alternative: &str, version: i32, status: &str) -> (String, i32, String) {
    (alternative.to_owned(), version, status.to_owned())
}

#[tokio::test]
async fn the_customer_gets_two_approved_offers_and_takes_the_first() {
    let w = World::new().await;
    let deal = two_sent(&w).await;
    assert_eq!(states(&w, &deal).await, [state("A", 1, "sent"), state("B", 2, "sent")]);
    let case = w.case(&deal).await;
    let quote = case.quote.expect("a quote");
    assert_eq!((quote.alternative, quote.version_no, quote.priced.totals.gross), (Alternative::B, 2, dec!(80990.00)));
    assert_eq!(
        case.alternatives.others.first().map(|o| (o.alternative, o.gross)),
        Some((Alternative::A, dec!(81700.30)))
    );
    // The customer takes A: the deal turns to it, its own approval and its own document stand.
    w.must("wangmin", &deal, &[], Command::ChooseAlternative { alternative: Alternative::A }).await;
    let case = w.case(&deal).await;
    assert_eq!(case.quote.as_ref().map(|q| q.version_no), Some(1));
    assert_eq!(case.round.as_ref().map(|r| r.quote), case.quote.as_ref().map(|q| q.id));
    accept(&w, &deal).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    assert_eq!(states(&w, &deal).await, [state("A", 1, "accepted"), state("B", 2, "not_chosen")]);
    let order = w.case(&deal).await.order.expect("an order");
    assert_eq!(order.gross, dec!(81700.30));
    // What was not chosen is not taken up again.
    let back = w.act("wangmin", &deal, &[], Command::ChooseAlternative { alternative: Alternative::B }).await;
    assert!(matches!(back, Err(Failure::Blocked { .. })));
}

#[tokio::test]
async fn each_alternative_has_versions_of_its_own() {
    let w = World::new().await;
    let deal = two_sent(&w).await;
    // B is revised: V3 replaces V2, and A stays as it was sent.
    w.must(
        "wangmin",
        &deal,
        &[],
        w.quote(&Plan { lines: vec![("QM-65", dec!(10), Some(dec!(7899))), ("AZ-01", dec!(1), None)], ..cheaper() }),
    )
    .await;
    assert_eq!(states(&w, &deal).await, [state("A", 1, "sent"), state("B", 2, "superseded"), state("B", 3, "draft")]);
    // Nobody turns away from a quote in approval.
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let away = w.act("wangmin", &deal, &[], Command::ChooseAlternative { alternative: Alternative::A }).await;
    assert!(matches!(away, Err(Failure::Blocked { .. })), "{:?}", away.map_err(|f| told(&f)));
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.round_no, 3);
    w.must("wangmin", &deal, &[], Command::WithdrawQuote).await;
    w.must("wangmin", &deal, &[], Command::ChooseAlternative { alternative: Alternative::A }).await;
    // A new version of A counts on.
    let version: Asked = w.quote(&Plan::default());
    w.must("wangmin", &deal, &[], version).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!((quote.alternative, quote.version_no), (Alternative::A, 4));
    // A new requirement ends them all.
    w.must("wangmin", &deal, &[], Command::ReviseRequirement).await;
    assert!(states(&w, &deal).await.iter().all(|(_, _, s)| s == "superseded" || s == "withdrawn"));
}

#[tokio::test]
async fn five_alternatives_are_enough() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    for _ in 0..4 {
        w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    }
    let sixth = w.act("wangmin", &deal, &[], Command::AddAlternative).await;
    assert!(matches!(sixth, Err(Failure::Blocked { blockers, .. }) if blockers == [Blocker::AlternativesFull]));
    let letters: Vec<String> = states(&w, &deal).await.into_iter().map(|(a, ..)| a).collect();
    assert_eq!(letters, ["A", "B", "C", "D", "E"]);
}

#[tokio::test]
async fn two_alternatives_taken_in_the_same_instant_are_one() {
    let w = World::new().await;
    let deal = two_sent(&w).await;
    let version = w.version(&deal).await;
    let (one, other) = (w.pdf("签回 A").await, w.pdf("签回 B").await);
    let take = |file: &kuaidan::app::Upload| Command::RecordAcceptance {
        kind: AcceptanceKind::SignedQuote,
        accepted_at: w.now(),
        file: file.id,
        po_no: None,
        po_check: None,
    };
    let turn = Command::ChooseAlternative { alternative: Alternative::A };
    let (first, second, third) = tokio::join!(
        w.act_at(version, "wangmin", &deal, std::slice::from_ref(&one), take(&one)),
        w.act_at(version, "wangmin", &deal, &[], turn),
        w.act_at(version, "wangmin", &deal, std::slice::from_ref(&other), take(&other)),
    );
    let won = [first.is_ok(), second.is_ok(), third.is_ok()];
    assert_eq!(won.iter().filter(|w| **w).count(), 1, "{won:?}");
    // Whoever was late sees it and may do it now, unless it is done.
    let _ = w.act("wangmin", &deal, &[], Command::ChooseAlternative { alternative: Alternative::A }).await;
    let _ = accept(&w, &deal).await;
    let accepted = states(&w, &deal).await.into_iter().filter(|(_, _, s)| s == "accepted").count();
    assert_eq!(accepted, 1);
    let mut owner = w.database.owner_connection().await;
    let orders: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sales_order").fetch_one(&mut owner).await.expect("a count");
    assert_eq!(orders, 1);
}

#[tokio::test]
async fn the_database_refuses_a_second_acceptance_and_a_live_offer_beside_it() {
    let w = World::new().await;
    let deal = two_sent(&w).await;
    let mut app = w.database.app_connection().await;
    let refused = sqlx::query(
        "UPDATE quote SET status = 'accepted' WHERE version_no = 1 AND deal_id = (SELECT id FROM deal WHERE no = $1)",
    )
    .bind(&deal)
    .execute(&mut app)
    .await
    .expect_err("the other one still stands");
    assert!(refused.to_string().contains("accepting one alternative ends the others"), "{refused}");
    sqlx::query("UPDATE quote SET status = 'not_chosen' WHERE version_no = 2")
        .execute(&mut app)
        .await
        .expect("it ends");
    sqlx::query("UPDATE quote SET status = 'accepted' WHERE version_no = 1").execute(&mut app).await.expect("the one");
    let again = sqlx::query("INSERT INTO quote SELECT (json_populate_record(q, json_build_object('id', gen_random_uuid(), 'version_no', 9, 'alternative', 'C', 'status', 'draft', 'content_hash', NULL, 'sent_at', NULL))).* FROM quote q WHERE version_no = 1")
        .execute(&mut app)
        .await
        .expect_err("nothing is offered beside it");
    assert!(again.to_string().contains("another alternative of this deal is accepted"), "{again}");
}

#[tokio::test]
async fn people_see_them_side_by_side_and_what_has_ended() {
    let w = World::new().await;
    let deal = two_sent(&w).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wangmin").await;
    assert_eq!(b.open(&format!("/deals/{deal}/quote/alternatives")).await, StatusCode::OK);
    let text = b.text();
    for said in ["方案A", "方案B", "81,700.30", "80,990.00", "V1", "V2", "正在办理"] {
        assert!(text.contains(said), "{said} in {text}");
    }
    // The order page offers what else the customer may have taken.
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(b.text().contains("客户选了方案A"), "{}", b.text());
    assert_eq!(b.submit(&format!("/deals/{deal}/quote/alternatives/choose")).await, StatusCode::OK);
    accept(&w, &deal).await.unwrap_or_else(|f| panic!("{}", told(&f)));
    b.open(&format!("/deals/{deal}/quote?version=2")).await;
    let ended = b.text();
    assert!(ended.contains("未选用") && ended.contains("客户接受了其他方案"), "{ended}");
    b.open(&format!("/deals/{deal}/quote/compare?from=1&to=2")).await;
    let compared = b.text();
    assert!(compared.contains("已接受") && compared.contains("未选用"), "{compared}");
    assert_eq!(w.case(&deal).await.quote.map(|q| q.status), Some(QuoteStatus::Accepted));
}

#[tokio::test]
async fn each_offer_that_is_out_can_be_read_and_answered_by_its_own_link() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let of_a = link(&w, &deal, LinkPurpose::Quote).await;
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    w.must("wangmin", &deal, &[], w.quote(&cheaper())).await;
    let mut customer = Browser::at(&w).await;
    customer.open(&of_a).await;
    assert!(customer.sees("81,700.30") && !customer.sees("已有新版本"), "{}", customer.text());
    // While B is being decided on nobody turns away from it.
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    customer.open(&of_a).await;
    assert!(customer.sees("暂时不能在线答复") && customer.sees("81,700.30"), "{}", customer.text());
    w.approve_all(&deal).await;
    w.must("wangmin", &deal, &[], Command::SendQuote).await;
    w.clock.set(w.now() + chrono::TimeDelta::minutes(5));
    let of_b = link(&w, &deal, LinkPurpose::Quote).await;
    customer.open(&of_b).await;
    assert!(customer.sees("80,990.00"), "{}", customer.text());

    customer.open(&format!("{of_a}/accept")).await;
    customer.fill("您的姓名", "李娜").fill("职务", "采购总监").set("agreed", "yes");
    assert_eq!(customer.submit("/accept?lang=zh").await, StatusCode::OK);
    assert!(customer.sees("您已接受这份报价"), "{}", customer.text());
    assert_eq!(states(&w, &deal).await, [state("A", 1, "accepted"), state("B", 2, "not_chosen")]);
    assert_eq!(w.case(&deal).await.order.expect("an order").gross, dec!(81700.30));
    customer.open(&of_b).await;
    assert!(customer.sees("您已选择另一方案"), "{}", customer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_links_of_two_alternatives_accepted_in_the_same_instant_make_one_order() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteSent, &Plan::default()).await;
    let of_a = link(&w, &deal, LinkPurpose::Quote).await;
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    w.must("wangmin", &deal, &[], w.quote(&cheaper())).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.approve_all(&deal).await;
    w.must("wangmin", &deal, &[], Command::SendQuote).await;
    w.clock.set(w.now() + chrono::TimeDelta::minutes(5));
    let of_b = link(&w, &deal, LinkPurpose::Quote).await;
    let mut pages = Vec::new();
    for page in [&of_a, &of_b] {
        let mut b = Browser::at(&w).await;
        b.open(&format!("{page}/accept")).await;
        b.fill("您的姓名", "李娜").fill("职务", "采购总监").set("agreed", "yes");
        pages.push(b);
    }
    let running: Vec<_> =
        pages.into_iter().map(|mut b| tokio::spawn(async move { b.submit("/accept?lang=zh").await })).collect();
    for one in running {
        assert_eq!(one.await.expect("it ends"), StatusCode::OK);
    }
    let accepted = states(&w, &deal).await.into_iter().filter(|(_, _, s)| s == "accepted").count();
    assert_eq!(accepted, 1);
    assert!(w.case(&deal).await.order.is_some());
}

#[tokio::test]
async fn after_a_rejection_the_manager_opens_the_way_and_not_the_seller() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Reject, Some("价格太低，不做"))).await;
    let turn = || Command::ChooseAlternative { alternative: Alternative::A };
    let away = w.act("wangmin", &deal, &[], turn()).await;
    assert!(matches!(away, Err(Failure::Blocked { .. })), "{:?}", away.map_err(|f| told(&f)));
    w.must("liqiang", &deal, &[], Command::ReopenQuoting).await;
    w.must("wangmin", &deal, &[], turn()).await;
    // A manager who sells does not lift the no on the own deal.
    let plan = Plan { owner: "liqiang", ..Plan::default() };
    let own = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("chenjing", &own, &[], decide(NodeKind::SalesDirector, Decision::Reject, Some("价格太低，不做"))).await;
    let standing = kuaidan::domain::workflow::standing(&w.case(&own).await);
    assert_eq!(standing.next, Some((Action::ReopenQuoting, Role::SalesDirector)));
    assert!(matches!(w.act("liqiang", &own, &[], Command::ReopenQuoting).await, Err(Failure::Denied(_))));
    w.must("chenjing", &own, &[], Command::ReopenQuoting).await;
}
