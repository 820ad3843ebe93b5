//! Credit (DOMAIN 3.6): what a customer owes, what a quote would add to it, and who must then look.
//!
//! The one rule: everything follows from amounts and due dates on the day of asking; nobody sets a flag
//! by night. Prepaid parts never count.

use super::calendar::local_date;
use super::money::percent_of;
use super::quote::{PaymentTerm, PaymentTrigger, Quote};
use super::rules::{Rule, Rules};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What finance knows about a customer; amounts in yuan, tax included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditFacts {
    /// Nothing when finance agreed on no limit.
    pub limit: Option<Decimal>,
    /// Unpaid receivables of shipped orders and of before the system.
    pub receivable: Decimal,
    /// Credit parts of orders that are confirmed and not shipped.
    pub unshipped: Decimal,
    /// When the oldest unpaid receivable was due.
    pub oldest_due: Option<NaiveDate>,
    /// Finance lets the customer buy until this day although a receivable is late.
    pub tolerated_until: Option<NaiveDate>,
}

/// What finance changed about a customer's credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum CreditChange {
    /// Limit in yuan and days of credit; zero is no credit.
    Terms { limit: Decimal, days: i32, tolerated_until: Option<NaiveDate>, reason: String },
    /// Something owed from before the system.
    Receivable { id: Uuid, no: String, amount: Decimal, due_on: NaiveDate, note: Option<String> },
    /// It was paid, whole.
    Settled { id: Uuid, no: String, settled_on: NaiveDate, reference: String },
}

/// How far over the limit a quote would take the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Nothing on credit, or within the limit.
    Within,
    /// Finance never agreed on a limit for this customer.
    NoLimit,
    /// Over by at most the tolerance: finance alone.
    Over { exposure: Decimal, limit: Decimal },
    /// Over by more: the director too.
    FarOver { exposure: Decimal, limit: Decimal },
}

impl CreditFacts {
    /// Days that the oldest receivable is late on the day of `now`; zero when none is.
    pub fn overdue_days(&self, now: DateTime<Utc>) -> i64 {
        self.oldest_due.map_or(0, |due| local_date(now).signed_duration_since(due).num_days().max(0))
    }

    /// Late by more than the rules allow, and finance has not let it pass: nothing is approved, ordered or shipped.
    pub fn is_on_hold(&self, rules: &Rules, now: DateTime<Utc>) -> bool {
        let is_tolerated = self.tolerated_until.is_some_and(|until| local_date(now) <= until);
        self.overdue_days(now) > rules.credit_hold_days() && !is_tolerated
    }

    /// Everything the customer would owe with `credit_part` more.
    pub fn exposure(&self, credit_part: Decimal) -> Decimal {
        self.receivable + self.unshipped + credit_part
    }

    /// A limit itself is not over it, and neither is the tolerance itself.
    pub fn check(&self, credit_part: Decimal, rules: &Rules) -> Exposure {
        if credit_part.is_zero() {
            return Exposure::Within;
        }
        let Some(limit) = self.limit else { return Exposure::NoLimit };
        let exposure = self.exposure(credit_part);
        if exposure <= limit {
            Exposure::Within
        } else if exposure <= limit * (Decimal::ONE + rules.share(Rule::CreditTolerance)) {
            Exposure::Over { exposure, limit }
        } else {
            Exposure::FarOver { exposure, limit }
        }
    }
}

/// Whether a payment comes only after the goods have gone.
pub fn is_credit(term: &PaymentTerm) -> bool {
    match term.trigger {
        PaymentTrigger::OnSigning | PaymentTrigger::BeforeShipment => false,
        PaymentTrigger::AfterWarranty => true,
        PaymentTrigger::AfterSignOff | PaymentTrigger::OnAcceptance => term.days > 0,
    }
}

/// What of the quote is paid later, in yuan.
pub fn credit_part(quote: &Quote) -> Decimal {
    let share: Decimal = quote.terms.payment_terms.iter().filter(|t| is_credit(t)).map(|t| t.percent).sum();
    percent_of(quote.priced.totals.gross, share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    fn owing(limit: Option<Decimal>) -> CreditFacts {
        CreditFacts { limit, receivable: dec!(118500), ..CreditFacts::default() }
    }

    #[test]
    fn the_limit_and_the_tolerance_are_inclusive() {
        let rules = Rules::shipped();
        let facts = owing(Some(dec!(200000)));
        let over = |exposure| Exposure::Over { exposure, limit: dec!(200000) };
        assert_eq!(facts.check(dec!(93700), &rules), over(dec!(212200)));
        assert_eq!(facts.check(dec!(81500), &rules), Exposure::Within, "the limit itself");
        assert_eq!(facts.check(dec!(81500.01), &rules), over(dec!(200000.01)));
        assert_eq!(facts.check(dec!(101500), &rules), over(dec!(220000)), "ten per cent over");
        let far = Exposure::FarOver { exposure: dec!(220000.01), limit: dec!(200000) };
        assert_eq!(facts.check(dec!(101500.01), &rules), far);
        assert_eq!(facts.check(dec!(0), &rules), Exposure::Within, "prepaid");
        assert_eq!(owing(None).check(dec!(1), &rules), Exposure::NoLimit);
    }

    #[test]
    fn a_receivable_is_late_from_the_day_after_and_holds_after_thirty_days() {
        let rules = Rules::shipped();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = |text: &str| day(text).and_hms_opt(3, 0, 0).unwrap().and_utc();
        let facts = CreditFacts { oldest_due: Some(day("2026-09-01")), ..owing(None) };
        assert_eq!(facts.overdue_days(at("2026-08-20")), 0);
        assert_eq!(facts.overdue_days(at("2026-09-01")), 0);
        assert_eq!(facts.overdue_days(at("2026-09-02")), 1);
        assert!(!facts.is_on_hold(&rules, at("2026-10-01")), "thirty days");
        assert!(facts.is_on_hold(&rules, at("2026-10-02")), "thirty-one days");
        let let_pass = CreditFacts { tolerated_until: Some(day("2026-10-02")), ..facts };
        assert!(!let_pass.is_on_hold(&rules, at("2026-10-02")));
        assert!(let_pass.is_on_hold(&rules, at("2026-10-03")));
    }
}
