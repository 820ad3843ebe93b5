//! The reader's notices: lists by topic, one on its own page, read one by one or all at once.
//!
//! Looking changes nothing: a notice is read when its reader says so. It names what it is about,
//! and leads there only as long as the reader may go there.

use super::boards::{address, token};
use super::page::{self, Chrome, Section};
use super::{Post, Problem, SignedIn, Web};
use crate::domain::notice::Topic;
use crate::domain::policy::{self, Act};
use crate::store::notices::{self, Notice, NoticeFilter};
use crate::store::{PgConnection, customer_list, feedback_list};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// Kinds of notices that are about no deal and no customer: who may open which page.
const PAGES: [(&str, Act, &str); 2] = [
    ("delivery_failed", Act::KeepService, "/settings/service?trouble=yes"),
    ("overdue_digest", Act::SeeDeadlines, "/deadlines"),
];
/// Rows of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/notices", get(index))
        .route("/notices/read", get(to_notices).post(read_all))
        .route("/notices/{id}", get(show))
        .route("/notices/{id}/read", get(to_one).post(read_one))
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    topic: String,
    unread: String,
    before: String,
}

impl Asked {
    fn href(&self, before: &str) -> String {
        address("/notices", &[("topic", &self.topic), ("unread", &self.unread), ("before", before)])
    }
}

struct Line {
    id: Uuid,
    text: &'static str,
    subject: String,
    customer: String,
    href: Option<String>,
    when: String,
    iso: String,
    is_new: bool,
    is_urgent: bool,
    /// What a digest lists.
    rows: Vec<String>,
}

struct Tab {
    label: &'static str,
    href: String,
    count: i64,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    unread: i64,
    topic: String,
    only_unread: bool,
    unread_href: String,
    seen: String,
    first: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    chrome: Chrome,
    t: Lang,
    line: Line,
}

/// Where a notice leads, while its reader may go there.
struct Reach {
    /// Kinds that are about a page, with the page.
    pages: Vec<(&'static str, &'static str)>,
    deals: Vec<Uuid>,
    customers: Vec<Uuid>,
    /// Numbers of feedback.
    feedback: Vec<String>,
}

/// A fact that a notice carries besides its deal or customer.
fn fact<'a>(n: &'a Notice, name: &str) -> Option<&'a str> {
    n.payload.get(name).and_then(serde_json::Value::as_str)
}

impl Reach {
    async fn of(web: &Web, conn: &mut PgConnection, who: &SignedIn, found: &[Notice]) -> Result<Self, Problem> {
        let deals: Vec<Uuid> = found.iter().filter_map(|n| n.deal_id).collect();
        let customers: Vec<Uuid> = found.iter().filter(|n| n.deal_id.is_none()).filter_map(|n| n.customer_id).collect();
        let about: Vec<String> = found.iter().filter_map(|n| fact(n, "feedback")).map(str::to_owned).collect();
        Ok(Self {
            feedback: feedback_list::among(conn, policy::visible_feedback(&who.actor), &about).await?,
            pages: PAGES
                .iter()
                .filter(|(_, act, _)| policy::may_ever(&who.actor, *act))
                .map(|(kind, _, href)| (*kind, *href))
                .collect(),
            deals: web.app().deals_open_to(conn, &who.actor, &deals).await?,
            customers: customer_list::among(conn, policy::visible_customers(&who.actor), &customers).await?,
        })
    }

    fn line(&self, t: Lang, n: &Notice) -> Line {
        let deal = n.deal_no.as_ref().filter(|_| n.deal_id.is_some_and(|id| self.deals.contains(&id)));
        let customer = n.customer_no.as_ref().filter(|_| n.customer_id.is_some_and(|id| self.customers.contains(&id)));
        let feedback = fact(n, "feedback").filter(|no| self.feedback.iter().any(|seen| seen == no));
        let survey = fact(n, "survey").filter(|_| deal.is_some());
        let href = match (feedback, survey, n.deal_id) {
            (Some(no), _, _) => Some(format!("/feedback/{no}")),
            (None, Some(order), _) => Some(format!("/surveys/{order}")),
            (None, None, Some(_)) => deal.map(|no| format!("/deals/{no}")),
            (None, None, None) => customer.map(|no| format!("/customers/{no}")),
        };
        Line {
            id: n.id,
            text: t.notice(&n.kind),
            subject: feedback
                .or(survey)
                .map(str::to_owned)
                .or_else(|| n.deal_no.clone())
                .or_else(|| n.customer_no.clone())
                .unwrap_or_default(),
            customer: n.customer_name.clone(),
            href: href
                .or_else(|| self.pages.iter().find(|(kind, _)| *kind == n.kind).map(|(_, href)| (*href).to_owned())),
            rows: t.digest(&n.payload),
            when: t.moment(n.created_at),
            iso: n.created_at.to_rfc3339(),
            is_new: !n.is_read,
            is_urgent: n.is_urgent,
        }
    }
}

async fn index(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    let t = who.t();
    let filter = NoticeFilter {
        topic: Topic::parse(&asked.topic),
        unread: (asked.unread == "yes").then_some(()),
        only: None,
        before: token::open(&web.installation().server_key, &asked.href(""), &asked.before),
    };
    let seen = web.app().clock.now();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = web.app().db.read().await?;
    let mut found = notices::page(&mut conn, who.actor.id, &filter, limit).await?;
    let counts = notices::unread_by_topic(&mut conn, who.actor.id).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let reach = Reach::of(&web, &mut conn, &who, &found).await?;
    drop(conn);
    let count = |topic: Option<Topic>| {
        counts.iter().filter(|(code, _)| topic.is_none_or(|t| t.code() == code)).map(|(_, n)| n).sum::<i64>()
    };
    let tab = |topic: Option<Topic>| {
        let code = topic.map_or("", Topic::code);
        Tab {
            label: topic.map_or(t.notices_all(), |topic| topic_name(t, topic)),
            href: address("/notices", &[("topic", code), ("unread", &asked.unread)]),
            count: count(topic),
            is_current: filter.topic == topic,
        }
    };
    let flip =
        Asked { unread: if filter.unread.is_some() { String::new() } else { "yes".to_owned() }, ..asked.clone() };
    page::page(&NoticesPage {
        chrome: page::chrome(&web, &who, Section::None).await?,
        t,
        tabs: std::iter::once(None).chain(Topic::ALL.iter().copied().map(Some)).map(tab).collect(),
        unread: count(filter.topic),
        topic: filter.topic.map_or_else(String::new, |topic| topic.code().to_owned()),
        only_unread: filter.unread.is_some(),
        unread_href: flip.href(""),
        seen: seen.to_rfc3339_opts(SecondsFormat::Micros, true),
        first: filter.before.map(|_| asked.href("")),
        next: found.last().filter(|_| has_more).map(|n| {
            let list = asked.href("");
            asked.href(&token::mint(&web.installation().server_key, &list, n.created_at, n.id))
        }),
        lines: found.iter().map(|n| reach.line(t, n)).collect(),
    })
}

fn topic_name(t: Lang, topic: Topic) -> &'static str {
    match topic {
        Topic::Turn => t.notices_topic_turn(),
        Topic::Deadline => t.notices_topic_deadline(),
        Topic::Told => t.notices_topic_told(),
        Topic::System => t.notices_topic_system(),
    }
}

/// One of the reader's own notices, with where it leads.
async fn own(web: &Web, who: &SignedIn, id: &str) -> Result<Line, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    let mut conn = web.app().db.read().await?;
    let filter = NoticeFilter { only: Some(id), ..NoticeFilter::default() };
    let found = notices::page(&mut conn, who.actor.id, &filter, 1).await?;
    let reach = Reach::of(web, &mut conn, who, &found).await?;
    found.first().map(|n| reach.line(who.t(), n)).ok_or(Problem::Missing)
}

/// What the link in a message opens: it shows and asks, and changes nothing by itself.
async fn show(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let line = own(&web, &who, &id).await?;
    page::page(&NoticePage { chrome: page::chrome(&web, &who, Section::None).await?, t: who.t(), line })
}

async fn to_notices() -> Redirect {
    Redirect::to("/notices")
}

async fn to_one(Path(id): Path<String>) -> Redirect {
    Uuid::parse_str(&id).map_or_else(|_| Redirect::to("/notices"), |id| Redirect::to(&format!("/notices/{id}")))
}

async fn read_one(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let line = own(&web, &post.who, &id).await?;
    web.app().read_notice(post.who.actor.id, line.id).await?;
    let stays = post.form.value("stay") == "yes";
    Ok(match line.href {
        Some(href) if !stays => page::see_other(&web, &href, ""),
        _ => page::see_other(&web, "/notices", "saved"),
    })
}

async fn read_all(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let topic = Topic::parse(post.form.value("topic"));
    let now = web.app().clock.now();
    let seen = DateTime::parse_from_rfc3339(post.form.value("seen")).map_or(now, |at| at.with_timezone(&Utc).min(now));
    web.app().read_notices_of(post.who.actor.id, topic, seen).await?;
    Ok(page::see_other(&web, "/notices", "saved"))
}
