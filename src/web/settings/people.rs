//! Who there is and who may do what; one account is changed on a page of its own.

use super::places::{PEOPLE, Tab};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::store::people;
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/people", get(show)).merge(super::person::routes())
}

struct PersonLine {
    id: String,
    name: String,
    manager: String,
    login: String,
    department: &'static str,
    roles: String,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "settings/people.html")]
pub(super) struct PeoplePage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    people: Vec<PersonLine>,
    roles: Vec<&'static str>,
    matrix: Vec<PermissionLine>,
    can_keep: bool,
    /// Added just now: whom, and the link to choose a password by.
    made: Option<(String, String)>,
}

/// One permission and how far it reaches for each role, in the order of the roles.
struct PermissionLine {
    name: &'static str,
    cells: Vec<&'static str>,
}

fn permissions(t: Lang) -> Vec<PermissionLine> {
    let cell =
        |act, role| policy::grants(act).iter().find(|(r, _)| *r == role).map_or("—", |(_, reach)| t.reach(*reach));
    policy::acts()
        .map(|act| PermissionLine { name: t.permission(act), cells: Role::ALL.iter().map(|r| cell(act, *r)).collect() })
        .collect()
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    PEOPLE.open(&who)?;
    page::page(&build(&web, &who, None).await?)
}

pub(super) async fn build(web: &Web, who: &SignedIn, made: Option<(String, String)>) -> Result<PeoplePage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let name_of = |id| everybody.iter().find(|p| Some(p.id) == id).map(|p| page::name_in(t, &p.name, &p.name_en));
    Ok(PeoplePage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: PEOPLE.tabs(who),
        people: everybody
            .iter()
            .map(|p| PersonLine {
                id: p.id.0.to_string(),
                manager: name_of(p.manager).unwrap_or_default(),
                name: page::name_in(t, &p.name, &p.name_en),
                login: p.login.clone(),
                department: t.department(p.department),
                roles: p.roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(" · "),
                is_active: p.is_active,
            })
            .collect(),
        roles: Role::ALL.iter().map(|r| t.role(*r)).collect(),
        matrix: permissions(t),
        can_keep: policy::may_ever(&who.actor, Act::KeepPeople),
        made,
    })
}
