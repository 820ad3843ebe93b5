//! A change that gives the order a new total (DOMAIN 8): the lines priced anew, the payment terms,
//! and what stands in the way: goods that have left, money that has come in, invoices that are out.

use super::carried::{carried, executed, is_remade, least};
use super::{ChangeField, Item};
use crate::domain::ids::{OrderLineId, ProductId, QuoteLineId};
use crate::domain::order::{Milestone, Order};
use crate::domain::quote::{PaymentTerm, PaymentTrigger, Priced, QuoteLine};
use crate::domain::receivable::split_again;
use crate::domain::requirement::RequirementContent;
use crate::domain::staff::Role;
use crate::domain::tax::LineAmounts;
use crate::domain::workflow::Case;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The order as it would be: every line priced anew, the terms, both as approved and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTotal {
    /// Lines carry the identifier of the quote line that the ordered line came from.
    pub priced: Priced,
    pub terms: Vec<PaymentTerm>,
}

/// An ordered line after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relined {
    pub line: OrderLineId,
    pub product: Option<ProductId>,
    pub name: String,
    pub spec: String,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub tax_rate: Decimal,
    pub amounts: LineAmounts,
}

/// A milestone after the change; a term that is no more keeps its place with nothing to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resplit {
    pub position: i32,
    pub percent: Decimal,
    pub trigger: PaymentTrigger,
    pub days: i32,
    pub amount: Decimal,
    pub due_on: Option<NaiveDate>,
}

/// What a former total was and what took its place; both stay readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub revision_no: i32,
    pub change_no: String,
    pub before: Totals3,
    pub after: Decimal,
    pub lines: Vec<FormerLine>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals3 {
    pub net: Decimal,
    pub tax: Decimal,
    pub gross: Decimal,
}

/// A line as it stood before a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLine {
    pub name: String,
    pub spec: String,
    pub quantity: Decimal,
    pub unit: String,
    pub unit_price: Decimal,
    pub gross: Decimal,
}

/// An approval that a change needs, by the level of the new total or by the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeApproval {
    pub role: Role,
    pub due_at: DateTime<Utc>,
    pub said: Option<super::Said>,
}

/// Why an order does not take the new total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// A line more or less is a matter of its own.
    OtherLines,
    BelowShipped {
        line: usize,
        shipped: Decimal,
    },
    /// More has come in than the order would be worth.
    RefundFirst {
        amount: Decimal,
    },
    /// More is invoiced than the order would be worth.
    RedLetterFirst {
        amount: Decimal,
    },
}

impl Resplit {
    /// The milestone as it is then; what has come in for it stays.
    pub fn milestone(&self, order: &Order) -> Milestone {
        let was = order.milestones.iter().find(|m| m.position == self.position);
        Milestone {
            position: self.position,
            percent: self.percent,
            trigger: self.trigger,
            days: self.days,
            amount: self.amount,
            received: was.map_or(Decimal::ZERO, |m| m.received),
            received_at: was.and_then(|m| m.received_at),
            reference: was.and_then(|m| m.reference.clone()),
            due_on: self.due_on,
        }
    }
}

impl NewTotal {
    pub fn line(&self, of: QuoteLineId) -> Option<&QuoteLine> {
        self.priced.lines.iter().find(|l| l.id == of)
    }

    /// Unit prices and terms that differ from the order's.
    pub fn items(&self, order: &Order) -> Vec<Item> {
        let plain = |value: Decimal| value.normalize().to_string();
        let mut out: Vec<Item> = order
            .lines
            .iter()
            .enumerate()
            .filter_map(|(i, was)| self.line(was.quote_line).map(|is| (i, was, is)))
            .filter(|(_, was, is)| was.unit_price != is.unit_price)
            .map(|(i, was, is)| Item {
                field: ChangeField::UnitPrice,
                line: i32::try_from(i + 1).ok(),
                before: plain(was.unit_price),
                after: plain(is.unit_price),
            })
            .collect();
        let (before, after) = (told(&standing_terms(order)), told(&self.terms));
        if before != after {
            out.push(Item { field: ChangeField::PaymentTerms, line: None, before, after });
        }
        out
    }
}

/// Terms as one stored text: percent, trigger, days.
fn told(terms: &[PaymentTerm]) -> String {
    let one = |t: &PaymentTerm| format!("{} {} {}", t.percent.normalize(), t.trigger.code(), t.days);
    terms.iter().map(one).collect::<Vec<_>>().join(";")
}

/// The terms that an order has now.
pub fn standing_terms(order: &Order) -> Vec<PaymentTerm> {
    order
        .milestones
        .iter()
        .filter(|m| !m.percent.is_zero())
        .map(|m| PaymentTerm { percent: m.percent, trigger: m.trigger, days: m.days })
        .collect()
}

/// Everything that keeps the order from taking the new total.
pub fn unfit(case: &Case, content: &RequirementContent, total: &NewTotal) -> Vec<Unfit> {
    let Some(order) = &case.order else { return Vec::new() };
    let mut out = Vec::new();
    let wanted = content.lines.iter().filter(|l| case.order_line_of(l.id).is_some()).count();
    let ordered = order.lines.iter().filter(|l| l.kind != crate::domain::quote::QuoteLineKind::Surcharge).count();
    if wanted != content.lines.len() || wanted != ordered {
        out.push(Unfit::OtherLines);
    }
    for (i, was) in order.lines.iter().enumerate() {
        let Some(is) = total.line(was.quote_line) else { continue };
        // What was credited has left too, and came back.
        let left = was.shipped + was.credited;
        let other = (is.product, &is.spec) != (was.product, &was.spec) && !was.shipped.is_zero();
        if is.quantity < left || other {
            out.push(Unfit::BelowShipped { line: i + 1, shipped: left });
        }
    }
    // What was credited is not owed for at the new total either.
    let gross = total.priced.totals.gross - order.taken_off();
    let received = order.received();
    if received > gross {
        out.push(Unfit::RefundFirst { amount: received - gross });
    }
    let invoiced = order.invoiced();
    if invoiced > gross {
        out.push(Unfit::RedLetterFirst { amount: invoiced - gross });
    }
    out
}

/// Whether a line ends below what was made for it, or what was made is for nothing.
pub fn wastes(order: &Order, total: &NewTotal) -> bool {
    falls_short(order, total)
        || order.goods().any(|was| {
            total
                .line(was.quote_line)
                .is_some_and(|is| is_remade(was, is.product, &is.spec) && !executed(was).is_zero())
        })
}

/// Whether fewer of the same are wanted than were made or have left: the customer bears that, or
/// nobody says yes.
pub fn falls_short(order: &Order, total: &NewTotal) -> bool {
    order
        .goods()
        .any(|was| total.line(was.quote_line).is_some_and(|is| is.product == was.product && is.quantity < least(was)))
}

/// The ordered lines that become another.
pub fn relined(order: &Order, total: &NewTotal) -> Vec<Relined> {
    order
        .lines
        .iter()
        .filter_map(|was| total.line(was.quote_line).map(|is| (was, is)))
        .map(|(was, is)| Relined {
            line: was.id,
            product: is.product,
            name: is.name.clone(),
            spec: is.spec.clone(),
            quantity: is.quantity,
            unit_price: is.unit_price,
            tax_rate: is.tax_rate,
            amounts: is.amounts,
        })
        .collect()
}

/// The order's milestones for the new total: what has come in stays where it is (DOMAIN 5.5).
pub fn resplit(order: &Order, total: &NewTotal, today: NaiveDate) -> Option<Vec<Resplit>> {
    let places = order.milestones.len().max(total.terms.len());
    let nothing = PaymentTerm { percent: Decimal::ZERO, trigger: PaymentTrigger::AfterSignOff, days: 0 };
    let terms: Vec<(PaymentTerm, Option<&Milestone>)> = (0..places)
        .map(|i| {
            let was = order.milestones.get(i);
            let kept = was.map(|m| PaymentTerm { percent: Decimal::ZERO, trigger: m.trigger, days: m.days });
            (total.terms.get(i).cloned().or(kept).unwrap_or_else(|| nothing.clone()), was)
        })
        .collect();
    let weights: Vec<(Decimal, Decimal)> =
        terms.iter().map(|(t, was)| (t.percent, was.map_or(Decimal::ZERO, |m| m.received))).collect();
    // The last term that is paid takes the rest, not a place that is empty now.
    let paid = total.terms.len().max(1).min(weights.len());
    let (live, empty) = weights.split_at(paid);
    let left_over: Decimal = empty.iter().map(|(_, received)| *received).sum();
    let mut amounts = split_again(total.priced.totals.gross - left_over, live)?;
    amounts.extend(empty.iter().map(|(_, received)| *received));
    let rows = terms.into_iter().zip(amounts).enumerate().map(|(i, ((term, was), amount))| {
        let due_on = due(&term, was, amount, order, today);
        Resplit {
            position: i32::try_from(i + 1).unwrap_or(i32::MAX),
            percent: term.percent,
            trigger: term.trigger,
            days: term.days,
            amount,
            due_on,
        }
    });
    Some(rows.collect())
}

/// What was paid and is open again is due from today on; another trigger counts anew.
fn due(
    term: &PaymentTerm,
    was: Option<&Milestone>,
    amount: Decimal,
    order: &Order,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let from_today = || today.checked_add_days(Days::new(u64::try_from(term.days).unwrap_or(0)));
    let has_fired = match term.trigger {
        PaymentTrigger::OnSigning => true,
        PaymentTrigger::BeforeShipment => order.goods().any(|l| !l.packed.is_zero()),
        _ => false,
    };
    match was.filter(|m| (m.trigger, m.days) == (term.trigger, term.days)) {
        Some(m) if m.open().is_zero() && amount > m.received && m.due_on.is_some() => from_today(),
        Some(m) => m.due_on,
        None if has_fired => from_today(),
        None => None,
    }
}

/// The order as it is after the change: quantities, and what of the goods serves the new lines.
pub fn after(order: &Order, lines: &[Relined]) -> Order {
    let mut out = order.clone();
    for line in &mut out.lines {
        if let Some(is) = lines.iter().find(|l| l.line == line.id) {
            *line = carried(order, line, is).line;
        }
    }
    out
}
