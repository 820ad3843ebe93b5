//! The special needs of the registration form, one row each with its category (DOMAIN 1.1 E).

use crate::domain::customer::CustomerProfile;
use crate::domain::input::{self, Flaw};
use crate::domain::special_need::{NeedCategory, SpecialNeed};
use crate::web::check::Checker;
use crate::web::form::FormView;

/// The most needs one archive keeps.
pub const MAX_NEEDS: usize = 30;
pub const NEED_FIELDS: [&str; 2] = ["need_category", "need_text"];

pub(super) fn fill(view: &mut FormView, p: &CustomerProfile) {
    for need in p.needs() {
        view.push("need_category", need.category.code());
        view.push("need_text", need.text);
    }
}

/// A row without a text is left out, whatever category it shows.
pub(super) fn read(c: &mut Checker) -> Vec<SpecialNeed> {
    let mut needs = Vec::new();
    for row in c.rows(&NEED_FIELDS) {
        if row.value("need_text").trim().is_empty() {
            continue;
        }
        let category = c.cell(&row, "need_category", |raw| NeedCategory::parse(raw).ok_or(Flaw::UnknownChoice));
        let text = c.cell(&row, "need_text", |raw| input::text(raw, 2, 200));
        needs.extend(category.zip(text).map(|(category, text)| SpecialNeed { category, text }));
    }
    if needs.len() > MAX_NEEDS {
        c.fail("special", Flaw::TooManyRows { max: MAX_NEEDS });
    }
    needs
}
