//! The forms beside the decision: claim, give back, hand over, extra sign, question, answer, evidence.

use super::{again, done};
use crate::domain::approval::NodeKind;
use crate::domain::input::Flaw;
use crate::domain::round::{Colleague, SignResult};
use crate::domain::workflow::{Action, Command};
use crate::web::check::Checker;
use crate::web::{Post, Problem, Web, page};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/approval/claim", post(claim))
        .route("/deals/{no}/approval/give-back", post(give_back))
        .route("/deals/{no}/approval/hand-over", post(hand_over))
        .route("/deals/{no}/approval/sign-first", post(add_signer))
        .route("/deals/{no}/approval/ask", post(ask))
        .route("/deals/{no}/approval/answer", post(answer))
        .route("/deals/{no}/approval/recall", post(recall))
        .route("/deals/{no}/approval/evidence", post(evidence))
}

/// A form that names a node and nothing else.
async fn simple(web: &Web, no: &str, post: &Post, command: fn(NodeKind) -> Command) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("node", NodeKind::parse) {
        Some(node) => done(web, no, post, command(node)).await,
        None => again(web, no, post, check.finish().err().unwrap_or_default()).await,
    }
}

async fn claim(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    simple(&web, &no, &post, |node| Command::ClaimNode { node }).await
}

async fn give_back(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    simple(&web, &no, &post, |node| Command::GiveBackNode { node }).await
}

async fn recall(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    simple(&web, &no, &post, |node| Command::RecallCall { node }).await
}

/// The person of a field, by login; somebody who does not work here is a flaw of the field.
async fn colleague(web: &Web, check: &mut Checker<'_>, field: &str) -> Result<Option<Colleague>, Problem> {
    let Some(login) = check.text(field, 1, 40) else { return Ok(None) };
    let found = web.app().person(&login).await?.filter(|p| p.is_active);
    if found.is_none() {
        check.fail(field, Flaw::UnknownChoice);
    }
    Ok(found.map(|p| p.colleague()))
}

async fn hand_over(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    let to = colleague(&web, &mut check, "receiver").await?;
    let comment = check.long_text("hand_over_comment", 5, 500);
    match (check.finish(), node, to, comment) {
        (Ok(()), Some(node), Some(to), Some(comment)) => {
            done(&web, &no, &post, Command::HandOverNode { node, to: Box::new(to), comment }).await
        }
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}

async fn add_signer(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    let signer = colleague(&web, &mut check, "signer").await?;
    let comment = check.long_text("sign_comment", 5, 500);
    match (check.finish(), node, signer, comment) {
        (Ok(()), Some(node), Some(signer), Some(comment)) => {
            done(&web, &no, &post, Command::AddSigner { node, signer: Box::new(signer), comment }).await
        }
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}

async fn ask(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    let comment = check.long_text("question", 5, 500);
    match (check.finish(), node, comment) {
        (Ok(()), Some(node), Some(comment)) => done(&web, &no, &post, Command::AskRep { node, comment }).await,
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}

async fn answer(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    let result = check.optional_choice("sign_result", SignResult::parse);
    let comment = check.long_text("answer", 1, 500);
    match (check.finish(), node, comment) {
        (Ok(()), Some(node), Some(comment)) => {
            done(&web, &no, &post, Command::AnswerCall { node, result, comment }).await
        }
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}

async fn evidence(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let node = check.choice("node", NodeKind::parse);
    if post.form.file("file").is_none() {
        check.fail("file", Flaw::FileMissing);
    }
    let mut kept = None;
    if let Some(file) = post.form.file("file").filter(|_| check.is_clean()) {
        match web.app().keep_file(&file.file_name, file.content.clone()).await? {
            Ok(upload) => kept = Some(upload),
            Err(flaw) => check.fail("file", crate::web::deals::order::file_flaw(flaw)),
        }
    }
    match (check.finish(), node, kept) {
        (Ok(()), Some(node), Some(file)) => {
            let by = post.by_with(format!("/deals/{no}/approval"), vec![file.clone()]);
            let command = Command::AttachEvidence { node, file: file.id };
            let done =
                web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), Action::AttachEvidence.code()))
        }
        (checked, ..) => again(&web, &no, &post, checked.err().unwrap_or_default()).await,
    }
}
