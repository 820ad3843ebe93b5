//! Reminders of quarterly re-checks: one two weeks ahead and one when due, to the owner and the
//! sales assistants. The outbox key makes each of them happen once, however many processes look.

use super::{App, Failure};
use crate::domain::calendar::local_date;
use crate::domain::review::{HOWEVER_LATE, REMIND_DAYS, ReviewState, review_state};
use crate::domain::staff::Role;
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, reviews};
use chrono::Days;

/// Archives looked at in one go.
const BATCH: i64 = 200;

impl App {
    /// Sends what is due; how many notices were new.
    pub async fn remind_reviews(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let today = local_date(now);
        let soon = today.checked_add_days(Days::new(REMIND_DAYS.unsigned_abs())).unwrap_or(today);
        let due = {
            let mut conn = self.db.search().await?;
            reviews::unreminded(&mut conn, today, soon, BATCH).await?
        };
        let mut sent = 0;
        for one in due {
            let kind = match review_state(one.next_review_on, today, HOWEVER_LATE) {
                ReviewState::NotDue { .. } => continue,
                ReviewState::DueSoon { .. } => "review_customer",
                ReviewState::Overdue { .. } | ReviewState::Blocking { .. } => "review_overdue",
            };
            let mut tx = Tx::begin(&self.db, None).await?;
            let assistants = notices::holders(&mut tx, Role::SalesAssistant, None).await?;
            let others = assistants.into_iter().filter(|a| *a != one.owner);
            for recipient in std::iter::once(one.owner).chain(others) {
                let notice = NewNotice {
                    id: self.ids.next(),
                    dedupe_key: format!("{}:{recipient}", one.key),
                    recipient,
                    deal: None,
                    customer: Some(one.customer),
                    kind,
                };
                sent += notices::add(&mut tx, &notice, now).await?;
            }
            tx.commit().await?;
        }
        Ok(sent)
    }
}
