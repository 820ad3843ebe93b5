//! What differs between two versions of a quote (DOMAIN 5.7): lines, prices, quantities, terms.
//!
//! The one rule: a line is the same line when it prices the same product in the same place of its
//! product's order, whichever requirement version it came from.

use super::quote::{PaymentTerm, Quote, QuoteLine, QuoteLineKind};
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
    if old.tax_rate != new.tax_rate {
        out.push(Change::TaxRate { line: line(), old: old.tax_rate, new: new.tax_rate });
    }
    let spec = |l: &QuoteLine| {
        [Some(l.spec.clone()), l.packaging.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    if spec(old) != spec(new) {
        out.push(Change::Spec { line: line(), old: spec(old), new: spec(new) });
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
