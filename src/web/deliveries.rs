//! Deliveries by promise and exceptions by age: two lists over everything the reader may see.

use super::boards::search_text;
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
use uuid::Uuid;

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
    pub fn filter(&self, now: DateTime<Utc>) -> BatchFilter {
        BatchFilter {
            text: search_text(&self.q),
            stage: DeliveryStage::parse(&self.stage).map(|s| s.code().to_owned()),
            promised_before: (self.today == "yes").then(|| end_of(now)).flatten(),
            with_exception: (self.trouble == "yes").then_some(()),
            after: read_cursor(&self.after),
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

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    super::boards::address(path, pairs)
}

/// The end of a company day.
fn end_of(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let midnight = local_date(now).succ_opt()?.and_time(NaiveTime::MIN);
    midnight.and_local_timezone(ZONE).single().map(|at| at.to_utc())
}

/// A cursor that says nothing wrong: moment, id, and a number where there is one.
fn read_cursor(raw: &str) -> Option<(DateTime<Utc>, Uuid, i32)> {
    let mut parts = raw.splitn(3, '_');
    let at = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
    Some((at, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn cursor(at: DateTime<Utc>, id: Uuid, number: i32) -> String {
    format!("{}_{id}_{number}", at.timestamp_micros())
}

async fn batches(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    only(&who, Act::SeeOrders)?;
    let t = who.t();
    let now = web.app().clock.now();
    let filter = asked.filter(now);
    let mut conn = web.app().db.search().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = delivery_list::open_batches(&mut conn, policy::visible_deals(&who.actor), &filter, limit).await?;
    drop(conn);
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let at = |after: &str| {
        let pairs = [
            ("q", asked.q.as_str()),
            ("stage", asked.stage.as_str()),
            ("today", asked.today.as_str()),
            ("trouble", asked.trouble.as_str()),
            ("after", after),
        ];
        address("/deliveries", &pairs)
    };
    page::page(&DeliveriesPage {
        chrome: page::chrome(&web, &who, Section::Deliveries).await?,
        t,
        stages: STAGES.iter().map(|s| Choice::new(s.code(), t.delivery_stage(*s))).collect(),
        is_filtered: filter.text.is_some()
            || filter.stage.is_some()
            || filter.promised_before.is_some()
            || filter.with_exception.is_some(),
        first: filter.after.map(|_| at("")),
        next: rows.last().filter(|_| has_more).map(|r| at(&cursor(r.promised_at, r.line_id, r.batch_no))),
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
    pub fn filter(&self, now: DateTime<Utc>) -> ExceptionFilter {
        ExceptionFilter {
            text: search_text(&self.q),
            kind: ExceptionKind::parse(&self.kind).map(|k| k.code().to_owned()),
            department: Department::parse(&self.department).map(|d| d.code().to_owned()),
            with_closed: (self.closed == "yes").then_some(()),
            overdue_at: (self.overdue == "yes").then_some(now),
            before: read_cursor(&self.before).map(|(at, id, _)| (at, id)),
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
    let filter = asked.filter(now);
    let mut conn = web.app().db.search().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = delivery_list::exceptions(&mut conn, policy::visible_deals(&who.actor), &filter, limit).await?;
    drop(conn);
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let at = |before: &str| {
        let pairs = [
            ("q", asked.q.as_str()),
            ("kind", asked.kind.as_str()),
            ("department", asked.department.as_str()),
            ("overdue", asked.overdue.as_str()),
            ("closed", asked.closed.as_str()),
            ("before", before),
        ];
        address("/exceptions", &pairs)
    };
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
        first: filter.before.map(|_| at("")),
        older: rows.last().filter(|_| has_more).map(|r| at(&cursor(r.opened_at, r.id, 0))),
        lines: rows.iter().filter_map(|r| exception_line(&web, t, r)).collect(),
        asked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nonsense_is_no_cursor() {
        let at = DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap_or_default();
        let id = Uuid::from_u128(7);
        assert_eq!(read_cursor(&cursor(at, id, 3)), Some((at, id, 3)));
        for nonsense in ["", "1", "1_2_3", "x_y_z", "9223372036854775807_00000000-0000-0000-0000-000000000007_1"] {
            assert_eq!(read_cursor(nonsense), None, "{nonsense}");
        }
    }
}
