//! Signing in and out, accounts and preferences. Passwords are hashed off the async threads,
//! two at a time; an unknown name costs the same time as a known one.

use super::{App, Failure};
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::staff::{Department, Role};
use crate::store::people::{self, Person, Session};
use crate::store::{StoreError, Tx};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// How much work a password hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// 19 MiB, two passes.
    Full,
    /// For tests only: the least the algorithm allows.
    Least,
}

/// How sign-in ended.
#[derive(Debug)]
pub enum SignIn {
    Open {
        token: String,
        session: SessionId,
    },
    /// Wrong name or password; which of the two is not told.
    Wrong,
    /// Too many failures; try again then.
    Wait {
        until: DateTime<Utc>,
    },
}

/// Seconds to wait after so many failures of one account.
const DELAYS: [i64; 8] = [0, 0, 0, 1, 3, 5, 10, 30];
/// Failures of one address in ten minutes before it has to wait.
const ADDRESS_LIMIT: i64 = 50;

fn argon(strength: Strength) -> Argon2<'static> {
    let params = match strength {
        Strength::Full => Params::new(19 * 1024, 2, 1, None),
        Strength::Least => Params::new(8, 1, 1, None),
    };
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// The same password typed on another keyboard: compatibility form (NFKC), nothing trimmed.
fn comparable(password: &str) -> String {
    password.nfkc().collect()
}

pub(super) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub login: String,
    pub name: String,
    pub name_en: String,
    pub department: Department,
    pub roles: Vec<Role>,
    pub manager: Option<PersonId>,
    pub phone: Option<String>,
}

impl App {
    pub async fn hash_password(&self, password: &str) -> Result<String, Failure> {
        let _permit = self.hashing.acquire().await.map_err(|_| StoreError::Busy("shutting down".to_owned()))?;
        let (password, strength) = (comparable(password), self.strength);
        tokio::task::spawn_blocking(move || argon(strength).hash_password(password.as_bytes()).map(|h| h.to_string()))
            .await
            .map_err(|e| StoreError::Busy(e.to_string()))?
            .map_err(|e| StoreError::Busy(e.to_string()).into())
    }

    async fn password_is(&self, password: &str, hash: Option<String>) -> Result<bool, Failure> {
        let _permit = self.hashing.acquire().await.map_err(|_| StoreError::Busy("shutting down".to_owned()))?;
        let (password, strength) = (comparable(password), self.strength);
        tokio::task::spawn_blocking(move || {
            if let Some(hash) = hash {
                return verify(&password, &hash);
            }
            // The same work for a name that does not exist.
            let _ = argon(strength).hash_password(password.as_bytes());
            false
        })
        .await
        .map_err(|e| StoreError::Busy(e.to_string()).into())
    }

    /// Checks name and password, slowed down per account and per address.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        address: &str,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        let now = self.clock.now();
        let login = crate::domain::input::normalise(login).to_lowercase();
        let (person, waits_until) = {
            let mut conn = self.db.read().await?;
            let (account, by_address, newest) =
                people::failures(&mut conn, &login, address, now - TimeDelta::hours(24), now - TimeDelta::minutes(10))
                    .await?;
            let delay = usize::try_from(account)
                .ok()
                .and_then(|n| DELAYS.get(n))
                .copied()
                .unwrap_or(if account > 100 { 3600 } else { 60 });
            let account_until = newest.map(|at| at + TimeDelta::seconds(delay)).filter(|until| *until > now);
            let address_until = (by_address >= ADDRESS_LIMIT).then(|| now + TimeDelta::minutes(1));
            (people::by_login(&mut conn, &login).await?, account_until.max(address_until))
        };
        if let Some(until) = waits_until {
            return Ok(SignIn::Wait { until });
        }
        let active = person.filter(|p| p.is_active);
        let right = self.password_is(password, active.as_ref().map(|p| p.password_hash.clone())).await?;
        match active {
            Some(person) if right => {
                let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
                people::clear_failures(&mut tx, &login).await?;
                let opened = self.open_session(&mut tx, person.id, now, absolute).await?;
                tx.commit().await?;
                Ok(opened)
            }
            _ => {
                let mut tx = Tx::begin(&self.db, None).await?;
                people::add_failure(
                    &mut tx,
                    &login.chars().take(64).collect::<String>().replace('\0', ""),
                    address,
                    now,
                )
                .await?;
                tx.commit().await?;
                Ok(SignIn::Wrong)
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
        let opened = self.open_session(&mut tx, person.id, now, absolute).await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn open_session(
        &self,
        tx: &mut Tx,
        person: PersonId,
        now: DateTime<Utc>,
        absolute: TimeDelta,
    ) -> Result<SignIn, Failure> {
        let token = hex::encode(self.ids.secret());
        let session = SessionId(self.ids.next());
        people::open_session(tx, session, &digest(&token), person, now, now + absolute).await?;
        Ok(SignIn::Open { token, session })
    }

    /// The session of a cookie; seen again at most once a minute.
    pub async fn session(&self, token: &str, idle: TimeDelta) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        let found = people::session(&mut conn, &digest(token), now, now - idle).await?;
        if let Some(session) = &found
            && now - session.seen_at > TimeDelta::minutes(1)
        {
            people::touch_session(&mut conn, session.id, now).await?;
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

    /// Adds a person; the command line and the demo company call this.
    pub async fn add_person(&self, new: NewPerson, password: &str) -> Result<Person, Failure> {
        let password_hash = self.hash_password(password).await?;
        let person = Person {
            id: PersonId(self.ids.next()),
            login: new.login,
            name: new.name,
            name_en: new.name_en,
            department: new.department,
            roles: new.roles,
            manager: new.manager,
            phone: new.phone,
            language: "zh".to_owned(),
            theme: "auto".to_owned(),
            password_hash,
            is_active: true,
        };
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
        people::set_password(&mut tx, id, &hash).await?;
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
        match self.sign_in(&person.login, current, address, absolute).await? {
            SignIn::Open { .. } => {}
            refused => return Ok(refused),
        }
        let hash = self.hash_password(new).await?;
        let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
        people::set_password(&mut tx, person.id, &hash).await?;
        let opened = self.open_session(&mut tx, person.id, self.clock.now(), absolute).await?;
        tx.commit().await?;
        Ok(opened)
    }

    pub async fn person(&self, login: &str) -> Result<Option<Person>, Failure> {
        let mut conn = self.db.read().await?;
        Ok(people::by_login(&mut conn, login).await?)
    }
}
