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

/// How long a question waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The answer is waited for, and its clock runs.
    Running,
    /// It is waited for without a clock.
    Standing,
    /// Everything has left, or nothing is to leave: no answer is of use any more.
    Over,
}

impl Silence {
    /// What it means that a department has not answered about an order in this state.
    pub const fn of(order: OrderStatus) -> Self {
        match order {
            OrderStatus::Confirmed | OrderStatus::InFulfilment | OrderStatus::PartiallyShipped => Self::Running,
            OrderStatus::Draft | OrderStatus::OnHold => Self::Standing,
            OrderStatus::Shipped
            | OrderStatus::Signed
            | OrderStatus::Completed
            | OrderStatus::Cancelled
            | OrderStatus::ShortClosed => Self::Over,
        }
    }
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
    /// What this department still has to say.
    pub fn open_pledge(&self, of: Department) -> Option<&Pledge> {
        self.pledges.iter().find(|p| p.department == of && p.given.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::table::rows_of;
    use crate::domain::workflow::{Action, State};

    #[test]
    fn the_clock_runs_exactly_while_an_answer_can_be_given() {
        for status in OrderStatus::ALL {
            let state = State::Order(Some(*status));
            let can_be_given = rows_of(Action::GivePledge).any(|row| row.from.contains(&state));
            assert_eq!(Silence::of(*status) == Silence::Running, can_be_given, "{status:?}");
        }
    }
}
