//! The numbers that the company sets for itself: limits of amount and discount, time limits, the fast
//! path, credit (DOMAIN 0.5, 3.1, 3.2, 3.5–3.7).
//!
//! The one rule: numbers come in whole versions with a first day; a round that runs keeps the version it
//! was opened with. A version that does not name a number (it was made before that number existed) has
//! the one the product ships with.

use super::approval::NodeKind;
use super::calendar::{NaturalHours, WorkingMinutes, local_date};
use super::codes::codes;
use super::pricing::Floor;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

codes!(/// One number; the unit is told by `Rule::unit`.
Rule {
    ManagerAmount = "manager_amount", DirectorAmount = "director_amount",
    RepDiscount = "rep_discount", ManagerDiscount = "manager_discount", DirectorDiscount = "director_discount",
    SalesManagerLimit = "sales_manager_limit", TechnicalLimit = "technical_limit", FinanceLimit = "finance_limit",
    ProductionLimit = "production_limit", SalesDirectorLimit = "sales_director_limit",
    GeneralManagerLimit = "general_manager_limit",
    FastUses = "fast_uses", FastWithin = "fast_within", FastLimit = "fast_limit", PostReviewLimit = "post_review_limit",
    SurchargeRate = "surcharge_rate",
    CreditTolerance = "credit_tolerance", CreditHoldDays = "credit_hold_days",
    ReviewGraceDays = "review_grace_days",
    QuoteValidDays = "quote_valid_days", UrgentQuoteDays = "urgent_quote_days", ProjectQuoteDays = "project_quote_days",
    Reapproval = "reapproval",
});

codes!(/// What a number counts.
RuleUnit {
    /// Yuan, tax included.
    Money = "money",
    /// Hundredths.
    Percent = "percent",
    /// Minutes of working time, on call where the rule says so.
    WorkingMinutes = "working_minutes",
    /// Hours by the wall clock.
    NaturalHours = "natural_hours",
    Days = "days",
    Times = "times",
    /// 0 or 1.
    Switch = "switch",
});

/// Which departments look again at a new version of a quote (DOMAIN 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reapproval {
    /// All of them.
    All,
    /// Those whose watched fields changed; the others' approvals are kept.
    Watched,
}

/// What is wrong with a set of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleFlaw {
    OutOfRange {
        rule: Rule,
        min: Decimal,
        max: Decimal,
    },
    TooPrecise {
        rule: Rule,
        places: u32,
    },
    /// `rule` has to lie above `below`.
    NotAbove {
        rule: Rule,
        below: Rule,
    },
}

impl RuleFlaw {
    /// The number to be corrected.
    pub fn rule(&self) -> Rule {
        match self {
            Self::OutOfRange { rule, .. } | Self::TooPrecise { rule, .. } | Self::NotAbove { rule, .. } => *rule,
        }
    }
}

impl Rule {
    pub fn unit(self) -> RuleUnit {
        match self {
            Self::ManagerAmount | Self::DirectorAmount => RuleUnit::Money,
            Self::RepDiscount
            | Self::ManagerDiscount
            | Self::DirectorDiscount
            | Self::SurchargeRate
            | Self::CreditTolerance => RuleUnit::Percent,
            Self::SalesManagerLimit
            | Self::TechnicalLimit
            | Self::FinanceLimit
            | Self::ProductionLimit
            | Self::SalesDirectorLimit
            | Self::GeneralManagerLimit
            | Self::FastLimit
            | Self::PostReviewLimit => RuleUnit::WorkingMinutes,
            Self::FastWithin => RuleUnit::NaturalHours,
            Self::CreditHoldDays
            | Self::ReviewGraceDays
            | Self::QuoteValidDays
            | Self::UrgentQuoteDays
            | Self::ProjectQuoteDays => RuleUnit::Days,
            Self::FastUses => RuleUnit::Times,
            Self::Reapproval => RuleUnit::Switch,
        }
    }

    /// Smallest and largest value, and how many decimals it may have.
    pub fn bounds(self) -> (Decimal, Decimal, u32) {
        match (self, self.unit()) {
            (Self::QuoteValidDays | Self::UrgentQuoteDays | Self::ProjectQuoteDays, _) => {
                (Decimal::from(1), Decimal::from(365), 0)
            }
            (_, RuleUnit::Money) => (Decimal::new(1, 2), Decimal::from(1_000_000_000), 2),
            (_, RuleUnit::Percent) => (Decimal::from(0), Decimal::from(100), 2),
            (_, RuleUnit::WorkingMinutes) => (Decimal::from(15), Decimal::from(9600), 0),
            (_, RuleUnit::NaturalHours) => (Decimal::from(1), Decimal::from(720), 0),
            (_, RuleUnit::Days) => (Decimal::from(0), Decimal::from(365), 0),
            (_, RuleUnit::Times) => (Decimal::from(0), Decimal::from(31), 0),
            (_, RuleUnit::Switch) => (Decimal::from(0), Decimal::from(1), 0),
        }
    }

    /// The value that the product ships with.
    pub fn shipped(self) -> Decimal {
        match self {
            Self::ManagerAmount => Decimal::from(100_000),
            Self::DirectorAmount => Decimal::from(1_000_000),
            Self::RepDiscount => Decimal::from(5),
            Self::ManagerDiscount | Self::CreditTolerance => Decimal::from(10),
            Self::DirectorDiscount => Decimal::from(20),
            Self::SalesManagerLimit | Self::SalesDirectorLimit => Decimal::from(240),
            Self::TechnicalLimit
            | Self::FinanceLimit
            | Self::ProductionLimit
            | Self::GeneralManagerLimit
            | Self::PostReviewLimit => Decimal::from(480),
            Self::FastUses => Decimal::from(2),
            Self::FastWithin => Decimal::from(72),
            Self::FastLimit => Decimal::from(120),
            Self::SurchargeRate => Decimal::from(8),
            Self::CreditHoldDays | Self::ReviewGraceDays | Self::ProjectQuoteDays => Decimal::from(30),
            Self::UrgentQuoteDays => Decimal::from(3),
            Self::QuoteValidDays => Decimal::from(15),
            Self::Reapproval => Decimal::from(0),
        }
    }
}

/// One version of all numbers, known to be in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    version: i32,
    values: BTreeMap<Rule, Decimal>,
}

impl Default for Rules {
    fn default() -> Self {
        Self::shipped()
    }
}

impl Rules {
    /// Version 1, the one that comes with the product.
    pub fn shipped() -> Self {
        Self { version: 1, values: Rule::ALL.iter().map(|rule| (*rule, rule.shipped())).collect() }
    }

    /// A version from its numbers, or everything that is wrong with them.
    pub fn of(version: i32, given: &BTreeMap<Rule, Decimal>) -> Result<Self, Vec<RuleFlaw>> {
        let mut rules = Self { version, ..Self::shipped() };
        rules.values.extend(given.iter().map(|(rule, value)| (*rule, value.normalize())));
        let mut flaws: Vec<RuleFlaw> = Vec::new();
        for rule in Rule::ALL.iter().copied() {
            let value = rules.value(rule);
            let (min, max, places) = rule.bounds();
            if value < min || value > max {
                flaws.push(RuleFlaw::OutOfRange { rule, min, max });
            } else if value.scale() > places {
                flaws.push(RuleFlaw::TooPrecise { rule, places });
            }
        }
        for (rule, below) in [
            (Rule::DirectorAmount, Rule::ManagerAmount),
            (Rule::ManagerDiscount, Rule::RepDiscount),
            (Rule::DirectorDiscount, Rule::ManagerDiscount),
        ] {
            if rules.value(rule) <= rules.value(below) {
                flaws.push(RuleFlaw::NotAbove { rule, below });
            }
        }
        if flaws.is_empty() { Ok(rules) } else { Err(flaws) }
    }

    pub fn version(&self) -> i32 {
        self.version
    }

    /// In the rule's own unit.
    pub fn value(&self, rule: Rule) -> Decimal {
        self.values.get(&rule).copied().unwrap_or_else(|| rule.shipped())
    }

    pub fn values(&self) -> &BTreeMap<Rule, Decimal> {
        &self.values
    }

    /// What differs from another version: the rule, its value there, its value here.
    pub fn differences_from(&self, former: &Self) -> Vec<(Rule, Decimal, Decimal)> {
        let both = Rule::ALL.iter().map(|rule| (*rule, former.value(*rule), self.value(*rule)));
        both.filter(|(_, old, new)| old != new).collect()
    }

    /// A percentage as a share of one.
    pub fn share(&self, rule: Rule) -> Decimal {
        self.value(rule) / Decimal::ONE_HUNDRED
    }

    fn whole(&self, rule: Rule) -> i64 {
        self.value(rule).to_i64().unwrap_or_default()
    }

    fn minutes(&self, rule: Rule) -> WorkingMinutes {
        WorkingMinutes::new(self.whole(rule))
    }

    /// Who must approve: 1 sales manager, 2 sales director, 3 general manager; the highest of what the
    /// tax-inclusive total in yuan, the largest line discount (a share) and the floor demand. A limit
    /// itself still belongs to the lower level (DOMAIN 3.2).
    pub fn level(&self, gross: Decimal, max_discount: Decimal, floor: Floor) -> u8 {
        let by_amount = level(gross, self.value(Rule::ManagerAmount), self.value(Rule::DirectorAmount));
        let by_discount = level(max_discount, self.share(Rule::ManagerDiscount), self.share(Rule::DirectorDiscount));
        let by_floor = match floor {
            Floor::Kept => 1,
            Floor::Broken => 3,
        };
        by_amount.max(by_discount).max(by_floor)
    }

    /// Time limit of a node; on call for the fast path's own node.
    pub fn node_limit(&self, kind: NodeKind) -> WorkingMinutes {
        self.minutes(match kind {
            NodeKind::SalesManager => Rule::SalesManagerLimit,
            NodeKind::Technical => Rule::TechnicalLimit,
            NodeKind::Finance => Rule::FinanceLimit,
            NodeKind::Production => Rule::ProductionLimit,
            NodeKind::SalesDirector => Rule::SalesDirectorLimit,
            NodeKind::GeneralManager => Rule::GeneralManagerLimit,
            NodeKind::UrgentDirector => Rule::FastLimit,
        })
    }

    /// Every node of the fast path, in on-call minutes.
    pub fn fast_limit(&self) -> WorkingMinutes {
        self.minutes(Rule::FastLimit)
    }

    /// What each left-out department has for its review, in working minutes.
    pub fn post_review_limit(&self) -> WorkingMinutes {
        self.minutes(Rule::PostReviewLimit)
    }

    /// Uses of the fast path a calendar month without the general manager.
    pub fn fast_uses(&self) -> usize {
        usize::try_from(self.whole(Rule::FastUses)).unwrap_or_default()
    }

    /// Delivery wanted within this time is urgent by itself.
    pub fn fast_within(&self) -> NaturalHours {
        NaturalHours(self.whole(Rule::FastWithin))
    }

    /// Calendar days a receivable may be late before the customer is on hold.
    pub fn credit_hold_days(&self) -> i64 {
        self.whole(Rule::CreditHoldDays)
    }

    /// Calendar days after a re-check's date beyond which no new order is confirmed.
    pub fn review_grace_days(&self) -> i64 {
        self.whole(Rule::ReviewGraceDays)
    }

    /// Calendar days, of the rules that count days.
    pub fn days(&self, rule: Rule) -> u64 {
        u64::try_from(self.whole(rule)).unwrap_or_default()
    }

    pub fn reapproval(&self) -> Reapproval {
        if self.value(Rule::Reapproval).is_zero() { Reapproval::All } else { Reapproval::Watched }
    }
}

fn level(value: Decimal, manager: Decimal, director: Decimal) -> u8 {
    if value > director {
        3
    } else if value > manager {
        2
    } else {
        1
    }
}

/// A version in force from the start of a day, company time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    pub version: i32,
    pub from: NaiveDate,
    pub values: BTreeMap<Rule, Decimal>,
}

/// The versions that a case may meet: what is in force, what comes, and the one its round was opened with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleBook {
    /// In the order of their first days.
    in_force: Vec<(NaiveDate, Rules)>,
    shipped: Rules,
    /// The version that the running round was opened with.
    of_round: Option<i32>,
}

impl RuleBook {
    /// From published versions; of two with one first day the later version holds.
    pub fn of(versions: &[InForce]) -> Result<Self, Vec<RuleFlaw>> {
        let mut in_force = Vec::with_capacity(versions.len());
        for v in versions {
            in_force.push((v.from, Rules::of(v.version, &v.values)?));
        }
        in_force.sort_by_key(|(from, rules)| (*from, rules.version));
        Ok(Self { in_force, shipped: Rules::shipped(), of_round: None })
    }

    /// What holds at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> &Rules {
        self.on(local_date(now))
    }

    /// What holds on a day, company time.
    pub fn on(&self, today: NaiveDate) -> &Rules {
        self.in_force.iter().rev().find(|(from, _)| *from <= today).map_or(&self.shipped, |(_, rules)| rules)
    }

    /// The same with a round that was opened with this version.
    #[must_use]
    pub fn with_round(mut self, version: Option<i32>) -> Self {
        self.of_round = version;
        self
    }

    /// What the round keeps to, whatever came in force since; version 1 for a round from before versions.
    pub fn of_round(&self) -> &Rules {
        self.version(self.of_round.unwrap_or(1))
    }

    /// A version by its number; what the product ships with where it is not known.
    pub fn version(&self, version: i32) -> &Rules {
        self.in_force.iter().find(|(_, rules)| rules.version == version).map_or(&self.shipped, |(_, rules)| rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::ZONE;
    use proptest::prelude::*;
    use rust_decimal::dec;

    #[test]
    fn a_limit_itself_belongs_to_the_lower_level() {
        let rules = Rules::shipped();
        for (gross, discount, floor, level) in [
            (dec!(0), dec!(0), Floor::Kept, 1),
            (dec!(100000.00), dec!(0.10), Floor::Kept, 1),
            (dec!(100000.01), dec!(0), Floor::Kept, 2),
            (dec!(0), dec!(0.1001), Floor::Kept, 2),
            (dec!(1000000.00), dec!(0.20), Floor::Kept, 2),
            (dec!(1000000.01), dec!(0), Floor::Kept, 3),
            (dec!(0), dec!(0.2001), Floor::Kept, 3),
            (dec!(1), dec!(0), Floor::Broken, 3),
        ] {
            assert_eq!(rules.level(gross, discount, floor), level, "{gross} {discount}");
        }
    }

    fn with(changes: &[(Rule, Decimal)]) -> Result<Rules, Vec<RuleFlaw>> {
        Rules::of(2, &changes.iter().copied().collect())
    }

    #[test]
    fn numbers_out_of_order_or_out_of_range_are_all_named() {
        assert_eq!(
            with(&[(Rule::DirectorAmount, dec!(100000))]),
            Err(vec![RuleFlaw::NotAbove { rule: Rule::DirectorAmount, below: Rule::ManagerAmount }])
        );
        let flaws = with(&[
            (Rule::RepDiscount, dec!(-1)),
            (Rule::DirectorDiscount, dec!(101)),
            (Rule::FinanceLimit, dec!(30.5)),
            (Rule::ManagerDiscount, dec!(100)),
        ])
        .unwrap_err();
        let named: Vec<Rule> = flaws.iter().map(RuleFlaw::rule).collect();
        assert_eq!(named, [Rule::RepDiscount, Rule::DirectorDiscount, Rule::FinanceLimit]);
        assert_eq!(with(&[(Rule::ManagerDiscount, dec!(5))]).unwrap_err().len(), 1);
        assert_eq!(with(&[(Rule::Reapproval, dec!(1))]).unwrap().reapproval(), Reapproval::Watched);
    }

    #[test]
    fn a_version_holds_from_its_first_day_in_company_time() {
        let at = |text: &str| {
            let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            local.and_local_timezone(ZONE).unwrap().to_utc()
        };
        let version = |version, from: &str, amount| InForce {
            version,
            from: from.parse().unwrap(),
            values: BTreeMap::from([(Rule::ManagerAmount, amount)]),
        };
        let book = RuleBook::of(&[
            version(3, "2026-10-01", dec!(80000)),
            version(2, "2026-10-01", dec!(90000)),
            version(4, "2026-09-01", dec!(70000)),
        ])
        .unwrap();
        let amount = |now| book.at(at(now)).value(Rule::ManagerAmount);
        assert_eq!(amount("2026-08-31 23:59"), dec!(100000));
        assert_eq!(amount("2026-09-01 00:00"), dec!(70000));
        assert_eq!(amount("2026-09-30 23:59"), dec!(70000));
        assert_eq!(amount("2026-10-01 00:00"), dec!(80000));
        assert_eq!(book.version(2).value(Rule::ManagerAmount), dec!(90000));
        assert_eq!(book.version(9), &Rules::shipped());
    }

    proptest! {
        #[test]
        fn more_money_or_more_discount_never_needs_less(a in 0_i64..200_000_000, b in 0_i64..200_000_000, d in 0_i64..3000, e in 0_i64..3000) {
            let rules = Rules::shipped();
            let (low, high) = (a.min(b), a.max(b));
            let (little, much) = (d.min(e), d.max(e));
            let level = |amount: i64, rate: i64| rules.level(Decimal::new(amount, 2), Decimal::new(rate, 4), Floor::Kept);
            prop_assert!(level(low, little) <= level(high, much));
            prop_assert!(level(high, little) <= rules.level(Decimal::new(high, 2), Decimal::new(little, 4), Floor::Broken));
        }
    }
}
