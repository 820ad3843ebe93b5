//! The survey of one completed order, recorded by the rep after a call.

use super::summary;
use crate::app::{FeedbackAbout, SurveyBy};
use crate::domain::feedback::{BEST, FeedbackChannel, Scores, SurveyAnswer, SurveyItem, WORST, survey_due};
use crate::domain::input::{self, Flaw};
use crate::domain::policy::{self, Act};
use crate::domain::workflow::{self, Action, Blocker, Case};
use crate::store::feedback;
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::Chip;
use crate::web::form::{Choice, ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, Prices, Section};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "feedback/survey.html")]
struct SurveyPage {
    chrome: Chrome,
    t: Lang,
    order_no: String,
    deal_no: String,
    customer_name: String,
    completed: String,
    due: Option<Chip>,
    form: FormView,
    errors: Vec<ErrorItem>,
    items: Vec<(&'static str, &'static str)>,
    scores: Vec<Choice>,
    outcomes: Vec<Choice>,
    channels: Vec<Choice>,
    contacts: Vec<Choice>,
    may_answer: bool,
    /// Why it cannot be asked now.
    in_the_way: Vec<String>,
    asked: Option<String>,
}

async fn survey_page(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    form: FormView,
    errors: Vec<ErrorItem>,
) -> Result<SurveyPage, Problem> {
    let t = who.t();
    let (Some(order), Some(deal)) = (&case.order, &case.deal) else { return Err(Problem::Missing) };
    let mut conn = web.app().db.read().await?;
    let asked = feedback::survey_of(&mut conn, order.id).await?.map(|asked| asked.no);
    drop(conn);
    let blockers = workflow::blockers(case, Action::AnswerSurvey, None, web.app().clock.now());
    let words = |b: &Blocker| page::blocker_text(t, Prices::Hidden, b);
    Ok(SurveyPage {
        chrome: page::chrome(web, who, Section::Customers).await?,
        t,
        order_no: order.no.clone(),
        deal_no: deal.no.clone(),
        customer_name: case.customer.profile.legal_name.clone(),
        completed: order.completed_at.map(|at| t.moment_full(at)).unwrap_or_default(),
        due: order
            .completed_at
            .filter(|_| asked.is_none())
            .map(|at| Chip::working(web, t, survey_due(at, &web.app().calendar))),
        form,
        errors,
        items: SurveyItem::ALL.iter().map(|i| (i.code(), t.survey_item(*i))).collect(),
        scores: (WORST..=BEST).map(|n| Choice::new(n.to_string(), n.to_string())).collect(),
        outcomes: vec![
            Choice::new("answered", t.feedback_survey_answered()),
            Choice::new("none", t.feedback_survey_refused()),
        ],
        channels: [FeedbackChannel::Phone, FeedbackChannel::Wechat, FeedbackChannel::Email, FeedbackChannel::Visit]
            .iter()
            .map(|c| Choice::new(c.code(), t.feedback_channel_of(*c)))
            .collect(),
        contacts: case.customer.profile.active_contacts().map(|c| Choice::new(&c.name, &c.name)).collect(),
        may_answer: policy::may_on(&who.actor, Act::Do(Action::AnswerSurvey), case).is_ok()
            && asked.is_none()
            && blockers.is_empty(),
        in_the_way: blockers.iter().filter(|_| asked.is_none()).map(words).collect(),
        asked,
    })
}

pub async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().to_feed_back(&who.actor, FeedbackAbout::Order { no: &no }).await?;
    let mut form = FormView::default();
    form.push("outcome", "answered");
    form.push("channel", FeedbackChannel::Phone.code());
    page::page(&survey_page(&web, &who, &case, form, Vec::new()).await?)
}

fn read(form: &Submitted) -> Result<SurveyAnswer, FieldErrors> {
    let mut check = Checker::new(form);
    let channel =
        check.choice("channel", |raw| FeedbackChannel::parse(raw).filter(|c| *c != FeedbackChannel::CustomerPage));
    let contact = check.optional("contact", |raw| input::text(raw, 2, 100));
    let comment = check.optional_long_text("comment", 2, 1000);
    let outcome = check.choice("outcome", |raw| match raw {
        "answered" => Some(true),
        "none" => Some(false),
        _ => None,
    });
    let mut scores = None;
    if outcome == Some(true) {
        let mut given = [0_i16; 5];
        for (place, item) in given.iter_mut().zip(SurveyItem::ALL) {
            let score = check.choice(item.code(), |raw| raw.parse().ok().filter(|n| (WORST..=BEST).contains(n)));
            *place = score.unwrap_or_default();
        }
        scores = Scores::of(given);
        if scores.is_none() && check.is_clean() {
            check.fail("overall", Flaw::Required);
        }
    }
    check.finish()?;
    channel.map(|channel| SurveyAnswer { scores, contact, channel, comment }).ok_or_else(Vec::new)
}

pub async fn answer(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let what = FeedbackAbout::Order { no: &no };
    let case = web.app().to_feed_back(&post.who.actor, what).await.map_err(|f| post.keeping(f))?;
    policy::may_on(&post.who.actor, Act::Do(Action::AnswerSurvey), &case).map_err(|d| post.keeping(d))?;
    match read(&post.form) {
        Ok(answer) => {
            let by = post.by("/feedback");
            let done =
                web.app().answer_survey(SurveyBy::Person(&by), &no, answer).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), Action::AnswerSurvey.code()))
        }
        Err(flaws) => {
            let by_field: Vec<(String, String)> = flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect();
            let errors = summary(t, &by_field);
            let form = FormView::typed(&post.form, by_field);
            page::invalid(&survey_page(&web, &post.who, &case, form, errors).await?)
        }
    }
}
