//! The working calendar: a year at a glance, the draft of the next version with what it would move, a box
//! to try a limit, and every version there was.

mod draft;
mod list;
mod year;

use super::places::{CALENDAR, Tab};
use crate::app::calendars::Moved;
use crate::domain::calendar::{Calendar, CalendarData, DayKind, Standing, Whose, WorkingMinutes, ZONE, local_date};
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Department;
use crate::store::calendars::{self, CalendarVersion};
use crate::store::people::{self, Person};
use crate::web::explained::{Explained, explain};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::Deserialize;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/calendar", get(show))
        .route("/settings/calendar/list", get(back).post(draft::list))
        .route("/settings/calendar/day", get(back).post(draft::day))
        .route("/settings/calendar/hours", get(back).post(draft::hours))
        .route("/settings/calendar/remove", get(back).post(draft::remove))
        .route("/settings/calendar/discard", get(back).post(draft::discard))
        .route("/settings/calendar/publish", get(back).post(draft::publish))
        .route("/settings/calendar/recompute", get(back).post(draft::recompute))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    year: String,
    #[serde(default)]
    whose: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    minutes: String,
}

/// An entry of somebody's own hours or days.
struct OwnLine {
    index: String,
    whose: String,
    what: String,
    hours: String,
}

struct MovedLine {
    href: String,
    no: String,
    node: &'static str,
    before: String,
    after: String,
}

struct DraftView {
    words: String,
    note: String,
    is_own: bool,
    /// The date, what it was and what it becomes.
    changes: Vec<(String, &'static str, &'static str)>,
    own: Vec<OwnLine>,
    moved: Vec<MovedLine>,
}

struct TestResult {
    words: String,
    explained: Explained,
}

struct VersionLine {
    label: String,
    state: &'static str,
    state_kind: &'static str,
    drafted: String,
    published: String,
    note: String,
}

#[derive(Template)]
#[template(path = "settings/calendar.html")]
struct CalendarPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    errors: Vec<ErrorItem>,
    revision: i64,
    year: year::YearView,
    is_provisional: bool,
    whose: Vec<Choice>,
    everybody_else: Vec<Choice>,
    test: Option<TestResult>,
    draft: Option<DraftView>,
    can_draft: bool,
    can_publish: bool,
    own: Vec<OwnLine>,
    /// Open nodes that the calendar in force would have due at another moment than is stored.
    stale: Vec<MovedLine>,
    versions: Vec<VersionLine>,
}

/// What was typed, with the revision it was made from.
struct Typed {
    form: FormView,
    revision: i64,
}

/// Codes of the people and departments that calendars can be for.
fn whose_code(whose: Whose) -> String {
    match whose {
        Whose::Everybody => "everybody".to_owned(),
        Whose::Department(d) => format!("department-{}", d.code()),
        Whose::Person(p) => format!("person-{p}"),
    }
}

fn parse_whose(raw: &str, people: &[Person]) -> Option<Whose> {
    if raw == "everybody" {
        return Some(Whose::Everybody);
    }
    if let Some(code) = raw.strip_prefix("department-") {
        return Department::parse(code).map(Whose::Department);
    }
    let id: PersonId = raw.strip_prefix("person-")?.parse::<uuid::Uuid>().ok()?.into();
    people.iter().any(|p| p.id == id).then_some(Whose::Person(id))
}

fn whose_name(t: Lang, whose: Whose, people: &[Person]) -> String {
    match whose {
        Whose::Everybody => t.calendar_everybody().to_owned(),
        Whose::Department(d) => t.department(d).to_owned(),
        Whose::Person(p) => people
            .iter()
            .find(|known| known.id == p)
            .map_or_else(String::new, |known| name_in(t, &known.name, &known.name_en)),
    }
}

fn whose_choices(t: Lang, people: &[Person]) -> Vec<Choice> {
    let everybody = std::iter::once(Whose::Everybody);
    let departments = Department::ALL.iter().copied().map(Whose::Department);
    let persons = people.iter().filter(|p| p.is_active).map(|p| Whose::Person(p.id));
    everybody
        .chain(departments)
        .chain(persons)
        .map(|whose| Choice::new(whose_code(whose), whose_name(t, whose, people)))
        .collect()
}

/// `09:00–12:00, 13:00–18:00`; a word for no hours at all.
fn hours_text(t: Lang, hours: &[(u16, u16)]) -> String {
    if hours.is_empty() {
        return t.calendar_no_hours().to_owned();
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    hours.iter().map(|(from, to)| format!("{}–{}", clock(*from), clock(*to))).collect::<Vec<_>>().join(", ")
}

fn own_lines(t: Lang, data: &CalendarData, people: &[Person]) -> Vec<OwnLine> {
    let usual = data.hours.iter().enumerate().map(|(i, h)| OwnLine {
        index: format!("hours-{i}"),
        whose: whose_name(t, h.whose, people),
        what: t.calendar_usual_hours().to_owned(),
        hours: hours_text(t, h.hours.intervals()),
    });
    let days = data.days.iter().enumerate().map(|(i, d)| OwnLine {
        index: format!("day-{i}"),
        whose: whose_name(t, d.whose, people),
        what: format!("{} {}", t.date(d.date), d.name),
        hours: hours_text(t, d.hours.intervals()),
    });
    usual.chain(days).collect()
}

fn kind_word(t: Lang, kind: Option<DayKind>) -> &'static str {
    match kind {
        None => t.calendar_by_weekday(),
        Some(DayKind::Off) => t.calendar_off(),
        Some(DayKind::Work) => t.calendar_make_up(),
    }
}

fn moved_lines(t: Lang, moved: &[Moved]) -> Vec<MovedLine> {
    moved
        .iter()
        .map(|m| MovedLine {
            href: format!("/deals/{}/approval", m.of.deal_no),
            no: m.of.deal_no.clone(),
            node: t.node_kind(m.of.kind),
            before: t.moment_full(m.of.due_at),
            after: t.moment_full(m.to),
        })
        .collect()
}

fn name(t: Lang, person: Option<&(String, String)>) -> String {
    person.map_or_else(|| t.contract_with_product().to_owned(), |(zh, en)| name_in(t, zh, en))
}

fn version_line(t: Lang, in_force: &str, v: &CalendarVersion) -> VersionLine {
    let (state, state_kind) = match v.published_at {
        None => (t.contract_state_draft(), "warn"),
        Some(_) if v.label == in_force => (t.contract_state_in_force(), "ok"),
        Some(_) => (t.contract_state_former(), "plain"),
    };
    VersionLine {
        label: t.calendar_label(&v.label),
        state,
        state_kind,
        drafted: format!("{} {}", name(t, v.drafter.as_ref()), t.moment_full(v.drafted_at)),
        published: v
            .published_at
            .map(|at| format!("{} {}", name(t, v.publisher.as_ref()), t.moment_full(at)))
            .unwrap_or_default(),
        note: v.note.clone().unwrap_or_default(),
    }
}

/// A moment typed in company time, as a browser sends it.
fn moment(raw: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(raw, "%Y-%m-%dT%H:%M").ok()?;
    local.and_local_timezone(ZONE).single().map(|at| at.to_utc())
}

/// The calendar of one of the choices; `on_call` is the clock of the fast path.
fn test(t: Lang, web: &Web, asked: &Asked, people: &[Person]) -> Option<TestResult> {
    let from = moment(&asked.from)?;
    let minutes = asked.minutes.trim().parse::<i64>().ok().filter(|m| (0..=100_000).contains(m))?;
    let company: &Calendar = &web.app().calendar;
    let on_call = Calendar::on_call();
    let calendar: &Calendar = if asked.whose == "on_call" {
        &on_call
    } else {
        match parse_whose(&asked.whose, people)? {
            Whose::Everybody => company,
            Whose::Department(d) => company.of_department(d),
            Whose::Person(p) => company.of_person(p, people.iter().find(|known| known.id == p).map(|p| p.department)),
        }
    };
    let due = calendar.add_working_minutes(from, WorkingMinutes::new(minutes));
    Some(TestResult {
        words: t.calendar_test_result(t.moment_full(due), t.moment_full(from), minutes),
        explained: explain(t, calendar, from, due),
    })
}

async fn build(web: &Web, who: &SignedIn, asked: &Asked, typed: Option<Typed>) -> Result<CalendarPage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    web.app().take_up_calendar().await?;
    let mut conn = web.app().db.read().await?;
    let versions = calendars::versions(&mut conn).await?;
    let people = people::all(&mut conn).await?;
    drop(conn);
    let company: &Calendar = &web.app().calendar;
    let in_force = versions.iter().find(|v| v.label == company.version()).map(|v| v.data.clone()).unwrap_or_default();
    let drafted = versions.iter().find(|v| v.is_draft());
    let chosen = asked.year.parse::<i32>().ok().filter(|y| (2020..=2100).contains(y));
    let chosen = chosen.unwrap_or_else(|| local_date(now).year());
    let draft = match drafted {
        Some(v) => Some(DraftView {
            words: t.calendar_draft_by(name(t, v.drafter.as_ref()), &v.label, t.moment_full(v.drafted_at)),
            note: v.note.clone().unwrap_or_default(),
            is_own: v.drafted_by == Some(who.actor.id),
            changes: v
                .data
                .differences_from(&in_force)
                .into_iter()
                .map(|(date, before, after)| (t.date(date), kind_word(t, before), kind_word(t, after)))
                .collect(),
            own: own_lines(t, &v.data, &people),
            moved: match Calendar::of_company(&v.label, &v.data) {
                Ok(calendar) => moved_lines(t, &web.app().moved_by(&calendar).await?),
                Err(_) => Vec::new(),
            },
        }),
        None => None,
    };
    let (form, revision) = if let Some(typed) = typed {
        (typed.form, typed.revision)
    } else {
        let mut form = FormView::default();
        let start = now.with_timezone(&ZONE).format("%Y-%m-%dT%H:%M").to_string();
        form.push("from", if asked.from.is_empty() { start } else { asked.from.clone() });
        form.push("minutes", if asked.minutes.is_empty() { "480".to_owned() } else { asked.minutes.clone() });
        form.push("whose", if asked.whose.is_empty() { "everybody".to_owned() } else { asked.whose.clone() });
        (form, drafted.map_or(0, |v| v.revision))
    };
    let mut whose = whose_choices(t, &people);
    let everybody_else = whose.clone();
    whose.insert(1, Choice::new("on_call", t.calendar_on_call()));
    Ok(CalendarPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: CALENDAR.tabs(who),
        errors: form.errors(),
        form,
        revision,
        is_provisional: in_force.years.iter().all(|y| y.year != chosen || y.standing == Standing::Provisional),
        year: year::of(t, company, chosen, local_date(now)),
        whose,
        everybody_else,
        test: test(t, web, asked, &people),
        draft,
        can_draft: policy::may_ever(&who.actor, Act::DraftRules),
        can_publish: policy::may_ever(&who.actor, Act::PublishRules),
        own: own_lines(t, &in_force, &people),
        stale: moved_lines(t, &web.app().moved_by(company).await?),
        versions: versions.iter().map(|v| version_line(t, company.version(), v)).collect(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    CALENDAR.open(&who)?;
    page::page(&build(&web, &who, &asked, None).await?)
}

async fn back() -> Redirect {
    Redirect::to(CALENDAR.href)
}
