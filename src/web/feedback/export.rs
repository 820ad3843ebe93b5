//! The list of feedback as a file, with the reader's rights and filters.

use super::list;
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::ZONE;
use crate::domain::feedback::{FeedbackCategory, FeedbackKind, FeedbackStatus, Severity};
use crate::domain::policy::Act;
use crate::store::feedback_list::FeedbackRow;
use crate::web::sheet::{self, Format};
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::extract::State;
use axum::response::{Redirect, Response};

/// Rows of one file.
const EXPORTED: i64 = 10_000;

/// A refused form leaves its address in the browser; opening it again leads to the list.
pub async fn back() -> Redirect {
    Redirect::to("/feedback")
}

fn table(t: Lang, rows: &[FeedbackRow]) -> Table {
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let text = |value: &str| if value.is_empty() { Value::Blank } else { Value::Text(value.to_owned()) };
    let moment =
        |at: chrono::DateTime<chrono::Utc>| Value::Text(at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string());
    let cells = |row: &FeedbackRow| {
        vec![
            text(&row.no),
            text(FeedbackKind::parse(&row.kind).map_or("", |k| t.feedback_kind_of(k))),
            text(FeedbackCategory::parse(&row.category).map_or("", |c| t.feedback_category_of(c))),
            text(row.severity.as_deref().and_then(Severity::parse).map_or("", |s| t.severity(s))),
            text(FeedbackStatus::parse(&row.status).map_or("", |s| t.feedback_status_of(s))),
            text(&row.customer_name),
            text(row.order_no.as_deref().unwrap_or_default()),
            text(row.content.as_deref().unwrap_or_default()),
            row.overall.map_or(Value::Blank, |score| Value::Number(score.into())),
            moment(row.received_at),
            row.due_at.map_or(Value::Blank, moment),
            text(&page::name_in(t, &row.handler_name, &row.handler_name_en)),
        ]
    };
    Table {
        name: t.feedback_title().to_owned(),
        columns: vec![
            column(t.list_no(), Kind::Text, 18),
            column(t.feedback_kind(), Kind::Text, 12),
            column(t.feedback_category(), Kind::Text, 10),
            column(t.feedback_severity(), Kind::Text, 8),
            column(t.list_status(), Kind::Text, 12),
            column(t.feedback_customer(), Kind::Text, 30),
            column(t.feedback_order(), Kind::Text, 18),
            column(t.feedback_content(), Kind::Text, 50),
            column(t.feedback_item_overall(), Kind::Number, 8),
            column(t.export_received(), Kind::Text, 16),
            column(t.feedback_due(), Kind::Text, 16),
            column(t.feedback_handler(), Kind::Text, 12),
        ],
        rows: rows.iter().map(cells).collect(),
    }
}

pub async fn export(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeFeedback)?;
    let query = post.form.value("query");
    let rows = list::rows_of(&web, &post.who, query, EXPORTED + 1).await?;
    let rows = sheet::whole(rows, EXPORTED, format!("/feedback?{query}"))?;
    let told = query.chars().take(150).collect();
    web.app().tell_export(&post.by(""), "feedback", rows.len(), told).await.map_err(|f| post.keeping(f))?;
    sheet::answer(&web, Format::asked(post.form.value("format")), table(post.t(), &rows))
}
