//! Makes a cluster and says how its server is to run.
//!
//! A cluster appears complete or not at all: it is made beside its place (`data.new`), gets roles
//! and database while no server listens, and moves by one rename. Nothing is configured inside
//! it; every setting goes on the command line, so that a new program version brings its own.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Permissions},
    io::Write,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::PermissionsExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{APP_ROLE, Durability, OWNER_ROLE, PostgresError, find::Binaries, log, place::Place};

/// The major version of the cluster in `data`, if there is one.
pub(super) fn version(data: &Path) -> Result<Option<u32>, PostgresError> {
    if !data.exists() {
        return Ok(None);
    }
    let file = data.join("PG_VERSION");
    let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => PostgresError::NotACluster(data.to_owned()),
        _ => PostgresError::File { path: file, source },
    })?;
    match text.trim().parse() {
        Ok(version) => Ok(Some(version)),
        Err(_) => Err(PostgresError::NotACluster(data.to_owned())),
    }
}

/// Makes the cluster with both roles and the empty database.
pub(super) fn make(
    place: &Place,
    binaries: &Binaries,
    database: &str,
    durability: Durability,
) -> Result<(), PostgresError> {
    let mut letters = database.bytes();
    let sound = letters.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && database.len() < 64;
    if !sound {
        return Err(PostgresError::DatabaseName(database.to_owned()));
    }
    binaries.check_extensions()?;

    let unfinished = place.home().join("data.new");
    place.make_private(&unfinished)?;
    let mut initdb = place.user().command_tied_to_thread("KILL", binaries.program("initdb"));
    initdb
        .arg("-D")
        .arg(&unfinished)
        .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
        .args(["--auth-local=peer", "--auth-host=reject"])
        .args(["--data-checksums", "--no-instructions"]);
    if durability == Durability::Throwaway {
        initdb.arg("--no-sync");
    }
    run(initdb, "initdb", "")?;

    let mut single = place.user().command_tied_to_thread("KILL", binaries.program("postgres"));
    single.args(["--single", "-D"]).arg(&unfinished).args(["-c", "exit_on_error=on", "postgres"]);
    run(single, "postgres --single", &first_sql(database, durability))?;

    let data = place.data();
    fs::rename(&unfinished, &data).map_err(PostgresError::file(&data))?;
    File::open(place.home()).and_then(|home| home.sync_all()).map_err(PostgresError::file(place.home()))
}

/// One statement a line, as the single-user mode wants it.
fn first_sql(database: &str, durability: Durability) -> String {
    let (owner_may, app_limit) = match durability {
        Durability::Full => ("NOCREATEDB", 40),
        Durability::Throwaway => ("CREATEDB", -1),
    };
    format!(
        "CREATE ROLE {OWNER_ROLE} LOGIN {owner_may};\n\
         CREATE ROLE {APP_ROLE} LOGIN CONNECTION LIMIT {app_limit};\n\
         CREATE DATABASE {database} OWNER {OWNER_ROLE};\n\
         REVOKE ALL ON DATABASE {database} FROM PUBLIC;\n\
         GRANT CONNECT ON DATABASE {database} TO {APP_ROLE};\n"
    )
}

fn run(mut command: Command, program: &str, input: &str) -> Result<(), PostgresError> {
    let failed = |output: String| PostgresError::Program { program: program.to_owned(), output };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended early says why on its error output.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(failed(format!("{} {}", log::last_lines(said), output.status)))
}

/// The files that say who may connect as whom.
#[derive(Debug)]
pub(super) struct AccessFiles {
    hba: PathBuf,
    ident: PathBuf,
}

/// Writes down that the operating system's user of this process, and the server's own, may
/// connect over the socket in every role, and that nobody else may connect at all.
pub(super) fn write_access_files(place: &Place) -> Result<AccessFiles, PostgresError> {
    let files = AccessFiles { hba: place.home().join("hba.conf"), ident: place.home().join("ident.conf") };
    let mut names = vec![place.user().own_name(), place.user().name()];
    names.dedup();
    let ident: String = names
        .iter()
        .flat_map(|name| [OWNER_ROLE, APP_ROLE, "postgres"].map(|role| format!("kuaidan \"{name}\" {role}\n")))
        .collect();
    write_readable(&files.hba, "local all all peer map=kuaidan\n")?;
    write_readable(&files.ident, &ident)?;
    Ok(files)
}

/// Replaces a small file at once, readable for the server's user.
fn write_readable(path: &Path, text: &str) -> Result<(), PostgresError> {
    let beside = path.with_extension("new");
    fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, Permissions::from_mode(0o644)))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(PostgresError::file(path))
}

/// The whole configuration of the server.
pub(super) fn server_arguments(
    place: &Place,
    access: &AccessFiles,
    socket_dir: &Path,
    durability: Durability,
) -> Vec<OsString> {
    let mut arguments = vec![OsString::from("-D"), place.data().into_os_string()];
    let mut set = |name: &str, value: &OsStr| {
        let mut setting = OsString::from(name);
        setting.push("=");
        setting.push(value);
        arguments.extend([OsString::from("-c"), setting]);
    };
    // The list is split at commas unless its items are quoted, with quotes inside doubled.
    let mut quoted = vec![b'"'];
    for byte in socket_dir.as_os_str().as_bytes() {
        quoted.extend(std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"')));
    }
    quoted.push(b'"');
    let quoted = OsString::from_vec(quoted);
    set("cluster_name", OsStr::new(&place.mark()));
    set("unix_socket_directories", &quoted);
    set("hba_file", access.hba.as_os_str());
    set("ident_file", access.ident.as_os_str());
    let common = [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("log_destination", "stderr"),
        ("logging_collector", "off"),
        ("log_checkpoints", "off"),
        ("log_line_prefix", "%m [%p] %q%u "),
        // Nobody reads the list of processes to see what is asked.
        ("update_process_title", "off"),
    ];
    let said = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let buffers = shared_buffers(&said("/proc/meminfo"), &said("/sys/fs/cgroup/memory.max"));
    let special: &[(&str, &str)] = match durability {
        Durability::Full => &[("max_connections", "100"), ("shared_buffers", &buffers)],
        Durability::Throwaway => &[
            ("max_connections", "200"),
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("max_wal_size", "256MB"),
            ("autovacuum", "off"),
            // Inside the folder, so that it goes with the folder.
            ("dynamic_shared_memory_type", "mmap"),
        ],
    };
    for (name, value) in common.iter().chain(special) {
        set(name, OsStr::new(value));
    }
    arguments
}

/// An eighth of the memory that there is for pages that the server keeps at hand, between its own usual 128 MB
/// and 2 GB. `limit` is what the machine allows a container (cgroup v2, bytes or `max`).
fn shared_buffers(meminfo: &str, limit: &str) -> String {
    let of_machine: Option<u64> =
        meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok());
    let of_container: Option<u64> = limit.trim().parse::<u64>().ok().map(|bytes| bytes / 1024);
    let kilobytes = of_machine.into_iter().chain(of_container).min().unwrap_or(0);
    format!("{}MB", (kilobytes / 8 / 1024).clamp(128, 2048))
}

#[cfg(test)]
mod tests {
    use super::shared_buffers;

    #[test]
    fn the_server_takes_an_eighth_of_the_memory_within_bounds() {
        for (meminfo, limit, buffers) in [
            ("MemTotal:       16384000 kB\nMemFree: 1 kB", "max\n", "2000MB"),
            ("MemTotal:        4194304 kB", "", "512MB"),
            ("MemTotal:         524288 kB", "max\n", "128MB"),
            ("MemTotal:       99999999 kB", "max\n", "2048MB"),
            ("MemTotal:       99999999 kB", "4294967296\n", "512MB"),
            ("MemTotal:       99999999 kB", "536870912\n", "128MB"),
            ("MemTotal:        4194304 kB", "9223372036854771712\n", "512MB"),
            ("", "", "128MB"),
        ] {
            assert_eq!(shared_buffers(meminfo, limit), buffers, "{meminfo} {limit}");
        }
    }
}
