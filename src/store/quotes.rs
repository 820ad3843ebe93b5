//! Quote versions: rows to `Quote` and back.

use super::error::{known, known_opt};
use super::{StoreError, Tx};
use crate::domain::alternative::{Alternative, OtherQuote};
use crate::domain::deal::LostReason;
use crate::domain::ids::{CustomerId, DealId, PersonId, QuoteId, RequirementId};
use crate::domain::pricing::{PolicyPrice, PriceBasis, PriceSource};
use crate::domain::quote::{
    FreightPayer, KeptPolicy, LineRemarks, PaymentTerm, PaymentTrigger, PriceRequest, Priced, Quote, QuoteLine,
    QuoteLineKind, QuoteStatus, QuoteTerms,
};
use crate::domain::requirement::DeliveryMode;
use crate::domain::tax::{LineAmounts, TaxBasis, totals};
use crate::domain::workflow::Event;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `quote_line`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct LineRow {
    id: Uuid,
    requirement_line_id: Option<Uuid>,
    kind: String,
    product_id: Option<Uuid>,
    name: String,
    spec: String,
    packaging: Option<String>,
    quantity: Decimal,
    unit: String,
    policy_price: Option<Decimal>,
    floor_price: Option<Decimal>,
    price_source: Option<String>,
    price_list_code: Option<String>,
    price_from_quantity: Option<Decimal>,
    unit_price: Decimal,
    discount_rate: Decimal,
    discount_reason: Option<String>,
    tax_rate: Decimal,
    discount_share: Decimal,
    net: Decimal,
    tax: Decimal,
    gross: Decimal,
    price_list_version: Option<i32>,
    price_valid_from: Option<NaiveDate>,
    price_valid_to: Option<NaiveDate>,
    price_entry: Option<Decimal>,
    special_request: bool,
    lead_days: Option<i32>,
    note: Option<String>,
    policy_is_kept: bool,
    policy_today: Option<Decimal>,
}

/// A row of `payment_term`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct TermRow {
    percent: Decimal,
    trigger: String,
    days: i32,
}

fn line(l: LineRow) -> Result<QuoteLine, StoreError> {
    let source = known_opt("quote_line", "price_source", l.price_source.as_deref(), PriceSource::parse)?;
    let basis = l.price_valid_from.zip(l.price_entry).map(|(valid_from, entry_price)| PriceBasis {
        list_version: l.price_list_version,
        valid_from,
        valid_to: l.price_valid_to,
        entry_price,
    });
    let policy = match (l.policy_price, l.floor_price, source) {
        (Some(unit_price), Some(floor_price), Some(source)) => Some(PolicyPrice {
            unit_price,
            floor_price,
            source,
            list_code: l.price_list_code.unwrap_or_default(),
            from_quantity: l.price_from_quantity.unwrap_or_default(),
            basis,
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
        request: if l.special_request { PriceRequest::Special } else { PriceRequest::Policy },
        remarks: LineRemarks { lead_days: l.lead_days, note: l.note },
        kept: l.policy_is_kept.then_some(KeptPolicy { today: l.policy_today }),
    })
}

/// The newest version of the alternative that the deal works on, or the version asked for.
pub async fn load(conn: &mut PgConnection, deal: DealId, version_no: Option<i32>) -> Result<Option<Quote>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT q.*,
            ARRAY(SELECT ROW (l.id, l.requirement_line_id, l.kind, l.product_id, l.name, l.spec, l.packaging, l.quantity, l.unit, l.policy_price, l.floor_price,
                    l.price_source, l.price_list_code, l.price_from_quantity, l.unit_price, l.discount_rate, l.discount_reason, l.tax_rate, l.discount_share,
                    l.net, l.tax, l.gross, l.price_list_version, l.price_valid_from, l.price_valid_to, l.price_entry, l.special_request, l.lead_days, l.note,
                    l.policy_is_kept, l.policy_today)
                FROM quote_line l WHERE l.quote_id = q.id ORDER BY l.line_no) AS "lines!: Vec<LineRow>",
            ARRAY(SELECT ROW (t.percent, t.trigger, t.days) FROM payment_term t WHERE t.quote_id = q.id ORDER BY t.position) AS "payment_terms!: Vec<TermRow>"
           FROM quote q WHERE q.deal_id = $1 AND (q.version_no = $2 OR $2::int IS NULL AND q.alternative = (SELECT d.alternative FROM deal d WHERE d.id = $1))
           ORDER BY q.version_no DESC LIMIT 1"#,
        deal.0, version_no
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    let lines = r.lines.into_iter().map(line).collect::<Result<Vec<_>, StoreError>>()?;
    let payment_terms = r
        .payment_terms
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
        alternative: known("quote", "alternative", &r.alternative, Alternative::parse)?,
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

/// The head of a version, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
pub(super) struct HeadRow {
    id: Uuid,
    alternative: String,
    version_no: i32,
    status: String,
    gross: Decimal,
    valid_until: NaiveDate,
    sent_at: Option<DateTime<Utc>>,
}

/// Which alternative, how it stands, what it comes to.
pub(super) fn head(r: &HeadRow) -> Result<OtherQuote, StoreError> {
    Ok(OtherQuote {
        id: r.id.into(),
        alternative: known("quote", "alternative", &r.alternative, Alternative::parse)?,
        version_no: r.version_no,
        status: known("quote", "status", &r.status, QuoteStatus::parse)?,
        gross: r.gross,
        valid_until: r.valid_until,
        sent_at: r.sent_at,
        path: None,
    })
}

/// Every version of the deal, oldest first.
pub async fn heads(conn: &mut PgConnection, deal: DealId) -> Result<Vec<OtherQuote>, StoreError> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, alternative, version_no, status, gross, valid_until, sent_at FROM quote WHERE deal_id = $1 ORDER BY version_no",
        deal.0
    )
    .fetch_all(conn)
    .await?
    .iter()
    .map(head)
    .collect()
}

/// The head of a version to save.
pub struct QuoteHead<'a> {
    pub id: QuoteId,
    pub requirement: RequirementId,
    pub no: &'a str,
    pub version_no: i32,
    pub alternative: Alternative,
    pub quote_date: NaiveDate,
}

/// Inserts the draft or rewrites what has changed since `before`, the same version as it stands.
pub async fn save(
    tx: &mut Tx,
    deal: DealId,
    head: &QuoteHead<'_>,
    before: Option<&Quote>,
    (t, p): (&QuoteTerms, &Priced),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO quote (id, deal_id, requirement_id, no, version_no, status, quote_date, valid_until, tax_basis, deliver_at, place, delivery_mode,
            freight_payer, warranty, internal_note, whole_discount, net, tax, gross, max_discount, is_below_floor, requested_by, created_at, alternative)
         VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         ON CONFLICT (id) DO UPDATE SET requirement_id = $3, quote_date = $6, valid_until = $7, tax_basis = $8, deliver_at = $9, place = $10,
            delivery_mode = $11, freight_payer = $12, warranty = $13, internal_note = $14, whole_discount = $15, net = $16, tax = $17, gross = $18,
            max_discount = $19, is_below_floor = $20, requested_by = $21",
        head.id.0, deal.0, head.requirement.0, head.no, head.version_no, head.quote_date, t.valid_until, t.tax_basis.code(), t.deliver_at, t.place,
        t.delivery_mode.code(), t.freight_payer.code(), t.warranty, t.internal_note.as_deref(), t.whole_discount, p.totals.net, p.totals.tax,
        p.totals.gross, p.max_discount, p.is_below_floor, by.0, now, head.alternative.code()
    )
    .execute(tx.conn())
    .await?;
    let (gone, come) = rewritten(before.map_or(&[], |q| &q.priced.lines), &p.lines);
    if !gone.is_empty() {
        sqlx::query!("DELETE FROM quote_line WHERE quote_id = $1 AND id = ANY ($2)", head.id.0, &gone)
            .execute(tx.conn())
            .await?;
    }
    if !come.is_empty() {
        save_lines(tx, head.id, &come).await?;
    }
    if before.is_none_or(|q| q.terms.payment_terms != t.payment_terms) {
        save_payment_terms(tx, head.id, &t.payment_terms).await?;
    }
    Ok(())
}

/// The lines that go and those that come, with their numbers; a line that stays as it is at its place does neither.
fn rewritten<'a>(before: &[QuoteLine], after: &'a [QuoteLine]) -> (Vec<uuid::Uuid>, Vec<(i32, &'a QuoteLine)>) {
    let stays = |i: usize| before.get(i).is_some_and(|b| after.get(i) == Some(b));
    let gone = before.iter().enumerate().filter(|(i, _)| !stays(*i)).map(|(_, line)| line.id.0);
    let come = after.iter().enumerate().zip(1..).filter(|((i, _), _)| !stays(*i)).map(|((_, line), no)| (no, line));
    (gone.collect(), come.collect())
}

async fn save_payment_terms(tx: &mut Tx, quote: QuoteId, terms: &[PaymentTerm]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM payment_term WHERE quote_id = $1", quote.0).execute(tx.conn()).await?;
    sqlx::query!(
        "INSERT INTO payment_term (quote_id, position, percent, trigger, days)
         SELECT $1, r.position, r.percent, r.trigger, r.days FROM unnest($2::numeric[], $3::text[], $4::int[]) WITH ORDINALITY AS r (percent, trigger, days, position)",
        quote.0,
        &column(terms, |term| term.percent),
        &column(terms, |term| term.trigger.code().to_owned()),
        &column(terms, |term| term.days)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every line in one statement; five hundred lines are one round trip.
async fn save_lines(tx: &mut Tx, quote: QuoteId, numbered: &[(i32, &QuoteLine)]) -> Result<(), StoreError> {
    let lines: Vec<&QuoteLine> = numbered.iter().map(|(_, line)| *line).collect();
    let policy = |l: &QuoteLine| l.policy.clone();
    let basis = |l: &QuoteLine| l.policy.as_ref().and_then(|p| p.basis.clone());
    sqlx::query!(
        "INSERT INTO quote_line (id, quote_id, line_no, requirement_line_id, kind, product_id, name, spec, packaging, quantity, unit, policy_price,
            floor_price, price_source, price_list_code, price_from_quantity, price_list_version, price_valid_from, price_valid_to, price_entry,
            special_request, unit_price, discount_rate, discount_reason, tax_rate, discount_share, net, tax, gross, lead_days, note,
            policy_is_kept, policy_today)
         SELECT r.id, $1, r.line_no, r.requirement_line_id, r.kind, r.product_id, r.name, r.spec, r.packaging, r.quantity, r.unit, r.policy_price,
            r.floor_price, r.price_source, r.price_list_code, r.price_from_quantity, r.price_list_version, r.price_valid_from, r.price_valid_to, r.price_entry,
            r.special_request, r.unit_price, r.discount_rate, r.discount_reason, r.tax_rate, r.discount_share, r.net, r.tax, r.gross, r.lead_days, r.note,
            r.policy_is_kept, r.policy_today
         FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::numeric[], $10::text[], $11::numeric[],
            $12::numeric[], $13::text[], $14::text[], $15::numeric[], $16::int[], $17::date[], $18::date[], $19::numeric[],
            $20::bool[], $21::numeric[], $22::numeric[], $23::text[], $24::numeric[], $25::numeric[], $26::numeric[], $27::numeric[], $28::numeric[], $29::int[], $30::text[], $31::int[], $32::bool[], $33::numeric[])
            AS r (id, requirement_line_id, kind, product_id, name, spec, packaging, quantity, unit, policy_price,
            floor_price, price_source, price_list_code, price_from_quantity, price_list_version, price_valid_from, price_valid_to, price_entry,
            special_request, unit_price, discount_rate, discount_reason, tax_rate, discount_share, net, tax, gross, lead_days, note, line_no, policy_is_kept, policy_today)",
        quote.0,
        &column(&lines, |l| l.id.0),
        &column(&lines, |l| l.requirement_line.map(|x| x.0)) as &[Option<uuid::Uuid>],
        &column(&lines, |l| l.kind.code().to_owned()),
        &column(&lines, |l| l.product.map(|x| x.0)) as &[Option<uuid::Uuid>],
        &column(&lines, |l| l.name.clone()),
        &column(&lines, |l| l.spec.clone()),
        &column(&lines, |l| l.packaging.clone()) as &[Option<String>],
        &column(&lines, |l| l.quantity),
        &column(&lines, |l| l.unit.clone()),
        &column(&lines, |l| policy(l).map(|p| p.unit_price)) as &[Option<Decimal>],
        &column(&lines, |l| policy(l).map(|p| p.floor_price)) as &[Option<Decimal>],
        &column(&lines, |l| policy(l).map(|p| p.source.code().to_owned())) as &[Option<String>],
        &column(&lines, |l| policy(l).map(|p| p.list_code)) as &[Option<String>],
        &column(&lines, |l| policy(l).map(|p| p.from_quantity)) as &[Option<Decimal>],
        &column(&lines, |l| basis(l).and_then(|b| b.list_version)) as &[Option<i32>],
        &column(&lines, |l| basis(l).map(|b| b.valid_from)) as &[Option<NaiveDate>],
        &column(&lines, |l| basis(l).and_then(|b| b.valid_to)) as &[Option<NaiveDate>],
        &column(&lines, |l| basis(l).map(|b| b.entry_price)) as &[Option<Decimal>],
        &column(&lines, |l| l.request == PriceRequest::Special),
        &column(&lines, |l| l.unit_price),
        &column(&lines, |l| l.discount_rate),
        &column(&lines, |l| l.discount_reason.clone()) as &[Option<String>],
        &column(&lines, |l| l.tax_rate),
        &column(&lines, |l| l.discount_share),
        &column(&lines, |l| l.amounts.net),
        &column(&lines, |l| l.amounts.tax),
        &column(&lines, |l| l.amounts.gross),
        &column(&lines, |l| l.remarks.lead_days) as &[Option<i32>],
        &column(&lines, |l| l.remarks.note.clone()) as &[Option<String>],
        &column(numbered, |(no, _)| *no),
        &column(&lines, |l| l.kept.is_some()),
        &column(&lines, |l| l.kept.and_then(|kept| kept.today)) as &[Option<Decimal>]
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
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

/// Keeps a special price that an approved round granted.
pub async fn grant_special(tx: &mut Tx, deal: DealId, event: &Event, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Event::SpecialPriceGranted {
        id,
        round,
        line,
        product,
        from_quantity,
        unit_price,
        floor_price,
        tax_basis,
        valid_from,
        ..
    } = event
    else {
        return Ok(());
    };
    sqlx::query!(
        "INSERT INTO special_price (id, deal_id, round_id, quote_line_id, product_id, from_quantity, unit_price, floor_price, tax_basis, valid_from, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id, deal.0, round.0, line.0, product.0, from_quantity, unit_price, floor_price, tax_basis.code(), valid_from, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The last price of each product to this customer in another deal's quote that went out, with its
/// day, its basis and whether the customer took it.
pub async fn former_prices(
    conn: &mut PgConnection,
    customer: CustomerId,
    other_than: DealId,
    products: &[uuid::Uuid],
) -> Result<Vec<FormerPrice>, StoreError> {
    Ok(sqlx::query_as!(
        FormerPrice,
        r#"SELECT DISTINCT ON (l.product_id) l.product_id AS "product_id!", l.unit_price, l.quantity, q.quote_date, q.tax_basis, q.status
           FROM quote_line l JOIN quote q ON q.id = l.quote_id JOIN deal d ON d.id = q.deal_id
           WHERE d.customer_id = $1 AND d.id <> $2 AND l.product_id = ANY ($3) AND q.status IN ('sent','accepted')
           ORDER BY l.product_id, q.quote_date DESC, q.created_at DESC"#,
        customer.0,
        other_than.0,
        products
    )
    .fetch_all(conn)
    .await?)
}

#[derive(Debug, Clone)]
pub struct FormerPrice {
    pub product_id: uuid::Uuid,
    pub unit_price: Decimal,
    pub quantity: Decimal,
    pub quote_date: NaiveDate,
    pub tax_basis: String,
    pub status: String,
}
