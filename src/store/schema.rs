//! Migrations, the rights of the serving role, and the one row that describes the installation.

use super::{Db, StoreError};
use chrono::{DateTime, Utc};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Brings the database up to this program's schema and sets the rights; run as the owner.
pub async fn migrate(owner: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = owner.connect().await?;
    // A big table may be written anew, or another process may be at it: that takes as long as it takes.
    sqlx::raw_sql("SET statement_timeout = 0").execute(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    sqlx::raw_sql(include_str!("grants.sql")).execute(&mut connection).await?;
    Ok(())
}

/// Every migration as one batch, for the databases of tests.
pub fn batch() -> String {
    MIGRATIONS.iter().map(|m| m.sql.as_str().to_owned()).collect::<Vec<_>>().join("\n") + include_str!("grants.sql")
}

/// The same from just after one version up to and with another, without the rights.
pub fn batch_between(after: i64, up_to: i64) -> String {
    let between = MIGRATIONS.iter().filter(|m| m.version > after && m.version <= up_to);
    between.map(|m| m.sql.as_str().to_owned()).collect::<Vec<_>>().join("\n")
}

/// The newest migration this program knows and the newest the database has.
pub async fn is_current(db: &Db) -> Result<bool, StoreError> {
    let mut conn = db.read().await?;
    let applied: Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success").fetch_one(&mut *conn).await;
    match applied {
        Ok(newest) => Ok(newest == MIGRATIONS.iter().map(|m| m.version).max()),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The selling company and the key that signs forms.
#[derive(Debug, Clone)]
pub struct Installation {
    pub server_key: [u8; 32],
    pub company_name: String,
    pub company_name_en: String,
    pub is_demo: bool,
    pub demo_ready_at: Option<DateTime<Utc>>,
}

pub async fn installation(conn: &mut PgConnection) -> Result<Option<Installation>, StoreError> {
    let row =
        sqlx::query!("SELECT server_key, company_name, company_name_en, is_demo, demo_ready_at FROM installation")
            .fetch_optional(conn)
            .await?;
    row.map(|r| {
        let server_key = r.server_key.try_into().map_err(|_| StoreError::Inconsistent {
            table: "installation",
            column: "server_key",
            value: "not 32 bytes".to_owned(),
        })?;
        Ok(Installation {
            server_key,
            company_name: r.company_name,
            company_name_en: r.company_name_en,
            is_demo: r.is_demo,
            demo_ready_at: r.demo_ready_at,
        })
    })
    .transpose()
}

pub async fn install(conn: &mut PgConnection, new: &Installation, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO installation (server_key, company_name, company_name_en, is_demo, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        new.server_key.as_slice(), new.company_name, new.company_name_en, new.is_demo, now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn mark_demo_ready(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE installation SET demo_ready_at = $1", now).execute(conn).await?;
    Ok(())
}
