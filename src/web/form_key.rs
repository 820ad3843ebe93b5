//! The one hidden field of every form.
//!
//! A form key is a fresh nonce, signed for one login. The signature refuses a form that another site
//! or another login made up; the nonce, unique in the database, makes a second click on the same form
//! harmless. The one rule: a key is opened before anything else of a form is believed, and only
//! against the login that sends it. Remembering used nonces is not this module's work.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Keeps these signatures apart from whatever else is signed with the same server key.
const PURPOSE: &[u8] = b"form key 1";
/// Bytes of a signature that are kept: the left half of HMAC-SHA-256 (RFC 2104, section 5).
const SIGNATURE_BYTES: usize = 16;

/// The value of the hidden field: `nonce.signature`, both in lower-case hex, 65 characters.
///
/// `session` stands for a login (for an anonymous form, a random id kept in a cookie); `nonce` is
/// fresh for each form that is drawn.
pub fn mint(server_key: &[u8; 32], session: Uuid, nonce: Uuid) -> String {
    let signature = signed(server_key, session, nonce).finalize().into_bytes();
    format!("{}.{}", nonce.simple(), hex::encode(&signature[..SIGNATURE_BYTES]))
}

/// The nonce inside `key`, or nothing when the key was not minted with this server key for this
/// session. The signatures are compared in constant time.
pub fn open(server_key: &[u8; 32], session: Uuid, key: &str) -> Option<Uuid> {
    let (nonce, signature) = key.split_once('.')?;
    let mut nonce_bytes = [0; 16];
    hex::decode_to_slice(nonce, &mut nonce_bytes).ok()?;
    let mut signature_bytes = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(signature, &mut signature_bytes).ok()?;
    let nonce = Uuid::from_bytes(nonce_bytes);
    signed(server_key, session, nonce).verify_truncated_left(&signature_bytes).ok()?;
    Some(nonce)
}

fn signed(server_key: &[u8; 32], session: Uuid, nonce: Uuid) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(server_key)
        .expect("HMAC takes a key of any length")
        .chain_update(PURPOSE)
        .chain_update(session.as_bytes())
        .chain_update(nonce.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_KEY: [u8; 32] = [7; 32];
    const SESSION: Uuid = Uuid::from_u128(1);
    const NONCE: Uuid = Uuid::from_u128(0xabc);

    #[test]
    fn a_key_opens_in_its_own_session() {
        let key = mint(&SERVER_KEY, SESSION, NONCE);
        assert_eq!(key.len(), 65);
        assert_eq!(open(&SERVER_KEY, SESSION, &key), Some(NONCE));
    }

    #[test]
    fn a_key_of_another_session_or_server_is_refused() {
        let key = mint(&SERVER_KEY, SESSION, NONCE);
        assert_eq!(open(&SERVER_KEY, Uuid::from_u128(2), &key), None);
        assert_eq!(open(&[8; 32], SESSION, &key), None);
    }

    #[test]
    fn any_changed_character_is_refused() {
        let key = mint(&SERVER_KEY, SESSION, NONCE);
        for at in 0..key.len() {
            let mut forged = key.clone().into_bytes();
            forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(open(&SERVER_KEY, SESSION, &forged), None, "character {at}");
        }
    }

    #[test]
    fn what_has_not_the_shape_of_a_key_is_refused() {
        let key = mint(&SERVER_KEY, SESSION, NONCE);
        let (nonce, signature) = key.split_once('.').unwrap();
        let other = mint(&SERVER_KEY, SESSION, Uuid::from_u128(0xdef));
        let (other_nonce, _) = other.split_once('.').unwrap();
        for forged in [
            String::new(),
            ".".into(),
            nonce.into(),
            format!("{nonce}."),
            format!(".{signature}"),
            format!("{nonce}.{}", &signature[..30]),
            format!("{other_nonce}.{signature}"),
            format!("{key}00"),
            format!(" {key}"),
            "快单.快单".into(),
        ] {
            assert_eq!(open(&SERVER_KEY, SESSION, &forged), None, "{forged}");
        }
    }
}
