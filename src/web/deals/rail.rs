//! The two short acts in the rail of every deal page: closing a deal that is lost, and taking the mark
//! of an urgent one off.
//!
//! What was typed wrongly comes back on a page of its own, in the place where the step is otherwise shown,
//! and only to whoever may act now.

use super::frame::{self, DealFrame};
use crate::domain::deal::LostReason;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Command, step_of};
use crate::web::check::Checker;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/close", post(close)).route("/deals/{no}/drop-urgency", post(drop_urgency))
}

#[derive(Template)]
#[template(path = "deals/rail.html")]
struct RailPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    errors: Vec<ErrorItem>,
    /// The reasons to close the deal; none where the urgent mark is to come off.
    close: Option<Vec<Choice>>,
}

async fn again(web: &Web, no: &str, post: &Post, action: Action, check: Checker<'_>) -> Result<Response, Problem> {
    let case = web.app().deal(&post.who.actor, no).await?;
    policy::may_on(&post.who.actor, Act::Do(action), &case)?;
    let blockers = workflow::blockers(&case, action, None, web.app().clock.now());
    if !blockers.is_empty() {
        return Err(Problem::NotNow { blockers, case: Some(Box::new(case)), kept: post.form.clone() });
    }
    let told = check.finish().err().unwrap_or_default();
    let told = told.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    let mut frame = frame::of(web, &post.who, &case, step_of(&case)).await?;
    frame.form = FormView::typed(&post.form, told);
    // The form stands in the middle of this page and not a second time in the rail.
    let close = frame.close.take().filter(|_| action == Action::CloseDeal);
    frame.can_drop_urgency = false;
    let errors = frame.form.errors();
    page::invalid(&RailPage { chrome: frame::chrome(web, &post.who).await?, t: post.t(), frame, errors, close })
}

async fn act(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

async fn close(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("lost_reason", LostReason::parse) {
        Some(reason) => act(&web, &no, &post, Command::CloseDeal { reason }).await,
        None => again(&web, &no, &post, Action::CloseDeal, check).await,
    }
}

async fn drop_urgency(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.long_text("drop_reason", 5, 500) {
        Some(reason) => act(&web, &no, &post, Command::DropUrgency { reason }).await,
        None => again(&web, &no, &post, Action::DropUrgency, check).await,
    }
}
