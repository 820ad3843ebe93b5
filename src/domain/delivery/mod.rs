//! Delivery (DOMAIN 1.6, 7.3–7.7, 7.10): promises per batch with their slips, stages, quality
//! control, picking, exceptions and what the customer was told.
//!
//! The one rule: quantities are facts that people record; states, progress, lateness and what is
//! owed follow from them and are never stored as somebody's opinion. No text for people here.

mod exception;
mod plan;
mod progress;
mod track;

pub use exception::{
    Disposition, Exception, ExceptionFacts, ExceptionKind, ExceptionPlan, ExceptionStatus, GoodsReturn, Inspection,
    PLAN_WITHIN, RESPONSE_WITHIN, ReturnFreight, ReturnOutcome, Severity, Written,
};
pub use plan::{Planned, STAGES, department_of, plan, transit_time};
pub use progress::{Quantities, line_progress, order_progress};
pub use track::{BatchTrack, LineTrack, NOTICE_AHEAD, StageState, StageTrack, Track, stage_quantities, track};

use super::codes::codes;
use super::ids::{OrderLineId, PersonId, PickingId};
use super::order::DeliveryStage;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(
    /// Why a promise moves (DOMAIN 7.7, delay).
    DelayCause {
        Production = "production", Material = "material", Logistics = "logistics", Customer = "customer",
        ForceMajeure = "force_majeure",
    }
);
codes!(Appearance { Fine = "fine", Damaged = "damaged" });
codes!(ToldAbout { ShipOut = "ship_out", Delay = "delay", SignOff = "sign_off", Progress = "progress" });
codes!(ToldBy { Copied = "copied", Mail = "mail", Phone = "phone", Wechat = "wechat" });

/// What of a line is promised for when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub line: OrderLineId,
    /// From 1, in the order in which the batches leave.
    pub no: i32,
    pub quantity: Decimal,
    /// The first promise; on-time delivery is measured against it.
    pub original_at: DateTime<Utc>,
    pub promised_at: DateTime<Utc>,
    pub slips: Vec<Slip>,
}

/// One move of a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub cause: DelayCause,
    pub reason: String,
    /// What the customer was told.
    pub told: String,
    pub at: DateTime<Utc>,
}

/// One stage of one batch as stored: its plan, what happened, who keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRow {
    pub line: OrderLineId,
    pub batch_no: i32,
    pub stage: DeliveryStage,
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When the stage's owner expects its end.
    pub forecast_at: Option<DateTime<Utc>>,
    pub owner: Option<PersonId>,
    pub owner_name: Option<String>,
    pub done: Decimal,
    pub updated_by: Option<String>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A quantity taken off the shelf; somebody else checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picking {
    pub id: PickingId,
    pub line: OrderLineId,
    pub quantity: Decimal,
    pub location: Option<String>,
    pub picked_by: PersonId,
    pub picked_by_name: String,
    pub picked_at: DateTime<Utc>,
    pub checked_by_name: Option<String>,
    pub checked_at: Option<DateTime<Utc>>,
    /// The order became another or ended before anybody checked it.
    pub voided_at: Option<DateTime<Utc>>,
}

impl Picking {
    /// Waits for somebody else to check it.
    pub fn waits(&self) -> bool {
        self.checked_at.is_none() && self.voided_at.is_none()
    }
}

/// What production reported at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub line: OrderLineId,
    pub work_order: Option<String>,
    pub good: Decimal,
    pub scrap: Decimal,
    pub by_name: String,
    pub at: DateTime<Utc>,
}

/// That the customer was told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub about: ToldAbout,
    pub channel: ToldBy,
    pub text: String,
    pub told_at: DateTime<Utc>,
    pub by_name: String,
}

/// How a shipment travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrangement {
    /// Carrier and waybill, or who fetches the goods.
    pub carrier: Option<String>,
    pub waybill_no: Option<String>,
    pub pick_up: Option<PickUp>,
    pub packages: i32,
    /// Kilograms.
    pub weight: Option<Decimal>,
    /// Yuan; an internal figure.
    pub freight: Option<Decimal>,
    pub driver_phone: Option<String>,
    pub eta: Option<chrono::NaiveDate>,
    /// The customer's consent to a part, where the order allows none.
    pub consent: Option<String>,
    /// Why another carrier than the customer's wish.
    pub deviation: Option<String>,
}

/// Self pick-up: the person, and how the identity was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickUp {
    pub name: String,
    pub id_note: String,
}

/// Everything beside the line quantities that a delivery consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracking {
    pub batches: Vec<Batch>,
    pub stages: Vec<StageRow>,
    pub pickings: Vec<Picking>,
    pub runs: Vec<Run>,
    pub exceptions: Vec<Exception>,
    pub returns: Vec<GoodsReturn>,
    pub told: Vec<Told>,
}

impl Tracking {
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|e| e.status != ExceptionStatus::Closed)
    }
}
