//! The page of a list: filters, the chosen view, the panel of one deal beside it, or the whole of it
//! on the wall.

use super::asked::{Asked, Set, TurnOf, View};
use super::calendar::{self, Month};
use super::columns::{self, Column, capped};
use super::line::DealLine;
use super::panel::{self, Panel};
use super::token;
use super::views::{self, SavedView};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::deal::{DealStatus, Step};
use crate::domain::ids::PersonId;
use crate::domain::order::OrderStatus;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::staff::Role;
use crate::store::lists::{self, DealFilter, HeldDue};
use crate::store::{PgConnection, boards, finding, people};
use crate::web::form::Choice;
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

/// Rows of one page of the table.
const PAGE: i64 = 50;
/// Where the count of all rows stops.
const COUNTED: i64 = 1000;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals", get(deals)).route("/orders", get(orders))
}

async fn deals(State(web): State<Web>, who: SignedIn, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    only(&who, Act::SeeDeal)?;
    show(&web, &who, Asked::read(Set::Deals, query.as_deref().unwrap_or_default())).await
}

async fn orders(State(web): State<Web>, who: SignedIn, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    only(&who, Act::SeeOrders)?;
    show(&web, &who, Asked::read(Set::Orders, query.as_deref().unwrap_or_default())).await
}

pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub is_current: bool,
}

#[derive(Template)]
#[template(path = "boards/index.html")]
struct ListPage {
    chrome: Chrome,
    t: Lang,
    title: &'static str,
    path: &'static str,
    asked: Asked,
    is_orders: bool,
    is_wall: bool,
    /// When the wall was drawn.
    drawn: String,
    tabs: Vec<Tab>,
    statuses: Vec<Choice>,
    steps: Vec<Choice>,
    /// Empty for readers who see only their own.
    owners: Vec<Choice>,
    teams: Vec<Choice>,
    chips: Vec<(String, String)>,
    status: String,
    kept: String,
    saved: Vec<SavedView>,
    sees_prices: bool,
    is_filtered: bool,
    total: String,
    lines: Vec<DealLine>,
    columns: Vec<Column>,
    month: Option<Month>,
    panel: Option<Panel>,
    first: Option<String>,
    older: Option<String>,
    wall_href: String,
    clear_href: String,
    /// Empty for those who open no deals.
    new_href: &'static str,
}

/// The rows that an address means to this reader, of a search at most one more than `most`; what nobody knows is
/// told by the address itself.
pub async fn filter(
    conn: &mut PgConnection,
    who: &SignedIn,
    asked: &mut Asked,
    now: DateTime<Utc>,
    most: i64,
) -> Result<DealFilter, Problem> {
    let status = asked.status().map(str::to_owned);
    let (deal_status, order_status) = match asked.set {
        Set::Deals => (status, None),
        // Orders that live are those of open deals: one that was closed short lives until the rest is signed for.
        Set::Orders if status.as_deref() == Some(DealStatus::Open.code()) => (status, None),
        Set::Orders => (None, status),
    };
    let yes = |name: &str| asked.is(name).then_some(());
    let mut filter = DealFilter {
        step: Some(asked.get("step").to_owned()).filter(|s| !s.is_empty()),
        status: deal_status,
        order_status,
        with_order: (asked.set == Set::Orders).then_some(()),
        urgent: yes("urgent"),
        late_at: asked.is("late").then_some(now),
        opened: asked.opened(),
        promised: asked.promised(),
        due_first: (asked.get("sort") == "due").then_some(()),
        held_by: Some(asked.get("role").to_owned()).filter(|r| !r.is_empty()),
        ..DealFilter::default()
    };
    filter.held_due = match asked.get("due") {
        "running" => Some(HeldDue::Running),
        "paused" => Some(HeldDue::Paused),
        "over" => Some(HeldDue::Between(None, now)),
        "today" => Some(HeldDue::Between(Some(now), end_of_day(now))),
        _ => None,
    };
    // What My work lists: also completed deals whose goods came back.
    if asked.turn().is_some() && asked.get("status").is_empty() {
        (filter.status, filter.waiting) = (None, Some(()));
    }
    let roles = page::role_codes(&who.actor);
    filter.turn = asked.turn().map(|turn| match turn {
        TurnOf::Mine => lists::Turn::Mine { person: who.actor.id, roles: roles.clone() },
        TurnOf::Others => lists::Turn::Others { person: who.actor.id, roles: roles.clone() },
        TurnOf::Customer => lists::Turn::Customer { person: who.actor.id },
    });
    if asked.is("mine") {
        // Who sells has own deals; who decides or delivers has deals whose turn it is.
        if policy::may_ever(&who.actor, Act::OpenDeal) {
            filter.owner = Some(who.actor.id);
        } else {
            filter.turn_roles = roles;
        }
    }
    for name in ["owner", "team"] {
        let login = asked.get(name).to_owned();
        if login.is_empty() {
            continue;
        }
        let found = people::by_login(conn, &login).await?.map(|p| p.id);
        // Somebody unknown owns nothing; the reader is told why the list is empty.
        if found.is_none() {
            asked.ignored.push(format!("{name}={login}"));
        }
        let found = found.or_else(|| Some(PersonId(uuid::Uuid::nil())));
        if name == "owner" { filter.owner = found } else { filter.team = found }
    }
    if let Some(text) = asked.text() {
        let search = finding::DealSearch {
            text: &text,
            visible: policy::visible_deals(&who.actor),
            contacts: policy::visible_contacts(&who.actor),
            filter: &filter,
            limit: most + 1,
        };
        filter.ids = Some(finding::deal_ids(conn, &search).await?);
    }
    Ok(filter)
}

/// The midnight that ends the day of company time.
fn end_of_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let tomorrow = local_date(now).succ_opt().map(|d| d.and_time(chrono::NaiveTime::MIN));
    tomorrow.and_then(|at| at.and_local_timezone(ZONE).single()).map_or(now, |at| at.to_utc())
}

/// Owners and teams that the reader can choose from.
async fn choices(web: &Web, conn: &mut PgConnection, who: &SignedIn) -> Result<(Vec<Choice>, Vec<Choice>), Problem> {
    let manager = match policy::visible_deals(&who.actor) {
        VisibleTo::Everything => None,
        VisibleTo::Team { manager, .. } => Some(manager),
        VisibleTo::Own { .. } | VisibleTo::Reached { .. } | VisibleTo::Nothing => return Ok((vec![], vec![])),
    };
    let sellers = web.app().sellers(conn, manager).await?;
    let name = |p: &people::Seller| page::name_in(who.t(), &p.name, &p.name_en);
    let owners = sellers.iter().map(|p| Choice::new(&p.login, name(p))).collect();
    let leads = |p: &&people::Seller| manager.is_none() && sellers.iter().any(|s| s.manager == Some(p.id));
    let teams = sellers.iter().filter(leads).map(|p| Choice::new(&p.login, name(p))).collect();
    Ok((owners, teams))
}

fn tabs(t: Lang, asked: &Asked) -> Vec<Tab> {
    [
        (View::Table, "", t.list_view_table()),
        (View::Board, "board", t.list_view_board()),
        (View::Calendar, "calendar", t.board_calendar()),
    ]
    .into_iter()
    .map(|(view, code, label)| Tab {
        label,
        href: asked.at(&[("view", code), ("panel", ""), ("wall", "")]),
        is_current: asked.view() == view,
    })
    .collect()
}

/// Choices that have no control of their own, each with the list without it.
fn chips(t: Lang, asked: &Asked) -> Vec<(String, String)> {
    let word = |name: &str, value: &str| -> Option<String> {
        Some(match name {
            "role" => t.board_chip_role(Role::parse(value).map(|r| t.role(r))?),
            "due" if value == "today" => t.board_chip_today().to_owned(),
            "due" if value == "running" => t.board_chip_running().to_owned(),
            "due" if value == "paused" => t.board_chip_paused().to_owned(),
            "due" => t.board_chip_over().to_owned(),
            "turn" => match asked.turn()? {
                TurnOf::Mine => t.work_mine(),
                TurnOf::Others => t.work_others(),
                TurnOf::Customer => t.work_silent(),
            }
            .to_owned(),
            "on" => t.board_chip_on(t.date(value.parse().ok()?)),
            "sort" => t.board_chip_sorted().to_owned(),
            _ => return None,
        })
    };
    ["role", "due", "turn", "on", "sort"]
        .into_iter()
        .filter(|name| !asked.get(name).is_empty())
        .filter_map(|name| Some((word(name, asked.get(name))?, asked.at(&[(name, ""), ("panel", "")]))))
        .collect()
}

async fn show(web: &Web, who: &SignedIn, mut asked: Asked) -> Result<Response, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let visible = policy::visible_deals(&who.actor);
    let db = &web.app().db;
    let mut conn = if asked.is_searched() { db.search().await? } else { db.read().await? };
    let mut filter = filter(&mut conn, who, &mut asked, now, finding::DEALS).await?;
    let (mut lines, mut columns, mut month, mut older) = (Vec::new(), Vec::new(), None, None);
    let total;
    match asked.view() {
        View::Board => (columns, total) = columns::of(&mut conn, web, who, &asked, &filter).await?,
        View::Calendar => {
            let (found, count) = calendar::of(&mut conn, web, who, &asked, &filter).await?;
            (month, total) = (Some(found), count);
        }
        View::Table => {
            let most = if filter.ids.is_some() { finding::DEALS } else { COUNTED };
            let count = boards::count_up_to(&mut conn, visible, &filter, most).await?;
            total = if count == 0 { "0".to_owned() } else { capped(count, most) };
            let list = asked.list();
            if !asked.before.is_empty() {
                filter.before = token::open(&web.installation().server_key, &list, &asked.before);
                if filter.before.is_none() {
                    asked.ignored.push(t.board_page_unknown().to_owned());
                }
            }
            let mut rows = lists::deals(&mut conn, visible, &filter, PAGE + 1).await?;
            if rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX) {
                rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
                older = rows.last().map(|last| {
                    let at = if filter.due_first.is_some() { last.late_at } else { last.opened_at };
                    asked.at(&[
                        ("panel", ""),
                        ("before", &token::mint(&web.installation().server_key, &list, at, last.id)),
                    ])
                });
            }
            lines = rows.iter().map(|r| DealLine::of(web, who, r)).collect();
        }
    }
    let is_wall = asked.is("wall");
    let (owners, teams) = if is_wall { (vec![], vec![]) } else { choices(web, &mut conn, who).await? };
    let saved = if is_wall { vec![] } else { views::of(&mut conn, who, asked.set).await? };
    drop(conn);
    let panel = match asked.get("panel") {
        "" => None,
        no => panel::beside(web, who, no, &asked).await?,
    };
    let (section, title) = match asked.set {
        Set::Deals => (Section::Deals, t.frame_deals()),
        Set::Orders => (Section::Orders, t.frame_orders()),
    };
    let mut chrome = page::chrome(web, who, section).await?;
    chrome.is_wall = is_wall;
    page::page(&ListPage {
        chrome,
        t,
        title,
        path: asked.set.path(),
        is_orders: asked.set == Set::Orders,
        is_wall,
        drawn: t.moment(now),
        tabs: tabs(t, &asked),
        statuses: match asked.set {
            Set::Deals => DealStatus::ALL.iter().map(|s| Choice::new(s.code(), t.deal_status(*s))).collect(),
            Set::Orders => std::iter::once(Choice::new(DealStatus::Open.code(), t.deal_status(DealStatus::Open)))
                .chain(OrderStatus::ALL.iter().map(|s| Choice::new(s.code(), t.order_status(*s))))
                .collect(),
        },
        steps: Step::ALL.iter().map(|s| Choice::new(s.code(), t.step(*s))).collect(),
        owners,
        teams,
        chips: chips(t, &asked),
        status: asked.status().unwrap_or("all").to_owned(),
        kept: asked.kept(),
        saved,
        sees_prices: policy::may_ever(&who.actor, Act::SeePrices),
        is_filtered: asked.is_filtered(),
        total,
        lines,
        columns,
        month,
        panel,
        first: filter.before.map(|_| asked.at(&[("panel", "")])),
        older,
        wall_href: asked.at(&[("wall", "yes"), ("panel", ""), ("view", "board")]),
        clear_href: Asked::read(asked.set, "").at(&[("view", asked.get("view"))]),
        new_href: if asked.set == Set::Deals && policy::may_ever(&who.actor, Act::OpenDeal) {
            "/deals/new"
        } else {
            ""
        },
        asked,
    })
}

/// The open deals that a role holds: those whose clock runs or stands still, those due today, or past the limit.
pub fn list_of_role(role: Role, due: &str) -> String {
    Asked::read(Set::Deals, "").at(&[("role", role.code()), ("due", due)])
}
