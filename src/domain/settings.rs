//! What happened to the company's settings; stored for ever in the company's event streams.

use super::rules::Rule;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SettingsEvent {
    RulesDrafted { version_no: i32, values: BTreeMap<Rule, Decimal>, reason: String },
    RulesPublished { version_no: i32, from: NaiveDate },
    CalendarDrafted { version_no: i32, note: String },
    CalendarDiscarded { version_no: i32 },
    CalendarPublished { version_no: i32, label: String },
}

impl SettingsEvent {
    /// The stored name of the variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RulesDrafted { .. } => "rules_drafted",
            Self::RulesPublished { .. } => "rules_published",
            Self::CalendarDrafted { .. } => "calendar_drafted",
            Self::CalendarDiscarded { .. } => "calendar_discarded",
            Self::CalendarPublished { .. } => "calendar_published",
        }
    }
}
