//! The settings of one process, read once at its start.
//!
//! [`Config::read`] takes a look-up function (the environment, flags laid over it, a map in a
//! test) and answers with a complete [`Config`] or with every mistake at once. The one rule: no
//! other file reads the environment. A message never repeats a value that may hold a secret.

use chrono::TimeDelta;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What the demonstration installation takes when no password was set for its people.
pub const DEFAULT_DEMO_PASSWORD: &str = "kuaidan-demo";

/// The names that [`Config::read`] asks for.
pub mod names {
    /// Address and port to listen on.
    pub const LISTEN: &str = "KUAIDAN_LISTEN";
    /// Folder of the private database and of files.
    pub const DATA_DIR: &str = "KUAIDAN_DATA_DIR";
    /// An existing `PostgreSQL` instead of the private one.
    pub const DATABASE_URL: &str = "DATABASE_URL";
    /// What people type into their browsers.
    pub const PUBLIC_URL: &str = "KUAIDAN_PUBLIC_URL";
    /// The proxy whose word on a visitor's address is taken.
    pub const TRUSTED_PROXY: &str = "KUAIDAN_TRUSTED_PROXY";
    /// The one password of all people of the demonstration company.
    pub const DEMO_PASSWORD: &str = "KUAIDAN_DEMO_PASSWORD";
    /// What seals the passwords of channels, instead of a file in the data folder: 64 hex digits.
    pub const SECRET_KEY: &str = "KUAIDAN_SECRET_KEY";
    /// Form of the log: `text` or `json`.
    pub const LOG: &str = "KUAIDAN_LOG";
    /// Minutes without a request after which a session ends.
    pub const SESSION_IDLE_MINUTES: &str = "KUAIDAN_SESSION_IDLE_MINUTES";
    /// Hours after sign-in at which every session ends.
    pub const SESSION_HOURS: &str = "KUAIDAN_SESSION_HOURS";
    /// Folder of `initdb` and `postgres`, when not the usual one.
    pub const PG_BIN: &str = "PG_BIN";
    /// The person's own folder for sockets, set by the session manager.
    pub const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
}

/// The form of the log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// How long somebody stays signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLengths {
    /// Ends this long after the last request.
    pub idle: TimeDelta,
    /// Ends this long after the sign-in, whatever happens.
    pub absolute: TimeDelta,
}

/// All settings, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to accept connections.
    pub listen: SocketAddr,
    /// Folder of the private database and of files; made when missing.
    pub data_dir: PathBuf,
    /// An existing `PostgreSQL`; `None` starts the private one.
    pub database_url: Option<String>,
    /// `http(s)://host[:port]` in lower case, without path and without the scheme's own port, so
    /// that it can be compared with an `Origin` header.
    pub public_url: Option<String>,
    /// Behind this proxy visitors have the address that it names; otherwise nobody's word is taken.
    pub trusted_proxy: Option<IpAddr>,
    /// The password that was set for the people of the demonstration company.
    pub demo_password: Option<String>,
    /// What seals the passwords of channels, when not the file in the data folder.
    pub secret_key: Option<[u8; 32]>,
    /// The form of the log.
    pub log: LogFormat,
    /// How long somebody stays signed in.
    pub sessions: SessionLengths,
    /// Folder of `PostgreSQL`'s programs, when not the usual one.
    pub pg_bin: Option<PathBuf>,
    /// The person's own folder for sockets, when there is one.
    pub runtime_dir: Option<PathBuf>,
}

impl Config {
    /// Reads all settings through `lookup`, which gives the value of a name (see [`names`]).
    /// Blank counts as not set.
    ///
    /// # Errors
    /// One sentence for each wrong setting, in the order of the fields.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let get = |name: &str| {
            let value = lookup(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };

        let listen = get(names::LISTEN).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = note(&mut mistakes, parse_listen(&listen));
        let data_dir = get(names::DATA_DIR).unwrap_or_else(|| "./var".to_owned());
        let data_dir = note(&mut mistakes, parse_folder(names::DATA_DIR, data_dir));
        let database_url = get(names::DATABASE_URL).map(parse_database_url).transpose();
        let database_url = note(&mut mistakes, database_url);
        let public_url = get(names::PUBLIC_URL).map(|url| parse_public_url(&url));
        let public_url = note(&mut mistakes, public_url.transpose());
        let proxy = note(&mut mistakes, get(names::TRUSTED_PROXY).map(|ip| parse_proxy(&ip)).transpose());
        let secret_key = get(names::SECRET_KEY).map(|hex| parse_secret_key(&hex));
        let secret_key = note(&mut mistakes, secret_key.transpose());
        let log = get(names::LOG).unwrap_or_else(|| "text".to_owned());
        let log = note(&mut mistakes, parse_log(&log));
        let idle = parse_number(names::SESSION_IDLE_MINUTES, get, 60, 1, 24 * 60);
        let idle = note(&mut mistakes, idle);
        let absolute = parse_number(names::SESSION_HOURS, get, 12, 1, 31 * 24);
        let absolute = note(&mut mistakes, absolute);
        let pg_bin = get(names::PG_BIN).map(|path| parse_folder(names::PG_BIN, path));
        let pg_bin = note(&mut mistakes, pg_bin.transpose());

        if let (Some(minutes), Some(hours)) = (idle, absolute)
            && minutes > hours * 60
        {
            mistakes.push(format!(
                "{} ({minutes}) is longer than {} ({hours} h) allows",
                names::SESSION_IDLE_MINUTES,
                names::SESSION_HOURS
            ));
        }

        match (listen, data_dir, database_url, public_url, proxy, secret_key, log, idle, absolute, pg_bin) {
            (
                Some(listen),
                Some(data_dir),
                Some(database_url),
                Some(public_url),
                Some(trusted_proxy),
                Some(secret_key),
                Some(log),
                Some(idle),
                Some(absolute),
                Some(pg_bin),
            ) if mistakes.is_empty() => Ok(Self {
                listen,
                data_dir,
                database_url,
                public_url,
                trusted_proxy,
                demo_password: lookup(names::DEMO_PASSWORD).filter(|word| !word.is_empty()),
                secret_key,
                log,
                sessions: SessionLengths { idle: TimeDelta::minutes(idle), absolute: TimeDelta::hours(absolute) },
                pg_bin,
                runtime_dir: get(names::RUNTIME_DIR).map(PathBuf::from).filter(|folder| folder.is_absolute()),
            }),
            _ => Err(mistakes),
        }
    }

    /// The demonstration company's password: the one that was set, or the published one.
    pub fn demo_password_or_default(&self) -> &str {
        self.demo_password.as_deref().unwrap_or(DEFAULT_DEMO_PASSWORD)
    }

    /// Where the private database lives.
    pub fn postgres_dir(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }
}

/// The value of an environment variable: the usual look-up for [`Config::read`]. Bytes that are
/// not UTF-8 become replacement characters, which no setting accepts silently as something else.
pub fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Shows everything but the secrets.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |value: &Option<String>| value.as_ref().map(|_| "…");
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("database_url", &hidden(&self.database_url))
            .field("public_url", &self.public_url)
            .field("trusted_proxy", &self.trusted_proxy)
            .field("demo_password", &hidden(&self.demo_password))
            .field("secret_key", &self.secret_key.map(|_| "…"))
            .field("log", &self.log)
            .field("sessions", &self.sessions)
            .field("pg_bin", &self.pg_bin)
            .field("runtime_dir", &self.runtime_dir)
            .finish()
    }
}

fn note<T>(mistakes: &mut Vec<String>, outcome: Result<T, String>) -> Option<T> {
    outcome.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn parse_listen(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| {
        format!(
            "{} must be an address with a port, such as 127.0.0.1:8080 or [::]:8080, and not {value:?}",
            names::LISTEN
        )
    })
}

fn parse_folder(name: &str, value: String) -> Result<PathBuf, String> {
    if value.contains(['\0', '\u{fffd}']) {
        return Err(format!("{name} must be the path of a folder in UTF-8"));
    }
    Ok(PathBuf::from(value))
}

fn parse_database_url(value: String) -> Result<String, String> {
    if value.starts_with("postgres://") || value.starts_with("postgresql://") {
        Ok(value)
    } else {
        Err(format!(
            "{} must begin with postgres:// (its value is not shown, it may hold a password)",
            names::DATABASE_URL
        ))
    }
}

fn parse_proxy(value: &str) -> Result<IpAddr, String> {
    value
        .parse()
        .map_err(|_| format!("{} must be one address such as 127.0.0.1, and not {value:?}", names::TRUSTED_PROXY))
}

fn parse_secret_key(value: &str) -> Result<[u8; 32], String> {
    let mut key = [0; 32];
    hex::decode_to_slice(value, &mut key)
        .map(|()| key)
        .map_err(|_| format!("{} must be 64 hex digits (its value is not shown)", names::SECRET_KEY))
}

fn parse_log(value: &str) -> Result<LogFormat, String> {
    match value {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{} must be text or json, and not {value:?}", names::LOG)),
    }
}

fn parse_number(
    name: &str,
    get: impl Fn(&str) -> Option<String>,
    default: i64,
    least: i64,
    most: i64,
) -> Result<i64, String> {
    let Some(value) = get(name) else {
        return Ok(default);
    };
    match value.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("{name} must be a whole number from {least} to {most}, and not {value:?}")),
    }
}

fn parse_public_url(value: &str) -> Result<String, String> {
    normal_origin(value).ok_or_else(|| {
        format!(
            "{} must look like https://host or http://host:8080, without a path, and not {value:?}",
            names::PUBLIC_URL
        )
    })
}

/// `scheme://host[:port]` as a browser writes it in an `Origin` header.
fn normal_origin(value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://")?;
    let own_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = if let Some(bracketed) = rest.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let address: std::net::Ipv6Addr = address.parse().ok()?;
        (format!("[{address}]"), port)
    } else {
        let end = rest.find(':').unwrap_or(rest.len());
        let (host, port) = rest.split_at(end);
        let sound = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !host.split('.').all(sound) {
            return None;
        }
        (host.to_owned(), port)
    };
    if port.is_empty() {
        return Some(format!("{scheme}://{host}"));
    }
    let digits = port.strip_prefix(':')?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match digits.parse::<u16>().ok()? {
        0 => None,
        port if port == own_port => Some(format!("{scheme}://{host}")),
        port => Some(format!("{scheme}://{host}:{port}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        Config::read(|name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let config = read(&[]).expect("good settings");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.postgres_dir(), PathBuf::from("./var/postgres"));
        assert_eq!(config.database_url, None);
        assert_eq!(config.public_url, None);
        assert_eq!(config.demo_password_or_default(), "kuaidan-demo");
        assert_eq!(config.log, LogFormat::Text);
        let lengths = SessionLengths { idle: TimeDelta::hours(1), absolute: TimeDelta::hours(12) };
        assert_eq!(config.sessions, lengths);
    }

    #[test]
    fn blank_is_not_set() {
        let blank = [
            names::LISTEN,
            names::DATA_DIR,
            names::DATABASE_URL,
            names::PUBLIC_URL,
            names::DEMO_PASSWORD,
            names::LOG,
            names::SESSION_HOURS,
            names::PG_BIN,
        ]
        .map(|name| (name, ""));
        assert_eq!(read(&blank), read(&[]));
        assert_eq!(read(&[(names::LISTEN, "  ")]), read(&[]));
    }

    #[test]
    fn every_setting_is_taken() {
        let config = read(&[
            (names::LISTEN, "[::1]:9000"),
            (names::DATA_DIR, "/srv/快单"),
            (names::DATABASE_URL, "postgresql://db.example/kuaidan"),
            (names::PUBLIC_URL, "https://Sales.Example/"),
            (names::TRUSTED_PROXY, "10.0.0.2"),
            (names::DEMO_PASSWORD, " kept as typed "),
            (names::LOG, "json"),
            (names::SESSION_IDLE_MINUTES, "15"),
            (names::SESSION_HOURS, "8"),
            (names::PG_BIN, "/opt/pg/bin"),
            (names::RUNTIME_DIR, "/run/user/1000"),
        ])
        .expect("good settings");
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.data_dir, PathBuf::from("/srv/快单"));
        assert_eq!(config.database_url.as_deref(), Some("postgresql://db.example/kuaidan"));
        assert_eq!(config.public_url.as_deref(), Some("https://sales.example"));
        assert_eq!(config.trusted_proxy, Some(IpAddr::from([10, 0, 0, 2])));
        assert_eq!(config.demo_password_or_default(), " kept as typed ");
        assert_eq!(config.log, LogFormat::Json);
        assert_eq!(config.sessions, SessionLengths { idle: TimeDelta::minutes(15), absolute: TimeDelta::hours(8) });
        assert_eq!(config.pg_bin, Some(PathBuf::from("/opt/pg/bin")));
        assert_eq!(config.runtime_dir, Some(PathBuf::from("/run/user/1000")));
    }

    #[test]
    fn all_mistakes_come_at_once_and_no_secret_with_them() {
        let mistakes = read(&[
            (names::LISTEN, "localhost"),
            (names::DATABASE_URL, "mysql://root:geheim@db"),
            (names::PUBLIC_URL, "sales.example/app"),
            (names::TRUSTED_PROXY, "the balancer"),
            (names::SECRET_KEY, "geheim"),
            (names::LOG, "yaml"),
            (names::SESSION_IDLE_MINUTES, "0"),
            (names::SESSION_HOURS, "half a day"),
        ])
        .expect_err("refused");
        let named: Vec<&str> = mistakes.iter().map(|mistake| mistake.split(' ').next().expect("has a word")).collect();
        assert_eq!(
            named,
            [
                names::LISTEN,
                names::DATABASE_URL,
                names::PUBLIC_URL,
                names::TRUSTED_PROXY,
                names::SECRET_KEY,
                names::LOG,
                names::SESSION_IDLE_MINUTES,
                names::SESSION_HOURS
            ]
        );
        assert!(!mistakes.join("").contains("geheim"));
    }

    #[test]
    fn an_idle_time_beyond_the_whole_session_is_refused() {
        let settings = [(names::SESSION_IDLE_MINUTES, "61"), (names::SESSION_HOURS, "1")];
        assert_eq!(read(&settings).expect_err("refused").len(), 1);
    }

    #[test]
    fn public_addresses_become_origins() {
        for (given, expected) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("HTTPS://A.Example:443/", "https://a.example"),
            ("http://10.0.0.5:80", "http://10.0.0.5"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(parse_public_url(given).as_deref(), Ok(expected));
        }
        for refused in [
            "ftp://a.example",
            "https://",
            "https://a.example/app",
            "https://a.example?x",
            "https://user@a.example",
            "https://a..example",
            "https://a_b.example",
            "https://快单.example",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:65536",
            "https://a.example:+80",
            "https://[::1",
            "https://[::1]x",
            "a.example",
        ] {
            assert!(parse_public_url(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let config =
            read(&[(names::DATABASE_URL, "postgres://app:geheim@db/kuaidan"), (names::DEMO_PASSWORD, "geheim")])
                .expect("good settings");
        assert!(!format!("{config:?}").contains("geheim"));
    }
}
