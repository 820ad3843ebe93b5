//! The permission matrix line by line, for the settings page, and as the text that a snapshot holds.

use super::Reach::{All, Own, Team};
use super::{Act, grants};
use crate::domain::staff::Role;
use crate::domain::workflow::Action;

/// Everything that a permission can be given for, in the order of the work.
pub fn acts() -> impl Iterator<Item = Act> {
    Action::ALL.iter().map(|a| Act::Do(*a)).chain([
        Act::OpenDeal,
        Act::RegisterCustomer,
        Act::SeeCustomer,
        Act::SeeContacts,
        Act::SeeDeal,
        Act::SeePrices,
        Act::SeeFloor,
        Act::SeeStock,
        Act::SeeOrders,
        Act::SeeApprovals,
        Act::SeeDeadlines,
        Act::SeeAudit,
        Act::ImportCustomers,
        Act::ExportCustomers,
        Act::MergeCustomers,
        Act::SeeShipTo,
        Act::SeeFeedback,
        Act::SeeLibrary,
        Act::KeepProducts,
        Act::DraftPrices,
        Act::PublishPrices,
        Act::AdjustStock,
        Act::TakeOverStock,
        Act::DraftClauses,
        Act::PublishClauses,
        Act::SeeRules,
        Act::DraftRules,
        Act::PublishRules,
        Act::KeepService,
        Act::KeepPeople,
        Act::SeeReports,
        Act::ShareLinks,
        Act::SeeLinks,
    ])
}

/// The whole matrix as text, one line per act; a snapshot test holds it.
pub fn matrix() -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let _ = write!(out, "{:<26}", "");
    for role in Role::ALL {
        let _ = write!(out, " {:<15}", role.code());
    }
    out.push('\n');
    for act in acts() {
        let name = match act {
            Act::Do(action) => action.code().to_owned(),
            other => format!("{other:?}"),
        };
        let _ = write!(out, "{name:<26}");
        for role in Role::ALL {
            let cell = grants(act).iter().find(|(r, _)| r == role).map_or("-", |(_, reach)| match reach {
                Own => "own",
                Team => "team",
                All => "all",
            });
            let _ = write!(out, " {cell:<15}");
        }
        out.push('\n');
    }
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}
