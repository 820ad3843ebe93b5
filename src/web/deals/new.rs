//! A new deal: for whom, what kind, what was promised, and when it is urgent, why.
//!
//! Archives with a similar name are shown before a second one can be made.

use crate::app::{Failure, ForCustomer, NewDeal};
use crate::domain::calendar::NaturalHours;
use crate::domain::company_name;
use crate::domain::customer::{CustomerStatus, Source};
use crate::domain::deal::{DealKind, Urgency, UrgentReason};
use crate::domain::input::{self, Flaw};
use crate::domain::policy::{self, Act, VisibleTo};
use crate::store::lists::{self, CustomerRow};
use crate::web::check::Checker;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

/// Characters that the reason of an urgent deal has at least.
const SHORTEST_REASON: usize = 20;
/// Similar archives that are shown.
const SIMILAR: i64 = 8;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/new", get(show).post(open))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    customer_no: String,
}

/// An archive with a similar name.
pub struct Similar {
    pub no: String,
    pub name: String,
    pub owner: String,
    pub status: String,
    /// Only for those who may use it.
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "deals/new.html")]
struct NewPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    similar: Vec<Similar>,
    customer_name: Option<String>,
    kinds: Vec<Choice>,
    sources: Vec<Choice>,
    promises: Vec<Choice>,
    yes_no: Vec<Choice>,
    reasons: Vec<Choice>,
}

async fn new_page(web: &Web, who: &SignedIn, form: FormView, similar: Vec<Similar>) -> Result<NewPage, Problem> {
    let t = who.t();
    let no = form.value("customer_no").trim().to_owned();
    let customer_name = if no.is_empty() {
        None
    } else {
        web.app().customer(&who.actor, &no).await.ok().map(|c| c.customer.profile.legal_name)
    };
    Ok(NewPage {
        chrome: page::chrome(web, who, Section::Deals).await?,
        t,
        errors: form.errors(),
        form,
        similar,
        customer_name,
        kinds: DealKind::ALL.iter().map(|k| Choice::new(k.code(), t.deal_kind(*k))).collect(),
        sources: Source::ALL.iter().map(|s| Choice::new(s.code(), t.source(*s))).collect(),
        promises: vec![
            Choice::new("24", t.new_deal_promise_24()),
            Choice::new("48", t.new_deal_promise_48()),
            Choice::new("none", t.new_deal_promise_none()),
        ],
        yes_no: vec![Choice::new("no", t.new_deal_urgent_no()), Choice::new("yes", t.new_deal_urgent_yes())],
        reasons: UrgentReason::ALL.iter().map(|r| Choice::new(r.code(), t.urgent_reason(*r))).collect(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::OpenDeal)?;
    let mut form = FormView::default();
    form.push("customer_no", asked.customer_no);
    form.push("kind", DealKind::New.code());
    form.push("promise_hours", "24");
    form.push("urgent", "no");
    page::page(&new_page(&web, &who, form, Vec::new()).await?)
}

async fn similar_to(web: &Web, who: &SignedIn, legal_name: &str) -> Result<Vec<Similar>, Problem> {
    let t = who.t();
    let core = company_name::core(legal_name);
    let mut conn = web.app().db.read().await?;
    // Everybody's archives: one company has one archive, whoever keeps it.
    let found = lists::customers(&mut conn, VisibleTo::Everything, Some(&core), None, None, SIMILAR).await?;
    let mine =
        lists::customers(&mut conn, policy::visible_customers(&who.actor), Some(&core), None, None, SIMILAR).await?;
    let view = |row: &CustomerRow| Similar {
        no: row.customer_no.clone(),
        name: row.legal_name.clone(),
        owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
        status: CustomerStatus::parse(&row.status).map(|s| t.customer_status(s)).unwrap_or_default().to_owned(),
        href: mine
            .iter()
            .any(|m| m.id == row.id)
            .then(|| super::list::address("/deals/new", &[("customer_no", &row.customer_no)])),
    };
    Ok(found.iter().map(view).collect())
}

fn checked(check: &mut Checker<'_>, now: chrono::DateTime<chrono::Utc>) -> Option<NewDeal> {
    let customer = if check.raw("customer_no").trim().is_empty() {
        check.required("legal_name", super::legal_name).map(|legal_name| ForCustomer::New { legal_name })
    } else {
        check.text("customer_no", 1, 40).map(|no| ForCustomer::Known { no })
    };
    let kind = check.choice("kind", DealKind::parse);
    let source = check.choice("source", Source::parse);
    let title = check.text("title", 2, 100);
    let promise = check.choice("promise_hours", |raw| match raw {
        "24" => Some(Some(NaturalHours(24))),
        "48" => Some(Some(NaturalHours(48))),
        "none" => Some(None),
        _ => None,
    });
    let says_urgent = check.choice("urgent", |raw| match raw {
        "yes" => Some(Some(())),
        "no" => Some(None),
        _ => None,
    });
    // An urgent deal without a reason is not urgent.
    let urgency = if kind == Some(DealKind::Urgent) || says_urgent == Some(Some(())) {
        let reason = check.choice("urgent_reason", UrgentReason::parse);
        let text = check.long_text("urgent_text", SHORTEST_REASON, 500);
        let needed_at = check.date_time("urgent_needed_at");
        if needed_at.is_some_and(|at| at <= now) {
            check.fail("urgent_needed_at", Flaw::InThePast);
        }
        Some(Urgency { reason: reason?, text: text?, needed_at: needed_at? })
    } else {
        None
    };
    Some(NewDeal { customer: customer?, kind: kind?, source: source?, title: title?, promise: promise?, urgency })
}

async fn open(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::OpenDeal)?;
    let t = post.t();
    let mut check = Checker::new(&post.form);
    let new = checked(&mut check, web.app().clock.now());
    let mut errors: Vec<(String, String)> =
        check.finish().err().unwrap_or_default().into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
    let mut similar = Vec::new();
    let no = post.form.value("customer_no").trim();
    if no.is_empty() {
        if let Ok(legal_name) = input::text(post.form.value("legal_name"), 2, 100) {
            similar = similar_to(&web, &post.who, &legal_name).await?;
        }
        if !similar.is_empty() && post.form.value("confirm_new") != "yes" {
            errors.push(("confirm_new".to_owned(), t.new_deal_similar_error().to_owned()));
        }
    } else {
        match web.app().customer(&post.who.actor, no).await {
            Ok(_) => {}
            Err(Failure::NotFound) => errors.push(("customer_no".to_owned(), t.new_deal_customer_unknown().to_owned())),
            Err(failure) => return Err(post.keeping(failure)),
        }
    }
    match new {
        Some(new) if errors.is_empty() => {
            let done = web.app().open_deal(&post.by("/deals"), new).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        _ => page::invalid(&new_page(&web, &post.who, FormView::typed(&post.form, errors), similar).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::form::Submitted;
    use chrono::DateTime;

    #[test]
    fn an_urgent_deal_needs_all_three_parts() {
        let now = DateTime::UNIX_EPOCH;
        let base =
            [("legal_name", "恒信包装有限公司"), ("source", "online"), ("title", "年度包装"), ("promise_hours", "24")];
        let form = Submitted::of(&[&base[..], &[("kind", "new"), ("urgent", "no")]].concat());
        let mut check = Checker::new(&form);
        assert!(checked(&mut check, now).is_some_and(|n| n.urgency.is_none()));
        let form = Submitted::of(
            &[
                &base[..],
                &[
                    ("kind", "urgent"),
                    ("urgent", "no"),
                    ("urgent_text", "太短"),
                    ("urgent_needed_at", "1960-01-01T00:00"),
                ],
            ]
            .concat(),
        );
        let mut check = Checker::new(&form);
        assert!(checked(&mut check, now).is_none());
        let fields: Vec<String> = check.finish().unwrap_err().into_iter().map(|(f, _)| f).collect();
        assert_eq!(fields, ["urgent_reason", "urgent_text", "urgent_needed_at"]);
    }
}
