//! One HTTP request to an address that an administrator gave: JSON out, a short answer back.
//!
//! Certificates are checked, redirects are not followed, an answer is read up to 64 KiB, and
//! everything together may take ten seconds. Errors never hold the address, which may hold a key.

use crate::domain::message::{Trouble, TroubleKind};
use chrono::TimeDelta;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// For connection, sending and answer together.
pub const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: usize = 64 * 1024;

fn settings(what: &str) -> Trouble {
    Trouble::new(TroubleKind::Settings, what)
}

/// Sends `body` and gives the answer's text when its status says that it was taken.
pub async fn json(
    url: &str,
    authority: Option<&str>,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<String, Trouble> {
    match tokio::time::timeout(PATIENCE, exchange(url, authority, headers, body)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Trouble::new(TroubleKind::Timeout, "")),
    }
}

async fn exchange(
    url: &str,
    authority: Option<&str>,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<String, Trouble> {
    let uri: Uri = url.parse().map_err(|_| settings("the address cannot be read"))?;
    let host = uri.host().ok_or_else(|| settings("the address has no host"))?.to_owned();
    let is_tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((bare.as_str(), port))
        .await
        .map_err(|e| Trouble::new(TroubleKind::Unreachable, e.kind().to_string()))?;
    let path = uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str);
    let mut request = Request::post(path)
        .header(HOST, if uri.port().is_some() { format!("{host}:{port}") } else { host })
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(USER_AGENT, concat!("Kuaidan/", env!("CARGO_PKG_VERSION")));
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|_| settings("a header cannot be written"))?;
        request = request.header(HeaderName::from_static(name), value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|_| settings("the request cannot be written"))?;
    if is_tls {
        let name = ServerName::try_from(bare).map_err(|_| settings("the host has no name"))?;
        let tls = TlsConnector::from(tls(authority)?)
            .connect(name, stream)
            .await
            .map_err(|e| Trouble::new(TroubleKind::Certificate, e.to_string()))?;
        speak(tls, request).await
    } else {
        speak(stream, request).await
    }
}

/// The public authorities, and those of the settings.
pub fn tls(authority: Option<&str>) -> Result<Arc<ClientConfig>, Trouble> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in authority.into_iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes())) {
        let certificate = certificate.map_err(|_| settings("the certificate cannot be read"))?;
        roots.add(certificate).map_err(|_| settings("the certificate cannot be used"))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| settings(&e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<String, Trouble> {
    let broken = |e: &hyper::Error| Trouble::new(TroubleKind::Unreachable, e.to_string());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|e| broken(&e))?;
    let status = response.status();
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|v| v.to_str().ok()?.parse().ok())
        .filter(|seconds| (1..=86_400).contains(seconds))
        .map(TimeDelta::seconds);
    let body = Limited::new(response.into_body(), LONGEST_ANSWER)
        .collect()
        .await
        .map_err(|_| Trouble::new(TroubleKind::Answer, "the answer is too long or broke off"))?
        .to_bytes();
    driver.abort();
    let code = || status.as_u16().to_string();
    match status {
        StatusCode::TOO_MANY_REQUESTS => Err(Trouble::new(TroubleKind::Limited, code()).waiting(wait)),
        _ if status.is_success() => Ok(String::from_utf8_lossy(&body).into_owned()),
        _ if status.is_redirection() => Err(Trouble::new(TroubleKind::Redirect, code())),
        _ => Err(Trouble::new(TroubleKind::Status, code()).waiting(wait)),
    }
}
