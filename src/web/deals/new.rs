//! A new deal: for whom, what kind, what was promised, and when it is urgent, why.
//!
//! Archives with a similar name are shown before a second one can be made.

use crate::app::{Failure, ForCustomer, NewDeal};
use crate::domain::calendar::{NaturalHours, local_date};
use crate::domain::company_name;
use crate::domain::customer::{CustomerStatus, Source};
use crate::domain::deal::{DealKind, Urgency, UrgentReason};
use crate::domain::input::{self, Flaw};
use crate::domain::order::OrderLine;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::quote::QuoteLineKind;
use crate::domain::workflow::Case;
use crate::store::history;
use crate::store::lists::{self, CustomerRow};
use crate::web::boards::address;
use crate::web::check::Checker;
use crate::web::feedback::{LessonLine, lesson_lines};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

/// Characters that the reason of an urgent deal has at least.
const SHORTEST_REASON: usize = 20;
/// Similar archives that are shown.
const SIMILAR: i64 = 8;
/// Earlier orders that are offered for ordering again.
const PAST: i64 = 5;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/new", get(show).post(open)).route("/deals/repeat", get(repeat))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    order: String,
}

/// The typed number of an order leads to the form that starts from it.
async fn repeat(who: SignedIn, Query(wanted): Query<Wanted>) -> Result<Redirect, Problem> {
    only(&who, Act::OpenDeal)?;
    let order = input::normalise(&wanted.order);
    Ok(Redirect::to(&address("/deals/new", &[("repeat", order.trim())])))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    customer_no: String,
    /// The number of an order to order again.
    repeat: String,
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
    repeat: Option<Repeat>,
    past: Vec<(String, String)>,
    kinds: Vec<Choice>,
    sources: Vec<Choice>,
    promises: Vec<Choice>,
    yes_no: Vec<Choice>,
    reasons: Vec<Choice>,
}

/// The order that is ordered again, with what has to be known before.
pub struct Repeat {
    pub order_no: String,
    pub deal_no: String,
    pub lines: Vec<String>,
    pub facts: Vec<(String, String)>,
    /// The quarterly re-check of the customer, when it asks for attention.
    pub review: Option<String>,
    pub review_href: String,
    pub lessons: Vec<LessonLine>,
    pub needs: Vec<String>,
}

fn repeat_of(web: &Web, who: &SignedIn, case: &Case) -> Option<Repeat> {
    let t = who.t();
    let order = case.order.as_ref()?;
    let line = |l: &OrderLine| format!("{} × {}", t.item(case, l.product, &l.name), t.quantity(l.quantity, &l.unit));
    let mut facts = vec![
        (t.field("ship_address").to_owned(), order.ship_address.clone()),
        (t.field("ship_receiver").to_owned(), order.ship_receiver.clone()),
    ];
    if let Some(r) = &case.requirement {
        facts.push((t.field("payment_wish").to_owned(), t.payment_wish(r.content.payment_wish).to_owned()));
        facts.push((t.field("invoice_need").to_owned(), t.invoice_kind(r.content.invoice_need).to_owned()));
    }
    let today = local_date(web.app().clock.now());
    let needs = case.customer.profile.needs();
    Some(Repeat {
        order_no: order.no.clone(),
        deal_no: case.deal.as_ref().map(|d| d.no.clone()).unwrap_or_default(),
        lines: order.lines.iter().filter(|l| l.kind != QuoteLineKind::Surcharge).map(line).collect(),
        facts,
        review: crate::web::reviews::sentence(
            t,
            case.customer.next_review_on,
            today,
            case.rules.on(today).review_grace_days(),
        ),
        review_href: format!("/customers/{}/review", case.customer.no),
        lessons: lesson_lines(t, who, case),
        needs: needs.iter().map(|n| format!("{}{}{}", t.need_category(n.category), t.ui_colon(), n.text)).collect(),
    })
}

async fn new_page(web: &Web, who: &SignedIn, form: FormView, similar: Vec<Similar>) -> Result<NewPage, Problem> {
    let t = who.t();
    let no = form.value("customer_no").trim().to_owned();
    let customer = if no.is_empty() { None } else { web.app().customer(&who.actor, &no).await.ok() };
    let order = form.value("repeat").trim().to_owned();
    let repeat = if order.is_empty() { None } else { web.app().order_to_repeat(&who.actor, &order).await.ok() };
    let repeat = repeat.and_then(|case| repeat_of(web, who, &case));
    let mut past = Vec::new();
    if let Some(case) = customer.as_ref().filter(|_| repeat.is_none()) {
        let mut conn = web.app().db.read().await?;
        let orders = history::past_orders(&mut conn, case.customer.id, PAST).await?;
        past.extend(
            orders.into_iter().map(|o| (format!("{} {}", o.no, o.title), address("/deals/new", &[("repeat", &o.no)]))),
        );
    }
    let customer_name = customer.map(|c| c.customer.profile.legal_name);
    Ok(NewPage {
        chrome: page::chrome(web, who, Section::Deals).await?,
        t,
        errors: form.errors(),
        form,
        similar,
        customer_name,
        repeat,
        past,
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
    if asked.repeat.trim().is_empty() {
        form.push("customer_no", asked.customer_no);
        form.push("kind", DealKind::New.code());
    } else {
        let order = asked.repeat.trim();
        let case = web.app().order_to_repeat(&who.actor, order).await?;
        form.push("repeat", order);
        form.push("customer_no", case.customer.no.as_str());
        form.push("kind", DealKind::Repeat.code());
        form.push("source", Source::Existing.code());
        form.put("title", case.deal.as_ref().map(|d| d.title.as_str()));
    }
    form.push("promise_hours", "24");
    form.push("urgent", "no");
    page::page(&new_page(&web, &who, form, Vec::new()).await?)
}

async fn similar_to(web: &Web, who: &SignedIn, legal_name: &str) -> Result<Vec<Similar>, Problem> {
    let t = who.t();
    let core = company_name::core(legal_name);
    let mut conn = web.app().db.search().await?;
    // Everybody's archives: one company has one archive, whoever keeps it.
    let found = lists::customers(&mut conn, VisibleTo::Everything, Some(&core), None, None, SIMILAR).await?;
    let mine =
        lists::customers(&mut conn, policy::visible_customers(&who.actor), Some(&core), None, None, SIMILAR).await?;
    let is_mine = |row: &CustomerRow| mine.iter().any(|m| m.id == row.id);
    let view = |row: &CustomerRow| Similar {
        no: if is_mine(row) { row.customer_no.clone() } else { String::new() },
        // Whoever may not open the archive learns that the company is taken, and by whom.
        name: if is_mine(row) { row.legal_name.clone() } else { company_name::masked(&row.legal_name) },
        owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
        status: CustomerStatus::parse(&row.status).map(|s| t.customer_status(s)).unwrap_or_default().to_owned(),
        href: is_mine(row).then(|| address("/deals/new", &[("customer_no", &row.customer_no)])),
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
    let repeats = check.optional_text("repeat", 5, 40);
    Some(NewDeal {
        customer: customer?,
        kind: kind?,
        source: source?,
        title: title?,
        promise: promise?,
        urgency,
        repeats,
    })
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
