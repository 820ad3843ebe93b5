//! The approver's list as a file, tab by tab, with the reader's rights.

use super::approvals::amount_of;
use super::sheet::{self, Format};
use super::work::only;
use super::{Post, Problem, SignedIn, Web, page};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::approval::{NodeKind, NodeStatus};
use crate::domain::calendar::ZONE;
use crate::domain::policy::{self, Act};
use crate::store::PgConnection;
use crate::store::inbox::{self, NodeRow, Tab};
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

/// Rows of one file.
const EXPORTED: i64 = 10_000;

pub fn routes() -> Router<Web> {
    Router::new().route("/approvals/export", get(back).post(export))
}

/// A refused form leaves its address in the browser; opening it again leads to the list.
async fn back() -> Redirect {
    Redirect::to("/approvals")
}

/// The rows of a tab, as its page shows them.
async fn rows_of(web: &Web, conn: &mut PgConnection, who: &SignedIn, tab: &str) -> Result<Vec<NodeRow>, Problem> {
    let tab = match tab {
        "reviews" => Tab::Reviews,
        "decided" => Tab::Decided,
        "mine" => Tab::Mine,
        "copied" => Tab::Copied,
        "overdue" if policy::answers_for_all(&who.actor) => Tab::Overdue,
        _ => Tab::ToDecide,
    };
    Ok(inbox::page(conn, &page::reader(web, who), tab, None, EXPORTED + 1).await?)
}

fn table(who: &SignedIn, rows: &[NodeRow]) -> Table {
    let t = who.t();
    let has_amounts = rows.iter().any(|row| amount_of(&who.actor, row).is_some());
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let text = |value: &str| if value.is_empty() { Value::Blank } else { Value::Text(value.to_owned()) };
    let moment = |at: Option<DateTime<Utc>>| {
        at.map_or(Value::Blank, |at| Value::Text(at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string()))
    };
    let mut columns = vec![
        column(t.approval_list_deal(), Kind::Text, 18),
        column(t.list_customer(), Kind::Text, 30),
        column(t.approval_list_node(), Kind::Text, 14),
        column(t.approval_list_state(), Kind::Text, 12),
        column(t.deadline_since(), Kind::Text, 16),
        column(t.approval_list_due(), Kind::Text, 16),
        column(t.deadline_until(), Kind::Text, 16),
        column(t.approval_list_owner(), Kind::Text, 12),
        column(t.approval_list_round(), Kind::Text, 18),
    ];
    if has_amounts {
        columns.push(column(t.approval_list_amount(), Kind::Number, 16));
    }
    let cells = |row: &NodeRow| {
        let mut cells = vec![
            text(&row.deal_no),
            text(&row.customer_name),
            text(NodeKind::parse(&row.node).map_or("", |k| t.node_kind(k))),
            text(NodeStatus::parse(&row.status).map_or("", |s| t.node_status(s))),
            moment(row.arrived_at),
            moment(row.due_at),
            moment(row.decided_at),
            text(&page::name_in(t, &row.owner_name, &row.owner_name_en)),
            text(&row.approval_no),
        ];
        if has_amounts {
            cells.push(amount_of(&who.actor, row).map_or(Value::Blank, Value::Number));
        }
        cells
    };
    Table { name: t.frame_approvals().to_owned(), columns, rows: rows.iter().map(cells).collect() }
}

async fn export(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeApprovals)?;
    let tab = post.form.value("tab");
    let rows = rows_of(&web, &mut *web.app().db.search().await?, &post.who, tab).await?;
    let rows = sheet::whole(rows, EXPORTED, sheet::list_of("/approvals", &post.form))?;
    web.app()
        .tell_export(&post.by(""), "approvals", rows.len(), tab.chars().take(20).collect())
        .await
        .map_err(|f| post.keeping(f))?;
    sheet::answer(&web, Format::asked(post.form.value("format")), table(&post.who, &rows))
}
