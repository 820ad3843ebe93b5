//! Reminders of deliveries that nobody has to ask for: exceptions past their limit, stages that
//! nobody touched for a working day, delays that a customer has not heard of. Reminds and nothing else.

use super::{App, Failure, tell_delivery};
use crate::domain::calendar::WorkingMinutes;
use crate::domain::delivery::{NOTICE_AHEAD, track};
use crate::domain::ids::{DealId, PersonId};
use crate::domain::order::DeliveryStage;
use crate::domain::staff::Department;
use crate::store::notices::{self, NewNotice};
use crate::store::{Tx, cases, delivery_list};
use chrono::{DateTime, Utc};

/// Rows of one look; what is left comes with the next.
const AT_ONCE: i64 = 500;

impl App {
    /// How many notices were new.
    pub async fn remind_deliveries(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin_sweep(&self.db).await?;
        let mut added = 0;
        for late in delivery_list::overdue_exceptions(tx.conn(), now, AT_ONCE).await? {
            let Some(department) = Department::parse(&late.department) else { continue };
            let mut people = notices::holders(&mut tx, department.role(), None).await?;
            people.push(late.owner);
            let key = format!("exception:{}:{}", late.id, late.due_at.timestamp());
            added += self.remind(&mut tx, late.deal, "exception_overdue", &key, &people, now).await?;
        }
        let untouched = self.calendar.sub_working_minutes(now, WorkingMinutes::hours(8));
        for stale in delivery_list::stale_stages(tx.conn(), untouched, AT_ONCE).await? {
            let Some(stage) = DeliveryStage::parse(&stale.stage) else { continue };
            let people = match stale.owner {
                Some(owner) => vec![owner],
                None => notices::holders(&mut tx, tell_delivery::keeper(stage), None).await?,
            };
            let key = format!("stage:{}:{}:{}:{}", stale.line, stale.batch_no, stale.stage, stale.since.timestamp());
            added += self.remind(&mut tx, stale.deal, "stage_stale", &key, &people, now).await?;
        }
        let near = self.calendar.add_working_minutes(now, NOTICE_AHEAD);
        for deal in delivery_list::near_promises(tx.conn(), near, AT_ONCE).await? {
            let Some(case) = cases::of_deal(tx.conn(), deal, now).await? else { continue };
            let (Some(order), Some(of)) = (&case.order, &case.deal) else { continue };
            let seen = track(order, &self.calendar, now);
            let owed = seen.batches().find(|(_, b)| b.notice_due_at.is_some_and(|due| due <= now));
            if let Some((line, batch)) = owed {
                let key = format!("delay:{line}:{}:{}", batch.no, batch.promised_at.timestamp());
                added += self.remind(&mut tx, deal, "delay_owed", &key, &[of.owner], now).await?;
            }
        }
        tx.commit().await?;
        Ok(added)
    }

    async fn remind(
        &self,
        tx: &mut Tx,
        deal: DealId,
        kind: &str,
        key: &str,
        people: &[PersonId],
        now: DateTime<Utc>,
    ) -> Result<u64, Failure> {
        let mut added = 0;
        for recipient in people {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("{key}:{recipient}"),
                recipient: *recipient,
                deal: Some(deal),
                customer: None,
                kind,
            };
            added += notices::add(tx, &notice, now).await?;
        }
        Ok(added)
    }
}
