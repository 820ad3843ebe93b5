//! Items, duties and acknowledgments of a change record: rows of its statement and what they mean.

use super::StoreError;
use super::error::{known, known_opt};
use crate::domain::change::{Answer, Bearer, ChangeField, Duty, Item, Loss, Said};
use crate::domain::staff::Department;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A row of `change_item`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ItemRow {
    field: String,
    line_no: Option<i32>,
    before_value: String,
    after_value: String,
}

pub(super) fn item(i: ItemRow) -> Result<Item, StoreError> {
    Ok(Item {
        field: known("change_item", "field", &i.field, ChangeField::parse)?,
        line: i.line_no,
        before: i.before_value,
        after: i.after_value,
    })
}

/// A row of `change_duty` with its acknowledgment, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct SaidRow {
    department: String,
    asked_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    answer: Option<String>,
    comment: Option<String>,
    loss_amount: Option<Decimal>,
    borne_by: Option<String>,
    person_id: Option<Uuid>,
    name: Option<String>,
    at: Option<DateTime<Utc>>,
}

pub(super) fn duty(d: SaidRow) -> Result<Duty, StoreError> {
    let answer = known_opt("change_acknowledgment", "answer", d.answer.as_deref(), Answer::parse)?;
    let bearer = known_opt("change_acknowledgment", "borne_by", d.borne_by.as_deref(), Bearer::parse)?;
    let said = match (answer, d.person_id, d.at) {
        (Some(answer), Some(by), Some(at)) => Some(Said {
            answer,
            comment: d.comment,
            loss: d.loss_amount.zip(bearer).map(|(amount, borne_by)| Loss { amount, borne_by }),
            by: by.into(),
            by_name: d.name.unwrap_or_default(),
            at,
        }),
        _ => None,
    };
    Ok(Duty {
        department: known("change_duty", "department", &d.department, Department::parse)?,
        asked_at: d.asked_at,
        due_at: d.due_at,
        said,
    })
}
