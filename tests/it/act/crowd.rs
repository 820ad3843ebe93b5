//! Many people at the same moment: one decision, no piece sold twice.

use crate::harness::stages::{Plan, Stage, decide};
use crate::harness::world::{World, moment, told};
use kuaidan::app::{Failure, ForCustomer};
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind};
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::workflow::{Blocker, Command};
use kuaidan::store::{StoreError, catalog};
use rust_decimal::{Decimal, dec};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How often the 32 meet, unless `KUAIDAN_CROWDS=100` or the like asks for more.
fn crowds() -> u32 {
    let asked = std::env::var_os("KUAIDAN_CROWDS").and_then(|asked| asked.into_string().ok());
    asked.map_or(10, |asked| asked.parse().expect("KUAIDAN_CROWDS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_decisions_at_once_one_counts() {
    let w = Arc::new(World::new().await);
    for _ in 0..crowds() {
        of_32_one_counts(&w).await;
    }
}

async fn of_32_one_counts(w: &Arc<World>) {
    let deal = w.submitted_quote().await;
    let version = w.version(&deal).await;
    let mut deciders = JoinSet::new();
    for number in 0..32 {
        let (w, deal) = (Arc::clone(w), deal.clone());
        deciders.spawn(async move {
            let decision = if number % 2 == 0 { Decision::Approve } else { Decision::Return };
            let comment = format!("第 {number} 个决定");
            let decide = decide(NodeKind::SalesManager, decision, Some(&comment));
            match w.act_at(version, "liqiang", &deal, &[], decide).await {
                Ok(_) => Some(decision),
                Err(Failure::Blocked { blockers, .. }) => {
                    assert!(
                        matches!(blockers.as_slice(), [Blocker::AlreadyDecided { by, .. }] if by == "李强"),
                        "{blockers:?}"
                    );
                    None
                }
                Err(other) => panic!("{}", told(&other)),
            }
        });
    }
    let counted: Vec<Decision> = deciders.join_all().await.into_iter().flatten().collect();
    let [decision] = counted.as_slice() else { panic!("not one decision but {counted:?}") };
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!(
        quote.status,
        if *decision == Decision::Approve { QuoteStatus::Approved } else { QuoteStatus::Returned }
    );
    assert_eq!(w.version(&deal).await, version + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_100_orders_for_the_last_10_pieces_10_get_one() {
    let w = Arc::new(World::new().await);
    let plan = Plan {
        customer: Some(w.archived_customer().await),
        lines: vec![("QM-86", Decimal::ONE, None)],
        ..Plan::default()
    };
    let mut sellers = JoinSet::new();
    for _ in 0..4 {
        let (w, plan) = (Arc::clone(&w), plan.clone());
        sellers.spawn(async move {
            let mut deals = Vec::new();
            for _ in 0..25 {
                let deal = w.deal_at(Stage::Accepted, &plan).await;
                deals.push((w.version(&deal).await, deal));
            }
            deals
        });
    }
    let deals: Vec<(i64, String)> = sellers.join_all().await.into_iter().flatten().collect();
    assert_eq!(deals.iter().collect::<BTreeSet<_>>().len(), 100);

    let mut confirmers = JoinSet::new();
    for (version, deal) in deals.clone() {
        let w = Arc::clone(&w);
        confirmers.spawn(async move {
            // A busy server says so and has done nothing; then one tries again.
            loop {
                match w.act_at(version, "wangmin", &deal, &[], Command::ConfirmOrder).await {
                    Ok(_) => break,
                    Err(Failure::Store(StoreError::Busy(_))) => {}
                    Err(other) => panic!("{}", told(&other)),
                }
            }
        });
    }
    confirmers.join_all().await;
    let mut confirmed = Vec::new();
    for (_, deal) in deals {
        let order = w.case(&deal).await.order.expect("an order");
        confirmed.push((order.no, order.lines[0].reserved));
    }
    assert_eq!(confirmed.iter().map(|(no, _)| no).collect::<BTreeSet<_>>().len(), 100);
    assert_eq!(confirmed.iter().filter(|(_, reserved)| *reserved == Decimal::ONE).count(), 10);
    assert_eq!(confirmed.iter().filter(|(_, reserved)| reserved.is_zero()).count(), 90);
    let mut conn = w.app.db.read().await.expect("a connection");
    let products = catalog::products(&mut conn).await.expect("readable");
    let stock = products.iter().find(|p| p.code == "QM-86").expect("sold here");
    assert_eq!((stock.on_hand, stock.reserved), (dec!(10), dec!(10)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_given_out_at_once_are_all_different_and_without_gaps() {
    let w = Arc::new(World::new().await);
    let mut openers = JoinSet::new();
    for number in 0..40 {
        let w = Arc::clone(&w);
        openers.spawn(async move {
            w.open("wangmin", ForCustomer::New { legal_name: format!("客户 {number}") }, None, None).await
        });
    }
    let given: BTreeSet<String> = openers.join_all().await.into_iter().collect();
    let expected: BTreeSet<String> = (1..=40).map(|n| format!("CD-20260917-{n:03}")).collect();
    assert_eq!(given, expected);
}

#[tokio::test]
async fn whoever_comes_second_is_told_who_was_faster() {
    for decision in Decision::ALL {
        let w = World::new().await;
        let deal = w.submitted_quote().await;
        let version = w.version(&deal).await;
        let decide = |decision| decide(NodeKind::SalesManager, decision, Some("说明写在这里"));
        w.must("liqiang", &deal, &[], decide(*decision)).await;
        match w.act_at(version, "liqiang", &deal, &[], decide(Decision::Approve)).await {
            Err(Failure::Blocked { blockers, .. }) => {
                let at = w.now();
                assert_eq!(blockers, [Blocker::AlreadyDecided { by: "李强".to_owned(), at }], "after {decision}");
            }
            other => panic!("{:?}", other.map_err(|f| told(&f))),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_6_urgent_quotes_submitted_at_once_2_go_without_the_general_manager() {
    let w = Arc::new(World::new().await);
    let plan = Plan {
        customer: Some(w.archived_customer().await),
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的样机，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-19 10:00"),
        }),
        ..Plan::default()
    };
    let mut deals = Vec::new();
    for _ in 0..6 {
        let deal = w.deal_at(Stage::QuoteDrafted, &plan).await;
        deals.push((w.version(&deal).await, deal));
    }
    let mut sellers = JoinSet::new();
    for (version, deal) in deals.clone() {
        let w = Arc::clone(&w);
        sellers.spawn(async move {
            let done = w.act_at(version, "wangmin", &deal, &[], Command::SubmitQuote).await;
            done.unwrap_or_else(|f| panic!("{}", told(&f)));
        });
    }
    sellers.join_all().await;
    let mut released = 0;
    for (_, deal) in &deals {
        let round = w.case(deal).await.round.expect("a round");
        assert_eq!(round.path, ApprovalPath::Fast);
        released += usize::from(round.node(NodeKind::GeneralManager).is_some());
    }
    assert_eq!(released, 4, "the third and later need the general manager");
}
