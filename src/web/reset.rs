//! A new password by a link that works once. Opening it shows a form and uses nothing up, so that
//! a scanner of mails can look at it; only sending the form does.

use super::form::{ErrorItem, FormView, Submitted};
use super::page::{self, Chrome, Section};
use super::{Here, Problem, Web, account, form_key};
use crate::domain::password;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::REFERRER_POLICY;
use axum::response::Response;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/reset/{token}", get(show).post(choose))
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    path: String,
    name: String,
}

/// The link is the whole authority, so it goes into no Referer and no index.
fn discreet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

fn build(web: &Web, here: &Here, token: &str, name: String, errors: Vec<(String, String)>) -> ResetPage {
    let form = FormView::typed(&Submitted::default(), errors);
    ResetPage {
        chrome: page::bare(web, here, Section::None),
        t: here.t,
        errors: form.errors(),
        form,
        path: format!("/reset/{token}"),
        name,
    }
}

fn sound(token: &str) -> Result<(), Problem> {
    let is_token = token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit());
    if is_token { Ok(()) } else { Err(Problem::Missing) }
}

async fn show(State(web): State<Web>, Path(token): Path<String>, here: Here) -> Result<Response, Problem> {
    sound(&token)?;
    let person = web.app().reset_link(&token).await?.ok_or(Problem::Missing)?;
    let name = page::name_in(here.t, &person.name, &person.name_en);
    page::page(&build(&web, &here, &token, name, Vec::new())).map(discreet)
}

async fn choose(
    State(web): State<Web>,
    Path(token): Path<String>,
    here: Here,
    form: Submitted,
) -> Result<Response, Problem> {
    sound(&token)?;
    if form_key::open(&web.installation().server_key, here.bound_to(), form.value("form_key")).is_none() {
        return Err(Problem::ForeignForm { kept: Submitted::default() });
    }
    let person = web.app().reset_link(&token).await?.ok_or(Problem::Missing)?;
    let new = form.value("new_password");
    let (company, _) = web.app().company().await?;
    let names = [person.name.as_str(), &person.name_en, &company.name, &company.name_en];
    if let Err(flaw) = password::judge(new, &person.login, &names, "") {
        let errors = vec![("new_password".to_owned(), account::password_told(here.t, flaw))];
        let name = page::name_in(here.t, &person.name, &person.name_en);
        return page::invalid(&build(&web, &here, &token, name, errors)).map(discreet);
    }
    if !web.app().use_reset_link(&token, new).await? {
        return Err(Problem::Missing);
    }
    Ok(discreet(page::see_other(&web, "/login", "saved")))
}
