//! What warehouse and logistics say to a confirmed order within four working hours (DOMAIN 3.1): the goods
//! are there, the way is booked, or why not.
//!
//! The one rule: a department is asked once and answers once; the order goes on meanwhile.

use super::calendar::WorkingMinutes;
use super::codes::codes;
use super::order::{Order, OrderStatus};
use super::requirement::DeliveryMode;
use super::staff::Department;
use chrono::{DateTime, Utc};

codes!(PledgeAnswer { Ready = "ready", Short = "short" });

/// How long they have.
pub const LIMIT: WorkingMinutes = WorkingMinutes::hours(4);

/// What one department was asked and said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pledge {
    pub department: Department,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub given: Option<Given>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub answer: PledgeAnswer,
    pub note: Option<String>,
}

/// Who is asked: the warehouse for goods, logistics where we bring or send them.
pub fn asked(order: &Order, mode: DeliveryMode) -> Vec<Department> {
    match (order.goods().next().is_some(), mode) {
        (false, _) => Vec::new(),
        (true, DeliveryMode::PickUp) => vec![Department::Warehouse],
        (true, DeliveryMode::ToDoor | DeliveryMode::Express | DeliveryMode::Freight) => {
            vec![Department::Warehouse, Department::Logistics]
        }
    }
}

impl Order {
    /// Whether an answer is still of use; once everything has left, or nothing is to leave, silence is over by itself.
    pub const fn takes_pledges(&self) -> bool {
        match self.status {
            OrderStatus::Draft
            | OrderStatus::Confirmed
            | OrderStatus::InFulfilment
            | OrderStatus::PartiallyShipped
            | OrderStatus::OnHold => true,
            OrderStatus::Shipped
            | OrderStatus::Signed
            | OrderStatus::Completed
            | OrderStatus::Cancelled
            | OrderStatus::ShortClosed => false,
        }
    }

    /// What this department still has to say.
    pub fn open_pledge(&self, of: Department) -> Option<&Pledge> {
        self.pledges.iter().find(|p| p.department == of && p.given.is_none())
    }
}
