//! The check values of DOMAIN 10 from the four stories, as lives of four deals.

use super::*;
use crate::domain::approval::NodeKind;
use crate::domain::calendar::ZONE;
use crate::domain::report::figure::{Figure, Sums};
use crate::domain::report::life::{ExceptionLife, MilestoneLife, ReviewLife, SentQuote};
use proptest::prelude::*;
use rust_decimal::dec;

fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M").unwrap();
    local.and_local_timezone(ZONE).unwrap().to_utc()
}

fn facts_at(life: &DealLife, now: &str) -> Facts {
    let (standard, on_call) = (Calendar::standard(), Calendar::on_call());
    deal_facts(life, &Clocks { standard: &standard, on_call: &on_call }, at(now))
}

fn figure(lives: &[DealLife], kpi: Kpi, now: &str) -> Figure {
    let sums =
        lives.iter().flat_map(|l| facts_at(l, now).facts).filter(|f| f.kpi == kpi).fold(Sums::default(), |sums, f| {
            sums.plus(Sums {
                numerator: f.numerator,
                denominator: f.denominator,
                second: f.second.unwrap_or_default(),
                count: 1,
            })
        });
    Figure::of(kpi, sums)
}

fn node(kind: NodeKind, status: NodeStatus, arrived: &str, due: &str, decided: Option<&str>) -> NodeLife {
    NodeLife {
        kind,
        status,
        profile: if kind == NodeKind::UrgentDirector { Profile::OnCall } else { Profile::Standard },
        arrived_at: Some(at(arrived)),
        due_at: Some(at(due)),
        stands_since: None,
        decided_at: decided.map(at),
        is_escalated: false,
    }
}

fn approved(round_no: i32, path: ApprovalPath, from: &str, to: &str, nodes: Vec<NodeLife>) -> RoundLife {
    RoundLife { round_no, path, status: RoundStatus::Approved, submitted_at: at(from), ended_at: Some(at(to)), nodes }
}

fn first_promise(quantity: Decimal, at: DateTime<Utc>) -> Promised {
    Promised { quantity, at, put_off_to: at }
}

fn goods(quantity: Decimal, promised: &[(Decimal, &str)], signed: &[(Decimal, &str)]) -> LineLife {
    LineLife {
        is_goods: true,
        quantity,
        promised: promised.iter().map(|(q, t)| first_promise(*q, at(t))).collect(),
        signed: signed.iter().map(|(q, t)| (*q, at(t))).collect(),
        ..LineLife::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the field takes an option")]
fn ordered(confirmed: &str, lines: Vec<LineLife>) -> Option<OrderLife> {
    Some(OrderLife { confirmed_at: Some(at(confirmed)), lines, ..OrderLife::default() })
}

#[expect(clippy::unnecessary_wraps, reason = "the field takes an option")]
fn sent(on: &str) -> Option<SentQuote> {
    Some(SentQuote { sent_at: at(on), gross: dec!(100), is_accepted: true, declined: None })
}

use ApprovalPath::{Fast, Standard};
use NodeKind::{Finance, GeneralManager, Production, SalesDirector, SalesManager, Technical, UrgentDirector};
use NodeStatus::{Approved, ApprovedCond, Returned, Voided};

fn story_1() -> DealLife {
    let manager = node(SalesManager, Approved, "09-17 14:40", "09-18 09:40", Some("09-17 15:25"));
    DealLife {
        opened_at: at("09-17 10:20"),
        promise_due_at: Some(at("09-18 10:20")),
        rounds: vec![approved(1, Standard, "09-17 14:40", "09-17 15:25", vec![manager])],
        sent: sent("09-17 15:30"),
        order: ordered(
            "09-18 09:15",
            vec![goods(dec!(10), &[(dec!(10), "09-24 18:00")], &[(dec!(10), "09-23 15:00")])],
        ),
        ..DealLife::default()
    }
}

fn story_2() -> DealLife {
    let nodes = vec![
        node(SalesManager, Approved, "10-12 11:20", "10-12 16:20", Some("10-12 11:50")),
        node(Finance, Approved, "10-12 11:50", "10-13 11:50", Some("10-12 14:20")),
        node(Production, Approved, "10-12 11:50", "10-13 11:50", Some("10-12 15:05")),
    ];
    let promised = [(dec!(14), "10-16 18:00"), (dec!(6), "10-21 18:00")];
    let line = goods(dec!(20), &promised, &[(dec!(14), "10-16 10:20"), (dec!(6), "10-21 15:40")]);
    DealLife {
        opened_at: at("10-12 09:10"),
        rounds: vec![approved(1, Standard, "10-12 11:20", "10-12 15:05", nodes)],
        sent: sent("10-12 15:10"),
        order: ordered("10-12 15:40", vec![line]),
        ..DealLife::default()
    }
}

fn story_3() -> DealLife {
    let director = node(UrgentDirector, Approved, "09-20 10:40", "09-20 12:40", Some("09-20 10:58"));
    let review =
        |kind, done| ReviewLife { kind, due_at: at("09-21 10:58"), reviewed_at: Some(at(done)), is_objection: false };
    let line =
        goods(dec!(500), &[(dec!(500), "09-22 10:00")], &[(dec!(320), "09-21 11:20"), (dec!(180), "09-22 09:10")]);
    DealLife {
        opened_at: at("09-20 10:00"),
        kind: DealKind::Repeat.code(),
        is_urgent: true,
        rounds: vec![approved(1, Fast, "09-20 10:40", "09-20 10:58", vec![director])],
        sent: sent("09-20 11:00"),
        reviews: vec![
            review(Finance, "09-21 09:40"),
            review(Production, "09-21 10:10"),
            review(SalesManager, "09-21 10:30"),
        ],
        order: ordered("09-20 11:15", vec![line]),
        ..DealLife::default()
    }
}

fn story_4() -> DealLife {
    let first = RoundLife {
        round_no: 1,
        path: Standard,
        status: RoundStatus::Returned,
        submitted_at: at("09-30 15:00"),
        ended_at: Some(at("09-30 17:20")),
        nodes: vec![
            node(SalesManager, Approved, "09-30 15:00", "10-08 10:00", Some("09-30 16:00")),
            node(Technical, Returned, "09-30 16:00", "10-08 16:00", Some("09-30 17:20")),
            node(Finance, Voided, "09-30 16:00", "10-08 16:00", None),
            node(Production, Voided, "09-30 16:00", "10-08 16:00", None),
        ],
    };
    let nodes = vec![
        node(SalesManager, Approved, "10-08 11:00", "10-08 16:00", Some("10-08 11:30")),
        node(Technical, Approved, "10-08 11:30", "10-09 11:30", Some("10-08 16:40")),
        node(Finance, ApprovedCond, "10-08 11:30", "10-09 11:30", Some("10-09 10:15")),
        node(Production, Approved, "10-08 11:30", "10-09 11:30", Some("10-09 14:20")),
        node(SalesDirector, Approved, "10-09 14:20", "10-10 09:20", Some("10-09 17:05")),
        node(GeneralManager, Approved, "10-09 17:05", "10-10 17:05", Some("10-10 10:00")),
    ];
    DealLife {
        opened_at: at("09-28 09:30"),
        kind: DealKind::Project.code(),
        rounds: vec![first, approved(2, Standard, "10-08 11:00", "10-10 10:00", nodes)],
        sent: sent("10-10 10:05"),
        order: ordered("10-12 10:30", Vec::new()),
        ..DealLife::default()
    }
}

fn stories() -> [DealLife; 4] {
    [story_1(), story_2(), story_3(), story_4()]
}

#[test]
fn the_four_stories_give_the_check_values() {
    let now = "10-31 18:00";
    let all = stories();
    let overdue = figure(&all, Kpi::OverdueRate, now);
    assert_eq!((overdue.sums.numerator, overdue.sums.denominator), (dec!(1), dec!(13)), "two voided count nowhere");
    assert_eq!(overdue.value, Some(dec!(7.7)));
    assert_eq!(figure(&all, Kpi::OverdueTime, now).sums.numerator, dec!(110));
    assert_eq!(figure(&all, Kpi::FirstPass, now).value, Some(dec!(75.0)));
    assert_eq!(figure(&all, Kpi::Conversion, now).sums.numerator, dec!(4));
    assert_eq!(figure(&all, Kpi::Conversion, now).value, Some(dec!(100.0)));
    assert_eq!(figure(&all, Kpi::UrgentShare, now).value, Some(dec!(25.0)));
    let reviews = figure(&all, Kpi::ReviewsInTime, now);
    assert_eq!((reviews.sums.numerator, reviews.sums.denominator), (dec!(3), dec!(3)));
    let on_time = figure(&all[..3], Kpi::OnTime, now);
    assert_eq!((on_time.sums.numerator, on_time.sums.denominator), (dec!(5), dec!(5)), "five batches of five");
    let cycles: Vec<(Option<Decimal>, Decimal)> = all
        .iter()
        .map(|l| figure(std::slice::from_ref(l), Kpi::OrderCycle, now))
        .map(|f| (f.value, f.sums.second))
        .collect();
    assert_eq!(cycles[0], (Some(dec!(22.9)), dec!(415)));
    assert_eq!(cycles[1], (Some(dec!(6.5)), dec!(330)));
    assert_eq!((cycles[2].1, figure(&all[2..3], Kpi::OrderCycle, now).sums.numerator), (dec!(75), dec!(75)));
    assert_eq!(cycles[3].1, dec!(2940));
    assert_eq!(figure(&all[..1], Kpi::PromiseRate, now).value, Some(dec!(100.0)));
    assert_eq!(figure(&all[3..], Kpi::FinalRoundTime, now).sums.numerator, dec!(900));
    assert_eq!(figure(&all[3..], Kpi::ApprovalTime, now).sums.numerator, dec!(1200));
    assert_eq!(figure(&all[2..3], Kpi::ApprovalTime, now).sums.numerator, dec!(18), "on the on-call clock");
    assert_eq!(figure(&all, Kpi::ReturnRate, now).value, Some(dec!(20.0)), "one of five rounds");
}

#[test]
fn time_alone_makes_an_open_node_late_and_a_promise_broken() {
    let mut life = story_4();
    life.rounds.truncate(1);
    life.rounds[0].status = RoundStatus::Open;
    life.rounds[0].ended_at = None;
    life.rounds[0].nodes = vec![node(Finance, NodeStatus::Open, "09-30 16:00", "10-08 16:00", None)];
    life.order = None;
    life.promise_due_at = Some(at("10-09 09:30"));
    let before = facts_at(&life, "10-08 16:00");
    assert!(before.facts.iter().all(|f| f.kpi != Kpi::OverdueRate && f.kpi != Kpi::PromiseRate));
    assert_eq!(before.look_again_at, Some(at("10-08 16:00")), "the earliest of both moments");
    let after = facts_at(&life, "10-08 16:01");
    assert_eq!(after.facts.iter().filter(|f| f.kpi == Kpi::OverdueRate).count(), 1);
    assert_eq!(after.look_again_at, Some(at("10-09 09:30")));
    assert_eq!(figure(&[life], Kpi::PromiseRate, "10-10 00:00").value, Some(dec!(0.0)));
}

#[test]
fn a_late_and_short_delivery_is_neither_on_time_nor_in_full() {
    let mut life = story_1();
    life.order = ordered(
        "09-18 09:15",
        vec![goods(dec!(10), &[(dec!(10), "09-24 18:00")], &[(dec!(4), "09-24 18:00"), (dec!(3), "09-26 09:00")])],
    );
    let now = "09-30 09:00";
    let one = std::slice::from_ref(&life);
    let on_time = figure(one, Kpi::OnTime, now);
    assert_eq!((on_time.sums.numerator, on_time.sums.denominator), (dec!(1), dec!(3)), "4 in time, 3 late, 3 missing");
    assert_eq!(figure(one, Kpi::InFull, now).value, Some(dec!(0.0)));
    assert_eq!(figure(one, Kpi::DelayDays, now).value, Some(dec!(2.0)));
    let mut cancelled = life.clone();
    cancelled.order.as_mut().unwrap().is_cancelled = true;
    assert_eq!(figure(&[cancelled], Kpi::OnTime, now).value, None, "what was cancelled is not due");
}

fn paid(due_on: &str, on: Option<&str>) -> MilestoneLife {
    let due_on = due_on.parse().unwrap();
    let receipts: Vec<_> = on.map(|on| (on.parse().unwrap(), dec!(100))).into_iter().collect();
    MilestoneLife::of(due_on, dec!(100), &receipts)
}

#[test]
fn what_the_customer_put_off_is_late_by_the_first_promise_and_not_by_our_doing() {
    let mut life = story_1();
    let line = &mut life.order.as_mut().unwrap().lines[0];
    line.signed = vec![(dec!(10), at("09-28 10:00"))];
    line.promised[0].put_off_to = at("09-28 18:00");
    let one = std::slice::from_ref(&life);
    let now = "09-30 09:00";
    assert_eq!(figure(one, Kpi::OnTime, now).value, Some(dec!(0.0)));
    assert_eq!(figure(one, Kpi::OnTimeOurs, now).value, Some(dec!(100.0)));
    life.order.as_mut().unwrap().lines[0].signed.clear();
    let open = facts_at(&life, "09-26 09:00");
    assert!(open.facts.iter().any(|f| f.kpi == Kpi::OnTime) && open.facts.iter().all(|f| f.kpi != Kpi::OnTimeOurs));
}

#[test]
fn a_figure_of_reasons_counts_every_case_and_names_the_reason_of_those_that_hit() {
    let returned = facts_at(&story_4(), "10-31 18:00");
    let of = |kpi| -> Vec<(Option<&str>, Decimal)> {
        returned.facts.iter().filter(|f| f.kpi == kpi).map(|f| (f.detail, f.numerator)).collect()
    };
    assert_eq!(of(Kpi::ReturnRate), [(Some("technical"), dec!(1)), (None, dec!(0))]);
    assert_eq!(of(Kpi::RejectRate), [(None, dec!(0)), (None, dec!(0))]);
    assert_eq!(of(Kpi::OrderCycle)[0].0, Some("project"));
    let urgent = facts_at(&story_3(), "10-31 18:00");
    let cycle = urgent.facts.iter().find(|f| f.kpi == Kpi::OrderCycle);
    assert_eq!(cycle.and_then(|f| f.detail), Some("urgent"), "whatever kind it was opened as");
}

#[test]
fn a_line_without_a_floor_is_an_accepted_line_too() {
    let mut life = story_1();
    let mut line = goods(dec!(1), &[(dec!(1), "09-24 18:00")], &[]);
    (line.price, line.floor_price) = (dec!(9), Some(dec!(10)));
    life.order.as_mut().unwrap().lines.push(line);
    let below = figure(&[life], Kpi::BelowFloor, "09-20 09:00");
    assert_eq!((below.sums.numerator, below.sums.denominator), (dec!(1), dec!(2)));
}

#[test]
fn an_exception_that_spoils_and_a_late_payment_show() {
    let mut life = story_1();
    let order = life.order.as_mut().unwrap();
    order.completed_at = Some(at("10-01 09:00"));
    order.shipped_at = vec![at("09-22 14:00")];
    life.milestones = vec![
        paid("2026-09-21", Some("2026-09-22")),
        paid("2026-09-22", Some("2026-09-22")),
        paid("2026-10-04", None),
        paid("2026-10-05", None),
    ];
    let now = "10-05 09:00";
    assert_eq!(figure(std::slice::from_ref(&life), Kpi::PerfectOrders, now).value, Some(dec!(100.0)));
    let paid = figure(std::slice::from_ref(&life), Kpi::PaidInTime, now);
    assert_eq!((paid.sums.numerator, paid.sums.denominator), (dec!(1), dec!(3)), "what is due today is not late");
    assert_eq!(figure(std::slice::from_ref(&life), Kpi::OverdueAmount, now).value, Some(dec!(100.00)));
    life.exceptions = vec![ExceptionLife {
        kind: "damage",
        opened_at: at("09-23 15:00"),
        closed_at: Some(at("09-24 10:00")),
        spoils_order: true,
    }];
    let one = std::slice::from_ref(&life);
    assert_eq!(figure(one, Kpi::PerfectOrders, now).value, Some(dec!(0.0)));
    assert_eq!(figure(one, Kpi::ExceptionRate, now).value, Some(dec!(100.0)), "one exception, one shipment");
    assert_eq!(figure(one, Kpi::ExceptionTime, now).sums.numerator, dec!(240));
}

#[test]
fn a_step_entered_twice_is_counted_once_with_both_stays() {
    let life = DealLife {
        opened_at: at("09-17 09:00"),
        steps: vec![
            (Step::Registration, at("09-17 09:00")),
            (Step::Requirement, at("09-17 10:00")),
            (Step::Registration, at("09-17 11:00")),
            (Step::Requirement, at("09-17 11:30")),
        ],
        ended_at: Some(at("09-17 14:00")),
        ..DealLife::default()
    };
    let time = |step: Step| -> Vec<Decimal> {
        let facts = facts_at(&life, "09-18 09:00").facts;
        facts.iter().filter(|f| f.detail == Some(step.code())).map(|f| f.numerator).collect()
    };
    assert_eq!(time(Step::Registration), [dec!(90)]);
    assert_eq!(time(Step::Requirement), [dec!(150)], "60 and 30 before lunch, 60 after it");
}

proptest! {
    /// Whatever is promised and signed, the batches hold exactly the promised quantity.
    #[test]
    fn batches_never_lose_or_invent_a_part(
        promised in prop::collection::vec(1_i64..50, 1..5),
        signed in prop::collection::vec(1_i64..50, 0..6),
    ) {
        let total: i64 = promised.iter().sum();
        let moments = |parts: &[i64], month: u32| -> Vec<(Decimal, DateTime<Utc>)> {
            parts.iter().zip(1_u32..).map(|(q, d)| (Decimal::from(*q), at(&format!("{month:02}-{d:02} 10:00")))).collect()
        };
        let promised = moments(&promised, 9);
        let line = LineLife {
            is_goods: true,
            quantity: Decimal::from(total),
            promised: promised.iter().map(|(quantity, at)| first_promise(*quantity, *at)).collect(),
            signed: moments(&signed, 10),
            ..LineLife::default()
        };
        let parts = batches(&line);
        prop_assert!(parts.len() >= promised.len());
        prop_assert!(parts.len() <= promised.len() + signed.len());
        let open = parts.iter().any(|b| b.signed.is_none());
        prop_assert_eq!(open, signed.iter().sum::<i64>() < total);
    }
}
