//! Step 4: the internal approval form. Every node with its time limit and its reason, the quote as
//! the round froze it, and the decision with its consequence on the button.
//!
//! The one rule: what is shown belongs to the round, never to a later draft of the quote.

mod acts;
mod decide;
mod difference;
mod form;
mod glance;
mod nodes;
mod paper;
mod reviews;

use super::frame::{self, Condition, DealFrame};
use crate::app::Failure;
use crate::domain::approval::{NodeKind, Round};
use crate::domain::deal::Step;
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::workflow::{self, Action, Blocker, Case, Command};
use crate::store::{PgConnection, cases, people};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use difference::DifferenceView;
use form::{DecisionView, OpenCondition};
use nodes::RoundView;
use paper::{QuoteView, StockView};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/approval", get(show).post(decide))
        .route("/deals/{no}/approval/withdraw", post(withdraw))
        .route("/deals/{no}/approval/acknowledge", post(acknowledge))
        .route("/deals/{no}/approval/review", post(review))
        .route("/deals/{no}/approval/resolve", post(resolve))
        .merge(acts::routes())
}

#[derive(Template)]
#[template(path = "deals/approval.html")]
struct ApprovalPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    form: FormView,
    errors: Vec<ErrorItem>,
    round: RoundView,
    earlier: Vec<RoundView>,
    quote: Option<QuoteView>,
    stock: Vec<StockView>,
    decision: Option<DecisionView>,
    asked: Vec<form::AskedView>,
    difference: Option<DifferenceView>,
    /// The reader decided on a version that has moved.
    is_moved: bool,
    /// Margin, stock, credit and complaints in a word each.
    glance: Vec<glance::Line>,
    /// Special needs of the customer, and a credit hold.
    lessons: Vec<String>,
    batches: Vec<form::BatchRow>,
    /// What is in the way of withdrawing, for who may withdraw.
    withdraw: Option<Vec<Condition>>,
    conditions: Vec<OpenCondition>,
    fast: reviews::FastView,
}

/// The quote version that the round is about.
pub async fn quote_of(conn: &mut PgConnection, case: &Case, round: &Round) -> Result<Option<Quote>, Problem> {
    let Some(latest) = &case.quote else { return Ok(None) };
    if latest.id == round.quote {
        return Ok(Some(latest.clone()));
    }
    let Some(deal) = &case.deal else { return Ok(None) };
    for version_no in (1..=case.alternatives.last_version).rev() {
        if let Some(quote) = cases::quote_version(conn, deal.id, version_no).await?.filter(|q| q.id == round.quote) {
            return Ok(Some(quote));
        }
    }
    Ok(None)
}

/// Readable as soon as there is a round, also after it went back to quoting.
pub async fn case_of(web: &Web, who: &SignedIn, no: &str) -> Result<Case, Problem> {
    let case = web.app().deal(&who.actor, no).await?;
    let case = if case.round.is_some() { case } else { frame::case_at(web, who, no, Step::Approval).await? };
    policy::may_on(&who.actor, Act::SeeApprovals, &case)?;
    Ok(case)
}

/// What a page shows beside the case: what was typed, or the version a decision was made on.
#[derive(Default)]
struct Shown {
    form: FormView,
    /// Fingerprint of the version that the reader decided on and that has moved since.
    moved_from: Option<Vec<u8>>,
}

async fn of(web: &Web, who: &SignedIn, no: &str, shown: Shown) -> Result<ApprovalPage, Problem> {
    let t = who.t();
    let case = case_of(web, who, no).await?;
    let (Some(round), Some(deal)) = (&case.round, &case.deal) else { return Err(Problem::Missing) };
    let prices = page::Prices::of(&who.actor, Some(&case));
    let offers = workflow::offers(&case, &who.actor, web.app().clock.now());
    let mut conn = web.app().db.read().await?;
    let rounds = cases::rounds_of(&mut conn, deal.id, web.app().clock.now()).await?;
    let mut earlier = Vec::new();
    for past in rounds.iter().rev().filter(|r| r.id != round.id) {
        earlier.push(nodes::round_view(web, t, &mut conn, (&deal.no, past), prices).await?);
    }
    let view = nodes::round_view(web, t, &mut conn, (&deal.no, round), prices).await?;
    let quote = quote_of(&mut conn, &case, round).await?;
    let mut difference = difference::of(who, &mut conn, &case, &rounds, quote.as_ref()).await?;
    let is_moved = shown.moved_from.is_some();
    if let (Some(seen), Some(quote)) = (&shown.moved_from, &quote)
        && let Some(old) = difference::version_seen(&mut conn, &case, seen).await?
    {
        let changes = difference::between(who, &case, &old, quote);
        difference = Some(DifferenceView { title: t.round_diff_seen().to_owned(), changes });
    }
    let people = people::all(&mut conn).await?;
    drop(conn);
    let asked = form::asked_of(web, who, &case, round);
    let lessons = form::lessons(t, &case);
    let stock = quote.as_ref().map(|q| paper::stock_views(t, &case, q)).unwrap_or_default();
    let now = web.app().clock.now();
    let glance = quote.as_ref().map(|q| glance::lines(t, who, (&case, q), &stock, lessons.len(), now));
    let decision = form::decision_view(web, who, &case, round, &people);
    let form = form::with_usual_return(shown.form, decision.as_ref());
    Ok(ApprovalPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Approval).await?,
        errors: form.errors(),
        batches: form::batch_rows(&form),
        form,
        round: view,
        earlier,
        stock,
        glance: glance.unwrap_or_default(),
        quote: quote.as_ref().map(|q| paper::quote_view(t, who, &case, q)),
        fast: reviews::of(web, who, &case, round, &offers),
        decision,
        withdraw: frame::offer(&offers, Action::WithdrawQuote)
            .map(|o| frame::conditions(t, prices, &case, &o.blockers)),
        conditions: form::conditions(who, &case, round),
        asked,
        difference,
        is_moved,
        lessons,
    })
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, Shown::default()).await?)
}

async fn again(web: &Web, no: &str, post: &Post, errors: FieldErrors) -> Result<Response, Problem> {
    let told = errors.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    let shown = Shown { form: FormView::typed(&post.form, told), moved_from: None };
    page::invalid(&of(web, &post.who, no, shown).await?)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/approval"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

async fn decide(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let verdict = match decide::typed(&post.form) {
        Ok(verdict) => verdict,
        Err(errors) => {
            // Who may not decide hears that first.
            if let Some(node) = NodeKind::parse(post.form.value("node")) {
                policy::may_decide(&post.who.actor, node, &web.app().deal(&post.who.actor, &no).await?)?;
            }
            return again(&web, &no, &post, errors).await;
        }
    };
    let seen = verdict.seen.clone();
    let by = post.by(format!("/deals/{no}/approval"));
    let command = Command::DecideNode(Box::new(verdict));
    match web.app().act_on_deal(&by, &no, post.form.version(), command).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), Action::DecideNode.code())),
        // The version has moved: the difference is shown, what was typed stays, and one decides again.
        Err(Failure::Blocked { blockers, .. }) if blockers.contains(&Blocker::VersionMoved) => {
            let shown = Shown { form: FormView::typed(&post.form, Vec::new()), moved_from: seen };
            page::conflict(&of(&web, &post.who, &no, shown).await?)
        }
        Err(failure) => Err(post.keeping(failure)),
    }
}

async fn withdraw(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    done(&web, &no, &post, Command::WithdrawQuote).await
}

async fn acknowledge(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("node", NodeKind::parse) {
        Some(node) => done(&web, &no, &post, Command::AcknowledgeCondition { node }).await,
        None => again(&web, &no, &post, check.finish().err().unwrap_or_default()).await,
    }
}

async fn review(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    match reviews::typed_review(Checker::new(&post.form)) {
        Ok(command) => done(&web, &no, &post, command).await,
        Err(found) => again(&web, &no, &post, found).await,
    }
}

async fn resolve(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    match reviews::typed_resolution(Checker::new(&post.form)) {
        Ok(command) => done(&web, &no, &post, command).await,
        Err(found) => again(&web, &no, &post, found).await,
    }
}
