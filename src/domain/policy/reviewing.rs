//! Who gives a department's review of a fast approval, and in whose name (DOMAIN 2.3 rule 11, 3.5, 3.7, 3.8).
//!
//! The one rule: the department's role, a mandate, or a recorded escalation; the deal's owner and everybody
//! whose decision the round has are kept out of all three.

use super::{Act, Capacity, Denied, DeniedWhy, heads, may_on};
use crate::domain::fast_path::PostReview;
use crate::domain::ids::PersonId;
use crate::domain::round::{Colleague, Named};
use crate::domain::staff::{Actor, Role};
use crate::domain::workflow::{Action, Case};
use rust_decimal::Decimal;

/// How this person may give this review now, or why not.
pub fn review_capacity(actor: &Actor, review: &PostReview, case: &Case) -> Result<Capacity, Denied> {
    let refuse = |why| Err(Denied { who_may: vec![review.kind.role()], why });
    if let Some(why) = kept_out(actor.id, review, case) {
        return refuse(why);
    }
    let gross = case.quote.as_ref().map_or(Decimal::MAX, |q| q.priced.totals.gross);
    let mandate = actor.mandates.iter().filter(|m| m.covers(review.kind, gross)).map(|m| &m.of);
    let of = mandate.filter(|of| kept_out(of.id, review, case).is_none()).find(|of| reviews(of, review, case));
    if let Some(of) = of {
        return Ok(Capacity::For(Named { id: of.id, name: of.name.clone() }));
    }
    if reviews(actor, review, case) {
        return Ok(Capacity::Own);
    }
    if review.escalated_to.as_ref().is_some_and(|to| to.id == actor.id) {
        return Ok(Capacity::Superior);
    }
    refuse(DeniedWhy::Role)
}

fn kept_out(person: PersonId, review: &PostReview, case: &Case) -> Option<DeniedWhy> {
    if case.deal.as_ref().is_some_and(|d| d.owner == person) {
        Some(DeniedWhy::OwnDeal)
    } else if review.granted_by == person || review.deciders.contains(&person) {
        Some(DeniedWhy::DecidedBefore)
    } else {
        None
    }
}

pub(super) fn reviews(person: &Actor, review: &PostReview, case: &Case) -> bool {
    person.has(review.kind.role()) && may_on(person, Act::Do(Action::ReviewAfterwards), case).is_ok()
}

/// The people of the department who may give the review.
pub fn reviewers<'a>(review: &PostReview, case: &Case, people: &'a [Colleague]) -> Vec<&'a Colleague> {
    let may = |c: &&Colleague| c.is_active && reviews(&c.actor, review, case) && fits(c, review, case);
    people.iter().filter(may).collect()
}

/// The superior to whom an overdue review goes: head of the department, director, general manager (DOMAIN 3.7).
pub fn review_superior<'a>(review: &PostReview, case: &Case, people: &'a [Colleague]) -> Option<&'a Colleague> {
    let holding = |role: Role| people.iter().filter(move |c| c.actor.has(role));
    heads(review.kind, case, people)
        .into_iter()
        .chain(holding(Role::SalesDirector))
        .chain(holding(Role::GeneralManager))
        .find(|c| c.is_active && !c.actor.has(review.kind.role()) && fits(c, review, case))
}

fn fits(colleague: &Colleague, review: &PostReview, case: &Case) -> bool {
    kept_out(colleague.actor.id, review, case).is_none()
}
