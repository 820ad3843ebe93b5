//! Signing in and out, accounts and preferences.
//!
//! The one rule: whoever guesses waits, longer each time, whether the name exists or not; whoever signed in
//! from here before waits only for the own mistakes.

use super::passwords::Compared;
pub use super::passwords::Strength;
use super::{App, Failure, devices};
use crate::domain::account::Account;
use crate::domain::ids::{PersonId, SessionId};
use crate::store::Tx;
use crate::store::people::{self, Person, Session};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// How sign-in ended.
#[derive(Debug)]
pub enum SignIn {
    Open {
        token: String,
        session: SessionId,
        /// By which the browser is known the next time.
        device: String,
    },
    /// Wrong name or password; which of the two is not told.
    Wrong,
    /// Too many failures; try again then.
    Wait { until: DateTime<Utc> },
}

/// Seconds to wait after so many failures of one account.
const DELAYS: [i64; 8] = [0, 0, 0, 1, 3, 5, 10, 30];
/// Failures of one account in a day before it waits for the next.
const ACCOUNT_LIMIT: i64 = 100;
/// Failures of one address in a minute, and in ten, before it has to wait.
const ADDRESS_LIMITS: (i64, i64) = (10, 50);

/// Until when an account with so many failures today waits, after the newest of them.
fn account_waits(failures: i64, newest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let known = usize::try_from(failures).ok().and_then(|n| DELAYS.get(n)).copied();
    let delay = match known {
        _ if failures >= ACCOUNT_LIMIT => TimeDelta::days(1),
        Some(seconds) => TimeDelta::seconds(seconds),
        None => TimeDelta::minutes(1),
    };
    newest.map(|at| at + delay).filter(|until| *until > now)
}

pub(super) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl App {
    /// Checks name and password, slowed down per account and per address.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        address: &str,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        self.sign_in_from(None, login, password, address, absolute).await
    }

    /// The same from a browser that may have signed in before.
    pub async fn sign_in_from(
        &self,
        device: Option<&str>,
        login: &str,
        password: &str,
        address: &str,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        let now = self.clock.now();
        let login = crate::domain::input::normalise(login).to_lowercase();
        let devices_key = self.derived_key("devices").await?;
        let (person, waits_until) = {
            let mut conn = self.db.read().await?;
            let person = people::by_login(&mut conn, &login).await?;
            let failed = people::failures(&mut conn, &login, address, now).await?;
            let is_known = device
                .is_some_and(|note| person.as_ref().is_some_and(|p| devices::is_known(&devices_key, p, note, now)));
            // The mistakes of others do not keep somebody out of a device of their own.
            let (count, newest) = if is_known { failed.from_here } else { failed.of_account };
            let (a_minute, ten_minutes) = failed.by_address;
            let is_flooding = !is_known && (a_minute >= ADDRESS_LIMITS.0 || ten_minutes >= ADDRESS_LIMITS.1);
            let address_until = is_flooding.then(|| now + TimeDelta::minutes(1));
            (person, account_waits(count, newest, now).max(address_until))
        };
        if let Some(until) = waits_until {
            return Ok(SignIn::Wait { until });
        }
        let active = person.filter(|p| p.is_active);
        let compared = self.compare_password(password, active.as_ref().map(|p| p.password_hash.clone())).await?;
        match (active, compared) {
            (None, _) | (_, Compared::Wrong) => {
                let mut tx = Tx::begin(&self.db, None).await?;
                let login = login.chars().take(64).collect::<String>().replace('\0', "");
                people::add_failure(&mut tx, &login, address, now).await?;
                tx.commit().await?;
                Ok(SignIn::Wrong)
            }
            (Some(mut person), compared) => {
                let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
                if let Compared::Renewed(hash) = compared {
                    people::renew_hash(&mut tx, person.id, &hash).await?;
                    person.password_hash = hash;
                }
                people::clear_failures(&mut tx, &login).await?;
                let opened = self.open_session(&mut tx, &person, now, absolute).await?;
                tx.commit().await?;
                Ok(opened)
            }
        }
    }

    /// One-click sign-in of a demo installation.
    pub async fn sign_in_demo(&self, login: &str, absolute: TimeDelta) -> Result<SignIn, Failure> {
        let now = self.clock.now();
        let person = {
            let mut conn = self.db.read().await?;
            people::by_login(&mut conn, login).await?
        };
        let Some(person) = person.filter(|p| p.is_active) else { return Ok(SignIn::Wrong) };
        let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
        let opened = self.open_session(&mut tx, &person, now, absolute).await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn open_session(
        &self,
        tx: &mut Tx,
        person: &Person,
        now: DateTime<Utc>,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        let token = hex::encode(self.ids.secret());
        let session = SessionId(self.ids.next());
        let device = devices::note(&self.derived_key("devices").await?, person, now);
        people::open_session(tx, session, &digest(&token), person.id, now, now + absolute).await?;
        Ok(SignIn::Open { token, session, device })
    }

    /// The session of a cookie; seen again at most once a minute.
    pub async fn session(&self, token: &str, idle: TimeDelta) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        if let Some(session) = &found
            && now - session.seen_at > TimeDelta::minutes(1)
        {
            people::touch_session(&mut *self.db.read().await?, session.id, now).await?;
        }
        Ok(found)
    }

    pub async fn sign_out(&self, session: &Session) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(session.person.id)).await?;
        people::close_session(&mut tx, session.id).await?;
        Ok(tx.commit().await?)
    }

    pub async fn choose_language(&self, person: PersonId, language: &str) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        people::set_language(&mut tx, person, language).await?;
        Ok(tx.commit().await?)
    }

    pub async fn choose_theme(&self, person: PersonId, theme: &str) -> Result<(), Failure> {
        let mut tx = Tx::begin(&self.db, Some(person)).await?;
        people::set_theme(&mut tx, person, theme).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a person whose password is known; the command line and the demo company call this.
    pub async fn add_person(&self, login: &str, account: &Account, password: &str) -> Result<Person, Failure> {
        let password_hash = self.hash_password(password).await?;
        let person = Person::of(PersonId(self.ids.next()), login, account, password_hash);
        let mut tx = Tx::begin(&self.db, None).await?;
        people::add(&mut tx, &person, self.clock.now()).await?;
        tx.commit().await?;
        Ok(person)
        let found = self.session_unused(token, idle).await?;
    }

    /// Sets a new password and ends every session of the person.
    pub async fn set_password(&self, login: &str, password: &str) -> Result<(), Failure> {
        let hash = self.hash_password(password).await?;
        let id = self.person(login).await?.ok_or(Failure::NotFound)?.id;
        let mut tx = Tx::begin(&self.db, None).await?;
        people::set_password(&mut tx, id, &hash).await?;
        Ok(tx.commit().await?)
    }

    /// The same for a request that nobody made: the idle time goes on.
    pub async fn session_unused(&self, token: &str, idle: TimeDelta) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        Ok(people::session(&mut conn, &digest(token), now, now - idle).await?)
    }

    /// The person's own change: the present password is checked and slowed down like a sign-in.
    /// Every session of the person ends; the one that is handed back takes their place.
    pub async fn change_password(
        &self,
        person: &Person,
        current: &str,
        new: &str,
        address: &str,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        match self.sign_in(&person.login, current, address, absolute).await? {
            SignIn::Open { .. } => {}
            refused => return Ok(refused),
        }
        let hash = self.hash_password(new).await?;
        let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
        people::set_password(&mut tx, person.id, &hash).await?;
        let person = Person { password_hash: hash, ..person.clone() };
        let opened = self.open_session(&mut tx, &person, self.clock.now(), absolute).await?;
        tx.commit().await?;
        Ok(opened)
    }

    pub async fn person(&self, login: &str) -> Result<Option<Person>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(people::by_login(&mut conn, login).await?)
    }
}
