//! What the database tells on its own: a notice for each row of the history and for each right that
//! ends, and the few facts that decide who may hear of a deal.
//!
//! A notice names things and says nothing about them. It is a hint: whoever hears it reads again.

use super::{Db, StoreError};
use crate::domain::ids::{DealId, PersonId, SessionId};
use crate::domain::policy::DealFacts;
use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::time::Duration;
use uuid::Uuid;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Deal {
        id: Uuid,
        seq: i32,
        kind: String,
    },
    /// The archive of a customer moved, and with it whatever its open deals wait for.
    Customer(Uuid),
    Session(SessionId),
    Person(PersonId),
    /// Somebody was told something, or read it.
    Notices,
    /// So much at once that nothing is named.
    All,
    /// Somebody tried whether notices arrive.
    Beat,
}

impl Notice {
    fn read(payload: &str) -> Option<Self> {
        let mut words = payload.split(' ');
        let kind = words.next()?;
        let mut id = || words.next().and_then(|w| Uuid::parse_str(w).ok());
        match kind {
            "deal" => {
                let id = id()?;
                let seq = words.next()?.parse().ok()?;
                Some(Self::Deal { id, seq, kind: words.collect::<Vec<_>>().join(" ") })
            }
            "customer" => id().map(Self::Customer),
            "session" => id().map(|id| Self::Session(SessionId(id))),
            "person" => id().map(|id| Self::Person(PersonId(id))),
            "notices" => Some(Self::Notices),
            "all" => Some(Self::All),
            "beat" => Some(Self::Beat),
            _ => None,
        }
    }
}

/// A connection of its own that listens.
pub struct Notices {
    listener: PgListener,
}

impl Notices {
    /// Listens from now on.
    pub async fn open(db: &Db) -> Result<Self, StoreError> {
        let channel = channel(&mut *db.read().await?).await?;
        // Outside the pool that serves: that one closes while this one still listens.
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(3))
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*db.searching.connect_options()).clone());
        let mut listener = PgListener::connect_with(&own).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        listener.listen(&channel).await?;
        Ok(Self { listener })
    }

    /// The next notice; none when the connection was lost and notices may have been missed.
    pub async fn next(&mut self) -> Result<Option<Notice>, StoreError> {
        loop {
            match self.listener.try_recv().await? {
                None => return Ok(None),
                Some(told) => {
                    if let Some(notice) = Notice::read(told.payload()) {
                        return Ok(Some(notice));
                    }
                }
            }
        }
    }
}

/// Schemas of one database do not hear each other.
async fn channel(conn: &mut PgConnection) -> Result<String, StoreError> {
    Ok(sqlx::query_scalar!(r#"SELECT 'kuaidan_live_' || current_schema() AS "channel!""#).fetch_one(conn).await?)
}

/// Asks the database to be heard: whoever listens hears it.
pub async fn beat(conn: &mut PgConnection) -> Result<(), StoreError> {
    let channel = channel(conn).await?;
    sqlx::query!("SELECT pg_notify($1, 'beat')", channel).fetch_one(conn).await?;
    Ok(())
}

/// A deal with what decides who may hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    pub id: DealId,
    pub no: String,
    pub facts: DealFacts,
}

/// These deals and the open deals of these customers.
pub async fn marked(conn: &mut PgConnection, deals: &[Uuid], customers: &[Uuid]) -> Result<Vec<Marked>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT d.id, d.no, d.owner_id, w.manager_id AS "manager_id?", d.order_no IS NOT NULL AS "has_order!", d.reached
           FROM deal d JOIN person w ON w.id = d.owner_id
           WHERE d.id = ANY ($1) OR (d.customer_id = ANY ($2) AND d.status = 'open')"#,
        deals,
        customers
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Marked {
            id: DealId(r.id),
            no: r.no,
            facts: DealFacts {
                owner: PersonId(r.owner_id),
                owner_manager: r.manager_id.map(PersonId),
                has_order: r.has_order.then_some(()),
                reached: r.reached,
            },
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_whole_or_not_at_all() {
        let id = Uuid::from_u128(5);
        assert_eq!(
            Notice::read(&format!("deal {id} 12 quote_saved")),
            Some(Notice::Deal { id, seq: 12, kind: "quote_saved".to_owned() })
        );
        assert_eq!(Notice::read(&format!("session {id}")), Some(Notice::Session(SessionId(id))));
        assert_eq!(Notice::read("all"), Some(Notice::All));
        for broken in ["", "deal", "deal x 1 y", &format!("deal {id}"), &format!("deal {id} one"), "person 7", "other"]
        {
            assert_eq!(Notice::read(broken), None, "{broken}");
        }
    }
}
