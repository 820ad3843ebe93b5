//! The standard way: the manager, the departments that have a reason to look, then the director and the
//! general manager by level and credit.

use super::{PlannedNode, Route, RouteFacts, RouteReason};
use crate::domain::approval::{ApprovalPath, NodeKind};
use crate::domain::credit::{self, Exposure};
use crate::domain::money::round_rate4;
use crate::domain::pricing::Floor;
use crate::domain::quote::{PaymentTrigger, PriceRequest, Quote, QuoteLineKind};
use crate::domain::rules::{Rule, Rules};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Levels by amount, discount and floor; departments by their own reasons (DOMAIN 3.1, 3.2).
pub fn standard(quote: &Quote, facts: &RouteFacts, rules: &Rules, now: DateTime<Utc>) -> Route {
    let credit = credit_reasons(quote, facts, rules, now);
    let (level, by_level) = by_level(quote, rules);
    let mut director = if level >= 2 { by_level.clone() } else { Vec::new() };
    director.extend(credit.for_director);
    if waives_surcharge(quote, facts) {
        director.push(RouteReason::NoSurcharge);
    }
    let mut general = if level >= 3 { by_level } else { Vec::new() };
    let departments = [
        (NodeKind::Technical, technical(quote, facts)),
        (NodeKind::Finance, finance(quote, facts, credit.for_finance)),
        (NodeKind::Production, production(quote, facts, now)),
    ];
    // What nobody but the requester could decide is decided one level up: of a manager and of a department by
    // the director, of the director by the general manager.
    let is_own = |kind| facts.only_requester_decides(kind);
    let is_dropped = |(kind, reasons): &(NodeKind, Vec<RouteReason>)| is_own(*kind) && !reasons.is_empty();
    if (is_own(NodeKind::SalesManager) && director.is_empty()) || departments.iter().any(is_dropped) {
        director.push(RouteReason::RequesterIsApprover);
    }
    if facts.only_requester_decides(NodeKind::SalesDirector) && !director.is_empty() && general.is_empty() {
        general.push(RouteReason::RequesterIsApprover);
    }
    let nodes = std::iter::once((NodeKind::SalesManager, vec![RouteReason::Always]))
        .chain(departments)
        .chain([(NodeKind::SalesDirector, director), (NodeKind::GeneralManager, general)])
        .filter(|(kind, reasons)| !reasons.is_empty() && !facts.only_requester_decides(*kind))
        .map(|(kind, reasons)| PlannedNode { kind, reasons })
        .collect();
    Route {
        level,
        path: ApprovalPath::Standard,
        nodes,
        skipped: Vec::new(),
        fast_refused: Vec::new(),
        kept: Vec::new(),
    }
}

/// The level, and everything that lifts it above the manager. What has no policy price, or asks for
/// another, is never the manager's alone (DOMAIN 5.2).
fn by_level(quote: &Quote, rules: &Rules) -> (u8, Vec<RouteReason>) {
    let gross = quote.priced.totals.gross;
    let goods = || quote.priced.lines.iter().filter(|l| l.kind != QuoteLineKind::Surcharge);
    let mut reasons = Vec::new();
    let by_amount = rules.level(gross, Decimal::ZERO, Floor::Kept);
    if by_amount >= 2 {
        let passed = if by_amount >= 3 { Rule::DirectorAmount } else { Rule::ManagerAmount };
        reasons.push(RouteReason::Amount { gross, limit: Some(rules.value(passed)) });
    }
    let by_discount = rules.level(Decimal::ZERO, quote.priced.max_discount, Floor::Kept);
    if by_discount >= 2 {
        reasons.push(RouteReason::Discount { rate: quote.priced.max_discount });
    }
    let mut level = by_amount.max(by_discount);
    if quote.priced.is_below_floor {
        level = level.max(rules.level(Decimal::ZERO, Decimal::ZERO, Floor::Broken));
        reasons.push(RouteReason::BelowFloor);
    }
    if quote.priced.lacks_policy() {
        level = level.max(2);
        reasons.push(RouteReason::NoPolicyPrice);
    }
    if goods().any(|l| l.request == PriceRequest::Special && l.policy.is_some()) {
        level = level.max(2);
        reasons.push(RouteReason::SpecialPrice);
    }
    (level, reasons)
}

/// Whether an urgent deal asks for no surcharge, which is the director's to waive.
pub(in crate::domain) fn waives_surcharge(quote: &Quote, facts: &RouteFacts) -> bool {
    let is_charged =
        quote.priced.lines.iter().any(|l| l.kind == QuoteLineKind::Surcharge && !l.amounts.gross.is_zero());
    facts.urgency.is_some() && !is_charged
}

struct CreditReasons {
    for_finance: Vec<RouteReason>,
    for_director: Vec<RouteReason>,
}

/// Over the limit within the tolerance finance alone, beyond it and with late receivables the director
/// too (DOMAIN 3.6).
fn credit_reasons(quote: &Quote, facts: &RouteFacts, rules: &Rules, now: DateTime<Utc>) -> CreditReasons {
    let over = |exposure: Decimal, limit: Decimal| RouteReason::OverLimit {
        over: if limit.is_zero() { Decimal::ONE } else { round_rate4((exposure - limit) / limit) },
    };
    let (mut for_finance, mut for_director) = match facts.credit.check(credit::credit_part(quote), rules) {
        Exposure::Within => (Vec::new(), Vec::new()),
        Exposure::NoLimit => (vec![RouteReason::NoCreditLimit], Vec::new()),
        Exposure::Over { exposure, limit } => (vec![over(exposure, limit)], Vec::new()),
        Exposure::FarOver { exposure, limit } => (vec![over(exposure, limit)], vec![over(exposure, limit)]),
    };
    let days = facts.credit.overdue_days(now);
    if days > 0 {
        for_finance.push(RouteReason::Overdue { days });
        for_director.push(RouteReason::Overdue { days });
    }
    CreditReasons { for_finance, for_director }
}

fn is_custom(quote: &Quote) -> bool {
    quote.priced.lines.iter().any(|l| l.kind == QuoteLineKind::Custom)
}

fn technical(quote: &Quote, facts: &RouteFacts) -> Vec<RouteReason> {
    let mut reasons = Vec::new();
    if is_custom(quote) {
        reasons.push(RouteReason::CustomLine);
    }
    if facts.has_substitute {
        reasons.push(RouteReason::Substitute);
    }
    if facts.has_proposal {
        reasons.push(RouteReason::Proposal);
    }
    reasons.extend(facts.first_sales.iter().map(|p| RouteReason::FirstSale { product: p.clone() }));
    reasons
}

fn finance(quote: &Quote, facts: &RouteFacts, by_credit: Vec<RouteReason>) -> Vec<RouteReason> {
    let terms = &quote.terms.payment_terms;
    let mut reasons = Vec::new();
    if terms.iter().any(|t| t.trigger != PaymentTrigger::AfterWarranty && credit::is_credit(t)) {
        reasons.push(RouteReason::CreditTerm);
    }
    if terms.iter().any(|t| t.trigger == PaymentTrigger::AfterWarranty) {
        reasons.push(RouteReason::Retention);
    }
    reasons.extend(by_credit);
    if quote.priced.is_below_floor {
        reasons.push(RouteReason::BelowFloor);
    }
    for line in &quote.priced.lines {
        let usual = facts.product_rates.iter().find(|(product, _)| Some(*product) == line.product);
        if usual.is_some_and(|(_, rate)| *rate != line.tax_rate) {
            reasons.push(RouteReason::TaxRate { product: line.name.clone() });
        }
    }
    reasons
}

fn production(quote: &Quote, facts: &RouteFacts, now: DateTime<Utc>) -> Vec<RouteReason> {
    let short = facts.shortages.iter();
    let mut reasons: Vec<RouteReason> =
        short.map(|(product, missing)| RouteReason::Shortage { product: product.clone(), missing: *missing }).collect();
    if is_custom(quote) {
        reasons.push(RouteReason::CustomLine);
    }
    if facts.is_wanted_early(now) {
        reasons.push(RouteReason::ShortLeadTime);
    }
    reasons
}
