//! Where a deal stands: its step, the one next act, whose turn it is and until when.

use super::action::Action;
use super::case::Case;
use super::gates::step_of;
use crate::domain::approval::{Node, NodeKind, NodeStatus};
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::customer::CustomerStatus;
use crate::domain::deal::{DealStatus, Step};
use crate::domain::delivery::{Disposition, Exception, ExceptionKind, ExceptionStatus, GoodsReturn};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::{LineKind, RequirementStatus};
use crate::domain::round::CallKind;
use crate::domain::staff::{Department, Role};
use chrono::{DateTime, Utc};

/// The clock that a decision runs on: that of its department, or of those on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnClock {
    pub profile: Profile,
    pub department: Department,
}

impl TurnClock {
    /// From the stored codes.
    pub fn parse(profile: Option<&str>, department: Option<&str>) -> Option<Self> {
        Some(Self { profile: Profile::parse(profile?)?, department: Department::parse(department?)? })
    }
}

/// The one next act of a deal and whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub step: Step,
    pub next: Option<(Action, Role)>,
    /// When the running node, the step or the promise is due.
    pub due_at: Option<DateTime<Utc>>,
    /// Of the decision that is due then.
    pub clock: Option<TurnClock>,
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

/// The working time that a step has (DOMAIN 0.2); nodes have their own limits, delivery runs to the promised date.
pub fn step_limit(step: Step, case: &Case) -> Option<WorkingMinutes> {
    match step {
        Step::Registration | Step::Requirement => Some(WorkingMinutes::hours(8)),
        Step::Quote => {
            let custom = case.requirement.iter().flat_map(|r| &r.content.lines).any(|l| l.kind == LineKind::Custom);
            Some(WorkingMinutes::hours(if custom { 16 } else { 4 }))
        }
        Step::Order => Some(WorkingMinutes::hours(4)),
        Step::Approval | Step::Delivery => None,
    }
}

/// When a step entered now has to be done.
pub fn step_due(step: Step, case: &Case, calendar: &Calendar, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if step == Step::Delivery {
        return case.order.as_ref().map(|o| o.promised_at);
    }
    let limit = step_limit(step, case)?;
    let owner = case.deal.as_ref().map(|d| d.owner);
    let calendar = owner.map_or(calendar, |owner| calendar.of_person(owner, Some(Department::Sales)));
    Some(calendar.add_working_minutes(now, limit))
}

pub fn standing(case: &Case) -> Standing {
    let step = step_of(case);
    let open = case.deal.as_ref().is_none_or(|d| d.status == DealStatus::Open);
    let step_due_at = case.deal.as_ref().filter(|d| d.step == step).and_then(|d| d.step_due_at);
    let node = node_of(case).filter(|_| step == Step::Approval);
    let due_at = if step == Step::Approval { node.and_then(Node::runs_to) } else { step_due_at };
    if open {
        let runs = node.filter(|_| due_at.is_some());
        let clock = runs.map(|n| TurnClock { profile: n.profile, department: n.kind.department() });
        return Standing { step, next: next_act(step, case), due_at, clock };
    }
    let order = case.order.as_ref().filter(|_| case.deal.as_ref().is_some_and(|d| d.status == DealStatus::Completed));
    let next = order.and_then(after_sales_act);
    let due_at =
        order.filter(|_| next.is_some()).and_then(|o| o.tracking.open_exceptions().filter_map(Exception::due_at).min());
    Standing { step, next, due_at, clock: None }
}

/// A completed deal stands still but for goods that came back: they are replaced, and what was found is settled.
fn after_sales_act(order: &Order) -> Option<(Action, Role)> {
    let replacing = order.owes_replacement().then(|| goods_act(order)).flatten();
    replacing.or_else(|| exception_act(order))
}

/// What the oldest open exception waits for: a plan, the goods, the credit note, its end.
fn exception_act(order: &Order) -> Option<(Action, Role)> {
    let tracking = &order.tracking;
    let waits_for_goods = |e: &&Exception| {
        matches!(e.disposition, Some(Disposition::Replace | Disposition::Credit | Disposition::TakeBack))
            && matches!(e.facts.kind, ExceptionKind::Return | ExceptionKind::Replace | ExceptionKind::Refused)
            && tracking.returns.iter().all(|r| r.exception != e.id)
    };
    if let Some(open) = tracking.open_exceptions().find(|e| e.status == ExceptionStatus::Open) {
        Some((Action::PlanException, planner(open.facts.department)))
    } else if tracking.open_exceptions().any(|e| waits_for_goods(&e)) {
        Some((Action::SettleReturn, Role::Warehouse))
    } else if tracking.returns.iter().any(GoodsReturn::owes_credit_note) {
        Some((Action::RecordCreditNote, Role::Finance))
    } else {
        tracking.open_exceptions().next().map(|_| (Action::CloseException, Role::SalesManager))
    }
}

/// Who plans for a department; logistics for those that deliver nothing.
fn planner(department: Department) -> Role {
    match department {
        Department::Production => Role::Production,
        Department::Warehouse => Role::Warehouse,
        _ => Role::Logistics,
    }
}

fn next_act(step: Step, case: &Case) -> Option<(Action, Role)> {
    Some(match step {
        Step::Registration => match case.customer.status {
            CustomerStatus::Draft => (Action::RequestVerification, Role::SalesRep),
            CustomerStatus::PendingVerification => (Action::VerifyLicense, Role::SalesAssistant),
            CustomerStatus::PendingConfirmation if case.customer.verification.is_none() => {
                (Action::VerifyLicense, Role::SalesAssistant)
            }
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
            Some(QuoteStatus::Rejected) => (Action::ReopenQuoting, who_reopens(case)),
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

/// The own quote of a manager or a director is re-opened one level up.
fn who_reopens(case: &Case) -> Role {
    let facts = &case.route_facts;
    if facts.requester_is(NodeKind::SalesDirector) {
        Role::GeneralManager
    } else if facts.only_requester_decides(NodeKind::SalesManager) {
        Role::SalesDirector
    } else {
        Role::SalesManager
    }
}

fn delivery_act(order: &Order) -> Option<(Action, Role)> {
    use crate::domain::quote::PaymentTrigger::OnSigning;
    match order.status {
        OrderStatus::Completed | OrderStatus::Cancelled => return None,
        OrderStatus::ShortClosed => {
            let is_on_its_way = order.goods().any(|l| l.signed < l.shipped);
            let next = if is_on_its_way { Some((Action::SignOff, Role::SalesRep)) } else { exception_act(order) };
            return next.or(Some((Action::CompleteOrder, Role::SalesRep)));
        }
        _ => {}
    }
    let deposit_open = order.milestones.iter().any(|m| m.trigger == OnSigning && !m.open().is_zero());
    if deposit_open {
        return Some((Action::RecordReceipt, Role::Finance));
    }
    goods_act(order).or_else(|| exception_act(order)).or(Some((Action::CompleteOrder, Role::SalesRep)))
}

/// What the goods wait for, from what is missing to the signature.
fn goods_act(order: &Order) -> Option<(Action, Role)> {
    let blocked = order.milestones.iter().any(super::super::order::Milestone::blocks_shipment);
    Some(if order.goods().any(|l| !l.shortage().is_zero()) {
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
    } else {
        return None;
    })
}
