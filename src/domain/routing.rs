//! Routing (DOMAIN 3.1, 3.2, 3.6, 3.7): which departments look at a quote, and why.
//!
//! The one rule: one pure function of quote, facts, rules and moment serves the preview, the round and
//! the try-out of new limits. What happens in a round afterwards is `approval`, the way around the
//! departments is `fast_path`.

mod standard;

use super::approval::{ApprovalPath, NodeKind};
use super::credit::CreditFacts;
use super::deal::Urgency;
use super::fast_path::{self, FastRefusal};
use super::ids::{ProductId, RequirementLineId};
use super::quote::Quote;
pub use super::requirement::lead::Lead;
use super::rules::Rules;
use super::staff::Role;
use super::watched::{Former, Kept};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
pub use standard::standard;
pub(super) use standard::waives_surcharge;

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
        /// The limit that was passed, in yuan; none in rounds from before limits were settings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Decimal>,
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
    /// A specification or proposal is attached to the requirement.
    Proposal,
    /// A line is taxed at another rate than its product.
    TaxRate {
        product: String,
    },
    /// Credit is asked for and finance agreed on no limit.
    NoCreditLimit,
    /// Receivables, orders and this quote exceed the credit limit, by this share of it.
    OverLimit {
        over: Decimal,
    },
    /// An urgent deal without an urgent surcharge: the director waives it by approving (DOMAIN 3.7).
    NoSurcharge,
    /// The oldest receivable is late by this many days.
    Overdue {
        days: i64,
    },
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
    /// Approvals of the round before that still stand; their departments are not among the nodes.
    #[serde(default)]
    pub kept: Vec<Kept>,
}

impl Route {
    pub fn node(&self, kind: NodeKind) -> Option<&PlannedNode> {
        self.nodes.iter().find(|n| n.kind == kind)
    }

    /// The nodes in their order, for comparing two routes.
    pub fn kinds(&self) -> Vec<NodeKind> {
        self.nodes.iter().map(|n| n.kind).collect()
    }
}

/// What routing needs to know beyond the quote itself; kept with every round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteFacts {
    /// Product name and missing quantity of every product that stock does not cover now.
    pub shortages: Vec<(String, Decimal)>,
    /// Products never sold to anyone before.
    pub first_sales: Vec<String>,
    pub has_substitute: bool,
    /// A specification or technical proposal is attached to the requirement.
    pub has_proposal: bool,
    /// Of what has to be made, the line whose day leaves the least time.
    pub lead: Option<Lead>,
    /// Custom lines of which an order with the same name and specification was confirmed before; asked
    /// for urgent deals only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_before: Vec<RequirementLineId>,
    /// The tax rate of each product of the requirement.
    pub product_rates: Vec<(ProductId, Decimal)>,
    /// Roles the requester holds.
    pub requester_roles: Vec<Role>,
    /// Of these, the ones that nobody else could decide for.
    pub sole_roles: Vec<Role>,
    /// When the requester's rounds on the fast path were opened, those of the last two months.
    pub fast_rounds: Vec<DateTime<Utc>>,
    /// The requirement's lines at their policy prices, in yuan, while the customer is asked to confirm
    /// and no budget is known; none when a line has no such price.
    pub policy_total: Option<Decimal>,
    pub credit: CreditFacts,
    /// Finance put the customer on hold by hand.
    pub is_held: bool,
    /// The mark of an urgent deal, with its reason.
    pub urgency: Option<Urgency>,
    /// When the customer wants the delivery; asked for urgent deals only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted_at: Option<DateTime<Utc>>,
    /// Departments' objections to fast approvals of the requester in the last twelve months.
    #[serde(skip)]
    pub fast_objections: i64,
    /// What the newest round was opened with.
    #[serde(skip)]
    pub former: Former,
    /// Lines, from 1, of a draft whose policy price is another one today than its seller saw.
    #[serde(skip)]
    pub moved_prices: Vec<usize>,
}

impl RouteFacts {
    /// Whether the requester could decide this node, and therefore must not.
    pub fn requester_is(&self, node: NodeKind) -> bool {
        self.requester_roles.contains(&node.role())
    }

    /// Whether nobody but the requester could decide this node.
    pub fn only_requester_decides(&self, node: NodeKind) -> bool {
        self.sole_roles.contains(&node.role())
    }

    /// Something that has to be made is wanted before its standard lead time is over.
    pub fn is_wanted_early(&self, now: DateTime<Utc>) -> bool {
        self.lead.is_some_and(|lead| lead.is_short(now))
    }

    /// Held by finance, or by a receivable that is too late (DOMAIN 3.6).
    pub fn is_on_hold(&self, rules: &Rules, now: DateTime<Utc>) -> bool {
        self.is_held || self.credit.is_on_hold(rules, now)
    }
}

/// The way a quote goes at `now`: fast when the deal is urgent and eligible, standard otherwise.
pub fn route(quote: &Quote, facts: &RouteFacts, rules: &Rules, now: DateTime<Utc>) -> Route {
    let standard = standard(quote, facts, rules, now);
    let Some(urgency) = &facts.urgency else { return standard };
    let fast_refused = fast_path::refusals(quote, facts, urgency, rules, now);
    if fast_refused.is_empty() {
        fast_path::fast(quote, facts, standard, rules, now)
    } else {
        Route { fast_refused, ..standard }
    }
}
