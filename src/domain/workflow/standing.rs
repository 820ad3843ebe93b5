//! Where a deal stands: its step, the one next act, whose turn it is and until when.

use super::action::Action;
use super::case::Case;
use super::gates::step_of;
use crate::domain::approval::{Node, NodeStatus};
use crate::domain::calendar::{Calendar, WorkingMinutes};
use crate::domain::customer::CustomerStatus;
use crate::domain::deal::{DealStatus, Step};
use crate::domain::delivery::ExceptionStatus;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::{LineKind, RequirementStatus};
use crate::domain::round::CallKind;
use crate::domain::staff::{Department, Role};
use chrono::{DateTime, Utc};

/// The one next act of a deal and whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub step: Step,
    pub next: Option<(Action, Role)>,
    /// When the running node, the step or the promise is due.
    pub due_at: Option<DateTime<Utc>>,
}

impl Standing {
    /// What every open decision waits for, when none of their clocks runs.
    pub fn stands(&self, case: &Case) -> Option<CallKind> {
        if self.step != Step::Approval || self.next.is_none() || self.due_at.is_some() {
            return None;
        }
        node_of(case)?.open_call().map(|call| call.kind)
    }
}

/// The open node that counts: the first that is due, and one that stands still only when no other is open.
fn node_of(case: &Case) -> Option<&Node> {
    let nodes = case.round.iter().flat_map(|r| &r.nodes);
    nodes.filter(|n| n.status == NodeStatus::Open).min_by_key(|n| (n.runs_to().is_none(), n.runs_to(), n.due_at))
}

/// When a step entered now has to be done (DOMAIN 0.2).
pub fn step_due(step: Step, case: &Case, calendar: &Calendar, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let hours = match step {
        Step::Registration | Step::Requirement => 8,
        Step::Quote => {
            let custom = case.requirement.iter().flat_map(|r| &r.content.lines).any(|l| l.kind == LineKind::Custom);
            if custom { 16 } else { 4 }
        }
        Step::Order => 4,
        // Nodes have their own limits; delivery runs to the promised date.
        Step::Approval => return None,
        Step::Delivery => return case.order.as_ref().map(|o| o.promised_at),
    };
    let owner = case.deal.as_ref().map(|d| d.owner);
    let calendar = owner.map_or(calendar, |owner| calendar.of_person(owner, Some(Department::Sales)));
    Some(calendar.add_working_minutes(now, WorkingMinutes::hours(hours)))
}

pub fn standing(case: &Case) -> Standing {
    let step = step_of(case);
    let open = case.deal.as_ref().is_none_or(|d| d.status == DealStatus::Open);
    let step_due_at = case.deal.as_ref().filter(|d| d.step == step).and_then(|d| d.step_due_at);
    let due_at = match step {
        Step::Approval => node_of(case).and_then(Node::runs_to),
        _ => step_due_at,
    };
    let next = if open { next_act(step, case) } else { None };
    Standing { step, next, due_at: if open { due_at } else { None } }
}

fn next_act(step: Step, case: &Case) -> Option<(Action, Role)> {
    Some(match step {
        Step::Registration => match case.customer.status {
            CustomerStatus::Draft => (Action::RequestVerification, Role::SalesRep),
            CustomerStatus::PendingVerification => (Action::VerifyLicense, Role::SalesAssistant),
            CustomerStatus::PendingConfirmation | CustomerStatus::Archived => {
                (Action::ConfirmWithCustomer, Role::SalesRep)
            }
        },
        Step::Requirement => match case.requirement.as_ref().map(|r| r.status) {
            Some(RequirementStatus::Draft) => (Action::SendRequirement, Role::SalesRep),
            Some(RequirementStatus::Sent) => (Action::ConfirmRequirement, Role::SalesRep),
            _ => (Action::SaveRequirement, Role::SalesRep),
        },
        Step::Quote => match case.quote.as_ref().map(|q| q.status) {
            Some(QuoteStatus::Draft) => (Action::SubmitQuote, Role::SalesRep),
            Some(QuoteStatus::Rejected) => (Action::ReopenQuoting, Role::SalesManager),
            _ => (Action::SaveQuote, Role::SalesRep),
        },
        Step::Approval => (Action::DecideNode, node_of(case)?.kind.role()),
        Step::Delivery
            if case.order.as_ref().is_some_and(|o| o.status == OrderStatus::OnHold && o.asked_stop().is_none()) =>
        {
            (Action::ResumeOrder, crate::domain::policy::ends_hold(case))
        }
        Step::Order | Step::Delivery if case.order.as_ref().is_some_and(|o| o.asked_stop().is_some()) => {
            (Action::DecideStop, crate::domain::policy::decides_stop(case))
        }
        Step::Order => match (case.quote.as_ref().map(|q| q.status), &case.order) {
            (_, Some(_)) => (Action::ConfirmOrder, Role::SalesRep),
            (Some(QuoteStatus::Sent), None) => (Action::RecordAcceptance, Role::SalesRep),
            _ => (Action::SendQuote, Role::SalesRep),
        },
        Step::Delivery => delivery_act(case.order.as_ref()?)?,
    })
}

fn delivery_act(order: &Order) -> Option<(Action, Role)> {
    use crate::domain::quote::PaymentTrigger::OnSigning;
    match order.status {
        OrderStatus::Completed | OrderStatus::Cancelled => return None,
        OrderStatus::ShortClosed => {
            let open = order.goods().any(|l| l.signed < l.shipped);
            return Some((if open { Action::SignOff } else { Action::CompleteOrder }, Role::SalesRep));
        }
        _ => {}
    }
    let deposit_open = order.milestones.iter().any(|m| m.trigger == OnSigning && !m.open().is_zero());
    let blocked = order.milestones.iter().any(super::super::order::Milestone::blocks_shipment);
    Some(if deposit_open {
        (Action::RecordReceipt, Role::Finance)
    } else if order.goods().any(|l| !l.shortage().is_zero()) {
        (Action::RecordProduction, Role::Production)
    } else if order.goods().any(|l| !l.to_check().is_zero()) {
        (Action::RecordQc, Role::Production)
    } else if order.goods().any(|l| !l.to_pick().is_zero()) {
        (Action::RecordPicking, Role::Warehouse)
    } else if order.goods().any(|l| l.checked < l.picked) {
        (Action::CheckPicking, Role::Logistics)
    } else if order.goods().any(|l| l.packed < l.checked) {
        (Action::RecordPacking, Role::Warehouse)
    } else if order.goods().any(|l| l.shipped < l.packed) {
        if blocked {
            (Action::RecordReceipt, Role::Finance)
        } else if order.goods().any(|l| !order.to_ship(l).is_zero()) {
            (Action::ArrangeShipment, Role::Logistics)
        } else {
            (Action::Ship, Role::Warehouse)
        }
    } else if order
        .shipments
        .iter()
        .any(|s| s.status == crate::domain::order::ShipmentStatus::Shipped && s.way.carrier.is_some())
    {
        (Action::HandOver, Role::Logistics)
    } else if order.shipments.iter().any(crate::domain::order::Shipment::is_on_its_way) {
        (Action::SignOff, Role::SalesRep)
    } else if order.tracking.open_exceptions().any(|e| e.status == ExceptionStatus::Open) {
        (Action::PlanException, Role::Logistics)
    } else if order.tracking.open_exceptions().next().is_some() {
        (Action::CloseException, Role::SalesManager)
    } else {
        (Action::CompleteOrder, Role::SalesRep)
    })
}
