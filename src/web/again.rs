//! What did not get through because others stood in the way is done again, whatever page it was for.
//!
//! The one rule: only a form whose answer says that nothing was saved is run again, with the same one-time key, and
//! only for a moment. Longer than that the person waits who knows best whether to wait on.

use super::form::{Submitted, Typed};
use super::form_limits::Limits;
use super::{Web, problem};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use std::time::{Duration, Instant};

/// How often a form is run.
const TRIES: u32 = 4;
/// Nothing is tried again later than this after the form came.
const MOMENT: Duration = Duration::from_secs(4);

/// A form as it was sent, read once and run as often as needed.
struct Sent {
    parts: Parts,
    body: Bytes,
}

impl Sent {
    fn request(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }
}

/// Short forms are kept; whatever has files is run once, as a second copy of them costs too much.
async fn read(request: Request) -> Result<Sent, Request> {
    let Some(most) = request.extensions().get::<Limits>().map(|limits| limits.text) else { return Err(request) };
    let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if request.method() != Method::POST || !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(request);
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, most + 1).await {
        Ok(body) => Ok(Sent { parts, body }),
        // Too large: whoever reads the form says so.
        Err(_) => Err(Request::from_parts(parts, Body::from(vec![b'x'; most + 1]))),
    }
}

/// Runs the handler, and again while others stand in its way.
pub(super) async fn run(request: Request, next: Next) -> Response {
    let sent = match read(request).await {
        Ok(sent) => sent,
        Err(request) => return next.run(request).await,
    };
    let began = Instant::now();
    let mut response = next.clone().run(sent.request()).await;
    for tried in 1..TRIES {
        if !problem::is_once_more(&response) || began.elapsed() > MOMENT {
            break;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(tried * tried) * 20)).await;
        response = next.clone().run(sent.request()).await;
    }
    response
}

/// Reads a form whose handler is not even asked, so that the page can show what was typed.
pub(super) async fn only_read(web: &Web, request: Request) {
    if request.method() == Method::POST {
        // What cannot be read cannot be shown; the answer is the same.
        let _ = Submitted::from_request(request, web).await;
    }
}

/// A place for what is typed, handed to whoever reads the form.
pub(super) fn place(request: &mut Request) -> Typed {
    let typed = Typed::default();
    request.extensions_mut().insert(typed.clone());
    typed
}
