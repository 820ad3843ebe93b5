//! The overview: every page of settings that the reader may open, with what is found there.

use super::places::{self, Tab};
use crate::domain::calendar::local_date;
use crate::domain::policy::{self, Act};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web, problem};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike, TimeDelta};

/// Days ahead from which a year without its list is worth a banner.
const SOON: i64 = 60;

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
    /// The year that soon begins, or runs, without a published list of days off.
    provisional: Option<i32>,
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
        provisional: policy::may_ever(&who.actor, Act::SeeRules)
            .then(|| local_date(web.app().clock.now()) + TimeDelta::days(SOON))
            .filter(|soon| web.app().calendar.is_provisional(*soon))
            .map(|soon| soon.year()),
        version: env!("CARGO_PKG_VERSION"),
    })
}
