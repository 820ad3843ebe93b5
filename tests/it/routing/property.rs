//! The preview equals the round in 1,000 random cases, and asking for more never needs fewer people.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use chrono::TimeDelta;
use kuaidan::domain::credit::CreditFacts;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::{PaymentTerm, PaymentTrigger, QuoteLineKind};
use kuaidan::domain::routing::{Lead, PlannedNode};
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::{Case, Command, Event, Supply, decide, planned_route};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;

/// What is thrown at a case.
#[derive(Debug, Clone)]
struct Throw {
    cents: i64,
    discount: i64,
    bits: u16,
    credit: (i64, i64, i64),
    days: i64,
    trigger: usize,
    uses: usize,
}

fn throws() -> impl Strategy<Value = Throw> {
    (
        prop_oneof![0_i64..250_000_000, Just(10_000_000), Just(10_000_001), Just(100_000_000), Just(100_000_001)],
        prop_oneof![0_i64..3000, Just(1000), Just(1001), Just(2000), Just(2001)],
        any::<u16>(),
        (0_i64..30_000_000, 0_i64..30_000_000, -10_i64..30),
        -40_i64..200,
        0_usize..4,
        0_usize..4,
    )
        .prop_map(|(cents, discount, bits, credit, days, trigger, uses)| Throw {
            cents,
            discount,
            bits,
            credit,
            days,
            trigger,
            uses,
        })
}

fn thrown(case: &Case, t: &Throw, w: &World) -> Case {
    let now = w.now();
    let bit = |n: u16| t.bits & (1 << n) != 0;
    let mut case = case.clone();
    let quote = case.quote.as_mut().expect("a quote");
    quote.priced.totals.gross = Decimal::new(t.cents, 2);
    quote.priced.max_discount = Decimal::new(t.discount, 4);
    quote.priced.is_below_floor = bit(0);
    for line in &mut quote.priced.lines {
        line.discount_reason = Some("批量采购".to_owned());
    }
    if bit(1) {
        quote.priced.lines[0].kind = QuoteLineKind::Custom;
    }
    if bit(2) {
        quote.priced.lines[0].policy = None;
    }
    let trigger = [
        PaymentTrigger::OnSigning,
        PaymentTrigger::AfterSignOff,
        PaymentTrigger::OnAcceptance,
        PaymentTrigger::AfterWarranty,
    ][t.trigger];
    quote.terms.payment_terms = vec![PaymentTerm { percent: Decimal::ONE_HUNDRED, trigger, days: 30 }];
    let facts = &mut case.route_facts;
    facts.has_substitute = bit(3);
    facts.has_proposal = bit(4);
    facts.shortages = if bit(5) { vec![("QM-65".to_owned(), Decimal::ONE)] } else { Vec::new() };
    facts.lead = bit(6).then(|| Lead { wanted_at: now + TimeDelta::hours(t.days), days: 3 });
    facts.sole_roles = if bit(7) { vec![Role::SalesManager] } else { Vec::new() };
    facts.requester_roles = facts.sole_roles.clone();
    facts.fast_rounds = vec![now - TimeDelta::hours(1); t.uses];
    let (limit, receivable, late) = t.credit;
    facts.credit = CreditFacts {
        limit: bit(8).then(|| Decimal::new(limit, 2)),
        receivable: Decimal::new(receivable, 2),
        oldest_due: bit(9).then(|| kuaidan::domain::calendar::local_date(now) - TimeDelta::days(late)),
        ..CreditFacts::default()
    };
    if let Some(deal) = &mut case.deal {
        deal.urgency = bit(10).then(|| Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的礼盒，活动前一天必须到店上架".to_owned(),
            needed_at: now + TimeDelta::hours(t.days.max(1)),
        });
    }
    case
}

#[tokio::test]
async fn the_preview_is_the_round_in_a_thousand_random_cases() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let base = w.case(&deal).await;
    let actor = w.actor("wangmin");
    let ids = || w.app.ids.next();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1000) });
    let tried = runner.run(&throws(), |throw| {
        let case = thrown(&base, &throw, &w);
        let planned = planned_route(&case, w.now()).expect("a quote");
        prop_assert!(!planned.nodes.is_empty(), "no approval without a node");
        prop_assert!(planned.nodes.iter().all(|n| !n.reasons.is_empty()));
        let calendar = w.app.calendar.clone();
        let supply = Supply {
            now: w.now(),
            actor: &actor,
            ids: &ids,
            number: Some("SP-1".to_owned()),
            second_number: None,
            calendar: &calendar,
            company: &[],
        };
        let events = decide(&case, &Command::SubmitQuote, &supply);
        let events = events.map_err(|b| TestCaseError::fail(format!("{b:?}")))?;
        let round = events.iter().find_map(|e| match e {
            Event::RoundOpened { nodes, skipped, level, path, .. } => Some((nodes, skipped, *level, *path)),
            _ => None,
        });
        let (nodes, skipped, level, path) = round.expect("a round is opened");
        let opened: Vec<PlannedNode> =
            nodes.iter().map(|n| PlannedNode { kind: n.kind, reasons: n.reasons.clone() }).collect();
        prop_assert_eq!(&opened, &planned.nodes);
        prop_assert_eq!(skipped, &planned.skipped);
        prop_assert_eq!((level, path), (i32::from(planned.level), planned.path));
        // More money needs the same people or more, on the same path.
        let mut dearer = case.clone();
        dearer.quote.as_mut().expect("a quote").priced.totals.gross += Decimal::new(throw.cents, 2);
        let dearer = planned_route(&dearer, w.now()).expect("a quote");
        prop_assert!(dearer.level >= planned.level);
        prop_assert!(
            planned.nodes.iter().all(|n| dearer.node(n.kind).is_some()),
            "{:?} then {:?}",
            planned.kinds(),
            dearer.kinds()
        );
        Ok(())
    });
    if let Err(e) = tried {
        panic!("{e}");
    }
}
