//! Facts read back: sums by month, the rows behind a figure, and how a figure is spread.

use crate::domain::ids::PersonId;
use crate::domain::report::figure::Sums;
use crate::domain::report::{Kpi, Month};
use crate::store::StoreError;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

/// Whose facts the reader may see; handed out by the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Everything,
    Own {
        person: PersonId,
    },
    /// The manager's own and those of the team.
    Team {
        manager: PersonId,
    },
    /// Only facts with these details: a department's own nodes.
    Details(Vec<&'static str>),
}

/// Filters as they stand in the address; codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub owner: Option<PersonId>,
    pub grade: Option<String>,
    pub urgent: Option<bool>,
    pub path: Option<String>,
    pub deal_kind: Option<String>,
    /// The parts that count; none for all.
    pub details: Option<Vec<String>>,
}

impl Filter {
    /// Whether the sums by month and owner are enough.
    fn is_coarse(&self) -> bool {
        self.grade.is_none()
            && self.urgent.is_none()
            && self.path.is_none()
            && self.deal_kind.is_none()
            && self.details.is_none()
    }
}

fn narrowed(q: &mut QueryBuilder<Postgres>, scope: &Scope, f: &Filter) {
    match scope {
        Scope::Everything => {}
        Scope::Own { person } => {
            q.push(" AND f.owner_id = ").push_bind(person.0);
        }
        Scope::Team { manager } => {
            q.push(" AND f.owner_id IN (SELECT p.id FROM person p WHERE p.id = ").push_bind(manager.0);
            q.push(" OR p.manager_id = ").push_bind(manager.0).push(")");
        }
        Scope::Details(details) => {
            let details: Vec<String> = details.iter().map(|d| (*d).to_owned()).collect();
            q.push(" AND f.detail = ANY (").push_bind(details).push(")");
        }
    }
    if let Some(owner) = f.owner {
        q.push(" AND f.owner_id = ").push_bind(owner.0);
    }
    if let Some(grade) = &f.grade {
        q.push(" AND f.grade = ").push_bind(grade.clone());
    }
    if let Some(urgent) = f.urgent {
        q.push(" AND f.is_urgent = ").push_bind(urgent);
    }
    if let Some(path) = &f.path {
        q.push(" AND f.path = ").push_bind(path.clone());
    }
    if let Some(kind) = &f.deal_kind {
        q.push(" AND f.deal_kind = ").push_bind(kind.clone());
    }
    if let Some(details) = &f.details {
        q.push(" AND f.detail = ANY (").push_bind(details.clone()).push(")");
    }
}

/// What a figure is split by.
const DETAIL: &str = "f.detail";

fn codes(kpis: &[Kpi]) -> Vec<String> {
    kpis.iter().map(|k| k.code().to_owned()).collect()
}

#[derive(FromRow)]
struct SumRow {
    kpi: String,
    key: String,
    numerator: Decimal,
    denominator: Decimal,
    second: Decimal,
    facts: i64,
}

impl SumRow {
    fn sums(&self) -> Sums {
        Sums { numerator: self.numerator, denominator: self.denominator, second: self.second, count: self.facts }
    }
}

async fn summed(
    conn: &mut PgConnection,
    key: &str,
    (from, to): (Month, Month),
    kpis: &[Kpi],
    (scope, filter): (&Scope, &Filter),
) -> Result<Vec<SumRow>, StoreError> {
    let is_coarse = key != DETAIL && filter.is_coarse() && !matches!(scope, Scope::Details(_));
    let mut q = QueryBuilder::new("SELECT f.kpi, ");
    q.push(key).push(
        " AS key, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator, sum(f.second) AS second,
          sum(f.facts)::bigint AS facts FROM ",
    );
    q.push(if is_coarse { "report_month" } else { "report_rollup" });
    q.push(" f WHERE f.facts > 0 AND f.month BETWEEN ");
    q.push_bind(from.first_day()).push(" AND ").push_bind(to.first_day());
    q.push(" AND f.kpi = ANY (").push_bind(codes(kpis)).push(")");
    narrowed(&mut q, scope, filter);
    q.push(" GROUP BY 1, 2 ORDER BY 1, 2");
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// Sums of each figure in each month from the first to the last.
pub async fn sums_by_month(
    conn: &mut PgConnection,
    months: (Month, Month),
    kpis: &[Kpi],
    within: (&Scope, &Filter),
) -> Result<Vec<(Kpi, Month, Sums)>, StoreError> {
    let rows = summed(conn, "f.month::text", months, kpis, within).await?;
    Ok(rows
        .iter()
        .filter_map(|r| {
            let day: NaiveDate = r.key.parse().ok()?;
            Some((Kpi::parse(&r.kpi)?, Month::with(day), r.sums()))
        })
        .collect())
}

/// Sums of one figure, split by step, department, reason or type.
pub async fn by_detail(
    conn: &mut PgConnection,
    months: (Month, Month),
    kpi: Kpi,
    within: (&Scope, &Filter),
) -> Result<Vec<(String, Sums)>, StoreError> {
    let rows = summed(conn, DETAIL, months, &[kpi], within).await?;
    Ok(rows.iter().map(|r| (r.key.clone(), r.sums())).collect())
}

/// Sums of one figure by the person who sells.
pub async fn by_owner(
    conn: &mut PgConnection,
    months: (Month, Month),
    kpi: Kpi,
    within: (&Scope, &Filter),
) -> Result<Vec<(PersonId, Sums)>, StoreError> {
    let rows = summed(conn, "f.owner_id::text", months, &[kpi], within).await?;
    Ok(rows.iter().filter_map(|r| Some((PersonId(r.key.parse().ok()?), r.sums()))).collect())
}

/// Median and 90th percentile of the numerators and of the second readings, `None` without facts.
/// All are values that occurred.
#[derive(Debug, Clone, PartialEq, Eq, Default, FromRow)]
pub struct Distribution {
    pub detail: String,
    pub median: Option<Decimal>,
    pub p90: Option<Decimal>,
    pub second_median: Option<Decimal>,
    pub second_p90: Option<Decimal>,
}

async fn distributed(
    conn: &mut PgConnection,
    key: &str,
    (from, to): (Month, Month),
    kpi: Kpi,
    (scope, filter): (&Scope, &Filter),
) -> Result<Vec<Distribution>, StoreError> {
    let mut q = QueryBuilder::new("SELECT ");
    q.push(key).push(
        " AS detail, percentile_disc(0.5) WITHIN GROUP (ORDER BY f.numerator) AS median,
          percentile_disc(0.9) WITHIN GROUP (ORDER BY f.numerator) AS p90,
          percentile_disc(0.5) WITHIN GROUP (ORDER BY f.second) AS second_median,
          percentile_disc(0.9) WITHIN GROUP (ORDER BY f.second) AS second_p90 FROM report_fact f WHERE f.kpi = ",
    );
    q.push_bind(kpi.code());
    q.push(" AND f.month BETWEEN ").push_bind(from.first_day()).push(" AND ").push_bind(to.first_day());
    narrowed(&mut q, scope, filter);
    q.push(" GROUP BY 1 ORDER BY 1");
    Ok(q.build_query_as().fetch_all(conn).await?)
}

/// How a figure is spread; nothing without facts.
pub async fn distribution(
    conn: &mut PgConnection,
    months: (Month, Month),
    kpi: Kpi,
    within: (&Scope, &Filter),
) -> Result<Option<Distribution>, StoreError> {
    Ok(distributed(conn, "''", months, kpi, within).await?.pop())
}

/// The same for each step, department, reason or type.
pub async fn distribution_by_detail(
    conn: &mut PgConnection,
    months: (Month, Month),
    kpi: Kpi,
    within: (&Scope, &Filter),
) -> Result<Vec<Distribution>, StoreError> {
    distributed(conn, DETAIL, months, kpi, within).await
}

/// One fact as the page shows it, with the deal or customer it is about.
#[derive(Debug, Clone, FromRow)]
pub struct FactRow {
    pub kind: String,
    pub position: i64,
    pub no: String,
    pub customer_name: String,
    pub owner_name: String,
    pub owner_name_en: String,
    pub at: DateTime<Utc>,
    pub detail: String,
    pub is_urgent: bool,
    pub numerator: Decimal,
    pub denominator: Decimal,
    pub second: Decimal,
    /// Why a round came back, in the words of whoever decided.
    pub said: Option<String>,
}

/// Where a page of rows goes on: the last row's moment and position.
pub type After = Option<(DateTime<Utc>, i64)>;

/// The rows behind a figure, newest first, at most `limit`.
pub async fn rows(
    conn: &mut PgConnection,
    (from, to): (Month, Month),
    kpi: Kpi,
    (scope, filter): (&Scope, &Filter),
    after: After,
    limit: i64,
) -> Result<Vec<FactRow>, StoreError> {
    let mut q = QueryBuilder::new(
        "SELECT f.kind, f.position, COALESCE(d.no, a.customer_no) AS no, COALESCE(c.short_name, c.legal_name, a.short_name, a.legal_name) AS customer_name,
            w.name AS owner_name, w.name_en AS owner_name_en, f.at, f.detail, f.is_urgent, f.numerator, f.denominator, f.second, ",
    );
    q.push(match kpi {
        Kpi::ReturnRate | Kpi::RejectRate => {
            "(SELECT n.comment FROM approval_round r JOIN approval_node n ON n.round_id = r.id
              WHERE r.deal_id = f.id AND r.ended_at = f.at AND n.kind = f.detail AND n.decided_at IS NOT NULL LIMIT 1)"
        }
        _ => "NULL::text",
    });
    q.push(
        " AS said FROM report_fact f LEFT JOIN deal d ON f.kind = 'deal' AND d.id = f.id LEFT JOIN customer c ON c.id = d.customer_id
         LEFT JOIN customer a ON f.kind = 'customer' AND a.id = f.id JOIN person w ON w.id = f.owner_id WHERE f.kpi = ",
    );
    q.push_bind(kpi.code());
    if from == to {
        q.push(" AND f.month = ").push_bind(from.first_day());
    } else {
        q.push(" AND f.month BETWEEN ").push_bind(from.first_day()).push(" AND ").push_bind(to.first_day());
    }
    narrowed(&mut q, scope, filter);
    if let Some((at, position)) = after {
        q.push(" AND (f.at, f.position) < (").push_bind(at).push(", ").push_bind(position).push(")");
    }
    q.push(" ORDER BY f.at DESC, f.position DESC LIMIT ").push_bind(limit);
    Ok(q.build_query_as().fetch_all(conn).await?)
}
