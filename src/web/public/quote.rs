//! The quote as its customer sees it: read, accept, ask for a change, or decline.

use super::{Cover, Guest, GuestPost, answerer, back, cover, message, opened, summary, typed_again, unprocessable};
use crate::app::{Opened, Outcome};
use crate::documents::quote::{self as paper, Line, Sums, Term};
use crate::documents::{Content, Layout, Mark};
use crate::domain::deal::LostReason;
use crate::domain::link::{AnswerKind, LinkPurpose, Offered};
use crate::domain::quote::Quote;
use crate::store::documents;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page;
use crate::web::{Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

struct ShownQuote {
    no: String,
    customer: String,
    date: String,
    valid_until: String,
    delivery: String,
    place: String,
    warranty: String,
    /// Whether the unit prices hold the tax.
    tax_basis: &'static str,
    lines: Vec<Line>,
    sums: Sums,
    terms: Vec<Term>,
    hash: String,
}

/// The quote with the check code of the paper that was sent in this language.
async fn shown_quote(web: &Web, t: Lang, opened: &Opened, quote: &Quote) -> Result<ShownQuote, Problem> {
    let mut conn = web.app().db.read().await?;
    let sent = documents::sent_hashes(&mut conn, quote.id).await?;
    drop(conn);
    let terms = &quote.terms;
    Ok(ShownQuote {
        no: format!("{} V{}", quote.no, quote.version_no),
        customer: opened.case.customer.profile.legal_name.clone(),
        date: t.date(quote.quote_date),
        valid_until: t.date(terms.valid_until),
        delivery: t.moment_full(terms.deliver_at),
        place: terms.place.clone(),
        warranty: terms.warranty.clone(),
        tax_basis: t.tax_basis(terms.tax_basis),
        lines: paper::lines(t, &opened.case, quote),
        sums: paper::sums(&quote.priced.totals, terms.whole_discount),
        terms: paper::terms(t, quote.priced.totals.gross, &terms.payment_terms),
        hash: sent.into_iter().find(|s| s.language == t.code()).map(|s| s.shown()).unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "public/quote.html")]
struct QuotePage {
    cover: Cover,
    t: Lang,
    quote: ShownQuote,
    is_open: bool,
    /// How it stands when it cannot be answered any more.
    standing: Option<(&'static str, String)>,
    asked: Vec<String>,
    accept: String,
    change: String,
    decline: String,
    pdf: String,
}

/// The quote of the link, or a polite word where another came after it.
fn own_quote(opened: &Opened) -> Option<&Quote> {
    opened.quote.as_ref()
}

pub async fn page(web: &Web, guest: &Guest, opened: &Opened) -> Result<Response, Problem> {
    let t = guest.t;
    let Some(quote) = own_quote(opened) else { return replaced(web, guest, opened).await };
    let offered = opened.offered(web.app().clock.now());
    let accepted = opened.link.answer(AnswerKind::Accepted);
    let standing = match offered {
        Some(Offered::Open) | None => None,
        Some(Offered::Accepted) => {
            let by = accepted.map(|a| t.public_accepted_by(t.moment_full(a.at), a.by_name.clone())).unwrap_or_default();
            Some((t.public_accepted_title(), by))
        }
        Some(Offered::Declined) => Some((t.public_declined_title(), t.public_declined_text().to_owned())),
        Some(Offered::NotChosen) => Some((t.public_not_chosen_title(), t.public_not_chosen_text().to_owned())),
        Some(Offered::Paused) => Some((t.public_paused_title(), t.public_paused_text().to_owned())),
        Some(Offered::Changing) => Some((t.public_paused_title(), t.public_changing_text().to_owned())),
        Some(Offered::Held) => Some((t.public_paused_title(), t.public_held_text().to_owned())),
        Some(Offered::Ended) => Some((t.public_ended_title(), t.public_ended_text().to_owned())),
        Some(Offered::Over) => Some((t.public_over_title(), t.public_over_text().to_owned())),
        Some(Offered::Replaced) => return replaced(web, guest, opened).await,
    };
    let wishes = opened.link.answers.iter().filter(|a| a.kind == AnswerKind::ChangeAsked);
    page::page(&QuotePage {
        cover: cover(web, guest, Some(opened)).await?,
        t,
        quote: shown_quote(web, t, opened, quote).await?,
        is_open: offered == Some(Offered::Open),
        standing,
        asked: wishes.map(|a| t.public_asked_on(t.moment_full(a.at), a.note.clone().unwrap_or_default())).collect(),
        accept: guest.path("/accept"),
        change: guest.path("/change"),
        decline: guest.path("/decline"),
        pdf: guest.path("/quote.pdf"),
    })
}

async fn replaced(web: &Web, guest: &Guest, opened: &Opened) -> Result<Response, Problem> {
    let t = guest.t;
    message(web, guest, opened, (t.public_replaced_title(), t.public_replaced_text().to_owned())).await
}

/// What was sent, letter by letter; nothing that was not sent is ever printed here.
async fn printed(web: &Web, t: Lang, quote: &Quote, mark: Mark) -> Result<Vec<u8>, Problem> {
    let mut conn = web.app().db.read().await?;
    let sent = documents::sent(&mut conn, quote.id).await?;
    drop(conn);
    let kept = sent.into_iter().find(|s| s.language == t.code()).ok_or(Problem::Missing)?;
    let content = Content { layout: Layout::Quote, json: kept.content, dated: paper::midnight(quote.quote_date) };
    Ok(web.press().print(t, content, mark, web.app().logo().await?).await?)
}

/// The mark that our own print bears, and one where the offer ended without a word in the quote.
fn mark(quote: &Quote, offered: Option<Offered>) -> Mark {
    match (paper::mark(quote), offered) {
        (Mark::None, Some(Offered::Replaced)) => Mark::Superseded,
        (Mark::None, Some(Offered::Over | Offered::Ended)) => Mark::Void,
        (mark, _) => mark,
    }
}

pub async fn paper(State(web): State<Web>, guest: Guest) -> Result<Response, Problem> {
    let opened = match opened(&web, &guest, LinkPurpose::Quote).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    let Some(quote) = own_quote(&opened) else { return replaced(&web, &guest, &opened).await };
    let bytes = printed(&web, guest.t, quote, mark(quote, opened.offered(web.app().clock.now()))).await?;
    let name = format!("attachment; filename=\"{}-V{}.pdf\"", quote.no, quote.version_no);
    let disposition = HeaderValue::from_str(&name).map_err(|e| Problem::Failed { detail: e.to_string() })?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/pdf")), (CONTENT_DISPOSITION, disposition)], bytes)
        .into_response())
}

/// What the customer is about to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saying {
    Accept,
    Change,
    Decline,
}

#[derive(Template)]
#[template(path = "public/answer.html")]
struct AnswerPage {
    cover: Cover,
    t: Lang,
    quote: ShownQuote,
    saying: Saying,
    title: &'static str,
    text: String,
    button: &'static str,
    action: String,
    back: String,
    form: FormView,
    errors: Vec<ErrorItem>,
    reasons: Vec<Choice>,
}

impl AnswerPage {
    fn accepts(&self) -> bool {
        self.saying == Saying::Accept
    }

    fn declines(&self) -> bool {
        self.saying == Saying::Decline
    }

    fn asks(&self) -> bool {
        self.saying == Saying::Change
    }
}

async fn form_page(
    web: &Web,
    guest: &Guest,
    opened: &Opened,
    quote: &Quote,
    (saying, form): (Saying, FormView),
) -> Result<AnswerPage, Problem> {
    let t = guest.t;
    let shown = shown_quote(web, t, opened, quote).await?;
    let (title, text, button, action) = match saying {
        Saying::Accept => (
            t.public_accept_title(),
            t.public_accept_text(shown.sums.gross.clone(), shown.no.clone()),
            t.public_accept_button(),
            guest.path("/accept"),
        ),
        Saying::Change => (
            t.public_change_title(),
            t.public_change_text().to_owned(),
            t.public_change_button(),
            guest.path("/change"),
        ),
        Saying::Decline => (
            t.public_decline_title(),
            t.public_decline_text().to_owned(),
            t.public_decline_button(),
            guest.path("/decline"),
        ),
    };
    Ok(AnswerPage {
        cover: cover(web, guest, Some(opened)).await?,
        t,
        quote: shown,
        saying,
        title,
        text,
        button,
        action,
        back: guest.path(""),
        errors: summary(&form),
        form,
        reasons: LostReason::ALL.iter().map(|r| Choice::new(r.code(), t.lost_reason(*r))).collect(),
    })
}

/// The form, or the page that tells why it cannot be answered any more.
async fn ask(web: &Web, guest: &Guest, saying: Saying) -> Result<Response, Problem> {
    let opened = match opened(web, guest, LinkPurpose::Quote).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    match own_quote(&opened) {
        Some(quote) if opened.offered(web.app().clock.now()) == Some(Offered::Open) => {
            page::page(&form_page(web, guest, &opened, quote, (saying, FormView::default())).await?)
        }
        _ => page(web, guest, &opened).await,
    }
}

pub async fn check(State(web): State<Web>, guest: Guest) -> Result<Response, Problem> {
    ask(&web, &guest, Saying::Accept).await
}

pub async fn to_change(State(web): State<Web>, guest: Guest) -> Result<Response, Problem> {
    ask(&web, &guest, Saying::Change).await
}

pub async fn to_decline(State(web): State<Web>, guest: Guest) -> Result<Response, Problem> {
    ask(&web, &guest, Saying::Decline).await
}

/// A link that can still be answered, with its quote.
async fn answerable(web: &Web, guest: &Guest) -> Result<Result<(Opened, Quote), Response>, Problem> {
    let opened = match opened(web, guest, LinkPurpose::Quote).await? {
        Ok(opened) => opened,
        Err(response) => return Ok(Err(response)),
    };
    match own_quote(&opened).cloned() {
        Some(quote) if opened.offered(web.app().clock.now()) == Some(Offered::Open) => Ok(Ok((opened, quote))),
        _ => Ok(Err(page(web, guest, &opened).await?)),
    }
}

pub async fn accept(State(web): State<Web>, post: GuestPost) -> Result<Response, Problem> {
    let guest = &post.guest;
    let (opened, quote) = match answerable(&web, guest).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let mut check = post.checker();
    let who = answerer(&mut check);
    if !check.ticked("agreed") {
        check.fail("agreed", crate::domain::input::Flaw::Required);
    }
    let (Some(who), true) = (who, check.is_clean()) else {
        let form = typed_again(guest.t, &post.form, check).unwrap_or_default();
        return unprocessable(&form_page(&web, guest, &opened, &quote, (Saying::Accept, form)).await?);
    };
    let bytes = printed(&web, guest.t, &quote, Mark::None).await?;
    let name = format!("{} V{} {}.pdf", quote.no, quote.version_no, who.name);
    let Ok(evidence) = web.app().keep_file(&name, bytes).await? else {
        return Err(Problem::Failed { detail: "the printed quote was not taken as a file".to_owned() });
    };
    let outcome = web.app().accept_by_link(&opened, &who, &evidence, guest.here.request).await?;
    told(&web, guest, outcome).await
}

pub async fn decline(State(web): State<Web>, post: GuestPost) -> Result<Response, Problem> {
    let guest = &post.guest;
    let (opened, quote) = match answerable(&web, guest).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let mut check = post.checker();
    let who = answerer(&mut check);
    let reason = check.choice("reason", LostReason::parse);
    let (Some(who), Some(reason), true) = (who, reason, check.is_clean()) else {
        let form = typed_again(guest.t, &post.form, check).unwrap_or_default();
        return unprocessable(&form_page(&web, guest, &opened, &quote, (Saying::Decline, form)).await?);
    };
    let outcome = web.app().decline_by_link(&opened, &who, reason, guest.here.request).await?;
    told(&web, guest, outcome).await
}

pub async fn change(State(web): State<Web>, post: GuestPost) -> Result<Response, Problem> {
    let guest = &post.guest;
    let (opened, quote) = match answerable(&web, guest).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let mut check = post.checker();
    let who = answerer(&mut check);
    if crate::domain::input::is_blank(check.raw("note")) {
        check.fail("note", crate::domain::input::Flaw::Required);
    }
    let (Some(who), true) = (who, check.is_clean()) else {
        let form = typed_again(guest.t, &post.form, check).unwrap_or_default();
        return unprocessable(&form_page(&web, guest, &opened, &quote, (Saying::Change, form)).await?);
    };
    let outcome = web.app().ask_change_by_link(&opened, &who, guest.here.request).await?;
    told(&web, guest, outcome).await
}

/// Whatever came of it, the quote's page says how it stands now.
async fn told(web: &Web, guest: &Guest, outcome: Outcome) -> Result<Response, Problem> {
    match outcome {
        Outcome::Taken => Ok(back(guest)),
        Outcome::Enough => enough(web, guest).await,
        Outcome::NotKept => not_kept(web, guest).await,
        Outcome::TooLate => match opened(web, guest, LinkPurpose::Quote).await? {
            Ok(now) => page(web, guest, &now).await,
            Err(response) => Ok(response),
        },
    }
}

/// Nobody is left to believe that an answer arrived.
async fn not_kept(web: &Web, guest: &Guest) -> Result<Response, Problem> {
    let t = guest.t;
    match opened(web, guest, LinkPurpose::Quote).await? {
        Ok(found) => {
            let told = (t.public_not_kept_title(), t.public_not_kept_text().to_owned());
            let mut page = message(web, guest, &found, told).await?;
            *page.status_mut() = StatusCode::CONFLICT;
            Ok(page)
        }
        Err(response) => Ok(response),
    }
}

/// Nothing more is kept before the rep has dealt with what there is.
async fn enough(web: &Web, guest: &Guest) -> Result<Response, Problem> {
    match opened(web, guest, LinkPurpose::Quote).await? {
        Ok(found) => super::enough(web, guest, &found).await,
        Err(response) => Ok(response),
    }
}
