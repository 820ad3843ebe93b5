//! Time and chance, injected.
//!
//! Every instant, id and secret of the program comes from a [`Clock`] or an [`Ids`] that the
//! composer hands down, so that a test can stand still, move on and repeat. The one rule: this is
//! the only file that asks the operating system for the time or for randomness.
//! Nothing that knows the business (deadlines, numbers of documents) belongs here.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where the current instant comes from. Clones share one source.
#[derive(Clone, Debug)]
pub struct Clock(ClockSource);

#[derive(Clone, Debug)]
enum ClockSource {
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The clock of the machine.
    pub const fn system() -> Self {
        Self(ClockSource::System)
    }

    /// A clock that stands at `at` until it is set or moved on.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(ClockSource::Fixed(Arc::new(Mutex::new(at))))
    }

    /// The current instant in whole microseconds, which is what the database stores: an instant
    /// that was written and read back equals the one that was taken.
    pub fn now(&self) -> DateTime<Utc> {
        let instant = match &self.0 {
            #[allow(clippy::disallowed_methods)] // the one place
            ClockSource::System => Utc::now(),
            ClockSource::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        instant.trunc_subsecs(6)
    }

    /// Puts a fixed clock, and all clones of it, to `at`.
    ///
    /// # Panics
    /// On the clock of the machine, which nobody can set.
    pub fn set(&self, at: DateTime<Utc>) {
        self.change(|instant| *instant = at);
    }

    /// Moves a fixed clock, and all clones of it, on by `by`.
    ///
    /// # Panics
    /// On the clock of the machine, and beyond the years that chrono can count.
    pub fn advance(&self, by: TimeDelta) {
        self.change(|instant| *instant += by);
    }

    fn change(&self, change: impl FnOnce(&mut DateTime<Utc>)) {
        match &self.0 {
            ClockSource::System => panic!("only a fixed clock can be moved"),
            ClockSource::Fixed(at) => {
                change(&mut at.lock().unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}

/// Where ids and secrets come from. Clones share one source, so they never repeat each other.
#[derive(Clone, Debug)]
pub struct Ids(IdSource);

#[derive(Clone, Debug)]
enum IdSource {
    Random,
    Counted { seed: u64, count: Arc<AtomicU64> },
}

impl Ids {
    /// Time-ordered ids (UUID version 7) and secrets of the operating system's quality.
    pub const fn random() -> Self {
        Self(IdSource::Random)
    }

    /// The same ids and secrets in every run with the same `seed`. For tests only: whoever knows
    /// the seed knows every secret.
    pub fn counted(seed: u64) -> Self {
        Self(IdSource::Counted { seed, count: Arc::new(AtomicU64::new(0)) })
    }

    /// A source of its own that gives what this one would give next.
    #[must_use]
    pub fn fork(&self) -> Self {
        match &self.0 {
            IdSource::Random => Self::random(),
            IdSource::Counted { seed, count } => {
                let count = Arc::new(AtomicU64::new(count.load(Ordering::Relaxed)));
                Self(IdSource::Counted { seed: *seed, count })
            }
        }
    }

    /// A fresh id, greater than every one before it from this source in this process.
    // Not an iterator: there is no end to it.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&self) -> Uuid {
        match &self.0 {
            #[allow(clippy::disallowed_methods)] // the one place
            IdSource::Random => Uuid::now_v7(),
            IdSource::Counted { seed, count } => {
                /// Milliseconds since 1970: keeps counted ids inside the range of real ones.
                const EPOCH: u64 = 1_700_000_000_000;
                let number = count.fetch_add(1, Ordering::Relaxed);
                let digest = digest(*seed, b"id", number);
                let mut tail = [0; 10];
                tail.copy_from_slice(&digest[..10]);
                uuid::Builder::from_unix_timestamp_millis(EPOCH + number, &tail).into_uuid()
            }
        }
    }

    /// 256 fresh bits that nobody can guess (that a test can repeat, in counted mode).
    pub fn secret(&self) -> [u8; 32] {
        match &self.0 {
            IdSource::Random => {
                let mut bytes = [0; 32];
                rand::fill(&mut bytes);
                bytes
            }
            IdSource::Counted { seed, count } => digest(*seed, b"secret", count.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn digest(seed: u64, purpose: &[u8], number: u64) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(purpose)
        .chain_update(number.to_be_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(nanoseconds: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000, nanoseconds).expect("in range")
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(instant(0));
        let clone = clock.clone();
        clock.advance(TimeDelta::minutes(30));
        assert_eq!(clone.now(), instant(0) + TimeDelta::minutes(30));
        clone.set(instant(0));
        assert_eq!(clock.now(), instant(0));
    }

    #[test]
    fn instants_are_whole_microseconds() {
        assert_eq!(Clock::fixed(instant(1_234_567)).now(), instant(1_234_000));
        let now = Clock::system().now();
        assert_eq!(now.timestamp_subsec_nanos() % 1_000, 0);
    }

    #[test]
    #[should_panic(expected = "only a fixed clock")]
    fn the_clock_of_the_machine_cannot_be_moved() {
        Clock::system().advance(TimeDelta::seconds(1));
    }

    #[test]
    fn counted_ids_repeat_with_the_seed_and_grow() {
        let (first, second, other) = (Ids::counted(7), Ids::counted(7), Ids::counted(8));
        let ids: Vec<Uuid> = (0..300).map(|_| first.next()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert!(ids.iter().all(|id| *id == second.next()));
        assert_ne!(ids[0], other.next());
        assert_eq!(first.secret(), second.secret());
        assert_ne!(first.secret(), first.clone().secret());
    }

    #[test]
    fn a_fork_goes_on_by_itself() {
        let ids = Ids::counted(7);
        let before = ids.next();
        let fork = ids.fork();
        let next = ids.next();
        assert!(before < next);
        assert_eq!(fork.next(), next);
        assert_eq!(fork.next(), ids.next());
    }

    #[test]
    fn random_ids_grow_and_secrets_differ() {
        let ids = Ids::random();
        let (one, two) = (ids.next(), ids.next());
        assert!(one < two);
        assert_eq!(one.get_version_num(), 7);
        assert_ne!(ids.secret(), ids.secret());
        assert_ne!(ids.secret(), [0; 32]);
    }
}
