//! Tests of the layers that every request goes through.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    extract::Path,
    http::Method,
    middleware::from_fn,
    response::Redirect,
    routing::{get, post},
};
use tokio::sync::oneshot;
use tower::ServiceExt;

use super::*;

fn guard(public_url: Option<&str>) -> Guard {
    Guard::new(public_url, Ids::counted(1))
}

async fn fails() {
    panic!("on purpose");
}

fn layered(router: Router, guard: &Guard) -> Router {
    outer(inner(router, guard), guard)
}

fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

async fn send(router: Router, request: Request) -> Response {
    router.oneshot(request).await.unwrap()
}

#[test]
fn the_origin_check_follows_its_table() {
    const HTTPS: Option<&str> = Some("https://sales.example");
    const HTTP: Option<&str> = Some("http://sales.example:8080");
    let host = ("host", "sales.example");
    let site = |value| ("sec-fetch-site", value);
    let origin = |value| ("origin", value);
    let mut wrong = Vec::new();
    for (public_url, sent, allowed) in [
        // Only the browser's own judgement.
        (HTTPS, vec![host], true),
        (HTTPS, vec![host, site("same-origin")], true),
        (HTTPS, vec![host, site("none")], true),
        (HTTPS, vec![host, site("same-site")], false),
        (HTTPS, vec![host, site("cross-site")], false),
        (HTTPS, vec![host, site("something-new")], false),
        (HTTPS, vec![host, site("same-origin"), site("cross-site")], false),
        // Only the origin, with a public URL.
        (HTTPS, vec![host, origin("https://sales.example")], true),
        (HTTPS, vec![("host", "10.0.0.1:8080"), origin("https://sales.example")], true),
        (HTTPS, vec![("host", "inner.example:443"), origin("https://inner.example")], true),
        (HTTPS, vec![host, origin("http://sales.example")], false),
        (HTTPS, vec![host, origin("https://sales.example:8443")], false),
        (HTTPS, vec![host, origin("https://sales.example.evil.example")], false),
        (HTTPS, vec![host, origin("https://evil.example")], false),
        (HTTPS, vec![host, origin("sales.example")], false),
        (HTTPS, vec![host, origin("")], false),
        (HTTPS, vec![host, origin("https://sales.example"), origin("https://evil.example")], false),
        (HTTP, vec![host, origin("http://sales.example:8080")], true),
        (HTTP, vec![("host", "127.0.0.1:8080"), origin("http://127.0.0.1:8080")], true),
        (HTTP, vec![("host", "127.0.0.1:8080"), origin("http://127.0.0.1:9090")], false),
        // Without a public URL the Host decides.
        (None, vec![("host", "Sales.Example:80"), origin("http://sales.example")], true),
        (None, vec![host, origin("https://sales.example")], true),
        (None, vec![host, origin("http://evil.example")], false),
        (None, vec![host, origin("ftp://sales.example")], false),
        (None, vec![origin("http://sales.example")], false),
        // A page without referrer hides its origin.
        (HTTPS, vec![host, site("same-origin"), origin("null")], true),
        (HTTPS, vec![host, site("none"), origin("null")], false),
        (HTTPS, vec![host, site("cross-site"), origin("null")], false),
        (HTTPS, vec![host, origin("null")], false),
        // Both must agree.
        (HTTPS, vec![host, site("cross-site"), origin("https://sales.example")], false),
        (HTTPS, vec![host, site("same-origin"), origin("https://evil.example")], false),
    ] {
        let request = request(Method::POST, "/", &sent);
        let got = is_ours(request.headers(), public_url);
        if got != allowed {
            wrong.push(format!("{public_url:?} {sent:?}: {got}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_refused_form_reaches_no_handler_and_is_marked() {
    let reached = Arc::new(Mutex::new(0));
    let count = Arc::clone(&reached);
    let handler = move || async move { *count.lock().unwrap() += 1 };
    let router = layered(Router::new().route("/save", post(handler)), &guard(None));

    let foreign = request(Method::POST, "/save", &[("host", "a"), ("sec-fetch-site", "cross-site")]);
    let response = send(router.clone(), foreign).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.extensions().get(), Some(&Refusal::ForeignOrigin));
    assert_eq!(*reached.lock().unwrap(), 0);

    let own = request(Method::POST, "/save", &[("host", "a"), ("sec-fetch-site", "same-origin")]);
    assert_eq!(send(router, own).await.status(), StatusCode::OK);
    assert_eq!(*reached.lock().unwrap(), 1);
}

#[tokio::test]
async fn every_answer_has_the_headers_even_a_404() {
    let router = Router::new()
        .route("/page", get(|| async { "page" }))
        .route("/panic", get(fails).post(fails))
        .route("/form", post(|| async {}))
        .route("/back/{no}/move", get(|Path(no): Path<String>| async move { Redirect::to(&format!("/deals/{no}")) }));
    let router = layered(router, &guard(Some("https://sales.example")));
    let foreign = [("sec-fetch-site", "cross-site")];
    for (sent, status) in [
        (request(Method::GET, "/page", &[]), 200),
        (request(Method::GET, "/nothing", &[]), 404),
        (request(Method::POST, "/page", &[]), 405),
        (request(Method::POST, "/form", &foreign), 403),
        (request(Method::GET, "/panic", &[]), 500),
        (request(Method::POST, "/panic", &[]), 500),
        (request(Method::GET, &format!("/page?{}", "x".repeat(MAX_URL)), &[]), 414),
        (request(Method::GET, "/back/CD-20260917-001/move", &[]), 303),
        (request(Method::GET, "/back/%00/move", &[]), 404),
        (request(Method::GET, "/back/%0a/move", &[]), 404),
        (request(Method::GET, "/back/%7F/move", &[]), 404),
    ] {
        let response = send(router.clone(), sent).await;
        assert_eq!(response.status(), status);
        let value = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        let policy = value("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        for (name, wanted) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(value(name), Some(wanted), "{status} {name}");
        }
        assert!(Uuid::parse_str(value("x-request-id").unwrap()).is_ok());
        assert_eq!((response.extensions().get() == Some(&Refusal::Panicked)), status == 500);
    }
}

#[tokio::test]
async fn a_handlers_stricter_values_stay_and_plain_http_promises_no_https() {
    let own = [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "anything"),
    ];
    let sent = own.clone();
    let router = Router::new().route("/", get(move || async move { sent }));
    for public_url in [None, Some("http://sales.example")] {
        let response = send(layered(router.clone(), &guard(public_url)), request(Method::GET, "/", &[])).await;
        for (name, value) in &own[..3] {
            assert_eq!(response.headers()[name], value);
        }
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_line_tells_route_status_and_ids_but_no_values() {
    let actor = Uuid::from_u128(42);
    let seen = Arc::new(Mutex::new(None));
    let put = Arc::clone(&seen);
    let handler = move |Extension(id): Extension<RequestId>| async move {
        *put.lock().unwrap() = Some(id);
        Extension(LoggedActor(actor))
    };
    let router = Router::new().route("/links/{token}", get(handler));
    let router = layered(router, &guard(None));

    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // With one subscriber alone, a line first reached on another test's thread would be switched off.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    let sent = request(Method::GET, "/links/s3cret?q=typed", &[("x-request-id", "forged")]);
    let response = send(router, sent).await;
    drop(guard);

    let id = seen.lock().unwrap().unwrap().0.to_string();
    assert_eq!(response.headers()["x-request-id"], id.as_str());
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in ["method=GET", "route=\"/links/{token}\"", "status=200", "ms=", id.as_str(), &actor.to_string()] {
        assert!(text.contains(part), "{part} in {text}");
    }
    for secret in ["s3cret", "typed", "forged"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Starts a request, leaves before its answer, and tells whether the handler came to its end.
async fn finished_after_the_client_left(method: Method) -> bool {
    let (done, finished) = oneshot::channel();
    let done = Arc::new(Mutex::new(Some(done)));
    let handler = move || async move {
        let done = done.lock().unwrap().take().unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        done.send(()).unwrap();
    };
    let router = Router::new().route("/", get(handler.clone()).post(handler));
    let answer = send(layered(router, &guard(None)), request(method, "/", &[]));
    assert!(tokio::time::timeout(Duration::from_millis(10), answer).await.is_err());
    tokio::time::timeout(Duration::from_secs(5), finished).await.unwrap().is_ok()
}

#[tokio::test]
async fn a_write_finishes_after_the_client_is_gone_and_a_read_does_not() {
    assert!(finished_after_the_client_left(Method::POST).await);
    assert!(!finished_after_the_client_left(Method::GET).await);
}

#[tokio::test]
async fn a_panic_outside_the_catching_layer_is_not_swallowed() {
    let router = Router::new().route("/", post(fails));
    let answer = tokio::spawn(send(router.layer(from_fn(finish_writes)), request(Method::POST, "/", &[])));
    assert!(answer.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_panic_is_an_answer_already_where_error_pages_are_made() {
    let router = inner(Router::new().route("/", get(fails).post(fails)), &guard(None));
    for method in [Method::GET, Method::POST] {
        let response = send(router.clone(), request(method, "/", &[])).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.extensions().get(), Some(&Refusal::Panicked));
    }
}
