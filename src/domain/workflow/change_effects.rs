//! What follows from the acts of a requirement change (DOMAIN 8): versions, the running round,
//! departments that look again, and the order that is changed without a new total.
//!
//! The one rule: nothing of the requirement or the order moves before everybody asked has said yes.

use super::alternatives;
use super::case::Case;
use super::change_guards::plan_of;
use super::decide::Supply;
use super::event::Event;
use super::event_parts::Repacked;
use super::round_effects::end_round;
use crate::domain::calendar::WorkingMinutes;
use crate::domain::change::{
    Answer, CallBack, Change, ChangeDraft, ChangeStatus, CustomerWord, Loss, Plan, current_content, items_of, phase_of,
};
use crate::domain::ids::{ChangeId, RequirementId, RequirementLineId};
use crate::domain::order::Order;
use crate::domain::requirement::{Requirement, RequirementConfirmation, RequirementContent, RequirementStatus};
use crate::domain::staff::Department;

/// What a department said.
pub(super) struct Answered {
    pub department: Department,
    pub answer: Answer,
    pub comment: Option<String>,
    pub loss: Option<Loss>,
}

pub(super) fn draft(case: &Case, supply: &Supply, draft: &ChangeDraft) -> Vec<Event> {
    let (Some(requirement), Some(now)) = (&case.requirement, current_content(case)) else { return Vec::new() };
    let same = case.change.as_ref().filter(|c| c.status == ChangeStatus::Draft);
    vec![Event::ChangeDrafted {
        id: same.map_or_else(|| ChangeId((supply.ids)()), |c| c.id),
        no: same.map_or_else(|| supply.number.clone().unwrap_or_default(), |c| c.no.clone()),
        base: requirement.id,
        phase: phase_of(case),
        items: items_of(&now, &draft.content),
        wish: draft.wish,
        content: Box::new(draft.content.clone()),
        request: draft.request.clone(),
        impact: draft.impact.clone(),
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
    let again = plan.again();
    events.extend(again.iter().map(|a| Event::ChangeDutyOpened {
        id: change.id,
        department: a.department,
        due_at:
            supply.calendar.of_department(a.department).add_working_minutes(supply.now, WorkingMinutes::new(a.limit)),
    }));
    if again.is_empty() {
        events.extend(assessed(case, supply, change, &plan));
    }
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
        CustomerWord::NotNeeded => effective(case, change, plan, None),
    }
}

/// The next requirement version, sent to the customer for confirmation.
fn new_versions(case: &Case, supply: &Supply, change: &Change) -> Vec<Event> {
    let Some(current) = &case.requirement else { return Vec::new() };
    let mut events = vec![Event::RequirementSuperseded { id: current.id }];
    events.extend(alternatives::superseded(case));
    events.extend(sent_version(supply, current, &change.content));
    events
}

fn sent_version(supply: &Supply, current: &Requirement, content: &RequirementContent) -> Vec<Event> {
    let mut content = content.clone();
    for line in &mut content.lines {
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
        Answer::Possible if last => events.extend(assessed(case, supply, change, &plan)),
        Answer::Possible => {}
    }
    events
}

pub(super) fn confirm(case: &Case, confirmation: &RequirementConfirmation) -> Vec<Event> {
    let (Some(change), Some(plan)) = (case.change.as_deref(), plan_of(case)) else { return Vec::new() };
    effective(case, change, &plan, Some(confirmation))
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

fn effective(case: &Case, change: &Change, plan: &Plan, confirmation: Option<&RequirementConfirmation>) -> Vec<Event> {
    let mut events = vec![Event::ChangeEffective {
        id: change.id,
        no: change.no.clone(),
        confirmation: confirmation.cloned(),
        requirement_version: None,
    }];
    if plan.new_quote() {
        events.extend(alternatives::superseded(case));
    }
    let Some(requirement) = &case.requirement else { return events };
    let c = &change.content;
    match &case.order {
        None => events.push(amended(requirement, change, c)),
        Some(order) => {
            // The order keeps its own address and dates; only the invoice is nowhere else.
            if c.invoice_need != requirement.content.invoice_need {
                let kept = RequirementContent { invoice_need: c.invoice_need, ..requirement.content.clone() };
                events.push(amended(requirement, change, &kept));
            }
            events.push(amended_order(case, order, change));
        }
    }
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

fn amended_order(case: &Case, order: &Order, change: &Change) -> Event {
    let c = &change.content;
    let packaging = c
        .lines
        .iter()
        .filter_map(|line| case.order_line_of(line.id).map(|ordered| (ordered, line)))
        .filter(|(ordered, line)| ordered.packaging != line.packaging)
        .map(|(ordered, line)| Repacked { line: ordered.id, packaging: line.packaging.clone() })
        .collect();
    Event::OrderAmended {
        order: order.id,
        change: change.id,
        ship_address: c.ship_address.clone(),
        ship_receiver: c.ship_receiver.clone(),
        ship_phone: c.ship_phone.clone(),
        promised: (order.promised_at != c.wanted_at).then_some((order.promised_at, c.wanted_at)),
        packaging,
    }
}

pub(super) fn refuse(case: &Case, supply: &Supply, comment: &str) -> Vec<Event> {
    let Some(change) = case.change.as_deref() else { return Vec::new() };
    let mut events = vec![Event::ChangeRefused { id: change.id, no: change.no.clone(), comment: comment.to_owned() }];
    events.extend(back_to_base(case, supply, change));
    events
}

pub(super) fn withdraw(case: &Case, supply: &Supply, comment: &str) -> Vec<Event> {
    let Some(change) = case.change.as_deref() else { return Vec::new() };
    let mut events = vec![Event::ChangeWithdrawn { id: change.id, no: change.no.clone(), comment: comment.to_owned() }];
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
    events.extend(sent_version(supply, current, &change.base.content));
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
