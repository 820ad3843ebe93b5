//! What holds for every request, whatever it asks for: headers, origin, one log line, no lost write.
//!
//! The one rule: no answer leaves without passing [`outer`], not even a refusal. Who is signed in
//! and what they may do is decided elsewhere; refusals have a status and a [`Refusal`] among the
//! extensions of the answer, and the layer between [`inner`] and [`outer`] makes a page of it.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use uuid::Uuid;

use crate::clock::Ids;

/// Bytes of path and query of a URL; beyond it the answer is 414.
pub const MAX_URL: usize = 8 * 1024;

/// Sent with every answer; a page may have set another value of these three before.
const CHANGEABLE: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];
/// Sent with every answer, always with these values.
const FIXED: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];
const TRANSPORT_SECURITY: &str = "max-age=63072000; includeSubDomains";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the layers need to know.
#[derive(Clone, Debug)]
pub struct Guard {
    public_url: Option<Arc<str>>,
    ids: Ids,
}

impl Guard {
    /// `public_url` as the settings give it: `scheme://host[:port]` in lower case.
    pub fn new(public_url: Option<&str>, ids: Ids) -> Self {
        Self { public_url: public_url.map(Arc::from), ids }
    }

    fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// The id of a request, among its extensions and in the answer's `x-request-id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Who acted: put among the extensions of an answer so that the log line can name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedActor(pub Uuid);

/// Why a request never came to a handler, or did not come back: an extension of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another site's page sent it: status 403.
    ForeignOrigin,
    /// Longer than [`MAX_URL`]: status 414.
    UrlTooLong,
    /// The handler panicked: status 500.
    Panicked,
    /// The program ended before the handler did: status 503.
    Stopped,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::UrlTooLong => StatusCode::URI_TOO_LONG,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The layers right around the handlers, from outside: the URL, origin, panics.
pub fn inner(router: Router, guard: &Guard) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(guard.clone(), check_origin))
        .layer(from_fn(check_url))
}

/// The layers around everything, also around the rendering of error pages, from outside:
/// finished writes, request id with log line, headers, panics.
pub fn outer(router: Router, guard: &Guard) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(guard.clone(), set_headers))
        .layer(from_fn_with_state(guard.clone(), name_and_log))
        .layer(from_fn(finish_writes))
}

/// Names the request and writes its line: never the URL, never a form's value, and no id that
/// somebody sent.
pub async fn name_and_log(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let id = guard.ids.next();
    request.extensions_mut().insert(RequestId(id));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let span = tracing::info_span!("request", id = %id);
    async move {
        let mut response = next.run(request).await;
        let status = response.status();
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let actor = response.extensions().get::<LoggedActor>().map(|actor| tracing::field::display(actor.0));
        if status.is_server_error() {
            let refusal = response.extensions().get::<Refusal>().map(tracing::field::debug);
            tracing::error!(%method, route, status = status.as_u16(), ms, actor, refusal, "failed");
        } else {
            tracing::info!(%method, route, status = status.as_u16(), ms, actor, "answered");
        }
        let id = HeaderValue::from_str(&id.to_string()).expect("an id is made of hexadecimal digits");
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// Puts the security headers on the answer.
pub async fn set_headers(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in CHANGEABLE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if guard.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT_SECURITY));
    }
    response
}

/// Refuses URLs that no page of ours makes: too long ones, and paths that name a control character.
pub async fn check_url(request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if length > MAX_URL {
        Refusal::UrlTooLong.into_response()
    } else if names_a_control_character(request.uri().path()) {
        StatusCode::NOT_FOUND.into_response()
    } else {
        next.run(request).await
    }
}

/// `%00` to `%1F` and `%7F`: no number holds one, and no header that leads back may.
fn names_a_control_character(path: &str) -> bool {
    path.as_bytes().windows(3).any(|w| match w {
        [b'%', b'0' | b'1', digit] => digit.is_ascii_hexdigit(),
        [b'%', b'7', digit] => digit.eq_ignore_ascii_case(&b'F'),
        _ => false,
    })
}

/// Refuses what a browser sends from a page that is not ours, unless the method changes nothing.
pub async fn check_origin(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), guard.public_url.as_deref()) {
        next.run(request).await
    } else {
        Refusal::ForeignOrigin.into_response()
    }
}

/// Neither `Sec-Fetch-Site` nor `Origin` may name another site. The first is not sent on plain http;
/// the second is `null` on our own pages that hide the referrer, and then the first has to vouch for
/// it. Without both it is no browser, and the form key alone protects.
fn is_ours(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    match (only(headers, "sec-fetch-site"), only(headers, "origin")) {
        (Sent::Never | Sent::Once("same-origin" | "none"), Sent::Never)
        | (Sent::Once("same-origin"), Sent::Once("null")) => true,
        (Sent::Never | Sent::Once("same-origin" | "none"), Sent::Once(origin)) => {
            public_url == Some(origin) || is_host(headers, origin, public_url)
        }
        _ => false,
    }
}

/// Whether the origin is the host that was asked, by the scheme of the public URL if there is one.
fn is_host(headers: &HeaderMap, origin: &str, public_url: Option<&str>) -> bool {
    let (Some((scheme, authority)), Sent::Once(host)) = (origin.split_once("://"), only(headers, "host")) else {
        return false;
    };
    let own_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let is_scheme = public_url.and_then(|url| url.split_once("://")).is_none_or(|(ours, _)| ours == scheme);
    is_scheme && authority.eq_ignore_ascii_case(host.strip_suffix(own_port).unwrap_or(host))
}

enum Sent<'a> {
    Never,
    Once(&'a str),
    /// More than once, or not in ASCII.
    Oddly,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Sent<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (None, _) => Sent::Never,
        (Some(Ok(value)), None) => Sent::Once(value),
        _ => Sent::Oddly,
    }
}

/// Lets a write run to its end in a task of its own: a browser that goes away drops only the
/// waiting for it.
pub async fn finish_writes(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(gone) => match gone.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Refusal::Stopped.into_response(),
        },
    }
}

/// The message of a panic may quote what somebody typed, so it is not repeated anywhere.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Refusal::Panicked.into_response()
}

#[cfg(test)]
mod tests;
