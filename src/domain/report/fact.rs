//! One contribution to one key figure.

use super::kpi::Kpi;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// What one deal or customer adds to a key figure. The month is that of `at`, company time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub kpi: Kpi,
    pub at: DateTime<Utc>,
    /// Stored code of the step, node, reason or type that the figure is split by.
    pub detail: Option<&'static str>,
    /// Minutes, yuan, days, or 1 and 0, as the figure's unit says.
    pub numerator: Decimal,
    pub denominator: Decimal,
    /// A second reading: working minutes beside natural ones.
    pub second: Option<Decimal>,
}

/// The facts of one deal or customer, and from when on they would be others without anything
/// happening (a promise that runs out).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub facts: Vec<Fact>,
    pub look_again_at: Option<DateTime<Utc>>,
}

impl Facts {
    pub(super) fn rate(&mut self, kpi: Kpi, at: DateTime<Utc>, detail: Option<&'static str>, hit: Hit) {
        let numerator = if hit == Hit::Yes { Decimal::ONE } else { Decimal::ZERO };
        self.facts.push(Fact { kpi, at, detail, numerator, denominator: Decimal::ONE, second: None });
    }

    pub(super) fn mean(&mut self, kpi: Kpi, at: DateTime<Utc>, detail: Option<&'static str>, value: Decimal) {
        self.facts.push(Fact { kpi, at, detail, numerator: value, denominator: Decimal::ONE, second: None });
    }

    pub(super) fn share(&mut self, kpi: Kpi, at: DateTime<Utc>, numerator: Decimal, denominator: Decimal) {
        self.part(kpi, at, None, numerator, denominator);
    }

    pub(super) fn part(
        &mut self,
        kpi: Kpi,
        at: DateTime<Utc>,
        detail: Option<&'static str>,
        numerator: Decimal,
        denominator: Decimal,
    ) {
        self.facts.push(Fact { kpi, at, detail, numerator, denominator, second: None });
    }

    /// What is overdue since the end of its due date.
    pub(super) fn owed(&mut self, due: DateTime<Utc>, open: Decimal, now: DateTime<Utc>) {
        if open <= Decimal::ZERO {
            return;
        }
        if due < now {
            self.share(Kpi::OverdueAmount, due, open, Decimal::ONE);
        } else {
            self.until(due);
        }
    }

    /// Remembers the earliest moment at which time alone changes the facts.
    pub(super) fn until(&mut self, at: DateTime<Utc>) {
        self.look_again_at = Some(self.look_again_at.map_or(at, |known| known.min(at)));
    }
}

/// Whether a case counts for the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    Yes,
    No,
}

impl From<bool> for Hit {
    fn from(hit: bool) -> Self {
        if hit { Self::Yes } else { Self::No }
    }
}
