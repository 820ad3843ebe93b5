//! How a connection is described: a unix socket of the private server, or an address that
//! somebody gave. Nothing connects here.

use super::StoreError;
use sqlx::postgres::PgConnectOptions;
use std::path::Path;
use std::str::FromStr;

/// What a connection is made from; the rest of the program passes it on without looking inside.
pub type Base = PgConnectOptions;

/// The server that listens in `socket_dir` and knows people by the operating system's user.
pub fn socket_options(socket_dir: &Path, user: &str, database: &str) -> Base {
    PgConnectOptions::new_without_pgpass().socket(socket_dir).username(user).database(database)
}

/// The server of a `postgres://` address.
///
/// # Errors
/// When the address cannot be read; the message may repeat parts of it, but not its password.
pub fn url_options(url: &str) -> Result<Base, StoreError> {
    Ok(PgConnectOptions::from_str(url)?)
}

/// Commits without waiting for the disk. For work that is done again when it is lost.
pub fn hurried(options: Base) -> Base {
    options.options([("synchronous_commit", "off")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused() {
        assert!(url_options("postgres://[").is_err());
        assert!(url_options("postgres://someone@127.0.0.1:5/base").is_ok());
    }

    #[test]
    fn a_socket_is_named_by_its_folder() {
        let options = socket_options(Path::new("/run/somewhere"), "kuaidan_app", "kuaidan");
        assert_eq!(options.get_socket().map(std::path::PathBuf::as_path), Some(Path::new("/run/somewhere")));
        assert_eq!((options.get_username(), options.get_database()), ("kuaidan_app", Some("kuaidan")));
    }
}
