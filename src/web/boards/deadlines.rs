//! The deadline board (时限看板): what waits for each department, what is due today and overdue, and how
//! long it usually takes. Every figure opens its rows.

use super::columns::capped;
use super::{address, deadline_export, token};
use crate::domain::approval::NodeKind;
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes, ZONE, local_date};
use crate::domain::holding::median_and_p90;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::store::turns::{self, Ended, Span, Stretch};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;
use std::cmp::Reverse;

/// The time whose stretches are measured.
pub const DAYS: i64 = 30;
/// Newest stretches of each role that are measured; where there are more, the board says so.
const MEASURED: i64 = 1000;
/// Stretches on a page of the rows behind a figure.
const PAGE: usize = 100;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deadlines", get(show))
        .route("/deadlines/{role}", get(rows))
        .route("/deadlines/{role}/export", get(deadline_export::back).post(deadline_export::export))
}

/// One line of the board; figures that are nothing are no links.
pub struct RoleLine {
    pub label: &'static str,
    pub waiting: i64,
    pub waiting_href: String,
    pub paused: i64,
    pub paused_href: String,
    pub today: i64,
    pub today_href: String,
    pub overdue: i64,
    pub overdue_href: String,
    /// `1000+` where measuring stops; empty for none.
    pub ended: String,
    pub median: String,
    pub p90: String,
    pub spans_href: String,
}

#[derive(Template)]
#[template(path = "boards/deadlines.html")]
struct DeadlinePage {
    chrome: Chrome,
    t: Lang,
    lines: Vec<RoleLine>,
    days: i64,
    /// How many of the newest the times are of, where there are more.
    most: Option<i64>,
}

fn end_of_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let tomorrow = local_date(now).succ_opt().map(|d| d.and_time(NaiveTime::MIN));
    tomorrow.and_then(|at| at.and_local_timezone(ZONE).single()).map_or(now, |at| at.to_utc())
}

/// Roles that can hold a deal, in the order of the business.
fn holders() -> Vec<Role> {
    Role::ALL.iter().copied().filter(|r| policy::can_hold(*r)).collect()
}

/// Working time of a stretch: of a decision on the clock of its limit, without the time in which that stood still.
pub fn took(company: &Calendar, on_call: &Calendar, s: &Stretch) -> WorkingMinutes {
    let calendar = match (s.profile.as_deref().and_then(Profile::parse), s.node.as_deref().and_then(NodeKind::parse)) {
        (Some(Profile::OnCall), _) => on_call,
        (_, Some(kind)) => company.of_department(kind.department()),
        (_, None) => company,
    };
    let stood: WorkingMinutes =
        s.asked.iter().zip(&s.answered).map(|(from, to)| calendar.working_minutes_between(*from, *to)).sum();
    calendar.working_minutes_between(s.since, s.until).less(stood)
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::SeeDeadlines)?;
    let t = who.t();
    let now = web.app().clock.now();
    let visible = policy::visible_deals(&who.actor);
    let roles = holders();
    let codes: Vec<&str> = roles.iter().map(|r| r.code()).collect();
    let mut conn = web.app().db.search().await?;
    let waiting = turns::waiting(&mut conn, visible, now, end_of_day(now)).await?;
    let after = now - TimeDelta::days(DAYS);
    let stretches = turns::measured(&mut conn, visible, &codes, after, MEASURED + 1).await?;
    drop(conn);
    let calendar = &web.app().calendar;
    let on_call = Calendar::on_call();
    let lines: Vec<RoleLine> = roles
        .iter()
        .map(|role| {
            let of = waiting.iter().find(|w| w.role == role.code());
            let mut of_role: Vec<_> = stretches.iter().filter(|s| s.role == role.code()).collect();
            let ended = i64::try_from(of_role.len()).unwrap_or(i64::MAX);
            of_role.sort_unstable_by_key(|s| Reverse(s.until));
            of_role.truncate(usize::try_from(MEASURED).unwrap_or(usize::MAX));
            let figures = median_and_p90(of_role.into_iter().map(|s| took(calendar, &on_call, s)).collect());
            let list = |due: &str| super::show::list_of_role(*role, due);
            RoleLine {
                label: t.role(*role),
                waiting: of.map_or(0, |w| w.waiting),
                waiting_href: list("running"),
                paused: of.map_or(0, |w| w.paused),
                paused_href: list("paused"),
                today: of.map_or(0, |w| w.today),
                today_href: list("today"),
                overdue: of.map_or(0, |w| w.overdue),
                overdue_href: list("over"),
                ended: capped(ended, MEASURED),
                median: figures.map(|(median, _)| t.of_working(median)).unwrap_or_default(),
                p90: figures.map(|(_, p90)| t.of_working(p90)).unwrap_or_default(),
                spans_href: format!("/deadlines/{}", role.code()),
            }
        })
        .collect();
    let chrome = page::chrome(&web, &who, Section::Deadlines).await?;
    let most = lines.iter().any(|l| l.ended.ends_with('+')).then_some(MEASURED);
    page::page(&DeadlinePage { chrome, t, lines, days: DAYS, most })
}

pub struct SpanLine {
    pub no: String,
    pub customer: String,
    pub person: String,
    pub since: String,
    pub until: String,
    pub took: String,
    pub is_late: bool,
}

#[derive(Template)]
#[template(path = "boards/spans.html")]
struct SpansPage {
    chrome: Chrome,
    t: Lang,
    label: &'static str,
    role: &'static str,
    days: i64,
    lines: Vec<SpanLine>,
    /// The address says a page that this list does not have.
    is_astray: bool,
    first: Option<String>,
    older: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Paged {
    before: String,
}

async fn rows(
    State(web): State<Web>,
    Path(role): Path<String>,
    who: SignedIn,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    only(&who, Act::SeeDeadlines)?;
    let t = who.t();
    let role = Role::parse(&role).filter(|r| policy::can_hold(*r)).ok_or(Problem::Missing)?;
    let visible = policy::visible_deals(&who.actor);
    let list = format!("/deadlines/{}", role.code());
    let key = &web.installation().server_key;
    let before = token::open(key, &list, &paged.before);
    let ended = Ended { after: web.app().clock.now() - TimeDelta::days(DAYS), before };
    let some = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut spans = turns::spans(&mut *web.app().db.search().await?, visible, &[role.code()], ended, some).await?;
    let has_more = spans.len() > PAGE;
    spans.truncate(PAGE);
    let older = spans.last().filter(|_| has_more).map(|last| token::mint(key, &list, last.stretch.until, last.id));
    let on_call = Calendar::on_call();
    let line = |s: &Span| SpanLine {
        no: s.deal_no.clone(),
        customer: s.customer_name.clone(),
        person: s
            .person
            .as_deref()
            .zip(s.person_en.as_deref())
            .map(|(n, e)| page::name_in(t, n, e))
            .unwrap_or_default(),
        since: t.moment(s.stretch.since),
        until: t.moment(s.stretch.until),
        took: match s.stretch.profile.as_deref().and_then(Profile::parse) {
            Some(profile) => t.on_clock(profile, took(&web.app().calendar, &on_call, &s.stretch)),
            None => t.working(took(&web.app().calendar, &on_call, &s.stretch)),
        },
        is_late: s.due_at.is_some_and(|due| due < s.stretch.until),
    };
    let lines = spans.iter().map(line).collect();
    let chrome = page::chrome(&web, &who, Section::Deadlines).await?;
    page::page(&SpansPage {
        chrome,
        t,
        label: t.role(role),
        role: role.code(),
        days: DAYS,
        lines,
        is_astray: before.is_none() && !paged.before.is_empty(),
        first: before.map(|_| list.clone()),
        older: older.map(|older| address(&list, &[("before", &older)])),
    })
}
