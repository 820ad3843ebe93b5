//! Real servers, started and ended in every way that can be had inside one process.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{ConnectOptions, Durability, Postgres, PostgresError, PostgresOptions};

/// A folder of its own below the temporary one, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new("/tmp").join(format!("kuaidan-unit-{}-{name}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn start(&self) -> Result<Postgres, PostgresError> {
        self.start_as(Durability::Throwaway)
    }

    fn start_as(&self, durability: Durability) -> Result<Postgres, PostgresError> {
        let options = PostgresOptions { durability, ..PostgresOptions::default() };
        Postgres::start_with(&self.0.join("pg"), "kuaidan", &options)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn ask(options: &ConnectOptions, sql: &str) -> Result<String, String> {
    let output = Command::new("psql")
        .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", options.user, "-d", &options.database, "-c", sql, "-h"])
        .arg(&options.socket_dir)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn server_number(postgres: &Postgres) -> Pid {
    let text = fs::read_to_string(postgres.home().join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

#[test]
fn data_stay_over_restarts_and_the_roles_are_kept_apart() {
    let folder = Folder::new("restart");
    let first = folder.start().unwrap();
    let owner = first.connect_options_owner();
    ask(&owner, "CREATE TABLE note (text text); INSERT INTO note VALUES ('快单'); GRANT SELECT ON note TO kuaidan_app")
        .unwrap();
    ask(&owner, "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm").unwrap();
    first.stop();
    assert!(!folder.0.join("pg/data/postmaster.pid").exists(), "stopped cleanly");

    let second = folder.start().unwrap();
    let app = second.connect_options_app();
    assert_eq!(ask(&app, "SELECT text FROM note").unwrap(), "快单");
    assert_eq!(ask(&app, "SHOW data_checksums").unwrap(), "on");
    assert_eq!(ask(&app, "SELECT count(*) FROM pg_class WHERE relowner = 'kuaidan_app'::regrole").unwrap(), "0");
    for refused in ["DELETE FROM note", "CREATE TABLE mine ()", "DROP TABLE note", "CREATE TEMP TABLE mine ()"] {
        let refusal = ask(&app, refused).expect_err("the serving role may not do this");
        assert!(refusal.contains("permission denied") || refusal.contains("must be owner"), "{refusal}");
    }
}

#[test]
fn one_folder_is_for_one_program() {
    let folder = Folder::new("second");
    let first = folder.start().unwrap();
    let refusal = folder.start().expect_err("the folder is in use").to_string();
    assert!(refusal.contains(&format!("in use by another kuaidan (process {})", std::process::id())), "{refusal}");
    drop(first);
    folder.start().expect("the folder is free again");
}

#[test]
fn a_server_that_dies_is_started_again_with_its_data() {
    let folder = Folder::new("revive");
    let postgres = folder.start_as(Durability::Full).unwrap();
    let owner = postgres.connect_options_owner();
    ask(&owner, "CREATE TABLE note AS SELECT 7 AS number").unwrap();
    let killed = server_number(&postgres);
    kill(killed, Signal::SIGKILL).unwrap();
    let begun = Instant::now();
    while ask(&owner, "SELECT number FROM note") != Ok("7".to_owned()) {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not come back");
        sleep(Duration::from_millis(50));
    }
    assert_ne!(server_number(&postgres), killed);
}

#[test]
fn what_a_killed_program_leaves_is_cleared_away() {
    let folder = Folder::new("stale");
    folder.start().unwrap().stop();
    // A number that lives (our own), a socket that nobody serves, a cluster half made.
    let pg = folder.0.join("pg");
    let lines = format!("{}\n{}\n0\n5432\n\n\n\nready\n", std::process::id(), pg.join("data").display());
    fs::write(pg.join("data/postmaster.pid"), lines).unwrap();
    fs::write(pg.join("sock/.s.PGSQL.5432.lock"), format!("{}\n", std::process::id())).unwrap();
    fs::create_dir_all(pg.join("data.new/base")).unwrap();
    let postgres = folder.start().unwrap();
    assert_eq!(ask(&postgres.connect_options_app(), "SELECT 1").unwrap(), "1");
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_private_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("deep");
    let deep = folder.0.join("很深的文件夹/".repeat(12)).join("a \"b\", c");
    let options = PostgresOptions { durability: Durability::Throwaway, ..PostgresOptions::default() };
    let postgres = Postgres::start_with(&deep, "kuaidan", &options).unwrap();
    let socket_dir = postgres.socket_dir().to_owned();
    assert!(socket_dir.as_os_str().len() < 90 && !socket_dir.starts_with(&folder.0));
    assert_eq!(fs::metadata(&socket_dir).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(ask(&postgres.connect_options_app(), "SELECT 1").unwrap(), "1");
    postgres.stop();
    assert!(!socket_dir.exists());
}

#[test]
fn throwaway_servers_stand_side_by_side_and_leave_nothing() {
    let servers = [Postgres::throwaway().unwrap(), Postgres::throwaway().unwrap()];
    let homes = servers.each_ref().map(|server| server.home().to_owned());
    assert_ne!(homes[0], homes[1]);
    for server in servers {
        UnixStream::connect(server.socket_dir().join(".s.PGSQL.5432")).expect("it listens");
        assert_eq!(ask(&server.connect_options_owner(), "SHOW fsync").unwrap(), "off");
        server.stop();
    }
    assert!(homes.iter().all(|home| !home.exists()));
}

#[test]
fn odd_database_names_are_refused_before_anything_is_made() {
    let folder = Folder::new("names");
    for name in ["", "Kuaidan", "a b", "1a", "a;drop", "a\"b", &"a".repeat(64)] {
        let refusal = Postgres::start(&folder.0.join("pg"), name).expect_err("no good name");
        assert!(matches!(refusal, PostgresError::DatabaseName(_)), "{refusal}");
    }
    assert!(!folder.0.join("pg/data").exists());
}
