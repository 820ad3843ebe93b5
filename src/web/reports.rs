//! Reports (DOMAIN 10): every key figure of a month with its trend; each opens the rows it is
//! made of, as far as the reader's rights reach.
//!
//! The one rule: page, rows and export are made from the same facts under the same scope.

mod detail;
mod export;
mod filter;
mod parts;
mod reading;
mod trend;

use self::filter::{Asked, Within};
use self::trend::Trend;
use super::form::Choice;
use super::page::{self, Chrome, Section};
use super::work::only;
use super::{Problem, SignedIn, Web};
use crate::domain::policy::Act;
use crate::domain::report::figure::Sums;
use crate::domain::report::{Figure, Kpi, KpiGroup, Month};
use crate::store::PgConnection;
use crate::store::reports;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;

/// Months that a trend shows.
const TREND: u32 = 12;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/reports", get(show))
        .route("/reports/export", get(export::back).post(export::overview))
        .route("/reports/{kpi}", get(detail::show))
        .route("/reports/{kpi}/export", get(export::back_to_figure).post(export::rows))
}

/// A key figure over some months, oldest first; the last one is the month asked for.
struct Run {
    kpi: Kpi,
    figures: Vec<(Month, Figure)>,
}

impl Run {
    fn now(&self) -> Figure {
        self.figures.last().map_or(Figure::of(self.kpi, Sums::default()), |(_, figure)| *figure)
    }

    fn before(&self) -> Option<Figure> {
        self.figures.iter().rev().nth(1).map(|(_, figure)| *figure)
    }
}

/// These figures over the months of the trend; what is true now has this moment alone.
async fn runs(conn: &mut PgConnection, within: &Within, kpis: &[Kpi], months: u32) -> Result<Vec<Run>, Problem> {
    let span = within.month.run_up(months);
    let first = within.month.back(months.saturating_sub(1));
    let mut sums: Vec<(Kpi, Month, Sums)> = Vec::new();
    for (scope, of_scope) in within.scopes(kpis) {
        let (of_now, monthly): (Vec<Kpi>, Vec<Kpi>) = of_scope.into_iter().partition(|k| k.is_of_now());
        let reach = (&scope, &within.filter);
        if !monthly.is_empty() {
            sums.extend(reports::sums_by_month(conn, (first, within.month), &monthly, reach).await?);
        }
        if !of_now.is_empty() {
            let all = (Month::earliest(), within.this_month);
            let found = reports::sums_by_month(conn, all, &of_now, reach).await?;
            sums.extend(found.into_iter().map(|(kpi, _, sum)| (kpi, within.month, sum)));
        }
    }
    Ok(kpis
        .iter()
        .map(|kpi| Run {
            kpi: *kpi,
            figures: span
                .iter()
                .map(|month| {
                    let found = sums.iter().filter(|(k, m, _)| k == kpi && m == month);
                    let sum = found.fold(Sums::default(), |all, (_, _, s)| all.plus(*s));
                    (*month, Figure::of(*kpi, sum))
                })
                .collect(),
        })
        .collect())
}

/// One figure as a row of the page.
pub struct KpiLine {
    pub name: &'static str,
    pub href: String,
    pub value: String,
    pub made_of: String,
    pub before: String,
    pub trend: Option<Trend>,
}

pub struct GroupOfLines {
    pub code: &'static str,
    pub title: &'static str,
    pub lines: Vec<KpiLine>,
}

#[derive(Template)]
#[template(path = "reports/index.html")]
struct ReportsPage {
    chrome: Chrome,
    t: Lang,
    asked: Asked,
    choices: filter::Choices,
    ignored: Vec<String>,
    month_name: String,
    scope_note: String,
    earlier: String,
    later: Option<String>,
    /// The filter, as the form of a file carries it.
    query: String,
    groups: Vec<GroupOfLines>,
    made_at: String,
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeReports)?;
    let t = who.t();
    let within = Within::of(&web, &who, &asked)?;
    let kpis = within.figures();
    let mut conn = web.app().db.search().await?;
    let choices = within.choices(&mut conn, &who).await?;
    let runs = runs(&mut conn, &within, &kpis, TREND).await?;
    drop(conn);
    let groups = KpiGroup::ALL
        .iter()
        .map(|group| GroupOfLines {
            code: group.code(),
            title: t.kpi_group(*group),
            lines: runs.iter().filter(|r| r.kpi.group() == *group).map(|r| line(t, &within, r)).collect(),
        })
        .filter(|g| !g.lines.is_empty())
        .collect();
    page::page(&ReportsPage {
        chrome: page::chrome(&web, &who, Section::Reports).await?,
        t,
        month_name: t.month_of(within.month),
        scope_note: within.scope_note(t, &who),
        earlier: within.address("/reports", within.month.back(1), &[]),
        later: within.later().map(|month| within.address("/reports", month, &[])),
        query: query_of(&within.address("", within.month, &[])),
        choices,
        asked,
        ignored: within.ignored,
        groups,
        made_at: t.moment(web.app().clock.now()),
    })
}

/// What stands behind the question mark.
fn query_of(address: &str) -> String {
    address.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
}

fn line(t: Lang, within: &Within, run: &Run) -> KpiLine {
    let now = run.now();
    KpiLine {
        name: t.kpi(run.kpi),
        href: within.address(&format!("/reports/{}", run.kpi.code()), within.month, &[]),
        value: reading::value(t, &now),
        made_of: reading::made_of(t, &now),
        before: if run.kpi.is_of_now() {
            t.reports_only_now().to_owned()
        } else {
            run.before().map(|f| reading::value(t, &f)).unwrap_or_default()
        },
        trend: (!run.kpi.is_of_now()).then(|| Trend::small(t, &run.figures)).flatten(),
    }
}

/// A filter's codes with their words.
fn choices_of<T: Copy>(all: &[T], code: impl Fn(T) -> &'static str, word: impl Fn(T) -> String) -> Vec<Choice> {
    all.iter().map(|one| Choice::new(code(*one), word(*one))).collect()
}
