//! The draft of a price list as a dense grid: product, tier, price, floor, validity.
//!
//! The one rule: a row whose price is blank ends the tier on the day before it begins.

use super::{known_list, problem};
use crate::app::prices::{Unchanged, new_row_id};
use crate::domain::calendar::local_date;
use crate::domain::input::{self, Flaw};
use crate::domain::library::{DraftRow, MAX_ROWS, RowFlaw, TierPrice, VersionStatus};
use crate::domain::money::format_quantity;
use crate::domain::policy::Act;
use crate::store::{price_library, products};
use crate::web::check::{Checker, Row};
use crate::web::deals::grid::{self, Cell};
use crate::web::form::{ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use rust_decimal::Decimal;

const COLUMNS: [&str; 6] = ["product_code", "from_quantity", "list_price", "floor_price", "price_from", "price_to"];
pub(super) const MAX_PRICE: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);
pub(super) const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

struct RowView {
    number: usize,
    cells: Vec<(&'static str, &'static str, Cell)>,
}

#[derive(Template)]
#[template(path = "prices/draft.html")]
struct DraftPage {
    chrome: Chrome,
    t: Lang,
    code: String,
    name: String,
    revision: i32,
    form: FormView,
    errors: Vec<ErrorItem>,
    rows: Vec<RowView>,
}

/// What is wrong with a row, naming the other price where there is one.
pub fn flaw_text(t: Lang, flaw: &RowFlaw) -> String {
    match flaw {
        RowFlaw::BelowFloor { floor_price } => t.prices_flaw_floor(page::unit_price(*floor_price)),
        RowFlaw::StartsInThePast { today } => t.prices_flaw_past(t.date(*today)),
        RowFlaw::Overlaps { product_code, from_quantity, valid_from, valid_to, version_no } => t.prices_flaw_overlap(
            format_quantity(*from_quantity),
            product_code,
            super::validity(t, *valid_from, *valid_to),
            version_no,
        ),
        RowFlaw::OverlapsRow { row } => t.prices_flaw_overlap_row(row),
        RowFlaw::NothingToEnd => t.prices_flaw_nothing().to_owned(),
    }
}

/// The control that a flaw belongs to.
fn flaw_field(flaw: &RowFlaw) -> &'static str {
    match flaw {
        RowFlaw::BelowFloor { .. } => "list_price",
        RowFlaw::StartsInThePast { .. } | RowFlaw::Overlaps { .. } | RowFlaw::OverlapsRow { .. } => "price_from",
        RowFlaw::NothingToEnd => "product_code",
    }
}

fn label(t: Lang, name: &str) -> &'static str {
    match name {
        "product_code" => t.prices_product_code(),
        "from_quantity" => t.prices_from_quantity(),
        "list_price" => t.prices_unit_price(),
        "floor_price" => t.quote_floor(),
        "price_from" => t.prices_valid_from(),
        "price_to" => t.prices_valid_to(),
        _ => t.prices_reason(),
    }
}

fn rows(t: Lang, form: &FormView) -> Vec<RowView> {
    (0..grid::row_count(form, &COLUMNS, 1))
        .map(|i| RowView {
            number: i + 1,
            cells: COLUMNS.iter().map(|name| (*name, label(t, name), grid::cell(form, name, i))).collect(),
        })
        .collect()
}

async fn draft_page(
    web: &Web,
    who: &SignedIn,
    code: &str,
    typed: Option<(FormView, Vec<ErrorItem>, i32)>,
) -> Result<DraftPage, Problem> {
    only(who, Act::DraftPrices)?;
    let list = known_list(web, who, code).await?;
    let t = who.t();
    let (form, errors, revision) = if let Some(typed) = typed {
        typed
    } else {
        let (form, revision) = stored(web, &list).await?;
        (form, Vec::new(), revision)
    };
    Ok(DraftPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        code: list.code,
        name: list.name,
        revision,
        rows: rows(t, &form),
        form,
        errors,
    })
}

async fn stored(web: &Web, list: &price_library::ListRow) -> Result<(FormView, i32), Problem> {
    let mut conn = web.app().db.read().await?;
    let versions = price_library::versions(&mut conn, list.id).await?;
    let mut form = FormView::default();
    let Some(draft) = versions.iter().find(|v| v.status == VersionStatus::Draft) else { return Ok((form, 0)) };
    form.put("price_reason", draft.reason.as_deref());
    for (row, code, ..) in price_library::rows(&mut conn, draft.id).await? {
        form.push("product_code", code);
        form.push("from_quantity", grid::plain(row.from_quantity));
        form.push("list_price", row.price.map(|p| grid::plain(p.unit_price)).unwrap_or_default());
        form.push("floor_price", row.price.map(|p| grid::plain(p.floor_price)).unwrap_or_default());
        form.push("price_from", row.valid_from.to_string());
        form.push("price_to", row.valid_to.map(|d| d.to_string()).unwrap_or_default());
    }
    Ok((form, draft.revision))
}

pub async fn edit(State(web): State<Web>, Path(code): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    if has_many_rows(&web, &who, &code).await? {
        // A long draft came from a sheet and is changed by one.
        return Ok(page::see_other(&web, &format!("/prices/lists/{code}/import"), ""));
    }
    page::page(&draft_page(&web, &who, &code, None).await?)
}

async fn has_many_rows(web: &Web, who: &SignedIn, code: &str) -> Result<bool, Problem> {
    only(who, Act::DraftPrices)?;
    let list = known_list(web, who, code).await?;
    let mut conn = web.app().db.read().await?;
    let versions = price_library::versions(&mut conn, list.id).await?;
    let Some(draft) = versions.iter().find(|v| v.status == VersionStatus::Draft) else { return Ok(false) };
    Ok(price_library::rows(&mut conn, draft.id).await?.len() > MAX_ROWS)
}

/// A row as typed, before its product is known.
struct TypedRow {
    index: usize,
    code: String,
    from_quantity: Decimal,
    price: Option<TierPrice>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

fn read(check: &mut Checker, today: NaiveDate) -> Vec<TypedRow> {
    let rows = check.rows(&COLUMNS);
    if rows.len() > MAX_ROWS {
        check.fail("product_code-1", Flaw::TooManyRows { max: MAX_ROWS });
        return Vec::new();
    }
    rows.iter().filter_map(|row| read_row(check, row, today)).collect()
}

fn read_row(check: &mut Checker, row: &Row, today: NaiveDate) -> Option<TypedRow> {
    let number = |raw: &str| input::decimal(raw, 6, Decimal::ZERO, MAX_PRICE);
    let code = check.cell(row, "product_code", super::code);
    let from_quantity = if row.value("from_quantity").trim().is_empty() {
        Some(Decimal::ONE)
    } else {
        check.cell(row, "from_quantity", |raw| input::decimal(raw, 3, LEAST, MAX_PRICE))
    };
    let unit_price = check.optional_cell(row, "list_price", number);
    let is_end = row.value("list_price").trim().is_empty();
    let floor_price = if is_end { None } else { check.cell(row, "floor_price", number) };
    if is_end && !row.value("floor_price").trim().is_empty() {
        check.fail(&row.field("list_price"), Flaw::Required);
    }
    let valid_from = if row.value("price_from").trim().is_empty() {
        Some(today)
    } else {
        check.cell(row, "price_from", input::date)
    };
    let valid_to = check.optional_cell(row, "price_to", input::date);
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        check.fail(&row.field("price_to"), Flaw::TooSmall { min: from.to_string() });
    }
    Some(TypedRow {
        index: row.index,
        code: code?,
        from_quantity: from_quantity?,
        price: unit_price.zip(floor_price).map(|(unit_price, floor_price)| TierPrice { unit_price, floor_price }),
        valid_from: valid_from?,
        valid_to: if is_end { None } else { valid_to },
    })
}

/// The form with a row more or less.
fn changed_rows(form: &Submitted) -> Option<Submitted> {
    if form.has("add_row") {
        let blank: Vec<(&str, &str)> = COLUMNS.iter().map(|name| (*name, "")).collect();
        return Some(grid::with_row(form, &blank));
    }
    let number = form.value("remove").parse::<usize>().ok()?;
    Some(grid::without_row(form, &COLUMNS, number))
}

pub async fn save(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftPrices).map_err(|p| post.keeping(p))?;
    known_list(&web, &post.who, &code).await.map_err(|p| post.keeping(p))?;
    let t = post.t();
    let revision = super::revision(&post);
    if let Some(changed) = changed_rows(&post.form) {
        let typed = (FormView::typed(&changed, Vec::new()), Vec::new(), revision);
        return page::page(&draft_page(&web, &post.who, &code, Some(typed)).await?);
    }
    let mut check = Checker::new(&post.form);
    let reason = check.optional_long_text("price_reason", 2, 500);
    let typed = read(&mut check, local_date(web.app().clock.now()));
    let codes: Vec<String> = typed.iter().map(|row| row.code.clone()).collect();
    let known = {
        let mut conn = web.app().db.read().await?;
        products::ids(&mut conn, &codes).await?
    };
    let mut places = Vec::with_capacity(typed.len());
    let mut drafted = Vec::with_capacity(typed.len());
    for row in typed {
        let Some((_, product)) = known.iter().find(|(code, _)| *code == row.code) else {
            check.fail(&format!("product_code-{}", row.index + 1), Flaw::UnknownChoice);
            continue;
        };
        places.push(row.index + 1);
        drafted.push(DraftRow {
            id: new_row_id(web.app()),
            product: *product,
            from_quantity: row.from_quantity,
            price: row.price,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
    }
    let mut texts: Vec<(String, String)> = Vec::new();
    if let Err(found) = check.finish() {
        texts.extend(found.iter().map(|(field, flaw)| (field.clone(), t.flaw(flaw))));
    } else {
        let by = post.by(format!("/prices/lists/{code}"));
        match web.app().save_price_draft(&by, &code, revision, drafted, reason.as_deref()).await {
            Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
            Err(Unchanged::Rows(found)) => texts.extend(found.iter().map(|(row, flaw)| {
                let place = places.get(row.saturating_sub(1)).copied().unwrap_or(*row);
                (format!("{}-{place}", flaw_field(flaw)), flaw_text(t, flaw))
            })),
            Err(other) => return Err(problem(&post, other)),
        }
    }
    let errors = texts.iter().map(|(field, text)| item(t, field, text)).collect();
    let form = FormView::typed(&post.form, texts);
    page::invalid(&draft_page(&web, &post.who, &code, Some((form, errors, revision))).await?)
}

/// A line of the summary; the rows' places are those of the form.
fn item(t: Lang, field: &str, text: &str) -> ErrorItem {
    match field.split_once('-') {
        Some((name, row)) => {
            ErrorItem { field: format!("line-{row}-{name}"), text: t.requirement_row_error(label(t, name), text, row) }
        }
        None => ErrorItem { field: field.to_owned(), text: t.requirement_field_error(label(t, field), text) },
    }
}
