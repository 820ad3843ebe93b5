//! What a person sees of lists, and whether one row is among it.
//!
//! The one rule: what a list holds opens, for the question about one case asks the value that filters the
//! list in SQL; beyond that it opens for those whom the deal itself called in.

use super::deciding::mandate_here;
use super::{Act, Denied, DeniedWhy, Reach, belongs_to, denied, grants, is_called_in, may, may_ever, may_on, reaches};
use crate::domain::approval::NodeKind;
use crate::domain::ids::PersonId;
use crate::domain::staff::Role::{
    Finance, GeneralManager, Logistics, Production, SalesAssistant, SalesDirector, SalesManager, SalesRep, Technical,
    Warehouse,
};
use crate::domain::staff::{Actor, Department};
use crate::domain::workflow::{Action, Case};
use Reach::{All, Team};
use rust_decimal::Decimal;

/// Which rows of a list a person may see; the store turns it into SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleTo {
    Everything,
    /// The person's own rows and those of the team led by `manager`.
    Team {
        person: PersonId,
        manager: PersonId,
    },
    Own {
        person: PersonId,
    },
    /// Deals that reached this department's approval node or have an order.
    Reached {
        node: Option<NodeKind>,
    },
    Nothing,
}

pub fn visible_deals(actor: &Actor) -> VisibleTo {
    if [SalesDirector, GeneralManager, Finance].iter().any(|r| actor.has(*r)) {
        VisibleTo::Everything
    } else if actor.has(SalesManager) {
        VisibleTo::Team { person: actor.id, manager: actor.id }
    } else if actor.has(SalesAssistant) {
        actor
            .manager
            .map_or(VisibleTo::Own { person: actor.id }, |manager| VisibleTo::Team { person: actor.id, manager })
    } else if actor.has(SalesRep) {
        VisibleTo::Own { person: actor.id }
    } else if actor.has(Technical) {
        VisibleTo::Reached { node: Some(NodeKind::Technical) }
    } else if actor.has(Production) {
        VisibleTo::Reached { node: Some(NodeKind::Production) }
    } else if actor.has(Warehouse) || actor.has(Logistics) {
        VisibleTo::Reached { node: None }
    } else {
        VisibleTo::Nothing
    }
}

/// Whether this one deal is among those the person may see.
pub fn sees_deal(actor: &Actor, case: &Case) -> bool {
    let Some(deal) = &case.deal else { return false };
    if is_called_in(actor, case) {
        return true;
    }
    let facts = DealFacts {
        owner: deal.owner,
        owner_manager: deal.owner_manager,
        has_order: case.order.as_ref().map(|_| ()),
        reached: case.reached(),
    };
    // Warehouse and logistics decide no node; what a change asked of them they see before there is an order.
    let was_asked = || {
        let asked = |d: Department| facts.reached.iter().any(|code| code == d.code());
        Department::ALL.iter().any(|d| belongs_to(actor, *d) && asked(*d))
    };
    let visible = visible_deals(actor);
    hears_of(visible, &facts) || (matches!(visible, VisibleTo::Reached { .. }) && was_asked())
}

/// What of a deal decides who may hear of it, without the whole case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealFacts {
    pub owner: PersonId,
    pub owner_manager: Option<PersonId>,
    pub has_order: Option<()>,
    /// Stored codes of the departments that the deal was sent to.
    pub reached: Vec<String>,
}

/// Whether a list of this reader would hold the deal.
pub fn hears_of(to: VisibleTo, deal: &DealFacts) -> bool {
    match to {
        VisibleTo::Everything => true,
        VisibleTo::Own { person } => deal.owner == person,
        VisibleTo::Team { person, manager } => {
            deal.owner == person || deal.owner == manager || deal.owner_manager == Some(manager)
        }
        VisibleTo::Reached { node } => {
            deal.has_order.is_some() || node.is_some_and(|n| deal.reached.iter().any(|code| code == n.code()))
        }
        VisibleTo::Nothing => false,
    }
}

/// Whether the person works on this very deal: owner, team manager, an approver whom it reached, a
/// department of its order. The files of a confidential requirement are for these only.
pub fn is_on_deal(actor: &Actor, case: &Case) -> bool {
    let Some(deal) = &case.deal else { return false };
    let was_reached = case
        .round
        .iter()
        .flat_map(|r| &r.nodes)
        .any(|n| n.arrived_at.is_some() && n.kind != NodeKind::SalesManager && actor.has(n.kind.role()));
    let delivers = [Technical, Finance, Production, Warehouse, Logistics].iter().any(|r| actor.has(*r));
    deal.owner == actor.id || deal.owner_manager == Some(actor.id) || was_reached || (case.order.is_some() && delivers)
}

/// Customers: sales and finance see archives, the departments only through a deal.
pub fn visible_customers(actor: &Actor) -> VisibleTo {
    match visible_deals(actor) {
        VisibleTo::Reached { .. } => VisibleTo::Nothing,
        // Verification is everybody's duty in sales support, whoever owns the customer.
        VisibleTo::Team { .. } if actor.has(SalesAssistant) => VisibleTo::Everything,
        visible => visible,
    }
}

/// Whether this one archive is among those the person may see.
pub fn sees_customer(actor: &Actor, case: &Case) -> bool {
    let customer = &case.customer;
    match visible_customers(actor) {
        VisibleTo::Everything => true,
        VisibleTo::Own { person } => customer.owner == person,
        VisibleTo::Team { person, manager } => {
            customer.owner == person || customer.owner == manager || customer.owner_manager == Some(manager)
        }
        VisibleTo::Reached { .. } | VisibleTo::Nothing => false,
    }
}

/// Whether the archive of the customer shows to somebody who sees the deal. The others see its name and
/// where the goods go (DOMAIN 2.2).
pub fn may_see_archive(actor: &Actor, case: &Case) -> Result<(), Denied> {
    let reads_archives = |person: &Actor| may_ever(person, Act::SeeCustomer);
    if reads_archives(actor) || mandate_here(actor, case).any(reads_archives) {
        Ok(())
    } else {
        Err(denied(Act::SeeCustomer, DeniedWhy::Role))
    }
}

/// Who works on the deal: its own side, the departments it was sent to, and those who fulfil its order.
/// Files of a customer that asks for confidentiality are for these only (DOMAIN 1.1 E).
pub fn works_on(actor: &Actor, case: &Case) -> bool {
    let own_side = case.deal.as_ref().map_or_else(
        || {
            reaches(actor, Team, case.customer.owner, case.customer.owner_manager)
                || case.customer.verification.as_ref().is_some_and(|v| v.by == actor.id)
                || may(actor, Act::Do(Action::VerifyLicense), case.customer.owner, case.customer.owner_manager).is_ok()
                    && case.customer.verification.is_none()
        },
        |deal| reaches(actor, Team, deal.owner, deal.owner_manager),
    );
    let sent_to = case.round.iter().flat_map(|r| &r.nodes).any(|n| {
        n.arrived_at.is_some() && (actor.has(n.kind.role()) || n.decided.as_ref().is_some_and(|d| d.by == actor.id))
    });
    let fulfils =
        case.order.is_some() && [Finance, Production, Warehouse, Logistics].iter().any(|role| actor.has(*role));
    own_side || sent_to || fulfils
}

/// Whether a file of the deal opens that is not secret; the proof of an acceptance has prices.
pub fn opens_deal_file(actor: &Actor, case: &Case, has_prices: bool) -> bool {
    let is_open = !case.customer.profile.is_confidential || works_on(actor, case);
    is_open && sees_deal(actor, case) && (!has_prices || may_on(actor, Act::SeePrices, case).is_ok())
}

/// Archives whose contacts the person may see, and so find by their numbers.
pub fn visible_contacts(actor: &Actor) -> VisibleTo {
    match visible_customers(actor) {
        VisibleTo::Everything if actor.has(SalesAssistant) && !reaches_all(actor, Act::SeeContacts) => {
            visible_deals(actor)
        }
        visible => visible,
    }
}

/// Links of customers that the person may know of; the administrator of all, without what they lead to.
pub fn visible_links(actor: &Actor) -> VisibleTo {
    if reaches_all(actor, Act::SeeLinks) { VisibleTo::Everything } else { visible_deals(actor) }
}

/// Whether the permission reaches further than the person's own team.
pub fn reaches_all(actor: &Actor, act: Act) -> bool {
    grants(act).iter().any(|(role, reach)| actor.has(*role) && *reach == All)
}

/// Whether a list of approvals names the amount of this one: whoever decides for somebody else sees what they see.
pub fn sees_amount(
    actor: &Actor,
    (owner, owner_manager): (PersonId, Option<PersonId>),
    node: Option<NodeKind>,
    gross: Decimal,
) -> bool {
    let sees = |person: &Actor| may(person, Act::SeePrices, owner, owner_manager).is_ok();
    let mut mandates = actor.mandates.iter().filter(|m| node.is_some_and(|node| m.covers(node, gross)));
    sees(actor) || mandates.any(|m| sees(&m.of))
}
