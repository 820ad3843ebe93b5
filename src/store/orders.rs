//! Orders, their lines and milestones, stock reservation and shipments.

use super::error::known;
use super::order_stops::{self, StopRow};
use super::pledges::{self, GivenRow};
use super::receivables::{self, InvoiceRow, ReceiptRow};
use super::{StoreError, Tx, holds, stock, tracking};
use crate::domain::calendar::local_date;
use crate::domain::customer::InvoiceKind;
use crate::domain::deal::DealKind;
use crate::domain::ids::{CustomerId, DealId, OrderId, PersonId, ProductId};
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::money::milestones;
use crate::domain::order::{Acceptance, AcceptanceKind, Milestone, Order, OrderLine, OrderSpecial, OrderStatus};
use crate::domain::order_worth::Off;
use crate::domain::purchase_order::PoCheck;
use crate::domain::quote::{PaymentTrigger, Quote, QuoteLineKind};
use crate::domain::requirement::Requirement;
use crate::domain::staff::Department;
use crate::domain::tax::LineAmounts;
use crate::domain::workflow::DraftedLine;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A row of `order_line`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct LineRow {
    id: Uuid,
    quote_line_id: Uuid,
    product_id: Option<Uuid>,
    kind: String,
    name: String,
    spec: String,
    packaging: Option<String>,
    quantity: Decimal,
    unit: String,
    unit_price: Decimal,
    tax_rate: Decimal,
    net: Decimal,
    tax: Decimal,
    gross: Decimal,
    promised_at: DateTime<Utc>,
    is_goods: bool,
    reserved: Decimal,
    produced: Decimal,
    picked: Decimal,
    passed: Decimal,
    failed: Decimal,
    scrapped: Decimal,
    checked: Decimal,
    packed: Decimal,
    shipped: Decimal,
    signed: Decimal,
    returned: Decimal,
    credited: Decimal,
    off_quantity: Decimal,
    off_net: Decimal,
    off_tax: Decimal,
    off_gross: Decimal,
}

fn line(l: LineRow) -> Result<OrderLine, StoreError> {
    Ok(OrderLine {
        id: l.id.into(),
        quote_line: l.quote_line_id.into(),
        product: l.product_id.map(Into::into),
        kind: known("order_line", "kind", &l.kind, QuoteLineKind::parse)?,
        name: l.name,
        spec: l.spec,
        packaging: l.packaging,
        quantity: l.quantity,
        unit: l.unit,
        unit_price: l.unit_price,
        tax_rate: l.tax_rate,
        amounts: LineAmounts { net: l.net, tax: l.tax, gross: l.gross },
        promised_at: l.promised_at,
        is_goods: l.is_goods,
        reserved: l.reserved,
        produced: l.produced,
        picked: l.picked,
        passed: l.passed,
        failed: l.failed,
        scrapped: l.scrapped,
        checked: l.checked,
        packed: l.packed,
        shipped: l.shipped,
        signed: l.signed,
        returned: l.returned,
        credited: l.credited,
        off: Off {
            quantity: l.off_quantity,
            amounts: LineAmounts { net: l.off_net, tax: l.off_tax, gross: l.off_gross },
        },
    })
}

/// A row of `order_special`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct SpecialRow {
    position: i32,
    text: String,
    department: String,
    acknowledged_at: Option<DateTime<Utc>>,
    by_name: Option<String>,
    ticked_at: Option<DateTime<Utc>>,
}

fn special(s: SpecialRow) -> Result<OrderSpecial, StoreError> {
    Ok(OrderSpecial {
        position: s.position,
        text: s.text,
        department: known("order_special", "department", &s.department, Department::parse)?,
        acknowledged_at: s.acknowledged_at,
        acknowledged_by_name: s.by_name,
        ticked_at: s.ticked_at,
    })
}

/// A row of `milestone`, in the order of its `ROW`.
#[derive(Debug, sqlx::Type)]
#[sqlx(type_name = "record")]
struct MilestoneRow {
    position: i32,
    percent: Decimal,
    trigger: String,
    days: i32,
    amount: Decimal,
    received: Decimal,
    received_at: Option<DateTime<Utc>>,
    reference: Option<String>,
    due_on: Option<NaiveDate>,
}

fn milestone(m: MilestoneRow) -> Result<Milestone, StoreError> {
    Ok(Milestone {
        position: m.position,
        percent: m.percent,
        trigger: known("milestone", "trigger", &m.trigger, PaymentTrigger::parse)?,
        days: m.days,
        amount: m.amount,
        received: m.received,
        received_at: m.received_at,
        reference: m.reference,
        due_on: m.due_on,
    })
}

fn each<R, T>(rows: Vec<R>, of: impl Fn(R) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(of).collect()
}

pub async fn load(conn: &mut PgConnection, deal: DealId) -> Result<Option<Order>, StoreError> {
    let Some(r) = sqlx::query!(
        r#"SELECT o.*, a.kind AS acceptance_kind, a.accepted_at, a.file_id, a.po_no, a.po_compared, a.po_difference, a.recorded_by, ap.name AS recorded_by_name,
            ARRAY(SELECT ROW (l.id, l.quote_line_id, l.product_id, l.kind, l.name, l.spec, l.packaging, l.quantity, l.unit, l.unit_price, l.tax_rate, l.net, l.tax, l.gross,
                    l.promised_at, l.is_goods, l.reserved, l.produced, l.picked, l.passed, l.failed, l.scrapped, l.checked, l.packed, l.shipped, l.signed, l.returned, l.credited,
                    l.off_quantity, l.off_net, l.off_tax, l.off_gross)
                FROM order_line l WHERE l.order_id = o.id ORDER BY l.line_no) AS "lines!: Vec<LineRow>",
            ARRAY(SELECT ROW (s.position, s.text, s.department, s.acknowledged_at, p.name, s.ticked_at)
                FROM order_special s LEFT JOIN person p ON p.id = s.acknowledged_by WHERE s.order_id = o.id ORDER BY s.position) AS "specials!: Vec<SpecialRow>",
            ARRAY(SELECT ROW (m.position, m.percent, m.trigger, m.days, m.amount, m.received, m.received_at, m.reference, m.due_on)
                FROM milestone m WHERE m.order_id = o.id ORDER BY m.position) AS "milestones!: Vec<MilestoneRow>",
            ARRAY(SELECT ROW (g.department, g.asked_at, g.due_at, g.given_at, g.answer, g.note, p.name)
                FROM order_pledge g LEFT JOIN person p ON p.id = g.given_by WHERE g.order_id = o.id ORDER BY g.department DESC) AS "pledges!: Vec<GivenRow>",
            ARRAY(SELECT ROW (s.id, s.kind, s.reason, s.text, s.status, s.requested_by, r.name, s.requested_at, s.from_status, s.decided_by, d.name, s.decided_at, s.decision,
                    s.cost_amount, s.borne_by, s.end_note)
                FROM order_stop s JOIN person r ON r.id = s.requested_by LEFT JOIN person d ON d.id = s.decided_by
                WHERE s.order_id = o.id ORDER BY s.requested_at, s.id) AS "stops!: Vec<StopRow>",
            ARRAY(SELECT ROW (r.id, r.position, r.amount, r.received_at, r.reference, r.corrects_id, r.reason, p.name)
                FROM receipt r JOIN person p ON p.id = r.recorded_by WHERE r.order_id = o.id ORDER BY r.recorded_at, r.id) AS "receipts!: Vec<ReceiptRow>",
            ARRAY(SELECT ROW (i.id, i.kind, i.number, i.invoiced_on, i.net, i.tax, i.covers, i.red_of)
                FROM invoice i WHERE i.order_id = o.id ORDER BY i.recorded_at, i.id) AS "invoices!: Vec<InvoiceRow>"
         FROM sales_order o JOIN acceptance a ON a.quote_id = o.quote_id JOIN person ap ON ap.id = a.recorded_by
         WHERE o.deal_id = $1 ORDER BY o.created_at DESC LIMIT 1"#,
        deal.0
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(None);
    };
    // Before the confirmation there is nothing to track.
    let (shipments, tracking) =
        if r.confirmed_at.is_some() { tracking::load(conn, r.id).await? } else { Default::default() };
    Ok(Some(Order {
        id: r.id.into(),
        no: r.no,
        quote: r.quote_id.into(),
        status: known("sales_order", "status", &r.status, OrderStatus::parse)?,
        kind: known("sales_order", "kind", &r.kind, DealKind::parse)?,
        acceptance: Acceptance {
            kind: known("acceptance", "kind", &r.acceptance_kind, AcceptanceKind::parse)?,
            accepted_at: r.accepted_at,
            file: r.file_id.into(),
            po_no: r.po_no,
            po_check: r.po_compared.then_some(PoCheck { difference: r.po_difference }),
            recorded_by: r.recorded_by.into(),
        },
        recorded_by_name: r.recorded_by_name,
        ship_address: r.ship_address,
        ship_receiver: r.ship_receiver,
        ship_phone: r.ship_phone,
        partial_allowed: r.partial_allowed,
        promised_at: r.promised_at,
        net: r.net,
        tax: r.tax,
        gross: r.gross,
        confirmed_at: r.confirmed_at,
        signed_at: r.signed_at,
        completed_at: r.completed_at,
        lines: each(r.lines, line)?,
        specials: each(r.specials, special)?,
        invoice_block: InvoiceBlock {
            kind: r.invoice_kind.map(|k| known("sales_order", "invoice_kind", &k, InvoiceKind::parse)).transpose()?,
            title: r.invoice_title,
            tax_no: r.invoice_tax_no,
            bank: r.invoice_bank,
            account: r.invoice_account,
            delivery: r.invoice_delivery,
        },
        milestones: each(r.milestones, milestone)?,
        shipments,
        tracking,
        pledges: each(r.pledges, pledges::pledge)?,
        stops: each(r.stops, order_stops::stop)?,
        receipts: r.receipts.into_iter().map(receivables::receipt).collect(),
        invoices: each(r.invoices, receivables::invoice)?,
    }))
}

pub async fn accept(
    tx: &mut Tx,
    quote: &Quote,
    customer: CustomerId,
    hash: &[u8],
    a: &Acceptance,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO acceptance (quote_id, content_hash, kind, accepted_at, file_id, po_no, customer_id, recorded_by, recorded_at, po_compared, po_difference)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        quote.id.0, hash, a.kind.code(), a.accepted_at, a.file.0, a.po_no.as_deref(), customer.0, a.recorded_by.0, now,
        a.po_check.is_some(), a.po_check.as_ref().and_then(|c| c.difference.as_deref())
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What an order is drafted from.
pub struct Draft<'a> {
    pub id: OrderId,
    pub deal: DealId,
    pub no: &'a str,
    pub kind: DealKind,
    pub is_urgent: bool,
    pub quote: &'a Quote,
    pub requirement: &'a Requirement,
    pub lines: &'a [DraftedLine],
    pub promised_at: DateTime<Utc>,
    pub invoice: InvoiceBlock,
}

/// Copies quote and requirement into a frozen order with its milestones (DOMAIN 1.5, 5.5).
pub async fn draft(tx: &mut Tx, d: &Draft<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let c = &d.requirement.content;
    let (t, i) = (&d.quote.priced.totals, &d.invoice);
    sqlx::query!(
        "INSERT INTO sales_order (id, deal_id, no, quote_id, status, kind, is_urgent, ship_address, ship_receiver, ship_phone, partial_allowed,
            promised_at, net, tax, gross, created_at, invoice_kind, invoice_title, invoice_tax_no, invoice_bank, invoice_account, invoice_delivery)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        d.id.0, d.deal.0, d.no, d.quote.id.0, d.kind.code(), d.is_urgent, c.ship_address, c.ship_receiver, c.ship_phone, c.partial_allowed,
        d.promised_at, t.net, t.tax, t.gross, now, i.kind.map(InvoiceKind::code), i.title.as_deref(), i.tax_no.as_deref(), i.bank.as_deref(),
        i.account.as_deref(), i.delivery.as_deref()
    )
    .execute(tx.conn())
    .await?;
    for (i, (line, drafted)) in d.quote.priced.lines.iter().zip(d.lines).enumerate() {
        let is_goods = matches!(line.kind, QuoteLineKind::Standard | QuoteLineKind::Custom);
        sqlx::query!(
            "INSERT INTO order_line (id, order_id, line_no, quote_line_id, product_id, kind, name, spec, packaging, quantity, unit, unit_price, tax_rate,
                net, tax, gross, promised_at, is_goods, reserved, produced, picked, packed, shipped, signed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 0, 0, 0, 0, 0)",
            drafted.id.0, d.id.0, i32::try_from(i).unwrap_or(0) + 1, drafted.quote_line.0, line.product.map(|p| p.0), line.kind.code(), line.name,
            line.spec, line.packaging.as_deref(), line.quantity, line.unit, line.unit_price, line.tax_rate, line.amounts.net, line.amounts.tax,
            line.amounts.gross, d.promised_at, is_goods
        )
        .execute(tx.conn())
        .await?;
    }
    for (i, special) in c.specials.iter().filter(|s| s.applies == Some(true)).enumerate() {
        sqlx::query!(
            "INSERT INTO order_special (order_id, position, text, department) VALUES ($1, $2, $3, $4)",
            d.id.0,
            i32::try_from(i).unwrap_or(0) + 1,
            special.text,
            special.department.code()
        )
        .execute(tx.conn())
        .await?;
    }
    let terms = &d.quote.terms.payment_terms;
    let percents: Vec<Decimal> = terms.iter().map(|term| term.percent).collect();
    for (i, (term, amount)) in terms.iter().zip(milestones(t.gross, &percents)).enumerate() {
        sqlx::query!(
            "INSERT INTO milestone (order_id, position, percent, trigger, days, amount, received) VALUES ($1, $2, $3, $4, $5, $6, 0)",
            d.id.0, i32::try_from(i).unwrap_or(0) + 1, term.percent, term.trigger.code(), term.days, amount
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Confirms the order and reserves min(ordered, available) per goods line under the stock row's
/// lock, taken in the order of product ids; what other deals hold is not available (DOMAIN 7.2).
pub async fn confirm(
    tx: &mut Tx,
    order: &Order,
    deal: DealId,
    by: PersonId,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> uuid::Uuid + Sync),
) -> Result<(), StoreError> {
    let mut goods: Vec<(&OrderLine, ProductId)> =
        order.goods().filter_map(|l| l.shelf().map(|product| (l, product))).collect();
    goods.sort_by_key(|(_, product)| *product);
    let products: Vec<Uuid> = goods.iter().map(|(_, product)| product.0).collect();
    let shelves = if products.is_empty() { Vec::new() } else { holds::locked_shelves(tx, &products, now).await? };
    let mut free: BTreeMap<ProductId, Decimal> =
        shelves.iter().map(|(_, shelf)| (shelf.product, shelf.free_for(Some(deal), now))).collect();
    let mut taken = Vec::new();
    for (line, product) in goods {
        let Some(left) = free.get_mut(&product) else { continue };
        let take = line.quantity.min(*left);
        *left -= take;
        if !take.is_zero() {
            taken.push((line.id, product, take));
        }
    }
    if !taken.is_empty() {
        let balances = shelves.into_iter().map(|(balance, _)| balance).collect();
        stock::reserve(tx, balances, &taken, by, now, ids).await?;
    }
    sqlx::query!(
        "UPDATE sales_order SET status = 'confirmed', confirmed_at = $2, confirmed_by = $3,
            clause_version = (SELECT max(version_no) FROM contract_clause_set WHERE published_at IS NOT NULL) WHERE id = $1",
        order.id.0,
        now,
        by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The promise of a draft; its lines are promised for the same moment.
pub async fn set_promise(tx: &mut Tx, id: OrderId, to: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE sales_order SET promised_at = $2 WHERE id = $1", id.0, to).execute(tx.conn()).await?;
    sqlx::query!("UPDATE order_line SET promised_at = $2 WHERE order_id = $1", id.0, to).execute(tx.conn()).await?;
    Ok(())
}

/// What was never sold before is sold from now on; rows are locked in the order of their ids.
pub async fn mark_first_sales(tx: &mut Tx, id: OrderId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE product SET first_sold_on = $2 WHERE id IN (
            SELECT p.id FROM product p WHERE p.first_sold_on IS NULL AND p.id IN (SELECT l.product_id FROM order_line l WHERE l.order_id = $1)
            ORDER BY p.id FOR NO KEY UPDATE)",
        id.0,
        local_date(now)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_status(tx: &mut Tx, id: OrderId, status: OrderStatus, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE sales_order SET status = $2, signed_at = CASE WHEN $2 = 'signed' THEN $3 ELSE signed_at END,
            completed_at = CASE WHEN $2 = 'completed' THEN $3 ELSE completed_at END WHERE id = $1",
        id.0,
        status.code(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn acknowledge_special(
    tx: &mut Tx,
    id: OrderId,
    position: i32,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE order_special SET acknowledged_by = $3, acknowledged_at = $4 WHERE order_id = $1 AND position = $2",
        id.0,
        position,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
