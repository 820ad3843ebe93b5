//! Words of messages: lines of a digest, and why a delivery failed.

use super::Lang;
use crate::domain::message::{ChannelKind, MailSecurity, TroubleKind};
use crate::domain::notice::{DigestOf, DigestRow};
use serde_json::Value;

impl Lang {
    /// The lines of a digest that a notice carries.
    pub fn digest(self, facts: &Value) -> Vec<String> {
        let rows: Vec<DigestRow> =
            facts.get("rows").and_then(|rows| serde_json::from_value(rows.clone()).ok()).unwrap_or_default();
        let more = facts.get("more").and_then(Value::as_u64).filter(|more| *more > 0);
        rows.iter().map(|row| self.digest_row(row)).chain(more.map(|more| self.message_digest_more(more))).collect()
    }

    fn digest_row(self, row: &DigestRow) -> String {
        let (due, no, people) = (self.moment(row.due_at), &row.no, &row.people);
        let role = self.role(row.role);
        match row.what {
            DigestOf::Approval => self.message_digest_row(due, no, people, role),
            DigestOf::Review => self.message_digest_review(due, no, people, role),
            DigestOf::Change => self.message_digest_change(due, no, people, role),
            DigestOf::Pledge => self.message_digest_pledge(due, no, people, role),
        }
    }

    pub(super) fn message_notice(self, kind: &str) -> Option<&'static str> {
        match kind {
            "delivery_failed" => Some(self.notice_delivery_failed()),
            "overdue_digest" => Some(self.notice_overdue_digest()),
            _ => None,
        }
    }

    pub fn channel_kind(self, kind: ChannelKind) -> &'static str {
        match kind {
            ChannelKind::Mail => self.channel_mail(),
            ChannelKind::Dingtalk => self.channel_dingtalk(),
            ChannelKind::Wecom => self.channel_wecom(),
            ChannelKind::Feishu => self.channel_feishu(),
            ChannelKind::Webhook => self.channel_webhook(),
        }
    }

    pub fn mail_security(self, security: MailSecurity) -> &'static str {
        match security {
            MailSecurity::Starttls => self.mail_security_starttls(),
            MailSecurity::Tls => self.mail_security_tls(),
            MailSecurity::Plain => self.mail_security_plain(),
        }
    }

    /// A recurring step by its code; one that has no words of its own by the code.
    pub fn job(self, step: &str) -> String {
        match step {
            "sweep" => self.job_sweep().to_owned(),
            "tidy" => self.job_tidy().to_owned(),
            "seal" => self.job_seal().to_owned(),
            "remind_reviews" => self.job_remind_reviews().to_owned(),
            "remind_feedback" => self.job_remind_feedback().to_owned(),
            "remind_deliveries" => self.job_remind_deliveries().to_owned(),
            "take_up_calendar" => self.job_take_up_calendar().to_owned(),
            "make_facts" => self.job_make_facts().to_owned(),
            "remove_loose_files" => self.job_remove_loose_files().to_owned(),
            "fill_pinyin" => self.job_fill_pinyin().to_owned(),
            "bundle_notices" => self.job_bundle().to_owned(),
            "deliver_messages" => self.job_deliver().to_owned(),
            other => other.to_owned(),
        }
    }

    pub fn trouble(self, kind: TroubleKind) -> &'static str {
        match kind {
            TroubleKind::Unreachable => self.trouble_unreachable(),
            TroubleKind::Timeout => self.trouble_timeout(),
            TroubleKind::Certificate => self.trouble_certificate(),
            TroubleKind::SignIn => self.trouble_sign_in(),
            TroubleKind::Address => self.trouble_address(),
            TroubleKind::Limited => self.trouble_limited(),
            TroubleKind::Robot => self.trouble_robot(),
            TroubleKind::Status => self.trouble_status(),
            TroubleKind::Redirect => self.trouble_redirect(),
            TroubleKind::NoAddress => self.trouble_no_address(),
            TroubleKind::NoKey => self.trouble_no_key(),
            TroubleKind::Settings => self.trouble_settings(),
            TroubleKind::Answer => self.trouble_answer(),
        }
    }
}
