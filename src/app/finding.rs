//! Names as they sound, for archives that were written before the program kept it.

use super::{App, Failure};
use crate::domain::search::sound;
use crate::store::{Tx, finding};

/// Archives in one go.
const BATCH: i64 = 500;
/// As often in one round, each by itself: nobody who saves an archive waits for long.
const BATCHES: usize = 20;

impl App {
    /// Fills in what is missing, as far as one round reaches; how many archives there were.
    pub async fn fill_pinyin(&self) -> Result<u64, Failure> {
        let mut filled = 0;
        for _ in 0..BATCHES {
            match self.fill_some_pinyin().await? {
                0 => break,
                some => filled += some,
            }
        }
        Ok(filled)
    }

    async fn fill_some_pinyin(&self) -> Result<u64, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        let names = finding::without_pinyin(&mut tx, BATCH).await?;
        let (ids, sounds): (Vec<_>, Vec<_>) =
            names.into_iter().map(|n| (n.id, sound(&n.legal_name, n.short_name.as_deref()))).unzip();
        let filled = if ids.is_empty() { 0 } else { finding::set_pinyin(&mut tx, &ids, &sounds).await? };
        tx.commit().await?;
        Ok(filled)
    }
}
