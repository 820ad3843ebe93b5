//! Reads the fields of a form into values and collects every flaw, not only the first.
//!
//! One style: each method gives `Option`, and `None` from a required field always goes with a noted
//! flaw. An optional field gives `None` when it is blank and when it is wrong; [`Checker::finish`]
//! and [`Checker::build`] tell the two apart, so nothing may be done with values before one of them
//! has been asked. The parsers are those of `domain::input`; no rule of the business belongs here.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::domain::calendar::ZONE;
use crate::domain::input::{self, Flaw};
use crate::web::form::{Submitted, cell_name};

/// What was wrong, in the order it was found: the field's name (of a cell: `quantity-3`) and why.
pub type FieldErrors = Vec<(String, Flaw)>;

/// Collects the flaws of one form.
#[derive(Debug)]
pub struct Checker<'a> {
    submitted: &'a Submitted,
    row: Option<usize>,
    errors: FieldErrors,
}

/// One line of a grid whose columns are fields with repeated names. Not blank altogether.
#[derive(Debug, Clone, Copy)]
pub struct RowView<'a> {
    submitted: &'a Submitted,
    /// Place among the rows as they were sent, counted from 1, blank rows included.
    pub number: usize,
}

impl<'a> RowView<'a> {
    /// The cell of this row as typed; nothing (`""`) when the column is shorter.
    pub fn value(&self, column: &str) -> &'a str {
        nth(self.submitted, column, self.number)
    }

    /// Name under which a flaw of this row's cell is noted.
    pub fn field(&self, column: &str) -> String {
        cell_name(column, self.number)
    }
}

impl<'a> Checker<'a> {
    /// Starts without flaws.
    pub const fn new(submitted: &'a Submitted) -> Self {
        Self { submitted, row: None, errors: Vec::new() }
    }

    /// The field as typed; inside [`Checker::in_row`] the cell of that row.
    pub fn raw(&self, field: &str) -> &'a str {
        match self.row {
            Some(number) => nth(self.submitted, field, number),
            None => self.submitted.value(field),
        }
    }

    /// Notes a flaw; inside [`Checker::in_row`] of that row's cell.
    pub fn fail(&mut self, field: &str, flaw: Flaw) {
        let name = self.row.map_or_else(|| field.to_owned(), |number| cell_name(field, number));
        self.errors.push((name, flaw));
    }

    /// The value, or its flaw noted for the field.
    pub fn parsed<T>(&mut self, field: &str, result: Result<T, Flaw>) -> Option<T> {
        result.map_err(|flaw| self.fail(field, flaw)).ok()
    }

    /// A required field, read by any parser that refuses what is blank.
    pub fn required<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, Flaw>) -> Option<T> {
        self.parsed(field, parse(self.raw(field)))
    }

    /// An optional field: blank is `None`, anything else goes to the parser.
    pub fn optional<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, Flaw>) -> Option<T> {
        if is_blank(self.raw(field)) { None } else { self.required(field, parse) }
    }

    /// One line of `min` to `max` characters.
    pub fn text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.required(field, |raw| input::text(raw, min.max(1), max))
    }

    /// One line of at most `max` characters, or none.
    pub fn optional_text(&mut self, field: &str, max: usize) -> Option<String> {
        self.optional(field, |raw| input::text(raw, 1, max))
    }

    /// Several lines, `min` to `max` characters.
    pub fn long_text(&mut self, field: &str, min: usize, max: usize) -> Option<String> {
        self.required(field, |raw| input::long_text(raw, min.max(1), max))
    }

    /// Several lines of at most `max` characters, or none.
    pub fn optional_long_text(&mut self, field: &str, max: usize) -> Option<String> {
        self.optional(field, |raw| input::long_text(raw, 1, max))
    }

    /// A number with at most `places` decimals, limits included.
    pub fn decimal(&mut self, field: &str, places: u32, min: Decimal, max: Decimal) -> Option<Decimal> {
        self.required(field, |raw| input::decimal(raw, places, min, max))
    }

    /// As [`Checker::decimal`], or none.
    pub fn optional_decimal(&mut self, field: &str, places: u32, min: Decimal, max: Decimal) -> Option<Decimal> {
        self.optional(field, |raw| input::decimal(raw, places, min, max))
    }

    /// A whole number, limits included.
    pub fn whole(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        self.required(field, |raw| input::whole(raw, min, max))
    }

    /// As [`Checker::whole`], or none.
    pub fn optional_whole(&mut self, field: &str, min: i64, max: i64) -> Option<i64> {
        self.optional(field, |raw| input::whole(raw, min, max))
    }

    /// A day.
    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        self.required(field, input::date)
    }

    /// A day, or none.
    pub fn optional_date(&mut self, field: &str) -> Option<NaiveDate> {
        self.optional(field, input::date)
    }

    /// A day and time of the company's zone (+08:00).
    pub fn date_time(&mut self, field: &str) -> Option<DateTime<Utc>> {
        self.required(field, instant)
    }

    /// As [`Checker::date_time`], or none.
    pub fn optional_date_time(&mut self, field: &str) -> Option<DateTime<Utc>> {
        self.optional(field, instant)
    }

    /// One of the codes that `read` knows.
    pub fn choice<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.required(field, |raw| known(raw, read))
    }

    /// As [`Checker::choice`], or none.
    pub fn optional_choice<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.optional(field, |raw| known(raw, read))
    }

    /// The id of something that was chosen from a list.
    pub fn uuid(&mut self, field: &str) -> Option<Uuid> {
        self.choice(field, |raw| Uuid::try_parse(raw).ok())
    }

    /// As [`Checker::uuid`], or none.
    pub fn optional_uuid(&mut self, field: &str) -> Option<Uuid> {
        self.optional_choice(field, |raw| Uuid::try_parse(raw).ok())
    }

    /// Whether a box was ticked. Our boxes send `yes`; `on` is what one without a value sends.
    pub fn checked(&self, field: &str) -> bool {
        matches!(self.raw(field), "yes" | "on")
    }

    /// The rows of a grid with these columns. A row whose cells are all blank is left out, but
    /// counts: numbers stay those of the rows on the page.
    pub fn rows(&self, columns: &[&str]) -> Vec<RowView<'a>> {
        let count = columns.iter().map(|column| self.submitted.values(column).len()).max().unwrap_or(0);
        (1..=count)
            .map(|number| RowView { submitted: self.submitted, number })
            .filter(|row| columns.iter().any(|column| !is_blank(row.value(column))))
            .collect()
    }

    /// Runs `read` with every method of the checker meaning the cells of this row.
    pub fn in_row<T>(&mut self, row: &RowView<'a>, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.row.replace(row.number);
        let value = read(self);
        self.row = outer;
        value
    }

    /// Every flaw, if there was one.
    pub fn finish(self) -> Result<(), FieldErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    /// Every flaw, or what `make` makes of the values; it may use `?` on all required ones.
    ///
    /// # Panics
    /// When `make` gives `None` although nothing was refused: it then used `?` on an optional value.
    pub fn build<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, FieldErrors> {
        self.finish()?;
        Ok(make().expect("a required value is missing only with a noted flaw"))
    }
}

fn is_blank(raw: &str) -> bool {
    raw.trim().is_empty()
}

fn nth<'a>(submitted: &'a Submitted, column: &str, number: usize) -> &'a str {
    let mut cells = submitted.values.iter().filter(|(name, _)| name == column);
    number.checked_sub(1).and_then(|index| cells.nth(index)).map_or("", |(_, value)| value)
}

fn known<T>(raw: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Flaw> {
    match raw.trim() {
        "" => Err(Flaw::Required),
        code => read(code).ok_or(Flaw::UnknownChoice),
    }
}

fn instant(raw: &str) -> Result<DateTime<Utc>, Flaw> {
    let local = input::date_time(raw)?;
    local.and_local_timezone(ZONE).single().map(|at| at.to_utc()).ok_or(Flaw::NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Submitted {
        Submitted::from_pairs(pairs.iter().copied())
    }

    fn side(code: &str) -> Option<char> {
        match code {
            "left" => Some('l'),
            "right" => Some('r'),
            _ => None,
        }
    }

    #[test]
    fn good_values_come_out() {
        let id = "0193c0de-0000-7000-8000-000000000001";
        let form = form(&[
            ("name", " 上海（华东）公司 "),
            ("note", "a\r\nb"),
            ("price", "１，２００.５0"),
            ("count", "12"),
            ("day", "2026-09-17"),
            ("at", "2026-09-17T08:30"),
            ("side", "left"),
            ("id", id),
            ("agreed", "yes"),
        ]);
        let mut check = Checker::new(&form);
        assert_eq!(check.text("name", 2, 60).as_deref(), Some("上海（华东）公司"));
        assert_eq!(check.long_text("note", 1, 10).as_deref(), Some("a\nb"));
        assert_eq!(check.decimal("price", 2, Decimal::ZERO, Decimal::from(9999)), Some(Decimal::new(120_050, 2)));
        assert_eq!(check.whole("count", 1, 20), Some(12));
        assert_eq!(check.date("day").map(|day| day.to_string()).as_deref(), Some("2026-09-17"));
        assert_eq!(check.date_time("at").map(|at| at.to_rfc3339()).as_deref(), Some("2026-09-17T00:30:00+00:00"));
        assert_eq!(check.choice("side", side), Some('l'));
        assert_eq!(check.uuid("id").map(|id| id.to_string()).as_deref(), Some(id));
        assert!(check.checked("agreed") && !check.checked("other"));
        assert_eq!(check.finish(), Ok(()));
    }

    #[test]
    fn all_flaws_are_collected_in_order() {
        let form = form(&[
            ("name", "a\0b"),
            ("price", "1000000000000000000000000000000"),
            ("count", "1.5"),
            ("day", "2026-02-30"),
            ("at", "2026-09-17T25:00"),
            ("side", "up\0"),
            ("id", "1"),
        ]);
        let mut check = Checker::new(&form);
        assert_eq!(check.text("name", 1, 60), None);
        assert_eq!(check.decimal("price", 2, Decimal::ZERO, Decimal::from(9999)), None);
        assert_eq!(check.whole("count", 1, 20), None);
        assert_eq!(check.date("day"), None);
        assert_eq!(check.date_time("at"), None);
        assert_eq!(check.choice("side", side), None);
        assert_eq!(check.uuid("id"), None);
        assert_eq!(check.text("missing", 0, 60), None);
        assert_eq!(check.parsed::<()>("phone", Err(Flaw::Mobile)), None);
        check.fail("phone", Flaw::NotUnique);
        let errors = check.finish().unwrap_err();
        let expected = [
            ("name", Flaw::ControlCharacter),
            ("price", Flaw::TooLarge { max: "9,999".to_owned() }),
            ("count", Flaw::NotWhole),
            ("day", Flaw::NotADate),
            ("at", Flaw::NotATime),
            ("side", Flaw::UnknownChoice),
            ("id", Flaw::UnknownChoice),
            ("missing", Flaw::Required),
            ("phone", Flaw::Mobile),
            ("phone", Flaw::NotUnique),
        ];
        assert_eq!(errors, expected.map(|(field, flaw)| (field.to_owned(), flaw)));
    }

    #[test]
    fn blank_optional_fields_are_no_flaw_but_wrong_ones_are() {
        let form = form(&[("a", " "), ("b", "\u{3000}"), ("wrong", "x"), ("nul", " \0 ")]);
        let mut check = Checker::new(&form);
        assert_eq!(check.optional_text("a", 5), None);
        assert_eq!(check.optional_long_text("b", 5), None);
        assert_eq!(check.optional_decimal("a", 2, Decimal::ZERO, Decimal::ONE), None);
        assert_eq!(check.optional_whole("none", 0, 1), None);
        assert_eq!(check.optional_date("a"), None);
        assert_eq!(check.optional_date_time("b"), None);
        assert_eq!(check.optional_choice("a", side), None);
        assert_eq!(check.optional_uuid("b"), None);
        assert!(check.errors.is_empty());
        assert_eq!(check.optional_date("wrong"), None);
        assert_eq!(check.optional_text("nul", 5), None);
        let errors = check.finish().unwrap_err();
        assert_eq!(errors, [("wrong".to_owned(), Flaw::NotADate), ("nul".to_owned(), Flaw::ControlCharacter)]);
    }

    #[test]
    fn rows_keep_their_numbers_and_flaws_name_the_cell() {
        let form = form(&[
            ("sku", "A"), ("quantity", "1"),
            ("sku", " "), ("quantity", ""),
            ("sku", "C"), ("quantity", "x"),
            ("sku", "D"),
        ]);
        let mut check = Checker::new(&form);
        let rows = check.rows(&["sku", "quantity"]);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 4]);
        assert_eq!((rows[1].value("sku"), rows[1].field("sku")), ("C", "sku-3".to_owned()));
        let lines: Vec<_> = rows
            .iter()
            .map(|row| check.in_row(row, |line| (line.text("sku", 1, 9), line.whole("quantity", 1, 9))))
            .collect();
        let sku = |text: &str| Some(text.to_owned());
        assert_eq!(lines, [(sku("A"), Some(1)), (sku("C"), None), (sku("D"), None)]);
        check.fail("sku", Flaw::NotUnique);
        let errors = check.finish().unwrap_err();
        let expected = [("quantity-3", Flaw::NotANumber), ("quantity-4", Flaw::Required), ("sku", Flaw::NotUnique)];
        assert_eq!(errors, expected.map(|(field, flaw)| (field.to_owned(), flaw)));
    }

    #[test]
    fn values_are_built_only_when_nothing_was_refused() {
        let form = form(&[("name", "A"), ("count", "many")]);
        let mut check = Checker::new(&form);
        let (name, count) = (check.text("name", 1, 9), check.whole("count", 1, 9));
        let built = check.build(|| Some((name.clone()?, count?)));
        assert_eq!(built, Err(vec![("count".to_owned(), Flaw::NotANumber)]));

        let mut check = Checker::new(&form);
        let (name, note) = (check.text("name", 1, 9), check.optional_text("note", 9));
        assert_eq!(check.build(|| Some((name?, note))), Ok(("A".to_owned(), None)));
    }
}
