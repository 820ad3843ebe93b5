//! What an order comes to when less is delivered than was ordered: the rest is given up, goods come back for a
//! credit. Receivables, invoices and the customer's history follow to the cent (DOMAIN 7.1, 7.7, 7.9).

use super::after_sales::defect;
use super::{blockers, goods, order_of, sell, send, sign, some};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day};
use kuaidan::domain::customer::InvoiceKind;
use kuaidan::domain::delivery::{
    Disposition, ExceptionFacts, ExceptionKind, ExceptionPlan, Inspection, ReturnFreight, ReturnOutcome,
};
use kuaidan::domain::ids::InvoiceId;
use kuaidan::domain::order::Order;
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason};
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::receivable::{Invoice, MilestoneStanding};
use kuaidan::domain::staff::Department;
use kuaidan::domain::workflow::{Blocker, Command, Waiver};
use rust_decimal::{Decimal, dec};

/// Three panels at 12,499.00 and what is paid when.
async fn panels(terms: Vec<(Decimal, PaymentTrigger, i32)>) -> (World, Plan) {
    let mut w = World::new().await;
    sell(&mut w, "PM-75", "会议平板 75 寸", dec!(10), dec!(12499.00)).await;
    let plan = Plan { lines: vec![("PM-75", dec!(3), None)], terms, partial_allowed: true, ..Plan::default() };
    (w, plan)
}

async fn give_up(w: &World, deal: &str) {
    let ask = Command::RequestStop {
        kind: StopKind::ShortClose,
        reason: StopReason::Customer,
        text: "第三台不要了".to_owned(),
    };
    w.must("wangmin", deal, &[], ask).await;
    let grant = Command::DecideStop { answer: StopAnswer::Granted, comment: None, cost: None };
    w.must("liqiang", deal, &[], grant).await;
}

/// One panel comes back damaged and is not replaced.
async fn credit_one(w: &World, deal: &str) {
    let order = order_of(w, deal).await;
    let (line, shipment) = (goods(&order), order.shipments[0].id);
    let facts = ExceptionFacts {
        kind: ExceptionKind::Return,
        text: "屏幕有坏点，客户要求退货".to_owned(),
        ..defect(w, line, shipment, dec!(1))
    };
    w.must("wangmin", deal, &[], Command::OpenException(Box::new(facts))).await;
    let exception = order_of(w, deal).await.tracking.exceptions.last().expect("opened").id;
    let plan = ExceptionPlan {
        disposition: Disposition::Credit,
        text: "收回退款".to_owned(),
        due_at: w.now() + chrono::TimeDelta::days(3),
        department: Department::Warehouse,
        cost: None,
    };
    w.must("hejun", deal, &[], Command::PlanException { exception, plan: Box::new(plan) }).await;
    let back = Command::SettleReturn {
        exception,
        shipment,
        quantities: some(line, dec!(1)),
        inspection: Inspection::Damaged,
        outcome: ReturnOutcome::Credit,
        freight: ReturnFreight::Seller,
    };
    w.must("sunli", deal, &[], back).await;
}

fn amounts(order: &Order) -> Vec<Decimal> {
    order.milestones.iter().map(|m| m.amount).collect()
}

fn invoice(number: &str, net: Decimal, tax: Decimal) -> Command {
    Command::RecordInvoice(Box::new(Invoice {
        id: InvoiceId(uuid::Uuid::nil()),
        kind: InvoiceKind::Special,
        number: number.to_owned(),
        on: day("2026-09-17"),
        net,
        tax,
        covers: "会议平板".to_owned(),
        red_of: None,
    }))
}

#[tokio::test]
async fn given_up_and_credited_panels_are_not_owed_for() {
    let (w, plan) = panels(vec![(dec!(100), PaymentTrigger::AfterSignOff, 30)]).await;
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    assert_eq!(amounts(&order_of(&w, &deal).await), [dec!(37497.00)]);
    send(&w, &deal, dec!(2), "DPK2026091801").await;
    give_up(&w, &deal).await;
    w.at("09-18 15:00");
    sign(&w, &deal, 1, |_| ()).await;
    w.must("wangmin", &deal, &[], Command::CompleteOrder { waive_inspection: Waiver::Waived }).await;
    let case = w.case(&deal).await;
    let order = case.order.expect("an order");
    assert_eq!((order.gross, order.comes_to()), (dec!(37497.00), dec!(24998.00)), "what was accepted stays readable");
    assert_eq!(amounts(&order), [dec!(24998.00)]);
    assert_eq!(order.milestones[0].due_on, Some(day("2026-10-18")));
    assert_eq!(order.open_to_invoice(), dec!(24998.00));
    let found = blockers(w.act("wufang", &deal, &[], invoice("12345678", dec!(24998.01), dec!(0))).await);
    assert_eq!(found, [Blocker::InvoiceTooLarge { open: dec!(24998.00) }]);

    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(b.sees("可开 24,998.00") && b.sees("未交付或退货冲减¥12,499.00"), "{}", b.text());
    b.open("/receivables").await;
    assert!(b.sees("24,998.00") && !b.sees("37,497.00"), "{}", b.text());
    let mut b = b.another();
    b.sign_in("wangmin").await;
    let customer = format!("/customers/{}", case.customer.no);
    b.open(&customer).await;
    assert!(b.sees("24,998.00") && b.sees("2 套") && !b.sees("37,497.00"), "{}", b.text());

    // One of the two comes back; the money follows with the goods, not with the paper.
    credit_one(&w, &deal).await;
    let order = order_of(&w, &deal).await;
    assert_eq!((order.comes_to(), amounts(&order)), (dec!(12499.00), vec![dec!(12499.00)]));
    let note = Command::RecordCreditNote { goods_return: order.tracking.returns[0].id, no: "31234567".to_owned() };
    w.must("wufang", &deal, &[], note).await;
    let pay =
        |amount| Command::RecordReceipt { position: 1, amount, received_at: w.now(), reference: "HD-1".to_owned() };
    let found = blockers(w.act("wufang", &deal, &[], pay(dec!(12499.01))).await);
    assert_eq!(found, [Blocker::ReceiptTooLarge { open: dec!(12499.00) }]);
    w.must("wufang", &deal, &[], pay(dec!(12499.00))).await;
    w.at("11-20 10:00");
    let order = order_of(&w, &deal).await;
    assert_eq!(order.milestones[0].standing(day("2026-11-20")), MilestoneStanding::Received);
    let mut b = b.another();
    b.sign_in("wangmin").await;
    b.open(&customer).await;
    assert!(b.sees("12,499.00") && b.sees("1 套") && !b.sees("24,998.00"), "{}", b.text());
}

#[tokio::test]
async fn what_came_in_and_was_invoiced_beyond_it_is_said() {
    let terms = vec![(dec!(30), PaymentTrigger::OnSigning, 0), (dec!(70), PaymentTrigger::BeforeShipment, 0)];
    let (w, plan) = panels(terms).await;
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    assert_eq!(amounts(&order_of(&w, &deal).await), [dec!(11249.10), dec!(26247.90)]);
    w.must("wufang", &deal, &[], invoice("12345678", dec!(33183.19), dec!(4313.81))).await;
    w.bring_to(Stage::Paid, &deal, &plan).await;
    send(&w, &deal, dec!(3), "DPK2026091801").await;
    w.at("09-18 15:00");
    sign(&w, &deal, 1, |_| ()).await;
    credit_one(&w, &deal).await;
    let order = order_of(&w, &deal).await;
    assert_eq!(order.comes_to(), dec!(24998.00));
    assert_eq!((order.to_refund(), order.to_red_letter()), (dec!(12499.00), dec!(12499.00)));
    assert_eq!(amounts(&order), [dec!(11249.10), dec!(26247.90)], "never less than has come in");
    assert_eq!(order.open_to_invoice(), dec!(0));
    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    b.open(&format!("/deals/{deal}/order")).await;
    assert!(b.sees("应退客户¥12,499.00") && b.sees("多开发票，须冲红¥12,499.00"), "{}", b.text());

    // The second payment is taken back and recorded as what was kept of it.
    let second = order.receipts.iter().find(|r| r.position == 2).expect("a receipt").id;
    w.must("wufang", &deal, &[], Command::CorrectReceipt { receipt: second, reason: "已退客户一台货款".to_owned() })
        .await;
    let order = order_of(&w, &deal).await;
    assert_eq!(amounts(&order), [dec!(11249.10), dec!(13748.90)]);
    assert_eq!((order.to_refund(), order.milestones[1].open()), (dec!(0), dec!(13748.90)));
}
