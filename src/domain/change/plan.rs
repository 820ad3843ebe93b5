//! Several kinds of change at once: their consequences put together, for one deal at one moment.

use super::{Again, CallBackNeed, ChangeKind, Consequence, Form, Phase, RoundFate, Way, consequence};
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

    pub fn needs_call_back(&self) -> bool {
        self.cells.iter().any(|(_, c)| c.call_back == CallBackNeed::KnownContact)
    }

    /// A wish about price or terms alone is answered by accepting the new quote.
    pub fn customer_word(&self) -> CustomerWord {
        if self.new_requirement() {
            CustomerWord::OnRequirement
        } else if self.cells.iter().any(|(k, _)| k.is_material() && *k != ChangeKind::Price) {
            CustomerWord::OnChange
        } else {
            CustomerWord::NotNeeded
        }
    }
}
