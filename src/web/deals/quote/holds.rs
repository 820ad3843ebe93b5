//! Soft holds on the quote page: what this deal holds, who else does and who waits.
//!
//! The one rule: everybody sees who holds how much until when; a deal's number only those who may see it.

use crate::documents::forms::called;
use crate::domain::input::{self, Flaw};
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::domain::staff::Actor;
use crate::domain::stock::Queued;
use crate::domain::workflow::stock_guards::needed;
use crate::domain::workflow::{Action, Blocker, Case, Command, Offer};
use crate::store::products;
use crate::web::deals::{frame, grid};
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub struct Row {
    pub code: String,
    pub name: String,
    pub href: Option<String>,
    /// None when the requirement no longer asks for it.
    pub needed: Option<String>,
    pub free: String,
    pub own: Option<String>,
    pub suggested: String,
    pub queue: Vec<String>,
}

pub struct Panel {
    pub rows: Vec<Row>,
    pub can_hold: bool,
    pub can_release: bool,
}

/// One line of a queue; `deal` is left out for who may not know it.
pub fn queue_line(t: Lang, queued: &Queued, deal: Option<&str>) -> String {
    let (held, until) = (format_quantity(queued.held), t.moment(queued.hold.until));
    let deal = deal.unwrap_or_else(|| t.hold_other_deal());
    if queued.waiting().is_zero() {
        t.hold_queue_line(deal, held, until, t.person(&queued.hold.by))
    } else {
        t.hold_queue_line_waits(deal, held, until, format_quantity(queued.waiting()), t.person(&queued.hold.by))
    }
}

fn own_words(t: Lang, queued: &Queued) -> String {
    let (held, until) = (format_quantity(queued.held), t.moment(queued.hold.until));
    if queued.waiting().is_zero() {
        t.hold_held(held, until)
    } else {
        t.hold_held_waits(held, until, format_quantity(queued.waiting()))
    }
}

pub fn panel(t: Lang, case: &Case, actor: &Actor, offers: &[Offer], now: DateTime<Utc>) -> Option<Panel> {
    let deal = case.deal.as_ref()?;
    case.quote.as_ref()?;
    let confirmed = case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some());
    if case.shelves.is_empty() || confirmed {
        return None;
    }
    let sees_stock = policy::may_ever(actor, Act::SeeStock);
    let ready = |action| frame::offer(offers, action).is_some_and(Offer::is_ready);
    let rows = case.shelves.iter().map(|shelf| {
        let named = case.named.iter().find(|n| n.product == shelf.product);
        let code = named.map(|n| n.code.clone()).unwrap_or_default();
        let queue = shelf.queue(now);
        let own = queue.iter().find(|q| q.hold.deal == deal.id);
        let want = needed(case, shelf.product);
        Row {
            name: named.map(|n| called(t, case, Some(n.product), &n.name)).unwrap_or_default(),
            href: sees_stock.then(|| format!("/stock/{code}")),
            code,
            needed: (!want.is_zero()).then(|| format_quantity(want)),
            free: format_quantity(shelf.free_for(Some(deal.id), now)),
            own: own.map(|q| own_words(t, q)),
            suggested: grid::plain(want),
            // Other deals of the same person are told by number; of others only the person.
            queue: queue
                .iter()
                .map(|q| {
                    let known = q.hold.deal == deal.id || policy::reaches_all(actor, Act::SeeDeal);
                    queue_line(t, q, Some(q.hold.deal_no.as_str()).filter(|_| known))
                })
                .collect(),
        }
    });
    Some(Panel { rows: rows.collect(), can_hold: ready(Action::HoldStock), can_release: ready(Action::ReleaseHold) })
}

async fn product(web: &Web, post: &Post) -> Result<crate::domain::ids::ProductId, Problem> {
    let code = post.form.value("product").to_owned();
    let mut conn = web.app().db.read().await?;
    let known = products::ids(&mut conn, &[code]).await?;
    known.first().map(|(_, id)| *id).ok_or(Problem::Missing)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/quote"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

pub async fn hold(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let product = product(&web, &post).await.map_err(|p| p.keeping(&post.form))?;
    let quantity = input::decimal(post.form.value("hold_quantity"), 3, Decimal::ZERO, Decimal::from(999_999_999));
    match quantity {
        Ok(quantity) => done(&web, &no, &post, Command::HoldStock { product, quantity }).await,
        // What is no number is answered like a number that does not fit: with what would.
        Err(Flaw::ControlCharacter) => Err(Problem::Missing),
        Err(_) => {
            let case = frame::case_at(&web, &post.who, &no, crate::domain::deal::Step::Quote).await?;
            let blockers = vec![Blocker::HoldTooMuch { max: needed(&case, product) }];
            Err(Problem::NotNow { blockers, case: Some(Box::new(case)), kept: post.form.clone() })
        }
    }
}

pub async fn release(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let product = product(&web, &post).await.map_err(|p| p.keeping(&post.form))?;
    done(&web, &no, &post, Command::ReleaseHold { product }).await
}
