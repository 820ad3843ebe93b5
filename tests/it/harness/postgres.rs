//! One server for the test process, one database for each test: a copy of one with every migration
//! in it. A database goes when its value is dropped; the server goes with the process, however
//! that ends.

use super::gate::Gate;
use kuaidan::postgres::{ConnectOptions as Where, Postgres};
use kuaidan::store::{Acting, Db, options, schema};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, raw_sql};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Connections of one test's pool; the tests with many writers at once wait in line for them.
pub const POOL: u32 = 32;
/// Databases that are copied. Nobody stays connected to them: what is in use is not copied.
const EMPTY: &str = "empty";
const MIGRATED: &str = "migrated";

static SERVER: LazyLock<Postgres> = LazyLock::new(|| Postgres::throwaway().expect("a throw-away server starts"));

/// Makes what is copied, once.
async fn prepared() {
    static READY: OnceCell<()> = OnceCell::const_new();
    let make = async || {
        tokio::task::spawn_blocking(|| LazyLock::force(&SERVER)).await.expect("the server starts");
        let extensions = "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm;";
        for (name, batch) in [(EMPTY, extensions.to_owned()), (MIGRATED, extensions.to_owned() + &schema::batch())] {
            administer(format!("CREATE DATABASE {name}")).await;
            run(name, batch).await;
        }
    };
    READY.get_or_init(make).await;
}

fn base(to: &Where) -> PgConnectOptions {
    PgConnectOptions::new().socket(&to.socket_dir).username(to.user).database(&to.database)
}

/// Runs one statement beside all databases of tests.
async fn administer(statement: String) {
    run(&SERVER.connect_options_owner().database, statement).await;
}

/// Runs statements in a database as the owner, and leaves it.
async fn run(database: &str, batch: String) {
    let owner = base(&SERVER.connect_options_owner()).database(database);
    let mut owner = owner.connect().await.expect("the owner connects");
    raw_sql(AssertSqlSafe(batch)).execute(&mut owner).await.expect("the batch runs");
    owner.close().await.expect("the owner leaves");
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
pub struct Database {
    name: String,
}

impl Database {
    /// Makes a database with every migration in it.
    pub async fn make() -> Self {
        prepared().await;
        Self::copy(MIGRATED).await
    }

    /// Makes a database and runs `batch` in it as the owner.
    pub async fn filled_by(batch: &str) -> Self {
        prepared().await;
        let made = Self::copy(EMPTY).await;
        run(&made.name, batch.to_owned()).await;
        made
    }

    /// Makes a copy of a database that nobody is connected to.
    pub async fn copy(of: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let made = Self { name: format!("t_{}", COUNT.fetch_add(1, Ordering::Relaxed)) };
        administer(format!("CREATE DATABASE {} TEMPLATE {of} STRATEGY FILE_COPY", made.name)).await;
        made
    }

    /// Leaves the database where it is, to be copied.
    pub fn kept(self) -> String {
        std::mem::ManuallyDrop::new(self).name.clone()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn as_app(&self) -> PgConnectOptions {
        options(base(&SERVER.connect_options_app()).database(&self.name), Acting::App)
    }

    /// The pool of the role that serves.
    pub async fn app(&self) -> Db {
        Db::connect(self.as_app(), POOL).await.expect("the serving role connects")
    }

    /// The pool of the role that serves, behind a gate.
    pub async fn gated(&self) -> (Gate, Db) {
        let options = self.as_app();
        let gate = Gate::before(&options);
        let db = Db::connect(gate.through(options), POOL).await.expect("the serving role connects");
        (gate, db)
    }

    /// A single connection of the role that serves.
    pub async fn app_connection(&self) -> PgConnection {
        self.as_app().connect().await.expect("the serving role connects")
    }

    /// How the role that owns the tables connects.
    pub fn as_owner(&self) -> PgConnectOptions {
        options(base(&SERVER.connect_options_owner()).database(&self.name), Acting::Owner)
    }

    /// The pool of the role that owns the tables.
    pub async fn owner(&self) -> Db {
        Db::connect(self.as_owner(), 1).await.expect("the owner connects")
    }

    /// A single connection of the role that owns the tables.
    pub async fn owner_connection(&self) -> PgConnection {
        self.as_owner().connect().await.expect("the owner connects")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.name.clone();
        let owner = base(&SERVER.connect_options_owner());
        on_its_own(async move {
            if let Ok(mut connection) = owner.connect().await {
                let drop = raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")));
                let dropped = tokio::time::timeout(Duration::from_secs(10), drop.execute(&mut connection)).await;
                if !matches!(dropped, Ok(Ok(_))) {
                    eprintln!("the database {name} stays until the server stops");
                }
            }
        });
    }
}
