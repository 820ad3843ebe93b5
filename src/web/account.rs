//! The reader's own account: who I am, language, appearance, password.

use super::check::Checker;
use super::form::{ErrorItem, FormView};
use super::page::{self, Chrome, Section};
use super::{Post, Problem, SignedIn, Web};
use crate::app::people::SignIn;
use crate::domain::input::Flaw;
use crate::domain::password::{self, PasswordFlaw};
use crate::store::sessions;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", get(to_account).post(change_password))
        .route("/account/sessions", get(to_account).post(end_others))
}

async fn to_account() -> Redirect {
    Redirect::to("/account")
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    login: String,
    name: String,
    department: String,
    roles: String,
    phone: Option<String>,
    sessions: Vec<SessionLine>,
}

/// A browser in which the reader is signed in.
struct SessionLine {
    since: String,
    seen: String,
    is_this: bool,
}

/// Passwords are never sent back, so the form is always empty.
async fn account(web: &Web, who: &SignedIn, errors: Vec<(String, String)>) -> Result<AccountPage, Problem> {
    let t = who.t();
    let person = who.person();
    let form = FormView::typed(&super::form::Submitted::default(), errors);
    let now = web.app().clock.now();
    let mut conn = web.app().db.read().await?;
    let living = sessions::living(&mut conn, Some(who.actor.id), now, now - web.sessions().idle).await?;
    drop(conn);
    Ok(AccountPage {
        chrome: page::chrome(web, who, Section::None).await?,
        t,
        errors: form.errors(),
        form,
        login: person.login.clone(),
        name: page::name_in(t, &person.name, &person.name_en),
        department: t.department(person.department).to_owned(),
        roles: person.roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(" · "),
        phone: person.phone.clone(),
        sessions: living
            .iter()
            .map(|s| SessionLine {
                since: t.moment_full(s.created_at),
                seen: t.moment_full(s.seen_at),
                is_this: s.id == who.session.id,
            })
            .collect(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&account(&web, &who, Vec::new()).await?)
}

async fn end_others(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let by = post.by("/account");
    let done = web.app().end_other_sessions(&by, post.who.session.id).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}

/// Why it cannot be chosen, in the reader's words.
pub(super) fn password_told(t: Lang, flaw: PasswordFlaw) -> String {
    match flaw {
        PasswordFlaw::Missing => t.flaw(&Flaw::Required),
        PasswordFlaw::TooShort => t.flaw(&Flaw::TooShort { min: password::SHORTEST }),
        PasswordFlaw::TooLong => t.flaw(&Flaw::TooLong { max: password::LONGEST }),
        PasswordFlaw::HoldsLogin => t.account_password_holds_login().to_owned(),
        PasswordFlaw::MadeOfName => t.account_password_made_of_name().to_owned(),
        PasswordFlaw::Common => t.account_password_common().to_owned(),
        PasswordFlaw::SameAsBefore => t.account_password_same().to_owned(),
    }
}

async fn change_password(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let (t, who) = (post.t(), &post.who);
    let (current, new) = (post.form.value("current_password"), post.form.value("new_password"));
    let mut check = Checker::new(&post.form);
    if current.is_empty() {
        check.fail("current_password", Flaw::Required);
    }
    let mut errors: Vec<(String, String)> =
        check.finish().err().unwrap_or_default().into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
    let person = who.person();
    let (company, _) = web.app().company().await?;
    let names = [person.name.as_str(), &person.name_en, &company.name, &company.name_en];
    if let Err(flaw) = password::judge(new, &person.login, &names, current) {
        errors.push(("new_password".to_owned(), password_told(t, flaw)));
    }
    if !errors.is_empty() {
        return page::invalid(&account(&web, who, errors).await?);
    }
    match web.app().change_password(who.person(), current, new, &who.here.address, web.sessions().absolute).await? {
        SignIn::Open { token, device, .. } => {
            let mut response = page::see_other(&web, "/account", "saved");
            response.headers_mut().append(SET_COOKIE, web.open_cookie(&token));
            response.headers_mut().append(SET_COOKIE, web.device_cookie(&device));
            Ok(response)
        }
        SignIn::Wrong => {
            let errors = vec![("current_password".to_owned(), t.account_password_wrong().to_owned())];
            page::invalid(&account(&web, who, errors).await?)
        }
        SignIn::Wait { until } => {
            let seconds = (until - web.app().clock.now()).num_seconds().max(0) + 1;
            let errors = vec![("current_password".to_owned(), t.login_locked((seconds + 59) / 60))];
            let html = account(&web, who, errors).await?.render()?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())], Html(html)).into_response())
        }
    }
}
