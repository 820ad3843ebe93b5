//! Whether the history is whole: walks every chain and every seal. Nothing is changed here.

use super::places::{HISTORY, Tab};
use crate::store::events::{self, Audit};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/history", get(show)).route("/settings/verify", get(back).post(verify))
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
}

async fn build(web: &Web, who: &SignedIn, finding: Option<Finding>) -> Result<HistoryPage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let last_seal = events::last_seal(&mut conn).await?;
    drop(conn);
    Ok(HistoryPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: HISTORY.tabs(who),
        last_seal: last_seal.map(|at| t.moment_full(at)),
        finding,
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    HISTORY.open(&who)?;
    page::page(&build(&web, &who, None).await?)
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
    page::page(&build(&web, &post.who, Some(finding)).await?)
}
