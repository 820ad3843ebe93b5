//! People of the selling company: departments, roles, and who acts (DOMAIN 2.1).
//!
//! Only `policy` draws conclusions from a role.

use super::codes::codes;
use super::delegation::Mandate;
use super::ids::PersonId;

codes!(Department {
    Sales = "sales", Technical = "technical", Finance = "finance", Production = "production",
    Warehouse = "warehouse", Logistics = "logistics", Management = "management", It = "it",
});

codes!(Role {
    SalesRep = "sales_rep", SalesAssistant = "sales_assistant", SalesManager = "sales_manager",
    SalesDirector = "sales_director", Technical = "technical", Finance = "finance",
    Production = "production", Warehouse = "warehouse", Logistics = "logistics",
    GeneralManager = "general_manager", Admin = "admin",
});

impl Department {
    /// The role that speaks for the department where one person of it is asked.
    pub fn role(self) -> Role {
        match self {
            Self::Sales => Role::SalesManager,
            Self::Technical => Role::Technical,
            Self::Finance => Role::Finance,
            Self::Production => Role::Production,
            Self::Warehouse => Role::Warehouse,
            Self::Logistics => Role::Logistics,
            Self::Management => Role::GeneralManager,
            Self::It => Role::Admin,
        }
    }
}

/// Who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: PersonId,
    pub name: String,
    pub roles: Vec<Role>,
    /// Whose team the actor belongs to.
    pub manager: Option<PersonId>,
    /// For whom the actor may decide now (DOMAIN 3.8).
    pub mandates: Vec<Mandate>,
}

impl Actor {
    /// The same person with what others entrust to them now.
    #[must_use]
    pub fn acting_for(self, mandates: Vec<Mandate>) -> Self {
        Self { mandates, ..self }
    }

    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
