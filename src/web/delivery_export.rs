//! Deliveries, exceptions and receivables as files, with the reader's rights and filters.

use super::deliveries::{Asked, AskedExceptions};
use super::receivables::owed_for;
use super::sheet::{self, Format};
use super::work::only;
use super::{Post, Problem, Web, page};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::delivery::{ExceptionKind, ExceptionStatus, Severity};
use crate::domain::order::DeliveryStage;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Department;
use crate::store::delivery_list::{self, BatchRow, ExceptionRow};
use crate::store::receivables::{self, OpenRow, OwedFor};
use crate::wording::Lang;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

/// Rows of one file.
const EXPORTED: i64 = 10_000;

/// A refused form leaves its address in the browser; opening it again leads to the list.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deliveries/export", get(async || Redirect::to("/deliveries")).post(batches))
        .route("/exceptions/export", get(async || Redirect::to("/exceptions")).post(exceptions))
        .route("/receivables/export", get(async || Redirect::to("/receivables")).post(payments))
}

fn column(label: &str, kind: Kind, width: u16) -> Column {
    Column { label: label.to_owned(), kind, width }
}

fn text(value: impl Into<String>) -> Value {
    let value = value.into();
    if value.is_empty() { Value::Blank } else { Value::Text(value) }
}

/// Moments as people sort them in a sheet, in company time.
fn moment(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Blank, |at| Value::Text(at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string()))
}

async fn answer(web: &Web, post: &Post, list: &str, filter: &str, table: Table) -> Result<Response, Problem> {
    let told = filter.chars().take(150).collect();
    web.app().tell_export(&post.by(""), list, table.rows.len(), told).await.map_err(|f| post.keeping(f))?;
    sheet::answer(web, Format::asked(post.form.value("format")), table)
}

fn table_of_batches(t: Lang, rows: &[BatchRow]) -> Table {
    let cells = |row: &BatchRow| {
        let stage = row.stage.as_deref().and_then(DeliveryStage::parse);
        vec![
            moment(Some(row.promised_at)),
            moment(Some(row.original_at)),
            text(&row.order_no),
            text(&row.deal_no),
            text(&row.customer_name),
            text(page::name_in(t, &row.owner_name, &row.owner_name_en)),
            text(page::name_in(t, &row.line_name, &row.line_name_en)),
            Value::Number(row.quantity.normalize()),
            text(t.unit(&row.unit)),
            Value::Number(row.batch_no.into()),
            text(stage.map_or("", |s| t.delivery_stage(s))),
            Value::Number(row.progress.into()),
            text(if row.has_exception { t.deliveries_list_trouble() } else { "" }),
            text(if row.is_urgent { t.ui_urgent() } else { "" }),
        ]
    };
    Table {
        name: t.deliveries_list_title().to_owned(),
        columns: vec![
            column(t.deliveries_list_promised(), Kind::Text, 16),
            column(t.export_first_promise(), Kind::Text, 16),
            column(t.orders_no(), Kind::Text, 18),
            column(t.list_no(), Kind::Text, 18),
            column(t.list_customer(), Kind::Text, 30),
            column(t.frame_deal_owner(), Kind::Text, 12),
            column(t.deliveries_list_goods(), Kind::Text, 30),
            column(t.export_quantity(), Kind::Number, 12),
            column(t.stock_unit(), Kind::Text, 8),
            column(t.export_batch(), Kind::Number, 8),
            column(t.deliveries_list_stage(), Kind::Text, 14),
            column(t.orders_progress(), Kind::Number, 8),
            column(t.deliveries_list_exceptions(), Kind::Text, 10),
            column(t.ui_urgent(), Kind::Text, 8),
        ],
        rows: rows.iter().map(cells).collect(),
    }
}

async fn batches(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeOrders)?;
    let value = |name: &str| post.form.value(name).to_owned();
    let asked = Asked {
        q: value("q"),
        stage: value("stage"),
        today: value("today"),
        trouble: value("trouble"),
        after: String::new(),
    };
    let filter = asked.filter(web.app().clock.now());
    let visible = policy::visible_deals(&post.who.actor);
    let rows = delivery_list::open_batches(&mut *web.app().db.search().await?, visible, &filter, EXPORTED + 1).await?;
    let rows = sheet::whole(rows, EXPORTED, sheet::list_of("/deliveries", &post.form))?;
    answer(&web, &post, "deliveries", &asked.q, table_of_batches(post.t(), &rows)).await
}

fn table_of_exceptions(t: Lang, rows: &[ExceptionRow]) -> Table {
    let cells = |row: &ExceptionRow| {
        vec![
            text(&row.no),
            text(ExceptionKind::parse(&row.kind).map_or("", |k| t.exception_kind(k))),
            text(Severity::parse(&row.severity).map_or("", |s| t.exception_severity(s))),
            text(ExceptionStatus::parse(&row.status).map_or("", |s| t.exception_status(s))),
            text(Department::parse(&row.department).map_or("", |d| t.department(d))),
            text(&row.text),
            moment(row.due_at),
            moment(Some(row.opened_at)),
            text(t.person(&row.opened_by)),
            text(&row.order_no),
            text(&row.deal_no),
            text(&row.customer_name),
        ]
    };
    Table {
        name: t.exceptions_title().to_owned(),
        columns: vec![
            column(t.exceptions_number(), Kind::Text, 18),
            column(t.exceptions_kind(), Kind::Text, 14),
            column(t.export_severity(), Kind::Text, 8),
            column(t.list_status(), Kind::Text, 12),
            column(t.exceptions_department(), Kind::Text, 12),
            column(t.export_what(), Kind::Text, 40),
            column(t.exceptions_due(), Kind::Text, 16),
            column(t.exceptions_opened(), Kind::Text, 16),
            column(t.deadline_person(), Kind::Text, 12),
            column(t.orders_no(), Kind::Text, 18),
            column(t.list_no(), Kind::Text, 18),
            column(t.list_customer(), Kind::Text, 30),
        ],
        rows: rows.iter().map(cells).collect(),
    }
}

async fn exceptions(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeOrders)?;
    let value = |name: &str| post.form.value(name).to_owned();
    let asked = AskedExceptions {
        q: value("q"),
        kind: value("kind"),
        department: value("department"),
        overdue: value("overdue"),
        closed: value("closed"),
        before: String::new(),
    };
    let filter = asked.filter(web.app().clock.now());
    let visible = policy::visible_deals(&post.who.actor);
    let rows = delivery_list::exceptions(&mut *web.app().db.search().await?, visible, &filter, EXPORTED + 1).await?;
    let rows = sheet::whole(rows, EXPORTED, sheet::list_of("/exceptions", &post.form))?;
    answer(&web, &post, "exceptions", &asked.q, table_of_exceptions(post.t(), &rows)).await
}

fn table_of_payments(t: Lang, rows: &[OpenRow]) -> Table {
    let cells = |row: &OpenRow| {
        vec![
            text(&row.no),
            match &row.owed_for {
                OwedFor::Milestone { deal_no, .. } => text(deal_no),
                OwedFor::Before => Value::Blank,
            },
            text(&row.customer_name),
            text(page::name_in(t, &row.owner_name, &row.owner_name_en)),
            text(owed_for(t, row)),
            Value::Number(row.amount),
            Value::Number(row.open),
            Value::Date(row.due_on),
        ]
    };
    Table {
        name: t.money_receivables().to_owned(),
        columns: vec![
            column(t.orders_no(), Kind::Text, 18),
            column(t.list_no(), Kind::Text, 18),
            column(t.list_customer(), Kind::Text, 30),
            column(t.frame_deal_owner(), Kind::Text, 12),
            column(t.money_for(), Kind::Text, 24),
            column(t.list_amount(), Kind::Number, 16),
            column(t.money_open(), Kind::Number, 16),
            column(t.money_due(), Kind::Date, 12),
        ],
        rows: rows.iter().map(cells).collect(),
    }
}

async fn payments(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeePrices)?;
    let overdue = post.form.value("overdue");
    let today = local_date(web.app().clock.now());
    let visible = policy::visible_deals(&post.who.actor);
    let mut conn = web.app().db.search().await?;
    let found = receivables::open(&mut conn, visible, today, overdue == "yes", EXPORTED + 1).await?;
    drop(conn);
    let rows = sheet::whole(found.rows, EXPORTED, sheet::list_of("/receivables", &post.form))?;
    answer(&web, &post, "receivables", overdue, table_of_payments(post.t(), &rows)).await
}
