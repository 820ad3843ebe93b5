//! The whole table of DOMAIN 8, cell by cell: what really happens when a change of this kind is
//! filed while the deal is there. Sixty-six deals, each changed once.

use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, moment, told};
use chrono::TimeDelta;
use kuaidan::app::{Asked, ChangeInput, Failure};
use kuaidan::domain::change::{
    CallBack, ChangeDraft, ChangeKind, ChangeReason, Impact, Phase, Request, current_content, phase_of,
};
use kuaidan::domain::customer::InvoiceKind;
use kuaidan::domain::deal::{Urgency, UrgentReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::requirement::{Channel, PaymentWish};
use kuaidan::domain::workflow::{Case, Command};
use rust_decimal::dec;

use ChangeKind as K;

const REFUSED: &str = "refused";
const VERSION: &str = "awaiting_customer; requirement V2 sent; quote superseded";
const AGAIN: &str = "awaiting_customer; requirement V2 sent; round withdrawn; quote withdrawn";
const NEW_QUOTE: &str = "effective; quote superseded";
const DONE: &str = "effective";

/// Before submit, in approval, approved and sent, order not started, in production, shipped.
#[rustfmt::skip]
const TABLE: &[(ChangeKind, [&str; 6])] = &[
    (K::QuantityUp, [VERSION, AGAIN, VERSION,
        "assessing; asks finance,production", "assessing; asks finance,production", DONE]),
    (K::QuantityDown, [VERSION, AGAIN, VERSION,
        "assessing; approval sales_manager", "assessing; approval sales_director", DONE]),
    (K::Product, [VERSION, AGAIN, "assessing; asks technical",
        "assessing; asks finance,production,technical", "assessing; asks production,technical", DONE]),
    (K::Packaging, [VERSION, AGAIN, VERSION,
        "assessing; asks production,warehouse", "assessing; asks sales,warehouse", REFUSED]),
    (K::Earlier, [VERSION, "awaiting_customer", "assessing; asks production",
        "assessing; asks production", "assessing; asks logistics,production", DONE]),
    (K::Later, [VERSION, DONE, DONE, "effective; promise moved", "effective; promise moved", REFUSED]),
    (K::Address, [DONE, DONE, DONE, "effective; address moved", "effective; address moved", "assessing; asks logistics"]),
    (K::Price, [NEW_QUOTE, "effective; round withdrawn; quote withdrawn", NEW_QUOTE,
        "assessing; asks finance", "assessing; asks finance", DONE]),
    (K::Invoice, [DONE, DONE, DONE, DONE, DONE, DONE]),
    (K::Urgent, ["effective; urgent", "effective; round withdrawn; quote withdrawn; urgent", REFUSED,
        "assessing; asks logistics,production,warehouse", "assessing; asks logistics,production,warehouse", DONE]),
    (K::Cancel, ["effective; deal lost", "effective; round withdrawn; quote withdrawn; deal lost", "effective; quote declined; deal lost",
        "assessing; cancel asked", "assessing; cancel asked", DONE]),
];

const STAGES: [(Phase, Stage); 6] = [
    (Phase::BeforeSubmit, Stage::QuoteDrafted),
    (Phase::InApproval, Stage::QuoteSubmitted),
    (Phase::Approved, Stage::QuoteSent),
    (Phase::NotStarted, Stage::OrderConfirmed),
    (Phase::InProduction, Stage::Picked),
    (Phase::Shipped, Stage::Shipped),
];

fn change(w: &World, case: &Case, kind: ChangeKind) -> Asked<'static> {
    let mut content = current_content(case).expect("a requirement");
    let mut wish = None;
    let mut urgency = None;
    let line = &mut content.lines[0];
    match kind {
        K::QuantityUp => line.quantity += dec!(2),
        K::QuantityDown => line.quantity -= dec!(2),
        K::Product => "加长版，含支架".clone_into(&mut line.spec),
        K::Packaging => line.packaging = Some("木箱".to_owned()),
        K::Earlier => content.wanted_at -= TimeDelta::days(1),
        K::Later => content.wanted_at += TimeDelta::days(1),
        K::Address => "无锡市新吴区长江路 9 号".clone_into(&mut content.ship_address),
        K::Price => content.payment_wish = PaymentWish::Monthly,
        K::Invoice => content.invoice_need = InvoiceKind::Ordinary,
        K::Urgent | K::Cancel => wish = Some(kind),
    }
    if kind == K::Urgent {
        urgency = Some(Urgency {
            reason: UrgentReason::LineDown,
            text: "产线停工，备件缺货，请尽快安排生产和发货".to_owned(),
            needed_at: moment("09-20 10:00"),
        });
    }
    let request = Request {
        contact: Some("李娜".to_owned()),
        received_at: w.now(),
        channel: Channel::Phone,
        reason: ChangeReason::Customer,
        note: Some("客户来电".to_owned()),
        correction: None,
        delay: None,
    };
    let draft = ChangeDraft { content, wish, request, impact: Impact::default(), offer: None, urgency, invoice: None };
    Asked::Change(Box::new(ChangeInput { draft, prices: Vec::new(), terms: None }))
}

/// What is different after filing.
fn outcome(before: &Case, then: &Case) -> String {
    let change = then.change.as_ref().expect("a change");
    let mut out = vec![change.status.code().to_owned()];
    if !change.duties.is_empty() {
        let mut asked: Vec<&str> = change.duties.iter().map(|d| d.department.code()).collect();
        asked.sort_unstable();
        out.push(format!("asks {}", asked.join(",")));
    }
    out.extend(change.approval.as_ref().map(|a| format!("approval {}", a.role.code())));
    let requirement = |c: &Case| c.requirement.as_ref().map(|r| (r.version_no, r.status.code()));
    if requirement(before) != requirement(then) {
        out.extend(requirement(then).map(|(version, status)| format!("requirement V{version} {status}")));
    }
    let round = |c: &Case| c.round.as_ref().map(|r| r.status.code());
    if round(before) != round(then) {
        out.extend(round(then).map(|status| format!("round {status}")));
    }
    let quote = |c: &Case| c.quote.as_ref().map(|q| q.status.code());
    if quote(before) != quote(then) {
        out.extend(quote(then).map(|status| format!("quote {status}")));
    }
    if let (Some(was), Some(is)) = (&before.order, &then.order) {
        for (differs, words) in [
            (was.promised_at != is.promised_at, "promise moved"),
            (was.ship_address != is.ship_address, "address moved"),
            (was.gross != is.gross, "new total"),
            (was.lines != is.lines && was.promised_at == is.promised_at, "lines moved"),
            (was.status != is.status, "status moved"),
            (is.asked_stop().is_some(), "cancel asked"),
        ] {
            if differs {
                out.push(words.to_owned());
            }
        }
    }
    let deal = then.deal.as_ref().expect("a deal");
    if deal.urgency.is_some() {
        out.push("urgent".to_owned());
    }
    if deal.status != kuaidan::domain::deal::DealStatus::Open {
        out.push(format!("deal {}", deal.status.code()));
    }
    out.join("; ")
}

async fn file(w: &World, customer: &str, kind: ChangeKind, stage: Stage, phase: Phase) -> String {
    let plan = Plan {
        customer: Some(customer.to_owned()),
        lines: vec![("RM-PA66", dec!(4), None)],
        terms: vec![(dec!(30), PaymentTrigger::OnSigning, 0), (dec!(70), PaymentTrigger::AfterSignOff, 30)],
        partial_allowed: true,
        ..Plan::default()
    };
    let deal = w.deal_at(stage, &plan).await;
    let before = w.case(&deal).await;
    assert_eq!(phase_of(&before), phase, "{kind}");
    w.must("wangmin", &deal, &[], change(w, &before, kind)).await;
    let call_back = Some(CallBack { contact: "李娜".to_owned(), phone: "13800138000".to_owned(), at: w.now() });
    match w.act("wangmin", &deal, &[], Command::FileChange { call_back }).await {
        Ok(_) => {}
        Err(Failure::Blocked { blockers, .. }) if !blockers.is_empty() => return REFUSED.to_owned(),
        Err(other) => panic!("{kind} {phase}: {}", told(&other)),
    }
    outcome(&before, &w.case(&deal).await)
}

#[tokio::test]
async fn every_cell_does_what_the_table_says() {
    let w = World::new().await;
    let customer = w.archived_customer().await;
    assert_eq!(TABLE.iter().map(|(k, _)| *k).collect::<Vec<_>>(), ChangeKind::ALL);
    let mut wrong = Vec::new();
    for (kind, expected) in TABLE {
        for ((phase, stage), expected) in STAGES.iter().zip(expected) {
            let found = file(&w, &customer, *kind, *stage, *phase).await;
            if found != *expected {
                wrong.push(format!("{kind} {phase}: expected {expected:?}, found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
