//! Reads the first sheet of a workbook, cell by cell, and stops at the limits.

use super::{
    Cell, CellFlaw, MAX_COLUMNS, MAX_MIB, MAX_ROWS, MAX_UNPACKED_MIB, Sheet, SheetFlaw, SheetRow, container, text_table,
};
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use rust_decimal::Decimal;
use std::io::Cursor;

/// Numbers from here on have more digits than Excel keeps.
const DIGITS_LOST_FROM: f64 = 1e15;
/// Cells that may be hidden in merged areas: a list has headings that are merged, not rows.
const MAX_MERGED: usize = 200_000;

/// The rows of a spreadsheet file, its kind judged by its content alone.
pub fn read(content: &[u8]) -> Result<Sheet, SheetFlaw> {
    if content.is_empty() {
        return Err(SheetFlaw::Empty);
    }
    if content.len() > MAX_MIB << 20 {
        return Err(SheetFlaw::TooLarge);
    }
    if let Some(flaw) = container::ole(content) {
        return Err(flaw);
    }
    if content.starts_with(b"PK") {
        container::check(content)?;
        return workbook(content);
    }
    let others: [&[u8]; 6] = [b"%PDF", b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"{\\rtf", b"Rar!"];
    if others.iter().any(|sign| content.starts_with(sign)) {
        return Err(SheetFlaw::OtherKind);
    }
    text_table::read(content)
}

fn workbook(content: &[u8]) -> Result<Sheet, SheetFlaw> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content)).map_err(|e| broken(&e))?;
    let name = book
        .sheets_metadata()
        .iter()
        .find(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible)
        .map(|s| s.name.clone())
        .ok_or(SheetFlaw::NoRows)?;
    let merged = book.merge_cells_by_sheet_name(&name).map_err(|e| broken(&e))?;
    let mut rows = Rows::default();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(|e| broken(&e))? {
        let (row, column) = found.pos;
        let cell = match value(&found.value) {
            Cell::Blank if found.formula.is_some() => {
                Cell::Bad { shown: String::new(), flaw: CellFlaw::FormulaWithoutValue }
            }
            cell => cell,
        };
        rows.put(row.saturating_add(1), usize::try_from(column).unwrap_or(usize::MAX), cell)?;
    }
    rows.name_merged(&merged)?;
    rows.finish()
}

fn broken(error: &XlsxError) -> SheetFlaw {
    match error {
        XlsxError::Password => SheetFlaw::Encrypted,
        _ => SheetFlaw::Broken,
    }
}

fn value(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Blank,
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        DataRef::Float(number) => float(*number),
        DataRef::Bool(is) => Cell::Text(if *is { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::DateTime(moment) => match moment.as_datetime() {
            Some(at) if moment.is_datetime() => Cell::Date(at.date()),
            _ => float(moment.as_f64()),
        },
        DataRef::DateTimeIso(text) => super::date(text).map_or_else(|| Cell::Text(text.clone()), Cell::Date),
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::Error(error) => Cell::Bad { shown: error.to_string(), flaw: CellFlaw::ErrorValue },
    }
}

fn text_cell(text: &str) -> Cell {
    if text.trim().is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) }
}

/// As Excel shows it: at most 15 digits, no exponent.
fn float(number: f64) -> Cell {
    if !number.is_finite() || number.abs() >= DIGITS_LOST_FROM {
        return Cell::Bad { shown: format!("{number:E}"), flaw: CellFlaw::DigitsLost };
    }
    let shown = Decimal::from_scientific(&format!("{number:.14e}"));
    Cell::Number(shown.map_or_else(|_| number.to_string(), |d| d.normalize().to_string()))
}

/// Rows in the making, inside their limits.
pub(super) struct Rows {
    rows: Vec<SheetRow>,
    /// Bytes of text that still fit: a text that a file holds once can stand in any number of cells.
    room: usize,
}

impl Default for Rows {
    fn default() -> Self {
        Self { rows: Vec::new(), room: usize::try_from(MAX_UNPACKED_MIB << 20).unwrap_or(usize::MAX) }
    }
}

impl Rows {
    pub fn put(&mut self, number: u32, column: usize, cell: Cell) -> Result<(), SheetFlaw> {
        if cell.is_blank() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(SheetFlaw::TooManyColumns);
        }
        if let Cell::Text(text) = &cell {
            self.room = self.room.checked_sub(text.len()).ok_or(SheetFlaw::Unpacked)?;
        }
        if self.rows.last().is_none_or(|last| last.number != number) {
            // Headings come on top of the rows.
            if self.rows.len() > MAX_ROWS {
                return Err(SheetFlaw::TooManyRows);
            }
            self.rows.push(SheetRow { number, cells: Vec::new() });
        }
        if let Some(row) = self.rows.last_mut() {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Blank);
            }
            row.cells[column] = cell;
        }
        Ok(())
    }

    /// Cells of a merged area other than its first are told where their value stands.
    fn name_merged(&mut self, areas: &[Dimensions]) -> Result<(), SheetFlaw> {
        let mut left = MAX_MERGED;
        for area in areas {
            let into = format!(
                "{}{}",
                super::column_letters(usize::try_from(area.start.1).unwrap_or(0)),
                area.start.0.saturating_add(1)
            );
            let last = usize::try_from(area.end.1).unwrap_or(0).min(MAX_COLUMNS - 1);
            let first = usize::try_from(area.start.1).unwrap_or(0);
            let from = self.rows.partition_point(|row| row.number <= area.start.0);
            for row in self.rows[from..].iter_mut().take_while(|row| row.number <= area.end.0.saturating_add(1)) {
                left = left.checked_sub((last + 1).saturating_sub(first)).ok_or(SheetFlaw::Unpacked)?;
                let is_top = row.number == area.start.0.saturating_add(1);
                if row.cells.len() <= last {
                    row.cells.resize(last + 1, Cell::Blank);
                }
                for column in (first..=last).filter(|column| !(is_top && *column == first)) {
                    row.cells[column] =
                        Cell::Bad { shown: String::new(), flaw: CellFlaw::Merged { into: into.clone() } };
                }
            }
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Sheet, SheetFlaw> {
        if self.rows.is_empty() { Err(SheetFlaw::NoRows) } else { Ok(Sheet { rows: self.rows }) }
    }
}
