//! What follows from submitting a quote and from each decision on it.

use super::case::Case;
use super::decide::Supply;
use super::effects::revise_requirement;
use super::event::Event;
use super::event_parts::{RoundBasis, RoundNode};
use super::planned::{facts_of, planned_route, watched_now};
use super::replay;
use crate::domain::approval::{ApprovalPath, Decision, Node, NodeKind, NodeStatus, Round};
use crate::domain::calendar::{Calendar, Profile, WorkingMinutes};
use crate::domain::fast_path::clock_of;
use crate::domain::ids::{NodeId, PostReviewId, RoundId};
use crate::domain::policy::{self, Capacity};
use crate::domain::quote::PriceRequest;
use crate::domain::round::{ConditionKind, ReturnTo, Verdict};

pub(super) fn submit_quote(case: &Case, supply: &Supply) -> Vec<Event> {
    let Some(quote) = &case.quote else { return Vec::new() };
    let hash = hex::encode(quote.fingerprint());
    let Some(planned) = planned_route(case, supply.now) else { return Vec::new() };
    let rules = case.rules.at(supply.now);
    let nodes: Vec<RoundNode> = planned
        .nodes
        .into_iter()
        .map(|n| {
            let (profile, limit) = clock_of(rules, planned.path, n.kind);
            RoundNode {
                id: NodeId((supply.ids)()),
                kind: n.kind,
                reasons: n.reasons,
                limit_minutes: limit.get(),
                profile,
            }
        })
        .collect();
    let first_stage = nodes.iter().map(|n| n.kind.stage()).min();
    let opened: Vec<Event> = nodes
        .iter()
        .filter(|n| Some(n.kind.stage()) == first_stage)
        .map(|n| open_node(supply, n.id, n.kind, n.profile, WorkingMinutes::new(n.limit_minutes)))
        .collect();
    let mut events = vec![
        Event::QuoteSubmitted { id: quote.id, content_hash: hash.clone() },
        Event::RoundOpened {
            id: RoundId((supply.ids)()),
            quote: quote.id,
            no: supply.number.clone().unwrap_or_default(),
            round_no: case.alternatives.last_round + 1,
            level: i32::from(planned.level),
            path: planned.path,
            content_hash: hash,
            nodes,
            skipped: planned.skipped,
            fast_refused: planned.fast_refused,
            basis: Some(Box::new(RoundBasis {
                rules: rules.version(),
                facts: facts_of(case),
                watched: watched_now(case),
                kept: planned.kept,
            })),
        },
    ];
    events.extend(opened);
    events
}

fn open_node(supply: &Supply, id: NodeId, node: NodeKind, profile: Profile, limit: WorkingMinutes) -> Event {
    let due_at = match profile {
        Profile::Standard => supply.calendar.of_department(node.department()).add_working_minutes(supply.now, limit),
        Profile::OnCall => Calendar::on_call().add_working_minutes(supply.now, limit),
    };
    Event::NodeOpened { id, node, due_at }
}

fn open_waiting(supply: &Supply, node: &Node) -> Event {
    open_node(supply, node.id, node.kind, node.profile, node.limit)
}

/// Every department that the fast path left out looks afterwards (DOMAIN 3.7).
fn post_reviews<'a>(case: &Case, round: &'a Round, supply: &'a Supply) -> impl Iterator<Item = Event> + 'a {
    let is_fast = round.path == ApprovalPath::Fast;
    let limit = case.rules.of_round().post_review_limit();
    round.skipped.iter().filter(move |_| is_fast).map(move |n| Event::PostReviewOpened {
        id: PostReviewId((supply.ids)()),
        round: round.id,
        node: n.kind,
        due_at: supply.calendar.of_department(n.kind.department()).add_working_minutes(supply.now, limit),
    })
}

/// Ends the running round; what nobody decided becomes void.
pub(super) fn end_round(case: &Case, ending: impl Fn(&Round) -> Event) -> Vec<Event> {
    let Some(round) = &case.round else { return Vec::new() };
    let mut events: Vec<Event> = round
        .nodes
        .iter()
        .filter(|n| matches!(n.status, NodeStatus::Open | NodeStatus::Waiting))
        .map(|n| Event::NodeVoided { id: n.id, node: n.kind })
        .collect();
    events.push(ending(round));
    events
}

pub(super) fn decide_node(case: &Case, supply: &Supply, verdict: &Verdict) -> Vec<Event> {
    let kind = verdict.node;
    let Some(round) = &case.round else { return Vec::new() };
    let Some(node) = round.node(kind) else { return Vec::new() };
    let capacity = policy::capacity(supply.actor, kind, case);
    let decided = Event::NodeDecided {
        id: node.id,
        node: kind,
        decision: verdict.decision,
        comment: verdict.comment.clone(),
        on_behalf: if let Ok(Capacity::For(of)) = capacity { Some(of) } else { None },
        return_to: (verdict.decision == Decision::Return).then(|| verdict.return_to.unwrap_or(ReturnTo::Quote)),
        condition: (verdict.decision == Decision::ApproveCond)
            .then(|| verdict.condition.unwrap_or(ConditionKind::Note)),
        sheet: Box::new(verdict.sheet.clone()),
    };
    let mut rest = case.clone();
    replay::apply(&mut rest, &decided, supply.now, Some(supply.actor));
    let mut events = vec![decided];
    match verdict.decision {
        Decision::Return => {
            events.extend(end_round(&rest, |r| Event::RoundReturned { id: r.id, quote: r.quote }));
            if verdict.return_to == Some(ReturnTo::Requirement) {
                events.extend(revise_requirement(case, supply));
            }
        }
        Decision::Reject => events.extend(end_round(&rest, |r| Event::RoundRejected { id: r.id, quote: r.quote })),
        Decision::Approve | Decision::ApproveCond => {
            events.extend(what_opens(&mut rest, supply));
            if rest.round.as_ref().is_some_and(|r| r.nodes.iter().all(|n| n.status.is_agreed())) {
                events.push(Event::RoundApproved { id: round.id, quote: round.quote });
                events.extend(post_reviews(case, round, supply));
                events.extend(grants(case, supply, round.id));
            }
        }
    }
    events
}

/// Whether nodes come up once others are decided: then it matters who else there is to decide them.
pub fn has_more_to_open(case: &Case) -> bool {
    case.round.as_ref().is_some_and(|r| r.nodes.iter().any(|n| n.status == NodeStatus::Waiting))
}

/// The nodes that come up now. What only people could decide whose one vote is given has their decision
/// already, and the way goes on past it (DOMAIN 2.3, rule 2).
fn what_opens(rest: &mut Case, supply: &Supply) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(kind) = rest.round.as_ref().and_then(|r| r.next_to_open().first().copied()) {
        let Some(node) = rest.round.as_ref().and_then(|r| r.node(kind)) else { break };
        let event = match policy::vote_given(kind, rest, supply.company) {
            Some((with, by)) => Event::NodeTakenOver { id: node.id, node: kind, with, by },
            None => open_waiting(supply, node),
        };
        replay::apply(rest, &event, supply.now, Some(supply.actor));
        events.push(event);
    }
    events
}

/// The special prices that the quote asked for are granted for its deal.
fn grants(case: &Case, supply: &Supply, round: RoundId) -> Vec<Event> {
    let Some(quote) = &case.quote else { return Vec::new() };
    let basis = quote.terms.tax_basis;
    let asking = quote.priced.lines.iter().filter(|l| l.request == PriceRequest::Special);
    asking
        .filter_map(|l| {
            let unit_price = l.effective_price(basis);
            let floor_price = l.policy.as_ref().map_or(unit_price, |p| p.floor_price.min(unit_price));
            Some(Event::SpecialPriceGranted {
                id: (supply.ids)(),
                round,
                line: l.id,
                product: l.product?,
                name: l.name.clone(),
                from_quantity: l.quantity,
                unit_price,
                floor_price,
                tax_basis: basis,
                valid_from: quote.quote_date,
            })
        })
        .collect()
}
