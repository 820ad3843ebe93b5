//! Text tables: csv with commas, semicolons or tabs, in UTF-8, UTF-16 or GB18030.
//!
//! Rows are counted like a spreadsheet program counts them: a line break inside quotes starts no row.

use super::read::Rows;
use super::{Cell, CellFlaw, Sheet, SheetFlaw};
use csv::ReaderBuilder;
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

pub fn read(content: &[u8]) -> Result<Sheet, SheetFlaw> {
    let text = decode(content)?;
    let start = text.trim_start().chars().take(200).collect::<String>().to_lowercase();
    if ["<!doctype html", "<html", "<table", "<?xml", "<meta"].iter().any(|sign| start.starts_with(sign)) {
        return Err(SheetFlaw::Html);
    }
    let separator = separator(&text);
    let mut rows = Rows::default();
    let mut number = 0;
    let mut rest = text.as_ref();
    while !rest.is_empty() {
        let (record, after) = record(rest)?;
        rest = after;
        number += 1;
        let cells = if record.is_empty() { Vec::new() } else { cells(record, separator)? };
        for (column, cell) in cells.into_iter().enumerate() {
            rows.put(number, column, cell)?;
        }
    }
    rows.finish()
}

fn decode(content: &[u8]) -> Result<Cow<'_, str>, SheetFlaw> {
    if content.starts_with(&[0xFF, 0xFE]) {
        return UTF_16LE.decode_without_bom_handling_and_without_replacement(&content[2..]).ok_or(SheetFlaw::Encoding);
    }
    if content.starts_with(&[0xFE, 0xFF]) {
        return UTF_16BE.decode_without_bom_handling_and_without_replacement(&content[2..]).ok_or(SheetFlaw::Encoding);
    }
    if content.contains(&0) {
        return Err(SheetFlaw::OtherKind);
    }
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    match std::str::from_utf8(content) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(content).ok_or(SheetFlaw::Encoding),
    }
}

/// Whichever stands most often in the first line.
fn separator(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |wanted: u8| line.bytes().filter(|b| *b == wanted).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|b| (count(*b), u8::from(*b == b','))).unwrap_or(b',')
}

/// The first record without its line end, and what follows.
fn record(text: &str) -> Result<(&str, &str), SheetFlaw> {
    let mut quoted = Quoted::No;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = quoted.other(),
            b'\n' if quoted == Quoted::No => {
                let record = &text[..at];
                return Ok((record.strip_suffix('\r').unwrap_or(record), &text[at + 1..]));
            }
            _ => {}
        }
    }
    if quoted == Quoted::No { Ok((text, "")) } else { Err(SheetFlaw::Broken) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
}

impl Quoted {
    fn other(self) -> Self {
        if self == Self::No { Self::Yes } else { Self::No }
    }
}

fn cells(record: &str, separator: u8) -> Result<Vec<Cell>, SheetFlaw> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(1024)
        .from_reader(record.as_bytes());
    let mut fields = csv::StringRecord::new();
    reader.read_record(&mut fields).map_err(|_| SheetFlaw::Broken)?;
    Ok(fields.iter().map(cell).collect())
}

/// Always text, also when it begins like a formula; only a number that lost its digits is told.
fn cell(field: &str) -> Cell {
    let text = field.trim();
    if text.is_empty() {
        Cell::Blank
    } else if is_scientific(text) {
        Cell::Bad { shown: text.to_owned(), flaw: CellFlaw::DigitsLost }
    } else {
        Cell::Text(text.to_owned())
    }
}

/// `9.13E+17`: how a spreadsheet program shows a long number.
fn is_scientific(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fraction = number.split_once('.').map_or(number.len() == 1, |(whole, rest)| whole.len() == 1 && digits(rest));
    fraction && number.starts_with(|c: char| c.is_ascii_digit()) && exponent.strip_prefix('+').is_some_and(digits)
}
