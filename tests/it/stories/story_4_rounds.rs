//! Story 4 (DOMAIN 9.4): a cross-department project, returned once, with a condition, an overdue
//! department and a delegate, minute by minute.

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, decide, quote_terms, sheet};
use crate::harness::world::{World, day, moment, told};
use kuaidan::app::{Asked, Failure, NewDelegation, QuoteInput, QuoteLineInput};
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus, Round, RoundStatus};
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::customer::Customer;
use kuaidan::domain::deal::Step;
use kuaidan::domain::ids::ProductId;
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{LineRemarks, PaymentTrigger};
use kuaidan::domain::requirement::{LineKind, RequirementContent, RequirementFile, RequirementFileKind};
use kuaidan::domain::round::{Batch, Capacity, ProductionView, ReturnTo, Sheet, Verdict, ledger};
use kuaidan::domain::workflow::{Action, Blocker, Command, blockers};
use kuaidan::jobs;
use kuaidan::store::catalog::Product;
use kuaidan::store::{PgConnection, cases};
use rust_decimal::{Decimal, dec};

pub fn plan() -> Plan {
    Plan {
        owner: "zhaoliu",
        lines: vec![("WS-800", dec!(8), Some(dec!(168000))), ("JS-01", dec!(1), None)],
        discount_reason: Some("集团框架协议首批"),
        terms: vec![
            (dec!(30), PaymentTrigger::OnSigning, 0),
            (dec!(60), PaymentTrigger::BeforeShipment, 0),
            (dec!(10), PaymentTrigger::AfterWarranty, 365),
        ],
        partial_allowed: true,
        ..Plan::default()
    }
}

async fn company() -> World {
    let mut w = World::new().await;
    stock(&mut w).await;
    w
}

pub async fn stock(w: &mut World) {
    let product = |code: &str, name: &str, kind, tax_rate, id| Product {
        id: ProductId(id),
        code: code.to_owned(),
        name: name.to_owned(),
        name_en: name.to_owned(),
        kind,
        spec: format!("{name}，按图"),
        unit: if kind == LineKind::Service { "项" } else { "台" }.to_owned(),
        tax_rate,
        lead_days: 40,
        is_stocked: false,
        is_on_sale: true,
        first_sold_on: Some(day("2025-03-01")),
        on_hand: Decimal::ZERO,
        reserved: Decimal::ZERO,
    };
    let tier = |unit_price, floor_price| Tier { from_quantity: dec!(1), unit_price, floor_price };
    let (one, two) = (w.app.ids.next(), w.app.ids.next());
    let station = product("WS-800", "定制工作站", LineKind::Custom, dec!(0.13), one);
    w.sell(station, &[tier(dec!(185000), dec!(148000))]).await;
    let service = product("JS-01", "技术服务", LineKind::Service, dec!(0.06), two);
    w.sell(service, &[tier(dec!(120000), dec!(90000))]).await;
}

fn wanted(w: &World, customer: &Customer, file: kuaidan::domain::ids::AttachmentId) -> RequirementContent {
    let mut content = sample::requirement(w, customer, &plan());
    content.wanted_at = moment("11-25 18:00");
    "整线联调 72 小时无故障，节拍不大于 45 秒，按技术协议附件逐项验收".clone_into(&mut content.acceptance);
    content
        .files
        .push(RequirementFile { id: file, kind: RequirementFileKind::Drawing, name: "总装图.pdf".to_owned() });
    content
}

pub fn quoted(w: &World) -> Asked<'static> {
    let plan = plan();
    let mut terms = quote_terms(w, &plan);
    terms.deliver_at = moment("11-25 18:00");
    let lines = plan.lines.iter().enumerate().map(|(i, (_, _, unit_price))| QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no: i + 1,
        unit_price: *unit_price,
        tax_rate: None,
        discount_reason: plan.discount_reason.map(str::to_owned),
        request: kuaidan::domain::quote::PriceRequest::default(),
        policy: kuaidan::app::PolicyChoice::default(),
    });
    Asked::Quote(Box::new(QuoteInput { terms, lines: lines.collect(), surcharges: Vec::new() }))
}

/// Submitted on 09-30 at 15:00.
pub async fn first_round(w: &World) -> String {
    w.at("09-28 09:30");
    let deal = w.deal_at(Stage::Archived, &plan()).await;
    w.at("09-30 14:00");
    let file = w.pdf("总装图").await;
    let content = wanted(w, &w.case(&deal).await.customer, file.id);
    w.must("zhaoliu", &deal, &[file], Command::SaveRequirement(Box::new(content))).await;
    w.bring_to(Stage::RequirementSent, &deal, &plan()).await;
    w.bring_to(Stage::RequirementConfirmed, &deal, &plan()).await;
    w.must("zhaoliu", &deal, &[], quoted(w)).await;
    w.at("09-30 15:00");
    w.must("zhaoliu", &deal, &[], Command::SubmitQuote).await;
    deal
}

async fn round(w: &World, deal: &str) -> Round {
    w.case(deal).await.round.expect("a round")
}

fn node_of(round: &Round, kind: NodeKind) -> &kuaidan::domain::approval::Node {
    round.node(kind).unwrap_or_else(|| panic!("{kind} is on the route"))
}

pub async fn verdict(w: &World, deal: &str, who: &str, verdict: Verdict) {
    w.must(who, deal, &[], Command::DecideNode(Box::new(verdict))).await;
}

pub fn plain(node: NodeKind, decision: Decision, comment: Option<&str>) -> Verdict {
    Verdict { sheet: sheet(node), ..Verdict::new(node, decision, comment.map(str::to_owned)) }
}

/// Production commits itself to 11-20.
pub fn committed() -> Sheet {
    let production = ProductionView {
        capacity: Capacity::Overtime,
        committed_on: day("2026-11-20"),
        batches: vec![
            Batch { on: day("2026-11-10"), quantity: dec!(4) },
            Batch { on: day("2026-11-20"), quantity: dec!(4) },
        ],
    };
    Sheet { production: Some(production), ..sheet(NodeKind::Production) }
}

/// Working minutes from arrival to decision, by the node's own ledger.
fn minutes(w: &World, round: &Round, kind: NodeKind) -> i64 {
    ledger::total(&ledger::of_node(node_of(round, kind), &w.app.calendar, w.now())).get()
}

async fn kinds_told(w: &World, login: &str) -> Vec<String> {
    let mut conn = w.app.db.read().await.expect("a connection");
    let all = kuaidan::store::notices::newest(&mut conn, w.id(login), 100).await.expect("readable");
    all.into_iter().map(|n| n.kind).collect()
}

async fn rounds(conn: &mut PgConnection, w: &World, deal: &str) -> Vec<Round> {
    let id = w.case(deal).await.deal.expect("a deal").id;
    cases::rounds_of(conn, id, w.now()).await.expect("readable")
}

#[tokio::test]
async fn story_4_minute_by_minute() {
    use NodeKind::{Finance, GeneralManager, Production, SalesDirector, SalesManager, Technical};
    let w = company().await;
    let deal = first_round(&w).await;
    let case = w.case(&deal).await;
    let totals = &case.quote.as_ref().expect("a quote").priced.totals;
    assert_eq!((totals.gross, totals.net, totals.tax), (dec!(1464000.00), dec!(1302588.08), dec!(161411.92)));
    assert_eq!(to_capital(totals.gross).expect("capitals"), "壹佰肆拾陆万肆仟元整");
    let r1 = round(&w, &deal).await;
    assert_eq!(r1.level, 3);
    assert_eq!(
        r1.nodes.iter().map(|n| n.kind).collect::<Vec<_>>(),
        [SalesManager, Finance, Production, Technical, SalesDirector, GeneralManager]
    );
    assert_eq!(node_of(&r1, SalesManager).due_at, Some(moment("10-08 10:00")));

    w.at("09-30 16:00");
    verdict(&w, &deal, "liqiang", plain(SalesManager, Decision::Approve, None)).await;
    let r1 = round(&w, &deal).await;
    for kind in [Technical, Finance, Production] {
        assert_eq!(node_of(&r1, kind).due_at, Some(moment("10-08 16:00")), "{kind}: seven days off between");
    }
    // The manager decides one node of the round, and not the director's.
    let refused = w.act("liqiang", &deal, &[], decide(SalesDirector, Decision::Approve, None)).await;
    assert!(matches!(refused, Err(Failure::Denied(d)) if d.why == DeniedWhy::DecidedBefore));
    let refused = w.act("zhaoliu", &deal, &[], Command::WithdrawQuote).await;
    assert!(
        matches!(&refused, Err(Failure::Blocked { blockers, .. }) if blockers.contains(&Blocker::SomebodyDecided)),
        "{:?}",
        refused.map_err(|f| told(&f))
    );

    w.at("09-30 17:20");
    let stale = round(&w, &deal).await.content_hash;
    let returned = Verdict {
        return_to: Some(ReturnTo::Requirement),
        ..plain(Technical, Decision::Return, Some("伺服额定扭矩与负载不符，请重新选型"))
    };
    verdict(&w, &deal, "zhoukai", returned).await;
    let case = w.case(&deal).await;
    let r1 = case.round.as_ref().expect("a round");
    assert_eq!(r1.status, RoundStatus::Returned);
    assert_eq!(node_of(r1, Finance).status, NodeStatus::Voided);
    assert_eq!(node_of(r1, Production).status, NodeStatus::Voided);
    assert_eq!(minutes(&w, r1, Finance), 80, "what a void node took is kept");
    let at = case.deal.as_ref().expect("a deal").step;
    assert_eq!(at, Step::Requirement, "the deal really went back");
    assert_eq!(case.requirement.as_ref().map(|r| r.version_no), Some(2));
    // Nobody approves what was returned.
    let refused = w.act("wufang", &deal, &[], decide(Finance, Decision::Approve, None)).await;
    assert!(matches!(refused, Err(Failure::Blocked { .. })), "{:?}", refused.map_err(|f| told(&f)));

    // Between 10-01 and 10-07 nobody is reminded of anything.
    for day in 1..=7 {
        w.at(&format!("10-0{day} 10:00"));
        jobs::sweep(&w.app).await.expect("a look");
    }
    for login in ["zhoukai", "wufang", "zhengwei", "zhaoliu", "liqiang", "liujianguo"] {
        let told = kinds_told(&w, login).await;
        assert!(!told.iter().any(|k| k.starts_with("node_") || k == "overdue_digest"), "{login}: {told:?}");
    }

    w.at("10-08 10:30");
    w.must("zhaoliu", &deal, &[], Command::SendRequirement).await;
    w.bring_to(Stage::RequirementConfirmed, &deal, &plan()).await;
    w.must("zhaoliu", &deal, &[], quoted(&w)).await;
    w.at("10-08 11:00");
    w.must("zhaoliu", &deal, &[], Command::SubmitQuote).await;
    let r2 = round(&w, &deal).await;
    assert_eq!((r2.round_no, r2.nodes.len()), (2, 6), "all nodes run again");
    assert_eq!(node_of(&r2, SalesManager).due_at, Some(moment("10-08 16:00")));
    // A page of the first round decides nothing in the second.
    let old_page = Verdict { seen: Some(stale), ..plain(SalesManager, Decision::Approve, None) };
    let refused = w.act("liqiang", &deal, &[], Command::DecideNode(Box::new(old_page))).await;
    assert!(
        matches!(&refused, Err(Failure::Blocked { blockers, .. }) if *blockers == [Blocker::VersionMoved]),
        "{:?}",
        refused.map_err(|f| told(&f))
    );

    w.at("10-08 11:30");
    verdict(&w, &deal, "liqiang", plain(SalesManager, Decision::Approve, None)).await;
    let r2 = round(&w, &deal).await;
    for kind in [Technical, Finance, Production] {
        assert_eq!(node_of(&r2, kind).due_at, Some(moment("10-09 11:30")), "{kind}");
    }
    w.at("10-08 16:40");
    verdict(&w, &deal, "zhoukai", plain(Technical, Decision::Approve, None)).await;
    assert_eq!(minutes(&w, &round(&w, &deal).await, Technical), 250);

    w.at("10-09 09:29");
    jobs::sweep(&w.app).await.expect("a look");
    assert!(!kinds_told(&w, "zhengwei").await.contains(&"node_reminder".to_owned()));
    w.at("10-09 09:30");
    jobs::sweep(&w.app).await.expect("a look");
    assert!(kinds_told(&w, "zhengwei").await.contains(&"node_reminder".to_owned()), "reminder at 09:30 next day");
    assert!(!kinds_told(&w, "zhoukai").await.contains(&"node_reminder".to_owned()), "who has decided is left alone");

    w.at("10-09 10:15");
    verdict(&w, &deal, "wufang", plain(Finance, Decision::ApproveCond, Some("质保金须凭验收单收取"))).await;
    assert_eq!(minutes(&w, &round(&w, &deal).await, Finance), 405);

    w.at("10-09 11:30");
    jobs::sweep(&w.app).await.expect("a look");
    for login in ["zhengwei", "zhaoliu"] {
        assert!(kinds_told(&w, login).await.contains(&"node_overdue".to_owned()), "{login}");
    }
    w.at("10-09 14:20");
    jobs::sweep(&w.app).await.expect("a look");
    assert!(node_of(&round(&w, &deal).await, Production).escalated_to.is_none(), "planned for 16:30");
    let on_time = Verdict { sheet: committed(), ..plain(Production, Decision::Approve, None) };
    verdict(&w, &deal, "zhengwei", on_time).await;
    let r2 = round(&w, &deal).await;
    assert_eq!(minutes(&w, &r2, Production), 590);
    let due = node_of(&r2, Production).due_at.expect("due");
    assert_eq!(w.app.calendar.working_minutes_between(due, w.now()).get(), 110, "overdue for ever");
    assert_eq!(r2.committed_on(), Some(day("2026-11-20")));
    assert_eq!(node_of(&r2, SalesDirector).due_at, Some(moment("10-10 09:20")), "the make-up Saturday");

    w.at("10-09 17:05");
    verdict(&w, &deal, "chenjing", plain(SalesDirector, Decision::Approve, None)).await;
    assert_eq!(node_of(&round(&w, &deal).await, GeneralManager).due_at, Some(moment("10-10 17:05")));

    let boss = w.actor("liujianguo");
    let leave = NewDelegation {
        delegator: w.id("liujianguo"),
        delegate: w.id("hemin"),
        kinds: vec![GeneralManager],
        cap: None,
        starts_at: moment("10-09 00:00"),
        ends_at: moment("10-12 23:59"),
        reason: "出差".to_owned(),
    };
    w.app.delegate(&w.by(&boss, &[], None), leave).await.expect("an answer").expect("nothing is wrong with it");
    w.at("10-10 10:00");
    verdict(&w, &deal, "hemin", plain(GeneralManager, Decision::Approve, None)).await;
    let case = w.case(&deal).await;
    let r2 = case.round.as_ref().expect("a round");
    let decided = node_of(r2, GeneralManager).decided.as_ref().expect("decided");
    assert_eq!(decided.by_name, "何敏");
    assert_eq!(decided.on_behalf.as_ref().map(|p| p.name.as_str()), Some("刘建国"));
    assert_eq!(r2.status, RoundStatus::Approved);
    let life: i64 = ledger::of_round(r2, &w.app.calendar, w.now()).iter().map(|l| l.minutes.get()).sum();
    assert_eq!(life, 900, "R2 took 900 working minutes");
    let mut conn = w.app.db.read().await.expect("a connection");
    let first = &rounds(&mut conn, &w, &deal).await[0];
    drop(conn);
    assert_eq!(
        w.app.calendar.working_minutes_between(first.submitted_at, w.now()).get(),
        1200,
        "since the first submit"
    );

    w.at("10-12 10:30");
    w.bring_to(Stage::QuoteSent, &deal, &plan()).await;
    w.bring_to(Stage::Accepted, &deal, &plan()).await;
    let case = w.case(&deal).await;
    assert_eq!(blockers(&case, Action::ConfirmOrder, None, w.now()), [Blocker::ConditionOpen]);
    w.must("zhaoliu", &deal, &[], Command::AcknowledgeCondition { node: Finance }).await;
    w.must("zhaoliu", &deal, &[], Command::ConfirmOrder).await;
    let order = w.case(&deal).await.order.expect("an order");
    let amounts: Vec<Decimal> = order.milestones.iter().map(|m| m.amount).collect();
    assert_eq!(amounts, [dec!(439200.00), dec!(878400.00), dec!(146400.00)]);
    let station = order.goods().next().expect("goods").id;
    let early = Command::RecordProduction {
        work_order: None,
        scrap: Vec::new(),
        quantities: vec![kuaidan::domain::workflow::LineQuantity { line: station, quantity: dec!(1) }],
    };
    assert!(matches!(w.act("zhengwei", &deal, &[], early).await, Err(Failure::Blocked { .. })), "locked until paid");
}

#[tokio::test]
async fn a_promise_before_productions_day_is_not_made() {
    let w = company().await;
    let deal = first_round(&w).await;
    let late = Sheet {
        production: Some(ProductionView {
            capacity: Capacity::Enough,
            committed_on: day("2026-11-26"),
            batches: vec![],
        }),
        ..sheet(NodeKind::Production)
    };
    for (who, node) in [
        ("liqiang", NodeKind::SalesManager),
        ("zhoukai", NodeKind::Technical),
        ("wufang", NodeKind::Finance),
        ("zhengwei", NodeKind::Production),
        ("chenjing", NodeKind::SalesDirector),
        ("liujianguo", NodeKind::GeneralManager),
    ] {
        let sheet = if node == NodeKind::Production { late.clone() } else { sheet(node) };
        verdict(&w, &deal, who, Verdict { sheet, ..Verdict::new(node, Decision::Approve, None) }).await;
    }
    let refused = w.act("zhaoliu", &deal, &[], Command::SendQuote).await;
    let too_early = Blocker::PromiseTooEarly { committed_on: day("2026-11-26") };
    assert!(
        matches!(&refused, Err(Failure::Blocked { blockers, .. }) if *blockers == [too_early]),
        "{:?}",
        refused.map_err(|f| told(&f))
    );
}
