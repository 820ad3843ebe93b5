//! Routing (DOMAIN 3.1, 3.2): which departments look at a quote, and why.
//!
//! The one rule: one pure function serves the preview, the round and the try-out of new limits. What
//! happens in a round afterwards is `approval`, the way around the departments is `fast_path`.

use super::approval::{ApprovalPath, NodeKind};
use super::fast_path::FastRefusal;
use super::pricing::{Floor, approval_level};
use super::quote::{PaymentTrigger, PriceRequest, Quote, QuoteLineKind};
use super::staff::Role;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Why a node is on the path; shown to everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RouteReason {
    Always,
    CustomLine,
    Substitute,
    FirstSale {
        product: String,
    },
    CreditTerm,
    Retention,
    BelowFloor,
    NoPolicyPrice,
    Shortage {
        product: String,
        missing: Decimal,
    },
    ShortLeadTime,
    Amount {
        gross: Decimal,
    },
    Discount {
        rate: Decimal,
    },
    /// The requester would be the only approver, so the next level decides (DOMAIN 2.3, rule 1).
    RequesterIsApprover,
    /// The fast path (DOMAIN 3.7).
    Urgent,
    /// The rep used the fast path this often this month already.
    QuotaUsed {
        used: usize,
    },
    /// A line asks for a special price although the library has one.
    SpecialPrice,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedNode {
    pub kind: NodeKind,
    pub reasons: Vec<RouteReason>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub level: u8,
    pub path: ApprovalPath,
    pub nodes: Vec<PlannedNode>,
    /// On the fast path: who would have looked, and why; they look afterwards.
    pub skipped: Vec<PlannedNode>,
    /// Why an urgent deal goes the standard way all the same.
    pub fast_refused: Vec<FastRefusal>,
}

/// What routing needs to know beyond the quote itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteFacts {
    /// Product name and missing quantity of every line that stock does not cover now.
    pub shortages: Vec<(String, Decimal)>,
    /// Products never sold to anyone before.
    pub first_sales: Vec<String>,
    pub has_substitute: bool,
    pub wanted_before_lead_time: bool,
    /// Roles the requester holds.
    pub requester_roles: Vec<Role>,
    /// When the requester's rounds on the fast path were opened, those of the last two months.
    pub fast_rounds: Vec<DateTime<Utc>>,
    /// The requirement's lines at their policy prices, in yuan, while the customer is asked to confirm
    /// and no budget is known; none when a line has no such price.
    pub policy_total: Option<Decimal>,
}

impl RouteFacts {
    /// Whether the requester could decide this node, and therefore must not.
    pub fn requester_is(&self, node: NodeKind) -> bool {
        self.requester_roles.contains(&node.role())
    }
}

/// Levels by amount, discount and floor; departments by their own reasons (DOMAIN 3.1, 3.2).
pub fn route(quote: &Quote, facts: &RouteFacts) -> Route {
    let gross = quote.priced.totals.gross;
    let no_policy: bool = quote.priced.lines.iter().any(|l| l.kind != QuoteLineKind::Surcharge && l.policy.is_none());
    let asks_special = quote.priced.lines.iter().any(|l| l.request == PriceRequest::Special && l.policy.is_some());
    let floor = if quote.priced.is_below_floor { Floor::Broken } else { Floor::Kept };
    let mut level = approval_level(gross, quote.priced.max_discount, floor);
    if no_policy || asks_special {
        level = level.max(2);
    }
    let custom = quote.priced.lines.iter().any(|l| l.kind == QuoteLineKind::Custom);
    let credit = quote.terms.payment_terms.iter().any(|t| t.trigger == PaymentTrigger::AfterSignOff && t.days > 0);
    let retention = quote.terms.payment_terms.iter().any(|t| t.trigger == PaymentTrigger::AfterWarranty);

    let mut nodes: Vec<PlannedNode> = Vec::new();
    let mut add = |kind: NodeKind, reasons: Vec<RouteReason>| {
        if !reasons.is_empty() {
            nodes.push(PlannedNode { kind, reasons });
        }
    };
    add(NodeKind::SalesManager, vec![RouteReason::Always]);

    let mut technical = Vec::new();
    if custom {
        technical.push(RouteReason::CustomLine);
    }
    if facts.has_substitute {
        technical.push(RouteReason::Substitute);
    }
    technical.extend(facts.first_sales.iter().map(|p| RouteReason::FirstSale { product: p.clone() }));
    add(NodeKind::Technical, technical);

    let mut finance = Vec::new();
    if credit {
        finance.push(RouteReason::CreditTerm);
    }
    if retention {
        finance.push(RouteReason::Retention);
    }
    if quote.priced.is_below_floor {
        finance.push(RouteReason::BelowFloor);
    }
    add(NodeKind::Finance, finance);

    let mut production: Vec<RouteReason> = facts
        .shortages
        .iter()
        .map(|(product, missing)| RouteReason::Shortage { product: product.clone(), missing: *missing })
        .collect();
    if custom {
        production.push(RouteReason::CustomLine);
    }
    if facts.wanted_before_lead_time {
        production.push(RouteReason::ShortLeadTime);
    }
    add(NodeKind::Production, production);

    let mut above = Vec::new();
    if approval_level(gross, Decimal::ZERO, Floor::Kept) >= 2 {
        above.push(RouteReason::Amount { gross });
    }
    if approval_level(Decimal::ZERO, quote.priced.max_discount, Floor::Kept) >= 2 {
        above.push(RouteReason::Discount { rate: quote.priced.max_discount });
    }
    if quote.priced.is_below_floor {
        above.push(RouteReason::BelowFloor);
    }
    if no_policy {
        above.push(RouteReason::NoPolicyPrice);
    }
    if asks_special {
        above.push(RouteReason::SpecialPrice);
    }
    let mut director = if level >= 2 { above.clone() } else { Vec::new() };
    let mut general = if level >= 3 { above } else { Vec::new() };
    // A manager selling himself is decided one level up, a director likewise.
    if facts.requester_roles.contains(&Role::SalesManager) && director.is_empty() {
        director.push(RouteReason::RequesterIsApprover);
    }
    if facts.requester_roles.contains(&Role::SalesDirector) && !director.is_empty() && general.is_empty() {
        general.push(RouteReason::RequesterIsApprover);
    }
    add(NodeKind::SalesDirector, director);
    add(NodeKind::GeneralManager, general);
    nodes.retain(|n| !facts.requester_roles.contains(&n.kind.role()));
    Route { level, path: ApprovalPath::Standard, nodes, skipped: Vec::new(), fast_refused: Vec::new() }
}
