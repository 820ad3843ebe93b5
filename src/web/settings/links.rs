//! Customers' links that are open now: of which deal, for what, by whom, until when. What a link says and where it
//! leads is not told here; it is taken back by the same act as on the deal, by those who may hand it out.

use super::places::{LINKS, Tab};
use crate::domain::ids::PersonId;
use crate::domain::link::{LinkPurpose, last_day};
use crate::domain::policy::{self, Act};
use crate::store::links::{self, LiveLink};
use crate::web::boards::{address, token};
use crate::web::page::{self, Chrome, Section, name_in};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

/// Links of one page.
const PAGE: usize = 50;

pub fn routes() -> Router<Web> {
    Router::new().route("/settings/links", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: String,
}

struct Line {
    id: String,
    deal: String,
    /// For those who may open the deal.
    href: Option<String>,
    purpose: &'static str,
    maker: String,
    made: String,
    opened: String,
    ends: String,
    may_revoke: bool,
}

#[derive(Template)]
#[template(path = "settings/links.html")]
struct LinksPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    first: Option<&'static str>,
    older: Option<String>,
}

fn line(t: Lang, who: &SignedIn, link: &LiveLink) -> Line {
    let (owner, manager) = (PersonId(link.owner_id), link.owner_manager.map(PersonId));
    Line {
        id: link.id.to_string(),
        href: policy::may_ever(&who.actor, Act::SeeDeal).then(|| format!("/deals/{}", link.deal_no)),
        deal: link.deal_no.clone(),
        purpose: LinkPurpose::parse(&link.purpose).map(|p| t.link_purpose(p)).unwrap_or_default(),
        maker: name_in(t, &link.maker, &link.maker_en),
        made: t.moment_full(link.created_at),
        opened: link
            .last_opened_at
            .map_or_else(|| t.live_links_never().to_owned(), |at| t.live_links_seen(t.moment(at), link.opened)),
        ends: t.date(last_day(link.expires_at)),
        may_revoke: policy::may(&who.actor, Act::ShareLinks, owner, manager).is_ok(),
    }
}

async fn show(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    LINKS.open(&who)?;
    let t = who.t();
    let key = &web.installation().server_key;
    let before = token::open(key, LINKS.href, &asked.before);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let now = web.app().clock.now();
    let visible = policy::visible_links(&who.actor);
    let mut found = links::live(&mut *web.app().db.search().await?, visible, now, before, limit).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| has_more).map(|last| token::mint(key, LINKS.href, last.created_at, last.id));
    page::page(&LinksPage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        tabs: LINKS.tabs(&who),
        lines: found.iter().map(|link| line(t, &who, link)).collect(),
        first: before.map(|_| LINKS.href),
        older: older.map(|token| address(LINKS.href, &[("before", &token)])),
    })
}
