//! What the quote would cost and who would have to approve it, from what is being typed.
//!
//! The one rule: the figures come from the functions that save and submit; nothing is computed in
//! the browser, and nothing is kept here.

use super::form::{self, Basis};
use super::{library, paper, rebased};
use crate::domain::calendar::local_date;
use crate::domain::deal::Step;
use crate::domain::ids::{PersonId, QuoteId};
use crate::domain::money::format_money;
use crate::domain::policy::{self, Act};
use crate::domain::quote::{Priced, Quote, QuoteLine, QuoteLineKind, QuoteStatus, QuoteTerms};
use crate::domain::requirement::RequirementLine;
use crate::domain::rules::{Rule, Rules};
use crate::domain::workflow::{Action, Case};
use crate::web::check::FieldErrors;
use crate::web::deals::frame;
use crate::web::form::{FormView, Submitted};
use crate::web::{Post, Problem, SignedIn, Web, page};
use crate::wording::Lang;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::NaiveDate;

/// What stands beside the buttons while somebody types: the total, and who would have to approve.
pub struct Bar {
    pub gross: String,
    pub who: String,
}

/// The figures of a quote that is not saved.
pub struct Live {
    t: Lang,
    pub money: paper::Money,
    pub preview: paper::Preview,
    pub bar: Bar,
    /// Cells of the grid and of the bar by their ids.
    pub cells: Vec<(String, String)>,
    priced: Priced,
    rules: Rules,
}

impl Live {
    pub fn line(&self, line: &RequirementLine) -> Option<&QuoteLine> {
        self.priced.lines.iter().find(|l| l.requirement_line == Some(line.id))
    }

    /// The discount of a line beside the authority it needs.
    pub fn discount(&self, line: &RequirementLine) -> String {
        self.line(line).map(|l| discount(self.t, &self.rules, l)).unwrap_or_default()
    }
}

fn discount(t: Lang, rules: &Rules, line: &QuoteLine) -> String {
    let rate = line.discount_rate;
    let who = if rate.is_zero() {
        return match line.mark_up() {
            Some(rate) => t.quote_above_policy(t.percent(rate)),
            None => t.discount(rate),
        };
    } else if rate <= rules.share(Rule::RepDiscount) {
        t.quote_level_free()
    } else if rate <= rules.share(Rule::ManagerDiscount) {
        t.quote_level_reason()
    } else if rate <= rules.share(Rule::DirectorDiscount) {
        t.quote_level_director()
    } else {
        t.quote_level_general()
    };
    t.quote_level(t.discount(rate), who)
}

/// The quote as it would be once it is saved with these terms and amounts.
pub fn as_if(case: &Case, terms: QuoteTerms, priced: Priced, by: PersonId, today: NaiveDate) -> Option<Quote> {
    let requirement = case.requirement.as_ref()?.id;
    let former = case.quote.as_ref();
    Some(Quote {
        alternative: case.alternative(),
        id: former.map_or(QuoteId(uuid::Uuid::nil()), |q| q.id),
        requirement,
        no: former.map(|q| q.no.clone()).unwrap_or_default(),
        version_no: former.map_or(1, |q| q.version_no),
        status: QuoteStatus::Draft,
        quote_date: today,
        terms,
        priced,
        content_hash: None,
        requested_by: by,
        submitted_at: None,
        approved_at: None,
        sent_at: None,
    })
}

/// The figures of a form that can be read; none while something in it is wrong.
pub fn of(t: Lang, web: &Web, who: &SignedIn, basis: &Basis, form: &FormView) -> Option<Live> {
    computed(t, web, who, basis, &form.submitted()).ok()
}

fn computed(t: Lang, web: &Web, who: &SignedIn, basis: &Basis, form: &Submitted) -> Result<Live, FieldErrors> {
    let rebased = rebased::of(form, basis);
    let input = form::read(rebased.as_ref().unwrap_or(form), basis)?;
    let today = local_date(basis.now);
    let ids = || web.app().ids.next();
    let priced = basis.library.price(basis.case, &input, today, &ids);
    let quote = as_if(basis.case, input.terms, priced, who.actor.id, today).ok_or_else(FieldErrors::new)?;
    let preview = paper::preview(t, basis.case, &quote, &web.app().calendar, basis.now);
    let rules = basis.case.rules.at(basis.now).clone();
    let money = paper::money(t, &quote, &rules);
    let bar = Bar { gross: format!("¥{}", money.gross), who: preview.who() };
    let goods = quote.priced.lines.iter().filter(|l| l.kind != QuoteLineKind::Surcharge);
    let cells = goods
        .enumerate()
        .flat_map(|(i, l)| {
            let number = i + 1;
            [
                (format!("live-{number}-discount"), discount(t, &rules, l)),
                (format!("live-{number}-gross"), format_money(l.amounts.gross)),
            ]
        })
        .chain([("live-bar-gross".to_owned(), bar.gross.clone()), ("live-bar-who".to_owned(), bar.who.clone())])
        .collect();
    Ok(Live { t, money, preview, bar, cells, priced: quote.priced, rules })
}

#[derive(Template)]
#[template(path = "deals/quote_fragment.html")]
struct Fragment {
    t: Lang,
    live: Option<Live>,
}

/// The fragment that the editor's script puts beside the form while somebody types. It is the
/// person's own figures only, changes nothing and keeps the form key unused.
pub async fn preview(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Quote).await?;
    policy::may_on(&post.who.actor, Act::Do(Action::SaveQuote), &case)?;
    policy::may_on(&post.who.actor, Act::SeePrices, &case)?;
    let library = library(&web, &case).await?;
    let basis = Basis { case: &case, library: &library, former: None, now: web.app().clock.now() };
    let t = post.t();
    page::page(&Fragment { t, live: computed(t, &web, &post.who, &basis, &post.form).ok() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QuoteLineId;
    use crate::domain::quote::{LineRemarks, PriceRequest};
    use crate::domain::tax::LineAmounts;
    use rust_decimal::{Decimal, dec};

    fn line(discount_rate: Decimal) -> QuoteLine {
        QuoteLine {
            remarks: LineRemarks::default(),
            id: QuoteLineId(uuid::Uuid::nil()),
            requirement_line: None,
            kind: QuoteLineKind::Standard,
            product: None,
            name: "x".into(),
            spec: "x".into(),
            packaging: None,
            quantity: Decimal::ONE,
            unit: "台".into(),
            policy: None,
            unit_price: Decimal::ONE,
            discount_rate,
            discount_reason: None,
            tax_rate: Decimal::ZERO,
            discount_share: Decimal::ZERO,
            amounts: LineAmounts { net: Decimal::ONE, tax: Decimal::ZERO, gross: Decimal::ONE },
            request: PriceRequest::Policy,
            kept: None,
        }
    }

    #[test]
    fn the_discount_names_the_authority_it_needs() {
        for (rate, word) in [
            (dec!(0.05), "权限内"),
            (dec!(0.0501), "原因"),
            (dec!(0.10), "原因"),
            (dec!(0.1001), "总监"),
            (dec!(0.2), "总监"),
            (dec!(0.2001), "总经理"),
            (dec!(0.9999), "总经理"),
        ] {
            assert!(discount(Lang::Zh, &Rules::shipped(), &line(rate)).contains(word), "{rate}");
        }
    }
}
