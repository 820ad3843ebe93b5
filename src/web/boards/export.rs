//! The rows of a list as a file: the reader's rights and filters, numbers as numbers, nothing that a
//! spreadsheet would run.

use super::asked::{Asked, Set};
use super::show;
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::ZONE;
use crate::domain::deal::{DealKind, DealStatus, Step};
use crate::domain::order::OrderStatus;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::domain::workflow::Action;
use crate::store::lists::DealRow;
use crate::web::sheet::{self, Format};
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

/// Rows of one file; who needs more chooses a shorter time.
const MOST: i64 = 10_000;

pub fn routes() -> Router<Web> {
    Router::new().route("/lists/export", get(back).post(export))
}

/// A refused form leaves its address in the browser; opening it again leads to the list.
async fn back() -> Redirect {
    Redirect::to("/deals")
}

/// Moments as people sort them in a sheet, in company time.
fn moment(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Blank, |at| Value::Text(at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string()))
}

fn text(value: impl Into<String>) -> Value {
    let value = value.into();
    if value.is_empty() { Value::Blank } else { Value::Text(value) }
}

fn table(t: Lang, set: Set, rows: &[DealRow], prices: page::Prices) -> Table {
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let mut columns = vec![
        column(t.list_no(), Kind::Text, 18),
        column(t.orders_no(), Kind::Text, 18),
        column(t.list_customer(), Kind::Text, 30),
        column(t.export_title(), Kind::Text, 30),
        column(t.export_kind(), Kind::Text, 10),
        column(t.list_step(), Kind::Text, 14),
        column(t.list_status(), Kind::Text, 12),
        column(t.orders_progress(), Kind::Number, 8),
        column(t.list_next(), Kind::Text, 20),
        column(t.work_who(), Kind::Text, 14),
        column(t.list_due(), Kind::Text, 16),
        column(t.list_promise(), Kind::Text, 16),
        column(t.orders_promised(), Kind::Text, 16),
        column(t.frame_deal_owner(), Kind::Text, 12),
        column(t.ui_urgent(), Kind::Text, 8),
        column(t.list_opened(), Kind::Date, 12),
    ];
    if prices == page::Prices::Shown {
        columns.push(column(t.list_amount(), Kind::Number, 16));
    }
    let cells = |row: &DealRow| {
        let owner = page::name_in(t, &row.owner_name, &row.owner_name_en);
        let status = match set {
            Set::Orders => row.order_status.as_deref().and_then(OrderStatus::parse).map(|s| t.order_status(s)),
            Set::Deals => DealStatus::parse(&row.status).map(|s| t.deal_status(s)),
        };
        let turn = row.turn_role.as_deref().and_then(Role::parse);
        let mut cells = vec![
            text(&row.no),
            text(row.order_no.clone().unwrap_or_default()),
            text(&row.customer_name),
            text(&row.title),
            text(DealKind::parse(&row.kind).map(|k| t.deal_kind(k)).unwrap_or_default()),
            text(Step::parse(&row.step).map(|s| t.step(s)).unwrap_or_default()),
            text(status.unwrap_or_default()),
            Value::Number(row.progress.into()),
            text(row.next_action.as_deref().and_then(Action::parse).map(|a| t.next_act(a)).unwrap_or_default()),
            text(turn.map_or("", |r| if r == Role::SalesRep { owner.as_str() } else { t.role(r) })),
            moment(row.turn_due_at),
            moment(row.promise_due_at),
            moment(row.order_promised_at),
            text(owner.as_str()),
            text(if row.is_urgent { t.ui_urgent() } else { "" }),
            Value::Date(row.opened_at.with_timezone(&ZONE).date_naive()),
        ];
        if prices == page::Prices::Shown {
            cells.push(row.amount.map_or(Value::Blank, Value::Number));
        }
        cells
    };
    let name = if set == Set::Deals { t.frame_deals() } else { t.frame_orders() };
    Table { name: name.to_owned(), columns, rows: rows.iter().map(cells).collect() }
}

async fn export(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let set = Set::parse(post.form.value("list")).unwrap_or(Set::Deals);
    only(&post.who, if set == Set::Deals { Act::SeeDeal } else { Act::SeeOrders })?;
    let mut asked = Asked::read(set, post.form.value("query"));
    let filter = {
        let mut conn = web.app().db.search().await?;
        show::filter(&mut conn, &post.who, &mut asked, web.app().clock.now(), MOST).await?
    };
    let told: String = asked.kept().chars().take(150).collect();
    let rows = web.app().export_deals(&post.by(""), set.code(), &filter, told, MOST).await;
    let rows = rows.map_err(|f| post.keeping(f).of_list(asked.at(&[])))?;
    let prices =
        if policy::may_ever(&post.who.actor, Act::SeePrices) { page::Prices::Shown } else { page::Prices::Hidden };
    sheet::answer(&web, Format::asked(post.form.value("format")), table(t, set, &rows, prices))
}
