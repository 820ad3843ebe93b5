//! Figures read off the rows as they are at this moment.

use super::figures::Scope;
use crate::domain::report::figure::Sums;
use crate::store::StoreError;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

#[derive(FromRow)]
struct Counted {
    numerator: Decimal,
    denominator: Decimal,
}

impl Counted {
    fn sums(&self) -> Sums {
        let count = i64::try_from(self.denominator).unwrap_or_default();
        Sums { numerator: self.numerator, denominator: self.denominator, second: Decimal::ZERO, count }
    }
}

fn owned(q: &mut QueryBuilder<Postgres>, scope: &Scope, column: &str) {
    match scope {
        Scope::Everything => {}
        Scope::Own { person } => {
            q.push(" AND ").push(column).push(" = ").push_bind(person.0);
        }
        Scope::Team { manager } => {
            q.push(" AND ").push(column).push(" IN (SELECT p.id FROM person p WHERE p.id = ").push_bind(manager.0);
            q.push(" OR p.manager_id = ").push_bind(manager.0).push(")");
        }
        Scope::Detail(_) => {
            q.push(" AND false");
        }
    }
}

/// Archived customers with two active contacts and a valid re-check, over archived ones.
pub async fn complete_archives(conn: &mut PgConnection, scope: &Scope, today: NaiveDate) -> Result<Sums, StoreError> {
    let mut q = QueryBuilder::new("SELECT (count(*) FILTER (WHERE c.next_review_on >= ");
    q.push_bind(today).push(" AND ");
    // All of them at once is one walk over an index; the customers of a few people are asked one by one.
    q.push(match scope {
        Scope::Everything => "k.customer_id IS NOT NULL))::numeric AS numerator, count(*)::numeric AS denominator FROM customer c
            LEFT JOIN (SELECT customer_id FROM contact WHERE is_active GROUP BY customer_id HAVING count(*) >= 2) k ON k.customer_id = c.id",
        Scope::Own { .. } | Scope::Team { .. } | Scope::Detail(_) => "(SELECT count(*) FROM (SELECT FROM contact k WHERE k.customer_id = c.id AND k.is_active LIMIT 2) x) = 2))::numeric AS numerator,
            count(*)::numeric AS denominator FROM customer c",
    });
    q.push(" WHERE c.status = 'archived' AND NOT c.is_inactive");
    owned(&mut q, scope, "c.owner_id");
    Ok(q.build_query_as::<Counted>().fetch_one(conn).await?.sums())
}

/// Customers with two orders or more in the twelve months before `until`, over those with one or more.
pub async fn repeat_customers(
    conn: &mut PgConnection,
    scope: &Scope,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Sums, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT COALESCE(sum(CASE WHEN n >= 2 THEN 1 ELSE 0 END), 0)::numeric AS numerator, count(*)::numeric AS denominator
         FROM (SELECT d.customer_id, count(*) AS n FROM sales_order o JOIN deal d ON d.id = o.deal_id
               WHERE o.status <> 'cancelled' AND o.confirmed_at >= ",
    );
    q.push_bind(from).push(" AND o.confirmed_at < ").push_bind(until);
    owned(&mut q, scope, "d.owner_id");
    q.push(" GROUP BY d.customer_id) x");
    Ok(q.build_query_as::<Counted>().fetch_one(conn).await?.sums())
}
