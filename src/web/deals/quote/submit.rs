//! Check-answers before a quote goes into approval: what is missing, who will approve and by when,
//! what changed since the version before.
//!
//! The one rule: the path shown is planned by the function that opens the round.

use super::paper;
use crate::domain::deal::Step;
use crate::domain::policy::{self, Act};
use crate::domain::quote::QuoteStatus;
use crate::domain::quote_diff::differences;
use crate::domain::workflow::{self, Action};
use crate::store::cases;
use crate::web::deals::frame::{self, Condition, DealFrame};
use crate::web::page::{self, Chrome, Prices};
use crate::web::{Problem, SignedIn, Web};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "deals/quote_submit.html")]
struct SubmitPage {
    chrome: Chrome,
    t: Lang,
    frame: DealFrame,
    number: String,
    facts: Vec<(String, String)>,
    lines: Vec<paper::PaperLine>,
    money: paper::Money,
    preview: paper::Preview,
    conditions: Vec<Condition>,
    /// The former version's number with every difference.
    changes: Option<(i32, Vec<super::compare::ChangeLine>)>,
    may_submit: bool,
}

pub async fn check(State(web): State<Web>, Path(no): Path<String>, who: SignedIn) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &who, &no, Step::Quote).await?;
    let t = who.t();
    let now = web.app().clock.now();
    policy::may_on(&who.actor, Act::SeePrices, &case)?;
    let Some(quote) = case.quote.clone().filter(|q| q.status == QuoteStatus::Draft) else {
        let blockers = workflow::blockers(&case, Action::SubmitQuote, None, now);
        return Err(Problem::NotNow {
            blockers,
            case: Some(Box::new(case)),
            kept: crate::web::form::Submitted::default(),
        });
    };
    let former = match &case.deal {
        Some(deal) => {
            let mut conn = web.app().db.read().await?;
            cases::former_quote(&mut conn, deal.id, &quote).await?
        }
        None => None,
    };
    let blockers = workflow::blockers(&case, Action::SubmitQuote, None, now);
    let terms = &quote.terms;
    let page = SubmitPage {
        chrome: frame::chrome(&web, &who).await?,
        t,
        number: format!("{} {}", quote.no, t.requirement_version(quote.version_no)),
        facts: vec![
            (t.field("valid_until").to_owned(), t.date(terms.valid_until)),
            (t.field("deliver_at").to_owned(), t.moment_full(terms.deliver_at)),
            (t.field("place").to_owned(), terms.place.clone()),
            (t.field("freight_payer").to_owned(), t.freight_payer(terms.freight_payer).to_owned()),
            (t.field("warranty").to_owned(), terms.warranty.clone()),
            (t.quote_terms().to_owned(), super::compare::terms_text(t, terms)),
        ],
        lines: paper::lines(t, &case, &quote, ""),
        money: paper::money(t, &quote, case.rules.at(now)),
        preview: paper::preview(t, &case, &quote, &web.app().calendar, now),
        conditions: frame::conditions(t, Prices::of(&who.actor, Some(&case)), &case, &blockers),
        changes: former.map(|f| (f.version_no, super::compare::lines(t, &who.actor, &case, &differences(&f, &quote)))),
        may_submit: policy::may_on(&who.actor, Act::Do(Action::SubmitQuote), &case).is_ok(),
        frame: frame::of(&web, &who, &case, Step::Quote).await?,
    };
    page::page(&page)
}
