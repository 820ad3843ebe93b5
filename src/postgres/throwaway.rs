//! Servers for tests that leave nothing behind.
//!
//! A small shell waits at the end of a pipe: when this process ends, in whatever way, the pipe
//! closes, the server falls by its parent-death signal and the shell removes the folder.

use std::{
    fs,
    fs::OpenOptions,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use nix::{sys::statvfs::statvfs, unistd::geteuid};

use super::{
    Durability, Postgres, PostgresError, PostgresOptions, THROWAWAY_DATABASE, orphans, place::Place, user::ServerUser,
};

/// What a test run may need.
const ROOM: u64 = 1024 * 1024 * 1024;
/// Waits for the end of the pipe, then for the server, then removes the folder.
const SHELL: &str = r#"
read -r _
n=0
while [ -e "$1/data/postmaster.pid" ] && [ "$n" -lt 200 ]; do sleep 0.05; n=$((n+1)); done
rm -rf -- "$1" 2>/dev/null || { sleep 1; rm -rf -- "$1"; }
"#;

/// The shell that removes a folder once this process lets go of it.
#[derive(Debug)]
pub(super) struct Broom(Child);

impl Broom {
    fn over(folder: &Path) -> Result<Self, PostgresError> {
        Command::new("/bin/sh")
            .args(["-c", SHELL, "sh"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Self)
            .map_err(PostgresError::file("/bin/sh"))
    }

    /// Removes the folder and waits until that is done.
    pub(super) fn sweep(mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Starts a server in a new folder.
pub(super) fn start() -> Result<Postgres, PostgresError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let base = base()?;
    sweep_old(&base);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = base.join(format!("{}{}-{count}", prefix(), std::process::id()));
    fs::create_dir(&folder).map_err(PostgresError::file(&folder))?;
    let broom = Broom::over(&folder)?;
    let options = PostgresOptions { durability: Durability::Throwaway, ..PostgresOptions::default() };
    match Postgres::start_with(&folder, THROWAWAY_DATABASE, &options) {
        Ok(mut postgres) => {
            postgres.broom = Some(broom);
            Ok(postgres)
        }
        Err(error) => {
            broom.sweep();
            Err(error)
        }
    }
}

fn prefix() -> String {
    format!("kuaidan-test-{}-", geteuid())
}

/// Memory when there is room, else a temporary folder that the server's user can enter.
fn base() -> Result<PathBuf, PostgresError> {
    let user = ServerUser::choose(None)?;
    let memory = PathBuf::from("/dev/shm");
    let candidates = [memory, std::env::temp_dir(), PathBuf::from("/var/tmp")];
    candidates
        .into_iter()
        .find(|folder| has_room(folder) && user.reaches(folder))
        .ok_or_else(|| PostgresError::Unreachable { user: user.name().to_owned(), dir: std::env::temp_dir() })
}

fn has_room(folder: &Path) -> bool {
    // The widths of both numbers differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    statvfs(folder).is_ok_and(|found| found.blocks_available() as u64 * found.fragment_size() as u64 > ROOM)
}

/// Removes folders whose process and lock are gone.
fn sweep_old(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&prefix())) else {
            continue;
        };
        let pid = rest.split('-').next().unwrap_or_default();
        let alive = Path::new("/proc").join(pid).exists();
        let folder = entry.path();
        let ours = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
        if alive || !ours || is_locked(&folder) {
            continue;
        }
        if Place::choose(&folder).and_then(|place| orphans::stop(&place)).is_ok() {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn is_locked(folder: &Path) -> bool {
    OpenOptions::new().write(true).open(folder.join("lock")).is_ok_and(|file| file.try_lock().is_err())
}
