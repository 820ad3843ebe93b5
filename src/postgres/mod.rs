//! The private `PostgreSQL` that the program runs when nobody gave it another one.
//!
//! It takes the machine's own binaries, keeps one cluster in one folder and talks over a unix
//! socket only: no port, no password. The one rule: `PostgreSQL` never outlives the program, and
//! nothing that a killed program leaves behind keeps the next start from working. No SQL client
//! and no knowledge of the schema belongs here; whoever connects does so with [`ConnectOptions`].

mod cluster;
mod error;
mod find;
mod log;
mod orphans;
mod place;
mod supervise;
#[cfg(test)]
mod tests;
mod throwaway;
mod user;

use std::path::{Path, PathBuf};

pub use error::PostgresError;

use self::{
    find::Binaries,
    place::Place,
    supervise::{Launch, Supervisor},
    throwaway::Broom,
};

/// The role that owns the database and changes its shape.
pub const OWNER_ROLE: &str = "kuaidan_owner";
/// The role that serves: it owns nothing and has what the migrations grant.
pub const APP_ROLE: &str = "kuaidan_app";
/// The database of a throw-away server.
pub const THROWAWAY_DATABASE: &str = "kuaidan_test";

/// What happens to a commit when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk.
    Full,
    /// It is lost, perhaps with the whole cluster. For tests.
    Throwaway,
}

/// What a caller may choose beside folder and database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Safety against speed.
    pub durability: Durability,
    /// Folder of `initdb` and `postgres`; `None` looks in the usual places.
    pub binaries: Option<PathBuf>,
    /// A folder of this person alone with a short path, for the socket of a cluster whose own
    /// path is too long; `None` takes one in `/run` or `/tmp`.
    pub runtime_dir: Option<PathBuf>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { durability: Durability::Full, binaries: None, runtime_dir: None }
    }
}

/// All that a client needs in order to connect. There is no password: the server recognises the
/// operating system's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Folder of the unix socket.
    pub socket_dir: PathBuf,
    /// [`OWNER_ROLE`] or [`APP_ROLE`].
    pub user: &'static str,
    /// Name of the database.
    pub database: String,
}

/// A running server. It stops when this value is dropped and when the process dies.
#[derive(Debug)]
pub struct Postgres {
    // Fields are dropped in this order: first the server, then the folder, then the lock.
    supervisor: Supervisor,
    broom: Option<Broom>,
    place: Place,
    socket_dir: PathBuf,
    database: String,
}

impl Postgres {
    /// Starts the cluster in `dir` with the default options; see [`Self::start_with`].
    ///
    /// # Errors
    /// See [`PostgresError`]; each is one sentence for the person at the terminal.
    pub fn start(dir: &Path, database: &str) -> Result<Self, PostgresError> {
        Self::start_with(dir, database, &PostgresOptions::default())
    }

    /// Starts the cluster in `dir` and returns when it answers. An empty folder gets a new
    /// cluster with both roles and the empty database `database`. What a killed predecessor left
    /// running there is stopped first. Blocks: from asynchronous code call it where blocking is
    /// allowed.
    ///
    /// As root the server runs as the system user `postgres`, or as the owner of an existing
    /// cluster. When that user may not enter `dir`, the cluster lives in `/var/lib/kuaidan` and
    /// `dir/moved-to` says where.
    ///
    /// # Errors
    /// See [`PostgresError`]; each is one sentence for the person at the terminal.
    pub fn start_with(dir: &Path, database: &str, options: &PostgresOptions) -> Result<Self, PostgresError> {
        let place = Place::choose(dir)?;
        let version = cluster::version(&place.data())?;
        let binaries = Binaries::find(options.binaries.as_deref(), version, &place.data())?;
        orphans::stop(&place)?;
        place.user().reclaim(&place.data())?;
        if version.is_none() {
            cluster::make(&place, &binaries, database, options.durability)?;
        }
        let access = cluster::write_access_files(&place)?;
        let socket_dir = place.make_socket_dir(options.runtime_dir.as_deref())?;
        let launch = Launch {
            arguments: cluster::server_arguments(&place, &access, &socket_dir, options.durability),
            program: binaries.program("postgres"),
            death_signal: match options.durability {
                Durability::Full => "INT",
                Durability::Throwaway => "QUIT",
            },
            socket_dir: socket_dir.clone(),
            place: place.clone(),
        };
        Ok(Self {
            supervisor: Supervisor::start(launch)?,
            broom: None,
            place,
            socket_dir,
            database: database.to_owned(),
        })
    }

    /// How to connect, as owner and as the role that serves, to the server that another process
    /// of this user runs in `dir`; nothing when none does.
    pub fn running_in(dir: &Path, database: &str, options: &PostgresOptions) -> Option<[ConnectOptions; 2]> {
        let socket_dir = place::socket_of_running(dir, options.runtime_dir.as_deref())?;
        Some([OWNER_ROLE, APP_ROLE].map(|user| ConnectOptions {
            socket_dir: socket_dir.clone(),
            user,
            database: database.to_owned(),
        }))
    }

    /// Starts an empty server for tests, in memory where there is room. Its folder goes when this
    /// value is dropped or the process ends, however it ends; what is left by a crash of the whole
    /// machine's session goes at the next call. The owner role may make further databases.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub fn throwaway() -> Result<Self, PostgresError> {
        throwaway::start()
    }

    /// Folder of the unix socket.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Folder of the cluster, its log and its locks.
    pub fn home(&self) -> &Path {
        self.place.home()
    }

    /// How to connect as the role that owns the database: migrations.
    pub fn connect_options_owner(&self) -> ConnectOptions {
        self.connect_options(OWNER_ROLE)
    }

    /// How to connect as the role that serves.
    pub fn connect_options_app(&self) -> ConnectOptions {
        self.connect_options(APP_ROLE)
    }

    /// Stops the server: open transactions are rolled back, committed ones are on the disk. The
    /// same happens on drop. Blocks until it has ended.
    pub fn stop(self) {
        drop(self);
    }

    fn connect_options(&self, user: &'static str) -> ConnectOptions {
        ConnectOptions { socket_dir: self.socket_dir.clone(), user, database: self.database.clone() }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.supervisor.stop();
        if let Some(broom) = self.broom.take() {
            broom.sweep();
        }
        self.place.remove_far_socket_dir(&self.socket_dir);
    }
}
