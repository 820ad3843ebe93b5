//! What can go wrong with the database, told apart by what the person can do about it.

use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is busy or away; trying again later helps.
    #[error("the database is busy or away: {0}")]
    Busy(String),
    /// Others held what was needed too long, two waited for each other, or a reading was overtaken; nothing was done,
    /// and once more helps.
    #[error("others hold what is needed: {0}")]
    Contended(String),
    /// A rule of the database refused the change; `constraint` names it when it has a name.
    #[error("the database refused the change ({code}): {message}")]
    Refused { code: String, constraint: Option<String>, message: String },
    /// A row holds something that cannot be.
    #[error("{table}.{column} holds {value:?}")]
    Inconsistent { table: &'static str, column: &'static str, value: String },
    #[error(transparent)]
    Other(sqlx::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    fn refused(db: &dyn sqlx::error::DatabaseError, code: String) -> Self {
        Self::Refused { constraint: db.constraint().map(str::to_owned), message: db.message().to_owned(), code }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => Self::Busy(error.to_string()),
            sqlx::Error::Database(db) => {
                let code = db.code().unwrap_or_default().into_owned();
                match code.as_str() {
                    "55P03" | "40P01" | "40001" => Self::Contended(db.message().to_owned()),
                    // Stopped, restarting, cut off, or out of room or of connections.
                    "57014" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04" | "53000" | "53100"
                    | "53200" | "53300" | "53400" | "08000" | "08001" | "08003" | "08004" | "08006" => {
                        Self::Busy(db.message().to_owned())
                    }
                    "23505" | "23P01" | "P0001" | "23514" | "42501" | "23503" => Self::refused(&**db, code),
                    // Whatever cannot be said in its type: too great, too early, not text.
                    _ if code.starts_with("22") => Self::refused(&**db, code),
                    _ => Self::Other(error),
                }
            }
            _ => Self::Other(error),
        }
    }
}

/// Reads a stored code; a code nobody knows is an inconsistent row and not a guess.
pub(crate) fn known<T>(
    table: &'static str,
    column: &'static str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(value).ok_or_else(|| StoreError::Inconsistent { table, column, value: value.to_owned() })
}

pub(crate) fn known_opt<T>(
    table: &'static str,
    column: &'static str,
    value: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    value.map(|v| known(table, column, v, parse)).transpose()
}
