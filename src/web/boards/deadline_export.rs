//! The stretches behind a line of the deadline board as a file, with the reader's rights.

use super::deadlines::{DAYS, took};
use crate::documents::sheets::{Column, Kind, Table, Value};
use crate::domain::calendar::{Calendar, ZONE};
use crate::domain::policy::{self, Act};
use crate::domain::staff::Role;
use crate::store::turns::{self, Ended, Span};
use crate::web::sheet::{self, Format};
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};

/// Rows of one file.
const EXPORTED: i64 = 10_000;

fn list(role: Role) -> String {
    format!("/deadlines/{}", role.code())
}

/// A refused form leaves its address in the browser; opening it again leads to the list.
pub async fn back(Path(role): Path<String>) -> Redirect {
    Redirect::to(&Role::parse(&role).map_or_else(|| "/deadlines".to_owned(), list))
}

/// Moments as people sort them in a sheet, in company time.
fn moment(at: DateTime<Utc>) -> Value {
    Value::Text(at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string())
}

fn text(value: String) -> Value {
    if value.is_empty() { Value::Blank } else { Value::Text(value) }
}

fn table(t: Lang, company: &Calendar, role: Role, spans: &[Span]) -> Table {
    let column = |label: &str, kind, width| Column { label: label.to_owned(), kind, width };
    let on_call = Calendar::on_call();
    let cells = |s: &Span| {
        let person = s.person.as_deref().zip(s.person_en.as_deref());
        let is_late = s.due_at.is_some_and(|due| due < s.stretch.until);
        vec![
            text(s.deal_no.clone()),
            text(s.customer_name.clone()),
            text(person.map(|(name, english)| page::name_in(t, name, english)).unwrap_or_default()),
            moment(s.stretch.since),
            moment(s.stretch.until),
            Value::Number(took(company, &on_call, &s.stretch).get().into()),
            text(if is_late { t.ui_overdue().to_owned() } else { String::new() }),
        ]
    };
    Table {
        name: t.role(role).to_owned(),
        columns: vec![
            column(t.list_no(), Kind::Text, 18),
            column(t.list_customer(), Kind::Text, 30),
            column(t.deadline_person(), Kind::Text, 12),
            column(t.deadline_since(), Kind::Text, 16),
            column(t.deadline_until(), Kind::Text, 16),
            column(t.reports_working(), Kind::Number, 12),
            column(t.deadline_overdue(), Kind::Text, 10),
        ],
        rows: spans.iter().map(cells).collect(),
    }
}

pub async fn export(State(web): State<Web>, Path(role): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::SeeDeadlines)?;
    let t = post.t();
    let role = Role::parse(&role).filter(|r| policy::can_hold(*r)).ok_or(Problem::Missing)?;
    let visible = policy::visible_deals(&post.who.actor);
    let ended = Ended { after: web.app().clock.now() - TimeDelta::days(DAYS), before: None };
    let spans = turns::spans(&mut *web.app().db.search().await?, visible, &[role.code()], ended, EXPORTED + 1).await?;
    let spans = sheet::whole(spans, EXPORTED, list(role))?;
    let told = t.role(role).to_owned();
    web.app().tell_export(&post.by(""), "deadlines", spans.len(), told).await.map_err(|f| post.keeping(f))?;
    let table = table(t, &web.app().calendar, role, &spans);
    sheet::answer(&web, Format::asked(post.form.value("format")), table)
}
