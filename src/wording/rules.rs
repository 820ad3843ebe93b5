//! The company's numbers in words: their names, and a value with its unit.

use super::Lang;
use crate::domain::calendar::WorkingMinutes;
use crate::domain::credit::CreditChange;
use crate::domain::money::{format_money, format_quantity};
use crate::domain::rules::{Rule, RuleFlaw, RuleUnit};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

impl Lang {
    pub fn rule(self, rule: Rule) -> &'static str {
        match rule {
            Rule::ManagerAmount => self.rules_manager_amount(),
            Rule::DirectorAmount => self.rules_director_amount(),
            Rule::RepDiscount => self.rules_rep_discount(),
            Rule::ManagerDiscount => self.rules_manager_discount(),
            Rule::DirectorDiscount => self.rules_director_discount(),
            Rule::SalesManagerLimit => self.rules_sales_manager_limit(),
            Rule::TechnicalLimit => self.rules_technical_limit(),
            Rule::FinanceLimit => self.rules_finance_limit(),
            Rule::ProductionLimit => self.rules_production_limit(),
            Rule::SalesDirectorLimit => self.rules_sales_director_limit(),
            Rule::GeneralManagerLimit => self.rules_general_manager_limit(),
            Rule::FastUses => self.rules_fast_uses(),
            Rule::FastWithin => self.rules_fast_within(),
            Rule::FastLimit => self.rules_fast_limit(),
            Rule::PostReviewLimit => self.rules_post_review_limit(),
            Rule::SurchargeRate => self.rules_surcharge_rate(),
            Rule::CreditTolerance => self.rules_credit_tolerance(),
            Rule::CreditHoldDays => self.rules_credit_hold_days(),
            Rule::ReviewGraceDays => self.rules_review_grace_days(),
            Rule::QuoteValidDays => self.rules_quote_valid_days(),
            Rule::UrgentQuoteDays => self.rules_urgent_quote_days(),
            Rule::ProjectQuoteDays => self.rules_project_quote_days(),
            Rule::Reapproval => self.rules_reapproval(),
        }
    }

    /// What stands behind the control.
    pub fn rule_unit(self, rule: Rule) -> &'static str {
        match (rule, rule.unit()) {
            (Rule::FastLimit, _) => self.rules_unit_on_call(),
            (_, RuleUnit::Money) => self.rules_unit_yuan(),
            (_, RuleUnit::Percent) => "%",
            (_, RuleUnit::WorkingMinutes) => self.rules_unit_minutes(),
            (_, RuleUnit::NaturalHours) => self.rules_unit_hours(),
            (_, RuleUnit::Days) => self.rules_unit_days(),
            (_, RuleUnit::Times) => self.rules_unit_times(),
            (_, RuleUnit::Switch) => "",
        }
    }

    /// A value as people say it.
    pub fn rule_value(self, rule: Rule, value: Decimal) -> String {
        match rule.unit() {
            RuleUnit::Money => format!("¥{}", format_money(value)),
            RuleUnit::Percent => format!("{}%", format_quantity(value)),
            RuleUnit::WorkingMinutes if rule == Rule::FastLimit => self.rules_minutes_on_call(format_quantity(value)),
            RuleUnit::WorkingMinutes => self.working(WorkingMinutes::new(value.to_i64().unwrap_or_default())),
            RuleUnit::NaturalHours => self.rules_hours(format_quantity(value)),
            RuleUnit::Days => self.rules_days(format_quantity(value)),
            RuleUnit::Times => self.rules_times(format_quantity(value)),
            RuleUnit::Switch if value.is_zero() => self.rules_reapproval_all().to_owned(),
            RuleUnit::Switch => self.rules_reapproval_watched().to_owned(),
        }
    }

    pub fn rule_flaw(self, flaw: &RuleFlaw) -> String {
        match flaw {
            RuleFlaw::OutOfRange { min, max, .. } => {
                self.rules_flaw_range(format_quantity(*max), format_quantity(*min))
            }
            RuleFlaw::TooPrecise { places: 0, .. } => self.rules_flaw_whole().to_owned(),
            RuleFlaw::TooPrecise { places, .. } => self.rules_flaw_places(places),
            RuleFlaw::NotAbove { below, .. } => self.rules_flaw_above(self.rule(*below)),
        }
    }
}

impl Lang {
    /// What finance changed about a customer's credit.
    pub fn credit_changed(self, change: &CreditChange) -> String {
        match change {
            // No amounts: the timeline is also read by people who see no prices.
            CreditChange::Terms { reason, .. } => self.credit_event_terms(reason),
            CreditChange::Receivable { no, .. } => self.credit_event_receivable(no),
            CreditChange::Settled { no, .. } => self.credit_event_settled(no),
        }
    }
}
