//! The company's numbers: what is in force, the draft of the next version, putting it in force, and every
//! version there was with what it changed.

mod form;
mod history;
mod tryout;

use super::places::{LIMITS, Tab};
use crate::domain::calendar::local_date;
use crate::domain::policy::{self, Act};
use crate::domain::rules::{Rule, RuleBook, Rules};
use crate::store::rules::{self, RuleVersion};
use crate::web::form::{ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::NaiveDate;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/limits", get(show).post(form::save))
        .route("/settings/limits/publish", get(back).post(form::publish))
        .route("/settings/limits/try", get(tryout::show))
}

/// A heading and the numbers under it.
type Grouped = (fn(Lang) -> &'static str, &'static [Rule]);
/// Which numbers stand together on the page.
const GROUPS: [Grouped; 5] = [
    (
        Lang::rules_group_levels,
        &[Rule::ManagerAmount, Rule::DirectorAmount, Rule::RepDiscount, Rule::ManagerDiscount, Rule::DirectorDiscount],
    ),
    (
        Lang::rules_group_nodes,
        &[
            Rule::SalesManagerLimit,
            Rule::TechnicalLimit,
            Rule::FinanceLimit,
            Rule::ProductionLimit,
            Rule::SalesDirectorLimit,
            Rule::GeneralManagerLimit,
            Rule::Reapproval,
        ],
    ),
    (
        Lang::rules_group_fast,
        &[Rule::FastUses, Rule::FastWithin, Rule::FastLimit, Rule::PostReviewLimit, Rule::SurchargeRate],
    ),
    (Lang::rules_group_credit, &[Rule::CreditTolerance, Rule::CreditHoldDays, Rule::ReviewGraceDays]),
    (Lang::rules_group_quotes, &[Rule::QuoteValidDays, Rule::UrgentQuoteDays, Rule::ProjectQuoteDays]),
];

struct Line {
    code: &'static str,
    label: &'static str,
    unit: &'static str,
    is_switch: bool,
    /// In force today.
    now: String,
    /// In the draft, where that differs.
    drafted: Option<String>,
}

struct Group {
    title: &'static str,
    lines: Vec<Line>,
}

struct DraftView {
    words: String,
    reason: String,
    is_own: bool,
    changes: usize,
}

#[derive(Template)]
#[template(path = "settings/limits.html")]
struct LimitsPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    form: FormView,
    errors: Vec<ErrorItem>,
    revision: i64,
    groups: Vec<Group>,
    in_force: String,
    draft: Option<DraftView>,
    can_draft: bool,
    can_publish: bool,
    options: Vec<crate::web::form::Choice>,
    versions: Vec<history::VersionView>,
}

/// What stands in the database.
struct Stored {
    versions: Vec<RuleVersion>,
    book: RuleBook,
    today: NaiveDate,
}

impl Stored {
    async fn load(web: &Web) -> Result<Self, Problem> {
        let mut conn = web.app().db.read().await?;
        let versions = rules::versions(&mut conn).await?;
        let (book, _) = rules::book(&mut conn, None, None).await?;
        Ok(Self { versions, book, today: local_date(web.app().clock.now()) })
    }

    fn draft(&self) -> Option<&RuleVersion> {
        self.versions.iter().find(|v| v.is_draft())
    }

    fn in_force(&self) -> &Rules {
        self.book.on(self.today)
    }

    /// The draft's numbers; those in force where there is none.
    fn drafted(&self) -> Rules {
        self.draft().and_then(|v| Rules::of(v.version_no, &v.values).ok()).unwrap_or_else(|| self.in_force().clone())
    }
}

/// What was typed, with the revision it was made from.
struct Typed {
    form: FormView,
    revision: i64,
}

fn groups(t: Lang, stored: &Stored) -> Vec<Group> {
    let (now, drafted) = (stored.in_force(), stored.drafted());
    let line = |rule: &Rule| Line {
        code: rule.code(),
        label: t.rule(*rule),
        unit: t.rule_unit(*rule),
        is_switch: *rule == Rule::Reapproval,
        now: t.rule_value(*rule, now.value(*rule)),
        drafted: (now.value(*rule) != drafted.value(*rule)).then(|| t.rule_value(*rule, drafted.value(*rule))),
    };
    GROUPS.iter().map(|(title, rules)| Group { title: title(t), lines: rules.iter().map(line).collect() }).collect()
}

async fn build(web: &Web, who: &SignedIn, typed: Option<Typed>) -> Result<LimitsPage, Problem> {
    let t = who.t();
    let stored = Stored::load(web).await?;
    let draft = stored.draft();
    let revision = draft.map_or(0, |v| v.revision);
    let (form, revision) = match typed {
        Some(typed) => (typed.form, typed.revision),
        None => (form::filled(&stored.drafted(), draft, stored.today), revision),
    };
    let in_force = stored.in_force();
    Ok(LimitsPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: LIMITS.tabs(who),
        errors: form.errors(),
        form,
        revision,
        groups: groups(t, &stored),
        in_force: t.rules_version(in_force.version()),
        draft: draft.map(|v| DraftView {
            words: t.rules_draft_by(history::name(t, v.drafter.as_ref()), t.moment_full(v.drafted_at), v.version_no),
            reason: v.reason.clone().unwrap_or_default(),
            is_own: v.drafted_by == Some(who.actor.id),
            changes: stored.drafted().differences_from(in_force).len(),
        }),
        can_draft: policy::may_ever(&who.actor, Act::DraftRules),
        can_publish: policy::may_ever(&who.actor, Act::PublishRules),
        options: form::switch_options(t),
        versions: history::of(t, &stored),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    LIMITS.open(&who)?;
    page::page(&build(&web, &who, None).await?)
}

async fn back() -> Redirect {
    Redirect::to(LIMITS.href)
}
