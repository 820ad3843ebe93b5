//! The check values of DOMAIN 10: the four stories of DOMAIN 9 are played at their minutes by the people
//! whose turn it is, in one company, and the figures are read off what happened.

use super::figure_of;
use crate::delivery::{goods, order_of, ordered, pass, produce, quote_for, sell, send, sign};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, approve_on};
use crate::harness::world::{World, day, moment};
use crate::story_4_rounds as story_4;
use kuaidan::app::SurchargeInput;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::customer::Grade;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::fast_path::ReviewResult;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::report::{Figure, Kpi, Month};
use kuaidan::domain::round::{ReturnTo, Verdict};
use kuaidan::domain::workflow::Command;
use kuaidan::store::reports::{self, Check, Filter, Scope};
use rust_decimal::{Decimal, dec};

/// Brings a deal to a stage at a moment.
async fn to(w: &World, at: &str, stage: Stage, deal: &str, plan: &Plan) {
    w.at(at);
    w.bring_to(stage, deal, plan).await;
}

async fn receipt(w: &World, deal: &str, position: i32, amount: Decimal) {
    let received =
        Command::RecordReceipt { position, amount, received_at: w.now(), reference: "银行回单".to_owned() };
    w.must("wufang", deal, &[], received).await;
}

async fn new_customer(w: &World) -> String {
    let plan = Plan::default();
    let deal = w.deal_at(Stage::Archived, &plan).await;
    for (at, stage) in [
        ("09-17 11:30", Stage::RequirementDrafted),
        ("09-17 11:40", Stage::RequirementSent),
        ("09-17 14:10", Stage::RequirementConfirmed),
        ("09-17 14:30", Stage::QuoteDrafted),
        ("09-17 14:40", Stage::QuoteSubmitted),
        ("09-17 15:25", Stage::QuoteApproved),
        ("09-17 15:30", Stage::QuoteSent),
        ("09-18 09:05", Stage::Accepted),
        ("09-18 09:15", Stage::OrderConfirmed),
    ] {
        to(w, at, stage, &deal, &plan).await;
    }
    w.at("09-18 16:00");
    receipt(w, &deal, 1, dec!(24510.09)).await;
    to(w, "09-21 10:00", Stage::Picked, &deal, &plan).await;
    to(w, "09-21 11:00", Stage::Packed, &deal, &plan).await;
    w.at("09-22 11:00");
    receipt(w, &deal, 2, dec!(57190.21)).await;
    to(w, "09-22 14:00", Stage::Shipped, &deal, &plan).await;
    to(w, "09-23 15:00", Stage::Signed, &deal, &plan).await;
    deal
}

async fn urgent(w: &World, customer: &str) -> String {
    let plan = Plan {
        customer: Some(customer.to_owned()),
        lines: vec![("GP-500", dec!(500), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 7)],
        partial_allowed: true,
        urgency: Some(Urgency {
            reason: UrgentReason::Promotion,
            text: "门店周末促销活动的礼盒，活动前一天必须到店上架".to_owned(),
            needed_at: moment("09-22 10:00"),
        }),
        ..Plan::default()
    };
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    w.at("09-20 10:35");
    let fee = SurchargeInput { name: "加急费".to_owned(), amount: dec!(1436.00), tax_rate: dec!(0.13) };
    w.must("wangmin", &deal, &[], quote_for(w, &plan, moment("09-22 10:00"), vec![fee])).await;
    to(w, "09-20 10:40", Stage::QuoteSubmitted, &deal, &plan).await;
    to(w, "09-20 10:58", Stage::QuoteApproved, &deal, &plan).await;
    w.at("09-20 11:15");
    ordered(w, &deal, &plan).await;
    w.at("09-20 16:30");
    send(w, &deal, dec!(320), "SF1234567890123").await;
    for (at, who, node) in [
        ("09-21 09:40", "wufang", NodeKind::Finance),
        ("09-21 10:10", "zhengwei", NodeKind::Production),
        ("09-21 10:30", "liqiang", NodeKind::SalesManager),
    ] {
        w.at(at);
        let owed = w.review_of(&deal, node).await.id;
        let review = Command::ReviewAfterwards { review: owed, result: ReviewResult::Confirmed, comment: None };
        w.must(who, &deal, &[], review).await;
    }
    w.at("09-21 11:00");
    produce(w, &deal, dec!(180)).await;
    pass(w, &deal, dec!(180)).await;
    w.at("09-21 11:20");
    sign(w, &deal, 1, |_| ()).await;
    w.at("09-21 14:00");
    send(w, &deal, dec!(180), "SF1234567890124").await;
    w.at("09-22 09:10");
    sign(w, &deal, 2, |_| ()).await;
    deal
}

async fn project(w: &World) -> String {
    use NodeKind::{Finance, GeneralManager, Production, SalesDirector, SalesManager, Technical};
    use story_4::{committed, plain, plan, verdict};
    let deal = story_4::first_round(w).await;
    w.at("09-30 16:00");
    verdict(w, &deal, "liqiang", plain(SalesManager, Decision::Approve, None)).await;
    w.at("09-30 17:20");
    let returned = Verdict {
        return_to: Some(ReturnTo::Requirement),
        ..plain(Technical, Decision::Return, Some("伺服额定扭矩与负载不符，请重新选型"))
    };
    verdict(w, &deal, "zhoukai", returned).await;
    w.at("10-08 10:30");
    w.must("zhaoliu", &deal, &[], Command::SendRequirement).await;
    w.bring_to(Stage::RequirementConfirmed, &deal, &plan()).await;
    w.must("zhaoliu", &deal, &[], story_4::quoted(w)).await;
    to(w, "10-08 11:00", Stage::QuoteSubmitted, &deal, &plan()).await;
    let condition = Some("质保金须凭验收单收取");
    for (at, who, said) in [
        ("10-08 11:30", "liqiang", plain(SalesManager, Decision::Approve, None)),
        ("10-08 16:40", "zhoukai", plain(Technical, Decision::Approve, None)),
        ("10-09 10:15", "wufang", plain(Finance, Decision::ApproveCond, condition)),
        ("10-09 14:20", "zhengwei", Verdict { sheet: committed(), ..plain(Production, Decision::Approve, None) }),
        ("10-09 17:05", "chenjing", plain(SalesDirector, Decision::Approve, None)),
        ("10-10 10:00", "liujianguo", plain(GeneralManager, Decision::Approve, None)),
    ] {
        w.at(at);
        verdict(w, &deal, who, said).await;
    }
    to(w, "10-12 10:00", Stage::QuoteSent, &deal, &plan()).await;
    to(w, "10-12 10:30", Stage::Accepted, &deal, &plan()).await;
    w.must("zhaoliu", &deal, &[], Command::AcknowledgeCondition { node: Finance }).await;
    w.must("zhaoliu", &deal, &[], Command::ConfirmOrder).await;
    deal
}

async fn repeat(w: &World, customer: &str) -> String {
    let plan = Plan {
        customer: Some(customer.to_owned()),
        lines: vec![("RM-20", dec!(20), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        partial_allowed: true,
        ..Plan::default()
    };
    w.at("10-12 09:10");
    let deal = w.deal_at(Stage::RequirementDrafted, &plan).await;
    to(w, "10-12 09:30", Stage::RequirementSent, &deal, &plan).await;
    to(w, "10-12 11:00", Stage::RequirementConfirmed, &deal, &plan).await;
    w.at("10-12 11:15");
    w.must("wangmin", &deal, &[], quote_for(w, &plan, moment("10-21 18:00"), Vec::new())).await;
    to(w, "10-12 11:20", Stage::QuoteSubmitted, &deal, &plan).await;
    for (at, who, node) in [
        ("10-12 11:50", "liqiang", NodeKind::SalesManager),
        ("10-12 14:20", "wufang", NodeKind::Finance),
        ("10-12 15:05", "zhengwei", NodeKind::Production),
    ] {
        w.at(at);
        w.must(who, &deal, &[], approve_on(node, day("2026-10-20"))).await;
    }
    w.at("10-12 15:40");
    ordered(w, &deal, &plan).await;
    let line = goods(&order_of(w, &deal).await);
    let batches = vec![(dec!(14), moment("10-16 18:00")), (dec!(6), moment("10-21 18:00"))];
    w.must("wangmin", &deal, &[], Command::PlanBatches { line, batches }).await;
    w.at("10-14 09:00");
    send(w, &deal, dec!(14), "SF2026101401").await;
    w.at("10-16 10:20");
    sign(w, &deal, 1, |_| ()).await;
    w.at("10-19 16:00");
    produce(w, &deal, dec!(6)).await;
    pass(w, &deal, dec!(6)).await;
    w.at("10-20 10:00");
    send(w, &deal, dec!(6), "SF2026102001").await;
    w.at("10-21 15:40");
    sign(w, &deal, 2, |_| ()).await;
    deal
}

async fn of(w: &World, kpi: Kpi) -> Figure {
    figure_of(w, kpi, ("2026-09", "2026-10")).await
}

async fn parts(w: &World, kpi: Kpi) -> (Decimal, Decimal) {
    let sums = of(w, kpi).await.sums;
    (sums.numerator, sums.denominator)
}

/// Natural and working minutes of one deal's order cycle.
async fn cycle(w: &World, deal: &str, month: &str) -> (Decimal, Decimal, String) {
    let month = Month::parse(month).expect("a month");
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = (&Scope::Everything, &Filter::default());
    let rows = reports::rows(&mut conn, (month, month), Kpi::OrderCycle, all, None, 50).await.expect("readable");
    let row = rows.into_iter().find(|r| r.no == deal).unwrap_or_else(|| panic!("{deal} has no cycle"));
    (row.numerator, row.second, row.detail)
}

#[tokio::test]
async fn the_four_stories_played_give_the_check_values() {
    let mut w = World::new().await;
    sell(&mut w, "GP-500", "礼盒套装", dec!(320), dec!(35.90)).await;
    sell(&mut w, "RM-20", "PA66 改性料", dec!(14), dec!(4650)).await;
    story_4::stock(&mut w).await;
    let one = new_customer(&w).await;
    w.at("09-19 10:00");
    let (shop, works) = (w.archived_customer().await, w.archived_customer().await);
    let finance = w.id("wufang");
    w.app.set_opening_terms(finance, &works, Grade::A, dec!(200000), 30, 0, dec!(0)).await.expect("terms are set");
    let three = urgent(&w, &shop).await;
    let four = project(&w).await;
    let two = repeat(&w, &works).await;

    w.at("10-31 18:00");
    w.app.make_all_facts().await.expect("facts are made");
    assert!(matches!(w.app.check_facts().await.expect("checked"), Check::Whole { .. }));
    assert_eq!(
        parts(&w, Kpi::OverdueRate).await,
        (dec!(1), dec!(13)),
        "1 + 3 + 1 + 8 decided, two voided count nowhere"
    );
    assert_eq!(of(&w, Kpi::OverdueRate).await.value, Some(dec!(7.7)));
    assert_eq!(parts(&w, Kpi::OverdueTime).await, (dec!(110), dec!(1)));
    assert_eq!(parts(&w, Kpi::FirstPass).await, (dec!(3), dec!(4)));
    assert_eq!(of(&w, Kpi::FirstPass).await.value, Some(dec!(75.0)));
    assert_eq!(parts(&w, Kpi::Conversion).await, (dec!(4), dec!(4)));
    assert_eq!(parts(&w, Kpi::UrgentShare).await, (dec!(1), dec!(4)));
    assert_eq!(parts(&w, Kpi::ReviewsInTime).await, (dec!(3), dec!(3)));
    assert_eq!(parts(&w, Kpi::OnTime).await, (dec!(5), dec!(5)), "five batches of stories 1 to 3");
    assert_eq!(parts(&w, Kpi::OnTimeOurs).await, (dec!(5), dec!(5)));
    assert_eq!(parts(&w, Kpi::OnTimeInFull).await, (dec!(3), dec!(3)));
    assert_eq!(parts(&w, Kpi::ReturnRate).await, (dec!(1), dec!(5)));
    assert_eq!(parts(&w, Kpi::EscalationRate).await, (dec!(0), dec!(13)));

    let cycles = [
        cycle(&w, &one, "2026-09").await,
        cycle(&w, &two, "2026-10").await,
        cycle(&w, &three, "2026-09").await,
        cycle(&w, &four, "2026-10").await,
    ];
    let natural: Vec<Decimal> = cycles.iter().map(|c| c.0).collect();
    assert_eq!(natural[..3], [dec!(1375), dec!(390), dec!(75)], "22.9, 6.5 and 1.25 hours");
    let working: Vec<Decimal> = cycles.iter().map(|c| c.1).collect();
    assert_eq!(working, [dec!(415), dec!(330), dec!(75), dec!(2940)]);
    assert_eq!(cycles[2].2, "urgent");

    // Payments: the deposit in time, the rest a day after packing; 7 days after sign-off and on signing nothing came.
    assert_eq!(parts(&w, Kpi::PaidInTime).await, (dec!(1), dec!(4)));
    let owed = figure_of(&w, Kpi::OverdueAmount, ("2000-01", "2026-10")).await;
    assert_eq!(owed.value, Some(dec!(458586.00)), "19,386.00 and 439,200.00");

    // The same on the page of a month, with the reason of the return in the words of whoever gave it.
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    director.open("/reports/return_rate?month=2026-09").await;
    for words in ["伺服额定扭矩与负载不符", "技术", four.as_str()] {
        assert!(director.sees(words), "{words}: {}", director.text());
    }
    director.open("/reports/urgent_share?month=2026-09").await;
    assert!(director.sees("1 / 2") && director.sees("用 1 次，限 2 次"), "{}", director.text());
    director.open("/reports/overdue_amount").await;
    assert!(director.sees("458,586.00") && director.sees(&three) && director.sees(&four), "{}", director.text());
    director.open("/reports/overdue_rate?month=2026-10&department=production").await;
    assert!(director.sees("1 / 2") && director.sees("50.0 %"), "{}", director.text());
}
