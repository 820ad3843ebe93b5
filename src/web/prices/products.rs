//! Products: found by any part of code, name or pinyin initials; each with its prices and their
//! whole history, kept by finance.

use super::{PriceLine, price_line, problem, shown};
use crate::app::prices::{Unchanged, new_product_id};
use crate::domain::calendar::local_date;
use crate::domain::ids::PersonId;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::LineKind;
use crate::domain::search;
use crate::domain::tax::{format_rate, parse_rate, rates_on};
use crate::store::catalog::Product;
use crate::store::{price_library, products};
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::grid;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Rows of one page.
const PAGE: i64 = 50;
pub(super) const UNITS: [&str; 9] = ["台", "件", "套", "个", "箱", "项", "千克", "米", "小时"];

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/prices/products", get(find).post(add))
        .route("/prices/new-product", get(new))
        .route("/prices/products/{code}", get(show).post(change))
}

pub fn label(t: Lang, field: &str) -> &'static str {
    match field {
        "code" => t.prices_product_code(),
        "product_name" => t.prices_name(),
        "product_name_en" => t.prices_name_en(),
        "line_kind" => t.prices_kind(),
        "product_spec" => t.prices_spec(),
        "product_unit" => t.prices_unit(),
        "lead_days" => t.prices_lead_days(),
        "list_code" => t.prices_list_code(),
        "list_name" => t.prices_list_name(),
        "customer_no" => t.prices_customer_no(),
        "grade" => t.prices_grade(),
        other => t.field(other),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    after: String,
}

struct ProductLine {
    href: String,
    code: String,
    name: String,
    spec: String,
    kind: &'static str,
    unit: &'static str,
    rate: String,
    lead_days: i32,
    is_on_sale: bool,
}

#[derive(Template)]
#[template(path = "prices/products.html")]
struct FindPage {
    chrome: Chrome,
    t: Lang,
    q: String,
    lines: Vec<ProductLine>,
    first: Option<String>,
    next: Option<String>,
    may_keep: bool,
}

fn query(q: &str, after: Option<&str>) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.append_pair("q", q);
    if let Some(after) = after {
        out.append_pair("after", after);
    }
    format!("/prices/products?{}", out.finish())
}

async fn find(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeLibrary)?;
    let t = who.t();
    let after = Some(asked.after.as_str()).filter(|a| !a.is_empty());
    let mut conn = web.app().db.search().await?;
    let mut found = products::search(&mut conn, &search::wanted(&asked.q), after, PAGE + 1).await?;
    drop(conn);
    let has_more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    page::page(&FindPage {
        chrome: page::chrome(&web, &who, Section::Prices).await?,
        t,
        first: after.map(|_| query(&asked.q, None)),
        next: found.last().filter(|_| has_more).map(|p| query(&asked.q, Some(&p.code))),
        q: asked.q,
        lines: found
            .iter()
            .map(|p| ProductLine {
                href: format!("/prices/products/{}", p.code),
                code: p.code.clone(),
                name: name_in(t, &p.name, &p.name_en),
                spec: p.spec.clone(),
                kind: t.line_kind(p.kind),
                unit: t.unit(&p.unit),
                rate: format_rate(p.tax_rate),
                lead_days: p.lead_days,
                is_on_sale: p.is_on_sale,
            })
            .collect(),
        may_keep: policy::may_ever(&who.actor, Act::KeepProducts),
    })
}

#[derive(Template)]
#[template(path = "prices/product.html")]
struct ProductPage {
    chrome: Chrome,
    t: Lang,
    /// None: a product to add.
    code: Option<String>,
    title: String,
    version: i32,
    facts: Vec<(String, String)>,
    form: Option<FormView>,
    errors: Vec<ErrorItem>,
    kinds: Vec<Choice>,
    units: Vec<Choice>,
    rates: Vec<Choice>,
    stocked: Vec<Choice>,
    prices: Vec<PriceLine>,
    sees_floor: bool,
}

async fn product_page(
    web: &Web,
    who: &SignedIn,
    known: Option<(Product, i32)>,
    typed: Option<(FormView, Vec<ErrorItem>)>,
) -> Result<ProductPage, Problem> {
    let t = who.t();
    let may_keep = policy::may_ever(&who.actor, Act::KeepProducts);
    let today = local_date(web.app().clock.now());
    let prices = match &known {
        Some((product, _)) => {
            let mut conn = web.app().db.search().await?;
            price_library::prices(&mut conn, None, Some(product.id), None, 500).await?
        }
        None => Vec::new(),
    };
    let sees = |r: &&price_library::PriceRow| {
        let owner = r.customer_owner.map(|o| (PersonId(o), r.customer_owner_manager.map(PersonId)));
        policy::sees_agreement(&who.actor, owner)
    };
    let (form, errors) = match typed {
        Some((form, errors)) => (Some(form), errors),
        None if may_keep => (Some(known.as_ref().map_or_else(blank, |(p, _)| stored(p))), Vec::new()),
        None => (None, Vec::new()),
    };
    Ok(ProductPage {
        chrome: page::chrome(web, who, Section::Prices).await?,
        t,
        code: known.as_ref().map(|(p, _)| p.code.clone()),
        title: known
            .as_ref()
            .map_or_else(|| t.prices_add_product().to_owned(), |(p, _)| name_in(t, &p.name, &p.name_en)),
        version: known.as_ref().map_or(0, |(_, version)| *version),
        facts: known.as_ref().map(|(p, _)| facts(t, p)).unwrap_or_default(),
        form,
        errors,
        kinds: grid::choices(LineKind::ALL, LineKind::code, |k| t.line_kind(k)),
        units: UNITS.iter().map(|u| Choice::new(*u, t.unit(u))).collect(),
        rates: rates_on(today).map(|r| Choice::new(grid::plain(r * Decimal::ONE_HUNDRED), format_rate(r))).collect(),
        stocked: grid::yes_no(t),
        prices: prices.iter().filter(sees).map(|r| price_line(t, r, today)).collect(),
        sees_floor: policy::may_ever(&who.actor, Act::SeeFloor),
    })
}

fn facts(t: Lang, p: &Product) -> Vec<(String, String)> {
    let stocked = if p.is_stocked { t.requirement_yes() } else { t.requirement_no_word() };
    let on_sale = if p.is_on_sale { t.requirement_yes() } else { t.requirement_no_word() };
    vec![
        (t.prices_kind().to_owned(), t.line_kind(p.kind).to_owned()),
        (t.prices_spec().to_owned(), p.spec.clone()),
        (t.prices_unit().to_owned(), t.unit(&p.unit).to_owned()),
        (t.field("tax_rate").to_owned(), format_rate(p.tax_rate)),
        (t.prices_lead_days().to_owned(), p.lead_days.to_string()),
        (t.prices_is_stocked().to_owned(), stocked.to_owned()),
        (t.prices_is_on_sale().to_owned(), on_sale.to_owned()),
    ]
}

fn blank() -> FormView {
    let mut form = FormView::default();
    form.push("line_kind", LineKind::Standard.code());
    form.push("tax_rate", "13");
    form.push("is_stocked", "yes");
    form.push("is_on_sale", "yes");
    form
}

fn stored(p: &Product) -> FormView {
    let mut form = FormView::default();
    form.push("product_name", p.name.as_str());
    form.push("product_name_en", p.name_en.as_str());
    form.push("product_spec", p.spec.as_str());
    form.push("tax_rate", grid::plain(p.tax_rate * Decimal::ONE_HUNDRED));
    form.push("lead_days", p.lead_days.to_string());
    form.put("is_on_sale", p.is_on_sale.then_some("yes"));
    form
}

async fn new(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepProducts)?;
    page::page(&product_page(&web, &who, None, None).await?)
}

async fn by_code(web: &Web, code: &str) -> Result<(Product, i32), Problem> {
    let mut conn = web.app().db.read().await?;
    products::by_code(&mut conn, code).await?.ok_or(Problem::Missing)
}

async fn show(State(web): State<Web>, Path(code): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::SeeLibrary)?;
    let known = by_code(&web, &code).await?;
    page::page(&product_page(&web, &who, Some(known), None).await?)
}

/// The fields that may change later too; the rest of the product comes from `start`.
fn read(check: &mut Checker, start: Product) -> Option<Product> {
    let name = check.text("product_name", 2, 100);
    let name_en = check.text("product_name_en", 2, 100);
    let spec = check.long_text("product_spec", 1, 500);
    let tax_rate = check.required("tax_rate", parse_rate);
    let lead_days = check.whole("lead_days", 0, 365);
    Some(Product {
        name: name?,
        name_en: name_en?,
        spec: spec?,
        tax_rate: tax_rate?,
        lead_days: i32::try_from(lead_days?).ok()?,
        is_on_sale: check.ticked("is_on_sale"),
        ..start
    })
}

async fn add(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepProducts).map_err(|p| post.keeping(p))?;
    let mut check = Checker::new(&post.form);
    let code = check.required("code", super::code);
    let kind = check.choice("line_kind", LineKind::parse);
    let unit = check.choice("product_unit", |raw| UNITS.iter().find(|u| **u == raw).map(|u| (*u).to_owned()));
    let is_stocked = check.choice("is_stocked", grid::flag);
    if kind == Some(LineKind::Service) && is_stocked == Some(true) {
        check.fail("is_stocked", Flaw::UnknownChoice);
    }
    let start = Product {
        id: new_product_id(web.app()),
        code: code.unwrap_or_default(),
        name: String::new(),
        name_en: String::new(),
        kind: kind.unwrap_or(LineKind::Standard),
        spec: String::new(),
        unit: unit.unwrap_or_default(),
        tax_rate: Decimal::ZERO,
        lead_days: 0,
        is_stocked: is_stocked.unwrap_or_default(),
        is_on_sale: true,
        first_sold_on: None,
        on_hand: Decimal::ZERO,
        reserved: Decimal::ZERO,
    };
    let product = read(&mut check, start);
    let found = match (product, check.finish()) {
        (Some(product), Ok(())) => {
            let by = post.by(format!("/prices/products/{}", product.code));
            match web.app().save_product(&by, &product, None).await {
                Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
                Err(Unchanged::CodeTaken) => vec![("code".to_owned(), Flaw::NotUnique)],
                Err(other) => return Err(problem(&post, other)),
            }
        }
        (_, Err(found)) => found,
        (None, Ok(())) => FieldErrors::new(),
    };
    let typed = shown(post.t(), &post.form, &found);
    page::invalid(&product_page(&web, &post.who, None, Some(typed)).await?)
}

async fn change(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepProducts).map_err(|p| post.keeping(p))?;
    let known = by_code(&web, &code).await.map_err(|p| post.keeping(p))?;
    let mut check = Checker::new(&post.form);
    let product = read(&mut check, known.0.clone());
    let found = match (product, check.finish()) {
        (Some(product), Ok(())) => {
            let by = post.by(format!("/prices/products/{code}"));
            let expected = i32::try_from(post.form.version()).unwrap_or(-1);
            return match web.app().save_product(&by, &product, Some(expected)).await {
                Ok(done) => Ok(page::see_other(&web, done.then(), "saved")),
                Err(other) => Err(problem(&post, other)),
            };
        }
        (_, Err(found)) => found,
        (None, Ok(())) => FieldErrors::new(),
    };
    let typed = shown(post.t(), &post.form, &found);
    page::invalid(&product_page(&web, &post.who, Some(known), Some(typed)).await?)
}
