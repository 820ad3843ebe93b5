//! E-mail addresses, as much of them as the product promises to reach (DOMAIN.md 6.3).
//!
//! An [`Email`] that exists has a dot-atom before the `@` and a host name after it, all ASCII.
//! The host is lower-cased; the part before it belongs to the receiver and is kept as typed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::input::{Flaw, deserialize_through, normalise};

const MAX_LENGTH: usize = 254;
const MAX_LOCAL: usize = 64;
const MAX_LABEL: usize = 63;
/// Signs of a dot-atom besides letters and digits.
const ATOM_SIGNS: &str = "!#$%&'*+/=?^_`{|}~-";

/// An address such as `li.na@example.com`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address; [`Flaw::Required`] when empty, else [`Flaw::Email`].
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let text = normalise(raw);
        if text.is_empty() {
            return Err(Flaw::Required);
        }
        match text.split_once('@') {
            Some((local, host)) if text.len() <= MAX_LENGTH && is_local(local) && is_host(host) => {
                Ok(Self(format!("{local}@{}", host.to_ascii_lowercase())))
            }
            _ => Err(Flaw::Email),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people who need not know it: `l***@example.com`.
    pub fn masked(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{host}", local.get(..1).unwrap_or_default())
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_through(deserializer, Self::parse)
    }
}

fn is_local(local: &str) -> bool {
    let is_atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || ATOM_SIGNS.contains(c));
    local.len() <= MAX_LOCAL && local.split('.').all(is_atom)
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, top)) = host.rsplit_once('.') else {
        return false;
    };
    host.split('.').all(is_label) && (2..=24).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(raw: &str) -> Result<String, Flaw> {
        Email::parse(raw).map(|email| email.to_string())
    }

    #[test]
    fn valid_addresses_are_read() {
        for (raw, stored) in [
            ("li.na@example.com", "li.na@example.com"),
            ("LI.Na@Example.COM", "LI.Na@example.com"),
            ("buyer+po@mail.example.com.cn", "buyer+po@mail.example.com.cn"),
            ("li.na＠example.com", "li.na@example.com"),
            (" a_b@x-1.example.cn ", "a_b@x-1.example.cn"),
        ] {
            assert_eq!(parsed(raw).as_deref(), Ok(stored), "{raw}");
        }
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for raw in [
            "李娜@example.com",
            "a@b",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a@-x.com",
            "a@x-.com",
            "a@example.c",
            "a b@example.com",
            "a@exa_mple.com",
            "a@b@example.com",
            "@example.com",
            "a@",
            "a",
            "a@.com",
            "a@example..com",
            "a@example.com.",
            "a@example.c0m",
            "a@10.0.0.1",
            "a@example.com\r\nBcc: b@example.com",
            "<a@example.com>",
            "a@例子.com",
        ] {
            assert_eq!(parsed(raw), Err(Flaw::Email), "{raw}");
        }
        assert_eq!(parsed("  "), Err(Flaw::Required));
    }

    #[test]
    fn lengths_are_limited() {
        let local = "a".repeat(64);
        assert!(parsed(&format!("{local}@example.com")).is_ok());
        assert_eq!(parsed(&format!("a{local}@example.com")), Err(Flaw::Email));
        let label = "b".repeat(63);
        assert!(parsed(&format!("a@{label}.com")).is_ok());
        assert_eq!(parsed(&format!("a@b{label}.com")), Err(Flaw::Email));
        let top = "c".repeat(24);
        assert!(parsed(&format!("a@b.{top}")).is_ok());
        assert_eq!(parsed(&format!("a@b.c{top}")), Err(Flaw::Email));
        let host = format!("{label}.{label}.{label}");
        let fits = format!("{}@{host}.com", "a".repeat(254 - host.len() - 5));
        assert_eq!(fits.len(), 254);
        assert!(parsed(&fits).is_ok());
        assert_eq!(parsed(&format!("a{fits}")), Err(Flaw::Email));
    }

    #[test]
    fn masked_and_stored_forms() {
        let email = Email::parse("LI.Na@Example.COM").expect("the address is valid");
        assert_eq!(email.masked(), "L***@example.com");
        let json = serde_json::to_string(&email).expect("text serialises");
        assert_eq!(json, "\"LI.Na@example.com\"");
        assert_eq!(serde_json::from_str::<Email>(&json).ok(), Some(email));
        assert!(serde_json::from_str::<Email>("\"a@b\"").is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_reads_back_the_same(raw in "[a-zA-Z0-9.+_@ -]{0,20}@[a-zA-Z.-]{0,20}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
