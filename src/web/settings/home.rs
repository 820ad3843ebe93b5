//! The overview: every page of settings that the reader may open, with what is found there.

use super::places::{self, Tab};
use crate::domain::policy::{self, Act};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web, problem};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings", get(show))
}

#[derive(Template)]
#[template(path = "settings/home.html")]
struct HomePage {
    chrome: Chrome,
    t: Lang,
    company: String,
    places: Vec<Tab>,
    version: &'static str,
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let places = places::tabs(&who, "/settings");
    if places.is_empty() {
        let roles: Vec<_> = policy::grants(Act::SeeAudit).iter().map(|(role, _)| *role).collect();
        return Err(problem::denied_to(&roles));
    }
    let (company, _) = web.app().company().await?;
    page::page(&HomePage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        company: name_in(t, &company.name, &company.name_en),
        places,
        version: env!("CARGO_PKG_VERSION"),
    })
}
