//! Only the departments concerned look again, where the company says so: what finance watches did not
//! change, so its approval stays, with who gave it and when.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, approve_on};
use crate::harness::world::{World, day};
use kuaidan::app::Asked;
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::quote::{LineRemarks, PaymentTrigger};
use kuaidan::domain::rules::{Rule, Rules};
use kuaidan::domain::workflow::{Blocker, Command, planned_route};
use rust_decimal::dec;
use std::collections::BTreeMap;

async fn switched_on(w: &World) {
    let values = BTreeMap::from([(Rule::Reapproval, dec!(1))]);
    let rules = Rules::of(0, &values).expect("in order");
    let admin = w.actor("admin");
    w.app.draft_rules(&w.by(&admin, &[], None), 0, &rules, "只让有关部门复审").await.expect("drafted");
    let director = w.actor("chenjing");
    let from = kuaidan::domain::calendar::local_date(w.now());
    w.app.publish_rules(&w.by(&director, &[], None), 1, from).await.expect("in force");
}

fn decide(node: NodeKind, decision: Decision, comment: Option<&str>) -> Command {
    crate::harness::stages::decide(node, decision, comment)
}

/// A quote on credit with a custom line that finance approved and the technical department returned.
async fn returned(w: &World) -> (String, Plan) {
    let plan = Plan {
        lines: vec![("QM-65", dec!(50), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    w.must("wufang", &deal, &[], decide(NodeKind::Finance, Decision::Approve, None)).await;
    let why = Some("四十台以上要分批交付");
    w.must("zhengwei", &deal, &[], decide(NodeKind::Production, Decision::Return, why)).await;
    (deal, plan)
}

#[tokio::test]
async fn by_default_everybody_looks_again() {
    let w = World::new().await;
    let (deal, plan) = returned(&w).await;
    w.must("wangmin", &deal, &[], w.quote(&plan)).await;
    let planned = planned_route(&w.case(&deal).await, w.now()).expect("a quote");
    assert!(planned.kept.is_empty());
    assert!(planned.node(NodeKind::Finance).is_some());
}

#[tokio::test]
async fn an_approval_stays_while_nothing_its_department_watches_changed() {
    let w = World::new().await;
    switched_on(&w).await;
    let (deal, plan) = returned(&w).await;
    w.must("wangmin", &deal, &[], w.quote(&plan)).await;
    let case = w.case(&deal).await;
    let planned = planned_route(&case, w.now()).expect("a quote");
    assert_eq!(planned.kept.iter().map(|k| k.kind).collect::<Vec<_>>(), [NodeKind::Finance]);
    assert!(planned.node(NodeKind::SalesManager).is_some(), "the manager always looks");
    assert!(planned.node(NodeKind::Production).is_some(), "who returned it looks again");
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}/quote")).await;
    assert!(rep.sees("保留第 1 轮意见：吴芳"), "{}", rep.text());
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert!(round.node(NodeKind::Finance).is_none());
    rep.open(&format!("/deals/{deal}/approval")).await;
    assert!(rep.sees("保留的意见") && rep.sees("吴芳"), "{}", rep.text());
}

#[tokio::test]
async fn a_change_of_what_finance_watches_brings_finance_back() {
    let w = World::new().await;
    switched_on(&w).await;
    let (deal, plan) = returned(&w).await;
    let kept = |plan: Plan| {
        let (w, deal) = (&w, deal.clone());
        async move {
            w.must("wangmin", &deal, &[], w.quote(&plan)).await;
            planned_route(&w.case(&deal).await, w.now()).expect("a quote").kept.len()
        }
    };
    let dearer = Plan { lines: vec![("QM-65", dec!(50), Some(dec!(8298)))], ..plan.clone() };
    assert_eq!(kept(dearer).await, 0, "a price");
    let longer = Plan { terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 60)], ..plan.clone() };
    assert_eq!(kept(longer).await, 0, "the terms");
    let reasoned = Plan { discount_reason: Some("总监口头同意"), ..plan.clone() };
    assert_eq!(kept(reasoned).await, 0, "the reason of a price");
    assert_eq!(kept(plan).await, 1, "as it was");
    // What finance itself changed about the credit counts too.
    let no = w.case(&deal).await.customer.no;
    let change = kuaidan::domain::credit::CreditChange::Terms {
        limit: dec!(100),
        days: 30,
        tolerated_until: None,
        reason: "调低额度观察".to_owned(),
    };
    w.must_on_customer("wufang", &no, &[], Command::ChangeCredit(Box::new(change))).await;
    assert!(planned_route(&w.case(&deal).await, w.now()).expect("a quote").kept.is_empty());
}

#[tokio::test]
async fn what_a_line_promises_in_words_brings_everybody_back() {
    let w = World::new().await;
    switched_on(&w).await;
    let (deal, plan) = returned(&w).await;
    let kept = async |remarks: LineRemarks| {
        let Asked::Quote(mut input) = w.quote(&plan) else { panic!("a quote as typed") };
        input.lines[0].remarks = remarks;
        w.must("wangmin", &deal, &[], Asked::Quote(input)).await;
        planned_route(&w.case(&deal).await, w.now()).expect("a quote").kept.len()
    };
    let note = Some("另赠送同型号样机 2 台".to_owned());
    assert_eq!(kept(LineRemarks { lead_days: None, note }).await, 0, "goods are given away");
    assert_eq!(kept(LineRemarks { lead_days: Some(3), note: None }).await, 1, "the day is production's");
    assert_eq!(kept(LineRemarks::default()).await, 1, "as it was");
}

#[tokio::test]
async fn the_day_of_an_approval_that_stays_is_still_promised_for() {
    let w = World::new().await;
    switched_on(&w).await;
    let plan = Plan {
        lines: vec![("QM-65", dec!(50), None)],
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager, Decision::Approve, None)).await;
    // Promised for 24 September, production can make it by the 30th.
    w.must("zhengwei", &deal, &[], approve_on(NodeKind::Production, day("2026-09-30"))).await;
    w.must("wufang", &deal, &[], decide(NodeKind::Finance, Decision::Return, Some("付款条件请再谈"))).await;
    let shorter = Plan { terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 20)], ..plan };
    w.must("wangmin", &deal, &[], w.quote(&shorter)).await;
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    let case = w.case(&deal).await;
    assert!(case.round.expect("a round").node(NodeKind::Production).is_none(), "production does not look again");
    w.bring_to(Stage::QuoteApproved, &deal, &shorter).await;
    let refused = crate::rounds::acts::blockers(w.act("wangmin", &deal, &[], Command::SendQuote).await);
    assert_eq!(refused, [Blocker::PromiseTooEarly { committed_on: day("2026-09-30") }]);
}

#[tokio::test]
async fn trying_it_out_keeps_the_approvals_that_it_would_keep() {
    for in_force in [false, true] {
        let w = World::new().await;
        if in_force {
            switched_on(&w).await;
        } else {
            let values = BTreeMap::from([(Rule::Reapproval, dec!(1))]);
            let rules = Rules::of(0, &values).expect("in order");
            let admin = w.actor("admin");
            w.app.draft_rules(&w.by(&admin, &[], None), 0, &rules, "只让有关部门复审").await.expect("drafted");
        }
        let (deal, plan) = returned(&w).await;
        w.must("wangmin", &deal, &[], w.quote(&plan)).await;
        w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
        let mut director = Browser::at(&w).await;
        director.sign_in("chenjing").await;
        director.open("/settings/limits/try?version=2").await;
        // What went so goes so again; where everybody looked, finance would not have had to.
        let other = i32::from(!in_force);
        assert!(director.sees(&format!("2 次审批中有 {other} 次走法不同")), "{}", director.text());
    }
}
