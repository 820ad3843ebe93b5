//! Who sees what customers say, and who closes a complaint (DOMAIN 2.2, 2.3 rule 9).

use super::{
    Act, DealFacts, Denied, DeniedWhy, VisibleTo, denied, hears_of, sees_customer, sees_deal, visible_customers,
    visible_deals,
};
use crate::domain::feedback::Lesson;
use crate::domain::ids::PersonId;
use crate::domain::staff::Actor;
use crate::domain::staff::Role::{SalesDirector, SalesManager};
use crate::domain::workflow::Case;

/// Sales and finance see the feedback of the customers they see, a department that of orders.
pub fn visible_feedback(actor: &Actor) -> VisibleTo {
    match visible_deals(actor) {
        VisibleTo::Reached { node } => VisibleTo::Reached { node },
        _ => visible_customers(actor),
    }
}

pub fn sees_feedback(actor: &Actor, case: &Case) -> bool {
    sees_customer(actor, case) || (case.deal.is_some() && sees_deal(actor, case))
}

/// Whether the feedback that this lesson of the customer comes from would open.
pub fn opens_lesson(actor: &Actor, case: &Case, lesson: &Lesson) -> bool {
    sees_customer(actor, case)
        || lesson.deal_owner.is_some_and(|(owner, owner_manager)| {
            // What is said about a deal is said about its order.
            let deal = DealFacts { owner, owner_manager, has_order: Some(()), reached: Vec::new() };
            hears_of(visible_deals(actor), &deal)
        })
}

/// The owner of the deal, or of the customer where there is no deal, with the manager.
fn responsible(case: &Case) -> (PersonId, Option<PersonId>) {
    let of_customer = (case.customer.owner, case.customer.owner_manager);
    case.deal.as_ref().map_or(of_customer, |d| (d.owner, d.owner_manager))
}

/// Neither the responsible person nor the one complained about; the director steps in where the
/// manager is one of the two.
pub fn may_close_feedback(actor: &Actor, act: Act, case: &Case) -> Result<(), Denied> {
    let (owner, manager) = responsible(case);
    let about = case.feedback.as_ref().and_then(|f| f.said.about);
    let is_party = |person: PersonId| person == owner || about == Some(person);
    if is_party(actor.id) {
        return Err(denied(act, DeniedWhy::OwnComplaint));
    }
    let manager_can = manager.is_some_and(|m| !is_party(m));
    if actor.has(SalesDirector) && !actor.has(SalesManager) && manager_can && manager != Some(actor.id) {
        return Err(Denied { who_may: vec![SalesManager], why: DeniedWhy::Role });
    }
    Ok(())
}
