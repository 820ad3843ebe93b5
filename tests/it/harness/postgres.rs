//! One server for the test process, one schema for each test. A schema goes when its value is
//! dropped; the server goes with the process, however that ends.

use super::gate::Gate;
use kuaidan::postgres::{ConnectOptions as Where, Postgres};
use kuaidan::store::{Acting, Db, options, schema};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, raw_sql};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Connections of one test's pool; the tests with many writers at once wait in line for them.
pub const POOL: u32 = 32;

static SERVER: LazyLock<Postgres> = LazyLock::new(|| {
    let server = Postgres::throwaway().expect("a throw-away server starts");
    let owner = base(&server.connect_options_owner());
    on_its_own(async move {
        let mut connection = owner.connect().await.expect("the owner connects");
        // Once for all: two schemas must not race for them.
        raw_sql(
            "CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
             CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;",
        )
        .execute(&mut connection)
        .await
        .expect("the extensions are there");
    });
    server
});

fn base(to: &Where) -> PgConnectOptions {
    PgConnectOptions::new().socket(&to.socket_dir).username(to.user).database(&to.database)
}

/// Runs a future to its end on a thread and a runtime of its own, also from inside another one.
fn on_its_own(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(work);
    })
    .join()
    .expect("the thread ends well");
}

/// The tables of one test.
#[derive(Debug)]
pub struct Schema {
    name: String,
}

impl Schema {
    /// Makes a schema with every migration in it.
    pub async fn make() -> Self {
        Self::filled_by(&schema::batch()).await
    }

    /// Makes a schema and runs `batch` in it as the owner.
    pub async fn filled_by(batch: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let schema = Self { name: format!("t_{}", COUNT.fetch_add(1, Ordering::Relaxed)) };
        tokio::task::spawn_blocking(|| LazyLock::force(&SERVER)).await.expect("the server starts");
        let mut owner = base(&SERVER.connect_options_owner()).connect().await.expect("the owner connects");
        let batch = format!("CREATE SCHEMA {0}; SET search_path = {0}, public; {batch}", schema.name);
        raw_sql(AssertSqlSafe(batch)).execute(&mut owner).await.expect("the migrations run");
        schema
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> [(&'static str, String); 1] {
        [("search_path", format!("{},public", self.name))]
    }

    /// The pool of the role that serves.
    pub async fn app(&self) -> Db {
        let options = options(base(&SERVER.connect_options_app()).options(self.path()), Acting::App);
        Db::connect(options, POOL).await.expect("the serving role connects")
    }

    /// The pool of the role that serves, behind a gate.
    pub async fn gated(&self) -> (Gate, Db) {
        let options = options(base(&SERVER.connect_options_app()).options(self.path()), Acting::App);
        let gate = Gate::before(&options);
        let db = Db::connect(gate.through(options), POOL).await.expect("the serving role connects");
        (gate, db)
    }

    /// A single connection of the role that serves.
    pub async fn app_connection(&self) -> PgConnection {
        options(base(&SERVER.connect_options_app()).options(self.path()), Acting::App)
            .connect()
            .await
            .expect("the serving role connects")
    }

    /// A single connection of the role that owns the tables.
    pub async fn owner_connection(&self) -> PgConnection {
        options(base(&SERVER.connect_options_owner()).options(self.path()), Acting::Owner)
            .connect()
            .await
            .expect("the owner connects")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let name = self.name.clone();
        let owner = base(&SERVER.connect_options_owner());
        on_its_own(async move {
            // A test that failed in the middle may still hold locks; its schema then goes with the server.
            if let Ok(mut connection) = owner.options([("lock_timeout", "2s")]).connect().await {
                let drop = format!("DROP SCHEMA {name} CASCADE");
                let quiet = raw_sql("SET client_min_messages = error").execute(&mut connection).await;
                let dropped = tokio::time::timeout(
                    Duration::from_secs(10),
                    raw_sql(AssertSqlSafe(drop)).execute(&mut connection),
                )
                .await;
                if quiet.is_err() || !matches!(dropped, Ok(Ok(_))) {
                    eprintln!("the schema {name} stays until the server stops");
                }
            }
        });
    }
}
