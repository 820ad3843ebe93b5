//! What is asked of a deal: a command, or a form whose amounts are worked out inside the transaction.

use super::pricing::Library;
use crate::domain::change::ChangeDraft;
use crate::domain::quote::{LineRemarks, PaymentTerm, PriceRequest, QuoteTerms};
use crate::domain::workflow::{Case, Command};
use rust_decimal::Decimal;
use std::fmt;

/// Reads a quote form against the case and the library as they are inside the transaction; nothing when it
/// cannot be read.
pub type ReadQuote<'a> = dyn Fn(&Case, &Library) -> Option<QuoteInput> + Sync + 'a;

/// What is asked; a quote is priced inside the transaction, from the price library.
#[derive(Clone)]
pub enum Asked<'a> {
    Command(Command),
    Quote(Box<QuoteInput>),
    QuoteForm(&'a ReadQuote<'a>),
    /// A change, whose new total is worked out from the library where it gives the order one.
    Change(Box<ChangeInput>),
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(command) => command.fmt(f),
            Self::Quote(input) => input.fmt(f),
            Self::QuoteForm(_) => f.write_str("a quote as a form says it"),
            Self::Change(input) => input.fmt(f),
        }
    }
}

impl From<Command> for Asked<'_> {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}

/// A change as typed: unit prices by line, counted from 1, and terms where they were typed.
#[derive(Debug, Clone)]
pub struct ChangeInput {
    pub draft: ChangeDraft,
    pub prices: Vec<(usize, Decimal)>,
    pub terms: Option<Vec<PaymentTerm>>,
}

/// A quote as typed: no amounts, only unit prices and rates.
#[derive(Debug, Clone)]
pub struct QuoteInput {
    pub terms: QuoteTerms,
    pub lines: Vec<QuoteLineInput>,
    pub surcharges: Vec<SurchargeInput>,
}

#[derive(Debug, Clone)]
pub struct QuoteLineInput {
    /// Counted from 1 over the requirement's lines.
    pub line_no: usize,
    /// Left out: the policy price.
    pub unit_price: Option<Decimal>,
    pub tax_rate: Option<Decimal>,
    pub discount_reason: Option<String>,
    /// Whether the line asks for a special price for this deal.
    pub request: PriceRequest,
    /// Whether a policy price that was kept is exchanged for the one of today.
    pub policy: PolicyChoice,
    pub remarks: LineRemarks,
}

/// What happens to the policy price that a line kept from an earlier save (DOMAIN 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyChoice {
    /// Kept by somebody who saw the one of today.
    #[default]
    Keep,
    /// Kept because the form showed no other price: it is still to be asked.
    Unasked,
    Take,
}

#[derive(Debug, Clone)]
pub struct SurchargeInput {
    pub name: String,
    pub amount: Decimal,
    pub tax_rate: Decimal,
}
