//! The approver's list: what waits for me, what I decided, what I asked for.
//!
//! The one rule: what costs time first. Urgent deals stay on top, then the least time left.

use super::deals::Chip;
use super::page::{self, Chrome, Section};
use super::{Problem, SignedIn, Web};
use crate::domain::approval::{NodeKind, NodeStatus};
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act, Denied, DeniedWhy};
use crate::store::lists::{self, NodeRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

/// The most rows of one tab.
const LIMIT: i64 = 100;

pub fn routes() -> Router<Web> {
    Router::new().route("/approvals", get(show))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Todo,
    Reviews,
    Decided,
    Mine,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Todo, Self::Reviews, Self::Decided, Self::Mine];

    fn code(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Reviews => "reviews",
            Self::Decided => "decided",
            Self::Mine => "mine",
        }
    }

    /// The tab named in an address; the first one for any other word.
    fn of(path: &str) -> Self {
        let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "tab");
        asked.and_then(|(_, code)| Self::ALL.into_iter().find(|tab| tab.code() == code)).unwrap_or(Self::Todo)
    }

    fn label(self, t: Lang) -> &'static str {
        match self {
            Self::Todo => t.approval_tab_todo(),
            Self::Reviews => t.fast_tab_reviews(),
            Self::Decided => t.approval_tab_decided(),
            Self::Mine => t.approval_tab_mine(),
        }
    }

    /// Title and text of the empty list.
    fn empty(self, t: Lang) -> (&'static str, &'static str) {
        match self {
            Self::Todo => (t.approval_empty_todo_title(), t.approval_empty_todo()),
            Self::Reviews => (t.fast_empty_reviews_title(), t.fast_empty_reviews()),
            Self::Decided => (t.approval_empty_decided_title(), t.approval_empty_decided()),
            Self::Mine => (t.approval_empty_mine_title(), t.approval_empty_mine()),
        }
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
    /// A word that more exist than are shown.
    more: Option<String>,
}

struct TabView {
    code: &'static str,
    label: &'static str,
    href: String,
    count: usize,
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
    amount: String,
    approval_no: String,
    round: String,
    chip: Option<Chip>,
    at: String,
    row: &'static str,
}

fn row_view(web: &Web, t: Lang, row: &NodeRow) -> RowView {
    let status = NodeStatus::parse(&row.status);
    let is_open = status == Some(NodeStatus::Open);
    let chip = row.due_at.filter(|_| is_open).map(|due| Chip::working(web, t, due));
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
            Some(NodeStatus::Approved) => "ok",
            Some(NodeStatus::ApprovedCond | NodeStatus::Returned) => "warn",
            Some(NodeStatus::Rejected) => "bad",
            Some(NodeStatus::Waiting | NodeStatus::Voided) | None => "plain",
        },
        is_urgent: row.is_urgent,
        amount: format_money(row.amount),
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
    let tab = Tab::of(&who.here.path);
    let mut conn = web.app().db.read().await?;
    let me = who.actor.id;
    let roles = page::role_codes(&who.actor);
    let todo = lists::nodes_to_decide(&mut conn, me, &roles, LIMIT).await?;
    let reviews = lists::reviews_to_give(&mut conn, me, &roles, LIMIT).await?;
    let decided = lists::nodes_decided_by(&mut conn, me, LIMIT).await?;
    let mine = lists::nodes_requested_by(&mut conn, me, LIMIT).await?;
    drop(conn);
    let counts = [todo.len(), reviews.len(), decided.len(), mine.len()];
    let rows = match tab {
        Tab::Todo => todo,
        Tab::Reviews => reviews,
        Tab::Decided => decided,
        Tab::Mine => mine,
    };
    let (empty_title, empty_text) = tab.empty(t);
    let is_cut = i64::try_from(rows.len()).is_ok_and(|count| count >= LIMIT);
    page::page(&ApprovalsPage {
        chrome: page::chrome(&web, &who, Section::Approvals).await?,
        t,
        tabs: Tab::ALL
            .into_iter()
            .zip(counts)
            .map(|(each, count)| TabView {
                code: each.code(),
                label: each.label(t),
                href: format!("/approvals?tab={}", each.code()),
                count,
                is_current: each == tab,
            })
            .collect(),
        rows: rows.iter().map(|row| row_view(&web, t, row)).collect(),
        has_amounts: policy::may_ever(&who.actor, Act::SeePrices),
        empty_title,
        empty_text,
        more: is_cut.then(|| t.approval_list_more(LIMIT)),
    })
}

#[cfg(test)]
mod tests {
    use super::Tab;

    #[test]
    fn the_tab_stands_in_the_address() {
        assert_eq!(Tab::of("/approvals?tab=mine"), Tab::Mine);
        assert_eq!(Tab::of("/approvals?a=1&tab=decided"), Tab::Decided);
        assert_eq!(Tab::of("/approvals"), Tab::Todo);
        assert_eq!(Tab::of("/approvals?tab=%00"), Tab::Todo);
    }
}
