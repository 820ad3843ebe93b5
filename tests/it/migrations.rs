//! Rows of earlier versions survive every later migration: nothing lost, every deal readable, the
//! history whole. `samples/<version>.sql` holds what an installation had at that version.

use crate::harness::postgres::Database;
use kuaidan::domain::ids::{CustomerId, DealId};
use kuaidan::store::events::{Audit, verify};
use kuaidan::store::{cases, schema};
use sqlx::{AssertSqlSafe, raw_sql};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use uuid::Uuid;

/// Files and customers name each other; a dump cannot be loaded in any order while both are checked.
const UNTIE: &str =
    "ALTER TABLE attachment DROP CONSTRAINT attachment_customer_id_fkey, DROP CONSTRAINT attachment_deal_id_fkey;
    ALTER TABLE customer DROP CONSTRAINT customer_license_file_id_fkey;";
const TIE: &str = "ALTER TABLE attachment ADD FOREIGN KEY (customer_id) REFERENCES customer (id), ADD FOREIGN KEY (deal_id) REFERENCES deal (id);
    ALTER TABLE customer ADD FOREIGN KEY (license_file_id) REFERENCES attachment (id);";

fn samples() -> Vec<(i64, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/samples");
    let mut found: Vec<(i64, String)> = fs::read_dir(&folder)
        .expect("the samples are there")
        .flatten()
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a readable name");
            let version = name.strip_suffix(".sql").and_then(|v| v.parse().ok()).unwrap_or_else(|| panic!("{name}"));
            (version, fs::read_to_string(entry.path()).expect("readable"))
        })
        .collect();
    found.sort();
    found
}

fn triggers(verb: &str) -> String {
    format!(
        "DO $$ DECLARE t text; BEGIN
            FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
            LOOP EXECUTE format('ALTER TABLE %I {verb} TRIGGER USER', t); END LOOP;
         END $$;"
    )
}

/// How many rows each table has.
async fn counts(owner: &mut sqlx::PgConnection) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
    )
    .fetch_all(&mut *owner)
    .await
    .expect("readable");
    let mut counts = BTreeMap::new();
    for table in tables {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut *owner)
            .await
            .expect("countable");
        counts.insert(table, count);
    }
    counts
}

#[tokio::test]
async fn rows_of_earlier_versions_survive_every_migration() {
    let samples = samples();
    assert!(!samples.is_empty());
    for (version, rows) in samples {
        let before = [schema::batch_between(0, version).as_str(), UNTIE, &triggers("DISABLE"), &rows].join("\n");
        let made = Database::filled_by(&before).await;
        let mut owner = made.owner_connection().await;
        let whole = triggers("ENABLE") + TIE;
        raw_sql(AssertSqlSafe(whole)).execute(&mut owner).await.unwrap_or_else(|e| panic!("rows of {version}: {e}"));
        let had = counts(&mut owner).await;
        raw_sql(AssertSqlSafe(schema::batch_between(version, i64::MAX)))
            .execute(&mut owner)
            .await
            .unwrap_or_else(|e| panic!("after {version}: {e}"));
        let has = counts(&mut owner).await;
        for (table, count) in &had {
            assert!(has.get(table).is_none_or(|now| now >= count), "{version}: rows of {table} were lost");
        }
        let deals: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM deal").fetch_all(&mut owner).await.expect("readable");
        assert!(deals.len() > 10, "{version}: a deal in every step");
        for deal in deals {
            let case = cases::of_deal(&mut owner, DealId(deal), chrono::DateTime::UNIX_EPOCH)
                .await
                .unwrap_or_else(|e| panic!("{version}: {e}"));
            assert!(case.is_some(), "{version}: deal {deal}");
        }
        let customers: Vec<Uuid> =
            sqlx::query_scalar("SELECT id FROM customer").fetch_all(&mut owner).await.expect("readable");
        for customer in customers {
            cases::of_customer(&mut owner, CustomerId(customer)).await.unwrap_or_else(|e| panic!("{version}: {e}"));
        }
        let audit = verify(&mut owner).await.expect("readable");
        assert!(matches!(audit, Audit::Whole { events, .. } if events > 100), "{version}: {audit:?}");
    }
}

#[tokio::test]
async fn a_migration_takes_as_long_as_it_takes() {
    let made = Database::filled_by("SELECT 1").await;
    // As if every table were too big for the limit of a statement.
    let impatient = made.as_owner().options([("statement_timeout", "2ms")]);
    schema::migrate(&impatient).await.expect("nothing is broken off");
    let mut owner = made.owner_connection().await;
    let done: i64 = sqlx::query_scalar("SELECT count(*) FROM product").fetch_one(&mut owner).await.expect("a table");
    assert_eq!(done, 0);
}
