//! Delegated approval (DOMAIN 3.8): who may decide for whom, for which nodes, until when.
//!
//! The one rule: a mandate never reaches further than the delegator does, and never passes on.

use super::approval::NodeKind;
use super::ids::{DelegationId, PersonId};
use super::policy::{decides_by_role, may_stand_in, ranks_with};
use super::round::{Colleague, Named};
use super::staff::Actor;
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The longest a delegation lasts.
pub const LONGEST: TimeDelta = TimeDelta::days(30);

/// What a delegate may do now for the delegator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    pub delegation: DelegationId,
    /// The delegator, without mandates of his own.
    pub of: Actor,
    pub kinds: Vec<NodeKind>,
    /// Only quotes up to this total including tax, in yuan.
    pub cap: Option<Decimal>,
    pub until: DateTime<Utc>,
}

impl Mandate {
    /// Whether this node of a quote of `gross` yuan is covered.
    pub fn covers(&self, node: NodeKind, gross: Decimal) -> bool {
        self.kinds.contains(&node) && self.cap.is_none_or(|cap| gross <= cap)
    }
}

/// A delegation as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    pub id: DelegationId,
    pub delegator: PersonId,
    pub delegate: PersonId,
    pub kinds: Vec<NodeKind>,
    pub cap: Option<Decimal>,
    pub starts_at: DateTime<Utc>,
    /// The end as set, or the moment it was ended before.
    pub ends_at: DateTime<Utc>,
}

/// A delegation to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub delegator: Colleague,
    pub delegate: Colleague,
    pub kinds: Vec<NodeKind>,
    pub cap: Option<Decimal>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub reason: String,
}

/// What happened to a delegation; stored for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DelegationEvent {
    DelegationSet {
        delegator: Named,
        delegate: Named,
        kinds: Vec<NodeKind>,
        cap: Option<Decimal>,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
        reason: String,
    },
    DelegationEnded {
        delegator: Named,
        delegate: Named,
    },
}

impl DelegationEvent {
    /// The stored name of the variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DelegationSet { .. } => "delegation_set",
            Self::DelegationEnded { .. } => "delegation_ended",
        }
    }
}

/// What is wrong with a wanted delegation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DelegationFlaw {
    SamePerson,
    Inactive,
    NoKinds,
    /// The delegator does not decide this kind of node.
    NotTheirs(NodeKind),
    /// The delegate is of lower rank and the superior has not allowed it.
    LowerRank,
    EndsBeforeStart,
    EndsInThePast,
    TooLong,
    /// Another delegation of the delegator covers this kind in that time.
    Overlaps(NodeKind),
    /// The delegator is a delegate for this kind in that time, or the delegate has passed his own on.
    PassedOn(NodeKind),
}

/// Who sets it: the person himself, or somebody above or the administrator for him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    Delegator,
    Superior,
}

/// Everything wrong with `wanted`, beside the delegations that exist.
pub fn flaws(wanted: &Wanted, existing: &[Delegation], set_by: SetBy, now: DateTime<Utc>) -> Vec<DelegationFlaw> {
    let mut out = Vec::new();
    let (from, to) = (&wanted.delegator.actor, &wanted.delegate.actor);
    if from.id == to.id {
        out.push(DelegationFlaw::SamePerson);
    }
    if !may_stand_in(&wanted.delegate) {
        out.push(DelegationFlaw::Inactive);
    }
    if wanted.kinds.is_empty() {
        out.push(DelegationFlaw::NoKinds);
    }
    out.extend(wanted.kinds.iter().filter(|k| !decides_by_role(from, **k)).map(|k| DelegationFlaw::NotTheirs(*k)));
    if set_by == SetBy::Delegator && !ranks_with(&wanted.delegate, &wanted.delegator, &wanted.kinds) {
        out.push(DelegationFlaw::LowerRank);
    }
    if wanted.ends_at <= wanted.starts_at {
        out.push(DelegationFlaw::EndsBeforeStart);
    } else if wanted.ends_at - wanted.starts_at > LONGEST {
        out.push(DelegationFlaw::TooLong);
    }
    if wanted.ends_at <= now {
        out.push(DelegationFlaw::EndsInThePast);
    }
    let meets = |d: &&Delegation| d.starts_at < wanted.ends_at && wanted.starts_at < d.ends_at;
    for kind in &wanted.kinds {
        let same = || existing.iter().filter(meets).filter(|d| d.kinds.contains(kind));
        if same().any(|d| d.delegator == from.id) {
            out.push(DelegationFlaw::Overlaps(*kind));
        }
        if same().any(|d| d.delegate == from.id || d.delegator == to.id) {
            out.push(DelegationFlaw::PassedOn(*kind));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::staff::{Department, Role};
    use rust_decimal::dec;
    use uuid::Uuid;

    fn colleague(id: u128, department: Department, role: Role, manager: Option<u128>) -> Colleague {
        let actor = Actor {
            id: PersonId(Uuid::from_u128(id)),
            name: format!("{id}"),
            roles: vec![role],
            manager: manager.map(|m| PersonId(Uuid::from_u128(m))),
            mandates: Vec::new(),
        };
        Colleague { actor, department, is_active: true }
    }

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_791_500_000 + day * 86_400, 0).unwrap()
    }

    fn wanted(delegator: Colleague, delegate: Colleague, kind: NodeKind) -> Wanted {
        Wanted {
            delegator,
            delegate,
            kinds: vec![kind],
            cap: Some(dec!(100000)),
            starts_at: at(1),
            ends_at: at(4),
            reason: "出差".to_owned(),
        }
    }

    fn gm(id: u128) -> Colleague {
        colleague(id, Department::Management, Role::GeneralManager, None)
    }

    #[test]
    fn scope_person_and_period_are_checked() {
        let good = wanted(gm(1), gm(2), NodeKind::GeneralManager);
        let found = |w: &Wanted| flaws(w, &[], SetBy::Delegator, at(0));
        assert!(found(&good).is_empty());
        let with = |change: &dyn Fn(&mut Wanted)| {
            let mut other = good.clone();
            change(&mut other);
            found(&other)
        };
        assert!(with(&|w| w.delegate = gm(1)).contains(&DelegationFlaw::SamePerson));
        assert_eq!(with(&|w| w.delegate.is_active = false), [DelegationFlaw::Inactive]);
        assert_eq!(with(&|w| w.kinds.clear()), [DelegationFlaw::NoKinds]);
        let director = NodeKind::SalesDirector;
        assert!(with(&|w| w.kinds = vec![director]).contains(&DelegationFlaw::NotTheirs(director)));
        assert_eq!(with(&|w| w.ends_at = at(1)), [DelegationFlaw::EndsBeforeStart]);
        assert_eq!(with(&|w| w.ends_at = at(31)), []);
        assert_eq!(with(&|w| w.ends_at = at(31) + TimeDelta::seconds(1)), [DelegationFlaw::TooLong]);
        assert_eq!(with(&|w| (w.starts_at, w.ends_at) = (at(-5), at(0))), [DelegationFlaw::EndsInThePast]);
    }

    #[test]
    fn a_lower_rank_stands_in_only_when_the_superior_says_so() {
        let rep = colleague(3, Department::Sales, Role::SalesRep, Some(4));
        let manager = colleague(4, Department::Sales, Role::SalesManager, Some(5));
        let director = colleague(5, Department::Sales, Role::SalesDirector, None);
        let down = wanted(manager.clone(), rep, NodeKind::SalesManager);
        assert_eq!(flaws(&down, &[], SetBy::Delegator, at(0)), [DelegationFlaw::LowerRank]);
        assert!(flaws(&down, &[], SetBy::Superior, at(0)).is_empty());
        let up = wanted(manager, director, NodeKind::SalesManager);
        assert!(flaws(&up, &[], SetBy::Delegator, at(0)).is_empty());
        let head_of_sales = colleague(8, Department::Sales, Role::SalesDirector, None);
        let to_sales = wanted(colleague(7, Department::Finance, Role::Finance, None), head_of_sales, NodeKind::Finance);
        assert_eq!(flaws(&to_sales, &[], SetBy::Delegator, at(0)), [DelegationFlaw::LowerRank], "another department");
        let clerk = colleague(6, Department::Warehouse, Role::Warehouse, None);
        let across = wanted(colleague(7, Department::Finance, Role::Finance, None), clerk, NodeKind::Finance);
        assert_eq!(flaws(&across, &[], SetBy::Delegator, at(0)), [DelegationFlaw::LowerRank]);
    }

    #[test]
    fn nothing_overlaps_and_nothing_is_passed_on() {
        let kind = NodeKind::GeneralManager;
        let existing = |delegator: u128, delegate: u128, from: i64, to: i64| Delegation {
            id: DelegationId(Uuid::from_u128(9)),
            delegator: PersonId(Uuid::from_u128(delegator)),
            delegate: PersonId(Uuid::from_u128(delegate)),
            kinds: vec![kind],
            cap: None,
            starts_at: at(from),
            ends_at: at(to),
        };
        let found = |d: Delegation| flaws(&wanted(gm(1), gm(2), kind), &[d], SetBy::Delegator, at(0));
        assert_eq!(found(existing(1, 3, 3, 6)), [DelegationFlaw::Overlaps(kind)]);
        assert_eq!(found(existing(1, 3, 4, 6)), [], "one ends where the other begins");
        assert_eq!(found(existing(3, 1, 0, 2)), [DelegationFlaw::PassedOn(kind)], "1 stands in for 3");
        assert_eq!(found(existing(2, 3, 0, 2)), [DelegationFlaw::PassedOn(kind)], "2 has passed his own on");
        assert_eq!(found(existing(2, 1, 0, 2)), [DelegationFlaw::PassedOn(kind)], "A for B for A");
        assert_eq!(found(existing(3, 1, 4, 6)), []);
    }
}
