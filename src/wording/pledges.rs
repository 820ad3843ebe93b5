//! Words of what warehouse and logistics say to an order.

use super::Lang;
use crate::domain::pledge::PledgeAnswer;
use crate::domain::staff::Department;

impl Lang {
    /// What the department said, in one line.
    pub fn pledge_said(self, department: Department, answer: PledgeAnswer) -> &'static str {
        match (department, answer) {
            (Department::Logistics, PledgeAnswer::Ready) => self.pledge_logistics_ready(),
            (Department::Logistics, PledgeAnswer::Short) => self.pledge_logistics_short(),
            (_, PledgeAnswer::Ready) => self.pledge_warehouse_ready(),
            (_, PledgeAnswer::Short) => self.pledge_warehouse_short(),
        }
    }

    pub(super) fn pledge_given(self, department: Department, answer: PledgeAnswer, note: Option<&str>) -> String {
        let said = self.pledge_said(department, answer);
        match note {
            Some(note) => self.pledge_event_given_note(self.department(department), note, said),
            None => self.pledge_event_given(self.department(department), said),
        }
    }
}
