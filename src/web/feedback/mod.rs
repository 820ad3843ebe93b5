//! Feedback of customers (DOMAIN 7.8): the list, recording it from a customer, an order or a deal, the
//! page of one with its acts, and the survey of a completed order.
//!
//! The one rule: what the customer said is shown as it was said; acts only add to it.

mod acts;
mod export;
mod list;
mod record;
mod show;
mod survey;
mod tasks;

pub use list::{Line, lines_of};
pub use show::{LessonLine, lesson_lines};
pub use tasks::of as tasks;

use super::Web;
use super::form::ErrorItem;
use crate::domain::feedback::FeedbackStatus;
use crate::wording::Lang;
use axum::Router;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/feedback", get(list::index))
        .route("/feedback/new", get(record::new).post(record::record))
        .route("/feedback/export", get(export::back).post(export::export))
        .route("/feedback/{no}", get(show::show))
        .route("/feedback/{no}/{verb}", get(show::back).post(acts::act))
        .route("/surveys/{order}", get(survey::show).post(survey::answer))
}

/// The badge of a status.
pub fn status_kind(status: FeedbackStatus) -> &'static str {
    match status {
        FeedbackStatus::Draft | FeedbackStatus::Answered => "warn",
        FeedbackStatus::Open => "bad",
        FeedbackStatus::Solved => "info",
        FeedbackStatus::Closed => "ok",
        FeedbackStatus::Dismissed => "plain",
    }
}

/// The label of a field.
fn label(t: Lang, field: &str) -> &'static str {
    match field {
        "kind" => t.feedback_kind(),
        "category" => t.feedback_category(),
        "severity" => t.feedback_severity(),
        "order_no" => t.feedback_order(),
        "contact" => t.feedback_contact(),
        "channel" => t.feedback_channel(),
        "received_at" => t.feedback_received_at(),
        "handler" => t.feedback_handler(),
        "about" => t.feedback_about(),
        "answer" => t.feedback_answer(),
        "report" => t.feedback_report(),
        "cause" => t.feedback_cause(),
        "remedy" => t.feedback_remedy(),
        "lesson" => t.feedback_lesson(),
        "satisfied" => t.feedback_satisfied(),
        "close_note" => t.feedback_close_note(),
        "return_reason" | "dismiss_reason" => t.feedback_reason(),
        "lesson_note" => t.feedback_lesson_note(),
        "outcome" => t.feedback_survey_outcome(),
        "comment" => t.feedback_survey_comment(),
        "quality" => t.feedback_item_quality(),
        "on_time" => t.feedback_item_on_time(),
        "packaging" => t.feedback_item_packaging(),
        "service" => t.feedback_item_service(),
        "overall" => t.feedback_item_overall(),
        _ => t.feedback_content(),
    }
}

/// The summary above a refused form: each flaw with the name of its field.
fn summary(t: Lang, errors: &[(String, String)]) -> Vec<ErrorItem> {
    errors
        .iter()
        .map(|(field, text)| ErrorItem { field: field.clone(), text: t.customer_error(label(t, field), text) })
        .collect()
}
