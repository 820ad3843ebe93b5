//! Who may hold, cancel or short-close an order (DOMAIN 2.2, 8): the manager up to their own level
//! and before anything was made, the director and the general manager beyond it, finance for credit.
//! Nobody decides on a deal they own or on a request of their own.

use super::{Act, Denied, DeniedWhy, denied, may_on};
use crate::domain::order::Order;
use crate::domain::order_stop::{StopKind, StopReason};
use crate::domain::rules::Rule;
use crate::domain::staff::Actor;
use crate::domain::staff::Role::{self, Finance, GeneralManager, SalesDirector, SalesManager};
use crate::domain::workflow::{Action, Case};

fn above_manager() -> Denied {
    Denied { who_may: vec![SalesDirector, GeneralManager], why: DeniedWhy::Role }
}

/// Whether a stop of this kind is within the manager's own level.
fn is_managers(case: &Case, order: &Order, kind: StopKind) -> bool {
    order.gross <= case.rules.of_round().value(Rule::ManagerAmount)
        && !(kind == StopKind::Cancel && order.has_started())
}

fn owns(actor: &Actor, case: &Case) -> bool {
    case.deal.as_ref().is_some_and(|d| d.owner == actor.id)
}

fn leads(actor: &Actor, case: &Case) -> bool {
    actor.has(SalesManager) && case.deal.as_ref().is_some_and(|d| d.owner_manager == Some(actor.id))
}

/// May this person say yes or no to the request that is open?
pub fn may_decide(actor: &Actor, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::DecideStop);
    may_on(actor, act, case)?;
    let Some(order) = &case.order else { return Ok(()) };
    let Some(stop) = order.asked_stop() else { return Ok(()) };
    if owns(actor, case) || stop.requested_by == actor.id {
        return Err(denied(act, DeniedWhy::OwnDeal));
    }
    let allowed = actor.has(SalesDirector)
        || actor.has(GeneralManager)
        || (leads(actor, case) && is_managers(case, order, stop.kind));
    if allowed { Ok(()) } else { Err(above_manager()) }
}

/// May this person hold the order at once?
pub fn may_hold(actor: &Actor, reason: StopReason, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::HoldOrder);
    may_on(actor, act, case)?;
    if owns(actor, case) {
        return Err(denied(act, DeniedWhy::OwnDeal));
    }
    let Some(order) = &case.order else { return Ok(()) };
    let allowed = actor.has(SalesDirector)
        || actor.has(GeneralManager)
        || (actor.has(Finance) && reason == StopReason::Credit)
        || (leads(actor, case) && is_managers(case, order, StopKind::Hold));
    if allowed { Ok(()) } else { Err(above_manager()) }
}

/// What was held for credit only finance takes up again; everything else whoever could hold it.
pub fn may_resume(actor: &Actor, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::ResumeOrder);
    may_on(actor, act, case)?;
    let Some(order) = &case.order else { return Ok(()) };
    let is_credit = order.hold().is_some_and(|h| h.reason == StopReason::Credit);
    if is_credit {
        return if actor.has(Finance) { Ok(()) } else { Err(Denied { who_may: vec![Finance], why: DeniedWhy::Role }) };
    }
    if owns(actor, case) {
        return Err(denied(act, DeniedWhy::OwnDeal));
    }
    let allowed = actor.has(SalesDirector)
        || actor.has(GeneralManager)
        || (leads(actor, case) && is_managers(case, order, StopKind::Hold));
    if allowed { Ok(()) } else { Err(above_manager()) }
}

/// A request is taken back by who made it, or by the deal's owner.
pub fn may_withdraw(actor: &Actor, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::WithdrawStop);
    may_on(actor, act, case)?;
    let asked = case.order.as_ref().and_then(Order::asked_stop);
    let own = owns(actor, case) || asked.is_none_or(|s| s.requested_by == actor.id);
    if own { Ok(()) } else { Err(denied(act, DeniedWhy::Role)) }
}

/// Whose turn a request is.
pub fn decides_stop(case: &Case) -> Role {
    let Some((order, deal)) = case.order.as_ref().zip(case.deal.as_ref()) else { return SalesDirector };
    let kind = order.asked_stop().map_or(StopKind::Hold, |s| s.kind);
    let by_manager = order.asked_stop().is_some_and(|s| Some(s.requested_by) == deal.owner_manager);
    if is_managers(case, order, kind) && deal.owner_manager.is_some() && !by_manager {
        SalesManager
    } else {
        SalesDirector
    }
}

/// Who takes an order up again.
pub fn ends_hold(case: &Case) -> Role {
    let Some(order) = &case.order else { return SalesDirector };
    match order.hold().map(|h| h.reason) {
        Some(StopReason::Credit) => Finance,
        _ if is_managers(case, order, StopKind::Hold) => SalesManager,
        _ => SalesDirector,
    }
}

/// May this person give the approval that a change needs? A higher level may, nobody for an own deal.
pub fn may_approve_change(actor: &Actor, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::ApproveChange);
    may_on(actor, act, case)?;
    if owns(actor, case) {
        return Err(denied(act, DeniedWhy::OwnDeal));
    }
    let asked = case.change.as_deref().and_then(crate::domain::change::Change::open_approval);
    let allowed = match asked.map(|a| a.role) {
        Some(SalesManager) => leads(actor, case) || actor.has(SalesDirector) || actor.has(GeneralManager),
        Some(SalesDirector) => actor.has(SalesDirector) || actor.has(GeneralManager),
        Some(_) => actor.has(GeneralManager),
        None => true,
    };
    if allowed { Ok(()) } else { Err(above_manager()) }
}
