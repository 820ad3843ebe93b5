//! Money of an order (DOMAIN 7.9): due dates that come with their trigger, receipts taken back,
//! invoices and red-letter ones, and the list of what is overdue.

use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::{World, day, told};
use axum::http::StatusCode;
use kuaidan::app::{Done, Failure};
use kuaidan::domain::customer::InvoiceKind;
use kuaidan::domain::ids::InvoiceId;
use kuaidan::domain::order::Order;
use kuaidan::domain::quote::PaymentTrigger;
use kuaidan::domain::receivable::{Invoice, MilestoneStanding};
use kuaidan::domain::workflow::{Blocker, Command};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

async fn order(w: &World, deal: &str) -> Order {
    w.case(deal).await.order.expect("an order")
}

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

fn invoice(w: &World, number: &str, net: Decimal, tax: Decimal) -> Command {
    Command::RecordInvoice(Box::new(Invoice {
        id: InvoiceId(Uuid::nil()),
        kind: InvoiceKind::Special,
        number: number.to_owned(),
        on: kuaidan::domain::calendar::local_date(w.now()),
        net,
        tax,
        covers: "全部".to_owned(),
        red_of: None,
    }))
}

#[tokio::test]
async fn due_dates_come_with_their_trigger_and_receipts_are_rows() {
    let w = World::new().await;
    let plan = Plan {
        terms: vec![
            (dec!(30), PaymentTrigger::OnSigning, 0),
            (dec!(60), PaymentTrigger::BeforeShipment, 0),
            (dec!(10), PaymentTrigger::AfterWarranty, 365),
        ],
        ..Plan::default()
    };
    w.at("09-18 09:15");
    let deal = w.deal_at(Stage::OrderConfirmed, &plan).await;
    let due = |o: &Order| o.milestones.iter().map(|m| m.due_on).collect::<Vec<_>>();
    let signing = Some(day("2026-09-18"));
    assert_eq!(due(&order(&w, &deal).await), [signing, None, None]);

    // Two payments make the deposit; one of them was another order's.
    let pay = |amount, reference: &str| Command::RecordReceipt {
        position: 1,
        amount,
        received_at: w.now(),
        reference: reference.to_owned(),
    };
    w.must("wufang", &deal, &[], pay(dec!(20000.00), "HD-1")).await;
    w.must("wufang", &deal, &[], pay(dec!(4510.09), "HD-2")).await;
    let wrong = order(&w, &deal).await.receipts.iter().find(|r| r.reference == "HD-2").expect("a receipt").id;
    let back = || Command::CorrectReceipt { receipt: wrong, reason: "应为另一订单的款项".to_owned() };
    assert!(matches!(w.act("wangmin", &deal, &[], back()).await, Err(Failure::Denied(_))));
    w.must("wufang", &deal, &[], back()).await;
    assert_eq!(blockers(w.act("wufang", &deal, &[], back()).await), [Blocker::ReceiptNotStanding]);
    let o = order(&w, &deal).await;
    assert_eq!(o.milestones[0].received, dec!(20000.00));
    assert_eq!(
        o.receipts.iter().map(|r| r.amount).collect::<Vec<_>>(),
        [dec!(20000.00), dec!(4510.09), dec!(-4510.09)]
    );
    w.at("09-21 10:00");
    let o = order(&w, &deal).await;
    assert_eq!(o.milestones[0].standing(day("2026-09-21")), MilestoneStanding::Overdue);
    assert_eq!(o.overdue_days(day("2026-09-21")), 3);
    w.must("wufang", &deal, &[], pay(dec!(4510.09), "HD-3")).await;
    assert_eq!(order(&w, &deal).await.overdue_days(day("2026-09-21")), 0);

    w.bring_to(Stage::Picked, &deal, &plan).await;
    w.bring_to(Stage::Packed, &deal, &plan).await;
    assert_eq!(due(&order(&w, &deal).await), [signing, Some(day("2026-09-21")), None]);
    w.bring_to(Stage::Paid, &deal, &plan).await;
    w.bring_to(Stage::Shipped, &deal, &plan).await;
    w.at("09-23 15:00");
    w.bring_to(Stage::Signed, &deal, &plan).await;
    assert_eq!(due(&order(&w, &deal).await)[2], Some(day("2027-09-23")), "retention, a year after the sign-off");

    // The deal is completed, the retention still comes in.
    w.bring_to(Stage::Completed, &deal, &plan).await;
    let rest = order(&w, &deal).await.milestones[2].open();
    let retention =
        Command::RecordReceipt { position: 3, amount: rest, received_at: w.now(), reference: "HD-9".to_owned() };
    w.must("wufang", &deal, &[], retention).await;
    assert!(order(&w, &deal).await.milestones.iter().all(|m| m.open().is_zero()));
}

#[tokio::test]
async fn no_more_is_invoiced_than_ordered_and_a_red_letter_gives_it_back() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    assert!(matches!(
        w.act("wangmin", &deal, &[], invoice(&w, "12345678", dec!(1), dec!(0))).await,
        Err(Failure::Denied(_))
    ));
    w.must("wufang", &deal, &[], invoice(&w, "12345678", dec!(71239.20), dec!(9261.10))).await;
    let found = blockers(w.act("wufang", &deal, &[], invoice(&w, "12345679", dec!(1200.00), dec!(0.01))).await);
    assert_eq!(found, [Blocker::InvoiceTooLarge { open: dec!(1200.00) }]);
    w.must("wufang", &deal, &[], invoice(&w, "12345679", dec!(1132.08), dec!(67.92))).await;
    assert_eq!(order(&w, &deal).await.open_to_invoice(), Decimal::ZERO);
    let first = order(&w, &deal).await.invoices[0].clone();
    let red = Command::RecordInvoice(Box::new(Invoice {
        number: "24312000000012345678".to_owned(),
        net: -first.net,
        tax: -first.tax,
        red_of: Some(first.id),
        ..first
    }));
    w.must("wufang", &deal, &[], red).await;
    assert_eq!(order(&w, &deal).await.open_to_invoice(), dec!(80500.30));
    // A number that another order has is refused by the database, politely.
    let other = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let refused = w.act("wufang", &other, &[], invoice(&w, "12345678", dec!(1), dec!(0))).await;
    assert!(matches!(refused, Err(Failure::Store(_))), "{:?}", refused.map_err(|f| told(&f)));
    assert!(order(&w, &other).await.invoices.is_empty());
}

#[tokio::test]
async fn finance_records_on_the_order_page_and_sees_what_is_overdue() {
    let w = World::new().await;
    let deal = w.deal_at(Stage::OrderConfirmed, &Plan::default()).await;
    let mut b = Browser::at(&w).await;
    b.sign_in("wufang").await;
    b.open(&format!("/deals/{deal}/order")).await;
    b.set("position", "1").set("receipt_amount", "10,000.00").set("reference", "HD-1");
    assert_eq!(b.submit("/order/receipt").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    let now = w.now().with_timezone(&kuaidan::domain::calendar::ZONE).format("%Y-%m-%dT%H:%M").to_string();
    b.set("position", "1").set("receipt_amount", "10,000.00").set("reference", "HD-1").set("received_at", &now);
    assert_eq!(b.submit("/order/receipt").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("10,000.00") && b.sees("HD-1"), "{}", b.text());
    b.set("invoice_kind", "special").set("invoice_no", "1234").set("invoiced_on", "2026-09-17");
    b.set("invoice_net", "71239.20").set("invoice_tax", "9261.10").set("covers", "第 1 行");
    assert_eq!(b.submit("/order/invoice").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.sees("8 位或 20 位"), "{}", b.text());
    b.set("invoice_no", "１２３４-5678");
    assert_eq!(b.submit("/order/invoice").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("12345678") && b.sees("1,200.00"), "{}", b.text());

    w.at("10-12 09:00");
    let mut b = b.another();
    b.sign_in("wufang").await;
    assert_eq!(b.open("/receivables").await, StatusCode::OK);
    assert!(b.sees("14,510.09") && b.sees("逾期 25 天"), "{}", b.text());
    // The owner sees the own ones, another rep none of them, the warehouse has no such page.
    let mut b = b.another();
    b.sign_in("wangmin").await;
    b.open("/receivables?overdue=yes").await;
    assert!(b.sees("14,510.09"), "{}", b.text());
    let mut b = b.another();
    b.sign_in("zhaoliu").await;
    b.open("/receivables").await;
    assert!(!b.sees("14,510.09"), "{}", b.text());
    let mut b = b.another();
    b.sign_in("sunli").await;
    assert_eq!(b.open("/receivables").await, StatusCode::FORBIDDEN);
}
