//! The database of one run: the private server, started and stopped with the program, or the one
//! that `DATABASE_URL` names. Everything that differs between the two ends in this file.

use super::told;
use crate::app::App;
use crate::app::people::Strength;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::postgres::{ConnectOptions, Postgres, PostgresOptions};
use crate::store::{self, APP_ROLE, Acting, Db, StoreError, connect, schema};
use anyhow::{Context as _, anyhow, bail};

/// Connections of the serving pool.
const CONNECTIONS: u32 = 12;
/// Name of the private server's database.
const DATABASE: &str = "kuaidan";

/// A database to work with, and the server when it is ours.
pub struct Database {
    private: Option<Postgres>,
    owner: connect::Base,
    app: connect::Base,
}

/// What to do about a schema that is not this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Bring it up to date.
    Migrate,
    /// A server of one's own is left alone; the private one is brought up to date.
    Expect,
}

impl Database {
    /// Starts the private server or reads the address of the other one, and sees to the schema.
    pub async fn open(config: &Config, schema: Schema) -> anyhow::Result<Self> {
        let database = match &config.database_url {
            Some(url) => {
                let base = connect::url_options(url).context("DATABASE_URL cannot be read")?;
                Self { private: None, owner: base.clone(), app: base }
            }
            None => Self::start(config).await?,
        };
        Self::prepared(database, schema).await
    }

    /// The same for a command beside the server: where one runs already, its database is used.
    async fn visit(config: &Config) -> anyhow::Result<Self> {
        let running = match &config.database_url {
            Some(_) => None,
            None => Postgres::running_in(&config.postgres_dir(), DATABASE, &options(config)),
        };
        match running {
            Some([owner, app]) => {
                Self::prepared(Self { private: None, owner: base(&owner), app: base(&app) }, Schema::Expect).await
            }
            None => Self::open(config, Schema::Expect).await,
        }
    }

    async fn prepared(database: Self, schema: Schema) -> anyhow::Result<Self> {
        match database.prepare(schema).await {
            Ok(()) => Ok(database),
            Err(trouble) => {
                database.stop().await;
                Err(trouble)
            }
        }
    }

    async fn start(config: &Config) -> anyhow::Result<Self> {
        let dir = config.postgres_dir();
        let options = options(config);
        let started = tokio::task::spawn_blocking(move || Postgres::start_with(&dir, DATABASE, &options));
        let private = started.await.context("the private database could not be started")??;
        let (owner, app) = (base(&private.connect_options_owner()), base(&private.connect_options_app()));
        Ok(Self { private: Some(private), owner, app })
    }

    async fn prepare(&self, wanted: Schema) -> anyhow::Result<()> {
        if wanted == Schema::Migrate || self.private.is_some() {
            return self.migrate().await;
        }
        let db = self.owner().await?;
        let current = schema::is_current(&db).await;
        db.close().await;
        if !current? {
            bail!("the database does not have the schema of this program: run `kuaidan migrate` first");
        }
        Ok(())
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        schema::migrate(&store::options(self.owner.clone(), Acting::Owner)).await.map_err(|error| match error {
            StoreError::Busy(_) => silent(error),
            other => anyhow!(other).context("the schema could not be brought up to date"),
        })
    }

    /// The application on this database, with the clock of the machine.
    pub async fn app(&self, config: &Config) -> anyhow::Result<App> {
        let options = store::options(self.app.clone(), Acting::App);
        self.build(config, options, (Clock::system(), Ids::random()), CONNECTIONS).await
    }

    /// The same for work that may be lost and done again: nobody waits for the disk, and clock and
    /// ids are the caller's.
    pub async fn hurried_app(&self, config: &Config, clock: Clock, ids: Ids) -> anyhow::Result<App> {
        let options = connect::hurried(store::options(self.app.clone(), Acting::App));
        self.build(config, options, (clock, ids), 2).await
    }

    /// A connection of the owner, for work on the schema's own ground.
    pub async fn owner(&self) -> anyhow::Result<Db> {
        Db::connect(store::options(self.owner.clone(), Acting::Owner), 1).await.map_err(silent)
    }

    async fn build(
        &self,
        config: &Config,
        options: connect::Base,
        (clock, ids): (Clock, Ids),
        connections: u32,
    ) -> anyhow::Result<App> {
        let db = Db::connect(options, connections).await.map_err(unusable)?;
        let app = App::new(db, clock, ids, config.data_dir.join("files"), Strength::Full);
        Ok(app.with_secret_key(config.secret_key))
    }

    /// Ends the private server; commits are on the disk.
    pub async fn stop(self) {
        if let Some(private) = self.private {
            // A failed join means the stopping thread panicked; the server ends with the program.
            let _ = tokio::task::spawn_blocking(move || private.stop()).await;
        }
    }

    /// Opens the database, does `work` on it and stops it again, whatever came out.
    pub async fn used_for<T>(
        config: &Config,
        work: impl AsyncFnOnce(&Self, &App) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let database = Self::visit(config).await?;
        let outcome = async {
            let app = database.app(config).await?;
            let outcome = work(&database, &app).await;
            app.db.close().await;
            outcome
        }
        .await;
        database.stop().await;
        outcome
    }
}

fn options(config: &Config) -> PostgresOptions {
    PostgresOptions {
        binaries: config.pg_bin.clone(),
        runtime_dir: config.runtime_dir.clone(),
        ..PostgresOptions::default()
    }
}

fn base(to: &ConnectOptions) -> connect::Base {
    connect::socket_options(&to.socket_dir, to.user, &to.database)
}

/// Nobody answers at the address.
fn silent(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Busy(_) => anyhow!(
            "no PostgreSQL answers at the address of DATABASE_URL: start that server, or correct host, port, name and password"
        ),
        other => anyhow!(other).context("the database does not answer"),
    }
}

/// Why the serving role cannot be had, with the way to clear it.
fn unusable(error: StoreError) -> anyhow::Error {
    match &error {
        StoreError::Refused { code, .. } if code == "42501" => anyhow!(
            "the user of DATABASE_URL may not act as {APP_ROLE}: let the database's administrator run `GRANT {APP_ROLE} TO` that user"
        ),
        _ => silent(error),
    }
}

/// `kuaidan migrate`.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config, Schema::Migrate).await?;
    database.stop().await;
    Ok(())
}

/// The row that describes the installation, made on the first start.
pub async fn installation(app: &App, purpose: crate::app::setup::Purpose) -> anyhow::Result<schema::Installation> {
    app.installation(purpose).await.map_err(told)
}
