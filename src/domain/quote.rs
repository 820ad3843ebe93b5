//! The quote (DOMAIN 1.3, 5): priced lines, payment terms, totals, and what makes a version final.
//!
//! Amounts are never typed: `price` computes every one of them from quantities, unit prices
//! and rates, the same way for screen, approval and order.

use super::alternative::Alternative;
use super::codes::codes;
use super::ids::{PersonId, ProductId, QuoteId, QuoteLineId, RequirementId, RequirementLineId};
use super::money::{round_places, round_rate4, split_by_weight};
use super::pricing::{PolicyPrice, discount_rate};
use super::requirement::{DeliveryMode, LineKind};
use super::tax::{self, LineAmounts, TaxBasis, Totals};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

codes!(QuoteStatus {
    Draft = "draft", Submitted = "submitted", Approved = "approved", Sent = "sent", Accepted = "accepted",
    Declined = "declined", Expired = "expired", Returned = "returned", Rejected = "rejected",
    Withdrawn = "withdrawn", Superseded = "superseded",
    /// The customer took another alternative.
    NotChosen = "not_chosen",
});
codes!(QuoteLineKind { Standard = "standard", Custom = "custom", Service = "service", Surcharge = "surcharge" });

impl From<LineKind> for QuoteLineKind {
    fn from(kind: LineKind) -> Self {
        match kind {
            LineKind::Standard => Self::Standard,
            LineKind::Custom => Self::Custom,
            LineKind::Service => Self::Service,
        }
    }
}

codes!(FreightPayer { Seller = "seller", Buyer = "buyer" });
codes!(PaymentTrigger {
    OnSigning = "on_signing", BeforeShipment = "before_shipment", AfterSignOff = "after_sign_off",
    OnAcceptance = "on_acceptance", AfterWarranty = "after_warranty",
});

/// Head of a quote as the form gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    pub valid_until: NaiveDate,
    pub tax_basis: TaxBasis,
    pub deliver_at: DateTime<Utc>,
    pub place: String,
    pub delivery_mode: DeliveryMode,
    pub freight_payer: FreightPayer,
    pub warranty: String,
    pub internal_note: Option<String>,
    pub whole_discount: Decimal,
    pub payment_terms: Vec<PaymentTerm>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerm {
    /// Percent, two decimals; all of a quote sum to 100.
    pub percent: Decimal,
    pub trigger: PaymentTrigger,
    /// Calendar days after the trigger.
    pub days: i32,
}

/// A line before its amounts are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineToPrice {
    pub id: QuoteLineId,
    pub requirement_line: Option<RequirementLineId>,
    pub kind: QuoteLineKind,
    pub product: Option<ProductId>,
    pub name: String,
    pub spec: String,
    pub packaging: Option<String>,
    pub quantity: Decimal,
    pub unit: String,
    pub policy: Option<PolicyPrice>,
    pub kept: Option<KeptPolicy>,
    pub unit_price: Decimal,
    pub discount_reason: Option<String>,
    pub tax_rate: Decimal,
    pub request: PriceRequest,
    pub remarks: LineRemarks,
}

/// The policy price of the day that the seller looked at and left, keeping the one from before (DOMAIN 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPolicy {
    /// Yuan a unit; none where the library had no price any more.
    pub today: Option<Decimal>,
}

/// What a line says beyond its price, for the customer to read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineRemarks {
    /// Calendar days from the order to the delivery of this line, where it has its own.
    pub lead_days: Option<i32>,
    pub note: Option<String>,
}

impl LineRemarks {
    /// What is stored and hashed only where it says something.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a line keeps to the library or asks for a special price for this deal (特价申请).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceRequest {
    #[default]
    Policy,
    Special,
}

impl PriceRequest {
    /// What is stored and hashed only where it says something.
    pub fn is_policy(&self) -> bool {
        *self == Self::Policy
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    pub id: QuoteLineId,
    pub requirement_line: Option<RequirementLineId>,
    pub kind: QuoteLineKind,
    pub product: Option<ProductId>,
    pub name: String,
    pub spec: String,
    pub packaging: Option<String>,
    pub quantity: Decimal,
    pub unit: String,
    pub policy: Option<PolicyPrice>,
    pub unit_price: Decimal,
    /// Share of the policy price, 4 decimals; includes the line's part of the whole-quote discount.
    pub discount_rate: Decimal,
    pub discount_reason: Option<String>,
    pub tax_rate: Decimal,
    pub discount_share: Decimal,
    pub amounts: LineAmounts,
    #[serde(default, skip_serializing_if = "PriceRequest::is_policy")]
    pub request: PriceRequest,
    #[serde(default, skip_serializing_if = "LineRemarks::is_empty")]
    pub remarks: LineRemarks,
    /// Only where the policy price is not the one of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptPolicy>,
}

impl QuoteLine {
    /// The policy price of the day as whoever saved the line saw it.
    pub fn policy_seen(&self) -> Option<Decimal> {
        self.kept.map_or_else(|| self.policy.as_ref().map(|p| p.unit_price), |kept| kept.today)
    }

    /// How far the unit price lies above policy, as a share of it with 4 decimals; none where it does not.
    pub fn mark_up(&self) -> Option<Decimal> {
        let policy = self.policy.as_ref().map(|p| p.unit_price).filter(|p| *p < self.unit_price)?;
        (self.unit_price - policy).checked_div(policy).map(round_rate4)
    }

    /// What one unit really costs the customer, in the basis of the prices: the whole-quote
    /// discount is counted in. Six decimals at most.
    pub fn effective_price(&self, basis: TaxBasis) -> Decimal {
        if self.discount_share.is_zero() {
            return self.unit_price;
        }
        let amount = match basis {
            TaxBasis::Inclusive => self.amounts.gross,
            TaxBasis::Exclusive => self.amounts.net,
        };
        round_places(amount / self.quantity, 6)
    }
}

/// A priced quote: lines with amounts, and the figures approval looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    pub lines: Vec<QuoteLine>,
    pub totals: Totals,
    pub max_discount: Decimal,
    pub is_below_floor: bool,
}

impl Priced {
    /// Something is sold that the library has no price for, which is never the manager's alone (DOMAIN 5.2).
    pub fn lacks_policy(&self) -> bool {
        self.lines.iter().any(|l| l.kind != QuoteLineKind::Surcharge && l.policy.is_none())
    }
}

/// Computes every amount of a quote (DOMAIN 5.4, 5.5).
pub fn price(lines: Vec<LineToPrice>, basis: TaxBasis, whole_discount: Decimal) -> Priced {
    let before: Vec<LineAmounts> =
        lines.iter().map(|l| tax::line_amounts(l.quantity, l.unit_price, l.tax_rate, basis)).collect();
    let weights: Vec<Decimal> = before.iter().map(|a| a.gross).collect();
    let shares = if whole_discount.is_zero() {
        vec![Decimal::ZERO; lines.len()]
    } else {
        split_by_weight(whole_discount, &weights)
    };
    let mut is_below_floor = false;
    let mut max_discount = Decimal::ZERO;
    let priced: Vec<QuoteLine> = lines
        .into_iter()
        .zip(before)
        .zip(shares)
        .map(|((line, before), share)| {
            let amounts = if share.is_zero() { before } else { tax::discounted(before.gross, share, line.tax_rate) };
            // What one piece really costs the customer once the whole-quote discount is counted in.
            let basis_amount = match basis {
                TaxBasis::Inclusive => amounts.gross,
                TaxBasis::Exclusive => amounts.net,
            };
            let effective = if share.is_zero() { line.unit_price } else { basis_amount / line.quantity };
            let discount = line.policy.as_ref().map_or(Decimal::ZERO, |p| discount_rate(p.unit_price, effective));
            if line.policy.as_ref().is_some_and(|p| effective < p.floor_price) {
                is_below_floor = true;
            }
            max_discount = max_discount.max(discount);
            QuoteLine {
                id: line.id,
                requirement_line: line.requirement_line,
                kind: line.kind,
                product: line.product,
                name: line.name,
                spec: line.spec,
                packaging: line.packaging,
                quantity: line.quantity,
                unit: line.unit,
                policy: line.policy,
                unit_price: line.unit_price,
                discount_rate: discount,
                discount_reason: line.discount_reason,
                tax_rate: line.tax_rate,
                discount_share: share,
                amounts,
                request: line.request,
                remarks: line.remarks,
                kept: line.kept,
            }
        })
        .collect();
    let rated: Vec<(Decimal, LineAmounts)> = priced.iter().map(|l| (l.tax_rate, l.amounts)).collect();
    Priced { totals: tax::totals(&rated), lines: priced, max_discount, is_below_floor }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub id: QuoteId,
    pub requirement: RequirementId,
    pub alternative: Alternative,
    pub no: String,
    pub version_no: i32,
    pub status: QuoteStatus,
    pub quote_date: NaiveDate,
    pub terms: QuoteTerms,
    pub priced: Priced,
    /// SHA-256 over everything the approver sees; set when submitted.
    pub content_hash: Option<Vec<u8>>,
    pub requested_by: PersonId,
    pub submitted_at: Option<DateTime<Utc>>,
    pub approved_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
}

impl Quote {
    /// Fingerprint of requirement version, terms, lines and totals (DOMAIN 3.4).
    pub fn fingerprint(&self) -> Vec<u8> {
        let meaning = serde_json::json!({
            "requirement": self.requirement, "no": self.no, "version": self.version_no,
            "date": self.quote_date, "terms": self.terms, "priced": self.priced,
        });
        Sha256::digest(meaning.to_string()).to_vec()
    }

    /// The last second of the day named on the quote, company time.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now.with_timezone(&super::calendar::ZONE).date_naive() > self.terms.valid_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pricing::PriceSource;
    use rust_decimal::dec;
    use uuid::Uuid;

    fn line(quantity: Decimal, unit_price: Decimal, rate: Decimal, policy: Option<Decimal>) -> LineToPrice {
        LineToPrice {
            id: QuoteLineId(Uuid::nil()),
            requirement_line: None,
            kind: QuoteLineKind::Standard,
            product: None,
            name: "x".into(),
            spec: "x".into(),
            packaging: None,
            quantity,
            unit: "台".into(),
            policy: policy.map(|unit_price| PolicyPrice {
                unit_price,
                floor_price: dec!(7000),
                source: PriceSource::StandardList,
                list_code: "STD".into(),
                from_quantity: Decimal::TEN,
                basis: None,
            }),
            kept: None,
            unit_price,
            discount_reason: None,
            tax_rate: rate,
            request: PriceRequest::Policy,
            remarks: LineRemarks::default(),
        }
    }

    #[test]
    fn story_1_to_the_cent() {
        let priced = price(
            vec![
                line(dec!(10), dec!(8050.03), dec!(0.13), Some(dec!(8299))),
                line(dec!(1), dec!(1200), dec!(0.06), None),
            ],
            TaxBasis::Inclusive,
            Decimal::ZERO,
        );
        assert_eq!(
            (priced.totals.gross, priced.totals.net, priced.totals.tax),
            (dec!(81700.30), dec!(72371.28), dec!(9329.02))
        );
        assert_eq!(priced.max_discount, dec!(0.0300));
        assert!(!priced.is_below_floor);
    }

    #[test]
    fn stories_2_to_4_to_the_cent() {
        let rate = dec!(0.13);
        let stories = [
            (
                vec![line(dec!(20), dec!(4650), rate, None), line(dec!(20), dec!(35), rate, None)],
                (dec!(93700.00), dec!(82920.35), dec!(10779.65)),
            ),
            (
                vec![line(dec!(500), dec!(35.90), rate, None), line(dec!(1), dec!(1436), rate, None)],
                (dec!(19386.00), dec!(17155.76), dec!(2230.24)),
            ),
            (
                vec![line(dec!(8), dec!(168000), rate, None), line(dec!(1), dec!(120000), dec!(0.06), None)],
                (dec!(1464000.00), dec!(1302588.08), dec!(161411.92)),
            ),
        ];
        for (lines, expected) in stories {
            let totals = price(lines, TaxBasis::Inclusive, Decimal::ZERO).totals;
            assert_eq!((totals.gross, totals.net, totals.tax), expected);
        }
    }

    #[test]
    fn what_a_piece_really_costs_counts_the_whole_discount_in() {
        let priced = price(vec![line(dec!(3), dec!(100), dec!(0.13), Some(dec!(100)))], TaxBasis::Inclusive, dec!(1));
        assert_eq!(priced.lines[0].effective_price(TaxBasis::Inclusive), dec!(99.666667));
        let plain = price(vec![line(dec!(3), dec!(100), dec!(0.13), None)], TaxBasis::Inclusive, Decimal::ZERO);
        assert_eq!(plain.lines[0].effective_price(TaxBasis::Inclusive), dec!(100));
    }

    #[test]
    fn a_line_that_asks_for_nothing_is_stored_and_hashed_as_before() {
        let priced = price(vec![line(dec!(1), dec!(9), dec!(0.13), None)], TaxBasis::Inclusive, Decimal::ZERO);
        let stored = serde_json::to_value(&priced.lines[0]).expect("an object");
        assert!(stored.get("request").is_none() && stored.get("remarks").is_none(), "{stored}");
        assert!(stored.get("kept").is_none(), "{stored}");
        let asking = QuoteLine { request: PriceRequest::Special, ..priced.lines[0].clone() };
        let stored = serde_json::to_value(&asking).expect("an object");
        assert_eq!(stored.get("request").and_then(|r| r.as_str()), Some("special"));
    }

    #[test]
    fn a_whole_quote_discount_loses_no_cent_and_counts_as_discount() {
        let priced = price(
            vec![
                line(dec!(10), dec!(8050.03), dec!(0.13), Some(dec!(8299))),
                line(dec!(1), dec!(1200), dec!(0.06), None),
            ],
            TaxBasis::Inclusive,
            dec!(700.30),
        );
        assert_eq!(priced.lines[0].discount_share, dec!(690.01));
        assert_eq!(priced.lines[1].discount_share, dec!(10.29));
        assert_eq!(priced.totals.gross, dec!(81000.00));
        assert!(priced.max_discount > dec!(0.0300));
    }

    #[test]
    fn a_price_below_the_floor_by_a_millionth_is_below() {
        let at =
            price(vec![line(dec!(1), dec!(7000), dec!(0.13), Some(dec!(8299)))], TaxBasis::Inclusive, Decimal::ZERO);
        let below = price(
            vec![line(dec!(1), dec!(6999.999999), dec!(0.13), Some(dec!(8299)))],
            TaxBasis::Inclusive,
            Decimal::ZERO,
        );
        assert!(!at.is_below_floor);
        assert!(below.is_below_floor);
    }
}
