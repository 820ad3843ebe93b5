//! The printed forms: who may see a page may print it, with what the page would show them.
//!
//! The one rule: a sent quote is printed from what was kept when it was sent, so that its hash stays
//! what it was, whatever happened to the customer's name since.

use super::deals::{approval_case, case_at, quote_of_round, quoted};
use super::page::{name_in, ship_phone};
use super::{Post, Problem, SignedIn, Web};
use crate::documents::approval::{self, Prices};
use crate::documents::requirement::{Budget, View};
use crate::documents::rounds::Measured;
use crate::documents::{
    Content, Layout, Letterhead, Mark, PressFailure, Shown, customer, delivery, order, quote, requirement, sheet,
    shipment,
};
use crate::domain::deal::Step;
use crate::domain::ids::PersonId;
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::workflow::Case;
use crate::store::{PgConnection, cases, documents, people};
use crate::wording::Lang;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write as _;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/customer.pdf", get(of_deal_customer))
        .route("/deals/{no}/requirement.pdf", get(of_requirement))
        .route("/deals/{no}/quote.pdf", get(of_quote))
        .route("/deals/{no}/quote.xlsx", get(of_quote_sheet))
        .route("/deals/{no}/quote.json", get(of_quote_json))
        .route("/deals/{no}/approval.pdf", get(of_approval))
        .route("/deals/{no}/order.pdf", get(of_order))
        .route("/deals/{no}/delivery.pdf", get(of_delivery))
        .route("/deals/{no}/shipments/{shipment}/note.pdf", get(of_shipment))
        .route("/customers/{no}/form.pdf", get(of_customer).post(of_customer_whole))
}

impl From<PressFailure> for Problem {
    fn from(failure: PressFailure) -> Self {
        Self::Failed { detail: failure.to_string() }
    }
}

/// What the address asks for besides the form.
struct Wish {
    t: Lang,
    version: Option<i32>,
    round: Option<i32>,
}

impl Wish {
    fn of(who: &SignedIn) -> Result<Self, Problem> {
        let query = who.here.path.split_once('?').map(|(_, q)| q).unwrap_or_default();
        let value =
            |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
        let t = match value("lang") {
            Some(code) => Lang::parse(&code).ok_or(Problem::Missing)?,
            None => who.t(),
        };
        let number = |name: &str| value(name).map(|n| n.parse().map_err(|_| Problem::Missing)).transpose();
        Ok(Self { t, version: number("version")?, round: number("round")? })
    }
}

fn shown(who: &SignedIn, case: &Case) -> Shown {
    if policy::may_on(&who.actor, Act::SeeContacts, case).is_ok() { Shown::Whole } else { Shown::Masked }
}

fn prices(who: &SignedIn, case: &Case) -> Prices {
    if policy::may_on(&who.actor, Act::SeePrices, case).is_ok() { Prices::Shown } else { Prices::Hidden }
}

async fn name(conn: &mut PgConnection, t: Lang, id: PersonId) -> Result<String, Problem> {
    Ok(people::by_id(conn, id).await?.map(|p| name_in(t, &p.name, &p.name_en)).unwrap_or_default())
}

/// Shown in the browser under the document's own name (RFC 6266, RFC 8187).
fn disposition(kind: &str, name: &str) -> HeaderValue {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
    let mut line = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            line.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(line, "%{byte:02X}");
        }
    }
    HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static("inline"))
}

async fn print(web: &Web, t: Lang, content: Content, mark: Mark, name: &str) -> Result<Response, Problem> {
    let bytes = web.press().print(t, content, mark, web.app().logo().await?).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, disposition("inline", &format!("{name}.pdf"))),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}

/// The form with masked numbers; whole only for who asked for them, which is recorded (DOMAIN 1.1).
async fn customer_form(web: &Web, who: &SignedIn, case: &Case, shown: Shown) -> Result<Response, Problem> {
    let t = Wish::of(who)?.t;
    let company = web.app().letterhead().await?;
    let c = &case.customer;
    let mut conn = web.app().db.read().await?;
    let mut names = customer::Names { owner: name(&mut conn, t, c.owner).await?, ..customer::Names::default() };
    if let Some(verification) = &c.verification {
        names.verified_by = name(&mut conn, t, verification.by).await?;
    }
    if let Some(confirmation) = &c.confirmation {
        names.confirmed_by = name(&mut conn, t, confirmation.by).await?;
    }
    if policy::may_on(&who.actor, Act::SeePrices, case).is_ok() {
        names.history = crate::web::card::of(web, &mut conn, who, t, case).await?.on_paper(t);
    }
    drop(conn);
    let content = customer::content(t, &company, case, shown, &names).map_err(PressFailure::from)?;
    print(web, t, content, customer::mark(case), &format!("{} {}", t.customer_form(), c.no)).await
}

async fn of_deal_customer(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = case_at(&web, &who, &no, Step::Registration).await?;
    policy::may_see_archive(&who.actor, &case)?;
    customer_form(&web, &who, &case, Shown::Masked).await
}

async fn of_customer(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = web.app().customer(&who.actor, &no).await?;
    customer_form(&web, &who, &case, Shown::Masked).await
}

async fn of_customer_whole(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = web.app().show_all_contacts(&post.by(""), &no).await.map_err(|f| post.keeping(f))?;
    customer_form(&web, &post.who, &case, Shown::Whole).await
}

async fn of_requirement(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = case_at(&web, &who, &no, Step::Requirement).await?;
    let wish = Wish::of(&who)?;
    let found = match (wish.version, &case.deal) {
        (Some(version), Some(deal)) => {
            let mut conn = web.app().db.read().await?;
            cases::requirement_version(&mut conn, deal.id, version).await?
        }
        _ => case.requirement.clone(),
    };
    let found = found.ok_or(Problem::Missing)?;
    let budget = if prices(&who, &case) == Prices::Shown { Budget::Shown } else { Budget::Hidden };
    let view = View { shown: shown(&who, &case), budget };
    let company = web.app().letterhead().await?;
    let content = requirement::content(wish.t, &company, &case, &found, view).map_err(PressFailure::from)?;
    let name = format!("{} {} V{}", wish.t.requirement_title(), found.no, found.version_no);
    print(&web, wish.t, content, requirement::mark(&found), &name).await
}

/// The version asked for, for those who may see prices.
async fn asked_quote(web: &Web, who: &SignedIn, no: &str) -> Result<(Case, Quote, Wish), Problem> {
    let case = quoted(web, who, no).await?;
    policy::may_on(&who.actor, Act::SeePrices, &case)?;
    let wish = Wish::of(who)?;
    let found = match (wish.version, &case.deal) {
        (Some(version), Some(deal)) => {
            let mut conn = web.app().db.read().await?;
            cases::quote_version(&mut conn, deal.id, version).await?
        }
        _ => case.quote.clone(),
    };
    Ok((case, found.ok_or(Problem::Missing)?, wish))
}

/// What is printed and hashed: the version as it was kept when it was sent, or as it stands.
async fn quote_content(web: &Web, who: &SignedIn, case: &Case, found: &Quote, t: Lang) -> Result<Content, Problem> {
    let shown = shown(who, case);
    let sent = {
        let mut conn = web.app().db.read().await?;
        documents::sent(&mut conn, found.id).await?
    };
    let kept = sent.into_iter().find(|s| s.language == t.code() && shown == Shown::Whole);
    let content = match kept {
        Some(sent) => Content { layout: Layout::Quote, json: sent.content, dated: quote::midnight(found.quote_date) },
        None => quote::content(t, &web.app().letterhead().await?, case, found, shown).map_err(PressFailure::from)?,
    };
    Ok(content)
}

async fn of_quote(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let (case, found, wish) = asked_quote(&web, &who, &no).await?;
    let t = wish.t;
    let content = quote_content(&web, &who, &case, &found, t).await?;
    let name = format!("{} {} V{}", t.quote_title(), found.no, found.version_no);
    print(&web, t, content, quote::mark(&found), &name).await
}

/// The printed content letter by letter: its SHA-256 is the hash in the foot of the paper.
async fn of_quote_json(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let (case, found, wish) = asked_quote(&web, &who, &no).await?;
    let content = quote_content(&web, &who, &case, &found, wish.t).await?;
    let name = format!("{} {} V{}.json", wish.t.quote_title(), found.no, found.version_no);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (CONTENT_DISPOSITION, disposition("attachment", &name)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, content.json).into_response())
}

async fn of_quote_sheet(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let (case, found, wish) = asked_quote(&web, &who, &no).await?;
    let t = wish.t;
    let company = web.app().letterhead().await?;
    let name = format!("{} {} V{}.xlsx", t.quote_title(), found.no, found.version_no);
    let shown = shown(&who, &case);
    let bytes = tokio::task::spawn_blocking(move || sheet::quote(t, &company, &case, &found, shown))
        .await
        .map_err(|e| Problem::Failed { detail: e.to_string() })?
        .map_err(|e| Problem::Failed { detail: e.to_string() })?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(XLSX)),
        (CONTENT_DISPOSITION, disposition("attachment", &name)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}

async fn of_approval(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = approval_case(&web, &who, &no).await?;
    let Wish { t, round: asked, .. } = Wish::of(&who)?;
    let company = web.app().letterhead().await?;
    let mut conn = web.app().db.read().await?;
    let rounds = match (asked, &case.deal) {
        (Some(_), Some(deal)) => cases::rounds_of(&mut conn, deal.id, web.app().clock.now()).await?,
        _ => Vec::new(),
    };
    let round = match asked {
        Some(round_no) => rounds.iter().find(|r| r.round_no == round_no),
        None => case.round.as_ref(),
    };
    let round = round.ok_or(Problem::Missing)?;
    let found = quote_of_round(&mut conn, &case, round).await?;
    let requester = name(&mut conn, t, round.requested_by).await?;
    drop(conn);
    let about = approval::About { case: &case, round, quote: found.as_ref(), requester, prices: prices(&who, &case) };
    let by = Measured { calendar: &web.app().calendar, now: web.app().clock.now() };
    let content = approval::content(t, &company, &about, by).map_err(PressFailure::from)?;
    let name = format!("{} {} R{}", t.document_approval_title(), round.no, round.round_no);
    print(&web, t, content, approval::mark(round), &name).await
}

async fn of_order(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = case_at(&web, &who, &no, Step::Order).await?;
    let wish = Wish::of(&who)?;
    let t = wish.t;
    let (Some(of), Some(accepted)) = (&case.order, &case.quote) else { return Err(Problem::Missing) };
    let (prices, shown) = (prices(&who, &case), shown(&who, &case));
    let title = match prices {
        Prices::Shown => t.document_contract_title(),
        Prices::Hidden => t.document_work_order_title(),
    };
    // Only what is whole and in force is a contract that is kept.
    let is_kept = prices == Prices::Shown && shown == Shown::Whole && of.confirmed_at.is_some();
    let content = if is_kept {
        web.app().contract_paper(&who.actor, &case, t.code(), wish.version).await?
    } else {
        let company = web.app().letterhead().await?;
        let mut conn = web.app().db.read().await?;
        let version_no = documents::clause_version(&mut conn, of.id).await?;
        let clauses = documents::clauses(&mut conn, version_no, t.code()).await?;
        drop(conn);
        let clauses = order::ClauseSet { version_no, clauses };
        let about = order::About {
            case: &case,
            order: of,
            quote: accepted,
            clauses: &clauses,
            prices,
            shown,
            version_no: None,
            ship_phone: ship_phone(&who.actor, &case, &of.ship_phone),
        };
        order::content(t, &company, &about).map_err(PressFailure::from)?
    };
    print(&web, t, content, order::mark(of), &format!("{title} {}", of.no)).await
}

async fn of_delivery(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = case_at(&web, &who, &no, Step::Delivery).await?;
    let t = Wish::of(&who)?.t;
    let Some(of) = &case.order else { return Err(Problem::Missing) };
    let company: Letterhead = web.app().letterhead().await?;
    let now = web.app().clock.now();
    let track = crate::domain::delivery::track(of, &web.app().calendar, now);
    let link = tracking_link(&web, &case).await?;
    let phone = ship_phone(&who.actor, &case, &of.ship_phone);
    let content = delivery::content(t, &company, (&case, of), &track, &phone, (now, link.as_deref()))
        .map_err(PressFailure::from)?;
    print(&web, t, content, delivery::mark(of), &format!("{} {}", t.delivery_stages(), of.no)).await
}

/// The customer scans it to follow the order, where a link for that was made.
async fn tracking_link(web: &Web, case: &Case) -> Result<Option<String>, Problem> {
    let (Some(deal), Some(base)) = (&case.deal, web.public_url()) else { return Ok(None) };
    Ok(web.app().tracking_token(deal.id).await?.map(|token| format!("{base}/p/{token}")))
}

async fn of_shipment(
    State(web): State<Web>,
    Path((no, shipment_no)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, Problem> {
    let case = case_at(&web, &who, &no, Step::Delivery).await?;
    let t = Wish::of(&who)?.t;
    let order = case.order.as_ref().ok_or(Problem::Missing)?;
    let of = order.shipments.iter().find(|s| s.no == shipment_no).ok_or(Problem::Missing)?;
    let company = web.app().letterhead().await?;
    let link = tracking_link(&web, &case).await?;
    let phone = ship_phone(&who.actor, &case, &of.ship_phone);
    let content =
        shipment::content(t, &company, (&case, order), of, (&phone, link.as_deref())).map_err(PressFailure::from)?;
    print(&web, t, content, shipment::mark(of), &format!("{} {}", t.document_note_title(), of.no)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("inline", "报价单 1\"\r\n.pdf").to_str().unwrap(),
            "inline; filename=\"____1___.pdf\"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%E5%8D%95%201%22%0D%0A.pdf"
        );
    }
}
