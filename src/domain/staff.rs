//! People of the selling company: departments, roles, and who acts (DOMAIN 2.1).
//!
//! Only `policy` draws conclusions from a role.

use super::codes::codes;
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

/// Who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: PersonId,
    pub name: String,
    pub roles: Vec<Role>,
    /// Whose team the actor belongs to.
    pub manager: Option<PersonId>,
}

impl Actor {
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
