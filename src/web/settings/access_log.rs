//! Who looked at contact details and who took lists out, for the administrator and the general
//! manager. Read from the history itself, which nobody can change or remove.

use super::places::{ACCESS, Tab};
use crate::domain::ids::PersonId;
use crate::store::{access, people};
use crate::web::form::{Choice, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const PAGE: usize = 100;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/access-log", get(show))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    person: String,
    #[serde(default)]
    before: String,
}

struct Line {
    when: String,
    who: String,
    what: String,
    customer: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "settings/access_log.html")]
struct AccessPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    people: Vec<Choice>,
    rows: Vec<Line>,
    first: Option<String>,
    next: Option<String>,
}

fn href(person: Option<Uuid>, before: Option<i64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(person) = person {
        query.append_pair("person", &person.to_string());
    }
    if let Some(before) = before {
        query.append_pair("before", &before.to_string());
    }
    format!("/settings/access-log?{}", query.finish())
}

async fn show(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    ACCESS.open(&who)?;
    let t = who.t();
    let person = Uuid::parse_str(&asked.person).ok();
    let before = asked.before.parse::<i64>().ok();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = web.app().db.search().await?;
    let mut found = access::log(&mut conn, person.map(PersonId), before, limit).await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let mut form = FormView::default();
    form.put("person", person.map(|id| id.to_string()));
    page::page(&AccessPage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        tabs: ACCESS.tabs(&who),
        form,
        people: everybody.iter().map(|p| Choice::new(p.id.to_string(), name_in(t, &p.name, &p.name_en))).collect(),
        first: before.map(|_| href(person, None)),
        next: found.last().filter(|_| has_more).map(|last| href(person, Some(last.position))),
        rows: found
            .into_iter()
            .map(|a| Line {
                when: t.moment_full(a.at),
                who: name_in(t, &a.actor, &a.actor_en),
                what: t.event(&a.event),
                customer: a.customer_no.zip(a.customer_name),
            })
            .collect(),
    })
}
