//! What follows from the acts on a node before it is decided: claims, hand-overs, and the calls
//! that stop its clock (DOMAIN 3.3).

use super::action::Command;
use super::case::Case;
use super::decide::Supply;
use super::event::Event;
use crate::domain::approval::{Node, NodeKind};
use crate::domain::calendar::{Calendar, Profile};
use crate::domain::ids::{CallId, PersonId};
use crate::domain::round::ledger::due_after_pause;
use crate::domain::round::{CallKind, Named, SignResult};
use chrono::{DateTime, Utc};

pub(super) fn of(case: &Case, supply: &Supply, command: &Command) -> Vec<Event> {
    let at = |kind: NodeKind| case.round.as_ref().and_then(|r| r.node(kind));
    let event = match command {
        Command::ClaimNode { node } => at(*node).map(|n| Event::NodeClaimed { id: n.id, node: n.kind }),
        Command::GiveBackNode { node } => at(*node).map(|n| Event::NodeGivenBack { id: n.id, node: n.kind }),
        Command::HandOverNode { node, to, comment } => at(*node).map(|n| Event::NodeHandedOver {
            id: n.id,
            node: n.kind,
            to: Named { id: to.actor.id, name: to.actor.name.clone() },
            comment: comment.clone(),
        }),
        Command::AddSigner { node, signer, comment } => {
            let due_at = |n: &Node| match n.profile {
                Profile::Standard => {
                    let own = supply.calendar.of_person(signer.actor.id, Some(signer.department));
                    own.add_working_minutes(supply.now, n.limit)
                }
                Profile::OnCall => Calendar::on_call().add_working_minutes(supply.now, n.limit),
            };
            let name = Some(signer.actor.name.clone());
            let of = (signer.actor.id, name);
            at(*node).map(|n| paused(n, supply, CallKind::ExtraSign, of, comment, Some(due_at(n))))
        }
        Command::AskRep { node, comment } => {
            let owner = case.deal.as_ref().map(|d| d.owner);
            at(*node).zip(owner).map(|(n, owner)| paused(n, supply, CallKind::Question, (owner, None), comment, None))
        }
        Command::AnswerCall { node, result, comment } => {
            at(*node).and_then(|n| resumed(n, supply, *result, Some(comment.clone())))
        }
        Command::RecallCall { node } => at(*node).and_then(|n| resumed(n, supply, None, None)),
        Command::AttachEvidence { node, file } => {
            at(*node).map(|n| Event::EvidenceAttached { id: n.id, node: n.kind, file: *file })
        }
        _ => None,
    };
    event.into_iter().collect()
}

fn paused(
    node: &Node,
    supply: &Supply,
    reason: CallKind,
    (of, name): (PersonId, Option<String>),
    text: &str,
    due_at: Option<DateTime<Utc>>,
) -> Event {
    Event::NodePaused {
        id: node.id,
        node: node.kind,
        call: CallId((supply.ids)()),
        reason,
        of,
        name,
        text: text.to_owned(),
        due_at,
    }
}

fn resumed(node: &Node, supply: &Supply, result: Option<SignResult>, answer: Option<String>) -> Option<Event> {
    let (call, due_at) = (node.open_call()?, node.due_at?);
    Some(Event::NodeResumed {
        id: node.id,
        node: node.kind,
        call: call.id,
        reason: call.kind,
        result: result.filter(|_| call.kind == CallKind::ExtraSign),
        answer,
        due_at: due_after_pause(
            due_at,
            node.profile,
            supply.calendar.of_department(node.kind.department()),
            call.asked_at,
            supply.now,
        ),
    })
}
