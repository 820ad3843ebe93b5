//! Recording what a customer said: about the customer, or about one of its orders.

use super::summary;
use crate::app::FeedbackAbout;
use crate::domain::feedback::{FeedbackCategory, FeedbackChannel, FeedbackKind, Severity, Statement};
use crate::domain::ids::PersonId;
use crate::domain::input::{self, Flaw};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{Action, Case};
use crate::store::{history, people};
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::local_minute;
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    customer: String,
    order: String,
    kind: String,
}

/// What the form offers, the same on a new piece of feedback and on the draft of a survey.
pub struct Choices {
    pub kinds: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub severities: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub contacts: Vec<Choice>,
    pub handlers: Vec<Choice>,
    pub people: Vec<Choice>,
}

/// The people who may take care of feedback of this case, and everybody a customer may name.
pub async fn choices(web: &Web, t: Lang, case: &Case) -> Result<Choices, Problem> {
    let mut conn = web.app().db.read().await?;
    let everybody = people::all(&mut conn).await?;
    drop(conn);
    let named = |p: &people::Person| Choice::new(p.id.to_string(), name_in(t, &p.name, &p.name_en));
    let may_handle = |p: &&people::Person| policy::may_on(&p.actor(), Act::Do(Action::AnswerFeedback), case).is_ok();
    let at_work: Vec<&people::Person> =
        everybody.iter().filter(|p| p.is_active && policy::may_ever(&p.actor(), Act::SeeFeedback)).collect();
    Ok(Choices {
        kinds: FeedbackKind::ALL
            .iter()
            .filter(|k| **k != FeedbackKind::Survey)
            .map(|k| Choice::new(k.code(), t.feedback_kind_of(*k)))
            .collect(),
        categories: FeedbackCategory::ALL.iter().map(|c| Choice::new(c.code(), t.feedback_category_of(*c))).collect(),
        severities: Severity::ALL.iter().map(|s| Choice::new(s.code(), t.severity(*s))).collect(),
        channels: FeedbackChannel::ALL
            .iter()
            .filter(|c| **c != FeedbackChannel::CustomerPage)
            .map(|c| Choice::new(c.code(), t.feedback_channel_of(*c)))
            .collect(),
        contacts: case.customer.profile.active_contacts().map(|c| Choice::new(&c.name, &c.name)).collect(),
        handlers: at_work.iter().copied().filter(may_handle).map(named).collect(),
        people: at_work.iter().copied().map(named).collect(),
    })
}

/// What was typed, or every flaw under its field. The handler and the person complained about have to
/// be among the choices.
pub fn read(form: &Submitted, choices: &Choices, now: DateTime<Utc>) -> Result<Statement, FieldErrors> {
    let mut check = Checker::new(form);
    let kind = check.choice("kind", |raw| FeedbackKind::parse(raw).filter(|k| *k != FeedbackKind::Survey));
    let category = check.choice("category", FeedbackCategory::parse);
    let severity = if kind == Some(FeedbackKind::Complaint) { check.choice("severity", Severity::parse) } else { None };
    let channel =
        check.choice("channel", |raw| FeedbackChannel::parse(raw).filter(|c| *c != FeedbackChannel::CustomerPage));
    let contact = check.optional("contact", |raw| input::text(raw, 2, 100));
    let received_at = check.date_time("received_at");
    if received_at.is_some_and(|at| at > now) {
        check.fail("received_at", Flaw::InTheFuture);
    }
    let content = check.long_text("content", 4, 1000);
    let one_of = |raw: &str, offered: &[Choice]| {
        offered.iter().find(|c| c.value == raw).and_then(|c| Uuid::parse_str(&c.value).ok()).map(PersonId)
    };
    let handler = check.choice("handler", |raw| one_of(raw, &choices.handlers));
    let about = check.optional_choice("about", |raw| one_of(raw, &choices.people));
    check.finish()?;
    match (kind, category, channel, received_at, handler) {
        (Some(kind), Some(category), Some(channel), Some(received_at), Some(handler)) => Ok(Statement {
            kind,
            category,
            severity,
            contact,
            channel,
            content,
            received_at,
            handler,
            about: about.filter(|_| kind == FeedbackKind::Complaint),
        }),
        _ => Err(Vec::new()),
    }
}

#[derive(Template)]
#[template(path = "feedback/record.html")]
struct RecordPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    choices: Choices,
    orders: Vec<Choice>,
    customer_no: String,
    customer_name: String,
    /// The order it is about, when the page was opened from one.
    order_no: Option<String>,
    back: String,
}

async fn record_page(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    form: FormView,
    errors: Vec<ErrorItem>,
    order: Option<String>,
) -> Result<RecordPage, Problem> {
    let t = who.t();
    let choices = choices(web, t, case).await?;
    let mut conn = web.app().db.read().await?;
    let orders = history::past_orders(&mut conn, case.customer.id, 50).await?;
    drop(conn);
    let sees_customer = policy::sees_customer(&who.actor, case);
    let back = case.deal.as_ref().filter(|_| !sees_customer || order.is_some());
    Ok(RecordPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        form,
        errors,
        choices,
        orders: orders.into_iter().map(|o| Choice::new(o.no.clone(), format!("{} {}", o.no, o.title))).collect(),
        customer_no: case.customer.no.clone(),
        customer_name: case.customer.profile.legal_name.clone(),
        order_no: order,
        back: back.map_or_else(|| format!("/customers/{}", case.customer.no), |d| format!("/deals/{}", d.no)),
    })
}

fn about<'a>(customer: &'a str, order: &'a str) -> FeedbackAbout<'a> {
    if order.is_empty() { FeedbackAbout::Customer { no: customer } } else { FeedbackAbout::Order { no: order } }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|t| !t.is_empty())
}

pub async fn new(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if asked.customer.is_empty() && asked.order.is_empty() {
        // Whose feedback it is, is chosen on the customer's page.
        return Ok(page::see_other(&web, "/customers", ""));
    }
    let case = web.app().to_feed_back(&who.actor, about(&asked.customer, &asked.order)).await?;
    policy::may_on(&who.actor, Act::Do(Action::RecordFeedback), &case)?;
    let mut form = FormView::default();
    form.push("kind", FeedbackKind::parse(&asked.kind).unwrap_or(FeedbackKind::Complaint).code());
    form.push("received_at", local_minute(web.app().clock.now()));
    form.push("handler", who.actor.id.to_string());
    page::page(&record_page(&web, &who, &case, form, Vec::new(), some(&asked.order)).await?)
}

pub async fn record(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let (customer, order) = (post.form.value("customer").trim(), post.form.value("order_no").trim());
    let what = about(customer, order);
    let case = web.app().to_feed_back(&post.who.actor, what).await.map_err(|f| post.keeping(f))?;
    policy::may_on(&post.who.actor, Act::Do(Action::RecordFeedback), &case).map_err(|d| post.keeping(d))?;
    if !customer.is_empty() && case.customer.no != customer {
        // An order of another customer.
        return Err(post.keeping(Problem::Missing));
    }
    let choices = choices(&web, t, &case).await?;
    match read(&post.form, &choices, web.app().clock.now()) {
        Ok(said) => {
            let done =
                web.app().record_feedback(&post.by("/feedback"), what, said).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), Action::RecordFeedback.code()))
        }
        Err(flaws) => {
            let by_field: Vec<(String, String)> = flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect();
            let errors = summary(t, &by_field);
            let form = FormView::typed(&post.form, by_field);
            let fixed = some(post.form.value("fixed_order"));
            page::invalid(&record_page(&web, &post.who, &case, form, errors, fixed).await?)
        }
    }
}
