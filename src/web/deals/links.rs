//! The customer's links of a deal: make one, copy it, see when it was opened and what was said,
//! take it back.

use crate::app::{Touched, Upshot};
use crate::domain::feedback::SurveyItem;
use crate::domain::ids::{LinkAnswerId, LinkId};
use crate::domain::link::{AnswerKind, Link, LinkAnswer, LinkPurpose, LinkState, last_day, no_link};
use crate::web::check::Checker;
use crate::web::form::ErrorItem;
use crate::web::page::{self, Chrome, Section};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/links", get(show).post(make))
        .route("/deals/{no}/links/revoke", post(revoke))
        .route("/deals/{no}/links/settle", post(settle))
}

pub struct Way {
    pub code: &'static str,
    pub name: &'static str,
    pub text: &'static str,
    /// Why it cannot be made now.
    pub stops: Vec<String>,
}

pub struct AnswerLine {
    pub id: String,
    pub kind: &'static str,
    pub kind_mark: &'static str,
    pub who: String,
    pub when: String,
    pub note: Option<String>,
    pub corrections: Vec<(String, String, String)>,
    pub settled: Option<String>,
    pub is_open: bool,
    pub touched: Vec<TouchedLine>,
    /// What was typed into the form of this answer, and what is wrong with it.
    pub typed: String,
    pub error: Option<String>,
}

/// A running deal that holds what was corrected, and its change record.
pub struct TouchedLine {
    pub deal: String,
    pub href: String,
    pub owner: String,
    pub change: Option<(String, String, &'static str)>,
    /// Where the record is written, for those who may, while there is none that counts.
    pub write: Option<String>,
}

pub struct LinkLine {
    pub id: String,
    pub name: &'static str,
    pub state: &'static str,
    pub state_kind: &'static str,
    /// Only while it opens something.
    pub url: Option<String>,
    pub made: String,
    pub ends: String,
    pub opened: String,
    pub answers: Vec<AnswerLine>,
}

#[derive(Template)]
#[template(path = "deals/links.html")]
struct LinksPage {
    chrome: Chrome,
    t: Lang,
    errors: Vec<ErrorItem>,
    no: String,
    customer: String,
    ways: Vec<Way>,
    links: Vec<LinkLine>,
    /// Whether the links open on another computer.
    is_reachable: bool,
}

/// The label of a corrected field; a contact's carries the contact's place.
pub(super) fn corrected_field(t: Lang, field: &str) -> String {
    let of_contact = field.strip_prefix("contact_").and_then(|rest| rest.split_once('_'));
    match of_contact {
        Some((at, of)) => {
            let place = at.parse::<usize>().map_or(1, |at| at + 1);
            let label = if of == "title" { t.field("contact_title") } else { t.field(of) };
            format!("{} {place} · {label}", t.field("contact"))
        }
        None if field == "registered_address" => t.document_address().to_owned(),
        None => t.field(field).to_owned(),
    }
}

/// What the customer spoke of: a field of the archive, or a question of the survey.
fn said_of(t: Lang, kind: AnswerKind, field: &str) -> String {
    match SurveyItem::parse(field) {
        Some(item) if kind == AnswerKind::Surveyed => t.survey_item(item).to_owned(),
        _ => corrected_field(t, field),
    }
}

fn touched_line(t: Lang, of: &Touched) -> TouchedLine {
    TouchedLine {
        deal: of.deal.clone(),
        href: format!("/deals/{}", of.deal),
        owner: page::name_in(t, &of.owner.0, &of.owner.1),
        change: of
            .change
            .as_ref()
            .map(|(no, status)| (no.clone(), super::changes::link(&of.deal, no), t.change_status(*status))),
        write: (of.may_write && !of.is_filed)
            .then(|| format!("/deals/{}/changes/new?correction={}", of.deal, of.answer)),
    }
}

/// A settlement that was refused: whose, what was typed and why.
struct Refused<'a> {
    answer: LinkAnswerId,
    typed: &'a str,
    error: String,
}

fn answers(t: Lang, link: &Link, touched: &[Touched], refused: Option<&Refused>) -> Vec<AnswerLine> {
    let refused_of = |a: &LinkAnswer| refused.filter(|r| r.answer == a.id);
    link.answers
        .iter()
        .map(|a| AnswerLine {
            touched: touched.iter().filter(|of| of.answer == a.id).map(|of| touched_line(t, of)).collect(),
            typed: refused_of(a).map(|r| r.typed.to_owned()).unwrap_or_default(),
            error: refused_of(a).map(|r| r.error.clone()),
            id: a.id.to_string(),
            kind: t.answer_kind(a.kind),
            kind_mark: match a.kind {
                AnswerKind::Accepted | AnswerKind::Confirmed | AnswerKind::Surveyed => "ok",
                AnswerKind::Declined => "bad",
                AnswerKind::Corrected | AnswerKind::ChangeAsked => "warn",
            },
            who: a.by_title.as_ref().map_or_else(|| a.by_name.clone(), |title| format!("{} · {title}", a.by_name)),
            when: t.moment_full(a.at),
            note: a.note.clone(),
            corrections: a
                .corrections
                .iter()
                .map(|c| (said_of(t, a.kind, &c.field), c.shown.clone(), c.said.clone()))
                .collect(),
            settled: a.settled.as_ref().map(|(by, at, how)| t.links_settled(how, t.moment(*at), t.person(by))),
            is_open: a.is_open(),
        })
        .collect()
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&links_page(&web, &who, &no, None).await?)
}

async fn links_page(web: &Web, who: &SignedIn, no: &str, refused: Option<&Refused<'_>>) -> Result<LinksPage, Problem> {
    let t = who.t();
    let (case, found) = web.app().links(&who.actor, no).await?;
    let touched = web.app().touched(&who.actor, &case, &found).await?;
    let now = web.app().clock.now();
    let base = web.own_address(&who.here);
    let mut links = Vec::new();
    for link in &found {
        let state = link.state(now);
        let url = if state == LinkState::Live {
            Some(format!("{base}/p/{}", web.app().link_token(link.id).await?))
        } else {
            None
        };
        links.push(LinkLine {
            id: link.id.to_string(),
            name: t.link_purpose(link.purpose),
            state: t.link_state(state),
            state_kind: match state {
                LinkState::Live => "ok",
                LinkState::Expired | LinkState::Revoked => "plain",
            },
            url,
            made: t.links_made(t.moment(link.created_at), t.person(&link.created_by_name)),
            ends: t.date(last_day(link.expires_at)),
            opened: match (link.first_opened_at, link.last_opened_at) {
                (Some(first), Some(last)) => t.links_opened(link.opened, t.moment(first), t.moment(last)),
                _ => t.links_not_opened().to_owned(),
            },
            answers: answers(t, link, &touched, refused),
        });
    }
    let ways = LinkPurpose::ALL.iter().map(|purpose| Way {
        code: purpose.code(),
        name: t.link_purpose(*purpose),
        text: t.link_purpose_text(*purpose),
        stops: no_link(*purpose, &case, now).into_iter().map(|stop| t.no_link(stop)).collect(),
    });
    Ok(LinksPage {
        errors: refused.iter().map(|r| ErrorItem { field: settle_field(r.answer), text: r.error.clone() }).collect(),
        ways: ways.collect(),
        chrome: page::chrome(web, who, Section::Deals).await?,
        t,
        customer: case.customer.profile.legal_name.clone(),
        no: no.to_owned(),
        links,
        is_reachable: web.is_reachable(&who.here),
    })
}

async fn make(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let Some(purpose) = check.choice("purpose", LinkPurpose::parse) else { return Err(Problem::Missing) };
    let then = format!("/deals/{no}/links");
    // What is in the way is told by the page itself.
    let made = web.app().make_link(&post.by(&then), &no, purpose).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, &then, if made.is_ok() { "saved" } else { "" }))
}

async fn revoke(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let id = Uuid::parse_str(post.form.value("link")).map_err(|_| Problem::Missing)?;
    let then = match post.form.value("return_to") {
        "" => format!("/deals/{no}/links"),
        path => page::own_path(path).to_owned(),
    };
    web.app().revoke_link(&post.by(&then), &no, LinkId(id)).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, &then, "saved"))
}

fn settle_field(answer: LinkAnswerId) -> String {
    format!("settlement-{answer}")
}

async fn settle(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let answer = LinkAnswerId(Uuid::parse_str(post.form.value("answer")).map_err(|_| Problem::Missing)?);
    let then = format!("/deals/{no}/links");
    let mut check = Checker::new(&post.form);
    let how = check.long_text("settlement", 2, 300);
    let upshot = if check.ticked("nothing_changes") { Upshot::NothingChanges } else { Upshot::TakenOver };
    let error = match how {
        Some(how) => {
            let how = match upshot {
                Upshot::TakenOver => how,
                Upshot::NothingChanges => t.links_nothing_changes_because(how),
            };
            let done = web.app().settle_answer(&post.by(&then), &no, answer, (&how, upshot)).await;
            match done.map_err(|f| post.keeping(f))? {
                Ok(_) => return Ok(page::see_other(&web, &then, "saved")),
                Err(deals) => t.links_change_missing(deals.join(t.sentence_joint())),
            }
        }
        None => check.finish().err().unwrap_or_default().first().map(|(_, flaw)| t.flaw(flaw)).unwrap_or_default(),
    };
    let refused = Refused { answer, typed: post.form.value("settlement"), error };
    page::invalid(&links_page(&web, &post.who, &no, Some(&refused)).await?)
}
