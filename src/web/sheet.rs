//! A table of a page as a file: xlsx, or csv for programs that read text. What comes in is `run`'s.

pub mod run;

use super::{Problem, Web, files};
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
