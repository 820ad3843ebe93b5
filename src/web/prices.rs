//! The price library (DOMAIN 5.1): lists with their versions and prices, and the way from a draft
//! to its publication by somebody else.
//!
//! The one rule: a floor price reaches only those who may see floors, an agreement only those who
//! may see its customer.

mod draft;
mod drafted;
mod export;
mod import;
mod open;
mod product_import;
mod products;
mod retire;

use super::form::{FormView, Submitted};
use super::page::{self, Chrome, Section, name_in};
use super::work::only;
use super::{Post, Problem, SignedIn, Web};
use crate::app::prices::Unchanged;
use crate::domain::calendar::local_date;
use crate::domain::customer::Grade;
use crate::domain::ids::PersonId;
use crate::domain::input::{self, Flaw};
use crate::domain::library::VersionStatus;
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::store::price_library::{self, ListRow, PriceRow, Version};
use crate::web::check::FieldErrors;
use crate::web::form::ErrorItem;
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;

/// Most prices of one list that a page shows.
const SHOWN: i64 = 1000;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/prices", get(overview))
        .route("/prices/lists", post(open::open_list))
        .route("/prices/new", get(open::new_list))
        .route("/prices/lists/{code}", get(list))
        .route("/prices/lists/{code}/draft", get(draft::edit).post(draft::save))
        .route("/prices/lists/{code}/publish", post(publish))
        .route("/prices/lists/{code}/retire", post(retire::retire))
        .route("/prices/lists/{code}/prices.xlsx", get(export::xlsx_of_list))
        .route("/prices/lists/{code}/import", get(import::index).post(import::upload))
        .route("/prices/lists/{code}/import/{id}", get(import::show).post(import::apply))
        .route("/prices/lists/{code}/discard", post(discard))
        .merge(products::routes())
        .merge(product_import::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    all: String,
}

struct ListLine {
    href: String,
    code: String,
    name: String,
    whom: String,
    version: String,
    published: String,
    draft: Option<String>,
    is_retired: bool,
}

#[derive(Template)]
#[template(path = "prices/index.html")]
struct OverviewPage {
    chrome: Chrome,
    t: Lang,
    q: String,
    lists: Vec<ListLine>,
    may_draft: bool,
    may_keep: bool,
}

fn whom(t: Lang, grade: Option<&str>, customer: Option<&str>) -> String {
    match (customer, grade.and_then(Grade::parse)) {
        (Some(customer), _) => t.prices_for_customer(customer),
        (None, Some(grade)) => t.prices_for_grade(t.grade(grade)),
        (None, None) => t.prices_for_everybody().to_owned(),
    }
}

fn owner_of(list: &ListRow) -> Option<(PersonId, Option<PersonId>)> {
    list.customer_owner.map(|o| (PersonId(o), list.customer_owner_manager.map(PersonId)))
}

async fn overview(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeLibrary)?;
    let t = who.t();
    let text = input::normalise(&asked.q);
    let mut conn = web.app().db.search().await?;
    let visible = policy::visible_customers(&who.actor);
    let rows = price_library::lists(&mut conn, visible, Some(text.as_str()).filter(|q| !q.is_empty()), 200).await?;
    drop(conn);
    page::page(&OverviewPage {
        chrome: page::chrome(&web, &who, Section::Prices).await?,
        t,
        q: asked.q,
        lists: rows
            .iter()
            .map(|l| ListLine {
                href: format!("/prices/lists/{}", l.code),
                code: l.code.clone(),
                name: l.name.clone(),
                whom: whom(t, l.grade.as_deref(), l.customer_name.as_deref()),
                version: l.version_no.map(|n| t.requirement_version(n)).unwrap_or_default(),
                published: l.published_at.map(|at| t.moment(at)).unwrap_or_default(),
                is_retired: l.status == "retired",
                draft: l.draft_version_no.map(|n| t.prices_draft_waits(n, l.draft_by.clone().unwrap_or_default())),
            })
            .collect(),
        may_draft: policy::may_ever(&who.actor, Act::DraftPrices),
        may_keep: policy::may_ever(&who.actor, Act::KeepProducts),
    })
}

/// One price with who drafted, published and ended it.
pub(super) struct PriceLine {
    list: String,
    list_href: String,
    whom: String,
    product: String,
    product_href: String,
    from: String,
    unit_price: String,
    floor: String,
    validity: String,
    state: &'static str,
    state_kind: &'static str,
    begun: String,
    ended: Option<String>,
}

fn price_line(t: Lang, r: &PriceRow, today: NaiveDate) -> PriceLine {
    let (state, state_kind) = if r.valid_from > today {
        (t.prices_to_come(), "info")
    } else if r.valid_to.is_none_or(|to| today <= to) {
        (t.prices_in_force(), "ok")
    } else {
        (t.prices_past(), "plain")
    };
    PriceLine {
        list: if r.list_code == r.list_name { r.list_code.clone() } else { format!("{} {}", r.list_code, r.list_name) },
        list_href: format!("/prices/lists/{}", r.list_code),
        whom: whom(t, r.grade.as_deref(), r.customer_no.as_deref()),
        product: format!("{} {}", r.product_code, name_in(t, &r.product_name, &r.product_name_en)),
        product_href: format!("/prices/products/{}", r.product_code),
        from: format_quantity(r.from_quantity),
        unit_price: page::unit_price(r.unit_price),
        floor: page::unit_price(r.floor_price),
        validity: validity(t, r.valid_from, r.valid_to),
        state,
        state_kind,
        begun: t.prices_begun(
            t.person(&r.drafter),
            r.published_at.map(|at| t.moment(at)).unwrap_or_default(),
            r.publisher.as_deref().map(|name| t.person(name)).unwrap_or_default(),
            r.version_no,
        ),
        ended: r.ended_version_no.map(|n| {
            t.prices_ended(
                r.ended_at.map(|at| t.moment(at)).unwrap_or_default(),
                n,
                r.ended_by.as_deref().map(|name| t.person(name)).unwrap_or_default(),
            )
        }),
    }
}

fn validity(t: Lang, from: NaiveDate, to: Option<NaiveDate>) -> String {
    match to {
        Some(to) => t.prices_from_to(t.date(from), t.date(to)),
        None => t.prices_from(t.date(from)),
    }
}

struct VersionLine {
    label: String,
    state: &'static str,
    state_kind: &'static str,
    who: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "prices/list.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that the template shows or hides")]
struct ListPage {
    chrome: Chrome,
    t: Lang,
    code: String,
    name: String,
    facts: Vec<(String, String)>,
    draft: Option<drafted::View>,
    versions: Vec<VersionLine>,
    prices: Vec<PriceLine>,
    shows_past: bool,
    is_cut: bool,
    sees_floor: bool,
    may_draft: bool,
    may_publish: bool,
    /// The list may be taken out of use by this person now.
    may_retire: bool,
    flaws: Vec<String>,
    notice: Option<String>,
    /// What was typed, when it was not enough.
    retire_reason: String,
}

/// The list, if this person may see it.
pub(super) async fn known_list(web: &Web, who: &SignedIn, code: &str) -> Result<ListRow, Problem> {
    only(who, Act::SeeLibrary)?;
    let mut conn = web.app().db.read().await?;
    let list = price_library::list(&mut conn, code).await?.ok_or(Problem::Missing)?;
    if policy::sees_agreement(&who.actor, owner_of(&list)) { Ok(list) } else { Err(Problem::Missing) }
}

async fn list(
    State(web): State<Web>,
    Path(code): Path<String>,
    who: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    page::page(&list_page(&web, &who, &code, !asked.all.is_empty(), Vec::new(), None).await?)
}

async fn list_page(
    web: &Web,
    who: &SignedIn,
    code: &str,
    shows_past: bool,
    flaws: Vec<String>,
    notice: Option<String>,
) -> Result<ListPage, Problem> {
    let list = known_list(web, who, code).await?;
    let t = who.t();
    let today = local_date(web.app().clock.now());
    let mut conn = web.app().db.search().await?;
    let versions = price_library::versions(&mut conn, list.id).await?;
    let open = versions.iter().find(|v| v.status == VersionStatus::Draft);
    let may_draft = policy::may_ever(&who.actor, Act::DraftPrices);
    let may_publish = policy::may_ever(&who.actor, Act::PublishPrices);
    // A draft concerns those who make it and those who publish it.
    let draft = match open.filter(|_| may_draft || may_publish) {
        Some(version) => Some(drafted::view(&mut conn, who, &list, version, (today, flaws.clone())).await?),
        None => None,
    };
    let prices =
        price_library::prices(&mut conn, Some(list.id), None, (!shows_past).then_some(today), SHOWN + 1).await?;
    drop(conn);
    let basis = list.tax_basis()?;
    let (is_retired, draft_open) = (list.status == "retired", draft.is_some());
    let retired = list.retired_at.map(|at| {
        t.prices_retired_by(
            list.retire_reason.clone().unwrap_or_default(),
            t.moment(at),
            list.retired_by.clone().unwrap_or_default(),
        )
    });
    Ok(ListPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        code: list.code.clone(),
        name: list.name.clone(),
        facts: vec![
            (t.prices_whom().to_owned(), whom(t, list.grade.as_deref(), list.customer_name.as_deref())),
            (t.field("tax_basis").to_owned(), t.tax_basis(basis).to_owned()),
            (
                t.prices_version().to_owned(),
                list.version_no.map_or_else(|| t.prices_none_published().to_owned(), |n| t.requirement_version(n)),
            ),
        ]
        .into_iter()
        .chain(retired.map(|said| (t.prices_retired().to_owned(), said)))
        .collect(),
        draft,
        versions: versions.iter().map(|v| version_line(t, v)).collect(),
        is_cut: i64::try_from(prices.len()).unwrap_or(i64::MAX) > SHOWN,
        prices: prices.iter().take(usize::try_from(SHOWN).unwrap_or(0)).map(|r| price_line(t, r, today)).collect(),
        shows_past,
        sees_floor: policy::may_ever(&who.actor, Act::SeeFloor),
        flaws: if draft_open { Vec::new() } else { flaws },
        may_retire: may_publish && !draft_open && !is_retired && list.version_no.is_some(),
        may_draft: may_draft && !is_retired,
        may_publish,
        notice,
        retire_reason: String::new(),
    })
}

fn version_line(t: Lang, v: &Version) -> VersionLine {
    let (state, state_kind) = match v.status {
        VersionStatus::Draft => (t.prices_draft(), "warn"),
        VersionStatus::Published => (t.prices_published(), "ok"),
        VersionStatus::Discarded => (t.prices_discarded(), "plain"),
    };
    let who = match (&v.publisher, v.published_at) {
        (Some(publisher), Some(at)) => {
            t.prices_begun(t.person(&v.drafter), t.moment(at), t.person(publisher), v.version_no)
        }
        _ => t.prices_drafted(t.moment(v.drafted_at), t.person(&v.drafter)),
    };
    VersionLine {
        label: t.requirement_version(v.version_no),
        state,
        state_kind,
        who,
        reason: v.reason.clone().unwrap_or_default(),
    }
}

/// A change of the library that did not happen, as a page.
pub(super) fn problem(post: &Post, unchanged: Unchanged) -> Problem {
    match unchanged {
        Unchanged::Failure(failure) => post.keeping(failure),
        Unchanged::NothingDrafted
        | Unchanged::Rows(_)
        | Unchanged::CodeTaken
        | Unchanged::Retired
        | Unchanged::DraftOpen => post.keeping(Problem::Missing),
    }
}

fn revision(post: &Post) -> i32 {
    post.form.value("revision").parse().unwrap_or(-1)
}

async fn publish(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    known_list(&web, &post.who, &code).await.map_err(|p| post.keeping(p))?;
    let then = format!("/prices/lists/{code}");
    let t = post.t();
    match web.app().publish_prices(&post.by(then), &code, revision(&post)).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), "saved")),
        Err(Unchanged::Rows(found)) => {
            let flaws = found.iter().map(|(row, flaw)| t.prices_row(row, draft::flaw_text(t, flaw))).collect();
            page::invalid(&list_page(&web, &post.who, &code, false, flaws, None).await?)
        }
        Err(Unchanged::NothingDrafted) => {
            let notice = Some(t.prices_nothing_drafted().to_owned());
            page::conflict(&list_page(&web, &post.who, &code, false, Vec::new(), notice).await?)
        }
        Err(other) => Err(problem(&post, other)),
    }
}

async fn discard(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    known_list(&web, &post.who, &code).await.map_err(|p| post.keeping(p))?;
    let then = format!("/prices/lists/{code}");
    match web.app().discard_price_draft(&post.by(then), &code, revision(&post)).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), "saved")),
        Err(Unchanged::NothingDrafted) => {
            let notice = Some(post.t().prices_nothing_drafted().to_owned());
            page::conflict(&list_page(&web, &post.who, &code, false, Vec::new(), notice).await?)
        }
        Err(other) => Err(problem(&post, other)),
    }
}

/// A code as products and lists have it.
pub(super) fn code(raw: &str) -> Result<String, Flaw> {
    let code = input::text(&input::normalise(raw).to_uppercase(), 2, 30)?;
    let fits = code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-') && !code.starts_with('-');
    if fits { Ok(code) } else { Err(Flaw::UnknownChoice) }
}

/// The errors at their controls and in the summary.
pub(super) fn shown(t: Lang, form: &Submitted, found: &FieldErrors) -> (FormView, Vec<ErrorItem>) {
    let texts: Vec<(String, String)> = found.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect();
    let items = found
        .iter()
        .map(|(f, flaw)| ErrorItem {
            field: f.clone(),
            text: t.requirement_field_error(products::label(t, f), t.flaw(flaw)),
        })
        .collect();
    (FormView::typed(form, texts), items)
}
