//! The table of key figures: what each one is made of and how it is read (DOMAIN 10).

use crate::domain::approval::NodeKind;
use crate::domain::change::ChangeReason;
use crate::domain::codes::codes;
use crate::domain::deal::{DealKind, LostReason, Step};
use crate::domain::delivery::ExceptionKind;

codes!(/// The key figures of DOMAIN 10, in its order.
Kpi {
    OrderCycle = "order_cycle",
    PromiseRate = "promise_rate",
    StepTime = "step_time",
    ApprovalTime = "approval_time",
    FinalRoundTime = "final_round_time",
    NodeTime = "node_time",
    OverdueRate = "overdue_rate",
    OverdueTime = "overdue_time",
    FirstPass = "first_pass",
    ReturnRate = "return_rate",
    RejectRate = "reject_rate",
    EscalationRate = "escalation_rate",
    Conversion = "conversion",
    ConversionAmount = "conversion_amount",
    LostReasons = "lost_reasons",
    Discount = "discount",
    BelowFloor = "below_floor",
    UrgentShare = "urgent_share",
    ReviewsInTime = "reviews_in_time",
    Objections = "objections",
    OnTime = "on_time",
    OnTimeOurs = "on_time_ours",
    InFull = "in_full",
    OnTimeInFull = "on_time_in_full",
    PerfectOrders = "perfect_orders",
    DelayDays = "delay_days",
    ExceptionRate = "exception_rate",
    ExceptionTime = "exception_time",
    ChangeRate = "change_rate",
    ArchivedInTime = "archived_in_time",
    RecheckedInTime = "rechecked_in_time",
    CompleteArchives = "complete_archives",
    RepeatCustomers = "repeat_customers",
    PaidInTime = "paid_in_time",
    OverdueAmount = "overdue_amount",
    Satisfaction = "satisfaction",
    ComplaintRate = "complaint_rate",
});

/// How facts become the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Sum of numerators over sum of denominators.
    Ratio,
    /// The same as a mean; median and P90 of the numerators make sense beside it.
    Mean,
    /// Sum of numerators.
    Sum,
}

/// What the figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Per cent with one decimal.
    Percent,
    /// Natural minutes shown as hours with one decimal; working minutes stand beside it.
    NaturalHours,
    /// Working minutes shown as hours with one decimal.
    WorkingHours,
    /// Calendar days with one decimal.
    Days,
    /// Yuan.
    Money,
    /// 1 to 5 with one decimal.
    Score,
    Count,
}

/// What the parts of a figure are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    None,
    /// Kind of deal, urgent ones by themselves.
    Kind,
    Step,
    Node,
    LostReason,
    Exception,
    ChangeReason,
}

impl Split {
    /// Stored codes of the parts, in the order of the business.
    pub fn codes(self) -> Vec<&'static str> {
        match self {
            Self::None => Vec::new(),
            Self::Kind => DealKind::ALL.iter().map(|k| k.code()).collect(),
            Self::Step => Step::ALL.iter().map(|s| s.code()).collect(),
            Self::Node => NodeKind::ALL.iter().map(|n| n.code()).collect(),
            Self::LostReason => LostReason::ALL.iter().map(|r| r.code()).collect(),
            Self::Exception => ExceptionKind::ALL.iter().map(|k| k.code()).collect(),
            Self::ChangeReason => ChangeReason::ALL.iter().map(|r| r.code()).collect(),
        }
    }
}

codes!(/// The parts of the report page.
KpiGroup {
    Speed = "speed", Approval = "approval", Selling = "selling", Delivery = "delivery", Customers = "customers",
});

impl Kpi {
    pub const fn shape(self) -> Shape {
        match self {
            Self::OrderCycle
            | Self::StepTime
            | Self::ApprovalTime
            | Self::FinalRoundTime
            | Self::NodeTime
            | Self::OverdueTime
            | Self::DelayDays
            | Self::ExceptionTime
            | Self::Satisfaction => Shape::Mean,
            Self::LostReasons | Self::OverdueAmount => Shape::Sum,
            _ => Shape::Ratio,
        }
    }

    pub const fn unit(self) -> Unit {
        match self {
            Self::OrderCycle => Unit::NaturalHours,
            Self::StepTime
            | Self::ApprovalTime
            | Self::FinalRoundTime
            | Self::NodeTime
            | Self::OverdueTime
            | Self::ExceptionTime => Unit::WorkingHours,
            Self::DelayDays => Unit::Days,
            Self::LostReasons => Unit::Count,
            Self::OverdueAmount => Unit::Money,
            Self::Satisfaction => Unit::Score,
            _ => Unit::Percent,
        }
    }

    pub const fn group(self) -> KpiGroup {
        match self {
            Self::OrderCycle | Self::PromiseRate | Self::StepTime | Self::UrgentShare | Self::ChangeRate => {
                KpiGroup::Speed
            }
            Self::ApprovalTime
            | Self::FinalRoundTime
            | Self::NodeTime
            | Self::OverdueRate
            | Self::OverdueTime
            | Self::FirstPass
            | Self::ReturnRate
            | Self::RejectRate
            | Self::EscalationRate
            | Self::ReviewsInTime
            | Self::Objections => KpiGroup::Approval,
            Self::Conversion
            | Self::ConversionAmount
            | Self::LostReasons
            | Self::Discount
            | Self::BelowFloor
            | Self::PaidInTime
            | Self::OverdueAmount => KpiGroup::Selling,
            Self::OnTime
            | Self::OnTimeOurs
            | Self::InFull
            | Self::OnTimeInFull
            | Self::PerfectOrders
            | Self::DelayDays
            | Self::ExceptionRate
            | Self::ExceptionTime => KpiGroup::Delivery,
            Self::ArchivedInTime
            | Self::RecheckedInTime
            | Self::CompleteArchives
            | Self::RepeatCustomers
            | Self::Satisfaction
            | Self::ComplaintRate => KpiGroup::Customers,
        }
    }

    /// What is true at this moment: there is no month and no trend to it.
    pub const fn is_of_now(self) -> bool {
        matches!(self, Self::CompleteArchives | Self::OverdueAmount)
    }

    pub const fn split(self) -> Split {
        match self {
            Self::OrderCycle => Split::Kind,
            Self::StepTime => Split::Step,
            Self::NodeTime
            | Self::OverdueRate
            | Self::OverdueTime
            | Self::EscalationRate
            | Self::ReviewsInTime
            | Self::Objections
            | Self::ReturnRate
            | Self::RejectRate => Split::Node,
            Self::LostReasons => Split::LostReason,
            Self::ExceptionRate | Self::ExceptionTime => Split::Exception,
            Self::ChangeRate => Split::ChangeReason,
            _ => Split::None,
        }
    }

    /// Only the cases that count have a part, so each part is a share of the whole.
    pub const fn is_split_of_hits(self) -> bool {
        matches!(self, Self::ReturnRate | Self::RejectRate | Self::ExceptionRate | Self::ChangeRate)
    }

    /// Whether a smaller figure is the better one; `None` where it is neither.
    pub const fn smaller_is_better(self) -> Option<bool> {
        match self {
            Self::UrgentShare | Self::LostReasons => None,
            Self::OrderCycle
            | Self::StepTime
            | Self::ApprovalTime
            | Self::FinalRoundTime
            | Self::NodeTime
            | Self::OverdueRate
            | Self::OverdueTime
            | Self::ReturnRate
            | Self::RejectRate
            | Self::EscalationRate
            | Self::Discount
            | Self::BelowFloor
            | Self::Objections
            | Self::DelayDays
            | Self::ExceptionRate
            | Self::ExceptionTime
            | Self::ChangeRate
            | Self::OverdueAmount
            | Self::ComplaintRate => Some(true),
            _ => Some(false),
        }
    }
}
