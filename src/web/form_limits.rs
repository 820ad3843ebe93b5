//! How much of a form is read, by who sends it and where to (SAFETY S4).
//!
//! The one rule: whoever is not known here makes the server hold little.

/// A form without tables, in bytes.
pub const SHORT: usize = 256 * 1024;
/// A form with tables, in bytes: 500 lines with long specifications.
pub const LONG: usize = 2 * 1024 * 1024;
/// A form with files, in bytes.
pub const WITH_FILES: usize = 25 * 1024 * 1024;
/// Fields of a form that anybody may send.
pub const FEW_FIELDS: usize = 200;
/// Fields of 500 lines with their columns.
pub const MANY_FIELDS: usize = 8000;

/// Where people write tables and long texts.
const LONG_FORMS: [&str; 6] = ["/deals/", "/customers/", "/prices/", "/stock/", "/drafts", "/settings/"];

/// Who sends a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Signed in, or was until a moment ago: what they wrote is not lost.
    Known,
    /// Somebody with a session that nobody can look up while the database is away.
    Unrecognised,
    Stranger,
}

/// What happens to the files of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    Kept,
    /// Only their names are.
    PassedOver,
}

/// The most that is read of a form, in bytes and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub text: usize,
    pub fields: usize,
    /// Text and files together.
    pub whole: usize,
    pub files: Files,
}

pub fn of(sender: Sender, path: &str) -> Limits {
    let text = if LONG_FORMS.iter().any(|form| path.starts_with(form)) { LONG } else { SHORT };
    match sender {
        Sender::Known => Limits { text, fields: MANY_FIELDS, whole: WITH_FILES, files: Files::Kept },
        Sender::Unrecognised => Limits { text, fields: MANY_FIELDS, whole: WITH_FILES, files: Files::PassedOver },
        Sender::Stranger => Limits { text: SHORT, fields: FEW_FIELDS, whole: SHORT, files: Files::PassedOver },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_held_short_wherever_the_form_goes() {
        for path in ["/login", "/reset/1", "/p/1/accept", "/deals/CD-20260917-001/quote"] {
            let limits = of(Sender::Stranger, path);
            assert_eq!((limits.whole, limits.fields, limits.files), (256 * 1024, 200, Files::PassedOver), "{path}");
        }
    }

    #[test]
    fn two_mebibytes_only_where_tables_are_written() {
        for (path, text) in [("/deals/CD-20260917-001/quote", LONG), ("/notices/read", SHORT), ("/login", SHORT)] {
            assert_eq!(of(Sender::Known, path).text, text, "{path}");
        }
    }
}
