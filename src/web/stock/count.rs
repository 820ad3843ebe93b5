//! A stock-take from a spreadsheet: upload, the differences against the books, booking of all or none.
//!
//! The one rule: the check is made anew each time it is looked at, against the books of this moment.

use crate::app::sheet_runs::NewSheet;
use crate::app::stock::Counted;
use crate::app::{Done, Failure};
use crate::documents::sheets::{self, Column, Kind, SheetRow, Table, Value, xlsx};
use crate::domain::ids::ImportRunId;
use crate::domain::input;
use crate::domain::money::format_quantity;
use crate::domain::policy::Act;
use crate::store::import_runs::{ImportCounts, ImportRun, SheetKind};
use crate::store::{PgConnection, products, stock};
use crate::web::form::{ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::sheet_columns::{self, RowError, Wanted};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const COLUMNS: &[Wanted] = &[
    Wanted { field: "code", heading: |t| t.count_code(), required: true },
    Wanted { field: "counted", heading: |t| t.count_counted(), required: true },
    Wanted { field: "remark", heading: |t| t.count_remark(), required: false },
];
const MOST: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);

/// What would be booked, or everything that is wrong.
struct DryRun {
    rows: Vec<(Counted, String)>,
    errors: Vec<RowError>,
    fingerprint: String,
}

impl DryRun {
    fn differing(&self) -> usize {
        self.rows.iter().filter(|(r, _)| r.book != r.counted).count()
    }

    fn counts(&self) -> ImportCounts {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let differing = self.differing();
        ImportCounts {
            added: 0,
            updated: number(differing),
            unchanged: number(self.rows.len() - differing),
            failing: number(self.errors.len()),
        }
    }
}

async fn check(conn: &mut PgConnection, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Vec<String>>, Problem> {
    let mut hasher = Sha256::new();
    hasher.update(&content);
    let columns = match sheet_columns::read(t, content, COLUMNS).await {
        Ok(columns) => columns,
        Err(flaws) => return Ok(Err(flaws)),
    };
    let code_of = |row: &SheetRow| input::normalise(&columns.cell(row, "code").text()).to_uppercase();
    let codes: Vec<String> = columns.rows().map(code_of).collect();
    let books: BTreeMap<String, (String, stock::Balance)> =
        stock::balances(conn, &codes).await?.into_iter().map(|(code, name, b)| (code, (name, b))).collect();
    let known: Vec<String> = products::ids(conn, &codes).await?.into_iter().map(|(code, _)| code).collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for row in columns.rows() {
        let code = code_of(row);
        let mut wrong = |heading: &str, value: &str, text: String| {
            errors.push(RowError { row: row.number, heading: heading.to_owned(), value: value.to_owned(), text });
        };
        let cell = columns.cell(row, "counted");
        let counted = match cell.flaw() {
            Some(_) => Err(input::Flaw::NotANumber),
            None if cell.is_blank() => Err(input::Flaw::Required),
            None => input::decimal(&cell.text(), 3, Decimal::ZERO, MOST),
        };
        if let Err(flaw) = &counted {
            wrong(t.count_counted(), &cell.text(), t.flaw(flaw));
        }
        if let Some(first) = seen.get(&code) {
            wrong(t.count_code(), &code, t.count_twice(first));
            continue;
        }
        seen.insert(code.clone(), row.number);
        let Some((name, balance)) = books.get(&code) else {
            let text = if known.contains(&code) { t.count_not_stocked() } else { t.count_unknown() };
            wrong(t.count_code(), &code, text.to_owned());
            continue;
        };
        let Ok(counted) = counted else { continue };
        if counted < balance.reserved {
            wrong(t.count_counted(), &cell.text(), t.count_below_reserved(format_quantity(balance.reserved)));
            continue;
        }
        hasher.update(format!("{code}|{}|{counted}\n", balance.on_hand));
        rows.push((Counted { row: row.number, code, book: balance.on_hand, counted }, name.clone()));
    }
    Ok(Ok(DryRun { rows, errors, fingerprint: hex::encode(hasher.finalize()) }))
}

#[derive(Template)]
#[template(path = "stock/count.html")]
struct CountPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    max_mib: usize,
    max_rows: usize,
}

async fn upload_page(web: &Web, who: &SignedIn, texts: Vec<String>) -> Result<CountPage, Problem> {
    only(who, Act::AdjustStock)?;
    let errors: Vec<(String, String)> = texts.iter().map(|text| ("file".to_owned(), text.clone())).collect();
    Ok(CountPage {
        chrome: page::chrome(web, who, Section::Stock).await?,
        t: who.t(),
        form: FormView::typed(&Submitted::default(), errors),
        errors: texts.into_iter().map(|text| ErrorItem { field: "file".to_owned(), text }).collect(),
        max_mib: sheets::MAX_MIB,
        max_rows: sheets::MAX_ROWS,
    })
}

pub async fn index(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&upload_page(&web, &who, Vec::new()).await?)
}

pub async fn upload(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::AdjustStock).map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    let Some(file) = post.form.file("file") else {
        return page::invalid(&upload_page(&web, &post.who, vec![t.import_file_missing().to_owned()]).await?);
    };
    let checked = {
        let mut conn = web.app().db.read().await?;
        check(&mut conn, t, file.content.clone()).await?
    };
    match checked {
        Err(flaws) => page::invalid(&upload_page(&web, &post.who, flaws).await?),
        Ok(dry) => {
            let new = NewSheet {
                kind: SheetKind::StockCount,
                subject: None,
                file_name: &file.file_name,
                content: &file.content,
                counts: dry.counts(),
            };
            let by = post.by("/stock/count");
            let done = web.app().keep_sheet(&by, &new, "/stock/count").await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), ""))
        }
    }
}

struct Line {
    row: u32,
    code: String,
    name: String,
    book: String,
    counted: String,
    difference: String,
}

#[derive(Template)]
#[template(path = "stock/count_run.html")]
struct RunPage {
    chrome: Chrome,
    t: Lang,
    id: String,
    file_name: String,
    uploaded: String,
    errors: Vec<ErrorItem>,
    failing: Vec<RowError>,
    lines: Vec<Line>,
    summary: String,
    differing: usize,
    done: Option<String>,
    fingerprint: Option<String>,
}

async fn run_of(web: &Web, who: &SignedIn, id: &str) -> Result<ImportRun, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    Ok(web.app().sheet_run(&who.actor, SheetKind::StockCount, None, ImportRunId(id)).await?)
}

async fn dry(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<DryRun, Problem> {
    let content = web.app().import_content(run).await?;
    let mut conn = web.app().db.read().await?;
    check(&mut conn, who.t(), content)
        .await?
        .map_err(|flaws| Problem::Failed { detail: format!("a kept spreadsheet cannot be read any more: {flaws:?}") })
}

fn line(row: u32, code: String, name: String, book: Decimal, counted: Decimal) -> Line {
    let difference = counted - book;
    let sign = if difference > Decimal::ZERO { "+" } else { "" };
    Line {
        row,
        code,
        name,
        book: format_quantity(book),
        counted: format_quantity(counted),
        difference: format!("{sign}{}", format_quantity(difference)),
    }
}

/// The rows of a booked count, as they were booked.
fn booked(run: &ImportRun) -> Vec<Line> {
    let rows = run.result.as_ref().and_then(|r| r.as_array()).into_iter().flatten();
    rows.filter_map(|r| {
        let number = |key: &str| r.get(key)?.as_str()?.parse::<Decimal>().ok();
        let row = u32::try_from(r.get("row")?.as_u64()?).ok()?;
        let code = r.get("code")?.as_str()?.to_owned();
        Some(line(row, code, String::new(), number("book")?, number("counted")?))
    })
    .collect()
}

async fn run_page(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<RunPage, Problem> {
    let t = who.t();
    let mut page = RunPage {
        chrome: page::chrome(web, who, Section::Stock).await?,
        t,
        id: run.id.to_string(),
        file_name: run.file_name.clone(),
        uploaded: t.import_uploaded(t.moment(run.uploaded_at), name_in(t, &run.uploader, &run.uploader_en)),
        errors: Vec::new(),
        failing: Vec::new(),
        lines: Vec::new(),
        summary: String::new(),
        differing: 0,
        done: run.applied_at.map(|at| t.count_done(t.moment(at))),
        fingerprint: None,
    };
    if run.applied_at.is_some() {
        page.lines = booked(run);
        page.differing = usize::try_from(run.counts.updated).unwrap_or(0);
        page.summary = t.count_rows(page.differing, page.lines.len());
        return Ok(page);
    }
    let dry = dry(web, who, run).await?;
    page.differing = dry.differing();
    page.summary = t.count_rows(page.differing, dry.rows.len());
    page.fingerprint = (dry.errors.is_empty() && page.differing > 0).then(|| dry.fingerprint.clone());
    page.failing = dry.errors;
    let differing = dry.rows.into_iter().filter(|(r, _)| r.book != r.counted);
    page.lines = differing.map(|(r, name)| line(r.row, r.code, name, r.book, r.counted)).collect();
    Ok(page)
}

pub async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let run = run_of(&web, &who, &id).await?;
    page::page(&run_page(&web, &who, &run).await?)
}

/// Books what the page showed; when something is different by now, shows it anew.
pub async fn apply(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let run = run_of(&web, &post.who, &id).await.map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    if run.applied_at.is_some() {
        return Ok(page::see_other(&web, &format!("/stock/count/{}", run.id), ""));
    }
    let dry = dry(&web, &post.who, &run).await?;
    let outcome = if dry.errors.is_empty() && dry.fingerprint == post.form.value("fingerprint") {
        let rows: Vec<Counted> = dry.rows.into_iter().map(|(row, _)| row).collect();
        let reason = |row: &Counted| t.count_reason(&run.file_name, row.row);
        web.app().book_count(&post.by("/stock/count"), run.id, &rows, &reason).await
    } else {
        Err(Failure::Stale { changes: Vec::new(), version: 0 })
    };
    match outcome {
        Ok(Done::Now { then }) => Ok(page::see_other(&web, &then, "saved")),
        Ok(Done::Before { then }) => Ok(page::see_other(&web, &then, "")),
        Err(Failure::Stale { .. }) => {
            let mut page = run_page(&web, &post.who, &run).await?;
            page.errors = vec![ErrorItem { field: "fingerprint".to_owned(), text: t.count_stale().to_owned() }];
            Ok((StatusCode::CONFLICT, page::page(&page)?).into_response())
        }
        Err(failure) => Err(post.keeping(failure)),
    }
}

/// Every kept product with what the books say, to be counted against.
pub async fn template(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::AdjustStock)?;
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let all = products::search(&mut conn, "", None, i64::try_from(sheets::MAX_ROWS).unwrap_or(20_000)).await?;
    drop(conn);
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let table = Table {
        name: t.count_title().to_owned(),
        columns: vec![
            column(t.count_code(), Kind::Text, 18),
            column(t.count_counted(), Kind::Number, 14),
            column(t.count_remark(), Kind::Text, 24),
            column(t.stock_name(), Kind::Text, 36),
            column(t.count_book(), Kind::Number, 14),
        ],
        rows: all
            .iter()
            .filter(|p| p.is_stocked)
            .map(|p| {
                vec![
                    Value::Text(p.code.clone()),
                    Value::Blank,
                    Value::Blank,
                    Value::Text(name_in(t, &p.name, &p.name_en)),
                    Value::Number(p.on_hand),
                ]
            })
            .collect(),
    };
    let content = xlsx(&[table]).map_err(|trouble| Problem::Failed { detail: trouble.0 })?;
    Ok(crate::web::import::download(&format!("{}.xlsx", t.count_title()), crate::web::import::XLSX, content))
}
