//! Answers while somebody types: what a credit code is worth, and which cities and districts
//! there are. The same functions answer the form when it is sent; a GET changes nothing.

use super::page::{json, name_in};
use super::{Problem, SignedIn, Web, problem};
use crate::app::Taken;
use crate::domain::credit_code::{CodeFlaw, CodeWarning, CreditCode};
use crate::domain::customer::Customer;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::regions;
use crate::domain::workflow::Action;
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};

pub fn routes() -> Router<Web> {
    Router::new().route("/customers/code", get(code)).route("/customers/regions", get(places))
}

/// Whose archive holds the code, as far as the reader may know it.
pub fn taken_words(t: Lang, taken: &Taken) -> String {
    let owner = name_in(t, &taken.owner, &taken.owner_en);
    match &taken.no {
        Some(no) => t.archive_code_taken(&taken.name, no, owner),
        None => t.archive_code_taken_masked(&taken.name, owner),
    }
}

/// What is said about a code; `kind` is the tone of a note.
#[derive(Debug, Serialize)]
struct Answer {
    kind: &'static str,
    text: String,
    href: Option<String>,
    link: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    uscc: String,
    /// The archive for which the code is typed.
    no: String,
}

/// Only those who register or complete archives may ask: the answer tells who has which customer.
fn may_ask(who: &SignedIn) -> Result<(), Problem> {
    let acts = [Act::RegisterCustomer, Act::Do(Action::SaveCustomer)];
    if acts.into_iter().any(|act| policy::may_ever(&who.actor, act)) {
        return Ok(());
    }
    let roles: Vec<_> = policy::grants(Act::RegisterCustomer).iter().map(|(role, _)| *role).collect();
    Err(problem::denied_to(&roles))
}

async fn code(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    may_ask(&who)?;
    let t = who.t();
    let plain = |kind, text| Answer { kind, text, href: None, link: t.archive_code_open() };
    if asked.uscc.trim().is_empty() {
        return json(&plain("info", String::new()));
    }
    let customer: Option<Customer> = match asked.no.trim() {
        "" => None,
        no => web.app().customer(&who.actor, no).await.ok().map(|case| case.customer),
    };
    let read = customer.as_ref().map_or_else(|| CreditCode::parse(&asked.uscc), |c| c.read_code(&asked.uscc));
    let code = match read {
        Ok(code) => code,
        Err(flaw @ CodeFlaw::Check { .. }) => {
            return json(&plain("bad", format!("{} {}", t.flaw(&Flaw::Code(flaw)), t.archive_code_pilot())));
        }
        Err(flaw) => return json(&plain("bad", t.flaw(&Flaw::Code(flaw)))),
    };
    if let Some(taken) = web.app().code_taken(&who.actor, &code, customer.map(|c| c.id)).await? {
        return json(&Answer {
            kind: "bad",
            text: taken_words(t, &taken),
            href: taken.no.as_ref().map(|no| format!("/customers/{no}")),
            link: t.archive_code_open(),
        });
    }
    let warnings: Vec<String> = code.warnings().iter().map(|w| warning_words(t, *w)).collect();
    if warnings.is_empty() {
        json(&plain("ok", t.archive_code_ok().to_owned()))
    } else {
        json(&plain("warn", warnings.join(" ")))
    }
}

/// What is odd about a code that is taken all the same.
pub fn warning_words(t: Lang, warning: CodeWarning) -> String {
    match warning {
        CodeWarning::UnlikelyClass { authority, class } => t.archive_code_class(format!("{authority}{class}")),
        CodeWarning::SubjectCheck { expected } => t.archive_code_subject(expected),
        CodeWarning::Check { expected } => t.archive_code_overridden(expected),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Above {
    province: String,
    city: String,
}

#[derive(Debug, Serialize)]
struct Below {
    cities: Vec<&'static str>,
    districts: Vec<&'static str>,
}

async fn places(_who: SignedIn, Query(above): Query<Above>) -> Result<Response, Problem> {
    let (province, city) = (above.province.trim(), above.city.trim());
    json(&Below { cities: regions::cities(province), districts: regions::districts(province, city) })
}
