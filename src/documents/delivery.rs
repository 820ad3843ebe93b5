//! The delivery progress table 订单交付进度跟踪表 (DOMAIN 7.3): quantities, stages and shipments as they
//! stand at the moment of printing. No amounts, for everybody.

use super::forms::{
    Content, Fact, Head, Letterhead, Mark, Shown, Sign, Special, Words, called, fact, head, own_sign, wide,
};
use super::order::mark as order_mark;
use crate::documents::code::Code;
use crate::domain::delivery::{StageTrack, Track};
use crate::domain::money::format_quantity;
use crate::domain::order::{Order, OrderLine, ShipmentStatus};
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
    pub stage: &'static str,
    pub planned: String,
    pub actual: String,
    pub done: String,
    pub by: String,
    pub state: &'static str,
}

/// One promised batch of a line with its stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub title: String,
    pub promise: String,
    pub slips: Vec<String>,
    pub stages: Vec<Stage>,
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
    pub batches: Vec<Batch>,
    pub shipments: Vec<Shipment>,
    pub specials: Vec<Special>,
    pub signs: Vec<Sign>,
    /// Leads to the customer's tracking page, where there is one.
    pub code: Option<Code>,
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
        ("planned", t.delivery_planned_span()),
        ("actual", t.delivery_actual_span()),
        ("done", t.delivery_done()),
        ("scan", t.document_scan()),
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

fn lines(t: Lang, case: &Case, order: &Order) -> Vec<Line> {
    order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.is_goods)
        .map(|(i, l)| Line {
            number: i + 1,
            name: called(t, case, l.product, &l.name),
            spec: l.spec.clone(),
            packaging: l.packaging.clone(),
            quantities: std::iter::once(t.quantity(l.quantity, &l.unit))
                .chain([l.reserved + l.passed, l.picked, l.packed, l.shipped, l.signed].map(format_quantity))
                .collect(),
        })
        .collect()
}

fn batches(t: Lang, case: &Case, order: &Order, track: &Track) -> Vec<Batch> {
    let many = |line| order.tracking.batches.iter().filter(|b| b.line == line).count() > 1;
    track
        .batches()
        .filter_map(|(id, batch)| {
            let line = order.lines.iter().find(|l| l.id == id)?;
            let quantity = t.quantity(batch.quantity, &line.unit);
            let promise = format!("{} {}", t.delivery_promised(), t.moment(batch.promised_at));
            Some(Batch {
                title: if many(id) {
                    t.delivery_line_batch(batch.no, called(t, case, line.product, &line.name), quantity)
                } else {
                    format!("{} · {quantity}", called(t, case, line.product, &line.name))
                },
                promise: if batch.original_at == batch.promised_at {
                    promise
                } else {
                    format!("{promise} {}", t.delivery_original(t.moment(batch.original_at)))
                },
                slips: batch
                    .slips
                    .iter()
                    .map(|s| {
                        t.deliveries_event_slipped(
                            batch.no,
                            t.delay_cause(s.cause),
                            t.moment(s.from),
                            &s.reason,
                            t.moment(s.to),
                        )
                    })
                    .collect(),
                stages: batch.stages.iter().map(|s| stage(t, line, s)).collect(),
            })
        })
        .collect()
}

fn stage(t: Lang, line: &OrderLine, s: &StageTrack) -> Stage {
    let span = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| {
        let told = [from.filter(|_| from != to), to].into_iter().flatten().map(|at| t.moment(at));
        told.collect::<Vec<_>>().join(" – ")
    };
    Stage {
        stage: t.delivery_stage(s.stage),
        planned: span(Some(s.planned_start), Some(s.planned_end)),
        actual: span(s.started_at, s.ended_at),
        done: format!("{}/{}", format_quantity(s.done), t.quantity(s.of, &line.unit)),
        by: s.owner.as_deref().map_or_else(|| t.department(s.department).to_owned(), |name| t.person(name)),
        state: t.stage_state(s.state),
    }
}

fn shipments(t: Lang, case: &Case, order: &Order) -> Vec<Shipment> {
    let contents = |s: &crate::domain::order::Shipment| {
        let parts = s.lines.iter().filter_map(|l| {
            let line = order.lines.iter().find(|line| line.id == l.order_line)?;
            let name = called(t, case, line.product, &line.name);
            Some(format!("{name} {}", t.quantity(l.quantity, &line.unit)))
        });
        parts.collect::<Vec<_>>().join("\n")
    };
    order
        .shipments
        .iter()
        .filter(|s| s.status != ShipmentStatus::Void)
        .map(|s| Shipment {
            no: s.no.clone(),
            batch: t.delivery_batch(s.batch_no),
            contents: format!("{}\n{}", contents(s), t.delivery_packages(s.way.packages)),
            carrier: s.way.carrier.clone().unwrap_or_else(|| t.shipped_with(&s.way)),
            waybill: s.way.waybill_no.clone().unwrap_or_default(),
            shipped_at: s.shipped_at.map(|at| t.moment(at)).unwrap_or_default(),
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
    track: &Track,
    ship_phone: &str,
    (now, link): (DateTime<Utc>, Option<&str>),
) -> DeliveryForm {
    let partial = if order.partial_allowed { t.delivery_partial_yes() } else { t.delivery_partial_no() };
    DeliveryForm {
        head: head(t, company, t.delivery_stages(), &order.no, None, Shown::Whole),
        words: words(t),
        facts: vec![
            wide(t.field("customer"), &case.customer.profile.legal_name),
            fact(t.requirement_state(), t.order_status(order.status)),
            fact(t.delivery_promised(), t.moment_full(order.promised_at)),
            wide(t.field("ship_address"), &order.ship_address),
            fact(t.field("ship_receiver"), &order.ship_receiver),
            fact(t.field("ship_phone"), ship_phone),
            fact(t.field("partial_allowed"), partial),
            fact(t.document_as_of(), t.moment_full(now)),
        ],
        progress: order.progress(),
        lines: lines(t, case, order),
        batches: batches(t, case, order, track),
        shipments: shipments(t, case, order),
        specials: order
            .specials
            .iter()
            .map(|s| Special {
                text: s.text.clone(),
                department: t.department(s.department),
                applies: s.acknowledged_at.map_or_else(
                    || t.delivery_not_acknowledged().to_owned(),
                    |at| {
                        t.delivery_acknowledged(
                            t.moment(at),
                            s.acknowledged_by_name.as_deref().map(|name| t.person(name)).unwrap_or_default(),
                        )
                    },
                ),
            })
            .chain(lessons(t, case))
            .collect(),
        signs: vec![own_sign(t, t.document_filled_by()), own_sign(t, t.document_received_by())],
        code: link.and_then(Code::of),
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
    track: &Track,
    ship_phone: &str,
    (now, link): (DateTime<Utc>, Option<&str>),
) -> Result<Content, serde_json::Error> {
    Content::of(Layout::Delivery, &form(t, company, about, track, ship_phone, (now, link)), now)
}

pub fn mark(order: &Order) -> Mark {
    order_mark(order)
}
