//! How a delivery stands: the one reading of plan, quantities and shipments that the delivery page,
//! the boards, the printed form and the customer's tracking page share.
//!
//! The one rule: everything here follows from what is stored and from now; nothing is decided twice.

use super::plan::{STAGES, department_of};
use super::{Batch, Slip, StageRow, ToldAbout};
use crate::domain::calendar::{Calendar, WorkingDays, WorkingMinutes, ZONE};
use crate::domain::ids::OrderLineId;
use crate::domain::order::{DeliveryStage, Order, OrderLine, ShipmentStatus};
use crate::domain::order_stop::EndedEarly;
use crate::domain::staff::Department;
use chrono::{DateTime, NaiveTime, Utc};
use rust_decimal::Decimal;

/// A stage that moves is looked at every working day (DOMAIN 7.3).
const STALE_AFTER: WorkingMinutes = WorkingMinutes::hours(8);
/// The customer hears of a delay this long before the promise (DOMAIN 1.6).
pub const NOTICE_AHEAD: WorkingMinutes = WorkingDays(2).in_minutes();

crate::domain::codes::codes!(StageState {
    Waiting = "waiting", Running = "running", Done = "done", Late = "late", Trouble = "trouble",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageTrack {
    pub stage: DeliveryStage,
    pub department: Department,
    pub owner: Option<String>,
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub forecast_at: Option<DateTime<Utc>>,
    pub done: Decimal,
    pub of: Decimal,
    pub state: StageState,
    /// Goods wait here or move here, and nobody has touched it for a working day.
    pub is_stale: bool,
    pub updated_by: Option<String>,
    pub updated_at: Option<DateTime<Utc>>,
}

impl StageTrack {
    pub fn is_done(&self) -> bool {
        self.done >= self.of
    }

    /// The order has ended early: what is not done is not late either.
    fn no_longer_awaited(&mut self) {
        self.is_stale = false;
        if self.state == StageState::Late {
            self.state = if self.started_at.is_some() { StageState::Running } else { StageState::Waiting };
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTrack {
    pub no: i32,
    pub quantity: Decimal,
    pub original_at: DateTime<Utc>,
    pub promised_at: DateTime<Utc>,
    pub slips: Vec<Slip>,
    pub stages: Vec<StageTrack>,
    /// When it will be signed for, as things stand; the moment itself once it is.
    pub forecast_at: DateTime<Utc>,
    pub signed_at: Option<DateTime<Utc>>,
    /// Against the promise that holds; `None` while it runs.
    pub on_time: Option<bool>,
    pub is_late: bool,
    /// The customer has to hear of the delay by then, and has not.
    pub notice_due_at: Option<DateTime<Utc>>,
}

impl BatchTrack {
    /// The stage it is in: the first that is not done.
    pub fn current(&self) -> Option<&StageTrack> {
        self.stages.iter().find(|s| !s.is_done())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineTrack {
    pub line: OrderLineId,
    pub batches: Vec<BatchTrack>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Whole per cent.
    pub progress: i32,
    /// The stage of the batch that is furthest behind; none when all is signed, or the order ended early.
    pub stage: Option<DeliveryStage>,
    /// Nothing of it is late any more, and nobody waits for the rest.
    pub ended: Option<EndedEarly>,
    pub lines: Vec<LineTrack>,
}

impl Track {
    pub fn batches(&self) -> impl Iterator<Item = (OrderLineId, &BatchTrack)> {
        self.lines.iter().flat_map(|l| l.batches.iter().map(move |b| (l.line, b)))
    }

    pub fn has_stale(&self) -> bool {
        self.batches().any(|(_, b)| b.stages.iter().any(|s| s.is_stale))
    }
}

/// The batches of a line with what is left of them: what is credited or given up leaves the last batch first, and
/// a quantity that a change added belongs to the last batch.
fn batches_of(order: &Order, line: &OrderLine) -> Vec<(Batch, Decimal)> {
    let mut known: Vec<Batch> = order.tracking.batches.iter().filter(|b| b.line == line.id).cloned().collect();
    if known.is_empty() {
        known.push(Batch {
            line: line.id,
            no: 1,
            quantity: line.quantity,
            original_at: line.promised_at,
            promised_at: line.promised_at,
            slips: Vec::new(),
        });
    }
    let last = known.len() - 1;
    let mut left = order.due_of(line);
    let mut out = Vec::new();
    for (i, batch) in known.into_iter().enumerate() {
        let part = if i == last { left } else { batch.quantity.min(left) };
        left -= part;
        if part > Decimal::ZERO {
            out.push((batch, part));
        }
    }
    out
}

/// How much of a line arrived where it was sent.
fn arrived(order: &Order, line: OrderLineId) -> Decimal {
    order
        .shipments
        .iter()
        .filter(|s| s.arrived_at.is_some() || s.signed_at.is_some())
        .flat_map(|s| &s.lines)
        .filter(|l| l.order_line == line)
        .map(|l| l.quantity - l.returned)
        .sum()
}

/// Done and whole quantity of every stage of every batch of a line; a stage that is not needed has no row.
pub fn stage_quantities(order: &Order, line: &OrderLine) -> Vec<(i32, DeliveryStage, Decimal, Decimal)> {
    let share =
        |whole: Decimal, before: Decimal, of: Decimal| (whole - before).clamp(Decimal::ZERO, of.max(Decimal::ZERO));
    let (mut before, mut made_before) = (Decimal::ZERO, Decimal::ZERO);
    let mut out = Vec::new();
    // What comes back after the end moves the quantities; the promise was kept or broken by then.
    let is_over = order.completed_at.is_some();
    for (batch, of) in batches_of(order, line) {
        let made = of - share(line.reserved, before, of);
        for stage in STAGES {
            let (whole, from, of) = match stage {
                DeliveryStage::Confirmed => (line.quantity, Decimal::ZERO, of),
                DeliveryStage::Prepare => (line.checked, before, of),
                DeliveryStage::Production => (line.produced, made_before, made),
                DeliveryStage::Qc => (line.passed, made_before, made),
                DeliveryStage::Packing => (line.packed, before, of),
                DeliveryStage::Shipping => (line.shipped, before, of),
                DeliveryStage::Transit => (arrived(order, line.id), before, of),
                DeliveryStage::SignOff => (line.signed, before, of),
            };
            if of > Decimal::ZERO {
                out.push((batch.no, stage, if is_over { of } else { share(whole, from, of) }, of));
            }
        }
        before += of;
        made_before += made;
    }
    out
}

pub fn track(order: &Order, calendar: &Calendar, now: DateTime<Utc>) -> Track {
    let lines: Vec<LineTrack> = order
        .goods()
        .map(|line| {
            let quantities = stage_quantities(order, line);
            let batches = batches_of(order, line)
                .iter()
                .map(|(batch, of)| batch_track(order, line, (batch, *of), &quantities, calendar, now))
                .collect();
            LineTrack { line: line.id, batches }
        })
        .collect();
    let stage = lines
        .iter()
        .flat_map(|l| &l.batches)
        .filter_map(|b| b.current().map(|s| s.stage))
        .min_by_key(|stage| STAGES.iter().position(|s| s == stage));
    let ended = order.ended_early();
    Track { progress: order.progress(), stage: stage.filter(|_| ended.is_none()), ended, lines }
}

fn batch_track(
    order: &Order,
    line: &OrderLine,
    (batch, quantity): (&Batch, Decimal),
    quantities: &[(i32, DeliveryStage, Decimal, Decimal)],
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> BatchTrack {
    let is_troubled = order.tracking.open_exceptions().any(|e| e.facts.line.is_none_or(|l| l == line.id));
    let of_stage =
        |stage| quantities.iter().find(|(no, s, ..)| *no == batch.no && *s == stage).map(|(.., d, of)| (*d, *of));
    let mut stages: Vec<StageTrack> = Vec::new();
    for stage in STAGES {
        let Some((done, of)) = of_stage(stage) else { continue };
        let row =
            order.tracking.stages.iter().find(|r| r.line == line.id && r.batch_no == batch.no && r.stage == stage);
        let former = stages.last();
        stages.push(stage_track(stage, (done, of), row, batch, former, (calendar, now)));
    }
    if let Some(current) = stages.iter_mut().find(|s| !s.is_done()).filter(|_| is_troubled) {
        current.state = StageState::Trouble;
    }
    let has_ended = order.ended_early().is_some();
    if has_ended {
        stages.iter_mut().for_each(StageTrack::no_longer_awaited);
    }
    let signed_at = stages.iter().find(|s| s.stage == DeliveryStage::SignOff && s.is_done()).and_then(|s| s.ended_at);
    let eta = order
        .shipments
        .iter()
        .filter(|s| matches!(s.status, ShipmentStatus::Shipped | ShipmentStatus::InTransit) && s.arrived_at.is_none())
        .filter(|s| s.lines.iter().any(|l| l.order_line == line.id))
        .filter_map(|s| s.eta)
        .max()
        .and_then(|on| on.and_time(NaiveTime::from_hms_opt(18, 0, 0)?).and_local_timezone(ZONE).single())
        .map(|at| at.to_utc());
    let forecast_at = signed_at.unwrap_or_else(|| forecast(&stages, batch.promised_at, eta, calendar, now));
    let is_late = !has_ended && signed_at.unwrap_or(forecast_at) > batch.promised_at;
    let told_since = batch.slips.last().map(|s| s.at);
    let was_told = order
        .tracking
        .told
        .iter()
        .any(|t| t.about == ToldAbout::Delay && told_since.is_none_or(|since| t.told_at >= since));
    let notice_due_at = (is_late && signed_at.is_none() && !was_told)
        .then(|| calendar.sub_working_minutes(batch.promised_at, NOTICE_AHEAD));
    BatchTrack {
        no: batch.no,
        quantity,
        original_at: batch.original_at,
        promised_at: batch.promised_at,
        slips: batch.slips.clone(),
        stages,
        forecast_at,
        signed_at,
        on_time: signed_at.map(|at| at <= batch.promised_at),
        is_late,
        notice_due_at,
    }
}

fn stage_track(
    stage: DeliveryStage,
    (done, of): (Decimal, Decimal),
    row: Option<&StageRow>,
    batch: &Batch,
    former: Option<&StageTrack>,
    (calendar, now): (&Calendar, DateTime<Utc>),
) -> StageTrack {
    let (planned_start, planned_end) =
        row.map_or((batch.promised_at, batch.promised_at), |r| (r.planned_start, r.planned_end));
    let started_at = row.and_then(|r| r.started_at);
    let is_done = done >= of;
    // Something waits here: more came through the stage before than has left this one.
    let is_active = !is_done && (started_at.is_some() || former.is_none_or(|f| f.done > done || f.is_done()));
    let touched = [row.and_then(|r| r.updated_at), former.and_then(|f| f.updated_at.filter(|_| f.done > done))];
    let since = touched.into_iter().flatten().max().unwrap_or(planned_start);
    let is_late = !is_done && now > planned_end;
    StageTrack {
        stage,
        department: department_of(stage),
        owner: row.and_then(|r| r.owner_name.clone()),
        planned_start,
        planned_end,
        started_at,
        ended_at: row.and_then(|r| r.ended_at),
        forecast_at: row.and_then(|r| r.forecast_at).filter(|_| !is_done),
        done,
        of,
        state: match (is_done, is_late, started_at) {
            (true, ..) => StageState::Done,
            (false, true, _) => StageState::Late,
            (false, false, Some(_)) => StageState::Running,
            (false, false, None) => StageState::Waiting,
        },
        is_stale: is_active && calendar.working_minutes_between(since, now) > STALE_AFTER,
        updated_by: row.and_then(|r| r.updated_by.clone()),
        updated_at: row.and_then(|r| r.updated_at),
    }
}

/// When the batch will be signed for: each stage ends when its owner says, or as planned, or now where
/// that has passed; what comes after it takes as long as planned.
fn forecast(
    stages: &[StageTrack],
    promised_at: DateTime<Utc>,
    eta: Option<DateTime<Utc>>,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let planned_signing = stages.last().map_or(promised_at, |s| s.planned_end);
    stages
        .iter()
        .filter(|s| !s.is_done())
        .map(|s| {
            let said = if s.stage == DeliveryStage::Transit { eta.or(s.forecast_at) } else { s.forecast_at };
            let ends = said.unwrap_or(s.planned_end).max(now);
            calendar
                .add_working_minutes(ends, calendar.working_minutes_between(s.planned_end, planned_signing))
                .max(ends)
        })
        .max()
        .unwrap_or(promised_at)
}
