//! What customers owe: one function tells routing and gates the facts of credit, whatever they come from.

use super::{StoreError, Tx};
use crate::domain::credit::{CreditChange, CreditFacts};
use crate::domain::ids::{CustomerId, PersonId};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// Sums over what a customer owes, in the order of their `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct OwedRow {
    receivable: Decimal,
    unshipped: Decimal,
    oldest_due: Option<NaiveDate>,
    tolerated_until: Option<NaiveDate>,
}

/// Receivables of shipped orders and of before the system, credit parts of orders that are confirmed and
/// not shipped, and when the oldest receivable was due (DOMAIN 3.6). Prepaid milestones never count.
pub(super) fn facts(limit: Decimal, owed: &OwedRow) -> CreditFacts {
    CreditFacts {
        limit: Some(limit).filter(|limit| !limit.is_zero()),
        receivable: owed.receivable,
        unshipped: owed.unshipped,
        oldest_due: owed.oldest_due,
        tolerated_until: owed.tolerated_until,
    }
}

/// Keeps what finance changed; the customer's row carries the terms in force.
pub async fn change(
    tx: &mut Tx,
    customer: CustomerId,
    change: &CreditChange,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match change {
        CreditChange::Terms { limit, days, tolerated_until, reason } => {
            sqlx::query!(
                "INSERT INTO credit_terms (customer_id, no, credit_limit, credit_days, tolerated_until, reason, set_by, set_at)
                 SELECT $1, COALESCE(max(no), 0) + 1, $2, $3, $4, $5, $6, $7 FROM credit_terms WHERE customer_id = $1",
                customer.0, limit, days, *tolerated_until, reason, by.0, now
            )
            .execute(tx.conn())
            .await?;
            sqlx::query!(
                "UPDATE customer SET credit_limit = $2, credit_days = $3 WHERE id = $1",
                customer.0,
                limit,
                days
            )
            .execute(tx.conn())
            .await?;
        }
        CreditChange::Receivable { id, no, amount, due_on, note } => {
            sqlx::query!(
                "INSERT INTO opening_receivable (id, customer_id, no, amount, due_on, note, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                id, customer.0, no, amount, due_on, note.as_deref(), by.0, now
            )
            .execute(tx.conn())
            .await?;
        }
        CreditChange::Settled { id, settled_on, reference, .. } => {
            sqlx::query!(
                "UPDATE opening_receivable SET settled_on = $3, settled_by = $4, reference = $5 WHERE id = $1 AND customer_id = $2",
                id, customer.0, settled_on, by.0, reference
            )
            .execute(tx.conn())
            .await?;
        }
    }
    Ok(())
}

/// Credit terms as they were set.
#[derive(Debug, Clone)]
pub struct Terms {
    pub limit: Decimal,
    pub days: i32,
    pub tolerated_until: Option<NaiveDate>,
    pub reason: String,
    pub set_by: (String, String),
    pub set_at: DateTime<Utc>,
}

/// Every version of a customer's terms, newest first.
pub async fn history(conn: &mut PgConnection, customer: CustomerId) -> Result<Vec<Terms>, StoreError> {
    Ok(sqlx::query!(
        "SELECT t.*, p.name, p.name_en FROM credit_terms t JOIN person p ON p.id = t.set_by WHERE t.customer_id = $1 ORDER BY t.no DESC",
        customer.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Terms {
        limit: r.credit_limit,
        days: r.credit_days,
        tolerated_until: r.tolerated_until,
        reason: r.reason,
        set_by: (r.name, r.name_en),
        set_at: r.set_at,
    })
    .collect())
}

/// Something owed from before the system.
#[derive(Debug, Clone)]
pub struct Receivable {
    pub id: Uuid,
    pub no: String,
    pub amount: Decimal,
    pub due_on: NaiveDate,
    pub note: Option<String>,
    pub settled_on: Option<NaiveDate>,
    pub reference: Option<String>,
}

/// Open ones first, by due date.
pub async fn receivables(conn: &mut PgConnection, customer: CustomerId) -> Result<Vec<Receivable>, StoreError> {
    Ok(sqlx::query_as!(
        Receivable,
        "SELECT id, no, amount, due_on, note, settled_on, reference FROM opening_receivable WHERE customer_id = $1
         ORDER BY settled_on IS NOT NULL, due_on, no",
        customer.0
    )
    .fetch_all(conn)
    .await?)
}
