//! Telephone numbers of mainland China: mobiles, landlines with area code, 400/800 service numbers.
//!
//! What exists is stored in one form, so that equal numbers are equal texts. Segments of mobile
//! numbers are not listed, because new ones keep coming (DOMAIN.md 6.2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::input::{Flaw, deserialize_through, normalise};

/// Country prefixes in the order in which they are tried.
const PREFIXES: [&str; 3] = ["+86", "0086", "86"];
/// Words and signs before an extension, longer ones first.
const EXTENSION_MARKS: [&str; 6] = ["ext.", "ext", "转", "-", "x", "#"];

/// A mobile number: 11 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Mobile(String);

/// A landline number: `0512-62345678`, or `0512-62345678-8012` with an extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Landline(String);

/// A service number: `400-123-4567`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ServiceNumber(String);

/// Any number at which a company can be called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Phone {
    Mobile(Mobile),
    Landline(Landline),
    Service(ServiceNumber),
}

impl Mobile {
    /// Reads a mobile number with or without country prefix; [`Flaw::Required`] when empty, else
    /// [`Flaw::Mobile`].
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let text = required(raw)?;
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let number = PREFIXES
            .iter()
            .filter_map(|prefix| bare.strip_prefix(prefix))
            .find(|rest| rest.len() == 11 && rest.starts_with('1'))
            .unwrap_or(&bare);
        let fits = number.len() == 11
            && number.starts_with('1')
            && all_digits(number)
            && matches!(number.as_bytes()[1], b'3'..=b'9');
        fits.then(|| Self(number.to_owned())).ok_or(Flaw::Mobile)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people who need not know it: `138****8000`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl fmt::Display for Mobile {
    /// In groups, as numbers are read aloud: `138 0013 8000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b, c) = (&self.0[..3], &self.0[3..7], &self.0[7..]);
        f.pad(&format!("{a} {b} {c}"))
    }
}

impl Landline {
    /// Reads a landline number; the area code needs its 0 unless a country prefix stands before it.
    /// [`Flaw::Required`] when empty, else [`Flaw::Landline`].
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let text = required(raw)?.to_lowercase();
        landline(&text).map(Self).ok_or(Flaw::Landline)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Area code and the last four digits, without the extension: `0512-****5678`.
    pub fn masked(&self) -> String {
        let mut parts = self.0.split('-');
        let (area, local) = (parts.next(), parts.next());
        let last = local.and_then(|l| l.get(l.len().saturating_sub(4)..));
        format!("{}-****{}", area.unwrap_or_default(), last.unwrap_or_default())
    }
}

impl fmt::Display for Landline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl ServiceNumber {
    /// Reads a 400 or 800 number; [`Flaw::Required`] when empty, else [`Flaw::Phone`].
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let text = required(raw)?;
        service(&text).map(Self).ok_or(Flaw::Phone)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Phone {
    /// Reads any kind of number; [`Flaw::Required`] when empty, else [`Flaw::Phone`].
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        required(raw)?;
        Mobile::parse(raw)
            .map(Self::Mobile)
            .or_else(|_| Landline::parse(raw).map(Self::Landline))
            .or_else(|_| ServiceNumber::parse(raw).map(Self::Service))
            .map_err(|_| Flaw::Phone)
    }

    /// The stored form, which [`Phone::parse`] reads back.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mobile(number) => number.as_str(),
            Self::Landline(number) => number.as_str(),
            Self::Service(number) => number.as_str(),
        }
    }

    /// For people who need not know it; a service number is public and stays as it is.
    pub fn masked(&self) -> String {
        match self {
            Self::Mobile(number) => number.masked(),
            Self::Landline(number) => number.masked(),
            Self::Service(number) => number.to_string(),
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mobile(number) => number.fmt(f),
            Self::Landline(number) => number.fmt(f),
            Self::Service(number) => number.fmt(f),
        }
    }
}

macro_rules! deserialize_by_parsing {
    ($($name:ident),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_through(deserializer, Self::parse)
            }
        }
    )+};
}
deserialize_by_parsing!(Mobile, Landline, ServiceNumber, Phone);

fn required(raw: &str) -> Result<String, Flaw> {
    let text = normalise(raw);
    if text.is_empty() { Err(Flaw::Required) } else { Ok(text) }
}

fn landline(text: &str) -> Option<String> {
    let (rest, needs_zero) = match PREFIXES.iter().find_map(|p| text.strip_prefix(p)) {
        Some(rest) => (optional(rest, is_gap), false),
        None => (text, true),
    };
    let rest = optional(rest, |c| c == '(');
    let rest = match rest.strip_prefix('0') {
        None if needs_zero => return None,
        without_zero => without_zero.unwrap_or(rest),
    };
    let (area, rest) = rest.split_at_checked(area_length(rest)?)?;
    let rest = optional(optional(rest, |c| c == ')'), is_gap);
    // Eight digits first, then seven: the shorter reading of a longer number never fits.
    [4, 3].into_iter().find_map(|first| {
        let (exchange, rest) = rest.split_at_checked(first)?;
        let (line, rest) = optional(rest, is_gap).split_at_checked(4)?;
        let local = all_digits(exchange) && all_digits(line) && !exchange.starts_with(['0', '1']);
        let number = local.then(|| format!("0{area}-{exchange}{line}"))?;
        match rest {
            "" => Some(number),
            _ => extension(rest).map(|extension| format!("{number}-{extension}")),
        }
    })
}

/// Digits of the area code without its 0, by its first digits; none when there is no such area.
fn area_length(rest: &str) -> Option<usize> {
    let digits = rest.as_bytes();
    match (digits.first()?, digits.get(1)?) {
        (b'1', b'0') | (b'2', b'0'..=b'5' | b'7'..=b'9') => Some(2),
        (b'3'..=b'9', b'0'..=b'9') => digits.get(2)?.is_ascii_digit().then_some(3),
        _ => None,
    }
}

fn extension(rest: &str) -> Option<&str> {
    let rest = optional(rest, char::is_whitespace);
    let rest = EXTENSION_MARKS.iter().find_map(|mark| rest.strip_prefix(mark))?;
    let digits = optional(rest, char::is_whitespace);
    ((1..=6).contains(&digits.len()) && all_digits(digits)).then_some(digits)
}

fn service(text: &str) -> Option<String> {
    let (kind, rest) = text.split_at_checked(3)?;
    let (middle, rest) = optional(rest, is_gap).split_at_checked(3)?;
    let last = optional(rest, is_gap);
    let fits = matches!(kind, "400" | "800") && all_digits(middle) && last.len() == 4 && all_digits(last);
    fits.then(|| format!("{kind}-{middle}-{last}"))
}

/// `text` without its first letter when that is a wanted one.
fn optional(text: &str, wanted: impl Fn(char) -> bool) -> &str {
    text.strip_prefix(wanted).unwrap_or(text)
}

fn is_gap(letter: char) -> bool {
    matches!(letter, '-' | ' ')
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mobiles_follow_the_table() {
        for raw in [
            "13800138000",
            "138 0013 8000",
            "+86 138-0013-8000",
            "0086 13800138000",
            "8613800138000",
            "１３８００１３８０００",
        ] {
            assert_eq!(Mobile::parse(raw), Ok(Mobile("13800138000".into())), "{raw}");
        }
        for raw in ["19912345678", "16612345678"] {
            assert_eq!(Mobile::parse(raw).map(|m| m.0).as_deref(), Ok(raw));
        }
        for raw in [
            "12800138000",
            "1380013800",
            "138001380001",
            "10649123456",
            "1380013800a",
            "010-62265678",
            "+8612800138000",
            "86861380013800",
            "+86",
            "１３８００１３８００二",
        ] {
            assert_eq!(Mobile::parse(raw), Err(Flaw::Mobile), "{raw}");
        }
        assert_eq!(Mobile::parse(""), Err(Flaw::Required));
    }

    #[test]
    fn landlines_follow_the_table() {
        for (raw, stored) in [
            ("010-62265678", "010-62265678"),
            ("01062265678", "010-62265678"),
            ("（0512）6234 5678", "0512-62345678"),
            ("0775-6226567", "0775-6226567"),
            ("021-58881234-8012", "021-58881234-8012"),
            ("010-62265678转8012", "010-62265678-8012"),
            ("+86-10-62265678", "010-62265678"),
            ("0512-62345678 EXT. 8012", "0512-62345678-8012"),
            ("0512 62345678x1", "0512-62345678-1"),
            ("0775 622 6567 # 123456", "0775-6226567-123456"),
            ("0775-6226567-8012", "0775-6226567-8012"),
            ("0086 (0512) 62345678", "0512-62345678"),
            ("86 512 62345678", "0512-62345678"),
        ] {
            assert_eq!(Landline::parse(raw).map(|l| l.0).as_deref(), Ok(stored), "{raw}");
        }
        for raw in [
            "62265678",
            "1062265678",
            "010-02265678",
            "010-12265678",
            "026-62265678",
            "0512-623456",
            "010-622656789",
            "0512-62345678-1234567",
            "0512-62345678-",
            "0512--62345678",
            "011-62345678",
            "00512-62345678",
            "0512-6234567八",
            "86",
            "0",
            "05",
            "051",
            "13800138000",
            "0512-62345678转",
            "０５１２—62345678",
        ] {
            assert_eq!(Landline::parse(raw), Err(Flaw::Landline), "{raw}");
        }
        assert_eq!(Landline::parse(" "), Err(Flaw::Required));
    }

    #[test]
    fn any_number_is_sorted_by_kind() {
        for (raw, shown, masked) in [
            ("13800138000", "138 0013 8000", "138****8000"),
            ("0512-62345678转8012", "0512-62345678-8012", "0512-****5678"),
            ("0775-6226567", "0775-6226567", "0775-****6567"),
            ("4001234567", "400-123-4567", "400-123-4567"),
            ("800 123-4567", "800-123-4567", "800-123-4567"),
        ] {
            let phone = Phone::parse(raw).expect("the number is valid");
            assert_eq!((phone.to_string(), phone.masked()), (shown.into(), masked.into()));
            assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()));
            let json = serde_json::to_string(&phone).expect("text serialises");
            assert_eq!(json, format!("\"{}\"", phone.as_str()));
            assert_eq!(serde_json::from_str::<Phone>(&json).ok(), Some(phone));
        }
        for raw in ["500-123-4567", "400-123-456", "400-1234-567", "110", "abc", "四00-123-4567"] {
            assert_eq!(Phone::parse(raw), Err(Flaw::Phone), "{raw}");
        }
        assert_eq!(Phone::parse("\u{3000}"), Err(Flaw::Required));
        assert!(serde_json::from_str::<Mobile>("\"12800138000\"").is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_reads_back_the_same(raw in "[+(]?(86|0)?[0-9() 转#x-]{0,18}") {
            if let Ok(phone) = Phone::parse(&raw) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(raw in "\\PC{0,24}") {
            if let Ok(phone) = Phone::parse(&raw) {
                prop_assert!(phone.as_str().is_ascii());
            }
        }
    }
}
