//! One account: added with a link by which the person chooses a password, and changed by the administrator.

use super::people;
use crate::app::accounts::{AccountAdded, AccountChanged};
use crate::domain::account::{self, Account, AccountFlaw};
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::domain::staff::{Department, Role};
use crate::store::people::{Person, all, belongings};
use crate::web::check::Checker;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/people/new", get(new).post(add))
        .route("/settings/people/{person}", get(show).post(save))
}

#[derive(Template)]
#[template(path = "settings/person.html")]
struct PersonPage {
    chrome: Chrome,
    t: Lang,
    title: String,
    action: String,
    form: FormView,
    errors: Vec<ErrorItem>,
    departments: Vec<Choice>,
    roles: Vec<Choice>,
    managers: Vec<Choice>,
    /// The sign-in name of a person who is there already.
    login: Option<String>,
    /// What the account was when the page was opened.
    seen: String,
    /// Nobody changes what they may do themselves.
    is_own: bool,
    /// What the person still owns.
    holds: Option<String>,
}

/// A short sign of what an account holds, to notice that somebody else changed it.
fn sign(account: &Account) -> String {
    hex::encode(&Sha256::digest(format!("{account:?}"))[..8])
}

fn filled(p: &Person) -> FormView {
    let mut form = FormView::default();
    form.push("name", &*p.name);
    form.push("name_en", &*p.name_en);
    form.push("department", p.department.code());
    for role in &p.roles {
        form.push("roles", role.code());
    }
    form.put("manager", p.manager.map(|m| m.0.to_string()));
    form.put("person_phone", p.phone.clone());
    form.push("is_active", if p.is_active { "yes" } else { "" });
    form
}

async fn build(web: &Web, who: &SignedIn, of: Option<&Person>, typed: Option<FormView>) -> Result<PersonPage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let everybody = all(&mut conn).await?;
    let holds = match of {
        Some(person) => Some(belongings(&mut conn, person.id).await?).filter(|held| *held != (0, 0)),
        None => None,
    };
    drop(conn);
    let managers = everybody
        .iter()
        .filter(|p| of.is_none_or(|of| of.id != p.id))
        .filter(|p| (p.is_active && !policy::administers(&p.roles)) || of.is_some_and(|of| of.manager == Some(p.id)))
        .map(|p| {
            Choice::new(
                p.id.0.to_string(),
                format!("{} · {}", name_in(t, &p.name, &p.name_en), t.department(p.department)),
            )
        });
    let form = typed.unwrap_or_else(|| of.map(filled).unwrap_or_default());
    Ok(PersonPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        title: of.map_or_else(|| t.people_add().to_owned(), |p| name_in(t, &p.name, &p.name_en)),
        action: of.map_or_else(|| "/settings/people/new".to_owned(), |p| format!("/settings/people/{}", p.id.0)),
        errors: form.errors(),
        form,
        departments: Department::ALL.iter().map(|d| Choice::new(d.code(), t.department(*d))).collect(),
        roles: Role::ALL.iter().map(|r| Choice::new(r.code(), t.role(*r))).collect(),
        managers: managers.collect(),
        login: of.map(|p| p.login.clone()),
        seen: of.map(|p| sign(&p.account())).unwrap_or_default(),
        is_own: of.is_some_and(|p| p.id == who.actor.id),
        holds: holds.map(|(customers, deals)| t.people_holds(customers, deals)),
    })
}

async fn known(web: &Web, id: &str) -> Result<Person, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    let mut conn = web.app().db.read().await?;
    crate::store::people::by_id(&mut conn, PersonId(id)).await?.ok_or(Problem::Missing)
}

async fn new(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepPeople)?;
    page::page(&build(&web, &who, None, None).await?)
}

async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepPeople)?;
    let person = known(&web, &id).await?;
    page::page(&build(&web, &who, Some(&person), None).await?)
}

/// The account as typed; of one's own the rights are not asked for.
fn read(check: &mut Checker<'_>, own: Option<&Person>, is_new: bool) -> Option<Account> {
    let name = check.text("name", 2, 30);
    let name_en = check.text("name_en", 2, 60);
    let department = check.choice("department", Department::parse);
    let chosen = check.all("roles");
    let roles = own.map_or_else(
        || Role::ALL.iter().copied().filter(|r| chosen.contains(&r.code())).collect(),
        |own| own.roles.clone(),
    );
    let manager = check.optional_choice("manager", |raw| Uuid::parse_str(raw).ok().map(PersonId));
    let phone = check.optional_text("person_phone", 3, 30);
    let is_active = own.map_or_else(|| is_new || check.ticked("is_active"), |own| own.is_active);
    Some(Account { name: name?, name_en: name_en?, department: department?, roles, manager, phone, is_active })
}

fn told(t: Lang, flaw: AccountFlaw) -> (String, String) {
    let (field, text) = match flaw {
        AccountFlaw::OwnRights => ("roles", t.people_own_rights()),
        AccountFlaw::NoRole => ("roles", t.people_no_role()),
        AccountFlaw::AdminAlone => ("roles", t.people_admin_alone()),
        AccountFlaw::LastAdmin => ("roles", t.people_last_admin()),
        AccountFlaw::ManagerUnknown => ("manager", t.people_manager_unknown()),
        AccountFlaw::ManagerCircle => ("manager", t.people_manager_circle()),
        AccountFlaw::RepNeedsManager => ("manager", t.people_rep_needs_manager()),
        AccountFlaw::StillOwns => ("roles", t.people_still_owns()),
        AccountFlaw::LeadsTeam => ("roles", t.people_leads_team()),
    };
    (field.to_owned(), text.to_owned())
}

async fn again(
    web: &Web,
    post: &Post,
    of: Option<&Person>,
    errors: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let form = FormView::typed(&post.form, errors);
    page::invalid(&build(web, &post.who, of, Some(form)).await?)
}

fn in_words(t: Lang, check: Checker<'_>) -> Vec<(String, String)> {
    let flaws = check.finish().err().unwrap_or_default();
    flaws.into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect()
}

/// Shows the link once; the same form again leads back to the list without it.
async fn add(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepPeople)?;
    let t = post.t();
    let mut check = Checker::new(&post.form);
    let login = check.required("login", account::login);
    let account = read(&mut check, None, true);
    let (Some(login), Some(account), true) = (login, account, check.is_clean()) else {
        return again(&web, &post, None, in_words(t, check)).await;
    };
    let by = post.by("/settings/people");
    match web.app().add_account(&by, &login, &account).await.map_err(|f| post.keeping(f))? {
        AccountAdded::Yes { token } => {
            let link = format!("{}/reset/{token}", web.own_address(&post.who.here));
            let name = name_in(t, &account.name, &account.name_en);
            page::page(&people::build(&web, &post.who, Some((name, link))).await?)
        }
        // The person is there; another link is made on the page of those who are signed in.
        AccountAdded::Before => Ok(page::see_other(&web, "/settings/people", "")),
        AccountAdded::LoginTaken => {
            again(&web, &post, None, vec![("login".to_owned(), t.people_login_taken().to_owned())]).await
        }
        AccountAdded::Refused(flaws) => again(&web, &post, None, flaws.into_iter().map(|f| told(t, f)).collect()).await,
    }
}

/// The account as it is now, after somebody else changed it.
async fn anew(web: &Web, post: &Post, person: &Person) -> Result<Response, Problem> {
    let now = known(web, &person.id.0.to_string()).await?;
    let errors = vec![("name".to_owned(), post.t().people_meanwhile().to_owned())];
    let form = FormView::typed(&filled(&now).submitted(), errors);
    page::invalid(&build(web, &post.who, Some(&now), Some(form)).await?)
}

async fn save(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepPeople)?;
    let t = post.t();
    let person = known(&web, &id).await?;
    let mut check = Checker::new(&post.form);
    // The form of one's own account has no roles; whoever sends some all the same is refused, and it is kept.
    let own = Some(&person).filter(|p| p.id == post.who.actor.id && post.form.values("roles").is_empty());
    let account = read(&mut check, own, false);
    let (Some(account), true) = (account, check.is_clean()) else {
        return again(&web, &post, Some(&person), in_words(t, check)).await;
    };
    let seen = person.account();
    if sign(&seen) != post.form.value("seen") {
        return anew(&web, &post, &person).await;
    }
    let by = post.by("/settings/people");
    match web.app().change_account(&by, person.id, &seen, &account).await.map_err(|f| post.keeping(f))? {
        AccountChanged::Yes => Ok(page::see_other(&web, "/settings/people", "saved")),
        AccountChanged::Before => Ok(page::see_other(&web, "/settings/people", "")),
        AccountChanged::Meanwhile => anew(&web, &post, &person).await,
        AccountChanged::Refused(flaws) => {
            again(&web, &post, Some(&person), flaws.into_iter().map(|f| told(t, f)).collect()).await
        }
    }
}
