//! Exceptions of a delivery and the credit notes of what came back.

use super::error::{known, known_opt};
use super::record::Recorded;
use super::{StoreError, Tx};
use crate::domain::delivery::{
    DelayCause, Disposition, Exception, ExceptionFacts, ExceptionKind, ExceptionStatus, GoodsReturn, Inspection,
    ReturnFreight, ReturnOutcome, Severity, Written,
};
use crate::domain::staff::Department;
use crate::domain::workflow::Event;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

fn written(text: Option<String>, by: Option<Uuid>, name: Option<String>, at: Option<DateTime<Utc>>) -> Option<Written> {
    Some(Written { text: text?, by: by?.into(), by_name: name?, at: at? })
}

/// A row of `delivery_exception`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ExceptionRow {
    id: Uuid,
    no: String,
    kind: String,
    severity: String,
    department: String,
    order_line_id: Option<Uuid>,
    shipment_id: Option<Uuid>,
    quantity: Option<Decimal>,
    text: String,
    cause: Option<String>,
    new_date: Option<DateTime<Utc>>,
    attempts: Option<i32>,
    freight_payer: Option<String>,
    claim_no: Option<String>,
    file_id: Option<Uuid>,
    found_at: DateTime<Utc>,
    is_automatic: bool,
    status: String,
    opened_by: Uuid,
    opened_name: String,
    opened_at: DateTime<Utc>,
    response_due_at: DateTime<Utc>,
    plan_due_at: DateTime<Utc>,
    response: Option<String>,
    responded_by: Option<Uuid>,
    responded_name: Option<String>,
    responded_at: Option<DateTime<Utc>>,
    disposition: Option<String>,
    plan: Option<String>,
    planned_by: Option<Uuid>,
    planned_name: Option<String>,
    planned_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    cost: Option<Decimal>,
    outcome: Option<String>,
    closed_by: Option<Uuid>,
    closed_name: Option<String>,
    closed_at: Option<DateTime<Utc>>,
}

pub(super) fn exception(e: ExceptionRow) -> Result<Exception, StoreError> {
    Ok(Exception {
        id: e.id.into(),
        no: e.no,
        facts: ExceptionFacts {
            kind: known("delivery_exception", "kind", &e.kind, ExceptionKind::parse)?,
            severity: known("delivery_exception", "severity", &e.severity, Severity::parse)?,
            department: known("delivery_exception", "department", &e.department, Department::parse)?,
            line: e.order_line_id.map(Into::into),
            shipment: e.shipment_id.map(Into::into),
            quantity: e.quantity,
            text: e.text,
            cause: known_opt("delivery_exception", "cause", e.cause.as_deref(), DelayCause::parse)?,
            new_date: e.new_date,
            attempts: e.attempts,
            freight_payer: known_opt(
                "delivery_exception",
                "freight_payer",
                e.freight_payer.as_deref(),
                ReturnFreight::parse,
            )?,
            claim_no: e.claim_no,
            file: e.file_id.map(Into::into),
            found_at: e.found_at,
        },
        is_automatic: e.is_automatic,
        status: known("delivery_exception", "status", &e.status, ExceptionStatus::parse)?,
        opened_by: e.opened_by.into(),
        opened_by_name: e.opened_name,
        opened_at: e.opened_at,
        response_due_at: e.response_due_at,
        plan_due_at: e.plan_due_at,
        response: written(e.response, e.responded_by, e.responded_name, e.responded_at),
        disposition: known_opt("delivery_exception", "disposition", e.disposition.as_deref(), Disposition::parse)?,
        plan: written(e.plan, e.planned_by, e.planned_name, e.planned_at),
        plan_until: e.due_at,
        cost: e.cost,
        outcome: written(e.outcome, e.closed_by, e.closed_name, e.closed_at),
    })
}

/// A row of `goods_return`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ReturnRow {
    id: Uuid,
    exception_id: Uuid,
    shipment_id: Uuid,
    order_line_id: Uuid,
    quantity: Decimal,
    inspection: String,
    outcome: String,
    freight_payer: String,
    credit_note: Option<String>,
    at: DateTime<Utc>,
}

pub(super) fn goods_return(r: ReturnRow) -> Result<GoodsReturn, StoreError> {
    Ok(GoodsReturn {
        id: r.id.into(),
        exception: r.exception_id.into(),
        shipment: r.shipment_id.into(),
        line: r.order_line_id.into(),
        quantity: r.quantity,
        inspection: known("goods_return", "inspection", &r.inspection, Inspection::parse)?,
        outcome: known("goods_return", "outcome", &r.outcome, ReturnOutcome::parse)?,
        freight: known("goods_return", "freight_payer", &r.freight_payer, ReturnFreight::parse)?,
        credit_note: r.credit_note,
        at: r.at,
    })
}

pub(super) async fn apply(tx: &mut Tx, event: &Event, how: &Recorded<'_>) -> Result<(), StoreError> {
    let (by, now) = (how.actor.0, how.now);
    match event {
        Event::ExceptionOpened { order, id, no, facts: f, is_automatic, response_due_at, plan_due_at } => {
            sqlx::query!(
                "INSERT INTO delivery_exception (id, no, order_id, order_line_id, shipment_id, kind, severity, department, quantity, text, cause, new_date,
                    attempts, freight_payer, claim_no, file_id, is_automatic, found_at, opened_by, opened_at, response_due_at, plan_due_at, status)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 'open')",
                id.0, no, order.0, f.line.map(|l| l.0), f.shipment.map(|s| s.0), f.kind.code(), f.severity.code(), f.department.code(), f.quantity,
                f.text, f.cause.map(DelayCause::code), f.new_date, f.attempts, f.freight_payer.map(ReturnFreight::code), f.claim_no.as_deref(),
                f.file.map(|a| a.0), is_automatic, f.found_at, by, now, response_due_at, plan_due_at
            )
            .execute(tx.conn())
            .await?;
        }
        Event::ExceptionAnswered { id, text, .. } => {
            sqlx::query!(
                "UPDATE delivery_exception SET responded_by = $2, responded_at = $3, response = $4 WHERE id = $1",
                id.0,
                by,
                now,
                text
            )
            .execute(tx.conn())
            .await?;
        }
        Event::ExceptionPlanned { id, plan, .. } => {
            sqlx::query!(
                "UPDATE delivery_exception SET status = 'planned', disposition = $2, plan = $3, due_at = $4, department = $5, cost = $6, planned_by = $7,
                    planned_at = $8 WHERE id = $1",
                id.0, plan.disposition.code(), plan.text, plan.due_at, plan.department.code(), plan.cost, by, now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::ExceptionClosed { id, outcome, cost, .. } => {
            sqlx::query!(
                "UPDATE delivery_exception SET status = 'closed', outcome = $2, cost = COALESCE($3, cost), closed_by = $4, closed_at = $5 WHERE id = $1",
                id.0, outcome, *cost, by, now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::CreditNoteRecorded { goods_return, no, .. } => {
            sqlx::query!(
                "INSERT INTO credit_note (return_id, no, by_id, at) VALUES ($1, $2, $3, $4)",
                goods_return.0,
                no,
                by,
                now
            )
            .execute(tx.conn())
            .await?;
        }
        _ => {}
    }
    Ok(())
}
