//! Facts kept: which subjects are due, and their facts replaced in one transaction.

use crate::domain::report::{Fact, Facts, Month};
use crate::store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// What facts are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    Deal,
    Customer,
}

impl SubjectKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Customer => "customer",
        }
    }
}

/// A deal or customer with what its facts are filtered by.
#[derive(Debug, Clone)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: Uuid,
    pub owner: Uuid,
    pub grade: String,
    pub is_urgent: bool,
    /// Path of the latest round: `standard`, `fast` or `none`.
    pub path: String,
    /// Kind of the deal, `none` for a customer.
    pub deal_kind: String,
}

/// Subjects claimed for one transaction.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub deals: Vec<Uuid>,
    pub customers: Vec<Uuid>,
}

impl Taken {
    pub fn is_empty(&self) -> bool {
        self.deals.is_empty() && self.customers.is_empty()
    }

    fn add(&mut self, kind: &str, id: Uuid) {
        let list = if kind == SubjectKind::Deal.code() { &mut self.deals } else { &mut self.customers };
        if !list.contains(&id) {
            list.push(id);
        }
    }
}

/// Two makers at once could keep what the slower one read earlier: the second waits for the first.
const MAKERS: i64 = 0x6661_6374;

/// Claims at most `limit` subjects that changed, or whose facts time has changed by `now`. What
/// another process works on, or a running change holds, is left out.
pub async fn lock_due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Taken, StoreError> {
    sqlx::query!(r#"SELECT 1 AS "locked!" FROM pg_advisory_xact_lock($1)"#, MAKERS).fetch_one(tx.conn()).await?;
    let mut taken = Taken::default();
    let changed = sqlx::query!(
        "DELETE FROM report_due d USING (SELECT kind, id FROM report_due LIMIT $1 FOR UPDATE SKIP LOCKED) x WHERE d.kind = x.kind AND d.id = x.id RETURNING d.kind, d.id",
        limit
    )
    .fetch_all(tx.conn())
    .await?;
    for row in changed {
        taken.add(&row.kind, row.id);
    }
    let again = sqlx::query!(
        "SELECT kind, id FROM report_subject WHERE look_again_at < $1 ORDER BY look_again_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        now,
        limit
    )
    .fetch_all(tx.conn())
    .await?;
    for row in again {
        taken.add(&row.kind, row.id);
    }
    // Whether a customer came back stands in the deals. Who is due anyhow is left to their own turn.
    let customers = sqlx::query_scalar!(
        "SELECT DISTINCT d.customer_id FROM deal d WHERE d.id = ANY ($1)
         AND NOT EXISTS (SELECT FROM report_due c WHERE c.kind = 'customer' AND c.id = d.customer_id)",
        &taken.deals
    );
    for id in customers.fetch_all(tx.conn()).await? {
        taken.add(SubjectKind::Customer.code(), id);
    }
    Ok(taken)
}

/// Replaces the facts of the given subjects.
pub async fn keep(tx: &mut Tx, made: &[(Subject, Facts)], now: DateTime<Utc>) -> Result<(), StoreError> {
    // From here on rows are written: the check of every foreign key would be planned anew for each of them.
    sqlx::query("SET LOCAL plan_cache_mode = 'force_generic_plan'").execute(tx.conn()).await?;
    let kinds: Vec<String> = made.iter().map(|(s, _)| s.kind.code().to_owned()).collect();
    let ids: Vec<Uuid> = made.iter().map(|(s, _)| s.id).collect();
    let again: Vec<Option<DateTime<Utc>>> = made.iter().map(|(_, f)| f.look_again_at).collect();
    sqlx::query!(
        "INSERT INTO report_subject (kind, id, made_at, look_again_at)
         SELECT kind, id, $3, again FROM unnest($1::text[], $2::uuid[], $4::timestamptz[]) AS x (kind, id, again) ORDER BY kind, id
         ON CONFLICT (kind, id) DO UPDATE SET made_at = excluded.made_at, look_again_at = excluded.look_again_at",
        &kinds,
        &ids,
        now,
        &again as &[Option<DateTime<Utc>>]
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "DELETE FROM report_fact f USING unnest($1::text[], $2::uuid[]) AS x (kind, id) WHERE f.kind = x.kind AND f.id = x.id",
        &kinds,
        &ids
    )
    .execute(tx.conn())
    .await?;
    insert(tx.conn(), made).await
}

async fn insert(conn: &mut PgConnection, made: &[(Subject, Facts)]) -> Result<(), StoreError> {
    let rows: Vec<(&Subject, &Fact)> = made.iter().flat_map(|(s, f)| f.facts.iter().map(move |f| (s, f))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&Subject, &Fact) -> String| -> Vec<String> { rows.iter().map(|(s, f)| of(s, f)).collect() };
    let number = |of: fn(&Fact) -> Decimal| -> Vec<Decimal> { rows.iter().map(|(_, f)| of(f)).collect() };
    let ids: Vec<Uuid> = rows.iter().map(|(s, _)| s.id).collect();
    let owners: Vec<Uuid> = rows.iter().map(|(s, _)| s.owner).collect();
    let urgent: Vec<bool> = rows.iter().map(|(s, _)| s.is_urgent).collect();
    let at: Vec<DateTime<Utc>> = rows.iter().map(|(_, f)| f.at).collect();
    let months: Vec<chrono::NaiveDate> = rows.iter().map(|(_, f)| Month::of(f.at).first_day()).collect();
    sqlx::query!(
        "INSERT INTO report_fact (kind, id, kpi, month, at, owner_id, grade, is_urgent, path, deal_kind, detail, numerator, denominator, second)
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::date[], $5::timestamptz[], $6::uuid[], $7::text[], $8::boolean[],
             $9::text[], $10::text[], $11::text[], $12::numeric[], $13::numeric[], $14::numeric[])",
        &text(|s, _| s.kind.code().to_owned()),
        &ids,
        &text(|_, f| f.kpi.code().to_owned()),
        &months,
        &at,
        &owners,
        &text(|s, _| s.grade.clone()),
        &urgent,
        &text(|s, _| s.path.clone()),
        &text(|s, _| s.deal_kind.clone()),
        &text(|_, f| f.detail.unwrap_or_default().to_owned()),
        &number(|f| f.numerator),
        &number(|f| f.denominator),
        &number(|f| f.second.unwrap_or_default())
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Throws all facts and their sums away and marks every deal and customer as changed. For the owner: row by row, as
/// the serving role would have to, millions of facts take hours and leave their room behind.
pub async fn begin_anew(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(tx.conn()).await?;
    sqlx::query("TRUNCATE report_fact, report_rollup, report_month, report_subject").execute(tx.conn()).await?;
    sqlx::query!("INSERT INTO report_due SELECT 'deal', id FROM deal UNION ALL SELECT 'customer', id FROM customer ON CONFLICT DO NOTHING")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What a comparison of sums and facts found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    Whole {
        facts: i64,
    },
    /// A sum that differs from its facts.
    Differs {
        kpi: String,
        month: chrono::NaiveDate,
    },
}

/// Compares every sum with its facts, however long it takes. Nothing is written.
pub async fn check(tx: &mut Tx) -> Result<Check, StoreError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(tx.conn()).await?;
    let wrong = sqlx::query!(
        r#"SELECT COALESCE(r.kpi, f.kpi) AS "kpi!", COALESCE(r.month, f.month) AS "month!" FROM report_rollup r
           FULL JOIN (SELECT kpi, month, owner_id, grade, is_urgent, path, deal_kind, detail, sum(numerator) AS numerator,
                   sum(denominator) AS denominator, sum(second) AS second, count(*) AS facts
               FROM report_fact GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) f USING (kpi, month, owner_id, grade, is_urgent, path, deal_kind, detail)
           WHERE (COALESCE(r.numerator, 0), COALESCE(r.denominator, 0), COALESCE(r.second, 0), COALESCE(r.facts, 0))
               IS DISTINCT FROM (COALESCE(f.numerator, 0), COALESCE(f.denominator, 0), COALESCE(f.second, 0), COALESCE(f.facts, 0))
           UNION ALL
           SELECT COALESCE(r.kpi, f.kpi), COALESCE(r.month, f.month) FROM report_month r
           FULL JOIN (SELECT kpi, month, owner_id, sum(numerator) AS numerator, sum(denominator) AS denominator, sum(second) AS second,
                   count(*) AS facts
               FROM report_fact GROUP BY 1, 2, 3) f USING (kpi, month, owner_id)
           WHERE (COALESCE(r.numerator, 0), COALESCE(r.denominator, 0), COALESCE(r.second, 0), COALESCE(r.facts, 0))
               IS DISTINCT FROM (COALESCE(f.numerator, 0), COALESCE(f.denominator, 0), COALESCE(f.second, 0), COALESCE(f.facts, 0)) LIMIT 1"#
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(row) = wrong {
        return Ok(Check::Differs { kpi: row.kpi, month: row.month });
    }
    let facts = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM report_fact"#).fetch_one(tx.conn()).await?;
    Ok(Check::Whole { facts })
}
