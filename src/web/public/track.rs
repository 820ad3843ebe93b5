//! Where the order is, as its customer sees it: promise, stages, slips with their reasons, shipments.

use super::{Cover, Guest, cover};
use crate::app::Opened;
use crate::domain::delivery::{Arrangement, StageState, Track, track};
use crate::domain::money::format_quantity;
use crate::domain::order::{Order, OrderLine};
use crate::domain::order_stop::EndedEarly;
use crate::domain::promise;
use crate::domain::requirement::DeliveryMode;
use crate::domain::workflow::Case;
use crate::web::deals::Chip;
use crate::web::page;
use crate::web::{Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::response::Response;
use chrono::TimeDelta;

pub struct StageView {
    pub name: &'static str,
    pub planned: String,
    pub done: String,
    pub kind: &'static str,
    pub word: &'static str,
    /// How much of it, where it is not all or nothing.
    pub part: Option<String>,
}

pub struct BatchView {
    pub name: String,
    pub quantity: String,
    pub promised: String,
    pub slips: Vec<String>,
    pub stages: Vec<StageView>,
}

pub struct ShipmentView {
    pub no: String,
    pub status: &'static str,
    pub carrier: String,
    pub shipped: String,
    /// When it arrived, or is expected to.
    pub expected: Option<String>,
    pub signed: Option<String>,
    pub lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "public/track.html")]
struct TrackPage {
    cover: Cover,
    t: Lang,
    order_no: String,
    status: &'static str,
    /// None for a cancelled order.
    progress: Option<i32>,
    stage: Option<&'static str>,
    /// That it was cancelled, or its rest given up.
    ended: Option<&'static str>,
    /// The same clock as inside; a broken promise is told by its moment alone.
    promise: Option<Chip>,
    batches: Vec<BatchView>,
    shipments: Vec<ShipmentView>,
}

fn line_of(order: &Order, id: crate::domain::ids::OrderLineId) -> Option<&OrderLine> {
    order.lines.iter().find(|l| l.id == id)
}

fn batches(t: Lang, case: &Case, order: &Order, track: &Track) -> Vec<BatchView> {
    track
        .batches()
        .filter_map(|(id, batch)| {
            let line = line_of(order, id)?;
            Some(BatchView {
                name: t.item(case, line.product, &line.name).to_owned(),
                quantity: t.quantity(batch.quantity, &line.unit),
                promised: t.moment_full(batch.promised_at),
                slips: batch
                    .slips
                    .iter()
                    // The reason's kind and what the customer was told; our own words stay inside.
                    .map(|s| t.public_track_slip(t.moment(s.to), t.moment(s.from), t.delay_cause(s.cause)))
                    .collect(),
                stages: batch
                    .stages
                    .iter()
                    .map(|s| StageView {
                        name: t.delivery_stage(s.stage),
                        planned: t.moment(s.planned_end),
                        done: s.ended_at.map(|at| t.moment(at)).unwrap_or_default(),
                        kind: match s.state {
                            StageState::Waiting => "plain",
                            StageState::Running => "info",
                            StageState::Done => "ok",
                            StageState::Late | StageState::Trouble => "warn",
                        },
                        word: t.stage_state(s.state),
                        part: (!s.done.is_zero() && !s.is_done())
                            .then(|| format!("{}/{}", format_quantity(s.done), t.quantity(s.of, &line.unit))),
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Carrier and waybill, or that the customer fetches the goods.
fn carrier(t: Lang, way: &Arrangement) -> String {
    match (&way.carrier, &way.waybill_no) {
        (Some(carrier), Some(waybill)) => format!("{carrier} {waybill}"),
        (Some(carrier), None) => carrier.clone(),
        _ => t.delivery_mode(DeliveryMode::PickUp).to_owned(),
    }
}

fn shipments(t: Lang, case: &Case, order: &Order) -> Vec<ShipmentView> {
    order
        .shipments
        .iter()
        .filter(|s| s.is_posted())
        .map(|s| ShipmentView {
            no: s.no.clone(),
            status: t.shipment_status(s.status),
            carrier: carrier(t, &s.way),
            shipped: s.shipped_at.map(|at| t.moment(at)).unwrap_or_default(),
            expected: match (s.arrived_at, s.eta.filter(|_| s.signed_at.is_none())) {
                (Some(at), _) => Some(t.public_track_arrived(t.moment(at))),
                (None, eta) => eta.map(|day| t.public_track_expected(t.date(day))),
            },
            signed: s.signed_at.map(|at| t.public_track_signed(t.moment(at), s.signed_by.clone().unwrap_or_default())),
            lines: s
                .lines
                .iter()
                .filter_map(|l| {
                    let line = line_of(order, l.order_line)?;
                    let name = t.item(case, line.product, &line.name);
                    Some(format!("{name} × {}", t.quantity(l.quantity, &line.unit)))
                })
                .collect(),
        })
        .collect()
}

pub async fn page(web: &Web, guest: &Guest, opened: &Opened) -> Result<Response, Problem> {
    let t = guest.t;
    let order = opened.case.order.as_ref().ok_or(Problem::Missing)?;
    let track = track(order, &web.app().calendar, web.app().clock.now());
    let is_cancelled = track.ended == Some(EndedEarly::Cancelled);
    page::page(&TrackPage {
        cover: cover(web, guest, Some(opened)).await?,
        t,
        order_no: order.no.clone(),
        status: t.order_status(order.status),
        progress: Some(track.progress).filter(|_| !is_cancelled),
        stage: track.stage.map(|s| t.delivery_stage(s)),
        ended: track.ended.map(|ended| match ended {
            EndedEarly::Cancelled => t.public_track_cancelled(),
            EndedEarly::ShortClosed => t.public_track_short_closed(),
        }),
        promise: promise::of_case(&opened.case)
            .filter(|p| p.left(web.app().clock.now()) >= TimeDelta::zero())
            .map(|p| Chip::promise(web, t, p)),
        batches: if is_cancelled { Vec::new() } else { batches(t, &opened.case, order, &track) },
        shipments: shipments(t, &opened.case, order),
    })
}
