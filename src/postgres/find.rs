//! Finds `PostgreSQL`'s programs on this machine.
//!
//! Order: the folder that was named, Debian's folders (newest first), `pg_config`. A cluster that
//! exists already is opened by its own major version only.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::PostgresError;

/// The least major version: the schema uses `NULLS NOT DISTINCT`.
const OLDEST: u32 = 15;
/// Debian keeps one folder for each major version here.
const DEBIAN: &str = "/usr/lib/postgresql";

/// One installation.
#[derive(Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The installation for a cluster of major version `wanted` in `data`, or the newest one when
    /// there is no cluster yet.
    pub(super) fn find(named: Option<&Path>, wanted: Option<u32>, data: &Path) -> Result<Self, PostgresError> {
        let candidates = match named {
            Some(folder) if holds_server(folder) => vec![folder.to_owned()],
            Some(folder) => return Err(PostgresError::MissingIn(folder.to_owned())),
            None => installed(),
        };
        let versions: Vec<(u32, PathBuf)> =
            candidates.into_iter().filter_map(|folder| Some((major_version(&folder)?, folder))).collect();
        let newest = versions.iter().map(|(version, _)| *version).max().ok_or(PostgresError::Missing)?;
        let version = wanted.unwrap_or(newest);
        if newest < OLDEST {
            return Err(PostgresError::TooOld { found: newest, needed: OLDEST });
        }
        versions
            .into_iter()
            .find(|(found, _)| *found == version)
            .map(|(_, folder)| Self { folder })
            .ok_or_else(|| PostgresError::MissingVersion { data: data.to_owned(), version })
    }

    /// The path of one program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Checks that the extensions of the schema can be had. An installation that cannot tell
    /// where it keeps them passes; the migrations would then say it.
    pub(super) fn check_extensions(&self) -> Result<(), PostgresError> {
        let Some(shared) = answer(&self.program("pg_config"), "--sharedir") else {
            return Ok(());
        };
        for extension in ["btree_gist", "pg_trgm"] {
            let control = format!("{}/extension/{extension}.control", shared.trim());
            if !Path::new(&control).exists() {
                return Err(PostgresError::MissingExtension(extension));
            }
        }
        Ok(())
    }
}

fn installed() -> Vec<PathBuf> {
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    folders.extend(answer(Path::new("pg_config"), "--bindir").map(|path| path.trim().into()));
    folders.retain(|folder| holds_server(folder));
    folders
}

fn holds_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn major_version(folder: &Path) -> Option<u32> {
    version_in(&answer(&folder.join("postgres"), "--version")?)
}

/// The 15 in `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`.
fn version_in(answer: &str) -> Option<u32> {
    let (_, rest) = answer.split_once("(PostgreSQL) ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

fn answer(program: &Path, question: &str) -> Option<String> {
    let output = Command::new(program).arg(question).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for (answer, version) in [
            ("postgres (PostgreSQL) 15.13 (Debian 15.13-0)\n", Some(15)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("postgres (PostgreSQL) 17\n", Some(17)),
            ("postgres (PostgreSQL) devel", None),
            ("sh: not found", None),
        ] {
            assert_eq!(version_in(answer), version, "{answer}");
        }
    }

    #[test]
    fn a_named_folder_without_server_is_refused() {
        let error =
            Binaries::find(Some(Path::new("/nowhere/bin")), None, Path::new("data")).expect_err("nothing is there");
        assert!(error.to_string().starts_with("/nowhere/bin (PG_BIN)"));
    }

    #[test]
    fn a_cluster_of_a_version_that_is_not_installed_names_the_package() {
        let error = Binaries::find(None, Some(9), Path::new("var/data")).expect_err("that version is long gone");
        assert!(error.to_string().ends_with("package postgresql-9"));
    }
}
