//! The acts on one piece of feedback, each a small form on its page.

use super::{record, show, summary};
use crate::domain::feedback::{FeedbackCommand, Solution};
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{Action, Case};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{FormView, Submitted};
use crate::web::{Post, Problem, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

fn action_of(verb: &str) -> Option<Action> {
    Some(match verb {
        "record" => Action::RecordFeedback,
        "answer" => Action::AnswerFeedback,
        "report" => Action::ReportFeedback,
        "assign" => Action::AssignFeedback,
        "solve" => Action::SolveFeedback,
        "return" => Action::ReturnFeedback,
        "close" => Action::CloseFeedback,
        "dismiss" => Action::DismissFeedback,
        "lesson" => Action::CloseLesson,
        _ => return None,
    })
}

/// One text as a command.
fn of_text(
    form: &Submitted,
    field: &str,
    min: usize,
    command: impl FnOnce(String) -> FeedbackCommand,
) -> Result<FeedbackCommand, FieldErrors> {
    let mut check = Checker::new(form);
    let text = check.long_text(field, min, 1000);
    check.finish()?;
    text.map(command).ok_or_else(Vec::new)
}

fn solve(form: &Submitted) -> Result<FeedbackCommand, FieldErrors> {
    let mut check = Checker::new(form);
    let cause = check.long_text("cause", 4, 1000);
    let remedy = check.long_text("remedy", 4, 1000);
    let lesson = check.optional_text("lesson", 2, 200);
    check.finish()?;
    match (cause, remedy) {
        (Some(cause), Some(remedy)) => Ok(FeedbackCommand::Solve(Box::new(Solution { cause, remedy, lesson }))),
        _ => Err(Vec::new()),
    }
}

fn close(form: &Submitted) -> Result<FeedbackCommand, FieldErrors> {
    let mut check = Checker::new(form);
    let satisfied = check.choice("satisfied", |raw| match raw {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    let note = check.optional_long_text("close_note", 2, 500);
    check.finish()?;
    satisfied.map(|satisfied| FeedbackCommand::Close { satisfied, note }).ok_or_else(Vec::new)
}

/// What the form of this act says, or its flaws.
async fn command(
    web: &Web,
    post: &Post,
    case: &Case,
    action: Action,
) -> Result<Result<FeedbackCommand, FieldErrors>, Problem> {
    let form = &post.form;
    Ok(match action {
        Action::AnswerFeedback => of_text(form, "answer", 4, |text| FeedbackCommand::Answer { text }),
        Action::ReportFeedback => of_text(form, "report", 4, |text| FeedbackCommand::Report { text }),
        Action::ReturnFeedback => of_text(form, "return_reason", 4, |reason| FeedbackCommand::Return { reason }),
        Action::DismissFeedback => of_text(form, "dismiss_reason", 4, |reason| FeedbackCommand::Dismiss { reason }),
        Action::CloseLesson => of_text(form, "lesson_note", 4, |note| FeedbackCommand::CloseLesson { note }),
        Action::SolveFeedback => solve(form),
        Action::CloseFeedback => close(form),
        Action::AssignFeedback => {
            let choices = record::choices(web, post.t(), case).await?;
            let mut check = Checker::new(form);
            let chosen = check.choice("handler", |raw| choices.handlers.iter().find(|c| c.value == raw).cloned());
            let to = chosen.and_then(|c| Some((PersonId(Uuid::parse_str(&c.value).ok()?), c.label)));
            match (check.finish(), to) {
                (Ok(()), Some((to, name))) => Ok(FeedbackCommand::Assign { to, name }),
                (found, _) => Err(found.err().unwrap_or_default()),
            }
        }
        _ => {
            let choices = record::choices(web, post.t(), case).await?;
            record::read(form, &choices, web.app().clock.now()).map(|said| FeedbackCommand::Record(Box::new(said)))
        }
    })
}

pub async fn act(
    State(web): State<Web>,
    Path((no, verb)): Path<(String, String)>,
    post: Post,
) -> Result<Response, Problem> {
    let action = action_of(&verb).ok_or(Problem::Missing)?;
    let case = web.app().feedback(&post.who.actor, &no).await.map_err(|f| post.keeping(f))?;
    policy::may_separately(&post.who.actor, Act::Do(action), &case)
        .and_then(|()| policy::may_on(&post.who.actor, Act::Do(action), &case))
        .map_err(|d| post.keeping(d))?;
    match command(&web, &post, &case, action).await? {
        Ok(command) => {
            let done = web
                .app()
                .act_on_feedback(&post.by(format!("/feedback/{no}")), &no, post.form.version(), command)
                .await
                .map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), action.code()))
        }
        Err(flaws) => {
            let t = post.t();
            let by_field: Vec<(String, String)> = flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect();
            let errors = summary(t, &by_field);
            let form = FormView::typed(&post.form, by_field);
            page::invalid(&show::show_page(&web, &post.who, &case, Some(form), errors).await?)
        }
    }
}
