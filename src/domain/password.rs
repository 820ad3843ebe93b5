//! Which passwords may be chosen (NIST SP 800-63B): long, not among those that are tried first,
//! not made of the name at hand. Nothing is asked of its composition.

use super::input;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Fewest characters of a password (NFKC).
pub const SHORTEST: usize = 12;
/// Most characters of a password (NFKC).
pub const LONGEST: usize = 200;
/// What has to be left when a name is taken out.
const BESIDES_A_NAME: usize = 8;

/// Passwords of eight and more characters that are tried first: 8,346 in lower case, from the list
/// that Django ships (BSD licence; Royce Williams' selection from public collections).
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../assets/common-passwords.txt").lines().collect());

/// Why a password cannot be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFlaw {
    Missing,
    TooShort,
    TooLong,
    HoldsLogin,
    /// Little is left besides the name of the person, the company or the product.
    MadeOfName,
    /// Among the first that somebody tries.
    Common,
    SameAsBefore,
}

/// Whether it is on the list, or is such a word with a few signs around it, or a simple run.
pub fn is_common(password: &str) -> bool {
    let lower = input::normalise(password).to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    let few_around = lower.chars().count() <= bare.chars().count() + 6;
    COMMON.contains(lower.as_str()) || (few_around && COMMON.contains(bare)) || is_run(&lower)
}

/// The same few signs over and over, or signs that follow each other.
fn is_run(text: &str) -> bool {
    let signs: Vec<char> = text.chars().collect();
    let repeats = (1..=4).any(|unit| signs.len() > unit && signs.iter().zip(&signs[unit..]).all(|(a, b)| a == b));
    let steps =
        |by: i64| signs.windows(2).all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == by);
    let digits = "12345678901234567890".contains(text) || "09876543210987654321".contains(text);
    !signs.is_empty() && (repeats || steps(1) || steps(-1) || digits)
}

/// Length counts in characters of the compatibility form; case does not matter for names.
pub fn judge(new: &str, login: &str, names: &[&str], current: &str) -> Result<(), PasswordFlaw> {
    let comparable = input::normalise(new);
    let length = comparable.chars().count();
    let lower = comparable.to_lowercase();
    let left_without = |name: &str| {
        let name = input::normalise(name).to_lowercase();
        let is_in = name.chars().count() >= 2 && lower.contains(&name);
        is_in.then(|| lower.replace(&name, "").chars().count())
    };
    if length == 0 {
        Err(PasswordFlaw::Missing)
    } else if length < SHORTEST {
        Err(PasswordFlaw::TooShort)
    } else if length > LONGEST {
        Err(PasswordFlaw::TooLong)
    } else if lower.contains(&login.to_lowercase()) {
        Err(PasswordFlaw::HoldsLogin)
    } else if names.iter().chain(&["kuaidan", "快单"]).filter_map(|n| left_without(n)).any(|left| left < BESIDES_A_NAME)
    {
        Err(PasswordFlaw::MadeOfName)
    } else if is_common(new) {
        Err(PasswordFlaw::Common)
    } else if comparable == input::normalise(current) {
        Err(PasswordFlaw::SameAsBefore)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(new: &str) -> Result<(), PasswordFlaw> {
        judge(new, "lina", &["李娜", "Li Na", "启明达智能设备有限公司"], "twelve chars")
    }

    #[test]
    fn a_weak_password_is_refused_with_its_reason() {
        assert_eq!(of(""), Err(PasswordFlaw::Missing));
        assert_eq!(of("short"), Err(PasswordFlaw::TooShort));
        assert_eq!(of(&"长".repeat(201)), Err(PasswordFlaw::TooLong));
        assert_eq!(of("my-LiNa-my-pass"), Err(PasswordFlaw::HoldsLogin));
        // Full-width letters are the same letters.
        assert_eq!(of("ｌｉｎａ-and-more-words"), Err(PasswordFlaw::HoldsLogin));
        assert_eq!(of("twelve chars"), Err(PasswordFlaw::SameAsBefore));
        assert_eq!(of("kuaidan-2026"), Err(PasswordFlaw::MadeOfName));
        assert_eq!(of("启明达智能设备有限公司8"), Err(PasswordFlaw::MadeOfName));
        for common in [
            "password1234",
            "Qwerty123456",
            "!!Football2026",
            "111111111111",
            "abcabcabcabc",
            "123456789012",
            "abcdefghijklm",
        ] {
            assert_eq!(of(common), Err(PasswordFlaw::Common), "{common}");
        }
    }

    #[test]
    fn a_sentence_is_a_good_password_whatever_it_is_made_of() {
        for good in
            ["十二个汉字也是一个好密码", "correct horse 9", "李娜每天早上骑车去公司上班", "aaaa bbbb cccc dddd e"]
        {
            assert_eq!(of(good), Ok(()), "{good}");
        }
    }
}
