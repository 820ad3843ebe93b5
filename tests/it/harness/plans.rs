//! How the database goes about a statement.

use sqlx::{AssertSqlSafe, Execute as _, PgConnection, Postgres, QueryBuilder, Row as _, raw_sql};

/// The plan for these very values, as connections for searches and jobs make it.
pub async fn by_values(query: &mut QueryBuilder<Postgres>, conn: &mut PgConnection) -> String {
    let sql = format!("EXPLAIN {}", query.sql().as_str());
    let arguments = query.build().take_arguments().expect("encoded").expect("arguments");
    let rows =
        sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(false).fetch_all(conn).await.expect("explained");
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

/// The plan for all values, as connections of pages and commands keep it.
pub async fn kept(sql: &str, conn: &mut PgConnection) -> String {
    let places = (1..=99).take_while(|n| sql.contains(&format!("${n}"))).count();
    let values = if places == 0 { String::new() } else { format!("({})", vec!["NULL"; places].join(", ")) };
    let prepare = format!("SET plan_cache_mode = 'force_generic_plan'; PREPARE looked AS {sql}");
    raw_sql(AssertSqlSafe(prepare)).execute(&mut *conn).await.unwrap_or_else(|e| panic!("{e}: {sql}"));
    let explain = format!("EXPLAIN EXECUTE looked{values}");
    let rows = raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *conn).await.expect("explained");
    raw_sql("DEALLOCATE looked; RESET plan_cache_mode").execute(conn).await.expect("forgotten");
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}
