//! The page of one piece of feedback: what was said, its limits, what was done, and what can be done now.

use super::record::{self, Choices};
use super::status_kind;
use crate::domain::feedback::{Entry, Feedback, FeedbackKind, FeedbackStatus};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Case, is_about_feedback};
use crate::web::deals::{Chip, local_minute};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use chrono::{DateTime, Utc};

/// One thing that was done.
pub struct Step {
    pub title: &'static str,
    pub who: String,
    pub when: String,
    pub iso: String,
    pub facts: Vec<(&'static str, String)>,
}

/// A limit and how it was, or is, kept.
pub struct LimitLine {
    pub label: &'static str,
    pub moment: String,
    pub kept: Option<&'static str>,
    pub is_late: bool,
    pub chip: Option<Chip>,
}

pub struct LessonLine {
    pub no: String,
    pub category: &'static str,
    pub text: String,
    pub is_lesson: bool,
    /// For who may open what was said.
    pub href: Option<String>,
}

/// The banner on every page of the customer's deals.
pub fn lesson_lines(t: Lang, who: &SignedIn, case: &Case) -> Vec<LessonLine> {
    case.lessons
        .iter()
        .map(|l| LessonLine {
            no: l.no.clone(),
            category: t.feedback_category_of(l.category),
            text: l.text.clone(),
            is_lesson: l.is_lesson,
            href: policy::opens_lesson(&who.actor, case, l).then(|| format!("/feedback/{}", l.no)),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "feedback/show.html")]
pub struct ShowPage {
    chrome: Chrome,
    t: Lang,
    no: String,
    version: i64,
    kind: &'static str,
    status: &'static str,
    status_kind: &'static str,
    severity: Option<&'static str>,
    is_urgent: bool,
    customer_name: String,
    customer_href: Option<String>,
    deal_no: Option<String>,
    facts: Vec<(&'static str, String)>,
    content: String,
    scores: Vec<(&'static str, String, bool)>,
    is_survey: bool,
    limits: Vec<LimitLine>,
    steps: Vec<Step>,
    lesson: Option<(String, bool)>,
    survey: Option<String>,
    form: FormView,
    errors: Vec<ErrorItem>,
    can_answer: bool,
    can_report: bool,
    can_solve: bool,
    can_return: bool,
    can_close: bool,
    can_dismiss: bool,
    can_assign: bool,
    can_close_lesson: bool,
    can_record: bool,
    waits_for_manager: bool,
    choices: Choices,
    yes_no: Vec<Choice>,
}

fn limits(web: &Web, t: Lang, f: &Feedback, now: DateTime<Utc>) -> Vec<LimitLine> {
    let Some(limits) = &f.limits else { return Vec::new() };
    let of = |label, until: DateTime<Utc>, done: Option<DateTime<Utc>>| LimitLine {
        label,
        moment: t.moment(until),
        kept: done.map(|at| if at <= until { t.feedback_kept() } else { t.feedback_late() }),
        is_late: done.unwrap_or(now) > until,
        chip: done.is_none().then(|| Chip::natural(web, t, until)),
    };
    let solved = f.solved.as_ref().map(|(_, at)| *at);
    let mut lines = vec![of(t.feedback_answer_by(), limits.answer_by, f.answer.as_ref().map(|e| e.at))];
    if let Some(report_by) = limits.report_by {
        let reported = f.report.as_ref().map(|e| e.at).or(solved);
        lines.push(of(t.feedback_report_by(), report_by, reported));
    }
    lines.push(of(t.feedback_solve_by(), limits.solve_by, solved));
    lines
}

fn steps(t: Lang, f: &Feedback) -> Vec<Step> {
    let entry = |title, label, e: &Entry| Step {
        title,
        who: t.person(&e.by_name),
        when: t.moment_full(e.at),
        iso: e.at.to_rfc3339(),
        facts: vec![(label, e.text.clone())],
    };
    let mut steps = Vec::new();
    let solved_at = f.solved.as_ref().map(|(_, at)| *at);
    // Who solved at once has answered with it.
    if let Some(e) = f.answer.as_ref().filter(|e| Some(e.at) != solved_at) {
        steps.push(entry(t.feedback_answer(), t.feedback_answer(), e));
    }
    if let Some(e) = &f.report {
        steps.push(entry(t.feedback_report(), t.feedback_report(), e));
    }
    if let (Some(s), Some((who, at))) = (&f.solution, &f.solved) {
        let mut facts = vec![(t.feedback_cause(), s.cause.clone()), (t.feedback_remedy(), s.remedy.clone())];
        facts.extend(s.lesson.iter().map(|l| (t.feedback_lesson(), l.clone())));
        steps.push(Step {
            title: t.action(Action::SolveFeedback),
            who: t.person(who),
            when: t.moment_full(*at),
            iso: at.to_rfc3339(),
            facts,
        });
    }
    if let Some(c) = &f.closing {
        let satisfied = c.satisfied.map(|yes| if yes { t.feedback_satisfied_yes() } else { t.feedback_satisfied_no() });
        let mut facts: Vec<_> = satisfied.map(|s| (t.feedback_satisfied(), s.to_owned())).into_iter().collect();
        facts.extend(c.note.iter().map(|n| (t.feedback_close_note(), n.clone())));
        let dismissed = f.status == FeedbackStatus::Dismissed;
        steps.push(Step {
            title: t.action(if dismissed { Action::DismissFeedback } else { Action::CloseFeedback }),
            who: t.person(&c.by_name),
            when: t.moment_full(c.at),
            iso: c.at.to_rfc3339(),
            facts,
        });
    }
    if let Some(e) = &f.lesson_closed {
        steps.push(entry(t.action(Action::CloseLesson), t.feedback_lesson_note(), e));
    }
    steps
}

fn facts(t: Lang, f: &Feedback, order: Option<&str>, sees_contacts: bool) -> Vec<(&'static str, String)> {
    let said = &f.said;
    let contact = said.contact.clone().unwrap_or_else(|| t.feedback_contact_none().to_owned());
    let recorder = f.recorded_by.as_deref().map_or_else(|| t.feedback_by_customer().to_owned(), |name| t.person(name));
    let mut facts = vec![(t.feedback_category(), t.feedback_category_of(said.category).to_owned())];
    facts.push((t.feedback_order(), order.map_or_else(|| t.feedback_order_none().to_owned(), str::to_owned)));
    if sees_contacts {
        facts.push((t.feedback_contact(), contact));
    }
    facts.push((t.feedback_channel(), t.feedback_channel_of(said.channel).to_owned()));
    facts.push((t.feedback_received_at(), t.moment_full(said.received_at)));
    facts.push((t.feedback_recorded(), format!("{recorder} · {}", t.moment_full(f.recorded_at))));
    facts.push((t.feedback_handler(), t.person(&f.handler_name)));
    if let Some(name) = &f.about_name {
        facts.push((t.feedback_about(), t.person(name)));
    }
    facts
}

/// The form of a draft holds what the survey already said.
fn draft_form(f: &Feedback) -> FormView {
    let mut form = FormView::default();
    form.push("kind", f.said.kind.code());
    form.push("category", f.said.category.code());
    form.push("handler", f.said.handler.to_string());
    form.put("contact", f.said.contact.as_deref());
    form.put("content", f.said.content.as_deref());
    form.push("channel", "phone");
    form.push("received_at", local_minute(f.said.received_at));
    form
}

pub async fn show_page(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    form: Option<FormView>,
    errors: Vec<ErrorItem>,
) -> Result<ShowPage, Problem> {
    let t = who.t();
    let Some(f) = case.feedback.as_deref() else { return Err(Problem::Missing) };
    let now = web.app().clock.now();
    let offers = workflow::offers(case, &who.actor, now);
    let can = |action| is_about_feedback(action) && offers.iter().any(|o| o.action == action && o.is_ready());
    let sees_customer = policy::sees_customer(&who.actor, case);
    let sees_contacts = policy::may_on(&who.actor, Act::SeeContacts, case).is_ok();
    let scores = f.scores.map(|s| s.each().map(|(i, n)| (t.survey_item(i), t.feedback_score_of(n), n <= 2)).collect());
    Ok(ShowPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        no: f.no.clone(),
        version: f.version,
        kind: t.feedback_kind_of(f.said.kind),
        status: t.feedback_status_of(f.status),
        status_kind: status_kind(f.status),
        severity: f.said.severity.map(|s| t.severity(s)),
        is_urgent: f.said.severity == Some(crate::domain::feedback::Severity::Urgent),
        customer_name: case.customer.profile.legal_name.clone(),
        customer_href: sees_customer.then(|| format!("/customers/{}", case.customer.no)),
        deal_no: case.deal.as_ref().map(|d| d.no.clone()),
        facts: facts(t, f, case.order.as_ref().map(|o| o.no.as_str()), sees_contacts),
        content: f.said.content.clone().unwrap_or_default(),
        scores: scores.unwrap_or_default(),
        is_survey: f.said.kind == FeedbackKind::Survey,
        limits: limits(web, t, f, now),
        steps: steps(t, f),
        lesson: f.solution.as_ref().and_then(|s| s.lesson.clone()).map(|l| (l, f.has_open_lesson())),
        survey: f.survey.clone(),
        form: form.unwrap_or_else(|| draft_form(f)),
        errors,
        can_answer: can(Action::AnswerFeedback),
        can_report: can(Action::ReportFeedback) && f.report.is_none(),
        can_solve: can(Action::SolveFeedback),
        can_return: can(Action::ReturnFeedback),
        can_close: can(Action::CloseFeedback),
        can_dismiss: can(Action::DismissFeedback),
        // Taking up a draft names its handler.
        can_assign: can(Action::AssignFeedback) && f.status != FeedbackStatus::Draft,
        can_close_lesson: can(Action::CloseLesson),
        can_record: f.status == FeedbackStatus::Draft && can(Action::RecordFeedback),
        waits_for_manager: f.status == FeedbackStatus::Solved && !can(Action::CloseFeedback),
        choices: record::choices(web, t, case).await?,
        yes_no: vec![Choice::new("yes", t.feedback_satisfied_yes()), Choice::new("no", t.feedback_satisfied_no())],
    })
}

pub async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().feedback(&who.actor, &no).await?;
    page::page(&show_page(&web, &who, &case, None, Vec::new()).await?)
}

pub async fn back(Path((no, _)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/feedback/{no}"))
}
