//! Signing in and out, and the two choices that need no login: language and appearance.
//!
//! Every sign-in opens a new session; a form from before it is bound to the visitor's cookie.

use super::form::{ErrorItem, FormView, Submitted};
use super::page::{self, Chrome, Section};
use super::{Here, Problem, Web, drafts, form_key};
use crate::app::people::SignIn;
use crate::store::drafts::Fields;
use crate::store::people;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home))
        .route("/login", get(show).post(sign_in))
        .route("/login/demo", post(sign_in_demo))
        .route("/logout", post(sign_out))
        .route("/preferences/language", post(choose_language))
        .route("/preferences/theme", post(choose_theme))
}

async fn home() -> Redirect {
    Redirect::to("/work")
}

pub struct DemoPerson {
    pub login: String,
    pub name: String,
    pub department: String,
    pub roles: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    next: String,
    is_ended: bool,
    locked_minutes: Option<i64>,
    people: Vec<DemoPerson>,
    /// What a form held whose session was over, and its address.
    over: Option<Over>,
}

/// Input that waits for the sign-in.
struct Over {
    text: &'static str,
    address: String,
    /// Goes along when nothing tells yet whose it is.
    carried: Fields,
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

/// Whether the browser sent a session that is over.
fn has_ended(here: &Here, headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
    let mut sessions = cookies
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| matches!(*name, "session" | "__Host-session"));
    here.session.is_none() && sessions.any(|(_, token)| !token.is_empty())
}

async fn login_page(web: &Web, here: &Here, next: &str, login: &str) -> Result<LoginPage, Problem> {
    let t = here.t;
    let people = if web.is_demo() {
        let mut conn = web.app().db.read().await?;
        people::all(&mut conn).await?
    } else {
        Vec::new()
    };
    let people = people.iter().filter(|p| p.is_active).map(|p| DemoPerson {
        login: p.login.clone(),
        name: page::name_in(t, &p.name, &p.name_en),
        department: t.department(p.department).to_owned(),
        roles: p.roles.iter().map(|r| t.role(*r)).collect::<Vec<_>>().join(" · "),
    });
    let mut form = FormView::default();
    form.push("login", login);
    Ok(LoginPage {
        chrome: page::bare(web, here, Section::None),
        t,
        form,
        errors: Vec::new(),
        next: page::own_path(next).to_owned(),
        is_ended: false,
        locked_minutes: None,
        people: people.collect(),
        over: None,
    })
}

async fn show(
    State(web): State<Web>,
    here: Here,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if here.session.is_some() {
        return Ok(Redirect::to(page::own_path(&asked.next)).into_response());
    }
    if web.app().awaits_first_admin().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let mut login = login_page(&web, &here, &asked.next, "").await?;
    login.is_ended = has_ended(&here, &headers);
    page::page(&login)
}

/// The sign-in page in answer to a form whose session was over: nothing of it is lost.
pub(super) fn session_over(
    web: &Web,
    here: &Here,
    kept: &Submitted,
    is_kept: Option<()>,
) -> Result<String, askama::Error> {
    let t = here.t;
    let is_long = drafts::is_long_form(&here.path);
    let carried = drafts::fields_of(kept).filter(|_| is_long && is_kept.is_none()).unwrap_or_default();
    let text = match is_kept {
        Some(()) => t.draft_kept(),
        None if !carried.is_empty() => t.draft_carried(),
        None => t.problem_session_over(),
    };
    let page = LoginPage {
        chrome: page::bare(web, here, Section::None),
        t,
        form: FormView::default(),
        errors: Vec::new(),
        next: if is_long { here.path.clone() } else { "/work".to_owned() },
        is_ended: false,
        locked_minutes: None,
        people: Vec::new(),
        over: Some(Over { text, address: here.path.clone(), carried }),
    };
    page.render()
}

/// The fields that came along with a sign-in, and the form they belong to.
fn carried(form: &Submitted) -> Option<(&str, Fields)> {
    let address = Some(form.value("carried_address")).filter(|a| drafts::is_long_form(a))?;
    let values = form.values.iter().filter_map(|(n, v)| Some((n.strip_prefix("carried:")?.to_owned(), v.clone())));
    Some((address, drafts::fields_of(&Submitted { values: values.collect(), files: Vec::new() })?))
}

fn is_genuine(web: &Web, here: &Here, form: &Submitted) -> bool {
    form_key::open(&web.installation().server_key, here.bound_to(), form.value("form_key")).is_some()
}

/// The same page with one sentence, the name kept and a fresh key; never the password.
async fn again(
    web: &Web,
    here: &Here,
    form: &Submitted,
    status: StatusCode,
    sentence: &str,
) -> Result<Response, Problem> {
    let mut login = login_page(web, here, form.value("next"), form.value("login")).await?;
    login.errors.push(ErrorItem { field: "login".to_owned(), text: sentence.to_owned() });
    login.over = carried(form).map(|(address, carried)| Over {
        text: here.t.draft_carried(),
        address: address.to_owned(),
        carried,
    });
    Ok((status, Html(login.render()?)).into_response())
}

async fn wait(web: &Web, here: &Here, form: &Submitted, until: DateTime<Utc>) -> Result<Response, Problem> {
    let seconds = (until - web.app().clock.now()).num_seconds().max(0) + 1;
    let mut login = login_page(web, here, form.value("next"), form.value("login")).await?;
    login.locked_minutes = Some((seconds + 59) / 60);
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Html(login.render()?)).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// Into the site with the new session; the former one of this browser ends.
async fn enter(web: &Web, here: &Here, (token, device): (&str, &str), next: &str) -> Result<Response, Problem> {
    if let Some(former) = &here.session {
        web.app().sign_out(former).await?;
    }
    let mut response = page::see_other(web, page::own_path(next), "");
    response.headers_mut().append(SET_COOKIE, web.open_cookie(token));
    response.headers_mut().append(SET_COOKIE, web.device_cookie(device));
    Ok(response)
}

async fn sign_in(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    if !is_genuine(&web, &here, &form) {
        return again(&web, &here, &form, StatusCode::FORBIDDEN, here.t.account_form_expired()).await;
    }
    let (login, password) = (form.value("login"), form.value("password"));
    let device = here.device.as_deref();
    match web.app().sign_in_from(device, login, password, &here.address, web.sessions().absolute).await? {
        SignIn::Open { token, device, .. } => {
            if let (Some((address, fields)), Some((_, person))) =
                (carried(&form), web.app().whose_session(&token).await?)
            {
                web.app().keep_draft(person, address, &fields).await?;
            }
            enter(&web, &here, (&token, &device), form.value("next")).await
        }
        SignIn::Wrong => again(&web, &here, &form, StatusCode::UNAUTHORIZED, here.t.account_wrong_sign_in()).await,
        SignIn::Wait { until } => wait(&web, &here, &form, until).await,
    }
}

/// One click instead of a password; exists only in the demo company.
async fn sign_in_demo(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    if !web.is_demo() {
        return Err(Problem::Missing);
    }
    if !is_genuine(&web, &here, &form) {
        return again(&web, &here, &form, StatusCode::FORBIDDEN, here.t.account_form_expired()).await;
    }
    match web.app().sign_in_demo(form.value("login"), web.sessions().absolute).await? {
        SignIn::Open { token, device, .. } => enter(&web, &here, (&token, &device), form.value("next")).await,
        SignIn::Wrong => again(&web, &here, &form, StatusCode::UNAUTHORIZED, here.t.account_wrong_sign_in()).await,
        SignIn::Wait { until } => wait(&web, &here, &form, until).await,
    }
}

async fn sign_out(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    if let Some(session) = &here.session {
        if !is_genuine(&web, &here, &form) {
            return Err(Problem::ForeignForm { kept: Submitted::default() });
        }
        web.app().sign_out(session).await?;
    }
    let mut response = page::see_other(&web, "/login", "");
    response.headers_mut().append(SET_COOKIE, web.closed_cookie());
    response
        .headers_mut()
        .insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

/// Back to where the choice was made, with the cookie of that choice.
fn back(web: &Web, form: &Submitted, cookie: HeaderValue) -> Response {
    let mut response = page::see_other(web, page::own_path(form.value("return_to")), "");
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

async fn choose_language(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    if !is_genuine(&web, &here, &form) {
        return Err(Problem::ForeignForm { kept: Submitted::default() });
    }
    let language = Lang::parse(form.value("language")).unwrap_or(here.t).code();
    if let Some(session) = &here.session {
        web.app().choose_language(session.person.id, language).await?;
    }
    Ok(back(&web, &form, web.language_cookie(language)))
}

async fn choose_theme(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    if !is_genuine(&web, &here, &form) {
        return Err(Problem::ForeignForm { kept: Submitted::default() });
    }
    let theme = match form.value("theme") {
        "light" => "light",
        "dark" => "dark",
        _ => "auto",
    };
    if let Some(session) = &here.session {
        web.app().choose_theme(session.person.id, theme).await?;
    }
    Ok(back(&web, &form, web.theme_cookie(theme)))
}

#[cfg(test)]
mod tests {
    use super::page::own_path;

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        assert_eq!(own_path("/deals?q=1"), "/deals?q=1");
        for elsewhere in ["", "https://example.org/", "//example.org", "/\\example.org", "/a\r\nset-cookie: x"] {
            assert_eq!(own_path(elsewhere), "/work", "{elsewhere:?}");
        }
    }
}
