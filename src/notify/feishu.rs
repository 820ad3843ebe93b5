//! The group robot of Feishu (飞书): a post of lines, signed in its body.
//!
//! Signature: `base64(HMAC-SHA256(key = "{seconds}\n{secret}", message = ""))`.

use super::letter::Piece;
use super::{Letter, Route, post, robot_answer, signed};
use crate::domain::message::{ChannelKind, Trouble};
use crate::wording::Lang;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// "Frequency limited".
const LIMITED: &[i64] = &[11_232, 99_991_400];

pub fn body(letter: &Letter, secret: Option<&str>, now: DateTime<Utc>) -> String {
    let line = |pieces: Vec<Piece>| -> Vec<Value> {
        pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Words(text) => json!({ "tag": "text", "text": text }),
                Piece::Link { words, href } => json!({ "tag": "a", "text": words, "href": href }),
            })
            .collect()
    };
    let lines: Vec<Vec<Value>> = letter.pieces(ChannelKind::Feishu.longest()).into_iter().map(line).collect();
    let language = if letter.t == Lang::Zh { "zh_cn" } else { "en_us" };
    let mut body = json!({
        "msg_type": "post",
        "content": { "post": { language: { "title": letter.subject, "content": lines } } },
    });
    if let Some(secret) = secret {
        let at = now.timestamp();
        body["timestamp"] = json!(at.to_string());
        body["sign"] = json!(signed(format!("{at}\n{secret}").as_bytes(), b""));
    }
    body.to_string()
}

pub async fn send(route: &Route, letter: &Letter, now: DateTime<Utc>) -> Result<(), Trouble> {
    let body = body(letter, route.word(), now);
    let answer = post::json(route.url()?, route.settings.authority.as_deref(), &[], body).await?;
    robot_answer(&answer, &["code", "StatusCode"], "msg", LIMITED)
}
