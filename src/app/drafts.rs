//! Unsaved input, kept until its form is saved or given up. It is nobody's business but the
//! writer's: no event tells of it.

use super::people::digest;
use super::{App, Failure};
use crate::domain::ids::{PersonId, SessionId};
use crate::store::Tx;
use crate::store::drafts::{self, Fields};

impl App {
    pub async fn keep_draft(&self, person: PersonId, address: &str, fields: &Fields) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        drafts::keep(&mut tx, person, address, fields, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    pub async fn discard_draft(&self, person: PersonId, address: &str) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        drafts::discard(&mut tx, person, address).await?;
        Ok(tx.commit().await?)
    }

    /// Whose session a cookie was, also when it is over.
    pub async fn whose_session(&self, token: &str) -> Result<Option<(SessionId, PersonId)>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(drafts::whose_session(&mut conn, &digest(token)).await?)
    }
}
