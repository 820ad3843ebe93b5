//! Every version with who made it, from when it holds, and what it changed.

use super::Stored;
use crate::domain::rules::Rules;
use crate::web::page::name_in;
use crate::wording::Lang;

pub struct VersionView {
    pub number: String,
    pub state: &'static str,
    pub state_kind: &'static str,
    pub from: String,
    pub drafted: String,
    pub published: String,
    pub reason: String,
    /// Name, former and new value.
    pub changes: Vec<(&'static str, String, String)>,
}

pub fn name(t: Lang, person: Option<&(String, String)>) -> String {
    person.map_or_else(|| t.contract_with_product().to_owned(), |(zh, en)| name_in(t, zh, en))
}

/// Newest first; each is compared with the version before it by number.
pub fn of(t: Lang, stored: &Stored) -> Vec<VersionView> {
    let in_force = stored.in_force().version();
    let numbers = |at: usize| stored.versions.get(at).and_then(|v| Rules::of(v.version_no, &v.values).ok());
    stored
        .versions
        .iter()
        .enumerate()
        .map(|(at, v)| {
            let (state, state_kind) = match v.valid_from {
                None => (t.contract_state_draft(), "warn"),
                Some(_) if v.version_no == in_force => (t.contract_state_in_force(), "ok"),
                Some(from) if from > stored.today => (t.rules_state_coming(), "info"),
                Some(_) => (t.contract_state_former(), "plain"),
            };
            let changes = match (numbers(at), numbers(at + 1)) {
                (Some(new), Some(old)) => new.differences_from(&old),
                _ => Vec::new(),
            };
            VersionView {
                number: t.rules_version(v.version_no),
                state,
                state_kind,
                from: v.valid_from.map(|from| t.date(from)).unwrap_or_default(),
                drafted: format!("{} {}", name(t, v.drafter.as_ref()), t.moment_full(v.drafted_at)),
                published: v
                    .published_at
                    .map(|at| format!("{} {}", name(t, v.publisher.as_ref()), t.moment_full(at)))
                    .unwrap_or_default(),
                reason: v.reason.clone().unwrap_or_default(),
                changes: changes
                    .into_iter()
                    .map(|(rule, old, new)| (t.rule(rule), t.rule_value(rule, old), t.rule_value(rule, new)))
                    .collect(),
            }
        })
        .collect()
}
