//! One set of deals in columns and days: heads with count, money and number late, and the first cards
//! of each.
//!
//! Nothing here reads more than a page of any column: counts stop at `MOST`, so that a board costs the
//! same whatever the size of the company.

use super::StoreError;
use super::lists::{DEAL_COLUMNS, DEAL_FROM, DealFilter, DealRow, filtered};
use crate::domain::policy::VisibleTo;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

/// Where counting stops; a column that has more says so.
pub const MOST: i64 = 200;

/// What makes the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Step,
    OrderStatus,
}

impl By {
    fn column(self) -> &'static str {
        match self {
            Self::Step => "d.step",
            Self::OrderStatus => "d.order_status",
        }
    }

    /// The most urgent first, as the index of the columns has them.
    fn order(self) -> &'static str {
        match self {
            Self::Step => " ORDER BY d.late_at, d.id LIMIT ",
            Self::OrderStatus => " ORDER BY d.order_promised_at, d.id LIMIT ",
        }
    }
}

/// The head of a column. `count` and `late` are at most `MOST + 1`.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Head {
    pub code: String,
    pub count: i64,
    pub late: i64,
    pub amount: Option<Decimal>,
}

/// A deal in its column, or on its day counted from the first.
#[derive(Debug, Clone, FromRow)]
pub struct Placed {
    pub place: i64,
    #[sqlx(flatten)]
    pub row: DealRow,
}

/// The statement of [`heads`], for the test that looks at its plan.
pub fn heads_query(
    to: VisibleTo,
    f: &DealFilter,
    by: By,
    codes: &[&str],
    now: DateTime<Utc>,
) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT s.code, a.count, a.late, a.amount FROM unnest(");
    q.push_bind(codes.iter().map(|c| (*c).to_owned()).collect::<Vec<String>>());
    q.push("::text[]) WITH ORDINALITY s(code, place) CROSS JOIN LATERAL (SELECT count(*) AS count, count(*) FILTER (WHERE x.status = 'open' AND x.late_at < ");
    q.push_bind(now)
        .push(") AS late, sum(x.amount) AS amount FROM (SELECT d.status, d.late_at, d.amount FROM deal d WHERE ");
    q.push(by.column()).push(" = s.code");
    filtered(&mut q, to, f);
    q.push(by.order()).push(MOST + 1).push(") x) a ORDER BY s.place");
    q
}

pub async fn heads(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &DealFilter,
    by: By,
    codes: &[&str],
    now: DateTime<Utc>,
) -> Result<Vec<Head>, StoreError> {
    Ok(heads_query(to, f, by, codes, now).build_query_as().fetch_all(conn).await?)
}

/// The statement of [`cards`], for the test that looks at its plan.
pub fn cards_query(to: VisibleTo, f: &DealFilter, by: By, codes: &[&str], per: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT d.place, ");
    q.push(DEAL_COLUMNS).push(" FROM (SELECT s.place, d.* FROM unnest(");
    q.push_bind(codes.iter().map(|c| (*c).to_owned()).collect::<Vec<String>>());
    q.push("::text[]) WITH ORDINALITY s(code, place) CROSS JOIN LATERAL (SELECT d.* FROM deal d WHERE ");
    q.push(by.column()).push(" = s.code");
    filtered(&mut q, to, f);
    // The names are looked up once for all columns, not for each.
    q.push(by.order()).push(per).push(
        ") d OFFSET 0) d JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id ORDER BY d.place",
    );
    q.push(match by {
        By::Step => ", d.late_at, d.id",
        By::OrderStatus => ", d.order_promised_at, d.id",
    });
    q
}

/// The first cards of each column, column by column; `place` counts the columns from 1.
pub async fn cards(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &DealFilter,
    by: By,
    codes: &[&str],
    per: i64,
) -> Result<Vec<Placed>, StoreError> {
    Ok(cards_query(to, f, by, codes, per).build_query_as().fetch_all(conn).await?)
}

/// How much falls on a day.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DayHead {
    /// Counted from 1.
    pub place: i64,
    pub count: i64,
}

/// Days that begin at these moments; the last moment ends the last day.
fn days(q: &mut QueryBuilder<Postgres>, midnights: &[DateTime<Utc>]) {
    let ends: Vec<DateTime<Utc>> = midnights.iter().skip(1).copied().collect();
    let begins: Vec<DateTime<Utc>> = midnights.iter().take(ends.len()).copied().collect();
    q.push("unnest(").push_bind(begins).push("::timestamptz[], ").push_bind(ends);
    q.push("::timestamptz[]) WITH ORDINALITY s(begins, ends, place)");
}

/// The statement of `day_heads`.
pub fn day_heads_query(to: VisibleTo, f: &DealFilter, midnights: &[DateTime<Utc>]) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT s.place, a.count FROM ");
    days(&mut q, midnights);
    q.push(" CROSS JOIN LATERAL (SELECT count(*) AS count FROM (SELECT FROM deal d WHERE d.promised_at >= s.begins AND d.promised_at < s.ends");
    filtered(&mut q, to, f);
    q.push(" LIMIT ").push(MOST + 1).push(") x) a ORDER BY s.place");
    q
}

/// How many promises fall on each day, at most `MOST + 1`.
pub async fn day_heads(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &DealFilter,
    midnights: &[DateTime<Utc>],
) -> Result<Vec<DayHead>, StoreError> {
    Ok(day_heads_query(to, f, midnights).build_query_as().fetch_all(conn).await?)
}

/// The statement of `day_cards`.
pub fn day_cards_query(to: VisibleTo, f: &DealFilter, midnights: &[DateTime<Utc>], per: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT s.place, ");
    q.push(DEAL_COLUMNS).push(" FROM ");
    days(&mut q, midnights);
    q.push(" CROSS JOIN LATERAL (SELECT d.* FROM deal d WHERE d.promised_at >= s.begins AND d.promised_at < s.ends");
    filtered(&mut q, to, f);
    q.push(" ORDER BY d.promised_at, d.id LIMIT ").push(per);
    q.push(") d JOIN customer c ON c.id = d.customer_id JOIN person w ON w.id = d.owner_id ORDER BY s.place, d.promised_at, d.id");
    q
}

/// The first promises of each day; `place` counts the days from 1.
pub async fn day_cards(
    conn: &mut PgConnection,
    to: VisibleTo,
    f: &DealFilter,
    midnights: &[DateTime<Utc>],
    per: i64,
) -> Result<Vec<Placed>, StoreError> {
    Ok(day_cards_query(to, f, midnights, per).build_query_as().fetch_all(conn).await?)
}

/// How many rows there are, at most `most + 1`.
pub async fn count_up_to(conn: &mut PgConnection, to: VisibleTo, f: &DealFilter, most: i64) -> Result<i64, StoreError> {
    let mut q = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM deal d WHERE true");
    filtered(&mut q, to, f);
    q.push(" LIMIT ").push(most + 1).push(") x");
    Ok(q.build_query_scalar().fetch_one(conn).await?)
}

/// The statement of one page of a list, for the test that looks at its plan.
pub fn page_query(to: VisibleTo, f: &DealFilter, limit: i64) -> QueryBuilder<Postgres> {
    let mut q = QueryBuilder::new("SELECT ");
    q.push(DEAL_COLUMNS).push(DEAL_FROM);
    filtered(&mut q, to, f);
    super::lists::placed(&mut q, f, limit);
    q
}
