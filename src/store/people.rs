//! People, their sessions, failed sign-ins and used form keys.

use super::error::known;
use super::{StoreError, Tx, reset_links};
use crate::domain::account::{Account, ordered};
use crate::domain::delegation::Mandate;
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::round::Colleague;
use crate::domain::staff::{Actor, Department, Role};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct Person {
    pub id: PersonId,
    pub login: String,
    pub name: String,
    pub name_en: String,
    pub department: Department,
    pub roles: Vec<Role>,
    pub manager: Option<PersonId>,
    pub phone: Option<String>,
    pub language: String,
    pub theme: String,
    pub password_hash: String,
    pub is_active: bool,
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.id,
            name: self.name.clone(),
            roles: self.roles.clone(),
            manager: self.manager,
            mandates: Vec::new(),
        }
    }

    /// A new person with this account, who reads Chinese until they choose otherwise.
    pub fn of(id: PersonId, login: &str, account: &Account, password_hash: String) -> Self {
        let a = account.clone();
        Self {
            id,
            login: login.to_owned(),
            name: a.name,
            name_en: a.name_en,
            department: a.department,
            roles: ordered(&a.roles),
            manager: a.manager,
            phone: a.phone,
            language: "zh".to_owned(),
            theme: "auto".to_owned(),
            password_hash,
            is_active: a.is_active,
        }
    }

    pub fn account(&self) -> Account {
        Account {
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            department: self.department,
            roles: ordered(&self.roles),
            manager: self.manager,
            phone: self.phone.clone(),
            is_active: self.is_active,
        }
    }

    pub fn colleague(&self) -> Colleague {
        Colleague { actor: self.actor(), department: self.department, is_active: self.is_active }
    }
}

macro_rules! person {
    ($r:expr) => {{
        let r = $r;
        Ok::<Person, StoreError>(Person {
            id: PersonId(r.id),
            login: r.login,
            name: r.name,
            name_en: r.name_en,
            department: known("person", "department", &r.department, Department::parse)?,
            roles: r.roles.iter().map(|role| known("person", "roles", role, Role::parse)).collect::<Result<_, _>>()?,
            manager: r.manager_id.map(PersonId),
            phone: r.phone,
            language: r.language,
            theme: r.theme,
            password_hash: r.password_hash,
            is_active: r.is_active,
        })
    }};
}

pub async fn by_login(conn: &mut PgConnection, login: &str) -> Result<Option<Person>, StoreError> {
    sqlx::query!("SELECT * FROM person WHERE login = $1", login)
        .fetch_optional(conn)
        .await?
        .map(|r| person!(r))
        .transpose()
}

pub async fn by_id(conn: &mut PgConnection, id: PersonId) -> Result<Option<Person>, StoreError> {
    sqlx::query!("SELECT * FROM person WHERE id = $1", id.0).fetch_optional(conn).await?.map(|r| person!(r)).transpose()
}

/// English names by the Chinese ones, where one name means one.
pub async fn english_names(conn: &mut PgConnection) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sqlx::query!(
        r#"SELECT name, min(name_en) AS "name_en!" FROM person GROUP BY name HAVING count(DISTINCT name_en) = 1"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| (r.name, r.name_en))
    .collect())
}

/// Locks people's rows, in one order for everybody.
pub async fn lock(tx: &mut Tx, people: &[PersonId]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = people.iter().map(|p| p.0).collect();
    sqlx::query!("SELECT id FROM person WHERE id = ANY ($1) ORDER BY id FOR UPDATE", &ids).fetch_all(tx.conn()).await?;
    Ok(())
}

/// Accounts are changed one after the other: what is right depends on all of them. Who acts meanwhile does not wait.
pub async fn lock_all(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("SELECT id FROM person ORDER BY id FOR NO KEY UPDATE").fetch_all(tx.conn()).await?;
    Ok(())
}

pub async fn all(conn: &mut PgConnection) -> Result<Vec<Person>, StoreError> {
    sqlx::query!("SELECT * FROM person ORDER BY created_at, id")
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|r| person!(r))
        .collect()
}

/// The same as the rules know them.
pub async fn colleagues(conn: &mut PgConnection) -> Result<Vec<Colleague>, StoreError> {
    Ok(all(conn).await?.iter().map(Person::colleague).collect())
}

/// Somebody who owns deals, as a filter names them.
#[derive(Debug, Clone)]
pub struct Seller {
    pub id: PersonId,
    pub login: String,
    pub name: String,
    pub name_en: String,
    pub manager: Option<PersonId>,
}

/// Who sells, in one team or in all.
pub async fn sellers(conn: &mut PgConnection, team: Option<PersonId>) -> Result<Vec<Seller>, StoreError> {
    Ok(sqlx::query!(
        "SELECT id, login, name, name_en, manager_id FROM person
         WHERE roles && ARRAY['sales_rep','sales_manager','sales_director'] AND ($1::uuid IS NULL OR id = $1 OR manager_id = $1)
         ORDER BY name LIMIT 200",
        team.map(|p| p.0)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|r| Seller {
        id: PersonId(r.id),
        login: r.login,
        name: r.name,
        name_en: r.name_en,
        manager: r.manager_id.map(PersonId),
    })
    .collect())
}

pub async fn add(tx: &mut Tx, p: &Person, now: DateTime<Utc>) -> Result<(), StoreError> {
    let roles: Vec<String> = p.roles.iter().map(|r| r.code().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO person (id, login, name, name_en, department, roles, manager_id, phone, language, theme, password_hash, is_active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        p.id.0, p.login, p.name, p.name_en, p.department.code(), &roles, p.manager.map(|m| m.0), p.phone.as_deref(), p.language, p.theme,
        p.password_hash, p.is_active, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the administrator may change of an account.
pub async fn set_account(tx: &mut Tx, id: PersonId, a: &Account) -> Result<(), StoreError> {
    let roles: Vec<String> = a.roles.iter().map(|r| r.code().to_owned()).collect();
    sqlx::query!(
        "UPDATE person SET name = $2, name_en = $3, department = $4, roles = $5, manager_id = $6, phone = $7, is_active = $8 WHERE id = $1",
        id.0, a.name, a.name_en, a.department.code(), &roles, a.manager.map(|m| m.0), a.phone.as_deref(), a.is_active
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who owns customers or open deals.
pub async fn owners(conn: &mut PgConnection) -> Result<Vec<PersonId>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"SELECT p.id AS "id!" FROM person p WHERE EXISTS (SELECT FROM customer WHERE owner_id = p.id)
            OR EXISTS (SELECT FROM deal WHERE owner_id = p.id AND status = 'open')"#
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(PersonId).collect())
}

/// Customers and open deals that the person owns.
pub async fn belongings(conn: &mut PgConnection, id: PersonId) -> Result<(i64, i64), StoreError> {
    let held = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM customer WHERE owner_id = $1) AS "customers!",
                  (SELECT count(*) FROM deal WHERE owner_id = $1 AND status = 'open') AS "deals!""#,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok((held.customers, held.deals))
}

/// A new password ends every session, and links that lead to another one open nothing any more.
pub async fn set_password(tx: &mut Tx, id: PersonId, hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE person SET password_hash = $2 WHERE id = $1", id.0, hash).execute(tx.conn()).await?;
    sqlx::query!("DELETE FROM session WHERE person_id = $1", id.0).execute(tx.conn()).await?;
    reset_links::forget(tx, id, now).await
}

/// The hash of the password of somebody whose account is open; both stay so until the transaction ends.
pub async fn keep_password(tx: &mut Tx, id: PersonId) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT password_hash FROM person WHERE id = $1 AND is_active FOR NO KEY UPDATE", id.0)
        .fetch_optional(tx.conn())
        .await?)
}

pub async fn set_active(tx: &mut Tx, id: PersonId, is_active: bool) -> Result<(), StoreError> {
    sqlx::query!("UPDATE person SET is_active = $2 WHERE id = $1", id.0, is_active).execute(tx.conn()).await?;
    sqlx::query!("DELETE FROM session WHERE person_id = $1 AND NOT $2", id.0, is_active).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_language(tx: &mut Tx, id: PersonId, language: &str) -> Result<(), StoreError> {
    sqlx::query!("UPDATE person SET language = $2 WHERE id = $1", id.0, language).execute(tx.conn()).await?;
    Ok(())
}

pub async fn set_theme(tx: &mut Tx, id: PersonId, theme: &str) -> Result<(), StoreError> {
    sqlx::query!("UPDATE person SET theme = $2 WHERE id = $1", id.0, theme).execute(tx.conn()).await?;
    Ok(())
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub person: Person,
    /// What others entrust to the person now.
    pub mandates: Vec<Mandate>,
}

impl Session {
    pub fn actor(&self) -> Actor {
        self.person.actor().acting_for(self.mandates.clone())
    }
}

pub async fn open_session(
    tx: &mut Tx,
    id: SessionId,
    token_hash: &[u8],
    person: PersonId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO session (id, token_hash, person_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)",
        id.0, token_hash, person.0, now, expires_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The session of a cookie, unless it is over or was idle since `idle_since`.
pub async fn session(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Option<Session>, StoreError> {
    let Some(row) = sqlx::query!(
        r#"SELECT s.id AS session_id, s.seen_at, s.expires_at, p.*,
              (SELECT max(g.ends_at) FROM delegation g WHERE g.delegate_id = p.id) AS stands_in_until
         FROM session s JOIN person p ON p.id = s.person_id WHERE s.token_hash = $1 AND p.is_active"#,
        token_hash
    )
    .fetch_optional(&mut *conn)
    .await?
    .filter(|row| row.expires_at > now && row.seen_at > idle_since) else {
        return Ok(None);
    };
    let (id, seen_at, expires_at) = (SessionId(row.session_id), row.seen_at, row.expires_at);
    let mandates = if row.stands_in_until.is_some_and(|until| until > now) {
        super::delegations::mandates(conn, PersonId(row.id), now).await?
    } else {
        Vec::new()
    };
    Ok(Some(Session { id, seen_at, expires_at, person: person!(row)?, mandates }))
}

pub async fn touch_session(conn: &mut PgConnection, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("UPDATE session SET seen_at = $2 WHERE id = $1", id.0, now).execute(conn).await?;
    Ok(())
}

pub async fn close_session(tx: &mut Tx, id: SessionId) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM session WHERE id = $1", id.0).execute(tx.conn()).await?;
    Ok(())
}

/// Failed sign-ins: how many in a day and the newest, of the account and of the account from one address;
/// and how many of the address in a minute and in ten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    pub of_account: (i64, Option<DateTime<Utc>>),
    pub from_here: (i64, Option<DateTime<Utc>>),
    pub by_address: (i64, i64),
}

/// Failures of the account and of the address since a moment, with the account's newest.
pub async fn failures(
    conn: &mut PgConnection,
    login: &str,
    address: &str,
    now: DateTime<Utc>,
) -> Result<Failures, StoreError> {
    let (day, minute, ten) = (now - TimeDelta::hours(24), now - TimeDelta::minutes(1), now - TimeDelta::minutes(10));
    let r = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM sign_in_failure WHERE login = $1 AND at > $3) AS "account!",
                  (SELECT max(at) FROM sign_in_failure WHERE login = $1) AS newest,
                  (SELECT count(*) FROM sign_in_failure WHERE login = $1 AND address = $2 AND at > $3) AS "here!",
                  (SELECT max(at) FROM sign_in_failure WHERE login = $1 AND address = $2) AS newest_here,
                  (SELECT count(*) FROM sign_in_failure WHERE address = $2 AND at > $4) AS "minute!",
                  (SELECT count(*) FROM sign_in_failure WHERE address = $2 AND at > $5) AS "ten!""#,
        login,
        address,
        day,
        minute,
        ten
    )
    .fetch_one(conn)
    .await?;
    Ok(Failures {
        of_account: (r.account, r.newest),
        from_here: (r.here, r.newest_here),
        by_address: (r.minute, r.ten),
    })
}

/// The same password, kept in a better way; sessions stay.
pub async fn renew_hash(tx: &mut Tx, id: PersonId, hash: &str) -> Result<(), StoreError> {
    sqlx::query!("UPDATE person SET password_hash = $2 WHERE id = $1", id.0, hash).execute(tx.conn()).await?;
    Ok(())
}

/// Whoever tries this name or comes from this address at the same moment waits until this one is counted.
pub async fn lock_attempts(tx: &mut Tx, login: &str, address: &str) -> Result<(), StoreError> {
    // Always the name first, so that two never wait for each other.
    for (kind, of) in [("name", login), ("address", address)] {
        let key = format!("sign-in {kind} {of}");
        sqlx::query!(r#"SELECT 1 AS "locked!" FROM pg_advisory_xact_lock(hashtextextended($1, 0))"#, key)
            .fetch_one(tx.conn())
            .await?;
    }
    Ok(())
}

pub async fn add_failure(tx: &mut Tx, login: &str, address: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("INSERT INTO sign_in_failure (login, address, at) VALUES ($1, $2, $3)", login, address, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn clear_failures(tx: &mut Tx, login: &str) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM sign_in_failure WHERE login = $1", login).execute(tx.conn()).await?;
    Ok(())
}

/// The first use of a one-time form key, or where it led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyUse {
    First,
    SameAgain { location: String },
    OtherContent,
}

/// Takes the key inside the running transaction; a second use waits here for the first.
pub async fn use_form_key(
    tx: &mut Tx,
    key: Uuid,
    person: PersonId,
    route: &str,
    sha256: &[u8],
    then: &str,
    now: DateTime<Utc>,
) -> Result<KeyUse, StoreError> {
    let taken = sqlx::query!(
        "WITH saved AS (DELETE FROM form_draft WHERE person_id = $2 AND address = $3)
         INSERT INTO form_submission (key, person_id, route, request_sha256, location, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING key",
        key, person.0, route, sha256, then, now
    )
    .fetch_optional(tx.conn())
    .await?;
    if taken.is_some() {
        return Ok(KeyUse::First);
    }
    let former =
        sqlx::query!("SELECT person_id, route, request_sha256, location FROM form_submission WHERE key = $1", key)
            .fetch_one(tx.conn())
            .await?;
    let same = former.person_id == person.0 && former.route == route && former.request_sha256 == sha256;
    Ok(if same { KeyUse::SameAgain { location: former.location } } else { KeyUse::OtherContent })
}

pub async fn form_led_to(tx: &mut Tx, key: Uuid, location: &str) -> Result<(), StoreError> {
    // Only the row this transaction inserted is changed; the role may not update others'.
    sqlx::query!("UPDATE form_submission SET location = $2 WHERE key = $1", key, location).execute(tx.conn()).await?;
    Ok(())
}

/// Removes what is over: sessions, old failures, old form keys.
pub async fn tidy(
    tx: &mut Tx,
    now: DateTime<Utc>,
    failures_before: DateTime<Utc>,
    keys_before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let sessions =
        sqlx::query!("DELETE FROM session WHERE expires_at <= $1", now).execute(tx.conn()).await?.rows_affected();
    let failures = sqlx::query!("DELETE FROM sign_in_failure WHERE at <= $1", failures_before)
        .execute(tx.conn())
        .await?
        .rows_affected();
    let keys = sqlx::query!("DELETE FROM form_submission WHERE at <= $1", keys_before)
        .execute(tx.conn())
        .await?
        .rows_affected();
    Ok(sessions + failures + keys)
}
