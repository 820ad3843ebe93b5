//! Deliveries: the stories of DOMAIN 9 to their ends, promises, exceptions and returns, after-sales, pages, and
//! random deliveries that never break what must hold.

#[path = "delivery/after_sales.rs"]
mod after_sales;
#[path = "delivery/exceptions.rs"]
mod exceptions;
#[path = "delivery/pages.rs"]
mod pages;
#[path = "delivery/pledges.rs"]
mod pledges;
#[path = "delivery/promises.rs"]
mod promises;
#[path = "delivery/random.rs"]
mod random;
#[path = "delivery/stopped.rs"]
mod stopped;
#[path = "delivery/stories.rs"]
mod stories;
#[path = "delivery/worth.rs"]
mod worth;

use crate::harness::sample;
use crate::harness::stages::{Plan, Stage, quote_terms};
use crate::harness::world::{World, day, told};
use chrono::{DateTime, Utc};
use kuaidan::app::{Asked, Done, Failure, PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
use kuaidan::domain::ids::{OrderLineId, ProductId};
use kuaidan::domain::order::{Order, Shipment};
use kuaidan::domain::pricing::Tier;
use kuaidan::domain::quote::{LineRemarks, PriceRequest, QuoteTerms};
use kuaidan::domain::requirement::LineKind;
use kuaidan::domain::workflow::{Blocker, Command, LineQuantity, Signature};
use kuaidan::store::catalog::Product;
use rust_decimal::{Decimal, dec};

fn blockers(result: Result<Done, Failure>) -> Vec<Blocker> {
    match result {
        Err(Failure::Blocked { blockers, .. }) => blockers,
        Err(other) => panic!("not blocked but {}", told(&other)),
        Ok(_) => panic!("not refused"),
    }
}

/// A product with so many on the shelf, at one price.
pub async fn sell(w: &mut World, code: &str, name: &str, on_hand: Decimal, price: Decimal) {
    let product = Product {
        id: ProductId(w.app.ids.next()),
        code: code.to_owned(),
        name: name.to_owned(),
        name_en: code.to_owned(),
        kind: LineKind::Standard,
        spec: format!("{name}，标准配置"),
        unit: "套".to_owned(),
        tax_rate: dec!(0.13),
        lead_days: 7,
        is_stocked: true,
        is_on_sale: true,
        first_sold_on: Some(day("2025-03-01")),
        on_hand,
        reserved: Decimal::ZERO,
    };
    w.sell(product, &[Tier { from_quantity: dec!(1), unit_price: price, floor_price: dec!(1) }]).await;
}

/// The quote of a plan with another delivery date and surcharges.
pub fn quote_for(w: &World, plan: &Plan, deliver_at: DateTime<Utc>, surcharges: Vec<SurchargeInput>) -> Asked<'static> {
    let lines = (1..=plan.lines.len()).map(|line_no| QuoteLineInput {
        remarks: LineRemarks::default(),
        line_no,
        unit_price: None,
        tax_rate: None,
        discount_reason: None,
        request: PriceRequest::Policy,
        policy: PolicyChoice::Keep,
    });
    Asked::Quote(Box::new(QuoteInput {
        terms: QuoteTerms { deliver_at, ..quote_terms(w, plan) },
        lines: lines.collect(),
        surcharges,
    }))
}

pub async fn order_of(w: &World, deal: &str) -> Order {
    w.case(deal).await.order.unwrap_or_else(|| panic!("{deal} has no order"))
}

pub fn goods(order: &Order) -> OrderLineId {
    order.goods().next().unwrap_or_else(|| panic!("no goods")).id
}

pub fn some(line: OrderLineId, quantity: Decimal) -> Vec<LineQuantity> {
    vec![LineQuantity { line, quantity }]
}

pub async fn produce(w: &World, deal: &str, quantity: Decimal) {
    let line = goods(&order_of(w, deal).await);
    let produce = Command::RecordProduction {
        work_order: Some("SC-0920".to_owned()),
        quantities: some(line, quantity),
        scrap: Vec::new(),
    };
    w.must("zhengwei", deal, &[], produce).await;
}

pub async fn pass(w: &World, deal: &str, quantity: Decimal) {
    let line = goods(&order_of(w, deal).await);
    w.must("zhengwei", deal, &[], Command::RecordQc { passed: some(line, quantity), failed: None, cause: None }).await;
}

/// Picked, counted, packed with every tick, and shipped.
pub async fn send(w: &World, deal: &str, quantity: Decimal, waybill: &str) {
    let order = order_of(w, deal).await;
    let line = goods(&order);
    w.must("sunli", deal, &[], Command::RecordPicking { quantities: some(line, quantity), location: None }).await;
    w.check_pickings(deal).await;
    let ticked = order.specials.iter().map(|s| s.position).collect();
    w.must("sunli", deal, &[], Command::RecordPacking { quantities: some(line, quantity), ticked }).await;
    w.ship(deal, some(line, quantity), waybill).await;
}

/// The customer signs for a shipment, as `with` changes it.
pub async fn sign(w: &World, deal: &str, batch_no: i32, with: impl FnOnce(&mut Signature)) {
    let file = w.pdf("签收单").await;
    let mut signature = sample::signature(shipment(&order_of(w, deal).await, batch_no), file.id, w.now());
    with(&mut signature);
    w.must("wangmin", deal, &[file], Command::SignOff(Box::new(signature))).await;
}

fn shipment(order: &Order, batch_no: i32) -> &Shipment {
    order.shipments.iter().find(|s| s.batch_no == batch_no).unwrap_or_else(|| panic!("no batch {batch_no}"))
}

/// From a confirmed requirement to a confirmed order, at the present moment.
pub async fn ordered(w: &World, deal: &str, plan: &Plan) {
    for stage in [Stage::QuoteSent, Stage::Accepted, Stage::OrderConfirmed] {
        w.bring_to(stage, deal, plan).await;
    }
}
