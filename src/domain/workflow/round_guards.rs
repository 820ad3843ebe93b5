//! Guards of an approval node while its round runs (DOMAIN 3.3, 3.4).

use super::action::Command;
use super::blocker::Blocker;
use super::guards::{Ask, when};
use crate::domain::approval::{Decision, Node, NodeKind, NodeStatus, Round};
use crate::domain::calendar::local_date;
use crate::domain::policy;
use crate::domain::round::CallKind;

/// Fewest characters of a comment.
const SHORTEST_COMMENT: usize = 5;

/// The node that a command is about.
fn named(ask: &Ask) -> Option<NodeKind> {
    match ask.command? {
        Command::DecideNode(verdict) => Some(verdict.node),
        Command::ClaimNode { node }
        | Command::GiveBackNode { node }
        | Command::HandOverNode { node, .. }
        | Command::AddSigner { node, .. }
        | Command::AskRep { node, .. }
        | Command::AnswerCall { node, .. }
        | Command::RecallCall { node }
        | Command::AttachEvidence { node, .. } => Some(*node),
        _ => None,
    }
}

fn node<'a>(ask: &'a Ask) -> Option<&'a Node> {
    ask.case.round.as_ref()?.node(named(ask)?)
}

pub fn node_open(ask: &Ask) -> Vec<Blocker> {
    if named(ask).is_none() {
        return Vec::new();
    }
    match node(ask) {
        None => vec![Blocker::NodeNotOnRoute],
        Some(node) => match (&node.decided, node.status) {
            (Some(decided), _) => vec![Blocker::AlreadyDecided { by: decided.by_name.clone(), at: decided.at }],
            (None, NodeStatus::Open) => Vec::new(),
            (None, _) => vec![Blocker::NodeNotOpen],
        },
    }
}

/// A decision is about the version that was read (DOMAIN 3.4).
pub fn seen_is_current(ask: &Ask) -> Vec<Blocker> {
    let (Some(Command::DecideNode(verdict)), Some(round)) = (ask.command, &ask.case.round) else { return Vec::new() };
    when(verdict.seen.as_ref().is_some_and(|seen| *seen != round.content_hash), Blocker::VersionMoved)
}

pub fn clock_runs(ask: &Ask) -> Vec<Blocker> {
    let call = node(ask).and_then(Node::open_call);
    call.map(|c| Blocker::ClockStands { reason: c.kind, of: c.of.name.clone() }).into_iter().collect()
}

pub fn comment_given(ask: &Ask) -> Vec<Blocker> {
    let comment = match ask.command {
        Some(Command::DecideNode(verdict)) if verdict.decision == Decision::Approve => return Vec::new(),
        Some(Command::DecideNode(verdict)) => verdict.comment.as_deref().unwrap_or_default(),
        Some(
            Command::HandOverNode { comment, .. }
            | Command::AddSigner { comment, .. }
            | Command::AskRep { comment, .. },
        ) => comment,
        // An answer may be short.
        Some(Command::AnswerCall { comment, .. }) => return when(comment.trim().is_empty(), Blocker::CommentMissing),
        _ => return Vec::new(),
    };
    when(comment.chars().count() < SHORTEST_COMMENT, Blocker::CommentMissing)
}

/// Checklist and department fields (DOMAIN 1.4).
pub fn sheet_filled(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::DecideNode(verdict)) = ask.command else { return Vec::new() };
    let flaws = verdict.sheet.flaws(verdict.node, verdict.decision, local_date(ask.now));
    flaws.into_iter().map(|flaw| Blocker::SheetIncomplete { flaw }).collect()
}

pub fn unclaimed(ask: &Ask) -> Vec<Blocker> {
    let claimed = node(ask).and_then(|n| n.claimed_by.as_ref());
    claimed.map(|by| Blocker::ClaimedBy { by: by.name.clone() }).into_iter().collect()
}

pub fn claimed(ask: &Ask) -> Vec<Blocker> {
    when(node(ask).is_some_and(|n| n.claimed_by.is_none()), Blocker::NotClaimed)
}

pub fn receiver_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::HandOverNode { node: kind, to, .. }) = ask.command else { return Vec::new() };
    let has_it = node(ask).and_then(|n| n.claimed_by.as_ref()).is_some_and(|by| by.id == to.actor.id);
    let fits = policy::is_of_pool(to, *kind, ask.case) && !has_it;
    when(!fits, Blocker::ReceiverUnfit { name: to.actor.name.clone() })
}

pub fn signer_fits(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::AddSigner { node: kind, signer, .. }) = ask.command else { return Vec::new() };
    let fits = policy::may_sign_before(signer, *kind, ask.case);
    when(!fits, Blocker::SignerUnfit { name: signer.actor.name.clone() })
}

/// One person signs before the approver, not a row of them.
pub fn nobody_signed(ask: &Ask) -> Vec<Blocker> {
    let signed = node(ask).and_then(|n| {
        n.calls.iter().find(|c| c.kind == CallKind::ExtraSign && c.ended.as_ref().is_some_and(|e| e.answer.is_some()))
    });
    signed.map(|c| Blocker::SomebodySigned { name: c.of.name.clone() }).into_iter().collect()
}

pub fn something_asked(ask: &Ask) -> Vec<Blocker> {
    if named(ask).is_none() {
        return Vec::new();
    }
    when(node(ask).and_then(Node::open_call).is_none(), Blocker::NothingAsked)
}

/// A signer agrees or objects.
pub fn result_given(ask: &Ask) -> Vec<Blocker> {
    let Some(Command::AnswerCall { result, .. }) = ask.command else { return Vec::new() };
    let signs = node(ask).and_then(Node::open_call).is_some_and(|c| c.kind == CallKind::ExtraSign);
    when(signs && result.is_none(), Blocker::ResultMissing)
}

pub fn evidence_owed(ask: &Ask) -> Vec<Blocker> {
    let Some(round) = &ask.case.round else { return vec![Blocker::NoEvidenceOwed] };
    let asked = named(ask);
    when(!round.evidence_owed().any(|n| asked.is_none_or(|kind| kind == n.kind)), Blocker::NoEvidenceOwed)
}

/// A blocking condition is met on paper before the order is confirmed (DOMAIN 3.4).
pub fn evidence_attached(ask: &Ask) -> Vec<Blocker> {
    let owed = ask.case.round.iter().flat_map(Round::evidence_owed);
    owed.map(|n| Blocker::EvidenceOwed { node: n.kind }).collect()
}

/// Nothing is promised for a day before the one production committed itself to (DOMAIN 1.5).
pub fn promise_as_committed(ask: &Ask) -> Vec<Blocker> {
    let kept = || ask.case.route_facts.former.committed_on();
    let Some(committed_on) = ask.case.round.as_ref().and_then(|r| r.committed_on().or_else(kept)) else {
        return Vec::new();
    };
    let promised = match (&ask.case.order, &ask.case.quote) {
        (Some(order), _) => order.promised_at,
        (None, Some(quote)) => quote.terms.deliver_at,
        (None, None) => return Vec::new(),
    };
    when(local_date(promised) < committed_on, Blocker::PromiseTooEarly { committed_on })
}
