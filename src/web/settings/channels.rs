//! Channels: the mail server, chat robots and webhooks over which messages leave the program.
//!
//! What is secret is typed here and never shown again: a field left empty keeps what is stored.

use super::places::{CHANNELS, Tab};
use crate::app::ChannelInput;
use crate::domain::email::Email;
use crate::domain::input::Flaw;
use crate::domain::message::{ChannelKind, ChannelSecret, ChannelSettings, MailSecurity, target_host};
use crate::domain::policy::{self, Act};
use crate::store::channels::{self, Channel};
use crate::store::messages;
use crate::web::check::Checker;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

/// Bytes of certificates that are taken.
const LONGEST_AUTHORITY: usize = 50_000;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/channels", get(index).post(add))
        .route("/settings/channels/new", get(new))
        .route("/settings/channels/{id}", get(edit).post(change))
        .route("/settings/channels/{id}/test", get(back).post(test))
}

struct Line {
    href: String,
    name: String,
    kind: &'static str,
    host: String,
    is_active: bool,
    waiting: i64,
    given_up: i64,
    last_sent: Option<String>,
}

struct NewLink {
    href: String,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "settings/channels.html")]
struct ChannelsPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    can_keep: bool,
    new: Vec<NewLink>,
    no_public_url: bool,
}

#[derive(Template)]
#[template(path = "settings/channel.html")]
struct ChannelPage {
    chrome: Chrome,
    t: Lang,
    tabs: Vec<Tab>,
    /// None for a new one.
    id: Option<Uuid>,
    kind: ChannelKind,
    kind_name: &'static str,
    is_mail: bool,
    signs: bool,
    form: FormView,
    errors: Vec<ErrorItem>,
    revision: i64,
    securities: Vec<Choice>,
    target: String,
    no_public_url: bool,
}

async fn index(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    CHANNELS.open(&who)?;
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let all = channels::all(&mut conn).await?;
    let traffic = messages::traffic(&mut conn).await?;
    drop(conn);
    let has_mail = all.iter().any(|c| c.kind == ChannelKind::Mail);
    let lines = all.iter().map(|c| {
        let own = traffic.iter().find(|x| x.channel == c.id);
        Line {
            href: format!("/settings/channels/{}", c.id),
            name: c.name.clone(),
            kind: t.channel_kind(c.kind),
            host: c.settings.host.clone(),
            is_active: c.is_active,
            waiting: own.map_or(0, |x| x.waiting),
            given_up: own.map_or(0, |x| x.given_up),
            last_sent: own.and_then(|x| x.last_sent_at).map(|at| t.moment_full(at)),
        }
    });
    page::page(&ChannelsPage {
        chrome: page::chrome(&web, &who, Section::Settings).await?,
        t,
        tabs: CHANNELS.tabs(&who),
        lines: lines.collect(),
        can_keep: policy::may_ever(&who.actor, Act::KeepService),
        new: ChannelKind::ALL
            .iter()
            .filter(|kind| **kind != ChannelKind::Mail || !has_mail)
            .map(|kind| NewLink { href: format!("/settings/channels/new?kind={kind}"), label: t.channel_kind(*kind) })
            .collect(),
        no_public_url: web.public_url().is_none(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kind: String,
}

async fn build(
    web: &Web,
    who: &SignedIn,
    kind: ChannelKind,
    stored: Option<&Channel>,
    typed: Option<FormView>,
) -> Result<ChannelPage, Problem> {
    let t = who.t();
    let form = typed.unwrap_or_else(|| fill(kind, stored));
    Ok(ChannelPage {
        chrome: page::chrome(web, who, Section::Settings).await?,
        t,
        tabs: CHANNELS.tabs(who),
        id: stored.map(|c| c.id),
        kind,
        kind_name: t.channel_kind(kind),
        is_mail: kind == ChannelKind::Mail,
        signs: kind != ChannelKind::Wecom,
        errors: form.errors(),
        form,
        revision: stored.map_or(0, |c| c.revision),
        securities: MailSecurity::ALL.iter().map(|s| Choice::new(s.code(), t.mail_security(*s))).collect(),
        target: stored.map(|c| c.settings.host.clone()).unwrap_or_default(),
        no_public_url: web.public_url().is_none(),
    })
}

/// What is stored, but for what is secret.
fn fill(kind: ChannelKind, stored: Option<&Channel>) -> FormView {
    let mut form = FormView::default();
    let Some(c) = stored else {
        form.push("per_minute", kind.usual_limit().to_string());
        form.push("is_active", "yes");
        form.push("security", MailSecurity::Starttls.code());
        form.push("port", "587");
        return form;
    };
    form.push("name", c.name.clone());
    form.push("host", c.settings.host.clone());
    form.put("port", c.settings.port.map(|p| p.to_string()));
    form.put("security", c.settings.security.map(MailSecurity::code));
    form.put("user", c.settings.user.clone());
    form.put("from", c.settings.from.as_ref().map(ToString::to_string));
    form.put("authority", c.settings.authority.clone());
    form.push("per_minute", c.per_minute.to_string());
    form.put("is_active", c.is_active.then_some("yes"));
    form
}

async fn new(State(web): State<Web>, Query(asked): Query<Asked>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepService)?;
    let kind = ChannelKind::parse(&asked.kind).ok_or(Problem::Missing)?;
    page::page(&build(&web, &who, kind, None, None).await?)
}

async fn stored(web: &Web, id: &str) -> Result<Channel, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| Problem::Missing)?;
    let mut conn = web.app().db.read().await?;
    channels::find(&mut conn, id).await?.ok_or(Problem::Missing)
}

async fn edit(State(web): State<Web>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    only(&who, Act::KeepService)?;
    let channel = stored(&web, &id).await?;
    page::page(&build(&web, &who, channel.kind, Some(&channel), None).await?)
}

async fn back(Path(id): Path<String>) -> Redirect {
    Uuid::parse_str(&id)
        .map_or_else(|_| Redirect::to("/settings/channels"), |id| Redirect::to(&format!("/settings/channels/{id}")))
}

/// A text as typed, without anything that could end a line.
fn plain(raw: &str) -> Result<String, Flaw> {
    crate::domain::input::text(raw, 1, 200)
}

fn secret(raw: &str) -> Result<String, Flaw> {
    let raw = raw.trim();
    if raw.chars().count() > 500 {
        return Err(Flaw::TooLong { max: 500 });
    }
    if raw.chars().any(char::is_control) { Err(Flaw::ControlCharacter) } else { Ok(raw.to_owned()) }
}

fn read(post: &Post, kind: ChannelKind, former: Option<&Channel>) -> Result<ChannelInput, Vec<(String, Flaw)>> {
    let mut check = Checker::new(&post.form);
    let name = check.text("name", 1, 60);
    let most = if kind == ChannelKind::Mail { 600 } else { 60 };
    let per_minute = check.whole("per_minute", 1, most);
    let authority = check.optional("authority", |raw| {
        let is_pem = raw.contains("-----BEGIN CERTIFICATE-----") && raw.len() <= LONGEST_AUTHORITY;
        if is_pem { Ok(raw.trim().to_owned()) } else { Err(Flaw::UnknownChoice) }
    });
    let word = check.optional("word", secret);
    let mut settings = ChannelSettings { authority, ..ChannelSettings::default() };
    let mut url = None;
    if kind == ChannelKind::Mail {
        settings.host = check.required("host", plain).unwrap_or_default();
        settings.port = check.whole("port", 1, 65_535).and_then(|port| u16::try_from(port).ok());
        settings.security =
            check.required("security", |raw| MailSecurity::parse(raw.trim()).ok_or(Flaw::UnknownChoice));
        settings.user = check.optional("user", plain);
        settings.from = check.required("from", Email::parse);
        let is_here = ["127.0.0.1", "localhost", "::1"].contains(&settings.host.as_str());
        if settings.security == Some(MailSecurity::Plain) && !is_here {
            check.fail("security", Flaw::UnknownChoice);
        }
        let moves = former.is_some_and(|c| !c.settings.is_same_place(&settings));
        if moves && settings.user.is_some() && word.is_none() {
            check.fail("word", Flaw::SendAgain);
        }
    } else {
        let typed = |raw: &str| {
            let address = secret(raw)?;
            target_host(&address).map(|host| (address, host)).ok_or(Flaw::UnknownChoice)
        };
        let address = match former {
            Some(_) => check.optional("url", typed),
            None => check.required("url", typed),
        };
        settings.host = address
            .as_ref()
            .map(|(_, host)| host.clone())
            .or_else(|| former.map(|c| c.settings.host.clone()))
            .unwrap_or_default();
        url = address.map(|(address, _)| address);
    }
    check.finish()?;
    Ok(ChannelInput {
        kind,
        name: name.unwrap_or_default(),
        settings,
        secret: ChannelSecret { url, word },
        per_minute: per_minute.and_then(|n| i32::try_from(n).ok()).unwrap_or(1),
        is_active: post.form.value("is_active") == "yes",
    })
}

/// What is wrong with an address, a certificate, a choice without protection or a password for another server needs
/// words of its own.
fn told(t: Lang, field: &str, flaw: &Flaw) -> String {
    match (field, flaw) {
        ("url", Flaw::UnknownChoice) => t.channel_flaw_url().to_owned(),
        ("authority", Flaw::UnknownChoice) => t.channel_flaw_authority().to_owned(),
        ("security", Flaw::UnknownChoice) => t.channel_flaw_plain().to_owned(),
        ("word", Flaw::SendAgain) => t.channel_flaw_moved().to_owned(),
        (_, flaw) => t.flaw(flaw),
    }
}

async fn save(web: &Web, post: Post, kind: ChannelKind, former: Option<Channel>) -> Result<Response, Problem> {
    let t = post.t();
    match read(&post, kind, former.as_ref()) {
        Ok(input) => {
            let by = post.by("");
            let id = former.as_ref().map(|c| c.id);
            let done =
                web.app().save_channel(&by, id, post.form.version(), input).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(web, done.then(), "saved"))
        }
        Err(flaws) => {
            let mut kept = post.form.clone();
            // What is secret does not come back.
            kept.values.retain(|(name, _)| name != "word" && name != "url");
            let errors = flaws.into_iter().map(|(field, flaw)| {
                let text = told(t, &field, &flaw);
                (field, text)
            });
            let errors = errors.collect();
            let form = FormView::typed(&kept, errors);
            page::invalid(&build(web, &post.who, kind, former.as_ref(), Some(form)).await?)
        }
    }
}

async fn add(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepService)?;
    let kind = ChannelKind::parse(post.form.value("kind")).ok_or(Problem::Missing)?;
    save(&web, post, kind, None).await
}

async fn change(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::KeepService)?;
    let channel = stored(&web, &id).await?;
    save(&web, post, channel.kind, Some(channel)).await
}

async fn test(State(web): State<Web>, Path(id): Path<String>, post: Post) -> Result<Response, Problem> {
    let id = Uuid::parse_str(&id).map_err(|_| Problem::Missing)?;
    let by = post.by("/settings/service");
    let done = web.app().send_test(&by, id).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
