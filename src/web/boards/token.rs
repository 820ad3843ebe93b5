//! Where the next page of a list starts: the last row's place, signed, so that a list is followed and
//! never steered.
//!
//! A token belongs to one list with its filters, not to a person: a copied address shows a colleague
//! the same page, as far as their rights reach.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Keeps these signatures apart from whatever else is signed with the same server key.
const PURPOSE: &[u8] = b"page token 1";
/// Bytes of the signature that are sent.
const KEPT: usize = 16;
/// The last microsecond that the database compares with.
const LAST: i64 = 253_402_300_800_000_000;

fn signature(server_key: &[u8; 32], list: &str, place: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(server_key)
        .expect("HMAC takes a key of any length")
        .chain_update(PURPOSE)
        .chain_update((list.len() as u64).to_be_bytes())
        .chain_update(list.as_bytes())
        .chain_update(place.as_bytes());
    mac.finalize().into_bytes()[..KEPT].to_vec()
}

/// `list` is the address of the list without its page.
pub fn mint(server_key: &[u8; 32], list: &str, at: DateTime<Utc>, id: Uuid) -> String {
    let place = format!("{}.{}", at.timestamp_micros(), id.simple());
    format!("{place}.{}", hex::encode(signature(server_key, list, &place)))
}

/// The same for a list whose rows share moment and id and are told apart by a number.
pub fn mint_part(server_key: &[u8; 32], list: &str, at: DateTime<Utc>, id: Uuid, part: i32) -> String {
    let place = format!("{}.{}.{part}", at.timestamp_micros(), id.simple());
    format!("{place}.{}", hex::encode(signature(server_key, list, &place)))
}

/// The place inside a token of this list; nothing for any other text.
pub fn open(server_key: &[u8; 32], list: &str, token: &str) -> Option<(DateTime<Utc>, Uuid)> {
    place_of(signed(server_key, list, token)?)
}

pub fn open_part(server_key: &[u8; 32], list: &str, token: &str) -> Option<(DateTime<Utc>, Uuid, i32)> {
    let (place, part) = signed(server_key, list, token)?.rsplit_once('.')?;
    let (at, id) = place_of(place)?;
    Some((at, id, part.parse().ok()?))
}

/// What was signed, when the signature is right.
fn signed<'a>(server_key: &[u8; 32], list: &str, token: &'a str) -> Option<&'a str> {
    let (place, sent) = token.rsplit_once('.')?;
    let mut bytes = [0; KEPT];
    hex::decode_to_slice(sent, &mut bytes).ok()?;
    let right = signature(server_key, list, place);
    bool::from(subtle::ConstantTimeEq::ct_eq(&right[..], &bytes[..])).then_some(place)
}

fn place_of(place: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (micros, id) = place.split_once('.')?;
    let micros = micros.parse().ok().filter(|m| (0..LAST).contains(m))?;
    Some((DateTime::from_timestamp_micros(micros)?, Uuid::parse_str(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_token_opens_for_its_list_only() {
        let (at, id) = (DateTime::from_timestamp(1_763_870_000, 0).unwrap(), Uuid::from_u128(7));
        let token = mint(&KEY, "/deals?late=yes", at, id);
        assert_eq!(open(&KEY, "/deals?late=yes", &token), Some((at, id)));
        assert_eq!(open(&KEY, "/deals", &token), None);
        assert_eq!(open(&[8; 32], "/deals?late=yes", &token), None);
    }

    #[test]
    fn a_number_tells_rows_of_one_moment_apart() {
        let (at, id) = (DateTime::from_timestamp(1_763_870_000, 0).unwrap(), Uuid::from_u128(7));
        let token = mint_part(&KEY, "/deliveries", at, id, 3);
        assert_eq!(open_part(&KEY, "/deliveries", &token), Some((at, id, 3)));
        assert_eq!(open_part(&KEY, "/deliveries", &token.replacen(".3.", ".4.", 1)), None);
        assert_eq!(open(&KEY, "/deliveries", &token), None);
        assert_eq!(open_part(&KEY, "/deliveries", &mint(&KEY, "/deliveries", at, id)), None);
    }

    #[test]
    fn any_changed_character_is_refused() {
        let (at, id) = (DateTime::from_timestamp(1_763_870_000, 0).unwrap(), Uuid::from_u128(7));
        let token = mint(&KEY, "/deals", at, id);
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(bytes).unwrap();
            assert_eq!(open(&KEY, "/deals", &other), None, "{other}");
        }
        for odd in ["", ".", "..", "1763870000000000.x.00", "1763870000000000"] {
            assert_eq!(open(&KEY, "/deals", odd), None, "{odd}");
        }
    }
}
