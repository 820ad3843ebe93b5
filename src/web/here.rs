//! Who looks, in which language, with which form: the start and the end of every request.
//!
//! `know_visitor` finds the session once and turns every `Problem` into a page; `SignedIn` in a
//! handler's signature is the authentication; `Post` is a form whose one-time key is genuine.

use super::file_room::Room;
use super::form::Submitted;
use super::form_limits::{self, Sender};
use super::names::Named;
use super::page::Flash;
use super::security::{LoggedActor, RequestId};
use super::{Problem, Web, again, drafts, form_key, own_address, presence, problem};
use crate::app::{By, FormUse, REMEMBERED, Upload};
use crate::domain::staff::Actor;
use crate::store::people::{Person, Session};
use crate::wording::Lang;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

const SESSION: &str = "session";
const DEVICE: &str = "kd_device";
const VISITOR: &str = "kd_visitor";
const FLASH: &str = "kd_flash";
const LANGUAGE: &str = "kd_language";
const THEME: &str = "kd_theme";

/// What is known about the reader of this page.
#[derive(Debug, Clone)]
pub struct Here {
    pub session: Option<Arc<Session>>,
    pub t: Lang,
    pub theme: &'static str,
    /// Path and query, to come back to.
    pub path: String,
    pub request: Uuid,
    pub flash: Option<Flash>,
    /// Stands for the login while there is none.
    pub visitor: Uuid,
    pub address: String,
    /// Scheme and host that the browser was sent to.
    pub asked: Option<String>,
    /// The page is read, no form was sent.
    pub is_get: Option<()>,
    /// The cookie of a session, whether or not it is over.
    pub token: Option<String>,
    /// The note of an earlier sign-in from this browser.
    pub device: Option<String>,
    /// The number of the newest news before anything was read for this page.
    pub news: Option<String>,
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';')).find_map(|pair| {
        let (n, v) = pair.trim().split_once('=')?;
        (n == name).then_some(v)
    })
}

fn theme_of(code: &str) -> &'static str {
    match code {
        "light" => "light",
        "dark" => "dark",
        _ => "auto",
    }
}

impl Web {
    fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-session" } else { SESSION }
    }

    pub(super) fn set_cookie(&self, name: &str, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.is_https() { "; Secure" } else { "" };
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"))
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    pub(super) fn open_cookie(&self, token: &str) -> HeaderValue {
        self.set_cookie(self.session_cookie(), token, self.sessions().absolute.num_seconds())
    }

    pub(super) fn device_cookie(&self, note: &str) -> HeaderValue {
        self.set_cookie(DEVICE, note, REMEMBERED.num_seconds())
    }

    pub(super) fn closed_cookie(&self) -> HeaderValue {
        self.set_cookie(self.session_cookie(), "", 0)
    }

    pub(super) fn flash_cookie(&self, code: &str) -> HeaderValue {
        self.set_cookie(FLASH, code, 60)
    }

    pub(super) fn language_cookie(&self, code: &str) -> HeaderValue {
        self.set_cookie(LANGUAGE, code, 31_536_000)
    }

    pub(super) fn theme_cookie(&self, code: &str) -> HeaderValue {
        self.set_cookie(THEME, code, 31_536_000)
    }
}

/// Whether the address asks for a paper in English, whatever the reader's own language is.
fn asks_for_english(path: &str) -> bool {
    let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "lang" && value == Lang::En.code())
}

/// Finds the session, runs the handler, and renders whatever went wrong.
pub(super) async fn know_visitor(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let known_visitor = cookie(headers, VISITOR).and_then(|v| Uuid::parse_str(v).ok());
    let had_flash = cookie(headers, FLASH).is_some();
    let token = cookie(headers, web.session_cookie()).filter(|t| t.len() == 64).map(str::to_owned);
    let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let idle = web.sessions().idle;
    let found = match &token {
        Some(token) if presence::shows_somebody(&path, headers) => web.app().session(token, idle).await,
        Some(token) => web.app().session_unused(token, idle).await,
        None => Ok(None),
    };
    let (session, down) = match found {
        Ok(found) => (found.map(Arc::new), None),
        Err(failure) => (None, Some(failure)),
    };
    let language =
        session.as_ref().map(|s| s.person.language.clone()).or_else(|| cookie(headers, LANGUAGE).map(str::to_owned));
    let t = language.as_deref().and_then(Lang::parse).unwrap_or_default();
    let theme = session
        .as_ref()
        .map(|s| s.person.theme.clone())
        .or_else(|| cookie(headers, THEME).map(str::to_owned))
        .unwrap_or_default();
    let here = Here {
        t,
        theme: theme_of(&theme),
        path,
        request: request.extensions().get::<RequestId>().map_or_else(Uuid::nil, |id| id.0),
        flash: cookie(headers, FLASH).and_then(|code| Flash::of(code, t)),
        visitor: known_visitor.unwrap_or_else(|| web.app().ids.next()),
        address: request
            .extensions()
            .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
            .map_or_else(|| "local".to_owned(), |c| web.visitor_address(c.0.ip(), headers).to_string()),
        asked: own_address::asked(headers),
        is_get: (request.method() == Method::GET).then_some(()),
        device: cookie(headers, DEVICE).filter(|note| note.len() < 100).map(str::to_owned),
        session,
        token,
        news: web.app().live.mark(),
    };
    request.extensions_mut().insert(here.clone());
    if request.method() == Method::POST {
        let sender = sender(&web, &here, down.is_some()).await;
        let limits = form_limits::of(sender, request.uri().path());
        request.extensions_mut().insert(limits);
    }
    let room = Room::default();
    request.extensions_mut().insert(room.clone());
    let typed = again::place(&mut request);
    let is_get = request.method() == Method::GET;
    let mut response = match down {
        Some(failure) => {
            again::only_read(&web, request).await;
            problem::response_of(Problem::from(failure))
        }
        None if here.session.is_some() && (t == Lang::En || asks_for_english(&here.path)) => {
            let names = web.names().names(web.app()).await;
            let (web, here, typed) = (web.clone(), here.clone(), typed.clone());
            Named::new(names, async move {
                let response = again::run(request, next).await;
                problem::render(&web, &here, &response, typed.form()).unwrap_or(response)
            })
            .await
        }
        None => again::run(request, next).await,
    };
    if let Some(rendered) = problem::render(&web, &here, &response, typed.form()) {
        response = rendered;
    }
    drop(room);
    if let Some(session) = &here.session {
        response.extensions_mut().insert(LoggedActor(session.person.id.0));
    }
    if known_visitor.is_none() && here.session.is_none() {
        response.headers_mut().append(SET_COOKIE, web.set_cookie(VISITOR, &here.visitor.to_string(), 86_400));
    }
    if had_flash && is_get && response.status().is_success() {
        response.headers_mut().append(SET_COOKIE, web.flash_cookie("").clone());
    }
    response
}

/// Who sends a form; a session that is over still says whose the form was.
async fn sender(web: &Web, here: &Here, is_away: bool) -> Sender {
    match &here.token {
        Some(_) if here.session.is_some() => Sender::Known,
        Some(_) if is_away => Sender::Unrecognised,
        Some(token) if matches!(web.app().whose_session(token).await, Ok(Some(_))) => Sender::Known,
        _ => Sender::Stranger,
    }
}

impl Here {
    /// What binds a form to its reader: the login, or the visitor before there is one.
    pub fn bound_to(&self) -> Uuid {
        self.session.as_ref().map_or(self.visitor, |s| s.id.0)
    }

    /// A fresh one-time key for a form on this page.
    pub fn form_key(&self, web: &Web) -> String {
        form_key::mint(&web.installation().server_key, self.bound_to(), web.app().ids.next())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Failed { detail: "a page outside its layer".to_owned() })
    }
}

/// A page for people who are signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub here: Here,
    pub session: Arc<Session>,
    pub actor: Actor,
}

impl SignedIn {
    pub fn t(&self) -> Lang {
        self.here.t
    }

    pub fn person(&self) -> &Person {
        &self.session.person
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let here = Here::from_request_parts(parts, state).await?;
        match here.session.clone() {
            Some(session) => Ok(Self { actor: session.actor(), session, here }),
            None => Err(Problem::SignIn { next: here.path }),
        }
    }
}

/// A form that a signed-in person sent, with its genuine one-time key.
#[derive(Debug)]
pub struct Post {
    pub who: SignedIn,
    pub form: Submitted,
    key: Uuid,
}

impl FromRequest<Web> for Post {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let here = request
            .extensions()
            .get::<Here>()
            .cloned()
            .ok_or(Problem::Failed { detail: "a form outside its layer".to_owned() })?;
        let form = Submitted::from_request(request, web).await?;
        let Some(session) = here.session.clone() else {
            let is_kept = keep_draft(web, &here, &form).await;
            return Err(Problem::SessionOver { kept: form, is_kept });
        };
        let key = form_key::open(&web.installation().server_key, session.id.0, form.value("form_key"));
        match key {
            Some(key) => Ok(Self { who: SignedIn { actor: session.actor(), session, here }, form, key }),
            None => Err(Problem::ForeignForm { kept: form }),
        }
    }
}

/// Keeps a long form whose session is over, when its key proves whose form it was.
async fn keep_draft(web: &Web, here: &Here, form: &Submitted) -> Option<()> {
    let fields = drafts::fields_of(form).filter(|_| drafts::is_long_form(&here.path))?;
    let (session, person) = web.app().whose_session(here.token.as_deref()?).await.ok()??;
    form_key::open(&web.installation().server_key, session.0, form.value("form_key"))?;
    web.app().keep_draft(person, &here.path, &fields).await.ok()
}

impl Post {
    pub fn t(&self) -> Lang {
        self.who.here.t
    }

    /// Who asks, with this form, going to `then` afterwards.
    pub fn by(&self, then: impl Into<String>) -> By<'_> {
        self.by_with(then, Vec::new())
    }

    pub fn by_with(&self, then: impl Into<String>, uploads: Vec<Upload>) -> By<'_> {
        let route = self.who.here.path.clone();
        By {
            actor: &self.who.actor,
            request: self.who.here.request,
            form: Some(FormUse { key: self.key, route, sha256: self.form.sha256(), then: then.into() }),
            uploads,
        }
    }

    /// A problem that keeps what was typed.
    pub fn keeping(&self, problem: impl Into<Problem>) -> Problem {
        problem.into().keeping(&self.form)
    }
}
