//! Products from a checked spreadsheet: every row of it, or none.

use super::act::{By, Done, FormState, finish, take_key};
use super::prices::{Unchanged, stale, then};
use super::{App, Failure};
use crate::domain::ids::ImportRunId;
use crate::domain::policy::{self, Act};
use crate::store::Tx;
use crate::store::catalog::Product;
use crate::store::import_runs::{self, ImportCounts};

impl App {
    /// Adds the products that are new and changes the others, each as it was read with its version.
    pub async fn save_product_sheet(
        &self,
        by: &By<'_>,
        rows: &[(Product, Option<i32>)],
        (run, counts): (ImportRunId, ImportCounts),
    ) -> Result<Done, Unchanged> {
        policy::may_in_library(by.actor, Act::KeepProducts).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        if import_runs::lock(&mut tx, run).await? != Some(None) {
            return Err(stale(0));
        }
        for (product, known) in rows {
            self.put_product(&mut tx, by, product, *known, now).await?;
        }
        let result = serde_json::json!({ "rows": rows.len() });
        import_runs::set_applied(&mut tx, run, by.actor.id, counts, &result, now).await?;
        Ok(finish(tx, by, then(by, || "/prices/products".to_owned())).await?)
    }
}
