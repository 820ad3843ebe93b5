//! Requirement versions: rows to `Requirement` and back.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::customer::InvoiceKind;
use crate::domain::ids::{DealId, RequirementId};
use crate::domain::requirement::{
    Channel, DeliveryMode, LineKind, MatchKind, PaymentWish, Requirement, RequirementConfirmMethod,
    RequirementConfirmation, RequirementContent, RequirementLine, RequirementStatus, Special,
};
use crate::domain::staff::Department;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

const TABLE: &str = "requirement";

/// The newest version, or the one asked for.
pub async fn load(
    conn: &mut PgConnection,
    deal: DealId,
    version_no: Option<i32>,
) -> Result<Option<Requirement>, StoreError> {
    let Some(r) = sqlx::query!(
        "SELECT * FROM requirement WHERE deal_id = $1 AND ($2::int IS NULL OR version_no = $2) ORDER BY version_no DESC LIMIT 1",
        deal.0, version_no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let lines = sqlx::query!(
        "SELECT l.*, p.code AS product_code, p.name AS product_name FROM requirement_line l JOIN product p ON p.id = l.product_id
         WHERE l.requirement_id = $1 ORDER BY l.line_no",
        r.id
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|l| {
        Ok(RequirementLine {
            id: l.id.into(),
            kind: known("requirement_line", "kind", &l.kind, LineKind::parse)?,
            product: l.product_id.into(),
            product_code: l.product_code,
            product_name: l.product_name,
            spec: l.spec,
            quantity: l.quantity,
            unit: l.unit,
            standard: l.standard,
            packaging: l.packaging,
            match_kind: known("requirement_line", "match_kind", &l.match_kind, MatchKind::parse)?,
            note: l.note,
        })
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    let specials = sqlx::query!("SELECT * FROM requirement_special WHERE requirement_id = $1 ORDER BY position", r.id)
        .fetch_all(&mut *conn)
        .await?
        .into_iter()
        .map(|s| {
            Ok(Special {
                text: s.text,
                department: known("requirement_special", "department", &s.department, Department::parse)?,
                applies: s.applies,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let method = known_opt(TABLE, "confirm_method", r.confirm_method.as_deref(), RequirementConfirmMethod::parse)?;
    let confirmation = match (method, r.confirm_contact, r.confirmed_at, r.confirmed_by) {
        (Some(method), Some(contact), Some(at), Some(by)) => Some(RequirementConfirmation {
            method,
            contact,
            file: r.confirm_file_id.map(Into::into),
            at,
            by: by.into(),
            file_owed_by: r.file_owed_by,
        }),
        _ => None,
    };
    Ok(Some(Requirement {
        id: r.id.into(),
        no: r.no,
        version_no: r.version_no,
        status: known(TABLE, "status", &r.status, RequirementStatus::parse)?,
        sent_at: r.sent_at,
        confirmation,
        content: RequirementContent {
            contact: r.contact_id.map(Into::into),
            channel: known(TABLE, "channel", &r.channel, Channel::parse)?,
            purpose: r.purpose,
            budget_from: r.budget_from,
            budget_to: r.budget_to,
            wanted_at: r.wanted_at,
            ship_address: r.ship_address,
            ship_receiver: r.ship_receiver,
            ship_phone: r.ship_phone,
            delivery_mode: known(TABLE, "delivery_mode", &r.delivery_mode, DeliveryMode::parse)?,
            partial_allowed: r.partial_allowed,
            payment_wish: known(TABLE, "payment_wish", &r.payment_wish, PaymentWish::parse)?,
            invoice_need: known(TABLE, "invoice_need", &r.invoice_need, InvoiceKind::parse)?,
            warranty: r.warranty,
            acceptance: r.acceptance,
            lines,
            specials,
        },
    }))
}

/// Inserts the draft or rewrites it.
pub async fn save(
    tx: &mut Tx,
    deal: DealId,
    id: RequirementId,
    no: &str,
    version_no: i32,
    c: &RequirementContent,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO requirement (id, deal_id, no, version_no, status, contact_id, channel, purpose, budget_from, budget_to, wanted_at, ship_address,
            ship_receiver, ship_phone, delivery_mode, partial_allowed, payment_wish, invoice_need, warranty, acceptance, created_at)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT (id) DO UPDATE SET contact_id = $5, channel = $6, purpose = $7, budget_from = $8, budget_to = $9, wanted_at = $10,
            ship_address = $11, ship_receiver = $12, ship_phone = $13, delivery_mode = $14, partial_allowed = $15, payment_wish = $16,
            invoice_need = $17, warranty = $18, acceptance = $19",
        id.0, deal.0, no, version_no, c.contact.map(|x| x.0), c.channel.code(), c.purpose, c.budget_from, c.budget_to, c.wanted_at, c.ship_address,
        c.ship_receiver, c.ship_phone, c.delivery_mode.code(), c.partial_allowed, c.payment_wish.code(), c.invoice_need.code(),
        c.warranty.as_deref(), c.acceptance, now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM requirement_line WHERE requirement_id = $1", id.0).execute(tx.conn()).await?;
    for (i, l) in c.lines.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO requirement_line (id, requirement_id, line_no, kind, product_id, spec, quantity, unit, standard, packaging, match_kind, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            l.id.0, id.0, i32::try_from(i).unwrap_or(0) + 1, l.kind.code(), l.product.0, l.spec, l.quantity, l.unit, l.standard.as_deref(),
            l.packaging.as_deref(), l.match_kind.code(), l.note.as_deref()
        )
        .execute(tx.conn())
        .await?;
    }
    sqlx::query!("DELETE FROM requirement_special WHERE requirement_id = $1", id.0).execute(tx.conn()).await?;
    for (i, s) in c.specials.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO requirement_special (requirement_id, position, text, department, applies) VALUES ($1, $2, $3, $4, $5)",
            id.0, i32::try_from(i).unwrap_or(0) + 1, s.text, s.department.code(), s.applies
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn set_status(
    tx: &mut Tx,
    id: RequirementId,
    status: RequirementStatus,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE requirement SET status = $2, sent_at = CASE WHEN $2 = 'sent' THEN $3 ELSE sent_at END WHERE id = $1",
        id.0,
        status.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_confirmed(tx: &mut Tx, id: RequirementId, c: &RequirementConfirmation) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE requirement SET status = 'confirmed', confirm_method = $2, confirm_contact = $3, confirm_file_id = $4, confirmed_at = $5,
            confirmed_by = $6, file_owed_by = $7 WHERE id = $1",
        id.0, c.method.code(), c.contact, c.file.map(|f| f.0), c.at, c.by.0, c.file_owed_by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
