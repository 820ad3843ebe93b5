//! The editor of a quote: what stands beside each line while its price is typed.
//!
//! The one rule: the policy price shown is the one that saving would keep, and a change of it is
//! shown and asked, never made.

use super::form::{Basis, SURCHARGE, TERM, rate_code, seen_policy};
use super::live::Live;
use super::paper;
use crate::app::PolicyChoice;
use crate::documents::requirement;
use crate::domain::calendar::local_date;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::price_reason::{PriceStep, Said, StepKind, steps};
use crate::domain::pricing::{PolicyPrice, PriceSource};
use crate::domain::quote::{FreightPayer, PaymentTrigger, QuoteStatus};
use crate::domain::requirement::{DeliveryMode, LineKind, RequirementLine};
use crate::domain::tax::{TaxBasis, format_rate, parse_rate, rates_on};
use crate::store::quotes::FormerPrice;
use crate::web::deals::grid::{self, Cell};
use crate::web::form::{Choice, FormView};
use crate::web::page;
use crate::wording::Lang;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

/// Why this price: what every source said, then the steps to the offered price.
pub struct Why {
    pub short: String,
    pub asked: Vec<(&'static str, String)>,
    pub steps: Vec<(String, String)>,
}

pub struct LineRow {
    pub number: usize,
    pub name: String,
    pub spec: String,
    pub quantity: String,
    pub policy: Option<String>,
    pub why: Why,
    pub floor: String,
    pub stock: String,
    pub is_short: bool,
    /// What this customer was last asked for the product, or paid.
    pub former: Option<String>,
    /// Kept and today's policy price, where they differ.
    pub changed: Option<String>,
    /// Which price of today stood beside the kept one when the form was made.
    pub seen: String,
    /// The policy price of the version before, where quantity or tax rate have made it another one.
    pub moved: Option<String>,
    pub is_taken: bool,
    pub is_special: bool,
    pub unit_price: Cell,
    pub tax_rate: Cell,
    pub reason: Cell,
    pub lead: Cell,
    pub note: Cell,
    pub discount: String,
    pub gross: String,
}

impl LineRow {
    /// Something stands there, or something is wrong with it.
    pub fn has_remarks(&self) -> bool {
        [&self.lead, &self.note].iter().any(|cell| !cell.value.is_empty() || cell.error.is_some())
    }
}

pub struct SurchargeRow {
    pub number: usize,
    pub name: Cell,
    pub amount: Cell,
    pub tax_rate: Cell,
}

pub struct TermRow {
    pub number: usize,
    pub percent: Cell,
    pub trigger: Cell,
    pub days: Cell,
}

pub struct Edit {
    pub tax_bases: Vec<Choice>,
    pub delivery_modes: Vec<Choice>,
    pub freight_payers: Vec<Choice>,
    pub rates: Vec<Choice>,
    pub triggers: Vec<Choice>,
    pub line_count: usize,
    pub lines: Vec<LineRow>,
    pub surcharges: Vec<SurchargeRow>,
    pub terms: Vec<TermRow>,
    /// Saving makes a new version and voids the one that is approved or sent.
    pub voids: Option<String>,
    /// How many lines have another policy price today.
    pub changes: usize,
    /// When the goods could be there at their standard lead times, where stock does not cover them.
    pub earliest: String,
    /// Terms that came with a new requirement, by name.
    pub moved: Option<String>,
    /// The basis that the prices of the form stand in.
    pub priced_basis: &'static str,
    /// The prices have just been converted to it.
    pub rebased: Option<String>,
}

fn validity(t: Lang, from: NaiveDate, to: Option<NaiveDate>) -> String {
    match to {
        Some(to) => t.prices_from_to(t.date(from), t.date(to)),
        None => t.prices_from(t.date(from)),
    }
}

/// List, version, tier and validity of a policy price.
pub fn short(t: Lang, policy: Option<&PolicyPrice>) -> String {
    let Some(policy) = policy else { return t.quote_no_policy().to_owned() };
    let version = policy.basis.as_ref().and_then(|b| b.list_version);
    let code = version.map_or_else(|| policy.list_code.clone(), |n| t.quote_why_version(&policy.list_code, n));
    let reason = t.quote_why(format_quantity(policy.from_quantity), code, t.price_source(policy.source));
    match &policy.basis {
        Some(basis) => format!("{reason} · {}", validity(t, basis.valid_from, basis.valid_to)),
        None => reason,
    }
}

fn said(t: Lang, said: &Said) -> String {
    match said {
        Said::Applies => t.quote_why_applies().to_owned(),
        Said::NotAsked => t.quote_why_not_asked().to_owned(),
        Said::Nothing => t.quote_why_nothing().to_owned(),
        Said::NotValid { list_code, valid_from, valid_to } => {
            t.quote_why_not_valid(list_code, validity(t, *valid_from, *valid_to))
        }
        Said::FromMore { list_code, from_quantity } => {
            t.quote_why_from_more(list_code, format_quantity(*from_quantity))
        }
    }
}

/// The steps from the first tier to what is paid, each with its price before and after; a price that
/// deviates from policy names who offered it.
pub fn step_lines(t: Lang, steps: &[PriceStep], by: &str) -> Vec<(String, String)> {
    steps
        .iter()
        .map(|step| {
            let word = match step.kind {
                StepKind::Entry => t.quote_step_entry().to_owned(),
                StepKind::Tier => t.quote_step_tier().to_owned(),
                StepKind::Offered => t.quote_step_offered(by),
                StepKind::WholeDiscount => t.quote_step_whole().to_owned(),
            };
            let text = if step.from == step.to {
                page::unit_price(step.to)
            } else {
                t.quote_step_line(page::unit_price(step.from), page::unit_price(step.to))
            };
            (word, text)
        })
        .collect()
}

struct Context<'a> {
    t: Lang,
    basis: &'a Basis<'a>,
    form: &'a FormView,
    formers: &'a [FormerPrice],
    live: Option<&'a Live>,
    tax_basis: TaxBasis,
    hands: &'a Hands,
}

/// Who saved the prices that stand there, and who is typing now.
pub struct Hands {
    pub saved: String,
    pub typing: String,
}

pub fn editor(
    t: Lang,
    basis: &Basis,
    form: &FormView,
    voids: Option<String>,
    formers: &[FormerPrice],
    live: Option<&Live>,
    hands: &Hands,
) -> Edit {
    let tax_basis = TaxBasis::parse(form.value("tax_basis")).unwrap_or(TaxBasis::Inclusive);
    let context = Context { t, basis, form, formers, live, tax_basis, hands };
    let lines: Vec<LineRow> = basis.lines().iter().enumerate().map(|(i, line)| row(&context, i, line)).collect();
    Edit {
        tax_bases: grid::choices(TaxBasis::ALL, TaxBasis::code, |v| t.tax_basis(v)),
        delivery_modes: grid::choices(DeliveryMode::ALL, DeliveryMode::code, |v| t.delivery_mode(v)),
        freight_payers: grid::choices(FreightPayer::ALL, FreightPayer::code, |v| t.freight_payer(v)),
        rates: rates_on(local_date(basis.now)).map(|rate| Choice::new(rate_code(rate), format_rate(rate))).collect(),
        triggers: grid::choices(PaymentTrigger::ALL, PaymentTrigger::code, |v| t.payment_trigger(v)),
        line_count: lines.len(),
        changes: lines.iter().filter(|l| l.changed.is_some()).count(),
        earliest: earliest(t, basis).unwrap_or_default(),
        moved: Some(basis.moved().fields()).filter(|f| !f.is_empty()).map(|fields| {
            let names: Vec<&str> = fields.into_iter().map(|f| t.field(f)).collect();
            t.quote_moved_terms(names.join(t.sentence_joint()))
        }),
        lines,
        surcharges: (0..grid::row_count(form, &SURCHARGE, 0))
            .map(|i| SurchargeRow {
                number: i + 1,
                name: grid::cell(form, "surcharge_name", i),
                amount: grid::cell(form, "surcharge_amount", i),
                tax_rate: grid::cell(form, "surcharge_tax_rate", i),
            })
            .collect(),
        terms: (0..grid::row_count(form, &TERM, 1))
            .map(|i| TermRow {
                number: i + 1,
                percent: grid::cell(form, "percent", i),
                trigger: grid::cell(form, "trigger", i),
                days: grid::cell(form, "days", i),
            })
            .collect(),
        voids,
        priced_basis: TaxBasis::parse(form.value("priced_basis")).unwrap_or(tax_basis).code(),
        rebased: None,
    }
}

fn row(c: &Context, i: usize, line: &RequirementLine) -> LineRow {
    let (t, number) = (c.t, i + 1);
    let is_taken = c.form.is("take_policy", &number.to_string());
    let choice = if is_taken { PolicyChoice::Take } else { PolicyChoice::Keep };
    let rate = parse_rate(c.form.row("tax_rate", i)).unwrap_or_else(|_| c.basis.library.rate(line));
    let policy = c.basis.policy(line, choice, c.tax_basis, rate);
    let today = c.basis.today(line, c.tax_basis, rate);
    let before = c.basis.library.kept(c.basis.case, line, c.tax_basis, rate, local_date(c.basis.now));
    let is_other = |old: &&PolicyPrice| today.price.as_ref().is_none_or(|p| p.unit_price != old.unit_price);
    let new = || today.price.as_ref().map_or_else(|| t.quote_no_price().to_owned(), |p| page::unit_price(p.unit_price));
    let changed = before.as_ref().filter(is_other).map(|k| t.quote_changed(new(), page::unit_price(k.unit_price)));
    let was = c.basis.case.quote.as_ref().map_or(c.tax_basis, |q| q.terms.tax_basis);
    let quoted = c.basis.quoted(line).and_then(|q| q.policy.as_ref()).filter(|_| before.is_none());
    let quoted = quoted.map(|policy| policy.in_basis(was, c.tax_basis, rate));
    let moved = quoted.as_ref().filter(is_other).map(|old| t.quote_moved(new(), page::unit_price(old.unit_price)));
    let priced = c.live.and_then(|l| l.line(line));
    let offered = priced.map(|l| (l.unit_price, l.effective_price(c.tax_basis)));
    let fallback = policy.as_ref().map_or(Decimal::ZERO, |p| p.unit_price);
    let (unit, effective) = offered.unwrap_or((fallback, fallback));
    let available =
        line.product.filter(|_| line.kind == LineKind::Standard).and_then(|product| c.basis.case.available_of(product));
    let unkept = || if line.kind == LineKind::Service { "—" } else { t.stock_to_order() }.to_owned();
    let was_saved = c.basis.quoted(line).is_some_and(|q| q.unit_price == unit);
    let by = if was_saved { &c.hands.saved } else { &c.hands.typing };
    let former = c.formers.iter().find(|f| Some(f.product_id) == line.product.map(|p| p.0));
    LineRow {
        number,
        name: requirement::line_name(t, c.basis.case, line),
        spec: line.spec.clone(),
        quantity: t.quantity(line.quantity, &line.unit),
        why: Why {
            short: short(t, policy.as_ref()),
            asked: today.asked.iter().map(|(source, what)| (word(t, *source), said(t, what))).collect(),
            steps: step_lines(t, &steps(policy.as_ref(), unit, effective), by)
                .into_iter()
                .chain(priced.and_then(|l| paper::unit_net(t, l, c.tax_basis)))
                .collect(),
        },
        floor: policy.as_ref().map(|p| page::unit_price(p.floor_price)).unwrap_or_default(),
        policy: policy.as_ref().map(|p| page::unit_price(p.unit_price)),
        stock: available.map_or_else(unkept, format_quantity),
        is_short: available.is_some_and(|n| n < line.quantity),
        former: former.map(|f| former_price(t, f, c.tax_basis)),
        changed,
        seen: seen_policy(number, today.price.as_ref()),
        moved,
        is_taken,
        is_special: c.form.is("special", &number.to_string()),
        unit_price: grid::cell(c.form, "unit_price", i),
        tax_rate: grid::cell(c.form, "tax_rate", i),
        reason: grid::cell(c.form, "discount_reason", i),
        lead: grid::cell(c.form, "line_lead", i),
        note: grid::cell(c.form, "line_note", i),
        discount: c.live.map(|l| l.discount(line)).unwrap_or_default(),
        gross: priced.map(|l| format_money(l.amounts.gross)).unwrap_or_default(),
    }
}

fn earliest(t: Lang, basis: &Basis) -> Option<String> {
    let days = u64::try_from(basis.case.route_facts.lead?.days).ok()?;
    let day = local_date(basis.now).checked_add_days(Days::new(days))?;
    Some(t.quote_earliest(t.date(day), days))
}

/// The price with its day and quantity, named after whether the customer took it; its basis where it is another.
fn former_price(t: Lang, former: &FormerPrice, tax_basis: TaxBasis) -> String {
    let of = TaxBasis::parse(&former.tax_basis).filter(|of| *of != tax_basis);
    let price = page::unit_price(former.unit_price);
    let price = of.map_or_else(|| price.clone(), |of| t.quote_former_basis(t.tax_basis(of), &price));
    let line = t.quote_former_price_line(t.date(former.quote_date), price, format_quantity(former.quantity));
    let is_accepted = QuoteStatus::parse(&former.status) == Some(QuoteStatus::Accepted);
    if is_accepted { t.quote_former_price(line) } else { t.quote_former_offer(line) }
}

fn word(t: Lang, source: PriceSource) -> &'static str {
    t.price_source(source)
}
