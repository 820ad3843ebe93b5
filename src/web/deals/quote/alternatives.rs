//! The alternatives of a quote: which there are, side by side, a further one, turning to another.
//!
//! The one rule: each alternative is shown at its newest version and with its state in words.

use super::compare::terms_text;
use super::paper::status_kind;
use crate::domain::alternative::Alternative;
use crate::domain::deal::Step;
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::quote::{Quote, QuoteStatus};
use crate::domain::workflow::{Action, Case, Command, Offer};
use crate::store::cases;
use crate::store::lists::VersionRow;
use crate::web::deals::frame::{self, DealFrame};
use crate::web::deals::grid::VersionLink;
use crate::web::page::{self, Chrome};
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};

/// One alternative in the list.
pub struct Row {
    pub letter: &'static str,
    pub name: String,
    pub version: String,
    pub href: String,
    pub status: &'static str,
    pub status_kind: &'static str,
    pub gross: Option<String>,
    pub is_current: bool,
}

/// The list with what may be done.
pub struct Panel {
    pub rows: Vec<Row>,
    /// Contents may be read.
    pub is_open: bool,
    pub can_add: bool,
    pub can_choose: bool,
    /// That nobody turns away from a quote in approval.
    pub waits: Option<&'static str>,
}

/// A newer version of its own alternative exists, or the requirement has gone on.
pub fn is_former(case: &Case, quote: &Quote) -> bool {
    quote.status == QuoteStatus::Superseded
        || newest_of(case, quote.alternative).is_some_and(|newest| newest != quote.version_no)
}

fn newest_of(case: &Case, alternative: Alternative) -> Option<i32> {
    match &case.quote {
        Some(current) if current.alternative == alternative => Some(current.version_no),
        _ => case.alternatives.other(alternative).map(|o| o.version_no),
    }
}

/// That the version shown is another alternative's, and whether it ended.
pub fn elsewhere(t: Lang, case: &Case, quote: &Quote) -> Option<String> {
    if quote.status == QuoteStatus::NotChosen {
        return Some(t.alternative_not_chosen().to_owned());
    }
    let current = case.alternative();
    (quote.alternative != current).then(|| t.alternative_live_elsewhere(current.code(), quote.alternative.code()))
}

/// The versions with their letters, once there is more than one alternative.
pub fn lettered(t: Lang, case: &Case, rows: &[VersionRow], links: Vec<VersionLink>) -> Vec<VersionLink> {
    if case.alternatives.others.is_empty() {
        return links;
    }
    let letters = rows.iter().map(|r| r.alternative.clone().unwrap_or_default());
    links
        .into_iter()
        .zip(letters)
        .map(|(link, letter)| VersionLink { label: t.alternative_version_of(letter, &link.label), ..link })
        .collect()
}

/// The panel, where there is more than one alternative or could be.
pub fn panel(t: Lang, case: &Case, sees_prices: bool, offers: &[Offer]) -> Option<Panel> {
    all(t, case, sees_prices, offers).filter(|panel| panel.rows.len() > 1 || panel.can_add)
}

fn all(t: Lang, case: &Case, sees_prices: bool, offers: &[Offer]) -> Option<Panel> {
    let (deal, quote) = (case.deal.as_ref()?, case.quote.as_ref()?);
    let ready = |action| frame::offer(offers, action).is_some_and(Offer::is_ready);
    let base = format!("/deals/{}/quote", deal.no);
    let row = |alternative: Alternative, version_no: i32, status: QuoteStatus, gross| Row {
        letter: alternative.code(),
        name: t.alternative_name(alternative.code()),
        version: t.requirement_version(version_no),
        href: format!("{base}?version={version_no}"),
        status: t.quote_status(status),
        status_kind: status_kind(status),
        gross: sees_prices.then(|| format_money(gross)),
        is_current: alternative == quote.alternative,
    };
    let mut rows = vec![row(quote.alternative, quote.version_no, quote.status, quote.priced.totals.gross)];
    rows.extend(case.alternatives.others.iter().map(|o| row(o.alternative, o.version_no, o.status, o.gross)));
    rows.sort_by_key(|r| r.letter);
    let can_add = sees_prices && ready(Action::AddAlternative);
    Some(Panel {
        waits: (rows.len() > 1 && quote.status == QuoteStatus::Submitted).then(|| t.alternative_in_approval()),
        rows,
        is_open: sees_prices,
        can_add,
        can_choose: sees_prices && ready(Action::ChooseAlternative),
    })
}

struct Column {
    name: String,
    status: &'static str,
    status_kind: &'static str,
    is_current: bool,
}

struct CompareRow {
    what: String,
    values: Vec<String>,
    differs: bool,
}

#[derive(Template)]
#[template(path = "deals/quote_alternatives.html")]
struct SideBySide {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    columns: Vec<Column>,
    rows: Vec<CompareRow>,
    panel: Panel,
}

fn compare(t: Lang, quotes: &[Quote]) -> Vec<CompareRow> {
    let row = |what: String, of: &dyn Fn(&Quote) -> String| {
        let values: Vec<String> = quotes.iter().map(of).collect();
        let differs = values.windows(2).any(|pair| pair.first() != pair.last());
        CompareRow { what, values, differs }
    };
    let mut rows = vec![
        row(t.alternative_row_version().to_owned(), &|q| format!("{} V{}", q.no, q.version_no)),
        row(t.alternative_row_total().to_owned(), &|q| format_money(q.priced.totals.gross)),
        row(t.alternative_row_net().to_owned(), &|q| format_money(q.priced.totals.net)),
        row(t.alternative_row_tax().to_owned(), &|q| format_money(q.priced.totals.tax)),
        row(t.alternative_row_discount().to_owned(), &|q| t.discount(q.priced.max_discount)),
        row(t.field("whole_discount").to_owned(), &|q| format_money(q.terms.whole_discount)),
        row(t.field("valid_until").to_owned(), &|q| t.date(q.terms.valid_until)),
        row(t.field("deliver_at").to_owned(), &|q| t.moment_full(q.terms.deliver_at)),
        row(t.field("freight_payer").to_owned(), &|q| t.freight_payer(q.terms.freight_payer).to_owned()),
        row(t.field("warranty").to_owned(), &|q| q.terms.warranty.clone()),
        row(t.quote_terms().to_owned(), &|q| terms_text(t, &q.terms)),
    ];
    // Every line that any of them has, in the order of first appearance.
    let mut names: Vec<(String, String)> = Vec::new();
    for line in quotes.iter().flat_map(|q| &q.priced.lines) {
        let key = (line.name.clone(), line.spec.clone());
        if !names.contains(&key) {
            names.push(key);
        }
    }
    for (name, spec) in names {
        rows.push(row(name.clone(), &|q| {
            let lines = q.priced.lines.iter().filter(|l| l.name == name && l.spec == spec);
            let said: Vec<String> = lines
                .map(|l| t.alternative_line_amount(format_money(l.amounts.gross), page::unit_price(l.unit_price)))
                .collect();
            if said.is_empty() { t.alternative_not_quoted().to_owned() } else { said.join(t.quote_term_joint()) }
        }));
    }
    rows
}

pub async fn show(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::quoted(&web, &who, &no).await?;
    policy::may_on(&who.actor, Act::SeePrices, &case)?;
    let (Some(deal), Some(current)) = (&case.deal, &case.quote) else { return Err(Problem::Missing) };
    let mut quotes = vec![current.clone()];
    let mut conn = web.app().db.read().await?;
    for other in &case.alternatives.others {
        quotes.push(cases::quote_version(&mut conn, deal.id, other.version_no).await?.ok_or(Problem::Missing)?);
    }
    drop(conn);
    quotes.sort_by_key(|q| q.alternative);
    let t = who.t();
    let offers = crate::domain::workflow::offers(&case, &who.actor, web.app().clock.now());
    page::page(&SideBySide {
        chrome: frame::chrome(&web, &who).await?,
        t,
        columns: quotes
            .iter()
            .map(|q| Column {
                name: t.alternative_name(q.alternative.code()),
                status: t.quote_status(q.status),
                status_kind: status_kind(q.status),
                is_current: q.alternative == current.alternative,
            })
            .collect(),
        rows: compare(t, &quotes),
        panel: all(t, &case, true, &offers).ok_or(Problem::Missing)?,
        frame: frame::of(&web, &who, &case, Step::Quote).await?,
    })
}

async fn done(web: &Web, no: &str, post: &Post, command: Command, then: String) -> Result<Response, Problem> {
    let action = command.action();
    let done =
        web.app().act_on_deal(&post.by(then), no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), action.code()))
}

pub async fn add(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    done(&web, &no, &post, Command::AddAlternative, format!("/deals/{no}/quote")).await
}

/// From the quote to the quote; from the order page, where the customer's word arrived, back there.
pub async fn choose(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let alternative = Alternative::parse(post.form.value("alternative")).ok_or(Problem::Missing)?;
    let page = if post.form.value("then") == "order" { "order" } else { "quote" };
    done(&web, &no, &post, Command::ChooseAlternative { alternative }, format!("/deals/{no}/{page}")).await
}

/// The sent alternatives that the customer may have taken instead of the one worked on.
pub fn takeable(case: &Case, offers: &[Offer], now: DateTime<Utc>) -> Vec<Alternative> {
    let may = frame::offer(offers, Action::ChooseAlternative).is_some_and(Offer::is_ready);
    let today = crate::domain::calendar::local_date(now);
    case.alternatives
        .others
        .iter()
        .filter(|o| may && o.status == QuoteStatus::Sent && o.valid_until >= today)
        .map(|o| o.alternative)
        .collect()
}
