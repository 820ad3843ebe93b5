//! Who decides a node of a round, and in whose name (DOMAIN 2.3, 3.3, 3.5, 3.8).
//!
//! The one rule: the own role, a mandate, or a recorded escalation; nothing else decides. Ownership
//! of the deal and an earlier decision in the same round rule out all three.

use super::reviewing::reviews;
use super::{Act, Denied, DeniedWhy, denied, may, may_on};
use crate::domain::approval::{ApprovalPath, Node, NodeKind, NodeStatus};
use crate::domain::delegation::{Mandate, SetBy};
use crate::domain::ids::PersonId;
use crate::domain::round::{CallKind, Colleague, Named};
use crate::domain::staff::{Actor, Role};
use crate::domain::workflow::{Action, Case};
use rust_decimal::Decimal;

/// In which capacity a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capacity {
    Own,
    /// As the delegate of this person.
    For(Named),
    /// As the superior to whom an overdue node went.
    Superior,
}

/// How this person may decide this node now, or why not.
pub fn capacity(actor: &Actor, node: NodeKind, case: &Case) -> Result<Capacity, Denied> {
    let refuse = |why| Err(Denied { who_may: vec![node.role()], why });
    if is_close(actor.id, case) {
        return refuse(DeniedWhy::OwnDeal);
    }
    if has_decided(actor.id, node, case) {
        return refuse(DeniedWhy::DecidedBefore);
    }
    let held = case.round.as_ref().and_then(|r| r.node(node)).filter(|n| n.status == NodeStatus::Open);
    let is_free_for = |person: PersonId| held.is_none_or(|n| n.is_free_for(person));
    let mut is_claimed = false;
    let gross = case.quote.as_ref().map_or(Decimal::MAX, |q| q.priced.totals.gross);
    for mandate in actor.mandates.iter().filter(|m| m.covers(node, gross)) {
        let of = &mandate.of;
        if is_close(of.id, case) || has_decided(of.id, node, case) || !holds(of, node, case) {
            continue;
        }
        if is_free_for(of.id) || is_free_for(actor.id) {
            return Ok(Capacity::For(Named { id: of.id, name: of.name.clone() }));
        }
        is_claimed = true;
    }
    if holds(actor, node, case) {
        if is_free_for(actor.id) {
            return Ok(Capacity::Own);
        }
        is_claimed = true;
    }
    if held.and_then(|n| n.escalated_to.as_ref()).is_some_and(|to| to.id == actor.id) {
        return Ok(Capacity::Superior);
    }
    let may_lend = |of: &&Actor| !is_close(of.id, case) && !has_decided(of.id, node, case);
    if let Some(of) = held.and_then(|n| lending_superior(actor, n, case)).filter(may_lend) {
        return Ok(Capacity::For(Named { id: of.id, name: of.name.clone() }));
    }
    refuse(if is_claimed { DeniedWhy::ClaimedByAnother } else { DeniedWhy::Role })
}

/// May this person decide this node (DOMAIN 2.3, rules 1 to 3)?
pub fn may_decide(actor: &Actor, node: NodeKind, case: &Case) -> Result<(), Denied> {
    capacity(actor, node, case).map(|_| ())
}

/// The kinds of node whose delegate stands in where the person is the superior of another node: those of
/// director and general manager; of a mere head, all they decide.
pub fn lends_as_superior(person: &Actor) -> Vec<NodeKind> {
    let own = kinds_of(person);
    let overall: Vec<NodeKind> = own.iter().copied().filter(|kind| kind.is_overall()).collect();
    if overall.is_empty() { own } else { overall }
}

/// The superior to whom the node went, where he entrusted such decisions to this person (DOMAIN 3.8).
fn lending_superior<'a>(actor: &'a Actor, node: &Node, case: &Case) -> Option<&'a Actor> {
    let to = node.escalated_to.as_ref()?;
    let gross = case.quote.as_ref().map_or(Decimal::MAX, |q| q.priced.totals.gross);
    let lends = |m: &&Mandate| m.of.id == to.id && lends_as_superior(&m.of).iter().any(|kind| m.covers(*kind, gross));
    actor.mandates.iter().find(lends).map(|m| &m.of)
}

/// Whether the person owns or requested it (DOMAIN 2.3, rule 1).
fn is_close(person: PersonId, case: &Case) -> bool {
    case.round.as_ref().is_some_and(|r| r.requested_by == person)
        || case.deal.as_ref().is_some_and(|d| d.owner == person)
}

fn has_decided(person: PersonId, node: NodeKind, case: &Case) -> bool {
    case.round.as_ref().is_some_and(|r| r.has_decided(person, node))
}

/// Whether the node belongs to the person's own role here.
fn holds(person: &Actor, node: NodeKind, case: &Case) -> bool {
    person.has(node.role()) && may_on(person, Act::Do(Action::DecideNode), case).is_ok()
}

/// A member of the node's pool who could decide it if nobody had claimed it.
pub fn is_of_pool(colleague: &Colleague, node: NodeKind, case: &Case) -> bool {
    let person = &colleague.actor;
    colleague.is_active
        && holds(person, node, case)
        && !is_close(person.id, case)
        && !has_decided(person.id, node, case)
}

/// Somebody of another department who may be asked to sign first (DOMAIN 3.3).
pub fn may_sign_before(colleague: &Colleague, node: NodeKind, case: &Case) -> bool {
    let person = &colleague.actor;
    colleague.is_active
        && colleague.department != node.department()
        && !person.has(Role::Admin)
        && !person.has(node.role())
        && !is_close(person.id, case)
        && may(person, Act::Do(Action::AnswerCall), person.id, None).is_ok()
}

/// May this person answer what a node is waiting for?
pub fn may_answer(actor: &Actor, node: NodeKind, case: &Case) -> Result<(), Denied> {
    let act = Act::Do(Action::AnswerCall);
    let call = case.round.as_ref().and_then(|r| r.node(node)).and_then(|n| n.open_call());
    let is_asked = call.is_some_and(|c| {
        c.of.id == actor.id
            || (c.kind == CallKind::Question && may_on(actor, Act::Do(Action::SaveRequirement), case).is_ok())
    });
    if is_asked {
        return Ok(());
    }
    may_on(actor, act, case)?;
    // Without anything asked the guard says so.
    if call.is_none() { Ok(()) } else { Err(denied(act, DeniedWhy::NotAsked)) }
}

/// May this person give a claimed node back?
pub fn may_give_back(actor: &Actor, node: NodeKind, case: &Case) -> Result<(), Denied> {
    let held = case.round.as_ref().and_then(|r| r.node(node));
    let claimed_by = held.and_then(|n| n.claimed_by.as_ref());
    if claimed_by.is_some() && held.is_some_and(|n| n.is_free_for(actor.id)) {
        return Ok(());
    }
    may_on(actor, Act::Do(Action::GiveBackNode), case)?;
    // Of a node that nobody has claimed the guard speaks.
    if claimed_by.is_none() {
        Ok(())
    } else {
        Err(Denied { who_may: vec![node.role()], why: DeniedWhy::ClaimedByAnother })
    }
}

/// Whether a round itself called this person in: as one of a pool, to sign, as a superior, or as a delegate.
pub fn is_called_in(actor: &Actor, case: &Case) -> bool {
    let nodes = case.round.iter().flat_map(|r| &r.nodes);
    nodes.filter(|n| n.arrived_at.is_some()).any(|n| {
        holds(actor, n.kind, case)
            || n.escalated_to.as_ref().is_some_and(|p| p.id == actor.id)
            || lending_superior(actor, n, case).is_some()
            || n.calls.iter().any(|c| c.of.id == actor.id)
            || n.decided.as_ref().is_some_and(|d| d.by == actor.id)
    }) || mandate_here(actor, case).next().is_some()
        || case.post_reviews.iter().any(|p| {
            reviews(actor, p, case)
                || p.escalated_to.as_ref().is_some_and(|to| to.id == actor.id)
                || p.reviewed.as_ref().is_some_and(|r| r.by == actor.id)
        })
}

/// The delegators of this person who have a node here that has arrived.
pub(super) fn mandate_here<'a>(actor: &'a Actor, case: &'a Case) -> impl Iterator<Item = &'a Actor> {
    let gross = case.quote.as_ref().map_or(Decimal::MAX, |q| q.priced.totals.gross);
    let nodes = case.round.iter().flat_map(|r| &r.nodes).filter(|n| n.arrived_at.is_some()).map(|n| n.kind);
    let here: Vec<NodeKind> = nodes.chain(case.post_reviews.iter().map(|p| p.kind)).collect();
    let arrived = move |kinds: &[NodeKind]| kinds.iter().any(|kind| here.contains(kind));
    let risen = case.round.iter().flat_map(|r| &r.nodes);
    actor
        .mandates
        .iter()
        .filter(move |m| m.cap.is_none_or(|cap| gross <= cap) && arrived(&m.kinds))
        .map(|m| &m.of)
        .filter(|of| may_on(of, Act::Do(Action::DecideNode), case).is_ok())
        .chain(risen.filter_map(|n| lending_superior(actor, n, case)))
}

/// Whether the person decides this kind of node by role.
pub fn decides_by_role(person: &Actor, node: NodeKind) -> bool {
    person.has(node.role())
}

/// The kinds of node that a person decides by role.
pub fn kinds_of(person: &Actor) -> Vec<NodeKind> {
    NodeKind::ALL.iter().copied().filter(|k| decides_by_role(person, *k)).collect()
}

/// Same or higher rank: the same role, the own superior, or a role at least as high in the same department.
pub fn ranks_with(delegate: &Colleague, delegator: &Colleague, kinds: &[NodeKind]) -> bool {
    let rank = |person: &Actor| person.roles.iter().map(|r| rank_of(*r)).max().unwrap_or(0);
    let is_superior = delegator.actor.manager == Some(delegate.actor.id);
    let same_role = kinds.iter().all(|k| decides_by_role(&delegate.actor, *k));
    let same_department = delegate.department == delegator.department;
    is_superior || same_role || (same_department && rank(&delegate.actor) >= rank(&delegator.actor))
}

fn rank_of(role: Role) -> u8 {
    match role {
        Role::Admin => 0,
        Role::SalesAssistant | Role::SalesRep => 1,
        Role::Warehouse | Role::Logistics | Role::Technical | Role::Finance | Role::Production => 2,
        Role::SalesManager => 3,
        Role::SalesDirector => 4,
        Role::GeneralManager => 5,
    }
}

/// The superior to whom an overdue node goes: head of the department, director, general manager
/// (DOMAIN 3.5); on the fast path at once the general manager. Never somebody whom rule 1 or 2
/// keeps out, and nobody whose own node of this round is still to come while there is another.
pub fn superior<'a>(node: NodeKind, path: ApprovalPath, case: &Case, people: &'a [Colleague]) -> Option<&'a Colleague> {
    let fits = |c: &&Colleague| {
        c.is_active && !c.actor.has(node.role()) && !is_close(c.actor.id, case) && !has_decided(c.actor.id, node, case)
    };
    let still_to_decide = |c: &&Colleague| {
        let nodes = case.round.iter().flat_map(|r| &r.nodes);
        nodes.filter(|n| n.kind != node && n.decided.is_none()).any(|n| c.actor.has(n.kind.role()))
    };
    let holding = |role: Role| people.iter().filter(move |c| c.actor.has(role)).filter(fits);
    let mut chain: Vec<&Colleague> = match path {
        ApprovalPath::Standard => {
            heads(node, case, people).into_iter().filter(fits).chain(holding(Role::SalesDirector)).collect()
        }
        ApprovalPath::Fast => Vec::new(),
    };
    chain.extend(holding(Role::GeneralManager));
    chain.iter().find(|c| !still_to_decide(c)).or_else(|| chain.first()).copied()
}

/// The decision that is this node's too, and whose it is: somebody could have decided the node, and everybody
/// who could has their one vote in the round already. Only what looks at the whole goes so; a department's own
/// look is nobody else's.
pub fn vote_given(node: NodeKind, case: &Case, company: &[Colleague]) -> Option<(NodeKind, Named)> {
    let could = |c: &&Colleague| c.is_active && holds(&c.actor, node, case) && !is_close(c.actor.id, case);
    let (voted, free): (Vec<_>, Vec<_>) =
        company.iter().filter(could).partition(|c| has_decided(c.actor.id, node, case));
    let round = case.round.as_ref().filter(|_| node.is_overall() && free.is_empty())?;
    round.in_order().into_iter().rev().find_map(|n| {
        let decided = n.decided.as_ref()?;
        let is_of = |c: &&&Colleague| {
            c.actor.id == decided.by || decided.on_behalf.as_ref().is_some_and(|of| of.id == c.actor.id)
        };
        let of = voted.iter().find(is_of)?;
        Some((n.kind, Named { id: of.actor.id, name: of.actor.name.clone() }))
    })
}

/// The heads of the people who could decide the node.
pub fn heads<'a>(node: NodeKind, case: &Case, people: &'a [Colleague]) -> Vec<&'a Colleague> {
    let pool = people.iter().filter(|c| c.is_active && holds(&c.actor, node, case));
    let managers: Vec<PersonId> = pool.filter_map(|c| c.actor.manager).collect();
    people.iter().filter(|c| c.is_active && managers.contains(&c.actor.id)).collect()
}

/// The people who could decide the node, whoever has claimed it.
pub fn pool<'a>(node: NodeKind, case: &Case, people: &'a [Colleague]) -> Vec<&'a Colleague> {
    people.iter().filter(|c| is_of_pool(c, node, case)).collect()
}

/// Whether somebody can be a delegate at all; the administrator decides nothing (DOMAIN 2.3, rule 10).
pub fn may_stand_in(colleague: &Colleague) -> bool {
    colleague.is_active && !colleague.actor.has(Role::Admin)
}

/// May this person set or end a delegation of `delegator`, and as what (DOMAIN 2.2, 3.8)? The administrator
/// does it for those who left.
pub fn may_delegate(actor: &Actor, delegator: &Colleague) -> Result<SetBy, Denied> {
    let person = &delegator.actor;
    if person.id == actor.id && !kinds_of(person).is_empty() {
        return Ok(SetBy::Delegator);
    }
    let rank = |of: &Actor| of.roles.iter().map(|r| rank_of(*r)).max().unwrap_or(0);
    let is_above = person.manager == Some(actor.id)
        || (rank(actor) >= rank_of(Role::SalesDirector) && rank(actor) > rank(person))
        || (actor.has(Role::Admin) && !delegator.is_active);
    if person.id != actor.id && is_above && !kinds_of(person).is_empty() {
        return Ok(SetBy::Superior);
    }
    Err(Denied { who_may: vec![Role::SalesDirector, Role::GeneralManager, Role::Admin], why: DeniedWhy::Role })
}

/// Who sees everything that is overdue (DOMAIN 3.5, the digest).
pub fn answers_for_all(actor: &Actor) -> bool {
    who_answer_for_all().iter().any(|role| actor.has(*role))
}

pub fn who_answer_for_all() -> Vec<Role> {
    vec![Role::GeneralManager, Role::SalesDirector]
}
