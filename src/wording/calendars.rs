//! Words for versions of the working calendar.

use super::Lang;

impl Lang {
    /// A version by its stored label.
    pub fn calendar_label(self, label: &str) -> String {
        match label.strip_prefix("calendar-") {
            Some(number) => self.rules_version(number),
            None => self.calendar_shipped().to_owned(),
        }
    }
}
