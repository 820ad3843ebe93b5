//! How passwords are kept: argon2id over a keyed digest, off the async threads, two at a time, with a
//! queue that is full some day.
//!
//! The one rule: a copy of the database alone lets nobody guess passwords, for the key of the digest is not
//! in it. A hash from before there was a key, or of less work than is wanted now, is replaced at the next
//! sign-in.

use super::{App, Failure};
use crate::store::StoreError;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// How much work a password hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// 19 MiB, two passes.
    Full,
    /// For tests only: the least the algorithm allows.
    Least,
}

/// Stands before the hash of a keyed digest.
const KEYED: &str = "keyed1:";

impl Strength {
    /// Memory in KiB and passes; one lane.
    const fn work(self) -> (u32, u32) {
        match self {
            Self::Full => (19 * 1024, 2),
            Self::Least => (8, 1),
        }
    }

    fn argon(self) -> Argon2<'static> {
        let (memory, passes) = self.work();
        let params = Params::new(memory, passes, 1, None).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    /// Whether a stored hash was made the way one would be made now.
    fn made(self, stored: &str) -> bool {
        let (memory, passes) = self.work();
        stored.starts_with(&format!("{KEYED}$argon2id$v=19$m={memory},t={passes},p=1$"))
    }
}

/// What argon2 works on: the password in its compatibility form (NFKC), nothing trimmed, so that another
/// keyboard types the same one.
fn digest(key: &[u8; 32], password: &str) -> String {
    let comparable: String = password.nfkc().collect();
    let keyed = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(comparable.as_bytes()));
    keyed.map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

fn hash(strength: Strength, key: &[u8; 32], password: &str) -> Result<String, Failure> {
    let hash = strength.argon().hash_password(digest(key, password).as_bytes());
    hash.map(|h| format!("{KEYED}{h}")).map_err(|e| StoreError::Busy(e.to_string()).into())
}

fn verify(key: &[u8; 32], password: &str, stored: &str) -> bool {
    let fits = |input: &str, hash: &str| {
        PasswordHash::new(hash).is_ok_and(|parsed| Argon2::default().verify_password(input.as_bytes(), &parsed).is_ok())
    };
    match stored.strip_prefix(KEYED) {
        Some(hash) => fits(&digest(key, password), hash),
        None => fits(&password.nfkc().collect::<String>(), stored),
    }
}

/// So many hashes at a time.
const AT_A_TIME: usize = 2;
/// So many more may wait for their turn.
const QUEUE: usize = 20;

/// The queue for hashing.
#[derive(Debug, Clone)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    /// Of those whose turn it is and of those who wait.
    places: Arc<Semaphore>,
}

/// The right to hash once.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)), places: Arc::new(Semaphore::new(AT_A_TIME + QUEUE)) }
    }
}

impl Hashing {
    /// Waits for a turn; none when the queue is full.
    pub async fn turn(&self) -> Option<Turn> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        Some(Turn { _turn: turn, _place: place })
    }
}

/// What came of comparing a password with a stored hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compared {
    Right,
    /// Right, with the hash that takes the place of the stored one.
    Renewed(String),
    Wrong,
}

impl App {
    pub async fn hash_password(&self, password: &str) -> Result<String, Failure> {
        let key = self.derived_key("passwords").await?;
        let turn =
            self.hashing.turn().await.ok_or_else(|| StoreError::Busy("too many passwords at once".to_owned()))?;
        let (password, strength) = (password.to_owned(), self.strength);
        hashing(turn, move || hash(strength, &key, &password)).await
    }

    /// Compares; for a name that does not exist the same work is done in vain.
    pub(super) async fn compare_password(
        &self,
        turn: Turn,
        password: &str,
        stored: Option<String>,
    ) -> Result<Compared, Failure> {
        let key = self.derived_key("passwords").await?;
        let (password, strength) = (password.to_owned(), self.strength);
        hashing(turn, move || {
            let Some(stored) = stored else {
                let _ = hash(strength, &key, &password);
                return Ok(Compared::Wrong);
            };
            if !verify(&key, &password, &stored) {
                return Ok(Compared::Wrong);
            }
            if strength.made(&stored) {
                Ok(Compared::Right)
            } else {
                hash(strength, &key, &password).map(Compared::Renewed)
            }
        })
        .await
    }

    /// A key of one purpose, made from the one that is not in the database.
    pub(super) async fn derived_key(&self, purpose: &str) -> Result<[u8; 32], Failure> {
        let key = self.secret_key.bytes(self.ids.secret()).await?;
        let made = Hmac::<Sha256>::new_from_slice(&key)
            .map(|mac| mac.chain_update(b"kuaidan ").chain_update(purpose.as_bytes()).finalize().into_bytes());
        made.map(Into::into).map_err(|e| StoreError::Busy(e.to_string()).into())
    }
}

/// Works off the async threads. The turn ends with the work, also when nobody waits for it any more.
async fn hashing<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .map_err(|e| StoreError::Busy(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn two_hash_twenty_wait_and_the_next_is_sent_away() {
        let hashing = Hashing::default();
        let (first, second) = (hashing.turn().await.unwrap(), hashing.turn().await.unwrap());
        let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(hashing.turn())).collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none());
        }
        assert!(hashing.turn().await.is_none(), "the queue is full");
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().is_some());
        // Whoever goes away makes room.
        drop(waiting);
        drop(second);
        assert!(hashing.turn().await.is_some());
    }

    #[test]
    fn a_hash_opens_with_its_password_and_its_key_only() {
        let (key, other) = ([1; 32], [2; 32]);
        let stored = hash(Strength::Least, &key, "correct horse 9").unwrap();
        assert!(
            stored.starts_with("keyed1:$argon2id$") && Strength::Least.made(&stored) && !Strength::Full.made(&stored)
        );
        assert!(verify(&key, "correct horse 9", &stored));
        assert!(verify(&key, "ｃｏｒｒｅｃｔ horse 9", &stored), "another keyboard, the same letters");
        assert!(!verify(&key, "correct horse 8", &stored) && !verify(&other, "correct horse 9", &stored));
    }

    #[test]
    fn a_hash_from_before_there_was_a_key_still_opens_and_is_to_be_renewed() {
        let before = Strength::Least.argon().hash_password(b"correct horse 9").unwrap().to_string();
        assert!(verify(&[1; 32], "correct horse 9", &before) && !Strength::Least.made(&before));
    }
}
