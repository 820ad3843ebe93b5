//! Receipts and invoices of orders, due dates, and the list of what is due and open.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::customer::InvoiceKind;
use crate::domain::ids::PersonId;
use crate::domain::order_worth::{Part, Reduced};
use crate::domain::policy::VisibleTo;
use crate::domain::quote::PaymentTrigger;
use crate::domain::receivable::{Invoice, Receipt};
use crate::domain::workflow::Event;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `receipt`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct ReceiptRow {
    id: Uuid,
    position: i32,
    amount: Decimal,
    received_at: DateTime<Utc>,
    reference: String,
    corrects_id: Option<Uuid>,
    reason: Option<String>,
    by_name: String,
}

pub(super) fn receipt(r: ReceiptRow) -> Receipt {
    Receipt {
        id: r.id.into(),
        position: r.position,
        amount: r.amount,
        received_at: r.received_at,
        reference: r.reference,
        corrects: r.corrects_id.map(Into::into),
        reason: r.reason,
        by_name: r.by_name,
    }
}

/// A row of `invoice`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct InvoiceRow {
    id: Uuid,
    kind: String,
    number: String,
    on: NaiveDate,
    net: Decimal,
    tax: Decimal,
    covers: String,
    red_of: Option<Uuid>,
}

pub(super) fn invoice(i: InvoiceRow) -> Result<Invoice, StoreError> {
    Ok(Invoice {
        id: i.id.into(),
        kind: known("invoice", "kind", &i.kind, InvoiceKind::parse)?,
        number: i.number,
        on: i.on,
        net: i.net,
        tax: i.tax,
        covers: i.covers,
        red_of: i.red_of.map(Into::into),
    })
}

/// Writes a receipt, a counter entry, an invoice or a due date; `id` is for a new receipt.
pub async fn apply(tx: &mut Tx, event: &Event, id: Uuid, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    match event {
        Event::ReceiptRecorded { order, position, amount, received_at, reference } => {
            sqlx::query!(
                "INSERT INTO receipt (id, order_id, position, amount, received_at, reference, recorded_by, recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                id,
                order.0,
                position,
                amount,
                received_at,
                reference,
                by.0,
                now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::ReceiptCorrected { order, receipt, position, amount, reference, received_at, reason } => {
            sqlx::query!(
                "INSERT INTO receipt (id, order_id, position, amount, received_at, reference, corrects_id, reason, recorded_by, recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                id,
                order.0,
                position,
                amount,
                received_at,
                reference,
                receipt.0,
                reason,
                by.0,
                now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::InvoiceRecorded { order, invoice } => {
            sqlx::query!(
                "INSERT INTO invoice (id, order_id, kind, number, invoiced_on, net, tax, gross, covers, red_of, recorded_by, recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                invoice.id.0,
                order.0,
                invoice.kind.code(),
                invoice.number,
                invoice.on,
                invoice.net,
                invoice.tax,
                invoice.gross(),
                invoice.covers,
                invoice.red_of.map(|r| r.0),
                by.0,
                now
            )
            .execute(tx.conn())
            .await?;
        }
        Event::MilestoneDue { order, position, due_on } => {
            sqlx::query!(
                "UPDATE milestone SET due_on = $3 WHERE order_id = $1 AND position = $2",
                order.0,
                position,
                *due_on
            )
            .execute(tx.conn())
            .await?;
        }
        _ => {}
    }
    Ok(())
}

/// What an order comes to by what was delivered: its lines, its milestones, and a row that stays.
pub async fn reduce(tx: &mut Tx, event: &Event, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Event::OrderReduced { order, came_to, comes_to, refund, lines, milestones } = event else { return Ok(()) };
    sqlx::query!(
        "INSERT INTO order_reduction (order_id, reduction_no, came_to, comes_to, refund, made_at)
         VALUES ($1, (SELECT count(*) FROM order_reduction r WHERE r.order_id = $1)::integer + 1, $2, $3, $4, $5)",
        order.0,
        came_to,
        comes_to,
        refund,
        now
    )
    .execute(tx.conn())
    .await?;
    for Reduced { line, off } in lines {
        sqlx::query!(
            "UPDATE order_line SET off_quantity = $2, off_net = $3, off_tax = $4, off_gross = $5 WHERE id = $1",
            line.0,
            off.quantity,
            off.amounts.net,
            off.amounts.tax,
            off.amounts.gross
        )
        .execute(tx.conn())
        .await?;
    }
    for Part { position, amount } in milestones {
        sqlx::query!(
            "UPDATE milestone SET amount = $3 WHERE order_id = $1 AND position = $2",
            order.0,
            position,
            amount
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// What an open amount is owed for.
#[derive(Debug, Clone)]
pub enum OwedFor {
    Milestone {
        deal_no: String,
        position: i32,
        trigger: PaymentTrigger,
    },
    /// Owed since before the system, whatever for.
    Before,
}

/// One payment that is due and not made.
#[derive(Debug, Clone)]
pub struct OpenRow {
    /// The order's number, or that of the document from before the system.
    pub no: String,
    pub owed_for: OwedFor,
    pub customer_no: String,
    pub customer_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub amount: Decimal,
    pub open: Decimal,
    pub due_on: NaiveDate,
}

/// The first rows, and the sums over all of them.
#[derive(Debug, Clone)]
pub struct OpenRows {
    pub rows: Vec<OpenRow>,
    pub total: Decimal,
    pub late: Decimal,
}

/// What is due and open, the longest overdue first; with `only_late` what was due before today.
pub async fn open(
    conn: &mut PgConnection,
    to: VisibleTo,
    today: NaiveDate,
    only_late: bool,
    limit: i64,
) -> Result<OpenRows, StoreError> {
    let (all, person, manager) = match to {
        VisibleTo::Everything => (true, None, None),
        VisibleTo::Team { person, manager } => (false, Some(person.0), Some(manager.0)),
        VisibleTo::Own { person } => (false, Some(person.0), None),
        VisibleTo::Reached { .. } | VisibleTo::Nothing => (false, None, None),
    };
    // What is open is said twice: as the index has it, and as the statistics have it, which know how little that is.
    let found = sqlx::query!(
        r#"SELECT x.deal_no AS "deal_no?", x.no AS "no!", x.customer_no AS "customer_no!", x.customer_name AS "customer_name!", x.name AS "name!",
              x.name_en AS "name_en!", x.position AS "position?", x.trigger AS "trigger?", x.amount AS "amount!", x.open AS "open!", x.due_on AS "due_on!",
              sum(x.open) OVER () AS "total!", COALESCE(sum(x.open) FILTER (WHERE x.due_on < $4) OVER (), 0) AS "late!"
           FROM (SELECT d.no AS deal_no, o.no, c.customer_no, COALESCE(c.short_name, c.legal_name) AS customer_name, w.name, w.name_en,
                    m.position, m.trigger, m.amount, m.amount - m.received AS open, m.due_on
                 FROM milestone m JOIN sales_order o ON o.id = m.order_id JOIN deal d ON d.id = o.deal_id
                 JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id
                 WHERE m.received < m.amount AND m.amount - m.received > 0 AND m.due_on IS NOT NULL AND o.status <> 'cancelled'
                   AND ($1 OR d.owner_id = $2 OR d.owner_id = $3 OR w.manager_id = $3)
                 UNION ALL
                 SELECT NULL, r.no, c.customer_no, COALESCE(c.short_name, c.legal_name), w.name, w.name_en,
                    NULL, NULL, r.amount, r.amount, r.due_on
                 FROM opening_receivable r JOIN customer c ON c.id = r.customer_id JOIN person w ON w.id = c.owner_id
                 WHERE r.settled_on IS NULL AND ($1 OR c.owner_id = $2 OR c.owner_id = $3 OR w.manager_id = $3)) x
           WHERE NOT $5 OR x.due_on < $4
           ORDER BY x.due_on, x.no, x.position LIMIT $6"#,
        all,
        person,
        manager,
        today,
        only_late,
        limit
    )
    .fetch_all(conn)
    .await?;
    let (total, late) = found.first().map(|r| (r.total, r.late)).unwrap_or_default();
    let rows = found
        .into_iter()
        .map(|r| {
            let owed_for = match (r.deal_no, r.position, r.trigger) {
                (Some(deal_no), Some(position), Some(trigger)) => OwedFor::Milestone {
                    deal_no,
                    position,
                    trigger: known("milestone", "trigger", &trigger, PaymentTrigger::parse)?,
                },
                _ => OwedFor::Before,
            };
            Ok(OpenRow {
                no: r.no,
                owed_for,
                customer_no: r.customer_no,
                customer_name: r.customer_name,
                owner_name: r.name,
                owner_name_en: r.name_en,
                amount: r.amount,
                open: r.open,
                due_on: r.due_on,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(OpenRows { rows, total, late })
}
