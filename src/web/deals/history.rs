//! Everything that happened to a deal and its customer, newest first, page by page.

use super::frame::{self, DealFrame, TimelineItem};
use crate::store::events;
use crate::web::page::{self, Chrome};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

/// Lines of one page.
const PAGE: i64 = 100;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/history", get(show))
}

#[derive(Deserialize)]
struct From {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "deals/history.html")]
struct HistoryPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    items: Vec<TimelineItem>,
    first: Option<String>,
    older: Option<String>,
}

async fn show(
    State(web): State<Web>,
    Path(no): Path<String>,
    Query(from): Query<From>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let case = web.app().deal(&who.actor, &no).await?;
    let deal = case.deal.as_ref().ok_or(Problem::Missing)?;
    // A place that is none is the beginning.
    let before = from.before.as_deref().and_then(|b| b.parse::<i64>().ok());
    let mut conn = web.app().db.read().await?;
    let mut told = events::timeline_before(&mut conn, Some(deal.id), case.customer.id, before, PAGE + 1).await?;
    drop(conn);
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_older = told.len() > page;
    told.truncate(page);
    let base = format!("/deals/{no}/history");
    let step = deal.step;
    let frame = frame::of(&web, &who, &case, step).await?;
    page::page(&HistoryPage {
        chrome: frame::chrome(&web, &who).await?,
        t: who.t(),
        items: told.iter().map(|(_, told)| TimelineItem::of(who.t(), told)).collect(),
        first: before.map(|_| base.clone()),
        older: told.last().filter(|_| has_older).map(|(position, _)| format!("{base}?before={position}")),
        frame,
    })
}
