//! The check of a whole file: every row read, duplicates found, nothing changed.
//!
//! All errors are told at once. The fingerprint stands for the file and for the versions of the
//! archives it was compared with; what is imported has the fingerprint that was shown.

use super::columns::{Layout, LayoutFlaw, Place};
use super::rows::{self, CellError, Checked, Reader};
use crate::app::{App, Failure, KnownToImport};
use crate::documents::sheets::{self, Sheet, SheetFlaw, SheetRow};
use crate::domain::calendar::local_date;
use crate::domain::customer_import::{ImportOutcome, ImportRow};
use crate::domain::staff::Actor;
use crate::store::import_runs::ImportCounts;
use crate::web::sheet::read::off_the_threads;
use crate::wording::Lang;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Why a file has no dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    File(SheetFlaw),
    Headings(Vec<LayoutFlaw>),
}

/// What would become of the file.
#[derive(Debug)]
pub struct DryRun {
    pub sheet: Sheet,
    pub heading_row: usize,
    pub rows: Vec<Checked>,
    pub counts: ImportCounts,
    pub fingerprint: String,
}

impl DryRun {
    /// The rows to import, when not one fails.
    pub fn ready(&self) -> Option<Vec<ImportRow>> {
        self.rows.iter().map(|row| row.ready.clone()).collect()
    }

    /// The row of the sheet behind a checked one.
    pub fn sheet_row(&self, number: u32) -> Option<&SheetRow> {
        self.sheet.rows.iter().find(|row| row.number == number)
    }
}

/// Checks a file for this person; nothing is changed.
pub async fn check(app: &App, actor: &Actor, t: Lang, content: Vec<u8>) -> Result<Result<DryRun, Unreadable>, Failure> {
    let file = Sha256::digest(&content);
    let read = off_the_threads(move || {
        let sheet = sheets::read(&content).map_err(Unreadable::File)?;
        let layout = Layout::of(&sheet).map_err(Unreadable::Headings)?;
        Ok((sheet, layout))
    });
    // A file that makes the reader panic is a broken file.
    let (sheet, layout) = match read.await.unwrap_or(Err(Unreadable::File(SheetFlaw::Broken))) {
        Ok(read) => read,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    let below: Vec<SheetRow> =
        sheet.rows[layout.heading_row + 1..].iter().filter(|row| is_asked(&layout, row)).cloned().collect();
    if below.is_empty() {
        return Ok(Err(Unreadable::File(SheetFlaw::NoRows)));
    }
    let (codes, names) = rows::asked(&layout, &below);
    let known = app.known_to_import(actor, &codes, &names).await?;
    let today = local_date(app.clock.now());
    let new_id = || app.ids.next();
    let reader = Reader::new(t, actor, today, &new_id, &layout, &known);
    let mut checked: Vec<Checked> = below.iter().map(|row| reader.read(row)).collect();
    refuse_twice(t, &mut checked);
    warn_alike(t, &known, &mut checked);
    let counts = count(&checked);
    let mut hasher = Sha256::new();
    hasher.update(file);
    for row in &checked {
        let ready = row.ready.as_ref();
        hasher.update(format!("{}|{:?}|{:?}\n", row.number, ready.map(|r| r.outcome), ready.and_then(|r| r.known)));
    }
    let fingerprint = hex::encode(hasher.finalize());
    Ok(Ok(DryRun { heading_row: layout.heading_row, sheet, rows: checked, counts, fingerprint }))
}

/// Rows with something in a known column; the example row of the template asks for nothing.
fn is_asked(layout: &Layout, row: &SheetRow) -> bool {
    let name = layout.columns.iter().find(|(_, p)| *p == Place::Field("legal_name")).map(|(c, _)| row.cell(*c).text());
    let name = super::columns::plain(&name.unwrap_or_default());
    let is_example = Lang::ALL.iter().any(|t| name.starts_with(&super::columns::plain(t.import_example_mark())));
    !is_example && layout.columns.iter().any(|(column, _)| !row.cell(*column).is_blank())
}

/// One credit code is one row.
fn refuse_twice(t: Lang, checked: &mut [Checked]) {
    let mut rows_of: HashMap<String, Vec<u32>> = HashMap::new();
    for row in checked.iter() {
        if let Some(code) = &row.code {
            rows_of.entry(code.clone()).or_default().push(row.number);
        }
    }
    for row in checked.iter_mut() {
        let Some(code) = row.code.clone() else { continue };
        let others: Vec<String> = rows_of
            .get(&code)
            .into_iter()
            .flatten()
            .filter(|n| **n != row.number)
            .map(ToString::to_string)
            .take(5)
            .collect();
        if !others.is_empty() {
            let heading = Place::Field("uscc").heading(t);
            row.errors.push(CellError { heading, value: code, text: t.import_code_twice(others.join(t.import_and())) });
            row.ready = None;
        }
    }
}

/// Names that tell the same company, in the file and in the archives.
fn warn_alike(t: Lang, known: &KnownToImport, checked: &mut [Checked]) {
    let cores: HashMap<&str, &str> = known.alike.iter().map(|a| (a.name.as_str(), a.core.as_str())).collect();
    let mut rows_of: HashMap<&str, Vec<(u32, Option<String>)>> = HashMap::new();
    for row in checked.iter() {
        if let Some(core) = cores.get(row.name.as_str()).filter(|core| core.chars().count() >= 2) {
            rows_of.entry(core).or_default().push((row.number, row.code.clone()));
        }
    }
    let mut archives: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for alike in &known.alike {
        if let (Some(no), Some(name)) = (&alike.no, &alike.legal_name) {
            archives.entry(alike.name.as_str()).or_default().push((no, name));
        }
    }
    for row in checked.iter_mut() {
        let Some(core) = cores.get(row.name.as_str()) else { continue };
        let others = rows_of.get(core).into_iter().flatten();
        let others: Vec<String> = others
            .filter(|(number, code)| *number != row.number && (code.is_none() || *code != row.code))
            .map(|(number, _)| number.to_string())
            .take(5)
            .collect();
        if !others.is_empty() {
            row.warnings.push(t.import_name_in_file(others.join(t.import_and())));
        }
        let stored = archives.get(row.name.as_str()).into_iter().flatten();
        for (no, name) in stored.filter(|(no, _)| row.known_no.as_deref() != Some(*no)).take(3) {
            row.warnings.push(t.import_name_known(name, no));
        }
    }
}

fn count(checked: &[Checked]) -> ImportCounts {
    let of = |outcome| {
        let rows = checked.iter().filter(|r| r.ready.as_ref().is_some_and(|ready| ready.outcome == outcome));
        i32::try_from(rows.count()).unwrap_or(i32::MAX)
    };
    ImportCounts {
        added: of(ImportOutcome::Added),
        updated: of(ImportOutcome::Updated),
        unchanged: of(ImportOutcome::Unchanged),
        failing: i32::try_from(checked.iter().filter(|r| r.ready.is_none()).count()).unwrap_or(i32::MAX),
    }
}

/// What to do about a file that cannot be read; one sentence for each flaw.
pub fn words(t: Lang, unreadable: &Unreadable) -> Vec<String> {
    match unreadable {
        Unreadable::File(flaw) => vec![file_words(t, flaw)],
        Unreadable::Headings(flaws) => flaws
            .iter()
            .map(|flaw| match flaw {
                LayoutFlaw::NoHeadings => t.import_no_headings().to_owned(),
                LayoutFlaw::Unknown(names) => t.import_unknown_headings(names.join(t.import_and())),
                LayoutFlaw::Twice(names) => t.import_headings_twice(names.join(t.import_and())),
                LayoutFlaw::NoName => t.import_no_name(Place::Field("legal_name").heading(t)),
            })
            .collect(),
    }
}

pub fn file_words(t: Lang, flaw: &SheetFlaw) -> String {
    match flaw {
        SheetFlaw::Empty => t.import_file_empty().to_owned(),
        SheetFlaw::TooLarge => t.import_file_too_large(sheets::MAX_MIB),
        SheetFlaw::Unpacked => t.import_file_unpacked(sheets::MAX_UNPACKED_MIB),
        SheetFlaw::OldExcel => t.import_file_old_excel().to_owned(),
        SheetFlaw::Encrypted => t.import_file_encrypted().to_owned(),
        SheetFlaw::Document => t.import_file_document().to_owned(),
        SheetFlaw::Html => t.import_file_html().to_owned(),
        SheetFlaw::OtherKind => t.import_file_other().to_owned(),
        SheetFlaw::Broken => t.import_file_broken().to_owned(),
        SheetFlaw::Encoding => t.import_file_encoding().to_owned(),
        SheetFlaw::TooManyRows => t.import_file_rows(sheets::MAX_ROWS),
        SheetFlaw::TooManyColumns => t.import_file_columns(sheets::MAX_COLUMNS),
        SheetFlaw::NoRows => t.import_file_no_rows().to_owned(),
    }
}
