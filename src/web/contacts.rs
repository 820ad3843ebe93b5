//! Contact details on request, and the list of customers as a file (DOMAIN 1.1).
//!
//! Both answer a POST directly with what was asked for, and nothing else keeps it: the event is
//! written before a single number leaves the house.

use super::customers::Filter;
use super::page::{self, Chrome, Section, name_in};
use super::sheet::{self, Format};
use super::{Post, Problem, Web};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::local_date;
use crate::domain::customer::{CustomerStatus, Grade};
use crate::domain::ids::ContactId;
use crate::store::access::ExportRow;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/customers/export", get(to_list).post(export))
        .route("/customers/{no}/contacts/show", get(to_customer).post(show))
}

async fn to_list() -> Redirect {
    Redirect::to("/customers")
}

async fn to_customer(Path(no): Path<String>) -> Redirect {
    Redirect::to(&format!("/customers/{no}"))
}

#[derive(Template)]
#[template(path = "customers/contact.html")]
struct ContactPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    customer: String,
    name: String,
    title: String,
    /// Label, value, and an address that calls or writes.
    ways: Vec<(&'static str, String, Option<String>)>,
    back: String,
}

async fn show(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let id = Uuid::parse_str(post.form.value("contact")).map_err(|_| Problem::Missing)?;
    let case = web.app().customer(&post.who.actor, &no).await?;
    let contact = web.app().show_contact(&post.by(""), &no, ContactId(id)).await.map_err(|f| post.keeping(f))?;
    let call = |n: &String| Some(format!("tel:{}", n.chars().filter(|c| !c.is_whitespace()).collect::<String>()));
    let ways = [
        ("mobile", contact.mobile.clone(), contact.mobile.as_ref().and_then(call)),
        ("landline", contact.landline.clone(), contact.landline.as_ref().and_then(call)),
        ("email", contact.email.clone(), contact.email.as_ref().map(|e| format!("mailto:{e}"))),
        ("wechat", contact.wechat.clone(), None),
        ("preferred_channel", contact.preferred_channel.map(|c| t.preferred_channel(c).to_owned()), None),
    ];
    page::page(&ContactPage {
        chrome: page::chrome(&web, &post.who, Section::Customers).await?,
        t,
        customer: case.customer.profile.legal_name.clone(),
        name: contact.name.clone(),
        title: contact.title.clone(),
        ways: ways.into_iter().filter_map(|(code, value, href)| value.map(|v| (t.field(code), v, href))).collect(),
        back: Some(post.form.value("return_to"))
            .filter(|p| !p.is_empty())
            .map_or_else(|| format!("/customers/{no}"), |p| page::own_path(p).to_owned()),
        no,
    })
}

async fn export(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let text = Some(post.form.value("q")).filter(|q| !q.is_empty()).map(str::to_owned);
    let filter = Filter::typed(post.form.value("q"), post.form.value("status"));
    let told = [text, filter.kept.map(|k| super::customers::kept_words(t, k).to_owned())];
    let told = told.into_iter().flatten().collect::<Vec<_>>().join(" · ").chars().take(150).collect();
    let rows = web
        .app()
        .export_customers(&post.by(""), filter.text.as_deref(), filter.kept, told)
        .await
        .map_err(|f| post.keeping(f).of_list(sheet::list_of("/customers", &post.form)))?;
    if Format::asked(post.form.value("format")) == Format::Xlsx {
        return sheet::answer(&web, Format::Xlsx, table(t, &rows));
    }
    let name = format!("{}-{}.csv", t.export_file(), local_date(web.app().clock.now()));
    let disposition = HeaderValue::from_str(&super::files::disposition(&name))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, csv(t, &rows)).into_response())
}

fn head(t: Lang) -> [&'static str; 14] {
    [
        t.field("customer_no"),
        t.field("legal_name"),
        t.field("short_name"),
        t.field("uscc"),
        t.customer_status_label(),
        t.field("grade"),
        t.field("province"),
        t.field("city"),
        t.field("owner"),
        t.frame_deal_review(),
        t.export_contact(),
        t.field("mobile"),
        t.field("landline"),
        t.field("email"),
    ]
}

fn cells(t: Lang, row: &ExportRow) -> [String; 14] {
    let status = CustomerStatus::parse(&row.status).map(|s| t.customer_status(s)).unwrap_or_default();
    let grade = Grade::parse(&row.grade).map(|g| t.grade(g)).unwrap_or_default();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        row.customer_no.clone(),
        row.legal_name.clone(),
        text(&row.short_name),
        text(&row.uscc),
        status.to_owned(),
        grade.to_owned(),
        text(&row.province),
        text(&row.city),
        name_in(t, &row.owner_name, &row.owner_name_en),
        row.next_review_on.map(|on| on.to_string()).unwrap_or_default(),
        text(&row.contact),
        text(&row.mobile),
        text(&row.landline),
        text(&row.email),
    ]
}

fn csv(t: Lang, rows: &[ExportRow]) -> String {
    // Spreadsheets take a file for UTF-8 when it begins with the mark.
    let mut out = String::from("\u{feff}");
    line(&mut out, &head(t).map(str::to_owned));
    for row in rows {
        line(&mut out, &cells(t, row));
    }
    out
}

fn table(t: Lang, rows: &[ExportRow]) -> Table {
    let text = |value: String| if value.is_empty() { Value::Blank } else { Value::Text(value) };
    Table {
        name: t.export_file().to_owned(),
        columns: head(t).map(|label| Column { label: label.to_owned(), kind: Kind::Text, width: 18 }).to_vec(),
        rows: rows.iter().map(|row| cells(t, row).map(text).to_vec()).collect(),
    }
}

fn line(out: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// Quoted, and never the beginning of a formula.
fn cell(value: &str) -> String {
    let risky = value.trim_start().starts_with(['=', '+', '-', '@']) || value.starts_with(['\t', '\r', '\n']);
    let mark = if risky { "'" } else { "" };
    format!("\"{mark}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_and_no_formula() {
        assert_eq!(cell("星辰, \"云启\""), "\"星辰, \"\"云启\"\"\"");
        for formula in ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0"] {
            assert!(cell(formula).starts_with("\"'"), "{formula}");
        }
        assert_eq!(cell("138****8000"), "\"138****8000\"");
    }
}
