//! What a browser sent: fields in their order, files beside them, and the view a form page shows.
//!
//! Extraction never fails on what a person typed: every field stays a string, and `web::check` says
//! later what is wrong with it. It fails only on what no form of ours can send: too much, too many
//! or not a form at all. Answers carry the reason for the error page; no words are written here.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::domain::input::Flaw;

/// Bytes of a url-encoded body, and of all texts of a multipart form together.
pub const MAX_TEXT: usize = 256 * 1024;
/// Fields of one form, files and cells of line rows included.
pub const MAX_FIELDS: usize = 1000;
/// Bytes of one uploaded file.
pub const MAX_FILE: usize = 10 * 1024 * 1024;
/// Bytes of a whole multipart body.
pub const MAX_UPLOAD: usize = 25 * 1024 * 1024;

/// One uploaded file, entirely in memory. Neither its name nor its kind is to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Name of the form field.
    pub field: String,
    /// Last part of the name on the sender's machine: for showing only.
    pub file_name: String,
    /// Everything that was sent; may be empty.
    pub content: Vec<u8>,
}

/// A form as it was sent, in the order of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted {
    pub values: Vec<(String, String)>,
    pub files: Vec<UploadedFile>,
}

/// Why a body is no form that is read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadForm {
    /// More bytes than a form or a file may have: status 413.
    TooLarge,
    /// Not a form, cut off, or not UTF-8: status 400.
    Malformed,
    /// More than [`MAX_FIELDS`] fields: status 413.
    TooManyFields,
}

impl BadForm {
    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge | Self::TooManyFields => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed => StatusCode::BAD_REQUEST,
        }
    }
}

/// The answer to a bad form: its status, no body, and the [`BadForm`] among the extensions, where
/// the layer that renders error pages finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFormRejection(pub BadForm);

impl IntoResponse for BadFormRejection {
    fn into_response(self) -> Response {
        let mut response = self.0.status().into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

impl From<BadForm> for BadFormRejection {
    fn from(reason: BadForm) -> Self {
        Self(reason)
    }
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = BadFormRejection;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        match media_type(request.headers()).as_str() {
            "multipart/form-data" => {
                refuse_announced(request.headers(), MAX_UPLOAD)?;
                DefaultBodyLimit::max(MAX_UPLOAD).apply(&mut request);
                let form = Multipart::from_request(request, state).await.map_err(|_| BadForm::Malformed)?;
                Ok(read_multipart(form).await?)
            }
            "application/x-www-form-urlencoded" => {
                refuse_announced(request.headers(), MAX_TEXT)?;
                Ok(read_urlencoded(&body_bytes(request).await?)?)
            }
            // A button that a script pressed sends neither type nor body.
            "" if body_bytes(request).await?.is_empty() => Ok(Self::default()),
            _ => Err(BadForm::Malformed.into()),
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let whole = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses by the announced length, before anything is read.
fn refuse_announced(headers: &HeaderMap, limit: usize) -> Result<(), BadForm> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) { Err(BadForm::TooLarge) } else { Ok(()) }
}

async fn body_bytes(request: Request) -> Result<Bytes, BadForm> {
    match Limited::new(request.into_body(), MAX_TEXT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BadForm::TooLarge),
        Err(_) => Err(BadForm::Malformed),
    }
}

fn read_urlencoded(body: &[u8]) -> Result<Submitted, BadForm> {
    let mut form = Submitted::default();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if form.values.len() == MAX_FIELDS {
            return Err(BadForm::TooManyFields);
        }
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let value = pair.get(end + 1..).unwrap_or_default();
        form.values.push((unescape(&pair[..end])?, unescape(value)?));
    }
    Ok(form)
}

/// Undoes `+` and `%XX`; a `%` that escapes nothing stands for itself. Strict about UTF-8, which
/// the crate for this is not: replaced letters would be stored as if somebody had typed them.
fn unescape(raw: &[u8]) -> Result<String, BadForm> {
    let digit = |index: usize| raw.get(index).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let escaped = if *byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        let escaped = escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        at += if escaped.is_some() { 3 } else { 1 };
        bytes.push(match (byte, escaped) {
            (_, Some(escaped)) => escaped,
            (b'+', None) => b' ',
            (plain, None) => *plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| BadForm::Malformed)
}

async fn read_multipart(mut parts: Multipart) -> Result<Submitted, BadForm> {
    let broken = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => BadForm::TooLarge,
        _ => BadForm::Malformed,
    };
    let mut form = Submitted::default();
    let mut text_left = MAX_TEXT;
    while let Some(mut part) = parts.next_field().await.map_err(broken)? {
        if form.values.len() + form.files.len() == MAX_FIELDS {
            return Err(BadForm::TooManyFields);
        }
        let field = part.name().ok_or(BadForm::Malformed)?.to_owned();
        let file_name = part.file_name().map(shown_name);
        let limit = if file_name.is_some() { MAX_FILE } else { text_left };
        let mut content = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            if content.len() + chunk.len() > limit {
                return Err(BadForm::TooLarge);
            }
            content.extend_from_slice(&chunk);
        }
        match file_name {
            // An empty file control is sent as a nameless empty file.
            Some(name) if name.is_empty() && content.is_empty() => {}
            Some(file_name) => form.files.push(UploadedFile { field, file_name, content }),
            None => {
                text_left -= content.len();
                let value = String::from_utf8(content).map_err(|_| BadForm::Malformed)?;
                form.values.push((field, value));
            }
        }
    }
    Ok(form)
}

/// The last part of a path, with the quotes that browsers escape.
fn shown_name(sent: &str) -> String {
    sent.rsplit(['/', '\\']).next().unwrap_or_default().replace("%22", "\"")
}

impl Submitted {
    /// A form of these fields, without files.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { values, files: Vec::new() }
    }

    /// The first value of a field as typed, or nothing (`""`).
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// All values of a field, in order.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.values.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether the field was sent, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(field, _)| field == name)
    }

    /// The first file of a field, if one was chosen.
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|file| file.field == name)
    }

    /// The version of the thing that the form was filled in for (field `version`).
    pub fn version(&self) -> Option<i64> {
        self.value("version").trim().parse().ok()
    }

    /// The one-time key (field `form_key`), to be opened by `web::form_key`.
    pub fn form_key(&self) -> &str {
        self.value("form_key")
    }
}

/// Name under which the flaw of one cell of a line grid is kept: the field and the row, counted
/// from 1 as it was sent (`quantity-3`). The cell's control has the id `f-quantity-3`.
pub fn cell_name(field: &str, row: usize) -> String {
    format!("{field}-{row}")
}

/// One entry of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// One sentence about one field, for the summary above a refused form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub text: String,
}

/// What a form page shows: the values as typed and a sentence for each that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormView {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<FieldError>,
}

impl FormView {
    /// A form that is filled in already.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut view = Self::default();
        for (name, value) in pairs {
            view.values.entry(name.into()).or_default().push(value.into());
        }
        view
    }

    /// The same form with a sentence for every flaw, in the order they were found.
    #[must_use]
    pub fn with_errors(mut self, flaws: &[(String, Flaw)], say: impl Fn(&str, &Flaw) -> String) -> Self {
        self.errors.extend(flaws.iter().map(|(field, flaw)| FieldError { field: field.clone(), text: say(field, flaw) }));
        self
    }

    /// The first value of a field, or nothing (`""`).
    pub fn value(&self, name: &str) -> &str {
        self.values(name).first().map_or("", String::as_str)
    }

    /// All values of a field, in order.
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the field has this value, among others or alone: ticked, selected.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|candidate| candidate == value)
    }

    /// The first sentence about a field.
    pub fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.text.clone())
    }

    /// Every sentence, for the summary.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// How many line rows these columns have, blank ones included.
    pub fn row_count(&self, columns: &[&str]) -> usize {
        columns.iter().map(|column| self.values(column).len()).max().unwrap_or(0)
    }

    /// One cell of a line grid as typed; `row` counts from 1.
    pub fn cell(&self, name: &str, row: usize) -> &str {
        row.checked_sub(1).and_then(|index| self.values(name).get(index)).map_or("", String::as_str)
    }

    /// The first sentence about one cell; `row` counts from 1.
    pub fn cell_error(&self, name: &str, row: usize) -> Option<String> {
        self.error(&cell_name(name, row))
    }
}

impl From<&Submitted> for FormView {
    /// Everything that was typed except the one-time key: a page brings a key of its own.
    fn from(form: &Submitted) -> Self {
        let typed = form.values.iter().filter(|(name, _)| name != "form_key");
        Self::from_pairs(typed.map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::Body;
    use hyper::body::Frame;

    use super::*;

    async fn read(kind: &str, body: impl Into<Body>) -> Result<Submitted, BadForm> {
        let request = Request::post("/").header("content-type", kind).body(body.into()).unwrap();
        Submitted::from_request(request, &()).await.map_err(|rejection| rejection.0)
    }

    async fn urlencoded(body: impl Into<Body>) -> Result<Submitted, BadForm> {
        read("application/x-www-form-urlencoded; charset=UTF-8", body).await
    }

    async fn multipart(body: impl Into<Body>) -> Result<Submitted, BadForm> {
        read("multipart/form-data; boundary=XX", body).await
    }

    fn part(head: &str, content: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    }

    #[tokio::test]
    async fn url_encoded_fields_keep_order_repeats_and_every_letter() {
        let typed = [("name", "上海 A&B=C+D%"), ("qty", "1"), ("qty", ""), ("nul", "a\0b"), ("price", "1e30")];
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(typed).finish();
        let form = urlencoded(body).await.unwrap();
        assert_eq!(form, Submitted::from_pairs(typed));
        assert_eq!(form.values("qty"), ["1", ""]);
        assert!(form.has("nul") && !form.has("other"));
        assert_eq!((form.value("other"), form.version()), ("", None));
    }

    #[tokio::test]
    async fn odd_url_encoding_is_read_as_browsers_would() {
        let form = urlencoded("&a&b=1=2&&c=100%&d=%4&version=+7+&form_key=k").await.unwrap();
        let expected = [("a", ""), ("b", "1=2"), ("c", "100%"), ("d", "%4"), ("version", " 7 "), ("form_key", "k")];
        assert_eq!(form, Submitted::from_pairs(expected));
        assert_eq!((form.version(), form.form_key()), (Some(7), "k"));
        assert_eq!(urlencoded("").await.unwrap(), Submitted::default());
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_are_malformed() {
        assert_eq!(urlencoded("name=%FF%FE").await, Err(BadForm::Malformed));
        assert_eq!(urlencoded(b"name=\xC3".to_vec()).await, Err(BadForm::Malformed));
        let mut body = part("name=\"a\"", "@").into_bytes();
        let at = body.iter().position(|byte| *byte == b'@').unwrap();
        body[at] = 0xFF;
        body.extend(b"--XX--\r\n");
        assert_eq!(multipart(body).await, Err(BadForm::Malformed));
    }

    #[tokio::test]
    async fn what_is_no_form_is_malformed() {
        assert_eq!(read("application/json", "{}").await, Err(BadForm::Malformed));
        assert_eq!(read("", "a=1").await, Err(BadForm::Malformed));
        assert_eq!(read("", "").await, Ok(Submitted::default()));
        assert_eq!(read("multipart/form-data", "x").await, Err(BadForm::Malformed));
        assert_eq!(multipart("no part at all").await, Err(BadForm::Malformed));
        assert_eq!(multipart(part("name=\"a\"", "cut off")).await, Err(BadForm::Malformed));
        assert_eq!(multipart(part("filename=\"nameless\"", "x") + "--XX--").await, Err(BadForm::Malformed));
    }

    #[tokio::test]
    async fn multipart_brings_texts_and_files() {
        let body = part("name=\"note\"", "第一行\r\n第二行")
            + &part("name=\"licence\"; filename=\"C:\\scans\\执照 %22A%22.pdf\"", "%PDF-1.7\r\n--X")
            + &part("name=\"none\"; filename=\"\"", "")
            + &part("name=\"blank\"; filename=\"blank.txt\"", "")
            + "--XX--\r\n";
        let form = multipart(body).await.unwrap();
        assert_eq!(form.values, Submitted::from_pairs([("note", "第一行\r\n第二行")]).values);
        let licence = form.file("licence").unwrap();
        assert_eq!((licence.file_name.as_str(), licence.content.as_slice()), ("执照 \"A\".pdf", &b"%PDF-1.7\r\n--X"[..]));
        assert!(form.file("none").is_none());
        assert!(form.file("blank").unwrap().content.is_empty());
    }

    #[tokio::test]
    async fn oversize_is_refused_at_the_limit() {
        let fits = format!("a={}", "x".repeat(MAX_TEXT - 2));
        assert_eq!(urlencoded(fits.clone()).await.unwrap().value("a").len(), MAX_TEXT - 2);
        assert_eq!(urlencoded(fits + "x").await, Err(BadForm::TooLarge));

        let half = "x".repeat(MAX_TEXT / 2);
        let texts = part("name=\"a\"", &half) + &part("name=\"b\"", &half);
        assert!(multipart(texts.clone() + "--XX--").await.is_ok());
        assert_eq!(multipart(texts + &part("name=\"c\"", "x") + "--XX--").await, Err(BadForm::TooLarge));

        let file = "x".repeat(MAX_FILE);
        let head = "name=\"f\"; filename=\"f.bin\"";
        let two = part(head, &file).repeat(2);
        assert_eq!(multipart(two.clone() + "--XX--").await.unwrap().files.len(), 2);
        assert_eq!(multipart(part(head, &(file + "x")) + "--XX--").await, Err(BadForm::TooLarge));
        let third = part(head, &"x".repeat(6 * 1024 * 1024));
        assert_eq!(multipart(two + &third + "--XX--").await, Err(BadForm::TooLarge));
    }

    #[tokio::test]
    async fn an_announced_length_is_refused_unread() {
        let never = || Body::new(Never);
        for (kind, length) in [("application/x-www-form-urlencoded", MAX_TEXT), ("multipart/form-data; boundary=XX", MAX_UPLOAD)] {
            let request = Request::post("/").header("content-type", kind).header("content-length", length + 1);
            let answer = Submitted::from_request(request.body(never()).unwrap(), &()).await;
            assert_eq!(answer, Err(BadFormRejection(BadForm::TooLarge)));
        }
    }

    #[tokio::test]
    async fn too_many_fields_are_refused() {
        let fits = vec!["a=1"; MAX_FIELDS].join("&");
        assert_eq!(urlencoded(fits.clone()).await.unwrap().values.len(), MAX_FIELDS);
        assert_eq!(urlencoded(fits + "&a=1").await, Err(BadForm::TooManyFields));
        let parts = part("name=\"a\"", "1").repeat(MAX_FIELDS + 1) + "--XX--";
        assert_eq!(multipart(parts).await, Err(BadForm::TooManyFields));
    }

    #[test]
    fn the_answer_carries_the_reason_and_no_words() {
        for (reason, status) in [(BadForm::TooLarge, 413), (BadForm::TooManyFields, 413), (BadForm::Malformed, 400)] {
            let response = BadFormRejection(reason).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.extensions().get::<BadForm>(), Some(&reason));
        }
    }

    #[test]
    fn the_view_keeps_what_was_typed_and_says_what_is_wrong() {
        let form = Submitted::from_pairs([("qty", "1"), ("qty", "x"), ("tag", "a"), ("form_key", "old")]);
        let flaws = [("qty-2".to_owned(), Flaw::NotANumber), ("name".to_owned(), Flaw::Required)];
        let view = FormView::from(&form).with_errors(&flaws, |field, flaw| format!("{field}: {flaw:?}"));
        assert_eq!((view.value("qty"), view.values("qty").len(), view.value("name")), ("1", 2, ""));
        assert!(view.is("tag", "a") && !view.is("tag", "b"));
        assert_eq!(view.row_count(&["qty", "price"]), 2);
        assert_eq!((view.cell("qty", 2), view.cell("qty", 3), view.cell("qty", 0)), ("x", "", ""));
        assert_eq!((view.cell_error("qty", 1), view.cell_error("qty", 2)), (None, Some("qty-2: NotANumber".to_owned())));
        assert_eq!(view.error("name").as_deref(), Some("name: Required"));
        assert_eq!(view.errors().len(), 2);
        assert_eq!(view.value("form_key"), "", "a used key must not be shown again");
    }

    /// A body that would wait for ever.
    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }
}
