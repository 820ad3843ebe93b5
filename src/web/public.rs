//! Pages for customers without an account: the token in the address is the whole authority.
//!
//! The one rule: opening a page changes nothing but when it was opened; what a customer says goes
//! through a page that shows it once more. No internal note, floor price or other customer is
//! ever handed to these templates.

mod data;
mod quote;
mod survey;
mod track;

use super::form::{FormView, Submitted};
use super::{Here, Problem, Web, form_key};
use crate::app::{Answerer, Opened, Shut};
use crate::domain::input;
use crate::domain::link::{LinkPurpose, last_day};
use crate::web::check::Checker;
use crate::web::form::ErrorItem;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::header::{HeaderName, REFERRER_POLICY, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

pub fn routes(web: &Web) -> Router<Web> {
    Router::new()
        .route("/p/{token}", get(show))
        .route("/p/{token}/quote.pdf", get(quote::paper))
        .route("/p/{token}/accept", get(quote::check).post(quote::accept))
        .route("/p/{token}/decline", get(quote::to_decline).post(quote::decline))
        .route("/p/{token}/change", get(quote::to_change).post(quote::change))
        .route("/p/{token}/data", post(data::answer))
        .route("/p/{token}/survey", post(survey::answer))
        .layer(from_fn_with_state(web.clone(), keep_private))
}

/// Neither the address nor the page is passed on, kept or indexed.
async fn keep_private(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    // Without https a browser hides the origin of a form together with the referrer, and the form would be refused.
    if web.is_https() {
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    response
}

/// What every page of a customer shows around its content.
pub struct Cover {
    pub css_url: String,
    pub js_url: String,
    pub company: String,
    pub other_language: String,
    pub contact: String,
    pub contact_phone: Option<String>,
    pub form_key: String,
    pub ends: String,
}

/// A visitor with a link.
pub struct Guest {
    pub here: Here,
    pub t: Lang,
    pub token: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Problem> {
        let here = Here::from_request_parts(parts, state).await?;
        let Path(token) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::Missing)?;
        Ok(Self::of(here, token))
    }
}

impl Guest {
    fn of(here: Here, token: String) -> Self {
        let query = here.path.split_once('?').map(|(_, q)| q).unwrap_or_default();
        let wanted =
            form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == "lang").and_then(|(_, v)| Lang::parse(&v));
        Self { t: wanted.unwrap_or(here.t), here, token }
    }

    fn path(&self, more: &str) -> String {
        format!("/p/{}{more}?lang={}", self.token, self.t.code())
    }
}

/// A form that a customer sent.
pub struct GuestPost {
    pub guest: Guest,
    pub form: Submitted,
    /// Its one-time key was given to this visitor.
    is_genuine: bool,
}

impl GuestPost {
    /// A form with a key that was not given here is shown again, with what was typed and a new key.
    pub fn checker(&self) -> Checker<'_> {
        let mut check = Checker::new(&self.form);
        if !self.is_genuine {
            check.fail("name", input::Flaw::SendAgain);
        }
        check
    }
}

impl FromRequest<Web> for GuestPost {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let guest = Guest::from_request_parts(&mut parts, web).await?;
        let form = Submitted::from_request(Request::from_parts(parts, body), web).await.map_err(Problem::BadForm)?;
        let key = form_key::open(&web.installation().server_key, guest.here.bound_to(), form.value("form_key"));
        Ok(Self { guest, form, is_genuine: key.is_some() })
    }
}

#[derive(Template)]
#[template(path = "public/message.html")]
struct MessagePage {
    cover: Cover,
    t: Lang,
    title: &'static str,
    text: String,
    back: Option<String>,
}

async fn cover(web: &Web, guest: &Guest, opened: Option<&Opened>) -> Result<Cover, Problem> {
    let t = guest.t;
    let installation = web.installation();
    let other = if t == Lang::Zh { Lang::En } else { Lang::Zh };
    let path = guest.here.path.split('?').next().unwrap_or_default();
    let mut contact = (String::new(), None);
    if let Some(opened) = opened {
        let owner = opened.case.deal.as_ref().map_or(opened.case.customer.owner, |d| d.owner);
        let mut conn = web.app().db.read().await?;
        if let Some(person) = crate::store::people::by_id(&mut conn, owner).await? {
            contact = (super::page::name_in(t, &person.name, &person.name_en), person.phone);
        }
    }
    Ok(Cover {
        css_url: super::assets::asset_url("app.css").to_owned(),
        js_url: super::assets::asset_url("app.js").to_owned(),
        company: super::page::name_in(t, &installation.company_name, &installation.company_name_en),
        other_language: format!("{path}?lang={}", other.code()),
        contact: contact.0,
        contact_phone: contact.1,
        form_key: guest.here.form_key(web),
        // The last day on which it opens.
        ends: opened.map(|o| t.date(last_day(o.link.expires_at))).unwrap_or_default(),
    })
}

/// The page behind a dead link: polite, and without a word about what it was for.
async fn shut(web: &Web, guest: &Guest, why: Shut) -> Result<Response, Problem> {
    let t = guest.t;
    let (status, title, text, opened) = match why {
        Shut::Unknown => (StatusCode::NOT_FOUND, t.public_unknown_title(), t.public_unknown_text(), None),
        Shut::Expired(_) => (StatusCode::GONE, t.public_expired_title(), t.public_expired_text(), None),
        Shut::Throttled => (StatusCode::TOO_MANY_REQUESTS, t.public_throttled_title(), t.public_throttled_text(), None),
        Shut::Failed(failure) => return Err(failure.into()),
    };
    let page = MessagePage { cover: cover(web, guest, opened).await?, t, title, text: text.to_owned(), back: None };
    let mut response = (status, Html(page.render()?)).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("600"));
    }
    Ok(response)
}

/// A live link of the wanted purpose; any other is as good as none.
async fn opened(web: &Web, guest: &Guest, purpose: LinkPurpose) -> Result<Result<Opened, Response>, Problem> {
    match web.app().find_link(&guest.token, &guest.here.address).await {
        Ok(opened) if opened.link.purpose == purpose => Ok(Ok(opened)),
        Ok(_) => shut(web, guest, Shut::Unknown).await.map(Err),
        Err(why) => shut(web, guest, why).await.map(Err),
    }
}

async fn show(State(web): State<Web>, guest: Guest) -> Result<Response, Problem> {
    let opened = match web.app().open_link(&guest.token, &guest.here.address).await {
        Ok(opened) => opened,
        Err(why) => return shut(&web, &guest, why).await,
    };
    match opened.link.purpose {
        LinkPurpose::Data => data::page(&web, &guest, &opened, FormView::default()).await,
        LinkPurpose::Quote => quote::page(&web, &guest, &opened).await,
        LinkPurpose::Track => track::page(&web, &guest, &opened).await,
        LinkPurpose::Survey => survey::page(&web, &guest, &opened, FormView::default()).await,
    }
}

/// The name and position under an answer, both typed by the customer.
fn answerer(check: &mut Checker<'_>) -> Option<Answerer> {
    let name = check.required("name", |raw| input::text(raw, 2, 30));
    let title = check.optional_text("title", 2, 30);
    let note = check.optional_long_text("note", 1, 500);
    Some(Answerer { name: name?, title, note })
}

/// The customer's typed form again with what is wrong.
fn typed_again(t: Lang, form: &Submitted, check: Checker<'_>) -> Option<FormView> {
    let errors = check.finish().err()?;
    let told = errors.into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
    Some(FormView::typed(form, told))
}

fn unprocessable(page: &impl Template) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn message(
    web: &Web,
    guest: &Guest,
    opened: &Opened,
    (title, text): (&'static str, String),
) -> Result<Response, Problem> {
    let cover = cover(web, guest, Some(opened)).await?;
    super::page::page(&MessagePage { cover, t: guest.t, title, text, back: Some(guest.path("")) })
}

/// So much waits for the rep that nothing more is kept.
async fn enough(web: &Web, guest: &Guest, opened: &Opened) -> Result<Response, Problem> {
    let t = guest.t;
    message(web, guest, opened, (t.public_enough_title(), t.public_enough_text().to_owned())).await
}

/// After an answer: the page itself tells how things stand.
fn back(guest: &Guest) -> Response {
    axum::response::Redirect::to(&guest.path("")).into_response()
}

/// Errors in the order of the form.
fn summary(form: &FormView) -> Vec<ErrorItem> {
    form.errors()
}
