//! A round as its form shows it: its words, with the colours and running clocks of the screen.

use crate::documents::approval::Prices;
use crate::documents::rounds::{self, LifeLine, Measured, NodeWords};
use crate::domain::approval::{Node, NodeStatus, Round, RoundStatus};
use crate::store::{PgConnection, people};
use crate::web::deals::frame::Chip;
use crate::web::{Problem, Web, page};
use crate::wording::Lang;

pub struct RoundView {
    pub no: String,
    pub round_no: i32,
    pub path: String,
    pub level: String,
    pub status: String,
    pub status_kind: &'static str,
    pub requester: String,
    pub submitted: String,
    pub ended: Option<String>,
    /// Working time of the whole round.
    pub life: String,
    pub nodes: Vec<NodeView>,
    pub lines: Vec<LifeLine>,
    /// Its form on paper.
    pub paper: String,
}

pub struct NodeView {
    pub status_kind: &'static str,
    pub row: &'static str,
    pub chip: Option<Chip>,
    pub said: NodeWords,
}

pub fn status_kind(status: NodeStatus) -> &'static str {
    match status {
        NodeStatus::Waiting | NodeStatus::Voided => "plain",
        NodeStatus::Open => "info",
        NodeStatus::Approved | NodeStatus::TakenOver => "ok",
        NodeStatus::ApprovedCond | NodeStatus::Returned => "warn",
        NodeStatus::Rejected => "bad",
    }
}

fn node_view(t: Lang, by: Measured<'_>, round: &Round, node: &Node, prices: Prices) -> NodeView {
    let said = rounds::node(t, by, round, node, prices);
    let is_open = node.status == NodeStatus::Open;
    let runs = is_open && node.open_call().is_none();
    NodeView {
        status_kind: status_kind(node.status),
        row: match (is_open, said.overdue.is_some()) {
            (true, true) => "is-late",
            (true, false) => "is-current",
            _ => "",
        },
        chip: node.due_at.filter(|_| runs).map(|due| Chip::on(&by.of_node(node), t, by.now, due)),
        said,
    }
}

pub async fn round_view(
    web: &Web,
    t: Lang,
    conn: &mut PgConnection,
    (deal_no, round): (&str, &Round),
    prices: page::Prices,
) -> Result<RoundView, Problem> {
    let requester = people::by_id(conn, round.requested_by).await?;
    let by = Measured { calendar: &web.app().calendar, now: web.app().clock.now() };
    let prices = match prices {
        page::Prices::Shown => Prices::Shown,
        page::Prices::Hidden => Prices::Hidden,
    };
    let life = rounds::life(t, by, round);
    Ok(RoundView {
        no: round.no.clone(),
        round_no: round.round_no,
        path: t.approval_path(round.path).to_owned(),
        level: t.approval_level(round.level),
        status: t.round_status(round.status).to_owned(),
        status_kind: match round.status {
            RoundStatus::Open => "info",
            RoundStatus::Approved => "ok",
            RoundStatus::Returned => "warn",
            RoundStatus::Rejected => "bad",
            RoundStatus::Withdrawn => "plain",
        },
        requester: requester.map(|p| page::name_in(t, &p.name, &p.name_en)).unwrap_or_default(),
        submitted: t.moment_full(round.submitted_at),
        ended: round.ended_at.map(|at| t.moment_full(at)),
        life: life.total,
        nodes: round.in_order().into_iter().map(|n| node_view(t, by, round, n, prices)).collect(),
        lines: life.lines,
        paper: format!("/deals/{deal_no}/approval.pdf?lang={}&round={}", t.code(), round.round_no),
    })
}
