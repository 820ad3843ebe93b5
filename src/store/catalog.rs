//! Products, prices and stock.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::customer::Grade;
use crate::domain::ids::{CustomerId, PersonId, ProductId};
use crate::domain::pricing::{Candidate, PriceSource, Tier};
use crate::domain::requirement::LineKind;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct Product {
    pub id: ProductId,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub kind: LineKind,
    pub spec: String,
    pub unit: String,
    pub tax_rate: Decimal,
    pub lead_days: i32,
    pub is_stocked: bool,
    pub is_on_sale: bool,
    pub first_sold_on: Option<NaiveDate>,
    pub on_hand: Decimal,
    pub reserved: Decimal,
}

/// Every product with its stock, by code.
pub async fn products(conn: &mut PgConnection) -> Result<Vec<Product>, StoreError> {
    sqlx::query!(
        r#"SELECT p.*, COALESCE(s.on_hand, 0) AS "on_hand!", COALESCE(s.reserved, 0) AS "reserved!"
           FROM product p LEFT JOIN stock s ON s.product_id = p.id ORDER BY p.code"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok(Product {
            id: r.id.into(),
            code: r.code,
            name: r.name,
            name_en: r.name_en,
            kind: known("product", "kind", &r.kind, LineKind::parse)?,
            spec: r.spec,
            unit: r.unit,
            tax_rate: r.tax_rate,
            lead_days: r.lead_days,
            is_stocked: r.is_stocked,
            is_on_sale: r.is_on_sale,
            first_sold_on: r.first_sold_on,
            on_hand: r.on_hand,
            reserved: r.reserved,
        })
    })
    .collect()
}

/// Every price that could apply to the products for this customer, with its validity.
pub async fn candidates(
    conn: &mut PgConnection,
    customer: CustomerId,
    grade: Grade,
    products: &[Uuid],
) -> Result<Vec<(ProductId, Candidate)>, StoreError> {
    let agreed = sqlx::query!(
        "SELECT * FROM agreement_price WHERE customer_id = $1 AND product_id = ANY ($2)",
        customer.0,
        products
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|r| {
        (
            ProductId(r.product_id),
            Candidate {
                source: PriceSource::Agreement,
                list_code: r.agreement_no,
                valid_from: r.valid_from,
                valid_to: r.valid_to,
                tier: Tier { from_quantity: r.from_quantity, unit_price: r.unit_price, floor_price: r.floor_price },
            },
        )
    });
    let listed = sqlx::query!(
        "SELECT i.product_id, i.from_quantity, i.unit_price, i.floor_price, i.valid_from, i.valid_to, l.code, l.grade
         FROM price_item i JOIN price_list l ON l.id = i.list_id
         WHERE l.status = 'published' AND (l.grade IS NULL OR l.grade = $1) AND i.product_id = ANY ($2)",
        grade.code(),
        products
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|r| {
        let source = if r.grade.is_some() { PriceSource::GradeList } else { PriceSource::StandardList };
        (
            ProductId(r.product_id),
            Candidate {
                source,
                list_code: r.code,
                valid_from: r.valid_from,
                valid_to: r.valid_to,
                tier: Tier { from_quantity: r.from_quantity, unit_price: r.unit_price, floor_price: r.floor_price },
            },
        )
    });
    Ok(agreed.chain(listed).collect())
}

pub async fn add_product(tx: &mut Tx, p: &Product) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, first_sold_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        p.id.0, p.code, p.name, p.name_en, p.kind.code(), p.spec, p.unit, p.tax_rate, p.lead_days, p.is_stocked, p.is_on_sale, p.first_sold_on
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Opening stock, with its ledger row.
pub async fn open_stock(
    tx: &mut Tx,
    product: ProductId,
    on_hand: Decimal,
    movement: Uuid,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, $2, 0)", product.0, on_hand)
        .execute(tx.conn())
        .await?;
    if !on_hand.is_zero() {
        sqlx::query!(
            "INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, actor_id, at) VALUES ($1, $2, 'opening', $3, $3, 0, $4, $5)",
            movement, product.0, on_hand, by.0, now
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub struct NewPriceList<'a> {
    pub id: Uuid,
    pub code: &'a str,
    pub name: &'a str,
    pub grade: Option<Grade>,
    pub drafted_by: PersonId,
}

pub async fn draft_price_list(tx: &mut Tx, list: &NewPriceList<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO price_list (id, code, name, grade, tax_basis, status, drafted_by) VALUES ($1, $2, $3, $4, 'inclusive', 'draft', $5)",
        list.id, list.code, list.name, list.grade.map(Grade::code), list.drafted_by.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn add_price(
    tx: &mut Tx,
    id: Uuid,
    list: Uuid,
    product: ProductId,
    tier: &Tier,
    valid_from: NaiveDate,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO price_item (id, list_id, product_id, from_quantity, unit_price, floor_price, valid_from) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id, list, product.0, tier.from_quantity, tier.unit_price, tier.floor_price, valid_from
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn publish_price_list(tx: &mut Tx, list: Uuid, by: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE price_list SET status = 'published', published_by = $2, published_at = $3 WHERE id = $1",
        list,
        by.0,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn add_agreement(
    tx: &mut Tx,
    id: Uuid,
    customer: CustomerId,
    product: ProductId,
    no: &str,
    tier: &Tier,
    valid_from: NaiveDate,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO agreement_price (id, customer_id, product_id, agreement_no, from_quantity, unit_price, floor_price, valid_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id, customer.0, product.0, no, tier.from_quantity, tier.unit_price, tier.floor_price, valid_from
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Terms that finance sets and figures taken over from before the system (DOMAIN 1.1 D).
pub async fn set_opening_terms(
    tx: &mut Tx,
    customer: CustomerId,
    grade: Grade,
    credit_limit: Decimal,
    credit_days: i32,
    order_count: i32,
    total: Decimal,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET grade = $2, credit_limit = $3, credit_days = $4, opening_order_count = $5, opening_total = $6 WHERE id = $1",
        customer.0, grade.code(), credit_limit, credit_days, order_count, total
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
