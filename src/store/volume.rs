//! A company with volumes, for measuring: customers, products, and deals copied by the thousand from
//! those that the application made. The scripts beside this file hold the SQL; each is run in the same
//! session, as the owner.
//!
//! The one rule: whatever comes in passes the schema's checks, keys and exclusions before the work is
//! done. Triggers rest meanwhile, so nothing here may ever run beside real data.

use super::{PgConnection, StoreError};
use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

const BEGIN: &str = include_str!("volume/begin.sql");
const CUSTOMERS: &str = include_str!("volume/customers.sql");
const PRODUCTS: &str = include_str!("volume/products.sql");
const COPIES: &str = include_str!("volume/copies.sql");
const HISTORY: &str = include_str!("volume/history.sql");
const FINISH: &str = include_str!("volume/finish.sql");

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub seed: u32,
    pub customers: u32,
    pub products: u32,
    /// Orders, those included that are under way.
    pub orders: u32,
    pub open_orders: u32,
    /// Deals that wait for an approval.
    pub waiting: u32,
    /// Deals in the steps before.
    pub deals: u32,
    /// Accepted deals whose order is to be confirmed.
    pub ready: u32,
    /// Completed orders, the newest, that keep their whole history.
    pub history: u32,
}

/// Whether there is nothing that could be somebody's.
pub async fn is_empty(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let found: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM person) OR EXISTS (SELECT FROM customer) OR EXISTS (SELECT FROM deal)",
    )
    .fetch_one(conn)
    .await?;
    Ok(!found)
}

/// Deals whose order is drafted, with the login of their owner.
pub async fn drafted(conn: &mut PgConnection) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT d.no, p.login FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.order_status = 'draft' ORDER BY d.no";
    Ok(sqlx::query_as(sql).fetch_all(conn).await?)
}

/// Fills the database around the deals that are there, as of `now`; `done` hears of every part that came in.
pub async fn fill(
    conn: &mut PgConnection,
    sizes: &Sizes,
    now: DateTime<Utc>,
    mut done: impl FnMut(&str),
) -> Result<(), StoreError> {
    sqlx::query("SELECT set_config('volume.moment', $1, false)").bind(now.to_rfc3339()).execute(&mut *conn).await?;
    let history = sizes.history.min(sizes.orders.saturating_sub(sizes.open_orders));
    for (name, value) in [
        ("seed", sizes.seed),
        ("customers", sizes.customers),
        ("products", sizes.products),
        ("orders", sizes.orders),
        ("open_orders", sizes.open_orders.min(sizes.orders)),
        ("waiting", sizes.waiting),
        ("deals", sizes.deals),
        ("ready", sizes.ready),
        ("history", history),
    ] {
        sqlx::query("SELECT set_config('volume.' || $1, $2, false)")
            .bind(name)
            .bind(value.to_string())
            .execute(&mut *conn)
            .await?;
    }
    for (part, script) in [("people", BEGIN), ("customers", CUSTOMERS), ("products", PRODUCTS), ("plan", COPIES)] {
        sqlx::raw_sql(script).execute(&mut *conn).await?;
        done(part);
    }
    let parts: Vec<String> = sqlx::query_scalar("SELECT part FROM filling ORDER BY part").fetch_all(&mut *conn).await?;
    for part in parts {
        sqlx::query("SELECT pg_temp.fill($1)").bind(&part).execute(&mut *conn).await?;
        done(&part);
    }
    for (part, script) in [("history", HISTORY), ("keys and indexes", FINISH)] {
        sqlx::raw_sql(script).execute(&mut *conn).await?;
        done(part);
    }
    // Statistics, and the pages that are wholly visible.
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema ORDER BY 1")
            .fetch_all(&mut *conn)
            .await?;
    for table in tables {
        sqlx::raw_sql(AssertSqlSafe(format!("VACUUM (ANALYZE) {table}"))).execute(&mut *conn).await?;
    }
    done("statistics");
    Ok(())
}
