//! What differs between two versions of a quote (DOMAIN 5.7): lines, prices, quantities, terms.
//!
//! The one rule: a line is the same line when it prices the same product in the same place of its
//! product's order, whichever requirement version it came from.

use super::quote::{PaymentTerm, PriceRequest, Quote, QuoteLine, QuoteLineKind};
use super::tax::TaxBasis;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// One difference; `line` names the line it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    LineAdded {
        line: String,
        quantity: Decimal,
        unit_price: Decimal,
    },
    LineRemoved {
        line: String,
        quantity: Decimal,
        unit_price: Decimal,
    },
    Quantity {
        line: String,
        old: Decimal,
        new: Decimal,
    },
    UnitPrice {
        line: String,
        old: Decimal,
        new: Decimal,
    },
    PolicyPrice {
        line: String,
        old: Option<Decimal>,
        new: Option<Decimal>,
    },
    /// The policy price of the day, where it was not taken.
    PolicyToday {
        line: String,
        old: Option<Decimal>,
        new: Option<Decimal>,
    },
    TaxRate {
        line: String,
        old: Decimal,
        new: Decimal,
    },
    Spec {
        line: String,
        old: String,
        new: String,
    },
    /// Calendar days, where the line has its own.
    LeadDays {
        line: String,
        old: Option<i32>,
        new: Option<i32>,
    },
    /// What is printed beside the line for the customer.
    Note {
        line: String,
        old: String,
        new: String,
    },
    DiscountReason {
        line: String,
        old: String,
        new: String,
    },
    Request {
        line: String,
        old: PriceRequest,
        new: PriceRequest,
    },
    WholeDiscount {
        old: Decimal,
        new: Decimal,
    },
    Total {
        old: Decimal,
        new: Decimal,
    },
    ValidUntil {
        old: NaiveDate,
        new: NaiveDate,
    },
    DeliverAt {
        old: DateTime<Utc>,
        new: DateTime<Utc>,
    },
    TaxBasis {
        old: TaxBasis,
        new: TaxBasis,
    },
    PaymentTerms {
        old: Vec<PaymentTerm>,
        new: Vec<PaymentTerm>,
    },
    /// A field of the head, by its code.
    Text {
        field: &'static str,
        old: String,
        new: String,
    },
}

/// Which earlier line of the same product or surcharge name this is.
fn place<'a>(lines: &'a [QuoteLine], at: usize, line: &'a QuoteLine) -> (Option<uuid::Uuid>, &'a str, usize) {
    let is_surcharge = line.kind == QuoteLineKind::Surcharge;
    let product = line.product.map(|p| p.0);
    let name = if is_surcharge || product.is_none() { line.name.as_str() } else { "" };
    let before =
        lines[..at].iter().filter(|l| l.product == line.product && (product.is_some() || l.name == line.name)).count();
    (product, name, before)
}

/// Every difference from `old` to `new`, lines first.
pub fn differences(old: &Quote, new: &Quote) -> Vec<Change> {
    let mut out = Vec::new();
    let (before, after) = (&old.priced.lines, &new.priced.lines);
    let mut matched = vec![false; before.len()];
    for (i, line) in after.iter().enumerate() {
        let key = place(after, i, line);
        let found = before.iter().enumerate().find(|(j, o)| place(before, *j, o) == key);
        match found {
            Some((j, o)) => {
                if let Some(seen) = matched.get_mut(j) {
                    *seen = true;
                }
                line_changes(o, line, &mut out);
            }
            None => out.push(Change::LineAdded {
                line: line.name.clone(),
                quantity: line.quantity,
                unit_price: line.unit_price,
            }),
        }
    }
    out.extend(before.iter().zip(matched).filter(|(_, seen)| !seen).map(|(line, _)| Change::LineRemoved {
        line: line.name.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
    }));
    head_changes(old, new, &mut out);
    out
}

fn line_changes(old: &QuoteLine, new: &QuoteLine, out: &mut Vec<Change>) {
    let line = || new.name.clone();
    if old.quantity != new.quantity {
        out.push(Change::Quantity { line: line(), old: old.quantity, new: new.quantity });
    }
    if old.unit_price != new.unit_price {
        out.push(Change::UnitPrice { line: line(), old: old.unit_price, new: new.unit_price });
    }
    let policy = |l: &QuoteLine| l.policy.as_ref().map(|p| p.unit_price);
    if policy(old) != policy(new) {
        out.push(Change::PolicyPrice { line: line(), old: policy(old), new: policy(new) });
    }
    if old.kept != new.kept && old.policy_seen() != new.policy_seen() {
        out.push(Change::PolicyToday { line: line(), old: old.policy_seen(), new: new.policy_seen() });
    }
    if old.tax_rate != new.tax_rate {
        out.push(Change::TaxRate { line: line(), old: old.tax_rate, new: new.tax_rate });
    }
    let spec = |l: &QuoteLine| {
        [Some(l.spec.clone()), l.packaging.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    if spec(old) != spec(new) {
        out.push(Change::Spec { line: line(), old: spec(old), new: spec(new) });
    }
    if old.remarks.lead_days != new.remarks.lead_days {
        out.push(Change::LeadDays { line: line(), old: old.remarks.lead_days, new: new.remarks.lead_days });
    }
    let text = |said: &Option<String>| said.clone().unwrap_or_default();
    if old.remarks.note != new.remarks.note {
        out.push(Change::Note { line: line(), old: text(&old.remarks.note), new: text(&new.remarks.note) });
    }
    if old.discount_reason != new.discount_reason {
        let (old, new) = (text(&old.discount_reason), text(&new.discount_reason));
        out.push(Change::DiscountReason { line: line(), old, new });
    }
    if old.request != new.request {
        out.push(Change::Request { line: line(), old: old.request, new: new.request });
    }
}

fn head_changes(old: &Quote, new: &Quote, out: &mut Vec<Change>) {
    let (o, n) = (&old.terms, &new.terms);
    if o.whole_discount != n.whole_discount {
        out.push(Change::WholeDiscount { old: o.whole_discount, new: n.whole_discount });
    }
    if old.priced.totals.gross != new.priced.totals.gross {
        out.push(Change::Total { old: old.priced.totals.gross, new: new.priced.totals.gross });
    }
    if o.valid_until != n.valid_until {
        out.push(Change::ValidUntil { old: o.valid_until, new: n.valid_until });
    }
    if o.deliver_at != n.deliver_at {
        out.push(Change::DeliverAt { old: o.deliver_at, new: n.deliver_at });
    }
    if o.tax_basis != n.tax_basis {
        out.push(Change::TaxBasis { old: o.tax_basis, new: n.tax_basis });
    }
    if o.payment_terms != n.payment_terms {
        out.push(Change::PaymentTerms { old: o.payment_terms.clone(), new: n.payment_terms.clone() });
    }
    let texts = [
        ("place", o.place.clone(), n.place.clone()),
        ("delivery_mode", o.delivery_mode.code().to_owned(), n.delivery_mode.code().to_owned()),
        ("freight_payer", o.freight_payer.code().to_owned(), n.freight_payer.code().to_owned()),
        ("warranty", o.warranty.clone(), n.warranty.clone()),
        ("internal_note", o.internal_note.clone().unwrap_or_default(), n.internal_note.clone().unwrap_or_default()),
    ];
    out.extend(texts.into_iter().filter(|(_, a, b)| a != b).map(|(field, old, new)| Change::Text { field, old, new }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{PersonId, ProductId, QuoteId, QuoteLineId, RequirementId};
    use crate::domain::quote::{
        FreightPayer, LineRemarks, LineToPrice, PaymentTrigger, PriceRequest, QuoteStatus, QuoteTerms, price,
    };
    use crate::domain::requirement::DeliveryMode;
    use rust_decimal::dec;
    use uuid::Uuid;

    fn quote(lines: &[(u128, Decimal, Decimal)], whole_discount: Decimal) -> Quote {
        let day: NaiveDate = "2026-09-17".parse().expect("the date exists");
        let lines = lines.iter().map(|(product, quantity, unit_price)| LineToPrice {
            remarks: LineRemarks::default(),
            id: QuoteLineId(Uuid::nil()),
            requirement_line: None,
            kind: QuoteLineKind::Standard,
            product: Some(ProductId(Uuid::from_u128(*product))),
            name: format!("P{product}"),
            spec: "x".into(),
            packaging: None,
            quantity: *quantity,
            unit: "台".into(),
            policy: None,
            kept: None,
            unit_price: *unit_price,
            discount_reason: None,
            tax_rate: dec!(0.13),
            request: PriceRequest::Policy,
        });
        Quote {
            alternative: crate::domain::alternative::Alternative::A,
            id: QuoteId(Uuid::nil()),
            requirement: RequirementId(Uuid::nil()),
            no: "BJ-20260917-001".into(),
            version_no: 1,
            status: QuoteStatus::Draft,
            quote_date: day,
            priced: price(lines.collect(), TaxBasis::Inclusive, whole_discount),
            terms: QuoteTerms {
                valid_until: day,
                tax_basis: TaxBasis::Inclusive,
                deliver_at: DateTime::UNIX_EPOCH,
                place: "苏州".into(),
                delivery_mode: DeliveryMode::ToDoor,
                freight_payer: FreightPayer::Seller,
                warranty: "一年".into(),
                internal_note: None,
                whole_discount,
                payment_terms: vec![PaymentTerm {
                    percent: Decimal::ONE_HUNDRED,
                    trigger: PaymentTrigger::OnSigning,
                    days: 3,
                }],
            },
            content_hash: None,
            requested_by: PersonId(Uuid::nil()),
            submitted_at: None,
            approved_at: None,
            sent_at: None,
        }
    }

    #[test]
    fn the_same_quote_differs_in_nothing() {
        let one = quote(&[(1, dec!(2), dec!(10)), (1, dec!(3), dec!(9))], Decimal::ZERO);
        assert_eq!(differences(&one, &one), []);
    }

    #[test]
    fn lines_are_matched_by_product_and_place() {
        let old = quote(&[(1, dec!(2), dec!(10)), (2, dec!(1), dec!(5)), (1, dec!(3), dec!(9))], Decimal::ZERO);
        let new = quote(&[(3, dec!(1), dec!(7)), (1, dec!(4), dec!(10)), (1, dec!(3), dec!(8))], Decimal::ZERO);
        let found = differences(&old, &new);
        assert_eq!(
            found,
            [
                Change::LineAdded { line: "P3".into(), quantity: dec!(1), unit_price: dec!(7) },
                Change::Quantity { line: "P1".into(), old: dec!(2), new: dec!(4) },
                Change::UnitPrice { line: "P1".into(), old: dec!(9), new: dec!(8) },
                Change::LineRemoved { line: "P2".into(), quantity: dec!(1), unit_price: dec!(5) },
                Change::Total { old: dec!(52.00), new: dec!(71.00) },
            ]
        );
    }

    #[test]
    fn terms_are_compared_field_by_field() {
        let old = quote(&[(1, dec!(2), dec!(10))], Decimal::ZERO);
        let mut new = quote(&[(1, dec!(2), dec!(10))], dec!(1));
        new.terms.place = "无锡".into();
        new.terms.payment_terms[0].days = 5;
        let found = differences(&old, &new);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.contains(&Change::Text { field: "place", old: "苏州".into(), new: "无锡".into() }));
        assert!(found.contains(&Change::WholeDiscount { old: Decimal::ZERO, new: dec!(1) }));
    }

    #[test]
    fn what_a_line_says_beside_its_price_is_compared() {
        let old = quote(&[(1, dec!(2), dec!(10))], Decimal::ZERO);
        let mut new = old.clone();
        let line = &mut new.priced.lines[0];
        line.remarks = LineRemarks { lead_days: Some(3), note: Some("另赠送样机 2 台".into()) };
        line.discount_reason = Some("竞标".into());
        line.request = PriceRequest::Special;
        let name = || "P1".to_owned();
        assert_eq!(
            differences(&old, &new),
            [
                Change::LeadDays { line: name(), old: None, new: Some(3) },
                Change::Note { line: name(), old: String::new(), new: "另赠送样机 2 台".into() },
                Change::DiscountReason { line: name(), old: String::new(), new: "竞标".into() },
                Change::Request { line: name(), old: PriceRequest::Policy, new: PriceRequest::Special },
            ]
        );
    }
}
