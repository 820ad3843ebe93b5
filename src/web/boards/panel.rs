//! One deal beside a list or alone: where it stands, and where it can be moved from here.
//!
//! The one rule: a move names the card, the state it was seen in and its version. What the table of
//! the workflow does not offer is explained, never hidden.

use super::asked::Asked;
use crate::app::Failure;
use crate::domain::deal::Step;
use crate::domain::policy::{self, Act};
use crate::domain::promise;
use crate::domain::workflow::table::{To, rows_of};
use crate::domain::workflow::{self, Action, Case, Command, State, is_about_customer};
use crate::web::deals::Chip;
use crate::web::page::{self, Chrome, Prices, Section, step_path};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State as Shared};
use axum::response::{Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/deals/{no}/card", get(alone)).route("/deals/{no}/move", get(back).post(go))
}

/// A refused move leaves its address in the browser; opening it again leads to the card.
async fn back(Path(no): Path<String>) -> Redirect {
    Redirect::to(&format!("/deals/{no}/card"))
}

/// A move that can be made now.
pub struct Move {
    pub code: &'static str,
    pub label: &'static str,
    /// The state it leads to.
    pub then: String,
    /// Where it is made, when something has to be filled in or read first.
    pub href: Option<String>,
}

/// A move that cannot be made now, or not by this person.
pub struct Explained {
    pub label: &'static str,
    pub why: Vec<String>,
}

pub struct Panel {
    pub no: String,
    pub customer: String,
    pub title: String,
    pub step: &'static str,
    pub owner: String,
    pub is_urgent: bool,
    pub amount: Option<String>,
    pub order_no: Option<String>,
    pub next: Option<(&'static str, String)>,
    pub due: Option<Chip>,
    pub promise: Option<Chip>,
    /// The step in which the card was seen.
    pub from: &'static str,
    pub version: i64,
    pub moves: Vec<Move>,
    pub explained: Vec<Explained>,
    pub open_href: String,
    pub clock_href: String,
    /// The list without the panel; empty where the panel stands alone.
    pub close_href: String,
    /// Where a move leads back to.
    pub back: String,
}

/// The command of a move that needs nothing but the wish.
fn plain(action: Action) -> Option<Command> {
    Some(match action {
        Action::SendRequirement => Command::SendRequirement,
        Action::RecallRequirement => Command::RecallRequirement,
        Action::ReviseRequirement => Command::ReviseRequirement,
        Action::WithdrawQuote => Command::WithdrawQuote,
        Action::ReopenQuoting => Command::ReopenQuoting,
        Action::SendQuote => Command::SendQuote,
        Action::ConfirmOrder => Command::ConfirmOrder,
        _ => return None,
    })
}

fn state_words(t: Lang, state: State) -> &'static str {
    match state {
        State::Customer(status) => t.customer_status(status),
        State::Requirement(Some(status)) => t.requirement_status(status),
        State::Quote(Some(status)) => t.quote_status(status),
        State::Order(Some(status)) => t.order_status(status),
        State::Change(Some(status)) => t.change_status(status),
        State::Feedback(Some(status)) => t.feedback_status_of(status),
        State::Requirement(None)
        | State::Quote(None)
        | State::Order(None)
        | State::Change(None)
        | State::Feedback(None)
        | State::OpenDeal => "",
    }
}

/// Where the action leads from the case as it is; none when it moves nothing or starts elsewhere.
fn leads_to(t: Lang, case: &Case, action: Action) -> Option<(Step, String)> {
    let row = rows_of(action).find(|row| row.from.iter().any(|from| case.state(from.document()) == *from))?;
    let states: Vec<&str> = match row.to {
        To::Same => return None,
        To::Next(state) => vec![state_words(t, state)],
        To::OneOf(states) => states.iter().map(|s| state_words(t, *s)).collect(),
    };
    Some((row.step, states.join(t.board_or())))
}

/// Moves of the archive and of changes have pages of their own.
fn is_a_move(action: Action) -> bool {
    !is_about_customer(action)
        && !matches!(
            action,
            Action::DraftChange
                | Action::FileChange
                | Action::AcknowledgeChange
                | Action::ConfirmChange
                | Action::RefuseChange
                | Action::WithdrawChange
        )
}

fn view(web: &Web, who: &SignedIn, case: &Case, owner: String) -> Option<Panel> {
    let t = who.t();
    let now = web.app().clock.now();
    let deal = case.deal.as_ref()?;
    let standing = workflow::standing(case);
    let prices = Prices::of(&who.actor, Some(case));
    let offers = workflow::offers(case, &who.actor, now);
    let (mut moves, mut explained) = (Vec::new(), Vec::new());
    for action in Action::ALL.iter().copied().filter(|a| is_a_move(*a)) {
        let Some((step, then)) = leads_to(t, case, action) else { continue };
        match offers.iter().find(|o| o.action == action) {
            Some(offer) if offer.is_ready() => moves.push(Move {
                code: action.code(),
                label: t.action(action),
                then,
                href: plain(action).is_none().then(|| format!("/deals/{}/{}", deal.no, step_path(step))),
            }),
            Some(offer) => explained.push(Explained {
                label: t.action(action),
                why: offer.blockers.iter().map(|b| page::blocker_text(t, prices, b)).collect(),
            }),
            None => {
                if let Err(denied) = policy::may_on(&who.actor, Act::Do(action), case)
                    .and_then(|()| policy::may_separately(&who.actor, Act::Do(action), case))
                {
                    explained.push(Explained { label: t.action(action), why: vec![t.denied(&denied)] });
                }
            }
        }
    }
    // The steps ahead: what still closes the gate before each.
    for step in Step::ALL.iter().copied().filter(|s| *s > standing.step) {
        let closed = workflow::closed_before(step, case);
        if !closed.is_empty() {
            let why = closed.iter().map(|b| page::blocker_text(t, prices, b)).collect();
            explained.push(Explained { label: t.step(step), why });
        }
    }
    let natural = standing.step == Step::Delivery;
    let turn =
        |role| if role == crate::domain::staff::Role::SalesRep { owner.clone() } else { t.role(role).to_owned() };
    let amount = case.order.as_ref().map(|o| o.gross).or_else(|| case.quote.as_ref().map(|q| q.priced.totals.gross));
    Some(Panel {
        no: deal.no.clone(),
        customer: case.customer.profile.legal_name.clone(),
        title: deal.title.clone(),
        step: t.step(standing.step),
        next: standing.next.as_ref().map(|(action, role)| (t.next_act(*action), turn(*role))),
        due: match (standing.due_at, standing.stands(case)) {
            (Some(due), _) if natural => Some(Chip::natural(web, t, due)),
            (Some(due), _) => Some(Chip::turn(web, t, due, standing.clock)),
            (None, stands) => stands.map(|of| Chip::paused(t, of)),
        },
        owner,
        is_urgent: deal.urgency.is_some(),
        amount: amount.filter(|_| prices == Prices::Shown).map(crate::domain::money::format_money),
        order_no: case.order.as_ref().map(|o| o.no.clone()),
        promise: promise::of_case(case).map(|p| Chip::promise(web, t, p)),
        from: standing.step.code(),
        version: deal.version,
        moves,
        explained,
        open_href: format!("/deals/{}/{}", deal.no, step_path(standing.step)),
        clock_href: format!("/deals/{}/clock", deal.no),
        close_href: String::new(),
        back: format!("/deals/{}/card", deal.no),
    })
}

async fn load(web: &Web, who: &SignedIn, no: &str) -> Result<Panel, Problem> {
    let case = web.app().deal(&who.actor, no).await?;
    let owner = case.deal.as_ref().map(|d| page::name_in(who.t(), &d.owner_name, &d.owner_name_en)).unwrap_or_default();
    view(web, who, &case, owner).ok_or(Problem::Missing)
}

/// The panel beside a list; none for a deal that is not the reader's to see.
pub async fn beside(web: &Web, who: &SignedIn, no: &str, asked: &Asked) -> Result<Option<Panel>, Problem> {
    match load(web, who, no).await {
        Ok(panel) => Ok(Some(Panel { close_href: asked.at(&[("panel", "")]), back: asked.at(&[]), ..panel })),
        Err(Problem::Missing) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// A move that came too late: who was faster.
pub struct Faster {
    pub said: String,
    pub changes: Vec<String>,
}

#[derive(Template)]
#[template(path = "boards/card.html")]
struct CardPage {
    chrome: Chrome,
    t: Lang,
    panel: Panel,
    faster: Option<Faster>,
}

async fn alone(Shared(web): Shared<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let panel = load(&web, &who, &no).await?;
    let chrome = page::chrome(&web, &who, Section::Deals).await?;
    page::page(&CardPage { chrome, t: who.t(), panel, faster: None })
}

async fn go(Shared(web): Shared<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let back = page::own_path(post.form.value("return_to")).to_owned();
    let Some(command) = Action::parse(post.form.value("action")).and_then(plain) else {
        // Nothing was chosen, or something that needs a form: the card says what there is.
        return Ok(page::see_other(&web, &format!("/deals/{no}/card"), ""));
    };
    let action = command.action();
    let case = web.app().deal(&post.who.actor, &no).await.map_err(|f| post.keeping(f))?;
    let version = case.deal.as_ref().map_or(0, |d| d.version);
    // A card that was seen in another column is as old as one with another version.
    let was_there = post.form.value("from") == workflow::standing(&case).step.code();
    let expected = if was_there { post.form.version() } else { post.form.version().min(version - 1) };
    match web.app().act_on_deal(&post.by(&back), &no, expected, command).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), action.code())),
        Err(Failure::Stale { changes, .. }) => {
            let t = post.t();
            let who_was = |told: &crate::store::events::Told| (page::who_acted(t, told), t.moment(told.at));
            let said = changes.first().map(who_was).map_or_else(
                || t.board_moved_already_unknown().to_owned(),
                |(name, when)| t.board_moved_already(t.step(workflow::standing(&case).step), when, name),
            );
            let changes = changes
                .iter()
                .map(|c| format!("{} · {} · {}", t.moment(c.at), who_was(c).0, t.event(&c.event)))
                .collect();
            let panel = load(&web, &post.who, &no).await?;
            let chrome = page::chrome(&web, &post.who, Section::Deals).await?;
            page::conflict(&CardPage { chrome, t, panel, faster: Some(Faster { said, changes }) })
        }
        Err(failure) => Err(post.keeping(failure)),
    }
}
