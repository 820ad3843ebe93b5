//! Files that nothing names: they were stored, and then their form was refused. A day later they go.

use super::{App, Failure};
use crate::store::{StoreError, Tx, attachments};
use chrono::TimeDelta;
use std::io::ErrorKind;

/// Whatever is to name a file has done so by then.
const KEPT: TimeDelta = TimeDelta::days(1);
/// Files in one go.
const BATCH: i64 = 200;

impl App {
    /// Removes files that were stored a day ago and that no row names. How many were looked at; files that are named
    /// are not looked at again.
    pub async fn remove_loose_files(&self) -> Result<usize, Failure> {
        let mut tx = Tx::begin_sweep(&self.db).await?;
        // Until this ends, whoever sends one of these files again waits, and stores it anew.
        let stored = attachments::take_stored(&mut tx, self.clock.now() - KEPT, BATCH).await?;
        for file in stored.iter().filter(|file| !file.is_named) {
            match tokio::fs::remove_file(self.file_path(&file.sha256)).await {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::Busy(format!("a file cannot be removed: {error}")).into());
                }
                _ => {}
            }
        }
        tx.commit().await?;
        Ok(stored.len())
    }
}
