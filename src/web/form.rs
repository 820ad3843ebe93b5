//! What a browser sends: names, values and files, all of them plain text until somebody checks them.
//!
//! Extraction cannot fail on what a person typed; it fails only on size and on a broken encoding.

use super::file_room::Room;
use super::form_limits::{self, Files, Limits, Sender};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    pub field: String,
    pub file_name: String,
    pub content: Vec<u8>,
}

/// A form as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted {
    pub values: Vec<(String, String)>,
    pub files: Vec<UploadedFile>,
}

/// Where a form leaves what was typed into it, for the page that tells that it did not get through. Files only by name.
#[derive(Debug, Clone, Default)]
pub struct Typed(Arc<OnceLock<Submitted>>);

impl Typed {
    fn keep(&self, form: &Submitted) {
        let nameless = |f: &UploadedFile| UploadedFile { content: Vec::new(), ..f.clone() };
        let files = form.files.iter().filter(|f| !f.file_name.is_empty()).map(nameless).collect();
        // The first reading counts; a second one is the same form tried again.
        let _ = self.0.set(Submitted { values: form.values.clone(), files });
    }

    pub fn form(&self) -> Option<&Submitted> {
        self.0.get()
    }
}

/// Why a form could not even be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadForm {
    TooLarge,
    TooManyFields,
    Malformed,
    /// Too many files come in at once.
    NoRoom,
}

impl IntoResponse for BadForm {
    fn into_response(self) -> Response {
        let status = match self {
            Self::TooLarge | Self::TooManyFields => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        };
        status.into_response()
    }
}

impl Submitted {
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self { values: pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(), files: Vec::new() }
    }

    /// The first value of a field, empty when it was not sent.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn values(&self, name: &str) -> Vec<&str> {
        self.values.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(n, _)| n == name)
    }

    /// The file of a field; a file control left empty sends a nameless, empty part.
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|f| f.field == name && !(f.file_name.is_empty() && f.content.is_empty()))
    }

    /// The version of the record the form was made from.
    pub fn version(&self) -> i64 {
        self.value("version").parse().unwrap_or(-1)
    }

    /// A fingerprint of everything but the key itself, to tell a resend from another form.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for (name, value) in self.values.iter().filter(|(n, _)| n != "form_key") {
            hasher.update(format!("{}:{name}={}:{value}\n", name.len(), value.len()));
        }
        for file in &self.files {
            hasher.update(format!("{}@{}@{}\n", file.field, file.file_name, file.content.len()));
            hasher.update(Sha256::digest(&file.content));
        }
        hasher.finalize().into()
    }
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = BadForm;

    async fn from_request(request: Request, state: &S) -> Result<Self, BadForm> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind: mime::Mime = kind.parse().map_err(|_| BadForm::Malformed)?;
        let typed = request.extensions().get::<Typed>().cloned();
        // Outside the layer that knows the visitor everybody is a stranger.
        let limits = request.extensions().get::<Limits>().copied();
        let limits = limits.unwrap_or_else(|| form_limits::of(Sender::Stranger, request.uri().path()));
        let form = match (kind.type_(), kind.subtype().as_str()) {
            (mime::APPLICATION, "x-www-form-urlencoded") => urlencoded(request, limits).await,
            (mime::MULTIPART, "form-data") => multipart(request, state, limits).await,
            _ => Err(BadForm::Malformed),
        }?;
        if let Some(typed) = &typed {
            typed.keep(&form);
        }
        Ok(form)
    }
}

async fn urlencoded(request: Request, limits: Limits) -> Result<Submitted, BadForm> {
    let body = axum::body::to_bytes(request.into_body(), limits.text).await.map_err(|_| BadForm::TooLarge)?;
    let values: Vec<(String, String)> =
        form_urlencoded::parse(&body).take(limits.fields + 1).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    if values.len() > limits.fields { Err(BadForm::TooManyFields) } else { Ok(Submitted { values, files: Vec::new() }) }
}

async fn multipart<S: Send + Sync>(mut request: Request, state: &S, limits: Limits) -> Result<Submitted, BadForm> {
    axum::extract::DefaultBodyLimit::max(limits.whole).apply(&mut request);
    let room = request.extensions().get::<Room>().cloned().unwrap_or_default();
    let mut parts = Multipart::from_request(request, state).await.map_err(|_| BadForm::Malformed)?;
    let mut out = Submitted::default();
    let (mut text_bytes, mut all_bytes, mut kept_bytes) = (0_usize, 0_usize, 0_usize);
    loop {
        let mut part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(out),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => return Err(BadForm::TooLarge),
            Err(_) => return Err(BadForm::Malformed),
        };
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let is_kept = file_name.is_none() || limits.files == Files::Kept;
        let mut content = Vec::new();
        loop {
            match part.chunk().await {
                Ok(Some(chunk)) => {
                    all_bytes += chunk.len();
                    if file_name.is_none() {
                        text_bytes += chunk.len();
                    }
                    if all_bytes > limits.whole || text_bytes > limits.text {
                        return Err(BadForm::TooLarge);
                    }
                    if is_kept {
                        kept_bytes += chunk.len();
                        if file_name.is_some() && !room.holds(kept_bytes) {
                            return Err(BadForm::NoRoom);
                        }
                        content.extend_from_slice(&chunk);
                    }
                }
                Ok(None) => break,
                Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => return Err(BadForm::TooLarge),
                Err(_) => return Err(BadForm::Malformed),
            }
        }
        if out.values.len() + out.files.len() >= limits.fields {
            return Err(BadForm::TooManyFields);
        }
        match file_name {
            Some(file_name) => out.files.push(UploadedFile { field: name, file_name, content }),
            None => out.values.push((name, String::from_utf8_lossy(&content).into_owned())),
        }
    }
}

/// One option of a select or of radio buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// What a form shows: what was typed or stored, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct FormView {
    values: Vec<(String, Vec<String>)>,
    errors: Vec<(String, String)>,
}

/// One line of the error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorItem {
    pub field: String,
    pub text: String,
}

impl FormView {
    pub fn typed(form: &Submitted, errors: Vec<(String, String)>) -> Self {
        let mut view = Self { values: Vec::new(), errors };
        for (name, value) in &form.values {
            view.push(name, value.clone());
        }
        view
    }

    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.values.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(value),
            None => self.values.push((name.to_owned(), vec![value])),
        }
    }

    /// Takes the place of whatever the field held.
    pub fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.values.retain(|(n, _)| n != name);
        self.push(name, value);
    }

    /// Adds a value only when there is one.
    pub fn put(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// Every field with its values, in the order in which they came.
    pub fn all(&self) -> &[(String, Vec<String>)] {
        &self.values
    }

    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.first()).map_or("", String::as_str)
    }

    pub fn values(&self, name: &str) -> &[String] {
        self.values.iter().find(|(n, _)| n == name).map_or(&[], |(_, v)| v.as_slice())
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|v| v == value)
    }

    pub fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|(n, _)| n == name).map(|(_, text)| text.clone())
    }

    pub fn errors(&self) -> Vec<ErrorItem> {
        self.errors.iter().map(|(field, text)| ErrorItem { field: field.clone(), text: text.clone() }).collect()
    }

    /// The values as a browser would send them back.
    pub fn submitted(&self) -> Submitted {
        let each = |(name, values): &(String, Vec<String>)| {
            values.iter().map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
        };
        Submitted { values: self.values.iter().flat_map(each).collect(), files: Vec::new() }
    }

    /// The value of a repeated field in one row.
    pub fn row(&self, name: &str, index: usize) -> &str {
        self.values(name).get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(kind: &str, body: impl Into<Body>) -> Request {
        Request::builder().method("POST").header("content-type", kind).body(body.into()).unwrap()
    }

    fn from(sender: Sender, path: &str, kind: &str, body: impl Into<Body>) -> Request {
        let mut request = request(kind, body);
        request.extensions_mut().insert(form_limits::of(sender, path));
        request
    }

    const PLAIN: &str = "application/x-www-form-urlencoded";
    const MIXED: &str = "multipart/form-data; boundary=x";

    fn with_file(bytes: usize) -> Vec<u8> {
        let mut body = b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.pdf\"\r\n\r\n".to_vec();
        body.resize(body.len() + bytes, b'x');
        body.extend_from_slice(b"\r\n--x--\r\n");
        body
    }

    #[tokio::test]
    async fn a_plain_form_keeps_every_value_even_impossible_ones() {
        let form = Submitted::from_request(request("application/x-www-form-urlencoded", "a=1&a=2&n=1e30&z=%00"), &())
            .await
            .unwrap();
        assert_eq!(form.values("a"), ["1", "2"]);
        assert_eq!(form.value("n"), "1e30");
        assert_eq!(form.value("z"), "\0");
        assert_eq!(form.version(), -1);
    }

    #[tokio::test]
    async fn a_form_with_a_file_gives_both() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n执照\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.pdf\"\r\n\r\n%PDF-1\r\n--x--\r\n";
        let form = Submitted::from_request(from(Sender::Known, "/deals/1/order", MIXED, body), &()).await.unwrap();
        assert_eq!(form.value("title"), "执照");
        assert_eq!(form.file("f").unwrap().content, b"%PDF-1");
    }

    #[tokio::test]
    async fn a_file_of_eight_mebibytes_is_taken_from_people_who_are_known() {
        let known = from(Sender::Known, "/deals/1/order", MIXED, with_file(8 << 20));
        assert_eq!(Submitted::from_request(known, &()).await.unwrap().file("f").unwrap().content.len(), 8 << 20);
        let unrecognised = from(Sender::Unrecognised, "/deals/1/order", MIXED, with_file(8 << 20));
        let form = Submitted::from_request(unrecognised, &()).await.unwrap();
        assert_eq!((form.files[0].file_name.as_str(), form.files[0].content.len()), ("a.pdf", 0), "only its name");
        for path in ["/login", "/deals/1/order"] {
            let stranger = from(Sender::Stranger, path, MIXED, with_file(8 << 20));
            assert_eq!(Submitted::from_request(stranger, &()).await, Err(BadForm::TooLarge), "{path}");
        }
        let small = Submitted::from_request(request(MIXED, with_file(1000)), &()).await.unwrap();
        assert!(small.files[0].content.is_empty(), "nothing of a stranger's file is held");
    }

    #[tokio::test]
    async fn too_much_is_refused_and_not_kept() {
        let text = |bytes: usize| format!("a={}", "x".repeat(bytes));
        let fields = |count: usize| "a=1&".repeat(count);
        let quote = "/deals/1/quote";
        for (sender, path, body, refused) in [
            (Sender::Stranger, quote, text(form_limits::SHORT), Some(BadForm::TooLarge)),
            (Sender::Stranger, quote, fields(form_limits::FEW_FIELDS + 1), Some(BadForm::TooManyFields)),
            (Sender::Stranger, quote, fields(form_limits::FEW_FIELDS), None),
            (Sender::Known, "/notices/read", text(form_limits::SHORT), Some(BadForm::TooLarge)),
            (Sender::Known, quote, text(form_limits::SHORT), None),
            (Sender::Known, quote, text(form_limits::LONG), Some(BadForm::TooLarge)),
            (Sender::Known, quote, fields(form_limits::MANY_FIELDS), None),
            (Sender::Known, quote, fields(form_limits::MANY_FIELDS + 1), Some(BadForm::TooManyFields)),
        ] {
            let read = Submitted::from_request(from(sender, path, PLAIN, body), &()).await;
            assert_eq!(read.err(), refused, "{sender:?} {path}");
        }
        assert_eq!(Submitted::from_request(request("text/plain", "x"), &()).await, Err(BadForm::Malformed));
    }

    #[test]
    fn the_fingerprint_leaves_the_key_out_and_sees_every_other_change() {
        let one = Submitted::of(&[("form_key", "1"), ("a", "b")]);
        assert_eq!(one.sha256(), Submitted::of(&[("form_key", "2"), ("a", "b")]).sha256());
        assert_ne!(one.sha256(), Submitted::of(&[("form_key", "1"), ("a", "c")]).sha256());
    }
}
