//! Products, prices and stock.

use super::error::known;
use super::{StoreError, Tx};
use crate::domain::customer::Grade;
use crate::domain::ids::{CustomerId, DealId, PersonId, ProductId};
use crate::domain::pricing::{Candidate, PriceSource, Tier};
use crate::domain::requirement::LineKind;
use crate::domain::search::initials;
use crate::domain::tax::TaxBasis;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The products with these ids, with their stock.
pub async fn products_of(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Product>, StoreError> {
    sqlx::query!(
        r#"SELECT p.*, COALESCE(s.on_hand, 0) AS "on_hand!", COALESCE(s.reserved, 0) AS "reserved!"
           FROM product p LEFT JOIN stock s ON s.product_id = p.id WHERE p.id = ANY ($1) ORDER BY p.code"#,
        ids
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

/// Every published price that could apply to the products for this customer and deal, with its validity.
pub async fn candidates(
    conn: &mut PgConnection,
    customer: CustomerId,
    grade: Grade,
    products: &[Uuid],
) -> Result<Vec<(ProductId, Candidate)>, StoreError> {
    sqlx::query!(
        r#"SELECT i.product_id, i.from_quantity, i.unit_price, i.floor_price, i.valid_from, i.valid_to, l.code, l.grade, l.customer_id, l.tax_basis, v.version_no
         FROM price_item i JOIN price_list l ON l.id = i.list_id JOIN price_version v ON v.id = i.version_id
         WHERE l.status = 'published' AND (l.grade IS NULL OR l.grade = $1) AND (l.customer_id IS NULL OR l.customer_id = $3)
           AND i.product_id = ANY ($2)"#,
        grade.code(),
        products,
        customer.0
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|r| {
        let tax_basis = known("price_list", "tax_basis", &r.tax_basis, TaxBasis::parse)?;
        let source = match (r.customer_id, r.grade) {
            (Some(_), _) => PriceSource::Agreement,
            (None, Some(_)) => PriceSource::GradeList,
            (None, None) => PriceSource::StandardList,
        };
        Ok((
            ProductId(r.product_id),
            Candidate {
                source,
                list_code: r.code,
                valid_from: r.valid_from,
                valid_to: r.valid_to,
                tier: Tier { from_quantity: r.from_quantity, unit_price: r.unit_price, floor_price: r.floor_price },
                list_version: Some(r.version_no),
                tax_basis,
            },
        ))
    })
    .collect()
}

/// Special prices that approved rounds granted for this deal (DOMAIN 5.2); the code is the round's number.
pub async fn special_prices(conn: &mut PgConnection, deal: DealId) -> Result<Vec<(ProductId, Candidate)>, StoreError> {
    sqlx::query!(
        "SELECT s.product_id, s.from_quantity, s.unit_price, s.floor_price, s.valid_from, s.tax_basis, r.no
         FROM special_price s JOIN approval_round r ON r.id = s.round_id WHERE s.deal_id = $1",
        deal.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| {
        Ok((
            ProductId(r.product_id),
            Candidate {
                source: PriceSource::SpecialPrice,
                list_code: r.no,
                valid_from: r.valid_from,
                valid_to: None,
                tier: Tier { from_quantity: r.from_quantity, unit_price: r.unit_price, floor_price: r.floor_price },
                list_version: None,
                tax_basis: known("special_price", "tax_basis", &r.tax_basis, TaxBasis::parse)?,
            },
        ))
    })
    .collect()
}

pub async fn add_product(tx: &mut Tx, p: &Product) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, first_sold_on, initials)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        p.id.0, p.code, p.name, p.name_en, p.kind.code(), p.spec, p.unit, p.tax_rate, p.lead_days, p.is_stocked, p.is_on_sale, p.first_sold_on,
        initials(&p.name)
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

/// Grade and figures taken over from before the system (DOMAIN 1.1 D).
pub async fn set_opening_terms(
    tx: &mut Tx,
    customer: CustomerId,
    grade: Grade,
    order_count: i32,
    total: Decimal,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE customer SET grade = $2, opening_order_count = $3, opening_total = $4 WHERE id = $1",
        customer.0,
        grade.code(),
        order_count,
        total
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
