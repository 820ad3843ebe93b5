//! Merging two archives of one company: choose the other by number, see both side by side with
//! what will move, choose which stays, and type the number of the one that ends.

use super::check::Checker;
use super::deals::{archive_fields, field_shown};
use super::form::{ErrorItem, FormView};
use super::page::{self, Chrome, Section, name_in};
use super::{Post, Problem, SignedIn, Web};
use crate::app::MergeSide;
use crate::domain::archive_merge;
use crate::domain::company_name;
use crate::domain::customer::{Customer, CustomerStatus};
use crate::domain::input::{Flaw, normalise};
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::Case;
use crate::store::lists::{self, CustomerRow};
use crate::store::merges::{self, Belongings};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

pub fn routes() -> Router<Web> {
    Router::new().route("/customers/{no}/merge", get(show).post(merge))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    other: String,
}

struct Line {
    label: &'static str,
    one: String,
    other: String,
    differs: bool,
}

/// Why the archive may not be the one that ends, as the page says it before anybody tries.
struct Candidate {
    no: String,
    name: String,
    status: &'static str,
    /// What is in the way when this one stays.
    blockers: Vec<String>,
}

struct Comparison {
    /// This archive and the other one.
    one_no: String,
    other_no: String,
    candidates: Vec<Candidate>,
    other_version: i64,
    lines: Vec<Line>,
    moves: Vec<Line>,
    contacts: (Vec<String>, Vec<String>),
    /// Asked when each has a credit code of its own.
    codes_differ: Option<String>,
}

#[derive(Template)]
#[template(path = "customers/merge.html")]
struct MergePage {
    chrome: Chrome,
    t: Lang,
    no: String,
    name: String,
    version: i64,
    form: FormView,
    errors: Vec<ErrorItem>,
    missing: Option<String>,
    /// Archives in reach that may be the same company, by name.
    similar: Vec<Similar>,
    both: Option<Comparison>,
}

struct Similar {
    no: String,
    name: String,
    owner: String,
    status: String,
}

/// Most archives that are proposed.
const PROPOSED: i64 = 10;

async fn similar(web: &Web, who: &SignedIn, c: &Customer) -> Result<Vec<Similar>, Problem> {
    // The trade at the end of the core is what one of two names often leaves out.
    let core: String = company_name::core(&c.profile.legal_name).chars().take(4).collect();
    if core.chars().count() < 2 {
        return Ok(Vec::new());
    }
    let t = who.t();
    let mut conn = web.app().db.search().await?;
    let seen = policy::visible_customers(&who.actor);
    let found = lists::customers(&mut conn, seen, Some(&core), None, None, PROPOSED + 1).await?;
    let line = |row: CustomerRow| Similar {
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        status: CustomerStatus::parse(&row.status).map(|s| t.customer_status(s).to_owned()).unwrap_or_default(),
        no: row.customer_no,
        name: row.legal_name,
    };
    Ok(found.into_iter().filter(|row| row.id != c.id.0).map(line).collect())
}

fn candidate(t: Lang, stays: &Customer, goes: &Customer) -> Candidate {
    Candidate {
        no: stays.no.clone(),
        name: stays.profile.legal_name.clone(),
        status: t.customer_status(stays.status),
        blockers: archive_merge::blockers(stays, goes).iter().map(|b| t.blocker(b)).collect(),
    }
}

fn people(c: &Customer) -> Vec<String> {
    c.profile.contacts.iter().map(|p| format!("{} · {}", p.name, p.title)).collect()
}

fn moves(t: Lang, one: (&Customer, &Belongings), other: (&Customer, &Belongings)) -> Vec<Line> {
    let line = |label, value: &dyn Fn(&Customer, &Belongings) -> String| {
        let (a, b) = (value(one.0, one.1), value(other.0, other.1));
        Line { label, differs: a != b, one: a, other: b }
    };
    vec![
        line(t.merge_deals(), &|_, b| t.merge_deals_open(b.deals, b.open_deals)),
        line(t.field("contacts"), &|_, b| b.contacts.to_string()),
        line(t.merge_files(), &|_, b| b.files.to_string()),
        line(t.merge_prices(), &|_, b| b.prices.to_string()),
        line(t.frame_deal_orders(), &|c, b| (b.orders + i64::from(c.opening_order_count)).to_string()),
        line(t.frame_deal_total(), &|c, b| format_money(b.total + c.opening_total)),
        line(t.frame_deal_credit(), &|c, _| t.frame_deal_credit_terms(c.credit_days, format_money(c.credit_limit))),
    ]
}

async fn compared(web: &Web, t: Lang, one: &Customer, other: &Customer) -> Result<Comparison, Problem> {
    let mut conn = web.app().db.read().await?;
    let has = (merges::belongings(&mut conn, one.id).await?, merges::belongings(&mut conn, other.id).await?);
    drop(conn);
    let (a, b) = (archive_fields(&one.profile), archive_fields(&other.profile));
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let words = |fields: &crate::domain::three_way::Values, name: &str| {
        field_shown(t, name, fields.get(name).map_or(&[], Vec::as_slice))
    };
    Ok(Comparison {
        one_no: one.no.clone(),
        other_no: other.no.clone(),
        candidates: vec![candidate(t, one, other), candidate(t, other, one)],
        other_version: other.version,
        lines: names
            .into_iter()
            .map(|name| {
                let (one, other) = (words(&a, name), words(&b, name));
                Line { label: t.field(name), differs: one != other, one, other }
            })
            .collect(),
        moves: moves(t, (one, &has.0), (other, &has.1)),
        contacts: (people(one), people(other)),
        codes_differ: archive_merge::codes_differ(&one.profile, &other.profile)
            .map(|(one, other)| t.merge_same_company(one.as_str(), other.as_str())),
    })
}

async fn blank(web: &Web, who: &SignedIn, case: &Case) -> Result<MergePage, Problem> {
    policy::may_on(&who.actor, Act::MergeCustomers, case)?;
    let c = &case.customer;
    Ok(MergePage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t: who.t(),
        no: c.no.clone(),
        name: c.profile.legal_name.clone(),
        version: c.version,
        form: FormView::default(),
        errors: Vec::new(),
        missing: None,
        similar: Vec::new(),
        both: None,
    })
}

/// The page, with both archives side by side once the other is known.
async fn with_other(web: &Web, who: &SignedIn, no: &str, other: &str) -> Result<MergePage, Problem> {
    let t = who.t();
    if let Some(blocker) = web.app().merged_into(&who.actor, no).await? {
        return Err(Problem::not_now(blocker));
    }
    let case = web.app().customer(&who.actor, no).await?;
    let mut tpl = blank(web, who, &case).await?;
    let other: String = normalise(other).to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    tpl.form.push("other", other.as_str());
    if other.is_empty() {
        tpl.similar = similar(web, who, &case.customer).await?;
        return Ok(tpl);
    }
    if other == case.customer.no {
        tpl.missing = Some(t.merge_same().to_owned());
        return Ok(tpl);
    }
    match web.app().customer(&who.actor, &other).await {
        Ok(second) => {
            if let Some(blocker) = web.app().merged_into(&who.actor, &other).await? {
                tpl.missing = Some(t.blocker(&blocker));
                return Ok(tpl);
            }
            policy::may_on(&who.actor, Act::MergeCustomers, &second)?;
            tpl.both = Some(compared(web, t, &case.customer, &second.customer).await?);
        }
        Err(crate::app::Failure::NotFound) => tpl.missing = Some(t.merge_unknown(&other)),
        Err(failure) => return Err(failure.into()),
    }
    Ok(tpl)
}

async fn show(
    State(web): State<Web>,
    Path(no): Path<String>,
    Query(asked): Query<Asked>,
    who: SignedIn,
) -> Result<Response, Problem> {
    page::page(&with_other(&web, &who, &no, &asked.other).await?)
}

async fn merge(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let other = post.form.value("other").to_owned();
    let other_version = post.form.value("other_version").parse().unwrap_or(-1);
    let (one, two) =
        (MergeSide { no: &no, version: post.form.version() }, MergeSide { no: &other, version: other_version });
    let mut check = Checker::new(&post.form);
    let stays = check.choice("stays", |raw| (raw == no || raw == other).then(|| raw.to_owned()));
    let (keep, end) = if stays.as_deref() == Some(other.as_str()) { (two, one) } else { (one, two) };
    let typed = normalise(post.form.value("confirmation")).to_uppercase();
    if stays.is_some() && typed.trim() != end.no {
        check.fail("confirmation", if typed.is_empty() { Flaw::Required } else { Flaw::UnknownChoice });
    }
    let both = (web.app().customer(&post.who.actor, &no).await, web.app().customer(&post.who.actor, &other).await);
    if let (Ok(one), Ok(other)) = both
        && archive_merge::codes_differ(&one.customer.profile, &other.customer.profile).is_some()
        && !check.ticked("same_company")
    {
        check.fail("same_company", Flaw::Required);
    }
    if let Err(flaws) = check.finish() {
        let mut tpl = with_other(&web, &post.who, &no, &other).await.map_err(|p| p.keeping(&post.form))?;
        let words = |field: &str, flaw: &Flaw| match field {
            "confirmation" => t.merge_confirm_wrong(end.no),
            "same_company" => t.merge_same_company_missing().to_owned(),
            _ => t.flaw(flaw),
        };
        let by_field: Vec<(String, String)> = flaws.iter().map(|(f, flaw)| (f.clone(), words(f, flaw))).collect();
        tpl.errors = by_field.iter().map(|(f, text)| ErrorItem { field: f.clone(), text: text.clone() }).collect();
        tpl.form = FormView::typed(&post.form, by_field);
        return page::invalid(&tpl);
    }
    let by = post.by(format!("/customers/{}?from={}", keep.no, end.no));
    let done = web.app().merge_customers(&by, keep, end).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
