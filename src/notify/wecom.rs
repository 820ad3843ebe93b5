//! The group robot of `WeCom` (企业微信): plain text, because only that calls a person by the mobile
//! number; an address in it can be clicked. The key in the address is the whole authority.

use super::{Letter, Route, post, robot_answer};
use crate::domain::message::{ChannelKind, Trouble};
use serde_json::json;

/// "Api freq out of limit".
const LIMITED: &[i64] = &[45_009, 45_033];

pub fn body(letter: &Letter) -> String {
    let phones: Vec<&str> = letter.phone.as_deref().into_iter().collect();
    json!({
        "msgtype": "text",
        "text": { "content": letter.plain(ChannelKind::Wecom.longest()), "mentioned_mobile_list": phones },
    })
    .to_string()
}

pub async fn send(route: &Route, letter: &Letter) -> Result<(), Trouble> {
    let answer = post::json(route.url()?, route.settings.authority.as_deref(), &[], body(letter)).await?;
    robot_answer(&answer, &["errcode"], "errmsg", LIMITED)
}
