//! Reads the quote form (DOMAIN 1.3) and fills it: from the confirmed requirement, the price
//! library and the version before.
//!
//! The one rule: nobody types an amount of a line; only unit prices, rates and terms are read.

use crate::app::pricing::Library;
use crate::app::{PolicyChoice, QuoteInput, QuoteLineInput, SurchargeInput};
use crate::domain::calendar::local_date;
use crate::domain::input::{self, Flaw};
use crate::domain::money::{format_money, round_money};
use crate::domain::price_reason::Explanation;
use crate::domain::pricing::PolicyPrice;
use crate::domain::quote::{
    FreightPayer, LineRemarks, PaymentTerm, PaymentTrigger, PriceRequest, Quote, QuoteLine, QuoteLineKind, QuoteStatus,
    QuoteTerms,
};
use crate::domain::requirement::{DeliveryMode, LineKind, PaymentWish, RequirementContent, RequirementLine};
use crate::domain::rules::Rule;
use crate::domain::tax::{self, TaxBasis};
use crate::domain::workflow::Case;
use crate::web::check::{Checker, FieldErrors, Row};
use crate::web::deals::grid::{MAX_MONEY, local_minute, plain, too_much};
use crate::web::form::{FormView, Submitted};
use crate::wording::Lang;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

pub const PRICE: [&str; 5] = ["unit_price", "tax_rate", "discount_reason", "line_lead", "line_note"];
pub const SURCHARGE: [&str; 3] = ["surcharge_name", "surcharge_amount", "surcharge_tax_rate"];
pub const TERM: [&str; 3] = ["percent", "trigger", "days"];
pub const NEW_SURCHARGE: [(&str, &str); 3] =
    [("surcharge_name", ""), ("surcharge_amount", ""), ("surcharge_tax_rate", "6")];
pub const NEW_TERM: [(&str, &str); 3] = [("percent", ""), ("trigger", "before_shipment"), ("days", "0")];

const MAX_SURCHARGES: usize = 50;
const MAX_TERMS: usize = 12;
const MAX_LEAD: i64 = 730;
const MAX_VALID_DAYS: u64 = 90;
pub const MAX_PRICE: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What a quote is made from.
pub struct Basis<'a> {
    pub case: &'a Case,
    pub library: &'a Library,
    /// The requirement that the newest quote was made for, where another one has come since.
    pub former: Option<&'a RequirementContent>,
    pub now: DateTime<Utc>,
}

impl Basis<'_> {
    pub fn lines(&self) -> &[RequirementLine] {
        self.case.requirement.as_ref().map_or(&[], |r| r.content.lines.as_slice())
    }

    fn rate(&self, line: &RequirementLine) -> Decimal {
        self.quoted(line).map_or_else(|| self.library.rate(line), |q| q.tax_rate)
    }

    /// The policy price of today with its reason.
    pub fn today(&self, line: &RequirementLine, basis: TaxBasis, rate: Decimal) -> Explanation {
        self.library.explain(line, basis, rate, local_date(self.now))
    }

    /// The policy price that counts for a line: the one kept, unless that of today is taken.
    pub fn policy(
        &self,
        line: &RequirementLine,
        choice: PolicyChoice,
        basis: TaxBasis,
        rate: Decimal,
    ) -> Option<PolicyPrice> {
        self.library.policy(self.case, line, choice, basis, rate, local_date(self.now))
    }

    /// The line of the newest quote version that priced this line.
    pub fn quoted(&self, line: &RequirementLine) -> Option<&QuoteLine> {
        self.library.quoted(self.case, line)
    }

    /// What the requirement says otherwise than the one that was quoted before, of what a quote takes from it.
    pub fn moved(&self) -> Moved {
        let (Some(former), Some(requirement)) = (self.former, &self.case.requirement) else {
            return Moved::default();
        };
        let new = &requirement.content;
        Moved {
            deliver_at: (new.wanted_at != former.wanted_at).then_some(new.wanted_at),
            place: (new.ship_address != former.ship_address).then(|| new.ship_address.clone()),
            delivery_mode: (new.delivery_mode != former.delivery_mode).then_some(new.delivery_mode),
            warranty: new.warranty.clone().filter(|_| new.warranty != former.warranty),
            payment_wish: (new.payment_wish != former.payment_wish).then_some(new.payment_wish),
        }
    }
}

/// Terms that a new requirement brings; they go before those of the quote that it replaced.
#[derive(Debug, Default)]
pub struct Moved {
    deliver_at: Option<DateTime<Utc>>,
    place: Option<String>,
    delivery_mode: Option<DeliveryMode>,
    warranty: Option<String>,
    payment_wish: Option<PaymentWish>,
}

impl Moved {
    /// The fields of the form that say something new.
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("deliver_at", self.deliver_at.is_some()),
            ("place", self.place.is_some()),
            ("delivery_mode", self.delivery_mode.is_some()),
            ("warranty", self.warranty.is_some()),
            ("payment_wish", self.payment_wish.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, is_new)| is_new.then_some(field))
        .collect()
    }
}

/// What the form says it showed beside the kept policy price of a line.
pub fn seen_policy(number: usize, today: Option<&PolicyPrice>) -> String {
    format!("{number}:{}", today.map(|p| plain(p.unit_price)).unwrap_or_default())
}

/// A tax rate as its select names it: `13`.
pub fn rate_code(rate: Decimal) -> String {
    plain(rate * Decimal::ONE_HUNDRED)
}

/// The quote as typed, or every flaw under its field.
pub fn read(form: &Submitted, basis: &Basis) -> Result<QuoteInput, FieldErrors> {
    let mut check = Checker::new(form);
    let today = local_date(basis.now);
    let valid_until = valid_until(&mut check, today);
    let tax_basis = check.choice("tax_basis", TaxBasis::parse);
    let deliver_at = check.date_time("deliver_at");
    if deliver_at.is_some_and(|at| local_date(at) < today) {
        check.fail("deliver_at", Flaw::InThePast);
    }
    let place = check.text("place", 2, 200);
    let delivery_mode = check.choice("delivery_mode", DeliveryMode::parse);
    let freight_payer = check.choice("freight_payer", FreightPayer::parse);
    let warranty = check.long_text("warranty", 1, 500);
    let internal_note = check.optional_long_text("internal_note", 1, 500);
    let lines = lines(&mut check, basis, tax_basis.unwrap_or(TaxBasis::Inclusive));
    let surcharges = surcharges(&mut check, today);
    let payment_terms = terms(&mut check);
    let whole_discount = check.optional_decimal("whole_discount", 2, Decimal::ZERO, MAX_MONEY).unwrap_or_default();
    if check.is_clean() {
        let total = total(basis, &lines, &surcharges, tax_basis.unwrap_or(TaxBasis::Inclusive));
        if total > MAX_MONEY {
            check.fail("unit_price-1", too_much());
        } else if !whole_discount.is_zero() && whole_discount >= total {
            check.fail("whole_discount", Flaw::TooLarge { max: format_money((total - CENT).max(Decimal::ZERO)) });
        }
    }
    let errors = check.finish();
    let (
        Some(valid_until),
        Some(tax_basis),
        Some(deliver_at),
        Some(place),
        Some(delivery_mode),
        Some(freight_payer),
        Some(warranty),
    ) = (valid_until, tax_basis, deliver_at, place, delivery_mode, freight_payer, warranty)
    else {
        return Err(errors.err().unwrap_or_default());
    };
    errors?;
    let terms = QuoteTerms {
        valid_until,
        tax_basis,
        deliver_at,
        place,
        delivery_mode,
        freight_payer,
        warranty,
        internal_note,
        whole_discount,
        payment_terms,
    };
    Ok(QuoteInput { terms, lines, surcharges })
}

fn valid_until(check: &mut Checker, today: NaiveDate) -> Option<NaiveDate> {
    let day = check.date("valid_until")?;
    let last = today.checked_add_days(Days::new(MAX_VALID_DAYS)).unwrap_or(today);
    if day <= today {
        check.fail("valid_until", Flaw::InThePast);
    } else if day > last {
        check.fail("valid_until", Flaw::TooLarge { max: last.to_string() });
    }
    Some(day)
}

/// Places are those of the requirement's lines; a row that is blank throughout takes every default.
fn lines(check: &mut Checker, basis: &Basis, tax_basis: TaxBasis) -> Vec<QuoteLineInput> {
    let ticked = |name: &str| -> Vec<String> { check.all(name).into_iter().map(str::to_owned).collect() };
    let (taken, asking, seen) = (ticked("take_policy"), ticked("special"), ticked("seen_policy"));
    let rows = check.rows(&PRICE);
    let today = local_date(basis.now);
    let mut out = Vec::new();
    for (index, line) in basis.lines().iter().enumerate() {
        let number = (index + 1).to_string();
        let request = if asking.contains(&number) { PriceRequest::Special } else { PriceRequest::Policy };
        let row = rows.iter().find(|row| row.index == index);
        let unit_price = row.and_then(|row| {
            check.optional_cell(row, "unit_price", |raw| input::decimal(raw, 6, Decimal::ZERO, MAX_PRICE))
        });
        let tax_rate = row.and_then(|row| check.optional_cell(row, "tax_rate", |raw| tax::parse_rate_on(raw, today)));
        let usual = basis.library.rate(line);
        let of_today = || basis.today(line, tax_basis, tax_rate.unwrap_or(usual)).price;
        let policy = if taken.contains(&number) {
            PolicyChoice::Take
        } else if seen.contains(&seen_policy(index + 1, of_today().as_ref())) {
            PolicyChoice::Keep
        } else {
            PolicyChoice::Unasked
        };
        let is_blank = row.is_none_or(|row| row.value("unit_price").trim().is_empty());
        if is_blank && basis.policy(line, policy, tax_basis, tax_rate.unwrap_or(usual)).is_none() {
            check.fail(&format!("unit_price-{}", index + 1), Flaw::Required);
        }
        let reason = row.and_then(|row| check.optional_cell(row, "discount_reason", |raw| input::text(raw, 2, 300)));
        let lead_days = row.and_then(|row| check.optional_cell(row, "line_lead", |raw| input::whole(raw, 0, MAX_LEAD)));
        let remarks = LineRemarks {
            lead_days: lead_days.and_then(|days| i32::try_from(days).ok()),
            note: row.and_then(|row| check.optional_cell(row, "line_note", |raw| input::text(raw, 2, 200))),
        };
        let line_no = index + 1;
        out.push(QuoteLineInput { line_no, unit_price, tax_rate, discount_reason: reason, request, policy, remarks });
    }
    out
}

fn surcharges(check: &mut Checker, today: NaiveDate) -> Vec<SurchargeInput> {
    let rows: Vec<Row> = check
        .rows(&SURCHARGE)
        .into_iter()
        .filter(|row| ["surcharge_name", "surcharge_amount"].iter().any(|name| !row.value(name).trim().is_empty()))
        .collect();
    if rows.len() > MAX_SURCHARGES {
        check.fail("surcharge_name-1", Flaw::TooManyRows { max: MAX_SURCHARGES });
        return Vec::new();
    }
    rows.iter()
        .filter_map(|row| {
            let name = check.cell(row, "surcharge_name", |raw| input::text(raw, 2, 100));
            let amount = check.cell(row, "surcharge_amount", |raw| input::decimal(raw, 2, CENT, MAX_PRICE));
            let tax_rate = check.cell(row, "surcharge_tax_rate", |raw| tax::parse_rate_on(raw, today));
            Some(SurchargeInput { name: name?, amount: amount?, tax_rate: tax_rate? })
        })
        .collect()
}

pub(in crate::web::deals) fn terms(check: &mut Checker) -> Vec<PaymentTerm> {
    let rows: Vec<Row> = check
        .rows(&TERM)
        .into_iter()
        .filter(|row| !row.value("percent").trim().is_empty() || !matches!(row.value("days").trim(), "" | "0"))
        .collect();
    if rows.len() > MAX_TERMS {
        check.fail("percent-1", Flaw::TooManyRows { max: MAX_TERMS });
        return Vec::new();
    }
    let terms: Vec<PaymentTerm> = rows
        .iter()
        .filter_map(|row| {
            let percent = check.cell(row, "percent", |raw| input::decimal(raw, 2, CENT, Decimal::ONE_HUNDRED));
            let trigger = check.cell(row, "trigger", |raw| PaymentTrigger::parse(raw).ok_or(Flaw::UnknownChoice));
            let days = if row.value("days").trim().is_empty() {
                Some(0)
            } else {
                check.cell(row, "days", |raw| input::whole(raw, 0, 3650))
            };
            Some(PaymentTerm { percent: percent?, trigger: trigger?, days: i32::try_from(days?).ok()? })
        })
        .collect();
    let sum: Decimal = terms.iter().map(|term| term.percent).sum();
    if terms.len() == rows.len() && sum != Decimal::ONE_HUNDRED {
        check.fail("percent-1", Flaw::SumNotHundred);
    }
    terms
}

/// The total before the whole-quote discount, yuan including tax.
fn total(basis: &Basis, lines: &[QuoteLineInput], surcharges: &[SurchargeInput], tax_basis: TaxBasis) -> Decimal {
    let goods: Decimal = basis
        .lines()
        .iter()
        .zip(lines)
        .map(|(line, typed)| {
            let rate = typed.tax_rate.unwrap_or_else(|| basis.library.rate(line));
            let unit = typed
                .unit_price
                .or_else(|| basis.policy(line, typed.policy, tax_basis, rate).map(|p| p.unit_price))
                .unwrap_or_default();
            tax::line_amounts(line.quantity, unit, rate, tax_basis).gross
        })
        .sum();
    goods
        + surcharges
            .iter()
            .map(|s| tax::line_amounts(Decimal::ONE, s.amount, s.tax_rate, tax_basis).gross)
            .sum::<Decimal>()
}

/// The milestones that fit what the customer wishes.
fn usual_terms(wish: PaymentWish, credit_days: i32) -> Vec<PaymentTerm> {
    let term = |percent: i64, trigger, days| PaymentTerm { percent: Decimal::from(percent), trigger, days };
    match wish {
        PaymentWish::Prepaid => vec![term(100, PaymentTrigger::OnSigning, 3)],
        PaymentWish::Deposit => {
            vec![term(30, PaymentTrigger::OnSigning, 3), term(70, PaymentTrigger::BeforeShipment, 0)]
        }
        PaymentWish::OnDelivery => vec![term(100, PaymentTrigger::AfterSignOff, 0)],
        PaymentWish::Monthly => {
            vec![term(100, PaymentTrigger::AfterSignOff, if credit_days > 0 { credit_days } else { 30 })]
        }
        PaymentWish::Milestones => {
            vec![
                term(30, PaymentTrigger::OnSigning, 3),
                term(60, PaymentTrigger::BeforeShipment, 0),
                term(10, PaymentTrigger::OnAcceptance, 30),
            ]
        }
    }
}

fn put_terms(form: &mut FormView, terms: &[PaymentTerm]) {
    for term in terms {
        form.push("percent", plain(term.percent));
        form.push("trigger", term.trigger.code());
        form.push("days", term.days.to_string());
    }
}

fn put_lines(form: &mut FormView, basis: &Basis, tax_basis: TaxBasis) {
    let today = local_date(basis.now);
    for (i, line) in basis.lines().iter().enumerate() {
        let (quoted, rate) = (basis.quoted(line), basis.rate(line));
        let unit = basis.library.opening_price(basis.case, line, tax_basis, rate, today);
        form.push("unit_price", unit.map(plain).unwrap_or_default());
        form.push("tax_rate", rate_code(rate));
        form.push("discount_reason", quoted.and_then(|q| q.discount_reason.clone()).unwrap_or_default());
        let remarks = quoted.map(|q| q.remarks.clone()).unwrap_or_default();
        form.push("line_lead", remarks.lead_days.map(|days| days.to_string()).unwrap_or_default());
        form.push("line_note", remarks.note.unwrap_or_default());
        if quoted.is_some_and(|q| q.request == PriceRequest::Special && q.policy.is_some()) {
            form.push("special", (i + 1).to_string());
        }
    }
}

/// The urgent surcharge of an urgent deal (加急费), offered and not forced: a share of the goods, with their own rate.
fn put_urgent_surcharge(t: Lang, form: &mut FormView, basis: &Basis, tax_basis: TaxBasis) {
    if basis.case.deal.as_ref().is_none_or(|d| d.urgency.is_none()) {
        return;
    }
    let amounts: Vec<(Decimal, Decimal)> = basis
        .lines()
        .iter()
        .filter(|line| line.kind != LineKind::Service)
        .filter_map(|line| {
            let rate = basis.rate(line);
            let price = basis.policy(line, PolicyChoice::Keep, tax_basis, rate)?.unit_price;
            Some((round_money(price * line.quantity), rate))
        })
        .collect();
    let goods: Decimal = amounts.iter().map(|(amount, _)| *amount).sum();
    let rate = amounts.iter().max_by_key(|(amount, _)| *amount).map(|(_, rate)| *rate);
    let surcharge = round_money(goods * basis.case.rules.at(basis.now).share(Rule::SurchargeRate));
    if let Some(rate) = rate.filter(|_| !surcharge.is_zero()) {
        form.push("surcharge_name", t.quote_urgent_surcharge());
        form.push("surcharge_amount", plain(surcharge));
        form.push("surcharge_tax_rate", rate_code(rate));
    }
}

/// The form of the first quote, everything prefilled that is known; an order that is repeated brings its
/// terms along, its prices never.
pub fn fresh(t: Lang, basis: &Basis, repeated: Option<&QuoteTerms>) -> FormView {
    let mut form = FormView::default();
    form.push("valid_until", basis.case.usual_validity(basis.now).to_string());
    let tax_basis = repeated.map_or(TaxBasis::Inclusive, |r| r.tax_basis);
    form.push("tax_basis", tax_basis.code());
    form.push("priced_basis", tax_basis.code());
    form.push("freight_payer", repeated.map_or(FreightPayer::Seller, |r| r.freight_payer).code());
    put_lines(&mut form, basis, tax_basis);
    put_urgent_surcharge(t, &mut form, basis, tax_basis);
    if let Some(requirement) = &basis.case.requirement {
        let c = &requirement.content;
        form.push("deliver_at", local_minute(c.wanted_at));
        form.push("place", c.ship_address.as_str());
        form.push("delivery_mode", c.delivery_mode.code());
        let usual = || repeated.map_or_else(|| t.quote_usual_warranty().to_owned(), |r| r.warranty.clone());
        form.push("warranty", c.warranty.clone().unwrap_or_else(usual));
        match repeated {
            Some(earlier) => put_terms(&mut form, &earlier.payment_terms),
            None => put_terms(&mut form, &usual_terms(c.payment_wish, basis.case.customer.credit_days)),
        }
    }
    form
}

/// The form of a quote that exists: the draft itself, or the next version made from it.
pub fn stored(basis: &Basis, quote: &Quote) -> FormView {
    let mut form = FormView::default();
    let terms = &quote.terms;
    let today = local_date(basis.now);
    let valid_until = if quote.status == QuoteStatus::Draft && terms.valid_until > today {
        terms.valid_until
    } else {
        basis.case.usual_validity(basis.now)
    };
    form.push("valid_until", valid_until.to_string());
    form.push("tax_basis", terms.tax_basis.code());
    form.push("priced_basis", terms.tax_basis.code());
    let moved = basis.moved();
    form.push("deliver_at", local_minute(moved.deliver_at.unwrap_or(terms.deliver_at)));
    form.push("place", moved.place.as_deref().unwrap_or(&terms.place));
    form.push("delivery_mode", moved.delivery_mode.unwrap_or(terms.delivery_mode).code());
    form.push("freight_payer", terms.freight_payer.code());
    form.push("warranty", moved.warranty.as_deref().unwrap_or(&terms.warranty));
    form.put("internal_note", terms.internal_note.as_deref());
    form.put("whole_discount", (!terms.whole_discount.is_zero()).then(|| plain(terms.whole_discount)));
    put_lines(&mut form, basis, terms.tax_basis);
    for line in quote.priced.lines.iter().filter(|l| l.kind == QuoteLineKind::Surcharge) {
        form.push("surcharge_name", line.name.as_str());
        form.push("surcharge_amount", plain(line.unit_price));
        form.push("surcharge_tax_rate", rate_code(line.tax_rate));
    }
    match moved.payment_wish {
        Some(wish) => put_terms(&mut form, &usual_terms(wish, basis.case.customer.credit_days)),
        None => put_terms(&mut form, &terms.payment_terms),
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_terms_sum_to_a_hundred() {
        for wish in PaymentWish::ALL {
            let sum: Decimal = usual_terms(*wish, 0).iter().map(|t| t.percent).sum();
            assert_eq!(sum, Decimal::ONE_HUNDRED, "{wish}");
        }
        assert_eq!(usual_terms(PaymentWish::Monthly, 45)[0].days, 45);
    }
}
