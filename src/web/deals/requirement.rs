//! Step 2, the requirement confirmation (DOMAIN 1.2): the form while it is a draft, afterwards the
//! document with its versions, and the acts that send, recall, confirm and revise it.
//!
//! The one rule: only the newest version is edited, and only as a draft.

mod acts;
mod compare;
mod editor;
mod form;
mod last;
mod lines;
mod paste;
mod save;
mod sheet;

use super::catalogue;
use super::frame::{self, Chip, Condition, DealFrame};
use super::grid::{self, VersionLink};
use crate::app::Upload;
use crate::domain::deal::Step;
use crate::domain::policy;
use crate::domain::requirement::{Requirement, RequirementConfirmMethod, RequirementStatus, Special};
use crate::domain::workflow::{self, Action, Case, Command, Offer};
use crate::store::{cases, lists, products};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/requirement", get(show).post(save::save))
        .route("/deals/{no}/requirement/compare", get(compare::show))
        .route("/deals/{no}/requirement/send", post(acts::send))
        .route("/deals/{no}/requirement/specials", post(acts::tick))
        .route("/deals/{no}/requirement/recall", post(acts::recall))
        .route("/deals/{no}/requirement/confirm", post(acts::confirm))
        .route("/deals/{no}/requirement/confirmation-file", post(acts::add_file))
        .route("/deals/{no}/requirement/revise", post(acts::revise))
}

#[derive(Template)]
#[template(path = "deals/requirement.html")]
struct RequirementPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    /// Of the deal, as the form was made from.
    version: i64,
    errors: Vec<ErrorItem>,
    form: FormView,
    edit: Option<editor::Edit>,
    sheet: Option<sheet::Sheet>,
    difference: Option<compare::Differences>,
    is_former: bool,
    /// The deal whose answers stand in the form of this one.
    carried_from: Option<String>,
    versions: Vec<VersionLink>,
    is_early: bool,
    early: Vec<String>,
    unticked: usize,
    send: Option<Vec<Condition>>,
    /// The special requirements to tick in what was sent.
    ticks: Vec<Tick>,
    answers: Vec<Choice>,
    can_recall: bool,
    confirm: Option<Vec<Condition>>,
    confirm_form: FormView,
    confirm_methods: Vec<Choice>,
    confirm_contacts: Vec<Choice>,
    /// By when the file of a confirmation by phone must come, for those who can bring it.
    owed: Option<Chip>,
    revise: Option<Vec<Condition>>,
}

/// A special requirement of what was sent, with its answer.
struct Tick {
    text: String,
    department: &'static str,
    id: String,
    answer: String,
    error: Option<String>,
}

/// What was typed and refused, or is only shown again with another row; and what is wrong with it.
enum Typed {
    Nothing,
    Content(FormView, Vec<ErrorItem>),
    Confirmation(FormView, Vec<ErrorItem>),
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &who, &no, Step::Requirement).await?;
    let asked = grid::asked_version(&who.here.path)?;
    page::page(&build(&web, &who, &case, asked, None, Typed::Nothing).await?)
}

fn ticks(t: Lang, case: &Case) -> Vec<Tick> {
    let tick = |(number, special): (usize, Special)| Tick {
        department: t.department(special.department),
        id: format!("tick-{number}"),
        answer: special.applies.map_or("", |applies| if applies { "yes" } else { "no" }).to_owned(),
        error: None,
        text: special.text,
    };
    (1..).zip(workflow::specials_to_tick(case)).map(tick).collect()
}

fn conditions_of(t: Lang, case: &Case, offers: &[Offer], action: Action) -> Option<Vec<Condition>> {
    frame::offer(offers, action).map(|o| frame::conditions(t, page::Prices::Hidden, case, &o.blockers))
}

/// The lines that are wanted earlier than their standard lead time; what stock covers is not late.
fn early(t: Lang, case: &Case, r: &Requirement, now: DateTime<Utc>) -> Vec<String> {
    let short = r.content.leads(&case.on_hand()).into_iter().filter(|(_, lead)| lead.is_short(now));
    short.map(|(number, lead)| t.requirement_early_line(lead.days, number)).collect()
}

async fn build(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    asked: Option<i32>,
    version: Option<i64>,
    typed: Typed,
) -> Result<RequirementPage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let deal = case.deal.as_ref().ok_or(Problem::Missing)?;
    let newest = case.requirement.as_ref();
    let (rows, shown, before) = {
        let mut conn = web.app().db.read().await?;
        let rows = lists::requirement_versions(&mut conn, deal.id).await?;
        let shown = match asked {
            Some(version_no) => {
                Some(cases::requirement_version(&mut conn, deal.id, version_no).await?.ok_or(Problem::Missing)?)
            }
            None => newest.cloned(),
        };
        let before = match shown.as_ref().map(|r| r.version_no - 1).filter(|n| *n >= 1) {
            Some(version_no) => cases::requirement_version(&mut conn, deal.id, version_no).await?,
            None => None,
        };
        (rows, shown, before)
    };
    let is_former = shown.as_ref().zip(newest).is_some_and(|(s, n)| s.version_no != n.version_no);
    let offers = if is_former { Vec::new() } else { workflow::offers(case, &who.actor, now) };
    let is_ready = |action| frame::offer(&offers, action).is_some_and(Offer::is_ready);
    let (form, confirm_form, errors) = match typed {
        Typed::Nothing => (None, None, Vec::new()),
        Typed::Content(form, errors) => (Some(form), None, errors),
        Typed::Confirmation(form, errors) => (None, Some(form), errors),
    };
    let repeated = if newest.is_none() { last::repeated(web, &who.actor, case).await? } else { None };
    let carried_from = repeated.as_ref().filter(|_| form.is_none()).map(|r| r.deal_no.clone());
    let form = form.unwrap_or_else(|| match (newest, &repeated) {
        (Some(r), _) => form::with_known(case, form::stored(&r.content)),
        (None, Some(earlier)) => earlier.carried(case),
        (None, None) => form::fresh(case),
    });
    let confirm_form = confirm_form.unwrap_or_else(|| {
        let mut view = FormView::default();
        view.push("confirmed_at", grid::local_minute(now));
        let contact =
            newest.and_then(|r| case.customer.profile.contacts.iter().find(|c| Some(c.id) == r.content.contact));
        view.put("confirm_contact", contact.map(|c| c.name.as_str()));
        view
    });
    let edit = if is_ready(Action::SaveRequirement) {
        let last = last::of(web, &who.actor, case).await?;
        let mut conn = web.app().db.read().await?;
        let typed = catalogue::typed(form.values("product").iter().map(String::as_str));
        let meant = products::meant(&mut conn, &typed).await?;
        let offered = products::offered(&mut conn, case.customer.id, policy::visible_deals(&who.actor)).await?;
        drop(conn);
        let about = editor::About {
            actor: &who.actor,
            case,
            meant: &meant,
            offered: &offered,
            draft: newest.map(|r| &r.content),
            last: last.as_ref(),
        };
        Some(editor::of(t, &about, &form))
    } else {
        None
    };
    let difference = shown.as_ref().zip(before.as_ref()).map(|(shown, before)| {
        let (from, to) = ((before.version_no, &before.content), (shown.version_no, &shown.content));
        compare::differences(t, &who.actor, case, from, to)
    });
    let confirmation = newest.and_then(|r| r.confirmation.as_ref());
    let frame = frame::of(web, who, case, Step::Requirement).await?;
    Ok(RequirementPage {
        chrome: frame::chrome(web, who).await?,
        t,
        version: version.unwrap_or(frame.version),
        errors,
        sheet: shown.as_ref().filter(|_| edit.is_none()).map(|r| sheet::of(t, &who.actor, case, r)),
        edit,
        difference,
        is_former,
        carried_from,
        versions: grid::versions(
            t,
            &rows,
            &format!("/deals/{}/requirement", deal.no),
            shown.as_ref().map(|r| r.version_no),
            |code| RequirementStatus::parse(code).map(|s| t.requirement_status(s)),
        ),
        is_early: !is_former && case.route_facts.is_wanted_early(now),
        early: newest.filter(|_| !is_former).map(|r| early(t, case, r, now)).unwrap_or_default(),
        unticked: newest
            .filter(|r| r.status == RequirementStatus::Draft)
            .map_or(0, |_| workflow::specials_to_tick(case).iter().filter(|s| s.applies.is_none()).count()),
        ticks: if is_ready(Action::TickSpecials) { ticks(t, case) } else { Vec::new() },
        answers: editor::applies(t),
        send: conditions_of(t, case, &offers, Action::SendRequirement),
        can_recall: is_ready(Action::RecallRequirement),
        confirm: conditions_of(t, case, &offers, Action::ConfirmRequirement),
        confirm_form,
        confirm_methods: grid::choices(RequirementConfirmMethod::ALL, RequirementConfirmMethod::code, |m| {
            t.requirement_confirm_method(m)
        }),
        confirm_contacts: case
            .customer
            .profile
            .active_contacts()
            .map(|c| Choice::new(c.name.clone(), format!("{} · {}", c.name, c.title)))
            .collect(),
        owed: confirmation
            .filter(|_| is_ready(Action::AddConfirmationFile))
            .and_then(|c| c.file_owed_by)
            .map(|due| Chip::working(web, t, due)),
        revise: conditions_of(t, case, &offers, Action::ReviseRequirement),
        frame,
        form,
    })
}

/// Refuses with the reason when the act is not this person's, or not possible now.
fn must_be_possible(web: &Web, post: &Post, case: &Case, action: Action) -> Result<(), Problem> {
    let blockers = workflow::blockers(case, action, None, web.app().clock.now());
    if blockers.is_empty() {
        Ok(())
    } else {
        Err(Problem::NotNow { blockers, case: Some(Box::new(case.clone())), kept: post.form.clone() })
    }
}

async fn run(web: &Web, post: &Post, no: &str, command: Command) -> Result<Response, Problem> {
    run_with(web, post, no, command, Vec::new()).await
}

async fn run_with(
    web: &Web,
    post: &Post,
    no: &str,
    command: Command,
    uploads: Vec<Upload>,
) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by_with(format!("/deals/{no}/requirement"), uploads);
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}
