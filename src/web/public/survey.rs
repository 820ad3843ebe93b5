//! The survey after a completed order (DOMAIN 7.8): five scores and a word, once.

use super::{Cover, Guest, GuestPost, back, cover, message, opened, summary, typed_again, unprocessable};
use crate::app::{Failure, Opened, SurveyBy};
use crate::domain::feedback::{BEST, FeedbackChannel, Scores, SurveyAnswer, SurveyItem, WORST};
use crate::domain::input::Flaw;
use crate::domain::link::{AnswerKind, LinkPurpose, NoLink, no_link};
use crate::domain::workflow::Blocker;
use crate::web::form::{ErrorItem, FormView};
use crate::web::page;
use crate::web::{Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;

pub struct Item {
    pub code: &'static str,
    pub label: &'static str,
}

#[derive(Template)]
#[template(path = "public/survey.html")]
struct SurveyPage {
    cover: Cover,
    t: Lang,
    order_no: String,
    items: Vec<Item>,
    scores: Vec<String>,
    form: FormView,
    errors: Vec<ErrorItem>,
    action: String,
}

fn order_no(opened: &Opened) -> Option<&str> {
    opened.case.order.as_ref().map(|o| o.no.as_str())
}

async fn survey_page(web: &Web, guest: &Guest, opened: &Opened, form: FormView) -> Result<SurveyPage, Problem> {
    let t = guest.t;
    Ok(SurveyPage {
        cover: cover(web, guest, Some(opened)).await?,
        t,
        order_no: order_no(opened).ok_or(Problem::Missing)?.to_owned(),
        items: SurveyItem::ALL.iter().map(|i| Item { code: i.code(), label: t.survey_item(*i) }).collect(),
        scores: (WORST..=BEST).map(|s| s.to_string()).collect(),
        errors: summary(&form),
        form,
        action: guest.path("/survey"),
    })
}

async fn done(web: &Web, guest: &Guest, opened: &Opened) -> Result<Response, Problem> {
    let t = guest.t;
    message(web, guest, opened, (t.public_survey_done_title(), t.public_survey_done_text().to_owned())).await
}

async fn early(web: &Web, guest: &Guest, opened: &Opened, on: NaiveDate) -> Result<Response, Problem> {
    let t = guest.t;
    message(web, guest, opened, (t.public_survey_early_title(), t.public_survey_early_text(t.date(on)))).await
}

pub async fn page(web: &Web, guest: &Guest, opened: &Opened, form: FormView) -> Result<Response, Problem> {
    if opened.link.answer(AnswerKind::Surveyed).is_some() {
        return done(web, guest, opened).await;
    }
    if let [NoLink::SurveyTooEarly { on }] = no_link(LinkPurpose::Survey, &opened.case, web.app().clock.now())[..] {
        return early(web, guest, opened, on).await;
    }
    page::page(&survey_page(web, guest, opened, form).await?)
}

pub async fn answer(State(web): State<Web>, post: GuestPost) -> Result<Response, Problem> {
    let guest = &post.guest;
    let opened = match opened(&web, guest, LinkPurpose::Survey).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    let mut check = post.checker();
    let mut given = [0_i16; 5];
    for (item, score) in SurveyItem::ALL.iter().zip(&mut given) {
        let read = |raw: &str| raw.parse::<i16>().ok().filter(|s| (WORST..=BEST).contains(s)).ok_or(Flaw::Required);
        if let Some(found) = check.required(item.code(), read) {
            *score = found;
        }
    }
    let name = check.optional_text("name", 2, 30);
    let comment = check.optional_long_text("note", 1, 500);
    let (Some(scores), true) = (Scores::of(given), check.is_clean()) else {
        let form = typed_again(guest.t, &post.form, check).unwrap_or_default();
        return unprocessable(&survey_page(&web, guest, &opened, form).await?);
    };
    let said =
        SurveyAnswer { scores: Some(scores), contact: name.clone(), channel: FeedbackChannel::CustomerPage, comment };
    let order = order_no(&opened).ok_or(Problem::Missing)?.to_owned();
    let by = SurveyBy::CustomerPage { request: guest.here.request };
    match web.app().answer_survey(by, &order, said).await {
        Ok(_) => {
            web.app().surveyed_by_link(&opened, name, guest.here.request).await?;
            Ok(back(guest))
        }
        Err(Failure::Blocked { blockers, case }) => match blockers[..] {
            // Asked once; somebody answered before.
            [Blocker::SurveyAsked { .. }] => done(&web, guest, &opened).await,
            [Blocker::SurveyTooEarly { on }] => early(&web, guest, &opened, on).await,
            _ => Err(Failure::Blocked { blockers, case }.into()),
        },
        Err(failure) => Err(failure.into()),
    }
}
