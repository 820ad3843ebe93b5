//! The selling company's data, as the administrator keeps it.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure};
use crate::domain::company::{Company, Logo};
use crate::domain::message::ServiceEvent;
use crate::domain::policy::{self, Act};
use crate::store::{Tx, company, documents, events};
use uuid::Uuid;

/// The chain of the company's data, apart from that of its contract terms.
const DATA: Uuid = Uuid::from_u128(1);

/// What happens to the logo.
#[derive(Debug, Clone)]
pub enum LogoChange {
    Keep,
    Remove,
    Take(Logo),
}

impl App {
    pub async fn company(&self) -> Result<(Company, i64), Failure> {
        let mut conn = self.db.read().await?;
        Ok(company::company(&mut conn).await?)
    }

    pub async fn logo(&self) -> Result<Option<Logo>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(company::logo(&mut conn).await?)
    }

    /// Saves the data when nobody changed it since `expected`; what changed becomes history.
    pub async fn save_company(
        &self,
        by: &By<'_>,
        expected: i64,
        new: &Company,
        logo: LogoChange,
    ) -> Result<Done, Failure> {
        let now = self.clock.now();
        policy::may(by.actor, Act::KeepService, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        documents::lock_company(&mut tx).await?;
        let (old, version) = company::company(tx.conn()).await?;
        if !company::save(&mut tx, new, expected).await? {
            return Err(Failure::Stale { changes: Vec::new(), version });
        }
        let mut fields = new.changed(&old);
        match &logo {
            LogoChange::Keep => {}
            LogoChange::Remove => company::save_logo(&mut tx, None).await?,
            LogoChange::Take(logo) => company::save_logo(&mut tx, Some(logo)).await?,
        }
        if !matches!(logo, LogoChange::Keep) {
            fields.push("company_logo".to_owned());
        }
        let event = ServiceEvent::CompanySaved { fields };
        events::append_service(&mut tx, DATA, &event, by.actor.id, now, by.request).await?;
        finish(tx, by, "/settings/company".to_owned()).await
    }
}
