//! Sentences of the company's own history: prices, stock, delegations, rules and calendars, the program's settings.

use super::Lang;
use crate::domain::delegation::DelegationEvent;
use crate::domain::library::LibraryEvent;
use crate::domain::money::format_quantity;
use crate::domain::settings::SettingsEvent;

impl Lang {
    /// `list` is the code of the price list that it is about.
    pub fn library_event(self, event: &LibraryEvent, list: &str) -> String {
        match event {
            LibraryEvent::ProductAdded { code, .. } => self.company_log_product_added(code),
            LibraryEvent::ProductChanged { code, .. } => self.company_log_product_changed(code),
            LibraryEvent::PriceListOpened { code, .. } => self.company_log_list_opened(code),
            LibraryEvent::PriceDraftSaved { version_no, rows, .. } => {
                self.company_log_draft_saved(list, rows, version_no)
            }
            LibraryEvent::PriceDraftDiscarded { version_no, .. } => self.company_log_draft_discarded(list, version_no),
            LibraryEvent::PricesPublished { version_no, .. } => self.company_log_prices_published(list, version_no),
            LibraryEvent::PriceListRetired { reason, .. } => self.company_log_list_retired(list, reason),
            LibraryEvent::StockAdjusted { code, quantity, on_hand, reason, .. } => {
                self.company_log_stock_adjusted(code, format_quantity(*on_hand), format_quantity(*quantity), reason)
            }
        }
    }

    pub fn delegation_event(self, event: &DelegationEvent) -> String {
        match event {
            DelegationEvent::DelegationSet { delegator, delegate, starts_at, ends_at, reason, .. } => self
                .company_log_delegation_set(
                    self.person(&delegate.name),
                    self.person(&delegator.name),
                    self.moment(*starts_at),
                    reason,
                    self.moment(*ends_at),
                ),
            DelegationEvent::DelegationEnded { delegator, delegate } => {
                self.company_log_delegation_ended(self.person(&delegate.name), self.person(&delegator.name))
            }
        }
    }

    pub fn settings_event(self, event: &SettingsEvent) -> String {
        match event {
            SettingsEvent::RulesDrafted { version_no, reason, .. } => {
                self.company_log_rules_drafted(reason, version_no)
            }
            SettingsEvent::RulesPublished { version_no, from } => {
                self.company_log_rules_published(self.date(*from), version_no)
            }
            SettingsEvent::CalendarDrafted { version_no, .. } => self.company_log_calendar_drafted(version_no),
            SettingsEvent::CalendarDiscarded { version_no } => self.company_log_calendar_discarded(version_no),
            SettingsEvent::CalendarPublished { version_no, .. } => self.company_log_calendar_published(version_no),
        }
    }
}
