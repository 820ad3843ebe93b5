//! Guards of requirement changes (DOMAIN 8), and the freeze that an open change puts on its lines.

use super::action::{Command, LineQuantity};
use super::blocker::Blocker;
use super::guards::{Ask, quantities, when};
use super::requirement_guards::PHONE_LIMIT;
use crate::domain::change::{
    Answer, CallBack, Change, ChangeKind, CustomerWord, Item, NewTotal, Plan, current_content, invoice_items, items_of,
    phase_of,
};
use crate::domain::invoice_block::InvoiceBlock;
use crate::domain::order::Order;
use crate::domain::requirement::{RequirementConfirmMethod, RequirementContent, RequirementStatus};
use crate::domain::staff::Department;

/// What the newest change record leads to: as filed, or as it stands now while it is a draft.
pub fn plan_of(case: &super::Case) -> Option<Plan> {
    let change = case.change.as_ref()?;
    let phase = if change.filed_at.is_some() { change.phase } else { phase_of(case) };
    Some(Plan::of(&change.kinds(), phase, &case.route_facts))
}

/// What a change would change now: fields of the requirement, and prices, terms and invoice data of the order.
pub fn items_now(
    case: &super::Case,
    content: &RequirementContent,
    offer: Option<&NewTotal>,
    invoice: Option<&InvoiceBlock>,
) -> Vec<Item> {
    let mut items = current_content(case).map(|now| items_of(&now, content)).unwrap_or_default();
    if let (Some(order), Some(then)) = (&case.order, invoice) {
        items.extend(invoice_items(&order.invoice_block, then));
    }
    if let (Some(order), Some(offer)) = (&case.order, offer) {
        items.extend(offer.items(order));
    }
    items
}

pub fn no_open_change(ask: &Ask) -> Vec<Blocker> {
    ask.case.open_change().map(|c| Blocker::ChangeOpen { no: c.no.clone() }).into_iter().collect()
}

/// Returning and rejecting stay possible; approving what is about to change is not.
pub fn no_open_change_to_approve(ask: &Ask) -> Vec<Blocker> {
    use crate::domain::approval::Decision;
    match ask.command {
        Some(Command::DecideNode(v)) if matches!(v.decision, Decision::Return | Decision::Reject) => Vec::new(),
        _ => no_open_change(ask),
    }
}

/// What a command moves; a shipment that is posted moves what it holds.
fn moved_by(ask: &Ask, order: &Order) -> Vec<LineQuantity> {
    match ask.command {
        Some(Command::Ship { shipment }) => order
            .shipments
            .iter()
            .filter(|s| s.id == *shipment)
            .flat_map(|s| &s.lines)
            .map(|l| LineQuantity { line: l.order_line, quantity: l.quantity })
            .collect(),
        Some(command) => quantities(command).to_vec(),
        None => Vec::new(),
    }
}

/// Lines that an open change touches are not picked, packed or shipped; the others are.
pub fn lines_not_changing(ask: &Ask) -> Vec<Blocker> {
    frozen(ask, Change::freezes_line)
}

/// Nothing more is made of a line that is about to become another; a new address stops no machine.
pub fn made_as_ordered(ask: &Ask) -> Vec<Blocker> {
    frozen(ask, Change::changes_line)
}

fn frozen(ask: &Ask, freezes: fn(&Change, usize) -> bool) -> Vec<Blocker> {
    let (Some(change), Some(requirement), Some(order)) =
        (ask.case.open_change(), &ask.case.requirement, &ask.case.order)
    else {
        return Vec::new();
    };
    let frozen: Vec<(usize, crate::domain::ids::OrderLineId)> = requirement
        .content
        .lines
        .iter()
        .enumerate()
        .filter(|(i, _)| freezes(change, i + 1))
        .filter_map(|(_, line)| ask.case.order_line_of(line.id))
        .filter_map(|line| order.lines.iter().position(|l| l.id == line.id).map(|at| (at + 1, line.id)))
        .collect();
    let all_frozen = order.goods().all(|l| frozen.iter().any(|(_, id)| *id == l.id));
    let asked = moved_by(ask, order);
    frozen
        .into_iter()
        .filter(|(_, id)| match ask.command {
            Some(_) => asked.iter().any(|q| q.line == *id && !q.quantity.is_zero()),
            None => all_frozen,
        })
        .map(|(line, _)| Blocker::LineChanging { line, no: change.no.clone() })
        .collect()
}

pub fn requirement_confirmed(ask: &Ask) -> Vec<Blocker> {
    let confirmed = ask.case.requirement.as_ref().is_some_and(|r| r.status == RequirementStatus::Confirmed);
    when(!confirmed, Blocker::RequirementNotConfirmed)
}

pub fn something_changed(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::DraftChange(draft)) = ask.command else { return Vec::new() };
    let same = items_now(ask.case, &draft.content, draft.offer.as_deref(), draft.invoice.as_deref()).is_empty();
    when(same && draft.wish.is_none(), Blocker::NothingChanged)
}

pub fn written_for_this_version(ask: &Ask) -> Vec<Blocker> {
    let fits = match (&ask.case.change, &ask.case.requirement) {
        (Some(change), Some(requirement)) => {
            requirement.status == RequirementStatus::Confirmed
                && change.base_id() == requirement.id
                // Somebody may have changed the same field since; what was shown would not be true.
                && items_now(ask.case, &change.content, change.offer.as_deref(), change.invoice.as_deref()) == change.items
        }
        _ => false,
    };
    when(!fits, Blocker::ChangeOutdated)
}

pub fn goes_this_way(ask: &Ask) -> Vec<Blocker> {
    plan_of(ask.case)
        .map(|plan| plan.elsewhere())
        .unwrap_or_default()
        .into_iter()
        .map(|(kind, way)| Blocker::ChangeElsewhere { kind, way })
        .collect()
}

/// A new address is confirmed by calling somebody we knew before, never the number that came with it.
pub fn called_back(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::FileChange { call_back }) = ask.command else { return Vec::new() };
    if !plan_of(ask.case).is_some_and(|plan| plan.needs_call_back()) {
        return Vec::new();
    }
    match call_back {
        None => vec![Blocker::CallBackMissing],
        Some(CallBack { contact, phone, at }) => {
            let known = ask.case.customer.profile.active_contacts().any(|c| {
                c.name == *contact && [&c.mobile, &c.landline].into_iter().flatten().any(|number| number == phone)
            });
            let mut out = when(!known, Blocker::CallBackUnknown);
            out.extend(when(*at > ask.now, Blocker::InTheFuture));
            out
        }
    }
}

/// A promise that we put off ourselves says why, and what the customer was told (DOMAIN 7.7).
pub fn delay_explained(ask: &Ask) -> Vec<Blocker> {
    let (Some(change), Some(_)) = (&ask.case.change, &ask.case.order) else { return Vec::new() };
    let is_later = plan_of(ask.case).is_some_and(|plan| plan.moves(ChangeKind::Later));
    when(is_later && change.request.owes_delay(), Blocker::DelayUnexplained)
}

pub fn duty_open(ask: &Ask) -> Vec<Blocker> {
    let Some(change) = &ask.case.change else { return Vec::new() };
    let Some(Command::AcknowledgeChange { department, .. }) = ask.command else { return Vec::new() };
    match change.duty(*department) {
        None => vec![Blocker::DutyClosed],
        Some(duty) => match &duty.said {
            Some(said) => vec![Blocker::AlreadyDecided { by: said.by_name.clone(), at: said.at }],
            None => Vec::new(),
        },
    }
}

pub fn no_with_reason(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::AcknowledgeChange { answer, comment, .. }) = ask.command else { return Vec::new() };
    let long_enough = comment.as_ref().is_some_and(|c| c.chars().count() >= 5);
    when(*answer == Answer::NotPossible && !long_enough, Blocker::CommentMissing)
}

pub fn loss_named(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::AcknowledgeChange { department, answer, loss, .. }) = ask.command else { return Vec::new() };
    let missing = *department == Department::Sales && *answer == Answer::Possible && loss.is_none();
    when(missing, Blocker::LossMissing)
}

pub fn confirmed_here(ask: &Ask) -> Vec<Blocker> {
    let elsewhere = plan_of(ask.case).is_some_and(|plan| plan.customer_word() == CustomerWord::OnRequirement);
    when(elsewhere, Blocker::ConfirmOnRequirement)
}

/// The same evidence as for a requirement (DOMAIN 1.2).
pub fn evidence(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::ConfirmChange { method, file, at, .. }) = ask.command else { return Vec::new() };
    let mut out = when(*at > ask.now, Blocker::InTheFuture);
    if *method == RequirementConfirmMethod::Phone {
        let small = ask.case.requirement.as_ref().and_then(|r| r.content.budget_to).is_some_and(|b| b <= PHONE_LIMIT);
        let urgent = ask.case.deal.as_ref().is_some_and(|d| d.urgency.is_some());
        out.extend(when(!small && !urgent && file.is_none(), Blocker::PhoneNotAllowed { budget_limit: PHONE_LIMIT }));
    } else {
        out.extend(when(file.is_none(), Blocker::EvidenceMissing));
    }
    out
}
