//! Whose figures a person sees (DOMAIN 2.2, row Reports): all, the team's, one's own, or those
//! of one's department.

use crate::domain::approval::NodeKind;
use crate::domain::ids::PersonId;
use crate::domain::report::Kpi;
use crate::domain::staff::Actor;
use crate::domain::staff::Role::{
    Finance, GeneralManager, Logistics, Production, SalesDirector, SalesManager, SalesRep, Technical, Warehouse,
};

/// Which facts a reader's figures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportScope {
    Everything,
    /// The manager's own and those of the team.
    Team {
        manager: PersonId,
    },
    Own {
        person: PersonId,
    },
    /// A department: its own node, and delivery where it delivers.
    Department {
        node: Option<NodeKind>,
    },
}

/// `None` for those who see no reports.
pub fn report_scope(actor: &Actor) -> Option<ReportScope> {
    Some(if [SalesDirector, GeneralManager, Finance].iter().any(|r| actor.has(*r)) {
        ReportScope::Everything
    } else if actor.has(SalesManager) {
        ReportScope::Team { manager: actor.id }
    } else if actor.has(SalesRep) {
        ReportScope::Own { person: actor.id }
    } else if actor.has(Technical) {
        ReportScope::Department { node: Some(NodeKind::Technical) }
    } else if actor.has(Production) {
        ReportScope::Department { node: Some(NodeKind::Production) }
    } else if actor.has(Warehouse) || actor.has(Logistics) {
        ReportScope::Department { node: None }
    } else {
        return None;
    })
}

/// Whether the figure is among those of the scope; departments see their nodes, and how delivery
/// goes, but nothing with prices.
pub fn sees_figure(scope: ReportScope, kpi: Kpi) -> bool {
    match scope {
        ReportScope::Everything | ReportScope::Team { .. } | ReportScope::Own { .. } => true,
        ReportScope::Department { node } => match kpi {
            by_node if is_by_node(by_node) => node.is_some(),
            Kpi::OnTime
            | Kpi::OnTimeOurs
            | Kpi::InFull
            | Kpi::OnTimeInFull
            | Kpi::PerfectOrders
            | Kpi::DelayDays
            | Kpi::ExceptionRate
            | Kpi::ExceptionTime
            | Kpi::ChangeRate => node != Some(NodeKind::Technical),
            _ => false,
        },
    }
}

/// A department's figure that is made of its own node's facts only.
pub fn is_by_node(kpi: Kpi) -> bool {
    matches!(
        kpi,
        Kpi::NodeTime
            | Kpi::OverdueRate
            | Kpi::OverdueTime
            | Kpi::EscalationRate
            | Kpi::ReviewsInTime
            | Kpi::Objections
    )
}
