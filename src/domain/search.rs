//! How a thing is found by a few typed letters: any part of its code or name, or the pinyin initials
//! of its name.
//!
//! The one rule: what is kept for searching is folded in the database (`search_form`) as what was typed is here.

use super::input::normalise;
use super::readings::{Heard, heard};

/// Longest text that is searched for, in characters; more letters find nothing more.
const LONGEST: usize = 60;

/// The first letters of the pinyin of every Chinese character; other letters and digits stay, so
/// that `智能会议一体机 65` gives `znhyytj65`.
pub fn initials(name: &str) -> String {
    heard(&normalise(name))
        .into_iter()
        .filter_map(|heard| match heard {
            Heard::Sound(sound) => sound.chars().next(),
            Heard::Sign(c) => c.is_alphanumeric().then_some(c),
        })
        .flat_map(char::to_lowercase)
        .take(200)
        .collect()
}

/// How the two names of a customer sound: the initials of both, then the pinyin of both, between bars, so
/// that `苏州星辰` gives `szxc||suzhouxingchen|`.
pub fn sound(legal_name: &str, short_name: Option<&str>) -> String {
    let whole = |name: &str| -> String {
        heard(&normalise(name))
            .into_iter()
            .filter_map(|heard| match heard {
                Heard::Sound(sound) => Some(sound),
                Heard::Sign(c) => c.is_alphanumeric().then(|| c.to_lowercase().to_string()),
            })
            .collect::<String>()
            .chars()
            .take(700)
            .collect()
    };
    let short = short_name.unwrap_or_default();
    format!("{}|{}|{}|{}", initials(legal_name), initials(short), whole(legal_name), whole(short))
}

/// Words as they are compared, in the database `search_form`: full-width letters folded, no blanks, lower case.
pub fn folded(words: &str) -> String {
    normalise(words).split_whitespace().collect::<String>().to_lowercase()
}

/// What a person typed, as it is searched for; single blanks still part its words.
pub fn wanted(typed: &str) -> String {
    let plain: String = normalise(typed).to_lowercase().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
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
    fn names_are_kept_as_they_sound() {
        assert_eq!(sound("苏州星辰", Some("星辰 3M")), "szxc|xc3m|suzhouxingchen|xingchen3m");
        assert_eq!(sound("ACME", None), "acme||acme|");
        for (name, said) in [
            ("重庆渝峰", "cqyf||chongqingyufeng|"),
            ("厦门大厦", "xmds||xiamendasha|"),
            ("长江光电", "cjgd||changjiangguangdian|"),
            ("成长长虹", "czch||chengzhangchanghong|"),
            ("成都银行智行", "cdyhzx||chengduyinhangzhixing|"),
            ("欢乐音乐", "hlyy||huanleyinyue|"),
            ("重工铝业", "zgly||zhonggonglvye|"),
            ("给排水", "jps||jipaishui|"),
        ] {
            assert_eq!(sound(name, None), said, "{name}");
        }
        assert!(sound(&"庄".repeat(300), Some(&"庄".repeat(300))).len() <= 2000);
    }

    #[test]
    fn what_is_typed_is_folded() {
        assert_eq!(wanted("  ＱＭ－６５ "), "qm-65");
        assert_eq!(wanted(" 65　英寸  会议平板"), "65 英寸 会议平板");
        assert_eq!(folded(" 65　英寸  会议平板 ＱＭ"), "65英寸会议平板qm", "blanks are typed or not");
        assert_eq!(wanted("平\u{0}板"), "平板");
        assert_eq!(wanted(&"x".repeat(500)).len(), LONGEST);
    }
}
