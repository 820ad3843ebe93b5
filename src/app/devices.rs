//! Devices that somebody signed in from before (SAFETY 3.3): strangers who type wrong passwords do not keep
//! the owner out of an own device.
//!
//! The one rule: a device is remembered by a signed note in its browser and nowhere else. The note names the
//! person and goes with the password: a new password forgets every device.

use crate::store::people::Person;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a device is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(180);

fn signed(key: &[u8; 32], person: &Person, until: i64) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    Some(
        mac.chain_update(person.id.0.as_bytes())
            .chain_update(until.to_be_bytes())
            .chain_update(person.password_hash.as_bytes()),
    )
}

/// The note for the browser: `until.signature`.
pub(super) fn note(key: &[u8; 32], person: &Person, now: DateTime<Utc>) -> String {
    let until = (now + REMEMBERED).timestamp();
    let signature = signed(key, person, until).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("{until}.{signature}")
}

/// Whether this note was given to this person's browser and is not too old.
pub(super) fn is_known(key: &[u8; 32], person: &Person, note: &str, now: DateTime<Utc>) -> bool {
    let Some((until, signature)) = note.split_once('.') else { return false };
    let (Ok(until), Ok(signature)) = (until.parse::<i64>(), hex::decode(signature)) else { return false };
    until > now.timestamp() && signed(key, person, until).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
}
