//! The lines of a change, read against those that hold now.
//!
//! The one rule: a line that was left as it stood is exactly the line that stood there.

use super::form::About;
use crate::domain::ids::RequirementLineId;
use crate::domain::input::{self, Flaw};
use crate::domain::pieces::is_possible;
use crate::domain::requirement::{MatchKind, RequirementLine};
use crate::domain::search::folded;
use crate::web::check::{Checker, Row};
use crate::web::deals::catalogue::{Catalogue, MAX_LINES};
use rust_decimal::Decimal;

pub const LINE: [&str; 6] = ["line_id", "product", "spec", "quantity", "packaging", "unit_price"];
pub const NEW_LINE: [(&str, &str); 6] =
    [("line_id", "new"), ("product", ""), ("spec", ""), ("quantity", ""), ("packaging", ""), ("unit_price", "")];
const MAX_QUANTITY: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);
const MIN_QUANTITY: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// The lines that can be taken; what is wrong with the others stands under their fields.
pub fn read(check: &mut Checker, about: &About) -> Vec<RequirementLine> {
    let rows: Vec<Row> = check
        .rows(&LINE)
        .into_iter()
        .filter(|row| LINE.iter().skip(1).take(4).any(|name| !row.value(name).trim().is_empty()))
        .collect();
    if rows.is_empty() {
        check.fail("product-1", Flaw::Required);
    }
    if rows.len() > MAX_LINES {
        check.fail("product-1", Flaw::TooManyRows { max: MAX_LINES });
        return Vec::new();
    }
    let mut taken: Vec<RequirementLineId> = Vec::new();
    let catalogue = Catalogue::of(about.products);
    rows.iter().filter_map(|row| line(check, row, about, &catalogue, &mut taken)).collect()
}

fn line(
    check: &mut Checker,
    row: &Row,
    about: &About,
    catalogue: &Catalogue,
    taken: &mut Vec<RequirementLineId>,
) -> Option<RequirementLine> {
    // A line that the form names twice, or that is not of this requirement, is a new one.
    let was = about.now.lines.iter().find(|l| l.id.to_string() == row.value("line_id") && !taken.contains(&l.id));
    taken.extend(was.map(|l| l.id));
    let product = check.cell(row, "product", |raw| {
        // A custom line that has no product keeps its name.
        if was.is_some_and(|l| l.product.is_none() && l.product_name.trim() == raw.trim()) {
            return Ok(None);
        }
        // What was ordered stays, also when it is no longer on sale.
        let kept = was.and_then(|l| l.product).and_then(|id| about.products.iter().find(|p| p.id == id));
        match kept.filter(|p| folded(&p.code) == folded(raw) || p.id.to_string() == raw.trim()) {
            Some(kept) => Ok(Some(kept)),
            None => catalogue.find(raw).map(Some).map_err(Flaw::Product),
        }
    });
    let same = was.filter(|l| product.is_some_and(|p| p.map(|p| p.id) == l.product));
    // A custom line keeps its kind and its unit as long as it is made from the same product.
    let unit = match (same, product.flatten()) {
        (None, Some(p)) => Some(p.unit.as_str()),
        _ => was.map(|l| l.unit.as_str()),
    };
    let unit_fits = |quantity| unit.is_none_or(|unit| is_possible(unit, quantity));
    let spec = check.optional_cell(row, "spec", |raw| match same {
        Some(l) if l.spec.trim() == raw.trim() => Ok(l.spec.clone()),
        _ => input::text(raw, 2, 1000),
    });
    let quantity = check.cell(row, "quantity", |raw| {
        let quantity = input::decimal(raw, 3, MIN_QUANTITY, MAX_QUANTITY)?;
        if unit_fits(quantity) { Ok(quantity) } else { Err(Flaw::NotWhole) }
    });
    let packaging = check.optional_cell(row, "packaging", |raw| input::text(raw, 1, 200));
    let (product, quantity) = (product?, quantity?);
    let Some(product) = product else {
        // A custom line without a product keeps its name and its unit.
        let own = was?;
        return Some(RequirementLine {
            spec: spec.unwrap_or_else(|| own.spec.clone()),
            quantity,
            packaging,
            ..own.clone()
        });
    };
    Some(RequirementLine {
        id: was.map_or_else(|| RequirementLineId((about.next_id)()), |l| l.id),
        kind: same.map_or(product.kind, |l| l.kind),
        product: Some(product.id),
        product_code: product.code.clone(),
        product_name: same.map_or_else(|| product.name.clone(), |l| l.product_name.clone()),
        // Another product comes with its own specification unless another one was typed.
        spec: match (spec, was) {
            (Some(spec), Some(l)) if same.is_none() && spec == l.spec => product.spec.clone(),
            (Some(spec), _) => spec,
            (None, _) => same.map_or_else(|| product.spec.clone(), |l| l.spec.clone()),
        },
        quantity,
        unit: same.map_or_else(|| product.unit.clone(), |l| l.unit.clone()),
        standard: same.and_then(|l| l.standard.clone()),
        packaging,
        match_kind: same.map_or(MatchKind::Exact, |l| l.match_kind),
        note: same.and_then(|l| l.note.clone()),
        custom_name: same.and_then(|l| l.custom_name.clone()),
        wanted_on: was.and_then(|l| l.wanted_on),
        first: was.and_then(|l| l.first),
    })
}
