//! Contract clauses: the versions there are, the draft of the next one, and putting it in force.
//!
//! A version is one text for each language: clauses are set apart by an empty line, the first line
//! of each is its title.

use super::places::{CONTRACT, Tab};
use crate::app::ClauseTexts;
use crate::domain::contract::{self, Clause, ClauseFlaw, Gap};
use crate::domain::policy::{self, Act};
use crate::store::documents;
use crate::web::form::{ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/contract", get(show).post(save))
        .route("/settings/contract/publish", get(back).post(publish))
}

struct VersionLine {
    number: i32,
    state: &'static str,
    state_kind: &'static str,
    drafted: String,
    published: String,
}

struct GapLine {
    name: String,
    meaning: &'static str,
}

#[derive(Template)]
#[template(path = "settings/contract.html")]
struct ContractPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    errors: Vec<ErrorItem>,
    /// Of the draft, 0 where there is none.
    revision: i64,
    draft: Option<String>,
    can_draft: bool,
    can_publish: bool,
    /// The reader wrote the draft, so that somebody else must publish it.
    is_own: bool,
    in_force: i32,
    versions: Vec<VersionLine>,
    gaps: Vec<GapLine>,
    zh: Vec<Clause>,
    en: Vec<Clause>,
}

/// What was typed, what is wrong with it, and the revision it was made from.
struct Typed {
    form: FormView,
    revision: i64,
}

async fn build(web: &Web, who: &SignedIn, typed: Option<Typed>) -> Result<ContractPage, Problem> {
    let t = who.t();
    let chrome = page::chrome(web, who, Section::Settings).await?;
    let mut conn = web.app().db.read().await?;
    let heads = documents::clause_heads(&mut conn).await?;
    let draft = heads.iter().find(|h| h.published_at.is_none());
    let in_force = heads.iter().find(|h| h.published_at.is_some()).map_or(0, |h| h.version_no);
    let shown = draft.map_or(in_force, |h| h.version_no);
    let zh = documents::clauses(&mut conn, shown, "zh").await?;
    let en = documents::clauses(&mut conn, shown, "en").await?;
    drop(conn);
    let stored_revision = draft.map_or(0, |h| h.revision);
    let (form, revision) = if let Some(typed) = typed {
        (typed.form, typed.revision)
    } else {
        let mut form = FormView::default();
        form.push("clauses_zh", contract::write(&zh));
        form.push("clauses_en", contract::write(&en));
        (form, stored_revision)
    };
    Ok(ContractPage {
        tabs: CONTRACT.tabs(who),
        errors: form.errors(),
        form,
        revision,
        draft: draft.map(|h| {
            t.contract_draft_by(
                h.version_no,
                t.moment_full(h.drafted_at),
                h.drafter.as_deref().map(|name| t.person(name)).unwrap_or_default(),
            )
        }),
        can_draft: policy::may_ever(&who.actor, Act::DraftClauses),
        can_publish: policy::may_ever(&who.actor, Act::PublishClauses),
        is_own: draft.is_some_and(|h| h.drafted_by == Some(who.actor.id)),
        in_force,
        versions: heads
            .iter()
            .map(|h| {
                let (state, state_kind) = match h.published_at {
                    None => (t.contract_state_draft(), "warn"),
                    Some(_) if h.version_no == in_force => (t.contract_state_in_force(), "ok"),
                    Some(_) => (t.contract_state_former(), "plain"),
                };
                let by = |who: &Option<String>| {
                    who.as_deref().map_or_else(|| t.contract_with_product().to_owned(), |name| t.person(name))
                };
                VersionLine {
                    number: h.version_no,
                    state,
                    state_kind,
                    drafted: format!("{} {}", by(&h.drafter), t.moment_full(h.drafted_at)),
                    published: h
                        .published_at
                        .map(|at| format!("{} {}", by(&h.publisher), t.moment_full(at)))
                        .unwrap_or_default(),
                }
            })
            .collect(),
        gaps: Gap::ALL
            .iter()
            .map(|gap| GapLine { name: format!("{{{}}}", gap.code()), meaning: t.contract_gap(*gap) })
            .collect(),
        zh,
        en,
        chrome,
        t,
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    CONTRACT.open(&who)?;
    page::page(&build(&web, &who, None).await?)
}

async fn back() -> Redirect {
    Redirect::to("/settings/contract")
}

fn told(t: Lang, flaw: &ClauseFlaw) -> String {
    match flaw {
        ClauseFlaw::Empty => t.contract_flaw_empty().to_owned(),
        ClauseFlaw::TooMany => t.contract_flaw_many(contract::MAX_CLAUSES),
        ClauseFlaw::Title { number } => t.contract_flaw_title(contract::MAX_TITLE, number),
        ClauseFlaw::Text { number } => t.contract_flaw_text(contract::MAX_TEXT, number),
        ClauseFlaw::UnknownGap { number, name } => t.contract_flaw_gap(format!("{{{name}}}"), number),
    }
}

async fn save(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    CONTRACT.open(&post.who)?;
    let t = post.t();
    let read = |field: &str| contract::parse(post.form.value(field));
    match (read("clauses_zh"), read("clauses_en")) {
        (Ok(zh), Ok(en)) => {
            let texts = ClauseTexts { zh, en };
            let by = post.by("/settings/contract");
            let done = web.app().draft_clauses(&by, post.form.version(), &texts).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        (zh, en) => {
            let flaws = [("clauses_zh", zh.err()), ("clauses_en", en.err())];
            let errors =
                flaws.into_iter().filter_map(|(field, flaw)| Some((field.to_owned(), told(t, &flaw?)))).collect();
            let form = FormView::typed(&post.form, errors);
            let typed = Typed { form, revision: post.form.version() };
            page::invalid(&build(&web, &post.who, Some(typed)).await?)
        }
    }
}

async fn publish(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let by = post.by("/settings/contract");
    let done = web.app().publish_clauses(&by, post.form.version()).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
