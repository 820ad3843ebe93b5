//! Typesets the printed forms. Data goes in as one JSON text, a PDF comes out; the same text gives
//! the same bytes, whenever and wherever it is printed.
//!
//! The one rule: what people typed is data and never markup. A template reads it with `json()`,
//! no file of the machine can be reached, and nothing here knows the time.

mod fonts;
mod world;

use fonts::Shelf;
use std::fmt;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};
use world::Desk;

/// The layouts there are, one for each form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    Customer,
    Requirement,
    Quote,
    Approval,
    Order,
    Delivery,
    Shipment,
}

impl Layout {
    pub const ALL: [Self; 7] =
        [Self::Customer, Self::Requirement, Self::Quote, Self::Approval, Self::Order, Self::Delivery, Self::Shipment];
}

/// The moment written into the file, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    pub year: i32,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// A template that cannot be set with this data; a fault of the program, not of the reader.
#[derive(Debug)]
pub struct Fault {
    told: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document could not be set: {}", self.told)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    fn of(errors: &[SourceDiagnostic]) -> Self {
        Self { told: errors.iter().map(|e| e.message.to_string()).collect::<Vec<_>>().join("; ") }
    }
}

/// Data from which on a document is long, in bytes: some hundred lines.
const LONG: usize = 32 * 1024;

/// Whether setting this takes tens of megabytes: nothing of it is remembered, and nothing should be set beside it.
pub fn is_long(data: &str) -> bool {
    data.len() > LONG
}

/// Sets one document; takes tens to hundreds of milliseconds of one core.
pub fn pdf(layout: Layout, data: &str, dated: Dated) -> Result<Vec<u8>, Fault> {
    pdf_with(layout, data, dated, None)
}

/// Whether a picture (`png` or `svg`) can be set as a logo; takes some milliseconds.
pub fn takes_logo(kind: &str, content: &[u8]) -> bool {
    let data = format!("{{\"logo\":\"{kind}\"}}");
    Desk::at(world::PICTURE, &data, Shelf::for_text(&data), Some(content))
        .is_some_and(|desk| typst::compile::<PagedDocument>(&desk).output.is_ok())
}

/// The same with the company's logo in the place of the mark; the data names its kind.
pub fn pdf_with(layout: Layout, data: &str, dated: Dated, logo: Option<&[u8]>) -> Result<Vec<u8>, Fault> {
    let desk = Desk::new(layout, data, Shelf::for_text(data), logo)
        .ok_or_else(|| Fault { told: format!("{layout:?} has no template") })?;
    let document = typst::compile::<PagedDocument>(&desk).output.map_err(|errors| Fault::of(&errors))?;
    let options = PdfOptions {
        creator: Smart::Custom(Some("Kuaidan".to_owned())),
        timestamp: Datetime::from_ymd_hms(dated.year, dated.month, dated.day, dated.hour, dated.minute, dated.second)
            .map(Timestamp::new_utc),
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| Fault::of(&errors));
    // What was remembered of a short document speeds up the next that is like it; more would only fill memory.
    comemo::evict(usize::from(!is_long(data)));
    bytes
}

/// Whether the fonts inside the program have this character; others come from the system or are a box.
pub fn has_character(c: char) -> bool {
    fonts::covers(c)
}
