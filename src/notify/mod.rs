//! Messages that leave the program: mail, chat robots and webhooks.
//!
//! `Route` says how a channel is reached, `Letter` what is said; `send` makes one try and tells
//! how it went. The one rule: nothing here decides who hears what or when, keeps anything, or
//! follows where an answer points.

mod dingtalk;
mod feishu;
pub mod letter;
mod mail;
mod post;
mod webhook;
mod wecom;

pub use letter::{Bundle, Letter, Told, compose};

use crate::domain::message::{ChannelKind, ChannelSecret, ChannelSettings, Trouble, TroubleKind};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How a channel is reached.
#[derive(Debug, Clone)]
pub struct Route {
    pub kind: ChannelKind,
    pub settings: ChannelSettings,
    pub secret: ChannelSecret,
}

impl Route {
    fn url(&self) -> Result<&str, Trouble> {
        self.secret.url.as_deref().ok_or_else(|| Trouble::new(TroubleKind::Settings, "no address"))
    }

    fn word(&self) -> Option<&str> {
        self.secret.word.as_deref().filter(|word| !word.is_empty())
    }
}

/// One try. The same letter carries the same id, so that a second arrival can be told from news.
pub async fn send(route: &Route, letter: &Letter, now: DateTime<Utc>) -> Result<(), Trouble> {
    match route.kind {
        ChannelKind::Mail => mail::send(route, letter, now).await,
        ChannelKind::Dingtalk => dingtalk::send(route, letter, now).await,
        ChannelKind::Wecom => wecom::send(route, letter).await,
        ChannelKind::Feishu => feishu::send(route, letter, now).await,
        ChannelKind::Webhook => webhook::send(route, letter, now).await,
    }
}

/// HMAC-SHA-256 in base64, as the robots and webhooks sign.
fn signed(key: &[u8], message: &[u8]) -> String {
    use base64::Engine as _;
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length").chain_update(message);
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// What a robot answered: its code and words. A code of `limited` asks for a pause.
fn robot_answer(body: &str, code_names: &[&str], words_name: &str, limited: &[i64]) -> Result<(), Trouble> {
    let answer: serde_json::Value =
        serde_json::from_str(body).map_err(|_| Trouble::new(TroubleKind::Answer, "the answer is no JSON"))?;
    let code = code_names.iter().find_map(|name| answer.get(*name)).and_then(serde_json::Value::as_i64);
    let words = answer.get(words_name).and_then(serde_json::Value::as_str).unwrap_or_default();
    match code {
        Some(0) => Ok(()),
        Some(code) if limited.contains(&code) => Err(Trouble::new(TroubleKind::Limited, format!("{code} {words}"))),
        Some(code) => Err(Trouble::new(TroubleKind::Robot, format!("{code} {words}"))),
        None => Err(Trouble::new(TroubleKind::Answer, "the answer has no code")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_say_how_it_went_inside_an_answer_of_200() {
        let read = |body| robot_answer(body, &["errcode"], "errmsg", &[130_101]);
        assert_eq!(read(r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let kind = |body| read(body).map_err(|t| t.kind);
        assert_eq!(kind(r#"{"errcode":130101,"errmsg":"send too fast"}"#), Err(TroubleKind::Limited));
        assert_eq!(kind(r#"{"errcode":310000,"errmsg":"sign not match"}"#), Err(TroubleKind::Robot));
        assert_eq!(kind("<html>"), Err(TroubleKind::Answer));
        assert_eq!(kind("{}"), Err(TroubleKind::Answer));
    }

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        use base64::Engine as _;
        // Test case 2: key "Jefe".
        let digest = hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").expect("hex");
        assert_eq!(
            signed(b"Jefe", b"what do ya want for nothing?"),
            base64::engine::general_purpose::STANDARD.encode(digest)
        );
    }
}
