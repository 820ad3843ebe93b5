//! The search of the frame as an ordinary page: what was found, by kind, as far as the reader may see it.

use super::boards::{DealLine, search_text};
use super::page::{self, Chrome, Section};
use super::{Problem, SignedIn, Web};
use crate::domain::order::ShipmentStatus;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::DeliveryMode;
use crate::domain::{customer::CustomerStatus, search};
use crate::store::customer_list::{self, CustomerSearch};
use crate::store::finding::{self, DealSearch};
use crate::store::lists::{self, DealFilter};
use crate::store::{PgConnection, products};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

/// Hits that a group shows; the list behind it shows all.
const GROUP: i64 = 8;

pub fn routes() -> Router<Web> {
    Router::new().route("/search", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

pub struct Hit {
    pub href: String,
    pub no: String,
    pub name: String,
    pub note: String,
}

pub struct Group {
    pub id: &'static str,
    pub title: &'static str,
    pub hits: Vec<Hit>,
    /// All of this kind, where there may be more.
    pub more: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    chrome: Chrome,
    t: Lang,
    q: String,
    groups: Vec<Group>,
}

fn query(path: &str, q: &str, more: &str) -> String {
    let q = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    format!("{path}?{q}{more}")
}

/// The newest deals that the words can mean, among those of the filter; at most one more than a group shows.
async fn found(web: &Web, who: &SignedIn, q: &str, filter: &DealFilter) -> Result<Vec<DealLine>, Problem> {
    let (visible, contacts) = (policy::visible_deals(&who.actor), policy::visible_contacts(&who.actor));
    let search = DealSearch { text: q, visible, contacts, filter, limit: GROUP + 1 };
    let ids = finding::deal_ids(&mut *web.app().db.search().await?, &search).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = lists::deals(&mut *web.app().db.read().await?, visible, &finding::among(ids), GROUP + 1).await?;
    Ok(rows.iter().map(|r| DealLine::of(web, who, r)).collect())
}

async fn deals(web: &Web, who: &SignedIn, q: &str) -> Result<Vec<Group>, Problem> {
    let t = who.t();
    if policy::visible_deals(&who.actor) == VisibleTo::Nothing {
        return Ok(Vec::new());
    }
    let shown = usize::try_from(GROUP).unwrap_or(8);
    let of_deals = found(web, who, q, &DealFilter::default()).await?;
    // Orders have a cut of their own: newer deals without an order push none of them out.
    let more_orders = if of_deals.len() > shown {
        Some(found(web, who, q, &DealFilter { with_order: Some(()), ..DealFilter::default() }).await?)
    } else {
        None
    };
    let of_orders = more_orders.as_ref().unwrap_or(&of_deals);
    let words = |parts: &[&str]| parts.iter().copied().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
    let deal = |l: &DealLine| Hit {
        href: format!("/deals/{}", l.no),
        no: l.no.clone(),
        name: l.customer.clone(),
        note: words(&[&l.title, &l.step, &l.status]),
    };
    let order = |l: &DealLine| {
        Some(Hit {
            href: format!("/deals/{}/order", l.no),
            no: l.order_no.clone()?,
            name: l.customer.clone(),
            note: words(&[&l.order_status, &l.promised]),
        })
    };
    Ok(vec![
        Group {
            id: "deals",
            title: t.frame_deals(),
            hits: of_deals.iter().take(shown).map(deal).collect(),
            more: (of_deals.len() > shown).then(|| query("/deals", q, "&status=all")),
        },
        Group {
            id: "orders",
            title: t.frame_orders(),
            hits: of_orders.iter().filter_map(order).take(shown).collect(),
            more: (of_orders.len() > shown).then(|| query("/orders", q, "")),
        },
    ])
}

async fn customers(conn: &mut PgConnection, who: &SignedIn, q: &str) -> Result<Group, Problem> {
    let t = who.t();
    let search = CustomerSearch {
        visible: policy::visible_customers(&who.actor),
        contacts: policy::visible_contacts(&who.actor),
        text: Some(q),
        status: None,
        before: None,
        limit: GROUP + 1,
    };
    let rows = customer_list::page(conn, &search).await?;
    let shown = usize::try_from(GROUP).unwrap_or(8);
    Ok(Group {
        id: "customers",
        title: t.frame_customers(),
        hits: rows
            .iter()
            .take(shown)
            .map(|c| Hit {
                href: format!("/customers/{}", c.customer_no),
                no: c.customer_no.clone(),
                name: c.legal_name.clone(),
                note: CustomerStatus::parse(&c.status).map(|s| t.customer_status(s)).unwrap_or_default().to_owned(),
            })
            .collect(),
        more: (rows.len() > shown).then(|| query("/customers", q, "")),
    })
}

async fn documents(conn: &mut PgConnection, who: &SignedIn, q: &str) -> Result<Vec<Group>, Problem> {
    let t = who.t();
    let visible = policy::visible_deals(&who.actor);
    if visible == VisibleTo::Nothing {
        return Ok(Vec::new());
    }
    let mut groups = Vec::new();
    if policy::may_ever(&who.actor, Act::SeePrices) {
        let found = finding::quotes(conn, visible, q, GROUP).await?;
        let hit = |d: &finding::Document| Hit {
            href: format!("/deals/{}/quote?version={}", d.deal_no, d.version_no),
            no: format!("{} V{}", d.no, d.version_no),
            name: d.customer_name.clone(),
            note: QuoteStatus::parse(&d.status).map(|s| t.quote_status(s)).unwrap_or_default().to_owned(),
        };
        groups.push(Group {
            id: "quotes",
            title: t.search_quotes(),
            hits: found.iter().map(hit).collect(),
            more: None,
        });
    }
    let found = finding::shipments(conn, visible, q, GROUP).await?;
    let hit = |d: &finding::Document| {
        let way = d.note.as_deref().unwrap_or_else(|| t.delivery_mode(DeliveryMode::PickUp));
        let status = ShipmentStatus::parse(&d.status).map(|s| t.shipment_status(s));
        Hit {
            href: format!("/deals/{}/delivery", d.deal_no),
            no: d.no.clone(),
            name: d.customer_name.clone(),
            note: status.map_or_else(|| way.to_owned(), |status| format!("{way} · {status}")),
        }
    };
    let hits = found.iter().map(hit).collect();
    groups.push(Group { id: "shipments", title: t.search_shipments(), hits, more: None });
    Ok(groups)
}

async fn products(conn: &mut PgConnection, who: &SignedIn, q: &str) -> Result<Group, Problem> {
    let t = who.t();
    let wanted = search::wanted(q);
    let rows = if policy::may_ever(&who.actor, Act::SeeStock) && !wanted.is_empty() {
        products::search(conn, &wanted, None, GROUP + 1).await?
    } else {
        Vec::new()
    };
    let shown = usize::try_from(GROUP).unwrap_or(8);
    Ok(Group {
        id: "products",
        title: t.search_products(),
        hits: rows
            .iter()
            .take(shown)
            .map(|p| Hit {
                href: query("/stock", &p.code, ""),
                no: p.code.clone(),
                name: page::name_in(t, &p.name, &p.name_en),
                note: p.spec.chars().take(60).collect(),
            })
            .collect(),
        more: (rows.len() > shown).then(|| query("/stock", q, "")),
    })
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let t = who.t();
    let q = search_text(&asked.q).unwrap_or_default();
    let mut groups = Vec::new();
    if !q.is_empty() {
        groups = deals(&web, &who, &q).await?;
        let mut conn = web.app().db.search().await?;
        groups.push(customers(&mut conn, &who, &q).await?);
        groups.extend(documents(&mut conn, &who, &q).await?);
        groups.push(products(&mut conn, &who, &q).await?);
    }
    groups.retain(|g| !g.hits.is_empty());
    // A whole number that means one thing opens it.
    if let [group] = groups.as_slice()
        && let [hit] = group.hits.as_slice()
        && hit.no.eq_ignore_ascii_case(&q)
    {
        return Ok(Redirect::to(&hit.href).into_response());
    }
    page::page(&SearchPage { chrome: page::chrome(&web, &who, Section::None).await?, t, q, groups })
}
