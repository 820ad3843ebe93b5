//! The way of a spreadsheet that comes in: upload, what each row would do, all rows or none.
//!
//! The one rule: what is applied is what was shown; the check is made anew each time it is looked at.

use crate::app::sheet_runs::NewSheet;
use crate::documents::sheets;
use crate::domain::ids::ImportRunId;
use crate::store::import_runs::{ImportCounts, ImportRun, SheetKind};
use crate::web::form::{ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::sheet_columns::RowError;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::response::Response;
use std::future::Future;
use uuid::Uuid;

/// A spreadsheet of one kind.
pub trait Incoming: Send + Sync {
    type Dry: Dry + Send;
    const KIND: SheetKind;
    const SECTION: Section;

    /// What it is about, where there are several: the code of a price list.
    fn subject(&self) -> Option<&str> {
        None
    }

    /// Where it is uploaded; each run has its page below.
    fn folder(&self) -> String;

    fn upload(&self, t: Lang) -> Upload;

    /// What each row would do now, or why the file is no such sheet.
    fn check(
        &self,
        web: &Web,
        t: Lang,
        content: Vec<u8>,
    ) -> impl Future<Output = Result<Result<Self::Dry, Vec<String>>, Problem>> + Send;
}

/// What a sheet would do.
pub trait Dry {
    fn counts(&self) -> ImportCounts;
    fn errors(&self) -> &[RowError];
    /// Of the file and of everything it was compared with.
    fn fingerprint(&self) -> &str;
    /// That some columns of the sheet are not read.
    fn unread(&self) -> Option<&str>;
    /// Whether there is anything to apply.
    fn has_work(&self) -> bool;

    /// Whether the form was sent from a page that showed just this.
    fn is_as_shown(&self, post: &Post) -> bool {
        self.errors().is_empty() && self.fingerprint() == post.form.value("fingerprint")
    }
}

/// The words and addresses of the page that takes the file.
pub struct Upload {
    pub title: String,
    pub heading: &'static str,
    /// Beside the heading: what it is about.
    pub about: String,
    /// The pages above this one.
    pub above: Vec<(String, String)>,
    pub note: &'static str,
    pub columns: Option<&'static str>,
    pub file: &'static str,
    pub check: &'static str,
    /// A file to start from: its address and label.
    pub start: (String, &'static str),
}

#[derive(Template)]
#[template(path = "sheets/upload.html")]
struct UploadPage {
    chrome: Chrome,
    t: Lang,
    folder: String,
    words: Upload,
    form: FormView,
    errors: Vec<ErrorItem>,
    max_mib: usize,
    max_rows: usize,
}

async fn upload_page<S: Incoming>(
    web: &Web,
    who: &SignedIn,
    sheet: &S,
    texts: Vec<String>,
) -> Result<UploadPage, Problem> {
    let errors: Vec<(String, String)> = texts.iter().map(|text| ("file".to_owned(), text.clone())).collect();
    Ok(UploadPage {
        chrome: page::chrome(web, who, S::SECTION).await?,
        t: who.t(),
        folder: sheet.folder(),
        words: sheet.upload(who.t()),
        form: FormView::typed(&Submitted::default(), errors),
        errors: texts.into_iter().map(|text| ErrorItem { field: "file".to_owned(), text }).collect(),
        max_mib: sheets::MAX_MIB,
        max_rows: sheets::MAX_ROWS,
    })
}

pub async fn index<S: Incoming>(web: &Web, who: &SignedIn, sheet: &S) -> Result<Response, Problem> {
    page::page(&upload_page(web, who, sheet, Vec::new()).await?)
}

/// Keeps a file that is such a sheet, and goes to the page of its run.
pub async fn upload<S: Incoming>(web: &Web, post: &Post, sheet: &S) -> Result<Response, Problem> {
    let t = post.t();
    let Some(file) = post.form.file("file") else {
        let texts = vec![t.import_file_missing().to_owned()];
        return page::invalid(&upload_page(web, &post.who, sheet, texts).await?);
    };
    let dry = match sheet.check(web, t, file.content.clone()).await? {
        Ok(dry) => dry,
        Err(texts) => return page::invalid(&upload_page(web, &post.who, sheet, texts).await?),
    };
    let new = NewSheet {
        kind: S::KIND,
        subject: sheet.subject(),
        file_name: &file.file_name,
        content: &file.content,
        counts: dry.counts(),
    };
    let folder = sheet.folder();
    let done = web.app().keep_sheet(&post.by(folder.as_str()), &new, &folder).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), ""))
}

pub async fn run_of<S: Incoming>(web: &Web, who: &SignedIn, sheet: &S, id: &str) -> Result<ImportRun, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    Ok(web.app().sheet_run(&who.actor, S::KIND, sheet.subject(), ImportRunId(id)).await?)
}

pub async fn dry<S: Incoming>(web: &Web, who: &SignedIn, sheet: &S, run: &ImportRun) -> Result<S::Dry, Problem> {
    let content = web.app().import_content(run).await?;
    sheet
        .check(web, who.t(), content)
        .await?
        .map_err(|flaws| Problem::Failed { detail: format!("a kept spreadsheet cannot be read any more: {flaws:?}") })
}

/// What every page of a run shows around its rows.
pub struct Run {
    pub title: String,
    pub about: String,
    pub above: Vec<(String, String)>,
    pub folder: String,
    pub id: String,
    pub file_name: String,
    pub uploaded: String,
    pub errors: Vec<ErrorItem>,
    pub summary: String,
    /// That it was applied, and where to see it.
    pub done: Option<(String, Option<(String, String)>)>,
    /// Only of what can be applied.
    pub fingerprint: Option<String>,
    pub apply: &'static str,
    pub apply_then: String,
    /// What goes when it is applied.
    pub replaces: Option<&'static str>,
    /// That some columns are not read.
    pub unread: Option<String>,
    pub failing: Vec<RowError>,
    pub failing_text: String,
    pub nothing: &'static str,
    /// That not all rows are shown.
    pub cut: Option<&'static str>,
}

impl Run {
    /// The frame of a run; its own words are left to the kind of sheet.
    pub fn of<S: Incoming>(t: Lang, sheet: &S, run: &ImportRun) -> Self {
        let upload = sheet.upload(t);
        let folder = sheet.folder();
        let mut above = upload.above;
        above.push((folder.clone(), upload.heading.to_owned()));
        Self {
            title: upload.title,
            about: upload.about,
            above,
            folder,
            id: run.id.to_string(),
            file_name: run.file_name.clone(),
            uploaded: t.import_uploaded(t.moment(run.uploaded_at), name_in(t, &run.uploader, &run.uploader_en)),
            errors: Vec::new(),
            summary: String::new(),
            done: None,
            fingerprint: None,
            apply: "",
            apply_then: String::new(),
            replaces: None,
            unread: None,
            failing: Vec::new(),
            failing_text: String::new(),
            nothing: "",
            cut: None,
        }
    }

    /// Takes over what a check found.
    pub fn judge(&mut self, dry: &impl Dry) {
        let is_ready = dry.errors().is_empty() && dry.has_work();
        self.fingerprint = is_ready.then(|| dry.fingerprint().to_owned());
        self.unread = dry.unread().map(str::to_owned);
        self.failing = dry.errors().to_vec();
    }

    /// Something is different by now: shown anew, with this said.
    pub fn stale(&mut self, text: &str) {
        self.errors = vec![ErrorItem { field: "fingerprint".to_owned(), text: text.to_owned() }];
    }
}
