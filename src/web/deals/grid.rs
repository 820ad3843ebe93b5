//! What the line grids of the requirement and of the quote share: cells with their errors, adding
//! and removing a row without script, values as a control wants them, and the versions of a form.
//!
//! The one rule: a row keeps its place, so that an error stays at the line it belongs to.

use crate::domain::calendar::ZONE;
use crate::domain::input::Flaw;
use crate::store::lists::VersionRow;
use crate::web::Problem;
use crate::web::check::FieldErrors;
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// The largest amount that is stored, in yuan.
pub const MAX_MONEY: Decimal = Decimal::from_parts(276_447_231, 23_283, 0, false, 2);

/// One cell of a grid.
pub struct Cell {
    pub id: String,
    pub value: String,
    pub error: Option<String>,
}

/// The cell of `name` in the row with this index, counted from 0.
pub fn cell(form: &FormView, name: &str, index: usize) -> Cell {
    let number = index + 1;
    Cell {
        id: format!("line-{number}-{name}"),
        value: form.row(name, index).to_owned(),
        error: form.error(&format!("{name}-{number}")),
    }
}

/// How many rows a grid has, at least `least`.
pub fn row_count(form: &FormView, names: &[&str], least: usize) -> usize {
    names.iter().map(|name| form.values(name).len()).max().unwrap_or(0).max(least)
}

/// The form with one more row, given by its columns.
pub fn with_row(form: &Submitted, row: &[(&str, &str)]) -> Submitted {
    let mut form = form.clone();
    form.values.extend(row.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    form
}

/// The form without the row of this number, counted from 1.
pub fn without_row(form: &Submitted, names: &[&str], number: usize) -> Submitted {
    let mut seen: Vec<(&str, usize)> = names.iter().map(|name| (*name, 0)).collect();
    let mut form = form.clone();
    form.values.retain(|(name, _)| {
        let Some((_, count)) = seen.iter_mut().find(|(column, _)| column == name) else { return true };
        *count += 1;
        *count != number
    });
    form
}

/// The errors as the form shows them at its controls.
pub fn at_controls(t: Lang, found: &FieldErrors) -> Vec<(String, String)> {
    found.iter().map(|(field, flaw)| (field.clone(), t.flaw(flaw))).collect()
}

/// The errors as the summary lists them, each with its label and leading to its control.
pub fn summary(t: Lang, found: &FieldErrors) -> Vec<ErrorItem> {
    found
        .iter()
        .map(|(field, flaw)| match field.split_once('-') {
            Some((name, row)) => ErrorItem {
                field: format!("line-{row}-{name}"),
                text: t.requirement_row_error(label(t, name), t.flaw(flaw), row),
            },
            None => ErrorItem { field: field.clone(), text: t.requirement_field_error(label(t, field), t.flaw(flaw)) },
        })
        .collect()
}

fn label(t: Lang, name: &str) -> &'static str {
    match name {
        "contact_id" => t.field("contact"),
        "special_text" => t.requirement_special_text(),
        "special_department" => t.requirement_special_department(),
        "special_applies" => t.requirement_special_applies(),
        "surcharge_tax_rate" => t.field("tax_rate"),
        other => t.field(other),
    }
}

/// A number as a person would type it.
pub fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

/// A moment as a date-and-time control takes it, in company time.
pub fn local_minute(at: DateTime<Utc>) -> String {
    at.with_timezone(&ZONE).format("%Y-%m-%dT%H:%M").to_string()
}

pub fn yes_no(t: Lang) -> Vec<Choice> {
    vec![Choice::new("yes", t.requirement_yes()), Choice::new("no", t.requirement_no_word())]
}

pub fn flag(code: &str) -> Option<bool> {
    match code {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Choices of a closed set.
pub fn choices<T: Copy>(all: &[T], code: impl Fn(T) -> &'static str, word: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|value| Choice::new(code(*value), word(*value))).collect()
}

/// A value of the address's query.
pub fn query(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

/// The version that `?version=n` asks for; anything that is no number is no version.
pub fn asked_version(path: &str) -> Result<Option<i32>, Problem> {
    query(path, "version").map(|raw| raw.parse::<i32>().map_err(|_| Problem::Missing)).transpose()
}

/// One entry of the list of versions.
pub struct VersionLink {
    pub label: String,
    pub status: String,
    pub when: String,
    pub href: String,
    pub is_shown: bool,
}

/// The list of versions, newest first; `shown` is the one on the page.
pub fn versions(
    t: Lang,
    rows: &[VersionRow],
    address: &str,
    shown: Option<i32>,
    status: impl Fn(&str) -> Option<&'static str>,
) -> Vec<VersionLink> {
    rows.iter()
        .map(|row| VersionLink {
            label: t.requirement_version(row.version_no),
            status: status(&row.status).unwrap_or_default().to_owned(),
            when: t.moment(row.created_at),
            href: format!("{address}?version={}", row.version_no),
            is_shown: shown == Some(row.version_no),
        })
        .collect()
}

/// The largest money amount as a flaw says it.
pub fn too_much() -> Flaw {
    Flaw::TooLarge { max: crate::domain::money::format_money(MAX_MONEY) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn rows_are_added_and_removed_in_place() {
        let form = Submitted::of(&[("p", "A"), ("q", "1"), ("p", "B"), ("q", "2"), ("other", "x")]);
        let more = with_row(&form, &[("p", ""), ("q", "9")]);
        assert_eq!((more.values("p"), more.values("q")), (vec!["A", "B", ""], vec!["1", "2", "9"]));
        let less = without_row(&form, &["p", "q"], 1);
        assert_eq!((less.values("p"), less.values("q"), less.value("other")), (vec!["B"], vec!["2"], "x"));
    }

    #[test]
    fn the_largest_amount_is_the_stored_one() {
        assert_eq!(MAX_MONEY, dec!(999999999999.99));
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(asked_version("/deals/D/quote?version=2").unwrap(), Some(2));
        assert_eq!(asked_version("/deals/D/quote").unwrap(), None);
        assert!(asked_version("/deals/D/quote?version=two").is_err());
    }
}
