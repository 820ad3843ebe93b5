//! Signing in and out, accounts and preferences.
//!
//! The one rule: whoever guesses waits, longer each time, whether the name exists or not; whoever signed in
//! from here before waits only for the own mistakes.

use super::passwords::Compared;
pub use super::passwords::Strength;
use super::{App, Failure, devices};
use crate::domain::account::Account;
use crate::domain::ids::{PersonId, SessionId};
use crate::store::people::{self, Person, Session};
use crate::store::{PgConnection, Tx};
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

/// How long somebody waits whom the queue for passwords had no place for.
const QUEUE_WAIT: TimeDelta = TimeDelta::seconds(5);

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

/// One try to sign in.
struct Attempt<'a> {
    /// The name as it is counted.
    login: String,
    address: &'a str,
    /// From a browser that signed in before.
    is_known: bool,
    now: DateTime<Utc>,
}

impl Attempt<'_> {
    /// Until when it has to wait for the failures before it.
    async fn waits(&self, conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, Failure> {
        let failed = people::failures(conn, &self.login, self.address, self.now).await?;
        // The mistakes of others do not keep somebody out of a device of their own.
        let (count, newest) = if self.is_known { failed.from_here } else { failed.of_account };
        let (a_minute, ten_minutes) = failed.by_address;
        let is_flooding = !self.is_known && (a_minute >= ADDRESS_LIMITS.0 || ten_minutes >= ADDRESS_LIMITS.1);
        let address_until = is_flooding.then(|| self.now + TimeDelta::minutes(1));
        Ok(account_waits(count, newest, self.now).max(address_until))
    }
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
        let attempt =
            Attempt { login: login.chars().filter(|c| *c != '\0').take(64).collect(), address, is_known: false, now };
        let devices_key = self.derived_key("devices").await?;
        let (person, attempt) = {
            let mut conn = self.db.read().await?;
            let person = people::by_login(&mut conn, &login).await?;
            let is_known = device
                .is_some_and(|note| person.as_ref().is_some_and(|p| devices::is_known(&devices_key, p, note, now)));
            let attempt = Attempt { is_known, ..attempt };
            // Whoever has to wait anyway takes nobody's place in the queue.
            if let Some(until) = attempt.waits(&mut conn).await? {
                return Ok(SignIn::Wait { until });
            }
            (person, attempt)
        };
        let Some(turn) = self.hashing.turn().await else {
            return Ok(SignIn::Wait { until: now + QUEUE_WAIT });
        };
        if let Some(until) = self.count(&attempt).await? {
            return Ok(SignIn::Wait { until });
        }
        let active = person.filter(|p| p.is_active);
        let compared = self.compare_password(turn, password, active.as_ref().map(|p| p.password_hash.clone())).await?;
        match (active, compared) {
            (None, _) | (_, Compared::Wrong) => Ok(SignIn::Wrong),
            (Some(mut person), compared) => {
                let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
                match people::keep_password(&mut tx, person.id).await? {
                    Some(kept) if kept == person.password_hash => {}
                    // It changed while it was compared: the next attempt is compared with the new one.
                    Some(_) => return Ok(SignIn::Wait { until: now + QUEUE_WAIT }),
                    None => return Ok(SignIn::Wrong),
                }
                if let Compared::Renewed(hash) = compared {
                    people::renew_hash(&mut tx, person.id, &hash).await?;
                    person.password_hash = hash;
                }
                people::clear_failures(&mut tx, &attempt.login).await?;
                let opened = async {
                    let opened = self.open_session(&mut tx, &person, now, absolute).await?;
                    tx.commit().await?;
                    Ok(opened)
                };
                match opened.await {
                    Err(failure) => {
                        self.take_back(&attempt).await;
                        Err(failure)
                    }
                    opened => opened,
                }
            }
        }
    }

    /// The password was right and the house was not ready: that is no failed attempt.
    async fn take_back(&self, attempt: &Attempt<'_>) {
        if let Ok(mut tx) = Tx::begin(&self.db, None).await
            && people::clear_failures(&mut tx, &attempt.login).await.is_ok()
        {
            // Should this fail too, the count ends by itself within minutes.
            let _ = tx.commit().await;
        }
    }

    /// Counts the attempt as a failure before the password is looked at, so that guesses at the same moment
    /// see each other and whoever goes away meanwhile is counted too; a right password takes it back.
    async fn count(&self, attempt: &Attempt<'_>) -> Result<Option<DateTime<Utc>>, Failure> {
        let mut tx = Tx::begin(&self.db, None).await?;
        people::lock_attempts(&mut tx, &attempt.login, attempt.address).await?;
        let until = attempt.waits(tx.conn()).await?;
        if until.is_none() {
            people::add_failure(&mut tx, &attempt.login, attempt.address, attempt.now).await?;
            tx.commit().await?;
        }
        Ok(until)
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
        let found = self.session_unused(token, idle).await?;
        let now = self.clock.now();
        if let Some(session) = &found
            && now - session.seen_at > TimeDelta::minutes(1)
        {
            people::touch_session(&mut *self.db.read().await?, session.id, now).await?;
        }
        Ok(found)
    }

    /// The same for a request that nobody made: the idle time goes on.
    pub async fn session_unused(&self, token: &str, idle: TimeDelta) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        Ok(people::session(&mut conn, &digest(token), now, now - idle).await?)
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
    }

    /// Sets a new password and ends every session of the person.
    pub async fn set_password(&self, login: &str, password: &str) -> Result<(), Failure> {
        let hash = self.hash_password(password).await?;
        let id = self.person(login).await?.ok_or(Failure::NotFound)?.id;
        let mut tx = Tx::begin(&self.db, None).await?;
        people::set_password(&mut tx, id, &hash, self.clock.now()).await?;
        Ok(tx.commit().await?)
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
        let token = match self.sign_in(&person.login, current, address, absolute).await? {
            SignIn::Open { token, .. } => token,
            refused => return Ok(refused),
        };
        let hash = self.hash_password(new).await?;
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
        people::keep_password(&mut tx, person.id).await?;
        // Another new password came first, and ended the session that the old one had opened.
        if people::session(tx.conn(), &digest(&token), now, now - absolute).await?.is_none() {
            return Ok(SignIn::Wrong);
        }
        people::set_password(&mut tx, person.id, &hash, now).await?;
        let person = Person { password_hash: hash, ..person.clone() };
        let opened = self.open_session(&mut tx, &person, now, absolute).await?;
        tx.commit().await?;
        Ok(opened)
    }

    pub async fn person(&self, login: &str) -> Result<Option<Person>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(people::by_login(&mut conn, login).await?)
    }
}
