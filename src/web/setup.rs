//! The page of the first start: the code from the console, the company's name, the first administrator. Once
//! somebody has an account the page does not exist.

use super::check::Checker;
use super::form::{ErrorItem, FormView, Submitted};
use super::page::{self, Chrome, Section};
use super::{Here, Problem, Web, account, form_key};
use crate::app::first_admin::{FirstAdmin, Founded};
use crate::domain::account::login;
use crate::domain::password;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/setup", get(show).post(found))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
}

fn build(web: &Web, here: &Here, form: FormView) -> SetupPage {
    SetupPage { chrome: page::bare(web, here, Section::None), t: here.t, errors: form.errors(), form }
}

/// The page as it was sent, but for what no page repeats.
fn again(
    web: &Web,
    here: &Here,
    form: &Submitted,
    status: StatusCode,
    errors: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let values = form.values.iter().filter(|(name, _)| name != "new_password").cloned().collect();
    let kept = Submitted { values, files: Vec::new() };
    let page = build(web, here, FormView::typed(&kept, errors));
    Ok((status, Html(page.render()?)).into_response())
}

async fn only_before(web: &Web) -> Result<(), Problem> {
    if web.app().awaits_first_admin().await? { Ok(()) } else { Err(Problem::Missing) }
}

async fn show(State(web): State<Web>, here: Here) -> Result<Response, Problem> {
    only_before(&web).await?;
    let mut form = FormView::default();
    form.push("login", "admin");
    page::page(&build(&web, &here, form))
}

async fn found(State(web): State<Web>, here: Here, form: Submitted) -> Result<Response, Problem> {
    only_before(&web).await?;
    let t = here.t;
    if form_key::open(&web.installation().server_key, here.bound_to(), form.value("form_key")).is_none() {
        let errors = vec![("setup_code".to_owned(), t.setup_form_expired().to_owned())];
        return again(&web, &here, &form, StatusCode::FORBIDDEN, errors);
    }
    let mut check = Checker::new(&form);
    let code = check.text("setup_code", 1, 64);
    let (company, company_en) = (check.text("company_name", 2, 100), check.text("company_name_en", 2, 100));
    let (name, name_en) = (check.text("name", 2, 30), check.text("name_en", 2, 60));
    let login = check.required("login", login);
    let mut errors: Vec<(String, String)> =
        check.finish().err().unwrap_or_default().into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
    let password = form.value("new_password");
    let names = [&name, &name_en, &company, &company_en].map(|n| n.as_deref().unwrap_or_default());
    if let Err(flaw) = password::judge(password, login.as_deref().unwrap_or("admin"), &names, "") {
        errors.push(("new_password".to_owned(), account::password_told(t, flaw)));
    }
    let (Some(code), Some(company), Some(company_en), Some(name), Some(name_en), Some(login), true) =
        (code, company, company_en, name, name_en, login, errors.is_empty())
    else {
        return again(&web, &here, &form, StatusCode::UNPROCESSABLE_ENTITY, errors);
    };
    let admin = FirstAdmin { login, name, name_en, password: password.to_owned() };
    match web.app().found(&code, &admin, (&company, &company_en), (&here.address, here.request)).await? {
        Founded::Yes => Ok(page::see_other(&web, "/login", "founded")),
        Founded::Gone => Err(Problem::Missing),
        Founded::WrongCode => {
            let errors = vec![("setup_code".to_owned(), t.setup_code_wrong().to_owned())];
            again(&web, &here, &form, StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
        Founded::Wait { until } => {
            let seconds = (until - web.app().clock.now()).num_seconds().max(0) + 1;
            let errors = vec![("setup_code".to_owned(), t.setup_wait().to_owned())];
            let mut response = again(&web, &here, &form, StatusCode::TOO_MANY_REQUESTS, errors)?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
    }
}
