//! Who is signed in, since when and last seen when; and ending all sessions of a person.

use super::places::{SESSIONS, Tab};
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::store::{people, sessions};
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/sessions", get(show))
        .route("/settings/sessions/{person}/end", get(back).post(end))
        .route("/settings/sessions/reset", get(back).post(reset))
}

struct Line {
    person: Uuid,
    name: String,
    login: String,
    since: Vec<String>,
    seen: String,
    until: String,
}

#[derive(Template)]
#[template(path = "settings/sessions.html")]
struct SessionsPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    can_end: bool,
    form: FormView,
    people: Vec<Choice>,
    /// Made just now: for whom, and the link.
    made: Option<(String, String)>,
    /// The link opens on this computer only.
    is_unreachable: bool,
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    SESSIONS.open(&who)?;
    page::page(&build(&web, &who, None).await?)
}

async fn build(web: &Web, who: &SignedIn, made: Option<(String, String)>) -> Result<SessionsPage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let mut conn = web.app().db.search().await?;
    let living = sessions::living(&mut conn, None, now, now - web.sessions().idle).await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let mut lines: Vec<Line> = Vec::new();
    for s in living {
        if let Some(line) = lines.iter_mut().find(|line| line.person == s.person.0) {
            line.since.push(t.moment_full(s.created_at));
            continue;
        }
        lines.push(Line {
            person: s.person.0,
            name: name_in(t, &s.name, &s.name_en),
            login: s.login,
            since: vec![t.moment_full(s.created_at)],
            seen: t.moment_full(s.seen_at),
            until: t.moment_full(s.expires_at),
        });
    }
    Ok(SessionsPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: SESSIONS.tabs(who),
        lines,
        can_end: policy::may_ever(&who.actor, Act::KeepService),
        form: FormView::default(),
        people: everybody
            .iter()
            .filter(|p| p.is_active && p.id != who.actor.id)
            .map(|p| Choice::new(p.id.to_string(), format!("{} · {}", name_in(t, &p.name, &p.name_en), p.login)))
            .collect(),
        is_unreachable: made.is_some() && !web.is_reachable(&who.here),
        made,
    })
}

/// Shows the link once; the same form again leads back to the page without it.
async fn reset(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let id = Uuid::parse_str(post.form.value("person")).map_err(|_| Problem::Missing)?;
    let by = post.by("/settings/sessions");
    let made = web.app().make_reset_link(&by, PersonId(id)).await.map_err(|f| post.keeping(f))?;
    let Some(token) = made else { return Ok(page::see_other(&web, "/settings/sessions", "")) };
    let mut conn = web.app().db.read().await?;
    let person = people::by_id(&mut conn, PersonId(id)).await?.ok_or(Problem::Missing)?;
    drop(conn);
    let name = name_in(post.t(), &person.name, &person.name_en);
    let link = format!("{}/reset/{token}", web.own_address(&post.who.here));
    page::page(&build(&web, &post.who, Some((name, link))).await?)
}

async fn back() -> Redirect {
    Redirect::to("/settings/sessions")
}

async fn end(State(web): State<Web>, Path(person): Path<String>, post: Post) -> Result<Response, Problem> {
    let person = Uuid::parse_str(&person).map_err(|_| Problem::Missing)?;
    let by = post.by("/settings/sessions");
    let done = web.app().end_sessions_of(&by, PersonId(person)).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
