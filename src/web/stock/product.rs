//! One product's stock: the balance, who holds and who has reserved it, and the ledger.
//!
//! The one rule: a deal is named only to those who may see it; quantities and people to everybody.

use crate::app::stock::NotAdjusted;
use crate::domain::ids::{OrderLineId, PersonId};
use crate::domain::input::Flaw;
use crate::domain::money::format_quantity;
use crate::domain::policy::{self, Act};
use crate::domain::stock::{Shelf, transferable};
use crate::store::stock::{self, LedgerRow, ReservedLine};
use crate::store::{holds, products};
use crate::web::check::{Checker, FieldErrors};
use crate::web::deals::hold_line;
use crate::web::form::{Choice, ErrorItem, FormView};
use crate::web::page::{self, Chrome, Section};
use crate::web::work::only;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of the ledger on one page.
const PAGE: i64 = 50;
const MOST: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: Option<i64>,
}

struct Moved {
    when: String,
    kind: &'static str,
    quantity: String,
    after: String,
    about: String,
    href: Option<String>,
    who: String,
}

struct Reserved {
    order: String,
    href: Option<String>,
    owner: String,
    is_urgent: bool,
    ordered: String,
    kept: String,
    picked: String,
    short: Option<String>,
    promised: String,
    take_over: Option<TakeOver>,
}

/// What the director needs to give this order another one's reservation.
struct TakeOver {
    line: Uuid,
    version: i64,
    donors: Vec<Choice>,
    suggested: String,
}

#[derive(Template)]
#[template(path = "stock/product.html")]
struct ProductPage {
    chrome: Chrome,
    t: Lang,
    code: String,
    name: String,
    errors: Vec<ErrorItem>,
    form: FormView,
    facts: Vec<(&'static str, String)>,
    on_hand: String,
    queue: Vec<String>,
    reserved: Vec<Reserved>,
    moved: Vec<Moved>,
    older: Option<String>,
    newest: Option<String>,
    may_adjust: bool,
}

fn sees_deal(who: &SignedIn, owner: Uuid, manager: Option<Uuid>) -> bool {
    policy::may(&who.actor, Act::SeeDeal, PersonId(owner), manager.map(PersonId)).is_ok()
}

fn kind(t: Lang, code: &str) -> &'static str {
    match code {
        "opening" => t.stock_kind_opening(),
        "reserve" => t.stock_kind_reserve(),
        "release" => t.stock_kind_release(),
        "produce" => t.stock_kind_produce(),
        "ship" => t.stock_kind_ship(),
        "return" => t.stock_kind_return(),
        "scrap" => t.stock_kind_scrap(),
        _ => t.stock_kind_adjust(),
    }
}

fn moved(t: Lang, who: &SignedIn, row: &LedgerRow) -> Moved {
    let is_known = row.owner.is_some_and(|owner| sees_deal(who, owner, row.owner_manager));
    let order = match (&row.order_no, is_known) {
        (Some(no), true) => Some(no.clone()),
        (Some(_), false) => Some(t.hold_other_deal().to_owned()),
        (None, _) => None,
    };
    let sign = if row.quantity > Decimal::ZERO { "+" } else { "" };
    Moved {
        when: t.moment(row.at),
        kind: kind(t, &row.kind),
        quantity: format!("{sign}{}", format_quantity(row.quantity)),
        after: format!("{} / {}", format_quantity(row.on_hand_after), format_quantity(row.reserved_after)),
        about: [order, row.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        href: row.deal_no.as_ref().filter(|_| is_known).map(|no| format!("/deals/{no}/order")),
        who: row.actor.as_deref().map(|name| t.person(name)).unwrap_or_default(),
    }
}

fn short(line: &ReservedLine) -> Decimal {
    line.quantity - line.credited - line.reserved - line.produced
}

fn reserved(t: Lang, who: &SignedIn, line: &ReservedLine, all: &[ReservedLine]) -> Reserved {
    let is_known = sees_deal(who, line.owner, line.owner_manager);
    let may = policy::may_ever(&who.actor, Act::TakeOverStock) && line.is_urgent;
    let donors: Vec<(Choice, Decimal)> = all
        .iter()
        .filter(|o| o.line != line.line && !o.is_urgent)
        .map(|o| (o, transferable(o.reserved, o.passed, o.picked)))
        .filter(|(_, can)| *can > Decimal::ZERO)
        .map(|(o, can)| {
            let label = t.take_over_option(&o.order_no, t.person(&o.owner_name), format_quantity(can));
            (Choice::new(o.line.to_string(), label), can)
        })
        .collect();
    let most = donors.iter().map(|(_, can)| *can).max().unwrap_or(Decimal::ZERO).min(short(line));
    Reserved {
        order: if is_known { line.order_no.clone() } else { t.hold_other_deal().to_owned() },
        href: is_known.then(|| format!("/deals/{}/order", line.deal_no)),
        owner: t.person(&line.owner_name),
        is_urgent: line.is_urgent,
        ordered: format_quantity(line.quantity),
        kept: format_quantity(line.reserved),
        picked: format_quantity(line.picked),
        short: (short(line) > Decimal::ZERO).then(|| format_quantity(short(line))),
        promised: t.moment(line.promised_at),
        take_over: (may && most > Decimal::ZERO).then(|| TakeOver {
            line: line.line,
            version: line.deal_version,
            donors: donors.into_iter().map(|(choice, _)| choice).collect(),
            suggested: format_quantity(most),
        }),
    }
}

async fn build(
    web: &Web,
    who: &SignedIn,
    code: &str,
    before: Option<i64>,
    typed: Option<(FormView, Vec<ErrorItem>)>,
) -> Result<ProductPage, Problem> {
    only(who, Act::SeeStock)?;
    let t = who.t();
    let now = web.app().clock.now();
    let mut conn = web.app().db.search().await?;
    let (product, _) =
        products::by_code(&mut conn, code).await?.filter(|(p, _)| p.is_stocked).ok_or(Problem::Missing)?;
    let queues = holds::queues(&mut conn, &[product.id.0], now).await?.remove(&product.id).unwrap_or_default();
    let lines = stock::reserved_lines(&mut conn, product.id).await?;
    let mut rows = stock::ledger(&mut conn, product.id, before, PAGE + 1).await?;
    let mut owners = Vec::with_capacity(queues.len());
    for hold in &queues {
        owners.push(holds::owner(&mut conn, hold.deal).await?);
    }
    drop(conn);
    let has_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PAGE).unwrap_or(0));
    let shelf = Shelf { product: product.id, available: product.on_hand - product.reserved, holds: queues };
    let known: Vec<_> = shelf
        .holds
        .iter()
        .zip(owners)
        .filter(|(_, (owner, manager))| sees_deal(who, *owner, *manager))
        .map(|(h, _)| h.deal)
        .collect();
    let (form, errors) = typed.unwrap_or_default();
    Ok(ProductPage {
        chrome: page::chrome(web, who, Section::Stock).await?,
        t,
        code: product.code.clone(),
        name: page::name_in(t, &product.name, &product.name_en),
        errors,
        form,
        facts: vec![
            (t.stock_on_hand(), format_quantity(product.on_hand)),
            (t.stock_reserved(), format_quantity(product.reserved)),
            (t.stock_available(), format_quantity(shelf.available)),
            (t.stock_held(), format_quantity(shelf.held(now))),
            (t.stock_free(), format_quantity(shelf.free_to_hold(now))),
            (t.stock_unit(), t.unit(&product.unit).to_owned()),
        ],
        on_hand: product.on_hand.normalize().to_string(),
        queue: shelf
            .queue(now)
            .iter()
            .map(|q| hold_line(t, q, Some(q.hold.deal_no.as_str()).filter(|_| known.contains(&q.hold.deal))))
            .collect(),
        reserved: lines.iter().map(|l| reserved(t, who, l, &lines)).collect(),
        older: rows.last().filter(|_| has_more).map(|r| format!("/stock/{code}?before={}", r.seq)),
        newest: before.map(|_| format!("/stock/{code}")),
        moved: rows.iter().map(|r| moved(t, who, r)).collect(),
        may_adjust: policy::may_ever(&who.actor, Act::AdjustStock),
    })
}

pub async fn show(
    State(web): State<Web>,
    Path(code): Path<String>,
    who: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    page::page(&build(&web, &who, &code, asked.before, None).await?)
}

/// The page again with what was typed and what is wrong with it.
async fn again(web: &Web, post: &Post, code: &str, texts: Vec<(String, String)>) -> Result<Response, Problem> {
    let errors = texts.iter().map(|(field, text)| ErrorItem { field: field.clone(), text: text.clone() }).collect();
    let form = FormView::typed(&post.form, texts);
    page::invalid(&build(web, &post.who, code, None, Some((form, errors))).await?)
}

fn texts(t: Lang, found: &FieldErrors) -> Vec<(String, String)> {
    found.iter().map(|(field, flaw)| (field.clone(), t.flaw(flaw))).collect()
}

pub async fn adjust(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::AdjustStock).map_err(|p| p.keeping(&post.form))?;
    let t = post.t();
    let mut check = Checker::new(&post.form);
    let change = check.decimal("stock_change", 3, -MOST, MOST);
    if change.is_some_and(|c| c.is_zero()) {
        check.fail("stock_change", Flaw::Required);
    }
    let reason = check.long_text("stock_reason", 5, 300);
    let seen = post.form.value("seen").parse::<Decimal>().unwrap_or(-Decimal::ONE);
    let (true, Some(change), Some(reason)) = (check.is_clean(), change, reason) else {
        let found = check.finish().err().unwrap_or_default();
        return again(&web, &post, &code, texts(t, &found)).await;
    };
    match web.app().adjust_stock(&post.by(format!("/stock/{code}")), &code, seen, change, &reason).await {
        Ok(done) => Ok(page::see_other(&web, done.then(), "saved")),
        Err(NotAdjusted::Failure(failure)) => Err(post.keeping(failure)),
        Err(NotAdjusted::NotWhole) => {
            again(&web, &post, &code, vec![("stock_change".to_owned(), t.flaw(&Flaw::NotWhole))]).await
        }
        Err(NotAdjusted::BelowReserved { reserved }) => {
            let text = t.stock_below_reserved(format_quantity(reserved));
            again(&web, &post, &code, vec![("stock_change".to_owned(), text)]).await
        }
        Err(NotAdjusted::Moved { on_hand }) => {
            let text = t.stock_moved(format_quantity(on_hand));
            let errors = vec![ErrorItem { field: "stock_change".to_owned(), text: text.clone() }];
            let form = FormView::typed(&post.form, vec![("stock_change".to_owned(), text)]);
            page::conflict(&build(&web, &post.who, &code, None, Some((form, errors))).await?)
        }
    }
}

pub async fn take_over(State(web): State<Web>, Path(code): Path<String>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::TakeOverStock).map_err(|p| p.keeping(&post.form))?;
    let mut check = Checker::new(&post.form);
    let quantity = check.decimal("take_over_quantity", 3, Decimal::ZERO, MOST);
    let reason = check.long_text("take_over_reason", 5, 300);
    let line = |name: &str| Uuid::parse_str(post.form.value(name)).map(OrderLineId).map_err(|_| Problem::Missing);
    let lines = (line("from_line")?, line("to_line")?);
    let (true, Some(quantity), Some(reason)) = (check.is_clean(), quantity, reason) else {
        let found = check.finish().err().unwrap_or_default();
        return again(&web, &post, &code, texts(post.t(), &found)).await;
    };
    let by = post.by(format!("/stock/{code}"));
    let done = web
        .app()
        .take_over_stock(&by, lines, post.form.version(), quantity, &reason)
        .await
        .map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}
