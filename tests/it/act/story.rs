//! DOMAIN 9.1, minute by minute: a new customer gets quote and contract within 24 hours.

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, moment, told};
use kuaidan::app::{Asked, Done, Failure, ForCustomer, PolicyChoice, QuoteInput, QuoteLineInput};
use kuaidan::domain::approval::{Decision, NodeKind};
use kuaidan::domain::calendar::NaturalHours;
use kuaidan::domain::capital::to_capital;
use kuaidan::domain::credit_code::{CodeFlaw, CreditCode};
use kuaidan::domain::customer::{CustomerConfirmMethod, CustomerStatus, VerifyChannel};
use kuaidan::domain::deal::{DealStatus, Step};
use kuaidan::domain::order::{AcceptanceKind, OrderStatus};
use kuaidan::domain::policy::DeniedWhy;
use kuaidan::domain::quote::{LineRemarks, PriceRequest, QuoteStatus};
use kuaidan::domain::requirement::RequirementConfirmMethod;
use kuaidan::domain::routing::RouteReason;
use kuaidan::domain::workflow::{Blocker, Command, LineQuantity, Waiver};
use rust_decimal::dec;

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

fn why(result: Result<Done, Failure>) -> DeniedWhy {
    match result {
        Err(Failure::Denied(denied)) => denied.why,
        Err(other) => panic!("not denied but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

/// From the first word to the archived customer.
async fn register(w: &World, plan: &Plan) -> String {
    let legal_name = "苏州星辰云启科技有限公司".to_owned();
    let deal = w.open("wangmin", ForCustomer::New { legal_name }, Some(NaturalHours(24)), None).await;
    assert_eq!(deal, "CD-20260917-001");
    let case = w.case(&deal).await;
    let opened = case.deal.expect("a deal");
    assert_eq!((opened.step, opened.promise_due_at), (Step::Registration, Some(moment("09-18 10:20"))));
    let no = case.customer.no;
    assert_eq!(no, "KH202600001");

    w.at("09-17 10:45");
    assert_eq!(CreditCode::parse("91320505PDY00001XM"), Err(CodeFlaw::Check { expected: 'N' }));

    w.at("09-17 10:50");
    let complete = sample::profile(w, "苏州星辰云启科技有限公司", sample::CODE);
    let mut one_contact = complete.clone();
    one_contact.contacts.truncate(1);
    w.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(one_contact))).await;
    let license = w.pdf("营业执照").await;
    let attach = Command::AttachLicense { file: license.id };
    w.must_on_customer("wangmin", &no, &[license], attach).await;
    assert_eq!(
        blockers(w.act_on_customer("wangmin", &no, &[], Command::Archive).await),
        [Blocker::BackupContactMissing, Blocker::LicenseNotVerified, Blocker::CustomerNotConfirmed]
    );

    w.at("09-17 10:55");
    let early = sample::requirement(w, &w.case(&deal).await.customer, plan);
    assert_eq!(
        blockers(w.act("wangmin", &deal, &[], Command::SaveRequirement(Box::new(early))).await),
        [Blocker::CustomerNotArchived { status: CustomerStatus::Draft }]
    );
    w.must_on_customer("wangmin", &no, &[], Command::SaveCustomer(Box::new(complete))).await;
    w.must_on_customer("wangmin", &no, &[], Command::RequestVerification).await;

    w.at("09-17 11:05");
    let verify = Command::VerifyLicense { channel: VerifyChannel::Gsxt };
    assert_eq!(why(w.act_on_customer("wangmin", &no, &[], verify.clone()).await), DeniedWhy::OwnCustomer);
    w.must_on_customer("zhaoxue", &no, &[], verify).await;

    w.at("09-17 11:30");
    let confirm = Command::ConfirmWithCustomer {
        method: CustomerConfirmMethod::Phone,
        contact: "李娜".to_owned(),
        note: None,
        file: None,
    };
    w.must_on_customer("wangmin", &no, &[], confirm).await;
    let case = w.case(&deal).await;
    assert_eq!(case.customer.status, CustomerStatus::Archived);
    assert_eq!(case.customer.next_review_on, Some(day("2026-12-17")));
    assert_eq!(case.deal.expect("a deal").step, Step::Requirement);
    deal
}

/// From the requirement to the approved quote.
async fn quote(w: &World, deal: &str, plan: &Plan) {
    w.at("09-17 11:40");
    w.bring_to(Stage::RequirementDrafted, deal, plan).await;
    w.bring_to(Stage::RequirementSent, deal, plan).await;
    w.at("09-17 14:10");
    let file = w.pdf("需求确认邮件").await;
    let confirm = Command::ConfirmRequirement {
        method: RequirementConfirmMethod::Email,
        contact: "李娜".to_owned(),
        file: Some(file.id),
        at: w.now(),
    };
    w.must("wangmin", deal, &[file], confirm).await;
    let at_quote = w.case(deal).await.deal.expect("a deal");
    assert_eq!((at_quote.step, at_quote.step_due_at), (Step::Quote, Some(moment("09-18 09:10"))));

    w.at("09-17 14:30");
    let mut terms = crate::harness::stages::quote_terms(w, plan);
    terms.valid_until = day("2026-10-02");
    let lines = vec![QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no: 1,
        unit_price: Some(dec!(8050.03)),
        tax_rate: None,
        discount_reason: None,
        request: PriceRequest::Policy,
        policy: PolicyChoice::Keep,
    }];
    w.must("wangmin", deal, &[], Asked::Quote(Box::new(QuoteInput { terms, lines, surcharges: Vec::new() }))).await;
    let drafted = w.case(deal).await.quote.expect("a quote");
    let [panels, installation] = drafted.priced.lines.as_slice() else { panic!("two lines") };
    let policy = panels.policy.as_ref().expect("a policy price");
    assert_eq!((policy.unit_price, policy.from_quantity, panels.discount_rate), (dec!(8299), dec!(10), dec!(0.0300)));
    assert_eq!(
        (panels.amounts.net, panels.amounts.tax, panels.amounts.gross),
        (dec!(71239.20), dec!(9261.10), dec!(80500.30))
    );
    assert_eq!(
        (installation.amounts.net, installation.amounts.tax, installation.amounts.gross),
        (dec!(1132.08), dec!(67.92), dec!(1200.00))
    );
    let totals = &drafted.priced.totals;
    assert_eq!((totals.net, totals.tax, totals.gross), (dec!(72371.28), dec!(9329.02), dec!(81700.30)));
    assert_eq!(to_capital(totals.gross).as_deref(), Some("捌万壹仟柒佰元零叁角"));

    w.at("09-17 14:35");
    assert_eq!(
        blockers(w.act("wangmin", deal, &[], Command::SendQuote).await),
        [Blocker::QuoteNotSubmitted, Blocker::NotApproved]
    );

    w.at("09-17 14:40");
    w.must("wangmin", deal, &[], Command::SubmitQuote).await;
    let round = w.case(deal).await.round.expect("a round");
    assert_eq!(round.no, "SP-20260917-001");
    let [node] = round.nodes.as_slice() else { panic!("the manager alone decides, but: {:?}", round.nodes) };
    assert_eq!((node.kind, node.due_at), (NodeKind::SalesManager, Some(moment("09-18 09:40"))));
    assert_eq!(node.reasons, [RouteReason::Always]);

    w.at("09-17 14:45");
    let approve = crate::harness::stages::decide(NodeKind::SalesManager, Decision::Approve, None);
    assert_eq!(why(w.act("wangmin", deal, &[], approve.clone()).await), DeniedWhy::OwnDeal);

    w.at("09-17 15:25");
    w.must("liqiang", deal, &[], approve).await;
    let case = w.case(deal).await;
    let approved = case.quote.expect("a quote");
    assert_eq!(approved.status, QuoteStatus::Approved);
    let (from, to) = (approved.submitted_at.expect("submitted"), approved.approved_at.expect("approved"));
    assert_eq!(w.app.calendar.working_minutes_between(from, to).get(), 45);
}

#[tokio::test]
async fn a_new_customer_in_24_hours() {
    let w = World::new().await;
    let plan = Plan::default();
    let deal = register(&w, &plan).await;
    quote(&w, &deal, &plan).await;

    w.at("09-17 15:30");
    w.must("wangmin", &deal, &[], Command::SendQuote).await;

    w.at("09-18 09:05");
    let file = w.pdf("盖章合同").await;
    let accept = Command::RecordAcceptance {
        kind: AcceptanceKind::StampedContract,
        accepted_at: w.now(),
        file: file.id,
        po_no: None,
        po_check: None,
    };
    w.must("wangmin", &deal, &[file], accept).await;
    w.at("09-18 09:15");
    w.must("wangmin", &deal, &[], Command::ConfirmOrder).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    assert_eq!((order.no.as_str(), order.status), ("DD-20260918-001", OrderStatus::Confirmed));
    let amounts: Vec<_> = order.milestones.iter().map(|m| m.amount).collect();
    assert_eq!(amounts, [dec!(24510.09), dec!(57190.21)]);
    assert_eq!(order.goods().map(|l| l.reserved).collect::<Vec<_>>(), [dec!(10)]);
    assert_eq!(case.available.iter().find(|(p, _)| *p == w.product("QM-65").id).map(|(_, a)| *a), Some(dec!(30)));
    let opened = case.deal.expect("a deal");
    assert!(order.confirmed_at < opened.promise_due_at);
    assert_eq!((order.confirmed_at.expect("confirmed") - opened.opened_at).num_minutes(), 22 * 60 + 55);
    deliver(&w, &deal).await;
}

/// From the deposit to the signature.
async fn deliver(w: &World, deal: &str) {
    let order = w.case(deal).await.order.expect("an order");
    let line = order.goods().next().expect("a goods line").id;
    let all = || vec![LineQuantity { line, quantity: dec!(10) }];
    let receipt = |position, amount, reference: &str| Command::RecordReceipt {
        position,
        amount,
        received_at: w.now(),
        reference: reference.to_owned(),
    };
    let progress = async || w.case(deal).await.order.expect("an order").progress();

    w.at("09-18 16:00");
    assert_eq!(why(w.act("wangmin", deal, &[], receipt(1, dec!(24510.09), "HD-1")).await), DeniedWhy::Role);
    w.must("wufang", deal, &[], receipt(1, dec!(24510.09), "HD-1")).await;
    assert_eq!(progress().await, 15);
    w.at("09-21 10:00");
    w.must("sunli", deal, &[], Command::RecordPicking { quantities: all(), location: Some("A-03".to_owned()) }).await;
    let picked = w.case(deal).await.order.expect("an order").tracking.pickings[0].id;
    let check = || Command::CheckPicking { pickings: vec![picked] };
    assert_eq!(why(w.act("sunli", deal, &[], check()).await), DeniedWhy::OwnPicking, "never the picker");
    w.must("hejun", deal, &[], check()).await;
    assert_eq!(progress().await, 60);
    w.at("09-21 15:00");
    w.must("sunli", deal, &[], Command::RecordPacking { quantities: all(), ticked: Vec::new() }).await;
    assert_eq!(progress().await, 75);

    w.at("09-22 10:00");
    let mut way = sample::carried("德邦", "DPK2026092201");
    way.packages = 10;
    way.eta = Some(day("2026-09-23"));
    let arrange = || Command::ArrangeShipment { quantities: all(), way: way.clone() };
    for (login, because) in [("wangmin", DeniedWhy::OwnDeal), ("sunli", DeniedWhy::Role)] {
        assert_eq!(why(w.act(login, deal, &[], arrange()).await), because, "logistics arranges, not {login}");
    }
    w.must("hejun", deal, &[], arrange()).await;
    let ship = Command::Ship { shipment: w.case(deal).await.order.expect("an order").shipments[0].id };
    for (login, because) in [("wangmin", DeniedWhy::OwnDeal), ("hejun", DeniedWhy::Role)] {
        assert_eq!(why(w.act(login, deal, &[], ship.clone()).await), because, "the warehouse posts, not {login}");
    }
    assert_eq!(
        blockers(w.act("sunli", deal, &[], ship.clone()).await),
        [Blocker::PaymentOpen { position: 2, amount: dec!(57190.21) }]
    );
    w.at("09-22 11:00");
    w.must("wufang", deal, &[], receipt(2, dec!(57190.21), "HD-2")).await;
    w.at("09-22 14:00");
    w.must("sunli", deal, &[], ship).await;
    assert_eq!(progress().await, 90);
    let order = w.case(deal).await.order.expect("an order");
    assert_eq!((order.status, order.shipments[0].no.as_str()), (OrderStatus::Shipped, "FH-20260922-001"));

    w.at("09-23 15:00");
    let file = w.pdf("签收单").await;
    let sign = Command::SignOff(Box::new(sample::signature(&order.shipments[0], file.id, w.now())));
    w.must("wangmin", deal, &[file], sign).await;
    assert_eq!(progress().await, 100);
    let order = w.case(deal).await.order.expect("an order");
    assert_eq!(order.status, OrderStatus::Signed);
    assert!(order.signed_at.expect("signed") <= order.promised_at);

    let complete = Command::CompleteOrder { waive_inspection: Waiver::Kept };
    w.at("09-30 23:59");
    assert_eq!(
        blockers(w.act("wangmin", deal, &[], complete.clone()).await),
        [Blocker::InspectionRunning { until: day("2026-09-30") }]
    );
    w.at("10-01 00:00");
    w.must("wangmin", deal, &[], complete).await;
    let case = w.case(deal).await;
    assert_eq!(
        (case.deal.expect("a deal").status, case.order.expect("an order").status),
        (DealStatus::Completed, OrderStatus::Completed)
    );
}
