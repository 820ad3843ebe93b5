//! Writes tables as xlsx or csv, so that no cell can become a formula and no number loses a digit.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

/// What a column holds; text columns are text also for what a person types into them later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub label: String,
    pub kind: Kind,
    /// Width in characters.
    pub width: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Blank,
    Text(String),
    Number(Decimal),
    Date(NaiveDate),
}

impl Value {
    /// Text as csv keeps it: what begins like a formula gets an apostrophe before it.
    fn plain(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Self::Text(text) => text.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// At most 31 characters, none of `[]:*?/\`.
    pub name: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
}

/// Why a workbook could not be made: a table that no sheet can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable(pub String);

/// A workbook with a sheet for each table.
pub fn xlsx(tables: &[Table]) -> Result<Vec<u8>, Unwritable> {
    let mut book = Workbook::new();
    let made = tables.iter().try_for_each(|table| fill(book.add_worksheet(), table));
    made.and_then(|()| book.save_to_buffer()).map_err(|error| Unwritable(error.to_string()))
}

fn fill(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format("@");
    let number = Format::new().set_num_format("0.######");
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let head = Format::new().set_bold().set_num_format("@").set_align(FormatAlign::Left);
    sheet.set_name(&table.name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0_u16..).zip(&table.columns) {
        let format = match column.kind {
            Kind::Text => &text,
            Kind::Number => &number,
            Kind::Date => &day,
        };
        sheet.set_column_width(at, column.width)?;
        sheet.set_column_format(at, format)?;
        sheet.write_string_with_format(0, at, column.label.as_str(), &head)?;
    }
    for (row, cells) in (1_u32..).zip(&table.rows) {
        for (at, cell) in (0_u16..).zip(cells) {
            match cell {
                Value::Blank => {}
                Value::Text(value) => {
                    sheet.write_string_with_format(row, at, value.as_str(), &text)?;
                }
                Value::Number(value) => {
                    sheet.write_with_format(row, at, *value, &number)?;
                }
                Value::Date(value) => {
                    sheet.write_with_format(row, at, value, &day)?;
                }
            }
        }
    }
    Ok(())
}

/// The same as text for programs that read csv: UTF-8 with a byte order mark, as Excel wants it.
pub fn csv(table: &Table) -> Vec<u8> {
    let mut out = String::from('\u{feff}');
    line(&mut out, table.columns.iter().map(|c| Value::Text(c.label.clone()).plain()));
    for row in &table.rows {
        line(&mut out, row.iter().map(Value::plain));
    }
    out.into_bytes()
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r', ';', '\t']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}
