//! What an event means for a case in memory, from the confirmed requirement to the accepted quote
//! (DOMAIN 1.2 to 1.4, 3): the same as its rows mean in the database. Effects ask it what comes next.
//!
//! Events of the archive, the order and the delivery leave the case as it is.

use super::case::Case;
use super::event::Event;
use crate::domain::approval::{Decided, Decision, Node, NodeStatus, Round, RoundStatus};
use crate::domain::calendar::WorkingMinutes;
use crate::domain::ids::{NodeId, PersonId, QuoteId, RoundId};
use crate::domain::quote::{Quote, QuoteStatus};
use crate::domain::requirement::{Requirement, RequirementStatus};
use crate::domain::round::{Call, CallEnded, Condition, Hold, HoldKind, Named, Sheet};
use crate::domain::staff::Actor;
use chrono::{DateTime, Utc};

/// The case after these events; nothing when one of them leaves more than is told here.
pub fn after(case: &Case, events: &[Event], at: DateTime<Utc>, actor: &Actor) -> Option<Case> {
    let mut case = case.clone();
    events.iter().all(|event| apply(&mut case, event, at, Some(actor))).then_some(case)
}

/// Changes the case as the event says; `actor` is nobody when the system acted. False when the event leaves more
/// in a case than is told here.
pub fn apply(case: &mut Case, event: &Event, at: DateTime<Utc>, actor: Option<&Actor>) -> bool {
    let me = actor.map(|a| Named { id: a.id, name: a.name.clone() });
    match event {
        Event::QuoteSubmitted { id, content_hash } => {
            if let Some(quote) = case.quote.as_mut().filter(|q| q.id == *id) {
                quote.status = QuoteStatus::Submitted;
                quote.content_hash = hex::decode(content_hash).ok();
                quote.submitted_at = Some(at);
            }
        }
        Event::QuoteSaved { id, requirement, no, version_no, alternative, quote_date, terms, priced } => {
            case.alternatives.last_version = case.alternatives.last_version.max(*version_no);
            case.route_facts.moved_prices.clear();
            case.quote = actor.map(|a| Quote {
                id: *id,
                requirement: *requirement,
                alternative: *alternative,
                no: no.clone(),
                version_no: *version_no,
                status: QuoteStatus::Draft,
                quote_date: *quote_date,
                terms: (**terms).clone(),
                priced: (**priced).clone(),
                content_hash: None,
                requested_by: a.id,
                submitted_at: None,
                approved_at: None,
                sent_at: None,
            });
        }
        Event::QuoteSent { id, .. } => {
            set_quote(case, *id, QuoteStatus::Sent);
            case.quote.iter_mut().for_each(|q| q.sent_at = Some(at));
        }
        Event::QuoteDeclined { id, .. } => set_quote(case, *id, QuoteStatus::Declined),
        Event::QuoteAccepted { id, .. } => set_quote(case, *id, QuoteStatus::Accepted),
        Event::RequirementSaved { .. }
        | Event::RequirementSent { .. }
        | Event::SpecialsTicked { .. }
        | Event::RequirementRecalled { .. }
        | Event::RequirementConfirmed { .. }
        | Event::RequirementSuperseded { .. } => apply_to_requirement(case, event, at),
        Event::QuoteSuperseded { id } => set_quote(case, *id, QuoteStatus::Superseded),
        // The route looks elsewhere now.
        Event::UrgencyDropped { .. } => {
            if let Some(deal) = &mut case.deal {
                deal.urgency = None;
            }
            return false;
        }
        Event::QuotingReopened { quote } => set_quote(case, *quote, QuoteStatus::Returned),
        Event::RoundOpened { round_no, .. } => {
            case.round = opened(event, at, actor.map(|a| a.id));
            case.alternatives.last_round = *round_no;
        }
        Event::RoundApproved { id, quote } => end(case, *id, *quote, RoundStatus::Approved, at),
        Event::RoundReturned { id, quote } => end(case, *id, *quote, RoundStatus::Returned, at),
        Event::RoundRejected { id, quote } => end(case, *id, *quote, RoundStatus::Rejected, at),
        Event::RoundWithdrawn { id, quote } => end(case, *id, *quote, RoundStatus::Withdrawn, at),
        Event::NodeOpened { id, .. }
        | Event::NodeDueMoved { id, .. }
        | Event::NodeDecided { id, .. }
        | Event::NodeVoided { id, .. }
        | Event::NodeClaimed { id, .. }
        | Event::NodeGivenBack { id, .. }
        | Event::NodeHandedOver { id, .. }
        | Event::NodePaused { id, .. }
        | Event::NodeResumed { id, .. }
        | Event::NodeEscalated { id, .. }
        | Event::NodeTakenOver { id, .. }
        | Event::ConditionAcknowledged { id, .. }
        | Event::EvidenceAttached { id, .. } => {
            if let Some(node) = node(case, *id) {
                apply_to_node(node, event, at, me);
            }
        }
        _ => return false,
    }
    true
}

fn apply_to_requirement(case: &mut Case, event: &Event, at: DateTime<Utc>) {
    if let Event::RequirementSaved { id, no, version_no, content } = event {
        case.requirement = Some(Requirement {
            id: *id,
            no: no.clone(),
            version_no: *version_no,
            status: RequirementStatus::Draft,
            content: (**content).clone(),
            sent_at: None,
            confirmation: None,
        });
        return;
    }
    let Some(requirement) = &mut case.requirement else { return };
    match event {
        Event::RequirementSent { .. } => {
            requirement.status = RequirementStatus::Sent;
            requirement.sent_at = Some(at);
        }
        Event::SpecialsTicked { specials, .. } => requirement.content.specials.clone_from(specials),
        Event::RequirementRecalled { .. } => requirement.status = RequirementStatus::Draft,
        Event::RequirementConfirmed { confirmation, .. } => {
            requirement.status = RequirementStatus::Confirmed;
            requirement.confirmation = Some(confirmation.clone());
        }
        _ => requirement.status = RequirementStatus::Superseded,
    }
}

fn node(case: &mut Case, id: NodeId) -> Option<&mut Node> {
    case.round.as_mut()?.nodes.iter_mut().find(|n| n.id == id)
}

fn set_quote(case: &mut Case, id: QuoteId, status: QuoteStatus) {
    if let Some(quote) = case.quote.as_mut().filter(|q| q.id == id) {
        quote.status = status;
    }
}

fn end(case: &mut Case, id: RoundId, quote: QuoteId, status: RoundStatus, at: DateTime<Utc>) {
    if let Some(round) = case.round.as_mut().filter(|r| r.id == id) {
        round.status = status;
        round.ended_at = Some(at);
    }
    set_quote(
        case,
        quote,
        match status {
            RoundStatus::Open => QuoteStatus::Submitted,
            RoundStatus::Approved => QuoteStatus::Approved,
            RoundStatus::Returned => QuoteStatus::Returned,
            RoundStatus::Rejected => QuoteStatus::Rejected,
            RoundStatus::Withdrawn => QuoteStatus::Withdrawn,
        },
    );
}

fn opened(event: &Event, at: DateTime<Utc>, requested_by: Option<PersonId>) -> Option<Round> {
    let Event::RoundOpened { id, quote, no, round_no, level, path, content_hash, nodes, skipped, fast_refused, .. } =
        event
    else {
        return None;
    };
    let mut nodes: Vec<Node> = nodes
        .iter()
        .map(|n| Node {
            id: n.id,
            kind: n.kind,
            status: NodeStatus::Waiting,
            reasons: n.reasons.clone(),
            limit: WorkingMinutes::new(n.limit_minutes),
            profile: n.profile,
            arrived_at: None,
            due_at: None,
            decided: None,
            condition_acknowledged_at: None,
            condition: None,
            claimed_by: None,
            claimed_for: Vec::new(),
            escalated_to: None,
            taken_over_with: None,
            sheet: Sheet::default(),
            holds: Vec::new(),
            calls: Vec::new(),
        })
        .collect();
    nodes.sort_by_key(|n| (n.kind.stage(), n.kind.code()));
    Some(Round {
        id: *id,
        quote: *quote,
        no: no.clone(),
        round_no: *round_no,
        path: *path,
        level: *level,
        status: RoundStatus::Open,
        requested_by: requested_by?,
        content_hash: hex::decode(content_hash).unwrap_or_default(),
        submitted_at: at,
        ended_at: None,
        nodes,
        skipped: skipped.clone(),
        fast_refused: fast_refused.clone(),
    })
}

/// From now on somebody else holds the node, or nobody does any more.
fn turn(node: &mut Node, at: DateTime<Utc>, to: Option<(HoldKind, Option<Named>)>) {
    if let Some(open) = node.holds.iter_mut().find(|h| h.until.is_none()) {
        open.until = Some(at);
    }
    node.holds.extend(to.map(|(kind, holder)| Hold { kind, holder, from: at, until: None }));
}

fn apply_to_node(node: &mut Node, event: &Event, at: DateTime<Utc>, me: Option<Named>) {
    match event {
        Event::NodeOpened { due_at, .. } => {
            node.status = NodeStatus::Open;
            node.arrived_at = Some(at);
            node.due_at = Some(*due_at);
            turn(node, at, Some((HoldKind::Running, None)));
        }
        Event::NodeDueMoved { due_at, .. } => node.due_at = Some(*due_at),
        Event::NodeDecided { decision, comment, on_behalf, condition, sheet, .. } => {
            node.status = match decision {
                Decision::Approve => NodeStatus::Approved,
                Decision::ApproveCond => NodeStatus::ApprovedCond,
                Decision::Return => NodeStatus::Returned,
                Decision::Reject => NodeStatus::Rejected,
            };
            node.decided = me.map(|by| Decided {
                by: by.id,
                by_name: by.name,
                at,
                comment: comment.clone(),
                on_behalf: on_behalf.clone(),
            });
            node.condition = condition.map(|kind| Condition { kind, file: None });
            node.sheet = (**sheet).clone();
            turn(node, at, None);
        }
        Event::NodeVoided { .. } => {
            node.status = NodeStatus::Voided;
            let ended = CallEnded { at, by: me, result: None, answer: None };
            node.calls.iter_mut().filter(|c| c.ended.is_none()).for_each(|c| c.ended = Some(ended.clone()));
            turn(node, at, None);
        }
        Event::NodeClaimed { .. } => claim(node, at, me),
        Event::NodeGivenBack { .. } => claim(node, at, None),
        Event::NodeHandedOver { to, .. } => claim(node, at, Some(to.clone())),
        Event::NodePaused { call, reason, of, name, text, due_at, .. } => {
            let of = Named { id: *of, name: name.clone().unwrap_or_default() };
            node.calls.extend(me.map(|asked_by| Call {
                id: *call,
                kind: *reason,
                asked_by,
                of: of.clone(),
                text: text.clone(),
                asked_at: at,
                due_at: *due_at,
                ended: None,
            }));
            turn(node, at, Some((reason.hold(), Some(of))));
        }
        Event::NodeResumed { call, result, answer, due_at, .. } => {
            node.due_at = Some(*due_at);
            let ended = CallEnded { at, by: me, result: *result, answer: answer.clone() };
            node.calls.iter_mut().filter(|c| c.id == *call).for_each(|c| c.ended = Some(ended.clone()));
            let holder = node.claimed_by.clone();
            turn(node, at, Some((HoldKind::Running, holder)));
        }
        Event::NodeEscalated { to, .. } => node.escalated_to = Some(to.clone()),
        Event::NodeTakenOver { with, .. } => {
            node.status = NodeStatus::TakenOver;
            node.taken_over_with = Some(*with);
        }
        Event::ConditionAcknowledged { .. } => node.condition_acknowledged_at = Some(at),
        Event::EvidenceAttached { file, .. } => {
            if let Some(condition) = &mut node.condition {
                condition.file = Some(*file);
            }
        }
        _ => {}
    }
}

/// A claim changes the line of the ledger only while the clock runs.
fn claim(node: &mut Node, at: DateTime<Utc>, by: Option<Named>) {
    node.claimed_by.clone_from(&by);
    node.claimed_for.clear();
    if node.open_call().is_none() {
        turn(node, at, Some((HoldKind::Running, by)));
    }
}
