//! Every presence rule of DOMAIN 3.1 and 3.2 on its boundary, by changing one thing of a quote that needs
//! the manager alone.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment};
use kuaidan::domain::approval::NodeKind::{
    self, Finance, GeneralManager, Production, SalesDirector, SalesManager, Technical,
};
use kuaidan::domain::credit::CreditFacts;
use kuaidan::domain::quote::{PaymentTerm, PaymentTrigger, PriceRequest, Quote, QuoteLineKind};
use kuaidan::domain::routing::{Lead, RouteFacts, RouteReason, route};
use kuaidan::domain::rules::Rules;
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::facts_of;
use rust_decimal::{Decimal, dec};

/// The quote of the first story with its facts: the manager alone.
async fn plain() -> (World, Quote, RouteFacts) {
    let w = World::new().await;
    let deal = w.deal_at(Stage::QuoteDrafted, &Plan::default()).await;
    let case = w.case(&deal).await;
    let facts = facts_of(&case);
    (w, case.quote.expect("a quote"), facts)
}

#[tokio::test]
async fn each_reason_brings_its_node_and_only_on_its_side_of_the_limit() {
    let (w, quote, facts) = plain().await;
    let now = w.now();
    let rules = Rules::shipped();
    let nodes = |change: &dyn Fn(&mut Quote, &mut RouteFacts)| -> Vec<NodeKind> {
        let (mut quote, mut facts) = (quote.clone(), facts.clone());
        change(&mut quote, &mut facts);
        route(&quote, &facts, &rules, now).kinds()
    };
    let m = SalesManager;
    assert_eq!(nodes(&|_, _| ()), [m]);
    for (gross, expected) in [
        (dec!(100000.00), vec![m]),
        (dec!(100000.01), vec![m, SalesDirector]),
        (dec!(1000000.00), vec![m, SalesDirector]),
        (dec!(1000000.01), vec![m, SalesDirector, GeneralManager]),
    ] {
        assert_eq!(nodes(&|q, _| q.priced.totals.gross = gross), expected, "{gross}");
    }
    for (rate, expected) in [
        (dec!(0.1000), vec![m]),
        (dec!(0.1001), vec![m, SalesDirector]),
        (dec!(0.2000), vec![m, SalesDirector]),
        (dec!(0.2001), vec![m, SalesDirector, GeneralManager]),
    ] {
        assert_eq!(nodes(&|q, _| q.priced.max_discount = rate), expected, "{rate}");
    }
    assert_eq!(nodes(&|q, _| q.priced.is_below_floor = true), [m, Finance, SalesDirector, GeneralManager]);
    assert_eq!(nodes(&|q, _| q.priced.lines[0].policy = None), [m, SalesDirector], "no price is level 2");
    assert_eq!(nodes(&|q, _| q.priced.lines[0].request = PriceRequest::Special), [m, SalesDirector]);
    assert_eq!(nodes(&|q, _| q.priced.lines[0].kind = QuoteLineKind::Custom), [m, Technical, Production]);
    assert_eq!(nodes(&|_, f| f.has_substitute = true), [m, Technical]);
    assert_eq!(nodes(&|_, f| f.has_proposal = true), [m, Technical]);
    assert_eq!(nodes(&|_, f| f.first_sales = vec!["QM-98".to_owned()]), [m, Technical]);
    assert_eq!(nodes(&|_, f| f.shortages = vec![("QM-65".to_owned(), dec!(0.001))]), [m, Production]);
    let early = |wanted: &str| nodes(&|_, f| f.lead = Some(Lead { wanted_at: moment(wanted), days: 15 }));
    assert_eq!(early("10-02 00:00"), [m], "on the day of the lead time");
    assert_eq!(early("10-01 23:59"), [m, Production]);
    let terms = |trigger, days| {
        let term = PaymentTerm { percent: dec!(100), trigger, days };
        nodes(&|q, _| q.terms.payment_terms = vec![term.clone()])
    };
    assert_eq!(terms(PaymentTrigger::OnSigning, 3), [m], "prepaid");
    assert_eq!(terms(PaymentTrigger::AfterSignOff, 0), [m], "on delivery");
    assert_eq!(terms(PaymentTrigger::AfterSignOff, 1), [m, Finance]);
    assert_eq!(terms(PaymentTrigger::OnAcceptance, 30), [m, Finance]);
    assert_eq!(terms(PaymentTrigger::AfterWarranty, 365), [m, Finance], "retention");
    assert_eq!(nodes(&|q, _| q.priced.lines[0].tax_rate = dec!(0.03)), [m, Finance], "another rate");
}

#[tokio::test]
async fn late_receivables_and_the_limit_bring_finance_and_the_director() {
    let (w, quote, facts) = plain().await;
    let now = w.now();
    let with = |limit: Option<Decimal>, receivable: Decimal, due: Option<&str>| {
        let mut quote = quote.clone();
        quote.priced.totals.gross = dec!(93700);
        quote.terms.payment_terms =
            vec![PaymentTerm { percent: dec!(100), trigger: PaymentTrigger::AfterSignOff, days: 30 }];
        let oldest_due = due.map(|day| day.parse().expect("a day"));
        let credit = CreditFacts { limit, receivable, oldest_due, ..CreditFacts::default() };
        route(&quote, &RouteFacts { credit, ..facts.clone() }, &Rules::shipped(), now)
    };
    let m = SalesManager;
    let story_2 = with(Some(dec!(200000)), dec!(118500), None);
    assert_eq!(story_2.kinds(), [m, Finance]);
    let over = RouteReason::OverLimit { over: dec!(0.0610) };
    assert_eq!(story_2.node(Finance).expect("finance").reasons, [RouteReason::CreditTerm, over]);
    assert_eq!(with(Some(dec!(200000)), dec!(126300), None).kinds(), [m, Finance], "ten per cent over");
    assert_eq!(with(Some(dec!(200000)), dec!(126300.01), None).kinds(), [m, Finance, SalesDirector]);
    assert_eq!(with(Some(dec!(200000)), dec!(1), Some("2026-09-17")).kinds(), [m, Finance], "due today");
    assert_eq!(with(Some(dec!(200000)), dec!(1), Some("2026-09-16")).kinds(), [m, Finance, SalesDirector]);
    assert_eq!(with(None, dec!(0), None).kinds(), [m, Finance]);
    // Prepaid parts do not count.
    let mut prepaid = quote.clone();
    prepaid.priced.totals.gross = dec!(99999);
    let credit = CreditFacts { limit: Some(dec!(1)), receivable: dec!(0.5), ..CreditFacts::default() };
    let prepaid = route(&prepaid, &RouteFacts { credit, ..facts.clone() }, &Rules::shipped(), now);
    assert_eq!(prepaid.kinds(), [m]);
}

#[tokio::test]
async fn who_alone_could_decide_their_own_deal_is_decided_one_level_up() {
    let (w, quote, facts) = plain().await;
    let kinds = |sole: Vec<Role>| {
        let facts = RouteFacts { sole_roles: sole.clone(), requester_roles: sole, ..facts.clone() };
        route(&quote, &facts, &Rules::shipped(), w.now())
    };
    let up = kinds(vec![Role::SalesManager]);
    assert_eq!(up.kinds(), [SalesDirector]);
    assert_eq!(up.nodes[0].reasons, [RouteReason::RequesterIsApprover]);
    assert_eq!(kinds(vec![Role::SalesDirector]).kinds(), [SalesManager]);
    assert_eq!(kinds(vec![Role::SalesManager, Role::SalesDirector]).kinds(), [GeneralManager]);
    // What a department would look at goes up as well, when nobody of it is left but the requester.
    let of_department = |sole: Vec<Role>| {
        let facts = RouteFacts { sole_roles: sole, has_proposal: true, ..facts.clone() };
        route(&quote, &facts, &Rules::shipped(), w.now())
    };
    assert_eq!(of_department(Vec::new()).kinds(), [SalesManager, Technical]);
    let up = of_department(vec![Role::Technical]);
    assert_eq!(up.kinds(), [SalesManager, SalesDirector]);
    assert_eq!(up.nodes[1].reasons, [RouteReason::RequesterIsApprover]);
    assert_eq!(of_department(vec![Role::Technical, Role::SalesDirector]).kinds(), [SalesManager, GeneralManager]);
    assert_eq!(of_department(vec![Role::Finance]).kinds(), [SalesManager, Technical], "finance had no reason to look");
    // In the company of the stories 李强 is the only manager of his team.
    let plan = Plan { owner: "liqiang", customer: None, ..Plan::default() };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let round = w.case(&deal).await.round.expect("a round");
    assert_eq!(round.nodes.iter().map(|n| n.kind).collect::<Vec<_>>(), [SalesDirector]);
    assert_eq!(round.submitted_at, moment("09-17 10:20"));
}
