//! One key figure: what it means, its trend with the values beside it, how it is spread, and the
//! rows it is made of.

use super::filter::{Asked, Within};
use super::parts::{self, Part};
use super::reading::{self, Spread};
use super::trend::Trend;
use super::{TREND, query_of, runs};
use crate::domain::policy::Act;
use crate::domain::report::{Kpi, Shape};
use crate::store::reports::{self, After, FactRow, Filter};
use crate::web::boards::token;
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use uuid::Uuid;

/// Rows of one page.
const PAGE: i64 = 50;

pub struct RowLine {
    pub no: String,
    pub href: String,
    pub customer: String,
    pub owner: String,
    pub at: String,
    pub detail: String,
    pub is_urgent: bool,
    pub value: String,
    pub working: Option<String>,
    pub said: Option<String>,
}

pub struct MonthLine {
    pub name: String,
    pub href: String,
    pub value: String,
    pub made_of: String,
}

#[derive(Template)]
#[template(path = "reports/kpi.html")]
struct KpiPage {
    chrome: Chrome,
    t: Lang,
    asked: Asked,
    choices: super::filter::Choices,
    path: String,
    name: &'static str,
    formula: &'static str,
    month_name: String,
    scope_note: String,
    earlier: String,
    later: Option<String>,
    back: String,
    value: String,
    made_of: String,
    spread: Option<Spread>,
    is_of_now: bool,
    trend: Option<Trend>,
    months: Vec<MonthLine>,
    /// What the parts are: over them all, and over one.
    split: (&'static str, &'static str),
    parts: Vec<Part>,
    owners: Vec<Part>,
    has_quota: bool,
    part: Option<String>,
    whole: String,
    has_reasons: bool,
    ignored: Vec<String>,
    rows: Vec<RowLine>,
    first: Option<String>,
    older: Option<String>,
    /// The filter, as the form of a file carries it.
    query: String,
}

/// The figure named in the address, when this reader may see it.
pub fn figure_of(within: &Within, code: &str) -> Result<Kpi, Problem> {
    Kpi::parse(code).filter(|k| within.has_figure(*k)).ok_or(Problem::Missing)
}

pub async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    only(&who, Act::SeeReports)?;
    let t = who.t();
    let mut within = Within::of(&web, &who, &asked)?;
    let kpi = figure_of(&within, &code)?;
    let path = format!("/reports/{}", kpi.code());
    let scope = within.scope_of(kpi);
    let months = within.months_of(kpi);
    let list = within.address(&path, within.month, &[("detail", &asked.detail)]);
    let key = &web.installation().server_key;
    let after = opened(key, &list, &asked.after);
    if after.is_none() && !asked.after.is_empty() {
        within.ignored.push(t.board_page_unknown().to_owned());
    }
    let mut conn = web.app().db.search().await?;
    let choices = within.choices(&mut conn, &who).await?;
    let run = runs(&mut conn, &within, &[kpi], TREND).await?.remove(0);
    let mut spread = None;
    if kpi.shape() == Shape::Mean {
        let whole = reports::distribution(&mut conn, months, kpi, (&scope, &within.filter)).await?;
        spread = whole.and_then(|whole| Spread::of(t, kpi, &whole));
    }
    let parts = parts::by_detail(&mut conn, t, &within, kpi).await?;
    let owners = parts::by_owner(&mut conn, t, &within, kpi).await?;
    let narrowed = narrowed(&within, &asked);
    let mut found = reports::rows(&mut conn, months, kpi, (&scope, &narrowed), after, PAGE + 1).await?;
    drop(conn);
    let mut older = None;
    let page_rows = usize::try_from(PAGE).unwrap_or(usize::MAX);
    if found.len() > page_rows {
        found.truncate(page_rows);
        let next = found.last().map(|last| token::mint(key, &list, last.at, place(last.position)));
        older = next.map(|next| within.address(&path, within.month, &[("detail", &asked.detail), ("after", &next)]));
    }
    let rows: Vec<RowLine> = found.into_iter().map(|r| row_line(t, kpi, r)).collect();
    let now = run.now();
    let month_lines = run.figures.iter().rev().map(|(month, figure)| MonthLine {
        name: t.month_of(*month),
        href: within.address(&path, *month, &[]),
        value: reading::value(t, figure),
        made_of: reading::made_of(t, figure),
    });
    page::page(&KpiPage {
        chrome: page::chrome(&web, &who, Section::Reports).await?,
        t,
        name: t.kpi(kpi),
        formula: t.kpi_formula(kpi),
        month_name: if kpi.is_of_now() { t.reports_now().to_owned() } else { t.month_of(within.month) },
        scope_note: within.scope_note(t, &who),
        earlier: within.address(&path, within.month.back(1), &[]),
        later: within.later().map(|month| within.address(&path, month, &[])),
        back: within.address("/reports", within.month, &[]),
        value: reading::value(t, &now),
        made_of: reading::made_of(t, &now),
        spread,
        is_of_now: kpi.is_of_now(),
        trend: if kpi.is_of_now() { None } else { Trend::large(t, &run.figures) },
        months: if kpi.is_of_now() { Vec::new() } else { month_lines.collect() },
        split: t.report_parts(kpi),
        parts,
        has_quota: owners.iter().any(|o| o.quota.is_some()),
        owners,
        part: wanted(&asked).map(|d| t.report_detail(kpi, &d)),
        whole: within.address(&path, within.month, &[]),
        has_reasons: rows.iter().any(|r| r.said.is_some()),
        rows,
        ignored: within.ignored.clone(),
        first: (!asked.after.is_empty()).then(|| within.address(&path, within.month, &[("detail", &asked.detail)])),
        older,
        query: query_of(&within.address("", within.month, &[("detail", &asked.detail)])),
        path,
        choices,
        asked,
    })
}

/// The part that the rows are narrowed to.
pub fn wanted(asked: &Asked) -> Option<String> {
    Some(asked.detail.clone()).filter(|d| !d.is_empty() && d.len() <= 60 && !d.contains('\0'))
}

/// The filter of the rows: the part that was opened, within what was asked for.
pub fn narrowed(within: &Within, asked: &Asked) -> Filter {
    let all = &within.filter.details;
    let details = match wanted(asked) {
        Some(detail) if all.as_ref().is_none_or(|all| all.contains(&detail)) => Some(vec![detail]),
        Some(_) => Some(Vec::new()),
        None => all.clone(),
    };
    Filter { details, ..within.filter.clone() }
}

/// The position of a fact as page tokens hold places.
fn place(position: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(position).unwrap_or_default())
}

fn opened(key: &[u8; 32], list: &str, sent: &str) -> After {
    let (at, place) = token::open(key, list, sent)?;
    Some((at, i64::try_from(place.as_u128()).ok()?))
}

pub fn row_line(t: Lang, kpi: Kpi, row: FactRow) -> RowLine {
    let href = if row.kind == "deal" { format!("/deals/{}", row.no) } else { format!("/customers/{}", row.no) };
    RowLine {
        href,
        customer: row.customer_name,
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        at: t.moment_full(row.at),
        detail: if row.detail.is_empty() { String::new() } else { t.report_detail(kpi, &row.detail) },
        is_urgent: row.is_urgent,
        value: if row.denominator.is_zero() || kpi.shape() != Shape::Ratio {
            reading::raw(t, kpi, row.numerator)
        } else {
            t.reports_of(reading::raw(t, kpi, row.numerator), reading::raw(t, kpi, row.denominator))
        },
        working: (!row.second.is_zero()).then(|| reading::working(t, row.second)),
        said: row.said,
        no: row.no,
    }
}
