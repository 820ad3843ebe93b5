//! Keeps the facts of reports up to what happened: a few deals and customers at a time.

use super::{App, Failure};
use crate::domain::calendar::Calendar;
use crate::domain::report::customer_facts::customer_facts;
use crate::domain::report::deal_facts::{Clocks, deal_facts};
use crate::store::reports::{self, Check};
use crate::store::{Db, Tx};

/// Deals and customers whose facts are made in one transaction; whoever changes one of them
/// meanwhile waits for its end.
const BATCH: i64 = 50;
/// The same when all are made anew: more at a time, and still done before whoever waits gives up.
const REBUILT: i64 = 200;

impl App {
    /// Makes the facts of what changed; how many deals and customers that were.
    pub async fn make_facts(&self) -> Result<usize, Failure> {
        self.make_some_facts(BATCH).await
    }

    async fn make_some_facts(&self, limit: i64) -> Result<usize, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin_sweep(&self.db).await?;
        let taken = reports::lock_due(&mut tx, now, limit).await?;
        if taken.is_empty() {
            return Ok(0);
        }
        let on_call = Calendar::on_call();
        let clocks = Clocks { standard: &self.calendar, on_call: &on_call };
        let mut made = Vec::new();
        for (subject, life) in reports::deal_lives(tx.conn(), &taken.deals).await? {
            made.push((subject, deal_facts(&life, &clocks, now)));
        }
        for (subject, life) in reports::customer_lives(tx.conn(), &taken.customers).await? {
            made.push((subject, customer_facts(&life, &self.calendar, now)));
        }
        reports::keep(&mut tx, &made, now).await?;
        tx.commit().await?;
        Ok(made.len())
    }

    /// Makes facts until none are due.
    pub async fn make_all_facts(&self) -> Result<usize, Failure> {
        self.make_all_by(BATCH).await
    }

    async fn make_all_by(&self, batch: i64) -> Result<usize, Failure> {
        let mut all = 0;
        loop {
            let made = self.make_some_facts(batch).await?;
            if made == 0 {
                return Ok(all);
            }
            all += made;
        }
    }

    /// Throws all facts away and makes them anew from the rows; `owner` is a pool of the role that owns the tables.
    pub async fn rebuild_facts(&self, owner: &Db) -> Result<usize, Failure> {
        let mut tx = Tx::begin(owner, None).await?;
        reports::begin_anew(&mut tx).await?;
        tx.commit().await?;
        self.make_all_by(REBUILT).await
    }

    /// Compares the sums with their facts.
    pub async fn check_facts(&self) -> Result<Check, Failure> {
        let mut tx = Tx::begin_sweep(&self.db).await?;
        Ok(reports::check(&mut tx).await?)
    }
}
