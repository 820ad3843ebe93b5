//! What the quantities of an order say.

use super::*;
use crate::domain::ids::{AttachmentId, PersonId};
use uuid::Uuid;

pub(crate) fn line(quantity: i64, moved: [i64; 6]) -> OrderLine {
    let [reserved, produced, picked, packed, shipped, signed] = moved.map(Decimal::from);
    let zero = Decimal::ZERO;
    OrderLine {
        id: OrderLineId(Uuid::nil()),
        quote_line: QuoteLineId(Uuid::nil()),
        product: None,
        kind: QuoteLineKind::Standard,
        name: "x".into(),
        spec: "x".into(),
        packaging: None,
        quantity: Decimal::from(quantity),
        unit: "个".into(),
        unit_price: Decimal::ONE,
        tax_rate: Decimal::ZERO,
        amounts: LineAmounts { net: Decimal::from(quantity), tax: Decimal::ZERO, gross: Decimal::from(quantity) },
        promised_at: DateTime::UNIX_EPOCH,
        is_goods: true,
        reserved,
        produced,
        passed: produced,
        failed: zero,
        scrapped: zero,
        picked,
        checked: picked,
        packed,
        shipped,
        signed,
        returned: zero,
        credited: zero,
        off: Off::default(),
    }
}

pub(crate) fn order(lines: Vec<OrderLine>) -> Order {
    Order {
        id: OrderId(Uuid::nil()),
        no: String::new(),
        quote: QuoteId(Uuid::nil()),
        status: OrderStatus::Confirmed,
        kind: DealKind::New,
        acceptance: Acceptance {
            kind: AcceptanceKind::Email,
            accepted_at: DateTime::UNIX_EPOCH,
            file: AttachmentId(Uuid::nil()),
            po_no: None,
            po_check: None,
            recorded_by: PersonId(Uuid::nil()),
        },
        recorded_by_name: String::new(),
        ship_address: String::new(),
        ship_receiver: String::new(),
        ship_phone: String::new(),
        partial_allowed: true,
        promised_at: DateTime::UNIX_EPOCH,
        net: Decimal::ZERO,
        tax: Decimal::ZERO,
        gross: Decimal::ZERO,
        confirmed_at: None,
        signed_at: None,
        completed_at: None,
        lines,
        specials: vec![],
        invoice_block: InvoiceBlock::default(),
        milestones: vec![],
        shipments: vec![],
        tracking: Tracking::default(),
        pledges: vec![],
        stops: vec![],
        receipts: vec![],
        invoices: vec![],
    }
}

#[test]
fn an_order_of_which_everything_came_back_is_done() {
    let mut whole = order(vec![line(10, [0, 0, 0, 0, 0, 0])]);
    whole.lines[0].credited = Decimal::TEN;
    assert_eq!((whole.progress(), whole.derived_status()), (100, OrderStatus::Signed));
}

#[test]
fn what_comes_back_is_first_what_was_never_received() {
    let of = |received, returned| ShipmentLine {
        order_line: OrderLineId(Uuid::nil()),
        quantity: Decimal::TEN,
        received: Some(Decimal::from(received)),
        returned: Decimal::from(returned),
    };
    let four = Decimal::from(4);
    assert_eq!(of(7, 0).open_difference(), Decimal::from(3));
    assert_eq!(of(7, 0).unsigned_by(four), Decimal::ONE);
    assert_eq!(of(7, 3).unsigned_by(four), four);
    assert_eq!(of(10, 0).unsigned_by(four), four);
    assert_eq!(of(0, 0).unsigned_by(Decimal::TEN), Decimal::ZERO);
    assert_eq!(of(7, 3).open_difference(), Decimal::ZERO);
}

#[test]
fn the_status_is_what_the_quantities_say() {
    let status = |moved| order(vec![line(10, moved)]).derived_status();
    assert_eq!(status([10, 0, 0, 0, 0, 0]), OrderStatus::Confirmed);
    assert_eq!(status([10, 0, 1, 0, 0, 0]), OrderStatus::InFulfilment);
    assert_eq!(status([10, 0, 10, 10, 4, 0]), OrderStatus::PartiallyShipped);
    assert_eq!(status([10, 0, 10, 10, 10, 4]), OrderStatus::Shipped);
    assert_eq!(status([10, 0, 10, 10, 10, 10]), OrderStatus::Signed);
}

#[test]
fn services_alone_stay_where_their_order_is() {
    let mut services = order(vec![line(2, [0; 6])]);
    services.lines[0].is_goods = false;
    assert!(services.is_services_only() && services.may_end());
    assert_eq!(services.derived_status(), OrderStatus::Confirmed);
    let goods = order(vec![line(2, [0; 6])]);
    assert!(!goods.is_services_only() && !goods.may_end());
}
