//! Why the private `PostgreSQL` does not run, in one sentence that says what to do.

use std::{io, path::PathBuf};

/// Every way in which a start can fail.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No binaries in any of the usual places.
    #[error(
        "PostgreSQL is not installed: install the Debian package postgresql \
         (apt-get install postgresql), or set DATABASE_URL to a server that runs already"
    )]
    Missing,
    /// The folder that was named holds no server.
    #[error("{} (PG_BIN) does not hold PostgreSQL's initdb and postgres", .0.display())]
    MissingIn(PathBuf),
    /// The installed server is older than the schema needs.
    #[error(
        "PostgreSQL {found} is too old: version {needed} or newer is needed, install the Debian \
         package postgresql of a newer release or set DATABASE_URL"
    )]
    TooOld {
        /// Major version found.
        found: u32,
        /// Least major version.
        needed: u32,
    },
    /// The cluster was made by another major version, which is not installed.
    #[error(
        "the database in {} was made by PostgreSQL {version}: install the Debian package \
         postgresql-{version}", .data.display()
    )]
    MissingVersion {
        /// Folder of the cluster's data.
        data: PathBuf,
        /// Its major version.
        version: u32,
    },
    /// The server came without its contributed extensions.
    #[error("PostgreSQL's extension {0} is missing: install the Debian package postgresql-contrib")]
    MissingExtension(&'static str),
    /// Root has nobody to run the server as.
    #[error(
        "PostgreSQL does not run as root and this machine has no user postgres: install the \
         Debian package postgresql, or start the program as another user"
    )]
    NoServerUser,
    /// The operating system does not know the user.
    #[error("user {0} has no name on this machine, and PostgreSQL needs one (add it to /etc/passwd)")]
    NoUserName(u32),
    /// A name that would need quoting in SQL.
    #[error("{0:?} cannot be the name of a database: take small letters, digits and underscores")]
    DatabaseName(String),
    /// Another process holds the lock.
    #[error(
        "the database in {} is in use by another kuaidan ({holder}): stop that one first, or \
         choose another folder with KUAIDAN_DATA_DIR", .dir.display()
    )]
    InUse {
        /// Folder of the cluster.
        dir: PathBuf,
        /// What the holder wrote into the lock file.
        holder: String,
    },
    /// A folder with a name that can be guessed was there before, from somebody else.
    #[error("{} belongs to somebody else (user {owner}): remove it or find out who made it", .path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// The server's user may not enter the folder and the data cannot be moved.
    #[error("user {user} may not enter {}: allow it, or move the data folder", .dir.display())]
    Unreachable {
        /// Who.
        user: String,
        /// Where.
        dir: PathBuf,
    },
    /// A folder of data that is none.
    #[error("{} exists but holds no database: move it away", .0.display())]
    NotACluster(PathBuf),
    /// A file or folder could not be made, read or removed.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program of `PostgreSQL` failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: String,
        /// The end of what it said.
        output: String,
    },
    /// The server ended while it started.
    #[error("PostgreSQL ended while starting ({status}), see {}: {output}", .log.display())]
    Ended {
        /// How it ended.
        status: String,
        /// The file with everything it said.
        log: PathBuf,
        /// The end of what it said.
        output: String,
    },
    /// The server did not become ready.
    #[error("PostgreSQL was not ready after {seconds} seconds, see {}", .log.display())]
    Slow {
        /// How long it was waited for.
        seconds: u64,
        /// The file with everything it said.
        log: PathBuf,
    },
    /// Processes of an earlier start survive SIGKILL.
    #[error("an earlier PostgreSQL of this folder does not end (process {pid})")]
    StillRunning {
        /// One of them.
        pid: i32,
    },
}

impl PostgresError {
    /// For `map_err` on anything that touches `path`.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
