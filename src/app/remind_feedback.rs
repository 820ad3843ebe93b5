//! Reminders of what customers are owed after delivery (DOMAIN 7.8): complaints whose limit is near or
//! past, and surveys to ask. Each is told once to each person, however often and by however many it is
//! looked at; nothing is answered or closed by time.

use super::{App, Failure};
use crate::domain::feedback::alarm;
use crate::domain::ids::{CustomerId, DealId, PersonId};
use crate::domain::notice::Urgency;
use crate::domain::round::ladder::Alarm;
use crate::domain::workflow::Action;
use crate::store::notices::{self, More, NewNotice};
use crate::store::{Tx, feedback_list};
use serde_json::json;

/// Rows of one look; what is left comes with the next.
const AT_ONCE: i64 = 500;

impl App {
    /// How many notices were new.
    pub async fn remind_feedback(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin_sweep(&self.db).await?;
        let mut added = 0;
        for row in feedback_list::owing(tx.conn(), AT_ONCE).await? {
            let (Some(owed), Some(due_at)) = (&row.owed, row.due_at) else { continue };
            let Some(told) = alarm(row.received_at, due_at, now) else { continue };
            let (kind, people) = match told {
                Alarm::Reminder => ("feedback_reminder", vec![Some(row.handler_id)]),
                Alarm::Overdue | Alarm::Escalation => {
                    ("feedback_overdue", vec![Some(row.handler_id), Some(row.owner_id), row.manager_id])
                }
            };
            let more = More {
                urgency: (row.severity.as_deref() == Some("urgent")).then_some(Urgency::Urgent),
                facts: Some(json!({ "feedback": row.no })),
            };
            for recipient in people.into_iter().flatten() {
                let notice = NewNotice {
                    id: self.ids.next(),
                    dedupe_key: format!("feedback:{}:{owed}:{told}:{recipient}", row.id),
                    recipient: PersonId(recipient),
                    deal: None,
                    customer: Some(CustomerId(row.customer_id)),
                    kind,
                };
                added += notices::add_with(&mut tx, &notice, &more, now).await?;
            }
        }
        for row in feedback_list::surveys_untold(tx.conn(), &self.calendar, now, AT_ONCE).await? {
            let notice = NewNotice {
                id: self.ids.next(),
                dedupe_key: format!("survey:{}:{}", row.order_id, row.owner_id),
                recipient: PersonId(row.owner_id),
                deal: Some(DealId(row.deal_id)),
                customer: None,
                kind: Action::AnswerSurvey.code(),
            };
            let more = More { urgency: None, facts: Some(json!({ "survey": row.order_no })) };
            added += notices::add_with(&mut tx, &notice, &more, now).await?;
        }
        tx.commit().await?;
        Ok(added)
    }
}
