//! Where every order is: by status, with progress and promise, for all departments. Whoever may
//! not see prices sees the same page without them.

use super::deals::Chip;
use super::form::Choice;
use super::page::{self, Chrome, Section};
use super::work::only;
use super::{Problem, SignedIn, Web};
use crate::domain::money::format_money;
use crate::domain::order::OrderStatus;
use crate::domain::policy::{self, Act};
use crate::store::lists::{self, DealFilter, DealRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Rows of one page of the table.
const PAGE: i64 = 50;
/// Cards that a column shows.
const CARDS: i64 = 30;

pub fn routes() -> Router<Web> {
    Router::new().route("/orders", get(show))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    q: String,
    status: String,
    late: String,
    urgent: String,
    before: String,
}

/// One order as this reader sees it.
pub struct OrderLine {
    pub order_no: String,
    pub deal_no: String,
    pub customer: String,
    pub title: String,
    pub owner: String,
    pub status: String,
    pub status_kind: &'static str,
    pub is_urgent: bool,
    pub is_changing: bool,
    pub progress: i32,
    pub promised: String,
    pub promise: Option<Chip>,
    pub amount: Option<String>,
    pub mark: &'static str,
}

/// Nothing runs any more once everything is signed for, or the order has ended another way.
fn is_running(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Draft
        | OrderStatus::Confirmed
        | OrderStatus::InFulfilment
        | OrderStatus::PartiallyShipped
        | OrderStatus::Shipped
        | OrderStatus::OnHold => true,
        OrderStatus::Signed | OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::ShortClosed => false,
    }
}

fn kind_of(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Draft | OrderStatus::Cancelled | OrderStatus::ShortClosed => "plain",
        OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped | OrderStatus::Shipped => {
            "info"
        }
        OrderStatus::Signed | OrderStatus::Completed => "ok",
        OrderStatus::OnHold => "warn",
    }
}

/// Statuses that a board shows only when there is such an order.
fn is_usual(status: OrderStatus) -> bool {
    !matches!(status, OrderStatus::OnHold | OrderStatus::Cancelled | OrderStatus::ShortClosed)
}

impl OrderLine {
    fn of(web: &Web, who: &SignedIn, row: &DealRow) -> Self {
        let t = who.t();
        let status = row.order_status.as_deref().and_then(OrderStatus::parse);
        let running = status.is_some_and(is_running);
        let promise = row.order_promised_at.filter(|_| running).map(|at| Chip::natural(web, t, at));
        let mark = match promise.as_ref().map(|c| c.kind) {
            Some("overdue") => "is-late",
            Some("due") => "is-due",
            None => "is-done",
            Some(_) => "",
        };
        Self {
            order_no: row.order_no.clone().unwrap_or_default(),
            deal_no: row.no.clone(),
            customer: row.customer_name.clone(),
            title: row.title.clone(),
            owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
            status: status.map(|s| t.order_status(s)).unwrap_or_default().to_owned(),
            status_kind: status.map_or("plain", kind_of),
            is_urgent: row.is_urgent,
            is_changing: row.change_no.is_some(),
            progress: row.progress,
            promised: row.order_promised_at.map(|at| t.moment(at)).unwrap_or_default(),
            promise,
            amount: row.amount.filter(|_| policy::may_ever(&who.actor, Act::SeePrices)).map(format_money),
            mark,
        }
    }
}

pub struct Column {
    pub label: &'static str,
    pub count: i64,
    pub late: i64,
    pub cards: Vec<OrderLine>,
    pub more: Option<String>,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    chrome: Chrome,
    t: Lang,
    is_board: bool,
    table_href: String,
    board_href: String,
    asked: Asked,
    statuses: Vec<Choice>,
    sees_prices: bool,
    is_filtered: bool,
    total: i64,
    lines: Vec<OrderLine>,
    columns: Vec<Column>,
    first: Option<String>,
    older: Option<String>,
}

fn address(asked: &Asked, view: &str, status: &str, before: &str) -> String {
    let pairs = [
        ("view", view),
        ("q", &asked.q),
        ("status", status),
        ("late", &asked.late),
        ("urgent", &asked.urgent),
        ("before", before),
    ];
    super::deals::address("/orders", &pairs)
}

fn filter(asked: &Asked, now: DateTime<Utc>) -> DealFilter {
    DealFilter {
        text: super::deals::search_text(&asked.q),
        order_status: OrderStatus::parse(&asked.status).map(|s| s.code().to_owned()),
        with_order: Some(()),
        urgent: (asked.urgent == "yes").then_some(()),
        late_at: (asked.late == "yes").then_some(now),
        ..DealFilter::default()
    }
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeOrders)?;
    let t = who.t();
    let now = web.app().clock.now();
    let is_board = asked.view == "board";
    let mut filter = filter(&asked, now);
    let visible = policy::visible_deals(&who.actor);
    let mut conn = web.app().db.read().await?;
    let total = lists::count_deals(&mut conn, visible, &filter).await?;
    let (mut lines, mut columns, mut older) = (Vec::new(), Vec::new(), None);
    if is_board {
        for status in OrderStatus::ALL.iter().copied() {
            if filter.order_status.as_deref().is_some_and(|only| only != status.code()) {
                continue;
            }
            let of_status = DealFilter {
                order_status: Some(status.code().to_owned()),
                most_urgent_first: Some(()),
                ..filter.clone()
            };
            let count = lists::count_deals(&mut conn, visible, &of_status).await?;
            if count == 0 && !is_usual(status) {
                continue;
            }
            let rows = lists::deals(&mut conn, visible, &of_status, CARDS).await?;
            let late = lists::count_deals(&mut conn, visible, &DealFilter { late_at: Some(now), ..of_status }).await?;
            columns.push(Column {
                label: t.order_status(status),
                count,
                late,
                more: (count > CARDS).then(|| address(&asked, "", status.code(), "")),
                cards: rows.iter().map(|r| OrderLine::of(&web, &who, r)).collect(),
            });
        }
    } else {
        filter.before = super::deals::read_cursor(&asked.before);
        let rows = lists::deals(&mut conn, visible, &filter, PAGE + 1).await?;
        let shown = rows.len().min(usize::try_from(PAGE).unwrap_or(usize::MAX));
        if rows.len() > shown {
            older = rows.get(shown - 1).map(|last| address(&asked, "", &asked.status, &super::deals::cursor(last)));
        }
        lines = rows.iter().take(shown).map(|r| OrderLine::of(&web, &who, r)).collect();
    }
    drop(conn);
    page::page(&OrdersPage {
        chrome: page::chrome(&web, &who, Section::Orders).await?,
        t,
        is_board,
        table_href: address(&asked, "", &asked.status, ""),
        board_href: address(&asked, "board", &asked.status, ""),
        statuses: OrderStatus::ALL.iter().map(|s| Choice::new(s.code(), t.order_status(*s))).collect(),
        sees_prices: policy::may_ever(&who.actor, Act::SeePrices),
        is_filtered: filter.text.is_some()
            || filter.order_status.is_some()
            || filter.urgent.is_some()
            || filter.late_at.is_some(),
        total,
        lines,
        columns,
        first: filter.before.map(|_| address(&asked, "", &asked.status, "")),
        older,
        asked,
    })
}
