//! The six printed forms and the delivery note as PDF, the quote as a spreadsheet (SCREENS 4), and
//! spreadsheets that people bring (`sheets`).
//!
//! A form is a plain struct of finished texts, built from a case in one language. Its canonical JSON
//! is what the template prints and what the content hash covers, so the same version always gives the
//! same hash. The one rule: floor prices, internal notes and costs are in none of these structs.

pub mod approval;
pub mod clauses;
pub mod code;
pub mod customer;
pub mod delivery;
pub mod forms;
pub mod order;
mod press;
pub mod quote;
pub mod requirement;
pub mod rounds;
pub mod sheet;
pub mod sheets;
pub mod shipment;

pub use forms::{Content, Letterhead, Mark, Shown};
pub use kuaidan_documents::Layout;
pub use press::{Press, PressFailure, set};

use crate::wording::Lang;

/// The languages in which a document can be printed.
pub fn languages() -> [Lang; 2] {
    Lang::ALL
}
