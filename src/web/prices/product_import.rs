//! Products from a spreadsheet: upload, what each row would add or change, all rows or none.
//!
//! The one rule: what is written is what was shown; the check is made anew each time, and a product that
//! somebody changed meanwhile is shown anew.

use super::products::UNITS;
use super::{code, problem};
use crate::app::prices::{Unchanged, new_product_id};
use crate::documents::sheets::{self, Column, Kind, SheetRow, Table, Value, xlsx};
use crate::domain::input::{self, Flaw};
use crate::domain::policy::Act;
use crate::domain::requirement::LineKind;
use crate::domain::search;
use crate::domain::tax::{format_rate, parse_rate};
use crate::store::catalog::Product;
use crate::store::import_runs::{ImportCounts, ImportRun, SheetKind};
use crate::store::products;
use crate::web::import::{XLSX, download};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::sheet::run::{self, Dry, Incoming, Run, Upload};
use crate::web::sheet_columns::{self, Columns, NO_OTHER, RowError, Wanted};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const FOLDER: &str = "/prices/import-products";
const COLUMNS: &[Wanted] = &[
    Wanted {
        field: "code",
        heading: |t| t.prices_product_code(),
        also: |t| t.prices_product_code_also(),
        required: true,
    },
    Wanted { field: "name", heading: |t| t.prices_name(), also: NO_OTHER, required: true },
    Wanted { field: "name_en", heading: |t| t.prices_name_en(), also: NO_OTHER, required: true },
    Wanted { field: "kind", heading: |t| t.prices_kind(), also: NO_OTHER, required: false },
    Wanted { field: "spec", heading: |t| t.prices_spec(), also: NO_OTHER, required: true },
    Wanted { field: "unit", heading: |t| t.prices_unit(), also: NO_OTHER, required: true },
    Wanted { field: "tax_rate", heading: |t| t.field("tax_rate"), also: NO_OTHER, required: true },
    Wanted { field: "lead_days", heading: |t| t.prices_lead_days(), also: NO_OTHER, required: true },
    Wanted { field: "is_stocked", heading: |t| t.prices_is_stocked(), also: NO_OTHER, required: false },
    Wanted { field: "is_on_sale", heading: |t| t.prices_is_on_sale(), also: NO_OTHER, required: false },
];
/// Rows that the page shows; all of them are written.
const SHOWN: usize = 500;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/prices/import-products", get(index).post(upload))
        .route("/prices/import-products/{id}", get(show).post(apply))
        .route("/files/products.xlsx", get(export))
}

struct Ready {
    row: u32,
    product: Product,
    /// As it is now, with its version; none for a new one.
    before: Option<(Product, i32)>,
}

struct DryRun {
    rows: Vec<Ready>,
    errors: Vec<RowError>,
    fingerprint: String,
    /// That some columns are not read.
    unread: Option<String>,
    same: usize,
}

/// A word of a closed set: its stored code, or its name in either language.
fn word<T: Copy>(raw: &str, all: &[T], names: impl Fn(T) -> Vec<String>) -> Result<T, Flaw> {
    let typed = input::normalise(raw).to_lowercase();
    let fits = |one: &&T| names(**one).iter().any(|name| input::normalise(name).to_lowercase() == typed);
    all.iter().find(fits).copied().ok_or(Flaw::UnknownChoice)
}

fn kind_of(raw: &str) -> Result<LineKind, Flaw> {
    word(raw, LineKind::ALL, |kind| {
        Lang::ALL.iter().map(|t| t.line_kind(kind).to_owned()).chain([kind.code().to_owned()]).collect()
    })
}

fn unit_of(raw: &str) -> Result<String, Flaw> {
    let found =
        word(raw, &UNITS, |unit| Lang::ALL.iter().map(|t| t.unit(unit).to_owned()).chain([unit.to_owned()]).collect());
    found.map(str::to_owned)
}

fn yes_or_no(raw: &str) -> Result<bool, Flaw> {
    word(raw, &[true, false], |yes| {
        let said = |t: &Lang| if yes { t.requirement_yes() } else { t.requirement_no_word() }.to_owned();
        Lang::ALL.iter().map(said).chain([if yes { "1" } else { "0" }.to_owned()]).collect()
    })
}

/// What a row says; a blank cell keeps what the product has, or takes what is usual for a new one.
fn product(
    web: &Web,
    t: Lang,
    columns: &Columns,
    row: &SheetRow,
    code: String,
    before: Option<&Product>,
    errors: &mut Vec<RowError>,
) -> Option<Product> {
    let at = (COLUMNS, columns, row);
    // What is fixed once a product exists may be named again, not changed.
    let fixed = |is_kept: bool| if is_kept { Ok(()) } else { Err(Flaw::UnknownChoice) };
    let name = sheet_columns::parsed(t, at, "name", errors, |raw| input::text(raw, 2, 100));
    let name_en = sheet_columns::parsed(t, at, "name_en", errors, |raw| input::text(raw, 2, 100));
    let spec = sheet_columns::parsed(t, at, "spec", errors, |raw| input::long_text(raw, 1, 500));
    let tax_rate = sheet_columns::parsed(t, at, "tax_rate", errors, parse_rate);
    let lead_days = sheet_columns::parsed(t, at, "lead_days", errors, |raw| input::whole(raw, 0, 365));
    let kind = sheet_columns::parsed(t, at, "kind", errors, |raw| {
        let usual = before.map_or(LineKind::Standard, |b| b.kind);
        let kind = if raw.trim().is_empty() { usual } else { kind_of(raw)? };
        fixed(before.is_none_or(|b| b.kind == kind)).map(|()| kind)
    });
    let unit = sheet_columns::parsed(t, at, "unit", errors, |raw| {
        let unit = unit_of(raw)?;
        fixed(before.is_none_or(|b| b.unit == unit)).map(|()| unit)
    });
    let is_stocked = sheet_columns::parsed(t, at, "is_stocked", errors, |raw| {
        let usual = before.map_or(kind == Some(LineKind::Standard), |b| b.is_stocked);
        let is = if raw.trim().is_empty() { usual } else { yes_or_no(raw)? };
        let fits = !(is && kind == Some(LineKind::Service));
        fixed(fits && before.is_none_or(|b| b.is_stocked == is)).map(|()| is)
    });
    let is_on_sale = sheet_columns::parsed(t, at, "is_on_sale", errors, |raw| {
        if raw.trim().is_empty() { Ok(before.is_none_or(|b| b.is_on_sale)) } else { yes_or_no(raw) }
    });
    let start = before.cloned().unwrap_or_else(|| Product {
        id: new_product_id(web.app()),
        code,
        name: String::new(),
        name_en: String::new(),
        kind: LineKind::Standard,
        spec: String::new(),
        unit: String::new(),
        tax_rate: Decimal::ZERO,
        lead_days: 0,
        is_stocked: false,
        is_on_sale: true,
        first_sold_on: None,
        on_hand: Decimal::ZERO,
        reserved: Decimal::ZERO,
    });
    Some(Product {
        name: name?,
        name_en: name_en?,
        kind: kind?,
        spec: spec?,
        unit: unit?,
        tax_rate: tax_rate?,
        lead_days: i32::try_from(lead_days?).ok()?,
        is_stocked: is_stocked?,
        is_on_sale: is_on_sale?,
        ..start
    })
}

async fn check(web: &Web, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
    let mut hasher = Sha256::new();
    hasher.update(&content);
    let columns = match sheet_columns::read(t, content, COLUMNS).await {
        Ok(columns) => columns,
        Err(texts) => return Ok(Err(texts)),
    };
    let typed_code = |row: &SheetRow| input::normalise(&columns.cell(row, "code").text()).to_uppercase();
    let codes: Vec<String> = columns.rows().map(typed_code).collect();
    let mut conn = web.app().db.read().await?;
    let known: BTreeMap<String, (Product, i32)> =
        products::by_codes(&mut conn, &codes).await?.into_iter().map(|k| (k.0.code.clone(), k)).collect();
    drop(conn);
    let (mut rows, mut errors, mut same) = (Vec::new(), Vec::new(), 0);
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for row in columns.rows() {
        let Some(code) = sheet_columns::parsed(t, (COLUMNS, &columns, row), "code", &mut errors, code) else {
            continue;
        };
        if let Some(other) = first.get(&code) {
            let heading = t.prices_product_code().to_owned();
            errors.push(RowError { row: row.number, heading, value: code, text: t.count_twice(other) });
            continue;
        }
        first.insert(code.clone(), row.number);
        let before = known.get(&code).cloned();
        let now = before.as_ref().map(|(p, _)| p);
        match product(web, t, &columns, row, code, now, &mut errors) {
            Some(product) if now == Some(&product) => same += 1,
            Some(product) => rows.push(Ready { row: row.number, product, before }),
            None => {}
        }
    }
    errors.sort_by_key(|e| e.row);
    for (product, version) in known.values() {
        hasher.update(format!("{}|{version};", product.code));
    }
    let unread = columns.unread(t, &[]);
    Ok(Ok(DryRun { rows, errors, fingerprint: hex::encode(hasher.finalize()), unread, same }))
}

impl Dry for DryRun {
    fn counts(&self) -> ImportCounts {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let added = self.rows.iter().filter(|r| r.before.is_none()).count();
        ImportCounts {
            added: number(added),
            updated: number(self.rows.len() - added),
            unchanged: number(self.same),
            failing: number(self.errors.len()),
        }
    }

    fn errors(&self) -> &[RowError] {
        &self.errors
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    fn has_work(&self) -> bool {
        !self.rows.is_empty()
    }
}

/// The sheet of products.
struct Products;

impl Incoming for Products {
    type Dry = DryRun;
    const KIND: SheetKind = SheetKind::Products;
    const SECTION: Section = Section::Prices;

    fn folder(&self) -> String {
        FOLDER.to_owned()
    }

    fn upload(&self, t: Lang) -> Upload {
        Upload {
            title: t.product_sheet_title().to_owned(),
            heading: t.product_sheet_title(),
            about: String::new(),
            above: vec![
                ("/prices".to_owned(), t.prices_title().to_owned()),
                ("/prices/products".to_owned(), t.prices_products().to_owned()),
            ],
            note: t.product_sheet_note(),
            columns: Some(t.product_sheet_columns()),
            file: t.product_sheet_file(),
            check: t.prices_import_check(),
            start: ("/files/products.xlsx".to_owned(), t.prices_export()),
        }
    }

    async fn check(&self, web: &Web, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
        check(web, t, content).await
    }
}

/// A field that a row changes; both values of a new product's fields are its own.
struct Change {
    label: &'static str,
    before: String,
    after: String,
}

struct Line {
    row: u32,
    product: String,
    is_new: bool,
    changes: Vec<Change>,
}

fn shown_fields(t: Lang, p: &Product) -> [(&'static str, String); 6] {
    let on_sale = if p.is_on_sale { t.requirement_yes() } else { t.requirement_no_word() };
    [
        (t.prices_name(), p.name.clone()),
        (t.prices_name_en(), p.name_en.clone()),
        (t.prices_spec(), p.spec.clone()),
        (t.field("tax_rate"), format_rate(p.tax_rate)),
        (t.prices_lead_days(), p.lead_days.to_string()),
        (t.prices_is_on_sale(), on_sale.to_owned()),
    ]
}

fn line(t: Lang, ready: &Ready) -> Line {
    let p = &ready.product;
    let after = shown_fields(t, p);
    let changes = match &ready.before {
        None => {
            let kept = (t.prices_kind(), t.line_kind(p.kind).to_owned());
            let unit = (t.prices_unit(), t.unit(&p.unit).to_owned());
            let all = after.into_iter().chain([kept, unit]);
            all.map(|(label, after)| Change { label, before: String::new(), after }).collect()
        }
        Some((former, _)) => {
            let pairs = shown_fields(t, former).into_iter().zip(after);
            let differing = pairs.filter(|((_, before), (_, after))| before != after);
            differing.map(|((label, before), (_, after))| Change { label, before, after }).collect()
        }
    };
    let product = format!("{} {}", p.code, name_in(t, &p.name, &p.name_en));
    Line { row: ready.row, product, is_new: ready.before.is_none(), changes }
}

async fn index(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepProducts)?;
    run::index(&web, &who, &Products).await
}

async fn upload(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepProducts).map_err(|p| p.keeping(&post.form))?;
    run::upload(&web, &post, &Products).await
}

#[derive(Template)]
#[template(path = "prices/product_import_run.html")]
struct RunPage {
    chrome: Chrome,
    t: Lang,
    run: Run,
    lines: Vec<Line>,
}

async fn run_page(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<RunPage, Problem> {
    let t = who.t();
    let mut page = RunPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        run: Run { title: run.file_name.clone(), ..Run::of(t, &Products, run) },
        lines: Vec::new(),
    };
    let said = &mut page.run;
    let summary = |c: ImportCounts| t.product_sheet_summary(c.added, c.unchanged, c.updated);
    if let Some(at) = run.applied_at {
        said.summary = summary(run.counts);
        let link = ("/prices/products".to_owned(), t.prices_products().to_owned());
        said.done = Some((t.product_sheet_done(t.moment(at)), Some(link)));
        return Ok(page);
    }
    let dry = run::dry(web, who, &Products, run).await?;
    let counts = dry.counts();
    said.judge(&dry);
    said.summary = summary(counts);
    (said.apply, said.apply_then) = (t.product_sheet_apply(), t.product_sheet_apply_then(counts.added, counts.updated));
    said.failing_text = t.product_sheet_failing(dry.errors.len());
    said.nothing = t.product_sheet_nothing();
    said.cut = (dry.rows.len() > SHOWN).then(|| t.product_sheet_shown());
    page.lines = dry.rows.iter().take(SHOWN).map(|r| line(t, r)).collect();
    Ok(page)
}

async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepProducts)?;
    let run = run::run_of(&web, &who, &Products, &id).await?;
    page::page(&run_page(&web, &who, &run).await?)
}

/// Writes the rows that the page showed; when something is different by now, shows it anew.
async fn apply(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepProducts).map_err(|p| p.keeping(&post.form))?;
    let run = run::run_of(&web, &post.who, &Products, &id).await.map_err(|p| p.keeping(&post.form))?;
    if run.applied_at.is_some() {
        return Ok(page::see_other(&web, &format!("{FOLDER}/{id}"), ""));
    }
    let dry = run::dry(&web, &post.who, &Products, &run).await?;
    if dry.is_as_shown(&post) {
        let counts = dry.counts();
        let rows: Vec<(Product, Option<i32>)> =
            dry.rows.into_iter().map(|r| (r.product, r.before.map(|(_, version)| version))).collect();
        let by = post.by(format!("{FOLDER}/{id}"));
        match web.app().save_product_sheet(&by, &rows, (run.id, counts)).await {
            Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
            Err(Unchanged::Failure(crate::app::Failure::Stale { .. }) | Unchanged::CodeTaken) => {}
            Err(other) => return Err(problem(&post, other)),
        }
    }
    let mut page = run_page(&web, &post.who, &run).await?;
    page.run.stale(post.t().product_sheet_stale());
    page::conflict(&page)
}

/// The products that a search finds, under the headings that the import reads.
async fn export(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::SeeLibrary)?;
    let t = who.t();
    let query = who.here.path.split_once('?').map(|(_, q)| q).unwrap_or_default();
    let q = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == "q").map(|(_, v)| v.into_owned());
    let wanted = search::wanted(&q.unwrap_or_default());
    let mut conn = web.app().db.read().await?;
    let found = products::search(&mut conn, &wanted, None, i64::try_from(sheets::MAX_ROWS).unwrap_or(20_000)).await?;
    drop(conn);
    let width = |field: &str| if matches!(field, "name" | "name_en" | "spec") { 32 } else { 12 };
    let columns = COLUMNS.iter().map(|c| Column {
        label: (c.heading)(t).to_owned(),
        kind: if c.field == "lead_days" { Kind::Number } else { Kind::Text },
        width: width(c.field),
    });
    let yes_no = |yes: bool| Value::Text(if yes { t.requirement_yes() } else { t.requirement_no_word() }.to_owned());
    let rows = found.iter().map(|p| {
        vec![
            Value::Text(p.code.clone()),
            Value::Text(p.name.clone()),
            Value::Text(p.name_en.clone()),
            Value::Text(t.line_kind(p.kind).to_owned()),
            Value::Text(p.spec.clone()),
            Value::Text(t.unit(&p.unit).to_owned()),
            Value::Text(format_rate(p.tax_rate)),
            Value::Number(Decimal::from(p.lead_days)),
            yes_no(p.is_stocked),
            yes_no(p.is_on_sale),
        ]
    });
    let table = Table { name: t.prices_products().to_owned(), columns: columns.collect(), rows: rows.collect() };
    let content = xlsx(&[table]).map_err(|trouble| Problem::Failed { detail: trouble.0 })?;
    Ok(download(&format!("{}.xlsx", t.prices_products()), XLSX, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_sheet_are_read_in_either_language() {
        for (raw, kind) in
            [("标准品", LineKind::Standard), ("service", LineKind::Service), ("定制品", LineKind::Custom)]
        {
            assert_eq!(kind_of(raw), Ok(kind), "{raw}");
        }
        assert_eq!(kind_of("成品"), Err(Flaw::UnknownChoice));
        assert_eq!((unit_of("台").as_deref(), unit_of("kg").as_deref()), (Ok("台"), Ok("千克")));
        assert_eq!(unit_of("打"), Err(Flaw::UnknownChoice));
        for (raw, yes) in [("是", true), ("NO", false), ("１", true), ("否", false)] {
            assert_eq!(yes_or_no(raw), Ok(yes), "{raw}");
        }
        assert_eq!(yes_or_no("大概"), Err(Flaw::UnknownChoice));
    }
}
