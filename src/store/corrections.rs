//! Change records by the customer's correction that they came from, and the order's invoice data that they move.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::change::ChangeStatus;
use crate::domain::ids::{DealId, LinkAnswerId, OrderId};
use crate::domain::invoice_block::InvoiceBlock;
use sqlx::PgConnection;

/// A change record that came of a customer's correction.
#[derive(Debug, Clone)]
pub struct Record {
    pub answer: LinkAnswerId,
    pub deal: DealId,
    pub no: String,
    pub status: ChangeStatus,
    pub is_filed: bool,
}

/// The records of these corrections in all deals, newest first.
pub async fn records(conn: &mut PgConnection, answers: &[LinkAnswerId]) -> Result<Vec<Record>, StoreError> {
    let ids: Vec<uuid::Uuid> = answers.iter().map(|a| a.0).collect();
    sqlx::query!(
        r#"SELECT link_answer_id AS "answer!", deal_id, no, status, filed_at IS NOT NULL AS "is_filed!"
           FROM change_request WHERE link_answer_id = ANY ($1) ORDER BY created_at DESC, no DESC"#,
        &ids
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Record {
            answer: r.answer.into(),
            deal: r.deal_id.into(),
            no: r.no,
            status: known("change_request", "status", &r.status, ChangeStatus::parse)?,
            is_filed: r.is_filed,
        })
    })
    .collect()
}

/// Whom the invoice of an order is made out to from now on, where it is another.
pub async fn amend_invoice(tx: &mut Tx, order: OrderId, to: Option<&InvoiceBlock>) -> Result<(), StoreError> {
    let Some(to) = to else { return Ok(()) };
    sqlx::query!(
        "UPDATE sales_order SET invoice_title = $2, invoice_tax_no = $3, invoice_bank = $4, invoice_account = $5, invoice_delivery = $6 WHERE id = $1",
        order.0,
        to.title.as_deref(),
        to.tax_no.as_deref(),
        to.bank.as_deref(),
        to.account.as_deref(),
        to.delivery.as_deref()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
