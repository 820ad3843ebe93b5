//! What the delivery page shows: quantities, stages, shipments, and the message to the customer.
//! Everything is computed from the order; the message holds nothing internal (DOMAIN 7.10).

use crate::domain::customer::ContactRank;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::{DeliveryStage, MilestoneState, Order, OrderStatus, ShipmentStatus};
use crate::domain::policy;
use crate::domain::workflow::{Case, Command, Offer};
use crate::store::lists::StageRow;
use crate::store::people::Person;
use crate::web::deals::frame::Chip;
use crate::web::page::{name_in, ship_phone};
use crate::web::{SignedIn, Web};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub(super) struct OrderView {
    pub no: String,
    pub status: String,
    pub status_kind: &'static str,
    pub progress: i32,
    pub promise: Option<Chip>,
    pub facts: Vec<(String, String)>,
}

pub(super) struct LineView {
    pub number: usize,
    pub name: String,
    pub detail: String,
    /// Ordered, ready, picked, packed, shipped, signed.
    pub quantities: Vec<String>,
    pub short: Option<String>,
    pub row: &'static str,
}

pub(super) struct StageView {
    pub line: String,
    pub stage: String,
    pub planned: String,
    pub started: String,
    pub ended: String,
    pub by: String,
    pub state: &'static str,
    pub state_kind: &'static str,
    pub row: &'static str,
}

pub(super) struct SpecialView {
    pub position: i32,
    pub text: String,
    pub department: String,
    pub acknowledged: Option<String>,
    pub is_mine: bool,
}

pub(super) struct MilestoneView {
    pub position: i32,
    pub trigger: String,
    pub amount: String,
    pub received: String,
    pub receipt: String,
    pub state: String,
    pub state_kind: &'static str,
}

pub(super) struct ShipmentView {
    pub no: String,
    pub batch_no: i32,
    pub carrier: String,
    pub waybill_no: String,
    pub packages: i32,
    pub contents: String,
    pub shipped: String,
    pub eta: String,
    pub state: String,
    pub state_kind: &'static str,
    pub signed: Option<String>,
    pub file_href: Option<String>,
    pub sign_href: Option<String>,
}

/// A quantity with its unit.
pub(super) fn with_unit(t: Lang, quantity: Decimal, unit: &str) -> String {
    format!("{} {}", format_quantity(quantity), t.unit(unit))
}

pub(super) fn order(web: &Web, who: &SignedIn, case: &Case, order: &Order) -> OrderView {
    let t = who.t();
    let is_moving = order.signed_at.is_none() && order.completed_at.is_none();
    let partial = if order.partial_allowed { t.delivery_partial_yes() } else { t.delivery_partial_no() };
    OrderView {
        no: order.no.clone(),
        status: t.order_status(order.status).to_owned(),
        status_kind: match order.status {
            OrderStatus::Signed | OrderStatus::Completed => "ok",
            OrderStatus::Draft | OrderStatus::OnHold => "warn",
            OrderStatus::Cancelled | OrderStatus::ShortClosed => "plain",
            OrderStatus::Confirmed
            | OrderStatus::InFulfilment
            | OrderStatus::PartiallyShipped
            | OrderStatus::Shipped => "info",
        },
        progress: order.progress(),
        promise: is_moving.then(|| Chip::natural(web, t, order.promised_at)),
        facts: vec![
            (t.delivery_promised().to_owned(), t.moment_full(order.promised_at)),
            (t.field("ship_address").to_owned(), order.ship_address.clone()),
            (t.field("ship_receiver").to_owned(), order.ship_receiver.clone()),
            (t.field("ship_phone").to_owned(), ship_phone(&who.actor, case, &order.ship_phone)),
            (t.field("partial_allowed").to_owned(), partial.to_owned()),
        ],
    }
}

pub(super) fn lines(t: Lang, order: &Order) -> Vec<LineView> {
    order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.is_goods)
        .map(|(i, l)| LineView {
            number: i + 1,
            name: l.name.clone(),
            detail: [Some(l.spec.as_str()), l.packaging.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            quantities: std::iter::once(with_unit(t, l.quantity, &l.unit))
                .chain([l.reserved + l.produced, l.picked, l.packed, l.shipped, l.signed].map(format_quantity))
                .collect(),
            short: (!l.shortage().is_zero()).then(|| with_unit(t, l.shortage(), &l.unit)),
            row: if l.signed == l.quantity { "is-done" } else { "" },
        })
        .collect()
}

pub(super) fn stages(t: Lang, order: &Order, rows: &[StageRow], now: DateTime<Utc>) -> Vec<StageView> {
    rows.iter()
        .filter_map(|row| {
            let stage = DeliveryStage::parse(&row.stage)?;
            let line = order.lines.iter().find(|l| l.id.0 == row.order_line_id)?;
            let is_late = row.ended_at.unwrap_or(now) > row.planned_end;
            let (state, state_kind) = match (row.ended_at, row.started_at) {
                (Some(_), _) if is_late => (t.delivery_state_done_late(), "warn"),
                (Some(_), _) => (t.delivery_state_done(), "ok"),
                (None, _) if is_late => (t.delivery_state_late(), "bad"),
                (None, Some(_)) => (t.delivery_state_running(), "info"),
                (None, None) => (t.delivery_state_waiting(), "plain"),
            };
            let told = |at: Option<DateTime<Utc>>| at.map(|at| t.moment(at)).unwrap_or_default();
            Some(StageView {
                line: line.name.clone(),
                stage: t.delivery_stage(stage).to_owned(),
                planned: t.moment(row.planned_end),
                started: told(row.started_at),
                ended: told(row.ended_at),
                by: row.updated_by.clone().unwrap_or_default(),
                state,
                state_kind,
                row: if row.ended_at.is_none() && is_late { "is-late" } else { "" },
            })
        })
        .collect()
}

pub(super) fn specials(t: Lang, who: &SignedIn, case: &Case, order: &Order, offer: Option<&Offer>) -> Vec<SpecialView> {
    let may = |position| policy::may_command(&who.actor, &Command::AcknowledgeSpecial { position }, case).is_ok();
    order
        .specials
        .iter()
        .map(|s| SpecialView {
            position: s.position,
            text: s.text.clone(),
            department: t.department(s.department).to_owned(),
            acknowledged: s
                .acknowledged_at
                .map(|at| t.delivery_acknowledged(t.moment(at), s.acknowledged_by_name.clone().unwrap_or_default())),
            is_mine: s.acknowledged_at.is_none() && offer.is_some() && may(s.position),
        })
        .collect()
}

pub(super) fn milestones(t: Lang, order: &Order) -> Vec<MilestoneView> {
    order
        .milestones
        .iter()
        .map(|m| {
            let state = m.state(order.status);
            let receipt = [m.received_at.map(|at| t.moment(at)), m.reference.clone()];
            MilestoneView {
                position: m.position,
                trigger: match m.days {
                    0 => t.payment_trigger(m.trigger).to_owned(),
                    days => t.delivery_term(days, t.payment_trigger(m.trigger)),
                },
                amount: format_money(m.amount),
                received: format_money(m.received),
                receipt: receipt.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                state: t.milestone_state(state).to_owned(),
                state_kind: match state {
                    MilestoneState::NotDue => "plain",
                    MilestoneState::Due | MilestoneState::Partial => "warn",
                    MilestoneState::Received => "ok",
                },
            }
        })
        .collect()
}

pub(super) fn shipments(t: Lang, order: &Order, sign_off: Option<&Offer>) -> Vec<ShipmentView> {
    order
        .shipments
        .iter()
        .map(|s| {
            let contents = s.lines.iter().filter_map(|l| {
                let line = order.lines.iter().find(|line| line.id == l.order_line)?;
                Some(format!("{} {}", line.name, with_unit(t, l.quantity, &line.unit)))
            });
            ShipmentView {
                no: s.no.clone(),
                batch_no: s.batch_no,
                carrier: s.carrier.clone(),
                waybill_no: s.waybill_no.clone(),
                packages: s.packages,
                contents: contents.collect::<Vec<_>>().join(" · "),
                shipped: t.moment(s.shipped_at),
                eta: s.eta.map(|on| t.date(on)).unwrap_or_default(),
                state: t.shipment_status(s.status).to_owned(),
                state_kind: match s.status {
                    ShipmentStatus::Shipped => "info",
                    ShipmentStatus::Signed => "ok",
                    ShipmentStatus::PartlySigned => "warn",
                },
                signed: s.signed_at.map(|at| t.delivery_signed(t.moment(at), s.signed_by.clone().unwrap_or_default())),
                file_href: s.sign_file.map(|id| format!("/files/{id}")),
                sign_href: sign_off.filter(|_| s.signed_at.is_none()).map(|_| format!("?sign={}#sign-off", s.no)),
            }
        })
        .collect()
}

/// The progress message for the customer, to be copied (DOMAIN 7.10).
pub(super) fn message(t: Lang, case: &Case, order: &Order, owner: &Person) -> String {
    let contact = case.customer.profile.active_contacts().find(|c| c.rank == ContactRank::Primary);
    let contact = contact.map(|c| c.name.clone()).unwrap_or_default();
    let mut parts = vec![
        t.delivery_message_greeting(contact, case.customer.display_name()),
        t.delivery_message_progress(&order.no, order.progress(), t.order_status(order.status)),
    ];
    if order.goods().any(|l| !l.shipped.is_zero()) {
        let sent = order
            .goods()
            .map(|l| t.delivery_message_line(&l.name, format_quantity(l.shipped), with_unit(t, l.quantity, &l.unit)));
        parts.push(t.delivery_message_sent(sent.collect::<Vec<_>>().join(t.delivery_message_comma())));
    }
    for s in order.shipments.iter().filter(|s| s.signed_at.is_none()) {
        parts.push(t.delivery_message_way(&s.carrier, &s.waybill_no));
        if let Some(eta) = s.eta {
            parts.push(t.delivery_message_eta(t.date(eta)));
        }
    }
    let name = name_in(t, &owner.name, &owner.name_en);
    let reached = [Some(name), owner.phone.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    parts.push(t.delivery_message_ask(reached));
    parts.join("\n")
}
