//! Prices a typed quote from the library: the same function for the preview while typing and for
//! what is saved.
//!
//! The one rule: nothing is repriced silently. A line that was priced before keeps its policy price
//! until somebody takes the one of today (DOMAIN 5.7).

use super::{PolicyChoice, QuoteInput};
use crate::domain::ids::{ProductId, QuoteLineId, RequirementLineId};
use crate::domain::price_reason::{Explanation, explain};
use crate::domain::pricing::{Candidate, PolicyPrice, of_product};
use crate::domain::quote::{
    KeptPolicy, LineRemarks, LineToPrice, PriceRequest, Priced, QuoteLine, QuoteLineKind, QuoteStatus, price,
};
use crate::domain::quote_lines;
use crate::domain::requirement::{RequirementLine, usual_tax_rate};
use crate::domain::tax::TaxBasis;
use crate::domain::workflow::Case;
use crate::store::catalog::{self, Product};
use crate::store::{PgConnection, StoreError};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What the library says about the products of a requirement, for one customer and deal.
#[derive(Debug, Clone)]
pub struct Library {
    products: Vec<Product>,
    candidates: Vec<(ProductId, Candidate)>,
    /// Which line of the newest quote version each line of the requirement continues.
    continued: HashMap<RequirementLineId, usize>,
}

impl Library {
    pub async fn load(conn: &mut PgConnection, case: &Case) -> Result<Self, StoreError> {
        let lines = case.requirement.as_ref().map_or(&[] as &[RequirementLine], |r| &r.content.lines);
        let ids: Vec<Uuid> = lines.iter().filter_map(|line| line.product).map(|p| p.0).collect();
        let mut candidates = catalog::candidates(conn, case.customer.id, case.customer.grade, &ids).await?;
        if let Some(deal) = &case.deal {
            candidates.extend(catalog::special_prices(conn, deal.id).await?);
        }
        let quoted = case.quote.as_ref().map_or(&[] as &[QuoteLine], |q| &q.priced.lines);
        let continued = quote_lines::continued(lines, quoted);
        Ok(Self { products: catalog::products_of(conn, &ids).await?, candidates, continued })
    }

    /// The line of the newest quote version that priced this line, for what it sells now.
    pub fn quoted<'a>(&self, case: &'a Case, line: &RequirementLine) -> Option<&'a QuoteLine> {
        case.quote.as_ref()?.priced.lines.get(*self.continued.get(&line.id)?)
    }

    /// The policy price that the newest version kept for this line; none when quantity or rate have changed,
    /// because then it is another price. In the other basis it is the same price, written otherwise.
    pub fn kept(
        &self,
        case: &Case,
        line: &RequirementLine,
        basis: TaxBasis,
        rate: Decimal,
        on: NaiveDate,
    ) -> Option<PolicyPrice> {
        let was = case.quote.as_ref()?.terms.tax_basis;
        let quoted = self.quoted(case, line).filter(|q| q.quantity == line.quantity)?;
        let policy = quoted.policy.as_ref().filter(|_| quoted.tax_rate == rate || was == TaxBasis::Inclusive)?;
        if was == basis {
            return Some(policy.clone());
        }
        // As the list itself has it, where the list still says the same: converted twice it might differ by a hair.
        let says_the_same =
            |now: &PolicyPrice| (now.unit_price, now.floor_price) == (policy.unit_price, policy.floor_price);
        match self.explain(line, was, rate, on).price.filter(says_the_same) {
            Some(_) => self.explain(line, basis, rate, on).price,
            None => Some(policy.in_basis(was, basis, rate)),
        }
    }

    /// The unit price that a form begins with: the one of the version before, or policy where there was none or
    /// where it was policy and policy has become another price (another tier).
    pub fn opening_price(
        &self,
        case: &Case,
        line: &RequirementLine,
        basis: TaxBasis,
        rate: Decimal,
        on: NaiveDate,
    ) -> Option<Decimal> {
        let policy = || self.policy(case, line, PolicyChoice::Keep, basis, rate, on).map(|p| p.unit_price);
        let Some(quoted) = self.quoted(case, line) else { return policy() };
        let follows = quoted.policy.as_ref().is_some_and(|p| p.unit_price == quoted.unit_price);
        if follows { policy().or(Some(quoted.unit_price)) } else { Some(quoted.unit_price) }
    }

    /// The product's own tax rate.
    pub fn rate(&self, line: &RequirementLine) -> Decimal {
        self.products
            .iter()
            .find(|p| Some(p.id) == line.product)
            .map_or_else(|| usual_tax_rate(line.kind), |p| p.tax_rate)
    }

    /// Today's policy price of a line in the basis of the quote, with its reason.
    pub fn explain(&self, line: &RequirementLine, basis: TaxBasis, rate: Decimal, on: NaiveDate) -> Explanation {
        let own = of_product(&self.candidates, line.product, basis, rate);
        explain(&own, line.quantity, on)
    }

    /// The policy price that counts: the one kept, unless that of today is taken.
    pub fn policy(
        &self,
        case: &Case,
        line: &RequirementLine,
        choice: PolicyChoice,
        basis: TaxBasis,
        rate: Decimal,
        on: NaiveDate,
    ) -> Option<PolicyPrice> {
        let kept = if choice == PolicyChoice::Take { None } else { self.kept(case, line, basis, rate, on) };
        kept.or_else(|| self.explain(line, basis, rate, on).price)
    }

    /// Every amount of the quote as typed. A line that stays in its draft keeps its id.
    pub fn price(&self, case: &Case, input: &QuoteInput, on: NaiveDate, ids: &(dyn Fn() -> Uuid + Sync)) -> Priced {
        let wanted = case.requirement.as_ref().map_or(&[] as &[RequirementLine], |r| &r.content.lines);
        let basis = input.terms.tax_basis;
        let draft = case.quote.as_ref().filter(|q| q.status == QuoteStatus::Draft);
        let mut lines = Vec::with_capacity(wanted.len() + input.surcharges.len());
        for (i, line) in wanted.iter().enumerate() {
            let typed = input.lines.iter().find(|l| l.line_no == i + 1);
            let rate = typed.and_then(|t| t.tax_rate).unwrap_or_else(|| self.rate(line));
            let choice = typed.map_or(PolicyChoice::Keep, |t| t.policy);
            let policy = self.policy(case, line, choice, basis, rate, on);
            // Who takes the new policy price and had given no discount follows it.
            let was = self.kept(case, line, basis, rate, on).map(|p| p.unit_price);
            let typed_price =
                typed.and_then(|t| t.unit_price).filter(|p| choice != PolicyChoice::Take || Some(*p) != was);
            let Some(unit_price) = typed_price.or_else(|| policy.as_ref().map(|p| p.unit_price)) else { continue };
            let today = self.explain(line, basis, rate, on).price.map(|p| p.unit_price);
            let is_kept = choice == PolicyChoice::Keep && policy.as_ref().is_some_and(|p| Some(p.unit_price) != today);
            let asks = typed.is_some_and(|t| t.request == PriceRequest::Special) || policy.is_none();
            let own = draft.and_then(|_| self.quoted(case, line)).map(|q| q.id);
            lines.push(LineToPrice {
                id: own.unwrap_or_else(|| QuoteLineId(ids())),
                requirement_line: Some(line.id),
                kind: line.kind.into(),
                product: line.product,
                name: line.product_name.clone(),
                spec: line.spec.clone(),
                packaging: line.packaging.clone(),
                quantity: line.quantity,
                unit: line.unit.clone(),
                policy,
                kept: is_kept.then_some(KeptPolicy { today }),
                unit_price,
                discount_reason: typed.and_then(|t| t.discount_reason.clone()),
                tax_rate: rate,
                request: if asks { PriceRequest::Special } else { PriceRequest::Policy },
                remarks: typed.map(|t| t.remarks.clone()).unwrap_or_default(),
            });
        }
        let mut kept: HashSet<QuoteLineId> = HashSet::new();
        for s in &input.surcharges {
            let named = |l: &&QuoteLine| l.kind == QuoteLineKind::Surcharge && l.name == s.name;
            let own = draft.and_then(|q| q.priced.lines.iter().filter(named).map(|l| l.id).find(|id| kept.insert(*id)));
            lines.push(LineToPrice {
                id: own.unwrap_or_else(|| QuoteLineId(ids())),
                requirement_line: None,
                kind: QuoteLineKind::Surcharge,
                product: None,
                name: s.name.clone(),
                spec: s.name.clone(),
                packaging: None,
                quantity: Decimal::ONE,
                unit: "项".to_owned(),
                policy: None,
                kept: None,
                unit_price: s.amount,
                discount_reason: None,
                tax_rate: s.tax_rate,
                request: PriceRequest::Policy,
                remarks: LineRemarks::default(),
            });
        }
        price(lines, basis, input.terms.whole_discount)
    }
}
