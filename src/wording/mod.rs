//! Every word a person can read, in both languages.
//!
//! Short texts are keys in `wording/<topic>.<language>.toml`; the build script makes one method per
//! key, so that a missing text does not compile. Sentences for domain data (flaws, blockers, events)
//! are exhaustive matches in the modules below. The one rule: nothing here decides anything.

mod calendars;
mod changes;
mod company_log;
mod deliveries;
mod done;
mod feedback;
mod fields;
mod items;
mod links;
mod messages;
mod moments;
mod orders;
mod people;
mod permissions;
mod pledges;
mod refusals;
mod reports;
mod rounds;
mod route;
mod rules;
mod sentences;
mod stops;
mod terms;

pub use people::{EnglishNames, naming};

use std::fmt;

/// A language of the product. Chinese is the default; the choice is kept per user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The code which is stored and submitted: `zh` or `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The value of the `lang` attribute of a page (BCP 47).
    pub const fn html_lang(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language of a stored or submitted code; `None` for any other word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

include!(concat!(env!("OUT_DIR"), "/wording.rs"));

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn every_code_is_read_back_and_others_are_refused() {
        for lang in Lang::ALL {
            assert_eq!(Lang::parse(lang.code()), Some(lang));
        }
        assert_eq!(Lang::parse("de"), None);
        assert_eq!(Lang::parse(""), None);
        assert_eq!(Lang::default(), Lang::Zh);
    }

    #[test]
    fn generated_texts_differ_by_language_and_take_values() {
        assert_eq!(Lang::Zh.ui_optional(), "选填");
        assert_eq!(Lang::En.ui_optional(), "optional");
        assert!(Lang::Zh.ui_errors_title(3).contains('3'));
        assert_ne!(Lang::Zh.ui_errors_title(3), Lang::En.ui_errors_title(3));
    }
}
