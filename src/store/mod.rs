//! SQL and nothing else: the only user of sqlx. Functions that write take a `Tx`, functions
//! that only read take a connection; nothing here decides anything or asks the time.
//!
//! What belongs together comes in one look: the parts of a quote, an order or a customer are arrays of
//! `ROW`s beside its head, and a struct names the fields of each `ROW` in the same order. Limits of lists
//! are written into the statement: a plan that is kept has to know how few rows are wanted. Searches bind
//! them, for their plan has to follow how frequent the words are.

pub mod access;
pub mod archive;
pub mod attachments;
pub mod boards;
pub mod calendars;
pub mod cases;
pub mod catalog;
mod change_parts;
pub mod changes;
pub mod channels;
pub mod company;
pub mod company_log;
pub mod connect;
pub mod corrections;
pub mod credit;
pub mod customer_imports;
pub mod customer_list;
mod customers;
pub mod delegations;
mod deliveries;
pub mod delivery_list;
pub mod documents;
pub mod drafts;
mod error;
pub mod events;
mod exceptions;
pub mod feedback;
pub mod feedback_list;
pub mod finding;
pub mod history;
pub mod holds;
pub mod import_runs;
pub mod inbox;
pub mod job_runs;
pub mod ladder;
pub mod links;
pub mod lists;
pub mod live;
pub mod merges;
pub mod messages;
mod moved_prices;
pub mod notices;
pub mod numbers;
mod order_stops;
mod orders;
pub mod overdue;
pub mod people;
pub mod people_log;
pub mod pledges;
pub mod pools;
pub mod post_reviews;
pub mod price_library;
pub mod products;
pub mod quotes;
pub mod receivables;
mod record;
pub mod reports;
pub mod requirements;
pub mod reset_links;
pub mod retotals;
pub mod reviews;
pub mod rounds;
mod route_facts;
pub mod rules;
pub mod saved_views;
pub mod schema;
pub mod sessions;
pub mod setup_codes;
pub mod shipments;
pub mod stock;
pub mod tracking;
pub mod turns;
pub mod volume;

pub use error::StoreError;
pub use record::{Recorded, apply};
/// What reading functions take; outside it comes from `Db::read` only.
pub use sqlx::PgConnection;

use crate::domain::ids::PersonId;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The role that serves: it owns nothing and cannot alter or delete history.
pub const APP_ROLE: &str = "kuaidan_app";

/// A connection that nobody used for so long is asked whether it is still there.
const RESTED: Duration = Duration::from_secs(1);

/// The connections of the serving role.
///
/// Most of them plan a statement once and keep the plan. A search, a filtered list, a report or a job asks on
/// one that looks at the values each time: the best way depends on how frequent a word is, or how long ago a day.
#[derive(Debug, Clone)]
pub struct Db {
    warm: Option<Warm>,
    pool: PgPool,
    searching: PgPool,
    writes: Arc<AtomicU64>,
}

/// Connections that are taken before all others. A pool hands out in turn what it has, so that each connection, and
/// the process behind it, comes to have every statement and the pages of every table in its memory, and none of them
/// in the processor's. Few people keep few of them warm.
#[derive(Debug, Clone)]
struct Warm {
    pool: PgPool,
    free: Arc<Semaphore>,
}

/// Of how many connections one is kept warm.
const WARM: u32 = 6;

impl Warm {
    /// One of them, when it is free.
    fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }
}

/// A connection of the serving role, lent out.
pub struct Lent {
    conn: PoolConnection<Postgres>,
    /// Given up after the connection.
    _place: Option<OwnedSemaphorePermit>,
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

/// Of how many connections one is for searches.
const SEARCHING: u32 = 3;

/// Whether the connection acts as the owner, who migrates, or as the role that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    Owner,
    App,
}

/// Adds what every connection of the product needs: limits in time, company time zone left to UTC.
pub fn options(base: PgConnectOptions, acting: Acting) -> PgConnectOptions {
    let limits = base.application_name("kuaidan").statement_cache_capacity(500).options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("timezone", "UTC"),
        // Pages come from memory or a solid disk; no statement is worth compiling or helpers of its own.
        ("random_page_cost", "1.1"),
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
    ]);
    match acting {
        Acting::Owner => limits,
        Acting::App => limits.options([("role", APP_ROLE)]),
    }
}

impl Db {
    pub async fn connect(options: PgConnectOptions, max_connections: u32) -> Result<Self, StoreError> {
        let known = options.clone().options([("plan_cache_mode", "force_generic_plan")]);
        let warm = match max_connections / WARM {
            0 => None,
            some => Some(Warm {
                pool: Self::pool(some).connect_lazy_with(known.clone()),
                free: Arc::new(Semaphore::new(some as usize)),
            }),
        };
        let others = max_connections - max_connections / WARM;
        let pool = Self::pool(others).connect_with(known).await?;
        let searching = Self::pool(max_connections.div_ceil(SEARCHING)).connect_lazy_with(options);
        Ok(Self { warm, pool, searching, writes: Arc::default() })
    }

    fn pool(max_connections: u32) -> PgPoolOptions {
        PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(3))
            // One that was used a moment ago is alive: asking it each time would cost every page a round trip.
            .test_before_acquire(false)
            .before_acquire(|conn, about| {
                Box::pin(async move {
                    if about.idle_for > RESTED {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
    }

    pub async fn read(&self) -> Result<Lent, StoreError> {
        let (pool, place) = self.next();
        Ok(Lent { conn: pool.acquire().await?, _place: place })
    }

    /// Where the next connection comes from.
    fn next(&self) -> (&PgPool, Option<OwnedSemaphorePermit>) {
        match self.warm.as_ref().and_then(|warm| Some((&warm.pool, warm.place()?))) {
            Some((pool, place)) => (pool, Some(place)),
            None => (&self.pool, None),
        }
    }

    /// For reading what is searched for, filtered or summed up.
    pub async fn search(&self) -> Result<Lent, StoreError> {
        Ok(Lent { conn: self.searching.acquire().await?, _place: None })
    }

    /// How many write transactions of this process have ended so far.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    pub async fn close(&self) {
        if let Some(warm) = &self.warm {
            warm.pool.close().await;
        }
        self.pool.close().await;
        self.searching.close().await;
    }
}

/// A write transaction that has announced who acts; `None` is the system itself.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    /// Given up after the connection.
    _place: Option<OwnedSemaphorePermit>,
    writes: Arc<AtomicU64>,
    unwritten: events::Unwritten,
    notices: notices::Unsent,
    /// Who holds roles beside a sales rep's, once somebody had to be told.
    staff: Option<Vec<notices::Holder>>,
}

impl Tx {
    pub async fn begin(db: &Db, actor: Option<PersonId>) -> Result<Self, StoreError> {
        Self::begin_with(db, actor, "").await
    }

    /// For the system's own work, which goes through whatever is due: its plans look at the values.
    pub async fn begin_sweep(db: &Db) -> Result<Self, StoreError> {
        Self::begin_with(db, None, "; SET LOCAL plan_cache_mode = 'force_custom_plan'").await
    }

    async fn begin_with(db: &Db, actor: Option<PersonId>, plans: &str) -> Result<Self, StoreError> {
        let name = actor.map_or_else(|| "system".to_owned(), |id| id.0.to_string());
        // One round trip; an id is digits and hyphens.
        let begin = AssertSqlSafe(format!("BEGIN; SET LOCAL kuaidan.actor = '{name}'{plans}"));
        let (pool, place) = db.next();
        let pool = pool.clone();
        // A task of its own, which nobody breaks off: a BEGIN whose answer nobody awaits would go back to the pool as
        // an open transaction that its connection does not know of.
        let begun = tokio::spawn(async move { pool.begin_with(begin).await });
        let inner = begun.await.map_err(|_| sqlx::Error::PoolClosed)??;
        Ok(Self {
            inner,
            _place: place,
            writes: db.writes.clone(),
            unwritten: events::Unwritten::default(),
            notices: notices::Unsent::default(),
            staff: None,
        })
    }

    /// Writes what was appended and told, and ends the transaction.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        events::write(&mut self).await?;
        notices::write(&mut self).await?;
        let done = self.inner.commit().await;
        // Also when nobody knows how it ended.
        self.writes.fetch_add(1, Ordering::AcqRel);
        Ok(done?)
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
