//! How a thing is found by a few typed letters: any part of its code or name, or the pinyin initials
//! of its name.
//!
//! The one rule: what is kept for searching and what was typed are folded by the same function.

use super::input::normalise;
use pinyin::ToPinyin;

/// Longest text that is searched for, in characters; more letters find nothing more.
const LONGEST: usize = 60;

/// The first letters of the pinyin of every Chinese character; other letters and digits stay, so
/// that `智能会议一体机 65` gives `znhyytj65`.
pub fn initials(name: &str) -> String {
    normalise(name)
        .chars()
        .filter_map(|c| match c.to_pinyin() {
            Some(pinyin) => pinyin.first_letter().chars().next(),
            None => c.is_alphanumeric().then_some(c),
        })
        .flat_map(char::to_lowercase)
        .take(200)
        .collect()
}

/// What a person typed, as it is compared: full-width letters folded, lower case.
pub fn wanted(typed: &str) -> String {
    normalise(typed).to_lowercase().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_initials() {
        for (name, found) in [
            ("智能会议一体机 65", "znhyytj65"),
            ("ＰＡ６６ 改性粒料", "pa66gxll"),
            ("Gateway-X", "gatewayx"),
            ("", ""),
            ("，。", ""),
        ] {
            assert_eq!(initials(name), found, "{name}");
        }
        assert!(initials(&"一".repeat(500)).chars().count() <= 200);
    }

    #[test]
    fn what_is_typed_is_folded() {
        assert_eq!(wanted("  ＱＭ－６５ "), "qm-65");
        assert_eq!(wanted("平\u{0}板"), "平板");
        assert_eq!(wanted(&"x".repeat(500)).len(), LONGEST);
    }
}
