//! The approver's list: what waits for me, what I decided, what I asked for.
//!
//! The one rule: what costs time first. Urgent deals stay on top, then the least time left.

use super::boards::token;
use super::deals::{Chip, grid};
use super::page::{self, Chrome, Section};
use super::{Problem, SignedIn, Web};
use crate::domain::approval::{NodeKind, NodeStatus};
use crate::domain::ids::PersonId;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act, Denied, DeniedWhy};
use crate::domain::staff::Actor;
use crate::store::inbox::{self, After, MOST, NodeRow, Tab};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use rust_decimal::Decimal;

/// Rows of one page.
const LIMIT: i64 = 50;

pub fn routes() -> Router<Web> {
    Router::new().route("/approvals", get(show))
}

const TABS: [Tab; 5] = [Tab::ToDecide, Tab::Decided, Tab::Mine, Tab::Copied, Tab::Reviews];

fn code(tab: Tab) -> &'static str {
    match tab {
        Tab::ToDecide => "todo",
        Tab::Reviews => "reviews",
        Tab::Decided => "decided",
        Tab::Mine => "mine",
        Tab::Copied => "copied",
        Tab::Overdue => "overdue",
    }
}

/// The tab named in an address; the first one for any other word.
fn tab_of(path: &str) -> Tab {
    let asked = grid::query(path, "tab");
    TABS.into_iter().chain([Tab::Overdue]).find(|tab| asked.as_deref() == Some(code(*tab))).unwrap_or(Tab::ToDecide)
}

/// The list of a tab, without its page.
fn list(tab: Tab) -> String {
    format!("/approvals?tab={}", code(tab))
}

/// The row that an address goes on after.
fn after_of(key: &[u8; 32], tab: Tab, token: &str) -> Option<After> {
    let (at, id, urgent) = token::open_part(key, &list(tab), token)?;
    Some(After { is_urgent: urgent == 1, at, id })
}

fn next_page(key: &[u8; 32], tab: Tab, row: &NodeRow) -> String {
    let list = list(tab);
    let after = token::mint_part(key, &list, row.sort_at, row.id, i32::from(row.is_urgent));
    format!("{list}&after={after}")
}

fn label(tab: Tab, t: Lang) -> &'static str {
    match tab {
        Tab::ToDecide => t.approval_tab_todo(),
        Tab::Reviews => t.fast_tab_reviews(),
        Tab::Decided => t.approval_tab_decided(),
        Tab::Mine => t.approval_tab_mine(),
        Tab::Copied => t.round_tab_copied(),
        Tab::Overdue => t.round_tab_overdue(),
    }
}

/// Title and text of the empty list.
fn empty(tab: Tab, t: Lang) -> (&'static str, &'static str) {
    match tab {
        Tab::ToDecide => (t.approval_empty_todo_title(), t.approval_empty_todo()),
        Tab::Reviews => (t.fast_empty_reviews_title(), t.fast_empty_reviews()),
        Tab::Decided => (t.approval_empty_decided_title(), t.approval_empty_decided()),
        Tab::Mine => (t.approval_empty_mine_title(), t.approval_empty_mine()),
        Tab::Copied => (t.round_empty_copied_title(), t.round_empty_copied()),
        Tab::Overdue => (t.round_empty_overdue_title(), t.round_empty_overdue()),
    }
}

#[derive(Template)]
#[template(path = "approvals/index.html")]
struct ApprovalsPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<TabView>,
    rows: Vec<RowView>,
    has_amounts: bool,
    empty_title: &'static str,
    empty_text: &'static str,
    /// The address asked for a page that is none.
    is_astray: bool,
    /// The next page, when there is one.
    next: Option<String>,
}

struct TabView {
    code: &'static str,
    label: &'static str,
    href: String,
    count: String,
    is_current: bool,
}

struct RowView {
    href: String,
    deal_no: String,
    customer: String,
    owner: String,
    node: &'static str,
    status: &'static str,
    status_kind: &'static str,
    is_urgent: bool,
    urgent_text: Option<String>,
    on_behalf: Option<String>,
    amount: Option<String>,
    approval_no: String,
    round: String,
    chip: Option<Chip>,
    at: String,
    row: &'static str,
}

/// The total of the quote, for whoever may see it on the deal itself.
pub(super) fn amount_of(actor: &Actor, row: &NodeRow) -> Option<Decimal> {
    let owner = (PersonId(row.owner_id), row.owner_manager.map(PersonId));
    policy::sees_amount(actor, owner, NodeKind::parse(&row.node), row.amount).then_some(row.amount)
}

fn row_view(web: &Web, who: &SignedIn, row: &NodeRow) -> RowView {
    let t = who.t();
    let status = NodeStatus::parse(&row.status);
    let is_open = status == Some(NodeStatus::Open);
    let chip = is_open.then(|| Chip::node(web, t, row)).flatten();
    let is_late = chip.as_ref().is_some_and(|c| c.kind == "overdue");
    RowView {
        href: format!("/deals/{}/approval", row.deal_no),
        deal_no: row.deal_no.clone(),
        customer: row.customer_name.clone(),
        owner: page::name_in(t, &row.owner_name, &row.owner_name_en),
        node: NodeKind::parse(&row.node).map_or("", |k| t.node_kind(k)),
        status: status.map_or("", |s| t.node_status(s)),
        status_kind: match status {
            Some(NodeStatus::Open) => "info",
            Some(NodeStatus::Approved | NodeStatus::TakenOver) => "ok",
            Some(NodeStatus::ApprovedCond | NodeStatus::Returned) => "warn",
            Some(NodeStatus::Rejected) => "bad",
            Some(NodeStatus::Waiting | NodeStatus::Voided) | None => "plain",
        },
        is_urgent: row.is_urgent,
        urgent_text: row.urgent_text.clone().filter(|_| row.is_urgent && is_open),
        on_behalf: row.on_behalf.as_ref().map(|of| t.round_as_delegate(of)),
        amount: amount_of(&who.actor, row).map(format_money),
        approval_no: row.approval_no.clone(),
        round: t.approval_list_round_no(row.round_no),
        chip,
        at: row.decided_at.map(|at| t.moment(at)).unwrap_or_default(),
        row: if is_late { "is-late" } else { "" },
    }
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    if !policy::may_ever(&who.actor, Act::SeeApprovals) {
        let who_may = policy::grants(Act::SeeApprovals).iter().map(|(role, _)| *role).collect();
        return Err(Denied { who_may, why: DeniedWhy::Role }.into());
    }
    let t = who.t();
    let tab = tab_of(&who.here.path);
    let answers_for_all = policy::answers_for_all(&who.actor);
    if tab == Tab::Overdue && !answers_for_all {
        return Err(Denied { who_may: policy::who_answer_for_all(), why: DeniedWhy::Role }.into());
    }
    let reader = page::reader(&web, &who);
    let mut conn = web.app().db.read().await?;
    let mut tabs = Vec::new();
    for each in TABS.into_iter().chain(answers_for_all.then_some(Tab::Overdue)) {
        let count = inbox::count(&mut conn, &reader, each).await?;
        let count = if count < MOST { count.to_string() } else { format!("{}+", MOST - 1) };
        tabs.push(TabView {
            code: code(each),
            label: label(each, t),
            href: list(each),
            count,
            is_current: each == tab,
        });
    }
    let key = &web.installation().server_key;
    let asked = grid::query(&who.here.path, "after");
    let after = asked.as_deref().and_then(|token| after_of(key, tab, token));
    let is_astray = asked.is_some() && after.is_none();
    let mut rows = inbox::page(&mut conn, &reader, tab, after, LIMIT + 1).await?;
    drop(conn);
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let is_cut = rows.len() > limit;
    rows.truncate(limit);
    let (empty_title, empty_text) = empty(tab, t);
    let rows_view: Vec<RowView> = rows.iter().map(|row| row_view(&web, &who, row)).collect();
    page::page(&ApprovalsPage {
        chrome: page::chrome(&web, &who, Section::Approvals).await?,
        t,
        tabs,
        next: rows.last().filter(|_| is_cut).map(|row| next_page(key, tab, row)),
        has_amounts: rows_view.iter().any(|row| row.amount.is_some()),
        rows: rows_view,
        empty_title,
        empty_text,
        is_astray,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    #[test]
    fn tab_and_place_stand_in_the_address() {
        assert_eq!(tab_of("/approvals?tab=mine"), Tab::Mine);
        assert_eq!(tab_of("/approvals?a=1&tab=decided"), Tab::Decided);
        assert_eq!(tab_of("/approvals"), Tab::ToDecide);
        assert_eq!(tab_of("/approvals?tab=%00"), Tab::ToDecide);
        let key = [7; 32];
        let (at, id) = (DateTime::from_timestamp_micros(1_789_000_000_000_001).unwrap(), Uuid::from_u128(7));
        let token = token::mint_part(&key, &list(Tab::Mine), at, id, 1);
        assert_eq!(after_of(&key, Tab::Mine, &token), Some(After { is_urgent: true, at, id }));
        assert_eq!(after_of(&key, Tab::Decided, &token), None, "a place is of one list");
        for broken in ["", "1", "1.-8000000000000000000.00000000-0000-0000-0000-000000000000"] {
            assert_eq!(after_of(&key, Tab::Mine, broken), None, "{broken}");
        }
    }
}
