//! The delivery progress table 订单交付进度跟踪表 (DOMAIN 7.3): quantities, stages and shipments as they
//! stand at the moment of printing. No amounts, for everybody.

use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Special, Words, fact, head, own_sign, phone, wide,
};
use super::order::mark as order_mark;
use crate::domain::money::format_quantity;
use crate::domain::order::{DeliveryStage, Order};
use crate::domain::workflow::Case;
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use kuaidan_documents::Layout;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub number: usize,
    pub name: String,
    pub spec: String,
    pub packaging: Option<String>,
    /// Ordered, ready, picked, packed, shipped, signed.
    pub quantities: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    pub line: String,
    pub stage: &'static str,
    pub planned: String,
    pub started: String,
    pub ended: String,
    pub by: String,
    pub state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shipment {
    pub no: String,
    pub batch: String,
    pub contents: String,
    pub carrier: String,
    pub waybill: String,
    pub shipped_at: String,
    pub eta: Option<String>,
    pub state: &'static str,
    pub signed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryForm {
    pub head: Head,
    pub words: Words,
    pub facts: Vec<Fact>,
    /// Per cent.
    pub progress: i32,
    pub lines: Vec<Line>,
    pub stages: Vec<Stage>,
    pub shipments: Vec<Shipment>,
    pub specials: Vec<Special>,
    pub signs: Vec<Sign>,
}

/// A stage of one order line as stored.
#[derive(Debug, Clone)]
pub struct StageFact {
    pub line: uuid::Uuid,
    pub stage: DeliveryStage,
    pub planned_end: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub by: String,
}

fn words(t: Lang) -> Words {
    Words::from([
        ("number", "#"),
        ("product", t.field("product")),
        ("progress", t.delivery_progress()),
        ("lines", t.delivery_lines()),
        ("ordered", t.delivery_ordered()),
        ("ready", t.delivery_ready()),
        ("picked", t.delivery_picked()),
        ("packed", t.delivery_packed()),
        ("shipped", t.delivery_shipped()),
        ("signed", t.delivery_received()),
        ("stages", t.document_stages()),
        ("stage", t.delivery_stage_name()),
        ("planned", t.delivery_planned()),
        ("started", t.delivery_started()),
        ("ended", t.delivery_ended()),
        ("by", t.delivery_by()),
        ("state", t.delivery_state()),
        ("shipments", t.delivery_shipments()),
        ("no_shipments", t.document_no_shipments()),
        ("shipment", t.delivery_shipment()),
        ("contents", t.delivery_contents()),
        ("carrier", t.field("carrier")),
        ("shipped_at", t.delivery_shipped_at()),
        ("specials", t.delivery_specials()),
        ("special", t.requirement_special_text()),
        ("department", t.requirement_special_department()),
        ("acknowledged", t.document_acknowledged()),
    ])
}

fn lines(t: Lang, order: &Order) -> Vec<Line> {
    order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.is_goods)
        .map(|(i, l)| Line {
            number: i + 1,
            name: l.name.clone(),
            spec: l.spec.clone(),
            packaging: l.packaging.clone(),
            quantities: std::iter::once(format!("{} {}", format_quantity(l.quantity), t.unit(&l.unit)))
                .chain([l.reserved + l.produced, l.picked, l.packed, l.shipped, l.signed].map(format_quantity))
                .collect(),
        })
        .collect()
}

fn stages(t: Lang, order: &Order, facts: &[StageFact], now: DateTime<Utc>) -> Vec<Stage> {
    let told = |at: Option<DateTime<Utc>>| at.map(|at| t.moment(at)).unwrap_or_default();
    facts
        .iter()
        .filter_map(|s| {
            let line = order.lines.iter().find(|l| l.id.0 == s.line)?;
            let is_late = s.ended_at.unwrap_or(now) > s.planned_end;
            Some(Stage {
                line: line.name.clone(),
                stage: t.delivery_stage(s.stage),
                planned: t.moment(s.planned_end),
                started: told(s.started_at),
                ended: told(s.ended_at),
                by: s.by.clone(),
                state: match (s.ended_at, s.started_at) {
                    (Some(_), _) if is_late => t.delivery_state_done_late(),
                    (Some(_), _) => t.delivery_state_done(),
                    (None, _) if is_late => t.delivery_state_late(),
                    (None, Some(_)) => t.delivery_state_running(),
                    (None, None) => t.delivery_state_waiting(),
                },
            })
        })
        .collect()
}

fn shipments(t: Lang, order: &Order) -> Vec<Shipment> {
    let contents = |s: &crate::domain::order::Shipment| {
        let parts = s.lines.iter().filter_map(|l| {
            let line = order.lines.iter().find(|line| line.id == l.order_line)?;
            Some(format!("{} {} {}", line.name, format_quantity(l.quantity), t.unit(&line.unit)))
        });
        parts.collect::<Vec<_>>().join("\n")
    };
    order
        .shipments
        .iter()
        .map(|s| Shipment {
            no: s.no.clone(),
            batch: t.delivery_batch(s.batch_no),
            contents: format!("{}\n{}", contents(s), t.delivery_packages(s.packages)),
            carrier: s.carrier.clone(),
            waybill: s.waybill_no.clone(),
            shipped_at: t.moment(s.shipped_at),
            eta: s.eta.map(|on| t.document_eta(t.date(on))),
            state: t.shipment_status(s.status),
            signed: s.signed_at.map(|at| t.delivery_signed(t.moment(at), s.signed_by.clone().unwrap_or_default())),
        })
        .collect()
}

pub fn form(
    t: Lang,
    company: &Letterhead,
    (case, order): (&Case, &Order),
    facts: &[StageFact],
    shown: Shown,
    now: DateTime<Utc>,
) -> DeliveryForm {
    let partial = if order.partial_allowed { t.delivery_partial_yes() } else { t.delivery_partial_no() };
    DeliveryForm {
        head: head(t, company, t.delivery_stages(), &order.no, None, shown),
        words: words(t),
        facts: vec![
            wide(t.field("customer"), &case.customer.profile.legal_name),
            fact(t.requirement_state(), t.order_status(order.status)),
            fact(t.delivery_promised(), t.moment_full(order.promised_at)),
            wide(t.field("ship_address"), &order.ship_address),
            fact(t.field("ship_receiver"), &order.ship_receiver),
            fact(t.field("ship_phone"), phone(shown, &order.ship_phone)),
            fact(t.field("partial_allowed"), partial),
            fact(t.document_as_of(), t.moment_full(now)),
        ],
        progress: order.progress(),
        lines: lines(t, order),
        stages: stages(t, order, facts, now),
        shipments: shipments(t, order),
        specials: order
            .specials
            .iter()
            .map(|s| Special {
                text: s.text.clone(),
                department: t.department(s.department),
                applies: s.acknowledged_at.map_or_else(
                    || t.delivery_not_acknowledged().to_owned(),
                    |at| t.delivery_acknowledged(t.moment(at), s.acknowledged_by_name.clone().unwrap_or_default()),
                ),
            })
            .chain(lessons(t, case))
            .collect(),
        signs: vec![own_sign(t, t.document_filled_by()), own_sign(t, t.document_received_by())],
    }
}

/// What earlier complaints taught, for whoever packs with the paper in hand.
fn lessons(t: Lang, case: &Case) -> impl Iterator<Item = Special> + '_ {
    case.lessons.iter().map(move |l| Special {
        text: t.feedback_on_paper(t.feedback_category_of(l.category), &l.no, &l.text),
        department: t.department(l.category.department()),
        applies: String::new(),
    })
}

pub fn content(
    t: Lang,
    company: &Letterhead,
    about: (&Case, &Order),
    facts: &[StageFact],
    shown: Shown,
    now: DateTime<Utc>,
) -> Result<Content, serde_json::Error> {
    Content::of(Layout::Delivery, &form(t, company, about, facts, shown, now), now)
}

pub fn mark(order: &Order) -> Mark {
    order_mark(order)
}
