//! Requirement change records of a deal (DOMAIN 8): the list, the form on a copy of what holds now,
//! the record with its consequences, and the acts that file, answer, confirm, refuse and withdraw it.
//!
//! The one rule: nothing is filed before its consequences were shown.

mod correction;
mod delay;
mod form;
mod lines;
mod totals;
mod view;

pub use view::{RowView, row};

use super::catalogue;
use super::frame::{self, DealFrame};
use super::grid;
use crate::app::{Asked, ChangeInput, FileFlaw};
use crate::domain::change::{Answer, Bearer, CallBack, ChangeStatus, Loss, current_content};
use crate::domain::deal::Step;
use crate::domain::ids::LinkAnswerId;
use crate::domain::input::Flaw;
use crate::domain::link::LinkAnswer;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::RequirementConfirmMethod;
use crate::domain::staff::Department;
use crate::domain::workflow::{self, Action, Case, Command, Offer};
use crate::store::{changes, products};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/changes", get(list))
        .route("/deals/{no}/changes/new", get(write).post(draft))
        .route("/deals/{no}/changes/file", post(file))
        .route("/deals/{no}/changes/acknowledge", post(acknowledge))
        .route("/deals/{no}/changes/approve", post(approve))
        .route("/deals/{no}/changes/confirm", post(confirm))
        .route("/deals/{no}/changes/refuse", post(refuse))
        .route("/deals/{no}/changes/withdraw", post(withdraw))
        .route("/deals/{no}/changes/{change}", get(show))
}

/// The form that was refused, with what was typed into it.
struct Typed {
    view: FormView,
    found: FieldErrors,
}

#[derive(Template)]
#[template(path = "deals/changes.html")]
struct ChangesPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    /// Of the deal, as the page was made from.
    version: i64,
    errors: Vec<ErrorItem>,
    form: FormView,
    change: Option<view::ChangeView>,
    rows: Vec<view::RowView>,
    may_write: bool,
}

#[derive(Template)]
#[template(path = "deals/change_form.html")]
struct FormPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    version: i64,
    errors: Vec<ErrorItem>,
    form: FormView,
    edit: form::Edit,
}

fn address(no: &str) -> String {
    format!("/deals/{no}/changes")
}

async fn list(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().deal(&who.actor, &no).await?;
    page::page(&build(&web, &who, &case, None, None, None).await?)
}

async fn show(
    State(web): State<Web>,
    Path((no, change)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let case = web.app().deal(&who.actor, &no).await?;
    page::page(&build(&web, &who, &case, Some(&change), None, None).await?)
}

async fn build(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    asked: Option<&str>,
    version: Option<i64>,
    typed: Option<Typed>,
) -> Result<ChangesPage, Problem> {
    let t = who.t();
    let deal = case.deal.as_ref().ok_or(Problem::Missing)?;
    let (rows, shown) = {
        let mut conn = web.app().db.read().await?;
        let rows = changes::of_deal(&mut conn, deal.id).await?;
        let shown = match (asked, &case.change) {
            (Some(no), Some(newest)) if newest.no == no => Some(newest.as_ref().clone()),
            (Some(no), _) => Some(changes::load(&mut conn, deal.id, Some(no)).await?.ok_or(Problem::Missing)?),
            (None, newest) => newest.as_deref().cloned(),
        };
        (rows, shown)
    };
    let offers = workflow::offers(case, &who.actor, web.app().clock.now());
    let is_newest = shown.as_ref().zip(case.change.as_deref()).is_some_and(|(s, n)| s.id == n.id);
    let change = match &shown {
        Some(change) => Some(view::of(web, who, case, change, if is_newest { &offers } else { &[] }).await?),
        None => None,
    };
    let (form, found) = match typed {
        Some(Typed { view, found }) => (view, found),
        None => (view::fresh(web, case), FieldErrors::new()),
    };
    let frame = frame::of(web, who, case, deal.step).await?;
    Ok(ChangesPage {
        chrome: frame::chrome(web, who).await?,
        t,
        version: version.unwrap_or(frame.version),
        errors: form::summary(t, &found),
        form,
        change,
        rows: rows.iter().map(|row| view::row(t, &deal.no, row)).collect(),
        may_write: frame::offer(&offers, Action::DraftChange).is_some_and(Offer::is_ready),
        frame,
    })
}

/// Refuses with the reason when the act is not this person's, or not possible now.
fn must_be_possible(web: &Web, post: &Post, case: &Case, action: Action) -> Result<(), Problem> {
    policy::may_on(&post.who.actor, Act::Do(action), case).map_err(|d| post.keeping(d))?;
    let blockers = workflow::blockers(case, action, None, web.app().clock.now());
    if blockers.is_empty() {
        Ok(())
    } else {
        Err(Problem::NotNow { blockers, case: Some(Box::new(case.clone())), kept: post.form.clone() })
    }
}

#[derive(Deserialize)]
struct Because {
    /// The customer's correction that the record is written for.
    #[serde(default)]
    correction: String,
}

/// The correction that the form names, when it is one of this customer's that still waits.
async fn correction_of(web: &Web, case: &Case, raw: &str) -> Result<Option<LinkAnswer>, Problem> {
    if raw.is_empty() {
        return Ok(None);
    }
    let id = Uuid::parse_str(raw).map_err(|_| Problem::Missing)?;
    Ok(Some(web.app().open_correction(case, LinkAnswerId(id)).await?))
}

/// The same for a form that is sent: a draft keeps the correction it was written for, also once that was settled.
async fn kept_correction(web: &Web, case: &Case, raw: &str) -> Result<Option<LinkAnswerId>, Problem> {
    let draft = case.change.as_deref().filter(|c| c.status == ChangeStatus::Draft);
    match draft.and_then(|c| c.request.correction).filter(|id| id.to_string() == raw) {
        Some(kept) => Ok(Some(kept)),
        None => Ok(correction_of(web, case, raw).await?.map(|answer| answer.id)),
    }
}

async fn write(
    State(web): State<Web>,
    Path(no): Path<String>,
    Query(because): Query<Because>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let case = web.app().deal(&who.actor, &no).await?;
    policy::may_on(&who.actor, Act::Do(Action::DraftChange), &case)?;
    let blockers = workflow::blockers(&case, Action::DraftChange, None, web.app().clock.now());
    if !blockers.is_empty() {
        return Err(Problem::NotNow { blockers, case: Some(Box::new(case)), kept: Submitted::default() });
    }
    let typed = correction_of(&web, &case, &because.correction).await?.map(|answer| {
        let mut view = form::stored(&case, web.app().clock.now());
        correction::fill(who.t(), &mut view, &case, &answer);
        Typed { view, found: FieldErrors::new() }
    });
    page::page(&form_page(&web, &who, &case, None, typed).await?)
}

async fn form_page(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    version: Option<i64>,
    typed: Option<Typed>,
) -> Result<FormPage, Problem> {
    let t = who.t();
    let (form, found) = match typed {
        Some(Typed { view, found }) => (view, found),
        None => (form::stored(case, web.app().clock.now()), FieldErrors::new()),
    };
    let (meant, offered) = {
        let mut conn = web.app().db.read().await?;
        let typed = catalogue::typed(form.values("product").iter().map(String::as_str));
        (
            products::meant(&mut conn, &typed).await?,
            products::offered(&mut conn, case.customer.id, policy::visible_deals(&who.actor)).await?,
        )
    };
    let step = case.deal.as_ref().map_or(Step::Requirement, |d| d.step);
    let frame = frame::of(web, who, case, step).await?;
    Ok(FormPage {
        chrome: frame::chrome(web, who).await?,
        t,
        version: version.unwrap_or(frame.version),
        errors: form::summary(t, &found),
        edit: form::edit(t, case, &meant, &offered, &form),
        form,
        frame,
    })
}

async fn draft(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = web.app().deal(&post.who.actor, &no).await.map_err(|f| post.keeping(f))?;
    let version = post.form.version();
    if let Some(changed) = form::changed_rows(&post.form) {
        must_be_possible(&web, &post, &case, Action::DraftChange)?;
        let typed = Typed { view: FormView::typed(&changed, Vec::new()), found: FieldErrors::new() };
        return page::page(&form_page(&web, &post.who, &case, Some(version), Some(typed)).await?);
    }
    let typed = catalogue::typed(post.form.values("product").into_iter());
    let products = products::meant(&mut *web.app().db.read().await?, &typed).await?;
    let Some(now) = current_content(&case) else {
        must_be_possible(&web, &post, &case, Action::DraftChange)?;
        return Err(Problem::Missing);
    };
    let correction = kept_correction(&web, &case, post.form.value(correction::FIELD)).await?;
    let read = {
        let ids = || web.app().ids.next();
        let about = form::About { case: &case, products: &products, now: &now, correction, next_id: &ids };
        form::read(&post.form, &about, web.app().clock.now())
    };
    match read {
        Ok(read) => {
            let asked =
                Asked::Change(Box::new(ChangeInput { draft: read.draft, prices: read.prices, terms: read.terms }));
            let done = web
                .app()
                .act_on_deal(&post.by(address(&no)), &no, post.form.version(), asked)
                .await
                .map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        Err(found) => {
            must_be_possible(&web, &post, &case, Action::DraftChange)?;
            let view = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
            let typed = Typed { view, found };
            page::invalid(&form_page(&web, &post.who, &case, Some(version), Some(typed)).await?)
        }
    }
}

async fn run(web: &Web, post: &Post, no: &str, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let done = web
        .app()
        .act_on_deal(&post.by(address(no)), no, post.form.version(), command)
        .await
        .map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

/// The same page with what is wrong in one of its forms.
async fn refused(web: &Web, post: &Post, no: &str, action: Action, found: FieldErrors) -> Result<Response, Problem> {
    let case = web.app().deal(&post.who.actor, no).await.map_err(|f| post.keeping(f))?;
    must_be_possible(web, post, &case, action)?;
    let view = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
    let typed = Typed { view, found };
    page::invalid(&build(web, &post.who, &case, None, Some(post.form.version()), Some(typed)).await?)
}

async fn file(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = web.app().deal(&post.who.actor, &no).await.map_err(|f| post.keeping(f))?;
    let mut check = Checker::new(&post.form);
    let mut call_back = None;
    if post.form.has("call_back_contact") {
        let contact = check.choice("call_back_contact", |raw| view::known_number(&case, raw));
        let at = check.date_time("call_back_at");
        if at.is_some_and(|at| at > web.app().clock.now()) {
            check.fail("call_back_at", Flaw::InTheFuture);
        }
        call_back = contact.zip(at).map(|((contact, phone), at)| CallBack { contact, phone, at });
    }
    match check.finish() {
        Ok(()) => run(&web, &post, &no, Command::FileChange { call_back }).await,
        Err(found) => refused(&web, &post, &no, Action::FileChange, found).await,
    }
}

async fn acknowledge(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let department = check.choice("department", Department::parse);
    let answer = check.choice("answer", Answer::parse);
    let comment = check.optional_long_text("change_comment", 2, 500);
    let says_no = answer == Some(Answer::NotPossible);
    if says_no && comment.as_ref().is_none_or(|c| c.chars().count() < 5) && check.is_clean() {
        check.fail("change_comment", Flaw::TooShort { min: 5 });
    }
    let mut loss = None;
    if department == Some(Department::Sales) && !says_no {
        let amount = check.decimal("loss_amount", 2, Decimal::ZERO, grid::MAX_MONEY);
        let borne_by = check.choice("borne_by", Bearer::parse);
        loss = amount.zip(borne_by).map(|(amount, borne_by)| Loss { amount, borne_by });
    }
    let found = check.finish().err().unwrap_or_default();
    match (department, answer) {
        (Some(department), Some(answer)) if found.is_empty() => {
            run(&web, &post, &no, Command::AcknowledgeChange { department, answer, comment, loss }).await
        }
        _ => refused(&web, &post, &no, Action::AcknowledgeChange, found).await,
    }
}

async fn approve(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let comment = check.optional_long_text("approve_comment", 2, 500);
    let mut loss = None;
    if post.form.has("loss_amount") {
        let amount = check.decimal("loss_amount", 2, Decimal::ZERO, grid::MAX_MONEY);
        let borne_by = check.choice("borne_by", Bearer::parse);
        loss = amount.zip(borne_by).map(|(amount, borne_by)| Loss { amount, borne_by });
    }
    match check.finish() {
        Ok(()) => run(&web, &post, &no, Command::ApproveChange { comment, loss }).await,
        Err(found) => refused(&web, &post, &no, Action::ApproveChange, found).await,
    }
}

async fn confirm(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = web.app().deal(&post.who.actor, &no).await.map_err(|f| post.keeping(f))?;
    policy::may_on(&post.who.actor, Act::Do(Action::ConfirmChange), &case).map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    let method = check.choice("confirm_method", RequirementConfirmMethod::parse);
    let contact = check.text("confirm_contact", 2, 100);
    let at = check.date_time("confirmed_at");
    if at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("confirmed_at", Flaw::InTheFuture);
    }
    let file = post.form.file("file");
    if file.is_none() && method.is_some_and(|m| m != RequirementConfirmMethod::Phone) {
        check.fail("file", Flaw::FileMissing);
    }
    let mut upload = None;
    if let Some(file) = file.filter(|_| check.is_clean()) {
        match web.app().keep_file(&file.file_name, file.content.clone()).await? {
            Ok(kept) => upload = Some(kept),
            Err(FileFlaw::Empty) => check.fail("file", Flaw::FileEmpty),
            Err(FileFlaw::TooLarge) => check.fail("file", Flaw::FileTooLarge { max_mib: 10 }),
            Err(FileFlaw::Kind) => check.fail("file", Flaw::FileKind),
        }
    }
    let found = check.finish().err().unwrap_or_default();
    let (true, Some(method), Some(contact), Some(at)) = (found.is_empty(), method, contact, at) else {
        return refused(&web, &post, &no, Action::ConfirmChange, found).await;
    };
    let command = Command::ConfirmChange { method, contact, file: upload.as_ref().map(|u| u.id), at };
    let by = post.by_with(address(&no), upload.into_iter().collect());
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::ConfirmChange.code()))
}

async fn refuse(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let comment = check.long_text("refuse_comment", 5, 500);
    match (check.finish(), comment) {
        (Ok(()), Some(comment)) => run(&web, &post, &no, Command::RefuseChange { comment }).await,
        (found, _) => refused(&web, &post, &no, Action::RefuseChange, found.err().unwrap_or_default()).await,
    }
}

async fn withdraw(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let comment = check.long_text("withdraw_comment", 5, 500);
    match (check.finish(), comment) {
        (Ok(()), Some(comment)) => run(&web, &post, &no, Command::WithdrawChange { comment }).await,
        (found, _) => refused(&web, &post, &no, Action::WithdrawChange, found.err().unwrap_or_default()).await,
    }
}

/// The page of a change, for links from blockers, lists and the rail.
pub fn link(deal_no: &str, change_no: &str) -> String {
    format!("/deals/{deal_no}/changes/{change_no}")
}

/// The badge of a status.
pub fn status_kind(status: ChangeStatus) -> &'static str {
    match status {
        ChangeStatus::Draft | ChangeStatus::Withdrawn => "plain",
        ChangeStatus::Assessing | ChangeStatus::AwaitingCustomer => "warn",
        ChangeStatus::Effective => "ok",
        ChangeStatus::Refused => "bad",
    }
}

fn choice(code: &'static str, label: &'static str) -> Choice {
    Choice::new(code, label)
}
