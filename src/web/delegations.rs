//! Delegations (DOMAIN 3.8): who stands in for whom, set and ended.
//!
//! A person sees the own ones; a superior also those of the team; the administrator all.

use super::check::{Checker, FieldErrors};
use super::form::{Choice, ErrorItem, FormView};
use super::page::{self, Chrome, Section};
use super::{Post, Problem, SignedIn, Web};
use crate::app::NewDelegation;
use crate::domain::approval::NodeKind;
use crate::domain::delegation::DelegationFlaw;
use crate::domain::ids::{DelegationId, PersonId};
use crate::domain::money::format_money;
use crate::domain::policy;
use crate::store::delegations::{self, DelegationRow};
use crate::store::people::{self, Person};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

const ADDRESS: &str = "/delegations";
/// The most rows shown.
const LIMIT: i64 = 200;

pub fn routes() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(set)).route("/delegations/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "delegations.html")]
struct DelegationsPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    rows: Vec<RowView>,
    delegators: Vec<Choice>,
    delegates: Vec<Choice>,
    kinds: Vec<Choice>,
    suggestions: Vec<String>,
}

struct RowView {
    id: String,
    delegator: String,
    delegate: String,
    kinds: String,
    cap: Option<String>,
    from: String,
    until: String,
    state: &'static str,
    state_kind: &'static str,
    set_by: String,
    reason: String,
    may_end: bool,
}

fn row_view(t: Lang, who: &SignedIn, everybody: &[Person], row: &DelegationRow, now: DateTime<Utc>) -> RowView {
    let until = row.ended_at.unwrap_or(row.ends_at);
    let (state, state_kind) = if until <= now {
        (t.delegation_state_over(), "plain")
    } else if row.starts_at > now {
        (t.delegation_state_planned(), "info")
    } else {
        (t.delegation_state_running(), "ok")
    };
    let delegator = everybody.iter().find(|p| p.id == row.delegator);
    RowView {
        id: row.id.to_string(),
        delegator: t.person(&row.delegator_name),
        delegate: t.person(&row.delegate_name),
        kinds: t.list(row.kinds.iter().map(|k| t.node_kind(*k))),
        cap: row.cap.map(|cap| t.delegation_up_to(format_money(cap))),
        from: t.moment_full(row.starts_at),
        until: t.moment_full(until),
        state,
        state_kind,
        set_by: t.delegation_set_by(t.person(&row.set_by_name)),
        reason: row.reason.clone(),
        may_end: until > now && delegator.is_some_and(|p| policy::may_delegate(&who.actor, &p.colleague()).is_ok()),
    }
}

async fn of(web: &Web, who: &SignedIn, form: FormView) -> Result<DelegationsPage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    let mine = |p: &&Person| policy::may_delegate(&who.actor, &p.colleague()).is_ok();
    let mut delegators: Vec<&Person> = everybody.iter().filter(mine).collect();
    // Oneself first.
    delegators.sort_by_key(|p| p.id != who.actor.id);
    let mut shown: Vec<PersonId> = delegators.iter().map(|p| p.id).collect();
    shown.push(who.actor.id);
    let rows = delegations::list(&mut conn, &shown, LIMIT).await?;
    let late = delegations::late_people(&mut conn, &shown, now).await?;
    drop(conn);
    let name = |p: &Person| page::name_in(t, &p.name, &p.name_en);
    let mut kinds: Vec<NodeKind> = delegators.iter().flat_map(|p| policy::kinds_of(&p.actor())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(DelegationsPage {
        chrome: page::chrome(web, who, Section::Approvals).await?,
        t,
        errors: form.errors(),
        form,
        rows: rows.iter().map(|r| row_view(t, who, &everybody, r, now)).collect(),
        delegators: delegators.iter().map(|p| Choice::new(p.login.clone(), name(p))).collect(),
        delegates: everybody
            .iter()
            .filter(|p| policy::may_stand_in(&p.colleague()))
            .map(|p| Choice::new(p.login.clone(), format!("{} · {}", name(p), t.department(p.department))))
            .collect(),
        kinds: kinds.iter().map(|k| Choice::new(k.code(), t.node_kind(*k))).collect(),
        suggestions: late
            .iter()
            .filter(|(id, _)| *id != who.actor.id)
            .filter_map(|(id, count)| Some(t.delegation_suggest(count, name(everybody.iter().find(|p| p.id == *id)?))))
            .collect(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, FormView::default()).await?)
}

/// The field that a flaw belongs to, and its words.
fn told(t: Lang, flaw: &DelegationFlaw) -> (String, String) {
    let (field, words) = match flaw {
        DelegationFlaw::SamePerson => ("delegate", t.delegation_flaw_same().to_owned()),
        DelegationFlaw::Inactive => ("delegate", t.delegation_flaw_inactive().to_owned()),
        DelegationFlaw::NoKinds => ("delegation_kinds", t.delegation_flaw_no_kinds().to_owned()),
        DelegationFlaw::NotTheirs(k) => ("delegation_kinds", t.delegation_flaw_not_theirs(t.node_kind(*k))),
        DelegationFlaw::LowerRank => ("delegate", t.delegation_flaw_lower_rank().to_owned()),
        DelegationFlaw::EndsBeforeStart => ("delegation_ends_at", t.delegation_flaw_before().to_owned()),
        DelegationFlaw::EndsInThePast => ("delegation_ends_at", t.delegation_flaw_past().to_owned()),
        DelegationFlaw::TooLong => ("delegation_ends_at", t.delegation_flaw_too_long().to_owned()),
        DelegationFlaw::Overlaps(k) => ("delegation_kinds", t.delegation_flaw_overlaps(t.node_kind(*k))),
        DelegationFlaw::PassedOn(k) => ("delegation_kinds", t.delegation_flaw_passed_on(t.node_kind(*k))),
    };
    (field.to_owned(), words)
}

async fn typed(web: &Web, post: &Post) -> Result<Result<NewDelegation, FieldErrors>, Problem> {
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let person = |raw: &str| everybody.iter().find(|p| p.login == raw.trim()).map(|p| p.id);
    let mut check = Checker::new(&post.form);
    let delegator = check.choice("delegator", person);
    let delegate = check.choice("delegate", person);
    let kinds: Vec<NodeKind> = check.all("delegation_kinds").iter().filter_map(|raw| NodeKind::parse(raw)).collect();
    let cap = check.optional_decimal("amount_cap", 2, Decimal::ONE, Decimal::from(999_999_999_999_i64));
    let starts_at = check.date_time("delegation_starts_at");
    let ends_at = check.date_time("delegation_ends_at");
    let reason = check.long_text("delegation_reason", 2, 500);
    Ok(match (check.finish(), delegator, delegate, starts_at.zip(ends_at), reason) {
        (Ok(()), Some(delegator), Some(delegate), Some((starts_at, ends_at)), Some(reason)) => {
            Ok(NewDelegation { delegator, delegate, kinds, cap, starts_at, ends_at, reason })
        }
        (checked, ..) => Err(checked.err().unwrap_or_default()),
    })
}

async fn set(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let errors = match typed(&web, &post).await? {
        Ok(new) => match web.app().delegate(&post.by(ADDRESS), new).await.map_err(|f| post.keeping(f))? {
            Ok(done) => return Ok(page::see_other(&web, done.then(), "saved")),
            Err(flaws) => flaws.iter().map(|flaw| told(t, flaw)).collect(),
        },
        Err(found) => found.into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect(),
    };
    page::invalid(&of(&web, &post.who, FormView::typed(&post.form, errors)).await?)
}

async fn end(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let id = Uuid::parse_str(&id).map_err(|_| Problem::Missing)?;
    let done = web.app().end_delegation(&post.by(ADDRESS), DelegationId(id)).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
