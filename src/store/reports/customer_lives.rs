//! What happened to customers, read in batches.

use super::facts::{Subject, SubjectKind};
use crate::domain::calendar::local_date;
use crate::domain::customer::CustomerStatus;
use crate::domain::report::life::{CustomerLife, Standing};
use crate::store::StoreError;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The lives of the given customers.
pub async fn customer_lives(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Subject, CustomerLife)>, StoreError> {
    let archived = sqlx::query!(
        r#"SELECT stream_id, min(at) AS "at!", (array_agg(payload->>'next_review_on' ORDER BY seq))[1] AS first_due FROM event
           WHERE stream_kind = 'customer' AND stream_id = ANY ($1) AND kind = 'customer_archived' GROUP BY stream_id"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut first: HashMap<Uuid, (DateTime<Utc>, Option<NaiveDate>)> =
        archived.into_iter().map(|r| (r.stream_id, (r.at, r.first_due.and_then(|d| d.parse().ok())))).collect();
    let reviews = sqlx::query!(
        "SELECT customer_id, reviewed_at, next_review_on FROM customer_review WHERE customer_id = ANY ($1) ORDER BY reviewed_at",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut done: HashMap<Uuid, Vec<(NaiveDate, NaiveDate)>> = HashMap::new();
    for r in reviews {
        done.entry(r.customer_id).or_default().push((local_date(r.reviewed_at), r.next_review_on));
    }
    let complaints = sqlx::query!(
        "SELECT customer_id, received_at FROM feedback WHERE customer_id = ANY ($1) AND order_id IS NULL AND kind = 'complaint' AND status NOT IN ('draft','dismissed')",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut complained: HashMap<Uuid, Vec<DateTime<Utc>>> = HashMap::new();
    for c in complaints {
        complained.entry(c.customer_id).or_default().push(c.received_at);
    }
    let orders = sqlx::query!(
        r#"SELECT d.customer_id, o.confirmed_at AS "confirmed_at!" FROM sales_order o JOIN deal d ON d.id = o.deal_id
           WHERE d.customer_id = ANY ($1) AND o.confirmed_at IS NOT NULL AND o.status <> 'cancelled' ORDER BY o.confirmed_at"#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut ordered: HashMap<Uuid, Vec<DateTime<Utc>>> = HashMap::new();
    for o in orders {
        ordered.entry(o.customer_id).or_default().push(o.confirmed_at);
    }
    let receivables = sqlx::query!(
        "SELECT customer_id, due_on, amount FROM opening_receivable WHERE customer_id = ANY ($1) AND settled_on IS NULL ORDER BY due_on",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut owed: HashMap<Uuid, Vec<(NaiveDate, Decimal)>> = HashMap::new();
    for r in receivables {
        owed.entry(r.customer_id).or_default().push((r.due_on, r.amount));
    }
    let heads = sqlx::query!(
        r#"SELECT c.id, c.owner_id, c.grade, c.created_at, c.is_inactive, c.status, c.next_review_on,
               (SELECT count(*) FROM contact k WHERE k.customer_id = c.id AND k.is_active) AS "active_contacts!"
           FROM customer c WHERE c.id = ANY ($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(heads
        .into_iter()
        .map(|c| {
            let (archived_at, mut due) = first.remove(&c.id).map_or((None, None), |(at, due)| (Some(at), due));
            let mut rechecks = Vec::new();
            for (done_on, next) in done.remove(&c.id).unwrap_or_default() {
                rechecks.extend(due.map(|due| (due, Some(done_on))));
                due = Some(next);
            }
            // Nobody looks again at a customer that is given up.
            rechecks.extend(due.filter(|_| !c.is_inactive).map(|due| (due, None)));
            let subject = Subject {
                kind: SubjectKind::Customer,
                id: c.id,
                owner: c.owner_id,
                grade: c.grade,
                is_urgent: false,
                path: "none".to_owned(),
                deal_kind: "none".to_owned(),
            };
            (
                subject,
                CustomerLife {
                    created_at: c.created_at,
                    archived_at,
                    standing: (c.status == CustomerStatus::Archived.code() && !c.is_inactive)
                        .then_some(Standing { active_contacts: c.active_contacts, next_review_on: c.next_review_on }),
                    rechecks,
                    complaints: complained.remove(&c.id).unwrap_or_default(),
                    orders: ordered.remove(&c.id).unwrap_or_default(),
                    owed: owed.remove(&c.id).unwrap_or_default(),
                },
            )
        })
        .collect())
}
