//! Quote versions: rows to `Quote` and back.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::deal::LostReason;
use crate::domain::ids::{DealId, PersonId, QuoteId, RequirementId};
use crate::domain::pricing::{PolicyPrice, PriceSource};
use crate::domain::quote::{
    FreightPayer, PaymentTerm, PaymentTrigger, Priced, Quote, QuoteLine, QuoteLineKind, QuoteStatus, QuoteTerms,
};
use crate::domain::requirement::DeliveryMode;
use crate::domain::tax::{LineAmounts, TaxBasis, totals};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

/// The newest version, or the one asked for.
pub async fn load(conn: &mut PgConnection, deal: DealId, version_no: Option<i32>) -> Result<Option<Quote>, StoreError> {
    let Some(r) = sqlx::query!(
        "SELECT * FROM quote WHERE deal_id = $1 AND ($2::int IS NULL OR version_no = $2) ORDER BY version_no DESC LIMIT 1",
        deal.0, version_no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let lines = sqlx::query!("SELECT * FROM quote_line WHERE quote_id = $1 ORDER BY line_no", r.id)
        .fetch_all(&mut *conn)
        .await?
        .into_iter()
        .map(|l| {
            let source = known_opt("quote_line", "price_source", l.price_source.as_deref(), PriceSource::parse)?;
            let policy = match (l.policy_price, l.floor_price, source) {
                (Some(unit_price), Some(floor_price), Some(source)) => Some(PolicyPrice {
                    unit_price,
                    floor_price,
                    source,
                    list_code: l.price_list_code.unwrap_or_default(),
                    from_quantity: l.price_from_quantity.unwrap_or_default(),
                }),
                _ => None,
            };
            Ok(QuoteLine {
                id: l.id.into(),
                requirement_line: l.requirement_line_id.map(Into::into),
                kind: known("quote_line", "kind", &l.kind, QuoteLineKind::parse)?,
                product: l.product_id.map(Into::into),
                name: l.name,
                spec: l.spec,
                packaging: l.packaging,
                quantity: l.quantity,
                unit: l.unit,
                policy,
                unit_price: l.unit_price,
                discount_rate: l.discount_rate,
                discount_reason: l.discount_reason,
                tax_rate: l.tax_rate,
                discount_share: l.discount_share,
                amounts: LineAmounts { net: l.net, tax: l.tax, gross: l.gross },
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let payment_terms = sqlx::query!("SELECT * FROM payment_term WHERE quote_id = $1 ORDER BY position", r.id)
        .fetch_all(&mut *conn)
        .await?
        .into_iter()
        .map(|t| {
            Ok(PaymentTerm {
                percent: t.percent,
                trigger: known("payment_term", "trigger", &t.trigger, PaymentTrigger::parse)?,
                days: t.days,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let rated: Vec<_> = lines.iter().map(|l| (l.tax_rate, l.amounts)).collect();
    Ok(Some(Quote {
        id: r.id.into(),
        requirement: r.requirement_id.into(),
        no: r.no,
        version_no: r.version_no,
        status: known("quote", "status", &r.status, QuoteStatus::parse)?,
        quote_date: r.quote_date,
        terms: QuoteTerms {
            valid_until: r.valid_until,
            tax_basis: known("quote", "tax_basis", &r.tax_basis, TaxBasis::parse)?,
            deliver_at: r.deliver_at,
            place: r.place,
            delivery_mode: known("quote", "delivery_mode", &r.delivery_mode, DeliveryMode::parse)?,
            freight_payer: known("quote", "freight_payer", &r.freight_payer, FreightPayer::parse)?,
            warranty: r.warranty,
            internal_note: r.internal_note,
            whole_discount: r.whole_discount,
            payment_terms,
        },
        priced: Priced {
            lines,
            totals: totals(&rated),
            max_discount: r.max_discount,
            is_below_floor: r.is_below_floor,
        },
        content_hash: r.content_hash,
        requested_by: r.requested_by.into(),
        submitted_at: r.submitted_at,
        approved_at: r.approved_at,
        sent_at: r.sent_at,
    }))
}

/// The head of a version to save.
pub struct QuoteHead<'a> {
    pub id: QuoteId,
    pub requirement: RequirementId,
    pub no: &'a str,
    pub version_no: i32,
    pub quote_date: NaiveDate,
}

/// Inserts the draft or rewrites it.
pub async fn save(
    tx: &mut Tx,
    deal: DealId,
    head: &QuoteHead<'_>,
    t: &QuoteTerms,
    p: &Priced,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO quote (id, deal_id, requirement_id, no, version_no, status, quote_date, valid_until, tax_basis, deliver_at, place, delivery_mode,
            freight_payer, warranty, internal_note, whole_discount, net, tax, gross, max_discount, is_below_floor, requested_by, created_at)
         VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         ON CONFLICT (id) DO UPDATE SET requirement_id = $3, quote_date = $6, valid_until = $7, tax_basis = $8, deliver_at = $9, place = $10,
            delivery_mode = $11, freight_payer = $12, warranty = $13, internal_note = $14, whole_discount = $15, net = $16, tax = $17, gross = $18,
            max_discount = $19, is_below_floor = $20, requested_by = $21",
        head.id.0, deal.0, head.requirement.0, head.no, head.version_no, head.quote_date, t.valid_until, t.tax_basis.code(), t.deliver_at, t.place,
        t.delivery_mode.code(), t.freight_payer.code(), t.warranty, t.internal_note.as_deref(), t.whole_discount, p.totals.net, p.totals.tax,
        p.totals.gross, p.max_discount, p.is_below_floor, by.0, now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("DELETE FROM quote_line WHERE quote_id = $1", head.id.0).execute(tx.conn()).await?;
    for (i, l) in p.lines.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO quote_line (id, quote_id, line_no, requirement_line_id, kind, product_id, name, spec, packaging, quantity, unit, policy_price,
                floor_price, price_source, price_list_code, price_from_quantity, unit_price, discount_rate, discount_reason, tax_rate, discount_share,
                net, tax, gross)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
            l.id.0, head.id.0, i32::try_from(i).unwrap_or(0) + 1, l.requirement_line.map(|x| x.0), l.kind.code(), l.product.map(|x| x.0), l.name,
            l.spec, l.packaging.as_deref(), l.quantity, l.unit, l.policy.as_ref().map(|x| x.unit_price), l.policy.as_ref().map(|x| x.floor_price),
            l.policy.as_ref().map(|x| x.source.code()), l.policy.as_ref().map(|x| x.list_code.as_str()), l.policy.as_ref().map(|x| x.from_quantity),
            l.unit_price, l.discount_rate, l.discount_reason.as_deref(), l.tax_rate, l.discount_share, l.amounts.net, l.amounts.tax, l.amounts.gross
        )
        .execute(tx.conn())
        .await?;
    }
    sqlx::query!("DELETE FROM payment_term WHERE quote_id = $1", head.id.0).execute(tx.conn()).await?;
    for (i, term) in t.payment_terms.iter().enumerate() {
        sqlx::query!(
            "INSERT INTO payment_term (quote_id, position, percent, trigger, days) VALUES ($1, $2, $3, $4, $5)",
            head.id.0,
            i32::try_from(i).unwrap_or(0) + 1,
            term.percent,
            term.trigger.code(),
            term.days
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub async fn set_submitted(tx: &mut Tx, id: QuoteId, hash: &[u8], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE quote SET status = 'submitted', content_hash = $2, submitted_at = $3 WHERE id = $1",
        id.0,
        hash,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_status(tx: &mut Tx, id: QuoteId, status: QuoteStatus, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE quote SET status = $2, approved_at = CASE WHEN $2 = 'approved' THEN $3 ELSE approved_at END,
            sent_at = CASE WHEN $2 = 'sent' THEN $3 ELSE sent_at END WHERE id = $1",
        id.0,
        status.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_declined(tx: &mut Tx, id: QuoteId, reason: LostReason) -> Result<(), StoreError> {
    sqlx::query!("UPDATE quote SET status = 'declined', declined_reason = $2 WHERE id = $1", id.0, reason.code())
        .execute(tx.conn())
        .await?;
    Ok(())
}
