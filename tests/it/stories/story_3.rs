//! Story 3 (DOMAIN 9.3): an urgent order. One director decides on the on-call clock, the
//! departments that were left out look afterwards; and every variant that takes another way.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::{World, moment, told};
use axum::http::StatusCode;
use kuaidan::app::{Asked, Failure, QuoteInput, QuoteLineInput, SurchargeInput};
use kuaidan::domain::alternative::Alternative;
use kuaidan::domain::approval::{ApprovalPath, Decision, NodeKind};
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::fast_path::{FastRefusal, ObjectionOutcome, PostReviewStatus, ReviewResult};
use kuaidan::domain::order::AcceptanceKind;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{LineRemarks, PaymentTrigger, QuoteLineKind, QuoteStatus};
use kuaidan::domain::requirement::LineKind;
use kuaidan::domain::staff::Role;
use kuaidan::domain::workflow::{Action, Blocker, Case, Command, blockers, planned_route};
use kuaidan::store::catalog::Product;
use rust_decimal::{Decimal, dec};

/// The gift box of the story, an archived customer, and the plan of the urgent deal.
pub async fn gift_boxes() -> (World, Plan) {
    let mut w = World::new().await;
    let gift = Product {
        id: kuaidan::domain::ids::ProductId(w.app.ids.next()),
        code: "GP-500".to_owned(),
        name: "礼盒套装".to_owned(),
        name_en: "Gift box".to_owned(),
        kind: LineKind::Standard,
        spec: "礼盒套装，标准配置".to_owned(),
        unit: "套".to_owned(),
        tax_rate: dec!(0.13),
        lead_days: 7,
        is_stocked: true,
        is_on_sale: true,
        first_sold_on: Some(crate::harness::world::day("2025-03-01")),
        on_hand: dec!(320),
        reserved: Decimal::ZERO,
    };
    let tier = |from_quantity, unit_price| Tier { from_quantity, unit_price, floor_price: dec!(30) };
    w.sell(gift, &[tier(dec!(1), dec!(39.90)), tier(dec!(500), dec!(35.90))]).await;
    let customer = w.archived_customer().await;
    let plan = Plan {
        customer: Some(customer),
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
    (w, plan)
}

/// 500 gift boxes and the urgent surcharge of 8 %.
pub fn quoted(w: &World, plan: &Plan) -> Asked<'static> {
    Asked::Quote(Box::new(QuoteInput {
        terms: quote_terms(w, plan),
        lines: vec![QuoteLineInput {
            remarks: LineRemarks::default(),
            line_no: 1,
            unit_price: None,
            tax_rate: None,
            discount_reason: None,
            request: kuaidan::domain::quote::PriceRequest::default(),
            policy: kuaidan::app::PolicyChoice::default(),
        }],
        surcharges: vec![SurchargeInput { name: "加急费".to_owned(), amount: dec!(1436.00), tax_rate: dec!(0.13) }],
    }))
}

pub async fn submitted(w: &World, plan: &Plan) -> String {
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::RequirementConfirmed, plan).await;
    w.at("09-20 10:35");
    w.must("wangmin", &deal, &[], quoted(w, plan)).await;
    w.at("09-20 10:40");
    w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
    deal
}

pub fn decide(node: NodeKind) -> Command {
    crate::harness::stages::decide(node, Decision::Approve, None)
}

/// What production objected to last.
pub async fn resolved_as(w: &World, deal: &str, outcome: ObjectionOutcome) -> Command {
    let review = w.review_of(deal, NodeKind::Production).await.id;
    Command::ResolveObjection { review, outcome, resolution: "改由夜班补足".to_owned() }
}

/// A department's newest review.
pub async fn review(w: &World, deal: &str, node: NodeKind, result: ReviewResult, comment: Option<&str>) -> Command {
    let review = w.review_of(deal, node).await.id;
    Command::ReviewAfterwards { review, result, comment: comment.map(str::to_owned) }
}

#[tokio::test]
async fn story_3_urgent_order_on_the_fast_path() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    let case = w.case(&deal).await;
    let totals = &case.quote.as_ref().expect("a quote").priced.totals;
    assert_eq!((totals.gross, totals.net, totals.tax), (dec!(19386.00), dec!(17155.76), dec!(2230.24)));
    assert_eq!(to_capital(totals.gross).expect("capitals"), "壹万玖仟叁佰捌拾陆元整");

    let round = case.round.as_ref().expect("a round");
    assert_eq!(round.path, ApprovalPath::Fast);
    assert_eq!(round.nodes.iter().map(|n| n.kind).collect::<Vec<_>>(), [NodeKind::UrgentDirector]);
    assert_eq!(round.nodes[0].due_at, Some(moment("09-20 12:40")), "two hours on call, on a Sunday");
    let left_out: Vec<NodeKind> = round.skipped.iter().map(|n| n.kind).collect();
    assert_eq!(left_out, [NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production]);
    assert!(round.skipped.iter().all(|n| !n.reasons.is_empty()), "each with its reason");

    // Who is left out hears of it and decides nothing.
    let refused = w.act("liqiang", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    assert!(matches!(refused, Err(Failure::Denied(_))), "{}", told(&refused.expect_err("refused")));
    assert!(matches!(w.act("wangmin", &deal, &[], decide(NodeKind::UrgentDirector)).await, Err(Failure::Denied(_))));

    w.at("09-20 10:58");
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    let case = w.case(&deal).await;
    assert_eq!(case.post_reviews.len(), 3);
    assert!(case.post_reviews.iter().all(|p| p.due_at == moment("09-21 10:58") && p.status == PostReviewStatus::Open));
    let stops = blockers(&case, Action::CompleteOrder, None, w.now());
    assert!(!stops.is_empty());

    // The pages: the list of reviews owed, the form, and what it leads to.
    let mut wufang = Browser::at(&w).await;
    w.at("09-21 09:40");
    wufang.sign_in("wufang").await;
    assert!(wufang.sees(&deal), "a review waits on finance's page: {}", wufang.text());
    wufang.open("/approvals?tab=reviews").await;
    assert!(wufang.sees(&deal));
    assert_eq!(wufang.open(&format!("/deals/{deal}/approval")).await, StatusCode::OK);
    assert!(wufang.sees("紧急通道略过的部门"), "{}", wufang.text());
    // The manager, who decides on every other quote, is left out because somebody else decides on this one.
    assert!(wufang.sees("紧急订单，由销售总监直接审批") && !wufang.sees("每份报价都由"), "{}", wufang.text());
    assert_eq!(wufang.choose("/review", "result", "objection").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wufang.choose("/review", "result", "confirmed").await, StatusCode::OK, "{}", wufang.text());
    assert_eq!(w.review_of(&deal, NodeKind::Finance).await.status, PostReviewStatus::Confirmed);
    let again =
        w.act("wufang", &deal, &[], review(&w, &deal, NodeKind::Finance, ReviewResult::Confirmed, None).await).await;
    assert!(matches!(again, Err(Failure::Blocked { .. })), "given once");

    w.at("09-21 10:10");
    let foreign = w
        .act("zhengwei", &deal, &[], review(&w, &deal, NodeKind::SalesManager, ReviewResult::Confirmed, None).await)
        .await;
    assert!(matches!(foreign, Err(Failure::Denied(_))), "another department's review");
    w.must("zhengwei", &deal, &[], review(&w, &deal, NodeKind::Production, ReviewResult::Confirmed, None).await).await;
    w.at("09-21 10:30");
    let own = w
        .act("wangmin", &deal, &[], review(&w, &deal, NodeKind::SalesManager, ReviewResult::Confirmed, None).await)
        .await;
    assert!(matches!(own, Err(Failure::Denied(_))), "nobody reviews their own deal");
    w.must("liqiang", &deal, &[], review(&w, &deal, NodeKind::SalesManager, ReviewResult::Confirmed, None).await).await;
    let minutes: Vec<i64> = w
        .case(&deal)
        .await
        .post_reviews
        .iter()
        .map(|p| {
            let at = p.reviewed.as_ref().expect("reviewed").at;
            w.app.calendar.working_minutes_between(p.opened_at, at).get()
        })
        .collect();
    let mut sorted = minutes.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [402, 432, 452]);
}

#[tokio::test]
async fn an_objection_keeps_the_order_from_its_end_until_the_director_resolves_it() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    let short = w
        .act(
            "zhengwei",
            &deal,
            &[],
            review(&w, &deal, NodeKind::Production, ReviewResult::Objection, Some("不行")).await,
        )
        .await;
    assert!(matches!(short, Err(Failure::Blocked { .. })), "an objection is explained");
    let said = Some("产线周一才有人，180 套来不及");
    w.must("zhengwei", &deal, &[], review(&w, &deal, NodeKind::Production, ReviewResult::Objection, said).await).await;
    for (who, node) in [("wufang", NodeKind::Finance), ("liqiang", NodeKind::SalesManager)] {
        w.must(who, &deal, &[], review(&w, &deal, node, ReviewResult::Confirmed, None).await).await;
    }
    let stops = |case: &Case| {
        let mut case = case.clone();
        case.order = None;
        kuaidan::domain::workflow::blockers(&case, Action::ResolveObjection, None, w.now())
    };
    assert!(stops(&w.case(&deal).await).is_empty());
    let resolve = resolved_as(&w, &deal, ObjectionOutcome::Continue).await;
    assert!(matches!(w.act("wangmin", &deal, &[], resolve.clone()).await, Err(Failure::Denied(_))));
    w.must("chenjing", &deal, &[], resolve.clone()).await;
    assert!(matches!(w.act("chenjing", &deal, &[], resolve).await, Err(Failure::Blocked { .. })), "resolved once");
    assert_eq!(w.review_of(&deal, NodeKind::Production).await.status, PostReviewStatus::Resolved);
}

#[tokio::test]
async fn an_order_is_not_completed_while_a_review_is_owed() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    for stage in [
        Stage::QuoteSent,
        Stage::Accepted,
        Stage::OrderConfirmed,
        Stage::Picked,
        Stage::Packed,
        Stage::Shipped,
        Stage::Signed,
    ] {
        w.bring_to(stage, &deal, &plan).await;
    }
    let complete = || Command::CompleteOrder { waive_inspection: kuaidan::domain::workflow::Waiver::Waived };
    match w.act("wangmin", &deal, &[], complete()).await {
        Err(Failure::Blocked { blockers, .. }) => {
            assert_eq!(blockers.len(), 3, "{blockers:?}");
            assert!(blockers.contains(&Blocker::ReviewOpen { node: NodeKind::Finance }));
        }
        other => panic!("{other:?}"),
    }
    for (who, node) in
        [("wufang", NodeKind::Finance), ("liqiang", NodeKind::SalesManager), ("zhengwei", NodeKind::Production)]
    {
        w.must(who, &deal, &[], review(&w, &deal, node, ReviewResult::Confirmed, None).await).await;
    }
    w.must("wangmin", &deal, &[], complete()).await;
}

fn calm() -> Command {
    Command::DropUrgency { reason: "客户改期，不再紧急".to_owned() }
}

#[tokio::test]
async fn without_the_mark_a_fast_approval_is_none_and_the_departments_decide() {
    for sent in [false, true] {
        let (w, plan) = gift_boxes().await;
        let deal = submitted(&w, &plan).await;
        let mut rep = Browser::at(&w).await;
        rep.sign_in("wangmin").await;
        rep.open(&format!("/deals/{deal}")).await;
        assert!(rep.sees("走紧急通道的审批会撤回"), "{}", rep.text());
        w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
        if sent {
            w.must("wangmin", &deal, &[], Command::SendQuote).await;
        }
        rep.open(&format!("/deals/{deal}")).await;
        assert!(rep.sees("紧急通道的批准不再有效"), "{}", rep.text());
        rep.set("drop_reason", "客户改期，不再紧急");
        assert_eq!(rep.submit("/drop-urgency").await, StatusCode::OK, "{}", rep.text());
        let case = w.case(&deal).await;
        assert_eq!(case.quote.as_ref().map(|q| q.status), Some(QuoteStatus::Superseded), "no offer any more");
        let file = w.pdf("盖章合同").await;
        let accept = Command::RecordAcceptance {
            kind: AcceptanceKind::StampedContract,
            accepted_at: w.now(),
            file: file.id,
            po_no: None,
            po_check: None,
        };
        for (act, files) in [(Command::SendQuote, vec![]), (accept, vec![file])] {
            let refused = w.act("wangmin", &deal, &files, act).await;
            assert!(matches!(refused, Err(Failure::Blocked { .. })), "{refused:?}");
        }
        assert!(case.post_reviews.iter().all(|p| p.status == PostReviewStatus::Open), "the reviews stay owed");
        w.must("wangmin", &deal, &[], quoted(&w, &plan)).await;
        w.must("wangmin", &deal, &[], Command::SubmitQuote).await;
        let round = w.case(&deal).await.round.expect("a round");
        assert_eq!(round.path, ApprovalPath::Standard);
        assert!(
            [NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production].iter().all(|k| round.node(*k).is_some())
        );
    }
}

#[tokio::test]
async fn without_the_mark_no_alternative_that_the_fast_path_approved_is_an_offer() {
    let (w, plan) = gift_boxes().await;
    let deal = submitted(&w, &plan).await;
    w.must("chenjing", &deal, &[], decide(NodeKind::UrgentDirector)).await;
    w.must("wangmin", &deal, &[], Command::AddAlternative).await;
    w.must("wangmin", &deal, &[], calm()).await;
    let case = w.case(&deal).await;
    assert_eq!(case.quote.as_ref().map(|q| q.status), Some(QuoteStatus::Draft), "the draft beside it goes on");
    let first = case.alternatives.other(Alternative::A).expect("the first one");
    assert_eq!(first.status, QuoteStatus::Superseded);
}

#[tokio::test]
async fn the_mark_comes_off_and_a_standard_round_keeps_its_decisions() {
    let (w, gifts) = gift_boxes().await;
    let plan = Plan {
        customer: gifts.customer,
        terms: vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)],
        urgency: gifts.urgency.map(|u| Urgency { needed_at: moment("12-20 10:00"), ..u }),
        ..Plan::default()
    };
    let deal = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    w.must("liqiang", &deal, &[], decide(NodeKind::SalesManager)).await;
    let before = w.case(&deal).await;
    assert_eq!(before.round.as_ref().map(|r| r.fast_refused.clone()), Some(vec![FastRefusal::NotSoon]));
    let mut rep = Browser::at(&w).await;
    rep.sign_in("wangmin").await;
    rep.open(&format!("/deals/{deal}")).await;
    assert!(rep.sees("报价走的是常规路径，已有的审批不受影响"), "{}", rep.text());
    w.must("wangmin", &deal, &[], calm()).await;
    let after = w.case(&deal).await;
    assert_eq!((&after.round, &after.quote), (&before.round, &before.quote), "nothing of the round moved");
    w.bring_to(Stage::QuoteApproved, &deal, &plan).await;
    assert_eq!(w.case(&deal).await.quote.map(|q| q.status), Some(QuoteStatus::Approved));
}

#[tokio::test]
async fn the_page_says_which_use_of_the_month_a_round_was() {
    let (w, plan) = gift_boxes().await;
    let first = submitted(&w, &plan).await;
    w.at("09-20 10:50");
    let second = w.deal_at(Stage::QuoteSubmitted, &plan).await;
    let mut director = Browser::at(&w).await;
    director.sign_in("chenjing").await;
    for (deal, words) in [(&first, "申请人本月紧急通道：第 1 次"), (&second, "申请人本月紧急通道：第 2 次")]
    {
        director.open(&format!("/deals/{deal}/approval")).await;
        assert!(director.sees(words), "{words}: {}", director.text());
    }
    w.must("chenjing", &second, &[], decide(NodeKind::UrgentDirector)).await;
    w.must("wangmin", &second, &[], calm()).await;
    director.open(&format!("/deals/{second}/approval")).await;
    assert!(director.sees("申请人本月紧急通道：第 2 次"), "also when it is urgent no more: {}", director.text());
    w.must("wangmin", &first, &[], calm()).await;
    director.open(&format!("/deals/{first}/approval")).await;
    assert!(!director.sees("申请人本月紧急通道"), "what was withdrawn was no use: {}", director.text());
}

/// The nodes of the way a case would go now.
fn way(case: &Case, w: &World) -> (ApprovalPath, Vec<NodeKind>, Vec<FastRefusal>) {
    let route = planned_route(case, w.now()).expect("a quote");
    (route.path, route.nodes.iter().map(|n| n.kind).collect(), route.fast_refused)
}

#[tokio::test]
async fn each_variant_of_the_story_takes_its_own_way() {
    let (w, plan) = gift_boxes().await;
    w.at("09-20 10:00");
    let deal = w.deal_at(Stage::RequirementConfirmed, &plan).await;
    w.must("wangmin", &deal, &[], quoted(&w, &plan)).await;
    let case = w.case(&deal).await;
    let with = |change: &dyn Fn(&mut Case)| {
        let mut other = case.clone();
        change(&mut other);
        way(&other, &w)
    };
    let standard = vec![NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production];
    let fast = ApprovalPath::Fast;
    let (g, t, u) = (NodeKind::GeneralManager, NodeKind::Technical, NodeKind::UrgentDirector);

    assert_eq!(with(&|_| ()), (fast, vec![u], vec![]));
    assert_eq!(
        with(&|c| c.customer.is_credit_hold = true),
        (ApprovalPath::Standard, standard.clone(), vec![FastRefusal::CreditHold]),
        "on hold"
    );
    assert_eq!(
        with(&|c| {
            c.route_facts.credit.oldest_due = Some(crate::harness::world::day("2026-08-01"));
            c.route_facts.credit.tolerated_until = Some(crate::harness::world::day("2026-12-31"));
        })
        .2,
        [FastRefusal::CreditHold],
        "late by more than thirty days, though finance lets it pass for now"
    );
    assert_eq!(
        with(&|c| {
            c.route_facts.lead = None;
            c.deal.iter_mut().filter_map(|d| d.urgency.as_mut()).for_each(|u| u.needed_at = moment("09-23 10:01"));
        }),
        (
            ApprovalPath::Standard,
            vec![NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production],
            vec![FastRefusal::NotSoon]
        ),
        "72 hours and one minute"
    );
    assert_eq!(
        with(&|c| {
            c.route_facts.lead = None;
            c.deal.iter_mut().filter_map(|d| d.urgency.as_mut()).for_each(|u| u.needed_at = moment("09-23 10:00"));
        }),
        (fast, vec![u], vec![]),
        "72 hours"
    );
    let later = (
        ApprovalPath::Standard,
        vec![NodeKind::SalesManager, NodeKind::Finance, NodeKind::Production],
        vec![FastRefusal::DeliveryLater],
    );
    assert_eq!(
        with(&|c| {
            c.route_facts.lead = None;
            c.quote.iter_mut().for_each(|q| q.terms.deliver_at = moment("12-01 10:00"));
        }),
        later,
        "whatever the mark says, the quote offers another month"
    );
    assert_eq!(
        with(&|c| {
            c.route_facts.lead = None;
            c.route_facts.wanted_at = Some(moment("12-01 10:00"));
        }),
        later,
        "and so does what the customer wants"
    );
    let director = |c: &mut Case| c.route_facts.requester_roles = vec![Role::SalesDirector];
    assert_eq!(with(&director), (fast, vec![g], vec![]), "the director does not decide her own");
    let custom = |c: &mut Case| {
        let goods = c.quote.iter_mut().flat_map(|q| &mut q.priced.lines).filter(|l| l.requirement_line.is_some());
        goods.for_each(|l| l.kind = QuoteLineKind::Custom);
    };
    assert_eq!(with(&custom), (fast, vec![t, u], vec![]), "a custom line that was never made");
    assert_eq!(
        with(&|c| {
            custom(c);
            c.route_facts.made_before =
                c.quote.iter().flat_map(|q| &q.priced.lines).filter_map(|l| l.requirement_line).collect();
        }),
        (fast, vec![u], vec![]),
        "a custom line that was made before"
    );
    assert_eq!(
        with(&|c| c.quote.iter_mut().for_each(|q| q.priced.is_below_floor = true)),
        (fast, vec![u, g], vec![]),
        "below the floor"
    );
    let used = |times: usize| move |c: &mut Case| c.route_facts.fast_rounds = vec![moment("09-02 09:00"); times];
    assert_eq!(with(&used(1)), (fast, vec![u], vec![]), "the second use of the month");
    assert_eq!(with(&used(2)), (fast, vec![u, g], vec![]), "the third needs the general manager");
    let last_month = |c: &mut Case| c.route_facts.fast_rounds = vec![moment("08-31 23:59"); 5];
    assert_eq!(with(&last_month), (fast, vec![u], vec![]), "a new month counts anew");
    assert_eq!(with(&|c| c.deal.iter_mut().for_each(|d| d.urgency = None)).0, ApprovalPath::Standard);
}
