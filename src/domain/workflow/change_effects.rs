//! What follows from the acts of a requirement change (DOMAIN 8): versions, the running round,
//! departments that look again, and the order that is changed without a new total.
//!
//! The one rule: nothing of the requirement or the order moves before everybody asked has said yes.

use super::alternatives;
use super::case::Case;
use super::change_guards::{items_now, plan_of};
use super::decide::Supply;
use super::delivery_effects::{dropped, status_moves};
use super::event::Event;
use super::event_parts::Repacked;
use super::round_effects::end_round;
use crate::domain::calendar::{WorkingMinutes, local_date};
use crate::domain::change::{
    Answer, CallBack, Change, ChangeDraft, ChangeKind, ChangeStatus, CustomerWord, Loss, Plan, Totals3, Way, after,
    invoice_items, overfull, phase_of, relined, resplit,
};
use crate::domain::deal::LostReason;
use crate::domain::ids::{ChangeId, RequirementId, RequirementLineId, StopId};
use crate::domain::order::Order;
use crate::domain::order_stop::{StopAnswer, StopKind, StopReason};
use crate::domain::pricing::Floor;
use crate::domain::quote::QuoteStatus;
use crate::domain::requirement::{Requirement, RequirementConfirmation, RequirementContent, RequirementStatus};
use crate::domain::staff::{Department, Role};

/// What a department said.
pub(super) struct Answered {
    pub department: Department,
    pub answer: Answer,
    pub comment: Option<String>,
    pub loss: Option<Loss>,
}

pub(super) fn draft(case: &Case, supply: &Supply, draft: &ChangeDraft) -> Vec<Event> {
    let Some(requirement) = &case.requirement else { return Vec::new() };
    let same = case.change.as_ref().filter(|c| c.status == ChangeStatus::Draft);
    vec![Event::ChangeDrafted {
        id: same.map_or_else(|| ChangeId((supply.ids)()), |c| c.id),
        no: same.map_or_else(|| supply.number.clone().unwrap_or_default(), |c| c.no.clone()),
        base: requirement.id,
        phase: phase_of(case),
        items: items_now(case, &draft.content, draft.offer.as_deref(), draft.invoice.as_deref()),
        wish: draft.wish,
        content: Box::new(draft.content.clone()),
        request: Box::new(draft.request.clone()),
        impact: draft.impact.clone(),
        offer: draft.offer.clone(),
        urgency: draft.urgency.clone(),
        invoice: draft.invoice.clone(),
    }]
}

pub(super) fn file(case: &Case, supply: &Supply, call_back: Option<&CallBack>) -> Vec<Event> {
    let (Some(change), Some(plan)) = (case.change.as_deref(), plan_of(case)) else { return Vec::new() };
    let call_back = call_back.filter(|_| plan.needs_call_back()).cloned();
    let mut events = vec![Event::ChangeFiled {
        id: change.id,
        no: change.no.clone(),
        phase: plan.phase,
        kinds: change.kinds(),
        call_back,
    }];
    if plan.withdraws_round() {
        events.extend(end_round(case, |round| Event::RoundWithdrawn { id: round.id, quote: round.quote }));
    }
    if plan.has(Way::CancelOrder) {
        events.extend(asked_to_cancel(case, supply, change));
        return events;
    }
    let again = plan.again();
    events.extend(again.iter().map(|a| Event::ChangeDutyOpened {
        id: change.id,
        department: a.department,
        due_at:
            supply.calendar.of_department(a.department).add_working_minutes(supply.now, WorkingMinutes::new(a.limit)),
    }));
    if again.is_empty() {
        events.extend(duties_done(case, supply, change, &plan));
    }
    events
}

/// The order is cancelled by a decision of its own; the record waits for it.
fn asked_to_cancel(case: &Case, supply: &Supply, change: &Change) -> Option<Event> {
    let order = case.order.as_ref()?;
    let why = change.request.note.clone().unwrap_or_else(|| change.no.clone());
    Some(Event::StopRequested {
        id: StopId((supply.ids)()),
        order: order.id,
        stop: StopKind::Cancel,
        reason: StopReason::Customer,
        text: why,
    })
}

/// Every department has said yes: now the level that the change needs, where it needs one.
fn duties_done(case: &Case, supply: &Supply, change: &Change, plan: &Plan) -> Vec<Event> {
    let level = change.offer.as_ref().map_or(0, |total| {
        let floor = if total.priced.is_below_floor { Floor::Broken } else { Floor::Kept };
        let level = case.rules.at(supply.now).level(total.priced.totals.gross, total.priced.max_discount, floor);
        if total.priced.lacks_policy() { level.max(2) } else { level }
    });
    match plan.approver(level, &case.route_facts.requester_roles) {
        Some(role) => {
            let hours = if role == Role::GeneralManager { 8 } else { 4 };
            let due_at = supply.calendar.add_working_minutes(supply.now, WorkingMinutes::hours(hours));
            vec![Event::ChangeApprovalOpened { id: change.id, role, due_at }]
        }
        None => assessed(case, supply, change, plan),
    }
}

pub(super) fn approve(case: &Case, supply: &Supply, comment: Option<String>, loss: Option<Loss>) -> Vec<Event> {
    let (Some(change), Some(plan)) = (case.change.as_deref(), plan_of(case)) else { return Vec::new() };
    let mut events = vec![Event::ChangeApproved { id: change.id, comment, loss }];
    events.extend(assessed(case, supply, change, &plan));
    events
}

/// Everybody inside has said yes: now the customer, or nobody any more.
fn assessed(case: &Case, supply: &Supply, change: &Change, plan: &Plan) -> Vec<Event> {
    match plan.customer_word() {
        CustomerWord::OnRequirement => {
            let mut events = new_versions(case, supply, change);
            events.push(Event::ChangeAwaitsCustomer { id: change.id });
            events
        }
        CustomerWord::OnChange => vec![Event::ChangeAwaitsCustomer { id: change.id }],
        CustomerWord::NotNeeded => effective(case, supply, change, plan, None),
    }
}

/// The next requirement version, sent to the customer for confirmation.
fn new_versions(case: &Case, supply: &Supply, change: &Change) -> Vec<Event> {
    let Some(current) = &case.requirement else { return Vec::new() };
    let mut events = vec![Event::RequirementSuperseded { id: current.id }];
    events.extend(alternatives::superseded(case));
    events.extend(sent_version(supply, current, &change.content, &change.base.content));
    events
}

/// The next version; its lines continue those that were confirmed, so that the two can be compared.
fn sent_version(
    supply: &Supply,
    current: &Requirement,
    content: &RequirementContent,
    confirmed: &RequirementContent,
) -> Vec<Event> {
    let mut content = content.clone();
    for line in &mut content.lines {
        line.first = confirmed.lines.iter().any(|l| l.id == line.id).then(|| line.identity());
        line.id = RequirementLineId((supply.ids)());
    }
    let id = RequirementId((supply.ids)());
    vec![
        Event::RequirementSaved {
            id,
            no: current.no.clone(),
            version_no: current.version_no + 1,
            content: Box::new(content),
        },
        Event::RequirementSent { id },
    ]
}

pub(super) fn acknowledge(case: &Case, supply: &Supply, said: Answered) -> Vec<Event> {
    let (Some(change), Some(plan)) = (case.change.as_deref(), plan_of(case)) else { return Vec::new() };
    let Answered { department, answer, comment, loss } = said;
    let last = change.duties.iter().all(|d| d.department == department || d.said.is_some());
    let reason = comment.clone().unwrap_or_default();
    let mut events = vec![Event::ChangeAcknowledged { id: change.id, department, answer, comment, loss }];
    match answer {
        Answer::NotPossible => {
            events.push(Event::ChangeRefused { id: change.id, no: change.no.clone(), comment: reason });
        }
        Answer::Possible if last => events.extend(duties_done(case, supply, change, &plan)),
        Answer::Possible => {}
    }
    events
}

pub(super) fn confirm(case: &Case, supply: &Supply, confirmation: &RequirementConfirmation) -> Vec<Event> {
    let (Some(change), Some(plan)) = (case.change.as_deref(), plan_of(case)) else { return Vec::new() };
    effective(case, supply, change, &plan, Some(confirmation))
}

/// The customer confirmed the version that came of the change.
pub(super) fn confirmed_with_requirement(case: &Case, confirmation: &RequirementConfirmation) -> Option<Event> {
    let change = case.change.as_deref().filter(|c| c.status == ChangeStatus::AwaitingCustomer)?;
    Some(Event::ChangeEffective {
        id: change.id,
        no: change.no.clone(),
        confirmation: Some(confirmation.clone()),
        requirement_version: case.requirement.as_ref().map(|r| r.version_no),
    })
}

fn effective(
    case: &Case,
    supply: &Supply,
    change: &Change,
    plan: &Plan,
    confirmation: Option<&RequirementConfirmation>,
) -> Vec<Event> {
    let mut events = vec![Event::ChangeEffective {
        id: change.id,
        no: change.no.clone(),
        confirmation: confirmation.cloned(),
        requirement_version: None,
    }];
    if plan.new_quote() {
        events.extend(alternatives::superseded(case));
    }
    if plan.has(Way::UrgentFlag) || plan.has(Way::Reprioritise) {
        events.extend(change.urgency.clone().map(|urgency| Event::DealMadeUrgent { urgency }));
    }
    if plan.has(Way::CloseDeal) {
        events.extend(
            case.quote
                .iter()
                .filter(|q| q.status == QuoteStatus::Sent)
                .map(|q| Event::QuoteDeclined { id: q.id, reason: LostReason::Other }),
        );
        events.push(Event::DealLost { reason: LostReason::Other });
        return events;
    }
    let Some(requirement) = &case.requirement else { return events };
    let c = &change.content;
    match &case.order {
        None if change.items.is_empty() => {}
        None => events.push(amended(requirement, change, c)),
        Some(order) => {
            // The order keeps its own address and dates; only the invoice is nowhere else.
            if c.invoice_need != requirement.content.invoice_need && plan.moves(ChangeKind::Invoice) {
                let kept = RequirementContent { invoice_need: c.invoice_need, ..requirement.content.clone() };
                events.push(amended(requirement, change, &kept));
            }
            events.extend(amended_order(case, order, change, plan));
            events.extend(retotalled(order, change, plan, supply));
        }
    }
    events
}

/// The new total in force: lines, milestones, and the status that the quantities say now.
fn retotalled(order: &Order, change: &Change, plan: &Plan, supply: &Supply) -> Vec<Event> {
    let Some(total) = change.offer.as_deref().filter(|_| plan.has(Way::ChangeOrder)) else { return Vec::new() };
    let Some(milestones) = resplit(order, total, local_date(supply.now)) else { return Vec::new() };
    let lines = relined(order, total);
    let then = after(order, &lines);
    let t = &total.priced.totals;
    let mut events = vec![Event::OrderRetotalled {
        order: order.id,
        change: change.id,
        before: Totals3 { net: order.net, tax: order.tax, gross: order.gross },
        totals: Totals3 { net: t.net, tax: t.tax, gross: t.gross },
        lines,
        milestones,
    }];
    events.extend(overfull(&then).into_iter().map(|s| dropped(order, &s, &change.no)));
    events.extend(status_moves(order, &then));
    events
}

fn amended(requirement: &Requirement, change: &Change, c: &RequirementContent) -> Event {
    Event::RequirementAmended {
        id: requirement.id,
        change: change.id,
        ship_address: c.ship_address.clone(),
        ship_receiver: c.ship_receiver.clone(),
        ship_phone: c.ship_phone.clone(),
        wanted_at: c.wanted_at,
        payment_wish: c.payment_wish,
        invoice_need: c.invoice_need,
    }
}

/// What the record itself moves of the order; what goes another way stays as it is.
fn amended_order(case: &Case, order: &Order, change: &Change, plan: &Plan) -> Option<Event> {
    let c = &change.content;
    let packaging: Vec<Repacked> = c
        .lines
        .iter()
        .filter(|_| plan.moves(ChangeKind::Packaging))
        .filter_map(|line| case.order_line_of(line.id).map(|ordered| (ordered, line)))
        .filter(|(ordered, line)| ordered.packaging != line.packaging)
        .map(|(ordered, line)| Repacked { line: ordered.id, packaging: line.packaging.clone() })
        .collect();
    let dated = plan.moves(ChangeKind::Earlier) || plan.moves(ChangeKind::Later);
    let sooner = change
        .urgency
        .as_ref()
        .filter(|_| plan.has(Way::Reprioritise))
        .map(|u| u.needed_at)
        .filter(|at| *at < order.promised_at);
    let promise = if dated { c.wanted_at } else { sooner.unwrap_or(order.promised_at) };
    let moved = plan.moves(ChangeKind::Address);
    let (address, receiver, phone) = if moved {
        (&c.ship_address, &c.ship_receiver, &c.ship_phone)
    } else {
        (&order.ship_address, &order.ship_receiver, &order.ship_phone)
    };
    let promised = (order.promised_at != promise).then_some((order.promised_at, promise));
    let invoice_kind =
        Some(c.invoice_need).filter(|kind| plan.moves(ChangeKind::Invoice) && order.invoice_block.kind != Some(*kind));
    let payee = change
        .invoice
        .as_ref()
        .filter(|then| plan.moves(ChangeKind::Invoice) && !invoice_items(&order.invoice_block, then).is_empty());
    let is_amended = moved || promised.is_some() || !packaging.is_empty() || invoice_kind.is_some() || payee.is_some();
    is_amended.then(|| Event::OrderAmended {
        order: order.id,
        change: change.id,
        ship_address: address.clone(),
        ship_receiver: receiver.clone(),
        ship_phone: phone.clone(),
        promised,
        packaging,
        invoice_kind,
        invoice: payee.cloned(),
    })
}

/// The request to cancel that came of the record goes with it.
fn no_longer_cancelled(case: &Case, change: &Change) -> Option<Event> {
    let order = case.order.as_ref().filter(|_| change.wish == Some(ChangeKind::Cancel))?;
    let stop = order.asked_stop().filter(|s| s.kind == StopKind::Cancel)?;
    Some(Event::StopWithdrawn { id: stop.id, order: order.id, stop: stop.kind })
}

/// What the decision about a cancellation means for the record that asked for it.
pub(super) fn cancel_decided(case: &Case, granted: StopAnswer, comment: &str) -> Option<Event> {
    let change = case.change.as_deref().filter(|c| c.status.is_open() && c.wish == Some(ChangeKind::Cancel))?;
    let (id, no) = (change.id, change.no.clone());
    Some(match granted {
        StopAnswer::Granted => Event::ChangeEffective { id, no, confirmation: None, requirement_version: None },
        StopAnswer::Refused => Event::ChangeRefused { id, no, comment: comment.to_owned() },
    })
}

pub(super) fn refuse(case: &Case, supply: &Supply, comment: &str) -> Vec<Event> {
    let Some(change) = case.change.as_deref() else { return Vec::new() };
    let mut events = vec![Event::ChangeRefused { id: change.id, no: change.no.clone(), comment: comment.to_owned() }];
    events.extend(no_longer_cancelled(case, change));
    events.extend(back_to_base(case, supply, change));
    events
}

pub(super) fn withdraw(case: &Case, supply: &Supply, comment: &str) -> Vec<Event> {
    let Some(change) = case.change.as_deref() else { return Vec::new() };
    let mut events = vec![Event::ChangeWithdrawn { id: change.id, no: change.no.clone(), comment: comment.to_owned() }];
    events.extend(no_longer_cancelled(case, change));
    events.extend(back_to_base(case, supply, change));
    events
}

/// What was confirmed before holds again, as a version of its own with its own evidence.
fn back_to_base(case: &Case, supply: &Supply, change: &Change) -> Vec<Event> {
    let Some(current) =
        case.requirement.as_ref().filter(|r| r.id != change.base.id && r.status == RequirementStatus::Sent)
    else {
        return Vec::new();
    };
    let mut events = vec![Event::RequirementCancelled { id: current.id }];
    events.extend(sent_version(supply, current, &change.base.content, &change.base.content));
    let sent = events.iter().find_map(|e| match e {
        Event::RequirementSent { id } => Some(*id),
        _ => None,
    });
    if let (Some(id), Some(confirmation)) = (sent, &change.base.confirmation) {
        events.push(Event::RequirementConfirmed { id, confirmation: confirmation.clone() });
    }
    events
}

/// A deal that is closed takes its unfinished change with it.
pub(super) fn closed_with_deal(case: &Case) -> Option<Event> {
    let change = case.change.as_deref().filter(|c| c.status.is_open() || c.status == ChangeStatus::Draft)?;
    Some(Event::ChangeWithdrawn { id: change.id, no: change.no.clone(), comment: String::new() })
}
