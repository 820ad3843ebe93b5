//! Open pages hear that something changed: a stream of events, and the same question by asking.
//!
//! An event is only "deal N changed at number S". The page reads itself again under the rights of its
//! reader; the stream ends with these rights, with the session and with the process. A stream that
//! nothing happens on costs no query.

use super::{Problem, SignedIn, Web, presence};
use crate::app::Failure;
use crate::app::live::{Following, Hearing, Missed, News, Numbered, Seat, concerns, is_of_deal};
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::policy::{self, VisibleTo};
use crate::domain::staff::Actor;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

/// A comment on a silent stream, so that nobody in between takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A stream begins anew at the latest after this, and with it the look at the session.
const LONGEST: Duration = Duration::from_hours(1);
/// What an event says that has nothing to say: browsers drop events without data.
const NOTHING: &str = "-";
/// Before a browser comes back by itself.
const RETRY: Duration = Duration::from_secs(2);

pub fn routes() -> Router<Web> {
    Router::new().route("/live", get(stream)).route("/live/since", get(since))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Only this deal.
    deal: String,
    /// The number that the page already knows.
    since: String,
}

impl Asked {
    fn only(&self) -> Option<&str> {
        Some(self.deal.as_str()).filter(|no| !no.is_empty())
    }
}

/// What the lists of this person may show: also what they decide for somebody else, wherever it is.
fn shown_in_lists(actor: &Actor) -> VisibleTo {
    if actor.mandates.is_empty() { policy::visible_deals(actor) } else { VisibleTo::Everything }
}

/// For a page that asks because it cannot be told.
async fn since(State(web): State<Web>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let live = &web.app().live;
    let (changed, since) = match asked.only() {
        None => live.changed_since(Some(&asked.since), shown_in_lists(&who.actor), None),
        // The deal may have called the reader in: then it is asked itself, and only when it moved.
        Some(no) => {
            let (of_all, since) = live.changed_since(Some(&asked.since), VisibleTo::Nothing, Some(no));
            let (moved, _) = live.changed_since(Some(&asked.since), VisibleTo::Everything, Some(no));
            (of_all || (moved && sees(&web, &who.actor, no).await?), since)
        }
    };
    let answer = serde_json::json!({ "changed": changed, "since": since }).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], answer).into_response())
}

/// Whether this person may see the deal of this number now.
async fn sees(web: &Web, actor: &Actor, no: &str) -> Result<bool, Failure> {
    match web.app().deal(actor, no).await {
        Ok(_) => Ok(true),
        Err(Failure::NotFound) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// What a stream says last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    SignedOut,
    /// The person's rights are others now: come back with them.
    Rights,
    /// Come back: the process ends, or the database is not heard.
    Later,
}

/// One open stream.
struct Reader {
    /// Before the numbers of this connection to the database.
    epoch: String,
    news: broadcast::Receiver<Arc<Numbered>>,
    hearing: watch::Receiver<Hearing>,
    /// To be said before anything new.
    waiting: VecDeque<Event>,
    visible: VisibleTo,
    /// Decides for somebody else, on deals that the own lists do not hold.
    stands_in: Option<()>,
    only: Option<String>,
    /// To ask anew whether a deal that called the reader in still does.
    web: Web,
    token: String,
    person: PersonId,
    session: SessionId,
    until: Instant,
    ended: Option<()>,
    _seat: Seat,
}

async fn stream(
    State(web): State<Web>,
    who: SignedIn,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let live = &web.app().live;
    if live.hearing() != Hearing::Listening {
        // Nothing to hear here now: the page asks instead.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if let Some(no) = asked.only()
        && !sees(&web, &who.actor, no).await?
    {
        return Err(Problem::Missing);
    }
    let Some(seat) = live.seat(who.actor.id) else {
        return Ok(StatusCode::TOO_MANY_REQUESTS.into_response());
    };
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok());
    let Following { missed, at, news, hearing } = live.follow(Some(last.unwrap_or(&asked.since)));
    let over = (who.session.seen_at + web.sessions().idle).min(who.session.expires_at) - web.app().clock.now();
    // The wall comes back in time to keep its session.
    let over = if presence::is_wall(&who.here.path) { over / 2 } else { over };
    let mut reader = Reader {
        epoch: at.rsplit_once('-').map_or("", |(epoch, _)| epoch).to_owned(),
        news,
        hearing,
        waiting: VecDeque::from([Event::default().event("hello").data(NOTHING).retry(RETRY)]),
        visible: policy::visible_deals(&who.actor),
        stands_in: (!who.actor.mandates.is_empty()).then_some(()),
        only: asked.only().map(str::to_owned),
        web: web.clone(),
        token: who.here.token.clone().unwrap_or_default(),
        person: who.actor.id,
        session: who.session.id,
        until: Instant::now() + over.to_std().unwrap_or_default().min(LONGEST),
        ended: None,
        _seat: seat,
    };
    match missed {
        Missed::Unknown => reader.waiting.push_back(look_again(&at)),
        Missed::News(news) => news.iter().for_each(|told| reader.take(told)),
    }
    let events = futures_util::stream::unfold(reader, |mut reader| async move {
        reader.next().await.map(|event| (Ok::<_, Infallible>(event), reader))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn look_again(at: &str) -> Event {
    Event::default().event("all").id(at).data(NOTHING)
}

impl Reader {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended.is_some() {
                return None;
            }
            tokio::select! {
                told = self.news.recv() => match told {
                    Ok(told) => match self.lost(&told).await {
                        Some(why) => self.end(why),
                        None => self.take(&told),
                    },
                    // Too much at once for this reader: once instead of one by one.
                    Err(RecvError::Lagged(_)) => {
                        self.news = self.news.resubscribe();
                        self.waiting.push_back(Event::default().event("all").data(NOTHING));
                    }
                    Err(RecvError::Closed) => self.end(End::Later),
                },
                changed = self.hearing.changed() => {
                    if changed.is_err() || *self.hearing.borrow_and_update() != Hearing::Listening {
                        self.end(End::Later);
                    }
                }
                () = tokio::time::sleep_until(self.until) => self.end(End::Later),
            }
        }
    }

    /// Why the reader is not told of the own deal any more. Whose lists hold it needs no question; whom the deal
    /// called in, or who stands in for somebody, is asked for anew each time it moves.
    async fn lost(&self, told: &Numbered) -> Option<End> {
        let no = self.only.as_deref().filter(|no| is_of_deal(&told.news, no))?;
        if concerns(&told.news, self.visible, Some(no)) {
            return None;
        }
        // Boxed: every open stream would keep room for loading a deal.
        Box::pin(self.asked_anew(no)).await
    }

    async fn asked_anew(&self, no: &str) -> Option<End> {
        let idle = self.web.sessions().idle;
        match self.web.app().session_unused(&self.token, idle).await {
            Ok(Some(session)) => match sees(&self.web, &session.actor(), no).await {
                Ok(true) => None,
                Ok(false) => Some(End::Rights),
                Err(_) => Some(End::Later),
            },
            Ok(None) => Some(End::SignedOut),
            Err(_) => Some(End::Later),
        }
    }

    fn hears(&self, news: &News) -> bool {
        match &self.only {
            Some(no) => is_of_deal(news, no),
            None => concerns(news, self.visible, None),
        }
    }

    fn take(&mut self, told: &Numbered) {
        let id = format!("{}-{}", self.epoch, told.no);
        match &told.news {
            News::Session(session) if *session == self.session => self.end(End::SignedOut),
            News::Person(person) if *person == self.person => self.end(End::Rights),
            News::Deal { deal, seq } if self.hears(&told.news) => {
                let data = serde_json::json!({ "no": deal.no, "seq": seq }).to_string();
                self.waiting.push_back(Event::default().event("deal").id(id).data(data));
            }
            News::All => self.waiting.push_back(look_again(&id)),
            News::Deal { .. } if self.only.is_none() && self.stands_in.is_some() => {
                self.waiting.push_back(look_again(&id));
            }
            News::Session(_) | News::Person(_) | News::Deal { .. } => {}
        }
    }

    fn end(&mut self, why: End) {
        let why = match why {
            End::SignedOut => "signed-out",
            End::Rights => "rights",
            End::Later => "later",
        };
        self.ended = Some(());
        self.waiting.push_back(Event::default().event("end").data(why));
    }
}
