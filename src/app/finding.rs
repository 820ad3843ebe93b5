//! Names as they sound, for archives that were written before the program kept it.

use super::{App, Failure};
use crate::domain::search::sound;
use crate::store::{Tx, finding};

/// Archives in one go.
const BATCH: i64 = 500;

impl App {
    /// Fills in what is missing; how many archives there were.
    pub async fn fill_pinyin(&self) -> Result<u64, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        let names = finding::without_pinyin(&mut tx, BATCH).await?;
        let (ids, sounds): (Vec<_>, Vec<_>) =
            names.into_iter().map(|n| (n.id, sound(&n.legal_name, n.short_name.as_deref()))).unzip();
        let filled = if ids.is_empty() { 0 } else { finding::set_pinyin(&mut tx, &ids, &sounds).await? };
        tx.commit().await?;
        Ok(filled)
    }
}
