//! Asking warehouse and logistics when an order is confirmed, and what they may answer (DOMAIN 3.1).

use super::action::Command;
use super::blocker::Blocker;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use super::guards::{Ask, when};
use crate::domain::pledge::{self, LIMIT, PledgeAnswer};

/// Fewest characters of the reason why not.
const SHORTEST_REASON: usize = 5;

/// What a confirmed order asks of its departments.
pub(super) fn asked(case: &Case, supply: &Supply) -> Vec<Event> {
    let (Some(order), Some(requirement)) = (&case.order, &case.requirement) else { return Vec::new() };
    pledge::asked(order, requirement.content.delivery_mode)
        .into_iter()
        .map(|department| Event::PledgeAsked {
            order: order.id,
            department,
            due_at: supply.calendar.of_department(department).add_working_minutes(supply.now, LIMIT),
        })
        .collect()
}

pub(super) fn given(case: &Case, command: &Command) -> Vec<Event> {
    let (Command::GivePledge { department, answer, note }, Some(order)) = (command, &case.order) else {
        return Vec::new();
    };
    vec![Event::PledgeGiven { order: order.id, department: *department, answer: *answer, note: note.clone() }]
}

pub fn pledge_owed(ask: &Ask) -> Vec<Blocker> {
    let Some(order) = &ask.case.order else { return Vec::new() };
    let is_owed = match ask.command {
        Some(Command::GivePledge { department, .. }) => order.open_pledge(*department).is_some(),
        _ => order.pledges.iter().any(|p| p.given.is_none()),
    };
    when(!is_owed, Blocker::NoPledgeOwed)
}

/// Whoever is not ready says what is missing.
pub fn shortness_explained(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::GivePledge { answer: PledgeAnswer::Short, note, .. }) = ask.command else { return Vec::new() };
    when(note.as_ref().is_none_or(|n| n.chars().count() < SHORTEST_REASON), Blocker::CommentMissing)
}
