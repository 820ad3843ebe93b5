//! Reads the draft's form and the day from which it holds.

use super::{LIMITS, Typed, build};
use crate::domain::calendar::local_date;
use crate::domain::input::{self, Flaw};
use crate::domain::policy::Act;
use crate::domain::rules::{Rule, RuleUnit, Rules};
use crate::store::rules::RuleVersion;
use crate::web::check::Checker;
use crate::web::form::{Choice, FormView};
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Days ahead that a version may be put in force at most.
const AHEAD: i64 = 366;

pub fn switch_options(t: Lang) -> Vec<Choice> {
    vec![Choice::new("0", t.rules_reapproval_all()), Choice::new("1", t.rules_reapproval_watched())]
}

/// The form of a draft; of what is in force where there is none.
pub fn filled(rules: &Rules, draft: Option<&RuleVersion>, today: NaiveDate) -> FormView {
    let mut form = FormView::default();
    for rule in Rule::ALL {
        form.push(rule.code(), rules.value(*rule).normalize().to_string());
    }
    form.push("rules_reason", draft.and_then(|v| v.reason.clone()).unwrap_or_default());
    form.push("rules_from", today.to_string());
    form
}

fn read(rule: Rule, raw: &str) -> Result<Decimal, Flaw> {
    let (min, max, places) = rule.bounds();
    match rule.unit() {
        RuleUnit::Switch => match raw {
            "0" => Ok(Decimal::ZERO),
            "1" => Ok(Decimal::ONE),
            _ => Err(Flaw::UnknownChoice),
        },
        _ => input::decimal(raw, places, min, max),
    }
}

/// An error that names its number, as the summary stands far from it.
fn named(t: Lang, field: String, text: &str) -> (String, String) {
    let told = match Rule::parse(&field) {
        Some(rule) => t.rules_flaw_of(t.rule(rule), text),
        None => text.to_owned(),
    };
    (field, told)
}

pub async fn save(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let t = post.t();
    let mut check = Checker::new(&post.form);
    let mut values = BTreeMap::new();
    for rule in Rule::ALL.iter().copied() {
        if let Some(value) = check.required(rule.code(), |raw| read(rule, raw)) {
            values.insert(rule, value);
        }
    }
    let reason = check.long_text("rules_reason", 5, 500);
    let found = check.finish();
    let mut errors: Vec<(String, String)> =
        found.err().unwrap_or_default().into_iter().map(|(field, flaw)| named(t, field, &t.flaw(&flaw))).collect();
    // What cannot be read is not compared with its neighbours.
    let drafted = Rules::of(0, &values);
    if let Err(flaws) = &drafted {
        let readable = flaws.iter().filter(|flaw| values.contains_key(&flaw.rule()));
        errors.extend(readable.map(|flaw| named(t, flaw.rule().code().to_owned(), &t.rule_flaw(flaw))));
    }
    if let (true, Ok(drafted), Some(reason)) = (errors.is_empty(), drafted, reason) {
        let by = post.by(LIMITS.href);
        let done =
            web.app().draft_rules(&by, post.form.version(), &drafted, &reason).await.map_err(|f| post.keeping(f))?;
        return Ok(page::see_other(&web, done.then(), "saved"));
    }
    let typed = Typed { form: FormView::typed(&post.form, errors), revision: post.form.version() };
    page::invalid(&build(&web, &post.who, Some(typed)).await?)
}

pub async fn publish(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::PublishRules)?;
    let t = post.t();
    let today = local_date(web.app().clock.now());
    let mut check = Checker::new(&post.form);
    let from = check.date("rules_from");
    if let Some(from) = from {
        let ahead = from.signed_duration_since(today).num_days();
        if ahead < 0 {
            check.fail("rules_from", Flaw::InThePast);
        } else if ahead > AHEAD {
            check.fail("rules_from", Flaw::TooLarge { max: (today + chrono::TimeDelta::days(AHEAD)).to_string() });
        }
    }
    match (from, check.finish()) {
        (Some(from), Ok(())) => {
            let by = post.by(LIMITS.href);
            let done = web.app().publish_rules(&by, post.form.version(), from).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        (_, found) => {
            let errors = found.err().unwrap_or_default();
            let errors = errors.into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
            let typed = Typed { form: FormView::typed(&post.form, errors), revision: post.form.version() };
            page::invalid(&build(&web, &post.who, Some(typed)).await?)
        }
    }
}
