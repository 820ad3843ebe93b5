//! The group robot of `DingTalk` (钉钉): markdown, signed with the time of sending.
//!
//! Signature: `base64(HMAC-SHA256(secret, "{milliseconds}\n{secret}"))`, percent-encoded in the
//! address. The person is called by the mobile number, which has to stand in the text as well.

use super::{Letter, Route, post, robot_answer, signed};
use crate::domain::message::{ChannelKind, Trouble};
use chrono::{DateTime, Utc};
use serde_json::json;

/// "Sending too fast": twenty a minute, or the robot rests for ten minutes.
const LIMITED: &[i64] = &[130_101, 410_100, -1];

pub fn address(url: &str, secret: Option<&str>, now: DateTime<Utc>) -> String {
    let Some(secret) = secret else { return url.to_owned() };
    let at = now.timestamp_millis();
    let sign = signed(secret.as_bytes(), format!("{at}\n{secret}").as_bytes());
    let sign: String = form_urlencoded::byte_serialize(sign.as_bytes()).collect();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}timestamp={at}&sign={sign}")
}

pub fn body(letter: &Letter) -> String {
    let mut text = letter.markdown(ChannelKind::Dingtalk.longest());
    let phones: Vec<&str> = letter.phone.as_deref().into_iter().collect();
    for phone in &phones {
        text.push_str("\n\n@");
        text.push_str(phone);
    }
    json!({
        "msgtype": "markdown",
        "markdown": { "title": letter.subject, "text": text },
        "at": { "atMobiles": phones, "isAtAll": false },
    })
    .to_string()
}

pub async fn send(route: &Route, letter: &Letter, now: DateTime<Utc>) -> Result<(), Trouble> {
    let url = address(route.url()?, route.word(), now);
    let answer = post::json(&url, route.settings.authority.as_deref(), &[], body(letter)).await?;
    robot_answer(&answer, &["errcode"], "errmsg", LIMITED)
}
