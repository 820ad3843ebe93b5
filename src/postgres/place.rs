//! Where a cluster lives: its folder, its lock, its socket.
//!
//! The rule: a folder whose name can be guessed is used only when nobody else made it, and no
//! folder is touched before its lock is held.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::unistd::geteuid;
use sha2::{Digest, Sha256};

use super::{PostgresError, user::ServerUser};

/// Root's place for clusters that the server's user cannot reach where they should be.
const FAR_HOMES: &str = "/var/lib/kuaidan";
/// File in the asked-for folder that says where the cluster is instead.
const POINTER: &str = "moved-to";
/// File in the far home that says whose it is.
const BACK_POINTER: &str = "belongs-to";
/// The file name of a socket, with its slash.
const SOCKET_NAME: &str = "/.s.PGSQL.5432";
/// Bytes of a socket's path that the kernel takes, without the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;
/// How long a dying process may still hold the lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// A locked folder for one cluster. Clones share the lock.
#[derive(Clone, Debug)]
pub(super) struct Place {
    home: PathBuf,
    user: ServerUser,
    _locks: Arc<Vec<File>>,
}

impl Place {
    /// Makes `dir` when needed, locks it, and finds the place of its cluster.
    pub(super) fn choose(dir: &Path) -> Result<Self, PostgresError> {
        fs::create_dir_all(dir).map_err(PostgresError::file(dir))?;
        let dir = dir.canonicalize().map_err(PostgresError::file(dir))?;
        let mut locks = vec![lock(&dir)?];
        let mut home = pointed_home(&dir);
        if let Some(home) = &home {
            locks.push(lock(home)?);
            write_path(&home.join(BACK_POINTER), &dir)?;
        }
        let data = home.as_ref().unwrap_or(&dir).join("data");
        let owner = fs::metadata(&data).map(|found| found.uid()).ok();
        let user = ServerUser::choose(owner)?;
        if home.is_none() && !user.reaches(&dir) {
            let (far, far_lock) = move_home(&dir, &user)?;
            locks.push(far_lock);
            home = Some(far);
        }
        Ok(Self { home: home.unwrap_or(dir), user, _locks: Arc::new(locks) })
    }

    /// The folder of everything below.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// The cluster's data, once complete.
    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The file with what the server said.
    pub(super) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// As whom the server runs.
    pub(super) fn user(&self) -> &ServerUser {
        &self.user
    }

    /// A word that all processes of this cluster carry on their command line, and no others.
    pub(super) fn mark(&self) -> String {
        mark(&self.home)
    }

    /// Makes an empty folder for the socket, at hand or, when that path is too long for a
    /// socket, in a short private folder.
    pub(super) fn make_socket_dir(&self, runtime_dir: Option<&Path>) -> Result<PathBuf, PostgresError> {
        let folder = socket_dir(&self.home, runtime_dir);
        self.make_private(&folder)?;
        Ok(folder)
    }

    /// Removes a socket folder that is not inside the home.
    pub(super) fn remove_far_socket_dir(&self, socket_dir: &Path) {
        if !socket_dir.starts_with(&self.home) {
            // What stays is empty, and the next start takes it over.
            let _ = fs::remove_dir_all(socket_dir);
        }
    }

    /// Makes `path` an empty folder of the server's user that nobody else may enter.
    pub(super) fn make_private(&self, path: &Path) -> Result<(), PostgresError> {
        match fs::symlink_metadata(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            Err(other) => return Err(PostgresError::file(path)(other)),
            Ok(found) => {
                let owner = found.uid();
                if !found.is_dir() || (owner != self.user.uid() && owner != geteuid().as_raw()) {
                    let path = path.to_owned();
                    return Err(PostgresError::Foreign { path, owner });
                }
                fs::remove_dir_all(path).map_err(PostgresError::file(path))?;
            }
        }
        DirBuilder::new().mode(0o700).create(path).map_err(PostgresError::file(path))?;
        self.user.give(path)
    }
}

fn mark(home: &Path) -> String {
    format!("kuaidan-{}", short_hash(home))
}

fn socket_dir(home: &Path, runtime_dir: Option<&Path>) -> PathBuf {
    let near = home.join("sock");
    if near.as_os_str().len() + SOCKET_NAME.len() <= LONGEST_SOCKET_PATH {
        return near;
    }
    let own = geteuid();
    let fits = |base: &Path| base.is_dir() && base.as_os_str().len() < 50;
    match runtime_dir {
        Some(base) if !own.is_root() && fits(base) => base.join(mark(home)),
        _ if own.is_root() && fits(Path::new("/run")) => Path::new("/run").join(mark(home)),
        _ => PathBuf::from(format!("/tmp/{}-{own}", mark(home))),
    }
}

/// Where the server listens that another process of this user runs in `dir`, if one does.
pub(super) fn socket_of_running(dir: &Path, runtime_dir: Option<&Path>) -> Option<PathBuf> {
    let dir = dir.canonicalize().ok()?;
    let home = pointed_home(&dir).unwrap_or(dir);
    let folder = socket_dir(&home, runtime_dir);
    let mut socket = folder.clone().into_os_string();
    socket.push(SOCKET_NAME);
    Path::new(&socket).exists().then_some(folder)
}

/// Takes the lock of a folder. Waits a moment only, for a predecessor that is being killed.
fn lock(dir: &Path) -> Result<File, PostgresError> {
    let path = dir.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(PostgresError::file(&path))?;
    let begun = Instant::now();
    while let Err(refusal) = file.try_lock() {
        match refusal {
            TryLockError::Error(source) => return Err(PostgresError::File { path, source }),
            TryLockError::WouldBlock if begun.elapsed() < LOCK_PATIENCE => {
                sleep(Duration::from_millis(20));
            }
            TryLockError::WouldBlock => {
                let mut holder = String::new();
                // Only for the message: the lock itself is the truth.
                let _ = file.read_to_string(&mut holder);
                return Err(PostgresError::InUse { dir: dir.to_owned(), holder: holder.trim().to_owned() });
            }
        }
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "process {}", std::process::id()))
        .map_err(PostgresError::file(path))?;
    Ok(file)
}

/// The far home that an earlier start wrote down, when it is still there. A moved folder keeps
/// its cluster; a copied one does not take the original's.
fn pointed_home(dir: &Path) -> Option<PathBuf> {
    let home = read_path(&dir.join(POINTER))?;
    if home.parent() != Some(Path::new(FAR_HOMES)) || !home.is_dir() {
        return None;
    }
    let owner = read_path(&home.join(BACK_POINTER))?;
    let is_copy = owner != dir && read_path(&owner.join(POINTER)).as_ref() == Some(&home);
    (!is_copy).then_some(home)
}

fn read_path(file: &Path) -> Option<PathBuf> {
    let mut bytes = fs::read(file).ok()?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

/// Makes a new far home for `dir`, takes along the data that lie there, writes down where.
///
/// A folder of an earlier checkout with the same path is left alone: its data are not ours.
fn move_home(dir: &Path, user: &ServerUser) -> Result<(PathBuf, File), PostgresError> {
    let open =
        |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o711)).map_err(PostgresError::file(path));
    let homes = Path::new(FAR_HOMES);
    if !homes.is_dir() {
        fs::create_dir_all(homes).map_err(PostgresError::file(homes))?;
        open(homes)?;
    }
    let owner = fs::metadata(homes).map_err(PostgresError::file(homes))?.uid();
    if owner != 0 {
        let path = homes.to_owned();
        return Err(PostgresError::Foreign { path, owner });
    }
    let hash = short_hash(dir);
    let mut home = homes.join(&hash);
    let mut number = 1;
    while let Err(error) = fs::create_dir(&home) {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Err(PostgresError::file(home)(error));
        }
        number += 1;
        home = homes.join(format!("{hash}-{number}"));
    }
    open(&home)?;
    let far_lock = lock(&home)?;
    let unreachable = || PostgresError::Unreachable { user: user.name().to_owned(), dir: dir.to_owned() };
    if !user.reaches(&home) {
        return Err(unreachable());
    }
    let data = dir.join("data");
    if data.exists() {
        fs::rename(&data, home.join("data")).map_err(|_| unreachable())?;
    }
    write_path(&home.join(BACK_POINTER), dir)?;
    write_path(&dir.join(POINTER), &home)?;
    Ok((home, far_lock))
}

fn write_path(file: &Path, path: &Path) -> Result<(), PostgresError> {
    let mut line = path.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    fs::write(file, line).map_err(PostgresError::file(file))
}

/// Twelve characters that stand for a path.
fn short_hash(path: &Path) -> String {
    hex::encode(&Sha256::digest(path.as_os_str().as_bytes())[..6])
}
