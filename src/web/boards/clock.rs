//! How the clocks of a deal are computed: the promise by the wall clock, the running limit interval by
//! interval, and who held the deal how long.

use crate::domain::approval::NodeStatus;
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::deal::{DealStatus, Step};
use crate::domain::holding::{Turn, held};
use crate::domain::promise::{self, PromiseKind};
use crate::domain::staff::{Department, Role};
use crate::domain::workflow::{self, Action, Case};
use crate::store::turns;
use crate::web::deals::Chip;
use crate::web::explained::{Stretch, explain, explain_node};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/clock", get(show))
}

pub struct PromiseView {
    pub kind: &'static str,
    pub chip: Chip,
    pub from: String,
    pub due: String,
    pub whole: String,
    pub left: String,
    pub is_broken: bool,
}

pub struct LimitView {
    pub from: String,
    pub due: String,
    pub chip: Chip,
    pub intervals: Vec<Stretch>,
    pub whole: String,
}

pub struct Holder {
    pub name: String,
    pub working: String,
    pub natural: String,
    pub share: String,
    /// For the bar, in percent.
    pub percent: i64,
}

#[derive(Template)]
#[template(path = "boards/clock.html")]
struct ClockPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    customer: String,
    promise: Option<PromiseView>,
    limit: Option<LimitView>,
    holders: Vec<Holder>,
    life: String,
}

fn promise_view(web: &Web, t: Lang, case: &Case) -> Option<PromiseView> {
    let promised = promise::of_case(case)?;
    let deal = case.deal.as_ref()?;
    let from = match promised.kind {
        PromiseKind::Offer => deal.opened_at,
        PromiseKind::Delivery => case.order.as_ref().and_then(|o| o.confirmed_at).unwrap_or(deal.opened_at),
    };
    let left = promised.left(web.app().clock.now());
    Some(PromiseView {
        kind: match promised.kind {
            PromiseKind::Offer => t.clock_promise_offer(),
            PromiseKind::Delivery => t.clock_promise_delivery(),
        },
        chip: Chip::promise(web, t, promised),
        from: t.moment_full(from),
        due: t.moment_full(promised.due_at),
        whole: t.natural(promised.due_at - from),
        left: t.natural(left),
        is_broken: left < chrono::TimeDelta::zero(),
    })
}

/// The limit that runs in working time; delivery runs by the wall clock and is the promise itself. A decision runs
/// on the clock of its department or of those on call, without the time in which that stood still.
fn limit_view(web: &Web, t: Lang, case: &Case) -> Option<LimitView> {
    let standing = workflow::standing(case);
    let due_at = standing.due_at.filter(|_| standing.step != Step::Delivery)?;
    let deal = case.deal.as_ref()?;
    let open = case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.status == NodeStatus::Open);
    let node = open.filter(|_| standing.step == Step::Approval).find(|n| n.runs_to() == Some(due_at));
    let company = &web.app().calendar;
    let on_call = Calendar::on_call();
    let calendar: &Calendar = match node.map(|n| (n.profile, n.kind.department())) {
        Some((Profile::OnCall, _)) => &on_call,
        Some((Profile::Standard, department)) => company.of_department(department),
        None => company.of_person(deal.owner, Some(Department::Sales)),
    };
    let from = node.and_then(|n| n.arrived_at).unwrap_or(deal.step_entered_at);
    let told = match node {
        Some(node) => explain_node(t, calendar, node, due_at),
        None => explain(t, calendar, from, due_at),
    };
    let whole = WorkingMinutes::new(told.total);
    Some(LimitView {
        from: t.moment_full(from),
        due: t.moment_full(due_at),
        chip: Chip::on(calendar, t, web.app().clock.now(), due_at),
        whole: node.map_or_else(|| t.working(whole), |n| t.on_clock(n.profile, whole)),
        intervals: told.stretches.into_iter().take(200).collect(),
    })
}

/// Whose turn a stretch was: the customer's answer, the owner, or a department.
fn holder_of(t: Lang, owner: &str, row: &turns::TurnRow) -> String {
    match (row.next_action.as_deref().and_then(Action::parse), row.role.as_deref().and_then(Role::parse)) {
        (Some(Action::ConfirmRequirement | Action::RecordAcceptance), _) => t.clock_customer().to_owned(),
        (_, Some(Role::SalesRep)) => owner.to_owned(),
        (_, Some(role)) => t.role(role).to_owned(),
        (_, None) => t.clock_nobody().to_owned(),
    }
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let case = web.app().deal(&who.actor, &no).await?;
    let Some(deal) = &case.deal else { return Err(Problem::Missing) };
    let mut conn = web.app().db.read().await?;
    let rows = turns::of_deal(&mut conn, deal.id).await?;
    drop(conn);
    let owner = page::name_in(t, &deal.owner_name, &deal.owner_name_en);
    // A closed deal's life ended when its last turn did; an open one's has come to now.
    let until: DateTime<Utc> = match rows.last() {
        Some(last) if deal.status != DealStatus::Open => last.since,
        _ => web.app().clock.now(),
    };
    let turns: Vec<Turn<String>> =
        rows.iter().map(|row| Turn { holder: holder_of(t, &owner, row), since: row.since }).collect();
    let holders = held(&turns, until, &web.app().calendar)
        .into_iter()
        .filter(|h| h.permille > 0 || h.natural > 0)
        .map(|h| Holder {
            name: h.holder,
            working: t.working(h.working),
            natural: t.natural(chrono::TimeDelta::minutes(h.natural)),
            share: format!("{}.{} %", h.permille / 10, h.permille % 10),
            percent: h.permille / 10,
        })
        .collect();
    let life = turns.first().map(|first| t.natural(until - first.since)).unwrap_or_default();
    page::page(&ClockPage {
        chrome: page::chrome(&web, &who, Section::Deals).await?,
        t,
        customer: case.customer.profile.legal_name.clone(),
        promise: promise_view(&web, t, &case),
        limit: limit_view(&web, t, &case),
        holders,
        life,
        no,
    })
}
