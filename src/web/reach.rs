//! How the reader wants to be reached outside the program: mail, a robot, together, not at night.

use super::check::Checker;
use super::form::{Choice, ErrorItem, FormView};
use super::page::{self, Chrome, Section};
use super::{Post, Problem, SignedIn, Web};
use crate::domain::email::Email;
use crate::domain::input::Flaw;
use crate::domain::message::{ChannelKind, Reach};
use crate::domain::notice::QuietHours;
use crate::store::channels::{self, Channel};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveTime;
use uuid::Uuid;

pub fn routes() -> Router<Web> {
    Router::new().route("/account/messages", get(show).post(save))
}

#[derive(Template)]
#[template(path = "account_messages.html")]
struct ReachPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    revision: i64,
    robots: Vec<Choice>,
    has_mail: bool,
    phone: Option<String>,
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn fill(reach: &Reach) -> FormView {
    let mut form = FormView::default();
    form.put("email", reach.email.as_ref().map(ToString::to_string));
    form.put("by_mail", reach.by_mail.then_some("yes"));
    form.put("robot", reach.robot.map(|id| id.to_string()));
    form.push("window_minutes", reach.window_minutes.to_string());
    form.put("quiet_from", reach.quiet.map(|q| clock(q.from)));
    form.put("quiet_to", reach.quiet.map(|q| clock(q.to)));
    form
}

/// Robots that are on.
fn robots(all: &[Channel]) -> Vec<&Channel> {
    all.iter().filter(|c| c.is_active && c.kind != ChannelKind::Mail).collect()
}

async fn build(web: &Web, who: &SignedIn, typed: Option<(FormView, i64)>) -> Result<ReachPage, Problem> {
    let t = who.t();
    let mut conn = web.app().db.read().await?;
    let reach = channels::reach(&mut conn, who.actor.id).await?;
    let all = channels::all(&mut conn).await?;
    drop(conn);
    let (form, revision) = typed.unwrap_or_else(|| (fill(&reach), reach.revision));
    Ok(ReachPage {
        chrome: page::chrome(web, who, Section::None).await?,
        t,
        errors: form.errors(),
        form,
        revision,
        robots: robots(&all)
            .into_iter()
            .map(|c| Choice::new(c.id.to_string(), format!("{} · {}", c.name, t.channel_kind(c.kind))))
            .collect(),
        has_mail: all.iter().any(|c| c.kind == ChannelKind::Mail && c.is_active),
        phone: who.person().phone.clone(),
    })
}

async fn show(State(web): State<Web>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&build(&web, &who, None).await?)
}

fn time(raw: &str) -> Result<NaiveTime, Flaw> {
    NaiveTime::parse_from_str(raw.trim(), "%H:%M").map_err(|_| Flaw::NotATime)
}

fn read(post: &Post, robots: &[Uuid]) -> Result<Reach, Vec<(String, Flaw)>> {
    let mut check = Checker::new(&post.form);
    let by_mail = post.form.value("by_mail") == "yes";
    let email = if by_mail { check.required("email", Email::parse) } else { check.optional("email", Email::parse) };
    let robot = check.optional("robot", |raw| {
        Uuid::parse_str(raw.trim()).ok().filter(|id| robots.contains(id)).ok_or(Flaw::UnknownChoice)
    });
    let window = check.whole("window_minutes", 0, 240);
    let (from, to) = (check.optional("quiet_from", time), check.optional("quiet_to", time));
    let quiet = match (from, to) {
        (Some(from), Some(to)) if from == to => {
            check.fail("quiet_to", Flaw::NotATime);
            None
        }
        (Some(from), Some(to)) => Some(QuietHours { from, to }),
        (None, None) => None,
        (Some(_), None) => {
            check.fail("quiet_to", Flaw::Required);
            None
        }
        (None, Some(_)) => {
            check.fail("quiet_from", Flaw::Required);
            None
        }
    };
    check.finish()?;
    Ok(Reach {
        email,
        by_mail,
        robot,
        window_minutes: window.and_then(|n| i32::try_from(n).ok()).unwrap_or_default(),
        quiet,
        revision: post.form.version(),
    })
}

async fn save(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    let t = post.t();
    let mut conn = web.app().db.read().await?;
    let all = channels::all(&mut conn).await?;
    drop(conn);
    let known: Vec<Uuid> = robots(&all).into_iter().map(|c| c.id).collect();
    match read(&post, &known) {
        Ok(reach) => {
            let by = post.by("/account/messages");
            let done = web.app().choose_reach(&by, &reach).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), "saved"))
        }
        Err(flaws) => {
            let errors = flaws.into_iter().map(|(field, flaw)| (field, t.flaw(&flaw))).collect();
            let form = FormView::typed(&post.form, errors);
            page::invalid(&build(&web, &post.who, Some((form, post.form.version()))).await?)
        }
    }
}
