//! What the delivery page shows: quantities, stages, shipments, and the message to the customer.
//! Everything is computed from the order; the message holds nothing internal (DOMAIN 7.10).

use crate::domain::delivery::{BatchTrack, ExceptionStatus, Severity, StageState, StageTrack, Track};
use crate::domain::money::{format_money, format_quantity};
use crate::domain::order::{Order, OrderLine, OrderStatus, ShipmentStatus};
use crate::domain::policy;
use crate::domain::promise;
use crate::domain::workflow::{Case, Command, Offer};
use crate::web::deals::frame::Chip;
use crate::web::deals::order::standing_kind;
use crate::web::page::ship_phone;
use crate::web::{SignedIn, Web};
use crate::wording::Lang;
use chrono::{DateTime, NaiveDate, Utc};

pub(super) struct OrderView {
    pub no: String,
    pub status: String,
    pub status_kind: &'static str,
    pub progress: i32,
    pub promise: Option<Chip>,
    pub facts: Vec<(String, String)>,
    /// What needs somebody's eye: stale stages, a delay the customer has not heard of.
    pub warnings: Vec<String>,
}

pub(super) struct LineView {
    pub number: usize,
    pub name: String,
    pub detail: String,
    /// Each with the head of its column.
    pub quantities: [(&'static str, String); 6],
    /// Failed, scrapped, returned, credited, where there is any.
    pub notes: Vec<String>,
    pub short: Option<String>,
    pub row: &'static str,
}

/// One promised batch of a line with its stages.
pub(super) struct BatchView {
    pub title: String,
    pub promised: String,
    pub original: Option<String>,
    pub forecast: Option<String>,
    pub state: String,
    pub state_kind: &'static str,
    pub slips: Vec<String>,
    /// That the customer has to hear of a delay.
    pub notice: Option<String>,
    pub stages: Vec<StageView>,
}

pub(super) struct StageView {
    pub stage: String,
    pub department: String,
    pub owner: String,
    pub planned: Vec<String>,
    pub actual: Vec<String>,
    pub forecast: String,
    pub done: String,
    pub by: String,
    pub state: &'static str,
    pub state_kind: &'static str,
    pub is_stale: bool,
    pub row: &'static str,
}

pub(super) struct ExceptionView {
    pub no: String,
    pub kind: String,
    pub text: String,
    pub state: String,
    pub state_kind: &'static str,
    pub is_severe: bool,
    pub due: Option<Chip>,
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
    pub state: &'static str,
    pub state_kind: &'static str,
}

pub(super) struct ShipmentView {
    pub no: String,
    pub batch_no: i32,
    pub way: String,
    pub waybill_no: String,
    pub packages: i32,
    pub contents: String,
    pub shipped: String,
    /// When it arrived, or is expected to.
    pub eta: String,
    pub state: String,
    pub state_kind: &'static str,
    /// What else is known of it, one fact a line.
    pub facts: Vec<String>,
    pub signed: Option<String>,
    pub file_href: Option<String>,
    pub sign_href: Option<String>,
    /// The paper that goes with the goods.
    pub note_href: Option<String>,
}

/// Until when the customer has to hear of a delay; at once where that has passed.
fn notice(t: Lang, order: &Order, due: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if due > now {
        t.delivery_notice_owed(t.moment(due))
    } else if order.confirmed_at.is_some_and(|at| at <= due) {
        t.delivery_notice_was_owed(t.moment(due))
    } else {
        // A short promise: there was no order yet at that moment.
        t.delivery_notice_now().to_owned()
    }
}

fn warnings(t: Lang, order: &Order, track: &Track, now: DateTime<Utc>) -> Vec<String> {
    let mut out = Vec::new();
    if track.has_stale() {
        out.push(t.delivery_stale().to_owned());
    }
    let owed = track.batches().filter_map(|(_, b)| b.notice_due_at).min();
    out.extend(owed.map(|at| notice(t, order, at, now)));
    out
}

pub(super) fn order(web: &Web, who: &SignedIn, case: &Case, order: &Order, track: &Track) -> OrderView {
    let t = who.t();
    let is_moving = promise::is_running(order.status);
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
        warnings: warnings(t, order, track, web.app().clock.now()),
    }
}

pub(super) fn lines(t: Lang, case: &Case, order: &Order) -> Vec<LineView> {
    order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.is_goods)
        .map(|(i, l)| LineView {
            number: i + 1,
            name: t.item(case, l.product, &l.name).to_owned(),
            detail: [Some(l.spec.as_str()), l.packaging.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            quantities: [
                (t.delivery_ordered(), t.quantity(l.quantity, &l.unit)),
                (t.delivery_ready(), format_quantity(l.reserved + l.passed)),
                (t.delivery_picked(), format_quantity(l.picked)),
                (t.delivery_packed(), format_quantity(l.packed)),
                (t.delivery_shipped(), format_quantity(l.shipped)),
                (t.delivery_received(), format_quantity(l.signed)),
            ],
            notes: line_notes(t, l),
            short: (order.ended_early().is_none() && !l.shortage().is_zero())
                .then(|| t.quantity(l.shortage(), &l.unit)),
            row: if l.signed >= order.due_of(l) { "is-done" } else { "" },
        })
        .collect()
}

fn line_notes(t: Lang, l: &OrderLine) -> Vec<String> {
    [
        (l.to_check(), t.delivery_note_to_check(format_quantity(l.to_check()))),
        (l.failed, t.delivery_note_failed(format_quantity(l.failed))),
        (l.scrapped, t.delivery_note_scrapped(format_quantity(l.scrapped))),
        (l.picked - l.checked, t.delivery_note_unchecked(format_quantity(l.picked - l.checked))),
        (l.returned, t.delivery_note_returned(format_quantity(l.returned))),
        (l.credited, t.delivery_note_credited(format_quantity(l.credited))),
    ]
    .into_iter()
    .filter(|(quantity, _)| !quantity.is_zero())
    .map(|(_, text)| text)
    .collect()
}

/// How a state is coloured; its word always stands beside.
pub(super) fn state_kind(state: StageState) -> &'static str {
    match state {
        StageState::Waiting => "plain",
        StageState::Running => "info",
        StageState::Done => "ok",
        StageState::Late => "bad",
        StageState::Trouble => "warn",
    }
}

pub(super) fn batch_title(t: Lang, (case, order): (&Case, &Order), line: &OrderLine, batch: &BatchTrack) -> String {
    let many = order.tracking.batches.iter().filter(|b| b.line == line.id).count() > 1;
    let quantity = t.quantity(batch.quantity, &line.unit);
    let name = t.item(case, line.product, &line.name);
    if many { t.delivery_line_batch(batch.no, name, quantity) } else { format!("{name} · {quantity}") }
}

pub(super) fn batches(t: Lang, (case, order): (&Case, &Order), track: &Track, now: DateTime<Utc>) -> Vec<BatchView> {
    track
        .batches()
        .filter_map(|(id, batch)| {
            let line = order.lines.iter().find(|l| l.id == id)?;
            let (state, state_kind) = match (batch.on_time, batch.is_late) {
                (Some(true), _) => (t.delivery_on_time().to_owned(), "ok"),
                (Some(false), _) => (t.delivery_signed_late().to_owned(), "warn"),
                (None, true) => (t.delivery_expected_late().to_owned(), "bad"),
                (None, false) => {
                    (batch.current().map(|s| t.delivery_stage(s.stage)).unwrap_or_default().to_owned(), "info")
                }
            };
            let slips = batch.slips.iter().map(|s| {
                t.deliveries_event_slipped(
                    batch.no,
                    t.delay_cause(s.cause),
                    t.moment(s.from),
                    &s.reason,
                    t.moment(s.to),
                )
            });
            Some(BatchView {
                title: batch_title(t, (case, order), line, batch),
                promised: t.moment(batch.promised_at),
                original: (batch.original_at != batch.promised_at).then(|| t.moment(batch.original_at)),
                forecast: (batch.is_late && batch.signed_at.is_none()).then(|| t.moment(batch.forecast_at)),
                state,
                state_kind,
                slips: slips.collect(),
                notice: batch.notice_due_at.map(|at| notice(t, order, at, now)),
                stages: batch.stages.iter().map(|s| stage(t, line, s)).collect(),
            })
        })
        .collect()
}

pub(super) fn stage(t: Lang, line: &OrderLine, s: &StageTrack) -> StageView {
    let told = |at: Option<DateTime<Utc>>| at.map(|at| t.moment(at));
    // Beginning and end, one under the other; the day stands once where it is the same.
    let span = |from: Option<String>, to: Option<String>| match (from, to) {
        (Some(from), Some(to)) if from != to => match (from.rsplit_once(' '), to.rsplit_once(' ')) {
            (Some((day, _)), Some((same, time))) if day == same => vec![format!("{from}–{time}")],
            _ => vec![from, to],
        },
        (Some(from), None) => vec![format!("{from} –")],
        (_, to) => to.into_iter().collect(),
    };
    let planned = if s.planned_start == s.planned_end { None } else { Some(s.planned_start) };
    let by = [s.updated_by.as_deref().map(|name| t.person(name)), told(s.updated_at)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    StageView {
        stage: t.delivery_stage(s.stage).to_owned(),
        department: t.department(s.department).to_owned(),
        owner: s.owner.as_deref().map(|name| t.person(name)).unwrap_or_default(),
        planned: span(told(planned), told(Some(s.planned_end))),
        actual: span(told(s.started_at), told(s.ended_at)),
        forecast: told(s.forecast_at).unwrap_or_default(),
        done: format!("{}/{}", format_quantity(s.done), t.quantity(s.of, &line.unit)),
        by,
        state: t.stage_state(s.state),
        state_kind: state_kind(s.state),
        is_stale: s.is_stale,
        row: match s.state {
            StageState::Late => "is-late",
            StageState::Trouble => "is-due",
            StageState::Waiting | StageState::Running | StageState::Done => "",
        },
    }
}

pub(super) fn exceptions(web: &Web, t: Lang, order: &Order) -> Vec<ExceptionView> {
    order
        .tracking
        .exceptions
        .iter()
        .map(|e| ExceptionView {
            no: e.no.clone(),
            kind: t.exception_kind(e.facts.kind).to_owned(),
            text: e.facts.text.clone(),
            state: t.exception_status(e.status).to_owned(),
            state_kind: match e.status {
                ExceptionStatus::Open => "bad",
                ExceptionStatus::Planned => "warn",
                ExceptionStatus::Closed => "ok",
            },
            is_severe: e.facts.severity == Severity::Severe,
            due: e.due_at().map(|at| Chip::working(web, t, at)),
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
            acknowledged: s.acknowledged_at.map(|at| {
                t.delivery_acknowledged(
                    t.moment(at),
                    s.acknowledged_by_name.as_deref().map(|name| t.person(name)).unwrap_or_default(),
                )
            }),
            is_mine: s.acknowledged_at.is_none() && offer.is_some() && may(s.position),
        })
        .collect()
}

pub(super) fn milestones(t: Lang, order: &Order, today: NaiveDate) -> Vec<MilestoneView> {
    order
        .milestones
        .iter()
        .map(|m| {
            let standing = order.standing_of(m, today);
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
                state: t.milestone_standing(standing),
                state_kind: standing_kind(standing),
            }
        })
        .collect()
}

pub(super) fn shipments(
    who: &SignedIn,
    case: &Case,
    (deal, order): (&str, &Order),
    has_prices: bool,
    sign_off: Option<&Offer>,
) -> Vec<ShipmentView> {
    let t = who.t();
    order
        .shipments
        .iter()
        .map(|s| {
            let contents = s.lines.iter().filter_map(|l| {
                let line = order.lines.iter().find(|line| line.id == l.order_line)?;
                let name = t.item(case, line.product, &line.name);
                Some(format!("{name} {}", t.quantity(l.quantity, &line.unit)))
            });
            let facts = [
                Some(t.delivery_ship_to(
                    &s.ship_address,
                    ship_phone(&who.actor, case, &s.ship_phone),
                    &s.ship_receiver,
                )),
                s.way.weight.map(|w| t.delivery_weight(format_quantity(w))),
                s.way.freight.filter(|_| has_prices).map(|f| t.delivery_freight(format_money(f))),
                s.way.driver_phone.clone(),
                s.way.pick_up.as_ref().map(|p| p.id_note.clone()),
                s.way.deviation.clone(),
                s.way.consent.clone(),
                s.notes.last().map(|n| format!("{} {}", t.moment(n.at), n.text)),
            ];
            ShipmentView {
                no: s.no.clone(),
                batch_no: s.batch_no,
                way: s.way.carrier.clone().unwrap_or_else(|| t.shipped_with(&s.way)),
                waybill_no: s.way.waybill_no.clone().unwrap_or_default(),
                packages: s.way.packages,
                contents: contents.collect::<Vec<_>>().join(" · "),
                shipped: s.shipped_at.map(|at| t.moment(at)).unwrap_or_default(),
                eta: match (s.arrived_at, s.eta) {
                    (Some(at), _) => t.delivery_arrived(t.moment(at)),
                    (None, eta) => eta.map(|on| t.date(on)).unwrap_or_default(),
                },
                state: t.shipment_status(s.status).to_owned(),
                state_kind: match s.status {
                    ShipmentStatus::Pending | ShipmentStatus::Void => "plain",
                    ShipmentStatus::Shipped | ShipmentStatus::InTransit => "info",
                    ShipmentStatus::Signed => "ok",
                    ShipmentStatus::PartlySigned | ShipmentStatus::Refused | ShipmentStatus::Returned => "warn",
                },
                facts: facts.into_iter().flatten().collect(),
                signed: s.signed_at.map(|at| t.delivery_signed(t.moment(at), s.signed_by.clone().unwrap_or_default())),
                file_href: s.sign_file.map(|id| format!("/files/{id}")),
                note_href: (s.status != ShipmentStatus::Void)
                    .then(|| format!("/deals/{deal}/shipments/{}/note.pdf", s.no)),
                sign_href: sign_off.filter(|_| s.is_on_its_way()).map(|_| format!("?sign={}#sign-off", s.no)),
            }
        })
        .collect()
}
