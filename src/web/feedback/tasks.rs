//! What feedback asks of the reader, for My work: complaints to answer and solve, solutions to close,
//! surveys to ask.

use crate::domain::feedback::FeedbackStatus;
use crate::domain::policy::{self, Act, VisibleTo};
use crate::domain::workflow::Action;
use crate::store::PgConnection;
use crate::store::feedback_list::{self, FeedbackFilter, FeedbackRow, SurveyRow};
use crate::web::deals::Chip;
use crate::web::work::Task;
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;

/// Rows that one kind shows.
const ROWS: i64 = 50;

fn mark(chip: Option<&Chip>) -> &'static str {
    match chip.map(|c| c.kind) {
        Some("overdue") => "is-late",
        Some("due") => "is-due",
        _ => "",
    }
}

fn of_row(web: &Web, t: Lang, row: &FeedbackRow) -> Task {
    let action = match (FeedbackStatus::parse(&row.status), row.owed.as_deref()) {
        (Some(FeedbackStatus::Draft), _) => Action::DismissFeedback,
        (Some(FeedbackStatus::Solved), _) => Action::CloseFeedback,
        (Some(FeedbackStatus::Open), _) => Action::AnswerFeedback,
        (_, Some("report")) => Action::ReportFeedback,
        _ => Action::SolveFeedback,
    };
    let due = row.due_at.map(|at| Chip::natural(web, t, at));
    Task {
        href: format!("/feedback/{}", row.no),
        no: row.no.clone(),
        customer: row.customer_name.clone(),
        note: row.content.clone().unwrap_or_default(),
        act: t.next_act(action).to_owned(),
        who: String::new(),
        is_urgent: row.severity.as_deref() == Some("urgent"),
        amount: None,
        mark: mark(due.as_ref()),
        due,
        promise: None,
        due_at: row.due_at,
    }
}

fn of_survey(web: &Web, t: Lang, row: &SurveyRow) -> Task {
    let due = Chip::working(web, t, row.due_at);
    Task {
        href: format!("/surveys/{}", row.order_no),
        no: row.order_no.clone(),
        customer: row.customer_name.clone(),
        note: t.feedback_survey_title().to_owned(),
        act: t.next_act(Action::AnswerSurvey).to_owned(),
        who: String::new(),
        is_urgent: false,
        amount: None,
        mark: mark(Some(&due)),
        due: Some(due),
        promise: None,
        due_at: Some(row.due_at),
    }
}

/// The reader's own tasks.
pub async fn of(web: &Web, conn: &mut PgConnection, who: &SignedIn) -> Result<Vec<Task>, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let mut tasks = Vec::new();
    if policy::may_ever(&who.actor, Act::Do(Action::AnswerFeedback)) {
        let filter = FeedbackFilter {
            handler: Some(who.actor.id),
            statuses: vec![FeedbackStatus::Draft, FeedbackStatus::Open, FeedbackStatus::Answered],
            most_urgent_first: Some(()),
            ..FeedbackFilter::default()
        };
        let visible = policy::visible_feedback(&who.actor);
        let mine = feedback_list::rows(conn, visible, &filter, now, ROWS).await?;
        tasks.extend(mine.iter().map(|row| of_row(web, t, row)));
    }
    if policy::may_ever(&who.actor, Act::Do(Action::CloseFeedback)) {
        let solved = feedback_list::to_close(conn, who.actor.id, ROWS).await?;
        tasks.extend(solved.iter().map(|row| of_row(web, t, row)));
    }
    if policy::may_ever(&who.actor, Act::Do(Action::AnswerSurvey)) {
        let (owner, calendar) = (Some(who.actor.id), &web.app().calendar);
        let due = feedback_list::surveys_due(conn, VisibleTo::Everything, owner, calendar, now, ROWS).await?;
        tasks.extend(due.iter().map(|row| of_survey(web, t, row)));
    }
    Ok(tasks)
}
