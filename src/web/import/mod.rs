//! Importing customers from a spreadsheet: upload, dry run, import of every row or none.
//!
//! The dry run is made anew each time it is looked at, from the kept file and the archives of this
//! moment, so what is shown is never older than the page.

pub(super) mod columns;
pub mod dry_run;
mod papers;
mod rows;

pub use rows::{CellError, Checked, Difference};

use super::form::{ErrorItem, FormView};
use super::page::{self, Chrome, Section, name_in};
use super::{Post, Problem, SignedIn, Web, files};
use crate::app::{Done, Failure};
use crate::documents::sheets;
use crate::domain::customer_import::ImportOutcome;
use crate::domain::ids::ImportRunId;
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::store::import_runs::{ImportCounts, ImportRun};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dry_run::DryRun;
use uuid::Uuid;

/// Rows of each kind that a page shows; the rest is in the workbook and in the counts.
const SHOWN: usize = 200;
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/customers/import", get(index).post(upload))
        .route("/customers/import/{id}", get(show).post(apply))
        .route("/files/import/template", get(template))
        .route("/files/import/{id}/failing", get(failing))
        .route("/files/import/{id}/upload", get(original))
}

struct RunLine {
    href: String,
    file_name: String,
    who: String,
    when: String,
    counts: ImportCounts,
    state: String,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "import/index.html")]
struct IndexPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    runs: Vec<RunLine>,
    max_mib: usize,
    max_rows: String,
}

async fn index_page(web: &Web, who: &SignedIn) -> Result<IndexPage, Problem> {
    policy::may(&who.actor, Act::ImportCustomers, who.actor.id, who.actor.manager)?;
    let t = who.t();
    let chrome = page::chrome(web, who, Section::Customers).await?;
    let runs = web.app().import_runs(&who.actor).await?.into_iter().map(|run| run_line(t, run)).collect();
    Ok(IndexPage {
        chrome,
        t,
        form: FormView::default(),
        errors: Vec::new(),
        runs,
        max_mib: sheets::MAX_MIB,
        max_rows: format_quantity(sheets::MAX_ROWS.into()),
    })
}

fn run_line(t: Lang, run: ImportRun) -> RunLine {
    let (kind, state) = match run.applied_at {
        Some(at) => ("ok", t.import_done_at(t.moment(at))),
        None if run.counts.failing > 0 => ("warn", t.import_state_failing().to_owned()),
        None => ("info", t.import_state_checked().to_owned()),
    };
    RunLine {
        href: format!("/customers/import/{}", run.id),
        who: name_in(t, &run.uploader, &run.uploader_en),
        when: t.moment(run.uploaded_at),
        file_name: run.file_name,
        counts: run.counts,
        state,
        kind,
    }
}

async fn index(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&index_page(&web, &who).await?)
}

async fn upload(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let mut page = index_page(&web, &post.who).await.map_err(|p| p.keeping(&post.form))?;
    let Some(file) = post.form.file("file") else {
        return refused(page, vec![t.import_file_missing().to_owned()]);
    };
    match dry_run::check(web.app(), &post.who.actor, t, file.content.clone()).await? {
        Err(unreadable) => {
            page.form = FormView::default();
            refused(page, dry_run::words(t, &unreadable))
        }
        Ok(dry) => {
            let by = post.by("/customers/import");
            let done = web
                .app()
                .keep_import(&by, &file.file_name, &file.content, dry.counts)
                .await
                .map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), ""))
        }
    }
}

fn refused(mut page: IndexPage, texts: Vec<String>) -> Result<Response, Problem> {
    let errors: Vec<(String, String)> = texts.iter().map(|text| ("file".to_owned(), text.clone())).collect();
    page.errors = texts.into_iter().map(|text| ErrorItem { field: "file".to_owned(), text }).collect();
    page.form = FormView::typed(&super::form::Submitted::default(), errors);
    page::invalid(&page)
}

struct ErrorLine {
    row: u32,
    name: String,
    error: CellError,
}

struct WarningLine {
    row: u32,
    name: String,
    text: String,
}

struct UpdateLine {
    row: u32,
    name: String,
    no: String,
    differences: Vec<Difference>,
}

struct ResultLine {
    row: String,
    no: String,
    name: String,
    outcome: &'static str,
}

#[derive(Template)]
#[template(path = "import/show.html")]
struct ShowPage {
    chrome: Chrome,
    t: Lang,
    errors: Vec<ErrorItem>,
    id: String,
    file_name: String,
    uploaded: String,
    counts: ImportCounts,
    done: Option<String>,
    error_count: usize,
    failing: Vec<ErrorLine>,
    warnings: Vec<WarningLine>,
    updates: Vec<UpdateLine>,
    added: Vec<WarningLine>,
    results: Vec<ResultLine>,
    fingerprint: Option<String>,
    shown: usize,
}

async fn run_of(web: &Web, who: &SignedIn, id: &str) -> Result<ImportRun, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    Ok(web.app().import_run(&who.actor, ImportRunId(id)).await?)
}

async fn dry(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<DryRun, Problem> {
    let content = web.app().import_content(run).await?;
    dry_run::check(web.app(), &who.actor, who.t(), content)
        .await?
        .map_err(|flaw| Problem::Failed { detail: format!("a kept spreadsheet cannot be read any more: {flaw:?}") })
}

async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let run = run_of(&web, &who, &id).await?;
    let page = if run.applied_at.is_some() {
        result_page(&web, &who, run).await?
    } else {
        let dry = dry(&web, &who, &run).await?;
        dry_page(&web, &who, run, dry).await?
    };
    page::page(&page)
}

async fn blank(web: &Web, who: &SignedIn, run: &ImportRun) -> Result<ShowPage, Problem> {
    let t = who.t();
    Ok(ShowPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        errors: Vec::new(),
        id: run.id.to_string(),
        file_name: run.file_name.clone(),
        uploaded: t.import_uploaded(t.moment(run.uploaded_at), name_in(t, &run.uploader, &run.uploader_en)),
        counts: run.counts,
        done: run.applied_at.map(|at| t.moment(at)),
        error_count: 0,
        failing: Vec::new(),
        warnings: Vec::new(),
        updates: Vec::new(),
        added: Vec::new(),
        results: Vec::new(),
        fingerprint: None,
        shown: SHOWN,
    })
}

async fn dry_page(web: &Web, who: &SignedIn, run: ImportRun, dry: DryRun) -> Result<ShowPage, Problem> {
    let mut page = blank(web, who, &run).await?;
    page.counts = dry.counts;
    page.error_count = dry.rows.iter().map(|row| row.errors.len()).sum();
    let is_ready = dry.counts.failing == 0 && dry.counts.added + dry.counts.updated > 0;
    page.fingerprint = is_ready.then_some(dry.fingerprint);
    for row in dry.rows {
        let outcome = row.ready.as_ref().map(|ready| ready.outcome);
        for text in row.warnings {
            if page.warnings.len() < SHOWN {
                page.warnings.push(WarningLine { row: row.number, name: row.name.clone(), text });
            }
        }
        for error in row.errors {
            if page.failing.len() < SHOWN {
                page.failing.push(ErrorLine { row: row.number, name: row.name.clone(), error });
            }
        }
        match outcome {
            Some(ImportOutcome::Updated) if page.updates.len() < SHOWN => page.updates.push(UpdateLine {
                row: row.number,
                name: row.name,
                no: row.known_no.unwrap_or_default(),
                differences: row.differences,
            }),
            Some(ImportOutcome::Added) if page.added.len() < SHOWN => {
                let code = row.code.unwrap_or_default();
                page.added.push(WarningLine { row: row.number, name: row.name, text: code });
            }
            _ => {}
        }
    }
    Ok(page)
}

async fn result_page(web: &Web, who: &SignedIn, run: ImportRun) -> Result<ShowPage, Problem> {
    let mut page = blank(web, who, &run).await?;
    let t = who.t();
    let rows = run.result.as_ref().and_then(|r| r.as_array()).into_iter().flatten();
    page.results = rows
        .take(SHOWN)
        .map(|row| {
            let text = |key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or_default();
            ResultLine {
                row: row.get("row").map(ToString::to_string).unwrap_or_default(),
                no: text("no").to_owned(),
                name: text("name").to_owned(),
                outcome: ImportOutcome::parse(text("outcome")).map_or("", |outcome| outcome_word(t, outcome)),
            }
        })
        .collect();
    Ok(page)
}

pub fn outcome_word(t: Lang, outcome: ImportOutcome) -> &'static str {
    match outcome {
        ImportOutcome::Added => t.import_added(),
        ImportOutcome::Updated => t.import_updated(),
        ImportOutcome::Unchanged => t.import_unchanged(),
    }
}

/// Imports what the page showed; when something is different by now, shows it anew.
async fn apply(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let run = run_of(&web, &post.who, &id).await.map_err(|p| p.keeping(&post.form))?;
    if run.applied_at.is_some() {
        return Ok(page::see_other(&web, &format!("/customers/import/{}", run.id), ""));
    }
    let dry_run = dry(&web, &post.who, &run).await?;
    let ready = dry_run.ready().filter(|_| dry_run.fingerprint == post.form.value("fingerprint"));
    let outcome = match ready {
        Some(rows) => web.app().import_customers(&post.by("/customers/import"), run.id, &rows).await,
        None => Err(Failure::Stale { changes: Vec::new(), version: 0 }),
    };
    match outcome {
        Ok(Done::Now { then }) => Ok(page::see_other(&web, &then, "saved")),
        Ok(Done::Before { then }) => Ok(page::see_other(&web, &then, "")),
        Err(Failure::Stale { .. }) => {
            let now = dry(&web, &post.who, &run).await?;
            let mut page = dry_page(&web, &post.who, run, now).await?;
            let text = post.t().import_changed_meanwhile().to_owned();
            page.errors = vec![ErrorItem { field: "fingerprint".to_owned(), text }];
            Ok((StatusCode::CONFLICT, page::page(&page)?).into_response())
        }
        Err(failure) => Err(post.keeping(failure)),
    }
}

pub fn download(name: &str, media_type: &'static str, content: Vec<u8>) -> Response {
    let disposition =
        HeaderValue::from_str(&files::disposition(name)).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_DISPOSITION, disposition),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, content).into_response()
}

async fn template(who: SignedIn) -> Result<Response, Problem> {
    policy::may(&who.actor, Act::ImportCustomers, who.actor.id, who.actor.manager)?;
    let t = who.t();
    Ok(download(&format!("{}.xlsx", t.import_template_name()), XLSX, papers::template(t)?))
}

async fn failing(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let run = run_of(&web, &who, &id).await?;
    let dry = dry(&web, &who, &run).await?;
    let content = papers::failing(who.t(), &dry)?;
    Ok(download(&format!("{}.xlsx", who.t().import_sheet_failing()), XLSX, content))
}

async fn original(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let run = run_of(&web, &who, &id).await?;
    let content = web.app().import_content(&run).await?;
    Ok(download(&run.file_name, "application/octet-stream", content))
}
