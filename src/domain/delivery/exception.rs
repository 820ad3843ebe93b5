//! Exceptions (DOMAIN 7.7): what each kind must contain, the limits for an answer and a plan, and
//! goods that come back.
//!
//! The one rule: an exception is opened with facts, planned with a way out, closed with an outcome;
//! a severe one is closed by somebody else than its opener.

use crate::domain::calendar::WorkingMinutes;
use crate::domain::codes::codes;
use crate::domain::delivery::DelayCause;
use crate::domain::ids::{AttachmentId, ExceptionId, OrderLineId, PersonId, ReturnId, ShipmentId};
use crate::domain::staff::Department;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

codes!(ExceptionKind {
    Shortage = "shortage", Delay = "delay", QcFail = "qc_fail", Damage = "damage", ShortOrWrong = "short_or_wrong",
    Refused = "refused", Return = "return", Replace = "replace", Unreachable = "unreachable",
});
codes!(ExceptionStatus { Open = "open", Planned = "planned", Closed = "closed" });
codes!(Severity { Normal = "normal", Severe = "severe" });
codes!(Disposition {
    Rework = "rework", Scrap = "scrap", SplitBatch = "split_batch", Substitute = "substitute", Expedite = "expedite",
    Replace = "replace", Credit = "credit", Resend = "resend", TakeBack = "take_back", Redeliver = "redeliver",
});
codes!(
    /// What the inspection of returned goods found; lost goods never came.
    Inspection { Good = "good", Damaged = "damaged", Lost = "lost" }
);
codes!(ReturnOutcome { Replace = "replace", Credit = "credit" });
codes!(ReturnFreight { Seller = "seller", Buyer = "buyer", Carrier = "carrier" });

/// Working time until somebody answers.
pub const RESPONSE_WITHIN: WorkingMinutes = WorkingMinutes::hours(2);
/// Working time until there is a plan.
pub const PLAN_WITHIN: WorkingMinutes = WorkingMinutes::hours(8);

/// What was found, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionFacts {
    pub kind: ExceptionKind,
    pub severity: Severity,
    /// Who has to deal with it.
    pub department: Department,
    pub line: Option<OrderLineId>,
    pub shipment: Option<ShipmentId>,
    pub quantity: Option<Decimal>,
    pub text: String,
    pub cause: Option<DelayCause>,
    pub new_date: Option<DateTime<Utc>>,
    /// How often the carrier tried.
    pub attempts: Option<i32>,
    pub freight_payer: Option<ReturnFreight>,
    pub claim_no: Option<String>,
    pub file: Option<AttachmentId>,
    pub found_at: DateTime<Utc>,
}

impl ExceptionFacts {
    /// The fields that this kind must contain and does not, whoever carried the goods.
    pub fn missing(&self) -> Vec<&'static str> {
        let asked: &[&'static str] = match self.kind {
            ExceptionKind::Shortage => &["exception_line", "quantity", "new_date"],
            ExceptionKind::Delay => &["exception_line", "delay_cause", "new_date"],
            ExceptionKind::QcFail => &["exception_line", "quantity"],
            ExceptionKind::Damage => &["exception_shipment", "quantity", "photo"],
            ExceptionKind::ShortOrWrong => &["exception_shipment", "exception_line", "quantity"],
            ExceptionKind::Refused => &["exception_shipment"],
            ExceptionKind::Return => &["exception_shipment", "quantity", "freight_payer"],
            ExceptionKind::Replace => &["exception_shipment", "exception_line", "quantity", "freight_payer"],
            ExceptionKind::Unreachable => &["exception_shipment", "attempts"],
        };
        asked.iter().copied().filter(|field| !self.has(field)).collect()
    }

    fn has(&self, field: &str) -> bool {
        match field {
            "exception_line" => self.line.is_some(),
            "exception_shipment" => self.shipment.is_some(),
            "quantity" => self.quantity.is_some(),
            "delay_cause" => self.cause.is_some(),
            "new_date" => self.new_date.is_some(),
            "photo" => self.file.is_some(),
            "freight_payer" => self.freight_payer.is_some(),
            "attempts" => self.attempts.is_some(),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionPlan {
    pub disposition: Disposition,
    pub text: String,
    pub due_at: DateTime<Utc>,
    pub department: Department,
    /// Yuan, as expected.
    pub cost: Option<Decimal>,
}

/// A text with its author and moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub id: ExceptionId,
    pub no: String,
    pub facts: ExceptionFacts,
    pub is_automatic: bool,
    pub status: ExceptionStatus,
    pub opened_by: PersonId,
    pub opened_by_name: String,
    pub opened_at: DateTime<Utc>,
    pub response_due_at: DateTime<Utc>,
    pub plan_due_at: DateTime<Utc>,
    pub response: Option<Written>,
    pub disposition: Option<Disposition>,
    pub plan: Option<Written>,
    pub plan_until: Option<DateTime<Utc>>,
    pub cost: Option<Decimal>,
    pub outcome: Option<Written>,
}

impl Exception {
    /// The limit that runs now: answer, then plan, then what was planned.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        match self.status {
            ExceptionStatus::Open if self.response.is_none() => Some(self.response_due_at),
            ExceptionStatus::Open => Some(self.plan_due_at),
            ExceptionStatus::Planned => self.plan_until,
            ExceptionStatus::Closed => None,
        }
    }
}

/// Goods of a shipment that came back or were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsReturn {
    pub id: ReturnId,
    pub exception: ExceptionId,
    pub shipment: ShipmentId,
    pub line: OrderLineId,
    pub quantity: Decimal,
    pub inspection: Inspection,
    pub outcome: ReturnOutcome,
    pub freight: ReturnFreight,
    pub credit_note: Option<String>,
    pub at: DateTime<Utc>,
}

impl GoodsReturn {
    /// Finance still owes the red-letter invoice.
    pub fn owes_credit_note(&self) -> bool {
        self.outcome == ReturnOutcome::Credit && self.credit_note.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn bare(kind: ExceptionKind) -> ExceptionFacts {
        ExceptionFacts {
            kind,
            severity: Severity::Normal,
            department: Department::Warehouse,
            line: None,
            shipment: None,
            quantity: None,
            text: "外箱破损".to_owned(),
            cause: None,
            new_date: None,
            attempts: None,
            freight_payer: None,
            claim_no: None,
            file: None,
            found_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn each_kind_says_what_it_must_contain() {
        let missing = |kind| bare(kind).missing();
        assert_eq!(missing(ExceptionKind::Shortage), ["exception_line", "quantity", "new_date"]);
        assert_eq!(missing(ExceptionKind::Delay), ["exception_line", "delay_cause", "new_date"]);
        assert_eq!(missing(ExceptionKind::QcFail), ["exception_line", "quantity"]);
        assert_eq!(missing(ExceptionKind::Damage), ["exception_shipment", "quantity", "photo"]);
        assert_eq!(missing(ExceptionKind::ShortOrWrong), ["exception_shipment", "exception_line", "quantity"]);
        assert_eq!(missing(ExceptionKind::Refused), ["exception_shipment"]);
        assert_eq!(missing(ExceptionKind::Return), ["exception_shipment", "quantity", "freight_payer"]);
        assert_eq!(
            missing(ExceptionKind::Replace),
            ["exception_shipment", "exception_line", "quantity", "freight_payer"]
        );
        assert_eq!(missing(ExceptionKind::Unreachable), ["exception_shipment", "attempts"]);
        let whole = ExceptionFacts {
            line: Some(OrderLineId(Uuid::nil())),
            quantity: Some(Decimal::ONE),
            new_date: Some(DateTime::UNIX_EPOCH),
            ..bare(ExceptionKind::Shortage)
        };
        assert!(whole.missing().is_empty());
    }
}
