//! As whom the server runs. `PostgreSQL` refuses root, so root lends it another user.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use nix::unistd::{Uid, User, geteuid};

use super::PostgresError;

/// The server's user and how to become it.
#[derive(Clone, Debug)]
pub(super) struct ServerUser {
    user: User,
    /// The user of this process.
    own: User,
}

impl ServerUser {
    /// Oneself; for root the owner of an existing cluster, else the system user `postgres`.
    pub(super) fn choose(cluster_owner: Option<u32>) -> Result<Self, PostgresError> {
        let own = by_number(geteuid())?;
        let user = match cluster_owner.filter(|owner| *owner != 0) {
            _ if !own.uid.is_root() => own.clone(),
            Some(owner) => by_number(Uid::from_raw(owner))?,
            None => User::from_name("postgres").ok().flatten().ok_or(PostgresError::NoServerUser)?,
        };
        Ok(Self { user, own })
    }

    /// The number of the server's user.
    pub(super) fn uid(&self) -> u32 {
        self.user.uid.as_raw()
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.user.name
    }

    /// The name of the user of this process.
    pub(super) fn own_name(&self) -> &str {
        &self.own.name
    }

    /// A command that will run as the server's user, in a process group of its own (the
    /// terminal's Ctrl-C is for this program) and with nothing of this process's environment.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .process_group(0);
        if self.user.uid != self.own.uid {
            command.uid(self.user.uid.as_raw()).gid(self.user.gid.as_raw());
        }
        command
    }

    /// The same, with a wrapper that sends `signal` when the calling *thread* ends. Where the
    /// machine lacks the wrapper the process may outlive a killed program until the next start,
    /// which stops it.
    pub(super) fn command_tied_to_thread(&self, signal: &str, program: impl AsRef<Path>) -> Command {
        let Some(wrapper) = death_wrapper() else {
            return self.command(program);
        };
        let mut command = self.command(wrapper);
        command.args(["--pdeathsig", signal, "--"]).arg(program.as_ref());
        command
    }

    /// Whether the server's user may enter `dir`, asked by trying.
    pub(super) fn reaches(&self, dir: &Path) -> bool {
        self.user.uid == self.own.uid
            || self
                .command("sh")
                .args(["-c", "cd -- \"$1\"", "sh"])
                .arg(dir)
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Gives a cluster back to the server's user that root copied with `cp -r`: no server ever
    /// ran as root, so data of root's were not made by one.
    pub(super) fn reclaim(&self, data: &Path) -> Result<(), PostgresError> {
        match fs::symlink_metadata(data) {
            Ok(found) if found.uid() == 0 && self.uid() != 0 => give_all(self, data),
            _ => Ok(()),
        }
    }

    /// Gives a file or folder to the server's user.
    pub(super) fn give(&self, path: &Path) -> Result<(), PostgresError> {
        if self.user.uid == self.own.uid {
            return Ok(());
        }
        let (uid, gid) = (self.user.uid.as_raw(), self.user.gid.as_raw());
        std::os::unix::fs::lchown(path, Some(uid), Some(gid)).map_err(PostgresError::file(path))
    }
}

/// Gives a whole tree to the server's user. Links are given, not followed.
fn give_all(user: &ServerUser, path: &Path) -> Result<(), PostgresError> {
    user.give(path)?;
    let found = fs::symlink_metadata(path).map_err(PostgresError::file(path))?;
    if found.is_dir() {
        for entry in fs::read_dir(path).map_err(PostgresError::file(path))? {
            give_all(user, &entry.map_err(PostgresError::file(path))?.path())?;
        }
    }
    Ok(())
}

fn by_number(uid: Uid) -> Result<User, PostgresError> {
    User::from_uid(uid).ok().flatten().ok_or(PostgresError::NoUserName(uid.as_raw()))
}

/// util-linux's `setpriv`, when it is there and knows the parent-death signal.
fn death_wrapper() -> Option<&'static str> {
    ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().find(|path| {
        Command::new(path)
            .arg("--help")
            .output()
            .is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--pdeathsig"))
    })
}
