//! Evidence files, handed out only to those who may see the record they belong to, and never
//! in a way that a browser would run.

use super::{Problem, SignedIn, Web};
use crate::domain::ids::AttachmentId;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write as _;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new().route("/files/{id}", get(file))
}

/// A file that is not the reader's to see does not exist for them.
async fn file(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let id = Uuid::parse_str(&id).map_err(|_| Problem::Missing)?;
    let attachment = web.app().attachment(AttachmentId(id)).await?.ok_or(Problem::Missing)?;
    if !web.app().may_read_file(&who.actor, &attachment).await? {
        return Err(Problem::Missing);
    }
    let content = web.app().file_content(&attachment).await?;
    let media_type = HeaderValue::from_str(&attachment.media_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    let disposition = HeaderValue::from_str(&disposition(&attachment.file_name))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, disposition),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, content).into_response())
}

/// Always saved, under its own name (RFC 6266, RFC 8187).
pub(in crate::web) fn disposition(name: &str) -> String {
    let mut out = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(disposition("执照 1.pdf"), "attachment; filename*=UTF-8''%E6%89%A7%E7%85%A7%201.pdf");
        assert_eq!(disposition("a\"\r\nx;.png"), "attachment; filename*=UTF-8''a%22%0D%0Ax%3B.png");
    }
}
