//! A signed webhook for the company's own programs, after the Standard Webhooks specification:
//! `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,base64(HMAC-SHA256(key, "id.time.body"))`.
//! A key that begins with `whsec_` is base64, as the specification writes it.

use super::{Letter, Route, post, signed};
use crate::domain::message::Trouble;
use base64::Engine as _;
use chrono::{DateTime, Utc};

fn key(word: &str) -> Vec<u8> {
    word.strip_prefix("whsec_")
        .and_then(|rest| base64::engine::general_purpose::STANDARD.decode(rest).ok())
        .unwrap_or_else(|| word.as_bytes().to_vec())
}

pub async fn send(route: &Route, letter: &Letter, now: DateTime<Utc>) -> Result<(), Trouble> {
    let body = letter.json();
    let (id, at) = (letter.id.to_string(), now.timestamp().to_string());
    let mut headers = vec![("webhook-id", id.clone()), ("webhook-timestamp", at.clone())];
    if let Some(word) = route.word() {
        let sign = signed(&key(word), format!("{id}.{at}.{body}").as_bytes());
        headers.push(("webhook-signature", format!("v1,{sign}")));
    }
    post::json(route.url()?, route.settings.authority.as_deref(), &headers, body).await.map(|_| ())
}
