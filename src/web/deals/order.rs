//! Step 5: the quote goes out, the customer's acceptance comes in with its proof, and the order is
//! confirmed. Lines and terms are those of the accepted quote; nothing is typed a second time.
//!
//! The one rule: prices only for those who may see them, quantities and duties for everybody.

mod acceptance;
mod money;
mod promise;
mod stops;

pub(super) use acceptance::file_flaw;
pub(super) use money::standing_kind;

use super::frame::{self, Condition, DealFrame};
use super::quote::takeable;
use crate::domain::alternative::Alternative;
use crate::domain::calendar::ZONE;
use crate::domain::capital::to_capital;
use crate::domain::change::Revision;
use crate::domain::deal::{LostReason, Step};
use crate::domain::money::{format_money, format_quantity, round_money};
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::policy::{self, Act};
use crate::domain::quote::Quote;
use crate::domain::workflow::{self, Action, Case, Command};
use crate::store::{documents, retotals};
use crate::web::check::{Checker, FieldErrors};
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/deals/{no}/order", get(show))
        .route("/deals/{no}/order/send", post(send))
        .route("/deals/{no}/order/decline", post(decline))
        .route("/deals/{no}/order/acceptance", post(acceptance::accept))
        .route("/deals/{no}/order/promise", post(promise::agree))
        .route("/deals/{no}/order/confirm", post(confirm))
        .merge(stops::routes())
        .merge(money::routes())
}

#[derive(Template)]
#[template(path = "deals/order.html")]
struct OrderPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    form: FormView,
    errors: Vec<ErrorItem>,
    quote: Vec<(String, String)>,
    /// What is in the way of sending, for who may send.
    send: Option<Vec<Condition>>,
    decline: Vec<Choice>,
    acceptance: Option<acceptance::AcceptanceForm>,
    evidence: Option<acceptance::Evidence>,
    invoice: Vec<(String, String)>,
    order: Option<OrderView>,
    confirm: Option<Vec<Condition>>,
    promise: Option<promise::PromiseForm>,
    /// Other alternatives that the customer may have taken.
    takeable: Vec<&'static str>,
    stops: Option<stops::StopsView>,
    money_of: Option<money::MoneyView>,
    revisions: Vec<RevisionRow>,
    /// Every text of the contract that was printed: its number with the moment, and its address.
    contracts: Vec<(String, String)>,
}

/// A former total, still readable.
struct RevisionRow {
    no: i32,
    change_no: String,
    href: String,
    totals: Option<String>,
    at: String,
    lines: Vec<String>,
}

fn contracts(t: Lang, who: &SignedIn, case: &Case, kept: &[(i32, DateTime<Utc>)]) -> Vec<(String, String)> {
    let may = |act| policy::may_on(&who.actor, act, case).is_ok();
    let Some(deal) = case.deal.as_ref().filter(|_| may(Act::SeePrices) && may(Act::SeeContacts)) else {
        return Vec::new();
    };
    kept.iter()
        .map(|(no, at)| {
            let href = format!("/deals/{}/order.pdf?version={no}", deal.no);
            (t.total_contract(t.moment_full(*at), no), href)
        })
        .collect()
}

struct OrderView {
    no: String,
    status: String,
    status_kind: &'static str,
    has_prices: bool,
    is_confirmed: bool,
    has_conditions: bool,
    /// Where they are confirmed, for who may go there.
    conditions_href: Option<String>,
    facts: Vec<(String, String)>,
    lines: Vec<LineView>,
    net: String,
    tax: String,
    gross: String,
    capital: String,
    specials: Vec<SpecialView>,
}

struct LineView {
    number: usize,
    name: String,
    detail: String,
    kind: String,
    quantity: String,
    price: String,
    tax_rate: String,
    gross: String,
    promised: String,
    reserved: Option<String>,
    short: Option<String>,
}

struct SpecialView {
    text: String,
    department: String,
    acknowledged: Option<String>,
}

fn status_kind(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Draft | OrderStatus::OnHold => "warn",
        OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped | OrderStatus::Shipped => {
            "info"
        }
        OrderStatus::Signed | OrderStatus::Completed => "ok",
        OrderStatus::Cancelled | OrderStatus::ShortClosed => "plain",
    }
}

fn line_view(t: Lang, (case, order): (&Case, &Order), number: usize, line: &OrderLine) -> LineView {
    let with_unit = |quantity| t.quantity(quantity, &line.unit);
    let is_reserved = line.is_goods && order.confirmed_at.is_some();
    let price = if line.unit_price == round_money(line.unit_price) {
        format_money(line.unit_price)
    } else {
        format_quantity(line.unit_price)
    };
    LineView {
        number,
        name: t.item(case, line.product, &line.name).to_owned(),
        detail: [Some(line.spec.as_str()), line.packaging.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
        kind: t.quote_line_kind(line.kind).to_owned(),
        quantity: with_unit(line.quantity),
        price,
        tax_rate: t.percent(line.tax_rate),
        gross: format_money(line.amounts.gross),
        promised: t.moment(line.promised_at),
        reserved: is_reserved.then(|| with_unit(line.reserved)),
        short: (is_reserved && !line.shortage().is_zero()).then(|| with_unit(line.shortage())),
    }
}

fn order_view(t: Lang, who: &SignedIn, case: &Case, order: &Order) -> OrderView {
    let mut facts = vec![
        (t.order_page_kind().to_owned(), t.deal_kind(order.kind).to_owned()),
        (t.order_page_promised().to_owned(), t.moment_full(order.promised_at)),
    ];
    let quoted = case.quote.as_ref().filter(|q| q.id == order.quote).map(|q| q.terms.deliver_at);
    facts.extend(
        quoted.filter(|at| *at != order.promised_at).map(|at| (t.promise_quoted().to_owned(), t.moment_full(at))),
    );
    let partial = if order.partial_allowed { t.order_page_partial_yes() } else { t.order_page_partial_no() };
    facts.extend([
        (t.field("ship_address").to_owned(), order.ship_address.clone()),
        (t.field("ship_receiver").to_owned(), order.ship_receiver.clone()),
        (t.field("ship_phone").to_owned(), page::ship_phone(&who.actor, case, &order.ship_phone)),
        (t.field("partial_allowed").to_owned(), partial.to_owned()),
    ]);
    if let Some(at) = order.confirmed_at {
        facts.push((t.order_page_confirmed_at().to_owned(), t.moment_full(at)));
    }
    OrderView {
        no: order.no.clone(),
        status: t.order_status(order.status).to_owned(),
        status_kind: status_kind(order.status),
        has_prices: policy::may_on(&who.actor, Act::SeePrices, case).is_ok(),
        is_confirmed: order.confirmed_at.is_some(),
        has_conditions: case.round.as_ref().is_some_and(crate::domain::approval::Round::has_unacknowledged_condition),
        conditions_href: case
            .deal
            .as_ref()
            .filter(|_| policy::may_on(&who.actor, Act::SeeApprovals, case).is_ok())
            .map(|d| format!("/deals/{}/approval", d.no)),
        facts,
        lines: order.lines.iter().enumerate().map(|(i, l)| line_view(t, (case, order), i + 1, l)).collect(),
        net: format_money(order.net),
        tax: format_money(order.tax),
        gross: format_money(order.gross),
        capital: to_capital(order.gross).unwrap_or_default(),
        specials: order
            .specials
            .iter()
            .map(|s| SpecialView {
                text: s.text.clone(),
                department: t.department(s.department).to_owned(),
                acknowledged: s.acknowledged_at.map(|at| {
                    let by = s.acknowledged_by_name.as_deref().map(|name| t.person(name)).unwrap_or_default();
                    t.order_page_acknowledged(t.moment(at), by)
                }),
            })
            .collect(),
    }
}

fn quote_facts(t: Lang, who: &SignedIn, case: &Case, quote: &Quote) -> Vec<(String, String)> {
    let mut facts = vec![
        (t.order_page_quote().to_owned(), t.order_page_quote_version(&quote.no, quote.version_no)),
        (t.order_page_quote_status().to_owned(), t.quote_status(quote.status).to_owned()),
        (t.field("valid_until").to_owned(), t.date(quote.terms.valid_until)),
    ];
    if policy::may_on(&who.actor, Act::SeePrices, case).is_ok() {
        facts.push((t.order_page_gross().to_owned(), format!("¥{}", format_money(quote.priced.totals.gross))));
    }
    if let Some(at) = quote.sent_at {
        facts.push((t.order_page_sent_at().to_owned(), t.moment_full(at)));
    }
    facts
}

async fn of(web: &Web, who: &SignedIn, no: &str, form: Option<FormView>) -> Result<OrderPage, Problem> {
    let t = who.t();
    let case = frame::case_at(web, who, no, Step::Order).await?;
    let now = web.app().clock.now();
    let offers = workflow::offers(&case, &who.actor, now);
    let in_the_way = |action| {
        frame::offer(&offers, action)
            .map(|o| frame::conditions(t, crate::web::page::Prices::of(&who.actor, Some(&case)), &case, &o.blockers))
    };
    let form = form.unwrap_or_else(|| {
        let mut form = FormView::default();
        form.push("accepted_at", now.with_timezone(&ZONE).format("%Y-%m-%dT%H:%M").to_string());
        form
    });
    let (revisions, contracts) = match &case.order {
        // Only a change gives an order another total, and its contract another text.
        Some(order) if case.change.is_some() => {
            let mut conn = web.app().db.read().await?;
            let rows = revision_rows(who, &case, retotals::revisions(&mut conn, order.id).await?);
            (rows, contracts(t, who, &case, &documents::contract_versions(&mut conn, order.id).await?))
        }
        _ => (Vec::new(), Vec::new()),
    };
    let evidence = match &case.order {
        Some(order) => Some(acceptance::evidence(web, who, &case, order).await?),
        None => None,
    };
    let may_decline = frame::offer(&offers, Action::DeclineQuote).is_some();
    Ok(OrderPage {
        chrome: frame::chrome(web, who).await?,
        t,
        frame: frame::of(web, who, &case, Step::Order).await?,
        errors: form.errors(),
        form,
        quote: case.quote.as_ref().map(|q| quote_facts(t, who, &case, q)).unwrap_or_default(),
        send: in_the_way(Action::SendQuote),
        decline: LostReason::ALL
            .iter()
            .filter(|_| may_decline)
            .map(|r| Choice::new(r.code(), t.lost_reason(*r)))
            .collect(),
        acceptance: frame::offer(&offers, Action::RecordAcceptance).map(|o| acceptance::form(t, &case, o)),
        evidence,
        invoice: case.order.as_ref().map(|o| acceptance::invoice(who, &case, o)).unwrap_or_default(),
        order: case.order.as_ref().map(|o| order_view(t, who, &case, o)),
        confirm: in_the_way(Action::ConfirmOrder),
        promise: promise::form(t, &case, &offers),
        takeable: takeable(&case, &offers, now).into_iter().map(Alternative::code).collect(),
        revisions,
        contracts,
        stops: case.order.as_ref().map(|o| stops::view(who, &case, o, &offers)),
        money_of: case
            .order
            .as_ref()
            .filter(|o| o.confirmed_at.is_some())
            .and_then(|o| money::view(web, who, &case, o)),
    })
}

fn revision_rows(who: &SignedIn, case: &Case, found: Vec<Revision>) -> Vec<RevisionRow> {
    let t = who.t();
    let sees = policy::may_on(&who.actor, Act::SeePrices, case).is_ok();
    let deal_no = case.deal.as_ref().map(|d| d.no.clone()).unwrap_or_default();
    found
        .into_iter()
        .map(|r| RevisionRow {
            no: r.revision_no,
            href: super::changes::link(&deal_no, &r.change_no),
            change_no: r.change_no,
            totals: sees.then(|| t.total_revision_totals(format_money(r.after), format_money(r.before.gross))),
            at: t.moment(r.at),
            lines: r
                .lines
                .iter()
                .map(|l| {
                    let line = format!("{} × {}", t.item(case, None, &l.name), t.quantity(l.quantity, &l.unit));
                    if sees { format!("{line} · {}", format_money(l.gross)) } else { line }
                })
                .collect(),
        })
        .collect()
}

async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    page::page(&of(&web, &who, &no, None).await?)
}

async fn again(web: &Web, no: &str, post: &Post, errors: FieldErrors) -> Result<Response, Problem> {
    let told = errors.into_iter().map(|(field, flaw)| (field, post.t().flaw(&flaw))).collect();
    page::invalid(&of(web, &post.who, no, Some(FormView::typed(&post.form, told))).await?)
}

async fn done(web: &Web, no: &str, post: &Post, command: Command) -> Result<Response, Problem> {
    let action = command.action();
    let by = post.by(format!("/deals/{no}/order"));
    let done = web.app().act_on_deal(&by, no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

async fn send(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    done(&web, &no, &post, Command::SendQuote).await
}

async fn confirm(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    done(&web, &no, &post, Command::ConfirmOrder).await
}

#[expect(clippy::single_match_else, reason = "both answers are of equal weight")]
async fn decline(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    match check.choice("lost_reason", LostReason::parse) {
        // The declined quote closes the order page; the next version is made on the quote page.
        Some(reason) => {
            let by = post.by(format!("/deals/{no}"));
            let command = Command::DeclineQuote { reason };
            let done =
                web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
            Ok(page::see_other(&web, done.then(), Action::DeclineQuote.code()))
        }
        // The frame's own form to close the deal holds the field of this name.
        None => {
            let errors = check.finish().err().unwrap_or_default();
            again(&web, &no, &post, errors.into_iter().map(|(_, flaw)| ("decline_reason".to_owned(), flaw)).collect())
                .await
        }
    }
}
