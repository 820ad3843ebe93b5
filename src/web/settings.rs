//! For those who look after the system: who there is, who may do what, and whether the history
//! is whole. Nothing is changed here; accounts are looked after from the command line.

use super::page::{self, Chrome, Section};
use super::work::only;
use super::{Post, Problem, SignedIn, Web};
use crate::domain::policy::{self, Act};
use crate::store::events::{self, Audit};
use crate::store::people;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings", get(show)).route("/settings/verify", get(to_settings).post(verify))
}

pub struct PersonLine {
    pub name: String,
    pub login: String,
    pub department: &'static str,
    pub roles: String,
    pub is_active: bool,
}

/// What the check of the history found.
pub struct Finding {
    pub kind: &'static str,
    pub title: &'static str,
    pub text: String,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    chrome: Chrome,
    t: Lang,
    company: String,
    people: Vec<PersonLine>,
    matrix: String,
    last_seal: Option<String>,
    finding: Option<Finding>,
    version: &'static str,
}

async fn settings(web: &Web, who: &SignedIn, finding: Option<Finding>) -> Result<SettingsPage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    let last_seal = events::last_seal(&mut conn).await?;
    drop(conn);
    let installation = web.installation();
    Ok(SettingsPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        company: page::name_in(t, &installation.company_name, &installation.company_name_en),
        people: everybody
            .iter()
            .map(|p| PersonLine {
                name: page::name_in(t, &p.name, &p.name_en),
                login: p.login.clone(),
                department: t.department(p.department),
                roles: p.roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(" · "),
                is_active: p.is_active,
            })
            .collect(),
        matrix: policy::matrix(),
        last_seal: last_seal.map(|at| t.moment_full(at)),
        finding,
        version: env!("CARGO_PKG_VERSION"),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::SeeAudit)?;
    page::page(&settings(&web, &who, None).await?)
}

async fn to_settings() -> Redirect {
    Redirect::to("/settings")
}

/// Walks every chain; changes nothing, so the answer is the page itself.
async fn verify(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeAudit)?;
    let t = post.t();
    let mut conn = web.app().db.read().await?;
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
    page::page(&settings(&web, &post.who, Some(finding)).await?)
}
