//! Permissions and how far they reach, as the settings page lists them.

use super::Lang;
use crate::domain::policy::{Act, Reach};

impl Lang {
    pub fn permission(self, act: Act) -> &'static str {
        match act {
            Act::Do(action) => self.action(action),
            Act::OpenDeal => self.permission_open_deal(),
            Act::RegisterCustomer => self.permission_register_customer(),
            Act::SeeCustomer => self.permission_see_customer(),
            Act::SeeContacts => self.permission_see_contacts(),
            Act::SeeDeal => self.permission_see_deal(),
            Act::SeePrices => self.permission_see_prices(),
            Act::SeeFloor => self.permission_see_floor(),
            Act::SeeStock => self.permission_see_stock(),
            Act::SeeOrders => self.permission_see_orders(),
            Act::SeeApprovals => self.permission_see_approvals(),
            Act::SeeDeadlines => self.permission_see_deadlines(),
            Act::SeeAudit => self.permission_see_audit(),
            Act::ImportCustomers => self.permission_import_customers(),
            Act::ExportCustomers => self.permission_export_customers(),
            Act::MergeCustomers => self.permission_merge_customers(),
            Act::SeeShipTo => self.permission_see_ship_to(),
            Act::SeeFeedback => self.permission_see_feedback(),
            Act::SeeLibrary => self.permission_see_library(),
            Act::KeepProducts => self.permission_keep_products(),
            Act::DraftPrices => self.permission_draft_prices(),
            Act::PublishPrices => self.permission_publish_prices(),
            Act::AdjustStock => self.permission_adjust_stock(),
            Act::TakeOverStock => self.permission_take_over_stock(),
            Act::DraftClauses => self.permission_draft_clauses(),
            Act::PublishClauses => self.permission_publish_clauses(),
            Act::SeeRules => self.permission_see_rules(),
            Act::DraftRules => self.permission_draft_rules(),
            Act::PublishRules => self.permission_publish_rules(),
            Act::KeepService => self.permission_keep_service(),
            Act::KeepPeople => self.permission_keep_people(),
            Act::SeeReports => self.permission_see_reports(),
            Act::ShareLinks => self.permission_share_links(),
            Act::SeeLinks => self.permission_see_links(),
        }
    }

    pub fn reach(self, reach: Reach) -> &'static str {
        match reach {
            Reach::Own => self.permission_own(),
            Reach::Team => self.permission_team(),
            Reach::All => self.permission_all(),
        }
    }
}
