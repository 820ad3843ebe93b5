//! The company's own history, newest first, and whether all history is whole: the check walks every chain and
//! every seal. Nothing is changed here.

use super::people::account_words;
use super::places::{HISTORY, Tab};
use crate::domain::message::ServiceEvent;
use crate::store::company_log::{self, CompanyLine, Happened};
use crate::store::events::{self, Audit};
use crate::store::people;
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

/// Lines of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/history", get(show)).route("/settings/verify", get(back).post(verify))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: String,
}

struct Line {
    when: String,
    who: String,
    what: String,
}

/// What the check of the history found.
struct Finding {
    kind: &'static str,
    title: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "settings/history.html")]
struct HistoryPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    last_seal: Option<String>,
    finding: Option<Finding>,
    lines: Vec<Line>,
    first: Option<&'static str>,
    older: Option<String>,
}

fn words(t: Lang, line: &CompanyLine, everybody: &[people::Person]) -> String {
    let name_of = |id: Option<uuid::Uuid>| {
        let found = everybody.iter().find(|p| Some(p.id.0) == id);
        found.map_or_else(|| "—".to_owned(), |p| name_in(t, &p.name, &p.name_en))
    };
    match &line.happened {
        Happened::Library(event) => t.library_event(event, line.list.as_deref().unwrap_or_default()),
        Happened::Delegation(event) => t.delegation_event(event),
        Happened::Settings(event) => t.settings_event(event),
        Happened::Service(ServiceEvent::ChannelSaved { name, .. }) => t.company_log_channel_saved(name),
        Happened::Service(ServiceEvent::MessageAskedAgain { .. }) => t.company_log_message_again().to_owned(),
        Happened::Service(ServiceEvent::CompanySaved { fields }) => {
            let fields: Vec<&str> = fields.iter().map(|field| t.field(field)).collect();
            t.company_log_company_saved(fields.join(t.sentence_joint()))
        }
        Happened::Service(event) => {
            let person = line.person.as_deref().zip(line.person_en.as_deref());
            account_words(t, person.map(|(n, e)| name_in(t, n, e)).unwrap_or_default(), event, name_of)
        }
        Happened::Other(event) => t.event(event),
    }
}

async fn build(
    web: &Web,
    who: &SignedIn,
    before: Option<i64>,
    finding: Option<Finding>,
) -> Result<HistoryPage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.search().await?;
    let last_seal = events::last_seal(&mut conn).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = company_log::newest(&mut conn, before, limit).await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    Ok(HistoryPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: HISTORY.tabs(who),
        last_seal: last_seal.map(|at| t.moment_full(at)),
        finding,
        first: before.map(|_| HISTORY.href),
        older: found.last().filter(|_| has_more).map(|last| format!("{}?before={}", HISTORY.href, last.position)),
        lines: found
            .iter()
            .map(|line| Line {
                when: t.moment_full(line.at),
                who: match (&line.actor, &line.actor_en) {
                    (Some(name), Some(name_en)) => name_in(t, name, name_en),
                    _ => t.problem_system().to_owned(),
                },
                what: words(t, line, &everybody),
            })
            .collect(),
    })
}

async fn show(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    HISTORY.open(&who)?;
    page::page(&build(&web, &who, asked.before.parse().ok(), None).await?)
}

async fn back() -> Redirect {
    Redirect::to(HISTORY.href)
}

/// Walks every chain; changes nothing, so the answer is the page itself.
async fn verify(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    HISTORY.open(&post.who)?;
    let t = post.t();
    let mut conn = web.app().db.search().await?;
    let audit = events::verify(&mut conn).await?;
    drop(conn);
    let finding = match audit {
        Audit::Whole { events, streams, seals } => {
            Finding { kind: "ok", title: t.settings_whole(), text: t.settings_whole_text(events, seals, streams) }
        }
        Audit::Broken { stream, seq } => {
            Finding { kind: "bad", title: t.settings_broken(), text: t.settings_broken_text(seq, stream) }
        }
        Audit::SealBroken { sealed_at } => {
            Finding { kind: "bad", title: t.settings_broken(), text: t.settings_seal_broken(t.moment_full(sealed_at)) }
        }
    };
    page::page(&build(&web, &post.who, None, Some(finding)).await?)
}
