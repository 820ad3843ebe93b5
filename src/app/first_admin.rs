//! The first administrator of an installation (SAFETY P7): there is no account that somebody could know
//! beforehand. The console shows a code that works once within fifteen minutes; whoever can read the console
//! makes the first account with it, and afterwards there is nothing left to find.

use super::people::digest;
use super::{App, Failure};
use crate::domain::account::Account;
use crate::domain::company::Company;
use crate::domain::ids::PersonId;
use crate::domain::message::ServiceEvent;
use crate::domain::staff::{Department, Role};
use crate::store::people::{self, Person};
use crate::store::{Tx, company, documents, events, schema, setup_codes};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// How long a code can be used.
pub const CODE_HOLDS: TimeDelta = TimeDelta::minutes(15);
/// Stands for the code among the failures to sign in; nobody can have this sign-in name.
const GUESSES: &str = ":setup";
/// Wrong codes and passwords of one address in a minute, and in ten, before it has to wait.
const ADDRESS_LIMITS: (i64, i64) = (10, 50);
/// Without letters that are taken for digits.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The chain of the company's data.
const COMPANY: Uuid = Uuid::from_u128(1);

/// Who becomes the administrator.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    pub login: String,
    pub name: String,
    pub name_en: String,
    pub password: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Founded {
    Yes,
    /// The code is wrong, used or over; which of them is not told.
    WrongCode,
    /// Too many wrong codes from this address.
    Wait {
        until: DateTime<Utc>,
    },
    /// Somebody has an account already: there is nothing to found.
    Gone,
}

/// Eighty bits in four groups, as they are read from a console and typed.
fn code_of(secret: [u8; 32]) -> String {
    let bits = secret.iter().take(10).fold(0_u128, |all, byte| (all << 8) | u128::from(*byte));
    let sign = |at: u32| char::from(SIGNS[usize::try_from((bits >> (at * 5)) & 31).unwrap_or(0)]);
    let signs: String = (0..16).map(sign).collect();
    [&signs[..4], &signs[4..8], &signs[8..12], &signs[12..]].join("-")
}

/// The code as it is compared: typed in any case, with or without hyphens, O for 0 and I or L for 1.
fn plain(code: &str) -> String {
    crate::domain::input::normalise(code)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .take(64)
        .collect()
}

impl App {
    /// Whether the first account still has to be made. Once it was, this process never asks again.
    pub async fn awaits_first_admin(&self) -> Result<bool, Failure> {
        if self.has_people.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let mut conn = self.db.read().await?;
        let is_demo = schema::installation(&mut conn).await?.is_some_and(|i| i.is_demo);
        let is_done = is_demo || setup_codes::has_people(&mut conn).await?;
        self.has_people.store(is_done, Ordering::Relaxed);
        Ok(!is_done)
    }

    /// A fresh code for the console, told once and stored as a hash; None when there are people already.
    pub async fn setup_code(&self) -> Result<Option<String>, Failure> {
        if !self.awaits_first_admin().await? {
            return Ok(None);
        }
        let now = self.clock.now();
        let code = code_of(self.ids.secret());
        let mut tx = Tx::begin(&self.db, None).await?;
        documents::lock_company(&mut tx).await?;
        if setup_codes::has_people(tx.conn()).await? {
            return Ok(None);
        }
        setup_codes::add(&mut tx, &digest(&plain(&code)), now, now + CODE_HOLDS).await?;
        tx.commit().await?;
        Ok(Some(code))
    }

    /// Makes the first account and names the company, for whoever has the code.
    pub async fn found(
        &self,
        code: &str,
        admin: &FirstAdmin,
        company: (&str, &str),
        (address, request): (&str, Uuid),
    ) -> Result<Founded, Failure> {
        if !self.awaits_first_admin().await? {
            return Ok(Founded::Gone);
        }
        let now = self.clock.now();
        let hash = digest(&plain(code));
        let is_good = {
            let mut conn = self.db.read().await?;
            let (a_minute, ten_minutes) = people::failures(&mut conn, GUESSES, address, now).await?.by_address;
            if a_minute >= ADDRESS_LIMITS.0 || ten_minutes >= ADDRESS_LIMITS.1 {
                return Ok(Founded::Wait { until: now + TimeDelta::minutes(1) });
            }
            setup_codes::is_good(&mut conn, &hash, now).await?
        };
        if !is_good {
            let mut tx = Tx::begin(&self.db, None).await?;
            people::add_failure(&mut tx, GUESSES, address, now).await?;
            tx.commit().await?;
            return Ok(Founded::WrongCode);
        }
        // Only whoever has the code costs a hash.
        let password_hash = self.hash_password(&admin.password).await?;
        let account = Account {
            name: admin.name.clone(),
            name_en: admin.name_en.clone(),
            department: Department::It,
            roles: vec![Role::Admin],
            manager: None,
            phone: None,
            is_active: true,
        };
        let person = Person::of(PersonId(self.ids.next()), &admin.login, &account, password_hash);
        let mut tx = Tx::begin(&self.db, Some(person.id)).await?;
        documents::lock_company(&mut tx).await?;
        if setup_codes::has_people(tx.conn()).await? {
            self.has_people.store(true, Ordering::Relaxed);
            return Ok(Founded::Gone);
        }
        people::add(&mut tx, &person, now).await?;
        if !setup_codes::take(&mut tx, &hash, person.id, now).await? {
            return Ok(Founded::WrongCode);
        }
        let (old, version) = company::company(tx.conn()).await?;
        let new = Company { name: company.0.to_owned(), name_en: company.1.to_owned(), ..old.clone() };
        company::save(&mut tx, &new, version).await?;
        let event = ServiceEvent::CompanySaved { fields: new.changed(&old) };
        events::append_service(&mut tx, COMPANY, &event, person.id, now, request).await?;
        people::clear_failures(&mut tx, GUESSES).await?;
        tx.commit().await?;
        self.has_people.store(true, Ordering::Relaxed);
        Ok(Founded::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = code_of([0xa7; 32]);
        assert_eq!((code.len(), code.matches('-').count()), (19, 3));
        assert_eq!(plain(&code).len(), 16);
        assert_eq!(plain(&format!(" {} ", code.to_lowercase().replace('-', " "))), plain(&code));
        assert_eq!(plain("oO-iIlL"), "001111");
        assert_ne!(code_of([1; 32]), code_of([2; 32]));
    }
}
