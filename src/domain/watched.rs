//! What each department watches in a quote and its requirement, and whose approvals a new version keeps
//! (DOMAIN 3.4).
//!
//! The one rule: an approval is kept only when nothing its department watches has changed and no reason to
//! look has come up that was not there before; the manager and the levels above always look again.

use super::approval::{ApprovalPath, NodeKind, NodeStatus, Round, RoundStatus};
use super::quote::{Quote, QuoteLine};
use super::requirement::Requirement;
use super::routing::{PlannedNode, Route, RouteFacts, RouteReason};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Fingerprints of what the three departments watch. What a line promises the customer in words concerns all
/// three: it may give away goods, a feature or a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Lines and specifications.
    pub technical: String,
    /// Prices with their reasons, terms and credit.
    pub finance: String,
    /// Quantity, date and packing.
    pub production: String,
}

/// An approval of an earlier round that still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub kind: NodeKind,
    pub by_name: String,
    pub at: DateTime<Utc>,
    /// The round it was given in.
    pub round_no: i32,
    pub reasons: Vec<RouteReason>,
    /// The day that production committed itself to with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_on: Option<NaiveDate>,
}

/// What the newest round was opened with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Former {
    pub watched: Option<Watched>,
    pub kept: Vec<Kept>,
}

impl Former {
    /// The day of production's approval, where the round kept one from before.
    pub fn committed_on(&self) -> Option<NaiveDate> {
        self.kept.iter().find_map(|k| k.committed_on)
    }
}

fn fingerprint(meaning: &Value) -> String {
    hex::encode(Sha256::digest(meaning.to_string()))
}

/// A number as such: 1.50 and 1.5 are the same to everybody who watches.
fn plain(value: Decimal) -> Value {
    json!(value.normalize())
}

fn add(meaning: &mut Value, name: &str, said: &[Value]) {
    if let Some(meaning) = meaning.as_object_mut().filter(|_| !said.is_empty()) {
        meaning.insert(name.to_owned(), json!(said));
    }
}

impl Watched {
    pub fn of(quote: &Quote, requirement: &Requirement, facts: &RouteFacts) -> Self {
        let (needed, credit) = (&requirement.content, &facts.credit);
        let each = |read: fn(&super::requirement::RequirementLine) -> Value| -> Vec<Value> {
            needed.lines.iter().map(read).collect()
        };
        // Only the lines that say something, so that a quote without a word is watched as it always was.
        let said = |read: fn(&QuoteLine) -> Option<Value>| -> Vec<Value> {
            quote.priced.lines.iter().filter_map(|l| Some(json!([l.name, read(l)?]))).collect()
        };
        let notes = said(|l| l.remarks.note.as_ref().map(|note| json!(note)));
        let mut technical = json!({
            "lines": each(|l| json!([l.kind, l.product, l.custom_name, l.spec, l.standard, l.match_kind, l.note])),
            "files": needed.files.iter().map(|f| json!([f.id, f.kind])).collect::<Vec<_>>(),
            "acceptance": needed.acceptance,
        });
        let mut finance = json!({
            "prices": quote.priced.lines.iter().map(|l| json!([l.name, plain(l.unit_price), plain(l.discount_rate), plain(l.tax_rate), plain(l.amounts.gross)])).collect::<Vec<_>>(),
            "gross": plain(quote.priced.totals.gross),
            "terms": quote.terms.payment_terms.iter().map(|t| json!([plain(t.percent), t.trigger, t.days])).collect::<Vec<_>>(),
            "basis": [json!(quote.terms.tax_basis), plain(quote.terms.whole_discount)],
            "invoice": needed.invoice_need,
            "credit": [json!(credit.limit.map(plain)), plain(credit.receivable), plain(credit.unshipped), json!(credit.oldest_due)],
        });
        let mut production = json!({
            "lines": each(|l| json!([l.product, l.custom_name, plain(l.quantity), l.unit, l.packaging, l.wanted_on])),
            "wanted": [json!(needed.wanted_at), json!(quote.terms.deliver_at), json!(needed.partial_allowed)],
            "specials": needed.specials,
            "short": facts.shortages.iter().map(|(name, q)| json!([name, plain(*q)])).collect::<Vec<_>>(),
        });
        for all in [&mut technical, &mut finance, &mut production] {
            add(all, "notes", &notes);
        }
        add(&mut finance, "reasons", &said(|l| l.discount_reason.as_ref().map(|reason| json!(reason))));
        add(&mut finance, "special", &said(|l| (!l.request.is_policy()).then(|| json!(l.request))));
        add(&mut finance, "kept", &said(|l| l.kept.map(|kept| json!(kept.today.map(plain)))));
        add(&mut production, "lead_days", &said(|l| l.remarks.lead_days.map(|days| json!(days))));
        Self {
            technical: fingerprint(&technical),
            finance: fingerprint(&finance),
            production: fingerprint(&production),
        }
    }

    /// What this node watches; nothing for those who watch everything.
    pub fn for_node(&self, kind: NodeKind) -> Option<&str> {
        match kind {
            NodeKind::Technical => Some(&self.technical),
            NodeKind::Finance => Some(&self.finance),
            NodeKind::Production => Some(&self.production),
            NodeKind::SalesManager | NodeKind::SalesDirector | NodeKind::GeneralManager | NodeKind::UrgentDirector => {
                None
            }
        }
    }
}

/// Takes the departments out of `route` whose approvals of the former round it keeps.
pub fn keep(route: &mut Route, former: &Former, round: &Round, watched: &Watched) {
    route.kept = kept(route, former, round, watched);
    let kinds: Vec<NodeKind> = route.kept.iter().map(|k| k.kind).collect();
    route.nodes.retain(|n| !kinds.contains(&n.kind));
}

/// The approvals of the former round that `route` keeps; what was only promised under a condition is asked
/// again, and after a rejection everybody looks.
fn kept(route: &Route, former: &Former, round: &Round, watched: &Watched) -> Vec<Kept> {
    let Some(before) = &former.watched else { return Vec::new() };
    if route.path != ApprovalPath::Standard || matches!(round.status, RoundStatus::Rejected | RoundStatus::Open) {
        return Vec::new();
    }
    let given = |planned: &PlannedNode| -> Option<Kept> {
        if let Some(kept) = former.kept.iter().find(|k| k.kind == planned.kind) {
            return Some(kept.clone());
        }
        let node = round.node(planned.kind).filter(|n| n.status == NodeStatus::Approved)?;
        let decided = node.decided.as_ref()?;
        Some(Kept {
            kind: planned.kind,
            by_name: decided.by_name.clone(),
            at: decided.at,
            round_no: round.round_no,
            reasons: node.reasons.clone(),
            committed_on: node.sheet.production.as_ref().map(|p| p.committed_on),
        })
    };
    route
        .nodes
        .iter()
        .filter(|n| before.for_node(n.kind).is_some() && before.for_node(n.kind) == watched.for_node(n.kind))
        .filter_map(|n| given(n).filter(|kept| n.reasons.iter().all(|reason| kept.reasons.contains(reason))))
        .collect()
}
