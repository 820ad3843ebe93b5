//! Every version of an archive that was ever saved: who, when, why, and what differs from the one
//! before, field by field. Read from the events, which hold each version whole.

use super::deals::customer_facts;
use super::page::{self, Chrome, Section, name_in};
use super::{Problem, SignedIn, Web};
use crate::domain::customer::CustomerProfile;
use crate::domain::policy::{self, Act};
use crate::domain::privacy;
use crate::domain::workflow::Event;
use crate::store::archive::{self, Past};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/customers/{no}/history", get(list)).route("/customers/{no}/history/{version}", get(one))
}

/// One saved version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    /// Counted from 1.
    number: usize,
    profile: CustomerProfile,
    reason: Option<String>,
    /// The place of its event in the history.
    at: usize,
}

/// The versions in a history; a reason that was given stands just before or after what was saved.
fn versions(past: &[Event]) -> Vec<Version> {
    let mut found: Vec<Version> = Vec::new();
    for (at, event) in past.iter().enumerate() {
        let (profile, reason) = match event {
            Event::CustomerDrafted { profile, .. } => (profile.as_ref().clone(), None),
            Event::CustomerSaved { profile } => {
                let has_lapsed = |i: usize| matches!(past.get(i), Some(Event::VerificationLapsed { .. }));
                let before = at.checked_sub(1).and_then(|i| if has_lapsed(i) { i.checked_sub(1) } else { Some(i) });
                let beside = [before, at.checked_add(1)];
                let reason = beside.into_iter().flatten().find_map(|i| match past.get(i) {
                    Some(Event::ArchiveReopened { reason, .. }) => Some(reason.clone()),
                    _ => None,
                });
                (profile.as_ref().clone(), reason.flatten())
            }
            Event::CodeOverridden { code, reason } => {
                let Some(last) = found.last() else { continue };
                (CustomerProfile { uscc: Some(code.clone()), ..last.profile.clone() }, Some(reason.clone()))
            }
            _ => continue,
        };
        found.push(Version { number: found.len() + 1, profile, reason, at });
    }
    found
}

/// A field that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// A field of a version: its label, what it holds, and what of it is shown. The ways to people stay masked
/// here as everywhere (DOMAIN 1.1); a number that changed is told as changed all the same.
type Held = (String, String, String);

fn held(t: Lang, profile: &CustomerProfile, sees_company: Result<(), ()>) -> Vec<Held> {
    let masked = if sees_company.is_ok() { privacy::contacts_masked(profile) } else { privacy::all_masked(profile) };
    let whole = customer_facts(t, profile, Ok(()));
    // Masked already: nothing more is to be hidden.
    let shown = customer_facts(t, &masked, Ok(()));
    whole.into_iter().zip(shown).map(|((label, value), (_, shown))| (label, value, shown)).collect()
}

/// What differs, in the order of the newer version, with what is gone at the end. A label that stands
/// more than once is compared value by value.
fn difference(before: &[Held], after: &[Held]) -> Vec<Difference> {
    let mut labels: Vec<&String> = Vec::new();
    for (label, ..) in after.iter().chain(before) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let values = |facts: &[Held], wanted: &String| -> Vec<(String, String)> {
        facts
            .iter()
            .filter(|(label, ..)| label == wanted)
            .map(|(_, value, shown)| (value.clone(), shown.clone()))
            .collect()
    };
    let mut out = Vec::new();
    for label in labels {
        let (old, new) = (values(before, label), values(after, label));
        for i in 0..old.len().max(new.len()) {
            let (was, is) = (old.get(i), new.get(i));
            if was.map(|(value, _)| value) != is.map(|(value, _)| value) {
                let shown = |one: Option<&(String, String)>| one.map(|(_, shown)| shown.clone());
                out.push(Difference { field: label.clone(), before: shown(was), after: shown(is) });
            }
        }
    }
    out
}

struct VersionLine {
    title: String,
    href: String,
    who: String,
    when: String,
    reason: Option<String>,
    is_first: bool,
    changes: Vec<Difference>,
}

#[derive(Template)]
#[template(path = "customers/history.html")]
struct HistoryPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    name: String,
    lines: Vec<VersionLine>,
    /// One version alone: everything it held.
    whole: Option<Vec<(String, String)>>,
}

async fn page_of(web: &Web, who: &SignedIn, no: &str, only: Option<usize>) -> Result<Response, Problem> {
    let t = who.t();
    let case = web.app().customer(&who.actor, no).await?;
    let mut conn = web.app().db.read().await?;
    let past = archive::past(&mut conn, case.customer.id).await?;
    drop(conn);
    let shown = policy::may_on(&who.actor, Act::SeeContacts, &case).map_err(|_| ());
    let events: Vec<Event> = past.iter().map(|p| p.event.clone()).collect();
    let all = versions(&events);
    if only.is_some_and(|number| number == 0 || number > all.len()) {
        return Err(Problem::Missing);
    }
    let facts: Vec<Vec<Held>> = all.iter().map(|v| held(t, &v.profile, shown)).collect();
    let mut lines: Vec<VersionLine> = Vec::new();
    for (i, version) in all.iter().enumerate().rev() {
        if only.is_some_and(|number| number != version.number) {
            continue;
        }
        let told: &Past = &past[version.at];
        let before = i.checked_sub(1).and_then(|before| facts.get(before));
        lines.push(VersionLine {
            title: t.archive_history_version(version.number),
            href: format!("/customers/{no}/history/{}", version.number),
            who: match (&told.actor, &told.actor_en) {
                (Some(name), Some(name_en)) => name_in(t, name, name_en),
                _ => t.problem_system().to_owned(),
            },
            when: t.moment_full(told.at),
            reason: version.reason.clone(),
            is_first: before.is_none(),
            changes: before.map(|before| difference(before, &facts[i])).unwrap_or_default(),
        });
    }
    let whole = only
        .and_then(|number| facts.get(number - 1))
        .map(|facts| facts.iter().map(|(label, _, shown)| (label.clone(), shown.clone())).collect());
    page::page(&HistoryPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        no: no.to_owned(),
        name: case.customer.profile.legal_name.clone(),
        lines,
        whole,
    })
}

async fn list(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page_of(&web, &who, &no, None).await
}

async fn one(
    State(web): State<Web>,
    Path((no, version)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let number = version.parse().map_err(|_| Problem::Missing)?;
    page_of(&web, &who, &no, Some(number)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit_code::CreditCode;

    fn saved(name: &str) -> Event {
        Event::CustomerSaved { profile: Box::new(CustomerProfile::named(name.to_owned())) }
    }

    fn reopened(reason: Option<&str>) -> Event {
        Event::ArchiveReopened { fields: vec!["legal_name".to_owned()], reason: reason.map(str::to_owned) }
    }

    #[test]
    fn every_saved_profile_is_a_version_with_its_reason() {
        let past = [
            saved("甲"),
            Event::VerificationRequested,
            saved("乙"),
            reopened(None),
            reopened(Some("更名")),
            saved("丙"),
        ];
        let all = versions(&past);
        let told: Vec<(usize, &str, Option<&str>)> =
            all.iter().map(|v| (v.number, v.profile.legal_name.as_str(), v.reason.as_deref())).collect();
        assert_eq!(told, [(1, "甲", None), (2, "乙", None), (3, "丙", Some("更名"))]);
    }

    #[test]
    fn a_code_that_a_manager_accepted_is_a_version_too() {
        let code = CreditCode::parse_despite_check("91350211M00013FA1N").unwrap();
        let past = [saved("甲"), Event::CodeOverridden { code: code.clone(), reason: "早期代码".to_owned() }];
        let all = versions(&past);
        assert_eq!(all[1].profile.uscc, Some(code));
        assert_eq!(all[1].reason.as_deref(), Some("早期代码"));
    }

    #[test]
    fn a_number_that_changed_is_told_and_stays_masked() {
        let one = |value: &str| [("联系人 1".to_owned(), value.to_owned(), "138****8000".to_owned())];
        let found = difference(&one("13811118000"), &one("13822228000"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].before.as_deref(), found[0].after.as_deref()), (Some("138****8000"), Some("138****8000")));
        assert!(difference(&one("13811118000"), &one("13811118000")).is_empty());
    }

    #[test]
    fn the_difference_names_what_came_what_went_and_what_changed() {
        let facts = |list: &[(&str, &str)]| -> Vec<Held> {
            list.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned(), (*value).to_owned())).collect()
        };
        let before = facts(&[("名称", "甲"), ("电话", "1"), ("包装", "木箱"), ("包装", "护角")]);
        let after = facts(&[("名称", "乙"), ("来源", "展会"), ("包装", "木箱")]);
        let found: Vec<(String, Option<String>, Option<String>)> =
            difference(&before, &after).into_iter().map(|d| (d.field, d.before, d.after)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("名称".to_owned(), some("甲"), some("乙")),
                ("来源".to_owned(), None, some("展会")),
                ("包装".to_owned(), some("护角"), None),
                ("电话".to_owned(), some("1"), None),
            ]
        );
        assert!(difference(&before, &before).is_empty());
    }
}
