//! The database is the last wall: attacks by direct SQL, as the role that serves and as the
//! owner of the tables, each refused with its SQLSTATE and by the wall that is meant.

#[path = "walls/apart.rs"]
mod apart;
#[path = "walls/approval.rs"]
mod approval;
#[path = "walls/beginnings.rs"]
mod beginnings;
#[path = "walls/changes.rs"]
mod changes;
#[path = "walls/documents.rs"]
mod documents;
#[path = "walls/feedback.rs"]
mod feedback;
#[path = "walls/fulfilment.rs"]
mod fulfilment;
#[path = "walls/history.rs"]
mod history;
#[path = "walls/library.rs"]
mod library;
#[path = "walls/money.rs"]
mod money;
#[path = "walls/notices.rs"]
mod notices;
#[path = "walls/rights.rs"]
mod rights;
#[path = "walls/settings.rs"]
mod settings;
#[path = "walls/stops.rs"]
mod stops;

use crate::harness::world::World;
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::workflow::Case;
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use uuid::Uuid;

/// Somebody else gives the person these roles, who then goes on.
pub(crate) fn given_roles(person: PersonId, roles: &[&str]) -> String {
    format!(
        "SELECT set_config('kuaidan.actor', 'system', true); UPDATE person SET roles = '{{{}}}' WHERE id = '{}'; SELECT set_config('kuaidan.actor', '{1}', true)",
        roles.join(","),
        person.0
    )
}

/// A person at a database console.
pub(crate) struct Attacker {
    connection: PgConnection,
    actor: Option<Uuid>,
}

impl Attacker {
    /// With the rights of the program.
    pub(crate) async fn app(w: &World) -> Self {
        Self { connection: w.database.app_connection().await, actor: None }
    }

    /// With the rights of the owner of the tables, who runs migrations.
    pub(crate) async fn owner(w: &World) -> Self {
        Self { connection: w.database.owner_connection().await, actor: None }
    }

    pub(crate) fn acting(mut self, as_person: PersonId) -> Self {
        self.actor = Some(as_person.0);
        self
    }

    /// What the database answers: SQLSTATE, then the constraint and the message. Nothing is kept.
    pub(crate) async fn tries(&mut self, prepare: &str, attack: &str) -> Option<(String, String)> {
        let mut tx = self.connection.begin().await.expect("a transaction");
        if let Some(actor) = self.actor {
            let set = format!("SELECT set_config('kuaidan.actor', '{actor}', true)");
            raw_sql(AssertSqlSafe(set)).execute(&mut *tx).await.expect("the actor is announced");
        }
        raw_sql(AssertSqlSafe(prepare.to_owned())).execute(&mut *tx).await.unwrap_or_else(|e| panic!("{prepare}: {e}"));
        // What is checked at commit only is checked now.
        let whole = format!("{attack}; SET CONSTRAINTS ALL IMMEDIATE");
        let answer = raw_sql(AssertSqlSafe(whole)).execute(&mut *tx).await;
        let refusal = answer.err().map(|error| match error.as_database_error() {
            Some(db) => (
                db.code().unwrap_or_default().into_owned(),
                format!("{} {}", db.constraint().unwrap_or_default(), db.message()),
            ),
            None => panic!("{attack}: {error}"),
        });
        tx.rollback().await.expect("rolled back");
        refusal
    }

    /// The attack is refused with `code`, and `wall` is part of what the database says.
    pub(crate) async fn refused(&mut self, attack: &str, code: &str, wall: &str) {
        self.refused_after("SELECT 1", attack, code, wall).await;
    }

    pub(crate) async fn refused_after(&mut self, prepare: &str, attack: &str, code: &str, wall: &str) {
        match self.tries(prepare, attack).await {
            Some((found, says)) => {
                assert!(found == code && says.contains(wall), "{attack}\nexpected {code} {wall:?}, got {found} {says}");
            }
            None => panic!("nothing refused: {attack}"),
        }
    }

    /// The contrary, so that a refusal next to it means what it says.
    pub(crate) async fn succeeds(&mut self, prepare: &str, sql: &str) {
        if let Some((code, says)) = self.tries(prepare, sql).await {
            panic!("{sql}\nrefused: {code} {says}");
        }
    }
}

/// The ids that attacks name.
struct Names {
    deal: Uuid,
    customer: Uuid,
    requirement: Uuid,
    quote: Uuid,
    round: Uuid,
    order: Uuid,
}

impl Names {
    fn of(case: &Case) -> Self {
        Self {
            deal: case.deal.as_ref().map_or(Uuid::nil(), |d| d.id.0),
            customer: case.customer.id.0,
            requirement: case.requirement.as_ref().map_or(Uuid::nil(), |r| r.id.0),
            quote: case.quote.as_ref().map_or(Uuid::nil(), |q| q.id.0),
            round: case.round.as_ref().map_or(Uuid::nil(), |r| r.id.0),
            order: case.order.as_ref().map_or(Uuid::nil(), |o| o.id.0),
        }
    }
}
