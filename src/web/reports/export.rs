//! Reports as spreadsheets: the same figures and rows, under the same rights and filters.

use super::detail::{figure_of, narrowed, row_line};
use super::filter::{Asked, Within};
use super::{TREND, runs};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::local_date;
use crate::domain::policy::Act;
use crate::domain::report::Kpi;
use crate::store::reports;
use crate::web::sheet::{self, Format};
use crate::web::work::only;
use crate::web::{Post, Problem, Web};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};

/// The most rows that one export holds.
const ROWS: i64 = 20_000;

fn column(label: &str, kind: Kind, width: u16) -> Column {
    Column { label: label.to_owned(), kind, width }
}

/// A refused form leaves its address in the browser; opening it again leads to the page.
pub async fn back() -> Redirect {
    Redirect::to("/reports")
}

pub async fn back_to_figure(Path(code): Path<String>) -> Redirect {
    Redirect::to(&Kpi::parse(&code).map_or_else(|| "/reports".to_owned(), |kpi| format!("/reports/{}", kpi.code())))
}

/// Every figure of the reader over the months of the trend, one row a figure and month.
pub async fn overview(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeReports)?;
    let t = post.t();
    let within = Within::of(&web, &post.who, &Asked::read(post.form.value("query")))?;
    let kpis = within.figures();
    let mut conn = web.app().db.search().await?;
    let runs = runs(&mut conn, &within, &kpis, TREND).await?;
    drop(conn);
    let mut rows = Vec::new();
    for run in &runs {
        for (month, figure) in &run.figures {
            if run.kpi.is_of_now() && *month != within.month {
                continue;
            }
            rows.push(vec![
                Value::Text(t.kpi(run.kpi).to_owned()),
                Value::Text(month.to_string()),
                figure.value.map_or(Value::Blank, |v| Value::Number(v.normalize())),
                Value::Text(t.kpi_unit(run.kpi.unit()).to_owned()),
                Value::Number(figure.sums.numerator.normalize()),
                Value::Number(figure.sums.denominator.normalize()),
                Value::Text(t.kpi_formula(run.kpi).to_owned()),
            ]);
        }
    }
    let columns = vec![
        column(t.reports_figure(), Kind::Text, 24),
        column(t.reports_month(), Kind::Text, 10),
        column(t.reports_value(), Kind::Number, 12),
        column(t.reports_unit(), Kind::Text, 10),
        column(t.reports_numerator(), Kind::Number, 16),
        column(t.reports_denominator(), Kind::Number, 16),
        column(t.reports_formula(), Kind::Text, 60),
    ];
    let table = Table { name: t.frame_reports().to_owned(), columns, rows };
    answer(&web, &post, "reports", table).await
}

/// The rows behind one figure.
pub async fn rows(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeReports)?;
    let t = post.t();
    let asked = Asked::read(post.form.value("query"));
    let within = Within::of(&web, &post.who, &asked)?;
    let kpi = figure_of(&within, &code)?;
    let (months, narrowed) = (within.months_of(kpi), narrowed(&within, &asked));
    let mut conn = web.app().db.search().await?;
    let found = reports::rows(&mut conn, months, kpi, (&within.scope_of(kpi), &narrowed), None, ROWS + 1).await?;
    drop(conn);
    let found = sheet::whole(found, ROWS, within.address(&format!("/reports/{}", kpi.code()), within.month, &[]))?;
    let rows = found
        .into_iter()
        .map(|row| {
            let (numerator, denominator, second, at) = (row.numerator, row.denominator, row.second, row.at);
            let line = row_line(t, kpi, row);
            vec![
                Value::Text(line.no),
                Value::Text(line.customer),
                Value::Text(line.owner),
                Value::Date(local_date(at)),
                Value::Text(line.at),
                Value::Text(line.detail),
                Value::Number(numerator.normalize()),
                Value::Number(denominator.normalize()),
                if second.is_zero() { Value::Blank } else { Value::Number(second.normalize()) },
                line.said.map_or(Value::Blank, Value::Text),
            ]
        })
        .collect();
    let table = Table { name: sheet_name(t, kpi), columns: row_columns(t, kpi), rows };
    answer(&web, &post, kpi.code(), table).await
}

fn row_columns(t: Lang, kpi: Kpi) -> Vec<Column> {
    vec![
        column(t.reports_number(), Kind::Text, 20),
        column(t.list_customer(), Kind::Text, 28),
        column(t.frame_deal_owner(), Kind::Text, 12),
        column(t.reports_day(), Kind::Date, 12),
        column(t.reports_moment(), Kind::Text, 24),
        column(t.report_parts(kpi).1, Kind::Text, 18),
        column(t.reports_numerator(), Kind::Number, 16),
        column(t.reports_denominator(), Kind::Number, 16),
        column(t.reports_working(), Kind::Number, 16),
        column(t.reports_said(), Kind::Text, 40),
    ]
}

/// A sheet's name has at most 31 characters and none that spreadsheets refuse.
fn sheet_name(t: Lang, kpi: Kpi) -> String {
    t.kpi(kpi).chars().filter(|c| !"[]:*?/\\".contains(*c)).take(31).collect()
}

/// The file, told by an event as that of every other list is.
async fn answer(web: &Web, post: &Post, list: &str, table: Table) -> Result<Response, Problem> {
    let told = post.form.value("query").chars().filter(|c| !c.is_control()).take(150).collect();
    web.app().tell_export(&post.by(""), list, table.rows.len(), told).await.map_err(|f| post.keeping(f))?;
    sheet::answer(web, Format::asked(post.form.value("format")), table)
}
