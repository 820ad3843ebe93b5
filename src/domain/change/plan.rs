//! Several kinds of change at once: their consequences put together, for one deal at one moment.

use super::{Again, Approval, CallBackNeed, ChangeKind, Consequence, Form, Phase, RoundFate, Way, consequence};
use crate::domain::routing::RouteFacts;
use crate::domain::staff::Role;

/// Whether the customer has to say yes, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerWord {
    NotNeeded,
    /// By confirming the new requirement version.
    OnRequirement,
    /// By evidence on the change record.
    OnChange,
}

/// All consequences of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub phase: Phase,
    pub cells: Vec<(ChangeKind, Consequence)>,
    /// An earlier date in approval leaves the round alone when stock covers everything.
    needs_production: bool,
}

impl Plan {
    pub fn of(kinds: &[ChangeKind], phase: Phase, facts: &RouteFacts) -> Self {
        let cells = kinds.iter().map(|kind| (*kind, consequence(*kind, phase))).collect();
        Self { phase, cells, needs_production: !facts.shortages.is_empty() }
    }

    /// Kinds that no change record carries out here, and the way they go.
    pub fn elsewhere(&self) -> Vec<(ChangeKind, Way)> {
        self.cells.iter().filter(|(_, c)| !c.way.is_filed()).map(|(k, c)| (*k, c.way)).collect()
    }

    pub fn withdraws_round(&self) -> bool {
        self.cells.iter().any(|(_, c)| match c.round {
            RoundFate::Untouched => false,
            RoundFate::Withdrawn => true,
            RoundFate::WithdrawnIfProduction => self.needs_production,
        })
    }

    fn has_version(&self, form: Form) -> bool {
        self.cells.iter().any(|(_, c)| {
            let spared = c.round == RoundFate::WithdrawnIfProduction && !self.needs_production;
            c.way == Way::NewVersion && !spared && c.versions.contains(&form)
        })
    }

    pub fn new_requirement(&self) -> bool {
        self.has_version(Form::Requirement)
    }

    pub fn new_quote(&self) -> bool {
        self.has_version(Form::Quote)
    }

    /// Departments that must look again; the shortest limit counts.
    pub fn again(&self) -> Vec<Again> {
        let mut out: Vec<Again> = Vec::new();
        for asked in self.cells.iter().flat_map(|(_, c)| c.again) {
            match out.iter_mut().find(|a| a.department == asked.department) {
                Some(known) => known.limit = known.limit.min(asked.limit),
                None => out.push(*asked),
            }
        }
        out
    }

    pub fn told(&self) -> Vec<Role> {
        let mut out: Vec<Role> = Vec::new();
        for role in self.cells.iter().flat_map(|(_, c)| c.told) {
            if !out.contains(role) {
                out.push(*role);
            }
        }
        out
    }

    pub fn has(&self, way: Way) -> bool {
        self.cells.iter().any(|(_, c)| c.way == way)
    }

    /// Whether the record itself moves what this kind is about.
    pub fn moves(&self, kind: ChangeKind) -> bool {
        self.cells.iter().any(|(k, c)| *k == kind && c.way.is_filed() && !c.way.is_directed())
    }

    /// Who approves, by the table and by the level of the new total; an owner who holds that role
    /// is passed over for the next level.
    pub fn approver(&self, level: u8, owner_roles: &[Role]) -> Option<Role> {
        let by_level = match level {
            0 | 1 => Role::SalesManager,
            2 => Role::SalesDirector,
            _ => Role::GeneralManager,
        };
        let rank = |role: &Role| match role {
            Role::GeneralManager => 3,
            Role::SalesDirector => 2,
            _ => 1,
        };
        let needed = self
            .cells
            .iter()
            .filter_map(|(_, c)| match (c.way, c.approval) {
                (Way::ChangeOrder, Approval::NewTotal) => Some(by_level),
                (Way::ChangeOrder, Approval::Director) => {
                    Some([Role::SalesDirector, by_level].into_iter().max_by_key(rank).unwrap_or(by_level))
                }
                (Way::Reprioritise, Approval::Director) => Some(Role::SalesDirector),
                _ => None,
            })
            .max_by_key(rank)?;
        [Role::SalesManager, Role::SalesDirector, Role::GeneralManager]
            .into_iter()
            .filter(|role| rank(role) >= rank(&needed))
            .find(|role| !owner_roles.contains(role))
            .or(Some(Role::GeneralManager))
    }

    pub fn needs_call_back(&self) -> bool {
        self.cells.iter().any(|(_, c)| c.call_back == CallBackNeed::KnownContact)
    }

    /// A wish about price or terms alone is answered by accepting the new quote.
    pub fn customer_word(&self) -> CustomerWord {
        if self.new_requirement() {
            CustomerWord::OnRequirement
        } else if self.cells.iter().any(|(k, c)| {
            c.way == Way::ChangeOrder || (k.is_material() && *k != ChangeKind::Price && !c.way.is_directed())
        }) {
            CustomerWord::OnChange
        } else {
            CustomerWord::NotNeeded
        }
    }
}
