//! A table of a page as a file: xlsx, or csv for programs that read text. What comes in is read by `read` and kept by `run`.

pub mod read;
pub mod run;

use super::form::Submitted;
use super::{Problem, Web, boards, files};
use crate::app;
use crate::documents::sheets::{Table, csv, xlsx};
use crate::domain::calendar::local_date;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Xlsx,
    Csv,
}

impl Format {
    /// What a button asked for; a workbook unless it said otherwise.
    pub fn asked(code: &str) -> Self {
        if code == "csv" { Self::Csv } else { Self::Xlsx }
    }
}

/// All rows of a file; when they are too many, the page that says so and leads back to the list at `href`.
pub fn whole<T>(rows: Vec<T>, most: i64, href: impl Into<String>) -> Result<Vec<T>, Problem> {
    app::whole(rows, most).map_err(|failure| Problem::from(failure).of_list(href.into()))
}

/// The list from which this form took a file: what else the form says is the list's filter.
pub fn list_of(path: &str, form: &Submitted) -> String {
    let filter = |(name, _): &&(String, String)| !["form_key", "format"].contains(&name.as_str());
    let pairs: Vec<_> = form.values.iter().filter(filter).map(|(n, v)| (n.as_str(), v.as_str())).collect();
    boards::address(path, &pairs)
}

/// The file, named after the table and the day.
pub fn answer(web: &Web, format: Format, table: Table) -> Result<Response, Problem> {
    let name = table.name.clone();
    let (ending, kind, content) = match format {
        Format::Csv => ("csv", "text/csv; charset=utf-8", csv(&table)),
        Format::Xlsx => {
            let made = xlsx(&[table]).map_err(|e| Problem::Failed { detail: e.0 })?;
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", made)
        }
    };
    let name = format!("{name}-{}.{ending}", local_date(web.app().clock.now()));
    let disposition =
        HeaderValue::from_str(&files::disposition(&name)).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, disposition)], content).into_response())
}
