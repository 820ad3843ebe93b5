//! What a customer bought and owes, computed from rows each time: the figures of the co-operation card.

use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, DealId, OrderId};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// A product of completed orders, in the order of its `ROW`.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct Bought {
    /// Empty for a custom item without a product.
    pub code: String,
    pub name: String,
    pub name_en: Option<String>,
    pub unit: String,
    pub quantity: Decimal,
    pub last_price: Decimal,
    pub last_at: DateTime<Utc>,
}

/// A price agreed with the customer that is in force, or will be, in the order of its `ROW`.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "record")]
pub struct Agreed {
    pub list_code: String,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub from_quantity: Decimal,
    pub unit_price: Decimal,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// The figures of the co-operation card.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Completed orders and their sum, opening figures not included.
    pub orders: i64,
    pub total: Decimal,
    pub complaints: i64,
    pub open_complaints: i64,
    pub praise: i64,
    /// What was bought last comes first.
    pub bought: Vec<Bought>,
    pub agreed: Vec<Agreed>,
    /// The newest order that can be ordered again.
    pub last_order: Option<String>,
}

/// Everything of the card in one look, six products and six agreed prices at most.
pub async fn figures(conn: &mut PgConnection, customer: CustomerId, today: NaiveDate) -> Result<Figures, StoreError> {
    Ok(sqlx::query_as!(
        Figures,
        // The customer's own prices first: in the order of codes the whole catalogue would be read.
        r#"SELECT done.orders AS "orders!", done.total AS "total!", said.complaints AS "complaints!", said.open_complaints AS "open_complaints!", said.praise AS "praise!",
            ARRAY(SELECT ROW (COALESCE(p.code, ''), COALESCE(p.name, l.name), p.name_en, l.unit, sum(l.quantity - l.off_quantity),
                    (array_agg(l.unit_price ORDER BY o.confirmed_at DESC, l.line_no))[1], max(o.confirmed_at))
                FROM deal d JOIN sales_order o ON o.deal_id = d.id JOIN order_line l ON l.order_id = o.id LEFT JOIN product p ON p.id = l.product_id
                WHERE d.customer_id = $1 AND o.status = 'completed' AND l.kind <> 'surcharge' AND l.quantity > l.off_quantity
                GROUP BY p.code, COALESCE(p.name, l.name), p.name_en, l.unit ORDER BY max(o.confirmed_at) DESC, COALESCE(p.name, l.name) LIMIT 6) AS "bought!: Vec<Bought>",
            ARRAY(WITH own AS MATERIALIZED (
                    SELECT l.code, i.product_id, i.from_quantity, i.unit_price, i.valid_from, i.valid_to FROM price_list l JOIN price_item i ON i.list_id = l.id
                    WHERE l.customer_id = $1 AND l.status = 'published' AND (i.valid_to IS NULL OR i.valid_to >= $2))
                SELECT ROW (own.code, p.code, p.name, p.name_en, own.from_quantity, own.unit_price, own.valid_from, own.valid_to)
                FROM own JOIN product p ON p.id = own.product_id ORDER BY p.code, own.from_quantity, own.valid_from LIMIT 6) AS "agreed!: Vec<Agreed>",
            (SELECT o.no FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE d.customer_id = $1 AND o.confirmed_at IS NOT NULL AND o.status <> 'cancelled'
                ORDER BY o.confirmed_at DESC, o.no DESC LIMIT 1) AS last_order
           FROM (SELECT count(*) AS orders, COALESCE(sum(o.gross - COALESCE((SELECT sum(l.off_gross) FROM order_line l WHERE l.order_id = o.id), 0)), 0) AS total FROM deal d JOIN sales_order o ON o.deal_id = d.id
                WHERE d.customer_id = $1 AND d.order_status = 'completed') done
           CROSS JOIN (SELECT count(*) FILTER (WHERE kind = 'complaint' AND status <> 'dismissed') AS complaints,
                    count(*) FILTER (WHERE kind = 'complaint' AND status NOT IN ('closed','dismissed')) AS open_complaints, count(*) FILTER (WHERE kind = 'praise') AS praise
                FROM feedback WHERE customer_id = $1) said"#,
        customer.0,
        today
    )
    .fetch_one(conn)
    .await?)
}

/// An order that can be ordered again.
#[derive(Debug, Clone)]
pub struct PastOrder {
    pub no: String,
    pub title: String,
    pub confirmed_at: DateTime<Utc>,
    /// What it came to.
    pub gross: Decimal,
}

/// The confirmed orders of a customer, newest first.
pub async fn past_orders(
    conn: &mut PgConnection,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<PastOrder>, StoreError> {
    Ok(sqlx::query_as!(
        PastOrder,
        r#"SELECT o.no, d.title, o.confirmed_at AS "confirmed_at!",
              o.gross - COALESCE((SELECT sum(l.off_gross) FROM order_line l WHERE l.order_id = o.id), 0) AS "gross!" FROM sales_order o JOIN deal d ON d.id = o.deal_id
           WHERE d.customer_id = $1 AND o.confirmed_at IS NOT NULL AND o.status <> 'cancelled' ORDER BY o.confirmed_at DESC, o.no DESC LIMIT $2"#,
        customer.0,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// The order that a deal repeats: its deal and its number.
pub async fn repeated(conn: &mut PgConnection, deal: DealId) -> Result<Option<(DealId, String)>, StoreError> {
    Ok(sqlx::query!(
        "SELECT o.deal_id, o.no FROM deal d JOIN sales_order o ON o.id = d.repeats_id WHERE d.id = $1",
        deal.0
    )
    .fetch_optional(conn)
    .await?
    .map(|r| (DealId(r.deal_id), r.no)))
}

pub(super) async fn set_repeats(tx: &mut Tx, deal: DealId, order: OrderId) -> Result<(), StoreError> {
    sqlx::query!("UPDATE deal SET repeats_id = $2 WHERE id = $1", deal.0, order.0).execute(tx.conn()).await?;
    Ok(())
}
