//! One key figure: what it means, its trend with the values beside it, how it is spread, and the
//! rows it is made of.

use super::filter::{Asked, Within};
use super::trend::Trend;
use super::{TREND, reading, runs};
use crate::domain::policy::{Act, sees_figure};
use crate::domain::report::figure::shown;
use crate::domain::report::{Figure, Kpi, Shape};
use crate::store::reports::{self, After, Distribution, FactRow, Filter};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::DateTime;

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
}

pub struct Part {
    pub name: String,
    pub value: String,
    pub made_of: String,
    pub spread: Option<(String, String)>,
    pub href: String,
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
    spread: Option<(String, String)>,
    is_of_now: bool,
    trend: Option<Trend>,
    months: Vec<MonthLine>,
    parts: Vec<Part>,
    part: Option<String>,
    whole: String,
    has_detail: bool,
    rows: Vec<RowLine>,
    first: Option<String>,
    older: Option<String>,
    xlsx: String,
    csv: String,
}

/// The figure named in the address, when this reader may see it.
pub fn figure_of(within: &Within, code: &str) -> Result<Kpi, Problem> {
    Kpi::parse(code).filter(|k| sees_figure(within.scope, *k)).ok_or(Problem::Missing)
}

pub async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    only(&who, Act::SeeReports)?;
    let t = who.t();
    let within = Within::of(&web, &who, &asked)?;
    let kpi = figure_of(&within, &code)?;
    let path = format!("/reports/{}", kpi.code());
    let scope = within.scope_of(kpi);
    let mut conn = web.app().db.read().await?;
    let choices = within.choices(&mut conn, &who).await?;
    let run = runs(&mut conn, &within, &[kpi], TREND).await?.remove(0);
    let filter = &within.filter;
    let has_spread = kpi.shape() == Shape::Mean;
    let (mut parts, mut rows, mut older, mut spread) = (Vec::new(), Vec::new(), None, None);
    if !kpi.is_of_now() {
        let by_part = reports::by_detail(&mut conn, within.month, kpi, (&scope, filter)).await?;
        let mut spreads = Vec::new();
        if has_spread {
            let whole = reports::distribution(&mut conn, within.month, kpi, (&scope, filter)).await?;
            spread = spread_of(t, kpi, whole);
            spreads = reports::distribution_by_detail(&mut conn, within.month, kpi, (&scope, filter)).await?;
        }
        parts = by_part
            .into_iter()
            .filter(|(detail, _)| !detail.is_empty())
            .map(|(detail, sums)| {
                let figure = Figure::of(kpi, sums);
                let of_part = spreads.iter().find(|(d, _)| *d == detail).map(|(_, s)| *s);
                Part {
                    name: t.report_detail(&detail),
                    value: reading::value(t, &figure),
                    made_of: reading::made_of(t, &figure),
                    spread: of_part.and_then(|s| spread_of(t, kpi, s)),
                    href: within.address(&path, within.month, &[("detail", &detail)]),
                }
            })
            .collect();
        let narrowed = Filter { detail: wanted(&asked), ..filter.clone() };
        let found =
            reports::rows(&mut conn, within.month, kpi, (&scope, &narrowed), after(&asked.after), PAGE + 1).await?;
        let shown = found.len().min(usize::try_from(PAGE).unwrap_or(usize::MAX));
        if found.len() > shown {
            older = found.get(shown - 1).map(|last| {
                within.address(&path, within.month, &[("detail", &asked.detail), ("after", &cursor(last))])
            });
        }
        rows = found.into_iter().take(shown).map(|r| row_line(t, kpi, r)).collect();
    }
    drop(conn);
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
        month_name: t.month_of(within.month),
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
        has_detail: !parts.is_empty(),
        parts,
        part: wanted(&asked).map(|d| t.report_detail(&d)),
        whole: within.address(&path, within.month, &[]),
        rows,
        first: (!asked.after.is_empty()).then(|| within.address(&path, within.month, &[("detail", &asked.detail)])),
        older,
        xlsx: export_of(&within, &path, &asked, "xlsx"),
        csv: export_of(&within, &path, &asked, "csv"),
        path,
        choices,
        asked,
    })
}

fn export_of(within: &Within, path: &str, asked: &Asked, format: &str) -> String {
    within.address(&format!("{path}/export"), within.month, &[("detail", &asked.detail), ("as", format)])
}

/// The part that the rows are narrowed to.
pub fn wanted(asked: &Asked) -> Option<String> {
    Some(asked.detail.clone()).filter(|d| !d.is_empty() && d.len() <= 60 && !d.contains('\0'))
}

fn spread_of(t: Lang, kpi: Kpi, spread: Distribution) -> Option<(String, String)> {
    let read = |value| reading::in_unit(t, kpi.unit(), shown(kpi.unit(), value));
    Some((read(spread.median?), read(spread.p90?)))
}

fn cursor(row: &FactRow) -> String {
    format!("{}.{}", row.at.timestamp_micros(), row.position)
}

fn after(raw: &str) -> After {
    let (micros, position) = raw.split_once('.')?;
    let micros = micros.parse().ok().filter(|m| (0..253_402_300_800_000_000).contains(m))?;
    Some((DateTime::from_timestamp_micros(micros)?, position.parse().ok()?))
}

pub fn row_line(t: Lang, kpi: Kpi, row: FactRow) -> RowLine {
    let href = if row.kind == "deal" { format!("/deals/{}", row.no) } else { format!("/customers/{}", row.no) };
    RowLine {
        href,
        customer: row.customer_name,
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        at: t.moment_full(row.at),
        detail: if row.detail.is_empty() { String::new() } else { t.report_detail(&row.detail) },
        is_urgent: row.is_urgent,
        value: if row.denominator.is_zero() || kpi.shape() != Shape::Ratio {
            reading::raw(t, kpi, row.numerator)
        } else {
            t.reports_of(reading::raw(t, kpi, row.denominator), reading::raw(t, kpi, row.numerator))
        },
        working: (!row.second.is_zero()).then(|| t.reports_working_minutes(row.second.normalize())),
        no: row.no,
    }
}
