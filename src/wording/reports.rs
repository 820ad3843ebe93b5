//! The names of key figures, how each is counted, and the parts they are split by.
//!
//! The one rule: a new figure without words does not compile.

use super::Lang;
use crate::domain::approval::NodeKind;
use crate::domain::change::ChangeReason;
use crate::domain::deal::{DealKind, LostReason, Step};
use crate::domain::delivery::ExceptionKind;
use crate::domain::report::{Kpi, KpiGroup, Month, Split, Unit};
use chrono::Datelike;

impl Lang {
    pub fn kpi(self, kpi: Kpi) -> &'static str {
        match kpi {
            Kpi::OrderCycle => self.kpi_order_cycle(),
            Kpi::PromiseRate => self.kpi_promise_rate(),
            Kpi::StepTime => self.kpi_step_time(),
            Kpi::ApprovalTime => self.kpi_approval_time(),
            Kpi::FinalRoundTime => self.kpi_final_round_time(),
            Kpi::NodeTime => self.kpi_node_time(),
            Kpi::OverdueRate => self.kpi_overdue_rate(),
            Kpi::OverdueTime => self.kpi_overdue_time(),
            Kpi::FirstPass => self.kpi_first_pass(),
            Kpi::ReturnRate => self.kpi_return_rate(),
            Kpi::RejectRate => self.kpi_reject_rate(),
            Kpi::EscalationRate => self.kpi_escalation_rate(),
            Kpi::Conversion => self.kpi_conversion(),
            Kpi::ConversionAmount => self.kpi_conversion_amount(),
            Kpi::LostReasons => self.kpi_lost_reasons(),
            Kpi::Discount => self.kpi_discount(),
            Kpi::BelowFloor => self.kpi_below_floor(),
            Kpi::UrgentShare => self.kpi_urgent_share(),
            Kpi::ReviewsInTime => self.kpi_reviews_in_time(),
            Kpi::Objections => self.kpi_objections(),
            Kpi::OnTime => self.kpi_on_time(),
            Kpi::OnTimeOurs => self.kpi_on_time_ours(),
            Kpi::InFull => self.kpi_in_full(),
            Kpi::OnTimeInFull => self.kpi_on_time_in_full(),
            Kpi::PerfectOrders => self.kpi_perfect_orders(),
            Kpi::DelayDays => self.kpi_delay_days(),
            Kpi::ExceptionRate => self.kpi_exception_rate(),
            Kpi::ExceptionTime => self.kpi_exception_time(),
            Kpi::ChangeRate => self.kpi_change_rate(),
            Kpi::ArchivedInTime => self.kpi_archived_in_time(),
            Kpi::RecheckedInTime => self.kpi_rechecked_in_time(),
            Kpi::CompleteArchives => self.kpi_complete_archives(),
            Kpi::RepeatCustomers => self.kpi_repeat_customers(),
            Kpi::PaidInTime => self.kpi_paid_in_time(),
            Kpi::OverdueAmount => self.kpi_overdue_amount(),
            Kpi::Satisfaction => self.kpi_satisfaction(),
            Kpi::ComplaintRate => self.kpi_complaint_rate(),
        }
    }

    /// How the figure is counted, in words.
    pub fn kpi_formula(self, kpi: Kpi) -> &'static str {
        match kpi {
            Kpi::OrderCycle => self.kpi_order_cycle_formula(),
            Kpi::PromiseRate => self.kpi_promise_rate_formula(),
            Kpi::StepTime => self.kpi_step_time_formula(),
            Kpi::ApprovalTime => self.kpi_approval_time_formula(),
            Kpi::FinalRoundTime => self.kpi_final_round_time_formula(),
            Kpi::NodeTime => self.kpi_node_time_formula(),
            Kpi::OverdueRate => self.kpi_overdue_rate_formula(),
            Kpi::OverdueTime => self.kpi_overdue_time_formula(),
            Kpi::FirstPass => self.kpi_first_pass_formula(),
            Kpi::ReturnRate => self.kpi_return_rate_formula(),
            Kpi::RejectRate => self.kpi_reject_rate_formula(),
            Kpi::EscalationRate => self.kpi_escalation_rate_formula(),
            Kpi::Conversion => self.kpi_conversion_formula(),
            Kpi::ConversionAmount => self.kpi_conversion_amount_formula(),
            Kpi::LostReasons => self.kpi_lost_reasons_formula(),
            Kpi::Discount => self.kpi_discount_formula(),
            Kpi::BelowFloor => self.kpi_below_floor_formula(),
            Kpi::UrgentShare => self.kpi_urgent_share_formula(),
            Kpi::ReviewsInTime => self.kpi_reviews_in_time_formula(),
            Kpi::Objections => self.kpi_objections_formula(),
            Kpi::OnTime => self.kpi_on_time_formula(),
            Kpi::OnTimeOurs => self.kpi_on_time_ours_formula(),
            Kpi::InFull => self.kpi_in_full_formula(),
            Kpi::OnTimeInFull => self.kpi_on_time_in_full_formula(),
            Kpi::PerfectOrders => self.kpi_perfect_orders_formula(),
            Kpi::DelayDays => self.kpi_delay_days_formula(),
            Kpi::ExceptionRate => self.kpi_exception_rate_formula(),
            Kpi::ExceptionTime => self.kpi_exception_time_formula(),
            Kpi::ChangeRate => self.kpi_change_rate_formula(),
            Kpi::ArchivedInTime => self.kpi_archived_in_time_formula(),
            Kpi::RecheckedInTime => self.kpi_rechecked_in_time_formula(),
            Kpi::CompleteArchives => self.kpi_complete_archives_formula(),
            Kpi::RepeatCustomers => self.kpi_repeat_customers_formula(),
            Kpi::PaidInTime => self.kpi_paid_in_time_formula(),
            Kpi::OverdueAmount => self.kpi_overdue_amount_formula(),
            Kpi::Satisfaction => self.kpi_satisfaction_formula(),
            Kpi::ComplaintRate => self.kpi_complaint_rate_formula(),
        }
    }

    pub fn kpi_group(self, group: KpiGroup) -> &'static str {
        match group {
            KpiGroup::Speed => self.kpi_group_speed(),
            KpiGroup::Approval => self.kpi_group_approval(),
            KpiGroup::Selling => self.kpi_group_selling(),
            KpiGroup::Delivery => self.kpi_group_delivery(),
            KpiGroup::Customers => self.kpi_group_customers(),
        }
    }

    pub fn kpi_unit(self, unit: Unit) -> &'static str {
        match unit {
            Unit::Percent => self.kpi_unit_percent(),
            Unit::NaturalHours => self.kpi_unit_hours(),
            Unit::WorkingHours => self.kpi_unit_working_hours(),
            Unit::Days => self.kpi_unit_days(),
            Unit::Money => self.kpi_unit_money(),
            Unit::Score => self.kpi_unit_score(),
            Unit::Count => self.kpi_unit_count(),
        }
    }

    /// A month as people say it.
    pub fn month_of(self, month: Month) -> String {
        let day = month.first_day();
        match self {
            Self::Zh => format!("{} 年 {} 月", day.year(), day.month()),
            Self::En => format!("{} {}", self.month(day.month()), day.year()),
        }
    }

    /// The part of a figure that a stored code stands for; a code of another time is shown as it is.
    /// What the parts of a figure are: over them all, and over one.
    pub fn report_parts(self, kpi: Kpi) -> (&'static str, &'static str) {
        match kpi.split() {
            Split::Kind => (self.reports_by_kind(), self.reports_kind()),
            Split::Step => (self.reports_by_step(), self.list_step()),
            Split::Node => (self.reports_by_node(), self.reports_node()),
            Split::LostReason | Split::ChangeReason => (self.reports_by_reason(), self.reports_reason()),
            Split::Exception | Split::None => (self.reports_parts(), self.reports_part()),
        }
    }

    pub fn report_detail(self, kpi: Kpi, code: &str) -> String {
        let known = match kpi.split() {
            Split::None => None,
            Split::Kind => DealKind::parse(code).map(|k| self.deal_kind(k)),
            Split::Step => Step::parse(code).map(|s| self.step(s)),
            Split::Node => NodeKind::parse(code).map(|n| self.node_kind(n)),
            Split::LostReason => LostReason::parse(code).map(|r| self.lost_reason(r)),
            Split::Exception => ExceptionKind::parse(code).map(|k| self.exception_kind(k)),
            Split::ChangeReason => ChangeReason::parse(code).map(|r| self.change_reason_of(r)),
        };
        known.map_or_else(|| code.to_owned(), str::to_owned)
    }
}
