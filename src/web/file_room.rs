//! Files of forms stay in memory until they are stored: those of all requests together only as far as there is room.

use super::form_limits::WITH_FILES;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

const KIB: usize = 1024;
/// Six of the largest forms (SAFETY S4), in KiB.
static ROOM: Semaphore = Semaphore::const_new(6 * WITH_FILES / KIB);

/// What the files of one request take; given back once it is answered.
#[derive(Debug, Clone)]
pub struct Room {
    of: &'static Semaphore,
    held: Arc<Mutex<Option<SemaphorePermit<'static>>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(&ROOM)
    }
}

impl Room {
    fn of(of: &'static Semaphore) -> Self {
        Self { of, held: Arc::default() }
    }

    /// Whether so many bytes fit beside the files of all other requests; what fits is held.
    pub fn holds(&self, bytes: usize) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let has = held.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = bytes.div_ceil(KIB).saturating_sub(has);
        let Ok(more) = self.of.try_acquire_many(u32::try_from(more).unwrap_or(u32::MAX)) else { return false };
        match held.as_mut() {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SMALL: Semaphore = Semaphore::const_new(6);

    #[test]
    fn what_does_not_fit_fits_when_another_request_is_answered() {
        let mut taken: Vec<Room> = (0..3).map(|_| Room::of(&SMALL)).collect();
        for room in &taken {
            assert!(room.holds(1) && room.holds(2 * KIB));
            assert!(room.holds(2 * KIB - 1), "what is held fits");
        }
        let fourth = Room::of(&SMALL);
        assert!(!fourth.holds(1));
        taken.pop();
        assert!(fourth.holds(2 * KIB) && !fourth.holds(2 * KIB + 1));
    }
}
