//! Who there is and who may do what; one account is changed on a page of its own.

use super::places::{PEOPLE, Tab};
use crate::domain::ids::PersonId;
use crate::domain::message::ServiceEvent;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::store::people;
use crate::store::people_log::{self, Kept};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use uuid::Uuid;

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
    log: Vec<Done>,
    can_keep: bool,
    /// The link opens on this computer only.
    is_unreachable: bool,
    /// Added just now: whom, and the link to choose a password by.
    made: Option<(String, String)>,
}

/// What an administrator did to an account.
struct Done {
    at: String,
    who: String,
    text: String,
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

/// What was done to the account of a person.
pub(super) fn account_words(
    t: Lang,
    person: String,
    event: &ServiceEvent,
    name_of: impl Fn(Option<Uuid>) -> String,
) -> String {
    let roles = |roles: &[Role]| roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(t.sentence_joint());
    match event {
        ServiceEvent::PersonAdded { roles: given, .. } => t.people_log_added(person, roles(given)),
        ServiceEvent::PersonChanged { fields, roles: given, manager, is_active, .. } => {
            let moved = [
                given.as_ref().map(|(old, new)| t.people_log_moved(roles(new), roles(old), t.frame_roles())),
                manager.map(|(old, new)| t.people_log_moved(name_of(new), name_of(old), t.people_manager())),
                is_active.map(|is_active| {
                    if is_active { t.people_log_opened().to_owned() } else { t.people_log_closed().to_owned() }
                }),
            ];
            let plain = fields.iter().filter_map(|field| match field.as_str() {
                "name" => Some(t.account_name()),
                "name_en" => Some(t.setup_name_en()),
                "department" => Some(t.frame_department()),
                "phone" => Some(t.account_phone()),
                _ => None,
            });
            let all: Vec<String> = moved.into_iter().flatten().chain(plain.map(str::to_owned)).collect();
            t.people_log_changed(all.join(t.sentence_joint()), person)
        }
        ServiceEvent::OwnRightsRefused { roles: wanted, .. } => t.people_log_refused(roles(wanted)),
        ServiceEvent::ResetLinkMade { .. } => t.people_log_link(person),
        _ => t.people_log_ended(person),
    }
}

fn done(t: Lang, kept: &Kept, name_of: impl Fn(Option<Uuid>) -> String) -> Done {
    let text = account_words(t, page::name_in(t, &kept.person, &kept.person_en), &kept.event, name_of);
    Done { at: t.moment_full(kept.at), who: page::name_in(t, &kept.actor, &kept.actor_en), text }
}

pub(super) async fn build(web: &Web, who: &SignedIn, made: Option<(String, String)>) -> Result<PeoplePage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    let log = people_log::newest(&mut conn).await?;
    drop(conn);
    let name_of = |id: Option<PersonId>| {
        everybody.iter().find(|p| Some(p.id) == id).map(|p| page::name_in(t, &p.name, &p.name_en))
    };
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
        log: log
            .iter()
            .map(|kept| done(t, kept, |id| name_of(id.map(PersonId)).unwrap_or_else(|| "—".to_owned())))
            .collect(),
        is_unreachable: made.is_some() && !web.is_reachable(&who.here),
        can_keep: policy::may_ever(&who.actor, Act::KeepPeople),
        made,
    })
}
