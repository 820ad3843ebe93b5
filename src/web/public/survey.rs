//! The survey after a completed order (DOMAIN 7.8): five scores and a word, once.

use super::{Cover, Guest, GuestPost, back, cover, message, opened, summary, typed_again, unprocessable};
use crate::app::{Failure, Opened, Outcome, SurveyBy};
use crate::domain::feedback::{BEST, FeedbackChannel, Scores, SurveyAnswer, SurveyItem, WORST};
use crate::domain::input::Flaw;
use crate::domain::link::{AnswerKind, LinkPurpose, NoLink, no_link};
use crate::domain::workflow::Blocker;
use crate::store::feedback;
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
    /// Who answered before, so that nobody believes to be the first.
    before: Option<String>,
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
    let order = opened.case.order.as_ref().ok_or(Problem::Missing)?;
    let mut conn = web.app().db.read().await?;
    let asked = feedback::survey_of(&mut conn, order.id).await?;
    drop(conn);
    Ok(SurveyPage {
        before: asked
            .filter(|asked| asked.answer.scores.is_some())
            .map(|asked| t.public_survey_before(t.moment_full(asked.at), answered_by(t, &asked))),
        cover: cover(web, guest, Some(opened)).await?,
        t,
        order_no: order.no.clone(),
        items: SurveyItem::ALL.iter().map(|i| Item { code: i.code(), label: t.survey_item(*i) }).collect(),
        scores: (WORST..=BEST).map(|s| s.to_string()).collect(),
        errors: summary(&form),
        form,
        action: guest.path("/survey"),
    })
}

/// Through which channel, and who spoke or wrote it down.
fn answered_by(t: Lang, asked: &feedback::Asked) -> String {
    let channel = t.feedback_channel_of(asked.answer.channel);
    match asked.answer.contact.as_deref().or(asked.recorded_by.as_deref()) {
        Some(name) => format!("{channel} · {}", t.person(name)),
        None => channel.to_owned(),
    }
}

/// The scores in words with what was said to them: at most 1000 characters.
fn in_words(t: Lang, scores: Scores, comment: Option<&str>) -> String {
    let each: Vec<String> = scores.each().map(|(item, score)| format!("{} {score}", t.survey_item(item))).collect();
    let told = t.public_survey_told(each.join(t.sentence_joint()));
    comment.map_or(told.clone(), |note| t.public_survey_told_note(note, told))
}

/// Said once with this link; what came now was not kept.
async fn once(web: &Web, guest: &Guest) -> Result<Response, Problem> {
    let t = guest.t;
    let opened = match opened(web, guest, LinkPurpose::Survey).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    let said = opened.link.answer(AnswerKind::Surveyed).ok_or(Problem::Missing)?;
    let text = t.public_survey_once_text(t.moment_full(said.at), said.by_name.clone());
    message(web, guest, &opened, (t.public_survey_once_title(), text)).await
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
    let said = SurveyAnswer { scores: Some(scores), contact: name, channel: FeedbackChannel::CustomerPage, comment };
    let order = order_no(&opened).ok_or(Problem::Missing)?.to_owned();
    let by = SurveyBy::CustomerPage { request: guest.here.request };
    match web.app().answer_survey(by, &order, said.clone()).await {
        Ok(_) => {
            web.app().surveyed_by_link(&opened, &said, guest.here.request).await?;
            Ok(back(guest))
        }
        Err(Failure::Blocked { blockers, case }) => match blockers[..] {
            // Asked once, and somebody answered before: what the customer says is kept beside it.
            [Blocker::SurveyAsked { .. }] => {
                let told = in_words(guest.t, scores, said.comment.as_deref());
                match web.app().survey_besides(&opened, &said, told, guest.here.request).await? {
                    Outcome::Taken => done(&web, guest, &opened).await,
                    _ => once(&web, guest).await,
                }
            }
            [Blocker::SurveyTooEarly { on }] => early(&web, guest, &opened, on).await,
            _ => Err(Failure::Blocked { blockers, case }.into()),
        },
        Err(failure) => Err(failure.into()),
    }
}
