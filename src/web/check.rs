//! Checks a form field by field and collects every flaw; nothing stops at the first one.
//!
//! Each method gives `None` when the field was refused (or left out, for optional ones); the
//! caller builds its command only after `finish` found nothing wrong.

use super::form::Submitted;
use crate::domain::calendar::ZONE;
use crate::domain::input::{self, Flaw};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rust_decimal::Decimal;

/// A field's name, or `name-3` for a row, with what is wrong with it.
pub type FieldErrors = Vec<(String, Flaw)>;

#[derive(Debug)]
pub struct Checker<'a> {
    form: &'a Submitted,
    errors: FieldErrors,
}

impl<'a> Checker<'a> {
    pub fn new(form: &'a Submitted) -> Self {
        Self { form, errors: Vec::new() }
    }

    pub fn raw(&self, field: &str) -> &'a str {
        self.form.value(field)
    }

    pub fn fail(&mut self, field: &str, flaw: Flaw) {
        self.errors.push((field.to_owned(), flaw));
    }

    /// Notes the flaw of a parse under the field's name.
    pub fn parsed<T>(&mut self, field: &str, result: Result<T, Flaw>) -> Option<T> {
        result.map_err(|flaw| self.fail(field, flaw)).ok()
    }

    fn is_empty(&self, field: &str) -> bool {
        input::is_blank(self.raw(field))
    }

    /// A required value read by `parse`.
    pub fn required<T>(&mut self, field: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        if self.is_empty(field) {
            self.fail(field, Flaw::Required);
            return None;
        }
        let result = parse(self.raw(field));
        self.parsed(field, result)
    }

    /// A value that may be left out.
    pub fn optional<T>(&mut self, field: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        if self.is_empty(field) {
            None
        } else {
            let result = parse(self.raw(field));
            self.parsed(field, result)
        }
    }

    pub fn text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.required(field, |raw| input::text(raw, min, max))
    }

    pub fn optional_text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.optional(field, |raw| input::text(raw, min, max))
    }

    pub fn long_text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.required(field, |raw| input::long_text(raw, min, max))
    }

    pub fn optional_long_text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.optional(field, |raw| input::long_text(raw, min, max))
    }

    pub fn decimal(&mut self, field: &str, places: u32, min: Decimal, max: Decimal) -> Option<Decimal> {
        self.required(field, |raw| input::decimal(raw, places, min, max))
    }

    pub fn optional_decimal(&mut self, field: &str, places: u32, min: Decimal, max: Decimal) -> Option<Decimal> {
        self.optional(field, |raw| input::decimal(raw, places, min, max))
    }

    pub fn whole(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        self.required(field, |raw| input::whole(raw, min, max))
    }

    pub fn optional_whole(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        self.optional(field, |raw| input::whole(raw, min, max))
    }

    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        self.required(field, input::date)
    }

    pub fn optional_date(&mut self, field: &str) -> Option<NaiveDate> {
        self.optional(field, input::date)
    }

    /// A moment typed in company time.
    pub fn date_time(&mut self, field: &str) -> Option<DateTime<Utc>> {
        self.required(field, moment)
    }

    pub fn optional_date_time(&mut self, field: &str) -> Option<DateTime<Utc>> {
        self.optional(field, moment)
    }

    pub fn choice<T>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.required(field, |raw| parse(raw).ok_or(Flaw::UnknownChoice))
    }

    pub fn optional_choice<T>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.optional(field, |raw| parse(raw).ok_or(Flaw::UnknownChoice))
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, field: &str) -> bool {
        self.form.has(field)
    }

    /// Every value of a field, as of boxes that share a name.
    pub fn all(&self, field: &str) -> Vec<&'a str> {
        self.form.values(field)
    }

    /// Rows of repeated fields, index by index; rows where every field is blank are left out.
    pub fn rows(&self, fields: &[&str]) -> Vec<Row> {
        let columns: Vec<(String, Vec<String>)> = fields
            .iter()
            .map(|f| ((*f).to_owned(), self.form.values(f).iter().map(|v| (*v).to_owned()).collect()))
            .collect();
        let count = columns.iter().map(|(_, v)| v.len()).max().unwrap_or(0);
        (0..count)
            .map(|index| Row {
                index,
                cells: columns.iter().map(|(n, v)| (n.clone(), v.get(index).cloned().unwrap_or_default())).collect(),
            })
            .filter(|row| row.cells.iter().any(|(_, v)| !v.trim().is_empty()))
            .collect()
    }

    /// A required cell of a row; the flaw is noted under `field-<row from 1>`.
    pub fn cell<T>(&mut self, row: &Row, field: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        let raw = row.value(field);
        let result = if input::is_blank(raw) { Err(Flaw::Required) } else { parse(raw) };
        self.parsed(&row.field(field), result)
    }

    pub fn optional_cell<T>(&mut self, row: &Row, field: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        let raw = row.value(field);
        if input::is_blank(raw) { None } else { self.parsed(&row.field(field), parse(raw)) }
    }

    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    pub fn finish(self) -> Result<(), FieldErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}

/// One row of a line grid, with its place in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub index: usize,
    cells: Vec<(String, String)>,
}

impl Row {
    pub fn value(&self, field: &str) -> &str {
        self.cells.iter().find(|(n, _)| n == field).map_or("", |(_, v)| v)
    }

    /// The name under which an error of this row is kept.
    pub fn field(&self, field: &str) -> String {
        format!("{field}-{}", self.index + 1)
    }
}

/// A moment typed in company time.
pub fn moment(raw: &str) -> Result<DateTime<Utc>, Flaw> {
    let local = input::date_time(raw)?;
    ZONE.from_local_datetime(&local).single().map(|t| t.with_timezone(&Utc)).ok_or(Flaw::NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flaw_is_collected() {
        let form = Submitted::of(&[
            ("quantity", "1e30"),
            ("price", "NaN"),
            ("name", ""),
            ("note", "a\0b"),
            ("on", "2026-13-01"),
        ]);
        let mut check = Checker::new(&form);
        assert_eq!(check.decimal("quantity", 3, Decimal::ZERO, Decimal::ONE_THOUSAND), None);
        assert_eq!(check.decimal("price", 2, Decimal::ZERO, Decimal::ONE_THOUSAND), None);
        check.text("name", 1, 10);
        check.text("note", 1, 10);
        check.date("on");
        let errors = check.finish().unwrap_err();
        assert_eq!(
            errors.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>(),
            ["quantity", "price", "name", "note", "on"]
        );
        assert_eq!(errors[2].1, Flaw::Required);
        assert_eq!(errors[3].1, Flaw::ControlCharacter);
    }

    #[test]
    fn blank_rows_are_left_out_and_rows_keep_their_place() {
        let form = Submitted::of(&[("p", "A"), ("p", ""), ("p", "C"), ("q", "1"), ("q", " "), ("q", "x")]);
        let mut check = Checker::new(&form);
        let rows = check.rows(&["p", "q"]);
        assert_eq!(rows.len(), 2);
        check.cell(&rows[1], "q", |raw| input::whole(raw, 0, 9));
        assert_eq!(check.finish().unwrap_err()[0].0, "q-3");
    }

    #[test]
    fn moments_are_company_time() {
        assert_eq!(moment("2026-09-17T10:20").unwrap().to_rfc3339(), "2026-09-17T02:20:00+00:00");
    }
}
