//! Step 3, the quote (DOMAIN 1.3): prices beside the policy of the library, terms, totals, who
//! would have to approve, and the document with its versions.
//!
//! The one rule: what is shown as policy, total or path comes from the functions that decide it later.

mod alternatives;
pub mod compare;
mod edit;
mod form;
mod holds;
mod live;
pub(in crate::web::deals) mod paper;
mod rebased;
mod submit;

pub(super) use alternatives::takeable;
pub(super) use form::terms as read_terms;
pub(in crate::web) use holds::queue_line as hold_line;

use super::frame::{self, DealFrame};
use super::grid::{self, VersionLink};
use crate::app::pricing::Library;
use crate::app::{Asked, Failure};
use crate::domain::deal::Step;
use crate::domain::policy::{self, Act};
use crate::domain::quote::{Quote, QuoteStatus};
use crate::domain::requirement::RequirementContent;
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::{self, Action, Case, Command, Offer};
use crate::store::quotes::{self, FormerPrice};
use crate::store::{cases, documents, lists, people};
use crate::web::check::FieldErrors;
use crate::web::form::{ErrorItem, FormView, Submitted};
use crate::web::page::{self, Chrome, name_in};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use form::{Basis, NEW_SURCHARGE, NEW_TERM, SURCHARGE, TERM};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/quote", get(show).post(save))
        .route("/deals/{no}/quote/preview", post(live::preview))
        .route("/deals/{no}/quote/submit", get(submit::check).post(submit))
        .route("/deals/{no}/quote/compare", get(compare::show))
        .route("/deals/{no}/quote/reopen", post(reopen))
        .route("/deals/{no}/quote/hold", post(holds::hold))
        .route("/deals/{no}/quote/release", post(holds::release))
        .route("/deals/{no}/quote/alternatives", get(alternatives::show))
        .route("/deals/{no}/quote/alternatives/add", post(alternatives::add))
        .route("/deals/{no}/quote/alternatives/choose", post(alternatives::choose))
}

#[derive(Template)]
#[template(path = "deals/quote.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that the template shows or hides")]
struct QuotePage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    /// Of the deal, as the form was made from.
    version: i64,
    company: String,
    errors: Vec<ErrorItem>,
    form: FormView,
    edit: Option<edit::Edit>,
    live: Option<live::Live>,
    paper: Option<paper::Paper>,
    money: Option<paper::Money>,
    sees_floor: bool,
    is_former: bool,
    /// What the reader must know of another alternative's version.
    elsewhere: Option<String>,
    /// Why it can only be read now.
    closed: Vec<frame::Condition>,
    alternatives: Option<alternatives::Panel>,
    holds: Option<holds::Panel>,
    remarks: Vec<String>,
    preview: Option<paper::Preview>,
    /// The draft may be checked and submitted by this person.
    submit: Option<String>,
    compare: Option<String>,
    can_reopen: bool,
    can_revise: bool,
    versions: Vec<VersionLink>,
    /// Language and content hash of what was sent.
    sent: Vec<(String, String)>,
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::quoted(&web, &who, &no).await?;
    let asked = grid::asked_version(&who.here.path)?;
    page::page(&build(&web, &who, &case, asked, None).await?)
}

async fn library(web: &Web, case: &Case) -> Result<Library, Problem> {
    let mut conn = web.app().db.read().await?;
    Ok(Library::load(&mut conn, case).await?)
}

/// What the newest quote was made for, where the requirement has another version since.
async fn former_requirement(web: &Web, case: &Case) -> Result<Option<RequirementContent>, Problem> {
    let (Some(quote), Some(now)) = (&case.quote, &case.requirement) else { return Ok(None) };
    if quote.requirement == now.id {
        return Ok(None);
    }
    let mut conn = web.app().db.read().await?;
    Ok(cases::requirement_of(&mut conn, quote.requirement).await?.map(|r| r.content))
}

async fn former_prices(web: &Web, case: &Case) -> Result<Vec<FormerPrice>, Problem> {
    let Some(deal) = &case.deal else { return Ok(Vec::new()) };
    let ids: Vec<uuid::Uuid> =
        case.requirement.iter().flat_map(|r| &r.content.lines).filter_map(|l| l.product).map(|p| p.0).collect();
    let mut conn = web.app().db.read().await?;
    Ok(quotes::former_prices(&mut conn, case.customer.id, deal.id, &ids).await?)
}

/// What was typed, what is wrong with it, and the version of the deal it was made from.
struct Typed {
    form: FormView,
    found: FieldErrors,
    version: i64,
    /// Its prices were converted to another basis.
    is_rebased: bool,
}

async fn build(
    web: &Web,
    who: &SignedIn,
    case: &Case,
    asked: Option<i32>,
    typed: Option<Typed>,
) -> Result<QuotePage, Problem> {
    let t = who.t();
    let now = web.app().clock.now();
    let deal = case.deal.as_ref().ok_or(Problem::Missing)?;
    let sees_prices = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let sees_floor = policy::may_on(&who.actor, Act::SeeFloor, case).is_ok();
    let newest = case.quote.as_ref();
    let (rows, shown, sent, author) = {
        let mut conn = web.app().db.read().await?;
        let rows = lists::quote_versions(&mut conn, deal.id).await?;
        let shown = match asked {
            Some(version_no) => {
                Some(cases::quote_version(&mut conn, deal.id, version_no).await?.ok_or(Problem::Missing)?)
            }
            None => newest.cloned(),
        };
        let sent = match &shown {
            Some(quote) if sees_prices && quote.sent_at.is_some() => documents::sent(&mut conn, quote.id).await?,
            _ => Vec::new(),
        };
        let author = match &shown {
            Some(quote) if quote.requested_by == deal.owner => name_in(t, &deal.owner_name, &deal.owner_name_en),
            Some(quote) => people::by_id(&mut conn, quote.requested_by)
                .await?
                .map(|p| name_in(t, &p.name, &p.name_en))
                .unwrap_or_default(),
            None => String::new(),
        };
        (rows, shown, sent, author)
    };
    let is_other = shown.as_ref().zip(newest).is_some_and(|(s, n)| s.version_no != n.version_no);
    let is_former = shown.as_ref().is_some_and(|s| alternatives::is_former(case, s));
    let offers = if is_other { Vec::new() } else { workflow::offers(case, &who.actor, now) };
    let may_save = sees_prices && frame::offer(&offers, Action::SaveQuote).is_some_and(Offer::is_ready);
    // An approved or sent quote is opened for editing only on purpose.
    let is_out = newest.is_some_and(|q| matches!(q.status, QuoteStatus::Approved | QuoteStatus::Sent));
    let wants_edit = typed.is_some() || grid::query(&who.here.path, "revise").is_some();
    let is_editing = may_save && !is_other && (!is_out || wants_edit);
    let is_rebased = typed.as_ref().is_some_and(|typed| typed.is_rebased);
    let (form, found, version) = match typed {
        Some(typed) => (Some(typed.form), typed.found, Some(typed.version)),
        None => (None, FieldErrors::new(), None),
    };
    let mut view = FormView::default();
    let mut edit = None;
    let mut live = None;
    if is_editing {
        let library = library(web, case).await?;
        let former = former_requirement(web, case).await?;
        let basis = Basis { case, library: &library, former: former.as_ref(), now };
        let repeated = match newest {
            Some(_) => None,
            None => web.app().repeated_by(&who.actor, deal.id).await?.and_then(|d| d.quote).map(|q| q.terms),
        };
        view = form.unwrap_or_else(|| {
            newest.map_or_else(|| form::fresh(t, &basis, repeated.as_ref()), |q| form::stored(&basis, q))
        });
        let voids = newest.filter(|_| is_out).map(|q| t.quote_voids(t.quote_status(q.status), q.version_no));
        let formers = former_prices(web, case).await?;
        live = live::of(t, web, who, &basis, &view);
        let me = who.person();
        let hands = edit::Hands { saved: author.clone(), typing: name_in(t, &me.name, &me.name_en) };
        let basis_now = TaxBasis::parse(view.value("tax_basis")).filter(|_| is_rebased);
        let editor = edit::editor(t, &basis, &view, voids, &formers, live.as_ref(), &hands);
        edit = Some(edit::Edit { rebased: basis_now.map(|of| t.quote_rebased(t.tax_basis(of))), ..editor });
    }
    let is_draft = |q: &&Quote| q.status == QuoteStatus::Draft;
    let readable = shown.as_ref().filter(|_| sees_prices);
    let closed = workflow::closed_before(Step::Quote, case);
    let frame = frame::of(web, who, case, Step::Quote).await?;
    let (company, _) = web.app().company().await?;
    Ok(QuotePage {
        chrome: frame::chrome(web, who).await?,
        t,
        version: version.unwrap_or(frame.version),
        company: name_in(t, &company.name, &company.name_en),
        errors: grid::summary(t, &found),
        form: view,
        paper: readable.filter(|_| edit.is_none()).map(|q| paper::of(t, case, q, &author, now)),
        money: readable.filter(|_| edit.is_none()).map(|q| paper::money(t, q, case.rules.at(now))),
        sees_floor,
        is_former,
        elsewhere: shown.as_ref().filter(|_| !is_former).and_then(|q| alternatives::elsewhere(t, case, q)),
        closed: frame::conditions(t, page::Prices::of(&who.actor, Some(case)), case, &closed),
        alternatives: alternatives::panel(t, case, sees_prices, &offers),
        holds: holds::panel(t, case, &who.actor, &offers, now).filter(|_| !is_other),
        remarks: shown.as_ref().map(|q| paper::remarks(t, case, q)).unwrap_or_default(),
        preview: newest
            .filter(|_| sees_prices && !is_other)
            .filter(is_draft)
            .filter(|_| edit.is_none())
            .map(|q| paper::preview(t, case, q, &web.app().calendar, now)),
        submit: frame::offer(&offers, Action::SubmitQuote)
            .filter(|_| closed.is_empty())
            .map(|_| format!("/deals/{}/quote/submit", deal.no)),
        compare: (sees_prices && rows.len() > 1).then(|| format!("/deals/{}/quote/compare", deal.no)),
        can_reopen: frame::offer(&offers, Action::ReopenQuoting).is_some_and(Offer::is_ready),
        can_revise: may_save && !is_editing,
        versions: alternatives::lettered(
            t,
            case,
            &rows,
            grid::versions(
                t,
                &rows,
                &format!("/deals/{}/quote", deal.no),
                shown.as_ref().map(|q| q.version_no),
                |code| QuoteStatus::parse(code).map(|s| t.quote_status(s)),
            ),
        ),
        edit,
        live,
        frame,
        sent: sent
            .into_iter()
            .map(|s| {
                let language = if s.language == "zh" { t.document_chinese() } else { t.document_english() };
                (t.document_sent_language(language), hex::encode(s.content_hash))
            })
            .collect(),
    })
}

/// The form with a row more or less, when one of the buttons of a grid was used.
fn changed_rows(form: &Submitted) -> Option<Submitted> {
    let number = |name: &str| form.value(name).parse::<usize>().ok();
    if form.has("add_surcharge") {
        Some(grid::with_row(form, &NEW_SURCHARGE))
    } else if form.has("add_term") {
        Some(grid::with_row(form, &NEW_TERM))
    } else if let Some(number) = number("remove_surcharge") {
        Some(grid::without_row(form, &SURCHARGE, number))
    } else {
        number("remove_term").map(|number| grid::without_row(form, &TERM, number))
    }
}

/// Refuses with the reasons when a quote cannot be saved now.
fn must_be_possible(web: &Web, post: &Post, case: &Case) -> Result<(), Problem> {
    let blockers = workflow::blockers(case, Action::SaveQuote, None, web.app().clock.now());
    if blockers.is_empty() {
        Ok(())
    } else {
        Err(Problem::NotNow { blockers, case: Some(Box::new(case.clone())), kept: post.form.clone() })
    }
}

async fn save(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let asks_again = post.form.has("recalculate") || rebased::is_turned(&post.form);
    let changed = changed_rows(&post.form).or_else(|| asks_again.then(|| post.form.clone()));
    if let Some(changed) = changed {
        let case = savable(&web, &no, &post).await?;
        let library = library(&web, &case).await?;
        let basis = Basis { case: &case, library: &library, former: None, now: web.app().clock.now() };
        let rebased = rebased::of(&changed, &basis);
        let typed = Typed {
            form: FormView::typed(rebased.as_ref().unwrap_or(&changed), Vec::new()),
            found: FieldErrors::new(),
            version: post.form.version(),
            is_rebased: rebased.is_some(),
        };
        return page::page(&build(&web, &post.who, &case, None, Some(typed)).await?);
    }
    let read = |case: &Case, library: &Library| {
        let is_open = workflow::closed_before(Step::Quote, case).is_empty();
        let basis = Basis { case, library, former: None, now: web.app().clock.now() };
        is_open.then(|| form::read(&post.form, &basis).ok()).flatten()
    };
    let by = post.by(format!("/deals/{no}/quote"));
    match web.app().act_on_deal(&by, &no, post.form.version(), Asked::QuoteForm(&read)).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), Action::SaveQuote.code())),
        Err(Failure::Unreadable) => flawed(&web, &no, &post).await,
        Err(failure) => Err(post.keeping(failure)),
    }
}

/// The case, when its quote can be saved now.
async fn savable(web: &Web, no: &str, post: &Post) -> Result<Case, Problem> {
    let case = frame::case_at(web, &post.who, no, Step::Quote).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::SaveQuote), &case).map_err(|d| post.keeping(d))?;
    policy::may_on(&post.who.actor, Act::SeePrices, &case).map_err(|d| post.keeping(d))?;
    must_be_possible(web, post, &case)?;
    Ok(case)
}

/// The form again with what is wrong under each field.
async fn flawed(web: &Web, no: &str, post: &Post) -> Result<Response, Problem> {
    let case = savable(web, no, post).await?;
    let library = library(web, &case).await?;
    let basis = Basis { case: &case, library: &library, former: None, now: web.app().clock.now() };
    let Err(found) = form::read(&post.form, &basis) else { return Err(post.keeping(Failure::Unreadable)) };
    let form = FormView::typed(&post.form, grid::at_controls(post.t(), &found));
    let typed = Typed { form, found, version: post.form.version(), is_rebased: false };
    page::invalid(&build(web, &post.who, &case, None, Some(typed)).await?)
}

async fn submit(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let then = format!("/deals/{no}/approval");
    let done = web
        .app()
        .act_on_deal(&post.by(then), &no, post.form.version(), Command::SubmitQuote)
        .await
        .map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::SubmitQuote.code()))
}

async fn reopen(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let then = format!("/deals/{no}/quote");
    let done = web
        .app()
        .act_on_deal(&post.by(then), &no, post.form.version(), Command::ReopenQuoting)
        .await
        .map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::ReopenQuoting.code()))
}
