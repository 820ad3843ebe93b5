//! Accounts as the command line looks after them: who there is, and who may no longer sign in.

use super::{App, Failure};
use crate::store::Tx;
use crate::store::people::{self, Person};

impl App {
    /// Everybody, in the order in which they were added.
    pub async fn everybody(&self) -> Result<Vec<Person>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(people::all(&mut conn).await?)
    }

    /// Ends every session of the person and refuses further sign-ins; what they did stays.
    pub async fn deactivate(&self, login: &str) -> Result<(), Failure> {
        let id = self.person(login).await?.ok_or(Failure::NotFound)?.id;
        let mut tx = Tx::begin(&self.db, None).await?;
        people::set_active(&mut tx, id, false).await?;
        Ok(tx.commit().await?)
    }
}
