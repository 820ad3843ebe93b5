//! Spreadsheets in and out: xlsx and csv become rows of text with the sheet's own row numbers.
//!
//! A file is looked at before it is believed: its kind by its content, its unpacked size before
//! anything is parsed. No cell is ever executed; a formula counts only by the value it showed.

mod container;
mod dates;
mod read;
mod text_table;
mod write;

pub use dates::date;
pub use read::read;
pub use write::{Column, Kind, Table, Unwritable, Value, csv, xlsx};

use chrono::NaiveDate;

/// The largest file taken, in MiB.
pub const MAX_MIB: usize = 10;
/// What a packed file may hold unpacked, in MiB.
pub const MAX_UNPACKED_MIB: u64 = 64;
/// The most rows below the headings.
pub const MAX_ROWS: usize = 20_000;
/// The most columns.
pub const MAX_COLUMNS: usize = 80;

/// The first sheet of a file: rows with something in them, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    pub rows: Vec<SheetRow>,
}

/// One row under the number that the spreadsheet program shows beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    pub number: u32,
    /// From column A on; missing ones are blank.
    pub cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cell {
    #[default]
    Blank,
    Text(String),
    /// Written without exponent and without separators.
    Number(String),
    Date(NaiveDate),
    /// Something that has no value to rely on, with what the cell shows.
    Bad {
        shown: String,
        flaw: CellFlaw,
    },
}

impl Cell {
    /// What a person would type for it; dates as `YYYY-MM-DD`.
    pub fn text(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) | Self::Number(text) | Self::Bad { shown: text, .. } => text.clone(),
            Self::Date(day) => day.to_string(),
        }
    }

    pub fn flaw(&self) -> Option<&CellFlaw> {
        match self {
            Self::Bad { flaw, .. } => Some(flaw),
            _ => None,
        }
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Self::Blank => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

impl SheetRow {
    pub fn cell(&self, column: usize) -> &Cell {
        const BLANK: &Cell = &Cell::Blank;
        self.cells.get(column).unwrap_or(BLANK)
    }
}

/// Why one cell has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellFlaw {
    /// A number of more than 15 digits: the program that saved it has lost the last ones.
    DigitsLost,
    /// A formula that was saved without its result.
    FormulaWithoutValue,
    /// `#N/A` and its like.
    ErrorValue,
    /// Part of a merged area whose value stands in this other cell, such as `B3`.
    Merged { into: String },
}

/// Why a file was not read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetFlaw {
    Empty,
    TooLarge,
    /// Unpacks to more than [`MAX_UNPACKED_MIB`].
    Unpacked,
    /// The binary format of Excel up to 2003, whatever the name says.
    OldExcel,
    Encrypted,
    Document,
    Html,
    OtherKind,
    Broken,
    /// Neither UTF-8 nor GB18030.
    Encoding,
    TooManyRows,
    TooManyColumns,
    NoRows,
}

/// The letters of a column counted from 0: `A`, `Z`, `AA`.
pub fn column_letters(column: usize) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters
}

#[cfg(test)]
mod tests;
