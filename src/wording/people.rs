//! Colleagues by the name that the reader knows: records keep the Chinese one, an English page says the
//! English one where the company has given one.
//!
//! The names are those of the request: the web lays them around the making of each English page. Elsewhere,
//! and where two people share a name, the record's own name stands. Customers' people are not named by this.

use super::Lang;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// English names by the Chinese ones.
pub type EnglishNames = HashMap<String, String>;

thread_local! {
    static NAMES: RefCell<Option<Arc<EnglishNames>>> = const { RefCell::new(None) };
}

/// Puts the former names back, also when the work ends early.
struct Before(Option<Arc<EnglishNames>>);

impl Drop for Before {
    fn drop(&mut self) {
        NAMES.set(self.0.take());
    }
}

/// Does the work with these names known.
pub fn naming<R>(names: &Arc<EnglishNames>, work: impl FnOnce() -> R) -> R {
    let _before = Before(NAMES.replace(Some(Arc::clone(names))));
    work()
}

impl Lang {
    /// A colleague, by the name that a record kept.
    pub fn person(self, name: &str) -> String {
        let english = || NAMES.with_borrow(|names| names.as_ref().and_then(|n| n.get(name)).cloned());
        let found = if self == Self::En { english() } else { None };
        found.unwrap_or_else(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colleague_is_called_as_the_reader_knows_them_and_only_while_the_page_is_made() {
        let names = Arc::new(EnglishNames::from([("李强".to_owned(), "Li Qiang".to_owned())]));
        let other = Arc::new(EnglishNames::new());
        naming(&names, || {
            assert_eq!(Lang::En.person("李强"), "Li Qiang");
            assert_eq!(Lang::En.person("李娜"), "李娜", "no colleague");
            assert_eq!(Lang::Zh.person("李强"), "李强");
            naming(&other, || assert_eq!(Lang::En.person("李强"), "李强"));
            assert_eq!(Lang::En.person("李强"), "Li Qiang");
        });
        assert_eq!(Lang::En.person("李强"), "李强");
    }
}
