//! Deliveries by promise and exceptions by age: two lists over everything the reader may see.

use super::boards::{address, search_text, token};
use super::deals::Chip;
use super::form::Choice;
use super::page::{self, Chrome, Section, name_in};
use super::work::only;
use super::{Problem, SignedIn, Web};
use crate::domain::calendar::{ZONE, local_date};
use crate::domain::delivery::{ExceptionKind, ExceptionStatus, STAGES, Severity};
use crate::domain::order::DeliveryStage;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Department;
use crate::store::delivery_list::{self, BatchFilter, BatchRow, ExceptionFilter, ExceptionRow};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

/// Rows of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new().route("/deliveries", get(batches)).route("/exceptions", get(exceptions))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub q: String,
    pub stage: String,
    pub today: String,
    pub trouble: String,
    pub after: String,
}

impl Asked {
    /// The address of the list, from this row on.
    fn at(&self, after: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("stage", self.stage.as_str()),
            ("today", self.today.as_str()),
            ("trouble", self.trouble.as_str()),
            ("after", after),
        ];
        address("/deliveries", &pairs)
    }

    /// The filter from the first page on.
    pub fn filter(&self, now: DateTime<Utc>) -> BatchFilter {
        BatchFilter {
            text: search_text(&self.q),
            stage: DeliveryStage::parse(&self.stage).map(|s| s.code().to_owned()),
            promised_before: (self.today == "yes").then(|| end_of(now)).flatten(),
            with_exception: (self.trouble == "yes").then_some(()),
            after: None,
        }
    }
}

struct Line {
    order_no: String,
    deal_no: String,
    is_urgent: bool,
    customer: String,
    owner: String,
    goods: String,
    batch: Option<String>,
    promise: Chip,
    original: Option<String>,
    stage: String,
    stage_kind: &'static str,
    progress: i32,
    has_exception: bool,
    mark: &'static str,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    chrome: Chrome,
    t: Lang,
    asked: Asked,
    stages: Vec<Choice>,
    is_filtered: bool,
    /// The address asked for a page that is none.
    is_astray: bool,
    lines: Vec<Line>,
    first: Option<String>,
    next: Option<String>,
}

fn line(web: &Web, t: Lang, row: &BatchRow, now: DateTime<Utc>) -> Line {
    let promise = Chip::natural(web, t, row.promised_at);
    let stage = row.stage.as_deref().and_then(DeliveryStage::parse);
    let is_late = row.stage_planned_end.is_some_and(|at| at < now);
    Line {
        order_no: row.order_no.clone(),
        deal_no: row.deal_no.clone(),
        is_urgent: row.is_urgent,
        customer: row.customer_name.clone(),
        owner: name_in(t, &row.owner_name, &row.owner_name_en),
        goods: format!("{} {}", name_in(t, &row.line_name, &row.line_name_en), t.quantity(row.quantity, &row.unit)),
        batch: (row.batch_no > 1).then(|| t.deliveries_list_batch(row.batch_no)),
        original: (row.original_at != row.promised_at).then(|| t.moment(row.original_at)),
        stage: stage.map(|s| t.delivery_stage(s)).unwrap_or_default().to_owned(),
        stage_kind: if is_late { "bad" } else { "info" },
        progress: row.progress,
        has_exception: row.has_exception,
        mark: match promise.kind {
            "overdue" => "is-late",
            "due" => "is-due",
            _ if is_late => "is-due",
            _ => "",
        },
        promise,
    }
}

/// The end of a company day.
fn end_of(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let midnight = local_date(now).succ_opt()?.and_time(NaiveTime::MIN);
    midnight.and_local_timezone(ZONE).single().map(|at| at.to_utc())
}

async fn batches(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeOrders)?;
    let t = who.t();
    let now = web.app().clock.now();
    let (key, list) = (&web.installation().server_key, asked.at(""));
    let filter = BatchFilter { after: token::open_part(key, &list, &asked.after), ..asked.filter(now) };
    let mut conn = web.app().db.search().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = delivery_list::open_batches(&mut conn, policy::visible_deals(&who.actor), &filter, limit).await?;
    drop(conn);
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    page::page(&DeliveriesPage {
        chrome: page::chrome(&web, &who, Section::Deliveries).await?,
        t,
        stages: STAGES.iter().map(|s| Choice::new(s.code(), t.delivery_stage(*s))).collect(),
        is_filtered: filter.text.is_some()
            || filter.stage.is_some()
            || filter.promised_before.is_some()
            || filter.with_exception.is_some(),
        is_astray: !asked.after.is_empty() && filter.after.is_none(),
        first: filter.after.map(|_| asked.at("")),
        next: rows
            .last()
            .filter(|_| has_more)
            .map(|r| asked.at(&token::mint_part(key, &list, r.promised_at, r.line_id, r.batch_no))),
        lines: rows.iter().map(|r| line(&web, t, r, now)).collect(),
        asked,
    })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AskedExceptions {
    pub q: String,
    pub kind: String,
    pub department: String,
    pub overdue: String,
    pub closed: String,
    pub before: String,
}

impl AskedExceptions {
    /// The address of the list, from this row on.
    fn at(&self, before: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("kind", self.kind.as_str()),
            ("department", self.department.as_str()),
            ("overdue", self.overdue.as_str()),
            ("closed", self.closed.as_str()),
            ("before", before),
        ];
        address("/exceptions", &pairs)
    }

    /// The filter from the first page on.
    pub fn filter(&self, now: DateTime<Utc>) -> ExceptionFilter {
        ExceptionFilter {
            text: search_text(&self.q),
            kind: ExceptionKind::parse(&self.kind).map(|k| k.code().to_owned()),
            department: Department::parse(&self.department).map(|d| d.code().to_owned()),
            with_closed: (self.closed == "yes").then_some(()),
            overdue_at: (self.overdue == "yes").then_some(now),
            before: None,
        }
    }
}

struct ExceptionLine {
    no: String,
    kind: &'static str,
    text: String,
    is_severe: bool,
    state: &'static str,
    state_kind: &'static str,
    department: &'static str,
    due: Option<Chip>,
    opened: String,
    opened_by: String,
    order_no: String,
    deal_no: String,
    customer: String,
}

#[derive(Template)]
#[template(path = "exceptions.html")]
struct ExceptionsPage {
    chrome: Chrome,
    t: Lang,
    asked: AskedExceptions,
    kinds: Vec<Choice>,
    departments: Vec<Choice>,
    is_filtered: bool,
    /// The address asked for a page that is none.
    is_astray: bool,
    lines: Vec<ExceptionLine>,
    first: Option<String>,
    older: Option<String>,
}

fn exception_line(web: &Web, t: Lang, row: &ExceptionRow) -> Option<ExceptionLine> {
    let status = ExceptionStatus::parse(&row.status)?;
    Some(ExceptionLine {
        no: row.no.clone(),
        kind: t.exception_kind(ExceptionKind::parse(&row.kind)?),
        text: row.text.clone(),
        is_severe: Severity::parse(&row.severity) == Some(Severity::Severe),
        state: t.exception_status(status),
        state_kind: match status {
            ExceptionStatus::Open => "bad",
            ExceptionStatus::Planned => "warn",
            ExceptionStatus::Closed => "ok",
        },
        department: t.department(Department::parse(&row.department)?),
        due: row.due_at.map(|at| Chip::working(web, t, at)),
        opened: t.moment(row.opened_at),
        opened_by: t.person(&row.opened_by),
        order_no: row.order_no.clone(),
        deal_no: row.deal_no.clone(),
        customer: row.customer_name.clone(),
    })
}

async fn exceptions(
    State(web): State<Web>,
    who: SignedIn,
    Query(asked): Query<AskedExceptions>,
) -> Result<Response, Problem> {
    only(&who, Act::SeeOrders)?;
    let t = who.t();
    let now = web.app().clock.now();
    let (key, list) = (&web.installation().server_key, asked.at(""));
    let filter = ExceptionFilter { before: token::open(key, &list, &asked.before), ..asked.filter(now) };
    let mut conn = web.app().db.search().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = delivery_list::exceptions(&mut conn, policy::visible_deals(&who.actor), &filter, limit).await?;
    drop(conn);
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    page::page(&ExceptionsPage {
        chrome: page::chrome(&web, &who, Section::Deliveries).await?,
        t,
        kinds: ExceptionKind::ALL.iter().map(|k| Choice::new(k.code(), t.exception_kind(*k))).collect(),
        departments: Department::ALL
            .iter()
            .filter(|d| !matches!(d, Department::Management | Department::It))
            .map(|d| Choice::new(d.code(), t.department(*d)))
            .collect(),
        is_filtered: filter.text.is_some()
            || filter.kind.is_some()
            || filter.department.is_some()
            || filter.overdue_at.is_some()
            || filter.with_closed.is_some(),
        is_astray: !asked.before.is_empty() && filter.before.is_none(),
        first: filter.before.map(|_| asked.at("")),
        older: rows.last().filter(|_| has_more).map(|r| asked.at(&token::mint(key, &list, r.opened_at, r.id))),
        lines: rows.iter().filter_map(|r| exception_line(&web, t, r)).collect(),
        asked,
    })
}
