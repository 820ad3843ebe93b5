//! The acts on a requirement that is written: send, recall, confirm, make a new version, bring the
//! file that a confirmation by phone still owes.
//!
//! The one rule: the confirmation names one of the customer's own people.

use super::save::file_flaw;
use super::{Typed, build, must_be_possible, run, run_with};
use crate::app::Upload;
use crate::domain::deal::Step;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::RequirementConfirmMethod;
use crate::domain::workflow::{Action, Case, Command};
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::{frame, grid};
use crate::web::form::FormView;
use crate::web::{Post, Problem, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;

pub async fn send(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::SendRequirement).await
}

/// What is left open stays open; a word that is no answer counts as none.
pub async fn tick(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let (texts, answers) = (post.form.values("special_text"), post.form.values("special_applies"));
    let said = texts.iter().zip(answers).filter_map(|(text, raw)| Some(((*text).to_owned(), grid::flag(raw)?)));
    let answers = said.collect();
    run(&web, &post, &no, Command::TickSpecials { answers }).await
}

pub async fn recall(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::RecallRequirement).await
}

pub async fn revise(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    run(&web, &post, &no, Command::ReviseRequirement).await
}

/// The file of the field `file`, looked at and kept; a flaw is noted.
async fn upload(web: &Web, post: &Post, check: &mut Checker<'_>) -> Result<Option<Upload>, Problem> {
    let Some(file) = post.form.file("file").filter(|_| check.is_clean()) else { return Ok(None) };
    match web.app().keep_file(&file.file_name, file.content.clone()).await? {
        Ok(kept) => Ok(Some(kept)),
        Err(flaw) => {
            check.fail("file", file_flaw(flaw));
            Ok(None)
        }
    }
}

async fn refuse(web: &Web, post: &Post, case: &Case, action: Action, found: FieldErrors) -> Result<Response, Problem> {
    must_be_possible(web, post, case, action)?;
    let view = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
    let typed = Typed::Confirmation(view, grid::summary(post.t(), &found));
    page::invalid(&build(web, &post.who, case, None, Some(post.form.version()), typed).await?)
}

pub async fn confirm(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Requirement).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::ConfirmRequirement), &case).map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    let method = check.choice("confirm_method", RequirementConfirmMethod::parse);
    let contact = check.choice("confirm_contact", |raw| {
        let mut contacts = case.customer.profile.active_contacts();
        contacts.find(|c| c.name == raw.trim()).map(|c| c.name.clone())
    });
    let at = check.date_time("confirmed_at");
    if at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("confirmed_at", Flaw::InTheFuture);
    }
    if post.form.file("file").is_none() && method.is_some_and(|m| m != RequirementConfirmMethod::Phone) {
        check.fail("file", Flaw::FileMissing);
    }
    let has_file = post.form.file("file").is_some();
    let kept = upload(&web, &post, &mut check).await?;
    let mut found = check.finish().err().unwrap_or_default();
    let (true, Some(method), Some(contact), Some(at)) = (found.is_empty(), method, contact, at) else {
        if has_file && !found.iter().any(|(field, _)| field == "file") {
            found.push(("file".to_owned(), Flaw::ChooseFilesAgain));
        }
        return refuse(&web, &post, &case, Action::ConfirmRequirement, found).await;
    };
    let command = Command::ConfirmRequirement { method, contact, file: kept.as_ref().map(|u| u.id), at };
    run_with(&web, &post, &no, command, kept.into_iter().collect()).await
}

pub async fn add_file(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Requirement).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::AddConfirmationFile), &case).map_err(|d| post.keeping(d))?;
    let mut check = Checker::new(&post.form);
    if post.form.file("file").is_none() {
        check.fail("file", Flaw::FileMissing);
    }
    let kept = upload(&web, &post, &mut check).await?;
    match (check.finish(), kept) {
        (Ok(()), Some(file)) => {
            run_with(&web, &post, &no, Command::AddConfirmationFile { file: file.id }, vec![file]).await
        }
        (found, _) => {
            let found = found.err().unwrap_or_default();
            refuse(&web, &post, &case, Action::AddConfirmationFile, found).await
        }
    }
}
