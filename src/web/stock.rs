//! What lies in the warehouse: on hand, promised to orders, free to promise.

mod count;
mod product;

use super::page::{self, Chrome, Section};
use super::sheet::{self, Format};
use super::work::only;
use super::{Post, Problem, SignedIn, Web};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::domain::search;
use crate::domain::stock::Shelf;
use crate::store::catalog::Product;
use crate::store::{holds, products};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use rust_decimal::Decimal;
use serde::Deserialize;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/stock", get(show))
        .route("/stock/export", get(back).post(export))
        .route("/stock/count", get(count::index).post(count::upload))
        .route("/stock/count/{id}", get(count::show).post(count::apply))
        .route("/files/stock-count/template", get(count::template))
        .route("/stock/{code}", get(product::show))
        .route("/stock/{code}/adjust", post(product::adjust))
        .route("/stock/{code}/take-over", post(product::take_over))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    after: String,
}

/// Rows of one page.
const PAGE: i64 = 50;
/// Rows of one file.
const EXPORTED: i64 = 10_000;

pub struct StockLine {
    pub code: String,
    pub name: String,
    pub spec: String,
    pub kind: &'static str,
    pub unit: &'static str,
    /// Left out for what is made or done to order.
    pub stock: Option<Quantities>,
    pub lead_days: i32,
    pub is_on_sale: bool,
    pub mark: &'static str,
}

pub struct Quantities {
    pub on_hand: String,
    pub reserved: String,
    pub available: String,
    /// Of what is available, kept for quotes at this moment.
    pub held: String,
}

#[derive(Template)]
#[template(path = "stock/index.html")]
struct StockPage {
    chrome: Chrome,
    t: Lang,
    q: String,
    lines: Vec<StockLine>,
    first: Option<String>,
    next: Option<String>,
    may_count: bool,
}

fn query(q: &str, after: Option<&str>) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.append_pair("q", q);
    if let Some(after) = after {
        out.append_pair("after", after);
    }
    format!("/stock?{}", out.finish())
}

fn line(t: Lang, product: &Product, held: Decimal) -> StockLine {
    let available = product.on_hand - product.reserved;
    let none_left = product.is_stocked && available <= Decimal::ZERO;
    StockLine {
        code: product.code.clone(),
        name: page::name_in(t, &product.name, &product.name_en),
        spec: product.spec.clone(),
        kind: t.line_kind(product.kind),
        unit: t.unit(&product.unit),
        stock: product.is_stocked.then(|| Quantities {
            on_hand: format_quantity(product.on_hand),
            reserved: format_quantity(product.reserved),
            available: format_quantity(available),
            held: if held.is_zero() { "—".to_owned() } else { format_quantity(held) },
        }),
        lead_days: product.lead_days,
        is_on_sale: product.is_on_sale,
        mark: if !product.is_on_sale {
            "is-done"
        } else if none_left {
            "is-due"
        } else {
            ""
        },
    }
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeStock)?;
    let t = who.t();
    let mut conn = web.app().db.search().await?;
    let after = Some(asked.after.as_str()).filter(|a| !a.is_empty());
    let mut found = products::search(&mut conn, &search::wanted(&asked.q), after, PAGE + 1).await?;
    let ids: Vec<uuid::Uuid> = found.iter().map(|p| p.id.0).collect();
    let now = web.app().clock.now();
    let mut queues = holds::queues(&mut conn, &ids, now).await?;
    drop(conn);
    let mut held = |p: &Product| {
        let holds = queues.remove(&p.id).unwrap_or_default();
        Shelf { product: p.id, available: p.on_hand - p.reserved, holds }.held(now)
    };
    let has_more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    page::page(&StockPage {
        chrome: page::chrome(&web, &who, Section::Stock).await?,
        t,
        first: after.map(|_| query(&asked.q, None)),
        next: found.last().filter(|_| has_more).map(|p| query(&asked.q, Some(&p.code))),
        may_count: policy::may_ever(&who.actor, Act::AdjustStock),
        q: asked.q,
        lines: found.iter().map(|p| line(t, p, held(p))).collect(),
    })
}

/// A refused form leaves its address in the browser; opening it again leads to the list.
async fn back() -> Redirect {
    Redirect::to("/stock")
}

fn table(t: Lang, found: &[Product]) -> Table {
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let text = |value: &str| if value.is_empty() { Value::Blank } else { Value::Text(value.to_owned()) };
    let stock = |p: &Product, value: Decimal| if p.is_stocked { Value::Number(value) } else { Value::Blank };
    Table {
        name: t.frame_stock().to_owned(),
        columns: vec![
            column(t.stock_code(), Kind::Text, 16),
            column(t.stock_name(), Kind::Text, 30),
            column(t.export_spec(), Kind::Text, 40),
            column(t.stock_unit(), Kind::Text, 8),
            column(t.stock_on_hand(), Kind::Number, 12),
            column(t.stock_reserved(), Kind::Number, 12),
            column(t.stock_available(), Kind::Number, 12),
            column(t.stock_lead_days(), Kind::Number, 12),
        ],
        rows: found
            .iter()
            .map(|p| {
                vec![
                    text(&p.code),
                    text(&page::name_in(t, &p.name, &p.name_en)),
                    text(&p.spec),
                    text(t.unit(&p.unit)),
                    stock(p, p.on_hand),
                    stock(p, p.reserved),
                    stock(p, p.on_hand - p.reserved),
                    Value::Number(p.lead_days.into()),
                ]
            })
            .collect(),
    }
}

async fn export(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeStock)?;
    let wanted = search::wanted(post.form.value("q"));
    let found = products::search(&mut *web.app().db.search().await?, &wanted, None, EXPORTED + 1).await?;
    let found = sheet::whole(found, EXPORTED, sheet::list_of("/stock", &post.form))?;
    web.app().tell_export(&post.by(""), "stock", found.len(), wanted).await.map_err(|f| post.keeping(f))?;
    sheet::answer(&web, Format::asked(post.form.value("format")), table(post.t(), &found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ProductId;
    use crate::domain::requirement::LineKind;
    use uuid::Uuid;

    fn product() -> Product {
        Product {
            id: ProductId(Uuid::nil()),
            code: "KD-8801".to_owned(),
            name: "螺栓".to_owned(),
            name_en: "Bolt".to_owned(),
            kind: LineKind::Standard,
            spec: "M8×40".to_owned(),
            unit: "件".to_owned(),
            tax_rate: Decimal::ZERO,
            lead_days: 3,
            is_stocked: true,
            is_on_sale: true,
            first_sold_on: None,
            on_hand: Decimal::from(10),
            reserved: Decimal::from(4),
        }
    }

    #[test]
    fn what_is_reserved_is_not_free() {
        let shown = line(Lang::Zh, &product(), Decimal::ONE);
        assert_eq!(
            shown.stock.map(|s| (s.on_hand, s.reserved, s.available, s.held)),
            Some(("10".to_owned(), "4".to_owned(), "6".to_owned(), "1".to_owned()))
        );
        let all_taken = Product { reserved: Decimal::from(10), ..product() };
        assert_eq!(line(Lang::Zh, &all_taken, Decimal::ZERO).mark, "is-due");
        assert!(line(Lang::Zh, &Product { is_stocked: false, ..product() }, Decimal::ZERO).stock.is_none());
    }
}
