//! All deals a person may see, as a table or as a board of the six steps.
//!
//! Every filter stands in the address, so that a list can be kept as a bookmark and passed on.

use super::frame::Chip;
use crate::domain::calendar::ZONE;
use crate::domain::deal::{DealKind, DealStatus, Step};
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::domain::workflow::Action;
use crate::store::lists::{self, DealFilter, DealRow};
use crate::web::form::Choice;
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page of the table.
const PAGE: i64 = 50;
/// Rows that a column of a board reads; beyond it the sum is not shown.
const COLUMN: i64 = 200;
/// Cards that a column of a board shows.
const CARDS: usize = 30;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals", get(show))
}

/// What stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    q: String,
    step: String,
    /// Left out: the open ones, unless something is searched for; `all` is no status at all.
    status: Option<String>,
    mine: String,
    urgent: String,
    late: String,
    before: String,
}

/// A search as it may be sent to the database: one line, at most 100 characters.
pub fn search_text(raw: &str) -> Option<String> {
    let text: String = raw.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    Some(text).filter(|t| !t.is_empty())
}

/// An address with those of the pairs that have a value.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where the next page starts.
pub fn cursor(row: &DealRow) -> String {
    format!("{}.{}", row.opened_at.timestamp_micros(), row.id)
}

pub fn read_cursor(raw: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (micros, id) = raw.split_once('.')?;
    // Years of four digits only: the database cannot compare with others.
    let at =
        DateTime::from_timestamp_micros(micros.parse().ok().filter(|m| (0..253_402_300_800_000_000).contains(m))?)?;
    Some((at, Uuid::parse_str(id).ok()?))
}

/// One deal as lists show it to this reader.
pub struct DealLine {
    pub no: String,
    pub title: String,
    pub customer: String,
    pub owner: String,
    pub kind: String,
    pub step: String,
    pub status: String,
    pub status_kind: &'static str,
    pub is_urgent: bool,
    pub is_changing: bool,
    pub opened: String,
    pub next: Option<String>,
    /// Whose turn it is.
    pub turn: String,
    pub due: Option<Chip>,
    /// What was promised to the customer, until there is an order.
    pub promise: Option<Chip>,
    pub amount: Option<String>,
    /// Class of the table row.
    pub mark: &'static str,
}

impl DealLine {
    pub fn of(web: &Web, who: &SignedIn, row: &DealRow) -> Self {
        let t = who.t();
        let status = DealStatus::parse(&row.status);
        let is_open = status == Some(DealStatus::Open);
        let owner = page::name_in(t, &row.owner_name, &row.owner_name_en);
        let role = row.turn_role.as_deref().and_then(Role::parse);
        let due = row.turn_due_at.filter(|_| is_open).map(|at| chip(web, t, &row.step, at));
        let promise =
            row.promise_due_at.filter(|_| is_open && row.order_no.is_none()).map(|at| Chip::natural(web, t, at));
        let is_kind = |kind: &str| due.iter().chain(&promise).any(|c| c.kind == kind);
        let mark = match status {
            Some(DealStatus::Open) if is_kind("overdue") => "is-late",
            Some(DealStatus::Open) if is_kind("due") => "is-due",
            Some(DealStatus::Open) => "",
            _ => "is-done",
        };
        Self {
            no: row.no.clone(),
            title: row.title.clone(),
            customer: row.customer_name.clone(),
            kind: DealKind::parse(&row.kind).map(|k| t.deal_kind(k)).unwrap_or_default().to_owned(),
            step: Step::parse(&row.step).map(|s| t.step(s)).unwrap_or_default().to_owned(),
            status: status.map(|s| t.deal_status(s)).unwrap_or_default().to_owned(),
            status_kind: match status {
                Some(DealStatus::Open) => "info",
                Some(DealStatus::Completed) => "ok",
                _ => "plain",
            },
            is_urgent: row.is_urgent,
            is_changing: row.change_no.is_some(),
            opened: t.date(row.opened_at.with_timezone(&ZONE).date_naive()),
            next: row
                .next_action
                .as_deref()
                .filter(|_| is_open)
                .and_then(Action::parse)
                .map(|a| t.next_act(a).to_owned()),
            turn: role
                .map(|r| if r == Role::SalesRep { owner.clone() } else { t.role(r).to_owned() })
                .unwrap_or_default(),
            owner,
            due,
            promise,
            amount: row.amount.filter(|_| policy::may_ever(&who.actor, Act::SeePrices)).map(format_money),
            mark,
        }
    }
}

/// Delivery runs on the wall clock, every other step in working time.
fn chip(web: &Web, t: Lang, step: &str, at: DateTime<Utc>) -> Chip {
    if step == Step::Delivery.code() { Chip::natural(web, t, at) } else { Chip::working(web, t, at) }
}

/// One column of a board.
pub struct Column {
    pub label: String,
    pub count: i64,
    pub late: i64,
    /// Left out for readers without prices and for columns too long to be added up.
    pub sum: Option<String>,
    pub cards: Vec<DealLine>,
    /// The same as a table, when not every card is shown.
    pub more: Option<String>,
}

#[derive(Template)]
#[template(path = "deals/list.html")]
struct ListPage {
    chrome: Chrome,
    t: Lang,
    is_board: bool,
    table_href: String,
    board_href: String,
    asked: Asked,
    status: String,
    steps: Vec<Choice>,
    statuses: Vec<Choice>,
    /// Empty for those who open no deals.
    new_href: &'static str,
    sees_prices: bool,
    is_filtered: bool,
    lines: Vec<DealLine>,
    columns: Vec<Column>,
    total: i64,
    first: Option<String>,
    older: Option<String>,
}

fn filter(who: &SignedIn, asked: &Asked, status: &str, now: DateTime<Utc>) -> DealFilter {
    let mut filter = DealFilter {
        text: search_text(&asked.q),
        step: Step::parse(&asked.step).map(|s| s.code().to_owned()),
        status: DealStatus::parse(status).map(|s| s.code().to_owned()),
        urgent: (asked.urgent == "yes").then_some(()),
        late_at: (asked.late == "yes").then_some(now),
        ..DealFilter::default()
    };
    if asked.mine == "yes" {
        // Who sells has own deals; who decides or delivers has deals whose turn it is.
        if policy::may_ever(&who.actor, Act::OpenDeal) {
            filter.owner = Some(who.actor.id);
        } else {
            filter.turn_roles = page::role_codes(&who.actor);
        }
    }
    filter
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeDeal)?;
    let t = who.t();
    let now = web.app().clock.now();
    let is_board = asked.view == "board";
    let status = match &asked.status {
        Some(status) => status.clone(),
        None if search_text(&asked.q).is_some() => String::new(),
        None => DealStatus::Open.code().to_owned(),
    };
    let mut filter = filter(&who, &asked, &status, now);
    let is_filtered = filter.text.is_some()
        || filter.step.is_some()
        || filter.urgent.is_some()
        || filter.late_at.is_some()
        || !asked.mine.is_empty()
        || asked.status.is_some();
    let visible = policy::visible_deals(&who.actor);
    let sees_prices = policy::may_ever(&who.actor, Act::SeePrices);
    let address_of = |view: &str, step: &str, before: &str| {
        let status = asked.status.as_deref().unwrap_or_default();
        let pairs = [
            ("view", view),
            ("q", asked.q.as_str()),
            ("step", step),
            ("status", status),
            ("mine", &asked.mine),
            ("urgent", &asked.urgent),
            ("late", &asked.late),
            ("before", before),
        ];
        address("/deals", &pairs)
    };
    let mut conn = web.app().db.read().await?;
    let total = lists::count_deals(&mut conn, visible, &filter).await?;
    let (mut lines, mut columns, mut older) = (Vec::new(), Vec::new(), None);
    if is_board {
        let steps: Vec<Step> =
            Step::ALL.iter().copied().filter(|s| filter.step.as_deref().is_none_or(|only| only == s.code())).collect();
        for step in steps {
            let of_step =
                DealFilter { step: Some(step.code().to_owned()), most_urgent_first: Some(()), ..filter.clone() };
            let rows = lists::deals(&mut conn, visible, &of_step, COLUMN).await?;
            let count = lists::count_deals(&mut conn, visible, &of_step).await?;
            let late = lists::count_deals(&mut conn, visible, &DealFilter { late_at: Some(now), ..of_step }).await?;
            let is_whole = i64::try_from(rows.len()).is_ok_and(|read| read == count);
            let sum: Decimal = rows.iter().filter_map(|r| r.amount).sum();
            columns.push(Column {
                label: t.step(step).to_owned(),
                count,
                late,
                sum: (sees_prices && is_whole).then(|| format_money(sum)),
                more: (rows.len() > CARDS).then(|| address_of("", step.code(), "")),
                cards: rows.iter().take(CARDS).map(|r| DealLine::of(&web, &who, r)).collect(),
            });
        }
    } else {
        filter.before = read_cursor(&asked.before);
        let rows = lists::deals(&mut conn, visible, &filter, PAGE + 1).await?;
        let shown = rows.len().min(usize::try_from(PAGE).unwrap_or(usize::MAX));
        if rows.len() > shown {
            older = rows.get(shown - 1).map(|last| address_of("", &asked.step, &cursor(last)));
        }
        lines = rows.iter().take(shown).map(|r| DealLine::of(&web, &who, r)).collect();
    }
    drop(conn);
    page::page(&ListPage {
        chrome: page::chrome(&web, &who, Section::Deals).await?,
        t,
        is_board,
        table_href: address_of("", &asked.step, ""),
        board_href: address_of("board", &asked.step, ""),
        steps: Step::ALL.iter().map(|s| Choice::new(s.code(), t.step(*s))).collect(),
        statuses: DealStatus::ALL.iter().map(|s| Choice::new(s.code(), t.deal_status(*s))).collect(),
        new_href: if policy::may_ever(&who.actor, Act::OpenDeal) { "/deals/new" } else { "" },
        sees_prices,
        is_filtered,
        lines,
        columns,
        total,
        first: filter.before.map(|_| address_of("", &asked.step, "")),
        older,
        status,
        asked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_cursor_is_followed() {
        let id = Uuid::from_u128(7);
        assert_eq!(
            read_cursor(&format!("1763870000000000.{id}")).map(|(at, i)| (at.timestamp(), i)),
            Some((1_763_870_000, id))
        );
        for broken in [
            "",
            "1763870000000000",
            "x.y",
            "-1.00000000-0000-0000-0000-000000000007",
            "9223372036854775807.00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(read_cursor(broken), None, "{broken}");
        }
    }

    #[test]
    fn an_address_holds_only_what_was_chosen() {
        assert_eq!(address("/deals", &[("view", ""), ("q", "")]), "/deals");
        assert_eq!(
            address("/deals", &[("q", "华东 1&2"), ("late", "yes")]),
            "/deals?q=%E5%8D%8E%E4%B8%9C+1%262&late=yes"
        );
    }

    #[test]
    fn a_search_is_one_short_line() {
        assert_eq!(search_text(" a\0b\n"), Some("ab".to_owned()));
        assert_eq!(search_text(" \t"), None);
        assert_eq!(search_text(&"x".repeat(500)).map(|t| t.len()), Some(100));
    }
}
