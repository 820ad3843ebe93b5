//! Jobs and messages: what ran and when, what waits, what failed and why, and "send again".

use super::places::{SERVICE, Tab};
use crate::domain::message::TroubleKind;
use crate::domain::policy::{self, Act};
use crate::store::job_runs;
use crate::store::messages::{self, MessageRow};
use crate::web::boards::{address, token};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/service", get(show))
        .route("/settings/service/messages/{id}/again", get(back).post(again))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    trouble: String,
    before: String,
}

struct JobLine {
    name: String,
    ran: String,
    worked: String,
    failures: i64,
    failure: Option<String>,
}

struct Line {
    id: Uuid,
    when: String,
    who: String,
    channel: String,
    what: String,
    state: &'static str,
    state_kind: &'static str,
    note: String,
    can_again: bool,
}

#[derive(Template)]
#[template(path = "settings/service.html")]
struct ServicePage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    jobs: Vec<JobLine>,
    lines: Vec<Line>,
    waiting: i64,
    given_up: i64,
    unbundled: i64,
    only_trouble: bool,
    flip: String,
    first: Option<String>,
    next: Option<String>,
}

async fn show(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    SERVICE.open(&who)?;
    let t = who.t();
    let only_trouble = (asked.trouble == "yes").then_some(());
    let list = address("/settings/service", &[("trouble", &asked.trouble)]);
    let before = token::open(&web.installation().server_key, &list, &asked.before);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = web.app().db.search().await?;
    let jobs = job_runs::all(&mut conn).await?;
    let traffic = messages::traffic(&mut conn).await?;
    let unbundled = messages::unbundled_count(&mut conn).await?;
    let mut found = messages::newest(&mut conn, only_trouble, before, limit).await?;
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let can_again = policy::may_ever(&who.actor, Act::KeepService);
    let href = |trouble: &str, before: &str| address("/settings/service", &[("trouble", trouble), ("before", before)]);
    page::page(&ServicePage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        tabs: SERVICE.tabs(&who),
        jobs: jobs
            .into_iter()
            .map(|j| JobLine {
                name: t.job(&j.step),
                ran: t.moment_full(j.ran_at),
                worked: j.worked_at.map(|at| t.moment_full(at)).unwrap_or_default(),
                failures: j.failures,
                failure: j.failure.zip(j.failed_at).map(|(why, at)| format!("{} {why}", t.moment_full(at))),
            })
            .collect(),
        waiting: traffic.iter().map(|x| x.waiting).sum(),
        given_up: traffic.iter().map(|x| x.given_up).sum(),
        unbundled,
        only_trouble: only_trouble.is_some(),
        flip: href(if only_trouble.is_some() { "" } else { "yes" }, ""),
        first: before.map(|_| href(&asked.trouble, "")),
        next: found
            .last()
            .filter(|_| has_more)
            .map(|m| href(&asked.trouble, &token::mint(&web.installation().server_key, &list, m.created_at, m.id))),
        lines: found.iter().map(|m| line(t, m, can_again)).collect(),
    })
}

fn line(t: Lang, m: &MessageRow, can_again: bool) -> Line {
    let (state, state_kind) = match m.outcome.as_deref() {
        Some("sent") => (t.service_sent(), "ok"),
        Some("read") => (t.service_read(), "plain"),
        Some(_) => (t.service_given_up(), "bad"),
        None if m.trouble.is_some() => (t.service_again_later(), "warn"),
        None => (t.service_waiting(), "info"),
    };
    let trouble = m.trouble.as_deref().filter(|_| !matches!(m.outcome.as_deref(), Some("sent" | "read")));
    let trouble = trouble.and_then(TroubleKind::parse).map(|kind| t.trouble(kind));
    let detail = m.detail.as_deref().filter(|_| trouble.is_some()).unwrap_or_default();
    let next = m.settled_at.is_none().then(|| t.service_next(t.moment(m.due_at), m.tries));
    let parts = [trouble.map(str::to_owned), Some(detail.to_owned()).filter(|d| !d.is_empty()), next];
    Line {
        id: m.id,
        when: t.moment_full(m.created_at),
        who: name_in(t, &m.recipient, &m.recipient_en),
        channel: m.channel.clone(),
        what: if m.purpose == "test" { t.service_test().to_owned() } else { t.service_notices(m.notices) },
        state,
        state_kind,
        note: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        can_again: can_again && m.outcome.as_deref() == Some("given_up"),
    }
}

async fn back() -> Redirect {
    Redirect::to("/settings/service")
}

async fn again(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let id = Uuid::parse_str(&id).map_err(|_| Problem::Missing)?;
    let by = post.by("/settings/service");
    let done = web.app().send_again(&by, id).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
