//! Reads the lines of the requirement form (DOMAIN 1.2): products by code or name, kinds, units,
//! measures and dates.
//!
//! The one rule: what a product says about itself — unit, specification, kind — is taken from it;
//! a line that says otherwise is refused and never bent.

use super::form::About;
use crate::domain::calendar::local_date;
use crate::domain::ids::RequirementLineId;
use crate::domain::input::{self, Flaw};
use crate::domain::pieces::is_possible;
use crate::domain::requirement::{LineKind, MatchKind, ProductFlaw, RequirementLine, has_measure};
use crate::domain::search::folded;
use crate::store::catalog::Product;
use crate::web::check::{Checker, Row};
use crate::web::deals::catalogue::{Catalogue, MAX_LINES};
use crate::wording::Lang;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// The columns as they stand in the grid; the last two are not seen.
pub const LINE: [&str; 13] = [
    "product",
    "spec",
    "quantity",
    "unit",
    "packaging",
    "note",
    "match_kind",
    "kind",
    "custom_name",
    "standard",
    "line_date",
    "line_id",
    "pasted",
];
/// Columns that alone do not make a row: they are filled in from the start.
pub const GIVEN: [&str; 4] = ["match_kind", "kind", "line_id", "pasted"];
pub const NEW_LINE: [(&str, &str); 13] = [
    ("product", ""),
    ("spec", ""),
    ("quantity", ""),
    ("unit", ""),
    ("packaging", ""),
    ("note", ""),
    ("match_kind", "exact"),
    ("kind", ""),
    ("custom_name", ""),
    ("standard", ""),
    ("line_date", ""),
    ("line_id", ""),
    ("pasted", ""),
];
/// Units as stored; products have no others.
pub const UNITS: [&str; 9] = ["台", "件", "套", "个", "箱", "项", "千克", "米", "小时"];

const MAX_QUANTITY: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);
const MIN_QUANTITY: Decimal = Decimal::from_parts(1, 0, 0, false, 3);
/// The stored unit that a word means, in either language.
pub fn unit_of(raw: &str) -> Option<&'static str> {
    let typed = folded(raw);
    UNITS.into_iter().find(|unit| folded(unit) == typed || Lang::ALL.iter().any(|t| folded(t.unit(unit)) == typed))
}

/// A day as spreadsheets write it: `2026-09-24`, `2026/9/24`, `2026.9.24`, `2026年9月24日`.
pub fn day(raw: &str) -> Result<NaiveDate, Flaw> {
    let plain = input::normalise(raw).replace(['年', '月', '/', '.'], "-").replace('日', "");
    let parts: Vec<&str> = plain.split('-').map(str::trim).collect();
    match parts.as_slice() {
        [year, month, day] => input::date(&format!("{year:0>4}-{month:0>2}-{day:0>2}")),
        _ => Err(Flaw::NotADate),
    }
}

/// Rows in which somebody typed something.
pub fn typed_rows(check: &Checker) -> Vec<Row> {
    let is_typed = |row: &Row| LINE.iter().any(|name| !GIVEN.contains(name) && !row.value(name).trim().is_empty());
    check.rows(&LINE).into_iter().filter(is_typed).collect()
}

/// The lines that can be taken, and whether a custom one was meant, good or not.
pub struct Lines {
    pub lines: Vec<RequirementLine>,
    pub has_custom: bool,
}

pub fn read(check: &mut Checker, about: &About) -> Lines {
    let rows = typed_rows(check);
    if rows.is_empty() {
        check.fail("product-1", Flaw::Required);
    }
    if rows.len() > MAX_LINES {
        check.fail("product-1", Flaw::TooManyRows { max: MAX_LINES });
        return Lines { lines: Vec::new(), has_custom: false };
    }
    let catalogue = Catalogue::of(about.products);
    let mut lines: Vec<RequirementLine> = Vec::new();
    let mut has_custom = false;
    for row in &rows {
        let former = about
            .lines
            .iter()
            .find(|l| l.id.to_string() == row.value("line_id") && !lines.iter().any(|taken| taken.id == l.id));
        let named = named(check, row, &catalogue);
        has_custom |= named.as_ref().is_some_and(|n| n.kind == LineKind::Custom);
        lines.extend(line(check, row, named, former, about));
    }
    Lines { lines, has_custom }
}

/// The product of a row and the free name of a custom one; none when neither fits.
struct Named<'a> {
    product: Option<&'a Product>,
    free_name: Option<String>,
    kind: LineKind,
}

fn named<'a>(check: &mut Checker, row: &Row, catalogue: &Catalogue<'a>) -> Option<Named<'a>> {
    let chosen = check.optional_cell(row, "kind", |raw| LineKind::parse(raw).ok_or(Flaw::UnknownChoice));
    if chosen.is_none() && !row.value("kind").trim().is_empty() {
        return None;
    }
    let free_name = check.optional_cell(row, "custom_name", |raw| input::text(raw, 2, 200));
    let has_free_name = !row.value("custom_name").trim().is_empty();
    let is_custom = chosen == Some(LineKind::Custom) || (chosen.is_none() && has_free_name);
    let typed = row.value("product").trim();
    let found = if typed.is_empty() { None } else { Some(catalogue.find(typed)) };
    let refuse = |check: &mut Checker, flaw| {
        check.fail(&row.field("product"), flaw);
        None
    };
    match found {
        None if is_custom && has_free_name => Some(Named { product: None, free_name, kind: LineKind::Custom }),
        None => refuse(check, Flaw::Required),
        // The words in the product's place are then the name of the custom item.
        Some(Err(ProductFlaw::Unknown)) if is_custom && !has_free_name => {
            let name = check.cell(row, "product", |raw| input::text(raw, 2, 200))?;
            Some(Named { product: None, free_name: Some(name), kind: LineKind::Custom })
        }
        Some(Err(flaw)) => refuse(check, Flaw::Product(flaw)),
        Some(Ok(product)) => {
            let kind = if is_custom { LineKind::Custom } else { chosen.unwrap_or(product.kind) };
            let fits = kind == product.kind || (kind == LineKind::Custom && product.kind == LineKind::Standard);
            if !fits || (has_free_name && kind != LineKind::Custom) {
                return refuse(check, Flaw::Product(ProductFlaw::OtherKind));
            }
            Some(Named { product: Some(product), free_name, kind })
        }
    }
}

fn unit(check: &mut Checker, row: &Row, named: Option<&Named>) -> Option<String> {
    let typed = check.optional_cell(row, "unit", |raw| unit_of(raw).ok_or(Flaw::UnknownChoice));
    if typed.is_none() && !row.value("unit").trim().is_empty() {
        return None;
    }
    let named = named?;
    match (named.product, typed) {
        (Some(product), None) => Some(product.unit.clone()),
        (Some(product), Some(unit)) if unit != product.unit && named.kind != LineKind::Custom => {
            let flaw = ProductFlaw::OtherUnit { unit: product.unit.clone() };
            check.fail(&row.field("unit"), Flaw::Product(flaw));
            None
        }
        (_, Some(unit)) => Some(unit.to_owned()),
        (None, None) => {
            check.fail(&row.field("unit"), Flaw::Required);
            None
        }
    }
}

fn spec(check: &mut Checker, row: &Row, named: Option<&Named>) -> Option<String> {
    if named.is_some_and(|n| n.kind == LineKind::Custom) {
        return check.cell(row, "spec", |raw| {
            let spec = input::text(raw, 10, 1000)?;
            if has_measure(&spec) { Ok(spec) } else { Err(Flaw::NeedsMeasure) }
        });
    }
    let typed = check.optional_cell(row, "spec", |raw| input::text(raw, 2, 1000));
    typed.or_else(|| named.and_then(|n| n.product).map(|p| p.spec.clone()))
}

fn line(
    check: &mut Checker,
    row: &Row,
    named: Option<Named>,
    former: Option<&RequirementLine>,
    about: &About,
) -> Option<RequirementLine> {
    let spec = spec(check, row, named.as_ref());
    let unit = unit(check, row, named.as_ref());
    let unit_fits = |quantity| unit.as_deref().is_none_or(|unit| is_possible(unit, quantity));
    let quantity = check.cell(row, "quantity", |raw| {
        let quantity = input::decimal(raw, 3, MIN_QUANTITY, MAX_QUANTITY)?;
        if unit_fits(quantity) { Ok(quantity) } else { Err(Flaw::NotWhole) }
    });
    let standard = check.optional_cell(row, "standard", |raw| input::text(raw, 1, 100));
    let packaging = check.optional_cell(row, "packaging", |raw| input::text(raw, 1, 200));
    let wanted_on = check.optional_cell(row, "line_date", |raw| {
        day(raw).and_then(|on| if on < local_date(about.now) { Err(Flaw::InThePast) } else { Ok(on) })
    });
    let match_kind = check.cell(row, "match_kind", |raw| MatchKind::parse(raw).ok_or(Flaw::UnknownChoice));
    // A substitute needs the words of the customer's consent.
    let note = if match_kind == Some(MatchKind::Substitute) {
        check.cell(row, "note", |raw| input::text(raw, 2, 300))
    } else {
        check.optional_cell(row, "note", |raw| input::text(raw, 1, 300))
    };
    let named = named?;
    let name = named.free_name.clone().or_else(|| named.product.map(|p| p.name.clone()));
    Some(RequirementLine {
        id: former.map_or_else(|| RequirementLineId((about.next_id)()), |line| line.id),
        kind: named.kind,
        product: named.product.map(|p| p.id),
        product_code: named.product.map(|p| p.code.clone()).unwrap_or_default(),
        product_name: name?,
        spec: spec?,
        quantity: quantity?,
        unit: unit?,
        standard,
        packaging,
        match_kind: match_kind?,
        note,
        custom_name: named.free_name,
        wanted_on,
        first: former.and_then(|line| line.first),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_spreadsheets_write_them() {
        let wanted = NaiveDate::from_ymd_opt(2026, 9, 4);
        for raw in ["2026-09-04", "2026/9/4", "2026.9.4", "2026年9月4日", "２０２６/０９/０４"] {
            assert_eq!(day(raw).ok(), wanted, "{raw}");
        }
        for raw in ["", "9/4", "2026-13-01", "soon", "2026/9/4/1"] {
            assert_eq!(day(raw), Err(Flaw::NotADate), "{raw}");
        }
    }

    #[test]
    fn units_are_known_in_both_languages() {
        for unit in UNITS {
            assert_eq!(unit_of(unit), Some(unit));
            let english = Lang::En.unit(unit);
            assert_eq!(unit_of(&english.to_uppercase()).map(|found| Lang::En.unit(found)), Some(english));
        }
        assert_eq!(unit_of("吨"), None);
    }
}
