//! Columns of an uploaded sheet by their headings, in either language and any order: shared by price
//! lists, products and stock-takes.
//!
//! The one rule: a row is named by the number that the spreadsheet program shows beside it.

use super::import::columns::plain;
use super::import::dry_run::file_words;
use super::sheet::read::off_the_threads;
use crate::documents::sheets::{self, Cell, CellFlaw, Sheet, SheetFlaw, SheetRow};
use crate::domain::input::Flaw;
use crate::wording::Lang;

/// Rows above the headings that are looked at.
const HEADING_ROWS: usize = 10;

/// One column that may be there.
pub struct Wanted {
    pub field: &'static str,
    pub heading: fn(Lang) -> &'static str,
    /// Other words for the same, as people write them, parted by `、` or `,`.
    pub also: fn(Lang) -> &'static str,
    pub required: bool,
}

/// A column that is called as the program calls it, and by no other word.
pub const NO_OTHER: fn(Lang) -> &'static str = |_| "";

/// A sheet whose columns are known.
pub struct Columns {
    rows: Vec<SheetRow>,
    /// Headings of columns that nothing is read from.
    unread: Vec<String>,
    at: Vec<(&'static str, usize)>,
}

/// One wrong cell, or a row that is wrong as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    pub row: u32,
    pub heading: String,
    pub value: String,
    pub text: String,
}

/// Reads a file off the async threads.
pub async fn read(t: Lang, content: Vec<u8>, wanted: &'static [Wanted]) -> Result<Columns, Vec<String>> {
    // A file that makes the reader panic is a broken file.
    match off_the_threads(move || sheets::read(&content)).await.unwrap_or(Err(SheetFlaw::Broken)) {
        Ok(sheet) => of(t, sheet, wanted),
        Err(flaw) => Err(vec![file_words(t, &flaw)]),
    }
}

fn field_of(wanted: &[Wanted], cell: &Cell) -> Option<&'static str> {
    let word = plain(&cell.text());
    if word.is_empty() {
        return None;
    }
    let is = |w: &&Wanted| {
        Lang::ALL.iter().any(|t| {
            plain((w.heading)(*t)) == word || (w.also)(*t).split(['、', ',']).any(|other| plain(other) == word)
        })
    };
    wanted.iter().find(is).map(|w| w.field)
}

fn of(t: Lang, sheet: Sheet, wanted: &[Wanted]) -> Result<Columns, Vec<String>> {
    let recognised = |row: &SheetRow| row.cells.iter().filter(|c| field_of(wanted, c).is_some()).count();
    let best =
        sheet.rows.iter().take(HEADING_ROWS).enumerate().max_by_key(|(at, row)| (recognised(row), HEADING_ROWS - at));
    let (heading_row, row) = match best {
        Some((at, row)) if recognised(row) > 0 => (at, row),
        _ => return Err(vec![t.import_no_headings().to_owned()]),
    };
    let mut at: Vec<(&'static str, usize)> = Vec::new();
    let (mut twice, mut unread) = (Vec::new(), Vec::new());
    for (column, cell) in row.cells.iter().enumerate() {
        match field_of(wanted, cell) {
            Some(field) if at.iter().any(|(f, _)| *f == field) => twice.push(cell.text()),
            Some(field) => at.push((field, column)),
            None if cell.is_blank() => {}
            None => unread.push(cell.text()),
        }
    }
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|w| w.required && !at.iter().any(|(f, _)| *f == w.field))
        .map(|w| (w.heading)(t))
        .collect();
    let mut flaws = Vec::new();
    if !twice.is_empty() {
        flaws.push(t.import_headings_twice(twice.join(t.import_and())));
    }
    if !missing.is_empty() {
        flaws.push(t.count_headings_missing(missing.join(t.import_and())));
    }
    let columns = Columns { rows: sheet.rows.into_iter().skip(heading_row + 1).collect(), unread, at };
    if flaws.is_empty() && columns.rows().next().is_none() {
        flaws.push(file_words(t, &SheetFlaw::NoRows));
    }
    if flaws.is_empty() { Ok(columns) } else { Err(flaws) }
}

impl Columns {
    /// That some columns are not read, with their headings; nobody is to believe that they count. What our own
    /// sheets hold besides, for the eye, is not worth a word.
    pub fn unread(&self, t: Lang, for_the_eye: &[fn(Lang) -> &'static str]) -> Option<String> {
        let is_ours =
            |heading: &str| for_the_eye.iter().any(|own| Lang::ALL.iter().any(|t| plain(own(*t)) == plain(heading)));
        let unread: Vec<&str> = self.unread.iter().map(String::as_str).filter(|heading| !is_ours(heading)).collect();
        (!unread.is_empty()).then(|| t.count_unread(unread.join(t.import_and())))
    }

    /// Rows with something in a known column.
    pub fn rows(&self) -> impl Iterator<Item = &SheetRow> {
        self.rows.iter().filter(move |row| self.at.iter().any(|(_, column)| !row.cell(*column).is_blank()))
    }

    pub fn cell<'a>(&self, row: &'a SheetRow, field: &str) -> &'a Cell {
        self.at.iter().find(|(f, _)| *f == field).map_or(&Cell::Blank, |(_, column)| row.cell(*column))
    }
}

/// One cell of a row as its column reads it; what is wrong with it goes to the errors.
pub fn parsed<T>(
    t: Lang,
    (wanted, columns, row): (&[Wanted], &Columns, &SheetRow),
    field: &str,
    errors: &mut Vec<RowError>,
    parse: impl Fn(&str) -> Result<T, Flaw>,
) -> Option<T> {
    let cell = columns.cell(row, field);
    let heading = wanted.iter().find(|c| c.field == field).map(|c| (c.heading)(t)).unwrap_or_default();
    let told = match cell.flaw() {
        Some(CellFlaw::FormulaWithoutValue | CellFlaw::ErrorValue | CellFlaw::Merged { .. } | CellFlaw::DigitsLost) => {
            Err(Flaw::NotANumber)
        }
        None => parse(&cell.text()),
    };
    match told {
        Ok(value) => Some(value),
        Err(flaw) => {
            let (value, text) = (cell.text(), t.flaw(&flaw));
            errors.push(RowError { row: row.number, heading: heading.to_owned(), value, text });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &[Wanted] = &[
        Wanted { field: "code", heading: |t| t.count_code(), also: |t| t.prices_product_code_also(), required: true },
        Wanted { field: "counted", heading: |t| t.count_counted(), also: NO_OTHER, required: true },
    ];

    #[test]
    fn columns_are_found_below_a_title_and_missing_ones_named() {
        let sheet =
            sheets::read("盘点 2026\n备注,实盘数量,Product code\n,3,QM-65\n\nx,,\n".as_bytes()).expect("a sheet");
        let columns = of(Lang::Zh, sheet, WANTED).unwrap_or_else(|e| panic!("{e:?}"));
        let rows: Vec<_> = columns
            .rows()
            .map(|r| (r.number, columns.cell(r, "code").text(), columns.cell(r, "counted").text()))
            .collect();
        assert_eq!(rows, [(3, "QM-65".to_owned(), "3".to_owned())]);
        assert_eq!(columns.unread(Lang::Zh, &[]), Some(Lang::Zh.count_unread("备注")));
        assert_eq!(columns.unread(Lang::Zh, &[|t| t.count_remark()]), None);
        let sheet = sheets::read("产品编码,别的\nQM-65,3\n".as_bytes()).expect("a sheet");
        assert_eq!(of(Lang::Zh, sheet, WANTED).err(), Some(vec![Lang::Zh.count_headings_missing("实盘数量")]));
    }
}
