//! Ways out of the program: kinds of channels, their open settings, how a person wants to be
//! reached, and why a message could not be delivered.
//!
//! What is secret (passwords, addresses of robots with their keys) is in `ChannelSecret` only,
//! which has no `Debug` of its own and never goes into a page, an event or a log line.

use super::codes::codes;
use super::email::Email;
use super::notice::QuietHours;
use super::staff::Role;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

codes!(ChannelKind { Mail = "mail", Dingtalk = "dingtalk", Wecom = "wecom", Feishu = "feishu", Webhook = "webhook" });
codes!(
    /// How the connection to the mail server is protected.
    MailSecurity { Starttls = "starttls", Tls = "tls", Plain = "plain" }
);
codes!(Purpose { Notices = "notices", Test = "test" });
codes!(
    /// Why a try failed.
    TroubleKind {
        Unreachable = "unreachable", Timeout = "timeout", Certificate = "certificate", SignIn = "sign_in", Address = "address",
        Limited = "limited", Robot = "robot", Status = "status", Redirect = "redirect", NoAddress = "no_address",
        NoKey = "no_key", Settings = "settings", Answer = "answer",
    }
);

impl ChannelKind {
    /// Messages a minute when nobody says otherwise; the robots' makers allow twenty.
    pub const fn usual_limit(self) -> i32 {
        match self {
            Self::Mail => 120,
            Self::Dingtalk | Self::Wecom | Self::Feishu => 20,
            Self::Webhook => 60,
        }
    }

    /// Bytes that the text of one message may have.
    pub const fn longest(self) -> usize {
        match self {
            Self::Mail | Self::Webhook => 100_000,
            Self::Dingtalk | Self::Feishu => 15_000,
            Self::Wecom => 2_000,
        }
    }
}

impl TroubleKind {
    /// Nothing that a later try could change by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Address | Self::NoAddress)
    }
}

/// A failed try. `detail` holds what the other side said, tamed, and no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub kind: TroubleKind,
    pub detail: String,
    /// How long the other side asks to wait.
    pub wait: Option<TimeDelta>,
}

impl Trouble {
    pub fn new(kind: TroubleKind, detail: impl AsRef<str>) -> Self {
        let tame: String = detail.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        Self { kind, detail: tame.trim().to_owned(), wait: None }
    }

    #[must_use]
    pub fn waiting(self, wait: Option<TimeDelta>) -> Self {
        Self { wait, ..self }
    }
}

/// What anybody who looks after the program may see of a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSettings {
    /// Mail: the server. Others: the host of the address, which alone is shown.
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<MailSecurity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Email>,
    /// Certificates (PEM) of an authority of one's own, trusted besides the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

impl ChannelSettings {
    /// Whether a secret that was told to the one may be told to the other without asking for it again.
    pub fn is_same_place(&self, other: &Self) -> bool {
        (&self.host, self.port, self.security) == (&other.host, other.port, other.security)
            && (&self.user, &self.authority) == (&other.user, &other.authority)
    }
}

/// What is sealed before it is stored.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSecret {
    /// Robots and webhooks: the whole address; the key is part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Mail: the password. Robots and webhooks: what signatures are made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
}

impl fmt::Debug for ChannelSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelSecret(…)")
    }
}

/// How a person wants to be reached outside the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    pub email: Option<Email>,
    pub by_mail: bool,
    pub robot: Option<Uuid>,
    /// Notices of so many minutes go together.
    pub window_minutes: i32,
    pub quiet: Option<QuietHours>,
    /// 0 where nothing was chosen yet.
    pub revision: i64,
}

impl Default for Reach {
    fn default() -> Self {
        Self { email: None, by_mail: false, robot: None, window_minutes: 5, quiet: None, revision: 0 }
    }
}

/// What happened to the program's own settings; kept in the history of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ServiceEvent {
    ChannelSaved {
        name: String,
        channel: ChannelKind,
        host: String,
        is_active: bool,
        secret_changed: bool,
    },
    MessageAskedAgain {
        message: Uuid,
    },
    CompanySaved {
        fields: Vec<String>,
    },
    SessionsEnded {
        person: Uuid,
        count: u64,
    },
    ResetLinkMade {
        person: Uuid,
    },
    PersonAdded {
        person: Uuid,
        login: String,
        roles: Vec<Role>,
    },
    /// Which fields changed; from what to what for those that move rights.
    PersonChanged {
        person: Uuid,
        fields: Vec<String>,
        roles: Option<(Vec<Role>, Vec<Role>)>,
        manager: Option<(Option<Uuid>, Option<Uuid>)>,
        /// Closed or opened again.
        is_active: Option<bool>,
    },
    /// Somebody wanted to change what they may do themselves.
    OwnRightsRefused {
        person: Uuid,
        roles: Vec<Role>,
    },
}

impl ServiceEvent {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ChannelSaved { .. } => "channel_saved",
            Self::MessageAskedAgain { .. } => "message_asked_again",
            Self::CompanySaved { .. } => "company_saved",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::ResetLinkMade { .. } => "reset_link_made",
            Self::PersonAdded { .. } => "person_added",
            Self::PersonChanged { .. } => "person_changed",
            Self::OwnRightsRefused { .. } => "own_rights_refused",
        }
    }
}

/// The host of an address to which messages may go: `https`, or plain `http` on this machine only.
/// No name or password in it.
pub fn target_host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.is_empty() || authority.contains('@') || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let is_here = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|own| authority == *own || authority.strip_prefix(own).is_some_and(|rest| rest.starts_with(':')));
    (scheme == "https" || (scheme == "http" && is_here)).then(|| authority.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_over_protected_connections_only() {
        assert_eq!(
            target_host("https://oapi.dingtalk.com/robot/send?access_token=x").as_deref(),
            Some("oapi.dingtalk.com")
        );
        assert_eq!(target_host("http://127.0.0.1:9000/x").as_deref(), Some("127.0.0.1:9000"));
        for wrong in [
            "http://oapi.dingtalk.com/x",
            "ftp://127.0.0.1/x",
            "https://a@b/",
            "https:///x",
            "http://127.0.0.1.example/x",
            "http://localhost.example/",
            "oapi.dingtalk.com",
            "https://a b/",
        ] {
            assert_eq!(target_host(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = ChannelSecret { url: Some("https://x/geheim".to_owned()), word: Some("geheim".to_owned()) };
        assert!(!format!("{secret:?}").contains("geheim"));
    }

    #[test]
    fn what_the_other_side_says_is_tamed() {
        let said = Trouble::new(TroubleKind::Robot, format!("a\r\nb{}", "x".repeat(500)));
        assert!(!said.detail.contains(['\r', '\n']) && said.detail.chars().count() == 200);
    }
}
