//! Alternatives of a quote (DOMAIN 1.3, 5.7): several offers of one requirement beside each other,
//! each with versions of its own, of which the customer takes at most one.
//!
//! The one rule: a deal works on one alternative at a time, and that one is `Case::quote`; the
//! others wait here with what is needed to show them, to turn to them and to end them.

use super::approval::ApprovalPath;
use super::codes::codes;
use super::ids::QuoteId;
use super::quote::QuoteStatus;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

codes!(
    #[derive(Default)]
    Alternative { #[default] A = "A", B = "B", C = "C", D = "D", E = "E" }
);

impl Alternative {
    /// What is neither stored in an event nor shown where there is only one.
    pub fn is_first(&self) -> bool {
        *self == Self::A
    }
}

/// The newest version of an alternative that is not being worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherQuote {
    pub id: QuoteId,
    pub alternative: Alternative,
    pub version_no: i32,
    pub status: QuoteStatus,
    pub gross: Decimal,
    pub valid_until: NaiveDate,
    pub sent_at: Option<DateTime<Utc>>,
    /// Of the round it is in or went through.
    pub path: Option<ApprovalPath>,
}

impl OtherQuote {
    /// Still somebody's offer: it ends when the customer takes another one.
    pub fn is_live(&self) -> bool {
        matches!(self.status, QuoteStatus::Draft | QuoteStatus::Approved | QuoteStatus::Sent)
    }
}

/// What a deal knows of all its quotes besides the one it works on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alternatives {
    pub others: Vec<OtherQuote>,
    /// The highest version number of the deal, over all alternatives.
    pub last_version: i32,
    /// The highest round number of the deal.
    pub last_round: i32,
}

impl Alternatives {
    pub fn other(&self, alternative: Alternative) -> Option<&OtherQuote> {
        self.others.iter().find(|o| o.alternative == alternative)
    }

    /// The first letter that no alternative has, `current` being the one worked on.
    pub fn next(&self, current: Alternative) -> Option<Alternative> {
        Alternative::ALL.iter().copied().find(|a| *a != current && self.other(*a).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn other(alternative: Alternative) -> OtherQuote {
        OtherQuote {
            id: QuoteId(Uuid::nil()),
            alternative,
            version_no: 1,
            status: QuoteStatus::Sent,
            gross: Decimal::ONE,
            valid_until: NaiveDate::MAX,
            sent_at: None,
            path: None,
        }
    }

    #[test]
    fn letters_are_handed_out_in_order_and_run_out() {
        let mut all = Alternatives::default();
        assert_eq!(all.next(Alternative::A), Some(Alternative::B));
        all.others.push(other(Alternative::A));
        assert_eq!(all.next(Alternative::B), Some(Alternative::C));
        all.others.extend([Alternative::C, Alternative::D, Alternative::E].map(other));
        assert_eq!(all.next(Alternative::B), None);
    }
}
